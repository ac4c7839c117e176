//! The place where people talk: lobby, admission, relay of signals, media state, grace, end.
//!
//! A pure machine: `handle(input, now)` gives back an answer for who asked and effects to carry
//! out. It never believes anything that a message says about its sender (invariant 1): senders are
//! named by their session, which the floors above took from a verified token, and a signal reaches
//! only a peer that was admitted to the same room. Who moderates comes from the [`Seat`], never
//! from who came first. Start reading at [`Room::handle`].

mod announce;
mod enter;
mod gestures;
mod leave;
mod moderate;
mod record;
mod recording;
mod relay;
#[cfg(test)]
mod tests;
mod words;

pub use record::{Banned, RoomRecord, SeatRecord};
pub use recording::Consents;
pub use words::{
    Announced, Consent, Effect, Input, Join, Left, Outcome, RecordingRight, RecordingStep, Refused,
    Reply, RoomPolicy, Seat, Snapshot, Whom,
};

use std::collections::BTreeMap;

use crate::{
    bucket::Bucket,
    event::{DeniedWhy, EndedWhy, Event, LineLevel, Peer, PeerMedia, Recording, Signal},
    id::{MeetingId, PeerId, RoomId, SessionId, UserId},
    identity::Role,
    time::{Millis, Timestamp},
};

/// Most people before the door of one room.
pub const LOBBY_MAX: usize = 32;
/// Most signals that wait for one lost peer.
pub const QUEUE_FRAMES_MAX: usize = 64;
/// Most text that waits for one lost peer, bytes.
pub const QUEUE_BYTES_MAX: usize = 256 * 1024;
/// How far past the window's end the last people may talk on.
pub const OVERTIME: Millis = Millis::from_mins(12 * 60);

/// One device of one person, inside or before the door.
#[derive(Clone, Debug)]
struct Person {
    peer: PeerId,
    user: UserId,
    session: SessionId,
    name: String,
    role: Role,
    moderator: bool,
    joined_at: Timestamp,
    media: PeerMedia,
    track: Option<String>,
    /// Since when the socket is lost.
    lost_since: Option<Timestamp>,
    /// Signals that wait for the socket, oldest first.
    queue: Vec<(PeerId, Signal)>,
    /// Since when the hand is up.
    hand: Option<Timestamp>,
    /// How good the line is, and when the others were told.
    quality: Option<(LineLevel, Timestamp)>,
    reactions: Bucket,
    samples: Bucket,
}

impl Person {
    fn seen(&self) -> Peer {
        Peer {
            id: self.peer,
            user: self.user,
            name: self.name.clone(),
            role: self.role,
            moderator: self.moderator,
            joined_at: self.joined_at,
            media: self.media,
            reconnecting: self.lost_since.is_some(),
            hand: self.hand,
            quality: self.quality.map(|(level, _)| level),
        }
    }
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Room {
    id: RoomId,
    meeting: MeetingId,
    policy: RoomPolicy,
    inside: Vec<Person>,
    lobby: Vec<Person>,
    /// Who left, and until when they may come back without knocking.
    readmit: BTreeMap<UserId, Timestamp>,
    banned: Vec<UserId>,
    /// Who was removed: knocks, whatever the seat says, until a moderator admits.
    removed: Vec<UserId>,
    locked: bool,
    recording: Option<Consents>,
    /// What everybody inside was told of the recording.
    recording_told: Option<Recording>,
    /// When somebody last asked in vain.
    recording_refused_at: Option<Timestamp>,
    /// Admins who were announced, and whose time is not over.
    announced: Vec<Announced>,
    empty_since: Option<Timestamp>,
    lobby_closed: bool,
    ended: bool,
    call_started_at: Option<Timestamp>,
    effects: Vec<Effect>,
}

impl Room {
    /// An empty room.
    pub fn new(id: RoomId, meeting: MeetingId, policy: RoomPolicy, now: Timestamp) -> Self {
        Self {
            id,
            meeting,
            policy,
            inside: Vec::new(),
            lobby: Vec::new(),
            readmit: BTreeMap::new(),
            banned: Vec::new(),
            removed: Vec::new(),
            locked: false,
            recording: None,
            recording_told: None,
            recording_refused_at: None,
            announced: Vec::new(),
            empty_since: Some(now),
            lobby_closed: false,
            ended: false,
            call_started_at: None,
            effects: Vec::new(),
        }
    }

