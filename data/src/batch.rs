//! What is written: a batch of changes that happens entirely or not at all.
//!
//! A [`Batch`] is durable and may carry preconditions, which the committer checks in commit order:
//! "the row is still what I read" is decided in the same breath as the write. A [`LazyBatch`] is
//! for facts that may be lost with the power (last seen, counters); it has no preconditions and is
//! another type, so that nobody writes money lazily by mistake.

use bytes::Bytes;

use crate::{error::TooBig, seal::Seals, tables::Table};

/// Longest key, without the table's tag.
pub const KEY_BYTES_MAX: usize = 512;
/// Longest value. Bigger things belong in plain files.
pub const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Most changes in one batch.
pub const BATCH_CHANGES_MAX: usize = 512;
/// Most preconditions in one batch.
pub const BATCH_PRECONDITIONS_MAX: usize = 512;
/// Most bytes of keys and values in one batch.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// One row as it will be: the tagged key, and the value or its absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub key: Bytes,
    pub value: Option<Bytes>,
}

/// What must hold about one row when the batch is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Precondition {
    pub key: Bytes,
    pub expect: Expect,
}

/// What a precondition expects of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    Absent,
    Present,
    /// What was read through the door.
    Equals(Bytes),
    /// What lies there, sealed or not: for whoever changes the seal.
    Stored(Bytes),
}

impl Expect {
    /// Whether the row, as it lies there, is as expected. One that does not open is not what anybody
    /// has read.
    pub fn holds(&self, key: &[u8], row: Option<&Bytes>, seals: &Seals) -> bool {
        match (self, row) {
            (Expect::Absent, row) => row.is_none(),
            (Expect::Present, row) => row.is_some(),
            (Expect::Stored(expected), row) => row == Some(expected),
            (Expect::Equals(_), None) => false,
            (Expect::Equals(expected), Some(row)) => {
                let opened = seals.open(key, row.clone());
                opened.is_ok_and(|row| row == *expected)
            }
        }
    }
}

/// The key as the engine stores it: the table's tag, then the caller's key.
pub(crate) fn tagged(table: Table, key: &[u8]) -> Bytes {
    let mut tagged = Vec::with_capacity(1 + key.len());
    tagged.push(table.tag());
    tagged.extend_from_slice(key);
    Bytes::from(tagged)
}

/// A durable write: changes that happen together, if every precondition holds.
///
/// Later changes of the same row replace earlier ones. Preconditions see the state before the
/// batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a batch does nothing until it is written"]
pub struct Batch {
    pub(crate) preconditions: Vec<Precondition>,
    pub(crate) changes: Vec<Change>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// The write happens only if there is no such row.
    pub fn require_absent(self, table: Table, key: impl AsRef<[u8]>) -> Self {
        self.require(table, key.as_ref(), Expect::Absent)
    }

    /// The write happens only if there is such a row, whatever it holds.
    pub fn require_present(self, table: Table, key: impl AsRef<[u8]>) -> Self {
        self.require(table, key.as_ref(), Expect::Present)
    }

    /// The write happens only if the row holds exactly these bytes.
    pub fn require_equals(
        self,
        table: Table,
        key: impl AsRef<[u8]>,
        value: impl Into<Bytes>,
    ) -> Self {
        self.require(table, key.as_ref(), Expect::Equals(value.into()))
    }

    /// The write happens only if the row is still what was read: these bytes, or absent.
    pub fn require_unchanged(
        self,
        table: Table,
        key: impl AsRef<[u8]>,
        read: Option<Bytes>,
    ) -> Self {
        let expect = read.map_or(Expect::Absent, Expect::Equals);
        self.require(table, key.as_ref(), expect)
    }

    /// Writes a row, replacing what was there.
    pub fn put(mut self, table: Table, key: impl AsRef<[u8]>, value: impl Into<Bytes>) -> Self {
        self.changes.push(Change {
            key: tagged(table, key.as_ref()),
            value: Some(value.into()),
        });
        self
    }

