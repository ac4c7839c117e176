//! What a hardened relay refuses, one test each; the numbers are those of the specification. Several
//! of them are things that the stock server of the crate gets wrong (`stock_defects.rs`).
//!
//! Elsewhere: 1 to 3 in `peers.rs`, 5 in `flood.rs`, 13 in `streams.rs`, 18 in `fuzz.rs`, 19 in
//! `quiet.rs`.

#![allow(clippy::unwrap_used)]

mod kit;

use std::net::SocketAddr;

use kit::*;
use parlor_turn::{Limits, PeerPolicy, Relay, RelayAddress, RelayConfig, Secret, StartError};
use stun::{
    attributes::*,
    message::{
        METHOD_ALLOCATE, METHOD_BINDING, METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION,
        METHOD_REFRESH, Setter,
    },
};

#[test]
fn r04_everything_but_binding_needs_credentials() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    for method in [
        METHOD_ALLOCATE,
        METHOD_REFRESH,
        METHOD_CREATE_PERMISSION,
        METHOD_CHANNEL_BIND,
    ] {
        let request = client.bare(method, &[transport(17)]);
        let reply = client.exchange(&request).unwrap();
        assert_eq!(code(&reply), 401);
        assert!(
            reply.contains(ATTR_NONCE)
                && reply.contains(ATTR_REALM)
                && !reply.contains(ATTR_MESSAGE_INTEGRITY)
        );
    }
}

#[test]
fn r06_a_nonce_from_another_address_gets_438_with_a_new_one() {
    let relay = start(config());
    let mut a = Client::udp(&relay, "c", "a");
    let mut b = Client::udp(&relay, "c", "b");
    a.challenge();
    b.nonce = a.nonce.clone();
    let reply = b.ask(METHOD_ALLOCATE, &[transport(17)]);
    assert_eq!(code(&reply), 438);
    b.nonce = reply.get(ATTR_NONCE).unwrap();
    b.allocate();
}

#[test]
fn r07_wrong_password_and_unknown_user_get_the_same_401() {
    let relay = start(config());
    let mut answers = Vec::new();
    for (username, password) in [
        (format!("{}:c:p", soon()), "wrong".to_string()),
        ("bob".into(), "wrong".into()),
        ("bob".into(), Secret::new("secret").password("bob")),
    ] {
        let mut client = Client::udp(&relay, "c", "p");
        client.credential.username = username;
        client.credential.password = password;
        let reply = client.ask(METHOD_ALLOCATE, &[transport(17)]);
        assert!(reply.contains(ATTR_NONCE) && reply.contains(ATTR_REALM));
        answers.push((code(&reply), reply.raw.len()));
    }
    assert!(
        answers.iter().all(|a| *a == (401, answers[0].1)),
        "{answers:?}"
    );
    assert_eq!(relay.control().stats().allocations_live, 0);
}

#[test]
fn r08_expired_and_far_future_credentials_get_401() {
    let relay = start(config());
    let secret = Secret::new("secret");
    for expires in [unix_now() - 1, unix_now() + 24 * 3600 + 120, u64::MAX] {
        let credential = parlor_turn::Credential::mint(&secret, "c", "p", expires);
        let mut client = Client::with(&relay, credential);
        assert_eq!(
            code(&client.ask(METHOD_ALLOCATE, &[transport(17)])),
            401,
            "{expires}"
        );
    }
}

#[test]
fn r08_revoked_credentials_get_401_and_new_ones_do_not() {
    let relay = start(config());
    let mut one = Client::udp(&relay, "c", "p");
    let mut other = Client::udp(&relay, "c", "q");
    relay.control().revoke("c", Some("p"));
    assert_eq!(code(&one.ask(METHOD_ALLOCATE, &[transport(17)])), 401);
    other.allocate();
    one.credential = relay.control().mint("c", "p", soon());
    one.allocate();
    relay.control().revoke("c", None);
    eventually("the whole call is over", || {
        relay.control().stats().allocations_live == 0
    });
    for mut client in [
        Client::with(&relay, one.credential),
        Client::with(&relay, other.credential),
    ] {
        assert_eq!(code(&client.ask(METHOD_ALLOCATE, &[transport(17)])), 401);
    }
}

