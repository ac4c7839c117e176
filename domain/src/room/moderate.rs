//! What only a moderator may do. Who moderates is in the seat.

use super::{Effect, Refused, Reply, Room, Whom};
use crate::{
    event::{DeniedWhy, EndedWhy, Event, LeftWhy, MediaKind, RemovedWhy},
    id::{PeerId, SessionId},
    time::Timestamp,
};

impl Room {
    pub(super) fn moderator(&self, session: SessionId) -> Result<usize, Refused> {
        let index = self.member(session)?;
        let moderates = self.inside[index].moderator;
        moderates.then_some(index).ok_or(Refused::NotModerator)
    }

    /// Lets in who waits, as many as there are seats, in the order of arrival.
    pub(super) fn admit(
        &mut self,
        session: SessionId,
        whom: Whom,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        self.moderator(session)?;
        let wanted = |peer: PeerId| whom == Whom::All || whom == Whom::Peer(peer);
        if matches!(whom, Whom::Peer(peer) if !self.lobby.iter().any(|p| p.peer == peer)) {
            return Err(Refused::NoSuchPeer);
        }
        let mut count = 0;
        while let Some(index) = self.lobby.iter().position(|p| wanted(p.peer)) {
            if self.inside.len() >= self.policy.capacity {
                break;
            }
            let person = self.lobby.remove(index);
            self.effects.push(Effect::Admitted {
                user: person.user,
                session: person.session,
                peer: person.peer,
            });
            self.sit_down(person, now);
            count += 1;
        }
        if count == 0 && !self.lobby.is_empty() {
            return Err(Refused::Full);
        }
        self.tell_lobby();
        Ok(Reply::Count(count))
    }

    pub(super) fn deny(
        &mut self,
        session: SessionId,
        whom: Whom,
        message: Option<String>,
    ) -> Result<Reply, Refused> {
        self.moderator(session)?;
        let wanted = |peer: PeerId| whom == Whom::All || whom == Whom::Peer(peer);
        let mut count = 0;
        while let Some(index) = self.lobby.iter().position(|p| wanted(p.peer)) {
            let person = self.lobby.remove(index);
            self.turn_away(person, DeniedWhy::Denied, message.clone());
            count += 1;
        }
        if count == 0 && whom != Whom::All {
            return Err(Refused::NoSuchPeer);
        }
        self.effects.push(Effect::Remember);
        self.tell_lobby();
        Ok(Reply::Count(count))
    }

    pub(super) fn remove(
        &mut self,
        session: SessionId,
        peer: PeerId,
        ban: bool,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        let by = self.moderator(session)?;
        if self.inside[by].peer == peer {
            return Err(Refused::NotModerator);
        }
        let index = self.inside_by_peer(peer).ok_or(Refused::NoSuchPeer)?;
        let person = self.inside.remove(index);
        self.readmit.remove(&person.user);
        let list = if ban {
            &mut self.banned
        } else {
            &mut self.removed
        };
        list.push(person.user);
        let why = if ban {
            RemovedWhy::Banned
        } else {
            RemovedWhy::Removed
        };
        let room = self.id;
        let event = Event::Removed { room, why, message };
        self.tell(person.user, person.session, event);
        self.forget(person.user, person.session);
        self.farewell(&person, LeftWhy::Removed, now, true);
        Ok(Reply::Done)
    }

    pub(super) fn mute_request(
        &mut self,
        session: SessionId,
        to: PeerId,
        kind: MediaKind,
    ) -> Result<Reply, Refused> {
        let by = self.moderator(session)?;
        let by = self.inside[by].peer;
        let index = self.inside_by_peer(to).ok_or(Refused::PeerGone)?;
        let (user, session) = (self.inside[index].user, self.inside[index].session);
        let room = self.id;
        self.tell(user, session, Event::MuteRequested { room, by, kind });
        Ok(Reply::Done)
    }

    /// Nobody new enters without a moderator's yes, whatever their link says.
    pub(super) fn lock(&mut self, session: SessionId, locked: bool) -> Result<Reply, Refused> {
        self.moderator(session)?;
        if self.locked != locked {
            self.locked = locked;
            self.effects.push(Effect::Remember);
            self.tell_inside(None, |room| Event::RoomLocked {
                room: room.id,
                locked,
            });
        }
        Ok(Reply::Done)
    }

    /// Repeating it is harmless: who ended it is told so again.
    pub(super) fn end_for_all(
        &mut self,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        if self.ended {
            return Ok(Reply::Done);
        }
        self.moderator(session)?;
        Ok(self.end(EndedWhy::Host, now))
    }
}
