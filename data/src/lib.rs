//! The store: everything that must outlive the process, behind domain words.
//!
//! ```text
//!   writers --Batch--> queue --> committer --> journal (append, fdatasync) --> applier --> ack
//!                                                                                 |
//!   readers <------------------------------------------------------------- state (sled)
//! ```
//!
//! The **journal** is the truth: a batch is acknowledged only after its bytes are on the disk there.
//! The **state** is what everything reads; it is a cache that can be rebuilt from the newest
//! **snapshot** and the journal after it, and it is thrown away whenever it cannot be proven equal
//! to them. An in-memory twin ([`Store::in_memory`]) passes the same tests.
//!
//! Start reading at [`store`], then [`batch`]. Rows and keys of one noun live side by side in
//! `nouns/`; [`tables`] is the catalogue of all of them.
//!
//! This crate must never: acknowledge before the journal is durable, hide damage, let a type of the
//! engine out, read a clock for a decision of the domain, or serialise a domain type (rows are
//! their own types).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod applier;
pub mod backup;
pub mod batch;
mod committer;
mod digest;
mod disk;
pub mod error;
pub mod export;
mod journal;
mod keeper;
mod lock;
mod migrate;
pub mod nouns;
mod on_disk;
pub mod options;
pub mod personal;
mod queue;
pub mod range;
mod recover;
pub mod report;
pub mod row;
pub mod seal;
mod shared;
mod snapshot;
mod state;
pub mod store;
pub mod tables;
mod trust;

pub use batch::{Batch, LazyBatch};
pub use digest::Digest;
pub use disk::{Room, room};
pub use error::{OpenError, ReadError, WriteError};
pub use nouns::{LoadError, Read};
pub use options::StoreOptions;
pub use range::KeyRange;
pub use report::{RecoveryReport, StateFate, StoreStats};
pub use row::{Row, RowError};
pub use seal::{KeyError, KeyId, KeyState, KeyStatus, ResealError, Resealed, SealError};
pub use snapshot::{SnapshotError, SnapshotInfo};
pub use store::{CommitSeq, Opened, Store, Submitted};
pub use tables::Table;
