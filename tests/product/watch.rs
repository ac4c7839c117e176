//! What the operator sees and is told: the log of calls, the ids of requests, alerts and pings, and
//! whether the dashboard and the rules speak of what is counted.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    server::{Server, eventually, parlor, settings},
    traffic::meet,
};

const QUICK: [(&str, &str); 3] = [
    ("MEETINGS__REJOIN_GRACE_S", "1"),
    ("MEETINGS__EMPTY_ROOM_GRACE_S", "1"),
    ("LOG__LEVEL", "debug"),
];

#[test]
fn the_log_has_a_line_when_a_call_begins_and_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &QUICK);
    let mut pair = meet(&server);
    pair.talk();
    let started = server.line("call started");
    assert_eq!(started["target"], "call");
    let users = started["users"].as_str().unwrap();
    assert_eq!(users.split(' ').count(), 2, "{started}");
    drop(pair);
    let ended = server.line("call ended");
    for id in ["call", "meeting", "room"] {
        assert_eq!(started[id], ended[id], "{ended}");
        assert!(started[id].as_str().unwrap().len() >= 36);
    }
    assert_eq!(ended["way"], "relay");
    assert!(ended["length_s"].is_u64() && ended["connected_s"].is_u64());
}

#[test]
fn an_operator_finds_the_lines_about_a_request_by_the_id_that_a_person_was_shown() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &QUICK);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let asked = agent
        .get(format!("{}/api/meetings/nonsense", server.url))
        .header("x-request-id", "a stranger's words");
    let mut answer = asked.call().unwrap();
    let id = answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Value = answer.body_mut().read_json().unwrap();
    assert_eq!(body["requestId"], id.as_str());
    let line = server.line(&id);
    assert_eq!(line["span"]["id"], id.as_str());
    assert_eq!(line["status"], answer.status().as_u16());
    assert_eq!(line["route"], "/api/meetings/{id}");
    assert_eq!(server.logged("a stranger's words"), 0);
    // A socket is known by the request that opened it.
    drop(meet(&server));
    let opened = server.line("a socket is open");
    let request = opened["span"]["request"].as_str().unwrap();
    assert!(opened["span"]["conn"].is_u64(), "{opened}");
    assert!(server.logged(request) >= 2, "its request and itself");
    let login = json!({"email": "nobody@example.org", "password": "wrong password"});
    let (status, refused) = server.try_post("/api/auth/login", "", "", &login);
    assert_eq!(status, 401);
    assert!(refused["requestId"].is_string());
}

/// Names of metrics in an expression of Prometheus.
fn named(expression: &str) -> impl Iterator<Item = &str> {
    let word = |it: char| !(it.is_ascii_alphanumeric() || it == '_');
    let ours = |it: &&str| {
        let prefixes = ["parlor_", "video_call", "process_"];
        prefixes.iter().any(|prefix| it.starts_with(prefix))
    };
    expression.split(word).filter(ours)
}

/// Every expression of the dashboard, of its panels and its marks.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let own = fields.get("expr").and_then(Value::as_str);
            found.extend(own.map(str::to_owned));
            fields.values().for_each(|it| expressions(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| expressions(it, found)),
        _ => {}
    }
}

/// The expressions of the rules: what follows `expr:`, also on the lines below.
fn rules(text: &str) -> Vec<String> {
    let after = text.split("expr:").skip(1);
    let end = |it: &str| it.find("labels:").unwrap();
    after.map(|it| it[..end(it)].to_owned()).collect()
}

#[test]
fn the_dashboard_and_the_rules_ask_for_what_a_running_server_counts() {
    let read = |name: &str| {
        let path = format!("{}/docs/monitoring/{name}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).unwrap()
    };
    let mut asked = rules(&read("alerts.yml"));
    assert!(asked.len() > 10, "{asked:?}");
    let board: Value = serde_json::from_str(&read("grafana.json")).unwrap();
    expressions(&board, &mut asked);
    assert!(asked.len() > 50, "{}", asked.len());
    for it in &asked {
        let (open, close) = (it.matches('(').count(), it.matches(')').count());
        assert!(open == close && it.matches('"').count() % 2 == 0, "{it}");
    }
    let asked: BTreeSet<_> = asked.iter().flat_map(|it| named(it)).collect();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &QUICK);
    // The books are looked at soon after the start.
    eventually("every metric is there", || {
        let page = server.metrics();
        let counted: BTreeSet<_> = page
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
            .collect();
        let lacking: Vec<_> = asked
            .iter()
            .filter(|it| !counted.contains(it.strip_suffix("_bucket").unwrap_or(it)))
            .collect();
        if !lacking.is_empty() {
            eprintln!("lacking: {lacking:?}");
        }
        lacking.is_empty().then_some(())
    });
}

