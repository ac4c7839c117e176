//! How much one caller may ask: per address without a login, per account with one (C29), and how
//! often a password or a mail may be tried for one account.
//!
//! Which bucket a request is taken from stands in [`class`], the one table of it. An IPv6 caller is
//! its /64, because one household or one server owns all of it. Every table has a bound, whatever
//! number of addresses a flood comes from. Nothing here outlives the process: after a restart
//! everybody starts anew.

pub mod class;
mod header;
mod logins;

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
};

use parlor_domain::{
    id::UserId,
    quota::{Quota, Quotas, Standing},
    time::{Millis, Timestamp},
};

pub use header::Counted;
pub use logins::Attempt;

use self::{class::Class, logins::Logins};
use crate::error::ApiError;

/// The seeds' span (R290).
const SPAN: Millis = Millis::from_mins(15);
const MINUTE: Millis = Millis::from_mins(1);
/// Most callers that one bucket remembers: about two megabytes.
const CALLERS_MAX: usize = 65_536;

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests of one address in 15 minutes, in each class without a login and of calls' control.
    pub anonymous_per_ip_per_15_min: u32,
    /// Requests of programs (gateways, calendars) of one address, per minute.
    pub machines_per_ip_per_min: u32,
    /// Requests of one account, per minute.
    pub account_per_min: u32,
    /// Failed logins of one account before it waits.
    pub login_failures_per_account_per_15_min: u32,
    /// Mails that strangers can have sent to one address, in 15 minutes.
    pub mails_per_address_per_15_min: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            anonymous_per_ip_per_15_min: 100,
            machines_per_ip_per_min: 600,
            account_per_min: 300,
            login_failures_per_account_per_15_min: 10,
            mails_per_address_per_15_min: 5,
        }
    }
}

/// What has been asked.
pub struct Limiter {
    anonymous: Mutex<Quotas<IpAddr>>,
    sign_in: Mutex<Quotas<IpAddr>>,
    calls: Mutex<Quotas<IpAddr>>,
    machines: Mutex<Quotas<IpAddr>>,
    accounts: Mutex<Quotas<UserId>>,
    mails: Mutex<Quotas<u64>>,
    logins: Mutex<Logins>,
    /// What people type is remembered as a number only, and which number nobody can foresee.
    hasher: RandomState,
}

fn quotas<K: Eq + Hash + Clone>(count: u32, span: Millis) -> Mutex<Quotas<K>> {
    Mutex::new(Quotas::new(Quota { count, span }, CALLERS_MAX))
}

/// Nothing in these tables is ever half written.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Limiter {
    /// Nothing asked yet.
    pub fn new(limits: Limits) -> Self {
        let by_address = || quotas(limits.anonymous_per_ip_per_15_min, SPAN);
        Self {
            anonymous: by_address(),
            sign_in: by_address(),
            calls: by_address(),
            machines: quotas(limits.machines_per_ip_per_min, MINUTE),
            accounts: quotas(limits.account_per_min, MINUTE),
            mails: quotas(limits.mails_per_address_per_15_min, SPAN),
            logins: Mutex::new(Logins::new(limits.login_failures_per_account_per_15_min)),
            hasher: RandomState::new(),
        }
    }

    /// One request of this address, out of the bucket of this class.
    pub fn address(&self, class: Class, ip: IpAddr, now: Timestamp) -> Counted {
        let buckets = match class {
            Class::Account | Class::Free => &self.anonymous,
            Class::SignIn => &self.sign_in,
            Class::Calls => &self.calls,
            Class::Machines => &self.machines,
        };
        let standing = held(buckets).take(&network_of(ip), now);
        Counted::new(class.bucket(), standing)
    }

    /// One request of this account.
    pub fn account(&self, user: UserId, now: Timestamp) -> Counted {
        Counted::new("account", held(&self.accounts).take(&user, now))
    }

    /// One mail that a stranger has sent to this address. Counts the same whether or not the
    /// address has an account.
    pub fn mail(&self, email: &str, now: Timestamp) -> Result<(), ApiError> {
        refuse(held(&self.mails).take(&self.number("mail", folded(email)), now))
    }

    /// Whether this login may be tried.
    pub fn may_log_in(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<(), ApiError> {
        let wait = held(&self.logins).wait(&self.keys(attempt), now);
        wait.map_or(Ok(()), |wait| Err(ApiError::rate_limited(wait)))
    }

    /// A login failed. Counts for unknown addresses too.
    pub fn login_failed(&self, attempt: &Attempt<'_>, now: Timestamp) {
        held(&self.logins).failed(&self.keys(attempt), now);
    }

    /// A login succeeded: earlier failures from there were its owner's.
    pub fn login_succeeded(&self, attempt: &Attempt<'_>) {
        held(&self.logins).succeeded(&self.keys(attempt));
    }

    fn number(&self, what: &str, of: impl Hash) -> u64 {
        self.hasher.hash_one((what, of))
    }
}

