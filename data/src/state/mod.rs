//! The state: what everything reads. Two engines behind one trait.

pub mod memory;

use std::ops::Bound;

use bytes::Bytes;

use crate::{batch::Precondition, error::ReadError};

/// A key and its value.
pub type KeyValue = (Bytes, Bytes);
/// Bounds among the engine's tagged keys.
pub type Bounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// Rows that can be read. Keys carry their table's tag.
pub trait Rows {
    /// One row.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ReadError>;
    /// At most `limit` rows, in order or in reverse, all of one moment.
    fn scan(
        &self,
        bounds: Bounds,
        reversed: bool,
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError>;
}

/// The first precondition that does not hold, by its index.
pub fn first_broken(
    preconditions: &[Precondition],
    mut read: impl FnMut(&[u8]) -> Result<Option<Bytes>, ReadError>,
) -> Result<Option<usize>, ReadError> {
    for (index, precondition) in preconditions.iter().enumerate() {
        let row = read(&precondition.key)?;
        if !precondition.expect.holds(row.as_deref()) {
            return Ok(Some(index));
        }
    }
    Ok(None)
}
