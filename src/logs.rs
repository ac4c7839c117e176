//! Logs: words on a terminal, JSON lines for the journal.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::config::Log;

/// Libraries whose notes at info level help nobody; a configured filter for them wins.
const QUIET: &str = "tokio_cron_scheduler=warn,actix_server=warn";

/// Starts logging to standard error. `RUST_LOG` wins over the configured level.
pub fn start(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(format!("{QUIET},{}", log.level)))
        .with_context(|| format!("log.level {:?} is not a level or filter", log.level))?;
    let text = match log.format.as_str() {
        "text" => true,
        "json" => false,
        _ => io::stderr().is_terminal() && std::env::var_os("JOURNAL_STREAM").is_none(),
    };
    let registry = tracing_subscriber::registry().with(filter);
    if text {
        registry
            .with(fmt::layer().with_writer(io::stderr).with_target(false))
            .init();
    } else {
        registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(io::stderr),
            )
            .init();
    }
    Ok(())
}
