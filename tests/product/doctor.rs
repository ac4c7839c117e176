//! `parlor doctor relay` beside a running server: each thing broken on purpose, and the sentence that
//! an operator reads.

use std::path::Path;

use serde_json::Value;

use crate::server::{Server, parlor, settings};

type Own<'a> = [(&'a str, &'a str)];

/// Whether the doctor was content, and what it found.
fn doctor(folder: &Path, own: &Own<'_>, more: &[&str]) -> (bool, Vec<Value>) {
    let arguments = [&["doctor", "relay", "--json"], more].concat();
    let output = parlor(folder, &arguments, &settings(own)).output().unwrap();
    let findings = serde_json::from_slice(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    let findings = findings.unwrap_or_else(|_| panic!("no findings, but {error}"));
    (output.status.success(), findings)
}

/// The findings whose name begins so: (verdict, words).
fn found<'a>(findings: &'a [Value], check: &str) -> Vec<(&'a str, &'a str)> {
    let named = findings
        .iter()
        .filter(|it| it["check"].as_str().unwrap().starts_with(check));
    let found: Vec<_> = named
        .map(|it| {
            (
                it["verdict"].as_str().unwrap(),
                it["words"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(!found.is_empty(), "{check} is not in {findings:?}");
    found
}

fn all_are(found: &[(&str, &str)], verdict: &str, words: &str) {
    for it in found {
        assert!(it.0 == verdict && it.1.contains(words), "{it:?}");
    }
}

/// A certificate of nobody's authority for this name, over or not: its two files.
fn certificate(folder: &Path, name: &str, expired: bool) -> (String, String) {
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
    all_are(
        &found(&findings, "external address"),
        "ok",
        "only this machine",
    );
    all_are(
        &found(&findings, "TLS"),
        "warning",
        "no certificate is configured",
    );
    all_are(&found(&findings, "relayed ports"), "ok", "61000-65535");
    found(&findings, "open files");
    found(&findings, "UDP buffers");
    // For eyes: the same, a line each.
    let output = parlor(folder.path(), &["doctor", "relay"], &settings(&[]))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), findings.len(), "{text}");
    assert!(text.starts_with("ok       server"), "{text}");
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
    let closed = found(&findings, "turn:127.0.0.2");
    assert_eq!(closed.len(), 2);
    all_are(&closed, "failed", "in the firewalls of this machine");
    assert!(closed.iter().any(|it| it.1.contains("UDP port")));
    assert!(closed.iter().any(|it| it.1.contains("TCP port")));
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
    all_are(&found(&findings, "external address"), "failed", remedy);
    // Somebody else sees another address: here the relay itself, by its own STUN.
    let stun = server.relay.to_string();
    let (_, findings) = doctor(folder.path(), &own, &["--stun", &stun]);
    let seen = found(&findings, &format!("external address by {stun}"));
    all_are(
        &seen,
        "failed",
        "It sees 127.0.0.1, but clients are told another",
    );
}

#[test]
fn certificates_are_judged_by_time_name_and_issuer() {
    for (name, expired, verdict, words) in [
        ("127.0.0.1", true, "failed", "has expired: renew it"),
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
        // Port of its own, and the one that is shared with HTTPS.
        let judged = found(&findings, "certificate of 127.0.0.1");
        assert_eq!(judged.len(), 2);
        all_are(&judged, verdict, words);
        all_are(&found(&findings, "turns:"), "ok", "Allocates and relays");
    }
}
