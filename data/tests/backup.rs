//! Backups of a store that is being written to, laid out elsewhere and compared.

#![allow(clippy::unwrap_used)]

use std::{
    fs, io,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use parlor_data::{
    Batch, KeyRange, Store, StoreOptions, Table,
    backup::{
        BackupError, FOOT, FORMAT, Foot, HEAD, Head, Step,
        restore::restore,
        seal::{SealReader, SealWriter},
        stream::{EntryReader, EntryWriter},
    },
};
use proptest::prelude::*;

const T: Table = Table::Probe;
const WRITERS: u8 = 4;

fn options() -> StoreOptions {
    StoreOptions {
        segment_bytes: 20_000,
        free_bytes_min: 0,
        ..StoreOptions::default()
    }
}

fn head(format: u32) -> Vec<u8> {
    serde_json::to_vec(&Head {
        format,
        version: "9.9".into(),
        made_at_ms: 1,
        public_url: "https://x.example".into(),
        secrets: false,
        keys: false,
    })
    .unwrap()
}

/// A whole backup of a store, with one picture beside it.
fn back_up(store: &Store, passphrase: Option<&str>, mut told: impl FnMut(Step)) -> Vec<u8> {
    let seal = SealWriter::new(Vec::new(), passphrase).unwrap();
    let mut out = EntryWriter::new(seal);
    let put = |out: &mut EntryWriter<_>, name: &str, content: &[u8]| {
        out.file(name, false, |out| out.write_all(content)).unwrap()
    };
    put(&mut out, HEAD, &head(FORMAT));
    let mut telling = |step| {
        told(step);
        Ok(())
    };
    let (seq, digest) = store.copy_into(&mut out, &mut telling).unwrap();
    put(&mut out, "pictures/ab/cd", b"a picture");
    let foot = Foot {
        seq: seq.0,
        rows: digest.rows,
        sum: digest.sum,
        files: 1,
        file_bytes: 9,
    };
    put(&mut out, FOOT, &serde_json::to_vec(&foot).unwrap());
    out.finish().unwrap().finish().unwrap()
}

fn lay_out(bytes: &[u8], passphrase: Option<&str>, dir: &Path) -> Result<Foot, BackupError> {
    let mut stream = EntryReader::new(SealReader::new(bytes, passphrase)?);
    let known = |name: &str| name.starts_with("pictures/");
    let restored = restore(&mut stream, dir, known, options(), &mut |_| Ok(()))?;
    stream.into_inner().finish()?;
    Ok(restored.foot)
}

/// Each writer counts: row `n` is written with the counter that says `n`, in one batch, and the row
/// before the last forty goes.
fn count(store: &Store, writer: u8, n: u64) {
    let key = |n: u64| [&[writer][..], &n.to_be_bytes()].concat();
    let mut batch = Batch::new()
        .put(Table::Settings, [writer], n.to_be_bytes().to_vec())
        .put(T, key(n), vec![n as u8; (n % 200) as usize]);
    if n > 40 {
        batch = batch.delete(T, key(n - 40));
    }
    store.write_blocking(batch).unwrap();
}

/// Where a writer is, if its rows are what its counter says.
fn counted(store: &Store, writer: u8) -> u64 {
    let Some(row) = store.get(Table::Settings, [writer]).unwrap() else {
        return 0;
    };
    let n = u64::from_be_bytes(row.as_ref().try_into().unwrap());
    let rows = store.scan(T, KeyRange::prefix([writer]), 100).unwrap();
    let numbers: Vec<_> = rows
        .iter()
        .map(|(key, _)| u64::from_be_bytes(key[1..].try_into().unwrap()))
        .collect();
    let expected: Vec<_> = (n.saturating_sub(39).max(1)..=n).collect();
    assert_eq!(numbers, expected, "writer {writer} at {n}");
    n
}

#[test]
fn a_backup_under_load_is_the_state_after_one_batch() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(dir.path(), options()).unwrap().store;
    for n in 0..3_000u32 {
        let key = [&[200][..], &n.to_be_bytes()].concat();
        let batch = Batch::new().put(T, key, vec![1; 50]);
        drop(store.submit(batch).unwrap());
    }
    let acked: [AtomicU64; WRITERS as usize] = std::array::from_fn(|_| AtomicU64::new(0));
    let stop = AtomicBool::new(false);
    let (bytes, before) = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, acked, stop) = (&store, &acked[usize::from(writer)], &stop);
            scope.spawn(move || {
                for n in 1.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    count(store, writer, n);
                    acked.store(n, Ordering::Release);
                }
            });
        }
        while acked.iter().any(|it| it.load(Ordering::Acquire) < 50) {
            thread::yield_now();
        }
        let before: Vec<u64> = acked.iter().map(|it| it.load(Ordering::Acquire)).collect();
        let begun = store.seq();
        let bytes = back_up(&store, Some("p"), |step| {
            // The rows of the first pages are old before the last ones are read.
            if let Step::Rows { done, .. } = step
                && done < 600
            {
                let wanted = store.seq().0 + 40;
                while store.seq().0 < wanted {
                    thread::yield_now();
                }
            }
        });
        assert!(store.seq() > begun);
        stop.store(true, Ordering::Relaxed);
        (bytes, before)
    });
    store.close();

    let foot = lay_out(&bytes, Some("p"), elsewhere.path()).unwrap();
    let restored = Store::open(&elsewhere.path().join("store"), options()).unwrap();
    assert_eq!(restored.store.seq().0, foot.seq);
    let counted: Vec<u64> = (0..WRITERS)
        .map(|it| counted(&restored.store, it))
        .collect();
    for (writer, (before, now)) in before.iter().zip(&counted).enumerate() {
        assert!(
            now >= before,
            "writer {writer}: {now} of {before} acknowledged"
        );
    }
    let batches: u64 = counted.iter().sum();
    assert_eq!(batches + 3_000, foot.seq, "after exactly one batch");
    let picture = fs::read(elsewhere.path().join("pictures/ab/cd")).unwrap();
    assert_eq!(picture, b"a picture");
    restored
        .store
        .write_blocking(Batch::new().put(T, b"on", b"".to_vec()))
        .unwrap();
}

