//! A token bucket: so many at once, so many per second.

use crate::time::Timestamp;

/// How much is let through. Counts thousandths, so that slow rates do not round to nothing.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    per_second: i64,
    most: i64,
    milli: i64,
    filled_at: Timestamp,
}

impl Bucket {
    /// Full. `per_second` flows in, at most `most` stay.
    pub fn new(per_second: u32, most: u32, now: Timestamp) -> Self {
        let most = i64::from(most) * 1_000;
        Self {
            per_second: i64::from(per_second),
            most,
            milli: most,
            filled_at: now,
        }
    }

    /// Takes `n`, or nothing.
    pub fn take(&mut self, n: u32, now: Timestamp) -> bool {
        let passed = now.since(self.filled_at).0.min(3_600_000);
        self.filled_at = now;
        self.milli = (self.milli + passed * self.per_second).min(self.most);
        let price = i64::from(n) * 1_000;
        if self.milli < price {
            return false;
        }
        self.milli -= price;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_only_the_rate() {
        let mut bucket = Bucket::new(2, 3, Timestamp(0));
        let taken: Vec<bool> = (0..4).map(|_| bucket.take(1, Timestamp(0))).collect();
        assert_eq!(taken, [true, true, true, false]);
        assert!(!bucket.take(1, Timestamp(499)));
        assert!(bucket.take(1, Timestamp(500)));
        assert!(!bucket.take(1, Timestamp(400)), "a clock that stepped back");
        assert!(bucket.take(3, Timestamp(1_000_000)));
    }
}
