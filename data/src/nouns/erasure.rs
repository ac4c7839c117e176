//! Who asked to be erased, or was to be: until when it can be taken back, and when it was done. Of a
//! person whose account is erased this row says that it happened, under the opaque number.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{erasure::Erasure, id::UserId, time::Timestamp};

use super::read::{self, LoadError, Read, Swept};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
struct ErasureRow {
    user: Uuid,
    asked_at: i64,
    due_at: i64,
    gives_up: bool,
    by: Option<Uuid>,
    done_at: Option<i64>,
}

impl Row for ErasureRow {
    const TABLE: Table = Table::Erasures;
    const VERSION: u8 = 1;
}

impl From<&Erasure> for ErasureRow {
    fn from(it: &Erasure) -> Self {
        Self {
            user: it.user.0,
            asked_at: it.asked_at.0,
            due_at: it.due_at.0,
            gives_up: it.gives_up,
            by: it.by.map(|it| it.0),
            done_at: it.done_at.map(|it| it.0),
        }
    }
}

impl TryFrom<ErasureRow> for Erasure {
    type Error = RowError;

    fn try_from(row: ErasureRow) -> Result<Self, RowError> {
        Ok(Self {
            user: UserId(row.user),
            asked_at: Timestamp(row.asked_at),
            due_at: Timestamp(row.due_at),
            gives_up: row.gives_up,
            by: row.by.map(UserId),
            done_at: row.done_at.map(Timestamp),
        })
    }
}

/// The erasure of this account, asked for or done.
pub fn load(store: &Store, user: UserId) -> Result<Option<Read<Erasure>>, LoadError> {
    read::load::<ErasureRow, _>(store, user.as_bytes())
}

/// A page of all, in the order of ids, from after `after`.
pub fn page(
    store: &Store,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<Read<Erasure>>, LoadError> {
    read::page::<ErasureRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Writes one; fails when it is not still as it was read.
pub fn put(old: Option<&Read<Erasure>>, new: &Erasure) -> Result<Batch, RowError> {
    read::put(new.user.as_bytes(), old, &ErasureRow::from(new))
}

/// Takes one back; fails when it changed meanwhile.
pub fn remove(old: &Read<Erasure>) -> Batch {
    read::remove::<ErasureRow, _>(old.user.as_bytes(), old)
}

/// Removes one page of those that were done before `before`, from after the key `after`; how many, and
/// where the next page begins.
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<Swept, LoadError> {
    read::sweep_rows::<ErasureRow>(store, after, limit, |row| {
        row.done_at.is_some_and(|at| at < before.0)
    })
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<ErasureRow>;
