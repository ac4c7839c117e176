//! The narrow doors between the realtime actors and the services, so that each is tested alone.

use std::{future::Future, net::SocketAddr, pin::Pin};

use bytes::Bytes;
pub use parlor_data::nouns::{conversation::Head, room::SavedRoom};

use parlor_domain::{
    audit,
    call::{Quality, traffic::Used},
    conversation::{
        Change, ClientMsgId, ConversationId, Done, Message, MsgSeq, Record, SeatOf, Shows, UnreadIn,
    },
    event::{Event, MediaKind},
    file::Attachment,
    id::{CallId, FileId, LoginId, MeetingId, RoomId, SessionId, UserId},
    identity::Identity,
    ledger::Entry,
    meter,
    money::MilliCoins,
    notification::{Notification, NtfSeq, Urgency},
    paid::PaidCall,
    presence::PresenceOf,
    ring::{self, Attempt},
    room::Consent,
    tariff::Tariff,
    time::{Millis, Timestamp},
};

use tokio::sync::watch;

use crate::link::{Answer, ConversationAsk, Trouble};
pub use crate::services::{MissedNotices, ledger::WalletState};

/// A boxed future of a port.
pub type PortFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Who is this? Implemented by the accounts service.
pub trait Identify: Send + Sync {
    /// Verifies an access token (signature, audience, expiry, revoked login). No I/O beyond memory
    /// and point reads.
    fn identify(&self, access_token: &str, now: Timestamp) -> Result<Identity, NotIdentified>;
}

/// Why a token says nothing about its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// Not ours, damaged, or of a revoked login.
    #[error("the token is not valid")]
    Invalid,
    /// Ours, but over.
    #[error("the token has expired")]
    Expired,
}

/// May this person enter this room now? Implemented by the meetings service; the one function that
/// REST, WebSocket, pages and mails all ask (invariant 5).
pub trait Admit: Send + Sync {
    /// The seat of this person in this room, or why not.
    fn admit(&self, who: &Identity, room: RoomId, now: Timestamp) -> Result<Seat, Refusal>;
}

pub use parlor_domain::room::{Announced, RoomPolicy, Seat};

/// Why somebody may not enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such room.
    NotFound,
    /// Not a participant of the meeting.
    Stranger,
    /// The window opens then.
    TooEarly(Timestamp),
    /// The window closed then.
    TooLate(Timestamp),
    /// The meeting must be paid first.
    Unpaid,
    /// Cancelled, declined or completed.
    Over,
    /// The operator lets nobody in at the moment.
    Maintenance,
}

/// Who is connected, who is busy, and who wants to know. Implemented by the directory of hosts.
/// Nothing in here blocks for long.
pub trait Attendance: Send + Sync {
    /// The first device of a user connected, or the last one is gone.
    fn here(&self, user: UserId, here: bool);
    /// The first device of a user is inside a room, or the last one is out.
    fn inside(&self, user: UserId, inside: bool);
    /// A paid call of a host was accepted, or is settled.
    fn talking(&self, host: UserId, talking: bool);
    /// A device watches the directory, or does so no more. What it is told is not kept for it: when
    /// it was away it asks again.
    fn watch_hosts(&self, user: UserId, session: SessionId, on: bool);
    /// A device watches these people, and nobody else; says how they are there now.
    fn watch_people(&self, user: UserId, session: SessionId, whom: &[UserId]) -> Vec<PresenceOf>;
    /// Nobody touches this device, or somebody does again.
    fn idle(&self, user: UserId, session: SessionId, idle: bool);
    /// A device is lost: it watches nothing any more.
    fn device_gone(&self, user: UserId, session: SessionId);
    /// Somebody wrote to somebody, outside of a room.
    fn wrote(&self, to: UserId, from: UserId, name: &str);
    /// Somebody has read what another one wrote to them.
    fn has_read(&self, user: UserId, from: UserId);
    /// Whether a device of this user is inside a room.
    fn is_inside(&self, user: UserId) -> bool;
    /// Whether this host is there for this person, perhaps busy.
    fn is_there_for(&self, host: UserId, caller: UserId) -> bool;
}

/// What happened in a room that the meeting's record must show. Implemented by the meetings
/// service; every entry is on disk when the future is ready.
pub trait MeetingLog: Send + Sync {
    /// Notes one fact.
    fn note(&self, meeting: MeetingId, fact: RoomFact) -> PortFuture<Result<(), NotNoted>>;
}

/// Hears who tried to reach what, for the audit log. Implemented by the services. Nothing in here waits.
pub trait Witness: Send + Sync {
    /// Notes one attempt. `room`: where, when the attempt does not say which meeting.
    fn saw(&self, attempt: audit::Attempt, room: Option<RoomId>);
}

