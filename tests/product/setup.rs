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

use serde_json::{Value, json};

use crate::server::{Server, eventually, parlor, settings};

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

const PATH: &str = "/api/admin/setup";

/// What a page sends: status and answer.
fn save(server: &Server, token: &str, body: &Value) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let request = agent.put(format!("{}{PATH}", server.url));
    let request = request.header("authorization", format!("Bearer {token}"));
    let mut answer = request.send_json(body).unwrap();
    let body = answer.body_mut().read_json().unwrap_or_default();
    (answer.status().as_u16(), body)
}

/// A form with the first admin's password.
fn form(standing: &Value, answers: Value) -> Value {
    let password = "a password that is long";
    json!({"version": standing["version"], "answers": answers, "current": password})
}

fn key<'a>(standing: &'a Value, name: &str) -> &'a Value {
    let all = standing["keys"].as_array().unwrap();
    all.iter().find(|it| it["name"] == name).unwrap()
}

#[test]
fn an_admin_answers_in_the_browser_and_the_server_begins_anew_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let config = "[mail]\nfrom_name = \"Practice\"\n";
    fs::write(place.join("config.toml"), config).unwrap();
    let mut server = Server::start(place, "--dev", &[]);
    let token = server.first_admin();
    let before = server.get(PATH, &token);
    let standing = &before["standing"];
    assert_eq!(
        (&before["liveCalls"], &standing["answered"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(
        key(standing, "server.public_url")["fixedBy"],
        "PARLOR__SERVER__PUBLIC_URL"
    );
    assert_eq!(key(standing, "mail.from_name")["value"], "Practice");

    let refusals = [
        (
            json!({"mail.smtp_port": "many"}),
            "mail.smtp_port",
            "whole number",
        ),
        (
            json!({"server.public_url": "https://x.example"}),
            "server.public_url",
            "PARLOR__SERVER__PUBLIC_URL",
        ),
        (
            json!({"server.data_dir": "/elsewhere"}),
            "server.data_dir",
            "is not a key that setup sets",
        ),
        (
            json!({"payments.stripe_secret_key": "sk_test_x"}),
            "payments.stripe_webhook_secret",
            "is empty",
        ),
    ];
    for (answers, name, words) in refusals {
        let (status, refused) = save(&server, &token, &form(standing, answers));
        assert_eq!(
            (status, &refused["field"]),
            (400, &json!(name)),
            "{refused}"
        );
        assert!(
            refused["message"].as_str().unwrap().contains(words),
            "{refused}"
        );
    }
    let mut unproven = form(standing, json!({"mail.from_name": "X"}));
    unproven["current"] = "a wrong password".into();
    assert_eq!(save(&server, &token, &unproven).1["field"], "current");
    assert_eq!(save(&server, "nobody", &unproven).0, 401);
    assert!(
        !place.join("parlor-data/setup.toml").exists(),
        "nothing was written"
    );

    // Nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port().to_string();
    drop(closed);
    let answers = json!({
        "mail.smtp_host": "127.0.0.1", "mail.smtp_port": port, "mail.smtp_security": "none",
        "mail.smtp_password": "tulip field", "mail.from_name": null, "accounts.signup_open": "false",
    });
    let wish = json!({"version": standing["version"], "answers": answers, "check": "mail"});
    let tried = server.post("/api/admin/setup/try", &token, &wish);
    assert_eq!(tried["findings"][0]["code"], "mail.unreachable", "{tried}");

    let (status, saved) = save(&server, &token, &form(standing, answers));
    assert_eq!(
        (status, &saved["publicUrl"]),
        (200, &json!(server.url)),
        "{saved}"
    );
    // The port is one that the system chose, and another now.
    server.url = eventually("it begins anew", || {
        let log = server.log();
        let mut ready = log.iter().filter(|line| line.contains("\"ready\""));
        let entry: Value = serde_json::from_str(ready.nth(1)?).unwrap();
        Some(entry["url"].as_str().unwrap().to_owned())
    });
    // A token is of the address at which it was made.
    let login = json!({"email": "amina@example.org", "password": "a password that is long"});
    let login = server.post("/api/auth/login", "", &login);
    let token = login["accessToken"].as_str().unwrap();
    let after = server.get(PATH, token);
    let now = &after["standing"];
    assert_ne!(now["process"], standing["process"]);
    assert_ne!(now["version"], standing["version"]);
    assert_eq!(key(now, "mail.smtp_port")["value"], port.as_str());
    let secret = key(now, "mail.smtp_password");
    assert_eq!(
        (&secret["isSet"], &secret["value"]),
        (&json!(true), &Value::Null)
    );
    // As by default again, over what config.toml says.
    assert_eq!(key(now, "mail.from_name")["value"], "Parlor");
    let shown = server.get("/api/admin/settings", token).to_string();
    assert!(
        shown.contains("\"from\":\"setup\"") && shown.contains("setup.toml:"),
        "{shown}"
    );
    let log = server.get("/api/admin/audit", token).to_string();
    assert!(
        log.contains("keys: accounts.signup_open mail.from_name"),
        "{log}"
    );
    for text in [after.to_string(), shown, log] {
        assert!(!text.contains("tulip"), "{text}");
    }
    let mode = fs::metadata(place.join("parlor-data/setup.toml")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);

    // What was read before the change is too old to be saved.
    let (status, stale) = save(
        &server,
        token,
        &form(standing, json!({"mail.from_name": "Y"})),
    );
    assert_eq!(
        (status, &stale["code"]),
        (409, &json!("conflict")),
        "{stale}"
    );
    // The kept password goes to no other server.
    let elsewhere = json!({"mail.smtp_host": "localhost"});
    let (status, refused) = save(&server, token, &form(now, elsewhere));
    assert_eq!(
        (status, &refused["field"]),
        (400, &json!("mail.smtp_password")),
        "{refused}"
    );
    assert_eq!(
        fs::read_to_string(place.join("config.toml")).unwrap(),
        config
    );
}

#[test]
fn an_operator_keeps_setup_on_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let own = [("SERVER__SETUP_IN_BROWSER", "false")];
    let server = Server::start(folder.path(), "--dev", &own);
    let token = server.first_admin();
    assert_eq!(server.get(PATH, &token)["standing"], Value::Null);
    let body = json!({"version": "nothing", "answers": {}, "current": "a password that is long"});
    assert_eq!(save(&server, &token, &body).0, 403);
    let shown = server.get("/api/admin/settings", &token).to_string();
    assert!(!shown.contains("\"inSetup\":true"), "{shown}");
}
