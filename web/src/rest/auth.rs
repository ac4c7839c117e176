//! Signing up, logging in and out, refreshing, new passwords, the first admin.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    cookie::Cookie,
    post,
    web::{Data, Json},
};
use parlor_actors::services::{ServiceError, Session, SignUp};
use parlor_domain::{audit::Who, time::Millis};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    account_wire::{
        EmailBody, LogInBody, ResetBody, Said, SessionBody, SetUpBody, SignUpBody, TokenBody,
    },
    cookies::{self, Kind},
    trail,
    who::{self, Stranger},
};
use crate::{
    error::{ApiError, ErrorBody},
    limits::Attempt,
};

type Answer = Result<HttpResponse, ApiError>;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(sign_up)
        .service(verify)
        .service(log_in)
        .service(refresh)
        .service(log_out)
        .service(reset_request)
        .service(reset)
        .service(set_up);
}

/// How long a browser is known after a login; longer than most people stay away.
const KNOWN: Millis = Millis::from_days(180);

/// What tells this browser's next login from a stranger's guess.
fn known(rest: &Rest, session: &Session) -> Cookie<'static> {
    let until = rest.services.now() + KNOWN;
    let proof = rest.services.known_device(session);
    cookies::set(rest, Kind::Known, proof, until)
}

/// A login that is about to be tried, and where.
fn attempt<'a>(rest: &Rest, request: &HttpRequest, email: &'a str) -> Attempt<'a> {
    let proof = cookies::get(rest, Kind::Known, request);
    let device = proof.and_then(|proof| rest.services.read_known_device(&proof, email));
    let from = who::address(rest, request);
    Attempt::of(email).from(from).on_device(device)
}

/// The answer to who just opened a login, and what the audit log is to hear of it.
fn opened(rest: &Rest, request: &HttpRequest, session: &Session) -> HttpResponse {
    let account = &session.account;
    let who = Who::Person(account.id, account.role());
    trail::note(request, |it| it.who = Some(who));
    renewed(rest, session)
        .cookie(known(rest, session))
        .json(SessionBody::from(session))
}

fn renewed(rest: &Rest, session: &Session) -> HttpResponseBuilder {
    let token = session.refresh_token.clone();
    let until = session.refresh_expires_at;
    let mut answer = HttpResponse::Ok();
    answer.cookie(cookies::set(rest, Kind::Refresh, token, until));
    answer
}

/// Begin a sign-up. The answer is the same for an address that has an account.
#[utoipa::path(tag = "auth", request_body = SignUpBody, responses(
    (status = 202, body = Said), (status = 400, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/auth/signup")]
async fn sign_up(rest: Data<Rest>, _: Stranger, body: Json<SignUpBody>) -> Answer {
    let body = body.into_inner();
    rest.limiter.mail(&body.email, rest.services.now())?;
    let form = SignUp {
        name: body.name,
        email: body.email,
        password: body.password,
        language: body.language,
        time_zone: body.time_zone,
        wants_to_host: body.wants_to_host,
        agreed_to: body.agreed_to,
    };
    rest.services.sign_up(&form).await?;
    Ok(said(
        202,
        "Please check your mail: it has a link that confirms your address.",
    ))
}

fn said(status: u16, message: &str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status);
    HttpResponse::build(status.unwrap_or_default()).json(Said {
        message: message.to_owned(),
    })
}

/// Prove an address by the link in the mail: makes the account and logs it in.
#[utoipa::path(tag = "auth", request_body = TokenBody, responses(
    (status = 200, body = SessionBody), (status = 404, body = ErrorBody),
))]
#[post("/auth/verify")]
async fn verify(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    body: Json<TokenBody>,
) -> Answer {
    let device = who::device_name(&request, None);
    let session = rest.services.verify(&body.token, Some(&device)).await?;
    Ok(opened(&rest, &request, &session))
}

