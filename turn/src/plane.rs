//! The seam between deciding and moving.
//!
//! The control plane ([`crate::desk`]) decides: who may allocate, permit, bind, refresh, until when.
//! The data plane holds the outcome and moves packets by it. This trait is all that the first knows
//! of the second, so that the second can be replaced.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use stun::integrity::MessageIntegrity;

use crate::{
    calls::CallTag,
    ports::RelayPort,
    sys::address::{FiveTuple, SockAddr},
    usage::Meter,
};

/// The time, read once per batch of packets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Now {
    /// Milliseconds of a clock that never goes back; all lifetimes count on it.
    pub ms: u64,
    /// The same in seconds.
    pub seconds: u64,
    /// Unix seconds; only credentials count on it.
    pub unix: u64,
}

/// How to reach a client.
#[derive(Clone, Copy)]
pub(crate) enum Path {
    /// By a UDP listener of the shard.
    Udp {
        /// Its number.
        listener: u16,
        /// The client.
        to: SockAddr,
    },
    /// By a stream of the shard.
    Stream(u32),
}

/// Number of an allocation within its shard.
pub(crate) type Slot = u32;

/// What the control plane must remember of an allocation. The data plane never looks inside.
pub(crate) struct Terms {
    pub username: Box<str>,
    pub call: Box<str>,
    pub participant: Box<str>,
    pub key: MessageIntegrity,
    /// The Allocate that made it, and the answer it got: a retransmission gets the same.
    pub transaction: [u8; 12],
    pub answer: Box<[u8]>,
    pub relayed: SocketAddr,
}

/// A new allocation.
pub(crate) struct Opening {
    pub five: FiveTuple,
    pub path: Path,
    pub port: RelayPort,
    pub tag: CallTag,
    pub meter: Arc<Meter>,
    pub terms: Terms,
    /// Second at which it ends.
    pub until: u64,
}

/// Why a channel or permission was not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotInstalled {
    /// The number is bound to another peer, or the peer to another number: 400.
    Conflict,
    /// The allocation holds as many as it may: 508.
    Full,
}

/// What the control plane may do to the data plane.
pub(crate) trait DataPlane {
    /// The allocation of a 5-tuple.
    fn find(&self, five: &FiveTuple) -> Option<Slot>;
    /// What was agreed for it.
    fn terms(&self, slot: Slot) -> Option<&Terms>;
    /// Begins to relay; `None` when the system refuses.
    fn open(&mut self, opening: Opening) -> Option<Slot>;
    /// Moves its end.
    fn extend(&mut self, slot: Slot, until: u64);
    /// Lets peers with these addresses in, all or none.
    fn permit(
        &mut self,
        slot: Slot,
        peers: &[IpAddr],
        until: u64,
        now: Now,
    ) -> Result<(), NotInstalled>;
    /// Binds a channel, or prolongs it.
    fn bind(
        &mut self,
        slot: Slot,
        number: u16,
        peer: SocketAddr,
        until: u64,
        now: Now,
    ) -> Result<(), NotInstalled>;
    /// Ends it and frees everything.
    fn close(&mut self, slot: Slot, now: Now);
}
