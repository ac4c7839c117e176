//! Knocking at the browser of the login that asks (Web Push). What a browser says about itself goes in
//! and never comes out again.

use actix_web::{
    HttpResponse, delete, get, put,
    web::{Data, Json},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_actors::services::PushForm;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, who::ByMember};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(state).service(allow).service(forbid);
}

/// How it stands with the device that asks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PushBody {
    /// The key that a browser subscribes with (VAPID, uncompressed point in base64url); none where the
    /// operator has switched notifications of browsers off.
    public_key: Option<String>,
    /// A browser of this login is knocked at.
    on: bool,
    /// A knock says whom it is about.
    named: bool,
}

/// What a browser's `PushSubscription.toJSON()` says, and how much a knock may say.
#[derive(Deserialize, ToSchema)]
struct PushFormBody {
    /// Its address at its push service.
    endpoint: String,
    /// Its keys.
    keys: PushKeysBody,
    /// Whether a knock says whom it is about; without it, only of which kind it is.
    #[serde(default)]
    named: bool,
}

/// In base64url.
#[derive(Deserialize, ToSchema)]
struct PushKeysBody {
    /// Its public key.
    p256dh: String,
    /// Its secret.
    auth: String,
}

/// How it stands with the device that asks.
#[utoipa::path(tag = "notifications", operation_id = "push_state", security(("bearer" = [])), responses(
    (status = 200, body = PushBody),
))]
#[get("/me/push")]
async fn state(rest: Data<Rest>, who: ByMember) -> Result<Json<PushBody>, ApiError> {
    let state = rest.services.push_state(who.0).await?;
    Ok(Json(PushBody {
        public_key: state.key,
        on: state.mine.is_some(),
        named: state.mine.is_some_and(|it| it.named),
    }))
}

/// Knock at this browser from now on, until the login ends. Again is harmless.
#[utoipa::path(tag = "notifications", operation_id = "allow_push", security(("bearer" = [])),
    request_body = PushFormBody, responses(
    (status = 204), (status = 400, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[put("/me/push")]
async fn allow(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<PushFormBody>,
) -> Result<HttpResponse, ApiError> {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let form = PushForm {
        endpoint: body.endpoint.clone(),
        key: bytes(&body.keys.p256dh).unwrap_or_default(),
        secret: bytes(&body.keys.auth).unwrap_or_default(),
        named: body.named,
    };
    rest.services.allow_push(who.0, &form).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Knock at it no more. Again is harmless.
#[utoipa::path(tag = "notifications", operation_id = "forbid_push", security(("bearer" = [])), responses(
    (status = 204),
))]
#[delete("/me/push")]
async fn forbid(rest: Data<Rest>, who: ByMember) -> Result<HttpResponse, ApiError> {
    rest.services.forbid_push(who.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
