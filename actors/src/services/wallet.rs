//! A wallet as its owner reads it: what is in it, and what became of every coin. The books have a
//! line for each few seconds of a call; a person reads one line a call.

use std::collections::{HashMap, hash_map::Entry as Slot};

use parlor_data::nouns::{account as accounts, ledger as books};
use parlor_domain::{
    access::Member,
    id::{CallId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::MilliCoins,
    time::Timestamp,
};

use super::{ServiceError, Services};

/// Most transactions on one page.
pub const PAGE_MAX: usize = 200;
/// Lines of the books that are read at once, and for one page.
const LINES: usize = 500;
const LINES_MAX: usize = 40_000;

/// A wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// What can be spent.
    pub available: MilliCoins,
    /// What is owed after a chargeback; paid calls wait until it is settled.
    pub owed: MilliCoins,
}

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Number of its (last) entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Why; a call is [`Kind::Settle`], also while it runs.
    pub kind: Kind,
    /// About what.
    pub subject: Subject,
    /// Into the wallet, or out of it when negative.
    pub amount: MilliCoins,
    /// What the wallet held afterwards.
    pub balance: MilliCoins,
    /// Through whom coins came.
    pub gateway: Option<Gateway>,
    /// With whom.
    pub with: Option<String>,
    /// Words of an admin.
    pub note: String,
    /// More will move.
    pub running: bool,
}

/// A page of a statement, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The lines.
    pub transactions: Vec<Transaction>,
    /// Where the next page begins; nothing on the last one.
    pub next: Option<u64>,
}

/// What the books say about one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallSum {
    /// Who pays.
    pub payer: Option<UserId>,
    /// Who earns.
    pub host: Option<UserId>,
    /// Taken from the payer.
    pub charged: MilliCoins,
    /// The house's part.
    pub fee: MilliCoins,
    /// Still reserved.
    pub held: MilliCoins,
    /// The last entry that charged something.
    pub charged_by: u64,
    /// The last entry that moved the payer's wallet.
    wallet_seq: u64,
}

impl CallSum {
    fn take(&mut self, seq: u64, entry: &Entry) {
        for it in &entry.postings {
            match it.account {
                Account::Wallet(user) => {
                    self.payer = Some(user);
                    self.wallet_seq = self.wallet_seq.max(seq);
                }
                Account::HostPending(host) => {
                    self.host = Some(host);
                    self.charged_by = self.charged_by.max(seq);
                    self.charged = self.charged + MilliCoins(it.units);
                }
                Account::Fee => {
                    self.charged = self.charged + MilliCoins(it.units);
                    self.fee = self.fee + MilliCoins(it.units);
                }
                _ => {}
            }
        }
    }
}

impl Services {
    /// What a member's wallet holds.
    pub fn wallet(&self, who: Member) -> Result<Wallet, ServiceError> {
        Ok(Wallet {
            available: self.0.ledger.wallet(who.user)?,
            owed: self.debt(who.user)?,
        })
    }

    /// What a user owes after a chargeback.
    pub fn debt(&self, user: UserId) -> Result<MilliCoins, ServiceError> {
        let owed = self.0.ledger.balance(Account::Receivable(user))?;
        Ok(MilliCoins(owed.saturating_neg().max(0)))
    }

    /// A member's transactions before the entry `before`, latest first.
    pub fn transactions(
        &self,
        who: Member,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Statement, ServiceError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut statement = Statement::default();
        let mut calls = HashMap::new();
        let (mut cursor, mut read) = (before, 0);
        loop {
            let account = Account::Wallet(who.user);
            let lines = books::statement(&self.0.store, account, cursor, LINES)?;
            for line in &lines {
                if statement.transactions.len() == limit || read == LINES_MAX {
                    statement.next = cursor;
                    return Ok(statement);
                }
                statement
                    .transactions
                    .extend(self.transaction(line, &mut calls)?);
                cursor = Some(line.seq);
                read += 1;
            }
            if lines.len() < LINES {
                return Ok(statement);
            }
        }
    }

    /// A line as a transaction; nothing for all lines of a call but its last.
    fn transaction(
        &self,
        line: &books::Line,
        calls: &mut HashMap<CallId, CallSum>,
    ) -> Result<Option<Transaction>, ServiceError> {
        let Some(entry) = books::entry(&self.0.store, line.seq)? else {
            return Err(ServiceError::Internal("an entry is missing".into()));
        };
        let mut transaction = Transaction {
            seq: line.seq,
            at: entry.at,
            kind: entry.kind,
            subject: entry.subject,
            amount: MilliCoins(line.units),
            balance: MilliCoins(line.balance),
            gateway: gateway_of(&entry),
            with: None,
            note: entry.note,
            running: false,
        };
        let (Kind::Hold | Kind::Tick | Kind::Settle, Subject::Call(call)) =
            (entry.kind, entry.subject)
        else {
            return Ok(Some(transaction));
        };
        let sum = match calls.entry(call) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(new) => new.insert(self.call_sum(call)?),
        };
        if sum.wallet_seq != line.seq {
            return Ok(None);
        }
        transaction.kind = Kind::Settle;
        transaction.amount = MilliCoins::ZERO - sum.charged - sum.held;
        transaction.running = sum.held > MilliCoins::ZERO;
        transaction.with = sum.host.map(|host| self.name_of(host)).transpose()?;
        Ok(Some(transaction))
    }

    /// What the books say about a call.
    pub fn call_sum(&self, call: CallId) -> Result<CallSum, ServiceError> {
        let hold = Account::CallHold(call);
        let mut sum = CallSum {
            held: MilliCoins(books::balance(&self.0.store, hold)?),
            ..CallSum::default()
        };
        let mut after = 0;
        loop {
            let entries = books::of_call(&self.0.store, call, after, LINES)?;
            for seq in &entries {
                let entry = books::entry(&self.0.store, *seq)?;
                let of_bill =
                    |it: &Entry| matches!(it.kind, Kind::Hold | Kind::Tick | Kind::Settle);
                if let Some(entry) = entry.filter(of_bill) {
                    sum.take(*seq, &entry);
                }
            }
            after = entries.last().copied().unwrap_or(after);
            if entries.len() < LINES {
                return Ok(sum);
            }
        }
    }

    /// What others see of a user; a dash when the account is gone.
    pub(super) fn name_of(&self, user: UserId) -> Result<String, ServiceError> {
        let account = accounts::load(&self.0.store, user)?;
        Ok(account.map_or_else(|| "–".into(), |account| account.value.name))
    }
}

fn gateway_of(entry: &Entry) -> Option<Gateway> {
    entry.postings.iter().find_map(|it| match it.account {
        Account::Issued(gateway) => Some(gateway),
        _ => None,
    })
}
