//! People without an account, whom an admin finds by their address.

use actix_web::{
    post,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, exports::ExportBody, who::ByAdmin};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(known_address)
        .service(make_guest_export)
        .service(erase_guest);
}

/// An address; in the body, since addresses of pages are written down in many places.
#[derive(Deserialize, ToSchema)]
struct AddressForm {
    /// The e-mail address.
    email: String,
}

/// Who is behind an address.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KnownAddressBody {
    /// The account with it; null when there is none.
    user_id: Option<String>,
    /// How many meetings of a guest with it are not over, or not settled.
    unfinished: usize,
}

/// What an erasure changed.
#[derive(Serialize, ToSchema)]
struct ErasedBody {
    /// How many rows.
    rows: usize,
}

/// Who is behind an address.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = AddressForm, responses(
    (status = 200, body = KnownAddressBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/admin/addresses")]
async fn known_address(
    rest: Data<Rest>,
    admin: ByAdmin,
    body: Json<AddressForm>,
) -> Result<Json<KnownAddressBody>, ApiError> {
    let it = rest.services.known_address(admin.0, &body.email)?;
    Ok(Json(KnownAddressBody {
        user_id: it.user.map(|it| it.to_string()),
        unfinished: it.unfinished,
    }))
}

/// Have a copy made of what is kept of a guest without an account, who gets a link to it by mail; nobody
/// else can read it, also no admin.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = AddressForm, responses(
    (status = 200, body = ExportBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/admin/addresses/export")]
async fn make_guest_export(
    rest: Data<Rest>,
    admin: ByAdmin,
    body: Json<AddressForm>,
) -> Result<Json<ExportBody>, ApiError> {
    let made = rest.services.make_guest_export(admin.0, &body.email);
    Ok(Json(made.await?.into()))
}

/// Erase what is kept of a guest without an account.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = AddressForm, responses(
    (status = 200, body = ErasedBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/admin/addresses/erasure")]
async fn erase_guest(
    rest: Data<Rest>,
    admin: ByAdmin,
    body: Json<AddressForm>,
) -> Result<Json<ErasedBody>, ApiError> {
    let rows = rest.services.erase_guest(admin.0, &body.email).await?;
    Ok(Json(ErasedBody { rows }))
}
