//! That people agreed to the terms and the privacy notice of the house: one row for each person and
//! version, written the first time they said so.

use parlor_domain::{
    agreement::{Agreement, EditionId, Place},
    id::{MeetingId, UserId},
    time::Timestamp,
};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::read::{self, LoadError, Swept};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most versions of one person that are read at once.
const VERSIONS_MAX: usize = 200;

#[derive(Serialize, Deserialize)]
pub(super) struct AgreementRow {
    version: String,
    edition: [u8; 16],
    at: i64,
    place: u8,
    meeting: Option<Uuid>,
}

impl Row for AgreementRow {
    const TABLE: Table = Table::Agreements;
    const VERSION: u8 = 1;
}

impl From<&Agreement> for AgreementRow {
    fn from(it: &Agreement) -> Self {
        let place = Place::ALL.iter().position(|place| *place == it.place);
        Self {
            version: it.version.clone(),
            edition: it.edition.0,
            at: it.at.0,
            place: place.unwrap_or(0) as u8,
            meeting: it.meeting.map(|id| id.0),
        }
    }
}

impl TryFrom<AgreementRow> for Agreement {
    type Error = RowError;

    fn try_from(row: AgreementRow) -> Result<Self, RowError> {
        let place = Place::ALL.get(usize::from(row.place));
        Ok(Self {
            version: row.version,
            edition: EditionId(row.edition),
            at: Timestamp(row.at),
            place: *place.ok_or(RowError::Malformed {
                table: Table::Agreements,
                version: AgreementRow::VERSION,
            })?,
            meeting: row.meeting.map(MeetingId),
        })
    }
}

fn key(person: UserId, version: &str) -> Vec<u8> {
    let hash = digest(&SHA256, version.as_bytes());
    [person.as_bytes().as_slice(), &hash.as_ref()[..16]].concat()
}

/// Whether this person agreed to this version. A person is an account, an invitation, or what stands
/// for an address.
pub fn has(store: &Store, person: UserId, version: &str) -> Result<bool, LoadError> {
    let row = store.get(Table::Agreements, key(person, version))?;
    Ok(row.is_some())
}

/// Everything that this person agreed to, the earliest first.
pub fn load_of(store: &Store, person: UserId) -> Result<Vec<Agreement>, LoadError> {
    let range = KeyRange::prefix(person.as_bytes());
    let rows = store.scan(Table::Agreements, range, VERSIONS_MAX)?;
    let mut all = Vec::with_capacity(rows.len());
    for (_, bytes) in rows {
        all.push(Agreement::try_from(AgreementRow::from_bytes(&bytes)?)?);
    }
    all.sort_by_key(|it| it.at);
    Ok(all)
}

/// Writes one.
pub fn put(person: UserId, it: &Agreement) -> Result<Batch, RowError> {
    let row = AgreementRow::from(it).to_bytes()?;
    Ok(Batch::new().put(Table::Agreements, key(person, &it.version), row))
}

/// Removes one page of those that people without an account said before `before`; the others go with
/// their accounts.
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<Swept, LoadError> {
    read::sweep_rows::<AgreementRow>(store, after, limit, |row| {
        let place = Place::ALL.get(usize::from(row.place));
        place.is_some_and(|it| it.is_guests()) && row.at < before.0
    })
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<AgreementRow>;

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(version: &str, at: i64, place: Place) -> Agreement {
        Agreement {
            version: version.into(),
            edition: EditionId([1; 16]),
            at: Timestamp(at),
            place,
            meeting: (place == Place::Join).then(|| MeetingId(Uuid::from_u128(4))),
        }
    }

    #[test]
    fn what_a_person_agreed_to_is_found_by_version_and_in_order() {
        let store = Store::in_memory();
        let (one, other) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let all = [agreed("2", 5, Place::SignUp), agreed("10", 9, Place::Again)];
        for it in &all {
            store.write_blocking(put(one, it).unwrap()).unwrap();
        }
        assert_eq!(load_of(&store, one).unwrap(), all);
        assert!(has(&store, one, "10").unwrap() && !has(&store, one, "1").unwrap());
        assert!(!has(&store, other, "10").unwrap());
    }

    #[test]
    fn what_guests_said_goes_by_its_age_and_the_rest_with_the_account() {
        let store = Store::in_memory();
        for (n, place) in (0..).zip(Place::ALL) {
            let it = agreed("1", 5, place);
            store
                .write_blocking(put(UserId(Uuid::from_u128(n)), &it).unwrap())
                .unwrap();
        }
        assert_eq!(sweep(&store, None, Timestamp(5), 9).unwrap().1, 0);
        let (batch, count, _) = sweep(&store, None, Timestamp(6), 9).unwrap();
        store.write_blocking(batch).unwrap();
        let left: Vec<Place> = store
            .scan(Table::Agreements, KeyRange::all(), 9)
            .unwrap()
            .iter()
            .map(|(_, bytes)| {
                Agreement::try_from(AgreementRow::from_bytes(bytes).unwrap())
                    .unwrap()
                    .place
            })
            .collect();
        assert_eq!(left, [Place::SignUp, Place::Again]);
        assert_eq!(count, Place::ALL.len() - left.len());
    }
}
