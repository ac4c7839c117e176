//! The twin: the same store in memory, for tests and demonstrations. Nothing outlives it, nothing
//! waits, and no thread is started.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use bytes::Bytes;

use super::{Bounds, KeyValue, Lookup, Rows, first_broken};
use crate::{
    batch::{Change, Precondition},
    digest::Digest,
    error::{ReadError, WriteError},
    seal::Seals,
};

#[derive(Default)]
struct Inner {
    rows: BTreeMap<Bytes, Bytes>,
    seq: u64,
}

/// All rows, and the number of the last batch. Nothing is sealed: nothing lies anywhere.
#[derive(Default)]
pub struct Memory(RwLock<Inner>, Seals);

impl Memory {
    /// Commits at once.
    pub fn write(
        &self,
        preconditions: &[Precondition],
        changes: Vec<Change>,
    ) -> Result<u64, WriteError> {
        let mut inner = self.lock();
        let broken = first_broken(preconditions, &self.1, |key| {
            Ok(inner.rows.get(key).cloned())
        })
        .map_err(|cause| WriteError::ReadOnly(cause.to_string().into()))?;
        if let Some(index) = broken {
            return Err(WriteError::PreconditionFailed { index });
        }
        let Inner { rows, seq } = &mut *inner;
        for change in changes {
            match change.value {
                Some(value) => rows.insert(change.key, value),
                None => rows.remove(&change.key),
            };
        }
        *seq += 1;
        Ok(*seq)
    }

    /// What all rows add up to.
    pub fn digest(&self) -> Result<Digest, ReadError> {
        let mut digest = Digest::default();
        for (key, value) in &self.read().rows {
            digest.replace(key, None, Some(value));
        }
        Ok(digest)
    }

    /// The number of the last batch.
    pub fn seq(&self) -> u64 {
        self.read().seq
    }

    // A panic between two map operations cannot happen, so a poisoned lock means nothing here.
    fn lock(&self) -> RwLockWriteGuard<'_, Inner> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lookup for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        Ok(self.read().rows.get(key).cloned())
    }
}

impl Rows for Memory {
    fn scan(
        &self,
        (lower, upper): Bounds,
        reversed: bool,
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let inner = self.read();
        let bounds = (
            lower.as_ref().map(Vec::as_slice),
            upper.as_ref().map(Vec::as_slice),
        );
        let range = inner.rows.range::<[u8], _>(bounds);
        let row = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
        Ok(if reversed {
            range.rev().take(limit).map(row).collect()
        } else {
            range.take(limit).map(row).collect()
        })
    }
}
