//! The state: what everything reads. Two engines behind one trait, and the overlay in which a
//! group is prepared before it exists for anybody.

pub mod memory;
pub mod overlay;
pub mod sled;

use std::{any::Any, ops::Bound};

use bytes::Bytes;

use crate::{batch::Precondition, digest::Digest, error::ReadError, seal::Seals};

/// A key and its value.
pub type KeyValue = (Bytes, Bytes);
/// Bounds among the engine's tagged keys.
pub type Bounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// Rows that can be looked up. Keys carry their table's tag.
pub trait Lookup {
    /// One row.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ReadError>;
}

/// Rows that can be read in order, too.
pub trait Rows: Lookup {
    /// At most `limit` rows, in order or in reverse, all of one moment.
    fn scan(
        &self,
        bounds: Bounds,
        reversed: bool,
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError>;
}

/// What the state says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meta {
    /// The last batch in it.
    pub seq: u64,
    /// What its rows add up to.
    pub digest: Digest,
}

impl Meta {
    const VERSION: u8 = 1;

    /// The bytes of the engine's own row.
    pub fn encode(&self) -> [u8; 25] {
        let mut out = [Self::VERSION; 25];
        out[1..9].copy_from_slice(&self.seq.to_le_bytes());
        out[9..17].copy_from_slice(&self.digest.sum.to_le_bytes());
        out[17..].copy_from_slice(&self.digest.rows.to_le_bytes());
        out
    }

    /// The row read back; `None` for anything else, which makes the state one to rebuild.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, words) = bytes.split_first()?;
        let (words, rest) = words.as_chunks::<8>();
        let [seq, sum, rows] = words else {
            return None;
        };
        (*version == Self::VERSION && rest.is_empty()).then(|| Self {
            seq: u64::from_le_bytes(*seq),
            digest: Digest {
                sum: u64::from_le_bytes(*sum),
                rows: u64::from_le_bytes(*rows),
            },
        })
    }
}

/// The first precondition that does not hold, by its index.
pub fn first_broken(
    preconditions: &[Precondition],
    seals: &Seals,
    mut read: impl FnMut(&Bytes) -> Result<Option<Bytes>, ReadError>,
) -> Result<Option<usize>, ReadError> {
    for (index, precondition) in preconditions.iter().enumerate() {
        let row = read(&precondition.key)?;
        if !precondition
            .expect
            .holds(&precondition.key, row.as_ref(), seals)
        {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// What a caught panic said.
pub fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.as_deref().unwrap_or("without words"))
}
