//! The meter of one running call: a thin shell around `domain::meter`. Every step of the bill is in
//! the books, together with the call's record, before the next one is made. A meter that died goes
//! on from that record, as after a restart of the server.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture,
};
use parlor_domain::{
    bill::{Purse, Step},
    event::Event,
    id::{RoomId, UserId},
    meter::{Effect, Input, Meter, Side},
    paid::{EndedBy, PaidCall, Status},
    ring,
    time::{Millis, Timestamp},
};
use tokio::{sync::watch, time::Instant};

use super::{RingDesk, RingMsg};
use crate::{
    alarm::Alarm,
    ports::{NotPosted, WalletState},
    registry::{Hub, deliver},
    room::RoomMsg,
    session::UserMsg,
};

/// Pause after the store refused.
const RETRY: Duration = Duration::from_secs(1);

/// What a meter is sent.
#[derive(Clone, Copy, Debug)]
pub enum MeterMsg {
    /// Somebody's browser says how its media does.
    Sign {
        /// Whose.
        user: UserId,
        /// It flows.
        connected: bool,
        /// Through the relay, if that is known.
        relayed: Option<bool>,
    },
    /// One of the two is gone for good, or the room is over.
    Gone,
    /// An admin ends it, or one of the two blocked the other.
    Stop,
    /// Settled; stop after what is in the mailbox.
    Finish,
    /// A test breaks the meter here.
    #[cfg(test)]
    Panic,
}

impl Message for MeterMsg {
    type Result = ();
}

/// A clock that never jumps: the wall's time at the start, and the time that went by since.
struct Steady {
    began: Timestamp,
    since: Instant,
}

impl Steady {
    fn now(&self) -> Timestamp {
        let gone = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.began + Millis(gone)
    }
}

/// The actor.
pub struct MeterShell {
    hub: Arc<Hub>,
    call: PaidCall,
    /// As it is in the store.
    written: PaidCall,
    machine: Meter,
    clock: Steady,
    /// What the relay had moved when it was last looked at.
    relayed_bytes: u64,
    ended_by: Option<EndedBy>,
    alarm: Alarm,
}

impl MeterShell {
    /// `fresh`: the call was accepted just now; else it goes on after an interruption. `None` for a
    /// call without a bill.
    fn new(hub: Arc<Hub>, call: PaidCall, fresh: bool) -> Option<Self> {
        let record = call.bill?;
        let (_, rules) = hub.ports.paid.rules();
        let purse = purse(&hub, call.caller);
        let clock = Steady {
            began: hub.now(),
            since: Instant::now(),
        };
        let now = clock.now();
        let machine = match fresh {
            true => Meter::new(rules, record, purse, now),
            false => Meter::restored(rules, record, purse, now),
        };
        Some(Self {
            relayed_bytes: 0,
            ended_by: None,
            alarm: Alarm::default(),
            machine,
            clock,
            written: call.clone(),
            call,
            hub,
        })
    }

    fn run(&mut self, input: Input, ctx: &mut Context<Self>) {
        let effects = self.machine.handle(input, self.clock.now());
        self.perform(effects, ctx);
    }

    fn perform(&mut self, effects: Vec<Effect>, ctx: &mut Context<Self>) {
        for effect in effects {
            match effect {
                Effect::Post(step) => self.post(step, ctx),
                Effect::Tell { now, news } => {
                    let call = self.call.id;
                    self.tell_both(Event::Billing { call, now, news });
                }
                Effect::Warn { mark_s, remaining } => {
                    let call = self.call.id;
                    self.tell_both(Event::LowBalance {
                        call,
                        remaining,
                        mark_s,
                    });
                }
                Effect::Began(at) => {
                    self.call.started_at.get_or_insert(at);
                }
                Effect::Close(why) => {
                    self.ended_by = Some(why);
                    self.hub
                        .to_living_room(self.call.room, RoomMsg::PaidOver(why));
                }
                Effect::Settled(_) => self.settled(ctx),
            }
        }
        self.arm(ctx);
    }

    /// The call's record with this step in it.
    fn with(&self, step: &Step) -> PaidCall {
        let mut call = self.call.clone();
        call.bill = Some(step.record);
        if step.record.settled {
            let now = self.clock.now();
            let since = call.started_at.unwrap_or(now);
            let proven = step.record.proven;
            call.ended_at = Some(now);
            call.ended_by = self.ended_by;
            call.paused = Millis((now.since(since).0 - proven.0).max(0));
            call.status = match proven > Millis::ZERO {
                true => Status::Completed,
                false => Status::Failed,
            };
        }
        call
    }

