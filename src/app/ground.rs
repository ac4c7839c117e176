//! What must be there before anything starts: the data folder, bound sockets, the address that
//! people see, secrets. Everything that can be refused is refused here, in words.

use std::{
    fs::DirBuilder,
    net::{SocketAddr, TcpListener},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use parlor_domain::agreement::Edition;
use parlor_turn::{Addresses, Opened};
use socket2::{Domain, Protocol, Socket, Type};

use super::activation::Handed;
use crate::{
    config::{Config, secrets},
    house_texts,
};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// Prepared ground.
pub struct Ground {
    /// Folder of everything that is kept.
    pub data_dir: PathBuf,
    /// HTTP, bound.
    pub plain: Vec<TcpListener>,
    /// HTTPS, bound.
    pub tls: Vec<TcpListener>,
    /// HTTP that sends people on to https, bound.
    pub redirect: Vec<TcpListener>,
    /// The relay's own, as far as they were handed over.
    pub opened: Opened,
    /// Whether sockets were handed over: then they stay open when this process ends.
    pub activated: bool,
    /// What people type, without a slash at the end.
    pub public_url: String,
    /// Secret that tokens and links are made with.
    pub token_secret: String,
    /// Secret of the relay's credentials.
    pub relay_secret: String,
    /// What people agree to.
    pub house_texts: Option<Arc<Edition>>,
}

impl Ground {
    /// Prepares everything.
    ///
    /// # Errors
    /// When a folder, a port or a secret cannot be had.
    pub fn prepare(config: &Config) -> Result<Self> {
        let mut handed = Handed::take_over()?;
        let activated = !handed.is_empty();
        let plain = bind("http", &config.server.listen, &mut handed)?;
        let tls = bind("https", &config.server.tls_listen, &mut handed)?;
        let redirect = bind("redirect", &config.server.redirect_listen, &mut handed)?;
        let opened = opened(config, &mut handed);
        handed.nothing_left()?;
        let secure = config.server.public_url.starts_with("https://");
        let first = if secure { tls.first() } else { plain.first() };
        Ok(Self {
            public_url: public_url(&config.server.public_url, first)?,
            plain,
            tls,
            redirect,
            opened,
            activated,
            ..Self::without_doors(config)?
        })
    }

    /// What is needed to work in the store while nobody is let in: nothing listens.
    ///
    /// # Errors
    /// When a folder or a secret cannot be had.
    pub fn without_doors(config: &Config) -> Result<Self> {
        let data_dir = data_dir(config)?;
        let secret = |name: &str, configured: &str| {
            secrets::obtain(&data_dir, name, configured)
                .with_context(|| format!("cannot obtain the secret {name:?}"))
        };
        Ok(Self {
            token_secret: secret("tokens", &config.accounts.token_secret)?,
            relay_secret: secret("relay", &config.relay.secret)?,
            house_texts: house_texts::load(config)?,
            public_url: public_url(&config.server.public_url, None)?,
            data_dir,
            plain: Vec::new(),
            tls: Vec::new(),
            redirect: Vec::new(),
            opened: Opened::default(),
            activated: false,
        })
    }

    /// Port of the first TLS door.
    pub fn tls_port(&self) -> Result<Option<u16>> {
        Ok(self
            .tls
            .first()
            .map(TcpListener::local_addr)
            .transpose()?
            .map(|address| address.port()))
    }

    /// Where everything listens, for the log.
    pub fn listens(&self, relay: &Addresses) -> String {
        let at = |doors: &[TcpListener]| -> Vec<SocketAddr> {
            let all = doors.iter().filter_map(|door| door.local_addr().ok());
            all.collect()
        };
        let kinds = [
            ("http", at(&self.plain)),
            ("https", at(&self.tls)),
            ("redirect", at(&self.redirect)),
            ("relay-udp", relay.udp.clone()),
            ("relay-tcp", relay.tcp.clone()),
            ("relay-tls", relay.tls.clone()),
        ];
        let each = kinds
            .into_iter()
            .flat_map(|(kind, all)| all.into_iter().map(move |at| format!("{kind}={at}")));
        each.collect::<Vec<_>>().join(" ")
    }

    /// Host of the public address, without its port.
    pub fn host(&self) -> &str {
        host_of(&self.public_url)
    }
}

/// The data folder, made when it is missing, closed to others.
pub fn data_dir(config: &Config) -> Result<PathBuf> {
    let path = Path::new(&config.server.data_dir);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| {
            format!(
                "cannot make the data folder {}; see server.data_dir",
                path.display()
            )
        })?;
    Ok(path.canonicalize()?)
}

