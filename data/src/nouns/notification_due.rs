//! What is still to be carried: where each person's digest stands, when it is looked at, and which
//! notifications wait for the end of somebody's quiet hours before they wake a device.

use serde::{Deserialize, Serialize};

use parlor_domain::{
    id::UserId,
    notification::{NtfSeq, digest::Digest},
    time::Timestamp,
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct DigestRow {
    due: Option<i64>,
    sent: Option<i64>,
    told: u64,
}

impl Row for DigestRow {
    const TABLE: Table = Table::Digests;
    const VERSION: u8 = 1;
}

impl From<&Digest> for DigestRow {
    fn from(it: &Digest) -> Self {
        Self {
            due: it.due.map(|at| at.0),
            sent: it.sent.map(|at| at.0),
            told: it.told.0,
        }
    }
}

impl TryFrom<DigestRow> for Digest {
    type Error = RowError;

    fn try_from(row: DigestRow) -> Result<Self, RowError> {
        Ok(Self {
            due: row.due.map(Timestamp),
            sent: row.sent.map(Timestamp),
            told: NtfSeq(row.told),
        })
    }
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::DigestsDue,
    version: 1,
};

fn due_key(at: Timestamp, user: UserId) -> Vec<u8> {
    [time_key(at).as_slice(), user.as_bytes()].concat()
}

fn time_in(key: &[u8]) -> Option<Timestamp> {
    let bytes = key.first_chunk::<8>()?;
    Some(Timestamp((u64::from_be_bytes(*bytes) ^ (1 << 63)) as i64))
}

/// Where somebody's digest stands.
pub fn digest(store: &Store, user: UserId) -> Result<Option<Read<Digest>>, LoadError> {
    read::load::<DigestRow, _>(store, user.as_bytes())
}

/// Writes where it stands, on the list of those due too; requires that it is still as it was read.
pub fn put_digest(
    user: UserId,
    old: Option<&Read<Digest>>,
    new: &Digest,
) -> Result<Batch, RowError> {
    let batch = read::put(user.as_bytes(), old, &DigestRow::from(new))?;
    let was = old.and_then(|it| it.due);
    if was == new.due {
        return Ok(batch);
    }
    let batch = match was {
        Some(at) => batch.delete(Table::DigestsDue, due_key(at, user)),
        None => batch,
    };
    Ok(match new.due {
        Some(at) => batch.put(Table::DigestsDue, due_key(at, user), Vec::new()),
        None => batch,
    })
}

/// Whose digest is to be looked at by `now`, and since when, earliest first.
pub fn digests_due(
    store: &Store,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(Timestamp, UserId)>, LoadError> {
    let rows = store.scan(Table::DigestsDue, KeyRange::up_to(time_key(now)), limit)?;
    let read = |key: &[u8]| {
        let user = read::id_at_end(key).map(UserId::from_bytes);
        time_in(key).zip(user).ok_or(LoadError::Row(MALFORMED))
    };
    rows.iter().map(|(key, _)| read(key)).collect()
}

/// Takes an entry off the list that nobody's digest stands for.
pub fn forget_due(at: Timestamp, user: UserId) -> Batch {
    Batch::new().delete(Table::DigestsDue, due_key(at, user))
}

/// A notification that wakes devices when it is not quiet any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub user: UserId,
    /// Which.
    pub seq: NtfSeq,
}

impl Held {
    fn key(&self) -> Vec<u8> {
        let seq = self.seq.0.to_be_bytes();
        [due_key(self.at, self.user).as_slice(), &seq].concat()
    }

    fn from_key(key: &[u8]) -> Option<Self> {
        let (rest, seq) = key.split_last_chunk::<8>()?;
        Some(Self {
            at: time_in(rest)?,
            user: UserId::from_bytes(read::id_at_end(rest)?),
            seq: NtfSeq(u64::from_be_bytes(*seq)),
        })
    }

    /// Keeps it until then.
    pub fn insert(&self) -> Batch {
        Batch::new().put(Table::PushesHeld, self.key(), Vec::new())
    }

    /// Takes it; fails when somebody else did.
    pub fn take(&self) -> Batch {
        Batch::new()
            .require_present(Table::PushesHeld, self.key())
            .delete(Table::PushesHeld, self.key())
    }
}

/// What waits no longer than `now`, by time and person.
pub fn held(store: &Store, now: Timestamp, limit: usize) -> Result<Vec<Held>, LoadError> {
    let malformed = RowError::Malformed {
        table: Table::PushesHeld,
        version: 1,
    };
    let rows = store.scan(Table::PushesHeld, KeyRange::up_to(time_key(now)), limit)?;
    let read = |key: &[u8]| Held::from_key(key).ok_or(LoadError::Row(malformed));
    rows.iter().map(|(key, _)| read(key)).collect()
}

/// Removes where digests stood that were last written before `before`, when nothing of that time is
/// left to be told, of one page after `after`. Gives the removals, how many, and where the next page
/// begins (`None`: that was the last).
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep_rows::<DigestRow>(store, after, limit, |row| {
        row.due.is_none() && row.sent.is_none_or(|at| at < before.0)
    })
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<DigestRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_digest_is_due_once_and_forgotten_when_it_is_old() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        let write = |old: Option<&Read<Digest>>, new: &Digest| {
            store.write_blocking(put_digest(user, old, new).unwrap())
        };
        let at = |due, sent| Digest {
            due,
            sent,
            told: NtfSeq(2),
        };
        let (one, two) = (Some(Timestamp(10)), Some(Timestamp(20)));
        write(None, &at(one, None)).unwrap();
        assert!(write(None, &at(one, None)).is_err(), "it is there");
        let old = digest(&store, user).unwrap().unwrap();
        assert_eq!(old.value, at(one, None));
        write(Some(&old), &at(two, None)).unwrap();
        assert_eq!(digests_due(&store, Timestamp(19), 9).unwrap(), []);
        assert_eq!(
            digests_due(&store, Timestamp(20), 9).unwrap(),
            [(Timestamp(20), user)]
        );
        assert!(write(Some(&old), &at(one, None)).is_err(), "it moved on");
        let old = digest(&store, user).unwrap().unwrap();
        let (_, count, _) = sweep(&store, None, Timestamp(99), 9).unwrap();
        assert_eq!(count, 0, "what is due stays");
        write(Some(&old), &at(None, two)).unwrap();
        assert_eq!(digests_due(&store, Timestamp(99), 9).unwrap(), []);
        for (before, expected) in [(20, 0), (21, 1)] {
            let (batch, count, _) = sweep(&store, None, Timestamp(before), 9).unwrap();
            store.write_blocking(batch).unwrap();
            assert_eq!(count, expected);
        }
        assert!(digest(&store, user).unwrap().is_none());
    }

    #[test]
    fn what_is_held_is_taken_once() {
        let store = Store::in_memory();
        let of = |at, seq| Held {
            at: Timestamp(at),
            user: UserId(Uuid::from_u128(3)),
            seq: NtfSeq(seq),
        };
        for (at, seq) in [(20, 2), (10, 1), (30, 3)] {
            store.write_blocking(of(at, seq).insert()).unwrap();
        }
        assert_eq!(
            held(&store, Timestamp(20), 9).unwrap(),
            [of(10, 1), of(20, 2)]
        );
        store.write_blocking(of(10, 1).take()).unwrap();
        assert!(store.write_blocking(of(10, 1).take()).is_err());
        assert_eq!(held(&store, Timestamp(20), 9).unwrap(), [of(20, 2)]);
    }
}
