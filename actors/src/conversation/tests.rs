//! Conversations with their rooms, on tokio's virtual clock: who may write, what is answered when,
//! and what is left when the store refuses or the actor dies.

use std::{sync::Arc, time::Duration};

use parlor_domain::{
    conversation::{ClientMsgId, ConversationId, MsgSeq, News, Refused, Shows},
    event::Event,
    identity::Identity,
};
use uuid::Uuid;

use super::*;
use crate::{
    link::{Ask, RoomAsk},
    ports::{Identify, PageFrom, Reach},
    registry::{Realtime, RealtimeConfig, lock},
    session::{Greeted, Line},
    testing::{
        self, CLIENT, Ear, GUEST, GUEST2, HOST, House, NoWords, ROOM, START, STRANGER, Said,
        TokioClock, token, user,
    },
};

const MEETING: ConversationId = ConversationId::Meeting(ROOM);

struct World {
    house: Arc<House>,
    realtime: Realtime,
}

struct Person {
    ear: Ear,
    line: Line,
}

async fn settle() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

fn world() -> World {
    tokio::time::pause();
    let house: Arc<House> = Arc::default();
    let config = RealtimeConfig {
        arbiters: 0,
        ..RealtimeConfig::default()
    };
    let ports = testing::ports(&house, Arc::new(NoWords));
    let clock = Arc::new(TokioClock::default());
    let realtime = Realtime::start(ports, config, clock, "epoch".into());
    World { house, realtime }
}

impl World {
    async fn connect(&self, n: u128) -> Person {
        let ear = Ear::default();
        let greeted = Greeted {
            token: token(n),
            device: format!("device {n}"),
            resume: None,
        };
        let conn = self.realtime.next_conn();
        let line = self.realtime.greet(conn, greeted, Box::new(ear.clone()));
        let line = line.unwrap();
        settle().await;
        ear.take();
        Person { ear, line }
    }

    /// Somebody at the door; a guest waits before it.
    async fn joins(&self, n: u128) -> Person {
        let person = self.connect(n).await;
        let join = Ask::Join {
            room: ROOM,
            audio: true,
            video: true,
            old: None,
        };
        person.line.say(None, Some("join".into()), Some(join));
        settle().await;
        person.ear.take();
        person
    }

    fn identity(&self, n: u128) -> Identity {
        self.house.identify(&token(n), START).unwrap()
    }

    async fn history(&self, n: u128, id: ConversationId) -> Result<History, Trouble> {
        let ask = ConversationAsk::History {
            from: PageFrom::Before(MsgSeq(u64::MAX)),
            limit: 100,
        };
        match self.realtime.converse(&self.identity(n), id, ask).await {
            Ok(Answer::History(history)) => Ok(*history),
            Ok(other) => panic!("{other:?}"),
            Err(trouble) => Err(trouble),
        }
    }

    async fn end(&self) {
        tokio::time::sleep(Duration::from_secs(900)).await;
        assert_eq!(self.realtime.conversations(), 0, "nobody is left alive");
        assert_eq!(self.realtime.rooms(), 0);
    }
}

fn send(key: u128, text: &str) -> ConversationAsk {
    ConversationAsk::Send {
        key: ClientMsgId(Uuid::from_u128(key)),
        text: text.into(),
        reply_to: None,
        files: vec![],
    }
}

impl Person {
    fn asks(&self, id: ConversationId, ask: ConversationAsk) {
        let ask = Ask::InConversation(id, ask);
        self.line.say(None, Some("q".into()), Some(ask));
    }

    async fn gets(&self, id: ConversationId, ask: ConversationAsk) -> Result<Answer, Trouble> {
        self.asks(id, ask);
        settle().await;
        let mut answers = self.answers();
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers.remove(0)
    }

    /// Answers since the last time; what was told stays for [`Person::told`].
    fn answers(&self) -> Vec<Result<Answer, Trouble>> {
        let mut answers = Vec::new();
        for said in self.ear.take() {
            match said {
                Said::Answer(_, answer) => answers.push(answer),
                other => self.ear.put_back(other),
            }
        }
        answers
    }

    /// What conversations told since the last time.
    fn told(&self) -> Vec<String> {
        let said = self.ear.take().into_iter();
        let told = said.filter_map(|said| match said {
            Said::Event(seq, encoded) => match &encoded.event {
                Event::Chat(_, news) => {
                    let typing = matches!(news, News::Typing { .. });
                    assert_eq!(seq.is_none(), typing, "typing is never replayed");
                    Some(words(news))
                }
                _ => None,
            },
            _ => None,
        });
        told.collect()
    }

