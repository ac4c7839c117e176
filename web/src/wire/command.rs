//! What a client says. Identity never comes from here: whatever a client claims about itself is
//! not even a field.

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{
    chat::{
        DeleteMessage, EditMessage, MarkDelivered, MarkRead, ReadAck, SendMessage, Typing,
        WrittenAck,
    },
    event::{
        AdmissionAck, AuthRefreshAck, Empty, IceServersAck, JoinAck, SignalAck, SyncAck, Welcome,
    },
    paid::{CallAccept, CallAccepted, CallDecline, CallInvite, CallInviteAck, OfCall},
    parts::{AnswerDescription, IceCandidate, Media, MediaKind, OfferDescription, Reaction},
    presence::{PresenceAck, WatchPresence},
};

/// The first frame of every socket, within 5 s.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// An access token.
    pub token: String,
    /// The device that speaks.
    pub device: Device,
    /// Build of the client, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
    /// The session to go on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
}

/// A device of a person.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// Random, made by the client once per browser tab or installation, 1 to 64 characters.
    pub id: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    pub kind: DeviceKind,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A browser.
    Web,
    /// An iPhone or iPad.
    Ios,
    /// An Android device.
    Android,
    /// A program.
    Cli,
}

/// Proof of a session that this device had.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resume {
    /// From the last `welcome`.
    pub session_id: String,
    /// From the last `welcome`; every welcome brings a new one.
    pub resume_token: String,
    /// The highest `seq` processed; 0 when none.
    pub last_seq: u64,
}

/// A fresh access token for the living socket, same user and login.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuthRefresh {
    /// The token.
    pub token: String,
}

/// Asks for the present state instead of missed events.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sync {
    /// Rooms that the client believes it is in; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<String>,
    /// The last notification that this device has; the answer has those after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_notification_seq: Option<u64>,
}

/// The person is there, or has gone for a coffee; at most one per 30 s.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Activity {
    /// No input for a while.
    pub idle: bool,
}

/// Enters a room, or begins to wait for admission. Answered by an ack and then
/// `existing-participants` (joined) or `waiting`. Repeating it from the same session is harmless.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinRoom {
    /// Which room.
    pub room_id: String,
    /// What the person will send.
    pub media: Media,
    /// The peer id that this person had in this room, when it comes back with a fresh session
    /// (after `resumed:false`). If the seat is still kept, the answer carries the same id: media
    /// connections then stay as they are. A different id means: drop them and start again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_id: Option<String>,
}

/// Leaves the room or its lobby. Leaving is not ending: one may come back while the room is open.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaveRoom {
    /// Which room.
    pub room_id: String,
}

/// Asks for fresh relay credentials; before `iceTtlMs` is over and before an ICE restart.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IceServers {
    /// Which room.
    pub room_id: String,
}

/// Relayed to one peer of the same room.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Which room.
    pub room_id: String,
    /// To which peer.
    pub to: String,
    /// The description.
    pub offer: OfferDescription,
    /// Names this negotiation; 1 to 64 characters.
    pub negotiation_id: String,
    /// It restarts ICE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ice_restart: Option<bool>,
}

/// Relayed to one peer of the same room.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Which room.
    pub room_id: String,
    /// To which peer.
    pub to: String,
    /// The description.
    pub answer: AnswerDescription,
    /// Which negotiation it answers.
    pub negotiation_id: String,
}

/// Relayed to one peer of the same room. No answer, not even on success.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Which room.
    pub room_id: String,
    /// To which peer.
    pub to: String,
    /// The candidate; null when there are no more.
    #[schemars(extend("x-null" = true))]
    pub candidate: Option<IceCandidate>,
    /// Which negotiation it belongs to.
    pub negotiation_id: String,
}

/// Microphone or camera switched.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaState {
    /// Which room.
    pub room_id: String,
    /// The microphone is sending.
    pub audio: bool,
    /// The camera is sending.
    pub video: bool,
    /// The person is away for a moment ("be right back"); false when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<bool>,
}

/// Raises or lowers a hand. Hands queue up by `raisedAt`; raising a hand that is up changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RaiseHand {
    /// Which room.
    pub room_id: String,
    /// Up (true) or down.
    pub raised: bool,
    /// Somebody else's hand: a moderator may lower it, nobody may raise it. One's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_id: Option<String>,
}

/// A short sign to everybody. Six at once, then two a second.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct React {
    /// Which room.
    pub room_id: String,
    /// Which sign.
    pub reaction: Reaction,
}

/// A moderator locks or unlocks the door. While it is locked everybody new waits in the lobby,
/// whatever their link says.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LockRoom {
    /// Which room.
    pub room_id: String,
    /// Locks (true) or unlocks.
    pub locked: bool,
}

