//! The call: a thin shell around the domain's machine, on its room's arbiter. It is its own actor,
//! so that a fault in a bill never takes the conversation down with it.

use std::sync::Arc;

use actix::{Actor, Context, Handler, Message};
use parlor_domain::{
    call::{self, Call, CallRecord},
    id::{CallId, RoomId, UserId},
    room::Input,
    time::{Millis, Timestamp},
};

use super::{Room, RoomMsg};
use crate::{alarm::Alarm, call_book::Beginning, ports::RoomFact, registry::Hub};

/// What a call is sent.
pub struct CallMsg(pub call::Input);

impl Message for CallMsg {
    type Result = ();
}

/// The actor.
pub struct CallShell {
    room: RoomId,
    hub: Arc<Hub>,
    machine: Call,
    alarm: Alarm,
}

impl CallShell {
    fn new(room: RoomId, hub: Arc<Hub>, empty_grace: Millis, record: Option<CallRecord>) -> Self {
        Self {
            room,
            hub,
            machine: Call::restored(empty_grace, record),
            alarm: Alarm::default(),
        }
    }

    fn run(&mut self, input: call::Input, ctx: &mut Context<Self>) {
        let effect = self.machine.handle(input, self.hub.now());
        if let Some(effect) = effect {
            let news = RoomMsg::Call(effect, self.machine.record());
            self.hub.to_living_room(self.room, news);
        }
        let now = self.hub.now();
        let wanted = self.machine.deadline();
        self.alarm.set(wanted, now, ctx, |actor, ctx| {
            actor.alarm.rang();
            actor.run(call::Input::Tick, ctx);
        });
    }
}

impl Actor for CallShell {
    type Context = Context<Self>;
}

impl Handler<CallMsg> for CallShell {
    type Result = ();

    fn handle(&mut self, msg: CallMsg, ctx: &mut Self::Context) {
        self.run(msg.0, ctx);
    }
}

impl Room {
    /// Tells the call, starting it (again) if it is needed.
    pub(super) fn tell_call(&mut self, input: call::Input) {
        let living = self.call.as_ref().filter(|addr| addr.connected());
        let needed = self.call_record.is_some() || matches!(input, call::Input::Connected(..));
        let addr = match living {
            Some(addr) => addr,
            None if needed => {
                let grace = self.machine.policy().empty_grace;
                let shell = CallShell::new(self.id, self.hub.clone(), grace, self.call_record);
                self.call.insert(shell.start())
            }
            None => return,
        };
        // Same arbiter, and at most a few messages per frame of a rate-limited socket.
        addr.do_send(CallMsg(input));
    }

    /// From now on the call's traffic is counted.
    pub(super) fn open_books(&mut self, call: CallId, at: Timestamp, fresh: bool) {
        let inside = self.machine.record().inside;
        let beginning = Beginning {
            call,
            meeting: self.machine.meeting(),
            at,
            seats: inside.iter().map(|it| (it.peer, it.user)).collect(),
            fresh,
        };
        self.hub.ports.book.begin(self.id, beginning);
        for (user, relayed) in std::mem::take(&mut self.reached) {
            self.hub.ports.book.reached(self.id, user, relayed);
        }
    }

    /// A browser's report of the way; the first of two comes before the call begins.
    pub(super) fn reached(&mut self, user: UserId, relayed: bool) {
        match self.call_record {
            Some(_) => self.hub.ports.book.reached(self.id, user, relayed),
            None if self.reached.len() < self.machine.policy().capacity => {
                self.reached.push((user, relayed));
            }
            None => {}
        }
    }

    /// The call began or is over: everybody is told and the record notes it.
    pub(super) fn call_news(
        &mut self,
        effect: call::Effect,
        record: Option<CallRecord>,
        ctx: &mut Context<Self>,
    ) {
        if matches!(effect, call::Effect::Ended { .. }) {
            for (user, count) in self.quality.close() {
                self.note_quality(user, Some(count), ctx);
            }
        }
        self.call_record = record;
        match effect {
            call::Effect::Started { call, at } => {
                self.open_books(call, at, true);
                self.note(RoomFact::CallStarted(call, at), ctx);
                self.run(None, Input::CallBegan { call, at }, ctx);
            }
            call::Effect::Ended {
                call,
                at,
                connected,
                ..
            } => {
                let now = self.hub.now();
                self.hub.ports.book.end(self.id, call, at, connected, now);
                self.note(RoomFact::CallEnded(call, at, connected), ctx);
                self.run(None, Input::CallOver, ctx);
            }
        }
        self.keep_now(ctx);
    }
}
