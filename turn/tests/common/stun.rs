//! A small STUN and TURN codec (RFC 8489, RFC 8656) that can also write what no client should.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use ring::hmac;

/// The magic cookie.
pub const COOKIE: u32 = 0x2112_a442;
/// What a FINGERPRINT is XORed with: "STUN".
const FINGERPRINT_MASK: u32 = 0x5354_554e;

/// Methods.
pub const BINDING: u16 = 0x001;
pub const ALLOCATE: u16 = 0x003;
pub const REFRESH: u16 = 0x004;
pub const SEND: u16 = 0x006;
pub const DATA_METHOD: u16 = 0x007;
pub const CREATE_PERMISSION: u16 = 0x008;
pub const CHANNEL_BIND: u16 = 0x009;

/// Class bits, to be added to a method.
pub const INDICATION: u16 = 0x010;
pub const SUCCESS: u16 = 0x100;
pub const ERROR: u16 = 0x110;

/// Attributes.
pub mod attr {
    pub const MAPPED_ADDRESS: u16 = 0x0001;
    pub const CHANGE_REQUEST: u16 = 0x0003;
    pub const USERNAME: u16 = 0x0006;
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
    pub const CHANNEL_NUMBER: u16 = 0x000c;
    pub const LIFETIME: u16 = 0x000d;
    pub const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub const DATA: u16 = 0x0013;
    pub const REALM: u16 = 0x0014;
    pub const NONCE: u16 = 0x0015;
    pub const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
    pub const EVEN_PORT: u16 = 0x0018;
    pub const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub const DONT_FRAGMENT: u16 = 0x001a;
    pub const MESSAGE_INTEGRITY_SHA256: u16 = 0x001c;
    pub const USERHASH: u16 = 0x001e;
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub const RESERVATION_TOKEN: u16 = 0x0022;
    pub const ADDITIONAL_ADDRESS_FAMILY: u16 = 0x8000;
    pub const SOFTWARE: u16 = 0x8022;
    pub const FINGERPRINT: u16 = 0x8028;
}

/// Writes one message; every call keeps the length field right unless told otherwise.
#[derive(Clone, Debug)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// A message of this type (method plus class) under a fresh transaction id.
    pub fn new(kind: u16) -> Writer {
        Writer::with_transaction(kind, fresh_transaction())
    }

    /// A message under a given transaction id: a retransmission, or an answer.
    pub fn with_transaction(kind: u16, transaction: [u8; 12]) -> Writer {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&COOKIE.to_be_bytes());
        bytes.extend_from_slice(&transaction);
        Writer { bytes }
    }

    /// Adds an attribute, padded with zeros.
    pub fn attr(mut self, kind: u16, value: &[u8]) -> Writer {
        self.bytes.extend_from_slice(&kind.to_be_bytes());
        self.bytes
            .extend_from_slice(&(value.len() as u16).to_be_bytes());
        self.bytes.extend_from_slice(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.set_length(0);
        self
    }

    /// REQUESTED-TRANSPORT; 17 is UDP.
    pub fn transport(self, protocol: u8) -> Writer {
        self.attr(attr::REQUESTED_TRANSPORT, &[protocol, 0, 0, 0])
    }

    /// LIFETIME in seconds.
    pub fn lifetime(self, seconds: u32) -> Writer {
        self.attr(attr::LIFETIME, &seconds.to_be_bytes())
    }

    /// XOR-PEER-ADDRESS.
    pub fn peer(self, peer: SocketAddr) -> Writer {
        let transaction = self.transaction();
        self.attr(attr::XOR_PEER_ADDRESS, &xor_address(peer, &transaction))
    }

    /// CHANNEL-NUMBER.
    pub fn channel(self, number: u16) -> Writer {
        let [high, low] = number.to_be_bytes();
        self.attr(attr::CHANNEL_NUMBER, &[high, low, 0, 0])
    }

    /// MESSAGE-INTEGRITY (HMAC-SHA1) over all up to here.
    pub fn integrity(mut self, key: &[u8]) -> Writer {
        self.set_length(24);
        let tag = integrity_of(key, &self.bytes);
        self.attr(attr::MESSAGE_INTEGRITY, &tag)
    }

    /// FINGERPRINT over all up to here, XORed with `damage` (0 for a right one).
    pub fn fingerprint(mut self, damage: u32) -> Writer {
        self.set_length(8);
        let sum = crc32(&self.bytes) ^ FINGERPRINT_MASK ^ damage;
        self.attr(attr::FINGERPRINT, &sum.to_be_bytes())
    }

    /// Bytes that belong to no attribute, counted by the length field.
    pub fn raw(mut self, bytes: &[u8]) -> Writer {
        self.bytes.extend_from_slice(bytes);
        self.set_length(0);
        self
    }

    /// A length field that is off by so much.
    pub fn length_off_by(mut self, difference: i32) -> Writer {
        let length = (self.bytes.len() as i32 - 20 + difference) as u16;
        self.bytes[2..4].copy_from_slice(&length.to_be_bytes());
        self
    }

    /// The transaction id.
    pub fn transaction(&self) -> [u8; 12] {
        self.bytes[8..20].try_into().unwrap()
    }

    /// What goes on the wire.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn set_length(&mut self, more: usize) {
        let length = (self.bytes.len() - 20 + more) as u16;
        self.bytes[2..4].copy_from_slice(&length.to_be_bytes());
    }
}

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Method plus class.
    pub kind: u16,
    /// Transaction id.
    pub transaction: [u8; 12],
    /// Attributes in their order.
    pub attributes: Vec<(u16, Vec<u8>)>,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Message {
    /// Reads a message that fills the datagram exactly; `None` if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Message> {
        if bytes.len() < 20 || bytes[0] & 0xc0 != 0 || bytes[4..8] != COOKIE.to_be_bytes() {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        if bytes.len() != 20 + length || length % 4 != 0 {
            return None;
        }
        let mut attributes = Vec::new();
        let mut rest = &bytes[20..];
        while !rest.is_empty() {
            let kind = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
            let length = usize::from(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]));
            attributes.push((kind, rest.get(4..4 + length)?.to_vec()));
            rest = rest.get(4 + length.next_multiple_of(4)..)?;
        }
        Some(Message {
            kind: u16::from_be_bytes([bytes[0], bytes[1]]),
            transaction: bytes[8..20].try_into().ok()?,
            attributes,
            bytes: bytes.to_vec(),
        })
    }

    /// The first attribute of a kind.
    pub fn get(&self, kind: u16) -> Option<&[u8]> {
        self.attributes
            .iter()
            .find(|(k, _)| *k == kind)
            .map(|(_, value)| value.as_slice())
    }

    /// An attribute as text.
    pub fn text(&self, kind: u16) -> Option<String> {
        Some(String::from_utf8_lossy(self.get(kind)?).into_owned())
    }

    /// An XORed address.
    pub fn address(&self, kind: u16) -> Option<SocketAddr> {
        unxor_address(self.get(kind)?, &self.transaction)
    }

    /// The relayed address of an Allocate answer.
    pub fn relayed(&self) -> Option<SocketAddr> {
        self.address(attr::XOR_RELAYED_ADDRESS)
    }

    /// LIFETIME in seconds.
    pub fn lifetime(&self) -> Option<u32> {
        Some(u32::from_be_bytes(
            self.get(attr::LIFETIME)?.try_into().ok()?,
        ))
    }

    /// Whether it is a success answer.
    pub fn is_success(&self) -> bool {
        self.kind & ERROR == SUCCESS
    }

    /// The error code, 0 for anything but an error.
    pub fn error_code(&self) -> u16 {
        if self.kind & ERROR != ERROR {
            return 0;
        }
        match self.get(attr::ERROR_CODE) {
            Some([_, _, class, number, ..]) => u16::from(class & 7) * 100 + u16::from(*number),
            _ => 0,
        }
    }

    /// The attributes that a 420 names.
    pub fn unknown_attributes(&self) -> Vec<u16> {
        self.get(attr::UNKNOWN_ATTRIBUTES)
            .unwrap_or_default()
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect()
    }

    /// Whether its MESSAGE-INTEGRITY is there and right.
    pub fn signed_with(&self, key: &[u8]) -> bool {
        let Some(at) = self.offset_of(attr::MESSAGE_INTEGRITY) else {
            return false;
        };
        let mut covered = self.bytes[..at].to_vec();
        covered[2..4].copy_from_slice(&((at - 20 + 24) as u16).to_be_bytes());
        self.get(attr::MESSAGE_INTEGRITY) == Some(&integrity_of(key, &covered))
    }

    fn offset_of(&self, kind: u16) -> Option<usize> {
        let mut at = 20;
        for (k, value) in &self.attributes {
            if *k == kind {
                return Some(at);
            }
            at += 4 + value.len().next_multiple_of(4);
        }
        None
    }
}

