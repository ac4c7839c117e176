//! The units of systemd: they say nothing that systemd does not know, and let the programs do next to nothing.

use std::process::{Command, Output};

use crate::root;

/// `systemd-analyze security` in tenths, 100 being "everything is allowed".
const EXPOSURE_MAX: &str = "20";

/// Asks systemd; nothing where it is not installed.
fn analyze(arguments: &[&str]) -> Option<Output> {
    let asked = Command::new("systemd-analyze")
        .args(arguments)
        .current_dir(root().join("systemd"))
        .env("SYSTEMD_COLORS", "0")
        .output();
    assert!(
        asked.is_ok() || std::env::var_os("CI").is_none(),
        "systemd is not installed"
    );
    if asked.is_err() {
        eprintln!("systemd is not installed: passed over");
    }
    asked.ok()
}

#[test]
fn services_are_exposed_to_little() {
    for unit in ["parlor.service", "parlor-backup.service"] {
        let threshold = format!("--threshold={EXPOSURE_MAX}");
        let asked = ["security", "--offline=yes", "--no-pager", &threshold, unit];
        let Some(answer) = analyze(&asked) else {
            return;
        };
        let words = String::from_utf8_lossy(&answer.stdout).into_owned();
        let verdict = words.lines().last().unwrap_or_default();
        assert!(verdict.contains("exposure level"), "{unit}: {words}");
        assert!(answer.status.success(), "{verdict}");
    }
}

#[test]
fn systemd_knows_every_word_of_the_units() {
    let asked = [
        "verify",
        "--man=no",
        "./parlor.service",
        "./parlor.socket",
        "./parlor-backup.timer",
    ];
    let Some(answer) = analyze(&asked) else {
        return;
    };
    // That the program is not installed here is not the units' fault.
    let words = String::from_utf8_lossy(&answer.stderr).into_owned();
    let wrong: Vec<_> = words
        .lines()
        .filter(|it| it.contains("parlor") && !it.contains("is not executable"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
