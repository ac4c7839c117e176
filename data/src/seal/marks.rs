//! What the store says of the keys that its rows need: a row for each, written before the first row
//! that is sealed with it.

use serde::{Deserialize, Serialize};

use super::{KeyError, KeyId, Seals, key_file::KeyFile, tables};
use crate::{
    batch::Batch,
    error::{OpenError, ReadError},
    options::StoreOptions,
    range::KeyRange,
    row::{Row, RowError},
    state::{Rows, sled::SledState},
    tables::Table,
};

/// What is known of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Since when rows are sealed with it, milliseconds since 1970.
    pub since_ms: u64,
    /// Whether a row may need it.
    pub needed: bool,
    /// The set of tables of which every row was found to be sealed with this key; 0 before that.
    pub whole: u64,
    /// When that was so for the first time, or when the last row was sealed with another key.
    pub done_ms: u64,
}

impl Row for Mark {
    const TABLE: Table = Table::Seals;
    const VERSION: u8 = 1;
}

impl Mark {
    /// Puts it.
    pub fn put(&self, batch: Batch, id: KeyId) -> Result<Batch, RowError> {
        Ok(batch.put(Table::Seals, id.0, self.to_bytes()?))
    }
}

/// All marks.
pub fn read(state: &SledState) -> Result<Vec<(KeyId, Mark)>, ReadError> {
    let Some(bounds) = KeyRange::all().tagged(Table::Seals) else {
        return Ok(Vec::new());
    };
    let rows = state.scan(bounds, false, super::key_file::KEYS_MAX * 4)?;
    let mark = |(key, value): (bytes::Bytes, bytes::Bytes)| {
        let id = KeyId(key.last_chunk().copied().unwrap_or_default());
        // One that cannot be read is of a newer program: its key is needed.
        let unknown = Mark {
            needed: true,
            ..Mark::default()
        };
        (id, Mark::from_bytes(&value).unwrap_or(unknown))
    };
    Ok(rows.into_iter().map(mark).collect())
}

/// The keys of a store that is being opened, and what must be written before anything else.
pub fn obtain(
    state: &SledState,
    options: &StoreOptions,
    is_new: bool,
) -> Result<(Seals, Option<Batch>), OpenError> {
    let marks = read(state).map_err(|cause| OpenError::StateFails(cause.to_string()))?;
    let needed = || {
        marks
            .iter()
            .filter(|(_, mark)| mark.needed)
            .map(|(id, _)| *id)
    };
    let Some(path) = &options.key_file else {
        return Ok((Seals::without_key(needed().next().is_some()), None));
    };
    let found = KeyFile::read(path)?;
    let has = |id| {
        let keys = found.iter().flat_map(|file| &file.keys);
        keys.into_iter().any(|key| key.id == id)
    };
    if let Some(id) = needed().find(|id| !has(*id)) {
        return Err(OpenError::Key(KeyError::Missing {
            path: path.clone(),
            id,
            there: found.is_some(),
        }));
    }
    let file = found.map_or_else(|| KeyFile::create(path), Ok)?;
    let current = file.keys[0].id;
    let marked = marks.iter().any(|(id, mark)| *id == current && mark.needed);
    let mark = (!marked).then(|| first(current, is_new));
    Ok((Seals::of(&file), mark.transpose()?))
}

fn first(id: KeyId, is_new: bool) -> Result<Batch, OpenError> {
    let now = crate::disk::unix_ms();
    let mark = Mark {
        since_ms: now,
        needed: true,
        // A store without rows has none to seal.
        whole: if is_new { tables::fingerprint() } else { 0 },
        done_ms: if is_new { now } else { 0 },
    };
    let batch = mark.put(Batch::new(), id);
    batch.map_err(|cause| OpenError::StateFails(cause.to_string()))
}
