//! An admin in a room of others (C21): never by themselves, and never unannounced; over real sockets.

use serde_json::{Value, json};

use crate::{person::Person, server::Server, traffic::meet};

const REASON: &str = "A complaint about this call";

/// Entries and attempts at one, newest first: reason, and why it was refused.
fn entries(server: &Server, token: &str) -> Vec<(Value, Value)> {
    let found = server.get("/api/admin/audit?action=video_call_break_glass", token);
    let records = found["records"].as_array().unwrap().iter();
    records
        .map(|it| (it["words"].clone(), it["refused"].clone()))
        .collect()
}

fn place(server: &Server, token: &str) -> (String, String) {
    let link = server.printed("A meeting that can be joined:");
    let meeting = link.rsplit('/').next().unwrap().to_owned();
    let seen = server.get(&format!("/api/meetings/{meeting}"), token);
    (meeting, seen["roomId"].as_str().unwrap().to_owned())
}

#[test]
fn everybody_in_the_room_reads_it_before_the_admin_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let own = [("MEETINGS__BREAK_GLASS", "true")];
    let server = Server::start(folder.path(), "--demo", &own);
    let token = server.first_admin();
    let (meeting, room) = place(&server, &token);
    let path = format!("/api/admin/meetings/{meeting}/entry");
    let reason = json!({"reason": REASON});
    let media = json!({"media": {"audio": false, "video": false}});

    // Nobody is there who could be told: no way in.
    let (status, _) = server.try_post(&path, &token, "k", &reason);
    assert_eq!(status, 409);
    let mut pair = meet(&server);
    let mut root = Person::arrive(&server, &token, &room);
    let refused = root.refused("join-room", media.clone());
    assert_eq!(refused["code"], "forbidden", "{refused}");
    let (status, _) = server.try_post(&path, &token, "k", &json!({"reason": " "}));
    assert_eq!(status, 400);

    let entry = server.post(&path, &token, &reason);
    root.ask("join-room", media);
    for inside in [&mut pair.host, &mut pair.guest] {
        let came = |it: &Value| {
            it["type"] == "user-joined" && it["data"]["peer"]["userName"] == "Amina Njeri"
        };
        // Of all that they hear, these words come before the person.
        let heard = inside.hear_until(came);
        let said = heard.iter().position(|it| it["type"] == "admin-entering");
        let said = &heard[said.expect("not announced")]["data"];
        assert_eq!(
            (&said["name"], &said["reason"]),
            (&json!("Amina Njeri"), &json!(REASON))
        );
        assert_eq!(said["until"], entry["until"]);
        assert_eq!(heard.last().unwrap()["data"]["peer"]["userRole"], "admin");
    }
    let known = entries(&server, &token);
    assert_eq!(known.len(), 3, "{known:?}");
    assert_eq!(known[0], (json!(REASON), Value::Null));
}

#[test]
fn switched_off_it_is_refused_and_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &[]);
    let token = server.first_admin();
    let (meeting, room) = place(&server, &token);
    let mut pair = meet(&server);
    let path = format!("/api/admin/meetings/{meeting}/entry");
    let (status, why) = server.try_post(&path, &token, "k", &json!({"reason": REASON}));
    assert_eq!((status, &why["code"]), (403, &json!("forbidden")), "{why}");
    let mut root = Person::arrive(&server, &token, &room);
    let media = json!({"media": {"audio": true, "video": true}});
    let refused = root.refused("join-room", media);
    assert_eq!(refused["code"], "forbidden", "{refused}");
    // What the two hear next is each other: they were told nothing.
    pair.talk();
    assert!(!pair.host.heard("admin-entering") && !pair.guest.heard("admin-entering"));
    let known = entries(&server, &token);
    assert_eq!(known, [(json!(REASON), json!("forbidden"))]);
}
