//! Slots: the instants at which a service can be booked. One pure function, asked for showing,
//! holding, confirming and moving, so that what is shown can be booked.
//!
//! A day's hours become instants in the host's zone: an hour that the clocks skip moves the start
//! of a span later, one that they repeat counts twice. From the start of a span on, steps are
//! elapsed time, so a slot is as long as it says on every day of the year. Must never read a clock.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use uuid::Uuid;

use crate::{
    agenda::Claim,
    availability::{Availability, Span},
    service::{GRAIN, Service},
    time::{Millis, Timestamp},
};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// For what.
    pub service: &'a Service,
    /// The host's hours.
    pub hours: &'a Availability,
    /// What takes the host's time, from a week before `from` to a week after `to` if the service
    /// has limits, otherwise around the two; in any order, ended claims too.
    pub busy: &'a [Claim],
    /// First instant of interest.
    pub from: Timestamp,
    /// First instant that is not.
    pub to: Timestamp,
    /// The instant of asking.
    pub now: Timestamp,
    /// Most slots.
    pub limit: usize,
}

/// The starts at which the service can be booked in `[from, to)`, earliest first.
pub fn slots(ask: &Ask<'_>) -> Vec<Timestamp> {
    let draft = &ask.service.draft;
    let first = ask.from.max(ask.now + draft.notice);
    let end = ask.to.min(ask.now + draft.horizon + Millis(1));
    if !draft.active || first >= end {
        return Vec::new();
    }
    let zone = ask.hours.time_zone();
    let (Some(first_date), Some(last_date)) = (date_of(&zone, first), date_of(&zone, end)) else {
        return Vec::new();
    };
    let step = draft.step.max(GRAIN);
    let busy = Busy::new(ask);
    let limits = Limits::new(ask, &zone);
    let mut found = Vec::new();
    // Hours may reach into the next day.
    let mut date = first_date.yesterday().unwrap_or(first_date);
    while date <= last_date && found.len() < ask.limit {
        for span in ask.hours.spans_on(date) {
            let Some((opens, closes)) = instants(&zone, date, *span) else {
                continue;
            };
            let late = first.0.saturating_sub(opens.0).max(0);
            let skipped = (late + step.0 - 1) / step.0 * step.0;
            let mut start = Timestamp(opens.0 + skipped);
            while start < end && start + draft.duration <= closes && found.len() < ask.limit {
                if busy.is_free(start) && limits.allow(start) {
                    found.push(start);
                }
                start = start + step;
            }
        }
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The days of the host's that `[from, to)` touches on which the service could be booked if nobody
/// had anything, and of which nothing is free: what is worth waiting for. `free`: what [`slots`]
/// found for the same question; behind the last of as many as were asked for nothing is known.
pub fn full_days(ask: &Ask<'_>, free: &[Timestamp]) -> Vec<Date> {
    let zone = ask.hours.time_zone();
    let known = free.last().filter(|_| free.len() >= ask.limit);
    let to = known.map_or(ask.to, |it| *it + Millis(1));
    let to = to.min(ask.now + ask.service.draft.horizon + Millis(1));
    let from = ask.from.max(ask.now);
    if from >= to {
        return Vec::new();
    }
    let (Some(first), Some(last)) = (date_of(&zone, from), date_of(&zone, to - Millis(1))) else {
        return Vec::new();
    };
    let some: BTreeSet<_> = free.iter().filter_map(|it| date_of(&zone, *it)).collect();
    let is_full = |date: &Date| {
        let Some((from, to)) = day_of(&zone, *date) else {
            return false;
        };
        let limit = 1;
        let whole = Ask {
            from,
            to,
            limit,
            ..*ask
        };
        let cut = from < ask.from || ask.to < to;
        !slots(&Ask { busy: &[], ..whole }).is_empty() && (!cut || slots(&whole).is_empty())
    };
    let days = std::iter::successors(Some(first), |it| it.tomorrow().ok());
    let days = days.take_while(|it| *it <= last);
    days.filter(|it| !some.contains(it) && is_full(it))
        .collect()
}

/// Whether the service can be booked at exactly this start.
pub fn is_slot(ask: &Ask<'_>, start: Timestamp) -> bool {
    let ask = Ask {
        from: start,
        to: start + Millis(1),
        limit: 1,
        ..*ask
    };
    slots(&ask).first() == Some(&start)
}

/// How many seats of a group's sessions are taken, by their start; nothing for what is booked by
/// one at a time.
pub fn seats_taken(ask: &Ask<'_>) -> BTreeMap<Timestamp, u32> {
    let sessions = Busy::new(ask).sessions;
    let count = |all: BTreeSet<Uuid>| u32::try_from(all.len()).unwrap_or(u32::MAX);
    sessions
        .into_iter()
        .map(|(at, it)| (at, count(it)))
        .collect()
}

/// At most `most` slots nearest to a start that somebody else got, earliest first. `found`: all
/// slots around it.
pub fn nearest(found: &[Timestamp], start: Timestamp, most: usize) -> Vec<Timestamp> {
    let mut near = found.to_vec();
    near.sort_by_key(|it| (it.0.abs_diff(start.0), *it));
    near.truncate(most);
    near.sort_unstable();
    near
}

/// The same local time so many weeks later, for a series. `None` beyond what a calendar can hold.
pub fn weeks_later(zone: &TimeZone, start: Timestamp, weeks: i64) -> Option<Timestamp> {
    let here = jiff::Timestamp::from_millisecond(start.0).ok()?;
    let local = here.to_zoned(zone.clone()).datetime();
    let days = jiff::Span::new().try_days(weeks.checked_mul(7)?).ok()?;
    instant(zone, local.checked_add(days).ok()?, false)
}

/// Another start, moved as far by the local clock as `from` was moved to `to`. `None` beyond what a
/// calendar can hold.
pub fn moved_alike(
    zone: &TimeZone,
    (from, to): (Timestamp, Timestamp),
    other: Timestamp,
) -> Option<Timestamp> {
    let local = |at: Timestamp| {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(zone.to_datetime(at))
    };
    let by = local(to)?.duration_since(local(from)?);
    instant(zone, local(other)?.checked_add(by).ok()?, false)
}

/// The date of an instant in a zone; `None` beyond what a calendar can hold.
pub fn date_of(zone: &TimeZone, at: Timestamp) -> Option<Date> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(zone.to_datetime(at).date())
}

/// The first instant of a date and the first of the next one.
pub fn day_of(zone: &TimeZone, date: Date) -> Option<(Timestamp, Timestamp)> {
    let from = instant(zone, date.to_datetime(Time::midnight()), false)?;
    let next = date.tomorrow().ok()?;
    Some((
        from,
        instant(zone, next.to_datetime(Time::midnight()), false)?,
    ))
}

/// From when to when a span of a day lasts.
pub(crate) fn instants(zone: &TimeZone, date: Date, span: Span) -> Option<(Timestamp, Timestamp)> {
    let from = instant(zone, at_minute(date, span.from)?, false)?;
    let to = instant(zone, at_minute(date, span.to)?, true)?;
    (from < to).then_some((from, to))
}

fn at_minute(date: Date, minute: u16) -> Option<DateTime> {
    let date = match minute >= 24 * 60 {
        true => date.tomorrow().ok()?,
        false => date,
    };
    let minute = minute % (24 * 60);
    let hour = i8::try_from(minute / 60).ok()?;
    let time = Time::new(hour, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
    Some(date.to_datetime(time))
}

/// `last`: of two instants with this local time, the later one.
fn instant(zone: &TimeZone, local: DateTime, last: bool) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let at = match last {
        true => ambiguous.later(),
        false => ambiguous.compatible(),
    };
    at.ok().map(|at| Timestamp(at.as_millisecond()))
}

/// What takes the host's time, joined, and the sessions in which there may be a seat.
struct Busy<'a> {
    taken: Vec<(Timestamp, Timestamp)>,
    sessions: BTreeMap<Timestamp, BTreeSet<Uuid>>,
    ask: &'a Ask<'a>,
}

