//! What a store promises, asked of both engines: the one on disk and its twin in memory.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use parlor_data::{
    Batch, CommitSeq, KeyRange, LazyBatch, ReadError, Store, StoreOptions, Table, WriteError,
    batch::VALUE_BYTES_MAX,
};
use proptest::prelude::*;

const T: Table = Table::Probe;

/// Runs the test on a fresh store of each kind.
fn on_both(test: impl Fn(&Store)) {
    test(&Store::in_memory());
    let dir = tempfile::tempdir().unwrap();
    let opened = Store::open(dir.path(), StoreOptions::default()).unwrap();
    test(&opened.store);
}

fn put(store: &Store, key: &[u8], value: &'static [u8]) -> CommitSeq {
    store
        .write_blocking(Batch::new().put(T, key, value))
        .unwrap()
}

fn value(store: &Store, key: &[u8]) -> Option<Bytes> {
    store.get(T, key).unwrap()
}

#[test]
fn a_batch_happens_entirely_and_is_read_at_once() {
    on_both(|store| {
        assert_eq!(value(store, b"a"), None);
        let first = put(store, b"a", b"1");
        let batch = Batch::new()
            .delete(T, b"a")
            .put(T, b"b", "2")
            .put(T, b"b", "3");
        let second = store.write_blocking(batch).unwrap();
        assert_eq!(second, CommitSeq(first.0 + 1));
        assert_eq!(value(store, b"a"), None);
        assert_eq!(value(store, b"b"), Some("3".into()), "the last change wins");
        assert_eq!(store.seq(), second);
        assert_eq!(store.stats().seq, second.0);
    });
}

#[test]
fn a_failed_precondition_says_which_and_changes_nothing() {
    on_both(|store| {
        put(store, b"a", b"1");
        let cases = [
            (Batch::new().require_absent(T, b"x"), None),
            (Batch::new().require_absent(T, b"a"), Some(0)),
            (Batch::new().require_present(T, b"a"), None),
            (Batch::new().require_present(T, b"x"), Some(0)),
            (Batch::new().require_equals(T, b"a", "1"), None),
            (Batch::new().require_equals(T, b"a", "2"), Some(0)),
            (Batch::new().require_equals(T, b"x", "1"), Some(0)),
            (Batch::new().require_unchanged(T, b"x", None), None),
            (Batch::new().require_unchanged(T, b"a", None), Some(0)),
            (
                Batch::new()
                    .require_present(T, b"a")
                    .require_absent(T, b"a"),
                Some(1),
            ),
        ];
        for (batch, broken) in cases {
            let before = store.seq();
            let wrote = store.write_blocking(batch.clone().put(T, b"seen", "yes"));
            match broken {
                None => assert!(wrote.is_ok(), "{batch:?}"),
                Some(index) => {
                    assert_eq!(
                        wrote,
                        Err(WriteError::PreconditionFailed { index }),
                        "{batch:?}"
                    );
                    assert_eq!(store.seq(), before);
                    assert_eq!(value(store, b"seen"), None);
                }
            }
            store
                .write_blocking(Batch::new().delete(T, b"seen"))
                .unwrap();
        }
    });
}

#[test]
fn of_many_who_want_the_same_one_gets_it() {
    on_both(|store| {
        let won = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..16_u8)
                .map(|n| {
                    scope.spawn(move || {
                        let batch =
                            Batch::new()
                                .require_absent(T, b"slot")
                                .put(T, b"slot", vec![n]);
                        store.write_blocking(batch).is_ok()
                    })
                })
                .collect();
            racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .filter(|won| *won)
                .count()
        });
        assert_eq!(won, 1);
    });
}

