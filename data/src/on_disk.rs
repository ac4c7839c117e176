//! The store on disk: the committer's and the keeper's threads, and the order in which they start
//! and stop.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    batch::{Batch, LazyBatch},
    committer::{Committer, Ended},
    disk,
    error::{OpenError, ReadError, WriteError},
    keeper::{self, Keeper},
    lock::Lock,
    migrate::migrate,
    options::StoreOptions,
    queue::{Queue, Request},
    recover::{Paths, Recovered, recover},
    report::{RecoveryReport, StoreStats},
    seal::{Seals, marks},
    shared::Shared,
    state::{Bounds, KeyValue, Lookup, Rows, sled::SledState},
    store::CommitSeq,
    trust::Trust,
};

/// Everything of one open store.
pub struct OnDisk {
    paths: Paths,
    /// What is read.
    pub state: Arc<SledState>,
    /// Takes snapshots.
    pub keeper: Arc<Keeper>,
    /// Seals and opens rows.
    pub seals: Arc<Seals>,
    queue: Arc<Queue>,
    shared: Arc<Shared>,
    running: Mutex<Option<Running>>,
}

struct Running {
    committer: JoinHandle<Ended>,
    keeper: JoinHandle<()>,
    _lock: Lock,
}

impl OnDisk {
    /// Opens or creates the store in this folder.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<(Self, RecoveryReport), OpenError> {
        let file_error = |cause| OpenError::File {
            path: dir.to_owned(),
            cause,
        };
        fs::create_dir_all(dir).map_err(file_error)?;
        let lock = Lock::take(dir)?;
        migrate(dir)?;
        let paths = Paths::below(dir);
        paths.create()?;
        let Recovered {
            state,
            meta,
            journal,
            report,
        } = recover(&paths, &options)?;

        let (seals, mark) = marks::obtain(&state, &options, meta.seq == 0)?;
        let seals = Arc::new(seals);

        let queue = Arc::new(Queue::new(options.queue_max, options.lazy_delay));
        let shared = Arc::new(Shared::new(meta.seq));
        let free = disk::free_bytes(dir).map_err(file_error)?;
        shared.free_bytes.store(free, Ordering::Relaxed);
        shared
            .unsaved_bytes
            .store(journal.size().0, Ordering::Relaxed);
        let keeper = Keeper::new(
            paths.clone(),
            options.clone(),
            Arc::clone(&state),
            Arc::clone(&shared),
            Arc::clone(&queue),
        );
        let keeper = Arc::new(keeper.map_err(file_error)?);
        let committer = Committer {
            paths: paths.clone(),
            options,
            journal,
            state: Arc::clone(&state),
            queue: Arc::clone(&queue),
            shared: Arc::clone(&shared),
            seals: Arc::clone(&seals),
            meta,
            ahead: VecDeque::new(),
        };
        let running = Running {
            committer: spawn("parlor-commit", move || committer.run()).map_err(file_error)?,
            keeper: {
                let keeper = Arc::clone(&keeper);
                spawn("parlor-keep", move || keeper.run()).map_err(file_error)?
            },
            _lock: lock,
        };
        let store = Self {
            paths,
            state,
            keeper,
            seals,
            queue,
            shared,
            running: Mutex::new(Some(running)),
        };
        if let Some(mark) = mark {
            store.write_first(mark)?;
        }
        Ok((store, report))
    }

    /// One row, opened.
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let row = self.state.get(key)?;
        row.map(|row| self.seals.open(key, row)).transpose()
    }

    /// At most `limit` rows of one moment, opened.
    pub fn scan(
        &self,
        bounds: Bounds,
        reversed: bool,
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let rows = self.state.scan(bounds, reversed, limit)?.into_iter();
        rows.map(|(key, row)| self.seals.open(&key, row).map(|row| (key, row)))
            .collect()
    }

    /// What must be durable before anybody else writes.
    fn write_first(&self, batch: Batch) -> Result<(), OpenError> {
        let written = self.submit(batch).map(oneshot::Receiver::blocking_recv);
        match written {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(cause))) | Err(cause) => Err(OpenError::StateFails(cause.to_string())),
            Ok(Err(_)) => Err(OpenError::StateFails("the committer ended".into())),
        }
    }

    /// Seals a durable batch and puts it into the queue; its answer comes by itself.
    pub fn submit(
        &self,
        mut batch: Batch,
    ) -> Result<oneshot::Receiver<Result<CommitSeq, WriteError>>, WriteError> {
        self.check_writable()?;
        let (ack, answer) = oneshot::channel();
        let entered = self.seals.enter();
        entered.seal(&mut batch.changes)?;
        self.queue.push(Request {
            preconditions: batch.preconditions,
            changes: batch.changes,
            ack: Some(ack),
        })?;
        Ok(answer)
    }

    /// The same with a lazy batch.
    pub fn submit_lazy(&self, mut batch: LazyBatch) -> Result<(), WriteError> {
        self.check_writable()?;
        let entered = self.seals.enter();
        entered.seal(&mut batch.changes)?;
        self.queue.push(Request {
            preconditions: Vec::new(),
            changes: batch.changes,
            ack: None,
        })
    }

    /// The last batch that can be read.
    pub fn seq(&self) -> u64 {
        self.shared.seq.load(Ordering::Acquire)
    }

    /// Time since the committer last showed that it lives.
    pub fn silence(&self) -> Duration {
        self.shared.silence()
    }

    /// How the store is now.
    pub fn stats(&self) -> StoreStats {
        let newest = self.keeper.newest();
        let shared = &self.shared;
        StoreStats {
            seq: self.seq(),
            groups: shared.groups.load(Ordering::Relaxed),
            queue_depth: self.queue.depth(),
            journal_bytes: shared.journal_bytes.load(Ordering::Relaxed),
            journal_segments: shared.journal_segments.load(Ordering::Relaxed),
            snapshot_seq: newest.as_ref().map(|newest| newest.start_seq),
            snapshot_age: newest.as_ref().map(keeper::age_of),
            disk_free_bytes: shared.free_bytes.load(Ordering::Relaxed),
            read_only: shared.read_only(),
            committer_silence: shared.silence(),
        }
    }

    /// Commits what is queued, then closes. The state is marked as believable only if all of it is
    /// on the disk.
    pub fn close(&self) {
        let running = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(running) = running else {
            return;
        };
        self.queue.close();
        self.keeper.end();
        let ended = running.committer.join();
        let kept = running.keeper.join();
        let closed = self.state.close();
        match ended {
            Ok(Ended { meta, in_order }) if in_order && closed && kept.is_ok() => {
                let marked = sync_all(&self.paths.state)
                    .and_then(|()| Trust::Closed(meta.seq).write(&self.paths.dir));
                if let Err(cause) = marked {
                    tracing::warn!(%cause, "not marked as closed; the next start checks the state");
                }
            }
            _ => tracing::warn!("not closed in order; the next start checks or rebuilds the state"),
        }
    }

    fn check_writable(&self) -> Result<(), WriteError> {
        match self.shared.read_only() {
            None => Ok(()),
            Some(why) => Err(WriteError::ReadOnly(why)),
        }
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.into()).spawn(run)
}

/// Every file and folder below, and the folder itself.
fn sync_all(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    disk::sync_dir(dir)
}
