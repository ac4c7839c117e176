//! The texts that people agreed to, kept under what is in them, so that each can be shown as it was. A
//! long one lies in parts, because a row has a bound.

use parlor_domain::agreement::{Edition, EditionId, Kind, Text};
use serde::{Deserialize, Serialize};

use super::read::LoadError;
use crate::{
    batch::Batch,
    range::KeyRange,
    row::{Row, RowError, text_parts},
    store::Store,
    tables::Table,
};

/// Most parts of one edition: two texts in as many languages as a house may speak.
const PARTS_MAX: usize = 1_024;

/// A part of a text.
#[derive(Serialize, Deserialize)]
pub(super) struct TextRow {
    kind: u8,
    language: String,
    text: String,
}

impl Row for TextRow {
    const TABLE: Table = Table::HouseTexts;
    const VERSION: u8 = 1;
}

fn key(edition: EditionId, text: u8, part: u8) -> Vec<u8> {
    [edition.0.as_slice(), &[text, part]].concat()
}

/// The texts of an edition in their order; none when nothing of it is there.
pub fn load(store: &Store, id: EditionId) -> Result<Vec<Text>, LoadError> {
    let rows = store.scan(Table::HouseTexts, KeyRange::prefix(id.0), PARTS_MAX)?;
    let malformed = RowError::Malformed {
        table: Table::HouseTexts,
        version: TextRow::VERSION,
    };
    let mut texts: Vec<Text> = Vec::new();
    for (key, bytes) in rows {
        let row = TextRow::from_bytes(&bytes)?;
        let kind = Kind::ALL.get(usize::from(row.kind)).ok_or(malformed)?;
        match key.last() {
            Some(0) => texts.push(Text {
                kind: *kind,
                language: row.language,
                words: row.text,
            }),
            _ => {
                let begun = texts.last_mut().ok_or(malformed)?;
                begun.words.push_str(&row.text);
            }
        }
    }
    Ok(texts)
}

/// Writes the texts of an edition, one batch for each. They never change under their id, so whoever was
/// stopped half-way writes them again.
pub fn put(edition: &Edition) -> Result<Vec<Batch>, RowError> {
    let texts = (0..=u8::MAX).zip(&edition.texts);
    let batches = texts.map(|(number, it)| {
        let kind = Kind::ALL.iter().position(|kind| *kind == it.kind);
        let mut batch = Batch::new();
        for (part, text) in (0..).zip(text_parts(&it.words)) {
            let row = TextRow {
                kind: kind.unwrap_or(0) as u8,
                language: it.language.clone(),
                text: text.to_owned(),
            };
            let key = key(edition.id, number, part);
            batch = batch.put(Table::HouseTexts, key, row.to_bytes()?);
        }
        Ok(batch)
    });
    batches.collect()
}

#[cfg(test)]
mod tests {
    use parlor_domain::agreement::TEXT_BYTES_MAX;

    use super::*;

    #[test]
    fn the_longest_texts_come_back() {
        let store = Store::in_memory();
        let text = |kind, language: &str, words: &str| Text {
            kind,
            language: language.into(),
            words: words.into(),
        };
        let texts = vec![
            text(Kind::Terms, "", &"ü".repeat(TEXT_BYTES_MAX / 2)),
            text(Kind::Terms, "de", "Seid nett."),
            text(Kind::Privacy, "", &"🌶".repeat(TEXT_BYTES_MAX / 4)),
        ];
        let edition = Edition::new("", texts, |_| [7; 32]).unwrap();
        for batch in put(&edition).unwrap() {
            store.write_blocking(batch).unwrap();
        }
        assert!(load(&store, edition.id).unwrap() == edition.texts);
        assert_eq!(load(&store, EditionId([8; 16])).unwrap(), vec![]);
    }
}
