//! Calls come and go: allocate, talk, end in every way there is; memory and descriptors stay flat.
//!
//! One test alone in its process. Runs some seconds; `PARLOR_CHURN_SECONDS=1800` is the long run.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{
    client::{Client, PATIENCE, Peer},
    process::{descriptors, resident_kb},
    servers::{self, Login, Target},
    stream::Stream,
    stun::*,
};

/// Calls before memory is looked at, and names of calls: a call that ended is remembered as
/// revoked for as long as its credentials would last.
const NAMES: usize = 1000;

#[test]
fn calls_that_come_and_go_leave_nothing() {
    let seconds = std::env::var("PARLOR_CHURN_SECONDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(5);
    let target = servers::ours(servers::config());
    // what is made once is no leak: the warm-up sees every kind of call many times
    for number in 0..NAMES {
        one_call(&target, number);
    }
    settle(&target);
    let before = (
        resident_kb(std::process::id()),
        descriptors(std::process::id()),
    );
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut calls = 0;
    while Instant::now() < end {
        for _ in 0..20 {
            one_call(&target, calls);
            calls += 1;
        }
    }
    settle(&target);
    let after = (
        resident_kb(std::process::id()),
        descriptors(std::process::id()),
    );
    println!(
        "{calls} calls; resident {} kB, then {} kB",
        before.0, after.0
    );
    assert_eq!(after.1, before.1, "descriptors after {calls} calls");
    assert!(
        after.0 < before.0 + 1024,
        "memory grew from {} kB to {} kB in {calls} calls",
        before.0,
        after.0
    );
}

/// One call; its number decides how it is carried and how it ends.
fn one_call(target: &Target, number: usize) {
    let call = format!("churn{}", number % NAMES);
    let control = target.relay().control();
    match number % 5 {
        // hung up by the server, as a kick or an empty wallet does
        0 | 1 => {
            let _both = talk(target, &call);
            control.revoke(&call, None);
        }
        // ended by the clients themselves
        2 => {
            let (one, two) = talk(target, &call);
            for client in [one, two] {
                let end = client.ask_signed(Writer::new(REFRESH).lifetime(0));
                assert!(end.is_some_and(|answer| answer.is_success()));
            }
        }
        // a stream that is simply gone
        3 => {
            let mut stream = Stream::tcp(target);
            stream.auth.login = minted(target, &call, "a");
            let relayed = stream.allocate();
            let peer = Peer::new();
            let bind = Writer::new(CHANNEL_BIND).channel(0x4000);
            assert!(stream.ask_signed(bind.peer(peer.address())).is_some());
            stream.send(&channel_data(0x4000, b"hello", true));
            assert!(peer.receive().is_some_and(|(_, from)| from == relayed));
        }
        // a TLS stream, revoked
        _ => {
            let mut stream = Stream::tls(target);
            stream.auth.login = minted(target, &call, "a");
            stream.allocate();
            control.revoke(&call, Some("a"));
        }
    }
    control.forget(&call);
}

/// Two clients of one call that have talked.
fn talk(target: &Target, call: &str) -> (Client, Client) {
    let ends = ["a", "b"].map(|participant| {
        let mut client = Client::challenged(target);
        client.be(minted(target, call, participant));
        let answer = client
            .ask_signed(Writer::new(ALLOCATE).transport(17))
            .unwrap();
        let relayed = answer.relayed().unwrap();
        (client, relayed)
    });
    let [(one, one_at), (two, two_at)] = ends;
    assert_eq!(one.bind(0x4000, two_at), 0);
    assert_eq!(two.bind(0x4000, one_at), 0);
    for _ in 0..5 {
        one.send(&channel_data(0x4000, &[1; 172], false));
        assert_eq!(two.next_data_blocking().map(|d| d.len()), Some(176));
        two.send(&channel_data(0x4000, &[2; 172], false));
        assert_eq!(one.next_data_blocking().map(|d| d.len()), Some(176));
    }
    (one, two)
}

/// A credential from the relay itself, which gives one that no revocation covers.
fn minted(target: &Target, call: &str, participant: &str) -> Login {
    let control = target.relay().control();
    let credential = control.mint(call, participant, servers::unix_now() + 60);
    Login {
        user: credential.username,
        password: credential.password,
    }
}

/// Waits until the relay holds nothing any more.
fn settle(target: &Target) {
    let control = target.relay().control();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stats = control.stats();
        if stats.allocations_live == 0 && stats.streams_live == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "still live: {stats:?}");
        std::thread::yield_now();
    }
}
