//! Handing something to an address that the operator configured: one request, no redirects, no proxy
//! from the environment, bounded in time. Any address is allowed, also of the operator's own network.

use std::time::Duration;

use ureq::{
    Agent, Body, Error,
    http::{Response, StatusCode},
};

use super::Answer;
use crate::{clock::Clock, clock::SystemClock, outgoing, ports::PortFuture, push};

/// Longest wait for an answer.
const WAIT: Duration = Duration::from_secs(10);

/// The client. A cheap handle.
#[derive(Clone, Debug)]
pub struct Knock {
    agent: Agent,
}

impl Default for Knock {
    fn default() -> Self {
        let config = outgoing::with_manners(WAIT).build();
        Self {
            agent: config.new_agent(),
        }
    }
}

impl Knock {
    /// Posts JSON.
    pub(super) fn post(
        &self,
        url: String,
        headers: Vec<(&'static str, String)>,
        body: String,
    ) -> PortFuture<Answer> {
        let agent = self.agent.clone();
        blocking(move || {
            let mut request = agent.post(&url).header("content-type", "application/json");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            request.send(body)
        })
    }

    /// Gets an address, for what happens there.
    pub fn get(&self, url: String) -> PortFuture<Answer> {
        let agent = self.agent.clone();
        blocking(move || agent.get(&url).call())
    }
}

fn blocking(
    ask: impl FnOnce() -> Result<Response<Body>, Error> + Send + 'static,
) -> PortFuture<Answer> {
    Box::pin(async move {
        let asked = tokio::task::spawn_blocking(move || answer(ask())).await;
        asked.unwrap_or_else(|_| Answer::Later("the try ended unexpectedly".into(), None))
    })
}

fn answer<B>(answered: Result<Response<B>, Error>) -> Answer {
    let response = match answered {
        Ok(response) => response,
        // The kind only: an address may be in the words.
        Err(Error::BadUri(_)) => return Answer::Never("the address is none".into()),
        Err(Error::Timeout(_)) => return Answer::Later("no answer in time".into(), None),
        Err(Error::HostNotFound) => return Answer::Later("the name is not known".into(), None),
        Err(Error::Tls(_) | Error::Rustls(_)) => {
            return Answer::Later("no protected line".into(), None);
        }
        Err(_) => return Answer::Later("not reached".into(), None),
    };
    let status = response.status();
    let why = || format!("answered {}", status.as_u16());
    match status {
        status if status.is_success() => Answer::Taken,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Answer::Later(why(), push::asked_wait(&response, SystemClock.now()))
        }
        status if status.is_server_error() => {
            Answer::Later(why(), push::asked_wait(&response, SystemClock.now()))
        }
        _ => Answer::Never(why()),
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::time::Millis;

    use super::*;

    #[test]
    fn what_the_other_side_says() {
        let of = |status: u16| {
            let response = Response::builder()
                .status(status)
                .header("retry-after", "7");
            answer(Ok(response.body(()).unwrap()))
        };
        let later = |status| Answer::Later(format!("answered {status}"), Some(Millis(7_000)));
        assert_eq!(of(204), Answer::Taken);
        assert_eq!((of(429), of(502)), (later(429), later(502)));
        for status in [301, 400, 404] {
            assert_eq!(of(status), Answer::Never(format!("answered {status}")));
        }
    }
}
