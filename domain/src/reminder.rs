//! Reminders: when a meeting reminds its people, and in which words the rest of the time is told.
//!
//! Must never assume that a sweep comes in time: the words count the real minutes (C14), and a
//! reminder later than its use is not sent.

use crate::time::{Millis, Timestamp};

/// How long before the start people are reminded, unless configured otherwise (R220, R222).
pub const LEADS: [Millis; 3] = [
    Millis::from_days(1),
    Millis::from_mins(60),
    Millis::from_mins(15),
];
/// After the start plus this, a reminder is of no use.
pub const USELESS_AFTER: Millis = Millis::from_mins(10);

/// The instants at which to remind, earliest first. A lead that is past already is left out: who
/// is invited five minutes before the start has the invitation in hand.
pub fn plan(starts_at: Timestamp, leads: &[Millis], now: Timestamp) -> Vec<Timestamp> {
    let mut due: Vec<_> = leads
        .iter()
        .map(|lead| starts_at - *lead)
        .filter(|due| *due > now)
        .collect();
    due.sort_unstable();
    due.dedup();
    due
}

/// Whether a later reminder of the same meeting is due as well. After a time in which nobody swept,
/// people get the last word only and not three in a row.
pub fn is_outrun(
    due_at: Timestamp,
    starts_at: Timestamp,
    leads: &[Millis],
    now: Timestamp,
) -> bool {
    leads
        .iter()
        .map(|lead| starts_at - *lead)
        .any(|other| due_at < other && other <= now)
}

/// Whole minutes until the start, rounded to the nearest; zero once it has begun.
pub fn minutes_left(starts_at: Timestamp, now: Timestamp) -> i64 {
    (starts_at.since(now).0 + 30_000) / 60_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_ahead_is_planned() {
        let start = Timestamp(0) + Millis::from_days(2);
        let at = |lead| start - lead;
        let [day, hour, quarter] = LEADS.map(at);
        let cases = [
            (Timestamp(0), vec![day, hour, quarter]),
            (at(Millis::from_mins(60)), vec![quarter]),
            (at(Millis::from_mins(5)), vec![]),
            (start + Millis::from_mins(5), vec![]),
        ];
        for (now, expected) in cases {
            assert_eq!(plan(start, &LEADS, now), expected, "{now:?}");
        }
    }

    #[test]
    fn only_the_last_of_several_due_ones_is_said() {
        let start = Timestamp(0) + Millis::from_days(2);
        let [day, hour, quarter] = LEADS.map(|lead| start - lead);
        for (due, now, outrun) in [
            (day, day, false),
            (day, hour - Millis(1), false),
            (day, hour, true),
            (hour, quarter, true),
            (quarter, start, false),
        ] {
            assert_eq!(
                is_outrun(due, start, &LEADS, now),
                outrun,
                "{due:?} {now:?}"
            );
        }
    }

    #[test]
    fn the_words_tell_the_real_minutes() {
        let start = Timestamp(10_000_000);
        for (before_ms, minutes) in [(900_000, 15), (840_000, 14), (89_000, 1), (0, 0), (-5, 0)] {
            assert_eq!(
                minutes_left(start, Timestamp(10_000_000 - before_ms)),
                minutes
            );
        }
    }
}