/// What a person says about a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordingStep {
    /// May I record? Who asks agrees. See `mayRecord` of the answer to `join-room`.
    Ask,
    /// I agree.
    Agree,
    /// I do not, or not any more: the recording is over.
    Refuse,
    /// Enough; by who records or by a moderator.
    Stop,
}

/// Asks for a recording, answers such a question, or stops it. The browser of who asked records; it
/// may do so only while the state of the `recording` event is `running`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// Which room.
    pub room_id: String,
    /// What.
    pub step: RecordingStep,
}

/// Begins or ends to share a screen; one sharer per room.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScreenShare {
    /// Which room.
    pub room_id: String,
    /// Begins (true) or ends.
    pub active: bool,
    /// The track that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_id: Option<String>,
}

/// A moderator asks somebody to switch off a microphone or camera. It never switches on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MuteRequest {
    /// Which room.
    pub room_id: String,
    /// Whom.
    pub to: String,
    /// What.
    pub kind: MediaKind,
}

/// A moderator lets somebody in who waits.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmitParticipant {
    /// Which room.
    pub room_id: String,
    /// Who; not needed with `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_id: Option<String>,
    /// Everybody who waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
}

/// A moderator turns somebody away who waits.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DenyParticipant {
    /// Which room.
    pub room_id: String,
    /// Who; not needed with `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_id: Option<String>,
    /// Everybody who waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    /// Words for the person, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A moderator removes somebody from the call.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoveParticipant {
    /// Which room.
    pub room_id: String,
    /// Whom.
    pub peer_id: String,
    /// For good: the person may not come back. Otherwise they knock, and may be admitted again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ban: Option<bool>,
    /// Words for the person, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A moderator ends the meeting for everybody.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndRoom {
    /// Which room.
    pub room_id: String,
    /// Makes a repeated command harmless; a UUID.
    pub client_msg_id: String,
}

/// What the media connection of this peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaLink {
    /// Media flows.
    Connected,
    /// ICE gave up.
    Failed,
    /// ICE restarts.
    Restarting,
}

/// The state of the media connection. The call begins when **two** peers report `connected`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallMedia {
    /// Which room.
    pub room_id: String,
    /// What it does.
    pub state: MediaLink,
    /// It goes through the relay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relayed: Option<bool>,
    /// Round trip, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<f64>,
    /// Lost packets, percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_pct: Option<f64>,
}

/// What carries the packets of a media connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP, to the relay.
    Tls,
}

/// Quality of the media connections of this peer since its last report; every 2 s to 10 s. The
/// server adds it to the record of the call and tells the others a changed `level`. Numbers beyond
/// what a call can have are cut.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallStats {
    /// Which room.
    pub room_id: String,
    /// Round trip, ms.
    pub rtt_ms: f64,
    /// Jitter, ms.
    pub jitter_ms: f64,
    /// Lost packets, percent.
    pub loss_pct: f64,
    /// Sent and received together, kbit/s.
    pub bitrate_kbps: f64,
    /// It goes through the relay.
    pub relay: bool,
    /// How good it is, 1 (hardly usable) to 4 (good).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// What carries the packets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<MediaTransport>,
    /// How often a picture stood still since the last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freezes: Option<f64>,
    /// Bytes sent since the last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_sent: Option<f64>,
    /// Bytes received since the last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_received: Option<f64>,
}

/// One row of the protocol table.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow {
    /// The `type` of the frame.
    pub name: &'static str,
    /// Who may send it.
    pub who: &'static str,
    /// Name of the payload's type.
    pub payload: &'static str,
    /// Name of the ack's payload type; `-` when it is never answered.
    pub reply: &'static str,
    /// Errors beyond the common ones.
    pub errors: &'static str,
    /// What it does: first sentence of the payload's description.
    pub schema: fn(&mut SchemaGenerator),
}

