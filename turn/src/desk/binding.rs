//! Binding (RFC 8489 section 3): tells a client how it is seen. Needs no credentials, and answers
//! with so little that nobody gains by forging a request.

use stun::attributes::ATTR_XORMAPPED_ADDRESS;

use super::Source;
use crate::wire::{reply::Reply, request::Request};

pub(super) fn answer(request: &Request, source: Source) -> Vec<u8> {
    Reply::success(request)
        .with_address(ATTR_XORMAPPED_ADDRESS, source.client)
        .finish(None)
}
