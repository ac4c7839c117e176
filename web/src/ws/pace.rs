//! How fast one socket may talk.

use parlor_domain::{
    bucket::Bucket,
    time::{Millis, Timestamp},
};

/// Frames per second, sustained.
pub(super) const FRAMES_PER_SECOND: u32 = 50;
/// Frames at once; a call setup sends its candidates in a burst.
pub(super) const FRAME_BURST: u32 = 200;
/// Kilobytes per second, sustained and at once.
const KIB_PER_SECOND: u32 = 256;
/// Violations within [`WINDOW`] that end the connection.
const VIOLATIONS_MAX: usize = 3;
/// See [`VIOLATIONS_MAX`].
const WINDOW: Millis = Millis::from_secs(10);
/// Requests that cannot be understood: per second, and at once.
const BAD_REQUESTS: (u32, u32) = (1, 20);

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Take it.
    Fine,
    /// Refuse it with words.
    TooFast,
    /// Close.
    Enough,
}

/// The limits of one socket.
pub(super) struct Limits {
    frames: Bucket,
    kib: Bucket,
    bad: Bucket,
    violations: Vec<Timestamp>,
}

impl Limits {
    pub fn new(now: Timestamp) -> Self {
        Self {
            frames: Bucket::new(FRAMES_PER_SECOND, FRAME_BURST, now),
            kib: Bucket::new(KIB_PER_SECOND, KIB_PER_SECOND, now),
            bad: Bucket::new(BAD_REQUESTS.0, BAD_REQUESTS.1, now),
            violations: Vec::new(),
        }
    }

    /// A frame of so many bytes came in.
    pub fn frame(&mut self, bytes: usize, now: Timestamp) -> Pace {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        // Both are charged, so that neither hides behind the other.
        let (frames, kib) = (self.frames.take(1, now), self.kib.take(kib, now));
        if frames && kib {
            return Pace::Fine;
        }
        self.violations.retain(|at| now.since(*at) < WINDOW);
        self.violations.push(now);
        if self.violations.len() >= VIOLATIONS_MAX {
            return Pace::Enough;
        }
        Pace::TooFast
    }

    /// A request could not be understood; false when there were too many.
    pub fn bad_request(&mut self, now: Timestamp) -> bool {
        self.bad.take(1, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_candidates_passes_and_a_flood_ends() {
        let mut limits = Limits::new(Timestamp(0));
        let burst = (0..200).all(|_| limits.frame(500, Timestamp(0)) == Pace::Fine);
        assert!(burst);
        assert_eq!(limits.frame(1, Timestamp(0)), Pace::TooFast);
        assert_eq!(limits.frame(1, Timestamp(0)), Pace::TooFast);
        assert_eq!(limits.frame(1, Timestamp(0)), Pace::Enough);
    }

    #[test]
    fn a_violation_now_and_then_is_forgiven() {
        let mut limits = Limits::new(Timestamp(0));
        for round in 0..10 {
            let now = Timestamp(round * 11_000);
            while limits.frame(1, now) == Pace::Fine {}
        }
    }
}