impl<'a> Busy<'a> {
    fn new(ask: &'a Ask<'a>) -> Self {
        let mut sessions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let mut all = Vec::with_capacity(ask.busy.len());
        for it in ask.busy.iter().filter(|it| it.is_live(ask.now)) {
            match is_seat(it, ask.service) {
                true => drop(sessions.entry(it.starts_at).or_default().insert(it.owner)),
                false => all.push((it.from, it.to)),
            }
        }
        all.sort_unstable();
        let mut taken: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match taken.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => taken.push((from, to)),
            }
        }
        Self {
            taken,
            sessions,
            ask,
        }
    }

    fn is_free(&self, start: Timestamp) -> bool {
        let (from, to) = span_of(self.ask.service, start);
        let first_after = self.taken.partition_point(|it| it.1 <= from);
        self.taken.get(first_after).is_none_or(|it| to <= it.0)
            && self.has_seat(start, to.since(from))
    }

    /// Sessions are all of one length, so they are apart when their starts are so far apart.
    fn has_seat(&self, start: Timestamp, length: Millis) -> bool {
        let mut near = self
            .sessions
            .range(start - length + Millis(1)..start + length);
        let capacity = self.ask.service.draft.capacity as usize;
        near.all(|(at, taken)| *at == start && taken.len() < capacity)
    }
}

