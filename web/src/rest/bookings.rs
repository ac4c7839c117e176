//! Bookings: making, paying, answering, moving, calling off, saying who came; with a login, or by
//! the link of a mail. What was booked is a meeting, and is listed with the others.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Bytes, Data, Json, Path, Query},
};
use parlor_actors::services::{NewBooking, ServiceError};
use parlor_domain::{
    access::Admin,
    account::BadField,
    booking::Reader,
    meeting::{Part, Status},
    time::Timestamp,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    booking_wire::{
        AnswerForm, AttendanceForm, BookedBody, BookingForm, CancelForm, ManageCancelForm,
        ManageForm, ManageMoveForm, ManagedBody, MoveForm, QuoteBody, Reaching,
    },
    meetings::meeting_id,
    offers::{host_id, no_service, service_id},
    who::{ByMember, Stranger, Visitor},
    wire::MeetingBody,
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(book)
        .service(quote)
        .service(pay)
        .service(answer)
        .service(cancel)
        .service(move_it)
        .service(attendance)
        .service(managed)
        .service(cancel_managed)
        .service(asked)
        .service(move_managed);
}

/// Book. With a login, or with an address and a name. With an `Idempotency-Key`, repeating books
/// nothing and answers the same. 409 `slot_taken` brings what is free nearby.
#[utoipa::path(tag = "booking", request_body = BookingForm,
    params(("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, body = BookedBody), (status = 400, body = ErrorBody), (status = 402, body = ErrorBody),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/bookings")]
async fn book(
    rest: Data<Rest>,
    who: Visitor,
    request: HttpRequest,
    body: Json<BookingForm>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let reader = Reader {
        language: body.language.filter(|_| who.0.is_none()),
        time_zone: body.time_zone.filter(|_| who.0.is_none()),
    };
    let reader = reader.checked().map_err(ServiceError::from)?;
    let booker = who.booker(&rest, body.email, body.name)?;
    let series = body.series.as_ref();
    let hold = body.hold_id.as_deref().map(str::parse).transpose();
    let new = NewBooking {
        host: host_id(&body.host_id)?,
        service: service_id(&body.service_id)?,
        starts_at: Timestamp(body.starts_at),
        hold: hold.map_err(|_| bad("holdId", "There is no such hold."))?,
        note: body.note,
        reader,
        pay: body.pay,
        every_weeks: series.map_or(1, |it| it.every_weeks),
        count: series.map_or(1, |it| it.count),
        skip_taken: series.is_some_and(|it| it.skip_taken),
        agreed_to: body.agreed_to,
    };
    let key = request.headers().get("idempotency-key");
    let key = key.map(|key| key.to_str().unwrap_or(""));
    let booked = rest
        .services
        .book(&booker, &new, key)
        .await
        .map_err(missing(no_service))?;
    Ok(HttpResponse::Created()
        .insert_header((
            "Idempotent-Replay",
            if booked.again { "true" } else { "false" },
        ))
        .json(BookedBody {
            meetings: booked.meetings.iter().map(MeetingBody::from).collect(),
        }))
}

fn bad(field: &'static str, why: &'static str) -> ApiError {
    ServiceError::BadField(BadField { field, why }).into()
}

