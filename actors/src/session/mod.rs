//! The user session: all sockets of one user, in one actor.
//!
//! The only place that gives out `seq` (through the domain's machine) and the way in and out of
//! everything for that user: it verifies tokens, asks the meetings whether a door is open, carries
//! requests to rooms and answers back, and is where a revoked login ends. It decides nothing about
//! rooms. Start reading at [`UserSession::perform`].

mod asks;
mod calls;
mod greet;

pub use greet::{Greeted, Line};

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, atomic::Ordering},
};

use actix::{Actor, AsyncContext, Context, Handler, Message};
use parlor_domain::{
    bucket::Bucket,
    event::Event,
    id::{LoginId, RoomId, SessionId, UserId},
    identity::{Identity, Scope},
    ring::{self, Unanswered},
    session::{Bye, ConnId, Devices, Effect, Hello, Input},
    time::{Millis, Timestamp},
};

use crate::{
    alarm::Alarm,
    link::{Answer, Ask, Encoded, Greeting, Link, Notice, Sent, Trouble},
    paid::RingMsg,
    registry::Hub,
    room::RoomMsg,
};

/// Most rooms that one session is in at once.
const ROOMS_PER_SESSION_MAX: usize = 4;
/// How long a client waits before it comes back after a drain, before its own jitter.
const DRAIN_RETRY: Millis = Millis(1_500);

/// What a user session is sent.
pub enum UserMsg {
    /// A socket said hello and its token was verified.
    Connect(Box<Connect>),
    /// A frame came in.
    Frame {
        /// From which socket.
        conn: ConnId,
        /// Processed up to this number.
        ack: Option<u64>,
        /// Names the request.
        id: Option<String>,
        /// What it asks; none for a bare sign of life.
        ask: Option<Ask>,
    },
    /// A socket is gone.
    Cut(ConnId),
    /// Tell one session, or all.
    Tell {
        /// Which.
        to: Option<SessionId>,
        /// What.
        encoded: Arc<Encoded>,
    },
    /// A room answers.
    Answer {
        /// Which socket asked.
        conn: ConnId,
        /// Names the request.
        id: Option<String>,
        /// The answer.
        answer: Result<Answer, Trouble>,
    },
    /// A session entered (or is before the door of) a room, or is out of it.
    Membership {
        /// Which.
        session: SessionId,
        /// Where.
        room: RoomId,
        /// How.
        is: Membership,
    },
    /// The page of a session is closed, as it said over REST because its socket was gone first.
    Gone {
        /// Which.
        session: SessionId,
        /// The room that it was in.
        room: RoomId,
    },
    /// A login is over.
    Revoke(LoginId),
    /// Memory is short.
    Evict(SessionId),
    /// The server stops.
    Drain,
    /// Nothing is left; stop after what is in the mailbox.
    Finish,
}

impl Message for UserMsg {
    type Result = ();
}

/// How a session stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// In the call.
    Inside,
    /// Out of it.
    Out,
}

/// A verified greeting with its socket.
pub struct Connect {
    /// What the machine needs.
    pub hello: Hello,
    /// Who it is.
    pub identity: Identity,
    /// The way out.
    pub link: Box<dyn Link>,
    /// The secret whose hash is in `hello`.
    pub resume_token: String,
    /// The client came with a session of an earlier run.
    pub other_epoch: bool,
}

struct Socket {
    link: Box<dyn Link>,
    identity: Identity,
    resume_token: String,
    other_epoch: bool,
}

/// The actor.
pub struct UserSession {
    user: UserId,
    hub: Arc<Hub>,
    devices: Devices<Arc<Encoded>>,
    sockets: HashMap<ConnId, Socket>,
    rooms: HashMap<SessionId, BTreeSet<RoomId>>,
    /// Those of them that a device has entered.
    inside: BTreeSet<(SessionId, RoomId)>,
    /// Whom each device calls.
    calling: HashMap<SessionId, UserId>,
    invites: Bucket,
    joins: Bucket,
    chats: Bucket,
    marks: Bucket,
    typing: Bucket,
    alarm: Alarm,
    /// The house was told that this user has a socket.
    here: bool,
    /// Out of the registry; what still arrives is for the next one.
    finished: bool,
}

impl UserSession {
    pub(crate) fn new(user: UserId, hub: Arc<Hub>) -> Self {
        let now = hub.now();
        let bucket = |(rate, burst)| Bucket::new(rate, burst, now);
        Self {
            user,
            devices: Devices::new(hub.config.session),
            calling: HashMap::new(),
            invites: bucket(hub.config.invites),
            joins: bucket(hub.config.joins),
            chats: bucket(hub.config.chats),
            marks: bucket(hub.config.marks),
            typing: bucket(hub.config.typing),
            hub,
            sockets: HashMap::new(),
            rooms: HashMap::new(),
            inside: BTreeSet::new(),
            alarm: Alarm::default(),
            here: false,
            finished: false,
        }
    }

