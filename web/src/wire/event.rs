//! What a client is told: replies, and events with or without a number.

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::chat::{
    ConversationKept, MarkedUpTo, MessageSaid, MessageUpdated, Unread, UnreadIn, UserTyping,
};
use super::hosts::{HostCard, ReviewReceived};
use super::notices::{MissedNotices, NoticesRead, Notified};
use super::paid::{
    Billing, CallAccepted, CallEnded, CallIncoming, CallQueued, CallRings, CallUnanswered,
    LowBalance,
};
use super::parts::{
    AnswerDescription, Heartbeat, IceCandidate, IcePolicy, IceServer, Limits, MediaKind,
    OfferDescription, Participant, Peer, Reaction, RecordingNow, Role,
};
use super::presence::PresenceChanged;

/// Nothing to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Empty {}

/// The answer to `hello`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// Names the session; not a secret.
    pub session_id: String,
    /// The secret for the next resume. The one before it is good until something is said here.
    pub resume_token: String,
    /// Names this run of the server.
    pub epoch: String,
    /// Whether the old session goes on. When false, join rooms again (with the old `peerId`).
    pub resumed: bool,
    /// Why not resumed; absent when there was nothing to resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<NotResumed>,
    /// How many old events follow.
    pub replay: u32,
    /// The highest `seq` given out so far.
    pub seq: u64,
    /// Who the token says you are.
    pub user_id: String,
    /// What the token says you are.
    pub role: Role,
    /// The name that others see.
    pub user_name: String,
    /// Epoch ms.
    pub server_time: i64,
    /// How liveness is kept.
    pub heartbeat: Heartbeat,
    /// How long a lost session is kept, ms.
    pub resume_window_ms: u32,
    /// What to keep to.
    pub limits: Limits,
    /// Optional parts of the protocol that this server has.
    pub features: Vec<String>,
    /// When the access token ends, epoch ms.
    pub expires_at: i64,
    /// Conversations with other people in which something is unread, at most 100.
    pub unread: Vec<UnreadIn>,
    /// How many notifications are unread; 0 for guests.
    #[serde(default)]
    pub unread_notifications: u64,
}

/// Why a session could not be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotResumed {
    /// It was lost for longer than the resume window.
    Expired,
    /// The server was restarted since.
    Epoch,
    /// Events were dropped that the client has not seen.
    Gap,
    /// No such session, or the proof is wrong.
    Unknown,
}

/// Ack of `auth-refresh`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthRefreshAck {
    /// When the fresh token ends, epoch ms.
    pub expires_at: i64,
}

/// Ack of `sync`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SyncAck {
    /// The rooms among those asked for in which this session is.
    pub rooms: Vec<RoomSnapshot>,
    /// What came after the notification that was named, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications: Option<MissedNotices>,
}

/// The state of a room as one peer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomSnapshot {
    /// Which room.
    pub room_id: String,
    /// The asking peer.
    pub self_peer_id: String,
    /// In, or before the door.
    pub status: JoinStatus,
    /// The others in the call; empty for who waits.
    pub participants: Vec<Participant>,
    /// Who waits; moderators only.
    pub waiting: Vec<Peer>,
    /// When the call began, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_started_at: Option<i64>,
    /// Since when your own hand is up, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_raised_at: Option<i64>,
    /// The door is locked: everybody new waits in the lobby.
    #[serde(default)]
    pub locked: bool,
    /// What is being recorded, or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingNow>,
}

/// Whether somebody is in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JoinStatus {
    /// In the call.
    Joined,
    /// In the lobby.
    Waiting,
}

/// Ack of `join-room`. Who waits gets no `iceServers` before admission.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinAck {
    /// Your address in this room.
    pub peer_id: String,
    /// In, or before the door.
    pub status: JoinStatus,
    /// You admit, remove and end.
    pub moderator: bool,
    /// For `RTCPeerConnection`.
    pub ice_servers: Vec<IceServer>,
    /// How long they are good, ms.
    pub ice_ttl_ms: u64,
    /// For `RTCPeerConnection`.
    pub policy: IcePolicy,
    /// How long a lost peer keeps its seat, ms.
    pub rejoin_grace_ms: u64,
    /// What to keep to on connections through the relay; absent means `full`. See `relay-budget`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay_level: Option<RelayLevel>,
    /// You may ask for a recording.
    #[serde(default)]
    pub may_record: bool,
}

