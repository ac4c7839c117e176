//! Looking for records, the latest first: by an index where one helps, then each against what is wanted.

use parlor_domain::{
    audit::{FOLDED_WITHIN, Record, Wanted},
    time::Millis,
};

use super::{LoadError, MALFORMED, chained, first_since, head, load_row, record_of};
use super::{person_prefix, resource_prefix};
use crate::{range::KeyRange, store::Store, tables::Table};

/// Rows read at once.
const PAGE: usize = 500;
/// How far times may be out of the order of numbers.
const SLACK: Millis = Millis(2 * FOLDED_WITHIN.0);

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The latest first.
    pub records: Vec<Record>,
    /// Look on before this number; none when everything was looked at.
    pub next: Option<u64>,
}

/// At most `limit` records from before the number `before`, after having looked at no more than
/// `looked_max`.
pub fn search(
    store: &Store,
    wanted: &Wanted,
    before: Option<u64>,
    limit: usize,
    looked_max: usize,
) -> Result<Found, LoadError> {
    let end = match wanted.to {
        Some(to) => first_since(store, to + SLACK)?,
        None => head(store)?.seq + 1,
    };
    let end = before.map_or(end, |before| before.min(end));
    let first = match wanted.from {
        Some(from) => first_since(store, from - SLACK - SLACK)?,
        None => 0,
    };
    let prefix = match (&wanted.person, &wanted.id) {
        (Some(user), _) => Some(person_prefix(user.as_bytes())),
        (None, Some(id)) => Some(resource_prefix(id)),
        (None, None) => None,
    };
    let (table, prefix) = match prefix {
        Some(prefix) => (Table::AuditIndex, prefix),
        None => (Table::AuditRecords, Vec::new()),
    };
    let key = |seq: u64| [prefix.as_slice(), &seq.to_be_bytes()].concat();
    let mut range = KeyRange::between(key(first), key(end)).reverse();
    let (mut found, mut looked) = (Found::default(), 0);
    loop {
        let rows = store.scan(table, range.clone(), PAGE)?;
        for (at, bytes) in &rows {
            let seq = at.last_chunk::<8>().ok_or(MALFORMED)?;
            let seq = u64::from_be_bytes(*seq);
            let row = match table {
                Table::AuditRecords => Some(chained(bytes)?.2),
                _ => load_row(store, seq)?,
            };
            looked += 1;
            if let Some(row) = row {
                let record = record_of(store, row)?;
                if wanted.matches(&record) {
                    found.records.push(record);
                }
            }
            if found.records.len() == limit || looked == looked_max {
                found.next = Some(seq);
                return Ok(found);
            }
        }
        match rows.last() {
            Some((last, _)) if rows.len() == PAGE => range = range.after(last),
            _ => return Ok(found),
        }
    }
}
