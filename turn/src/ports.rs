//! The ports of relayed addresses: which are free, which live, and who owns each live one.
//!
//! The pool is behind a lock that only control takes. The directory is an array of atomics that the
//! data plane reads per packet without a lock: it is how two relayed clients of one call find each
//! other, and how a packet from another call's relayed address is recognised.

use std::{
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::{
    calls::CallTag,
    credential::fill_random,
    sys::{address::Endpoint, socket::relay_socket},
};

/// Seconds that a freed port rests, so that late packets for its last owner do not reach the next.
const REST_SECONDS: u32 = 120;
/// Ports tried before an allocation is given up; a busy one belongs to another program.
const TRIES: usize = 64;
/// Seconds that a reserved neighbour waits for its client (RFC 8656 section 7.2).
const RESERVATION_SECONDS: u64 = 30;
/// Neighbours that may wait at once.
const RESERVATIONS_MAX: usize = 256;

/// An IP family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Family {
    pub fn of(ip: IpAddr) -> Family {
        if ip.is_ipv4() { Family::V4 } else { Family::V6 }
    }
}

/// What kind of port the client asked for (EVEN-PORT, RFC 8656 section 18.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Any,
    Even,
    /// An even one, and the next higher kept for a second allocation.
    EvenAndNext,
}

/// Which allocation owns a live relayed port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub shard: u8,
    pub slot: u32,
    pub tag: CallTag,
}

impl Owner {
    /// Slots have 23 bits, shards 7; the highest bit tells a live entry from none.
    fn pack(self) -> u64 {
        1 << 63
            | u64::from(self.shard & 0x7F) << 56
            | u64::from(self.slot & 0xFF_FFFF) << 32
            | u64::from(self.tag.0)
    }

    fn unpack(word: u64) -> Option<Owner> {
        (word >> 63 == 1).then_some(Owner {
            shard: (word >> 56) as u8 & 0x7F,
            slot: (word >> 32) as u32 & 0xFF_FFFF,
            tag: CallTag(word as u32),
        })
    }
}

/// A bound relay socket with its addresses.
pub(crate) struct RelayPort {
    pub socket: UdpSocket,
    /// What the client is told.
    pub advertised: SocketAddr,
}

/// A token with which a reserved neighbour is claimed.
pub(crate) type ReservationToken = [u8; 8];

/// The ports of both families.
pub(crate) struct Ports {
    v4: Option<FamilyPorts>,
    v6: Option<FamilyPorts>,
    reservations: Mutex<Vec<Reservation>>,
}

struct Reservation {
    token: ReservationToken,
    username: Box<str>,
    until: u64,
    port: RelayPort,
}

/// The ports of one family.
pub(crate) struct FamilyPorts {
    pub bind: IpAddr,
    pub external: IpAddr,
    range: RangeInclusive<u16>,
    pool: Mutex<Pool>,
    directory: Box<[AtomicU64]>,
}

struct Pool {
    used: Box<[bool]>,
    /// Second of the last release and one, or 0 for never.
    freed: Box<[u32]>,
    live: usize,
}

impl Ports {
    /// `v4` and `v6` are (bind, external) addresses.
    pub fn new(
        v4: Option<(IpAddr, IpAddr)>,
        v6: Option<(IpAddr, IpAddr)>,
        range: RangeInclusive<u16>,
    ) -> Ports {
        let family = |addresses: Option<(IpAddr, IpAddr)>| {
            addresses.map(|(bind, external)| FamilyPorts::new(bind, external, range.clone()))
        };
        Ports {
            v4: family(v4),
            v6: family(v6),
            reservations: Mutex::default(),
        }
    }

    pub fn family(&self, family: Family) -> Option<&FamilyPorts> {
        match family {
            Family::V4 => self.v4.as_ref(),
            Family::V6 => self.v6.as_ref(),
        }
    }

    /// The live owner of a relayed address in the form that the world sees.
    #[inline]
    pub fn owner(&self, address: &Endpoint) -> Option<Owner> {
        let ours = |ports: &&FamilyPorts| ports.external_key().same_ip(address);
        self.v4
            .iter()
            .chain(&self.v6)
            .find(ours)?
            .owner(address.port)
    }

