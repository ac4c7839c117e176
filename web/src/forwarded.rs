//! Whom a request came from when a proxy stands in front.
//!
//! A header is believed only when the other end of the connection is a proxy that the operator
//! named, and only the one header that this proxy writes: whatever else arrives, a client may have
//! written. Of several entries the last is the nearest proxy's own, so they are read backwards.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::HeaderMap;

/// Most entries that are looked at; more proxies than this stand in no row.
const HOPS_MAX: usize = 32;

/// The header in which proxies say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<(IpAddr, u8)>,
    words: ProxyHeader,
}

impl TrustedProxies {
    /// Addresses ("10.0.0.1") and networks ("10.0.0.0/8").
    ///
    /// # Errors
    /// The entry that is neither.
    pub fn parse(entries: &[String]) -> Result<Self, String> {
        let networks = entries
            .iter()
            .map(|entry| network(entry).ok_or_else(|| entry.clone()));
        Ok(Self {
            networks: networks.collect::<Result<_, _>>()?,
            words: ProxyHeader::default(),
        })
    }

    /// The same, reading this header.
    #[must_use]
    pub fn reading(self, words: ProxyHeader) -> Self {
        Self { words, ..self }
    }

    /// Whether this is one of them.
    pub fn has(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|(net, bits)| {
            let drop = |all: u32| all.saturating_sub(u32::from(*bits));
            match (ip.to_canonical(), net) {
                (IpAddr::V4(ip), IpAddr::V4(net)) => {
                    ip.to_bits().checked_shr(drop(32)).unwrap_or(0)
                        == net.to_bits().checked_shr(drop(32)).unwrap_or(0)
                }
                (IpAddr::V6(ip), IpAddr::V6(net)) => {
                    ip.to_bits().checked_shr(drop(128)).unwrap_or(0)
                        == net.to_bits().checked_shr(drop(128)).unwrap_or(0)
                }
                _ => false,
            }
        })
    }

    /// Whom a request came from: the peer, or, when the peer is a trusted proxy, the last that the
    /// proxies name and that is none of them.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.has(peer) {
            return peer;
        }
        let named = match self.words {
            ProxyHeader::XForwarded => entries(headers, "x-forwarded-for"),
            ProxyHeader::Forwarded => entries(headers, "forwarded")
                .into_iter()
                .map(|element| parameter(element, "for").unwrap_or(""))
                .collect(),
        };
        named
            .into_iter()
            .rev()
            .take(HOPS_MAX)
            .map_while(address)
            .find(|ip| !self.has(*ip))
            .unwrap_or(peer)
    }

    /// Whether the nearest proxy, a trusted one, says that it was asked over https.
    pub fn secure(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let said = match self.words {
            ProxyHeader::XForwarded => entries(headers, "x-forwarded-proto").pop(),
            ProxyHeader::Forwarded => entries(headers, "forwarded")
                .pop()
                .and_then(|element| parameter(element, "proto")),
        };
        self.has(peer) && said.is_some_and(|it| it.eq_ignore_ascii_case("https"))
    }
}

fn network(entry: &str) -> Option<(IpAddr, u8)> {
    let (ip, bits) = match entry.split_once('/') {
        Some((ip, bits)) => (ip, Some(bits)),
        None => (entry, None),
    };
    let ip: IpAddr = ip.parse().ok()?;
    let all = if ip.is_ipv4() { 32 } else { 128 };
    match bits {
        None => Some((ip, all)),
        Some(bits) => bits.parse().ok().filter(|n| *n <= all).map(|n| (ip, n)),
    }
}

/// The entries of a header in order, over all its lines: some proxies add a line of their own to
/// what a client wrote instead of lengthening it.
fn entries<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name);
    let lines = lines.map(|line| line.to_str().unwrap_or(""));
    lines.flat_map(|line| split(line, ',')).collect()
}

/// Splits at a sign that does not stand within quotes.
fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == at && !quoted
    })
    .map(str::trim)
}

