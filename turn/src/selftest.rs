//! The relay looks at itself from outside: over every listener it allocates, relays a packet to
//! itself and says in one plain sentence what failed. Blocks for seconds at most; never call it on a
//! thread that serves anybody.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{
        CryptoProvider, ring::default_provider, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use stun::{
    attributes::{
        ATTR_CHANNEL_NUMBER, ATTR_ERROR_CODE, ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM,
        ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT, ATTR_USERNAME,
        ATTR_XOR_PEER_ADDRESS, ATTR_XOR_RELAYED_ADDRESS, AttrType,
    },
    integrity::MessageIntegrity,
    message::{
        CLASS_REQUEST, METHOD_ALLOCATE, METHOD_CHANNEL_BIND, METHOD_REFRESH, Message, MessageType,
        Method, Setter,
    },
    xoraddr::XorMappedAddress,
};

use crate::{
    Addresses, Credential,
    credential::fill_random,
    shared::Shared,
    wire::{
        framer::{Frame, next_frame},
        indication::xor_address,
    },
};

/// Patience for one answer.
const WAIT: Duration = Duration::from_secs(2);
const CHANNEL: u16 = 0x4000;
const PAYLOAD: &[u8] = b"parlor self-test";

/// One listener, looked at from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was tried, for example "UDP 0.0.0.0:3478".
    pub what: String,
    /// What is wrong, in one sentence; `None` when a packet came through.
    pub problem: Option<String>,
}

/// What a self-test found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelfTest {
    /// One entry for each listener.
    pub checks: Vec<Check>,
}

impl SelfTest {
    /// Whether every listener relays.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.problem.is_none())
    }
}

/// Tries every listener in turn with a credential of its own.
pub(crate) fn run(shared: &Shared, addresses: &Addresses, credential: &Credential) -> SelfTest {
    let mut checks = Vec::new();
    let mut check = |transport: &str,
                     address: &SocketAddr,
                     connect: &dyn Fn(SocketAddr) -> io::Result<Line>| {
        let result =
            connect(reachable(*address)).map_err(|e| format!("the port does not answer ({e})"));
        let result = result.and_then(|line| Probe::new(shared, credential, line).run());
        checks.push(Check {
            what: format!("{transport} {address}"),
            problem: result.err(),
        });
    };
    addresses
        .udp
        .iter()
        .for_each(|address| check("UDP", address, &connect_udp));
    addresses
        .tcp
        .iter()
        .for_each(|address| check("TCP", address, &connect_tcp));
    if shared.certificate.present() {
        addresses
            .tls
            .iter()
            .for_each(|address| check("TLS", address, &connect_tls));
    }
    SelfTest { checks }
}

/// An address to reach a listener at: one that listens everywhere listens on loopback too.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

enum Line {
    Datagrams(UdpSocket),
    Stream(Box<dyn Duplex>, Vec<u8>),
}

trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

fn connect_udp(to: SocketAddr) -> io::Result<Line> {
    let any: IpAddr = if to.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(to)?;
    socket.set_read_timeout(Some(WAIT))?;
    Ok(Line::Datagrams(socket))
}

fn tcp(to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&to, WAIT)?;
    socket.set_read_timeout(Some(WAIT))?;
    socket.set_write_timeout(Some(WAIT))?;
    Ok(socket)
}

fn connect_tcp(to: SocketAddr) -> io::Result<Line> {
    Ok(Line::Stream(Box::new(tcp(to)?), Vec::new()))
}

fn connect_tls(to: SocketAddr) -> io::Result<Line> {
    let provider = Arc::new(default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OwnCertificate(provider)))
        .with_no_client_auth();
    let name = ServerName::IpAddress(to.ip().into());
    let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(Line::Stream(
        Box::new(StreamOwned::new(session, tcp(to)?)),
        Vec::new(),
    ))
}

/// The other end is this process: its certificate's name and issuer are not in question here, but
/// the signature is, for it shows that the key fits.
#[derive(Debug)]
struct OwnCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for OwnCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// One listener's test: challenge, allocation, channel to itself, packet, end.
struct Probe<'a> {
    shared: &'a Shared,
    credential: &'a Credential,
    key: MessageIntegrity,
    nonce: Vec<u8>,
    line: Line,
}

