//! The books, for admins: the trial balance, disputes, payouts, and credits by hand.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{PAYOUTS_MAX, PayoutView, Trial};
use parlor_domain::money::{Asset, MilliCoins};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    super::{Rest, who::ByAdmin},
    csv::Csv,
    earnings::{COLUMNS, PayoutBody, cells},
    id, key, refused, said,
    wallet::DisputeBody,
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(trial)
        .service(adjust)
        .service(disputes)
        .service(decide_dispute)
        .service(payouts_export)
        .service(payouts)
        .service(mark_paid)
        .service(void_payout);
}

/// One kind of account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialLineBody {
    /// `wallet`, `call-hold`, `host-pending`, `fee`, …
    pub kind: String,
    /// `coin`, or a currency such as `INR`.
    pub asset: String,
    /// How many such accounts ever moved.
    pub accounts: usize,
    /// What they hold together: thousandths of a coin, or the currency's minor unit.
    pub balance: i64,
}

/// What everybody holds together, and whether the books are true.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialBody {
    /// By kind of account. Of each asset, the balances add up to 0.
    pub lines: Vec<TrialLineBody>,
    /// Entries that were proven.
    pub entries: u64,
    /// Accounts that were compared.
    pub accounts: usize,
    /// When, epoch ms.
    pub checked_at: i64,
    /// The first thing that is wrong; null when the books are true.
    pub fault: Option<String>,
}

impl From<&Trial> for TrialBody {
    fn from(it: &Trial) -> Self {
        let lines = it.lines.iter().map(|line| TrialLineBody {
            kind: line.kind.into(),
            asset: match line.asset {
                Asset::Coin => "coin".into(),
                Asset::Money(currency) => currency.code().into(),
            },
            accounts: line.accounts,
            balance: line.units,
        });
        Self {
            lines: lines.collect(),
            entries: it.proof.entries,
            accounts: it.proof.accounts,
            checked_at: it.proof.at.0,
            fault: it.proof.fault.clone(),
        }
    }
}

/// The trial balance. The books are checked up to this moment before it is shown.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = TrialBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/books")]
async fn trial(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<TrialBody>, ApiError> {
    let trial = rest.services.trial_balance(admin.0).await?;
    Ok(Json(TrialBody::from(&trial)))
}

/// Coins given or taken by hand.
#[derive(Deserialize, ToSchema)]
struct Adjustment {
    /// Whose wallet.
    email: String,
    /// In thousandths of a coin; negative takes.
    amount: i64,
    /// Shown in the statement, up to 1,000 characters.
    reason: String,
}

/// What was done.
#[derive(Serialize, ToSchema)]
struct Adjusted {
    /// Number of the entry.
    entry: u64,
}

/// Give coins to a wallet or take some, with a reason. The `Idempotency-Key` makes it happen once.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = Adjustment,
    params(("Idempotency-Key" = String, Header)), responses(
    (status = 201, body = Adjusted), (status = 400, body = ErrorBody), (status = 402, body = ErrorBody),
))]
#[post("/admin/books/adjustments")]
async fn adjust(
    rest: Data<Rest>,
    admin: ByAdmin,
    request: HttpRequest,
    body: Json<Adjustment>,
) -> Result<HttpResponse, ApiError> {
    let (key, amount) = (key(&request)?, MilliCoins(body.amount));
    let posted = rest
        .services
        .adjust(admin.0, &body.email, amount, &body.reason, key)
        .await;
    let entry = posted.map_err(said)?.seq;
    Ok(HttpResponse::Created().json(Adjusted { entry }))
}

