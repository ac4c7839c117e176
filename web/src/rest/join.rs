//! Join links: looking through the door, going in, coming back. Nothing here answers to GET, so
//! that no mail scanner can use a link up.

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Json},
};
use parlor_actors::services::GuestSession;
use parlor_domain::{audit::Who, identity::Role};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    account_wire::TokenBody,
    cookies::{self, Kind},
    trail,
    who::{self, Stranger},
    wire::{DoorBody, GuestBody, RedeemBody},
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(preview).service(redeem).service(refresh);
}

/// The answer to who just came by a link, and what the audit log is to hear of it.
fn opened(rest: &Rest, request: &HttpRequest, session: &GuestSession) -> HttpResponse {
    trail::note(request, |it| {
        it.who = Some(Who::Person(session.user, Role::Guest));
        it.id = Some(session.meeting.id.to_string());
    });
    let token = session.refresh_token.clone();
    let until = session.refresh_expires_at;
    HttpResponse::Ok()
        .cookie(cookies::set(rest, Kind::Guest, token, until))
        .json(GuestBody::from(session))
}

/// What a join link leads to. Consumes nothing.
#[utoipa::path(tag = "join", request_body = TokenBody, responses(
    (status = 200, body = DoorBody), (status = 404, body = ErrorBody), (status = 410, body = ErrorBody),
))]
#[post("/join/preview")]
async fn preview(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    body: Json<TokenBody>,
) -> Result<HttpResponse, ApiError> {
    let door = rest.services.preview(&body.token)?;
    trail::note(&request, |it| it.id = Some(door.meeting.to_string()));
    Ok(HttpResponse::Ok().json(DoorBody::from(&door)))
}

/// Go in as a guest.
#[utoipa::path(tag = "join", request_body = RedeemBody, responses(
    (status = 200, body = GuestBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[post("/join/redeem")]
async fn redeem(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    body: Json<RedeemBody>,
) -> Result<HttpResponse, ApiError> {
    // The cookie only spares a device from being counted twice, so another site's page gains
    // nothing by sending it.
    let again = cookies::get(&rest, Kind::Guest, &request);
    let device = who::device_name(&request, None);
    let session = rest
        .services
        .redeem(&body.token, &body.name, again.as_deref(), Some(&device))
        .await?;
    rest.services
        .agreed_at_the_door(&session, body.agreed_to.as_deref())
        .await;
    Ok(opened(&rest, &request, &session))
}

/// Come back: trade the cookie for a new one and a new access token. From our own pages only.
#[utoipa::path(tag = "join", operation_id = "refresh_guest", responses(
    (status = 200, body = GuestBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/join/refresh")]
async fn refresh(rest: Data<Rest>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    cookies::check_own_page(&rest, &request)?;
    let token = cookies::get(&rest, Kind::Guest, &request).ok_or_else(ApiError::no_token)?;
    match rest.services.refresh_guest(&token).await {
        Ok(session) => {
            who::count_account(&rest, &request, session.user)?;
            Ok(opened(&rest, &request, &session))
        }
        Err(error) => {
            who::count_address(&rest, &request)?;
            Err(error.into())
        }
    }
}
