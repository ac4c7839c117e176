//! Somebody who operates the server comes in: everybody inside is told in words before, and so is whoever
//! comes while it lasts. When it is over, they are out.
//!
//! Must never give a seat to an admin who was not announced in this very room.

use super::{Announced, Reply, Room};
use crate::{
    event::Event,
    id::{SessionId, UserId},
    identity::Role,
    time::Timestamp,
};

impl Room {
    pub(super) fn announce(&mut self, it: Announced, now: Timestamp) -> Reply {
        let event = self.announcement(&it);
        self.tell_inside(None, |_| event.clone());
        self.announced.retain(|known| known.user != it.user);
        if it.until > now {
            self.announced.push(it);
        }
        Reply::Done
    }

    pub(super) fn was_announced(&self, user: UserId, now: Timestamp) -> bool {
        let mut all = self.announced.iter();
        all.any(|it| it.user == user && it.until > now)
    }

    /// Tells somebody who comes in, or asks how things stand, what the others were told.
    pub(super) fn tell_announced(&mut self, user: UserId, session: SessionId, now: Timestamp) {
        let others = self.announced.iter();
        let others = others.filter(|it| it.until > now && it.user != user);
        let events: Vec<Event> = others.map(|it| self.announcement(it)).collect();
        for event in events {
            self.tell(user, session, event);
        }
    }

    /// Whose time is over goes, from inside and from before the door.
    pub(super) fn announced_over(&mut self, now: Timestamp) {
        let over: Vec<UserId> = self
            .announced
            .extract_if(.., |it| it.until <= now)
            .map(|it| it.user)
            .collect();
        let people = self.inside.iter().chain(&self.lobby);
        let sessions: Vec<SessionId> = people
            .filter(|it| it.role == Role::Admin && over.contains(&it.user))
            .map(|it| it.session)
            .collect();
        for session in sessions {
            self.revoked(session, now);
        }
    }

    fn announcement(&self, it: &Announced) -> Event {
        Event::AdminEntering {
            room: self.id,
            name: it.name.clone(),
            reason: it.reason.clone(),
            until: it.until,
        }
    }
}
