//! The actors on tokio's virtual clock: minutes pass in microseconds, and at the end nobody is
//! left alive.

use std::{sync::Arc, time::Duration};

use parlor_domain::{
    budget::Level,
    call::traffic::Path,
    event::{Candidate, EndedWhy, Event, LeftWhy, Signal},
    id::{LoginId, PeerId},
    notification::NtfSeq,
    room::Whom,
    session::{Bye, NotResumed},
    time::Millis,
};
use uuid::Uuid;

use super::*;
use crate::{
    link::{Answer, Ask, Greeting, Notice, RoomAsk, State, Trouble},
    ports::{NotIdentified, Refusal, RoomFact},
    relay_month::RelayMonth,
    session::{Greeted, Line},
    testing::{
        self, CLIENT, EARLY, Ear, GUEST, HOST, House, LATE, NoWords, ROOM, START, STRANGER, Said,
        THEN, TokioClock, token, token_until, user,
    },
};

/// Says that media stands.
const MEDIA_STANDS: RoomAsk = RoomAsk::CallMedia {
    connected: true,
    relayed: Some(true),
};

/// A world with a paused clock.
struct World {
    house: Arc<House>,
    realtime: Realtime,
}

fn world_of(house: Arc<House>, epoch: &str, change: impl Fn(&mut RealtimeConfig)) -> World {
    let mut config = RealtimeConfig {
        arbiters: 0,
        ..RealtimeConfig::default()
    };
    change(&mut config);
    let ports = testing::ports(&house, Arc::new(NoWords));
    let clock = Arc::new(TokioClock::default());
    let realtime = Realtime::start(ports, config, clock, epoch.into());
    World { house, realtime }
}

fn world() -> World {
    tokio::time::pause();
    world_of(Arc::default(), "epoch1", |_| {})
}

/// Lets everything run that is due within a moment.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    settle().await;
}

/// One socket of a person.
struct Person {
    ear: Ear,
    line: Line,
    welcome: Greeting,
}

type Proof = Option<(String, String, u64)>;

impl World {
    async fn greet(&self, n: u128, device: &str, resume: Proof) -> Person {
        self.greet_with(token(n), device, resume).await
    }

    async fn greet_with(&self, token: String, device: &str, resume: Proof) -> Person {
        let ear = Ear::default();
        let greeted = Greeted {
            token,
            device: device.into(),
            resume,
        };
        let conn = self.realtime.next_conn();
        let line = self.realtime.greet(conn, greeted, Box::new(ear.clone()));
        let line = line.unwrap();
        settle().await;
        let said = ear.take();
        let Some(Said::Welcome(welcome)) = said.first().cloned() else {
            panic!("no welcome: {said:?}");
        };
        for said in said.into_iter().skip(1) {
            ear.put_back(said);
        }
        let welcome = *welcome;
        Person { ear, line, welcome }
    }

    async fn user(&self, n: u128) -> Person {
        self.greet(n, &format!("device-{n}"), None).await
    }

    fn facts(&self) -> Vec<RoomFact> {
        lock(&self.house.facts).clone()
    }

    /// Waits until every grace and window is over; then nobody may be left.
    async fn end(&self) {
        pass(600).await;
        assert_eq!(self.realtime.users(), 0, "no user session is left alive");
        assert_eq!(self.realtime.rooms(), 0, "no room is left alive");
        assert_eq!(self.realtime.replay_bytes(), 0, "no memory is left booked");
        assert!(lock(&self.house.disk).is_empty(), "no row is left behind");
    }
}

impl Person {
    async fn ask(&self, ask: Ask) -> Result<Answer, Trouble> {
        let before = self.ear.take();
        self.line.say(None, Some("1".into()), Some(ask));
        settle().await;
        let mut answer = None;
        for said in before.into_iter().chain(self.ear.take()) {
            match said {
                Said::Answer(_, found) => answer = Some(found),
                other => self.ear.put_back(other),
            }
        }
        answer.expect("no answer")
    }

