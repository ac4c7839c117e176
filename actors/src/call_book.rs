//! The book of live calls: what each moves through the relay, person by person, and by which way
//! people reach each other.
//!
//! Rooms say when a call begins and ends, who sits in it, and what browsers report; once a second a
//! round asks the relay what was moved since. Sums are written lazily while a call lives, so that a
//! killed server keeps all but its last seconds, and durably when it ends. Nothing here is on the
//! way of a packet or a signal. Must never hold more than the rooms that people are in.
//!
//! It also keeps the log of calls (R302): one line, of target `call`, when one begins, ends, or does
//! not come about although two people sit in its room. Ids only.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use parlor_domain::{
    call::traffic::{CallTraffic, Path},
    id::{CallId, MeetingId, PeerId, RoomId, UserId},
    time::{Millis, Timestamp},
};

use crate::{
    clock::Clock,
    ports::{NotNoted, PortFuture},
    registry::lock,
    relay_desk::RelayDesk,
};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(1);
/// Between two lazy writes of one call's sums: what a crash may cost.
const KEEP_EVERY: Millis = Millis::from_secs(5);
/// After a call's end its packets may still arrive for so long; the relay promises a second.
const LAST_PACKETS: Millis = Millis(1_500);
/// Seats remembered per call; who comes later is counted as nobody known.
const SEATS_MAX: usize = 512;
/// Ended calls that may wait for the store.
const ENDING_MAX: usize = 4_096;

/// Two people in a room whose media do not reach each other within this have a call that failed.
/// Longer than a browser takes to try every way, the relay's last one included.
const CONNECT_WITHIN: Millis = Millis::from_secs(30);
/// Rooms whose people may be waited for.
const HOPED_MAX: usize = 4_096;

/// Upper bounds of call lengths in the statistics, in seconds (R301).
pub const LENGTH_BOUNDS_S: [i64; 5] = [60, 300, 900, 1_800, 3_600];

/// Where sums are kept. Implemented by the services over the store.
pub trait CallKeep: Send + Sync {
    /// What a call had moved when it was last written. A point read.
    fn traffic(&self, call: CallId) -> CallTraffic;
    /// Writes lazily.
    fn keep(&self, call: CallId, traffic: &CallTraffic);
    /// Writes durably, for the last time.
    fn close(&self, call: CallId, traffic: CallTraffic) -> PortFuture<Result<(), NotNoted>>;
}

/// A call that begins, or goes on after a restart.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The call.
    pub call: CallId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// When it began.
    pub at: Timestamp,
    /// Who sits in the room.
    pub seats: Vec<(PeerId, UserId)>,
    /// It began now; else a restart interrupted it.
    pub fresh: bool,
}

/// A live call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCall {
    /// The call.
    pub call: CallId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// When it began.
    pub started_at: Timestamp,
    /// What it moved up to the last round.
    pub traffic: CallTraffic,
}

/// Sums over all calls of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallTotals {
    /// Calls that live now.
    pub live: u64,
    /// Calls that began.
    pub started: u64,
    /// Calls that ended.
    pub ended: u64,
    /// Calls that did not come about: two people were in a room, and their media did not connect.
    pub failed: u64,
    /// Time with two or more connected, of calls that ended.
    pub connected: Millis,
    /// Calls that ended, by their way: unknown, direct, relay.
    pub by_path: [u64; 3],
    /// Calls that ended, by length: up to each of [`LENGTH_BOUNDS_S`] (not summed up), then longer.
    pub by_length: [u64; LENGTH_BOUNDS_S.len() + 1],
    /// From the first pair to the end, of calls that ended.
    pub length: Millis,
}

struct Entry {
    live: LiveCall,
    seats: BTreeMap<PeerId, UserId>,
    kept_at: Timestamp,
    changed: bool,
}

struct Ending {
    room: RoomId,
    entry: Entry,
    due: Timestamp,
}

/// Two or more are in a room without a call.
struct Hope {
    meeting: MeetingId,
    since: Timestamp,
    given_up: bool,
}

#[derive(Default)]
struct State {
    calls: HashMap<RoomId, Entry>,
    hoped: HashMap<RoomId, Hope>,
    ending: Vec<Ending>,
    totals: CallTotals,
}

/// The book. A cheap handle; clones share it.
#[derive(Clone)]
pub struct CallBook(Arc<Inner>);

struct Inner {
    desk: RelayDesk,
    keep: Arc<dyn CallKeep>,
    state: Mutex<State>,
}

impl CallBook {
    /// A book that asks this relay and writes there.
    pub fn new(desk: RelayDesk, keep: Arc<dyn CallKeep>) -> Self {
        Self(Arc::new(Inner {
            desk,
            keep,
            state: Mutex::default(),
        }))
    }