/// Ack of `offer` and `answer`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SignalAck {
    /// The receiver is reconnecting; the frame waits for it.
    pub queued: bool,
}

/// Ack of `ice-servers`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IceServersAck {
    /// For `RTCPeerConnection.setConfiguration`.
    pub ice_servers: Vec<IceServer>,
    /// How long they are good, ms.
    pub ttl_ms: u64,
    /// For `RTCPeerConnection`.
    pub policy: IcePolicy,
}

/// Ack of `admit-participant` and `deny-participant`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AdmissionAck {
    /// How many it concerned.
    pub count: u32,
}

/// Codes of the `error` frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The frame cannot be understood.
    BadRequest,
    /// No such `type`.
    UnknownType,
    /// A field is larger than its limit.
    PayloadTooLarge,
    /// The token says nothing about its bearer.
    Unauthorized,
    /// The token is over.
    TokenExpired,
    /// Not allowed.
    Forbidden,
    /// No such thing.
    NotFound,
    /// Somebody else has it.
    Conflict,
    /// Too many frames.
    RateLimited,
    /// Overload or drain; try again.
    Unavailable,
    /// Something of ours broke.
    Internal,
    /// This session is not in that room.
    NotInRoom,
    /// Still waiting.
    NotAdmitted,
    /// The room is full.
    RoomFull,
    /// The meeting is over.
    RoomClosed,
    /// See `opensAt`.
    TooEarly,
    /// See `closesAt`.
    TooLate,
    /// That peer is not in the room.
    PeerGone,
    /// The meeting must be paid first.
    Unpaid,
    /// The operator lets nobody in at the moment.
    Maintenance,
    /// The client is too old.
    UnsupportedVersion,
    /// The host takes no calls now.
    PeerOffline,
    /// The host is in a call; `wait` stands in line.
    PeerBusy,
    /// Too few coins; see `shortfallMc`.
    InsufficientBalance,
    /// Another device took the call.
    AlreadyAnswered,
    /// The call is over.
    CallEnded,
}

/// Payload of the `error` frame.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorData {
    /// For programs.
    pub code: ErrorCode,
    /// For people; never repeats input.
    pub message: String,
    /// The same frame may succeed later.
    pub retryable: bool,
    /// Not before this, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Which field is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// `too_early`: when the room opens, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<i64>,
    /// `too_late`: when the room closed, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<i64>,
    /// `insufficient_balance`: what is missing, thousandths of a coin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall_mc: Option<i64>,
    /// `peer_busy`: there is a place in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_wait: Option<bool>,
    /// `peer_busy`: how long the wait may take, ms; absent when nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<i64>,
}

/// The access token ends soon; send `auth-refresh`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthExpiring {
    /// Epoch ms.
    pub expires_at: i64,
}

/// The login is over; close 4511 follows.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SessionRevoked {
    /// `logout`, `password` or `admin`.
    pub reason: String,
}

/// The server stops; close 1012 follows.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerDraining {
    /// Come back after this plus a random 0..5 s, ms.
    pub retry_after_ms: u64,
    /// `restart`.
    pub reason: String,
}

/// You wait for a moderator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Which room.
    pub room_id: String,
    /// Place in the queue, from 1.
    pub position: u32,
    /// A moderator is in the room.
    pub host_present: bool,
}

/// To moderators: everybody who waits. The whole list; the latest wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingRoom {
    /// Which room.
    pub room_id: String,
    /// In the order of arrival.
    pub waiting: Vec<Peer>,
}

/// You are let in; `existing-participants` follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Admitted {
    /// Which room.
    pub room_id: String,
    /// Your address in it.
    pub peer_id: String,
    /// For `RTCPeerConnection`.
    pub ice_servers: Vec<IceServer>,
    /// How long they are good, ms.
    pub ice_ttl_ms: u64,
    /// For `RTCPeerConnection`.
    pub policy: IcePolicy,
    /// What to keep to on connections through the relay; absent means `full`. See `relay-budget`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay_level: Option<RelayLevel>,
}

