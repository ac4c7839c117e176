//! A TURN client over TCP, or TLS over TCP.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use super::{
    client::{Auth, PATIENCE},
    servers::{CERTIFICATE, Target},
    stun::*,
};

/// What came out of a stream.
#[derive(Debug)]
pub enum Frame {
    Stun(Message),
    Channel(u16, Vec<u8>),
    Closed,
    Nothing,
}

/// One stream to a server.
pub struct Stream {
    io: Box<dyn ReadWrite>,
    socket: TcpStream,
    buffer: Vec<u8>,
    /// How long an expected end is waited for: the oracle is known not to close.
    patience: Duration,
    pub auth: Auth,
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

impl Stream {
    /// Over plain TCP.
    pub fn tcp(target: &Target) -> Stream {
        let socket = connect(target.tcp);
        Stream::over(target, socket.try_clone().unwrap(), Box::new(socket))
    }

    /// Over TLS, as browsers do it: server name, no ALPN.
    pub fn tls(target: &Target) -> Stream {
        let socket = connect(target.tls.expect("a TLS listener"));
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap())
            .unwrap();
        let config =
            ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let io = StreamOwned::new(connection, socket.try_clone().unwrap());
        Stream::over(target, socket, Box::new(io))
    }

    fn over(target: &Target, socket: TcpStream, io: Box<dyn ReadWrite>) -> Stream {
        Stream {
            io,
            socket,
            buffer: Vec::new(),
            patience: if target.oracle {
                PATIENCE / 5
            } else {
                PATIENCE
            },
            auth: Auth {
                login: target.login("probe", "alice"),
                ..Auth::default()
            },
        }
    }

    /// Gets realm, nonce and an allocation; gives the relayed address.
    pub fn allocate(&mut self) -> SocketAddr {
        let challenge = self
            .ask(&Writer::new(ALLOCATE).transport(17))
            .expect("a challenge");
        self.auth.learn(&challenge);
        let answer = self
            .ask_signed(Writer::new(ALLOCATE).transport(17))
            .expect("an answer");
        answer
            .relayed()
            .unwrap_or_else(|| panic!("no allocation: {}", answer.error_code()))
    }

    /// Writes bytes as they are. A server that has closed may make it fail; reads tell.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.io.write_all(bytes).and_then(|()| self.io.flush());
    }

    /// Sends a message and gives its answer.
    pub fn ask(&mut self, message: &Writer) -> Option<Message> {
        self.send(message.bytes());
        loop {
            match self.next(PATIENCE) {
                Frame::Stun(answer) if answer.transaction == message.transaction() => {
                    return Some(answer);
                }
                Frame::Closed | Frame::Nothing => return None,
                _ => {}
            }
        }
    }

    /// Sends a message with credentials.
    pub fn ask_signed(&mut self, message: Writer) -> Option<Message> {
        let message = self.auth.sign(message);
        self.ask(&message)
    }

    /// The next frame.
    pub fn next(&mut self, patience: Duration) -> Frame {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(frame) = self.take_frame() {
                return frame;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Frame::Nothing;
            }
            self.socket.set_read_timeout(Some(left)).unwrap();
            let mut part = [0; 4096];
            match self.io.read(&mut part) {
                Ok(0) => return Frame::Closed,
                Ok(length) => self.buffer.extend_from_slice(&part[..length]),
                Err(e) if would_block(&e) => return Frame::Nothing,
                Err(_) => return Frame::Closed,
            }
        }
    }

    /// Whether the server has closed, or closes as soon as it has read what was sent.
    pub fn closed(&mut self) -> bool {
        loop {
            match self.next(self.patience) {
                Frame::Closed => return true,
                Frame::Nothing => return false,
                _ => {}
            }
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let head: [u8; 4] = self.buffer.get(..4)?.try_into().unwrap();
        let number = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let channel = head[0] & 0xc0 == 0x40;
        let whole = if channel {
            4 + length.next_multiple_of(4)
        } else {
            20 + length
        };
        if self.buffer.len() < whole {
            return None;
        }
        let frame: Vec<u8> = self.buffer.drain(..whole).collect();
        Some(match Message::parse(&frame) {
            _ if channel => Frame::Channel(number, frame[4..4 + length].to_vec()),
            Some(message) => Frame::Stun(message),
            None => panic!("the server sent no frame: {frame:02x?}"),
        })
    }
}

fn would_block(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock)
}

fn connect(server: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(server).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}
