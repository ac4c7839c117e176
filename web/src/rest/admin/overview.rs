//! The overview: what goes on, how calls do against their targets, the relay's month, what was taken,
//! the mail, what waits for a decision, what is not well; and the hours that plots are drawn from.

use std::sync::Arc;

use actix_web::{
    HttpRequest, get,
    web::{Data, Json, Query},
};
use parlor_domain::{
    access::Admin,
    budget::Month,
    money::MilliCoins,
    numbers::{Hour, forecast, hour_of},
    time::{Millis, Timestamp},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::{Rest, relay::BudgetBody, who::ByAdmin};
use crate::{
    error::{ApiError, ErrorBody},
    health::Probe,
};

/// Calls that come about, at least, in hundredths of a percent (R305).
const SUCCESS_BPS_MIN: u64 = 9_500;
/// Calls through the relay, at most, in hundredths of a percent (R305).
const RELAY_BPS_MAX: u64 = 2_000;
/// Over which time both are looked at.
const LOOKED_BACK: Millis = Millis::from_days(7);
/// Longest span of one answer of hours.
const SPAN_MAX: Millis = Millis::from_days(62);

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(overview).service(numbers);
}

/// How calls did in the last seven days.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallsBody {
    /// That began.
    pub started: u64,
    /// That did not come about although two people were there.
    pub failed: u64,
    /// That ended, from browser to browser.
    pub direct: u64,
    /// That ended, through the relay.
    pub relayed: u64,
    /// How many of a hundred came about; null without any.
    pub success_percent: Option<u64>,
    /// It should be above this.
    pub success_percent_target: u64,
    /// How many of a hundred whose way is known went through the relay; null without any.
    pub relay_percent: Option<u64>,
    /// It should be below this.
    pub relay_percent_target: u64,
}

/// What was taken, in thousandths of a coin.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakingsBody {
    /// Coins sold since midnight of UTC, less those given back.
    pub sold_today: i64,
    /// The same since the month began.
    pub sold_month: i64,
    /// The house's share since midnight.
    pub fees_today: i64,
    /// The same since the month began.
    pub fees_month: i64,
}

/// How much waits for a decision.
#[derive(Serialize, ToSchema)]
pub struct DecisionCount {
    /// `applications`, `reports`, `disputes`, `payouts` or `money`.
    pub matter: String,
    /// How many.
    pub count: usize,
    /// There may be more.
    pub more: bool,
}

/// The relay's month, and what it will come to.
#[derive(Serialize, ToSchema)]
pub struct MonthBody {
    /// What was used, of how much.
    pub budget: BudgetBody,
    /// Bytes that it comes to when it goes on as it did; null on the first day.
    pub forecast: Option<u64>,
}

/// `GET /api/admin/overview`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewBody {
    /// Calls that go on now.
    pub live_calls: usize,
    /// How calls did.
    pub calls: CallsBody,
    /// The relay's month; null when it is switched off.
    pub month: Option<MonthBody>,
    /// What was taken.
    pub takings: TakingsBody,
    /// Mails that wait.
    pub mails_waiting: u64,
    /// What waits for a decision; zeros too.
    pub decisions: Vec<DecisionCount>,
    /// One sentence for each part of the server that is not well.
    pub problems: Vec<String>,
    /// Something is held back, or everybody is told something.
    pub maintenance: bool,
}

/// Which hours.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HoursWanted {
    /// That began at or after this, epoch ms; at most 62 days ago from `to`. A week before it by default.
    from: Option<i64>,
    /// That began before this, epoch ms. Now by default.
    to: Option<i64>,
}

/// One hour of the server.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HourBody {
    /// When it began, epoch ms.
    pub at: i64,
    /// Calls that began.
    pub started: u64,
    /// Calls that did not come about.
    pub failed: u64,
    /// Calls that ended, from browser to browser.
    pub direct: u64,
    /// Calls that ended, through the relay.
    pub relayed: u64,
    /// Bytes through the relay.
    pub relay_bytes: u64,
    /// Most sockets open at once.
    pub sockets_max: u64,
    /// Coins sold in it, less those given back, in thousandths.
    pub sold: i64,
    /// The house's share of it, in thousandths of a coin.
    pub fees: i64,
}

/// Hours, earliest first. Hours in which the server did not run are not there.
#[derive(Serialize, ToSchema)]
pub struct HourList {
    /// The hours.
    pub hours: Vec<HourBody>,
}

fn bps(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| part * 10_000 / whole)
}

fn calls(hours: &[Hour]) -> CallsBody {
    let sum = |of: fn(&Hour) -> u64| hours.iter().map(of).sum::<u64>();
    let (started, failed) = (sum(|it| it.started), sum(|it| it.failed));
    let (direct, relayed) = (sum(|it| it.direct), sum(|it| it.relayed));
    let percent = |it: Option<u64>| it.map(|bps| bps / 100);
    CallsBody {
        started,
        failed,
        direct,
        relayed,
        success_percent: percent(bps(started, started + failed)),
        success_percent_target: SUCCESS_BPS_MIN / 100,
        relay_percent: percent(bps(relayed, direct + relayed)),
        relay_percent_target: RELAY_BPS_MAX / 100,
    }
}

