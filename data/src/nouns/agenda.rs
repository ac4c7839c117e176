//! What takes people's time: one row is one day (UTC) of one person. Whoever writes a day requires
//! it as it was read, so two bookings of one time cannot both be written.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    agenda::{self, Claim},
    id::{ServiceId, UserId},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError, decode},
    store::Store,
    tables::Table,
};

/// One day of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day(pub Vec<Claim>);

#[derive(Serialize, Deserialize)]
struct ClaimRow {
    told: ClaimRow1,
    seats: u32,
}

/// A claim as it was written before there were groups.
#[derive(Serialize, Deserialize)]
struct ClaimRow1 {
    owner: Uuid,
    from: i64,
    to: i64,
    starts_at: i64,
    service: Option<Uuid>,
    /// `None`: firm.
    until: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DayRow(Vec<ClaimRow>);

impl Row for DayRow {
    const TABLE: Table = Table::Agenda;
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        let alone = |told| ClaimRow { told, seats: 1 };
        match version {
            1 => decode::<Vec<ClaimRow1>>(Self::TABLE, 1, body)
                .map(|all| Self(all.into_iter().map(alone).collect())),
            version => Err(RowError::UnknownVersion {
                table: Self::TABLE,
                version,
            }),
        }
    }
}

impl From<&Day> for DayRow {
    fn from(day: &Day) -> Self {
        let row = |it: &Claim| ClaimRow {
            told: ClaimRow1 {
                owner: it.owner,
                from: it.from.0,
                to: it.to.0,
                starts_at: it.starts_at.0,
                service: it.service.map(|id| id.0),
                until: Some(it.until.0).filter(|_| it.until != Timestamp::MAX),
            },
            seats: it.seats,
        };
        Self(day.0.iter().map(row).collect())
    }
}

impl TryFrom<DayRow> for Day {
    type Error = RowError;

    fn try_from(row: DayRow) -> Result<Self, RowError> {
        let claim = |ClaimRow { told: it, seats }: ClaimRow| Claim {
            owner: it.owner,
            from: Timestamp(it.from),
            to: Timestamp(it.to),
            starts_at: Timestamp(it.starts_at),
            service: it.service.map(ServiceId),
            until: it.until.map_or(Timestamp::MAX, Timestamp),
            seats,
        };
        Ok(Self(row.0.into_iter().map(claim).collect()))
    }
}

fn key(person: UserId, day: i64) -> Vec<u8> {
    let day = ((day as u64) ^ (1 << 63)).to_be_bytes();
    [person.as_bytes().as_slice(), &day].concat()
}

/// One day, counted from 1970-01-01 (UTC).
pub fn load(store: &Store, person: UserId, day: i64) -> Result<Option<Read<Day>>, LoadError> {
    read::load::<DayRow, _>(store, key(person, day))
}

/// What takes a person's time in `[from, to)`: all claims of the days that this touches, those over
/// midnight once for each day.
pub fn load_span(
    store: &Store,
    person: UserId,
    from: Timestamp,
    to: Timestamp,
    days_max: usize,
) -> Result<Vec<Claim>, LoadError> {
    let days = agenda::days(from, to);
    let end = days.end().saturating_add(1);
    let range = KeyRange::between(key(person, *days.start()), key(person, end));
    let mut claims = Vec::new();
    for (_, bytes) in store.scan(Table::Agenda, range, days_max)? {
        claims.extend(read::read::<DayRow, Day>(bytes)?.value.0);
    }
    Ok(claims)
}

/// Writes a day as it is now; fails when it is not still as it was read.
pub fn put(
    old: Option<&Read<Day>>,
    person: UserId,
    day: i64,
    new: &Day,
) -> Result<Batch, RowError> {
    let (key, row) = (key(person, day), DayRow::from(new));
    match old {
        Some(old) if new.0.is_empty() => Ok(read::remove::<DayRow, _>(key, old)),
        Some(old) => read::replace(key, old, &row),
        None if new.0.is_empty() => Ok(Batch::new().require_absent(Table::Agenda, key)),
        None => read::insert(key, &row),
    }
}

/// Forgets days that were over at `before`, among one page of rows after `after`. Gives the removals,
/// how many, and where the next page begins (`None`: that was the last).
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    let today = *agenda::days(before, before).start();
    read::sweep(store, Table::Agenda, after, limit, |key, _| {
        Ok(day_in(key).is_some_and(|day| day < today))
    })
}

