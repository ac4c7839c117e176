//! What waits to be sent on one socket, counted by whoever sends. Mailboxes do not bound anything,
//! and the socket's actor cannot count while it is frozen.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Most bytes. Twice what a session keeps, so that a full replay fits.
const BYTES_MAX: usize = 512 * 1024;
/// Most frames. Twice what a session keeps.
const FRAMES_MAX: usize = 1_024;
/// Cost of a frame beside its payload.
pub(super) const FRAME_BYTES: usize = 64;

/// The budget; clones share it.
#[derive(Clone, Default)]
pub(super) struct Budget(Arc<Used>);

#[derive(Default)]
struct Used {
    bytes: AtomicUsize,
    frames: AtomicUsize,
}

impl Budget {
    /// More than half is used: what can be missed is dropped.
    pub fn busy(&self) -> bool {
        self.bytes() * 2 >= BYTES_MAX || self.frames() * 2 >= FRAMES_MAX
    }

    /// Books a frame; false when it does not fit.
    pub fn take(&self, bytes: usize) -> bool {
        if self.bytes() + bytes > BYTES_MAX || self.frames() >= FRAMES_MAX {
            return false;
        }
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.0.frames.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// A frame went out.
    pub fn give_back(&self, bytes: usize) {
        self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.0.frames.fetch_sub(1, Ordering::Relaxed);
    }

    fn bytes(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }

    fn frames(&self) -> usize {
        self.0.frames.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_full_is_busy_and_full_is_full_until_something_went_out() {
        let budget = Budget::default();
        assert!(budget.take(BYTES_MAX / 2));
        assert!(budget.busy());
        assert!(budget.take(BYTES_MAX / 2));
        assert!(!budget.take(1));
        budget.give_back(BYTES_MAX / 2);
        assert!(budget.take(1));
    }

    #[test]
    fn many_small_frames_fill_it_too() {
        let budget = Budget::default();
        assert_eq!((0..2_000).filter(|_| budget.take(1)).count(), FRAMES_MAX);
    }
}
