//! Holds the books against what they were moved for: the bill of every call, every booking and every
//! purchase (I4-I7). The entries are folded one after the other as they are proven; only calls that are not
//! settled, bookings that hold something and purchases are remembered.
//!
//! Others may go on writing meanwhile, and a row may already be ahead of the entries that were
//! read. Then its accounts have moved, and it is looked at next time.

use std::collections::{BTreeMap, BTreeSet};

use parlor_domain::{
    booking::Payment,
    id::{CallId, MeetingId, OrderId},
    ledger::{Account, Entry, Invariant, Kind, Subject},
    order::RefundState,
};

use super::statement;
use crate::{
    nouns::{meeting, order, paid_call, read::LoadError, refund},
    store::Store,
};

/// Most refunds of one purchase that are read.
const REFUNDS_MAX: usize = 100;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What does not hold.
    pub invariant: Invariant,
    /// About what, and how; ids and sums only.
    pub what: String,
}

/// What the entries about calls and purchases add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bills {
    calls: BTreeMap<CallId, Call>,
    orders: BTreeMap<OrderId, Purchase>,
    touched: BTreeSet<OrderId>,
    /// What each booking holds, of those that moved since the last comparison or hold something.
    bookings: BTreeMap<MeetingId, i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Call {
    held: i64,
    host: i64,
    fee: i64,
    settles: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Purchase {
    credits: u32,
    sent_back: i64,
    held: i64,
}

impl Bills {
    /// Takes the next entry of the books.
    pub fn take(&mut self, entry: &Entry) {
        // One entry pays a whole series.
        for it in &entry.postings {
            if let Account::MeetingHold(id) = it.account {
                *self.bookings.entry(id).or_default() += it.units;
            }
        }
        match (entry.subject, entry.kind) {
            (Subject::Call(id), Kind::Hold | Kind::Tick | Kind::Settle) => {
                let call = self.calls.entry(id).or_default();
                call.settles += u32::from(entry.kind == Kind::Settle);
                for it in &entry.postings {
                    match it.account {
                        Account::CallHold(_) => call.held += it.units,
                        Account::HostPending(_) => call.host += it.units,
                        Account::Fee => call.fee += it.units,
                        _ => {}
                    }
                }
            }
            (Subject::Order(id), Kind::TopUp | Kind::Refund) => {
                let order = self.orders.entry(id).or_default();
                order.credits += u32::from(entry.kind == Kind::TopUp);
                for it in &entry.postings {
                    match it.account {
                        Account::RefundHold(_) => order.held += it.units,
                        Account::GatewayMoney(..) if entry.kind == Kind::Refund => {
                            order.sent_back -= it.units;
                        }
                        _ => {}
                    }
                }
                self.touched.insert(id);
            }
            _ => {}
        }
    }

    /// Compares all that moved since the last comparison with its rows. `head`: number of the last
    /// entry that was taken. Gives the first breach of each invariant; none in true books.
    pub fn compare(&mut self, store: &Store, head: u64) -> Result<Vec<Breach>, LoadError> {
        let mut found = Found::default();
        let mut settled = Vec::new();
        for (id, call) in &self.calls {
            settled.extend(call.compare(*id, store, head, &mut found)?.then_some(*id));
        }
        for id in settled {
            self.calls.remove(&id);
        }
        for id in std::mem::take(&mut self.touched) {
            let order = self.orders.get(&id).copied().unwrap_or_default();
            if !order.compare(id, store, head, &mut found)? {
                self.touched.insert(id);
            }
        }
        let mut empty = Vec::new();
        for (id, held) in &self.bookings {
            let compared = compare_booking(*id, *held, store, head, &mut found)?;
            empty.extend((compared && *held == 0).then_some(*id));
        }
        for id in empty {
            self.bookings.remove(&id);
        }
        Ok(found.0)
    }
}

/// A booking that is paid holds its price until it is divided; any other one holds nothing. Whether it
/// could be compared.
fn compare_booking(
    id: MeetingId,
    held: i64,
    store: &Store,
    head: u64,
    found: &mut Found,
) -> Result<bool, LoadError> {
    let booking = meeting::load(store, id)?.and_then(|it| it.value.booking);
    if moved_since(store, head, &[Account::MeetingHold(id)])? {
        return Ok(false);
    }
    let due = match booking {
        Some(it) if it.payment == Payment::Held => it.price.0,
        _ => 0,
    };
    found.unless(held == due, Invariant::I4, || {
        format!("booking {id} holds {held} instead of {due}")
    });
    Ok(true)
}

#[derive(Default)]
struct Found(Vec<Breach>);

impl Found {
    fn unless(&mut self, holds: bool, invariant: Invariant, what: impl FnOnce() -> String) {
        if !holds && self.0.iter().all(|it| it.invariant != invariant) {
            let what = what();
            self.0.push(Breach { invariant, what });
        }
    }
}

impl Call {
    /// Whether nothing more is to come.
    fn compare(
        &self,
        id: CallId,
        store: &Store,
        head: u64,
        found: &mut Found,
    ) -> Result<bool, LoadError> {
        let row = paid_call::load(store, id)?;
        let Some(bill) = row.and_then(|row| row.bill) else {
            found.unless(false, Invariant::I5, || format!("call {id} has no bill"));
            return Ok(false);
        };
        let accounts = [
            Account::CallHold(id),
            Account::HostPending(bill.host),
            Account::Wallet(bill.payer),
        ];
        if moved_since(store, head, &accounts)? {
            return Ok(false);
        }
        let share = bill.tariff.share(bill.billed_s);
        let held = if bill.settled { 0 } else { bill.held.0 };
        found.unless(self.held == held, Invariant::I4, || {
            format!("call {id} holds {} instead of {held}", self.held)
        });
        found.unless(bill.charged == share.charged, Invariant::I5, || {
            let (is, due) = (bill.charged.0, share.charged.0);
            format!("call {id} was charged {is}, but {due} is due")
        });
        let (all, fee) = (self.host + self.fee, self.fee);
        let divided = all == bill.charged.0 && fee == bill.fee.0 && fee == share.fee.0;
        found.unless(divided, Invariant::I6, || {
            let of = bill.charged.0;
            format!("of {of} for call {id} the books gave out {all}, {fee} to the house")
        });
        let settles = self.settles;
        found.unless(settles <= u32::from(bill.settled), Invariant::I7, || {
            format!("call {id} was settled {settles} times in the books")
        });
        Ok(bill.settled)
    }
}

impl Purchase {
    /// Whether it could be compared.
    fn compare(
        &self,
        id: OrderId,
        store: &Store,
        head: u64,
        found: &mut Found,
    ) -> Result<bool, LoadError> {
        let Some(row) = order::load(store, id)? else {
            let what = || format!("money moved for order {id}, which does not exist");
            found.unless(false, Invariant::I7, what);
            return Ok(true);
        };
        let refunds = refund::load_of(store, id, REFUNDS_MAX)?;
        let accounts = [
            Account::Wallet(row.user),
            Account::RefundHold(id),
            Account::Receivable(row.user),
        ];
        if moved_since(store, head, &accounts)? {
            return Ok(false);
        }
        let waiting = refunds.iter().filter(|it| it.state == RefundState::Waiting);
        let held: i64 = waiting.map(|it| it.coins.0).sum();
        found.unless(self.held == held, Invariant::I4, || {
            format!("refunds of order {id} hold {} instead of {held}", self.held)
        });
        let (credits, paid) = (self.credits, u32::from(row.payment.is_some()));
        found.unless(credits == paid, Invariant::I7, || {
            format!("order {id} was credited {credits} times for {paid} payments")
        });
        let (back, known) = (self.sent_back, row.refunded_minor);
        let beyond = known > row.price.minor;
        found.unless(back == known || beyond, Invariant::I7, || {
            format!("{back} of order {id} went back in the books, {known} in its row")
        });
        Ok(true)
    }
}

/// Somebody wrote while we read.
fn moved_since(store: &Store, head: u64, accounts: &[Account]) -> Result<bool, LoadError> {
    for account in accounts {
        let last = statement(store, *account, None, 1)?;
        if last.first().is_some_and(|line| line.seq > head) {
            return Ok(true);
        }
    }
    Ok(false)
}
