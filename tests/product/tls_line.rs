//! One TLS connection to a server, kept open: who was at the other end, and what it answers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use parlor_turn::{client::Transport, selftest};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// The connection.
pub struct Line(StreamOwned<ClientConnection, TcpStream>);

/// Whom a client believes.
pub enum Believe<'a> {
    /// Whoever signs with this root, PEM.
    Root(&'a str),
    /// Anybody.
    Anybody,
}

/// An answer: its status, its head in small letters, its body.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|it| it.split_once(": "));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

impl Line {
    /// Connects to this machine's port as somebody who wants this name.
    ///
    /// # Errors
    /// When the certificate is not believed.
    pub fn open(port: u16, name: &str, believe: &Believe<'_>) -> std::io::Result<Self> {
        let at = SocketAddr::from(([127, 0, 0, 1], port));
        let config = match believe {
            Believe::Root(pem) => {
                let mut roots = RootCertStore::empty();
                let root = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
                roots.add(root).unwrap();
                let ring = Arc::new(rustls::crypto::ring::default_provider());
                let config = ClientConfig::builder_with_provider(ring);
                let config = config.with_safe_default_protocol_versions().unwrap();
                Arc::new(config.with_root_certificates(roots).with_no_client_auth())
            }
            Believe::Anybody => match selftest::any_certificate(at.ip()).unwrap() {
                Transport::Tls(config, _) => config,
                _ => unreachable!(),
            },
        };
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut socket = TcpStream::connect(at)?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut tls = ClientConnection::new(config, name).unwrap();
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(Self(StreamOwned::new(tls, socket)))
    }

    /// The certificate of the other end.
    pub fn leaf(&self) -> Vec<u8> {
        self.0.conn.peer_certificates().unwrap()[0].to_vec()
    }

    /// Whether the other end closes it without a word; waits for that.
    pub fn is_closed(&mut self) -> bool {
        // Without a close of TLS it is an error, which is a close as well.
        match self.0.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    /// Asks, and leaves the connection open.
    pub fn get(&mut self, path: &str) -> Answer {
        ask(&mut self.0, path, "")
    }
}

/// Asks over any connection; `more` are further lines of the head, each with its end.
pub fn ask(io: &mut (impl Read + Write), path: &str, more: &str) -> Answer {
    write!(
        io,
        "GET {path} HTTP/1.1\r\nHost: elsewhere.example\r\n{more}\r\n"
    )
    .unwrap();
    hear(io)
}

/// The answer to what was asked.
pub fn hear(io: &mut impl Read) -> Answer {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") {
        io.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
    let head = String::from_utf8(seen).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let (first, rest) = head.split_once("\r\n").unwrap();
    let lines = rest.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}\n", name.to_ascii_lowercase()),
        None => String::new(),
    });
    let mut answer = Answer {
        status,
        head: format!("{first}\n{}", lines.collect::<String>()),
        body: String::new(),
    };
    let length = answer
        .header("content-length")
        .map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    io.read_exact(&mut body).unwrap();
    answer.body = String::from_utf8_lossy(&body).into_owned();
    answer
}
