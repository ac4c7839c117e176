//! How often what happened since the start, for metrics: by gateway and by outcome, never by person.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use parlor_data::{LoadError, nouns::ledger as books};
use parlor_domain::{
    ledger::{Account, Gateway as Name},
    money::Currency,
};

use super::super::Services;

/// Most currencies in suspense that are listed.
const SUSPENSE_MAX: usize = 100;

/// Gateway and outcome.
type Which = (&'static str, &'static str);

/// The counters. Their keys are words of the program, so there are few.
#[derive(Default)]
pub(in super::super) struct Tally {
    orders: Mutex<BTreeMap<Which, u64>>,
    webhooks: Mutex<BTreeMap<Which, u64>>,
}

impl Tally {
    pub(super) fn order(&self, gateway: Name, outcome: &'static str) {
        count(&self.orders, (gateway.word(), outcome));
    }

    pub(super) fn webhook(&self, gateway: Name, outcome: &'static str) {
        count(&self.webhooks, (gateway.word(), outcome));
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
