//! Around every answer of the API: what caches and browsers may do with it, and which other
//! origins' pages may read it (R082). Also what it says of the share that it was taken from.
//!
//! No origin but the listed ones is ever let in, and none by wildcard; a page of our own needs no
//! permission.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};

use super::who;
use crate::limits::{
    Counted,
    class::{self, Class},
};

/// What a page of a listed origin may send.
const METHODS: &str = "GET, POST, PUT, DELETE";
const HEADERS: &str = "authorization, content-type, idempotency-key, x-auth-token";
/// What of an answer it may read besides the body.
const EXPOSED: &str = "ratelimit, ratelimit-policy, retry-after";
/// How long a browser remembers the permission, in seconds.
const MAX_AGE: &str = "600";

/// Answers preflights and dresses every other answer.
pub(super) async fn frame(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let origin = listed_origin(&request);
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        request.into_response(HttpResponse::NoContent().finish())
    } else {
        counted(request, next).await?
    };
    let shares = shares(response.request());
    let headers = response.headers_mut();
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Answers hold people's data; no cache on the way or on a shared machine keeps them.
    set(headers, header::CACHE_CONTROL, "no-store");
    for (name, value) in shares {
        headers.insert(name, value);
    }
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        if is_preflight {
            set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            set(headers, header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        } else {
            set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
    Ok(response)
}

/// Lets a request of other people's programs through when its address may ask. What people ask is
/// counted where it is known who they are; what was refused before that (a body that is none, say)
/// counts for the address.
async fn counted(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if class::of(request.path()) == Some(Class::Machines)
        && let Ok(rest) = who::rest(request.request())
        && let Err(refused) = who::count_address(rest, request.request())
    {
        return Ok(request.into_response(refused.error_response()));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    let asked = response.request();
    let is_counted = asked.extensions().contains::<who::Shares>()
        || class::of(asked.path()).is_none_or(|it| it == Class::Free);
    if !is_counted
        && let Ok(rest) = who::rest(asked)
        && let Err(refused) = who::count_address(rest, asked)
    {
        return Ok(response.into_response(refused.error_response()));
    }
    Ok(response)
}

/// What the answer says of the shares that it was taken from.
fn shares(request: &HttpRequest) -> Vec<(HeaderName, HeaderValue)> {
    let extensions = request.extensions();
    let Some(who::Shares(counted)) = extensions.get::<who::Shares>() else {
        return vec![];
    };
    let list = |item: fn(&Counted) -> String| {
        let items: Vec<String> = counted.iter().map(item).collect();
        HeaderValue::from_str(&items.join(", ")).ok()
    };
    let policy = list(Counted::policy).map(|it| (HeaderName::from_static("ratelimit-policy"), it));
    let limit = list(Counted::limit).map(|it| (HeaderName::from_static("ratelimit"), it));
    policy.into_iter().chain(limit).collect()
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// The request's origin, if the operator listed it, letter for letter.
fn listed_origin(request: &ServiceRequest) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    let rest = who::rest(request.request()).ok()?;
    let text = origin.to_str().ok()?;
    let listed = &rest.config.allowed_origins;
    listed
        .iter()
        .any(|it| it.trim_end_matches('/') == text)
        .then(|| origin.clone())
}