/// You are turned away from the lobby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Denied {
    /// Which room.
    pub room_id: String,
    /// Which peer of yours.
    pub peer_id: String,
    /// Why.
    pub reason: DeniedReason,
    /// Words of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeniedReason {
    /// A moderator said no.
    Denied,
    /// Nobody may enter any more.
    TooLate,
    /// The meeting is over.
    RoomClosed,
    /// The same person waits on another device now.
    Replaced,
}

/// To who enters: everybody who is there. **The receiver offers** to every participant that it has
/// no media connection with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExistingParticipants {
    /// Which room.
    pub room_id: String,
    /// Your address in it.
    pub self_peer_id: String,
    /// The others.
    pub participants: Vec<Participant>,
    /// When the call began, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_started_at: Option<i64>,
    /// Since when your own hand is up, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_raised_at: Option<i64>,
    /// The door is locked: everybody new waits in the lobby.
    #[serde(default)]
    pub locked: bool,
    /// What is being recorded, or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingNow>,
}

/// Somebody entered and will offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserJoined {
    /// Which room.
    pub room_id: String,
    /// Who.
    pub peer: Peer,
    /// Whether the **receiver** is the polite side towards this peer.
    pub polite: bool,
}

/// Somebody is gone; drop the media connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLeft {
    /// Which room.
    pub room_id: String,
    /// Who.
    pub peer_id: String,
    /// The person.
    pub user_id: String,
    /// Why.
    pub reason: LeftReason,
}

/// Why a peer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeftReason {
    /// It said so.
    Left,
    /// Lost, and not back within the grace.
    Timeout,
    /// A moderator removed it.
    Removed,
    /// The meeting was ended.
    Ended,
    /// The same person came with another device.
    Replaced,
}

/// A peer of a room: its connection to the server is lost (`user-reconnecting`; keep the media) or
/// back (`user-resumed`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerInRoom {
    /// Which room.
    pub room_id: String,
    /// Who.
    pub peer_id: String,
}

/// An offer from a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferFrom {
    /// Which room.
    pub room_id: String,
    /// From whom.
    pub from: String,
    /// The description.
    pub offer: OfferDescription,
    /// Names this negotiation.
    pub negotiation_id: String,
    /// It restarts ICE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ice_restart: Option<bool>,
}

/// An answer from a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerFrom {
    /// Which room.
    pub room_id: String,
    /// From whom.
    pub from: String,
    /// The description.
    pub answer: AnswerDescription,
    /// Which negotiation it answers.
    pub negotiation_id: String,
}

/// A candidate from a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateFrom {
    /// Which room.
    pub room_id: String,
    /// From whom.
    pub from: String,
    /// The candidate; null when there are no more.
    #[schemars(extend("x-null" = true))]
    pub candidate: Option<IceCandidate>,
    /// Which negotiation it belongs to.
    pub negotiation_id: String,
}

/// A peer switched its microphone or camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaStateOf {
    /// Which room.
    pub room_id: String,
    /// Who.
    pub peer_id: String,
    /// The microphone is sending.
    pub audio: bool,
    /// The camera is sending.
    pub video: bool,
    /// The person is away for a moment.
    #[serde(default)]
    pub away: bool,
}

/// A hand went up or down; also told to its owner, whose hand a moderator may have lowered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandOf {
    /// Which room.
    pub room_id: String,
    /// Whose.
    pub peer_id: String,
    /// Since when it is up, epoch ms; the order of the queue. Absent when it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_at: Option<i64>,
}

/// A peer reacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReactionOf {
    /// Which room.
    pub room_id: String,
    /// Who.
    pub peer_id: String,
    /// How.
    pub reaction: Reaction,
}

/// How good a peer's line is; when it changed, and now and then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerQuality {
    /// Which room.
    pub room_id: String,
    /// Whose.
    pub peer_id: String,
    /// 1 (hardly usable) to 4 (good).
    pub level: u8,
}

/// The door was locked or unlocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomLocked {
    /// Which room.
    pub room_id: String,
    /// Everybody new waits in the lobby.
    pub locked: bool,
}

/// Why a recording is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
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

/// Where the recording stands; the whole of it, the latest wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordingChanged {
    /// Which room.
    pub room_id: String,
    /// What is being recorded or asked for; absent when nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingNow>,
    /// Why it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<RecordingOver>,
    /// Who ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_by: Option<String>,
}

