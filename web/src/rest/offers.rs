//! What hosts offer to be booked: one's own services, hours and time off, and for everybody the
//! services of a host and their free times.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post, put,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{Holder, SLOTS_SPAN_MAX};
use parlor_domain::{
    id::{ServiceId, UserId},
    service::{Draft, Service},
    time::{Millis, Timestamp},
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    Rest,
    booking_wire::{HeldAt, HoldBody, HoldForm, SlotsBody, SlotsWanted},
    hosts::no_host,
    hours_wire::{AvailabilityBody, HeldTimeBody, TimeOffAt, TimeOffBody, TimeOffForm},
    offer_wire::{FoundService, HostServices, ServiceBody, ServiceForm, ServicesWanted},
    who::{ByMember, Visitor, address},
    wire::Span,
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(my_services)
        .service(find_services)
        .service(create)
        .service(change)
        .service(remove)
        .service(my_hours)
        .service(set_hours)
        .service(held_times)
        .service(time_off)
        .service(take_time_off)
        .service(end_time_off)
        .service(services_of)
        .service(slots)
        .service(hold)
        .service(release);
}

/// How far ahead free times are shown when nothing is asked for.
const SHOWN: Millis = Millis::from_days(14);

pub(super) fn host_id(text: &str) -> Result<UserId, ApiError> {
    text.parse().map_err(|_| no_host())
}

pub(super) fn service_id(text: &str) -> Result<ServiceId, ApiError> {
    text.parse().map_err(|_| no_service())
}

pub(super) fn no_service() -> ApiError {
    ApiError::new(404, "not_found", "There is no such service.")
}

/// One's own services.
#[utoipa::path(tag = "booking", security(("bearer" = [])), responses((status = 200, body = [ServiceBody])))]
#[get("/services")]
async fn my_services(rest: Data<Rest>, who: ByMember) -> Result<Json<Vec<ServiceBody>>, ApiError> {
    let all = rest.services.my_services(who.0)?;
    Ok(Json(all.iter().map(ServiceBody::from).collect()))
}

/// What can be booked with any host, by words of its title, its details or the host's name, at most
/// 50. For everybody.
#[utoipa::path(tag = "booking", operation_id = "find_services", params(ServicesWanted), responses(
    (status = 200, body = [FoundService]),
))]
#[get("/services/search")]
async fn find_services(
    rest: Data<Rest>,
    who: Visitor,
    wanted: Query<ServicesWanted>,
) -> Result<Json<Vec<FoundService>>, ApiError> {
    let found = rest.services.find_services(who.0, &wanted.q)?;
    let body = |(host_name, it): &(String, Service)| FoundService {
        host_name: host_name.clone(),
        service: ServiceBody::from(it),
    };
    Ok(Json(found.iter().map(body).collect()))
}

/// Offer something. Hosts only.
#[utoipa::path(tag = "booking", operation_id = "create_service", security(("bearer" = [])),
    request_body = ServiceForm, responses(
    (status = 201, body = ServiceBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/services")]
async fn create(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ServiceForm>,
) -> Result<HttpResponse, ApiError> {
    let draft = Draft::try_from(body.into_inner())?;
    let made = rest.services.create_service(who.0, draft).await?;
    Ok(HttpResponse::Created().json(ServiceBody::from(&made)))
}

/// Change what is offered, the whole of it. What was booked keeps its terms.
#[utoipa::path(tag = "booking", operation_id = "change_service", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = ServiceForm, responses(
    (status = 200, body = ServiceBody), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[put("/services/{id}")]
async fn change(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<ServiceForm>,
) -> Result<Json<ServiceBody>, ApiError> {
    let draft = Draft::try_from(body.into_inner())?;
    let changed = rest.services.change_service(who.0, service_id(&id)?, draft);
    Ok(Json(ServiceBody::from(
        &changed.await.map_err(missing(no_service))?,
    )))
}

/// Offer it no more. What was booked stays.
#[utoipa::path(tag = "booking", operation_id = "remove_service", security(("bearer" = [])),
    params(("id" = String, Path)), responses((status = 204), (status = 404, body = ErrorBody)))]
#[delete("/services/{id}")]
async fn remove(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let removed = rest.services.remove_service(who.0, service_id(&id)?).await;
    removed.map_err(missing(no_service))?;
    Ok(HttpResponse::NoContent().finish())
}

/// When one can be booked.
#[utoipa::path(tag = "booking", security(("bearer" = [])), responses((status = 200, body = AvailabilityBody)))]
#[get("/availability")]
async fn my_hours(rest: Data<Rest>, who: ByMember) -> Result<Json<AvailabilityBody>, ApiError> {
    let hours = rest.services.my_availability(who.0)?;
    Ok(Json(AvailabilityBody::from(&hours)))
}

/// Say when one can be booked, the whole of it. Hosts only. Meetings stay where they are.
#[utoipa::path(tag = "booking", security(("bearer" = [])), request_body = AvailabilityBody, responses(
    (status = 200, body = AvailabilityBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[put("/availability")]
async fn set_hours(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<AvailabilityBody>,
) -> Result<Json<AvailabilityBody>, ApiError> {
    let hours = body.into_inner().hours(who.0.user, rest.services.now())?;
    let hours = rest.services.set_availability(who.0, hours).await?;
    Ok(Json(AvailabilityBody::from(&hours)))
}

/// From now on, and as far as free times are looked for, unless something else is said.
fn within(span: &Span, now: Timestamp) -> (Timestamp, Timestamp) {
    let from = span.from.map_or(now, Timestamp);
    (from, span.to.map_or(from + SLOTS_SPAN_MAX, Timestamp))
}

/// What others hold of one's time and have not booked yet.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(Span), responses(
    (status = 200, body = [HeldTimeBody]),
))]
#[get("/availability/holds")]
async fn held_times(
    rest: Data<Rest>,
    who: ByMember,
    span: Query<Span>,
) -> Result<Json<Vec<HeldTimeBody>>, ApiError> {
    let (from, to) = within(&span, rest.services.now());
    let all = rest.services.held_times(who.0, from, to)?;
    Ok(Json(all.iter().map(HeldTimeBody::from).collect()))
}

