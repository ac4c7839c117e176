//! Web Push: sealing a text for a browser (`seal`), proving who sends it (`vapid`), and handing it to
//! the browser's push service, here. One request, no redirects, no proxy, bounded in time and size;
//! https only, and public addresses only.
//!
//! Must never log an address of a browser: whoever has it can knock there.

pub mod seal;
pub mod vapid;

use std::time::Duration;

use jiff::fmt::rfc2822;
use parlor_domain::{
    push::{Answer, Manner},
    time::{Millis, Timestamp},
};
use ureq::{
    Error,
    http::{Response, StatusCode, header},
};

use crate::{outgoing, public_only};

/// Carries sealed texts. A cheap handle.
#[derive(Clone)]
pub(crate) struct Carrier {
    agent: ureq::Agent,
}

impl Carrier {
    /// A carrier that waits so long for an answer. `loopback`: also to this machine and without TLS,
    /// for tests.
    pub fn new(wait: Duration, loopback: bool) -> Self {
        let config = outgoing::with_manners(wait).https_only(!loopback).build();
        Self {
            agent: public_only::agent(config, loopback),
        }
    }

    /// Hands over one message. Blocks.
    pub fn send(
        &self,
        endpoint: &str,
        proof: &str,
        manner: Manner,
        sealed: &[u8],
        now: Timestamp,
    ) -> Answer {
        let mut request = self
            .agent
            .post(endpoint)
            .header(header::AUTHORIZATION, proof)
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("TTL", (manner.keep.0 / 1_000).to_string())
            .header("Urgency", manner.urgency.word());
        if let Some(topic) = manner.topic {
            request = request.header("Topic", topic);
        }
        match request.send(sealed) {
            Ok(response) => answer(&response, now),
            Err(error) if public_only::was_private(&error) => Answer::Gone,
            Err(Error::BadUri(_) | Error::RequireHttpsOnly(_)) => Answer::Gone,
            Err(_) => Answer::Silent,
        }
    }
}

fn answer<B>(response: &Response<B>, now: Timestamp) -> Answer {
    match response.status() {
        status if status.is_success() => Answer::Taken,
        StatusCode::NOT_FOUND | StatusCode::GONE => Answer::Gone,
        StatusCode::TOO_MANY_REQUESTS => Answer::Busy(asked_wait(response, now)),
        status if status.is_server_error() => Answer::Busy(asked_wait(response, now)),
        _ => Answer::Refused,
    }
}

/// `Retry-After`: seconds, or a date.
pub(crate) fn asked_wait<B>(response: &Response<B>, now: Timestamp) -> Option<Millis> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    if let Ok(secs) = text.trim().parse::<u32>() {
        return Some(Millis::from_secs(secs.into()));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait = Timestamp(at.as_millisecond()).since(now);
    Some(wait.max(Millis(0)))
}

#[cfg(test)]
mod tests {
    use parlor_domain::notification::{About, Urgency};

    use super::*;

    fn of(status: u16, after: Option<&str>) -> Answer {
        let mut response = Response::builder().status(status);
        if let Some(after) = after {
            response = response.header("retry-after", after);
        }
        let now = Timestamp(1_445_412_420_000); // Wed, 21 Oct 2015 07:27:00 GMT
        answer(&response.body(()).unwrap(), now)
    }

    #[test]
    fn what_push_services_say() {
        let minute = Answer::Busy(Some(Millis::from_secs(60)));
        for (status, after, answer) in [
            (201, None, Answer::Taken),
            (200, None, Answer::Taken),
            (404, None, Answer::Gone),
            (410, None, Answer::Gone),
            (429, Some("60"), minute),
            (503, Some("Wed, 21 Oct 2015 07:28:00 GMT"), minute),
            (503, Some("soon"), Answer::Busy(None)),
            (500, None, Answer::Busy(None)),
            (403, None, Answer::Refused),
            (413, None, Answer::Refused),
            (302, None, Answer::Refused),
        ] {
            assert_eq!(of(status, after), answer, "{status} {after:?}");
        }
    }

    #[test]
    fn no_private_address_is_knocked_at() {
        let carrier = Carrier::new(Duration::from_secs(5), false);
        let manner = parlor_domain::push::manner(&About::Payment, Urgency::Low);
        for endpoint in [
            "https://127.0.0.1:1/x",
            "https://localhost:1/x",
            "https://[::ffff:10.1.2.3]/x",
            "https://169.254.169.254/x",
            "http://192.0.2.1/x",
        ] {
            let answer = carrier.send(endpoint, "", manner, b"", Timestamp(0));
            assert_eq!(answer, Answer::Gone, "{endpoint}");
        }
    }
}
