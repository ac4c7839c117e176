//! What the committer shows to the rest: numbers that are read without asking it.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::Release},
    },
    time::{Duration, Instant},
};

/// Written by the committer, read by everybody.
pub struct Shared {
    started: Instant,
    beat_ms: AtomicU64,
    /// The last batch that the state holds.
    pub seq: AtomicU64,
    /// Groups committed.
    pub groups: AtomicU64,
    /// Bytes of all journal files.
    pub journal_bytes: AtomicU64,
    /// Number of journal files.
    pub journal_segments: AtomicUsize,
    /// Journal bytes written since the last snapshot.
    pub unsaved_bytes: AtomicU64,
    /// Free bytes of the disk, as of the committer's last look.
    pub free_bytes: AtomicU64,
    /// Journal files up to this batch are not needed any more.
    pub retire_through: AtomicU64,
    read_only: Mutex<Option<Arc<str>>>,
}

impl Shared {
    /// As of opening.
    pub fn new(seq: u64) -> Self {
        Self {
            started: Instant::now(),
            beat_ms: AtomicU64::new(0),
            seq: AtomicU64::new(seq),
            groups: AtomicU64::new(0),
            journal_bytes: AtomicU64::new(0),
            journal_segments: AtomicUsize::new(0),
            unsaved_bytes: AtomicU64::new(0),
            free_bytes: AtomicU64::new(0),
            retire_through: AtomicU64::new(0),
            read_only: Mutex::new(None),
        }
    }

    /// The committer lives.
    pub fn beat(&self) {
        self.beat_ms
            .store(self.started.elapsed().as_millis() as u64, Release);
    }

    /// Time since the committer last said so.
    pub fn silence(&self) -> Duration {
        let beat = Duration::from_millis(self.beat_ms.load(Relaxed));
        self.started.elapsed().saturating_sub(beat)
    }

    /// Why the store only reads, if so.
    pub fn read_only(&self) -> Option<Arc<str>> {
        self.read_only
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The store only reads from now on, or writes again.
    pub fn set_read_only(&self, why: Option<Arc<str>>) {
        *self
            .read_only
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = why;
    }
}
