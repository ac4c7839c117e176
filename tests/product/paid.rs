//! A call by the minute against the real binary, which is killed in the middle of it: the same call
//! goes on, and nobody pays for a second that was not proven.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    person::Person,
    server::{Server, eventually},
};

const OWN: [(&str, &str); 2] = [("CALLS__PULSE", "1/1"), ("CALLS__FREE_S", "0")];

/// Address and password of one of the two people of the demo.
pub fn known(server: &Server, label: &str) -> (String, String) {
    let line = server.greeting.iter().find(|it| it.starts_with(label));
    let password = line.unwrap().split("password: ").nth(1).unwrap();
    (server.printed(label).to_owned(), password.trim().to_owned())
}

/// Their token and their user id.
pub fn log_in(server: &Server, (email, password): &(String, String)) -> (String, String) {
    let body = json!({"email": email, "password": password});
    let session = server.post("/api/auth/login", "", &body);
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    (
        text(&session["accessToken"]),
        text(&session["user"]["userId"]),
    )
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
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &OWN);
    let people = ["Log in as host:", "Log in as client:"].map(|label| known(&server, label));
    let (host_token, host_id) = log_in(&server, &people[0]);
    let (client_token, _) = log_in(&server, &people[1]);
    let mut host = Person::arrive(&server, &host_token, "");
    let mut client = Person::arrive(&server, &client_token, "");

    let invited = client.ask("call-invite", json!({"hostId": host_id, "media": "video"}));
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

    drop(server); // SIGKILL
    let away = Instant::now();
    let server = Server::start(folder.path(), "--demo", &OWN);
    let (host_token, _) = log_in(&server, &people[0]);
    let (client_token, _) = log_in(&server, &people[1]);
    let mut host = Person::arrive(&server, &host_token, "");
    let mut client = Person::arrive(&server, &client_token, "");
    enter(&mut host, &room);
    enter(&mut client, &room);
    let away = away.elapsed();
    talk(&mut [&mut host, &mut client], Duration::from_secs(4));
    client.ask("leave-room", json!({}));
    let talked = began.elapsed() - away;

    let path = format!("/api/calls/{}", call.as_str().unwrap());
    let bill = eventually("the bill is settled", || {
        let bill = server.get(&path, &client_token);
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
    let wallet = server.get("/api/wallet", &client_token);
    assert_eq!(wallet["available"], 50_000 - due, "{wallet}");
    let earned = server.get(&path, &host_token)["earnedMc"].clone();
    assert_eq!(earned, due - due * 2_000 / 10_000);
}

#[test]
fn a_server_killed_while_it_rings_tells_both_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &OWN);
    let people = ["Log in as host:", "Log in as client:"].map(|label| known(&server, label));
    let (host_token, host_id) = log_in(&server, &people[0]);
    let (client_token, _) = log_in(&server, &people[1]);
    let mut host = Person::arrive(&server, &host_token, "");
    let mut client = Person::arrive(&server, &client_token, "");
    let invited = client.ask("call-invite", json!({"hostId": host_id, "media": "video"}));
    let call = invited["callId"].as_str().unwrap();
    assert_eq!(host.event("call-incoming")["callId"], call);
    eventually("the ring is written down", || {
        let path = format!("{}/api/calls/{call}", server.url);
        let token = format!("Bearer {client_token}");
        ureq::get(path).header("authorization", token).call().ok()
    });
    // What rings is in nobody's list of calls yet.
    let calls = server.get("/api/calls", &host_token);
    assert_eq!(calls["calls"], json!([]));

    drop(server); // SIGKILL
    let server = Server::start(folder.path(), "--demo", &OWN);
    for known in &people {
        let (token, _) = log_in(&server, known);
        let told = Person::arrive(&server, &token, "").event("call-missed");
        assert_eq!(told, json!({"callId": call, "reason": "restart"}));
        let calls = eventually("the list says so", || {
            let calls = server.get("/api/calls", &token);
            let first = calls["calls"].get(0).cloned();
            first.filter(|it| it["status"] == "missed")
        });
        assert_eq!(
            (&calls["callId"], &calls["spentMc"]),
            (&json!(call), &json!(0))
        );
        let wallet = server.get("/api/wallet", &token);
        assert_eq!(wallet["available"], 50_000);
        assert_eq!(server.get("/api/me", &token)["walletBalance"], 50_000);
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
