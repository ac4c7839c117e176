//! Refusals 5 and 10: packets without credentials cost no memory and no descriptor, however many
//! and from however many sources, and are not worth sending to make the relay shout at others.
//!
//! One test alone in its process, since it reads the process's memory. `PARLOR_FLOOD_PACKETS`
//! makes it as long as wanted (1,000,000 is what the specification names).

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    time::Instant,
};

use common::{
    batch::{Batch, Wide},
    client::Client,
    process::{descriptors, resident_kb},
    servers::{self, Target},
    stun::{attr::*, *},
};

/// Ports that the flood comes from, on each of its addresses.
const PORTS: usize = 32;
/// Packets between two looks whether the relay keeps up.
const CHUNK: usize = 256;

#[test]
fn r05_packets_without_credentials_leave_no_trace() {
    let packets = std::env::var("PARLOR_FLOOD_PACKETS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(200_000);
    let target = servers::ours(servers::config());
    let mut flood = Flood::new(&target);
    // buffers that are made once are not growth
    flood.send(20_000, 1);
    let before = (
        resident_kb(std::process::id()),
        descriptors(std::process::id()),
    );
    let sent_before = flood.seen(&target);
    let start = Instant::now();
    flood.send(packets, 1 << 16);
    let seconds = start.elapsed().as_secs_f64();
    let after = (
        resident_kb(std::process::id()),
        descriptors(std::process::id()),
    );
    let seen = flood.seen(&target) - sent_before;
    println!(
        "{packets} packets in {seconds:.1} s, {seen} seen; resident {} kB, then {} kB",
        before.0, after.0
    );
    assert!(
        seen * 100 >= packets as u64 * 99,
        "only {seen} of {packets} were looked at"
    );
    assert!(
        after.0 < before.0 + 1024,
        "memory grew from {} kB to {} kB",
        before.0,
        after.0
    );
    assert_eq!(after.1, before.1, "descriptors");
    one_source_gets_few_challenges();
}

/// A source that asks without end is told its nonce ten times a second, no more.
fn one_source_gets_few_challenges() {
    let mut config = servers::config();
    config.limits.challenges_per_second = 10;
    let target = servers::ours(config);
    let client = Client::new(&target);
    let start = Instant::now();
    let mut answers = 0;
    for _ in 0..400 {
        answers += u64::from(client.ask(&Writer::new(ALLOCATE).transport(17)).is_some());
    }
    let most = 10 * (start.elapsed().as_secs() + 2);
    assert!(
        (1..=most).contains(&answers),
        "{answers} answers, at most {most} allowed"
    );
}

struct Flood {
    sockets: Vec<Wide>,
    batch: Batch,
    shapes: Vec<Vec<u8>>,
    server: SocketAddrV4,
    pulse: Client,
    at: usize,
}

impl Flood {
    fn new(target: &Target) -> Flood {
        let SocketAddr::V4(server) = target.udp else {
            panic!("IPv4")
        };
        Flood {
            sockets: (0..PORTS).map(|_| Wide::open().unwrap()).collect(),
            batch: Batch::default(),
            shapes: shapes(target),
            server,
            pulse: Client::new(target),
            at: 0,
        }
    }

    /// Sends so many packets from so many addresses (and every port on each), never faster than
    /// the relay takes them.
    fn send(&mut self, packets: usize, addresses: u32) {
        let mut left = packets;
        while left > 0 {
            for _ in 0..left.min(CHUNK) {
                let port = self.at % PORTS;
                let number = (self.at / PORTS) as u32 % addresses;
                let from = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 30, 0, 1)) + number);
                let shape = &self.shapes[self.at % self.shapes.len()];
                self.batch.push(from, self.server, shape.len(), |slot| {
                    slot.copy_from_slice(shape);
                });
                // one message at a time, for each belongs to another socket
                self.batch.flush(&self.sockets[port]);
                self.at += 1;
            }
            left -= left.min(CHUNK);
            assert!(self.pulse.ask(&Writer::new(BINDING)).is_some());
        }
    }

    /// What the relay has counted of it.
    fn seen(&self, target: &Target) -> u64 {
        let stats = target.relay().control().stats();
        stats.challenges
            + stats.challenges_withheld
            + stats.malformed
            + stats.refusals.iter().sum::<u64>()
            + stats.strays
    }
}

/// Everything that needs no credentials to be sent. None of them is a Binding, which is answered
/// and not counted.
fn shapes(target: &Target) -> Vec<Vec<u8>> {
    let login = target.login("flood", "nobody");
    let forged = |message: Writer, nonce: &[u8]| {
        message
            .attr(USERNAME, login.user.as_bytes())
            .attr(REALM, servers::REALM.as_bytes())
            .attr(NONCE, nonce)
            .integrity(b"not the key")
    };
    let allocate = || Writer::new(ALLOCATE).transport(17);
    let stolen = Client::challenged(target).auth.nonce;
    [
        allocate(),
        forged(allocate(), b"a made-up nonce"),
        forged(allocate(), &stolen),
        forged(Writer::new(REFRESH).lifetime(0), &stolen),
        forged(Writer::new(CREATE_PERMISSION), b""),
        Writer::new(ALLOCATE).length_off_by(4),
        Writer::new(0x0abc),
    ]
    .iter()
    .map(|message| message.bytes().to_vec())
    .chain([vec![0xff; 40], channel_data(0x4000, b"to nobody", false)])
    .collect()
}
