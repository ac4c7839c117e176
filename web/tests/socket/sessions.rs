//! Sessions: hello, resume, takeover, revocation, drain, restart.

use std::{sync::Arc, time::Duration};

use parlor_actors::{
    ports::Reach,
    testing::{self, CLIENT, GUEST, HOST, ROOM, token, token_until, user},
};
use parlor_domain::id::LoginId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{Server, eventually, open_config, server, server_with};

fn join() -> Value {
    json!({"roomId": ROOM.to_string(), "media": {"audio": true, "video": true}})
}

fn resume(welcome: &Value, last: u64) -> Value {
    json!({"sessionId": welcome["sessionId"], "resumeToken": welcome["resumeToken"], "lastSeq": last})
}

#[actix_web::test]
async fn a_cut_session_goes_on_without_a_hole() {
    let server = server().await;
    let mut host = server.user(HOST).await;
    host.ask("join-room", join()).await;
    let (mut client, welcome) = server.device(CLIENT, "phone", None).await;
    let ack = client.ask("join-room", join()).await;
    let seen = client.event("existing-participants").await["seq"]
        .as_u64()
        .unwrap();
    client.cut();
    host.event("user-reconnecting").await;
    let offer = json!({"roomId": ROOM.to_string(), "to": ack["peerId"], "negotiationId": "n",
        "offer": {"type": "offer", "sdp": "x"}});
    assert_eq!(host.ask("offer", offer).await, json!({"queued": true}));

    let (mut client, again) = server
        .device(CLIENT, "phone", Some(resume(&welcome, seen)))
        .await;
    assert_eq!(again["resumed"], true, "{again}");
    assert_ne!(again["resumeToken"], welcome["resumeToken"], "rotated");
    let got = client.event("offer").await;
    assert_eq!(got["seq"].as_u64(), Some(seen + 1), "no hole");
    host.event("user-resumed").await;

    // Until it has spoken, the welcome with the new token might have been lost.
    client.ask("ping", json!({})).await;
    let (_, stale) = server
        .device(CLIENT, "phone", Some(resume(&welcome, seen)))
        .await;
    assert_eq!(stale["resumed"], false, "the old token is worth nothing");
    assert_eq!(stale["reason"], "unknown");
    server.stop().await;
}

#[actix_web::test]
async fn a_resume_takes_over_from_a_half_open_socket() {
    let server = server().await;
    let (mut old, welcome) = server.device(HOST, "laptop", None).await;
    let (mut new, again) = server
        .device(HOST, "laptop", Some(resume(&welcome, 0)))
        .await;
    assert_eq!(again["resumed"], true);
    assert_eq!(old.closed().await, 4509);
    assert_eq!(new.pending().await, Vec::<String>::new());
    server.stop().await;
}

#[actix_web::test]
async fn an_eleventh_device_ends_the_oldest() {
    let server = server().await;
    let (mut oldest, _) = server.device(HOST, "d0", None).await;
    let mut others = Vec::new();
    for n in 1..=10 {
        others.push(server.device(HOST, &format!("d{n}"), None).await.0);
    }
    assert_eq!(oldest.closed().await, 4510);
    server.stop().await;
}

#[actix_web::test]
async fn a_revoked_login_is_out_at_once_and_its_seat_is_gone() {
    let server = server().await;
    let (mut host, mut client) = (server.user(HOST).await, server.user(CLIENT).await);
    host.ask("join-room", join()).await;
    client.ask("join-room", join()).await;
    server.house.revoked.lock().unwrap().insert(CLIENT);
    server
        .realtime
        .revoke(user(CLIENT), LoginId(Uuid::from_u128(CLIENT)));
    client.event("session-revoked").await;
    assert_eq!(client.closed().await, 4511);
    assert_eq!(host.event("user-left").await["data"]["reason"], "removed");
    let taken_back = || server.house.relay.lock().unwrap().len() == 1;
    eventually("its credentials are taken back", taken_back).await;
    let mut again = server.connect().await;
    let hello = json!({"type": "hello", "data": {"token": token(CLIENT), "device": {"id": "d", "kind": "web"}}});
    again.raw(&hello.to_string()).await;
    assert_eq!(again.closed().await, 4501);
    server.stop().await;
}

#[actix_web::test]
async fn tokens_are_renewed_on_the_living_socket_by_the_same_person_only() {
    let server = server().await;
    let mut host = server.user(HOST).await;
    let later = token_until(HOST, HOST, 7_200_000);
    let ack = host.ask("auth-refresh", json!({"token": later})).await;
    assert_eq!(
        ack["expiresAt"].as_i64(),
        Some(testing::START.0 + 7_200_000)
    );
    let others = host
        .refused("auth-refresh", json!({"token": token(CLIENT)}))
        .await;
    assert_eq!(others["code"], "forbidden");
    let broken = host.refused("auth-refresh", json!({"token": "?"})).await;
    assert_eq!(broken["code"], "unauthorized");
    server.stop().await;
}

