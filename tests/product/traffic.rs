//! What a TURN client sends is what the call's record says, in both directions, live and in the end.

use std::net::SocketAddr;

use parlor_turn::{
    Credential,
    client::{Client, Transport},
};
use serde_json::{Value, json};

use crate::{
    person::Person,
    server::{Server, eventually},
};

/// The channel that everybody here binds.
pub const CHANNEL: u16 = 0x4000;

/// Host and client of the demo's meeting, in their room, each with credentials of the relay.
pub struct Pair {
    /// The host.
    pub host: Person,
    /// The guest.
    pub guest: Person,
    /// What the host's join was answered.
    pub host_joined: Value,
    /// The host's credential of the relay.
    pub host_login: Credential,
    /// The guest's.
    pub guest_login: Credential,
    host_token: String,
    meeting: String,
}

fn login(ice: &Value) -> Credential {
    let servers = ice["iceServers"].as_array().unwrap();
    let relay = servers
        .iter()
        .find(|it| it["username"].is_string())
        .unwrap();
    Credential {
        username: relay["username"].as_str().unwrap().into(),
        password: relay["credential"].as_str().unwrap().into(),
        expires: 0,
    }
}

/// Lets both into their room.
pub fn meet(server: &Server) -> Pair {
    let line = server
        .greeting
        .iter()
        .find(|it| it.starts_with("Log in as host"))
        .unwrap();
    let email = server.printed("Log in as host:");
    let password = line.split("password: ").nth(1).unwrap();
    let session = server.post(
        "/api/auth/login",
        "",
        &json!({"email": email, "password": password}),
    );
    let host_token = session["accessToken"].as_str().unwrap().to_owned();
    let link = server.printed("A meeting that can be joined:");
    let meeting = link.rsplit('/').next().unwrap().to_owned();
    let seen = server.get(&format!("/api/meetings/{meeting}"), &host_token);
    let room = seen["roomId"].as_str().unwrap().to_owned();
    let link = server.printed("The client's own link, no login needed:");
    let token = link.rsplit('/').next().unwrap();
    let guest = server.post(
        "/api/join/redeem",
        "",
        &json!({"token": token, "name": "Gast"}),
    );
    let guest = guest["accessToken"].as_str().unwrap();

    let mut host = Person::arrive(server, &host_token, &room);
    let mut guest = Person::arrive(server, guest, &room);
    let media = json!({"media": {"audio": true, "video": true}});
    let host_joined = host.ask("join-room", media.clone());
    let joined = guest.ask("join-room", media);
    let guest_login = match joined["status"].as_str() {
        Some("waiting") => {
            host.ask("admit-participant", json!({"all": true}));
            login(&guest.event("admitted"))
        }
        _ => login(&joined),
    };
    Pair {
        host,
        guest,
        host_login: login(&host_joined),
        host_joined,
        guest_login,
        host_token,
        meeting,
    }
}

impl Pair {
    /// Both browsers report media through the relay: the call begins.
    pub fn talk(&mut self) {
        for person in [&mut self.host, &mut self.guest] {
            person.ask("call-media", json!({"state": "connected", "relayed": true}));
        }
        self.guest.event("call-started");
    }

    fn record(&self, server: &Server) -> Value {
        let path = format!("/api/video-calls/session/{}", self.meeting);
        server.get(&path, &self.host_token)["calls"][0].clone()
    }
}

/// A relayed client whose packets go to the other one.
pub fn relayed(relay: SocketAddr, login: &Credential) -> (Client, SocketAddr) {
    let mut client = Client::connect(relay, &Transport::Udp).unwrap();
    let allocated = client.allocate(login, false).unwrap();
    (client, allocated.relayed)
}

/// Sends so many payloads one after the other, each received before the next.
pub fn send(from: &mut Client, to: &mut Client, count: u64, bytes: usize) {
    for _ in 0..count {
        from.send(CHANNEL, &vec![7; bytes]).unwrap();
        assert_eq!(to.receive().unwrap().1.len(), bytes);
    }
}

