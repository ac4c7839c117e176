//! Proves the books while the server runs: at its start, every hour, and whenever an admin looks.
//! Entries that were proven are not read again; every account is compared every time, and every
//! call and purchase that moved since the last look is held against its row.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use parlor_data::{
    Store,
    nouns::ledger::{Bills, Books, Breach},
};
use parlor_domain::{
    access::Admin,
    ledger::{Account, Invariant},
    money::Asset,
    time::Timestamp,
};

use super::{ServiceError, Services};

/// What the last look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BooksProof {
    /// When.
    pub at: Timestamp,
    /// Entries that were proven, ever since the first.
    pub entries: u64,
    /// Accounts that were compared.
    pub accounts: usize,
    /// The first thing that is wrong, for the operator.
    pub fault: Option<String>,
    /// What was looked at, and whether it holds; after a fault of the entries themselves nothing
    /// else is looked at.
    pub holds: Vec<(Invariant, bool)>,
}

/// One kind of account in the trial balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialLine {
    /// Which kind: "wallet", "host-pending", …
    pub kind: &'static str,
    /// What is counted.
    pub asset: Asset,
    /// How many such accounts ever moved.
    pub accounts: usize,
    /// What they hold together, in the smallest unit.
    pub units: i64,
}

/// What everybody holds together; per asset it adds up to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// By kind of account.
    pub lines: Vec<TrialLine>,
    /// The look that it was made from.
    pub proof: BooksProof,
}

/// What was proven so far.
#[derive(Default)]
pub(super) struct Prover(Mutex<Proven>);

#[derive(Default)]
struct Proven {
    books: Books,
    bills: Bills,
    last: Option<BooksProof>,
}

impl Services {
    /// Proves what was written since the last look, and compares every account, and what moved for
    /// calls and purchases (I1-I8).
    /// A fault is told in the log and in the metrics; the next look begins at the first entry.
    pub async fn prove_books(&self) -> Result<BooksProof, ServiceError> {
        self.proving(|_, proof| proof.clone()).await
    }

    /// What the last look found; nothing before the first.
    pub fn last_books_proof(&self) -> Option<BooksProof> {
        // A look that runs just now holds the lock; what it finds is told next time.
        self.0.books_proof.0.try_lock().ok()?.last.clone()
    }

    /// The trial balance as of now.
    pub async fn trial_balance(&self, _: Admin) -> Result<Trial, ServiceError> {
        self.proving(|books, proof| Trial {
            lines: lines(books),
            proof: proof.clone(),
        })
        .await
    }

    async fn proving<T: Send + 'static>(
        &self,
        then: impl FnOnce(&Books, &BooksProof) -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let services = self.clone();
        let work = move || {
            let prover = &services.0.books_proof.0;
            let mut proven = prover.lock().unwrap_or_else(PoisonError::into_inner);
            let proof = proven.look(&services.0.store, services.now());
            if let Some(fault) = &proof.fault {
                tracing::error!(%fault, "the books are not true; run `parlor ledger verify` on a copy");
            }
            let answer = then(&proven.books, &proof);
            if proof.fault.is_some() {
                proven.books = Books::default();
                proven.bills = Bills::default();
            }
            proven.last = Some(proof);
            answer
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| ServiceError::Internal(error.to_string()))
    }
}

impl Proven {
    fn look(&mut self, store: &Store, now: Timestamp) -> BooksProof {
        let (books, bills) = (&mut self.books, &mut self.bills);
        let proven = books.catch_up_telling(store, |_| (), |entry| bills.take(entry));
        let mut holds = Vec::new();
        let fault = match proven {
            Err(fault) => {
                holds.extend(fault.invariant().map(|it| (it, false)));
                Some(fault.to_string())
            }
            Ok(()) => match bills.compare(store, books.head.seq) {
                Err(error) => Some(error.to_string()),
                Ok(breaches) => {
                    let broken =
                        |it: &Invariant| breaches.iter().any(|breach| breach.invariant == *it);
                    holds.extend(Invariant::ALL.map(|it| (it, !broken(&it))));
                    in_words(&breaches)
                }
            },
        };
        BooksProof {
            at: now,
            entries: books.head.seq,
            accounts: books.balances.len(),
            fault,
            holds,
        }
    }
}

fn in_words(breaches: &[Breach]) -> Option<String> {
    let words = breaches
        .iter()
        .map(|it| format!("{}: {}", it.invariant.word(), it.what));
    let words: Vec<_> = words.collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn lines(books: &Books) -> Vec<TrialLine> {
    let mut sums: BTreeMap<(&'static str, Asset), (usize, i64)> = BTreeMap::new();
    for (account, units) in &books.balances {
        let sum = sums
            .entry((account_kind(*account), account.asset()))
            .or_default();
        sum.0 += 1;
        sum.1 += units;
    }
    sums.into_iter()
        .map(|((kind, asset), (accounts, units))| TrialLine {
            kind,
            asset,
            accounts,
            units,
        })
        .collect()
}

/// The word for a kind of account, on the wire and in exports.
pub fn account_kind(account: Account) -> &'static str {
    match account {
        Account::Wallet(_) => "wallet",
        Account::CallHold(_) => "call-hold",
        Account::MeetingHold(_) => "meeting-hold",
        Account::RefundHold(_) => "refund-hold",
        Account::HostPending(_) => "host-pending",
        Account::HostAvailable(_) => "host-available",
        Account::Payout(_) => "payout",
        Account::Dispute(_) => "dispute",
        Account::Fee => "fee",
        Account::Promo => "promo",
        Account::Issued(_) => "issued",
        Account::PaidOut => "paid-out",
        Account::Receivable(_) => "receivable",
        Account::Suspense(..) => "suspense",
        Account::GatewayMoney(..) => "gateway-money",
        Account::Sales(_) => "sales",
        Account::Refunds(_) => "refunds",
    }
}