#[test]
fn a_backup_holds_no_snapshot_up_and_ends_when_the_store_closes() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), options()).unwrap().store;
    count(&store, 0, 1);
    let empty = tempfile::tempdir().unwrap();
    let nothing = Store::open(empty.path(), options()).unwrap().store;
    let bytes = back_up(&nothing, None, |_| {});
    let there = tempfile::tempdir().unwrap();
    assert_eq!(lay_out(&bytes, None, there.path()).unwrap().seq, 0);

    // Statistics are read on threads that must not wait.
    back_up(&store, None, |_| assert_eq!(store.stats().seq, 1));
    let mut out = EntryWriter::new(io::sink());
    let mut refuse = |_| Err(io::Error::other("enough"));
    let stopped = store.copy_into(&mut out, &mut refuse).unwrap_err();
    assert!(stopped.to_string().contains("enough"), "{stopped}");
    store.close();
    let closed = store.copy_into(&mut out, &mut |_| Ok(())).unwrap_err();
    assert!(closed.to_string().contains("closed"), "{closed}");
}

#[test]
fn what_cannot_be_restored_is_refused_in_words_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), options()).unwrap().store;
    (1..60).for_each(|n| count(&store, 0, n));
    let bytes = back_up(&store, None, |_| {});
    let there = tempfile::tempdir().unwrap();
    let refused = |bytes: &[u8], word: &str| {
        let error = lay_out(bytes, None, there.path()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert_eq!(fs::read_dir(there.path()).unwrap().count(), 0, "{word}");
    };
    refused(&bytes[..bytes.len() - 20], "cut off");
    let stream = |files: &[(&str, &[u8])]| {
        let mut out = EntryWriter::new(SealWriter::new(Vec::new(), None).unwrap());
        for (name, content) in files {
            out.file(name, false, |out| out.write_all(content)).unwrap();
        }
        out.finish().unwrap().finish().unwrap()
    };
    let (now, newer) = (head(FORMAT), head(FORMAT + 1));
    refused(&stream(&[(HEAD, &newer)]), "parlor 9.9 or newer");
    refused(&stream(&[("other", b"{}")]), "what it is");
    for name in ["../escaped", "/etc/escaped", "pictures/../../x", "unknown"] {
        refused(&stream(&[(HEAD, &now), (name, b"x")]), "does not belong");
    }
    refused(&stream(&[(HEAD, &now), ("pictures/a", b"x")]), "whole");

    fs::write(there.path().join("mine"), "kept").unwrap();
    let error = lay_out(&bytes, None, there.path()).unwrap_err().to_string();
    assert!(error.contains("not empty"), "{error}");
    assert_eq!(fs::read(there.path().join("mine")).unwrap(), b"kept");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_wrong_byte_is_found(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        use std::sync::OnceLock;
        static WHOLE: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
        let whole = WHOLE.get_or_init(|| {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(dir.path(), options()).unwrap().store;
            (1..30).for_each(|n| count(&store, 0, n));
            [back_up(&store, None, |_| {}), back_up(&store, Some("p"), |_| {})]
        });
        for (bytes, passphrase) in whole.iter().zip([None, Some("p")]) {
            let mut bytes = bytes.clone();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let there = tempfile::tempdir().unwrap();
            prop_assert!(lay_out(&bytes, passphrase, there.path()).is_err(), "byte {}", at);
            prop_assert_eq!(fs::read_dir(there.path()).unwrap().count(), 0);
        }
    }
}
