//! HSTS (RFC 6797): browsers are told to come by https only. Said only where it cannot lock anybody
//! out: over https, with a certificate that browsers trust, or by a trusted proxy's word.

use std::sync::Arc;

use actix_web::{HttpRequest, http::header::HeaderValue};

use crate::forwarded::TrustedProxies;

/// When it is said, and for how long.
#[derive(Clone)]
pub struct Hsts {
    value: Option<HeaderValue>,
    trusted: Arc<dyn Fn() -> bool + Send + Sync>,
    proxies: TrustedProxies,
}

impl Hsts {
    /// `max_age_s` in seconds; none says nothing. `trusted` is asked with every answer, because a
    /// certificate may come while the server runs.
    pub fn new(
        max_age_s: Option<u64>,
        trusted: Arc<dyn Fn() -> bool + Send + Sync>,
        proxies: TrustedProxies,
    ) -> Self {
        let value = max_age_s.filter(|it| *it > 0);
        let value = value.and_then(|it| HeaderValue::try_from(format!("max-age={it}")).ok());
        Self {
            value,
            trusted,
            proxies,
        }
    }

    /// Over our own TLS.
    pub fn over_tls(&self) -> Option<HeaderValue> {
        self.value.clone().filter(|_| (self.trusted)())
    }

    /// Over plain HTTP: only when a trusted proxy says that it was asked over https.
    pub fn by_proxy(&self, request: &HttpRequest) -> Option<HeaderValue> {
        let value = self.value.as_ref()?;
        let peer = request.peer_addr()?.ip();
        let secure = self.proxies.secure(peer, request.headers());
        secure.then(|| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn it_is_said_where_it_locks_nobody_out() {
        let trusted = Arc::new(AtomicBool::new(false));
        let asked = trusted.clone();
        let proxies = TrustedProxies::parse(&["10.0.0.0/8".into()]).unwrap();
        let hsts = Hsts::new(
            Some(600),
            Arc::new(move || asked.load(Ordering::Relaxed)),
            proxies.clone(),
        );
        assert!(hsts.over_tls().is_none(), "a self-signed certificate");
        trusted.store(true, Ordering::Relaxed);
        assert_eq!(hsts.over_tls().unwrap(), "max-age=600");
        let from = |peer: &str, proto: &str| {
            TestRequest::default()
                .peer_addr(peer.parse().unwrap())
                .insert_header(("x-forwarded-proto", proto))
                .to_http_request()
        };
        assert!(hsts.by_proxy(&from("10.0.0.1:1", "https")).is_some());
        assert!(hsts.by_proxy(&from("10.0.0.1:1", "http")).is_none());
        assert!(hsts.by_proxy(&from("192.0.2.1:1", "https")).is_none());
        let off = Hsts::new(Some(0), Arc::new(|| true), proxies);
        assert!(off.over_tls().is_none());
    }
}