/// Log in. Where the account has a second factor, the right password alone is answered with 401 and
/// `second_factor_needed`: the same again with a `code`.
#[utoipa::path(tag = "auth", request_body = LogInBody, responses(
    (status = 200, body = SessionBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 429, body = ErrorBody),
))]
#[post("/auth/login")]
async fn log_in(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    body: Json<LogInBody>,
) -> Answer {
    let now = rest.services.now();
    trail::note(&request, |it| it.typed = Some(body.email.clone()));
    let attempt = attempt(&rest, &request, &body.email);
    rest.limiter.may_log_in(&attempt, now)?;
    let device = who::device_name(&request, body.device_name.as_deref());
    let opening = rest
        .services
        .log_in_with(
            &body.email,
            &body.password,
            body.code.as_deref(),
            Some(&device),
        )
        .await;
    match opening {
        Ok(session) => {
            rest.limiter.login_succeeded(&attempt);
            Ok(opened(&rest, &request, &session))
        }
        Err(error) => {
            if error == ServiceError::WrongCredentials {
                rest.limiter.login_failed(&attempt, now);
            }
            Err(error.into())
        }
    }
}

/// Trade the cookie for a new one and a new access token. From our own pages only.
#[utoipa::path(tag = "auth", responses(
    (status = 200, body = SessionBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/auth/refresh")]
async fn refresh(rest: Data<Rest>, request: HttpRequest) -> Answer {
    cookies::check_own_page(&rest, &request)?;
    let Some(token) = cookies::get(&rest, Kind::Refresh, &request) else {
        // Every first visit does this; it must not eat the visitor's share.
        return Err(ApiError::no_token());
    };
    match rest.services.refresh(&token).await {
        Ok(session) => {
            who::count_account(&rest, &request, session.account.id)?;
            Ok(renewed(&rest, &session).json(SessionBody::from(&session)))
        }
        Err(error) => {
            who::count_address(&rest, &request)?;
            Err(error.into())
        }
    }
}

/// Log this device out, by its cookie (from our own pages) or its access token.
#[utoipa::path(tag = "auth", responses((status = 204), (status = 403, body = ErrorBody)))]
#[post("/auth/logout")]
async fn log_out(rest: Data<Rest>, request: HttpRequest) -> Answer {
    let identity =
        who::token(&request).and_then(|token| rest.services.who(token, rest.services.now()).ok());
    if let Some(who) = identity {
        trail::known(&request, &who);
        rest.services.end_login(who.login).await?;
    } else {
        cookies::check_own_page(&rest, &request)?;
    }
    if cookies::check_own_page(&rest, &request).is_ok()
        && let Some(token) = cookies::get(&rest, Kind::Refresh, &request)
    {
        rest.services.log_out_by_token(&token).await?;
    }
    Ok(HttpResponse::NoContent()
        .cookie(cookies::clear(&rest, Kind::Refresh))
        .finish())
}

/// Ask for a link that sets a new password. The answer is the same for an unknown address.
#[utoipa::path(tag = "auth", request_body = EmailBody, responses(
    (status = 202, body = Said), (status = 400, body = ErrorBody),
))]
#[post("/auth/reset-request")]
async fn reset_request(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    body: Json<EmailBody>,
) -> Answer {
    trail::note(&request, |it| it.typed = Some(body.email.clone()));
    rest.limiter.mail(&body.email, rest.services.now())?;
    rest.services.request_reset(&body.email).await?;
    Ok(said(
        202,
        "If this address has an account, a mail with a link is on its way.",
    ))
}

/// Set a new password by link. Every other login ends. A second factor is asked for as at login.
#[utoipa::path(tag = "auth", request_body = ResetBody, responses(
    (status = 200, body = SessionBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody),
))]
#[post("/auth/reset")]
async fn reset(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    body: Json<ResetBody>,
) -> Answer {
    let device = who::device_name(&request, None);
    let session = rest
        .services
        .reset(
            &body.token,
            &body.password,
            body.code.as_deref(),
            Some(&device),
        )
        .await?;
    Ok(opened(&rest, &request, &session))
}

/// Make an admin by the link that the terminal shows.
#[utoipa::path(tag = "auth", request_body = SetUpBody, responses(
    (status = 200, body = SessionBody), (status = 404, body = ErrorBody),
))]
#[post("/setup")]
async fn set_up(
    rest: Data<Rest>,
    _: Stranger,
    request: HttpRequest,
    body: Json<SetUpBody>,
) -> Answer {
    let device = who::device_name(&request, None);
    let body = body.into_inner();
    let form = SignUp {
        name: body.name,
        email: body.email,
        password: body.password,
        language: body.language,
        time_zone: body.time_zone,
        wants_to_host: false,
        // Whoever runs the house wrote the texts.
        agreed_to: None,
    };
    let session = rest
        .services
        .set_up(&body.token, &form, Some(&device))
        .await?;
    Ok(opened(&rest, &request, &session))
}
