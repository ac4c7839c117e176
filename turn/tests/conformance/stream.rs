//! TURN over TCP: framing, padding, and the life of an allocation that came by a stream.

use super::table::{Case, differs, same, say};
use crate::common::{
    client::{PATIENCE, Peer},
    servers::Target,
    stream::{Frame, Stream},
    stun::*,
};

pub fn cases() -> Vec<Case> {
    vec![
        same("binding over TCP", "ok", |t| {
            say(Stream::tcp(t).ask(&Writer::new(BINDING)))
        }),
        same("allocate over TCP", "relayed", |t| {
            let relayed = Stream::tcp(t).allocate();
            if relayed.port() >= 49152 {
                "relayed".into()
            } else {
                relayed.to_string()
            }
        }),
        same("two requests in one segment", "ok, ok", |t| {
            let mut stream = Stream::tcp(t);
            let (one, two) = (Writer::new(BINDING), Writer::new(BINDING));
            stream.send(&[one.bytes(), two.bytes()].concat());
            format!("{}, {}", next(&mut stream), next(&mut stream))
        }),
        same("a request byte by byte", "ok", |t| {
            let mut stream = Stream::tcp(t);
            for byte in Writer::new(BINDING).bytes() {
                stream.send(&[*byte]);
            }
            next(&mut stream)
        }),
        same("padded ChannelData", "first, last", |t| through(t, true)),
        same("ChannelData to a TCP client is padded", "4000 x, ok", |t| {
            let mut stream = Stream::tcp(t);
            let relayed = stream.allocate();
            let peer = Peer::new();
            bind(&mut stream, &peer);
            peer.send(b"x", relayed);
            let data = next(&mut stream);
            // a frame without its padding would swallow three bytes of this answer
            stream.send(Writer::new(BINDING).bytes());
            format!("{data}, {}", next(&mut stream))
        }),
        differs(
            "bytes that are no frame",
            "closed",
            "open",
            "a stream that cannot be framed again is of no use; coturn waits for it to go idle",
            |t| {
                let mut stream = Stream::tcp(t);
                stream.send(&[0xff; 64]);
                if stream.closed() { "closed" } else { "open" }.into()
            },
        ),
        same("HTTP on the TURN port", "closed", |t| {
            let mut stream = Stream::tcp(t);
            stream.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            if stream.closed() { "closed" } else { "open" }.into()
        }),
        differs(
            "a STUN length of 65532 bytes",
            "closed",
            "open",
            "a stream that cannot be framed again is of no use; coturn waits for it to go idle",
            |t| {
                let mut stream = Stream::tcp(t);
                let mut head = Writer::new(BINDING).bytes().to_vec();
                head[2..4].copy_from_slice(&65532u16.to_be_bytes());
                head.resize(20_000, 0);
                stream.send(&head);
                if stream.closed() { "closed" } else { "open" }.into()
            },
        ),
        same("closing the stream ends the allocation", "ended", |t| {
            let mut stream = Stream::tcp(t);
            let relayed = stream.allocate();
            let auth = stream.auth.clone();
            drop(stream);
            // its port answers no more once it is free to bind
            let deadline = std::time::Instant::now() + PATIENCE;
            while std::time::Instant::now() < deadline {
                if std::net::UdpSocket::bind(relayed).is_ok() {
                    return "ended".into();
                }
                std::thread::yield_now();
            }
            let _ = auth;
            "still there".into()
        }),
        same("an allocation of a stream is not one of UDP", "437", |t| {
            let mut stream = Stream::tcp(t);
            stream.allocate();
            let mut client = crate::common::client::Client::challenged(t);
            client.be(stream.auth.login.clone());
            say(client.ask_signed(Writer::new(REFRESH)))
        }),
    ]
}

fn bind(stream: &mut Stream, peer: &Peer) {
    let message = Writer::new(CHANNEL_BIND)
        .channel(0x4000)
        .peer(peer.address());
    assert!(stream.ask_signed(message).unwrap().is_success());
}

fn next(stream: &mut Stream) -> String {
    match stream.next(PATIENCE) {
        Frame::Stun(message) => say(Some(message)),
        Frame::Channel(number, data) => {
            format!("{number:04x} {}", String::from_utf8_lossy(&data))
        }
        other => format!("{other:?}"),
    }
}

fn through(target: &Target, padded: bool) -> String {
    let mut stream = Stream::tcp(target);
    stream.allocate();
    let peer = Peer::new();
    bind(&mut stream, &peer);
    let frames = [
        channel_data(0x4000, b"first", padded),
        channel_data(0x4000, b"last", padded),
    ];
    stream.send(&frames.concat());
    let mut texts = (0..2).map(|_| {
        let bytes = peer.receive().unwrap().0;
        String::from_utf8_lossy(&bytes).into_owned()
    });
    format!("{}, {}", texts.next().unwrap(), texts.next().unwrap())
}
