//! The state on disk: one sled tree, read by everybody, written by the committer alone.
//!
//! One tree, and not one per table: a batch of one tree is applied in one step without a retried
//! closure, there is no bound on the number of tables, and the number of the last batch lives
//! beside the rows. sled is never asked to be durable: its flush is not power-loss safe (0.34.7
//! uses sync_file_range), and the journal makes it unnecessary.
//!
//! sled can panic on damaged files, when opening and later. No panic of it leaves this module: a
//! panic makes the state broken, which every later read says, and the next start rebuilds it. When
//! the disk refused, the committer makes it again as soon as the disk accepts.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;

use super::{Bounds, KeyValue, Lookup, Meta, Rows};
use crate::{digest::Digest, error::ReadError};

/// The engine's own row; tags of tables begin above 0.
const META_KEY: [u8; 1] = [0];
/// Rows begin here.
const FIRST_ROW: [u8; 1] = [1];

/// All rows, and the number and digest of the last batch.
pub struct SledState {
    /// Readers share it; the committer has it alone while a group goes in, so that a scan never
    /// sees half of one. `None` after closing.
    db: RwLock<Option<sled::Db>>,
    failed: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

/// Why nothing can be read or applied.
#[derive(Clone)]
struct Failure {
    why: Arc<str>,
    /// The disk refused; the engine itself is sound.
    by_disk: bool,
}

impl SledState {
    /// Opens or creates the folder. May panic on damaged files: call it where that is caught.
    pub fn open(path: &Path, cache_bytes: u64) -> Result<Self, String> {
        let db = sled::Config::new()
            .path(path)
            .cache_capacity(cache_bytes)
            .flush_every_ms(Some(1_000))
            .open()
            .map_err(|cause| cause.to_string())?;
        Ok(Self {
            db: RwLock::new(Some(db)),
            failed: AtomicBool::new(false),
            failure: Mutex::new(None),
        })
    }

    /// The number and digest of the last batch; `None` if the state was never completed.
    pub fn meta(&self) -> Result<Option<Meta>, ReadError> {
        self.with(|db| Ok(db.get(META_KEY)?.and_then(|bytes| Meta::decode(&bytes))))
    }

    /// Adds up all rows, to compare with what [`meta`](Self::meta) claims.
    pub fn digest(&self) -> Result<Digest, ReadError> {
        self.with(|db| {
            let mut digest = Digest::default();
            for row in db.range(FIRST_ROW..) {
                let (key, value) = row?;
                digest.replace(&key, None, Some(&value));
            }
            Ok(digest)
        })
    }

    /// Applies the changes and the number of the last batch in one step. Each key at most once.
    pub fn apply<'a>(
        &self,
        changes: impl Iterator<Item = (&'a Bytes, Option<&'a Bytes>)>,
        meta: Option<Meta>,
    ) -> Result<(), ReadError> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(&key[..], &value[..]),
                None => batch.remove(&key[..]),
            }
        }
        if let Some(meta) = meta {
            batch.insert(&META_KEY, &meta.encode());
        }
        self.check()?;
        let guard = self.db.write().unwrap_or_else(PoisonError::into_inner);
        let db = guard.as_ref().ok_or(ReadError::Closed)?;
        self.guarded(|| db.apply_batch(batch))
    }

    /// From now on nothing can be read or applied. The first reason stays.
    pub fn fail(&self, why: &str) -> ReadError {
        self.fail_by(why, false)
    }

    fn fail_by(&self, why: &str, by_disk: bool) -> ReadError {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let first = failure.get_or_insert_with(|| Failure {
            why: why.into(),
            by_disk,
        });
        self.failed.store(true, Ordering::Release);
        ReadError::Broken(Arc::clone(&first.why))
    }

    /// Whether the engine has failed.
    pub fn is_broken(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Whether it has failed because the disk refused: then it can be made again where it is, once
    /// the disk accepts.
    pub fn is_broken_by_disk(&self) -> bool {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().is_some_and(|failure| failure.by_disk)
    }

    /// Writes out what is in memory: whether the engine can write at all is known only then. Blocks.
    pub fn flush(&self) -> Result<(), ReadError> {
        self.with(|db| db.flush().map(drop))
    }

    /// Lets go of a failed engine's files, so that they can be opened again.
    pub fn let_go(&self) {
        self.fail_by("it is being made again", true);
        let db = self
            .db
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // What it says at its end does not matter any more.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(db)));
    }

    /// Goes on with an engine that was made from the same batches.
    pub fn replace(&self, other: Self) {
        let made = other
            .db
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        *self.db.write().unwrap_or_else(PoisonError::into_inner) = made;
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        *failure = None;
        self.failed.store(false, Ordering::Release);
    }

    /// Writes out what is in memory and closes. Says whether nothing went wrong.
    pub fn close(&self) -> bool {
        let db = self
            .db
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(db) = db else {
            return true;
        };
        // The flush blocks, which the closing thread may.
        self.guarded(move || db.flush().map(drop)).is_ok()
    }

    fn check(&self) -> Result<(), ReadError> {
        if !self.failed.load(Ordering::Acquire) {
            return Ok(());
        }
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure
            .as_ref()
            .map_or(Ok(()), |it| Err(ReadError::Broken(Arc::clone(&it.why))))
    }

    fn with<T>(&self, read: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, ReadError> {
        self.check()?;
        let guard = self.db.read().unwrap_or_else(PoisonError::into_inner);
        let db = guard.as_ref().ok_or(ReadError::Closed)?;
        self.guarded(|| read(db))
    }

    fn guarded<T>(&self, act: impl FnOnce() -> sled::Result<T>) -> Result<T, ReadError> {
        let (why, by_disk) = match catch_unwind(AssertUnwindSafe(act)) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(cause)) => (cause.to_string(), matches!(cause, sled::Error::Io(_))),
            Err(panic) => (super::words_of(&*panic), false),
        };
        Err(self.fail_by(&why, by_disk))
    }
}

impl Lookup for SledState {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        self.with(|db| Ok(db.get(key)?.map(|value| Bytes::copy_from_slice(&value))))
    }
}

impl Rows for SledState {
    fn scan(
        &self,
        bounds: Bounds,
        reversed: bool,
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        self.with(|db| {
            let range = db.range(bounds);
            let row = |row: sled::Result<(sled::IVec, sled::IVec)>| {
                let (key, value) = row?;
                Ok((Bytes::copy_from_slice(&key), Bytes::copy_from_slice(&value)))
            };
            if reversed {
                range.rev().take(limit).map(row).collect()
            } else {
                range.take(limit).map(row).collect()
            }
        })
    }
}
