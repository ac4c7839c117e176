//! What goes into the ring's machine and what comes out.

use crate::{
    event::{Event, MediaKind},
    id::{CallId, RoomId, SessionId, UserId},
    paid::Status,
    tariff::Tariff,
    time::{Millis, Timestamp},
};

/// Bounds and clocks of one host's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a call rings.
    pub ring_for: Millis,
    /// Most callers who wait while the host is busy.
    pub queue_max: usize,
    /// How long a caller may be without a connection before the call is taken as given up.
    pub caller_grace: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ring_for: Millis::from_secs(45),
            queue_max: 5,
            caller_grace: Millis::from_secs(15),
        }
    }
}

/// Somebody calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Names the call, from now to its receipt.
    pub call: CallId,
    /// Where it would happen.
    pub room: RoomId,
    /// Who calls.
    pub caller: UserId,
    /// From which device.
    pub session: SessionId,
    /// The name to show.
    pub name: String,
    /// With or without pictures.
    pub media: MediaKind,
    /// The price that the caller was told.
    pub tariff: Tariff,
    /// When.
    pub at: Timestamp,
}

/// What happens on a host's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody calls; `wait`: would stand in line.
    Invite {
        /// The call.
        attempt: Attempt,
        /// Would wait while the host is busy.
        wait: bool,
    },
    /// A device of the host rings.
    Heard {
        /// Which call.
        call: CallId,
    },
    /// A device of the host takes the call.
    Accept {
        /// Which call.
        call: CallId,
        /// The device.
        session: SessionId,
        /// With or without pictures; never more than was asked for.
        media: MediaKind,
    },
    /// The money for the beginning is reserved and the door is open; or not.
    Opened {
        /// Which call.
        call: CallId,
        /// Why it cannot begin.
        failed: Option<Unanswered>,
    },
    /// The host says no.
    Decline {
        /// Which call.
        call: CallId,
        /// "Not now" rather than "no".
        busy: bool,
    },
    /// The caller gives up.
    Cancel {
        /// Who.
        caller: UserId,
        /// Which call.
        call: CallId,
    },
    /// A caller's connection is lost.
    Lost {
        /// Whose.
        session: SessionId,
    },
    /// It is back.
    Back {
        /// Whose.
        session: SessionId,
    },
    /// A device of the host is here anew: what rings must ring there too.
    Show {
        /// The device.
        session: SessionId,
    },
    /// The host is in a call that was already going on.
    Busy {
        /// Which.
        call: CallId,
        /// Since when.
        since: Timestamp,
    },
    /// The host's call is over.
    Over {
        /// Which.
        call: CallId,
        /// How long it was.
        length: Millis,
    },
    /// The host sits in a room, of whatever kind, or is out of all of them.
    Engaged(bool),
    /// The host takes no calls any more.
    Off,
    /// The host wants nothing from this person any more.
    Blocked(UserId),
    /// A deadline may have passed.
    Tick,
}

/// A good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It rings until then.
    Ringing {
        /// The call; an earlier one of the same caller goes on.
        call: CallId,
        /// Its room.
        room: RoomId,
        /// When it is given up.
        until: Timestamp,
    },
    /// The host is busy; the caller stands in line and pays nothing.
    Queued {
        /// The call.
        call: CallId,
        /// Its room.
        room: RoomId,
        /// From 1.
        place: usize,
        /// How long it may take; none when nobody can say.
        wait: Option<Millis>,
    },
    /// The money is being reserved: the answer follows.
    Opening,
    /// Done.
    Done,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The host is in a call; one may ask to wait.
    #[error("the host is busy")]
    Busy {
        /// How long it may take; none when nobody can say.
        wait: Option<Millis>,
        /// There is a place in line.
        room: bool,
    },
    /// No such call.
    #[error("there is no such call")]
    NotFound,
    /// Another device was faster.
    #[error("another device took the call")]
    Answered,
    /// The call is over.
    #[error("the call is over")]
    Over,
}

/// Why it rings no more, or somebody waits no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The host said no.
    Declined,
    /// The host said "not now".
    Busy,
    /// The caller gave up.
    Cancelled,
    /// Nobody answered.
    Timeout,
    /// Another device of the host took it.
    Elsewhere,
    /// The caller's connection was lost for too long.
    CallerLost,
    /// The host takes no calls any more.
    HostGone,
    /// The caller's money was not there when it was to begin.
    Balance,
    /// Something of ours broke.
    Broken,
    /// The server went away while it rang.
    Restart,
}

impl Unanswered {
    /// What the record says.
    pub fn status(self) -> Status {
        match self {
            Self::Declined => Status::Declined,
            Self::Busy => Status::Busy,
            Self::Cancelled | Self::CallerLost => Status::Cancelled,
            Self::Timeout | Self::HostGone | Self::Restart => Status::Missed,
            Self::Balance | Self::Broken => Status::Failed,
            Self::Elsewhere => Status::Live,
        }
    }
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell a person: one device, or all.
    Tell {
        /// Whom.
        user: UserId,
        /// Which device; all when none.
        session: Option<SessionId>,
        /// What.
        event: Event,
    },
    /// Reserve the money, write the record, open the door; then say [`Input::Opened`].
    Open {
        /// The call.
        attempt: Attempt,
        /// The device that took it.
        session: SessionId,
        /// With or without pictures.
        media: MediaKind,
    },
    /// Nothing came of it: write it down.
    Note {
        /// The call.
        attempt: Attempt,
        /// What became of it.
        status: Status,
    },
}
