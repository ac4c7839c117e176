//! Between the people inside: signals, media state, screen, how things stand.

use super::{Person, QUEUE_BYTES_MAX, QUEUE_FRAMES_MAX, Refused, Reply, Room, Snapshot};
use crate::{
    event::{Event, Signal},
    id::{PeerId, SessionId},
    time::Timestamp,
};

impl Room {
    /// One peer to one other of the same room, in order. A lost peer's signals wait, within bounds.
    pub(super) fn relay(
        &mut self,
        session: SessionId,
        to: PeerId,
        signal: Signal,
    ) -> Result<Reply, Refused> {
        let sender = self.member(session)?;
        let from = self.inside[sender].peer;
        let target = self.inside_by_peer(to).ok_or(Refused::PeerGone)?;
        if target == sender {
            return Err(Refused::PeerGone);
        }
        let target = &mut self.inside[target];
        if target.lost_since.is_none() {
            let (user, session) = (target.user, target.session);
            let room = self.id;
            self.tell(user, session, Event::Signal { room, from, signal });
            return Ok(Reply::Relayed { queued: false });
        }
        let waiting: usize = target.queue.iter().map(|(_, s)| s.bytes()).sum();
        if target.queue.len() >= QUEUE_FRAMES_MAX || waiting + signal.bytes() > QUEUE_BYTES_MAX {
            return Err(Refused::PeerGone);
        }
        target.queue.push((from, signal));
        Ok(Reply::Relayed { queued: true })
    }

    pub(super) fn media(
        &mut self,
        session: SessionId,
        audio: bool,
        video: bool,
        away: bool,
    ) -> Result<Reply, Refused> {
        let index = self.member(session)?;
        let person = &mut self.inside[index];
        person.media.audio = audio;
        person.media.video = video;
        person.media.away = away;
        let peer = person.peer;
        self.tell_inside(Some(peer), |room| Event::MediaState {
            room: room.id,
            peer,
            audio,
            video,
            away,
        });
        Ok(Reply::Done)
    }

    /// One screen at a time: a second sharer would replace the first one's picture for everybody.
    pub(super) fn screen(
        &mut self,
        session: SessionId,
        active: bool,
        track: Option<String>,
    ) -> Result<Reply, Refused> {
        let index = self.member(session)?;
        let taken = |(other, p): (usize, &Person)| other != index && p.media.screen;
        if active && self.inside.iter().enumerate().any(taken) {
            return Err(Refused::ScreenTaken);
        }
        let person = &mut self.inside[index];
        person.media.screen = active;
        person.track = track.clone().filter(|_| active);
        let peer = person.peer;
        self.tell_inside(Some(peer), |room| Event::ScreenShare {
            room: room.id,
            peer,
            active,
            track: track.clone(),
        });
        Ok(Reply::Done)
    }

    pub(super) fn snapshot(
        &mut self,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        if let Some(index) = self.lobby_by_session(session) {
            return Ok(Reply::Snapshot(Snapshot {
                me: self.lobby[index].peer,
                inside: false,
                others: Vec::new(),
                waiting: Vec::new(),
                call_started_at: None,
                hand: None,
                locked: false,
                recording: None,
            }));
        }
        let index = self.member(session)?;
        let (me, moderator) = (self.inside[index].peer, self.inside[index].moderator);
        self.tell_announced(self.inside[index].user, session, now);
        let waiting = self.lobby.iter().filter(|_| moderator);
        Ok(Reply::Snapshot(Snapshot {
            me,
            inside: true,
            others: self.others(me),
            waiting: waiting.map(Person::seen).collect(),
            call_started_at: self.call_started_at,
            hand: self.inside[index].hand,
            locked: self.locked,
            recording: self.recording_seen(),
        }))
    }
}