    /// Runs the machine and carries out its effects, until there are none.
    fn run(&mut self, input: Input<Arc<Encoded>>) {
        let now = self.hub.now();
        let kept = self.devices.kept_bytes();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.devices.handle(input, now) {
                if let Some(slow) = self.perform(effect, now) {
                    inputs.push(Input::Cut { conn: slow });
                }
            }
        }
        self.hub.replay.change(kept, self.devices.kept_bytes());
        if let Some((user, session)) = self.hub.replay.over() {
            self.hub.to_living_user(user, UserMsg::Evict(session));
        }
    }

    /// Carries out one effect. Gives back a socket that does not read.
    fn perform(&mut self, effect: Effect<Arc<Encoded>>, now: Timestamp) -> Option<ConnId> {
        match effect {
            Effect::Welcome { conn, welcome } => {
                // Whoever reads the welcome can be called.
                self.attend();
                let socket = self.sockets.get(&conn)?;
                let resumed = match welcome.resumed {
                    Err(None) if socket.other_epoch => {
                        Err(Some(parlor_domain::session::NotResumed::Epoch))
                    }
                    other => other,
                };
                let ports = &self.hub.ports;
                let (unread, unread_notices) = match socket.identity.scope {
                    Scope::Account => (
                        ports.conversations.unread(self.user),
                        ports.notices.unread(self.user),
                    ),
                    Scope::Room(_) => (Vec::new(), 0),
                };
                let greeting = Greeting {
                    unread,
                    unread_notices,
                    session: welcome.session,
                    resume_token: socket.resume_token.clone(),
                    epoch: self.hub.epoch.clone(),
                    resumed,
                    replay: welcome.replay,
                    seq: welcome.seq,
                    identity: socket.identity.clone(),
                    limits: self.hub.config.session,
                    at: now,
                };
                let sent = socket.link.welcome(greeting);
                self.after(conn, sent)
            }
            Effect::Send { conn, seq, payload } => {
                let sent = self.sockets.get(&conn)?.link.event(&payload, seq, now);
                self.after(conn, sent)
            }
            Effect::Ping { conn } => self.notice(conn, Notice::Ping, now),
            Effect::AuthExpiring { conn, at } => self.notice(conn, Notice::AuthExpiring(at), now),
            Effect::Draining { conn } => self.notice(conn, Notice::Draining(DRAIN_RETRY), now),
            Effect::Bye { conn, why } => {
                if why == Bye::Revoked {
                    let _ = self.notice(conn, Notice::Revoked, now);
                }
                if let Some(socket) = self.sockets.remove(&conn) {
                    socket.link.close(why);
                }
                None
            }
            Effect::Lost { session } => {
                self.hub.replay.lost(self.user, session);
                self.hub.ports.attendance.device_gone(self.user, session);
                self.to_rooms(session, RoomMsg::Lost);
                self.to_called(session, ring::Input::Lost { session });
                None
            }
            Effect::Back { session } => {
                self.to_rooms(session, RoomMsg::Back);
                self.to_called(session, ring::Input::Back { session });
                None
            }
            Effect::Over { session, revoked } => {
                self.to_rooms(session, |session| match revoked {
                    true => RoomMsg::Revoked(session),
                    false => RoomMsg::Lost(session),
                });
                self.rooms.remove(&session);
                self.hub.ports.attendance.device_gone(self.user, session);
                let was = self.inside.len();
                self.inside.retain(|(of, _)| *of != session);
                self.note_inside(was);
                self.to_called(session, ring::Input::Lost { session });
                self.calling.remove(&session);
                None
            }
        }
    }

    fn notice(&mut self, conn: ConnId, notice: Notice, now: Timestamp) -> Option<ConnId> {
        let sent = self.sockets.get(&conn)?.link.notice(notice, now);
        self.after(conn, sent)
    }

    /// A socket that does not read is let go; its session can be resumed.
    fn after(&mut self, conn: ConnId, sent: Sent) -> Option<ConnId> {
        if sent != Sent::Slow {
            return None;
        }
        let socket = self.sockets.remove(&conn)?;
        socket.link.close(Bye::SlowConsumer);
        Some(conn)
    }

    fn answer(&mut self, conn: ConnId, id: Option<String>, answer: Result<Answer, Trouble>) {
        let now = self.hub.now();
        let Some(socket) = self.sockets.get(&conn) else {
            return;
        };
        let sent = socket.link.answer(id, answer, now);
        if let Some(slow) = self.after(conn, sent) {
            self.run(Input::Cut { conn: slow });
        }
    }

    fn to_rooms(&self, session: SessionId, msg: impl Fn(SessionId) -> RoomMsg) {
        for room in self.rooms.get(&session).into_iter().flatten() {
            self.hub.to_living_room(*room, msg(session));
        }
    }

    /// Tells the host's line that this device calls.
    fn to_called(&self, session: SessionId, input: ring::Input) {
        if let Some(host) = self.calling.get(&session) {
            self.hub.to_living_ring(*host, RingMsg::Note(input));
        }
    }

    /// Tells the house and the own line when the first room was entered or the last one left.
    fn note_inside(&self, before: usize) {
        let inside = !self.inside.is_empty();
        if inside != (before > 0) {
            self.hub.ports.attendance.inside(self.user, inside);
            let engaged = RingMsg::Note(ring::Input::Engaged(inside));
            self.hub.to_living_ring(self.user, engaged);
        }
    }

    fn membership(&mut self, session: SessionId, room: RoomId, is: Membership) {
        let in_call = is == Membership::Inside;
        let was = self.inside.len();
        match is {
            Membership::Inside if self.devices.login_of(session).is_none() => {}
            Membership::Inside => {
                self.rooms.entry(session).or_default().insert(room);
                self.inside.insert((session, room));
            }
            Membership::Out => {
                self.inside.remove(&(session, room));
                if let Some(rooms) = self.rooms.get_mut(&session) {
                    rooms.remove(&room);
                }
            }
        }
        self.note_inside(was);
        self.run(Input::InCall { session, in_call });
    }

    fn connect(&mut self, connect: Connect) {
        let conn = connect.hello.conn;
        self.sockets.insert(
            conn,
            Socket {
                link: connect.link,
                identity: connect.identity,
                resume_token: connect.resume_token,
                other_epoch: connect.other_epoch,
            },
        );
        self.run(Input::Hello(connect.hello));
        // What rings for this person rings here too.
        if let Some(session) = self.devices.session_of(conn) {
            let show = RingMsg::Note(ring::Input::Show { session });
            self.hub.to_living_ring(self.user, show);
            for call in self.hub.cut_rings.of(self.user, self.hub.now()) {
                let why = Unanswered::Restart;
                let encoded = self.hub.encode(Event::CallUnanswered { call, why });
                self.tell(Some(session), encoded);
            }
        }
    }

    fn tell(&mut self, to: Option<SessionId>, encoded: Arc<Encoded>) {
        self.run(Input::Tell {
            to,
            bytes: encoded.data.len(),
            delivery: encoded.delivery,
            payload: encoded,
        });
    }

    /// Sets the one timer to the machine's next deadline.
    fn arm(&mut self, ctx: &mut Context<Self>) {
        let now = self.hub.now();
        let wanted = self.devices.deadline();
        self.alarm.set(wanted, now, ctx, |actor, ctx| {
            actor.alarm.rang();
            actor.run(Input::Tick);
            actor.settle(ctx);
        });
    }

    /// Tells who wants to know that this person is here, or is not any more.
    fn attend(&mut self) {
        let here = !self.sockets.is_empty();
        if here != self.here {
            self.here = here;
            self.hub.ports.attendance.here(self.user, here);
        }
    }

    /// After every message: the timer, and the end when nothing is left.
    fn settle(&mut self, ctx: &mut Context<Self>) {
        self.arm(ctx);
        self.attend();
        if self.devices.is_empty() && !self.finished {
            self.finished = true;
            self.hub.forget_user(self.user, &ctx.address());
            ctx.notify(UserMsg::Finish);
        }
    }
}

