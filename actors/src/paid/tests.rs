//! Rings and meters on tokio's virtual clock, with the books of a made-up house.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use parlor_domain::{
    event::{Event, MediaKind},
    id::{CallId, RoomId, UserId},
    ledger::Account,
    money::MilliCoins,
    paid::{EndedBy, PaidCall, Status},
    ring::{Input, Refused, Unanswered},
    time::{Millis, Timestamp},
};

use super::{MeterMsg, RingMsg};
use crate::{
    clock::Clock,
    link::{Answer, Ask, CallAsk, RoomAsk, Trouble},
    ports::{NotCallable, Reach},
    registry::{Realtime, RealtimeConfig, lock},
    session::{Greeted, Line},
    testing::{self, CLIENT, Ear, HOST, House, NoWords, STRANGER, Said, TokioClock, token, user},
};

struct World {
    house: Arc<House>,
    realtime: Realtime,
}

struct Person {
    n: u128,
    ear: Ear,
    line: Line,
}

/// The wall's clock, which somebody turns by hours.
#[derive(Default)]
struct Turned {
    clock: TokioClock,
    by: AtomicI64,
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        self.clock.now() + Millis(self.by.load(Ordering::SeqCst))
    }
}

fn world_of(house: Arc<House>, epoch: &str) -> World {
    world_with(house, epoch, Arc::new(TokioClock::default()))
}

fn world_with(house: Arc<House>, epoch: &str, clock: Arc<dyn Clock>) -> World {
    let config = RealtimeConfig {
        arbiters: 0,
        ..RealtimeConfig::default()
    };
    let ports = testing::ports(&house, Arc::new(NoWords));
    let realtime = Realtime::start(ports, config, clock, epoch.into());
    World { house, realtime }
}

fn world(coins: i64) -> World {
    tokio::time::pause();
    let house = Arc::<House>::default();
    house.till.give(user(CLIENT), MilliCoins::coins(coins));
    world_of(house, "epoch1")
}

async fn settle() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

impl World {
    async fn person(&self, n: u128, device: &str) -> Person {
        let ear = Ear::default();
        let greeted = Greeted {
            token: token(n),
            device: device.into(),
            resume: None,
        };
        let conn = self.realtime.next_conn();
        let line = self.realtime.greet(conn, greeted, Box::new(ear.clone()));
        settle().await;
        let line = line.unwrap();
        Person { n, ear, line }
    }

    fn wallet(&self, n: u128) -> i64 {
        self.house.till.holds(Account::Wallet(user(n)))
    }

    fn earned(&self) -> i64 {
        self.house.till.holds(Account::HostPending(user(HOST)))
    }

    fn record(&self, call: CallId) -> PaidCall {
        lock(&self.house.till.calls)[&call].clone()
    }

    /// Both are in a call that was accepted, and in its room.
    async fn talking(&self) -> (Person, Person, CallId, RoomId) {
        let host = self.person(HOST, "desk").await;
        let client = self.person(CLIENT, "phone").await;
        let call = client.invite().await;
        let room = host.accept(call).await;
        for person in [&host, &client] {
            person.enter(room).await;
        }
        (host, client, call, room)
    }

