//! The bodies of a host's hours and time off. Times are epoch milliseconds, hours of a day minutes after
//! local midnight.

use jiff::civil::Date;
use parlor_actors::services::ServiceError;
use parlor_domain::{
    account::BadField,
    agenda::Claim,
    availability::{self, Availability, Exception},
    id::UserId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// From one minute after local midnight to another; the end may lie on the next day (up to 2160).
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct MinuteSpan {
    /// First minute.
    pub from: u16,
    /// First minute that is not in it.
    pub to: u16,
}

fn spans_out(all: &[availability::Span]) -> Vec<MinuteSpan> {
    let body = |it: &availability::Span| MinuteSpan {
        from: it.from,
        to: it.to,
    };
    all.iter().map(body).collect()
}

fn spans_in(all: Vec<MinuteSpan>) -> Vec<availability::Span> {
    let inner = |it: MinuteSpan| availability::Span {
        from: it.from,
        to: it.to,
    };
    all.into_iter().map(inner).collect()
}

/// Days that differ from the week.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExceptionBody {
    /// First day, as `2026-12-24`.
    pub first: String,
    /// Last day; the same for one day.
    pub last: String,
    /// Every year again.
    #[serde(default)]
    pub yearly: bool,
    /// The hours instead; none for days off.
    #[serde(default)]
    pub spans: Vec<MinuteSpan>,
    /// What the host calls it.
    #[serde(default)]
    pub label: String,
}

/// When a host can be booked; the whole of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityBody {
    /// The host's zone, such as `Africa/Nairobi`.
    pub time_zone: String,
    /// The hours of each day of the week, Monday first; breaks lie between.
    pub week: Vec<Vec<MinuteSpan>>,
    /// Days that differ.
    #[serde(default)]
    pub exceptions: Vec<ExceptionBody>,
}

impl From<&Availability> for AvailabilityBody {
    fn from(it: &Availability) -> Self {
        let exception = |it: &Exception| ExceptionBody {
            first: it.first.to_string(),
            last: it.last.to_string(),
            yearly: it.yearly,
            spans: spans_out(&it.spans),
            label: it.label.clone(),
        };
        Self {
            time_zone: it.zone.clone(),
            week: it.week.iter().map(|day| spans_out(day)).collect(),
            exceptions: it.exceptions.iter().map(exception).collect(),
        }
    }
}

impl AvailabilityBody {
    /// What it says, not checked yet.
    pub fn hours(self, host: UserId, now: Timestamp) -> Result<Availability, ServiceError> {
        let bad = |field, why| ServiceError::BadField(BadField { field, why });
        let date = |text: &str| {
            let why = "A day is written like 2026-12-24.";
            text.parse::<Date>().map_err(|_| bad("exceptions", why))
        };
        let exception = |it: ExceptionBody| {
            Ok(Exception {
                first: date(&it.first)?,
                last: date(&it.last)?,
                yearly: it.yearly,
                spans: spans_in(it.spans),
                label: it.label,
            })
        };
        let week: Vec<_> = self.week.into_iter().map(spans_in).collect();
        let exceptions = self.exceptions.into_iter().map(exception);
        Ok(Availability {
            week: week
                .try_into()
                .map_err(|_| bad("week", "A week has seven days."))?,
            exceptions: exceptions.collect::<Result<_, ServiceError>>()?,
            ..Availability::none(host, &self.time_zone, now)
        })
    }
}

/// Time that a host is off: nobody can book then.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeOffBody {
    /// Which.
    pub time_off_id: String,
    /// From here.
    pub from: i64,
    /// To here.
    pub to: i64,
}

impl From<&Claim> for TimeOffBody {
    fn from(it: &Claim) -> Self {
        Self {
            time_off_id: it.owner.to_string(),
            from: it.from.0,
            to: it.to.0,
        }
    }
}

/// Time that somebody holds and has not booked yet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldTimeBody {
    /// When it would start.
    pub starts_at: i64,
    /// From here, buffers included.
    pub from: i64,
    /// To here, buffers included.
    pub to: i64,
    /// Until when it is kept.
    pub expires_at: i64,
}

impl From<&Claim> for HeldTimeBody {
    fn from(it: &Claim) -> Self {
        Self {
            starts_at: it.starts_at.0,
            from: it.from.0,
            to: it.to.0,
            expires_at: it.until.0,
        }
    }
}

/// When to be off.
#[derive(Deserialize, ToSchema)]
pub struct TimeOffForm {
    /// From here.
    pub from: i64,
    /// To here.
    pub to: i64,
}

/// Which time off; its beginning finds it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeOffAt {
    /// Its beginning.
    pub from: i64,
}
