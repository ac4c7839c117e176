//! Sealed rows on the disk: nothing readable lies there, nothing changed is believed, a new key is
//! everywhere in the end.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::*;
use crate::{
    batch::{Batch, LazyBatch, tagged},
    error::OpenError,
    options::StoreOptions,
    range::KeyRange,
    store::Store,
};

const MARKER: &[u8] = b"ada lovelace, behind the second door";
/// A table that is sealed, and one that is not.
const SHUT: Table = Table::Messages;
const OPEN: Table = Table::AccountByEmail;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn keys(&self) -> PathBuf {
        self.0.path().join("apart/keys")
    }

    fn dir(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn options(&self, key_file: Option<PathBuf>) -> StoreOptions {
        StoreOptions {
            free_bytes_min: 0,
            key_file,
            ..StoreOptions::default()
        }
    }

    fn open(&self) -> Store {
        self.try_open(Some(self.keys())).unwrap()
    }

    fn try_open(&self, key_file: Option<PathBuf>) -> Result<Store, OpenError> {
        Store::open(&self.dir(), self.options(key_file)).map(|opened| opened.store)
    }
}

fn put(store: &Store, table: Table, key: &[u8], value: &[u8]) {
    let batch = Batch::new().put(table, key, value.to_vec());
    store.write_blocking(batch).unwrap();
}

/// Whether any file below holds these bytes, packed snapshots unpacked.
fn holds(dir: &Path, needle: &[u8]) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = fs::read(&path).unwrap();
        let mut unpacked = Vec::new();
        for (at, _) in bytes
            .windows(2)
            .enumerate()
            .filter(|(_, it)| it == b"\x1f\x8b")
        {
            use std::io::Read;
            let _ = flate2::read::MultiGzDecoder::new(&bytes[at..]).read_to_end(&mut unpacked);
        }
        let has = |bytes: &[u8]| bytes.windows(needle.len()).any(|it| it == needle);
        has(&bytes) || has(&unpacked)
    })
}

/// What lies in the state, as it lies there.
fn stored(store: &Store, table: Table, key: &[u8]) -> Bytes {
    let disk = store.with_keys().unwrap();
    let key = tagged(table, key);
    crate::state::Lookup::get(&*disk.state, &key)
        .unwrap()
        .unwrap()
}

/// Puts bytes into the state as they are.
fn plant(store: &Store, table: Table, key: &[u8], value: Bytes) {
    let disk = store.with_keys().unwrap();
    let key = tagged(table, key);
    disk.state
        .apply([(&key, Some(&value))].into_iter(), None)
        .unwrap();
}

#[test]
fn a_sealed_row_is_read_back_and_lies_nowhere() {
    let place = Place::new();
    let store = place.open();
    put(&store, SHUT, b"1", MARKER);
    let lazy = LazyBatch::new().put(Table::PeopleSeen, b"2", MARKER.to_vec());
    store.write_lazy(lazy).unwrap();
    put(&store, OPEN, b"3", b"an id that lies open");
    assert_eq!(store.get(SHUT, b"1").unwrap().unwrap(), MARKER);
    assert_eq!(store.get(Table::PeopleSeen, b"2").unwrap().unwrap(), MARKER);
    let rows = store.scan(SHUT, KeyRange::all(), 9).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].1, MARKER);
    store.snapshot().unwrap();
    store.close();
    assert!(!holds(&place.dir(), MARKER));
    assert!(
        holds(&place.dir(), b"an id that lies open"),
        "the search works"
    );
    let mode = fs::metadata(place.keys()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let again = place.open();
    assert_eq!(again.get(SHUT, b"1").unwrap().unwrap(), MARKER);
}

