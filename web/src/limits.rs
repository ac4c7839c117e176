//! How much one caller may ask: per address without a login, per account with one (C29), and how
//! often a password or a mail may be tried for one account.
//!
//! An IPv6 caller is its /64, because one household or one server owns all of it. Nothing here
//! outlives the process: after a restart everybody starts anew.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock, clock::DefaultClock};
use parlor_domain::{
    id::UserId,
    time::{Millis, Timestamp},
};

use crate::error::ApiError;

/// The seeds' span (R290).
const SPAN: Duration = Duration::from_secs(15 * 60);
/// Most accounts whose failures are remembered at once.
const FAILURES_MAX: usize = 10_000;

/// Checks after which those who have not asked for long are forgotten.
const FORGET_EVERY: u32 = 4_096;

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests without a login and of /api/video-calls, per address, in 15 minutes.
    pub anonymous_per_ip_per_15_min: u32,
    /// Requests of one account, per minute.
    pub account_per_min: u32,
    /// Failed logins of one account, in 15 minutes.
    pub login_failures_per_account_per_15_min: u32,
    /// Mails that strangers can have sent to one address, in 15 minutes.
    pub mails_per_address_per_15_min: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            anonymous_per_ip_per_15_min: 100,
            account_per_min: 300,
            login_failures_per_account_per_15_min: 10,
            mails_per_address_per_15_min: 5,
        }
    }
}

/// What has been asked.
pub struct Limiter {
    clock: DefaultClock,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    accounts: DefaultKeyedRateLimiter<UserId>,
    mails: DefaultKeyedRateLimiter<String>,
    checks: AtomicU32,
    failures_max: u32,
    failures: Mutex<HashMap<String, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    since: Timestamp,
}

fn quota(count: u32, span: Duration) -> Quota {
    let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(span / count.get());
    quota
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(count)
}

impl Limiter {
    /// Nothing asked yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            clock: DefaultClock::default(),
            addresses: DefaultKeyedRateLimiter::keyed(quota(
                limits.anonymous_per_ip_per_15_min,
                SPAN,
            )),
            accounts: DefaultKeyedRateLimiter::keyed(quota(
                limits.account_per_min,
                Duration::from_secs(60),
            )),
            mails: DefaultKeyedRateLimiter::keyed(quota(limits.mails_per_address_per_15_min, SPAN)),
            checks: AtomicU32::new(0),
            failures_max: limits.login_failures_per_account_per_15_min.max(1),
            failures: Mutex::default(),
        }
    }

    /// One request of this address without a login.
    pub fn address(&self, ip: IpAddr) -> Result<(), ApiError> {
        self.check(&self.addresses, &network_of(ip))
    }

    /// One request of this account.
    pub fn account(&self, user: UserId) -> Result<(), ApiError> {
        self.check(&self.accounts, &user)
    }

    /// One mail that a stranger has sent to this address. Counts the same whether or not the
    /// address has an account.
    pub fn mail(&self, email: &str) -> Result<(), ApiError> {
        self.check(&self.mails, &folded(email))
    }

    fn check<K: std::hash::Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Result<(), ApiError> {
        let checks = self.checks.fetch_add(1, Ordering::Relaxed);
        if checks % FORGET_EVERY == FORGET_EVERY - 1 {
            self.forget_old();
        }
        limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            ApiError::rate_limited(Millis(
                i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1),
            ))
        })
    }

    /// Whether a login of this address may be tried.
    pub fn may_log_in(&self, email: &str, now: Timestamp) -> Result<(), ApiError> {
        let failures = self.failures();
        match failures.get(&folded(email)) {
            Some(it) if it.count >= self.failures_max && !is_past(it, now) => {
                let wait = (it.since + span()).since(now);
                Err(ApiError::rate_limited(wait))
            }
            _ => Ok(()),
        }
    }

    /// A login failed. Counts for unknown addresses too.
    pub fn login_failed(&self, email: &str, now: Timestamp) {
        let mut failures = self.failures();
        if failures.len() >= FAILURES_MAX {
            failures.retain(|_, it| !is_past(it, now));
        }
        if failures.len() >= FAILURES_MAX {
            // Somebody tries very many addresses; the limit per address of theirs holds them.
            return;
        }
        let entry = failures.entry(folded(email)).or_insert(Failures {
            count: 0,
            since: now,
        });
        if is_past(entry, now) {
            *entry = Failures {
                count: 0,
                since: now,
            };
        }
        entry.count += 1;
    }

    /// A login succeeded: earlier failures were its owner's.
    pub fn login_succeeded(&self, email: &str) {
        self.failures().remove(&folded(email));
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, HashMap<String, Failures>> {
        // A count is never half written.
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets who has not asked for long, so that the tables do not grow.
    fn forget_old(&self) {
        self.addresses.retain_recent();
        self.accounts.retain_recent();
        self.mails.retain_recent();
    }
}

fn span() -> Millis {
    Millis::from_mins(15)
}

fn is_past(it: &Failures, now: Timestamp) -> bool {
    now >= it.since + span()
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

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn limiter() -> Limiter {
        Limiter::new(Limits {
            anonymous_per_ip_per_15_min: 3,
            account_per_min: 2,
            login_failures_per_account_per_15_min: 2,
            mails_per_address_per_15_min: 1,
        })
    }

    #[test]
    fn an_address_has_its_own_bucket_and_a_household_one() {
        let limiter = limiter();
        for _ in 0..3 {
            assert!(limiter.address(ip("192.0.2.1")).is_ok());
        }
        let refused = limiter.address(ip("192.0.2.1")).unwrap_err();
        assert_eq!(refused.status.as_u16(), 429);
        assert!(refused.body.retry_after_ms.unwrap() > 0);
        assert!(limiter.address(ip("192.0.2.2")).is_ok());
        for n in 1..=3 {
            assert!(limiter.address(ip(&format!("2001:db8::{n}"))).is_ok());
        }
        assert!(limiter.address(ip("2001:db8::4")).is_err(), "the same /64");
        assert!(limiter.address(ip("2001:db8:0:1::1")).is_ok());
        assert!(limiter.address(ip("::ffff:192.0.2.1")).is_err());
    }

    #[test]
    fn failed_logins_block_until_their_span_is_over() {
        let limiter = limiter();
        let now = Timestamp(1_000);
        assert!(limiter.may_log_in("a@example.org", now).is_ok());
        limiter.login_failed("a@example.org", now);
        limiter.login_failed(" A@example.org", now);
        assert!(limiter.may_log_in("a@example.org", now).is_err());
        assert!(limiter.may_log_in("b@example.org", now).is_ok());
        let later = now + Millis::from_mins(15);
        assert!(limiter.may_log_in("a@example.org", later).is_ok());
        limiter.login_failed("c@example.org", now);
        limiter.login_succeeded("c@example.org");
        limiter.login_failed("c@example.org", now);
        assert!(limiter.may_log_in("c@example.org", now).is_ok());
    }
}
