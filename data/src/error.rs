//! What can go wrong, by cause. Every message is for the operator and carries no row content.

use std::{io, path::PathBuf, sync::Arc};

use crate::batch::{
    BATCH_BYTES_MAX, BATCH_CHANGES_MAX, BATCH_PRECONDITIONS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX,
};
use crate::seal::{KeyError, SealError};
use crate::store::SCAN_ROWS_MAX;

/// Why a batch was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A row was not as required. Nothing was written; read again and decide again.
    #[error("precondition {index} does not hold")]
    PreconditionFailed {
        /// Which one, in the order in which they were added, from 0.
        index: usize,
    },
    /// The queue is full. Nothing was written; try again later.
    #[error("the store is busy")]
    Busy,
    /// The batch exceeds a bound. Nothing was written, and it never will be.
    #[error(transparent)]
    TooBig(#[from] TooBig),
    /// The disk refuses (full, or an I/O error), and the store only reads until it accepts again.
    /// This batch was not acknowledged.
    #[error("the store is read-only: {0}")]
    ReadOnly(Arc<str>),
    /// The store is being closed. This batch was not acknowledged.
    #[error("the store is closed")]
    Closed,
}

/// Which bound a batch exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooBig {
    /// A key, in bytes.
    #[error("a key has {0} bytes, more than {KEY_BYTES_MAX}")]
    Key(usize),
    /// A value, in bytes.
    #[error("a value has {0} bytes, more than {VALUE_BYTES_MAX}")]
    Value(usize),
    /// The number of changes.
    #[error("a batch has {0} changes, more than {BATCH_CHANGES_MAX}")]
    Changes(usize),
    /// The number of preconditions.
    #[error("a batch has {0} preconditions, more than {BATCH_PRECONDITIONS_MAX}")]
    Preconditions(usize),
    /// Keys and values together, in bytes.
    #[error("a batch has {0} bytes, more than {BATCH_BYTES_MAX}")]
    Batch(usize),
}

/// Why nothing could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The state's engine failed. A restart rebuilds the state from snapshot and journal.
    #[error("the state cannot be read: {0}; restart to rebuild it")]
    Broken(Arc<str>),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A row is sealed and does not open.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The scan asks for more rows at once than the store gives.
    #[error("a scan asked for {0} rows, more than {SCAN_ROWS_MAX}")]
    LimitTooHigh(usize),
}

/// Why the store was not opened. Every text says what to do, and nothing was changed unless it says
/// so.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{} is in use by process {owner}; stop that one first, or use another folder", dir.display())]
    Locked {
        /// The store's folder.
        dir: PathBuf,
        /// The process id that the owner wrote down.
        owner: String,
    },
    /// Locks or syncs do not mean there what they must mean.
    #[error("{} lies on {kind}, which cannot keep data safe; put it on a local disk", dir.display())]
    UnfitDisk {
        /// The store's folder.
        dir: PathBuf,
        /// What it lies on.
        kind: &'static str,
    },
    /// Written by a newer program.
    #[error(
        "the store has format {found}, this program knows {known}; use the newer program, or restore a backup that was made before it"
    )]
    NewerFormat {
        /// What was found.
        found: u32,
        /// What this program writes.
        known: u32,
    },
    /// The folder holds something else, or its format file was lost.
    #[error(
        "{} does not say \"parlor-data 2\" though the folder is not empty; restore that file, or use an empty folder",
        .0.display()
    )]
    UnknownFormat(PathBuf),
    /// The journal is damaged before its end, so acknowledged batches would be lost.
    #[error(
        "{} is damaged at byte {offset}: batch {seq} cannot be read, and later ones exist; restore \
         the file from a copy. To give up batch {seq} and all later ones instead: `truncate -s \
         {offset}` the file, move the later files of its folder and the folder `state` away, and \
         start again",
        path.display()
    )]
    JournalDamaged {
        /// The journal's file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// The first batch that cannot be read.
        seq: u64,
    },
    /// A file of the journal is missing.
    #[error(
        "{} begins with batch {found}, but batch {expected} is missing; restore the files before \
         it. To give up batch {expected} and all later ones instead: move this file, the later ones \
         and the folder `state` away, and start again",
        path.display()
    )]
    JournalHole {
        /// The file after the hole.
        path: PathBuf,
        /// The batch that should come first.
        expected: u64,
        /// The batch that comes first.
        found: u64,
    },
    /// The journal has lost its end, or was replaced by an older one.
    #[error(
        "the journal ends at batch {journal}, but there was a batch {known}; restore the missing \
         end of the journal. To go back to batch {journal} instead: move the folder `state`, the \
         file `trust` and every newer snapshot away, and start again"
    )]
    JournalBehind {
        /// The last batch that is known to have been acknowledged.
        known: u64,
        /// The journal's last batch.
        journal: u64,
    },
    /// The state cannot be believed, and there is nothing to make it from.
    #[error(
        "the state must be rebuilt ({doubt}), but the journal begins with batch {first_seq} and no \
         snapshot fits: {snapshots}; restore a snapshot or the older files of the journal from a copy"
    )]
    NothingToRebuildFrom {
        /// Why the state is not believed.
        doubt: String,
        /// The first batch of the journal.
        first_seq: u64,
        /// What is wrong with each snapshot.
        snapshots: String,
    },
    /// Snapshot and journal contradict each other.
    #[error(
        "the journal disagrees with every snapshot at batch {seq}: something is damaged in a way \
         that its checksum does not show; restore the folders `journal` and `snapshot` from a copy"
    )]
    ReplayDisagrees {
        /// The batch before which the rows do not add up.
        seq: u64,
    },
    /// The state's engine fails even on a new folder.
    #[error("the state cannot be built: {0}; see that the disk has room and accepts writes")]
    StateFails(String),
    /// The keys of sealed rows cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The operating system refuses something about a file.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
}
