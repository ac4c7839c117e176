//! The allocations of one shard: found by 5-tuple, by relayed port, by slot.
//!
//! One thread owns a table; there is no lock. Lookups for packets take `&self` or one allocation.

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::{AsRawFd, RawFd},
    sync::{Arc, atomic::Ordering::Relaxed},
};

use crate::usage::Meter;
use crate::{
    calls::CallTag,
    pace::Bucket,
    plane::{DataPlane, NotInstalled, Now, Opening, Path, Slot, Terms},
    ports::Owner,
    routes::{Route, Routes},
    shared::Shared,
    sys::{
        address::{Endpoint, FastMap, FiveTuple, SockAddr},
        poll::Epoll,
    },
};

/// The kinds of things that epoll reports; the highest byte of its token.
pub(crate) mod token {
    pub const RELAY: u64 = 0;
    pub const UDP: u64 = 1 << 56;
    pub const ACCEPT: u64 = 2 << 56;
    pub const STREAM: u64 = 3 << 56;
    pub const MAILBOX: u64 = 4 << 56;
    pub const BELT: u64 = 5 << 56;
    pub const KIND: u64 = 0xFF << 56;
}

/// One allocation as the data plane sees it.
pub(crate) struct Allocation {
    pub five: FiveTuple,
    pub path: Path,
    socket: UdpSocket,
    /// The relayed address as the world sees it.
    pub relayed: Endpoint,
    pub tag: CallTag,
    pub channels: Vec<Channel>,
    permissions: Vec<Permission>,
    pub meter: Arc<Meter>,
    pub bucket: Bucket,
    until: u64,
    terms: Box<Terms>,
}

/// A channel (RFC 8656 section 12).
pub(crate) struct Channel {
    pub number: u16,
    /// Whether the peer is a relayed address of this relay.
    pub own: bool,
    /// The peer as the world sees it.
    pub peer: Endpoint,
    /// The same for the system.
    pub to: SockAddr,
    until: u64,
    /// Until when the peer may send (its permission).
    permitted: u64,
    /// For a peer of this relay: the straight way that other shards have to this client.
    published: Option<Arc<Route>>,
    /// And the one that this shard has to that peer, with the second of the last look for it.
    found: Option<Arc<Route>>,
    looked: u64,
}

impl Channel {
    /// Tells other shards how long this channel may be used.
    fn tell(&self) {
        if let Some(route) = &self.published {
            route.keep_until(self.until.min(self.permitted));
        }
    }

    /// The straight way to a peer of another shard, if there is one now.
    #[inline]
    pub fn straight(&mut self, routes: &Routes, relayed: Endpoint, seconds: u64) -> Option<&Route> {
        if self.found.as_ref().is_none_or(|route| !route.open(seconds)) && self.looked != seconds {
            self.looked = seconds;
            self.found = routes.find(self.peer, relayed);
        }
        self.found.as_deref().filter(|route| route.open(seconds))
    }
}

struct Permission {
    peer: Endpoint,
    until: u64,
}

impl Allocation {
    #[inline]
    pub fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// The live channel of a number.
    #[inline]
    pub fn channel(&self, number: u16, seconds: u64) -> Option<&Channel> {
        self.channels
            .iter()
            .find(|c| c.number == number && c.until > seconds)
    }

    /// The live channel of a peer that may send now.
    #[inline]
    pub fn channel_from(&self, peer: &Endpoint, seconds: u64) -> Option<&Channel> {
        self.channels
            .iter()
            .find(|c| c.peer == *peer && c.until > seconds && c.permitted > seconds)
    }

    /// The same, to be changed.
    #[inline]
    pub fn channel_to(&mut self, peer: &Endpoint) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|c| c.peer == *peer)
    }

    /// Drops channels that are over at this second, or all.
    fn drop_channels(&mut self, routes: &Routes, seconds: u64) {
        let relayed = self.relayed;
        self.channels.retain(|c| {
            if c.until <= seconds && c.published.is_some() {
                routes.withdraw(relayed, c.peer);
            }
            c.until > seconds
        });
    }

    /// Whether a peer with this address may send and be sent to.
    #[inline]
    pub fn permits(&self, peer: &Endpoint, seconds: u64) -> bool {
        self.permissions
            .iter()
            .any(|p| p.peer.same_ip(peer) && p.until > seconds)
    }
}

