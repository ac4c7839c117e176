//! Counters of one shard: written by its thread alone, read by anyone.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::usage::{RelayStats, add};

macro_rules! counters {
    ($($name:ident),*) => {
        /// Monotonic counters.
        #[derive(Default)]
        pub(crate) struct Counters { $(pub $name: Counter),* }
    };
}

counters!(
    allocations,
    up_packets,
    up_bytes,
    down_packets,
    down_bytes,
    hairpinned,
    dropped,
    strays,
    challenges,
    challenges_withheld,
    refusals,
    malformed
);

/// One counter with a single writer.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub fn add(&self, n: u64) {
        add(&self.0, n);
    }

    #[inline]
    pub fn one(&self) {
        self.add(1);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Counters {
    pub fn add_to(&self, stats: &mut RelayStats) {
        stats.allocations += self.allocations.get();
        stats.up.packets += self.up_packets.get();
        stats.up.bytes += self.up_bytes.get();
        stats.down.packets += self.down_packets.get();
        stats.down.bytes += self.down_bytes.get();
        stats.hairpinned += self.hairpinned.get();
        stats.dropped += self.dropped.get();
        stats.strays += self.strays.get();
        stats.challenges += self.challenges.get();
        stats.challenges_withheld += self.challenges_withheld.get();
        stats.refusals += self.refusals.get();
        stats.malformed += self.malformed.get();
    }
}
