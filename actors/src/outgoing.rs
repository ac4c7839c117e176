//! How this server asks others: bounded in time, no redirects, no proxy from the environment, by its name.

use std::time::Duration;

use ureq::{Agent, config::ConfigBuilder, typestate::AgentScope};

/// A connection that was idle for longer is not used again. Servers close theirs, the earliest after five
/// seconds, and a question that goes out at that moment is lost.
const IDLE_MAX: Duration = Duration::from_secs(3);

/// A client with these manners, whose owner may add to them. An answer of any status is an answer.
pub fn with_manners(wait: Duration) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .timeout_global(Some(wait))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .max_idle_age(IDLE_MAX)
        .user_agent(concat!("parlor/", env!("CARGO_PKG_VERSION")))
}
