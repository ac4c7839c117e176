//! Which paid calls live: who pays, who earns. In memory only; meters enter and leave it.

use std::{collections::HashMap, sync::Mutex};

use parlor_domain::{
    id::{CallId, RoomId, UserId},
    paid::PaidCall,
    time::Timestamp,
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