    fn leaves(&self) {
        let leave = Ask::InRoom(ROOM, RoomAsk::Leave);
        self.line.say(None, None, Some(leave));
    }
}

fn words(news: &News) -> String {
    match news {
        News::Message { message, name } => format!("{name}: {}", message.text),
        News::Updated(it) if it.deleted => format!("deleted {}", it.seq.0),
        News::Updated(it) => format!("changed {} {}", it.seq.0, it.text),
        News::Delivered { up_to, .. } => format!("delivered {}", up_to.0),
        News::Read { up_to, .. } => format!("read {}", up_to.0),
        News::ReadElsewhere(up_to) => format!("badge {}", up_to.0),
        News::Typing { typing, .. } => format!("typing {typing}"),
    }
}

fn written(answer: &Result<Answer, Trouble>) -> (u64, bool) {
    match answer {
        Ok(Answer::Written { done, duplicate }) => (done.seq.0, *duplicate),
        other => panic!("{other:?}"),
    }
}

#[actix::test]
async fn who_is_in_the_room_talks_and_who_is_not_is_refused() {
    let world = world();
    let host = world.joins(HOST).await;
    let client = world.joins(CLIENT).await;
    let stranger = world.connect(STRANGER).await;
    assert_eq!(
        written(&host.gets(MEETING, send(1, "hello")).await),
        (1, false)
    );
    assert_eq!(
        written(&host.gets(MEETING, send(1, "hello")).await),
        (1, true)
    );
    assert_eq!(client.told(), ["Person 1: hello"]);
    assert_eq!(host.told(), ["Person 1: hello"]);
    let refused = stranger.gets(MEETING, send(1, "x")).await;
    assert_eq!(refused, Err(Trouble::Chat(Refused::NotFound)));
    let typing = client.gets(MEETING, ConversationAsk::Typing(true)).await;
    assert_eq!(typing, Ok(Answer::Done));
    let read = ConversationAsk::Read {
        up_to: MsgSeq(1),
        private: false,
    };
    assert_eq!(
        client.gets(MEETING, read).await,
        Ok(Answer::ReadUpTo(MsgSeq(1)))
    );
    assert_eq!(host.told(), ["typing true", "read 1"]);
    let history = world.history(CLIENT, MEETING).await.unwrap();
    assert_eq!(history.messages.len(), 1);
    assert!(history.inside && !history.more);
    assert!(world.history(STRANGER, MEETING).await.is_err());
    host.leaves();
    client.leaves();
    world.end().await;
}

#[actix::test]
async fn who_waits_has_a_thread_with_the_host_and_does_not_see_the_room() {
    let world = world();
    let host = world.joins(HOST).await;
    let guest = world.joins(GUEST).await;
    let other = world.joins(GUEST2).await;
    host.gets(MEETING, send(1, "inside")).await.unwrap();
    let thread = ConversationId::Lobby(ROOM, user(GUEST));
    let refused = guest.gets(MEETING, send(1, "let me in")).await;
    assert_eq!(refused, Err(Trouble::Chat(Refused::NotFound)));
    assert_eq!(
        written(&guest.gets(thread, send(1, "I am here")).await),
        (1, false)
    );
    assert_eq!(host.told(), ["Person 1: inside", "Person 3: I am here"]);
    assert_eq!(
        written(&host.gets(thread, send(2, "a minute")).await),
        (2, false)
    );
    assert_eq!(guest.told(), ["Person 3: I am here", "Person 1: a minute"]);
    let strange = other.gets(thread, send(1, "who is that?")).await;
    assert_eq!(strange, Err(Trouble::Chat(Refused::NotFound)));
    assert!(other.told().is_empty(), "another who waits hears nothing");
    assert!(world.history(GUEST2, thread).await.is_err());
    let admit = RoomAsk::Admit(parlor_domain::room::Whom::All);
    host.line.say(None, None, Some(Ask::InRoom(ROOM, admit)));
    settle().await;
    let history = world.history(GUEST, MEETING).await.unwrap();
    assert_eq!(
        history.messages[0].text, "inside",
        "history for those admitted"
    );
    let late = guest.gets(thread, send(2, "thanks")).await;
    assert_eq!(late, Err(Trouble::Chat(Refused::NotInside)));
    for person in [&host, &guest, &other] {
        person.leaves();
    }
    world.end().await;
}