/// A peer began or ended to share its screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScreenShareOf {
    /// Which room.
    pub room_id: String,
    /// Who.
    pub peer_id: String,
    /// Began (true) or ended.
    pub active: bool,
    /// The track that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_id: Option<String>,
}

/// A moderator asks you to switch off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MuteRequested {
    /// Which room.
    pub room_id: String,
    /// Who asks.
    pub by: String,
    /// What.
    pub kind: MediaKind,
}

/// You are out of the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Which room.
    pub room_id: String,
    /// Why.
    pub reason: RemovedReason,
    /// Words of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Why you are out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RemovedReason {
    /// By a moderator.
    Removed,
    /// By a moderator, for good.
    Banned,
    /// You came with another device.
    Replaced,
    /// Your login or invitation was revoked.
    Revoked,
    /// You were silent for longer than the rejoin grace; join again.
    Timeout,
}

/// The meeting is over for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomEnded {
    /// Which room.
    pub room_id: String,
    /// Why.
    pub reason: EndedReason,
    /// How long the call was, ms; absent when none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}

/// Why a room or call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndedReason {
    /// The host ended it.
    Host,
    /// The meeting was cancelled, moved or ended over REST.
    Meeting,
    /// Far past the end of the window.
    Window,
    /// A paid call: one of the two hung up.
    Hangup,
    /// A paid call: the coins are used up.
    Balance,
    /// A paid call: one of the two was gone for too long.
    Lost,
    /// A paid call: the two never met.
    Unmet,
    /// A paid call: the house ended it.
    House,
}

/// Two people are connected: the call began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallStarted {
    /// Which room.
    pub room_id: String,
    /// The call.
    pub call_id: String,
    /// Epoch ms; the base of the shown duration.
    pub started_at: i64,
}

/// What to keep to on connections that go through the relay. Direct ones need not care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RelayLevel {
    /// Whatever the line carries.
    Full,
    /// Smaller pictures, about 400 kbit/s each way: 80 % of the relay's monthly budget is used.
    Saver,
    /// Voices only: all of it is used. The relay carries 128 kbit/s per connection (both ways
    /// together) and drops pictures first.
    Audio,
}

/// The relay's monthly budget reached 80 % or 100 %, or a new month began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RelayBudget {
    /// Which room.
    pub room_id: String,
    /// What to keep to from now on.
    pub level: RelayLevel,
}

/// Somebody who operates the server is about to come in, and gave a reason. Comes before they do, and to
/// whoever joins while it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminEntering {
    /// Which room.
    pub room_id: String,
    /// What they are called.
    pub name: String,
    /// Why, in their words.
    pub reason: String,
    /// When they are out again at the latest, epoch ms.
    pub until: i64,
}

/// A meeting of yours was created, moved, cancelled, started or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingUpdated {
    /// Which one.
    pub meeting_id: String,
    /// Its status now.
    pub status: String,
    /// When it starts, epoch ms.
    pub starts_at: i64,
    /// What happened: `created`, `accepted`, `declined`, `paid`, `rescheduled`, `cancelled`,
    /// `started`, `ended` or `updated`.
    pub change: String,
}

/// The free times of a host whom you looked at are others now: ask again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotsChanged {
    /// Whose.
    pub host_id: String,
    /// When they changed, epoch ms.
    pub at: i64,
}

/// Your wallet holds something else now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WalletChanged {
    /// What can be spent, in thousandths of a coin.
    pub available: i64,
    /// Number of the entry after which it does; an event with a smaller one is older news.
    pub entry: u64,
}

/// How an event travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An answer; belongs to one socket.
    Reply,
    /// Numbered and replayed.
    Reliable,
    /// Sent once.
    Ephemeral,
}

/// One row of the protocol table.
#[derive(Clone, Copy, Debug)]
pub struct EventRow {
    /// The `type` of the frame.
    pub name: &'static str,
    /// How it travels.
    pub kind: Kind,
    /// Who gets it.
    pub to: &'static str,
    /// Name of the payload's type.
    pub payload: &'static str,
    /// Registers the payload's schema.
    pub schema: fn(&mut SchemaGenerator),
}

