//! Asking a gateway: short questions, bounded answers, no redirects, no proxy from the environment.
//!
//! The client blocks, so it runs on the pool for blocking work, a few questions at a time: a
//! gateway that hangs takes places in here and nothing else of the server.

use std::{sync::Arc, time::Duration};

use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use ureq::http::{Method, Request};

use super::{Probed, Trouble};
use crate::outgoing;

/// Longest wait for an answer. A person waits for most of them.
const WAIT: Duration = Duration::from_secs(15);
/// Largest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;
/// Questions at once, all gateways together.
const AT_ONCE: usize = 16;

/// The client. A cheap handle.
#[derive(Clone)]
pub(super) struct Http {
    agent: ureq::Agent,
    places: Arc<Semaphore>,
}

/// An answer, whatever its status.
pub(super) struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// Its `Date`.
    pub date: Option<String>,
}

impl Reply {
    /// Reads the answer.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        serde_json::from_slice(&self.body).map_err(|_| Trouble::NotUnderstood)
    }

    /// What it says of our keys: a gateway that knows them may not know what was asked for.
    pub fn probed(self, test: bool) -> Result<Probed, Trouble> {
        let own_no = matches!(self.status, 400 | 404)
            && self
                .json::<serde_json::Value>()
                .is_ok_and(|body| body.get("error").is_some());
        match self.status {
            _ if own_no || self.is_yes() => Ok(Probed {
                test,
                date: self.date,
            }),
            300..=404 if !matches!(self.status, 401 | 403) => Err(Trouble::NotUnderstood),
            _ => Err(self.trouble(None)),
        }
    }

    /// Whether it is a yes.
    pub fn is_yes(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What a no means when its body says nothing better.
    pub fn trouble(&self, code: Option<String>) -> Trouble {
        match self.status {
            429 | 500..=599 => Trouble::Busy,
            status => Trouble::Refused(code.unwrap_or_else(|| format!("http-{status}"))),
        }
    }
}

impl Http {
    pub fn new() -> Self {
        let config = outgoing::with_manners(WAIT).build();
        Self {
            agent: config.new_agent(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Asks. `headers` hold secrets and are never logged.
    pub async fn ask(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Reply, Trouble> {
        let mut request = Request::builder().method(method.clone()).uri(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|_| Trouble::Silent)?;
        let agent = self.agent.clone();
        let work = move || {
            let answer = match method {
                Method::GET => agent.run(request.body(()).map_err(|_| Trouble::NotUnderstood)?),
                _ => agent.run(request.body(body).map_err(|_| Trouble::NotUnderstood)?),
            };
            drop(place);
            read(answer)
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| Trouble::Silent)?
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Reply, Trouble> {
    let mut answer = answer.map_err(|error| {
        // The kind only: an address may be in the words.
        tracing::warn!(kind = kind(&error), "a gateway did not answer");
        Trouble::Silent
    })?;
    let status = answer.status().as_u16();
    let date = answer.headers().get("date");
    let date = date.and_then(|it| Some(it.to_str().ok()?.to_owned()));
    let body = answer
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .read_to_vec()
        .map_err(|_| Trouble::Silent)?;
    Ok(Reply { status, body, date })
}

fn kind(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "timeout",
        ureq::Error::Io(_) => "io",
        ureq::Error::HostNotFound => "host-not-found",
        ureq::Error::ConnectionFailed => "connect",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "tls",
        _ => "other",
    }
}
