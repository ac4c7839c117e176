//! Facts about this installation.

use bytes::Bytes;
use parlor_domain::time::Timestamp;

use super::read::LoadError;
use crate::{
    batch::Batch,
    error::ReadError,
    row::{self, RowError},
    store::Store,
    tables::Table,
};

/// Name of the fact that this installation has had its first admin.
const FIRST_ADMIN: &str = "first_admin";

/// Whether an admin was ever made.
pub fn has_admin(store: &Store) -> Result<bool, ReadError> {
    Ok(store.get(Table::Settings, FIRST_ADMIN)?.is_some())
}

/// Notes the first admin; fails when there was one already.
pub fn claim_first_admin() -> Batch {
    note_admin().require_absent(Table::Settings, FIRST_ADMIN)
}

/// Notes that there is an admin, whether or not there was one.
pub fn note_admin() -> Batch {
    Batch::new().put(Table::Settings, FIRST_ADMIN, vec![1])
}

/// Name of the last report of the sweep of old rows.
const SWEPT: &str = "swept";

/// When the sweep of old rows ran, and how many it removed or stripped by class.
pub type SweepReport = (Timestamp, Vec<(String, u64)>);

/// The report of the last sweep.
pub fn swept(store: &Store) -> Result<Option<SweepReport>, LoadError> {
    let Some(bytes) = store.get(Table::Settings, SWEPT)? else {
        return Ok(None);
    };
    let (at, lines): (i64, _) = row::decode(Table::Settings, 1, &bytes)?;
    Ok(Some((Timestamp(at), lines)))
}

/// Notes what the sweep of old rows did.
pub fn note_swept(at: Timestamp, lines: &[(&str, u64)]) -> Result<Batch, RowError> {
    let bytes = row::encode(Table::Settings, 1, &(at.0, lines))?;
    // The version byte is of rows; this is read by name.
    Ok(Batch::new().put(Table::Settings, SWEPT, bytes[1..].to_vec()))
}

/// Name of the key pair that proves to push services who knocks.
const PUSH_KEY: &str = "push_key";

/// The key pair for push services, sealed by whoever wrote it.
pub fn push_key(store: &Store) -> Result<Option<Bytes>, ReadError> {
    store.get(Table::Settings, PUSH_KEY)
}

/// Keeps a key pair for push services; fails when there is another one than `before` meanwhile.
pub fn put_push_key(before: Option<Bytes>, sealed: Vec<u8>) -> Batch {
    Batch::new()
        .require_unchanged(Table::Settings, PUSH_KEY, before)
        .put(Table::Settings, PUSH_KEY, sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_first_admin() {
        let store = Store::in_memory();
        assert!(!has_admin(&store).unwrap());
        store.write_blocking(claim_first_admin()).unwrap();
        assert!(has_admin(&store).unwrap());
        assert!(store.write_blocking(claim_first_admin()).is_err());
        store.write_blocking(note_admin()).unwrap();
    }

    #[test]
    fn the_last_report_stands() {
        let store = Store::in_memory();
        assert_eq!(swept(&store).unwrap(), None);
        for n in [1, 2] {
            let batch = note_swept(Timestamp(n), &[("mails", n as u64)]).unwrap();
            store.write_blocking(batch).unwrap();
        }
        let expected = (Timestamp(2), vec![("mails".to_owned(), 2)]);
        assert_eq!(swept(&store).unwrap(), Some(expected));
    }
}
