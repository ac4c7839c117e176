//! A small blocking TURN client (RFC 8656): what the self-test, the doctor and tests look at a relay
//! with. It knows nothing of the relay's insides and believes nothing of what it is told: the realm
//! and the nonce come from the challenge, as with every browser.
//!
//! For looking, not for talking: one request at a time, seconds of patience. Never call it on a
//! thread that serves anybody.

use std::{
    fmt,
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};
use socket2::{Domain, Socket, Type};
use stun::{
    attributes::{
        ATTR_CHANNEL_NUMBER, ATTR_ERROR_CODE, ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM,
        ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT, ATTR_USERNAME,
        ATTR_XOR_PEER_ADDRESS, ATTR_XOR_RELAYED_ADDRESS, ATTR_XORMAPPED_ADDRESS, AttrType,
    },
    integrity::MessageIntegrity,
    message::{
        CLASS_REQUEST, METHOD_ALLOCATE, METHOD_BINDING, METHOD_CHANNEL_BIND, METHOD_REFRESH,
        Message, MessageType, Method, Setter,
    },
    xoraddr::XorMappedAddress,
};

use crate::{
    Credential,
    credential::fill_random,
    wire::{
        framer::{Frame, next_frame},
        indication::xor_address,
    },
};

/// Patience for one answer.
const WAIT: Duration = Duration::from_secs(2);
/// Longest frame that is believed.
const FRAME_BYTES_MAX: usize = 16 * 1024;
/// Longest datagram that is read.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// How the relay is reached.
#[derive(Clone)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP, with these rules and for this name.
    Tls(Arc<ClientConfig>, ServerName<'static>),
}

