//! The meter of one paid call: which time is proven, when to charge, to warn, to pause and to end.
//!
//! A second counts only when both sides said *afterwards* that media flowed, and, when it goes
//! through our relay, the relay itself saw bytes. So the meter runs a moment behind the clock, and
//! whatever breaks costs nothing from its last sign on. Instants are of a clock that never jumps.
//! Coins move in steps of the bill (`bill`), one at a time; what comes in between waits for the
//! answer of the books. Start reading at [`Meter::handle`].

#[cfg(test)]
mod tests;
mod words;

pub use words::{Effect, Input, Now, Phase, Rules, Side};

use crate::{
    bill::{Outlook, Purse, Record, Warner},
    paid::EndedBy,
    time::{Millis, Timestamp},
};

/// After the money's end the last sign is awaited for so long: longer than from one sign of a browser
/// to the next (a second, and what asking for its figures takes), or the last second would go unpaid.
const LAST_SIGN: Millis = Millis(1_500);

#[derive(Clone, Copy, Debug, Default)]
struct Ear {
    connected: bool,
    relayed: bool,
    /// The last good sign.
    heard: Option<Timestamp>,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Meter {
    rules: Rules,
    record: Record,
    purse: Purse,
    caller: Ear,
    host: Ear,
    /// When the relay last moved something.
    relay_moved: Option<Timestamp>,
    /// Since when both are connected, and how much was proven before.
    since: Option<Timestamp>,
    banked: Millis,
    started: bool,
    /// When it is given up unless they meet (again).
    give_up_at: Option<Timestamp>,
    /// Nobody has come back since the server was away.
    interrupted: bool,
    grace_until: Option<Timestamp>,
    ended: Option<EndedBy>,
    posting: bool,
    posted_at: Timestamp,
    warner: Warner,
    told: Option<(Phase, bool)>,
    effects: Vec<Effect>,
}

impl Meter {
    /// A call that was accepted just now, with its first coins reserved.
    pub fn new(rules: Rules, record: Record, purse: Purse, now: Timestamp) -> Self {
        let give_up_at = Some(now + rules.setup);
        Self::from(rules, record, purse, now, give_up_at)
    }

    /// A call that a restart interrupted goes on at its last proven second, if both come back.
    pub fn restored(rules: Rules, record: Record, purse: Purse, now: Timestamp) -> Self {
        let give_up_at = Some(now + rules.resume_for);
        let mut meter = Self::from(rules, record, purse, now, give_up_at);
        meter.banked = record.proven;
        meter.interrupted = true;
        meter.started = record.proven > Millis::ZERO;
        meter
    }

    fn from(
        rules: Rules,
        record: Record,
        purse: Purse,
        now: Timestamp,
        give_up_at: Option<Timestamp>,
    ) -> Self {
        Self {
            rules,
            record,
            purse,
            caller: Ear::default(),
            host: Ear::default(),
            relay_moved: None,
            since: None,
            banked: Millis::ZERO,
            started: false,
            give_up_at,
            interrupted: false,
            grace_until: None,
            ended: None,
            posting: false,
            posted_at: now,
            warner: Warner::default(),
            told: None,
            effects: Vec::new(),
        }
    }

