//! Whether those who do not read, and a busy web server, delay everybody else: the real `parlor`, with
//! web server and relay in one process on one processor, a hundred TLS clients that have stopped
//! reading while somebody of their call goes on sending to them, and four connections that ask for
//! pages without a pause. Meanwhile other people's calls are relayed over UDP, and their packets are
//! timed: in turns with all that and without it, in the same process. Between every two of them goes one
//! through a bare forwarder on the same processor, which shows how long the machine itself lets a packet
//! wait.

use std::{
    net::{Ipv4Addr, UdpSocket},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::{sleep, spawn},
    time::{Duration, Instant},
};

use parlor_turn::client::Client;

use super::{
    bare::Bare,
    clock::{Histogram, now_ns},
    house::{BACKLOG, CHANNEL, House, READERS, STREAMS, TIMED_CALLS, fill, flood},
    process::resident_kb,
    suites::Effort,
    table::median,
    web::{browse, metric},
};

/// Packets a second over all calls that are timed.
const TIMED_PER_S: u64 = 1000;
/// Bytes of each: a voice's.
const TIMED_BYTES: usize = 172;
/// Connections that ask for pages.
const BROWSERS: usize = 4;
/// Time for a change of load to show before it is measured.
const SETTLE: Duration = Duration::from_millis(300);

/// What one round gave.
struct Round {
    calm: Delays,
    busy: Delays,
    bare_calm: Delays,
    bare_busy: Delays,
    pages_per_s: f64,
    dropped: f64,
    grown_kb: f64,
}

struct Delays {
    p50_us: f64,
    p99_us: f64,
    lost: u64,
}

/// Measures, prints a table and the line `RESULT stalled …`; ratios are busy / calm, paired.
pub fn run(effort: Effort) -> Result<(), String> {
    let parlor = super::house::find()
        .ok_or("there is no release binary of parlor: `make build`, or PARLOR=path")?;
    let seconds = if effort.quick { 0.7 } else { 1.5 };
    // A reader that takes nothing for half a minute is cut off: a few rounds, then new readers.
    let (sets, rounds) = if effort.quick { (1, 5) } else { (3, 5) };
    let mut all = Vec::new();
    for _ in 0..sets {
        let bench = Bench::open(&parlor)?;
        for _ in 0..rounds {
            all.push(bench.round(seconds)?);
        }
        if metric(bench.house.web, STREAMS)? < READERS as f64 {
            return Err("readers were cut off before the end".into());
        }
    }
    report(&all, seconds);
    Ok(())
}

fn report(rounds: &[Round], seconds: f64) {
    let of = |pick: fn(&Round) -> f64| median(rounds.iter().map(pick).collect());
    println!(
        "\n### {READERS} stalled TLS readers and a busy web server, {} rounds of {seconds} s\n",
        rounds.len()
    );
    println!("| other calls' packets | p50 us | p99 us | lost in all |\n|---|---|---|---|");
    let line = |name: &str, pick: fn(&Round) -> &Delays| {
        let median = |of: fn(&Delays) -> f64| median(rounds.iter().map(|r| of(pick(r))).collect());
        let lost: u64 = rounds.iter().map(|r| pick(r).lost).sum();
        let (p50, p99) = (median(|d| d.p50_us), median(|d| d.p99_us));
        println!("| {name} | {p50:.0} | {p99:.0} | {lost} |");
    };
    line("without", |r| &r.calm);
    line("with", |r| &r.busy);
    line("bare forwarder, without", |r| &r.bare_calm);
    line("bare forwarder, with", |r| &r.bare_busy);
    println!(
        "\nWith: {:.0} pages/s served, {:.0} packets a round dropped for slow readers, memory \
         {:+.0} kB a round.",
        of(|r| r.pages_per_s),
        of(|r| r.dropped),
        of(|r| r.grown_kb)
    );
    println!(
        "\nRESULT stalled p99_ratio={:.3} bare_p99_ratio={:.3} p50_ratio={:.3} calm_p99_us={:.0} \
         busy_p99_us={:.0}",
        of(|r| r.busy.p99_us / r.calm.p99_us),
        of(|r| r.bare_busy.p99_us / r.bare_calm.p99_us),
        of(|r| r.busy.p50_us / r.calm.p50_us),
        of(|r| r.calm.p99_us),
        of(|r| r.busy.p99_us),
    );
}

/// A house with everybody in it, and the switch of the load.
struct Bench {
    house: House,
    _readers: Vec<Client>,
    talkers: Mutex<Vec<Client>>,
    delays: Arc<Mutex<Histogram>>,
    bare: Bare,
    bare_talker: UdpSocket,
    bare_delays: Arc<Mutex<Histogram>>,
    busy: Arc<AtomicBool>,
    pages: Arc<AtomicU64>,
}

