//! Tables: what is said on a host's line, and what is done.

use uuid::Uuid;

use super::*;
use crate::{id::RoomId, money::MilliCoins, paid::Status, tariff::Tariff};

const TARIFF: Tariff = Tariff {
    per_minute: MilliCoins::coins(15),
    initial_s: 60,
    increment_s: 1,
    free_s: 0,
    connect_fee: MilliCoins::ZERO,
    commission_bps: 0,
};

const HOST: UserId = UserId(Uuid::from_u128(1));

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

fn call(n: u128) -> CallId {
    CallId(Uuid::from_u128(n))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000)
}

fn invite(n: u128, wait: bool, seconds: i64) -> Input {
    let attempt = Attempt {
        call: call(n),
        room: RoomId(Uuid::from_u128(n + 100)),
        caller: user(n),
        session: session(n),
        name: format!("Caller {n}"),
        media: MediaKind::Video,
        tariff: TARIFF,
        at: at(seconds),
    };
    Input::Invite { attempt, wait }
}

fn accept(n: u128, device: u128) -> Input {
    Input::Accept {
        call: call(n),
        session: session(device),
        media: MediaKind::Video,
    }
}

fn opened(n: u128) -> Input {
    Input::Opened {
        call: call(n),
        failed: None,
    }
}