#[test]
fn preconditions_see_what_was_read() {
    let place = Place::new();
    let store = place.open();
    put(&store, SHUT, b"k", b"one");
    let read = store.get(SHUT, b"k").unwrap();
    let next = |value: &[u8]| {
        Batch::new()
            .require_unchanged(SHUT, b"k", read.clone())
            .put(SHUT, b"k", value.to_vec())
    };
    store.write_blocking(next(b"two")).unwrap();
    let lost = store.write_blocking(next(b"three")).unwrap_err();
    assert_eq!(lost, WriteError::PreconditionFailed { index: 0 });
    assert_eq!(store.get(SHUT, b"k").unwrap().unwrap(), &b"two"[..]);
}

#[test]
fn what_was_changed_or_moved_is_refused_in_words() {
    let place = Place::new();
    let store = place.open();
    put(&store, SHUT, b"a", b"mine");
    put(&store, SHUT, b"b", b"yours");
    let good = stored(&store, SHUT, b"a");
    for at in envelope::OVERHEAD - 28..good.len() {
        let mut bad = good.to_vec();
        bad[at] ^= 1;
        plant(&store, SHUT, b"a", bad.into());
        let refused = store.get(SHUT, b"a").unwrap_err();
        assert_eq!(refused, SealError::Broken(Some(SHUT)).into(), "byte {at}");
        assert!(
            refused.to_string().contains("messages was changed"),
            "{refused}"
        );
    }
    plant(&store, SHUT, b"a", good.clone());
    assert_eq!(store.get(SHUT, b"a").unwrap().unwrap(), &b"mine"[..]);
    plant(&store, SHUT, b"b", good.clone());
    assert_eq!(
        store.get(SHUT, b"b").unwrap_err(),
        SealError::Broken(Some(SHUT)).into()
    );
    plant(&store, Table::Mails, b"a", good);
    let refused = store.get(Table::Mails, b"a").unwrap_err();
    assert_eq!(refused, SealError::Broken(Some(Table::Mails)).into());
}

#[test]
fn without_its_key_a_store_is_refused_and_no_new_key_is_made() {
    let place = Place::new();
    let store = place.open();
    put(&store, SHUT, b"k", MARKER);
    store.close();
    drop(store);
    let away = place.0.path().join("away");
    fs::rename(place.keys(), &away).unwrap();
    let refused = place
        .try_open(Some(place.keys()))
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("is not there; put back"), "{refused}");
    assert!(!place.keys().exists());

    KeyFile::create(&place.keys()).unwrap();
    let refused = place
        .try_open(Some(place.keys()))
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("does not have it"), "{refused}");

    // Looked at without any key: what is sealed cannot be read, nor written beside it in the clear.
    let blind = place.try_open(None).unwrap();
    let unread = blind.get(SHUT, b"k").unwrap_err();
    assert_eq!(unread, SealError::NoKey(Some(SHUT)).into());
    let batch = Batch::new().put(SHUT, b"l", MARKER.to_vec());
    assert!(matches!(
        blind.write_blocking(batch),
        Err(WriteError::ReadOnly(_))
    ));
    blind.close();
    drop(blind);

    assert_eq!(KeyFile::merge(&away, &place.keys()).unwrap(), 1);
    assert_eq!(place.open().get(SHUT, b"k").unwrap().unwrap(), MARKER);
}