/// Whether a claim is a seat in a session of this service, as it is offered now.
fn is_seat(claim: &Claim, service: &Service) -> bool {
    service.draft.capacity > 1
        && claim.seats > 1
        && claim.service == Some(service.id)
        && (claim.from, claim.to) == span_of(service, claim.starts_at)
}

/// From when to when a booking of this service takes the host's time.
pub fn span_of(service: &Service, start: Timestamp) -> (Timestamp, Timestamp) {
    let draft = &service.draft;
    (start - draft.before, start + draft.duration + draft.after)
}

/// How many bookings of the service a day and a week have, and may have.
struct Limits<'a> {
    zone: &'a TimeZone,
    counted: BTreeSet<Timestamp>,
    per_day: Option<(u32, BTreeMap<Date, u32>)>,
    per_week: Option<(u32, BTreeMap<Date, u32>)>,
}

impl<'a> Limits<'a> {
    fn new(ask: &Ask<'_>, zone: &'a TimeZone) -> Self {
        let draft = &ask.service.draft;
        // A claim over midnight stands in two days of the agenda, and those of a session side by
        // side: both are one.
        let mut counted = BTreeSet::new();
        if draft.per_day_max.is_some() || draft.per_week_max.is_some() {
            for it in ask.busy {
                if it.service == Some(ask.service.id) && it.is_live(ask.now) {
                    counted.insert(it.starts_at);
                }
            }
        }
        let count = |max: Option<u32>, key: fn(Date) -> Date| {
            let mut counts = BTreeMap::new();
            for date in counted.iter().filter_map(|at| date_of(zone, *at)) {
                *counts.entry(key(date)).or_default() += 1;
            }
            max.map(|max| (max, counts))
        };
        Self {
            zone,
            per_day: count(draft.per_day_max, |date| date),
            per_week: count(draft.per_week_max, monday),
            counted,
        }
    }

    fn allow(&self, start: Timestamp) -> bool {
        let none = self.per_day.is_none() && self.per_week.is_none();
        // One more in a session is not one more session.
        if none || self.counted.contains(&start) {
            return true;
        }
        let Some(date) = date_of(self.zone, start) else {
            return false;
        };
        let below = |limit: &Option<(u32, BTreeMap<Date, u32>)>, key: Date| {
            let Some((max, counts)) = limit else {
                return true;
            };
            counts.get(&key).is_none_or(|count| count < max)
        };
        below(&self.per_day, date) && below(&self.per_week, monday(date))
    }
}

fn monday(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    let back = jiff::Span::new().days(back);
    date.checked_sub(back).unwrap_or(date)
}
