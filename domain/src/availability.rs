//! When a host can be booked: the hours of a week in the host's own zone, and the days that differ.
//!
//! Breaks are what lies between two spans of a day. Nothing here is an instant; `slots` makes
//! instants of it. Start at [`Availability::spans_on`].

use jiff::{civil::Date, tz::TimeZone};

use crate::{account::BadField, id::UserId, time::Timestamp};

/// Most spans of one day.
pub const SPANS_MAX: usize = 12;
/// Most days, or rows of days, that differ.
pub const EXCEPTIONS_MAX: usize = 200;
/// Most characters of a label.
pub const LABEL_CHARS_MAX: usize = 80;
/// The last minute of a day at which a span may end: noon of the next day.
pub const END_MINUTE_MAX: u16 = 36 * 60;
/// The longest row of days that differs.
pub const EXCEPTION_DAYS_MAX: i32 = 366;

/// From one minute after local midnight to another. The end may lie on the next day (up to 36:00).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First minute.
    pub from: u16,
    /// First minute that is not in it.
    pub to: u16,
}

/// Days that differ from the week: a holiday, a journey, a long evening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// First day.
    pub first: Date,
    /// Last day; the same for one day.
    pub last: Date,
    /// Every year again on these days of the year.
    pub yearly: bool,
    /// The hours instead; none for a day off.
    pub spans: Vec<Span>,
    /// What the host calls it; for the host only.
    pub label: String,
}

impl Exception {
    fn covers(&self, date: Date) -> bool {
        if !self.yearly {
            return (self.first..=self.last).contains(&date);
        }
        let day = |it: Date| (it.month(), it.day());
        let (first, last, date) = (day(self.first), day(self.last), day(date));
        match first <= last {
            true => (first..=last).contains(&date),
            // Over the turn of the year.
            false => date >= first || date <= last,
        }
    }

    fn days(&self) -> i32 {
        (self.last - self.first).get_days()
    }
}

/// When a host can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Availability {
    /// Whose.
    pub host: UserId,
    /// The host's zone, by its name in the tz database.
    pub zone: String,
    /// The hours of each day of the week, Monday first.
    pub week: [Vec<Span>; 7],
    /// Days that differ.
    pub exceptions: Vec<Exception>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Availability {
    /// No hours at all.
    pub fn none(host: UserId, zone: &str, now: Timestamp) -> Self {
        Self {
            host,
            zone: zone.to_owned(),
            week: Default::default(),
            exceptions: Vec::new(),
            updated_at: now,
        }
    }

    /// The hours of one day. Of several exceptions the one of fewest days counts, and one of a
    /// certain year before one of every year.
    pub fn spans_on(&self, date: Date) -> &[Span] {
        let hits = self.exceptions.iter().filter(|it| it.covers(date));
        match hits.min_by_key(|it| (it.yearly, it.days())) {
            Some(exception) => &exception.spans,
            None => {
                let day = date.weekday().to_monday_zero_offset();
                usize::try_from(day).map_or(&[], |day| &self.week[day])
            }
        }
    }

    /// The zone's rules; UTC for a zone that the database does not know any more.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// Sorts, joins and checks.
    pub fn checked(mut self) -> Result<Self, BadField> {
        let bad = |field, why| Err(BadField { field, why });
        if TimeZone::get(&self.zone).is_err() {
            return bad("timeZone", "This time zone is not known.");
        }
        if self.exceptions.len() > EXCEPTIONS_MAX {
            return bad("exceptions", "At most 200 exceptions.");
        }
        for day in &mut self.week {
            *day = joined(std::mem::take(day), "week")?;
        }
        for exception in &mut self.exceptions {
            exception.spans = joined(std::mem::take(&mut exception.spans), "exceptions")?;
            exception.label = exception.label.trim().to_owned();
            if exception.label.chars().count() > LABEL_CHARS_MAX
                || exception.label.chars().any(char::is_control)
            {
                return bad(
                    "exceptions",
                    "A label is one line of at most 80 characters.",
                );
            }
            if exception.last < exception.first || exception.days() >= EXCEPTION_DAYS_MAX {
                return bad(
                    "exceptions",
                    "The last day lies on or after the first, within a year.",
                );
            }
        }
        self.exceptions.sort_by_key(|it| (it.first, it.last));
        Ok(self)
    }
}

/// In order, those that touch joined.
fn joined(mut spans: Vec<Span>, field: &'static str) -> Result<Vec<Span>, BadField> {
    let good = |it: &Span| it.from < it.to && it.from < 24 * 60 && it.to <= END_MINUTE_MAX;
    if spans.len() > SPANS_MAX || !spans.iter().all(good) {
        return Err(BadField {
            field,
            why: "A day has at most twelve spans; each ends after it begins, by noon of the next day.",
        });
    }
    spans.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => out.push(span),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn span(from: u16, to: u16) -> Span {
        Span { from, to }
    }

    fn off(first: Date, last: Date, yearly: bool, spans: &[Span]) -> Exception {
        Exception {
            first,
            last,
            yearly,
            spans: spans.to_vec(),
            label: String::new(),
        }
    }

    fn hours() -> Availability {
        let mut it = Availability::none(UserId(Uuid::nil()), "Europe/Berlin", Timestamp(0));
        it.week[0] = vec![span(840, 1_020), span(540, 720)];
        it
    }

    #[test]
    fn a_day_that_differs_wins_over_the_week() {
        let mut it = hours();
        it.exceptions = vec![
            off(date(2026, 3, 1), date(2026, 3, 31), false, &[span(0, 60)]),
            off(date(2026, 3, 9), date(2026, 3, 9), false, &[]),
            off(date(2025, 12, 24), date(2026, 1, 1), true, &[]),
        ];
        let it = it.checked().unwrap();
        assert_eq!(it.spans_on(date(2026, 2, 2)).len(), 2, "a Monday");
        assert_eq!(it.spans_on(date(2026, 2, 3)), [], "a Tuesday");
        assert_eq!(it.spans_on(date(2026, 3, 2)), [span(0, 60)]);
        assert_eq!(it.spans_on(date(2026, 3, 9)), [], "the shorter one");
        assert_eq!(it.spans_on(date(2028, 12, 25)), [], "every year");
        assert_eq!(it.spans_on(date(2029, 1, 1)), [], "over its turn");
        assert_eq!(it.spans_on(date(2028, 1, 3)).len(), 2);
    }

    #[test]
    fn what_is_written_down_is_in_order() {
        let mut it = hours();
        it.week[0].push(span(700, 800));
        let it = it.checked().unwrap();
        assert_eq!(it.week[0], [span(540, 800), span(840, 1_020)]);
        let refused = |change: fn(&mut Availability)| {
            let mut it = hours();
            change(&mut it);
            it.checked().unwrap_err().field
        };
        assert_eq!(refused(|it| it.zone = "Mars/Olympus".into()), "timeZone");
        assert_eq!(refused(|it| it.week[1] = vec![span(60, 60)]), "week");
        assert_eq!(refused(|it| it.week[1] = vec![span(1_440, 1_500)]), "week");
        assert_eq!(refused(|it| it.week[1] = vec![span(0, 2_161)]), "week");
        assert_eq!(
            refused(|it| it.exceptions = vec![off(date(2026, 1, 2), date(2026, 1, 1), false, &[])]),
            "exceptions"
        );
    }
}