    async fn join(&self, old: Option<PeerId>) -> Result<Answer, Trouble> {
        let (audio, video) = (true, true);
        let room = ROOM;
        self.ask(Ask::Join {
            room,
            audio,
            video,
            old,
        })
        .await
    }

    async fn joined(&self, old: Option<PeerId>) -> PeerId {
        match self.join(old).await {
            Ok(Answer::Joined { peer, .. }) => peer,
            other => panic!("{other:?}"),
        }
    }

    async fn in_room(&self, ask: RoomAsk) -> Result<Answer, Trouble> {
        self.ask(Ask::InRoom(ROOM, ask)).await
    }

    fn events(&self) -> Vec<Event> {
        let said = self.ear.take().into_iter();
        said.filter_map(|said| match said {
            Said::Event(_, encoded) => Some(encoded.event.clone()),
            _ => None,
        })
        .collect()
    }

    fn closed(&self) -> Option<Bye> {
        self.ear.take().into_iter().find_map(|said| match said {
            Said::Close(why) => Some(why),
            _ => None,
        })
    }

    fn proof(&self, last: u64) -> Proof {
        let session = self.welcome.session.to_string();
        Some((session, self.welcome.resume_token.clone(), last))
    }
}

fn signal() -> Signal {
    Signal::Candidate {
        candidate: Some(Candidate {
            line: "candidate:1 1 udp 1 192.0.2.1 9 typ host".into(),
            mid: None,
            m_line: None,
            fragment: None,
        }),
        negotiation: "n".into(),
    }
}

#[actix::test]
async fn a_lost_peer_is_given_up_after_the_grace_and_everybody_goes_in_the_end() {
    let w = world();
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    let peer = client.joined(None).await;
    host.events();
    client.line.cut();
    settle().await;
    assert!(matches!(
        host.events()[..],
        [Event::UserReconnecting { .. }]
    ));
    keep_alive(&[&host], 29).await;
    assert_eq!(host.events(), []);
    keep_alive(&[&host], 2).await;
    let left = host.events();
    assert!(
        matches!(left[..], [Event::UserLeft { peer: who, why: LeftWhy::Timeout, .. }] if who == peer),
        "{left:?}"
    );
    let gone = w.facts().into_iter().find_map(|fact| match fact {
        RoomFact::Left(who, at) if who == user(CLIENT) => Some(at),
        _ => None,
    });
    let counted = gone.unwrap().since(START);
    assert!(
        counted < Millis::from_secs(2),
        "left when last there: {counted:?}"
    );
    host.line.cut();
    w.end().await;
}

/// Seconds pass in which these sockets say something every second.
async fn keep_alive(people: &[&Person], seconds: u64) {
    for _ in 0..seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for person in people {
            person.line.say(None, None, None);
        }
    }
    settle().await;
}

#[actix::test]
async fn silence_is_pinged_and_ended() {
    let w = world();
    let host = w.user(HOST).await;
    pass(26).await;
    assert!(matches!(host.ear.take()[..], [Said::Notice(Notice::Ping)]));
    host.line.say(None, None, Some(Ask::Pong));
    pass(55).await;
    assert!(host.closed().is_none(), "the pong counts");
    pass(6).await;
    w.end().await;
    let again = w.user(HOST).await;
    pass(61).await;
    assert_eq!(again.closed(), Some(Bye::Timeout));
    w.end().await;
}

