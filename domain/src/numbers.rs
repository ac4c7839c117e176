//! How a server does, hour by hour: a machine that turns counters which begin anew with each process
//! into hours that do not. No number in here belongs to anybody.

use crate::{
    money::MilliCoins,
    time::{Millis, Timestamp},
};

/// An hour.
pub const HOUR: Millis = Millis::from_mins(60);

/// What the parts count, since the process began, or ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Calls that began, since the process did.
    pub started: u64,
    /// Calls that did not come about although two people were there.
    pub failed: u64,
    /// Calls that ended, from browser to browser.
    pub direct: u64,
    /// Calls that ended, through the relay.
    pub relayed: u64,
    /// Bytes through the relay.
    pub relay_bytes: u64,
    /// Sockets that are open.
    pub sockets: u64,
    /// Coins ever sold, less those that were given back.
    pub sold: MilliCoins,
    /// The house's share of everything ever charged.
    pub fees: MilliCoins,
}

/// One hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When it began; the start of an hour of UTC.
    pub at: Timestamp,
    /// Calls that began.
    pub started: u64,
    /// Calls that did not come about.
    pub failed: u64,
    /// Calls that ended, from browser to browser.
    pub direct: u64,
    /// Calls that ended, through the relay.
    pub relayed: u64,
    /// Bytes through the relay.
    pub relay_bytes: u64,
    /// Most sockets that were open at once.
    pub sockets_max: u64,
    /// Coins ever sold by its end.
    pub sold: MilliCoins,
    /// The house's share of everything by its end.
    pub fees: MilliCoins,
}

impl Default for Hour {
    /// An hour of 1970 in which nothing was.
    fn default() -> Self {
        Self {
            at: Timestamp(0),
            started: 0,
            failed: 0,
            direct: 0,
            relayed: 0,
            relay_bytes: 0,
            sockets_max: 0,
            sold: MilliCoins::ZERO,
            fees: MilliCoins::ZERO,
        }
    }
}

/// The start of the hour of an instant.
pub fn hour_of(at: Timestamp) -> Timestamp {
    at - Millis(at.0.rem_euclid(HOUR.0))
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct Clockwork {
    last: Reading,
    hour: Hour,
}

impl Clockwork {
    /// Goes on with the hour that was kept last, if it is still that hour. The counters of the process
    /// stand at zero.
    pub fn new(kept: Option<Hour>, now: Timestamp) -> Self {
        let at = hour_of(now);
        Self {
            last: Reading::default(),
            hour: kept.filter(|it| it.at == at).unwrap_or(Hour {
                at,
                ..Hour::default()
            }),
        }
    }

    /// Looks at the counters; gives the hour as it is to be kept now. What was counted since the last
    /// look belongs to the hour of this one.
    pub fn look(&mut self, now: Reading, at: Timestamp) -> Hour {
        // A clock that steps back does not bring an hour back.
        let at = hour_of(at).max(self.hour.at);
        if at > self.hour.at {
            self.hour = Hour {
                at,
                ..Hour::default()
            };
        }
        let (last, hour) = (self.last, &mut self.hour);
        hour.started += now.started.saturating_sub(last.started);
        hour.failed += now.failed.saturating_sub(last.failed);
        hour.direct += now.direct.saturating_sub(last.direct);
        hour.relayed += now.relayed.saturating_sub(last.relayed);
        hour.relay_bytes += now.relay_bytes.saturating_sub(last.relay_bytes);
        hour.sockets_max = hour.sockets_max.max(now.sockets);
        hour.sold = now.sold;
        hour.fees = now.fees;
        self.last = now;
        *hour
    }
}

/// What a month will come to when it goes on as it did: `used` by now, of a month that began at
/// `began` and ends at `ends`. None on its first day, when nothing can be said.
pub fn forecast(used: u64, began: Timestamp, now: Timestamp, ends: Timestamp) -> Option<u64> {
    let (passed, whole) = (now.since(began).0, ends.since(began).0);
    if passed < Millis::from_days(1).0 || whole <= 0 {
        return None;
    }
    let come_to =
        u128::from(used) * u128::from(whole.unsigned_abs()) / u128::from(passed.unsigned_abs());
    Some(u64::try_from(come_to).unwrap_or(u64::MAX).max(used))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp(minutes * 60_000)
    }

    fn reading(started: u64, sockets: u64, sold: i64) -> Reading {
        Reading {
            started,
            sockets,
            sold: MilliCoins(sold),
            ..Reading::default()
        }
    }

    #[test]
    fn hours_have_what_was_counted_in_them_over_restarts() {
        let mut clockwork = Clockwork::new(None, at(5));
        clockwork.look(reading(2, 9, 100), at(6));
        let first = clockwork.look(reading(3, 4, 100), at(59));
        assert_eq!((first.at, first.started), (at(0), 3));
        assert_eq!((first.sockets_max, first.sold), (9, MilliCoins(100)));
        let second = clockwork.look(reading(5, 1, 150), at(61));
        assert_eq!(
            (second.at, second.started, second.sockets_max),
            (at(60), 2, 1)
        );
        // A new process counts from zero, in the same hour.
        let mut clockwork = Clockwork::new(Some(second), at(70));
        let after = clockwork.look(reading(1, 0, 150), at(71));
        assert_eq!((after.at, after.started, after.sockets_max), (at(60), 3, 1));
        // In another hour, nothing of the kept one is counted again.
        let mut clockwork = Clockwork::new(Some(after), at(300));
        let later = clockwork.look(reading(1, 2, 150), at(301));
        assert_eq!((later.at, later.started), (at(300), 1));
        let back = clockwork.look(reading(1, 2, 150), at(200));
        assert_eq!(back.at, at(300), "a clock that steps back");
    }

    #[test]
    fn a_month_is_foretold_from_its_days() {
        let day = |n: i64| Timestamp(n * 86_400_000);
        assert_eq!(forecast(10, day(0), day(10), day(30)), Some(30));
        assert_eq!(forecast(10, day(0), day(30), day(30)), Some(10));
        assert_eq!(forecast(10, day(0), Timestamp(1), day(30)), None);
        assert_eq!(forecast(u64::MAX, day(0), day(1), day(30)), Some(u64::MAX));
    }
}
