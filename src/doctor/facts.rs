//! What a running server says about its relay over the control socket: addresses and bounds, no
//! secret.

use parlor_actors::relay_desk::RelayDesk;
use parlor_turn::Addresses;
use serde::{Deserialize, Serialize};

use crate::{certificate::Known, config::Config};

/// The facts, one line of JSON on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayFacts {
    /// The server's process.
    pub pid: u32,
    /// What browsers are given: `stun:` addresses.
    pub stun_urls: Vec<String>,
    /// What browsers are given: `turn:` and `turns:` addresses.
    pub turn_urls: Vec<String>,
    /// What the server knows of its certificate.
    pub certificate: Known,
    /// Whether it listens for TLS at all.
    pub listens_tls: bool,
    /// First and last port of the relayed addresses.
    pub ports: (u16, u16),
    /// Connections and allocations that the configuration allows.
    pub descriptors: usize,
}

/// Descriptors beside connections and allocations: files, listeners, pipes.
const DESCRIPTORS_BESIDE: usize = 256;

impl RelayFacts {
    /// Of this process, now.
    pub fn of(config: &Config, desk: &RelayDesk, bound: &Addresses, certificate: Known) -> Self {
        Self {
            pid: std::process::id(),
            stun_urls: desk.stun_urls().to_vec(),
            turn_urls: desk.turn_urls(),
            certificate,
            listens_tls: !bound.tls.is_empty(),
            ports: (config.relay.port_min, config.relay.port_max),
            descriptors: config.server.connections_max
                + config.relay.allocations_max
                + DESCRIPTORS_BESIDE,
        }
    }
}
