//! Who does not want to hear from whom.

use serde::{Deserialize, Serialize};

use parlor_domain::{id::UserId, time::Timestamp};

use super::read::{self, LoadError};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Somebody who was blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Who.
    pub user: UserId,
    /// What they were called then.
    pub name: String,
    /// Since when.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(super) struct BlockRow {
    name: String,
    at: i64,
}

impl Row for BlockRow {
    const TABLE: Table = Table::Blocks;
    const VERSION: u8 = 1;
}

fn key(by: UserId, user: UserId) -> Vec<u8> {
    [by.0.into_bytes(), user.0.into_bytes()].concat()
}

/// Whether one person blocked another.
pub fn exists(store: &Store, by: UserId, user: UserId) -> Result<bool, LoadError> {
    Ok(store.get(Table::Blocks, key(by, user))?.is_some())
}

/// Whom somebody blocked, in the order of ids, at most `limit`.
pub fn load_of(store: &Store, by: UserId, limit: usize) -> Result<Vec<Block>, LoadError> {
    let rows = store.scan(Table::Blocks, KeyRange::prefix(by.as_bytes()), limit)?;
    let mut all = Vec::with_capacity(rows.len());
    for (key, bytes) in rows {
        let row = BlockRow::from_bytes(&bytes)?;
        all.extend(read::id_at_end(&key).map(|id| Block {
            user: UserId::from_bytes(id),
            name: row.name,
            at: Timestamp(row.at),
        }));
    }
    Ok(all)
}

/// Blocks somebody, once: fails when they are blocked already.
pub fn insert(by: UserId, it: &Block) -> Result<Batch, RowError> {
    let row = BlockRow {
        name: it.name.clone(),
        at: it.at.0,
    };
    read::insert(key(by, it.user), &row)
}

/// Lets somebody come again.
pub fn remove(by: UserId, user: UserId) -> Batch {
    Batch::new().delete(Table::Blocks, key(by, user))
}

/// The row as whoever blocked may read it.
pub(crate) const SHOWN: Shown = shown::<BlockRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn who_is_blocked() {
        let store = Store::in_memory();
        let by = UserId(Uuid::from_u128(1));
        let it = Block {
            user: UserId(Uuid::from_u128(5)),
            name: "Rude".into(),
            at: Timestamp(1),
        };
        store.write_blocking(insert(by, &it).unwrap()).unwrap();
        assert!(store.write_blocking(insert(by, &it).unwrap()).is_err());
        assert!(exists(&store, by, it.user).unwrap());
        assert!(!exists(&store, it.user, by).unwrap());
        assert_eq!(load_of(&store, by, 9).unwrap()[0], it);
        store.write_blocking(remove(by, it.user)).unwrap();
        assert!(!exists(&store, by, it.user).unwrap());
    }
}
