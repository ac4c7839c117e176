//! The door: open, read, write. A [`Store`] is a cheap handle; clones share one store.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    backup::{BackupError, Told, stream::EntryWriter},
    batch::{Batch, LazyBatch, tagged},
    digest::Digest,
    error::{OpenError, ReadError, WriteError},
    on_disk::OnDisk,
    options::StoreOptions,
    range::KeyRange,
    report::{RecoveryReport, StoreStats},
    seal::{self, KeyId, KeyStatus, ResealError, Resealed},
    snapshot::{SnapshotError, SnapshotInfo},
    state::{Lookup, Rows, memory::Memory},
    tables::Table,
};

/// Most rows that one scan gives.
pub const SCAN_ROWS_MAX: usize = 10_000;

/// The number of a committed batch; rises by one with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitSeq(pub u64);

/// An opened store, and what had to be done to open it.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What was found and repaired.
    pub report: RecoveryReport,
}

/// A batch on its way to the disk.
#[must_use = "nobody knows yet whether the batch was written"]
pub struct Submitted(Answer);

enum Answer {
    Now(Result<CommitSeq, WriteError>),
    Later(oneshot::Receiver<Result<CommitSeq, WriteError>>),
}

impl Submitted {
    /// Blocks until the batch is durable or refused. For threads that are not in an async runtime.
    pub fn wait(self) -> Result<CommitSeq, WriteError> {
        match self.0 {
            Answer::Now(answer) => answer,
            Answer::Later(answer) => answer.blocking_recv().map_err(|_| WriteError::Closed)?,
        }
    }
}

/// Everything that outlives the process. Clones share it; the last one that is dropped closes it.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
}

enum Engine {
    Memory(Memory),
    Disk(OnDisk),
}

