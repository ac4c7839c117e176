//! The roof: the `parlor` binary. Command line, configuration, logs, and the one place (`app`) that
//! knows all floors. Nothing is decided here that a floor below could decide.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alert;
mod app;
mod audit;
mod backup;
mod books;
mod certificate;
mod cli;
mod config;
mod control;
mod doctor;
mod export;
mod health;
mod house_texts;
mod logs;
mod maintenance;
mod manual;
mod retention;
mod seals;
mod setup;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // First of all: every TLS user of this process shares this provider.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("parlor: another TLS provider was installed first; this is a bug");
        return ExitCode::FAILURE;
    }
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("parlor: {error:#}");
            ExitCode::FAILURE
        }
    }
}
