//! Quiet hours: a span of the day, on some days of the week, in which nothing makes a sound.
//!
//! The span is of the reader's local time, so it lasts an hour longer or shorter when clocks change.
//! A day means the day on which the span begins. Must never read a clock.

use jiff::tz::TimeZone;

use crate::{account::BadField, availability::Span, slots, time::Timestamp};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// When it is quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    from: u16,
    to: u16,
    days: [bool; 7],
}

impl Quiet {
    /// From one minute after local midnight to another; up to the next day when the second is not the
    /// later one. On the days, from Monday, on which it begins.
    ///
    /// # Errors
    /// Minutes that no day has, a span of no or all time, and no day.
    pub fn new(from: u16, to: u16, days: [bool; 7]) -> Result<Self, BadField> {
        let bad = |field, why| Err(BadField { field, why });
        if from >= DAY {
            return bad("from", "This is no time of a day.");
        }
        if to >= DAY {
            return bad("to", "This is no time of a day.");
        }
        if from == to {
            return bad("to", "The end must differ from the beginning.");
        }
        if !days.contains(&true) {
            return bad("days", "Please choose at least one day.");
        }
        Ok(Self { from, to, days })
    }

    /// First minute.
    pub fn from(&self) -> u16 {
        self.from
    }

    /// First minute after it.
    pub fn to(&self) -> u16 {
        self.to
    }

    /// The days, from Monday, on which it begins.
    pub fn days(&self) -> [bool; 7] {
        self.days
    }

    /// When the quiet ends in which `now` lies; nothing when it is not quiet.
    pub fn until(&self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = slots::date_of(zone, now)?;
        let length = match self.to > self.from {
            true => self.to - self.from,
            false => self.to + DAY - self.from,
        };
        let span = Span {
            from: self.from,
            to: self.from + length,
        };
        [today.yesterday().ok(), Some(today)]
            .into_iter()
            .flatten()
            .filter(|date| {
                self.days[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())]
            })
            .filter_map(|date| slots::instants(zone, date, span))
            .filter(|(from, to)| *from <= now && now < *to)
            .map(|(_, to)| to)
            .max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = text.parse().unwrap();
        Timestamp(at.as_millisecond())
    }

    #[test]
    fn a_night_is_quiet_and_its_day_is_where_it_begins() {
        let utc = TimeZone::UTC;
        // Fridays and Saturdays; 2026-03-06 is a Friday.
        let days = [false, false, false, false, true, true, false];
        let it = Quiet::new(22 * 60, 7 * 60 + 30, days).unwrap();
        let sunday = Some(at("2026-03-08T07:30:00Z"));
        for (now, until) in [
            ("2026-03-06T21:59:59Z", None),
            ("2026-03-06T22:00:00Z", Some(at("2026-03-07T07:30:00Z"))),
            ("2026-03-07T07:29:59Z", Some(at("2026-03-07T07:30:00Z"))),
            ("2026-03-07T07:30:00Z", None),
            ("2026-03-07T23:00:00Z", sunday),
            ("2026-03-08T03:00:00Z", sunday),
            ("2026-03-08T22:30:00Z", None),
            ("2026-03-06T03:00:00Z", None),
        ] {
            assert_eq!(it.until(&utc, at(now)), until, "{now}");
        }
        let noon = Quiet::new(12 * 60, 13 * 60, [true; 7]).unwrap();
        assert_eq!(
            noon.until(&utc, at("2026-03-06T12:30:00Z")),
            Some(at("2026-03-06T13:00:00Z"))
        );
        assert_eq!(noon.until(&utc, at("2026-03-06T13:00:00Z")), None);
    }

    #[test]
    fn a_night_in_which_clocks_change_ends_at_its_local_time() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let it = Quiet::new(22 * 60, 7 * 60, [true; 7]).unwrap();
        for (now, until) in [
            // One hour less: from 22:00 +01 to 07:00 +02.
            ("2026-03-28T21:00:00Z", Some("2026-03-29T05:00:00Z")),
            ("2026-03-29T04:59:59Z", Some("2026-03-29T05:00:00Z")),
            ("2026-03-29T05:00:00Z", None),
            // One hour more.
            ("2026-10-24T20:00:00Z", Some("2026-10-25T06:00:00Z")),
            ("2026-10-25T05:59:59Z", Some("2026-10-25T06:00:00Z")),
            ("2026-10-25T06:00:00Z", None),
        ] {
            assert_eq!(it.until(&berlin, at(now)), until.map(at), "{now}");
        }
        // An end in the hour that is skipped comes when the hour would have been over, one in the
        // hour that comes twice with the second.
        let short = Quiet::new(60, 2 * 60 + 30, [true; 7]).unwrap();
        for (now, until) in [
            ("2026-03-29T00:10:00Z", "2026-03-29T01:30:00Z"),
            ("2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z"),
        ] {
            assert_eq!(short.until(&berlin, at(now)), Some(at(until)), "{now}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for (from, to, days, field) in [
            (DAY, 5, [true; 7], "from"),
            (5, DAY, [true; 7], "to"),
            (5, 5, [true; 7], "to"),
            (5, 6, [false; 7], "days"),
        ] {
            assert_eq!(
                Quiet::new(from, to, days).map_err(|it| it.field),
                Err(field)
            );
        }
    }
}
