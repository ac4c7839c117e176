//! Video calls in the paths and words of the first clients (R061, R062, R091, R092). A session is
//! a meeting seen from its call.

use actix_web::{
    get, post,
    web::{Data, Json, Path},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    calls::CallBody,
    meetings::meeting_id,
    who::Anybody,
    wire::{
        CallConfig, CallEnded, CallStarted, Participants, RoomBody, VideoSession, rounded_minutes,
    },
};
use crate::error::{ApiError, ErrorBody};
use parlor_actors::services::{MeetingView, ServiceError, Viewer};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(configuration)
        .service(generate_room)
        .service(start)
        .service(end)
        .service(session);
}

fn in_words(
    result: Result<MeetingView, ServiceError>,
    failed: &str,
) -> Result<MeetingView, ApiError> {
    result.map_err(|error| ApiError::from(error).of_video_call(failed))
}

/// Where the relay is, and how a browser should connect (R097). For the device check; in a call the
/// credentials come over the socket and are bound to the room.
#[utoipa::path(tag = "video-calls", security(("bearer" = [])), responses(
    (status = 200, body = CallConfig), (status = 401, body = ErrorBody),
))]
#[get("/video-calls/config")]
async fn configuration(rest: Data<Rest>, who: Anybody) -> Json<CallConfig> {
    let ice = rest.ice.for_check(who.0.user, rest.services.now());
    Json(CallConfig {
        ice_servers: ice.servers,
        ice_ttl_ms: ice.ttl_ms,
        ice_transport_policy: ice.transport_policy,
        ice_candidate_pool_size: 10,
        bundle_policy: "max-bundle".into(),
        rtcp_mux_policy: "require".into(),
        sdp_semantics: "unified-plan".into(),
    })
}

/// The room of a session, for those who may enter now. The same room every time.
#[utoipa::path(tag = "video-calls", security(("bearer" = [])), params(("sessionId" = String, Path)),
    responses((status = 200, body = RoomBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
#[post("/video-calls/generate-room/{sessionId}")]
async fn generate_room(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
) -> Result<Json<RoomBody>, ApiError> {
    let room = meeting_id(&id).and_then(|id| rest.services.room_for(&who.0, id));
    let view = in_words(room, "Failed to generate room")?;
    Ok(Json(RoomBody {
        room_id: view.meeting.room.to_string(),
        session_id: view.meeting.id.to_string(),
        participants: Participants::from(&view),
    }))
}

/// Declare that one's call began. The session is in progress once both sides declared it, or their
/// media met.
#[utoipa::path(tag = "video-calls", security(("bearer" = [])), params(("sessionId" = String, Path)),
    responses((status = 200, body = CallStarted), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
#[post("/video-calls/start/{sessionId}")]
async fn start(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
) -> Result<Json<CallStarted>, ApiError> {
    let started = match meeting_id(&id) {
        Ok(id) => rest.services.start_call(&who.0, id).await,
        Err(error) => Err(error),
    };
    let view = in_words(started, "Failed to start call")?;
    Ok(Json(CallStarted {
        message: "Call started".into(),
        session: VideoSession::from(&view),
    }))
}

/// The host ends the call for everybody. From anybody else it changes nothing: leaving is not
/// ending.
#[utoipa::path(tag = "video-calls", security(("bearer" = [])), params(("sessionId" = String, Path)),
    responses((status = 200, body = CallEnded), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody)))]
#[post("/video-calls/end/{sessionId}")]
async fn end(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
) -> Result<Json<CallEnded>, ApiError> {
    let ended = match meeting_id(&id) {
        Ok(id) => rest.services.end_call(&who.0, id).await,
        Err(error) => Err(error),
    };
    let view = in_words(ended, "Failed to end call")?;
    let message = match view.viewer {
        Viewer::Host => "Call ended",
        _ => "You left the call; it goes on until the host ends it or everybody has left",
    };
    Ok(Json(CallEnded {
        message: message.into(),
        duration: rounded_minutes(view.call_time),
        session: VideoSession::from(&view),
    }))
}

/// What a call moved is the host's and the operator's to see.
fn may_see_calls(viewer: Viewer) -> bool {
    matches!(viewer, Viewer::Host | Viewer::Admin)
}

/// A session, for its people and for admins. Host and admins also get its calls and what each moved
/// through the relay, live and final.
#[utoipa::path(tag = "video-calls", security(("bearer" = [])), params(("sessionId" = String, Path)),
    responses((status = 200, body = VideoSession), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
#[get("/video-calls/session/{sessionId}")]
async fn session(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
) -> Result<Json<VideoSession>, ApiError> {
    let found = match meeting_id(&id) {
        Ok(id) => rest.services.meeting(&who.0, id).await,
        Err(error) => Err(error),
    };
    let view = in_words(found, "Failed to get session")?;
    let calls = rest.services.calls_of(&who.0, view.meeting.id).await?;
    Ok(Json(VideoSession {
        calls: may_see_calls(view.viewer).then(|| calls.iter().map(CallBody::from).collect()),
        ..VideoSession::from(&view)
    }))
}
