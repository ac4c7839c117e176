//! A host asks for earnings; an admin sends the money outside and says so, or voids the request.
//! What was asked for is set aside at once, so that it cannot be asked for twice.

use crate::{
    id::{PayoutId, UserId},
    ledger::{Account, Entry, Kind, Subject},
    money::MilliCoins,
    time::Timestamp,
};

/// Longest reference or reason, in characters.
pub const WORDS_MAX: usize = 200;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for an admin.
    Open,
    /// Sent: under this reference, which no other payout has.
    Paid {
        /// Of the bank or service that sent it.
        reference: String,
        /// Who says so.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// Not sent; the host has the coins back.
    Void {
        /// Words for the host.
        reason: String,
        /// Who says so.
        by: UserId,
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// The word in rows, on the wire and in exports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid { .. } => "paid",
            Self::Void { .. } => "void",
        }
    }
}

/// A sum that a host asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Its name.
    pub id: PayoutId,
    /// Who asked.
    pub host: UserId,
    /// How much.
    pub amount: MilliCoins,
    /// When.
    pub asked_at: Timestamp,
    /// What became of it.
    pub state: State,
}

/// It was paid or voided before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payout was decided before")]
pub struct Closed;

impl Payout {
    /// The entry of the request.
    pub fn set_aside(&self) -> Entry {
        self.entry(self.asked_at).coins(
            Account::HostAvailable(self.host),
            Account::Payout(self.id),
            self.amount,
        )
    }

    /// The payout once it is paid or voided, and what moves.
    pub fn close(&self, state: State) -> Result<(Self, Entry), Closed> {
        let (to, at, note) = match (&self.state, &state) {
            (State::Open, State::Paid { reference, at, .. }) => (Account::PaidOut, *at, reference),
            (State::Open, State::Void { reason, at, .. }) => {
                (Account::HostAvailable(self.host), *at, reason)
            }
            _ => return Err(Closed),
        };
        let entry = self
            .entry(at)
            .coins(Account::Payout(self.id), to, self.amount)
            .noting(note.clone());
        let closed = Self {
            state,
            ..self.clone()
        };
        Ok((closed, entry))
    }

    fn entry(&self, at: Timestamp) -> Entry {
        Entry::new(at, Kind::Payout, Subject::Payout(self.id))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn open() -> Payout {
        Payout {
            id: PayoutId(Uuid::from_u128(1)),
            host: UserId(Uuid::from_u128(2)),
            amount: MilliCoins(500),
            asked_at: Timestamp(1),
            state: State::Open,
        }
    }

    #[test]
    fn it_is_closed_once_and_a_void_one_gives_everything_back() {
        let (by, at) = (UserId(Uuid::from_u128(3)), Timestamp(2));
        let reference = "SEPA 77".to_owned();
        let (paid, out) = open().close(State::Paid { reference, by, at }).unwrap();
        assert!(out.postings.iter().any(|it| it.account == Account::PaidOut));
        let void = || State::Void {
            reason: "wrong account".into(),
            by,
            at,
        };
        assert_eq!(paid.close(void()), Err(Closed));
        assert_eq!(open().close(State::Open), Err(Closed));
        let (_, back) = open().close(void()).unwrap();
        let mut undone = back.postings;
        for posting in &mut undone {
            posting.units = -posting.units;
        }
        undone.reverse();
        assert_eq!(undone, open().set_aside().postings);
    }
}
