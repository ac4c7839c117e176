//! How long people wait at the door of the real binary: a year of a host's free times over one
//! connection (P9), then a thousand strangers who want one time at the same moment, each over a
//! connection of its own (P7). Prints; asserts nothing about time.
//!
//! `make bench-booking`. There is no peer to compare with: no other server of bookings can be had as
//! one program. The last line is `RESULT booking …`.

#![allow(clippy::unwrap_used, dead_code)]

use std::time::Instant;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[path = "../tests/product/server.rs"]
mod server;

use server::Server;

const READS: usize = 2_000;
const STRANGERS: usize = 1_000;
const YEAR_MS: i64 = 365 * 24 * 3_600_000;

const OWN: [(&str, &str); 1] = [("LIMITS__ANONYMOUS_PER_IP_PER_15_MIN", "100000000")];

fn main() {
    // `cargo test` builds and starts benches, too.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &OWN);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(&server));
}

/// The demo's host, and a service of theirs that costs nothing and can be booked for a year.
fn desk(server: &Server) -> (String, String) {
    let line = server.greeting.iter();
    let line = line.clone().find(|it| it.starts_with("Log in as host:"));
    let password = line.unwrap().split("password: ").nth(1).unwrap().trim();
    let form = json!({"email": server.printed("Log in as host:"), "password": password});
    let session = server.post("/api/auth/login", "", &form);
    let service = json!({"title": "Hour", "durationMinutes": 60, "stepMinutes": 240,
        "bufferAfterMinutes": 0, "noticeMinutes": 0, "horizonDays": 365});
    let token = session["accessToken"].as_str().unwrap();
    let made = server.post("/api/services", token, &service);
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    (text(&session["user"]["userId"]), text(&made["serviceId"]))
}

async fn run(server: &Server) {
    let (host, service) = desk(server);
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    let path = format!(
        "/api/hosts/{host}/slots?service={service}&from={now}&to={}",
        now + YEAR_MS
    );
    let mut line = Line::open(server).await;
    let mut starts = Vec::new();
    let mut waits = Vec::new();
    for _ in 0..READS {
        let begun = Instant::now();
        let (status, body) = line.ask("GET", &path, "").await;
        waits.push(micros(begun));
        assert_eq!(status, 200, "{body}");
        starts = serde_json::from_str::<Value>(&body).unwrap()["slots"]
            .as_array()
            .unwrap()
            .clone();
    }
    let reads = Waits::of(waits);
    println!(
        "a year of free times ({} of them): {}",
        starts.len(),
        reads.words()
    );

    let start = starts[starts.len() / 2].as_i64().unwrap();
    let mut lines = Vec::new();
    for _ in 0..STRANGERS {
        lines.push(Line::open(server).await);
    }
    let asked = lines.iter_mut().enumerate().map(|(n, line)| {
        let form = json!({"hostId": host, "serviceId": service, "startsAt": start,
            "email": format!("guest{n}@example.org"), "name": format!("Guest {n}")});
        async move {
            let begun = Instant::now();
            let (status, _) = line.ask("POST", "/api/bookings", &form.to_string()).await;
            (status, micros(begun))
        }
    });
    let answers = futures_util::future::join_all(asked).await;
    let count = |code| answers.iter().filter(|(status, _)| *status == code).count();
    let (booked, taken) = (count(201), count(409));
    assert_eq!((booked, taken), (1, STRANGERS - 1));
    let bookings = Waits::of(answers.into_iter().map(|(_, wait)| wait).collect());
    println!(
        "{STRANGERS} who want one time at one moment (1 got it, {taken} were shown others): {}",
        bookings.words()
    );
    println!(
        "RESULT booking slots_p50_us={} slots_p99_us={} book_p50_us={} book_p99_us={}",
        reads.p50, reads.p99, bookings.p50, bookings.p99
    );
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Microseconds.
struct Waits {
    p50: u64,
    p99: u64,
}

impl Waits {
    fn of(mut all: Vec<u64>) -> Self {
        all.sort_unstable();
        let at = |part: usize| all[(all.len() - 1) * part / 100];
        Self {
            p50: at(50),
            p99: at(99),
        }
    }

    fn words(&self) -> String {
        let ms = |us: u64| us as f64 / 1_000.0;
        format!("p50 {:.2} ms, p99 {:.2} ms", ms(self.p50), ms(self.p99))
    }
}

/// One connection that stays.
struct Line(TcpStream);

impl Line {
    async fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(server.url.rsplit("//").next().unwrap()).await;
        let stream = stream.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// The status and the body.
    async fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut got = Vec::new();
        loop {
            let count = self.0.read_buf(&mut got).await.unwrap();
            assert!(count > 0, "the connection ended");
            let Some(end) = got.windows(4).position(|it| it == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&got[..end]).to_ascii_lowercase();
            let length: usize = head
                .lines()
                .find_map(|it| it.strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap();
            if got.len() >= end + 4 + length {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                let body = String::from_utf8_lossy(&got[end + 4..]).into_owned();
                return (status, body);
            }
        }
    }
}
