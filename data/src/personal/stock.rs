//! How much of each class there is, and how old it is: counted from the rows, for reports.

use parlor_domain::time::Timestamp;

use super::{Age, Entry, MAP};
use crate::{nouns::LoadError, range::KeyRange, store::Store};

/// Rows that are looked at in one page.
const PAGE_ROWS: usize = 1_000;

/// What is there of one table.
#[derive(Clone, Copy, Debug)]
pub struct Stock {
    /// Which table.
    pub entry: &'static Entry,
    /// How many rows.
    pub rows: u64,
    /// When the oldest began, as far as keys say it.
    pub oldest: Option<Timestamp>,
}

/// Counts every table. Reads the whole store: for what is rare, and away from those who wait.
///
/// # Errors
/// When the store cannot be read.
pub fn stock(store: &Store) -> Result<Vec<Stock>, LoadError> {
    MAP.iter().map(|entry| count(store, entry)).collect()
}

fn count(store: &Store, entry: &'static Entry) -> Result<Stock, LoadError> {
    let mut found = Stock {
        entry,
        rows: 0,
        oldest: None,
    };
    let mut range = KeyRange::all();
    loop {
        let page = store.scan(entry.table, range, PAGE_ROWS)?;
        found.rows += page.len() as u64;
        let began = page.iter().filter_map(|(key, _)| began(entry.age, key));
        found.oldest = found.oldest.into_iter().chain(began).min();
        match page.last() {
            Some((key, _)) if page.len() == PAGE_ROWS => range = KeyRange::all().after(key),
            _ => return Ok(found),
        }
    }
}

fn began(age: Age, key: &[u8]) -> Option<Timestamp> {
    match age {
        Age::Unsaid => None,
        Age::Id(at) => {
            let id = key.get(at..at + 16)?;
            // Only ids of version 7 begin with the time.
            let ordered = id[6] >> 4 == 7;
            let ms = id[..6]
                .iter()
                .fold(0, |ms, byte| ms << 8 | i64::from(*byte));
            ordered.then_some(Timestamp(ms))
        }
        Age::Instant(at) => {
            let bytes: [u8; 8] = key.get(at..at + 8)?.try_into().ok()?;
            let ms = u64::from_be_bytes(bytes) ^ (1 << 63);
            Some(Timestamp(ms.cast_signed()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{batch::Batch, tables::Table};

    #[test]
    fn rows_are_counted_and_the_oldest_is_found_by_its_key() {
        let store = Store::in_memory();
        let mut batch = Batch::new();
        for ms in [5_000u64, 3_000, 4_000] {
            let mut id = [9; 16];
            id[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
            id[6] = 0x70;
            batch = batch.put(Table::Mails, id, vec![1]);
        }
        let key = [&(7_000u64 | 1 << 63).to_be_bytes()[..], &[1; 16]].concat();
        batch = batch.put(Table::MailsByTime, key, vec![]);
        store.write_blocking(batch).unwrap();
        let stock = stock(&store).unwrap();
        let of = |table| stock.iter().find(|it| it.entry.table == table).unwrap();
        assert_eq!(of(Table::Mails).rows, 3);
        assert_eq!(of(Table::Mails).oldest, Some(Timestamp(3_000)));
        assert_eq!(of(Table::MailsByTime).oldest, Some(Timestamp(7_000)));
        assert_eq!(
            (of(Table::Orders).rows, of(Table::Orders).oldest),
            (0, None)
        );
    }
}
