//! What clients said about hosts after paid calls, one review per call, and the sum of it. Whoever
//! writes a review writes the sum in the same batch, so that the two never disagree.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    host::{Review, Tally},
    id::{CallId, UserId},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{ERASED_NAME, Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct TallyRow {
    ratings: u64,
    stars: u64,
    calls: u64,
}

impl Row for TallyRow {
    const TABLE: Table = Table::HostTallies;
    const VERSION: u8 = 1;
}

impl TryFrom<TallyRow> for Tally {
    type Error = RowError;

    fn try_from(row: TallyRow) -> Result<Self, RowError> {
        Ok(Self {
            ratings: row.ratings,
            stars: row.stars,
            calls: row.calls,
        })
    }
}

/// The sum of a host's reviews and calls; none before the first.
pub fn tally(store: &Store, host: UserId) -> Result<Option<Read<Tally>>, LoadError> {
    read::load::<TallyRow, _>(store, host.as_bytes())
}

/// Writes the sum; fails when it is not still as it was read.
pub fn put_tally(host: UserId, old: Option<&Read<Tally>>, new: &Tally) -> Result<Batch, RowError> {
    let row = TallyRow {
        ratings: new.ratings,
        stars: new.stars,
        calls: new.calls,
    };
    read::put(host.as_bytes(), old, &row)
}

#[derive(Serialize, Deserialize)]
pub(super) struct ReviewRow {
    host: Uuid,
    call: Uuid,
    user: Uuid,
    author: String,
    stars: u8,
    text: String,
    at: i64,
    hidden: Option<String>,
}

impl Row for ReviewRow {
    const TABLE: Table = Table::HostReviews;
    const VERSION: u8 = 1;
}

impl TryFrom<ReviewRow> for Review {
    type Error = RowError;

    fn try_from(row: ReviewRow) -> Result<Self, RowError> {
        Ok(Self {
            host: UserId(row.host),
            call: CallId(row.call),
            user: UserId(row.user),
            author: row.author,
            stars: row.stars,
            text: row.text,
            at: Timestamp(row.at),
            hidden: row.hidden,
        })
    }
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::ReviewByCall,
    version: ReviewRow::VERSION,
};

fn key(host: UserId, call: CallId) -> Vec<u8> {
    [host.0.into_bytes(), call.0.into_bytes()].concat()
}

/// What was said after this call.
pub fn load(store: &Store, call: CallId) -> Result<Option<Read<Review>>, LoadError> {
    match store.get(Table::ReviewByCall, call.as_bytes())? {
        Some(bytes) => {
            let host = UserId::from_bytes(read::id_in(&bytes, MALFORMED)?);
            read::load::<ReviewRow, _>(store, key(host, call))
        }
        None => Ok(None),
    }
}

/// Writes a review, instead of what was said before about the same call; fails when that is not
/// still as it was read.
pub fn put(old: Option<&Read<Review>>, new: &Review) -> Result<Batch, RowError> {
    let row = ReviewRow {
        host: new.host.0,
        call: new.call.0,
        user: new.user.0,
        author: new.author.clone(),
        stars: new.stars,
        text: new.text.clone(),
        at: new.at.0,
        hidden: new.hidden.clone(),
    };
    let key = key(new.host, new.call);
    match old {
        Some(old) => read::replace(key, old, &row),
        None => Ok(read::insert(key, &row)?.put(
            Table::ReviewByCall,
            new.call.as_bytes(),
            new.host.as_bytes().to_vec(),
        )),
    }
}

/// A page of the reviews of a host, those of the latest calls first, before the one of call
/// `before`. Call ids rise with time. Hidden ones are among them.
pub fn page_of(
    store: &Store,
    host: UserId,
    before: Option<CallId>,
    limit: usize,
) -> Result<Vec<Review>, LoadError> {
    let mut range = KeyRange::prefix(host.as_bytes()).reverse();
    if let Some(call) = before {
        range = range.after(key(host, call));
    }
    let rows = store.scan(Table::HostReviews, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| Ok(read::read::<ReviewRow, Review>(bytes)?.value))
        .collect()
}

/// A page of all reviews, those of the latest calls first.
pub fn latest(
    store: &Store,
    before: Option<CallId>,
    limit: usize,
) -> Result<Vec<Review>, LoadError> {
    let mut range = KeyRange::all().reverse();
    if let Some(call) = before {
        range = range.after(call.as_bytes());
    }
    let mut all = Vec::new();
    for (key, _) in store.scan(Table::ReviewByCall, range, limit)? {
        let call = read::id_at_end(&key).ok_or(MALFORMED)?;
        all.extend(load(store, CallId::from_bytes(call))?.map(|read| read.value));
    }
    Ok(all)
}

/// The rows as their people may read them: a review, the sum of a host's.
pub(crate) const SHOWN: [Shown; 2] = [shown::<ReviewRow>, shown::<TallyRow>];

/// Reviews of a host who is erased go; of one that a person wrote the stars stay, which the host's sum
/// counts.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let mut it = ReviewRow::from_bytes(row)?;
    if person.is(it.host) {
        return Ok(Fate::Goes);
    }
    if person.is(it.user) {
        it.author = ERASED_NAME.into();
        it.text.clear();
        it.hidden = None;
    }
    Fate::becomes(&it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(host: u128, call: u128, stars: u8) -> Review {
        Review {
            host: UserId(Uuid::from_u128(host)),
            call: CallId(Uuid::from_u128(call)),
            user: UserId(Uuid::from_u128(7)),
            author: "Ada L.".into(),
            stars,
            text: "Kind".into(),
            at: Timestamp(9),
            hidden: None,
        }
    }

    #[test]
    fn reviews_come_latest_first_and_one_of_each_call() {
        let store = Store::in_memory();
        let all = [
            review(1, 1, 5),
            review(1, 2, 4),
            review(1, 3, 3),
            review(2, 9, 1),
        ];
        for one in &all {
            store.write_blocking(put(None, one).unwrap()).unwrap();
        }
        assert!(store.write_blocking(put(None, &all[0]).unwrap()).is_err());
        let host = all[0].host;
        let page = page_of(&store, host, None, 2).unwrap();
        assert_eq!(page, [all[2].clone(), all[1].clone()]);
        let rest = page_of(&store, host, Some(all[1].call), 2).unwrap();
        assert_eq!(rest, [all[0].clone()]);
        let old = load(&store, all[0].call).unwrap().unwrap();
        let mut new = review(1, 1, 1);
        new.hidden = Some("Rude".into());
        store
            .write_blocking(put(Some(&old), &new).unwrap())
            .unwrap();
        assert!(
            store
                .write_blocking(put(Some(&old), &new).unwrap())
                .is_err()
        );
        let latest_two = latest(&store, None, 2).unwrap();
        assert_eq!(latest_two, [all[3].clone(), all[2].clone()]);
        let last = latest(&store, Some(all[1].call), 9).unwrap();
        assert_eq!(last, [new]);
        assert!(load(&store, CallId(Uuid::from_u128(8))).unwrap().is_none());
    }

    #[test]
    fn two_sums_of_one_reading_cannot_both_win() {
        let store = Store::in_memory();
        let host = UserId(Uuid::from_u128(1));
        let one = Tally::default().changed(None, Some(5));
        let first = || put_tally(host, None, &one).unwrap();
        store.write_blocking(first()).unwrap();
        assert!(store.write_blocking(first()).is_err());
        let read = tally(&store, host).unwrap().unwrap();
        assert_eq!(read.value, one);
        let second = || put_tally(host, Some(&read), &one.called()).unwrap();
        store.write_blocking(second()).unwrap();
        assert!(store.write_blocking(second()).is_err());
    }
}
