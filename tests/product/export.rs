//! All rows as lines of JSON by the real binary: of a running server, into another folder, and the same
//! lines again.

use std::{fs, path::Path, process::Output};

use serde_json::{Value, json};

use crate::{
    place::Place,
    server::{Server, parlor, settings},
};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    parlor(folder, arguments, &settings(&[])).output().unwrap()
}

fn works(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&both).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn an_export_of_a_running_server_is_imported_elsewhere_and_exported_the_same() {
    let place = Place::open(&[]);
    let (one, other) = (&place.host.id, &place.client.id);
    let path = format!(
        "/api/conversations/{}_{}/messages",
        one.min(other),
        one.max(other)
    );
    let said = json!({"text": "a sentence to be found"});
    let key = "00000000-0000-4000-8000-000000000001";
    let (status, _) = place
        .server
        .try_post(&path, &place.client.token, key, &said);
    assert_eq!(status, 200);
    let home = place.folder.path();
    let elsewhere = tempfile::tempdir().unwrap();
    let at = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();

    let (open, sealed) = (at("open.jsonl"), at("sealed.jsonl"));
    works(&run(home, &["export", "--open", "--to", &open]));
    works(&run(home, &["export", "--to", &sealed]));
    let text = fs::read_to_string(&open).unwrap();
    assert!(text.contains("a sentence to be found"));
    assert!(
        text.contains(r#""table":"accounts","key":{"user id":""#),
        "named"
    );
    let closed = fs::read_to_string(&sealed).unwrap();
    assert!(!closed.contains("a sentence to be found"));
    let readable = text.lines().filter(|it| it.contains(r#""value":{"hex""#));
    let all = text.lines().count();
    assert!(readable.count() * 4 < all, "most values have names");
    place.server.stop();

    let data = at("data");
    let words = works(&run(home, &["import", &open, "--to", &data]));
    assert!(words.contains("The books are true"), "{words}");
    let again = at("again.jsonl");
    works(&run(
        home,
        &["export", "--open", "--data", &data, "--to", &again],
    ));
    assert!(fs::read_to_string(&again).unwrap() == text, "not the same");
    let twice = run(home, &["import", &open, "--to", &data]);
    assert!(!twice.status.success());

    // A server goes on with it: the same people, sealed with a key of its own.
    let there = Server::start(
        elsewhere.path(),
        "--demo",
        &[("SERVER__DATA_DIR", data.as_str())],
    );
    let client = place.client.again(&there);
    let messages = there.get(&path, &client.token);
    assert_eq!(
        messages["messages"][0]["text"],
        Value::from("a sentence to be found")
    );
    there.stop();
}
