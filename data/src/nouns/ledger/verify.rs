//! Proves the books: reads every entry in order and compares what they add up to with what the
//! store says each account holds. Names the first entry that is wrong.

use std::collections::BTreeMap;

use parlor_domain::{
    ledger::{Account, Entry, Invariant, Refusal, post},
    money::Asset,
};

use super::{Head, MALFORMED, account, balances, chained, head, link, statement};
use crate::{nouns::read::LoadError, range::KeyRange, store::Store, tables::Table};

/// Entries read at once.
const PAGE: usize = 1_000;

/// What true books add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Where they end.
    pub head: Head,
    /// What every account holds.
    pub balances: BTreeMap<Account, i64>,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The store could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A number is missing (I8).
    #[error("entry {0} is missing")]
    Missing(u64),
    /// The bytes are no entry.
    #[error("entry {0} cannot be read")]
    Unreadable(u64),
    /// It does not balance, or brings a person's account below zero (I1, I2).
    #[error("entry {seq} breaks the books: {why}")]
    Broken {
        /// Its number.
        seq: u64,
        /// What it breaks.
        why: parlor_domain::ledger::Refusal,
    },
    /// It is not the entry that was written, or one before it is not.
    #[error("entry {0} was changed: its hash is not the one that was written with it")]
    Changed(u64),
    /// The line of a statement says something else than its entry (I3).
    #[error("the statement of {account:?} does not say what entry {seq} says")]
    Statement {
        /// The entry's number.
        seq: u64,
        /// Whose statement.
        account: Account,
    },
    /// An account holds something else than its entries add up to (I3).
    #[error("{account:?} holds {stored}, but its entries add up to {folded}")]
    Balance {
        /// Which account.
        account: Account,
        /// What the store says.
        stored: i64,
        /// What the entries add up to.
        folded: i64,
    },
}

impl Fault {
    /// What does not hold; none when the store could not be read.
    pub fn invariant(&self) -> Option<Invariant> {
        Some(match self {
            Self::Load(_) => return None,
            Self::Missing(_) | Self::Unreadable(_) | Self::Changed(_) => Invariant::I8,
            Self::Broken { why, .. } => match why {
                Refusal::TooLittle { .. } => Invariant::I2,
                Refusal::Unbalanced => Invariant::I1,
            },
            Self::Statement { .. } | Self::Balance { .. } => Invariant::I3,
        })
    }
}

/// Reads all books. `progress` is told the number of entries read, page by page.
pub fn verify(store: &Store, progress: impl FnMut(u64)) -> Result<Books, Fault> {
    let mut books = Books::default();
    books.catch_up(store, progress)?;
    Ok(books)
}

impl Books {
    /// Reads what was written since these books were read, up to where they end now, and compares
    /// every account. Others may go on writing meanwhile. After a fault the books are worth nothing.
    pub fn catch_up(&mut self, store: &Store, progress: impl FnMut(u64)) -> Result<(), Fault> {
        self.catch_up_telling(store, progress, |_| ())
    }

    /// The same; `tell` hears every entry that was proven, in order.
    pub fn catch_up_telling(
        &mut self,
        store: &Store,
        mut progress: impl FnMut(u64),
        mut tell: impl FnMut(&Entry),
    ) -> Result<(), Fault> {
        let end = head(store)?;
        'pages: while self.head.seq < end.seq {
            let range = KeyRange::all().after(self.head.seq.to_be_bytes());
            let rows = store
                .scan(Table::LedgerEntries, range, PAGE)
                .map_err(LoadError::from)?;
            if rows.is_empty() {
                break;
            }
            for (key, row) in &rows {
                tell(&self.take(store, key, row)?);
                if self.head.seq == end.seq {
                    break 'pages;
                }
            }
            progress(self.head.seq);
        }
        progress(self.head.seq);
        if self.head.seq < end.seq {
            return Err(Fault::Missing(self.head.seq + 1));
        }
        if self.head != end {
            return Err(Fault::Changed(end.seq));
        }
        self.nothing_beyond(store)?;
        self.compare(store)
    }

    /// An entry after the end of the books was not written by them. One that was is seen together
    /// with the head that counts it.
    fn nothing_beyond(&self, store: &Store) -> Result<(), Fault> {
        let next = self.head.seq + 1;
        let beyond = store
            .get(Table::LedgerEntries, next.to_be_bytes())
            .map_err(LoadError::from)?;
        match beyond.is_some() && head(store)?.seq < next {
            true => Err(Fault::Changed(next)),
            false => Ok(()),
        }
    }

    /// Sum over all accounts of each asset; all zero in true books (I1).
    pub fn sums(&self) -> BTreeMap<Asset, i64> {
        let mut sums = BTreeMap::new();
        for (account, units) in &self.balances {
            *sums.entry(account.asset()).or_default() += units;
        }
        sums
    }

    fn take(&mut self, store: &Store, key: &[u8], row: &[u8]) -> Result<Entry, Fault> {
        let wanted = self.head.seq + 1;
        let seq = u64::from_be_bytes(key.try_into().map_err(|_| Fault::Unreadable(wanted))?);
        if seq != wanted {
            return Err(Fault::Missing(wanted));
        }
        let (chain, entry) = chained(row).map_err(|_| Fault::Unreadable(seq))?;
        if chain != link(&self.head.chain, &row[chain.len()..]) {
            return Err(Fault::Changed(seq));
        }
        let after = post(&entry, |account| {
            self.balances.get(&account).copied().unwrap_or(0)
        })
        .map_err(|why| Fault::Broken { seq, why })?;
        check_lines(store, seq, &entry, &after)?;
        self.balances.extend(after);
        self.head = Head { seq, chain };
        Ok(entry)
    }

    fn compare(&self, store: &Store) -> Result<(), Fault> {
        let mut after = None;
        let mut seen = 0;
        loop {
            let page = balances(store, after, PAGE)?;
            for (account, stored) in &page {
                let folded = self.balances.get(account).copied();
                seen += usize::from(folded.is_some());
                if folded != Some(*stored) && !self.moved_since(store, *account)? {
                    let folded = folded.unwrap_or(0);
                    return Err(Fault::Balance {
                        account: *account,
                        stored: *stored,
                        folded,
                    });
                }
            }
            after = page.last().map(|(account, _)| *account);
            if page.len() < PAGE {
                break;
            }
        }
        match seen == self.balances.len() {
            true => Ok(()),
            false => Err(Fault::Load(LoadError::Row(MALFORMED))),
        }
    }

    /// Somebody wrote while we read.
    fn moved_since(&self, store: &Store, of: Account) -> Result<bool, LoadError> {
        let last = statement(store, of, None, 1)?;
        Ok(last.first().is_some_and(|line| line.seq > self.head.seq))
    }
}

/// Every statement says what the entry says.
fn check_lines(
    store: &Store,
    seq: u64,
    entry: &Entry,
    after: &[(Account, i64)],
) -> Result<(), Fault> {
    for (posting, (account, balance)) in entry.postings.iter().zip(after) {
        let key = [account::key(*account).as_slice(), &seq.to_be_bytes()].concat();
        let said = store
            .get(Table::LedgerStatements, key)
            .map_err(LoadError::from)?;
        let line = [posting.units.to_be_bytes(), balance.to_be_bytes()].concat();
        if said.as_deref() != Some(line.as_slice()) {
            return Err(Fault::Statement {
                seq,
                account: *account,
            });
        }
    }
    Ok(())
}