/// Takes what is posted, each with its head in small letters, and answers 204 for ever.
pub fn receiver() -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap_or(0) == 0 {
                    break;
                }
                let line = line.trim_end().to_lowercase();
                if let Some(bytes) = line.strip_prefix("content-length: ") {
                    length = bytes.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
                head += &format!("{line}\n");
            }
            let mut body = vec![0; length];
            let _ = stream.read_exact(&mut body);
            let answer = "HTTP/1.1 204 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.get_mut().write_all(answer.as_bytes());
            let body = serde_json::from_slice(&body).unwrap_or_default();
            if sender.send((head, body)).is_err() {
                break;
            }
        }
    });
    (url, received)
}

/// Longer than a notice takes that nothing holds back.
pub const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_operator_is_told_once_over_restarts_and_pings_tell_that_all_is_well() {
    let (hook, alerts) = receiver();
    let (discord, embeds) = receiver();
    let (monitor, pings) = receiver();
    let folder = tempfile::tempdir().unwrap();
    let own = [
        ("ALERTS__WEBHOOK_URL", hook.as_str()),
        ("ALERTS__WEBHOOK_SECRET", "0123456789abcdef0123456789abcdef"),
        ("ALERTS__DISCORD_WEBHOOK_URL", discord.as_str()),
        ("ALERTS__PING_URL", monitor.as_str()),
        // More than any disk has.
        ("ALERTS__FREE_DISK_MIB_MIN", "1000000000"),
        ("BACKUP__FOLDER", "backups"),
        ("ALERTS__OVER_AFTER_S", "1"),
    ];
    let server = Server::start(folder.path(), "--demo", &own);
    let (head, _) = pings.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("get / "), "{head}");
    let (head, first) = alerts.recv_timeout(PATIENCE).unwrap();
    assert!(head.contains("x-parlor-signature: t="), "{head}");
    assert_eq!(
        (&first["server"], &first["test"]),
        (&json!(server.url), &json!(false))
    );
    // Without patience: no backup was ever made, although there is a folder for it.
    assert_eq!(first["lines"][0]["topic"], "backup");
    assert_eq!(first["lines"][0]["news"], "raised");
    let (_, embed) = embeds.recv_timeout(PATIENCE).unwrap();
    assert_eq!(embed["embeds"][0]["title"], "[WARNING] Parlor Alert");
    assert_eq!(embed["embeds"][0]["color"], 16_776_960);

    let (status, health) = server.try_get("/health");
    assert_eq!((status, &health["status"]), (200, &json!("degraded")));
    assert_eq!(health["services"]["backup"], "warning");
    assert_eq!(health["services"]["disk"], "warning");
    assert_eq!(health["services"]["database"], "ok");
    eventually("somebody has it", || {
        let page = server.metrics();
        let sent = r#"parlor_alerts_total{way="webhook",outcome="sent"} 1"#;
        page.contains(sent).then_some(())
    });
    let page = server.metrics();
    assert!(page.contains(r#"parlor_alert_active{topic="backup"} 1"#));
    assert!(page.contains(r#"parlor_pings_total{outcome="answered"} 1"#));

    let tried = parlor(folder.path(), &["alert", "test"], &settings(&own))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(tried.status.success(), "{words}");
    assert_eq!(words.matches("Taken.").count(), 2, "{words}");
    assert_eq!(alerts.recv_timeout(PATIENCE).unwrap().1["test"], true);
    assert_eq!(
        embeds.recv_timeout(PATIENCE).unwrap().1["embeds"][0]["color"],
        3_447_003
    );

    // A backup is made, the server is started anew: nothing is told twice, and the end is told.
    let made = parlor(folder.path(), &["backup"], &settings(&own))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    server.stop();
    let server = Server::start(folder.path(), "--demo", &own);
    let told = server.line("No fresh backup: over");
    assert_eq!(told["target"], "alert");
    let mut news = Vec::new();
    while news.last() != Some(&json!(["backup", "recovered"])) {
        let (_, notice) = alerts.recv_timeout(5 * PATIENCE).unwrap();
        let lines = notice["lines"].as_array().unwrap().iter();
        news.extend(lines.map(|it| json!([it["topic"], it["news"]])));
    }
    assert!(!news.contains(&json!(["backup", "raised"])), "{news:?}");
}
