//! `parlor doctor` beside a running server: each thing broken on purpose, and the sentence that an
//! operator reads.

use std::{net::SocketAddr, path::Path};

use parlor_turn::client::{Client, Transport};
use serde_json::{Value, json};

use crate::server::{Server, parlor, settings};

type Own<'a> = [(&'a str, &'a str)];

/// Whether the doctor was content, and what it found.
fn doctor(folder: &Path, own: &Own<'_>, more: &[&str]) -> (bool, Vec<Value>) {
    look(
        folder,
        own,
        &[&["doctor", "relay", "--json"], more].concat(),
    )
}

fn look(folder: &Path, own: &Own<'_>, arguments: &[&str]) -> (bool, Vec<Value>) {
    let output = parlor(folder, arguments, &settings(own)).output().unwrap();
    let findings = serde_json::from_slice(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    let findings = findings.unwrap_or_else(|_| panic!("no findings, but {error}"));
    (output.status.success(), findings)
}

/// The findings of this check, or about what begins so: (verdict, what was seen and the remedy).
fn found(findings: &[Value], check: &str) -> Vec<(String, String)> {
    let word = |it: &Value, name: &str| it[name].as_str().unwrap_or("").to_owned();
    let of_it = |it: &&Value| word(it, "check") == check || word(it, "about").starts_with(check);
    let found: Vec<_> = findings
        .iter()
        .filter(of_it)
        .map(|it| {
            let words = format!("{} {}", word(it, "saw"), word(it, "remedy"));
            (word(it, "verdict"), words)
        })
        .collect();
    assert!(!found.is_empty(), "{check} is not in {findings:?}");
    found
}

fn all_are(found: &[(String, String)], verdict: &str, words: &str) {
    for it in found {
        assert!(it.0 == verdict && it.1.contains(words), "{it:?}");
    }
}

/// A certificate of nobody's authority for this name, over or not: its two files.
pub fn certificate(folder: &Path, name: &str, expired: bool) -> (String, String) {
    let mut wanted = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    if expired {
        wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(2020, 4, 1);
    }
    let key = rcgen::KeyPair::generate().unwrap();
    let made = wanted.self_signed(&key).unwrap();
    let (chain, secret) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain, made.pem()).unwrap();
    std::fs::write(&secret, key.serialize_pem()).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    (text(&chain), text(&secret))
}

#[test]
fn a_relay_that_works_is_told_so_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path(), "--dev", &[]);
    let (content, findings) = doctor(folder.path(), &[], &[]);
    assert!(content, "{findings:?}");
    all_are(&found(&findings, "stun:"), "ok", "Answers");
    all_are(&found(&findings, "turn:"), "ok", "Allocates and relays");
    assert_eq!(found(&findings, "turn:").len(), 2);
    all_are(&found(&findings, "address"), "ok", "only this machine");
    all_are(
        &found(&findings, "certificate"),
        "warning",
        "No certificate is configured",
    );
    all_are(&found(&findings, "ports"), "ok", "61000-65535");
    found(&findings, "files");
    found(&findings, "buffers");
    // For eyes: the same, a line each.
    let output = parlor(folder.path(), &["doctor", "relay"], &settings(&[]))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = text.lines().filter(|line| !line.starts_with(' '));
    assert_eq!(told.count(), findings.len(), "{text}");
    assert!(text.starts_with("ok       server"), "{text}");
}

#[test]
fn everything_is_looked_at_and_only_what_is_missing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path(), "--dev", &[]);
    let (content, findings) = look(folder.path(), &[], &["doctor", "--json"]);
    assert!(content, "{findings:?}");
    for (check, verdict) in [
        ("server", "ok"),
        ("dns", "skipped"),
        ("address", "ok"),
        ("certificate", "warning"),
        ("relay", "ok"),
        ("ports", "ok"),
        ("disk", "ok"),
        ("mail", "warning"),
        ("payments", "skipped"),
        ("backup", "warning"),
    ] {
        all_are(&found(&findings, check), verdict, "");
    }
    found(&findings, "clock");
    for it in &findings {
        let trouble = ["warning", "failed"].contains(&it["verdict"].as_str().unwrap());
        assert!(!trouble || it["remedy"].is_string(), "{it}");
        let words = format!("{}{}", it["saw"], it["remedy"]);
        assert!(!words.contains('{'), "{words}");
    }
}

