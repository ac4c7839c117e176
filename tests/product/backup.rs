//! Backups of the real binary: taken while it is written to, restored elsewhere, cut off by kill -9.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use parlor_data::{Batch, Store, StoreOptions, Table};
use serde_json::{Value, json};

use crate::{
    place::Place,
    server::{Server, eventually, parlor, said, settings},
};

const OWN: [(&str, &str); 1] = [("LIMITS__ACCOUNT_PER_MIN", "100000")];

fn run(folder: &Path, arguments: &[&str]) -> Output {
    parlor(folder, arguments, &settings(&OWN)).output().unwrap()
}

fn works(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|it| it.unwrap().file_name().to_string_lossy().into_owned());
    names.collect()
}

/// A key that counts.
fn key(n: u64) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}

/// The conversation of the two of a place.
fn conversation(place: &Place) -> String {
    let (one, other) = (&place.host.id, &place.client.id);
    format!("/api/conversations/{}_{}", one.min(other), one.max(other))
}

/// Says the `n`th thing, and gives its number once it is on the disk.
fn speak(place: &Place, path: &str, n: u64) -> u64 {
    let body = json!({"text": format!("message {n}")});
    let path = format!("{path}/messages");
    let (status, ack) = place
        .server
        .try_post(&path, &place.client.token, &key(n), &body);
    assert_eq!(status, 200, "{ack}");
    ack["msgSeq"].as_u64().unwrap()
}

/// Buys coins at the pretended gateway.
fn buy(place: &Place, n: u64) {
    let wanted = json!({"package": "100-inr-9900", "gateway": "demo"});
    let (token, path) = (&place.client.token, "/api/payment/create-order");
    let (status, made) = place.server.try_post(path, token, &key(n), &wanted);
    assert_eq!(status, 201, "{made}");
    let pay = format!(
        "/api/payment/demo/{}",
        made["order"]["id"].as_str().unwrap()
    );
    place
        .server
        .post(&pay, token, &json!({"outcome": "success"}));
}

#[test]
fn a_backup_under_load_goes_on_elsewhere_with_every_acknowledged_message() {
    let place = Place::open(&OWN);
    let path = conversation(&place);
    for n in 0..20 {
        assert_eq!(speak(&place, &path, n), n + 1);
        buy(&place, n);
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let at = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
    let (backups, secret) = (at("backups/"), at("secret"));
    fs::write(&secret, "a long passphrase\n").unwrap();

    let (acked, stop) = (AtomicU64::new(20), AtomicBool::new(false));
    let (before, made) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let n = acked.load(Ordering::Relaxed);
                speak(&place, &path, n);
                acked.store(n + 1, Ordering::Release);
            }
        });
        scope.spawn(|| {
            for n in 1_000.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                buy(&place, n);
            }
        });
        eventually("talk", || {
            (acked.load(Ordering::Acquire) > 30).then_some(())
        });
        let before = acked.load(Ordering::Acquire);
        let folder = place.folder.path();
        let made = run(
            folder,
            &["backup", "--to", &backups, "--passphrase-file", &secret],
        );
        stop.store(true, Ordering::Relaxed);
        (before, made)
    });
    let words = works(&made);
    assert!(words.contains("the books are true"), "{words}");
    let all = names(Path::new(&backups));
    assert_eq!(all.len(), 1, "nothing else lies there: {all:?}");
    let backup = format!("{backups}{}", all[0]);

    let (home, data) = (elsewhere.path(), at("parlor-data"));
    let from = ["restore", &backup, "--to", &data];
    let refused = run(home, &from);
    assert!(said(&refused).contains("encrypted"), "{}", said(&refused));
    let restored = run(home, &[&from[..], &["--passphrase-file", &secret]].concat());
    let words = works(&restored);
    assert!(words.contains("The books are true"), "{words}");
    let again = run(home, &[&from[..], &["--passphrase-file", &secret]].concat());
    assert!(said(&again).contains("not empty"), "{}", said(&again));

    for name in ["tokens", "relay"] {
        let of = |data: &Path| fs::read(data.join("secrets").join(name)).unwrap();
        let original = place.folder.path().join("parlor-data");
        assert_eq!(
            of(Path::new(&data)),
            of(&original),
            "links and logins go on"
        );
    }
    let there = Server::start(home, "--demo", &OWN);
    let client = place.client.again(&there);
    let mut texts: Vec<String> = Vec::new();
    loop {
        let page = format!("{path}/messages?after={}&limit=50", texts.len());
        let page = there.get(&page, &client.token);
        let messages = page["messages"].as_array().unwrap();
        texts.extend(
            messages
                .iter()
                .map(|it| it["text"].as_str().unwrap().to_owned()),
        );
        if page["hasMore"] != true {
            break;
        }
    }
    let expected: Vec<String> = (0..texts.len()).map(|n| format!("message {n}")).collect();
    assert_eq!(texts, expected, "no hole, none twice");
    let kept = texts.len() as u64;
    assert!(kept >= before, "{kept} of {before} acknowledged");
    let wallet: Value = there.get("/api/wallet", &client.token);
    assert!(
        wallet["available"].as_i64().unwrap() >= 2_000_000,
        "{wallet}"
    );
}

