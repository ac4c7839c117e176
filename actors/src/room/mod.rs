//! The room: a thin shell around the domain's machine.
//!
//! It never reads a token, a store or a message's claim about its sender. It runs on its own
//! arbiter, its call beside it. After every input it leaves its last good state with the registry,
//! so that a panic costs one message and not the meeting. Start reading at [`Room::run`].

mod acks;
mod call_shell;
mod chat;
mod facts;
mod keep;
pub mod memory;
mod witness;

pub use call_shell::{CallMsg, CallShell};

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message};
use parlor_domain::{
    budget::Level,
    call::{self, CallRecord, QualityBook},
    conversation::ConversationId,
    event::{Event, Signal},
    id::{CallId, RoomId, SessionId, UserId},
    identity::Role,
    paid::EndedBy,
    room::{self as rules, Effect, Input, Join, Reply},
    session::ConnId,
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    alarm::Alarm,
    link::{Answer, Encoded, RoomAsk, State, Trouble},
    paid::MeterMsg,
    ports::RoomFact,
    registry::{Hub, Saved, lock},
    session::{Membership, UserMsg},
};

/// Who asked, and where the answer goes.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The person, from the token.
    pub user: UserId,
    /// The device's session.
    pub session: SessionId,
    /// The socket.
    pub conn: ConnId,
    /// Names the request.
    pub id: Option<String>,
    /// Where the socket's peer is.
    pub from: Option<IpAddr>,
    /// As what they are connected, from the token.
    pub role: Role,
}

/// What a room is sent.
pub enum RoomMsg {
    /// Somebody at the door, whose right was checked.
    Join(Asked, Join),
    /// Somebody asks something.
    Ask(Asked, RoomAsk),
    /// How do the rooms stand? Ours is next; the list goes on.
    Sync(Asked, Vec<RoomId>, State),
    /// A session's socket is lost.
    Lost(SessionId),
    /// A session's socket is back.
    Back(SessionId),
    /// A session's login is over.
    Revoked(SessionId),
    /// Somebody has no seat here any more, on any device.
    LetGo(UserId),
    /// A session's page is closed for good, as it said on another way than its socket.
    Gone(SessionId),
    /// The meeting was cancelled, moved or ended elsewhere.
    Close,
    /// The paid call that happens here is over.
    PaidOver(EndedBy),
    /// The call began or is over.
    Call(call::Effect, Option<CallRecord>),
    /// The relay's month asks people to keep to this.
    RelayBudget(Level),
    /// Somebody who operates the server is about to come in.
    AdminEnters(rules::Announced),
    /// A conversation of this room was built again: who is there?
    ShowSeats(ConversationId),
    /// A test breaks the room here.
    #[cfg(test)]
    Panic,
    /// Nothing is left; stop after what is in the mailbox.
    Finish,
}

impl Message for RoomMsg {
    type Result = ();
}

/// The actor.
pub struct Room {
    id: RoomId,
    hub: Arc<Hub>,
    machine: rules::Room,
    call: Option<Addr<CallShell>>,
    call_record: Option<CallRecord>,
    /// By which way media reached people who reported it before the call began.
    reached: Vec<(UserId, bool)>,
    saved: Arc<Mutex<Option<Saved>>>,
    shown: chat::Shown,
    facts: facts::Facts,
    /// How the media of the live call did, until it is written down.
    quality: QualityBook,
    keep: keep::Keep,
    acks: Vec<acks::Ack>,
    alarm: Alarm,
    finished: bool,
    /// The last event encoded: a fan-out encodes once.
    last: Option<Arc<Encoded>>,
}

impl Room {
    pub(crate) fn new(
        id: RoomId,
        hub: Arc<Hub>,
        machine: rules::Room,
        call_record: Option<CallRecord>,
        saved: Arc<Mutex<Option<Saved>>>,
    ) -> Self {
        Self {
            id,
            hub,
            machine,
            call: None,
            call_record,
            reached: Vec::new(),
            saved,
            shown: chat::Shown::new(),
            facts: facts::Facts::default(),
            quality: QualityBook::default(),
            keep: keep::Keep::default(),
            acks: Vec::new(),
            alarm: Alarm::default(),
            finished: false,
            last: None,
        }
    }

