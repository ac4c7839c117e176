//! The bill of one paid call: from the first reservation to the receipt.
//!
//! Time comes in as *proven* time: how long both sides were connected, as far as there is evidence
//! (`call`). Nothing in here reads a clock, so a clock that jumps cannot change a bill. Money
//! moves in entries that the shell posts in one transaction with the [`Record`]; a bill that a
//! crash interrupted goes on from its record, or is settled at the last proven second.
//!
//! What is charged is always `tariff.due(billed seconds)`, never above what was reserved before,
//! and never a second that was not proven.

use crate::{
    id::{CallId, UserId},
    ledger::{Account, Entry, Kind, Subject},
    money::MilliCoins,
    tariff::Tariff,
    time::{Millis, Timestamp},
};

/// Seconds left at which both sides are warned, from many to few.
pub const WARNINGS_S: [u32; 5] = [300, 120, 60, 30, 10];

/// How a bill behaves; the same for all calls of a house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How far ahead coins are reserved, in seconds. Never the whole wallet, so that a second call
    /// or a booking can still reserve.
    pub grant_s: u32,
    /// How long a call waits for a top-up when the money is used up; zero ends it at once.
    pub topup_grace: Millis,
}

/// What survives a restart, and what the receipt is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The call.
    pub call: CallId,
    /// Whose wallet pays.
    pub payer: UserId,
    /// Who earns.
    pub host: UserId,
    /// Frozen at the start.
    pub tariff: Tariff,
    /// Proven time that has been charged, to the millisecond; the next second begins in it.
    pub proven: Millis,
    /// Whole seconds charged so far; what is free is counted too.
    pub billed_s: u64,
    /// Taken from the payer so far.
    pub charged: MilliCoins,
    /// The house's part of it.
    pub fee: MilliCoins,
    /// Still reserved.
    pub held: MilliCoins,
    /// Nothing will change any more.
    pub settled: bool,
}

/// Not enough for the first second that is not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the wallet has {shortfall:?} too little to begin the call")]
pub struct TooLittle {
    /// What is missing.
    pub shortfall: MilliCoins,
}

/// What the wallet can give at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// Not reserved by anything.
    pub available: MilliCoins,
    /// Running calls that draw from it, this one among them; at least 1.
    pub calls: u32,
}

/// What a step does. The entry, if any, and the record belong into one transaction; if the ledger
/// refuses the entry, the step is dropped and taken again with the wallet as it is then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What moves.
    pub entry: Option<Entry>,
    /// The bill afterwards.
    pub record: Record,
}

/// How long the money lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Proven time at which what is *reserved* is used up; no timer may be later. `None`: never.
    pub ends_at: Option<Millis>,
    /// Seconds left with the whole purse, as the countdown shows. `None`: for ever.
    pub remaining_s: Option<u64>,
    /// Nothing more can be reserved: `ends_at` is the end unless the wallet is filled.
    pub last: bool,
}

impl Record {
    /// Reserves the first grant, or says what is missing.
    pub fn authorize(
        call: CallId,
        payer: UserId,
        host: UserId,
        tariff: Tariff,
        terms: &Terms,
        purse: Purse,
        at: Timestamp,
    ) -> Result<Step, TooLittle> {
        let needed = tariff.entry();
        if purse.available < needed {
            return Err(TooLittle {
                shortfall: needed.less(purse.available),
            });
        }
        let record = Self {
            call,
            payer,
            host,
            tariff,
            proven: Millis::ZERO,
            billed_s: 0,
            charged: MilliCoins::ZERO,
            fee: MilliCoins::ZERO,
            held: MilliCoins::ZERO,
            settled: false,
        };
        Ok(record.extend(
            terms,
            purse,
            Entry::new(at, Kind::Hold, Subject::Call(call)),
        ))
    }

    /// Charges the proven time and reserves what comes next. Asked twice, it moves nothing twice.
    pub fn tick(&self, proven: Millis, terms: &Terms, purse: Purse, at: Timestamp) -> Step {
        if self.settled {
            return Step {
                entry: None,
                record: *self,
            };
        }
        let entry = Entry::new(at, Kind::Tick, Subject::Call(self.call));
        let (charged, entry) = self.charge(proven, entry);
        charged.extend(terms, purse, entry)
    }

