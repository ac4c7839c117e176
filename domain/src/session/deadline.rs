//! The timers of sessions as a table. One real timer above serves them all.

use super::{Attached, Bye, Devices, Effect, Limits, Session, Side};
use crate::time::Timestamp;

/// What is due for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    /// When nothing was heard for the ping interval.
    Ping,
    /// When a peer in a call was silent for so long that the others should know.
    Suspect,
    /// When nothing was heard for so long that the socket must be dead.
    Dead,
    /// When the token ends soon.
    AuthWarning,
    /// When the token ended and the grace is over.
    AuthOver,
    /// When a lost session was not resumed.
    Expire,
}

impl<P: Clone> Devices<P> {
    /// When [`super::Input::Tick`] is wanted.
    pub fn deadline(&self) -> Option<Timestamp> {
        let all = self.sessions.iter().flat_map(|s| timers(s, &self.limits));
        all.map(|(at, _)| at).min()
    }

    pub(super) fn tick(&mut self, now: Timestamp) {
        let mut index = 0;
        while index < self.sessions.len() {
            let due = timers(&self.sessions[index], &self.limits)
                .into_iter()
                .filter(|(at, _)| *at <= now)
                .map(|(_, timer)| timer);
            let due: Vec<Timer> = due.collect();
            let stays = due.iter().all(|timer| self.fire(index, *timer, now));
            if stays {
                index += 1;
            }
        }
    }

    pub(super) fn give_up_expired(&mut self, now: Timestamp) {
        let window = self.limits.resume_window;
        let expired = move |s: &Session<P>| matches!(s.side, Side::Detached { since } if since + window <= now);
        while let Some(index) = self.sessions.iter().position(expired) {
            self.end(index, None);
        }
    }

    /// Carries out one timer; false when the session is over.
    fn fire(&mut self, index: usize, timer: Timer, now: Timestamp) -> bool {
        let limits = self.limits;
        let session = &mut self.sessions[index];
        let (id, in_call, expires_at) = (session.id, session.in_call, session.expires_at);
        let Side::Attached(side) = &mut session.side else {
            if timer == Timer::Expire {
                self.end(index, None);
                return false;
            }
            return true;
        };
        let conn = side.conn;
        match timer {
            Timer::Ping => {
                side.ping_at = now + limits.interval(in_call);
                self.effects.push(Effect::Ping { conn });
            }
            Timer::Suspect => {
                side.suspect = true;
                self.effects.push(Effect::Lost { session: id });
            }
            Timer::AuthWarning => {
                side.warned = true;
                let at = expires_at;
                self.effects.push(Effect::AuthExpiring { conn, at });
            }
            // The session stays resumable after both: a fresh socket with a fresh token goes on.
            Timer::Dead => self.detach(index, Bye::Timeout, now),
            Timer::AuthOver => self.detach(index, Bye::TokenExpired, now),
            Timer::Expire => {}
        }
        true
    }

    /// Closes the socket of a session that may be resumed.
    pub(super) fn detach(&mut self, index: usize, why: Bye, now: Timestamp) {
        let session = &mut self.sessions[index];
        let old = std::mem::replace(&mut session.side, Side::Detached { since: now });
        let id = session.id;
        if let Side::Attached(side) = old {
            let conn = side.conn;
            self.effects.push(Effect::Bye { conn, why });
            if !side.suspect {
                self.effects.push(Effect::Lost { session: id });
            }
        }
    }
}

fn timers<P>(session: &Session<P>, limits: &Limits) -> Vec<(Timestamp, Timer)> {
    match &session.side {
        Side::Detached { since } => vec![(*since + limits.resume_window, Timer::Expire)],
        Side::Attached(side) => attached(session, side, limits),
    }
}

fn attached<P>(session: &Session<P>, side: &Attached, limits: &Limits) -> Vec<(Timestamp, Timer)> {
    let mut timers = vec![
        (side.heard + limits.dead(session.in_call), Timer::Dead),
        (side.ping_at, Timer::Ping),
        (session.expires_at + limits.auth_grace, Timer::AuthOver),
    ];
    if session.in_call && !side.suspect {
        timers.push((side.heard + limits.suspect_after_in_call, Timer::Suspect));
    }
    if !side.warned {
        timers.push((session.expires_at - limits.auth_warning, Timer::AuthWarning));
    }
    timers
}
