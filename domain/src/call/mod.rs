//! The live media of a room: begins when two people report connected media, pauses when fewer than
//! two are connected, ends when the room was empty for the grace or the host ends it.
//!
//! Connected time is counted only while two or more report media, and never beyond the last proof
//! of life: a call that is found dead ended when its last person was there, not when it was found.
//! The bill of paid calls will read this; nothing in here knows about money yet.

mod quality;
pub mod traffic;

pub use quality::{Quality, QualityBook, Sample, Transport};

use std::collections::BTreeSet;

use crate::{
    id::{CallId, PeerId},
    time::{Millis, Timestamp},
};

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A peer's media connection stands.
    Connected(PeerId, /** The id to use if this begins a call. */ CallId),
    /// A peer's media connection is down or being repaired.
    Interrupted(PeerId),
    /// A peer left the room.
    Gone(PeerId),
    /// Nobody is in the room any more.
    RoomEmpty,
    /// Somebody is in the room again.
    RoomPeopled,
    /// The meeting was ended for everybody.
    End,
    /// A deadline may have passed.
    Tick,
}

/// What must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The call began: note it, tell everybody.
    Started {
        /// Its id.
        call: CallId,
        /// When.
        at: Timestamp,
    },
    /// The call is over: note it.
    Ended {
        /// Its id.
        call: CallId,
        /// When its last person was there.
        at: Timestamp,
        /// From the first pair to the end.
        duration: Millis,
        /// How much of it two or more were connected.
        connected: Millis,
    },
}

/// What survives a restart of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Its id.
    pub call: CallId,
    /// When it began.
    pub started_at: Timestamp,
    /// Time with two or more connected, up to the last change.
    pub connected: Millis,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Call {
    empty_grace: Millis,
    live: Option<CallRecord>,
    connected: BTreeSet<PeerId>,
    paired_since: Option<Timestamp>,
    empty_since: Option<Timestamp>,
}

impl Call {
    /// A room without a call. `empty_grace`: how long an empty room keeps its call.
    pub fn new(empty_grace: Millis) -> Self {
        Self {
            empty_grace,
            live: None,
            connected: BTreeSet::new(),
            paired_since: None,
            empty_since: None,
        }
    }

    /// Goes on with a call that a restart interrupted; media is counted again once reported.
    pub fn restored(empty_grace: Millis, record: Option<CallRecord>) -> Self {
        Self {
            live: record,
            ..Self::new(empty_grace)
        }
    }

    /// The call, if one is live.
    pub fn record(&self) -> Option<CallRecord> {
        self.live
    }

    /// Time with two or more connected so far.
    pub fn connected_time(&self, now: Timestamp) -> Millis {
        let counted = self.live.map_or(Millis::ZERO, |live| live.connected);
        let running = self.paired_since.map_or(Millis::ZERO, |t| now.since(t));
        Millis(counted.0 + running.0)
    }