#[actix_web::test]
async fn a_second_device_takes_over_the_seat() {
    let server = server().await;
    let mut host = server.user(HOST).await;
    host.ask("join-room", join()).await;
    let (mut laptop, _) = server.device(CLIENT, "laptop", None).await;
    let first = laptop.ask("join-room", join()).await;
    let (mut phone, _) = server.device(CLIENT, "phone", None).await;
    let second = phone.ask("join-room", join()).await;
    assert_ne!(first["peerId"], second["peerId"]);
    assert_eq!(laptop.event("removed").await["data"]["reason"], "replaced");
    assert_eq!(host.event("user-left").await["data"]["reason"], "replaced");
    let there = phone.event("existing-participants").await;
    assert_eq!(there["data"]["participants"].as_array().unwrap().len(), 1);
    server.stop().await;
}

#[actix_web::test]
async fn a_drain_tells_everybody_and_refuses_new_sockets() {
    let server = server().await;
    let mut host = server.user(HOST).await;
    server.realtime.drain(Duration::from_secs(1)).await;
    let draining = host.event("server-draining").await;
    assert!(draining["data"]["retryAfterMs"].as_u64().unwrap() > 0);
    assert_eq!(host.closed().await, 1012);
    assert_eq!(server.refusal(server.request()).await, 503);
    server.stop().await;
}

/// One server, then another on the same disk with another epoch: what kill -9 leaves behind.
async fn restarted(first: Server) -> Server {
    let house = Arc::new(testing::House::default());
    *house.disk.lock().unwrap() = first.house.disk.lock().unwrap().clone();
    first.stop().await;
    server_with(house, "epoch2", open_config()).await
}

#[actix_web::test]
async fn a_killed_server_knows_every_seat_and_nobody_knocks_twice() {
    let first = server().await;
    let (mut host, host_welcome) = first.device(HOST, "laptop", None).await;
    let (mut guest, guest_welcome) = first.device(GUEST, "phone", None).await;
    let host_peer = host.ask("join-room", join()).await["peerId"].clone();
    let guest_peer = guest.ask("join-room", join()).await["peerId"].clone();
    host.ask(
        "admit-participant",
        json!({"roomId": ROOM.to_string(), "all": true}),
    )
    .await;
    for one in [&mut host, &mut guest] {
        let media = json!({"roomId": ROOM.to_string(), "state": "connected"});
        one.ask("call-media", media).await;
        let _ = one;
    }
    let started = guest.event("call-started").await["data"]["startedAt"].clone();

    let kept = || {
        first
            .house
            .disk
            .lock()
            .unwrap()
            .values()
            .any(|it| it.call.is_some())
    };
    eventually("the call is written down", kept).await;
    let second = restarted(first).await;
    let come_back = |peer: &Value| json!({"roomId": ROOM.to_string(), "media": {"audio": true, "video": false}, "peerId": peer});
    let (mut guest, welcome) = second
        .device(GUEST, "phone", Some(resume(&guest_welcome, 3)))
        .await;
    assert_eq!(
        (&welcome["resumed"], &welcome["reason"]),
        (&json!(false), &json!("epoch"))
    );
    let ack = guest.ask("join-room", come_back(&guest_peer)).await;
    assert_eq!(ack["status"], "joined", "no knocking");
    assert_eq!(ack["peerId"], guest_peer, "the same address: media goes on");
    let there = guest.event("existing-participants").await;
    let other = &there["data"]["participants"][0];
    assert_eq!(other["peerId"], host_peer);
    assert_eq!(other["state"], "reconnecting");
    assert_eq!(there["data"]["callStartedAt"], started, "the same call");

    let offer = json!({"roomId": ROOM.to_string(), "to": host_peer, "negotiationId": "n",
        "iceRestart": true, "offer": {"type": "offer", "sdp": "x"}});
    assert_eq!(guest.ask("offer", offer).await, json!({"queued": true}));
    let (mut host, _) = second
        .device(HOST, "laptop", Some(resume(&host_welcome, 1)))
        .await;
    let ack = host.ask("join-room", come_back(&host_peer)).await;
    assert_eq!(
        (&ack["peerId"], &ack["moderator"]),
        (&host_peer, &json!(true))
    );
    assert_eq!(
        host.event("offer").await["data"]["iceRestart"],
        true,
        "it waited"
    );
    guest.event("user-resumed").await;
    second.stop().await;
}
