//! P1: kill -9 while money moves: a child tops wallets up, begins, ticks and settles calls through the
//! one writer of the books, and reports each step after its acknowledgement; the parent kills it,
//! opens what is left, and proves the books: nothing acknowledged may be lost, nobody may be below
//! zero, everything must add up to nothing, and every bill must be what its seconds cost.
//!
//! `ROUNDS=1000 cargo test -p parlor-actors --test kill_money`

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../../data/tests/crash/mod.rs"]
mod crash;

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    time::{Duration, SystemTime},
};

use crash::Random;
use futures_util::future::join_all;
use parlor_actors::services::{Ledger, Once, PostError, Posting};
use parlor_data::{
    Batch, KeyRange, Store, Table,
    nouns::ledger::{self, Books},
};
use parlor_domain::{
    bill::{Purse, Record, Step, Terms},
    id::{CallId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::MilliCoins,
    tariff::Tariff,
    time::{Millis, Timestamp},
};
use uuid::Uuid;

const CHILD: &str = "--kill-money-child";
const BOOT: &str = "one boot";
const PAYERS: u64 = 6;
/// Calls at once on each wallet.
const CALLS: u64 = 2;
const TOP_UP: i64 = 4_000;
const TARIFF: Tariff = Tariff {
    per_minute: MilliCoins::coins(10),
    initial_s: 60,
    increment_s: 1,
    free_s: 20,
    connect_fee: MilliCoins(250),
    commission_bps: 1_999,
};
const TERMS: Terms = Terms {
    grant_s: 60,
    topup_grace: Millis::ZERO,
};
const NOW: Timestamp = Timestamp(1);

fn main() {
    if let Some(dir) = crash::child_folder(CHILD) {
        let run = tokio::runtime::Builder::new_current_thread().build();
        return run.unwrap().block_on(child(&dir));
    }
    let Some(rounds) = crash::rounds("kill_money", 100) else {
        return;
    };
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("kill-loop money seed={seed}");
    let tally = parent(rounds, seed);
    println!(
        "kill-loop entries={} acked={} calls={} wrong_bills={} untrue={}",
        tally.entries, tally.acked, tally.calls, tally.wrong_bills, tally.untrue
    );
    println!(
        "RESULT kill-loop rounds={rounds} lost={} negative={} sum={}",
        tally.lost, tally.negative, tally.sum
    );
    let bad = tally.lost + tally.negative + tally.wrong_bills + tally.untrue;
    if bad > 0 || tally.sum != 0 || tally.acked == 0 || tally.calls == 0 {
        std::process::exit(1);
    }
}

#[derive(Default)]
struct Tally {
    acked: u64,
    entries: u64,
    calls: u64,
    lost: u64,
    negative: u64,
    sum: i64,
    wrong_bills: u64,
    untrue: u64,
}

fn payer(n: u64) -> UserId {
    UserId(Uuid::from_u128(u128::from(n) + 1))
}

fn host() -> UserId {
    UserId(Uuid::from_u128(1_000))
}

/// The `n`th payment of a payer has one name for ever, however often it is brought.
fn payment(of: u64, n: u64) -> Once {
    Once::new("top-up", &format!("{of}-{n}"), &TOP_UP.to_be_bytes())
}

fn call_id(line: u64, n: u64) -> CallId {
    CallId(Uuid::from_u128(
        (u128::from(line + 1) << 64) | u128::from(n),
    ))
}

fn row(record: &Record) -> Batch {
    let fields = [
        record.proven.0,
        i64::try_from(record.billed_s).unwrap(),
        record.charged.0,
        record.fee.0,
        record.held.0,
        i64::from(record.settled),
        i64::try_from(record.payer.0.as_u128()).unwrap(),
    ];
    let bytes: Vec<u8> = fields.iter().flat_map(|it| it.to_be_bytes()).collect();
    Batch::new().put(Table::Probe, record.call.as_bytes(), bytes)
}

fn records(store: &Store) -> Vec<Record> {
    let mut all = Vec::new();
    let mut range = KeyRange::all();
    loop {
        let rows = store.scan(Table::Probe, range, 1_000).unwrap();
        let Some((last, _)) = rows.last() else {
            return all;
        };
        range = KeyRange::all().after(last);
        for (key, row) in &rows {
            let (fields, _) = row.as_chunks::<8>();
            let [proven, billed, charged, fee, held, settled, payer]: [i64; 7] =
                std::array::from_fn(|n| i64::from_be_bytes(fields[n]));
            all.push(Record {
                call: CallId::from_bytes(key.as_ref().try_into().unwrap()),
                payer: UserId(Uuid::from_u128(payer.try_into().unwrap())),
                host: host(),
                tariff: TARIFF,
                proven: Millis(proven),
                billed_s: billed.try_into().unwrap(),
                charged: MilliCoins(charged),
                fee: MilliCoins(fee),
                held: MilliCoins(held),
                settled: settled == 1,
            });
        }
    }
}

/// Tells the parent what was acknowledged: which line, which call or payment, how far.
fn report(line: u64, n: u64, seconds: u64) {
    let bytes = [line, n, seconds].map(u64::to_be_bytes).concat();
    let mut out = std::io::stdout().lock();
    out.write_all(&bytes).unwrap();
    out.flush().unwrap();
}

/// Moves money until it is killed.
async fn child(dir: &Path) {
    let store = Store::open(dir, crash::options(BOOT)).unwrap().store;
    let ledger = Ledger::new(store.clone());
    let mut next: BTreeMap<u64, u64> = BTreeMap::new();
    for record in records(&store) {
        let id = record.call.0.as_u128();
        let (line, n) = ((id >> 64) as u64 - 1, id as u64);
        let seen = next.entry(line).or_default();
        *seen = (*seen).max(n + 1);
        // What a crash interrupted is settled at the last proven second.
        if !record.settled {
            let step = record.settle(record.proven, NOW);
            ledger.post(posting(step)).await.unwrap();
        }
    }
    let ledger = &ledger;
    let paid = &paid_so_far(&store);
    let top_ups = (0..PAYERS).map(|of| async move {
        // The last one before the crash is brought again.
        for n in paid[of as usize].saturating_sub(1).. {
            let wallet = Account::Wallet(payer(of));
            let entry = Entry::new(NOW, Kind::TopUp, Subject::None).moving(
                Account::Issued(Gateway::Demo),
                wallet,
                TOP_UP,
            );
            let posted = ledger.post(Posting::new(entry).once(payment(of, n))).await;
            if !posted.unwrap().repeated {
                report(of, n, u64::MAX);
            }
        }
    });
    let calls = (0..PAYERS * CALLS).map(|line| {
        let first = next.get(&line).copied().unwrap_or(0);
        async move {
            for n in first.. {
                talk(ledger, line, n).await;
            }
        }
    });
    tokio::join!(join_all(top_ups), join_all(calls));
}

/// How many payments of each payer are in the books.
fn paid_so_far(store: &Store) -> Vec<u64> {
    let paid = |of: u64| (0..).take_while(|n| is_paid(store, of, *n)).count() as u64;
    (0..PAYERS).map(paid).collect()
}

fn posting(step: Step) -> Posting {
    let nothing = Entry::new(NOW, Kind::Tick, Subject::Call(step.record.call));
    Posting::new(step.entry.unwrap_or(nothing)).with(row(&step.record))
}

fn purse(ledger: &Ledger, of: UserId) -> Purse {
    Purse {
        available: ledger.wallet(of).unwrap(),
        calls: 2,
    }
}

/// One call from the first reservation to the last second that the wallet pays for.
async fn talk(ledger: &Ledger, line: u64, n: u64) {
    let of = payer(line / CALLS);
    let call = call_id(line, n);
    let mut record = loop {
        let purse = purse(ledger, of);
        if let Ok(step) = Record::authorize(call, of, host(), TARIFF, &TERMS, purse, NOW) {
            let record = step.record;
            match ledger.post(posting(step)).await {
                Ok(_) => break record,
                Err(PostError::TooLittle { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        tokio::task::yield_now().await;
    };
    let length = 15 + (line * 7 + n * 13) % 90;
    for second in (5..=length).step_by(5) {
        // Another call on this wallet may be faster: then the step is taken again.
        loop {
            let proven = Millis::from_secs(second.cast_signed());
            let step = record.tick(proven, &TERMS, purse(ledger, of), NOW);
            let next = step.record;
            match ledger.post(posting(step)).await {
                Ok(_) => {
                    record = next;
                    break report(PAYERS + line, n, record.billed_s);
                }
                Err(PostError::TooLittle { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
    let step = record.settle(Millis::from_secs(length.cast_signed()), NOW);
    let billed = step.record.billed_s;
    ledger.post(posting(step)).await.unwrap();
    report(PAYERS + line, n, billed);
}

fn parent(rounds: u64, seed: u64) -> Tally {
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random(seed);
    let mut tally = Tally::default();
    let mut books = Books::default();
    for round in 0..rounds {
        let acked = live_and_die(dir.path(), &mut random);
        let store = match Store::open(dir.path(), crash::options(BOOT)) {
            Ok(opened) => opened.store,
            Err(cause) => {
                eprintln!("round {round}: {cause}");
                tally.untrue += 1;
                return tally;
            }
        };
        look(&store, round, &acked, &mut books, &mut tally);
        store.close();
    }
    tally
}

/// What must be true after every crash.
fn look(store: &Store, round: u64, acked: &[[u64; 3]], books: &mut Books, tally: &mut Tally) {
    if let Err(fault) = books.catch_up(store, |_| ()) {
        eprintln!("round {round}: {fault}");
        tally.untrue += 1;
        *books = Books::default();
        return;
    }
    tally.entries = books.head.seq;
    tally.acked += acked.len() as u64;
    tally.sum = books.sums().values().map(|sum| sum.abs()).sum();
    let below = |(account, units): &(&Account, &i64)| !account.is_house() && **units < 0;
    tally.negative += books.balances.iter().filter(below).count() as u64;

    let bills: BTreeMap<CallId, Record> =
        records(store).into_iter().map(|it| (it.call, it)).collect();
    tally.calls = bills.len() as u64;
    for [line, n, seconds] in acked {
        let there = match line.checked_sub(PAYERS) {
            None => is_paid(store, *line, *n),
            Some(line) => bills
                .get(&call_id(line, *n))
                .is_some_and(|record| record.billed_s >= *seconds),
        };
        tally.lost += u64::from(!there);
    }
    for record in bills.values() {
        let share = TARIFF.share(record.billed_s);
        let held = ledger::balance(store, Account::CallHold(record.call)).unwrap();
        let right = record.charged == share.charged
            && record.fee == share.fee
            && held == record.held.0
            && (!record.settled || held == 0);
        tally.wrong_bills += u64::from(!right);
    }
    // All that the host and the house have is what was charged.
    let charged: i64 = bills.values().map(|it| it.charged.0).sum();
    let have = |account| books.balances.get(&account).copied().unwrap_or(0);
    let earned = have(Account::HostPending(host())) + have(Account::Fee);
    tally.wrong_bills += u64::from(charged != earned);
}

fn is_paid(store: &Store, of: u64, n: u64) -> bool {
    let key = ledger::once::key("top-up", &format!("{of}-{n}"));
    ledger::once::load(store, &key).unwrap().is_some()
}

/// One child's life. Gives what it reported.
fn live_and_die(dir: &Path, random: &mut Random) -> Vec<[u64; 3]> {
    let lives = Duration::from_millis(20 + random.below(140));
    let bytes = crash::live_and_die(CHILD, dir, lives);
    let (reports, _) = bytes.as_chunks::<24>();
    let number = |it: &[u8]| u64::from_be_bytes(it.try_into().unwrap());
    reports
        .iter()
        .map(|it| [number(&it[..8]), number(&it[8..16]), number(&it[16..])])
        .collect()
}
