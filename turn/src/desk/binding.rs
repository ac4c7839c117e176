//! Binding (RFC 8489 section 3): tells a client how it is seen. Needs no credentials, and answers
//! with so little that nobody gains by forging a request.

use std::net::SocketAddr;

use stun::{attributes::ATTR_XORMAPPED_ADDRESS, message::METHOD_BINDING};

use super::Source;
use crate::wire::{reply::Reply, request::Request};

pub(super) fn answer(request: &Request, source: Source) -> Vec<u8> {
    tell(request, source.client)
}

fn tell(request: &Request, client: SocketAddr) -> Vec<u8> {
    Reply::success(request)
        .with_address(ATTR_XORMAPPED_ADDRESS, client)
        .finish(None)
}

/// The answer to a packet that asks for a Binding, for a socket that is not the relay's; none for any
/// other packet.
pub fn answer_binding(packet: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    let request = Request::parse(packet)?;
    let understood = request.method() == METHOD_BINDING && request.not_understood().is_empty();
    understood.then(|| tell(&request, from))
}
