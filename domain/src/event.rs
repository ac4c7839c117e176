//! What the server tells a person: the domain side of every server-to-client event of `rtc.v1`.

use crate::{id::MeetingId, time::Timestamp};

/// Whether a lost event is sent again after a resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Numbered, kept, replayed.
    Reliable,
    /// Sent once; dropped first when a connection is slow.
    Ephemeral,
}

/// Something a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A meeting of this person was created, moved, cancelled, started or ended.
    MeetingUpdated {
        /// Which one.
        meeting: MeetingId,
        /// Its status now, in the words of `meeting::Status`.
        status: &'static str,
        /// When it starts.
        starts_at: Timestamp,
    },
}

impl Event {
    /// See [`Delivery`].
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::MeetingUpdated { .. } => Delivery::Reliable,
        }
    }
}
