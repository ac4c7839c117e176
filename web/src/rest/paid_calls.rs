//! Calls by the minute over REST: what one would cost, and what past ones did. Calling itself is the
//! socket's affair.

use actix_web::{
    get,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{PaidCallView, ServiceError};
use parlor_domain::{
    event::MediaKind,
    id::{CallId, UserId},
    tariff::Tariff,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, who::ByMember};
use crate::error::{ApiError, ErrorBody};

/// Calls in a listing when nothing is asked for.
const PAGE: usize = 20;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(call_terms)
        .service(paid_calls)
        .service(paid_call);
}

/// What one kind of call costs. Coins are thousandths of a coin.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TariffBody {
    /// Price of a minute.
    pub rate_per_min_mc: i64,
    /// The first block that is paid, seconds.
    pub initial_s: u32,
    /// Every further block, seconds.
    pub increment_s: u32,
    /// A call up to this long costs nothing, seconds.
    pub free_s: u32,
    /// Paid once, when the call is not free any more.
    pub connect_fee_mc: i64,
}

impl From<Tariff> for TariffBody {
    fn from(it: Tariff) -> Self {
        Self {
            rate_per_min_mc: it.per_minute.0,
            initial_s: it.initial_s,
            increment_s: it.increment_s,
            free_s: it.free_s,
            connect_fee_mc: it.connect_fee.0,
        }
    }
}

/// `GET /api/call-terms/{hostId}`
#[derive(Serialize, ToSchema)]
pub struct CallTerms {
    /// With the voice only; none when the host does not offer it.
    pub audio: Option<TariffBody>,
    /// With pictures; none when the host does not offer it.
    pub video: Option<TariffBody>,
}

/// A call by the minute, answered or not, as one of the two sees it. Coins are thousandths of a coin.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaidCallBody {
    /// Which.
    pub call_id: String,
    /// Its room.
    pub room_id: String,
    /// Who called, and pays.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// Who was called, and earns.
    pub host_id: String,
    /// Their name.
    pub host_name: String,
    /// `audio` or `video`.
    pub call_type: String,
    /// `ringing`, `live`, `completed`, `missed`, `declined`, `cancelled`, `busy` or `failed`.
    pub status: String,
    /// Why it is over: `hangup`, `balance`, `timeout`, `media_failed`, `restart` or `admin`.
    pub ended_by: Option<String>,
    /// When the caller called.
    pub created_at: i64,
    /// When the two met.
    pub start_time: Option<i64>,
    /// When it was over.
    pub end_time: Option<i64>,
    /// Connected time, in whole seconds.
    pub duration: i64,
    /// Seconds between start and end that did not count, because a connection was broken.
    pub paused_seconds: i64,
    /// Seconds that cost nothing.
    pub free_seconds: i64,
    /// What the caller paid.
    pub spent_mc: i64,
    /// The same in whole coins, rounded down.
    pub coins_spent: i64,
    /// What the host earned of it; null for the caller.
    pub earned_mc: Option<i64>,
    /// Nothing changes any more.
    pub settled: bool,
    /// The price, frozen when the caller called.
    pub tariff: TariffBody,
}

impl PaidCallBody {
    pub(super) fn of(view: &PaidCallView, viewer: UserId) -> Self {
        let call = &view.call;
        let spent = call.bill.map_or(0, |bill| bill.charged.0);
        let billed = call.bill.map_or(0, |bill| bill.billed_s);
        let free = match billed <= u64::from(call.tariff.free_s) {
            true => i64::try_from(billed).unwrap_or(i64::MAX),
            false => 0,
        };
        Self {
            call_id: call.id.to_string(),
            room_id: call.room.to_string(),
            user_id: call.caller.to_string(),
            user_name: view.caller_name.clone(),
            host_id: call.host.to_string(),
            host_name: view.host_name.clone(),
            call_type: match call.kind {
                MediaKind::Audio => "audio",
                MediaKind::Video => "video",
            }
            .into(),
            status: call.status.word().into(),
            ended_by: call.ended_by.map(|why| why.word().into()),
            created_at: call.created_at.0,
            start_time: call.started_at.map(|at| at.0),
            end_time: call.ended_at.map(|at| at.0),
            duration: call.duration().0 / 1_000,
            paused_seconds: call.paused.0 / 1_000,
            free_seconds: free,
            spent_mc: spent,
            coins_spent: spent / 1_000,
            earned_mc: call
                .bill
                .filter(|_| viewer == call.host)
                .map(|bill| bill.earned().0),
            settled: !call.unsettled(),
            tariff: call.tariff.into(),
        }
    }
}

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallsWanted {
    /// Only those that began before this (epoch milliseconds).
    pub before: Option<i64>,
    /// At most so many; 20 when absent, never more than 100.
    pub limit: Option<usize>,
}

/// `GET /api/calls`
#[derive(Serialize, ToSchema)]
pub struct PaidCallList {
    /// The latest first.
    pub calls: Vec<PaidCallBody>,
}

/// What calls to a host cost.
#[utoipa::path(tag = "calls", security(("bearer" = [])), params(("hostId" = String, Path)),
    responses((status = 200, body = CallTerms), (status = 404, body = ErrorBody)))]
#[get("/call-terms/{hostId}")]
async fn call_terms(
    rest: Data<Rest>,
    _: ByMember,
    host: Path<String>,
) -> Result<Json<CallTerms>, ApiError> {
    let host = host.parse().map_err(|_| ServiceError::NotFound)?;
    let rates = rest.services.rates_of(host)?;
    let tariff = |kind| match rates.per_minute(kind) {
        Some(_) => rest.services.tariff(host, kind).map(|it| Some(it.into())),
        None => Ok(None),
    };
    Ok(Json(CallTerms {
        audio: tariff(MediaKind::Audio)?,
        video: tariff(MediaKind::Video)?,
    }))
}

/// One's calls by the minute, on either side.
#[utoipa::path(tag = "calls", security(("bearer" = [])), params(CallsWanted),
    responses((status = 200, body = PaidCallList)))]
#[get("/calls")]
async fn paid_calls(
    rest: Data<Rest>,
    who: ByMember,
    wanted: Query<CallsWanted>,
) -> Result<Json<PaidCallList>, ApiError> {
    let before = wanted.before.map(Timestamp);
    let limit = wanted.limit.unwrap_or(PAGE);
    let user = who.0.user;
    let views = rest.services.paid_calls(who.0, before, limit)?;
    Ok(Json(PaidCallList {
        calls: views.iter().map(|it| PaidCallBody::of(it, user)).collect(),
    }))
}

/// One call by the minute, for the two people in it.
#[utoipa::path(tag = "calls", security(("bearer" = [])), params(("callId" = String, Path)),
    responses((status = 200, body = PaidCallBody), (status = 404, body = ErrorBody)))]
#[get("/calls/{callId}")]
async fn paid_call(
    rest: Data<Rest>,
    who: ByMember,
    call: Path<String>,
) -> Result<Json<PaidCallBody>, ApiError> {
    let call: CallId = call.parse().map_err(|_| ServiceError::NotFound)?;
    let user = who.0.user;
    let view = rest.services.paid_call(who.0, call)?;
    Ok(Json(PaidCallBody::of(&view, user)))
}