    /// The end: charges the last proven time and gives back what is left. Once only.
    pub fn settle(&self, proven: Millis, at: Timestamp) -> Step {
        if self.settled {
            return Step {
                entry: None,
                record: *self,
            };
        }
        let entry = Entry::new(at, Kind::Settle, Subject::Call(self.call));
        let (mut record, entry) = self.charge(proven, entry);
        let entry = entry.coins(record.hold(), Account::Wallet(record.payer), record.held);
        record.held = MilliCoins::ZERO;
        record.settled = true;
        Step {
            entry: some(entry),
            record,
        }
    }

    /// How long the money lasts.
    pub fn outlook(&self, proven: Millis, purse: Purse) -> Outlook {
        let share = MilliCoins(purse.available.0 / i64::from(purse.calls.max(1)));
        let reserved = self.charged + self.held;
        let end_s = self.tariff.seconds_for(reserved);
        let all_s = self.tariff.seconds_for(reserved + share);
        let now_s = seconds(self.proven.max(proven));
        Outlook {
            ends_at: end_s.map(|s| Millis::from_secs(i64::try_from(s).unwrap_or(i64::MAX / 1_000))),
            remaining_s: all_s.map(|s| s.saturating_sub(now_s)),
            last: end_s == all_s && end_s.is_some(),
        }
    }

    /// What the host earned.
    pub fn earned(&self) -> MilliCoins {
        self.charged - self.fee
    }

    fn hold(&self) -> Account {
        Account::CallHold(self.call)
    }

    /// Moves what is due after the proven time out of the reservation, never more than it holds.
    fn charge(&self, proven: Millis, entry: Entry) -> (Self, Entry) {
        let mut record = *self;
        record.proven = self.proven.max(proven);
        let paid_for = self.tariff.seconds_for(self.charged + self.held);
        let proven_s = seconds(record.proven);
        record.billed_s = paid_for
            .map_or(proven_s, |s| s.min(proven_s))
            .max(self.billed_s);
        let share = self.tariff.share(record.billed_s);
        let (charge, fee) = (share.charged - self.charged, share.fee - self.fee);
        record.charged = share.charged;
        record.fee = share.fee;
        record.held = self.held - charge;
        let entry = entry
            .coins(self.hold(), Account::HostPending(self.host), charge - fee)
            .coins(self.hold(), Account::Fee, fee);
        (record, entry)
    }

    /// Reserves up to `grant_s` seconds ahead, as far as the wallet goes.
    fn extend(mut self, terms: &Terms, purse: Purse, entry: Entry) -> Step {
        let ahead =
            seconds(self.proven) + u64::from(self.tariff.free_s) + u64::from(terms.grant_s.max(1));
        let wanted = self.tariff.due(ahead).less(self.charged + self.held);
        let granted = wanted.min(purse.available);
        self.held = self.held + granted;
        let entry = entry.coins(Account::Wallet(self.payer), self.hold(), granted);
        Step {
            entry: some(entry),
            record: self,
        }
    }
}

fn some(entry: Entry) -> Option<Entry> {
    (!entry.is_empty()).then_some(entry)
}

/// Whole seconds that have passed: a second that has not ended is not sold.
fn seconds(time: Millis) -> u64 {
    u64::try_from(time.0 / 1_000).unwrap_or(0)
}

/// Tells each warning once on the way down, and again after a top-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warner {
    told: Option<u32>,
}

impl Warner {
    /// The warning to give now, if a mark was passed.
    pub fn hear(&mut self, remaining_s: Option<u64>) -> Option<u32> {
        let mark = remaining_s.and_then(|left| {
            WARNINGS_S
                .into_iter()
                .rev()
                .find(|mark| left <= u64::from(*mark))
        });
        let passed = match (mark, self.told) {
            (Some(mark), Some(told)) => mark < told,
            (Some(_), None) => true,
            (None, _) => false,
        };
        self.told = mark;
        passed.then_some(mark).flatten()
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