#[test]
fn a_key_file_that_others_read_or_that_is_damaged_is_refused() {
    let place = Place::new();
    KeyFile::create(&place.keys()).unwrap();
    fs::set_permissions(place.keys(), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = KeyFile::read(&place.keys()).unwrap_err().to_string();
    assert!(refused.contains("chmod 600"), "{refused}");
    fs::set_permissions(place.keys(), fs::Permissions::from_mode(0o600)).unwrap();
    let text = fs::read_to_string(place.keys()).unwrap();
    for bad in [
        "",
        "parlor-keys 2\n",
        "parlor-keys 1\n",
        &text[..text.len() - 9],
    ] {
        fs::write(place.keys(), bad).unwrap();
        assert!(
            matches!(KeyFile::read(&place.keys()), Err(KeyError::Damaged(_))),
            "{bad}"
        );
    }
    fs::write(place.keys(), &text).unwrap();
    assert_eq!(KeyFile::read(&place.keys()).unwrap().unwrap().text(), text);
}

#[test]
fn rows_of_an_older_program_are_read_and_sealed_by_and_by() {
    let place = Place::new();
    let plain = place.try_open(None).unwrap();
    for n in 0..700u32 {
        put(&plain, SHUT, &n.to_be_bytes(), MARKER);
    }
    plain.close();
    drop(plain);
    let store = place.open();
    assert_eq!(
        store.get(SHUT, 5u32.to_be_bytes()).unwrap().unwrap(),
        MARKER
    );
    assert!(store.needs_reseal().unwrap());
    let done = store.reseal(&mut || true).unwrap();
    assert_eq!((done.sealed, done.finished), (700, true));
    assert!(!store.needs_reseal().unwrap());
    assert_eq!(store.scan(SHUT, KeyRange::all(), 999).unwrap().len(), 700);
    store.close();
    drop(store);
    // A new store has nothing to do.
    let fresh = Place::new();
    assert!(!fresh.open().needs_reseal().unwrap());
    assert!(!place.open().needs_reseal().unwrap());
}

#[test]
fn a_new_key_seals_every_row_while_others_write() {
    let place = Place::new();
    let store = place.open();
    for n in 0..600u32 {
        put(&store, SHUT, &n.to_be_bytes(), b"before");
    }
    let old = store.key_status().unwrap().unwrap().keys[0].id.clone();
    let ended = Arc::new(AtomicBool::new(false));
    let (begun, writes) = std::sync::mpsc::channel();
    let writer = std::thread::spawn({
        let (store, ended) = (store.clone(), Arc::clone(&ended));
        move || {
            let mut n = 0u32;
            while !ended.load(Ordering::Relaxed) {
                put(&store, SHUT, &(n % 600).to_be_bytes(), b"after");
                n += 1;
                let _ = begun.send(());
            }
        }
    });
    writes.recv().unwrap();
    let new = store.rotate_key().unwrap();
    // Cut in the middle: what is left is done later.
    let mut steps = 0;
    let cut = store.reseal(&mut || {
        steps += 1;
        steps < 2
    });
    assert!(!cut.unwrap().finished);
    assert!(matches!(store.forget_keys(), Err(ResealError::NotYet)));
    assert!(store.reseal(&mut || true).unwrap().finished);
    ended.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    for n in 0..600u32 {
        let row = stored(&store, SHUT, &n.to_be_bytes());
        assert_eq!(envelope::key_of(&row), new);
    }
    let status = store.key_status().unwrap().unwrap();
    assert_eq!((status.whole, status.keys.len()), (true, 2));
    assert!(status.keys[0].needed && !status.keys[1].needed);
    let gone = store.forget_keys().unwrap();
    assert_eq!(gone[0].to_string(), old);
    store.close();
    drop(store);
    let again = place.open();
    assert_eq!(again.scan(SHUT, KeyRange::all(), 999).unwrap().len(), 600);
    assert_eq!(again.key_status().unwrap().unwrap().keys.len(), 1);
}

#[test]
fn a_rebuilt_state_is_sealed_as_it_was() {
    let place = Place::new();
    let store = place.open();
    put(&store, SHUT, b"1", MARKER);
    store.snapshot().unwrap();
    store.rotate_key().unwrap();
    put(&store, SHUT, b"2", MARKER);
    store.reseal(&mut || true).unwrap();
    store.close();
    drop(store);
    fs::remove_dir_all(place.dir().join("state")).unwrap();
    let again = place.open();
    for key in [b"1", b"2"] {
        assert_eq!(again.get(SHUT, key).unwrap().unwrap(), MARKER);
    }
    assert!(!again.needs_reseal().unwrap());
}
