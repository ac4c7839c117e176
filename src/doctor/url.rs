//! `stun:`, `turn:` and `turns:` addresses (RFC 7064, RFC 7065), as browsers read them.

use std::net::{SocketAddr, ToSocketAddrs};

/// What to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// STUN over UDP.
    Stun,
    /// TURN over UDP.
    TurnUdp,
    /// TURN over TCP.
    TurnTcp,
    /// TURN over TLS.
    TurnTls,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceUrl {
    /// What to speak.
    pub scheme: Scheme,
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl IceUrl {
    /// Reads one; none for what browsers would refuse.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
        let scheme = match (scheme, query) {
            ("stun", "") => Scheme::Stun,
            ("turn", "" | "transport=udp") => Scheme::TurnUdp,
            ("turn", "transport=tcp") => Scheme::TurnTcp,
            ("turns", "" | "transport=tcp") => Scheme::TurnTls,
            _ => return None,
        };
        let usual = if scheme == Scheme::TurnTls {
            5349
        } else {
            3478
        };
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match authority.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        Some(Self {
            scheme,
            host: host.to_owned(),
            port: port.map_or(Some(usual), |port| port.parse().ok())?,
        })
    }

    /// The protocol below, as firewalls call it.
    pub fn protocol(&self) -> &'static str {
        match self.scheme {
            Scheme::Stun | Scheme::TurnUdp => "udp",
            Scheme::TurnTcp | Scheme::TurnTls => "tcp",
        }
    }

    /// The addresses behind the name.
    pub fn resolve(&self) -> Vec<SocketAddr> {
        resolve(&self.host, self.port)
    }
}

/// The addresses behind a name.
pub fn resolve(host: &str, port: u16) -> Vec<SocketAddr> {
    let all = (host, port).to_socket_addrs().map(Iterator::collect);
    all.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_browsers_read_them() {
        let read = |text| IceUrl::parse(text).map(|it| (it.scheme, it.host, it.port));
        let url = |scheme, host: &str, port| Some((scheme, host.to_owned(), port));
        for (text, wanted) in [
            ("stun:a.example:3478", url(Scheme::Stun, "a.example", 3478)),
            ("stun:a.example", url(Scheme::Stun, "a.example", 3478)),
            (
                "turn:a.example:1?transport=tcp",
                url(Scheme::TurnTcp, "a.example", 1),
            ),
            ("turn:[::1]:2?transport=udp", url(Scheme::TurnUdp, "::1", 2)),
            (
                "turns:a.example?transport=tcp",
                url(Scheme::TurnTls, "a.example", 5349),
            ),
            (
                "turns:a.example:443",
                url(Scheme::TurnTls, "a.example", 443),
            ),
            ("http://a.example", None),
            ("turn:a.example:99999", None),
            ("turn:a.example?transport=sctp", None),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }
}
