//! One host's line: a thin shell around `domain::ring`. It lives while somebody rings, waits or
//! talks. A desk that died is built empty, with the call that goes on: who rang hears nothing more
//! and their page asks again.

use std::sync::Arc;

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture,
};
use parlor_domain::{
    event::MediaKind,
    id::{CallId, UserId},
    paid::{PaidCall, Status},
    ring::{Attempt, Effect, Input, Refused, Reply, Ring, Unanswered},
};

use crate::{
    alarm::Alarm,
    link::{Answer, Calling, Trouble},
    ports::{NotCallable, NotPosted, Quote},
    registry::Hub,
    room::Asked,
    session::UserMsg,
};

/// What a desk is sent.
pub enum RingMsg {
    /// Somebody asks.
    Ask(Asked, RingAsk),
    /// Something happened.
    Note(Input),
    /// The line is quiet; stop after what is in the mailbox.
    Finish,
    /// A test breaks the desk here.
    #[cfg(test)]
    Panic,
}

impl Message for RingMsg {
    type Result = ();
}

/// What is asked, its rights checked.
pub enum RingAsk {
    /// Somebody calls.
    Invite(Attempt, Quote, /** Would stand in line. */ bool),
    /// It rings at a device of the host.
    Heard(CallId),
    /// A device of the host takes it.
    Accept(CallId, MediaKind),
    /// The host says no (or not now).
    Decline(CallId, bool),
    /// The caller gives up.
    Cancel(CallId),
}

/// The actor.
pub struct RingDesk {
    host: UserId,
    hub: Arc<Hub>,
    machine: Ring,
    /// Devices that wait for the money to be taken aside.
    opening: Vec<(CallId, Asked)>,
    /// What is being written.
    writing: usize,
    alarm: Alarm,
    finished: bool,
}

impl RingDesk {
    pub(crate) fn new(host: UserId, hub: Arc<Hub>) -> Self {
        let (limits, _) = hub.ports.paid.rules();
        let mut machine = Ring::new(host, limits, hub.ports.paid.lengths(host));
        if let Some(talk) = hub.talks.of_host(host) {
            let (call, since) = (talk.call, talk.since);
            let _ = machine.handle(Input::Busy { call, since }, hub.now());
        }
        let engaged = hub.ports.attendance.is_inside(host);
        let _ = machine.handle(Input::Engaged(engaged), hub.now());
        Self {
            host,
            hub,
            machine,
            opening: Vec::new(),
            writing: 0,
            alarm: Alarm::default(),
            finished: false,
        }
    }

    fn asked(&mut self, asked: Asked, what: RingAsk, ctx: &mut Context<Self>) {
        let (user, session) = (asked.user, asked.session);
        // The switch and the blocks are asked here once more: what happened to them since the price
        // was asked is in this mailbox before or after, and so is nowhere missed.
        let there = || self.hub.ports.attendance.is_there_for(self.host, user);
        if matches!(what, RingAsk::Invite(..)) && !there() {
            let offline = Trouble::NotCallable(NotCallable::Offline);
            self.reply(&asked, Err(offline));
            return self.rest(ctx);
        }
        let (quote, input) = match what {
            RingAsk::Invite(attempt, quote, wait) => (Some(quote), Input::Invite { attempt, wait }),
            RingAsk::Heard(call) => (None, Input::Heard { call }),
            RingAsk::Accept(call, media) => {
                let input = Input::Accept {
                    call,
                    session,
                    media,
                };
                self.opening.push((call, asked.clone()));
                (None, input)
            }
            RingAsk::Decline(call, busy) => (None, Input::Decline { call, busy }),
            RingAsk::Cancel(call) => {
                let caller = user;
                (None, Input::Cancel { caller, call })
            }
        };
        let fresh = match &input {
            Input::Invite { attempt, .. } => Some(attempt.clone()),
            _ => None,
        };
        let answer = self.run(input, ctx);
        if let Ok(Reply::Ringing { call, .. } | Reply::Queued { call, .. }) = &answer
            && let Some(attempt) = fresh.filter(|it| it.call == *call)
        {
            // Written down at once: a server that is killed now knows of it afterwards.
            self.write(PaidCall::ringing(&attempt, self.host), ctx);
        }
        if answer != Ok(Reply::Opening) {
            let same = |it: &Asked| it.conn == asked.conn && it.id == asked.id;
            self.opening.retain(|(_, it)| !same(it));
        }
        let answer = match (answer, quote) {
            (Ok(Reply::Opening), _) => return,
            (Ok(Reply::Ringing { call, room, until }), Some(quote)) => {
                Ok(Answer::Calling(Calling {
                    call,
                    room,
                    quote,
                    rings_until: Some(until),
                    queued: None,
                }))
            }
            (
                Ok(Reply::Queued {
                    call,
                    room,
                    place,
                    wait,
                }),
                Some(quote),
            ) => Ok(Answer::Calling(Calling {
                call,
                room,
                quote,
                rings_until: None,
                queued: Some((place, wait)),
            })),
            (Ok(_), _) => Ok(Answer::Done),
            (Err(refused), _) => Err(Trouble::Ring(refused)),
        };
        self.reply(&asked, answer);
    }

