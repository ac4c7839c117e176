//! Second factors of accounts. There is a row only while one is on.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::UserId,
    second_factor::{CodeHash, SecondFactor},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
struct SecondFactorRow {
    user: Uuid,
    secret: Vec<u8>,
    on_since: i64,
    used_step: u64,
    recovery: Vec<CodeHash>,
}

impl Row for SecondFactorRow {
    const TABLE: Table = Table::SecondFactors;
    const VERSION: u8 = 1;
}

impl From<&SecondFactor> for SecondFactorRow {
    fn from(it: &SecondFactor) -> Self {
        Self {
            user: it.user.0,
            secret: it.secret.clone(),
            on_since: it.on_since.0,
            used_step: it.used_step,
            recovery: it.recovery.clone(),
        }
    }
}

impl TryFrom<SecondFactorRow> for SecondFactor {
    type Error = RowError;

    fn try_from(row: SecondFactorRow) -> Result<Self, RowError> {
        Ok(Self {
            user: UserId(row.user),
            secret: row.secret,
            on_since: Timestamp(row.on_since),
            used_step: row.used_step,
            recovery: row.recovery,
        })
    }
}

/// The second factor of an account, if one is on.
pub fn load(store: &Store, user: UserId) -> Result<Option<Read<SecondFactor>>, LoadError> {
    read::load::<SecondFactorRow, _>(store, user.as_bytes())
}

/// Switches one on; fails when one is on.
pub fn insert(it: &SecondFactor) -> Result<Batch, RowError> {
    read::insert(it.user.as_bytes(), &SecondFactorRow::from(it))
}

/// Writes a changed one; fails when it changed meanwhile, so no code is used twice.
pub fn replace(old: &Read<SecondFactor>, new: &SecondFactor) -> Result<Batch, RowError> {
    read::replace(new.user.as_bytes(), old, &SecondFactorRow::from(new))
}

/// Switches it off; fails when it changed meanwhile.
pub fn remove(old: &Read<SecondFactor>) -> Batch {
    read::remove::<SecondFactorRow, _>(old.user.as_bytes(), old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_and_is_used_by_one_of_two() {
        let store = Store::in_memory();
        let it = SecondFactor {
            user: UserId(Uuid::from_u128(1)),
            secret: vec![1, 2, 3],
            on_since: Timestamp(5),
            used_step: 7,
            recovery: vec![[9; 32]; 10],
        };
        store.write_blocking(insert(&it).unwrap()).unwrap();
        assert!(store.write_blocking(insert(&it).unwrap()).is_err());
        let read = load(&store, it.user).unwrap().unwrap();
        assert_eq!(read.value, it);
        let used = SecondFactor {
            used_step: 8,
            ..it.clone()
        };
        store
            .write_blocking(replace(&read, &used).unwrap())
            .unwrap();
        assert!(
            store
                .write_blocking(replace(&read, &used).unwrap())
                .is_err()
        );
        let read = load(&store, it.user).unwrap().unwrap();
        store.write_blocking(remove(&read)).unwrap();
        assert!(load(&store, it.user).unwrap().is_none());
    }
}
