//! The door: open, read, write. A [`Store`] is a cheap handle; clones share one store.

use std::{path::Path, sync::Arc};

use bytes::Bytes;

use crate::{
    batch::{Batch, LazyBatch, tagged},
    error::{OpenError, ReadError, WriteError},
    range::KeyRange,
    state::{Rows, memory::Memory},
    tables::Table,
};

/// Most rows that one scan gives.
pub const SCAN_ROWS_MAX: usize = 10_000;

/// The number of a committed batch; rises by one with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitSeq(pub u64);

/// Settings of a store on disk.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {}

/// An opened store, and what had to be done to open it.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What was found and repaired.
    pub report: RecoveryReport,
}

/// What was found and repaired while opening.
#[derive(Debug, Clone, Default)]
pub struct RecoveryReport {}

/// Everything that outlives the process. Clones share it.
#[derive(Clone)]
pub struct Store {
    twin: Arc<Memory>,
}

impl Store {
    /// Opens or creates the store in this folder.
    ///
    /// # Errors
    /// When another process holds it, the disk refuses, or data is damaged beyond what snapshot and
    /// journal can rebuild; the text says what to do.
    pub fn open(_dir: &Path, _options: StoreOptions) -> Result<Opened, OpenError> {
        Ok(Opened {
            store: Self::in_memory(),
            report: RecoveryReport::default(),
        })
    }

    /// The twin in memory: same behaviour, nothing outlives it.
    pub fn in_memory() -> Store {
        Store {
            twin: Arc::default(),
        }
    }

    /// One row, as last committed.
    pub fn get(&self, table: Table, key: impl AsRef<[u8]>) -> Result<Option<Bytes>, ReadError> {
        self.twin.get(&tagged(table, key.as_ref()))
    }

    /// At most `limit` rows of one moment: never half a batch. Fewer than `limit` means the end was
    /// reached; go on with [`KeyRange::after`] the last key.
    pub fn scan(
        &self,
        table: Table,
        range: KeyRange,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, ReadError> {
        if limit > SCAN_ROWS_MAX {
            return Err(ReadError::LimitTooHigh(limit));
        }
        let Some(bounds) = range.tagged(table) else {
            return Ok(Vec::new());
        };
        let mut rows = self.twin.scan(bounds, range.reversed, limit)?;
        for (key, _) in &mut rows {
            *key = key.slice(1..);
        }
        Ok(rows)
    }

    /// Writes durably: when this returns, the batch survives kill -9 and loss of power, and every
    /// later read sees it. Dropping the future does not take the batch back.
    pub async fn write(&self, batch: Batch) -> Result<CommitSeq, WriteError> {
        batch.check_size()?;
        self.twin
            .write(&batch.preconditions, batch.changes)
            .map(CommitSeq)
    }

    /// Like [`write`](Self::write), for threads that are not in an async runtime.
    pub fn write_blocking(&self, batch: Batch) -> Result<CommitSeq, WriteError> {
        batch.check_size()?;
        self.twin
            .write(&batch.preconditions, batch.changes)
            .map(CommitSeq)
    }

    /// Writes without waiting: visible and on disk within half a second, unless the machine stops
    /// before.
    pub fn write_lazy(&self, batch: LazyBatch) -> Result<(), WriteError> {
        batch.check_size()?;
        self.twin.write(&[], batch.changes).map(drop)
    }

    /// The number of the last committed batch.
    pub fn seq(&self) -> CommitSeq {
        CommitSeq(self.twin.seq())
    }

    /// Stops taking writes, commits what is queued, and closes. Call it once, at the end.
    pub fn close(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_on_where_the_last_ended() {
        let store = Store::in_memory();
        for n in 0..10_u8 {
            store
                .write_blocking(Batch::new().put(Table::Probe, [n], vec![n]))
                .unwrap();
        }
        let page = store
            .scan(Table::Probe, KeyRange::all().reverse(), 4)
            .unwrap();
        assert_eq!(page.last().unwrap().0, [6].as_slice());
        let next = KeyRange::all().reverse().after(&page.last().unwrap().0);
        let page = store.scan(Table::Probe, next, 100).unwrap();
        assert_eq!(page.len(), 6);
        assert_eq!(page[0].1, [5].as_slice());
    }
}
