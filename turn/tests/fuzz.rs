//! Refusal 18: no input ends the relay. Messages as browsers send them are mutated, cut, glued and
//! sent to a live relay, over UDP and over streams, with and without credentials; afterwards it
//! still answers a Binding, and it answers nobody who proved nothing with more than a refusal.
//!
//! Bounded by default; `PROPTEST_CASES` makes it as long as wanted (`make fuzz`).

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, Instant},
};

use common::{
    client::{Client, Peer, receive},
    servers::{self, Target},
    stream::{Frame, Stream},
    stun::{attr::*, *},
};
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::FileFailurePersistence};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let mut config = servers::config();
    config.limits.challenges_per_second = 255;
    servers::ours(config)
});

/// The shapes that Chromium sends, by the names of their attributes.
const SEEDS: usize = 12;

fn seed(number: usize, client: &Client, peer: SocketAddr) -> Vec<u8> {
    let signed = |message: Writer| client.auth.sign(message).bytes().to_vec();
    let allocate = || Writer::new(ALLOCATE).transport(17);
    match number % SEEDS {
        0 => Writer::new(BINDING).bytes().to_vec(),
        1 => allocate().bytes().to_vec(),
        2 => signed(allocate()),
        3 => signed(Writer::new(CREATE_PERMISSION).peer(peer)),
        4 => Writer::new(SEND | INDICATION)
            .peer(peer)
            .attr(DATA, &ice_check())
            .bytes()
            .to_vec(),
        5 => signed(Writer::new(CHANNEL_BIND).channel(0x4000).peer(peer)),
        6 => channel_data(0x4000, &ice_check(), false),
        7 => signed(Writer::new(REFRESH)),
        8 => signed(Writer::new(REFRESH).lifetime(0)),
        9 => signed(allocate().attr(EVEN_PORT, &[0x80])),
        10 => signed(allocate().attr(RESERVATION_TOKEN, &[9; 8]).lifetime(1)),
        _ => signed(allocate().attr(DONT_FRAGMENT, &[])).to_vec(),
    }
}

/// A connectivity check as ICE sends it through a relay.
fn ice_check() -> Vec<u8> {
    Writer::new(BINDING)
        .attr(USERNAME, b"abcd:efgh")
        .attr(0x8029, &[1; 8])
        .attr(0x0024, &[0x6e, 0, 1, 0xff])
        .integrity(b"a password of ICE")
        .fingerprint(0)
        .bytes()
        .to_vec()
}

/// What is done to a message.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Set(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
    Length(u16),
    /// An attribute of any kind, before the signature is made anew.
    Attribute(u16, Vec<u8>),
    /// Integrity over whatever it is now, so that it gets past the door.
    Resign,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let kind = prop_oneof![0u16..0x30, 0x8000u16..0x8030, any::<u16>()];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        any::<Index>().prop_map(Mutation::Cut),
        (any::<Index>(), vec(any::<u8>(), 0..24)).prop_map(|(at, b)| Mutation::Insert(at, b)),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Mutation::Repeat(a, b)),
        any::<u16>().prop_map(Mutation::Length),
        (kind, vec(any::<u8>(), 0..24)).prop_map(|(kind, value)| Mutation::Attribute(kind, value)),
        Just(Mutation::Resign),
    ]
}

