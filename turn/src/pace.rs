//! Rates: how much may pass. What exceeds is dropped, never queued: a late media packet is worth
//! less than a lost one.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};

use crate::usage::Budget;

/// Time that a burst may use at once, in milliseconds of the rate: a key frame comes as one burst.
const BURST_MS: i64 = 500;
/// Packets up to this size may use a bucket to its end: voice, STUN and RTCP. Larger ones, which are
/// pictures, leave the last part of it to them. So when a rate is exceeded, pictures are lost and
/// voices are not.
const SMALL_BYTES: usize = 400;
/// The part of a full bucket that is left to small packets: one in so many.
const SMALL_PART: i64 = 4;

/// The rate of one allocation. Owned by one shard; no clock is read here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    tokens: i64,
    filled_ms: u64,
    /// Bytes per millisecond; 0 is unlimited.
    rate: i64,
}

impl Bucket {
    /// A full bucket of `kbit` per second; a kilobit per second is 125 bytes per 1000 ms.
    pub fn new(kbit: u64, now_ms: u64) -> Bucket {
        let rate = bytes_per_ms(kbit);
        Bucket {
            tokens: rate * BURST_MS,
            filled_ms: now_ms,
            rate,
        }
    }

    /// Sets another rate; what was saved up is cut to it.
    pub fn set_rate(&mut self, kbit: u64) {
        let rate = bytes_per_ms(kbit);
        if rate != self.rate {
            // From unlimited to a rate: a full bucket of it.
            let most = rate * BURST_MS;
            self.tokens = if self.rate == 0 {
                most
            } else {
                self.tokens.min(most)
            };
            self.rate = rate;
        }
    }

    /// Whether these bytes may pass now.
    #[inline]
    pub fn take(&mut self, bytes: usize, now_ms: u64) -> bool {
        if self.rate == 0 {
            return true;
        }
        if now_ms != self.filled_ms {
            let elapsed = now_ms.saturating_sub(self.filled_ms).min(BURST_MS as u64) as i64;
            self.tokens = (self.tokens + elapsed * self.rate).min(self.rate * BURST_MS);
            self.filled_ms = now_ms;
        }
        let kept = if bytes > SMALL_BYTES {
            self.rate * BURST_MS / SMALL_PART
        } else {
            0
        };
        if self.tokens < bytes as i64 + kept {
            return false;
        }
        self.tokens -= bytes as i64;
        true
    }
}

fn bytes_per_ms(kbit: u64) -> i64 {
    if kbit == 0 {
        0
    } else {
        (kbit / 8).clamp(1, i64::MAX as u64 / 100_000) as i64
    }
}

/// The rate and the monthly budget of the whole relay. Shards settle once per batch.
pub(crate) struct Pace {
    rate: i64,
    tokens: AtomicI64,
    filled_ms: AtomicU64,
    month_max: u64,
    /// Whether a spent month ends everything; else allocations get a lower rate.
    month_stops: bool,
    month: AtomicU64,
    /// 1 when packets may pass.
    open: AtomicU8,
}

impl Pace {
    pub fn new(kbit_total: u64, bytes_per_month: u64, month_stops: bool, now_ms: u64) -> Pace {
        let rate = bytes_per_ms(kbit_total);
        Pace {
            rate,
            tokens: AtomicI64::new(rate * BURST_MS),
            filled_ms: AtomicU64::new(now_ms),
            month_max: bytes_per_month,
            month_stops,
            month: AtomicU64::new(0),
            open: AtomicU8::new(1),
        }
    }

    /// Whether the next batch may pass at all.
    #[inline]
    pub fn open(&self) -> bool {
        self.open.load(Relaxed) == 1
    }

