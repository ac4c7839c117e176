//! Reminders that are due some day: one entry per meeting and instant.
//!
//! The entry names the meeting's version, so an entry left over from before a move reminds nobody.

use parlor_domain::{id::MeetingId, time::Timestamp};

use super::read::{LoadError, time_key};
use crate::{batch::Batch, range::KeyRange, row::RowError, store::Store, tables::Table};

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// When.
    pub due_at: Timestamp,
    /// Of what.
    pub meeting: MeetingId,
    /// Of which version of it.
    pub version: u32,
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::RemindersDue,
    version: 1,
};

impl Reminder {
    fn key(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        [
            time_key(self.due_at).as_slice(),
            self.meeting.as_bytes(),
            &version,
        ]
        .concat()
    }

    fn from_key(key: &[u8]) -> Result<Self, RowError> {
        let parts = key.first_chunk::<8>().zip(key.last_chunk::<20>());
        let ((due, rest), 28) = (parts.ok_or(MALFORMED)?, key.len()) else {
            return Err(MALFORMED);
        };
        let (meeting, version) = rest.split_at(16);
        Ok(Self {
            due_at: Timestamp((u64::from_be_bytes(*due) ^ (1 << 63)) as i64),
            meeting: MeetingId::from_bytes(meeting.try_into().map_err(|_| MALFORMED)?),
            version: u32::from_be_bytes(version.try_into().map_err(|_| MALFORMED)?),
        })
    }

    /// Puts it on the list.
    pub fn insert(&self) -> Batch {
        Batch::new().put(Table::RemindersDue, self.key(), Vec::new())
    }

    /// Takes it off the list; fails when somebody else did.
    pub fn take(&self) -> Batch {
        Batch::new()
            .require_present(Table::RemindersDue, self.key())
            .delete(Table::RemindersDue, self.key())
    }
}

/// What is due by `now`, earliest first.
pub fn load_due(store: &Store, now: Timestamp, limit: usize) -> Result<Vec<Reminder>, LoadError> {
    store
        .scan(Table::RemindersDue, KeyRange::up_to(time_key(now)), limit)?
        .iter()
        .map(|(key, _)| Reminder::from_key(key).map_err(LoadError::Row))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn reminders_come_due_and_go() {
        let store = Store::in_memory();
        let at = |ms| Reminder {
            due_at: Timestamp(ms),
            meeting: MeetingId(Uuid::from_u128(7)),
            version: 3,
        };
        for ms in [20, 10] {
            store.write_blocking(at(ms).insert()).unwrap();
        }
        assert!(load_due(&store, Timestamp(9), 10).unwrap().is_empty());
        assert_eq!(
            load_due(&store, Timestamp(20), 10).unwrap(),
            [at(10), at(20)]
        );
        store.write_blocking(at(10).take()).unwrap();
        assert!(store.write_blocking(at(10).take()).is_err());
        assert_eq!(load_due(&store, Timestamp(20), 10).unwrap(), [at(20)]);
    }
}
