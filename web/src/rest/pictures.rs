//! Pictures of hosts: one's own up and down, and the files that everybody's browser may keep for ever,
//! because a file's name is the digest of what is in it.

use std::time::Duration;

use actix_web::{
    HttpResponse, delete, get,
    http::header,
    put,
    web::{Data, Json, Path, Payload},
};
use parlor_actors::services::PictureSize;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, host_wire::MyHost, hosts::mine, who::ByMember};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(save_host_picture)
        .service(remove_host_picture);
}

/// Longest time that an upload takes.
const UPLOAD_MAX: Duration = Duration::from_secs(60);

/// Take a picture for one's profile, instead of the one before: the file itself is the body, a JPEG,
/// PNG or WebP. Kept is a square of its middle, made anew.
#[utoipa::path(tag = "hosts", security(("bearer" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = MyHost), (status = 400, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
#[put("/me/host-picture")]
async fn save_host_picture(
    rest: Data<Rest>,
    who: ByMember,
    payload: Payload,
) -> Result<Json<MyHost>, ApiError> {
    let place = rest.services.picture_place()?;
    let most = rest.services.config().pictures.bytes_max;
    let read = tokio::time::timeout(UPLOAD_MAX, payload.to_bytes_limited(most)).await;
    let upload = read
        .map_err(|_| ApiError::new(408, "timeout", "The file took too long to arrive."))?
        .map_err(|_| ApiError::new(413, "payload_too_large", "This file is too large."))?
        .map_err(|_| ApiError::bad_request("The file did not arrive whole."))?;
    let view = rest.services.save_picture(who.0, place, upload).await?;
    Ok(mine(&rest, &view))
}

/// Take the picture off one's profile: initials stand there again.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), responses((status = 200, body = MyHost)))]
#[delete("/me/host-picture")]
async fn remove_host_picture(rest: Data<Rest>, who: ByMember) -> Result<Json<MyHost>, ApiError> {
    let view = rest.services.remove_picture(who.0).await?;
    Ok(mine(&rest, &view))
}

/// A picture's file. Names cannot be guessed, and are given to members only.
#[get("/pictures/{file}")]
pub(super) async fn file(rest: Data<Rest>, file: Path<String>) -> HttpResponse {
    let read = match PictureSize::parse(&file) {
        Some((picture, size)) => rest.services.picture(picture, size).await,
        None => Ok(None),
    };
    match read {
        Ok(Some(jpeg)) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "image/jpeg"))
            .insert_header((
                header::CACHE_CONTROL,
                "private, max-age=31536000, immutable",
            ))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
            .body(jpeg),
        Ok(None) => HttpResponse::NotFound()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; charset=utf-8")
            .body("No such picture."),
        Err(error) => {
            tracing::error!(%error, "a picture could not be read");
            HttpResponse::InternalServerError().finish()
        }
    }
}
