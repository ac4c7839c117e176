//! What it costs that rows are sealed, that they can be exported, and that attempts are recorded: ROWS=200000
//! messages in a store with a key file and in one without, in one run, and audit records beside plain rows of the
//! same bytes.
//!
//! Sealing is what handing over a batch takes longer with a key than without, opening what reading takes longer;
//! `ring` alone seals and opens as many bytes beside it. Rounds alternate, and of each the best counts, because
//! the disk and other programs come in between.
//!
//! `cargo bench -p parlor-data --bench seals`

#![allow(clippy::unwrap_used)]

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use parlor_data::{
    Batch, KeyRange, Store, StoreOptions, Submitted, Table,
    export::export,
    nouns::{audit, conversation},
};
use parlor_domain::{
    audit::{Action, Attempt, Who},
    conversation::{Change, ClientMsgId, ConversationId, Message, MsgSeq},
    id::UserId,
    identity::Role,
    time::Timestamp,
};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use uuid::Uuid;

/// The shipped program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const MESSAGES_PER_BATCH: u64 = 100;
const PAGE: usize = 500;
/// Records of one batch, as the server's writer makes them.
const RECORDS: usize = audit::RECORDS_PER_BATCH;

struct Place {
    store: Store,
    /// Of every round of filling: handing over all batches.
    handed: Duration,
}

impl Place {
    fn make(dir: &Path, key_file: Option<PathBuf>) -> Self {
        let options = StoreOptions {
            key_file,
            ..StoreOptions::default()
        };
        Self {
            store: Store::open(dir, options).unwrap().store,
            handed: Duration::ZERO,
        }
    }

    fn hand_over(&mut self, batch: Batch) -> Submitted {
        let started = Instant::now();
        let submitted = self.store.submit(batch).unwrap();
        self.handed += started.elapsed();
        submitted
    }

    /// So many messages of one pair, from this number on.
    fn say(&mut self, id: ConversationId, from: u64, count: u64) {
        let head = conversation::load(&self.store, id).unwrap();
        let mut head = head.unwrap_or_default().0;
        for first in (from..from + count).step_by(MESSAGES_PER_BATCH as usize) {
            let last = (first + MESSAGES_PER_BATCH).min(from + count);
            let changes: Vec<_> = (first..last).map(|seq| Change::New(message(seq))).collect();
            let (batch, next) = conversation::commit(id, &head, &changes, Timestamp(0)).unwrap();
            self.hand_over(batch).wait().unwrap();
            head = next;
        }
    }

    /// Reads every message.
    fn read(&self) -> (Duration, u64) {
        let started = Instant::now();
        let (mut count, mut range) = (0, KeyRange::prefix([]));
        loop {
            let rows = self.store.scan(Table::Messages, range, PAGE).unwrap();
            count += rows.len() as u64;
            match rows.last() {
                Some((key, _)) if rows.len() == PAGE => {
                    range = KeyRange::prefix([]).after(key);
                }
                _ => return (started.elapsed(), count),
            }
        }
    }

    fn export(&self, open: bool) -> f64 {
        let started = Instant::now();
        let rows = export(&self.store, open, &mut io::sink(), &mut |_| {}).unwrap();
        rows as f64 / started.elapsed().as_secs_f64()
    }
}

fn message(seq: u64) -> Message {
    Message {
        seq: MsgSeq(seq),
        sender: UserId(Uuid::from_u128(1)),
        key: ClientMsgId(Uuid::from_u128(u128::from(seq))),
        at: Timestamp(1_790_000_000_000 + seq as i64),
        text: format!(
            "Message {seq}: a sentence that people write to each other, with a question behind it, and a word more"
        ),
        reply_to: None,
        edited_at: None,
        deleted: false,
        files: vec![],
    }
}

fn micros(took: Duration, rows: u64) -> f64 {
    took.as_secs_f64() * 1e6 / rows as f64
}

fn best(rounds: &[f64]) -> f64 {
    rounds.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The same cipher on bytes of the size of a row, alone: seal and open.
fn ring_alone(rows: u64) -> (f64, f64) {
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[7; 32]).unwrap());
    let nonce = |n: u64| {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&n.to_le_bytes());
        Nonce::assume_unique_for_key(nonce)
    };
    let plain = message(1).text.into_bytes().repeat(2)[..160].to_vec();
    let started = Instant::now();
    let sealed: Vec<_> = (0..rows)
        .map(|n| {
            let mut row = Vec::with_capacity(plain.len() + CHACHA20_POLY1305.tag_len());
            row.extend_from_slice(&plain);
            key.seal_in_place_append_tag(nonce(n), Aad::empty(), &mut row)
                .unwrap();
            row
        })
        .collect();
    let seal = micros(started.elapsed(), rows);
    let started = Instant::now();
    for (n, mut row) in sealed.into_iter().enumerate() {
        key.open_in_place(nonce(n as u64), Aad::empty(), &mut row)
            .unwrap();
    }
    (seal, micros(started.elapsed(), rows))
}

