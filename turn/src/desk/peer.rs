//! May this be a peer? The one place that decides it, for CreatePermission and ChannelBind alike.

use std::net::SocketAddr;

use stun::error_code::{CODE_FORBIDDEN, CODE_PEER_ADDR_FAMILY_MISMATCH, ErrorCode};

use super::{Authentic, Desk, allocate::family_of};
use crate::{
    PeerPolicy,
    plane::{DataPlane, Slot},
    policy::is_special_purpose,
};

impl Desk {
    pub(super) fn judge_peer(
        &self,
        who: &Authentic<'_>,
        slot: Slot,
        peer: SocketAddr,
        plane: &dyn DataPlane,
    ) -> Result<(), ErrorCode> {
        // The relayed address can only speak its own family (RFC 8656 section 9.1).
        let relayed = plane.terms(slot).map(|terms| family_of(terms.relayed.ip()));
        if relayed != Some(family_of(peer.ip())) {
            return Err(CODE_PEER_ADDR_FAMILY_MISMATCH);
        }
        if self.shared.may_be_peer(who.call, peer) {
            Ok(())
        } else {
            Err(CODE_FORBIDDEN)
        }
    }
}

impl crate::shared::Shared {
    /// Whether allocations of this call may exchange packets with this peer.
    pub(crate) fn may_be_peer(&self, call: &str, peer: SocketAddr) -> bool {
        // 1. Our own relayed addresses: live ones, of the same call unless the policy is wider. This
        //    comes first, since they lie on addresses that are refused below.
        if self.ports.in_range(&peer.into()) {
            let owner = self.ports.owner(&peer.into());
            return owner.is_some_and(|owner| {
                self.config.peer_policy != PeerPolicy::Call
                    || self.calls.tag(call) == Some(owner.tag)
            });
        }
        // 2. Tests only.
        if self.config.allow_loopback_peers && peer.ip().is_loopback() {
            return self.config.peer_policy != PeerPolicy::Call
                || self.calls.admitted(call, peer.ip());
        }
        // 3. Special-purpose addresses in any clothes, and this machine itself, are never peers.
        if is_special_purpose(peer.ip()) || self.own_addresses.contains(&peer.ip()) {
            return false;
        }
        // 4. The rest is the operator's choice.
        match &self.config.peer_policy {
            PeerPolicy::Public => true,
            PeerPolicy::Cidr(networks) => {
                networks.iter().any(|network| network.contains(peer.ip()))
            }
            PeerPolicy::Call => self.calls.admitted(call, peer.ip()),
        }
    }
}