#[test]
fn tables_and_ranges_are_kept_apart() {
    on_both(|store| {
        let batch = (0..10_u8).fold(Batch::new(), |batch, n| batch.put(T, [n / 5, n], vec![n]));
        store
            .write_blocking(batch.put(Table::Settings, b"", "other"))
            .unwrap();
        let keys = |range: KeyRange, limit| -> Vec<u8> {
            let rows = store.scan(T, range, limit).unwrap();
            rows.iter()
                .map(|(key, value)| {
                    assert_eq!(key[1], value[0]);
                    key[1]
                })
                .collect()
        };
        assert_eq!(keys(KeyRange::all(), 100), (0..10).collect::<Vec<_>>());
        assert_eq!(keys(KeyRange::prefix([1]), 100), [5, 6, 7, 8, 9]);
        assert_eq!(keys(KeyRange::prefix([1]).reverse(), 2), [9, 8]);
        assert_eq!(
            keys(KeyRange::prefix([1]).reverse().after([1, 8]), 2),
            [7, 6]
        );
        assert_eq!(keys(KeyRange::all().after([0, 3]), 2), [4, 5]);
        assert_eq!(keys(KeyRange::between([0, 2], [0, 4]), 100), [2, 3]);
        assert_eq!(keys(KeyRange::up_to([0, 2]), 100), [0, 1, 2]);
        assert!(keys(KeyRange::between([9], [1]), 100).is_empty());
        assert_eq!(
            store.scan(T, KeyRange::all(), 10_001),
            Err(ReadError::LimitTooHigh(10_001))
        );
        let other = store.scan(Table::Settings, KeyRange::all(), 9).unwrap();
        assert_eq!(other, [(Bytes::new(), Bytes::from("other"))]);
    });
}

#[test]
fn what_is_too_big_is_refused() {
    on_both(|store| {
        let big = vec![0; VALUE_BYTES_MAX + 1];
        assert!(matches!(
            store.write_blocking(Batch::new().put(T, b"a", big.clone())),
            Err(WriteError::TooBig(_))
        ));
        assert!(matches!(
            store.write_lazy(LazyBatch::new().put(T, b"a", big)),
            Err(WriteError::TooBig(_))
        ));
        assert_eq!(value(store, b"a"), None);
    });
}

#[test]
fn a_lazy_batch_arrives_before_a_later_durable_one() {
    on_both(|store| {
        store
            .write_lazy(LazyBatch::new().put(T, b"seen", "1").delete(T, b"x"))
            .unwrap();
        put(store, b"a", b"1");
        assert_eq!(value(store, b"seen"), Some("1".into()));
    });
}

#[test]
fn a_closed_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreOptions::default())
        .unwrap()
        .store;
    put(&store, b"a", b"1");
    store.close();
    store.close();
    assert_eq!(store.get(T, b"a"), Err(ReadError::Closed));
    let batch = Batch::new().put(T, b"a", "2");
    assert_eq!(store.write_blocking(batch), Err(WriteError::Closed));
}

#[test]
fn a_full_queue_is_busy_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        queue_max: 1,
        lazy_delay: Duration::from_secs(3600),
        ..StoreOptions::default()
    };
    let store = Store::open(dir.path(), options).unwrap().store;
    let lazy = || store.write_lazy(LazyBatch::new().put(T, b"a", "1"));
    assert_eq!(lazy(), Ok(()));
    assert_eq!(lazy(), Err(WriteError::Busy));
    store.close();
}

#[tokio::test]
async fn many_async_writers_share_syncs() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreOptions::default())
        .unwrap()
        .store;
    let tasks: Vec<_> = (0..200_u32)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(
                async move { store.write(Batch::new().put(T, n.to_be_bytes(), "x")).await },
            )
        })
        .collect();
    let mut seqs = Vec::new();
    for task in tasks {
        seqs.push(task.await.unwrap().unwrap().0);
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=200).collect::<Vec<_>>(), "no hole, no double");
    assert!(store.stats().groups < 200);
}

/// One step of the model test.
#[derive(Debug, Clone)]
enum Step {
    Write(Vec<(u8, Expected)>, Vec<(u8, Option<u8>)>),
    Lazy(Vec<(u8, Option<u8>)>),
    Scan {
        prefix: Option<u8>,
        after: Option<u8>,
        reverse: bool,
        limit: usize,
    },
    Reopen,
    Snapshot,
    LoseState,
}

