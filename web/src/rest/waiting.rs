//! Waiting for a full day. Who waits is told by mail when a time of it is free again, everybody at
//! once, and is then off the list.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Json, Path},
};
use jiff::civil::Date;
use parlor_actors::services::{NewWaiting, ServiceError};
use parlor_domain::{account::BadField, booking::Reader, waiting::Waiting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    Rest,
    offers::{host_id, no_service, service_id},
    who::{ByMember, Visitor},
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(wait).service(mine).service(leave);
}

/// For what somebody wants to wait.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingForm {
    /// What.
    pub service_id: String,
    /// Which day of the host's, as `2026-12-24`.
    pub day: String,
    /// Without a login: where the mail goes.
    pub email: Option<String>,
    /// Without a login: what to call you.
    pub name: Option<String>,
    /// Without a login: the language of the mail; the host's when left out.
    pub language: Option<String>,
    /// Without a login: the zone in which it tells times; the host's when left out.
    pub time_zone: Option<String>,
    /// Without a login: the version of the terms and the privacy notice that was agreed to
    /// (`GET /api/texts`); needed where there are any.
    pub agreed_to: Option<String>,
}

/// Somebody waits. Whoever knows the id may end it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingBody {
    /// Which.
    pub waiting_id: String,
    /// For whom.
    pub host_id: String,
    /// For what.
    pub service_id: String,
    /// Which day of the host's.
    pub day: String,
    /// When that day begins.
    pub from: i64,
    /// When it is over, and the waiting with it.
    pub to: i64,
}

impl From<&Waiting> for WaitingBody {
    fn from(it: &Waiting) -> Self {
        Self {
            waiting_id: it.id.to_string(),
            host_id: it.host.to_string(),
            service_id: it.service.to_string(),
            day: it.day.to_string(),
            from: it.from.0,
            to: it.to.0,
        }
    }
}

/// Wait for a day on which no time is free. For everybody; waiting twice is waiting once.
#[utoipa::path(tag = "booking", operation_id = "wait_for_day", params(("id" = String, Path)),
    request_body = WaitingForm, responses(
    (status = 201, body = WaitingBody), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/hosts/{id}/waiting")]
async fn wait(
    rest: Data<Rest>,
    who: Visitor,
    id: Path<String>,
    body: Json<WaitingForm>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let reader = Reader {
        language: body.language,
        time_zone: body.time_zone,
    };
    let why = "A day is written like 2026-12-24.";
    let day: Date = body
        .day
        .parse()
        .map_err(|_| ServiceError::BadField(BadField { field: "day", why }))?;
    let booker = who.booker(&rest, body.email, body.name)?;
    let new = NewWaiting {
        host: host_id(&id)?,
        service: service_id(&body.service_id)?,
        day,
        reader: reader.checked().map_err(ServiceError::from)?,
        agreed_to: body.agreed_to,
    };
    let waits = rest.services.wait_for_day(&booker, &new).await;
    Ok(HttpResponse::Created().json(WaitingBody::from(&waits.map_err(missing(no_service))?)))
}

/// What one waits for.
#[utoipa::path(tag = "booking", operation_id = "waiting", security(("bearer" = [])), responses(
    (status = 200, body = [WaitingBody]),
))]
#[get("/waiting")]
async fn mine(rest: Data<Rest>, who: ByMember) -> Result<Json<Vec<WaitingBody>>, ApiError> {
    let all = rest.services.waits_for(who.0)?;
    Ok(Json(all.iter().map(WaitingBody::from).collect()))
}

/// Wait no more. For whoever knows the id.
#[utoipa::path(tag = "booking", operation_id = "stop_waiting", params(("id" = String, Path)),
    responses((status = 204)))]
#[delete("/waiting/{id}")]
async fn leave(rest: Data<Rest>, _: Visitor, id: Path<String>) -> Result<HttpResponse, ApiError> {
    if let Ok(id) = id.parse::<Uuid>() {
        rest.services.stop_waiting(id).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
