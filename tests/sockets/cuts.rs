//! Lines that break at any moment while people write to each other: reset, closed, silent, and before
//! the welcome arrives. Sessions go on with the last number that was seen, and nothing is missed or
//! doubled. What cannot be resumed is counted.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{net::TcpStream, task::LocalSet, time};
use uuid::Uuid;

use crate::{
    CROWDED, Random,
    line::{Cut, Line, Session, all},
    rounds, runtime,
    town::Town,
};

const PAIRS: usize = 20;
/// Cuts of everybody together in one round.
const CUTS_PER_ROUND: u64 = 100;
/// From so many rounds on, some people are away for long.
const LONG: u64 = 50;
/// The longest absence: a session is kept for 120 s.
const AWAY_S: (u64, u64) = (20, 110);

/// What happened to everybody.
#[derive(Default)]
struct Tally {
    cuts: u64,
    resumed: u64,
    /// Not resumed, by the word for it.
    fresh: BTreeMap<String, u64>,
    /// Connections that broke before their welcome.
    in_vain: u64,
    /// Absences of [`AWAY_S`].
    away: u64,
    replayed: u64,
    messages: u64,
    /// The highest number of each pair that was acknowledged.
    highest: Vec<u64>,
    /// People who have said everything.
    finished: usize,
}

struct Person {
    n: usize,
    address: String,
    token: String,
    conversation: String,
    session: Session,
    /// Numbers of messages that arrived as events.
    seen: BTreeSet<u64>,
    /// The next message, and whether it was said and not answered.
    next: u128,
    said: bool,
    cuts_max: u64,
    away: bool,
    /// Began anew at some time, and so was not told everything.
    fresh: bool,
    random: Random,
    /// Streams on which nothing is heard any more, and which nobody closed.
    silent: Vec<TcpStream>,
    tally: Rc<RefCell<Tally>>,
}

impl Person {
    fn more_cuts(&self) -> bool {
        self.tally.borrow().cuts < self.cuts_max
    }

    fn millis(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.random.below(most))
    }

    async fn run(mut self) -> Person {
        let mut first = true;
        loop {
            let device = format!("device{}", self.n);
            let session = self.session.clone();
            let line = Line::open(&self.address, &self.token, &device, &session).await;
            let mut line = line.expect("the server is there");
            // The line breaks before the welcome is read; the server may have sent it, or not.
            if !first && self.more_cuts() && self.random.below(4) == 0 {
                let wait = Duration::from_micros(self.random.below(3_000));
                time::sleep(wait).await;
                self.tally.borrow_mut().in_vain += 1;
                self.break_off(line).await;
                continue;
            }
            let Some(welcome) = line.welcomed(&mut self.session).await else {
                panic!("a welcome");
            };
            if !first {
                self.note(&welcome);
            }
            first = false;
            if self.talk(&mut line).await {
                return self;
            }
            self.break_off(line).await;
        }
    }

    fn note(&mut self, welcome: &Value) {
        let mut tally = self.tally.borrow_mut();
        if welcome["resumed"] == true {
            tally.resumed += 1;
            tally.replayed += welcome["replay"].as_u64().unwrap();
        } else {
            self.fresh = true;
            let why = welcome["reason"].as_str().unwrap_or("none").to_owned();
            *tally.fresh.entry(why).or_default() += 1;
        }
    }

    async fn break_off(&mut self, line: Line) {
        self.tally.borrow_mut().cuts += 1;
        let how = [Cut::Reset, Cut::Closed, Cut::Silent][self.random.below(3) as usize];
        if let Some(stream) = line.cut(how) {
            self.silent.push(stream);
            if self.silent.len() > 8 {
                self.silent.remove(0);
            }
        }
        let away = match self.away && self.random.below(20) == 0 {
            true => {
                self.tally.borrow_mut().away += 1;
                Duration::from_secs(AWAY_S.0 + self.random.below(AWAY_S.1 - AWAY_S.0))
            }
            false => self.millis(150),
        };
        time::sleep(away).await;
    }

    /// Talks until the line breaks; true when all is said and heard.
    async fn talk(&mut self, line: &mut Line) -> bool {
        let breaks = Instant::now() + self.millis(600);
        let mut say_at = Instant::now() + self.millis(500);
        let mut finished = false;
        loop {
            if !self.more_cuts() && !self.said && !finished {
                finished = true;
                self.tally.borrow_mut().finished += 1;
            }
            if finished && self.heard_all() {
                return true;
            }
            let wake = match self.more_cuts() {
                true => breaks.min(say_at),
                false => say_at.min(Instant::now() + Duration::from_millis(50)),
            };
            tokio::select! {
                frame = line.hear() => {
                    let frame = frame.expect("the server holds the line");
                    self.hear(&frame);
                    if frame["type"] == "ping" {
                        // Whoever has said everything and waits for the others is still there.
                        line.say(&json!({"type": "pong", "ack": self.session.last, "data": {}})).await;
                    }
                }
                () = time::sleep_until(wake.into()) => {}
            }
            if self.more_cuts() && Instant::now() >= breaks {
                return false;
            }
            if !finished && Instant::now() >= say_at {
                self.say(line).await;
                say_at = Instant::now() + Duration::from_millis(900);
            }
        }
    }

    async fn say(&mut self, line: &mut Line) {
        self.said = true;
        let id = self.key();
        let say = json!({"type": "send-message", "id": id, "ack": self.session.last, "data": {
            "conversationId": self.conversation, "clientMsgId": id, "text": "Hello"}});
        // A lost line is found when it breaks.
        let _ = line.say(&say).await;
    }

    fn key(&self) -> String {
        Uuid::from_u128(((self.n as u128 + 1) << 64) | self.next).to_string()
    }

    fn hear(&mut self, frame: &Value) {
        if let Some(seq) = frame["seq"].as_u64() {
            assert_eq!(seq, self.session.last + 1, "a hole or a double: {frame}");
            self.session.last = seq;
        }
        let data = &frame["data"];
        if frame["type"] == "message" {
            let seq = data["message"]["msgSeq"].as_u64().unwrap();
            assert!(self.seen.insert(seq), "{frame} came twice");
        } else if frame["type"] == "ack" && self.said && frame["id"] == self.key() {
            let seq = data["msgSeq"].as_u64().unwrap();
            (self.next, self.said) = (self.next + 1, false);
            let mut tally = self.tally.borrow_mut();
            tally.messages += 1;
            let highest = &mut tally.highest[self.n / 2];
            *highest = (*highest).max(seq);
        }
    }

    /// Everybody has finished, and every message of the pair arrived here.
    fn heard_all(&self) -> bool {
        let tally = self.tally.borrow();
        let highest = tally.highest[self.n / 2];
        tally.finished == 2 * PAIRS && (self.fresh || self.seen.len() as u64 >= highest)
    }
}

