//! What goes into the room's machine and what comes out.

use crate::{
    budget::Level,
    call::Sample,
    event::{Event, MediaKind, Peer, Reaction, Recording, Signal},
    id::{CallId, MeetingId, PeerId, SessionId, UserId},
    identity::Role,
    paid::EndedBy,
    time::{Millis, Timestamp},
};

/// A person's right to a place in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The meeting that the room belongs to.
    pub meeting: MeetingId,
    /// Whether this person admits, removes and ends (the meeting's host; never "first to join").
    pub moderator: bool,
    /// Whether this person waits in the lobby until a moderator admits.
    pub waits: bool,
    /// The name that others see.
    pub name: String,
    /// The role that others see.
    pub role: Role,
    /// The rules of the room.
    pub policy: RoomPolicy,
}

/// Who may ask for a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingRight {
    /// Nobody.
    Off,
    /// Who moderates.
    Host,
    /// Everybody inside.
    Anyone,
}

impl RecordingRight {
    /// Whether somebody who moderates (or not) may ask.
    pub fn allows(self, moderator: bool) -> bool {
        match self {
            Self::Off => false,
            Self::Host => moderator,
            Self::Anyone => true,
        }
    }
}

/// The frozen rules of one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPolicy {
    /// Most people in the call at once.
    pub capacity: usize,
    /// How long the seat of a lost connection is kept.
    pub rejoin_grace: Millis,
    /// How long an empty room lives before the call ends (C05).
    pub empty_grace: Millis,
    /// How long somebody once admitted may come back without knocking.
    pub readmit: Millis,
    /// When nobody may enter any more.
    pub closes_at: Timestamp,
    /// Who may ask for a recording.
    pub recording: RecordingRight,
}

/// Somebody at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Who, from the token.
    pub user: UserId,
    /// The device's session.
    pub session: SessionId,
    /// The right to enter; none when the window is closed, which only matters for who has no seat.
    pub seat: Option<Seat>,
    /// What the person will send.
    pub audio: bool,
    /// What the person will send.
    pub video: bool,
    /// The address that this person says it had.
    pub old: Option<PeerId>,
    /// The address to give out if a new one is needed.
    pub fresh: PeerId,
}

/// Whom a decision about the lobby concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// One.
    Peer(PeerId),
    /// Everybody who waits.
    All,
}

/// Who of the server's operators comes in, and why; told to everybody before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Who.
    pub user: UserId,
    /// What they are called.
    pub name: String,
    /// Why, in their words.
    pub reason: String,
    /// When they are out again at the latest.
    pub until: Timestamp,
}

/// What happens to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody wants in, or back in.
    Join(Join),
    /// Somebody goes.
    Leave {
        /// Who.
        session: SessionId,
    },
    /// A signal for one other peer.
    Signal {
        /// From whom.
        session: SessionId,
        /// To whom.
        to: PeerId,
        /// What.
        signal: Signal,
    },
    /// Microphone or camera switched.
    Media {
        /// Who.
        session: SessionId,
        /// Microphone.
        audio: bool,
        /// Camera.
        video: bool,
        /// Away for a moment.
        away: bool,
    },
    /// A hand goes up or down: one's own, or (down only, by a moderator) somebody else's.
    Hand {
        /// Who asks.
        session: SessionId,
        /// Whose hand; one's own when none.
        peer: Option<PeerId>,
        /// Up.
        raised: bool,
    },
    /// A short sign to everybody.
    React {
        /// Who.
        session: SessionId,
        /// How.
        reaction: Reaction,
    },
    /// A moderator locks or unlocks the door.
    Lock {
        /// Who decides.
        session: SessionId,
        /// Locks.
        locked: bool,
    },
    /// Something about a recording.
    Recording {
        /// Who says it.
        session: SessionId,
        /// What.
        step: RecordingStep,
    },
    /// How the media of this session did lately.
    Sample {
        /// Whose.
        session: SessionId,
        /// How.
        sample: Sample,
    },
    /// Screen sharing begins or ends.
    Screen {
        /// Who.
        session: SessionId,
        /// Begins.
        active: bool,
        /// The track.
        track: Option<String>,
    },
    /// A moderator asks somebody to switch off.
    MuteRequest {
        /// Who asks.
        session: SessionId,
        /// Whom.
        to: PeerId,
        /// What.
        kind: MediaKind,
    },
    /// A moderator lets in.
    Admit {
        /// Who decides.
        session: SessionId,
        /// Whom.
        whom: Whom,
    },
    /// A moderator turns away.
    Deny {
        /// Who decides.
        session: SessionId,
        /// Whom.
        whom: Whom,
        /// Words for the person.
        message: Option<String>,
    },
    /// A moderator removes somebody from the call.
    Remove {
        /// Who decides.
        session: SessionId,
        /// Whom.
        peer: PeerId,
        /// For good.
        ban: bool,
        /// Words for the person.
        message: Option<String>,
    },
    /// A moderator ends the meeting for everybody.
    EndForAll {
        /// Who decides.
        session: SessionId,
    },
    /// The meeting was cancelled, moved or ended elsewhere.
    Close,
    /// The paid call that happens here is over.
    PaidOver(EndedBy),
    /// A session's socket is lost.
    Lost {
        /// Whose.
        session: SessionId,
    },
    /// A session's socket is back.
    Back {
        /// Whose.
        session: SessionId,
    },
    /// A session's login was revoked.
    Revoked {
        /// Whose.
        session: SessionId,
    },
    /// Somebody asks how things stand.
    Snapshot {
        /// Who.
        session: SessionId,
    },
    /// Whether this session is inside (relay credentials, media reports).
    IsMember {
        /// Who.
        session: SessionId,
    },
    /// The call began.
    CallBegan {
        /// Its id.
        call: CallId,
        /// When.
        at: Timestamp,
    },
    /// The call is over.
    CallOver,
    /// The relay's month asks people to keep to this.
    RelayBudget {
        /// To what.
        level: Level,
    },
    /// Somebody who operates the server is about to come in.
    AdminEnters(Announced),
    /// A deadline may have passed.
    Tick,
}