    /// Opens the books of a call; does nothing for one that is open.
    pub fn begin(&self, room: RoomId, it: Beginning) {
        let mut state = lock(&self.0.state);
        if let Some(entry) = state.calls.get(&room)
            && entry.live.call == it.call
        {
            return;
        }
        // What an earlier call of this room still has to its name is not this one's.
        let State { calls, ending, .. } = &mut *state;
        let earlier = calls.get_mut(&room).into_iter();
        let ended = ending.iter_mut().filter(|ending| ending.room == room);
        if let Some(entry) = earlier.chain(ended.map(|ending| &mut ending.entry)).last() {
            self.collect(room, entry);
        }
        let traffic = match it.fresh {
            true => CallTraffic::default(),
            false => self.0.keep.traffic(it.call),
        };
        state.totals.started += u64::from(it.fresh);
        state.hoped.remove(&room);
        if it.fresh {
            log_start(room, &it);
        }
        let entry = Entry {
            live: LiveCall {
                call: it.call,
                meeting: it.meeting,
                started_at: it.at,
                traffic,
            },
            seats: it.seats.into_iter().take(SEATS_MAX).collect(),
            kept_at: it.at,
            changed: false,
        };
        if let Some(entry) = state.calls.insert(room, entry) {
            // Two calls at once cannot be; the one that was never ended ends with the other's start.
            push_ending(&mut state.ending, room, entry, it.at);
        }
    }

    /// So many are in a room and have a line to us: two of them want a call.
    pub fn present(&self, room: RoomId, meeting: MeetingId, people: usize, now: Timestamp) {
        let mut state = lock(&self.0.state);
        if people < 2 || state.calls.contains_key(&room) {
            state.hoped.remove(&room);
        } else if state.hoped.len() < HOPED_MAX {
            state.hoped.entry(room).or_insert(Hope {
                meeting,
                since: now,
                given_up: false,
            });
        }
    }

    /// Somebody got a seat, and with it credentials of the relay.
    pub fn seat(&self, room: RoomId, peer: PeerId, user: UserId) {
        if let Some(entry) = lock(&self.0.state).calls.get_mut(&room)
            && entry.seats.len() < SEATS_MAX
        {
            entry.seats.insert(peer, user);
        }
    }

    /// Somebody's browser says by which way media reaches it.
    pub fn reached(&self, room: RoomId, user: UserId, relayed: bool) {
        if let Some(entry) = lock(&self.0.state).calls.get_mut(&room) {
            entry.live.traffic.reached(user, relayed);
            entry.changed = true;
        }
    }

    /// A call is over: its last packets are awaited, then the books are closed.
    pub fn end(
        &self,
        room: RoomId,
        call: CallId,
        at: Timestamp,
        connected: Millis,
        now: Timestamp,
    ) {
        let mut state = lock(&self.0.state);
        if state.calls.get(&room).is_none_or(|it| it.live.call != call) {
            return;
        }
        let Some(entry) = state.calls.remove(&room) else {
            return;
        };
        let length = at.since(entry.live.started_at);
        log_end(room, &entry.live, length, connected);
        let totals = &mut state.totals;
        totals.ended += 1;
        totals.connected.0 += connected.0;
        totals.length.0 += length.0;
        let bound = LENGTH_BOUNDS_S
            .iter()
            .position(|s| length <= Millis::from_secs(*s));
        totals.by_length[bound.unwrap_or(LENGTH_BOUNDS_S.len())] += 1;
        totals.by_path[match entry.live.traffic.path() {
            Path::Unknown => 0,
            Path::Direct => 1,
            Path::Relay => 2,
        }] += 1;
        push_ending(&mut state.ending, room, entry, now + LAST_PACKETS);
    }

    /// The live calls, those that ended within the last moment left out.
    pub fn live(&self) -> Vec<LiveCall> {
        let mut calls: Vec<_> = lock(&self.0.state)
            .calls
            .values()
            .map(|entry| entry.live.clone())
            .collect();
        calls.sort_by_key(|call| (call.started_at, call.call));
        calls
    }

    /// What a call moved up to the last round, as long as its books are open.
    pub fn traffic(&self, call: CallId) -> Option<CallTraffic> {
        let state = lock(&self.0.state);
        let ending = state.ending.iter().map(|ending| &ending.entry);
        let mut open = state.calls.values().chain(ending);
        open.find(|entry| entry.live.call == call)
            .map(|entry| entry.live.traffic.clone())
    }

    /// Sums over all calls.
    pub fn totals(&self) -> CallTotals {
        let state = lock(&self.0.state);
        CallTotals {
            live: state.calls.len() as u64,
            ..state.totals
        }
    }

