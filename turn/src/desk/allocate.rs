//! Allocate (RFC 8656 section 7.2).

use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use stun::{
    attributes::{
        ATTR_EVEN_PORT, ATTR_LIFETIME, ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT,
        ATTR_RESERVATION_TOKEN, ATTR_XOR_RELAYED_ADDRESS, ATTR_XORMAPPED_ADDRESS,
    },
    error_code::{
        CODE_ADDR_FAMILY_NOT_SUPPORTED, CODE_ALLOC_MISMATCH, CODE_ALLOC_QUOTA_REACHED,
        CODE_BAD_REQUEST, CODE_INSUFFICIENT_CAPACITY, CODE_UNSUPPORTED_TRANS_PROTO, ErrorCode,
    },
    message::Getter,
};
use webrtc_turn::proto::{
    PROTO_UDP,
    lifetime::Lifetime,
    reqfamily::{REQUESTED_FAMILY_IPV4, REQUESTED_FAMILY_IPV6},
    reqtrans::RequestedTransport,
};

use super::{Authentic, Desk};
use crate::{
    calls::Full,
    plane::{DataPlane, Now, Opening, Terms},
    ports::{Family, RelayPort, ReservationToken, Wish},
    wire::reply::Reply,
};

/// Shortest and default lifetime, in seconds (RFC 8656 section 3.2).
pub(super) const LIFETIME_LEAST: u64 = 600;
/// Longest lifetime, in seconds.
pub(super) const LIFETIME_MOST: u64 = 3600;

/// Which relayed address the client wants.
enum Wanted {
    Fresh { family: Family, wish: Wish },
    Reserved(ReservationToken),
}

impl Desk {
    pub(super) fn allocate(
        &mut self,
        who: &Authentic<'_>,
        plane: &mut dyn DataPlane,
        now: Now,
    ) -> Vec<u8> {
        // 1. Authentication and unknown attributes are done before.
        // 2. The 5-tuple is taken: a retransmission gets its first answer again, anything else 437.
        if let Some(terms) = plane
            .find(&who.source.five)
            .and_then(|slot| plane.terms(slot))
        {
            if &*terms.username == who.username && terms.transaction == who.request.transaction() {
                return terms.answer.to_vec();
            }
            return self.finish(who, Err(CODE_ALLOC_MISMATCH));
        }
        match self.try_allocate(who, plane, now) {
            Ok(answer) => answer,
            Err(code) => self.finish(who, Err(code)),
        }
    }

    fn try_allocate(
        &self,
        who: &Authentic<'_>,
        plane: &mut dyn DataPlane,
        now: Now,
    ) -> Result<Vec<u8>, ErrorCode> {
        // 3. to 8. What is asked for.
        let wanted = Self::wanted(who)?;
        let lifetime = lifetime(who, now)?;
        // 9. Quotas: of the relay, then of the user.
        self.take_place()?;
        let placed = Placed(self);
        let (tag, meter) = self
            .shared
            .calls
            .open(who.call, who.participant, now.unix)
            .map_err(|full| match full {
                Full::Participant => CODE_ALLOC_QUOTA_REACHED,
                Full::Calls => CODE_INSUFFICIENT_CAPACITY,
            })?;
        let give_up = || self.shared.calls.close(who.call, who.participant, &meter);
        // 10. The port.
        let (port, token) = self.port(who, wanted, now).inspect_err(|_| give_up())?;
        // 11. The answer, which is kept for retransmissions.
        let relayed = port.advertised;
        let mut reply = Reply::success(who.request)
            .with_address(ATTR_XOR_RELAYED_ADDRESS, relayed)
            .with(&Lifetime(Duration::from_secs(lifetime)))
            .with_address(ATTR_XORMAPPED_ADDRESS, who.source.client);
        if let Some(token) = token {
            reply = reply.with_bytes(ATTR_RESERVATION_TOKEN, &token);
        }
        let answer = reply.finish(Some(&who.key));
        let terms = Terms {
            username: who.username.into(),
            call: who.call.into(),
            participant: who.participant.into(),
            key: who.key.clone(),
            transaction: who.request.transaction(),
            answer: answer.clone().into(),
            relayed,
        };
        let opening = Opening {
            five: who.source.five,
            path: who.source.path,
            port,
            tag,
            meter: Arc::clone(&meter),
            terms,
            until: now.seconds + lifetime,
        };
        if plane.open(opening).is_none() {
            give_up();
            self.shared.ports.release(relayed, now.seconds);
            return Err(CODE_INSUFFICIENT_CAPACITY);
        }
        placed.keep();
        self.counters.allocations.one();
        Ok(answer)
    }