#[actix::test]
async fn many_at_once_are_one_write_in_order_and_answered_after_it() {
    let world = world();
    let host = world.joins(HOST).await;
    let client = world.joins(CLIENT).await;
    for key in 0..10 {
        host.asks(MEETING, send(key, &format!("h{key}")));
        client.asks(MEETING, send(key, &format!("c{key}")));
    }
    settle().await;
    let numbers: Vec<u64> = host.answers().iter().map(|it| written(it).0).collect();
    assert!(numbers.is_sorted() && numbers.len() == 10, "{numbers:?}");
    assert_eq!(host.told().len(), 20);
    let writes = lock(&world.house.messages.writes).len();
    assert!(writes <= 4, "{writes} writes for 20 messages");
    let history = world.history(HOST, MEETING).await.unwrap();
    let numbers: Vec<u64> = history.messages.iter().map(|it| it.seq.0).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    host.leaves();
    client.leaves();
    world.end().await;
}

#[actix::test]
async fn a_refusing_store_tells_nobody_and_the_next_try_has_one_effect() {
    let world = world();
    let host = world.joins(HOST).await;
    let client = world.joins(CLIENT).await;
    host.gets(MEETING, send(1, "first")).await.unwrap();
    client.told();
    *lock(&world.house.messages.refuse) = 1;
    host.asks(MEETING, send(2, "second"));
    host.asks(MEETING, send(3, "third"));
    settle().await;
    let busy = Err(Trouble::Chat(Refused::Busy));
    assert_eq!(host.answers(), [busy.clone(), busy]);
    assert!(
        client.told().is_empty(),
        "nothing was told that is not on the disk"
    );
    assert_eq!(
        written(&host.gets(MEETING, send(3, "third")).await),
        (2, false)
    );
    assert_eq!(
        written(&host.gets(MEETING, send(2, "second")).await),
        (3, false)
    );
    assert_eq!(client.told(), ["Person 1: third", "Person 1: second"]);
    host.leaves();
    client.leaves();
    world.end().await;
}

#[actix::test]
async fn a_conversation_that_died_goes_on_with_the_same_people() {
    let world = world();
    let host = world.joins(HOST).await;
    let client = world.joins(CLIENT).await;
    host.gets(MEETING, send(1, "first")).await.unwrap();
    client.told();
    let hub = &world.realtime.hub;
    hub.to_living_conversation(MEETING, ConversationMsg::Panic);
    settle().await;
    assert_eq!(
        written(&host.gets(MEETING, send(2, "second")).await),
        (2, false)
    );
    assert_eq!(client.told(), ["Person 1: second"]);
    assert_eq!(world.realtime.rebuilt(), 1);
    host.leaves();
    client.leaves();
    world.end().await;
}

#[actix::test]
async fn two_people_have_a_conversation_without_a_room() {
    let world = world();
    let pair = ConversationId::pair(user(HOST), user(CLIENT)).unwrap();
    let host = world.connect(HOST).await;
    let client = world.connect(CLIENT).await;
    let stranger = world.connect(STRANGER).await;
    assert_eq!(
        written(&client.gets(pair, send(1, "hello")).await),
        (1, false)
    );
    assert_eq!(host.told(), ["Person 2: hello"]);
    let refused = stranger.gets(pair, send(1, "me too")).await;
    assert_eq!(refused, Err(Trouble::Chat(Refused::NotFound)));
    let waits = |world: &World| lock(&world.house.wrote).clone();
    assert_eq!(waits(&world), [(user(HOST), user(CLIENT))]);
    let read = ConversationAsk::Read {
        up_to: MsgSeq(1),
        private: true,
    };
    assert!(host.gets(pair, read).await.is_ok());
    assert!(waits(&world).is_empty());
    // A host goes on with who wrote, and begins with own clients only.
    assert!(host.gets(pair, send(2, "good day")).await.is_ok());
    let unknown = ConversationId::pair(user(HOST), user(STRANGER)).unwrap();
    let refused = host.gets(unknown, send(1, "buy this")).await;
    assert_eq!(refused, Err(Trouble::Chat(Refused::NotInside)));
    assert!(stranger.gets(unknown, send(1, "hello")).await.is_ok());
    assert!(host.gets(unknown, send(1, "welcome")).await.is_ok());
    let clients = ConversationId::pair(user(CLIENT), user(STRANGER)).unwrap();
    let refused = client.gets(clients, send(1, "hello")).await;
    assert_eq!(refused, Err(Trouble::Chat(Refused::NotFound)));
    assert_eq!(world.history(HOST, pair).await.unwrap().messages.len(), 2);
    world.end().await;
}

