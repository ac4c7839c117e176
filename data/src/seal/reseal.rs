//! A new key, and the pass that seals every row with it while everything goes on.
//!
//! The order makes every cut harmless: the key is in the file before the store has a mark of it, the
//! mark is durable before a row is sealed with it, and the mark of an old key says "needed" until a
//! whole pass has found no row of it. A pass has no state of its own: one that was cut off begins again
//! and finds less to do.

use std::{
    ops::Bound,
    path::PathBuf,
    sync::{MutexGuard, PoisonError, atomic::Ordering::Relaxed},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{
    KeyError, KeyId, Ring, Seals, envelope,
    key_file::{KeyFile, StoredKey},
    marks::{self, Mark},
    tables,
};
use crate::{
    batch::{BATCH_BYTES_MAX, Batch, Change, Expect, Precondition},
    disk,
    error::{ReadError, WriteError},
    on_disk::OnDisk,
    row::RowError,
    state::{KeyValue, Rows},
};

/// Rows that are looked at in one step.
const STEP_ROWS: usize = 256;
/// A batch of a step is closed at this size, in bytes.
const STEP_BYTES: usize = BATCH_BYTES_MAX / 4;

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Rows that were sealed with the present key.
    pub sealed: u64,
    /// Rows that no key opens. They stay as they are, and the keys that they name stay needed.
    pub unreadable: u64,
    /// Whether every row was looked at, and the store says now that no old key is needed.
    pub finished: bool,
}

/// Why a key could not be changed, or a pass not go on.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The state.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A mark.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The store has no keys.
    #[error("the store was opened without a key file; see server.key_file")]
    NoKey,
    /// Rows need the old key still.
    #[error(
        "rows are being sealed with the new key still; try again when `parlor key status` says that it is done"
    )]
    NotYet,
}

/// The keys of a store and how far its rows are, for an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyStatus {
    /// Where the keys lie.
    pub path: PathBuf,
    /// All keys of the file, the one that seals first.
    pub keys: Vec<KeyState>,
    /// Whether every row that should be is sealed with the first.
    pub whole: bool,
    /// Rows that the running pass has looked at, and how many there are; `None` while none runs.
    pub pass: Option<(u64, u64)>,
}

/// One key of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyState {
    /// Its name.
    pub id: String,
    /// When it was made, milliseconds since 1970.
    pub made_ms: i64,
    /// Whether a row of this database may need it.
    pub needed: bool,
    /// Since when none does, milliseconds since 1970: older backups may.
    pub unneeded_ms: Option<u64>,
}

/// Makes a new key and seals with it from now on. The rows that there are need a pass.
pub(crate) fn rotate(disk: &OnDisk) -> Result<KeyId, ResealError> {
    let _one = changing(&disk.seals);
    let mut file = key_file(&disk.seals)?;
    let key = StoredKey::make()?;
    let id = key.id;
    file.add(key)?;
    let mark = Mark {
        since_ms: disk::unix_ms(),
        needed: true,
        ..Mark::default()
    };
    write(disk, mark.put(Batch::new(), id)?)?;
    disk.seals.write(Ring::of(&file));
    // Whatever was sealed with the old key is in the queue before this, and so in the state after it.
    write(disk, mark.put(Batch::new(), id)?)?;
    Ok(id)
}

/// Removes the keys that no row needs from the file; gives those that were removed.
pub(crate) fn forget(disk: &OnDisk) -> Result<Vec<KeyId>, ResealError> {
    let _one = changing(&disk.seals);
    if is_needed(disk)? {
        return Err(ResealError::NotYet);
    }
    let mut file = key_file(&disk.seals)?;
    let needed: Vec<_> = marks::read(&disk.state)?;
    let gone: Vec<_> = file.keys.iter().skip(1).map(|key| key.id).collect();
    file.retain(|_| false)?;
    disk.seals.write(Ring::of(&file));
    let mut batch = Batch::new();
    for (id, _) in needed.iter().filter(|(id, _)| gone.contains(id)) {
        batch = batch.delete(crate::tables::Table::Seals, id.0);
    }
    if !batch.is_empty() {
        write(disk, batch)?;
    }
    Ok(gone)
}

