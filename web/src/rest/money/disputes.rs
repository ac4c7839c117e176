//! Clients who want a call's price back, for admins who decide.

use actix_web::{
    get, post,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::DisputeView;
use parlor_domain::money::MilliCoins;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    super::{Rest, before, who::ByAdmin},
    id, said,
    wallet::DisputeBody,
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(disputes).service(decide_dispute);
}

/// Which disputes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DisputesWanted {
    /// Those that were decided; else those that wait for a decision.
    #[serde(default)]
    decided: bool,
    /// From where to go on: `next` of the page before.
    before: Option<String>,
}

/// A dispute, whose it is, and what becomes of the earnings.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallDisputeBody {
    /// The dispute.
    pub dispute: DisputeBody,
    /// Who paid.
    pub client_id: String,
    /// Who earned.
    pub host_id: String,
    /// The host's part, set aside until the decision; thousandths of a coin.
    pub aside: i64,
    /// What of it the host keeps; null while nothing is decided.
    pub kept: Option<i64>,
}

impl From<&DisputeView> for CallDisputeBody {
    fn from(it: &DisputeView) -> Self {
        Self {
            dispute: DisputeBody::from(it),
            client_id: it.dispute.client.to_string(),
            host_id: it.dispute.host.to_string(),
            aside: it.dispute.earned().0,
            kept: it.dispute.kept().map(|it| it.0),
        }
    }
}

/// A page of disputes.
#[derive(Serialize, ToSchema)]
pub struct DisputeList {
    /// The latest calls first. So many disputes are looked at at once: a page may be short, or empty,
    /// and still have a next one.
    pub disputes: Vec<CallDisputeBody>,
    /// What to ask for next as `before`; null when all were looked at.
    pub next: Option<String>,
}

/// Requests for a call's price that wait for a decision, or those that were decided.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(DisputesWanted), responses(
    (status = 200, body = DisputeList), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/disputes")]
async fn disputes(
    rest: Data<Rest>,
    admin: ByAdmin,
    wanted: Query<DisputesWanted>,
) -> Result<Json<DisputeList>, ApiError> {
    let before = before(wanted.before.as_deref())?;
    let page = rest.services.disputes(admin.0, !wanted.decided, before)?;
    Ok(Json(DisputeList {
        disputes: page.all.iter().map(Into::into).collect(),
        next: page.next.map(|id| id.to_string()),
    }))
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
