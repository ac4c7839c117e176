//! The STUN/TURN relay (RFC 8489, RFC 8656): UDP, TCP and TLS, time-limited credentials bound to a
//! call, and a data plane of its own.
//!
//! Start at [`Relay::start`] and [`RelayControl`]; inside, at `shard.rs` (how packets move) and
//! `desk/` (who may do what).
//!
//! # Two halves
//! The **control plane** (`desk/`, one file per method, steps as in the RFC) takes a request and
//! gives an answer. It sees the **data plane** only through the trait in `plane.rs`, and the data
//! plane (`shard.rs`, `table.rs`, `stream.rs`, `sys/`) never decides anything about rights. Each
//! shard is one thread that owns its sockets and its allocations; what shards share (`shared.rs`) is
//! counts, secrets, calls and the directory of relayed ports, none of it locked on the way of a
//! packet. Packets from one shard to another's client are written to it straight (`routes.rs`) or
//! handed over in batches (`belt.rs`).
//!
//! # What is used of the crates, and what is not
//! Messages are decoded, built and signed with the `stun` crate, and attributes and numbers are those
//! of `turn::proto`. Everything above in the `turn` crate, its `Server`, `Request`, `Manager` and
//! `Allocation`, is left aside: the server answers wrong codes, keeps a record for each stranger's
//! packet, lets users end each other's allocations and relays to the machine it runs on; and the
//! manager keeps a task, a boxed connection and several locks per allocation, which a data plane
//! without locks cannot stand on. Not spoken, on purpose: RFC 6062 (TCP relaying), DTLS, OAuth,
//! mobility, CHANGE-REQUEST, DONT-FRAGMENT.
//!
//! # What it must never do
//! Keep state for a packet that proved nothing. Answer with much more than was asked. Reach a peer
//! that the policy does not name. Log a credential, an address or a user name at info level. Queue
//! without a bound.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod belt;
mod calls;
pub mod client;
pub mod config;
mod control;
mod counters;
pub mod credential;
mod desk;
mod gate;
mod mailbox;
mod nonce;
mod pace;
mod plane;
pub mod policy;
mod ports;
mod routes;
pub mod selftest;
mod shard;
mod shared;
mod start;
mod stream;
mod sys;
mod table;
pub mod tls;
pub mod usage;
mod wire;

use std::{
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    sync::atomic::Ordering::Relaxed,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

pub use config::{Limits, RelayAddress, RelayConfig, StartError};
pub use control::{AdoptedStream, RelayControl, begins_stun};
pub use credential::{Credential, Secret};
pub use desk::answer_binding;
pub use policy::{Cidr, PeerPolicy};
pub use selftest::SelfTest;
pub use sys::schedule::make_way;
pub use tls::{Certificate, CertificateError, CurrentCertificate};
pub use usage::{Budget, CallUsage, ParticipantUsage, REFUSALS, RelayStats, Traffic};

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

/// Listeners for streams that were opened before the relay was made, in the order of
/// [`RelayConfig::listen`]; where there is none the relay opens its own. They must not block.
#[derive(Debug, Default)]
pub struct Opened {
    /// For TCP.
    pub tcp: Vec<TcpListener>,
    /// For TLS.
    pub tls: Vec<TcpListener>,
}

/// A running relay; owns its threads. Dropping it ends them at once.
pub struct Relay {
    control: RelayControl,
    addresses: Addresses,
    threads: Vec<JoinHandle<()>>,
    _name: Option<OwnedFd>,
}

impl Relay {
    /// Binds every listener and starts the threads, or says in words why not.
    pub fn start(config: RelayConfig) -> Result<Relay, StartError> {
        Self::start_with(config, Opened::default())
    }

    /// The same with listeners that somebody else has opened, for example systemd.
    pub fn start_with(config: RelayConfig, opened: Opened) -> Result<Relay, StartError> {
        let started = start::start(config, opened)?;
        Ok(Relay {
            control: RelayControl {
                shared: started.shared,
                addresses: started.addresses.clone().into(),
            },
            addresses: started.addresses,
            threads: started.threads,
            _name: started.name,
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
    pub fn shutdown(self, drain: Duration) {
        let shared = &self.control.shared;
        shared.draining.store(true, Relaxed);
        let end = Instant::now() + drain;
        while shared.allocations_live.load(Relaxed) > 0 && Instant::now() < end {
            thread::sleep(DRAIN_LOOK.min(end.saturating_duration_since(Instant::now())));
        }
    }
}

/// How often a draining relay looks whether it is empty.
const DRAIN_LOOK: Duration = Duration::from_millis(50);

impl Drop for Relay {
    fn drop(&mut self) {
        self.control.shared.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a relay thread has panicked");
            }
        }
    }
}