    /// Both say every second that media flows.
    async fn talk(&self, seconds: u64, people: &[&Person], room: RoomId) {
        for _ in 0..seconds {
            for person in people {
                let (connected, relayed) = (true, Some(false));
                person.room(room, RoomAsk::CallMedia { connected, relayed });
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        settle().await;
    }

    async fn end(&self) {
        tokio::time::sleep(Duration::from_secs(600)).await;
        settle().await;
        let hub = &self.realtime.hub;
        assert!(hub.rings.is_empty(), "no desk is left alive");
        assert!(hub.meters.is_empty(), "no meter is left alive");
        assert!(hub.talks.is_empty());
        assert_eq!(self.realtime.rooms(), 0, "no room is left alive");
        let accounts = lock(&self.house.till.accounts);
        let held = |account: &Account| matches!(account, Account::CallHold(_));
        let left = accounts.iter().filter(|(account, _)| held(account));
        assert_eq!(
            left.map(|(_, units)| units).sum::<i64>(),
            0,
            "nothing is held"
        );
    }
}

impl Person {
    fn user(&self) -> UserId {
        user(self.n)
    }

    fn ask(&self, ask: Ask) {
        self.line.say(None, Some("q".into()), Some(ask));
    }

    fn room(&self, room: RoomId, what: RoomAsk) {
        self.line.say(None, None, Some(Ask::InRoom(room, what)));
    }

    async fn asked(&self, ask: CallAsk) -> Result<Answer, Trouble> {
        let _ = self.events();
        self.ask(Ask::Call(ask));
        settle().await;
        let said = self.ear.take();
        let mut answer = None;
        for said in said {
            match said {
                Said::Answer(Some(_), it) => answer = Some(it),
                other => self.ear.put_back(other),
            }
        }
        answer.unwrap()
    }

    async fn invite(&self) -> CallId {
        let (host, media, wait) = (user(HOST), MediaKind::Video, false);
        match self.asked(CallAsk::Invite { host, media, wait }).await {
            Ok(Answer::Calling(it)) => it.call,
            other => panic!("{other:?}"),
        }
    }

    async fn accept(&self, call: CallId) -> RoomId {
        match self.asked(CallAsk::Accept(call, MediaKind::Video)).await {
            Ok(Answer::Taken { room, .. }) => room,
            other => panic!("{other:?}"),
        }
    }

    async fn enter(&self, room: RoomId) {
        self.ask(Ask::Join {
            room,
            audio: true,
            video: true,
            old: None,
        });
        settle().await;
    }

    /// What was said since the last time.
    fn events(&self) -> Vec<Event> {
        let said = self.ear.take().into_iter();
        said.filter_map(|said| match said {
            Said::Event(_, it) => Some(it.event.clone()),
            _ => None,
        })
        .collect()
    }

    fn unanswered(&self) -> Vec<Unanswered> {
        let events = self.events().into_iter();
        events
            .filter_map(|event| match event {
                Event::CallUnanswered { why, .. } => Some(why),
                _ => None,
            })
            .collect()
    }
}

#[actix::test]
async fn every_device_rings_one_wins_and_the_door_is_open_to_the_two_only() {
    let world = world(100);
    let desk = world.person(HOST, "desk").await;
    let phone = world.person(HOST, "phone").await;
    let client = world.person(CLIENT, "c").await;
    let call = client.invite().await;
    for device in [&desk, &phone] {
        let rings = |it: &Event| matches!(it, Event::CallIncoming { call: of, .. } if *of == call);
        assert!(device.events().iter().any(rings));
    }
    // A device that comes while it rings, rings.
    let late = world.person(HOST, "late").await;
    assert!(matches!(late.events()[..], [Event::CallIncoming { .. }]));
    let room = phone.accept(call).await;
    let taken = desk.asked(CallAsk::Accept(call, MediaKind::Video)).await;
    assert_eq!(taken, Err(Trouble::Ring(Refused::Answered)));
    assert!(
        client
            .events()
            .contains(&Event::CallAccepted { call, room })
    );
    let stranger = world.person(STRANGER, "s").await;
    stranger.enter(room).await;
    let refused = stranger.ear.take();
    assert!(
        refused
            .iter()
            .any(|it| matches!(it, Said::Answer(_, Err(Trouble::Door(_))))),
        "{refused:?}"
    );
    assert_eq!(world.wallet(CLIENT), 90_000, "a minute is taken aside");
    world.end().await;
    let record = world.record(call);
    assert_eq!(
        (record.status, record.ended_by),
        (Status::Failed, Some(EndedBy::NoMedia))
    );
    assert_eq!(world.wallet(CLIENT), 100_000, "who never met pays nothing");
}

#[actix::test]
async fn the_record_the_books_and_what_both_are_told_say_the_same() {
    let world = world(100);
    let (host, client, call, room) = world.talking().await;
    world.talk(31, &[&host, &client], room).await;
    let _ = (host.events(), client.events());
    client.room(room, RoomAsk::Leave);
    settle().await;
    let record = world.record(call);
    assert_eq!(
        (record.status, record.ended_by),
        (Status::Completed, Some(EndedBy::Hangup))
    );
    let bill = record.bill.unwrap();
    assert_eq!((bill.billed_s, bill.charged.0), (30, 5_000));
    assert_eq!(world.wallet(CLIENT), 95_000);
    assert_eq!((world.earned(), bill.earned().0), (4_000, 4_000));
    let told = |person: &Person| {
        let ended = person.events().into_iter().find_map(|event| match event {
            Event::CallEnded {
                charged, earned, ..
            } => Some((charged.0, earned.map(|it| it.0))),
            _ => None,
        });
        ended.unwrap()
    };
    assert_eq!(told(&client), (5_000, None));
    assert_eq!(told(&host), (5_000, Some(4_000)));
    world.end().await;
}

/// P3: the price is for whole seconds that were talked, so the end may be up to one second later than
/// the last coin, and never earlier.
#[actix::test]
async fn p3_the_call_is_over_within_a_second_of_its_last_coin() {
    let world = world(5);
    let (host, client, call, room) = world.talking().await;
    let begun = tokio::time::Instant::now();
    let mut moments = 0;
    while !world.realtime.hub.meters.is_empty() {
        if moments % 20 == 0 {
            for person in [&host, &client] {
                let (connected, relayed) = (true, Some(false));
                person.room(room, RoomAsk::CallMedia { connected, relayed });
            }
        }
        moments += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(world.wallet(CLIENT) >= 0);
    }
    // Five coins are thirty seconds.
    let took = begun.elapsed().as_millis();
    assert!((30_000..=31_050).contains(&took), "{took} ms");
    let record = world.record(call);
    assert_eq!(record.ended_by, Some(EndedBy::Balance));
    assert_eq!(record.bill.unwrap().billed_s, 30);
    assert_eq!((world.wallet(CLIENT), world.earned()), (0, 4_000));
    world.end().await;
}

/// P14; how long it takes for real is a figure of `make bench-calls`.
#[actix::test]
async fn p14_a_top_up_extends_the_countdown_and_the_call_at_once() {
    let world = world(5);
    let (host, client, call, room) = world.talking().await;
    let both = [&host, &client];
    world.talk(27, &both, room).await;
    world.house.till.give(user(CLIENT), MilliCoins::coins(5));
    settle().await;
    let left = client
        .events()
        .into_iter()
        .rev()
        .find_map(|event| match event {
            Event::Billing {
                now, news: true, ..
            } => now.remaining,
            _ => None,
        });
    let left = left.unwrap().0;
    assert!((32_900..34_100).contains(&left), "told at once: {left}");
    world.talk(33, &both, room).await;
    assert!(
        world.realtime.hub.meters.len() == 1,
        "still talking at 60 s"
    );
    world.talk(2, &both, room).await;
    let record = world.record(call);
    assert_eq!(record.ended_by, Some(EndedBy::Balance));
    assert_eq!((world.wallet(CLIENT), world.earned()), (0, 8_000));
    let ended = |it: &Event| matches!(it, Event::RoomEnded { .. });
    assert!(host.events().iter().any(ended) && client.events().iter().any(ended));
    let revoked = lock(&world.house.relay)
        .iter()
        .any(|it| it.starts_with("revoke"));
    assert!(revoked, "the relay is told");
    world.end().await;
}

#[actix::test]
async fn too_little_is_refused_and_two_starts_with_credit_for_one_are_one() {
    let world = world(0);
    let host = world.person(HOST, "desk").await;
    let client = world.person(CLIENT, "phone").await;
    let call = client.invite().await;
    let broke = host.asked(CallAsk::Accept(call, MediaKind::Video)).await;
    assert_eq!(broke, Err(Trouble::Ring(Refused::Over)));
    assert_eq!(client.unanswered(), [Unanswered::Balance]);
    assert_eq!(world.record(call).status, Status::Failed);
    let nobody = CallAsk::Invite {
        host: user(STRANGER),
        media: MediaKind::Audio,
        wait: false,
    };
    let refused = client.asked(nobody).await;
    assert_eq!(refused, Err(Trouble::NotCallable(NotCallable::NotFound)));
    world.end().await;
}

#[actix::test]
async fn declined_cancelled_missed_and_a_caller_who_is_gone_cost_nothing() {
    let world = world(100);
    let host = world.person(HOST, "desk").await;
    let client = world.person(CLIENT, "phone").await;
    let call = client.invite().await;
    let _ = host.asked(CallAsk::Decline(call, false)).await;
    assert_eq!(client.unanswered(), [Unanswered::Declined]);
    let call = client.invite().await;
    let _ = client.asked(CallAsk::Cancel(call)).await;
    assert_eq!(host.unanswered().last(), Some(&Unanswered::Cancelled));
    let call = client.invite().await;
    tokio::time::sleep(Duration::from_secs(46)).await;
    assert_eq!(client.unanswered(), [Unanswered::Timeout]);
    assert_eq!(world.record(call).status, Status::Missed);
    let call = client.invite().await;
    host.ask(Ask::Pong);
    client.line.cut();
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!(host.unanswered().last(), Some(&Unanswered::CallerLost));
    assert_eq!(world.record(call).status, Status::Cancelled);
    world.end().await;
    assert_eq!(world.wallet(CLIENT), 100_000);
}

#[actix::test]
async fn a_busy_host_is_waited_for_without_charge_and_rung_next() {
    let world = world(100);
    let (host, client, _, room) = world.talking().await;
    let other = world.person(STRANGER, "s").await;
    let ask = |wait| CallAsk::Invite {
        host: user(HOST),
        media: MediaKind::Audio,
        wait,
    };
    let busy = other.asked(ask(false)).await;
    assert!(matches!(
        busy,
        Err(Trouble::Ring(Refused::Busy { room: true, .. }))
    ));
    let queued = other.asked(ask(true)).await;
    assert!(matches!(queued, Ok(Answer::Calling(it)) if it.queued.is_some()));
    world.talk(10, &[&host, &client], room).await;
    assert_eq!(world.wallet(STRANGER), 0);
    let _ = host.events();
    client.room(room, RoomAsk::Leave);
    settle().await;
    let rings =
        |it: &Event| matches!(it, Event::CallIncoming { caller, .. } if *caller == other.user());
    assert!(host.events().iter().any(rings), "the next one rings");
    world.end().await;
}

/// Somebody rings, somebody waits in line, and the server dies: nothing rings on, nobody pays, and
/// both sides are told what became of it when they are back.
#[actix::test]
async fn what_rang_when_the_server_was_killed_is_missed_and_both_are_told() {
    let before = world(100);
    let host = before.person(HOST, "desk").await;
    let client = before.person(CLIENT, "phone").await;
    let call = client.invite().await;
    assert_eq!(before.record(call).status, Status::Ringing);
    let house = before.house.clone();
    before.realtime.hub.to_ring(user(HOST), RingMsg::Panic);
    settle().await;
    drop((host, client));

    let world = world_of(house, "epoch2");
    settle().await;
    let record = world.record(call);
    assert_eq!((record.status, record.bill), (Status::Missed, None));
    assert!(record.ended_at.is_some());
    for (n, device) in [(HOST, "desk"), (HOST, "phone"), (CLIENT, "phone")] {
        let person = world.person(n, device).await;
        let events = person.events();
        let rings = |it: &Event| matches!(it, Event::CallIncoming { .. });
        assert!(!events.iter().any(rings), "nothing stays ringing");
        let why = Unanswered::Restart;
        assert!(events.contains(&Event::CallUnanswered { call, why }));
    }
    // Who comes much later finds it in the list; and the line is free.
    tokio::time::sleep(Duration::from_secs(130)).await;
    let late = world.person(CLIENT, "late").await;
    assert_eq!(late.unanswered(), []);
    let host = world.person(HOST, "again").await;
    let next = late.invite().await;
    assert_ne!(next, call);
    host.accept(next).await;
    assert!(world.earned() == 0 && world.record(next).status == Status::Live);
    world.end().await;
    assert_eq!(world.wallet(CLIENT), 100_000);
}

#[actix::test]
async fn who_is_not_there_for_somebody_is_off_line_to_them_and_rings_no_more() {
    let world = world(100);
    let host = world.person(HOST, "desk").await;
    let client = world.person(CLIENT, "phone").await;
    let pair = (user(HOST), user(CLIENT));
    let media = MediaKind::Video;
    let ask = |wait| CallAsk::Invite {
        host: user(HOST),
        media,
        wait,
    };
    lock(&world.house.closed).insert(pair);
    let offline = Err(Trouble::NotCallable(NotCallable::Offline));
    assert_eq!(client.asked(ask(true)).await, offline);
    assert!(world.realtime.hub.rings.is_empty(), "no desk stays for it");
    assert!(host.events().is_empty());
    lock(&world.house.closed).clear();
    let call = client.invite().await;
    let _ = host.events();
    // A block looks like a host who said no; a host who switches off is gone.
    world
        .realtime
        .on_line(user(HOST), Input::Blocked(user(CLIENT)));
    settle().await;
    assert_eq!(client.unanswered(), [Unanswered::Declined]);
    assert_eq!(host.unanswered(), [Unanswered::Declined]);
    assert_eq!(world.record(call).status, Status::Declined);
    let call = client.invite().await;
    world.realtime.on_line(user(HOST), Input::Off);
    settle().await;
    assert_eq!(client.unanswered(), [Unanswered::HostGone]);
    assert_eq!(world.record(call).status, Status::Missed);
    world.end().await;
}

#[actix::test]
async fn a_block_ends_the_call_of_the_two_with_the_right_bill() {
    let world = world(100);
    let (host, client, call, room) = world.talking().await;
    world.talk(31, &[&host, &client], room).await;
    world.realtime.part(user(STRANGER), user(CLIENT));
    settle().await;
    assert_eq!(world.record(call).status, Status::Live);
    world.realtime.part(user(HOST), user(CLIENT));
    settle().await;
    let record = world.record(call);
    assert_eq!(record.ended_by, Some(EndedBy::House));
    assert_eq!(record.bill.unwrap().billed_s, 30);
    world.end().await;
}

#[actix::test]
async fn a_host_in_a_meeting_is_busy_and_rung_after_it() {
    let world = world(100);
    let host = world.person(HOST, "desk").await;
    let client = world.person(CLIENT, "phone").await;
    host.enter(testing::ROOM).await;
    assert!(lock(&world.house.insides).contains(&user(HOST)));
    let _ = host.events();
    let ask = |wait| CallAsk::Invite {
        host: user(HOST),
        media: MediaKind::Video,
        wait,
    };
    let busy = client.asked(ask(false)).await;
    let room = Refused::Busy {
        wait: None,
        room: true,
    };
    assert_eq!(busy, Err(Trouble::Ring(room)));
    let queued = client.asked(ask(true)).await;
    assert!(matches!(queued, Ok(Answer::Calling(it)) if it.queued.is_some()));
    assert!(host.unanswered().is_empty(), "nothing rings in a meeting");
    host.room(testing::ROOM, RoomAsk::Leave);
    settle().await;
    assert!(lock(&world.house.insides).is_empty());
    let rings = |it: &Event| matches!(it, Event::CallIncoming { .. });
    assert!(host.events().iter().any(rings));
    world.end().await;
}

#[actix::test]
async fn a_device_watches_the_hosts_until_it_stops_or_is_gone() {
    let world = world(0);
    let client = world.person(CLIENT, "phone").await;
    let watchers = || lock(&world.house.watchers).len();
    client.ask(Ask::WatchHosts(true));
    client.ask(Ask::WatchHosts(true));
    settle().await;
    assert_eq!(watchers(), 1);
    client.ask(Ask::WatchHosts(false));
    settle().await;
    assert_eq!(watchers(), 0);
    client.ask(Ask::WatchHosts(true));
    settle().await;
    let to = lock(&world.house.watchers).clone();
    let _ = client.events();
    let event = Event::ReviewReceived {
        call: CallId(uuid::Uuid::nil()),
        author: "Ada L.".into(),
        stars: 5,
    };
    world.realtime.tell_sessions(&to, event.clone());
    settle().await;
    assert_eq!(client.events(), [event]);
    client.line.cut();
    settle().await;
    assert_eq!(watchers(), 0, "who is away is told nothing");
    let guest = world.person(testing::GUEST, "g").await;
    guest.ask(Ask::WatchHosts(true));
    settle().await;
    assert_eq!(watchers(), 0, "guests have no directory");
}

#[actix::test]
async fn p4_a_server_killed_in_a_call_goes_on_with_the_same_bill() {
    killed(true).await;
}

#[actix::test]
async fn p4_a_server_killed_in_a_call_settles_at_the_last_proof_when_nobody_comes_back() {
    killed(false).await;
}

async fn killed(comes_back: bool) {
    let before = world(100);
    let (host, client, call, room) = before.talking().await;
    before.talk(33, &[&host, &client], room).await;
    let house = before.house.clone();
    let proven = before.record(call).duration();
    // The old server is gone with all it had in memory; a new one finds the record.
    let hub = before.realtime.hub.clone();
    hub.to_living_meter(room, MeterMsg::Panic);
    hub.to_ring(user(HOST), RingMsg::Panic);
    settle().await;
    hub.meters.remove_if(&room, |_| true);
    drop((host, client));
    let world = world_of(house, "epoch2");
    settle().await;
    assert_eq!(
        world.realtime.hub.meters.len(),
        1,
        "the call waits for the two"
    );
    if comes_back {
        let host = world.person(HOST, "desk").await;
        let client = world.person(CLIENT, "phone").await;
        host.enter(room).await;
        client.enter(room).await;
        world.talk(11, &[&host, &client], room).await;
        client.room(room, RoomAsk::Leave);
        settle().await;
        let bill = world.record(call).bill.unwrap();
        let more = bill.proven.0 - proven.0;
        assert!(bill.settled && (9_900..=11_000).contains(&more), "{more}");
    } else {
        tokio::time::sleep(Duration::from_secs(121)).await;
        let record = world.record(call);
        assert_eq!(record.ended_by, Some(EndedBy::Restart));
        assert_eq!(record.duration(), proven, "not a second more");
    }
    let charged = world.record(call).bill.unwrap().charged.0;
    assert_eq!(world.wallet(CLIENT), 100_000 - charged);
    tokio::time::sleep(Duration::from_secs(600)).await;
}

#[actix::test]
async fn a_meter_and_a_desk_that_die_go_on_and_books_that_refuse_are_asked_again() {
    let world = world(100);
    let (host, client, call, room) = world.talking().await;
    let both = [&host, &client];
    world.talk(12, &both, room).await;
    let hub = &world.realtime.hub;
    hub.to_living_meter(room, MeterMsg::Panic);
    hub.to_ring(user(HOST), RingMsg::Panic);
    settle().await;
    world.talk(11, &both, room).await;
    *lock(&world.house.till.refuse) = 2;
    world.talk(10, &both, room).await;
    // The desk knows still that its host talks.
    let other = world.person(STRANGER, "s").await;
    let ask = CallAsk::Invite {
        host: user(HOST),
        media: MediaKind::Audio,
        wait: false,
    };
    assert!(matches!(
        other.asked(ask).await,
        Err(Trouble::Ring(Refused::Busy { .. }))
    ));
    client.room(room, RoomAsk::Leave);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let bill = world.record(call).bill.unwrap();
    assert!(bill.settled);
    let talked = bill.proven.0 / 1_000;
    assert!(
        (25..=32).contains(&talked),
        "never more than was talked: {talked}"
    );
    assert_eq!(world.wallet(CLIENT), 100_000 - bill.charged.0);
    world.end().await;
}

#[actix::test]
async fn silence_of_one_side_is_not_charged_and_the_call_goes_on() {
    let world = world(100);
    let (host, client, call, room) = world.talking().await;
    world.talk(11, &[&host, &client], room).await;
    world.talk(20, &[&client], room).await;
    world.talk(11, &[&host, &client], room).await;
    host.room(room, RoomAsk::Leave);
    settle().await;
    let record = world.record(call);
    assert_eq!(record.duration().0 / 1_000, 20);
    assert!(record.paused.0 >= 20_000, "{:?}", record.paused);
    world.end().await;
}

/// P15: somebody turns the wall's clock in the middle of a call.
#[actix::test]
async fn p15_a_clock_that_jumps_an_hour_changes_no_bill() {
    tokio::time::pause();
    let mut bills = Vec::new();
    for turn in [0, 3_600_000, -3_600_000] {
        let house = Arc::<House>::default();
        house.till.give(user(CLIENT), MilliCoins::coins(100));
        let clock = Arc::new(Turned::default());
        let world = world_with(house, "epoch", clock.clone());
        let (host, client, call, room) = world.talking().await;
        world.talk(11, &[&host, &client], room).await;
        let meter = |word| world.realtime.hub.to_living_meter(room, word);
        let sign = |user, connected| MeterMsg::Sign {
            user,
            connected,
            relayed: Some(false),
        };
        clock.by.store(turn, Ordering::SeqCst);
        // The sockets may not outlive such a jump; the bill is asked directly.
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            meter(sign(host.user(), true));
            meter(sign(client.user(), true));
        }
        meter(MeterMsg::Gone);
        settle().await;
        bills.push(world.record(call).bill.unwrap().charged.0);
    }
    assert_eq!(bills[0], bills[1]);
    assert_eq!(bills[0], bills[2]);
    assert!((3_300..=3_600).contains(&bills[0]), "{bills:?}");
}
