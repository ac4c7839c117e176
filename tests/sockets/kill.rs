//! kill -9 of the whole server while people write to each other over sockets and try again what was
//! not acknowledged: nothing acknowledged is lost, nothing is there twice, and the numbers of a
//! conversation have no holes.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{sync::watch, task::LocalSet, time};
use uuid::Uuid;

use crate::{
    CROWDED, Random,
    line::{self, Line, Session},
    rounds, runtime,
    town::Town,
};

const PAIRS: usize = 64;
/// Messages per second, all people together.
const RATE: u64 = 500;

/// What a writer is told: where the server is, and whether new messages are wanted.
#[derive(Clone, Default)]
struct Word {
    /// Address and tokens, of the server that runs.
    at: Option<Rc<(String, Vec<String>)>>,
    over: bool,
}

#[derive(Default)]
struct Tally {
    /// By conversation and clientMsgId: the number.
    acked: BTreeMap<(usize, String), u64>,
    /// Sent once more after a cut.
    retried: u64,
    /// Of those, already there.
    known: u64,
    /// A second answer with another number.
    changed: u64,
    /// Of the round that goes on: the first answer after the start.
    first: Option<Instant>,
}

fn key(person: usize, n: u64) -> String {
    Uuid::from_u128(((person as u128 + 1) << 64) | u128::from(n)).to_string()
}

struct Writer {
    person: usize,
    conversation: String,
    session: Session,
    /// The number of the message that is not acknowledged, or is next.
    n: u64,
    /// It was said, and the line was lost before the answer.
    said: bool,
    tally: Rc<RefCell<Tally>>,
}

