//! Whether there is a backup that can be gone back to.

use parlor_data::nouns::setting::BackupNote;

use super::{
    Place,
    finding::{Check, Finding, Says},
    now,
};
use crate::control;

const HOUR_MS: i64 = 3_600_000;
/// A backup each day, and some time for a day on which it failed.
const OLD_MS: i64 = 50 * HOUR_MS;

/// Asks the running server; none when none runs, which is told elsewhere.
pub fn examine(place: &Place) -> Option<Finding> {
    place.facts.as_ref()?;
    Some(match control::last_backup(place.data_dir()) {
        Ok(last) => judge(last?.as_ref(), now().0),
        Err(why) => Finding::new(Check::Server, "", Says::ServerMute).with("why", why),
    })
}

fn judge(last: Option<&BackupNote>, now_ms: i64) -> Finding {
    const TIMER: &str = "systemctl enable --now parlor-backup.timer";
    let new = |says| Finding::new(Check::Backup, "", says);
    let hours = |at_ms: i64| (now_ms - at_ms).max(0) / HOUR_MS;
    let Some(last) = last else {
        return new(Says::BackupNever).command(TIMER);
    };
    if let Some(why) = &last.problem {
        return new(Says::BackupFailed)
            .with("why", why)
            .command("parlor backup");
    }
    let at_ms = last.good_ms.unwrap_or(0);
    let says = match now_ms - at_ms > OLD_MS {
        true => Says::BackupOld,
        false if last.verified => Says::BackupFine,
        false => Says::BackupUnproven,
    };
    let finding = new(says).with("hours", hours(at_ms));
    match says {
        Says::BackupOld => finding.command(TIMER),
        _ => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for (last, now, says, word) in [
            (None, 0, Says::BackupNever, "ever made"),
            (
                Some(note(None, Some(0))),
                HOUR_MS,
                Says::BackupFine,
                "1 hours",
            ),
            (Some(note(None, Some(0))), old, Says::BackupOld, "stopped"),
            (
                Some(note(Some("no room"), None)),
                0,
                Says::BackupFailed,
                "no room",
            ),
        ] {
            let found = judge(last.as_ref(), now);
            assert_eq!(found.says, says, "{found:?}");
            assert!(found.saw().contains(word), "{found:?}");
        }
    }
}