    fn reply(&self, asked: &Asked, answer: Result<Answer, Trouble>) {
        let (conn, id) = (asked.conn, asked.id.clone());
        self.hub
            .to_living_user(asked.user, UserMsg::Answer { conn, id, answer });
    }

    fn run(&mut self, input: Input, ctx: &mut Context<Self>) -> Result<Reply, Refused> {
        let (answer, effects) = self.machine.handle(input, self.hub.now());
        for effect in effects {
            self.perform(effect, ctx);
        }
        self.arm(ctx);
        self.rest(ctx);
        answer
    }

    /// Ends the desk when the line is quiet.
    fn rest(&mut self, ctx: &mut Context<Self>) {
        if self.machine.is_idle() && self.writing == 0 && !self.finished {
            self.finished = true;
            self.hub.forget_ring(self.host, &ctx.address());
            ctx.notify(RingMsg::Finish);
        }
    }

    fn perform(&mut self, effect: Effect, ctx: &mut Context<Self>) {
        match effect {
            Effect::Tell {
                user,
                session,
                event,
            } => {
                let encoded = self.hub.encode(event);
                let to = session;
                self.hub.to_living_user(user, UserMsg::Tell { to, encoded });
            }
            Effect::Open { attempt, media, .. } => self.open(attempt, media, ctx),
            Effect::Note { attempt, status } => self.note(attempt, status, ctx),
        }
    }

    /// Takes the first coins aside; then the door is open, and the meter waits for the two.
    fn open(&mut self, attempt: Attempt, media: MediaKind, ctx: &mut Context<Self>) {
        self.writing += 1;
        let call = attempt.call;
        let now = self.hub.now();
        let opened = self.hub.ports.paid.open(self.host, &attempt, media, now);
        let opened = opened.into_actor(self).map(move |opened, actor, ctx| {
            actor.writing -= 1;
            let room = attempt.room;
            let failed = match opened {
                Ok(call) => {
                    actor.hub.ring_outcomes.count(Status::Live);
                    actor.hub.start_meter(call);
                    None
                }
                Err(NotPosted::TooLittle(_)) => Some(Unanswered::Balance),
                Err(NotPosted::Books) => Some(Unanswered::Broken),
            };
            let answer = match failed {
                None => Ok(Answer::Taken { call, room }),
                Some(_) => Err(Trouble::Ring(Refused::Over)),
            };
            let winners = std::mem::take(&mut actor.opening);
            for (of, asked) in winners {
                match of == call {
                    true => actor.reply(&asked, answer.clone()),
                    false => actor.opening.push((of, asked)),
                }
            }
            let _ = actor.run(Input::Opened { call, failed }, ctx);
        });
        ctx.spawn(opened);
    }

    fn note(&mut self, attempt: Attempt, status: Status, ctx: &mut Context<Self>) {
        self.hub.ring_outcomes.count(status);
        let now = self.hub.now();
        self.write(PaidCall::untaken(&attempt, self.host, status, now), ctx);
    }

    fn write(&mut self, call: PaidCall, ctx: &mut Context<Self>) {
        self.writing += 1;
        let written = self.hub.ports.paid.post(None, None, call);
        let written = written.into_actor(self).map(|written, actor, ctx| {
            actor.writing -= 1;
            if let Err(error) = written {
                tracing::warn!(%error, "a call that nobody took was not written down");
            }
            let _ = actor.run(Input::Tick, ctx);
        });
        ctx.spawn(written);
    }

    /// Sets the one timer to the machine's next deadline.
    fn arm(&mut self, ctx: &mut Context<Self>) {
        let now = self.hub.now();
        let wanted = self.machine.deadline();
        self.alarm.set(wanted, now, ctx, |actor, ctx| {
            actor.alarm.rang();
            let _ = actor.run(Input::Tick, ctx);
        });
    }
}

impl Actor for RingDesk {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(64);
    }
}

impl Drop for RingDesk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("a host's line died; the next call builds it again");
        }
    }
}

impl Handler<RingMsg> for RingDesk {
    type Result = ();

    fn handle(&mut self, msg: RingMsg, ctx: &mut Self::Context) {
        if self.finished {
            match msg {
                RingMsg::Finish => ctx.stop(),
                // It came while this desk was closing: the next one takes it.
                RingMsg::Ask(..) => self.hub.to_ring(self.host, msg),
                _ => {}
            }
            return;
        }
        match msg {
            RingMsg::Ask(asked, what) => self.asked(asked, what, ctx),
            RingMsg::Note(input) => {
                let _ = self.run(input, ctx);
            }
            RingMsg::Finish => {}
            #[cfg(test)]
            RingMsg::Panic => panic!("a test broke this desk"),
        }
    }
}