#[actix::test]
async fn what_somebody_hides_never_leaves_for_others() {
    let world = world();
    let host = world.connect(HOST).await;
    let client = world.connect(CLIENT).await;
    let pair = ConversationId::pair(user(HOST), user(CLIENT)).unwrap();
    host.gets(pair, send(1, "hello")).await.unwrap();
    client.gets(pair, send(2, "hi")).await.unwrap();
    for person in [&host, &client] {
        person.told();
    }
    let hide = parlor_data::nouns::privacy::put(user(CLIENT), Shows::NOTHING);
    let store = &world.house.messages.store.0;
    store.write_blocking(hide.unwrap()).unwrap();
    let read = |up_to| ConversationAsk::Read {
        up_to: MsgSeq(up_to),
        private: false,
    };
    // The one who hides: nothing of it is said to the other.
    let typing = client.gets(pair, ConversationAsk::Typing(true)).await;
    assert_eq!(typing, Ok(Answer::Done));
    assert_eq!(
        client.gets(pair, read(2)).await,
        Ok(Answer::ReadUpTo(MsgSeq(2)))
    );
    assert_eq!(host.told(), Vec::<String>::new());
    assert_eq!(client.told(), ["badge 2"], "the own devices agree");
    let seen = world.history(HOST, pair).await.unwrap().members;
    let of = |members: &[(UserId, rules::Member)], who| {
        let found = members.iter().find(|(it, _)| *it == user(who));
        found.map(|(_, it)| it.shown).unwrap()
    };
    assert_eq!(of(&seen, CLIENT), MsgSeq(0));
    // And does not see it of the other, while that is not lost.
    host.gets(pair, read(2)).await.unwrap();
    assert_eq!(client.told(), Vec::<String>::new());
    assert_eq!(
        of(&world.history(CLIENT, pair).await.unwrap().members, HOST),
        MsgSeq(0)
    );
    let show = parlor_data::nouns::privacy::put(user(CLIENT), Shows::default());
    store.write_blocking(show.unwrap()).unwrap();
    assert_eq!(
        of(&world.history(CLIENT, pair).await.unwrap().members, HOST),
        MsgSeq(2)
    );
    // A sign of typing is taken every few seconds only.
    tokio::time::sleep(Duration::from_secs(4)).await;
    host.gets(pair, send(3, "good")).await.unwrap();
    host.told();
    client
        .gets(pair, ConversationAsk::Typing(true))
        .await
        .unwrap();
    client.gets(pair, read(3)).await.unwrap();
    assert_eq!(host.told(), ["typing true", "read 3"]);
    world.end().await;
}

#[actix::test]
async fn who_was_blocked_is_told_that_nothing_was_sent() {
    let world = world();
    let pair = ConversationId::pair(user(HOST), user(CLIENT)).unwrap();
    let host = world.connect(HOST).await;
    let client = world.connect(CLIENT).await;
    assert!(client.gets(pair, send(1, "hello")).await.is_ok());
    *lock(&world.house.apart) = true;
    world.realtime.reseat(user(HOST), user(CLIENT));
    settle().await;
    for person in [&client, &host] {
        for key in [2, 3] {
            let refused = person.gets(pair, send(key, "hello?")).await;
            assert_eq!(refused, Err(Trouble::Chat(Refused::NotInside)));
        }
    }
    *lock(&world.house.apart) = false;
    assert_eq!(
        written(&host.gets(pair, send(4, "again")).await),
        (2, false)
    );
    assert_eq!(world.history(CLIENT, pair).await.unwrap().messages.len(), 2);
    world.end().await;
}

#[actix::test]
async fn too_many_words_a_second_are_refused_and_too_many_signs_dropped() {
    let world = world();
    let host = world.joins(HOST).await;
    let client = world.joins(CLIENT).await;
    for key in 0..30 {
        host.asks(MEETING, send(key, "x"));
        host.asks(MEETING, ConversationAsk::Typing(true));
    }
    settle().await;
    let answers = host.answers();
    let refused = answers
        .iter()
        .filter(|it| matches!(it, Err(Trouble::TooOften(_))));
    assert_eq!(refused.count(), 10);
    assert_eq!(answers.len(), 30 + 5, "a dropped sign is not answered");
    host.leaves();
    client.leaves();
    world.end().await;
}
