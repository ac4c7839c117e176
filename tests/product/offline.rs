//! Commands that a running server carries out and that work without one: in the store, whoever has the port.

use std::{
    net::TcpListener,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use ring::hmac;
use serde_json::{Value, json};

use crate::server::{Server, parlor, settings};

const EMAIL: &str = "ada@example.test";
const PASSWORD: &str = "correct horse battery";

/// What a command says, when it went well; or what it complains of.
fn run(folder: &Path, arguments: &[&str], own: &[(&str, &str)]) -> Result<String, String> {
    let output = parlor(folder, arguments, &settings(own)).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

/// Makes an admin of the link; gives the token.
fn set_up(server: &Server, link: &str, email: &str) -> String {
    let form = json!({
        "token": link.rsplit('/').next().unwrap(), "name": "Ada", "email": email, "password": PASSWORD,
        "language": "en", "timeZone": "UTC",
    });
    let session = server.post("/api/setup", "", &form);
    session["accessToken"].as_str().unwrap().to_owned()
}

/// The code of this moment (RFC 6238).
fn code(secret: &str) -> String {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret
        .chars()
        .map(|it| format!("{:05b}", DIGITS.find(it).unwrap()))
        .collect();
    let bytes = (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2));
    let bytes: Vec<u8> = bytes.collect::<Result<_, _>>().unwrap();
    let step = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        / 30;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let word = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

fn switch_second_factor_on(server: &Server, token: &str) {
    let begin = json!({"current": PASSWORD});
    let begun = server.post("/api/me/second-factor/begin", token, &begin);
    let code = code(begun["secret"].as_str().unwrap());
    let confirm = json!({"setup": begun["setup"], "code": code});
    server.post("/api/me/second-factor/confirm", token, &confirm);
}

fn log_in(server: &Server) -> (u16, Value) {
    let form = json!({"email": EMAIL, "password": PASSWORD});
    server.try_post("/api/auth/login", "", "", &form)
}

const RESET: [&str; 3] = ["admin", "reset-second-factor", EMAIL];
const ON: [&str; 5] = ["maintenance", "on", "--bookings", "--message", "Soon back"];
const HELD: &str =
    "Held back: booking. Calls that go on are not touched. Everybody reads: Soon back";

#[test]
fn commands_work_in_the_store_of_a_stopped_server_whose_port_another_has() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let server = Server::start(place, "--dev", &[]);
    let link = server.printed("Make the first admin (this link works once):");
    let token = set_up(&server, link, EMAIL);
    switch_second_factor_on(&server, &token);
    assert_eq!(log_in(&server).0, 401, "a code is asked for");
    server.stop();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let own = [("SERVER__LISTEN", at.as_str())];
    let stopped = |arguments: &[&str]| run(place, arguments, &own);
    assert_eq!(stopped(&ON).unwrap(), HELD);
    assert_eq!(stopped(&["maintenance", "status"]).unwrap(), HELD);
    let off = "The second factor is off, and every device is logged out.";
    assert_eq!(stopped(&RESET).unwrap(), off);
    let none = "This account has no second factor.";
    assert_eq!(stopped(&RESET).unwrap(), none);
    let unknown = [RESET[0], RESET[1], "nobody@example.test"];
    assert!(stopped(&unknown).unwrap_err().contains("account"));
    let link = stopped(&["admin", "create"]).unwrap();

    let server = Server::start(place, "--dev", &[]);
    assert_eq!(log_in(&server).0, 200);
    set_up(&server, &link, "bert@example.test");
    let running = |arguments: &[&str]| run(place, arguments, &[]);
    assert_eq!(running(&["maintenance", "status"]).unwrap(), HELD);
    let off = running(&["maintenance", "off"]).unwrap();
    assert_eq!(off, "Nothing is held back.");
    assert_eq!(running(&RESET).unwrap(), none);
    let link = running(&["admin", "create"]).unwrap();
    set_up(&server, &link, "cleo@example.test");
    assert!(running(&unknown).unwrap_err().contains("account"));
}

#[test]
fn a_command_in_the_wrong_folder_says_so_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["admin", "create"][..],
        &RESET,
        &ON,
        &["maintenance", "status"],
    ] {
        let refused = run(folder.path(), arguments, &[]).unwrap_err();
        assert!(refused.contains("holds no store"), "{refused}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
