//! Calls: when the media of a meeting's room began and ended, one row per call.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{CallId, MeetingId},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// What became of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Which.
    pub id: CallId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// When the media of two people met.
    pub started_at: Timestamp,
    /// When it ended, if it did.
    pub ended_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct CallRow {
    id: Uuid,
    meeting: Uuid,
    started_at: i64,
    ended_at: Option<i64>,
}

impl Row for CallRow {
    const TABLE: Table = Table::Calls;
    const VERSION: u8 = 1;
}

impl From<&CallRecord> for CallRow {
    fn from(it: &CallRecord) -> Self {
        Self {
            id: it.id.0,
            meeting: it.meeting.0,
            started_at: it.started_at.0,
            ended_at: it.ended_at.map(|at| at.0),
        }
    }
}

impl TryFrom<CallRow> for CallRecord {
    type Error = RowError;

    fn try_from(row: CallRow) -> Result<Self, RowError> {
        Ok(Self {
            id: CallId(row.id),
            meeting: MeetingId(row.meeting),
            started_at: Timestamp(row.started_at),
            ended_at: row.ended_at.map(Timestamp),
        })
    }
}

fn by_meeting(it: &CallRecord) -> Vec<u8> {
    [it.meeting.as_bytes().as_slice(), it.id.as_bytes()].concat()
}

/// The call with this id.
pub fn load(store: &Store, id: CallId) -> Result<Option<Read<CallRecord>>, LoadError> {
    read::load::<CallRow, _>(store, id.as_bytes())
}

/// A page of all calls in the order of their ids, from after `after`; for the sweep.
pub fn page(
    store: &Store,
    after: Option<CallId>,
    limit: usize,
) -> Result<Vec<Read<CallRecord>>, LoadError> {
    read::page::<CallRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Writes what is known of a call, new or not.
pub fn put(it: &CallRecord) -> Result<Batch, RowError> {
    Ok(Batch::new()
        .put(
            Table::Calls,
            it.id.as_bytes(),
            CallRow::from(it).to_bytes()?,
        )
        .put(Table::CallsByMeeting, by_meeting(it), Vec::new()))
}

/// Forgets a call.
pub fn remove(old: &Read<CallRecord>) -> Batch {
    read::remove::<CallRow, _>(old.id.as_bytes(), old)
        .delete(Table::CallsByMeeting, by_meeting(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_comes_back_and_is_forgotten() {
        let store = Store::in_memory();
        let mut it = CallRecord {
            id: CallId(Uuid::from_u128(1)),
            meeting: MeetingId(Uuid::from_u128(2)),
            started_at: Timestamp(3),
            ended_at: None,
        };
        store.write_blocking(put(&it).unwrap()).unwrap();
        it.ended_at = Some(Timestamp(9));
        store.write_blocking(put(&it).unwrap()).unwrap();
        let read = load(&store, it.id).unwrap().unwrap();
        assert_eq!(read.value, it);
        assert_eq!(page(&store, None, 5).unwrap().len(), 1);
        store.write_blocking(remove(&read)).unwrap();
        assert!(load(&store, it.id).unwrap().is_none());
    }
}
