//! Calls to hosts, by the minute: what both sides say and are told. Coins are thousandths of a coin
//! (`…Mc`), always whole numbers.

use parlor_actors::link::Calling;
use parlor_domain::{
    event as domain,
    meter::{Now, Phase},
    ring::Unanswered,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parts::MediaKind;

/// Calls a host: rings on all their devices. Repeating it while the call rings or waits is harmless
/// and gives the same call.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallInvite {
    /// Whom; a user id.
    pub host_id: String,
    /// With or without pictures.
    pub media: MediaKind,
    /// Stand in line if the host is busy: that costs nothing. False when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<bool>,
}

/// Ack of `call-invite`: it rings, or it stands in line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallInviteAck {
    /// Names the call, from now to its receipt.
    pub call_id: String,
    /// Where it will be; the door opens when the host accepts.
    pub room_id: String,
    /// Price of a minute, thousandths of a coin.
    pub rate_per_min_mc: i64,
    /// The first block that is paid, seconds.
    pub initial_s: u32,
    /// Every further block, seconds.
    pub increment_s: u32,
    /// A call up to this long costs nothing, seconds.
    pub free_s: u32,
    /// How long the wallet lasts, seconds; absent when for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u64>,
    /// When it stops ringing, epoch ms; absent while it stands in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// The place in line, from 1; absent when it rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// How long that may take, ms; absent when nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<i64>,
}

impl From<&Calling> for CallInviteAck {
    fn from(it: &Calling) -> Self {
        let tariff = it.quote.tariff;
        Self {
            call_id: it.call.to_string(),
            room_id: it.room.to_string(),
            rate_per_min_mc: tariff.per_minute.0,
            initial_s: tariff.initial_s,
            increment_s: tariff.increment_s,
            free_s: tariff.free_s,
            max_seconds: it.quote.seconds_max,
            expires_at: it.rings_until.map(|at| at.0),
            place: it.queued.map(|(place, _)| count(place)),
            wait_ms: it.queued.and_then(|(_, wait)| wait).map(|wait| wait.0),
        }
    }
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// About one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfCall {
    /// Which.
    pub call_id: String,
}

/// The host takes the call; one device wins.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallAccept {
    /// Which.
    pub call_id: String,
    /// A call with pictures may be answered with the voice only, at the price of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaKind>,
}

/// The host does not take the call.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallDecline {
    /// Which.
    pub call_id: String,
    /// "Not now" rather than "no". False when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<bool>,
}

/// Ack of `call-accept`, and `call-accepted` to the caller: join this room now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallAccepted {
    /// Which.
    pub call_id: String,
    /// Its room; `join-room` as into any other.
    pub room_id: String,
}

/// Somebody calls you.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallIncoming {
    /// Which call; answer with `call-ringing`, then `call-accept` or `call-decline`.
    pub call_id: String,
    /// Who calls.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// With or without pictures.
    pub media: MediaKind,
    /// What the caller pays for a minute, thousandths of a coin.
    pub rate_per_min_mc: i64,
    /// When it stops ringing, epoch ms.
    pub expires_at: i64,
}

/// Your call rings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallRings {
    /// Which.
    pub call_id: String,
    /// Devices of the host that said so; 0 when your turn in line has just come.
    pub devices: u32,
}

/// You stand in line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallQueued {
    /// Which.
    pub call_id: String,
    /// From 1.
    pub place: u32,
    /// How long that may take, ms; absent when nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<i64>,
}

/// Why a call rings no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnansweredReason {
    /// The host said no.
    Declined,
    /// The host said "not now".
    Busy,
    /// The caller gave up.
    Cancelled,
    /// Nobody answered.
    Timeout,
    /// Another device of the host took it.
    AnsweredElsewhere,
    /// The caller's connection was lost.
    CallerLost,
    /// The host takes no calls any more.
    HostGone,
    /// The caller's coins were not there any more.
    Balance,
    /// Something of ours broke.
    Failed,
    /// The server went away while it rang.
    Restart,
}

/// A call rings no more, or stands in line no more: `call-declined`, `call-cancelled` or
/// `call-missed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallUnanswered {
    /// Which.
    pub call_id: String,
    /// Why.
    pub reason: UnansweredReason,
}

