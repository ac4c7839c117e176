//! A group in preparation: the state as it will be, kept apart from the state as it is.
//!
//! Batches of one group see each other here; nobody else sees them before the journal holds them.
//! Every row is read from the state at most once per group.

use std::collections::{HashMap, hash_map::Entry};

use bytes::Bytes;

use super::{Lookup, first_broken};
use crate::{
    batch::{Change, Precondition},
    digest::Digest,
    error::ReadError,
    seal::Seals,
};

struct Known {
    value: Option<Bytes>,
    changed: bool,
}

/// What a group has read and will change.
pub struct Overlay<'a, R> {
    state: &'a R,
    known: HashMap<Bytes, Known>,
    digest: Digest,
}

/// What a group changes: each row once, as it will be.
pub struct Changes(HashMap<Bytes, Known>);

impl Changes {
    /// Every changed row, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, Option<&Bytes>)> {
        let changed = self.0.iter().filter(|(_, known)| known.changed);
        changed.map(|(key, known)| (key, known.value.as_ref()))
    }

    /// The row as it will be; `None` if the group does not change it.
    pub fn get(&self, key: &[u8]) -> Option<&Option<Bytes>> {
        let known = self.0.get(key)?;
        known.changed.then_some(&known.value)
    }
}

impl<'a, R: Lookup> Overlay<'a, R> {
    /// Nothing prepared yet. `digest` is the state's.
    pub fn new(state: &'a R, digest: Digest) -> Self {
        Self {
            state,
            known: HashMap::new(),
            digest,
        }
    }

    /// The first precondition that does not hold after the batches so far.
    pub fn first_broken(
        &mut self,
        preconditions: &[Precondition],
        seals: &Seals,
    ) -> Result<Option<usize>, ReadError> {
        first_broken(preconditions, seals, |key| {
            self.know(key).map(|known| known.value.clone())
        })
    }

    /// Adds a batch's changes. After an error the overlay is of no use any more.
    pub fn stage(&mut self, changes: &[Change]) -> Result<(), ReadError> {
        for change in changes {
            let known = self.know(&change.key)?;
            known.changed = true;
            let old = std::mem::replace(&mut known.value, change.value.clone());
            self.digest
                .replace(&change.key, old.as_deref(), change.value.as_deref());
        }
        Ok(())
    }

    /// What the state will add up to.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// How many rows are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// The end of the preparation.
    pub fn into_changes(self) -> Changes {
        Changes(self.known)
    }

    fn know(&mut self, key: &Bytes) -> Result<&mut Known, ReadError> {
        match self.known.entry(key.clone()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => Ok(unknown.insert(Known {
                value: self.state.get(key)?,
                changed: false,
            })),
        }
    }
}
