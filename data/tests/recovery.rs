//! What a start does with everything that a crash, a bad disk or a careless hand can leave behind.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parlor_data::{
    Batch, KeyRange, OpenError, ReadError, RecoveryReport, StateFate, Store, StoreOptions, Table,
    WriteError, options::Faults,
};
use proptest::prelude::*;
use tempfile::TempDir;

const T: Table = Table::Probe;

/// A store in a temporary folder, and what it must hold.
struct House {
    dir: TempDir,
    options: StoreOptions,
    written: u32,
}

impl House {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            options: StoreOptions {
                segment_bytes: 4_000,
                boot_id: Some("first boot".into()),
                ..StoreOptions::default()
            },
            written: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn try_open(&self) -> Result<(Store, RecoveryReport), OpenError> {
        Store::open(self.dir.path(), self.options.clone())
            .map(|opened| (opened.store, opened.report))
    }

    /// Opens and checks that everything is there, and nothing else.
    fn open(&self) -> (Store, RecoveryReport) {
        let (store, report) = self.try_open().unwrap();
        let rows = store.scan(T, KeyRange::all(), 10_000).unwrap();
        let keys: Vec<_> = rows.iter().map(|(key, _)| key.to_vec()).collect();
        let expected: Vec<_> = (0..self.written)
            .map(|n| n.to_be_bytes().to_vec())
            .collect();
        assert_eq!(keys, expected);
        assert_eq!(store.seq().0, report.last_seq);
        (store, report)
    }

    fn write(&mut self, store: &Store, count: u32) {
        for n in self.written..self.written + count {
            let batch = Batch::new().put(T, n.to_be_bytes(), vec![n as u8; 100]);
            store.write_blocking(batch).unwrap();
        }
        self.written += count;
    }

    /// Opens, writes and closes in order.
    fn live(&mut self, count: u32) {
        let (store, _) = self.open();
        self.write(&store, count);
    }

    /// Opens, writes, and is killed: what the files hold at that moment is what is left.
    fn die(&mut self, count: u32) {
        let (store, _) = self.open();
        self.write(&store, count);
        let left = tempfile::tempdir().unwrap();
        copy(self.dir.path(), left.path());
        drop(store);
        self.dir = left;
    }

