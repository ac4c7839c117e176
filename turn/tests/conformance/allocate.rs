//! Allocate: transports, ports, families, lifetimes, repetition.

use super::table::{Case, by_another_user, differs, same, say, say_signed, signed};
use crate::common::{
    client::Client,
    servers::Target,
    stun::{attr::*, *},
};

pub fn cases() -> Vec<Case> {
    vec![
        same(
            "the answer names relayed and own address",
            "relayed, own, 600",
            |t| {
                let client = Client::challenged(t);
                let answer = client.ask_signed(allocate()).unwrap();
                let relayed = answer.relayed().is_some_and(|a| a.port() >= 49152);
                let own = answer.address(XOR_MAPPED_ADDRESS) == Some(client.address());
                format!(
                    "{}, {}, {}",
                    if relayed { "relayed" } else { "?" },
                    if own { "own" } else { "?" },
                    answer.lifetime().unwrap_or(0)
                )
            },
        ),
        same("no REQUESTED-TRANSPORT", "400", |t| {
            signed(t, Writer::new(ALLOCATE))
        }),
        differs(
            "REQUESTED-TRANSPORT TCP",
            "442",
            "400",
            "RFC 8656 7.2 step 3: an unsupported protocol is 442",
            |t| signed(t, Writer::new(ALLOCATE).transport(6)),
        ),
        differs(
            "REQUESTED-TRANSPORT 99",
            "442",
            "400",
            "RFC 8656 7.2 step 3: an unsupported protocol is 442",
            |t| signed(t, Writer::new(ALLOCATE).transport(99)),
        ),
        same("REQUESTED-TRANSPORT of one byte", "400", |t| {
            signed(t, Writer::new(ALLOCATE).attr(REQUESTED_TRANSPORT, &[17]))
        }),
        same("EVEN-PORT", "even", |t| {
            let relayed = relayed(&Client::challenged(t), allocate().attr(EVEN_PORT, &[0]));
            if relayed.is_multiple_of(2) {
                "even"
            } else {
                "odd"
            }
            .into()
        }),
        same("EVEN-PORT with reservation", "even and a token", |t| {
            let (even, token) = reserve(&Client::challenged(t));
            let even = if even.is_multiple_of(2) {
                "even"
            } else {
                "odd"
            };
            format!(
                "{even} and {}",
                if token.len() == 8 { "a token" } else { "none" }
            )
        }),
        same("RESERVATION-TOKEN gives the next port", "next port", |t| {
            let (even, token) = reserve(&Client::challenged(t));
            let message = allocate().attr(RESERVATION_TOKEN, &token);
            let port = relayed(&Client::challenged(t), message);
            if port == even + 1 {
                "next port".into()
            } else {
                format!("{even} {port}")
            }
        }),
        differs(
            "RESERVATION-TOKEN twice",
            "508",
            "404",
            "RFC 8656 7.2 step 5: a token that is not valid is 508",
            |t| {
                let (_, token) = reserve(&Client::challenged(t));
                let message = allocate().attr(RESERVATION_TOKEN, &token);
                relayed(&Client::challenged(t), message.clone());
                signed(t, allocate().attr(RESERVATION_TOKEN, &token))
            },
        ),
        differs(
            "RESERVATION-TOKEN of nobody",
            "508",
            "404",
            "RFC 8656 7.2 step 5: a token that is not valid is 508",
            |t| {
                signed(
                    t,
                    allocate().attr(RESERVATION_TOKEN, &[1, 2, 3, 4, 5, 6, 7, 8]),
                )
            },
        ),
        same("RESERVATION-TOKEN of 4 bytes", "400", |t| {
            signed(t, allocate().attr(RESERVATION_TOKEN, &[1, 2, 3, 4]))
        }),
        same("RESERVATION-TOKEN with EVEN-PORT", "400", |t| {
            let message = allocate().attr(EVEN_PORT, &[0x80]);
            signed(t, message.attr(RESERVATION_TOKEN, &[1; 8]))
        }),
        same(
            "RESERVATION-TOKEN with REQUESTED-ADDRESS-FAMILY",
            "400",
            |t| {
                let message = allocate().attr(REQUESTED_ADDRESS_FAMILY, &[1, 0, 0, 0]);
                signed(t, message.attr(RESERVATION_TOKEN, &[1; 8]))
            },
        ),
        differs(
            "DONT-FRAGMENT",
            "420 001a",
            "ok",
            "RFC 8656 7.2 step 4: who does not set DF refuses the attribute; browsers never ask",
            |t| signed(t, allocate().attr(DONT_FRAGMENT, &[])),
        ),
        same("REQUESTED-ADDRESS-FAMILY IPv4", "ok", |t| {
            signed(t, allocate().attr(REQUESTED_ADDRESS_FAMILY, &[1, 0, 0, 0]))
        }),
        same(
            "REQUESTED-ADDRESS-FAMILY IPv6 where there is none",
            "440",
            |t| signed(t, allocate().attr(REQUESTED_ADDRESS_FAMILY, &[2, 0, 0, 0])),
        ),
        same("REQUESTED-ADDRESS-FAMILY 3", "440", |t| {
            signed(t, allocate().attr(REQUESTED_ADDRESS_FAMILY, &[3, 0, 0, 0]))
        }),
        same("ADDITIONAL-ADDRESS-FAMILY IPv4", "ok", |t| {
            signed(t, allocate().attr(ADDITIONAL_ADDRESS_FAMILY, &[1, 0, 0, 0]))
        }),
        same("both address family attributes", "ok", |t| {
            let message = allocate().attr(REQUESTED_ADDRESS_FAMILY, &[1, 0, 0, 0]);
            signed(t, message.attr(ADDITIONAL_ADDRESS_FAMILY, &[2, 0, 0, 0]))
        }),
        same("lifetime 10", "600", |t| lifetime(t, 10)),
        same("lifetime 0", "600", |t| lifetime(t, 0)),
        same("lifetime 1200", "1200", |t| lifetime(t, 1200)),
        same("lifetime 100000", "3600", |t| lifetime(t, 100_000)),
        same("LIFETIME of two bytes", "400", |t| {
            signed(t, allocate().attr(LIFETIME, &[1, 2]))
        }),
        same("a retransmitted Allocate", "same answer", |t| {
            let client = Client::challenged(t);
            let message = client.auth.sign(allocate());
            let first = client.ask(&message).unwrap();
            let second = client.ask(&message);
            match second {
                Some(second) if second.relayed() == first.relayed() => "same answer".into(),
                other => say(other),
            }
        }),
        same("Allocate twice", "437", |t| {
            let (client, _) = Client::allocated(t);
            let answer = client.ask_signed(allocate());
            say_signed(&client, answer)
        }),
        same(
            "Allocate by another user on a held 5-tuple",
            "437, owner ok",
            |t| by_another_user(t, allocate()),
        ),
        same("a required unknown attribute", "420 7ffe", |t| {
            signed(t, allocate().attr(0x7ffe, b"x"))
        }),
        same(
            "a required unknown attribute without credentials",
            "401 challenge",
            |t| super::table::plain(t, &allocate().attr(0x7ffe, b"x")),
        ),
        same("an optional unknown attribute", "ok", |t| {
            signed(t, allocate().attr(0xfffe, b"x"))
        }),
        same("an Allocate indication", "silence", |t| {
            signed(t, Writer::new(ALLOCATE | INDICATION).transport(17))
        }),
        differs(
            "a TCP Connect (RFC 6062)",
            "silence",
            "403",
            "ours relays UDP only, so the method is unknown; coturn knows it",
            |t| signed(t, Writer::new(0x00a)),
        ),
    ]
}

fn allocate() -> Writer {
    Writer::new(ALLOCATE).transport(17)
}

fn relayed(client: &Client, message: Writer) -> u16 {
    let answer = client.ask_signed(message).unwrap();
    let relayed = answer.relayed();
    relayed
        .unwrap_or_else(|| panic!("{}", answer.error_code()))
        .port()
}

fn reserve(client: &Client) -> (u16, Vec<u8>) {
    let answer = client
        .ask_signed(allocate().attr(EVEN_PORT, &[0x80]))
        .unwrap();
    let token = answer.get(RESERVATION_TOKEN).unwrap_or_default().to_vec();
    (answer.relayed().unwrap().port(), token)
}

fn lifetime(target: &Target, seconds: u32) -> String {
    let client = Client::challenged(target);
    let answer = client.ask_signed(allocate().lifetime(seconds)).unwrap();
    answer
        .lifetime()
        .map_or_else(|| say(Some(answer.clone())), |s| s.to_string())
}
