//! Paid calls: one row per attempt, answered or not, with the bill of those that were.
//!
//! The row of a running call is written together with each step of its bill, by the one actor that
//! owns the call; nobody else writes it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    bill,
    event::MediaKind,
    id::{CallId, RoomId, UserId},
    money::MilliCoins,
    paid::{EndedBy, PaidCall, Status},
    tariff::Tariff,
    time::{Millis, Timestamp},
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct PaidCallRow {
    id: Uuid,
    room: Uuid,
    caller: Uuid,
    host: Uuid,
    video: bool,
    tariff: (i64, u32, u32, u32, i64, u32),
    created_at: i64,
    accepted_at: Option<i64>,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    paused_ms: i64,
    status: String,
    ended_by: Option<String>,
    /// Proven ms, billed seconds, charged, fee, held, settled.
    bill: Option<(i64, u64, i64, i64, i64, bool)>,
}

impl Row for PaidCallRow {
    const TABLE: Table = Table::PaidCalls;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::PaidCalls,
    version: PaidCallRow::VERSION,
};

impl From<&PaidCall> for PaidCallRow {
    fn from(it: &PaidCall) -> Self {
        let tariff = it.tariff;
        Self {
            id: it.id.0,
            room: it.room.0,
            caller: it.caller.0,
            host: it.host.0,
            video: it.kind == MediaKind::Video,
            tariff: (
                tariff.per_minute.0,
                tariff.initial_s,
                tariff.increment_s,
                tariff.free_s,
                tariff.connect_fee.0,
                tariff.commission_bps,
            ),
            created_at: it.created_at.0,
            accepted_at: it.accepted_at.map(|at| at.0),
            started_at: it.started_at.map(|at| at.0),
            ended_at: it.ended_at.map(|at| at.0),
            paused_ms: it.paused.0,
            status: it.status.word().into(),
            ended_by: it.ended_by.map(|why| why.word().into()),
            bill: it.bill.map(|bill| {
                let (charged, fee, held) = (bill.charged.0, bill.fee.0, bill.held.0);
                let proven = bill.proven.0;
                (proven, bill.billed_s, charged, fee, held, bill.settled)
            }),
        }
    }
}

impl TryFrom<PaidCallRow> for PaidCall {
    type Error = RowError;

    fn try_from(row: PaidCallRow) -> Result<Self, RowError> {
        let (per_minute, initial_s, increment_s, free_s, connect_fee, commission_bps) = row.tariff;
        let tariff = Tariff {
            per_minute: MilliCoins(per_minute),
            initial_s,
            increment_s,
            free_s,
            connect_fee: MilliCoins(connect_fee),
            commission_bps,
        };
        let (id, caller, host) = (CallId(row.id), UserId(row.caller), UserId(row.host));
        let bill = row.bill.map(
            |(proven, billed_s, charged, fee, held, settled)| bill::Record {
                call: id,
                payer: caller,
                host,
                tariff,
                proven: Millis(proven),
                billed_s,
                charged: MilliCoins(charged),
                fee: MilliCoins(fee),
                held: MilliCoins(held),
                settled,
            },
        );
        let ended_by = row.ended_by.as_deref();
        Ok(Self {
            id,
            room: RoomId(row.room),
            caller,
            host,
            kind: match row.video {
                true => MediaKind::Video,
                false => MediaKind::Audio,
            },
            tariff,
            created_at: Timestamp(row.created_at),
            accepted_at: row.accepted_at.map(Timestamp),
            started_at: row.started_at.map(Timestamp),
            ended_at: row.ended_at.map(Timestamp),
            paused: Millis(row.paused_ms),
            status: Status::parse(&row.status).ok_or(MALFORMED)?,
            ended_by: ended_by
                .map(|word| EndedBy::parse(word).ok_or(MALFORMED))
                .transpose()?,
            bill,
        })
    }
}

fn by_person(user: UserId, it: &PaidCall) -> Vec<u8> {
    [
        user.as_bytes().as_slice(),
        &time_key(it.created_at),
        it.id.as_bytes(),
    ]
    .concat()
}

/// Writes a call as it is now, with the ways to find it.
pub fn put(it: &PaidCall) -> Result<Batch, RowError> {
    let id = it.id.as_bytes();
    let batch = Batch::new()
        .put(Table::PaidCalls, id, PaidCallRow::from(it).to_bytes()?)
        .put(Table::PaidCallByRoom, it.room.as_bytes(), id.to_vec())
        .put(
            Table::PaidCallsByPerson,
            by_person(it.caller, it),
            Vec::new(),
        )
        .put(Table::PaidCallsByPerson, by_person(it.host, it), Vec::new());
    Ok(match it.is_open() {
        true => batch.put(Table::PaidCallsOpen, id, Vec::new()),
        false => batch.delete(Table::PaidCallsOpen, id),
    })
}

/// Writes a later step of a running call, if it is still as it was written `before`; its ways to be
/// found are there already.
pub fn step(before: &PaidCall, it: &PaidCall) -> Result<Batch, RowError> {
    let id = it.id.as_bytes();
    let was = PaidCallRow::from(before).to_bytes()?;
    let batch = Batch::new().require_equals(Table::PaidCalls, id, was).put(
        Table::PaidCalls,
        id,
        PaidCallRow::from(it).to_bytes()?,
    );
    Ok(match it.unsettled() {
        true => batch,
        false => batch.delete(Table::PaidCallsOpen, id),
    })
}