/// (packets, bytes) of one person and direction.
fn flow(record: &Value, who: &str, direction: &str) -> (u64, u64) {
    let people = record["participants"].as_array();
    let person = people.and_then(|people| people.iter().find(|it| it["who"] == who));
    let flow = person.map_or(Value::Null, |it| it[direction].clone());
    let number = |key: &str| flow[key].as_u64().unwrap_or(0);
    (number("packets"), number("bytes"))
}

#[test]
fn a_calls_record_counts_what_a_client_sent_in_both_directions_live_and_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let graces = [
        ("MEETINGS__REJOIN_GRACE_S", "1"),
        ("MEETINGS__EMPTY_ROOM_GRACE_S", "1"),
    ];
    let server = Server::start(folder.path(), "--demo", &graces);
    let mut pair = meet(&server);
    pair.talk();
    let (mut host, host_at) = relayed(server.relay, &pair.host_login);
    let (mut guest, guest_at) = relayed(server.relay, &pair.guest_login);
    host.bind(CHANNEL, guest_at).unwrap();
    guest.bind(CHANNEL, host_at).unwrap();
    send(&mut host, &mut guest, 300, 1000);
    send(&mut guest, &mut host, 200, 171);

    // Live.
    let (to_guest, to_host) = ((300, 300_000), (200, 34_200));
    let record = eventually("all is counted", || {
        let record = pair.record(&server);
        (flow(&record, "host", "down") == to_host).then_some(record)
    });
    assert_eq!(flow(&record, "host", "up"), to_guest);
    assert_eq!(flow(&record, "client", "down"), to_guest);
    assert_eq!(flow(&record, "client", "up"), to_host);
    assert_eq!(
        (&record["path"], &record["endedAt"]),
        (&json!("relay"), &Value::Null)
    );
    assert_eq!(record["bytesUp"], 334_200);
    let metrics = server.metrics();
    assert!(metrics.contains("\nvideo_calls_live 1\n"), "{metrics}");

    // A restart in the middle: what was counted stays, what comes after is added by nobody here, and
    // the call ends because nobody comes back.
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    server.stop();
    let (listen, url) = (
        format!("127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
    );
    let again = [
        ("SERVER__LISTEN", listen.as_str()),
        ("SERVER__PUBLIC_URL", url.as_str()),
        graces[0],
        graces[1],
    ];
    let server = Server::start(folder.path(), "--dev", &again);
    let record = eventually("the call ends", || {
        let record = pair.record(&server);
        record["endedAt"].is_i64().then_some(record)
    });
    assert_eq!(flow(&record, "host", "up"), to_guest);
    assert_eq!(flow(&record, "host", "down"), to_host);
    assert_eq!(flow(&record, "client", "up"), to_host);
    assert!(record["connectedSeconds"].is_i64(), "{record}");
    assert!(
        server
            .metrics()
            .contains("video_calls_by_path_total{path=\"relay\"} 1\n")
    );
}

#[test]
fn a_hang_up_settles_the_call_with_its_last_packet() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &[]);
    let mut pair = meet(&server);
    pair.talk();
    let (mut host, host_at) = relayed(server.relay, &pair.host_login);
    let (mut guest, guest_at) = relayed(server.relay, &pair.guest_login);
    host.bind(CHANNEL, guest_at).unwrap();
    guest.bind(CHANNEL, host_at).unwrap();
    send(&mut host, &mut guest, 50, 500);
    let id = "00000000-0000-4000-8000-000000000001";
    pair.host.ask("end-room", json!({"clientMsgId": id}));
    let record = eventually("the call is over and settled", || {
        let record = pair.record(&server);
        let settled = flow(&record, "client", "down") == (50, 25_000);
        (record["endedAt"].is_i64() && settled).then_some(record)
    });
    assert_eq!(flow(&record, "host", "up"), (50, 25_000));
    assert_eq!(record["path"], "relay");
}