/// One ChannelData message; `padded` to four bytes as streams need.
pub fn channel_data(number: u16, data: &[u8], padded: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + data.len() + 3);
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes.extend_from_slice(&(data.len() as u16).to_be_bytes());
    bytes.extend_from_slice(data);
    if padded {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// The long-term key: MD5 of `user:realm:password`. The one function taken from the `stun` crate,
/// since ring has no MD5; coturn accepts what it gives.
pub fn long_term_key(user: &str, realm: &str, password: &str) -> Vec<u8> {
    stun::integrity::MessageIntegrity::new_long_term_integrity(
        user.into(),
        realm.into(),
        password.into(),
    )
    .0
}

/// An address as XOR-PEER-ADDRESS carries it.
pub fn xor_address(address: SocketAddr, transaction: &[u8; 12]) -> Vec<u8> {
    let mut value = vec![0, if address.is_ipv4() { 1 } else { 2 }];
    value.extend_from_slice(&(address.port() ^ (COOKIE >> 16) as u16).to_be_bytes());
    let mask = xor_mask(transaction);
    match address.ip() {
        IpAddr::V4(ip) => value.extend(ip.octets().iter().zip(mask).map(|(b, m)| b ^ m)),
        IpAddr::V6(ip) => value.extend(ip.octets().iter().zip(mask).map(|(b, m)| b ^ m)),
    }
    value
}

fn unxor_address(value: &[u8], transaction: &[u8; 12]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes([*value.get(2)?, *value.get(3)?]) ^ (COOKIE >> 16) as u16;
    let octets: Vec<u8> = value[4..]
        .iter()
        .zip(xor_mask(transaction))
        .map(|(b, m)| b ^ m)
        .collect();
    let ip: IpAddr = match (value[1], octets.len()) {
        (1, 4) => Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?).into(),
        (2, 16) => Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn xor_mask(transaction: &[u8; 12]) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&COOKIE.to_be_bytes());
    mask[4..].copy_from_slice(transaction);
    mask
}

/// A transaction id that this process never used before.
pub fn fresh_transaction() -> [u8; 12] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut id = [0; 12];
    id[..4].copy_from_slice(&std::process::id().to_be_bytes());
    id[4..].copy_from_slice(&NEXT.fetch_add(1, Relaxed).to_be_bytes());
    id
}

fn integrity_of(key: &[u8], bytes: &[u8]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    hmac::sign(&key, bytes).as_ref().try_into().unwrap()
}

/// CRC-32 as in Ethernet, bit by bit: tests have time.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, step)
}
