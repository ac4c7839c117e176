//! The cookies, and the guard of the endpoints that they open.
//!
//! Everything else is opened by a header that no other site can send. These endpoints check that
//! the request came from our own pages, since a browser adds the cookie by itself.
//!
//! The names do not begin with `__Host-`, because that prefix demands the path `/`, and a cookie
//! that only its own endpoint ever sees is worth more; with https they begin with `__Secure-`.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::OffsetDateTime},
    http::{Uri, header},
};
use parlor_domain::time::Timestamp;

use super::Rest;
use crate::error::ApiError;

/// One of the cookies.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Refresh token of an account's login.
    Refresh,
    /// Re-entry of a guest.
    Guest,
    /// That this browser logged into an account before. Opens nothing.
    Known,
}

impl Kind {
    fn name(self, rest: &Rest) -> String {
        let name = match self {
            Self::Refresh => "parlor_refresh",
            Self::Guest => "parlor_guest",
            Self::Known => "parlor_known",
        };
        if is_secure(rest) {
            format!("__Secure-{name}")
        } else {
            name.to_owned()
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Refresh | Self::Known => "/api/auth",
            Self::Guest => "/api/join",
        }
    }
}

fn is_secure(rest: &Rest) -> bool {
    rest.config.public_url.starts_with("https://")
}

/// The cookie that a browser is to keep until `until`.
pub(super) fn set(rest: &Rest, kind: Kind, value: String, until: Timestamp) -> Cookie<'static> {
    let expires = OffsetDateTime::from_unix_timestamp(until.0 / 1_000);
    let mut cookie = build(rest, kind, value);
    if let Ok(expires) = expires {
        cookie.set_expires(expires);
    }
    cookie
}

/// The cookie that takes an earlier one away.
pub(super) fn clear(rest: &Rest, kind: Kind) -> Cookie<'static> {
    let mut cookie = build(rest, kind, String::new());
    cookie.make_removal();
    cookie
}

fn build(rest: &Rest, kind: Kind, value: String) -> Cookie<'static> {
    Cookie::build(kind.name(rest), value)
        .path(kind.path())
        .http_only(true)
        .secure(is_secure(rest))
        .same_site(SameSite::Strict)
        .finish()
}

/// The cookie's value, if the browser sent one.
pub(super) fn get(rest: &Rest, kind: Kind, request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(&kind.name(rest))?;
    Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// Refuses a request that a page of another site made. A browser says where a request comes from
/// in `Sec-Fetch-Site` or, older ones, in `Origin`; without either it is refused too.
pub(super) fn check_own_page(rest: &Rest, request: &HttpRequest) -> Result<(), ApiError> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let own = match (header("sec-fetch-site"), header("origin")) {
        (Some("same-origin"), _) => true,
        (_, Some(origin)) => is_own_origin(rest, request, origin),
        _ => false,
    };
    if own {
        Ok(())
    } else {
        Err(ApiError::cross_site())
    }
}

fn is_own_origin(rest: &Rest, request: &HttpRequest, origin: &str) -> bool {
    let listed = std::iter::once(&rest.config.public_url).chain(&rest.config.allowed_origins);
    if listed
        .map(|it| it.trim_end_matches('/'))
        .any(|it| it == origin)
    {
        return true;
    }
    // The host that the browser itself asked for; another site's page cannot choose it.
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|value| value.to_str().ok());
    let authority = origin.parse::<Uri>().ok();
    let authority = authority.as_ref().and_then(Uri::authority);
    host.is_some() && authority.map(|it| it.as_str()) == host
}
