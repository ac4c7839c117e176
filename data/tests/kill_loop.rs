//! kill -9 at random moments: a child writes from several threads and reports each batch after its
//! acknowledgement; the parent kills it, opens what is left, and looks for what was promised.
//!
//! `ROUNDS=200 cargo test -p parlor-data --test kill_loop`

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod crash;

use std::{
    io::Write,
    path::Path,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use crash::{Found, Random, WRITERS};
use parlor_data::{StateFate, Store};

const CHILD: &str = "--kill-loop-child";
const BOOT: &str = "one boot";

fn main() {
    if let Some(dir) = crash::child_folder(CHILD) {
        return child(&dir);
    }
    let Some(rounds) = crash::rounds("kill_loop", 6) else {
        return;
    };
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("kill-loop seed={seed}");
    let tally = parent(rounds, seed);
    println!(
        "RESULT kill-loop rounds={rounds} acked={} lost={} half={} failed_starts={} rebuilt={}",
        tally.acked, tally.found.lost, tally.found.half, tally.failed_starts, tally.rebuilt
    );
    if tally.found != Found::default() || tally.failed_starts > 0 || tally.acked == 0 {
        std::process::exit(1);
    }
}

#[derive(Default)]
struct Tally {
    acked: u64,
    found: Found,
    failed_starts: u64,
    rebuilt: u64,
}

/// Writes until it is killed.
fn child(dir: &Path) {
    let store = Store::open(dir, crash::options(BOOT)).unwrap().store;
    let out = Mutex::new(std::io::stdout());
    crash::run(&store, u64::MAX, |w, n| {
        let mut report = [0; 9];
        report[0] = w as u8;
        report[1..].copy_from_slice(&n.to_be_bytes());
        let mut out = out.lock().unwrap();
        out.write_all(&report).unwrap();
        out.flush().unwrap();
    });
}

fn parent(rounds: u64, seed: u64) -> Tally {
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random(seed);
    let mut tally = Tally::default();
    let mut acked = [0; WRITERS];
    for round in 0..rounds {
        tally.acked += live_and_die(dir.path(), &mut random, &mut acked);
        if random.below(8) == 0 {
            std::fs::remove_dir_all(dir.path().join("state")).unwrap();
        }
        match Store::open(dir.path(), crash::options(BOOT)) {
            Err(cause) => {
                eprintln!("round {round}: {cause}");
                tally.failed_starts += 1;
                break;
            }
            Ok(opened) => {
                let found = crash::check(&opened.store, &acked);
                if found != Found::default() {
                    eprintln!("round {round}: {found:?} after {}", opened.report);
                }
                tally.found.lost += found.lost;
                tally.found.half += found.half;
                let rebuilt = matches!(opened.report.state, StateFate::Rebuilt { .. });
                tally.rebuilt += u64::from(rebuilt);
            }
        }
    }
    tally
}

/// One child's life. Gives how many batches it reported.
fn live_and_die(dir: &Path, random: &mut Random, acked: &mut [u64; WRITERS]) -> u64 {
    let lives = Duration::from_millis(50 + random.below(650));
    let bytes = crash::live_and_die(CHILD, dir, lives);
    let (reports, _) = bytes.as_chunks::<9>();
    for report in reports {
        let n = u64::from_be_bytes(report[1..].try_into().unwrap());
        let seen = &mut acked[usize::from(report[0])];
        *seen = n.max(*seen);
    }
    reports.len() as u64
}
