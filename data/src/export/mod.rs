//! All rows as lines of JSON, and a store made of such lines.
//!
//! The first line says what the file is, the last how many rows it had; between them every row has one
//! line: table, key and value with the names of their parts. Whatever cannot be named comes as hex, so
//! that nothing is lost: a store that was imported gives the same lines again. It is for looking and for
//! leaving; a backup is smaller, faster, and holds files and secrets, too.
//!
//! Must never: open a sealed row unless that was asked for, or import into a store that has rows.

mod key;
mod value;

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read, Write},
    ops::Bound,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    batch::{BATCH_BYTES_MAX, BATCH_CHANGES_MAX, Batch},
    error::{ReadError, WriteError},
    migrate,
    nouns::codecs::codec,
    row::RowError,
    state::Rows,
    store::Store,
    tables::Table,
};
use value::Values;

/// The form of the lines that this program writes and reads.
pub const VERSION: u32 = 1;
/// Rows that are read at once.
const STEP_ROWS: usize = 1_000;
/// Longest line, in bytes: the longest value as a list of numbers, with room.
const LINE_BYTES_MAX: u64 = 256 * 1024;
/// A batch of an import is closed at this size, in bytes; a key and a value more still fit.
const BATCH_BYTES: usize = BATCH_BYTES_MAX / 2;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`VERSION`] of whoever wrote it.
    #[serde(rename = "parlor-export")]
    pub version: u32,
    /// The layout of the store that it was written from.
    pub format: u32,
    /// Whether sealed rows were opened. Otherwise they are as they lay, and need their key file.
    pub opened: bool,
    /// The version of each table's rows.
    pub rows: BTreeMap<String, u8>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    table: String,
    key: Value,
    value: Value,
}

#[derive(Serialize, Deserialize)]
struct End {
    end: u64,
}

/// Why an export or import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A row of the store's own.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not such a file.
    #[error("line {0} is not a line of an export; nothing after it was read")]
    Strange(u64),
    /// Of another program.
    #[error(
        "the export has {what} in version {found}, this program knows {known}; import it with the \
         version of Parlor that wrote it, and upgrade the data folder"
    )]
    Unknown {
        /// Which shape.
        what: String,
        /// What was found.
        found: u32,
        /// What this program writes.
        known: u32,
    },
    /// A table of another program.
    #[error(
        "line {line} is of the table {table:?}, which this program does not know; use a newer one"
    )]
    UnknownTable {
        /// Where.
        line: u64,
        /// Its name.
        table: String,
    },
    /// Cut off, or lines were taken out.
    #[error(
        "the export says that it has {said} rows, and {found} were read; it is cut off or was changed"
    )]
    Count {
        /// What the last line says; 0 when it is missing.
        said: u64,
        /// How many there were.
        found: u64,
    },
    /// There is something already.
    #[error("the store has rows already; an import makes a new one")]
    NotEmpty,
    /// A store in memory.
    #[error("a store in memory is not exported")]
    InMemory,
}

impl Head {
    /// Of this program.
    pub fn new(opened: bool) -> Self {
        let version = |table: &Table| Some((table.info().name.to_owned(), codec(*table)?.version));
        Self {
            version: VERSION,
            format: migrate::VERSION,
            opened,
            rows: Table::ALL.iter().filter_map(version).collect(),
        }
    }

    /// Reads the first line.
    ///
    /// # Errors
    /// When it is none, or of a program whose rows this one does not know.
    pub fn read(input: &mut impl BufRead) -> Result<Self, ExportError> {
        let line = line(input)?.ok_or(ExportError::Strange(1))?;
        let head: Self = serde_json::from_str(&line).map_err(|_| ExportError::Strange(1))?;
        let known = Self::new(head.opened);
        let differs = |what: &str, found: u32, known: u32| {
            let what = what.to_owned();
            (found != known).then_some(ExportError::Unknown { what, found, known })
        };
        let rows = head.rows.iter().filter_map(|(table, found)| {
            let known = known.rows.get(table).copied().unwrap_or(0);
            differs(table, (*found).into(), known.into())
        });
        let problem = differs("its lines", head.version, known.version)
            .or_else(|| differs("its store", head.format, known.format))
            .or_else(|| rows.into_iter().next());
        problem.map_or(Ok(head), Err)
    }
}

