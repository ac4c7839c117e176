//! Coming in: the door, the lobby, coming back, changing the device.

use super::{
    Effect, Join, LOBBY_MAX, Person, Refused, Reply, Room, Seat,
    gestures::{reactions, samples},
};
use crate::{
    event::{DeniedWhy, Event, LeftWhy, Peer, PeerMedia, RemovedWhy, polite},
    id::{PeerId, SessionId, UserId},
    identity::Role,
    time::Timestamp,
};

impl Room {
    pub(super) fn join(&mut self, join: Join, now: Timestamp) -> Result<Reply, Refused> {
        if self.ended {
            return Err(Refused::Closed);
        }
        if self.banned.contains(&join.user) {
            return Err(Refused::Banned);
        }
        if let Some(index) = self.inside.iter().position(|p| p.user == join.user) {
            return Ok(self.come_back_inside(index, join, now));
        }
        let Some(seat) = join.seat.clone() else {
            return Err(Refused::TooLate(self.policy.closes_at));
        };
        if now >= self.policy.closes_at {
            return Err(Refused::TooLate(self.policy.closes_at));
        }
        if seat.role == Role::Admin && !self.was_announced(join.user, now) {
            return Err(Refused::NotAllowed);
        }
        self.policy = seat.policy;
        if let Some(index) = self.lobby.iter().position(|p| p.user == join.user) {
            return Ok(self.come_back_to_the_door(index, join));
        }
        if self.must_knock(&seat, join.user, now) {
            return self.knock(join, seat, now);
        }
        if self.inside.len() >= self.policy.capacity {
            return Err(Refused::Full);
        }
        let person = person(&join, seat, now);
        let (peer, moderator) = (person.peer, person.moderator);
        self.sit_down(person, now);
        Ok(Reply::Joined { peer, moderator })
    }

    /// The same person, who has a seat inside: the same connection again, the same place from a
    /// fresh session (proved by the old address), or another device that takes over.
    fn come_back_inside(&mut self, index: usize, join: Join, now: Timestamp) -> Reply {
        let seat = &self.inside[index];
        let (peer, moderator) = (seat.peer, seat.moderator);
        if seat.session != join.session && join.old != Some(peer) {
            return self.take_over(index, join, now);
        }
        let old_session = seat.session;
        let person = &mut self.inside[index];
        person.session = join.session;
        person.media.audio = join.audio;
        person.media.video = join.video;
        person.media.away = false;
        if old_session != join.session {
            // Lost or not: it may be resumed later, and must not believe that it is still inside.
            self.say_removed(join.user, old_session, RemovedWhy::Replaced);
            self.forget(join.user, old_session);
            self.effects.push(Effect::Remember);
        }
        self.show_around(index);
        self.tell_announced(join.user, join.session, now);
        if moderator {
            // What it knew of the lobby is stale.
            self.tell_lobby();
        }
        self.wake(index);
        let (audio, video) = (join.audio, join.video);
        self.tell_inside(Some(peer), |room| Event::MediaState {
            room: room.id,
            peer,
            audio,
            video,
            away: false,
        });
        Reply::Joined { peer, moderator }
    }

    /// Who waits by the meeting's rules, who was removed, and everybody while the door is locked;
    /// but not who was inside a moment ago, for whom a lost connection is trouble enough.
    fn must_knock(&self, seat: &Seat, user: UserId, now: Timestamp) -> bool {
        let known = self.readmit.get(&user).is_some_and(|t| *t > now);
        let waits = seat.waits || self.locked || self.removed.contains(&user);
        waits && !seat.moderator && !known
    }

    /// Another device of somebody who is inside: the old one is out, the new one is in.
    fn take_over(&mut self, index: usize, join: Join, now: Timestamp) -> Reply {
        let old = self.inside.remove(index);
        self.say_removed(old.user, old.session, RemovedWhy::Replaced);
        self.forget(old.user, old.session);
        self.farewell(&old, LeftWhy::Replaced, now, false);
        let person = Person {
            peer: join.fresh,
            session: join.session,
            joined_at: now,
            media: PeerMedia {
                audio: join.audio,
                video: join.video,
                ..PeerMedia::default()
            },
            track: None,
            lost_since: None,
            queue: Vec::new(),
            quality: None,
            ..old
        };
        let (peer, moderator) = (person.peer, person.moderator);
        self.sit_down(person, now);
        if moderator && self.lobby.is_empty() {
            // This session may have been here before, and believe that somebody waits.
            self.tell_lobby();
        }
        Reply::Joined { peer, moderator }
    }

