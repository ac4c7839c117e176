//! CreatePermission.

use std::net::SocketAddr;

use super::table::{Case, allocated, by_another_user, differs, same, say, signed};
use crate::common::{
    client::{Client, Peer},
    stun::{attr::*, *},
};

pub fn cases() -> Vec<Case> {
    vec![
        same("one peer", "ok", |t| {
            allocated(t, create().peer(peer("127.0.0.9:9")))
        }),
        same("no peer", "400", |t| allocated(t, create())),
        same("many peers, each of them may send", "both", |t| {
            let (client, relayed) = Client::allocated(t);
            let (one, two) = (Peer::new(), Peer::new());
            let message = create().peer(one.address()).peer(two.address());
            assert!(client.ask_signed(message).unwrap().is_success());
            one.send(b"one", relayed);
            let first = client.next_data_blocking().is_some();
            two.send(b"two", relayed);
            let second = client.next_data_blocking().is_some();
            if first && second { "both" } else { "not both" }.into()
        }),
        same(
            "a permission counts for every port of the address",
            "delivered",
            |t| {
                let (client, relayed) = Client::allocated(t);
                let peer = Peer::new();
                let other_port = SocketAddr::new(peer.address().ip(), 9);
                assert_eq!(client.permit(other_port), 0);
                peer.send(b"hello", relayed);
                client
                    .next_data_blocking()
                    .map_or("lost", |_| "delivered")
                    .into()
            },
        ),
        same("a denied peer", "403", |t| {
            allocated(t, create().peer(peer("10.0.0.1:9")))
        }),
        same(
            "a denied peer among good ones installs none",
            "403, nothing",
            |t| {
                let (client, relayed) = Client::allocated(t);
                let (good, later) = (Peer::new(), Peer::new());
                let message = create().peer(good.address()).peer(peer("10.0.0.1:9"));
                let answer = say(client.ask_signed(message));
                good.send(b"early", relayed);
                assert_eq!(client.permit(later.address()), 0);
                later.send(b"late", relayed);
                let came = client.next_data_blocking().unwrap();
                let early = came.windows(5).any(|w| w == b"early");
                format!("{answer}, {}", if early { "installed" } else { "nothing" })
            },
        ),
        same("peer 0.0.0.0", "403", |t| {
            allocated(t, create().peer(peer("0.0.0.0:9")))
        }),
        same("peer on the multicast net", "403", |t| {
            allocated(t, create().peer(peer("224.0.0.1:9")))
        }),
        same("peer 255.255.255.255", "403", |t| {
            allocated(t, create().peer(peer("255.255.255.255:9")))
        }),
        differs(
            "peer on the metadata address of clouds",
            "403",
            "ok",
            "special-purpose addresses are nobody's peers; coturn wants each named in its configuration",
            |t| allocated(t, create().peer(peer("169.254.169.254:80"))),
        ),
        differs(
            "peer on a private net",
            "403",
            "ok",
            "special-purpose addresses are nobody's peers; coturn wants each named in its configuration",
            |t| allocated(t, create().peer(peer("192.168.1.1:80"))),
        ),
        same("a peer of another family", "443", |t| {
            allocated(t, create().peer(peer("[2a00::1]:9")))
        }),
        same("peers of both families", "443", |t| {
            allocated(
                t,
                create().peer(peer("127.0.0.9:9")).peer(peer("[2a00::1]:9")),
            )
        }),
        differs(
            "a peer address of 3 bytes",
            "400",
            "ok",
            "a peer that cannot be read is no peer; coturn passes over it",
            |t| allocated(t, create().attr(XOR_PEER_ADDRESS, &[0, 1, 2])),
        ),
        differs(
            "a peer address of family 7",
            "400",
            "ok",
            "a peer that cannot be read is no peer; coturn passes over it",
            |t| {
                allocated(
                    t,
                    create().attr(XOR_PEER_ADDRESS, &[0, 7, 1, 2, 3, 4, 5, 6]),
                )
            },
        ),
        differs(
            "without an allocation",
            "437",
            "400",
            "RFC 8656 5: no allocation on the 5-tuple is 437",
            |t| signed(t, create().peer(peer("127.0.0.9:9"))),
        ),
        same("without credentials", "401 challenge", |t| {
            let (client, _) = Client::allocated(t);
            say(client.ask(&create().peer(peer("127.0.0.9:9"))))
        }),
        same("by another user", "441, owner ok", |t| {
            by_another_user(t, create().peer(peer("127.0.0.9:9")))
        }),
        same(
            "a required unknown attribute in CreatePermission",
            "420 7ffe",
            |t| allocated(t, create().peer(peer("127.0.0.9:9")).attr(0x7ffe, b"x")),
        ),
    ]
}

fn create() -> Writer {
    Writer::new(CREATE_PERMISSION)
}

fn peer(text: &str) -> SocketAddr {
    text.parse().unwrap()
}