pub(crate) struct Table {
    shard: u8,
    shared: Arc<Shared>,
    epoll: Arc<Epoll>,
    slots: Vec<Entry>,
    free: Vec<Slot>,
    by_client: FastMap<FiveTuple, Slot>,
}

struct Entry {
    /// Counts the lives of this slot, so that an event for the last one is recognised.
    generation: u32,
    allocation: Option<Box<Allocation>>,
}

/// Bits of a generation that fit a token.
const GENERATION_MASK: u32 = 0xFF_FFFF;

impl Table {
    pub fn new(shard: u8, shared: Arc<Shared>, epoll: Arc<Epoll>) -> Table {
        Table {
            shard,
            shared,
            epoll,
            slots: Vec::new(),
            free: Vec::new(),
            by_client: FastMap::default(),
        }
    }

    #[inline]
    pub fn get(&self, slot: Slot) -> Option<&Allocation> {
        self.slots.get(slot as usize)?.allocation.as_deref()
    }

    #[inline]
    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut Allocation> {
        self.slots.get_mut(slot as usize)?.allocation.as_deref_mut()
    }

    #[inline]
    pub fn slot_of(&self, five: &FiveTuple) -> Option<Slot> {
        self.by_client.get(five).copied()
    }

    /// The slot that a relay socket's event is for, if it still lives.
    #[inline]
    pub fn slot_of_token(&self, token: u64) -> Option<Slot> {
        let slot = token as u32;
        let entry = self.slots.get(slot as usize)?;
        let generation = (token >> 32) as u32 & GENERATION_MASK;
        (entry.generation & GENERATION_MASK == generation && entry.allocation.is_some())
            .then_some(slot)
    }

    /// Ends allocations and permissions whose time is over; gives streams that lost theirs.
    pub fn expire(&mut self, now: Now) -> Vec<u32> {
        let mut streams = Vec::new();
        let routes = self.shared.clone();
        let kbit = self.shared.kbit_per_allocation();
        for slot in 0..self.slots.len() as Slot {
            let Some(allocation) = self.get_mut(slot) else {
                continue;
            };
            if allocation.until <= now.seconds {
                if let Path::Stream(stream) = allocation.path {
                    streams.push(stream);
                }
                self.close(slot, now);
                continue;
            }
            allocation.bucket.set_rate(kbit);
            allocation.drop_channels(&routes.routes, now.seconds);
            allocation.permissions.retain(|p| p.until > now.seconds);
        }
        streams
    }

    /// Ends the allocations of a call, or of one participant of it; gives their streams.
    pub fn revoke(&mut self, tag: CallTag, participant: Option<&str>, now: Now) -> Vec<u32> {
        let mut streams = Vec::new();
        for slot in 0..self.slots.len() as Slot {
            let Some(allocation) = self.get(slot) else {
                continue;
            };
            if allocation.tag != tag
                || participant.is_some_and(|p| p != &*allocation.terms.participant)
            {
                continue;
            }
            if let Path::Stream(stream) = allocation.path {
                streams.push(stream);
            }
            self.close(slot, now);
        }
        streams
    }

    /// Ends everything.
    pub fn close_all(&mut self, now: Now) {
        for slot in 0..self.slots.len() as Slot {
            self.close(slot, now);
        }
    }
}

impl DataPlane for Table {
    fn find(&self, five: &FiveTuple) -> Option<Slot> {
        self.slot_of(five)
    }

    fn terms(&self, slot: Slot) -> Option<&Terms> {
        Some(&*self.get(slot)?.terms)
    }