/// One word for each effect.
fn words(effects: &[Effect]) -> String {
    let word = |effect: &Effect| match effect {
        Effect::Tell { user, event, .. } => {
            let who = match *user == HOST {
                true => "host".to_owned(),
                false => user.0.as_u128().to_string(),
            };
            let what = match event {
                Event::CallIncoming { call, .. } => format!("incoming {}", call.0.as_u128()),
                Event::CallRinging { .. } => "ringing".into(),
                Event::CallQueued { place, .. } => format!("place {place}"),
                Event::CallAccepted { .. } => "accepted".into(),
                Event::CallUnanswered { why, .. } => format!("{why:?}").to_lowercase(),
                other => format!("{other:?}"),
            };
            format!("{who}:{what}")
        }
        Effect::Open { attempt, .. } => format!("open {}", attempt.call.0.as_u128()),
        Effect::Note { attempt, status } => {
            format!("note {} {}", attempt.call.0.as_u128(), status.word())
        }
    };
    effects.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn answer(answer: &Result<Reply, Refused>) -> String {
    match answer {
        Ok(Reply::Ringing { .. }) => "rings".into(),
        Ok(Reply::Queued { place, wait, .. }) => match wait {
            Some(wait) => format!("place {place}, {} s", wait.0 / 1_000),
            None => format!("place {place}"),
        },
        Ok(Reply::Opening) => "opening".into(),
        Ok(Reply::Done) => "done".into(),
        Err(Refused::Busy { room: true, .. }) => "busy".into(),
        Err(other) => format!("{other:?}").to_lowercase(),
    }
}

/// second, input, answer, effects.
fn check(lengths: &[i64], steps: Vec<(i64, Input, &str, &str)>) -> Ring {
    let lengths = lengths.iter().map(|s| Millis::from_secs(*s));
    let mut ring = Ring::new(HOST, Limits::default(), lengths);
    for (index, (second, input, said, done)) in steps.into_iter().enumerate() {
        let (got, effects) = ring.handle(input.clone(), at(second));
        assert_eq!(answer(&got), said, "answer of step {index}: {input:?}");
        assert_eq!(words(&effects), done, "effects of step {index}: {input:?}");
    }
    ring
}

#[test]
fn the_first_device_that_takes_it_wins_and_the_others_stop() {
    let ring = check(
        &[],
        vec![
            (0, invite(7, false, 0), "rings", "host:incoming 7"),
            (1, Input::Heard { call: call(7) }, "done", "7:ringing"),
            (2, accept(7, 50), "opening", "open 7"),
            (2, accept(7, 51), "answered", ""),
            (2, accept(7, 50), "opening", ""),
            (3, opened(7), "done", "host:elsewhere, 7:accepted"),
            (4, accept(7, 51), "answered", ""),
            (
                4,
                Input::Cancel {
                    caller: user(7),
                    call: call(7),
                },
                "over",
                "",
            ),
        ],
    );
    assert_eq!(ring.live(), Some(call(7)));
}

#[test]
fn declined_cancelled_missed_and_given_up() {
    let none = Input::Tick;
    check(
        &[],
        vec![
            (0, invite(7, false, 0), "rings", "host:incoming 7"),
            (
                1,
                Input::Decline {
                    call: call(7),
                    busy: false,
                },
                "done",
                "host:declined, 7:declined, note 7 declined",
            ),
            (2, invite(8, false, 2), "rings", "host:incoming 8"),
            (
                3,
                Input::Cancel {
                    caller: user(9),
                    call: call(8),
                },
                "notfound",
                "",
            ),
            (
                3,
                Input::Cancel {
                    caller: user(8),
                    call: call(8),
                },
                "done",
                "host:cancelled, 8:cancelled, note 8 cancelled",
            ),
            (10, invite(9, false, 10), "rings", "host:incoming 9"),
            (54, none.clone(), "done", ""),
            (
                55,
                none.clone(),
                "done",
                "host:timeout, 9:timeout, note 9 missed",
            ),
            (60, invite(4, false, 60), "rings", "host:incoming 4"),
            (
                61,
                Input::Lost {
                    session: session(4),
                },
                "done",
                "",
            ),
            (
                70,
                Input::Back {
                    session: session(4),
                },
                "done",
                "",
            ),
            (77, none.clone(), "done", ""),
            (
                78,
                Input::Lost {
                    session: session(4),
                },
                "done",
                "",
            ),
            (
                93,
                none,
                "done",
                "host:callerlost, 4:callerlost, note 4 cancelled",
            ),
        ],
    );
}

#[test]
fn two_callers_at_once_the_second_is_told_or_waits_and_rings_next() {
    check(
        &[],
        vec![
            (0, invite(7, false, 0), "rings", "host:incoming 7"),
            (0, invite(8, false, 0), "busy", "note 8 busy"),
            (0, invite(8, true, 0), "place 1", ""),
            (1, invite(9, true, 1), "place 2", ""),
            (
                5,
                Input::Decline {
                    call: call(7),
                    busy: true,
                },
                "done",
                "host:busy, 7:busy, note 7 busy, host:incoming 8, 8:ringing, 9:place 1",
            ),
            (6, accept(8, 50), "opening", "open 8"),
            (
                6,
                opened(8),
                "done",
                "host:elsewhere, 8:accepted, 9:place 1",
            ),
            (
                90,
                Input::Over {
                    call: call(8),
                    length: Millis::from_secs(80),
                },
                "done",
                "host:incoming 9, 9:ringing",
            ),
        ],
    );
}

#[test]
fn the_line_is_bounded_and_the_wait_is_said_only_when_it_can_be_known() {
    let busy = Input::Busy {
        call: call(1),
        since: at(0),
    };
    // Half of the past calls were not longer than 300 s.
    let mut ring = check(
        &[100, 300, 600],
        vec![
            (100, busy.clone(), "done", ""),
            (100, invite(2, true, 100), "place 1, 200 s", ""),
            (100, invite(3, true, 100), "place 2, 500 s", ""),
            (301, invite(4, true, 301), "place 3", ""),
            (301, invite(5, true, 301), "place 4", ""),
            (301, invite(6, true, 301), "place 5", ""),
        ],
    );
    let (full, _) = ring.handle(invite(7, true, 301), at(301));
    assert_eq!(
        full,
        Err(Refused::Busy {
            wait: None,
            room: false
        })
    );
    check(
        &[100, 300],
        vec![
            (0, busy, "done", ""),
            (0, invite(2, true, 0), "place 1", ""),
        ],
    );
}

#[test]
fn money_that_is_not_there_when_it_begins_ends_the_ring_and_charges_nothing() {
    let failed = Input::Opened {
        call: call(7),
        failed: Some(Unanswered::Balance),
    };
    check(
        &[],
        vec![
            (0, invite(7, false, 0), "rings", "host:incoming 7"),
            (1, accept(7, 50), "opening", "open 7"),
            (1, failed, "done", "host:balance, 7:balance, note 7 failed"),
        ],
    );
}

#[test]
fn a_repeated_call_of_the_same_person_is_the_same_call() {
    let mut ring = check(
        &[],
        vec![(0, invite(7, false, 0), "rings", "host:incoming 7")],
    );
    let mut again = invite(8, false, 3);
    if let Input::Invite { attempt, .. } = &mut again {
        attempt.caller = user(7);
    }
    let (answer, effects) = ring.handle(again, at(3));
    assert!(matches!(answer, Ok(Reply::Ringing { call: same, .. }) if same == call(7)));
    assert!(effects.is_empty());
}

#[test]
fn a_device_that_comes_later_rings_too_and_a_host_who_stops_is_rung_no_more() {
    check(
        &[],
        vec![
            (0, invite(7, false, 0), "rings", "host:incoming 7"),
            (0, invite(8, true, 0), "place 1", ""),
            (
                2,
                Input::Show {
                    session: session(60),
                },
                "done",
                "host:incoming 7",
            ),
            (
                3,
                Input::Blocked(user(8)),
                "done",
                "8:declined, note 8 declined",
            ),
            (
                4,
                Input::Off,
                "done",
                "host:hostgone, 7:hostgone, note 7 missed",
            ),
            (
                5,
                Input::Show {
                    session: session(60),
                },
                "done",
                "",
            ),
        ],
    );
    assert_eq!(Unanswered::HostGone.status(), Status::Missed);
}

#[test]
fn a_voice_call_is_never_answered_with_a_picture() {
    let mut ring = Ring::new(HOST, Limits::default(), []);
    let mut voice = invite(7, false, 0);
    if let Input::Invite { attempt, .. } = &mut voice {
        attempt.media = MediaKind::Audio;
    }
    let _ = ring.handle(voice, at(0));
    let (_, effects) = ring.handle(accept(7, 50), at(1));
    assert!(matches!(
        effects[..],
        [Effect::Open {
            media: MediaKind::Audio,
            ..
        }]
    ));
}

#[test]
fn a_host_in_a_meeting_is_busy_and_who_waits_rings_after_it() {
    let ring = check(
        &[60, 60, 60],
        vec![
            (0, Input::Engaged(true), "done", ""),
            (1, invite(7, false, 1), "busy", "note 7 busy"),
            (2, invite(7, true, 2), "place 1", ""),
            (
                9,
                Input::Engaged(false),
                "done",
                "host:incoming 7, 7:ringing",
            ),
            // Who answers goes into a room.
            (10, accept(7, 50), "opening", "open 7"),
            (11, opened(7), "done", "host:elsewhere, 7:accepted"),
            (11, Input::Engaged(true), "done", ""),
            (12, invite(8, true, 12), "place 1, 59 s", ""),
            (
                20,
                Input::Over {
                    call: call(7),
                    length: Millis::from_secs(9),
                },
                "done",
                "",
            ),
            (
                21,
                Input::Engaged(false),
                "done",
                "host:incoming 8, 8:ringing",
            ),
        ],
    );
    assert!(!ring.is_idle());
}
