//! Long-term credentials, the nonce, and who is told what.

use super::table::{Case, differs, plain, same, say, say_signed};
use crate::common::{
    client::{Auth, Client},
    servers::{Login, SECRET, Target, unix_now},
    stun::{attr::*, *},
};

pub fn cases() -> Vec<Case> {
    vec![
        same("allocate without credentials", "401 challenge", |t| {
            plain(t, &allocate())
        }),
        same(
            "a stranger is told nothing about its mistakes",
            "401 challenge",
            |t| plain(t, &Writer::new(ALLOCATE)),
        ),
        same("allocate with credentials", "ok", |t| with(t, |_| {})),
        same("a wrong password", "401 challenge", |t| {
            with(t, |auth| auth.login.password.push('x'))
        }),
        same("an unknown user", "401 challenge", |t| {
            with(t, |auth| auth.login.user = "somebody".into())
        }),
        same(
            "wrong password and unknown user are told the same",
            "same",
            |t| {
                let password = challenge_shape(t, |auth| auth.login.password.push('x'));
                let user = challenge_shape(t, |auth| auth.login.user = "somebody".into());
                if password == user {
                    "same"
                } else {
                    "different"
                }
                .into()
            },
        ),
        same("an expired credential", "401 challenge", |t| {
            with(t, |auth| {
                auth.login = Login::signed(SECRET, "probe", "alice", unix_now() - 5);
            })
        }),
        differs(
            "a credential for ten years",
            "401 challenge",
            "ok",
            "a leaked secret must not give credentials without end: ours has a horizon",
            |t| {
                with(t, |auth| {
                    auth.login =
                        Login::signed(SECRET, "probe", "alice", unix_now() + 10 * 365 * 86400);
                })
            },
        ),
        differs(
            "a credential of a user name without a call",
            "401 challenge",
            "ok",
            "every credential of ours names a call and a participant",
            |t| {
                with(t, |auth| {
                    auth.login = Login::for_user(SECRET, format!("{}:bob", unix_now() + 60));
                })
            },
        ),
        differs(
            "a wrong realm",
            "401 challenge",
            "437",
            "RFC 8489 9.2.4: the integrity does not hold, so 401; coturn takes another realm for a moved allocation",
            |t| with(t, |auth| auth.realm = "elsewhere".into()),
        ),
        same("a nonce of nobody", "438 challenge", |t| {
            with(t, |auth| auth.nonce = b"0123456789abcdef".to_vec())
        }),
        same("an empty nonce", "438 challenge", |t| {
            with(t, |auth| auth.nonce = Vec::new())
        }),
        same("a nonce of another address", "438 challenge", |t| {
            let other = Client::challenged(t);
            with(t, |auth| auth.nonce = other.auth.nonce.clone())
        }),
        same("a nonce with one byte changed", "438 challenge", |t| {
            with(t, |auth| auth.nonce[3] ^= 1)
        }),
        same("the nonce of a 438 is good", "ok", |t| {
            let mut client = Client::challenged(t);
            client.auth.nonce = b"stale".to_vec();
            let stale = client.ask_signed(allocate()).unwrap();
            client.auth.learn(&stale);
            let answer = client.ask_signed(allocate());
            say_signed(&client, answer)
        }),
        same("MESSAGE-INTEGRITY without USERNAME", "400", |t| {
            without(t, USERNAME)
        }),
        same("MESSAGE-INTEGRITY without REALM", "400", |t| {
            without(t, REALM)
        }),
        same("MESSAGE-INTEGRITY without NONCE", "400", |t| {
            without(t, NONCE)
        }),
        same("USERNAME without MESSAGE-INTEGRITY", "401 challenge", |t| {
            let client = Client::challenged(t);
            let message = allocate()
                .attr(USERNAME, client.auth.login.user.as_bytes())
                .attr(REALM, client.auth.realm.as_bytes())
                .attr(NONCE, &client.auth.nonce);
            say(client.ask(&message))
        }),
        differs(
            "MESSAGE-INTEGRITY of 4 bytes",
            "silence",
            "401 challenge",
            "RFC 8489 14.5 gives it 20 bytes: ours takes anything else for noise",
            |t| {
                let client = Client::challenged(t);
                let message = allocate()
                    .attr(USERNAME, client.auth.login.user.as_bytes())
                    .attr(REALM, client.auth.realm.as_bytes())
                    .attr(NONCE, &client.auth.nonce)
                    .attr(MESSAGE_INTEGRITY, &[1, 2, 3, 4]);
                say(client.ask(&message))
            },
        ),
        same("MESSAGE-INTEGRITY-SHA256 alone", "401 challenge", |t| {
            let client = Client::challenged(t);
            let message = allocate()
                .attr(USERNAME, client.auth.login.user.as_bytes())
                .attr(REALM, client.auth.realm.as_bytes())
                .attr(NONCE, &client.auth.nonce)
                .attr(MESSAGE_INTEGRITY_SHA256, &[7; 32]);
            say(client.ask(&message))
        }),
        same(
            "a signed message with a right FINGERPRINT behind",
            "ok",
            |t| {
                let client = Client::challenged(t);
                let message = client.auth.sign(allocate()).fingerprint(0);
                let answer = client.ask(&message);
                say_signed(&client, answer)
            },
        ),
        differs(
            "an attribute behind MESSAGE-INTEGRITY is ignored",
            "ok 600",
            "ok 3000",
            "RFC 8489 14.5: what is not covered must be ignored; coturn obeys it",
            |t| {
                let client = Client::challenged(t);
                let message = client.auth.sign(allocate()).lifetime(3000);
                let answer = client.ask(&message).unwrap();
                format!("ok {}", answer.lifetime().unwrap_or(0))
            },
        ),
        same("a changed byte after signing", "401 challenge", |t| {
            let client = Client::challenged(t);
            let message = client.auth.sign(allocate().lifetime(700));
            let mut bytes = message.bytes().to_vec();
            bytes[35] ^= 1;
            say(client.ask_bytes(&bytes, &message.transaction()))
        }),
        same("a user name of 513 bytes", "401 challenge", |t| {
            with(t, |auth| auth.login.user = "u".repeat(513))
        }),
        same(
            "an error after authentication is signed",
            "437 signed",
            |t| {
                let client = Client::challenged(t);
                let answer = client.ask_signed(Writer::new(REFRESH)).unwrap();
                let signed = answer.signed_with(&client.auth.key());
                let code = answer.error_code();
                format!("{code} {}", if signed { "signed" } else { "unsigned" })
            },
        ),
    ]
}

