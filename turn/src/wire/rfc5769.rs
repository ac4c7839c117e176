//! The sample messages of RFC 5769 against the code that reads and writes what travels.

use stun::{
    attributes::{
        ATTR_FINGERPRINT, ATTR_NONCE, ATTR_REALM, ATTR_SOFTWARE, ATTR_USERNAME,
        ATTR_XORMAPPED_ADDRESS, AttrType,
    },
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{METHOD_BINDING, Message},
};

use self::vectors::*;
use super::{indication::xor_address, reply::Reply, request::Request};

#[path = "../../tests/rfc5769/vectors.rs"]
mod vectors;

/// Bytes of a FINGERPRINT attribute, header included.
const FINGERPRINT_BYTES: usize = 8;

fn short_term() -> MessageIntegrity {
    MessageIntegrity::new_short_term_integrity(PASSWORD.into())
}

fn long_term() -> MessageIntegrity {
    MessageIntegrity::new_long_term_integrity(
        LONG_TERM_USER.into(),
        LONG_TERM_REALM.into(),
        LONG_TERM_PASSWORD.into(),
    )
}

fn verified(bytes: &[u8], key: &MessageIntegrity) -> bool {
    Request::parse(bytes).is_some_and(|mut request| request.verify(key))
}

#[test]
fn the_sample_request() {
    let mut request = Request::parse(&REQUEST).unwrap();
    assert_eq!(request.method(), METHOD_BINDING);
    assert_eq!(request.transaction(), REQUEST[8..20]);
    assert_eq!(request.text(ATTR_SOFTWARE), Some("STUN test client"));
    assert_eq!(request.text(ATTR_USERNAME), Some("evtj:h6vY"));
    let priority = AttrType(0x0024);
    assert_eq!(request.get(priority), Some(&[0x6e, 0, 1, 0xff][..]));
    assert!(request.get(AttrType(0x8029)).is_some(), "ICE-CONTROLLED");
    assert_eq!(request.not_understood(), [priority], "ICE is not ours");
    assert!(request.signed && request.fingerprinted);
    assert!(request.verify(&short_term()));
    assert!(!request.verify(&long_term()), "another key");
}

#[test]
fn the_sample_request_with_long_term_authentication() {
    let mut request = Request::parse(&LONG_TERM).unwrap();
    assert_eq!(request.method(), METHOD_BINDING);
    assert_eq!(request.text(ATTR_USERNAME), Some(LONG_TERM_USER));
    assert_eq!(request.text(ATTR_NONCE), Some(LONG_TERM_NONCE));
    assert_eq!(request.text(ATTR_REALM), Some(LONG_TERM_REALM));
    assert!(request.signed && !request.fingerprinted);
    assert!(request.verify(&long_term()));
    assert!(!request.verify(&short_term()), "another key");
}

#[test]
fn the_sample_ipv4_response() {
    check_response(&RESPONSE_V4, false);
}

#[test]
fn the_sample_ipv6_response() {
    check_response(&RESPONSE_V6, true);
}

/// The relay reads no responses but its self-test; so their parts are read by what it reads them
/// with elsewhere, and the answer that the relay itself gives has the same ones. (Its bytes cannot be
/// the RFC's as a whole: ours pads with zeros, the sample with spaces, and both are signed.)
fn check_response(sample: &[u8], v6: bool) {
    let mut message = decode(sample);
    let address = message.get(ATTR_XORMAPPED_ADDRESS).unwrap();
    assert_eq!(xor_address(&address, &sample[8..20]), Some(mapped(v6)));
    short_term().check(&mut message).unwrap();
    FINGERPRINT.check(&message).unwrap();
    for bit in 0..sample.len() * 8 {
        let mut message = Message {
            raw: flipped(sample, bit),
            ..Message::default()
        };
        let read = message.decode().is_ok();
        let whole =
            read && message.contains(ATTR_FINGERPRINT) && FINGERPRINT.check(&message).is_ok();
        assert!(!whole, "bit {bit}");
    }

    let request = Request::parse(&REQUEST).unwrap();
    let ours = Reply::success(&request)
        .with_bytes(ATTR_SOFTWARE, b"test vector")
        .with_address(ATTR_XORMAPPED_ADDRESS, mapped(v6))
        .finish(Some(&short_term()));
    assert_eq!(ours.len(), sample.len());
    let padding = 20 + 4 + "test vector".len();
    assert_eq!((ours[padding], sample[padding]), (0, b' '));
    let address_ends = padding + 1 + 4 + address.len();
    assert_eq!(ours[..padding], sample[..padding]);
    assert_eq!(
        ours[padding + 1..address_ends],
        sample[padding + 1..address_ends]
    );
    let mut message = decode(&ours);
    short_term().check(&mut message).unwrap();
    FINGERPRINT.check(&message).unwrap();
}

#[test]
fn no_flipped_bit_of_a_request_is_believed() {
    assert!(verified(&REQUEST, &short_term()) && verified(&LONG_TERM, &long_term()));
    for bit in 0..LONG_TERM.len() * 8 {
        assert!(
            !verified(&flipped(&LONG_TERM, bit), &long_term()),
            "bit {bit}"
        );
    }
    // In the type of FINGERPRINT a flipped bit makes another attribute of it, behind the integrity and
    // therefore without a meaning; everywhere else it costs the message its FINGERPRINT as well.
    let name = REQUEST.len() - FINGERPRINT_BYTES;
    for bit in (0..REQUEST.len() * 8).filter(|bit| !(name..name + 2).contains(&(bit / 8))) {
        let bytes = flipped(&REQUEST, bit);
        assert!(!verified(&bytes, &short_term()), "bit {bit}");
        let whole = Request::parse(&bytes).is_some_and(|request| request.fingerprinted);
        assert!(!whole, "bit {bit}");
    }
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 0x80 >> (bit % 8);
    bytes
}

fn decode(bytes: &[u8]) -> Message {
    let mut message = Message {
        raw: bytes.to_vec(),
        ..Message::default()
    };
    message.decode().unwrap();
    message
}
