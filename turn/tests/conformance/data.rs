//! Send and Data indications, ChannelData, and what must not arrive.
//!
//! That something did not arrive is proved by what was sent behind it and did.

use std::net::SocketAddr;

use super::table::{Case, differs, same};
use crate::common::{
    client::{Client, Peer},
    servers::Target,
    stun::{attr::*, *},
};

pub fn cases() -> Vec<Case> {
    vec![
        same(
            "Send with a permission",
            "x from the relayed address",
            |t| {
                let (client, relayed, peer) = permitted(t);
                client.send(send(peer.address(), b"x").bytes());
                let (bytes, from) = peer.receive().unwrap();
                if bytes == b"x" && from == relayed {
                    "x from the relayed address".into()
                } else {
                    format!("{bytes:?} from {from}")
                }
            },
        ),
        same("Send without a permission", "last", |t| {
            let (client, _) = Client::allocated(t);
            let peer = Peer::new();
            client.send(send(peer.address(), b"first").bytes());
            assert_eq!(client.permit(peer.address()), 0);
            client.send(send(peer.address(), b"last").bytes());
            text(peer.receive().unwrap().0)
        }),
        same("Send without XOR-PEER-ADDRESS", "last", |t| {
            dropped(t, |_| {
                Writer::new(SEND | INDICATION)
                    .attr(DATA, b"first")
                    .bytes()
                    .to_vec()
            })
        }),
        same("Send without DATA", "last", |t| {
            dropped(t, |peer| {
                Writer::new(SEND | INDICATION).peer(peer).bytes().to_vec()
            })
        }),
        same("Send with empty DATA", "an empty datagram", |t| {
            let (client, _, peer) = permitted(t);
            client.send(send(peer.address(), b"").bytes());
            client.send(send(peer.address(), b"last").bytes());
            match peer.receive().unwrap().0 {
                bytes if bytes.is_empty() => "an empty datagram".into(),
                bytes => text(bytes),
            }
        }),
        same("Send with a required unknown attribute", "last", |t| {
            dropped(t, |peer| {
                send(peer, b"first").attr(0x7ffe, b"x").bytes().to_vec()
            })
        }),
        same("Send with an optional unknown attribute", "first", |t| {
            dropped(t, |peer| {
                send(peer, b"first").attr(0xfffe, b"x").bytes().to_vec()
            })
        }),
        differs(
            "Send with DONT-FRAGMENT",
            "last",
            "first",
            "RFC 8656 11.3: who does not set DF drops the indication; browsers never ask",
            |t| {
                dropped(t, |peer| {
                    send(peer, b"first")
                        .attr(DONT_FRAGMENT, &[])
                        .bytes()
                        .to_vec()
                })
            },
        ),
        same("Send with a broken peer address", "last", |t| {
            dropped(t, |_| {
                let message = Writer::new(SEND | INDICATION).attr(XOR_PEER_ADDRESS, &[0, 1, 2]);
                message.attr(DATA, b"first").bytes().to_vec()
            })
        }),
        same("Send as a request", "last", |t| {
            dropped(t, |peer| {
                Writer::new(SEND)
                    .peer(peer)
                    .attr(DATA, b"first")
                    .bytes()
                    .to_vec()
            })
        }),
        same("Data sent by a client", "last", |t| {
            dropped(t, |peer| {
                let message = Writer::new(DATA_METHOD | INDICATION).peer(peer);
                message.attr(DATA, b"first").bytes().to_vec()
            })
        }),
        same(
            "peer to client without a channel",
            "Data with peer and x",
            |t| {
                let (client, relayed, peer) = permitted(t);
                peer.send(b"x", relayed);
                let message = Message::parse(&client.next_data_blocking().unwrap()).unwrap();
                let right = message.kind == DATA_METHOD | INDICATION
                    && message.address(XOR_PEER_ADDRESS) == Some(peer.address())
                    && message.get(DATA) == Some(b"x");
                if right {
                    "Data with peer and x".into()
                } else {
                    format!("{message:?}")
                }
            },
        ),
        same("peer to client through a channel", "4000 x", |t| {
            let (client, relayed, peer) = bound(t);
            peer.send(b"x", relayed);
            let bytes = client.next_data_blocking().unwrap();
            let [head @ .., length_high, length_low] = &bytes[..4] else {
                unreachable!()
            };
            assert_eq!([*length_high, *length_low], [0, 1]);
            format!(
                "{:02x}{:02x} {}",
                head[0],
                head[1],
                text(bytes[4..5].to_vec())
            )
        }),
        same("padding of ChannelData to a UDP client", "none", |t| {
            let (client, relayed, peer) = bound(t);
            peer.send(b"x", relayed);
            match client.next_data_blocking().unwrap().len() {
                5 => "none".into(),
                length => format!("{length} bytes"),
            }
        }),
        same(
            "an empty datagram from the peer",
            "4000 with nothing",
            |t| {
                let (client, relayed, peer) = bound(t);
                peer.send(b"", relayed);
                match client.next_data_blocking().unwrap().as_slice() {
                    [0x40, 0, 0, 0] => "4000 with nothing".into(),
                    other => format!("{other:?}"),
                }
            },
        ),
        same("peer without a permission", "last", |t| {
            let (client, relayed) = Client::allocated(t);
            let (stranger, friend) = (Peer::new(), Peer::new());
            assert_eq!(client.permit(friend.address()), 0);
            stranger.send(b"first", relayed);
            friend.send(b"last", relayed);
            let message = Message::parse(&client.next_data_blocking().unwrap()).unwrap();
            text(message.get(DATA).unwrap().to_vec())
        }),
        same("ChannelData of a bound channel", "first", |t| {
            through(t, |channel| channel_data(channel, b"first", false))
        }),
        same("ChannelData with padding over UDP", "first", |t| {
            through(t, |channel| channel_data(channel, b"first", true))
        }),
        same("ChannelData of no bytes", "", |t| {
            through(t, |channel| channel_data(channel, b"", false))
        }),
        same("ChannelData of an unknown channel", "last", |t| {
            through(t, |channel| channel_data(channel + 1, b"first", false))
        }),
        same("ChannelData longer than the datagram", "last", |t| {
            through(t, |channel| {
                let mut bytes = channel_data(channel, b"first", false);
                bytes[3] += 4;
                bytes
            })
        }),
        same("ChannelData of three bytes in all", "last", |t| {
            through(t, |channel| {
                channel_data(channel, b"first", false)[..3].to_vec()
            })
        }),
        same("ChannelData without an allocation", "alive", |t| {
            let client = Client::new(t);
            client.send(&channel_data(0x4000, b"first", false));
            match client.ask(&Writer::new(BINDING)) {
                Some(_) => "alive".into(),
                None => "dead".into(),
            }
        }),
        same("channel numbers above 0x4fff carry data", "first", |t| {
            let (client, _) = Client::allocated(t);
            let peer = Peer::new();
            assert_eq!(client.bind(0x7ffe, peer.address()), 0);
            client.send(&channel_data(0x7ffe, b"first", false));
            text(peer.receive().unwrap().0)
        }),
        same("a channel is a permission too", "first", |t| {
            let (client, _, peer) = bound(t);
            client.send(send(peer.address(), b"first").bytes());
            text(peer.receive().unwrap().0)
        }),
        same(
            "two clients of one call, relayed to relayed",
            "there and back",
            |t| {
                let (one, one_at) = Client::allocated(t);
                let (two, two_at) = Client::allocated(t);
                assert_eq!(one.bind(0x4000, two_at), 0);
                assert_eq!(two.bind(0x4000, one_at), 0);
                one.send(&channel_data(0x4000, b"there", false));
                let there = two.next_data_blocking().unwrap();
                two.send(&channel_data(0x4000, b"back", false));
                let back = one.next_data_blocking().unwrap();
                format!(
                    "{} and {}",
                    text(there[4..].to_vec()),
                    text(back[4..].to_vec())
                )
            },
        ),
        same(
            "relayed to relayed when only one has a permission",
            "last",
            |t| {
                let (one, one_at) = Client::allocated(t);
                let (two, two_at) = Client::allocated(t);
                assert_eq!(one.bind(0x4000, two_at), 0);
                one.send(&channel_data(0x4000, b"first", false));
                // some rounds of the server's loop later it has been delivered or dropped
                for client in [&one, &two].repeat(20) {
                    assert!(client.ask(&Writer::new(BINDING)).is_some());
                }
                assert_eq!(two.bind(0x4000, one_at), 0);
                one.send(&channel_data(0x4000, b"last", false));
                let came = two.next_data_blocking().unwrap();
                text(came[4..].to_vec())
            },
        ),
        differs(
            "nothing is delivered after the end",
            "gone",
            "@\0\0\u{4}late",
            "coturn keeps an ended allocation for a moment; ours frees it at once",
            |t| {
                let (client, relayed, peer) = bound(t);
                client.ask_signed(Writer::new(REFRESH).lifetime(0)).unwrap();
                peer.socket.send_to(b"late", relayed).unwrap();
                client.send(&channel_data(0x4000, b"late", false));
                match client.next_data() {
                    None => "gone".into(),
                    Some(bytes) => text(bytes),
                }
            },
        ),
    ]
}

