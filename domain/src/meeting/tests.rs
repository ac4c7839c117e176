//! What a meeting allows at each time, and what its money comes to.

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const START: i64 = 100_000_000_000;

fn mins(n: i64) -> Timestamp {
    Timestamp(START) + Millis::from_mins(n)
}

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

pub(crate) fn meeting(status: Status) -> Meeting {
    Meeting {
        id: MeetingId(Uuid::from_u128(1)),
        room: RoomId(Uuid::from_u128(2)),
        host: user(10),
        client: Client {
            user: Some(user(20)),
            named_by_account: false,
            email: Email::parse("client@example.org").unwrap(),
            name: "Client".into(),
        },
        terms: Terms {
            subject: "Talk".into(),
            description: String::new(),
            starts_at: Timestamp(START),
            duration: Millis::from_mins(50),
        },
        lobby: true,
        status,
        version: 1,
        attendance: vec![],
        declared: vec![],
        call_started_at: None,
        call_ended_at: None,
        live_since: None,
        call_time: Millis::ZERO,
        booking: None,
        remark: None,
        created_at: mins(-1000),
        updated_at: mins(-1000),
    }
}

#[test]
fn the_door() {
    use JoinState::*;
    use Status::*;
    // status, minutes from the start, verdict
    let cases = [
        (Confirmed, -16, TooEarly),
        (Confirmed, -15, Open),
        (Confirmed, 0, Open),
        (Confirmed, 119, Open),
        (Confirmed, 120, TooLate),
        (InProgress, -10, Open),
        (InProgress, 90, Open),
        (InProgress, 121, TooLate),
        (AwaitingPayment, 0, Unpaid),
        (Requested, 0, Unpaid),
        (Completed, 0, Over),
        (Cancelled, -60, Over),
        (Declined, 0, Over),
        (Expired, 0, Over),
        (NoShowClient, 0, Over),
        (NoShowHost, 0, Over),
    ];
    for (status, at, expected) in cases {
        let verdict = meeting(status).joinable(Window::default(), mins(at));
        assert_eq!(verdict.state, expected, "{status:?} at {at}");
        assert_eq!(verdict.opens_at, mins(-15));
        assert_eq!(verdict.closes_at, mins(120));
    }
}

#[test]
fn a_long_meeting_keeps_its_door_open_to_its_end() {
    let mut long = meeting(Status::InProgress);
    long.terms.duration = Millis::from_mins(180);
    assert_eq!(
        long.joinable(Window::default(), mins(150)).state,
        JoinState::Open
    );
}

proptest! {
    /// C03: the window lies before-15 to after-120 and nowhere else, whatever the clock.
    #[test]
    fn open_exactly_inside_the_window(offset_ms in -20_000_000_i64..20_000_000) {
        let now = Timestamp(START + offset_ms);
        let open = meeting(Status::Confirmed).joinable(Window::default(), now).state == JoinState::Open;
        prop_assert_eq!(open, (-900_000..7_200_000).contains(&offset_ms));
    }
}

/// Runs (minute, input) pairs and gives the final meeting and the effects of the last input.
fn run(steps: &[(i64, Input)]) -> (Meeting, Result<Vec<Effect>, OutOfTurn>) {
    let mut meeting = meeting(Status::Confirmed);
    let mut last = Ok(vec![]);
    for (at, input) in steps {
        last = meeting.handle(input.clone(), Window::default(), mins(*at));
    }
    (meeting, last)
}

#[test]
fn a_remark_stands_with_the_step_that_it_was_said_with() {
    let said = |text: &str| {
        let remark = Remark::check(Part::Client, text).unwrap().unwrap();
        Input::Said(remark, Box::new(Input::Cancel(Part::Client)))
    };
    let (m, again) = run(&[(-5, said(" I am ill. ")), (-4, said("Or not."))]);
    assert_eq!((m.status, again), (Status::Cancelled, Ok(vec![])));
    assert_eq!(m.remark.unwrap().text, "I am ill.");
    assert_eq!(Remark::check(Part::Host, " \n").unwrap(), None);
    assert!(Remark::check(Part::Host, &"x".repeat(501)).is_err());
    let (m, refused) = run(&[
        (0, Input::CallStarted),
        (51, Input::CallEnded),
        (52, said("?")),
    ]);
    assert_eq!(
        (refused, m.remark),
        (Err(OutOfTurn(Status::Completed)), None)
    );
}

