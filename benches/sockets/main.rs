//! Ours beside Socket.IO: the release binary and Socket.IO 4.8 on node, on one machine in one run, in
//! rounds that alternate. Rooms of two; messages of 200 bytes are relayed from one to the other, at a
//! rate that does not wait for answers. Ours has its rights checks, numbering and replay buffers on;
//! Socket.IO runs with its defaults, over WebSocket only, and looks whether the sender is in the room.
//! Then durable messages (on the disk before they are acknowledged), which only ours has.
//!
//! One generator for both, hand-made frames, one thread. What it costs is not counted: the processor
//! time is that of the server's process alone. Prints; asserts nothing about time.
//!
//! `make bench-sockets`, `QUICK=1 make bench-sockets`. The last line is `RESULT sockets …`.

#![allow(clippy::unwrap_used, dead_code)]

mod process;
#[path = "../../tests/product/server.rs"]
mod server;
mod speech;
#[path = "../../tests/sockets/town.rs"]
mod town;
mod wire;

use std::{
    cell::{Cell, RefCell},
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use process::{allow_files, cpu_us, rss_kib};
use speech::{Person, Server, Ticket, message, stamp};
use town::Town;
use uuid::Uuid;

/// Relayed messages per second, all connections together.
const RATE: u64 = 4_000;
/// Durable messages per second.
const DURABLE_RATE: u64 = 500;
/// Handshakes at once.
const ENTERING: usize = 48;

/// How large and how long.
struct Plan {
    sizes: [usize; 2],
    rounds: usize,
    seconds: u64,
}

fn main() {
    // `cargo test` builds and starts benches, too.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    // The generator holds both crowds, and ours has two descriptors for each socket.
    let most = (allow_files(30_000) as usize - 600) / 2 / 2 * 2;
    let plan = match std::env::var_os("QUICK").is_some_and(|it| !it.is_empty()) {
        true => Plan {
            sizes: [200, 1_000],
            rounds: 2,
            seconds: 3,
        },
        false => Plan {
            sizes: [1_000, 10_000],
            rounds: 2,
            seconds: 8,
        },
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tables: Vec<Table> = plan
        .sizes
        .iter()
        .map(|size| {
            let size = &most.min(*size);
            let town = Town::found(size / 2);
            let table = tokio::task::LocalSet::new().block_on(&runtime, run(&plan, &town, *size));
            table.print();
            table
        })
        .collect();
    let worst = |of: fn(&Table) -> f64| tables.iter().map(of).fold(0.0, f64::max);
    let last = tables.last().unwrap();
    println!(
        "RESULT sockets cpu_ratio={:.2} p99_ratio={:.2} kb_per_connection={:.2}",
        worst(|it| it.ours.cpu() / it.theirs.cpu()),
        worst(|it| it.ours.p(99.0) / it.theirs.p(99.0)),
        last.ours.kib / last.theirs.kib,
    );
}

/// node with Socket.IO; killed when dropped.
struct Node(Child, SocketAddr);

impl Node {
    fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/socketio");
        let mut child = Command::new("node")
            .arg("server.mjs")
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let port: u16 = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        Self(child, ([127, 0, 0, 1], port).into())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What one server did.
#[derive(Default)]
struct Side {
    /// Memory that one connection added.
    kib: f64,
    cpu_us: u64,
    sent: u64,
    /// Nanoseconds.
    waits: Vec<u64>,
    errors: u64,
}

impl Side {
    /// Microseconds of processor time for a message.
    fn cpu(&self) -> f64 {
        self.cpu_us as f64 / self.sent as f64
    }

    /// Microseconds that `part` percent were not slower than.
    fn p(&self, part: f64) -> f64 {
        let mut all = self.waits.clone();
        all.sort_unstable();
        let at = ((all.len() - 1) as f64 * part / 100.0) as usize;
        all[at] as f64 / 1_000.0
    }

    fn add(&mut self, more: Round) {
        self.cpu_us += more.cpu_us;
        self.sent += more.sent;
        self.errors += more.errors;
        self.waits.extend(more.waits);
    }
}

struct Table {
    connections: usize,
    ours: Side,
    theirs: Side,
    durable: Side,
    /// The generator's own share of one processor, and how late it was at worst.
    own_percent: f64,
    late_ms: f64,
}

impl Table {
    fn print(&self) {
        let line = |name: &str, it: &Side| {
            println!(
                "| {:>6} | {name:<16} | {:>8} | {:>7.1} | {:>7.0} | {:>7.0} | {:>7.1} | {} |",
                self.connections,
                it.sent,
                it.cpu(),
                it.p(50.0),
                it.p(99.0),
                it.kib,
                it.errors + it.sent - it.waits.len() as u64,
            );
        };
        println!(
            "| conns. | what             | messages | CPU us  | p50 us  | p99 us  | KiB/con | lost |"
        );
        line("Parlor relayed", &self.ours);
        line("Socket.IO", &self.theirs);
        line("Parlor durable", &self.durable);
        println!(
            "  the generator took {:.0} % of one processor and was late by {:.1} ms at worst",
            self.own_percent, self.late_ms
        );
    }
}

/// Everybody in a server, and what they heard.
struct Crowd {
    people: Rc<Vec<Person>>,
    heard: Rc<Heard>,
}

#[derive(Default)]
struct Heard {
    waits: RefCell<Vec<u64>>,
    errors: Cell<u64>,
    gone: Cell<u64>,
}

impl Crowd {
    async fn gather(server: &Server, tickets: &[Ticket], begun: Instant) -> Self {
        let entering = stream::iter(tickets).map(|it| Person::enter(server, it));
        let people: Vec<_> = entering.buffered(ENTERING).collect().await;
        let mut people: Vec<Person> = people.into_iter().map(Result::unwrap).collect();
        for two in people.chunks_mut(2) {
            let [one, other] = two else { unreachable!() };
            one.meet(other);
        }
        let crowd = Self {
            people: Rc::new(people),
            heard: Rc::default(),
        };
        for n in 0..crowd.people.len() {
            let (people, heard) = (crowd.people.clone(), crowd.heard.clone());
            tokio::task::spawn_local(async move {
                let person = &people[n];
                let hear = |text: &str| {
                    let now = begun.elapsed().as_nanos() as u64;
                    let answer = text.starts_with(r#"{"type":"ack""#);
                    let sent = match answer {
                        true => speech::between(text, r#""id":""#, r#"""#)
                            .and_then(|id| id.parse().ok()),
                        false => stamp(text),
                    };
                    if let Some(sent) = sent {
                        heard.waits.borrow_mut().push(now.saturating_sub(sent));
                    }
                    if person.hear(text) {
                        heard.errors.set(heard.errors.get() + 1);
                    }
                };
                let mut hear = hear;
                while person.wire.listen(&mut hear).await.unwrap_or(false) {}
                heard.gone.set(heard.gone.get() + 1);
            });
        }
        crowd
    }
}

/// One round of messages.
struct Round {
    cpu_us: u64,
    sent: u64,
    waits: Vec<u64>,
    errors: u64,
    late: Duration,
}

/// Says `rate` things a second for so long, whether or not they are heard, then hears what is left.
async fn round(
    crowd: &Crowd,
    pid: u32,
    rate: u64,
    time: Duration,
    say: impl Fn(usize, u64) -> std::io::Result<()>,
) -> Round {
    let (cpu, begun) = (cpu_us(pid), Instant::now());
    crowd.heard.waits.take();
    let errors = crowd.heard.errors.get();
    let (mut sent, mut failed, mut late) = (0, 0, Duration::ZERO);
    let total = rate * time.as_secs();
    while sent < total {
        let due = begun.elapsed().as_micros() as u64 * rate / 1_000_000;
        let waited = Duration::from_micros((due.saturating_sub(sent)) * 1_000_000 / rate);
        late = late.max(waited);
        while sent < due.min(total) {
            // Steps that share nothing with the number of connections: everybody's turn, in no order.
            let who = (sent * 7_919) as usize % crowd.people.len();
            failed += u64::from(say(who, sent).is_err());
            sent += 1;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // What is still on its way arrives well within this, or counts as lost.
    let patience = Instant::now() + Duration::from_secs(5);
    while (crowd.heard.waits.borrow().len() as u64) < sent && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Round {
        cpu_us: cpu_us(pid) - cpu,
        sent,
        waits: crowd.heard.waits.take(),
        errors: crowd.heard.errors.get() - errors + failed + crowd.heard.gone.take(),
        late,
    }
}

async fn run(plan: &Plan, town: &Town, connections: usize) -> Table {
    let (begun, time) = (Instant::now(), Duration::from_secs(plan.seconds));
    let (parlor, node) = (town.start(&[]), Node::start());
    let at = parlor.url.trim_start_matches("http://localhost");
    let ours = Server::Parlor(format!("127.0.0.1{at}").parse().unwrap());
    let theirs = Server::SocketIo(node.1);
    let (our_pid, their_pid) = (parlor.pid(), node.0.id());
    let tickets: Vec<Ticket> = (0..connections)
        .map(|n| {
            let pair = &town.pairs[n / 2];
            Ticket {
                n,
                room: pair.room.to_string(),
                token: town.token(&parlor, &pair.people[n % 2]),
            }
        })
        .collect();
    let rest = || tokio::time::sleep(Duration::from_secs(3));

    rest().await;
    let before = (rss_kib(our_pid), rss_kib(their_pid));
    let our_crowd = Crowd::gather(&ours, &tickets, begun).await;
    let their_crowd = Crowd::gather(&theirs, &tickets, begun).await;
    rest().await;
    let after = (rss_kib(our_pid), rss_kib(their_pid));
    let grown =
        |(before, after): (u64, u64)| after.saturating_sub(before) as f64 / connections as f64;
    let mut table = Table {
        connections,
        ours: Side {
            kib: grown((before.0, after.0)),
            ..Side::default()
        },
        theirs: Side {
            kib: grown((before.1, after.1)),
            ..Side::default()
        },
        durable: Side::default(),
        own_percent: 0.0,
        late_ms: 0.0,
    };
    let own = (cpu_us(std::process::id()), Instant::now());
    let mut late = Duration::ZERO;
    for _ in 0..plan.rounds {
        let sides = [
            (&our_crowd, our_pid, &mut table.ours),
            (&their_crowd, their_pid, &mut table.theirs),
        ];
        for (crowd, pid, side) in sides {
            let say = |who: usize, _| crowd.people[who].signal(&message(begun));
            let round = round(crowd, pid, RATE, time, say).await;
            late = late.max(round.late);
            side.add(round);
        }
    }
    let spent = (cpu_us(std::process::id()) - own.0) as f64;
    table.own_percent = spent / own.1.elapsed().as_micros() as f64 * 100.0;
    table.late_ms = late.as_secs_f64() * 1_000.0;

    let say = |who: usize, n: u64| {
        let key = Uuid::from_u128(u128::from(n) + 1).to_string();
        let conversation = town.pairs[who / 2].conversation.to_string();
        let id = (begun.elapsed().as_nanos() as u64).to_string();
        // No stamp in the words: only the answer is timed, and that the disk has it.
        our_crowd.people[who].chat(&conversation, &key, &id, &"x".repeat(speech::MESSAGE_BYTES))
    };
    let durable = round(&our_crowd, our_pid, DURABLE_RATE, time, say).await;
    table.durable.kib = table.ours.kib;
    table.durable.add(durable);
    table
}
