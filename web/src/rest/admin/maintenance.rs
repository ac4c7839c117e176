//! The switch for maintenance (R274): what nobody may begin, and what everybody is told.

use actix_web::{
    HttpRequest, get, put,
    web::{Data, Json},
};
use parlor_domain::maintenance::Maintenance;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::{Rest, trail, who::ByAdmin};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(notice).service(standing).service(turn);
}

/// How the switch stands. Admins are never held back, and calls that go on are not touched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceBody {
    /// What everybody reads on every page, at most 500 characters; empty says nothing.
    #[serde(default)]
    pub message: String,
    /// Nobody enters a room in which no call goes on, and nobody calls a host.
    #[serde(default)]
    pub joins: bool,
    /// Nobody makes or books a meeting.
    #[serde(default)]
    pub bookings: bool,
    /// Nobody buys coins.
    #[serde(default)]
    pub payments: bool,
}

impl From<Maintenance> for MaintenanceBody {
    fn from(it: Maintenance) -> Self {
        Self {
            message: it.message,
            joins: it.joins,
            bookings: it.bookings,
            payments: it.payments,
        }
    }
}

impl From<MaintenanceBody> for Maintenance {
    fn from(it: MaintenanceBody) -> Self {
        Self {
            message: it.message,
            joins: it.joins,
            bookings: it.bookings,
            payments: it.payments,
        }
    }
}

/// What the operator tells everybody; for pages that stay open. The document has it too.
#[utoipa::path(tag = "about", responses((status = 200, body = MaintenanceBody)))]
#[get("/notice")]
async fn notice(rest: Data<Rest>) -> Json<MaintenanceBody> {
    Json(rest.services.maintenance().into())
}

/// How the switch stands.
#[utoipa::path(tag = "admin", operation_id = "maintenance", security(("bearer" = [])), responses(
    (status = 200, body = MaintenanceBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/maintenance")]
async fn standing(rest: Data<Rest>, _admin: ByAdmin) -> Json<MaintenanceBody> {
    Json(rest.services.maintenance().into())
}

/// Turn the switch. It stays as it is over restarts.
#[utoipa::path(tag = "admin", operation_id = "set_maintenance", security(("bearer" = [])),
    request_body = MaintenanceBody, responses(
    (status = 200, body = MaintenanceBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[put("/admin/maintenance")]
async fn turn(
    rest: Data<Rest>,
    _admin: ByAdmin,
    request: HttpRequest,
    body: Json<MaintenanceBody>,
) -> Result<Json<MaintenanceBody>, ApiError> {
    let held = [
        (body.joins, "joins"),
        (body.bookings, "bookings"),
        (body.payments, "payments"),
    ];
    let held = held.iter().filter_map(|(on, word)| on.then_some(*word));
    let held = held.collect::<Vec<_>>().join(" ");
    trail::note(&request, |it| {
        it.words = format!("held: {held}; told: {}", body.message)
    });
    let turned = rest.services.set_maintenance(body.into_inner().into());
    Ok(Json(turned.await?.into()))
}
