//! When hosts can be booked: one row a host.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    availability::{Availability, Exception, Span},
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

/// First and last minute.
type SpanRow = (u16, u16);
/// Year, month, day.
type DateRow = (i16, i8, i8);

#[derive(Serialize, Deserialize)]
pub(super) struct AvailabilityRow {
    host: Uuid,
    zone: String,
    week: [Vec<SpanRow>; 7],
    /// First and last day, every year, spans, label.
    exceptions: Vec<(DateRow, DateRow, bool, Vec<SpanRow>, String)>,
    updated_at: i64,
}

impl Row for AvailabilityRow {
    const TABLE: Table = Table::Availability;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Availability,
    version: AvailabilityRow::VERSION,
};

fn to_rows(spans: &[Span]) -> Vec<SpanRow> {
    spans.iter().map(|it| (it.from, it.to)).collect()
}

fn of_rows(rows: Vec<SpanRow>) -> Vec<Span> {
    let spans = rows.into_iter().map(|(from, to)| Span { from, to });
    spans.collect()
}

fn to_date(it: Date) -> DateRow {
    (it.year(), it.month(), it.day())
}

fn of_date((year, month, day): DateRow) -> Result<Date, RowError> {
    Date::new(year, month, day).map_err(|_| MALFORMED)
}

impl From<&Availability> for AvailabilityRow {
    fn from(it: &Availability) -> Self {
        let exceptions = it.exceptions.iter().map(|it| {
            let days = (to_date(it.first), to_date(it.last));
            (
                days.0,
                days.1,
                it.yearly,
                to_rows(&it.spans),
                it.label.clone(),
            )
        });
        Self {
            host: it.host.0,
            zone: it.zone.clone(),
            week: std::array::from_fn(|day| to_rows(&it.week[day])),
            exceptions: exceptions.collect(),
            updated_at: it.updated_at.0,
        }
    }
}

impl TryFrom<AvailabilityRow> for Availability {
    type Error = RowError;

    fn try_from(row: AvailabilityRow) -> Result<Self, RowError> {
        let exceptions = row.exceptions.into_iter();
        let exceptions = exceptions.map(|(first, last, yearly, spans, label)| {
            Ok(Exception {
                first: of_date(first)?,
                last: of_date(last)?,
                yearly,
                spans: of_rows(spans),
                label,
            })
        });
        Ok(Self {
            host: UserId(row.host),
            zone: row.zone,
            week: row.week.map(of_rows),
            exceptions: exceptions.collect::<Result<_, RowError>>()?,
            updated_at: Timestamp(row.updated_at),
        })
    }
}

/// When this host can be booked; `None` when they never said.
pub fn load(store: &Store, host: UserId) -> Result<Option<Read<Availability>>, LoadError> {
    read::load::<AvailabilityRow, _>(store, host.as_bytes())
}

/// Writes it; fails when it is not still as it was read (none: when there is one already).
pub fn put(old: Option<&Read<Availability>>, new: &Availability) -> Result<Batch, RowError> {
    read::put(new.host.as_bytes(), old, &AvailabilityRow::from(new))
}

/// The row as its host may read it.
pub(crate) const SHOWN: Shown = shown::<AvailabilityRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn hours_come_back() {
        let store = Store::in_memory();
        let host = UserId(Uuid::from_u128(1));
        let mut hours = Availability::none(host, "Europe/Berlin", Timestamp(3));
        hours.week[6] = vec![Span {
            from: 60,
            to: 1_500,
        }];
        hours.exceptions.push(Exception {
            first: date(2026, 12, 24),
            last: date(2027, 1, 1),
            yearly: true,
            spans: vec![],
            label: "Away".into(),
        });
        assert!(load(&store, host).unwrap().is_none());
        store.write_blocking(put(None, &hours).unwrap()).unwrap();
        let read = load(&store, host).unwrap().unwrap();
        assert_eq!(read.value, hours);
        assert!(store.write_blocking(put(None, &hours).unwrap()).is_err());
        store
            .write_blocking(put(Some(&read), &hours).unwrap())
            .unwrap();
    }
}