fn allocate() -> Writer {
    Writer::new(ALLOCATE).transport(17)
}

/// An Allocate after something about the credential was changed.
fn with(target: &Target, change: impl FnOnce(&mut Auth)) -> String {
    let mut client = Client::challenged(target);
    change(&mut client.auth);
    let answer = client.ask_signed(allocate());
    say_signed(&client, answer)
}

/// Code, attributes and length of the refusal.
fn challenge_shape(target: &Target, change: fn(&mut Auth)) -> (u16, Vec<(u16, usize)>) {
    let mut client = Client::challenged(target);
    change(&mut client.auth);
    let answer = client.ask_signed(allocate()).unwrap();
    let shape = answer.attributes.iter().map(|(k, v)| (*k, v.len()));
    (answer.error_code(), shape.collect())
}

/// A signed Allocate that lacks one attribute of the credential.
fn without(target: &Target, missing: u16) -> String {
    let client = Client::challenged(target);
    let auth = &client.auth;
    let mut message = allocate();
    for (kind, value) in [
        (USERNAME, auth.login.user.as_bytes()),
        (REALM, auth.realm.as_bytes()),
        (NONCE, &auth.nonce),
    ] {
        if kind != missing {
            message = message.attr(kind, value);
        }
    }
    say(client.ask(&message.integrity(&auth.key())))
}
