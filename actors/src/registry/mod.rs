//! Every actor by its id: a sharded map, the arbiters that actors run on, and the shared things
//! that all of them need.
//!
//! Not an actor itself: a lookup costs no hop and no single actor is on every path. This is the
//! only place that sends to actors, so it is also where a dead one is noticed: a room that panicked
//! is rebuilt from its last good state, a user session empty (its devices join again). Senders keep
//! no addresses, so that an actor may one day live elsewhere.

mod drain;
mod pulse;
mod replay;
mod shards;
#[cfg(test)]
mod tests;

pub use replay::ReplayBudget;
pub use shards::Shards;

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use actix::{Actor, Addr, dev::SendError};
use actix_rt::ArbiterHandle;
use parlor_domain::{
    budget::Level,
    call::CallRecord,
    conversation::{self, ConversationId, Refused},
    event::Event,
    id::{LoginId, MeetingId, RoomId, SessionId, UserId},
    identity::Identity,
    ring,
    room::{self as rules, RoomPolicy},
    session::ConnId,
};

use crate::{
    call_book::CallBook,
    clock::Clock,
    conversation::{Asker, Back, Conversation, ConversationMsg},
    link::{Answer, ConversationAsk, Encoded, Trouble},
    paid::{CutRings, MeterMsg, MeterShell, RingDesk, RingMsg, Rings, Talks},
    ports::{
        Admit, Announced, Attendance, ConversationMemory, Encode, Identify, MeetingLog,
        NoticeMemory, PaidCalls, PortFuture, Reach, RoomMemory, SavedRoom, Witness,
    },
    relay_desk::RelayDesk,
    room::{Room, RoomMsg},
    session::{UserMsg, UserSession},
};

/// The doors that the realtime floor needs.
#[derive(Clone)]
pub struct Ports {
    /// Who is this?
    pub identify: Arc<dyn Identify>,
    /// Who is connected.
    pub attendance: Arc<dyn Attendance>,
    /// May this person enter?
    pub admit: Arc<dyn Admit>,
    /// What happened in rooms.
    pub log: Arc<dyn MeetingLog>,
    /// Who tried to reach what.
    pub witness: Arc<dyn Witness>,
    /// What rooms look like, across restarts.
    pub memory: Arc<dyn RoomMemory>,
    /// What was said, across restarts.
    pub conversations: Arc<dyn ConversationMemory>,
    /// What people were told.
    pub notices: Arc<dyn NoticeMemory>,
    /// Events to payloads.
    pub encode: Arc<dyn Encode>,
    /// ICE servers.
    pub relay: RelayDesk,
    /// What live calls move.
    pub book: CallBook,
    /// Calls that cost by the minute.
    pub paid: Arc<dyn PaidCalls>,
}

/// Bounds and clocks.
#[derive(Clone, Copy, Debug)]
pub struct RealtimeConfig {
    /// Threads for rooms and user sessions; 0 uses the calling arbiter (tests).
    pub arbiters: usize,
    /// Clocks and bounds of sessions.
    pub session: parlor_domain::session::Limits,
    /// Most bytes kept for replays, all sessions together.
    pub replay_bytes_max: usize,
    /// Joins of one user: per second, and at once.
    pub joins: (u32, u32),
    /// Calls to hosts of one user: per second, and at once.
    pub invites: (u32, u32),
    /// Messages and their changes of one user: per second, and at once.
    pub chats: (u32, u32),
    /// Read and delivery markers of one user: per second, and at once.
    pub marks: (u32, u32),
    /// Signs of typing of one user: per second, and at once.
    pub typing: (u32, u32),
    /// Bounds of conversations.
    pub chat: conversation::Limits,
}

impl Default for RealtimeConfig {
    fn default() -> Self {
        Self {
            arbiters: std::thread::available_parallelism().map_or(1, usize::from),
            session: parlor_domain::session::Limits::default(),
            replay_bytes_max: 256 * 1024 * 1024,
            joins: (2, 10),
            invites: (1, 5),
            chats: (5, 20),
            marks: (5, 40),
            typing: (1, 5),
            chat: conversation::Limits::default(),
        }
    }
}

/// The last good state of a room, for whoever rebuilds it.
pub(crate) struct Saved {
    pub machine: rules::Room,
    pub call: Option<CallRecord>,
}

/// Where a room lives and what it last was.
#[derive(Clone)]
pub(crate) struct RoomSlot {
    addr: Addr<Room>,
    saved: Arc<Mutex<Option<Saved>>>,
}

