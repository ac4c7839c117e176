//! The log in memory: what is written is found, what is touched is noticed.

use parlor_domain::{
    audit::{Action, Attempt, SESSION, Wanted},
    id::UserId,
    identity::Role,
};
use uuid::Uuid;

use super::*;
use crate::range::KeyRange;

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn write(store: &Store, attempts: &[Attempt]) {
    let entries: Vec<_> = attempts
        .iter()
        .map(|it| Entry {
            attempt: it.clone(),
            times: 1,
            until: it.at,
            salts: [[it.at.0 as u8; SALT_BYTES], [7; SALT_BYTES]],
        })
        .collect();
    let (batch, _) = append(&head(store).unwrap(), &entries).unwrap();
    store.write_blocking(batch).unwrap();
}

/// Ten attempts, at 1 to 10 minutes, by two people.
fn house() -> Store {
    let store = Store::in_memory();
    for n in 1..=10u8 {
        let at = Timestamp(i64::from(n) * 60_000);
        let mut it = Attempt::new(Action::Joined, at)
            .by(Who::Person(user(u128::from(n % 2)), Role::Client))
            .on(SESSION, format!("room-{}", n % 3))
            .from(Some(IpAddr::from([192, 0, 2, n])));
        if n == 4 {
            it = it.refused("too_early").about(user(9)).with("door", "shut");
            it = it.saying("for a reason");
        }
        write(&store, &[it]);
    }
    store
}

fn all(store: &Store, wanted: Wanted) -> Vec<u64> {
    let (mut seqs, mut before) = (Vec::new(), None);
    loop {
        let found = search(store, &wanted, before, 2, 3).unwrap();
        seqs.extend(found.records.iter().map(|it| it.seq));
        match found.next {
            Some(next) => before = Some(next),
            None => return seqs,
        }
    }
}

#[test]
fn a_record_comes_back_as_it_was_tried() {
    let store = house();
    let it = record(&store, 4).unwrap().unwrap();
    assert_eq!((it.seq, it.at, it.times), (4, Timestamp(240_000), 1));
    assert_eq!(it.who, Who::Person(user(0), Role::Client));
    assert_eq!(it.action, "video_call_join");
    assert_eq!(it.refused.as_deref(), Some("too_early"));
    assert_eq!(
        (it.resource.kind.as_str(), it.resource.id.as_str()),
        (SESSION, "room-1")
    );
    assert_eq!(it.about, Some(user(9)));
    assert_eq!(it.fact("door"), Some("shut"));
    assert_eq!(it.address, Some(IpAddr::from([192, 0, 2, 4])));
    assert_eq!(it.words.as_deref(), Some("for a reason"));
    assert_eq!(record(&store, 11).unwrap(), None);
}

