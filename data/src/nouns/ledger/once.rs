//! Keys under which something is posted only once: a gateway's payment, a client's command. Kept
//! as long as the books, because a gateway may bring the same news after years.

use serde::{Deserialize, Serialize};

use parlor_domain::time::Timestamp;

use super::super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 400;

/// What was posted under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Hash of the request, so that one key cannot name two different ones.
    pub request: [u8; 32],
    /// Number of the entry; of the last one before, when nothing had to move.
    pub seq: u64,
    /// What the caller wants to hear again.
    pub made: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(in crate::nouns) struct DoneRow {
    request: [u8; 32],
    seq: u64,
    made: Vec<u8>,
    at: i64,
}

impl Row for DoneRow {
    const TABLE: Table = Table::LedgerOnce;
    const VERSION: u8 = 1;
}

impl TryFrom<DoneRow> for Done {
    type Error = RowError;

    fn try_from(row: DoneRow) -> Result<Self, RowError> {
        Ok(Self {
            request: row.request,
            seq: row.seq,
            made: row.made,
            at: Timestamp(row.at),
        })
    }
}

/// A key within its scope. Scopes are words of the program and have no zero byte.
pub fn key(scope: &str, key: &str) -> Vec<u8> {
    [scope.as_bytes(), &[0], key.as_bytes()].concat()
}

/// What was posted under this key, from [`key`].
pub fn load(store: &Store, key: &[u8]) -> Result<Option<Read<Done>>, LoadError> {
    read::load::<DoneRow, _>(store, key)
}

/// Notes what is posted; fails when the key was used meanwhile.
pub fn insert(key: &[u8], done: &Done) -> Result<Batch, RowError> {
    let row = DoneRow {
        request: done.request,
        seq: done.seq,
        made: done.made.clone(),
        at: done.at.0,
    };
    read::insert(key, &row)
}
