//! Whether there is a backup that can be gone back to.

use std::{path::Path, time::SystemTime};

use anyhow::Result;
use parlor_data::nouns::setting::BackupNote;

use super::Finding;
use crate::{config::Config, control};

const NAME: &str = "backup";
const HOUR_MS: i64 = 3_600_000;
/// A backup each day, and some time for a day on which it failed.
const OLD_MS: i64 = 50 * HOUR_MS;
const REMEDY: &str = "enable the timer (systemctl enable --now parlor-backup.timer) or set backup.folder and backup.by_server";

/// Asks the running server.
///
/// # Errors
/// When a server runs, but does not answer.
pub fn examine(config: &Config) -> Result<Finding> {
    let data_dir = Path::new(&config.server.data_dir);
    let Some(last) = control::last_backup(data_dir)? else {
        let words = format!(
            "No server runs on the data folder {}: start it, or name its configuration with --config.",
            data_dir.display()
        );
        return Ok(Finding::failed("server", words));
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(judge(last.as_ref(), now.as_millis() as i64))
}

fn judge(last: Option<&BackupNote>, now_ms: i64) -> Finding {
    let Some(last) = last else {
        let words = format!("No backup was ever made: {REMEDY}.");
        return Finding::warning(NAME, words);
    };
    let hours = |at_ms: i64| (now_ms - at_ms).max(0) / HOUR_MS;
    let good = match last.good_ms {
        None => "There is no good one.".to_owned(),
        Some(at_ms) => format!("The last good one is {} hours old.", hours(at_ms)),
    };
    match (&last.problem, last.good_ms) {
        (Some(problem), _) => Finding::failed(
            NAME,
            format!(
                "The last backup failed: {problem}. {good} Mend that, then run `parlor backup`."
            ),
        ),
        (None, at_ms) if at_ms.is_none_or(|at_ms| now_ms - at_ms > OLD_MS) => {
            Finding::warning(NAME, format!("{good} Backups have stopped: {REMEDY}."))
        }
        _ if !last.verified => Finding::ok(
            NAME,
            format!("{good} It was not restored to prove it: `parlor backup verify FILE` does."),
        ),
        _ => Finding::ok(NAME, format!("{good} It was restored to prove it.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn each_state_has_its_sentence() {
        let note = |problem: Option<&str>, good_ms| BackupNote {
            at_ms: 0,
            problem: problem.map(String::from),
            bytes: 1,
            verified: true,
            good_ms,
        };
        let old = 3 * 24 * HOUR_MS;
        for (last, now, verdict, word) in [
            (None, 0, Verdict::Warning, "ever made"),
            (
                Some(note(None, Some(0))),
                HOUR_MS,
                Verdict::Ok,
                "1 hours old",
            ),
            (
                Some(note(None, Some(0))),
                old,
                Verdict::Warning,
                "have stopped",
            ),
            (
                Some(note(Some("no room"), None)),
                0,
                Verdict::Failed,
                "no room",
            ),
        ] {
            let found = judge(last.as_ref(), now);
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(found.words.contains(word), "{found:?}");
        }
    }
}
