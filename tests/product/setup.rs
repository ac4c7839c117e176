//! `parlor setup`: answers on a terminal or by options, tried out, written beside the data, in force after
//! the server began anew.

use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Output, Stdio},
};

use crate::server::{Server, parlor, settings};

/// Everything but the name, which setup is asked for.
fn environment() -> Vec<(&'static str, String)> {
    let mut all = settings(&[]);
    all.retain(|(key, _)| *key != "SERVER__PUBLIC_URL");
    all
}

fn setup(folder: &Path, arguments: &[&str], answers: &str) -> Output {
    let arguments = [&["setup"], arguments].concat();
    let mut command = parlor(folder, &arguments, &environment());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have ended before it read anything.
    let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
    child.wait_with_output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_questions_are_answered_and_the_server_begins_anew_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let config =
        "[server]\npublic_url = \"http://localhost:1\"\n\n[mail]\nfrom_name = \"Practice\"\n";
    fs::write(place.join("config.toml"), config).unwrap();
    let server = Server::launch(parlor(place, &["serve", "--dev"], &environment()));
    // Nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let answers = format!(
        "meet.example.org\nperhaps\nproxy\n127.0.0.1\n{port}\npost\nsecret words\n\nyes\nlater\n"
    );
    let done = setup(place, &[], &answers);
    let said = words(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", words(&done.stderr));
    for it in [
        "Please answer one of: own, proxy",
        "noreply@meet.example.org",
        "It runs at https://meet.example.org.",
        "https://meet.example.org/setup/",
    ] {
        assert!(said.contains(it), "{it:?} is not in: {said}");
    }
    assert!(said.contains("FAILED"), "the mail server was tried: {said}");
    assert!(!said.contains("secret words"));
    drop(server);

    let file = place.join("parlor-data/setup.toml");
    let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    for it in [
        "public_url = \"https://meet.example.org\"",
        "smtp_password = \"secret words\"",
    ] {
        assert!(text.contains(it), "{text}");
    }
    let unchanged = fs::read_to_string(place.join("config.toml")).unwrap();
    assert_eq!(unchanged, config);
}

#[test]
fn what_cannot_be_is_refused_in_words_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let cases = [
        ("server.data_dir=/elsewhere", "is not a key that setup sets"),
        ("mail.smtp_port=many", "must be a whole number"),
        ("mail.smtp_security=perhaps", "must be one of"),
        ("mail.smtp_host", "is not of the form KEY=VALUE"),
        ("server.listen=127.0.0.1:1", "is not a key that setup sets"),
    ];
    for (answer, why) in cases {
        let done = setup(place, &["--set", answer], "");
        let said = words(&done.stderr);
        assert!(!done.status.success());
        assert!(said.contains(why), "{answer}: {said}");
    }
    let cut = setup(place, &[], "meet.example.org\nown\n");
    assert!(words(&cut.stderr).contains("nothing was written"));
    assert!(!place.join("parlor-data/setup.toml").exists());

    let fine = ["--set", "mail.from_name=The practice", "--no-restart"];
    assert!(setup(place, &fine, "").status.success());
    let text = fs::read_to_string(place.join("parlor-data/setup.toml")).unwrap();
    assert!(text.contains("from_name = \"The practice\""), "{text}");
    // The environment wins, and says so.
    let mut fixed = environment();
    fixed.push(("MAIL__FROM_NAME", "Another".into()));
    let told = parlor(place, &["setup", "--set", "mail.from_name=X"], &fixed).output();
    let told = words(&told.unwrap().stderr);
    assert!(told.contains("PARLOR__MAIL__FROM_NAME"), "{told}");
}
