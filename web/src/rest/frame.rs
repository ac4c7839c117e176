//! Around every answer of the API: what caches and browsers may do with it, and which other
//! origins' pages may read it (R082).
//!
//! No origin but the listed ones is ever let in, and none by wildcard; a page of our own needs no
//! permission.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};

use super::who;

/// What a page of a listed origin may send.
const METHODS: &str = "GET, POST, PUT, DELETE";
const HEADERS: &str = "authorization, content-type, idempotency-key, x-auth-token";
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
        next.call(request).await?.map_into_boxed_body()
    };
    let headers = response.headers_mut();
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Answers hold people's data; no cache on the way or on a shared machine keeps them.
    set(headers, header::CACHE_CONTROL, "no-store");
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        if is_preflight {
            set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            set(headers, header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
    }
    Ok(response)
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
