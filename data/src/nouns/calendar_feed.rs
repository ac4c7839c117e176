//! The secret address of a person's calendar, at most one each. The address is derived from the row, so
//! that it is nowhere in the store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{id::UserId, time::Timestamp};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Whose.
    pub user: UserId,
    /// What its token is derived from; a new one makes the old address void.
    pub id: [u8; 16],
    /// Whether it says only that the time is taken.
    pub private_titles: bool,
    /// When the address was made.
    pub made_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FeedRow {
    user: Uuid,
    id: [u8; 16],
    private_titles: bool,
    made_at: i64,
}

impl Row for FeedRow {
    const TABLE: Table = Table::CalendarFeeds;
    const VERSION: u8 = 1;
}

impl From<&Feed> for FeedRow {
    fn from(it: &Feed) -> Self {
        Self {
            user: it.user.0,
            id: it.id,
            private_titles: it.private_titles,
            made_at: it.made_at.0,
        }
    }
}

impl TryFrom<FeedRow> for Feed {
    type Error = RowError;

    fn try_from(row: FeedRow) -> Result<Self, RowError> {
        Ok(Self {
            user: UserId(row.user),
            id: row.id,
            private_titles: row.private_titles,
            made_at: Timestamp(row.made_at),
        })
    }
}

/// A person's feed.
pub fn load(store: &Store, user: UserId) -> Result<Option<Read<Feed>>, LoadError> {
    read::load::<FeedRow, _>(store, user.as_bytes())
}

/// The feed with this address.
pub fn load_by_token(store: &Store, hash: &[u8; 32]) -> Result<Option<Read<Feed>>, LoadError> {
    match store.get(Table::CalendarFeedByToken, hash)? {
        Some(bytes) => {
            let malformed = RowError::Malformed {
                table: Table::CalendarFeedByToken,
                version: 0,
            };
            load(store, UserId::from_bytes(read::id_in(&bytes, malformed)?))
        }
        None => Ok(None),
    }
}

/// Writes a feed in the place of the one that was there; the hashes are those of their tokens.
pub fn save(
    old: Option<(&Read<Feed>, &[u8; 32])>,
    new: &Feed,
    hash: &[u8; 32],
) -> Result<Batch, RowError> {
    let (key, row) = (new.user.as_bytes(), FeedRow::from(new));
    let batch = match old {
        None => read::insert(key, &row)?,
        Some((old, before)) => {
            read::replace(key, old, &row)?.delete(Table::CalendarFeedByToken, before)
        }
    };
    Ok(batch.put(Table::CalendarFeedByToken, hash, key.to_vec()))
}

/// Makes a feed's address void.
pub fn remove(old: &Read<Feed>, hash: &[u8; 32]) -> Batch {
    read::remove::<FeedRow, _>(old.user.as_bytes(), old).delete(Table::CalendarFeedByToken, hash)
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<FeedRow>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_address_makes_the_old_one_void() {
        let store = Store::in_memory();
        let feed = |id| Feed {
            user: UserId(Uuid::from_u128(1)),
            id: [id; 16],
            private_titles: false,
            made_at: Timestamp(5),
        };
        let write = |batch| store.write_blocking(batch).unwrap();
        let known = |hash: u8| load_by_token(&store, &[hash; 32]).unwrap();
        write(save(None, &feed(1), &[1; 32]).unwrap());
        let first = known(1).unwrap();
        assert_eq!(first.value, feed(1));
        write(save(Some((&first, &[1; 32])), &feed(2), &[2; 32]).unwrap());
        assert!(known(1).is_none());
        let second = known(2).unwrap();
        // Another option at the same address.
        let quiet = Feed {
            private_titles: true,
            ..feed(2)
        };
        write(save(Some((&second, &[2; 32])), &quiet, &[2; 32]).unwrap());
        let third = known(2).unwrap();
        assert!(third.private_titles);
        write(remove(&third, &[2; 32]));
        assert!(known(2).is_none());
        assert!(load(&store, quiet.user).unwrap().is_none());
    }
}