    fn post(&mut self, step: Step, ctx: &mut Context<Self>) {
        let call = self.with(&step);
        let (entry, before) = (step.entry.clone(), Some(self.written.clone()));
        let posted = self.hub.ports.paid.post(entry, before, call.clone());
        let posted = posted.into_actor(self).map(move |posted, actor, ctx| {
            let now = actor.clock.now();
            let purse = purse(&actor.hub, actor.call.caller);
            match posted {
                Ok(()) => {
                    let (record, started_at) = (step.record, actor.call.started_at);
                    actor.written = call.clone();
                    actor.call = call;
                    actor.call.started_at = actor.call.started_at.or(started_at);
                    let effects = actor.machine.posted(record, purse, now);
                    actor.perform(effects, ctx);
                }
                Err(NotPosted::TooLittle(_)) => actor.run(Input::Refused(purse), ctx),
                Err(NotPosted::Books) => {
                    ctx.run_later(RETRY, move |actor, ctx| actor.post(step, ctx));
                }
            }
        });
        ctx.spawn(posted);
    }

    fn settled(&mut self, ctx: &mut Context<Self>) {
        let call = &self.call;
        if let Some(bill) = call.bill {
            let ended = |earned| Event::CallEnded {
                call: call.id,
                why: call.ended_by.unwrap_or(EndedBy::House),
                duration: bill.proven,
                billed_s: bill.billed_s,
                charged: bill.charged,
                earned,
            };
            self.tell(call.caller, ended(None));
            self.tell(call.host, ended(Some(bill.earned())));
        }
        self.hub.talks.end(call.room);
        self.hub.ports.attendance.talking(call.host, false);
        let over = ring::Input::Over {
            call: call.id,
            length: call.duration(),
        };
        self.hub.to_living_ring(call.host, RingMsg::Note(over));
        self.hub.forget_meter(call.room, &ctx.address());
        ctx.notify(MeterMsg::Finish);
    }

    /// Hears of the next change of the payer's wallet, and of all after it.
    fn follow_wallet(&self, mut changes: watch::Receiver<WalletState>, ctx: &mut Context<Self>) {
        let next = async move {
            let changed = changes.changed().await;
            changed.is_ok().then_some(changes)
        };
        ctx.spawn(next.into_actor(self).map(|changes, actor, ctx| {
            actor.run(Input::Wallet(purse(&actor.hub, actor.call.caller)), ctx);
            if let Some(changes) = changes {
                actor.follow_wallet(changes, ctx);
            }
        }));
    }

    fn tell(&self, user: UserId, event: Event) {
        let encoded = self.hub.encode(event);
        self.hub
            .to_living_user(user, UserMsg::Tell { to: None, encoded });
    }

    fn tell_both(&self, event: Event) {
        let encoded = self.hub.encode(event);
        for user in [self.call.caller, self.call.host] {
            let encoded = encoded.clone();
            self.hub
                .to_living_user(user, UserMsg::Tell { to: None, encoded });
        }
    }

    fn sign(
        &mut self,
        user: UserId,
        connected: bool,
        relayed: Option<bool>,
        ctx: &mut Context<Self>,
    ) {
        let side = match user {
            it if it == self.call.caller => Side::Caller,
            it if it == self.call.host => Side::Host,
            _ => return,
        };
        let traffic = self.hub.ports.book.traffic(self.call.id);
        let bytes = traffic.map_or(0, |traffic| traffic.sum().up.bytes);
        if bytes != self.relayed_bytes {
            self.relayed_bytes = bytes;
            self.run(Input::Relayed, ctx);
        }
        self.run(
            Input::Sign {
                side,
                connected,
                relayed,
            },
            ctx,
        );
    }

    /// Sets the one timer to the machine's next deadline.
    fn arm(&mut self, ctx: &mut Context<Self>) {
        let now = self.clock.now();
        let wanted = self.machine.deadline();
        self.alarm.set(wanted, now, ctx, |actor, ctx| {
            actor.alarm.rang();
            actor.run(Input::Tick, ctx);
        });
    }
}

/// What the wallet can give, and how many calls draw from it.
fn purse(hub: &Hub, payer: UserId) -> Purse {
    let calls = hub.talks.paid_by(payer).len().max(1);
    Purse {
        available: hub.ports.paid.wallet(payer),
        calls: u32::try_from(calls).unwrap_or(u32::MAX),
    }
}

impl Actor for MeterShell {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(64);
        self.run(Input::Tick, ctx);
        if let Some(changes) = self.hub.ports.paid.watch(self.call.caller) {
            self.follow_wallet(changes, ctx);
        }
    }
}

