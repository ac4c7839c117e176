//! Slots around every change of a clock, and against what is taken.

use jiff::civil::{date, datetime};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    id::{ServiceId, UserId},
    service::Draft,
};

fn service(minutes: i64, step: i64) -> Service {
    Service {
        id: ServiceId(Uuid::from_u128(1)),
        host: UserId(Uuid::from_u128(2)),
        draft: Draft {
            title: "Talk".into(),
            duration: Millis::from_mins(minutes),
            step: Millis::from_mins(step),
            after: Millis::ZERO,
            notice: Millis::ZERO,
            horizon: Millis::from_days(365),
            ..Draft::default()
        },
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn every_day(zone: &str, spans: &[(u16, u16)]) -> Availability {
    let mut hours = Availability::none(UserId(Uuid::from_u128(2)), zone, Timestamp(0));
    let spans: Vec<_> = spans
        .iter()
        .map(|(from, to)| Span {
            from: *from,
            to: *to,
        })
        .collect();
    hours.week = std::array::from_fn(|_| spans.clone());
    hours
}

fn at(zone: &str, local: DateTime) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap();
    instant(&zone, local, false).unwrap()
}

fn ask<'a>(service: &'a Service, hours: &'a Availability, busy: &'a [Claim]) -> Ask<'a> {
    Ask {
        service,
        hours,
        busy,
        from: Timestamp(0),
        to: Timestamp::MAX,
        now: Timestamp(0),
        limit: 100_000,
    }
}

/// The slots of one local date, as they read on the host's wall.
fn wall(
    zone: &str,
    day: Date,
    spans: &[(u16, u16)],
    service: &Service,
    busy: &[Claim],
) -> Vec<String> {
    let hours = every_day(zone, spans);
    let tz = TimeZone::get(zone).unwrap();
    let (from, to) = day_of(&tz, day).unwrap();
    let asked = Ask {
        from,
        to,
        now: from - Millis::from_days(1),
        ..ask(service, &hours, busy)
    };
    let local = |it: &Timestamp| {
        let it = jiff::Timestamp::from_millisecond(it.0).unwrap();
        it.to_zoned(tz.clone()).strftime("%H:%M").to_string()
    };
    slots(&asked).iter().map(local).collect()
}

/// 01:00 to 04:00 every day, by half hours, on the days on which clocks change.
#[test]
fn clocks_change() {
    let cases = [
        ("America/New_York", date(2026, 3, 8), 4),
        ("America/New_York", date(2026, 11, 1), 8),
        ("Europe/Berlin", date(2026, 10, 25), 8),
        ("Europe/Berlin", date(2026, 3, 29), 4),
        ("Africa/Nairobi", date(2026, 3, 29), 6),
        ("Asia/Kolkata", date(2026, 10, 25), 6),
        ("Australia/Lord_Howe", date(2026, 10, 4), 5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 7),
    ];
    let talk = service(30, 30);
    for (zone, day, count) in cases {
        let found = wall(zone, day, &[(60, 240)], &talk, &[]);
        assert_eq!(found.len(), count, "{zone} {day}: {found:?}");
    }
    let spring = wall("Europe/Berlin", date(2026, 3, 29), &[(60, 240)], &talk, &[]);
    assert_eq!(
        spring,
        ["01:00", "01:30", "03:00", "03:30"],
        "02:00 does not exist"
    );
    // A start that does not exist is later.
    let gap = wall(
        "Europe/Berlin",
        date(2026, 3, 29),
        &[(150, 240)],
        &talk,
        &[],
    );
    assert_eq!(gap, ["03:30"]);
}

#[test]
fn hours_over_midnight() {
    let talk = service(60, 60);
    let found = wall(
        "Asia/Kolkata",
        date(2026, 5, 5),
        &[(22 * 60, 26 * 60)],
        &talk,
        &[],
    );
    assert_eq!(found, ["00:00", "01:00", "22:00", "23:00"]);
}

fn claim(owner: u128, start: Timestamp, minutes: i64) -> Claim {
    Claim {
        owner: Uuid::from_u128(owner),
        from: start,
        to: start + Millis::from_mins(minutes),
        starts_at: start,
        service: Some(ServiceId(Uuid::from_u128(1))),
        until: Timestamp::MAX,
        seats: 1,
    }
}