#[test]
fn r08_secrets_rotate_without_ending_anything() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    relay
        .control()
        .set_secrets(vec![Secret::new("new"), Secret::new("secret")]);
    let mut fresh = Client::udp(&relay, "c", "q");
    fresh.allocate();
    let mut old = Client::with(
        &relay,
        parlor_turn::Credential::mint(&Secret::new("secret"), "c", "r", soon()),
    );
    old.allocate();
    relay.control().set_secrets(vec![Secret::new("newest")]);
    assert_eq!(code(&client.refresh(600)), 0, "the live allocation goes on");
    let mut late = Client::with(
        &relay,
        parlor_turn::Credential::mint(&Secret::new("secret"), "c", "s", soon()),
    );
    assert_eq!(code(&late.ask(METHOD_ALLOCATE, &[transport(17)])), 401);
}

#[test]
fn r09_another_user_on_the_same_five_tuple_gets_441_and_the_allocation_stays() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "owner");
    client.allocate();
    let own = client.credential.clone();
    client.credential = relay.control().mint("c", "thief", soon());
    assert_eq!(code(&client.refresh(0)), 441);
    assert_eq!(client.permit("8.8.8.8:1".parse().unwrap()), 441);
    assert_eq!(client.bind(0x4000, "8.8.8.8:1".parse().unwrap()), 441);
    assert_eq!(code(&client.ask(METHOD_ALLOCATE, &[transport(17)])), 437);
    client.credential = own;
    assert_eq!(code(&client.refresh(600)), 0);
}

#[test]
fn r10_no_amplification() {
    let relay = start(RelayConfig {
        limits: Limits {
            challenges_per_second: 10,
            ..limits()
        },
        ..config()
    });
    let mut client = Client::udp(&relay, "c", "p");
    let binding = client.bare(METHOD_BINDING, &[]);
    let answer = client.exchange(&binding).unwrap();
    assert!(
        answer.raw.len() * 10 <= binding.raw.len() * 16,
        "{} of {}",
        answer.raw.len(),
        binding.raw.len()
    );
    // Sixty askings of one source within two ticks of the clock at most.
    for _ in 0..60 {
        let request = client.bare(METHOD_ALLOCATE, &[transport(17)]);
        client.send(&request.raw);
    }
    eventually("all were counted", || {
        let stats = relay.control().stats();
        stats.challenges + stats.challenges_withheld == 60
    });
    assert!(relay.control().stats().challenges <= 20);
}

#[test]
fn r11_quotas_486_and_508() {
    let limits = Limits {
        allocations: 3,
        allocations_per_participant: 2,
        permissions: 3,
        channels: 2,
        ..limits()
    };
    let relay = start(RelayConfig { limits, ..config() });
    let (mut a, mut b, mut c) = (
        Client::udp(&relay, "c", "p"),
        Client::udp(&relay, "c", "p"),
        Client::udp(&relay, "c", "p"),
    );
    a.allocate();
    b.allocate();
    assert_eq!(code(&c.ask(METHOD_ALLOCATE, &[transport(17)])), 486);
    let mut q = Client::udp(&relay, "c", "q");
    q.allocate();
    let mut r = Client::udp(&relay, "c", "r");
    assert_eq!(code(&r.ask(METHOD_ALLOCATE, &[transport(17)])), 508);
    for last in 1..=3 {
        assert_eq!(a.permit(SocketAddr::from(([8, 8, 8, last], 1))), 0);
    }
    assert_eq!(a.permit("8.8.8.9:1".parse().unwrap()), 508);
    assert_eq!(
        a.permit("8.8.8.1:9".parse().unwrap()),
        0,
        "a known one is prolonged"
    );
    assert_eq!(a.bind(0x4000, "8.8.8.1:1".parse().unwrap()), 0);
    assert_eq!(a.bind(0x4001, "8.8.8.1:2".parse().unwrap()), 0);
    assert_eq!(a.bind(0x4002, "8.8.8.1:3".parse().unwrap()), 508);
    q.refresh(0);
    r.allocate();
}

#[test]
fn r12_lifetimes_are_clamped_and_end_with_the_credential() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    for (asked, given) in [(1, 600), (600, 600), (1800, 1800), (u32::MAX, 3600)] {
        let reply = match asked {
            1 => client.ask(METHOD_ALLOCATE, &[transport(17), lifetime(asked)]),
            _ => client.refresh(asked),
        };
        assert_eq!(seconds(&reply), given, "{asked}");
    }
    let mut short = Client::with(&relay, relay.control().mint("c", "q", unix_now() + 100));
    let reply = short.ask(METHOD_ALLOCATE, &[transport(17)]);
    assert!(
        (95..=100).contains(&seconds(&reply)),
        "never beyond the credential"
    );
}