/// One's own time off.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(Span), responses(
    (status = 200, body = [TimeOffBody]),
))]
#[get("/availability/time-off")]
async fn time_off(
    rest: Data<Rest>,
    who: ByMember,
    span: Query<Span>,
) -> Result<Json<Vec<TimeOffBody>>, ApiError> {
    let (from, to) = within(&span, rest.services.now());
    let all = rest.services.time_off(who.0, from, to)?;
    Ok(Json(all.iter().map(TimeOffBody::from).collect()))
}

/// Take time off: nobody can book then. Hosts only.
#[utoipa::path(tag = "booking", security(("bearer" = [])), request_body = TimeOffForm, responses(
    (status = 201, body = TimeOffBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/availability/time-off")]
async fn take_time_off(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<TimeOffForm>,
) -> Result<HttpResponse, ApiError> {
    let (from, to) = (Timestamp(body.from), Timestamp(body.to));
    let off = rest.services.take_time_off(who.0, from, to).await?;
    Ok(HttpResponse::Created().json(TimeOffBody::from(&off)))
}

/// Give time off back.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(("id" = String, Path), TimeOffAt),
    responses((status = 204), (status = 404, body = ErrorBody)))]
#[delete("/availability/time-off/{id}")]
async fn end_time_off(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    at: Query<TimeOffAt>,
) -> Result<HttpResponse, ApiError> {
    let none = || ApiError::new(404, "not_found", "There is no such time off.");
    let id: Uuid = id.parse().map_err(|_| none())?;
    let ended = rest.services.end_time_off(who.0, id, Timestamp(at.from));
    ended.await.map_err(missing(none))?;
    Ok(HttpResponse::NoContent().finish())
}

/// What can be booked with a host. For everybody.
#[utoipa::path(tag = "booking", params(("id" = String, Path)), responses(
    (status = 200, body = HostServices), (status = 404, body = ErrorBody),
))]
#[get("/hosts/{id}/services")]
async fn services_of(
    rest: Data<Rest>,
    _: Visitor,
    id: Path<String>,
) -> Result<Json<HostServices>, ApiError> {
    let host = host_id(&id)?;
    let found = rest.services.services_of(host);
    let (host_name, all) = found.map_err(missing(no_host))?;
    Ok(Json(HostServices {
        host_id: host.to_string(),
        host_name,
        services: all.iter().map(ServiceBody::from).collect(),
    }))
}

/// The free times of a service. For everybody; who asks with a login hears `slots-changed` for ten
/// minutes.
#[utoipa::path(tag = "booking", params(("id" = String, Path), SlotsWanted), responses(
    (status = 200, body = SlotsBody), (status = 404, body = ErrorBody),
))]
#[get("/hosts/{id}/slots")]
async fn slots(
    rest: Data<Rest>,
    who: Visitor,
    id: Path<String>,
    wanted: Query<SlotsWanted>,
) -> Result<Json<SlotsBody>, ApiError> {
    let (host, service) = (host_id(&id)?, service_id(&wanted.service)?);
    let from = wanted.from.map_or(rest.services.now(), Timestamp);
    let to = wanted.to.map_or(from + SHOWN, Timestamp);
    let mut found = rest
        .services
        .slots_for(who.user(), host, service, from, to)
        .map_err(missing(no_service))?;
    let limit = wanted.limit.unwrap_or(usize::MAX);
    found.starts.truncate(limit);
    found.seats_left.truncate(limit);
    let until = who.0.map(|who| rest.services.watch_slots(who.user, host));
    Ok(Json(SlotsBody::new(&found, until)))
}

/// Keep a free time for a while, to log in and pay. For everybody.
#[utoipa::path(tag = "booking", params(("id" = String, Path)), request_body = HoldForm, responses(
    (status = 201, body = HoldBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 429, body = ErrorBody),
))]
#[post("/hosts/{id}/holds")]
async fn hold(
    rest: Data<Rest>,
    who: Visitor,
    request: HttpRequest,
    id: Path<String>,
    body: Json<HoldForm>,
) -> Result<HttpResponse, ApiError> {
    let by = match who.0 {
        Some(who) => Some(Holder::User(who.user)),
        None => address(&rest, &request).map(Holder::Address),
    };
    let (host, service) = (host_id(&id)?, service_id(&body.service_id)?);
    let starts_at = Timestamp(body.starts_at);
    let held = rest.services.hold(host, service, starts_at, by).await;
    let held = held.map_err(missing(no_service))?;
    Ok(HttpResponse::Created().json(HoldBody::new(&held, rest.services.now())))
}

/// Give a held time back. For whoever knows its id.
#[utoipa::path(tag = "booking", params(("id" = String, Path), ("hold" = String, Path), HeldAt),
    responses((status = 204), (status = 404, body = ErrorBody)))]
#[delete("/hosts/{id}/holds/{hold}")]
async fn release(
    rest: Data<Rest>,
    _: Visitor,
    path: Path<(String, String)>,
    at: Query<HeldAt>,
) -> Result<HttpResponse, ApiError> {
    let (host, id) = path.into_inner();
    let id: Uuid = id.parse().map_err(|_| no_service())?;
    let starts_at = Timestamp(at.starts_at);
    rest.services
        .release(host_id(&host)?, id, starts_at)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
