//! The relay knows the call: what it counts is what was sent, and who is shown the door is gone
//! within a second.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{
    client::{Client, Peer, receive},
    servers::{self, Target},
    stream::{Frame, Stream},
    stun::{attr::*, *},
};
use parlor_turn::{ParticipantUsage, PeerPolicy, RelayConfig, Traffic};

/// Packets and bytes of each load here.
const PACKETS: u64 = 300;
const BYTES: u64 = 700;

fn call_policy() -> RelayConfig {
    RelayConfig {
        peer_policy: PeerPolicy::Call,
        ..servers::config()
    }
}

/// A client of a call with an allocation.
fn participant(target: &Target, call: &str, name: &str) -> (Client, std::net::SocketAddr) {
    let mut client = Client::challenged(target);
    client.be(target.login(call, name));
    let answer = client
        .ask_signed(Writer::new(ALLOCATE).transport(17))
        .unwrap();
    let relayed = answer.relayed().expect("an allocation");
    (client, relayed)
}

/// What a participant used, once it is what is expected; it must be within a second.
fn usage_of(
    target: &Target,
    call: &str,
    name: &str,
    up: Traffic,
    down: Traffic,
) -> ParticipantUsage {
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        let usage = target.relay().control().usage(call).participants;
        let usage = usage.into_iter().find(|p| p.participant == name);
        let usage = usage.unwrap_or_default();
        if Instant::now() > deadline || (usage.up, usage.down) == (up, down) {
            return usage;
        }
        std::thread::yield_now();
    }
}

const LOAD: Traffic = Traffic {
    packets: PACKETS,
    bytes: PACKETS * BYTES,
};
const NOTHING: Traffic = Traffic {
    packets: 0,
    bytes: 0,
};

#[test]
fn bytes_through_a_channel_equal_the_record() {
    let target = servers::ours(servers::config());
    let (client, relayed) = participant(&target, "bill", "alice");
    let peer = Peer::new();
    assert_eq!(client.bind(0x4000, peer.address()), 0);
    let payload = vec![7; BYTES as usize];
    for _ in 0..PACKETS {
        client.send(&channel_data(0x4000, &payload, false));
        assert_eq!(peer.receive().unwrap().0, payload);
        peer.send(&payload, relayed);
        assert!(client.next_data_blocking().is_some());
    }
    let usage = usage_of(&target, "bill", "alice", LOAD, LOAD);
    assert_eq!((usage.up, usage.down, usage.dropped), (LOAD, LOAD, 0));
    assert_eq!(target.relay().control().usage("another call").bytes(), 0);
    // the end changes nothing in the record
    client.ask_signed(Writer::new(REFRESH).lifetime(0)).unwrap();
    let last = target.relay().control().forget("bill");
    assert_eq!(last.bytes(), 2 * PACKETS * BYTES);
}

#[test]
fn bytes_through_indications_equal_the_record() {
    let target = servers::ours(servers::config());
    let (client, relayed) = participant(&target, "bill", "alice");
    let peer = Peer::new();
    assert_eq!(client.permit(peer.address()), 0);
    let payload = vec![7; BYTES as usize];
    for _ in 0..PACKETS {
        let send = Writer::new(SEND | INDICATION)
            .peer(peer.address())
            .attr(DATA, &payload);
        client.send(send.bytes());
        assert_eq!(peer.receive().unwrap().0, payload);
        peer.send(&payload, relayed);
        assert!(client.next_data_blocking().is_some());
    }
    let usage = usage_of(&target, "bill", "alice", LOAD, LOAD);
    assert_eq!((usage.up, usage.down), (LOAD, LOAD));
}

#[test]
fn bytes_of_a_relayed_call_are_on_both_accounts() {
    let target = servers::ours(call_policy());
    let (alice, alice_at) = participant(&target, "bill", "alice");
    let (bob, bob_at) = participant(&target, "bill", "bob");
    assert_eq!(alice.bind(0x4000, bob_at), 0);
    assert_eq!(bob.bind(0x4001, alice_at), 0);
    let payload = vec![7; BYTES as usize];
    for _ in 0..PACKETS {
        alice.send(&channel_data(0x4000, &payload, false));
        assert!(bob.next_data_blocking().is_some());
    }
    let (alice, bob) = (
        usage_of(&target, "bill", "alice", LOAD, NOTHING),
        usage_of(&target, "bill", "bob", NOTHING, LOAD),
    );
    assert_eq!((alice.up, alice.down), (LOAD, NOTHING));
    assert_eq!((bob.up, bob.down), (NOTHING, LOAD));
}

