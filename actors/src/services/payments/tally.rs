//! How often what happened since the start, for metrics: by gateway and by outcome, never by person.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use parlor_data::{LoadError, nouns::ledger as books};
use parlor_domain::{
    ledger::{Account, Gateway as Name},
    money::Currency,
    time::Timestamp,
};

use super::super::Services;

/// Most currencies in suspense that are listed.
const SUSPENSE_MAX: usize = 100;

/// Gateway and outcome.
type Which = (&'static str, &'static str);

/// Orders that a gateway did not take, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untaken {
    /// Whose.
    pub gateway: &'static str,
    /// How many since it took one.
    pub count: u64,
    /// The gateway's code of the last.
    pub code: String,
    /// When that was.
    pub at: Timestamp,
}

/// The counters. Their keys are words of the program, so there are few.
#[derive(Default)]
pub(in super::super) struct Tally {
    orders: Mutex<BTreeMap<Which, u64>>,
    webhooks: Mutex<BTreeMap<Which, u64>>,
    untaken: Mutex<BTreeMap<&'static str, Untaken>>,
}

impl Tally {
    pub(super) fn order(&self, gateway: Name, outcome: &'static str) {
        count(&self.orders, (gateway.word(), outcome));
    }

    pub(super) fn webhook(&self, gateway: Name, outcome: &'static str) {
        count(&self.webhooks, (gateway.word(), outcome));
    }

    /// A gateway took an order.
    pub(super) fn taken(&self, gateway: Name) {
        self.untaken().remove(gateway.word());
    }

    /// A gateway did not take an order.
    pub(super) fn not_taken(&self, gateway: Name, code: String, at: Timestamp) {
        let gateway = gateway.word();
        let mut all = self.untaken();
        let count = all.get(gateway).map_or(0, |it| it.count) + 1;
        let now = Untaken {
            gateway,
            count,
            code,
            at,
        };
        all.insert(gateway, now);
    }

    fn untaken(&self) -> MutexGuard<'_, BTreeMap<&'static str, Untaken>> {
        self.untaken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counters: &Mutex<BTreeMap<Which, u64>>, which: Which) {
    let mut counters = counters.lock().unwrap_or_else(PoisonError::into_inner);
    *counters.entry(which).or_default() += 1;
}

fn read(counters: &Mutex<BTreeMap<Which, u64>>) -> Vec<(Which, u64)> {
    let counters = counters.lock().unwrap_or_else(PoisonError::into_inner);
    counters.iter().map(|(which, n)| (*which, *n)).collect()
}

impl Services {
    /// Orders that came to a state since the start, by gateway and state.
    pub fn orders_counted(&self) -> Vec<(Which, u64)> {
        read(&self.0.tally.orders)
    }

    /// Webhooks since the start, by gateway and what became of them: `taken`, `repeated`, `ignored`
    /// (means nothing to us), `forged` or `unknown` (no such order), then `applied` or `later`.
    pub fn webhooks_counted(&self) -> Vec<(Which, u64)> {
        read(&self.0.tally.webhooks)
    }

    /// Gateways that did not take the last order that they were asked for.
    pub fn orders_untaken(&self) -> Vec<Untaken> {
        self.0.tally.untaken().values().cloned().collect()
    }

    /// Money that fits no order, by gateway and currency, in the minor unit.
    pub fn suspense(&self) -> Result<Vec<(Name, Currency, i64)>, LoadError> {
        // The last account before those: no currency is below three letters A.
        let mut sums = Vec::new();
        let Ok(first) = Currency::parse("AAA") else {
            return Ok(sums);
        };
        let from = Account::Suspense(Name::Razorpay, first);
        for (account, units) in books::balances(&self.0.store, Some(from), SUSPENSE_MAX)? {
            let Account::Suspense(gateway, currency) = account else {
                break;
            };
            sums.push((gateway, currency, -units));
        }
        Ok(sums)
    }
}