/// Why the relay did not do what it should.
#[derive(Debug)]
pub enum ClientError {
    /// No connection.
    Closed(io::Error),
    /// TLS did not come about.
    Tls(rustls::Error),
    /// No answer.
    Silent(io::Error),
    /// It refused a request with this code.
    Refused {
        /// Which request.
        method: Method,
        /// The STUN error code.
        code: u16,
    },
    /// It answers, but not as a relay.
    Nonsense(&'static str),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(e) => write!(f, "the port does not answer ({e})"),
            Self::Tls(e) => write!(f, "TLS does not come about ({e})"),
            Self::Silent(e) => write!(f, "it does not answer ({e})"),
            Self::Refused { method, code } => write!(f, "{method} is refused with {code}"),
            Self::Nonsense(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for ClientError {}

/// What an Allocate gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocated {
    /// The relayed address.
    pub relayed: SocketAddr,
    /// The client's address as the relay sees it.
    pub mapped: SocketAddr,
}

enum Line {
    Datagrams(UdpSocket),
    Stream(Box<dyn Duplex>, Vec<u8>),
}

trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

struct Login {
    username: String,
    realm: Vec<u8>,
    nonce: Vec<u8>,
    key: MessageIntegrity,
}

/// One client.
pub struct Client {
    line: Line,
    login: Option<Login>,
}

impl Client {
    /// Connects; a TLS handshake is done when this returns.
    pub fn connect(to: SocketAddr, transport: &Transport) -> Result<Client, ClientError> {
        let any: IpAddr = if to.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        Client::connect_from(any, to, transport)
    }

    /// The same from one of this machine's addresses, for those who want to be many.
    pub fn connect_from(
        from: IpAddr,
        to: SocketAddr,
        transport: &Transport,
    ) -> Result<Client, ClientError> {
        let line = match transport {
            Transport::Udp => udp(from, to).map(Line::Datagrams),
            Transport::Tcp => {
                tcp(from, to).map(|socket| Line::Stream(Box::new(socket), Vec::new()))
            }
            Transport::Tls(config, name) => {
                return tls(from, to, config, name.clone()).map(|stream| Client {
                    line: Line::Stream(Box::new(stream), Vec::new()),
                    login: None,
                });
            }
        };
        let line = line.map_err(ClientError::Closed)?;
        Ok(Client { line, login: None })
    }

    /// The own address as the relay sees it (a Binding).
    pub fn binding(&mut self) -> Result<SocketAddr, ClientError> {
        let reply = self.ask(METHOD_BINDING, &[], None)?;
        address(&reply, ATTR_XORMAPPED_ADDRESS)
    }

    /// Allocates: first without a credential, which must be refused with a challenge, then with.
    pub fn allocate(
        &mut self,
        credential: &Credential,
        ipv6: bool,
    ) -> Result<Allocated, ClientError> {
        let wish = [
            (ATTR_REQUESTED_TRANSPORT, vec![17, 0, 0, 0]),
            (
                ATTR_REQUESTED_ADDRESS_FAMILY,
                vec![if ipv6 { 2 } else { 1 }, 0, 0, 0],
            ),
        ];
        let challenge = self.exchange(METHOD_ALLOCATE, &wish, None)?;
        let part = |kind| {
            challenge
                .get(kind)
                .map_err(|_| ClientError::Nonsense("it asks for no credentials"))
        };
        let (realm, nonce) = (part(ATTR_REALM)?, part(ATTR_NONCE)?);
        self.login = Some(Login {
            key: MessageIntegrity::new_long_term_integrity(
                credential.username.clone(),
                String::from_utf8_lossy(&realm).into_owned(),
                credential.password.clone(),
            ),
            username: credential.username.clone(),
            realm,
            nonce,
        });
        let reply = self.ask(METHOD_ALLOCATE, &wish, None)?;
        Ok(Allocated {
            relayed: address(&reply, ATTR_XOR_RELAYED_ADDRESS)?,
            mapped: address(&reply, ATTR_XORMAPPED_ADDRESS)?,
        })
    }

    /// Binds a channel (0x4000 to 0x4FFF) to a peer.
    pub fn bind(&mut self, channel: u16, peer: SocketAddr) -> Result<(), ClientError> {
        let [high, low] = channel.to_be_bytes();
        let number = [(ATTR_CHANNEL_NUMBER, vec![high, low, 0, 0])];
        self.ask(METHOD_CHANNEL_BIND, &number, Some(peer)).map(drop)
    }

    /// Sends a payload by a channel.
    pub fn send(&mut self, channel: u16, payload: &[u8]) -> Result<(), ClientError> {
        let length = u16::try_from(payload.len())
            .map_err(|_| ClientError::Nonsense("a payload is too long to be sent"))?;
        let mut frame = Vec::with_capacity(payload.len() + 8);
        frame.extend_from_slice(&channel.to_be_bytes());
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(payload);
        if matches!(self.line, Line::Stream(..)) {
            frame.resize(frame.len().next_multiple_of(4), 0);
        }
        self.write(&frame)
    }

    /// The next payload of a channel; other messages are passed over.
    pub fn receive(&mut self) -> Result<(u16, Vec<u8>), ClientError> {
        loop {
            let frame = self.read()?;
            let [n0, n1, l0, l1, ref payload @ ..] = *frame.as_slice() else {
                continue;
            };
            let length = usize::from(u16::from_be_bytes([l0, l1]));
            if n0 & 0xC0 == 0x40
                && let Some(payload) = payload.get(..length)
            {
                return Ok((u16::from_be_bytes([n0, n1]), payload.to_vec()));
            }
        }
    }

    /// Ends the allocation.
    pub fn release(&mut self) -> Result<(), ClientError> {
        let none = [(ATTR_LIFETIME, vec![0; 4])];
        self.ask(METHOD_REFRESH, &none, None).map(drop)
    }

    /// A request that must succeed.
    fn ask(
        &mut self,
        method: Method,
        attributes: &[(AttrType, Vec<u8>)],
        peer: Option<SocketAddr>,
    ) -> Result<Message, ClientError> {
        let reply = self.exchange(method, attributes, peer)?;
        match reply.get(ATTR_ERROR_CODE) {
            Ok(code) => {
                let code = code
                    .get(2..4)
                    .map_or(0, |c| u16::from(c[0]) * 100 + u16::from(c[1]));
                Err(ClientError::Refused { method, code })
            }
            Err(_) => Ok(reply),
        }
    }

    fn exchange(
        &mut self,
        method: Method,
        attributes: &[(AttrType, Vec<u8>)],
        peer: Option<SocketAddr>,
    ) -> Result<Message, ClientError> {
        let mut message = Message::new();
        message.typ = MessageType::new(method, CLASS_REQUEST);
        fill_random(&mut message.transaction_id.0);
        message.write_header();
        attributes
            .iter()
            .for_each(|(kind, value)| message.add(*kind, value));
        let failed = |_| ClientError::Nonsense("a request could not be written");
        if let Some(peer) = peer {
            let xor = XorMappedAddress {
                ip: peer.ip(),
                port: peer.port(),
            };
            xor.add_to_as(&mut message, ATTR_XOR_PEER_ADDRESS)
                .map_err(failed)?;
        }
        if let Some(login) = &self.login {
            message.add(ATTR_USERNAME, login.username.as_bytes());
            message.add(ATTR_REALM, &login.realm);
            message.add(ATTR_NONCE, &login.nonce);
            login.key.add_to(&mut message).map_err(failed)?;
        }
        self.write(&message.raw)?;
        loop {
            let raw = self.read()?;
            if raw.first().is_some_and(|first| first & 0xC0 == 0x40) {
                // Data that came before the answer.
                continue;
            }
            let mut reply = Message {
                raw,
                ..Message::default()
            };
            return match reply.decode() {
                Ok(()) if reply.transaction_id == message.transaction_id => Ok(reply),
                _ => Err(NO_STUN),
            };
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        let result = match &mut self.line {
            Line::Datagrams(socket) => socket.send(bytes).map(drop),
            Line::Stream(stream, _) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
        result.map_err(broken)
    }

    fn read(&mut self) -> Result<Vec<u8>, ClientError> {
        match &mut self.line {
            Line::Datagrams(socket) => {
                let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
                let n = socket.recv(&mut buffer).map_err(broken)?;
                buffer.truncate(n);
                Ok(buffer)
            }
            Line::Stream(stream, pending) => loop {
                match next_frame(pending, FRAME_BYTES_MAX) {
                    Frame::Whole { length, taken } => {
                        let mut frame: Vec<u8> = pending.drain(..taken).collect();
                        frame.truncate(length);
                        return Ok(frame);
                    }
                    Frame::Broken => return Err(NO_STUN),
                    Frame::Incomplete => {
                        let mut buffer = [0; 4096];
                        match stream.read(&mut buffer).map_err(broken)? {
                            0 => return Err(ClientError::Nonsense("it hangs up")),
                            n => pending.extend_from_slice(&buffer[..n]),
                        }
                    }
                }
            },
        }
    }
}

const NO_STUN: ClientError = ClientError::Nonsense("it answers with something else than STUN");

/// An error of a line that stood: TLS says what it dislikes through the same door.
fn broken(error: io::Error) -> ClientError {
    match error
        .get_ref()
        .and_then(|it| it.downcast_ref::<rustls::Error>())
    {
        Some(tls) => ClientError::Tls(tls.clone()),
        None => ClientError::Silent(error),
    }
}

fn address(reply: &Message, kind: AttrType) -> Result<SocketAddr, ClientError> {
    let value = reply.get(kind).ok();
    value
        .and_then(|value| xor_address(&value, &reply.transaction_id.0))
        .ok_or(ClientError::Nonsense(match kind {
            ATTR_XOR_RELAYED_ADDRESS => "it gives no relayed address",
            _ => "it does not say which address it sees",
        }))
}

fn udp(from: IpAddr, to: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((from, 0))?;
    socket.connect(to)?;
    socket.set_read_timeout(Some(WAIT))?;
    Ok(socket)
}

fn tcp(from: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(from, 0).into())?;
    socket.connect_timeout(&to.into(), WAIT)?;
    let socket = TcpStream::from(socket);
    socket.set_read_timeout(Some(WAIT))?;
    socket.set_write_timeout(Some(WAIT))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn tls(
    from: IpAddr,
    to: SocketAddr,
    config: &Arc<ClientConfig>,
    name: ServerName<'static>,
) -> Result<StreamOwned<ClientConnection, TcpStream>, ClientError> {
    let mut socket = tcp(from, to).map_err(ClientError::Closed)?;
    let mut session = ClientConnection::new(config.clone(), name).map_err(ClientError::Tls)?;
    while session.is_handshaking() {
        session.complete_io(&mut socket).map_err(broken)?;
    }
    Ok(StreamOwned::new(session, socket))
}
