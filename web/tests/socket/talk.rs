//! Two people, a host and a stranger.

use parlor_actors::{
    ports::RoomFact,
    testing::{CLIENT, EARLY, GUEST, HOST, LATE, ROOM, STRANGER, THEN},
};
use serde_json::{Value, json};

use super::kit::{Client, server};

fn join(room: impl ToString) -> Value {
    json!({"roomId": room.to_string(), "media": {"audio": true, "video": true}})
}

async fn joined(client: &mut Client) -> String {
    let ack = client.ask("join-room", join(ROOM)).await;
    assert_eq!(ack["status"], "joined");
    client.event("existing-participants").await;
    ack["peerId"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn two_people_exchange_offer_answer_and_candidates() {
    let server = server().await;
    let (mut host, mut client) = (server.user(HOST).await, server.user(CLIENT).await);
    let host_peer = joined(&mut host).await;

    let ack = client.ask("join-room", join(ROOM)).await;
    let client_peer = ack["peerId"].as_str().unwrap();
    assert_eq!(ack["iceServers"][0]["urls"][0], "stun:relay.test:3478");
    let user_name = ack["iceServers"][1]["username"].as_str().unwrap();
    assert!(user_name.ends_with(&format!(":{ROOM}:{client_peer}")));
    let there = client.event("existing-participants").await;
    let other = &there["data"]["participants"][0];
    assert_eq!(other["peerId"], host_peer.as_str());
    assert_eq!(other["userRole"], "host");
    let came = host.event("user-joined").await;
    assert_eq!(came["data"]["peer"]["userName"], "Person 2");
    let polite = |v: &Value| v["polite"].as_bool().unwrap();
    assert_ne!(polite(other), polite(&came["data"]), "exactly one yields");

    let offer = json!({"roomId": ROOM.to_string(), "to": host_peer, "negotiationId": "n1",
        "offer": {"type": "offer", "sdp": "v=0\r\n"}});
    assert_eq!(client.ask("offer", offer).await, json!({"queued": false}));
    let got = host.event("offer").await;
    assert_eq!(got["data"]["from"], client_peer);
    assert_eq!(got["data"]["offer"]["sdp"], "v=0\r\n");
    let answer = json!({"roomId": ROOM.to_string(), "to": client_peer, "negotiationId": "n1",
        "answer": {"type": "answer", "sdp": "v=0\r\n"}});
    host.ask("answer", answer).await;
    assert_eq!(
        client.event("answer").await["data"]["from"],
        host_peer.as_str()
    );
    let line = "candidate:1 1 udp 2122260223 192.0.2.7 40000 typ host";
    let candidate = |candidate: Value| {
        json!({"roomId": ROOM.to_string(), "to": client_peer, "negotiationId": "n1",
            "candidate": candidate})
    };
    let init = json!({"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0});
    host.tell("ice-candidate", candidate(init.clone())).await;
    host.tell("ice-candidate", candidate(Value::Null)).await;
    let first = client.event("ice-candidate").await;
    assert_eq!(first["data"]["candidate"], init);
    assert_eq!(
        client.event("ice-candidate").await["data"]["candidate"],
        Value::Null
    );
    let relay = server.house.relay.lock().unwrap().clone();
    assert_eq!(relay, ["admit 192.0.2.7:40000"]);

    for one in [&mut host, &mut client] {
        let media = json!({"roomId": ROOM.to_string(), "state": "connected", "relayed": true});
        one.ask("call-media", media).await;
    }
    for one in [&mut host, &mut client] {
        one.event("call-started").await;
    }
    host.ask(
        "end-room",
        json!({"roomId": ROOM.to_string(), "clientMsgId": "m1"}),
    )
    .await;
    assert_eq!(client.event("room-ended").await["data"]["reason"], "host");
    let late = client
        .refused(
            "media-state",
            json!({"roomId": ROOM.to_string(), "audio": false, "video": false}),
        )
        .await;
    assert_eq!(late["code"], "not_in_room");
    let facts = server.house.facts.lock().unwrap().clone();
    assert!(facts.iter().any(|f| matches!(f, RoomFact::CallStarted(..))));
    assert!(facts.iter().any(|f| matches!(f, RoomFact::EndedForAll(..))));
    server.stop().await;
}

#[actix_web::test]
async fn hands_reactions_quality_and_the_lock_reach_the_others() {
    let server = server().await;
    let (mut host, mut client) = (server.user(HOST).await, server.user(CLIENT).await);
    joined(&mut host).await;
    let peer = joined(&mut client).await;
    let room = ROOM.to_string();
    let hand = |raised: bool| json!({"roomId": room, "raised": raised});
    client.ask("raise-hand", hand(true)).await;
    let heard = host.event("hand").await;
    assert_eq!(heard["data"]["peerId"], peer.as_str());
    assert!(heard["data"]["raisedAt"].is_i64() && heard["seq"].is_i64());
    let lower = json!({"roomId": room, "raised": false, "peerId": peer});
    host.ask("raise-hand", lower).await;
    client.event("hand").await;
    let down = client.event("hand").await;
    assert_eq!(down["data"].get("raisedAt"), None, "lowered by the host");

    let clap = json!({"roomId": room, "reaction": "clap"});
    for _ in 0..6 {
        client.ask("reaction", clap.clone()).await;
    }
    let refused = client.refused("reaction", clap).await;
    assert_eq!(refused["code"], "rate_limited");
    let heard = host.event("reaction").await;
    assert_eq!(heard["data"]["reaction"], "clap");
    assert_eq!(heard.get("seq"), None, "ephemeral");
    let party = json!({"roomId": room, "reaction": "fireworks"});
    let refused = client.refused("reaction", party).await;
    assert_eq!(refused["code"], "bad_request");

    let stats = |level: u8| {
        json!({"roomId": room, "rttMs": 1e300, "jitterMs": -4, "lossPct": 3.5,
            "bitrateKbps": 900, "relay": false, "level": level, "transport": "udp"})
    };
    let refused = client.refused("call-stats", stats(7)).await;
    assert_eq!(refused["field"], "level");
    client.tell("call-stats", stats(2)).await;
    let heard = host.event("peer-quality").await;
    assert_eq!(heard["data"]["level"], 2);

    let lock = json!({"roomId": room, "locked": true});
    let refused = client.refused("lock-room", lock.clone()).await;
    assert_eq!(refused["code"], "forbidden");
    host.ask("lock-room", lock).await;
    assert_eq!(client.event("room-locked").await["data"]["locked"], true);
    server.stop().await;
}

#[actix_web::test]
async fn a_recording_needs_everybodys_word_and_leaves_a_note_of_it() {
    let server = server().await;
    let (mut host, mut client) = (server.user(HOST).await, server.user(CLIENT).await);
    let host_peer = joined(&mut host).await;
    let peer = joined(&mut client).await;
    let room = ROOM.to_string();
    let step = |step: &str| json!({"roomId": room, "step": step});
    assert_eq!(
        client.refused("recording", step("agree")).await["code"],
        "not_found"
    );
    host.ask("recording", step("ask")).await;
    let asked = client.event("recording").await["data"]["recording"].clone();
    assert_eq!(asked["state"], "asking");
    assert_eq!(asked["by"], host_peer.as_str());
    assert_eq!(asked["missing"], json!([peer]));
    client.ask("recording", step("agree")).await;
    host.event("recording").await;
    let running = host.event("recording").await["data"]["recording"].clone();
    assert_eq!(running["state"], "running");
    client.event("recording").await;
    client.ask("recording", step("refuse")).await;
    let over = host.event("recording").await["data"].clone();
    assert_eq!(
        (&over["over"], &over["overBy"]),
        (&json!("withdrawn"), &json!(peer))
    );
    assert_eq!(over.get("recording"), None);
    // The room notes after it has told; by its next answer all of this is noted.
    host.refused("recording", step("agree")).await;
    let facts = server.house.facts.lock().unwrap().clone();
    let words: Vec<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            RoomFact::Consent(_, user, word, _) => Some((user.0.as_u128(), *word)),
            _ => None,
        })
        .collect();
    use parlor_domain::room::Consent::{Agreed, Asked, Began, Ended, Withdrew};
    let wanted = [
        (HOST, Asked),
        (CLIENT, Agreed),
        (HOST, Began),
        (CLIENT, Withdrew),
        (HOST, Ended),
    ];
    assert_eq!(words, wanted);
    server.stop().await;
}

#[actix_web::test]
async fn a_guest_waits_sees_nothing_and_is_admitted() {
    let server = server().await;
    let mut guest = server.user(GUEST).await;
    let ack = guest.ask("join-room", join(ROOM)).await;
    assert_eq!(ack["status"], "waiting");
    assert_eq!(
        ack["iceServers"],
        json!([]),
        "no credentials before the door"
    );
    let peer = ack["peerId"].as_str().unwrap().to_owned();
    let waiting = guest.event("waiting").await;
    assert_eq!(waiting["data"]["hostPresent"], false);

    let mut host = server.user(HOST).await;
    let host_peer = joined(&mut host).await;
    let lobby = host.event("waiting-room").await;
    assert_eq!(lobby["data"]["waiting"][0]["peerId"], peer.as_str());
    let waiting = guest.event("waiting").await;
    assert_eq!(waiting["data"]["hostPresent"], true, "told, not let in");
    let offer = json!({"roomId": ROOM.to_string(), "to": host_peer, "negotiationId": "n",
        "offer": {"type": "offer", "sdp": "x"}});
    assert_eq!(guest.refused("offer", offer).await["code"], "not_admitted");
    let mine = guest
        .refused(
            "admit-participant",
            json!({"roomId": ROOM.to_string(), "peerId": peer}),
        )
        .await;
    assert_eq!(mine["code"], "not_admitted", "nobody admits themselves");
    assert_eq!(
        guest.pending().await,
        Vec::<String>::new(),
        "sees nothing of the room"
    );

    let admit = json!({"roomId": ROOM.to_string(), "peerId": peer});
    assert_eq!(
        host.ask("admit-participant", admit).await,
        json!({"count": 1})
    );
    let admitted = guest.event("admitted").await;
    assert_eq!(admitted["data"]["iceServers"].as_array().unwrap().len(), 2);
    let there = guest.event("existing-participants").await;
    assert_eq!(
        there["data"]["participants"][0]["peerId"],
        host_peer.as_str()
    );
    assert_eq!(
        host.event("user-joined").await["data"]["peer"]["guest"],
        true
    );
    server.stop().await;
}

#[actix_web::test]
async fn a_denied_guest_is_told_in_the_hosts_words() {
    let server = server().await;
    let (mut guest, mut host) = (server.user(GUEST).await, server.user(HOST).await);
    joined(&mut host).await;
    let ack = guest.ask("join-room", join(ROOM)).await;
    let deny = json!({"roomId": ROOM.to_string(), "peerId": ack["peerId"], "message": "Tomorrow, please."});
    host.ask("deny-participant", deny).await;
    let denied = guest.event("denied").await;
    assert_eq!(denied["data"]["message"], "Tomorrow, please.");
    server.stop().await;
}

#[actix_web::test]
async fn the_wrong_person_and_the_wrong_time_are_refused_with_words() {
    let server = server().await;
    let (mut host, mut stranger) = (server.user(HOST).await, server.user(STRANGER).await);
    let host_peer = joined(&mut host).await;
    let cases = [
        (ROOM.to_string(), "forbidden"),
        (
            "room-00000000-0000-0000-0000-000000000999".into(),
            "not_found",
        ),
        ("nonsense".into(), "bad_request"),
    ];
    for (room, code) in cases {
        assert_eq!(
            stranger.refused("join-room", join(room)).await["code"],
            code
        );
    }
    let offer = json!({"roomId": ROOM.to_string(), "to": host_peer, "negotiationId": "n",
        "offer": {"type": "offer", "sdp": "x"}});
    assert_eq!(
        stranger.refused("offer", offer).await["code"],
        "not_in_room"
    );
    let early = host.refused("join-room", join(EARLY)).await;
    assert_eq!(
        (early["code"].as_str(), early["opensAt"].as_i64()),
        (Some("too_early"), Some(THEN.0))
    );
    let late = host.refused("join-room", join(LATE)).await;
    assert_eq!(
        (late["code"].as_str(), late["closesAt"].as_i64()),
        (Some("too_late"), Some(THEN.0))
    );
    assert_eq!(
        host.pending().await,
        Vec::<String>::new(),
        "nobody noticed the stranger"
    );
    server.stop().await;
}

#[actix_web::test]
async fn a_guest_of_one_room_knocks_at_no_other() {
    let server = server().await;
    let mut guest = server.user(GUEST).await;
    assert_eq!(
        guest.refused("join-room", join(LATE)).await["code"],
        "forbidden"
    );
    server.stop().await;
}