impl<'a> Probe<'a> {
    fn new(shared: &'a Shared, credential: &'a Credential, line: Line) -> Probe<'a> {
        let key = MessageIntegrity::new_long_term_integrity(
            credential.username.clone(),
            shared.config.realm.clone(),
            credential.password.clone(),
        );
        Probe {
            shared,
            credential,
            key,
            nonce: Vec::new(),
            line,
        }
    }

    fn run(mut self) -> Result<(), String> {
        let family = if self.shared.config.relay_v4.is_some() {
            1
        } else {
            2
        };
        let wish = [
            (ATTR_REQUESTED_TRANSPORT, vec![17, 0, 0, 0]),
            (ATTR_REQUESTED_ADDRESS_FAMILY, vec![family, 0, 0, 0]),
        ];
        let challenge = self.exchange(METHOD_ALLOCATE, &wish, None)?;
        self.nonce = challenge
            .get(ATTR_NONCE)
            .map_err(|_| "it asks for no credentials".to_string())?;
        let allocated = self.ask(METHOD_ALLOCATE, &wish, None)?;
        let relayed = allocated.get(ATTR_XOR_RELAYED_ADDRESS).ok();
        let relayed = relayed.and_then(|value| xor_address(&value, &allocated.transaction_id.0));
        let relayed = relayed.ok_or("it gives no relayed address")?;
        let result = self.echo(relayed);
        let _ = self.ask(METHOD_REFRESH, &[(ATTR_LIFETIME, vec![0; 4])], None);
        result
    }

    fn echo(&mut self, relayed: SocketAddr) -> Result<(), String> {
        let [high, low] = CHANNEL.to_be_bytes();
        self.ask(
            METHOD_CHANNEL_BIND,
            &[(ATTR_CHANNEL_NUMBER, vec![high, low, 0, 0])],
            Some(relayed),
        )?;
        let mut frame = vec![high, low, 0, PAYLOAD.len() as u8];
        frame.extend_from_slice(PAYLOAD);
        self.send(&frame)?;
        let back = self.receive()?;
        if back == frame {
            Ok(())
        } else {
            Err("a packet to itself came back changed".into())
        }
    }

    /// A signed request that must succeed.
    fn ask(
        &mut self,
        method: Method,
        attributes: &[(AttrType, Vec<u8>)],
        peer: Option<SocketAddr>,
    ) -> Result<Message, String> {
        let reply = self.exchange(method, attributes, peer)?;
        match reply.get(ATTR_ERROR_CODE) {
            Ok(code) => {
                let code = code
                    .get(2..4)
                    .map_or(0, |c| u16::from(c[0]) * 100 + u16::from(c[1]));
                Err(format!("{method} is refused with {code}"))
            }
            Err(_) => Ok(reply),
        }
    }

    fn exchange(
        &mut self,
        method: Method,
        attributes: &[(AttrType, Vec<u8>)],
        peer: Option<SocketAddr>,
    ) -> Result<Message, String> {
        let mut message = Message::new();
        message.typ = MessageType::new(method, CLASS_REQUEST);
        fill_random(&mut message.transaction_id.0);
        message.write_header();
        attributes
            .iter()
            .for_each(|(kind, value)| message.add(*kind, value));
        let failed = |_| "a request could not be written".to_string();
        if let Some(peer) = peer {
            let xor = XorMappedAddress {
                ip: peer.ip(),
                port: peer.port(),
            };
            xor.add_to_as(&mut message, ATTR_XOR_PEER_ADDRESS)
                .map_err(failed)?;
        }
        if !self.nonce.is_empty() {
            message.add(ATTR_USERNAME, self.credential.username.as_bytes());
            message.add(ATTR_REALM, self.shared.config.realm.as_bytes());
            message.add(ATTR_NONCE, &self.nonce);
            self.key.add_to(&mut message).map_err(failed)?;
        }
        self.send(&message.raw)?;
        let mut reply = Message {
            raw: self.receive()?,
            ..Message::default()
        };
        match reply.decode() {
            Ok(()) if reply.transaction_id == message.transaction_id => Ok(reply),
            _ => Err("it answers with something else than STUN".into()),
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        let result = match &mut self.line {
            Line::Datagrams(socket) => socket.send(bytes).map(drop),
            Line::Stream(stream, _) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
        result.map_err(|e| format!("nothing can be sent to it ({e})"))
    }

    fn receive(&mut self) -> Result<Vec<u8>, String> {
        let most = self.shared.config.limits.frame_bytes;
        let silent = |e: io::Error| format!("it does not answer ({e})");
        let mut buffer = [0; 4096];
        match &mut self.line {
            Line::Datagrams(socket) => {
                let n = socket.recv(&mut buffer).map_err(silent)?;
                Ok(buffer[..n].to_vec())
            }
            Line::Stream(stream, pending) => loop {
                match next_frame(pending, most) {
                    Frame::Whole { length, taken } => {
                        let mut frame: Vec<u8> = pending.drain(..taken).collect();
                        frame.truncate(length);
                        return Ok(frame);
                    }
                    Frame::Broken => return Err("it answers with something else than STUN".into()),
                    Frame::Incomplete => match stream.read(&mut buffer).map_err(silent)? {
                        0 => return Err("it hangs up".into()),
                        n => pending.extend_from_slice(&buffer[..n]),
                    },
                }
            },
        }
    }
}