macro_rules! events {
    ($($payload:ident = $name:literal $kind:ident $to:literal;)*) => {
        /// All frames to clients, for the protocol document and the generated types.
        pub const EVENTS: &[EventRow] = &[$(EventRow {
            name: $name,
            kind: Kind::$kind,
            to: $to,
            payload: stringify!($payload),
            schema: |generator| { generator.subschema_for::<$payload>(); },
        },)*];
    };
}

events! {
    Welcome = "welcome" Reply "socket";
    ErrorData = "error" Reply "socket";
    Empty = "ping" Ephemeral "socket";
    AuthExpiring = "auth-expiring" Ephemeral "socket";
    SessionRevoked = "session-revoked" Ephemeral "socket";
    ServerDraining = "server-draining" Ephemeral "all";
    Waiting = "waiting" Reliable "who waits";
    WaitingRoom = "waiting-room" Reliable "moderators";
    Admitted = "admitted" Reliable "who waited";
    Denied = "denied" Reliable "who waited";
    ExistingParticipants = "existing-participants" Reliable "who enters";
    UserJoined = "user-joined" Reliable "the others";
    UserLeft = "user-left" Reliable "the others";
    PeerInRoom = "user-reconnecting" Reliable "the others";
    PeerInRoom = "user-resumed" Reliable "the others";
    OfferFrom = "offer" Reliable "one peer";
    AnswerFrom = "answer" Reliable "one peer";
    CandidateFrom = "ice-candidate" Reliable "one peer";
    MediaStateOf = "media-state" Reliable "the others";
    HandOf = "hand" Reliable "all in the room";
    ReactionOf = "reaction" Ephemeral "the others";
    PeerQuality = "peer-quality" Ephemeral "the others";
    RoomLocked = "room-locked" Reliable "all in the room";
    RecordingChanged = "recording" Reliable "all in the room";
    ScreenShareOf = "screen-share" Reliable "the others";
    MuteRequested = "mute-requested" Reliable "one peer";
    Removed = "removed" Reliable "who is out";
    RoomEnded = "room-ended" Reliable "all in room and lobby";
    MessageSaid = "message" Reliable "all in the conversation";
    MessageUpdated = "message-updated" Reliable "all in the conversation";
    MarkedUpTo = "message-delivered" Reliable "the others in the conversation";
    MarkedUpTo = "message-read" Reliable "the others in the conversation";
    Unread = "unread" Reliable "the reader's own devices";
    ConversationKept = "conversation-kept" Reliable "the person's own devices";
    UserTyping = "user-typing" Ephemeral "the others in the conversation";
    CallStarted = "call-started" Reliable "all in the room";
    RelayBudget = "relay-budget" Reliable "all in the room";
    AdminEntering = "admin-entering" Reliable "all in the room";
    CallIncoming = "call-incoming" Reliable "host, all devices";
    CallRings = "call-ringing" Reliable "caller";
    CallQueued = "call-queued" Reliable "caller in line";
    CallAccepted = "call-accepted" Reliable "caller";
    CallUnanswered = "call-declined" Reliable "caller; host, all devices";
    CallUnanswered = "call-cancelled" Reliable "host, all devices; caller";
    CallUnanswered = "call-missed" Reliable "caller; host, all devices";
    Billing = "billing" Reliable "caller and host, all devices";
    Billing = "billing-tick" Ephemeral "caller and host, all devices";
    LowBalance = "low-balance" Reliable "caller and host, all devices";
    CallEnded = "call-ended" Reliable "caller and host, all devices";
    HostCard = "host-online" Ephemeral "who watches the hosts";
    HostCard = "host-offline" Ephemeral "who watches the hosts";
    HostCard = "host-updated" Ephemeral "who watches the hosts";
    ReviewReceived = "review-received" Reliable "host, all devices";
    MeetingUpdated = "meeting-updated" Reliable "host and client, all devices";
    SlotsChanged = "slots-changed" Ephemeral "who asked for a host's free times in the last ten minutes; the host";
    Notified = "notification" Reliable "the person, all devices";
    NoticesRead = "notifications-read" Reliable "the person, all devices";
    PresenceChanged = "presence" Ephemeral "a device that watches";
    WalletChanged = "wallet-changed" Reliable "all devices of the wallet's owner";
}
