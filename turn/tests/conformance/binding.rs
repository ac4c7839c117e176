//! Binding, and what is no STUN at all.

use super::table::{Case, differs, plain, same, say};
use crate::common::{
    client::Client,
    servers::Target,
    stun::{attr::*, *},
};

pub fn cases() -> Vec<Case> {
    vec![
        same("binding reflects the address", "own address", |t| {
            reflected(t, Writer::new(BINDING))
        }),
        same("binding with a right FINGERPRINT", "own address", |t| {
            reflected(t, Writer::new(BINDING).fingerprint(0))
        }),
        same("binding with a wrong FINGERPRINT", "silence", |t| {
            plain(t, &Writer::new(BINDING).fingerprint(1))
        }),
        same("binding with an optional unknown attribute", "ok", |t| {
            plain(t, &Writer::new(BINDING).attr(0xfffe, b"anything"))
        }),
        same(
            "binding with a required unknown attribute",
            "420 7ffe",
            |t| plain(t, &Writer::new(BINDING).attr(0x7ffe, b"anything")),
        ),
        same(
            "binding with two required unknown attributes",
            "420 7ffd 7ffe",
            |t| {
                let message = Writer::new(BINDING).attr(0x7ffd, b"a").attr(0x7ffe, b"b");
                plain(t, &message)
            },
        ),
        differs(
            "binding with CHANGE-REQUEST",
            "420 0003",
            "420 ",
            "RFC 8489 6.3.1: a 420 names the attributes; coturn's list is empty here",
            |t| plain(t, &Writer::new(BINDING).attr(CHANGE_REQUEST, &[0, 0, 0, 6])),
        ),
        differs(
            "binding with RESPONSE-PORT",
            "420 0027",
            "ok",
            "ours has nothing of RFC 5780, so the attribute is unknown; coturn knows it and ignores it",
            |t| plain(t, &Writer::new(BINDING).attr(0x0027, &[0x11, 0x22, 0, 0])),
        ),
        same("binding with SOFTWARE", "ok", |t| {
            plain(t, &Writer::new(BINDING).attr(SOFTWARE, b"a client"))
        }),
        same("binding with USERNAME alone", "ok", |t| {
            plain(t, &Writer::new(BINDING).attr(USERNAME, b"somebody"))
        }),
        differs(
            "binding answer has no SOFTWARE",
            "none",
            "Coturn-4.6.1 'Gorst'",
            "versions are nobody's business, and bytes in an answer amplify",
            |t| {
                let answer = Client::new(t).ask(&Writer::new(BINDING)).unwrap();
                answer.text(SOFTWARE).unwrap_or("none".into())
            },
        ),
        differs(
            "binding answer at most 1.6 times the request",
            "small",
            "80 bytes",
            "coturn adds MAPPED-ADDRESS, RESPONSE-ORIGIN and SOFTWARE",
            |t| {
                let answer = Client::new(t).ask(&Writer::new(BINDING)).unwrap();
                if answer.bytes.len() * 10 <= 20 * 16 {
                    "small".into()
                } else {
                    format!("{} bytes", answer.bytes.len())
                }
            },
        ),
        same("binding indication", "silence", |t| {
            plain(t, &Writer::new(BINDING | INDICATION))
        }),
        same("binding success sent to the server", "silence", |t| {
            plain(t, &Writer::new(BINDING | SUCCESS))
        }),
        same("binding error sent to the server", "silence", |t| {
            plain(t, &Writer::new(BINDING | ERROR))
        }),
        same("classic STUN without the cookie", "silence", |t| {
            altered(t, |bytes| bytes[4] ^= 1)
        }),
        same("an unknown method", "silence", |t| {
            plain(t, &Writer::new(0x0abc))
        }),
        same("a header of 19 bytes", "silence", |t| {
            altered(t, |bytes| bytes.truncate(19))
        }),
        same("a length beyond the datagram", "silence", |t| {
            plain(t, &Writer::new(BINDING).length_off_by(4))
        }),
        same("a length that is no multiple of four", "silence", |t| {
            plain(t, &Writer::new(BINDING).raw(&[0, 0]))
        }),
        same("bytes behind the message", "silence", |t| {
            altered(t, |bytes| bytes.extend_from_slice(&[0; 4]))
        }),
        differs(
            "an attribute that runs past the end",
            "silence",
            "ok",
            "ours reads all attributes before it answers; coturn only looks for those it wants",
            |t| {
                plain(
                    t,
                    &Writer::new(BINDING).raw(&[0x80, 0x22, 0, 9, 0, 0, 0, 0]),
                )
            },
        ),
        same("an attribute header cut in two", "silence", |t| {
            altered(t, |bytes| {
                bytes.extend_from_slice(&[0x80, 0x22]);
                bytes[3] = 2;
            })
        }),
        same("the first bits 10", "silence", |t| {
            altered(t, |bytes| bytes[0] = 0x80)
        }),
        same("one byte", "silence", |t| {
            altered(t, |bytes| bytes.truncate(1))
        }),
        same("an empty datagram", "silence", |t| altered(t, Vec::clear)),
    ]
}

fn reflected(target: &Target, message: Writer) -> String {
    let client = Client::new(target);
    let answer = client.ask(&message).unwrap();
    match answer.address(XOR_MAPPED_ADDRESS) {
        Some(address) if address == client.address() => "own address".into(),
        other => format!("{other:?}"),
    }
}

fn altered(target: &Target, alter: fn(&mut Vec<u8>)) -> String {
    let message = Writer::new(BINDING);
    let mut bytes = message.bytes().to_vec();
    alter(&mut bytes);
    say(Client::new(target).ask_bytes(&bytes, &message.transaction()))
}