/// What all actors share.
pub(crate) struct Hub {
    pub config: RealtimeConfig,
    pub ports: Ports,
    pub clock: Arc<dyn Clock>,
    pub epoch: String,
    pub replay: ReplayBudget,
    pub draining: AtomicBool,
    users: Shards<UserId, Addr<UserSession>>,
    rooms: Shards<RoomId, RoomSlot>,
    conversations: Shards<ConversationId, Addr<Conversation>>,
    pub(crate) rings: Shards<UserId, Addr<RingDesk>>,
    pub(crate) meters: Shards<RoomId, Addr<MeterShell>>,
    /// Paid calls that live.
    pub(crate) talks: Talks,
    /// What rings came to.
    pub(crate) ring_outcomes: Rings,
    /// What rang when the server went away.
    pub(crate) cut_rings: CutRings,
    arbiters: Vec<ArbiterHandle>,
    hasher: RandomState,
    conns: AtomicU64,
    /// Actors found dead and rebuilt, for metrics.
    pub(crate) rebuilt: AtomicU64,
}

/// The realtime floor. Clone it freely.
#[derive(Clone)]
pub struct Realtime {
    pub(crate) hub: Arc<Hub>,
}

impl Realtime {
    /// Starts it inside a running actix system: spawns the arbiters and brings back every room
    /// that was in use when the server stopped or was killed. `epoch` names this run and must
    /// differ from every earlier one.
    pub fn start(
        ports: Ports,
        config: RealtimeConfig,
        clock: Arc<dyn Clock>,
        epoch: String,
    ) -> Self {
        let arbiters = match config.arbiters {
            0 => vec![actix_rt::Arbiter::current()],
            n => (0..n).map(|_| actix_rt::Arbiter::new().handle()).collect(),
        };
        let hub = Arc::new(Hub {
            replay: ReplayBudget::new(config.replay_bytes_max),
            config,
            ports,
            cut_rings: CutRings::new(clock.now()),
            clock,
            epoch,
            draining: AtomicBool::new(false),
            users: Shards::default(),
            rooms: Shards::default(),
            conversations: Shards::default(),
            rings: Shards::default(),
            meters: Shards::default(),
            talks: Talks::default(),
            ring_outcomes: Rings::default(),
            arbiters,
            hasher: RandomState::new(),
            conns: AtomicU64::new(1),
            rebuilt: AtomicU64::new(0),
        });
        hub.bring_back();
        hub.bring_back_meters();
        Self { hub }
    }

    /// Rings since the start, by outcome.
    pub fn rings(&self) -> Vec<(&'static str, u64)> {
        self.hub.ring_outcomes.counted().collect()
    }

    /// Paid calls that live now.
    pub fn paid_calls(&self) -> usize {
        self.hub.talks.len()
    }

    /// Rooms in memory.
    pub fn rooms(&self) -> usize {
        self.hub.rooms.len()
    }

    /// Conversations in memory.
    pub fn conversations(&self) -> usize {
        self.hub.conversations.len()
    }

    /// Users with a living or resumable session.
    pub fn users(&self) -> usize {
        self.hub.users.len()
    }

    /// Actors that panicked and were rebuilt since the start.
    pub fn rebuilt(&self) -> u64 {
        self.hub.rebuilt.load(Ordering::Relaxed)
    }

    /// Bytes kept for replays.
    pub fn replay_bytes(&self) -> usize {
        self.hub.replay.used()
    }

    /// Tells everybody in every room what to keep to on what goes through the relay.
    pub fn tell_rooms(&self, level: Level) {
        for room in self.hub.rooms.keys() {
            self.hub.to_living_room(room, RoomMsg::RelayBudget(level));
        }
    }

    /// The desk that hands out ICE servers (REST's `config` uses it too).
    pub fn relay_desk(&self) -> &RelayDesk {
        &self.hub.ports.relay
    }

    /// The clock that everything here goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.hub.clock
    }

    /// Whether the server is about to stop; new sockets are then refused.
    pub fn draining(&self) -> bool {
        self.hub.draining.load(Ordering::Acquire)
    }

    /// A number for a new socket.
    pub fn next_conn(&self) -> ConnId {
        ConnId(self.hub.conns.fetch_add(1, Ordering::Relaxed))
    }
}

impl Reach for Realtime {
    fn tell(&self, user: UserId, event: Event) {
        let encoded = self.hub.encode(event);
        self.hub
            .to_living_user(user, UserMsg::Tell { to: None, encoded });
    }

    fn revoke(&self, user: UserId, login: LoginId) {
        self.hub.to_living_user(user, UserMsg::Revoke(login));
    }

    fn leave(&self, user: UserId, session: SessionId, room: RoomId) {
        self.hub
            .to_living_user(user, UserMsg::Gone { session, room });
    }

    fn end_room(&self, room: RoomId) {
        self.hub.to_living_room(room, RoomMsg::Close);
    }

