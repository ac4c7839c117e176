//! Fetching a calendar from an address that a host gave. No proxy, no cookies, https only, bounded in
//! time and size; and no address that is not public, as `public_only` says.
//!
//! Must never log an address: whoever has it reads the calendar.

use std::time::Duration;

use parlor_domain::busy_calendar::Trouble;
use ureq::{
    Error,
    http::{StatusCode, Uri, header},
};

use crate::{outgoing, public_only};

/// Longest wait for a whole calendar.
const WAIT: Duration = Duration::from_secs(20);
/// Largest calendar, in bytes.
const BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most redirects.
const REDIRECTS_MAX: u32 = 4;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is as it was.
    Unchanged,
    /// A text, and what the server calls its state.
    Calendar {
        /// What was sent.
        text: String,
        /// Sent along the next time.
        tag: Option<String>,
    },
}

/// Reads calendars. A cheap handle.
#[derive(Clone)]
pub struct Calendars {
    agent: ureq::Agent,
}

impl Calendars {
    /// A reader. `loopback`: also from this machine and without TLS, for tests.
    pub fn new(loopback: bool) -> Self {
        let config = outgoing::with_manners(WAIT)
            .https_only(!loopback)
            .max_redirects(REDIRECTS_MAX)
            .accept("text/calendar, */*;q=0.1")
            .build();
        Self {
            agent: public_only::agent(config, loopback),
        }
    }

    /// Fetches; `known`: what the server called the state that was read before. Blocks.
    pub fn fetch(&self, address: &str, known: Option<&str>) -> Result<Fetched, Trouble> {
        let uri: Uri = address.parse().map_err(|_| Trouble::NoAddress)?;
        if uri.host().is_none() {
            return Err(Trouble::NoAddress);
        }
        let mut request = self.agent.get(uri);
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        let mut answer = request.call().map_err(|error| trouble(&error))?;
        match answer.status() {
            StatusCode::NOT_MODIFIED if known.is_some() => return Ok(Fetched::Unchanged),
            StatusCode::TOO_MANY_REQUESTS => return Err(Trouble::Broken),
            status if status.is_server_error() => return Err(Trouble::Broken),
            status if !status.is_success() => return Err(Trouble::Refused),
            _ => {}
        }
        let tag = answer.headers().get(header::ETAG);
        let tag = tag.and_then(|it| it.to_str().ok()).map(str::to_owned);
        let body = answer
            .body_mut()
            .with_config()
            .limit(BYTES_MAX)
            .read_to_vec();
        let body = body.map_err(|error| trouble(&error))?;
        // Whatever is not UTF-8 stands in words, which nobody looks at.
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok(Fetched::Calendar { text, tag })
    }
}

fn trouble(error: &Error) -> Trouble {
    match error {
        _ if public_only::was_private(error) => Trouble::NotPublic,
        Error::BadUri(_) | Error::Http(_) | Error::RequireHttpsOnly(_) => Trouble::NoAddress,
        Error::HostNotFound => Trouble::NotFound,
        Error::BodyExceedsLimit(_) => Trouble::TooLarge,
        Error::TooManyRedirects | Error::RedirectFailed => Trouble::Refused,
        Error::Tls(_) | Error::Rustls(_) => Trouble::NotTrusted,
        Error::Io(why) if why.get_ref().is_some_and(|it| it.is::<rustls::Error>()) => {
            Trouble::NotTrusted
        }
        _ => Trouble::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_private_address_in_any_clothes_is_reached() {
        let reader = Calendars::new(false);
        for address in [
            "https://127.0.0.1/a.ics",
            "https://localhost:1/a.ics",
            "https://[::1]/a.ics",
            "https://[::ffff:127.0.0.1]/a.ics",
            "https://[64:ff9b::7f00:1]/a.ics",
            "https://0.0.0.0/a.ics",
            "https://10.1.2.3/a.ics",
            "https://100.64.0.1/a.ics",
            "https://169.254.169.254/latest/meta-data",
            "https://192.168.0.1/a.ics",
            "https://[fd00::1]/a.ics",
            "https://[fe80::1]/a.ics",
        ] {
            assert_eq!(
                reader.fetch(address, None),
                Err(Trouble::NotPublic),
                "{address}"
            );
        }
        for address in [
            "http://192.0.2.1/a.ics",
            "ftp://192.0.2.1/a.ics",
            "file:///etc/passwd",
            "/a.ics",
            "",
        ] {
            assert_eq!(
                reader.fetch(address, None),
                Err(Trouble::NoAddress),
                "{address}"
            );
        }
    }
}
