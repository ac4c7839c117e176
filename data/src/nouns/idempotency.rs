//! Answers to commands that may be repeated: written in the same batch as the command's effect.

use serde::{Deserialize, Serialize};

use parlor_domain::{id::UserId, time::Timestamp};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Longest key that a client may choose, in bytes.
pub const KEY_BYTES_MAX: usize = 128;

/// What a command led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Hash of the request, so that one key cannot name two different commands.
    pub request: [u8; 32],
    /// What it made (an id, or whatever the command needs to answer again).
    pub made: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AnswerRow {
    request: [u8; 32],
    made: Vec<u8>,
    at: i64,
}

impl Row for AnswerRow {
    const TABLE: Table = Table::Idempotency;
    const VERSION: u8 = 1;
}

impl TryFrom<AnswerRow> for Answer {
    type Error = RowError;

    fn try_from(row: AnswerRow) -> Result<Self, RowError> {
        Ok(Self {
            request: row.request,
            made: row.made,
            at: Timestamp(row.at),
        })
    }
}

fn key_of(user: UserId, key: &str) -> Vec<u8> {
    [user.as_bytes().as_slice(), key.as_bytes()].concat()
}

/// What this user's command with this key led to, if it was done.
pub fn load(store: &Store, user: UserId, key: &str) -> Result<Option<Read<Answer>>, LoadError> {
    read::load::<AnswerRow, _>(store, key_of(user, key))
}

/// Notes an answer; fails when the same key was used meanwhile.
pub fn insert(user: UserId, key: &str, answer: &Answer) -> Result<Batch, RowError> {
    let row = AnswerRow {
        request: answer.request,
        made: answer.made.clone(),
        at: answer.at.0,
    };
    read::insert(key_of(user, key), &row)
}

/// Removes up to `limit` answers older than `before` among one page of keys after `after`. Gives
/// the removals, how many, and where the next page begins (`None`: that was the last).
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep_rows::<AnswerRow>(store, after, limit, |row| row.at < before.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_key_is_used_once_and_forgotten_when_old() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        let answer = |at| Answer {
            request: [1; 32],
            made: b"made".to_vec(),
            at: Timestamp(at),
        };
        for (key, at) in [("a", 1), ("b", 100)] {
            store
                .write_blocking(insert(user, key, &answer(at)).unwrap())
                .unwrap();
        }
        assert!(
            store
                .write_blocking(insert(user, "a", &answer(3)).unwrap())
                .is_err()
        );
        assert_eq!(load(&store, user, "a").unwrap().unwrap().value, answer(1));
        let (batch, count, next) = sweep(&store, None, Timestamp(50), 10).unwrap();
        assert_eq!((count, next), (1, None));
        store.write_blocking(batch).unwrap();
        assert!(load(&store, user, "a").unwrap().is_none());
        assert!(load(&store, user, "b").unwrap().is_some());
    }
}
