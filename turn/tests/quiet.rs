//! Refusal 19: whatever strangers do, the relay's log stays quiet, and no credential, address or user
//! name gets into it.
//!
//! One test alone in its process, since it listens to everything that is logged there.

#![allow(clippy::unwrap_used)]

mod kit;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use kit::*;
use parlor_turn::{Relay, RelayConfig};
use stun::message::{METHOD_ALLOCATE, METHOD_BINDING};
use tracing_subscriber::filter::LevelFilter;

/// What was logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What one stranger sends of each kind.
const OFTEN: usize = 200;

#[test]
fn r19_strangers_are_not_worth_a_line_and_nobody_is_named() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    tracing::info!("this is heard");
    let relay = start(RelayConfig {
        allow_loopback_peers: false,
        ..config()
    });
    let client = annoy(&relay);
    let text = log.text();
    assert!(text.contains("this is heard"), "{text}");
    let loud = |line: &&str| ["INFO", "WARN", "ERROR"].iter().any(|it| line.contains(it));
    assert_eq!(text.lines().filter(loud).count(), 1, "{text}");
    // Not even for whoever turns the log up.
    assert!(text.lines().count() <= 2, "{text}");
    for private in [
        &*client.credential.username,
        &client.credential.password,
        &client.local.to_string(),
        "127.0.0.1",
    ] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

/// Everything that is refused, many times over; gives the last client.
fn annoy(relay: &Relay) -> Client {
    let mut client = Client::udp(relay, "secret-call", "secret-person");
    for _ in 0..OFTEN {
        client.send(b"nonsense that is longer than a header");
        client.send(&[0, 1, 0, 8, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0]);
        client.send(&[0x40, 0, 0, 1, 7]);
        let bare = client.bare(METHOD_ALLOCATE, &[transport(17)]);
        client.send(&bare.raw);
    }
    let binding = client.bare(METHOD_BINDING, &[]);
    assert!(client.exchange(&binding).is_some());
    for _ in 0..OFTEN / 10 {
        let mut wrong = Client::udp(relay, "secret-call", "secret-person");
        wrong.credential.password = "a wrong password".into();
        assert_eq!(code(&wrong.ask(METHOD_ALLOCATE, &[transport(17)])), 401);
        let mut stream = Client::tcp(relay, "secret-call", "secret-person");
        stream.send(b"GET / HTTP/1.1\r\n\r\n");
        assert!(stream.receive(WAIT).is_none());
    }
    client.allocate();
    assert_eq!(client.permit("10.0.0.1:1".parse().unwrap()), 403);
    relay.control().revoke("secret-call", None);
    eventually("it is over", || {
        relay.control().stats().allocations_live == 0
    });
    client
}