#[test]
fn what_is_taken_with_its_buffers_is_not_shown() {
    let zone = "Europe/Berlin";
    let day = date(2026, 5, 5);
    let nine = at(zone, datetime(2026, 5, 5, 10, 0, 0, 0));
    let mut talk = service(30, 30);
    let shown = |talk: &Service, busy: &[Claim]| wall(zone, day, &[(540, 720)], talk, busy);
    assert_eq!(shown(&talk, &[]).len(), 6);
    let taken = [claim(9, nine, 30)];
    assert_eq!(
        shown(&talk, &taken),
        ["09:00", "09:30", "10:30", "11:00", "11:30"]
    );
    talk.draft.after = Millis::from_mins(10);
    assert_eq!(shown(&talk, &taken), ["09:00", "10:30", "11:00", "11:30"]);
    talk.draft.before = Millis::from_mins(5);
    assert_eq!(shown(&talk, &taken), ["09:00", "11:00", "11:30"]);
    // A hold that ended is nothing.
    let mut ended = taken;
    ended[0].until = Timestamp(1);
    assert_eq!(shown(&talk, &ended).len(), 6);
    talk.draft.active = false;
    assert_eq!(shown(&talk, &[]).len(), 0);
}

#[test]
fn days_and_weeks_have_limits() {
    let zone = "Europe/Berlin";
    let monday = at(zone, datetime(2026, 5, 4, 9, 0, 0, 0));
    let mut talk = service(60, 60);
    let hours = every_day(zone, &[(540, 720)]);
    let count = |talk: &Service, busy: &[Claim]| {
        let asked = Ask {
            from: monday,
            to: monday + Millis::from_days(7),
            now: monday - Millis::from_days(1),
            ..ask(talk, &hours, busy)
        };
        slots(&asked).len()
    };
    let busy = [claim(1, monday, 60), claim(1, monday, 60)];
    assert_eq!(count(&talk, &busy), 20);
    talk.draft.per_day_max = Some(1);
    assert_eq!(count(&talk, &busy), 18, "Monday is full");
    talk.draft.per_week_max = Some(2);
    assert_eq!(count(&talk, &busy), 18, "the same claim twice is one");
    talk.draft.per_week_max = Some(1);
    assert_eq!(count(&talk, &busy), 0);
}

#[test]
fn a_session_is_shown_until_its_last_seat_is_taken() {
    let zone = "Europe/Berlin";
    let monday = at(zone, datetime(2026, 5, 4, 9, 0, 0, 0));
    let mut talk = service(60, 30);
    talk.draft.capacity = 2;
    let hours = every_day(zone, &[(540, 720)]);
    let shown = |talk: &Service, busy: &[Claim]| {
        let asked = Ask {
            from: monday,
            to: monday + Millis::from_days(1),
            now: monday - Millis::from_days(1),
            ..ask(talk, &hours, busy)
        };
        let first = slots(&asked)
            .iter()
            .filter(|at| **at < monday + Millis::from_mins(90))
            .count();
        (first, seats_taken(&asked).get(&monday).copied())
    };
    let seat = |owner| Claim {
        seats: 2,
        ..claim(owner, monday, 60)
    };
    assert_eq!(shown(&talk, &[]), (3, None), "09:00, 09:30 and 10:00");
    // The session can be joined, and nothing begins in the middle of it.
    assert_eq!(shown(&talk, &[seat(1), seat(1)]), (2, Some(1)));
    assert_eq!(shown(&talk, &[seat(1), seat(2)]), (1, Some(2)));
    // One more in a session is no session more.
    talk.draft.per_day_max = Some(1);
    assert_eq!(shown(&talk, &[seat(1)]), (1, Some(1)));
    talk.draft.per_day_max = None;
    // What was booked alone stays alone, and so does what was of another length.
    assert_eq!(shown(&talk, &[claim(1, monday, 60)]), (1, None));
    talk.draft.after = Millis::from_mins(5);
    assert_eq!(shown(&talk, &[seat(1)]).1, None);
    talk.draft.after = Millis::ZERO;
    talk.draft.capacity = 1;
    assert_eq!(shown(&talk, &[seat(1)]), (1, None));
}

