//! What a thousand paid calls cost that go on at the same time: the real actors, meters, services,
//! encoder and books on this disk. Two people of each call say every second that media flows, and
//! each call is charged every five seconds. Then wallets are filled while the calls go on: how long until
//! the payer's countdown says so (P14). Sockets and media are left out: a person is a sink that
//! counts the bytes of frames.
//!
//! `cargo bench -p parlor-web --bench paid_calls`; `CALLS=200 SECONDS=10` for other sizes.

#![allow(clippy::unwrap_used)]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use parlor_actors::{
    clock::Clock,
    conversation::memory::StoreConversations,
    link::{Answer, Ask, CallAsk, Encoded, Greeting, Link, Notice, RoomAsk, Sent, Trouble},
    ports::{NotCallable, NotPosted, PaidCalls, PortFuture, Quote, WalletState},
    registry::{Ports, Realtime, RealtimeConfig},
    room::memory::StoreMemory,
    services::{Keys, Posting, Services},
    session::{Greeted, Line},
    testing::{self, House, TokioClock, light_services, user},
};
use parlor_data::{
    Store, StoreOptions,
    nouns::ledger::{self, Bills, Books},
};
use parlor_domain::{
    event::MediaKind,
    id::{CallId, RoomId, UserId},
    identity::Identity,
    ledger::{Account, Entry, Gateway, Kind, Subject},
    meter,
    money::MilliCoins,
    paid::PaidCall,
    ring::{self, Attempt},
    session::Bye,
    tariff::Tariff,
    time::Timestamp,
};
use parlor_web::wire::outward::{self, Encoder};
use tokio::sync::watch;

const TARIFF: Tariff = Tariff {
    per_minute: MilliCoins(10_000),
    initial_s: 60,
    increment_s: 1,
    free_s: 0,
    connect_fee: MilliCoins::ZERO,
    commission_bps: 2_000,
};
/// The signs of one second are spread over so many moments.
const MOMENTS: usize = 50;
/// Wallets that are filled, one after the other.
const TOP_UPS: usize = 100;
/// Until all calls have begun and their first ticks are behind them.
const WARM: Duration = Duration::from_secs(10);