#[actix::test]
async fn a_socket_that_does_not_read_is_let_go_and_its_session_goes_on() {
    let w = world();
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    let peer = client.joined(None).await;
    client.ear.plug();
    let sent = host.in_room(RoomAsk::Signal(peer, signal())).await;
    assert_eq!(sent, Ok(Answer::Relayed { queued: false }));
    assert!(matches!(
        client.ear.take().last(),
        Some(Said::Close(Bye::SlowConsumer))
    ));
    let heard = host.events();
    assert!(
        matches!(heard.last(), Some(Event::UserReconnecting { .. })),
        "{heard:?}"
    );
    let client = w.greet(CLIENT, "device-2", client.proof(1)).await;
    assert_eq!(client.welcome.resumed, Ok(()));
    assert!(
        matches!(client.events()[..], [Event::Signal { .. }]),
        "it was kept"
    );
    assert!(matches!(host.events()[..], [Event::UserResumed { .. }]));
    host.line.cut();
    client.line.cut();
    w.end().await;
}

#[actix::test]
async fn a_room_that_panics_goes_on_from_its_last_good_state() {
    let w = world();
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    let host_peer = host.joined(None).await;
    let client_peer = client.joined(None).await;
    client.events();
    w.realtime.hub.to_living_room(ROOM, RoomMsg::Panic);
    settle().await;
    let sent = host.in_room(RoomAsk::Signal(client_peer, signal())).await;
    assert_eq!(sent, Ok(Answer::Relayed { queued: false }));
    let got = client.events();
    assert!(
        matches!(got[..], [Event::Signal { from, .. }] if from == host_peer),
        "{got:?}"
    );
    assert_eq!(w.realtime.rebuilt(), 1);
    host.line.cut();
    client.line.cut();
    w.end().await;
}

#[actix::test]
async fn a_call_is_noted_from_the_first_pair_to_the_last_person() {
    let w = world();
    *lock(&w.house.refuse_facts) = 2;
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    client.joined(None).await;
    for one in [&host, &client] {
        assert_eq!(one.in_room(MEDIA_STANDS).await, Ok(Answer::Done));
    }
    assert!(
        client
            .events()
            .iter()
            .any(|e| matches!(e, Event::CallStarted { .. }))
    );
    let book = w.realtime.hub.ports.book.clone();
    let live = book.live();
    assert_eq!((live.len(), live[0].traffic.people.len()), (1, 2));
    assert_eq!(live[0].traffic.path(), Path::Relay, "both reported it");
    keep_alive(&[&host, &client], 60).await;
    client.in_room(RoomAsk::Leave).await.unwrap();
    host.in_room(RoomAsk::Leave).await.unwrap();
    let left_at = w.realtime.clock().now();
    keep_alive(&[&host, &client], 121).await;
    let facts = w.facts();
    let kinds: Vec<&str> = facts
        .iter()
        .map(|fact| match fact {
            RoomFact::Entered(..) => "entered",
            RoomFact::Left(..) => "left",
            RoomFact::CallStarted(..) => "started",
            RoomFact::CallEnded(..) => "ended",
            RoomFact::EndedForAll(..) => "for all",
            RoomFact::Quality(..) => "quality",
            RoomFact::Consent(..) => "consent",
        })
        .collect();
    let wanted = ["entered", "entered", "started", "left", "left", "ended"];
    assert_eq!(kinds, wanted, "in order, though the store refused twice");
    let Some(RoomFact::CallEnded(_, at, connected)) = facts.last() else {
        unreachable!()
    };
    assert!(Millis::from_secs(60) <= *connected && *connected < Millis::from_secs(61));
    let totals = book.totals();
    assert_eq!((totals.live, totals.ended, totals.by_path[2]), (0, 1, 1));
    assert!(
        left_at.since(*at) < Millis(50),
        "ended when the last one left"
    );
    host.line.cut();
    client.line.cut();
    w.end().await;
}