/// Whether a pass is needed: a row may be plain, or sealed with an old key.
pub(crate) fn is_needed(disk: &OnDisk) -> Result<bool, ReadError> {
    let Some(current) = disk.seals.current() else {
        return Ok(false);
    };
    let marks = marks::read(&disk.state)?;
    let whole = |mark: &Mark| mark.whole == tables::fingerprint();
    let of_current = marks.iter().find(|(id, _)| *id == current);
    let others = marks.iter().any(|(id, mark)| *id != current && mark.needed);
    Ok(others || !of_current.is_some_and(|(_, mark)| whole(mark)))
}

/// How things stand; `None` for a store without keys.
pub(crate) fn status(disk: &OnDisk) -> Result<Option<KeyStatus>, ResealError> {
    if disk.seals.current().is_none() {
        return Ok(None);
    }
    let file = key_file(&disk.seals)?;
    let marks = marks::read(&disk.state)?;
    let state = |key: &StoredKey| {
        let mark = marks.iter().find(|(id, _)| *id == key.id).map(|it| &it.1);
        KeyState {
            id: key.id.to_string(),
            made_ms: key.made_ms,
            needed: mark.is_some_and(|mark| mark.needed),
            unneeded_ms: mark.filter(|mark| !mark.needed).map(|mark| mark.done_ms),
        }
    };
    let pass = &disk.seals.pass;
    let running = pass.running.load(Relaxed);
    Ok(Some(KeyStatus {
        keys: file.keys.iter().map(state).collect(),
        path: file.path,
        whole: !is_needed(disk)?,
        pass: running.then(|| (pass.seen.load(Relaxed), pass.of.load(Relaxed))),
    }))
}

