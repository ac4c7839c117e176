//! Rows with an explicit version: one version byte, then postcard.
//!
//! postcard does not describe itself, so every change of a row's fields is a new version, and the
//! old shape stays readable in [`Row::upgrade`] until a migration has rewritten it.

use serde::{Serialize, de::DeserializeOwned};

use crate::{batch::VALUE_BYTES_MAX, tables::Table};

/// Bytes of text in one part of a long one: a row with its other fields stays below its bound.
const TEXT_PART_BYTES: usize = VALUE_BYTES_MAX - 256;

/// A stored shape. Rows are their own types; domain types convert to and from them.
pub trait Row: Serialize + DeserializeOwned {
    /// The table that holds these rows.
    const TABLE: Table;
    /// The version that is written, from 1.
    const VERSION: u8;

    /// Reads an older version. The default knows none.
    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        let _ = body;
        Err(RowError::UnknownVersion {
            table: Self::TABLE,
            version,
        })
    }

    /// The row's bytes.
    fn to_bytes(&self) -> Result<Vec<u8>, RowError> {
        encode(Self::TABLE, Self::VERSION, self)
    }

    /// The row in these bytes.
    fn from_bytes(bytes: &[u8]) -> Result<Self, RowError> {
        let Some((version, body)) = bytes.split_first() else {
            return Err(RowError::Empty(Self::TABLE));
        };
        if *version == Self::VERSION {
            decode(Self::TABLE, *version, body)
        } else {
            Self::upgrade(*version, body)
        }
    }
}

/// A long text in parts, each for a row of its own, that end between characters; an empty one is one empty
/// part.
pub(crate) fn text_parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (part, more) = text.split_at(text.floor_char_boundary(TEXT_PART_BYTES));
        rest = (!more.is_empty()).then_some(more);
        Some(part)
    })
}

/// A row that cannot be written or read. Never holds the row's content (it may be personal).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// No byte at all, not even a version.
    #[error("a row of {} is empty", .0.info().name)]
    Empty(Table),
    /// Written by a newer program, or damaged.
    #[error("a row of {} has version {version}, which this program does not know", .table.info().name)]
    UnknownVersion {
        /// Where it was found.
        table: Table,
        /// The version byte.
        version: u8,
    },
    /// The bytes are not a row of this version.
    #[error("a row of {} does not fit its version {version}", .table.info().name)]
    Malformed {
        /// Where it was found.
        table: Table,
        /// The version byte.
        version: u8,
    },
}

/// Version byte and body.
pub fn encode<T: Serialize>(table: Table, version: u8, body: &T) -> Result<Vec<u8>, RowError> {
    postcard::to_extend(body, vec![version]).map_err(|_| RowError::Malformed { table, version })
}

/// The body of a row of this version; leftover bytes are an error.
pub fn decode<T: DeserializeOwned>(table: Table, version: u8, body: &[u8]) -> Result<T, RowError> {
    match postcard::take_from_bytes(body) {
        Ok((row, [])) => Ok(row),
        _ => Err(RowError::Malformed { table, version }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Cat {
        name: String,
        lives: u8,
    }

    impl Row for Cat {
        const TABLE: Table = Table::Probe;
        const VERSION: u8 = 2;

        fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
            match version {
                1 => decode(Self::TABLE, 1, body).map(|name| Cat { name, lives: 9 }),
                version => Err(RowError::UnknownVersion {
                    table: Self::TABLE,
                    version,
                }),
            }
        }
    }

    #[test]
    fn a_row_comes_back_and_an_older_one_is_upgraded() {
        let cat = Cat {
            name: "Tom".into(),
            lives: 3,
        };
        assert_eq!(Cat::from_bytes(&cat.to_bytes().unwrap()), Ok(cat));

        let old = encode(Table::Probe, 1, &"Tim").unwrap();
        assert_eq!(Cat::from_bytes(&old).unwrap().lives, 9);
    }

    #[test]
    fn damage_is_told_apart() {
        let table = Table::Probe;
        assert_eq!(Cat::from_bytes(&[]), Err(RowError::Empty(table)));
        assert_eq!(
            Cat::from_bytes(&[7, 1]),
            Err(RowError::UnknownVersion { table, version: 7 })
        );
        let mut long = Cat {
            name: "T".into(),
            lives: 1,
        }
        .to_bytes()
        .unwrap();
        long.push(0);
        assert_eq!(
            Cat::from_bytes(&long),
            Err(RowError::Malformed { table, version: 2 })
        );
    }
}
