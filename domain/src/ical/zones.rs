//! Zones as calendars name them: by the tz database, or drawn in the calendar itself, as some
//! programs do under names of their own. A name that nobody explains is the owner's zone.

use std::collections::BTreeMap;

use jiff::{civil::DateTime, tz::TimeZone};

use super::{Wall, lines::Block, rule::Rule};
use crate::time::{Millis, Timestamp};

/// Most zones that are drawn, and most parts of one.
const DRAWN_MAX: usize = 100;
/// Steps in which one change of clocks is laid out.
const STEPS_MAX: usize = 1_000;

/// One of [`Zones`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone(usize);

impl Zone {
    /// The owner's.
    pub const HOME: Self = Self(0);
    /// Universal time.
    pub const UTC: Self = Self(1);
}

enum Rules {
    Known(TimeZone),
    /// From when on, on the wall, which offset in seconds; and the one before all of them.
    Drawn(Vec<(DateTime, i64)>, i64),
}

/// The zones of one calendar.
pub(super) struct Zones {
    all: Vec<Rules>,
    names: BTreeMap<String, Zone>,
}

impl Zones {
    /// The zones that a calendar draws, right in these years.
    pub fn of(blocks: &[Block], home: &TimeZone, years: (i16, i16)) -> Self {
        let all = vec![Rules::Known(home.clone()), Rules::Known(TimeZone::UTC)];
        let mut zones = Self {
            all,
            names: BTreeMap::new(),
        };
        let drawn = blocks.iter().filter(|it| it.name == "VTIMEZONE");
        for block in drawn.take(DRAWN_MAX) {
            let Some(name) = block.get("TZID").map(|it| it.value.trim()) else {
                continue;
            };
            let place = block.get("X-LIC-LOCATION").map(|it| it.value.trim());
            let known = [Some(name), place]
                .into_iter()
                .flatten()
                .find_map(in_database);
            let rules = match known {
                Some(zone) => Some(Rules::Known(zone)),
                None => drawn_rules(block, &zones, years),
            };
            if let Some(rules) = rules {
                zones.names.insert(name.to_owned(), Zone(zones.all.len()));
                zones.all.push(rules);
            }
        }
        // Named, and drawn nowhere.
        let walls = ["DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"];
        for block in blocks {
            for property in walls.iter().flat_map(|name| block.all(name)) {
                let name = property
                    .parameter("TZID")
                    .filter(|it| !zones.names.contains_key(*it));
                let Some(name) = name.filter(|_| zones.all.len() < 3 * DRAWN_MAX) else {
                    continue;
                };
                if let Some(zone) = in_database(name) {
                    zones.names.insert(name.to_owned(), Zone(zones.all.len()));
                    zones.all.push(Rules::Known(zone));
                }
            }
        }
        zones
    }

    pub fn named(&self, name: &str) -> Zone {
        self.names.get(name).copied().unwrap_or(Zone::HOME)
    }

    pub fn instant(&self, zone: Zone, at: DateTime) -> Option<Timestamp> {
        match self.all.get(zone.0)? {
            Rules::Known(zone) => {
                let at = zone.to_ambiguous_timestamp(at).compatible().ok()?;
                Some(Timestamp(at.as_millisecond()))
            }
            Rules::Drawn(changes, before) => {
                let past = changes.partition_point(|(from, _)| *from <= at);
                let offset = past.checked_sub(1).map_or(*before, |last| changes[last].1);
                let utc = TimeZone::UTC.to_ambiguous_timestamp(at).compatible().ok()?;
                Some(Timestamp(utc.as_millisecond()) - Millis::from_secs(offset))
            }
        }
    }

    /// What the clock on the wall says.
    pub fn wall(&self, zone: Zone, at: Timestamp) -> Option<DateTime> {
        let read = |at: Timestamp| jiff::Timestamp::from_millisecond(at.0).ok();
        match self.all.get(zone.0)? {
            Rules::Known(zone) => Some(zone.to_datetime(read(at)?)),
            Rules::Drawn(changes, before) => {
                let offset = |offset: i64| {
                    Some(TimeZone::UTC.to_datetime(read(at + Millis::from_secs(offset))?))
                };
                let fits =
                    |(from, it): &&(DateTime, i64)| offset(*it).is_some_and(|wall| wall >= *from);
                let last = changes.iter().rev().find(fits);
                offset(last.map_or(*before, |it| it.1))
            }
        }
    }
}

/// A zone of the database under this name, or under the end of it: some programs put a path before.
fn in_database(name: &str) -> Option<TimeZone> {
    let whole = name.trim_start_matches('/');
    let tail = whole.rsplitn(3, '/').take(2).collect::<Vec<_>>();
    let tail = tail.into_iter().rev().collect::<Vec<_>>().join("/");
    [whole, &tail]
        .into_iter()
        .find_map(|it| TimeZone::get(it).ok())
}

/// The changes of a drawn zone.
fn drawn_rules(block: &Block, zones: &Zones, years: (i16, i16)) -> Option<Rules> {
    let (first, last) = (years.0.saturating_sub(2), years.1.saturating_add(1));
    let span = (
        jiff::civil::date(first.clamp(1, 9_998), 1, 1).at(0, 0, 0, 0),
        jiff::civil::date(last.clamp(1, 9_998), 12, 31).at(0, 0, 0, 0),
    );
    let (mut changes, mut before) = (Vec::new(), None);
    for part in block.parts.iter().take(DRAWN_MAX) {
        let offset = |name| part.get(name).and_then(|it| offset_secs(&it.value));
        let (from, to) = (offset("TZOFFSETFROM")?, offset("TZOFFSETTO")?);
        let mut start = Wall::parse(part.get("DTSTART")?.value.trim(), None)?.at;
        let onsets = match part.get("RRULE") {
            Some(rule) => {
                // Drawn from long ago: the same rule from the years that count on.
                if start.year() < first {
                    start = start.with().year(first).build().ok()?;
                }
                let mut steps = STEPS_MAX;
                let rule = Rule::read(&rule.value, Zone::UTC, zones)?;
                let mut onsets = rule.starts(start, span, &mut steps)?;
                // The date that it was moved to is none of the rule's.
                onsets.retain(|it| *it != start || start.year() != first);
                onsets
            }
            None => vec![start],
        };
        before = before.or(Some(from));
        changes.extend(onsets.into_iter().map(|at| (at, to)));
    }
    changes.sort_unstable();
    Some(Rules::Drawn(changes, before?))
}

/// `+0530`, in seconds.
fn offset_secs(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let part = |from: usize| digits.get(from..from + 2)?.parse::<i64>().ok();
    let seconds = if digits.len() > 4 { part(4)? } else { 0 };
    Some(sign * (part(0)? * 3_600 + part(2)? * 60 + seconds))
}