/// The name of the event, and the word in it.
pub(super) fn unanswered(why: Unanswered) -> (&'static str, UnansweredReason) {
    use UnansweredReason as R;
    match why {
        Unanswered::Declined => ("call-declined", R::Declined),
        Unanswered::Busy => ("call-declined", R::Busy),
        Unanswered::Balance => ("call-declined", R::Balance),
        Unanswered::Broken => ("call-declined", R::Failed),
        Unanswered::Cancelled => ("call-cancelled", R::Cancelled),
        Unanswered::Elsewhere => ("call-cancelled", R::AnsweredElsewhere),
        Unanswered::CallerLost => ("call-cancelled", R::CallerLost),
        Unanswered::Timeout => ("call-missed", R::Timeout),
        Unanswered::HostGone => ("call-missed", R::HostGone),
        Unanswered::Restart => ("call-missed", R::Restart),
    }
}

/// Where a paid call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BillingPhase {
    /// The two have not met yet.
    Waiting,
    /// Both are connected: time counts.
    Running,
    /// A connection is broken: time does not count.
    Paused,
    /// The money is used up and a top-up is waited for: time does not count. Send no media.
    Grace,
    /// Over.
    Over,
}

/// How a paid call stands; everything is absolute, nothing is a difference to what was said before.
/// Time counts only when both sides report `call-media` `connected` afterwards: send it every second
/// while media arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Billing {
    /// Which call.
    pub call_id: String,
    /// Where it is.
    pub phase: BillingPhase,
    /// Connected time up to this instant, ms.
    pub elapsed_ms: i64,
    /// Charged so far, thousandths of a coin.
    pub charged_mc: i64,
    /// Price of a minute, thousandths of a coin.
    pub rate_per_min_mc: i64,
    /// Connected time that costs nothing, seconds.
    pub free_s: u32,
    /// Connected time that the caller's coins last from now on, ms; absent when for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<i64>,
    /// When that will be over, epoch ms of the server; only while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<i64>,
    /// Without a top-up that is the end.
    pub last: bool,
    /// Until when a top-up is waited for, epoch ms of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_until: Option<i64>,
}

pub(super) fn billing(call: parlor_domain::id::CallId, now: &Now) -> Billing {
    Billing {
        call_id: call.to_string(),
        phase: match now.phase {
            Phase::Waiting => BillingPhase::Waiting,
            Phase::Running => BillingPhase::Running,
            Phase::Paused => BillingPhase::Paused,
            Phase::Grace => BillingPhase::Grace,
            Phase::Over => BillingPhase::Over,
        },
        elapsed_ms: now.elapsed.0,
        charged_mc: now.charged.0,
        rate_per_min_mc: now.per_minute.0,
        free_s: now.free_s,
        remaining_ms: now.remaining.map(|left| left.0),
        ends_at: now.ends_at.map(|at| at.0),
        last: now.last,
        grace_until: now.grace_until.map(|at| at.0),
    }
}

/// The coins are about to be used up; once at each mark, again after a top-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LowBalance {
    /// Which call.
    pub call_id: String,
    /// What is left, ms.
    pub remaining_ms: i64,
    /// The mark: 300, 120, 60, 30 or 10 seconds.
    pub mark_s: u32,
}

/// A paid call is over and settled: its receipt is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallEnded {
    /// Which.
    pub call_id: String,
    /// `hangup`, `balance`, `timeout`, `media_failed`, `restart` or `admin`.
    pub reason: String,
    /// Connected time, ms.
    pub duration_ms: i64,
    /// Seconds of it that were counted, the free ones among them.
    pub billed_seconds: u64,
    /// What the caller paid, thousandths of a coin.
    pub charged_mc: i64,
    /// What the host earned of it, thousandths of a coin; for the host only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earned_mc: Option<i64>,
}

pub(super) fn media(it: domain::MediaKind) -> MediaKind {
    match it {
        domain::MediaKind::Audio => MediaKind::Audio,
        domain::MediaKind::Video => MediaKind::Video,
    }
}
