//! Rows at rest, by the real binary: nothing that people say lies readable on the disk, a new key comes
//! to every row through kills, and without the key nothing starts.

use std::{fs, path::Path, process::Output};

use serde_json::json;

use crate::{
    place::Place,
    server::{Server, eventually, parlor, said, settings},
};

const OWN: [(&str, &str); 1] = [("LIMITS__ACCOUNT_PER_MIN", "100000")];

fn run(folder: &Path, arguments: &[&str]) -> Output {
    parlor(folder, arguments, &settings(&OWN)).output().unwrap()
}

/// The first file below that holds these bytes.
fn holder(dir: &Path, needle: &[u8]) -> Option<std::path::PathBuf> {
    fs::read_dir(dir).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holder(&path, needle);
        }
        let bytes = fs::read(&path).unwrap_or_default();
        let found = bytes.windows(needle.len()).any(|it| it == needle);
        found.then_some(path)
    })
}

/// Says the `n`th thing.
fn speak(place: &Place, n: u64) {
    let (one, other) = (&place.host.id, &place.client.id);
    let path = format!(
        "/api/conversations/{}_{}/messages",
        one.min(other),
        one.max(other)
    );
    let key = format!("00000000-0000-4000-8000-{n:012x}");
    let body = json!({"text": format!("the marker of message {n}")});
    let (status, ack) = place
        .server
        .try_post(&path, &place.client.token, &key, &body);
    assert_eq!(status, 200, "{ack}");
}

#[test]
fn what_people_write_lies_sealed_and_a_new_key_comes_to_every_row() {
    let mut place = Place::open(&OWN);
    for n in 0..30 {
        speak(&place, n);
    }
    let home = place.folder.path().to_owned();
    let (data, key_file) = (home.join("parlor-data"), home.join("parlor-data-key/keys"));
    let before = fs::read_to_string(&key_file).unwrap();

    let rotated = said(&run(&home, &["key", "rotate"]));
    assert!(rotated.contains("seals what is written"), "{rotated}");
    // Killed in the middle or just after it: the next start goes on.
    for n in 30..33 {
        speak(&place, n);
        place = place.kill_and_start();
    }
    speak(&place, 40);
    let status = eventually("every row has the new key", || {
        let words = said(&run(&home, &["key", "status"]));
        words.contains("Every row is sealed").then_some(words)
    });
    assert!(status.contains("backups from before do"), "{status}");
    let forgotten = said(&run(&home, &["key", "forget"]));
    assert!(!forgotten.contains("from before"), "{forgotten}");
    let after = fs::read_to_string(&key_file).unwrap();
    let secret = |text: &str| text.lines().last().unwrap().to_owned();
    assert_ne!(secret(&before), secret(&after));

    for marker in [&b"the marker of message"[..], b"$argon2id$"] {
        let found = holder(&data, marker);
        assert_eq!(found, None, "{:?}", String::from_utf8_lossy(marker));
    }
    place.server.stop();

    // Stopped, the same commands work on the store itself.
    let offline = said(&run(&home, &["key", "rotate"]));
    assert!(offline.contains("Every row is sealed"), "{offline}");

    let away = home.join("away");
    fs::rename(&key_file, &away).unwrap();
    let refused = run(&home, &["serve", "--dev"]);
    assert!(!refused.status.success());
    let words = said(&refused);
    assert!(words.contains("put back the key file"), "{words}");
    fs::rename(&away, &key_file).unwrap();
    let again = Server::start(&home, "--dev", &OWN);
    again.stop();
}
