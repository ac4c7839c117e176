//! Hostile input: closed with the right code, memory flat, others undisturbed.

use std::{sync::Arc, time::Duration};

use parlor_actors::testing::{CLIENT, HOST, ROOM};
use parlor_web::ws::WsConfig;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{
    Message, Utf8Bytes,
    http::header::{ORIGIN, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION},
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use super::kit::{open_config, server, server_with};

/// Resident memory of this process, bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[actix_web::test]
async fn who_is_silent_is_closed() {
    let config = WsConfig {
        hello_within: Duration::from_millis(50),
        ..open_config()
    };
    let server = server_with(Arc::default(), "e", config).await;
    let mut silent = server.connect().await;
    assert_eq!(silent.closed().await, 4008);
    server.stop().await;
}

#[actix_web::test]
async fn the_door_checks_origin_subprotocol_and_version() {
    let server = server().await;
    let mut foreign = server.request();
    foreign
        .headers_mut()
        .insert(ORIGIN, "https://parlor.test.evil".parse().unwrap());
    assert_eq!(server.refusal(foreign).await, 403);
    let mut unknown = server.request();
    unknown
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, "rtc.v9".parse().unwrap());
    assert_eq!(server.refusal(unknown).await, 400);
    let mut none = server.request();
    none.headers_mut().remove(SEC_WEBSOCKET_PROTOCOL);
    assert_eq!(server.refusal(none).await, 400);
    let mut old = server.request();
    old.headers_mut()
        .insert(SEC_WEBSOCKET_VERSION, "8".parse().unwrap());
    assert_eq!(server.refusal(old).await, 426);
    let mut program = server.request();
    program.headers_mut().remove(ORIGIN);
    assert!(tokio_tungstenite::connect_async(program).await.is_ok());
    server.stop().await;
}

#[actix_web::test]
async fn one_address_cannot_take_all_silent_places() {
    let config = WsConfig {
        silent_per_ip_max: 2,
        ..open_config()
    };
    let server = server_with(Arc::default(), "e", config).await;
    let _silent = (server.connect().await, server.connect().await);
    assert_eq!(server.refusal(server.request()).await, 429);
    server.stop().await;
}

#[actix_web::test]
async fn anything_before_hello_ends_it() {
    let server = server().await;
    for first in [
        "",
        "{}",
        "nonsense",
        r#"{"type":"ping","id":"1","data":{}}"#,
    ] {
        let mut client = server.connect().await;
        client.raw(first).await;
        assert_eq!(client.closed().await, 4500, "{first:?}");
    }
    let mut client = server.connect().await;
    client.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(client.closed().await, 1003);
    server.stop().await;
}

#[actix_web::test]
async fn a_declared_200_mib_costs_nothing_and_ends_with_1009() {
    let server = server().await;
    let client = server.user(HOST).await;
    let before = resident();
    let mut tcp = client.into_tcp();
    let mut head = vec![0x81, 0xff];
    head.extend_from_slice(&(200u64 << 20).to_be_bytes());
    head.extend_from_slice(&[1, 2, 3, 4]);
    tcp.write_all(&head).await.unwrap();
    // The peer goes on sending for as long as it is allowed to.
    let chunk = vec![0u8; 64 * 1024];
    let (mut reader, mut writer) = tcp.into_split();
    let flood = actix_web::rt::spawn(async move {
        for _ in 0..3_200 {
            if writer.write_all(&chunk).await.is_err() {
                return;
            }
        }
    });
    let mut answer = Vec::new();
    let _ = reader.read_to_end(&mut answer).await;
    let close = 1009u16.to_be_bytes();
    assert!(
        answer.windows(4).any(|w| w[0] == 0x88 && w[2..4] == close),
        "{answer:?}"
    );
    flood.await.unwrap();
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 << 20, "grew by {grown} bytes");
    server.stop().await;
}

fn fragment(opcode: Data, last: bool, payload: &'static [u8]) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(opcode), last))
}

#[actix_web::test]
async fn fragments_without_end_end() {
    let server = server().await;
    let mut client = server.user(HOST).await;
    client.send(fragment(Data::Text, false, b"a")).await;
    for _ in 0..80 {
        client.send(fragment(Data::Continue, false, b"a")).await;
    }
    assert_eq!(client.closed().await, 1009);
    server.stop().await;
}