#[test]
fn without_a_server_it_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let (content, findings) = doctor(folder.path(), &[], &[]);
    assert!(!content);
    all_are(
        &found(&findings, "server"),
        "failed",
        "No server runs on the data folder",
    );
    // What needs no server is looked at all the same.
    let (content, findings) = look(folder.path(), &[], &["doctor", "--json"]);
    assert!(!content);
    all_are(&found(&findings, "mail"), "warning", "No mail server");
    assert!(
        !folder.path().join("parlor-data").exists(),
        "it changes nothing"
    );
}

#[test]
fn closed_ports_are_named_with_their_firewall() {
    let folder = tempfile::tempdir().unwrap();
    // The name leads to an address at which nothing listens.
    let own = [("RELAY__PUBLIC_HOST", "127.0.0.2")];
    let _server = Server::start(folder.path(), "--dev", &own);
    let (content, findings) = doctor(folder.path(), &own, &[]);
    assert!(!content);
    // STUN and TURN over UDP are one port, and one sentence.
    let closed = found(&findings, "relay");
    assert_eq!(closed.len(), 2, "{closed:?}");
    all_are(&closed, "failed", "in the firewalls of this machine");
    assert!(
        closed
            .iter()
            .any(|it| it.1.contains("/udp of 127.0.0.2 does not answer"))
    );
    assert!(
        closed
            .iter()
            .any(|it| it.1.contains("/tcp of 127.0.0.2 does not answer"))
    );
    all_are(&found(&findings, "stun:"), "failed", "does not answer");
}

#[test]
fn another_secret_is_told_from_a_closed_port() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path(), "--dev", &[]);
    let other = [("RELAY__SECRET", "another secret of more than 32 characters")];
    let (content, findings) = doctor(folder.path(), &other, &[]);
    assert!(!content);
    all_are(
        &found(&findings, "turn:"),
        "failed",
        "it runs with another secret",
    );
    all_are(&found(&findings, "stun:"), "ok", "Answers");
}

#[test]
fn a_wrong_external_address_comes_with_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let own = [("RELAY__PUBLIC_IPS", "198.200.0.1")];
    let server = Server::start(folder.path(), "--dev", &own);
    let (content, findings) = doctor(folder.path(), &own, &[]);
    assert!(!content);
    let remedy = "Clients are told 198.200.0.1, but the name leads to 127.0.0.1";
    all_are(&found(&findings, "address"), "failed", remedy);
    // Somebody else sees another address: here the relay itself, by its own STUN.
    let stun = server.relay.to_string();
    let (_, findings) = doctor(folder.path(), &own, &["--stun", &stun]);
    let seen = found(&findings, &stun);
    all_are(
        &seen,
        "failed",
        "sees 127.0.0.1, but clients are told 198.200.0.1",
    );
}

#[test]
fn certificates_are_judged_by_time_name_and_issuer() {
    for (name, expired, verdict, words) in [
        ("127.0.0.1", true, "failed", "has expired"),
        ("other.example", false, "failed", "is not for 127.0.0.1"),
        (
            "127.0.0.1",
            false,
            "warning",
            "Browsers do not know who issued",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) = certificate(folder.path(), name, expired);
        let own = [
            ("SERVER__TLS_LISTEN", "127.0.0.1:0"),
            ("SERVER__TLS_CERTIFICATE_FILE", chain.as_str()),
            ("SERVER__TLS_KEY_FILE", key.as_str()),
        ];
        let _server = Server::start(folder.path(), "--dev", &own);
        let (content, findings) = doctor(folder.path(), &own, &[]);
        assert_eq!(content, verdict == "warning", "{findings:?}");
        // Its own port, and the one that is shared with HTTPS: one certificate, one sentence.
        let judged = found(&findings, "certificate");
        assert_eq!(judged.len(), 1, "{judged:?}");
        all_are(&judged, verdict, words);
        all_are(&found(&findings, "turns:"), "ok", "Allocates and relays");
    }
}

/// Checks and codes; what only one of the two can know is left out.
fn codes(findings: &[Value]) -> Vec<String> {
    let same = |it: &&Value| it["check"] != "clock";
    let all = findings.iter().filter(same);
    all.map(|it| format!("{} {}", it["about"], it["code"]))
        .collect()
}

