//! One's own profile, password and devices.

use actix_web::{
    HttpResponse, delete, get, post, put,
    web::{Data, Json, Path},
};
use parlor_actors::services::{AccountChange, ServiceError};
use parlor_domain::{access::Member, account::Account, conversation::Shows};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    account_wire::{Device, Me, MeChange, Own, PasswordBody},
    who::ByMember,
};
use crate::{
    error::{ApiError, ErrorBody, missing},
    limits::Attempt,
};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(me)
        .service(change_me)
        .service(change_password)
        .service(presence)
        .service(set_presence)
        .service(privacy)
        .service(set_privacy)
        .service(devices)
        .service(end_device)
        .service(end_other_devices);
}

/// Whether others see when the asker is there.
#[derive(Serialize, Deserialize, ToSchema)]
struct PresenceBody {
    /// They do; who hides it does not see others either.
    shown: bool,
}

/// What others see of the asker's writing and reading.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PrivacyBody {
    /// That the asker writes.
    typing: bool,
    /// How far the asker has read; who hides it does not see it of others either.
    read_receipts: bool,
}

/// `DELETE /api/me/logins`
#[derive(Serialize, ToSchema)]
struct Ended {
    /// How many devices were logged out.
    ended: usize,
}

/// One's own account.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses(
    (status = 200, body = Own), (status = 401, body = ErrorBody),
))]
#[get("/me")]
async fn me(rest: Data<Rest>, who: ByMember) -> Result<Json<Own>, ApiError> {
    Ok(Json(Own {
        account: own(&rest, &rest.services.me(who.0)?)?,
        wallet_balance: rest.services.wallet(who.0)?.available.0,
    }))
}

fn own(rest: &Rest, account: &Account) -> Result<Me, ApiError> {
    Ok(Me::of(
        account,
        rest.services.second_factor_due(account)?,
        rest.services.agreement_due(account)?,
    ))
}

/// Whether those with whom one has a conversation see when one is there.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses((status = 200, body = PresenceBody)))]
#[get("/me/presence")]
async fn presence(rest: Data<Rest>, who: ByMember) -> Result<Json<PresenceBody>, ApiError> {
    let shown = rest.services.is_seen(who.0)?;
    Ok(Json(PresenceBody { shown }))
}

/// Show or hide it, at once. Whoever hides does not see others either.
#[utoipa::path(tag = "me", security(("bearer" = [])), request_body = PresenceBody, responses(
    (status = 200, body = PresenceBody),
))]
#[put("/me/presence")]
async fn set_presence(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<PresenceBody>,
) -> Result<Json<PresenceBody>, ApiError> {
    rest.services.set_seen(who.0, body.shown).await?;
    Ok(body)
}

/// What others see of one's writing and reading.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses((status = 200, body = PrivacyBody)))]
#[get("/me/privacy")]
async fn privacy(rest: Data<Rest>, who: ByMember) -> Result<Json<PrivacyBody>, ApiError> {
    let shows = rest.services.shows(who.0)?;
    Ok(Json(PrivacyBody {
        typing: shows.typing,
        read_receipts: shows.read,
    }))
}

/// Show or hide it, on every device and at once.
#[utoipa::path(tag = "me", security(("bearer" = [])), request_body = PrivacyBody, responses(
    (status = 200, body = PrivacyBody),
))]
#[put("/me/privacy")]
async fn set_privacy(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<PrivacyBody>,
) -> Result<Json<PrivacyBody>, ApiError> {
    let shows = Shows {
        typing: body.typing,
        read: body.read_receipts,
    };
    rest.services.set_shows(who.0, shows).await?;
    Ok(body)
}

/// Change the profile.
#[utoipa::path(tag = "me", security(("bearer" = [])), request_body = MeChange, responses(
    (status = 200, body = Me), (status = 400, body = ErrorBody),
))]
#[put("/me")]
async fn change_me(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<MeChange>,
) -> Result<Json<Me>, ApiError> {
    let body = body.into_inner();
    let change = AccountChange {
        name: body.name,
        language: body.language,
        time_zone: body.time_zone,
        phone: body.phone,
        gender: body.gender,
    };
    let account = rest.services.change_me(who.0, &change).await?;
    Ok(Json(own(&rest, &account)?))
}

/// Change the password. Every other login ends.
#[utoipa::path(tag = "me", security(("bearer" = [])), request_body = PasswordBody, responses(
    (status = 204), (status = 400, body = ErrorBody),
))]
#[post("/me/password")]
async fn change_password(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<PasswordBody>,
) -> Result<HttpResponse, ApiError> {
    let change = rest
        .services
        .change_password(who.0, &body.current, &body.password);
    with_password(&rest, who.0, "current", change).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Something that asks for the password again in this field: wrong ones are counted as at login.
pub(super) async fn with_password<T>(
    rest: &Rest,
    who: Member,
    field: &str,
    work: impl Future<Output = Result<T, ServiceError>>,
) -> Result<T, ApiError> {
    let key = who.user.to_string();
    let now = rest.services.now();
    let attempt = Attempt::of(&key);
    rest.limiter.may_log_in(&attempt, now)?;
    let done = work.await;
    if matches!(&done, Err(ServiceError::BadField(bad)) if bad.field == field) {
        rest.limiter.login_failed(&attempt, now);
    }
    Ok(done?)
}

/// The devices that are logged in.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses((status = 200, body = [Device])))]
#[get("/me/logins")]
async fn devices(rest: Data<Rest>, who: ByMember) -> Result<Json<Vec<Device>>, ApiError> {
    let devices = rest.services.devices(who.0)?;
    Ok(Json(devices.into_iter().map(Device::from).collect()))
}

/// Log a device out.
#[utoipa::path(tag = "me", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 204), (status = 404, body = ErrorBody),
))]
#[delete("/me/logins/{id}")]
async fn end_device(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = id.parse().map_err(|_| no_device())?;
    let ended = rest.services.end_device(who.0, id).await;
    ended.map_err(missing(no_device))?;
    Ok(HttpResponse::NoContent().finish())
}

/// Log every other device out.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses((status = 200, body = Ended)))]
#[delete("/me/logins")]
async fn end_other_devices(rest: Data<Rest>, who: ByMember) -> Result<Json<Ended>, ApiError> {
    let ended = rest.services.end_other_devices(who.0).await?;
    Ok(Json(Ended { ended }))
}

fn no_device() -> ApiError {
    ApiError::new(404, "not_found", "There is no such device.")
}
