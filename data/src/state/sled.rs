//! The state on disk: one sled tree, read by everybody, written by the committer alone.
//!
//! One tree, and not one per table: a batch of one tree is applied in one step without a retried
//! closure, there is no bound on the number of tables, and the number of the last batch lives
//! beside the rows. sled is never asked to be durable: its flush is not power-loss safe (0.34.7
//! uses sync_file_range), and the journal makes it unnecessary.
//!
//! sled can panic on damaged files, when opening and later. No panic of it leaves this module: a
//! panic makes the state broken, which every later read says, and the next start rebuilds it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, OnceLock, PoisonError, RwLock},
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
    broken: OnceLock<Arc<str>>,
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
            broken: OnceLock::new(),
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
        ReadError::Broken(Arc::clone(self.broken.get_or_init(|| why.into())))
    }

    /// Whether the engine has failed.
    pub fn is_broken(&self) -> bool {
        self.broken.get().is_some()
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
        self.broken
            .get()
            .map_or(Ok(()), |why| Err(ReadError::Broken(Arc::clone(why))))
    }

    fn with<T>(&self, read: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, ReadError> {
        self.check()?;
        let guard = self.db.read().unwrap_or_else(PoisonError::into_inner);
        let db = guard.as_ref().ok_or(ReadError::Closed)?;
        self.guarded(|| read(db))
    }

    fn guarded<T>(&self, act: impl FnOnce() -> sled::Result<T>) -> Result<T, ReadError> {
        let why = match catch_unwind(AssertUnwindSafe(act)) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(cause)) => cause.to_string(),
            Err(panic) => super::words_of(&*panic),
        };
        Err(self.fail(&why))
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