    /// The bill as it is in the books.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Takes one input: what must be done now, in order.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        match input {
            Input::Sign {
                side,
                connected,
                relayed,
            } => self.sign(side, connected, relayed, now),
            Input::Relayed => self.relay_moved = Some(now),
            Input::End(why) => self.end(why, now),
            Input::Wallet(purse) => self.wallet(purse, now),
            Input::Posted(purse) => {
                self.posting = false;
                self.purse = purse;
            }
            Input::Refused(purse) => {
                self.posting = false;
                self.purse = purse;
            }
            Input::Tick => {}
        }
        self.follow(now);
        std::mem::take(&mut self.effects)
    }

    /// The record that a posted step leaves; the shell says it with the answer of the books.
    pub fn posted(&mut self, record: Record, purse: Purse, now: Timestamp) -> Vec<Effect> {
        let before = self.all();
        (self.record, self.purse) = (record, purse);
        if self.all() > before {
            // A top-up came while the books were busy.
            self.told = None;
        }
        if record.settled {
            self.effects.push(Effect::Settled(record));
        }
        self.handle(Input::Posted(purse), now)
    }

    /// When [`Input::Tick`] is wanted.
    pub fn deadline(&self) -> Option<Timestamp> {
        if self.record.settled {
            return None;
        }
        let charge = self.since.filter(|_| !self.posting);
        let charge = charge.map(|_| self.posted_at + self.rules.tick);
        let silent = self
            .since
            .and(self.heard_both())
            .map(|at| at + self.rules.silence);
        let money = self.money_ends().map(|at| at + LAST_SIGN);
        let ends = [charge, silent, money, self.give_up_at, self.grace_until];
        ends.into_iter().flatten().min()
    }

    /// Connected time for which there is proof.
    pub fn proven(&self) -> Millis {
        self.proven_until(self.heard_both())
    }

    /// How it stands.
    pub fn now(&self, now: Timestamp) -> Now {
        let running = self.running(now);
        let all = self.all().map(|end| Millis((end.0 - running.0).max(0)));
        let phase = self.phase();
        Now {
            phase,
            elapsed: running,
            charged: self.record.charged,
            per_minute: self.record.tariff.per_minute,
            free_s: self.record.tariff.free_s,
            remaining: all,
            ends_at: all
                .filter(|_| phase == Phase::Running)
                .map(|left| now + left),
            last: self.outlook().last,
            grace_until: self.grace_until,
        }
    }

    fn phase(&self) -> Phase {
        if self.ended.is_some() {
            Phase::Over
        } else if self.grace_until.is_some() {
            Phase::Grace
        } else if self.since.is_some() {
            Phase::Running
        } else if self.started {
            Phase::Paused
        } else {
            Phase::Waiting
        }
    }

    fn sign(&mut self, side: Side, connected: bool, relayed: Option<bool>, now: Timestamp) {
        let ear = match side {
            Side::Caller => &mut self.caller,
            Side::Host => &mut self.host,
        };
        if let Some(relayed) = relayed {
            ear.relayed = relayed;
        }
        if connected {
            ear.heard = Some(now);
        }
        if ear.connected == connected {
            return;
        }
        // A broken connection is no proof of the time before it was found.
        ear.connected = connected;
        if !connected {
            self.pause(now);
        }
    }

    /// Whatever follows from how things stand now.
    fn follow(&mut self, now: Timestamp) {
        if self.record.settled {
            return;
        }
        if self.ended.is_none() {
            self.listen(now);
            self.watch_money(now);
            let given_up = self.give_up_at.is_some_and(|at| at <= now);
            if given_up && self.since.is_none() {
                let why = match (self.interrupted, self.started) {
                    (true, _) => EndedBy::Restart,
                    (_, true) => EndedBy::Lost,
                    (_, false) => EndedBy::NoMedia,
                };
                self.end(why, now);
            }
        }
        self.charge(now);
        self.tell(now);
    }

    /// Begins, goes on, or pauses, by what was heard.
    fn listen(&mut self, now: Timestamp) {
        let fresh = self.fresh(now);
        match (self.since, fresh && self.grace_until.is_none()) {
            (Some(_), false) => self.pause(now),
            (None, true) => {
                if !self.started {
                    self.started = true;
                    self.effects.push(Effect::Began(now));
                }
                self.since = Some(now);
                self.give_up_at = None;
                self.interrupted = false;
            }
            _ => {}
        }
    }

    /// Both are connected and gave a sign lately.
    fn fresh(&self, now: Timestamp) -> bool {
        let lately = |at: Timestamp| at + self.rules.silence > now;
        let good = |ear: &Ear| ear.connected && ear.heard.is_some_and(lately);
        good(&self.caller) && good(&self.host) && self.relay().is_none_or(lately)
    }

    /// What was proven is kept; from here on nothing counts.
    fn pause(&mut self, now: Timestamp) {
        self.banked = self.proven();
        if self.since.take().is_some() {
            self.give_up_at = Some(now + self.rules.pause_max);
        }
    }

    fn watch_money(&mut self, now: Timestamp) {
        if let Some(until) = self.grace_until {
            if self.has_time() {
                self.grace_until = None;
                self.listen(now);
            } else if until <= now {
                self.end(EndedBy::Balance, now);
            }
            return;
        }
        let Some(ends) = self.money_ends() else {
            return;
        };
        let proven = self.all().is_some_and(|end| self.proven() >= end);
        if proven || ends + LAST_SIGN <= now {
            let grace = self.rules.terms.topup_grace;
            if grace > Millis::ZERO {
                self.banked = self.proven();
                self.since = None;
                self.grace_until = Some(now + grace);
            } else {
                self.end(EndedBy::Balance, now);
            }
        }
    }

    /// The purse pays for at least one more second.
    fn has_time(&self) -> bool {
        self.all().is_none_or(|end| end > self.banked)
    }

    fn wallet(&mut self, purse: Purse, now: Timestamp) {
        if self.posting {
            // What is on its way into the books is in neither sum; their answer brings the new one.
            return;
        }
        let more = purse.available > self.purse.available;
        self.purse = purse;
        if more {
            self.told = None;
        }
        if more && self.ended.is_none() {
            // What came in extends the call at once, not with the next tick.
            self.post(now);
        }
    }

    fn end(&mut self, why: EndedBy, now: Timestamp) {
        if self.ended.is_some() || self.record.settled {
            return;
        }
        self.pause(now);
        self.give_up_at = None;
        self.grace_until = None;
        self.ended = Some(why);
        self.effects.push(Effect::Close(why));
    }

    /// Puts what is due into the books, if the last step is through.
    fn charge(&mut self, now: Timestamp) {
        if self.posting || self.record.settled {
            return;
        }
        if self.ended.is_some() {
            let step = self.record.settle(self.proven(), now);
            self.posting = true;
            self.effects.push(Effect::Post(step));
            return;
        }
        let tick = self.since.is_some() && self.posted_at + self.rules.tick <= now;
        let proven = self.proven();
        // A block of more than a moment is charged when it begins.
        let block = self.record.tariff.increment_s > 5 && {
            let seconds = u64::try_from(proven.0 / 1_000).unwrap_or(0);
            self.record.tariff.due(seconds) > self.record.charged
        };
        let paused = self.since.is_none() && proven > self.record.proven;
        if tick || block || paused {
            self.post(now);
        }
    }

    fn post(&mut self, now: Timestamp) {
        let step = self
            .record
            .tick(self.proven(), &self.rules.terms, self.purse, now);
        self.posted_at = now;
        if step.entry.is_some() || step.record != self.record {
            self.posting = true;
            self.effects.push(Effect::Post(step));
        }
    }

    fn tell(&mut self, now: Timestamp) {
        if self.ended.is_none() && self.since.is_some() {
            let left = self.now(now).remaining;
            let left_s = left.map(|left| u64::try_from(left.0 / 1_000).unwrap_or(0));
            if let (Some(mark_s), Some(remaining)) = (self.warner.hear(left_s), left) {
                self.effects.push(Effect::Warn { mark_s, remaining });
            }
        }
        let standing = (self.phase(), self.outlook().last);
        let posted = self.effects.iter().any(|it| matches!(it, Effect::Post(_)));
        let news = self.told != Some(standing);
        if news || posted {
            self.told = Some(standing);
            let now = self.now(now);
            self.effects.push(Effect::Tell { now, news });
        }
    }

    fn outlook(&self) -> Outlook {
        self.record.outlook(self.proven(), self.purse)
    }

    /// Connected time at which everything is used up.
    fn all(&self) -> Option<Millis> {
        let left = self.outlook().remaining_s?;
        let now_s = self.record.proven.max(self.proven()).0 / 1_000;
        let left = i64::try_from(left).unwrap_or(i64::MAX / 2_000);
        Some(Millis::from_secs(now_s.saturating_add(left)))
    }

    /// When everything is used up if nothing changes.
    fn money_ends(&self) -> Option<Timestamp> {
        let (since, all) = (self.since?, self.all()?);
        Some(since + Millis((all.0 - self.banked.0).max(0)))
    }

    /// The instant up to which both (and the relay) have given signs.
    fn heard_both(&self) -> Option<Timestamp> {
        let both = self.caller.heard?.min(self.host.heard?);
        Some(self.relay().map_or(both, |moved| both.min(moved)))
    }

    /// When the relay last moved something of a call that goes through it. A browser that says so
    /// of a call that the relay has never seen is not believed.
    fn relay(&self) -> Option<Timestamp> {
        let relayed = self.caller.relayed || self.host.relayed;
        self.relay_moved.filter(|_| relayed)
    }

    fn proven_until(&self, until: Option<Timestamp>) -> Millis {
        let counted = match (self.since, until) {
            (Some(since), Some(until)) => until.since(since),
            _ => Millis::ZERO,
        };
        Millis(self.banked.0 + counted.0)
    }

    /// Connected time, if the signs that are due do come.
    fn running(&self, now: Timestamp) -> Millis {
        let end = self.all();
        let running = match self.since {
            Some(since) => Millis(self.banked.0 + now.since(since).0),
            None => self.banked,
        };
        end.map_or(running, |end| running.min(end.max(self.banked)))
    }
}
