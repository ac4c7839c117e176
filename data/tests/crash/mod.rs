//! What both crash loops write and check.
//!
//! Each writer counts. Batch `n` of writer `w` writes row `n` into two tables, removes row
//! `n - WINDOW` from both, and sets the counter from `n - 1` to `n` if it is still `n - 1`. So at
//! every moment the counter says exactly which rows must be there, the two tables must agree, and
//! the counters of all writers add up to the number of the last batch.

use std::{
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use parlor_data::{Batch, KeyRange, Store, StoreOptions, Table};

/// How many writers.
pub const WRITERS: usize = 6;
const WINDOW: u64 = 40;
const COUNTERS: Table = Table::Settings;
const ROWS: [Table; 2] = [Table::Probe, Table::Idempotency];

/// What a check found. All zero is what everybody hopes for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Acknowledged batches that are not there.
    pub lost: u64,
    /// Rows that should not be as they are: half a batch, or a hole.
    pub half: u64,
}

/// Small files, so that segments roll, snapshots are taken and journal files go within a round.
pub fn options(boot: &str) -> StoreOptions {
    StoreOptions {
        segment_bytes: 300_000,
        cache_bytes: 8 * 1024 * 1024,
        boot_id: Some(boot.into()),
        ..StoreOptions::default()
    }
}

/// A value that only batch `n` of writer `w` writes, up to three blocks long.
fn value(w: usize, n: u64) -> Vec<u8> {
    let mut random = Random(n * 31 + w as u64 + 1);
    let len = match random.below(8) {
        0 => random.below(10_000),
        _ => random.below(300),
    };
    (0..len).map(|_| random.next() as u8).collect()
}

fn row_key(w: usize, n: u64) -> Vec<u8> {
    [&[w as u8][..], &n.to_be_bytes()].concat()
}

/// Where each writer is.
pub fn counters(store: &Store) -> [u64; WRITERS] {
    std::array::from_fn(|w| {
        let row = store.get(COUNTERS, [w as u8]).expect("counter");
        row.map_or(0, |row| {
            u64::from_be_bytes(row[..].try_into().expect("8 bytes"))
        })
    })
}

/// Writes batch `n` of writer `w`.
pub fn write(store: &Store, w: usize, n: u64) -> bool {
    let before = (n > 1).then(|| (n - 1).to_be_bytes().to_vec().into());
    let mut batch = Batch::new()
        .require_unchanged(COUNTERS, [w as u8], before)
        .put(COUNTERS, [w as u8], n.to_be_bytes().to_vec());
    for table in ROWS {
        batch = batch.put(table, row_key(w, n), value(w, n));
        if n > WINDOW {
            batch = batch.delete(table, row_key(w, n - WINDOW));
        }
    }
    store.write_blocking(batch).is_ok()
}

/// Writes from all writers, taking snapshots meanwhile, until each has written `batches`.
/// `acked` is told right after each acknowledgement.
pub fn run(store: &Store, batches: u64, acked: impl Fn(usize, u64) + Sync) {
    let from = counters(store);
    let done = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (w, from) in from.into_iter().enumerate() {
            let (acked, done) = (&acked, &done);
            scope.spawn(move || {
                for n in from + 1..=from.saturating_add(batches) {
                    if write(store, w, n) {
                        acked(w, n);
                    }
                }
                done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            });
        }
        while done.load(std::sync::atomic::Ordering::Relaxed) < WRITERS {
            store.snapshot().expect("snapshot");
            std::thread::sleep(Duration::from_millis(60));
        }
    });
}

/// Compares the store with what was acknowledged.
pub fn check(store: &Store, acked: &[u64; WRITERS]) -> Found {
    let mut found = Found::default();
    let counters = counters(store);
    for (w, counter) in counters.iter().copied().enumerate() {
        found.lost += acked[w].saturating_sub(counter);
        let first = counter.saturating_sub(WINDOW - 1).max(1);
        for table in ROWS {
            let rows = store
                .scan(table, KeyRange::prefix([w as u8]), 1_000)
                .expect("rows");
            let expected = (first..=counter).map(|n| (row_key(w, n), value(w, n)));
            let same = rows.len() as u64 == counter + 1 - first
                && rows
                    .iter()
                    .zip(expected)
                    .all(|((key, row), expected)| *key == expected.0 && *row == expected.1);
            found.half += u64::from(!same);
        }
    }
    let holes = counters.iter().sum::<u64>() != store.seq().0;
    found.half += u64::from(holes);
    found
}

/// How many rounds: `ROUNDS`, or few. `None` if `cargo test` was asked for something else.
pub fn rounds(name: &str, few: u64) -> Option<u64> {
    let filtered = std::env::args()
        .skip(1)
        .any(|arg| !arg.starts_with('-') && !name.contains(&arg));
    if filtered {
        return None;
    }
    let asked = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok());
    Some(asked.unwrap_or(few))
}

/// The folder given after `flag`, if this process is the child.
pub fn child_folder(flag: &str) -> Option<std::path::PathBuf> {
    let mut args = std::env::args().skip_while(|arg| arg != flag);
    args.nth(1).map(|dir| Path::new(&dir).to_owned())
}

/// One child's life: this program again, with `flag` and the folder, killed after `lives`. Gives all
/// that it reported.
pub fn live_and_die(flag: &str, dir: &Path, lives: Duration) -> Vec<u8> {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .arg(flag)
        .arg(dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut reports = child.stdout.take().expect("its reports");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        reports.read_to_end(&mut bytes).map(|_| bytes)
    });
    std::thread::sleep(lives);
    child.kill().expect("kill");
    child.wait().expect("its end");
    reader.join().expect("reader").expect("reports")
}

/// A small generator of numbers: the seed is the bug report.
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}