    fn journal_files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(self.path("journal"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn damage(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0xff;
    fs::write(path, bytes).unwrap();
}

fn is_rebuilt(report: &RecoveryReport) -> bool {
    matches!(report.state, StateFate::Rebuilt { .. })
}

#[test]
fn a_new_store_is_created_and_a_closed_one_believed() {
    let mut house = House::new();
    assert_eq!(house.open().1.state, StateFate::Created);
    house.live(30);
    let report = house.open().1;
    assert_eq!(report.state, StateFate::Closed);
    assert_eq!(report.replayed, 0);
}

#[test]
fn after_a_kill_the_state_is_checked_and_the_journal_replayed() {
    let mut house = House::new();
    house.live(30);
    house.die(50);
    let report = house.open().1;
    assert_eq!(report.last_seq, 80);
    house.live(5);
}

#[test]
fn after_another_boot_the_state_is_not_believed() {
    let mut house = House::new();
    house.die(50);
    house.options.boot_id = Some("second boot".into());
    let report = house.open().1;
    assert!(is_rebuilt(&report), "{report}");
    assert!(house.path("aside").exists());
    house.live(5);
    assert_eq!(house.open().1.state, StateFate::Closed);
}

#[test]
fn a_lost_or_damaged_state_is_rebuilt_from_the_journal() {
    let mut house = House::new();
    house.live(60);
    fs::remove_dir_all(house.path("state")).unwrap();
    assert!(is_rebuilt(&house.open().1));

    house.live(10);
    for entry in fs::read_dir(house.path("state")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let len = fs::metadata(&path).unwrap().len() as usize;
            fs::write(&path, vec![0x5a; len]).unwrap();
        }
    }
    assert!(is_rebuilt(&house.open().1));
    house.live(10);
}

#[test]
fn rows_that_do_not_add_up_are_found() {
    let mut house = House::new();
    house.live(20);
    {
        let db = sled::open(house.path("state")).unwrap();
        db.insert([&[T.tag()][..], &3_u32.to_be_bytes()].concat(), "wrong")
            .unwrap();
        db.flush().unwrap();
    }
    // Somebody wrote into it after it was closed, then a process was killed.
    fs::write(house.path("trust"), "open first boot").unwrap();
    let report = house.open().1;
    assert!(is_rebuilt(&report), "{report}");
}

#[test]
fn snapshots_let_the_journal_go_and_the_state_comes_from_both() {
    let mut house = House::new();
    let (store, _) = house.open();
    for _ in 0..4 {
        house.write(&store, 60);
        store.snapshot().unwrap();
        house.write(&store, 20);
    }
    drop(store);
    drop(house.open());
    assert_eq!(fs::read_dir(house.path("snapshot")).unwrap().count(), 2);
    let first = house.journal_files()[0].file_name().unwrap().to_owned();
    assert!(first > *"00000001.log", "old files are gone");

    fs::remove_dir_all(house.path("state")).unwrap();
    let report = house.open().1;
    assert!(
        matches!(
            &report.state,
            StateFate::Rebuilt {
                snapshot: Some(_),
                ..
            }
        ),
        "{report}"
    );

    // The newest snapshot is damaged: the one before does.
    let mut snapshots: Vec<_> = fs::read_dir(house.path("snapshot"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    snapshots.sort();
    damage(&snapshots[1], 40);
    fs::remove_dir_all(house.path("state")).unwrap();
    let report = house.open().1;
    assert!(
        matches!(&report.state, StateFate::Rebuilt { snapshot: Some(from), .. } if *from == snapshots[0]),
        "{report}"
    );

    // Both are: nothing to begin from, and it says so.
    damage(&snapshots[0], 40);
    fs::remove_dir_all(house.path("state")).unwrap();
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    assert!(
        matches!(refused, OpenError::NothingToRebuildFrom { .. }),
        "{refused}"
    );
}

#[test]
fn a_snapshot_taken_while_others_write_restores_the_end() {
    let mut house = House::new();
    // Many of them, so that some end in the moment between a group's rows and its number.
    for _ in 0..8 {
        let (store, _) = house.open();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    store.snapshot().unwrap();
                }
            });
            house.write(&store, 100);
            done.store(true, Ordering::Relaxed);
        });
        drop(store);
        fs::remove_dir_all(house.path("state")).unwrap();
        let report = house.open().1;
        assert!(
            matches!(
                &report.state,
                StateFate::Rebuilt {
                    snapshot: Some(_),
                    ..
                }
            ),
            "{report}"
        );
    }
}

#[test]
fn a_snapshot_that_contradicts_the_journal_is_passed_over() {
    let mut house = House::new();
    let mut stranger = House::new();
    for (house, value) in [(&mut house, "ours"), (&mut stranger, "theirs")] {
        let (store, _) = house.open();
        house.write(&store, 50);
        store
            .write_blocking(Batch::new().put(Table::Settings, "whose", value))
            .unwrap();
        store.snapshot().unwrap();
    }
    house.live(10);
    let name = format!("snapshot/{:020}.snap", 51);
    fs::copy(stranger.path(&name), house.path(&name)).unwrap();
    fs::remove_dir_all(house.path("state")).unwrap();
    let (store, report) = house.open();
    assert!(
        matches!(&report.state, StateFate::Rebuilt { snapshot: None, .. }),
        "{report}"
    );
    let whose = store.get(Table::Settings, "whose").unwrap();
    assert_eq!(whose.as_deref(), Some(&b"ours"[..]));
}

#[test]
fn a_torn_end_is_cut_wherever_it_is_torn() {
    let mut house = House::new();
    house.die(5);
    let file = house.journal_files().pop().unwrap();
    let whole = fs::read(&file).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    // One more group, which was never acknowledged: a copy of the last one, cut and torn.
    for torn in [1, 7, 20, 60, 100] {
        let mut bytes = whole[..end].to_vec();
        bytes.extend_from_slice(&whole[end - 120..end - 120 + torn]);
        bytes.push(1);
        fs::write(&file, &bytes).unwrap();
        fs::remove_dir_all(house.path("state")).unwrap();
        let report = house.open().1;
        assert_eq!(report.torn_bytes, torn as u64 + 1);
    }
    house.live(5);
    house.open();
}

