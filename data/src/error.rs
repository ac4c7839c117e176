//! What can go wrong, by cause. Every message is for the operator and carries no row content.

use std::{io, path::PathBuf, sync::Arc};

use crate::batch::{
    BATCH_BYTES_MAX, BATCH_CHANGES_MAX, BATCH_PRECONDITIONS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX,
};
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
    /// The scan asks for more rows at once than the store gives.
    #[error("a scan asked for {0} rows, more than {SCAN_ROWS_MAX}")]
    LimitTooHigh(usize),
}

/// Why the store was not opened. Every text ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The operating system refuses something about a file.
    #[error("{path}: {cause}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
}