    /// Goes round for as long as the runtime lives.
    pub async fn run(self, clock: Arc<dyn Clock>) {
        let mut tick = tokio::time::interval(ROUND);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tick.tick().await;
            self.round(clock.now()).await;
        }
    }

    /// Asks the relay about every open call, and writes what is due.
    pub async fn round(&self, now: Timestamp) {
        self.give_up(now);
        for mut ending in self.collect_all(now) {
            let traffic = ending.entry.live.traffic.clone();
            let closed = self.0.keep.close(ending.entry.live.call, traffic).await;
            if closed.is_err() {
                ending.due = now + KEEP_EVERY;
                let mut state = lock(&self.0.state);
                if state.ending.len() < ENDING_MAX {
                    state.ending.push(ending);
                } else {
                    tracing::error!("a call's last sums are lost: the store refuses them");
                }
            }
        }
    }

    /// Counts the calls that did not come about.
    fn give_up(&self, now: Timestamp) {
        let mut state = lock(&self.0.state);
        let State { hoped, totals, .. } = &mut *state;
        let late = |it: &Hope| !it.given_up && now.since(it.since) >= CONNECT_WITHIN;
        for (room, hope) in hoped.iter_mut().filter(|(_, it)| late(it)) {
            hope.given_up = true;
            totals.failed += 1;
            tracing::warn!(
                target: "call",
                %room,
                meeting = %hope.meeting,
                "call failed: two people are in the room, and their media did not connect"
            );
        }
    }

    /// Writes all open books now: the server stops.
    pub fn flush(&self) {
        let mut state = lock(&self.0.state);
        let State { calls, ending, .. } = &mut *state;
        let ending = ending.iter_mut().map(|it| (it.room, &mut it.entry));
        for (room, entry) in calls.iter_mut().map(|(room, it)| (*room, it)).chain(ending) {
            self.collect(room, entry);
            self.0.keep.keep(entry.live.call, &entry.live.traffic);
        }
    }

    /// Collects for every open call; gives those whose books can be closed.
    fn collect_all(&self, now: Timestamp) -> Vec<Ending> {
        let mut state = lock(&self.0.state);
        let State { calls, ending, .. } = &mut *state;
        // The ended first: what they moved is theirs, also when the room has a new call.
        for it in ending.iter_mut().filter(|it| !calls.contains_key(&it.room)) {
            self.collect(it.room, &mut it.entry);
        }
        for (room, entry) in calls {
            self.collect(*room, entry);
            if entry.changed && now.since(entry.kept_at) >= KEEP_EVERY {
                self.0.keep.keep(entry.live.call, &entry.live.traffic);
                entry.kept_at = now;
                entry.changed = false;
            }
        }
        let (due, later) = std::mem::take(ending)
            .into_iter()
            .partition(|it| it.due <= now);
        *ending = later;
        due
    }

    fn collect(&self, room: RoomId, entry: &mut Entry) {
        for (peer, used) in self.0.desk.collect(room) {
            let user = peer.and_then(|peer| entry.seats.get(&peer).copied());
            entry.live.traffic.add(user, used);
            entry.changed = true;
        }
    }
}

fn log_start(room: RoomId, it: &Beginning) {
    let users: Vec<_> = it.seats.iter().map(|(_, user)| user.to_string()).collect();
    tracing::info!(
        target: "call",
        call = %it.call,
        meeting = %it.meeting,
        %room,
        users = users.join(" "),
        "call started"
    );
}

fn log_end(room: RoomId, live: &LiveCall, length: Millis, connected: Millis) {
    tracing::info!(
        target: "call",
        call = %live.call,
        meeting = %live.meeting,
        %room,
        length_s = length.0 / 1_000,
        connected_s = connected.0 / 1_000,
        way = match live.traffic.path() {
            Path::Unknown => "unknown",
            Path::Direct => "direct",
            Path::Relay => "relay",
        },
        "call ended"
    );
}

fn push_ending(ending: &mut Vec<Ending>, room: RoomId, entry: Entry, due: Timestamp) {
    ending.push(Ending { room, entry, due });
}

#[cfg(test)]
mod tests {
    use parlor_domain::call::traffic::{Flow, Used};
    use uuid::Uuid;

    use super::*;
    use crate::testing::{self, CLIENT, HOST, House, NoWords, ROOM, START, user};

    const CALL: CallId = CallId(Uuid::from_u128(7));

    fn peer(n: u128) -> PeerId {
        PeerId(Uuid::from_u128(n))
    }

    fn at(seconds: i64) -> Timestamp {
        START + Millis::from_secs(seconds)
    }

    fn begin(book: &CallBook, call: CallId, fresh: bool) {
        let beginning = Beginning {
            call,
            meeting: MeetingId(Uuid::from_u128(8)),
            at: at(0),
            seats: vec![(peer(1), user(HOST))],
            fresh,
        };
        book.begin(ROOM, beginning);
    }