/// A page of all calls in the order of their ids, from after `after`; for the sweep.
pub fn page(
    store: &Store,
    after: Option<CallId>,
    limit: usize,
) -> Result<Vec<Read<PaidCall>>, LoadError> {
    read::page::<PaidCallRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Forgets a call and the ways to find it; fails when it changed meanwhile. Never one with a bill: the
/// books are held against it.
pub fn remove(old: &Read<PaidCall>) -> Batch {
    let id = old.id.as_bytes();
    read::remove::<PaidCallRow, _>(id, old)
        .delete(Table::PaidCallByRoom, old.room.as_bytes())
        .delete(Table::PaidCallsByPerson, by_person(old.caller, old))
        .delete(Table::PaidCallsByPerson, by_person(old.host, old))
        .delete(Table::PaidCallsOpen, id)
}

/// The call with this id.
pub fn load(store: &Store, id: CallId) -> Result<Option<PaidCall>, LoadError> {
    let read = read::load::<PaidCallRow, PaidCall>(store, id.as_bytes())?;
    Ok(read.map(|read| read.value))
}

/// The call that happens in this room.
pub fn load_by_room(store: &Store, room: RoomId) -> Result<Option<PaidCall>, LoadError> {
    match store.get(Table::PaidCallByRoom, room.as_bytes())? {
        Some(bytes) => load(store, CallId::from_bytes(read::id_in(&bytes, MALFORMED)?)),
        None => Ok(None),
    }
}

/// A person's calls, on either side, the latest first, that began before `before`.
pub fn load_of(
    store: &Store,
    user: UserId,
    before: Option<Timestamp>,
    limit: usize,
) -> Result<Vec<PaidCall>, LoadError> {
    let mut range = KeyRange::prefix(user.as_bytes()).reverse();
    if let Some(before) = before {
        range = range.after([user.as_bytes().as_slice(), &time_key(before)].concat());
    }
    read_all(store, Table::PaidCallsByPerson, range, limit)
}

/// Calls that ring, and those whose bill is not settled, from after `after`.
pub fn load_open(
    store: &Store,
    after: Option<CallId>,
    limit: usize,
) -> Result<Vec<PaidCall>, LoadError> {
    let range = match after {
        Some(id) => KeyRange::all().after(id.as_bytes()),
        None => KeyRange::all(),
    };
    read_all(store, Table::PaidCallsOpen, range, limit)
}

fn read_all(
    store: &Store,
    index: Table,
    range: KeyRange,
    limit: usize,
) -> Result<Vec<PaidCall>, LoadError> {
    let calls = read::load_indexed::<PaidCallRow, PaidCall>(store, index, range, limit)?;
    Ok(calls.into_iter().map(|call| call.value).collect())
}

/// The row as its people may read it.
pub(crate) const SHOWN: Shown = shown::<PaidCallRow>;

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn of(n: u128) -> PaidCall {
        let tariff = Tariff {
            per_minute: MilliCoins::coins(10),
            initial_s: 60,
            increment_s: 1,
            free_s: 20,
            connect_fee: MilliCoins(7),
            commission_bps: 2_000,
        };
        PaidCall {
            id: CallId(Uuid::from_u128(n)),
            room: RoomId(Uuid::from_u128(n + 100)),
            caller: user(1),
            host: user(2),
            kind: MediaKind::Audio,
            tariff,
            created_at: Timestamp(i64::try_from(n).unwrap()),
            accepted_at: None,
            started_at: None,
            ended_at: Some(Timestamp(9)),
            paused: Millis(3),
            status: Status::Missed,
            ended_by: None,
            bill: None,
        }
    }

    #[test]
    fn a_call_is_found_by_room_by_person_and_while_it_is_open() {
        let store = Store::in_memory();
        let mut live = of(5);
        live.status = Status::Live;
        live.ended_by = Some(EndedBy::Balance);
        live.bill = Some(bill::Record {
            call: live.id,
            payer: live.caller,
            host: live.host,
            tariff: live.tariff,
            proven: Millis(61_234),
            billed_s: 61,
            charged: MilliCoins(10_167),
            fee: MilliCoins(2_033),
            held: MilliCoins(1),
            settled: false,
        });
        store.write_blocking(put(&of(4)).unwrap()).unwrap();
        store.write_blocking(put(&live).unwrap()).unwrap();
        assert_eq!(load(&store, live.id).unwrap(), Some(live.clone()));
        assert_eq!(load_by_room(&store, live.room).unwrap(), Some(live.clone()));
        for person in [1, 2] {
            let all = load_of(&store, user(person), None, 9).unwrap();
            assert_eq!(all, [live.clone(), of(4)], "the latest first");
        }
        let earlier = load_of(&store, user(1), Some(Timestamp(5)), 9).unwrap();
        assert_eq!(earlier, [of(4)]);
        let mut ringing = of(6);
        ringing.status = Status::Ringing;
        store.write_blocking(put(&ringing).unwrap()).unwrap();
        let open = load_open(&store, None, 9).unwrap();
        assert_eq!(open, [live.clone(), ringing.clone()]);
        let over = ringing.cut_off(Timestamp(8));
        store.write_blocking(put(&over).unwrap()).unwrap();
        assert_eq!(load_open(&store, None, 9).unwrap(), [live.clone()]);
        let before = live.clone();
        live.bill.as_mut().unwrap().settled = true;
        let settle = step(&before, &live).unwrap();
        store.write_blocking(settle.clone()).unwrap();
        assert!(store.write_blocking(settle).is_err(), "once only");
        assert_eq!(load_open(&store, None, 9).unwrap(), []);
        assert_eq!(load(&store, live.id).unwrap(), Some(live));
    }
}
