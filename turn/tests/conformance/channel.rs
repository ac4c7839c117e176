//! ChannelBind.

use std::net::SocketAddr;

use super::table::{Case, allocated, by_another_user, differs, same, say, signed};
use crate::common::{
    client::Client,
    servers::Target,
    stun::{attr::*, *},
};

pub fn cases() -> Vec<Case> {
    vec![
        same("bind", "ok", |t| {
            allocated(t, bind(0x4000).peer(peer("127.0.0.9:9")))
        }),
        same("channel 0x4fff", "ok", |t| {
            allocated(t, bind(0x4fff).peer(peer("127.0.0.9:9")))
        }),
        same("channel 0x7ffe", "ok", |t| {
            allocated(t, bind(0x7ffe).peer(peer("127.0.0.9:9")))
        }),
        differs(
            "channel 0x7fff",
            "400",
            "ok",
            "RFC 5766 11: 0x4000 to 0x7ffe; coturn takes one more",
            |t| allocated(t, bind(0x7fff).peer(peer("127.0.0.9:9"))),
        ),
        same("channel 0x3fff", "400", |t| {
            allocated(t, bind(0x3fff).peer(peer("127.0.0.9:9")))
        }),
        same("channel 0x8000", "400", |t| {
            allocated(t, bind(0x8000).peer(peer("127.0.0.9:9")))
        }),
        same("channel 0", "400", |t| {
            allocated(t, bind(0).peer(peer("127.0.0.9:9")))
        }),
        same("no channel number", "400", |t| {
            allocated(t, Writer::new(CHANNEL_BIND).peer(peer("127.0.0.9:9")))
        }),
        same("no peer to bind", "400", |t| allocated(t, bind(0x4000))),
        differs(
            "a channel number of two bytes",
            "400",
            "ok",
            "RFC 8489 14: the length is fixed; coturn reads what is there",
            |t| {
                let message = Writer::new(CHANNEL_BIND).attr(CHANNEL_NUMBER, &[0x40, 0]);
                allocated(t, message.peer(peer("127.0.0.9:9")))
            },
        ),
        same("bind again to the same peer", "ok, ok", |t| {
            twice(t, 0x4000, "127.0.0.9:9")
        }),
        same("bind again to another peer", "ok, 400", |t| {
            twice(t, 0x4000, "127.0.0.8:9")
        }),
        same("bind again to another port", "ok, 400", |t| {
            twice(t, 0x4000, "127.0.0.9:8")
        }),
        same("a second channel for a peer", "ok, 400", |t| {
            twice(t, 0x4001, "127.0.0.9:9")
        }),
        same("a second channel for another port", "ok, ok", |t| {
            twice(t, 0x4001, "127.0.0.9:8")
        }),
        same("bind to a denied peer", "403", |t| {
            allocated(t, bind(0x4000).peer(peer("10.0.0.1:9")))
        }),
        same("bind to a peer of another family", "443", |t| {
            allocated(t, bind(0x4000).peer(peer("[2a00::1]:9")))
        }),
        differs(
            "bind without an allocation",
            "437",
            "400",
            "RFC 8656 5: no allocation on the 5-tuple is 437",
            |t| signed(t, bind(0x4000).peer(peer("127.0.0.9:9"))),
        ),
        same("bind without credentials", "401 challenge", |t| {
            let (client, _) = Client::allocated(t);
            say(client.ask(&bind(0x4000).peer(peer("127.0.0.9:9"))))
        }),
        same("bind by another user", "441, owner ok", |t| {
            by_another_user(t, bind(0x4000).peer(peer("127.0.0.9:9")))
        }),
        same(
            "a required unknown attribute in ChannelBind",
            "420 7ffe",
            |t| allocated(t, bind(0x4000).peer(peer("127.0.0.9:9")).attr(0x7ffe, b"x")),
        ),
    ]
}

fn bind(number: u16) -> Writer {
    Writer::new(CHANNEL_BIND).channel(number)
}

fn peer(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Binds 0x4000 to 127.0.0.9:9 and then something else.
fn twice(target: &Target, number: u16, to: &str) -> String {
    let (client, _) = Client::allocated(target);
    let first = say(client.ask_signed(bind(0x4000).peer(peer("127.0.0.9:9"))));
    let second = say(client.ask_signed(bind(number).peer(peer(to))));
    format!("{first}, {second}")
}
