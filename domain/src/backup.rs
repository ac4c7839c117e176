//! When a backup is due, and which of the old ones stay.

use crate::time::{Millis, Timestamp};

const DAY: i64 = Millis::from_days(1).0;
const HOUR: i64 = 3_600_000;
/// After one that failed, the next is tried so much later.
pub const RETRY: Millis = Millis(HOUR);

/// How many of the old ones stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The newest of so many days that have one.
    pub daily: usize,
    /// The newest of so many weeks (Monday to Sunday, UTC) that have one.
    pub weekly: usize,
}

/// The last try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// When it was begun.
    pub at: Timestamp,
    /// Whether a backup came of it.
    pub made: bool,
}

/// Whether a backup is due: none was ever made, the hour (UTC, 0 to 23) of this day or of the day
/// before has come since the last one, or the last one failed a while ago.
pub fn is_due(hour: u8, last: Option<Last>, now: Timestamp) -> bool {
    let Some(last) = last else {
        return true;
    };
    if !last.made {
        return now >= last.at + RETRY;
    }
    let today = now.0.div_euclid(DAY) * DAY + i64::from(hour) * HOUR;
    let latest = if now.0 >= today { today } else { today - DAY };
    last.at.0 < latest
}

/// Which of these may go, given when each was made, in any order. The newest always stays.
pub fn superfluous(made: &[Timestamp], keep: Keep) -> Vec<Timestamp> {
    let mut newest_first = made.to_vec();
    newest_first.sort_unstable();
    newest_first.reverse();
    newest_first.dedup();
    let day = |it: &Timestamp| it.0.div_euclid(DAY);
    // The first day of 1970 was a Thursday.
    let week = |it: &Timestamp| (day(it) + 3).div_euclid(7);
    let mut stays: Vec<Timestamp> = newest_first.first().copied().into_iter().collect();
    stays.extend(newest_of_each(&newest_first, day, keep.daily));
    stays.extend(newest_of_each(&newest_first, week, keep.weekly));
    newest_first.retain(|it| !stays.contains(it));
    newest_first
}

fn newest_of_each(
    newest_first: &[Timestamp],
    span: impl Fn(&Timestamp) -> i64,
    most: usize,
) -> Vec<Timestamp> {
    let mut newest: Vec<Timestamp> = Vec::new();
    for it in newest_first {
        if newest.last().is_none_or(|last| span(last) != span(it)) {
            newest.push(*it);
        }
    }
    newest.truncate(most);
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Day 0 is a Thursday.
    fn at(day: i64, hour: i64) -> Timestamp {
        Timestamp(day * DAY + hour * HOUR)
    }

    #[test]
    fn one_a_day_is_due_and_a_failed_one_is_tried_again() {
        let made = |it| Some(Last { at: it, made: true });
        let failed = |it| {
            Some(Last {
                at: it,
                made: false,
            })
        };
        for (last, now, due) in [
            (None, at(9, 0), true),
            (made(at(9, 3)), at(9, 4), false),
            (made(at(9, 3)), at(10, 2), false),
            (made(at(9, 3)), at(10, 3), true),
            (made(at(9, 2)), at(9, 3), true),
            (made(at(5, 3)), at(10, 1), true),
            (failed(at(9, 3)), at(9, 3), false),
            (failed(at(9, 3)), at(9, 4), true),
        ] {
            assert_eq!(is_due(3, last, now), due, "{last:?} at {now:?}");
        }
    }

    #[test]
    fn a_year_of_backups_leaves_days_and_weeks() {
        let keep = Keep {
            daily: 7,
            weekly: 4,
        };
        let mut there: Vec<Timestamp> = Vec::new();
        for day in 0..365 {
            there.push(at(day, 3));
            for gone in superfluous(&there, keep) {
                there.retain(|it| *it != gone);
            }
            assert!(there.len() <= 11, "day {day}: {}", there.len());
        }
        let days: Vec<i64> = there.iter().map(|it| it.0 / DAY).collect();
        // Day 364 is a Thursday; Sundays are 360, 353 and 346.
        assert_eq!(days, [346, 353, 358, 359, 360, 361, 362, 363, 364]);
    }

    #[test]
    fn several_of_one_day_leave_the_newest_and_the_newest_never_goes() {
        let there = [at(8, 1), at(9, 1), at(9, 5), at(9, 3)];
        let keep = |daily, weekly| superfluous(&there, Keep { daily, weekly });
        assert_eq!(keep(2, 0), [at(9, 3), at(9, 1)]);
        assert_eq!(keep(0, 0), [at(9, 3), at(9, 1), at(8, 1)]);
    }
}
