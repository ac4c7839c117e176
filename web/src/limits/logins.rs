//! Failed logins: whose they are counted as.
//!
//! A failure counts for the account as tried from this address, for the account as tried from
//! anywhere, and for the address whatever account it tries. So a stranger who guesses slows himself
//! down, and the owner elsewhere only when very many addresses guess at once; and even then not in a
//! browser that logged into this account before, which has a count of its own. A code of a second
//! factor is only asked after the right password, so its failures count for the account alone.

use std::net::IpAddr;

use parlor_domain::{
    guess::Guesses,
    time::{Millis, Timestamp},
};

use super::{Limiter, folded, network_of};

/// Most keys that are remembered of each kind.
pub(super) const KEYS_MAX: usize = 20_000;
/// An account waits for everybody after so many times its own number.
const FROM_ANYWHERE: u32 = 10;
/// An address waits for every account after so many times that number: many people may share one.
const ON_ANYBODY: u32 = 3;

/// A login that somebody tries.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    email: &'a str,
    ip: Option<IpAddr>,
    device: Option<[u8; 16]>,
}

impl<'a> Attempt<'a> {
    /// Of the account with this address, or this id.
    pub fn of(email: &'a str) -> Self {
        Self {
            email,
            ip: None,
            device: None,
        }
    }

    /// From there.
    #[must_use]
    pub fn from(self, ip: Option<IpAddr>) -> Self {
        Self { ip, ..self }
    }

    /// In a browser that proves that it logged into this account before.
    #[must_use]
    pub fn on_device(self, device: Option<[u8; 16]>) -> Self {
        Self { device, ..self }
    }
}

/// What a try is counted under.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    own: u64,
    account: Option<u64>,
    address: Option<u64>,
}

impl Limiter {
    pub(super) fn keys(&self, attempt: &Attempt<'_>) -> Keys {
        let email = folded(attempt.email);
        let network = attempt.ip.map(network_of);
        match attempt.device {
            Some(device) => Keys {
                own: self.number("device", (&email, device)),
                account: None,
                address: None,
            },
            None => Keys {
                own: self.number("here", (&email, network)),
                account: Some(self.number("anywhere", &email)),
                address: network.map(|network| self.number("address", network)),
            },
        }
    }
}

/// Who failed how often.
pub(super) struct Logins {
    own: Guesses<u64>,
    accounts: Guesses<u64>,
    addresses: Guesses<u64>,
}

impl Logins {
    pub(super) fn new(free: u32) -> Self {
        let free = free.max(1);
        Self {
            own: Guesses::new(free, KEYS_MAX),
            accounts: Guesses::new(free.saturating_mul(FROM_ANYWHERE), KEYS_MAX),
            addresses: Guesses::new(free.saturating_mul(ON_ANYBODY), KEYS_MAX),
        }
    }

    pub(super) fn wait(&self, keys: &Keys, now: Timestamp) -> Option<Millis> {
        let account = keys.account.and_then(|it| self.accounts.wait(&it, now));
        let address = keys.address.and_then(|it| self.addresses.wait(&it, now));
        self.own.wait(&keys.own, now).max(account).max(address)
    }

    pub(super) fn failed(&mut self, keys: &Keys, now: Timestamp) {
        self.own.failed(keys.own, now);
        if let Some(account) = keys.account {
            self.accounts.failed(account, now);
        }
        if let Some(address) = keys.address {
            self.addresses.failed(address, now);
        }
    }

    /// Forgets what its owner did wrong here. What was tried from elsewhere stays, and what this
    /// address tried on others, too: otherwise an account of one's own would wash a guesser clean.
    pub(super) fn succeeded(&mut self, keys: &Keys) {
        self.own.succeeded(&keys.own);
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.own.len() + self.accounts.len() + self.addresses.len()
    }
}