fn send(peer: SocketAddr, data: &[u8]) -> Writer {
    Writer::new(SEND | INDICATION).peer(peer).attr(DATA, data)
}

fn permitted(target: &Target) -> (Client, SocketAddr, Peer) {
    let (client, relayed) = Client::allocated(target);
    let peer = Peer::new();
    assert_eq!(client.permit(peer.address()), 0);
    (client, relayed, peer)
}

fn bound(target: &Target) -> (Client, SocketAddr, Peer) {
    let (client, relayed) = Client::allocated(target);
    let peer = Peer::new();
    assert_eq!(client.bind(0x4000, peer.address()), 0);
    (client, relayed, peer)
}

/// What a permitted peer gets first of something and a good Send behind it.
fn dropped(target: &Target, first: fn(SocketAddr) -> Vec<u8>) -> String {
    let (client, _, peer) = permitted(target);
    client.send(&first(peer.address()));
    client.send(send(peer.address(), b"last").bytes());
    text(peer.receive().unwrap().0)
}

/// What a bound peer gets first of something and good ChannelData behind it.
fn through(target: &Target, first: fn(u16) -> Vec<u8>) -> String {
    let (client, _, peer) = bound(target);
    client.send(&first(0x4000));
    client.send(&channel_data(0x4000, b"last", false));
    text(peer.receive().unwrap().0)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