    /// Takes one input: an answer for who asked, and what must be done now, in order.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Outcome {
        let people = self.inside.len();
        let answer = self.dispatch(input, now);
        self.follow_recording(now);
        self.note_emptiness(people, now);
        Outcome {
            answer,
            effects: std::mem::take(&mut self.effects),
        }
    }

    fn dispatch(&mut self, input: Input, now: Timestamp) -> Result<Reply, Refused> {
        match input {
            Input::Join(join) => self.join(join, now),
            Input::Leave { session } => self.leave(session, now),
            Input::Signal {
                session,
                to,
                signal,
            } => self.relay(session, to, signal),
            Input::Media {
                session,
                audio,
                video,
                away,
            } => self.media(session, audio, video, away),
            Input::Hand {
                session,
                peer,
                raised,
            } => self.hand(session, peer, raised, now),
            Input::React { session, reaction } => self.react(session, reaction, now),
            Input::Lock { session, locked } => self.lock(session, locked),
            Input::Recording { session, step } => self.recording(session, step, now),
            Input::Sample { session, sample } => self.sample(session, sample, now),
            Input::Screen {
                session,
                active,
                track,
            } => self.screen(session, active, track),
            Input::MuteRequest { session, to, kind } => self.mute_request(session, to, kind),
            Input::Admit { session, whom } => self.admit(session, whom, now),
            Input::Deny {
                session,
                whom,
                message,
            } => self.deny(session, whom, message),
            Input::Remove {
                session,
                peer,
                ban,
                message,
            } => self.remove(session, peer, ban, message, now),
            Input::EndForAll { session } => self.end_for_all(session, now),
            Input::Close => Ok(self.end(EndedWhy::Meeting, now)),
            Input::PaidOver(by) => Ok(self.end(EndedWhy::Paid(by), now)),
            Input::Lost { session } => Ok(self.lost(session, now)),
            Input::Back { session } => Ok(self.back(session)),
            Input::Revoked { session } => Ok(self.revoked(session, now)),
            Input::Snapshot { session } => self.snapshot(session, now),
            Input::IsMember { session } => self.member(session).map(|i| Reply::Member {
                peer: self.inside[i].peer,
            }),
            Input::CallBegan { call, at } => {
                self.call_started_at = Some(at);
                self.tell_inside(None, |room| Event::CallStarted {
                    room: room.id,
                    call,
                    at,
                });
                Ok(Reply::Done)
            }
            Input::CallOver => {
                self.call_started_at = None;
                Ok(Reply::Done)
            }
            Input::AdminEnters(it) => Ok(self.announce(it, now)),
            Input::RelayBudget { level } => {
                let room = self.id;
                self.tell_inside(None, |_| Event::RelayBudget { room, level });
                Ok(Reply::Done)
            }
            Input::Tick => Ok(self.tick(now)),
        }
    }

    /// When [`Input::Tick`] is wanted. When a lost peer's grace ends; when the lobby closes; when
    /// an empty room is given up; when overtime ends; when an admin's time is over.
    pub fn deadline(&self) -> Option<Timestamp> {
        let lost = self.inside.iter().chain(&self.lobby);
        let graces = lost.filter_map(|p| Some(p.lost_since? + self.policy.rejoin_grace));
        let window = match (self.lobby_closed, self.ended) {
            (_, true) => None,
            (false, _) => Some(self.policy.closes_at),
            (true, _) => Some(self.policy.closes_at + OVERTIME),
        };
        let empty = self.given_up_at();
        let announced = self.announced.iter().map(|it| it.until);
        graces.chain(window).chain(empty).chain(announced).min()
    }

    /// Which meeting it belongs to.
    pub fn meeting(&self) -> MeetingId {
        self.meeting
    }

    /// The frozen rules.
    pub fn policy(&self) -> &RoomPolicy {
        &self.policy
    }

