//! Stand-ins for the house around the realtime floor, for tests here and of the floor above.
//! Compiled only for tests (feature `testing`).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use parlor_data::Store;
use parlor_domain::{
    audit::{self, SESSION},
    bill::{self, Purse},
    call::traffic::{CallTraffic, Used},
    conversation::{
        Change, ClientMsgId, ConversationId, Done, Message, MsgSeq, Record, SeatOf, Shows, UnreadIn,
    },
    event::{Event, MediaKind},
    file::Attachment,
    id::{CallId, FileId, LoginId, MeetingId, RoomId, SessionId, UserId},
    identity::{Identity, Role, Scope},
    ledger::{self, Account, Entry},
    meter,
    money::MilliCoins,
    notification::{NtfSeq, ReadMarks},
    paid::PaidCall,
    presence::{PresenceOf, Status},
    ring::{self, Attempt},
    room::RecordingRight,
    session::Bye,
    tariff::Tariff,
    time::{Millis, Timestamp},
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    call_book::{CallBook, CallKeep},
    clock::Clock,
    conversation::memory::StoreConversations,
    link::{Answer, Encoded, Greeting, Link, Notice, Sent, Trouble},
    ports::{
        Admit, Attendance, ConversationMemory, Encode, Head, Identify, MeetingLog, MissedNotices,
        NotCallable, NotIdentified, NotNoted, NotPosted, NoticeMemory, PageFrom, PaidCalls,
        PortFuture, Quote, Refusal, RelayDoor, RoomFact, RoomMemory, RoomPolicy, SavedRoom, Seat,
        WalletState, Witness,
    },
    registry::{Ports, lock},
    relay_desk::{IceConfig, RelayDesk},
    services::{PasswordCost, ServicesConfig},
};

/// When every test begins.
pub const START: Timestamp = Timestamp(1_800_000_000_000);

/// The services' defaults, with passwords that cost next to nothing.
pub fn light_services() -> ServicesConfig {
    ServicesConfig {
        password_cost: PasswordCost {
            memory_kib: 8,
            passes: 1,
            ..PasswordCost::default()
        },
        ..ServicesConfig::default()
    }
}

/// What an authenticator app with this secret (base32, as pages show it) shows at that instant.
///
/// # Panics
/// When that is no secret.
pub fn totp_code(secret: &str, at: Timestamp) -> String {
    let code = crate::services::totp_code(secret, at).expect("a secret in base32");
    format!("{code:06}")
}

/// A clock that moves with tokio's, so that a paused runtime moves both.
#[derive(Clone, Copy)]
pub struct TokioClock(tokio::time::Instant);

