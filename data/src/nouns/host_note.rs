//! Notes of hosts about clients. A long one lies in parts, because a row has a bound; the first part has
//! the version, and every write requires it.

use bytes::Bytes;
use parlor_domain::{
    id::UserId,
    note::{Note, Subject},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::read::LoadError;
use crate::{
    batch::Batch,
    range::KeyRange,
    row::{Row, RowError, text_parts},
    store::Store,
    tables::Table,
};

/// Most parts of one note: 20,000 characters of four bytes.
const PARTS_MAX: usize = 8;

/// A part of a note.
#[derive(Serialize, Deserialize)]
pub(super) struct NoteRow {
    version: u64,
    updated_ms: i64,
    parts: u8,
    text: String,
}

impl Row for NoteRow {
    const TABLE: Table = Table::HostNotes;
    const VERSION: u8 = 1;
}

/// A note as it was read, with what a change requires.
pub struct Found {
    /// The note.
    pub note: Note,
    first: Option<Bytes>,
    parts: u8,
}

/// Which note: of a host, about a client (an account, or what stands for an address).
#[derive(Clone, Copy)]
pub struct Place {
    /// Whose.
    pub host: UserId,
    /// About whom.
    pub client: UserId,
    /// About what of them.
    pub subject: Subject,
}

impl Place {
    fn key(self) -> Vec<u8> {
        let subject = match self.subject {
            Subject::Client => [0; 16],
            Subject::Meeting(id) => *id.as_bytes(),
        };
        [
            self.host.as_bytes().as_slice(),
            self.client.as_bytes(),
            &subject,
        ]
        .concat()
    }

    fn part(self, number: u8) -> Vec<u8> {
        let mut key = self.key();
        key.push(number);
        key
    }
}

/// The note there; an empty one of version 0 when there is none.
pub fn load(store: &Store, place: Place) -> Result<Found, LoadError> {
    let rows = store.scan(Table::HostNotes, KeyRange::prefix(place.key()), PARTS_MAX)?;
    let mut found = Found {
        note: Note::default(),
        first: rows.first().map(|(_, bytes)| bytes.clone()),
        parts: 0,
    };
    for (_, bytes) in rows {
        let row = NoteRow::from_bytes(&bytes)?;
        found.note.text.push_str(&row.text);
        found.note.version = row.version;
        found.note.updated_at = Some(Timestamp(row.updated_ms));
        found.parts += 1;
    }
    Ok(found)
}

/// Writes another text; fails when the note was changed since it was read. An empty text removes it.
pub fn put(
    place: Place,
    was: &Found,
    text: &str,
    now: Timestamp,
) -> Result<(Batch, Note), RowError> {
    let texts = match text {
        "" => Vec::new(),
        text => text_parts(text).collect(),
    };
    let note = Note {
        text: text.to_owned(),
        version: was.note.version + 1,
        updated_at: Some(now),
    };
    let key = place.part(0);
    let mut batch = Batch::new().require_unchanged(Table::HostNotes, key, was.first.clone());
    for (number, text) in (0..).zip(&texts) {
        let row = NoteRow {
            version: note.version,
            updated_ms: now.0,
            parts: texts.len() as u8,
            text: (*text).to_owned(),
        };
        batch = batch.put(Table::HostNotes, place.part(number), row.to_bytes()?);
    }
    for number in texts.len() as u8..was.parts {
        batch = batch.delete(Table::HostNotes, place.part(number));
    }
    match texts.is_empty() {
        // Nothing lies there any more: the next one begins anew.
        true => Ok((batch, Note::default())),
        false => Ok((batch, note)),
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::note::TEXT_CHARS_MAX;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_longest_note_comes_back_and_shrinks_again() {
        let store = Store::in_memory();
        let id = |n| UserId(Uuid::from_u128(n));
        let place = Place {
            host: id(1),
            client: id(2),
            subject: Subject::Client,
        };
        let long = "🌶".repeat(TEXT_CHARS_MAX);
        let write = |text: &str| {
            let was = load(&store, place).unwrap();
            let (batch, _) = put(place, &was, text, Timestamp(5)).unwrap();
            store.write_blocking(batch).unwrap();
            load(&store, place).unwrap().note
        };
        let note = write(&long);
        assert!(note.text == long && note.version == 1);
        assert_eq!(write("short").version, 2);
        let rows = || store.scan(Table::HostNotes, KeyRange::all(), 99).unwrap();
        assert_eq!(rows().len(), 1);
        assert_eq!(write(""), Note::default());
        assert!(rows().is_empty());
    }

    #[test]
    fn of_two_writers_one_is_refused() {
        let store = Store::in_memory();
        let id = |n| UserId(Uuid::from_u128(n));
        let place = Place {
            host: id(1),
            client: id(2),
            subject: Subject::Client,
        };
        let was = load(&store, place).unwrap();
        let batch = |text| put(place, &was, text, Timestamp(1)).unwrap().0;
        store.write_blocking(batch("mine")).unwrap();
        assert!(store.write_blocking(batch("yours")).is_err());
        let other = Place {
            host: id(9),
            ..place
        };
        assert_eq!(load(&store, other).unwrap().note, Note::default());
    }
}