#[test]
fn r12_no_refresh_outlives_the_call() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    relay.control().forget("c");
    // Its credential ends with the call, so that the Refresh does not even find its allocation.
    eventually("it is over", || {
        relay.control().stats().allocations_live == 0
    });
    assert_eq!(code(&client.refresh(600)), 401);
}

#[test]
fn r14_strays_reach_no_client() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    let relayed = client.allocate();
    let (socket, stranger) = peer();
    socket.send_to(b"hello", relayed).unwrap();
    eventually("the stray was counted", || {
        relay.control().stats().strays == 1
    });
    assert!(client.receive(SILENCE).is_none());
    client.permit(stranger);
    socket.send_to(b"hello", relayed).unwrap();
    assert!(client.receive(WAIT).is_some());
    client.refresh(0);
    eventually("it is over", || {
        relay.control().stats().allocations_live == 0
    });
    let _ = socket.send_to(b"hello", relayed);
    assert!(
        client.receive(SILENCE).is_none(),
        "only to a live allocation"
    );
}

#[test]
fn r15_a_client_bound_to_itself_makes_no_loop() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    let relayed = client.allocate();
    assert_eq!(client.bind(0x4000, relayed), 0);
    client.send_channel(0x4000, b"echo");
    assert_eq!(
        channel_data(&client.receive(WAIT).unwrap()),
        Some((0x4000, &b"echo"[..]))
    );
    assert!(client.receive(SILENCE).is_none());
    let stats = relay.control().stats();
    assert_eq!((stats.up.packets, stats.down.packets), (1, 1));
}

#[test]
fn r16_unknown_attributes_get_420_with_their_names() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    let reply = client.ask(
        METHOD_ALLOCATE,
        &[
            transport(17),
            (0x7F01, vec![1]),
            (0x001A, vec![]),
            (0xFF01, vec![1]),
        ],
    );
    assert_eq!(code(&reply), 420);
    assert_eq!(
        reply.get(ATTR_UNKNOWN_ATTRIBUTES).unwrap(),
        [0x7F, 0x01, 0x00, 0x1A]
    );
    let binding = client.bare(METHOD_BINDING, &[(0x0003, vec![0, 0, 0, 6])]);
    let reply = client.exchange(&binding).unwrap();
    assert_eq!(
        (code(&reply), reply.get(ATTR_UNKNOWN_ATTRIBUTES).unwrap()),
        (420, vec![0, 3]),
        "CHANGE-REQUEST"
    );
}

#[test]
fn r17_padding_is_zero_and_no_software_is_named() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    let request = client.bare(METHOD_ALLOCATE, &[transport(17)]);
    let reply = client.exchange(&request).unwrap();
    assert!(!reply.contains(ATTR_SOFTWARE));
    let mut at = 20;
    while at < reply.raw.len() {
        let length = usize::from(u16::from_be_bytes([reply.raw[at + 2], reply.raw[at + 3]]));
        let end = at + 4 + length;
        at = at + 4 + length.next_multiple_of(4);
        assert!(reply.raw[end..at].iter().all(|b| *b == 0));
    }
}

#[test]
fn r20_a_second_instance_does_not_start() {
    let relay = start(RelayConfig {
        threads: 2,
        ..config()
    });
    let port = relay.addresses().udp[0].port();
    for threads in [1, 2] {
        let again = Relay::start(RelayConfig {
            port,
            threads,
            tls_port: None,
            ..config()
        })
        .err()
        .expect("refused");
        assert!(
            matches!(
                again,
                StartError::PortTaken {
                    transport: "UDP",
                    ..
                }
            ),
            "{again}"
        );
        assert!(again.to_string().contains("already in use"), "{again}");
    }
    let impossible = Relay::start(RelayConfig {
        relay_ports: 100..=200,
        ..config()
    })
    .err()
    .unwrap();
    assert!(
        impossible.to_string().contains("port range"),
        "{impossible}"
    );
    let elsewhere = Relay::start(RelayConfig {
        listen: vec!["192.0.2.1".parse().unwrap()],
        ..config()
    })
    .err()
    .unwrap();
    assert!(elsewhere.to_string().contains("192.0.2.1"), "{elsewhere}");
}

