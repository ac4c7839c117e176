//! What the server tells a person: the domain side of every server-to-client event of `rtc.v1`.
//!
//! Plain facts, no wire words: the web floor turns them into frames. Nothing in here knows to whom
//! an event goes; the machine that makes it says so.

use crate::{
    budget::Level,
    conversation::{ConversationId, Kept, News},
    host,
    id::{CallId, MeetingId, PeerId, RoomId, UserId},
    identity::Role,
    meter,
    money::MilliCoins,
    notification::{Notification, ReadMarks},
    paid::EndedBy,
    presence::PresenceOf,
    ring::Unanswered,
    time::{Millis, Timestamp},
};

/// Whether a lost event is sent again after a resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Numbered, kept, replayed.
    Reliable,
    /// Sent once; dropped first when a connection is slow.
    Ephemeral,
}

/// What a person sends in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerMedia {
    /// The microphone.
    pub audio: bool,
    /// The camera.
    pub video: bool,
    /// The screen.
    pub screen: bool,
    /// The person is away for a moment and shows a card instead of a picture.
    pub away: bool,
}

/// How good somebody's line is, from 1 (hardly usable) to 4 (good).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineLevel(u8);

impl LineLevel {
    /// The worst and the best.
    pub const RANGE: std::ops::RangeInclusive<u8> = 1..=4;

    /// None outside of [`LineLevel::RANGE`].
    pub fn new(level: u8) -> Option<Self> {
        Self::RANGE.contains(&level).then_some(Self(level))
    }

    /// 1 to 4.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// A short sign to everybody that nobody has to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Yes, well done.
    ThumbsUp,
    /// Applause.
    Clap,
    /// Affection.
    Heart,
    /// Amusement.
    Laugh,
    /// Surprise.
    Surprise,
    /// Something to celebrate.
    Party,
}

/// Where a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingState {
    /// Not everybody has answered yet, and nothing was recorded so far.
    Asking,
    /// Everybody present has agreed.
    Running,
    /// Somebody came who has not answered yet; nothing is recorded meanwhile.
    Paused,
}

/// A recording by the browser of one of the people inside. The server never has any media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Who records.
    pub by: PeerId,
    /// Where it stands.
    pub state: RecordingState,
    /// Who is inside and has not agreed yet, in the order of seats.
    pub missing: Vec<PeerId>,
    /// When everybody had agreed for the first time.
    pub started_at: Option<Timestamp>,
}

/// Why a recording is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingOver {
    /// Who recorded, or a moderator, stopped it.
    Stopped,
    /// Somebody did not agree.
    Refused,
    /// Somebody had agreed and took it back.
    Withdrawn,
    /// Who recorded is gone.
    Left,
}

/// One device of one person in a room, as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address in the room.
    pub id: PeerId,
    /// The person.
    pub user: UserId,
    /// The name to show.
    pub name: String,
    /// The role to show.
    pub role: Role,
    /// Admits, removes and ends.
    pub moderator: bool,
    /// When it entered or began to wait.
    pub joined_at: Timestamp,
    /// What it sends.
    pub media: PeerMedia,
    /// Its socket is lost and its seat is kept.
    pub reconnecting: bool,
    /// Since when its hand is raised.
    pub hand: Option<Timestamp>,
    /// How good its line is, as it said last.
    pub quality: Option<LineLevel>,
}

/// An entry for a browser's list of ICE servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` addresses.
    pub urls: Vec<String>,
    /// User name and password of the relay; none for STUN.
    pub credential: Option<(String, String)>,
}

/// What a browser needs to find its way to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IceGrant {
    /// STUN first, then the relay.
    pub servers: Vec<IceServer>,
    /// How long the credentials are good.
    pub ttl: Millis,
    /// Only through the relay.
    pub relay_only: bool,
    /// What to keep to on what goes through the relay.
    pub level: Level,
}

/// An ICE candidate, as the browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The candidate line.
    pub line: String,
    /// Which media section, by name.
    pub mid: Option<String>,
    /// Which media section, by number.
    pub m_line: Option<u16>,
    /// The ICE generation.
    pub fragment: Option<String>,
}

/// A signal from one peer to one other; the server carries it and does not look inside, except for
/// the addresses in candidates that the relay must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Proposes a connection.
    Offer {
        /// The description.
        sdp: String,
        /// Names the negotiation.
        negotiation: String,
        /// It restarts ICE.
        ice_restart: bool,
    },
    /// Accepts it.
    Answer {
        /// The description.
        sdp: String,
        /// Names the negotiation.
        negotiation: String,
    },
    /// One way to reach the sender; none ends the list.
    Candidate {
        /// The candidate.
        candidate: Option<Candidate>,
        /// Names the negotiation.
        negotiation: String,
    },
}

impl Signal {
    /// Bytes of text that it carries, for queue bounds.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Offer { sdp, .. } | Self::Answer { sdp, .. } => sdp.len(),
            Self::Candidate { candidate, .. } => candidate.as_ref().map_or(0, |c| c.line.len()),
        }
    }
}

/// A kind of media of another person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// The microphone.
    Audio,
    /// The camera.
    Video,
}

