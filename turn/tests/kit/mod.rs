//! What the relay's tests share: a relay on loopback and a client that speaks raw STUN, so that it
//! can also say what no real client says.

#![allow(dead_code)]

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use parlor_turn::{
    Credential, Limits, PeerPolicy, Relay, RelayAddress, RelayConfig, RelayControl, Secret,
};
use stun::{
    attributes::*,
    integrity::MessageIntegrity,
    message::{CLASS_REQUEST, Message, MessageType, Method, Setter},
    xoraddr::XorMappedAddress,
};

pub const REALM: &str = "test";
pub const WAIT: Duration = Duration::from_secs(5);
pub const SILENCE: Duration = Duration::from_millis(150);

/// A relay on loopback that lets loopback peers in.
pub fn config() -> RelayConfig {
    RelayConfig {
        listen: vec![Ipv4Addr::LOCALHOST.into()],
        port: 0,
        tls_port: Some(0),
        relay_v4: Some(RelayAddress {
            bind: Some(Ipv4Addr::LOCALHOST),
            external: None,
        }),
        // Apart from the system's ephemeral ports, which the tests' peers have.
        relay_ports: 61000..=65535,
        realm: REALM.into(),
        secrets: vec![Secret::new("secret")],
        peer_policy: PeerPolicy::Public,
        allow_loopback_peers: true,
        threads: 1,
        limits: limits(),
        ..RelayConfig::default()
    }
}

pub fn limits() -> Limits {
    Limits {
        challenges_per_second: 255,
        ..Limits::default()
    }
}

pub fn ipv6_config() -> RelayConfig {
    RelayConfig {
        listen: vec![Ipv6Addr::LOCALHOST.into()],
        relay_v6: Some(RelayAddress {
            bind: Some(Ipv6Addr::LOCALHOST),
            external: None,
        }),
        ..config()
    }
}

pub fn start(config: RelayConfig) -> Relay {
    Relay::start(config).expect("the relay starts")
}

/// Far enough ahead for every test, within the horizon.
pub fn soon() -> u64 {
    unix_now() + 7200
}

pub fn unix_now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

pub enum Wire {
    Udp(UdpSocket),
    Stream(Box<dyn ReadWrite>, Vec<u8>),
}

pub trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

pub struct Client {
    pub wire: Wire,
    pub local: SocketAddr,
    pub credential: Credential,
    pub nonce: Vec<u8>,
    next: u32,
}

/// An attribute as it is written.
pub type Attribute = (u16, Vec<u8>);

impl Client {
    pub fn udp(relay: &Relay, call: &str, participant: &str) -> Client {
        Client::with(relay, relay.control().mint(call, participant, soon()))
    }

    pub fn with(relay: &Relay, credential: Credential) -> Client {
        Client::at(relay.addresses().udp[0], credential)
    }

