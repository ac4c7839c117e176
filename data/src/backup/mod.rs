//! Backups: one file that holds everything a server needs to go on elsewhere.
//!
//! ```text
//!   store, folders --entries--> stream --chunks--> seal --bytes--> a file
//!   a folder      <--entries-- stream <--chunks--  seal <--bytes-- a file
//! ```
//!
//! [`stream`] is a sequence of named files, each with its length and digest. [`seal`] cuts any
//! stream into chunks that are authenticated one by one, encrypted when there is a passphrase.
//! [`Store::copy_into`](crate::Store::copy_into) puts the store into a stream while it is written
//! to: all rows, as a snapshot takes them, and what the journal says since, so that what is restored
//! is the state after exactly one batch. [`mod@restore`] lays a stream out again, and the store
//! that it opens there must add up to what the backup says of itself.
//!
//! This module must never: leave half a file under a name that looks whole, believe a length or a
//! name that it read, or hold more than a few chunks in memory.

mod copy;
mod place;
pub mod restore;
pub mod seal;
pub mod stream;

use std::{io, path::PathBuf};

use serde::{Deserialize, Serialize};

pub(crate) use copy::copy;
pub use place::{NewFile, clear_parts};

use crate::{error::OpenError, error::ReadError, snapshot::SnapshotError};

/// Name of the entry that comes first: [`Head`], as JSON.
pub const HEAD: &str = "backup.json";
/// Name of the entry that comes last: [`Foot`], as JSON.
pub const FOOT: &str = "summary.json";
/// Folder of the store within a backup and within a data folder.
pub const STORE: &str = "store";
/// The format of the entries that this program writes; it reads all up to it.
pub const FORMAT: u32 = 1;

/// What a backup says of itself before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`] of whoever wrote it.
    pub format: u32,
    /// Version of the program that wrote it.
    pub version: String,
    /// When it was begun, in milliseconds since 1970.
    pub made_at_ms: u64,
    /// The address that people knew the server by.
    pub public_url: String,
    /// Whether the secrets are in it: without them links and logins of before are void.
    pub secrets: bool,
    /// Whether the keys of sealed rows are in it: without them, or the same from elsewhere, nobody can
    /// read those.
    #[serde(default)]
    pub keys: bool,
}

/// What a backup says of itself when everything is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foot {
    /// The one batch after which the store was as it is in the backup.
    pub seq: u64,
    /// Rows of the store then.
    pub rows: u64,
    /// What they add up to.
    pub sum: u64,
    /// Files beside the store.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
}

/// Why something about a backup did not work. Every text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder refuses.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The backup cannot be written, or not be read; the text says which of the known ways.
    #[error(transparent)]
    Stream(#[from] io::Error),
    /// The folder to restore into is not empty.
    #[error("{} is not empty; nothing was restored. Name an empty folder, or one that does not exist yet", .0.display())]
    NotEmpty(PathBuf),
    /// An entry that a backup of this format does not have.
    #[error("the backup has an entry {0:?}, which does not belong into one; nothing was restored")]
    Strange(String),
    /// A newer program wrote it.
    #[error(
        "the backup has format {found}, this program knows {FORMAT}; restore it with parlor {version} or newer"
    )]
    Newer {
        /// Its format.
        found: u32,
        /// Who wrote it.
        version: String,
    },
    /// The store could not be copied.
    #[error(transparent)]
    Copy(#[from] SnapshotError),
    /// The restored store cannot be opened.
    #[error("the restored store cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// The restored store is not the one that was backed up.
    #[error("the restored store does not add up: {0}. Use another backup")]
    Differs(String),
    /// A store in memory has no backups, one that is closed neither.
    #[error("{0}")]
    Refused(&'static str),
}

impl From<ReadError> for BackupError {
    fn from(cause: ReadError) -> Self {
        Self::Copy(SnapshotError::State(cause))
    }
}

/// The operating system refused something about this path.
pub(crate) fn of_file(path: &std::path::Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |cause| BackupError::File { path, cause }
}

/// How far a long piece of work has come. Whoever is told may stop it with an error.
pub type Told<'a> = &'a mut dyn FnMut(Step) -> io::Result<()>;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Rows of the store, so many of about so many.
    Rows {
        /// So far.
        done: u64,
        /// In all, as of the beginning.
        of: u64,
    },
    /// What was written meanwhile, up to this batch.
    Tail {
        /// The batch.
        seq: u64,
    },
    /// Files beside the store.
    Files {
        /// So far.
        done: u64,
    },
}
