//! What is kept long enough, and what somebody has a right to be forgotten in.

use parlor_domain::{id::UserId, time::Timestamp};

use super::{
    CHANGES_PER_RECORD, Link, LoadError, MALFORMED, Personal, chained, first_since, index_keys,
    link_bytes, load_row, person_prefix, personal_key, require,
};
use crate::{
    batch::{BATCH_CHANGES_MAX, Batch},
    range::KeyRange,
    store::Store,
    tables::Table,
};

/// Records that one batch removes: each is as many changes as it made, and the anchor is one more.
const PURGED_PER_BATCH: usize = (BATCH_CHANGES_MAX - 1) / CHANGES_PER_RECORD;

/// A page of removals.
#[derive(Clone, Debug)]
pub struct Forgotten {
    /// What removes them.
    pub batch: Batch,
    /// How many.
    pub count: usize,
    /// Go on after this key; none when that was the last.
    pub next: Option<Vec<u8>>,
}

/// The last record of before `before`, if there is one that still stands.
pub fn purge_up_to(store: &Store, before: Timestamp) -> Result<Option<Link>, LoadError> {
    let seq = first_since(store, before)?.saturating_sub(1);
    if seq <= super::anchor(store)?.seq {
        return Ok(None);
    }
    let row = store.get(Table::AuditRecords, seq.to_be_bytes())?;
    let row = row.ok_or(MALFORMED)?;
    let (chain, ..) = chained(&row)?;
    Ok(Some(Link { seq, chain }))
}

/// How many records of before `before` still stand.
pub fn count_before(store: &Store, before: Timestamp) -> Result<usize, LoadError> {
    let up_to = purge_up_to(store, before)?.map_or(0, |it| it.seq);
    let gone = super::anchor(store)?.seq;
    Ok(usize::try_from(up_to.saturating_sub(gone)).unwrap_or(usize::MAX))
}

/// How many addresses are kept beside records of before `before`.
pub fn count_addresses(store: &Store, before: Timestamp) -> Result<usize, LoadError> {
    let end = personal_key(Personal::Address, first_since(store, before)?);
    let mut range = KeyRange::between(personal_key(Personal::Address, 0), end);
    let mut count = 0;
    loop {
        let rows = store.scan(Table::AuditPersonal, range.clone(), 1_000)?;
        count += rows.len();
        match rows.last() {
            Some((last, _)) if rows.len() == 1_000 => range = range.after(last),
            _ => return Ok(count),
        }
    }
}

/// Removes the oldest records up to this number, one page; the anchor moves with them.
pub fn purge(store: &Store, up_to: u64) -> Result<Forgotten, LoadError> {
    let old = super::anchor(store)?;
    let mut batch = require(Batch::new(), Table::AuditAnchor, &old)?;
    let range = KeyRange::between(
        (old.seq + 1).to_be_bytes(),
        up_to.saturating_add(1).to_be_bytes(),
    );
    let rows = store.scan(Table::AuditRecords, range, PURGED_PER_BATCH)?;
    let mut anchor = old;
    for (key, bytes) in &rows {
        let (chain, _, row) = chained(bytes)?;
        batch = batch.delete(Table::AuditRecords, key);
        for key in index_keys(&row) {
            batch = batch.delete(Table::AuditIndex, key);
        }
        for (what, sealed) in [
            (Personal::Address, row.address),
            (Personal::Words, row.words),
        ] {
            if sealed.is_some() {
                batch = batch.delete(Table::AuditPersonal, personal_key(what, row.seq));
            }
        }
        anchor = Link {
            seq: row.seq,
            chain,
        };
    }
    if rows.is_empty() {
        batch = Batch::new();
    } else {
        let bytes = link_bytes(Table::AuditAnchor, &anchor)?;
        batch = batch.put(Table::AuditAnchor, [], bytes);
    }
    Ok(Forgotten {
        batch,
        count: rows.len(),
        next: (anchor.seq < up_to && !rows.is_empty()).then(Vec::new),
    })
}

/// Removes addresses of records from before `before`, one page.
pub fn forget_addresses(
    store: &Store,
    before: Timestamp,
    limit: usize,
) -> Result<Forgotten, LoadError> {
    let end = first_since(store, before)?;
    let range = KeyRange::between(
        personal_key(Personal::Address, 0),
        personal_key(Personal::Address, end),
    );
    let rows = store.scan(Table::AuditPersonal, range, limit)?;
    let mut batch = Batch::new();
    for (key, _) in &rows {
        batch = batch.delete(Table::AuditPersonal, key);
    }
    Ok(Forgotten {
        batch,
        count: rows.len(),
        next: (rows.len() == limit).then(Vec::new),
    })
}

/// Removes what is personal beside the records of one person: where they came from, what they said, and
/// what was said about them. One page, from after the key `after`.
pub fn forget_person(
    store: &Store,
    user: UserId,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Forgotten, LoadError> {
    let mut range = KeyRange::prefix(person_prefix(user.as_bytes()));
    if let Some(after) = after {
        range = range.after(after);
    }
    let rows = store.scan(Table::AuditIndex, range, limit)?;
    let (mut batch, mut count) = (Batch::new(), 0);
    for (key, _) in &rows {
        let seq = key.last_chunk::<8>().ok_or(MALFORMED)?;
        let Some(row) = load_row(store, u64::from_be_bytes(*seq))? else {
            continue;
        };
        let own = row.user == Some(*user.as_bytes()) || row.user.is_none();
        if row.address.is_some() && own {
            batch = batch.delete(
                Table::AuditPersonal,
                personal_key(Personal::Address, row.seq),
            );
            count += 1;
        }
        if row.words.is_some() {
            batch = batch.delete(Table::AuditPersonal, personal_key(Personal::Words, row.seq));
            count += 1;
        }
    }
    let next = (rows.len() == limit)
        .then(|| rows.last().map(|(key, _)| key.to_vec()))
        .flatten();
    Ok(Forgotten { batch, count, next })
}
