//! Meetings (R051).

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post, put,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{ClientRef, MeetingChange, NewMeeting, ServiceError};
use parlor_domain::{
    account::BadField,
    id::MeetingId,
    meeting::Terms,
    time::{Millis, Timestamp},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    who::{Anybody, ByMember},
    wire::{
        CancelWanted, Joined, Listed, MeetingBody, MeetingChangeBody, MeetingList, NewInvitedBody,
        NewMeetingBody,
    },
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(create)
        .service(list)
        .service(one)
        .service(change)
        .service(cancel)
        .service(join)
        .service(invite_guest)
        .service(uninvite_guest);
}

pub(super) fn meeting_id(text: &str) -> Result<MeetingId, ServiceError> {
    text.parse().map_err(|_| ServiceError::NotFound)
}

/// Minutes as a span; a number that no meeting can have stays one that is refused.
fn span(minutes: i64) -> Millis {
    Millis(minutes.saturating_mul(60_000))
}

/// Make a meeting. With an `Idempotency-Key`, repeating makes nothing and answers the same.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), request_body = NewMeetingBody,
    params(("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, body = MeetingBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/meetings/create")]
async fn create(
    rest: Data<Rest>,
    who: ByMember,
    request: HttpRequest,
    body: Json<NewMeetingBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let new = NewMeeting {
        client: client(&body)?,
        terms: Terms {
            subject: body.subject,
            description: body.description,
            starts_at: Timestamp(body.scheduled_at),
            duration: span(body.duration_minutes),
        },
        client_name: body.client_name,
        lobby: body.lobby.unwrap_or(true),
    };
    let key = request.headers().get("idempotency-key");
    let key = key.map(|key| key.to_str().unwrap_or(""));
    let (meeting, made) = rest.services.create_meeting(who.0, &new, key).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Idempotent-Replay", if made { "false" } else { "true" }))
        .json(MeetingBody::from(&meeting)))
}

fn client(body: &NewMeetingBody) -> Result<ClientRef, ServiceError> {
    let missing = BadField {
        field: "clientEmail",
        why: "Please say whom to invite.",
    };
    match (&body.client_id, &body.client_email) {
        (Some(id), _) => id.parse().map(ClientRef::Account).map_err(|_| {
            ServiceError::BadField(BadField {
                field: "clientId",
                why: "There is no such account.",
            })
        }),
        (None, Some(email)) => Ok(ClientRef::Email(email.clone())),
        (None, None) => Err(ServiceError::BadField(missing)),
    }
}

/// One's own meetings, as host and as client, earliest first.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(Listed), responses(
    (status = 200, body = MeetingList), (status = 401, body = ErrorBody),
))]
#[get("/meetings")]
async fn list(
    rest: Data<Rest>,
    who: ByMember,
    wanted: Query<Listed>,
) -> Result<Json<MeetingList>, ApiError> {
    let now = rest.services.now();
    let from = wanted.from.map_or(now - Millis::from_days(30), Timestamp);
    let to = wanted.to.map_or(now + Millis::from_days(366), Timestamp);
    let mut meetings = rest.services.meetings(who.0, from, to)?;
    if let Some(status) = &wanted.status {
        meetings.retain(|it| it.meeting.status.word() == status);
    }
    Ok(Json(MeetingList {
        meetings: meetings.iter().map(MeetingBody::from).collect(),
    }))
}

/// One meeting, for its people and for admins.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = MeetingBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/meetings/{id}")]
async fn one(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
) -> Result<Json<MeetingBody>, ApiError> {
    let meeting = rest.services.meeting(&who.0, meeting_id(&id)?).await?;
    Ok(Json(MeetingBody::from(&meeting)))
}

/// Change a meeting. Only the host; a move makes a new link and a mail.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = MeetingChangeBody, responses(
    (status = 200, body = MeetingBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[put("/meetings/{id}")]
async fn change(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<MeetingChangeBody>,
) -> Result<Json<MeetingBody>, ApiError> {
    let body = body.into_inner();
    let change = MeetingChange {
        subject: body.subject,
        description: body.description,
        starts_at: body.scheduled_at.map(Timestamp),
        duration: body.duration_minutes.map(span),
    };
    let id = meeting_id(&id)?;
    let meeting = rest.services.change_meeting(who.0, id, &change).await?;
    Ok(Json(MeetingBody::from(&meeting)))
}

/// Call a meeting off. Either side. Of a group's session this is one client's seat, unless the host
/// says `session=true`.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path), CancelWanted), responses(
    (status = 200, body = MeetingBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[delete("/meetings/{id}")]
async fn cancel(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    wanted: Query<CancelWanted>,
) -> Result<Json<MeetingBody>, ApiError> {
    let id = meeting_id(&id)?;
    let meeting = match wanted.session {
        true => rest.services.cancel_session(who.0, &who.1, id).await?,
        false => rest.services.cancel_meeting(&who.1, id, "").await?,
    };
    Ok(Json(MeetingBody::from(&meeting)))
}

/// Note that one is there. Refused with the times of the door when it is not open.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = Joined), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[post("/meetings/{id}/join")]
async fn join(rest: Data<Rest>, who: Anybody, id: Path<String>) -> Result<Json<Joined>, ApiError> {
    let id = meeting_id(&id)?;
    let meeting = rest.services.join_meeting(&who.0, id).await?.meeting;
    Ok(Json(Joined {
        meeting_id: meeting.id.to_string(),
        room_id: meeting.room.to_string(),
    }))
}

/// Ask one more person in; they get a mail with a link of their own. Only the host, up to what the
/// room holds. Asking the same address again changes nothing.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = NewInvitedBody, responses(
    (status = 200, body = MeetingBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/meetings/{id}/guests")]
async fn invite_guest(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<NewInvitedBody>,
) -> Result<Json<MeetingBody>, ApiError> {
    let (id, body) = (meeting_id(&id)?, body.into_inner());
    let invited = rest
        .services
        .invite_guest(who.0, id, &body.email, body.name.as_deref());
    Ok(Json(MeetingBody::from(&invited.await?)))
}

/// Take a further person's link back. Whoever came in by it is let go.
#[utoipa::path(tag = "meetings", security(("bearer" = [])),
    params(("id" = String, Path), ("email" = String, Path)), responses(
    (status = 200, body = MeetingBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[delete("/meetings/{id}/guests/{email}")]
async fn uninvite_guest(
    rest: Data<Rest>,
    who: ByMember,
    path: Path<(String, String)>,
) -> Result<Json<MeetingBody>, ApiError> {
    let (id, email) = path.into_inner();
    let id = meeting_id(&id)?;
    let meeting = rest.services.uninvite_guest(who.0, id, &email).await?;
    Ok(Json(MeetingBody::from(&meeting)))
}
