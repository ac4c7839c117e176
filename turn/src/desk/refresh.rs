//! Refresh (RFC 8656 section 7.3).

use std::time::Duration;

use stun::{
    attributes::{ATTR_LIFETIME, ATTR_REQUESTED_ADDRESS_FAMILY},
    error_code::{CODE_BAD_REQUEST, CODE_PEER_ADDR_FAMILY_MISMATCH},
};
use webrtc_turn::proto::{
    lifetime::Lifetime,
    reqfamily::{REQUESTED_FAMILY_IPV4, REQUESTED_FAMILY_IPV6},
};

use super::{
    Authentic, Desk, Outcome,
    allocate::{family_of, lifetime},
};
use crate::{
    plane::{DataPlane, Now},
    ports::Family,
    wire::reply::Reply,
};

impl Desk {
    pub(super) fn refresh(
        &self,
        who: &Authentic<'_>,
        plane: &mut dyn DataPlane,
        now: Now,
    ) -> Outcome {
        // 1. The allocation must exist (437) and be the sender's (441): nobody ends another's.
        let slot = Desk::own_allocation(who, plane)?;
        // 2. A family, if named, must be the relayed address's (443).
        if let Some(family) = who.request.get(ATTR_REQUESTED_ADDRESS_FAMILY) {
            let relayed = plane.terms(slot).map(|terms| family_of(terms.relayed.ip()));
            let asked = match family.first() {
                Some(byte) if *byte == REQUESTED_FAMILY_IPV4.0 => Family::V4,
                Some(byte) if *byte == REQUESTED_FAMILY_IPV6.0 => Family::V6,
                _ => return Err(CODE_BAD_REQUEST),
            };
            if relayed != Some(asked) {
                return Err(CODE_PEER_ADDR_FAMILY_MISMATCH);
            }
        }
        // 3. Zero ends it; anything else moves its end, but never beyond the credential.
        let seconds = if who.request.get(ATTR_LIFETIME) == Some(&[0; 4]) {
            plane.close(slot, now);
            0
        } else {
            let seconds = lifetime(who, now)?;
            plane.extend(slot, now.seconds + seconds);
            seconds
        };
        Ok(Reply::success(who.request).with(&Lifetime(Duration::from_secs(seconds))))
    }
}
