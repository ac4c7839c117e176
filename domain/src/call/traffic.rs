//! What a call moved through the relay, by person and direction, and by which way people reached
//! each other. Sums only grow; whoever adds to them gives each packet once.

use std::collections::BTreeMap;

use crate::id::UserId;

/// Most people that a call counts apart; whoever comes on top is counted as nobody known.
pub const PEOPLE_MAX: usize = 16;

/// Packets and bytes of one direction. Bytes are payload, without the relay's own framing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Packets relayed.
    pub packets: u64,
    /// Bytes relayed.
    pub bytes: u64,
}

/// What one person moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// From the person to others.
    pub up: Flow,
    /// From others to the person.
    pub down: Flow,
    /// Packets that the relay dropped: over a rate, or a reader too slow.
    pub dropped: u64,
}

/// How media reached a person, as their browser reported it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// Not reported.
    #[default]
    Unknown,
    /// From browser to browser.
    Direct,
    /// Through the relay, at least for a while.
    Relay,
}

/// One person's share in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// What went through the relay.
    pub used: Used,
    /// How media reached them.
    pub path: Path,
}

/// A call's traffic. `None` stands for whoever could not be told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallTraffic {
    /// Each person's share.
    pub people: BTreeMap<Option<UserId>, Share>,
}

impl Flow {
    fn add(&mut self, more: Flow) {
        self.packets = self.packets.saturating_add(more.packets);
        self.bytes = self.bytes.saturating_add(more.bytes);
    }
}

impl CallTraffic {
    /// Adds what somebody moved since the last time.
    pub fn add(&mut self, user: Option<UserId>, more: Used) {
        let used = &mut self.share(user).used;
        used.up.add(more.up);
        used.down.add(more.down);
        used.dropped = used.dropped.saturating_add(more.dropped);
    }

    /// Notes a report of somebody's browser. Once relayed stays relayed: the bytes were moved.
    pub fn reached(&mut self, user: UserId, relayed: bool) {
        let path = if relayed { Path::Relay } else { Path::Direct };
        let share = self.share(Some(user));
        share.path = share.path.max(path);
    }

    /// The whole call's way: relayed if anybody's was.
    pub fn path(&self) -> Path {
        self.people
            .values()
            .map(|share| share.path)
            .max()
            .unwrap_or_default()
    }

    /// Everybody together, as the relay counts it: a packet between two relayed people is counted
    /// once up and once down.
    pub fn sum(&self) -> Used {
        let mut sum = Used::default();
        for Share { used, .. } in self.people.values() {
            sum.up.add(used.up);
            sum.down.add(used.down);
            sum.dropped = sum.dropped.saturating_add(used.dropped);
        }
        sum
    }

    fn share(&mut self, user: Option<UserId>) -> &mut Share {
        let fits = self.people.len() < PEOPLE_MAX || self.people.contains_key(&user);
        self.people.entry(user.filter(|_| fits)).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn used(bytes: u64) -> Used {
        Used {
            up: Flow { packets: 1, bytes },
            down: Flow {
                packets: 2,
                bytes: bytes * 2,
            },
            dropped: 1,
        }
    }

    #[test]
    fn sums_grow_by_person() {
        let mut call = CallTraffic::default();
        call.add(Some(user(1)), used(10));
        call.add(Some(user(1)), used(5));
        call.add(None, used(1));
        assert_eq!(call.people[&Some(user(1))].used.down.bytes, 30);
        let sum = call.sum();
        assert_eq!((sum.up.bytes, sum.down.packets, sum.dropped), (16, 6, 3));
    }

    #[test]
    fn a_call_is_relayed_once_anybodys_way_was() {
        let mut call = CallTraffic::default();
        assert_eq!(call.path(), Path::Unknown);
        call.reached(user(1), false);
        assert_eq!(call.path(), Path::Direct);
        call.reached(user(2), true);
        call.reached(user(2), false);
        assert_eq!(call.path(), Path::Relay);
        assert_eq!(call.people[&Some(user(1))].path, Path::Direct);
    }

    #[test]
    fn a_crowd_is_counted_as_nobody_known() {
        let mut call = CallTraffic::default();
        for n in 0..100 {
            call.add(Some(user(n)), used(1));
        }
        assert_eq!(call.people.len(), PEOPLE_MAX + 1);
        assert_eq!(call.sum().up.bytes, 100);
    }
}
