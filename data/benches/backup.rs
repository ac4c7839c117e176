//! A backup of a store of ROWS=1000000 rows while nobody writes, and its restore, beside
//! `tar | zstd` of the same folder in the same run: time, bytes, and the most memory that was held. First with rows
//! that lie open, then, in another process of the same run, with sealed ones, as those of people are.
//!
//! A row has 200 bytes, a third of them words and the rest noise, as rows of ids and texts have.
//!
//! `cargo bench -p parlor-data --bench backup`

#![allow(clippy::unwrap_used)]

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use parlor_data::{
    Batch, Store, StoreOptions, Submitted, Table,
    backup::{
        FOOT, FORMAT, Foot, HEAD, Head,
        restore::restore,
        seal::{SealReader, SealWriter},
        stream::{EntryReader, EntryWriter},
    },
};

/// The shipped program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS_PER_BATCH: u64 = 400;

/// Which of the two a child does.
const SEALED: &str = "PARLOR_BENCH_SEALED";

fn main() {
    let Some(sealed) = std::env::var_os(SEALED) else {
        for sealed in ["0", "1"] {
            let mut child = Command::new(std::env::current_exe().unwrap());
            assert!(child.env(SEALED, sealed).status().unwrap().success());
        }
        return;
    };
    let sealed = sealed == "1";
    let rows: u64 = std::env::var("ROWS").map_or(1_000_000, |it| it.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fill(&at("data/store"), rows, sealed);
    let before = high_water_kib();

    let store = open(&at("data/store"));
    let (took, foot) = timed(|| back_up(&store, &at("backup")));
    store.close();
    drop(store);
    let backed_up = high_water_kib();
    let (restored, ()) = timed(|| lay_out(&at("backup"), &at("there")));
    let (tar, ()) = timed(|| peer(dir.path()));
    let mib = |name: &str| fs::metadata(at(name)).unwrap().len() >> 20;
    println!(
        "RESULT bench-backup sealed={} rows={} backup_s={:.2} backup_mib={} restore_s={:.2} tar_zstd_s={:.2} \
         tar_zstd_mib={} ratio={:.2} rss_before_mib={} rss_backup_mib={} rss_restore_mib={}",
        u8::from(sealed),
        foot.rows,
        took.as_secs_f64(),
        mib("backup"),
        restored.as_secs_f64(),
        tar.as_secs_f64(),
        mib("peer.tar.zst"),
        took.as_secs_f64() / tar.as_secs_f64(),
        before >> 10,
        backed_up >> 10,
        high_water_kib() >> 10,
    );
}

fn open(path: &Path) -> Store {
    let key_file = path.ancestors().nth(2).unwrap().join("key/keys");
    let options = StoreOptions {
        key_file: Some(key_file),
        ..StoreOptions::default()
    };
    Store::open(path, options).unwrap().store
}

fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let out = act();
    (started.elapsed(), out)
}

fn fill(path: &Path, rows: u64, sealed: bool) {
    let store = open(path);
    // One that is sealed, and the one that never is.
    let table = if sealed {
        Table::Messages
    } else {
        Table::Probe
    };
    let mut waiting = Vec::new();
    for first in (0..rows).step_by(ROWS_PER_BATCH as usize) {
        let numbers = first..(first + ROWS_PER_BATCH).min(rows);
        let batch = numbers.fold(Batch::new(), |batch, n| {
            batch.put(table, n.to_be_bytes(), value(n))
        });
        waiting.push(store.submit(batch).unwrap());
        if waiting.len() == 64 {
            settle(&mut waiting);
        }
    }
    settle(&mut waiting);
    store.close();
}

fn settle(waiting: &mut Vec<Submitted>) {
    for it in waiting.drain(..) {
        it.wait().unwrap();
    }
}

fn value(n: u64) -> Vec<u8> {
    let mut noise = n + 1;
    let mut value = b"a sentence that people write to each other, more or less like this".to_vec();
    value.extend(
        std::iter::repeat_with(|| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (noise >> 56) as u8
        })
        .take(134),
    );
    value
}

fn back_up(store: &Store, path: &Path) -> Foot {
    let file = BufWriter::new(File::create(path).unwrap());
    let mut out = EntryWriter::new(SealWriter::new(file, Some("a passphrase")).unwrap());
    let head = Head {
        format: FORMAT,
        version: "bench".into(),
        made_at_ms: 0,
        public_url: String::new(),
        secrets: false,
        keys: false,
    };
    json(&mut out, HEAD, &head);
    let (seq, digest) = store.copy_into(&mut out, &mut |_| Ok(())).unwrap();
    let foot = Foot {
        seq: seq.0,
        rows: digest.rows,
        sum: digest.sum,
        files: 0,
        file_bytes: 0,
    };
    json(&mut out, FOOT, &foot);
    let file = out.finish().unwrap().finish().unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
    foot
}

fn json<W: Write>(out: &mut EntryWriter<W>, name: &str, it: &impl serde::Serialize) {
    let text = serde_json::to_vec(it).unwrap();
    out.file(name, false, |out| out.write_all(&text)).unwrap();
}

fn lay_out(from: &Path, to: &Path) {
    let seal = SealReader::new(File::open(from).unwrap(), Some("a passphrase")).unwrap();
    let mut stream = EntryReader::new(seal);
    let options = StoreOptions {
        cache_bytes: 16 << 20,
        ..StoreOptions::default()
    };
    restore(&mut stream, to, |_| false, options, &mut |_| Ok(())).unwrap();
}

fn peer(dir: &Path) {
    let script = "tar -cf - data | zstd -q -o peer.tar.zst && sync peer.tar.zst";
    let done = Command::new("sh")
        .args(["-c", script])
        .current_dir(dir)
        .status();
    assert!(done.unwrap().success(), "tar and zstd are needed");
}

/// The most memory that this process ever held.
fn high_water_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let number = line.unwrap().split_whitespace().next().unwrap();
    number.parse().unwrap()
}
