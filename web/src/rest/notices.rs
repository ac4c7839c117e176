//! One's notifications: the list by pages, and what of it was read.

use actix_web::{
    get, post,
    web::{Data, Json, Query},
};
use parlor_actors::services::NOTICES_MAX;
use parlor_domain::notification::NtfSeq;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, who::ByMember};
use crate::{
    error::{ApiError, ErrorBody},
    wire::notices::Notice,
};

/// Notifications of a page that asks for no number.
const PAGE: usize = 20;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(notifications).service(read_notifications);
}

/// Which page.
#[derive(Deserialize, IntoParams)]
struct PageQuery {
    /// Those before this number; without it, the latest.
    before: Option<u64>,
    /// So many, at most 100.
    limit: Option<usize>,
}

/// One of the list.
#[derive(Serialize, ToSchema)]
pub struct NoticeBody {
    /// It.
    #[serde(flatten)]
    pub notice: Notice,
    /// It was read.
    pub read: bool,
}

/// `GET /api/notifications`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeList {
    /// The latest first.
    pub notifications: Vec<NoticeBody>,
    /// How many of the whole list are unread.
    pub unread: u64,
    /// There are older ones.
    pub has_more: bool,
}

/// What was read; both may be said at once.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadBody {
    /// Everything up to this number.
    up_to_seq: Option<u64>,
    /// These.
    #[serde(default)]
    seqs: Vec<u64>,
}

/// How many are left.
#[derive(Serialize, ToSchema)]
struct UnreadBody {
    /// Unread ones of the whole list.
    unread: u64,
}

/// What one was told, the latest first.
#[utoipa::path(tag = "notifications", security(("bearer" = [])), params(PageQuery), responses(
    (status = 200, body = NoticeList),
))]
#[get("/notifications")]
async fn notifications(
    rest: Data<Rest>,
    who: ByMember,
    page: Query<PageQuery>,
) -> Result<Json<NoticeList>, ApiError> {
    let limit = page.limit.unwrap_or(PAGE).clamp(1, NOTICES_MAX);
    let list = rest
        .services
        .notices(who.0, page.before.map(NtfSeq), limit)?;
    let body = |it: &parlor_domain::notification::Notification| NoticeBody {
        notice: Notice::from(it),
        read: list.marks.has(it.seq),
    };
    Ok(Json(NoticeList {
        notifications: list.all.iter().map(body).collect(),
        unread: list.unread,
        has_more: list.more,
    }))
}

/// Mark as read: one, some, or all up to a number. Again is harmless.
#[utoipa::path(tag = "notifications", security(("bearer" = [])), request_body = ReadBody, responses(
    (status = 200, body = UnreadBody), (status = 400, body = ErrorBody),
))]
#[post("/notifications/read")]
async fn read_notifications(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ReadBody>,
) -> Result<Json<UnreadBody>, ApiError> {
    if body.seqs.len() > NOTICES_MAX {
        return Err(ApiError::bad_request("This is too much at once."));
    }
    let seqs: Vec<NtfSeq> = body.seqs.iter().copied().map(NtfSeq).collect();
    let up_to = body.up_to_seq.map(NtfSeq);
    let unread = rest.services.read_notices(who.0, up_to, &seqs).await?;
    Ok(Json(UnreadBody { unread }))
}