    fn announce_admin(&self, room: RoomId, it: Announced) -> bool {
        self.hub.to_living_room(room, RoomMsg::AdminEnters(it))
    }

    fn let_go(&self, user: UserId, room: RoomId) {
        self.hub.to_living_room(room, RoomMsg::LetGo(user));
    }

    fn tell_sessions(&self, to: &[(UserId, SessionId)], event: Event) {
        let encoded = self.hub.encode(event);
        for (user, session) in to {
            let (to, encoded) = (Some(*session), encoded.clone());
            self.hub
                .to_living_user(*user, UserMsg::Tell { to, encoded });
        }
    }

    fn on_line(&self, host: UserId, what: ring::Input) {
        self.hub.to_living_ring(host, RingMsg::Note(what));
    }

    fn part(&self, one: UserId, other: UserId) {
        if let Some(room) = self.hub.talks.between(one, other) {
            self.hub.to_living_meter(room, MeterMsg::Stop);
        }
    }

    fn reseat(&self, one: UserId, other: UserId) {
        if let Some(id) = ConversationId::pair(one, other) {
            let reseat = ConversationMsg::Reseat;
            self.hub.to_living_conversation(id, reseat);
        }
    }

    fn converse(
        &self,
        who: &Identity,
        conversation: ConversationId,
        ask: ConversationAsk,
    ) -> PortFuture<Result<Answer, Trouble>> {
        let (back, answer) = tokio::sync::oneshot::channel();
        if conversation.within_reach(who) {
            let (user, back) = (who.user, Back::Caller(back));
            let asker = Asker { user, back };
            let msg = ConversationMsg::Ask(asker, ask);
            self.hub.to_conversation(conversation, msg);
        } else {
            let _ = back.send(Err(Trouble::Chat(Refused::NotFound)));
        }
        // It died on the way; whoever asks again finds it rebuilt.
        let lost = |_| Err(Trouble::Chat(Refused::Busy));
        Box::pin(async move { answer.await.unwrap_or_else(lost) })
    }
}

impl Hub {
    pub fn now(&self) -> parlor_domain::time::Timestamp {
        self.clock.now()
    }

    pub fn encode(&self, event: Event) -> Arc<Encoded> {
        let (name, data) = self.ports.encode.encode(&event);
        Arc::new(Encoded {
            name,
            delivery: event.delivery(),
            data,
            event,
        })
    }

    /// The arbiter of an id: always the same one, so a room and its call share theirs.
    pub(crate) fn arbiter(&self, id: impl Hash) -> &ArbiterHandle {
        let hash = self.hasher.hash_one(id);
        let index = usize::try_from(hash % self.arbiters.len() as u64).unwrap_or(0);
        &self.arbiters[index]
    }

    /// Sends to a user's session, starting it if needed.
    pub fn to_user(self: &Arc<Self>, user: UserId, msg: UserMsg) {
        let addr = self.users.get_or_insert(user, Addr::connected, || {
            let hub = self.clone();
            UserSession::start_in_arbiter(self.arbiter(user), move |_| UserSession::new(user, hub))
        });
        if let Some(lost) = deliver(&addr, msg) {
            self.rebuilt.fetch_add(1, Ordering::Relaxed);
            self.users.remove_if(&user, |addr| !addr.connected());
            self.to_user(user, lost);
        }
    }

    /// Sends to a user's session if there is one.
    pub fn to_living_user(&self, user: UserId, msg: UserMsg) {
        if let Some(addr) = self.users.get(&user) {
            // A dead session has no sockets left that could be told anything.
            let _ = deliver(&addr, msg);
        }
    }

    /// Sends to a room, starting it with these rules if needed.
    pub fn to_room(self: &Arc<Self>, room: RoomId, seed: (MeetingId, RoomPolicy), msg: RoomMsg) {
        let slot = self.rooms.get_or_insert(
            room,
            |_| true,
            || {
                // Bans outlive the room's time in memory.
                let (meeting, policy) = seed;
                match self.ports.memory.one(room) {
                    Some(saved) => self.spawn_saved(room, saved),
                    None => {
                        let machine = rules::Room::new(room, meeting, policy, self.now());
                        self.spawn_room(room, machine, None)
                    }
                }
            },
        );
        self.deliver_to_room(room, &slot, msg);
    }

    /// Sends to a room if there is one. False when there is none.
    pub fn to_living_room(self: &Arc<Self>, room: RoomId, msg: RoomMsg) -> bool {
        let Some(slot) = self.rooms.get(&room) else {
            return false;
        };
        self.deliver_to_room(room, &slot, msg);
        true
    }

