//! P2: ten thousand calls on shared wallets, with crashes, top-ups, hang-ups and clocks that jump,
//! beside a model that knows nothing of reservations: it only multiplies. The seed of a failure is
//! in its message; `SEED=… cargo test -p parlor-domain simulation` runs it again.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::{ledger, ledger::Gateway, tariff::Pulse};

/// xorshift64*: small, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

#[derive(Default)]
struct Books(BTreeMap<Account, i64>);

impl Books {
    fn units(&self, account: Account) -> i64 {
        self.0.get(&account).copied().unwrap_or(0)
    }

    fn coins(&self, account: Account) -> MilliCoins {
        MilliCoins(self.units(account))
    }

    fn post(&mut self, entry: &Entry) -> Result<(), ledger::Refusal> {
        let after = ledger::post(entry, |account| self.units(account))?;
        self.0.extend(after);
        Ok(())
    }
}

struct Live {
    /// What the store has; the process may have seen more.
    record: Record,
    /// Real connected time in milliseconds, as a stopwatch would show.
    real: i64,
}

struct World {
    dice: Dice,
    books: Books,
    live: Vec<Live>,
    settled: Vec<Record>,
    begun: u128,
    bought: i64,
}

const USERS: u64 = 40;
const HOSTS: u64 = 12;
const TERMS: Terms = Terms {
    grant_s: 60,
    topup_grace: Millis::ZERO,
};

impl World {
    fn user(&mut self) -> UserId {
        UserId(Uuid::from_u128(u128::from(self.dice.roll(USERS)) + 1_000))
    }

    /// The wall clock is wrong by up to an hour; no bill may care.
    fn clock(&mut self) -> Timestamp {
        Timestamp(1_800_000_000_000 + self.dice.roll(7_200_000) as i64)
    }

    fn purse(&self, payer: UserId) -> Purse {
        let calls = self
            .live
            .iter()
            .filter(|it| it.record.payer == payer)
            .count();
        Purse {
            available: self.books.coins(Account::Wallet(payer)),
            calls: u32::try_from(calls.max(1)).unwrap(),
        }
    }

    fn buy(&mut self) {
        let wallet = Account::Wallet(self.user());
        let units = (self.dice.roll(60_000) + 1) as i64;
        let entry = Entry::new(self.clock(), Kind::TopUp, Subject::None).moving(
            Account::Issued(Gateway::Demo),
            wallet,
            units,
        );
        self.books.post(&entry).unwrap();
        self.bought += units;
    }

    fn dial(&mut self) {
        let (initial_s, increment_s) = match self.dice.roll(4) {
            0 => Pulse::Minutes.blocks_s(),
            1 => Pulse::MinuteThenSeconds.blocks_s(),
            2 => Pulse::Seconds.blocks_s(),
            _ => (30, 6),
        };
        let tariff = Tariff {
            per_minute: MilliCoins(self.dice.roll(20_000) as i64),
            initial_s,
            increment_s,
            free_s: [0, 10, 20][self.dice.roll(3) as usize],
            connect_fee: MilliCoins([0, 0, 500][self.dice.roll(3) as usize]),
            commission_bps: self.dice.roll(10_001) as u32,
        };
        let payer = self.user();
        let host = UserId(Uuid::from_u128(u128::from(self.dice.roll(HOSTS)) + 1));
        let (purse, at) = (self.purse(payer), self.clock());
        let call = CallId(Uuid::from_u128(self.begun + 1));
        if let Ok(step) = Record::authorize(call, payer, host, tariff, &TERMS, purse, at) {
            self.commit(&step).unwrap();
            self.live.push(Live {
                record: step.record,
                real: 0,
            });
            self.begun += 1;
        }
    }

    fn commit(&mut self, step: &Step) -> Result<(), ledger::Refusal> {
        step.entry
            .as_ref()
            .map_or(Ok(()), |entry| self.books.post(entry))
    }

