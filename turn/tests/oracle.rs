//! The same raw questions to Debian's coturn and to our relay. Where the answers differ, the
//! difference is listed here with its reason; an unlisted one fails, and so does a listed one that
//! is gone.

#![allow(clippy::unwrap_used)]

mod kit;

use std::{
    net::{SocketAddr, UdpSocket},
    process::{Child, Command, Stdio},
    time::Duration,
};

use kit::*;
use parlor_turn::{Credential, Limits, RelayConfig, Secret};
use stun::{
    attributes::*,
    fingerprint::FINGERPRINT,
    message::{
        CLASS_INDICATION, CLASS_SUCCESS_RESPONSE, METHOD_ALLOCATE, METHOD_BINDING,
        METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION, METHOD_REFRESH, Message, MessageType,
        Method, Setter,
    },
};

/// (case, coturn's answer, ours, why).
const DIFFERENCES: &[(&str, &str, &str, &str)] = &[
    (
        "an attribute beyond the message",
        "ok",
        "silence",
        "RFC 8489 section 6.3: a message whose attributes do not fit is malformed",
    ),
    (
        "an unknown method",
        "401 nonce",
        "silence",
        "RFC 8489 section 6.3: an unknown method is discarded, and it saves an answer to a stranger",
    ),
    (
        "connect of RFC 6062",
        "401 nonce",
        "silence",
        "RFC 6062 is not spoken here",
    ),
    (
        "allocate TCP over UDP",
        "400",
        "442",
        "RFC 8656 section 7.2 step 3 names 442 for any transport but UDP",
    ),
    ("allocate an unknown transport", "400", "442", "as above"),
    (
        "allocate with DONT-FRAGMENT",
        "ok",
        "420",
        "the DF bit is not set here, and RFC 8656 section 7.2 step 4 then asks for 420",
    ),
    (
        "allocate with an unknown token",
        "404",
        "508",
        "RFC 8656 section 7.2 step 5 names 508; TURN has no 404",
    ),
    (
        "refresh after the end",
        "ok",
        "437",
        "there is no allocation any more, as for any other request",
    ),
    (
        "permission for a private network",
        "0",
        "403",
        "refused by default; coturn leaves it to denied-peer-ip",
    ),
    (
        "permission without an allocation",
        "400",
        "437",
        "RFC 8656 section 5: a request without an allocation is a mismatch",
    ),
    (
        "permission with a broken peer",
        "ok",
        "400",
        "RFC 8656 section 10.2: an invalid address is a bad request",
    ),
    (
        "channel without an allocation",
        "400",
        "437",
        "as for a permission",
    ),
];

struct Coturn(Child);

