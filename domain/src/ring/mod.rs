//! One host's line: who rings, who waits in line, who is talking.
//!
//! One call rings at a time, on all devices of the host; the first device that takes it wins. While
//! the host rings, talks or sits in a meeting, others are told so and may stand in line: that costs
//! nothing, and the time that it may take is said only when it can be known. Nothing in here charges anything: money
//! is reserved by whoever carries out [`Effect::Open`]. Start reading at [`Ring::handle`].

#[cfg(test)]
mod tests;
mod words;

pub use words::{Attempt, Effect, Input, Limits, Refused, Reply, Unanswered};

use std::collections::VecDeque;

use crate::{
    event::{Event, MediaKind},
    id::{CallId, SessionId, UserId},
    time::{Millis, Timestamp},
};

/// Lengths of past calls that an estimate is made from.
const LENGTHS_KEPT: usize = 20;
/// Fewer than this say nothing.
const LENGTHS_MIN: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Queued,
    Ringing { until: Timestamp },
    Opening { session: SessionId },
}

#[derive(Clone, Debug)]
struct Line {
    attempt: Attempt,
    stage: Stage,
    lost_since: Option<Timestamp>,
    /// Devices of the host that said they ring.
    devices: u32,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Ring {
    host: UserId,
    limits: Limits,
    lines: Vec<Line>,
    /// The call that goes on, and since when.
    live: Option<(CallId, Timestamp)>,
    /// The host sits in a room: nothing rings.
    engaged: bool,
    lengths: VecDeque<Millis>,
    effects: Vec<Effect>,
}

impl Ring {
    /// A quiet line. `lengths`: how long the host's last calls were, the latest last.
    pub fn new(host: UserId, limits: Limits, lengths: impl IntoIterator<Item = Millis>) -> Self {
        let mut ring = Self {
            host,
            limits,
            lines: Vec::new(),
            live: None,
            engaged: false,
            lengths: VecDeque::new(),
            effects: Vec::new(),
        };
        lengths.into_iter().for_each(|length| ring.learn(length));
        ring
    }

    /// Takes one input: an answer for who asked, and what must be done now, in order.
    pub fn handle(
        &mut self,
        input: Input,
        now: Timestamp,
    ) -> (Result<Reply, Refused>, Vec<Effect>) {
        let answer = match input {
            Input::Invite { attempt, wait } => self.invite(attempt, wait, now),
            Input::Heard { call } => self.heard(call),
            Input::Accept {
                call,
                session,
                media,
            } => self.accept(call, session, media),
            Input::Opened { call, failed } => self.opened(call, failed, now),
            Input::Decline { call, busy } => self.decline(call, busy),
            Input::Cancel { caller, call } => self.cancel(caller, call),
            Input::Lost { session } => {
                self.of(session, |line| {
                    line.lost_since.get_or_insert(now);
                });
                Ok(Reply::Done)
            }
            Input::Back { session } => {
                self.of(session, |line| line.lost_since = None);
                Ok(Reply::Done)
            }
            Input::Show { session } => Ok(self.show(session)),
            Input::Busy { call, since } => {
                self.live = Some((call, since));
                Ok(Reply::Done)
            }
            Input::Engaged(engaged) => {
                self.engaged = engaged;
                Ok(Reply::Done)
            }
            Input::Over { call, length } => Ok(self.over(call, length)),
            Input::Off => Ok(self.drop_where(Unanswered::HostGone, |line| {
                !matches!(line.stage, Stage::Opening { .. })
            })),
            Input::Blocked(user) => Ok(self.drop_where(Unanswered::Declined, |line| {
                line.attempt.caller == user && !matches!(line.stage, Stage::Opening { .. })
            })),
            Input::Tick => Ok(self.tick(now)),
        };
        self.ring_next(now);
        (answer, std::mem::take(&mut self.effects))
    }

