//! The greeting: a new session, an old one that goes on, or another socket that takes over.

use super::{Attached, Bye, Devices, Effect, Hello, NotResumed, Resume, Session, Side, Welcome};
use crate::{id::LoginId, time::Timestamp};

impl<P: Clone> Devices<P> {
    pub(super) fn hello(&mut self, hello: Hello, now: Timestamp) {
        // A second hello on one socket is refused above; here it would only take over from itself.
        self.give_up_expired(now);
        let resumed = match &hello.resume {
            Some(resume) => self.resumable(resume, hello.login).map_err(Some),
            None => Err(None),
        };
        match resumed {
            Ok(index) => self.resume(index, &hello, now),
            Err(reason) => self.open(hello, reason, now),
        }
    }

    fn resumable(&self, resume: &Resume, login: LoginId) -> Result<usize, NotResumed> {
        let index = self.sessions.iter().position(|s| s.id == resume.session);
        let index = index.ok_or(NotResumed::Expired)?;
        let session = &self.sessions[index];
        let known = session.token == resume.token || session.shown == Some(resume.token);
        if !known || session.login != login {
            return Err(NotResumed::Unknown);
        }
        if !session.holds_after(resume.last_seq) {
            return Err(NotResumed::Gap);
        }
        Ok(index)
    }

    fn resume(&mut self, index: usize, hello: &Hello, now: Timestamp) {
        let last = hello.resume.map_or(0, |resume| resume.last_seq);
        let interval = self.limits.interval(self.sessions[index].in_call);
        let session = &mut self.sessions[index];
        let old = std::mem::replace(&mut session.side, attach(hello, interval, now));
        session.shown = hello.resume.map(|resume| resume.token);
        session.token = hello.next_token;
        session.expires_at = hello.expires_at;
        session.device.clone_from(&hello.device);
        session.acknowledge(last);
        let (id, seq, replay) = (session.id, session.next_seq - 1, session.kept.len());
        let old_conn = match old {
            Side::Attached(side) => {
                let conn = side.conn;
                self.effects.push(Effect::Bye {
                    conn,
                    why: Bye::Replaced,
                });
                side.suspect
            }
            Side::Detached { .. } => true,
        };
        self.effects.push(Effect::Welcome {
            conn: hello.conn,
            welcome: Welcome {
                session: id,
                resumed: Ok(()),
                replay,
                seq,
            },
        });
        for kept in &self.sessions[index].kept {
            self.effects.push(Effect::Send {
                conn: hello.conn,
                seq: Some(kept.seq),
                payload: kept.payload.clone(),
            });
        }
        if old_conn {
            self.effects.push(Effect::Back { session: id });
        }
    }

    /// A new session. The same device's older one is over; so is the oldest when there are too many.
    fn open(&mut self, hello: Hello, reason: Option<NotResumed>, now: Timestamp) {
        let same = |s: &Session<P>| s.device == hello.device && s.login == hello.login;
        while let Some(index) = self.sessions.iter().position(same) {
            self.end(index, Some(Bye::Replaced));
        }
        while self.sessions.len() >= self.limits.devices_max.max(1) {
            let lost = self.sessions.iter().position(|s| s.conn().is_none());
            self.end(lost.unwrap_or(0), Some(Bye::TooManyDevices));
        }
        let side = attach(&hello, self.limits.ping_every, now);
        let welcome = Welcome {
            session: hello.fresh,
            resumed: Err(reason),
            replay: 0,
            seq: 0,
        };
        self.sessions.push(Session {
            id: hello.fresh,
            device: hello.device,
            login: hello.login,
            expires_at: hello.expires_at,
            token: hello.next_token,
            shown: None,
            next_seq: 1,
            kept: std::collections::VecDeque::new(),
            kept_bytes: 0,
            forgotten: 0,
            in_call: false,
            side,
        });
        self.effects.push(Effect::Welcome {
            conn: hello.conn,
            welcome,
        });
    }
}

fn attach(hello: &Hello, interval: crate::time::Millis, now: Timestamp) -> Side {
    let phase = hello.phase.0.clamp(0, interval.0);
    Side::Attached(Attached {
        conn: hello.conn,
        heard: now,
        ping_at: now + interval - crate::time::Millis(phase),
        warned: false,
        suspect: false,
    })
}
