//! One's own second factor: switching it on and off, and recovery codes. Where it is asked for stands
//! in `auth`.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, me::with_password, who::ByMember};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(state)
        .service(begin)
        .service(confirm)
        .service(renew)
        .service(end);
}

/// `GET /api/me/second-factor`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SecondFactorBody {
    /// Since when it is on; absent while it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_since: Option<i64>,
    /// Recovery codes that were not used.
    recovery_codes_left: usize,
    /// Whether the operator asks it of this account.
    required: bool,
}

/// The password once more.
#[derive(Deserialize, ToSchema)]
struct CurrentBody {
    /// The present password.
    current: String,
}

/// What an authenticator app needs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EnrolmentBody {
    /// The secret, for typing (base32).
    secret: String,
    /// The same as an `otpauth:` address.
    address: String,
    /// Squares on a side of that address's QR code, the white border included.
    qr_size: u32,
    /// The black squares, as the path of an SVG.
    qr_path: String,
    /// To be sent back with the first code, within half an hour.
    setup: String,
}

/// The first code.
#[derive(Deserialize, ToSchema)]
struct ConfirmBody {
    /// What the beginning gave.
    setup: String,
    /// What the app shows.
    code: String,
}

/// Password and second factor once more.
#[derive(Deserialize, ToSchema)]
struct ProofBody {
    /// The present password.
    current: String,
    /// A code of the app, or a recovery code.
    code: String,
}

/// Shown once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RecoveryCodes {
    /// Each works once in place of a code.
    recovery_codes: Vec<String>,
}

/// Whether a second factor is on.
#[utoipa::path(tag = "me", operation_id = "second_factor", security(("bearer" = [])), responses(
    (status = 200, body = SecondFactorBody), (status = 401, body = ErrorBody),
))]
#[get("/me/second-factor")]
async fn state(rest: Data<Rest>, who: ByMember) -> Result<Json<SecondFactorBody>, ApiError> {
    let it = rest.services.second_factor(who.0)?;
    Ok(Json(SecondFactorBody {
        on_since: it.on_since.map(|at| at.0),
        recovery_codes_left: it.recovery_codes_left,
        required: it.required,
    }))
}

/// Begin to set one up. Nothing is on until its first code was shown.
#[utoipa::path(tag = "me", operation_id = "begin_second_factor", security(("bearer" = [])), request_body = CurrentBody, responses(
    (status = 200, body = EnrolmentBody), (status = 400, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 429, body = ErrorBody),
))]
#[post("/me/second-factor/begin")]
async fn begin(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<CurrentBody>,
) -> Result<Json<EnrolmentBody>, ApiError> {
    let work = rest.services.begin_second_factor(who.0, &body.current);
    let it = with_password(&rest, who.0, "current", work).await?;
    Ok(Json(EnrolmentBody {
        secret: it.secret,
        address: it.address,
        qr_size: it.qr.size,
        qr_path: it.qr.path,
        setup: it.setup,
    }))
}

/// Switch it on. Every other login ends.
#[utoipa::path(tag = "me", operation_id = "confirm_second_factor", security(("bearer" = [])), request_body = ConfirmBody, responses(
    (status = 200, body = RecoveryCodes), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/me/second-factor/confirm")]
async fn confirm(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ConfirmBody>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let codes = rest
        .services
        .confirm_second_factor(who.0, &body.setup, &body.code)
        .await?;
    Ok(Json(RecoveryCodes {
        recovery_codes: codes,
    }))
}

/// New recovery codes; the ones before are void.
#[utoipa::path(tag = "me", operation_id = "renew_recovery_codes", security(("bearer" = [])), request_body = ProofBody, responses(
    (status = 200, body = RecoveryCodes), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/me/second-factor/recovery-codes")]
async fn renew(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ProofBody>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let work = rest
        .services
        .renew_recovery_codes(who.0, &body.current, &body.code);
    Ok(Json(RecoveryCodes {
        recovery_codes: with_password(&rest, who.0, "current", work).await?,
    }))
}

/// Switch it off.
#[utoipa::path(tag = "me", operation_id = "end_second_factor", security(("bearer" = [])), request_body = ProofBody, responses(
    (status = 204), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/me/second-factor/off")]
async fn end(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ProofBody>,
) -> Result<HttpResponse, ApiError> {
    let work = rest
        .services
        .end_second_factor(who.0, &body.current, &body.code);
    with_password(&rest, who.0, "current", work).await?;
    Ok(HttpResponse::NoContent().finish())
}