#[test]
fn r20_two_with_the_same_configured_port_are_told_apart_by_name() {
    let with = |port| RelayConfig {
        port,
        tls_port: None,
        ..config()
    };
    // a port that is free for UDP may be held for TCP, if only by a connection that has just ended
    let (port, _relay) = (0..100)
        .find_map(|_| {
            let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            Some((port, Relay::start(with(port)).ok()?))
        })
        .expect("a free port");
    assert!(matches!(
        Relay::start(with(port)).err(),
        Some(StartError::SecondInstance(_))
    ));
}

#[test]
fn a_retransmitted_allocate_gets_its_first_answer() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    client.challenge();
    let request = client.signed(METHOD_ALLOCATE, &[transport(17)]);
    let first = client.exchange(&request).unwrap();
    let again = client.exchange(&request).unwrap();
    assert_eq!(first.raw, again.raw);
    assert_eq!(relay.control().stats().allocations_live, 1);
    assert_eq!(
        code(&client.ask(METHOD_ALLOCATE, &[transport(17)])),
        437,
        "another Allocate is none"
    );
}

#[test]
fn without_an_allocation_everything_gets_437() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    assert_eq!(code(&client.refresh(600)), 437);
    assert_eq!(client.permit("8.8.8.8:1".parse().unwrap()), 437);
    assert_eq!(client.bind(0x4000, "8.8.8.8:1".parse().unwrap()), 437);
}

#[test]
fn requests_without_their_attributes_get_400() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    assert_eq!(code(&client.ask(METHOD_ALLOCATE, &[])), 400);
    assert_eq!(code(&client.ask(METHOD_ALLOCATE, &[transport(6)])), 442);
    assert_eq!(
        code(&client.ask(
            METHOD_ALLOCATE,
            &[transport(17), (0x0017, vec![2, 0, 0, 0])]
        )),
        440
    );
    assert_eq!(
        code(&client.ask(
            METHOD_ALLOCATE,
            &[transport(17), (0x0022, vec![0; 8]), (0x0018, vec![0])]
        )),
        400
    );
    assert_eq!(
        code(&client.ask(METHOD_ALLOCATE, &[transport(17), (0x0022, vec![0; 8])])),
        508
    );
    client.allocate();
    assert_eq!(
        code(&client.ask(METHOD_CHANNEL_BIND, &[channel(0x4000)])),
        400
    );
    for number in [0, 0x3FFF, 0x7FFF, 0x8000, 0xFFFF] {
        assert_eq!(
            client.bind(number, "8.8.8.8:1".parse().unwrap()),
            400,
            "{number:x}"
        );
    }
    assert_eq!(client.bind(0x7FFE, "8.8.8.8:1".parse().unwrap()), 0);
    assert_eq!(
        client.bind(0x7FFE, "8.8.8.8:2".parse().unwrap()),
        400,
        "bound to another peer"
    );
    assert_eq!(
        client.bind(0x4000, "8.8.8.8:1".parse().unwrap()),
        400,
        "the peer has another channel"
    );
    assert_eq!(
        client.bind(0x7FFE, "8.8.8.8:1".parse().unwrap()),
        0,
        "prolonged"
    );
}

#[test]
fn integrity_without_user_realm_or_nonce_gets_400() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    let mut request = client.bare(METHOD_ALLOCATE, &[transport(17)]);
    client.key().add_to(&mut request).unwrap();
    assert_eq!(code(&client.exchange(&request).unwrap()), 400);
}

#[test]
fn an_even_port_comes_with_its_neighbour() {
    let relay = start(config());
    let mut a = Client::udp(&relay, "c", "p");
    let reply = a.ask(METHOD_ALLOCATE, &[transport(17), (0x0018, vec![0x80])]);
    let first = address(&reply, ATTR_XOR_RELAYED_ADDRESS);
    assert_eq!(first.port() % 2, 0);
    let token = reply.get(ATTR_RESERVATION_TOKEN).unwrap();
    let mut b = Client::udp(&relay, "c", "p");
    b.credential = a.credential.clone();
    let reply = b.ask(METHOD_ALLOCATE, &[transport(17), (0x0022, token)]);
    assert_eq!(
        address(&reply, ATTR_XOR_RELAYED_ADDRESS).port(),
        first.port() + 1
    );
}

