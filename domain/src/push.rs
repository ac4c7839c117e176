//! Knocking at a browser that shows no page of ours (Web Push): what is kept of a browser that
//! agreed to it, how long a knock is worth something, and what follows what a push service answers.
//!
//! A push service is a stranger in between: it sees where and when it knocks, and never what for.
//! Must never hold what was written in a message.

use crate::{
    account::BadField,
    id::{LoginId, UserId},
    notification::{About, Urgency},
    time::{Millis, Timestamp},
};

/// Longest address at a push service, in bytes; those in use have up to about 600.
pub const ENDPOINT_BYTES_MAX: usize = 2_000;
/// Bytes of a browser's public key: a point on P-256, uncompressed (RFC 8291, 3.1).
pub const KEY_BYTES: usize = 65;
/// Bytes of a browser's secret (RFC 8291, 3.2).
pub const SECRET_BYTES: usize = 16;

/// A browser that may be knocked at. It belongs to a login and ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub user: UserId,
    /// Of which device.
    pub login: LoginId,
    /// Where its push service takes messages for it. Whoever knows it can knock: never logged.
    pub endpoint: String,
    /// The browser's public key.
    pub key: [u8; KEY_BYTES],
    /// The browser's secret.
    pub secret: [u8; SECRET_BYTES],
    /// Whether a knock says whom it is about.
    pub named: bool,
    /// When the browser last said that it is so.
    pub since: Timestamp,
}

/// What a browser says about itself, if it can be believed. `loopback`: also a service on this
/// machine and without TLS, for tests.
pub fn checked(
    endpoint: &str,
    key: &[u8],
    secret: &[u8],
    loopback: bool,
) -> Result<([u8; KEY_BYTES], [u8; SECRET_BYTES]), BadField> {
    let bad = |field, why| BadField { field, why };
    let odd = |c: char| c.is_control() || c.is_whitespace();
    let rest = match endpoint.split_once("://") {
        Some(("https", rest)) => rest,
        Some(("http", rest)) if loopback => rest,
        _ => "",
    };
    let server = rest.split(['/', '?']).next().unwrap_or_default();
    if server.is_empty()
        || server.contains('@')
        || endpoint.len() > ENDPOINT_BYTES_MAX
        || endpoint.contains(odd)
        || endpoint.contains('#')
    {
        return Err(bad("endpoint", "This is no address of a push service."));
    }
    let key = <[u8; KEY_BYTES]>::try_from(key).ok();
    let key = key.filter(|it| it[0] == 4);
    let key = key.ok_or_else(|| bad("p256dh", "This is no public key of a browser."))?;
    let secret = secret.try_into();
    let secret = secret.map_err(|_| bad("auth", "This is no secret of a browser."))?;
    Ok((key, secret))
}

/// The origin of an address: whom a proof of who sends is made out to (RFC 8292, 2).
pub fn origin(endpoint: &str) -> String {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
    let server = rest.split(['/', '?']).next().unwrap_or_default();
    let server = server.to_ascii_lowercase();
    let server = match scheme {
        "https" => server.strip_suffix(":443").unwrap_or(&server),
        _ => server.strip_suffix(":80").unwrap_or(&server),
    };
    format!("{scheme}://{server}")
}

impl Urgency {
    /// The word in the header (RFC 8030, 5.3).
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// How one kind knocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// How long the push service keeps it for a browser that it cannot reach.
    pub keep: Millis,
    /// How soon.
    pub urgency: Urgency,
    /// What waits there under the same word is replaced by it (RFC 8030, 5.4).
    pub topic: Option<&'static str>,
}

/// How a notification knocks. What somebody may have to answer waits for days; what is over soon
/// does not.
pub fn manner(about: &About, urgency: Urgency) -> Manner {
    let (keep, topic) = match about {
        About::Reminder(_) => (Millis::from_mins(15), None),
        About::Message(_) => (Millis::from_days(1), Some("message")),
        About::BookingRequest(_)
        | About::BookingConfirmed(_)
        | About::BookingDeclined(_)
        | About::BookingCancelled(_)
        | About::BookingMoved { .. } => (Millis::from_days(2), None),
        _ => (Millis::from_days(1), None),
    };
    Manner {
        keep,
        urgency,
        topic,
    }
}

