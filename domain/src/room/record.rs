//! What of a room survives a restart of the server: seats, lobby, bans, recent leavers, the call.
//!
//! Signals and media states do not: they are asked for again. Every seat comes back as lost, so its
//! owner has the whole rejoin grace to return to it, with the same address and without knocking.

use super::{
    Consents, Effect, Person, Room, RoomPolicy,
    gestures::{reactions, samples},
};
use crate::{
    event::PeerMedia,
    id::{MeetingId, PeerId, RoomId, SessionId, UserId},
    identity::Role,
    time::Timestamp,
};

/// One seat or place in the lobby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRecord {
    /// Its address.
    pub peer: PeerId,
    /// The person.
    pub user: UserId,
    /// The session it had.
    pub session: SessionId,
    /// The name to show.
    pub name: String,
    /// The role to show.
    pub role: Role,
    /// Admits, removes and ends.
    pub moderator: bool,
    /// When it entered or began to wait.
    pub joined_at: Timestamp,
}

/// Somebody who may not come back.
pub type Banned = UserId;

/// A room, written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRecord {
    /// Which meeting.
    pub meeting: MeetingId,
    /// The rules.
    pub policy: RoomPolicy,
    /// Who is inside.
    pub inside: Vec<SeatRecord>,
    /// Who waits.
    pub lobby: Vec<SeatRecord>,
    /// Who left, and until when they may come back without knocking.
    pub readmit: Vec<(UserId, Timestamp)>,
    /// Who may not come back.
    pub banned: Vec<Banned>,
    /// Who was removed and has to knock.
    pub removed: Vec<UserId>,
    /// Nobody enters without a moderator's yes.
    pub locked: bool,
    /// Who agreed to the recording that runs or is asked for.
    pub recording: Option<Consents>,
}

impl RoomRecord {
    /// Nothing in it is worth a row.
    pub fn is_empty(&self) -> bool {
        let people = [&self.inside, &self.lobby];
        let out = [&self.banned, &self.removed];
        people.iter().all(|list| list.is_empty())
            && out.iter().all(|list| list.is_empty())
            && !self.locked
    }
}

impl Room {
    /// What to write down.
    pub fn record(&self) -> RoomRecord {
        RoomRecord {
            meeting: self.meeting,
            policy: self.policy,
            inside: self.inside.iter().map(seat_record).collect(),
            lobby: self.lobby.iter().map(seat_record).collect(),
            readmit: self.readmit.iter().map(|(u, t)| (*u, *t)).collect(),
            banned: self.banned.clone(),
            removed: self.removed.clone(),
            locked: self.locked,
            recording: self.recording.clone(),
        }
    }

    /// The room as it was, everybody lost since `now`. The call is told by the caller.
    pub fn restored(
        id: RoomId,
        record: RoomRecord,
        call_started_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let mut room = Self::new(id, record.meeting, record.policy, now);
        room.inside = record.inside.into_iter().map(|s| lost(s, now)).collect();
        room.lobby = record.lobby.into_iter().map(|s| lost(s, now)).collect();
        room.readmit = record.readmit.into_iter().collect();
        room.banned = record.banned;
        room.removed = record.removed;
        room.locked = record.locked;
        room.recording = record.recording;
        room.call_started_at = call_started_at;
        if !room.inside.is_empty() || !room.lobby.is_empty() {
            room.empty_since = None;
        }
        room
    }

    /// Whether the effects say that the record changed.
    pub fn changed(effects: &[Effect]) -> bool {
        effects.iter().any(|e| matches!(e, Effect::Remember))
    }
}

fn seat_record(person: &Person) -> SeatRecord {
    SeatRecord {
        peer: person.peer,
        user: person.user,
        session: person.session,
        name: person.name.clone(),
        role: person.role,
        moderator: person.moderator,
        joined_at: person.joined_at,
    }
}

fn lost(seat: SeatRecord, now: Timestamp) -> Person {
    Person {
        peer: seat.peer,
        user: seat.user,
        session: seat.session,
        name: seat.name,
        role: seat.role,
        moderator: seat.moderator,
        joined_at: seat.joined_at,
        media: PeerMedia::default(),
        track: None,
        lost_since: Some(now),
        queue: Vec::new(),
        hand: None,
        quality: None,
        reactions: reactions(now),
        samples: samples(now),
    }
}