fn entry(n: u64) -> audit::Entry {
    let at = Timestamp(1_790_000_000_000 + n as i64);
    let user = UserId(Uuid::from_u128(u128::from(n % 1_000)));
    let mut attempt = Attempt::new(Action::Login, at).by(Who::Person(user, Role::Client));
    attempt.address = Some([198, 200, (n >> 8) as u8, n as u8].into());
    audit::Entry {
        attempt,
        until: at,
        times: 1,
        salts: [[n as u8; audit::SALT_BYTES]; 2],
    }
}

/// Making a record, and having it on the disk, in microseconds; then plain rows of the same number and bytes.
fn record(place: &Place, from: u64, count: u64) -> (f64, f64, f64) {
    let (mut made, mut written, mut plain) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut head = audit::head(&place.store).unwrap();
    for first in (from..from + count).step_by(RECORDS) {
        let entries: Vec<_> = (first..first + RECORDS as u64).map(entry).collect();
        let started = Instant::now();
        let (batch, next) = audit::append(&head, &entries).unwrap();
        made += started.elapsed();
        let started = Instant::now();
        place.store.write_blocking(batch).unwrap();
        written += started.elapsed();
        head = next;
        let rows = (first..first + RECORDS as u64).fold(Batch::new(), |batch, n| {
            batch.put(Table::Probe, n.to_be_bytes(), vec![n as u8; 300])
        });
        let started = Instant::now();
        place.store.write_blocking(rows).unwrap();
        plain += started.elapsed();
    }
    (
        micros(made, count),
        micros(written, count),
        micros(plain, count),
    )
}

fn main() {
    let rows: u64 = std::env::var("ROWS").map_or(200_000, |it| it.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let mut sealed = Place::make(
        &dir.path().join("sealed"),
        Some(dir.path().join("key/keys")),
    );
    let mut plain = Place::make(&dir.path().join("plain"), None);
    let share = (rows / ROUNDS as u64).max(1);
    // With a key and without, by round.
    let (mut handed, mut read) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..ROUNDS as u64 {
        let other = UserId(Uuid::from_u128(2 + u128::from(round)));
        let id = ConversationId::pair(UserId(Uuid::from_u128(1)), other).unwrap();
        for (at, place) in [&mut sealed, &mut plain].into_iter().enumerate() {
            place.handed = Duration::ZERO;
            place.say(id, 1, share);
            handed[at].push(micros(place.handed, share));
        }
    }
    for _ in 0..ROUNDS {
        for (at, place) in [&sealed, &plain].into_iter().enumerate() {
            let (took, count) = place.read();
            assert_eq!(count, share * ROUNDS as u64);
            read[at].push(micros(took, count));
        }
    }
    let more = |of: &[Vec<f64>; 2]| best(&of[0]) - best(&of[1]);
    let ring: Vec<_> = (0..ROUNDS).map(|_| ring_alone(share)).collect();
    let ring_seal = best(&ring.iter().map(|it| it.0).collect::<Vec<_>>());
    let ring_open = best(&ring.iter().map(|it| it.1).collect::<Vec<_>>());
    let export_plain = plain.export(false);
    let (export_sealed, export_open) = (sealed.export(false), sealed.export(true));
    let audits: Vec<_> = (0..ROUNDS as u64)
        .map(|round| record(&sealed, round * 6_400, 6_400))
        .collect();
    let of = |pick: fn(&(f64, f64, f64)) -> f64| best(&audits.iter().map(pick).collect::<Vec<_>>());
    let (made, written, probe) = (of(|it| it.0), of(|it| it.1), of(|it| it.2));
    sealed.store.close();
    plain.store.close();
    println!(
        "RESULT bench-seals rows={rows} seal_us={:.2} ring_seal_us={ring_seal:.2} open_us={:.2} ring_open_us={ring_open:.2} \
         export_open_rows_per_s={export_open:.0} export_sealed_rows_per_s={export_sealed:.0} \
         export_plain_rows_per_s={export_plain:.0} export_ratio={:.2} audit_make_us={made:.1} \
         audit_write_us={written:.1} plain_write_us={probe:.1} audit_ratio={:.2}",
        more(&handed),
        more(&read),
        export_open / export_plain,
        (made + written) / probe,
    );
}