    /// Whether this is an address in our relayed range, live or not.
    #[inline]
    pub fn in_range(&self, address: &Endpoint) -> bool {
        self.v4.iter().chain(&self.v6).any(|ports| {
            ports.external_key().same_ip(address) && ports.range.contains(&address.port)
        })
    }

    /// Takes a port and binds it. With [`Wish::EvenAndNext`] the neighbour is kept under a token.
    pub fn open(
        &self,
        family: Family,
        wish: Wish,
        username: &str,
        seconds: u64,
    ) -> Option<(RelayPort, Option<ReservationToken>)> {
        self.expire_reservations(seconds);
        let ports = self.family(family)?;
        for _ in 0..TRIES {
            let port = ports.take(wish, seconds)?;
            let Ok(first) = ports.bind(port) else {
                ports.give_back(port, seconds);
                if wish == Wish::EvenAndNext {
                    ports.give_back(port + 1, seconds);
                }
                continue;
            };
            if wish != Wish::EvenAndNext {
                return Some((first, None));
            }
            let Ok(next) = ports.bind(port + 1) else {
                ports.give_back(port, seconds);
                ports.give_back(port + 1, seconds);
                continue;
            };
            return match self.reserve(next, username, seconds) {
                Ok(token) => Some((first, Some(token))),
                Err(next) => {
                    drop(next);
                    ports.give_back(port, seconds);
                    ports.give_back(port + 1, seconds);
                    None
                }
            };
        }
        None
    }

    fn reservations(&self) -> MutexGuard<'_, Vec<Reservation>> {
        self.reservations.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn reserve(
        &self,
        port: RelayPort,
        username: &str,
        seconds: u64,
    ) -> Result<ReservationToken, RelayPort> {
        let mut reservations = self.reservations();
        if reservations.len() >= RESERVATIONS_MAX {
            return Err(port);
        }
        let mut token = [0; 8];
        fill_random(&mut token);
        reservations.push(Reservation {
            token,
            username: username.into(),
            until: seconds + RESERVATION_SECONDS,
            port,
        });
        Ok(token)
    }

    /// Hands a reserved port to the client that holds its token and made the reservation.
    pub fn claim(&self, token: &[u8], username: &str, seconds: u64) -> Option<RelayPort> {
        self.expire_reservations(seconds);
        let mut reservations = self.reservations();
        let at = reservations
            .iter()
            .position(|r| r.token == token && &*r.username == username)?;
        Some(reservations.swap_remove(at).port)
    }

    /// Lets reservations go whose client did not come.
    pub fn expire_reservations(&self, seconds: u64) {
        let mut reservations = self.reservations();
        while let Some(at) = reservations.iter().position(|r| r.until <= seconds) {
            let gone = reservations.swap_remove(at);
            self.release(gone.port.advertised, seconds);
        }
    }

    /// Publishes the owner of a live relayed address.
    pub fn publish(&self, advertised: SocketAddr, owner: Owner) {
        if let Some(ports) = self.family(Family::of(advertised.ip())) {
            ports.entry(advertised.port()).store(owner.pack(), Relaxed);
        }
    }

    /// Takes the relayed address back; its socket must be closed already.
    pub fn release(&self, advertised: SocketAddr, seconds: u64) {
        if let Some(ports) = self.family(Family::of(advertised.ip())) {
            ports.entry(advertised.port()).store(0, Relaxed);
            ports.give_back(advertised.port(), seconds);
        }
    }
}

