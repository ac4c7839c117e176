//! TCP and TLS: framing, slow readers, limits, certificates, and streams that others accepted.

#![allow(clippy::unwrap_used)]

mod kit;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use kit::*;
use parlor_turn::{AdoptedStream, Certificate, Limits, Relay, RelayConfig, begins_stun};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use stun::message::METHOD_BINDING;

fn certificate() -> Certificate {
    Certificate::from_pem(
        include_bytes!("kit/cert.pem"),
        include_bytes!("kit/key.pem"),
    )
    .unwrap()
}

fn second_certificate() -> Certificate {
    Certificate::from_pem(
        include_bytes!("kit/cert2.pem"),
        include_bytes!("kit/key2.pem"),
    )
    .unwrap()
}

/// Believes everything: these tests look at the relay, not at a certificate authority.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn connect_tls(address: SocketAddr) -> Tls {
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Trusting))
            .with_no_client_auth();
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(WAIT)).unwrap();
    let session =
        ClientConnection::new(Arc::new(config), "relay.test".try_into().unwrap()).unwrap();
    StreamOwned::new(session, socket)
}

fn tls_client(relay: &Relay, participant: &str) -> Client {
    let stream = connect_tls(relay.addresses().tls[0]);
    let local = stream.sock.local_addr().unwrap();
    Client::stream(
        Box::new(stream),
        local,
        relay.control().mint("c", participant, soon()),
    )
}

fn relays(client: &mut Client) {
    let (socket, peer) = peer();
    let relayed = client.allocate();
    assert_eq!(client.bind(0x4000, peer), 0);
    for size in [0, 1, 5, 1200] {
        client.send_channel(0x4000, &vec![7; size]);
        assert_eq!(receive_from(&socket).unwrap(), (vec![7; size], relayed));
        socket.send_to(&vec![8; size], relayed).unwrap();
        assert_eq!(
            channel_data(&client.receive(WAIT).unwrap()),
            Some((0x4000, &vec![8; size][..]))
        );
    }
}

#[test]
fn turn_over_tls_relays() {
    let relay = start(RelayConfig {
        certificate: Some(certificate()),
        ..config()
    });
    relays(&mut tls_client(&relay, "p"));
}

#[test]
fn a_certificate_is_replaced_without_dropping_a_connection() {
    let relay = start(RelayConfig {
        certificate: Some(certificate()),
        ..config()
    });
    let leaf = |stream: &mut Tls| {
        stream.conn.complete_io(&mut stream.sock).unwrap();
        stream.conn.peer_certificates().unwrap()[0].to_vec()
    };
    let mut old = connect_tls(relay.addresses().tls[0]);
    let first = leaf(&mut old);
    relay.control().set_certificate(second_certificate());
    let mut new = connect_tls(relay.addresses().tls[0]);
    assert_ne!(first, leaf(&mut new));
    let local = old.sock.local_addr().unwrap();
    relays(&mut Client::stream(
        Box::new(old),
        local,
        relay.control().mint("c", "p", soon()),
    ));
}

#[test]
fn without_a_certificate_tls_is_refused_and_tcp_works() {
    let relay = start(config());
    let mut socket = TcpStream::connect(relay.addresses().tls[0]).unwrap();
    socket.set_read_timeout(Some(WAIT)).unwrap();
    assert_eq!(socket.read(&mut [0; 10]).unwrap_or(0), 0);
    relays(&mut Client::tcp(&relay, "c", "p"));
}

#[test]
fn a_wrong_key_is_refused_with_words() {
    let error = Certificate::from_pem(
        include_bytes!("kit/cert.pem"),
        include_bytes!("kit/key2.pem"),
    )
    .unwrap_err();
    assert!(error.to_string().contains("does not fit"), "{error}");
    assert!(Certificate::from_pem(b"", include_bytes!("kit/key.pem")).is_err());
    assert!(Certificate::from_pem(include_bytes!("kit/cert.pem"), b"").is_err());
}