fn setting(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

fn main() {
    // `cargo test` builds and starts benches, too.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let (calls, seconds) = (setting("CALLS", 1_000), setting("SECONDS", 30));
    actix::System::new().block_on(run(calls, Duration::from_secs(seconds)));
}

/// The services' bank; only the price is fixed, so that no host needs a profile.
struct Bank(Services);

impl PaidCalls for Bank {
    fn rules(&self) -> (ring::Limits, meter::Rules) {
        self.0.rules()
    }
    fn quote(
        &self,
        _: &Identity,
        _: UserId,
        _: MediaKind,
        _: Timestamp,
    ) -> Result<Quote, NotCallable> {
        Ok(Quote {
            tariff: TARIFF,
            seconds_max: None,
        })
    }
    fn open(
        &self,
        host: UserId,
        attempt: &Attempt,
        kind: MediaKind,
        now: Timestamp,
    ) -> PortFuture<Result<PaidCall, NotPosted>> {
        self.0.open(host, attempt, kind, now)
    }
    fn post(
        &self,
        entry: Option<Entry>,
        before: Option<PaidCall>,
        call: PaidCall,
    ) -> PortFuture<Result<(), NotPosted>> {
        PaidCalls::post(&self.0, entry, before, call)
    }
    fn wallet(&self, user: UserId) -> MilliCoins {
        PaidCalls::wallet(&self.0, user)
    }
    fn watch(&self, user: UserId) -> Option<watch::Receiver<WalletState>> {
        self.0.watch(user)
    }
    fn open_calls(&self) -> Vec<PaidCall> {
        self.0.open_calls()
    }
    fn of_room(&self, room: RoomId) -> Option<PaidCall> {
        self.0.of_room(room)
    }
    fn lengths(&self, host: UserId) -> Vec<parlor_domain::time::Millis> {
        self.0.lengths(host)
    }
}

/// What all people heard.
#[derive(Default)]
struct Heard {
    frames: AtomicU64,
    bytes: AtomicU64,
}

/// A person's end of the line: reads everything at once and keeps the last answer.
#[derive(Clone)]
struct Sink {
    heard: Arc<Heard>,
    last: Arc<AtomicU64>,
    /// Countdowns that said more than that time has passed.
    bills: Arc<AtomicU64>,
    answers: Arc<Mutex<Vec<Result<Answer, Trouble>>>>,
}

impl Sink {
    fn note(&self, frame: &str) -> Sent {
        self.heard.frames.fetch_add(1, Relaxed);
        self.heard.bytes.fetch_add(frame.len() as u64, Relaxed);
        Sent::Taken
    }
}

impl Link for Sink {
    fn address(&self) -> Option<std::net::IpAddr> {
        None
    }

    fn welcome(&self, welcome: Greeting) -> Sent {
        self.note(&outward::welcome(None, &welcome))
    }
    fn event(&self, event: &Arc<Encoded>, seq: Option<u64>, at: Timestamp) -> Sent {
        if let Some(seq) = seq {
            self.last.store(seq, Relaxed);
        }
        let sent = self.note(&outward::event(event, seq, at));
        self.bills
            .fetch_add(u64::from(event.name == "billing"), Relaxed);
        sent
    }
    fn answer(&self, id: Option<String>, answer: Result<Answer, Trouble>, at: Timestamp) -> Sent {
        let sent = self.note(&outward::answer(
            id.as_deref().unwrap_or_default(),
            &answer,
            at,
        ));
        self.answers.lock().unwrap().push(answer);
        sent
    }
    fn notice(&self, notice: Notice, at: Timestamp) -> Sent {
        self.note(&outward::notice(&notice, at))
    }
    fn close(&self, why: Bye) {
        panic!("somebody's line was closed: {why:?}");
    }
}

struct Person {
    line: Line,
    sink: Sink,
}

impl Person {
    fn arrive(realtime: &Realtime, heard: &Arc<Heard>, n: u128) -> Self {
        let sink = Sink {
            heard: heard.clone(),
            last: Arc::default(),
            bills: Arc::default(),
            answers: Arc::default(),
        };
        let greeted = Greeted {
            token: testing::token(n),
            device: "bench".into(),
            resume: None,
        };
        let conn = realtime.next_conn();
        let line = realtime.greet(conn, greeted, Box::new(sink.clone()));
        Self {
            line: line.unwrap(),
            sink,
        }
    }

    fn say(&self, ask: Ask) {
        let ack = Some(self.sink.last.load(Relaxed)).filter(|seq| *seq > 0);
        self.line.say(ack, None, Some(ask));
    }

    async fn asked(&self, ask: Ask) -> Answer {
        self.sink.answers.lock().unwrap().clear();
        self.line.say(None, Some("1".into()), Some(ask));
        loop {
            if let Some(answer) = self.sink.answers.lock().unwrap().pop() {
                return answer.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn sign(&self, room: RoomId) {
        let (connected, relayed) = (true, Some(false));
        self.say(Ask::InRoom(room, RoomAsk::CallMedia { connected, relayed }));
    }
}

struct Pair {
    people: [Person; 2],
    room: RoomId,
}

async fn pair(realtime: &Realtime, heard: &Arc<Heard>, n: u128) -> Pair {
    let host = Person::arrive(realtime, heard, 10_000 + n);
    let client = Person::arrive(realtime, heard, 1_000_000 + n);
    let (media, wait) = (MediaKind::Video, false);
    let called = client.asked(Ask::Call(CallAsk::Invite {
        host: user(10_000 + n),
        media,
        wait,
    }));
    let call: CallId = match called.await {
        Answer::Calling(it) => it.call,
        other => panic!("{other:?}"),
    };
    let room = match host.asked(Ask::Call(CallAsk::Accept(call, media))).await {
        Answer::Taken { room, .. } => room,
        other => panic!("{other:?}"),
    };
    for person in [&host, &client] {
        person.say(Ask::Join {
            room,
            audio: true,
            video: true,
            old: None,
        });
    }
    Pair {
        people: [host, client],
        room,
    }
}

async fn run(calls: u64, measured: Duration) {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        free_bytes_min: 0,
        ..StoreOptions::default()
    };
    let store = Store::open(dir.path(), options).unwrap().store;
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::default());
    let keys = Keys::derive(&[9; 32]);
    let services = Services::new(store.clone(), keys, light_services(), clock.clone());
    let house = Arc::<House>::default();
    let ports = Ports {
        admit: Arc::new(services.clone()),
        log: Arc::new(services.clone()),
        memory: Arc::new(StoreMemory(store.clone())),
        conversations: Arc::new(StoreConversations(store.clone())),
        paid: Arc::new(Bank(services.clone())),
        ..testing::ports(&house, Arc::new(Encoder))
    };
    let book = ports.book.clone();
    let config = RealtimeConfig::default();
    let realtime = Realtime::start(ports, config, clock.clone(), "bench".into());
    actix::spawn(book.run(clock.clone()));
    let fill = (0..calls).map(|n| {
        let wallet = Account::Wallet(user(1_000_000 + u128::from(n)));
        let entry = Entry::new(clock.now(), Kind::TopUp, Subject::None);
        let entry = entry.moving(Account::Issued(Gateway::Demo), wallet, 1_000_000);
        services.ledger().post(Posting::new(entry))
    });
    assert!(join_all(fill).await.iter().all(Result::is_ok));
    let (heard, empty) = (Arc::new(Heard::default()), memory_kib());

    let begun = Instant::now();
    let pairs = join_all((0..calls).map(|n| pair(&realtime, &heard, u128::from(n)))).await;
    println!(
        "{calls} calls began within {} ms",
        begun.elapsed().as_millis()
    );
    talk(&pairs, WARM).await;

    let before = Sample::take(&store, &heard);
    talk(&pairs, measured).await;
    let after = Sample::take(&store, &heard);

    let mut waits = Vec::new();
    for (n, pair) in pairs.iter().enumerate().take(TOP_UPS) {
        let [host, client] = &pair.people;
        // The sign keeps the call awake while others are waited for.
        host.sign(pair.room);
        client.sign(pair.room);
        let (said, begun) = (client.sink.bills.load(Relaxed), Instant::now());
        let wallet = Account::Wallet(user(1_000_000 + n as u128));
        let entry = Entry::new(clock.now(), Kind::TopUp, Subject::None);
        let entry = entry.moving(Account::Issued(Gateway::Demo), wallet, 5_000);
        services.ledger().post(Posting::new(entry)).await.unwrap();
        while client.sink.bills.load(Relaxed) == said {
            tokio::task::yield_now().await;
        }
        waits.push(begun.elapsed().as_micros());
    }
    waits.sort_unstable();
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    println!(
        "from a top-up to the longer countdown: p50 {} us, p99 {} us",
        at(50),
        at(99)
    );

    let (mut books, mut bills) = (Books::default(), Bills::default());
    let proven = books.catch_up_telling(&store, |_| (), |entry| bills.take(entry));
    let wrong = bills.compare(&store, books.head.seq).unwrap().len() + usize::from(proven.is_err());
    let live = services.open_calls();
    // Each has been charged for the time of the measurement and the warming up, to a few seconds.
    let least = i64::try_from((measured + WARM).as_millis()).unwrap() - 8_000;
    let behind = live.iter().filter(|it| it.duration().0 < least).count();
    let top_up_us = at(99);
    after.print(
        &before,
        calls,
        empty,
        (live.len(), behind, wrong),
        top_up_us,
    );
    assert!(wrong == 0 && behind == 0 && live.len() as u64 == calls);
    store.close();
}

/// Everybody says once a second that media flows.
async fn talk(pairs: &[Pair], span: Duration) {
    let mut tick = tokio::time::interval(Duration::from_secs(1) / MOMENTS as u32);
    let end = Instant::now() + span;
    for moment in (0..MOMENTS).cycle() {
        if Instant::now() >= end {
            return;
        }
        tick.tick().await;
        for pair in pairs.iter().skip(moment).step_by(MOMENTS) {
            for person in &pair.people {
                person.sign(pair.room);
            }
        }
    }
}

/// Where the counters stand.
struct Sample {
    at: Instant,
    /// Of all threads, and of the one that plays the people.
    cpu_ms: [u64; 2],
    kib: u64,
    entries: u64,
    frames: u64,
    bytes: u64,
}

impl Sample {
    fn take(store: &Store, heard: &Heard) -> Self {
        Self {
            at: Instant::now(),
            cpu_ms: ["/proc/self/stat", "/proc/thread-self/stat"].map(cpu_ms),
            kib: memory_kib(),
            entries: ledger::head(store).unwrap().seq,
            frames: heard.frames.load(Relaxed),
            bytes: heard.bytes.load(Relaxed),
        }
    }

    fn print(
        &self,
        before: &Self,
        calls: u64,
        empty: u64,
        found: (usize, usize, usize),
        top_up_us: u128,
    ) {
        let ms = (self.at - before.at).as_millis() as u64;
        let [all, people] = [0, 1].map(|n| self.cpu_ms[n] - before.cpu_ms[n]);
        let per_mille = |cpu: u64| cpu * 1_000 / ms;
        let percent = |cpu| format!("{}.{}", per_mille(cpu) / 10, per_mille(cpu) % 10);
        let (server, grown) = (percent(all - people), self.kib - empty);
        println!(
            "CPU {server} % of one core, beside {} % for the people",
            percent(people)
        );
        println!(
            "memory {} MiB, of it {} MiB for the calls",
            self.kib / 1_024,
            grown / 1_024
        );
        let rate = |now: u64, then: u64| (now - then) * 1_000 / ms;
        let (live, behind, wrong) = found;
        println!(
            "RESULT calls live={live} seconds={} cpu_percent_of_a_core={server} rss_mib={} kib_per_call={} \
             postings_per_s={} frames_per_s={} bytes_per_s={} top_up_p99_us={top_up_us} behind={behind} wrong={wrong}",
            ms / 1_000,
            self.kib / 1_024,
            grown / calls.max(1),
            rate(self.entries, before.entries),
            rate(self.frames, before.frames),
            rate(self.bytes, before.bytes),
        );
    }
}

/// User and system time in milliseconds; the kernel counts hundredths of a second.
fn cpu_ms(stat: &str) -> u64 {
    let text = std::fs::read_to_string(stat).unwrap();
    // The name, in brackets, may hold spaces.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split(' ').collect();
    let ticks = |n: usize| fields[n].parse::<u64>().unwrap();
    (ticks(12) + ticks(13)) * 10
}

fn memory_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = line.unwrap().trim().strip_suffix("kB").unwrap();
    kib.trim().parse().unwrap()
}
