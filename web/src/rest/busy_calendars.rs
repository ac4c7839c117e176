//! Calendars of elsewhere that keep a host's time free. A secret address goes in and never comes out
//! whole again.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Json, Path},
};
use parlor_domain::{busy_calendar::BusyCalendar, time::Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{Rest, who::ByMember};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(add)
        .service(refresh)
        .service(remove);
}

/// A calendar to be read.
#[derive(Deserialize, ToSchema)]
pub struct BusyCalendarForm {
    /// Its secret address in iCal format, `https://` or `webcal://`.
    pub address: String,
    /// What the host calls it.
    #[serde(default)]
    pub label: String,
}

/// A calendar that keeps the host's time free.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusyCalendarBody {
    /// Which.
    pub calendar_id: String,
    /// What the host calls it.
    pub label: String,
    /// Its server only: the rest is a secret.
    pub address: String,
    /// When it was last read.
    pub read_at: i64,
    /// When that was last tried; it is every few minutes.
    pub tried_at: i64,
    /// It could not be read for a day: the host should look after it.
    pub stale: bool,
    /// Why the last try failed: `no_address`, `not_public`, `not_found`, `silent`, `not_trusted`,
    /// `refused`, `broken`, `too_large` or `no_calendar`. What was found before still counts.
    pub trouble: Option<String>,
    /// The same in words.
    pub message: Option<String>,
    /// How many busy spans it has, in a year and a bit.
    pub spans: usize,
    /// Entries that were not understood and keep no time free.
    pub skipped: u32,
}

impl BusyCalendarBody {
    fn new(it: &BusyCalendar, now: Timestamp) -> Self {
        Self {
            calendar_id: it.id.to_string(),
            label: it.label.clone(),
            address: it.shown_address(),
            read_at: it.read_at.0,
            tried_at: it.tried_at.0,
            stale: it.is_stale(now),
            trouble: it.trouble.map(|it| it.word().to_owned()),
            message: it.trouble.map(|it| it.words().to_owned()),
            spans: it.spans.len(),
            skipped: it.skipped,
        }
    }
}

fn none() -> ApiError {
    ApiError::new(404, "not_found", "There is no such calendar.")
}

fn calendar_id(text: &str) -> Result<Uuid, ApiError> {
    text.parse().map_err(|_| none())
}

/// One's own calendars of elsewhere.
#[utoipa::path(tag = "booking", operation_id = "busy_calendars", security(("bearer" = [])), responses(
    (status = 200, body = [BusyCalendarBody]),
))]
#[get("/availability/calendars")]
async fn list(rest: Data<Rest>, who: ByMember) -> Result<Json<Vec<BusyCalendarBody>>, ApiError> {
    let (all, now) = (rest.services.busy_calendars(who.0)?, rest.services.now());
    Ok(Json(
        all.iter()
            .map(|it| BusyCalendarBody::new(it, now))
            .collect(),
    ))
}

/// Read a calendar of elsewhere from now on; nobody books when it says busy. Hosts only. It is read at
/// once, and refused with the reason when that fails.
#[utoipa::path(tag = "booking", operation_id = "add_busy_calendar", security(("bearer" = [])),
    request_body = BusyCalendarForm, responses(
    (status = 201, body = BusyCalendarBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/availability/calendars")]
async fn add(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<BusyCalendarForm>,
) -> Result<HttpResponse, ApiError> {
    let added = rest
        .services
        .add_busy_calendar(who.0, &body.address, &body.label);
    let added = added.await?;
    Ok(HttpResponse::Created().json(BusyCalendarBody::new(&added, rest.services.now())))
}

/// Read it now. Asked again within half a minute, it says what is known.
#[utoipa::path(tag = "booking", operation_id = "refresh_busy_calendar", security(("bearer" = [])),
    params(("id" = String, Path)), responses(
    (status = 200, body = BusyCalendarBody), (status = 404, body = ErrorBody),
))]
#[post("/availability/calendars/{id}/refresh")]
async fn refresh(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<Json<BusyCalendarBody>, ApiError> {
    let read = rest
        .services
        .refresh_busy_calendar(who.0, calendar_id(&id)?);
    let read = read.await.map_err(missing(none))?;
    Ok(Json(BusyCalendarBody::new(&read, rest.services.now())))
}

/// Read it no more. The times that it took are free.
#[utoipa::path(tag = "booking", operation_id = "remove_busy_calendar", security(("bearer" = [])),
    params(("id" = String, Path)), responses((status = 204), (status = 404, body = ErrorBody)))]
#[delete("/availability/calendars/{id}")]
async fn remove(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let removed = rest.services.remove_busy_calendar(who.0, calendar_id(&id)?);
    removed.await.map_err(missing(none))?;
    Ok(HttpResponse::NoContent().finish())
}