#[test]
fn rates_drop_what_exceeds() {
    let limits = Limits {
        kbit_per_allocation: 80,
        ..limits()
    }; // 10 bytes per ms, 5,000 at once
    let relay = start(RelayConfig { limits, ..config() });
    let (_socket, peer) = peer();
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    client.bind(0x4000, peer);
    for _ in 0..100 {
        client.send_channel(0x4000, &[0; 1000]);
    }
    eventually("all were handled", || {
        let stats = relay.control().stats();
        stats.up.packets + stats.dropped == 100
    });
    let stats = relay.control().stats();
    assert!(stats.up.packets < 50 && stats.dropped > 50, "{stats:?}");
    assert_eq!(
        relay.control().usage("c").participants[0].dropped,
        stats.dropped
    );
}

#[test]
fn a_spent_month_refuses_if_it_shall_and_says_so_before() {
    let limits = Limits {
        bytes_per_month: 1_000_000,
        kbit_when_spent: 0,
        ..limits()
    };
    let relay = start(RelayConfig { limits, ..config() });
    let control = relay.control();
    control.set_month_bytes(800_000);
    assert_eq!(control.stats().budget, parlor_turn::Budget::Low);
    control.set_month_bytes(1_000_000);
    let mut client = Client::udp(&relay, "c", "p");
    assert_eq!(code(&client.ask(METHOD_ALLOCATE, &[transport(17)])), 508);
    control.set_month_bytes(0);
    client.allocate();
}

#[test]
fn a_spent_month_leaves_voices_through() {
    let limits = Limits {
        bytes_per_month: 1_000_000,
        kbit_per_allocation: 0,
        kbit_when_spent: 128,
        ..limits()
    };
    let relay = start(RelayConfig { limits, ..config() });
    let control = relay.control();
    let (_socket, peer) = peer();
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    client.bind(0x4000, peer);
    // How many of so many packets pass, at once.
    let passed = |client: &mut Client, count: u64, bytes: usize| {
        let before = control.stats();
        for _ in 0..count {
            client.send_channel(0x4000, &vec![0; bytes]);
        }
        eventually("they are handled", || {
            let now = control.stats();
            now.up.packets + now.dropped == before.up.packets + before.dropped + count
        });
        control.stats().up.packets - before.up.packets
    };
    assert_eq!(passed(&mut client, 20, 1000), 20);
    control.set_month_bytes(1_000_000);
    eventually("pictures stop", || passed(&mut client, 20, 1000) < 10);
    assert_eq!(passed(&mut client, 5, 160), 5, "voices pass");
    Client::udp(&relay, "c", "q").allocate();
    control.set_month_bytes(0);
    eventually("a new month begins", || passed(&mut client, 20, 1000) == 20);
}

#[test]
fn behind_a_one_to_one_nat_two_clients_still_meet() {
    // The world sees 198.200.0.1, the sockets are on loopback; two shards make both ways happen.
    let relay_v4 = Some(RelayAddress {
        bind: Some([127, 0, 0, 1].into()),
        external: Some([198, 200, 0, 1].into()),
    });
    let relay = start(RelayConfig {
        relay_v4,
        threads: 3,
        peer_policy: PeerPolicy::Call,
        allow_loopback_peers: false,
        ..config()
    });
    for round in 0..6 {
        let (mut a, mut b) = (Client::udp(&relay, "c", "a"), Client::udp(&relay, "c", "b"));
        let (at_a, at_b) = (a.allocate(), b.allocate());
        assert_eq!(at_a.ip().to_string(), "198.200.0.1");
        assert_eq!((a.bind(0x4001, at_b), b.bind(0x4002, at_a)), (0, 0));
        a.send_channel(0x4001, b"over");
        assert_eq!(
            channel_data(&b.receive(WAIT).unwrap()),
            Some((0x4002, &b"over"[..])),
            "{round}"
        );
        b.send_indication(at_a, b"back");
        assert_eq!(
            channel_data(&a.receive(WAIT).unwrap()),
            Some((0x4001, &b"back"[..])),
            "{round}"
        );
    }
}

#[test]
fn draining_refuses_newcomers_and_waits_for_the_rest() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    let mut late = Client::udp(&relay, "c", "q");
    late.challenge();
    let drain = std::thread::spawn(move || relay.shutdown(WAIT));
    eventually("newcomers are refused", || {
        let reply = late.ask(METHOD_ALLOCATE, &[transport(17)]);
        if code(&reply) == 0 {
            late.refresh(0);
        }
        code(&reply) == 508
    });
    assert_eq!(code(&client.refresh(600)), 0, "the live one goes on");
    client.refresh(0);
    drain.join().unwrap();
}