#[actix_web::test]
async fn a_fragmented_request_is_a_request() {
    let server = server().await;
    let mut client = server.user(HOST).await;
    client
        .send(fragment(Data::Text, false, br#"{"type":"ping","#))
        .await;
    client
        .send(fragment(Data::Continue, true, br#""id":"f","data":{}}"#))
        .await;
    assert_eq!(client.event("ack").await["id"], "f");
    server.stop().await;
}

#[actix_web::test]
async fn text_that_is_not_utf8_ends_with_1007() {
    let server = server().await;
    let mut whole = server.user(HOST).await;
    whole
        .send(fragment(Data::Text, true, b"\"\xff\xfe\""))
        .await;
    assert_eq!(whole.closed().await, 1007);
    let mut parts = server.user(HOST).await;
    parts.send(fragment(Data::Text, false, b"\xc3")).await;
    parts.send(fragment(Data::Continue, true, b"\x28")).await;
    assert_eq!(parts.closed().await, 1007);
    server.stop().await;
}

#[actix_web::test]
async fn nonsense_is_answered_then_ended_and_a_flood_is_ended() {
    let server = server().await;
    let mut client = server.user(HOST).await;
    let unknown = client.refused("make-coffee", json!({})).await;
    assert_eq!(unknown["code"], "unknown_type");
    let field = client
        .refused("offer", json!({"roomId": ROOM.to_string()}))
        .await;
    assert_eq!(field["code"], "bad_request");
    let sdp = "x".repeat(33 * 1024);
    let big = json!({"roomId": ROOM.to_string(), "to": "00000000-0000-0000-0000-000000000001",
        "negotiationId": "n", "offer": {"type": "offer", "sdp": sdp}});
    let big = client.refused("offer", big).await;
    assert_eq!(
        (big["code"].as_str(), big["field"].as_str()),
        (Some("payload_too_large"), Some("offer"))
    );
    for _ in 0..30 {
        client
            .send(Message::Text(Utf8Bytes::from_static("[]")))
            .await;
    }
    assert_eq!(client.closed().await, 4500);
    let mut fast = server.user(CLIENT).await;
    for _ in 0..400 {
        fast.send(Message::Text(Utf8Bytes::from_static(
            r#"{"type":"pong","data":{}}"#,
        )))
        .await;
    }
    assert_eq!(fast.closed().await, 4029);
    server.stop().await;
}

/// A small generator, so that a failure names its seed.
struct Lehmer(u64);

impl Lehmer {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(0xda94_2042_e4dd_58b5)
            .wrapping_add(0x9e37_79b9);
        (self.0 >> 33) % below
    }
}

#[actix_web::test]
async fn ten_thousand_random_frames_disturb_nobody() {
    let server = server().await;
    let mut witness = server.user(CLIENT).await;
    let before = resident();
    let mut random = Lehmer(7);
    let mut sent = 0;
    while sent < 10_000 {
        let mut tcp = server.user(HOST).await.into_tcp();
        // A socket lasts until the server has had enough of it.
        for _ in 0..200 {
            let opcode = [0x81, 0x01, 0x00, 0x80, 0x82, 0x88, 0x89, 0x8a, 0xff, 0x83];
            let length = random.next(120) as u8;
            let first = opcode[random.next(opcode.len() as u64) as usize];
            let mut frame = vec![first, 0x80 | length, 0, 0, 0, 0];
            frame.extend((0..length).map(|_| random.next(256) as u8));
            sent += 1;
            if tcp.write_all(&frame).await.is_err() {
                break;
            }
        }
    }
    witness.ask("ping", json!({})).await;
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "grew by {grown} bytes");
    server.stop().await;
}

#[actix_web::test]
async fn who_does_not_read_is_let_go_and_others_talk_on() {
    let server = server().await;
    let (mut host, client) = (server.user(HOST).await, server.user(CLIENT).await);
    let join = json!({"roomId": ROOM.to_string(), "media": {"audio": true, "video": true}});
    host.ask("join-room", join.clone()).await;
    let mut client = client;
    let peer = client.ask("join-room", join).await["peerId"].clone();
    // The client stops reading; the host sends more than all buffers hold.
    let stuck = client.into_tcp();
    let sdp = "x".repeat(30 * 1024);
    let offer = json!({"roomId": ROOM.to_string(), "to": peer, "negotiationId": "n",
        "offer": {"type": "offer", "sdp": sdp}});
    let mut lost = false;
    for _ in 0..400 {
        let offered = json!({"type": "offer", "id": "o", "data": offer});
        host.raw(&offered.to_string()).await;
        let answer = host.event_or_error().await;
        lost = match answer["type"].as_str() {
            Some("ack") => answer["data"]["queued"] == true,
            _ => false,
        };
        if lost {
            break;
        }
        // 256 KiB per second is what one socket may send; time passes for the bucket only.
        tokio::time::sleep(Duration::from_millis(110)).await;
    }
    assert!(lost, "the stuck socket was let go");
    host.event("user-reconnecting").await;
    drop(stuck);
    server.stop().await;
}
