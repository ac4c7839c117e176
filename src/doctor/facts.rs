//! What a running server says of itself, over the control socket or to its own page: addresses and
//! bounds, no secret.

use std::sync::Arc;

use parlor_actors::{clock::Clock, relay_desk::RelayDesk};
use parlor_data::Store;
use parlor_turn::Addresses;
use serde::{Deserialize, Serialize};

use super::{
    looked::Looked,
    outside::{Outside, Seen},
};
use crate::{
    certificate::{Known, Status},
    config::Config,
};

/// The facts, one line of JSON on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The server's process.
    pub pid: u32,
    /// What people type.
    pub public_url: String,
    /// Port of HTTPS, if it does TLS itself.
    pub https: Option<u16>,
    /// What browsers are given: `stun:` addresses.
    pub stun_urls: Vec<String>,
    /// What browsers are given: `turn:` and `turns:` addresses.
    pub turn_urls: Vec<String>,
    /// What the server knows of its certificate.
    pub certificate: Known,
    /// Whether its relay listens for TLS at all.
    pub listens_tls: bool,
    /// First and last port of the relayed addresses.
    pub ports: (u16, u16),
    /// Connections and allocations that the configuration allows.
    pub descriptors: usize,
    /// Why the store only reads at the moment.
    pub read_only: Option<String>,
    /// Why the file with the keys does not do for the store any more.
    #[serde(default)]
    pub keys: Option<String>,
    /// What a browser reported that tried the ports from where it is.
    #[serde(default)]
    pub outside: Option<Seen>,
}

/// The parts of the server that know them.
pub struct Inside {
    /// What it was started with.
    pub config: Config,
    /// What people type.
    pub public_url: String,
    /// What browsers are given.
    pub desk: RelayDesk,
    /// Where the relay listens.
    pub bound: Addresses,
    /// Port of HTTPS.
    pub https: Option<u16>,
    /// What the TLS doors show.
    pub certificate: Arc<Status>,
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// What browsers report.
    pub outside: Outside,
    /// What the last look found.
    pub looked: Looked,
}

/// Descriptors beside connections and allocations: files, listeners, pipes.
const DESCRIPTORS_BESIDE: usize = 256;

impl Facts {
    /// Of this process, now.
    pub fn of(it: &Inside) -> Self {
        let config = &it.config;
        Self {
            pid: std::process::id(),
            public_url: it.public_url.clone(),
            https: it.https,
            stun_urls: it.desk.stun_urls().to_vec(),
            turn_urls: it.desk.turn_urls(),
            certificate: it.certificate.known(it.clock.now()),
            listens_tls: !it.bound.tls.is_empty(),
            ports: (config.relay.port_min, config.relay.port_max),
            descriptors: config.server.connections_max
                + config.relay.allocations_max
                + DESCRIPTORS_BESIDE,
            read_only: it.store.stats().read_only.map(|why| why.to_string()),
            keys: it.store.key_status().err().map(|why| why.to_string()),
            outside: it.outside.last(),
        }
    }
}
