//! The one writer of the books. Whoever moves money makes an [`Entry`], puts the rows that belong
//! to it beside it, and posts both; they become durable together or not at all.
//!
//! ```text
//! let posted = services.ledger().post(Posting::new(entry).with(rows)).await?;
//! ```
//!
//! The writer knows what every touched account holds *ahead of the disk*: a second posting is
//! decided while the first is still being synced, so that many calls share one sync, and two
//! postings on one wallet are decided one after the other. Every batch requires the head of the
//! books that it was made from. When one is not written, all that were made after it are void by
//! themselves; the writer reads the store again and makes them anew (`writer`).
//!
//! Must never: acknowledge before the disk, hold a lock while it waits, or be gone around: nobody
//! else appends to the books.

mod books;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;

use parlor_data::{Batch, LoadError, Store, WriteError, nouns::ledger::once};
use parlor_domain::{
    id::UserId,
    ledger::{Account, Entry, Refusal},
    money::MilliCoins,
};
use ring::digest;
use tokio::sync::watch;

use writer::Writer;

/// A key under which something is posted only once, for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    key: Vec<u8>,
    request: [u8; 32],
    made: Vec<u8>,
}

impl Once {
    /// `scope`: a word of the program ("top-up", "refund"), with the user's id where users choose
    /// the key. `request`: what must be the same when the key comes again.
    pub fn new(scope: &str, key: &str, request: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, request).as_ref());
        Self {
            key: once::key(scope, key),
            request: hash,
            made: Vec::new(),
        }
    }

    /// What the caller wants to hear again when the key is repeated, an id for example.
    #[must_use]
    pub fn making(mut self, made: impl Into<Vec<u8>>) -> Self {
        self.made = made.into();
        self
    }
}

/// What is posted.
#[derive(Clone, Debug)]
#[must_use = "nothing moves before it is posted"]
pub struct Posting {
    /// What moves. An entry that moves nothing writes only the rows.
    pub entry: Entry,
    /// Rows that are written in the same durable transaction, and what must hold about them.
    pub rows: Batch,
    /// The key under which it happens only once; a repetition gives the first answer.
    pub once: Option<Once>,
}

impl Posting {
    /// An entry alone.
    pub fn new(entry: Entry) -> Self {
        Self {
            entry,
            rows: Batch::new(),
            once: None,
        }
    }

    /// With rows that belong to it.
    pub fn with(mut self, rows: Batch) -> Self {
        self.rows = self.rows.and(rows);
        self
    }

    /// Only once.
    pub fn once(mut self, once: Once) -> Self {
        self.once = Some(once);
        self
    }
}

/// What became of a posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Number of the entry; of the last one before, when nothing moved.
    pub seq: u64,
    /// What the first posting under this key was [`making`](Once::making).
    pub made: Vec<u8>,
    /// It had been posted before under this key, and nothing moved now.
    pub repeated: bool,
}

/// Why nothing moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// A person's account would be below zero.
    #[error("{account:?} has {missing} too little")]
    TooLittle {
        /// Which.
        account: Account,
        /// In the smallest unit of its asset; at least 1.
        missing: i64,
    },
    /// The key was used for another request.
    #[error("the key names another request")]
    Repeated,
    /// A row was not as the posting requires: read again and decide again.
    #[error("a row was changed meanwhile")]
    Stale,
    /// The entry is none: a mistake of the program.
    #[error("the entry does not balance")]
    Unbalanced,
    /// The books could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store took no writes.
    #[error(transparent)]
    Store(WriteError),
}

impl From<Refusal> for PostError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLittle { account, short_by } => Self::TooLittle {
                account,
                missing: short_by,
            },
            Refusal::Unbalanced => Self::Unbalanced,
        }
    }
}

/// What a wallet holds, as of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalletState {
    /// What can be spent.
    pub available: MilliCoins,
    /// The entry after which it holds that.
    pub seq: u64,
}

/// The writer's handle. Cheap; clones share everything.
#[derive(Clone)]
pub struct Ledger(Arc<Writer>);

impl Ledger {
    /// The writer of this store's books. There must be one only, and nobody else may append.
    pub fn new(store: Store) -> Self {
        Self(Writer::start(store))
    }

    /// Posts, durably: when this returns, it survives kill -9. Dropping the future does not take
    /// the posting back.
    ///
    /// # Errors
    /// See [`PostError`]; nothing has moved then, except when the store failed in the middle
    /// ([`PostError::Store`]), where only reading again tells.
    pub async fn post(&self, posting: Posting) -> Result<Posted, PostError> {
        let closed = || PostError::Store(WriteError::Closed);
        self.0.submit(posting)?.await.map_err(|_| closed())?
    }

    /// What was posted under this key before, if anything.
    ///
    /// # Errors
    /// [`PostError::Repeated`] when that was another request.
    pub fn posted(&self, once: &Once) -> Result<Option<Posted>, PostError> {
        self.0.posted(once)
    }

    /// What an account holds, in the smallest unit of its asset: as of what was accepted, which may
    /// be ahead of the disk by some milliseconds.
    pub fn balance(&self, of: Account) -> Result<i64, LoadError> {
        self.0.balance(of)
    }

    /// What a user can spend.
    pub fn wallet(&self, user: UserId) -> Result<MilliCoins, LoadError> {
        Ok(MilliCoins(self.balance(Account::Wallet(user))?))
    }

    /// Tells of every durable change of a user's wallet, beginning with what it holds now. A slow
    /// listener hears the last state only.
    pub fn watch(&self, user: UserId) -> Result<watch::Receiver<WalletState>, LoadError> {
        self.0.watch(user)
    }

    /// Calls this after every durable change of anybody's wallet, on the writer's thread. Once;
    /// it must not block.
    pub fn on_wallet_changed(&self, tell: impl Fn(UserId, WalletState) + Send + Sync + 'static) {
        if self.0.listener.set(Box::new(tell)).is_err() {
            tracing::error!("wallets got a second listener; the first one stays");
        }
    }
}
