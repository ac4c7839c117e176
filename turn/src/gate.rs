//! How many streams may be open, in all and from one address; and how often one source is asked for
//! its credentials.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{credential::fill_random, sys::address::Endpoint};

/// What counts as one source: an IPv4 address, or an IPv6 /64, which one person can have.
fn source(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => IpAddr::from((u128::from(v6) & !(u128::MAX >> 64)).to_be_bytes()),
    }
}

/// Counts open streams.
pub(crate) struct Gate {
    open: Mutex<Open>,
    most: usize,
    most_per_source: usize,
}

#[derive(Default)]
struct Open {
    total: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// The right to one open stream; given back when dropped.
pub(crate) struct Ticket {
    gate: Arc<Gate>,
    source: IpAddr,
}

impl Gate {
    pub fn new(most: usize, most_per_source: usize) -> Arc<Gate> {
        Arc::new(Gate {
            open: Mutex::default(),
            most,
            most_per_source,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// A ticket, or none when there are enough streams.
    pub fn enter(self: &Arc<Gate>, ip: IpAddr) -> Option<Ticket> {
        let source = source(ip);
        let mut open = self.lock();
        if open.total >= self.most
            || open
                .by_source
                .get(&source)
                .is_some_and(|n| *n >= self.most_per_source)
        {
            return None;
        }
        open.total += 1;
        *open.by_source.entry(source).or_default() += 1;
        Some(Ticket {
            gate: self.clone(),
            source,
        })
    }

    pub fn open(&self) -> usize {
        self.lock().total
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.gate.lock();
        open.total -= 1;
        if let Some(n) = open.by_source.get_mut(&self.source) {
            *n -= 1;
            if *n == 0 {
                open.by_source.remove(&self.source);
            }
        }
    }
}

/// Buckets of [`Challenges`]; a power of two.
const BUCKETS: usize = 1 << 14;

/// Limits how often one source is answered with a challenge, in a table that never grows: a forged
/// source cannot be flooded through us. Two sources may share a bucket; which, nobody can guess.
pub(crate) struct Challenges {
    counts: Box<[u8]>,
    second: u64,
    dirty: bool,
    seed: u64,
    most: u8,
}

impl Challenges {
    pub fn new(per_second: u8) -> Challenges {
        let mut seed = [0; 8];
        fill_random(&mut seed);
        Challenges {
            counts: vec![0; BUCKETS].into(),
            second: 0,
            dirty: false,
            seed: u64::from_le_bytes(seed),
            most: per_second,
        }
    }

    /// Whether this source may be answered once more in this second.
    pub fn allow(&mut self, ip: IpAddr, seconds: u64) -> bool {
        if self.second != seconds {
            self.second = seconds;
            if std::mem::take(&mut self.dirty) {
                self.counts.fill(0);
            }
        }
        use std::hash::{Hash, Hasher};
        let mut hasher = crate::sys::address::Folding::default();
        hasher.write_u64(self.seed);
        Endpoint::from(std::net::SocketAddr::new(source(ip), 0)).hash(&mut hasher);
        hasher.write_u64(self.seed.rotate_left(17));
        let count = &mut self.counts[hasher.finish() as usize % BUCKETS];
        self.dirty = true;
        if *count >= self.most {
            return false;
        }
        *count += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_counted_per_source_and_in_all() {
        let gate = Gate::new(3, 2);
        let (a, b): (IpAddr, IpAddr) = ("1.1.1.1".parse().unwrap(), "2a00::1".parse().unwrap());
        let first = gate.enter(a).unwrap();
        let _second = gate.enter(a).unwrap();
        assert!(gate.enter(a).is_none());
        let _third = gate.enter(b).unwrap();
        assert!(gate.enter("2a00::2".parse().unwrap()).is_none(), "full");
        drop(first);
        let _fourth = gate.enter("2a00::2".parse().unwrap()).unwrap();
        assert_eq!(gate.open(), 3);
    }

    #[test]
    fn one_source_is_challenged_ten_times_a_second() {
        let mut challenges = Challenges::new(10);
        let ip: IpAddr = "1.2.3.4".parse().unwrap();
        assert_eq!((0..100).filter(|_| challenges.allow(ip, 5)).count(), 10);
        assert_eq!((0..100).filter(|_| challenges.allow(ip, 6)).count(), 10);
        let net: Vec<IpAddr> = (0..100u16)
            .map(|i| format!("2a00::{i:x}").parse().unwrap())
            .collect();
        assert_eq!(
            net.iter().filter(|ip| challenges.allow(**ip, 7)).count(),
            10,
            "a /64 is one source"
        );
    }
}
