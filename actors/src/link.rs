//! Between a socket and its user session: what the socket asks, what it is told.
//!
//! The web floor implements [`Link`] over its framing; tests implement it over a vector. Nothing in
//! here knows JSON or WebSocket.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use parlor_domain::{
    call::Sample,
    conversation::{self, ClientMsgId, ConversationId, Done, MsgSeq, UnreadIn},
    event::{Delivery, Event, IceGrant, MediaKind, Reaction, Signal},
    id::{CallId, FileId, PeerId, RoomId, SessionId, UserId},
    identity::Identity,
    notification::NtfSeq,
    presence::PresenceOf,
    ring,
    room::{RecordingStep, Refused, Snapshot, Whom},
    session::{Bye, NotResumed},
    time::{Millis, Timestamp},
};

use crate::{
    conversation::History,
    ports::{MissedNotices, NotCallable, NotIdentified, PageFrom, Quote, Refusal},
};

/// An event, serialised once for all its receivers.
#[derive(Debug)]
pub struct Encoded {
    /// The `type` of the frame.
    pub name: &'static str,
    /// Whether it is numbered and replayed.
    pub delivery: Delivery,
    /// The serialised payload.
    pub data: Bytes,
    /// The event itself, for tests of what was said.
    pub event: Event,
}

/// Whether a socket took a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Sent {
    /// It will go out.
    Taken,
    /// It was ephemeral and the socket is busy: dropped.
    Dropped,
    /// The socket does not read: close it, keep the session.
    Slow,
}

/// The way out to one socket. Never blocks.
pub trait Link: Send {
    /// Greets.
    fn welcome(&self, welcome: Greeting) -> Sent;
    /// Sends an event.
    fn event(&self, event: &Arc<Encoded>, seq: Option<u64>, at: Timestamp) -> Sent;
    /// Answers a request; without an id only errors are worth a frame.
    fn answer(&self, id: Option<String>, answer: Result<Answer, Trouble>, at: Timestamp) -> Sent;
    /// Says something that is not an event.
    fn notice(&self, notice: Notice, at: Timestamp) -> Sent;
    /// Where its peer is.
    fn address(&self) -> Option<IpAddr>;
    /// Closes. `SlowConsumer` cuts the socket at once, because nothing would arrive.
    fn close(&self, why: Bye);
}

/// The answer to a hello.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// The session.
    pub session: SessionId,
    /// Secret for the next resume.
    pub resume_token: String,
    /// This run of the server.
    pub epoch: String,
    /// An old session goes on; else why not, if that was wanted.
    pub resumed: Result<(), Option<NotResumed>>,
    /// How many old events follow.
    pub replay: usize,
    /// The highest number given out.
    pub seq: u64,
    /// Who it is.
    pub identity: Identity,
    /// Conversations with other people in which something is unread; none for guests.
    pub unread: Vec<UnreadIn>,
    /// How many notifications are unread; none for guests.
    pub unread_notices: u64,
    /// The clocks and bounds to keep.
    pub limits: parlor_domain::session::Limits,
    /// Now.
    pub at: Timestamp,
}

/// A notice to one socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Ask for a sign of life.
    Ping,
    /// The token ends then.
    AuthExpiring(Timestamp),
    /// The login is over.
    Revoked,
    /// The server stops; come back after this.
    Draining(Millis),
}

/// A good answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Done.
    Done,
    /// The token is good until then.
    AuthRefreshed(Timestamp),
    /// In, or before the door.
    Joined {
        /// The address.
        peer: PeerId,
        /// In.
        inside: bool,
        /// May moderate.
        moderator: bool,
        /// How to reach others; empty before the door.
        ice: IceGrant,
        /// How long a lost seat is kept.
        rejoin_grace: Millis,
        /// May ask to record.
        may_record: bool,
    },
    /// A signal is on its way, or waits.
    Relayed {
        /// It waits.
        queued: bool,
    },
    /// Fresh relay credentials.
    Ice(IceGrant),
    /// So many were admitted or denied.
    Count(usize),
    /// How things stand.
    State(State),
    /// A message has this number; `duplicate` when it had it before.
    Written {
        /// Which message, and when.
        done: Done,
        /// The command was a repetition.
        duplicate: bool,
    },
    /// The own read marker stands here.
    ReadUpTo(MsgSeq),
    /// A page of history.
    History(Box<History>),
    /// How people are there.
    Presence(Vec<PresenceOf>),
    /// A call rings, or stands in line.
    Calling(Calling),
    /// The call is yours: its room is open.
    Taken {
        /// The call.
        call: CallId,
        /// Its room.
        room: RoomId,
    },
}

