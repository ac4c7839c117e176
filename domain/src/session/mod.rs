//! The resumable connection of one device, and all devices of one user.
//!
//! A pure machine, generic over what an event is once encoded (`P`). It alone gives out `seq`. It
//! never resumes partially: a session goes on completely, with every number that the client has
//! not seen, or not at all. Tokens arrive as hashes; nothing in here is a secret. Start reading at
//! [`Devices::handle`].

mod deadline;
mod hello;
#[cfg(test)]
mod tests;
mod words;

pub use words::{Bye, ConnId, Effect, Hello, Input, Limits, NotResumed, Resume, Welcome};

use std::collections::VecDeque;

use crate::{
    event::Delivery,
    id::{LoginId, SessionId},
    time::Timestamp,
};

/// An event that the client has not acknowledged.
#[derive(Clone, Debug)]
struct Kept<P> {
    seq: u64,
    payload: P,
    bytes: usize,
}

/// The living side of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Attached {
    conn: ConnId,
    /// The last frame from the client.
    heard: Timestamp,
    /// When the next ping goes out if nothing is heard.
    ping_at: Timestamp,
    /// `auth-expiring` was sent.
    warned: bool,
    /// Silent for so long that the others were told.
    suspect: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    Attached(Attached),
    Detached { since: Timestamp },
}

#[derive(Clone, Debug)]
struct Session<P> {
    id: SessionId,
    device: String,
    login: LoginId,
    expires_at: Timestamp,
    token: [u8; 32],
    /// The token that the last resume showed. It stays good until something is heard over the new
    /// socket: the welcome with its successor may be lost with the connection.
    shown: Option<[u8; 32]>,
    next_seq: u64,
    kept: VecDeque<Kept<P>>,
    kept_bytes: usize,
    /// Highest number that was dropped unseen; a resume from before it has a gap.
    forgotten: u64,
    /// In a call: the heartbeat is faster.
    in_call: bool,
    side: Side,
}

impl<P> Session<P> {
    fn conn(&self) -> Option<ConnId> {
        match &self.side {
            Side::Attached(side) => Some(side.conn),
            Side::Detached { .. } => None,
        }
    }

    /// Frees what the client has processed. A number from the future is ignored.
    fn acknowledge(&mut self, seq: u64) {
        if seq >= self.next_seq {
            return;
        }
        while self.kept.front().is_some_and(|kept| kept.seq <= seq) {
            self.drop_oldest();
        }
        self.forgotten = self.forgotten.max(seq);
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.kept.pop_front() {
            self.kept_bytes -= oldest.bytes;
            self.forgotten = self.forgotten.max(oldest.seq);
        }
    }

    /// Whether every event after `last` is still here.
    fn holds_after(&self, last: u64) -> bool {
        last < self.next_seq && last >= self.forgotten
    }
}

/// All devices of one user.
#[derive(Clone, Debug)]
pub struct Devices<P> {
    limits: Limits,
    sessions: Vec<Session<P>>,
    effects: Vec<Effect<P>>,
}

impl<P: Clone> Devices<P> {
    /// Nobody connected.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            sessions: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Takes one input; what must be done, in order.
    pub fn handle(&mut self, input: Input<P>, now: Timestamp) -> Vec<Effect<P>> {
        match input {
            Input::Hello(hello) => self.hello(hello, now),
            Input::Heard { conn, ack } => self.heard(conn, ack, now),
            Input::Cut { conn } => self.cut(conn, now),
            Input::Tell {
                to,
                payload,
                bytes,
                delivery,
            } => self.tell(to, &payload, bytes, delivery),
            Input::AuthRefreshed { conn, expires_at } => self.refreshed(conn, expires_at),
            Input::InCall { session, in_call } => self.in_call(session, in_call, now),
            Input::Revoke { login } => self.end_where(|s| s.login == login, Bye::Revoked),
            Input::Evict { session } => self.evict(session),
            Input::Drain => self.drain(),
            Input::Tick => self.tick(now),
        }
        std::mem::take(&mut self.effects)
    }

    /// The session that a connection carries.
    pub fn session_of(&self, conn: ConnId) -> Option<SessionId> {
        let session = self.sessions.iter().find(|s| s.conn() == Some(conn));
        session.map(|s| s.id)
    }