#[test]
fn bytes_of_a_stream_equal_the_record() {
    let target = servers::ours(servers::config());
    for (call, mut stream) in [("tcp", Stream::tcp(&target)), ("tls", Stream::tls(&target))] {
        stream.auth.login = target.login(call, "alice");
        let relayed = stream.allocate();
        let peer = Peer::new();
        let bind = Writer::new(CHANNEL_BIND).channel(0x4000);
        let bound = stream.ask_signed(bind.peer(peer.address()));
        assert!(bound.unwrap().is_success());
        let payload = vec![7; BYTES as usize - 1];
        for _ in 0..PACKETS {
            stream.send(&channel_data(0x4000, &payload, true));
            assert_eq!(peer.receive().unwrap().0, payload, "{call}");
            peer.send(&payload, relayed);
            let frame = stream.next(Duration::from_secs(5));
            assert!(matches!(frame, Frame::Channel(0x4000, data) if data == payload));
        }
        let sent = Traffic {
            packets: PACKETS,
            bytes: PACKETS * (BYTES - 1),
        };
        let usage = usage_of(&target, call, "alice", sent, sent);
        assert_eq!((usage.up, usage.down), (sent, sent), "{call}");
    }
}

#[test]
fn a_revoked_call_is_silent_within_a_second() {
    let target = servers::ours(call_policy());
    let (alice, alice_at) = participant(&target, "over", "alice");
    let (bob, bob_at) = participant(&target, "over", "bob");
    assert_eq!(alice.bind(0x4000, bob_at), 0);
    assert_eq!(bob.bind(0x4000, alice_at), 0);
    assert!(flows(&alice, &bob));
    let revoked = Instant::now();
    target.relay().control().revoke("over", None);
    assert_silent_within_a_second(revoked, || flows(&alice, &bob));
    assert_old_credential_is_refused(&target, alice.auth.login.clone());
}

#[test]
fn a_revoked_participant_goes_alone() {
    let target = servers::ours(servers::config());
    let (alice, alice_at) = participant(&target, "kick", "alice");
    let (bob, bob_at) = participant(&target, "kick", "bob");
    let (peer, other) = (Peer::new(), Peer::new());
    assert_eq!(alice.bind(0x4000, peer.address()), 0);
    assert_eq!(bob.bind(0x4000, other.address()), 0);
    let revoked = Instant::now();
    target.relay().control().revoke("kick", Some("alice"));
    assert_silent_within_a_second(revoked, || {
        alice.send(&channel_data(0x4000, b"x", false));
        let soon = Instant::now() + Duration::from_millis(20);
        receive(&peer.socket, soon).is_some()
    });
    assert_silent_within_a_second(revoked, || {
        let _ = peer.socket.send_to(b"x", alice_at);
        alice.next_data().is_some()
    });
    bob.send(&channel_data(0x4000, b"still here", false));
    assert_eq!(other.receive().unwrap(), (b"still here".to_vec(), bob_at));
    assert_old_credential_is_refused(&target, alice.auth.login.clone());
    let minted = target
        .relay()
        .control()
        .mint("kick", "alice", servers::unix_now() + 60);
    let mut again = Client::challenged(&target);
    again.be(servers::Login {
        user: minted.username,
        password: minted.password,
    });
    let answer = again.ask_signed(Writer::new(ALLOCATE).transport(17));
    assert!(answer.unwrap().is_success(), "a new credential is good");
}

#[test]
fn a_revoked_stream_is_silent_within_a_second() {
    let target = servers::ours(servers::config());
    let mut stream = Stream::tls(&target);
    stream.auth.login = target.login("over", "alice");
    stream.allocate();
    let peer = Peer::new();
    let bind = Writer::new(CHANNEL_BIND).channel(0x4000);
    stream.ask_signed(bind.peer(peer.address())).unwrap();
    let revoked = Instant::now();
    target.relay().control().revoke("over", Some("alice"));
    assert_silent_within_a_second(revoked, || {
        stream.send(&channel_data(0x4000, b"x", true));
        let soon = Instant::now() + Duration::from_millis(20);
        receive(&peer.socket, soon).is_some()
    });
}

/// Whether a packet from one client reaches the other before a Binding behind it is answered.
fn flows(from: &Client, to: &Client) -> bool {
    from.send(&channel_data(0x4000, b"x", false));
    assert!(from.ask(&Writer::new(BINDING)).is_some());
    to.next_data().is_some()
}

/// Keeps trying for a second and a half; nothing may arrive in the last half.
fn assert_silent_within_a_second(revoked: Instant, mut arrives: impl FnMut() -> bool) {
    while revoked.elapsed() < Duration::from_millis(1500) {
        let sent = revoked.elapsed();
        if arrives() {
            assert!(
                sent < Duration::from_secs(1),
                "relayed {sent:?} after the end"
            );
        }
    }
}

fn assert_old_credential_is_refused(target: &Target, login: servers::Login) {
    let mut client = Client::challenged(target);
    client.be(login);
    let answer = client.ask_signed(Writer::new(ALLOCATE).transport(17));
    assert_eq!(answer.unwrap().error_code(), 401);
}
