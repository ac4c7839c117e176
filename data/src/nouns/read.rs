//! What was read, together with its bytes, so that a write can require that it is still so.

use std::ops::Deref;

use bytes::Bytes;

use crate::{
    batch::Batch,
    error::ReadError,
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// A noun as it was read. Look through it at the value; hand it back to change the row.
#[derive(Debug, Clone)]
pub struct Read<T> {
    /// What the row says.
    pub value: T,
    /// The row, byte for byte.
    bytes: Bytes,
}

impl<T> Deref for Read<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// Why a noun could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The store failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The row is damaged or of a newer program.
    #[error(transparent)]
    Row(#[from] RowError),
}

/// Reads one noun.
pub(super) fn load<R, T>(store: &Store, key: impl AsRef<[u8]>) -> Result<Option<Read<T>>, LoadError>
where
    R: Row,
    T: TryFrom<R, Error = RowError>,
{
    store
        .get(R::TABLE, key)?
        .map(|bytes| read::<R, T>(bytes))
        .transpose()
}

/// The nouns whose ids end the keys that a scan of an index gives, in the order of that index; an
/// entry whose noun is gone is passed over.
pub(super) fn load_indexed<R, T>(
    store: &Store,
    index: Table,
    range: KeyRange,
    limit: usize,
) -> Result<Vec<Read<T>>, LoadError>
where
    R: Row,
    T: TryFrom<R, Error = RowError>,
{
    let malformed = RowError::Malformed {
        table: index,
        version: R::VERSION,
    };
    let keys = store.scan(index, range, limit)?;
    keys.iter()
        .map(|(key, _)| id_at_end(key).ok_or(LoadError::Row(malformed)))
        .filter_map(|id| id.and_then(|id| load::<R, T>(store, id)).transpose())
        .collect()
}

/// At most `limit` nouns in the order of their ids, from after `after`.
pub(super) fn page<R, T>(
    store: &Store,
    after: Option<[u8; 16]>,
    limit: usize,
) -> Result<Vec<Read<T>>, LoadError>
where
    R: Row,
    T: TryFrom<R, Error = RowError>,
{
    let range = match after {
        Some(id) => KeyRange::all().after(id),
        None => KeyRange::all(),
    };
    let rows = store.scan(R::TABLE, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::<R, T>(bytes))
        .collect()
}

/// At most `limit` nouns in the order of their ids backwards, from before `before`.
pub(super) fn latest<R, T>(
    store: &Store,
    before: Option<[u8; 16]>,
    limit: usize,
) -> Result<Vec<Read<T>>, LoadError>
where
    R: Row,
    T: TryFrom<R, Error = RowError>,
{
    let mut range = KeyRange::all().reverse();
    if let Some(id) = before {
        range = range.after(id);
    }
    let rows = store.scan(R::TABLE, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::<R, T>(bytes))
        .collect()
}

/// Rows of a page, and where the next page begins (`None`: that was the last).
pub(crate) type RowsAndNext = (Vec<(Bytes, Bytes)>, Option<Vec<u8>>);

/// One page of a table as it lies there, from after the key `after`: for sweeps.
pub(crate) fn rows(
    store: &Store,
    table: Table,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<RowsAndNext, ReadError> {
    let range = match after {
        Some(key) => KeyRange::all().after(key),
        None => KeyRange::all(),
    };
    let rows = store.scan(table, range, limit)?;
    let next = (rows.len() == limit)
        .then(|| rows.last().map(|(key, _)| key.to_vec()))
        .flatten();
    Ok((rows, next))
}

/// What a sweep of one page removes, how many that are, and where the next page begins (`None`: that
/// was the last).
pub(super) type Swept = (Batch, usize, Option<Vec<u8>>);

/// Removes what is `old`, by key and row, of one page of a table after the key `after`.
pub(super) fn sweep(
    store: &Store,
    table: Table,
    after: Option<Vec<u8>>,
    limit: usize,
    old: impl Fn(&[u8], &[u8]) -> Result<bool, LoadError>,
) -> Result<Swept, LoadError> {
    let (rows, next) = rows(store, table, after, limit)?;
    let (mut batch, mut count) = (Batch::new(), 0);
    for (key, bytes) in rows {
        if old(&key, &bytes)? {
            batch = batch.delete(table, key);
            count += 1;
        }
    }
    Ok((batch, count, next))
}

/// The same by what the rows say.
pub(super) fn sweep_rows<R: Row>(
    store: &Store,
    after: Option<Vec<u8>>,
    limit: usize,
    old: impl Fn(&R) -> bool,
) -> Result<Swept, LoadError> {
    sweep(store, R::TABLE, after, limit, |_, bytes| {
        Ok(old(&R::from_bytes(bytes)?))
    })
}

/// Decodes one row that a scan gave.
pub(super) fn read<R, T>(bytes: Bytes) -> Result<Read<T>, LoadError>
where
    R: Row,
    T: TryFrom<R, Error = RowError>,
{
    let value = T::try_from(R::from_bytes(&bytes)?)?;
    Ok(Read { value, bytes })
}

/// A write that happens only if there is no such row yet.
pub(super) fn insert<R: Row>(key: impl AsRef<[u8]>, row: &R) -> Result<Batch, RowError> {
    Ok(Batch::new()
        .require_absent(R::TABLE, &key)
        .put(R::TABLE, &key, row.to_bytes()?))
}

/// A write that happens only if the row is still as it was read, or, where none was, still not there.
pub(super) fn put<R: Row, T>(
    key: impl AsRef<[u8]>,
    old: Option<&Read<T>>,
    row: &R,
) -> Result<Batch, RowError> {
    match old {
        Some(old) => replace(key, old, row),
        None => insert(key, row),
    }
}

/// A write that happens only if the row is still as it was read.
pub(super) fn replace<R: Row, T>(
    key: impl AsRef<[u8]>,
    old: &Read<T>,
    row: &R,
) -> Result<Batch, RowError> {
    Ok(Batch::new()
        .require_equals(R::TABLE, &key, old.bytes.clone())
        .put(R::TABLE, &key, row.to_bytes()?))
}

/// A removal that happens only if the row is still as it was read.
pub(super) fn remove<R: Row, T>(key: impl AsRef<[u8]>, old: &Read<T>) -> Batch {
    Batch::new()
        .require_equals(R::TABLE, &key, old.bytes.clone())
        .delete(R::TABLE, &key)
}

/// The value of a 16-byte row that holds nothing but an id.
pub(super) fn id_in(bytes: &[u8], of: RowError) -> Result<[u8; 16], LoadError> {
    bytes.try_into().map_err(|_| LoadError::Row(of))
}

/// A time as a key part: big-endian, ordered like the time, also before 1970.
pub(super) fn time_key(at: parlor_domain::time::Timestamp) -> [u8; 8] {
    ((at.0 as u64) ^ (1 << 63)).to_be_bytes()
}

/// The time of such a key part.
pub(super) fn time_in(key: &[u8; 8]) -> parlor_domain::time::Timestamp {
    parlor_domain::time::Timestamp((u64::from_be_bytes(*key) ^ (1 << 63)) as i64)
}

/// The id in the last 16 bytes of an index key.
pub(super) fn id_at_end(key: &[u8]) -> Option<[u8; 16]> {
    key.last_chunk::<16>().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::time::Timestamp;

    #[test]
    fn times_sort_like_times() {
        let times = [
            Timestamp::MIN,
            Timestamp(-1),
            Timestamp(0),
            Timestamp(7),
            Timestamp::MAX,
        ];
        for pair in times.windows(2) {
            assert!(time_key(pair[0]) < time_key(pair[1]), "{pair:?}");
        }
        assert_eq!(times.map(|it| time_in(&time_key(it))), times);
    }
}
