//! Refusals 1 to 3: whom the relay never sends to, and what each peer policy lets in.

#![allow(clippy::unwrap_used)]

mod kit;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use kit::*;
use parlor_turn::{Cidr, PeerPolicy, RelayConfig};
use stun::message::METHOD_ALLOCATE;

/// First and last IPv4 address of each range of the specification.
const REFUSED_V4: [(&str, &str); 16] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.254"),
    ("169.254.169.254", "255.255.255.255"),
];

/// The same for IPv6.
const REFUSED_V6: [(&str, &str); 13] = [
    ("::", "::1"),
    ("::ffff:0:0", "::ffff:ffff:ffff"),
    ("64:ff9b::", "64:ff9b::ffff:ffff"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("100::", "100::ffff:ffff:ffff:ffff"),
    ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("ff00::", "ff0f::"),
    ("ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

/// As in production: no loopback peers.
fn strict() -> RelayConfig {
    RelayConfig {
        allow_loopback_peers: false,
        ..config()
    }
}

/// A client with an IPv6 relayed address.
fn ipv6_client(relay: &parlor_turn::Relay) -> Client {
    let mut client = Client::udp(relay, "c", "p");
    client.ask(
        METHOD_ALLOCATE,
        &[transport(17), (0x0017, vec![2, 0, 0, 0])],
    );
    client
}

fn ipv6_strict() -> RelayConfig {
    RelayConfig {
        allow_loopback_peers: false,
        ..ipv6_config()
    }
}

fn assert_refused(client: &mut Client, ip: IpAddr) {
    let peer = SocketAddr::new(ip, 9);
    assert_eq!(client.permit(peer), 403, "{ip}");
    assert_eq!(client.bind(0x4000, peer), 403, "{ip}");
}

#[test]
fn r01_special_purpose_ipv4_peers_get_403() {
    let relay = start(strict());
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    for (first, last) in REFUSED_V4 {
        assert_refused(&mut client, first.parse().unwrap());
        assert_refused(&mut client, last.parse().unwrap());
    }
    assert_eq!(client.permit("8.8.8.8:9".parse().unwrap()), 0);
}

#[test]
fn r01_special_purpose_ipv6_peers_get_403() {
    let relay = start(ipv6_strict());
    let mut client = ipv6_client(&relay);
    for (first, last) in REFUSED_V6 {
        assert_refused(&mut client, first.parse().unwrap());
        assert_refused(&mut client, last.parse().unwrap());
    }
    assert_eq!(client.permit("[2a00::1]:9".parse().unwrap()), 0);
    let other_family = client.permit("8.8.8.8:9".parse().unwrap());
    assert_eq!(other_family, 443);
}

#[test]
fn r01_a_send_indication_without_a_permission_sends_nothing() {
    let relay = start(strict());
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    let (socket, peer) = peer();
    socket.set_read_timeout(Some(SILENCE)).unwrap();
    client.send_indication(peer, b"let me in");
    assert!(receive_from(&socket).is_none());
}

/// CVE-2020-26262, CVE-2026-27624: an address that is refused, written as an IPv6 address.
#[test]
fn r02_four_in_six_peers_get_403_in_every_form() {
    let relay = start(ipv6_strict());
    let mut client = ipv6_client(&relay);
    // 8.8.8.8 is no refused address, yet its forms go ways that this relay does not judge.
    let firsts = REFUSED_V4.iter().map(|(first, _)| *first);
    for v4 in firsts.chain(["8.8.8.8"]) {
        let bits = u32::from(v4.parse::<Ipv4Addr>().unwrap());
        let (high, low) = ((bits >> 16) as u16, bits as u16);
        let forms = [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low), // mapped
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),      // compatible
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low), // NAT64
            Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low), // local NAT64
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1), // 6to4
            Ipv6Addr::new(0x2001, 0, 1, 2, 0, 0, !high, !low), // Teredo client
            Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 0), // Teredo server
        ];
        for form in forms {
            assert_refused(&mut client, form.into());
        }
    }
}