#[test]
fn the_second_one_can_still_come_and_both_can_come_back() {
    let (m, _) = run(&[
        (-5, Input::Entered(user(10))),
        (0, Input::Entered(user(20))),
        (0, Input::CallStarted),
    ]);
    assert_eq!(m.status, Status::InProgress);
    assert_eq!(
        m.joinable(Window::default(), mins(1)).state,
        JoinState::Open
    );
    // Both lose the line for longer than the grace; the booked time is still theirs.
    let (m, effects) = run(&[(0, Input::CallStarted), (10, Input::CallEnded)]);
    assert_eq!(effects, Ok(vec![]));
    assert_eq!(
        m.joinable(Window::default(), mins(12)).state,
        JoinState::Open
    );
    assert_eq!(m.call_time, Millis::from_mins(10));
}

#[test]
fn a_declared_call_begins_when_both_declared_it() {
    let (m, _) = run(&[
        (0, Input::Declared(user(10))),
        (1, Input::Declared(user(10))),
    ]);
    assert_eq!(m.status, Status::Confirmed, "one alone begins nothing");
    let (m, _) = run(&[
        (0, Input::Declared(user(10))),
        (1, Input::Declared(user(20))),
    ]);
    assert_eq!(
        (m.status, m.live_since),
        (Status::InProgress, Some(mins(1)))
    );
}

#[test]
fn a_host_learns_of_an_account_when_its_owner_comes() {
    let (mut m, _) = run(&[]);
    assert_eq!(m.client_known_to_host(), None);
    m.client.named_by_account = true;
    assert_eq!(m.client_known_to_host(), Some(user(20)));
    let (m, _) = run(&[(0, Input::Entered(user(20)))]);
    assert_eq!(m.client_known_to_host(), Some(user(20)));
}

#[test]
fn call_time_is_the_sum_of_the_calls() {
    let (m, _) = run(&[
        (0, Input::CallStarted),
        (10, Input::CallEnded),
        (20, Input::CallStarted),
        (50, Input::CallEnded),
    ]);
    assert_eq!(m.call_time(mins(99)), Millis::from_mins(40));
    assert_eq!(m.status, Status::Completed);
    assert_eq!(m.call_started_at, Some(mins(0)));
    assert_eq!(m.call_ended_at, Some(mins(50)));
}

#[test]
fn the_host_ends_for_all() {
    let (m, effects) = run(&[(0, Input::CallStarted), (5, Input::EndForAll)]);
    assert_eq!(m.status, Status::Completed);
    assert!(effects.unwrap().contains(&Effect::EndRoom));
    // Twice is harmless.
    let (m, effects) = run(&[
        (0, Input::CallStarted),
        (5, Input::EndForAll),
        (6, Input::EndForAll),
    ]);
    assert_eq!((m.updated_at, effects), (mins(5), Ok(vec![])));
    // Before anybody met, the appointment stays.
    let (m, _) = run(&[(0, Input::EndForAll)]);
    assert_eq!(m.status, Status::Confirmed);
}

#[test]
fn changes() {
    let mut later = meeting(Status::Confirmed).terms;
    later.starts_at = mins(60);
    let (m, effects) = run(&[(-100, Input::Change(later.clone()))]);
    assert_eq!(m.version, 2);
    assert!(effects.unwrap().contains(&Effect::ReplaceInvitation));
    // A corrected word leaves the link alone.
    let mut word = meeting(Status::Confirmed).terms;
    word.subject = "Walk".into();
    let (m, effects) = run(&[(-100, Input::Change(word))]);
    assert_eq!((m.version, effects), (1, Ok(vec![Effect::Tell])));
    // Nothing new is nothing.
    let same = meeting(Status::Confirmed).terms;
    let (m, effects) = run(&[(-100, Input::Change(same))]);
    assert_eq!((m.version, effects), (1, Ok(vec![])));
    // Not while people sit in it.
    let (_, effects) = run(&[(0, Input::CallStarted), (1, Input::Change(later))]);
    assert_eq!(effects, Err(OutOfTurn(Status::InProgress)));
}

#[test]
fn calling_it_off() {
    let (m, effects) = run(&[(-100, Input::Cancel(Part::Host))]);
    assert_eq!(m.status, Status::Cancelled);
    let effects = effects.unwrap();
    assert!(effects.contains(&Effect::RevokeInvitation));
    assert!(effects.contains(&Effect::MailCancelled));
    let (_, again) = run(&[
        (-100, Input::Cancel(Part::Host)),
        (-99, Input::Cancel(Part::Host)),
    ]);
    assert_eq!(again, Ok(vec![]));
    let (_, late) = run(&[
        (0, Input::CallStarted),
        (1, Input::EndForAll),
        (2, Input::Cancel(Part::Host)),
    ]);
    assert_eq!(late, Err(OutOfTurn(Status::Completed)));
}

