//! ChannelBind (RFC 8656 section 12.2).

use stun::{
    attributes::ATTR_CHANNEL_NUMBER,
    error_code::{CODE_BAD_REQUEST, CODE_INSUFFICIENT_CAPACITY},
    message::Getter,
};
use webrtc_turn::proto::channum::ChannelNumber;

use super::{Authentic, CHANNEL_SECONDS, Desk, Outcome, PERMISSION_SECONDS};
use crate::{
    plane::{DataPlane, NotInstalled, Now},
    wire::reply::Reply,
};

/// Never a channel: RFC 5766 reserves it, and it looks like an erased byte pair.
const NUMBER_NEVER: u16 = 0x7FFF;

impl Desk {
    pub(super) fn channel_bind(
        &self,
        who: &Authentic<'_>,
        plane: &mut dyn DataPlane,
        now: Now,
    ) -> Outcome {
        // 1. The allocation must exist (437) and be the sender's (441).
        let slot = Desk::own_allocation(who, plane)?;
        // 2. A channel number and one readable peer (400).
        let mut number = ChannelNumber::default();
        if who.request.get(ATTR_CHANNEL_NUMBER).is_none()
            || number.get_from(who.request.message()).is_err()
        {
            return Err(CODE_BAD_REQUEST);
        }
        let peer = who
            .request
            .peers()
            .next()
            .flatten()
            .filter(|peer| peer.port() != 0)
            .ok_or(CODE_BAD_REQUEST)?;
        // 3. The number lies in 0x4000-0x7FFE. RFC 8656 gives clients only those up to 0x4FFF, but
        //    clients of RFC 5766 use the rest, coturn's own test client among them.
        if !number.valid() || number.0 == NUMBER_NEVER {
            return Err(CODE_BAD_REQUEST);
        }
        // 4. The peer must be of the right family (443) and allowed (403).
        self.judge_peer(who, slot, peer, plane)?;
        // 5. Neither number nor peer is bound otherwise (400), and there is room (508).
        plane
            .bind(slot, number.0, peer, now.seconds + CHANNEL_SECONDS, now)
            .map_err(|why| match why {
                NotInstalled::Conflict => CODE_BAD_REQUEST,
                NotInstalled::Full => CODE_INSUFFICIENT_CAPACITY,
            })?;
        // 6. A channel brings a permission with it.
        plane
            .permit(slot, &[peer.ip()], now.seconds + PERMISSION_SECONDS, now)
            .map_err(|_| CODE_INSUFFICIENT_CAPACITY)?;
        Ok(Reply::success(who.request))
    }
}
