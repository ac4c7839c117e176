//! What somebody else's calendar (RFC 5545) says about when its owner is busy, and nothing else:
//! no title, place or person is ever looked at.
//!
//! Entries that say "free" or that are called off take no time; whole days are days of the owner's
//! zone. What repeats is laid out within the span that is asked for. The text comes from outside:
//! everything has a bound, and an entry that is not understood is counted and not guessed at.

mod lines;
mod rule;
#[cfg(test)]
mod tests;
mod zones;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::time::{Millis, Timestamp};
use lines::{Block, Property};
use rule::Rule;
use zones::{Zone, Zones};

/// Most entries of one calendar.
pub const ENTRIES_MAX: usize = 10_000;
/// Most spans that are kept of one calendar.
pub const SPANS_MAX: usize = 1_000;
/// Most dates that all rules of one calendar together may try.
const STEPS_MAX: usize = 1_000_000;
/// Most single dates (`RDATE`, `EXDATE`) of one entry.
const DATES_MAX: usize = 2_000;
/// Longest entry that is believed.
const SPAN_MAX: Millis = Millis::from_days(366);

/// When somebody is busy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In order, those that touch joined.
    pub spans: Vec<(Timestamp, Timestamp)>,
    /// Entries that were not understood.
    pub skipped: usize,
}

/// Why a text says nothing about anybody's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is something else, such as a page to log in.
    #[error("it is no calendar")]
    NoCalendar,
    /// Too many entries, or too many that repeat.
    #[error("the calendar is too large")]
    TooLarge,
}

/// When the owner of this calendar is busy between two instants. `home`: their zone, for whole days
/// and for times without a zone.
pub fn busy(
    text: &str,
    home: &TimeZone,
    (from, to): (Timestamp, Timestamp),
) -> Result<Found, Unreadable> {
    let root = lines::read(text, ENTRIES_MAX)?;
    let year = |at: Timestamp| {
        jiff::Timestamp::from_millisecond(at.0).map(|it| it.to_zoned(TimeZone::UTC).year())
    };
    let years = (year(from).unwrap_or(1970), year(to).unwrap_or(9998));
    let zones = Zones::of(&root, home, years);
    let mut steps = STEPS_MAX;
    let mut found = Found::default();
    let mut entries = Vec::new();
    // Whoever moves one date of many writes another entry of the same name.
    let mut moved: BTreeMap<&str, BTreeSet<Timestamp>> = BTreeMap::new();
    for block in &root {
        match block.name.as_str() {
            "VEVENT" => match Entry::of(block, &zones) {
                Some(entry) => {
                    if let Some(at) = entry.instead_of {
                        moved.entry(entry.name).or_default().insert(at);
                    }
                    entries.push(entry);
                }
                None => found.skipped += 1,
            },
            "VFREEBUSY" => found.spans.extend(told_busy(block, &zones)),
            _ => {}
        }
    }
    let window = Window {
        from,
        to,
        zones: &zones,
    };
    for entry in entries.iter().filter(|it| it.takes_time) {
        let none = BTreeSet::new();
        let gone = match entry.instead_of {
            None => moved.get(entry.name).unwrap_or(&none),
            Some(_) => &none,
        };
        match entry.spans(&window, gone, &mut steps) {
            Some(spans) => found.spans.extend(spans),
            None if steps == 0 => return Err(Unreadable::TooLarge),
            None => found.skipped += 1,
        }
    }
    found
        .spans
        .retain(|it| it.0 < it.1 && it.0 < to && from < it.1);
    found.spans = joined(std::mem::take(&mut found.spans));
    match found.spans.len() > SPANS_MAX {
        true => Err(Unreadable::TooLarge),
        false => Ok(found),
    }
}

fn joined(mut all: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    all.sort_unstable();
    let mut out: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, to) in all {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

struct Window<'a> {
    from: Timestamp,
    to: Timestamp,
    zones: &'a Zones,
}

/// A time as it is written: where, on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wall {
    at: DateTime,
    zone: Zone,
    /// A date without a time.
    whole_day: bool,
}

