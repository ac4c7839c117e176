//! How many of the last hour's calls failed.
//!
//! The counters of the process only rise; the window keeps a sample of them every five minutes and
//! compares the newest with the oldest.

use std::collections::VecDeque;

use crate::time::{Millis, Timestamp};

/// Between two samples that are kept.
const STEP: Millis = Millis::from_mins(5);
/// How far back it looks.
const SPAN: Millis = Millis::from_mins(60);

/// The window.
#[derive(Clone, Debug)]
pub struct Window {
    samples: VecDeque<(Timestamp, Tries)>,
}

/// Calls that began and that did not come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Began.
    pub started: u64,
    /// Did not.
    pub failed: u64,
}

impl Tries {
    /// Of a hundred tries so many failed; none were made is 0.
    pub fn failed_percent(self) -> u64 {
        let all = self.started + self.failed;
        (self.failed * 100).checked_div(all).unwrap_or(0)
    }
}

impl Window {
    /// Begins to look at counters that stand so.
    pub fn new(counters: Tries, now: Timestamp) -> Self {
        Self {
            samples: VecDeque::from([(now, counters)]),
        }
    }

    /// The counters stand so; gives what was added within the last hour.
    pub fn add(&mut self, counters: Tries, now: Timestamp) -> Tries {
        if let Some((last, _)) = self.samples.back()
            && now.since(*last) >= STEP
        {
            self.samples.push_back((now, counters));
        }
        while let Some((second, _)) = self.samples.get(1)
            && now.since(*second) >= SPAN
        {
            self.samples.pop_front();
        }
        let (_, oldest) = self.samples.front().copied().unwrap_or((now, counters));
        Tries {
            started: counters.started.saturating_sub(oldest.started),
            failed: counters.failed.saturating_sub(oldest.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_looked_at_and_what_was_before_is_forgotten() {
        let at = |minutes| Timestamp(0) + Millis::from_mins(minutes);
        let counters = |started, failed| Tries { started, failed };
        let mut window = Window::new(counters(10, 0), at(0));
        assert_eq!(window.add(counters(27, 3), at(1)).failed_percent(), 15);
        for minute in 2..=59 {
            assert_eq!(window.add(counters(27, 3), at(minute)), counters(17, 3));
        }
        assert_eq!(window.add(counters(27, 3), at(66)), counters(0, 0));
        assert_eq!(counters(0, 0).failed_percent(), 0);
        assert!(window.samples.len() <= 13, "{window:?}");
    }
}