/// Why somebody was turned away from the lobby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedWhy {
    /// A moderator said no.
    Denied,
    /// Nobody may enter any more.
    TooLate,
    /// The meeting is over.
    RoomClosed,
    /// The same person waits with another device now.
    Replaced,
}

/// Why a peer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftWhy {
    /// It said so.
    Left,
    /// Lost, and not back within the grace.
    Timeout,
    /// A moderator removed it, or its login was revoked.
    Removed,
    /// The meeting was ended.
    Ended,
    /// The same person came with another device.
    Replaced,
}

/// Why a person is out of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedWhy {
    /// By a moderator.
    Removed,
    /// By a moderator, for good.
    Banned,
    /// The person came with another device.
    Replaced,
    /// The login or invitation was revoked.
    Revoked,
    /// Silent for longer than the rejoin grace.
    Timeout,
}

/// Why a room ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedWhy {
    /// The host ended it for everybody.
    Host,
    /// The meeting was cancelled, moved or ended elsewhere.
    Meeting,
    /// Far past the end of the window.
    Window,
    /// A paid call of two is over, and why.
    Paid(EndedBy),
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
        /// What happened.
        change: crate::news::News,
    },
    /// The free times of a host are others now; who looks at them asks again.
    SlotsChanged {
        /// Whose.
        host: UserId,
        /// When.
        at: Timestamp,
    },
    /// You wait for a moderator.
    Waiting {
        /// Where.
        room: RoomId,
        /// Place in the queue, from 1.
        position: usize,
        /// A moderator is in the room.
        host_present: bool,
    },
    /// These wait; the whole list, in the order of arrival.
    WaitingRoom {
        /// Where.
        room: RoomId,
        /// Who.
        waiting: Vec<Peer>,
    },
    /// You are let in.
    Admitted {
        /// Where.
        room: RoomId,
        /// Your address.
        peer: PeerId,
        /// How to reach others.
        ice: IceGrant,
    },
    /// You are turned away from the lobby.
    Denied {
        /// Where.
        room: RoomId,
        /// Your address.
        peer: PeerId,
        /// Why.
        why: DeniedWhy,
        /// Words of the host.
        message: Option<String>,
    },
    /// You entered; these are there, and you offer to them.
    ExistingParticipants {
        /// Where.
        room: RoomId,
        /// Your address.
        me: PeerId,
        /// The others.
        others: Vec<Peer>,
        /// When the call began.
        call_started_at: Option<Timestamp>,
        /// Since when your own hand is raised.
        hand: Option<Timestamp>,
        /// Nobody enters without a moderator's yes.
        locked: bool,
        /// What is being recorded, or asked for.
        recording: Option<Recording>,
    },
    /// Somebody entered.
    UserJoined {
        /// Where.
        room: RoomId,
        /// Who.
        peer: Peer,
        /// Whether the receiver yields to that peer in a glare.
        polite: bool,
    },
    /// Somebody is gone.
    UserLeft {
        /// Where.
        room: RoomId,
        /// Who.
        peer: PeerId,
        /// The person.
        user: UserId,
        /// Why.
        why: LeftWhy,
    },
    /// Somebody's socket is lost; the seat is kept.
    UserReconnecting {
        /// Where.
        room: RoomId,
        /// Who.
        peer: PeerId,
    },
    /// Somebody's socket is back.
    UserResumed {
        /// Where.
        room: RoomId,
        /// Who.
        peer: PeerId,
    },
    /// A signal for you.
    Signal {
        /// Where.
        room: RoomId,
        /// From whom.
        from: PeerId,
        /// What.
        signal: Signal,
    },
    /// Somebody switched microphone or camera.
    MediaState {
        /// Where.
        room: RoomId,
        /// Who.
        peer: PeerId,
        /// The microphone is sending.
        audio: bool,
        /// The camera is sending.
        video: bool,
        /// Away for a moment.
        away: bool,
    },
    /// Somebody raised a hand, or it was lowered.
    Hand {
        /// Where.
        room: RoomId,
        /// Whose.
        peer: PeerId,
        /// Since when it is up; none when it is down.
        raised_at: Option<Timestamp>,
    },
    /// Somebody reacts.
    Reacted {
        /// Where.
        room: RoomId,
        /// Who.
        peer: PeerId,
        /// How.
        reaction: Reaction,
    },
    /// How good somebody's line is.
    PeerQuality {
        /// Where.
        room: RoomId,
        /// Whose.
        peer: PeerId,
        /// How good.
        level: LineLevel,
    },
    /// The door was locked or unlocked.
    RoomLocked {
        /// Where.
        room: RoomId,
        /// Nobody enters without a moderator's yes.
        locked: bool,
    },
    /// Where the recording stands; the whole of it.
    Recording {
        /// Where.
        room: RoomId,
        /// What is being recorded, or asked for.
        recording: Option<Recording>,
        /// Why it is over, and who said so.
        over: Option<(RecordingOver, PeerId)>,
    },
    /// Somebody began or ended to share a screen.
    ScreenShare {
        /// Where.
        room: RoomId,
        /// Who.
        peer: PeerId,
        /// Began.
        active: bool,
        /// The track that carries it.
        track: Option<String>,
    },
    /// A moderator asks you to switch off.
    MuteRequested {
        /// Where.
        room: RoomId,
        /// Who asks.
        by: PeerId,
        /// What.
        kind: MediaKind,
    },
    /// You are out.
    Removed {
        /// Of which room.
        room: RoomId,
        /// Why.
        why: RemovedWhy,
        /// Words of the host.
        message: Option<String>,
    },
    /// It is over for everybody.
    RoomEnded {
        /// Which room.
        room: RoomId,
        /// Why.
        why: EndedWhy,
        /// How long the call was; none when there was no call.
        duration: Option<Millis>,
    },
    /// Somebody who operates the server is about to come in (break-glass).
    AdminEntering {
        /// Where.
        room: RoomId,
        /// What they are called.
        name: String,
        /// Why, in their words.
        reason: String,
        /// When they are out again at the latest.
        until: Timestamp,
    },
    /// The relay's month asks people to keep to this, or to nothing any more.
    RelayBudget {
        /// Where.
        room: RoomId,
        /// To what.
        level: Level,
    },
    /// Two people are connected: the call began.
    CallStarted {
        /// Where.
        room: RoomId,
        /// The call.
        call: CallId,
        /// When.
        at: Timestamp,
    },
    /// The wallet of this person holds something else now.
    WalletChanged {
        /// What can be spent.
        available: MilliCoins,
        /// The entry of the books after which it does; a smaller one is older news.
        seq: u64,
    },
    /// What this person wants of a conversation has changed, on some device.
    ConversationKept(ConversationId, Kept),
    /// How people are there now; for a device that watches them.
    Presence(Vec<PresenceOf>),
    /// Something that this person did not ask for is in their list now.
    Notified {
        /// It.
        it: Notification,
        /// How many of the list are unread.
        unread: u64,
        /// It makes no sound and pops up nowhere.
        silent: bool,
    },
    /// This person read of their list, on some device.
    NoticesRead {
        /// What was read.
        marks: ReadMarks,
        /// How many are unread.
        unread: u64,
    },
    /// A host came, went or changed; for those who watch the directory.
    Host(host::News, Box<host::Card>),
    /// A client said how a call was.
    ReviewReceived {
        /// After which call.
        call: CallId,
        /// What the client is called in public.
        author: String,
        /// 1 to 5.
        stars: u8,
    },
    /// Something was written or read.
    Chat(ConversationId, News),
    /// Somebody calls you.
    CallIncoming {
        /// The call.
        call: CallId,
        /// Who calls.
        caller: UserId,
        /// Their name.
        name: String,
        /// With or without pictures.
        media: MediaKind,
        /// Price of a minute, of which you earn the larger part.
        per_minute: MilliCoins,
        /// When it is given up.
        until: Timestamp,
    },
    /// Your call rings.
    CallRinging {
        /// The call.
        call: CallId,
        /// Devices of the host that said so.
        devices: u32,
    },
    /// You stand in line.
    CallQueued {
        /// The call.
        call: CallId,
        /// From 1.
        place: usize,
        /// How long it may take; none when nobody can say.
        wait: Option<Millis>,
    },
    /// Your call was taken: the door of the room is open.
    CallAccepted {
        /// The call.
        call: CallId,
        /// Its room.
        room: RoomId,
    },
    /// A call rings no more, or stands in line no more.
    CallUnanswered {
        /// The call.
        call: CallId,
        /// Why.
        why: Unanswered,
    },
    /// How a paid call stands.
    Billing {
        /// The call.
        call: CallId,
        /// All of it; nothing is a difference to what was said before.
        now: meter::Now,
        /// Something else than time has changed.
        news: bool,
    },
    /// The money is about to be used up; said once at each mark.
    LowBalance {
        /// The call.
        call: CallId,
        /// What is left.
        remaining: Millis,
        /// The mark that was passed, in seconds.
        mark_s: u32,
    },
    /// A paid call is over and settled.
    CallEnded {
        /// The call.
        call: CallId,
        /// Why.
        why: EndedBy,
        /// Time that both were connected.
        duration: Millis,
        /// Seconds that were charged, the free ones among them.
        billed_s: u64,
        /// What the caller paid.
        charged: MilliCoins,
        /// What the host earned of it; said to the host only.
        earned: Option<MilliCoins>,
    },
}

impl Event {
    /// See [`Delivery`]. Ephemeral is what is soon stale, or said again anyway.
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Reacted { .. }
            | Self::PeerQuality { .. }
            | Self::Billing { news: false, .. }
            | Self::Host(..)
            | Self::Presence(_)
            | Self::SlotsChanged { .. }
            | Self::Chat(_, News::Typing { .. }) => Delivery::Ephemeral,
            _ => Delivery::Reliable,
        }
    }
}

/// Whether `me` yields to `other` when both offer at once: the smaller address is polite, so that
/// exactly one of the two is.
pub fn polite(me: PeerId, other: PeerId) -> bool {
    me < other
}