impl Wall {
    fn read(property: &Property, zones: &Zones) -> Option<Vec<Self>> {
        let zone = property.parameter("TZID").map(|name| zones.named(name));
        let texts: Vec<_> = property.value.split(',').take(DATES_MAX).collect();
        texts
            .into_iter()
            .map(|text| {
                // Of a period only the beginning counts.
                let text = text.split('/').next().unwrap_or(text).trim();
                Self::parse(text, zone)
            })
            .collect()
    }

    fn one(property: &Property, zones: &Zones) -> Option<Self> {
        Self::read(property, zones)?.first().copied()
    }

    fn parse(text: &str, zone: Option<Zone>) -> Option<Self> {
        let (text, utc) = match text.strip_suffix('Z') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (day, time) = match text.split_once('T') {
            Some((day, time)) => (day, Some(time)),
            None => (text, None),
        };
        let date = Date::new(
            number(day, 0, 4)?.try_into().ok()?,
            number(day, 4, 6)?.try_into().ok()?,
            number(day, 6, 8)?.try_into().ok()?,
        );
        let date = date.ok().filter(|_| day.len() == 8)?;
        let at = match time {
            None => date.at(0, 0, 0, 0),
            Some(time) if time.len() == 6 => {
                let part = |from| number(time, from, from + 2).and_then(|it| i8::try_from(it).ok());
                // A leap second is the one before.
                let (hour, minute, second) = (part(0)?, part(2)?, part(4)?.min(59));
                jiff::civil::Time::new(hour, minute, second, 0)
                    .ok()
                    .map(|it| date.to_datetime(it))?
            }
            Some(_) => return None,
        };
        Some(Self {
            at,
            zone: match (utc, zone) {
                (true, _) => Zone::UTC,
                (false, Some(zone)) => zone,
                (false, None) => Zone::HOME,
            },
            whole_day: time.is_none(),
        })
    }

    fn instant(&self, zones: &Zones) -> Option<Timestamp> {
        zones.instant(self.zone, self.at)
    }
}

fn number(text: &str, from: usize, to: usize) -> Option<u16> {
    let part = text.get(from..to)?;
    match part.bytes().all(|it| it.is_ascii_digit()) {
        true => part.parse().ok(),
        false => None,
    }
}

/// How long an entry lasts.
#[derive(Clone, Copy, Debug)]
enum Length {
    /// So many days of the calendar, whatever the clocks do.
    Days(i64),
    /// So much time.
    Elapsed(Millis),
}

/// One entry of a calendar.
struct Entry<'a> {
    name: &'a str,
    takes_time: bool,
    start: Wall,
    length: Length,
    rule: Option<Rule>,
    more: Vec<Wall>,
    not: Vec<Wall>,
    /// It stands for another entry's date at this instant.
    instead_of: Option<Timestamp>,
}

impl<'a> Entry<'a> {
    fn of(block: &'a Block, zones: &Zones) -> Option<Self> {
        let start = Wall::one(block.get("DTSTART")?, zones)?;
        let says = |name: &str, word: &str| {
            let value = block.get(name).map(|it| it.value.trim());
            value.is_some_and(|it| it.eq_ignore_ascii_case(word))
        };
        let free = says("TRANSP", "TRANSPARENT")
            || says("STATUS", "CANCELLED")
            || says("X-MICROSOFT-CDO-BUSYSTATUS", "FREE");
        let instead_of = match block.get("RECURRENCE-ID") {
            Some(it) => Some(Wall::one(it, zones)?.instant(zones)?),
            None => None,
        };
        let all = |name| {
            let walls = block.all(name).map(|it| Wall::read(it, zones));
            let walls: Option<Vec<Vec<Wall>>> = walls.take(DATES_MAX).collect();
            walls.map(|it| it.concat())
        };
        let rule = match block.get("RRULE") {
            Some(it) if instead_of.is_none() => Some(Rule::read(&it.value, start.zone, zones)?),
            _ => None,
        };
        Some(Self {
            name: block.get("UID").map_or("", |it| it.value.as_str()),
            takes_time: !free,
            length: length(block, &start, zones)?,
            start,
            rule,
            more: all("RDATE")?,
            not: all("EXDATE")?,
            instead_of,
        })
    }