#[test]
fn a_stream_accepted_elsewhere_is_taken_over_with_what_was_read() {
    let relay = start(config());
    let shared = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(shared.local_addr().unwrap()).unwrap();
    socket.set_read_timeout(Some(WAIT)).unwrap();
    let local = socket.local_addr().unwrap();
    let mut client = Client::stream(
        Box::new(socket),
        local,
        relay.control().mint("c", "p", soon()),
    );
    let request = client.bare(METHOD_BINDING, &[]);
    client.send(&request.raw);
    let (mut accepted, peer) = shared.accept().unwrap();
    let mut first = [0; 3];
    accepted.read_exact(&mut first).unwrap();
    assert!(
        begins_stun(first[0]) && !begins_stun(b'G') && !begins_stun(b'P') && !begins_stun(0x16)
    );
    assert!(relay.control().adopt_stream(AdoptedStream {
        socket: accepted,
        peer,
        tls: None,
        first: first.to_vec()
    }));
    let reply = decode(&client.receive(WAIT).unwrap()).unwrap();
    assert_eq!(
        address(&reply, stun::attributes::ATTR_XORMAPPED_ADDRESS),
        local
    );
    relays(&mut client);
}

#[test]
fn r13_a_stream_with_something_else_or_a_frame_too_long_is_closed_at_once() {
    let relay = start(config());
    for hello in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0],
        &[0x40, 0, 0xFF, 0xFF],
    ] {
        let mut socket = TcpStream::connect(relay.addresses().tcp[0]).unwrap();
        socket.set_read_timeout(Some(WAIT)).unwrap();
        socket.write_all(hello).unwrap();
        assert_eq!(socket.read(&mut [0; 10]).unwrap_or(0), 0, "{hello:?}");
    }
    eventually("nothing is kept", || {
        relay.control().stats().streams_live == 0
    });
}

#[test]
fn a_closed_stream_ends_its_allocation() {
    let relay = start(config());
    let mut client = Client::tcp(&relay, "c", "p");
    client.allocate();
    assert_eq!(relay.control().stats().allocations_live, 1);
    drop(client);
    eventually("it is gone", || {
        relay.control().stats().allocations_live == 0
    });
}

#[test]
fn r13_connections_are_counted_per_address() {
    let relay = start(RelayConfig {
        limits: Limits {
            streams_per_address: 2,
            ..limits()
        },
        ..config()
    });
    let open: Vec<TcpStream> = (0..2)
        .map(|_| TcpStream::connect(relay.addresses().tcp[0]).unwrap())
        .collect();
    eventually("both are in", || relay.control().stats().streams_live == 2);
    let mut third = TcpStream::connect(relay.addresses().tcp[0]).unwrap();
    third.set_read_timeout(Some(WAIT)).unwrap();
    assert_eq!(third.read(&mut [0; 1]).unwrap_or(0), 0);
    drop(open);
    eventually("both are out", || relay.control().stats().streams_live == 0);
}

#[test]
fn r13_connections_are_counted_in_all() {
    let relay = start(RelayConfig {
        limits: Limits {
            streams: 2,
            ..limits()
        },
        ..config()
    });
    let open: Vec<TcpStream> = (0..2)
        .map(|_| TcpStream::connect(relay.addresses().tcp[0]).unwrap())
        .collect();
    eventually("both are in", || relay.control().stats().streams_live == 2);
    let mut third = TcpStream::connect(relay.addresses().tcp[0]).unwrap();
    third.set_read_timeout(Some(WAIT)).unwrap();
    assert_eq!(third.read(&mut [0; 1]).unwrap_or(0), 0);
    drop(open);
}

/// Whoever proved a credential once and holds no allocation may not stay for ever.
#[test]
fn r13_an_idle_stream_without_an_allocation_is_closed() {
    let limits = Limits {
        idle: Duration::from_secs(1),
        ..limits()
    };
    let relay = start(RelayConfig { limits, ..config() });
    let mut client = Client::tcp(&relay, "c", "p");
    client.allocate();
    client.refresh(0);
    assert!(client.receive(WAIT).is_none(), "closed");
    eventually("nothing is kept", || {
        relay.control().stats().streams_live == 0
    });
}

