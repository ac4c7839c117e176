//! The words of conversations: what is written, changed, read and typed.

use parlor_domain::{conversation as domain, file::Attachment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Says something in a conversation. Answered when it is on the disk; repeating it with the same
/// `clientMsgId` answers the same and says nothing twice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendMessage {
    /// Which conversation: a room's id for those admitted to it, `lobby-<room>_<user>` for who waits
    /// and the moderators, `<user>_<user>` (smaller first) for two people.
    pub conversation_id: String,
    /// A UUID, made by the client once per message.
    pub client_msg_id: String,
    /// The words, at most 4,000 characters; spaces around them go. May be empty beside files.
    pub text: String,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// Files that were uploaded to this conversation before (`fileId`), at most 10; each goes into
    /// one message, once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// Changes an own message, for a while.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditMessage {
    /// Which conversation.
    pub conversation_id: String,
    /// A UUID, made by the client once per change.
    pub client_msg_id: String,
    /// Which message.
    pub msg_seq: u64,
    /// The new words.
    pub text: String,
}

/// Takes an own message back, for a while; moderators take back any. The words are gone for good.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeleteMessage {
    /// Which conversation.
    pub conversation_id: String,
    /// A UUID, made by the client once per change.
    pub client_msg_id: String,
    /// Which message.
    pub msg_seq: u64,
}

/// The person writes, or stopped. At most one per 3 s; more are dropped without a word.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Typing {
    /// Which conversation.
    pub conversation_id: String,
    /// Writes.
    pub is_typing: bool,
}

/// The person has read. Only ever moves forward.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkRead {
    /// Which conversation.
    pub conversation_id: String,
    /// Up to this message.
    pub up_to_seq: u64,
    /// Others are not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
}

/// Messages arrived on this device. Only ever moves forward.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkDelivered {
    /// Which conversation.
    pub conversation_id: String,
    /// Up to this message.
    pub up_to_seq: u64,
}

/// Ack of `send-message`, `edit-message` and `delete-message`: it is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WrittenAck {
    /// The message's number in its conversation, from 1 and without holes; also its name there.
    pub msg_seq: u64,
    /// When the server took it, epoch ms.
    pub at: i64,
    /// It was carried out before; this time nothing happened.
    pub duplicate: bool,
}

/// Ack of `mark-read`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadAck {
    /// Where the own marker stands.
    pub read_seq: u64,
}

/// A message as everybody in its conversation sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// Its number in its conversation.
    pub msg_seq: u64,
    /// What the sender's device called it.
    pub client_msg_id: String,
    /// Who wrote it.
    pub sender_id: String,
    /// The words; empty when deleted.
    pub text: String,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// When the server took it, epoch ms.
    pub at: i64,
    /// When it was last changed, epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<i64>,
    /// Taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// What came along; nothing when deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ChatFile>,
}

/// A file of a message, to be fetched below its conversation by who may read the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatFile {
    /// Which.
    pub file_id: String,
    /// What its sender called it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Shown, or downloaded only.
    pub kind: FileKind,
    /// Of a picture: pixels from side to side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of a picture: pixels from top to bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// What a page does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Shows it: a JPEG or PNG that the server made anew from pixels.
    Picture,
    /// Offers it as a download.
    File,
}

impl From<&Attachment> for ChatFile {
    fn from(it: &Attachment) -> Self {
        Self {
            file_id: it.id.to_string(),
            name: it.name.clone(),
            size: it.bytes,
            kind: match it.picture {
                Some(_) => FileKind::Picture,
                None => FileKind::File,
            },
            width: it.picture.map(|it| it.width),
            height: it.picture.map(|it| it.height),
        }
    }
}

impl From<&domain::Message> for ChatMessage {
    fn from(it: &domain::Message) -> Self {
        Self {
            msg_seq: it.seq.0,
            client_msg_id: it.key.0.to_string(),
            sender_id: it.sender.to_string(),
            text: it.text.clone(),
            reply_to: it.reply_to.map(|seq| seq.0),
            at: it.at.0,
            edited_at: it.edited_at.map(|at| at.0),
            deleted: it.deleted.then_some(true),
            files: it.files.iter().map(ChatFile::from).collect(),
        }
    }
}

/// Somebody said something; also to the sender's own devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageSaid {
    /// Where.
    pub conversation_id: String,
    /// The sender's name.
    pub sender_name: String,
    /// What.
    pub message: ChatMessage,
}

/// A message was changed or taken back: this is how it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageUpdated {
    /// Where.
    pub conversation_id: String,
    /// The message as it is now.
    pub message: ChatMessage,
}

/// Messages arrived at somebody, or were read by somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkedUpTo {
    /// Where.
    pub conversation_id: String,
    /// Whom it is about.
    pub user_id: String,
    /// Up to this message.
    pub up_to_seq: u64,
}

/// The own read marker moved on some device: badges are good up to here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// Where.
    pub conversation_id: String,
    /// The own marker.
    pub read_seq: u64,
}

/// What the person wants of a conversation has changed on some device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationKept {
    /// Which.
    pub conversation_id: String,
    /// No sound, no toast, no number.
    pub muted: bool,
    /// Put away up to this message; 0 when it is not. What comes after it brings it back.
    pub archived_seq: u64,
}

/// What is unread in a conversation with somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnreadIn {
    /// Which.
    pub conversation_id: String,
    /// So many messages of the other; not counted beyond 100.
    pub unread: u32,
    /// The own read marker.
    pub read_seq: u64,
    /// The last message.
    pub last_msg_seq: u64,
    /// It is not to be counted.
    pub muted: bool,
}

impl From<&domain::UnreadIn> for UnreadIn {
    fn from(it: &domain::UnreadIn) -> Self {
        Self {
            conversation_id: it.conversation.to_string(),
            unread: u32::try_from(it.unread).unwrap_or(u32::MAX),
            read_seq: it.read.0,
            last_msg_seq: it.last.0,
            muted: it.muted,
        }
    }
}

/// Somebody writes, or stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserTyping {
    /// Where.
    pub conversation_id: String,
    /// Who.
    pub user_id: String,
    /// The name.
    pub user_name: String,
    /// Writes.
    pub is_typing: bool,
    /// Forget it after this, ms.
    pub expires_in_ms: i64,
}