    pub fn at(server: SocketAddr, credential: Credential) -> Client {
        let any: IpAddr = if server.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        };
        let socket = UdpSocket::bind((any, 0)).unwrap();
        socket.connect(server).unwrap();
        let local = socket.local_addr().unwrap();
        Client {
            wire: Wire::Udp(socket),
            local,
            credential,
            nonce: Vec::new(),
            next: 0,
        }
    }

    pub fn tcp(relay: &Relay, call: &str, participant: &str) -> Client {
        let socket = TcpStream::connect(relay.addresses().tcp[0]).unwrap();
        socket.set_read_timeout(Some(WAIT)).unwrap();
        let local = socket.local_addr().unwrap();
        let credential = relay.control().mint(call, participant, soon());
        Client {
            wire: Wire::Stream(Box::new(socket), Vec::new()),
            local,
            credential,
            nonce: Vec::new(),
            next: 0,
        }
    }

    pub fn stream(stream: Box<dyn ReadWrite>, local: SocketAddr, credential: Credential) -> Client {
        Client {
            wire: Wire::Stream(stream, Vec::new()),
            local,
            credential,
            nonce: Vec::new(),
            next: 0,
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => {
                socket.send(bytes).unwrap();
            }
            Wire::Stream(stream, _) => {
                let mut padded = bytes.to_vec();
                padded.resize(bytes.len().next_multiple_of(4), 0);
                stream.write_all(&padded).unwrap();
            }
        }
    }

    /// The next datagram or frame; `None` when none comes in time.
    pub fn receive(&mut self, wait: Duration) -> Option<Vec<u8>> {
        match &mut self.wire {
            Wire::Udp(socket) => {
                socket.set_read_timeout(Some(wait)).unwrap();
                let mut buffer = vec![0; 70_000];
                let n = socket.recv(&mut buffer).ok()?;
                buffer.truncate(n);
                Some(buffer)
            }
            Wire::Stream(stream, pending) => loop {
                if pending.len() >= 4 {
                    let declared = usize::from(u16::from_be_bytes([pending[2], pending[3]]));
                    let length = if pending[0] & 0xC0 == 0 {
                        20 + declared
                    } else {
                        4 + declared
                    };
                    let taken = length.next_multiple_of(4);
                    if pending.len() >= taken {
                        let mut frame: Vec<u8> = pending.drain(..taken).collect();
                        frame.truncate(length);
                        return Some(frame);
                    }
                }
                let mut buffer = [0; 16_384];
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => return None,
                    Ok(n) => pending.extend_from_slice(&buffer[..n]),
                }
            },
        }
    }

    pub fn transaction(&mut self) -> [u8; 12] {
        self.next += 1;
        let mut id = [0xA5; 12];
        id[..4].copy_from_slice(&self.next.to_be_bytes());
        id
    }

    /// A request without credentials.
    pub fn bare(&mut self, method: Method, attributes: &[Attribute]) -> Message {
        let mut message = Message::new();
        message.typ = MessageType::new(method, CLASS_REQUEST);
        message.transaction_id.0 = self.transaction();
        message.write_header();
        attributes
            .iter()
            .for_each(|(kind, value)| message.add(AttrType(*kind), value));
        message
    }

    pub fn key(&self) -> MessageIntegrity {
        MessageIntegrity::new_long_term_integrity(
            self.credential.username.clone(),
            REALM.into(),
            self.credential.password.clone(),
        )
    }

    /// A request with credentials; the nonce must have been fetched.
    pub fn signed(&mut self, method: Method, attributes: &[Attribute]) -> Message {
        let mut message = self.bare(method, attributes);
        message.add(ATTR_USERNAME, self.credential.username.as_bytes());
        message.add(ATTR_REALM, REALM.as_bytes());
        message.add(ATTR_NONCE, &self.nonce);
        self.key().add_to(&mut message).unwrap();
        message
    }

    /// Sends and waits for the reply of the same transaction; other things are passed over.
    pub fn exchange(&mut self, message: &Message) -> Option<Message> {
        self.send(&message.raw);
        loop {
            let bytes = self.receive(WAIT)?;
            if let Some(reply) = decode(&bytes)
                && reply.transaction_id == message.transaction_id
            {
                return Some(reply);
            }
        }
    }

    /// A signed request; fetches a nonce first if there is none.
    pub fn ask(&mut self, method: Method, attributes: &[Attribute]) -> Message {
        if self.nonce.is_empty() {
            self.challenge();
        }
        let message = self.signed(method, attributes);
        self.exchange(&message).expect("an answer")
    }

    pub fn challenge(&mut self) {
        let message = self.bare(stun::message::METHOD_ALLOCATE, &[transport(17)]);
        let reply = self.exchange(&message).expect("a challenge");
        assert_eq!(code(&reply), 401);
        self.nonce = reply.get(ATTR_NONCE).unwrap();
    }

    /// Allocates and gives the relayed address.
    pub fn allocate(&mut self) -> SocketAddr {
        let reply = self.ask(stun::message::METHOD_ALLOCATE, &[transport(17)]);
        assert_eq!(code(&reply), 0, "{reply}");
        address(&reply, ATTR_XOR_RELAYED_ADDRESS)
    }

    pub fn permit(&mut self, peer: SocketAddr) -> u16 {
        code(&self.ask_about_peer(stun::message::METHOD_CREATE_PERMISSION, vec![], peer))
    }

    pub fn bind(&mut self, number: u16, peer: SocketAddr) -> u16 {
        code(&self.ask_about_peer(
            stun::message::METHOD_CHANNEL_BIND,
            vec![channel(number)],
            peer,
        ))
    }

    /// XOR-PEER-ADDRESS depends on the transaction for IPv6, so that it is put in here.
    pub fn ask_about_peer(
        &mut self,
        method: Method,
        before: Vec<Attribute>,
        peer: SocketAddr,
    ) -> Message {
        if self.nonce.is_empty() {
            self.challenge();
        }
        let mut message = self.bare(method, &before);
        put_peer(&mut message, peer);
        message.add(ATTR_USERNAME, self.credential.username.as_bytes());
        message.add(ATTR_REALM, REALM.as_bytes());
        message.add(ATTR_NONCE, &self.nonce);
        self.key().add_to(&mut message).unwrap();
        self.exchange(&message).expect("an answer")
    }

    pub fn refresh(&mut self, seconds: u32) -> Message {
        self.ask(stun::message::METHOD_REFRESH, &[lifetime(seconds)])
    }

    pub fn send_channel(&mut self, number: u16, payload: &[u8]) {
        let mut frame = number.to_be_bytes().to_vec();
        frame.extend((payload.len() as u16).to_be_bytes());
        frame.extend(payload);
        self.send(&frame);
    }

    pub fn send_indication(&mut self, peer: SocketAddr, payload: &[u8]) {
        let mut message = Message::new();
        message.typ = MessageType::new(stun::message::METHOD_SEND, stun::message::CLASS_INDICATION);
        message.transaction_id.0 = self.transaction();
        message.write_header();
        put_peer(&mut message, peer);
        message.add(ATTR_DATA, payload);
        self.send(&message.raw);
    }
}