impl Default for TokioClock {
    fn default() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        START + Millis(i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// A user id from a small number.
pub fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

/// The one room of most tests.
pub const ROOM: RoomId = RoomId(Uuid::from_u128(0x700));
/// A room whose window has not opened.
pub const EARLY: RoomId = RoomId(Uuid::from_u128(0x701));
/// A room whose window has closed.
pub const LATE: RoomId = RoomId(Uuid::from_u128(0x702));
/// When [`EARLY`] opens and [`LATE`] closed.
pub const THEN: Timestamp = Timestamp(START.0 + 3_600_000);

/// The host of all rooms.
pub const HOST: u128 = 1;
/// The client of all rooms.
pub const CLIENT: u128 = 2;
/// A guest who waits in the lobby.
pub const GUEST: u128 = 3;
/// Another one.
pub const GUEST2: u128 = 4;
/// Nobody's participant.
pub const STRANGER: u128 = 9;

/// Rights of a made-up house: who a token is, and who may enter.
#[derive(Default)]
pub struct House {
    /// Logins that are over.
    pub revoked: Mutex<HashSet<u128>>,
    /// Facts that were noted.
    pub facts: Mutex<Vec<RoomFact>>,
    /// Who tried to reach what, and where.
    pub seen: Mutex<Vec<audit::Attempt>>,
    /// How many of the next facts are refused.
    pub refuse_facts: Mutex<usize>,
    /// Rooms on "disk".
    pub disk: Mutex<HashMap<RoomId, SavedRoom>>,
    /// What the relay was told.
    pub relay: Mutex<Vec<String>>,
    /// What the relay will say was moved, by participant, once.
    pub moved: Mutex<Vec<(String, Used)>>,
    /// What the relay carried this month.
    pub month: Mutex<u64>,
    /// What calls moved, on "disk".
    pub traffic: Mutex<HashMap<CallId, CallTraffic>>,
    /// Messages on "disk".
    pub messages: Messages,
    /// Wallets and paid calls, on "disk".
    pub till: Till,
    /// Who sits in a room.
    pub insides: Mutex<HashSet<UserId>>,
    /// Nobody wants to hear from anybody.
    pub apart: Mutex<bool>,
    /// Who was written to by whom, and has not read it.
    pub wrote: Mutex<Vec<(UserId, UserId)>>,
    /// Who said to be idle or not.
    pub idle: Mutex<Vec<(UserId, bool)>>,
    /// Who watches the hosts.
    pub watchers: Mutex<Vec<(UserId, SessionId)>>,
    /// Hosts who are not there for somebody.
    pub closed: Mutex<HashSet<(UserId, UserId)>>,
    /// Rules that differ from the default.
    pub policy: Mutex<Option<RoomPolicy>>,
}

/// The rules of the test rooms.
pub fn policy() -> RoomPolicy {
    RoomPolicy {
        capacity: 3,
        rejoin_grace: Millis::from_secs(30),
        empty_grace: Millis::from_secs(120),
        readmit: Millis::from_secs(120),
        closes_at: START + Millis::from_mins(120),
        recording: RecordingRight::Anyone,
    }
}

/// A token of user `n` on login `login`, good until `expires_ms` after the start.
pub fn token_until(n: u128, login: u128, expires_ms: i64) -> String {
    format!("{n}/{login}/{}", START.0 + expires_ms)
}

/// A token of user `n`, good for an hour, on the login of the same number.
pub fn token(n: u128) -> String {
    token_until(n, n, 3_600_000)
}

impl Identify for House {
    fn identify(&self, token: &str, now: Timestamp) -> Result<Identity, NotIdentified> {
        let parts: Vec<&str> = token.split('/').collect();
        let [n, login, expires] = parts.as_slice() else {
            return Err(NotIdentified::Invalid);
        };
        let number = |text: &str| text.parse::<u128>().map_err(|_| NotIdentified::Invalid);
        let (n, login, expires) = (number(n)?, number(login)?, number(expires)?);
        if lock(&self.revoked).contains(&login) {
            return Err(NotIdentified::Invalid);
        }
        let expires_at = Timestamp(i64::try_from(expires).unwrap_or(i64::MAX));
        if expires_at <= now {
            return Err(NotIdentified::Expired);
        }
        let guest = n == GUEST || n == GUEST2;
        Ok(Identity {
            user: user(n),
            login: LoginId(Uuid::from_u128(login)),
            role: match n {
                HOST => Role::Host,
                _ if guest => Role::Guest,
                _ => Role::Client,
            },
            scope: if guest {
                Scope::Room(ROOM)
            } else {
                Scope::Account
            },
            name: format!("Person {n}"),
            expires_at,
        })
    }
}

impl Witness for House {
    fn saw(&self, attempt: audit::Attempt, room: Option<RoomId>) {
        let attempt = match room {
            Some(room) => attempt.on(SESSION, room),
            None => attempt,
        };
        lock(&self.seen).push(attempt);
    }
}

impl Admit for House {
    fn admit(&self, who: &Identity, room: RoomId, now: Timestamp) -> Result<Seat, Refusal> {
        let n = who.user.0.as_u128();
        if let Some(call) = self.of_room(room) {
            return match call.is_of(who.user) && call.unsettled() {
                true => Ok(Seat {
                    meeting: call.meeting(),
                    moderator: who.user == call.host,
                    waits: false,
                    name: who.name.clone(),
                    role: who.role,
                    policy: RoomPolicy {
                        rejoin_grace: Millis::from_secs(150),
                        ..policy()
                    },
                }),
                false => Err(Refusal::Over),
            };
        }
        if ![ROOM, EARLY, LATE].contains(&room) {
            return Err(Refusal::NotFound);
        }
        if ![HOST, CLIENT, GUEST, GUEST2].contains(&n) {
            return Err(Refusal::Stranger);
        }
        let policy = lock(&self.policy).unwrap_or_else(policy);
        match room {
            EARLY => return Err(Refusal::TooEarly(THEN)),
            LATE => return Err(Refusal::TooLate(THEN)),
            _ if now >= policy.closes_at => return Err(Refusal::TooLate(policy.closes_at)),
            _ => {}
        }
        Ok(Seat {
            meeting: MeetingId(Uuid::from_u128(0x600)),
            moderator: n == HOST,
            waits: who.role == Role::Guest,
            name: who.name.clone(),
            role: who.role,
            policy,
        })
    }
}

impl MeetingLog for House {
    fn note(&self, _: MeetingId, fact: RoomFact) -> PortFuture<Result<(), NotNoted>> {
        let mut refuse = lock(&self.refuse_facts);
        let taken = *refuse == 0;
        *refuse = refuse.saturating_sub(1);
        if taken {
            lock(&self.facts).push(fact);
        }
        Box::pin(async move { taken.then_some(()).ok_or(NotNoted) })
    }
}

/// A list of nine notifications for everybody, of which two are unread and none is kept any more.
impl NoticeMemory for House {
    fn unread(&self, _: UserId) -> u64 {
        2
    }

    fn since(&self, _: UserId, after: NtfSeq) -> Option<MissedNotices> {
        Some(MissedNotices {
            all: Vec::new(),
            anew: after < NtfSeq(9),
            last: NtfSeq(9),
            marks: ReadMarks {
                up_to: NtfSeq(7),
                ..ReadMarks::default()
            },
            unread: 2,
        })
    }
}

impl RoomMemory for House {
    fn all(&self) -> Vec<(RoomId, SavedRoom)> {
        let disk = lock(&self.disk);
        disk.iter().map(|(id, room)| (*id, room.clone())).collect()
    }

    fn one(&self, room: RoomId) -> Option<SavedRoom> {
        lock(&self.disk).get(&room).cloned()
    }

    fn keep(&self, room: RoomId, saved: Option<SavedRoom>) -> PortFuture<Result<(), NotNoted>> {
        let mut disk = lock(&self.disk);
        match saved {
            Some(saved) => disk.insert(room, saved),
            None => disk.remove(&room),
        };
        Box::pin(async { Ok(()) })
    }
}

struct RelayNote(Arc<House>);

impl RelayDoor for RelayNote {
    fn mint(&self, call: &str, participant: &str, expires: u64) -> (String, String, u64) {
        let name = format!("{expires}:{call}:{participant}");
        (name, "word".into(), expires)
    }

    fn revoke(&self, call: &str, participant: Option<&str>) {
        lock(&self.0.relay).push(format!("revoke {call} {}", participant.unwrap_or("*")));
    }

    fn admit_candidate(&self, _: &str, candidate: SocketAddr) {
        lock(&self.0.relay).push(format!("admit {candidate}"));
    }

    fn month_bytes(&self) -> u64 {
        *lock(&self.0.month)
    }

    fn count_from(&self, bytes: u64) {
        *lock(&self.0.month) = bytes;
    }

    fn collect(&self, _: &str) -> Vec<(String, Used)> {
        std::mem::take(&mut *lock(&self.0.moved))
    }
}

impl CallKeep for House {
    fn traffic(&self, call: CallId) -> CallTraffic {
        lock(&self.traffic).get(&call).cloned().unwrap_or_default()
    }

    fn keep(&self, call: CallId, traffic: &CallTraffic) {
        lock(&self.traffic).insert(call, traffic.clone());
    }

    fn close(&self, call: CallId, traffic: CallTraffic) -> PortFuture<Result<(), NotNoted>> {
        lock(&self.traffic).insert(call, traffic);
        Box::pin(async { Ok(()) })
    }
}

/// A store in memory that refuses when told to, and answers a moment later, so that steps gather.
pub struct Messages {
    /// Where they are kept.
    pub store: StoreConversations,
    /// How many of the next writes are refused.
    pub refuse: Mutex<usize>,
    /// How many rows each write had.
    pub writes: Mutex<Vec<usize>>,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            store: StoreConversations(Store::in_memory()),
            refuse: Mutex::default(),
            writes: Mutex::default(),
        }
    }
}