    /// Steps 3 to 8: the attributes that say what is wanted.
    fn wanted(who: &Authentic<'_>) -> Result<Wanted, ErrorCode> {
        let request = who.request;
        // 3. REQUESTED-TRANSPORT must be there, and UDP: RFC 6062 is not spoken here.
        let mut transport = RequestedTransport::default();
        if request.get(ATTR_REQUESTED_TRANSPORT).is_none()
            || transport.get_from(request.message()).is_err()
        {
            return Err(CODE_BAD_REQUEST);
        }
        if transport.protocol != PROTO_UDP {
            return Err(CODE_UNSUPPORTED_TRANS_PROTO);
        }
        // 4. DONT-FRAGMENT is not supported and was answered with 420.
        // 5. RESERVATION-TOKEN excludes EVEN-PORT and a family of its own.
        let family = request.get(ATTR_REQUESTED_ADDRESS_FAMILY);
        let even = request.get(ATTR_EVEN_PORT);
        if let Some(token) = request.get(ATTR_RESERVATION_TOKEN) {
            let token = token.try_into().map_err(|_| CODE_BAD_REQUEST)?;
            return if even.is_some() || family.is_some() {
                Err(CODE_BAD_REQUEST)
            } else {
                Ok(Wanted::Reserved(token))
            };
        }
        // 6. The family; IPv4 when none is named.
        let family = match family {
            None => Family::V4,
            Some([family, _, _, _]) if *family == REQUESTED_FAMILY_IPV4.0 => Family::V4,
            Some([family, _, _, _]) if *family == REQUESTED_FAMILY_IPV6.0 => Family::V6,
            Some([_, _, _, _]) => return Err(CODE_ADDR_FAMILY_NOT_SUPPORTED),
            Some(_) => return Err(CODE_BAD_REQUEST),
        };
        // 7. EVEN-PORT: one byte whose highest bit asks for the next port too. 8. ADDITIONAL-ADDRESS-
        //    FAMILY may be ignored (it is 0x8000 or above): one address is given, as if it were absent.
        let wish = match even {
            None => Wish::Any,
            Some([flags]) if flags & 0x80 != 0 => Wish::EvenAndNext,
            Some([_]) => Wish::Even,
            Some(_) => return Err(CODE_BAD_REQUEST),
        };
        Ok(Wanted::Fresh { family, wish })
    }

    fn port(
        &self,
        who: &Authentic<'_>,
        wanted: Wanted,
        now: Now,
    ) -> Result<(RelayPort, Option<ReservationToken>), ErrorCode> {
        let ports = &self.shared.ports;
        match wanted {
            Wanted::Reserved(token) => {
                let port = ports
                    .claim(&token, who.username, now.seconds)
                    .ok_or(CODE_INSUFFICIENT_CAPACITY)?;
                Ok((port, None))
            }
            Wanted::Fresh { family, wish } => {
                if ports.family(family).is_none() {
                    return Err(CODE_ADDR_FAMILY_NOT_SUPPORTED);
                }
                ports
                    .open(family, wish, who.username, now.seconds)
                    .ok_or(CODE_INSUFFICIENT_CAPACITY)
            }
        }
    }

    /// Counts one more allocation, unless the relay is full, draining, or out of budget.
    fn take_place(&self) -> Result<(), ErrorCode> {
        if self.shared.draining.load(Relaxed) || self.shared.pace.stopped() {
            return Err(CODE_INSUFFICIENT_CAPACITY);
        }
        let most = self.shared.config.limits.allocations;
        let live = self.shared.allocations_live.fetch_add(1, Relaxed);
        if live >= most {
            self.shared.allocations_live.fetch_sub(1, Relaxed);
            return Err(CODE_INSUFFICIENT_CAPACITY);
        }
        Ok(())
    }
}

/// A counted place that is given back unless the allocation comes to be.
struct Placed<'a>(&'a Desk);

impl Placed<'_> {
    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        self.0.shared.allocations_live.fetch_sub(1, Relaxed);
    }
}

/// The lifetime to give: what is asked within [600, 3600] s, and never beyond the credential.
pub(super) fn lifetime(who: &Authentic<'_>, now: Now) -> Result<u64, ErrorCode> {
    let seconds = match who.request.get(ATTR_LIFETIME) {
        Some(value) => u32::from_be_bytes(value.try_into().map_err(|_| CODE_BAD_REQUEST)?).into(),
        None => LIFETIME_LEAST,
    };
    Ok(seconds
        .clamp(LIFETIME_LEAST, LIFETIME_MOST)
        .min(who.credential_ends.saturating_sub(now.unix))
        .max(1))
}

/// The family of a relayed address.
pub(super) fn family_of(relayed: IpAddr) -> Family {
    Family::of(relayed)
}