impl Store {
    /// Opens or creates the store in this folder. Blocks while it recovers.
    ///
    /// # Errors
    /// When another process holds it, the disk refuses, or data is damaged beyond what snapshot and
    /// journal can rebuild; the text says what to do.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<Opened, OpenError> {
        let (disk, report) = OnDisk::open(dir, options)?;
        let store = Self {
            engine: Arc::new(Engine::Disk(disk)),
        };
        Ok(Opened { store, report })
    }

    /// The twin in memory: same behaviour, nothing outlives it.
    pub fn in_memory() -> Store {
        Store {
            engine: Arc::new(Engine::Memory(Memory::default())),
        }
    }

    /// One row, as last committed.
    pub fn get(&self, table: Table, key: impl AsRef<[u8]>) -> Result<Option<Bytes>, ReadError> {
        let key = tagged(table, key.as_ref());
        match &*self.engine {
            Engine::Memory(memory) => memory.get(&key),
            Engine::Disk(disk) => disk.get(&key),
        }
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
        let mut rows = match &*self.engine {
            Engine::Memory(memory) => memory.scan(bounds, range.reversed, limit)?,
            Engine::Disk(disk) => disk.scan(bounds, range.reversed, limit)?,
        };
        for (key, _) in &mut rows {
            *key = key.slice(1..);
        }
        Ok(rows)
    }

    /// Writes durably: when this returns, the batch survives kill -9 and loss of power, and every
    /// later read sees it. Dropping the future does not take the batch back.
    pub async fn write(&self, batch: Batch) -> Result<CommitSeq, WriteError> {
        match self.submit(batch)?.0 {
            Answer::Now(answer) => answer,
            Answer::Later(answer) => answer.await.map_err(|_| WriteError::Closed)?,
        }
    }

    /// Puts a batch into the queue and does not wait. Batches are committed in the order of these
    /// calls, so that one may be made from what an earlier one will have written: when that one
    /// fails, a precondition on its rows makes this one fail too.
    pub fn submit(&self, batch: Batch) -> Result<Submitted, WriteError> {
        batch.check_size()?;
        Ok(Submitted(match &*self.engine {
            Engine::Memory(memory) => Answer::Now(
                memory
                    .write(&batch.preconditions, batch.changes)
                    .map(CommitSeq),
            ),
            Engine::Disk(disk) => Answer::Later(disk.submit(batch)?),
        }))
    }

    /// Like [`write`](Self::write), for threads that are not in an async runtime (it panics in
    /// one, where it would stop everything else).
    pub fn write_blocking(&self, batch: Batch) -> Result<CommitSeq, WriteError> {
        self.submit(batch)?.wait()
    }

    /// Writes without waiting: visible and on disk within half a second, unless the machine stops
    /// before.
    pub fn write_lazy(&self, batch: LazyBatch) -> Result<(), WriteError> {
        batch.check_size()?;
        match &*self.engine {
            Engine::Memory(memory) => memory.write(&[], batch.changes).map(drop),
            Engine::Disk(disk) => disk.submit_lazy(batch),
        }
    }

    /// The number of the last committed batch; 0 if there never was one.
    pub fn seq(&self) -> CommitSeq {
        CommitSeq(match &*self.engine {
            Engine::Memory(memory) => memory.seq(),
            Engine::Disk(disk) => disk.seq(),
        })
    }

    /// Takes a snapshot now, while writing goes on. Blocks for as long as the disk takes: call it
    /// on a thread that may. One is also taken by itself every
    /// [`snapshot_every`](StoreOptions::snapshot_every).
    pub fn snapshot(&self) -> Result<SnapshotInfo, SnapshotError> {
        match &*self.engine {
            Engine::Memory(_) => Err(SnapshotError::InMemory),
            Engine::Disk(disk) => disk.keeper.take(),
        }
    }

    /// Writes the store's part of a [backup](crate::backup) while writing goes on, and gives the one
    /// batch that it ends with and what all rows add up to then. One at a time, and no snapshot is
    /// taken meanwhile. Blocks for as long as `out` takes.
    ///
    /// # Errors
    /// When `out` or `told` refuses, or the store is being closed.
    pub fn copy_into<W: io::Write>(
        &self,
        out: &mut EntryWriter<W>,
        told: Told<'_>,
    ) -> Result<(CommitSeq, Digest), BackupError> {
        match &*self.engine {
            Engine::Memory(_) => Err(BackupError::Refused("a store in memory has no backups")),
            Engine::Disk(disk) => {
                let meta = disk.keeper.copy_into(out, told)?;
                Ok((CommitSeq(meta.seq), meta.digest))
            }
        }
    }

    /// Reads every row and adds them up: what the rows are, beside what the store says that they
    /// are. Both are equal, unless something is damaged. For a store that nobody writes to.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn add_up(&self) -> Result<(Digest, Digest), ReadError> {
        match &*self.engine {
            Engine::Memory(memory) => {
                let digest = memory.digest()?;
                Ok((digest, digest))
            }
            Engine::Disk(disk) => {
                let said = disk.state.meta()?.unwrap_or_default().digest;
                Ok((disk.state.digest()?, said))
            }
        }
    }

    /// Makes a new key and seals with it from now on; the rows that there are get it from
    /// [`reseal`](Self::reseal). Blocks for two durable writes.
    ///
    /// # Errors
    /// When the key file or the disk refuses.
    pub fn rotate_key(&self) -> Result<KeyId, ResealError> {
        seal::reseal::rotate(self.with_keys()?)
    }

    /// Removes keys that no row needs from the key file; gives their names. Backups that were made
    /// while they were in use cannot be read without them.
    ///
    /// # Errors
    /// When rows need one of them still, or the key file refuses.
    pub fn forget_keys(&self) -> Result<Vec<KeyId>, ResealError> {
        seal::reseal::forget(self.with_keys()?)
    }

    /// The keys and how far the rows are; `None` for a store without keys.
    ///
    /// # Errors
    /// When the key file or the state cannot be read.
    pub fn key_status(&self) -> Result<Option<KeyStatus>, ResealError> {
        match &*self.engine {
            Engine::Memory(_) => Ok(None),
            Engine::Disk(disk) => seal::reseal::status(disk),
        }
    }

    /// Whether rows wait for [`reseal`](Self::reseal).
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn needs_reseal(&self) -> Result<bool, ReadError> {
        match &*self.engine {
            Engine::Memory(_) => Ok(false),
            Engine::Disk(disk) => seal::reseal::is_needed(disk),
        }
    }

    /// Looks at every row, in small batches beside all other work, and seals with the present key what
    /// is not. `go_on` is asked between steps, and may wait. Blocks: call it on a thread that may.
    ///
    /// # Errors
    /// When the state or the disk refuses; a later call goes on.
    pub fn reseal(&self, go_on: &mut dyn FnMut() -> bool) -> Result<Resealed, ResealError> {
        seal::reseal::pass(self.with_keys()?, go_on)
    }

    pub(crate) fn with_keys(&self) -> Result<&OnDisk, ResealError> {
        match &*self.engine {
            Engine::Memory(_) => Err(ResealError::NoKey),
            Engine::Disk(disk) => Ok(disk),
        }
    }

    /// How the store is now, for metrics and the health page.
    pub fn stats(&self) -> StoreStats {
        match &*self.engine {
            Engine::Memory(memory) => StoreStats {
                seq: memory.seq(),
                ..StoreStats::default()
            },
            Engine::Disk(disk) => disk.stats(),
        }
    }

    /// Time since the committer last showed that it lives: a second or less, unless the disk
    /// hangs. The watchdog is fed only while this is short.
    pub fn committer_silence(&self) -> Duration {
        match &*self.engine {
            Engine::Memory(_) => Duration::ZERO,
            Engine::Disk(disk) => disk.silence(),
        }
    }

    /// Commits what is queued, takes nothing more, and closes. Blocks until all of it is on the
    /// disk. Later reads and writes are refused; a second call does nothing.
    pub fn close(&self) {
        if let Engine::Disk(disk) = &*self.engine {
            disk.close();
        }
    }
}
