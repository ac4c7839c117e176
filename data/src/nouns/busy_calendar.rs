//! Calendars of elsewhere that keep hosts' time free. A host's lie side by side. The address is a
//! secret of the host's; it is told to nobody and logged nowhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    busy_calendar::{BusyCalendar, CALENDARS_MAX, Trouble},
    id::UserId,
    time::{Millis, Timestamp},
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct BusyCalendarRow {
    id: Uuid,
    host: Uuid,
    address: String,
    label: String,
    tag: Option<String>,
    tried_at: i64,
    read_at: i64,
    laid_out_at: i64,
    laid_out_for: String,
    trouble: Option<String>,
    /// From the end of the one before to the beginning, and how long, in milliseconds: a row has a
    /// bound.
    spans: Vec<(i64, i64)>,
    skipped: u32,
    added_at: i64,
}

impl Row for BusyCalendarRow {
    const TABLE: Table = Table::BusyCalendars;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::BusyCalendars,
    version: BusyCalendarRow::VERSION,
};

impl From<&BusyCalendar> for BusyCalendarRow {
    fn from(it: &BusyCalendar) -> Self {
        let mut last = 0;
        let spans = it.spans.iter().map(|(from, to)| {
            let row = (from.0 - last, to.0 - from.0);
            last = to.0;
            row
        });
        Self {
            id: it.id,
            host: it.host.0,
            address: it.address.clone(),
            label: it.label.clone(),
            tag: it.tag.clone(),
            tried_at: it.tried_at.0,
            read_at: it.read_at.0,
            laid_out_at: it.laid_out.0.0,
            laid_out_for: it.laid_out.1.clone(),
            trouble: it.trouble.map(|it| it.word().to_owned()),
            spans: spans.collect(),
            skipped: it.skipped,
            added_at: it.added_at.0,
        }
    }
}

impl TryFrom<BusyCalendarRow> for BusyCalendar {
    type Error = RowError;

    fn try_from(row: BusyCalendarRow) -> Result<Self, RowError> {
        let trouble = |word: String| {
            let known = Trouble::ALL.iter().find(|it| it.1 == word);
            known.map(|it| it.0).ok_or(MALFORMED)
        };
        let mut last = Timestamp(0);
        let spans = row.spans.into_iter().map(|(after, long)| {
            let from = last + Millis(after);
            last = from + Millis(long);
            (from, last)
        });
        Ok(Self {
            spans: spans.collect(),
            id: row.id,
            host: UserId(row.host),
            address: row.address,
            label: row.label,
            tag: row.tag,
            tried_at: Timestamp(row.tried_at),
            read_at: Timestamp(row.read_at),
            laid_out: (Timestamp(row.laid_out_at), row.laid_out_for),
            trouble: row.trouble.map(trouble).transpose()?,
            skipped: row.skipped,
            added_at: Timestamp(row.added_at),
        })
    }
}

fn key(host: UserId, id: Uuid) -> Vec<u8> {
    [host.as_bytes().as_slice(), id.as_bytes()].concat()
}

/// One of a host's calendars.
pub fn load(
    store: &Store,
    host: UserId,
    id: Uuid,
) -> Result<Option<Read<BusyCalendar>>, LoadError> {
    read::load::<BusyCalendarRow, _>(store, key(host, id))
}

/// A host's calendars.
pub fn load_of(store: &Store, host: UserId) -> Result<Vec<Read<BusyCalendar>>, LoadError> {
    let range = KeyRange::prefix(host.as_bytes());
    let rows = store.scan(Table::BusyCalendars, range, CALENDARS_MAX)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<BusyCalendarRow, _>(bytes))
        .collect()
}

/// At most `limit` calendars of all hosts, from after `after`.
pub fn page(
    store: &Store,
    after: Option<(UserId, Uuid)>,
    limit: usize,
) -> Result<Vec<Read<BusyCalendar>>, LoadError> {
    let range = match after {
        Some((host, id)) => KeyRange::all().after(key(host, id)),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::BusyCalendars, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<BusyCalendarRow, _>(bytes))
        .collect()
}

/// Writes a calendar; fails when it is not still as it was read (none: when there is one already).
pub fn put(old: Option<&Read<BusyCalendar>>, new: &BusyCalendar) -> Result<Batch, RowError> {
    read::put(key(new.host, new.id), old, &BusyCalendarRow::from(new))
}

/// Removes a calendar and what it took.
pub fn remove(old: &Read<BusyCalendar>) -> Batch {
    read::remove::<BusyCalendarRow, _>(key(old.host, old.id), old)
}

/// The row as its host may read it.
pub(crate) const SHOWN: Shown = shown::<BusyCalendarRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::ical::SPANS_MAX;

    fn calendar(host: u128, id: u128) -> BusyCalendar {
        let at = |n: i64| Timestamp(1_772_445_600_000 + n * 7_654_321);
        BusyCalendar {
            id: Uuid::from_u128(id),
            host: UserId(Uuid::from_u128(host)),
            address: format!("https://example.org/{}", "x".repeat(980)),
            label: "Own".into(),
            tag: Some("t".repeat(200)),
            tried_at: at(1),
            read_at: at(2),
            laid_out: (at(3), "Europe/Berlin".into()),
            trouble: Some(Trouble::Silent),
            spans: (0..SPANS_MAX as i64)
                .map(|n| (at(2 * n), at(2 * n + 1)))
                .collect(),
            skipped: 4,
            added_at: at(5),
        }
    }

    #[test]
    fn the_largest_calendar_fits_and_comes_back() {
        let store = Store::in_memory();
        for (host, id) in [(1, 11), (1, 12), (2, 13)] {
            let batch = put(None, &calendar(host, id)).unwrap();
            store.write_blocking(batch).unwrap();
        }
        let host = UserId(Uuid::from_u128(1));
        let of = load_of(&store, host).unwrap();
        assert_eq!(of.len(), 2);
        assert_eq!(of[1].value, calendar(1, 12));
        let all = page(&store, None, 2).unwrap();
        let rest = page(&store, Some((all[1].host, all[1].id)), 9).unwrap();
        assert_eq!((all.len(), rest.len()), (2, 1));
        let mut changed = of[0].value.clone();
        changed.trouble = None;
        store
            .write_blocking(put(Some(&of[0]), &changed).unwrap())
            .unwrap();
        let read = load(&store, host, changed.id).unwrap().unwrap();
        assert_eq!(read.value, changed);
        store.write_blocking(remove(&read)).unwrap();
        assert_eq!(load_of(&store, host).unwrap().len(), 1);
    }
}
