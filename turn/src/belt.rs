//! Packets between shards, handed over in memory and many at once: what a client sends to a relayed
//! client of another shard that only that shard can write to, because it comes over a stream or has
//! bound no channel.
//!
//! The way through both relay sockets would cost two system calls and a wake of the other thread for
//! each packet. Here a batch costs one lock and one wake, and buffers go back and forth. Nothing waits
//! without a bound: what does not fit is lost, as a network would lose it.

use std::{
    io, mem,
    sync::{Mutex, MutexGuard},
};

use crate::{
    calls::CallTag,
    plane::Slot,
    sys::{address::Endpoint, poll::Waker},
};

/// Bytes that may wait for one shard: 40 ms at 100 Mbit/s.
const BYTES_MAX: usize = 512 * 1024;

/// Whom a packet is for, and from whom.
#[derive(Clone, Copy)]
pub(crate) struct Parcel {
    /// The target's place in its shard; another may have it by the time that the packet arrives.
    pub slot: Slot,
    /// The target's relayed address, and its call: by them another is told apart.
    pub to: Endpoint,
    pub tag: CallTag,
    /// The sender's relayed address.
    pub from: Endpoint,
}

/// Packets on their way; each is kept with the room for a channel header that it came with.
#[derive(Default)]
pub(crate) struct Load {
    parcels: Vec<(Parcel, usize)>,
    bytes: Vec<u8>,
}

impl Load {
    /// Adds a packet; false when it has no room.
    #[inline]
    pub fn push(&mut self, parcel: Parcel, bytes: &[u8]) -> bool {
        let fits = self.bytes.len() + bytes.len() <= BYTES_MAX;
        if fits {
            self.parcels.push((parcel, bytes.len()));
            self.bytes.extend_from_slice(bytes);
        }
        fits
    }

    pub fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    /// The packets in their order.
    pub fn packets(&mut self) -> impl Iterator<Item = (Parcel, &mut [u8])> {
        let mut rest = self.bytes.as_mut_slice();
        self.parcels.iter().map(move |(parcel, length)| {
            let (packet, after) = mem::take(&mut rest).split_at_mut(*length);
            rest = after;
            (*parcel, packet)
        })
    }

    /// Empties it; the buffers stay.
    pub fn clear(&mut self) {
        self.parcels.clear();
        self.bytes.clear();
    }

    /// Takes over the packets of another as far as they fit; gives how many did not.
    fn append(&mut self, other: &mut Load) -> usize {
        let mut lost = 0;
        for (parcel, packet) in other.packets() {
            lost += usize::from(!self.push(parcel, packet));
        }
        other.clear();
        lost
    }
}

/// What waits for one shard.
pub(crate) struct Belt {
    load: Mutex<Load>,
    pub waker: Waker,
}

impl Belt {
    pub fn new() -> io::Result<Belt> {
        Ok(Belt {
            load: Mutex::default(),
            waker: Waker::new()?,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Hands over what `load` holds, and leaves it empty; gives how many packets had no room.
    pub fn put(&self, load: &mut Load) -> usize {
        let mut waiting = self.lock();
        if waiting.is_empty() {
            mem::swap(&mut *waiting, load);
            drop(waiting);
            self.waker.wake();
            return 0;
        }
        // Its reader has been woken and not come yet.
        waiting.append(load)
    }

    /// Takes what waits, in exchange for an empty load.
    pub fn take(&self, empty: &mut Load) {
        self.waker.clear();
        mem::swap(&mut *self.lock(), empty);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(slot: Slot) -> Parcel {
        let end = Endpoint::v4(0x7F00_0001, 5000);
        Parcel {
            slot,
            to: end,
            tag: CallTag(1),
            from: end,
        }
    }

    fn taken(belt: &Belt) -> Vec<(Slot, Vec<u8>)> {
        let mut load = Load::default();
        belt.take(&mut load);
        load.packets()
            .map(|(parcel, bytes)| (parcel.slot, bytes.to_vec()))
            .collect()
    }

    #[test]
    fn packets_arrive_whole_and_in_order_also_when_the_reader_is_late() {
        let belt = Belt::new().unwrap();
        let mut load = Load::default();
        for (first, second) in [(1, 2), (3, 4)] {
            assert!(load.push(parcel(first), b"one"));
            assert!(load.push(parcel(second), b""));
            assert_eq!(belt.put(&mut load), 0);
            assert!(load.is_empty());
        }
        let expected = [(1, "one"), (2, ""), (3, "one"), (4, "")];
        let expected = expected.map(|(slot, bytes)| (slot, bytes.as_bytes().to_vec()));
        assert_eq!(taken(&belt), expected);
        assert!(taken(&belt).is_empty());
    }

    #[test]
    fn what_has_no_room_is_lost_and_counted() {
        let belt = Belt::new().unwrap();
        let packet = vec![7; 60_000];
        let fit = BYTES_MAX / packet.len();
        let mut load = Load::default();
        for n in 0..fit {
            assert!(load.push(parcel(n as Slot), &packet));
        }
        assert!(!load.push(parcel(99), &packet));
        assert_eq!(belt.put(&mut load), 0);
        assert!(load.push(parcel(100), &packet));
        assert!(load.push(parcel(101), b"small"));
        assert_eq!(belt.put(&mut load), 1);
        let taken = taken(&belt);
        assert_eq!(taken.len(), fit + 1);
        assert_eq!(taken[fit], (101, b"small".to_vec()));
    }
}
