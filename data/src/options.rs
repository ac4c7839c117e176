//! Settings of a store on disk, all with defaults that suit a small VPS.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Settings of a store on disk.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Memory that the state's engine may use as cache, in bytes.
    pub cache_bytes: u64,
    /// A journal file is closed and the next begun at this size, in bytes.
    pub segment_bytes: u64,
    /// Most batches that wait for the committer; one more is refused as busy.
    pub queue_max: usize,
    /// How long a lazy batch may wait for a durable one to travel with.
    pub lazy_delay: Duration,
    /// The store only reads while the disk has less room than this, in bytes.
    pub free_bytes_min: u64,
    /// A snapshot is taken when the last is older than this and something changed.
    pub snapshot_every: Duration,
    /// A snapshot is taken when the journal has grown by this many bytes since the last: it bounds
    /// how long a rebuild takes.
    pub snapshot_journal_bytes: u64,
    /// How many snapshots stay, with the journal since the oldest of them. At least 1.
    pub snapshots_kept: usize,
    /// Where the keys lie that rows are [sealed](crate::seal) with; made when it is missing and no row
    /// needs one. `None`: rows that are not sealed are read and written, sealed ones can be copied only.
    pub key_file: Option<PathBuf>,
    /// Tests only: what is taken for the id of this boot. The kernel's by default.
    #[doc(hidden)]
    pub boot_id: Option<String>,
    /// Tests only: a disk that fails on demand.
    #[doc(hidden)]
    pub faults: Arc<Faults>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 * 1024 * 1024,
            segment_bytes: 32 * 1024 * 1024,
            queue_max: 8192,
            lazy_delay: Duration::from_millis(200),
            free_bytes_min: 256 * 1024 * 1024,
            snapshot_every: Duration::from_secs(24 * 60 * 60),
            snapshot_journal_bytes: 256 * 1024 * 1024,
            snapshots_kept: 2,
            key_file: None,
            boot_id: None,
            faults: Arc::default(),
        }
    }
}

/// Tests only: a disk that fails on demand.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Faults {
    /// Whether the journal's syncs and new segments fail.
    pub journal: AtomicBool,
    /// Whether applying to the state panics.
    pub state: AtomicBool,
}

impl Faults {
    pub(crate) fn journal(&self) -> std::io::Result<()> {
        if self.journal.load(Ordering::Relaxed) {
            return Err(std::io::Error::other("injected fault"));
        }
        Ok(())
    }
}
