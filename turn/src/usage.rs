//! What was relayed, for whom: meters that the data plane writes without a lock, and the plain
//! numbers that others read. Never a user name, an address or a credential in a metric.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Packets and bytes of one direction. Bytes are payload: what the client or the peer sent,
/// without TURN framing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets relayed.
    pub packets: u64,
    /// Payload bytes relayed.
    pub bytes: u64,
}

/// What one participant of a call used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParticipantUsage {
    /// The participant, as in the credential.
    pub participant: String,
    /// From the client towards peers.
    pub up: Traffic,
    /// From peers towards the client.
    pub down: Traffic,
    /// Packets dropped: over the rate, over the budget, or a reader too slow.
    pub dropped: u64,
    /// Allocations that live now.
    pub allocations_live: u64,
    /// Allocations ever made.
    pub allocations: u64,
}

impl ParticipantUsage {
    /// Takes off what was counted before.
    pub(crate) fn subtract(&mut self, before: &ParticipantUsage) {
        let less = |now: &mut u64, then: u64| *now = now.saturating_sub(then);
        less(&mut self.up.packets, before.up.packets);
        less(&mut self.up.bytes, before.up.bytes);
        less(&mut self.down.packets, before.down.packets);
        less(&mut self.down.bytes, before.down.bytes);
        less(&mut self.dropped, before.dropped);
        less(&mut self.allocations, before.allocations);
    }

    /// Whether there is anything but names and what lives.
    pub(crate) fn moved(&self) -> bool {
        self.up.packets + self.down.packets + self.dropped + self.allocations > 0
    }
}

/// What one call used; live allocations are included up to the last packet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallUsage {
    /// Every participant that ever allocated, sorted by name.
    pub participants: Vec<ParticipantUsage>,
}

impl CallUsage {
    /// Payload bytes of all participants in both directions.
    pub fn bytes(&self) -> u64 {
        self.participants
            .iter()
            .map(|p| p.up.bytes + p.down.bytes)
            .sum()
    }

    /// Whether anything of this call went through the relay.
    pub fn relayed(&self) -> bool {
        self.bytes() > 0
    }
}

/// How much of the monthly budget is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Budget {
    /// No budget is set.
    #[default]
    Unlimited,
    /// Below 80 %.
    Plenty,
    /// 80 % or more is used: clients should lower their quality.
    Low,
    /// All of it is used: until the month ends, allocations have a lower rate, or none.
    Spent,
}

/// The codes with which requests of those who proved who they are can be refused.
pub const REFUSALS: [u16; 9] = [400, 403, 420, 437, 441, 442, 443, 486, 508];

/// Counters of the whole relay since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelayStats {
    /// Allocations that live now.
    pub allocations_live: u64,
    /// Allocations ever made.
    pub allocations: u64,
    /// Stream connections open now (TCP and TLS).
    pub streams_live: u64,
    /// From clients towards peers.
    pub up: Traffic,
    /// From peers towards clients.
    pub down: Traffic,
    /// Of all these, packets that went from client to client inside the process, never touching a
    /// relay socket (counted once).
    pub hairpinned: u64,
    /// Packets dropped because a rate, the budget or a reader's backlog was exceeded.
    pub dropped: u64,
    /// Of these, packets that a slow reader's backlog had no room for.
    pub backlogged: u64,
    /// Packets from peers without a permission, or for no allocation.
    pub strays: u64,
    /// 401 and 438 answers sent.
    pub challenges: u64,
    /// 401 and 438 answers withheld because one source asked too often.
    pub challenges_withheld: u64,
    /// Requests refused for another reason, by the codes of [`REFUSALS`]; the last is any other code.
    pub refusals: [u64; REFUSALS.len() + 1],
    /// Datagrams and frames that are no STUN and no ChannelData.
    pub malformed: u64,
    /// Bytes counted against the monthly budget.
    pub month_bytes: u64,
    /// State of the monthly budget.
    pub budget: Budget,
}

/// The live meter of one allocation. Only its shard writes, but for what is said to be otherwise;
/// anyone may read.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    up_packets: AtomicU64,
    up_bytes: AtomicU64,
    down_packets: AtomicU64,
    down_bytes: AtomicU64,
    /// Down, written by other shards that had a straight way to this client.
    crossed_packets: AtomicU64,
    crossed_bytes: AtomicU64,
    dropped: AtomicU64,
}

/// Adds without a locked instruction: right only because one thread writes.
#[inline]
pub(crate) fn add(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
}

impl Meter {
    #[inline]
    pub fn up(&self, bytes: usize) {
        add(&self.up_packets, 1);
        add(&self.up_bytes, bytes as u64);
    }

    #[inline]
    pub fn down(&self, bytes: usize) {
        add(&self.down_packets, 1);
        add(&self.down_bytes, bytes as u64);
    }

    /// As [`down`](Self::down), by any thread.
    #[inline]
    pub fn crossed(&self, bytes: usize) {
        self.crossed_packets.fetch_add(1, Relaxed);
        self.crossed_bytes.fetch_add(bytes as u64, Relaxed);
    }

    #[inline]
    pub fn dropped(&self) {
        add(&self.dropped, 1);
    }

    /// Adds this meter to a participant's sum.
    pub fn add_to(&self, usage: &mut ParticipantUsage) {
        usage.up.packets += self.up_packets.load(Relaxed);
        usage.up.bytes += self.up_bytes.load(Relaxed);
        usage.down.packets += self.down_packets.load(Relaxed) + self.crossed_packets.load(Relaxed);
        usage.down.bytes += self.down_bytes.load(Relaxed) + self.crossed_bytes.load(Relaxed);
        usage.dropped += self.dropped.load(Relaxed);
    }
}
