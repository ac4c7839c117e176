//! Host applications, for admins.

use actix_web::{
    get, post,
    web::{Data, Json, Path},
};
use parlor_actors::services::ServiceError;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    who::ByAdmin,
    wire::{Decision, Me},
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(applications).service(decide);
}

/// Who waits to be made a host.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), responses(
    (status = 200, body = [Me]), (status = 403, body = ErrorBody),
))]
#[get("/admin/host-applications")]
async fn applications(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<Vec<Me>>, ApiError> {
    let all = rest.services.host_applications(admin.0)?;
    Ok(Json(all.iter().map(Me::from).collect()))
}

/// Answer an application, or take the right back.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), request_body = Decision,
    params(("userId" = String, Path)), responses(
    (status = 200, body = Me), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[post("/admin/host-applications/{userId}")]
async fn decide(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
    body: Json<Decision>,
) -> Result<Json<Me>, ApiError> {
    let user = user.parse().map_err(|_| no_account())?;
    match rest.services.decide_host(admin.0, user, body.approve).await {
        Err(ServiceError::NotFound) => Err(no_account()),
        other => Ok(Json(Me::from(&other?))),
    }
}

fn no_account() -> ApiError {
    ApiError::new(404, "not_found", "There is no such account.")
}