    /// When [`Input::Tick`] is wanted. When a call has rung long enough; when a lost caller is given
    /// up.
    pub fn deadline(&self) -> Option<Timestamp> {
        let rings = self.lines.iter().filter_map(|line| match line.stage {
            Stage::Ringing { until } => Some(until),
            _ => None,
        });
        let lost = self.lines.iter().filter_map(|line| {
            let since = line.lost_since?;
            (!matches!(line.stage, Stage::Opening { .. }))
                .then_some(since + self.limits.caller_grace)
        });
        rings.chain(lost).min()
    }

    /// Nobody rings, waits or talks.
    pub fn is_idle(&self) -> bool {
        self.lines.is_empty() && self.live.is_none()
    }

    /// The call that goes on.
    pub fn live(&self) -> Option<CallId> {
        self.live.map(|(call, _)| call)
    }

    fn invite(&mut self, attempt: Attempt, wait: bool, now: Timestamp) -> Result<Reply, Refused> {
        if let Some(index) = self.by_caller(attempt.caller) {
            // The same person again: a repeated command, or the page loaded anew.
            let line = &mut self.lines[index];
            line.attempt.session = attempt.session;
            line.lost_since = None;
            return Ok(self.standing(index, now));
        }
        let free = self.live.is_none() && !self.engaged && self.lines.is_empty();
        if !free && !wait {
            let (place, room) = (self.queued() + 1, self.queued() < self.limits.queue_max);
            self.note(attempt, Unanswered::Busy);
            return Err(Refused::Busy {
                wait: self.estimate(place, now),
                room,
            });
        }
        if !free && self.queued() >= self.limits.queue_max {
            self.note(attempt, Unanswered::Busy);
            return Err(Refused::Busy {
                wait: None,
                room: false,
            });
        }
        self.lines.push(Line {
            attempt,
            stage: Stage::Queued,
            lost_since: None,
            devices: 0,
        });
        self.ring_next(now);
        Ok(self.standing(self.lines.len() - 1, now))
    }

    /// How a caller's call stands.
    fn standing(&self, index: usize, now: Timestamp) -> Reply {
        let line = &self.lines[index];
        let (call, room) = (line.attempt.call, line.attempt.room);
        match line.stage {
            Stage::Queued => {
                let place = self.place(index);
                let wait = self.estimate(place, now);
                Reply::Queued {
                    call,
                    room,
                    place,
                    wait,
                }
            }
            Stage::Ringing { until } => Reply::Ringing { call, room, until },
            Stage::Opening { .. } => Reply::Ringing {
                call,
                room,
                until: now + self.limits.ring_for,
            },
        }
    }

    fn heard(&mut self, call: CallId) -> Result<Reply, Refused> {
        let index = self.by_call(call)?;
        let line = &mut self.lines[index];
        if matches!(line.stage, Stage::Ringing { .. }) {
            line.devices = line.devices.saturating_add(1);
            let (devices, attempt) = (line.devices, line.attempt.clone());
            self.tell_caller(&attempt, Event::CallRinging { call, devices });
        }
        Ok(Reply::Done)
    }

    fn accept(
        &mut self,
        call: CallId,
        session: SessionId,
        media: MediaKind,
    ) -> Result<Reply, Refused> {
        if self.live() == Some(call) {
            return Err(Refused::Answered);
        }
        let index = self.by_call(call)?;
        let line = &mut self.lines[index];
        match line.stage {
            Stage::Queued => Err(Refused::NotFound),
            Stage::Opening { session: winner } if winner == session => Ok(Reply::Opening),
            Stage::Opening { .. } => Err(Refused::Answered),
            Stage::Ringing { .. } => {
                line.stage = Stage::Opening { session };
                // A host may answer a video call with the voice only, never the other way round.
                let media = match line.attempt.media {
                    MediaKind::Audio => MediaKind::Audio,
                    MediaKind::Video => media,
                };
                let attempt = line.attempt.clone();
                self.effects.push(Effect::Open {
                    attempt,
                    session,
                    media,
                });
                Ok(Reply::Opening)
            }
        }
    }