/// The refusal that a standing means, if it means one.
fn refuse(standing: Standing) -> Result<(), ApiError> {
    let refused = standing.refused_for;
    refused.map_or(Ok(()), |wait| Err(ApiError::rate_limited(wait)))
}

fn folded(email: &str) -> String {
    email.trim().to_lowercase()
}

/// IPv4 as it is, IPv6 by its /64, IPv4 in IPv6 clothes as IPv4.
fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn limiter() -> Limiter {
        Limiter::new(Limits {
            anonymous_per_ip_per_15_min: 3,
            machines_per_ip_per_min: 5,
            account_per_min: 2,
            login_failures_per_account_per_15_min: 2,
            mails_per_address_per_15_min: 1,
        })
    }

    #[test]
    fn an_address_has_its_own_bucket_and_a_household_one() {
        let limiter = limiter();
        let ask = |from: &str| limiter.address(Class::Account, ip(from), NOW).check();
        for _ in 0..3 {
            assert!(ask("192.0.2.1").is_ok());
        }
        let refused = ask("192.0.2.1").unwrap_err();
        assert_eq!(refused.status.as_u16(), 429);
        assert_eq!(refused.body.retry_after_ms, Some(300_000));
        assert!(ask("192.0.2.2").is_ok());
        for n in 1..=3 {
            assert!(ask(&format!("2001:db8::{n}")).is_ok());
        }
        assert!(ask("2001:db8::4").is_err(), "the same /64");
        assert!(ask("2001:db8:0:1::1").is_ok());
        assert!(ask("::ffff:192.0.2.1").is_err());
    }

    #[test]
    fn who_looks_around_too_much_can_still_log_in() {
        let limiter = limiter();
        let ask = |class| limiter.address(class, ip("192.0.2.1"), NOW).check().is_ok();
        while ask(Class::Account) {}
        for class in [Class::SignIn, Class::Calls, Class::Machines] {
            assert!(ask(class), "{class:?}");
        }
    }

    #[test]
    fn a_flood_of_networks_takes_no_more_memory() {
        let limiter = limiter();
        for n in 0..200_000_u128 {
            let from = IpAddr::V6(Ipv6Addr::from_bits(n << 64));
            let counted = limiter.address(Class::SignIn, from, NOW);
            assert!(counted.check().is_ok());
        }
        assert!(held(&limiter.sign_in).len() <= CALLERS_MAX);
        for n in 0..60_000 {
            let mail = format!("{n}@example.org");
            limiter.login_failed(&Attempt::of(&mail).from(Some(ip("192.0.2.1"))), NOW);
        }
        assert!(held(&limiter.logins).remembered() <= 3 * logins::KEYS_MAX);
    }

    #[test]
    fn strangers_elsewhere_do_not_lock_an_owner_out() {
        let limiter = limiter();
        let at = |from: &str| Attempt::of("a@example.org").from(Some(ip(from)));
        for _ in 0..2 {
            assert!(limiter.may_log_in(&at("192.0.2.1"), NOW).is_ok());
            limiter.login_failed(&at("192.0.2.1"), NOW);
        }
        assert!(limiter.may_log_in(&at("192.0.2.1"), NOW).is_err());
        assert!(
            limiter.may_log_in(&at("198.51.100.7"), NOW).is_ok(),
            "the owner, elsewhere"
        );
        let later = NOW + Millis::from_mins(1);
        assert!(limiter.may_log_in(&at("192.0.2.1"), later).is_ok());
        // From very many addresses: all wait, but not a browser that logged in here before.
        for n in 0..40 {
            let from = format!("203.0.113.{n}");
            limiter.login_failed(&at(&from), NOW);
        }
        assert!(limiter.may_log_in(&at("198.51.100.7"), NOW).is_err());
        let known = at("198.51.100.7").on_device(Some([1; 16]));
        assert!(limiter.may_log_in(&known, NOW).is_ok());
        for _ in 0..2 {
            limiter.login_failed(&known, NOW);
        }
        assert!(
            limiter.may_log_in(&known, NOW).is_err(),
            "its own mistakes count"
        );
        limiter.login_succeeded(&known);
        assert!(limiter.may_log_in(&known, NOW).is_ok());
    }

    #[test]
    fn one_address_cannot_try_one_password_on_everybody() {
        let limiter = limiter();
        for n in 0..6 {
            let mail = format!("{n}@example.org");
            limiter.login_failed(&Attempt::of(&mail).from(Some(ip("192.0.2.1"))), NOW);
        }
        let next = Attempt::of("next@example.org").from(Some(ip("192.0.2.1")));
        assert!(limiter.may_log_in(&next, NOW).is_err());
        let other = Attempt::of("next@example.org").from(Some(ip("192.0.2.2")));
        assert!(limiter.may_log_in(&other, NOW).is_ok());
    }

    #[test]
    fn mails_are_counted_by_whoever_reads_them() {
        let limiter = limiter();
        assert!(limiter.mail("a@example.org", NOW).is_ok());
        assert!(limiter.mail(" A@example.org", NOW).is_err());
        assert!(limiter.mail("b@example.org", NOW).is_ok());
    }
}
