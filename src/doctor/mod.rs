//! `parlor doctor`: looks at a running server from outside and says, one line a thing, what is well
//! and what is not, with a sentence of remedy. Changes nothing. Exit code 0 unless something failed.

mod backup;
mod certificate;
mod facts;
mod machine;
mod relay;
mod url;

use std::{io::Write, process::ExitCode};

use anyhow::Result;
use serde::Serialize;

pub use backup::examine as backup;
pub use facts::RelayFacts;
pub use relay::examine as relay;

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, but not for everybody or not for long.
    Warning,
    /// It does not work.
    Failed,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// How it is.
    pub verdict: Verdict,
    /// A sentence: what was seen, or what to do.
    pub words: String,
}

impl Finding {
    fn new(check: impl Into<String>, verdict: Verdict, words: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            verdict,
            words: words.into(),
        }
    }

    fn ok(check: impl Into<String>, words: impl Into<String>) -> Self {
        Self::new(check, Verdict::Ok, words)
    }

    fn warning(check: impl Into<String>, words: impl Into<String>) -> Self {
        Self::new(check, Verdict::Warning, words)
    }

    fn failed(check: impl Into<String>, words: impl Into<String>) -> Self {
        Self::new(check, Verdict::Failed, words)
    }
}

/// Prints the findings, for eyes or for programs.
///
/// # Errors
/// When standard output is closed.
pub fn print(findings: &[Finding], json: bool) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(findings)?)?;
    } else {
        let width = findings.iter().map(|it| it.check.chars().count()).max();
        let width = width.unwrap_or(0);
        for it in findings {
            let verdict = match it.verdict {
                Verdict::Ok => "ok     ",
                Verdict::Warning => "warning",
                Verdict::Failed => "FAILED ",
            };
            writeln!(out, "{verdict}  {:width$}  {}", it.check, it.words)?;
        }
    }
    Ok(
        match findings.iter().any(|it| it.verdict == Verdict::Failed) {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        },
    )
}
