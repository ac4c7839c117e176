//! A paid call as it is written down: who called whom, at which price, what became of it.
//!
//! An attempt that nobody answered is a record without a bill. The bill inside is the same one that
//! the books were moved by, so a call's record and its money cannot say two things.

use crate::{
    bill,
    event::MediaKind,
    id::{CallId, MeetingId, RoomId, UserId},
    ring::{Attempt, Unanswered},
    tariff::Tariff,
    time::{Millis, Timestamp},
};

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nobody has answered yet. After the server was away, nobody can any more.
    Ringing,
    /// Accepted and not over.
    Live,
    /// Over, after the two were connected.
    Completed,
    /// Nobody answered.
    Missed,
    /// The host said no.
    Declined,
    /// The caller gave up.
    Cancelled,
    /// The host was in another call and the caller did not wait for the end of it.
    Busy,
    /// Accepted, but the two never met: no media, or no money when it was to begin.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Ringing,
        Self::Live,
        Self::Completed,
        Self::Missed,
        Self::Declined,
        Self::Cancelled,
        Self::Busy,
        Self::Failed,
    ];

    /// The word in rows and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Live => "live",
            Self::Completed => "completed",
            Self::Missed => "missed",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// Why a call that was accepted is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// One of the two hung up, or was removed.
    Hangup,
    /// The money was used up.
    Balance,
    /// One of the two was gone for too long.
    Lost,
    /// The two never saw or heard each other.
    NoMedia,
    /// The server was away for too long.
    Restart,
    /// An admin, or a block.
    House,
}

impl EndedBy {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Hangup,
        Self::Balance,
        Self::Lost,
        Self::NoMedia,
        Self::Restart,
        Self::House,
    ];

    /// The word in rows and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hangup => "hangup",
            Self::Balance => "balance",
            Self::Lost => "timeout",
            Self::NoMedia => "media_failed",
            Self::Restart => "restart",
            Self::House => "admin",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }
}

/// One call, answered or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidCall {
    /// Which.
    pub id: CallId,
    /// Where it happens; its door opens for these two only.
    pub room: RoomId,
    /// Who called, and pays.
    pub caller: UserId,
    /// Who was called, and earns.
    pub host: UserId,
    /// With or without pictures.
    pub kind: MediaKind,
    /// Frozen when it was accepted; before, what it would have been.
    pub tariff: Tariff,
    /// When the caller called.
    pub created_at: Timestamp,
    /// When the host accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the two met for the first time.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Time between the first meeting and the end in which nothing was charged because somebody's
    /// connection was broken.
    pub paused: Millis,
    /// What became of it.
    pub status: Status,
    /// Why it is over.
    pub ended_by: Option<EndedBy>,
    /// What it costs; none when it was never accepted.
    pub bill: Option<bill::Record>,
}

impl PaidCall {
    /// A call that the host took at `now`; `bill` holds what was taken aside for it.
    pub fn accepted(
        attempt: &Attempt,
        kind: MediaKind,
        bill: bill::Record,
        now: Timestamp,
    ) -> Self {
        Self {
            kind,
            tariff: bill.tariff,
            accepted_at: Some(now),
            bill: Some(bill),
            ..Self::new(attempt, bill.host, Status::Live)
        }
    }

    /// A call that rings, or stands in line.
    pub fn ringing(attempt: &Attempt, host: UserId) -> Self {
        Self::new(attempt, host, Status::Ringing)
    }

    /// It rang when the server went away, and became nothing.
    pub fn cut_off(self, now: Timestamp) -> Self {
        Self {
            status: Unanswered::Restart.status(),
            ended_at: Some(now),
            ..self
        }
    }

    /// A call that became nothing at `now`.
    pub fn untaken(attempt: &Attempt, host: UserId, status: Status, now: Timestamp) -> Self {
        Self {
            ended_at: Some(now),
            ..Self::new(attempt, host, status)
        }
    }

    fn new(attempt: &Attempt, host: UserId, status: Status) -> Self {
        Self {
            id: attempt.call,
            room: attempt.room,
            caller: attempt.caller,
            host,
            kind: attempt.media,
            tariff: attempt.tariff,
            created_at: attempt.at,
            accepted_at: None,
            started_at: None,
            ended_at: None,
            paused: Millis::ZERO,
            status,
            ended_by: None,
            bill: None,
        }
    }

    /// The name under which a room keeps what belongs to no booked meeting.
    pub fn meeting(&self) -> MeetingId {
        MeetingId(self.id.0)
    }

    /// Money may still move.
    pub fn unsettled(&self) -> bool {
        self.bill.is_some_and(|bill| !bill.settled)
    }

    /// Something is still to come: an answer, or money.
    pub fn is_open(&self) -> bool {
        self.unsettled() || self.status == Status::Ringing
    }

    /// Whether this person is one of the two.
    pub fn is_of(&self, user: UserId) -> bool {
        user == self.caller || user == self.host
    }

    /// Proven time so far.
    pub fn duration(&self) -> Millis {
        self.bill.map_or(Millis::ZERO, |bill| bill.proven)
    }
}
