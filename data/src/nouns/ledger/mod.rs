//! The books on disk: entries in one gap-free row of numbers, each linked to the one before by a
//! hash; what every account holds; and each account's statement.
//!
//! One batch per entry writes all of it, and every batch requires that the head of the books is
//! still the one it was made from. So entries happen one after the other, whoever writes them, and
//! a batch made from an old head changes nothing.

mod account;
mod bills;
pub mod once;
mod verify;

use serde::{Deserialize, Serialize};

use parlor_domain::{
    id::{CallId, MeetingId, OrderId, PayoutId, UserId},
    ledger::{Account, Balances, Entry, Kind, Posting, Subject},
    time::Timestamp,
};

pub use bills::{Bills, Breach};
pub use verify::{Books, Fault, verify};

use super::read::LoadError;
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Where the books end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of the last entry; 0 before the first.
    pub seq: u64,
    /// Its hash (SHA-256 over the hash before it and the entry).
    pub chain: [u8; 32],
}

#[derive(Serialize, Deserialize)]
pub(in crate::nouns) struct HeadRow {
    seq: u64,
    chain: [u8; 32],
}

impl Row for HeadRow {
    const TABLE: Table = Table::LedgerHead;
    const VERSION: u8 = 1;
}

#[derive(Serialize, Deserialize)]
pub(in crate::nouns) struct EntryRow {
    at: i64,
    kind: u8,
    subject: (u8, [u8; 16]),
    reverses: Option<u64>,
    postings: Vec<(u8, [u8; 16], i64)>,
    note: String,
}

impl Row for EntryRow {
    const TABLE: Table = Table::LedgerEntries;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::LedgerEntries,
    version: EntryRow::VERSION,
};

/// One line of an account's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The entry's number.
    pub seq: u64,
    /// What moved, in the smallest unit of the account's asset.
    pub units: i64,
    /// What the account held afterwards.
    pub balance: i64,
}

impl From<&Entry> for EntryRow {
    fn from(it: &Entry) -> Self {
        let posting = |it: &Posting| {
            let key = account::key(it.account);
            let mut rest = [0; 16];
            rest.copy_from_slice(&key[1..]);
            (key[0], rest, it.units)
        };
        Self {
            at: it.at.0,
            kind: it.kind.code(),
            subject: subject_out(it.subject),
            reverses: it.reverses,
            postings: it.postings.iter().map(posting).collect(),
            note: it.note.clone(),
        }
    }
}

impl TryFrom<EntryRow> for Entry {
    type Error = RowError;

    fn try_from(row: EntryRow) -> Result<Self, RowError> {
        let posting = |(kind, rest, units): &(u8, [u8; 16], i64)| {
            let key = [&[*kind], rest.as_slice()].concat();
            let account = account::account(&key)?;
            Some(Posting {
                account,
                units: *units,
            })
        };
        Ok(Self {
            at: Timestamp(row.at),
            kind: Kind::from_code(row.kind).ok_or(MALFORMED)?,
            subject: subject_in(row.subject).ok_or(MALFORMED)?,
            reverses: row.reverses,
            postings: row
                .postings
                .iter()
                .map(posting)
                .collect::<Option<_>>()
                .ok_or(MALFORMED)?,
            note: row.note,
        })
    }
}

fn subject_out(subject: Subject) -> (u8, [u8; 16]) {
    match subject {
        Subject::None => (0, [0; 16]),
        Subject::User(id) => (1, *id.as_bytes()),
        Subject::Call(id) => (2, *id.as_bytes()),
        Subject::Meeting(id) => (3, *id.as_bytes()),
        Subject::Order(id) => (4, *id.as_bytes()),
        Subject::Payout(id) => (5, *id.as_bytes()),
    }
}

fn subject_in((kind, id): (u8, [u8; 16])) -> Option<Subject> {
    Some(match kind {
        0 => Subject::None,
        1 => Subject::User(UserId::from_bytes(id)),
        2 => Subject::Call(CallId::from_bytes(id)),
        3 => Subject::Meeting(MeetingId::from_bytes(id)),
        4 => Subject::Order(OrderId::from_bytes(id)),
        5 => Subject::Payout(PayoutId::from_bytes(id)),
        _ => return None,
    })
}

/// Where the books end now.
pub fn head(store: &Store) -> Result<Head, LoadError> {
    let row = store.get(Table::LedgerHead, [])?;
    let row = row.as_deref().map(HeadRow::from_bytes).transpose()?;
    Ok(row.map_or_else(Head::default, |row| Head {
        seq: row.seq,
        chain: row.chain,
    }))
}

/// Writes the next entry. `after`: what the accounts of its postings hold then, from
/// [`parlor_domain::ledger::post`]. The batch happens only while the books end at `head`.
pub fn append(head: &Head, entry: &Entry, after: &Balances) -> Result<(Batch, Head), RowError> {
    let row = EntryRow::from(entry).to_bytes()?;
    let next = Head {
        seq: head.seq + 1,
        chain: link(&head.chain, &row),
    };
    let mut batch = match head.seq {
        0 => Batch::new().require_absent(Table::LedgerHead, []),
        _ => Batch::new().require_equals(Table::LedgerHead, [], bytes(head)?),
    };
    batch = batch.put(Table::LedgerHead, [], bytes(&next)?).put(
        Table::LedgerEntries,
        next.seq.to_be_bytes(),
        [next.chain.as_slice(), &row].concat(),
    );
    if let Subject::Call(call) = entry.subject {
        batch = batch.put(Table::LedgerCalls, about(call, next.seq), Vec::new());
    }
    for (posting, (account, balance)) in entry.postings.iter().zip(after) {
        let key = account::key(*account);
        batch = batch
            .put(Table::LedgerBalances, key, balance.to_be_bytes().to_vec())
            .put(
                Table::LedgerStatements,
                [key.as_slice(), &next.seq.to_be_bytes()].concat(),
                [posting.units.to_be_bytes(), balance.to_be_bytes()].concat(),
            );
    }
    Ok((batch, next))
}