    /// Books the bytes of a batch and decides about the next one.
    pub fn settle(&self, bytes: u64, now_ms: u64) {
        let month = self.month.fetch_add(bytes, Relaxed) + bytes;
        let mut open = self.month_max == 0 || !self.month_stops || month < self.month_max;
        if self.rate > 0 {
            let filled = self.filled_ms.load(Relaxed);
            let elapsed = now_ms.saturating_sub(filled).min(BURST_MS as u64) as i64;
            // The shard that moves the time on fills the bucket; another sees the new time.
            let gain = if elapsed > 0
                && self
                    .filled_ms
                    .compare_exchange(filled, now_ms, Relaxed, Relaxed)
                    .is_ok()
            {
                elapsed * self.rate
            } else {
                0
            };
            let change = gain - bytes as i64;
            let tokens = self.tokens.fetch_add(change, Relaxed) + change;
            let most = self.rate * BURST_MS;
            if tokens > most {
                self.tokens.fetch_sub(tokens - most, Relaxed);
            }
            open &= tokens > 0;
        }
        self.open.store(u8::from(open), Relaxed);
    }

    pub fn set_month(&self, bytes: u64, now_ms: u64) {
        self.month.store(bytes, Relaxed);
        self.settle(0, now_ms);
    }

    /// Whether the month's budget is used up and nothing may be relayed any more.
    pub fn stopped(&self) -> bool {
        self.month_stops && self.budget() == Budget::Spent
    }

    pub fn month(&self) -> u64 {
        self.month.load(Relaxed)
    }

    pub fn budget(&self) -> Budget {
        match (self.month_max, self.month()) {
            (0, _) => Budget::Unlimited,
            (most, used) if used >= most => Budget::Spent,
            (most, used) if used >= most / 5 * 4 => Budget::Low,
            _ => Budget::Plenty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_lets_the_rate_pass_and_no_more() {
        let mut bucket = Bucket::new(8000, 0); // 1000 bytes per ms
        let mut passed = 0;
        for ms in 0..10_000 {
            for _ in 0..10 {
                passed += usize::from(bucket.take(400, ms)) * 400;
            }
        }
        assert!((10_000_000..=10_500_000).contains(&passed), "{passed}");
        assert!(Bucket::new(0, 0).take(usize::MAX, 0));
    }

    #[test]
    fn the_total_closes_and_opens_again() {
        let pace = Pace::new(8000, 0, true, 0);
        pace.settle(600_000, 1);
        assert!(!pace.open());
        pace.settle(0, 300);
        assert!(pace.open());
    }

    #[test]
    fn when_it_is_too_much_pictures_are_lost_and_voices_are_not() {
        let mut bucket = Bucket::new(128, 0); // 16 bytes per ms
        let (mut voices, mut pictures) = (0, 0);
        for ms in 0..10_000 {
            // 64 kbit/s of voice, both directions, among eight times as much picture.
            voices += u32::from(ms % 20 == 0 && bucket.take(160, ms));
            pictures += u32::from(bucket.take(1200, ms));
        }
        assert_eq!(voices, 500, "not one is lost");
        assert!((50..100).contains(&pictures), "{pictures}: what is left");
    }

    #[test]
    fn a_rate_can_be_lowered_and_raised() {
        let mut bucket = Bucket::new(0, 0);
        bucket.set_rate(8);
        assert!(bucket.take(300, 0) && !bucket.take(300, 0));
        bucket.set_rate(8000);
        assert!(!bucket.take(300, 0), "nothing is given");
        assert!(bucket.take(300, 1));
    }

    #[test]
    fn a_spent_month_need_not_stop_anything() {
        let pace = Pace::new(0, 1000, false, 0);
        pace.settle(2000, 1);
        assert!(pace.open() && !pace.stopped() && pace.budget() == Budget::Spent);
    }

    #[test]
    fn the_month_warns_at_eighty_percent_and_ends() {
        let pace = Pace::new(0, 1000, true, 0);
        assert_eq!(pace.budget(), Budget::Plenty);
        pace.settle(800, 1);
        assert!(pace.open() && pace.budget() == Budget::Low);
        pace.settle(200, 2);
        assert!(!pace.open() && pace.budget() == Budget::Spent);
        pace.set_month(0, 3);
        assert!(pace.open() && pace.budget() == Budget::Plenty);
    }
}
