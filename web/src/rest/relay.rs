//! The relay as its operator sees it: budget, traffic, ways of calls, self-test.

use std::sync::Arc;

use actix_web::{
    get,
    web::{Data, Json},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, calls::FlowBody, who::ByAdmin};
use crate::error::{ApiError, ErrorBody};

/// Where the answer comes from: implemented by the roof, which knows the relay.
pub trait RelaySource: Send + Sync {
    /// How the relay is now; none when it is switched off.
    fn status(&self) -> Option<RelayStatus>;
}

/// The month's budget.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetBody {
    /// The month, of UTC: `2026-11`.
    pub month: String,
    /// Bytes relayed in it, on the clients' side.
    pub bytes: u64,
    /// The budget; 0 has no limit.
    pub bytes_max: u64,
    /// What people are asked to keep to: `full`, `saver` or `audio`.
    pub level: String,
}

/// Calls of this run of the server that ended, by their way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaysBody {
    /// From browser to browser.
    pub direct: u64,
    /// Through the relay, at least for one of them.
    pub relay: u64,
    /// No browser reported it.
    pub unknown: u64,
}

/// One thing that the relay tried on itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckBody {
    /// What was tried, for example `UDP 0.0.0.0:3478`.
    pub what: String,
    /// What is wrong, in one sentence; null when a packet came through.
    pub problem: Option<String>,
}

/// `GET /api/admin/relay`
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RelayStatus {
    /// The month's budget.
    pub budget: BudgetBody,
    /// Allocations that live now.
    pub allocations: u64,
    /// From clients to others, since the start of the server.
    pub up: FlowBody,
    /// From others to clients.
    pub down: FlowBody,
    /// Packets dropped: over a rate, or a reader too slow.
    pub dropped: u64,
    /// Ways of calls.
    pub ways: WaysBody,
    /// When the relay tried itself the last time.
    pub tested_at: Option<i64>,
    /// What it found.
    pub checks: Vec<CheckBody>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub struct RelayBody {
    /// Null when the relay is switched off.
    pub relay: Option<RelayStatus>,
}

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(status);
}

/// How the relay is: the month's budget, its traffic, the ways of calls, its self-test.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = RelayBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/relay")]
async fn status(rest: Data<Rest>, _admin: ByAdmin) -> Result<Json<RelayBody>, ApiError> {
    let source: Option<&Arc<dyn RelaySource>> = rest.relay.as_ref();
    Ok(Json(RelayBody {
        relay: source.and_then(|source| source.status()),
    }))
}
