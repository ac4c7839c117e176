//! The REST interface: every handler parses, asks who is there, calls a service, renders.
//!
//! Start at [`configure`]. `wire` holds the bodies, `who` the rights, `cookies` the cookies and
//! the guard of the endpoints that they open. The OpenAPI document is collected from the handlers
//! ([`openapi`]) and committed as `web/openapi.json`.

mod account_wire;
mod addresses;
pub mod admin;
mod aftermath;
mod agreements;
mod audit;
mod auth;
mod booking_wire;
mod bookings;
mod break_glass;
mod busy_calendars;
mod calendars;
pub mod calls;
mod conversations;
mod cookies;
pub mod doctor;
mod exports;
mod files;
mod frame;
mod host_wire;
mod hosts;
mod hours_wire;
pub mod ice;
mod inbox;
mod join;
mod mailbox;
mod me;
mod meetings;
mod money;
mod notes;
mod notice_ways;
mod notices;
mod offer_wire;
mod offers;
mod openapi;
mod paid_calls;
mod payments;
mod personal;
mod pictures;
mod post;
mod push;
pub mod relay;
mod reports;
mod reviews;
mod second_factor;
#[cfg(test)]
mod tests;
mod trail;
mod video_calls;
mod waiting;
mod who;
pub mod wire;

use std::{str::FromStr, sync::Arc};

use actix_web::{
    HttpResponse, get,
    http::header,
    middleware::from_fn,
    web::{self, FormConfig, JsonConfig, PathConfig, QueryConfig},
};
use parlor_actors::{mailer::MailTexts, services::Services};

use utoipa_actix_web::scope;

pub use openapi::openapi;

use crate::{error::ApiError, forwarded::TrustedProxies, limits::Limiter};

/// Largest body of a request, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Settings of the REST interface.
#[derive(Debug, Clone, Default)]
pub struct RestConfig {
    /// Where people see the server; https makes the cookies secure.
    pub public_url: String,
    /// Further origins whose pages may use the cookie endpoints.
    pub allowed_origins: Vec<String>,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether /dev/mailbox exists. Never in production.
    pub development: bool,
}

/// What the handlers need. A cheap handle, shared by all workers.
#[derive(Clone)]
pub struct Rest {
    pub(crate) services: Services,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) ice: Arc<dyn ice::IceSource>,
    pub(crate) relay: Option<Arc<dyn relay::RelaySource>>,
    pub(crate) doctor: Option<Arc<dyn doctor::DoctorSource>>,
    pub(crate) settings: Option<Arc<admin::SettingsBody>>,
    pub(crate) setup: Option<Arc<dyn admin::SetupSource>>,
    pub(crate) texts: Arc<MailTexts>,
    pub(crate) config: Arc<RestConfig>,
}

impl Rest {
    /// The interface to these services.
    pub fn new(
        services: Services,
        limiter: Arc<Limiter>,
        ice: Arc<dyn ice::IceSource>,
        texts: Arc<MailTexts>,
        config: RestConfig,
    ) -> Self {
        Self {
            services,
            limiter,
            ice,
            relay: None,
            doctor: None,
            settings: None,
            setup: None,
            texts,
            config: Arc::new(config),
        }
    }

    /// Lets admins ask this doctor.
    pub fn with_doctor(mut self, doctor: Arc<dyn doctor::DoctorSource>) -> Self {
        self.doctor = Some(doctor);
        self
    }

    /// Shows these settings to admins.
    pub fn with_settings(mut self, settings: admin::SettingsBody) -> Self {
        self.settings = Some(Arc::new(settings));
        self
    }

    /// Lets admins answer the questions of setup.
    pub fn with_setup(mut self, setup: Arc<dyn admin::SetupSource>) -> Self {
        self.setup = Some(setup);
        self
    }

    /// Shows this relay to admins.
    pub fn with_relay(mut self, relay: Arc<dyn relay::RelaySource>) -> Self {
        self.relay = Some(relay);
        self
    }
}

