//! CreatePermission (RFC 8656 section 10.2).

use std::net::{IpAddr, SocketAddr};

use stun::error_code::{CODE_BAD_REQUEST, CODE_INSUFFICIENT_CAPACITY};

use super::{Authentic, Desk, Outcome, PERMISSION_SECONDS};
use crate::{
    plane::{DataPlane, Now},
    wire::reply::Reply,
};

impl Desk {
    pub(super) fn create_permission(
        &self,
        who: &Authentic<'_>,
        plane: &mut dyn DataPlane,
        now: Now,
    ) -> Outcome {
        // 1. The allocation must exist (437) and be the sender's (441).
        let slot = Desk::own_allocation(who, plane)?;
        // 2. At least one peer, and every one readable (400).
        let peers: Option<Vec<SocketAddr>> = who.request.peers().collect();
        let peers = peers
            .filter(|peers| !peers.is_empty())
            .ok_or(CODE_BAD_REQUEST)?;
        // 3. Every one must be of the relayed address's family (443) and allowed (403). One refused
        //    peer refuses the request: nothing is installed.
        for peer in &peers {
            self.judge_peer(who, slot, *peer, plane)?;
        }
        // 4. All at once, or none for want of room (508).
        let addresses: Vec<IpAddr> = peers.iter().map(SocketAddr::ip).collect();
        plane
            .permit(slot, &addresses, now.seconds + PERMISSION_SECONDS, now)
            .map_err(|_| CODE_INSUFFICIENT_CAPACITY)?;
        Ok(Reply::success(who.request))
    }
}
