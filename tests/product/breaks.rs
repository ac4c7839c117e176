//! Each thing broken in turn, for real: the doctor says the one right sentence, health says it where
//! it is health's to say, and nothing else complains that did not complain before.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
};

use parlor_data::seal::key_file::KeyFile;
use parlor_paysim::{RAZORPAY_HOOK, RAZORPAY_KEY, RAZORPAY_SECRET};
use serde_json::Value;

use crate::{
    disk::Disk,
    doctor::certificate,
    server::{Server, eventually, parlor, set, settings},
};

type Own<'a> = [(&'a str, &'a str)];

/// What is not well: the code of each sentence, and what an operator reads.
type Complaints = BTreeSet<(String, String)>;

fn complaints(output: &Output) -> Complaints {
    let error = String::from_utf8_lossy(&output.stderr);
    let findings: Vec<Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"));
    let word = |it: &Value, name: &str| it[name].as_str().unwrap_or("").to_owned();
    let told = findings
        .iter()
        .filter(|it| ["warning", "failed"].contains(&word(it, "verdict").as_str()));
    told.map(|it| {
        let words = format!("{} {}", word(it, "saw"), word(it, "remedy"));
        (word(it, "code"), words)
    })
    .collect()
}

fn doctor(folder: &Path, own: &Own<'_>) -> Complaints {
    let command = parlor(folder, &["doctor", "--json"], &settings(own)).output();
    complaints(&command.unwrap())
}

/// Beside what was told before, this one thing is told, in these words.
fn only_new(before: &Complaints, now: &Complaints, code: &str, words: &str) {
    let codes: BTreeSet<_> = before.iter().map(|(code, _)| code).collect();
    let new: Vec<_> = now
        .iter()
        .filter(|(code, _)| !codes.contains(code))
        .collect();
    assert!(
        new.len() == 1 && new[0].0 == code && new[0].1.contains(words),
        "{new:?} is not {code:?}: {words:?}"
    );
}

/// What `/health` has to say, all of it.
fn health(server: &Server) -> Vec<String> {
    let (_, health) = server.try_get("/health");
    let problems = health["problems"].as_array().unwrap();
    problems
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}

/// A network and a table of hosts of a test's own; gone when dropped. Takes root.
struct Yard(Child);