    /// Everybody inside or before the door: who to tell when the room moves or dies.
    pub fn sessions(&self) -> impl Iterator<Item = (UserId, SessionId)> + '_ {
        self.inside
            .iter()
            .chain(&self.lobby)
            .map(|p| (p.user, p.session))
    }

    /// Whether this person has a seat inside.
    pub fn seats(&self, user: UserId) -> bool {
        self.inside.iter().any(|p| p.user == user)
    }

    /// How many are inside.
    pub fn people(&self) -> usize {
        self.inside.len()
    }

    /// How many are inside and have a line to us.
    pub fn present(&self) -> usize {
        let inside = self.inside.iter();
        inside.filter(|it| it.lost_since.is_none()).count()
    }

    fn tick(&mut self, now: Timestamp) -> Reply {
        self.grace_over(now);
        self.announced_over(now);
        if !self.lobby_closed && now >= self.policy.closes_at {
            self.lobby_closed = true;
            self.turn_away_everybody(DeniedWhy::TooLate);
        }
        if !self.ended && now >= self.policy.closes_at + OVERTIME {
            self.end(EndedWhy::Window, now);
        }
        if self.given_up_at().is_some_and(|deadline| deadline <= now) {
            self.effects.push(Effect::Stop);
        }
        self.readmit.retain(|_, until| *until > now);
        Reply::Done
    }

    /// When an empty room is let go. Never before its call is over.
    fn given_up_at(&self) -> Option<Timestamp> {
        let since = self
            .empty_since
            .filter(|_| self.call_started_at.is_none())?;
        Some(since + self.policy.empty_grace)
    }

    /// Keeps `empty_since` and tells the call when the last one leaves and the first one comes.
    fn note_emptiness(&mut self, people_before: usize, now: Timestamp) {
        match (people_before, self.inside.len()) {
            (0, n) if n > 0 => self.effects.push(Effect::Peopled),
            (n, 0) if n > 0 => self.effects.push(Effect::Emptied),
            _ => {}
        }
        if !self.inside.is_empty() || !self.lobby.is_empty() {
            self.empty_since = None;
        } else {
            self.empty_since.get_or_insert(now);
        }
    }

    fn inside_by_session(&self, session: SessionId) -> Option<usize> {
        self.inside.iter().position(|p| p.session == session)
    }

    fn lobby_by_session(&self, session: SessionId) -> Option<usize> {
        self.lobby.iter().position(|p| p.session == session)
    }

    /// Index of who asks, if inside.
    fn member(&self, session: SessionId) -> Result<usize, Refused> {
        match self.inside_by_session(session) {
            Some(index) => Ok(index),
            None if self.lobby_by_session(session).is_some() => Err(Refused::NotAdmitted),
            None => Err(Refused::NotInRoom),
        }
    }

    fn inside_by_peer(&self, peer: PeerId) -> Option<usize> {
        self.inside.iter().position(|p| p.peer == peer)
    }

    fn moderator_present(&self) -> bool {
        self.inside.iter().any(|p| p.moderator)
    }

    fn tell(&mut self, user: UserId, session: SessionId, event: Event) {
        self.effects.push(Effect::Tell {
            user,
            session,
            event,
        });
    }

    /// Tells everybody inside except one.
    fn tell_inside(&mut self, except: Option<PeerId>, event: impl Fn(&Self) -> Event) {
        let event = event(self);
        for index in 0..self.inside.len() {
            let person = &self.inside[index];
            if Some(person.peer) != except {
                let (user, session) = (person.user, person.session);
                self.tell(user, session, event.clone());
            }
        }
    }

    /// Sends the lobby's list to moderators and their places to who waits.
    fn tell_lobby(&mut self) {
        let waiting: Vec<Peer> = self.lobby.iter().map(Person::seen).collect();
        let moderators: Vec<_> = self.inside.iter().filter(|p| p.moderator).collect();
        let host_present = !moderators.is_empty();
        let room = self.id;
        let mut told: Vec<_> = moderators
            .iter()
            .map(|p| {
                let waiting = waiting.clone();
                (p.user, p.session, Event::WaitingRoom { room, waiting })
            })
            .collect();
        told.extend(self.lobby.iter().enumerate().map(|(index, p)| {
            let position = index + 1;
            let event = Event::Waiting {
                room,
                position,
                host_present,
            };
            (p.user, p.session, event)
        }));
        for (user, session, event) in told {
            self.tell(user, session, event);
        }
    }
}
