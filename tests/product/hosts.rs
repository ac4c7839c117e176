//! The live directory against the real binary: what a watching page is told is what a fresh listing
//! says.

use serde_json::{Value, json};

use crate::{person::Person, place::Place};

#[test]
fn a_host_comes_and_goes_at_the_open_page_of_a_client() {
    let place = Place::open(&[("HOSTS__AWAY_AFTER_S", "0")]);
    let (server, host_id) = (&place.server, &place.host.id);
    let listed = || -> Value {
        let list = server.get("/api/hosts", &place.client.token);
        let hosts = list["hosts"].as_array().unwrap().iter();
        let mut theirs = hosts.filter(|it| it["userId"] == host_id.as_str());
        theirs.next().unwrap().clone()
    };
    assert_eq!(listed()["status"], "away", "switched on, not connected");
    let mut client = Person::arrive(server, &place.client.token, "");
    client.ask("watch-hosts", json!({}));
    let mut host = Person::arrive(server, &place.host.token, "");
    // The demo's other hosts settle meanwhile: only this one's cards count.
    let theirs = |client: &mut Person, name: &str| -> Value {
        loop {
            let card = client.event(name);
            if card["userId"] == host_id.as_str() {
                return card;
            }
        }
    };
    let online = theirs(&mut client, "host-online");
    assert_eq!((&online, &online["status"]), (&listed(), &json!("online")));
    // In a call of one's own one is busy, and back when it is over.
    let invited = client.ask("call-invite", json!({"hostId": host_id, "media": "audio"}));
    let call = json!({"callId": invited["callId"]});
    let _ = host.event("call-incoming");
    host.ask("call-accept", call);
    let busy = theirs(&mut client, "host-updated");
    assert_eq!((&busy, &busy["status"]), (&listed(), &json!("busy")));
    drop(host);
    let gone = theirs(&mut client, "host-offline");
    assert_eq!((&gone, &gone["status"]), (&listed(), &json!("away")));
}