fn mutate(mut bytes: Vec<u8>, mutations: &[Mutation], key: &[u8]) -> Vec<u8> {
    for mutation in mutations {
        if bytes.is_empty() {
            return bytes;
        }
        match mutation {
            Mutation::Flip(at, bits) => *at.get_mut(&mut bytes) ^= bits,
            Mutation::Set(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Mutation::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Mutation::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Mutation::Repeat(from, to) => {
                let (a, b) = (from.index(bytes.len()), to.index(bytes.len()));
                let part = bytes[a.min(b)..a.max(b)].to_vec();
                bytes.extend(part);
            }
            Mutation::Length(length) if bytes.len() >= 4 => {
                bytes[2..4].copy_from_slice(&length.to_be_bytes());
            }
            Mutation::Attribute(kind, value) => {
                if let Some(message) = rewrite(&bytes) {
                    bytes = message.attr(*kind, value).integrity(key).bytes().to_vec();
                }
            }
            Mutation::Resign => {
                if let Some(message) = rewrite(&bytes) {
                    bytes = message.integrity(key).bytes().to_vec();
                }
            }
            Mutation::Length(_) => {}
        }
    }
    // what a datagram can carry
    bytes.truncate(60_000);
    bytes
}

/// The same message without its signature, ready to be added to.
fn rewrite(bytes: &[u8]) -> Option<Writer> {
    let message = Message::parse(bytes)?;
    let unsigned = message
        .attributes
        .iter()
        .filter(|(kind, _)| ![MESSAGE_INTEGRITY, FINGERPRINT].contains(kind));
    let writer = Writer::with_transaction(message.kind, message.transaction);
    Some(unsigned.fold(writer, |writer, (kind, value)| writer.attr(*kind, value)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(150),
        // A case that failed is run first the next time.
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
            env!("CARGO_TARGET_TMPDIR"),
            "/fuzz-failures.txt"
        )))),
        ..ProptestConfig::default()
    })]

    /// Datagrams from a client that has an allocation, a permission and a channel.
    #[test]
    fn r18_datagrams(recipe in vec((0..SEEDS, vec(mutation(), 0..6)), 1..12)) {
        let (client, relayed) = Client::allocated(&TARGET);
        let peer = Peer::new();
        assert_eq!(client.bind(0x4000, peer.address()), 0);
        let key = client.auth.key();
        for (number, mutations) in &recipe {
            let bytes = mutate(seed(*number, &client, peer.address()), mutations, &key);
            client.send(&bytes);
            let _ = peer.socket.send_to(&bytes, relayed);
        }
        assert_alive(&client);
        let _ = client.ask_signed(Writer::new(REFRESH).lifetime(0));
    }

    /// Datagrams from somebody without credentials: never more than a refusal.
    #[test]
    fn r18_strangers(recipe in vec((0..SEEDS, vec(mutation(), 0..6)), 1..12)) {
        let mut client = Client::challenged(&TARGET);
        client.auth.login.password.push('x');
        for (number, mutations) in &recipe {
            let seed = seed(*number, &client, "8.8.8.8:9".parse().unwrap());
            client.send(&mutate(seed, mutations, &client.auth.key()));
        }
        let behind = Writer::new(BINDING);
        client.send(behind.bytes());
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let bytes = client.receive_until(deadline).expect("the relay is dead");
            let message = Message::parse(&bytes).expect("an answer that is STUN");
            if message.transaction == behind.transaction() {
                break;
            }
            prop_assert!(
                message.kind == BINDING | SUCCESS || message.kind & ERROR == ERROR,
                "{message:?}"
            );
        }
    }

    /// Streams: frames whole, mutated and glued, in pieces of any size.
    #[test]
    fn r18_streams(
        recipe in vec((0..SEEDS, vec(mutation(), 0..3)), 1..12),
        pieces in vec(1usize..200, 1..20),
    ) {
        let mut stream = Stream::tcp(&TARGET);
        stream.allocate();
        let peer = Peer::new();
        let mut client = Client::new(&TARGET);
        client.auth = stream.auth.clone();
        let key = client.auth.key();
        let mut bytes = Vec::new();
        for (number, mutations) in &recipe {
            let seed = seed(*number, &client, peer.address());
            bytes.extend(mutate(seed, mutations, &key));
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        let mut rest = bytes.as_slice();
        for size in pieces.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, later) = rest.split_at((*size).min(rest.len()));
            stream.send(piece);
            rest = later;
        }
        drop(stream);
        let mut another = Stream::tcp(&TARGET);
        another.send(Writer::new(BINDING).bytes());
        prop_assert!(matches!(another.next(Duration::from_secs(5)), Frame::Stun(_)));
        assert_alive(&Client::new(&TARGET));
    }

    /// Noise.
    #[test]
    fn r18_noise(datagrams in vec(vec(any::<u8>(), 0..100), 1..30)) {
        let client = Client::new(&TARGET);
        for bytes in &datagrams {
            client.send(bytes);
        }
        assert_alive(&client);
    }
}

fn assert_alive(client: &Client) {
    let ask = Writer::new(BINDING);
    client.send(ask.bytes());
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let (bytes, _) = receive(&client.socket, deadline).expect("the relay answers no more");
        if Message::parse(&bytes).is_some_and(|m| m.transaction == ask.transaction()) {
            return;
        }
    }
}

/// The cases to run, unless the environment says otherwise.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(usual)
}
