//! Going: saying so, being lost, coming back in time, being given up, the end for everybody.

use super::{Effect, Left, Person, Refused, Reply, Room};
use crate::{
    event::{DeniedWhy, EndedWhy, Event, LeftWhy, RemovedWhy},
    id::SessionId,
    time::Timestamp,
};

impl Room {
    pub(super) fn leave(&mut self, session: SessionId, now: Timestamp) -> Result<Reply, Refused> {
        if let Some(index) = self.lobby_by_session(session) {
            self.drop_from_lobby(index);
            return Ok(Reply::Done);
        }
        let index = self.inside_by_session(session).ok_or(Refused::NotInRoom)?;
        let person = self.inside.remove(index);
        self.forget(person.user, person.session);
        self.farewell(&person, LeftWhy::Left, now, true);
        Ok(Reply::Done)
    }

    pub(super) fn drop_from_lobby(&mut self, index: usize) {
        let person = self.lobby.remove(index);
        self.forget(person.user, person.session);
        self.effects.push(Effect::Remember);
        self.tell_lobby();
    }

    /// Everything that follows when a seat is empty. `at`: when the person was last there.
    pub(super) fn farewell(
        &mut self,
        person: &Person,
        why: LeftWhy,
        at: Timestamp,
        for_good: bool,
    ) {
        let (peer, user) = (person.peer, person.user);
        for other in &mut self.inside {
            other.queue.retain(|(from, _)| *from != peer);
        }
        self.tell_inside(None, |room| Event::UserLeft {
            room: room.id,
            peer,
            user,
            why,
        });
        if for_good && matches!(why, LeftWhy::Left | LeftWhy::Timeout) {
            self.readmit.insert(user, at + self.policy.readmit);
        }
        self.effects.push(Effect::Left(Left {
            peer,
            user,
            at,
            for_good,
        }));
        self.effects.push(Effect::Remember);
        if person.moderator && for_good && !self.moderator_present() {
            self.tell_lobby();
        }
    }

    pub(super) fn lost(&mut self, session: SessionId, now: Timestamp) -> Reply {
        if let Some(index) = self.lobby_by_session(session) {
            self.lobby[index].lost_since.get_or_insert(now);
        } else if let Some(index) = self.inside_by_session(session) {
            let person = &mut self.inside[index];
            if person.lost_since.is_none() {
                person.lost_since = Some(now);
                let peer = person.peer;
                self.tell_inside(Some(peer), |room| Event::UserReconnecting {
                    room: room.id,
                    peer,
                });
            }
        }
        Reply::Done
    }

    pub(super) fn back(&mut self, session: SessionId) -> Reply {
        if let Some(index) = self.lobby_by_session(session) {
            self.lobby[index].lost_since = None;
        } else if let Some(index) = self.inside_by_session(session) {
            self.wake(index);
        }
        Reply::Done
    }

    /// Somebody inside is connected again: the others know, and what waited is delivered.
    pub(super) fn wake(&mut self, index: usize) {
        let person = &mut self.inside[index];
        let (peer, user, session) = (person.peer, person.user, person.session);
        let was_lost = person.lost_since.take().is_some();
        let queue = std::mem::take(&mut person.queue);
        if was_lost {
            self.tell_inside(Some(peer), |room| Event::UserResumed {
                room: room.id,
                peer,
            });
        }
        for (from, signal) in queue {
            let room = self.id;
            self.tell(user, session, Event::Signal { room, from, signal });
        }
    }

    /// Gives up who was lost for too long. The person was last there when the socket was lost.
    pub(super) fn grace_over(&mut self, now: Timestamp) {
        let grace = self.policy.rejoin_grace;
        let over = |p: &Person| p.lost_since.filter(|since| *since + grace <= now);
        while let Some(index) = self.lobby.iter().position(|p| over(p).is_some()) {
            let (user, session) = (self.lobby[index].user, self.lobby[index].session);
            // Whoever resumes later would wait before a door behind which nobody sees them.
            self.say_removed(user, session, RemovedWhy::Timeout);
            self.drop_from_lobby(index);
        }
        while let Some((index, since)) = self
            .inside
            .iter()
            .enumerate()
            .find_map(|(index, p)| Some((index, over(p)?)))
        {
            let person = self.inside.remove(index);
            let (user, session) = (person.user, person.session);
            self.farewell(&person, LeftWhy::Timeout, since, true);
            // A session that is only silent may still be there: it must know that its seat is gone.
            self.say_removed(user, session, RemovedWhy::Timeout);
            self.forget(user, session);
        }
    }

    pub(super) fn revoked(&mut self, session: SessionId, now: Timestamp) -> Reply {
        if let Some(index) = self.lobby_by_session(session) {
            self.drop_from_lobby(index);
        } else if let Some(index) = self.inside_by_session(session) {
            let person = self.inside.remove(index);
            self.say_removed(person.user, session, RemovedWhy::Revoked);
            self.forget(person.user, session);
            self.farewell(&person, LeftWhy::Removed, now, true);
        }
        Reply::Done
    }

    pub(super) fn turn_away_everybody(&mut self, why: DeniedWhy) {
        if self.lobby.is_empty() {
            return;
        }
        for person in std::mem::take(&mut self.lobby) {
            self.turn_away(person, why, None);
        }
        self.effects.push(Effect::Remember);
        self.tell_lobby();
    }

    pub(super) fn turn_away(&mut self, person: Person, why: DeniedWhy, message: Option<String>) {
        let event = Event::Denied {
            room: self.id,
            peer: person.peer,
            why,
            message,
        };
        self.tell(person.user, person.session, event);
        self.forget(person.user, person.session);
    }

    /// The end for everybody.
    pub(super) fn end(&mut self, why: EndedWhy, now: Timestamp) -> Reply {
        if self.ended {
            return Reply::Done;
        }
        self.ended = true;
        self.lobby_closed = true;
        self.turn_away_everybody(DeniedWhy::RoomClosed);
        self.effects.push(Effect::Remember);
        let duration = self.call_started_at.map(|since| now.since(since));
        for person in std::mem::take(&mut self.inside) {
            let event = Event::RoomEnded {
                room: self.id,
                why,
                duration,
            };
            self.tell(person.user, person.session, event);
            self.forget(person.user, person.session);
            let at = person.lost_since.unwrap_or(now);
            self.farewell(&person, LeftWhy::Ended, at, true);
        }
        let by_host = why == EndedWhy::Host;
        self.effects.push(Effect::Ended { by_host });
        Reply::Done
    }
}