/// Looks at every row and seals with the present key what is not. `go_on` is asked between steps; it
/// may wait, so that others come through.
pub(crate) fn pass(
    disk: &OnDisk,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Resealed, ResealError> {
    let Some(target) = disk.seals.current() else {
        return Err(ResealError::NoKey);
    };
    let running = Running::begin(disk)?;
    let mut done = Resealed::default();
    // Tags of tables begin above the engine's own.
    let mut from = Bound::Included(vec![1]);
    loop {
        let rows = disk
            .state
            .scan((from, Bound::Unbounded), false, STEP_ROWS)?;
        let (len, last) = (rows.len(), rows.last().map(|(key, _)| key.to_vec()));
        step(disk, target, rows, &mut done)?;
        running.0.seen.fetch_add(len as u64, Relaxed);
        running.0.sealed.store(done.sealed, Relaxed);
        match last {
            Some(last) if len == STEP_ROWS => from = Bound::Excluded(last),
            _ => break,
        }
        if !go_on() {
            return Ok(done);
        }
    }
    if done.unreadable == 0 {
        done.finished = settle(disk, target)?;
    }
    Ok(done)
}

/// The store says from now on that only this key is needed; `false` when there is a newer one.
fn settle(disk: &OnDisk, target: KeyId) -> Result<bool, ResealError> {
    let _one = changing(&disk.seals);
    if disk.seals.current() != Some(target) {
        return Ok(false);
    }
    let now = disk::unix_ms();
    let mut batch = Batch::new();
    for (id, mark) in marks::read(&disk.state)? {
        let mark = if id == target {
            Mark {
                needed: true,
                whole: tables::fingerprint(),
                done_ms: now,
                ..mark
            }
        } else if mark.needed {
            Mark {
                needed: false,
                done_ms: now,
                ..mark
            }
        } else {
            continue;
        };
        batch = mark.put(batch, id)?;
    }
    write(disk, batch)?;
    Ok(true)
}

/// One row that gets another seal.
struct Stale {
    key: Bytes,
    was: Bytes,
    plain: Bytes,
}

fn step(
    disk: &OnDisk,
    target: KeyId,
    rows: Vec<KeyValue>,
    done: &mut Resealed,
) -> Result<(), ResealError> {
    let (mut stale, mut bytes) = (Vec::new(), 0);
    for (key, was) in rows {
        let sealed = envelope::is_sealed(&was);
        let fine = sealed && envelope::key_of(&was) == target;
        if fine || was.is_empty() || !tables::is_sealed(&key) {
            continue;
        }
        match disk.seals.open(&key, was.clone()) {
            Ok(plain) => {
                bytes += key.len() + was.len();
                stale.push(Stale { key, was, plain });
            }
            Err(cause) => {
                tracing::error!(%cause, "a row cannot be sealed anew");
                done.unreadable += 1;
            }
        }
        if bytes >= STEP_BYTES {
            done.sealed += reseal(disk, std::mem::take(&mut stale))?;
            bytes = 0;
        }
    }
    done.sealed += reseal(disk, stale)?;
    Ok(())
}

/// Writes rows anew that are still what was read; the others were written since, with the present key.
fn reseal(disk: &OnDisk, mut rows: Vec<Stale>) -> Result<u64, ResealError> {
    while !rows.is_empty() {
        let batch = Batch {
            preconditions: rows.iter().map(unchanged).collect(),
            changes: rows.iter().map(change).collect(),
        };
        match disk.submit(batch)?.blocking_recv() {
            Ok(Ok(_)) => return Ok(rows.len() as u64),
            Ok(Err(WriteError::PreconditionFailed { index })) => {
                rows.swap_remove(index);
            }
            Ok(Err(cause)) => return Err(cause.into()),
            Err(_) => return Err(WriteError::Closed.into()),
        }
    }
    Ok(0)
}

fn unchanged(row: &Stale) -> Precondition {
    Precondition {
        key: row.key.clone(),
        expect: Expect::Stored(row.was.clone()),
    }
}

fn change(row: &Stale) -> Change {
    Change {
        key: row.key.clone(),
        value: Some(row.plain.clone()),
    }
}

fn write(disk: &OnDisk, batch: Batch) -> Result<(), ResealError> {
    let answer = disk.submit(batch)?;
    answer.blocking_recv().map_err(|_| WriteError::Closed)??;
    Ok(())
}

fn key_file(seals: &Seals) -> Result<KeyFile, ResealError> {
    let path = seals.path.as_ref().ok_or(ResealError::NoKey)?;
    let current = seals.current().ok_or(ResealError::NoKey)?;
    let file = KeyFile::read(path)?;
    let there = file.is_some();
    let file = file.filter(|file| file.keys.iter().any(|key| key.id == current));
    file.ok_or_else(|| {
        let missing = KeyError::Missing {
            path: path.clone(),
            id: current,
            there,
        };
        missing.into()
    })
}

fn changing(seals: &Seals) -> MutexGuard<'_, ()> {
    seals
        .changing
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

impl Seals {
    /// The key that seals.
    fn current(&self) -> Option<KeyId> {
        let ring = self.read();
        ring.as_ref()?.0.first().map(|key| key.id)
    }
}

/// A pass is shown while this lives.
struct Running<'a>(&'a super::Pass);

impl<'a> Running<'a> {
    fn begin(disk: &'a OnDisk) -> Result<Self, ReadError> {
        let (pass, rows) = (&disk.seals.pass, disk.state.meta()?.unwrap_or_default());
        pass.of.store(rows.digest.rows, Relaxed);
        pass.seen.store(0, Relaxed);
        pass.sealed.store(0, Relaxed);
        pass.running.store(true, Relaxed);
        Ok(Self(pass))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Relaxed);
    }
}