#[test]
fn searches_find_what_they_look_for_page_by_page() {
    let store = house();
    let any = Wanted::default();
    let seqs = |wanted| all(&store, wanted);
    assert_eq!(seqs(any.clone()), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let of = |n| Wanted {
        person: Some(user(n)),
        ..any.clone()
    };
    assert_eq!(seqs(of(1)), [9, 7, 5, 3, 1]);
    assert_eq!(seqs(of(9)), [4]);
    assert_eq!(seqs(of(5)), [0; 0]);
    let room = Wanted {
        id: Some("room-0".into()),
        ..any.clone()
    };
    assert_eq!(seqs(room.clone()), [9, 6, 3]);
    assert_eq!(
        seqs(Wanted {
            person: Some(user(0)),
            ..room
        }),
        [6]
    );
    assert_eq!(
        seqs(Wanted {
            refused: Some(true),
            ..any.clone()
        }),
        [4]
    );
    let minutes = |n: i64| Some(Timestamp(n * 60_000));
    let between = Wanted {
        from: minutes(3),
        to: minutes(5),
        ..any.clone()
    };
    assert_eq!(seqs(between.clone()), [4, 3]);
    assert_eq!(
        seqs(Wanted {
            person: Some(user(1)),
            ..between
        }),
        [3]
    );
    assert_eq!(
        seqs(Wanted {
            action: Some("login".into()),
            ..any
        }),
        [0; 0]
    );
}

#[test]
fn a_true_log_verifies_and_says_what_was_written_down() {
    let store = house();
    let good = verify(&store, None, |_| ()).unwrap();
    assert_eq!((good.records, good.head.seq, good.anchor.seq), (10, 10, 0));
    let row = store
        .get(Table::AuditRecords, 6u64.to_be_bytes())
        .unwrap()
        .unwrap();
    let noted = *row.last_chunk::<32>().unwrap();
    assert_eq!(verify(&store, Some(noted), |_| ()).unwrap().held, Some(6));
    assert_eq!(verify(&store, Some([9; 32]), |_| ()).unwrap().held, None);
    assert_eq!(
        verify(&Store::in_memory(), None, |_| ()).unwrap(),
        Verified::default()
    );
}

/// A row that begins with something random would now and then look like a sealed one.
#[test]
fn every_row_begins_with_its_version() {
    let store = house();
    for table in [Table::AuditRecords, Table::AuditPersonal, Table::AuditHead] {
        for (_, row) in store.scan(table, KeyRange::all(), 100).unwrap() {
            assert_eq!(row.first(), Some(&1), "{table:?}");
        }
    }
}

/// Every bit of every byte of every row of these tables.
#[test]
fn a_flipped_bit_anywhere_is_found() {
    let tables = [
        Table::AuditHead,
        Table::AuditRecords,
        Table::AuditPersonal,
        Table::AuditAnchor,
    ];
    let store = house();
    purge_before(&store, Timestamp(3 * 60_000));
    let mut flipped = 0;
    for table in tables {
        let rows = store.scan(table, KeyRange::all(), 100).unwrap();
        assert!(!rows.is_empty(), "{table:?}");
        for (key, row) in rows {
            for bit in 0..row.len() * 8 {
                let mut wrong = row.to_vec();
                wrong[bit / 8] ^= 1 << (bit % 8);
                store
                    .write_blocking(Batch::new().put(table, &key, wrong))
                    .unwrap();
                let verdict = verify(&store, None, |_| ());
                assert!(verdict.is_err(), "{table:?} {key:?} bit {bit}");
                flipped += 1;
            }
            store
                .write_blocking(Batch::new().put(table, &key, row))
                .unwrap();
        }
    }
    verify(&store, None, |_| ()).unwrap();
    assert!(flipped > 5_000, "{flipped}");
}

#[test]
fn a_removed_record_is_named_wherever_it_was() {
    for gone in [1u64, 5, 10] {
        let store = house();
        let remove = Batch::new().delete(Table::AuditRecords, gone.to_be_bytes());
        store.write_blocking(remove).unwrap();
        assert_eq!(
            verify(&store, None, |_| ()).unwrap_err(),
            Fault::Missing(gone)
        );
    }
    // Nor does it help to let the log end before it.
    let store = house();
    let nine = store
        .get(Table::AuditRecords, 9u64.to_be_bytes())
        .unwrap()
        .unwrap();
    let nine = Link {
        seq: 9,
        chain: *nine.last_chunk::<32>().unwrap(),
    };
    let shorter = link_bytes(Table::AuditHead, &nine).unwrap();
    store
        .write_blocking(Batch::new().put(Table::AuditHead, [], shorter))
        .unwrap();
    let named = Fault::Head {
        named: 9,
        found: 10,
    };
    assert_eq!(verify(&store, None, |_| ()).unwrap_err(), named);
}

#[test]
fn a_record_that_no_search_finds_is_named() {
    let store = house();
    let rows = store.scan(Table::AuditIndex, KeyRange::all(), 100).unwrap();
    for (key, _) in rows {
        store
            .write_blocking(Batch::new().delete(Table::AuditIndex, &key))
            .unwrap();
        let seq = u64::from_be_bytes(*key.last_chunk::<8>().unwrap());
        assert_eq!(
            verify(&store, None, |_| ()).unwrap_err(),
            Fault::Hidden(seq)
        );
        store
            .write_blocking(Batch::new().put(Table::AuditIndex, &key, Vec::new()))
            .unwrap();
    }
}

/// As the writer does it: says so, then removes.
fn purge_before(store: &Store, before: Timestamp) -> usize {
    let Some(up_to) = purge_up_to(store, before).unwrap() else {
        return 0;
    };
    let hash: String = up_to.chain.iter().map(|it| format!("{it:02x}")).collect();
    let said = Attempt::new(Action::Purged, Timestamp(11 * 60_000))
        .by(Who::House)
        .with("upTo", up_to.seq)
        .with("hash", hash);
    write(store, &[said]);
    let mut count = 0;
    loop {
        let page = purge(store, up_to.seq).unwrap();
        count += page.count;
        store.write_blocking(page.batch).unwrap();
        verify(store, None, |_| ()).expect("true after every page");
        if page.next.is_none() {
            return count;
        }
    }
}

#[test]
fn a_purged_head_leaves_a_true_log_and_nothing_behind() {
    let store = house();
    assert_eq!(purge_before(&store, Timestamp(60_000)), 0);
    assert_eq!(purge_before(&store, Timestamp(5 * 60_000)), 4);
    let good = verify(&store, None, |_| ()).unwrap();
    assert_eq!((good.records, good.anchor.seq, good.head.seq), (7, 4, 11));
    assert_eq!(all(&store, Wanted::default()), [11, 10, 9, 8, 7, 6, 5]);
    let of = |n| Wanted {
        person: Some(user(n)),
        ..Wanted::default()
    };
    assert_eq!(all(&store, of(9)), [0; 0]);
    let kept = store
        .scan(Table::AuditPersonal, KeyRange::all(), 100)
        .unwrap();
    assert_eq!(kept.len(), 6, "one address a record, and no words any more");
    // A second time, also over the first's announcement.
    assert_eq!(purge_before(&store, Timestamp(12 * 60_000)), 7);
    let good = verify(&store, None, |_| ()).unwrap();
    assert_eq!((good.records, good.anchor.seq, good.head.seq), (1, 11, 12));
}

#[test]
fn who_cuts_off_the_beginning_without_a_word_is_found() {
    let store = house();
    let page = purge(&store, 4).unwrap();
    store.write_blocking(page.batch).unwrap();
    assert_eq!(verify(&store, None, |_| ()).unwrap_err(), Fault::Anchor(4));
}

#[test]
fn many_are_purged_in_pages_that_fit_a_batch() {
    let store = Store::in_memory();
    for from in 0..5 {
        let many: Vec<_> = (0..RECORDS_PER_BATCH as i64)
            .map(|n| {
                Attempt::new(Action::Refunded, Timestamp(from * 100 + n))
                    .by(Who::Person(user(1), Role::Admin))
                    .about(user(2))
                    .on("Order", n)
                    .from(Some(IpAddr::from([192, 0, 2, 1])))
                    .saying("because")
            })
            .collect();
        write(&store, &many);
    }
    assert_eq!(
        purge_before(&store, Timestamp(10_000)),
        5 * RECORDS_PER_BATCH
    );
}

#[test]
fn what_is_personal_can_be_forgotten_and_the_chain_stays() {
    let store = house();
    let page = forget_addresses(&store, Timestamp(3 * 60_000), 100).unwrap();
    assert_eq!((page.count, page.next.is_none()), (2, true));
    store.write_blocking(page.batch).unwrap();
    assert_eq!(record(&store, 2).unwrap().unwrap().address, None);
    assert!(record(&store, 3).unwrap().unwrap().address.is_some());

    // What was said about somebody goes; where another person came from stays.
    let page = forget_person(&store, user(9), None, 100).unwrap();
    assert_eq!(page.count, 1);
    store.write_blocking(page.batch).unwrap();
    let it = record(&store, 4).unwrap().unwrap();
    assert_eq!((it.words.as_deref(), it.address.is_some()), (None, true));

    let (mut after, mut count) = (None, 0);
    loop {
        let page = forget_person(&store, user(1), after, 2).unwrap();
        store.write_blocking(page.batch).unwrap();
        count += page.count;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(count, 5, "counted once, also where it was forgotten before");
    assert_eq!(record(&store, 5).unwrap().unwrap().address, None);
    assert!(record(&store, 6).unwrap().unwrap().address.is_some());
    verify(&store, None, |_| ()).unwrap();
}
