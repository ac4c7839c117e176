//! Durable postings per second while 1, 8 and 64 calls tick as fast as they are acknowledged: each
//! waits for its own acknowledgement, as a call's actor does, on a store on this disk.
//!
//! `cargo bench -p parlor-actors --bench postings`; `SECONDS_EACH=5` for longer runs.

#![allow(clippy::unwrap_used)]

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use parlor_actors::services::{Ledger, Posting};
use parlor_data::{
    Batch, Store, StoreOptions, Table,
    nouns::ledger::{Books, verify},
};
use parlor_domain::{
    bill::{Purse, Record, Terms},
    id::{CallId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::MilliCoins,
    tariff::Tariff,
    time::{Millis, Timestamp},
};
use uuid::Uuid;

const CALLS: [u128; 3] = [1, 8, 64];
const NOW: Timestamp = Timestamp(1);
const TARIFF: Tariff = Tariff {
    per_minute: MilliCoins(10_000),
    initial_s: 1,
    increment_s: 1,
    free_s: 0,
    connect_fee: MilliCoins::ZERO,
    commission_bps: 2_000,
};
const TERMS: Terms = Terms {
    grant_s: 60,
    topup_grace: Millis::ZERO,
};

fn main() {
    // `cargo test` builds and starts benches, too.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let seconds = std::env::var("SECONDS_EACH").ok();
    let each = Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(3));
    println!("calls  postings/s   p50 us   p99 us");
    let mut results = Vec::new();
    for calls in CALLS {
        let run = tokio::runtime::Builder::new_current_thread().build();
        let mut waits = run.unwrap().block_on(measure(calls, each));
        waits.sort_unstable();
        let at = |percent: usize| waits[(waits.len() - 1) * percent / 100].as_micros();
        let rate = waits.len() as u128 * 1_000 / each.as_millis();
        println!("{calls:5}  {rate:10}  {:7}  {:7}", at(50), at(99));
        let (p50, p99) = (at(50), at(99));
        results.push(format!("{calls}={rate}/s,p50={p50}us,p99={p99}us"));
    }
    println!("RESULT ledger {}", results.join(" "));
}

/// How long each tick waited for its acknowledgement.
async fn measure(calls: u128, each: Duration) -> Vec<Duration> {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        free_bytes_min: 0,
        ..StoreOptions::default()
    };
    let store = Store::open(dir.path(), options).unwrap().store;
    let ledger = Ledger::new(store.clone());
    let waits = RefCell::new(Vec::new());
    for n in 0..calls {
        let wallet = Account::Wallet(UserId(Uuid::from_u128(n)));
        let entry = Entry::new(NOW, Kind::TopUp, Subject::None).moving(
            Account::Issued(Gateway::Demo),
            wallet,
            1_000_000_000,
        );
        ledger.post(Posting::new(entry)).await.unwrap();
    }
    let end = Instant::now() + each;
    join_all((0..calls).map(|n| tick(&ledger, n, end, &waits))).await;
    // What is fast and wrong is not fast.
    let books: Books = verify(&store, |_| ()).unwrap();
    assert!(books.sums().values().all(|sum| *sum == 0));
    store.close();
    waits.into_inner()
}

async fn tick(ledger: &Ledger, n: u128, end: Instant, waits: &RefCell<Vec<Duration>>) {
    let payer = UserId(Uuid::from_u128(n));
    let host = UserId(Uuid::from_u128(1_000_000 + n));
    let purse = || Purse {
        available: ledger.wallet(payer).unwrap(),
        calls: 1,
    };
    let call = CallId(Uuid::from_u128(n));
    let step = Record::authorize(call, payer, host, TARIFF, &TERMS, purse(), NOW).unwrap();
    let mut record = step.record;
    ledger
        .post(Posting::new(step.entry.unwrap()))
        .await
        .unwrap();
    for second in (5..).step_by(5) {
        let step = record.tick(Millis::from_secs(second), &TERMS, purse(), NOW);
        record = step.record;
        let row = Batch::new().put(Table::Probe, call.as_bytes(), second.to_be_bytes().to_vec());
        let begun = Instant::now();
        if begun >= end {
            return;
        }
        let posting = Posting::new(step.entry.unwrap()).with(row);
        ledger.post(posting).await.unwrap();
        waits.borrow_mut().push(begun.elapsed());
    }
}
