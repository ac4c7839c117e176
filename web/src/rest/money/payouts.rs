//! Payouts, for admins: who asked for what, and saying that it was sent or that it was not.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{PAYOUTS_MAX, PayoutView, PayoutsWanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    super::{Rest, before, who::ByAdmin},
    csv::Csv,
    earnings::{COLUMNS, PayoutBody, cells},
    id, refused, said,
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(payouts_export)
        .service(payouts)
        .service(mark_paid)
        .service(void_payout);
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

/// Which payouts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PayoutQuery {
    /// Only `open`, `paid` or `void` ones.
    #[serde(default)]
    state: String,
    /// Only of the account with this address or id.
    host: Option<String>,
    /// Only those that were asked for before this one.
    before: Option<String>,
    /// At most so many; 100 by default, 500 at most.
    limit: Option<usize>,
}

/// Sums over all payouts, in thousandths of a coin.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutTotalsBody {
    /// How many wait for an admin.
    pub waiting: usize,
    /// What they come to.
    pub waiting_sum: i64,
    /// Everything that was ever paid out.
    pub paid_sum: i64,
}

/// A page of payouts.
#[derive(Serialize, ToSchema)]
pub struct PayoutsBody {
    /// Latest first. A search looks at so many payouts at once: a page may be short, or empty, and
    /// still have a next one.
    pub payouts: Vec<HostPayoutBody>,
    /// What to ask for next as `before`; null when all were looked at.
    pub next: Option<String>,
    /// Over all payouts, not only those of this list.
    pub totals: PayoutTotalsBody,
}

/// Payouts, latest first; by state and host.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(PayoutQuery), responses(
    (status = 200, body = PayoutsBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/payouts")]
async fn payouts(
    rest: Data<Rest>,
    admin: ByAdmin,
    query: Query<PayoutQuery>,
) -> Result<Json<PayoutsBody>, ApiError> {
    let limit = query.limit.unwrap_or(100).clamp(1, PAYOUTS_MAX);
    let before = before(query.before.as_deref())?;
    let state = match query.state.as_str() {
        "" => None,
        known @ ("open" | "paid" | "void") => Some(known.to_owned()),
        _ => return Err(ApiError::bad_request("There is no such state.")),
    };
    let wanted = PayoutsWanted {
        state,
        host: query.host.clone(),
    };
    let page = rest.services.payouts(admin.0, &wanted, before, limit)?;
    let totals = rest.services.payout_totals(admin.0)?;
    Ok(Json(PayoutsBody {
        payouts: page.all.iter().map(Into::into).collect(),
        next: page.next.map(|id| id.to_string()),
        totals: PayoutTotalsBody {
            waiting: totals.waiting,
            waiting_sum: totals.waiting_sum.0,
            paid_sum: totals.paid_sum.0,
        },
    }))
}

/// All payouts as a table for spreadsheets and banks.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, content_type = "text/csv", body = String), (status = 403, body = ErrorBody),
))]
#[get("/admin/payouts.csv")]
async fn payouts_export(rest: Data<Rest>, admin: ByAdmin) -> Result<HttpResponse, ApiError> {
    let mut file = Csv::new(&[&["id", "host", "email"], &COLUMNS[..]].concat());
    let (all, mut before) = (PayoutsWanted::default(), None);
    loop {
        let page = rest.services.payouts(admin.0, &all, before, PAYOUTS_MAX)?;
        for view in &page.all {
            let body = HostPayoutBody::from(view);
            let whose = [body.payout.id, body.host_name, body.host_email];
            file.row(whose.into_iter().chain(cells(&view.payout)));
        }
        before = page.next;
        if before.is_none() {
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
