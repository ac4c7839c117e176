//! The handshake: everything that the framing crate does not check is checked here, before an
//! actor exists.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    Sockets,
    caps::{Full, Place},
    guard::{Guarded, Verdict},
    io::WsIo,
    kill::Kill,
};
use crate::wire::SUBPROTOCOL;

/// Why a handshake is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum No {
    /// Not a WebSocket request, or a damaged one.
    BadHandshake,
    /// Another version than 13.
    Version,
    /// The subprotocol is missing or unknown.
    Subprotocol,
    /// A page of another site.
    Origin,
    /// Too many from there.
    Address,
    /// Too many at all, or about to stop.
    Server,
}

impl No {
    fn response(self) -> HttpResponse {
        let (status, words) = match self {
            Self::BadHandshake => (StatusCode::BAD_REQUEST, "not a WebSocket handshake"),
            Self::Version => (StatusCode::UPGRADE_REQUIRED, "WebSocket version 13 only"),
            Self::Subprotocol => (StatusCode::BAD_REQUEST, "subprotocol rtc.v1.json required"),
            Self::Origin => (StatusCode::FORBIDDEN, "this origin may not connect"),
            Self::Address => (StatusCode::TOO_MANY_REQUESTS, "too many connections"),
            Self::Server => (StatusCode::SERVICE_UNAVAILABLE, "try again later"),
        };
        let mut response = HttpResponse::build(status);
        match self {
            Self::Version => response.insert_header((header::SEC_WEBSOCKET_VERSION, "13")),
            Self::Address => response.insert_header((header::RETRY_AFTER, "30")),
            Self::Server => response.insert_header((header::RETRY_AFTER, "5")),
            _ => &mut response,
        };
        response
            .content_type("text/plain; charset=utf-8")
            .body(words)
    }
}

/// `GET /ws`.
pub(super) async fn enter(
    req: HttpRequest,
    payload: web::Payload,
    sockets: web::Data<Sockets>,
) -> HttpResponse {
    let sockets = sockets.get_ref();
    let place = match check(&req, sockets) {
        Ok(place) => place,
        Err(no) => return no.response(),
    };
    let verdict = Verdict::default();
    let kill = req.conn_data::<Kill>().cloned();
    let io = WsIo::new(&sockets.0.realtime, place, verdict.clone(), kill);
    io.start(&req, Guarded::new(payload, verdict))
        .unwrap_or_else(|_| No::BadHandshake.response())
}

fn check(req: &HttpRequest, sockets: &Sockets) -> Result<Place, No> {
    let shared = &sockets.0;
    let headers = req.headers();
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let upgrade = text(header::UPGRADE).is_some_and(|v| v.eq_ignore_ascii_case("websocket"));
    if !upgrade {
        return Err(No::BadHandshake);
    }
    if text(header::SEC_WEBSOCKET_VERSION).map(str::trim) != Some("13") {
        return Err(No::Version);
    }
    let key = text(header::SEC_WEBSOCKET_KEY).and_then(|key| BASE64_STANDARD.decode(key).ok());
    if key.is_none_or(|key| key.len() != 16) {
        return Err(No::BadHandshake);
    }
    // A page sends its origin and cannot forge it; a program sends none, and has no ambient rights
    // either, because who speaks is in the hello.
    if let Some(origin) = headers.get(header::ORIGIN) {
        let known = |allowed: &String| origin.as_bytes() == allowed.as_bytes();
        if !shared.config.origins.iter().any(known) {
            return Err(No::Origin);
        }
    }
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let ours = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|word| word.trim() == SUBPROTOCOL);
    if !ours {
        return Err(No::Subprotocol);
    }
    if shared.realtime.draining() {
        return Err(No::Server);
    }
    let ip = (shared.client_ip)(req).ok_or(No::BadHandshake)?;
    Place::book(sockets, ip, shared.realtime.clock().now()).map_err(|full| match full {
        Full::Server => No::Server,
        Full::Address => No::Address,
    })
}
