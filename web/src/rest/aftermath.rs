//! After the call: ratings, and what stays of a call for its host and for admins.

use actix_web::{
    HttpRequest, HttpResponse, get, post, put,
    web::{Data, Json, Path},
};
use parlor_actors::services::{Aftermath, ServiceError};
use parlor_domain::{call::Quality, id::UserId, rating::Rating, room::Consent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    meetings::meeting_id,
    who::{self, Anybody, ByAdmin},
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(leave)
        .service(rate)
        .service(of_meeting)
        .service(latest);
}

/// What somebody thought of a call.
#[derive(Deserialize, ToSchema)]
pub struct RateBody {
    /// 1 to 5.
    pub stars: u8,
    /// At most 1,000 characters.
    pub text: Option<String>,
}

/// A rating.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RatingBody {
    /// Which call.
    pub call_id: String,
    /// Of which meeting.
    pub meeting_id: String,
    /// Whose.
    pub user_id: String,
    /// 1 to 5.
    pub stars: u8,
    /// Words; empty when none.
    pub text: String,
    /// When it was said or changed, epoch ms.
    pub at: i64,
}

impl From<&Rating> for RatingBody {
    fn from(it: &Rating) -> Self {
        Self {
            call_id: it.call.to_string(),
            meeting_id: it.meeting.to_string(),
            user_id: it.user.to_string(),
            stars: it.stars,
            text: it.text.clone(),
            at: it.at.0,
        }
    }
}

/// How one person's media did in a call, as their browser said.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QualityBody {
    /// Whose.
    pub user_id: String,
    /// How many reports.
    pub samples: u32,
    /// The level of half of the time, 1 (hardly usable) to 4 (good).
    pub level: Option<u8>,
    /// Share of the time through the relay, percent.
    pub relayed_percent: u32,
    /// Reports over UDP, TCP and TLS.
    pub transports: [u32; 3],
    /// Mean round trip, ms.
    pub rtt_mean_ms: Option<u64>,
    /// Longest round trip, ms.
    pub rtt_max_ms: u32,
    /// Mean loss, thousandths.
    pub loss_mean_permille: Option<u64>,
    /// Highest loss, thousandths.
    pub loss_max_permille: u16,
    /// How often a picture stood still.
    pub freezes: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
}

impl From<&(UserId, Quality)> for QualityBody {
    fn from((user, it): &(UserId, Quality)) -> Self {
        let share = u64::from(it.relayed) * 100;
        let share = share.checked_div(u64::from(it.samples)).unwrap_or(0);
        Self {
            user_id: user.to_string(),
            samples: it.samples,
            level: it.level().map(|level| level.get()),
            relayed_percent: u32::try_from(share).unwrap_or(100),
            transports: it.transports,
            rtt_mean_ms: it.rtt_mean_ms(),
            rtt_max_ms: it.rtt_max_ms,
            loss_mean_permille: it.loss_mean_permille(),
            loss_max_permille: it.loss_max_permille,
            freezes: it.freezes,
            bytes_sent: it.bytes_sent,
            bytes_received: it.bytes_received,
        }
    }
}

/// One line about a recording: who said what, when. The server has nothing of its content.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentBody {
    /// When, epoch ms.
    pub at: i64,
    /// Who.
    pub user_id: String,
    /// `asked`, `agreed`, `refused`, `withdrew`, `began` or `ended`.
    pub word: String,
    /// In which call, if one was live.
    pub call_id: Option<String>,
}

/// What stays of one call.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AftermathBody {
    /// Which call.
    pub call_id: String,
    /// How each person's media did; host and admins only.
    pub quality: Vec<QualityBody>,
    /// What people thought of it; others see their own.
    pub ratings: Vec<RatingBody>,
}

/// What stays of the calls of a meeting.
#[derive(Serialize, ToSchema)]
pub struct MeetingAftermath {
    /// Each call, earliest first.
    pub calls: Vec<AftermathBody>,
    /// What was said to recordings, earliest first.
    pub consents: Vec<ConsentBody>,
}

impl From<&Aftermath> for AftermathBody {
    fn from(it: &Aftermath) -> Self {
        Self {
            call_id: it.call.to_string(),
            quality: it.quality.iter().map(QualityBody::from).collect(),
            ratings: it.ratings.iter().map(RatingBody::from).collect(),
        }
    }
}

/// Which session leaves.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaveBody {
    /// From the `welcome` of its socket.
    pub session_id: String,
}

/// Leave a room because the page is closed. A browser sends this when the socket can no longer be
/// trusted to carry the last frame; a session that is not one's own, or not there, is ignored.
#[utoipa::path(tag = "video-calls", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = LeaveBody, responses((status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
#[post("/rooms/{id}/leave")]
async fn leave(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
    body: Json<LeaveBody>,
) -> Result<HttpResponse, ApiError> {
    let nothing = |_| ServiceError::NotFound;
    let room = id.parse().map_err(nothing)?;
    let session = body.session_id.parse().map_err(nothing)?;
    rest.services.leave_room(&who.0, session, room);
    Ok(HttpResponse::NoContent().finish())
}

/// Say how the latest call of a meeting was, or change one's mind; for a day after it. Guests too,
/// while their last token lives, although their invitation ended with the meeting.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = RateBody, responses(
    (status = 200, body = RatingBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[put("/meetings/{id}/rating")]
async fn rate(
    rest: Data<Rest>,
    request: HttpRequest,
    id: Path<String>,
    body: Json<RateBody>,
) -> Result<Json<RatingBody>, ApiError> {
    who::count_address(&rest, &request)?;
    let token = who::token(&request).ok_or_else(ApiError::no_token)?;
    let who = rest.services.who_lately(token);
    let who = who.map_err(ServiceError::from)?;
    let text = body.text.as_deref().unwrap_or("");
    let meeting = meeting_id(&id)?;
    let rating = rest.services.rate(&who, meeting, body.stars, text).await?;
    Ok(Json(RatingBody::from(&rating)))
}

/// How the calls of a meeting went, and what was said to recordings.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = MeetingAftermath), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/meetings/{id}/aftermath")]
async fn of_meeting(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
) -> Result<Json<MeetingAftermath>, ApiError> {
    let (calls, said) = rest.services.aftermath(&who.0, meeting_id(&id)?)?;
    let consents = said.iter().map(|it| ConsentBody {
        at: it.at.0,
        user_id: it.user.to_string(),
        word: match it.word {
            Consent::Asked => "asked",
            Consent::Agreed => "agreed",
            Consent::Refused => "refused",
            Consent::Withdrew => "withdrew",
            Consent::Began => "began",
            Consent::Ended => "ended",
        }
        .into(),
        call_id: it.call.map(|call| call.to_string()),
    });
    Ok(Json(MeetingAftermath {
        calls: calls.iter().map(AftermathBody::from).collect(),
        consents: consents.collect(),
    }))
}

/// The ratings of the latest calls, latest first.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), responses(
    (status = 200, body = [RatingBody]), (status = 403, body = ErrorBody),
))]
#[get("/admin/ratings")]
async fn latest(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<Vec<RatingBody>>, ApiError> {
    let all = rest.services.ratings(admin.0)?;
    Ok(Json(all.iter().map(RatingBody::from).collect()))
}