/// A fact of a room's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomFact {
    /// Somebody entered (attendance, R063).
    Entered(UserId, Timestamp),
    /// Somebody is gone.
    Left(UserId, Timestamp),
    /// Two people report connected media: the call began (C06).
    CallStarted(CallId, Timestamp),
    /// The call is over (C05: empty for the grace period, or ended by the host), after two or more
    /// were connected for so long.
    CallEnded(CallId, Timestamp, Millis),
    /// How one person's media did in a part of a call; parts add up.
    Quality(CallId, UserId, Quality),
    /// What somebody said about a recording, and in which call, if one was live.
    Consent(Option<CallId>, UserId, Consent, Timestamp),
    /// The host ended it for everybody: besides the call, the appointment is over.
    EndedForAll(Timestamp),
}

/// The store refused or is gone; the fact stays queued with the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store did not take the entry")]
pub struct NotNoted;

/// Reaches people wherever they are connected. Implemented by the registry of user sessions.
pub trait Reach: Send + Sync {
    /// Tells every device of a user. Never blocks; a user without a device is skipped.
    fn tell(&self, user: UserId, event: Event);
    /// Ends every socket of a login with close code 4511 and revokes its relay credentials.
    fn revoke(&self, user: UserId, login: LoginId);
    /// A page of a user is closed for good: its session leaves the room, if it is in it.
    fn leave(&self, user: UserId, session: SessionId, room: RoomId);
    /// Ends a room for everybody (meeting cancelled, moved or ended over REST).
    fn end_room(&self, room: RoomId);
    /// Tells everybody in a room that somebody who operates the server is about to come in. Whoever asks
    /// for a seat after this is behind it in the room's own queue.
    /// False when nobody is there to be told: then there is no way in either.
    fn announce_admin(&self, room: RoomId, it: Announced) -> bool;
    /// One person has no seat in a room any more; the others stay.
    fn let_go(&self, user: UserId, room: RoomId);
    /// Tells these devices the same; it is written for the wire once.
    fn tell_sessions(&self, to: &[(UserId, SessionId)], event: Event);
    /// Something happened on a host's line, if anybody rings, waits or talks there.
    fn on_line(&self, host: UserId, what: ring::Input);
    /// Ends the paid call of these two, if they are in one.
    fn part(&self, one: UserId, other: UserId);
    /// Who may write in the conversation of these two has changed.
    fn reseat(&self, one: UserId, other: UserId);
    /// Asks a conversation for somebody who has no socket. The identity is a verified one.
    fn converse(
        &self,
        who: &Identity,
        conversation: ConversationId,
        ask: ConversationAsk,
    ) -> PortFuture<Result<Answer, Trouble>>;
}

/// The lists of notifications, for devices that come back. Implemented by the services. Reads are point
/// reads or one page.
pub trait NoticeMemory: Send + Sync {
    /// How many of somebody's list are unread.
    fn unread(&self, user: UserId) -> u64;
    /// What came into it after a number that a device has; nothing when that cannot be said now.
    fn since(&self, user: UserId, after: NtfSeq) -> Option<MissedNotices>;
}

/// Carries notifications to devices on which no page is open. Whether one is carried is decided before
/// ([`Services::notify`](crate::services::Services)); this only carries.
pub trait Push: Send + Sync {
    /// Hands one over that is in its person's list by now. Never blocks; a person without such a device
    /// is skipped. By the time it arrives it may have been read elsewhere.
    fn push(&self, user: UserId, it: &Notification, urgency: Urgency);
}

/// Where a page of history begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFrom {
    /// The last ones before this number.
    Before(MsgSeq),
    /// The first ones after it.
    After(MsgSeq),
}

/// Conversations on disk. Implemented over the store. Reads are point reads or one page.
pub trait ConversationMemory: Send + Sync {
    /// A conversation as it is on the disk; an empty one when nobody ever said anything in it.
    fn load(&self, id: ConversationId) -> Result<(Head, Record), NotNoted>;
    /// One message.
    fn message(&self, id: ConversationId, seq: MsgSeq) -> Result<Option<Message>, NotNoted>;
    /// What a command led to, if it was carried out.
    fn done(
        &self,
        id: ConversationId,
        user: UserId,
        key: ClientMsgId,
    ) -> Result<Option<Done>, NotNoted>;
    /// At most `limit` messages, oldest first.
    fn page(
        &self,
        id: ConversationId,
        from: PageFrom,
        limit: usize,
    ) -> Result<Vec<Message>, NotNoted>;
    /// These files of somebody's, which wait for a message of this conversation; none when one of
    /// them does not.
    fn files(
        &self,
        id: ConversationId,
        user: UserId,
        files: &[FileId],
    ) -> Result<Option<Vec<Attachment>>, NotNoted>;
    /// What this person lets others see; nothing when that cannot be said.
    fn shows(&self, user: UserId) -> Shows;
    /// The two people of a pair; nobody when these two may not write to each other.
    fn pair(&self, one: UserId, other: UserId) -> Vec<SeatOf>;
    /// Whether this person may say the first word to the other.
    fn may_begin(&self, writer: UserId, other: UserId, now: Timestamp) -> Result<bool, NotNoted>;
    /// What this person has not read, in which conversations with others; as far as a greeting says
    /// it.
    fn unread(&self, user: UserId) -> Vec<UnreadIn>;
    /// Writes on this head, all or nothing. On disk when the future is ready, which then has the
    /// head to write on next.
    fn write(
        &self,
        id: ConversationId,
        head: &Head,
        changes: &[Change],
        now: Timestamp,
    ) -> PortFuture<Result<Head, NotNoted>>;
}