/// Ports of the relay's range answer for a while; a browser that can send and does not reach them means that they
/// are closed.
fn ask_the_range(server: &Server, token: &str, relay: Vec<Value>) {
    let open = server.post("/api/admin/doctor/range", token, &json!({}));
    let urls = open["urls"].as_array().unwrap();
    assert_eq!(urls.len(), 4);
    let told = |arrived: &dyn Fn(usize) -> bool| {
        let each = urls.iter().enumerate();
        let each = each.map(|(at, url)| json!({"url": url, "arrived": arrived(at)}));
        let ways: Vec<_> = each.chain(relay.iter().cloned()).collect();
        let seen = json!({"origin": server.url, "clock": 0, "ways": ways});
        let answer = server.post("/api/admin/doctor/outside", token, &seen);
        let all = codes(answer["findings"].as_array().unwrap());
        let range = all.into_iter().find(|it| it.contains("UDP 61000-"));
        let code = range.unwrap().rsplit(' ').next().unwrap().to_owned();
        code.trim_matches('"').to_owned()
    };
    assert_eq!(told(&|_| true), "outside.inside");
    assert_eq!(told(&|_| false), "range.closed");
    assert_eq!(told(&|at| at == 1), "range.part");
    for url in urls {
        let at = url.as_str().unwrap().strip_prefix("stun:").unwrap();
        let at: SocketAddr = at.parse().unwrap();
        assert!(at.port() >= 61_000);
        let mut client = Client::connect(at, &Transport::Udp).unwrap();
        assert_eq!(client.binding().unwrap().ip(), at.ip());
    }
}

#[test]
fn the_page_has_what_the_command_says_and_the_command_what_a_browser_saw() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--dev", &[]);
    let token = server.first_admin();
    const PATH: &str = "/api/admin/doctor";
    assert_eq!(server.get(PATH, &token)["report"], Value::Null);
    let report = server.post(PATH, &token, &json!({}));
    let listed = |it: &Value| it.as_array().unwrap().clone();
    let (_, told) = look(folder.path(), &[], &["doctor", "--json"]);
    assert_eq!(codes(&listed(&report["findings"])), codes(&told));
    assert_eq!(server.get(PATH, &token)["report"], report);
    // The next one has to wait.
    let (status, refused) = server.try_post(PATH, &token, "k", &json!({}));
    assert!(
        status == 429 && refused["retryAfterMs"].as_i64().unwrap() > 0,
        "{refused}"
    );

    let relay = told.iter().filter(|it| it["code"] == "relay.relays");
    let ways: Vec<_> = relay
        .map(|it| it["about"].as_str().unwrap())
        .map(|url| match url.ends_with("udp") {
            true => json!({"url": url, "arrived": true}),
            false => json!({"url": url, "arrived": false, "code": 701}),
        })
        .collect();
    // Its clock is an hour behind ours.
    let clock = report["at"].as_i64().unwrap() - 3_600_000;
    let seen = json!({"origin": server.url, "clock": clock, "ways": ways});
    let answer = server.post("/api/admin/doctor/outside", &token, &seen);
    let answered = codes(&listed(&answer["findings"]));
    assert_eq!(answered.len(), 2, "{answered:?}");
    assert!(answered[0].contains("outside.inside") && answered[1].contains("outside.closed"));
    let (content, told) = look(folder.path(), &[], &["doctor", "--json"]);
    assert!(!content);
    let closed = told
        .iter()
        .find(|it| it["code"] == "outside.closed")
        .unwrap();
    assert!(
        closed["commands"][0]
            .as_str()
            .unwrap()
            .starts_with("ufw allow")
    );
    all_are(&found(&told, "clock"), "failed", "ahead of browser");

    ask_the_range(&server, &token, ways);

    let many = vec![json!({"url": "stun:a", "arrived": true}); 33];
    let seen = json!({"origin": "", "clock": 0, "ways": many});
    let (status, _) = server.try_post("/api/admin/doctor/outside", &token, "k", &seen);
    assert_eq!(status, 400);
    for path in [PATH, "/api/admin/doctor/outside"] {
        let (status, _) = server.try_post(path, "nobody", "k", &seen);
        assert_eq!(status, 401);
    }
}
