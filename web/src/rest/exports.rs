//! Copies of people's data: asked for, looked after, and taken by their person.

use std::io;

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    get,
    http::header,
    post,
    web::{Bytes, Data, Json, Path},
};
use futures_util::stream;
use parlor_actors::services::{ExportFile, ExportView, next_piece};
use parlor_domain::export::{Export, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    me::with_password,
    trail,
    who::{ByAdmin, ByMember, Stranger, nobody, person},
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(export)
        .service(ask_export)
        .service(export_file)
        .service(linked)
        .service(linked_file)
        .service(export_of)
        .service(make_export);
}

/// How a copy of somebody's data stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportBody {
    /// `none`, `waiting`, `making`, `ready`, `used` (taken as often as it may be) or `failed`.
    state: String,
    /// When it was asked for, epoch ms.
    asked_at: Option<i64>,
    /// An admin asked for it.
    for_them: bool,
    /// How much is done while it is being made, percent.
    percent: Option<u32>,
    /// Until when it can be taken, epoch ms.
    until: Option<i64>,
    /// How long the file is.
    bytes: Option<u64>,
    /// How often it can still be taken.
    left: Option<u32>,
    /// Of a failed one: there was no space for it.
    full: bool,
    /// From when on another may be asked for, epoch ms; null when that is now.
    again_at: Option<i64>,
}

fn body(it: Option<&Export>, percent: Option<u32>, again_at: Option<i64>) -> ExportBody {
    let mut body = ExportBody {
        state: "none".into(),
        asked_at: it.map(|it| it.asked_at.0),
        for_them: it.is_some_and(|it| it.by.is_some()),
        percent,
        until: None,
        bytes: None,
        left: None,
        full: false,
        again_at,
    };
    let word = match it.map(|it| &it.state) {
        None => "none",
        Some(State::Asked) if percent.is_some() => "making",
        Some(State::Asked) => "waiting",
        Some(State::Failed { full, .. }) => {
            body.full = *full;
            "failed"
        }
        Some(State::Ready {
            until, bytes, left, ..
        }) => {
            body.until = Some(until.0);
            body.bytes = Some(*bytes);
            body.left = Some(*left);
            match left {
                0 => "used",
                _ => "ready",
            }
        }
    };
    body.state = word.into();
    body
}

impl From<ExportView> for ExportBody {
    fn from(it: ExportView) -> Self {
        body(it.export.as_ref(), it.percent, it.again_at.map(|at| at.0))
    }
}

/// `POST /api/me/export`
#[derive(Deserialize, ToSchema)]
struct ExportForm {
    /// One's password.
    password: String,
}

/// How the copy of one's own data stands.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses((status = 200, body = ExportBody)))]
#[get("/me/export")]
async fn export(rest: Data<Rest>, who: ByMember) -> Result<Json<ExportBody>, ApiError> {
    Ok(Json(rest.services.export(who.0)?.into()))
}

/// Ask for a copy of one's own data. It is made in the background; a notification and a mail say when it
/// can be taken.
#[utoipa::path(tag = "me", security(("bearer" = [])), request_body = ExportForm, responses(
    (status = 200, body = ExportBody), (status = 400, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/me/export")]
async fn ask_export(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ExportForm>,
) -> Result<Json<ExportBody>, ApiError> {
    let asked = rest.services.ask_export(who.0, &body.password);
    let view = with_password(&rest, who.0, "password", asked).await?;
    Ok(Json(view.into()))
}

/// Take the copy of one's own data: a zip.
#[utoipa::path(tag = "me", security(("bearer" = [])), responses(
    (status = 200, body = Vec<u8>, content_type = "application/zip"), (status = 404, body = ErrorBody),
))]
#[get("/me/export/file")]
async fn export_file(rest: Data<Rest>, who: ByMember) -> Result<HttpResponse, ApiError> {
    Ok(zip(rest.services.take_export(who.0).await?))
}

/// Where a link of a mail leads: how the copy stands that an admin asked for.
#[utoipa::path(tag = "exports", params(("token" = String, Path)), responses(
    (status = 200, body = ExportBody), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[get("/exports/{token}")]
async fn linked(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    token: Path<String>,
) -> Result<Json<ExportBody>, ApiError> {
    // The token is a key; the log does not get it.
    trail::note(&request, |it| it.id = Some(String::new()));
    let it = rest.services.export_by_link(&token)?;
    Ok(Json(body(Some(&it), None, None)))
}

/// Take that copy: a zip.
#[utoipa::path(tag = "exports", params(("token" = String, Path)), responses(
    (status = 200, body = Vec<u8>, content_type = "application/zip"), (status = 404, body = ErrorBody),
    (status = 429, body = ErrorBody),
))]
#[get("/exports/{token}/file")]
async fn linked_file(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, ApiError> {
    trail::note(&request, |it| it.id = Some(String::new()));
    let file = rest.services.take_export_by_link(&token).await?;
    trail::note(&request, |it| {
        it.id = Some(file.user.to_string());
        it.about = Some(file.user);
    });
    Ok(zip(file))
}

/// How the copy of somebody's data stands.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(("userId" = String, Path)), responses(
    (status = 200, body = ExportBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/admin/accounts/{userId}/export")]
async fn export_of(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
) -> Result<Json<ExportBody>, ApiError> {
    let view = rest.services.export_of(admin.0, person(&user)?);
    Ok(Json(view.map_err(missing(nobody))?.into()))
}

/// Have a copy made of the data of somebody who cannot ask for it. The person gets a link to it by mail;
/// nobody else can read it, also no admin.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(("userId" = String, Path)), responses(
    (status = 200, body = ExportBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[post("/admin/accounts/{userId}/export")]
async fn make_export(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
) -> Result<Json<ExportBody>, ApiError> {
    let view = rest.services.make_export(admin.0, person(&user)?).await;
    Ok(Json(view.map_err(missing(nobody))?.into()))
}

fn zip(file: ExportFile) -> HttpResponse {
    let bytes = file.bytes;
    let pieces = stream::unfold(Some(file.content), |content| async {
        match next_piece(content?).await {
            Ok((_, piece)) if piece.is_empty() => None,
            Ok((content, piece)) => Some((Ok::<Bytes, io::Error>(piece), Some(content))),
            Err(error) => Some((Err(error), None)),
        }
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/zip"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"my-data.zip\"",
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(SizedStream::new(bytes, pieces))
}
