//! Calls: when the media of a meeting's room began and ended, and what it moved through the relay.
//!
//! Two rows per call. The record is written durably at the start and at the end; the traffic is
//! written lazily while the call lives. They are apart because a lazy write has no preconditions: in
//! one row, sums that come late could take back an end that was written before them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    call::traffic::{CallTraffic, Flow, Path, Share, Used},
    id::{CallId, MeetingId, UserId},
    time::{Millis, Timestamp},
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::{Batch, LazyBatch},
    range::KeyRange,
    row::{Row, RowError, decode},
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
    /// How long two or more were connected; known at the end.
    pub connected: Option<Millis>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CallRow {
    id: Uuid,
    meeting: Uuid,
    started_at: i64,
    ended_at: Option<i64>,
    connected_ms: Option<i64>,
}

/// Before the connected time was kept.
#[derive(Serialize, Deserialize)]
struct CallRow1 {
    id: Uuid,
    meeting: Uuid,
    started_at: i64,
    ended_at: Option<i64>,
}

impl Row for CallRow {
    const TABLE: Table = Table::Calls;
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        match version {
            1 => decode(Self::TABLE, 1, body).map(|row: CallRow1| Self {
                id: row.id,
                meeting: row.meeting,
                started_at: row.started_at,
                ended_at: row.ended_at,
                connected_ms: None,
            }),
            version => Err(RowError::UnknownVersion {
                table: Self::TABLE,
                version,
            }),
        }
    }
}

/// Packets and bytes up, packets and bytes down, packets dropped.
type UsedRow = (u64, u64, u64, u64, u64);

#[derive(Serialize, Deserialize)]
pub(super) struct TrafficRow {
    people: Vec<(Option<Uuid>, u8, UsedRow)>,
}

impl Row for TrafficRow {
    const TABLE: Table = Table::CallTraffic;
    const VERSION: u8 = 1;
}

const PATHS: [Path; 3] = [Path::Unknown, Path::Direct, Path::Relay];

impl From<&CallTraffic> for TrafficRow {
    fn from(it: &CallTraffic) -> Self {
        let people = it.people.iter().map(|(user, share)| {
            let Used { up, down, dropped } = share.used;
            let path = PATHS.iter().position(|path| *path == share.path);
            (
                user.map(|user| user.0),
                path.unwrap_or(0) as u8,
                (up.packets, up.bytes, down.packets, down.bytes, dropped),
            )
        });
        Self {
            people: people.collect(),
        }
    }
}

impl TryFrom<TrafficRow> for CallTraffic {
    type Error = RowError;

    fn try_from(row: TrafficRow) -> Result<Self, RowError> {
        let people = row.people.into_iter().map(|(user, path, used)| {
            let (up_packets, up_bytes, down_packets, down_bytes, dropped) = used;
            let flow = |packets, bytes| Flow { packets, bytes };
            let share = Share {
                used: Used {
                    up: flow(up_packets, up_bytes),
                    down: flow(down_packets, down_bytes),
                    dropped,
                },
                path: *PATHS.get(usize::from(path)).unwrap_or(&Path::Unknown),
            };
            (user.map(UserId), share)
        });
        Ok(Self {
            people: people.collect(),
        })
    }
}