#[actix::test]
async fn after_a_restart_seats_are_kept_for_the_grace_and_then_given_up() {
    let first = world();
    let (host, guest) = (first.user(HOST).await, first.user(GUEST).await);
    let host_peer = host.joined(None).await;
    let guest_peer = guest.joined(None).await;
    host.in_room(RoomAsk::Admit(Whom::All)).await.unwrap();
    for one in [&host, &guest] {
        one.in_room(MEDIA_STANDS).await.unwrap();
    }
    let disk = lock(&first.house.disk).clone();
    let house = Arc::new(House::default());
    *lock(&house.disk) = disk;
    let second = world_of(house, "epoch2", |_| {});
    assert_eq!(second.realtime.rooms(), 1, "back before anybody asks");

    let guest = second.greet(GUEST, "device-3", guest.proof(2)).await;
    assert_eq!(guest.welcome.resumed, Err(Some(NotResumed::Epoch)));
    assert_eq!(guest.joined(Some(guest_peer)).await, guest_peer);
    let events = guest.events();
    let Some(Event::ExistingParticipants {
        others,
        call_started_at,
        ..
    }) = events.first()
    else {
        panic!("{events:?}");
    };
    assert_eq!(others.len(), 1);
    assert!(others[0].id == host_peer && others[0].reconnecting);
    assert!(call_started_at.is_some(), "the same call");
    keep_alive(&[&guest], 31).await;
    let events = guest.events();
    let gone = |e: &Event| matches!(e, Event::UserLeft { peer, .. } if *peer == host_peer);
    assert!(events.iter().any(gone), "{events:?}");
    guest.line.cut();
    second.end().await;
    let facts = second.facts();
    assert!(
        matches!(facts.last(), Some(RoomFact::CallEnded(..))),
        "{facts:?}"
    );
}

#[actix::test]
async fn a_ban_outlives_the_rooms_time_in_memory() {
    let w = world();
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    let peer = client.joined(None).await;
    host.in_room(RoomAsk::Remove(peer, true, None))
        .await
        .unwrap();
    host.in_room(RoomAsk::Leave).await.unwrap();
    keep_alive(&[&host, &client], 130).await;
    assert_eq!(w.realtime.rooms(), 0);
    let refused = client.join(None).await;
    assert_eq!(refused, Err(Trouble::Room(rules::Refused::Banned)));
}

#[actix::test]
async fn the_end_is_acknowledged_when_it_is_on_disk() {
    let w = world();
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    client.joined(None).await;
    settle().await;
    *lock(&w.house.refuse_facts) = 1;
    let end = Ask::InRoom(ROOM, RoomAsk::EndForAll);
    host.line.say(None, Some("1".into()), Some(end));
    settle().await;
    let answered = |said: Vec<Said>| said.iter().any(|it| matches!(it, Said::Answer(..)));
    assert!(!answered(host.ear.take()), "the store refused it so far");
    keep_alive(&[&host], 2).await;
    assert!(answered(host.ear.take()));
    let facts = w.facts();
    let over = |fact: &RoomFact| matches!(fact, RoomFact::EndedForAll(_));
    assert!(facts.iter().any(over), "{facts:?}");
}

#[actix::test]
async fn a_closed_page_leaves_at_once_though_its_socket_said_nothing() {
    let w = world();
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    client.joined(None).await;
    let session = client.welcome.session;
    settle().await;
    host.events();
    w.realtime.leave(user(HOST), session, ROOM);
    settle().await;
    assert_eq!(host.events(), vec![], "nobody leaves for somebody else");
    w.realtime.leave(user(CLIENT), session, ROOM);
    settle().await;
    let told = host.events();
    let left = |e: &Event| {
        matches!(
            e,
            Event::UserLeft {
                why: LeftWhy::Left,
                ..
            }
        )
    };
    assert!(told.iter().any(left), "{told:?}");
}

