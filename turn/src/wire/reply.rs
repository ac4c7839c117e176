//! Writing replies. Attribute padding is zero and there is no SOFTWARE attribute: neither tells a
//! stranger anything.

use std::net::SocketAddr;

use stun::{
    attributes::AttrType,
    error_code::ErrorCode,
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{
        CLASS_ERROR_RESPONSE, CLASS_SUCCESS_RESPONSE, Message, MessageClass, MessageType, Setter,
    },
    xoraddr::XorMappedAddress,
};

use super::request::Request;

/// A reply under construction.
pub struct Reply {
    message: Message,
    fingerprinted: bool,
}

impl Reply {
    fn new(request: &Request, class: MessageClass) -> Reply {
        let mut message = Message::new();
        message.typ = MessageType::new(request.method(), class);
        message.transaction_id = request.message().transaction_id;
        message.write_header();
        Reply {
            message,
            fingerprinted: request.fingerprinted,
        }
    }

    /// A success response.
    pub fn success(request: &Request) -> Reply {
        Reply::new(request, CLASS_SUCCESS_RESPONSE)
    }

    /// An error response with the code's usual reason phrase.
    pub fn error(request: &Request, code: ErrorCode) -> Reply {
        Reply::new(request, CLASS_ERROR_RESPONSE).with(&code)
    }

    /// Adds an attribute. The crate's setters only fail above their length limits, which nothing
    /// of ours comes near; a failed one is left out.
    pub fn with(mut self, attribute: &dyn Setter) -> Reply {
        if attribute.add_to(&mut self.message).is_err() {
            tracing::debug!("an attribute did not fit its reply");
        }
        self
    }

    /// Adds an attribute from its bytes.
    pub fn with_bytes(mut self, kind: AttrType, value: &[u8]) -> Reply {
        self.message.add(kind, value);
        self
    }

    /// Adds an XOR-…-ADDRESS attribute.
    pub fn with_address(mut self, kind: AttrType, address: SocketAddr) -> Reply {
        let xor = XorMappedAddress {
            ip: address.ip(),
            port: address.port(),
        };
        if xor.add_to_as(&mut self.message, kind).is_err() {
            tracing::debug!("an address did not fit its reply");
        }
        self
    }

    /// The bytes, signed if there is a key, with a FINGERPRINT if the request had one.
    pub fn finish(self, key: Option<&MessageIntegrity>) -> Vec<u8> {
        let fingerprinted = self.fingerprinted;
        let mut reply = self;
        if let Some(key) = key {
            reply = reply.with(key);
        }
        if fingerprinted {
            reply = reply.with(&FINGERPRINT);
        }
        reply.message.raw
    }
}
