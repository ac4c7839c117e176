//! Counters of one shard: written by its thread alone, read by anyone.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::usage::{REFUSALS, RelayStats, add};

macro_rules! counters {
    ($($name:ident),*) => {
        /// Monotonic counters.
        #[derive(Default)]
        pub(crate) struct Counters {
            $(pub $name: Counter,)*
            /// By the codes of [`REFUSALS`], then any other.
            refused: [Counter; REFUSALS.len() + 1],
        }
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
    backlogged,
    strays,
    challenges,
    challenges_withheld,
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
    /// A request was refused with this code.
    pub fn refuse(&self, code: u16) {
        let index = REFUSALS.iter().position(|it| *it == code);
        self.refused[index.unwrap_or(REFUSALS.len())].one();
    }

    pub fn add_to(&self, stats: &mut RelayStats) {
        stats.allocations += self.allocations.get();
        stats.up.packets += self.up_packets.get();
        stats.up.bytes += self.up_bytes.get();
        stats.down.packets += self.down_packets.get();
        stats.down.bytes += self.down_bytes.get();
        stats.hairpinned += self.hairpinned.get();
        stats.dropped += self.dropped.get();
        stats.backlogged += self.backlogged.get();
        stats.strays += self.strays.get();
        stats.challenges += self.challenges.get();
        stats.challenges_withheld += self.challenges_withheld.get();
        for (sum, counter) in stats.refusals.iter_mut().zip(&self.refused) {
            *sum += counter.get();
        }
        stats.malformed += self.malformed.get();
    }
}