#[test]
fn damage_before_the_end_is_refused_with_a_remedy_that_works() {
    let mut house = House::new();
    house.live(100);
    let files = house.journal_files();
    assert!(files.len() > 2);
    let middle = files[1].clone();
    let before = fs::read(&middle).unwrap();
    damage(&middle, 1_000);
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    let OpenError::JournalDamaged { path, offset, seq } = &refused else {
        panic!("{refused}")
    };
    assert_eq!(path, &middle);
    assert!(*offset <= 1_000);
    let words = refused.to_string();
    assert!(
        words.contains("truncate") && words.contains("state"),
        "{words}"
    );

    // What the remedy says.
    let len = usize::try_from(*offset).unwrap();
    fs::write(&middle, &fs::read(&middle).unwrap()[..len]).unwrap();
    for later in &files[2..] {
        fs::rename(later, house.dir.path().join(later.file_name().unwrap())).unwrap();
    }
    fs::rename(house.path("state"), house.path("old")).unwrap();
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    assert!(
        matches!(refused, OpenError::JournalBehind { known: 100, .. }),
        "{refused}"
    );
    fs::remove_file(house.path("trust")).unwrap();
    house.written = u32::try_from(*seq).unwrap() - 1;
    house.open();
    drop(before);
}

#[test]
fn damage_in_the_last_file_is_told_from_a_torn_end() {
    let mut house = House::new();
    house.options.segment_bytes = 1_000_000;
    house.live(20);
    let file = house.journal_files().pop().unwrap();
    damage(&file, 700);
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    assert!(
        matches!(refused, OpenError::JournalDamaged { .. }),
        "{refused}"
    );
}

