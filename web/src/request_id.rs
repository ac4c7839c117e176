//! The id of a request: in the header `X-Request-Id` of its answer, in the body of a refusal, and in
//! every line that the log has about it, so that an operator finds what went wrong from what a person
//! was shown. Answers are counted here as well, by the class of their status.
//!
//! Ids are made here. One that came along is taken only from a proxy that the operator named, and
//! only when it is short and plain: nothing that a stranger wrote gets into the log.

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
};
use tracing::Instrument;
use uuid::Uuid;

use crate::forwarded::TrustedProxies;

/// The header, of questions and answers.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a proxy.
const CHARS_MAX: usize = 64;

tokio::task_local! {
    static CURRENT: String;
}

/// Answers of this process by the first digit of their status, 1 to 5.
static ANSWERS: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];

/// How many answers this process gave: "1xx" to "5xx".
pub fn answers() -> impl Iterator<Item = (&'static str, u64)> {
    let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    let counted = ANSWERS.iter().map(|it| it.load(Ordering::Relaxed));
    classes.into_iter().zip(counted)
}

/// The id of the request that is being answered; none outside of one.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Answers a request under its id.
pub fn around<S, B>(
    request: ServiceRequest,
    next: &S,
    proxies: &TrustedProxies,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let id = given(&request, proxies).unwrap_or_else(fresh);
    let span = tracing::info_span!("request", id, method = %request.method());
    let answer = CURRENT.sync_scope(id.clone(), || span.in_scope(|| next.call(request)));
    let answer = async {
        match answer.await {
            Ok(mut answer) => {
                name(answer.headers_mut());
                count(answer.status());
                tracing::debug!(
                    status = answer.status().as_u16(),
                    route = answer.request().match_pattern(),
                    "answered"
                );
                Ok(answer)
            }
            Err(error) => {
                let mut answer = error.error_response();
                name(answer.headers_mut());
                count(answer.status());
                Err(InternalError::from_response(error, answer).into())
            }
        }
    };
    CURRENT.scope(id, answer.instrument(span))
}

/// The half of a UUID that is random: short enough to be read out.
fn fresh() -> String {
    format!("{:016x}", Uuid::now_v7().as_u64_pair().1)
}

fn count(status: StatusCode) {
    let class = usize::from(status.as_u16() / 100).checked_sub(1);
    if let Some(counter) = class.and_then(|it| ANSWERS.get(it)) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Puts the current id on an answer.
fn name(headers: &mut HeaderMap) {
    let id = current().and_then(|id| HeaderValue::try_from(id).ok());
    if let Some(id) = id {
        headers.insert(HEADER, id);
    }
}

/// What a trusted proxy calls this request.
fn given(request: &ServiceRequest, proxies: &TrustedProxies) -> Option<String> {
    if !proxies.has(request.peer_addr()?.ip()) {
        return None;
    }
    let id = request.headers().get(HEADER)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = (1..=CHARS_MAX).contains(&id.len()) && id.bytes().all(plain);
    fits.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App, HttpResponse,
        test::{TestRequest, call_service, init_service, read_body_json},
        web,
    };
    use serde_json::Value;

    use super::*;
    use crate::error::ApiError;

    /// The id of the answer, and what the body says.
    async fn ask(peer: &str, given: Option<&str>) -> (String, Value) {
        let proxies = TrustedProxies::parse(&["10.0.0.0/8".into()]).unwrap();
        let refuse = || async { Err::<HttpResponse, _>(ApiError::bad_request("no")) };
        let app = App::new()
            .route("/", web::get().to(refuse))
            .wrap_fn(move |request, next| around(request, next, &proxies));
        let app = init_service(app).await;
        let mut request = TestRequest::get().uri("/").peer_addr(peer.parse().unwrap());
        if let Some(given) = given {
            request = request.insert_header((HEADER, given));
        }
        let answer = call_service(&app, request.to_request()).await;
        let id = answer.headers().get(HEADER).unwrap().to_str().unwrap();
        (id.to_owned(), read_body_json(answer).await)
    }

    #[actix_web::test]
    async fn every_answer_has_an_id_and_a_refusal_names_it() {
        let (one, body) = ask("192.0.2.1:1", None).await;
        assert_eq!(body["requestId"], one.as_str());
        assert!(one.len() == 16 && one.bytes().all(|it| it.is_ascii_hexdigit()));
        let (other, _) = ask("192.0.2.1:1", None).await;
        assert_ne!(one, other);
        assert_eq!(current(), None, "outside of a request");
    }

    #[actix_web::test]
    async fn an_id_is_taken_from_a_trusted_proxy_only_and_only_a_plain_one() {
        let long = "x".repeat(CHARS_MAX + 1);
        for (peer, given, taken) in [
            ("10.0.0.1:1", "edge-7f.A_2", true),
            ("192.0.2.1:1", "edge-7f.A_2", false),
            ("10.0.0.1:1", "", false),
            ("10.0.0.1:1", "ada@example.org", false),
            ("10.0.0.1:1", "a \"b\"", false),
            ("10.0.0.1:1", long.as_str(), false),
        ] {
            let (id, _) = ask(peer, Some(given)).await;
            assert_eq!(id == given, taken, "{peer} {given:?}");
        }
    }
}