#[actix::test]
async fn when_memory_is_short_a_lost_session_is_given_up_first() {
    tokio::time::pause();
    let w = world_of(Arc::default(), "e", |config| {
        config.replay_bytes_max = 1_000
    });
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    client.line.cut();
    settle().await;
    let meeting = MeetingId(Uuid::from_u128(1));
    for _ in 0..6 {
        let (status, starts_at) = ("confirmed", START);
        for who in [HOST, CLIENT] {
            let event = Event::MeetingUpdated {
                meeting,
                status,
                starts_at,
                change: parlor_domain::news::News::Updated,
            };
            w.realtime.tell(user(who), event);
        }
        settle().await;
    }
    let again = w.greet(CLIENT, "device-2", client.proof(0)).await;
    assert_eq!(again.welcome.resumed, Err(Some(NotResumed::Expired)));
    assert!(host.closed().is_none(), "the living one is not touched");
}

#[actix::test]
async fn doors_are_closed_with_the_reason() {
    let w = world();
    let (host, stranger) = (w.user(HOST).await, w.user(STRANGER).await);
    let join = |room| Ask::Join {
        room,
        audio: true,
        video: true,
        old: None,
    };
    let cases = [
        (&stranger, ROOM, Refusal::Stranger),
        (&host, EARLY, Refusal::TooEarly(THEN)),
        (&host, LATE, Refusal::TooLate(THEN)),
        (&host, RoomId(Uuid::from_u128(5)), Refusal::NotFound),
    ];
    for (who, room, refusal) in cases {
        assert_eq!(who.ask(join(room)).await, Err(Trouble::Door(refusal)));
    }
    assert_eq!(
        w.realtime.rooms(),
        0,
        "nobody makes a room by knocking in vain"
    );
}

#[actix::test]
async fn an_admin_who_comes_in_is_announced_to_all_inside_and_to_who_comes_later() {
    let w = world();
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    let it = crate::ports::Announced {
        user: UserId(Uuid::from_u128(STRANGER)),
        name: "Root".into(),
        reason: "A complaint".into(),
        until: START + Millis::from_mins(15),
    };
    // Nobody is there, nobody can be told.
    assert!(!w.realtime.announce_admin(EARLY, it.clone()));
    assert!(w.realtime.announce_admin(ROOM, it.clone()));
    settle().await;
    client.joined(None).await;
    let said = Event::AdminEntering {
        room: ROOM,
        name: it.name,
        reason: it.reason,
        until: it.until,
    };
    assert!(host.events().contains(&said));
    assert!(client.events().contains(&said));
    w.end().await;
}

/// Each attempt at a socket and at a door leaves a word for the audit log, also a refused one.
#[actix::test]
async fn every_attempt_at_a_door_is_witnessed() {
    let w = world();
    let ear = Ear::default();
    let greeted = Greeted {
        token: "rubbish".into(),
        device: "x".into(),
        resume: None,
    };
    let conn = w.realtime.next_conn();
    assert!(w.realtime.greet(conn, greeted, Box::new(ear)).is_err());
    let (host, stranger) = (w.user(HOST).await, w.user(STRANGER).await);
    let join = |room| Ask::Join {
        room,
        audio: true,
        video: true,
        old: None,
    };
    for (who, room) in [(&stranger, ROOM), (&host, EARLY), (&host, LATE)] {
        assert!(who.ask(join(room)).await.is_err());
    }
    host.joined(None).await;
    let guest = w.user(GUEST).await;
    guest.join(None).await.unwrap();
    let turned_away = guest.in_room(RoomAsk::Admit(Whom::All)).await;
    assert!(turned_away.is_err());
    host.in_room(RoomAsk::Admit(Whom::All)).await.unwrap();
    let peer = guest.events().into_iter().find_map(|event| match event {
        Event::Admitted { peer, .. } => Some(peer),
        _ => None,
    });
    let remove = RoomAsk::Remove(peer.unwrap(), true, None);
    host.in_room(remove).await.unwrap();
    assert!(guest.join(None).await.is_err());
    host.in_room(RoomAsk::EndForAll).await.unwrap();
    settle().await;
    let seen: Vec<_> = lock(&w.house.seen)
        .iter()
        .map(|it| {
            let who = it.who.user().or(it.about).map(|user| user.0.as_u128());
            let from = it.address.is_some() || it.action.word() == "video_call_leave";
            assert!(from, "{it:?}");
            (
                who,
                it.action.word(),
                it.refused.clone().unwrap_or_default(),
            )
        })
        .collect();
    let expected = [
        (None, "connected", "unauthorized"),
        (Some(HOST), "connected", ""),
        (Some(STRANGER), "connected", ""),
        (Some(STRANGER), "video_call_join", "forbidden"),
        (Some(HOST), "video_call_join", "too_early"),
        (Some(HOST), "video_call_join", "too_late"),
        (Some(HOST), "video_call_join", ""),
        (Some(GUEST), "connected", ""),
        (Some(GUEST), "video_call_wait", ""),
        (Some(GUEST), "video_call_admit", "not_in_room"),
        (Some(HOST), "video_call_admit", ""),
        (Some(HOST), "video_call_remove", ""),
        (Some(GUEST), "video_call_leave", ""),
        (Some(GUEST), "video_call_join", "banned"),
        (Some(HOST), "video_call_end_for_all", ""),
        (Some(HOST), "video_call_leave", ""),
    ];
    let expected = expected.map(|(who, what, why)| (who, what, why.to_owned()));
    assert_eq!(seen, expected);
}

