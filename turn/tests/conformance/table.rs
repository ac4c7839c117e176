//! The form of a case, and how an answer is told in a few words.

use crate::common::{
    client::Client,
    servers::Target,
    stun::{Message, Writer, attr},
};

/// One script with what must come of it.
pub struct Case {
    pub name: &'static str,
    pub ours: &'static str,
    pub coturn: &'static str,
    /// Why the two differ.
    pub why: Option<&'static str>,
    pub run: fn(&Target) -> String,
}

/// A case in which both agree.
pub fn same(name: &'static str, outcome: &'static str, run: fn(&Target) -> String) -> Case {
    Case {
        name,
        ours: outcome,
        coturn: outcome,
        why: None,
        run,
    }
}

/// A case in which they do not, and why.
pub fn differs(
    name: &'static str,
    ours: &'static str,
    coturn: &'static str,
    why: &'static str,
    run: fn(&Target) -> String,
) -> Case {
    assert!(ours != coturn && !why.is_empty(), "{name}");
    Case {
        name,
        ours,
        coturn,
        why: Some(why),
        run,
    }
}

/// "ok", "silence", "401 challenge", "420 7fff", "403" ...
pub fn say(answer: Option<Message>) -> String {
    let Some(answer) = answer else {
        return "silence".into();
    };
    if answer.is_success() {
        return "ok".into();
    }
    match answer.error_code() {
        code @ (401 | 438) => {
            let challenge = answer.get(attr::REALM).is_some() && answer.get(attr::NONCE).is_some();
            format!("{code} {}", if challenge { "challenge" } else { "bare" })
        }
        420 => {
            let names = answer.unknown_attributes();
            let names: Vec<_> = names.iter().map(|kind| format!("{kind:04x}")).collect();
            format!("420 {}", names.join(" "))
        }
        code => code.to_string(),
    }
}

/// Like [`say`], and whether a success bears the client's MESSAGE-INTEGRITY.
pub fn say_signed(client: &Client, answer: Option<Message>) -> String {
    let unsigned = answer
        .as_ref()
        .is_some_and(|a| a.is_success() && !a.signed_with(&client.auth.key()));
    say(answer) + if unsigned { " unsigned" } else { "" }
}

/// Sends a message without credentials from a fresh client.
pub fn plain(target: &Target, message: &Writer) -> String {
    say(Client::new(target).ask(message))
}

/// Sends a message with credentials from a fresh client without an allocation.
pub fn signed(target: &Target, message: Writer) -> String {
    let client = Client::challenged(target);
    let answer = client.ask_signed(message);
    say_signed(&client, answer)
}

/// Sends a message with credentials from a client with an allocation.
pub fn allocated(target: &Target, message: Writer) -> String {
    let (client, _) = Client::allocated(target);
    let answer = client.ask_signed(message);
    say_signed(&client, answer)
}

/// Sends a message as another user on a 5-tuple that has an allocation, and says whether that one
/// is still there.
pub fn by_another_user(target: &Target, message: Writer) -> String {
    let (mut client, _) = Client::allocated(target);
    let owner = client.auth.login.clone();
    client.be(target.login("probe", "mallory"));
    let answer = say(client.ask_signed(message));
    client.be(owner);
    let after = say(client.ask_signed(Writer::new(crate::common::stun::REFRESH)));
    format!("{answer}, owner {after}")
}
