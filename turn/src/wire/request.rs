//! Reading a STUN request, strictly: the `stun` crate decodes, this module adds what a server must
//! look at before it believes a message.

use std::net::SocketAddr;

use stun::{
    attributes::{
        ATTR_CHANNEL_NUMBER, ATTR_DATA, ATTR_ERROR_CODE, ATTR_EVEN_PORT, ATTR_FINGERPRINT,
        ATTR_LIFETIME, ATTR_MAPPED_ADDRESS, ATTR_MESSAGE_INTEGRITY, ATTR_NONCE, ATTR_REALM,
        ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT, ATTR_RESERVATION_TOKEN,
        ATTR_UNKNOWN_ATTRIBUTES, ATTR_USERNAME, ATTR_XOR_PEER_ADDRESS, ATTR_XOR_RELAYED_ADDRESS,
        ATTR_XORMAPPED_ADDRESS, AttrType,
    },
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{CLASS_REQUEST, Message, Method},
};

use super::indication::xor_address;

/// Attributes that a server must understand or refuse (below 0x8000), and that we do understand.
const UNDERSTOOD: [AttrType; 17] = [
    ATTR_MAPPED_ADDRESS,
    ATTR_USERNAME,
    ATTR_MESSAGE_INTEGRITY,
    ATTR_ERROR_CODE,
    ATTR_UNKNOWN_ATTRIBUTES,
    ATTR_CHANNEL_NUMBER,
    ATTR_LIFETIME,
    ATTR_XOR_PEER_ADDRESS,
    ATTR_DATA,
    ATTR_REALM,
    ATTR_NONCE,
    ATTR_XOR_RELAYED_ADDRESS,
    ATTR_REQUESTED_ADDRESS_FAMILY,
    ATTR_EVEN_PORT,
    ATTR_REQUESTED_TRANSPORT,
    ATTR_XORMAPPED_ADDRESS,
    ATTR_RESERVATION_TOKEN,
];

/// Most attributes of one message that are looked at; real requests have fewer than ten, a
/// CreatePermission one more for each peer.
const ATTRIBUTES_MAX: usize = 128;

/// A decoded request.
pub struct Request {
    message: Message,
    /// Attributes that count: those before MESSAGE-INTEGRITY (RFC 8489 section 14.5).
    counted: usize,
    /// Whether the client asked for integrity, that is, presented credentials.
    pub signed: bool,
    /// Whether the client sends FINGERPRINT and so gets one back.
    pub fingerprinted: bool,
}

impl Request {
    /// Decodes a request; `None` for anything that deserves no answer: other classes, wrong
    /// lengths, a wrong FINGERPRINT, a MESSAGE-INTEGRITY of another size.
    pub fn parse(bytes: &[u8]) -> Option<Request> {
        let declared = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        if bytes[0] & 0xC0 != 0
            || declared + super::HEADER_BYTES != bytes.len()
            || declared % 4 != 0
        {
            return None;
        }
        let mut message = Message {
            raw: bytes.to_vec(),
            ..Message::default()
        };
        message.decode().ok()?;
        if message.typ.class != CLASS_REQUEST || message.attributes.0.len() > ATTRIBUTES_MAX {
            return None;
        }
        let attributes = &message.attributes.0;
        let integrity = attributes
            .iter()
            .position(|a| a.typ == ATTR_MESSAGE_INTEGRITY);
        if integrity.is_some_and(|at| attributes[at].length != 20) {
            return None;
        }
        let fingerprinted = attributes.last().is_some_and(|a| a.typ == ATTR_FINGERPRINT);
        if fingerprinted && FINGERPRINT.check(&message).is_err() {
            return None;
        }
        let counted = integrity.unwrap_or(attributes.len());
        Some(Request {
            counted,
            signed: integrity.is_some(),
            fingerprinted,
            message,
        })
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.message.typ.method
    }

    /// The message that a reply answers.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The transaction id.
    pub fn transaction(&self) -> [u8; 12] {
        self.message.transaction_id.0
    }

    /// The first attribute of this kind.
    pub fn get(&self, kind: AttrType) -> Option<&[u8]> {
        self.all(kind).next()
    }

    /// Every attribute of this kind.
    pub fn all(&self, kind: AttrType) -> impl Iterator<Item = &[u8]> {
        self.message.attributes.0[..self.counted]
            .iter()
            .filter(move |a| a.typ == kind)
            .map(|a| &a.value[..])
    }

    /// The first attribute of this kind as text.
    pub fn text(&self, kind: AttrType) -> Option<&str> {
        std::str::from_utf8(self.get(kind)?).ok()
    }

    /// Every XOR-PEER-ADDRESS; one that cannot be read is `None`.
    pub fn peers(&self) -> impl Iterator<Item = Option<SocketAddr>> {
        self.all(ATTR_XOR_PEER_ADDRESS)
            .map(|value| xor_address(value, &self.message.transaction_id.0))
    }

    /// Attributes that we would have to understand and do not, each once (RFC 8489 section 6.3.1).
    pub fn not_understood(&self) -> Vec<AttrType> {
        let mut unknown: Vec<AttrType> = Vec::new();
        for attribute in &self.message.attributes.0[..self.counted] {
            let kind = attribute.typ;
            if kind.value() < 0x8000
                && !UNDERSTOOD.contains(&kind)
                && !unknown.contains(&kind)
                && unknown.len() < 16
            {
                unknown.push(kind);
            }
        }
        unknown
    }

    /// Whether the message was signed with this key; in constant time.
    pub fn verify(&mut self, key: &MessageIntegrity) -> bool {
        key.check(&mut self.message).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Request::parse(&bytes);
        }

        #[test]
        fn no_attribute_soup_panics(kinds in proptest::collection::vec((0u16..0x30, 0usize..40), 0..12), optional in any::<bool>()) {
            let mut bytes = vec![0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            for (kind, length) in kinds {
                let kind = if optional && kind == 0x28 { 0x8028 } else { kind };
                bytes.extend(kind.to_be_bytes());
                bytes.extend((length as u16).to_be_bytes());
                bytes.extend(vec![1; super::super::padded(length)]);
            }
            let length = (bytes.len() - 20) as u16;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            if let Some(mut request) = Request::parse(&bytes) {
                request.verify(&MessageIntegrity(vec![1; 16]));
                let _ = (request.peers().count(), request.not_understood());
            }
        }
    }
}
