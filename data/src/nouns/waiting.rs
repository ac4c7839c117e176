//! Who waits for a full day, by the day and by the person.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    account::Email,
    id::{ServiceId, UserId},
    time::Timestamp,
    waiting::Waiting,
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct WaitingRow {
    id: Uuid,
    host: Uuid,
    service: Uuid,
    day: (i16, i8, i8),
    from: i64,
    to: i64,
    person: Uuid,
    email: String,
    name: String,
    language: String,
    time_zone: String,
    since: i64,
}

impl Row for WaitingRow {
    const TABLE: Table = Table::Waiting;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Waiting,
    version: WaitingRow::VERSION,
};

impl From<&Waiting> for WaitingRow {
    fn from(it: &Waiting) -> Self {
        Self {
            id: it.id,
            host: it.host.0,
            service: it.service.0,
            day: (it.day.year(), it.day.month(), it.day.day()),
            from: it.from.0,
            to: it.to.0,
            person: it.person.0,
            email: it.email.as_str().to_owned(),
            name: it.name.clone(),
            language: it.language.clone(),
            time_zone: it.time_zone.clone(),
            since: it.since.0,
        }
    }
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = RowError;

    fn try_from(row: WaitingRow) -> Result<Self, RowError> {
        let (year, month, day) = row.day;
        Ok(Self {
            id: row.id,
            host: UserId(row.host),
            service: ServiceId(row.service),
            day: Date::new(year, month, day).map_err(|_| MALFORMED)?,
            from: Timestamp(row.from),
            to: Timestamp(row.to),
            person: UserId(row.person),
            email: Email::parse(&row.email).map_err(|_| MALFORMED)?,
            name: row.name,
            language: row.language,
            time_zone: row.time_zone,
            since: Timestamp(row.since),
        })
    }
}

fn day_prefix(it: &Waiting) -> Vec<u8> {
    let parts = [it.host.as_bytes().as_slice(), it.service.as_bytes()].concat();
    [parts.as_slice(), &time_key(it.from)].concat()
}

fn keys(it: &Waiting) -> [(Table, Vec<u8>); 2] {
    let by_person = [it.person.as_bytes().as_slice(), it.id.as_bytes()].concat();
    [
        (
            Table::WaitingByDay,
            [day_prefix(it).as_slice(), it.id.as_bytes()].concat(),
        ),
        (Table::WaitingByPerson, by_person),
    ]
}

/// Somebody who waits.
pub fn load(store: &Store, id: Uuid) -> Result<Option<Read<Waiting>>, LoadError> {
    read::load::<WaitingRow, _>(store, id.as_bytes())
}

/// What a person waits for, at most `limit`.
pub fn load_of(
    store: &Store,
    person: UserId,
    limit: usize,
) -> Result<Vec<Read<Waiting>>, LoadError> {
    let keys = KeyRange::prefix(person.as_bytes());
    read::load_indexed::<WaitingRow, _>(store, Table::WaitingByPerson, keys, limit)
}

/// Who waits for the same as this one, at most `limit`.
pub fn load_beside(
    store: &Store,
    it: &Waiting,
    limit: usize,
) -> Result<Vec<Read<Waiting>>, LoadError> {
    let keys = KeyRange::prefix(day_prefix(it));
    read::load_indexed::<WaitingRow, _>(store, Table::WaitingByDay, keys, limit)
}

/// The first one who waits for another day, service or host than `after`, in the order of days.
pub fn first_of_next(
    store: &Store,
    after: Option<&Waiting>,
) -> Result<Option<Read<Waiting>>, LoadError> {
    let range = match after {
        Some(it) => KeyRange::all().after([day_prefix(it), vec![u8::MAX; 16]].concat()),
        None => KeyRange::all(),
    };
    let found = read::load_indexed::<WaitingRow, _>(store, Table::WaitingByDay, range, 1)?;
    Ok(found.into_iter().next())
}

/// Somebody waits from now on.
pub fn insert(it: &Waiting) -> Result<Batch, RowError> {
    let batch = read::insert(it.id.as_bytes(), &WaitingRow::from(it))?;
    let put = |batch: Batch, (table, key)| batch.put(table, key, Vec::new());
    Ok(keys(it).into_iter().fold(batch, put))
}

/// Somebody waits no more; fails when they already do not.
pub fn remove(old: &Read<Waiting>) -> Batch {
    let batch = read::remove::<WaitingRow, _>(old.id.as_bytes(), old);
    let delete = |batch: Batch, (table, key)| batch.delete(table, key);
    keys(old).into_iter().fold(batch, delete)
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<WaitingRow>;

/// A line is of who waits; the host of the day is in it too.
pub(crate) fn is_of(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<bool, LoadError> {
    let row = WaitingRow::from_bytes(row)?;
    Ok(person.is(row.person) || person.has(&row.email))
}

/// A person's place in a line goes, and lines for a host who is no more.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let it = WaitingRow::from_bytes(row)?;
    let theirs = person.is(it.person) || person.has(&it.email);
    Ok(Fate::gone(theirs || person.is(it.host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_wait_by_day_and_leave() {
        let store = Store::in_memory();
        let waiting = |id: u128, service: u128, from: i64, person: u128| Waiting {
            id: Uuid::from_u128(id),
            host: UserId(Uuid::from_u128(1)),
            service: ServiceId(Uuid::from_u128(service)),
            day: jiff::civil::date(2026, 3, 5),
            from: Timestamp(from),
            to: Timestamp(from + 10),
            person: UserId(Uuid::from_u128(person)),
            email: Email::parse("a@example.org").unwrap(),
            name: "Ada".into(),
            language: "en".into(),
            time_zone: "UTC".into(),
            since: Timestamp(3),
        };
        let all = [
            waiting(9, 2, 100, 7),
            waiting(8, 2, 100, 6),
            waiting(7, 2, 200, 7),
            waiting(6, 3, 100, 7),
        ];
        for it in &all {
            store.write_blocking(insert(it).unwrap()).unwrap();
        }
        assert_eq!(load(&store, all[0].id).unwrap().unwrap().value, all[0]);
        assert_eq!(
            load_of(&store, UserId(Uuid::from_u128(7)), 9)
                .unwrap()
                .len(),
            3
        );
        let mut seen = Vec::new();
        let mut after = None;
        while let Some(it) = first_of_next(&store, after.as_ref()).unwrap() {
            seen.push(load_beside(&store, &it, 9).unwrap().len());
            after = Some(it.value);
        }
        assert_eq!(seen, [2, 1, 1]);
        let old = load(&store, all[0].id).unwrap().unwrap();
        store.write_blocking(remove(&old)).unwrap();
        assert!(store.write_blocking(remove(&old)).is_err());
        assert_eq!(load_beside(&store, &all[1], 9).unwrap().len(), 1);
        assert_eq!(
            load_of(&store, UserId(Uuid::from_u128(7)), 9)
                .unwrap()
                .len(),
            2
        );
    }
}
