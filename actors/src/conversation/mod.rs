//! The conversation: a thin shell around the domain's machine.
//!
//! What the machine decides waits in one queue until the store has written it: then, in that order,
//! who asked is answered and the others are told. While one write is under way the next steps
//! gather, and go into the next batch together; so the order is the machine's, and a busy
//! conversation costs one sync for many messages. It is rebuilt from the store, and ends when nobody
//! is in it. It never reads a token. Start reading at [`Conversation::drain`].

mod history;
pub mod memory;
#[cfg(test)]
mod tests;

pub use history::{HISTORY_MAX, History};

use std::{collections::VecDeque, sync::Arc, time::Duration};

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture,
};
use parlor_domain::{
    conversation::{
        self as rules, Change, ConversationId, FRESH_MAX, Input, MsgSeq, News, Outcome, Refused,
        Reply, SeatOf, Tell,
    },
    event::Event,
    id::UserId,
    session::ConnId,
    time::Timestamp,
};
use tokio::sync::oneshot;

use crate::{
    alarm::Alarm,
    link::{Answer, ConversationAsk, Trouble},
    ports::{Head, NotNoted},
    registry::Hub,
    room::RoomMsg,
    session::UserMsg,
};

/// Most steps that wait for the store.
const WAITING_MAX: usize = FRESH_MAX / 2;
/// Most rows and bytes of text of one write; a step may go over it alone.
const WRITE_ROWS_MAX: usize = 200;
const WRITE_BYTES_MAX: usize = 256 * 1024;
/// How long questions wait for the room to say who is there.
const SEATS_WITHIN: Duration = Duration::from_secs(1);
/// How long a pair's conversation stays in memory unused.
const IDLE: Duration = Duration::from_secs(300);

/// Who asked, and where the answer goes.
pub struct Asker {
    /// The person, from the token.
    pub user: UserId,
    /// The way back.
    pub back: Back,
}

/// Where an answer goes.
pub enum Back {
    /// To a socket.
    Socket {
        /// Which.
        conn: ConnId,
        /// Names the request.
        id: Option<String>,
    },
    /// To somebody who waits for it.
    Caller(oneshot::Sender<Result<Answer, Trouble>>),
}

/// What a conversation is sent.
pub enum ConversationMsg {
    /// Somebody who may ask for it asks something.
    Ask(Asker, ConversationAsk),
    /// These are in it now.
    Seats(Vec<SeatOf>),
    /// Of a pair: whether these two may write to each other may have changed.
    Reseat,
    /// A test breaks it here.
    #[cfg(test)]
    Panic,
    /// Nothing is left; stop after what is in the mailbox.
    Finish,
}

impl Message for ConversationMsg {
    type Result = ();
}

struct Step {
    asker: Option<Asker>,
    outcome: Outcome,
}

/// The actor.
pub struct Conversation {
    id: ConversationId,
    hub: Arc<Hub>,
    machine: rules::Conversation,
    head: Head,
    queue: VecDeque<Step>,
    /// So many steps at the front are being written.
    writing: usize,
    /// Questions that came before the room said who is there; none once it has.
    early: Option<Vec<(Asker, ConversationAsk)>>,
    alarm: Alarm,
    used_at: Timestamp,
    finished: bool,
}

impl Conversation {
    pub(crate) fn new(id: ConversationId, hub: Arc<Hub>) -> Self {
        let (head, machine) = restore(id, &hub);
        Self {
            id,
            used_at: hub.now(),
            hub,
            machine,
            head,
            queue: VecDeque::new(),
            writing: 0,
            early: None,
            alarm: Alarm::default(),
            finished: false,
        }
    }

    fn ask(&mut self, asker: Asker, ask: ConversationAsk, ctx: &mut Context<Self>) {
        self.used_at = self.hub.now();
        if let Some(early) = self.early.as_mut().filter(|it| it.len() < WAITING_MAX) {
            early.push((asker, ask));
            return;
        }
        if let ConversationAsk::History { from, limit } = ask {
            let answer = self.history(asker.user, from, limit);
            return self.answer(asker, answer);
        }
        if let (ConversationAsk::Send { .. }, Err(why)) = (&ask, self.may_begin(asker.user)) {
            return self.answer(asker, Err(Trouble::Chat(why)));
        }
        let Some(ask) = self.as_wished(asker.user, ask) else {
            return self.answer(asker, Ok(Answer::Done));
        };
        if self.queue.len() >= WAITING_MAX {
            return self.answer(asker, Err(Trouble::Chat(Refused::Busy)));
        }
        match self.input(asker.user, ask) {
            Ok(input) => self.run(Some(asker), input, ctx),
            Err(NotNoted) => self.answer(asker, Err(Trouble::Chat(Refused::Busy))),
        }
    }

    fn hear_early(&mut self, ctx: &mut Context<Self>) {
        for (asker, ask) in self.early.take().into_iter().flatten() {
            self.ask(asker, ask, ctx);
        }
    }

