//! Facts about this installation.

use bytes::Bytes;
use parlor_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::read::LoadError;
use crate::{
    batch::Batch,
    error::ReadError,
    row::{self, Row, RowError},
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

/// Name of what became of the last backup.
const BACKUP: &str = "backup";

/// What became of the last try to make a backup. A row, and what the command line tells a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupNote {
    /// When it was begun, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why there is no good backup of it, in words; `None` when there is.
    pub problem: Option<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Whether it was restored to see that it can be.
    pub verified: bool,
    /// When the last good one was begun, in milliseconds since 1970.
    pub good_ms: Option<i64>,
}

impl Row for BackupNote {
    const TABLE: Table = Table::Settings;
    const VERSION: u8 = 1;
}

/// What became of the last backup; `None` when none was ever tried.
pub fn backup(store: &Store) -> Result<Option<BackupNote>, LoadError> {
    let bytes = store.get(Table::Settings, BACKUP)?;
    Ok(bytes
        .map(|bytes| BackupNote::from_bytes(&bytes))
        .transpose()?)
}

/// Notes what became of a backup; what was good before stays known.
pub fn note_backup(store: &Store, note: &BackupNote) -> Result<Batch, LoadError> {
    let before = backup(store)?.and_then(|it| it.good_ms);
    let good_ms = match note.problem {
        None => Some(note.at_ms),
        Some(_) => before,
    };
    let note = BackupNote {
        good_ms,
        ..note.clone()
    };
    Ok(Batch::new().put(Table::Settings, BACKUP, note.to_bytes()?))
}

/// Name of the last sign of life.
const ALIVE: &str = "alive";

/// Notes that the server lives: written now and then, to see that writes reach the disk.
pub fn note_alive(now: Timestamp) -> Batch {
    Batch::new().put(Table::Settings, ALIVE, now.0.to_be_bytes().to_vec())
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
    fn a_failed_backup_does_not_make_a_good_one_forgotten() {
        let store = Store::in_memory();
        assert_eq!(backup(&store).unwrap(), None);
        for (at_ms, problem) in [(1, None), (2, Some("no room")), (3, Some("no room"))] {
            let note = BackupNote {
                at_ms,
                problem: problem.map(String::from),
                bytes: 5,
                verified: true,
                good_ms: None,
            };
            let batch = note_backup(&store, &note).unwrap();
            store.write_blocking(batch).unwrap();
        }
        let last = backup(&store).unwrap().unwrap();
        assert_eq!((last.at_ms, last.good_ms), (3, Some(1)));
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