    fn opened(
        &mut self,
        call: CallId,
        failed: Option<Unanswered>,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        let index = self.by_call(call)?;
        if let Some(why) = failed {
            self.drop_line(index, why);
            return Ok(Reply::Done);
        }
        let line = self.lines.remove(index);
        self.live = Some((call, now));
        self.silence(call, Unanswered::Elsewhere);
        let room = line.attempt.room;
        self.tell_caller(&line.attempt, Event::CallAccepted { call, room });
        self.tell_queue(now);
        Ok(Reply::Done)
    }

    fn decline(&mut self, call: CallId, busy: bool) -> Result<Reply, Refused> {
        let index = self.by_call(call)?;
        match self.lines[index].stage {
            Stage::Ringing { .. } => {
                let why = match busy {
                    true => Unanswered::Busy,
                    false => Unanswered::Declined,
                };
                self.drop_line(index, why);
                Ok(Reply::Done)
            }
            Stage::Queued => Err(Refused::NotFound),
            Stage::Opening { .. } => Err(Refused::Answered),
        }
    }

    fn cancel(&mut self, caller: UserId, call: CallId) -> Result<Reply, Refused> {
        let index = self.by_call(call)?;
        let line = &self.lines[index];
        if line.attempt.caller != caller {
            return Err(Refused::NotFound);
        }
        if matches!(line.stage, Stage::Opening { .. }) {
            return Err(Refused::Answered);
        }
        self.drop_line(index, Unanswered::Cancelled);
        Ok(Reply::Done)
    }

    /// The call that rings, for a device that came later.
    fn show(&mut self, session: SessionId) -> Reply {
        let ringing = self.lines.iter().find_map(|line| match line.stage {
            Stage::Ringing { until } => Some(incoming(&line.attempt, until)),
            _ => None,
        });
        if let Some(event) = ringing {
            let (user, session) = (self.host, Some(session));
            self.effects.push(Effect::Tell {
                user,
                session,
                event,
            });
        }
        Reply::Done
    }

    fn over(&mut self, call: CallId, length: Millis) -> Reply {
        if self.live() == Some(call) {
            self.live = None;
            self.learn(length);
        }
        Reply::Done
    }

    fn tick(&mut self, now: Timestamp) -> Reply {
        let grace = self.limits.caller_grace;
        while let Some((index, why)) = self.lines.iter().enumerate().find_map(|(index, line)| {
            if matches!(line.stage, Stage::Opening { .. }) {
                return None;
            }
            let given_up = line.lost_since.is_some_and(|since| since + grace <= now);
            let rung = matches!(line.stage, Stage::Ringing { until } if until <= now);
            match (given_up, rung) {
                (true, _) => Some((index, Unanswered::CallerLost)),
                (_, true) => Some((index, Unanswered::Timeout)),
                _ => None,
            }
        }) {
            self.drop_line(index, why);
        }
        Reply::Done
    }

    /// The first in line rings when nothing else does.
    fn ring_next(&mut self, now: Timestamp) {
        let busy = self.live.is_some()
            || self.engaged
            || self
                .lines
                .iter()
                .any(|line| !matches!(line.stage, Stage::Queued));
        if busy || self.lines.is_empty() {
            return;
        }
        let until = now + self.limits.ring_for;
        let line = &mut self.lines[0];
        let waited = line.attempt.at < now;
        line.stage = Stage::Ringing { until };
        let attempt = line.attempt.clone();
        let event = incoming(&attempt, until);
        self.effects.push(Effect::Tell {
            user: self.host,
            session: None,
            event,
        });
        if waited {
            let call = attempt.call;
            self.tell_caller(&attempt, Event::CallRinging { call, devices: 0 });
        }
        self.tell_queue(now);
    }

