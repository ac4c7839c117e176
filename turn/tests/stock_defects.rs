//! What the stock server of the `turn` crate gets wrong, and this relay does not.
//!
//! | defect | test |
//! |---|---|
//! | permissions for this machine and its network | `peers.rs`: `r01_…`, `r02_…` |
//! | memory for each unauthenticated Allocate | `flood.rs`: `r05_…` |
//! | a user deletes another's allocation | `refusals.rs`: `r09_…` |
//! | nonces are not bound to an address | `refusals.rs`: `r06_…` |
//! | wrong credentials get 400 without a nonce | `refusals.rs`: `r07_…` |
//! | silence without an allocation | `refusals.rs`: `without_an_allocation_everything_gets_437` |
//! | 403, 441, 486 and 420 are missing | `refusals.rs`: `r09_…`, `r11_…`, `r16_…`; `peers.rs` |
//! | only the first XOR-PEER-ADDRESS counts | `relay.rs`: `one_request_may_name_several_peers_all_or_none` |
//! | a retransmitted Allocate gets 437 | `refusals.rs`: `a_retransmitted_allocate_gets_its_first_answer` |
//! | permissions and channels without a cap | `refusals.rs`: `r11_…` |
//! | a malformed datagram is logged as an error | `quiet.rs`: `r19_…` |
//! | only client to peer is counted | `calls.rs`: `bytes_through_a_channel_equal_the_record` |
//! | EVEN-PORT spins for ever; closes nobody hears of and socket errors end the listener | here |

#![allow(clippy::unwrap_used)]

mod kit;

use kit::*;
use parlor_turn::{Limits, RelayConfig};
use stun::message::{METHOD_ALLOCATE, METHOD_BINDING};

/// An answer to Binding.
fn alive(client: &mut Client) {
    let binding = client.bare(METHOD_BINDING, &[]);
    assert!(client.exchange(&binding).is_some());
}

#[test]
fn even_port_ends_when_no_pair_is_left() {
    // Sixteen ports; other tests of this machine may hold some of them.
    let relay = start(RelayConfig {
        relay_ports: 61_000..=61_015,
        ..config()
    });
    let mut clients = Vec::new();
    let refusal = loop {
        let mut client = Client::udp(&relay, "c", "p");
        let reply = client.ask(METHOD_ALLOCATE, &[transport(17), (0x0018, vec![0x80])]);
        if code(&reply) != 0 {
            break code(&reply);
        }
        clients.push(client);
        assert!(clients.len() <= 8, "a pair for each");
    };
    assert_eq!(refusal, 508);
    alive(&mut Client::udp(&relay, "c", "q"));
}

/// The stock server tells each close through a channel, and stops when nobody reads it.
#[test]
fn allocations_that_close_unheard_stop_nobody() {
    let relay = start(config());
    let mut client = Client::udp(&relay, "c", "p");
    for _ in 0..300 {
        client.allocate();
        assert_eq!(code(&client.refresh(0)), 0);
    }
    alive(&mut Client::udp(&relay, "c", "q"));
}

/// An ICMP error on a listener (the client is gone before its answer comes) is only that.
#[test]
fn clients_that_are_gone_before_the_answer_stop_nobody() {
    let limits = Limits {
        challenges_per_second: 255,
        ..limits()
    };
    let relay = start(RelayConfig { limits, ..config() });
    let mut other = Client::udp(&relay, "c", "q");
    for _ in 0..100 {
        let mut client = Client::udp(&relay, "c", "p");
        for _ in 0..3 {
            let binding = client.bare(METHOD_BINDING, &[]);
            client.send(&binding.raw);
        }
        drop(client);
        alive(&mut other);
    }
    // The same on a relay socket: its peer is gone.
    let relayed_to = {
        let (_socket, address) = peer();
        address
    };
    other.allocate();
    assert_eq!(other.bind(0x4000, relayed_to), 0);
    for _ in 0..20 {
        other.send_channel(0x4000, b"anybody?");
        alive(&mut other);
    }
    assert_eq!(code(&other.refresh(600)), 0, "the allocation goes on");
}
