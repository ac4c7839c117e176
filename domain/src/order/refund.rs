//! Sending money of an order back through its gateway: reserved first, sent until there is an
//! answer, then booked; a refusal gives the coins back to the wallet.

use crate::{
    id::{OrderId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::{Currency, MilliCoins},
    time::{Millis, Timestamp},
};

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RefundState {
    /// The coins are reserved; the gateway is asked until it answers.
    Waiting = 1,
    /// The money is on its way back.
    Sent = 2,
    /// The gateway refused, at once or later; the coins are in the wallet again.
    Refused = 3,
}

impl RefundState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Sent, Self::Refused];

    /// The number in rows.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The state with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Refused => "refused",
        }
    }
}

/// What a gateway said about a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is done, or certainly will be.
    Yes,
    /// It will not happen.
    No,
    /// Nothing certain: ask again, under the same key.
    Nothing,
}

/// One sum that goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its name, which is the key under which the gateway does it once: plain characters.
    pub key: String,
    /// Of which order.
    pub order: OrderId,
    /// Whose.
    pub user: UserId,
    /// Through whom.
    pub gateway: Gateway,
    /// How much, in the minor unit.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
    /// The coins that it stands for.
    pub coins: MilliCoins,
    /// Where it stands.
    pub state: RefundState,
    /// How often the gateway was asked.
    pub tries: u32,
    /// When it is asked next.
    pub due_at: Option<Timestamp>,
    /// When.
    pub created_at: Timestamp,
}

/// Seconds between tries, the last one again and again.
const WAITS_S: [i64; 5] = [10, 60, 300, 1_800, 7_200];

impl Refund {
    /// The entry that reserves the coins.
    pub fn reserve(&self, at: Timestamp) -> Entry {
        Entry::new(at, Kind::Refund, Subject::Order(self.order)).coins(
            Account::Wallet(self.user),
            Account::RefundHold(self.order),
            self.coins,
        )
    }

    /// Takes what the gateway said. The entry that belongs to it, if something moves. A refund that
    /// was sent may still be refused: banks say so days later.
    pub fn handle(&mut self, said: Said, now: Timestamp) -> Option<Entry> {
        if self.state == RefundState::Sent && said == Said::No {
            self.state = RefundState::Refused;
            return Some(self.undone(now));
        }
        if self.state != RefundState::Waiting {
            return None;
        }
        let entry = Entry::new(now, Kind::Refund, Subject::Order(self.order));
        let hold = Account::RefundHold(self.order);
        match said {
            Said::Nothing => {
                let index = usize::try_from(self.tries).unwrap_or(usize::MAX);
                let wait = WAITS_S.get(index).or(WAITS_S.last()).copied();
                self.tries += 1;
                self.due_at = Some(now + Millis::from_secs(wait.unwrap_or(7_200)));
                None
            }
            Said::Yes => {
                self.state = RefundState::Sent;
                self.due_at = None;
                Some(
                    entry
                        .coins(hold, Account::Issued(self.gateway), self.coins)
                        .moving(
                            Account::GatewayMoney(self.gateway, self.currency),
                            Account::Refunds(self.currency),
                            self.minor,
                        ),
                )
            }
            Said::No => {
                self.state = RefundState::Refused;
                self.due_at = None;
                Some(entry.coins(hold, Account::Wallet(self.user), self.coins))
            }
        }
    }

    /// The entry that takes a sent refund back: the money never left, the coins are there again.
    fn undone(&self, at: Timestamp) -> Entry {
        Entry::new(at, Kind::Refund, Subject::Order(self.order))
            .coins(
                Account::Issued(self.gateway),
                Account::Wallet(self.user),
                self.coins,
            )
            .moving(
                Account::Refunds(self.currency),
                Account::GatewayMoney(self.gateway, self.currency),
                self.minor,
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::post;
    use uuid::Uuid;

    #[test]
    fn a_refund_ends_once_and_every_end_balances() {
        let order = OrderId(Uuid::from_u128(1));
        let user = UserId(Uuid::from_u128(2));
        let refund = Refund {
            key: "r1".into(),
            order,
            user,
            gateway: Gateway::Stripe,
            minor: 500,
            currency: Currency::parse("USD").unwrap(),
            coins: MilliCoins(5_000),
            state: RefundState::Waiting,
            tries: 0,
            due_at: Some(Timestamp(0)),
            created_at: Timestamp(0),
        };
        let rich = |account| match account {
            Account::Wallet(_) | Account::RefundHold(_) => 5_000,
            _ => 0,
        };
        post(&refund.reserve(Timestamp(0)), rich).unwrap();
        for (said, state) in [
            (Said::Yes, RefundState::Sent),
            (Said::No, RefundState::Refused),
        ] {
            let mut it = refund.clone();
            assert_eq!(it.handle(Said::Nothing, Timestamp(0)), None);
            assert_eq!(it.due_at, Some(Timestamp(10_000)));
            let entry = it.handle(said, Timestamp(1)).unwrap();
            post(&entry, rich).unwrap();
            assert_eq!((it.state, it.due_at), (state, None));
            assert_eq!(it.handle(Said::Yes, Timestamp(2)), None);
            let late = it.handle(Said::No, Timestamp(2));
            assert_eq!(
                late.is_some(),
                said == Said::Yes,
                "refused after it was sent"
            );
            if let Some(entry) = late {
                post(&entry, rich).unwrap();
            }
            assert_eq!(it.state, RefundState::Refused);
            assert_eq!(it.handle(Said::No, Timestamp(3)), None);
        }
    }
}
