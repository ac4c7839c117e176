//! Logs: words on a terminal, JSON lines for the journal. Panics are logged and counted here, too.

use std::{
    io::{self, IsTerminal},
    panic::{self, PanicHookInfo},
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::{Context, Result};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::config::Log;

/// Libraries whose notes at info level help nobody, and one that calls it an error of ours when a
/// stranger's request is no HTTP; a configured filter for them wins.
const QUIET: &str = "tokio_cron_scheduler=warn,actix_server=warn,actix_http::h1::dispatcher=off";

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
                    .with_span_list(false)
                    .with_writer(io::stderr),
            )
            .init();
    }
    panic::set_hook(Box::new(panicked));
    Ok(())
}

static PANICS: AtomicU64 = AtomicU64::new(0);

/// How often a part of this process panicked since logging began.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Says where, and the words only when they are the program's own: others may hold what people wrote.
fn panicked(info: &PanicHookInfo<'_>) {
    PANICS.fetch_add(1, Ordering::Relaxed);
    let words = info.payload().downcast_ref::<&'static str>();
    tracing::error!(
        place = info.location().map(ToString::to_string),
        thread = std::thread::current().name(),
        words,
        "a part of the server panicked; this is a bug"
    );
    if let Some(words) = info.payload().downcast_ref::<String>() {
        tracing::debug!(words, "the words of the panic");
    }
}
