//! Rules by which an entry repeats (RFC 5545, 3.3.10), as far as calendars of people use them: by
//! day, week, month and year, with which days, months and positions. A rule with anything else is
//! not laid out at all, rather than wrongly.

use jiff::{
    ToSpan,
    civil::{Date, DateTime, Weekday},
};

use super::{
    Wall,
    zones::{Zone, Zones},
};

/// Longest list in one part of a rule.
const LIST_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

/// A weekday, perhaps a certain one of its month or year: the first, the last but one.
#[derive(Clone, Copy, Debug)]
struct Day {
    nth: i16,
    weekday: Weekday,
}

/// How an entry repeats.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    every: Every,
    interval: i64,
    count: Option<usize>,
    until: Option<DateTime>,
    days: Vec<Day>,
    month_days: Vec<i8>,
    months: Vec<i8>,
    positions: Vec<i16>,
    week_start: Weekday,
}

impl Rule {
    /// `None` when it says something that is not known here.
    pub fn read(text: &str, zone: Zone, zones: &Zones) -> Option<Self> {
        let mut rule = Self {
            every: Every::Day,
            interval: 1,
            count: None,
            until: None,
            days: vec![],
            month_days: vec![],
            months: vec![],
            positions: vec![],
            week_start: Weekday::Monday,
        };
        let mut said = false;
        for part in text.trim().split(';').filter(|it| !it.is_empty()) {
            let (name, value) = part.split_once('=')?;
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => {
                    said = true;
                    rule.every = match value.to_ascii_uppercase().as_str() {
                        "DAILY" => Every::Day,
                        "WEEKLY" => Every::Week,
                        "MONTHLY" => Every::Month,
                        "YEARLY" => Every::Year,
                        _ => return None,
                    };
                }
                "INTERVAL" => {
                    rule.interval = value.parse().ok().filter(|it| (1..=1_000).contains(it))?
                }
                "COUNT" => rule.count = Some(value.parse().ok()?),
                "UNTIL" => rule.until = Some(until(value, zone, zones)?),
                "BYDAY" => rule.days = list(value, day)?,
                "BYMONTHDAY" => {
                    rule.month_days = list(value, |it| {
                        it.parse().ok().filter(|n: &i8| *n != 0 && n.abs() <= 31)
                    })?;
                }
                "BYMONTH" => {
                    rule.months =
                        list(value, |it| it.parse().ok().filter(|n| (1..=12).contains(n)))?;
                }
                "BYSETPOS" => {
                    rule.positions = list(value, |it| it.parse().ok().filter(|n| *n != 0))?;
                }
                "WKST" => rule.week_start = day(value)?.weekday,
                _ => return None,
            }
        }
        // A certain weekday is one of a month or a year.
        let nth = rule.days.iter().any(|it| it.nth != 0);
        let wrong = nth && matches!(rule.every, Every::Day | Every::Week);
        (said && !wrong).then_some(rule)
    }

    /// Where it begins anew between two instants on the wall; `None` when that takes more steps than
    /// there are. The first one is `start`, whatever the rule says.
    pub fn starts(
        &self,
        start: DateTime,
        (from, to): (DateTime, DateTime),
        steps: &mut usize,
    ) -> Option<Vec<DateTime>> {
        let last = to.min(self.until.unwrap_or(to));
        let mut found = Vec::new();
        let mut count = 0;
        let enough = |count: usize| self.count.is_some_and(|most| count >= most);
        let mut keep = |at: DateTime, count: &mut usize| {
            *count += 1;
            if at >= from && at <= to {
                found.push(at);
            }
        };
        if self.count != Some(0) {
            keep(start, &mut count);
        }
        let mut period = self.first_period(start.date())?;
        while period.at(0, 0, 0, 0) <= last && !enough(count) {
            *steps = steps.checked_sub(1)?;
            for date in self.dates(period, start.date()) {
                let at = date.to_datetime(start.time());
                if at > start && at <= last && !enough(count) {
                    keep(at, &mut count);
                }
            }
            let Some(next) = self.next_period(period) else {
                break;
            };
            period = next;
        }
        Some(found)
    }

    fn first_period(&self, start: Date) -> Option<Date> {
        match self.every {
            Every::Day => Some(start),
            Every::Week => {
                let back = start.weekday().since(self.week_start);
                start.checked_sub(i64::from(back).days()).ok()
            }
            Every::Month => Some(start.first_of_month()),
            Every::Year => Some(start.first_of_year()),
        }
    }

    fn next_period(&self, period: Date) -> Option<Date> {
        let step = match self.every {
            Every::Day => self.interval.days(),
            Every::Week => (7 * self.interval).days(),
            Every::Month => self.interval.months(),
            Every::Year => self.interval.years(),
        };
        period.checked_add(step).ok()
    }

    /// The dates of one day, week, month or year, in order.
    fn dates(&self, period: Date, start: Date) -> Vec<Date> {
        let mut dates = match self.every {
            Every::Day => vec![period],
            Every::Week => (0..7_i64)
                .filter_map(|n| period.checked_add(n.days()).ok())
                .filter(|it| !self.days.is_empty() || it.weekday() == start.weekday())
                .collect(),
            Every::Month => self.of_month(period, start.day()),
            Every::Year => self.of_year(period, start),
        };
        dates.retain(|it| {
            let month = self.months.is_empty() || self.months.contains(&it.month());
            let plain = matches!(self.every, Every::Day | Every::Week);
            let weekday = !plain
                || self.days.is_empty()
                || self.days.iter().any(|day| day.weekday == it.weekday());
            let day = self.every != Every::Day || self.is_month_day(*it);
            month && weekday && day
        });
        dates.sort_unstable();
        dates.dedup();
        self.at_positions(dates)
    }

    fn is_month_day(&self, date: Date) -> bool {
        let from_end = date.day() - date.days_in_month() - 1;
        self.month_days.is_empty()
            || self
                .month_days
                .iter()
                .any(|it| *it == date.day() || *it == from_end)
    }

    fn of_month(&self, first: Date, usual: i8) -> Vec<Date> {
        let all =
            (0..i64::from(first.days_in_month())).filter_map(|n| first.checked_add(n.days()).ok());
        if self.days.is_empty() && self.month_days.is_empty() {
            return all.filter(|it| it.day() == usual).collect();
        }
        let all = all.filter(|it| self.is_month_day(*it));
        all.filter(|it| self.is_day(*it, i16::from(it.day()), i16::from(it.days_in_month())))
            .collect()
    }

    fn of_year(&self, first: Date, start: Date) -> Vec<Date> {
        let whole = self.months.is_empty();
        if whole && self.month_days.is_empty() && self.days.is_empty() {
            let date = Date::new(first.year(), start.month(), start.day());
            return date.into_iter().collect();
        }
        if whole && self.month_days.is_empty() {
            let all = (0..i64::from(first.days_in_year()))
                .filter_map(|n| first.checked_add(n.days()).ok());
            return all
                .filter(|it| self.is_day(*it, it.day_of_year(), it.days_in_year()))
                .collect();
        }
        let months = (1..=12).filter(|it| whole || self.months.contains(it));
        let months = months.filter_map(|month| Date::new(first.year(), month, 1).ok());
        months
            .flat_map(|month| self.of_month(month, start.day()))
            .collect()
    }

    /// Whether a date is one of the weekdays that are named, counted in its month or year.
    fn is_day(&self, date: Date, day: i16, days: i16) -> bool {
        let fits = |it: &Day| {
            let nth = (day - 1) / 7 + 1;
            let from_end = -((days - day) / 7 + 1);
            it.weekday == date.weekday() && (it.nth == 0 || it.nth == nth || it.nth == from_end)
        };
        self.days.is_empty() || self.days.iter().any(fits)
    }

    fn at_positions(&self, dates: Vec<Date>) -> Vec<Date> {
        if self.positions.is_empty() {
            return dates;
        }
        let count = dates.len() as i64;
        let index = |position: &i16| match i64::from(*position) {
            it if it > 0 => it - 1,
            it => count + it,
        };
        let mut picked: Vec<_> = self
            .positions
            .iter()
            .filter_map(|it| dates.get(usize::try_from(index(it)).ok()?).copied())
            .collect();
        picked.sort_unstable();
        picked.dedup();
        picked
    }
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let all = text.split(',').map(|it| read(it.trim()));
    let all: Option<Vec<T>> = all.take(LIST_MAX + 1).collect();
    all.filter(|it| it.len() <= LIST_MAX)
}

fn day(text: &str) -> Option<Day> {
    let text = text.trim().to_ascii_uppercase();
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth = match nth {
        "" => 0,
        nth => nth
            .parse()
            .ok()
            .filter(|it: &i16| *it != 0 && it.abs() <= 53)?,
    };
    Some(Day { nth, weekday })
}

/// The last instant, on the wall of the entry. A date is all of that day.
fn until(text: &str, zone: Zone, zones: &Zones) -> Option<DateTime> {
    let wall = Wall::parse(text.trim(), Some(zone))?;
    match wall.whole_day {
        true => Some(wall.at.date().at(23, 59, 59, 0)),
        false => zones.wall(zone, wall.instant(zones)?),
    }
}
