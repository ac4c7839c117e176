//! The relay as clients see it, over loopback sockets.

#![allow(clippy::unwrap_used)]

mod kit;

use kit::*;
use stun::message::{METHOD_ALLOCATE, METHOD_BINDING, METHOD_CREATE_PERMISSION};

#[test]
fn binding_tells_the_client_its_address() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    let request = client.bare(METHOD_BINDING, &[]);
    let reply = client.exchange(&request).unwrap();
    assert_eq!(
        address(&reply, stun::attributes::ATTR_XORMAPPED_ADDRESS),
        client.local
    );
}

#[test]
fn channel_data_goes_both_ways_over_udp_and_tcp() {
    let relay = start(config());
    for mut client in [
        Client::udp(&relay, "c", "udp"),
        Client::tcp(&relay, "c", "tcp"),
    ] {
        let (socket, peer) = peer();
        let relayed = client.allocate();
        assert_eq!(client.bind(0x4000, peer), 0);
        for size in [0, 1, 2, 3, 4, 172, 1200, 8000] {
            let payload = vec![size as u8; size];
            client.send_channel(0x4000, &payload);
            let (got, from) = receive_from(&socket).unwrap();
            assert_eq!((got, from), (payload.clone(), relayed), "{size}");
            socket.send_to(&payload, relayed).unwrap();
            let frame = client.receive(WAIT).unwrap();
            assert_eq!(channel_data(&frame), Some((0x4000, &payload[..])), "{size}");
        }
    }
}

#[test]
fn indications_go_both_ways_over_udp_and_tcp() {
    let relay = start(config());
    for mut client in [
        Client::udp(&relay, "c", "udp"),
        Client::tcp(&relay, "c", "tcp"),
    ] {
        let (socket, peer) = peer();
        let relayed = client.allocate();
        assert_eq!(client.permit(peer), 0);
        client.send_indication(peer, b"to the peer");
        assert_eq!(
            receive_from(&socket).unwrap(),
            (b"to the peer".to_vec(), relayed)
        );
        socket.send_to(b"to the client", relayed).unwrap();
        let data = decode(&client.receive(WAIT).unwrap()).unwrap();
        assert_eq!(
            data.get(stun::attributes::ATTR_DATA).unwrap(),
            b"to the client"
        );
        assert_eq!(
            address(&data, stun::attributes::ATTR_XOR_PEER_ADDRESS),
            peer
        );
    }
}

#[test]
fn two_relayed_clients_meet_inside_the_process() {
    let relay = start(config());
    for tcp in [false, true] {
        let mut a = Client::udp(&relay, "c", "a");
        let mut b = if tcp {
            Client::tcp(&relay, "c", "b")
        } else {
            Client::udp(&relay, "c", "b")
        };
        let (at_a, at_b) = (a.allocate(), b.allocate());
        assert_eq!((a.bind(0x4001, at_b), b.bind(0x4002, at_a)), (0, 0));
        let before = relay.control().stats();
        a.send_channel(0x4001, b"from a");
        assert_eq!(
            channel_data(&b.receive(WAIT).unwrap()),
            Some((0x4002, &b"from a"[..]))
        );
        b.send_channel(0x4002, b"from b");
        assert_eq!(
            channel_data(&a.receive(WAIT).unwrap()),
            Some((0x4001, &b"from b"[..]))
        );
        let hairpinned = relay.control().stats().hairpinned - before.hairpinned;
        assert_eq!(hairpinned, 2, "no relay socket sees them, over TCP neither");
        // And by indications, before any channel is bound at the other end.
        b.send_indication(at_a, b"said");
        assert_eq!(
            channel_data(&a.receive(WAIT).unwrap()),
            Some((0x4001, &b"said"[..]))
        );
    }
}

#[test]
fn a_bound_channel_is_metered_to_the_byte_for_the_call() {
    let relay = start(config());
    let (socket, peer) = peer();
    let mut client = Client::udp(&relay, "call-7", "p");
    let relayed = client.allocate();
    client.bind(0x4000, peer);
    for _ in 0..10 {
        client.send_channel(0x4000, &[1; 100]);
        receive_from(&socket).unwrap();
    }
    for _ in 0..3 {
        socket.send_to(&[2; 7], relayed).unwrap();
        client.receive(WAIT).unwrap();
    }
    let control = relay.control();
    let usage = control.usage("call-7").participants.remove(0);
    assert_eq!(
        (
            usage.up.packets,
            usage.up.bytes,
            usage.down.packets,
            usage.down.bytes
        ),
        (10, 1000, 3, 21)
    );
    client.refresh(0);
    let last = control.forget("call-7").participants.remove(0);
    assert_eq!(
        (last.up, last.down, last.allocations_live),
        (usage.up, usage.down, 0)
    );
    assert_eq!(control.usage("call-7").bytes(), 0);
}