    /// Of a pair that has not written yet: whether this one may say the first word.
    fn may_begin(&self, writer: UserId) -> Result<(), Refused> {
        let ConversationId::Pair(one, other) = self.id else {
            return Ok(());
        };
        if self.machine.last() > MsgSeq::ZERO || !self.machine.members().contains_key(&writer) {
            return Ok(());
        }
        let other = if writer == one { other } else { one };
        let memory = &self.hub.ports.conversations;
        match memory.may_begin(writer, other, self.hub.now()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refused::NotInside),
            Err(NotNoted) => Err(Refused::Busy),
        }
    }

    /// The question as far as this person lets others see it; none when nobody is to know at all.
    fn as_wished(&self, user: UserId, ask: ConversationAsk) -> Option<ConversationAsk> {
        let shows = || self.hub.ports.conversations.shows(user);
        match ask {
            ConversationAsk::Typing(true) if !shows().typing => None,
            ConversationAsk::Read { up_to, private } => Some(ConversationAsk::Read {
                up_to,
                private: private || !shows().read,
            }),
            other => Some(other),
        }
    }

    /// What the machine needs to know of the store goes in with the question.
    fn input(&self, user: UserId, ask: ConversationAsk) -> Result<Input, NotNoted> {
        let memory = &self.hub.ports.conversations;
        Ok(match ask {
            ConversationAsk::Send {
                key,
                text,
                reply_to,
                files,
            } => Input::Send {
                user,
                key,
                text,
                reply_to,
                files: memory.files(self.id, user, &files)?,
                done: memory.done(self.id, user, key)?,
            },
            ConversationAsk::Change { key, seq, text } => Input::Change {
                user,
                key,
                seq,
                text,
                stored: memory.message(self.id, seq)?,
                done: memory.done(self.id, user, key)?,
            },
            ConversationAsk::Read { up_to, private } => Input::Read {
                user,
                up_to,
                private,
            },
            ConversationAsk::Delivered { up_to } => Input::Delivered { user, up_to },
            ConversationAsk::Typing(typing) => Input::Typing { user, typing },
            ConversationAsk::History { .. } => Input::Tick,
        })
    }

    fn run(&mut self, asker: Option<Asker>, input: Input, ctx: &mut Context<Self>) {
        let outcome = self.machine.handle(input, self.hub.now());
        self.queue.push_back(Step { asker, outcome });
        self.drain(ctx);
        self.arm(ctx);
    }

    /// Carries out what is decided and needs no writing; then writes what gathered.
    fn drain(&mut self, ctx: &mut Context<Self>) {
        if self.writing > 0 {
            return;
        }
        while self
            .queue
            .front()
            .is_some_and(|step| step.outcome.changes.is_empty())
        {
            self.perform_next();
        }
        let changes = self.gather();
        if self.writing == 0 {
            return;
        }
        let now = self.hub.now();
        let memory = &self.hub.ports.conversations;
        let written = memory.write(self.id, &self.head, &changes, now);
        let written = written.into_actor(self).map(|written, actor, ctx| {
            let steps = std::mem::take(&mut actor.writing);
            match written {
                Ok(head) => {
                    actor.head = head;
                    (0..steps).for_each(|_| actor.perform_next());
                }
                Err(NotNoted) => actor.take_back(),
            }
            actor.drain(ctx);
            actor.settle(ctx);
        });
        ctx.spawn(written);
    }

    /// The changes of as many steps as fit one write; notes how many steps.
    fn gather(&mut self) -> Vec<Change> {
        let (mut changes, mut rows, mut bytes) = (Vec::new(), 0, 0);
        for step in &self.queue {
            let more = &step.outcome.changes;
            bytes += more.iter().map(text_bytes).sum::<usize>();
            rows += more.iter().map(rows_of).sum::<usize>();
            let full = rows > WRITE_ROWS_MAX || bytes > WRITE_BYTES_MAX;
            if full && self.writing > 0 {
                break;
            }
            changes.extend(more.iter().cloned());
            self.writing += 1;
        }
        changes
    }

    fn perform_next(&mut self) {
        let Some(Step { asker, outcome }) = self.queue.pop_front() else {
            return;
        };
        if let Some(asker) = asker {
            let answer = outcome.answer.map_err(Trouble::Chat);
            let answer = answer.map(|reply| match reply {
                Reply::Written { done, duplicate } => Answer::Written { done, duplicate },
                Reply::Read(seq) => Answer::ReadUpTo(seq),
                Reply::Noted => Answer::Done,
            });
            self.answer(asker, answer);
        }
        for tell in outcome.tells {
            self.tell(tell);
        }
    }

    /// The store refused: nothing that waits has happened. Everybody may try again, and the machine
    /// goes back to what is on the disk.
    fn take_back(&mut self) {
        for step in std::mem::take(&mut self.queue) {
            if let Some(asker) = step.asker {
                self.answer(asker, Err(Trouble::Chat(Refused::Busy)));
            }
        }
        let members = self.machine.members().iter().filter(|(_, it)| it.inside);
        let seats = members.map(|(user, it)| SeatOf {
            user: *user,
            name: it.name.clone(),
            moderator: it.moderator,
        });
        let seats = Input::Seats(seats.collect());
        (self.head, self.machine) = restore(self.id, &self.hub);
        // Written with the next thing about each of them; a refusing store is not asked again now.
        let _ = self.machine.handle(seats, self.hub.now());
    }

    fn tell(&self, tell: Tell) {
        if let ConversationId::Pair(one, other) = self.id {
            self.note(one, other, &tell);
        }
        // Whoever does not show it is not shown it.
        let mutual = matches!(tell.news, News::Read { .. });
        let memory = &self.hub.ports.conversations;
        let encoded = self.hub.encode(Event::Chat(self.id, tell.news));
        for user in tell.to {
            if mutual && !memory.shows(user).read {
                continue;
            }
            let (to, encoded) = (None, encoded.clone());
            self.hub.to_living_user(user, UserMsg::Tell { to, encoded });
        }
    }

    /// Of a pair: what somebody finds in their list when they were not looking.
    fn note(&self, one: UserId, other: UserId, tell: &Tell) {
        let attendance = &self.hub.ports.attendance;
        match &tell.news {
            News::Message { message, name } => {
                let to = if message.sender == one { other } else { one };
                attendance.wrote(to, message.sender, name);
            }
            News::ReadElsewhere(_) => {
                for user in &tell.to {
                    let from = if *user == one { other } else { one };
                    attendance.has_read(*user, from);
                }
            }
            _ => {}
        }
    }

    fn answer(&self, asker: Asker, answer: Result<Answer, Trouble>) {
        match asker.back {
            Back::Socket { conn, id } => self
                .hub
                .to_living_user(asker.user, UserMsg::Answer { conn, id, answer }),
            // Who does not wait any more needs no answer.
            Back::Caller(caller) => drop(caller.send(answer)),
        }
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

    /// Ends when nobody is in it; a pair's, when it was not used for a while.
    fn settle(&mut self, ctx: &mut Context<Self>) {
        let unused = self.hub.now().since(self.used_at).0 >= IDLE.as_millis() as i64;
        let over = match self.id.room() {
            Some(_) => !self.machine.is_live(),
            None => unused || !self.machine.is_live(),
        };
        if over && self.queue.is_empty() && self.early.is_none() && !self.finished {
            self.finished = true;
            self.hub.forget_conversation(self.id, &ctx.address());
            ctx.notify(ConversationMsg::Finish);
        }
    }
}