/// What an account holds, in the smallest unit of its asset. An account that never moved holds 0.
pub fn balance(store: &Store, of: Account) -> Result<i64, LoadError> {
    let row = store.get(Table::LedgerBalances, account::key(of))?;
    row.map_or(Ok(0), |row| units(&row))
}

fn about(call: CallId, seq: u64) -> Vec<u8> {
    [call.as_bytes().as_slice(), &seq.to_be_bytes()].concat()
}

/// At most `limit` numbers of entries about a call, oldest first, from after the entry `after`.
pub fn of_call(
    store: &Store,
    call: CallId,
    after: u64,
    limit: usize,
) -> Result<Vec<u64>, LoadError> {
    let range = KeyRange::prefix(call.as_bytes()).after(about(call, after));
    let rows = store.scan(Table::LedgerCalls, range, limit)?;
    rows.iter()
        .map(|(key, _)| {
            let seq = key.last_chunk::<8>().ok_or(MALFORMED)?;
            Ok(u64::from_be_bytes(*seq))
        })
        .collect()
}

/// The entry with this number.
pub fn entry(store: &Store, seq: u64) -> Result<Option<Entry>, LoadError> {
    let row = store.get(Table::LedgerEntries, seq.to_be_bytes())?;
    row.map(|row| Ok(chained(&row)?.1)).transpose()
}

/// An entry's row: its hash, then the entry.
fn chained(row: &[u8]) -> Result<([u8; 32], Entry), RowError> {
    let (chain, entry) = row.split_first_chunk::<32>().ok_or(MALFORMED)?;
    Ok((*chain, EntryRow::from_bytes(entry)?.try_into()?))
}

/// An account's last movements before entry `before`, newest first.
pub fn statement(
    store: &Store,
    of: Account,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Line>, LoadError> {
    let key = account::key(of);
    let mut range = KeyRange::prefix(key).reverse();
    if let Some(before) = before {
        range = range.after([key.as_slice(), &before.to_be_bytes()].concat());
    }
    store
        .scan(Table::LedgerStatements, range, limit)?
        .iter()
        .map(line)
        .collect()
}

fn line((key, row): &(bytes::Bytes, bytes::Bytes)) -> Result<Line, LoadError> {
    let seq = key.last_chunk::<8>().ok_or(MALFORMED)?;
    let (moved, balance) = row.split_at_checked(8).ok_or(MALFORMED)?;
    Ok(Line {
        seq: u64::from_be_bytes(*seq),
        units: units(moved)?,
        balance: units(balance)?,
    })
}

/// At most `limit` accounts that ever moved and what they hold, from after `after`: the trial
/// balance, page by page.
pub fn balances(
    store: &Store,
    after: Option<Account>,
    limit: usize,
) -> Result<Vec<(Account, i64)>, LoadError> {
    let range = match after {
        Some(account) => KeyRange::all().after(account::key(account)),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::LedgerBalances, range, limit)?;
    rows.iter()
        .map(|(key, row)| Ok((account::account(key).ok_or(MALFORMED)?, units(row)?)))
        .collect()
}

fn units(row: &[u8]) -> Result<i64, LoadError> {
    let bytes = row.try_into().map_err(|_| MALFORMED)?;
    Ok(i64::from_be_bytes(bytes))
}

fn bytes(head: &Head) -> Result<Vec<u8>, RowError> {
    HeadRow {
        seq: head.seq,
        chain: head.chain,
    }
    .to_bytes()
}

/// The hash that binds an entry to all before it.
fn link(before: &[u8; 32], row: &[u8]) -> [u8; 32] {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    hash.update(before);
    hash.update(row);
    let mut chain = [0; 32];
    chain.copy_from_slice(hash.finish().as_ref());
    chain
}

/// The rows as whoever owns an account may read them: an entry, what it holds, a line of its statement.
pub(crate) const SHOWN: [Shown; 3] = [shown_entry, shown_units, shown_units];

/// An entry, without the hash of the chain before it.
fn shown_entry(bytes: &[u8]) -> Result<serde_json::Value, RowError> {
    let (_, entry) = bytes.split_at_checked(32).ok_or(MALFORMED)?;
    shown::<EntryRow>(entry)
}

/// What moved, or what is held then; both in a line.
fn shown_units(bytes: &[u8]) -> Result<serde_json::Value, RowError> {
    let numbers = bytes.chunks_exact(8).map(|it| {
        let it: [u8; 8] = it.try_into().unwrap_or_default();
        i64::from_be_bytes(it)
    });
    Ok(numbers.collect::<Vec<_>>().into())
}

#[cfg(test)]
mod tests;