/// Mounts everything under `/api`, `/openapi.json` and, in development, `/dev/mailbox`.
pub fn configure(config: &mut web::ServiceConfig, rest: &Rest) {
    config
        .app_data(web::Data::new(rest.clone()))
        .app_data(
            JsonConfig::default()
                .limit(BODY_BYTES_MAX)
                // A body is JSON or an error; which type it claims to be is not asked, so that
                // nobody's form can post here: only these endpoints' own pages know the bodies.
                .error_handler(|error, _| bad_body(&error).into()),
        )
        .app_data(
            FormConfig::default()
                .limit(BODY_BYTES_MAX)
                .error_handler(|error, _| bad_form(&error).into()),
        )
        .app_data(
            PathConfig::default()
                .error_handler(|_, _| ApiError::bad_request("The path is not understood.").into()),
        )
        .app_data(
            QueryConfig::default()
                .error_handler(|_, _| ApiError::bad_request("The query is not understood.").into()),
        )
        .configure(|config| {
            routes(&mut utoipa_actix_web::service_config::ServiceConfig::new(
                config,
            ))
        })
        .service(document)
        .service(pictures::file)
        .service(calendars::shared);
    if rest.config.development {
        config.service(mailbox::page).service(mailbox::json);
    }
}

/// The handlers that the OpenAPI document describes.
fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    let api = scope("/api")
        .wrap(from_fn(trail::trail))
        .wrap(from_fn(frame::frame))
        .configure(auth::routes)
        .configure(me::routes)
        .configure(second_factor::routes)
        .configure(hosts::routes)
        .configure(reviews::routes)
        .configure(reports::routes)
        .configure(audit::routes)
        .configure(break_glass::routes)
        .configure(pictures::routes)
        .configure(meetings::routes)
        .configure(notes::routes)
        .configure(busy_calendars::routes)
        .configure(offers::routes)
        .configure(waiting::routes)
        .configure(bookings::routes)
        .configure(video_calls::routes)
        .configure(calls::routes)
        .configure(paid_calls::routes)
        .configure(aftermath::routes)
        .configure(inbox::routes)
        .configure(conversations::routes)
        .configure(files::routes)
        .configure(notices::routes)
        .configure(notice_ways::routes)
        .configure(push::routes)
        .configure(relay::routes)
        .configure(doctor::routes)
        .configure(admin::routes)
        .configure(payments::routes)
        .configure(money::routes)
        .configure(join::routes)
        .configure(calendars::routes)
        .configure(post::routes)
        .configure(personal::routes)
        .configure(agreements::routes)
        .configure(exports::routes)
        .configure(addresses::routes)
        // Whatever else begins with /api is nothing, and not a page of the web app.
        .default_service(web::to(nothing));
    config.service(api);
}

fn bad_body(error: &actix_web::error::JsonPayloadError) -> ApiError {
    use actix_web::error::JsonPayloadError as E;
    match error {
        E::Overflow { .. } | E::OverflowKnownLength { .. } => {
            ApiError::new(413, "payload_too_large", "The request is too large.")
        }
        E::ContentType => ApiError::new(415, "bad_request", "The request is not JSON."),
        _ => ApiError::bad_request("The request is not understood."),
    }
}

/// The same for what a form sends.
fn bad_form(error: &actix_web::error::UrlencodedError) -> ApiError {
    use actix_web::error::UrlencodedError as E;
    match error {
        E::Overflow { .. } => ApiError::new(413, "payload_too_large", "The request is too large."),
        E::ContentType => ApiError::new(415, "bad_request", "The request is not a form."),
        _ => ApiError::bad_request("The request is not understood."),
    }
}

/// The id that a page of a list begins before; an empty one begins with the first page.
fn before<T: FromStr>(asked: Option<&str>) -> Result<Option<T>, ApiError> {
    let wrong = |_| ApiError::bad_request("`before` is not what a page of this list ended with.");
    let asked = asked.filter(|it| !it.is_empty());
    asked.map(|it| it.parse().map_err(wrong)).transpose()
}

async fn nothing() -> Result<HttpResponse, ApiError> {
    Err(ApiError::new(404, "not_found", "There is nothing here."))
}

#[get("/openapi.json")]
async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(openapi::document())
}