impl ConversationMemory for House {
    fn load(&self, id: ConversationId) -> Result<(Head, Record), NotNoted> {
        self.messages.store.load(id)
    }

    fn message(&self, id: ConversationId, seq: MsgSeq) -> Result<Option<Message>, NotNoted> {
        self.messages.store.message(id, seq)
    }

    fn done(
        &self,
        id: ConversationId,
        user: UserId,
        key: ClientMsgId,
    ) -> Result<Option<Done>, NotNoted> {
        self.messages.store.done(id, user, key)
    }

    fn page(
        &self,
        id: ConversationId,
        from: PageFrom,
        limit: usize,
    ) -> Result<Vec<Message>, NotNoted> {
        self.messages.store.page(id, from, limit)
    }

    fn files(
        &self,
        id: ConversationId,
        user: UserId,
        files: &[FileId],
    ) -> Result<Option<Vec<Attachment>>, NotNoted> {
        self.messages.store.files(id, user, files)
    }

    fn shows(&self, user: UserId) -> Shows {
        self.messages.store.shows(user)
    }

    fn pair(&self, one: UserId, other: UserId) -> Vec<SeatOf> {
        if ![one, other].contains(&user(HOST)) || *lock(&self.apart) {
            return Vec::new();
        }
        let seat = |user: UserId| SeatOf {
            user,
            name: format!("Person {}", user.0.as_u128()),
            moderator: false,
        };
        vec![seat(one), seat(other)]
    }

