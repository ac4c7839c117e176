//! `parlor alert test`: lets the running server try every way to its operator.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{app, config::Config, control};

/// Prints what became of a test on each way; success only when there is one and each took it.
///
/// # Errors
/// When no server runs, or it does not answer.
pub fn test(config: &Config) -> Result<ExitCode> {
    let tried = control::test_alerts(&app::data_dir(config)?)?
        .context("no server runs on this data folder; start it, then try again")?;
    if tried.is_empty() {
        println!(
            "No way is configured: set alerts.discord_webhook_url, alerts.webhook_url or alerts.email."
        );
        return Ok(ExitCode::FAILURE);
    }
    for (way, problem) in &tried {
        match problem {
            None => println!("ok       {way}  Taken."),
            Some(why) => println!("failed   {way}  Not taken: {why}."),
        }
    }
    let all = tried.iter().all(|(_, problem)| problem.is_none());
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
