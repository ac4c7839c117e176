//! Loss of power at random moments: a child writes while everything it does to its files is
//! recorded; the parent builds the folder as a power cut could have left it (unsynced blocks lost,
//! scattered or torn, unsynced names lost), opens it, and looks for what was promised.
//!
//! sled's files are recorded and torn like all others. After a real power cut the boot is another
//! one and they are not believed; in every third round here the boot stays the same, so that the
//! check of the rows and the catching of sled's panics have to do the same work.
//!
//! `ROUNDS=200 cargo test -p parlor-data --test power_loop`

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod crash;
mod power;

use std::{path::Path, process::Command, time::SystemTime};

use crash::{Found, Random, WRITERS};
use parlor_data::{StateFate, Store};
use power::{
    model::{Disk, FATES},
    recorder,
    trace::{self, Event},
};

const CHILD: &str = "--power-loop-child";
/// How many power cuts are made of one recording.
const CUTS: u64 = 10;

fn main() {
    if let Some(dir) = crash::child_folder(CHILD) {
        return child(&dir);
    }
    let Some(rounds) = crash::rounds("power_loop", 20) else {
        return;
    };
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(seed);
    println!("power-loop seed={seed}");
    let tally = parent(rounds, seed);
    println!(
        "RESULT power-loop rounds={rounds} acked={} lost={} half={} failed_starts={} rebuilt={} torn_tails={}",
        tally.acked,
        tally.found.lost,
        tally.found.half,
        tally.failed_starts,
        tally.rebuilt,
        tally.torn
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
    torn: u64,
}

/// Writes a while, recorded; then closes in order, or just stops.
fn child(dir: &Path) {
    let boot = std::env::var("BOOT").unwrap();
    let batches = std::env::var("BATCHES").unwrap().parse().unwrap();
    recorder::start(dir, &dir.with_extension("trace"));
    let store = Store::open(dir, crash::options(&boot)).unwrap().store;
    crash::run(&store, batches, recorder::acked);
    if batches % 2 == 0 {
        store.close();
    }
    // Nothing may be written after the last event is recorded.
    unsafe { libc::_exit(0) };
}

fn parent(rounds: u64, seed: u64) -> Tally {
    let mut random = Random(seed);
    let mut tally = Tally::default();
    let base = tempfile::tempdir().unwrap();
    let mut house = base.path().join("house-0");
    std::fs::create_dir(&house).unwrap();
    let mut acked = [0; WRITERS];
    let mut round = 0;
    while round < rounds {
        let before = Disk::of(&house).unwrap();
        let boot = format!("boot {round}");
        let events = record(&house, &boot, 20 + random.below(60));
        prove(&before, &events, &house);
        tally.acked += events
            .iter()
            .filter(|event| matches!(event, Event::Acked { .. }))
            .count() as u64;
        let mut next = None;
        for _ in 0..CUTS.min(rounds - round) {
            round += 1;
            let cut = random.below(events.len() as u64 + 1) as usize;
            let to = base.path().join(format!("house-{round}"));
            let acked = cut_power(&before, &events[..cut], acked, &to, &mut random);
            let boot_after = match random.below(3) {
                0 => boot.clone(),
                _ => format!("after {round}"),
            };
            if try_again(&to, &boot_after, round, &acked, &mut tally) {
                next = Some((to, acked));
            } else {
                eprintln!("kept for you: {}", to.display());
            }
        }
        // The next recording begins in one of the houses that were cut.
        let _ = std::fs::remove_dir_all(&house);
        let Some((to, at)) = next else { break };
        for entry in std::fs::read_dir(base.path()).unwrap() {
            let path = entry.unwrap().path();
            if path != to && path.is_dir() {
                std::fs::remove_dir_all(path).unwrap();
            }
        }
        (house, acked) = (to, at);
    }
    if tally.failed_starts > 0 || tally.found != Found::default() {
        let kept = base.keep();
        eprintln!("the failed folders are below {}", kept.display());
    }
    tally
}

fn record(house: &Path, boot: &str, batches: u64) -> Vec<Event> {
    let ended = Command::new(std::env::current_exe().unwrap())
        .arg(CHILD)
        .arg(house)
        .env("BOOT", boot)
        .env("BATCHES", batches.to_string())
        .status()
        .unwrap();
    assert!(ended.success(), "the child failed: {ended}");
    let path = house.with_extension("trace");
    let events = trace::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    events
}

/// The recording, played to its end, is the folder that the child left.
fn prove(before: &Disk, events: &[Event], house: &Path) {
    let mut disk = before.clone();
    for event in events {
        disk.apply(event);
    }
    disk.is_like(house).unwrap().unwrap();
}

/// Builds the folder as of a power cut after these events; gives what had been acknowledged.
fn cut_power(
    before: &Disk,
    events: &[Event],
    mut acked: [u64; WRITERS],
    to: &Path,
    random: &mut Random,
) -> [u64; WRITERS] {
    let mut disk = before.clone();
    for event in events {
        disk.apply(event);
        if let Event::Acked { writer, n } = event {
            let seen = &mut acked[*writer as usize];
            *seen = (*n).max(*seen);
        }
    }
    let fate = FATES[random.below(FATES.len() as u64) as usize];
    disk.build(to, fate, random).unwrap();
    acked
}

/// Starts the store in what the power cut left, checks, writes on, and starts again.
fn try_again(
    house: &Path,
    boot: &str,
    round: u64,
    acked: &[u64; WRITERS],
    tally: &mut Tally,
) -> bool {
    let mut acked = *acked;
    for start in ["after the cut", "after writing on"] {
        let opened = match Store::open(house, crash::options(boot)) {
            Ok(opened) => opened,
            Err(cause) => {
                eprintln!("round {round}, {start}: {cause}");
                tally.failed_starts += 1;
                return false;
            }
        };
        let report = &opened.report;
        tally.rebuilt += u64::from(matches!(report.state, StateFate::Rebuilt { .. }));
        tally.torn += u64::from(report.torn_bytes > 0);
        let found = crash::check(&opened.store, &acked);
        tally.found.lost += found.lost;
        tally.found.half += found.half;
        if found != Found::default() {
            eprintln!("round {round}, {start}: {found:?} after {report}");
            return false;
        }
        let counters = crash::counters(&opened.store);
        for (w, n) in counters.into_iter().enumerate() {
            assert!(crash::write(&opened.store, w, n + 1));
            acked[w] = n + 1;
        }
    }
    true
}
