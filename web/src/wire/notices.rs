//! What somebody is told that they did not ask for. Facts, not words: whoever shows one says it in the
//! reader's language.

use parlor_domain::notification as domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A client asks for a time.
    BookingRequest,
    /// A booking stands.
    BookingConfirmed,
    /// It is off.
    BookingCancelled,
    /// It starts soon.
    SessionReminder,
    /// Somebody wrote.
    Message,
    /// A client said how a call was.
    Review,
    /// Somebody was reported; for admins.
    Report,
    /// Coins arrived in the wallet.
    Payment,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Its number in the person's list, from 1 and without holes.
    pub ntf_seq: u64,
    /// What it is about.
    pub kind: NoticeKind,
    /// Which meeting, call, report or person; none for a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about_id: Option<String>,
    /// Whom or what it names.
    pub name: String,
    /// When, epoch ms.
    pub at: i64,
}

impl From<&domain::Notification> for Notice {
    fn from(it: &domain::Notification) -> Self {
        use domain::About as A;
        let (kind, about_id) = match &it.about {
            A::BookingRequest(id) => (NoticeKind::BookingRequest, Some(id.to_string())),
            A::BookingConfirmed(id) => (NoticeKind::BookingConfirmed, Some(id.to_string())),
            A::BookingCancelled(id) => (NoticeKind::BookingCancelled, Some(id.to_string())),
            A::Reminder(id) => (NoticeKind::SessionReminder, Some(id.to_string())),
            A::Message(user) => (NoticeKind::Message, Some(user.to_string())),
            A::Review(call) => (NoticeKind::Review, Some(call.to_string())),
            A::Report(id) => (NoticeKind::Report, Some(id.to_string())),
            A::Payment => (NoticeKind::Payment, None),
        };
        Self {
            ntf_seq: it.seq.0,
            kind,
            about_id,
            name: it.name.clone(),
            at: it.at.0,
        }
    }
}

/// There is one more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notified {
    /// It.
    pub notice: Notice,
    /// How many of the list are unread now.
    pub unread: u64,
}

/// Some were read, on this device or another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticesRead {
    /// All up to this number.
    pub up_to_seq: u64,
    /// And these.
    pub seqs: Vec<u64>,
    /// How many of the list are unread now.
    pub unread: u64,
}