    fn may_begin(&self, writer: UserId, other: UserId, _: Timestamp) -> Result<bool, NotNoted> {
        // The host of this house knows one client only.
        Ok(other == user(HOST) || (writer == user(HOST) && other == user(CLIENT)))
    }

    fn unread(&self, user: UserId) -> Vec<UnreadIn> {
        self.messages.store.unread(user)
    }

    fn write(
        &self,
        id: ConversationId,
        head: &Head,
        changes: &[Change],
        now: Timestamp,
    ) -> PortFuture<Result<Head, NotNoted>> {
        let mut refuse = lock(&self.messages.refuse);
        let refused = *refuse > 0;
        *refuse = refuse.saturating_sub(1);
        lock(&self.messages.writes).push(changes.len());
        let written = self.messages.store.write(id, head, changes, now);
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            if refused {
                return Err(NotNoted);
            }
            written.await
        })
    }
}

/// What a minute costs in the made-up house: 10 coins, by the second.
pub const TARIFF: Tariff = Tariff {
    per_minute: MilliCoins::coins(10),
    initial_s: 1,
    increment_s: 1,
    free_s: 0,
    connect_fee: MilliCoins::ZERO,
    commission_bps: 2_000,
};

/// Wallets, paid calls and the books of a made-up house.
#[derive(Default)]
pub struct Till {
    /// What everybody has.
    pub accounts: Mutex<BTreeMap<Account, i64>>,
    /// Calls as they were written last.
    pub calls: Mutex<BTreeMap<CallId, PaidCall>>,
    /// How many of the next steps are not taken.
    pub refuse: Mutex<usize>,
    watchers: Mutex<HashMap<UserId, watch::Sender<WalletState>>>,
}

impl Till {
    /// What an account holds, in thousandths.
    pub fn holds(&self, account: Account) -> i64 {
        lock(&self.accounts).get(&account).copied().unwrap_or(0)
    }

    /// Gives somebody coins.
    pub fn give(&self, user: UserId, coins: MilliCoins) {
        *lock(&self.accounts)
            .entry(Account::Wallet(user))
            .or_default() += coins.0;
        self.tell();
    }

    fn tell(&self) {
        for (user, watcher) in lock(&self.watchers).iter() {
            let available = MilliCoins(self.holds(Account::Wallet(*user)));
            watcher.send_replace(WalletState { available, seq: 0 });
        }
    }

