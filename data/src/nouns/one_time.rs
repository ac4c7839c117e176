//! One-time tokens: the rights behind the links in verification and reset mails.
//!
//! Keyed by the token's hash; the token itself is nowhere in the store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{id::UserId, time::Timestamp};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// What a one-time token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Proves an address.
    Verify,
    /// Sets a new password.
    Reset,
}

/// The right behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTime {
    /// Hash of the token.
    pub hash: [u8; 32],
    /// Good for what.
    pub purpose: Purpose,
    /// For whom; nobody when it was written only to do the same work for an unknown address.
    pub user: Option<UserId>,
    /// Until when.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct OneTimeRow {
    hash: [u8; 32],
    purpose: Purpose,
    user: Option<Uuid>,
    expires_at: i64,
}

impl Row for OneTimeRow {
    const TABLE: Table = Table::OneTimeTokens;
    const VERSION: u8 = 1;
}

impl From<&OneTime> for OneTimeRow {
    fn from(it: &OneTime) -> Self {
        Self {
            hash: it.hash,
            purpose: it.purpose,
            user: it.user.map(|user| user.0),
            expires_at: it.expires_at.0,
        }
    }
}

impl TryFrom<OneTimeRow> for OneTime {
    type Error = RowError;

    fn try_from(row: OneTimeRow) -> Result<Self, RowError> {
        Ok(Self {
            hash: row.hash,
            purpose: row.purpose,
            user: row.user.map(UserId),
            expires_at: Timestamp(row.expires_at),
        })
    }
}

/// The right with this hash.
pub fn load(store: &Store, hash: &[u8; 32]) -> Result<Option<Read<OneTime>>, LoadError> {
    read::load::<OneTimeRow, _>(store, hash)
}

/// A page of all, in the order of their hashes, from after `after`; for the sweep.
pub fn page(
    store: &Store,
    after: Option<[u8; 32]>,
    limit: usize,
) -> Result<Vec<Read<OneTime>>, LoadError> {
    let range = match after {
        Some(hash) => KeyRange::all().after(hash),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::OneTimeTokens, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<OneTimeRow, _>(bytes))
        .collect()
}

/// Writes a new one.
pub fn insert(it: &OneTime) -> Result<Batch, RowError> {
    read::insert(it.hash, &OneTimeRow::from(it))
}

/// Uses it up; fails when somebody else did so meanwhile.
pub fn remove(old: &Read<OneTime>) -> Batch {
    read::remove::<OneTimeRow, _>(old.hash, old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once() {
        let store = Store::in_memory();
        let it = OneTime {
            hash: [3; 32],
            purpose: Purpose::Reset,
            user: None,
            expires_at: Timestamp(5),
        };
        store.write_blocking(insert(&it).unwrap()).unwrap();
        let read = load(&store, &it.hash).unwrap().unwrap();
        assert_eq!(read.value, it);
        store.write_blocking(remove(&read)).unwrap();
        assert!(store.write_blocking(remove(&read)).is_err());
    }
}