/// The relay's listeners for streams that were handed over.
fn opened(config: &Config, handed: &mut Handed) -> Opened {
    let relay = &config.relay;
    let mut opened = Opened::default();
    if relay.enabled {
        let all = relay.listen.iter().filter_map(|ip| ip.parse().ok());
        for ip in all {
            let mut take = |kind, port| handed.take(kind, SocketAddr::new(ip, port));
            opened.tcp.extend(take("relay-tcp", relay.port));
            opened.tls.extend(take("relay-tls", relay.tls_port));
        }
    }
    opened
}

/// A socket for each address: the one that was handed over, or a new one.
fn bind(kind: &str, addresses: &[String], handed: &mut Handed) -> Result<Vec<TcpListener>> {
    addresses
        .iter()
        .map(|text| {
            let address: SocketAddr = text
                .parse()
                .with_context(|| format!("{text:?} is not an address"))?;
            if let Some(socket) = handed.take(kind, address) {
                return Ok(socket);
            }
            listen(address).with_context(|| {
                format!(
                    "cannot listen on {address}; is another server running there? See server.listen"
                )
            })
        })
        .collect()
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A restart must not wait for connections of the last run to be forgotten.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Whether a door could be opened there by another process of this server, as far as can be seen from here.
///
/// # Errors
/// What the system says.
pub fn could_listen(address: SocketAddr) -> std::io::Result<()> {
    listen(address).map(drop)
}

/// The configured address; port 0 in it means the port that the system chose (tests).
fn public_url(configured: &str, first: Option<&TcpListener>) -> Result<String> {
    let configured = configured.trim_end_matches('/');
    match (configured.strip_suffix(":0"), first) {
        (Some(base), Some(listener)) => Ok(format!("{base}:{}", listener.local_addr()?.port())),
        _ => Ok(configured.to_owned()),
    }
}

/// Host of an address such as `https://meet.example.org:8443`.
pub fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => authority.split(':').next().unwrap_or(authority),
    }
}

/// Port of such an address, or the usual one.
pub fn port_of(url: &str, usual: u16) -> u16 {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let behind = authority.rsplit(']').next().unwrap_or(authority);
    let port = behind.rsplit_once(':').map(|(_, port)| port);
    port.and_then(|port| port.parse().ok()).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_addresses() {
        for (url, port) in [
            ("https://meet.example.org", 443),
            ("https://meet.example.org:8443", 8443),
            ("https://[::1]", 443),
            ("https://[::1]:9", 9),
        ] {
            assert_eq!(port_of(url, 443), port);
        }
    }

    #[test]
    fn hosts_are_read_from_addresses() {
        for (url, host) in [
            ("https://meet.example.org", "meet.example.org"),
            ("http://localhost:8080", "localhost"),
            ("http://[::1]:8080", "::1"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }

    #[test]
    fn port_zero_becomes_the_port_that_was_chosen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(
            public_url("http://localhost:0", Some(&listener)).unwrap(),
            format!("http://localhost:{port}")
        );
        assert_eq!(
            public_url("https://x.example/", Some(&listener)).unwrap(),
            "https://x.example"
        );
    }

    #[test]
    fn a_taken_port_is_refused_in_words() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = [taken.local_addr().unwrap().to_string()];
        let error = bind("http", &taken, &mut Handed::default()).unwrap_err();
        assert!(format!("{error:#}").contains("another server"), "{error:#}");
    }
}
