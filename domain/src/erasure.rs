//! An account that is to be erased: asked for, due after a time in which it can be taken back, done.
//!
//! What stands in its way is a list, not a yes or no, so that whoever asks is told everything at once.
//! Must never be carried out while somebody is owed something.

use crate::{
    id::UserId,
    money::MilliCoins,
    time::{Millis, Timestamp},
};

/// An erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Whose account.
    pub user: UserId,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it is carried out.
    pub due_at: Timestamp,
    /// Coins that are left are given up.
    pub gives_up: bool,
    /// The admin who asked for it; none when the person did.
    pub by: Option<UserId>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

impl Erasure {
    /// One that the person asks for, and may take back for `wait`.
    pub fn asked(user: UserId, gives_up: bool, wait: Millis, now: Timestamp) -> Self {
        Self {
            user,
            asked_at: now,
            due_at: now + wait,
            gives_up,
            by: None,
            done_at: None,
        }
    }

    /// Whether it is to be carried out now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.done_at.is_none() && self.due_at <= now
    }
}

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The account runs this place.
    Admin,
    /// Coins are left that could be spent; may be given up.
    Wallet(MilliCoins),
    /// Earnings are left that could be paid out; may be given up.
    Earnings(MilliCoins),
    /// Earnings may still be disputed.
    Pending(MilliCoins),
    /// Coins are owed after a chargeback.
    Debt(MilliCoins),
    /// A payout was asked for and is not decided.
    Payout,
    /// A dispute is not decided.
    Dispute,
    /// A purchase or a refund is under way.
    Purchase,
    /// A call is not settled.
    Call,
    /// A booking that is past is not settled.
    Booking,
    /// A report about the person is not decided.
    Report,
}

impl Obstacle {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Wallet(_) => "wallet",
            Self::Earnings(_) => "earnings",
            Self::Pending(_) => "pending",
            Self::Debt(_) => "debt",
            Self::Payout => "payout",
            Self::Dispute => "dispute",
            Self::Purchase => "purchase",
            Self::Call => "call",
            Self::Booking => "booking",
            Self::Report => "report",
        }
    }

    /// How many coins it is about.
    pub fn coins(self) -> Option<MilliCoins> {
        match self {
            Self::Wallet(it) | Self::Earnings(it) | Self::Pending(it) | Self::Debt(it) => Some(it),
            _ => None,
        }
    }

    /// Whether it is none for somebody who gives up what is left.
    pub fn can_be_given_up(self) -> bool {
        matches!(self, Self::Wallet(_) | Self::Earnings(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn it_is_due_after_its_wait_and_once() {
        let user = UserId(Uuid::from_u128(1));
        let asked = Erasure::asked(user, true, Millis(10), Timestamp(5));
        assert!(!asked.is_due(Timestamp(14)));
        assert!(asked.is_due(Timestamp(15)));
        let done = Erasure {
            done_at: Some(Timestamp(15)),
            ..asked
        };
        assert!(!done.is_due(Timestamp(20)));
    }

    #[test]
    fn only_what_is_ones_own_can_be_given_up() {
        let coins = MilliCoins(1);
        assert!(Obstacle::Wallet(coins).can_be_given_up());
        assert!(Obstacle::Earnings(coins).can_be_given_up());
        assert!(!Obstacle::Debt(coins).can_be_given_up());
        assert!(!Obstacle::Pending(coins).can_be_given_up());
        assert!(!Obstacle::Report.can_be_given_up());
    }
}
