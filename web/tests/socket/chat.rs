//! Writing to each other in a room, over the wire.

use parlor_actors::testing::{CLIENT, GUEST, HOST, ROOM, STRANGER, user};
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::server;

fn join() -> Value {
    json!({"roomId": ROOM.to_string(), "media": {"audio": true, "video": true}})
}

fn message(conversation: &str, key: u128, text: &str) -> Value {
    json!({"conversationId": conversation, "clientMsgId": Uuid::from_u128(key).to_string(), "text": text})
}

#[actix_web::test]
async fn a_message_is_said_changed_read_and_taken_back() {
    let server = server().await;
    let (mut host, mut client) = (server.user(HOST).await, server.user(CLIENT).await);
    host.ask("join-room", join()).await;
    client.ask("join-room", join()).await;
    let room = ROOM.to_string();

    let typing = json!({"conversationId": room, "isTyping": true});
    client.tell("typing", typing).await;
    let writes = host.event("user-typing").await;
    assert_eq!(writes["data"]["userName"], "Person 2");
    assert!(writes.get("seq").is_none(), "typing is not numbered");

    let ack = client
        .ask("send-message", message(&room, 1, " hello "))
        .await;
    assert_eq!(
        (&ack["msgSeq"], &ack["duplicate"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(host.event("user-typing").await["data"]["isTyping"], false);
    let said = host.event("message").await;
    assert!(said["seq"].is_u64(), "messages are replayed");
    assert_eq!(said["data"]["senderName"], "Person 2");
    assert_eq!(said["data"]["message"]["text"], "hello");
    assert_eq!(said["data"]["message"]["at"], ack["at"]);
    client.event("message").await;
    let again = client.ask("send-message", message(&room, 1, "hello")).await;
    assert_eq!(
        (&again["msgSeq"], &again["duplicate"]),
        (&json!(1), &json!(true))
    );

    let marks = json!({"conversationId": room, "upToSeq": 1});
    host.tell("mark-delivered", marks.clone()).await;
    assert_eq!(
        client.event("message-delivered").await["data"]["upToSeq"],
        1
    );
    assert_eq!(host.ask("mark-read", marks).await, json!({"readSeq": 1}));
    assert_eq!(
        client.event("message-read").await["data"]["userId"],
        user(HOST).to_string()
    );
    assert_eq!(host.event("unread").await["data"]["readSeq"], 1);

    let mut edit = message(&room, 2, "good day");
    edit["msgSeq"] = json!(1);
    client.ask("edit-message", edit.clone()).await;
    let now = host.event("message-updated").await;
    assert_eq!(now["data"]["message"]["text"], "good day");
    assert!(now["data"]["message"]["editedAt"].is_i64());
    let refused = host.refused("edit-message", edit.clone()).await;
    assert_eq!(refused["code"], "forbidden");
    edit["clientMsgId"] = json!(Uuid::from_u128(3).to_string());
    client.ask("delete-message", edit).await;
    let gone = host.event("message-updated").await;
    assert_eq!(gone["data"]["message"]["deleted"], true);
    assert_eq!(gone["data"]["message"]["text"], "");
    server.stop().await;
}

#[actix_web::test]
async fn who_is_outside_reads_and_writes_nothing() {
    let server = server().await;
    let mut host = server.user(HOST).await;
    host.ask("join-room", join()).await;
    let room = ROOM.to_string();
    let mut guest = server.user(GUEST).await;
    assert_eq!(guest.ask("join-room", join()).await["status"], "waiting");
    let mut stranger = server.user(STRANGER).await;
    for person in [&mut guest, &mut stranger] {
        let refused = person.refused("send-message", message(&room, 1, "x")).await;
        assert_eq!(refused["code"], "not_found");
    }
    let thread = format!("lobby-{}_{}", ROOM.0, user(GUEST));
    assert_eq!(
        guest
            .ask("send-message", message(&thread, 1, "knock"))
            .await["msgSeq"],
        1
    );
    let said = host.event("message").await;
    assert_eq!(said["data"]["conversationId"], thread.as_str());
    let other = format!("lobby-{}_{}", ROOM.0, user(CLIENT));
    for (bad, code) in [
        (message(&other, 1, "x"), "not_found"),
        (message("nonsense", 1, "x"), "bad_request"),
        (message(&thread, 2, "  "), "bad_request"),
        (message(&thread, 2, &"x".repeat(4_001)), "payload_too_large"),
        (
            json!({"conversationId": thread, "clientMsgId": "7", "text": "x"}),
            "bad_request",
        ),
    ] {
        assert_eq!(guest.refused("send-message", bad).await["code"], code);
    }
    server.stop().await;
}

#[actix_web::test]
async fn a_pair_writes_on_all_devices_and_the_next_greeting_says_what_is_unread() {
    let server = server().await;
    let (mut client, _) = server.device(CLIENT, "laptop", None).await;
    let (mut phone, welcome) = server.device(CLIENT, "phone", None).await;
    let (mut host, _) = server.device(HOST, "desk", None).await;
    assert_eq!(welcome["unread"], json!([]));
    let (one, other) = (user(CLIENT).min(user(HOST)), user(CLIENT).max(user(HOST)));
    let pair = format!("{one}_{other}");
    for (key, text) in [(1, "hello"), (2, "are you there?")] {
        client.ask("send-message", message(&pair, key, text)).await;
    }
    for person in [&mut client, &mut phone, &mut host] {
        for text in ["hello", "are you there?"] {
            let said = person.event("message").await;
            assert_eq!(said["data"]["message"]["text"], text);
            assert_eq!(said["data"]["conversationId"], pair.as_str());
        }
    }
    // Another device of the host learns it with the greeting; reading on one is said on the other.
    let (mut tablet, welcome) = server.device(HOST, "tablet", None).await;
    let unread = &welcome["unread"][0];
    assert_eq!(unread["conversationId"], pair.as_str());
    assert_eq!(
        (&unread["unread"], &unread["lastMsgSeq"]),
        (&json!(2), &json!(2))
    );
    host.ask("mark-read", json!({"conversationId": pair, "upToSeq": 2}))
        .await;
    assert_eq!(tablet.event("unread").await["data"]["readSeq"], 2);
    for device in [&mut client, &mut phone] {
        assert_eq!(device.event("message-read").await["data"]["upToSeq"], 2);
    }
    let (_, welcome) = server.device(HOST, "watch", None).await;
    assert_eq!(welcome["unread"], json!([]));
    // A guest is told of none of it, and asks for nobody's presence.
    let (mut guest, welcome) = server.device(GUEST, "guest", None).await;
    assert_eq!(welcome["unread"], json!([]));
    let who = json!({"userIds": [user(HOST).to_string()]});
    let refused = guest.refused("watch-presence", who.clone()).await;
    assert_eq!(refused["code"], "forbidden");
    let seen = phone.ask("watch-presence", who).await;
    assert_eq!(seen["presence"][0]["status"], "online");
    let many = json!({"userIds": vec![user(HOST).to_string(); 201]});
    let refused = phone.refused("watch-presence", many).await;
    assert_eq!(refused["code"], "bad_request");
    server.stop().await;
}