/// What a room looked like, kept across restarts of the server. Implemented over the store.
pub trait RoomMemory: Send + Sync {
    /// Every room in use, at the start of the server.
    fn all(&self) -> Vec<(RoomId, SavedRoom)>;
    /// One room, when somebody comes to it after it was let go. A point read.
    fn one(&self, room: RoomId) -> Option<SavedRoom>;
    /// Keeps a room as it is now, or forgets it. On disk when the future is ready; a later call
    /// for the same room is made only after that.
    fn keep(&self, room: RoomId, saved: Option<SavedRoom>) -> PortFuture<Result<(), NotNoted>>;
}

/// Calls that cost by the minute: who may call whom, and the books behind the meter. Implemented by
/// the services over the ledger. Reads are of memory and point reads.
pub trait PaidCalls: Send + Sync {
    /// The clocks of rings and meters.
    fn rules(&self) -> (ring::Limits, meter::Rules);
    /// What a call of this person to this host would cost now, or why it cannot be.
    fn quote(
        &self,
        caller: &Identity,
        host: UserId,
        kind: MediaKind,
        now: Timestamp,
    ) -> Result<Quote, NotCallable>;
    /// Takes the first coins aside and writes the call, in one step. The price is frozen here.
    fn open(
        &self,
        host: UserId,
        attempt: &Attempt,
        kind: MediaKind,
        now: Timestamp,
    ) -> PortFuture<Result<PaidCall, NotPosted>>;
    /// Writes a call as it is now, and what moves with it, in one step. `before`: as it was written
    /// last; none for a new one. The same step again changes nothing and is good.
    fn post(
        &self,
        entry: Option<Entry>,
        before: Option<PaidCall>,
        call: PaidCall,
    ) -> PortFuture<Result<(), NotPosted>>;
    /// What a wallet can give at this moment.
    fn wallet(&self, user: UserId) -> MilliCoins;
    /// Tells of every durable change of a wallet.
    fn watch(&self, user: UserId) -> Option<watch::Receiver<WalletState>>;
    /// Every call that rings or whose bill is not settled, at the start of the server.
    fn open_calls(&self) -> Vec<PaidCall>;
    /// The call that happens in this room.
    fn of_room(&self, room: RoomId) -> Option<PaidCall>;
    /// How long a host's last calls were, the latest last.
    fn lengths(&self, host: UserId) -> Vec<Millis>;
}

/// What a call would cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price.
    pub tariff: Tariff,
    /// How long the wallet would last, in seconds; none: for ever.
    pub seconds_max: Option<u64>,
}

/// Why somebody cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCallable {
    /// No such host, or not one any more; or oneself.
    NotFound,
    /// The host takes no calls now, or none from this person: that is not told apart.
    Offline,
    /// The wallet has so much too little for the beginning.
    TooLittle(MilliCoins),
    /// The operator lets nobody call at the moment.
    Maintenance,
}

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    /// The wallet has so much too little.
    #[error("the wallet has too little")]
    TooLittle(MilliCoins),
    /// The store refused or is gone; the same again may succeed.
    #[error("the books did not take the entry")]
    Books,
}

/// The relay, as far as rooms need it. `call` and `participant` are opaque to it.
pub trait RelayDoor: Send + Sync {
    /// User name, password, and when they end (Unix seconds), for one participant.
    fn mint(&self, call: &str, participant: &str, expires: u64) -> (String, String, u64);
    /// Ends the allocations of one participant, or of the whole call.
    fn revoke(&self, call: &str, participant: Option<&str>);
    /// Lets this call's allocations send to an address that was signalled in it.
    fn admit_candidate(&self, call: &str, candidate: SocketAddr);
    /// Bytes that it carried this month, counted from [`count_from`](Self::count_from).
    fn month_bytes(&self) -> u64;
    /// Sets what it carried this month up to now.
    fn count_from(&self, bytes: u64);
    /// What each participant of a call moved since this was asked the last time.
    fn collect(&self, call: &str) -> Vec<(String, Used)>;
}

/// Turns events into frames' payloads. Implemented by the web floor: words of the wire live there.
pub trait Encode: Send + Sync {
    /// The name and the serialised payload.
    fn encode(&self, event: &Event) -> (&'static str, Bytes);
}