impl Actor for UserSession {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(256);
    }
}

impl Drop for UserSession {
    fn drop(&mut self) {
        self.hub.replay.change(self.devices.kept_bytes(), 0);
        if !self.inside.is_empty() {
            self.hub.ports.attendance.inside(self.user, false);
        }
        if self.here {
            self.hub.ports.attendance.here(self.user, false);
        }
        if std::thread::panicking() {
            tracing::error!("a user session died; its sockets connect again");
        }
    }
}

impl Handler<UserMsg> for UserSession {
    type Result = ();

    fn handle(&mut self, msg: UserMsg, ctx: &mut Self::Context) {
        if self.finished && !matches!(msg, UserMsg::Finish) {
            if matches!(msg, UserMsg::Connect(_)) {
                self.hub.to_user(self.user, msg);
            }
            return;
        }
        match msg {
            UserMsg::Connect(connect) => self.connect(*connect),
            UserMsg::Frame { conn, ack, id, ask } => {
                self.run(Input::Heard { conn, ack });
                if let Some(ask) = ask {
                    self.ask(conn, id, ask);
                }
            }
            UserMsg::Cut(conn) => {
                self.sockets.remove(&conn);
                self.run(Input::Cut { conn });
            }
            UserMsg::Tell { to, encoded } => {
                self.tell(to, encoded);
            }
            UserMsg::Answer { conn, id, answer } => self.answer(conn, id, answer),
            UserMsg::Membership { session, room, is } => self.membership(session, room, is),
            UserMsg::Gone { session, room } => {
                // Only of a session of this user that is in that room; anything else is nothing.
                if self.rooms.get(&session).is_some_and(|r| r.contains(&room)) {
                    self.hub.to_living_room(room, RoomMsg::Gone(session));
                }
            }
            UserMsg::Revoke(login) => self.run(Input::Revoke { login }),
            UserMsg::Evict(session) => self.run(Input::Evict { session }),
            UserMsg::Drain => self.run(Input::Drain),
            UserMsg::Finish => {
                actix::ActorContext::stop(ctx);
                return;
            }
        }
        self.settle(ctx);
    }
}

impl UserSession {
    fn draining(&self) -> bool {
        self.hub.draining.load(Ordering::Acquire)
    }
}