#[derive(Debug, Clone)]
enum Expected {
    Absent,
    Present,
    Value(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..24_u8;
    let changes = || prop::collection::vec((key(), prop::option::of(any::<u8>())), 0..5);
    let expected = prop_oneof![
        Just(Expected::Absent),
        Just(Expected::Present),
        any::<u8>().prop_map(Expected::Value)
    ];
    let write = (prop::collection::vec((key(), expected), 0..2), changes());
    let scan = (
        prop::option::of(0..3_u8),
        prop::option::of(key()),
        any::<bool>(),
        0..10_usize,
    );
    let step = prop_oneof![
        12 => write.prop_map(|(required, changes)| Step::Write(required, changes)),
        3 => changes().prop_map(Step::Lazy),
        6 => scan.prop_map(|(prefix, after, reverse, limit)| Step::Scan { prefix, after, reverse, limit }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Snapshot),
        1 => Just(Step::LoseState),
    ];
    prop::collection::vec(step, 1..60)
}

/// Keys of two bytes, so that prefixes mean something.
fn key(n: u8) -> [u8; 2] {
    [n / 8, n]
}

type Model = BTreeMap<[u8; 2], Bytes>;

fn apply(model: &mut Model, changes: &[(u8, Option<u8>)]) {
    for (at, value) in changes {
        match value {
            Some(value) => model.insert(key(*at), Bytes::from(vec![*value])),
            None => model.remove(&key(*at)),
        };
    }
}

fn run(steps: &[Step], mut store: Store, mut reopen: impl FnMut(Store, bool) -> Store) {
    let mut model = Model::new();
    for step in steps {
        match step {
            Step::Write(required, changes) => {
                let mut batch = Batch::new();
                let mut broken = None;
                for (index, (at, expected)) in required.iter().enumerate() {
                    let row = model.get(&key(*at));
                    let holds;
                    (batch, holds) = match expected {
                        Expected::Absent => (batch.require_absent(T, key(*at)), row.is_none()),
                        Expected::Present => (batch.require_present(T, key(*at)), row.is_some()),
                        Expected::Value(value) => (
                            batch.require_equals(T, key(*at), vec![*value]),
                            row.is_some_and(|row| row[..] == [*value]),
                        ),
                    };
                    if !holds && broken.is_none() {
                        broken = Some(index);
                    }
                }
                for (at, value) in changes {
                    batch = match value {
                        Some(value) => batch.put(T, key(*at), vec![*value]),
                        None => batch.delete(T, key(*at)),
                    };
                }
                let wrote = store.write_blocking(batch);
                match broken {
                    Some(index) => assert_eq!(wrote, Err(WriteError::PreconditionFailed { index })),
                    None => {
                        assert!(wrote.is_ok());
                        apply(&mut model, changes);
                    }
                }
            }
            Step::Lazy(changes) => {
                let mut batch = LazyBatch::new();
                for (at, value) in changes {
                    batch = match value {
                        Some(value) => batch.put(T, key(*at), vec![*value]),
                        None => batch.delete(T, key(*at)),
                    };
                }
                store.write_lazy(batch).unwrap();
                // A durable batch brings it along.
                store.write_blocking(Batch::new()).unwrap();
                apply(&mut model, changes);
            }
            Step::Scan {
                prefix,
                after,
                reverse,
                limit,
            } => {
                let mut range = prefix.map_or(KeyRange::all(), |prefix| KeyRange::prefix([prefix]));
                if *reverse {
                    range = range.reverse();
                }
                if let Some(after) = after {
                    range = range.after(key(*after));
                }
                let fits = |at: &[u8; 2]| {
                    prefix.is_none_or(|prefix| at[0] == prefix)
                        && after.is_none_or(|after| {
                            if *reverse {
                                *at < key(after)
                            } else {
                                *at > key(after)
                            }
                        })
                };
                let mut expected: Vec<_> = model
                    .iter()
                    .filter(|(at, _)| fits(at))
                    .map(|(at, value)| (Bytes::copy_from_slice(at), value.clone()))
                    .collect();
                if *reverse {
                    expected.reverse();
                }
                expected.truncate(*limit);
                assert_eq!(store.scan(T, range, *limit).unwrap(), expected);
            }
            Step::Reopen => store = reopen(store, false),
            Step::LoseState => store = reopen(store, true),
            Step::Snapshot => drop(store.snapshot()),
        }
    }
    let all = store.scan(T, KeyRange::all(), 1_000).unwrap();
    let expected: Vec<_> = model
        .iter()
        .map(|(at, value)| (Bytes::copy_from_slice(at), value.clone()))
        .collect();
    assert_eq!(all, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_twin_behaves_like_a_map(steps in steps()) {
        run(&steps, Store::in_memory(), |store, _| store);
    }

    #[test]
    fn the_disk_behaves_like_a_map(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        // Small files and one snapshot kept: segments roll and retire within the test.
        let options = StoreOptions { segment_bytes: 700, snapshots_kept: 1, ..StoreOptions::default() };
        let store = Store::open(dir.path(), options.clone()).unwrap().store;
        run(&steps, store, |store, lose_state| {
            drop(store);
            if lose_state {
                std::fs::remove_dir_all(dir.path().join("state")).unwrap();
            }
            Store::open(dir.path(), options.clone()).unwrap().store
        });
    }
}
