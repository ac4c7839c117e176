//! What the checks look at: the configuration, and what the running server says of itself.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    path::Path,
};

use super::{Facts, url::IceUrl};
use crate::{app::host_of, config::Config};

/// An address in the documentation range (RFC 5737): a socket that is connected to it sends nothing.
const ANYWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(203, 0, 113, 1), 9);
/// The same of IPv6 (RFC 3849).
const ANYWHERE_V6: (Ipv6Addr, u16) = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9);

/// The place.
pub struct Place {
    /// How it is configured.
    pub config: Config,
    /// What the server says; nothing when none runs.
    pub facts: Option<Facts>,
    /// A STUN server elsewhere that may be asked, named by the operator.
    pub stun: Option<String>,
}

impl Place {
    /// Where everything is kept.
    pub fn data_dir(&self) -> &Path {
        Path::new(&self.config.server.data_dir)
    }

    /// What people type.
    pub fn public_url(&self) -> &str {
        let facts = self.facts.as_ref().map(|it| it.public_url.as_str());
        facts.unwrap_or(&self.config.server.public_url)
    }

    /// Its host.
    pub fn host(&self) -> &str {
        host_of(self.public_url())
    }

    /// Whether a proxy on another machine does TLS.
    pub fn is_behind_another(&self) -> bool {
        let server = &self.config.server;
        let elsewhere = |it: &String| !it.starts_with("127.") && !it.starts_with("::1");
        server.tls_listen.is_empty() && server.trusted_proxies.iter().any(elsewhere)
    }

    /// What browsers are given, as far as it can be read.
    pub fn urls(&self) -> Vec<IceUrl> {
        let facts = self.facts.iter();
        let all = facts.flat_map(|it| it.stun_urls.iter().chain(&it.turn_urls));
        all.filter_map(|text| IceUrl::parse(text)).collect()
    }

    /// Whether this is an address of this machine, or configured as one.
    pub fn is_own(&self, ip: IpAddr) -> bool {
        let configured = self.config.relay.public_ips.iter();
        ip.is_loopback()
            || configured
                .filter_map(|it| it.parse().ok())
                .any(|it: IpAddr| it == ip)
            || UdpSocket::bind((ip, 0)).is_ok()
    }

    /// This machine's addresses as far as they are known, for a remedy.
    pub fn own_addresses(&self) -> BTreeSet<IpAddr> {
        let configured = self.config.relay.public_ips.iter();
        let mut own: BTreeSet<IpAddr> = configured.filter_map(|it| it.parse().ok()).collect();
        if own.is_empty() {
            own.extend(routed(Ipv4Addr::UNSPECIFIED.into()));
        }
        own
    }
}

/// The address by which this machine sends into the world, of the family of `any`. Sends nothing.
pub fn routed(any: IpAddr) -> Option<IpAddr> {
    let to: SocketAddr = match any {
        IpAddr::V4(_) => ANYWHERE.into(),
        IpAddr::V6(_) => ANYWHERE_V6.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(to).ok()?;
    socket.local_addr().ok().map(|at| at.ip())
}

/// Addresses in one line.
pub fn list(ips: impl IntoIterator<Item = IpAddr>) -> String {
    let all: Vec<_> = ips.into_iter().map(|ip| ip.to_string()).collect();
    all.join(", ")
}

/// Whether this is no name: an address, or this machine's own word for itself.
pub fn is_literal(host: &str) -> bool {
    host == "localhost" || host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok()
}