    /// What the relay will say next: this peer sent so many bytes.
    fn moved(house: &House, peer: PeerId, bytes: u64) {
        let used = Used {
            up: Flow { packets: 1, bytes },
            ..Used::default()
        };
        lock(&house.moved).push((peer.to_string(), used));
    }

    fn up(traffic: &CallTraffic, n: u128) -> u64 {
        let share = traffic.people.get(&Some(user(n)));
        share.map_or(0, |share| share.used.up.bytes)
    }

    fn world() -> (Arc<House>, CallBook) {
        let house = Arc::<House>::default();
        let book = testing::ports(&house, Arc::new(NoWords)).book;
        (house, book)
    }

    #[actix::test]
    async fn each_persons_sums_grow_live_are_written_and_are_final_at_the_end() {
        let (house, book) = world();
        begin(&book, CALL, true);
        moved(&house, peer(1), 100);
        book.seat(ROOM, peer(2), user(CLIENT));
        moved(&house, peer(2), 30);
        moved(&house, peer(99), 4);
        book.round(at(1)).await;
        let live = book.traffic(CALL).unwrap();
        assert_eq!((up(&live, HOST), up(&live, CLIENT)), (100, 30));
        assert_eq!(live.people[&None].used.up.bytes, 4, "nobody known");
        assert!(lock(&house.traffic).is_empty(), "not every second");
        book.round(at(5)).await;
        assert_eq!(lock(&house.traffic)[&CALL], live);

        book.reached(ROOM, user(HOST), true);
        book.end(ROOM, CALL, at(90), Millis::from_secs(80), at(90));
        moved(&house, peer(1), 11);
        book.round(at(91)).await;
        assert!(book.live().is_empty());
        book.round(at(92)).await;
        assert_eq!(book.traffic(CALL), None, "the books are closed");
        assert_eq!(up(&lock(&house.traffic)[&CALL], HOST), 111);
        let totals = book.totals();
        assert_eq!((totals.started, totals.ended, totals.live), (1, 1, 0));
        assert_eq!(
            (totals.by_path, totals.by_length),
            ([0, 0, 1], [0, 1, 0, 0, 0, 0])
        );
        assert_eq!(totals.connected, Millis::from_secs(80));
    }

    #[actix::test]
    async fn a_call_that_a_restart_interrupted_goes_on_from_what_was_written() {
        let (house, book) = world();
        begin(&book, CALL, true);
        moved(&house, peer(1), 100);
        book.round(at(5)).await;
        // The server is killed: the next one knows what was written, and its relay starts at zero.
        let book = testing::ports(&house, Arc::new(NoWords)).book;
        begin(&book, CALL, false);
        moved(&house, peer(1), 7);
        book.round(at(9)).await;
        assert_eq!(up(&book.traffic(CALL).unwrap(), HOST), 107);
        begin(&book, CALL, false);
        assert_eq!(up(&book.traffic(CALL).unwrap(), HOST), 107, "opened once");
        assert_eq!(book.totals().started, 0, "it began in an earlier life");
    }

    #[actix::test]
    async fn a_call_that_does_not_come_about_is_counted_once() {
        let (_, book) = world();
        let meeting = MeetingId(Uuid::from_u128(8));
        let failed = async |seconds: i64| {
            book.round(at(seconds)).await;
            book.totals().failed
        };
        book.present(ROOM, meeting, 1, at(0));
        assert_eq!(failed(60).await, 0, "one person waits for another");
        book.present(ROOM, meeting, 2, at(60));
        book.present(ROOM, meeting, 3, at(70));
        assert_eq!(failed(89).await, 0, "they may still find each other");
        assert_eq!(failed(90).await, 1);
        assert_eq!(failed(200).await, 1, "the same try");
        book.present(ROOM, meeting, 1, at(200));
        book.present(ROOM, meeting, 2, at(201));
        begin(&book, CALL, true);
        assert_eq!(failed(300).await, 1, "media connected");
        book.present(ROOM, meeting, 2, at(301));
        assert_eq!(failed(400).await, 1, "the call goes on");
    }

    #[actix::test]
    async fn a_rooms_next_call_does_not_pay_for_the_last() {
        let (house, book) = world();
        begin(&book, CALL, true);
        book.end(ROOM, CALL, at(1), Millis::ZERO, at(1));
        moved(&house, peer(1), 50);
        let next = CallId(Uuid::from_u128(9));
        begin(&book, next, true);
        moved(&house, peer(1), 3);
        book.round(at(3)).await;
        assert_eq!(up(&lock(&house.traffic)[&CALL], HOST), 50);
        assert_eq!(up(&book.traffic(next).unwrap(), HOST), 3);
    }
}
