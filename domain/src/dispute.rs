//! A client says that a call was not worth its price: the host's part is set aside until an admin
//! has divided it. Earnings can be disputed until they mature; afterwards they are the host's.
//!
//! What the client gets back is taken from the host and from the house in proportion, rounded so
//! that nobody gives more than they had.

use crate::{
    id::{CallId, UserId},
    ledger::{Account, Entry, Kind, Subject},
    money::MilliCoins,
    time::Timestamp,
};

/// Longest reason or note, in characters.
pub const WORDS_MAX: usize = 1_000;

/// What an admin decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Given back to the client.
    pub refund: MilliCoins,
    /// Words for both sides.
    pub note: String,
    /// Who decided.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// One call about which the two sides disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The call.
    pub call: CallId,
    /// Who paid.
    pub client: UserId,
    /// Who earned.
    pub host: UserId,
    /// In the client's words.
    pub reason: String,
    /// When it was said.
    pub opened_at: Timestamp,
    /// What the call cost.
    pub charged: MilliCoins,
    /// The house's part of it.
    pub fee: MilliCoins,
    /// The last entry by which it was charged; a refund takes back from it.
    pub charged_by: u64,
    /// Nothing while it is open.
    pub decision: Option<Decision>,
}

/// Why a decision is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDecided {
    /// It was decided before.
    #[error("the dispute was decided before")]
    Closed,
    /// Less than nothing, or more than was paid.
    #[error("the refund is not between nothing and what was paid")]
    OutOfRange,
}

impl Dispute {
    /// What the host earned with the call.
    pub fn earned(&self) -> MilliCoins {
        self.charged - self.fee
    }

    /// What of that the host keeps after the decision; nothing while there is none.
    pub fn kept(&self) -> Option<MilliCoins> {
        let refund = self.decision.as_ref()?.refund;
        Some(self.earned() - (refund - self.share_of_house(refund)))
    }

    /// The entry that sets the host's part aside.
    pub fn set_aside(&self) -> Entry {
        Entry::new(self.opened_at, Kind::Dispute, Subject::Call(self.call)).coins(
            Account::HostPending(self.host),
            Account::Dispute(self.call),
            self.earned(),
        )
    }

    /// The dispute as it is decided, and what moves.
    pub fn decide(&self, decision: Decision) -> Result<(Self, Entry), NotDecided> {
        if self.decision.is_some() {
            return Err(NotDecided::Closed);
        }
        let refund = decision.refund;
        if refund < MilliCoins::ZERO || refund > self.charged {
            return Err(NotDecided::OutOfRange);
        }
        let from_house = self.share_of_house(refund);
        let from_host = refund - from_house;
        let (aside, wallet) = (Account::Dispute(self.call), Account::Wallet(self.client));
        let mut entry = Entry::new(decision.at, Kind::Refund, Subject::Call(self.call))
            .coins(aside, wallet, from_host)
            .coins(Account::Fee, wallet, from_house)
            .coins(
                aside,
                Account::HostAvailable(self.host),
                self.earned() - from_host,
            )
            .noting(decision.note.clone());
        entry.reverses = Some(self.charged_by);
        let decided = Self {
            decision: Some(decision),
            ..self.clone()
        };
        Ok((decided, entry))
    }

    /// The house's part of a refund, rounded down; 128 bits hold the product of two sums.
    fn share_of_house(&self, refund: MilliCoins) -> MilliCoins {
        if self.charged.0 <= 0 {
            return MilliCoins::ZERO;
        }
        let share = i128::from(self.fee.0) * i128::from(refund.0) / i128::from(self.charged.0);
        MilliCoins(i64::try_from(share).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ledger::post;

    fn dispute(charged: i64, fee: i64) -> Dispute {
        Dispute {
            call: CallId(Uuid::from_u128(1)),
            client: UserId(Uuid::from_u128(2)),
            host: UserId(Uuid::from_u128(3)),
            reason: "no picture".into(),
            opened_at: Timestamp(5),
            charged: MilliCoins(charged),
            fee: MilliCoins(fee),
            charged_by: 7,
            decision: None,
        }
    }

    fn decision(refund: i64) -> Decision {
        Decision {
            refund: MilliCoins(refund),
            note: "half each".into(),
            by: UserId(Uuid::from_u128(4)),
            at: Timestamp(9),
        }
    }

    #[test]
    fn it_is_decided_once_and_within_what_was_paid() {
        let open = dispute(10_000, 2_000);
        for bad in [-1, 10_001] {
            assert_eq!(open.decide(decision(bad)), Err(NotDecided::OutOfRange));
        }
        let (decided, entry) = open.decide(decision(5_000)).unwrap();
        assert_eq!(entry.reverses, Some(7));
        assert_eq!(decided.decide(decision(1)), Err(NotDecided::Closed));
    }

    proptest! {
        /// Whatever is decided, the part set aside is used up exactly, nobody gives more than they
        /// had, and the client gets what was said.
        #[test]
        fn every_split_uses_up_what_was_set_aside(
            charged in 1i64..1_000_000_000,
            bps in 0i64..=10_000,
            part in 0i64..=10_000,
        ) {
            let it = dispute(charged, charged * bps / 10_000);
            let refund = charged * part / 10_000;
            let (decided, entry) = it.decide(decision(refund)).unwrap();
            let holds = |account| match account {
                Account::Dispute(_) => it.earned().0,
                Account::Fee => it.fee.0,
                _ => 0,
            };
            if entry.is_empty() {
                return Ok(());
            }
            for (account, after) in post(&entry, holds).unwrap() {
                prop_assert!(after >= 0, "{account:?}");
                match account {
                    Account::HostAvailable(_) => {
                        prop_assert_eq!(Some(MilliCoins(after)), decided.kept());
                    }
                    Account::Dispute(_) => prop_assert_eq!(after, 0),
                    Account::Wallet(_) => prop_assert_eq!(after, refund),
                    _ => {}
                }
            }
        }
    }
}