/// What came of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The push service took it.
    Taken,
    /// There is no such browser any more (404, 410), or none at a public address.
    Gone,
    /// Not now (429, 5xx), perhaps with a wait.
    Busy(Option<Millis>),
    /// No answer.
    Silent,
    /// It does not want this one.
    Refused,
}

/// What happens next with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Done,
    /// The browser is forgotten.
    Forget,
    /// It is given up.
    GiveUp,
    /// It is tried again then.
    Again(Timestamp),
}

/// How a knock that failed is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all.
    pub tries_max: u32,
    /// The wait after the first; each further one is four times as long.
    pub first_wait: Millis,
}

/// No wait is longer, whatever the service asks for.
pub const WAIT_MAX: Millis = Millis::from_mins(60);

/// What follows the answer to try number `tries` (from 1) of a knock that is worth something until
/// `until`.
pub fn after(
    answer: Answer,
    tries: u32,
    until: Timestamp,
    patience: Patience,
    now: Timestamp,
) -> Next {
    let asked = match answer {
        Answer::Taken => return Next::Done,
        Answer::Gone => return Next::Forget,
        Answer::Refused => return Next::GiveUp,
        Answer::Busy(asked) => asked,
        Answer::Silent => None,
    };
    let own = patience.first_wait.0 << (2 * tries.clamp(1, 10) - 2);
    // A service that asks for less than our own patience is believed, down to a second.
    let wait = asked.map_or(own, |it| it.0.max(1_000)).min(WAIT_MAX.0);
    let again = now + Millis(wait);
    match tries < patience.tries_max && again < until {
        true => Next::Again(again),
        false => Next::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_push_services_are_kept() {
        let key = [4; KEY_BYTES];
        let ok = |it: &str, loopback| checked(it, &key, &[1; 16], loopback).is_ok();
        assert!(ok("https://fcm.googleapis.com/fcm/send/abc:123", false));
        assert!(ok("http://127.0.0.1:5/x", true));
        let long = format!("https://a/{}", "x".repeat(ENDPOINT_BYTES_MAX));
        for bad in [
            "",
            "https://",
            "https:///x",
            "http://a/",
            "HTTPS://a b/",
            "https://a/#b",
            "https://me@a/",
            "ftp://a/",
            &long,
        ] {
            assert!(!ok(bad, false), "{bad}");
        }
        let field = |key: &[u8], secret: &[u8]| {
            let refused = checked("https://a/", key, secret, false);
            refused.unwrap_err().field
        };
        assert_eq!(field(&[4; 64], &[1; 16]), "p256dh");
        assert_eq!(field(&[2; 65], &[1; 16]), "p256dh");
        assert_eq!(field(&[4; 65], &[1; 15]), "auth");
    }

    #[test]
    fn a_proof_is_made_out_to_an_origin() {
        for (endpoint, of) in [
            ("https://Push.Example.net/a/b?c", "https://push.example.net"),
            ("https://a:443/x", "https://a"),
            ("https://a:8443?x", "https://a:8443"),
            ("http://127.0.0.1:5/x", "http://127.0.0.1:5"),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]"),
        ] {
            assert_eq!(origin(endpoint), of);
        }
    }

    #[test]
    fn what_follows_an_answer() {
        let patience = Patience {
            tries_max: 4,
            first_wait: Millis::from_secs(10),
        };
        let now = Timestamp(0);
        let day = now + Millis::from_days(1);
        let secs = |n: i64| Next::Again(Timestamp(n * 1_000));
        let asks = |n| Answer::Busy(Some(Millis::from_secs(n)));
        for (answer, tries, until, next) in [
            (Answer::Taken, 1, day, Next::Done),
            (Answer::Gone, 1, day, Next::Forget),
            (Answer::Refused, 1, day, Next::GiveUp),
            (Answer::Silent, 1, day, secs(10)),
            (Answer::Busy(None), 2, day, secs(40)),
            (Answer::Silent, 3, day, secs(160)),
            (Answer::Silent, 4, day, Next::GiveUp),
            (asks(90), 1, day, secs(90)),
            (asks(0), 1, day, secs(1)),
            (asks(86_000), 1, day, secs(3_600)),
            (asks(90), 1, Timestamp(60_000), Next::GiveUp),
        ] {
            let found = after(answer, tries, until, patience, now);
            assert_eq!(found, next, "{answer:?} {tries}");
        }
    }
}