    /// Runs the machine, answers who asked, carries out the effects in order.
    fn run(&mut self, asked: Option<Asked>, input: Input, ctx: &mut Context<Self>) {
        let now = self.hub.now();
        let grace = self.machine.policy().rejoin_grace;
        let final_word = matches!(input, Input::EndForAll { .. } | Input::Remove { .. });
        let tried = asked
            .as_ref()
            .and_then(|asked| self.tried(asked, &input, now));
        let outcome = self.machine.handle(input, now);
        if let Some(tried) = tried {
            self.witness(tried, &outcome.answer);
        }
        // A signal that went straight through leaves the room as it was.
        let through = matches!(outcome.answer, Ok(Reply::Relayed { queued: false }))
            && outcome.effects.len() == 1;
        let changed = rules::Room::changed(&outcome.effects);
        if changed {
            // Before the answer: who has just come in may write at once.
            self.show_seats();
        }
        let mut waits = None;
        match (asked, &outcome.answer) {
            (Some(asked), Ok(Reply::Done)) if final_word => waits = Some(asked),
            (Some(asked), _) => self.answer(asked, outcome.answer, grace, now),
            (None, _) => {}
        }
        for effect in outcome.effects {
            self.perform(effect, now, ctx);
        }
        if changed {
            self.keep_now(ctx);
        }
        if let Some(asked) = waits {
            self.answer_when_written(asked);
        }
        if !through {
            let (meeting, present) = (self.machine.meeting(), self.machine.present());
            let book = &self.hub.ports.book;
            book.present(self.id, meeting, present, now);
            *lock(&self.saved) = Some(Saved {
                machine: self.machine.clone(),
                call: self.call_record,
            });
        }
        self.arm(ctx);
    }

    fn answer(
        &mut self,
        asked: Asked,
        answer: Result<Reply, rules::Refused>,
        rejoin_grace: parlor_domain::time::Millis,
        now: Timestamp,
    ) {
        let answer = match answer {
            Err(refused) => Err(Trouble::Room(refused)),
            Ok(Reply::Joined { peer, moderator }) => {
                let right = self.machine.policy().recording;
                self.membership(asked.user, asked.session, Membership::Inside);
                self.hub.ports.book.seat(self.id, peer, asked.user);
                Ok(Answer::Joined {
                    peer,
                    inside: true,
                    moderator,
                    ice: self.hub.ports.relay.grant(self.id, peer, now),
                    rejoin_grace,
                    may_record: right.allows(moderator),
                })
            }
            Ok(Reply::Waiting { peer }) => Ok(Answer::Joined {
                peer,
                inside: false,
                moderator: false,
                ice: parlor_domain::event::IceGrant::default(),
                rejoin_grace,
                may_record: self.machine.policy().recording.allows(false),
            }),
            Ok(Reply::Relayed { queued }) => Ok(Answer::Relayed { queued }),
            Ok(Reply::Count(count)) => Ok(Answer::Count(count)),
            Ok(Reply::Member { peer }) => {
                Ok(Answer::Ice(self.hub.ports.relay.grant(self.id, peer, now)))
            }
            Ok(Reply::Done | Reply::Snapshot(_)) => Ok(Answer::Done),
        };
        self.reply(asked, answer);
    }

    fn perform(&mut self, effect: Effect, now: Timestamp, ctx: &mut Context<Self>) {
        match effect {
            Effect::Tell {
                user,
                session,
                event,
            } => self.tell(user, session, event),
            Effect::Admitted {
                user,
                session,
                peer,
            } => {
                self.membership(user, session, Membership::Inside);
                self.hub.ports.book.seat(self.id, peer, user);
                let ice = self.hub.ports.relay.grant(self.id, peer, now);
                let room = self.id;
                self.tell(user, session, Event::Admitted { room, peer, ice });
            }
            Effect::Entered(user, at) => self.note(RoomFact::Entered(user, at), ctx),
            Effect::Left(left) => {
                self.hub.ports.relay.revoke(self.id, Some(left.peer));
                self.tell_call(call::Input::Gone(left.peer));
                if left.for_good {
                    // A call of two is over when one of them has hung up.
                    self.hub.to_living_meter(self.id, MeterMsg::Gone);
                    let count = self.quality.take(left.user);
                    self.note_quality(left.user, count, ctx);
                    self.witness_left(left.user, left.at);
                    self.note(RoomFact::Left(left.user, left.at), ctx);
                }
            }
            Effect::Peopled => self.tell_call(call::Input::RoomPeopled),
            Effect::Emptied => self.tell_call(call::Input::RoomEmpty),
            Effect::Forget { user, session } => self.membership(user, session, Membership::Out),
            Effect::Consent(user, word, at) => {
                let call = self.call_record.map(|record| record.call);
                self.note(RoomFact::Consent(call, user, word, at), ctx);
            }
            Effect::Sampled(user, sample) => {
                if self.call_record.is_some() {
                    let due = self.quality.add(user, sample);
                    self.note_quality(user, due, ctx);
                }
            }
            // Written once, after all effects.
            Effect::Remember => {}
            Effect::Ended { by_host } => {
                self.hub.ports.relay.revoke(self.id, None);
                self.tell_call(call::Input::End);
                if by_host {
                    self.note(RoomFact::EndedForAll(now), ctx);
                }
            }
            Effect::Stop => self.finish(ctx),
        }
    }