impl Drop for MeterShell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("a meter died; it goes on from the call's record");
        }
    }
}

impl Handler<MeterMsg> for MeterShell {
    type Result = ();

    fn handle(&mut self, msg: MeterMsg, ctx: &mut Self::Context) {
        match msg {
            MeterMsg::Sign {
                user,
                connected,
                relayed,
            } => self.sign(user, connected, relayed, ctx),
            MeterMsg::Gone => self.run(Input::End(EndedBy::Hangup), ctx),
            MeterMsg::Stop => self.run(Input::End(EndedBy::House), ctx),
            MeterMsg::Finish => ctx.stop(),
            #[cfg(test)]
            MeterMsg::Panic => panic!("a test broke this meter"),
        }
    }
}

impl Hub {
    /// A call was accepted: its meter waits for the two.
    pub(crate) fn start_meter(self: &Arc<Self>, call: PaidCall) {
        let room = call.room;
        self.talks.begin(&call);
        self.ports.attendance.talking(call.host, true);
        if let Some(addr) = self.spawn_meter(call, true) {
            self.meters.get_or_insert(room, |_| false, || addr);
        }
    }

    /// Every call that a stop or a crash interrupted waits for the two to come back; what rang is
    /// over, and both are told when they come.
    pub(crate) fn bring_back_meters(self: &Arc<Self>) {
        for call in self.ports.paid.open_calls() {
            if call.status == Status::Ringing {
                self.cut_rings.note(&call);
                let host = call.host;
                let written = self.ports.paid.post(None, None, call.cut_off(self.now()));
                self.arbiter(host).spawn(async move {
                    if let Err(error) = written.await {
                        tracing::warn!(%error, "a call that rang is still written down as ringing");
                    }
                });
                continue;
            }
            let (room, host) = (call.room, call.host);
            self.talks.begin(&call);
            self.ports.attendance.talking(host, true);
            if let Some(addr) = self.spawn_meter(call, false) {
                self.meters.get_or_insert(room, |_| false, || addr);
                // The desk that is built now knows that its host talks.
                let tick = RingMsg::Note(ring::Input::Tick);
                self.to_ring(host, tick);
            }
        }
    }

    fn spawn_meter(
        self: &Arc<Self>,
        call: PaidCall,
        fresh: bool,
    ) -> Option<actix::Addr<MeterShell>> {
        let (hub, room) = (self.clone(), call.room);
        let shell = MeterShell::new(hub, call, fresh)?;
        Some(MeterShell::start_in_arbiter(
            self.arbiter(room),
            move |_| shell,
        ))
    }

    /// Sends to the meter of a room, if it has one; one that died is built again from the record.
    pub(crate) fn to_living_meter(self: &Arc<Self>, room: RoomId, msg: MeterMsg) -> bool {
        let Some(addr) = self.meters.get(&room) else {
            return false;
        };
        let Some(lost) = deliver(&addr, msg) else {
            return true;
        };
        let revived = self.meters.update(&room, |addr| {
            if addr.connected() {
                return addr.clone();
            }
            self.rebuilt.fetch_add(1, Ordering::Relaxed);
            let call = self.ports.paid.of_room(room).filter(PaidCall::unsettled);
            let again = call.and_then(|call| self.spawn_meter(call, false));
            again.unwrap_or_else(|| addr.clone())
        });
        revived.is_some_and(|addr| deliver(&addr, lost).is_none())
    }

    pub(crate) fn forget_meter(&self, room: RoomId, me: &actix::Addr<MeterShell>) {
        self.meters.remove_if(&room, |addr| addr == me);
    }

    /// Sends to a host's line, starting it if needed.
    pub(crate) fn to_ring(self: &Arc<Self>, host: UserId, msg: RingMsg) {
        if self.rings.remove_if(&host, |addr| !addr.connected()) {
            self.rebuilt.fetch_add(1, Ordering::Relaxed);
        }
        let addr = self.rings.get_or_insert(host, actix::Addr::connected, || {
            let hub = self.clone();
            RingDesk::start_in_arbiter(self.arbiter(host), move |_| RingDesk::new(host, hub))
        });
        if let Some(lost) = deliver(&addr, msg) {
            self.to_ring(host, lost);
        }
    }

    /// Sends to a host's line if somebody rings, waits or talks there.
    pub(crate) fn to_living_ring(&self, host: UserId, msg: RingMsg) {
        if let Some(addr) = self.rings.get(&host) {
            let _ = deliver(&addr, msg);
        }
    }

    pub(crate) fn forget_ring(&self, host: UserId, me: &actix::Addr<RingDesk>) {
        self.rings.remove_if(&host, |addr| addr == me);
    }
}
