//! `parlor retention`: what is kept about people and for how long, asked of a running server.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use parlor_actors::services::{Keeps, ServiceError, Services};
use parlor_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{config::Config, control};

/// One class of data, as the server tells the command line.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    class: String,
    what: String,
    kept: String,
    rows: u64,
    oldest_ms: Option<i64>,
    due: Option<u64>,
    removed: Option<u64>,
}

/// All of them, and when the last sweep ran.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    swept_at_ms: Option<i64>,
    lines: Vec<Line>,
}

/// What the server answers.
///
/// # Errors
/// When the store cannot be read, or in the middle of a sweep.
pub async fn answer(services: &Services, purge: bool) -> Result<Report, ServiceError> {
    if purge {
        services.sweep_old().await?;
    }
    let it = services.retention_report().await?;
    let lines = it.lines.into_iter().map(|it| Line {
        class: it.class.into(),
        what: it.what.into(),
        kept: match (it.keeps, it.keep) {
            (_, Some(keep)) => match keep.0 / 3_600_000 {
                0 => "not at all".into(),
                hours if hours % 24 == 0 => format!("{} d", hours / 24),
                hours => format!("{hours} h"),
            },
            (Keeps::Account, None) => "as long as the account".into(),
            (Keeps::Until(when) | Keeps::Limited(when), None) => when.into(),
            (Keeps::Ever | Keeps::Swept, None) => "for ever".into(),
        },
        rows: it.rows,
        oldest_ms: it.oldest.map(|at| at.0),
        due: it.due,
        removed: it.removed,
    });
    Ok(Report {
        swept_at_ms: it.swept_at.map(|at| at.0),
        lines: lines.collect(),
    })
}

/// Prints the report.
///
/// # Errors
/// When no server runs, or it does not answer.
pub fn report(config: &Config, json: bool) -> Result<ExitCode> {
    let report = ask(config, false)?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    match report.swept_at_ms {
        Some(at) => writeln!(out, "The last sweep ran at {}.", instant(at))?,
        None => writeln!(out, "No sweep ran yet.")?,
    }
    let head = ["class", "rows", "oldest", "removed", "due now", "kept"];
    row(&mut out, head.map(String::from))?;
    for it in &report.lines {
        let number = |it: Option<u64>| it.map_or("-".into(), |it| it.to_string());
        let oldest = it.oldest_ms.map_or("-".into(), instant);
        let (removed, due) = (number(it.removed), number(it.due));
        let cells = [it.class.clone(), it.rows.to_string(), oldest, removed, due];
        let [class, rows, oldest, removed, due] = cells;
        row(
            &mut out,
            [class, rows, oldest, removed, due, it.kept.clone()],
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets the server remove what is too old, or says what that would be.
///
/// # Errors
/// When no server runs, or it does not answer.
pub fn purge(config: &Config, dry_run: bool) -> Result<ExitCode> {
    let report = ask(config, !dry_run)?;
    let mut out = std::io::stdout().lock();
    let count = |it: &Line| match dry_run {
        true => it.due,
        false => it.removed,
    };
    for it in report.lines.iter().filter(|it| count(it) > Some(0)) {
        writeln!(out, "{}: {}", it.class, count(it).unwrap_or(0))?;
    }
    let sum: u64 = report.lines.iter().filter_map(count).sum();
    match dry_run {
        true => writeln!(out, "{sum} would be removed or stripped. Nothing was.")?,
        false => writeln!(out, "{sum} were removed or stripped.")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn ask(config: &Config, purge: bool) -> Result<Report> {
    let folder = Path::new(&config.server.data_dir);
    control::retention(folder, purge)?
        .context("no server runs with this data folder; retention is a running server's")
}

fn row(out: &mut impl Write, cells: [String; 6]) -> std::io::Result<()> {
    let [class, rows, oldest, removed, due, kept] = cells;
    writeln!(
        out,
        "{class:<16} {rows:>9} {oldest:>11} {removed:>8} {due:>8}  {kept}"
    )
}

/// The day, in UTC.
fn instant(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(Timestamp(ms).0).unwrap_or_default();
    at.strftime("%Y-%m-%d").to_string()
}
