//! Conversations over real sockets with the real binary, while lines are cut and the process is killed.
//! `ROUNDS=200 cargo test --test sockets -- --nocapture` is the long run (`make kill-sockets`).
#![allow(clippy::unwrap_used)]

mod cuts;
mod kill;
mod line;
#[allow(dead_code)]
#[path = "../product/server.rs"]
mod server;
mod town;

/// Limits for many people behind one address.
const CROWDED: [(&str, &str); 3] = [
    ("LIMITS__HANDSHAKES_PER_IP_PER_MIN", "1000000"),
    ("LIMITS__SILENT_SOCKETS_PER_IP_MAX", "100000"),
    ("LIMITS__ACCOUNT_PER_MIN", "1000000"),
];

/// How many rounds were asked for, or a few.
fn rounds(few: u64) -> u64 {
    let asked = std::env::var("ROUNDS").ok();
    asked.map_or(few, |it| it.parse().unwrap())
}

/// A runtime for many lines on one thread.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A small random number from a seed, the same on every run.
struct Random(u64);

impl Random {
    /// Below `most`.
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)) % most.max(1)
    }
}