macro_rules! commands {
    ($($variant:ident($payload:ident) = $name:literal, $who:literal => $reply:tt, $errors:literal;)*) => {
        /// A frame from a client, parsed.
        #[derive(Clone, Debug)]
        pub enum Command { $(#[doc = concat!("`", $name, "`")] $variant($payload),)* }

        impl Command {
            /// Parses the payload of a frame of this type. `Ok(None)` when the type is unknown.
            pub fn parse(name: &str, data: &str) -> serde_json::Result<Option<Self>> {
                Ok(Some(match name {
                    $($name => Self::$variant(serde_json::from_str(data)?),)*
                    _ => return Ok(None),
                }))
            }

            /// The `type` of the frame.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }
        }

        /// All commands, for the protocol document and the generated types.
        pub const COMMANDS: &[CommandRow] = &[$(CommandRow {
            name: $name,
            who: $who,
            payload: stringify!($payload),
            reply: stringify!($reply),
            errors: $errors,
            schema: |generator| {
                generator.subschema_for::<$payload>();
                commands!(@reply generator $reply);
            },
        },)*];
    };
    (@reply $generator:ident -) => {};
    (@reply $generator:ident $reply:ident) => { $generator.subschema_for::<$reply>(); };
}

commands! {
    Hello(Hello) = "hello", "first frame" => Welcome, "unsupported_version; closes 4501, 4511";
    AuthRefresh(AuthRefresh) = "auth-refresh", "any" => AuthRefreshAck, "unauthorized, forbidden";
    Pong(Empty) = "pong", "any" => -, "";
    Ping(Empty) = "ping", "any" => Empty, "";
    Sync(Sync) = "sync", "any" => SyncAck, "";
    Activity(Activity) = "activity", "any" => -, "";
    JoinRoom(JoinRoom) = "join-room", "participant, invited guest" => JoinAck, "not_found, forbidden, too_early, too_late, room_full, room_closed, maintenance";
    LeaveRoom(LeaveRoom) = "leave-room", "member or waiting" => Empty, "not_in_room";
    Offer(Offer) = "offer", "member" => SignalAck, "not_in_room, not_admitted, peer_gone";
    Answer(Answer) = "answer", "member" => SignalAck, "not_in_room, not_admitted, peer_gone";
    Candidate(Candidate) = "ice-candidate", "member" => -, "not_in_room, not_admitted, peer_gone";
    IceServers(IceServers) = "ice-servers", "member" => IceServersAck, "not_in_room, not_admitted";
    MediaState(MediaState) = "media-state", "member" => Empty, "not_in_room";
    RaiseHand(RaiseHand) = "raise-hand", "member; moderator for others" => Empty, "not_in_room, forbidden, not_found";
    React(React) = "reaction", "member" => Empty, "not_in_room, rate_limited";
    LockRoom(LockRoom) = "lock-room", "moderator" => Empty, "forbidden";
    Recording(Recording) = "recording", "member" => Empty, "not_in_room, forbidden, conflict, not_found, rate_limited";
    ScreenShare(ScreenShare) = "screen-share", "member" => Empty, "not_in_room, conflict";
    MuteRequest(MuteRequest) = "mute-request", "moderator" => Empty, "forbidden, peer_gone";
    AdmitParticipant(AdmitParticipant) = "admit-participant", "moderator" => AdmissionAck, "forbidden, not_found, room_full";
    DenyParticipant(DenyParticipant) = "deny-participant", "moderator" => AdmissionAck, "forbidden, not_found";
    RemoveParticipant(RemoveParticipant) = "remove-participant", "moderator" => Empty, "forbidden, not_found";
    EndRoom(EndRoom) = "end-room", "moderator" => Empty, "forbidden";
    SendMessage(SendMessage) = "send-message", "who is in the conversation" => WrittenAck, "not_found, not_admitted, conflict";
    EditMessage(EditMessage) = "edit-message", "author" => WrittenAck, "not_found, not_admitted, forbidden, too_late";
    DeleteMessage(DeleteMessage) = "delete-message", "author, moderator" => WrittenAck, "not_found, not_admitted, forbidden, too_late";
    Typing(Typing) = "typing", "who is in the conversation" => -, "not_found, not_admitted";
    MarkRead(MarkRead) = "mark-read", "who is in the conversation" => ReadAck, "not_found, not_admitted";
    MarkDelivered(MarkDelivered) = "mark-delivered", "who is in the conversation" => -, "not_found, not_admitted";
    CallInvite(CallInvite) = "call-invite", "member" => CallInviteAck, "not_found, peer_offline, peer_busy, insufficient_balance, forbidden, rate_limited, maintenance";
    CallHeard(OfCall) = "call-ringing", "host's device that rings" => -, "";
    CallAccept(CallAccept) = "call-accept", "host" => CallAccepted, "already_answered, call_ended";
    CallDecline(CallDecline) = "call-decline", "host" => Empty, "already_answered, call_ended";
    CallCancel(OfCall) = "call-cancel", "caller" => Empty, "already_answered, call_ended";
    WatchHosts(Empty) = "watch-hosts", "member" => Empty, "forbidden";
    UnwatchHosts(Empty) = "unwatch-hosts", "member" => Empty, "forbidden";
    WatchPresence(WatchPresence) = "watch-presence", "member" => PresenceAck, "forbidden, rate_limited";
    CallMedia(CallMedia) = "call-media", "member" => -, "";
    CallStats(CallStats) = "call-stats", "member" => -, "";
}