    fn tell(&mut self, user: UserId, session: SessionId, event: Event) {
        let encoded = match &self.last {
            Some(last) if last.event == event => last.clone(),
            _ => self.hub.encode(event),
        };
        self.last = Some(encoded.clone());
        let to = Some(session);
        self.hub.to_living_user(user, UserMsg::Tell { to, encoded });
    }

    fn membership(&self, user: UserId, session: SessionId, is: Membership) {
        let room = self.id;
        self.hub
            .to_living_user(user, UserMsg::Membership { session, room, is });
    }

    fn asked(&mut self, asked: Asked, what: RoomAsk, ctx: &mut Context<Self>) {
        let session = asked.session;
        let input = match what {
            RoomAsk::Leave => Input::Leave { session },
            RoomAsk::Signal(to, signal) => {
                self.learn(session, &signal);
                Input::Signal {
                    session,
                    to,
                    signal,
                }
            }
            RoomAsk::IceServers => Input::IsMember { session },
            RoomAsk::Media(audio, video, away) => Input::Media {
                session,
                audio,
                video,
                away,
            },
            RoomAsk::Hand(peer, raised) => Input::Hand {
                session,
                peer,
                raised,
            },
            RoomAsk::React(reaction) => Input::React { session, reaction },
            RoomAsk::Lock(locked) => Input::Lock { session, locked },
            RoomAsk::Recording(step) => Input::Recording { session, step },
            RoomAsk::Sample(sample) => Input::Sample { session, sample },
            RoomAsk::Screen(active, track) => Input::Screen {
                session,
                active,
                track,
            },
            RoomAsk::MuteRequest(to, kind) => Input::MuteRequest { session, to, kind },
            RoomAsk::Admit(whom) => Input::Admit { session, whom },
            RoomAsk::Deny(whom, message) => Input::Deny {
                session,
                whom,
                message,
            },
            RoomAsk::Remove(peer, ban, message) => Input::Remove {
                session,
                peer,
                ban,
                message,
            },
            RoomAsk::EndForAll => Input::EndForAll { session },
            RoomAsk::CallMedia { connected, relayed } => {
                return self.call_media(asked, connected, relayed);
            }
            RoomAsk::Snapshot => Input::Snapshot { session },
        };
        self.run(Some(asked), input, ctx);
    }

    /// The relay may send to addresses that a member signalled.
    fn learn(&mut self, session: SessionId, signal: &Signal) {
        if self.peer_of(session).is_some() {
            self.hub.ports.relay.admit(self.id, signal);
        }
    }

    fn peer_of(&mut self, session: SessionId) -> Option<parlor_domain::id::PeerId> {
        let now = self.hub.now();
        match self.machine.handle(Input::IsMember { session }, now).answer {
            Ok(Reply::Member { peer }) => Some(peer),
            _ => None,
        }
    }

    fn call_media(&mut self, asked: Asked, connected: bool, relayed: Option<bool>) {
        let answer = match self.peer_of(asked.session) {
            Some(peer) => {
                if let (true, Some(relayed)) = (connected, relayed) {
                    self.reached(asked.user, relayed);
                }
                let user = asked.user;
                let sign = MeterMsg::Sign {
                    user,
                    connected,
                    relayed,
                };
                let metered = self.hub.to_living_meter(self.id, sign);
                // A paid call has its name, and its receipt, from the first ring on.
                let fresh = match metered {
                    true => CallId(self.machine.meeting().0),
                    false => CallId(Uuid::now_v7()),
                };
                self.tell_call(match connected {
                    true => call::Input::Connected(peer, fresh),
                    false => call::Input::Interrupted(peer),
                });
                Ok(Answer::Done)
            }
            None => Err(Trouble::Room(rules::Refused::NotInRoom)),
        };
        self.reply(asked, answer);
    }

    fn reply(&self, asked: Asked, answer: Result<Answer, Trouble>) {
        let (conn, id) = (asked.conn, asked.id);
        if id.is_none() {
            // Nobody waits for it: most candidates come without an id.
            return;
        }
        self.hub
            .to_living_user(asked.user, UserMsg::Answer { conn, id, answer });
    }

    fn sync(&mut self, asked: Asked, left: Vec<RoomId>, mut known: State, ctx: &mut Context<Self>) {
        let (session, now) = (asked.session, self.hub.now());
        let outcome = self.machine.handle(Input::Snapshot { session }, now);
        for effect in outcome.effects {
            self.perform(effect, now, ctx);
        }
        if let Ok(Reply::Snapshot(snapshot)) = outcome.answer {
            known.rooms.push((self.id, snapshot));
        }
        self.hub.sync(asked, left, known);
    }

