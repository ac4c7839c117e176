//! Refresh, and the end of an allocation.

use super::table::{Case, allocated, by_another_user, differs, same, say, signed};
use crate::common::{
    client::Client,
    servers::Target,
    stun::{attr::*, *},
};

pub fn cases() -> Vec<Case> {
    vec![
        same("refresh", "600", |t| lifetime(t, None)),
        same("refresh for 10 s", "600", |t| lifetime(t, Some(10))),
        same("refresh for 1000 s", "1000", |t| lifetime(t, Some(1000))),
        same("refresh for 100000 s", "3600", |t| {
            lifetime(t, Some(100_000))
        }),
        differs(
            "refresh for 0 s ends it",
            "0, then 437",
            "0, then ok",
            "coturn keeps an ended allocation for a moment; ours frees it at once",
            |t| {
                let (client, _) = Client::allocated(t);
                let first = client.ask_signed(Writer::new(REFRESH).lifetime(0)).unwrap();
                let then = say(client.ask_signed(Writer::new(REFRESH)));
                format!("{}, then {then}", first.lifetime().unwrap_or(99))
            },
        ),
        differs(
            "a retransmitted refresh for 0 s",
            "0, then 437",
            "0, then 0",
            "ours frees an ended allocation at once; RFC 8656 7.4 tells clients to take this 437 for success",
            |t| {
                let (client, _) = Client::allocated(t);
                let message = client.auth.sign(Writer::new(REFRESH).lifetime(0));
                let first = client.ask(&message).unwrap();
                let then = client.ask(&message);
                let then = match &then {
                    Some(m) if m.is_success() => m.lifetime().unwrap_or(99).to_string(),
                    _ => say(then),
                };
                format!("{}, then {then}", first.lifetime().unwrap_or(99))
            },
        ),
        differs(
            "allocate again after the end",
            "ok",
            "437",
            "coturn keeps an ended allocation for a moment; ours frees it at once",
            |t| {
                let (client, _) = Client::allocated(t);
                client.ask_signed(Writer::new(REFRESH).lifetime(0)).unwrap();
                say(client.ask_signed(Writer::new(ALLOCATE).transport(17)))
            },
        ),
        same("refresh without an allocation", "437", |t| {
            signed(t, Writer::new(REFRESH))
        }),
        same("refresh without credentials", "401 challenge", |t| {
            let (client, _) = Client::allocated(t);
            say(client.ask(&Writer::new(REFRESH)))
        }),
        same("refresh by another user", "441, owner ok", |t| {
            by_another_user(t, Writer::new(REFRESH))
        }),
        same("end by another user", "441, owner ok", |t| {
            by_another_user(t, Writer::new(REFRESH).lifetime(0))
        }),
        same("refresh with a stale nonce", "438 challenge", |t| {
            let (mut client, _) = Client::allocated(t);
            client.auth.nonce = b"stale".to_vec();
            say(client.ask_signed(Writer::new(REFRESH)))
        }),
        same("refresh naming the same family", "ok", |t| {
            allocated(
                t,
                Writer::new(REFRESH).attr(REQUESTED_ADDRESS_FAMILY, &[1, 0, 0, 0]),
            )
        }),
        same("refresh naming another family", "443", |t| {
            allocated(
                t,
                Writer::new(REFRESH).attr(REQUESTED_ADDRESS_FAMILY, &[2, 0, 0, 0]),
            )
        }),
        same(
            "refresh with a required unknown attribute",
            "420 7ffe",
            |t| allocated(t, Writer::new(REFRESH).attr(0x7ffe, b"x")),
        ),
    ]
}

fn lifetime(target: &Target, seconds: Option<u32>) -> String {
    let (client, _) = Client::allocated(target);
    let mut message = Writer::new(REFRESH);
    if let Some(seconds) = seconds {
        message = message.lifetime(seconds);
    }
    let answer = client.ask_signed(message).unwrap();
    answer
        .lifetime()
        .map_or_else(|| say(Some(answer.clone())), |s| s.to_string())
}