#[test]
fn notice_and_horizon() {
    let zone = "UTC";
    let mut talk = service(60, 60);
    talk.draft.notice = Millis::from_mins(90);
    talk.draft.horizon = Millis::from_days(2);
    let hours = every_day(zone, &[(540, 720)]);
    let now = at(zone, datetime(2026, 5, 4, 9, 0, 0, 0));
    let asked = Ask {
        now,
        ..ask(&talk, &hours, &[])
    };
    let found = slots(&asked);
    let first = at(zone, datetime(2026, 5, 4, 11, 0, 0, 0));
    let last = at(zone, datetime(2026, 5, 6, 9, 0, 0, 0));
    assert_eq!(
        (found.first(), found.last(), found.len()),
        (Some(&first), Some(&last), 5)
    );
}

/// P8: every zone of the database, around each of its transitions from 2026 to 2030. Every slot
/// that is shown can be booked; each lies wholly in an hour that the host offered; none is missing
/// beside another length than it says.
#[test]
fn p8_every_shown_slot_can_be_booked_in_every_zone_at_every_transition() {
    let from = jiff::Timestamp::from_millisecond(1_767_225_600_000).unwrap();
    let end = jiff::Timestamp::from_millisecond(1_924_991_999_000).unwrap();
    let (mut zones, mut transitions, mut checked) = (0, 0, 0);
    for name in jiff::tz::db().available() {
        let Ok(zone) = TimeZone::get(name.as_str()) else {
            continue;
        };
        zones += 1;
        let changes: Vec<_> = zone
            .following(from)
            .take_while(|it| it.timestamp() < end)
            .collect();
        for change in changes {
            transitions += 1;
            let change = Timestamp(change.timestamp().as_millisecond());
            for (minutes, step) in [(30, 30), (45, 20), (60, 60)] {
                let talk = service(minutes, step);
                let hours = every_day(name.as_str(), &[(0, 24 * 60)]);
                let around = Ask {
                    from: change - Millis::from_mins(14 * 60),
                    to: change + Millis::from_mins(14 * 60),
                    now: change - Millis::from_days(3),
                    ..ask(&talk, &hours, &[])
                };
                let found = slots(&around);
                assert!(
                    found.windows(2).all(|it| it[0] < it[1]),
                    "{name}: in order, once"
                );
                assert!(
                    found.len() >= (27 * 60 / step - 4) as usize,
                    "{name}: {}",
                    found.len()
                );
                for start in &found {
                    checked += 1;
                    assert!(
                        is_slot(&around, *start),
                        "{name}: {start:?} is shown, not bookable"
                    );
                }
            }
            // Whatever the span, what is shown is inside of it on the wall, and can be booked.
            let local = zone.to_datetime(jiff::Timestamp::from_millisecond(change.0).unwrap());
            let minute = |hours: i16| {
                let at = i16::from(local.hour()) + hours;
                (at.clamp(0, 36) * 60) as u16
            };
            let (opens, closes) = (minute(-2), minute(4));
            if opens >= 24 * 60 || opens >= closes {
                continue;
            }
            let talk = service(25, 25);
            let hours = every_day(name.as_str(), &[(opens, closes)]);
            let around = Ask {
                from: change - Millis::from_days(1),
                to: change + Millis::from_days(1),
                now: change - Millis::from_days(3),
                ..ask(&talk, &hours, &[])
            };
            for start in slots(&around) {
                checked += 1;
                assert!(is_slot(&around, start), "{name}");
                let day = date_of(&zone, start).unwrap();
                let inside = [Some(day), day.yesterday().ok()]
                    .into_iter()
                    .flatten()
                    .any(|day| {
                        let span = Span {
                            from: opens,
                            to: closes,
                        };
                        instants(&zone, day, span).is_some_and(|(from, to)| {
                            from <= start && start + talk.draft.duration <= to
                        })
                    });
                assert!(inside, "{name}: {start:?}");
            }
        }
    }
    assert!(zones > 400, "{zones} zones");
    assert!(transitions > 1_000, "{transitions} transitions");
    assert!(checked > 100_000, "{checked} slots");
}

