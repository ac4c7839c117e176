//! Goes through a table and takes out of it what is of one person, as the map says.
//!
//! Every change requires the row as it was read, so a page that somebody else wrote to meanwhile fails
//! whole and is looked at again. Done twice it changes nothing more: whoever was stopped half-way
//! begins again.

use super::{
    Entry, Erasure,
    person::{Fate, Person},
};
use crate::{
    batch::Batch,
    nouns::{LoadError, read},
    store::Store,
    tables::Table,
};

/// Rows that are looked at in one page.
const PAGE_ROWS: usize = 200;
/// Bytes of changed rows after which a page ends, so that its batch is within its bound.
const PAGE_BYTES: usize = 256 * 1024;

/// What one page changes, how many rows that are, and where the next begins (`None`: that was the
/// last).
pub type Page = (Batch, usize, Option<Vec<u8>>);

/// One page of a table from after the key `after`.
///
/// # Errors
/// When the store cannot be read.
pub fn forget(
    store: &Store,
    entry: &Entry,
    person: &Person,
    after: Option<Vec<u8>>,
) -> Result<Page, LoadError> {
    if matches!(
        entry.erasure,
        Erasure::Nothing | Erasure::Kept(_) | Erasure::Apart(_)
    ) {
        return Ok((Batch::new(), 0, None));
    }
    let (rows, next) = read::rows(store, entry.table, after, PAGE_ROWS)?;
    let (mut batch, mut count, mut bytes) = (Batch::new(), 0, 0);
    for (key, row) in rows {
        let fate = fate(store, entry, person, &key, &row)?;
        if fate == Fate::Stays || fate == Fate::Becomes(row.to_vec()) {
            continue;
        }
        count += 1;
        bytes += 2 * (key.len() + row.len());
        batch = batch.require_equals(entry.table, &key, row);
        batch = match fate {
            Fate::Becomes(new) => batch.put(entry.table, &key, new),
            _ => batch.delete(entry.table, &key),
        };
        if bytes >= PAGE_BYTES {
            return Ok((batch, count, Some(key.to_vec())));
        }
    }
    Ok((batch, count, next))
}

fn fate(
    store: &Store,
    entry: &Entry,
    person: &Person,
    key: &[u8],
    row: &[u8],
) -> Result<Fate, LoadError> {
    let leads = |to: Table, id: Option<&[u8; 16]>| -> Result<Fate, LoadError> {
        let dead = match id {
            Some(id) => store.get(to, id)?.is_none(),
            None => false,
        };
        Ok(Fate::gone(dead))
    };
    match entry.erasure {
        Erasure::Nothing | Erasure::Kept(_) | Erasure::Apart(_) => Ok(Fate::Stays),
        Erasure::Key(places) => Ok(Fate::gone(places.iter().any(|at| person.is_at(key, *at)))),
        Erasure::Value => Ok(Fate::gone(person.is_at(row, 0))),
        Erasure::Address => {
            let rest = key.strip_prefix(person.email.as_bytes());
            Ok(Fate::gone(
                rest.is_some_and(|it| it.first().is_none_or(|it| *it == 0)),
            ))
        }
        Erasure::IndexOf(to) => leads(to, key.last_chunk()),
        Erasure::WayTo(to) => leads(to, row.first_chunk()),
        Erasure::Cut(cut) | Erasure::Drop(cut) => cut(store, person, key, row),
    }
}