#[test]
fn revoking_stops_packets_and_the_old_credential() {
    let relay = start(config());
    let (socket, peer) = peer();
    let mut client = Client::udp(&relay, "c", "p");
    let mut other = Client::udp(&relay, "c", "q");
    client.allocate();
    other.allocate();
    assert_eq!(
        (client.bind(0x4000, peer), other.bind(0x4000, peer)),
        (0, 0)
    );
    relay.control().revoke("c", Some("p"));
    eventually("one allocation is left", || {
        relay.control().stats().allocations_live == 1
    });
    client.send_channel(0x4000, b"late");
    other.send_channel(0x4000, b"still here");
    assert_eq!(receive_from(&socket).unwrap().0, b"still here");
    assert_eq!(code(&client.ask(METHOD_ALLOCATE, &[transport(17)])), 401);
    client.credential = relay.control().mint("c", "p", soon());
    assert_eq!(
        code(&client.ask(METHOD_ALLOCATE, &[transport(17)])),
        0,
        "a new credential is welcome"
    );
}

#[test]
fn one_request_may_name_several_peers_all_or_none() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    let mut ask = |peers: &[&str]| {
        let mut message = client.bare(METHOD_CREATE_PERMISSION, &[]);
        peers
            .iter()
            .for_each(|peer| put_peer(&mut message, peer.parse().unwrap()));
        message.add(
            stun::attributes::ATTR_USERNAME,
            client.credential.username.as_bytes(),
        );
        message.add(stun::attributes::ATTR_REALM, REALM.as_bytes());
        message.add(stun::attributes::ATTR_NONCE, &client.nonce);
        stun::message::Setter::add_to(&client.key(), &mut message).unwrap();
        code(&client.exchange(&message).unwrap())
    };
    assert_eq!(ask(&["8.8.8.8:1", "9.9.9.9:2"]), 0);
    assert_eq!(ask(&["8.8.8.8:1", "10.0.0.1:2"]), 403);
    assert_eq!(ask(&["8.8.8.8:1", "[2a00::1]:2"]), 443);
    assert_eq!(ask(&[]), 400);
}

#[test]
fn both_legs_speak_ipv6() {
    let relay = start(ipv6_config());
    let socket = std::net::UdpSocket::bind("[::1]:0").unwrap();
    socket.set_read_timeout(Some(WAIT)).unwrap();
    let peer = socket.local_addr().unwrap();
    let mut client = Client::udp(&relay, "c", "p");
    let reply = client.ask(
        METHOD_ALLOCATE,
        &[transport(17), (0x0017, vec![2, 0, 0, 0])],
    );
    let relayed = address(&reply, stun::attributes::ATTR_XOR_RELAYED_ADDRESS);
    assert!(relayed.is_ipv6());
    assert_eq!(client.bind(0x4000, peer), 0);
    client.send_channel(0x4000, b"six");
    assert_eq!(receive_from(&socket).unwrap(), (b"six".to_vec(), relayed));
    socket.send_to(b"six back", relayed).unwrap();
    assert_eq!(
        channel_data(&client.receive(WAIT).unwrap()),
        Some((0x4000, &b"six back"[..]))
    );
    client.permit(peer);
    client.send_indication(peer, b"said");
    assert_eq!(receive_from(&socket).unwrap().0, b"said");
}

#[test]
fn clients_of_different_shards_meet_without_a_relay_socket() {
    let relay = start(parlor_turn::RelayConfig {
        threads: 4,
        ..config()
    });
    let mut sent = 0;
    for pair in 0..8 {
        let call = format!("call-{pair}");
        let (mut a, mut b) = (
            Client::udp(&relay, &call, "a"),
            Client::udp(&relay, &call, "b"),
        );
        let (at_a, at_b) = (a.allocate(), b.allocate());
        assert_eq!((a.bind(0x4001, at_b), b.bind(0x4002, at_a)), (0, 0));
        for size in [1, 100, 1000] {
            a.send_channel(0x4001, &vec![1; size]);
            assert_eq!(
                channel_data(&b.receive(WAIT).unwrap()),
                Some((0x4002, &vec![1; size][..]))
            );
            b.send_channel(0x4002, &vec![2; size]);
            assert_eq!(
                channel_data(&a.receive(WAIT).unwrap()),
                Some((0x4001, &vec![2; size][..]))
            );
            sent += 2;
        }
        let usage = relay.control().usage(&call);
        assert!(
            usage
                .participants
                .iter()
                .all(|p| (p.up.bytes, p.down.bytes) == (1101, 1101)),
            "{usage:?}"
        );
        // An ended allocation is reached by nobody, and its port's next owner neither.
        relay.control().revoke(&call, Some("b"));
        eventually("it is gone", || {
            relay.control().stats().allocations_live == pair + 1
        });
        a.send_channel(0x4001, b"late");
        assert!(b.receive(SILENCE).is_none());
    }
    assert_eq!(relay.control().stats().hairpinned, sent);
}