proptest! {
    /// Whatever is taken: what is shown is free with its buffers, and can be booked; once it is
    /// booked it is not shown.
    #[test]
    fn shown_is_free_and_booked_is_not_shown(
        taken in proptest::collection::vec((0_i64..3_000, 5_i64..300, any::<bool>()), 0..12),
        buffers in (0_i64..4, 0_i64..4),
        pick in any::<proptest::sample::Index>(),
    ) {
        let now = Timestamp(1_793_000_000_000);
        let mut talk = service(30, 15);
        talk.draft.before = Millis::from_mins(buffers.0 * 5);
        talk.draft.after = Millis::from_mins(buffers.1 * 5);
        let hours = every_day("Europe/Berlin", &[(0, 24 * 60)]);
        let mut busy: Vec<_> = taken.iter().enumerate().map(|(n, (start, minutes, ended))| {
            let mut it = claim(n as u128 + 10, now + Millis::from_mins(*start), *minutes);
            if *ended { it.until = now; }
            it
        }).collect();
        let asked = Ask { to: now + Millis::from_days(2), now, ..ask(&talk, &hours, &busy) };
        let found = slots(&asked);
        for start in &found {
            let (from, to) = span_of(&talk, *start);
            prop_assert!(!busy.iter().any(|it| it.is_live(now) && it.from < to && from < it.to));
        }
        if !found.is_empty() {
            let start = found[pick.index(found.len())];
            let (from, to) = span_of(&talk, start);
            prop_assert!(is_slot(&asked, start));
            busy.push(Claim { from, to, ..claim(999, start, 30) });
            let again = Ask { to: now + Millis::from_days(2), now, ..ask(&talk, &hours, &busy) };
            prop_assert!(!is_slot(&again, start));
        }
    }
}

#[test]
fn a_series_keeps_its_place_on_the_wall() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let start = at("Europe/Berlin", datetime(2026, 3, 23, 9, 0, 0, 0));
    let next = weeks_later(&zone, start, 1).unwrap();
    assert_eq!(next, at("Europe/Berlin", datetime(2026, 3, 30, 9, 0, 0, 0)));
    assert_eq!(
        next.since(start),
        Millis::from_mins(167 * 60),
        "an hour less"
    );
}

#[test]
fn the_nearest_free_ones() {
    let all: Vec<_> = [1, 5, 9, 20, 21].map(Timestamp).to_vec();
    assert_eq!(nearest(&all, Timestamp(8), 3), [1, 5, 9].map(Timestamp));
    assert_eq!(nearest(&all, Timestamp(21), 2), [20, 21].map(Timestamp));
}

/// P9, as far as a count goes: `make bench-slots` says how long it takes.
#[test]
fn p9_a_year_of_slots_is_complete() {
    let mut talk = service(15, 15);
    talk.draft.horizon = Millis::from_days(366);
    let now = at("Europe/Berlin", datetime(2026, 1, 1, 0, 0, 0, 0));
    let hours = every_day("Europe/Berlin", &[(540, 1_050)]);
    let asked = Ask {
        from: now,
        to: now + Millis::from_days(365),
        now,
        ..ask(&talk, &hours, &[])
    };
    assert_eq!(slots(&asked).len(), 365 * 34);
}

/// Full is a day that is offered and has nothing left, however the question cuts it.
#[test]
fn a_day_is_full_when_it_is_offered_and_nothing_of_it_is_left() {
    let zone = "Europe/Berlin";
    let service = service(60, 60);
    let mut hours = every_day(zone, &[(9 * 60, 11 * 60)]);
    hours.week[2] = Vec::new();
    let monday = at(zone, datetime(2026, 11, 23, 0, 0, 0, 0));
    // All of Tuesday and the second half of Thursday are taken; on Wednesday nobody works.
    let busy = [
        claim(1, at(zone, datetime(2026, 11, 24, 8, 0, 0, 0)), 240),
        claim(2, at(zone, datetime(2026, 11, 26, 10, 0, 0, 0)), 120),
    ];
    let asked = Ask {
        from: monday,
        to: monday + Millis::from_days(4),
        now: monday,
        ..ask(&service, &hours, &busy)
    };
    let full = |ask: &Ask<'_>| full_days(ask, &slots(ask));
    assert_eq!(full(&asked), [date(2026, 11, 24)]);
    // Cut in the middle of a day whose other half has a free time, and of one that has none.
    let cut = Ask {
        from: at(zone, datetime(2026, 11, 24, 10, 0, 0, 0)),
        ..asked
    };
    assert_eq!(full(&cut), [date(2026, 11, 24)]);
    let half = Ask {
        from: at(zone, datetime(2026, 11, 26, 10, 0, 0, 0)),
        ..asked
    };
    assert_eq!(full(&half), []);
    // Behind the last that was asked for nothing is known, and nothing is said.
    assert_eq!(full(&Ask { limit: 1, ..asked }), []);
}
