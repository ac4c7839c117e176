//! Straight ways between shards: where a packet for a relayed client of another shard goes.
//!
//! A shard may write to any UDP client from its own listener, since all shards' listeners share
//! their address. It only has to know the client, the channel, and whether both still live: that is
//! a route. The owner of the target publishes it with the channel; the sender keeps it beside its own
//! channel and looks it up once a second at most, so that no packet takes the lock here.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::{
    plane::Path,
    sys::address::{Endpoint, Folding, SockAddr},
    usage::Meter,
};

/// How to reach a UDP client over one of its channels.
pub(crate) struct Route {
    listener: u16,
    to: SockAddr,
    pub number: u16,
    pub meter: Arc<Meter>,
    /// Second at which channel or permission ends, whichever is first; 0 when revoked.
    until: AtomicU64,
}

impl Route {
    /// For the channel of a UDP client; other clients have none.
    pub fn new(path: &Path, number: u16, meter: &Arc<Meter>) -> Option<Arc<Route>> {
        let Path::Udp { listener, to } = *path else {
            return None;
        };
        Some(Arc::new(Route {
            listener,
            to,
            number,
            meter: meter.clone(),
            until: AtomicU64::new(0),
        }))
    }

    #[inline]
    pub fn path(&self) -> Path {
        Path::Udp {
            listener: self.listener,
            to: self.to,
        }
    }

    #[inline]
    pub fn open(&self, seconds: u64) -> bool {
        self.until.load(Relaxed) > seconds
    }

    pub fn keep_until(&self, seconds: u64) {
        self.until.store(seconds, Relaxed);
    }
}

/// (relayed address of the target, relayed address of the sender).
type Ends = (Endpoint, Endpoint);

/// All routes of the relay; as many as there are channels between its own clients.
#[derive(Default)]
pub(crate) struct Routes(Mutex<HashMap<Ends, Arc<Route>, std::hash::BuildHasherDefault<Folding>>>);

impl Routes {
    fn lock(
        &self,
    ) -> MutexGuard<'_, HashMap<Ends, Arc<Route>, std::hash::BuildHasherDefault<Folding>>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub fn publish(&self, target: Endpoint, sender: Endpoint, route: Arc<Route>) {
        self.lock().insert((target, sender), route);
    }

    /// Forgets a route; whoever still holds it finds it closed.
    pub fn withdraw(&self, target: Endpoint, sender: Endpoint) {
        if let Some(route) = self.lock().remove(&(target, sender)) {
            route.keep_until(0);
        }
    }

    pub fn find(&self, target: Endpoint, sender: Endpoint) -> Option<Arc<Route>> {
        self.lock().get(&(target, sender)).cloned()
    }
}