/// `name=value` of an element of `Forwarded`; names have any case, values may be in quotes.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    split(element, ';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let ip = bare.unwrap_or(entry).parse::<IpAddr>().ok();
    ip.or_else(|| entry.parse::<SocketAddr>().ok().map(|it| it.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::try_from(*name).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        map
    }

    fn trusting(words: ProxyHeader) -> TrustedProxies {
        let entries = ["10.0.0.0/8".into(), "::1".into()];
        TrustedProxies::parse(&entries).unwrap().reading(words)
    }

    #[test]
    fn whom_a_request_came_from() {
        const X: &str = "x-forwarded-for";
        const F: &str = "forwarded";
        let none = TrustedProxies::default();
        let some = trusting(ProxyHeader::XForwarded);
        let rfc = trusting(ProxyHeader::Forwarded);
        for (proxies, peer, lines, expected) in [
            (&none, "192.0.2.9", &[(X, "203.0.113.1")][..], "192.0.2.9"),
            (&some, "192.0.2.9", &[(X, "203.0.113.1")], "192.0.2.9"),
            (&some, "10.1.2.3", &[(X, "203.0.113.1")], "203.0.113.1"),
            // What the client itself wrote is further left and not believed.
            (
                &some,
                "10.1.2.3",
                &[(X, "1.1.1.1, 203.0.113.1, 10.9.9.9")],
                "203.0.113.1",
            ),
            // Nor is it when the proxy adds a line of its own.
            (
                &some,
                "10.1.2.3",
                &[(X, "1.1.1.1"), (X, "203.0.113.1")],
                "203.0.113.1",
            ),
            (&some, "10.1.2.3", &[(X, "203.0.113.1:4711")], "203.0.113.1"),
            (
                &some,
                "10.1.2.3",
                &[(X, "[2001:db8::7]:4711")],
                "2001:db8::7",
            ),
            (&some, "::1", &[(X, "nonsense")], "::1"),
            (&some, "::1", &[], "::1"),
            // The header that this proxy does not write comes from the client.
            (&some, "10.1.2.3", &[(F, "for=1.1.1.1")], "10.1.2.3"),
            (&rfc, "10.1.2.3", &[(X, "1.1.1.1")], "10.1.2.3"),
            (
                &rfc,
                "10.1.2.3",
                &[(F, "for=203.0.113.1;proto=https")],
                "203.0.113.1",
            ),
            (&rfc, "192.0.2.9", &[(F, "for=203.0.113.1")], "192.0.2.9"),
            (
                &rfc,
                "10.1.2.3",
                &[(F, "for=1.1.1.1, For=\"[2001:db8::7]:4711\" ; by=10.9.9.9")],
                "2001:db8::7",
            ),
            (
                &rfc,
                "10.1.2.3",
                &[(F, "for=203.0.113.1"), (F, "for=10.0.0.9")],
                "203.0.113.1",
            ),
            (
                &rfc,
                "10.1.2.3",
                &[(F, "for=1.1.1.1, for=unknown")],
                "10.1.2.3",
            ),
            (
                &rfc,
                "10.1.2.3",
                &[(F, "for=1.1.1.1, for=_hidden")],
                "10.1.2.3",
            ),
            (
                &rfc,
                "10.1.2.3",
                &[(F, "for=\"1.1.1.1, for=203.0.113.1")],
                "10.1.2.3",
            ),
        ] {
            let client = proxies.client(peer.parse().unwrap(), &headers(lines));
            assert_eq!(
                client,
                expected.parse::<IpAddr>().unwrap(),
                "{peer} {lines:?}"
            );
        }
        assert!(TrustedProxies::parse(&["10.0.0.0/40".into()]).is_err());
        assert!(TrustedProxies::parse(&["proxy".into()]).is_err());
    }

    #[test]
    fn only_a_trusted_proxy_says_that_it_was_https() {
        let (some, rfc) = (
            trusting(ProxyHeader::XForwarded),
            trusting(ProxyHeader::Forwarded),
        );
        for (proxies, peer, line, secure) in [
            (&some, "10.1.2.3", ("x-forwarded-proto", "https"), true),
            (
                &some,
                "10.1.2.3",
                ("x-forwarded-proto", "https, http"),
                false,
            ),
            (&some, "192.0.2.9", ("x-forwarded-proto", "https"), false),
            (&some, "10.1.2.3", ("forwarded", "proto=https"), false),
            (
                &rfc,
                "10.1.2.3",
                ("forwarded", "for=1.1.1.1;Proto=HTTPS"),
                true,
            ),
            (
                &rfc,
                "10.1.2.3",
                ("forwarded", "proto=https, proto=http"),
                false,
            ),
        ] {
            let said = proxies.secure(peer.parse().unwrap(), &headers(&[line]));
            assert_eq!(said, secure, "{peer} {line:?}");
        }
    }
}