/// Writes every row of a store that nobody writes to; `told` hears after each step how many there were.
/// Gives how many.
///
/// # Errors
/// When a row cannot be read (a sealed one without its key, if they are to be opened), or `out` refuses.
pub fn export(
    store: &Store,
    open: bool,
    out: &mut impl Write,
    told: &mut dyn FnMut(u64),
) -> Result<u64, ExportError> {
    let disk = store.with_keys().map_err(|_| ExportError::InMemory)?;
    json_line(out, &Head::new(open))?;
    let mut count = 0;
    for table in Table::ALL {
        // What is opened is sealed with other keys where it comes to.
        if open && *table == Table::Seals {
            continue;
        }
        let values = Values::of(*table);
        let tag = table.tag();
        let end = Bound::Excluded(vec![tag + 1]);
        let mut from = Bound::Included(vec![tag]);
        loop {
            let bounds = (from, end.clone());
            let rows = match open {
                true => disk.scan(bounds, false, STEP_ROWS)?,
                false => disk.state.scan(bounds, false, STEP_ROWS)?,
            };
            let (len, last) = (rows.len(), rows.last().map(|(key, _)| key.to_vec()));
            for (key, value) in rows {
                let line = Line {
                    table: table.info().name.into(),
                    key: key::to_json(*table, &key[1..]),
                    value: values.to_json(&value),
                };
                json_line(out, &line)?;
            }
            count += len as u64;
            told(count);
            match last {
                Some(last) if len == STEP_ROWS => from = Bound::Excluded(last),
                _ => break,
            }
        }
    }
    json_line(out, &End { end: count })?;
    Ok(count)
}

/// Writes every row of an export, whose [`Head`] was read, into an empty store; `told` hears after each
/// batch how many there were. Gives how many.
///
/// # Errors
/// When a line is none, the number of rows is not what the last line says, or the store refuses. What
/// was written is of no use then.
pub fn import(
    store: &Store,
    input: &mut impl BufRead,
    told: &mut dyn FnMut(u64),
) -> Result<u64, ExportError> {
    for table in Table::ALL.iter().filter(|table| **table != Table::Seals) {
        if !store.scan(*table, crate::KeyRange::all(), 1)?.is_empty() {
            return Err(ExportError::NotEmpty);
        }
    }
    let (mut count, mut said, mut number) = (0, 0, 1);
    let (mut batch, mut bytes) = (Batch::new(), 0);
    let mut values: Option<(Table, Values)> = None;
    while let Some(text) = line(input)? {
        number += 1;
        let strange = || ExportError::Strange(number);
        if let Ok(End { end }) = serde_json::from_str(&text) {
            said = end;
            break;
        }
        let line: Line = serde_json::from_str(&text).map_err(|_| strange())?;
        let table = Table::ALL.iter().find(|it| it.info().name == line.table);
        let table = *table.ok_or_else(|| ExportError::UnknownTable {
            line: number,
            table: line.table.clone(),
        })?;
        if values.as_ref().is_none_or(|(of, _)| *of != table) {
            values = Some((table, Values::of(table)));
        }
        let value = values.as_ref().and_then(|(_, it)| it.to_bytes(line.value));
        let key = key::to_bytes(table, &line.key).ok_or_else(strange)?;
        let value = value.ok_or_else(strange)?;
        bytes += key.len() + value.len();
        count += 1;
        batch = batch.put(table, key, value);
        if bytes >= BATCH_BYTES || batch.changes.len() == BATCH_CHANGES_MAX {
            store.write_blocking(std::mem::take(&mut batch))?;
            bytes = 0;
            told(count);
        }
    }
    if !batch.is_empty() {
        store.write_blocking(batch)?;
    }
    if said != count {
        return Err(ExportError::Count { said, found: count });
    }
    Ok(count)
}

fn json_line(out: &mut impl Write, it: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, it)?;
    out.write_all(b"\n")
}

/// The next line; `None` at the end.
fn line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut text = String::new();
    let read = input.take(LINE_BYTES_MAX).read_line(&mut text)?;
    if read as u64 == LINE_BYTES_MAX {
        return Err(io::Error::other("a line of the export is too long"));
    }
    Ok((read > 0).then_some(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests;
