//! Copies of people's data that were asked for: how far each is, and the key of its file, which lies beside
//! the store and is of no use without this row.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    export::{Export, FileKey, State},
    id::UserId,
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct ExportRow {
    user: Uuid,
    id: Uuid,
    asked_at: i64,
    by: Option<Uuid>,
    address: Option<String>,
    state: StateRow,
}

#[derive(Serialize, Deserialize)]
enum StateRow {
    Asked,
    Ready {
        at: i64,
        until: i64,
        bytes: u64,
        left: u32,
        key: [u8; 32],
    },
    Failed {
        at: i64,
        full: bool,
    },
}

impl Row for ExportRow {
    const TABLE: Table = Table::Exports;
    const VERSION: u8 = 1;
}

impl From<&Export> for ExportRow {
    fn from(it: &Export) -> Self {
        Self {
            user: it.user.0,
            id: it.id,
            asked_at: it.asked_at.0,
            by: it.by.map(|it| it.0),
            address: it.address.clone(),
            state: match &it.state {
                State::Asked => StateRow::Asked,
                State::Ready {
                    at,
                    until,
                    bytes,
                    left,
                    key,
                } => StateRow::Ready {
                    at: at.0,
                    until: until.0,
                    bytes: *bytes,
                    left: *left,
                    key: key.0,
                },
                State::Failed { at, full } => StateRow::Failed {
                    at: at.0,
                    full: *full,
                },
            },
        }
    }
}

impl TryFrom<ExportRow> for Export {
    type Error = RowError;

    fn try_from(row: ExportRow) -> Result<Self, RowError> {
        Ok(Self {
            user: UserId(row.user),
            id: row.id,
            asked_at: Timestamp(row.asked_at),
            by: row.by.map(UserId),
            address: row.address,
            state: match row.state {
                StateRow::Asked => State::Asked,
                StateRow::Ready {
                    at,
                    until,
                    bytes,
                    left,
                    key,
                } => State::Ready {
                    at: Timestamp(at),
                    until: Timestamp(until),
                    bytes,
                    left,
                    key: FileKey(key),
                },
                StateRow::Failed { at, full } => State::Failed {
                    at: Timestamp(at),
                    full,
                },
            },
        })
    }
}

/// Somebody's copy.
pub fn load(store: &Store, user: UserId) -> Result<Option<Read<Export>>, LoadError> {
    read::load::<ExportRow, _>(store, user.as_bytes())
}

/// A page of all, in the order of ids, from after `after`.
pub fn page(
    store: &Store,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<Read<Export>>, LoadError> {
    read::page::<ExportRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Writes one; fails when it is not still as it was read.
pub fn put(old: Option<&Read<Export>>, new: &Export) -> Result<Batch, RowError> {
    read::put(new.user.as_bytes(), old, &ExportRow::from(new))
}

/// Forgets one; fails when it changed meanwhile.
pub fn remove(old: &Read<Export>) -> Batch {
    read::remove::<ExportRow, _>(old.user.as_bytes(), old)
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<ExportRow>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_back_as_it_was() {
        let store = Store::in_memory();
        let states = [
            State::Asked,
            State::Ready {
                at: Timestamp(5),
                until: Timestamp(9),
                bytes: 1 << 40,
                left: 3,
                key: FileKey([9; 32]),
            },
            State::Failed {
                at: Timestamp(6),
                full: true,
            },
        ];
        for (n, state) in states.into_iter().enumerate() {
            let it = Export {
                user: UserId(Uuid::from_u128(n as u128)),
                id: Uuid::from_u128(77),
                asked_at: Timestamp(4),
                by: Some(UserId(Uuid::from_u128(8))),
                address: Some("a@example.org".into()),
                state,
            };
            store.write_blocking(put(None, &it).unwrap()).unwrap();
            assert!(store.write_blocking(put(None, &it).unwrap()).is_err());
            let read = load(&store, it.user).unwrap().unwrap();
            assert_eq!(read.value, it);
        }
        let all = page(&store, None, 9).unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(page(&store, Some(all[0].user), 9).unwrap().len(), 2);
        store.write_blocking(remove(&all[1])).unwrap();
        assert!(load(&store, all[1].user).unwrap().is_none());
    }
}
