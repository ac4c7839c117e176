//! The books as they will be once everything that was handed to the store is on the disk: the head
//! and what touched accounts hold. Forgotten as a whole when a batch was not written.

use std::collections::HashMap;

use parlor_data::{
    Batch, LoadError, Store,
    nouns::{
        earning,
        ledger::{self, Head, once},
    },
};
use parlor_domain::ledger::{Account, Balances, post};

use super::{Once, PostError, Posting};

/// Most accounts that are remembered; more are read again.
const REMEMBERED_MAX: usize = 50_000;

/// An account as it will be.
#[derive(Clone, Copy)]
struct Held {
    units: i64,
    /// The entry that made it so.
    seq: u64,
}

/// What the next entry is made from.
#[derive(Default)]
pub(super) struct Books {
    head: Option<Head>,
    held: HashMap<Account, Held>,
    /// Rises whenever everything is forgotten.
    pub generation: u64,
}

/// A posting made into a batch.
pub(super) struct Drafted {
    pub batch: Batch,
    pub seq: u64,
    pub after: Balances,
    /// Preconditions of the books themselves, before those of the posting's rows.
    pub own_preconditions: usize,
    head: Option<Head>,
}

impl Books {
    /// What an account will hold.
    pub fn balance(&self, store: &Store, of: Account) -> Result<i64, LoadError> {
        match self.held.get(&of) {
            Some(held) => Ok(held.units),
            None => ledger::balance(store, of),
        }
    }

    /// Makes the batch of a posting. Nothing is remembered before [`accept`](Self::accept).
    pub fn draft(&self, store: &Store, posting: &Posting) -> Result<Drafted, PostError> {
        let head = match self.head {
            Some(head) => head,
            None => ledger::head(store)?,
        };
        let mut drafted = Drafted {
            batch: Batch::new(),
            seq: head.seq,
            after: Balances::new(),
            own_preconditions: 0,
            head: None,
        };
        if !posting.entry.is_empty() {
            let mut now = HashMap::with_capacity(posting.entry.postings.len());
            for it in &posting.entry.postings {
                now.insert(it.account, self.balance(store, it.account)?);
            }
            let holds = |account| now.get(&account).copied().unwrap_or(0);
            drafted.after = post(&posting.entry, holds)?;
            let (batch, next) =
                ledger::append(&head, &posting.entry, &drafted.after).map_err(LoadError::from)?;
            drafted.batch = batch.and(earning::noted(&posting.entry).map_err(LoadError::from)?);
            drafted.seq = next.seq;
            drafted.head = Some(next);
            drafted.own_preconditions += 1;
        }
        if let Some(key) = &posting.once {
            drafted.batch = drafted.batch.and(row(key, posting, drafted.seq)?);
            drafted.own_preconditions += 1;
        }
        drafted.batch = drafted.batch.and(posting.rows.clone());
        Ok(drafted)
    }

    /// The batch is on its way: the next entry is made from what it will have written.
    pub fn accept(&mut self, drafted: &Drafted) {
        let Some(head) = drafted.head else { return };
        self.head = Some(head);
        for (account, units) in &drafted.after {
            let held = Held {
                units: *units,
                seq: head.seq,
            };
            self.held.insert(*account, held);
        }
    }

    /// Makes room, once everything up to this entry is in the store.
    pub fn durable(&mut self, seq: u64) {
        if self.held.len() > REMEMBERED_MAX {
            self.held.retain(|_, held| held.seq > seq);
        }
    }

    /// Nothing that was thought to come will come.
    pub fn forget(&mut self) {
        self.head = None;
        self.held.clear();
        self.generation += 1;
    }
}

fn row(key: &Once, posting: &Posting, seq: u64) -> Result<Batch, PostError> {
    let done = once::Done {
        request: key.request,
        seq,
        made: key.made.clone(),
        at: posting.entry.at,
    };
    Ok(once::insert(&key.key, &done).map_err(LoadError::from)?)
}