#[test]
fn who_came() {
    use Status::*;
    let host = Input::Entered(user(10));
    let client = Input::Entered(user(20));
    let cases: [(&[Input], Status); 4] = [
        (&[], Expired),
        (std::slice::from_ref(&host), NoShowClient),
        (std::slice::from_ref(&client), NoShowHost),
        (&[host.clone(), client.clone()], Completed),
    ];
    for (inputs, expected) in cases {
        let mut steps: Vec<_> = inputs.iter().map(|input| (0, input.clone())).collect();
        steps.push((119, Input::Tick));
        assert_eq!(run(&steps).0.status, Confirmed, "the door is still open");
        steps.push((120, Input::Tick));
        assert_eq!(run(&steps).0.status, expected, "{inputs:?}");
    }
}

#[test]
fn a_live_call_outlives_the_window() {
    let (m, _) = run(&[(100, Input::CallStarted), (130, Input::Tick)]);
    assert_eq!(m.status, Status::InProgress);
    let (m, _) = run(&[(100, Input::CallStarted), (120 + 12 * 60, Input::Tick)]);
    assert_eq!((m.status, m.call_time), (Status::Completed, Millis::ZERO));
}

#[test]
fn terms() {
    let good = meeting(Status::Confirmed).terms;
    let check = |change: fn(&mut Terms)| {
        let mut terms = good.clone();
        change(&mut terms);
        terms.check(mins(-60)).map_err(|bad| bad.field)
    };
    assert!(check(|_| ()).is_ok());
    assert_eq!(check(|t| t.subject = " ".into()).unwrap_err(), "subject");
    assert_eq!(check(|t| t.subject = "a\nb".into()).unwrap_err(), "subject");
    assert_eq!(
        check(|t| t.duration = Millis::from_mins(4)).unwrap_err(),
        "durationMinutes"
    );
    assert_eq!(
        check(|t| t.starts_at = mins(-90)).unwrap_err(),
        "scheduledAt"
    );
    assert!(check(|t| t.starts_at = mins(-70)).is_ok());
    assert_eq!(
        check(|t| t.starts_at = mins(60 * 24 * 400)).unwrap_err(),
        "scheduledAt"
    );
}

fn booked(status: Status, coins: i64, payment: Payment) -> Meeting {
    let mut it = meeting(status);
    it.booking = Some(Booking {
        payment,
        expires_at: Some(mins(-60)).filter(|_| status != Status::Confirmed),
        ..crate::booking::tests::booking(coins)
    });
    it
}

/// Runs inputs and gives the statuses and payments that they lead to.
fn road(mut it: Meeting, steps: &[(i64, Input)]) -> Vec<(Status, &'static str)> {
    let step = |(at, input): &(i64, Input)| {
        let _ = it.handle(input.clone(), Window::default(), mins(*at));
        (it.status, it.booking.as_ref().unwrap().payment.word())
    };
    steps.iter().map(step).collect()
}