    /// Removes a row; nothing happens if it is absent.
    pub fn delete(mut self, table: Table, key: impl AsRef<[u8]>) -> Self {
        self.changes.push(Change {
            key: tagged(table, key.as_ref()),
            value: None,
        });
        self
    }

    /// Adds all preconditions and changes of `other` after the own ones.
    pub fn and(mut self, other: Batch) -> Self {
        self.preconditions.extend(other.preconditions);
        self.changes.extend(other.changes);
        self
    }

    /// Whether the batch changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn require(mut self, table: Table, key: &[u8], expect: Expect) -> Self {
        self.preconditions.push(Precondition {
            key: tagged(table, key),
            expect,
        });
        self
    }

    pub(crate) fn check_size(&self) -> Result<(), TooBig> {
        if self.preconditions.len() > BATCH_PRECONDITIONS_MAX {
            return Err(TooBig::Preconditions(self.preconditions.len()));
        }
        check_changes(&self.changes)
    }
}

/// A write that is not worth waiting for: it reaches the disk within half a second, and may be
/// lost if the machine stops before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a batch does nothing until it is written"]
pub struct LazyBatch {
    pub(crate) changes: Vec<Change>,
}

impl LazyBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a row, replacing what was there.
    pub fn put(mut self, table: Table, key: impl AsRef<[u8]>, value: impl Into<Bytes>) -> Self {
        self.changes.push(Change {
            key: tagged(table, key.as_ref()),
            value: Some(value.into()),
        });
        self
    }

    /// Removes a row; nothing happens if it is absent.
    pub fn delete(mut self, table: Table, key: impl AsRef<[u8]>) -> Self {
        self.changes.push(Change {
            key: tagged(table, key.as_ref()),
            value: None,
        });
        self
    }

    pub(crate) fn check_size(&self) -> Result<(), TooBig> {
        check_changes(&self.changes)
    }
}

fn check_changes(changes: &[Change]) -> Result<(), TooBig> {
    if changes.len() > BATCH_CHANGES_MAX {
        return Err(TooBig::Changes(changes.len()));
    }
    let mut total = 0;
    for change in changes {
        let value = change.value.as_ref().map_or(0, Bytes::len);
        if change.key.len() > 1 + KEY_BYTES_MAX {
            return Err(TooBig::Key(change.key.len() - 1));
        }
        if value > VALUE_BYTES_MAX {
            return Err(TooBig::Value(value));
        }
        total += change.key.len() + value;
    }
    if total > BATCH_BYTES_MAX {
        return Err(TooBig::Batch(total));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_has_its_word() {
        let value = |len| Batch::new().put(Table::Probe, b"k", vec![0; len]);
        assert_eq!(value(VALUE_BYTES_MAX).check_size(), Ok(()));
        assert_eq!(
            value(VALUE_BYTES_MAX + 1).check_size(),
            Err(TooBig::Value(VALUE_BYTES_MAX + 1))
        );

        let key = |len| Batch::new().delete(Table::Probe, vec![0; len]);
        assert_eq!(key(KEY_BYTES_MAX).check_size(), Ok(()));
        assert_eq!(
            key(KEY_BYTES_MAX + 1).check_size(),
            Err(TooBig::Key(KEY_BYTES_MAX + 1))
        );

        let changes = |n| (0..n).fold(Batch::new(), |batch, _| batch.delete(Table::Probe, b"k"));
        assert_eq!(changes(BATCH_CHANGES_MAX).check_size(), Ok(()));
        assert_eq!(
            changes(BATCH_CHANGES_MAX + 1).check_size(),
            Err(TooBig::Changes(BATCH_CHANGES_MAX + 1))
        );

        let bytes = (0..65).fold(Batch::new(), |batch, _| {
            batch.put(Table::Probe, b"k", vec![0; VALUE_BYTES_MAX])
        });
        assert!(matches!(bytes.check_size(), Err(TooBig::Batch(_))));
    }
}