    fn deliver_to_room(self: &Arc<Self>, room: RoomId, slot: &RoomSlot, msg: RoomMsg) {
        let Some(lost) = deliver(&slot.addr, msg) else {
            return;
        };
        // The room panicked: it goes on from its last good state, without the message that hurt.
        let revived = self.rooms.update(&room, |slot| {
            if slot.addr.connected() {
                return slot.clone();
            }
            self.rebuilt.fetch_add(1, Ordering::Relaxed);
            tracing::error!("a room died and is rebuilt");
            let saved = slot.saved.clone();
            let last = lock(&saved).take();
            match last {
                Some(last) => self.spawn_room(room, last.machine, last.call),
                None => slot.clone(),
            }
        });
        if let Some(slot) = revived {
            // A second death in the same breath loses the message; its sender asks again.
            let _ = deliver(&slot.addr, lost);
        }
    }

    fn spawn_room(
        self: &Arc<Self>,
        id: RoomId,
        machine: rules::Room,
        call: Option<CallRecord>,
    ) -> RoomSlot {
        let saved = Arc::new(Mutex::new(Some(Saved {
            machine: machine.clone(),
            call,
        })));
        let (hub, kept) = (self.clone(), saved.clone());
        let addr = Room::start_in_arbiter(self.arbiter(id), move |_| {
            Room::new(id, hub, machine, call, kept)
        });
        RoomSlot { addr, saved }
    }

    /// Starts every room that was in use, with all seats lost since now. One that holds nothing
    /// but bans waits on disk until somebody comes.
    fn bring_back(self: &Arc<Self>) {
        for (id, saved) in self.ports.memory.all() {
            let asleep = saved.room.inside.is_empty() && saved.room.lobby.is_empty();
            if saved.call.is_some() || !asleep {
                let slot = self.spawn_saved(id, saved);
                self.rooms.get_or_insert(id, |_| true, || slot);
            }
        }
    }

    fn spawn_saved(self: &Arc<Self>, id: RoomId, saved: SavedRoom) -> RoomSlot {
        let started = saved.call.map(|call| call.started_at);
        let machine = rules::Room::restored(id, saved.room, started, self.now());
        self.spawn_room(id, machine, saved.call)
    }

    /// Sends to a conversation, starting it from the store if needed.
    pub fn to_conversation(self: &Arc<Self>, id: ConversationId, msg: ConversationMsg) {
        // One that ended takes itself off the list: what is dead and still on it panicked.
        if self.conversations.remove_if(&id, |addr| !addr.connected()) {
            self.rebuilt.fetch_add(1, Ordering::Relaxed);
            tracing::error!("a conversation died and is rebuilt");
        }
        let addr = self.conversations.get_or_insert(id, Addr::connected, || {
            let hub = self.clone();
            // A room's conversation lives where the room does.
            let arbiter = match id.room() {
                Some(room) => self.arbiter(room),
                None => self.arbiter(id),
            };
            Conversation::start_in_arbiter(arbiter, move |_| Conversation::new(id, hub))
        });
        if let Some(lost) = deliver(&addr, msg) {
            self.to_conversation(id, lost);
        }
    }

    /// Sends to a conversation if it is in memory.
    pub fn to_living_conversation(&self, id: ConversationId, msg: ConversationMsg) {
        if let Some(addr) = self.conversations.get(&id) {
            let _ = deliver(&addr, msg);
        }
    }

    pub fn forget_conversation(&self, id: ConversationId, me: &Addr<Conversation>) {
        self.conversations.remove_if(&id, |addr| addr == me);
    }

    pub fn forget_user(&self, user: UserId, me: &Addr<UserSession>) {
        self.users.remove_if(&user, |addr| addr == me);
    }

    pub fn forget_room(&self, room: RoomId, me: &Addr<Room>) {
        self.rooms.remove_if(&room, |slot| slot.addr == *me);
    }
}

/// The one way in which actors are sent something. Mailboxes here have no bound of their own; what
/// bounds them is the rate of frames per socket, the number of sockets, and the byte budget of
/// each socket (REALTIME: a full mailbox must never drop one of two ordered signals). Gives the
/// message back when the actor is dead.
pub(crate) fn deliver<A, M>(addr: &Addr<A>, msg: M) -> Option<M>
where
    A: Actor + actix::Handler<M>,
    M: actix::Message + Send + 'static,
    M::Result: Send,
    A::Context: actix::dev::ToEnvelope<A, M>,
{
    match addr.try_send(msg) {
        Ok(()) => None,
        Err(SendError::Full(msg)) => {
            addr.do_send(msg);
            None
        }
        Err(SendError::Closed(msg)) => Some(msg),
    }
}

/// A lock whose data is whole after a panic elsewhere: every holder replaces it in one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
