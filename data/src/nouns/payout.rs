//! Payouts: what hosts asked for. A host has one open request at most, and a reference names one
//! payout only.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{PayoutId, UserId},
    money::MilliCoins,
    payout::{Payout, State},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct PayoutRow {
    id: Uuid,
    host: Uuid,
    amount: i64,
    asked_at: i64,
    /// Paid (true) or void, reference or reason, by whom, when; nothing while it is open.
    closed: Option<(bool, String, Uuid, i64)>,
}

impl Row for PayoutRow {
    const TABLE: Table = Table::Payouts;
    const VERSION: u8 = 1;
}

impl From<&Payout> for PayoutRow {
    fn from(it: &Payout) -> Self {
        Self {
            id: it.id.0,
            host: it.host.0,
            amount: it.amount.0,
            asked_at: it.asked_at.0,
            closed: match &it.state {
                State::Open => None,
                State::Paid { reference, by, at } => Some((true, reference.clone(), by.0, at.0)),
                State::Void { reason, by, at } => Some((false, reason.clone(), by.0, at.0)),
            },
        }
    }
}

impl TryFrom<PayoutRow> for Payout {
    type Error = RowError;

    fn try_from(row: PayoutRow) -> Result<Self, RowError> {
        Ok(Self {
            id: PayoutId(row.id),
            host: UserId(row.host),
            amount: MilliCoins(row.amount),
            asked_at: Timestamp(row.asked_at),
            state: match row.closed {
                None => State::Open,
                Some((paid, words, by, at)) => {
                    let (by, at) = (UserId(by), Timestamp(at));
                    match paid {
                        true => State::Paid {
                            reference: words,
                            by,
                            at,
                        },
                        false => State::Void {
                            reason: words,
                            by,
                            at,
                        },
                    }
                }
            },
        })
    }
}

/// One payout.
pub fn load(store: &Store, id: PayoutId) -> Result<Option<Read<Payout>>, LoadError> {
    read::load::<PayoutRow, _>(store, id.as_bytes())
}

/// The latest first, from before `before`.
pub fn page(
    store: &Store,
    before: Option<PayoutId>,
    limit: usize,
) -> Result<Vec<Read<Payout>>, LoadError> {
    read::latest::<PayoutRow, _>(store, before.map(|id| *id.as_bytes()), limit)
}

/// At most `limit` open ones, in no order that matters: a host has one at most.
pub fn open(store: &Store, limit: usize) -> Result<Vec<Read<Payout>>, LoadError> {
    let marks = store.scan(Table::PayoutMarks, KeyRange::prefix([0]), limit)?;
    marks
        .iter()
        .filter_map(|(_, id)| read::load::<PayoutRow, _>(store, id).transpose())
        .collect()
}

/// Whether this host has an open one.
pub fn is_open_of(store: &Store, host: UserId) -> Result<bool, LoadError> {
    Ok(store.get(Table::PayoutMarks, open_of(host))?.is_some())
}

fn open_of(host: UserId) -> Vec<u8> {
    [&[0], host.as_bytes().as_slice()].concat()
}

fn sent_under(reference: &str) -> Vec<u8> {
    [&[1], reference.as_bytes()].concat()
}

/// Writes a request; fails when the host has an open one.
pub fn insert(it: &Payout) -> Result<Batch, RowError> {
    let (id, open) = (it.id.as_bytes(), open_of(it.host));
    Ok(read::insert(id, &PayoutRow::from(it))?
        .require_absent(Table::PayoutMarks, &open)
        .put(Table::PayoutMarks, &open, id.to_vec()))
}

/// Writes what became of it; fails when its reference is another payout's.
pub fn close(old: &Read<Payout>, new: &Payout) -> Result<Batch, RowError> {
    let id = new.id.as_bytes();
    let batch = read::replace(id, old, &PayoutRow::from(new))?
        .delete(Table::PayoutMarks, open_of(new.host));
    Ok(match &new.state {
        State::Paid { reference, .. } => {
            let mark = sent_under(reference);
            batch.require_absent(Table::PayoutMarks, &mark).put(
                Table::PayoutMarks,
                &mark,
                id.to_vec(),
            )
        }
        _ => batch,
    })
}

/// Whether a reference names a payout already.
pub fn is_used(store: &Store, reference: &str) -> Result<bool, LoadError> {
    Ok(store
        .get(Table::PayoutMarks, sent_under(reference))?
        .is_some())
}

/// The row as its host may read it.
pub(crate) const SHOWN: Shown = shown::<PayoutRow>;

/// The sum, when, and the bank's reference stay; an admin's words lose the name.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let mut it = PayoutRow::from_bytes(row)?;
    if let Some((false, words, _, _)) = &mut it.closed
        && person.is(it.host)
    {
        *words = person.left_out_of(words);
    }
    Fate::becomes(&it)
}