    /// Sets the one timer to the machine's next deadline.
    fn arm(&mut self, ctx: &mut Context<Self>) {
        let now = self.hub.now();
        let wanted = self.machine.deadline();
        self.alarm.set(wanted, now, ctx, |actor, ctx| {
            actor.alarm.rang();
            actor.run(None, Input::Tick, ctx);
        });
    }

    /// Out of the registry first; what is already in the mailbox goes to the next room of this id.
    fn finish(&mut self, ctx: &mut Context<Self>) {
        if !self.finished {
            self.finished = true;
            self.hub.forget_room(self.id, &ctx.address());
            ctx.notify(RoomMsg::Finish);
        }
    }

    fn finish_when_idle(&mut self, ctx: &mut Context<Self>) {
        if self.facts.is_empty() && self.keep.is_idle() {
            ctx.stop();
        }
    }
}

impl Actor for Room {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(256);
        if let Some(record) = self.call_record {
            self.open_books(record.call, record.started_at, false);
            // A call that a restart interrupted needs its clock even if nobody comes back.
            let people = self.machine.people();
            let input = match people {
                0 => call::Input::RoomEmpty,
                _ => call::Input::RoomPeopled,
            };
            self.tell_call(input);
        }
        self.show_seats();
        self.arm(ctx);
    }
}

impl Handler<RoomMsg> for Room {
    type Result = ();

    fn handle(&mut self, msg: RoomMsg, ctx: &mut Self::Context) {
        if self.finished {
            match msg {
                RoomMsg::Finish => self.finish_when_idle(ctx),
                RoomMsg::Call(effect, record) => self.call_news(effect, record, ctx),
                RoomMsg::Join(asked, join) => self.pass_on(asked, join),
                RoomMsg::Ask(asked, _) => self.refuse(asked),
                RoomMsg::ShowSeats(id) => self.show_seats_of(id),
                _ => {}
            }
            return;
        }
        match msg {
            RoomMsg::Join(asked, join) => {
                let (user, session) = (asked.user, asked.session);
                self.run(Some(asked), Input::Join(join), ctx);
                if !self.machine.sessions().any(|(_, s)| s == session) {
                    self.membership(user, session, Membership::Out);
                }
            }
            RoomMsg::Ask(asked, what) => self.asked(asked, what, ctx),
            RoomMsg::Sync(asked, left, known) => self.sync(asked, left, known, ctx),
            RoomMsg::Lost(session) => self.run(None, Input::Lost { session }, ctx),
            RoomMsg::Back(session) => self.run(None, Input::Back { session }, ctx),
            RoomMsg::Revoked(session) => self.run(None, Input::Revoked { session }, ctx),
            RoomMsg::LetGo(user) => self.let_go(user, ctx),
            RoomMsg::Gone(session) => self.run(None, Input::Leave { session }, ctx),
            RoomMsg::Close => self.run(None, Input::Close, ctx),
            RoomMsg::PaidOver(by) => self.run(None, Input::PaidOver(by), ctx),
            RoomMsg::Call(effect, record) => self.call_news(effect, record, ctx),
            RoomMsg::AdminEnters(it) => self.run(None, Input::AdminEnters(it), ctx),
            RoomMsg::RelayBudget(level) => self.run(None, Input::RelayBudget { level }, ctx),
            RoomMsg::ShowSeats(id) => self.show_seats_of(id),
            #[cfg(test)]
            RoomMsg::Panic => panic!("a test broke this room"),
            RoomMsg::Finish => {}
        }
    }
}

impl Room {
    /// A join that arrived while this room was closing its books: the next room takes it.
    fn pass_on(&self, asked: Asked, join: Join) {
        match &join.seat {
            Some(seat) => {
                let seed = (seat.meeting, seat.policy);
                self.hub.to_room(self.id, seed, RoomMsg::Join(asked, join));
            }
            None => self.refuse(asked),
        }
    }

    fn let_go(&mut self, user: UserId, ctx: &mut Context<Self>) {
        let all = self.machine.sessions().filter(|(who, _)| *who == user);
        let all: Vec<_> = all.map(|(_, session)| session).collect();
        for session in all {
            self.run(None, Input::Revoked { session }, ctx);
        }
    }

    fn refuse(&self, asked: Asked) {
        self.reply(asked, Err(Trouble::Room(rules::Refused::NotInRoom)));
    }
}

impl Hub {
    /// Carries a `sync` from room to room; the last one answers.
    pub(crate) fn sync(self: &Arc<Self>, asked: Asked, mut left: Vec<RoomId>, known: State) {
        while let Some(room) = left.pop() {
            let msg = RoomMsg::Sync(asked.clone(), left.clone(), known.clone());
            if self.to_living_room(room, msg) {
                return;
            }
        }
        let answer = Ok(Answer::State(known));
        let (conn, id) = (asked.conn, asked.id);
        self.to_living_user(asked.user, UserMsg::Answer { conn, id, answer });
    }
}
