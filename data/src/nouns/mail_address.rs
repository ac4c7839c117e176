//! What is known about an address that mail goes to: whether a server refused it for good, and what
//! its reader does not want. No row means: nothing known, send.

use serde::{Deserialize, Serialize};

use parlor_domain::{account::Email, mail::Standing, time::Timestamp};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError, decode},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct StandingRow {
    known: StandingRow1,
    digests_off_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct StandingRow1 {
    address: String,
    refused_at: Option<i64>,
    reply: u16,
    reminders_off_at: Option<i64>,
}

impl Row for StandingRow {
    const TABLE: Table = Table::MailAddresses;
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        match version {
            1 => decode(Self::TABLE, 1, body).map(|known| Self {
                known,
                digests_off_at: None,
            }),
            version => Err(RowError::UnknownVersion {
                table: Self::TABLE,
                version,
            }),
        }
    }
}

impl From<&Standing> for StandingRow {
    fn from(it: &Standing) -> Self {
        let known = StandingRow1 {
            address: it.address.as_str().to_owned(),
            refused_at: it.refused.map(|(at, _)| at.0),
            reply: it.refused.map_or(0, |(_, reply)| reply),
            reminders_off_at: it.reminders_off_at.map(|at| at.0),
        };
        Self {
            known,
            digests_off_at: it.digests_off_at.map(|at| at.0),
        }
    }
}

impl TryFrom<StandingRow> for Standing {
    type Error = RowError;

    fn try_from(row: StandingRow) -> Result<Self, RowError> {
        let malformed = RowError::Malformed {
            table: Table::MailAddresses,
            version: StandingRow::VERSION,
        };
        let StandingRow {
            known: row,
            digests_off_at,
        } = row;
        Ok(Self {
            address: Email::parse(&row.address).map_err(|_| malformed)?,
            refused: row.refused_at.map(|at| (Timestamp(at), row.reply)),
            reminders_off_at: row.reminders_off_at.map(Timestamp),
            digests_off_at: digests_off_at.map(Timestamp),
        })
    }
}

/// What is known about an address.
pub fn load(store: &Store, address: &Email) -> Result<Option<Read<Standing>>, LoadError> {
    read::load::<StandingRow, _>(store, address.as_str())
}

/// Writes what is known; requires that it is still as it was read. What says nothing is forgotten.
pub fn save(old: Option<&Read<Standing>>, new: &Standing) -> Result<Batch, RowError> {
    let key = new.address.as_str();
    match (old, new.says_nothing()) {
        (None, true) => Ok(Batch::new()),
        (None, false) => read::insert(key, &StandingRow::from(new)),
        (Some(old), true) => Ok(read::remove::<StandingRow, _>(key, old)),
        (Some(old), false) => read::replace(key, old, &StandingRow::from(new)),
    }
}

/// At most `limit` addresses of which something is known, in their own order, from after `after`.
pub fn page(
    store: &Store,
    after: Option<&Email>,
    limit: usize,
) -> Result<Vec<Read<Standing>>, LoadError> {
    let range = match after {
        Some(address) => KeyRange::all().after(address.as_str()),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::MailAddresses, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<StandingRow, _>(bytes))
        .collect()
}

/// The row as its reader may read it.
pub(crate) const SHOWN: Shown = shown::<StandingRow>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_comes_and_goes() {
        let store = Store::in_memory();
        let address = Email::parse("ada@example.org").unwrap();
        let mut standing = Standing::of(address.clone());
        standing.refused = Some((Timestamp(5), 550));
        standing.digests_off_at = Some(Timestamp(6));
        let batch = save(None, &standing).unwrap();
        store.write_blocking(batch).unwrap();
        let read = load(&store, &address).unwrap().unwrap();
        assert_eq!(read.value, standing);
        assert_eq!(page(&store, None, 10).unwrap().len(), 1);
        assert!(page(&store, Some(&address), 10).unwrap().is_empty());
        standing.refused = None;
        standing.digests_off_at = None;
        let batch = save(Some(&read), &standing).unwrap();
        store.write_blocking(batch).unwrap();
        assert!(load(&store, &address).unwrap().is_none());
        assert!(save(None, &standing).unwrap().is_empty());
    }

    #[test]
    fn a_row_of_before_is_still_read() {
        let store = Store::in_memory();
        let old = StandingRow1 {
            address: "ada@example.org".into(),
            refused_at: None,
            reply: 0,
            reminders_off_at: Some(7),
        };
        let mut bytes = vec![1];
        bytes.extend(postcard::to_stdvec(&old).unwrap());
        let batch = Batch::new().put(Table::MailAddresses, "ada@example.org", bytes);
        store.write_blocking(batch).unwrap();
        let address = Email::parse("ada@example.org").unwrap();
        let read = load(&store, &address).unwrap().unwrap();
        assert_eq!(read.reminders_off_at, Some(Timestamp(7)));
        assert_eq!(read.digests_off_at, None);
    }
}
