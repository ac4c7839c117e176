//! Whether somebody is to be seen by others, and when they were last there.

use serde::{Deserialize, Serialize};

use parlor_domain::{id::UserId, time::Timestamp};

use super::read::LoadError;
use crate::{
    batch::{Batch, LazyBatch},
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct WishRow {
    hidden: bool,
}

impl Row for WishRow {
    const TABLE: Table = Table::Presence;
    const VERSION: u8 = 1;
}

#[derive(Serialize, Deserialize)]
pub(super) struct SeenRow {
    at: i64,
}

impl Row for SeenRow {
    const TABLE: Table = Table::PeopleSeen;
    const VERSION: u8 = 1;
}

/// Whether somebody is hidden, and when they were last there.
pub fn load(store: &Store, user: UserId) -> Result<(bool, Option<Timestamp>), LoadError> {
    let wish = store.get(Table::Presence, user.as_bytes())?;
    let wish = wish.map(|bytes| WishRow::from_bytes(&bytes)).transpose()?;
    let seen = store.get(Table::PeopleSeen, user.as_bytes())?;
    let seen = seen.map(|bytes| SeenRow::from_bytes(&bytes)).transpose()?;
    Ok((
        wish.is_some_and(|row| row.hidden),
        seen.map(|row| Timestamp(row.at)),
    ))
}

/// Hides somebody, or shows them again.
pub fn put(user: UserId, hidden: bool) -> Result<Batch, RowError> {
    let row = WishRow { hidden }.to_bytes()?;
    Ok(Batch::new().put(Table::Presence, user.as_bytes(), row))
}

/// Writes when somebody was last there; lost with the machine, it is only an older time.
pub fn put_seen_lazily(user: UserId, at: Timestamp) -> Result<LazyBatch, RowError> {
    let row = SeenRow { at: at.0 }.to_bytes()?;
    Ok(LazyBatch::new().put(Table::PeopleSeen, user.as_bytes(), row))
}

/// The rows as their person may read them: the wish, and when they were seen.
pub(crate) const SHOWN: [Shown; 2] = [shown::<WishRow>, shown::<SeenRow>];
