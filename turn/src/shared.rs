//! What all shards and the control handle share: decisions and counts, never packets.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use crate::{
    RelayConfig, Secret,
    belt::Belt,
    calls::Calls,
    counters::Counters,
    gate::Gate,
    mailbox::{Mailbox, Order},
    nonce::Nonces,
    pace::Pace,
    ports::{Family, Ports},
    routes::Routes,
    sys::{address::Endpoint, poll::monotonic_ms},
    tls::CurrentCertificate,
    usage::{Budget, RelayStats},
};

pub(crate) struct Shared {
    pub config: RelayConfig,
    pub calls: Calls,
    pub ports: Ports,
    pub pace: Pace,
    pub routes: Routes,
    pub nonces: Nonces,
    pub gate: Arc<Gate>,
    pub certificate: Arc<CurrentCertificate>,
    /// Addresses of this machine: never peers.
    pub own_addresses: Vec<IpAddr>,
    /// (bound, seen by the world) of each family whose two addresses differ.
    pub translations: Vec<(Endpoint, Endpoint)>,
    pub allocations_live: AtomicUsize,
    pub draining: AtomicBool,
    secrets: RwLock<Arc<[Secret]>>,
    shards: OnceLock<Vec<ShardHandle>>,
}

/// How to reach a shard.
#[derive(Clone)]
pub(crate) struct ShardHandle {
    pub mailbox: Arc<Mailbox>,
    pub belt: Arc<Belt>,
    pub counters: Arc<Counters>,
}

impl Shared {
    pub fn new(mut config: RelayConfig, ports: Ports, own_addresses: Vec<IpAddr>) -> Shared {
        let limits = &config.limits;
        Shared {
            calls: Calls::new(limits, config.credential_horizon.as_secs()),
            pace: Pace::new(
                limits.kbit_total,
                limits.bytes_per_month,
                limits.kbit_when_spent == 0,
                monotonic_ms(),
            ),
            gate: Gate::new(limits.streams, limits.streams_per_address),
            routes: Routes::default(),
            nonces: Nonces::new(),
            translations: translations(&ports),
            ports,
            own_addresses,
            allocations_live: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            certificate: CurrentCertificate::new(config.certificate.take()),
            secrets: RwLock::new(std::mem::take(&mut config.secrets).into()),
            shards: OnceLock::new(),
            config,
        }
    }

    pub fn set_shards(&self, shards: Vec<ShardHandle>) {
        let _ = self.shards.set(shards);
    }

    /// All shards, by their numbers.
    pub fn shards(&self) -> &[ShardHandle] {
        self.shards.get().map_or(&[], Vec::as_slice)
    }

    /// The shard that serves streams: the last one.
    pub fn stream_shard(&self) -> Option<&ShardHandle> {
        self.shards().last()
    }

    pub fn secrets(&self) -> Arc<[Secret]> {
        self.secrets
            .read()
            .unwrap_or_else(|e| e.into_inner())
            .clone()
    }

    pub fn set_secrets(&self, secrets: Vec<Secret>) {
        if !secrets.is_empty() {
            *self.secrets.write().unwrap_or_else(|e| e.into_inner()) = secrets.into();
        }
    }

    pub fn revoke(&self, call: &str, participant: Option<&str>, unix: u64) {
        let Some(tag) = self.calls.revoke(call, participant, unix) else {
            return;
        };
        let participant: Option<Arc<str>> = participant.map(Into::into);
        for shard in self.shards() {
            shard.mailbox.send(Order::Revoke {
                tag,
                participant: participant.clone(),
            });
        }
    }

    pub fn stop(&self) {
        for shard in self.shards() {
            shard.mailbox.send(Order::Stop);
        }
    }

    pub fn set_month_bytes(&self, bytes: u64) {
        self.pace.set_month(bytes, monotonic_ms());
    }

    /// The rate of one allocation now: lower once the month's budget is used up.
    pub fn kbit_per_allocation(&self) -> u64 {
        let limits = &self.config.limits;
        match (limits.kbit_per_allocation, limits.kbit_when_spent) {
            (usual, low) if low == 0 || self.pace.budget() != Budget::Spent => usual,
            (0, low) => low,
            (usual, low) => usual.min(low),
        }
    }

    pub fn stats(&self) -> RelayStats {
        let mut stats = RelayStats {
            allocations_live: self.allocations_live.load(Relaxed) as u64,
            streams_live: self.gate.open() as u64,
            month_bytes: self.pace.month(),
            budget: self.pace.budget(),
            ..RelayStats::default()
        };
        self.shards()
            .iter()
            .for_each(|shard| shard.counters.add_to(&mut stats));
        stats
    }
}

fn translations(ports: &Ports) -> Vec<(Endpoint, Endpoint)> {
    let key = |ip| Endpoint::from(SocketAddr::new(ip, 0));
    [Family::V4, Family::V6]
        .into_iter()
        .filter_map(|family| ports.family(family))
        .filter(|family| family.bind != family.external)
        .map(|family| (key(family.bind), key(family.external)))
        .collect()
}