    fn take(&self, entry: Option<Entry>, call: PaidCall) -> Result<(), NotPosted> {
        {
            let mut refuse = lock(&self.refuse);
            if *refuse > 0 {
                *refuse -= 1;
                return Err(NotPosted::Books);
            }
        }
        let mut accounts = lock(&self.accounts);
        if let Some(entry) = entry {
            let balance = |account| accounts.get(&account).copied().unwrap_or(0);
            let after = ledger::post(&entry, balance).map_err(|refusal| match refusal {
                ledger::Refusal::TooLittle { short_by, .. } => {
                    NotPosted::TooLittle(MilliCoins(short_by))
                }
                ledger::Refusal::Unbalanced => NotPosted::Books,
            })?;
            accounts.extend(after);
        }
        drop(accounts);
        lock(&self.calls).insert(call.id, call);
        self.tell();
        Ok(())
    }
}

impl PaidCalls for House {
    fn rules(&self) -> (ring::Limits, meter::Rules) {
        Default::default()
    }

    fn quote(
        &self,
        _: &Identity,
        host: UserId,
        _: MediaKind,
        _: Timestamp,
    ) -> Result<Quote, NotCallable> {
        match host == user(HOST) {
            true => Ok(Quote {
                tariff: TARIFF,
                seconds_max: None,
            }),
            false => Err(NotCallable::NotFound),
        }
    }

    fn open(
        &self,
        host: UserId,
        attempt: &Attempt,
        kind: MediaKind,
        now: Timestamp,
    ) -> PortFuture<Result<PaidCall, NotPosted>> {
        let (_, rules) = self.rules();
        let purse = Purse {
            available: PaidCalls::wallet(self, attempt.caller),
            calls: 1,
        };
        let (call, caller, terms) = (attempt.call, attempt.caller, &rules.terms);
        let step = bill::Record::authorize(call, caller, host, TARIFF, terms, purse, now);
        let opened = step
            .map_err(|few| NotPosted::TooLittle(few.shortfall))
            .and_then(|step| {
                let call = PaidCall::accepted(attempt, kind, step.record, now);
                self.till.take(step.entry, call.clone()).map(|()| call)
            });
        Box::pin(async { opened })
    }

    fn post(
        &self,
        entry: Option<Entry>,
        before: Option<PaidCall>,
        call: PaidCall,
    ) -> PortFuture<Result<(), NotPosted>> {
        let written = lock(&self.till.calls).get(&call.id).cloned();
        assert!(
            before.is_none() || before == written,
            "a step of an old record"
        );
        let posted = self.till.take(entry, call);
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            posted
        })
    }

    fn wallet(&self, user: UserId) -> MilliCoins {
        MilliCoins(self.till.holds(Account::Wallet(user)))
    }

    fn watch(&self, user: UserId) -> Option<watch::Receiver<WalletState>> {
        let available = PaidCalls::wallet(self, user);
        let mut watchers = lock(&self.till.watchers);
        let watcher = watchers
            .entry(user)
            .or_insert_with(|| watch::Sender::new(WalletState { available, seq: 0 }));
        Some(watcher.subscribe())
    }

    fn open_calls(&self) -> Vec<PaidCall> {
        let calls = lock(&self.till.calls);
        calls.values().filter(|it| it.is_open()).cloned().collect()
    }

    fn of_room(&self, room: RoomId) -> Option<PaidCall> {
        let calls = lock(&self.till.calls);
        calls.values().find(|it| it.room == room).cloned()
    }

    fn lengths(&self, host: UserId) -> Vec<Millis> {
        let calls = lock(&self.till.calls);
        let theirs = calls.values().filter(|it| it.host == host);
        theirs.map(PaidCall::duration).collect()
    }
}

/// An encoder that writes nothing but the size that a frame might have.
pub struct NoWords;

impl Encode for NoWords {
    fn encode(&self, _: &Event) -> (&'static str, Bytes) {
        ("event", Bytes::from_static(&[b' '; 200]))
    }
}

impl Attendance for House {
    fn here(&self, _: UserId, _: bool) {}

    fn inside(&self, user: UserId, inside: bool) {
        let mut insides = lock(&self.insides);
        match inside {
            true => insides.insert(user),
            false => insides.remove(&user),
        };
    }

    fn talking(&self, _: UserId, _: bool) {}