#[test]
fn a_lost_end_of_the_journal_is_refused() {
    let mut house = House::new();
    house.live(110);
    fs::remove_file(house.journal_files().pop().unwrap()).unwrap();
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    assert!(
        matches!(refused, OpenError::JournalBehind { known: 110, .. }),
        "{refused}"
    );
    for file in house.journal_files() {
        fs::remove_file(file).unwrap();
    }
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    assert!(
        matches!(
            refused,
            OpenError::JournalBehind {
                known: 110,
                journal: 0
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_missing_file_of_the_journal_is_refused() {
    let mut house = House::new();
    house.live(100);
    fs::remove_file(&house.journal_files()[1]).unwrap();
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    assert!(
        matches!(refused, OpenError::JournalHole { .. }),
        "{refused}"
    );
}

#[test]
fn a_segment_that_was_being_made_is_no_damage() {
    let mut house = House::new();
    house.live(10);
    fs::write(house.path("journal/00000099.log"), b"PARL").unwrap();
    house.live(10);
    fs::write(house.path("journal/00000099.log"), b"").unwrap();
    house.open();
}

#[test]
fn the_second_process_is_refused() {
    let house = House::new();
    let (_store, _) = house.open();
    let Err(refused) = house.try_open() else {
        panic!("opened")
    };
    assert!(
        refused
            .to_string()
            .contains(&std::process::id().to_string()),
        "{refused}"
    );
}

#[test]
fn when_the_disk_refuses_the_store_reads_on_and_heals() {
    let mut house = House::new();
    let faults = Arc::new(Faults::default());
    house.options.faults = Arc::clone(&faults);
    let (store, _) = house.open();
    house.write(&store, 10);

    faults.journal.store(true, Ordering::Relaxed);
    let refused = store.write_blocking(Batch::new().put(T, [9; 4], "lost"));
    assert!(
        matches!(&refused, Err(WriteError::ReadOnly(why)) if why.contains("injected")),
        "{refused:?}"
    );
    assert!(store.stats().read_only.is_some());
    assert_eq!(store.get(T, [9; 4]), Ok(None));
    assert!(store.get(T, 3_u32.to_be_bytes()).unwrap().is_some());

    faults.journal.store(false, Ordering::Relaxed);
    while store.stats().read_only.is_some() {
        std::thread::yield_now();
    }
    house.write(&store, 10);
    assert_eq!(store.seq().0, 20, "the refused batch has no number");
    drop(store);
    assert_eq!(house.open().1.state, StateFate::Closed);
    fs::remove_dir_all(house.path("state")).unwrap();
    house.open();
}

#[test]
fn when_the_state_fails_the_write_is_kept_and_the_next_start_rebuilds() {
    let mut house = House::new();
    let faults = Arc::new(Faults::default());
    house.options.faults = Arc::clone(&faults);
    let (store, _) = house.open();
    house.write(&store, 10);
    faults.state.store(true, Ordering::Relaxed);
    house.write(&store, 1);
    assert!(matches!(
        store.get(T, 0_u32.to_be_bytes()),
        Err(ReadError::Broken(_))
    ));
    let refused = store.write_blocking(Batch::new().put(T, [9; 4], "lost"));
    assert!(
        matches!(refused, Err(WriteError::ReadOnly(_))),
        "{refused:?}"
    );
    drop(store);
    faults.state.store(false, Ordering::Relaxed);
    assert!(is_rebuilt(&house.open().1));
}

#[test]
fn a_disk_without_room_is_only_read() {
    let mut house = House::new();
    house.live(3);
    house.options.free_bytes_min = u64::MAX;
    let (store, report) = house.open();
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    while store.stats().read_only.is_none() {
        std::thread::yield_now();
    }
    let refused = store.write_blocking(Batch::new().put(T, [9; 4], "lost"));
    assert!(
        matches!(&refused, Err(WriteError::ReadOnly(why)) if why.contains("MiB")),
        "{refused:?}"
    );
}

type Row = (Vec<u8>, Vec<u8>);

/// Everything in the store, table by table.
fn everything(dir: &Path) -> Vec<(Table, Vec<Row>)> {
    let store = Store::open(dir, StoreOptions::default()).unwrap().store;
    let rows = |table: &Table| {
        let rows = store.scan(*table, KeyRange::all(), 10_000).unwrap();
        let owned = rows.iter().map(|(key, row)| (key.to_vec(), row.to_vec()));
        (*table, owned.collect())
    };
    Table::ALL.iter().map(rows).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The same history, told three ways: by the state itself, by the journal from the first batch
    /// on, and by a snapshot with the journal after it.
    #[test]
    fn the_state_after_replay_equals_a_fresh_snapshot(
        batches in prop::collection::vec(
            prop::collection::vec((0..3_usize, 0..20_u8, prop::option::of(0..60_usize)), 0..6),
            1..60,
        ),
        snapshot_at in any::<prop::sample::Index>(),
    ) {
        let tables = [Table::Probe, Table::Settings, Table::Mails];
        let house = tempfile::tempdir().unwrap();
        let options = StoreOptions { segment_bytes: 900, ..StoreOptions::default() };
        let store = Store::open(house.path(), options).unwrap().store;
        for (n, changes) in batches.iter().enumerate() {
            let batch = changes.iter().fold(Batch::new(), |batch, (table, key, len)| match len {
                Some(len) => batch.put(tables[*table], [*key], vec![n as u8; *len]),
                None => batch.delete(tables[*table], [*key]),
            });
            store.write_blocking(batch).unwrap();
            if n == snapshot_at.index(batches.len()) {
                store.snapshot().unwrap();
            }
        }
        drop(store);

        let (replayed, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for copied in [&replayed, &restored] {
            copy(house.path(), copied.path());
            fs::remove_dir_all(copied.path().join("state")).unwrap();
        }
        for snapshot in fs::read_dir(replayed.path().join("snapshot")).unwrap() {
            fs::remove_file(snapshot.unwrap().path()).unwrap();
        }
        let lived = everything(house.path());
        prop_assert_eq!(&everything(replayed.path()), &lived);
        prop_assert_eq!(&everything(restored.path()), &lived);
    }
}
