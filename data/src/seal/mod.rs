//! Rows sealed at rest: what lies in journal, state, snapshots and backups is of no use without a key
//! that lies elsewhere.
//!
//! There is one way and no second: the [door](crate::store) seals every row on its way in and opens
//! it on its way out, table by table as [`tables`] says, so that no noun knows of it. Everything below
//! the door (journal, digests, snapshots, recovery, backups) handles sealed bytes and needs no key.
//! Start reading at [`envelope`], then [`Seals`]; [`key_file`] is where keys lie, [`marks`] what the
//! store says of the keys that its rows need, [`reseal`] how rows get another one.
//!
//! Keys of rows (ids, times, and in three indexes e-mail addresses) are not sealed: they are what rows
//! are found by.
//!
//! This module must never: write a row with a key that is not durable in the key file and marked in
//! the store, say anything of a row's content in an error, or take a row that does not open for one
//! that is not there.

pub(crate) mod envelope;
pub mod key_file;
pub(crate) mod marks;
pub mod reseal;
pub(crate) mod tables;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, AtomicU64},
    },
};

use bytes::Bytes;

use crate::{
    batch::Change,
    error::{ReadError, WriteError},
    tables::Table,
};
use envelope::Key;
pub use envelope::KeyId;
pub use key_file::KeyError;
use key_file::KeyFile;
pub use reseal::{KeyState, KeyStatus, ResealError, Resealed};

/// Why a sealed row was not opened. Says where, never what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The store was opened without a key file.
    #[error("a row of {} is sealed, and the store was opened without its key file", name(*.0))]
    NoKey(Option<Table>),
    /// The key file does not have this key.
    #[error("a row of {} is sealed with key {key}, which the key file does not have", name(*.table))]
    UnknownKey {
        /// Where it was found.
        table: Option<Table>,
        /// Which key it needs.
        key: KeyId,
    },
    /// Changed since it was sealed, or taken from another place.
    #[error(
        "a row of {} was changed since it was sealed, or belongs elsewhere; it is not believed",
        name(*.0)
    )]
    Broken(Option<Table>),
}

fn name(table: Option<Table>) -> &'static str {
    table.map_or("an unknown table", |it| it.info().name)
}

/// The keys in use; the first seals, all open.
struct Ring(Vec<Key>);

impl Ring {
    fn of(file: &KeyFile) -> Self {
        Self(file.keys.iter().map(key_file::StoredKey::key).collect())
    }

    fn find(&self, id: KeyId) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }
}

/// What seals and opens the rows of one store.
#[derive(Default)]
pub(crate) struct Seals {
    /// Held for reading while a batch is sealed and queued: whoever changes it knows that all
    /// batches sealed before are queued already.
    ring: RwLock<Option<Ring>>,
    /// There are sealed rows and no key: nothing may be written that should be sealed.
    shut: bool,
    /// Where the keys lie.
    path: Option<PathBuf>,
    /// Held while keys are changed, so that this happens one after the other.
    changing: Mutex<()>,
    /// How far the present pass is.
    pass: Pass,
}

/// How far a pass over all rows is.
#[derive(Default)]
struct Pass {
    running: AtomicBool,
    seen: AtomicU64,
    of: AtomicU64,
    sealed: AtomicU64,
}

impl Seals {
    /// Of a store whose rows need these keys, with the file where they lie.
    fn of(file: &KeyFile) -> Self {
        Self {
            ring: RwLock::new(Some(Ring::of(file))),
            path: Some(file.path.clone()),
            ..Self::default()
        }
    }

    /// Of a store that is looked at without keys. What is sealed can be copied, not read.
    fn without_key(shut: bool) -> Self {
        Self {
            shut,
            ..Self::default()
        }
    }

    /// Hold what this gives until the batch is queued.
    pub fn enter(&self) -> Entered<'_> {
        Entered {
            ring: self.read(),
            shut: self.shut,
        }
    }

    /// A value as it was written.
    pub fn open(&self, key: &[u8], value: Bytes) -> Result<Bytes, ReadError> {
        if value.is_empty() || !tables::is_sealed(key) || !envelope::is_sealed(&value) {
            return Ok(value);
        }
        let table = key.first().copied().and_then(Table::from_tag);
        let ring = self.read();
        let Some(ring) = ring.as_ref() else {
            return Err(SealError::NoKey(table).into());
        };
        let id = envelope::key_of(&value);
        let Some(with) = ring.find(id) else {
            return Err(SealError::UnknownKey { table, key: id }.into());
        };
        envelope::open(with, key, &value).ok_or_else(|| SealError::Broken(table).into())
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<Ring>> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(ring);
    }
}

/// The right to seal and queue one batch.
pub(crate) struct Entered<'a> {
    ring: RwLockReadGuard<'a, Option<Ring>>,
    shut: bool,
}

impl Entered<'_> {
    /// Seals what is to be sealed.
    pub fn seal(&self, changes: &mut [Change]) -> Result<(), WriteError> {
        let ring = self.ring.as_ref();
        if ring.is_none() && !self.shut {
            return Ok(());
        }
        for change in changes {
            let Some(value) = &mut change.value else {
                continue;
            };
            if value.is_empty() || !tables::is_sealed(&change.key) {
                continue;
            }
            *value = ring
                .and_then(|ring| ring.0.first())
                .and_then(|key| envelope::seal(key, &change.key, value))
                .ok_or_else(no_key)?;
        }
        Ok(())
    }
}

fn no_key() -> WriteError {
    let words: Arc<str> = "there is no key to seal its rows with".into();
    WriteError::ReadOnly(words)
}

#[cfg(test)]
mod tests;