fn day_in(key: &[u8]) -> Option<i64> {
    let bytes = key.last_chunk::<8>()?;
    Some((u64::from_be_bytes(*bytes) ^ (1 << 63)) as i64)
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<DayRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::time::Millis;

    fn claim(owner: u128, until: Timestamp) -> Claim {
        Claim {
            owner: Uuid::from_u128(owner),
            from: Timestamp(1),
            to: Timestamp(2),
            starts_at: Timestamp(1),
            service: Some(ServiceId(Uuid::from_u128(3))),
            until,
            seats: 3,
        }
    }

    #[test]
    fn a_day_from_before_there_were_groups_is_read() {
        let day = Day(vec![claim(1, Timestamp(9))]);
        let told = DayRow::from(&day).0.into_iter().map(|it| it.told);
        let body = told.collect::<Vec<_>>();
        let old = crate::row::encode(Table::Agenda, 1, &body).unwrap();
        let read = Day::try_from(DayRow::from_bytes(&old).unwrap()).unwrap();
        assert_eq!(
            read.0[0],
            Claim {
                seats: 1,
                ..day.0[0]
            }
        );
    }

    #[test]
    fn of_two_who_read_the_same_day_one_writes_it() {
        let store = Store::in_memory();
        let person = UserId(Uuid::from_u128(1));
        let first = Day(vec![claim(1, Timestamp::MAX)]);
        let batch = put(None, person, 7, &first).unwrap();
        store.write_blocking(batch.clone()).unwrap();
        assert!(store.write_blocking(batch).is_err());
        let read = load(&store, person, 7).unwrap().unwrap();
        assert_eq!(read.value, first);
        let both = Day(vec![claim(1, Timestamp::MAX), claim(2, Timestamp(9))]);
        let batch = put(Some(&read), person, 7, &both).unwrap();
        store.write_blocking(batch.clone()).unwrap();
        assert!(store.write_blocking(batch).is_err());
        let read = load(&store, person, 7).unwrap().unwrap();
        let none = put(Some(&read), person, 7, &Day::default()).unwrap();
        store.write_blocking(none).unwrap();
        assert!(load(&store, person, 7).unwrap().is_none());
    }

    #[test]
    fn days_that_are_over_are_forgotten_page_by_page() {
        let store = Store::in_memory();
        let person = UserId(Uuid::from_u128(1));
        for day in [-3, -1, 4, 5, 6] {
            let it = Day(vec![claim(1, Timestamp::MAX)]);
            let batch = put(None, person, day, &it).unwrap();
            store.write_blocking(batch).unwrap();
        }
        // In the middle of the fifth day.
        let before = Timestamp(0) + Millis::from_mins(5 * 24 * 60 + 12 * 60);
        let (batch, count, next) = sweep(&store, None, before, 2).unwrap();
        assert_eq!(count, 2);
        store.write_blocking(batch).unwrap();
        let (batch, count, next) = sweep(&store, next, before, 9).unwrap();
        assert_eq!((count, next), (1, None));
        store.write_blocking(batch).unwrap();
        let left = [-3, -1, 4, 5, 6].map(|day| load(&store, person, day).unwrap().is_some());
        assert_eq!(left, [false, false, false, true, true]);
    }

    #[test]
    fn a_span_is_the_days_that_it_touches() {
        let store = Store::in_memory();
        let person = UserId(Uuid::from_u128(1));
        for day in [-1, 0, 1, 2] {
            let it = Day(vec![claim(day as u128, Timestamp::MAX)]);
            store
                .write_blocking(put(None, person, day, &it).unwrap())
                .unwrap();
        }
        let day = Timestamp(0) + Millis::from_days(1);
        let count = |from, to| load_span(&store, person, from, to, 9).unwrap().len();
        assert_eq!(count(Timestamp(0), day), 1);
        assert_eq!(count(Timestamp(0), day + Millis(1)), 2);
        assert_eq!(count(Timestamp(-5), day + Millis(1)), 3);
        let stranger = UserId(Uuid::from_u128(2));
        assert!(
            load_span(&store, stranger, Timestamp(0), day, 9)
                .unwrap()
                .is_empty()
        );
    }
}