#[actix::test]
async fn who_sits_inside_comes_back_even_after_the_door_was_closed() {
    let w = world();
    let mut policy = testing::policy();
    policy.closes_at = START + Millis::from_secs(60);
    *lock(&w.house.policy) = Some(policy);
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    let peer = client.joined(None).await;
    keep_alive(&[&host, &client], 70).await;
    assert_eq!(client.joined(Some(peer)).await, peer);
    client.in_room(RoomAsk::Leave).await.unwrap();
    let late = client.join(None).await;
    assert_eq!(
        late,
        Err(Trouble::Room(rules::Refused::TooLate(policy.closes_at))),
        "who left stays out"
    );
}

#[actix::test]
async fn tokens_end_and_logins_are_revoked() {
    let w = world();
    let soon = w
        .greet_with(token_until(HOST, HOST, 100_000), "d", None)
        .await;
    keep_alive(&[&soon], 45).await;
    assert!(matches!(
        soon.ear.take()[..],
        [Said::Notice(Notice::AuthExpiring(_))]
    ));
    let others = soon.ask(Ask::AuthRefresh(token(CLIENT))).await;
    assert_eq!(others, Err(Trouble::WrongPerson));
    let broken = soon.ask(Ask::AuthRefresh("?".into())).await;
    assert_eq!(broken, Err(Trouble::Token(NotIdentified::Invalid)));
    keep_alive(&[&soon], 82).await;
    assert_eq!(soon.closed(), Some(Bye::TokenExpired));

    let host = w.user(HOST).await;
    host.joined(None).await;
    w.realtime
        .revoke(user(HOST), LoginId(Uuid::from_u128(HOST)));
    settle().await;
    assert_eq!(host.closed(), Some(Bye::Revoked));
    let relay = lock(&w.house.relay).clone();
    assert!(
        relay.iter().any(|line| line.starts_with("revoke")),
        "{relay:?}"
    );
    w.end().await;
}

#[actix::test]
async fn a_meeting_that_is_cancelled_ends_its_room() {
    let w = world();
    let (host, guest) = (w.user(HOST).await, w.user(GUEST).await);
    host.joined(None).await;
    guest.join(None).await.unwrap();
    w.realtime.end_room(ROOM);
    settle().await;
    let told = host.events();
    let ended = |e: &Event| {
        matches!(
            e,
            Event::RoomEnded {
                why: EndedWhy::Meeting,
                ..
            }
        )
    };
    assert!(told.iter().any(ended), "{told:?}");
    assert!(
        guest
            .events()
            .iter()
            .any(|e| matches!(e, Event::Denied { .. }))
    );
    let facts = w.facts();
    assert!(
        !facts.iter().any(|f| matches!(f, RoomFact::EndedForAll(_))),
        "not by the host"
    );
    host.line.cut();
    guest.line.cut();
    w.end().await;
}

