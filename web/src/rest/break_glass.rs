//! The entry of an admin into a room that is not theirs.

use actix_web::{
    HttpRequest, post,
    web::{Data, Json, Path},
};
use parlor_actors::services::ServiceError;
use parlor_domain::id::MeetingId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest, trail,
    who::{self, ByMember},
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(enter);
}

/// `POST /api/admin/meetings/{meetingId}/entry`
#[derive(Deserialize, ToSchema)]
pub struct EntryForm {
    /// Why. Everybody in the room reads it.
    pub reason: String,
}

/// An admin may enter now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryBody {
    /// Where.
    pub room_id: String,
    /// Until then, epoch ms.
    pub until: i64,
}

/// Enter a room of others as admin: switched off by default (`meetings.break_glass`). Everybody in the
/// room is told the name and the reason before.
#[utoipa::path(tag = "admin", operation_id = "break_glass", security(("bearer" = [])),
    params(("meetingId" = String, Path)), request_body = EntryForm, responses(
    (status = 200, body = EntryBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/admin/meetings/{meetingId}/entry")]
async fn enter(
    rest: Data<Rest>,
    member: ByMember,
    request: HttpRequest,
    id: Path<String>,
    body: Json<EntryForm>,
) -> Result<Json<EntryBody>, ApiError> {
    let admin = &member.1;
    trail::note(&request, |it| it.words = body.reason.clone());
    if parlor_domain::access::Admin::try_from(admin).is_ok()
        && rest.services.break_glass_min().is_none()
    {
        return Err(ApiError::new(
            403,
            "forbidden",
            "Entering rooms of others is switched off on this server.",
        ));
    }
    let id: MeetingId = id
        .parse()
        .map_err(|_| ApiError::from(ServiceError::NotFound))?;
    let from = who::address(&rest, &request);
    let entry = rest
        .services
        .break_glass(admin, id, &body.reason, from)
        .await?;
    // It was recorded before anybody was told.
    trail::note(&request, |it| it.done = true);
    Ok(Json(EntryBody {
        room_id: entry.room.to_string(),
        until: entry.until.0,
    }))
}