pub fn put_peer(message: &mut Message, peer: SocketAddr) {
    XorMappedAddress {
        ip: peer.ip(),
        port: peer.port(),
    }
    .add_to_as(message, ATTR_XOR_PEER_ADDRESS)
    .unwrap();
}

pub fn decode(bytes: &[u8]) -> Option<Message> {
    if bytes.len() < 20 || bytes[0] & 0xC0 != 0 {
        return None;
    }
    let mut message = Message {
        raw: bytes.to_vec(),
        ..Message::default()
    };
    message.decode().ok()?;
    Some(message)
}

/// The error code of a reply, 0 for success.
pub fn code(reply: &Message) -> u16 {
    match reply.get(ATTR_ERROR_CODE) {
        Ok(value) => u16::from(value[2]) * 100 + u16::from(value[3]),
        Err(_) => 0,
    }
}

pub fn address(reply: &Message, kind: AttrType) -> SocketAddr {
    let mut xor = XorMappedAddress::default();
    xor.get_from_as(reply, kind).expect("an address");
    SocketAddr::new(xor.ip, xor.port)
}

pub fn seconds(reply: &Message) -> u32 {
    u32::from_be_bytes(reply.get(ATTR_LIFETIME).unwrap().try_into().unwrap())
}

pub fn transport(protocol: u8) -> Attribute {
    (0x0019, vec![protocol, 0, 0, 0])
}

pub fn lifetime(seconds: u32) -> Attribute {
    (0x000D, seconds.to_be_bytes().to_vec())
}

pub fn channel(number: u16) -> Attribute {
    let [high, low] = number.to_be_bytes();
    (0x000C, vec![high, low, 0, 0])
}

/// The payload and channel of ChannelData.
pub fn channel_data(bytes: &[u8]) -> Option<(u16, &[u8])> {
    if bytes.len() < 4 || bytes[0] & 0xC0 != 0x40 {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    Some((
        u16::from_be_bytes([bytes[0], bytes[1]]),
        bytes.get(4..4 + length)?,
    ))
}

/// A plain UDP peer.
pub fn peer() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(WAIT)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

pub fn receive_from(socket: &UdpSocket) -> Option<(Vec<u8>, SocketAddr)> {
    let mut buffer = vec![0; 70_000];
    let (n, from) = socket.recv_from(&mut buffer).ok()?;
    buffer.truncate(n);
    Some((buffer, from))
}

/// Asks again and again until it is so; for what other threads do soon.
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + WAIT;
    while !so() {
        assert!(std::time::Instant::now() < end, "never: {what}");
        std::thread::yield_now();
    }
}

pub fn control(relay: &Relay) -> RelayControl {
    relay.control()
}
