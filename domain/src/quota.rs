//! How much each of many callers may ask: so many at once, and as many again over a span, evenly.
//!
//! One number is kept for a caller: when its share is whole again (the "theoretical arrival time" of
//! the generic cell rate algorithm). The table has a bound. At the bound those are forgotten who used
//! least of their share, so that a flood of new callers costs the patient ones nothing and does not
//! free the greedy ones. Must never refuse somebody because others are many.

use std::{collections::HashMap, hash::Hash};

use crate::time::{Millis, Timestamp};

/// A share and the span over which it flows back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests; at least one.
    pub count: u32,
    /// In which a used share is whole again.
    pub span: Millis,
}

impl Quota {
    fn span_micros(self) -> i64 {
        self.span.0.max(1).saturating_mul(1_000)
    }

    /// What one request costs, in microseconds of the span.
    fn price(self) -> i64 {
        (self.span_micros() / i64::from(self.count.max(1))).max(1)
    }
}

/// How a caller stands after asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its share.
    pub quota: Quota,
    /// Requests that would pass at once.
    pub remaining: u32,
    /// Until the share is whole again, if nothing is asked.
    pub whole_in: Millis,
    /// Set when the request is refused: until the next one passes.
    pub refused_for: Option<Millis>,
}

/// Who asked how much.
#[derive(Debug)]
pub struct Quotas<K> {
    quota: Quota,
    callers_max: usize,
    whole_at: HashMap<K, i64>,
}

impl<K: Eq + Hash + Clone> Quotas<K> {
    /// Nobody asked yet. At most `callers_max` callers are remembered.
    pub fn new(quota: Quota, callers_max: usize) -> Self {
        Self {
            quota,
            callers_max: callers_max.max(2),
            whole_at: HashMap::new(),
        }
    }

    /// One request.
    pub fn take(&mut self, caller: &K, now: Timestamp) -> Standing {
        let (at, span, price) = (micros(now), self.quota.span_micros(), self.quota.price());
        let known = self.whole_at.get(caller).copied();
        // A clock that stepped back must not hold anybody for longer than a span.
        let owed = known.map_or(0, |whole| (whole - at).clamp(0, span));
        let next = owed.saturating_add(price);
        if next > span {
            return self.standing(owed, Some(ceil_millis(next - span)));
        }
        if known.is_none() && self.whole_at.len() >= self.callers_max {
            self.forget_the_least(at);
        }
        self.whole_at.insert(caller.clone(), at + next);
        self.standing(next, None)
    }

    /// Callers that are remembered.
    pub fn len(&self) -> usize {
        self.whole_at.len()
    }

    /// Whether nobody is remembered.
    pub fn is_empty(&self) -> bool {
        self.whole_at.is_empty()
    }

    fn standing(&self, owed: i64, refused_for: Option<Millis>) -> Standing {
        let free = (self.quota.span_micros() - owed) / self.quota.price();
        Standing {
            quota: self.quota,
            remaining: u32::try_from(free.max(0)).unwrap_or(u32::MAX),
            whole_in: ceil_millis(owed),
            refused_for,
        }
    }

    /// Forgets whoever is whole again and, when that is not half of all, those who owe least.
    fn forget_the_least(&mut self, at: i64) {
        self.whole_at.retain(|_, whole| *whole > at);
        let most = self.callers_max / 2;
        if self.whole_at.len() <= most {
            return;
        }
        let mut owing: Vec<i64> = self.whole_at.values().copied().collect();
        let surplus = owing.len() - most;
        let (_, line, _) = owing.select_nth_unstable(surplus - 1);
        let line = *line;
        let mut leave = surplus;
        self.whole_at.retain(|_, whole| {
            let goes = *whole <= line && leave > 0;
            leave -= usize::from(goes);
            !goes
        });
    }
}

fn micros(at: Timestamp) -> i64 {
    at.0.saturating_mul(1_000)
}

fn ceil_millis(micros: i64) -> Millis {
    Millis(micros.saturating_add(999) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Quota = Quota {
        count: 3,
        span: Millis(60_000),
    };

    #[test]
    fn a_share_is_used_and_flows_back() {
        let mut quotas = Quotas::new(MINUTE, 10);
        // (ms, who, remaining, whole in, refused for)
        let steps = [
            (0, "a", 2, 20_000, None),
            (0, "a", 1, 40_000, None),
            (0, "a", 0, 60_000, None),
            (0, "a", 0, 60_000, Some(20_000)),
            (0, "b", 2, 20_000, None),
            (19_999, "a", 0, 40_001, Some(1)),
            (20_000, "a", 0, 60_000, None),
            (1_000_000, "a", 2, 20_000, None),
            // A clock that stepped back holds for a span at most.
            (-5_000_000, "a", 0, 60_000, Some(20_000)),
        ];
        for (ms, who, remaining, whole_in, refused) in steps {
            let got = quotas.take(&who, Timestamp(ms));
            let told = (
                got.remaining,
                got.whole_in.0,
                got.refused_for.map(|it| it.0),
            );
            assert_eq!(told, (remaining, whole_in, refused), "{who} at {ms}");
        }
    }

    #[test]
    fn a_flood_of_callers_is_bounded_and_frees_nobody_who_asked_too_much() {
        let mut quotas = Quotas::new(MINUTE, 100);
        for _ in 0..3 {
            quotas.take(&0, Timestamp(0));
        }
        for caller in 1..10_000 {
            let got = quotas.take(&caller, Timestamp(1));
            assert_eq!(got.refused_for, None, "a newcomer passes");
            assert!(quotas.len() <= 100);
        }
        assert!(quotas.take(&0, Timestamp(2)).refused_for.is_some());
    }

    #[test]
    fn many_are_let_through_when_many_are_allowed() {
        let plenty = Quota {
            count: 100_000_000,
            span: Millis(900_000),
        };
        let mut quotas = Quotas::new(plenty, 10);
        let refused = (0..5_000).filter(|_| quotas.take(&"a", Timestamp(0)).refused_for.is_some());
        assert_eq!(refused.count(), 0);
    }
}