impl FamilyPorts {
    fn new(bind: IpAddr, external: IpAddr, range: RangeInclusive<u16>) -> FamilyPorts {
        let count = range.len();
        let pool = Pool {
            used: vec![false; count].into(),
            freed: vec![0; count].into(),
            live: 0,
        };
        FamilyPorts {
            bind,
            external,
            range,
            pool: Mutex::new(pool),
            directory: (0..count).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    #[inline]
    fn external_key(&self) -> Endpoint {
        Endpoint::from(SocketAddr::new(self.external, 0))
    }

    #[inline]
    fn entry(&self, port: u16) -> &AtomicU64 {
        &self.directory[usize::from(port - self.range.start())]
    }

    #[inline]
    fn owner(&self, port: u16) -> Option<Owner> {
        let index = port.checked_sub(*self.range.start())?;
        Owner::unpack(self.directory.get(usize::from(index))?.load(Relaxed))
    }

    fn bind(&self, port: u16) -> io::Result<RelayPort> {
        let socket = relay_socket(SocketAddr::new(self.bind, port))?;
        Ok(RelayPort {
            socket,
            advertised: SocketAddr::new(self.external, port),
        })
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Picks a free port at random, first among the rested ones.
    fn take(&self, wish: Wish, seconds: u64) -> Option<u16> {
        let mut pool = self.pool();
        let count = pool.used.len();
        if pool.live >= count {
            return None;
        }
        let mut random = [0; 4];
        fill_random(&mut random);
        let begin = u32::from_le_bytes(random) as usize % count;
        let fits = |pool: &Pool, index: usize, rested: bool| {
            let free = |index: usize| {
                pool.used.get(index) == Some(&false)
                    && (!rested
                        || pool.freed[index] == 0
                        || (seconds as u32 + 1).wrapping_sub(pool.freed[index]) >= REST_SECONDS)
            };
            let even = (usize::from(*self.range.start()) + index).is_multiple_of(2);
            match wish {
                Wish::Any => free(index),
                Wish::Even => even && free(index),
                Wish::EvenAndNext => even && free(index) && free(index + 1),
            }
        };
        let index = [true, false].into_iter().find_map(|rested| {
            (0..count)
                .map(|i| (begin + i) % count)
                .find(|&i| fits(&pool, i, rested))
        })?;
        let taken = if wish == Wish::EvenAndNext { 2 } else { 1 };
        pool.used[index..index + taken].fill(true);
        pool.live += taken;
        Some(self.range.start() + index as u16)
    }

    fn give_back(&self, port: u16, seconds: u64) {
        let index = usize::from(port - self.range.start());
        let mut pool = self.pool();
        if std::mem::replace(&mut pool.used[index], false) {
            pool.live -= 1;
            pool.freed[index] = seconds as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(range: RangeInclusive<u16>) -> Ports {
        let ip = IpAddr::from([127, 0, 0, 1]);
        Ports::new(Some((ip, ip)), None, range)
    }

    #[test]
    fn owners_are_packed_without_loss() {
        for owner in [
            Owner {
                shard: 3,
                slot: 77,
                tag: CallTag(u32::MAX),
            },
            Owner {
                shard: 127,
                slot: 0xFF_FFFF,
                tag: CallTag(1),
            },
        ] {
            assert_eq!(Owner::unpack(owner.pack()), Some(owner));
        }
        assert_eq!(Owner::unpack(0), None);
    }

    #[test]
    fn an_even_port_brings_its_neighbour_once_and_for_its_owner_only() {
        let ports = ports(40000..=40999);
        let (first, token) = ports.open(Family::V4, Wish::EvenAndNext, "u", 0).unwrap();
        let token = token.unwrap();
        assert_eq!(first.advertised.port() % 2, 0);
        assert!(ports.claim(&token, "other", 1).is_none());
        let next = ports.claim(&token, "u", 1).unwrap();
        assert_eq!(next.advertised.port(), first.advertised.port() + 1);
        assert!(ports.claim(&token, "u", 1).is_none());
        let (_, token) = ports.open(Family::V4, Wish::EvenAndNext, "u", 0).unwrap();
        assert!(
            ports
                .claim(&token.unwrap(), "u", RESERVATION_SECONDS)
                .is_none(),
            "too late"
        );
    }

    /// The stock server can search for an even port for ever.
    #[test]
    fn an_exhausted_range_says_no_at_once() {
        let ports = ports(40001..=40001);
        assert!(ports.open(Family::V4, Wish::Even, "u", 0).is_none());
        assert!(ports.open(Family::V4, Wish::EvenAndNext, "u", 0).is_none());
        assert!(ports.open(Family::V6, Wish::Any, "u", 0).is_none());
    }

    #[test]
    fn a_freed_port_rests_while_others_are_free() {
        let ports = ports(41000..=41003);
        let family = ports.family(Family::V4).unwrap();
        let taken: Vec<u16> = (0..4).map(|_| family.take(Wish::Any, 0).unwrap()).collect();
        assert!(family.take(Wish::Any, 0).is_none());
        family.give_back(taken[0], 10);
        family.give_back(taken[1], 200);
        assert_eq!(family.take(Wish::Any, 200).unwrap(), taken[0]);
        assert_eq!(
            family.take(Wish::Any, 200).unwrap(),
            taken[1],
            "rather an unrested one than none"
        );
    }
}