/// What a person says about a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingStep {
    /// May I record? Who asks agrees.
    Ask,
    /// I agree.
    Agree,
    /// I do not, or not any more.
    Refuse,
    /// Enough; by who records or by a moderator.
    Stop,
}

/// What of a recording is written down about a person: never any content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Asked to record, and so agreed.
    Asked,
    /// Agreed.
    Agreed,
    /// Did not agree.
    Refused,
    /// Took the agreement back.
    Withdrew,
    /// All had agreed: this person's browser began to record.
    Began,
    /// This person's recording is over.
    Ended,
}

/// How a room looks from one seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The asking peer.
    pub me: PeerId,
    /// Inside, or before the door.
    pub inside: bool,
    /// The others inside; empty for who waits.
    pub others: Vec<Peer>,
    /// Who waits; moderators only.
    pub waiting: Vec<Peer>,
    /// When the call began; inside only.
    pub call_started_at: Option<Timestamp>,
    /// Since when the asking peer's hand is raised.
    pub hand: Option<Timestamp>,
    /// Nobody enters without a moderator's yes; inside only.
    pub locked: bool,
    /// What is being recorded, or asked for; inside only.
    pub recording: Option<Recording>,
}

/// A good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// In.
    Joined {
        /// The address.
        peer: PeerId,
        /// May moderate.
        moderator: bool,
    },
    /// Before the door.
    Waiting {
        /// The address.
        peer: PeerId,
    },
    /// The signal is on its way, or waits for a lost peer.
    Relayed {
        /// It waits.
        queued: bool,
    },
    /// So many were admitted or denied.
    Count(usize),
    /// How things stand.
    Snapshot(Snapshot),
    /// Inside, with this address.
    Member {
        /// The address.
        peer: PeerId,
    },
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// This session is neither inside nor before the door.
    NotInRoom,
    /// This session waits before the door.
    NotAdmitted,
    /// No such peer inside, or its queue is full.
    PeerGone,
    /// Only moderators.
    NotModerator,
    /// Banned from this room.
    Banned,
    /// Nobody by that address waits or sits here.
    NoSuchPeer,
    /// All seats are taken.
    Full,
    /// The meeting was ended.
    Closed,
    /// The window closed then.
    TooLate(Timestamp),
    /// Somebody else shares a screen.
    ScreenTaken,
    /// Somebody else records, or asks to.
    RecordingTaken,
    /// Nothing is recorded or asked for.
    NoRecording,
    /// The rules of the room do not allow it.
    NotAllowed,
    /// Again after a moment.
    TooFast(Millis),
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell one session.
    Tell {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
        /// What.
        event: Event,
    },
    /// Tell one session that it is let in, with fresh relay credentials.
    Admitted {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
        /// Its address.
        peer: PeerId,
    },
    /// Note that a person entered, or waits at the door: they came.
    Entered(UserId, Timestamp),
    /// A peer is out: note it, revoke its relay credentials, tell the call.
    Left(Left),
    /// The first person is inside.
    Peopled,
    /// Nobody is inside.
    Emptied,
    /// Forget this session's membership here.
    Forget {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
    },
    /// Note what a person said about a recording.
    Consent(UserId, Consent, Timestamp),
    /// Count how a person's media did, for the record of the call.
    Sampled(UserId, Sample),
    /// Who sits, waits or is banned changed: write it down.
    Remember,
    /// The meeting is over for everybody; note it when the host said so.
    Ended {
        /// The host ended it.
        by_host: bool,
    },
    /// Nothing more will happen; let the room go.
    Stop,
}

/// A peer that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The address it had.
    pub peer: PeerId,
    /// The person.
    pub user: UserId,
    /// When it was last there.
    pub at: Timestamp,
    /// The person has no other seat here now.
    pub for_good: bool,
}

/// An answer and what must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// For who asked.
    pub answer: Result<Reply, Refused>,
    /// In order.
    pub effects: Vec<Effect>,
}
