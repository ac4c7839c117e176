//! Who may be a peer: the addresses that are refused whatever the configuration says.
//!
//! A relay that reaches into the machine or the network it stands in is an open door; the ranges
//! here are those of the IANA special-purpose registries, and every form of IPv6 address that
//! carries an IPv4 address inside is refused as a whole, so that no spelling of a refused address
//! gets through.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who may be a peer, beyond the ranges that are always refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerPolicy {
    /// Live relayed addresses of the same call, and candidates signalled in that call.
    Call,
    /// Every public address, and live relayed addresses of this relay.
    Public,
    /// Only these networks, and live relayed addresses of this relay.
    Cidr(Vec<Cidr>),
}

/// A network: an address and the number of its leading bits that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    /// Any address of the network.
    pub address: IpAddr,
    /// Leading bits that count: 0 to 32 or 0 to 128.
    pub bits: u8,
}

impl Cidr {
    /// Reads `192.0.2.0/24` or `2001:db8::/32`.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = text.split_once('/')?;
        let cidr = Cidr {
            address: address.parse().ok()?,
            bits: bits.parse().ok()?,
        };
        let most = if cidr.address.is_ipv4() { 32 } else { 128 };
        (cidr.bits <= most).then_some(cidr)
    }

    /// Whether the network contains this address (of the same family).
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                (u32::from(net) ^ u32::from(ip))
                    .checked_shr(32 - u32::from(self.bits))
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                (u128::from(net) ^ u128::from(ip))
                    .checked_shr(128 - u32::from(self.bits))
                    .unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }
}

/// First and last address of each refused IPv4 range.
pub(crate) const REFUSED_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // carrier NAT
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link local, and the metadata service of clouds
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // 6to4 anycast
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, and broadcast
];

/// Prefix and bits of each refused IPv6 range.
pub(crate) const REFUSED_V6: [([u16; 8], u8); 12] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 96), // unspecified, loopback, IPv4-compatible
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), // IPv4-mapped
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), // NAT64
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), // local NAT64
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64), // discard
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), // Teredo
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), // 6to4
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), // unique local
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), // link local
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), // site local
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), // multicast
];

/// Whether an address lies in a special-purpose range and may never be a peer.
pub fn is_special_purpose(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => REFUSED_V4.iter().any(|(net, bits)| {
            Cidr {
                address: Ipv4Addr::from(*net).into(),
                bits: *bits,
            }
            .contains(ip)
        }),
        IpAddr::V6(_) => REFUSED_V6.iter().any(|(net, bits)| {
            Cidr {
                address: Ipv6Addr::from(*net).into(),
                bits: *bits,
            }
            .contains(ip)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Refusal 1 of the specification: first and last address of each range, and the neighbours
    /// that must stay allowed.
    #[test]
    fn first_and_last_address_of_each_range_are_refused() {
        for (net, bits) in REFUSED_V4 {
            let first = u32::from(Ipv4Addr::from(net));
            let last = first | (u32::MAX.checked_shr(u32::from(bits)).unwrap_or(0));
            for ip in [first, last] {
                assert!(
                    is_special_purpose(Ipv4Addr::from(ip).into()),
                    "{}",
                    Ipv4Addr::from(ip)
                );
            }
        }
        for (net, bits) in REFUSED_V6 {
            let first = u128::from(Ipv6Addr::from(net));
            let last = first | (u128::MAX >> bits);
            for ip in [first, last] {
                assert!(
                    is_special_purpose(Ipv6Addr::from(ip).into()),
                    "{}",
                    Ipv6Addr::from(ip)
                );
            }
        }
        assert!(is_special_purpose(Ipv4Addr::BROADCAST.into()));
        for public in [
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:1::1",
            "2003::1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(!is_special_purpose(public.parse().unwrap()), "{public}");
        }
    }

    /// Refusal 2 (CVE-2020-26262, CVE-2026-27624): a refused IPv4 address in IPv6 clothes.
    #[test]
    fn every_four_in_six_form_is_refused() {
        for (net, _) in REFUSED_V4 {
            let v4 = u32::from(Ipv4Addr::from(net));
            let (high, low) = ((v4 >> 16) as u16, v4 as u16);
            let forms = [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low), // mapped
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),      // compatible
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low), // NAT64
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low), // local NAT64
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1), // 6to4
                Ipv6Addr::new(0x2001, 0, 1, 2, 0, 0, !high, !low), // Teredo client
                Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 0), // Teredo server
            ];
            for form in forms {
                assert!(is_special_purpose(form.into()), "{form}");
            }
        }
    }

    #[test]
    fn networks_contain_their_addresses() {
        let net = Cidr::parse("198.100.4.0/22").unwrap();
        assert!(net.contains("198.100.7.255".parse().unwrap()));
        assert!(!net.contains("198.100.8.0".parse().unwrap()));
        assert!(
            Cidr::parse("0.0.0.0/0")
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        assert!(
            Cidr::parse("::/0")
                .unwrap()
                .contains("2a00::1".parse().unwrap())
        );
        assert!(
            !Cidr::parse("::/0")
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        for bad in ["1.2.3.4", "1.2.3.4/33", "::/129", "x/8", "1.2.3.4/-1"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
    }
}