    /// The login of a session.
    pub fn login_of(&self, session: SessionId) -> Option<LoginId> {
        let session = self.sessions.iter().find(|s| s.id == session);
        session.map(|s| s.login)
    }

    /// Bytes kept for replays, all sessions together.
    pub fn kept_bytes(&self) -> usize {
        self.sessions.iter().map(|s| s.kept_bytes).sum()
    }

    /// No session at all: the actor may go.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// How many sessions, attached or not.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    fn find(&mut self, conn: ConnId) -> Option<&mut Session<P>> {
        self.sessions.iter_mut().find(|s| s.conn() == Some(conn))
    }

    fn heard(&mut self, conn: ConnId, ack: Option<u64>, now: Timestamp) {
        let limits = self.limits;
        let Some(session) = self.find(conn) else {
            return;
        };
        if let Some(seq) = ack {
            session.acknowledge(seq);
        }
        session.shown = None;
        let (id, interval) = (session.id, limits.interval(session.in_call));
        if let Side::Attached(side) = &mut session.side {
            side.heard = now;
            side.ping_at = now + interval;
            if std::mem::take(&mut side.suspect) {
                self.effects.push(Effect::Back { session: id });
            }
        }
    }

    fn cut(&mut self, conn: ConnId, now: Timestamp) {
        let Some(session) = self.find(conn) else {
            return;
        };
        session.side = Side::Detached { since: now };
        let id = session.id;
        self.effects.push(Effect::Lost { session: id });
    }

    /// Numbers a reliable event once per session, keeps it, and sends it where a socket is.
    fn tell(&mut self, to: Option<SessionId>, payload: &P, bytes: usize, delivery: Delivery) {
        let limits = self.limits;
        let wanted = |s: &&mut Session<P>| to.is_none_or(|id| s.id == id);
        for session in self.sessions.iter_mut().filter(wanted) {
            let seq = (delivery == Delivery::Reliable).then(|| {
                let seq = session.next_seq;
                session.next_seq += 1;
                session.kept_bytes += bytes;
                session.kept.push_back(Kept {
                    seq,
                    payload: payload.clone(),
                    bytes,
                });
                while session.kept.len() > limits.kept_events_max
                    || session.kept_bytes > limits.kept_bytes_max
                {
                    session.drop_oldest();
                }
                seq
            });
            if let Some(conn) = session.conn() {
                self.effects.push(Effect::Send {
                    conn,
                    seq,
                    payload: payload.clone(),
                });
            }
        }
    }

    fn refreshed(&mut self, conn: ConnId, expires_at: Timestamp) {
        if let Some(session) = self.find(conn) {
            session.expires_at = expires_at;
            if let Side::Attached(side) = &mut session.side {
                side.warned = false;
            }
        }
    }

    fn in_call(&mut self, id: SessionId, in_call: bool, now: Timestamp) {
        let limits = self.limits;
        if let Some(session) = self.sessions.iter_mut().find(|s| s.id == id) {
            session.in_call = in_call;
            if let Side::Attached(side) = &mut session.side {
                side.ping_at = side.ping_at.min(now + limits.interval(in_call));
            }
        }
    }

    /// Frees the memory of a lost session; it cannot be resumed any more.
    fn evict(&mut self, id: SessionId) {
        let detached = |s: &Session<P>| s.id == id && s.conn().is_none();
        if let Some(index) = self.sessions.iter().position(detached) {
            self.end(index, None);
        }
    }

    fn drain(&mut self) {
        for session in &self.sessions {
            if let Some(conn) = session.conn() {
                self.effects.push(Effect::Draining { conn });
                self.effects.push(Effect::Bye {
                    conn,
                    why: Bye::Restart,
                });
            }
        }
    }

    fn end_where(&mut self, concerned: impl Fn(&Session<P>) -> bool, why: Bye) {
        while let Some(index) = self.sessions.iter().position(&concerned) {
            self.end(index, Some(why));
        }
    }

    /// Ends a session; its socket, if any, is closed with `why`.
    fn end(&mut self, index: usize, why: Option<Bye>) {
        let session = self.sessions.remove(index);
        if let (Some(conn), Some(why)) = (session.conn(), why) {
            self.effects.push(Effect::Bye { conn, why });
        }
        self.effects.push(Effect::Over {
            session: session.id,
            revoked: why == Some(Bye::Revoked),
        });
    }
}