    /// When it takes time within a window; `None` when its rule cannot be laid out.
    fn spans(
        &self,
        window: &Window<'_>,
        moved: &BTreeSet<Timestamp>,
        steps: &mut usize,
    ) -> Option<Vec<(Timestamp, Timestamp)>> {
        let long = match self.length {
            Length::Days(days) => Millis::from_days(days + 1),
            Length::Elapsed(it) => it,
        };
        let (early, late) = (
            window.from - long - Millis::from_days(2),
            window.to + Millis::from_days(2),
        );
        let mut starts: BTreeSet<DateTime> = match &self.rule {
            Some(rule) => rule
                .starts(self.start.at, (civil(early)?, civil(late)?), steps)?
                .into_iter()
                .collect(),
            None => [self.start.at].into(),
        };
        starts.extend(self.more.iter().map(|it| it.at));
        let mut spans = Vec::new();
        for at in starts {
            let wall = Wall { at, ..self.start };
            let Some(start) = wall.instant(window.zones) else {
                continue;
            };
            let not = |it: &Wall| match it.whole_day {
                true => it.at.date() == at.date(),
                false => it.instant(window.zones) == Some(start),
            };
            if self.not.iter().any(not) || moved.contains(&start) {
                continue;
            }
            let end = match self.length {
                Length::Elapsed(it) => start + it,
                Length::Days(days) => {
                    let days = jiff::Span::new().try_days(days).ok()?;
                    let at = at.checked_add(days).ok()?;
                    Wall { at, ..self.start }.instant(window.zones)?
                }
            };
            spans.push((start, end));
        }
        Some(spans)
    }
}

fn civil(at: Timestamp) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(TimeZone::UTC.to_datetime(at))
}

/// From `DTEND` or `DURATION`; a whole day, or no time at all, when there is neither.
fn length(block: &Block, start: &Wall, zones: &Zones) -> Option<Length> {
    let length = if let Some(end) = block.get("DTEND") {
        let end = Wall::one(end, zones)?;
        match start.whole_day && end.whole_day {
            true => Length::Days(i64::from((end.at.date() - start.at.date()).get_days())),
            false => {
                let (start, end) = (start.instant(zones)?, end.instant(zones)?);
                Length::Elapsed(Millis(end.0.checked_sub(start.0)?))
            }
        }
    } else if let Some(duration) = block.get("DURATION") {
        let (days, rest) = lines::duration(&duration.value)?;
        match rest == Millis::ZERO {
            true => Length::Days(days),
            false => Length::Elapsed(Millis(Millis::from_days(days).0 + rest.0)),
        }
    } else {
        Length::Days(i64::from(start.whole_day))
    };
    let sane = match length {
        Length::Days(days) => (0..=366).contains(&days),
        Length::Elapsed(it) => (Millis::ZERO..=SPAN_MAX).contains(&it),
    };
    sane.then_some(length)
}

/// The spans of a list of free and busy times.
fn told_busy(block: &Block, zones: &Zones) -> Vec<(Timestamp, Timestamp)> {
    let mut spans = Vec::new();
    for it in block.all("FREEBUSY") {
        if it
            .parameter("FBTYPE")
            .is_some_and(|it| it.eq_ignore_ascii_case("FREE"))
        {
            continue;
        }
        for period in it.value.split(',').take(DATES_MAX) {
            let Some((start, end)) = period.trim().split_once('/') else {
                continue;
            };
            let instant = |text| Wall::parse(text, None).and_then(|it| it.instant(zones));
            let Some(start) = instant(start) else {
                continue;
            };
            let end = match lines::duration(end) {
                Some((days, rest)) => Some(start + Millis::from_days(days) + rest),
                None => instant(end),
            };
            spans.extend(
                end.filter(|end| end.since(start) <= SPAN_MAX)
                    .map(|end| (start, end)),
            );
        }
    }
    spans
}