#[actix::test]
async fn sync_says_how_rooms_stand() {
    let w = world();
    let (host, guest) = (w.user(HOST).await, w.user(GUEST).await);
    host.joined(None).await;
    guest.join(None).await.unwrap();
    let sync = |rooms, after: Option<u64>| Ask::Sync {
        rooms,
        notices_after: after.map(NtfSeq),
    };
    let Ok(Answer::State(State { rooms, notices })) = host.ask(sync(vec![ROOM, EARLY], None)).await
    else {
        panic!("no rooms");
    };
    assert_eq!(notices, None, "nobody asked");
    for (after, anew) in [(9, false), (8, true)] {
        let Ok(Answer::State(it)) = host.ask(sync(vec![ROOM], Some(after))).await else {
            panic!("no answer");
        };
        let missed = it.notices.unwrap();
        assert_eq!((it.rooms.len(), missed.anew, missed.unread), (1, anew, 2));
    }
    assert_eq!(rooms.len(), 1, "only rooms that it is in");
    assert_eq!(rooms[0].1.waiting.len(), 1);
    let Ok(Answer::State(State { rooms, notices })) = guest.ask(sync(vec![ROOM], Some(9))).await
    else {
        panic!("no rooms");
    };
    assert_eq!(notices, None, "a guest has no list");
    assert!(
        !rooms[0].1.inside && rooms[0].1.others.is_empty(),
        "nothing of the room"
    );
}

#[actix::test]
async fn joins_in_a_hurry_are_slowed() {
    let w = world();
    let host = w.user(HOST).await;
    let mut slowed = 0;
    for _ in 0..12 {
        slowed += usize::from(matches!(host.join(None).await, Err(Trouble::TooOften(_))));
    }
    assert!((1..=2).contains(&slowed), "{slowed}");
}

#[actix::test]
async fn a_month_that_runs_out_is_told_to_who_is_there_and_to_who_comes() {
    let w = world();
    let clock = w.realtime.clock().clone();
    let store = parlor_data::Store::in_memory();
    let desk = w.realtime.relay_desk().clone();
    let month = RelayMonth::new(desk.clone(), store.clone(), 1_000, clock.now());
    let (host, client) = (w.user(HOST).await, w.user(CLIENT).await);
    host.joined(None).await;
    let told = |one: &Person| {
        let events = one.events().into_iter();
        events
            .filter_map(|event| match event {
                Event::RelayBudget { level, .. } => Some(level),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    for (bytes, wanted) in [
        (799, vec![]),
        (800, vec![Level::Saver]),
        (999, vec![]),
        (1_000, vec![Level::Audio]),
    ] {
        *lock(&w.house.month) = bytes;
        month.round(&w.realtime, clock.now());
        settle().await;
        assert_eq!(told(&host), wanted, "{bytes}");
    }
    let Ok(Answer::Joined { ice, .. }) = client.join(None).await else {
        panic!("not joined");
    };
    assert_eq!(ice.level, Level::Audio, "who comes late knows too");
    // A restart in the same month goes on; the first of the next one frees everybody.
    *lock(&w.house.month) = 0;
    let month = RelayMonth::new(desk, store, 1_000, clock.now());
    assert_eq!(
        (*lock(&w.house.month), month.state().level),
        (1_000, Level::Audio)
    );
    month.round(&w.realtime, clock.now() + Millis::from_days(31));
    settle().await;
    assert_eq!(told(&host), [Level::Full]);
    assert_eq!((*lock(&w.house.month), month.state().used.bytes), (0, 0));
    host.line.cut();
    client.line.cut();
    w.end().await;
}