    /// When [`Input::Tick`] is wanted.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.live?;
        self.empty_since.map(|since| since + self.empty_grace)
    }

    /// Takes one input.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Option<Effect> {
        match input {
            Input::Connected(peer, fresh) => {
                self.connected.insert(peer);
                self.count(now);
                (self.connected.len() >= 2 && self.live.is_none()).then(|| self.begin(fresh, now))
            }
            Input::Interrupted(peer) | Input::Gone(peer) => {
                self.connected.remove(&peer);
                self.count(now);
                None
            }
            Input::RoomEmpty => {
                self.connected.clear();
                self.count(now);
                self.empty_since.get_or_insert(now);
                None
            }
            Input::RoomPeopled => {
                self.empty_since = None;
                None
            }
            Input::End => self.end(self.empty_since.unwrap_or(now), now),
            Input::Tick => {
                let over = self.deadline().is_some_and(|deadline| deadline <= now);
                let at = self.empty_since.filter(|_| over)?;
                self.end(at, now)
            }
        }
    }

    fn begin(&mut self, call: CallId, now: Timestamp) -> Effect {
        self.live = Some(CallRecord {
            call,
            started_at: now,
            connected: Millis::ZERO,
        });
        self.paired_since = Some(now);
        Effect::Started { call, at: now }
    }

    fn end(&mut self, at: Timestamp, now: Timestamp) -> Option<Effect> {
        self.connected.clear();
        self.count(now);
        let live = self.live.take()?;
        Some(Effect::Ended {
            call: live.call,
            at,
            duration: at.since(live.started_at),
            connected: live.connected,
        })
    }

    /// Moves running connected time into the record and restarts or stops the count.
    fn count(&mut self, now: Timestamp) {
        let connected = self.connected_time(now);
        if let Some(live) = &mut self.live {
            live.connected = connected;
        }
        self.paired_since = (self.live.is_some() && self.connected.len() >= 2).then_some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn peer(n: u128) -> PeerId {
        PeerId(Uuid::from_u128(n))
    }

    fn id(n: u128) -> CallId {
        CallId(Uuid::from_u128(n))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000)
    }

    fn call() -> Call {
        Call::new(Millis::from_secs(120))
    }

    #[test]
    fn one_person_alone_is_no_call_and_two_are() {
        let mut call = call();
        assert_eq!(call.handle(Input::Connected(peer(1), id(1)), at(0)), None);
        assert_eq!(call.handle(Input::Connected(peer(1), id(2)), at(1)), None);
        assert_eq!(
            call.handle(Input::Connected(peer(2), id(3)), at(5)),
            Some(Effect::Started {
                call: id(3),
                at: at(5)
            })
        );
        assert_eq!(call.handle(Input::Connected(peer(3), id(4)), at(6)), None);
    }

    #[test]
    fn connected_time_stands_still_while_one_side_is_interrupted() {
        let mut call = call();
        call.handle(Input::Connected(peer(1), id(1)), at(0));
        call.handle(Input::Connected(peer(2), id(1)), at(0));
        call.handle(Input::Interrupted(peer(2)), at(10));
        assert_eq!(call.connected_time(at(30)), Millis::from_secs(10));
        call.handle(Input::Connected(peer(2), id(9)), at(40));
        assert_eq!(call.connected_time(at(45)), Millis::from_secs(15));
        assert_eq!(call.record().map(|r| r.call), Some(id(1)), "the same call");
    }

    #[test]
    fn leaving_is_not_ending_but_an_empty_room_ends_when_the_last_one_left() {
        let mut call = call();
        call.handle(Input::Connected(peer(1), id(1)), at(0));
        call.handle(Input::Connected(peer(2), id(1)), at(0));
        call.handle(Input::Gone(peer(1)), at(60));
        call.handle(Input::Gone(peer(2)), at(70));
        call.handle(Input::RoomEmpty, at(70));
        assert_eq!(call.deadline(), Some(at(190)));
        assert_eq!(call.handle(Input::Tick, at(189)), None);
        call.handle(Input::RoomPeopled, at(189));
        assert_eq!(call.handle(Input::Tick, at(400)), None);
        call.handle(Input::RoomEmpty, at(500));
        assert_eq!(
            call.handle(Input::Tick, at(620)),
            Some(Effect::Ended {
                call: id(1),
                at: at(500),
                duration: Millis::from_secs(500),
                connected: Millis::from_secs(60)
            })
        );
        assert_eq!(call.handle(Input::Tick, at(900)), None, "only once");
    }

    #[test]
    fn the_hosts_end_is_an_end_at_once() {
        let mut call = call();
        assert_eq!(call.handle(Input::End, at(0)), None, "no call, no end");
        call.handle(Input::Connected(peer(1), id(1)), at(1));
        call.handle(Input::Connected(peer(2), id(1)), at(1));
        let ended = call.handle(Input::End, at(31));
        assert!(
            matches!(ended, Some(Effect::Ended { duration, .. }) if duration == Millis::from_secs(30))
        );
    }

    #[test]
    fn a_restart_goes_on_with_the_same_call() {
        let record = CallRecord {
            call: id(7),
            started_at: at(0),
            connected: Millis::from_secs(9),
        };
        let mut call = Call::restored(Millis::from_secs(120), Some(record));
        call.handle(Input::Connected(peer(1), id(1)), at(20));
        assert_eq!(call.handle(Input::Connected(peer(2), id(2)), at(21)), None);
        assert_eq!(call.connected_time(at(22)), Millis::from_secs(10));
        assert_eq!(call.record().map(|r| r.call), Some(id(7)));
    }
}