fn restore(id: ConversationId, hub: &Hub) -> (Head, rules::Conversation) {
    // A head that could not be read fits no row, so nothing can be written on it.
    let (head, record) = hub.ports.conversations.load(id).unwrap_or_default();
    (head, rules::Conversation::restored(hub.config.chat, record))
}

fn text_bytes(change: &Change) -> usize {
    match change {
        Change::New(message) | Change::Changed(message) => message.text.len(),
        Change::Did(..) | Change::Member(..) | Change::Released(..) => 0,
    }
}

/// About so many rows a change touches.
fn rows_of(change: &Change) -> usize {
    match change {
        Change::New(message) => 1 + message.files.len(),
        Change::Released(_, files) => 4 * files.len(),
        Change::Changed(_) | Change::Did(..) | Change::Member(..) => 1,
    }
}

impl Actor for Conversation {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(256);
        match self.id {
            ConversationId::Pair(one, other) => {
                let seats = self.hub.ports.conversations.pair(one, other);
                self.run(None, Input::Seats(seats), ctx);
                ctx.run_interval(IDLE, |actor, ctx| actor.settle(ctx));
            }
            ConversationId::Meeting(room) | ConversationId::Lobby(room, _) => {
                // If this one replaces one that died, the room says again who is there.
                if self.hub.to_living_room(room, RoomMsg::ShowSeats(self.id)) {
                    self.early = Some(Vec::new());
                    ctx.run_later(SEATS_WITHIN, |actor, ctx| {
                        actor.hear_early(ctx);
                        actor.settle(ctx);
                    });
                }
            }
        }
    }
}

impl Handler<ConversationMsg> for Conversation {
    type Result = ();

    fn handle(&mut self, msg: ConversationMsg, ctx: &mut Self::Context) {
        if self.finished {
            match msg {
                ConversationMsg::Finish => ctx.stop(),
                late => self.hub.to_conversation(self.id, late),
            }
            return;
        }
        match msg {
            ConversationMsg::Ask(asker, ask) => self.ask(asker, ask, ctx),
            ConversationMsg::Seats(seats) => {
                self.run(None, Input::Seats(seats), ctx);
                self.hear_early(ctx);
            }
            ConversationMsg::Reseat => {
                if let ConversationId::Pair(one, other) = self.id {
                    let seats = self.hub.ports.conversations.pair(one, other);
                    self.run(None, Input::Seats(seats), ctx);
                }
            }
            #[cfg(test)]
            ConversationMsg::Panic => panic!("a test broke this conversation"),
            ConversationMsg::Finish => {}
        }
        self.settle(ctx);
    }
}