impl Yard {
    /// In which `meet.example.org` leads to this address. `None`, loudly, where this is not allowed.
    fn fence(folder: &Path, leads_to: &str) -> Option<Self> {
        let hosts = folder.join("hosts");
        let lines = format!("127.0.0.1 localhost\n{leads_to} meet.example.org\n");
        std::fs::write(&hosts, lines).unwrap();
        let script = "ip link set lo up && mount --bind \"$0\" /etc/hosts && \
            nft 'add table inet f; add chain inet f in { type filter hook input priority 0; }' && \
            echo fenced && exec sleep 100000";
        let mut holder = Command::new("unshare")
            .args(["--net", "--mount", "--propagation", "private", "sh", "-c"])
            .args([script, hosts.to_str().unwrap()])
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(holder.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        if line.trim() == "fenced" {
            return Some(Self(holder));
        }
        let _ = holder.wait();
        eprintln!(
            "A TEST OF CLOSED PORTS WAS NOT RUN: this machine gives it no network of its own"
        );
        None
    }

    /// A command that sees it, in this folder.
    fn command(&self, folder: &Path, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("/usr/bin/nsenter");
        let of = |kind: &str| format!("/proc/{}/ns/{kind}", self.0.id());
        command
            .args([
                format!("--net={}", of("net")),
                format!("--mount={}", of("mnt")),
            ])
            .args(["/bin/sh", "-c", "cd \"$0\" && exec \"$@\""])
            .arg(folder)
            .arg(program)
            .args(arguments);
        command
    }

    fn parlor(&self, folder: &Path, arguments: &[&str], own: &Own<'_>) -> Command {
        let command = self.command(folder, env!("CARGO_BIN_EXE_parlor"), arguments);
        set(command, &settings(own))
    }

    fn doctor(&self, folder: &Path, own: &Own<'_>) -> Complaints {
        let output = self.parlor(folder, &["doctor", "--json"], own).output();
        complaints(&output.unwrap())
    }

    /// What `parlor health` prints.
    fn health(&self, folder: &Path, server: &Server, own: &Own<'_>) -> Value {
        let url = format!("http://127.0.0.1:{}", server.port("http"));
        let mut command = self.parlor(folder, &["health", "--url", &url], own);
        serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
    }

    /// A rule of the firewall, or none any more.
    fn rule(&self, words: &str) {
        let mut all = vec!["flush", "chain", "inet", "f", "in"];
        if !words.is_empty() {
            all.extend([";", "add", "rule", "inet", "f", "in", words]);
        }
        let done = self
            .command(Path::new("/"), "/usr/sbin/nft", &[&all.join(" ")])
            .output();
        let done = done.unwrap();
        assert!(done.status.success(), "{done:?}");
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_closed_port_is_the_one_thing_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let Some(yard) = Yard::fence(folder.path(), "127.0.0.1") else {
        return;
    };
    let own = [
        ("RELAY__PORT", "3478"),
        ("SERVER__PUBLIC_URL", "http://meet.example.org:0"),
    ];
    // Closed from the start, so that the server's own look at itself finds it so.
    yard.rule("udp dport 3478 drop");
    let server = Server::launch(yard.parlor(folder.path(), &["serve", "--dev"], &own));
    let health = yard.health(folder.path(), &server, &own);
    assert_eq!(health["services"]["turn"], "failed");
    let problems = health["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let words = problems[0].as_str().unwrap();
    assert!(words.contains("UDP 127.0.0.1:3478"), "{words}");

    let closed = yard.doctor(folder.path(), &own);
    yard.rule("");
    let open = yard.doctor(folder.path(), &own);
    assert!(!open.iter().any(|(code, _)| code == "relay.closed"));
    let words = "3478/udp of 127.0.0.1 does not answer";
    only_new(&open, &closed, "relay.closed", words);
    yard.rule("tcp dport 3478 reject with tcp reset");
    let closed = yard.doctor(folder.path(), &own);
    let words = "Open 3478/tcp in the firewalls";
    only_new(&open, &closed, "relay.closed", words);
}

#[test]
fn a_name_that_leads_elsewhere_is_told_and_not_what_follows_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(yard) = Yard::fence(folder.path(), "127.0.0.1") else {
        return;
    };
    let own = [("SERVER__PUBLIC_URL", "http://meet.example.org:0")];
    let _server = Server::launch(yard.parlor(folder.path(), &["serve", "--dev"], &own));
    let right = yard.doctor(folder.path(), &own);
    let hosts = folder.path().join("hosts");
    std::fs::write(
        &hosts,
        "127.0.0.1 localhost\n198.200.0.9 meet.example.org\n",
    )
    .unwrap();
    let wrong = yard.doctor(folder.path(), &own);
    let words = "meet.example.org leads to 198.200.0.9, and that is not this server";
    only_new(&right, &wrong, "dns.elsewhere", words);
    std::fs::write(&hosts, "127.0.0.1 localhost\n").unwrap();
    let lost = yard.doctor(folder.path(), &own);
    only_new(&right, &lost, "dns.nowhere", "Add an A record");
}

#[test]
fn a_wrong_external_address_is_the_one_thing_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let right = {
        let _server = Server::start(folder.path(), "--dev", &[]);
        doctor(folder.path(), &[])
    };
    let own = [("RELAY__PUBLIC_IPS", "198.200.0.1")];
    let server = Server::start(folder.path(), "--dev", &own);
    let wrong = doctor(folder.path(), &own);
    only_new(
        &right,
        &wrong,
        "address.differs",
        "relay.public_ips to 127.0.0.1",
    );
    // From inside it relays, so health knows it only when the running server was asked to look.
    assert_eq!(health(&server), Vec::<String>::new());
    let warned = || {
        let warnings = server.try_get("/health").1["warnings"].to_string();
        warnings.contains("relay.public_ips to 127.0.0.1")
    };
    assert!(!warned());
    let token = server.first_admin();
    server.post("/api/admin/doctor", &token, &serde_json::json!({}));
    assert!(warned());
}

#[test]
fn an_expired_certificate_is_told_by_both() {
    let folder = tempfile::tempdir().unwrap();
    let looked_at = |expired: bool| {
        let (chain, key) = certificate(folder.path(), "127.0.0.1", expired);
        let own = [
            ("SERVER__TLS_LISTEN", "127.0.0.1:0"),
            ("SERVER__TLS_CERTIFICATE_FILE", chain.as_str()),
            ("SERVER__TLS_KEY_FILE", key.as_str()),
        ];
        let server = Server::start(folder.path(), "--dev", &own);
        (doctor(folder.path(), &own), health(&server))
    };
    let (good, well) = looked_at(false);
    assert_eq!(well, Vec::<String>::new());
    let (over, problems) = looked_at(true);
    only_new(&good, &over, "cert.expired", "Renew it");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("certificate has expired"),
        "{problems:?}"
    );
}

/// A mail server that takes everybody, until it is dropped.
fn post_office() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let door = listener.try_clone().unwrap();
    thread::spawn(move || {
        let mut lines = String::new();
        let (mut stream, _) = door.accept().unwrap();
        stream.write_all(b"220 post ESMTP\r\n").unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while reader.read_line(&mut lines).is_ok_and(|read| read > 0) {
            let _ = stream.write_all(b"250 post\r\n");
        }
        assert!(!lines.contains("MAIL FROM"), "nothing is sent: {lines}");
    });
    listener
}

#[test]
fn a_dead_mail_server_is_the_one_thing_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let office = post_office();
    let port = office.local_addr().unwrap().port().to_string();
    let own = [
        ("MAIL__SMTP_HOST", "127.0.0.1"),
        ("MAIL__SMTP_SECURITY", "none"),
        ("MAIL__SMTP_PORT", port.as_str()),
    ];
    let _server = Server::start(folder.path(), "--dev", &own);
    let alive = doctor(folder.path(), &own);
    assert!(
        !alive.iter().any(|(code, _)| code.starts_with("mail.")),
        "{alive:?}"
    );
    drop(office);
    let dead = doctor(folder.path(), &own);
    only_new(&alive, &dead, "mail.unreachable", "is not reached");
}