/// What calling off would do now, for whoever asks; with `following`, of the rest of the series.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(("id" = String, Path), Reaching), responses(
    (status = 200, body = QuoteBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/bookings/{id}/quote")]
async fn quote(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    reach: Query<Reaching>,
) -> Result<Json<QuoteBody>, ApiError> {
    let id = meeting_id(&id)?;
    Ok(Json(match reach.following {
        true => {
            let (by, now, meetings) = rest.services.quote_following(who.0, id)?;
            QuoteBody::new(by, now, meetings)
        }
        false => {
            let (by, now) = rest.services.quote(who.0, id)?;
            QuoteBody::new(by, now, 1)
        }
    }))
}

/// Pay a booking from the wallet. Paid is paid: again changes nothing.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = MeetingBody), (status = 402, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/bookings/{id}/pay")]
async fn pay(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<Json<MeetingBody>, ApiError> {
    let paid = rest.services.pay_booking(who.0, meeting_id(&id)?).await?;
    Ok(Json(MeetingBody::from(&paid)))
}

/// Answer a request. The host.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = AnswerForm, responses(
    (status = 200, body = MeetingBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/bookings/{id}/answer")]
async fn answer(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<AnswerForm>,
) -> Result<Json<MeetingBody>, ApiError> {
    let id = meeting_id(&id)?;
    let answered = rest
        .services
        .answer_booking(who.0, id, body.accept, &body.remark);
    Ok(Json(MeetingBody::from(&answered.await?)))
}

/// Call a booking off. Either side; what goes back is what the quote says.
#[utoipa::path(tag = "booking", operation_id = "cancel_booking", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Option<CancelForm>, responses(
    (status = 200, body = MeetingBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/bookings/{id}/cancel")]
async fn cancel(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Bytes,
) -> Result<Json<MeetingBody>, ApiError> {
    let id = meeting_id(&id)?;
    let form: CancelForm = match body.is_empty() {
        true => CancelForm::default(),
        false => serde_json::from_slice(&body)
            .map_err(|_| ApiError::bad_request("The request cannot be read."))?,
    };
    let services = &rest.services;
    let cancelled = match form.following {
        true => services.cancel_following(&who.1, id, &form.remark).await?,
        false => services.cancel_meeting(&who.1, id, &form.remark).await?,
    };
    Ok(Json(MeetingBody::from(&cancelled)))
}

/// Move a booking to a free time. Either side; a client as often and as late as was agreed. 409
/// `series_taken` brings the times of a series that cannot be had.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = MoveForm, responses(
    (status = 200, body = MeetingBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/bookings/{id}/move")]
async fn move_it(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<MoveForm>,
) -> Result<Json<MeetingBody>, ApiError> {
    let (id, to) = (meeting_id(&id)?, Timestamp(body.starts_at));
    let moved = match body.following {
        true => rest.services.move_following(who.0, id, to).await?,
        false => rest.services.move_booking(who.0, id, to).await?,
    };
    Ok(Json(MeetingBody::from(&moved)))
}

/// Say who came, against what the server saw: an admin as they see it, a host or a client only in
/// favour of the other. The price is divided anew.
#[utoipa::path(tag = "booking", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = AttendanceForm, responses(
    (status = 200, body = MeetingBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/bookings/{id}/attendance")]
async fn attendance(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<AttendanceForm>,
) -> Result<Json<MeetingBody>, ApiError> {
    let verdict = Status::all().find(|it| it.word() == body.verdict);
    let verdict = verdict.ok_or_else(|| bad("verdict", "Nobody knows this word."))?;
    let id = meeting_id(&id)?;
    let who = Admin::try_from(&who.1).map_err(|_| who.0);
    let judged = rest.services.judge_booking(who, id, verdict).await?;
    Ok(Json(MeetingBody::from(&judged)))
}

/// What the link of a mail leads to, and what calling off would do. Consumes nothing.
#[utoipa::path(tag = "booking", request_body = ManageForm, responses(
    (status = 200, body = ManagedBody), (status = 404, body = ErrorBody), (status = 410, body = ErrorBody),
))]
#[post("/manage/preview")]
async fn managed(
    rest: Data<Rest>,
    _: Stranger,
    body: Json<ManageForm>,
) -> Result<Json<ManagedBody>, ApiError> {
    let (meeting, now) = rest.services.managed_booking(&body.token)?;
    Ok(Json(ManagedBody {
        meeting: MeetingBody::from(&meeting),
        quote: QuoteBody::new(Part::Client, now, 1),
    }))
}

/// Call off by the link of a mail.
#[utoipa::path(tag = "booking", request_body = ManageCancelForm, responses(
    (status = 200, body = MeetingBody), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
))]
#[post("/manage/cancel")]
async fn cancel_managed(
    rest: Data<Rest>,
    _: Stranger,
    body: Json<ManageCancelForm>,
) -> Result<Json<MeetingBody>, ApiError> {
    let cancelled = rest.services.cancel_managed(&body.token, &body.remark);
    Ok(Json(MeetingBody::from(&cancelled.await?)))
}

/// The request that the link of a host's mail leads to, as it is now. For that host, logged in.
/// Consumes nothing.
#[utoipa::path(tag = "booking", security(("bearer" = [])), request_body = ManageForm, responses(
    (status = 200, body = MeetingBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[post("/manage/request")]
async fn asked(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ManageForm>,
) -> Result<Json<MeetingBody>, ApiError> {
    let asked = rest.services.asked_of(who.0, &body.token)?;
    Ok(Json(MeetingBody::from(&asked)))
}

/// Move by the link of a mail. The answer has the link that works from then on.
#[utoipa::path(tag = "booking", request_body = ManageMoveForm, responses(
    (status = 200, body = MeetingBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 410, body = ErrorBody),
))]
#[post("/manage/move")]
async fn move_managed(
    rest: Data<Rest>,
    _: Stranger,
    body: Json<ManageMoveForm>,
) -> Result<Json<MeetingBody>, ApiError> {
    let to = Timestamp(body.starts_at);
    let moved = rest.services.move_managed(&body.token, to).await?;
    Ok(Json(MeetingBody::from(&moved)))
}
