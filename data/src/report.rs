//! What the operator is told: what opening found, and how the store is now.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

/// What was found and repaired while opening.
#[derive(Debug, Clone)]
pub struct RecoveryReport {
    /// What became of the state.
    pub state: StateFate,
    /// The last batch.
    pub last_seq: u64,
    /// How many batches were replayed from the journal.
    pub replayed: u64,
    /// Bytes cut from the journal's end: a group that was being written when the power went, and of
    /// which nothing was acknowledged.
    pub torn_bytes: u64,
    /// What the operator should know.
    pub warnings: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// What became of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateFate {
    /// There was nothing; the store is new.
    Created,
    /// It was closed in order, and is believed.
    Closed,
    /// It was not closed, but its rows add up.
    Verified,
    /// It was not believed, and was made again.
    Rebuilt {
        /// Why it was not believed.
        doubt: String,
        /// The snapshot it was made from; from the journal alone if none.
        snapshot: Option<PathBuf>,
        /// Where the old one lies, for whoever wants to know.
        aside: Option<PathBuf>,
    },
}

impl fmt::Display for RecoveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            StateFate::Created => write!(f, "a new store")?,
            StateFate::Closed => write!(f, "closed in order")?,
            StateFate::Verified => write!(f, "not closed in order, checked and found whole")?,
            StateFate::Rebuilt {
                doubt, snapshot, ..
            } => {
                let source = match snapshot {
                    Some(_) => "snapshot and journal",
                    None => "the journal",
                };
                write!(f, "rebuilt from {source}, because {doubt}")?;
            }
        }
        write!(
            f,
            "; at batch {}, {} replayed, {} torn bytes cut, {} ms",
            self.last_seq,
            self.replayed,
            self.torn_bytes,
            self.took.as_millis()
        )
    }
}

/// How the store is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// The last committed batch.
    pub seq: u64,
    /// Groups committed since the start; each cost one sync.
    pub groups: u64,
    /// Batches that wait for the committer.
    pub queue_depth: usize,
    /// Bytes of all journal files.
    pub journal_bytes: u64,
    /// How many journal files.
    pub journal_segments: usize,
    /// The newest snapshot's first batch, if there is one.
    pub snapshot_seq: Option<u64>,
    /// The newest snapshot's age, if there is one.
    pub snapshot_age: Option<Duration>,
    /// Free bytes where the store lies.
    pub disk_free_bytes: u64,
    /// Why the store only reads at the moment.
    pub read_only: Option<Arc<str>>,
    /// Time since the committer last showed that it lives; a second or less unless the disk hangs.
    pub committer_silence: Duration,
}