    /// Time passes for one call; then it ticks, is lost, hangs up, or runs out.
    fn advance(&mut self, index: usize) {
        self.live[index].real += self.dice.roll(6_500) as i64;
        let Live { record, real } = self.live[index];
        let outlook = record.outlook(Millis(real), self.purse(record.payer));
        if self.dice.one_in(60) {
            return; // the process died: nothing of this step was written
        }
        let proven = Millis(real);
        let exhausted = outlook.last && outlook.ends_at.is_some_and(|end| end <= proven);
        let at = self.clock();
        if exhausted || self.dice.one_in(40) {
            let step = record.settle(proven, at);
            self.commit(&step).unwrap();
            if self.dice.one_in(2) {
                let again = step.record.settle(proven, at); // said twice
                assert_eq!(again.entry, None);
            }
            self.settled.push(step.record);
            self.live.swap_remove(index);
        } else {
            let step = record.tick(proven, &TERMS, self.purse(record.payer), at);
            self.commit(&step).unwrap();
            self.live[index].record = step.record;
        }
    }

    fn check(&self, seed: u64) {
        let books = &self.books.0;
        assert_eq!(books.values().sum::<i64>(), 0, "I1, seed {seed}");
        for (account, units) in books {
            assert!(
                account.is_house() || *units >= 0,
                "I2 {account:?} {units}, seed {seed}"
            );
        }
    }
}

impl Clone for Live {
    fn clone(&self) -> Self {
        *self
    }
}

impl Copy for Live {}

/// The independent price: by counting blocks one at a time, with no formula in common.
fn model_price(tariff: &Tariff, seconds: u64) -> i64 {
    if seconds <= u64::from(tariff.free_s) {
        return 0;
    }
    let mut sold = 0;
    while sold < seconds {
        sold += u64::from(tariff.increment_s);
    }
    let sold = sold.max(u64::from(tariff.initial_s));
    let sixtieths = i128::from(tariff.per_minute.0) * i128::from(sold);
    i64::try_from((sixtieths + 59) / 60).unwrap() + tariff.connect_fee.0
}

fn run(seed: u64, calls: usize) {
    let mut world = World {
        dice: Dice(seed | 1),
        books: Books::default(),
        live: Vec::new(),
        settled: Vec::new(),
        begun: 0,
        bought: 0,
    };
    while world.settled.len() < calls {
        if world.dice.one_in(12) {
            world.buy();
        }
        if world.live.len() < 60 {
            world.dial();
        }
        if !world.live.is_empty() {
            let index = world.dice.roll(world.live.len() as u64) as usize;
            let (before, real) = (world.settled.len(), world.live[index].real);
            world.advance(index);
            if let Some(bill) = world.settled.get(before) {
                check_bill(&world, bill, real + 6_500, seed);
            }
            if world.dice.one_in(1_000) {
                world.check(seed);
            }
        }
    }
    world.check(seed);
    let wallets: i64 = balances(&world, |account| matches!(account, Account::Wallet(_)));
    let holds = balances(&world, |account| matches!(account, Account::CallHold(_)));
    let earned = balances(&world, |account| matches!(account, Account::HostPending(_)));
    let fee = balances(&world, |account| account == Account::Fee);
    assert_eq!(wallets + holds + earned + fee, world.bought, "seed {seed}");
    let ticking: i64 = world.live.iter().map(|it| it.record.charged.0).sum();
    let charged: i64 = world.settled.iter().map(|it| it.charged.0).sum();
    assert_eq!(charged + ticking, earned + fee, "I6, seed {seed}");
}

fn check_bill(world: &World, bill: &Record, real_at_most: i64, seed: u64) {
    assert_eq!(
        bill.charged.0,
        model_price(&bill.tariff, bill.billed_s),
        "I5 {bill:?}, seed {seed}"
    );
    assert!(
        bill.billed_s as i64 * 1_000 <= real_at_most,
        "P2 {bill:?}, seed {seed}"
    );
    assert_eq!(
        world.books.units(Account::CallHold(bill.call)),
        0,
        "I4 {bill:?}, seed {seed}"
    );
}

fn balances(world: &World, of: impl Fn(Account) -> bool) -> i64 {
    let books = &world.books.0;
    books
        .iter()
        .filter(|(account, _)| of(**account))
        .map(|(_, units)| units)
        .sum()
}

#[test]
fn p2_ten_thousand_calls_cost_what_a_simple_model_says() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    run(seed.unwrap_or(20_261_121), 10_000);
}
