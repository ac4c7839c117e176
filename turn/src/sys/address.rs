//! Socket addresses in the two forms that the data plane needs: as the kernel reads them, and as a
//! key to compare and hash.

use std::{
    hash::{BuildHasherDefault, Hasher},
    mem::size_of,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use libc::{
    AF_INET, AF_INET6, in_addr, in6_addr, sa_family_t, sockaddr, sockaddr_in, sockaddr_in6,
    socklen_t,
};

/// An address as the kernel reads and writes it, of either family.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union SockAddr {
    v4: sockaddr_in,
    v6: sockaddr_in6,
}

/// Longest address that [`SockAddr`] holds, in bytes.
pub(crate) const SOCKADDR_BYTES: socklen_t = size_of::<sockaddr_in6>() as socklen_t;

impl SockAddr {
    pub const fn zeroed() -> SockAddr {
        SockAddr {
            v6: sockaddr_in6 {
                sin6_family: 0,
                sin6_port: 0,
                sin6_flowinfo: 0,
                sin6_addr: in6_addr { s6_addr: [0; 16] },
                sin6_scope_id: 0,
            },
        }
    }

    #[inline]
    fn family(&self) -> i32 {
        // SAFETY: both forms begin with the family, and every value is made with both forms'
        // bytes initialised.
        i32::from(unsafe { self.v4.sin_family })
    }

    /// Length that the kernel wants beside the pointer.
    #[inline]
    pub fn length(&self) -> socklen_t {
        if self.family() == AF_INET {
            size_of::<sockaddr_in>() as socklen_t
        } else {
            SOCKADDR_BYTES
        }
    }

    #[inline]
    pub fn as_ptr(&self) -> *const sockaddr {
        std::ptr::from_ref(self).cast()
    }

    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut sockaddr {
        std::ptr::from_mut(self).cast()
    }

    /// The comparable form; IPv4 becomes IPv4-mapped.
    #[inline]
    pub fn endpoint(&self) -> Endpoint {
        if self.family() == AF_INET {
            // SAFETY: the family says which form was written.
            let v4 = unsafe { &self.v4 };
            Endpoint::v4(u32::from_be(v4.sin_addr.s_addr), u16::from_be(v4.sin_port))
        } else {
            // SAFETY: as above; a zeroed address reads as ::, port 0.
            let v6 = unsafe { &self.v6 };
            Endpoint::from_bits(
                u128::from_be_bytes(v6.sin6_addr.s6_addr),
                u16::from_be(v6.sin6_port),
            )
        }
    }

    #[inline]
    pub fn same_as(&self, other: &SockAddr) -> bool {
        self.family() == other.family() && self.endpoint() == other.endpoint()
    }
}

impl From<SocketAddr> for SockAddr {
    fn from(address: SocketAddr) -> SockAddr {
        let mut raw = SockAddr::zeroed();
        match address {
            SocketAddr::V4(a) => {
                raw.v4 = sockaddr_in {
                    sin_family: AF_INET as sa_family_t,
                    sin_port: a.port().to_be(),
                    sin_addr: in_addr {
                        s_addr: u32::from(*a.ip()).to_be(),
                    },
                    sin_zero: [0; 8],
                };
            }
            SocketAddr::V6(a) => {
                raw.v6 = sockaddr_in6 {
                    sin6_family: AF_INET6 as sa_family_t,
                    sin6_port: a.port().to_be(),
                    sin6_flowinfo: a.flowinfo(),
                    sin6_addr: in6_addr {
                        s6_addr: a.ip().octets(),
                    },
                    sin6_scope_id: a.scope_id(),
                };
            }
        }
        raw
    }
}

/// An IP address and port to compare and hash; IPv4 is held as IPv4-mapped, so that one type
/// serves both families. Scope ids do not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Endpoint {
    high: u64,
    low: u64,
    pub port: u16,
}

const MAPPED: u64 = 0xffff_0000_0000;

impl Endpoint {
    #[inline]
    pub const fn v4(ip: u32, port: u16) -> Endpoint {
        Endpoint {
            high: 0,
            low: MAPPED | ip as u64,
            port,
        }
    }

    #[inline]
    pub const fn from_bits(ip: u128, port: u16) -> Endpoint {
        Endpoint {
            high: (ip >> 64) as u64,
            low: ip as u64,
            port,
        }
    }

    /// Whether the addresses agree, whatever the ports.
    #[inline]
    pub fn same_ip(&self, other: &Endpoint) -> bool {
        self.high == other.high && self.low == other.low
    }

    /// The same address with another port.
    #[inline]
    pub fn with_port(self, port: u16) -> Endpoint {
        Endpoint { port, ..self }
    }

    /// As the standard library has it; IPv4-mapped becomes IPv4.
    pub fn socket_addr(&self) -> SocketAddr {
        SocketAddr::new(self.ip(), self.port)
    }

    /// The address alone.
    pub fn ip(&self) -> IpAddr {
        if self.high == 0 && self.low >> 32 == 0xffff {
            IpAddr::V4(Ipv4Addr::from(self.low as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from(
                (u128::from(self.high) << 64) | u128::from(self.low),
            ))
        }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Endpoint {
        match address.ip() {
            IpAddr::V4(ip) => Endpoint::v4(u32::from(ip), address.port()),
            IpAddr::V6(ip) => Endpoint::from_bits(u128::from(ip), address.port()),
        }
    }
}

impl std::hash::Hash for Endpoint {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.high ^ (u64::from(self.port) << 48));
        state.write_u64(self.low);
    }
}

/// Who talks to us over what: RFC 8656's 5-tuple. `via` names our end and the transport: a UDP
/// listener's number, or a stream's with the highest bit set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) struct FiveTuple {
    pub client: Endpoint,
    pub via: u32,
}

/// A multiply-and-fold hasher: keys are only put in by authenticated clients and the tables are
/// bounded, so that its speed may count more than an attacker's choice of port.
#[derive(Default, Clone, Copy)]
pub(crate) struct Folding(u64);

impl Hasher for Folding {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        let wide = u128::from(self.0 ^ n) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64) ^ n.rotate_left(29);
    }
    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
}

/// A hash map with [`Folding`].
pub(crate) type FastMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Folding>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_way_through_both_forms() {
        for text in [
            "1.2.3.4:5",
            "[2a00::1]:65535",
            "0.0.0.0:0",
            "255.255.255.255:1",
        ] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(SockAddr::from(address).endpoint().socket_addr(), address);
            assert_eq!(Endpoint::from(address), SockAddr::from(address).endpoint());
        }
    }
}
