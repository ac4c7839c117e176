//! The smaller pieces that several frames share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of a person's media are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// The microphone is sending.
    pub audio: bool,
    /// The camera is sending.
    pub video: bool,
}

/// Media of a person in a room, as others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PeerMedia {
    /// The microphone is sending.
    pub audio: bool,
    /// The camera is sending.
    pub video: bool,
    /// A screen is being shared.
    pub screen: bool,
    /// The person is away for a moment.
    #[serde(default)]
    pub away: bool,
}

/// A short sign to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordingState {
    /// Not everybody has answered yet; nothing was recorded so far.
    Asking,
    /// Everybody present has agreed.
    Running,
    /// Somebody came who has not answered yet; nothing is recorded meanwhile.
    Paused,
}

/// A recording by the browser of one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordingNow {
    /// Who records.
    pub by: String,
    /// Where it stands.
    pub state: RecordingState,
    /// The peers inside that have not agreed yet. If yours is among them, you are asked.
    pub missing: Vec<String>,
    /// When everybody had agreed for the first time, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
}

/// What a person is to this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Came by a join link, without an account.
    Guest,
    /// Has an account.
    Client,
    /// Offers meetings.
    Host,
    /// Operates the server.
    Admin,
}

/// Whether a peer's connection to the server is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PeerState {
    /// Its socket is there.
    Connected,
    /// Its socket is lost; the seat is kept for the rejoin grace. Keep its media connection.
    Reconnecting,
}

/// One device of one person in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Address of this peer in the room; stable over reconnects and restarts of the server.
    pub peer_id: String,
    /// The person.
    pub user_id: String,
    /// The name to show.
    pub user_name: String,
    /// The role to show.
    pub user_role: Role,
    /// Came by a join link.
    pub guest: bool,
    /// Admits, removes and ends.
    pub moderator: bool,
    /// When it entered (or began to wait), epoch ms.
    pub joined_at: i64,
    /// What it sends.
    pub media: PeerMedia,
    /// Whether it is connected.
    pub state: PeerState,
    /// Since when its hand is up, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_raised_at: Option<i64>,
    /// How good its line is, 1 (hardly usable) to 4 (good), as it said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
}

/// A peer, seen from one other peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Participant {
    /// The peer.
    #[serde(flatten)]
    pub peer: Peer,
    /// Whether the **receiver of this frame** is the polite side towards this peer.
    pub polite: bool,
}

/// An entry for `RTCPeerConnection`'s `iceServers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` URLs.
    pub urls: Vec<String>,
    /// Time-limited user name (relay only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Its password (relay only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// `iceTransportPolicy` of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IcePolicy {
    /// Direct when possible.
    All,
    /// Only through the relay.
    Relay,
}

/// `"offer"`, as in RTCSessionDescription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OfferType {
    /// The only value.
    Offer,
}

/// `"answer"`, as in RTCSessionDescription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnswerType {
    /// The only value.
    Answer,
}

/// An RTCSessionDescription of type offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferDescription {
    /// Always `"offer"`.
    pub r#type: OfferType,
    /// The SDP, at most 32 KiB.
    pub sdp: String,
}

/// An RTCSessionDescription of type answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerDescription {
    /// Always `"answer"`.
    pub r#type: AnswerType,
    /// The SDP, at most 32 KiB.
    pub sdp: String,
}

/// An RTCIceCandidateInit, at most 2 KiB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IceCandidate {
    /// The candidate line.
    pub candidate: String,
    /// Which media section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// Its index; the browsers' own spelling.
    #[serde(
        default,
        rename = "sdpMLineIndex",
        skip_serializing_if = "Option::is_none"
    )]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

/// A kind of media of another person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// The microphone.
    Audio,
    /// The camera.
    Video,
}

/// Limits that the client must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Largest message, bytes.
    pub message_bytes: u32,
    /// Largest SDP, bytes.
    pub sdp_bytes: u32,
    /// Largest ICE candidate, bytes.
    pub candidate_bytes: u32,
    /// Frames per second, sustained.
    pub frames_per_second: u32,
    /// Frames at once.
    pub frame_burst: u32,
}

/// How liveness is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The server sends `ping` after this long without a frame from the client, ms.
    pub interval_ms: u32,
    /// The server closes with 4008 after this long without a frame from the client, ms.
    pub timeout_ms: u32,
}