impl Writer {
    /// Writes until it is over and everything is acknowledged.
    async fn run(mut self, mut word: watch::Receiver<Word>) {
        loop {
            let now = word.borrow_and_update().clone();
            if now.over && !self.said {
                return;
            }
            let Some(at) = now.at else {
                if word.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let device = format!("device{}", self.person);
            let token = &at.1[self.person];
            if let Some(mut line) = Line::open(&at.0, token, &device, &self.session).await
                && line.welcomed(&mut self.session).await.is_some()
            {
                self.write(&mut line, &word).await;
            }
            // Clients wait a moment, too; nothing here depends on how long.
            time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// As long as the line holds.
    async fn write(&mut self, line: &mut Line, word: &watch::Receiver<Word>) {
        let every = Duration::from_micros(1_000_000 * 2 * PAIRS as u64 / RATE);
        loop {
            if word.borrow().over && !self.said {
                return;
            }
            let begun = Instant::now();
            if self.said {
                self.tally.borrow_mut().retried += 1;
            }
            let id = key(self.person, self.n);
            let say = json!({"type": "send-message", "id": id, "ack": self.session.last, "data": {
                "conversationId": self.conversation, "clientMsgId": id, "text": "x".repeat(200)}});
            self.said = true;
            if !line.say(&say).await || !self.answered(line, &id).await {
                return;
            }
            (self.n, self.said) = (self.n + 1, false);
            time::sleep(every.saturating_sub(begun.elapsed())).await;
        }
    }

    /// Hears until this message is acknowledged; false when the line is lost or it must be said again.
    async fn answered(&mut self, line: &mut Line, id: &str) -> bool {
        while let Some(frame) = line.hear().await {
            if let Some(seq) = frame["seq"].as_u64() {
                assert_eq!(seq, self.session.last + 1, "a session without holes");
                self.session.last = seq;
            }
            if frame["id"] != id {
                continue;
            }
            if frame["type"] != "ack" {
                assert_eq!(frame["data"]["retryable"], true, "{frame}");
                time::sleep(Duration::from_millis(200)).await;
                return false;
            }
            self.note(id, &frame["data"]);
            return true;
        }
        false
    }

    fn note(&self, id: &str, data: &Value) {
        let mut tally = self.tally.borrow_mut();
        let seq = data["msgSeq"].as_u64().unwrap();
        tally.first.get_or_insert_with(Instant::now);
        tally.known += u64::from(data["duplicate"] == true);
        let before = tally.acked.insert((self.person / 2, id.to_owned()), seq);
        tally.changed += u64::from(before.is_some_and(|it| it != seq));
    }
}

#[test]
fn killed_servers_lose_nothing_that_was_acknowledged_and_keep_nothing_twice() {
    let rounds = rounds(4);
    let town = Arc::new(Town::found(PAIRS));
    let tally = Rc::new(RefCell::new(Tally::default()));
    LocalSet::new().block_on(&runtime(), live(town, rounds, tally.clone()));
    let tally = tally.borrow();
    assert!(tally.acked.len() as u64 > rounds, "something happened");
    assert_eq!(tally.changed, 0, "a repeated command gives the same answer");
}

async fn live(town: Arc<Town>, rounds: u64, tally: Rc<RefCell<Tally>>) {
    let (words, word) = watch::channel(Word::default());
    let mut writers = Vec::new();
    for person in 0..2 * PAIRS {
        let writer = Writer {
            person,
            conversation: town.pairs[person / 2].conversation.to_string(),
            session: Session::default(),
            n: 0,
            said: false,
            tally: tally.clone(),
        };
        writers.push(tokio::task::spawn_local(writer.run(word.clone())));
    }
    let mut random = Random(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64);
    println!("kill-sockets seed={}", random.0);
    let (mut backs, mut lived) = (Vec::new(), Duration::ZERO);
    for round in 0..=rounds {
        let begun = Instant::now();
        let start = town.clone();
        let server = tokio::task::spawn_blocking(move || start.start(&CROWDED));
        let server = server.await.unwrap();
        let at = server
            .url
            .trim_start_matches("http://")
            .replace("localhost", "127.0.0.1");
        let people = town.pairs.iter().flat_map(|it| &it.people);
        let tokens = people.map(|it| town.token(&server, it)).collect();
        tally.borrow_mut().first = None;
        let over = round == rounds;
        let at = Some(Rc::new((at, tokens)));
        words.send(Word { at, over }).unwrap();
        if over {
            for writer in &mut writers {
                writer.await.unwrap();
            }
            check(&town, &server, &tally.borrow(), rounds, &backs, lived);
            return;
        }
        while tally.borrow().first.is_none() {
            time::sleep(Duration::from_millis(1)).await;
        }
        backs.push(begun.elapsed());
        let life = Duration::from_millis(100 + random.below(900));
        time::sleep(life).await;
        lived += life;
        words.send(Word::default()).unwrap();
        drop(server); // SIGKILL
    }
}

/// Reads every conversation whole and holds it against what was acknowledged.
fn check(
    town: &Town,
    server: &crate::server::Server,
    tally: &Tally,
    rounds: u64,
    backs: &[Duration],
    lived: Duration,
) {
    let (mut lost, mut twice, mut holes, mut there) = (0, 0, 0, 0);
    for (n, pair) in town.pairs.iter().enumerate() {
        let token = town.token(server, &pair.people[0]);
        let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (index, message) in line::all(server, &token, &pair.conversation.to_string())
            .iter()
            .enumerate()
        {
            let seq = message["msgSeq"].as_u64().unwrap();
            holes += u64::from(seq != index as u64 + 1);
            let key = message["clientMsgId"].as_str().unwrap().to_owned();
            found.entry(key).or_default().push(seq);
            there += 1;
        }
        twice += found.values().filter(|it| it.len() > 1).count();
        let mine = tally.acked.iter().filter(|((of, _), _)| *of == n);
        lost += mine
            .filter(|((_, key), seq)| !found.get(key).is_some_and(|it| it.contains(seq)))
            .count();
    }
    let slowest = backs.iter().max().map_or(0, Duration::as_millis);
    let rate = tally.acked.len() as f64 / lived.as_secs_f64();
    println!(
        "RESULT kill-sockets rounds={rounds} acked={} per_second={rate:.0} retried={} already_there={} \
         stored={there} lost={lost} twice={twice} holes={holes} slowest_restart_ms={slowest}",
        tally.acked.len(),
        tally.retried,
        tally.known
    );
    assert_eq!((lost, twice, holes), (0, 0, 0));
}
