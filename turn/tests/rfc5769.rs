//! The sample requests of RFC 5769 sent to a live relay. How their parts are read, byte by byte, is
//! proved beside the code: `src/wire/rfc5769.rs`.

#![allow(clippy::unwrap_used)]

mod common;
#[allow(dead_code)]
#[path = "rfc5769/vectors.rs"]
mod vectors;

use common::{
    client::Client,
    servers,
    stun::{attr::*, *},
};

/// Where the transaction id lies.
const TRANSACTION: std::ops::Range<usize> = 8..20;

fn ask(client: &Client, bytes: &[u8]) -> Option<Message> {
    client.ask_bytes(bytes, bytes[TRANSACTION].try_into().unwrap())
}

#[test]
fn the_sample_request_is_told_that_this_is_no_ice_agent() {
    let target = servers::ours(servers::config());
    let client = Client::new(&target);
    let answer = ask(&client, &vectors::REQUEST).unwrap();
    assert_eq!(answer.error_code(), 420);
    let unknown = answer.get(0x000A).unwrap();
    assert_eq!(unknown, [0, 0x24], "PRIORITY");
    assert!(answer.get(FINGERPRINT).is_some(), "as the request has one");
}

#[test]
fn the_sample_request_with_a_flipped_bit_gets_nothing() {
    let target = servers::ours(servers::config());
    let client = Client::new(&target);
    let mut bytes = vectors::REQUEST;
    // in the user name, so that only FINGERPRINT can tell
    bytes[60] ^= 1;
    assert!(ask(&client, &bytes).is_none());
    assert!(ask(&client, &vectors::REQUEST).is_some());
}

#[test]
fn the_sample_request_with_long_term_authentication_gets_its_binding() {
    let target = servers::ours(servers::config());
    let client = Client::new(&target);
    // a Binding needs no credentials, so that those of another realm do no harm
    let answer = ask(&client, &vectors::LONG_TERM).unwrap();
    assert!(answer.is_success());
    assert_eq!(answer.address(XOR_MAPPED_ADDRESS), Some(client.address()));
    assert!(answer.get(FINGERPRINT).is_none(), "as the request has none");
}

#[test]
fn the_sample_responses_get_nothing() {
    let target = servers::ours(servers::config());
    let client = Client::new(&target);
    for response in [&vectors::RESPONSE_V4[..], &vectors::RESPONSE_V6] {
        assert!(ask(&client, response).is_none());
    }
}
