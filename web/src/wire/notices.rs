//! What somebody is told that they did not ask for. Facts, not words: whoever shows one says it in the
//! reader's language.

use parlor_actors::services::MissedNotices as MissedOf;
use parlor_domain::notification as domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a notification is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A client asks for a time.
    BookingRequest,
    /// A booking stands.
    BookingConfirmed,
    /// The host said no to what was asked for.
    BookingDeclined,
    /// It is off.
    BookingCancelled,
    /// It has another time.
    BookingMoved,
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
    /// Somebody called and was not answered.
    MissedCall,
    /// A day for which somebody waited has a free time.
    Vacancy,
    /// A call is over: how long it was, and what it cost or earned.
    CallSummary,
    /// A copy of one's data can be taken.
    DataReady,
}

impl From<domain::Kind> for NoticeKind {
    fn from(it: domain::Kind) -> Self {
        use domain::Kind as K;
        match it {
            K::BookingRequest => Self::BookingRequest,
            K::BookingConfirmed => Self::BookingConfirmed,
            K::BookingDeclined => Self::BookingDeclined,
            K::BookingCancelled => Self::BookingCancelled,
            K::BookingMoved => Self::BookingMoved,
            K::Reminder => Self::SessionReminder,
            K::Message => Self::Message,
            K::Review => Self::Review,
            K::Report => Self::Report,
            K::Payment => Self::Payment,
            K::MissedCall => Self::MissedCall,
            K::Vacancy => Self::Vacancy,
            K::CallSummary => Self::CallSummary,
            K::DataReady => Self::DataReady,
        }
    }
}

impl From<NoticeKind> for domain::Kind {
    fn from(it: NoticeKind) -> Self {
        match it {
            NoticeKind::BookingRequest => Self::BookingRequest,
            NoticeKind::BookingConfirmed => Self::BookingConfirmed,
            NoticeKind::BookingDeclined => Self::BookingDeclined,
            NoticeKind::BookingCancelled => Self::BookingCancelled,
            NoticeKind::BookingMoved => Self::BookingMoved,
            NoticeKind::SessionReminder => Self::Reminder,
            NoticeKind::Message => Self::Message,
            NoticeKind::Review => Self::Review,
            NoticeKind::Report => Self::Report,
            NoticeKind::Payment => Self::Payment,
            NoticeKind::MissedCall => Self::MissedCall,
            NoticeKind::Vacancy => Self::Vacancy,
            NoticeKind::CallSummary => Self::CallSummary,
            NoticeKind::DataReady => Self::DataReady,
        }
    }
}

/// A call that is over, as one of the two sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallSummary {
    /// `aboutId` names an appointment; otherwise a call by the minute, which has a receipt.
    pub meeting: bool,
    /// How long it was, in seconds.
    pub seconds: i64,
    /// What it cost or earned, in thousandths of a coin.
    pub coins_mc: i64,
    /// Earned; otherwise it cost so much.
    pub earned: bool,
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
    /// Of a free time: of which service of this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<String>,
    /// When what was moved starts now, or a free time does; epoch ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<i64>,
    /// Of a call that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<CallSummary>,
}

impl From<&domain::Notification> for Notice {
    fn from(it: &domain::Notification) -> Self {
        use domain::About as A;
        let (mut service_id, mut starts_at, mut summary) = (None, None, None);
        let about_id = match &it.about {
            A::BookingRequest(id)
            | A::BookingConfirmed(id)
            | A::BookingDeclined(id)
            | A::BookingCancelled(id)
            | A::Reminder(id) => Some(id.to_string()),
            A::BookingMoved {
                meeting,
                starts_at: at,
            } => {
                starts_at = Some(at.0);
                Some(meeting.to_string())
            }
            A::Message(user) => Some(user.to_string()),
            A::Review(call) | A::MissedCall(call) => Some(call.to_string()),
            A::Report(id) => Some(id.to_string()),
            A::Payment | A::DataReady => None,
            A::Vacancy {
                host,
                service,
                starts_at: at,
            } => {
                service_id = Some(service.to_string());
                starts_at = Some(at.0);
                Some(host.to_string())
            }
            A::CallSummary(sum) => {
                summary = Some(CallSummary {
                    meeting: matches!(sum.of, domain::Talk::Meeting(_)),
                    seconds: sum.length.0 / 1_000,
                    coins_mc: sum.coins.0,
                    earned: sum.earned,
                });
                Some(match sum.of {
                    domain::Talk::Call(id) => id.to_string(),
                    domain::Talk::Meeting(id) => id.to_string(),
                })
            }
        };
        Self {
            ntf_seq: it.seq.0,
            kind: it.about.kind().into(),
            about_id,
            name: it.name.clone(),
            at: it.at.0,
            service_id,
            starts_at,
            summary,
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
    /// It goes into the list and makes no sound: in quiet hours, or as its reader chose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
}

/// What a device missed of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissedNotices {
    /// Those after the number that it has, the earliest first, without holes; at most 50.
    pub notices: Vec<Notice>,
    /// It missed more than that, or what it has is not of this list: ask for the list anew.
    pub anew: bool,
    /// The last number of the list.
    pub last_seq: u64,
    /// What was read meanwhile, and how many are unread.
    pub read: NoticesRead,
}

impl From<&MissedOf> for MissedNotices {
    fn from(it: &MissedOf) -> Self {
        Self {
            notices: it.all.iter().map(Notice::from).collect(),
            anew: it.anew,
            last_seq: it.last.0,
            read: NoticesRead {
                up_to_seq: it.marks.up_to.0,
                seqs: it.marks.singly.iter().map(|seq| seq.0).collect(),
                unread: it.unread,
            },
        }
    }
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
