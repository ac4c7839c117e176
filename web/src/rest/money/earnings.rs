//! What a host earned, and asking for it.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Json},
};
use parlor_domain::{
    money::MilliCoins,
    payout::{Payout, State},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    super::{Rest, who::ByMember},
    csv::{self, Csv},
    key, said,
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(earnings)
        .service(export_payouts)
        .service(ask_payout);
}

/// What a host asked for, and what became of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutBody {
    /// Its name.
    pub id: String,
    /// In thousandths of a coin.
    pub amount: i64,
    /// `open`, `paid` or `void`.
    pub status: String,
    /// When it was asked for, epoch ms.
    pub asked_at: i64,
    /// When it was paid or voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<i64>,
    /// Under which reference it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<&Payout> for PayoutBody {
    fn from(it: &Payout) -> Self {
        let (closed_at, reference, reason): (Option<Timestamp>, _, _) = match &it.state {
            State::Open => (None, None, None),
            State::Paid { reference, at, .. } => (Some(*at), Some(reference.clone()), None),
            State::Void { reason, at, .. } => (Some(*at), None, Some(reason.clone())),
        };
        Self {
            id: it.id.to_string(),
            amount: it.amount.0,
            status: it.state.word().into(),
            asked_at: it.asked_at.0,
            closed_at: closed_at.map(|at| at.0),
            reference,
            reason,
        }
    }
}

/// What a table says of a payout.
pub(super) const COLUMNS: [&str; 6] =
    ["asked", "amount", "status", "closed", "reference", "reason"];

/// The cells under [`COLUMNS`].
pub(super) fn cells(payout: &Payout) -> [String; 6] {
    let body = PayoutBody::from(payout);
    let closed = body.closed_at.map(|at| csv::time(Timestamp(at)));
    [
        csv::time(payout.asked_at),
        csv::coins(payout.amount),
        body.status,
        closed.unwrap_or_default(),
        body.reference.unwrap_or_default(),
        body.reason.unwrap_or_default(),
    ]
}

/// A host's earnings, in thousandths of a coin.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EarningsBody {
    /// Earned since midnight of the host's zone.
    pub today: i64,
    /// Earned since the first of the month.
    pub month: i64,
    /// May still be disputed by clients.
    pub pending: i64,
    /// May be asked for.
    pub available: i64,
    /// Smallest sum that may be asked for.
    pub payout_min: i64,
    /// Latest first.
    pub payouts: Vec<PayoutBody>,
}

/// One's own earnings.
#[utoipa::path(tag = "money", security(("bearer" = [])), responses(
    (status = 200, body = EarningsBody), (status = 401, body = ErrorBody),
))]
#[get("/earnings")]
async fn earnings(rest: Data<Rest>, who: ByMember) -> Result<Json<EarningsBody>, ApiError> {
    let it = rest.services.earnings(who.0)?;
    Ok(Json(EarningsBody {
        today: it.today.0,
        month: it.month.0,
        pending: it.pending.0,
        available: it.available.0,
        payout_min: it.payout_min.0,
        payouts: it.payouts.iter().map(Into::into).collect(),
    }))
}

/// One's own payouts as a table for spreadsheets.
#[utoipa::path(tag = "money", security(("bearer" = [])), responses(
    (status = 200, content_type = "text/csv", body = String), (status = 401, body = ErrorBody),
))]
#[get("/earnings/payouts.csv")]
async fn export_payouts(rest: Data<Rest>, who: ByMember) -> Result<HttpResponse, ApiError> {
    let mut file = Csv::new(&[&["id"], &COLUMNS[..]].concat());
    for payout in rest.services.earnings(who.0)?.payouts {
        let whose = [payout.id.to_string()];
        file.row(whose.into_iter().chain(cells(&payout)));
    }
    Ok(file.answer("payouts.csv"))
}

/// How much to ask for.
#[derive(Deserialize, ToSchema)]
struct Ask {
    /// In thousandths of a coin; everything that is available when absent.
    amount: Option<i64>,
}

/// Ask for earnings. One request can be open at a time; the `Idempotency-Key` makes it happen once.
#[utoipa::path(tag = "money", security(("bearer" = [])), request_body = Ask,
    params(("Idempotency-Key" = String, Header)), responses(
    (status = 201, body = PayoutBody), (status = 400, body = ErrorBody),
    (status = 402, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/earnings/payouts")]
async fn ask_payout(
    rest: Data<Rest>,
    who: ByMember,
    request: HttpRequest,
    body: Json<Ask>,
) -> Result<HttpResponse, ApiError> {
    let (key, amount) = (key(&request)?, body.amount.map(MilliCoins));
    let payout = rest.services.request_payout(who.0, amount, key).await;
    Ok(HttpResponse::Created().json(PayoutBody::from(&payout.map_err(said)?)))
}