    fn open(&mut self, opening: Opening) -> Option<Slot> {
        let Opening {
            five,
            path,
            port,
            tag,
            meter,
            terms,
            until,
        } = opening;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Entry {
                generation: 0,
                allocation: None,
            });
            (self.slots.len() - 1) as Slot
        });
        let entry = &mut self.slots[slot as usize];
        entry.generation = entry.generation.wrapping_add(1);
        let token =
            token::RELAY | u64::from(entry.generation & GENERATION_MASK) << 32 | u64::from(slot);
        if self.epoll.add_edge(&port.socket, token).is_err() {
            self.free.push(slot);
            return None;
        }
        let bucket = Bucket::new(self.shared.kbit_per_allocation(), 0);
        entry.allocation = Some(Box::new(Allocation {
            five,
            path,
            relayed: port.advertised.into(),
            socket: port.socket,
            tag,
            channels: Vec::new(),
            permissions: Vec::new(),
            meter,
            bucket,
            until,
            terms: Box::new(terms),
        }));
        self.by_client.insert(five, slot);
        self.shared.ports.publish(
            port.advertised,
            Owner {
                shard: self.shard,
                slot,
                tag,
            },
        );
        Some(slot)
    }

    fn extend(&mut self, slot: Slot, until: u64) {
        if let Some(allocation) = self.get_mut(slot) {
            allocation.until = until;
        }
    }

    fn permit(
        &mut self,
        slot: Slot,
        peers: &[IpAddr],
        until: u64,
        now: Now,
    ) -> Result<(), NotInstalled> {
        let most = self.shared.config.limits.permissions;
        let Some(allocation) = self.get_mut(slot) else {
            return Err(NotInstalled::Full);
        };
        let keys: Vec<Endpoint> = peers
            .iter()
            .map(|ip| SocketAddr::new(*ip, 0).into())
            .collect();
        allocation.permissions.retain(|p| p.until > now.seconds);
        let mut fresh: Vec<&Endpoint> = Vec::new();
        for key in &keys {
            if !allocation.permissions.iter().any(|p| p.peer.same_ip(key)) && !fresh.contains(&key)
            {
                fresh.push(key);
            }
        }
        if allocation.permissions.len() + fresh.len() > most {
            return Err(NotInstalled::Full);
        }
        for key in keys {
            match allocation
                .permissions
                .iter_mut()
                .find(|p| p.peer.same_ip(&key))
            {
                Some(permission) => permission.until = until,
                None => allocation.permissions.push(Permission { peer: key, until }),
            }
            for channel in allocation
                .channels
                .iter_mut()
                .filter(|c| c.peer.same_ip(&key))
            {
                channel.permitted = until;
                channel.tell();
            }
        }
        Ok(())
    }

    fn bind(
        &mut self,
        slot: Slot,
        number: u16,
        peer: SocketAddr,
        until: u64,
        now: Now,
    ) -> Result<(), NotInstalled> {
        let most = self.shared.config.limits.channels;
        let own = self.shared.ports.in_range(&peer.into());
        let to = peer.into();
        let shared = self.shared.clone();
        let peer = Endpoint::from(peer);
        let Some(allocation) = self.get_mut(slot) else {
            return Err(NotInstalled::Full);
        };
        allocation.drop_channels(&shared.routes, now.seconds);
        if allocation
            .channels
            .iter()
            .any(|c| (c.number == number) != (c.peer == peer))
        {
            return Err(NotInstalled::Conflict);
        }
        let permitted = allocation
            .permissions
            .iter()
            .find(|p| p.peer.same_ip(&peer))
            .map_or(0, |p| p.until);
        let full = allocation.channels.len() >= most;
        match allocation.channels.iter_mut().find(|c| c.number == number) {
            Some(channel) => {
                channel.until = until;
                channel.tell();
            }
            None if full => return Err(NotInstalled::Full),
            None => {
                let published = own
                    .then(|| Route::new(&allocation.path, number, &allocation.meter))
                    .flatten();
                if let Some(route) = &published {
                    shared
                        .routes
                        .publish(allocation.relayed, peer, route.clone());
                }
                let channel = Channel {
                    number,
                    own,
                    peer,
                    to,
                    until,
                    permitted,
                    published,
                    found: None,
                    looked: 0,
                };
                channel.tell();
                allocation.channels.push(channel);
            }
        }
        Ok(())
    }

    fn close(&mut self, slot: Slot, now: Now) {
        let Some(allocation) = self
            .slots
            .get_mut(slot as usize)
            .and_then(|entry| entry.allocation.take())
        else {
            return;
        };
        self.free.push(slot);
        self.by_client.remove(&allocation.five);
        let mut allocation = allocation;
        allocation.drop_channels(&self.shared.routes, u64::MAX);
        let Allocation {
            socket,
            meter,
            terms,
            ..
        } = *allocation;
        drop(socket);
        self.shared.ports.release(terms.relayed, now.seconds);
        self.shared
            .calls
            .close(&terms.call, &terms.participant, &meter);
        self.shared.allocations_live.fetch_sub(1, Relaxed);
    }
}
