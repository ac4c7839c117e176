//! Sockets that systemd has opened and keeps open while this process is exchanged: whoever connects
//! meanwhile waits a moment and is refused by nobody.
//!
//! A socket belongs to the setting whose port it has, or whose kind systemd calls it by
//! (`FileDescriptorName=` "http", "https", "redirect", "relay-tcp" or "relay-tls"). One that belongs to nothing is
//! refused in words, because people would connect to it and wait for ever.

use std::{
    net::{SocketAddr, TcpListener},
    os::fd::{FromRawFd, OwnedFd, RawFd},
};

use anyhow::{Context, Result, bail};
use socket2::Socket;

/// What was handed over and is not taken yet.
#[derive(Default)]
pub struct Handed(Vec<(String, TcpListener)>);

impl Handed {
    /// Takes over what systemd passes to this process (`LISTEN_FDS`); mostly nothing. Once only.
    ///
    /// # Errors
    /// When something else than a listening TCP socket is among it.
    pub fn take_over() -> Result<Self> {
        let passed = sd_notify::listen_fds_with_names().context("LISTEN_FDS cannot be read")?;
        let each = passed.map(|(fd, name)| Ok((name, listener(fd)?)));
        Ok(Self(each.collect::<Result<_>>()?))
    }

    /// Whether nothing was handed over, or all of it is taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The socket for an address of this kind, if there is one. One that listens on all addresses of
    /// both families serves every address of its port.
    pub fn take(&mut self, kind: &str, wanted: SocketAddr) -> Option<TcpListener> {
        let fits = |(name, socket): &(String, TcpListener)| {
            let port = socket.local_addr().ok().map(|at| at.port());
            name == kind || (!KINDS.contains(&name.as_str()) && port == Some(wanted.port()))
        };
        let index = self.0.iter().position(fits)?;
        Some(self.0.remove(index).1)
    }

    /// Everything must have found its place.
    ///
    /// # Errors
    /// When something has not.
    pub fn nothing_left(&self) -> Result<()> {
        let Some((name, socket)) = self.0.first() else {
            return Ok(());
        };
        bail!(
            "systemd hands over a socket {name:?} on {} that no setting names: mend parlor.socket, or server.listen, tls_listen and redirect_listen",
            socket
                .local_addr()
                .map_or_else(|error| error.to_string(), |at| at.to_string())
        )
    }
}

/// What a socket may be called.
const KINDS: [&str; 5] = ["http", "https", "redirect", "relay-tcp", "relay-tls"];

fn listener(fd: RawFd) -> Result<TcpListener> {
    // SAFETY: systemd has opened it for this process, and nobody else here knows of it: this is
    // called once, before anything else opens a descriptor of that number.
    let socket = Socket::from(unsafe { OwnedFd::from_raw_fd(fd) });
    let fine = socket.r#type().ok() == Some(socket2::Type::STREAM)
        && socket.is_listener().unwrap_or(false);
    if !fine {
        bail!(
            "descriptor {fd} from systemd is not a TCP socket that listens: parlor.socket may have ListenStream= only"
        );
    }
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(name: &str) -> (String, TcpListener) {
        (name.into(), TcpListener::bind("127.0.0.1:0").unwrap())
    }

    #[test]
    fn a_socket_finds_its_setting_by_name_or_by_port() {
        let (named, unnamed) = (bound("https"), bound("parlor.socket"));
        let port = |it: &TcpListener| it.local_addr().unwrap().port();
        let ports = (port(&named.1), port(&unnamed.1));
        let everywhere = |port| SocketAddr::from(([0, 0, 0, 0], port));
        let mut handed = Handed(vec![named, unnamed]);
        assert!(
            handed.take("http", everywhere(ports.0)).is_none(),
            "it is https"
        );
        let taken = handed.take("http", everywhere(ports.1)).unwrap();
        assert_eq!(port(&taken), ports.1);
        let words = handed.nothing_left().unwrap_err().to_string();
        assert!(
            words.contains("\"https\"") && words.contains("parlor.socket"),
            "{words}"
        );
        let taken = handed.take("https", everywhere(0)).unwrap();
        assert_eq!(port(&taken), ports.0);
        assert!(handed.is_empty() && handed.nothing_left().is_ok());
    }
}
