//! Who holds how many times at once. A hold costs nothing and keeps others out, so one person,
//! one address and all who want one host have a bound. Known in memory only: what is held is on
//! disk (`agenda`), and after a restart everybody may hold anew for the minutes that holds last.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use parlor_domain::{id::UserId, time::Timestamp};
use uuid::Uuid;

/// Most holds that are known; the server is busy beyond.
const KNOWN_MAX: usize = 50_000;

/// Who holds a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Somebody with an account.
    User(UserId),
    /// Whoever comes from this address.
    Address(IpAddr),
}

/// How many holds there may be at once.
#[derive(Clone, Copy, Debug)]
pub struct HoldLimits {
    /// Of one account.
    pub per_person: usize,
    /// From one address; behind one there may be many people.
    pub per_address: usize,
    /// With one host.
    pub per_host: usize,
}

impl Default for HoldLimits {
    fn default() -> Self {
        Self {
            per_person: 5,
            per_address: 20,
            per_host: 100,
        }
    }
}

struct Held {
    by: Holder,
    host: UserId,
    until: Timestamp,
}

/// The holds of now.
#[derive(Default)]
pub(super) struct Holds(Mutex<HashMap<Uuid, Held>>);

impl Holds {
    /// Notes a hold, unless it is one too many.
    pub fn note(
        &self,
        id: Uuid,
        (by, host): (Holder, UserId),
        (now, until): (Timestamp, Timestamp),
        limits: &HoldLimits,
    ) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, it| now < it.until);
        let of = |test: &dyn Fn(&Held) -> bool| all.values().filter(|it| test(it)).count();
        let own_max = match by {
            Holder::User(_) => limits.per_person,
            Holder::Address(_) => limits.per_address,
        };
        if all.len() >= KNOWN_MAX
            || of(&|it| it.by == by) >= own_max
            || of(&|it| it.host == host) >= limits.per_host
        {
            return false;
        }
        all.insert(id, Held { by, host, until });
        true
    }

    /// It is held no more: booked, given back, or never written.
    pub fn forget(&self, id: Uuid) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_are_counted_by_person_address_and_host_and_end() {
        let holds = Holds::default();
        let limits = HoldLimits {
            per_person: 2,
            per_address: 3,
            per_host: 4,
        };
        let user = |n| UserId(Uuid::from_u128(n));
        let mut id = 0;
        let mut note = |by, host, now| {
            id += 1;
            let times = (Timestamp(now), Timestamp(now + 10));
            holds.note(Uuid::from_u128(id), (by, user(host)), times, &limits)
        };
        let (ada, home) = (
            Holder::User(user(1)),
            Holder::Address([127, 0, 0, 1].into()),
        );
        assert!(note(ada, 9, 0) && note(ada, 9, 0));
        assert!(!note(ada, 8, 0), "a person has two");
        assert!(note(home, 9, 0) && note(home, 9, 0));
        assert!(!note(home, 9, 0), "a host has four");
        assert!(note(home, 8, 0));
        assert!(!note(home, 8, 0), "an address has three");
        assert!(note(ada, 8, 10), "they ended");
        holds.forget(Uuid::from_u128(1));
        assert!(note(ada, 9, 10));
    }
}