#[test]
fn r03_the_machine_itself_is_no_peer_but_live_relayed_addresses_are() {
    let relay = start(strict());
    let (mut a, mut b) = (Client::udp(&relay, "c", "a"), Client::udp(&relay, "c", "b"));
    let (at_a, at_b) = (a.allocate(), b.allocate());
    assert_eq!(a.permit(relay.addresses().udp[0]), 403);
    assert_eq!(a.permit(at_b), 0);
    b.refresh(0);
    let mut c = Client::udp(&relay, "c", "c");
    c.allocate();
    assert_eq!(c.permit(at_b), 403, "no longer live");
    assert_eq!(c.permit(at_a), 0);
    // The permission is for an IP, yet it opens no other port of this machine.
    let (socket, other) = peer();
    socket.set_read_timeout(Some(SILENCE)).unwrap();
    c.send_indication(other, b"to the machine");
    assert!(receive_from(&socket).is_none());
}

#[test]
fn policy_call_lets_in_relayed_addresses_and_candidates_of_the_same_call_only() {
    let relay = start(RelayConfig {
        peer_policy: PeerPolicy::Call,
        ..config()
    });
    let (mut a, mut b, mut x) = (
        Client::udp(&relay, "one", "a"),
        Client::udp(&relay, "one", "b"),
        Client::udp(&relay, "two", "x"),
    );
    let (at_a, at_b, at_x) = (a.allocate(), b.allocate(), x.allocate());
    assert_eq!(
        (a.permit(at_b), a.permit(at_x), x.permit(at_a)),
        (0, 403, 403)
    );
    assert_eq!(a.permit("8.8.8.8:1".parse().unwrap()), 403);
    relay
        .control()
        .admit_candidate("one", "8.8.8.8:5".parse().unwrap());
    assert_eq!(
        (
            a.permit("8.8.8.8:1".parse().unwrap()),
            x.permit("8.8.8.8:1".parse().unwrap())
        ),
        (0, 403)
    );
    relay
        .control()
        .admit_candidate("one", "10.0.0.1:5".parse().unwrap());
    assert_eq!(
        a.permit("10.0.0.1:5".parse().unwrap()),
        403,
        "special-purpose stays refused"
    );
    // The permission covers the relay's address, which all calls share: packets still keep apart.
    assert_eq!((b.permit(at_a), a.bind(0x4000, at_b)), (0, 0));
    x.send_indication(at_b, b"from another call");
    a.send_indication(at_x, b"to another call");
    assert!(b.receive(SILENCE).is_none() && x.receive(SILENCE).is_none());
    a.send_channel(0x4000, b"same call");
    assert!(b.receive(WAIT).is_some());
}

#[test]
fn policy_public_lets_in_public_addresses_only() {
    let relay = start(RelayConfig {
        peer_policy: PeerPolicy::Public,
        ..strict()
    });
    let (mut a, mut b) = (
        Client::udp(&relay, "one", "a"),
        Client::udp(&relay, "two", "b"),
    );
    let (_, at_b) = (a.allocate(), b.allocate());
    assert_eq!(a.permit("8.8.8.8:1".parse().unwrap()), 0, "told by nobody");
    assert_eq!(a.permit(at_b), 0, "a client of another call");
    for ip in ["10.0.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1"] {
        assert_refused(&mut a, ip.parse().unwrap());
    }
    let own = relay.addresses().udp[0];
    assert_eq!(a.permit(own), 403, "the machine itself");
}

#[test]
fn policy_cidr_lets_in_its_networks_only() {
    let networks = vec![
        Cidr::parse("8.8.0.0/16").unwrap(),
        Cidr::parse("10.0.0.0/8").unwrap(),
    ];
    let relay = start(RelayConfig {
        peer_policy: PeerPolicy::Cidr(networks),
        ..strict()
    });
    let mut client = Client::udp(&relay, "c", "p");
    client.allocate();
    assert_eq!(client.permit("8.8.4.4:1".parse().unwrap()), 0);
    assert_eq!(client.permit("9.9.9.9:1".parse().unwrap()), 403);
    assert_eq!(
        client.permit(relay.addresses().udp[0]),
        403,
        "the machine itself"
    );
    assert_eq!(
        client.permit("10.0.0.1:1".parse().unwrap()),
        403,
        "special-purpose stays refused"
    );
}
