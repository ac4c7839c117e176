//! How many sockets at once: in all, and per address those that have not said who they are.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use parlor_domain::{bucket::Bucket, time::Timestamp};

use super::{Sockets, WsConfig};

/// Addresses remembered before those that are quiet are forgotten.
const ADDRESSES_MAX: usize = 50_000;

/// Why a handshake is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// All of the server's sockets are taken.
    Server,
    /// This address connects too often or leaves too many sockets silent.
    Address,
}

/// The counters.
pub(super) struct Caps {
    open: AtomicUsize,
    sockets_max: usize,
    silent_max: usize,
    per_minute: u32,
    addresses: Mutex<HashMap<IpAddr, Address>>,
}

struct Address {
    silent: usize,
    handshakes: Bucket,
    seen: Timestamp,
}

impl Caps {
    pub fn new(config: &WsConfig) -> Self {
        Self {
            open: AtomicUsize::new(0),
            sockets_max: config.sockets_max,
            silent_max: config.silent_per_ip_max,
            per_minute: config.handshakes_per_ip_per_min,
            addresses: Mutex::default(),
        }
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Books a place for a socket that has not said hello.
    fn enter(&self, ip: IpAddr, now: Timestamp) -> Result<(), Full> {
        let mut addresses = self.lock();
        if addresses.len() >= ADDRESSES_MAX {
            addresses.retain(|_, a| a.silent > 0 || now.since(a.seen).0 < 60_000);
        }
        let most = self.per_minute.max(1);
        let address = addresses.entry(ip).or_insert_with(|| Address {
            silent: 0,
            handshakes: Bucket::new(most.div_ceil(60), most, now),
            seen: now,
        });
        address.seen = now;
        if address.silent >= self.silent_max || !address.handshakes.take(1, now) {
            return Err(Full::Address);
        }
        if self.open() >= self.sockets_max {
            return Err(Full::Server);
        }
        address.silent += 1;
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn greeted(&self, ip: IpAddr) {
        if let Some(address) = self.lock().get_mut(&ip) {
            address.silent = address.silent.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Address>> {
        self.addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One socket's place; given back when dropped.
pub(super) struct Place {
    sockets: Sockets,
    ip: IpAddr,
    silent: bool,
}

impl Place {
    pub fn book(sockets: &Sockets, ip: IpAddr, now: Timestamp) -> Result<Self, Full> {
        sockets.0.caps.enter(ip, now)?;
        Ok(Self {
            sockets: sockets.clone(),
            ip,
            silent: true,
        })
    }

    /// Whose.
    pub fn address(&self) -> IpAddr {
        self.ip
    }

    /// The first frame must come within this.
    pub fn hello_within(&self) -> std::time::Duration {
        self.sockets.0.config.hello_within
    }

    /// The socket said who it is.
    pub fn greeted(&mut self) {
        if std::mem::take(&mut self.silent) {
            self.sockets.0.caps.greeted(self.ip);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.greeted();
        self.sockets.0.caps.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(silent: usize, per_minute: u32, total: usize) -> Caps {
        Caps::new(&WsConfig {
            sockets_max: total,
            silent_per_ip_max: silent,
            handshakes_per_ip_per_min: per_minute,
            ..WsConfig::default()
        })
    }

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn silent_sockets_of_one_address_are_bounded_and_hello_frees_a_place() {
        let caps = caps(2, 100, 100);
        assert_eq!(caps.enter(A, Timestamp(0)), Ok(()));
        assert_eq!(caps.enter(A, Timestamp(0)), Ok(()));
        assert_eq!(caps.enter(A, Timestamp(0)), Err(Full::Address));
        assert_eq!(caps.enter(B, Timestamp(0)), Ok(()), "others are free");
        caps.greeted(A);
        assert_eq!(caps.enter(A, Timestamp(0)), Ok(()));
    }

    #[test]
    fn handshakes_of_one_address_are_bounded_per_minute() {
        let caps = caps(100, 60, 100);
        let entered = (0..70).filter(|_| caps.enter(A, Timestamp(0)).is_ok());
        assert_eq!(entered.count(), 60);
        assert_eq!(caps.enter(A, Timestamp(1_000)), Ok(()));
    }

    #[test]
    fn the_server_is_full_at_its_cap() {
        let caps = caps(100, 100, 1);
        assert_eq!(caps.enter(A, Timestamp(0)), Ok(()));
        assert_eq!(caps.enter(B, Timestamp(0)), Err(Full::Server));
    }
}
