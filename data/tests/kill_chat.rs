//! kill -9 while several people write in the same conversations: a child sends, as clients that try
//! again do, and reports each message after its acknowledgement; the parent kills it, opens what is
//! left, sends once more what was not acknowledged, and counts: nothing acknowledged may be lost,
//! nothing may be there twice, and the numbers of a conversation have no holes.
//!
//! `ROUNDS=200 cargo test -p parlor-data --test kill_chat`

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod crash;

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    path::Path,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use crash::Random;
use parlor_data::{Store, WriteError, nouns::conversation};
use parlor_domain::{
    conversation::{Change, ClientMsgId, ConversationId, Done, Message, MsgSeq},
    id::{RoomId, UserId},
    time::Timestamp,
};
use uuid::Uuid;

const CHILD: &str = "--kill-chat-child";
const BOOT: &str = "one boot";
const ROOMS: u64 = 3;
const WRITERS: u64 = 6;

fn main() {
    if let Some(dir) = crash::child_folder(CHILD) {
        return child(&dir);
    }
    let Some(rounds) = crash::rounds("kill_chat", 4) else {
        return;
    };
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("kill-chat seed={seed}");
    let tally = parent(rounds, seed);
    println!(
        "RESULT kill-chat rounds={rounds} acked={} retried={} lost={} twice={} holes={}",
        tally.acked, tally.retried, tally.lost, tally.twice, tally.holes
    );
    if tally.lost + tally.twice + tally.holes > 0 || tally.acked == 0 {
        std::process::exit(1);
    }
}

#[derive(Default)]
struct Tally {
    acked: u64,
    retried: u64,
    lost: u64,
    twice: u64,
    holes: u64,
}

fn room(n: u64) -> ConversationId {
    ConversationId::Meeting(RoomId(Uuid::from_u128(u128::from(n) + 1)))
}

fn person(n: u64) -> UserId {
    UserId(Uuid::from_u128(u128::from(n) + 1))
}

/// The `n`th message of a writer has one name for ever, however often it is sent.
fn key(writer: u64, n: u64) -> ClientMsgId {
    ClientMsgId(Uuid::from_u128(u128::from(writer) << 64 | u128::from(n)))
}

/// Sends until it is there, and gives its number: what a client and its conversation do together.
fn send(store: &Store, writer: u64, n: u64) -> MsgSeq {
    let (id, user, key) = (room(n % ROOMS), person(writer), key(writer, n));
    loop {
        if let Some(done) = conversation::done(store, id, user, key).unwrap() {
            return done.seq;
        }
        let head = conversation::load(store, id).unwrap().unwrap_or_default().0;
        let (seq, at) = (head.last.next(), Timestamp(n as i64));
        let message = Message {
            seq,
            sender: user,
            key,
            at,
            text: "x".repeat((n % 300) as usize + 1),
            reply_to: None,
            edited_at: None,
            deleted: false,
            files: vec![],
        };
        let changes = [
            Change::New(message),
            Change::Did(user, key, Done { seq, at }),
        ];
        let (batch, _) = conversation::commit(id, &head, &changes, at).unwrap();
        match store.write_blocking(batch) {
            Ok(_) => return seq,
            // Somebody else took the number: look again.
            Err(WriteError::PreconditionFailed { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

/// Sends until it is killed.
fn child(dir: &Path) {
    let store = Store::open(dir, crash::options(BOOT)).unwrap().store;
    let out = Mutex::new(std::io::stdout());
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, out) = (&store, &out);
            scope.spawn(move || {
                for n in first_unsent(store, writer).. {
                    let seq = send(store, writer, n);
                    let mut report = [0; 24];
                    report[..8].copy_from_slice(&writer.to_be_bytes());
                    report[8..16].copy_from_slice(&n.to_be_bytes());
                    report[16..].copy_from_slice(&seq.0.to_be_bytes());
                    let mut out = out.lock().unwrap();
                    out.write_all(&report).unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

fn first_unsent(store: &Store, writer: u64) -> u64 {
    let there =
        |n| conversation::done(store, room(n % ROOMS), person(writer), key(writer, n)).unwrap();
    (0..).find(|n| there(*n).is_none()).unwrap()
}

fn parent(rounds: u64, seed: u64) -> Tally {
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random(seed);
    let mut tally = Tally::default();
    let mut acked: HashMap<(u64, u64), u64> = HashMap::new();
    for _ in 0..rounds {
        let fresh = live_and_die(dir.path(), &mut random);
        tally.acked += fresh.len() as u64;
        acked.extend(fresh);
        let store = Store::open(dir.path(), crash::options(BOOT)).unwrap().store;
        for writer in 0..WRITERS {
            let n = first_unsent(&store, writer);
            let (first, again) = (send(&store, writer, n), send(&store, writer, n));
            tally.retried += 1;
            tally.twice += u64::from(first != again);
            acked.insert((writer, n), first.0);
        }
        check(&store, &acked, &mut tally);
        store.close();
    }
    tally
}

/// Reads every conversation whole and holds it against what was acknowledged.
fn check(store: &Store, acked: &HashMap<(u64, u64), u64>, tally: &mut Tally) {
    let mut found: BTreeMap<(u64, ClientMsgId), Vec<u64>> = BTreeMap::new();
    for n in 0..ROOMS {
        let mut last = MsgSeq::ZERO;
        loop {
            let page = conversation::after(store, room(n), last, 100).unwrap();
            let Some(end) = page.last().map(|it| it.seq) else {
                break;
            };
            for message in page {
                last = last.next();
                tally.holes += u64::from(message.seq != last);
                let numbers = found.entry((n, message.key)).or_default();
                numbers.push(message.seq.0);
            }
            last = end;
        }
        let head = conversation::load(store, room(n)).unwrap();
        let known = head.map_or(MsgSeq::ZERO, |(head, _)| head.last);
        tally.holes += u64::from(known != last);
    }
    tally.twice += found.values().filter(|it| it.len() > 1).count() as u64;
    for ((writer, n), seq) in acked {
        let there = found.get(&(n % ROOMS, key(*writer, *n)));
        tally.lost += u64::from(!there.is_some_and(|it| it.contains(seq)));
    }
}

/// One child's life: what it reported, as (writer, n) to number.
fn live_and_die(dir: &Path, random: &mut Random) -> Vec<((u64, u64), u64)> {
    let lives = Duration::from_millis(100 + random.below(600));
    let bytes = crash::live_and_die(CHILD, dir, lives);
    let (reports, _) = bytes.as_chunks::<24>();
    let number = |part: &[u8]| u64::from_be_bytes(part.try_into().unwrap());
    reports
        .iter()
        .map(|it| ((number(&it[..8]), number(&it[8..16])), number(&it[16..])))
        .collect()
}