    fn watch_hosts(&self, user: UserId, session: SessionId, on: bool) {
        let mut watchers = lock(&self.watchers);
        watchers.retain(|it| *it != (user, session));
        if on {
            watchers.push((user, session));
        }
    }

    fn watch_people(&self, _: UserId, _: SessionId, whom: &[UserId]) -> Vec<PresenceOf> {
        let here = |user: &UserId| PresenceOf {
            user: *user,
            status: Status::Online,
        };
        whom.iter().map(here).collect()
    }

    fn idle(&self, user: UserId, _: SessionId, idle: bool) {
        lock(&self.idle).push((user, idle));
    }

    fn device_gone(&self, user: UserId, session: SessionId) {
        self.watch_hosts(user, session, false);
    }

    fn wrote(&self, to: UserId, from: UserId, _: &str) {
        lock(&self.wrote).push((to, from));
    }

    fn has_read(&self, user: UserId, from: UserId) {
        lock(&self.wrote).retain(|it| *it != (user, from));
    }

    fn is_inside(&self, user: UserId) -> bool {
        lock(&self.insides).contains(&user)
    }

    fn is_there_for(&self, host: UserId, caller: UserId) -> bool {
        !lock(&self.closed).contains(&(host, caller))
    }
}

/// The ports of a made-up house.
pub fn ports(house: &Arc<House>, encode: Arc<dyn Encode>) -> Ports {
    let ice = IceConfig {
        stun_urls: vec!["stun:relay.test:3478".into()],
        turn_urls: vec!["turn:relay.test:3478?transport=udp".into()],
        turns_urls: Vec::new(),
        ttl: Millis::from_mins(60),
        relay_only: false,
    };
    let relay = RelayDesk::new(ice, Some(Arc::new(RelayNote(house.clone()))));
    Ports {
        book: CallBook::new(relay.clone(), house.clone()),
        identify: house.clone(),
        admit: house.clone(),
        attendance: house.clone(),
        conversations: house.clone(),
        paid: house.clone(),
        log: house.clone(),
        witness: house.clone(),
        memory: house.clone(),
        notices: house.clone(),
        encode,
        relay,
    }
}

/// What a socket was told.
#[derive(Clone, Debug)]
pub enum Said {
    /// A greeting.
    Welcome(Box<Greeting>),
    /// An event with its number.
    Event(Option<u64>, Arc<Encoded>),
    /// An answer.
    Answer(Option<String>, Result<Answer, Trouble>),
    /// A notice.
    Notice(Notice),
    /// The end.
    Close(Bye),
}

/// A socket that notes what it is told.
#[derive(Clone, Default)]
pub struct Ear {
    said: Arc<Mutex<Vec<Said>>>,
    full: Arc<std::sync::atomic::AtomicBool>,
}

impl Ear {
    /// Everything said since the last time.
    pub fn take(&self) -> Vec<Said> {
        std::mem::take(&mut *lock(&self.said))
    }

    /// Puts back what is for later.
    pub fn put_back(&self, said: Said) {
        lock(&self.said).push(said);
    }

    /// From now on it does not read.
    pub fn plug(&self) {
        self.full.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    fn note(&self, said: Said) -> Sent {
        if self.full.load(std::sync::atomic::Ordering::SeqCst) {
            return Sent::Slow;
        }
        lock(&self.said).push(said);
        Sent::Taken
    }
}

impl Link for Ear {
    fn address(&self) -> Option<std::net::IpAddr> {
        Some([192, 0, 2, 7].into())
    }

    fn welcome(&self, welcome: Greeting) -> Sent {
        self.note(Said::Welcome(Box::new(welcome)))
    }

    fn event(&self, event: &Arc<Encoded>, seq: Option<u64>, _: Timestamp) -> Sent {
        self.note(Said::Event(seq, event.clone()))
    }

    fn answer(&self, id: Option<String>, answer: Result<Answer, Trouble>, _: Timestamp) -> Sent {
        self.note(Said::Answer(id, answer))
    }

    fn notice(&self, notice: Notice, _: Timestamp) -> Sent {
        self.note(Said::Notice(notice))
    }

    fn close(&self, why: Bye) {
        lock(&self.said).push(Said::Close(why));
    }
}