impl Bench {
    fn open(parlor: &Path) -> Result<Bench, String> {
        let house = House::start(parlor)?;
        let (readers, mut senders) = house.stalled()?;
        fill(&house, &mut senders)?;
        let busy = Arc::new(AtomicBool::new(false));
        let pages = Arc::new(AtomicU64::new(0));
        spawn({
            let busy = busy.clone();
            move || flood(senders, &busy)
        });
        for _ in 0..BROWSERS {
            let (web, busy, pages) = (house.web, busy.clone(), pages.clone());
            spawn(move || {
                super::step_back();
                browse(web, &busy, &pages)
            });
        }
        // From here on threads wake before those that make the load.
        super::prefer_this_thread();
        let delays = Arc::new(Mutex::new(Histogram::default()));
        let mut talkers = Vec::new();
        for (talker, mut listener) in house.timed()? {
            let delays = delays.clone();
            spawn(move || {
                loop {
                    // Silence between rounds is no end.
                    if let Ok((_, payload)) = listener.receive() {
                        note(&delays, &payload);
                    }
                }
            });
            talkers.push(talker);
        }
        let listener = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(words)?;
        let bare = Bare::start(listener.local_addr().map_err(words)?).map_err(words)?;
        let bare_talker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(words)?;
        let bare_delays = Arc::new(Mutex::new(Histogram::default()));
        spawn({
            let delays = bare_delays.clone();
            move || {
                let mut payload = [0; TIMED_BYTES];
                while listener.recv(&mut payload).is_ok() {
                    note(&delays, &payload);
                }
            }
        });
        Ok(Bench {
            house,
            _readers: readers,
            talkers: Mutex::new(talkers),
            delays,
            bare,
            bare_talker,
            bare_delays,
            busy,
            pages,
        })
    }

    fn round(&self, seconds: f64) -> Result<Round, String> {
        let process = self.house.process.id();
        let (calm, bare_calm) = self.time(seconds)?;
        let (dropped, kb) = (metric(self.house.web, BACKLOG)?, resident_kb(process));
        let (pages, start) = (self.pages.load(Relaxed), Instant::now());
        self.busy.store(true, Relaxed);
        let timed = self.time(seconds);
        self.busy.store(false, Relaxed);
        let pages = self.pages.load(Relaxed) - pages;
        let (busy, bare_busy) = timed?;
        Ok(Round {
            calm,
            busy,
            bare_calm,
            bare_busy,
            pages_per_s: pages as f64 / start.elapsed().as_secs_f64(),
            dropped: metric(self.house.web, BACKLOG)? - dropped,
            grown_kb: resident_kb(process) as f64 - kb as f64,
        })
    }

    /// Sends packets of other calls at a steady pace, and as many through the bare forwarder between
    /// them; their receivers time them.
    fn time(&self, seconds: f64) -> Result<(Delays, Delays), String> {
        sleep(SETTLE);
        self.delays.lock().unwrap().clear();
        self.bare_delays.lock().unwrap().clear();
        let mut talkers = self.talkers.lock().unwrap();
        let count = (TIMED_PER_S as f64 * seconds) as u64;
        let start = Instant::now();
        let step = Duration::from_micros(1_000_000 / TIMED_PER_S / 2);
        let stamped_at = |step_number: u64| {
            let due = start + step * step_number as u32;
            sleep(due.saturating_duration_since(Instant::now()));
            let mut payload = [0; TIMED_BYTES];
            payload[..8].copy_from_slice(&now_ns().to_le_bytes());
            payload
        };
        for n in 0..count {
            let payload = stamped_at(2 * n);
            talkers[n as usize % TIMED_CALLS]
                .send(CHANNEL, &payload)
                .map_err(words)?;
            let payload = stamped_at(2 * n + 1);
            self.bare_talker
                .send_to(&payload, self.bare.at)
                .map_err(words)?;
        }
        sleep(SETTLE);
        let of = |delays: &Mutex<Histogram>| {
            let delays = delays.lock().unwrap();
            Delays {
                p50_us: delays.quantile_us(0.5),
                p99_us: delays.quantile_us(0.99),
                lost: count.saturating_sub(delays.total()),
            }
        };
        Ok((of(&self.delays), of(&self.bare_delays)))
    }
}

/// Adds what a packet took, by the time that it carries.
fn note(delays: &Mutex<Histogram>, payload: &[u8]) {
    if let Some(sent) = payload.first_chunk() {
        let delay = now_ns().saturating_sub(u64::from_le_bytes(*sent));
        delays.lock().unwrap().add(delay);
    }
}

fn words(error: impl ToString) -> String {
    error.to_string()
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.busy.store(false, Relaxed);
    }
}