impl From<&CallRecord> for CallRow {
    fn from(it: &CallRecord) -> Self {
        Self {
            id: it.id.0,
            meeting: it.meeting.0,
            started_at: it.started_at.0,
            ended_at: it.ended_at.map(|at| at.0),
            connected_ms: it.connected.map(|span| span.0),
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
            connected: row.connected_ms.map(Millis),
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

/// The calls of one meeting, earliest first, at most `limit`. Ids rise with time.
pub fn load_of(
    store: &Store,
    meeting: MeetingId,
    limit: usize,
) -> Result<Vec<Read<CallRecord>>, LoadError> {
    let keys = store.scan(
        Table::CallsByMeeting,
        KeyRange::prefix(meeting.as_bytes()),
        limit,
    )?;
    let mut calls = Vec::with_capacity(keys.len());
    for (key, _) in keys {
        let Ok(id) = Uuid::from_slice(&key[meeting.as_bytes().len()..]) else {
            continue;
        };
        calls.extend(load(store, CallId(id))?);
    }
    Ok(calls)
}

/// What a call moved, as last written.
pub fn load_traffic(store: &Store, id: CallId) -> Result<CallTraffic, LoadError> {
    let read = read::load::<TrafficRow, CallTraffic>(store, id.as_bytes())?;
    Ok(read.map(|read| read.value).unwrap_or_default())
}

/// Writes what a call moved so far; the last half second may be lost with the machine.
pub fn put_traffic_lazily(id: CallId, it: &CallTraffic) -> Result<LazyBatch, RowError> {
    let row = TrafficRow::from(it).to_bytes()?;
    Ok(LazyBatch::new().put(Table::CallTraffic, id.as_bytes(), row))
}

/// Writes what a call moved in the end.
pub fn put_traffic(id: CallId, it: &CallTraffic) -> Result<Batch, RowError> {
    let row = TrafficRow::from(it).to_bytes()?;
    Ok(Batch::new().put(Table::CallTraffic, id.as_bytes(), row))
}

/// Forgets a call.
pub fn remove(old: &Read<CallRecord>) -> Batch {
    read::remove::<CallRow, _>(old.id.as_bytes(), old)
        .delete(Table::CallsByMeeting, by_meeting(old))
        .delete(Table::CallTraffic, old.id.as_bytes())
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
            connected: None,
        };
        store.write_blocking(put(&it).unwrap()).unwrap();
        it.ended_at = Some(Timestamp(9));
        it.connected = Some(Millis(5));
        store.write_blocking(put(&it).unwrap()).unwrap();
        let read = load(&store, it.id).unwrap().unwrap();
        assert_eq!(read.value, it);
        assert_eq!(page(&store, None, 5).unwrap().len(), 1);
        assert_eq!(load_of(&store, it.meeting, 5).unwrap()[0].value, it);
        let traffic = traffic();
        store
            .write_blocking(put_traffic(it.id, &traffic).unwrap())
            .unwrap();
        assert_eq!(load_traffic(&store, it.id).unwrap(), traffic);
        store.write_blocking(remove(&read)).unwrap();
        assert!(load(&store, it.id).unwrap().is_none());
        assert!(load_of(&store, it.meeting, 5).unwrap().is_empty());
        assert_eq!(load_traffic(&store, it.id).unwrap(), CallTraffic::default());
    }

    #[test]
    fn a_record_of_the_first_shape_is_still_read() {
        let store = Store::in_memory();
        let (id, meeting) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let old = CallRow1 {
            id,
            meeting,
            started_at: 3,
            ended_at: Some(9),
        };
        let bytes = crate::row::encode(Table::Calls, 1, &old).unwrap();
        store
            .write_blocking(Batch::new().put(Table::Calls, id.as_bytes(), bytes))
            .unwrap();
        let read = load(&store, CallId(id)).unwrap().unwrap();
        assert_eq!((read.ended_at, read.connected), (Some(Timestamp(9)), None));
        store.write_blocking(remove(&read)).unwrap();
    }

    #[test]
    fn sums_that_come_late_take_nothing_back() {
        let store = Store::in_memory();
        let it = CallRecord {
            id: CallId(Uuid::from_u128(1)),
            meeting: MeetingId(Uuid::from_u128(2)),
            started_at: Timestamp(3),
            ended_at: Some(Timestamp(9)),
            connected: Some(Millis(5)),
        };
        store.write_blocking(put(&it).unwrap()).unwrap();
        store
            .write_lazy(put_traffic_lazily(it.id, &traffic()).unwrap())
            .unwrap();
        assert_eq!(load(&store, it.id).unwrap().unwrap().value, it);
        assert_eq!(load_traffic(&store, it.id).unwrap(), traffic());
    }

    fn traffic() -> CallTraffic {
        let mut traffic = CallTraffic::default();
        let user = UserId(Uuid::from_u128(4));
        traffic.reached(user, true);
        let flow = |packets, bytes| Flow { packets, bytes };
        let used = Used {
            up: flow(1, 2),
            down: flow(3, 4),
            dropped: 5,
        };
        traffic.add(Some(user), used);
        traffic.add(None, used);
        traffic
    }
}