/// The latest 500 requests for a call's price.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = [DisputeBody]), (status = 403, body = ErrorBody),
))]
#[get("/admin/disputes")]
async fn disputes(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<Vec<DisputeBody>>, ApiError> {
    let all = rest.services.disputes(admin.0)?;
    Ok(Json(all.iter().map(Into::into).collect()))
}

/// How a price is divided.
#[derive(Deserialize, ToSchema)]
struct Split {
    /// What the client gets back, from nothing to what was paid; thousandths of a coin.
    refund: i64,
    /// Words for both sides.
    note: String,
}

/// Decide a dispute.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = Split,
    params(("callId" = String, Path)), responses(
    (status = 200, body = DisputeBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/admin/disputes/{callId}")]
async fn decide_dispute(
    rest: Data<Rest>,
    admin: ByAdmin,
    call: Path<String>,
    body: Json<Split>,
) -> Result<Json<DisputeBody>, ApiError> {
    let (call, refund) = (id(&call)?, MilliCoins(body.refund));
    let decided = rest
        .services
        .decide_dispute(admin.0, call, refund, &body.note)
        .await;
    Ok(Json(DisputeBody::from(&decided.map_err(said)?)))
}

/// A payout and whose it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostPayoutBody {
    /// Name of the host.
    pub host_name: String,
    /// Address of the host.
    pub host_email: String,
    /// The payout.
    pub payout: PayoutBody,
}

impl From<&PayoutView> for HostPayoutBody {
    fn from(it: &PayoutView) -> Self {
        Self {
            host_name: it.host.0.clone(),
            host_email: it.host.1.clone(),
            payout: PayoutBody::from(&it.payout),
        }
    }
}

/// Which page of payouts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PayoutsWanted {
    /// Only those that were asked for before this one.
    before: Option<String>,
    /// At most so many; 100 by default, 500 at most.
    limit: Option<usize>,
}

/// A page of payouts.
#[derive(Serialize, ToSchema)]
pub struct PayoutsBody {
    /// Latest first.
    pub payouts: Vec<HostPayoutBody>,
    /// What to ask for next as `before`; null on the last page.
    pub next: Option<String>,
}

/// Payouts, latest first.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(PayoutsWanted), responses(
    (status = 200, body = PayoutsBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/payouts")]
async fn payouts(
    rest: Data<Rest>,
    admin: ByAdmin,
    wanted: Query<PayoutsWanted>,
) -> Result<Json<PayoutsBody>, ApiError> {
    let limit = wanted.limit.unwrap_or(100).clamp(1, PAYOUTS_MAX);
    let before = super::super::before(wanted.before.as_deref())?;
    let page = rest.services.payouts(admin.0, before, limit)?;
    let last = page.last().filter(|_| page.len() == limit);
    Ok(Json(PayoutsBody {
        next: last.map(|it| it.payout.id.to_string()),
        payouts: page.iter().map(Into::into).collect(),
    }))
}

/// All payouts as a table for spreadsheets and banks.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, content_type = "text/csv", body = String), (status = 403, body = ErrorBody),
))]
#[get("/admin/payouts.csv")]
async fn payouts_export(rest: Data<Rest>, admin: ByAdmin) -> Result<HttpResponse, ApiError> {
    let mut file = Csv::new(&[&["id", "host", "email"], &COLUMNS[..]].concat());
    let mut before = None;
    loop {
        let page = rest.services.payouts(admin.0, before, PAYOUTS_MAX)?;
        for view in &page {
            let body = HostPayoutBody::from(view);
            let whose = [body.payout.id, body.host_name, body.host_email];
            file.row(whose.into_iter().chain(cells(&view.payout)));
        }
        before = page.last().map(|it| it.payout.id);
        if page.len() < PAYOUTS_MAX {
            return Ok(file.answer("payouts.csv"));
        }
    }
}

/// Under which reference money was sent.
#[derive(Deserialize, ToSchema)]
struct Sent {
    /// Of the bank or service; no other payout may have it.
    reference: String,
}

/// Say that a payout was sent.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = Sent,
    params(("id" = String, Path)), responses(
    (status = 200, body = HostPayoutBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/admin/payouts/{id}/paid")]
async fn mark_paid(
    rest: Data<Rest>,
    admin: ByAdmin,
    payout: Path<String>,
    body: Json<Sent>,
) -> Result<Json<HostPayoutBody>, ApiError> {
    if body.reference.trim().is_empty() {
        return Err(refused(
            "reference",
            "Please give the reference of the bank.",
        ));
    }
    let paid = rest
        .services
        .mark_paid(admin.0, id(&payout)?, &body.reference)
        .await;
    Ok(Json(HostPayoutBody::from(&paid.map_err(said)?)))
}

/// Why money is not sent.
#[derive(Deserialize, ToSchema)]
struct NotSent {
    /// Words for the host.
    reason: String,
}

/// Give the coins of a payout back to its host.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = NotSent,
    params(("id" = String, Path)), responses(
    (status = 200, body = HostPayoutBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/admin/payouts/{id}/void")]
async fn void_payout(
    rest: Data<Rest>,
    admin: ByAdmin,
    payout: Path<String>,
    body: Json<NotSent>,
) -> Result<Json<HostPayoutBody>, ApiError> {
    let voided = rest
        .services
        .void_payout(admin.0, id(&payout)?, &body.reason)
        .await;
    Ok(Json(HostPayoutBody::from(&voided.map_err(said)?)))
}
