//! Which paid calls live: who pays, who earns. In memory only; meters enter and leave it. And what
//! rings came to, since the start.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use parlor_domain::{
    id::{CallId, RoomId, UserId},
    paid::{PaidCall, Status},
    time::{Millis, Timestamp},
};

use crate::registry::lock;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Talk {
    /// The call.
    pub call: CallId,
    /// Who pays.
    pub payer: UserId,
    /// Who earns.
    pub host: UserId,
    /// When it was accepted.
    pub since: Timestamp,
}

/// All of them, by room.
#[derive(Default)]
pub struct Talks(Mutex<HashMap<RoomId, Talk>>);

impl Talks {
    /// A call begins.
    pub fn begin(&self, it: &PaidCall) {
        let talk = Talk {
            call: it.id,
            payer: it.caller,
            host: it.host,
            since: it.accepted_at.unwrap_or(it.created_at),
        };
        lock(&self.0).insert(it.room, talk);
    }

    /// A call is over.
    pub fn end(&self, room: RoomId) {
        lock(&self.0).remove(&room);
    }

    /// The rooms whose call this person pays.
    pub fn paid_by(&self, user: UserId) -> Vec<RoomId> {
        let talks = lock(&self.0);
        let theirs = talks.iter().filter(|(_, talk)| talk.payer == user);
        theirs.map(|(room, _)| *room).collect()
    }

    /// The call that this host is in.
    pub fn of_host(&self, host: UserId) -> Option<Talk> {
        let talks = lock(&self.0);
        talks.values().find(|talk| talk.host == host).copied()
    }

    /// The room of these two's call, whoever pays.
    pub fn between(&self, one: UserId, other: UserId) -> Option<RoomId> {
        let two = |talk: &Talk| [(one, other), (other, one)].contains(&(talk.payer, talk.host));
        let talks = lock(&self.0);
        let found = talks.iter().find(|(_, talk)| two(talk));
        found.map(|(room, _)| *room)
    }

    /// The call of this room.
    pub fn of_room(&self, room: RoomId) -> Option<Talk> {
        lock(&self.0).get(&room).copied()
    }

    /// How many.
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How many rings came to what.
#[derive(Default)]
pub struct Rings([AtomicU64; Status::ALL.len()]);

impl Rings {
    /// One more.
    pub fn count(&self, status: Status) {
        let at = Status::ALL.iter().position(|it| *it == status);
        if let Some(counter) = at.and_then(|at| self.0.get(at)) {
            counter.fetch_add(1, Relaxed);
        }
    }

    /// By outcome: `accepted`, `missed`, `declined`, `cancelled`, `busy` or `failed`.
    pub fn counted(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let outcomes = Status::ALL.into_iter().zip(&self.0);
        // A ring ends when the call begins; how that ends is the call's affair.
        let none = [Status::Ringing, Status::Completed];
        let outcomes = outcomes.filter(move |(status, _)| !none.contains(status));
        outcomes.map(|(status, counter)| {
            let word = match status {
                Status::Live => "accepted",
                other => other.word(),
            };
            (word, counter.load(Relaxed))
        })
    }
}

/// Calls that rang when the last run of the server ended. Its people hear of it on every device
/// that comes back soon; who comes later finds it in the list of calls.
pub struct CutRings {
    since: Timestamp,
    of: Mutex<HashMap<UserId, Vec<CallId>>>,
}

/// Until when they are told.
const TOLD_FOR: Millis = Millis::from_mins(2);

impl CutRings {
    /// None yet, in a run that begins now.
    pub fn new(since: Timestamp) -> Self {
        Self {
            since,
            of: Mutex::default(),
        }
    }

    /// This one rang.
    pub fn note(&self, it: &PaidCall) {
        let mut of = lock(&self.of);
        for user in [it.caller, it.host] {
            of.entry(user).or_default().push(it.id);
        }
    }

    /// What a person is to be told.
    pub fn of(&self, user: UserId, now: Timestamp) -> Vec<CallId> {
        let mut of = lock(&self.of);
        if now.since(self.since) > TOLD_FOR {
            of.clear();
        }
        of.get(&user).cloned().unwrap_or_default()
    }
}