/// The month of an instant, of UTC: its first instant and its end.
fn month_around(now: Timestamp) -> (Timestamp, Timestamp) {
    let day = Millis::from_days(1);
    let midnight = Timestamp(now.0 - now.0.rem_euclid(day.0));
    let month = Month::of(now);
    let steps = |step: i64| {
        let days = (0..32).map(move |n| Timestamp(midnight.0 + step * n * day.0));
        days.take_while(move |at| Month::of(*at) == month).last()
    };
    let began = steps(-1).unwrap_or(midnight);
    (began, steps(1).unwrap_or(midnight) + day)
}

fn takings(rest: &Rest, admin: Admin, now: Timestamp) -> Result<TakingsBody, ApiError> {
    let (sold, fees) = rest.services.takings();
    let since = |at: Timestamp| -> Result<(MilliCoins, MilliCoins), ApiError> {
        let before = rest.services.hour_before(admin, at)?;
        // A server that is younger than that took all of it since then.
        Ok(before.map_or_else(Default::default, |it| (it.sold, it.fees)))
    };
    let (month, _) = month_around(now);
    let midnight = Timestamp(now.0 - now.0.rem_euclid(Millis::from_days(1).0));
    let ((sold_day, fees_day), (sold_month, fees_month)) = (since(midnight)?, since(month)?);
    Ok(TakingsBody {
        sold_today: sold.0 - sold_day.0,
        sold_month: sold.0 - sold_month.0,
        fees_today: fees.0 - fees_day.0,
        fees_month: fees.0 - fees_month.0,
    })
}

/// What goes on, what was taken, what waits, and what is not well.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = OverviewBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/overview")]
async fn overview(
    rest: Data<Rest>,
    request: HttpRequest,
    admin: ByAdmin,
) -> Result<Json<OverviewBody>, ApiError> {
    let (services, now) = (&rest.services, rest.services.now());
    let week = services.hours(admin.0, hour_of(now - LOOKED_BACK), now + Millis(1))?;
    let probe = request.app_data::<Data<Arc<dyn Probe>>>();
    let relay = rest.relay.as_ref().and_then(|source| source.status());
    let (began, ends) = month_around(now);
    let decisions = services.decisions(admin.0)?;
    Ok(Json(OverviewBody {
        live_calls: services.live_calls(admin.0)?.len(),
        calls: calls(&week),
        month: relay.map(|relay| MonthBody {
            forecast: forecast(relay.budget.bytes, began, now, ends),
            budget: relay.budget,
        }),
        takings: takings(&rest, admin.0, now)?,
        mails_waiting: services.mails_waiting()? as u64,
        decisions: decisions
            .iter()
            .map(|it| DecisionCount {
                matter: it.matter.word().into(),
                count: it.count,
                more: it.more,
            })
            .collect(),
        problems: probe.map(|it| it.report().problems).unwrap_or_default(),
        maintenance: services.maintenance().is_on(),
    }))
}

/// How the server did, hour by hour.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(HoursWanted), responses(
    (status = 200, body = HourList), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/numbers")]
async fn numbers(
    rest: Data<Rest>,
    admin: ByAdmin,
    wanted: Query<HoursWanted>,
) -> Result<Json<HourList>, ApiError> {
    // Nothing was before 1970.
    let instant = |it: i64| Timestamp(it.max(0));
    let to = wanted.to.map_or(rest.services.now() + Millis(1), instant);
    let from = wanted.from.map(instant);
    let from = from.unwrap_or_else(|| instant(hour_of(to - LOOKED_BACK).0));
    if from > to || to.since(from) > SPAN_MAX {
        return Err(ApiError::bad_request("Please ask for at most 62 days."));
    }
    let mut before = rest
        .services
        .hour_before(admin.0, from)?
        .unwrap_or_default();
    let hours = rest.services.hours(admin.0, from, to)?;
    let hours = hours.into_iter().map(|it| {
        let body = HourBody {
            at: it.at.0,
            started: it.started,
            failed: it.failed,
            direct: it.direct,
            relayed: it.relayed,
            relay_bytes: it.relay_bytes,
            sockets_max: it.sockets_max,
            sold: it.sold.0 - before.sold.0,
            fees: it.fees.0 - before.fees.0,
        };
        before = it;
        body
    });
    Ok(Json(HourList {
        hours: hours.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight_of_utc() {
        // 2024-02-29 12:00:00 UTC.
        let (began, ends) = month_around(Timestamp(1_709_208_000_000));
        assert_eq!((began.0, ends.0), (1_706_745_600_000, 1_709_251_200_000));
    }

    #[test]
    fn shares_are_said_only_where_there_are_calls() {
        let none = calls(&[]);
        assert_eq!((none.success_percent, none.relay_percent), (None, None));
        let hour = Hour {
            started: 97,
            failed: 3,
            direct: 60,
            relayed: 30,
            ..Hour::default()
        };
        let some = calls(&[hour, Hour::default()]);
        assert_eq!(
            (some.success_percent, some.relay_percent),
            (Some(97), Some(33))
        );
    }
}
