//! When a TLS certificate is renewed, and what is said of one that runs out.
//!
//! A certificate is renewed when a third of its life remains (of ninety days: thirty), so that a
//! month of failures hurts nobody. After a failure the wait doubles; authorities refuse those who
//! ask too often, so it never becomes short again before something succeeded.

use crate::time::{Millis, Timestamp};

/// Longest wait between two attempts.
const WAIT_MAX: Millis = Millis::from_mins(6 * 60);
/// What remains is said in a warning when it is less than this, or less than a quarter of the life.
const ENDING: Millis = Millis::from_days(14);

/// From when until when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Good from here.
    pub from: Timestamp,
    /// Good until here.
    pub until: Timestamp,
}

/// How far a certificate is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It is not good yet: somebody's clock is wrong.
    NotYet,
    /// It is good, and not for a short time only.
    Good,
    /// It is good, but should have been renewed.
    Ending,
    /// It is not good any more.
    Over,
}

impl Validity {
    fn life(self) -> Millis {
        Millis(self.until.since(self.from).0.max(0))
    }

    /// When it should be replaced.
    pub fn renew_at(self) -> Timestamp {
        Timestamp(self.until.0.saturating_sub(self.life().0 / 3))
    }

    /// What is to be said of it now.
    pub fn age(self, now: Timestamp) -> Age {
        let ending = ENDING.0.min(self.life().0 / 4);
        match self.until.0.saturating_sub(now.0) {
            _ if now < self.from => Age::NotYet,
            left if left <= 0 => Age::Over,
            left if left <= ending => Age::Ending,
            _ => Age::Good,
        }
    }
}

/// Decides when to ask for a certificate.
#[derive(Clone, Debug)]
pub struct Renewal {
    first_wait: Millis,
    failures: u32,
    not_before: Timestamp,
}

impl Renewal {
    /// Begins without failures; the first one waits this long.
    pub fn new(first_wait: Millis) -> Self {
        Self {
            first_wait,
            failures: 0,
            not_before: Timestamp(i64::MIN),
        }
    }

    /// The last attempt before this start failed then: a server that starts again and again must
    /// not ask with every start.
    #[must_use]
    pub fn after_failure(self, at: Timestamp, now: Timestamp) -> Self {
        // A clock that was wrong must not hold it up for longer than a failure now would.
        let not_before = at.min(now) + self.first_wait;
        Self { not_before, ..self }
    }

    /// Whether to ask now. `fit` is the one in use, if it is for all the names that are wanted.
    pub fn due(&self, fit: Option<Validity>, now: Timestamp) -> bool {
        let wanted = fit.is_none_or(|it| now >= it.renew_at() || now < it.from);
        wanted && now >= self.not_before
    }

    /// An attempt failed. `spread` is a random number: a quarter of the wait is left to it, so that
    /// not everybody whom one failure hit comes again at once. Gives how long to wait.
    pub fn failed(&mut self, now: Timestamp, spread: u8) -> Millis {
        let wait = self.first_wait.0.max(1) << self.failures.min(24);
        let wait = wait.min(WAIT_MAX.0);
        let wait = Millis(wait + wait / 4 * i64::from(spread) / 255);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + wait;
        wait
    }

    /// An attempt succeeded.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.not_before = Timestamp(i64::MIN);
    }

    /// Somebody asked for an attempt now: the wait is off, the failures still count.
    pub fn hurry(&mut self) {
        self.not_before = Timestamp(i64::MIN);
    }

    /// Attempts that failed since the last that succeeded.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn days(from: i64, until: i64) -> Validity {
        Validity {
            from: Timestamp(from * DAY),
            until: Timestamp(until * DAY),
        }
    }

    #[test]
    fn a_third_of_the_life_is_left_for_the_renewal() {
        let renewal = Renewal::new(Millis(1_000));
        for (life, renewed_at) in [(90, 60), (6, 4), (9, 6)] {
            let fit = Some(days(0, life));
            assert!(!renewal.due(fit, Timestamp(renewed_at * DAY - 1)), "{life}");
            assert!(renewal.due(fit, Timestamp(renewed_at * DAY)), "{life}");
        }
        assert!(renewal.due(None, Timestamp(0)), "there is none");
        assert!(
            renewal.due(Some(days(5, 95)), Timestamp(0)),
            "a wrong clock"
        );
    }

    #[test]
    fn waits_double_up_to_six_hours_and_begin_anew_after_a_success() {
        let mut renewal = Renewal::new(Millis::from_mins(2));
        let now = Timestamp(0);
        let waits: Vec<_> = (0..10).map(|_| renewal.failed(now, 0).0 / 60_000).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert!(!renewal.due(None, Timestamp(359 * 60_000)));
        assert!(renewal.due(None, Timestamp(360 * 60_000)));
        assert_eq!(renewal.failed(now, 255).0 / 60_000, 450, "a quarter more");
        renewal.hurry();
        assert!(renewal.due(None, now));
        assert_eq!(renewal.failures(), 11);
        renewal.succeeded();
        assert_eq!(renewal.failed(now, 0).0 / 60_000, 2);
    }

    #[test]
    fn a_server_that_starts_again_and_again_does_not_ask_each_time() {
        let (now, wait) = (Timestamp(DAY), Millis::from_mins(2));
        let due = |failed_at: i64, later: i64| {
            let renewal = Renewal::new(wait).after_failure(Timestamp(failed_at), now);
            renewal.due(None, now + Millis(later))
        };
        assert!(!due(DAY - 1_000, 0), "a second ago");
        assert!(due(DAY - 1_000, 119_000));
        assert!(due(0, 0), "yesterday");
        assert!(!due(9 * DAY, 0) && due(9 * DAY, 120_000), "a wrong clock");
    }

    #[test]
    fn a_warning_comes_before_the_end_and_after_the_renewal() {
        for (validity, day, age) in [
            (days(0, 90), -1, Age::NotYet),
            (days(0, 90), 0, Age::Good),
            (days(0, 90), 75, Age::Good),
            (days(0, 90), 76, Age::Ending),
            (days(0, 90), 90, Age::Over),
            // A short life: not a warning from its first day on.
            (days(0, 8), 5, Age::Good),
            (days(0, 8), 6, Age::Ending),
        ] {
            assert_eq!(validity.age(Timestamp(day * DAY)), age, "day {day}");
        }
    }
}
