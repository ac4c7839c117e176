//! What is kept about people, for how long, and how somebody is erased.

use actix_web::{
    delete, get, post,
    web::{Data, Json, Path},
};
use parlor_actors::services::{ErasureView, Retention, RetentionLine};
use parlor_domain::erasure::Obstacle;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    agreements::keeps_word,
    me::with_password,
    who::{ByAdmin, ByMember, nobody, person},
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(retention)
        .service(erasure)
        .service(ask_erasure)
        .service(withdraw_erasure)
        .service(erasures)
        .service(erasure_of)
        .service(erase_now);
}

/// One class of data.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RetentionLineBody {
    /// Which: `calls`, `mails`, …
    class: String,
    /// What it is, in English.
    what: String,
    /// `swept` after `keepHours`, with the `account`, for `ever`, or `until` something happens.
    keeps: String,
    /// How long it is kept after it is done, in hours; null where no sweep removes it.
    keep_hours: Option<i64>,
    /// How many rows there are, those of indexes counted too.
    rows: u64,
    /// When the oldest began, epoch ms, as far as keys say it.
    oldest: Option<i64>,
    /// How many a sweep would remove or strip now; null where none does.
    due: Option<u64>,
    /// How many the last sweep removed or stripped; null when it could not finish this class, or there
    /// was none yet.
    removed: Option<u64>,
}

impl From<RetentionLine> for RetentionLineBody {
    fn from(it: RetentionLine) -> Self {
        Self {
            class: it.class.to_owned(),
            what: it.what.to_owned(),
            keeps: keeps_word(it.keeps).to_owned(),
            keep_hours: it.keep.map(|keep| keep.0 / 3_600_000),
            rows: it.rows,
            oldest: it.oldest.map(|at| at.0),
            due: it.due,
            removed: it.removed,
        }
    }
}

/// What is kept how long.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RetentionBody {
    /// When the last sweep ran, epoch ms.
    swept_at: Option<i64>,
    /// By class.
    lines: Vec<RetentionLineBody>,
}

impl From<Retention> for RetentionBody {
    fn from(it: Retention) -> Self {
        Self {
            swept_at: it.swept_at.map(|at| at.0),
            lines: it.lines.into_iter().map(Into::into).collect(),
        }
    }
}

/// What is kept how long, how much of it there is, what the last sweep removed, and what one would
/// remove now.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = RetentionBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/retention")]
async fn retention(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<RetentionBody>, ApiError> {
    Ok(Json(rest.services.retention(admin.0).await?.into()))
}

/// What stands in the way of an erasure.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ObstacleBody {
    /// `admin`, `payout`, `dispute`, `purchase`, `call`, `booking`, `report`, `debt`, `pending`,
    /// `earnings` or `wallet`.
    kind: String,
    /// How many thousandths of a coin it is about; null where it is about none.
    coins: Option<i64>,
    /// It is none for somebody who gives up what is left.
    can_be_given_up: bool,
}

impl From<&Obstacle> for ObstacleBody {
    fn from(it: &Obstacle) -> Self {
        Self {
            kind: it.word().to_owned(),
            coins: it.coins().map(|it| it.0),
            can_be_given_up: it.can_be_given_up(),
        }
    }
}

/// How an erasure stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErasureBody {
    /// When it was asked for, epoch ms; null when it is not.
    asked_at: Option<i64>,
    /// When it is carried out, epoch ms; until then it can be taken back.
    due_at: Option<i64>,
    /// When it was done, epoch ms.
    done_at: Option<i64>,
    /// How long it can be taken back, in days.
    wait_days: i64,
    /// What stands in its way now.
    obstacles: Vec<ObstacleBody>,
}

impl From<ErasureView> for ErasureBody {
    fn from(it: ErasureView) -> Self {
        let asked = it.asked.as_ref();
        Self {
            asked_at: asked.map(|it| it.asked_at.0),
            due_at: asked.map(|it| it.due_at.0),
            done_at: asked.and_then(|it| it.done_at).map(|at| at.0),
            wait_days: it.wait.0 / (24 * 3_600_000),
            obstacles: it.obstacles.iter().map(ObstacleBody::from).collect(),
        }
    }
}

/// `POST /api/me/erasure`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErasureForm {
    /// One's password.
    password: String,
    /// Coins that are left are given up.
    #[serde(default)]
    give_up: bool,
}

/// `POST /api/admin/accounts/{userId}/erasure`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EraseForm {
    /// Coins that are left are given up.
    #[serde(default)]
    give_up: bool,
}

/// An erasure that waits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WaitingErasure {
    /// Whose account.
    user_id: String,
    /// When it was asked for, epoch ms.
    asked_at: i64,
    /// When it is carried out, epoch ms; past when something stands in its way.
    due_at: i64,
}

/// Those that wait.
#[derive(Serialize, ToSchema)]
struct WaitingErasures {
    /// Them.
    erasures: Vec<WaitingErasure>,
}

/// How one's own erasure stands, and what stands in its way.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses((status = 200, body = ErasureBody)))]
#[get("/me/erasure")]
async fn erasure(rest: Data<Rest>, who: ByMember) -> Result<Json<ErasureBody>, ApiError> {
    Ok(Json(rest.services.erasure(who.0).await?.into()))
}

/// Ask for one's account and everything in it to be erased.
#[utoipa::path(tag = "me", security(("bearer" = [])), request_body = ErasureForm, responses(
    (status = 200, body = ErasureBody), (status = 400, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/me/erasure")]
async fn ask_erasure(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ErasureForm>,
) -> Result<Json<ErasureBody>, ApiError> {
    let asked = rest
        .services
        .ask_erasure(who.0, &body.password, body.give_up);
    let view = with_password(&rest, who.0, "password", asked).await?;
    Ok(Json(view.into()))
}

/// Take it back.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses((status = 200, body = ErasureBody)))]
#[delete("/me/erasure")]
async fn withdraw_erasure(rest: Data<Rest>, who: ByMember) -> Result<Json<ErasureBody>, ApiError> {
    Ok(Json(rest.services.withdraw_erasure(who.0).await?.into()))
}

/// People who asked to be erased and wait.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = WaitingErasures), (status = 403, body = ErrorBody),
))]
#[get("/admin/erasures")]
async fn erasures(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<WaitingErasures>, ApiError> {
    let all = rest.services.erasures(admin.0)?;
    let erasures = all.iter().map(|it| WaitingErasure {
        user_id: it.user.to_string(),
        asked_at: it.asked_at.0,
        due_at: it.due_at.0,
    });
    Ok(Json(WaitingErasures {
        erasures: erasures.collect(),
    }))
}

/// How somebody's erasure stands, and what stands in its way.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(("userId" = String, Path)), responses(
    (status = 200, body = ErasureBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/admin/accounts/{userId}/erasure")]
async fn erasure_of(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
) -> Result<Json<ErasureBody>, ApiError> {
    let view = rest.services.erasure_of(admin.0, person(&user)?).await;
    Ok(Json(view.map_err(missing(nobody))?.into()))
}

/// Erase somebody now: meetings ahead are called off, logins end, and nothing is left but numbers in the
/// books.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(("userId" = String, Path)),
    request_body = EraseForm, responses(
    (status = 200, body = ErasureBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/admin/accounts/{userId}/erasure")]
async fn erase_now(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
    body: Json<EraseForm>,
) -> Result<Json<ErasureBody>, ApiError> {
    let view = rest
        .services
        .erase_now(admin.0, person(&user)?, body.give_up);
    Ok(Json(view.await.map_err(missing(nobody))?.into()))
}
