//! The writer on a store on disk, where batches wait for each other.

use std::{
    sync::{Mutex, atomic::Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use parlor_data::{StoreOptions, Table, nouns::ledger};
use parlor_domain::{
    id::CallId,
    ledger::{Gateway, Kind, Subject},
    time::Timestamp,
};
use uuid::Uuid;

use super::*;

struct House {
    ledger: Ledger,
    store: Store,
    options: StoreOptions,
    _dir: tempfile::TempDir,
}

fn house() -> House {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        free_bytes_min: 0,
        ..StoreOptions::default()
    };
    let store = Store::open(dir.path(), options.clone()).unwrap().store;
    House {
        ledger: Ledger::new(store.clone()),
        store,
        options,
        _dir: dir,
    }
}

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn wallet(n: u128) -> Account {
    Account::Wallet(user(n))
}

fn coins(from: Account, to: Account, units: i64) -> Entry {
    Entry::new(Timestamp(1), Kind::Adjustment, Subject::None).moving(from, to, units)
}

fn given(to: u128, units: i64) -> Posting {
    Posting::new(coins(Account::Issued(Gateway::Demo), wallet(to), units))
}

fn hold(of: u128, call: u128, units: i64) -> Posting {
    let hold = Account::CallHold(CallId(Uuid::from_u128(call)));
    Posting::new(coins(wallet(of), hold, units))
}

/// What the disk says is what the writer says, and the books are true.
fn assert_true(house: &House) -> u64 {
    let books = ledger::verify(&house.store, |_| {}).unwrap();
    assert!(books.sums().values().all(|sum| *sum == 0));
    for (account, units) in &books.balances {
        assert_eq!(house.ledger.balance(*account).unwrap(), *units);
        assert!(account.is_house() || *units >= 0);
    }
    books.head.seq
}

/// P5.
#[tokio::test]
async fn of_a_hundred_at_once_with_money_for_one_exactly_one_is_posted() {
    let house = house();
    house.ledger.post(given(1, 700)).await.unwrap();
    let all = (0..100).map(|call| house.ledger.post(hold(1, call, 700)));
    let outcomes = join_all(all).await;
    let posted = outcomes.iter().filter(|it| it.is_ok()).count();
    assert_eq!(posted, 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        let missing = PostError::TooLittle {
            account: wallet(1),
            missing: 700,
        };
        assert_eq!(refused, missing);
    }
    assert_eq!(assert_true(&house), 2);
}

#[tokio::test]
async fn a_key_posts_once_however_often_and_whenever_it_comes() {
    let house = house();
    let top_up = |request: &[u8]| {
        let once = Once::new("top-up", "pay_1", request).making(*b"order 7");
        given(1, 50).once(once)
    };
    let at_once = join_all((0..20).map(|_| house.ledger.post(top_up(b"50")))).await;
    let firsts = at_once
        .iter()
        .filter(|it| !it.as_ref().unwrap().repeated)
        .count();
    assert_eq!(firsts, 1);
    let later = house.ledger.post(top_up(b"50")).await.unwrap();
    let first = Posted {
        seq: 1,
        made: b"order 7".to_vec(),
        repeated: true,
    };
    assert_eq!(later, first);
    assert_eq!(
        house.ledger.post(top_up(b"60")).await,
        Err(PostError::Repeated)
    );
    // A writer that was not there when it was posted knows it too.
    let other = Ledger::new(house.store.clone());
    assert_eq!(other.post(top_up(b"50")).await, Ok(first));
    assert_eq!(house.ledger.wallet(user(1)).unwrap(), MilliCoins(50));
    assert_eq!(assert_true(&house), 1);
}

#[tokio::test]
async fn what_was_made_after_a_failed_batch_is_made_anew() {
    let house = house();
    house.ledger.post(given(1, 100)).await.unwrap();
    let impossible = Batch::new().require_present(Table::Probe, b"nobody wrote this");
    let bad = |call| {
        house
            .ledger
            .post(hold(1, call, 60).with(impossible.clone()))
    };
    // Each good one is made while the bad one before it is thought to happen.
    let (bad_1, good_1, bad_2, good_2, poor) = tokio::join!(
        bad(1),
        house.ledger.post(given(1, 5)),
        bad(2),
        house.ledger.post(hold(1, 3, 45)),
        house.ledger.post(hold(1, 4, 1_000)),
    );
    assert_eq!(bad_1, Err(PostError::Stale));
    assert!(matches!(
        bad_2,
        Err(PostError::Stale | PostError::TooLittle { .. })
    ));
    assert!(good_1.is_ok() && good_2.is_ok(), "{good_1:?} {good_2:?}");
    assert!(matches!(poor, Err(PostError::TooLittle { .. })));
    assert_eq!(house.ledger.wallet(user(1)).unwrap(), MilliCoins(60));
    assert_eq!(assert_true(&house), 3);
}

#[tokio::test]
async fn a_disk_that_refuses_moves_nothing_and_the_books_go_on_when_it_accepts() {
    let house = house();
    house.ledger.post(given(1, 100)).await.unwrap();
    house.options.faults.journal.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        let refused = house.ledger.post(hold(1, 1, 60)).await;
        assert!(matches!(refused, Err(PostError::Store(_))), "{refused:?}");
    }
    assert_eq!(house.ledger.wallet(user(1)).unwrap(), MilliCoins(100));
    house.options.faults.journal.store(false, Ordering::Relaxed);
    while house.store.stats().read_only.is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    house.ledger.post(hold(1, 1, 60)).await.unwrap();
    assert_eq!(house.ledger.wallet(user(1)).unwrap(), MilliCoins(40));
    assert_eq!(assert_true(&house), 2);
}

#[tokio::test]
async fn rows_travel_with_their_entry() {
    let house = house();
    let row = |value: &'static str| {
        Batch::new()
            .require_absent(Table::Probe, b"call")
            .put(Table::Probe, b"call", value)
    };
    let first = house.ledger.post(given(1, 5).with(row("first"))).await;
    assert!(first.is_ok());
    let second = house.ledger.post(given(1, 5).with(row("second"))).await;
    assert_eq!(second, Err(PostError::Stale));
    let kept = house.store.get(Table::Probe, b"call").unwrap().unwrap();
    assert_eq!(kept.as_ref(), b"first");
    assert_eq!(house.ledger.wallet(user(1)).unwrap(), MilliCoins(5));
    // Rows alone need no entry.
    let nothing = Entry::new(Timestamp(1), Kind::Tick, Subject::None);
    let rows = Batch::new().put(Table::Probe, b"free", "1");
    let posted = house.ledger.post(Posting::new(nothing).with(rows)).await;
    assert_eq!(posted.unwrap().seq, 1);
    assert!(house.store.get(Table::Probe, b"free").unwrap().is_some());
    assert_true(&house);
}

#[tokio::test]
async fn listeners_hear_what_is_on_the_disk() {
    let house = house();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&heard);
    house
        .ledger
        .on_wallet_changed(move |user, now| tell.lock().unwrap().push((user, now.available)));
    let mut watch = house.ledger.watch(user(1)).unwrap();
    assert_eq!(watch.borrow().available, MilliCoins::ZERO);
    house.ledger.post(given(1, 50)).await.unwrap();
    watch.changed().await.unwrap();
    let now = WalletState {
        available: MilliCoins(50),
        seq: 1,
    };
    assert_eq!(*watch.borrow(), now);
    house.ledger.post(hold(1, 1, 20)).await.unwrap();
    let expected = [(user(1), MilliCoins(50)), (user(1), MilliCoins(30))];
    assert_eq!(*heard.lock().unwrap(), expected);
}