/// How one's call to a host stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calling {
    /// The call.
    pub call: CallId,
    /// Where it will be.
    pub room: RoomId,
    /// What it will cost.
    pub quote: Quote,
    /// It rings until then.
    pub rings_until: Option<Timestamp>,
    /// It stands in line: the place, and how long that may take.
    pub queued: Option<(usize, Option<Millis>)>,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The room says no.
    Room(Refused),
    /// The conversation says no.
    Chat(conversation::Refused),
    /// The meeting says no.
    Door(Refusal),
    /// The token says nothing.
    Token(NotIdentified),
    /// The token is of somebody else.
    WrongPerson,
    /// Too often; again after this.
    TooOften(Millis),
    /// The server stops.
    Draining,
    /// The host's line says no.
    Ring(ring::Refused),
    /// The host cannot be called.
    NotCallable(NotCallable),
}

/// How things stand for a device that was away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The rooms among those asked for in which its session is.
    pub rooms: Vec<(RoomId, Snapshot)>,
    /// What it missed of the notifications, if it asked.
    pub notices: Option<MissedNotices>,
}

/// What a socket asks, parsed.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A fresh token.
    AuthRefresh(String),
    /// A sign of life that wants an answer.
    Ping,
    /// A sign of life.
    Pong,
    /// How do things stand?
    Sync {
        /// These rooms.
        rooms: Vec<RoomId>,
        /// And the list of notifications after this one.
        notices_after: Option<NtfSeq>,
    },
    /// Let me in.
    Join {
        /// Where.
        room: RoomId,
        /// Microphone.
        audio: bool,
        /// Camera.
        video: bool,
        /// The address it had.
        old: Option<PeerId>,
    },
    /// Something in a room.
    InRoom(RoomId, RoomAsk),
    /// Something in a conversation.
    InConversation(ConversationId, ConversationAsk),
    /// Something about a call to a host.
    Call(CallAsk),
    /// Tell me how these are there, and nobody else.
    WatchPeople(Vec<UserId>),
    /// Nobody touches this device, or somebody does again.
    Idle(bool),
    /// Tell me about hosts who come, go or change; or stop.
    WatchHosts(bool),
}

/// What is asked about a call to a host, by either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallAsk {
    /// Call.
    Invite {
        /// Whom.
        host: UserId,
        /// With or without pictures.
        media: MediaKind,
        /// Stand in line if the host is busy.
        wait: bool,
    },
    /// It rings here.
    Heard(CallId),
    /// Take it.
    Accept(CallId, MediaKind),
    /// No (or not now).
    Decline(CallId, bool),
    /// Never mind.
    Cancel(CallId),
}

/// What is asked in a conversation.
#[derive(Clone, Debug)]
pub enum ConversationAsk {
    /// Say this.
    Send {
        /// What the device calls it.
        key: ClientMsgId,
        /// The words.
        text: String,
        /// The message that it answers.
        reply_to: Option<MsgSeq>,
        /// Files that were given to this conversation before.
        files: Vec<FileId>,
    },
    /// Change a message, or take it back.
    Change {
        /// What the device calls the command.
        key: ClientMsgId,
        /// Which message.
        seq: MsgSeq,
        /// The new words; none takes it back.
        text: Option<String>,
    },
    /// I have read.
    Read {
        /// Up to here.
        up_to: MsgSeq,
        /// Without telling others.
        private: bool,
    },
    /// Messages arrived here.
    Delivered {
        /// Up to here.
        up_to: MsgSeq,
    },
    /// I write, or stopped.
    Typing(bool),
    /// A page of what was said.
    History {
        /// Where it begins.
        from: PageFrom,
        /// Most messages.
        limit: usize,
    },
}

/// What a socket asks in a room that it is in.
#[derive(Clone, Debug)]
pub enum RoomAsk {
    /// Go.
    Leave,
    /// Carry this.
    Signal(PeerId, Signal),
    /// Fresh relay credentials.
    IceServers,
    /// Microphone, camera, away.
    Media(bool, bool, bool),
    /// Whose hand (one's own when none), and whether it goes up.
    Hand(Option<PeerId>, bool),
    /// A short sign.
    React(Reaction),
    /// Lock (true) or unlock.
    Lock(bool),
    /// Something about a recording.
    Recording(RecordingStep),
    /// How the media did.
    Sample(Sample),
    /// Screen begins or ends, with its track.
    Screen(bool, Option<String>),
    /// Ask somebody to switch off.
    MuteRequest(PeerId, MediaKind),
    /// Let in.
    Admit(Whom),
    /// Turn away, with words.
    Deny(Whom, Option<String>),
    /// Remove, for good or not, with words.
    Remove(PeerId, bool, Option<String>),
    /// End it for everybody.
    EndForAll,
    /// Media stands or not, and whether it goes through the relay, if that is known.
    CallMedia {
        /// It stands.
        connected: bool,
        /// Through the relay.
        relayed: Option<bool>,
    },
    /// How the room stands.
    Snapshot,
}
