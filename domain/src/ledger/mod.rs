//! The books: every movement of coins and money is one [`Entry`] that balances for each asset.
//!
//! An entry is never changed; a correction is another entry that names the one it reverses. Only
//! [`post`] makes balances, and it refuses whatever would bring an account of a person below zero,
//! so that two calls on one wallet, a late webhook or a mistake of ours cannot.
//!
//! Must never round: sums are integers of the smallest unit (`money`).

mod account;
mod invariant;

use std::collections::BTreeMap;

pub use account::{Account, Gateway};
pub use invariant::Invariant;

use crate::id::{CallId, MeetingId, OrderId, PayoutId, UserId};
use crate::money::{Asset, MilliCoins, UNITS_MAX};
use crate::time::Timestamp;

/// Most movements in one entry.
pub const POSTINGS_MAX: usize = 12;

/// One movement: into the account when positive, out of it when negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Whose.
    pub account: Account,
    /// In the smallest unit of the account's asset.
    pub units: i64,
}

/// Why something moved. Stored as a number that is never used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Coins for a new account.
    Welcome = 1,
    /// Coins were bought.
    TopUp = 2,
    /// An admin gave or took coins.
    Adjustment = 3,
    /// A call reserved what it may need next.
    Hold = 4,
    /// A call earned a part of what it had reserved.
    Tick = 5,
    /// A call ended: the last part is earned, the rest goes back.
    Settle = 6,
    /// A meeting reserved its price, gave it back or earned it.
    Booking = 7,
    /// Earnings left the time in which they can be disputed.
    Mature = 8,
    /// A host asked for earnings, got them, or got them back.
    Payout = 9,
    /// Coins went back to a client.
    Refund = 10,
    /// Earnings were set aside, or decided about.
    Dispute = 11,
    /// The bank took money back.
    Chargeback = 12,
    /// Money came that no order explains.
    Unmatched = 13,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Welcome,
        Self::TopUp,
        Self::Adjustment,
        Self::Hold,
        Self::Tick,
        Self::Settle,
        Self::Booking,
        Self::Mature,
        Self::Payout,
        Self::Refund,
        Self::Dispute,
        Self::Chargeback,
        Self::Unmatched,
    ];

    /// The number in rows.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The kind with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word on the wire and in exports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::TopUp => "top-up",
            Self::Adjustment => "adjustment",
            Self::Hold => "hold",
            Self::Tick => "tick",
            Self::Settle => "settle",
            Self::Booking => "booking",
            Self::Mature => "mature",
            Self::Payout => "payout",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Chargeback => "chargeback",
            Self::Unmatched => "unmatched",
        }
    }
}

/// What an entry is about; statements lead from here to the receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Nothing else.
    None,
    /// A person.
    User(UserId),
    /// A call.
    Call(CallId),
    /// A booked meeting.
    Meeting(MeetingId),
    /// A purchase of coins.
    Order(OrderId),
    /// A payout.
    Payout(PayoutId),
}

/// One business event in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub kind: Kind,
    /// About what.
    pub subject: Subject,
    /// The entry that this one takes back.
    pub reverses: Option<u64>,
    /// What moved.
    pub postings: Vec<Posting>,
    /// Said by an admin; empty otherwise.
    pub note: String,
}

impl Entry {
    /// An entry without movements yet.
    pub fn new(at: Timestamp, kind: Kind, subject: Subject) -> Self {
        Self {
            at,
            kind,
            subject,
            reverses: None,
            postings: Vec::new(),
            note: String::new(),
        }
    }

    /// Moves `units` from one account to another of the same asset. Nothing moves nothing.
    #[must_use]
    pub fn moving(mut self, from: Account, to: Account, units: i64) -> Self {
        if units != 0 {
            self.add(from, -units);
            self.add(to, units);
        }
        self
    }

    /// Moves coins.
    #[must_use]
    pub fn coins(self, from: Account, to: Account, amount: MilliCoins) -> Self {
        self.moving(from, to, amount.0)
    }

    /// With an admin's words.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The entry that takes this one back. `seq`: the number of this one.
    pub fn reversal(&self, seq: u64, at: Timestamp) -> Self {
        let back = |it: &Posting| Posting {
            units: -it.units,
            ..*it
        };
        Self {
            at,
            reverses: Some(seq),
            postings: self.postings.iter().map(back).collect(),
            note: String::new(),
            ..*self
        }
    }

    /// Nothing moves.
    pub fn is_empty(&self) -> bool {
        self.postings.is_empty()
    }

    fn add(&mut self, account: Account, units: i64) {
        match self.postings.iter_mut().find(|it| it.account == account) {
            Some(same) => same.units = same.units.saturating_add(units),
            None => self.postings.push(Posting { account, units }),
        }
        self.postings.retain(|it| it.units != 0);
    }
}

/// Why an entry is not posted. Nothing has moved then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A person's account would be below zero.
    #[error("{account:?} has {short_by} too little")]
    TooLittle {
        /// Which.
        account: Account,
        /// In the smallest unit.
        short_by: i64,
    },
    /// Sums of an asset differ from zero, an account comes twice, or an amount is beyond reason:
    /// a mistake in the program, never of a user.
    #[error("the entry does not balance")]
    Unbalanced,
}

/// What the accounts of an entry hold after it, in the order of its postings.
pub type Balances = Vec<(Account, i64)>;

/// Checks an entry against the balances and gives the new ones.
pub fn post(entry: &Entry, balance: impl Fn(Account) -> i64) -> Result<Balances, Refusal> {
    check(entry)?;
    entry
        .postings
        .iter()
        .map(|posting| {
            let account = posting.account;
            let after = balance(account)
                .checked_add(posting.units)
                .ok_or(Refusal::Unbalanced)?;
            if after < 0 && posting.units < 0 && !account.is_house() {
                return Err(Refusal::TooLittle {
                    account,
                    short_by: -after,
                });
            }
            Ok((account, after))
        })
        .collect()
}

/// Whether the entry balances for each asset and says every account once.
fn check(entry: &Entry) -> Result<(), Refusal> {
    if entry.postings.is_empty() || entry.postings.len() > POSTINGS_MAX {
        return Err(Refusal::Unbalanced);
    }
    let mut sums: BTreeMap<Asset, i64> = BTreeMap::new();
    for (index, posting) in entry.postings.iter().enumerate() {
        let again = entry.postings[..index]
            .iter()
            .any(|it| it.account == posting.account);
        if again || posting.units == 0 || posting.units.abs() > UNITS_MAX {
            return Err(Refusal::Unbalanced);
        }
        *sums.entry(posting.account.asset()).or_default() += posting.units;
    }
    match sums.values().all(|sum| *sum == 0) {
        true => Ok(()),
        false => Err(Refusal::Unbalanced),
    }
}

#[cfg(test)]
mod tests;
