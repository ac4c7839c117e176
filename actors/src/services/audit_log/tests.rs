//! The writer on a store on disk: nothing is lost without a word, nobody waits.

use std::sync::{Arc, atomic::Ordering};

use parlor_data::{StoreOptions, nouns::audit};
use parlor_domain::{audit::Wanted, identity::Role, time::Millis};
use uuid::Uuid;

use super::*;
use crate::clock::ManualClock;

struct House {
    log: AuditLog,
    store: Store,
    clock: Arc<ManualClock>,
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
    let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
    House {
        log: AuditLog::new(store.clone(), clock.clone()),
        store,
        clock,
        options,
        _dir: dir,
    }
}

impl House {
    fn tried(&self, n: u64) -> Attempt {
        let who = Who::Person(UserId(Uuid::from_u128(n.into())), Role::Client);
        Attempt::new(Action::Login, self.clock.now()).by(who)
    }

    async fn settled(&self) {
        self.log.ask(Job::Settle).await.unwrap().unwrap();
    }

    async fn purge(&self, before: Timestamp) -> usize {
        let counted = audit::count_before(&self.store, before).unwrap();
        let job = |answer| Job::Purge(before, answer);
        let purged = self.log.ask(job).await.unwrap().unwrap();
        assert_eq!(purged, counted, "a count says what a purge does");
        purged
    }

    async fn forget_addresses(&self, before: Timestamp) -> usize {
        let counted = audit::count_addresses(&self.store, before).unwrap();
        let job = |answer| Job::ForgetAddresses(before, answer);
        let gone = self.log.ask(job).await.unwrap().unwrap();
        assert_eq!(gone, counted);
        gone
    }

    /// All records, oldest first, of a log that is true.
    fn all(&self) -> Vec<parlor_domain::audit::Record> {
        audit::verify(&self.store, None, |_| ()).unwrap();
        let found = audit::search(&self.store, &Wanted::default(), None, 10_000, 10_000);
        let mut records = found.unwrap().records;
        records.reverse();
        records
    }
}

#[tokio::test]
async fn what_is_handed_over_is_written_in_order() {
    let house = house();
    for n in 0..500 {
        house.log.record(house.tried(n), None);
    }
    house.settled().await;
    let users: Vec<_> = house
        .all()
        .iter()
        .map(|it| it.who.user().unwrap().0.as_u128())
        .collect();
    assert_eq!(users, (0..500).collect::<Vec<_>>());
    assert_eq!(house.log.0.recorded.load(Ordering::Relaxed), 500);
}

#[tokio::test]
async fn equal_refusals_are_one_record_with_a_number() {
    let house = house();
    let knock = || {
        house
            .log
            .record(house.tried(7).refused("unauthorized"), None)
    };
    for _ in 0..10 {
        knock();
    }
    house.settled().await;
    let times: Vec<_> = house.all().iter().map(|it| it.times).collect();
    assert_eq!(times, [1, 9]);
    house.clock.advance(Millis::from_secs(61));
    knock();
    house.settled().await;
    assert_eq!(house.all().len(), 3, "a new minute");
}

#[tokio::test]
async fn a_disk_that_refuses_holds_up_nobody_and_what_was_lost_is_counted() {
    let house = house();
    house.log.record(house.tried(0), None);
    house.settled().await;
    house.options.faults.journal.store(true, Ordering::Relaxed);
    // Who must be recorded first is refused, at once.
    let first = |answer| Job::First(Box::new(house.tried(1)), answer);
    assert_eq!(
        house.log.ask(first).await.unwrap(),
        Err(ServiceError::ReadOnly)
    );
    let sent = 30_000;
    for n in 0..sent {
        house.log.record(house.tried(n), None);
    }
    assert_eq!(
        house
            .log
            .ask(Job::Settle)
            .await
            .unwrap_or(Err(ServiceError::ReadOnly)),
        Err(ServiceError::ReadOnly)
    );
    house.options.faults.journal.store(false, Ordering::Relaxed);
    while house.store.stats().read_only.is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    // The gap is told with what is settled; then all is as before.
    while !matches!(house.log.ask(Job::Settle).await, Ok(Ok(()))) {}
    house.log.record(house.tried(1), None);
    house.settled().await;
    house.log.record(house.tried(2), None);
    house.settled().await;
    let all = house.all();
    let gaps = all.iter().filter(|it| it.action == Action::Gap.word());
    let missing: u64 = gaps
        .map(|it| it.fact("missing").unwrap().parse::<u64>().unwrap())
        .sum();
    let logins = all
        .iter()
        .filter(|it| it.action == Action::Login.word())
        .count() as u64;
    assert!(missing > 0);
    assert_eq!(
        logins + missing,
        1 + sent + 2,
        "every one is recorded or counted"
    );
    assert_eq!(house.log.0.missed.load(Ordering::Relaxed), missing);
}

#[tokio::test]
async fn the_oldest_go_and_addresses_sooner() {
    let house = house();
    for n in 0..200 {
        let from = Some(std::net::IpAddr::from([192, 0, 2, 1]));
        house.log.record(house.tried(n).from(from), None);
        house.clock.advance(Millis::from_secs(1));
    }
    house.settled().await;
    let second = |n: i64| Timestamp(1_000_000 + n * 1_000);
    assert_eq!(house.forget_addresses(second(50)).await, 50);
    assert_eq!(house.purge(second(0)).await, 0);
    let all = house.all();
    assert_eq!(all.len(), 200, "nothing to remove, and nothing said");
    assert_eq!(all.iter().filter(|it| it.address.is_none()).count(), 50);
    assert_eq!(house.purge(second(150)).await, 150);
    let all = house.all();
    assert_eq!((all.len(), all[0].seq), (51, 151));
    assert_eq!(all[50].action, Action::Purged.word());
    assert_eq!(audit::anchor(&house.store).unwrap().seq, 150);
}

#[tokio::test]
async fn a_closed_log_is_complete_and_a_new_one_goes_on() {
    let house = house();
    for n in 0..100 {
        house.log.record(house.tried(n), None);
    }
    house.log.ask(Job::Close).await.unwrap().unwrap();
    assert_eq!(house.all().len(), 100);
    let again = AuditLog::new(house.store.clone(), house.clock.clone());
    again.record(house.tried(5), None);
    again.ask(Job::Settle).await.unwrap().unwrap();
    assert_eq!(house.all().len(), 101);
}