/// A gateway that knows every key and whose clock goes wrong by so many seconds.
fn gateway(wrong_by_s: i64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(wrong_by_s);
            let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
            let body = r#"{"error":{"type":"invalid_request_error"}}"#;
            let answer = format!(
                "HTTP/1.1 404 Not Found\r\ndate: {date}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    at
}

#[test]
fn a_clock_that_is_off_is_the_one_thing_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let with = |wrong_by_s: i64| {
        let url = format!("http://{}", gateway(wrong_by_s));
        let own = [
            ("PAYMENTS__STRIPE_SECRET_KEY", "sk_live_of_a_test"),
            ("PAYMENTS__STRIPE_WEBHOOK_SECRET", "whsec_of_a_test"),
            ("PAYMENTS__STRIPE_BASE_URL", url.as_str()),
        ];
        let _server = Server::start(folder.path(), "--dev", &own);
        doctor(folder.path(), &own)
    };
    let right = with(0);
    assert!(
        !right.iter().any(|(code, _)| code.starts_with("pay.")),
        "{right:?}"
    );
    only_new(
        &right,
        &with(-3_600),
        "clock.ahead",
        "seconds ahead of stripe",
    );
    only_new(&right, &with(3_600), "clock.behind", "time synchronisation");
}

#[test]
fn a_wrong_gateway_key_is_the_one_thing_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let sim = parlor_paysim::start("127.0.0.1:0").unwrap();
    let url = format!("{}/razorpay", sim.url);
    let with = |secret: &str| {
        let own = [
            ("PAYMENTS__RAZORPAY_KEY_ID", RAZORPAY_KEY),
            ("PAYMENTS__RAZORPAY_KEY_SECRET", secret),
            ("PAYMENTS__RAZORPAY_WEBHOOK_SECRET", RAZORPAY_HOOK),
            ("PAYMENTS__RAZORPAY_BASE_URL", url.as_str()),
        ];
        let _server = Server::start(folder.path(), "--dev", &own);
        doctor(folder.path(), &own)
    };
    let right = with(RAZORPAY_SECRET);
    let test_keys = |all: &Complaints| all.iter().any(|(code, _)| code == "pay.test");
    assert!(test_keys(&right), "{right:?}");
    assert_eq!(sim.sim().violations, Vec::<String>::new());
    let wrong = with("another secret");
    only_new(&right, &wrong, "pay.keys", "razorpay refuses the keys");
    assert!(!test_keys(&wrong));
}

#[test]
fn a_key_file_that_is_gone_or_open_to_others_is_told_by_both_while_there_is_time() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--dev", &[]);
    let warnings = || {
        let (status, health) = server.try_get("/health");
        assert_eq!(status, 200, "people can meet");
        health["warnings"].to_string()
    };
    let right = doctor(folder.path(), &[]);
    let path = folder.path().join("parlor-data-key/keys");
    let aside = folder.path().join("aside");
    let told = |words: &str| {
        eventually(words, || warnings().contains(words).then_some(()));
    };
    std::fs::rename(&path, &aside).unwrap();
    let gone = doctor(folder.path(), &[]);
    only_new(&right, &gone, "keys.missing", "Put its copy back before");
    told("put back the key file");

    std::fs::rename(&aside, &path).unwrap();
    let rights = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(&path, rights(0o644)).unwrap();
    let open = doctor(folder.path(), &[]);
    only_new(&right, &open, "keys.exposed", "mode 644");
    told("can be read by others");

    std::fs::set_permissions(&path, rights(0o600)).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let other = KeyFile::create(&aside).unwrap().text();
    std::fs::write(&path, other).unwrap();
    let strange = doctor(folder.path(), &[]);
    only_new(&right, &strange, "keys.strange", "sealed with key");
    std::fs::write(&path, text).unwrap();
    let mended = doctor(folder.path(), &[]);
    assert!(mended.iter().all(|(code, _)| !code.starts_with("keys.")));
    eventually("it is well again", || {
        (!warnings().contains("key file")).then_some(())
    });
}

#[test]
fn a_full_disk_is_told_by_both_and_by_nobody_any_more_when_there_is_room() {
    let Some(disk) = Disk::mount() else {
        return;
    };
    let server = disk.serve();
    let look = || complaints(&disk.parlor(&["doctor", "--json"]));
    let before = look();
    let ballast = disk.fill();
    let problems = eventually("health says it", || {
        let problems = health(&server);
        (!problems.is_empty()).then_some(problems)
    });
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("make room on the disk"),
        "{problems:?}"
    );
    only_new(&before, &look(), "disk.full", "Make room");
    std::fs::remove_file(ballast).unwrap();
    eventually("it mends itself", || {
        health(&server).is_empty().then_some(())
    });
    let codes = |all: &Complaints| all.iter().map(|(code, _)| code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&look()), codes(&before));
}
