//! How the server did, one row for each hour, written lazily. Kept for so many days as plots show.

use serde::{Deserialize, Serialize};

use parlor_domain::{money::MilliCoins, numbers::Hour, time::Timestamp};

use super::read::{self, LoadError, time_in, time_key};
use crate::{
    batch::{Batch, LazyBatch},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
struct HourRow {
    at: i64,
    started: u64,
    failed: u64,
    direct: u64,
    relayed: u64,
    relay_bytes: u64,
    sockets_max: u64,
    sold: i64,
    fees: i64,
}

impl Row for HourRow {
    const TABLE: Table = Table::Numbers;
    const VERSION: u8 = 1;
}

impl From<&Hour> for HourRow {
    fn from(it: &Hour) -> Self {
        Self {
            at: it.at.0,
            started: it.started,
            failed: it.failed,
            direct: it.direct,
            relayed: it.relayed,
            relay_bytes: it.relay_bytes,
            sockets_max: it.sockets_max,
            sold: it.sold.0,
            fees: it.fees.0,
        }
    }
}

impl TryFrom<HourRow> for Hour {
    type Error = RowError;

    fn try_from(row: HourRow) -> Result<Self, RowError> {
        Ok(Self {
            at: Timestamp(row.at),
            started: row.started,
            failed: row.failed,
            direct: row.direct,
            relayed: row.relayed,
            relay_bytes: row.relay_bytes,
            sockets_max: row.sockets_max,
            sold: MilliCoins(row.sold),
            fees: MilliCoins(row.fees),
        })
    }
}

fn hours(store: &Store, range: KeyRange, limit: usize) -> Result<Vec<Hour>, LoadError> {
    let rows = store.scan(Table::Numbers, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| Ok(read::read::<HourRow, Hour>(bytes)?.value))
        .collect()
}

/// The hours that began in `[from, to)`, earliest first, at most `limit`.
pub fn load(
    store: &Store,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<Hour>, LoadError> {
    hours(
        store,
        KeyRange::between(time_key(from), time_key(to)),
        limit,
    )
}

/// The last hour that began before `before`.
pub fn last(store: &Store, before: Timestamp) -> Result<Option<Hour>, LoadError> {
    let range = KeyRange::all().reverse().after(time_key(before));
    Ok(hours(store, range, 1)?.pop())
}

/// Writes an hour as it is by now.
pub fn put_lazily(it: &Hour) -> Result<LazyBatch, RowError> {
    let row = HourRow::from(it);
    Ok(LazyBatch::new().put(Table::Numbers, time_key(it.at), row.to_bytes()?))
}

/// Removes one page of those that began before `before`.
pub fn sweep(store: &Store, before: Timestamp, limit: usize) -> Result<(Batch, usize), LoadError> {
    let old = store.scan(Table::Numbers, KeyRange::all(), limit)?;
    let old = old.into_iter().filter(|(key, _)| {
        let at = key.first_chunk::<8>().map(time_in);
        at.is_none_or(|at| at < before)
    });
    Ok(old.fold((Batch::new(), 0), |(batch, count), (key, _)| {
        (batch.delete(Table::Numbers, key), count + 1)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_come_back_in_order_and_go_when_they_are_old() {
        let store = Store::in_memory();
        for n in [3, 1, 2] {
            let hour = Hour {
                at: Timestamp(n),
                started: n.unsigned_abs(),
                ..Hour::default()
            };
            store.write_lazy(put_lazily(&hour).unwrap()).unwrap();
        }
        let of = |from, to| -> Vec<i64> {
            let all = load(&store, Timestamp(from), Timestamp(to), 9).unwrap();
            all.iter().map(|it| it.at.0).collect()
        };
        assert_eq!((of(1, 3), of(0, 9)), (vec![1, 2], vec![1, 2, 3]));
        let before = |at| last(&store, Timestamp(at)).unwrap().map(|it| it.at.0);
        assert_eq!((before(3), before(1)), (Some(2), None));
        let (batch, count) = sweep(&store, Timestamp(3), 9).unwrap();
        store.write_blocking(batch).unwrap();
        assert_eq!((count, of(0, 9)), (2, vec![3]));
    }
}