    fn drop_where(&mut self, why: Unanswered, which: impl Fn(&Line) -> bool) -> Reply {
        while let Some(index) = self.lines.iter().position(&which) {
            self.drop_line(index, why);
        }
        Reply::Done
    }

    fn drop_line(&mut self, index: usize, why: Unanswered) {
        let line = self.lines.remove(index);
        if !matches!(line.stage, Stage::Queued) {
            self.silence(line.attempt.call, why);
        }
        let call = line.attempt.call;
        self.tell_caller(&line.attempt, Event::CallUnanswered { call, why });
        self.note(line.attempt, why);
    }

    fn note(&mut self, attempt: Attempt, why: Unanswered) {
        let status = why.status();
        self.effects.push(Effect::Note { attempt, status });
    }

    /// Ends the ringing on all devices of the host.
    fn silence(&mut self, call: CallId, why: Unanswered) {
        self.effects.push(Effect::Tell {
            user: self.host,
            session: None,
            event: Event::CallUnanswered { call, why },
        });
    }

    fn tell_caller(&mut self, attempt: &Attempt, event: Event) {
        self.effects.push(Effect::Tell {
            user: attempt.caller,
            session: Some(attempt.session),
            event,
        });
    }

    /// Everybody in line hears where they stand.
    fn tell_queue(&mut self, now: Timestamp) {
        for index in 0..self.lines.len() {
            if self.lines[index].stage != Stage::Queued {
                continue;
            }
            let place = self.place(index);
            let wait = self.estimate(place, now);
            let attempt = self.lines[index].attempt.clone();
            let call = attempt.call;
            self.tell_caller(&attempt, Event::CallQueued { call, place, wait });
        }
    }

    /// How long it may take until the one in this place rings: half of the past calls were not
    /// longer. Said only while a call goes on that is not longer than usual already.
    fn estimate(&self, place: usize, now: Timestamp) -> Option<Millis> {
        let (_, since) = self.live?;
        if self.lengths.len() < LENGTHS_MIN {
            return None;
        }
        let mut sorted: Vec<_> = self.lengths.iter().copied().collect();
        sorted.sort_unstable();
        let usual = sorted[sorted.len() / 2];
        let left = usual.0 - now.since(since).0;
        let ahead = i64::try_from(place).unwrap_or(i64::MAX).saturating_sub(1);
        (left > 0).then(|| Millis(left.saturating_add(usual.0.saturating_mul(ahead))))
    }

    fn learn(&mut self, length: Millis) {
        if length > Millis::ZERO {
            self.lengths.push_back(length);
        }
        while self.lengths.len() > LENGTHS_KEPT {
            self.lengths.pop_front();
        }
    }

    fn of(&mut self, session: SessionId, change: impl Fn(&mut Line)) {
        let theirs = self.lines.iter_mut();
        theirs
            .filter(|line| line.attempt.session == session)
            .for_each(change);
    }

    fn queued(&self) -> usize {
        let queued = self.lines.iter();
        queued.filter(|line| line.stage == Stage::Queued).count()
    }

    /// The place in line, from 1.
    fn place(&self, index: usize) -> usize {
        let before = self.lines[..index].iter();
        before.filter(|line| line.stage == Stage::Queued).count() + 1
    }

    fn by_caller(&self, caller: UserId) -> Option<usize> {
        self.lines
            .iter()
            .position(|line| line.attempt.caller == caller)
    }

    fn by_call(&self, call: CallId) -> Result<usize, Refused> {
        self.lines
            .iter()
            .position(|line| line.attempt.call == call)
            .ok_or(Refused::Over)
    }
}

fn incoming(attempt: &Attempt, until: Timestamp) -> Event {
    Event::CallIncoming {
        call: attempt.call,
        caller: attempt.caller,
        name: attempt.name.clone(),
        media: attempt.media,
        per_minute: attempt.tariff.per_minute,
        until,
    }
}