fn doctor(home: &Path, own: &[(&str, &str)]) -> (String, String) {
    let output = parlor(home, &["doctor", "backup", "--json"], &settings(own)).output();
    let findings: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let text = |key: &str| findings[0][key].as_str().unwrap().to_owned();
    (text("verdict"), text("saw"))
}

#[test]
fn a_server_makes_its_own_backups_and_the_doctor_says_what_became_of_them() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(home.path(), "--dev", &[]);
    let (verdict, words) = doctor(home.path(), &[]);
    assert!(
        verdict == "warning" && words.contains("ever made"),
        "{words}"
    );
    // By the command, to where nothing can be.
    let nowhere = run(home.path(), &["backup", "--to", "/proc/nowhere/"]);
    assert!(!nowhere.status.success());
    let (verdict, words) = doctor(home.path(), &[]);
    assert!(
        verdict == "failed" && words.contains("/proc/nowhere"),
        "{words}"
    );
    assert!(server.metrics().contains("parlor_backup_failed 1"));
    works(&run(home.path(), &["backup", "--to", "by-hand/"]));
    let (verdict, words) = doctor(home.path(), &[]);
    assert!(
        verdict == "ok" && words.contains("restored to prove"),
        "{words}"
    );
    assert!(server.metrics().contains("parlor_backup_failed 0"));
    server.stop();

    let other = tempfile::tempdir().unwrap();
    let to = other.path().join("own");
    let own = [
        ("BACKUP__BY_SERVER", "true"),
        ("BACKUP__FOLDER", to.to_str().unwrap()),
    ];
    let server = Server::start(other.path(), "--dev", &own);
    let words = eventually("the server makes one by itself", || {
        let (verdict, words) = doctor(other.path(), &own);
        (verdict == "ok").then_some(words)
    });
    assert!(words.contains("restored to prove"), "{words}");
    let all = names(&to);
    assert!(all.len() == 1 && all[0].ends_with(".backup"), "{all:?}");
    server.stop();
}

/// A data folder of a stopped server with so many rows that a backup takes a while.
fn large(home: &Path) {
    let store = home.join("parlor-data/store");
    let store = Store::open(&store, StoreOptions::default()).unwrap().store;
    for n in 0..100u32 {
        let rows = (0..250u32).fold(Batch::new(), |batch, row| {
            let key = [n.to_be_bytes(), row.to_be_bytes()].concat();
            // Nothing that packs well, so that there is something to write early.
            let mut noise = u64::from(n * 1_000 + row + 1);
            let value: Vec<u8> = std::iter::repeat_with(|| {
                noise = noise
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (noise >> 56) as u8
            })
            .take(60)
            .collect();
            batch.put(Table::Probe, key, value)
        });
        store.write_blocking(rows).unwrap();
    }
}

/// A command that makes a backup, in the middle of it.
fn begun(home: &Path, to: &str) -> std::process::Child {
    let command = parlor(
        home,
        &["backup", "--no-verify", "--to", to],
        &settings(&OWN),
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    eventually("a file in the making", || {
        let names = names(Path::new(to));
        let part = names.iter().find(|it| it.ends_with(".part"))?;
        let path = PathBuf::from(to).join(part);
        fs::metadata(path)
            .is_ok_and(|it| it.len() > 0)
            .then_some(())
    });
    command
}

#[test]
fn a_kill_of_either_side_leaves_no_half_backup_and_a_server_that_goes_on() {
    let home = tempfile::tempdir().unwrap();
    large(home.path());
    let to = home.path().join("backups");
    fs::create_dir(&to).unwrap();
    let to = to.to_str().unwrap();
    let slow = [("BACKUP__PROCESSOR_PERCENT_MAX", "1")];

    let server = Server::start(home.path(), "--dev", &slow);
    let command = begun(home.path(), to);
    let second = run(
        home.path(),
        &["backup", "--no-verify", "--to", &format!("{to}/other")],
    );
    assert!(
        said(&second).contains("another backup"),
        "{}",
        said(&second)
    );
    drop(server); // SIGKILL
    let output = command.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("went away"), "{}", said(&output));
    assert_eq!(names(Path::new(to)), [""; 0], "nothing half is left");

    let server = Server::start(home.path(), "--dev", &slow);
    let mut command = begun(home.path(), to);
    command.kill().unwrap();
    command.wait().unwrap();
    let left = names(Path::new(to));
    assert!(left.iter().all(|it| it.ends_with(".part")), "{left:?}");
    // The server notices, and hands its store out again.
    server.metrics();
    server.stop();
    let server = Server::start(
        home.path(),
        "--dev",
        &[("BACKUP__PROCESSOR_PERCENT_MAX", "100")],
    );
    let words = works(&run(home.path(), &["backup", "--to", to]));
    assert!(words.contains("without secrets"), "{words}");
    let all = names(Path::new(to));
    assert!(all.len() == 1 && all[0].ends_with(".backup"), "{all:?}");
    server.stop();

    // Offline, from the same folder.
    let file = home.path().join("one.backup");
    let words = works(&run(
        home.path(),
        &["backup", "--to", file.to_str().unwrap()],
    ));
    assert!(words.contains("25"), "{words}");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let verify = run(home.path(), &["backup", "verify", file.to_str().unwrap()]);
    assert!(!verify.status.success());
    assert!(said(&verify).contains("damaged"), "{}", said(&verify));
}
