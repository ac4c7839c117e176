//! Findings on standard output, for eyes or for programs.

use std::{io::Write, process::ExitCode};

use anyhow::Result;

use super::finding::{Finding, Verdict};

/// Prints them. The exit code is 1 when something failed.
///
/// # Errors
/// When standard output is closed.
pub fn print(findings: &[Finding], json: bool) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(findings)?)?;
    } else {
        for finding in findings {
            write(&mut out, finding)?;
        }
    }
    let failed = findings.iter().any(|it| it.verdict() == Verdict::Failed);
    Ok(match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// What was seen in one line; what to do, and lines to copy, below it.
pub fn write(out: &mut impl Write, it: &Finding) -> std::io::Result<()> {
    let verdict = match it.verdict() {
        Verdict::Ok => "ok",
        Verdict::Skipped => "skipped",
        Verdict::Warning => "warning",
        Verdict::Failed => "FAILED",
    };
    let about = match it.about.is_empty() {
        true => String::new(),
        false => format!("{}: ", it.about),
    };
    writeln!(
        out,
        "{verdict:7}  {:11}  {about}{}",
        it.check.word(),
        it.saw()
    )?;
    if let Some(remedy) = it.remedy() {
        writeln!(out, "{:22}-> {remedy}", "")?;
    }
    for line in &it.commands {
        writeln!(out, "{:25}{line}", "")?;
    }
    Ok(())
}