#[test]
fn r13_strangers_are_shown_the_door() {
    let limits = Limits {
        handshake: Duration::from_secs(1),
        ..limits()
    };
    let relay = start(RelayConfig {
        limits,
        certificate: Some(certificate()),
        ..config()
    });
    let mut silent = TcpStream::connect(relay.addresses().tls[0]).unwrap();
    silent.set_read_timeout(Some(WAIT)).unwrap();
    assert_eq!(silent.read(&mut [0; 1]).unwrap_or(0), 0, "no handshake");
    let mut client = Client::tcp(&relay, "c", "p");
    client.challenge();
    assert!(client.receive(WAIT).is_none(), "no credentials");
}

/// Readers that do not read cost a bounded backlog, and delay nobody.
#[test]
fn r13_stalled_readers_drop_and_others_go_on() {
    let limits = Limits {
        kbit_per_allocation: 0,
        stream_backlog_bytes: 32 * 1024,
        streams_per_address: 200,
        ..limits()
    };
    let relay = start(RelayConfig {
        limits,
        certificate: Some(certificate()),
        ..config()
    });
    let (socket, address) = peer();
    let mut stalled: Vec<(Client, SocketAddr)> = (0..100)
        .map(|n| {
            let name = format!("slow{n}");
            let mut client = if n % 10 == 0 {
                Client::tcp(&relay, "c", &name)
            } else {
                tls_client(&relay, &name)
            };
            let relayed = client.allocate();
            client.bind(0x4000, address);
            (client, relayed)
        })
        .collect();
    let mut quick = Client::tcp(&relay, "c", "quick");
    let relayed = quick.allocate();
    quick.bind(0x4000, address);
    // Far more than the kernel's buffers and the backlog together.
    let payload = [9; 8000];
    let slow = || {
        let mut all = relay.control().usage("c").participants;
        all.retain(|p| p.participant != "quick");
        all
    };
    while slow().iter().any(|p| p.dropped < 10) {
        for (_, relayed) in &stalled {
            for _ in 0..20 {
                let _ = socket.send_to(&payload, relayed);
            }
        }
        socket.send_to(b"still quick", relayed).unwrap();
        assert_eq!(
            channel_data(&quick.receive(WAIT).unwrap()),
            Some((0x4000, &b"still quick"[..]))
        );
    }
    // What waits for a reader is bounded in the system too, which would keep megabytes.
    assert_eq!(slow().len(), 100);
    for p in slow() {
        assert!(
            p.down.bytes < 1 << 20,
            "{} bytes wait for one",
            p.down.bytes
        );
    }
    // A stalled reader that begins to read again finds whole frames.
    let (client, _) = &mut stalled[0];
    for _ in 0..20 {
        assert_eq!(
            channel_data(&client.receive(WAIT).unwrap()),
            Some((0x4000, &payload[..]))
        );
    }
}

#[test]
fn the_self_test_passes_over_every_transport() {
    for policy in [
        parlor_turn::PeerPolicy::Call,
        parlor_turn::PeerPolicy::Public,
    ] {
        let relay = start(RelayConfig {
            certificate: Some(certificate()),
            peer_policy: policy,
            allow_loopback_peers: false,
            ..config()
        });
        let result = relay.control().self_test();
        assert_eq!(result.checks.len(), 3);
        assert!(result.passed(), "{result:?}");
        assert_eq!(relay.control().stats().allocations_live, 0);
    }
}

#[test]
fn the_self_test_says_what_is_wrong() {
    let relay = start(RelayConfig {
        limits: Limits {
            allocations: 0,
            ..limits()
        },
        ..config()
    });
    let result = relay.control().self_test();
    assert!(!result.passed());
    assert!(
        result.checks[0].problem.as_ref().unwrap().contains("508"),
        "{result:?}"
    );
}