#[test]
fn cut_sockets_resume_and_miss_nothing() {
    let rounds = rounds(4);
    let town = Town::found(PAIRS);
    let server = town.start(&CROWDED);
    let address = server
        .url
        .trim_start_matches("http://")
        .replace("localhost", "127.0.0.1");
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("cut-sockets seed={seed}");
    let tally = Rc::new(RefCell::new(Tally {
        highest: vec![0; PAIRS],
        ..Tally::default()
    }));
    let people = (0..2 * PAIRS).map(|n| Person {
        n,
        address: address.clone(),
        token: town.token(&server, &town.pairs[n / 2].people[n % 2]),
        conversation: town.pairs[n / 2].conversation.to_string(),
        session: Session::default(),
        seen: BTreeSet::new(),
        next: 1,
        said: false,
        cuts_max: rounds * CUTS_PER_ROUND,
        away: rounds >= LONG && n % 4 == 0,
        fresh: false,
        random: Random(seed ^ ((n as u64) << 32)),
        silent: Vec::new(),
        tally: tally.clone(),
    });
    let people: Vec<Person> = people.collect();
    let people = LocalSet::new().block_on(&runtime(), async {
        let all = people
            .into_iter()
            .map(|it| tokio::task::spawn_local(it.run()));
        let done = futures_util::future::join_all(all).await;
        done.into_iter().map(Result::unwrap).collect::<Vec<_>>()
    });
    let tally = tally.borrow();
    let mut missed = 0;
    for person in people.iter().filter(|it| !it.fresh) {
        let stored = all(&server, &person.token, &person.conversation);
        let numbers: BTreeSet<u64> = stored
            .iter()
            .map(|it| it["msgSeq"].as_u64().unwrap())
            .collect();
        missed += numbers.symmetric_difference(&person.seen).count();
    }
    let fresh: u64 = tally.fresh.values().sum();
    println!(
        "RESULT cut-sockets cuts={} before_welcome={} away_20_to_110_s={} resumed={} fresh={fresh} {:?} \
         replayed={} messages={} missed={missed}",
        tally.cuts,
        tally.in_vain,
        tally.away,
        tally.resumed,
        tally.fresh,
        tally.replayed,
        tally.messages
    );
    assert_eq!(missed, 0);
    assert!(tally.cuts >= rounds * CUTS_PER_ROUND);
    // 99.9 %: of a few hundred cuts that is all of them.
    assert!(fresh * 1_000 <= tally.cuts, "{:?}", tally.fresh);
}