    fn come_back_to_the_door(&mut self, index: usize, join: Join) -> Reply {
        let person = &mut self.lobby[index];
        let (user, old_session, old_peer) = (person.user, person.session, person.peer);
        person.lost_since = None;
        person.session = join.session;
        person.media.audio = join.audio;
        person.media.video = join.video;
        if old_session != join.session {
            if join.old != Some(old_peer) {
                person.peer = join.fresh;
            }
            let event = Event::Denied {
                room: self.id,
                peer: old_peer,
                why: DeniedWhy::Replaced,
                message: None,
            };
            self.tell(user, old_session, event);
            self.forget(user, old_session);
            self.effects.push(Effect::Remember);
        }
        let peer = self.lobby[index].peer;
        self.tell_lobby();
        Reply::Waiting { peer }
    }

    fn knock(&mut self, join: Join, seat: Seat, now: Timestamp) -> Result<Reply, Refused> {
        if self.lobby.len() >= LOBBY_MAX {
            return Err(Refused::Full);
        }
        let person = person(&join, seat, now);
        let peer = person.peer;
        let user = person.user;
        self.lobby.push(person);
        self.effects.push(Effect::Entered(user, now));
        self.effects.push(Effect::Remember);
        self.tell_lobby();
        Ok(Reply::Waiting { peer })
    }

    /// A free seat is taken: everybody meets.
    pub(super) fn sit_down(&mut self, person: Person, now: Timestamp) {
        let (user, moderator) = (person.user, person.moderator);
        self.readmit.remove(&user);
        self.removed.retain(|out| *out != user);
        for index in 0..self.inside.len() {
            let other = &self.inside[index];
            let (to, session) = (other.user, other.session);
            let event = Event::UserJoined {
                room: self.id,
                peer: person.seen(),
                polite: polite(other.peer, person.peer),
            };
            self.tell(to, session, event);
        }
        let session = person.session;
        self.inside.push(person);
        self.show_around(self.inside.len() - 1);
        self.tell_announced(user, session, now);
        self.effects.push(Effect::Entered(user, now));
        self.effects.push(Effect::Remember);
        if moderator && !self.lobby.is_empty() {
            self.tell_lobby();
        }
    }

    /// Tells somebody inside who is there.
    fn show_around(&mut self, index: usize) {
        let me = &self.inside[index];
        let (user, session, peer) = (me.user, me.session, me.peer);
        let event = Event::ExistingParticipants {
            room: self.id,
            me: peer,
            others: self.others(peer),
            call_started_at: self.call_started_at,
            hand: me.hand,
            locked: self.locked,
            recording: self.recording_seen(),
        };
        self.tell(user, session, event);
    }

    pub(super) fn others(&self, peer: PeerId) -> Vec<Peer> {
        let others = self.inside.iter().filter(|p| p.peer != peer);
        others.map(Person::seen).collect()
    }

    pub(super) fn say_removed(&mut self, user: UserId, session: SessionId, why: RemovedWhy) {
        let room = self.id;
        let message = None;
        self.tell(user, session, Event::Removed { room, why, message });
    }

    pub(super) fn forget(&mut self, user: UserId, session: SessionId) {
        self.effects.push(Effect::Forget { user, session });
    }
}

fn person(join: &Join, seat: Seat, now: Timestamp) -> Person {
    Person {
        peer: join.fresh,
        user: join.user,
        session: join.session,
        name: seat.name,
        role: seat.role,
        moderator: seat.moderator,
        joined_at: now,
        media: PeerMedia {
            audio: join.audio,
            video: join.video,
            ..PeerMedia::default()
        },
        track: None,
        lost_since: None,
        queue: Vec::new(),
        hand: None,
        quality: None,
        reactions: reactions(now),
        samples: samples(now),
    }
}
