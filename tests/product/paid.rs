//! A call by the minute against the real binary, which is killed in the middle of it: the same call
//! goes on, and nobody pays for a second that was not proven.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{person::Person, place::Place, server::eventually};

const OWN: [(&str, &str); 2] = [("CALLS__PULSE", "1/1"), ("CALLS__FREE_S", "0")];

fn arrive(place: &Place) -> (Person, Person) {
    let of = |token| Person::arrive(&place.server, token, "");
    (of(&place.host.token), of(&place.client.token))
}

fn enter(person: &mut Person, room: &str) {
    person.turn_to(room);
    person.ask(
        "join-room",
        json!({"media": {"audio": true, "video": true}}),
    );
}

/// Both say twice a second that media arrives.
fn talk(people: &mut [&mut Person; 2], span: Duration) {
    let end = Instant::now() + span;
    while Instant::now() < end {
        for person in people.iter_mut() {
            person.tell(
                "call-media",
                json!({"state": "connected", "relayed": false}),
            );
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn a_server_killed_in_a_paid_call_goes_on_with_it_and_the_bill_is_right() {
    let place = Place::open(&OWN);
    let (mut host, mut client) = arrive(&place);

    let invited = client.ask(
        "call-invite",
        json!({"hostId": place.host.id, "media": "video"}),
    );
    let rate_mc = invited["ratePerMinMc"].as_i64().unwrap();
    let call = host.event("call-incoming")["callId"].clone();
    assert_eq!(call, invited["callId"]);
    let taken = host.ask("call-accept", json!({"callId": call, "media": "video"}));
    let room = taken["roomId"].as_str().unwrap().to_owned();
    assert_eq!(client.event("call-accepted")["roomId"], room.as_str());
    enter(&mut host, &room);
    enter(&mut client, &room);
    let began = Instant::now();
    talk(&mut [&mut host, &mut client], Duration::from_secs(7));

    let away = Instant::now();
    let place = place.kill_and_start();
    let (mut host, mut client) = arrive(&place);
    enter(&mut host, &room);
    enter(&mut client, &room);
    let away = away.elapsed();
    talk(&mut [&mut host, &mut client], Duration::from_secs(4));
    client.ask("leave-room", json!({}));
    let talked = began.elapsed() - away;

    let (server, client) = (&place.server, &place.client);
    let path = format!("/api/calls/{}", call.as_str().unwrap());
    let bill = eventually("the bill is settled", || {
        let bill = server.get(&path, &client.token);
        (bill["settled"] == true).then_some(bill)
    });
    let duration = bill["duration"].as_i64().unwrap();
    let most = i64::try_from(talked.as_secs()).unwrap();
    assert!(duration <= most, "{duration} s of {most} s talked");
    // A crash may cost the house one tick of 5 s, and each end of a stretch less than a second.
    assert!(duration >= 5, "{bill}");
    let due = (rate_mc * duration + 59) / 60;
    assert_eq!(bill["spentMc"], due, "{bill}");
    assert_eq!(bill["status"], "completed");
    let wallet = server.get("/api/wallet", &client.token);
    assert_eq!(wallet["available"], 50_000 - due, "{wallet}");
    let earned = server.get(&path, &place.host.token)["earnedMc"].clone();
    assert_eq!(earned, due - due * 2_000 / 10_000);
}

#[test]
fn a_server_killed_while_it_rings_tells_both_what_became_of_it() {
    let place = Place::open(&OWN);
    let (mut host, mut client) = arrive(&place);
    let invited = client.ask(
        "call-invite",
        json!({"hostId": place.host.id, "media": "video"}),
    );
    let call = invited["callId"].as_str().unwrap();
    assert_eq!(host.event("call-incoming")["callId"], call);
    eventually("the ring is written down", || {
        let path = format!("{}/api/calls/{call}", place.server.url);
        let token = format!("Bearer {}", place.client.token);
        ureq::get(path).header("authorization", token).call().ok()
    });
    // What rings is in nobody's list of calls yet.
    let calls = place.server.get("/api/calls", &place.host.token);
    assert_eq!(calls["calls"], json!([]));

    let place = place.kill_and_start();
    let server = &place.server;
    for known in [&place.host, &place.client] {
        let token = known.token.as_str();
        let told = Person::arrive(server, token, "").event("call-missed");
        assert_eq!(told, json!({"callId": call, "reason": "restart"}));
        let calls = eventually("the list says so", || {
            let calls = server.get("/api/calls", token);
            let first = calls["calls"].get(0).cloned();
            first.filter(|it| it["status"] == "missed")
        });
        assert_eq!(
            (&calls["callId"], &calls["spentMc"]),
            (&json!(call), &json!(0))
        );
        let wallet = server.get("/api/wallet", token);
        assert_eq!(wallet["available"], 50_000);
        assert_eq!(server.get("/api/me", token)["walletBalance"], 50_000);
    }
    let page = eventually("the books were looked at", || {
        let page = server.metrics();
        page.contains("parlor_ledger_true 1\n").then_some(page)
    });
    for n in 1..=8 {
        let line = format!("parlor_ledger_invariant{{invariant=\"I{n}\"}} 1\n");
        assert!(page.contains(&line), "{page}");
    }
    assert!(
        page.contains("parlor_rings_total{outcome=\"missed\"} 0\n"),
        "{page}"
    );
}
