//! Calendars: a person's secret feed, and single meetings as files.

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::{self, ETag, EntityTag, IfNoneMatch},
    post, put,
    web::{Data, Header, Json, Path},
};
use parlor_actors::services::FeedView;
use ring::digest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    account_wire::TokenBody,
    booking_wire::ManageForm,
    meetings::meeting_id,
    who::{self, Anybody, ByMember, Stranger},
};
use crate::error::{ApiError, ErrorBody};

const KIND: &str = "text/calendar; charset=utf-8";

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(feed)
        .service(set_feed)
        .service(end_feed)
        .service(of_meeting)
        .service(of_invitation)
        .service(of_managed);
}

/// A person's calendar feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedBody {
    /// Its address. Whoever has it reads the calendar.
    pub link: String,
    /// Whether it says only that the time is taken.
    pub private_titles: bool,
    /// When the address was made, epoch ms.
    pub made_at: i64,
}

impl From<FeedView> for FeedBody {
    fn from(it: FeedView) -> Self {
        Self {
            link: it.link,
            private_titles: it.private_titles,
            made_at: it.made_at.0,
        }
    }
}

/// The feed, if there is one.
#[derive(Serialize, ToSchema)]
struct FeedAnswer {
    /// Null when there is none.
    feed: Option<FeedBody>,
}

/// What a feed should be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FeedWish {
    /// Whether it says only that the time is taken.
    private_titles: bool,
    /// Whether it gets a new address; the old one is void then.
    #[serde(default)]
    renew: bool,
}

/// My calendar feed.
#[utoipa::path(tag = "calendars", security(("bearer" = [])), responses((status = 200, body = FeedAnswer)))]
#[get("/me/calendar-feed")]
async fn feed(rest: Data<Rest>, who: ByMember) -> Result<Json<FeedAnswer>, ApiError> {
    Ok(Json(FeedAnswer {
        feed: rest.services.feed(who.0)?.map(FeedBody::from),
    }))
}

/// Make my calendar feed, change it, or give it a new address.
#[utoipa::path(tag = "calendars", security(("bearer" = [])), request_body = FeedWish,
    responses((status = 200, body = FeedAnswer)))]
#[put("/me/calendar-feed")]
async fn set_feed(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<FeedWish>,
) -> Result<Json<FeedAnswer>, ApiError> {
    let wished = rest
        .services
        .set_feed(who.0, body.private_titles, body.renew);
    let made = wished.await?.into();
    Ok(Json(FeedAnswer { feed: Some(made) }))
}

/// Make my calendar feed's address void.
#[utoipa::path(tag = "calendars", security(("bearer" = [])), responses((status = 204)))]
#[delete("/me/calendar-feed")]
async fn end_feed(rest: Data<Rest>, who: ByMember) -> Result<HttpResponse, ApiError> {
    rest.services.end_feed(who.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A meeting as a file for a calendar.
#[utoipa::path(tag = "calendars", operation_id = "meeting_calendar", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, content_type = "text/calendar", body = String), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/meetings/{id}/calendar.ics")]
async fn of_meeting(
    rest: Data<Rest>,
    who: Anybody,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let text = rest.services.meeting_calendar(&who.0, meeting_id(&path)?)?;
    Ok(file(text))
}

/// The meeting behind a join link as a file for a calendar. Consumes nothing.
#[utoipa::path(tag = "calendars", operation_id = "invitation_calendar", request_body = TokenBody, responses(
    (status = 200, content_type = "text/calendar", body = String), (status = 404, body = ErrorBody),
))]
#[post("/join/calendar")]
async fn of_invitation(
    rest: Data<Rest>,
    _: Stranger,
    body: Json<TokenBody>,
) -> Result<HttpResponse, ApiError> {
    Ok(file(rest.services.invitation_calendar(&body.token)?))
}

/// The booking behind the link that manages it as a file for a calendar. Consumes nothing.
#[utoipa::path(tag = "calendars", operation_id = "managed_calendar", request_body = ManageForm, responses(
    (status = 200, content_type = "text/calendar", body = String), (status = 404, body = ErrorBody),
    (status = 410, body = ErrorBody),
))]
#[post("/manage/calendar")]
async fn of_managed(
    rest: Data<Rest>,
    _: Stranger,
    body: Json<ManageForm>,
) -> Result<HttpResponse, ApiError> {
    Ok(file(rest.services.managed_calendar(&body.token)?))
}

fn file(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(KIND)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"meeting.ics\"",
        ))
        .body(text)
}

/// The calendar at a secret address. Outside `/api`: programs of many makers ask for it, and again
/// and again.
#[get("/cal/{token}.ics")]
pub(super) async fn shared(
    rest: Data<Rest>,
    request: HttpRequest,
    known: Header<IfNoneMatch>,
    token: Path<String>,
) -> Result<HttpResponse, ApiError> {
    who::count_address(&rest, &request)?;
    let text = rest.services.feed_text(&token)?;
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let name: String = hash.as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = EntityTag::new_strong(name);
    let same = match &known.0 {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|it| it.weak_eq(&tag)),
    };
    let mut answer = match same {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    answer
        .content_type(KIND)
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    Ok(match same {
        true => answer.finish(),
        false => answer.body(text),
    })
}
