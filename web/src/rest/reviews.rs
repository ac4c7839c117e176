//! Reviews of hosts: what the client of a paid call thinks of it, what everybody may read, and what an
//! admin hides.

use actix_web::{
    get, put,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::Reviews;
use parlor_domain::{
    host::Review,
    id::{CallId, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    who::{ByAdmin, ByMember, Visitor},
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(review_call)
        .service(review_of_call)
        .service(reviews_of_host)
        .service(latest_reviews)
        .service(hide_review);
}

/// What a client said about a host after a call.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewBody {
    /// After which call; names the review too.
    pub call_id: String,
    /// The client, as everybody may know them: first name and a letter.
    pub author: String,
    /// 1 to 5.
    pub stars: u8,
    /// Words; empty when none.
    pub text: String,
    /// When it was said or changed, epoch ms.
    pub at: i64,
}

impl From<&Review> for ReviewBody {
    fn from(it: &Review) -> Self {
        Self {
            call_id: it.call.to_string(),
            author: it.author.clone(),
            stars: it.stars,
            text: it.text.clone(),
            at: it.at.0,
        }
    }
}

/// A page of reviews, those of the latest calls first.
#[derive(Serialize, ToSchema)]
pub struct ReviewList {
    /// These.
    pub reviews: Vec<ReviewBody>,
    /// `before` of the next page; null when this is the last one.
    pub next: Option<String>,
}

/// A review as admins see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminReview {
    /// As everybody sees it.
    #[serde(flatten)]
    pub review: ReviewBody,
    /// Of which host.
    pub host_id: String,
    /// Whose.
    pub user_id: String,
    /// Why it is hidden; null while it is shown.
    pub hidden_reason: Option<String>,
}

impl From<&Review> for AdminReview {
    fn from(it: &Review) -> Self {
        Self {
            review: ReviewBody::from(it),
            host_id: it.host.to_string(),
            user_id: it.user.to_string(),
            hidden_reason: it.hidden.clone(),
        }
    }
}

/// A page of all reviews, those of the latest calls first.
#[derive(Serialize, ToSchema)]
pub struct AdminReviewList {
    /// These.
    pub reviews: Vec<AdminReview>,
    /// `before` of the next page; null when this is the last one.
    pub next: Option<String>,
}

/// `PUT /api/calls/{callId}/review`
#[derive(Deserialize, ToSchema)]
pub struct ReviewForm {
    /// 1 to 5.
    pub stars: u8,
    /// Words, at most 1,000 characters.
    #[serde(default)]
    pub text: String,
}

/// `PUT /api/admin/reviews/{callId}/hidden`
#[derive(Deserialize, ToSchema)]
pub struct HideForm {
    /// Hide (true) or show again.
    pub hidden: bool,
    /// Why; needed to hide.
    #[serde(default)]
    pub reason: String,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReviewsWanted {
    /// Reviews before the one of this call.
    pub before: Option<String>,
}

impl ReviewsWanted {
    fn before(&self) -> Result<Option<CallId>, ApiError> {
        super::before(self.before.as_deref())
    }
}

fn next(page: &Reviews) -> Option<String> {
    page.next.map(|call| call.to_string())
}

fn call_id(text: &str) -> Result<CallId, ApiError> {
    text.parse().map_err(|_| none())
}

fn none() -> ApiError {
    ApiError::new(404, "not_found", "There is no such review.")
}

/// Say how a completed call was, or change one's mind; the client of the call, for a day after it.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(("callId" = String, Path)),
    request_body = ReviewForm, responses(
    (status = 200, body = ReviewBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[put("/calls/{callId}/review")]
async fn review_call(
    rest: Data<Rest>,
    who: ByMember,
    call: Path<String>,
    body: Json<ReviewForm>,
) -> Result<Json<ReviewBody>, ApiError> {
    let call = call_id(&call)?;
    let review = rest
        .services
        .review_call(who.0, call, body.stars, &body.text);
    Ok(Json(ReviewBody::from(
        &review.await.map_err(missing(none))?,
    )))
}

/// What was said after a call, for the two people in it.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(("callId" = String, Path)), responses(
    (status = 200, body = ReviewBody), (status = 404, body = ErrorBody),
))]
#[get("/calls/{callId}/review")]
async fn review_of_call(
    rest: Data<Rest>,
    who: ByMember,
    call: Path<String>,
) -> Result<Json<ReviewBody>, ApiError> {
    let review = rest.services.review_of(who.0, call_id(&call)?);
    Ok(Json(ReviewBody::from(&review.map_err(missing(none))?)))
}

/// What clients said about a host. For everybody, as the host's page.
#[utoipa::path(tag = "hosts", params(("userId" = String, Path), ReviewsWanted),
    responses((status = 200, body = ReviewList), (status = 404, body = ErrorBody)))]
#[get("/hosts/{userId}/reviews")]
async fn reviews_of_host(
    rest: Data<Rest>,
    who: Visitor,
    host: Path<String>,
    wanted: Query<ReviewsWanted>,
) -> Result<Json<ReviewList>, ApiError> {
    let host: UserId = host.parse().map_err(|_| none())?;
    if who.user() != host {
        rest.services
            .host_page(who.user(), host)
            .map_err(|_| none())?;
    }
    let page = rest.services.reviews_of(host, wanted.before()?)?;
    Ok(Json(ReviewList {
        reviews: page.reviews.iter().map(ReviewBody::from).collect(),
        next: next(&page),
    }))
}

/// All reviews of all hosts.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(ReviewsWanted), responses(
    (status = 200, body = AdminReviewList), (status = 403, body = ErrorBody),
))]
#[get("/admin/reviews")]
async fn latest_reviews(
    rest: Data<Rest>,
    admin: ByAdmin,
    wanted: Query<ReviewsWanted>,
) -> Result<Json<AdminReviewList>, ApiError> {
    let page = rest.services.latest_reviews(admin.0, wanted.before()?)?;
    Ok(Json(AdminReviewList {
        reviews: page.reviews.iter().map(AdminReview::from).collect(),
        next: next(&page),
    }))
}

/// Hide a review for a reason, or show it again. A hidden one is neither shown nor counted.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(("callId" = String, Path)),
    request_body = HideForm, responses(
    (status = 200, body = AdminReview), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody),
))]
#[put("/admin/reviews/{callId}/hidden")]
async fn hide_review(
    rest: Data<Rest>,
    admin: ByAdmin,
    call: Path<String>,
    body: Json<HideForm>,
) -> Result<Json<AdminReview>, ApiError> {
    let reason = body.hidden.then_some(body.reason.as_str());
    let review = rest.services.hide_review(admin.0, call_id(&call)?, reason);
    Ok(Json(AdminReview::from(
        &review.await.map_err(missing(none))?,
    )))
}