impl Drop for Coturn {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn coturn() -> (Coturn, SocketAddr) {
    let port = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new("turnserver")
        .args([
            "-n",
            "--listening-ip=127.0.0.1",
            "--relay-ip=127.0.0.1",
            "--min-port=61000",
            "--max-port=65535",
        ])
        .args([
            "--use-auth-secret",
            "--static-auth-secret=secret",
            &format!("--realm={REALM}"),
        ])
        .args([
            "--allow-loopback-peers",
            "--no-multicast-peers",
            "--no-tls",
            "--no-dtls",
            "--no-cli",
            "--no-rfc5780",
        ])
        .args([
            "--no-stun-backward-compatibility",
            "--log-file=/dev/null",
            "--no-stdout-log",
            "--pidfile=/dev/null",
        ])
        .arg(format!(
            "--userdb={}/oracle-{port}.sqlite",
            std::env::temp_dir().display()
        ))
        .arg(format!("--listening-port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("turnserver is not installed: `apt-get install coturn` (make test does it)");
    let (running, address) = (Coturn(child), SocketAddr::from(([127, 0, 0, 1], port)));
    let probe = UdpSocket::bind("127.0.0.1:0").unwrap();
    probe
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let binding = [&[0u8, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    eventually("coturn answers", || {
        let _ = probe.send_to(&binding, address);
        probe.recv(&mut [0; 100]).is_ok()
    });
    (running, address)
}

/// A fresh client of the server that is asked.
struct Case {
    server: SocketAddr,
    client: Client,
}

impl Case {
    fn new(server: SocketAddr) -> Case {
        Case {
            server,
            client: Client::at(server, credential("p")),
        }
    }

    /// Sends bytes and a Binding request behind them; what came before the Binding's answer.
    fn raw(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let barrier = self.client.bare(METHOD_BINDING, &[]);
        self.client.send(bytes);
        self.client.send(&barrier.raw);
        let mut before = None;
        while let Some(answer) = self.client.receive(WAIT) {
            if decode(&answer).is_some_and(|m| m.transaction_id == barrier.transaction_id) {
                return before;
            }
            before = Some(answer);
        }
        panic!("the server is gone");
    }

    fn outcome(&mut self, message: &Message) -> String {
        match self.raw(&message.raw) {
            None => "silence".into(),
            Some(reply) => decode(&reply).map_or("no STUN".into(), |reply| show(&reply)),
        }
    }

    fn bare(&mut self, method: Method, attributes: &[Attribute]) -> String {
        let message = self.client.bare(method, attributes);
        self.outcome(&message)
    }

    fn ask(&mut self, method: Method, attributes: &[Attribute]) -> String {
        show(&self.client.ask(method, attributes))
    }

    fn allocated(mut self) -> Case {
        self.client.allocate();
        self
    }

    fn permit(&mut self, peer: &str) -> String {
        self.client.permit(peer.parse().unwrap()).to_string()
    }

    fn bind(&mut self, number: u16, peer: &str) -> String {
        self.client.bind(number, peer.parse().unwrap()).to_string()
    }

    /// Signed by hand with parts left out.
    fn without(&mut self, left_out: AttrType) -> String {
        self.client.challenge();
        let mut message = self.client.bare(METHOD_ALLOCATE, &[transport(17)]);
        for (kind, value) in [
            (
                ATTR_USERNAME,
                self.client.credential.username.clone().into_bytes(),
            ),
            (ATTR_REALM, REALM.into()),
            (ATTR_NONCE, self.client.nonce.clone()),
        ] {
            if kind != left_out {
                message.add(kind, &value);
            }
        }
        self.client.key().add_to(&mut message).unwrap();
        self.outcome(&message)
    }
}

fn credential(participant: &str) -> Credential {
    Credential::mint(&Secret::new("secret"), "c", participant, soon())
}

fn show(reply: &Message) -> String {
    let class = if reply.typ.class == CLASS_SUCCESS_RESPONSE {
        "ok".into()
    } else {
        code(reply).to_string()
    };
    let nonce = if reply.contains(ATTR_NONCE) {
        " nonce"
    } else {
        ""
    };
    class + nonce
}

fn header(kind: u16, length: u16) -> Vec<u8> {
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend(length.to_be_bytes());
    bytes.extend([0x21, 0x12, 0xA4, 0x42]);
    bytes.extend([3; 12]);
    bytes
}

fn heard(answer: Option<Vec<u8>>) -> String {
    answer.map_or("silence".into(), |bytes| {
        decode(&bytes).map_or("no STUN".into(), |m| show(&m))
    })
}

type Ask = fn(Case) -> String;

const CASES: &[(&str, Ask)] = &[
    ("binding", |mut c| c.bare(METHOD_BINDING, &[])),
    ("binding with an optional unknown attribute", |mut c| {
        c.bare(METHOD_BINDING, &[(0xFF01, vec![1, 2])])
    }),
    ("binding with a required unknown attribute", |mut c| {
        c.bare(METHOD_BINDING, &[(0x7F01, vec![1, 2])])
    }),
    ("binding with CHANGE-REQUEST", |mut c| {
        c.bare(METHOD_BINDING, &[(0x0003, vec![0, 0, 0, 6])])
    }),
    ("binding with a right fingerprint", |mut c| {
        let mut m = c.client.bare(METHOD_BINDING, &[]);
        FINGERPRINT.add_to(&mut m).unwrap();
        c.outcome(&m)
    }),
    ("binding with a wrong fingerprint", |mut c| {
        c.bare(METHOD_BINDING, &[(0x8028, vec![1, 2, 3, 4])])
    }),
    ("binding indication", |mut c| {
        let mut m = c.client.bare(METHOD_BINDING, &[]);
        m.set_type(MessageType::new(METHOD_BINDING, CLASS_INDICATION));
        c.outcome(&m)
    }),
    ("binding response", |mut c| {
        let mut m = c.client.bare(METHOD_BINDING, &[]);
        m.set_type(MessageType::new(METHOD_BINDING, CLASS_SUCCESS_RESPONSE));
        c.outcome(&m)
    }),
    ("a header cut short", |mut c| {
        heard(c.raw(&header(1, 0)[..19]))
    }),
    ("one byte", |mut c| heard(c.raw(&[0]))),
    ("a wrong cookie", |mut c| {
        let mut bytes = header(3, 0);
        bytes[4] = 9;
        heard(c.raw(&bytes))
    }),
    ("a length beyond the datagram", |mut c| {
        heard(c.raw(&header(1, 8)))
    }),
    ("a length of no multiple of four", |mut c| {
        heard(c.raw(&[header(1, 3), vec![0; 3]].concat()))
    }),
    ("bytes after the message", |mut c| {
        heard(c.raw(&[header(1, 0), vec![0; 4]].concat()))
    }),
    ("an attribute beyond the message", |mut c| {
        heard(c.raw(&[header(1, 4), vec![0x80, 1, 0, 9]].concat()))
    }),
    ("an unknown method", |mut c| heard(c.raw(&header(0x00D, 0)))),
    ("connect of RFC 6062", |mut c| {
        heard(c.raw(&header(0x00A, 0)))
    }),
    ("allocate as a stranger", |mut c| {
        c.bare(METHOD_ALLOCATE, &[transport(17)])
    }),
    ("allocate as a stranger, without transport", |mut c| {
        c.bare(METHOD_ALLOCATE, &[])
    }),
    ("refresh as a stranger", |mut c| c.bare(METHOD_REFRESH, &[])),
    ("permission as a stranger", |mut c| {
        c.bare(METHOD_CREATE_PERMISSION, &[])
    }),
    ("channel as a stranger", |mut c| {
        c.bare(METHOD_CHANNEL_BIND, &[])
    }),
    ("a wrong password", |mut c| {
        c.client.credential.password = "wrong".into();
        c.ask(METHOD_ALLOCATE, &[transport(17)])
    }),
    ("an unknown user", |mut c| {
        c.client.credential.username = "bob".into();
        c.ask(METHOD_ALLOCATE, &[transport(17)])
    }),
    ("an expired credential", |mut c| {
        c.client.credential = Credential::mint(&Secret::new("secret"), "c", "p", unix_now() - 10);
        c.ask(METHOD_ALLOCATE, &[transport(17)])
    }),
    ("a made-up nonce", |mut c| {
        c.client.nonce = b"0123456789abcdef".to_vec();
        c.ask(METHOD_ALLOCATE, &[transport(17)])
    }),
    ("another client's nonce", |mut c| {
        let mut other = Case::new(c.server);
        other.client.challenge();
        c.client.nonce = other.client.nonce;
        c.ask(METHOD_ALLOCATE, &[transport(17)])
    }),
    ("integrity without username", |mut c| {
        c.without(ATTR_USERNAME)
    }),
    ("integrity without realm", |mut c| c.without(ATTR_REALM)),
    ("integrity without nonce", |mut c| c.without(ATTR_NONCE)),
    ("allocate", |mut c| c.ask(METHOD_ALLOCATE, &[transport(17)])),
    ("allocate without transport", |mut c| {
        c.ask(METHOD_ALLOCATE, &[])
    }),
    ("allocate TCP over UDP", |mut c| {
        c.ask(METHOD_ALLOCATE, &[transport(6)])
    }),
    ("allocate an unknown transport", |mut c| {
        c.ask(METHOD_ALLOCATE, &[transport(99)])
    }),
    ("allocate IPv6 where there is none", |mut c| {
        c.ask(
            METHOD_ALLOCATE,
            &[transport(17), (0x0017, vec![2, 0, 0, 0])],
        )
    }),
    ("allocate an unknown family", |mut c| {
        c.ask(
            METHOD_ALLOCATE,
            &[transport(17), (0x0017, vec![9, 0, 0, 0])],
        )
    }),
    ("allocate IPv4 by name", |mut c| {
        c.ask(
            METHOD_ALLOCATE,
            &[transport(17), (0x0017, vec![1, 0, 0, 0])],
        )
    }),
    ("allocate with an unknown attribute", |mut c| {
        c.ask(METHOD_ALLOCATE, &[transport(17), (0x7F01, vec![])])
    }),
    ("allocate with DONT-FRAGMENT", |mut c| {
        c.ask(METHOD_ALLOCATE, &[transport(17), (0x001A, vec![])])
    }),
    ("allocate with an unknown token", |mut c| {
        c.ask(METHOD_ALLOCATE, &[transport(17), (0x0022, vec![1; 8])])
    }),
    ("allocate with token and EVEN-PORT", |mut c| {
        c.ask(
            METHOD_ALLOCATE,
            &[transport(17), (0x0022, vec![1; 8]), (0x0018, vec![0])],
        )
    }),
    ("allocate with EVEN-PORT", |mut c| {
        let reply = c
            .client
            .ask(METHOD_ALLOCATE, &[transport(17), (0x0018, vec![0x80])]);
        let port = address(&reply, ATTR_XOR_RELAYED_ADDRESS).port();
        format!(
            "{} even={} token={}",
            show(&reply),
            port.is_multiple_of(2),
            reply.contains(ATTR_RESERVATION_TOKEN)
        )
    }),
    ("allocate twice", |c| {
        c.allocated().ask(METHOD_ALLOCATE, &[transport(17)])
    }),
    ("allocate retransmitted", |mut c| {
        c.client.challenge();
        let m = c.client.signed(METHOD_ALLOCATE, &[transport(17)]);
        let first = c.client.exchange(&m).unwrap();
        let again = c.client.exchange(&m).unwrap();
        let relayed = |m: &Message| address(m, ATTR_XOR_RELAYED_ADDRESS);
        format!(
            "{} same={}",
            show(&again),
            code(&again) == 0 && relayed(&first) == relayed(&again)
        )
    }),
    ("the default lifetime", |mut c| {
        seconds(&c.client.ask(METHOD_ALLOCATE, &[transport(17)])).to_string()
    }),
    ("a lifetime of one second", |mut c| {
        seconds(&c.client.ask(METHOD_ALLOCATE, &[transport(17), lifetime(1)])).to_string()
    }),
    ("a lifetime of 1800 seconds", |mut c| {
        seconds(
            &c.client
                .ask(METHOD_ALLOCATE, &[transport(17), lifetime(1800)]),
        )
        .to_string()
    }),
    ("a lifetime of a day", |mut c| {
        seconds(
            &c.client
                .ask(METHOD_ALLOCATE, &[transport(17), lifetime(86_400)]),
        )
        .to_string()
    }),
    ("refresh without an allocation", |mut c| {
        c.ask(METHOD_REFRESH, &[lifetime(600)])
    }),
    ("refresh", |c| {
        c.allocated().ask(METHOD_REFRESH, &[lifetime(600)])
    }),
    ("refresh to the end", |c| {
        c.allocated().ask(METHOD_REFRESH, &[lifetime(0)])
    }),
    ("refresh after the end", |c| {
        let mut c = c.allocated();
        c.ask(METHOD_REFRESH, &[lifetime(0)]);
        c.ask(METHOD_REFRESH, &[lifetime(600)])
    }),
    ("refresh with the other family", |c| {
        c.allocated()
            .ask(METHOD_REFRESH, &[lifetime(600), (0x0017, vec![2, 0, 0, 0])])
    }),
    ("refresh by another user", |c| {
        let mut c = c.allocated();
        c.client.credential = credential("q");
        c.ask(METHOD_REFRESH, &[lifetime(0)])
    }),
    ("permission", |c| c.allocated().permit("127.0.0.1:1")),
    ("permission without a peer", |c| {
        c.allocated().ask(METHOD_CREATE_PERMISSION, &[])
    }),
    ("permission for the other family", |c| {
        c.allocated().permit("[2a00::1]:1")
    }),
    ("permission for multicast", |c| {
        c.allocated().permit("224.0.0.1:1")
    }),
    ("permission for broadcast", |c| {
        c.allocated().permit("255.255.255.255:1")
    }),
    ("permission for 0.0.0.0", |c| {
        c.allocated().permit("0.0.0.0:1")
    }),
    ("permission for a private network", |c| {
        c.allocated().permit("10.0.0.1:1")
    }),
    ("permission without an allocation", |mut c| {
        c.permit("127.0.0.1:1")
    }),
    ("permission with a broken peer", |c| {
        c.allocated()
            .ask(METHOD_CREATE_PERMISSION, &[(0x0012, vec![0, 1, 2])])
    }),
    ("channel", |c| c.allocated().bind(0x4000, "127.0.0.1:1")),
    ("channel 0x4FFF", |c| {
        c.allocated().bind(0x4FFF, "127.0.0.1:1")
    }),
    ("channel 0x7FFE", |c| {
        c.allocated().bind(0x7FFE, "127.0.0.1:1")
    }),
    ("channel 0x3FFF", |c| {
        c.allocated().bind(0x3FFF, "127.0.0.1:1")
    }),
    ("channel 0x8000", |c| {
        c.allocated().bind(0x8000, "127.0.0.1:1")
    }),
    ("channel without a number", |c| {
        let mut c = c.allocated();
        let peer = "127.0.0.1:1".parse().unwrap();
        show(&c.client.ask_about_peer(METHOD_CHANNEL_BIND, vec![], peer))
    }),
    ("channel without a peer", |c| {
        c.allocated().ask(METHOD_CHANNEL_BIND, &[channel(0x4000)])
    }),
    ("channel without an allocation", |mut c| {
        c.bind(0x4000, "127.0.0.1:1")
    }),
    ("channel prolonged", |c| {
        let mut c = c.allocated();
        c.bind(0x4000, "127.0.0.1:1");
        c.bind(0x4000, "127.0.0.1:1")
    }),
    ("channel number to another peer", |c| {
        let mut c = c.allocated();
        c.bind(0x4000, "127.0.0.1:1");
        c.bind(0x4000, "127.0.0.1:2")
    }),
    ("channel peer to another number", |c| {
        let mut c = c.allocated();
        c.bind(0x4000, "127.0.0.1:1");
        c.bind(0x4001, "127.0.0.1:1")
    }),
    ("data to a peer without permission", |c| {
        let mut c = c.allocated();
        let (socket, peer) = peer();
        c.client.send_indication(peer, b"x");
        reaches(&mut c, &socket)
    }),
    ("data to a peer with permission", |c| {
        let mut c = c.allocated();
        let (socket, peer) = peer();
        c.client.permit(peer);
        c.client.send_indication(peer, b"x");
        reaches(&mut c, &socket)
    }),
    ("channel data on no channel", |c| {
        let mut c = c.allocated();
        let (socket, peer) = peer();
        c.client.permit(peer);
        c.client.send_channel(0x4000, b"x");
        reaches(&mut c, &socket)
    }),
    ("channel data with padding", |c| {
        let mut c = c.allocated();
        let (socket, peer) = peer();
        c.client.bind(0x4000, peer);
        c.client.send(&[0x40, 0, 0, 1, b'x', 0, 0, 0]);
        reaches(&mut c, &socket)
    }),
    ("channel data cut short", |c| {
        let mut c = c.allocated();
        let (socket, peer) = peer();
        c.client.bind(0x4000, peer);
        c.client.send(&[0x40, 0, 0, 9, b'x']);
        reaches(&mut c, &socket)
    }),
    ("data from a peer without permission", |mut c| {
        let relayed = c.client.allocate();
        let (socket, _) = peer();
        socket.send_to(b"x", relayed).unwrap();
        c.raw(&header(0x011, 0))
            .map_or("nothing", |_| "data")
            .into()
    }),
];

/// What arrives at a peer within one round trip of the server and a moment.
fn reaches(case: &mut Case, socket: &UdpSocket) -> String {
    case.raw(&header(0x011, 0));
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    receive_from(socket).map_or("nothing".into(), |(bytes, _)| {
        format!("{} bytes", bytes.len())
    })
}

#[test]
fn every_difference_from_coturn_has_a_reason() {
    assert!(CASES.len() >= 45);
    let (_coturn, oracle) = coturn();
    let limits = Limits {
        allocations_per_participant: 1000,
        ..limits()
    };
    let relay = start(RelayConfig { limits, ..config() });
    let ours = relay.addresses().udp[0];
    let mut wrong = Vec::new();
    for (name, ask) in CASES {
        let (theirs, ours) = (ask(Case::new(oracle)), ask(Case::new(ours)));
        let listed = DIFFERENCES.iter().find(|(case, ..)| case == name);
        let expected =
            listed.is_some_and(|(_, a, b, _)| (*a, *b) == (theirs.as_str(), ours.as_str()));
        if (theirs != ours) != listed.is_some() || listed.is_some() && !expected {
            wrong.push(format!("(\"{name}\", \"{theirs}\", \"{ours}\", \"\"),"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} unexplained:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
