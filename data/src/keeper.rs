//! Snapshots in time: takes them, keeps the newest few, and says which journal files may go.

use std::{
    fs, io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use crate::{
    backup::{self, BackupError, Told, stream::EntryWriter},
    disk,
    options::StoreOptions,
    queue::Queue,
    recover::Paths,
    shared::Shared,
    snapshot::{self, SnapshotError, SnapshotInfo},
    state::{Meta, sled::SledState},
};

const LOOK_EVERY: Duration = Duration::from_secs(10);
/// After a failure, so that a full disk is not written to without pause.
const RETRY_AFTER: Duration = Duration::from_secs(10 * 60);

/// Owns the folder `snapshot`.
pub struct Keeper {
    paths: Paths,
    options: StoreOptions,
    state: Arc<SledState>,
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    opened: Instant,
    /// Held while rows are copied, so that there is one copy at a time and no journal file goes.
    copying: Mutex<()>,
    /// The newest snapshot; never held for long.
    newest: Mutex<Option<SnapshotInfo>>,
    ending: Mutex<bool>,
    wake: Condvar,
}

impl Keeper {
    /// Finds what is there.
    pub fn new(
        paths: Paths,
        options: StoreOptions,
        state: Arc<SledState>,
        shared: Arc<Shared>,
        queue: Arc<Queue>,
    ) -> io::Result<Self> {
        remove_parts(&paths)?;
        let newest = snapshot::list(&paths.snapshots)?
            .iter()
            .find_map(|path| snapshot::check(path).ok());
        Ok(Self {
            paths,
            options,
            state,
            shared,
            queue,
            opened: Instant::now(),
            copying: Mutex::new(()),
            newest: Mutex::new(newest),
            ending: Mutex::new(false),
            wake: Condvar::new(),
        })
    }

    /// Takes one now; gives the newest if nothing changed since.
    pub fn take(&self) -> Result<SnapshotInfo, SnapshotError> {
        let _one = lock(&self.copying);
        // The state's own number, written in one step with its rows: the number that readers are
        // shown comes a moment later.
        let seq = || Ok(self.state.meta()?.unwrap_or_default().seq);
        if let Some(newest) = self.newest()
            && newest.start_seq == seq()?
        {
            return Ok(newest);
        }
        let unsaved = self.shared.unsaved_bytes.load(Ordering::Relaxed);
        let taken = snapshot::write(&self.paths.snapshots, &*self.state, seq)?;
        // Read back: a snapshot that cannot be read must not let the journal go.
        let taken = snapshot::check(&taken.path)?;
        self.shared
            .unsaved_bytes
            .fetch_sub(unsaved, Ordering::Relaxed);
        *lock(&self.newest) = Some(taken.clone());
        self.retire()?;
        Ok(taken)
    }

    /// Writes the store's part of a backup; gives the batch and digest that it ends with.
    pub fn copy_into<W: io::Write>(
        &self,
        out: &mut EntryWriter<W>,
        told: Told<'_>,
    ) -> Result<Meta, BackupError> {
        let _one = lock(&self.copying);
        let mut told = |step| {
            if *lock(&self.ending) {
                return Err(io::Error::other("the store is being closed"));
            }
            told(step)
        };
        let bytes = self.options.segment_bytes;
        backup::copy(&self.paths, bytes, &self.state, out, &mut told)
    }

    /// The newest one.
    pub fn newest(&self) -> Option<SnapshotInfo> {
        lock(&self.newest).clone()
    }

    /// Takes snapshots when they are due, until [`end`](Self::end).
    pub fn run(&self) {
        let mut retry_at = self.opened;
        let mut ending = lock(&self.ending);
        while !*ending {
            (ending, _) = self
                .wake
                .wait_timeout(ending, LOOK_EVERY)
                .unwrap_or_else(PoisonError::into_inner);
            if *ending || Instant::now() < retry_at || !self.is_due() {
                continue;
            }
            drop(ending);
            match self.take() {
                Ok(taken) => tracing::info!(
                    seq = taken.start_seq,
                    rows = taken.rows,
                    bytes = taken.bytes,
                    "snapshot taken"
                ),
                Err(cause) => {
                    tracing::error!(%cause, "no snapshot was taken");
                    retry_at = Instant::now() + RETRY_AFTER;
                }
            }
            ending = lock(&self.ending);
        }
    }

    /// Makes [`run`](Self::run) return.
    pub fn end(&self) {
        *lock(&self.ending) = true;
        self.wake.notify_all();
    }

    fn is_due(&self) -> bool {
        let newest = self.newest();
        let seq = self.shared.seq.load(Ordering::Acquire);
        if newest.as_ref().map_or(0, |newest| newest.start_seq) == seq {
            return false;
        }
        let age = newest.map_or(self.opened.elapsed(), |newest| age_of(&newest));
        let grown = self.shared.unsaved_bytes.load(Ordering::Relaxed);
        age >= self.options.snapshot_every || grown >= self.options.snapshot_journal_bytes
    }

    /// Removes snapshots beyond the newest few, and lets the journal before the oldest kept one
    /// go, if that one is whole and there are as many as should be kept.
    fn retire(&self) -> io::Result<()> {
        let files = snapshot::list(&self.paths.snapshots)?;
        let kept = self.options.snapshots_kept.max(1);
        for old in files.iter().skip(kept) {
            fs::remove_file(old)?;
        }
        disk::sync_dir(&self.paths.snapshots)?;
        if let Some(oldest) = files.get(kept - 1)
            && let Ok(oldest) = snapshot::check(oldest)
        {
            self.shared
                .retire_through
                .store(oldest.start_seq, Ordering::Relaxed);
            self.queue.nudge();
        }
        Ok(())
    }
}

/// How long ago it was finished, by the wall clock.
pub fn age_of(snapshot: &SnapshotInfo) -> Duration {
    Duration::from_millis(disk::unix_ms().saturating_sub(snapshot.made_at_ms))
}

/// Snapshots that were not finished.
fn remove_parts(paths: &Paths) -> io::Result<()> {
    for entry in fs::read_dir(&paths.snapshots)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "part") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