#[test]
fn the_roads_of_a_booking() {
    use Payment::*;
    use Status::*;
    let host = Input::Entered(user(10));
    let client = Input::Entered(user(20));
    let yes = Input::Approve(mins(-30));
    // status and payment at the beginning, inputs, what they lead to
    type Road<'a> = (Meeting, Vec<(i64, Input)>, Vec<(Status, &'a str)>);
    let cases: Vec<Road> = vec![
        (
            booked(Requested, 9, Due),
            vec![(-90, yes.clone()), (-80, Input::Pay), (-70, Input::Pay)],
            vec![
                (AwaitingPayment, "due"),
                (Confirmed, "paid"),
                (Confirmed, "paid"),
            ],
        ),
        (
            booked(Requested, 9, Due),
            vec![(-90, Input::Pay), (-80, yes.clone())],
            vec![(Requested, "paid"), (Confirmed, "paid")],
        ),
        (
            booked(Requested, 0, Free),
            vec![(-90, yes.clone()), (-80, Input::Decline)],
            vec![(Confirmed, "free"), (Confirmed, "free")],
        ),
        (
            booked(Requested, 9, Due),
            vec![(-90, Input::Pay), (-80, Input::Decline), (-70, yes)],
            vec![
                (Requested, "paid"),
                (Declined, "settled"),
                (Declined, "settled"),
            ],
        ),
        // A bill ran out, and the money came all the same.
        (
            booked(AwaitingPayment, 9, Due),
            vec![(-61, Input::Tick), (-60, Input::Tick), (-50, Input::Pay)],
            vec![
                (AwaitingPayment, "due"),
                (Expired, "due"),
                (Confirmed, "paid"),
            ],
        ),
        (
            booked(AwaitingPayment, 9, Due),
            vec![(-60, Input::Tick), (1, Input::Pay)],
            vec![(Expired, "due"), (Expired, "due")],
        ),
        // Who came.
        (
            booked(Confirmed, 9, Held),
            vec![(0, host.clone()), (14, Input::Tick), (15, Input::Tick)],
            vec![
                (Confirmed, "paid"),
                (Confirmed, "paid"),
                (NoShowClient, "settled"),
            ],
        ),
        (
            booked(Confirmed, 9, Held),
            vec![
                (0, client.clone()),
                (15, Input::Tick),
                (16, Input::Judge(Completed)),
            ],
            vec![
                (Confirmed, "paid"),
                (NoShowHost, "settled"),
                (Completed, "settled"),
            ],
        ),
        (
            booked(Confirmed, 9, Held),
            vec![
                (0, client),
                (1, host),
                (15, Input::Tick),
                (120, Input::Tick),
            ],
            vec![
                (Confirmed, "paid"),
                (Confirmed, "paid"),
                (Confirmed, "paid"),
                (Completed, "settled"),
            ],
        ),
        (
            booked(Confirmed, 9, Held),
            vec![(15, Input::Tick), (120, Input::Tick)],
            vec![(Confirmed, "paid"), (Expired, "settled")],
        ),
        // What can no longer be disputed is not judged again.
        (
            booked(Confirmed, 9, Held),
            vec![
                (120, Input::Tick),
                (130, Input::Mature),
                (140, Input::Judge(Completed)),
            ],
            vec![
                (Expired, "settled"),
                (Expired, "settled"),
                (Expired, "settled"),
            ],
        ),
    ];
    for (number, (it, steps, expected)) in cases.into_iter().enumerate() {
        assert_eq!(road(it, &steps), expected, "road {number}");
    }
}

#[test]
fn a_client_moves_a_booking_a_few_times_and_not_too_late() {
    let mut it = booked(Status::Confirmed, 9, Payment::Held);
    let mut go = |by, to, at| {
        let input = Input::Move(by, mins(to));
        let moved = it.handle(input, Window::default(), mins(at));
        moved.map(|effects| (it.version, effects.contains(&Effect::ReplaceInvitation)))
    };
    let out = Err(OutOfTurn(Status::Confirmed));
    assert_eq!(
        go(Part::Client, 500, -60),
        out,
        "nothing would be given back"
    );
    assert_eq!(go(Part::Client, 500, -1_440), Ok((2, true)));
    assert_eq!(go(Part::Client, 700, -1_440), out, "once was agreed");
    assert_eq!(go(Part::Host, 700, -1_440), Ok((3, true)));
    assert_eq!(go(Part::Host, 700, -1_440), Ok((3, false)));
}

#[test]
fn what_a_booking_takes_of_whose_time() {
    let it = booked(Status::AwaitingPayment, 9, Payment::Due);
    let host = it.claim(Part::Host).unwrap();
    assert_eq!(
        (host.from, host.to, host.until),
        (mins(-5), mins(60), mins(-60))
    );
    let client = it.claim(Part::Client).unwrap();
    assert_eq!((client.from, client.to), (mins(0), mins(50)));
    let it = booked(Status::Confirmed, 9, Payment::Held);
    assert_eq!(it.claim(Part::Host).unwrap().until, Timestamp::MAX);
    assert_eq!(meeting(Status::Cancelled).claim(Part::Host), None);
}

#[test]
fn a_service_has_its_own_door_and_reminders() {
    let mut it = booked(Status::Confirmed, 0, Payment::Free);
    let usual = [Millis::from_mins(15)];
    assert_eq!(it.reminder_leads(&usual), usual);
    let booking = it.booking.as_mut().unwrap();
    booking.reminder_leads = Some(vec![Millis::from_mins(60)]);
    booking.window = Some(Window {
        open_before: Millis::from_mins(10),
        close_after: Millis::from_mins(60),
    });
    assert_eq!(it.reminder_leads(&usual), [Millis::from_mins(60)]);
    let door = it.joinable(Window::default(), mins(-11));
    assert_eq!(
        (door.state, door.closes_at),
        (JoinState::TooEarly, mins(60))
    );
}

#[test]
fn every_status_has_its_own_word() {
    let words: std::collections::BTreeSet<_> = Status::all().map(Status::word).collect();
    assert_eq!(words.len(), WORDS.len());
}
