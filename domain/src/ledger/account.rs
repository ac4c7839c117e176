//! Who money belongs to. An account with a positive balance holds something; only accounts of the
//! house itself (`Account::is_house`) may be below zero, because what the world paid in and what
//! it took out is kept there.

use crate::id::{CallId, MeetingId, OrderId, PayoutId, UserId};
use crate::money::Currency;

/// Whom the house buys and sells coins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gateway {
    /// razorpay.com.
    Razorpay,
    /// stripe.com.
    Stripe,
    /// Safaricom M-Pesa (Daraja).
    Mpesa,
    /// An admin, by hand, with a reason.
    Manual,
    /// The pretended gateway of development and demo.
    Demo,
}

impl Gateway {
    /// Every gateway.
    pub const ALL: [Self; 5] = [
        Self::Razorpay,
        Self::Stripe,
        Self::Mpesa,
        Self::Manual,
        Self::Demo,
    ];

    /// The word in the config, in rows and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Razorpay => "razorpay",
            Self::Stripe => "stripe",
            Self::Mpesa => "mpesa",
            Self::Manual => "manual",
            Self::Demo => "demo",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gateway| gateway.word() == word)
    }
}

/// One account. Coins unless a currency is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What a client can spend.
    Wallet(UserId),
    /// Reserved for a running call.
    CallHold(CallId),
    /// Reserved for a booked meeting.
    MeetingHold(MeetingId),
    /// Reserved while coins of an order are given back through its gateway.
    RefundHold(OrderId),
    /// A host's earnings that may still be disputed.
    HostPending(UserId),
    /// A host's earnings that may be paid out.
    HostAvailable(UserId),
    /// Asked for by a host, not yet sent.
    Payout(PayoutId),
    /// Taken from a host's earnings until an admin decides.
    Dispute(CallId),
    /// The house's commission.
    Fee,
    /// Coins given away (sign-up).
    Promo,
    /// Coins sold through a gateway.
    Issued(Gateway),
    /// Coins paid out to hosts in money.
    PaidOut,
    /// What a user owes after a chargeback; the wallet itself is never below zero.
    Receivable(UserId),
    /// Money that came and cannot be matched to an order.
    Suspense(Gateway, Currency),
    /// Money at a gateway.
    GatewayMoney(Gateway, Currency),
    /// What was sold.
    Sales(Currency),
    /// What was given back.
    Refunds(Currency),
}

impl Account {
    /// May be below zero: the house's own accounts, and debts of users, which are nothing else.
    pub fn is_house(self) -> bool {
        matches!(
            self,
            Self::Fee
                | Self::Promo
                | Self::Issued(_)
                | Self::PaidOut
                | Self::Receivable(_)
                | Self::Suspense(..)
                | Self::GatewayMoney(..)
                | Self::Sales(_)
                | Self::Refunds(_)
        )
    }

    /// What is counted in it.
    pub fn asset(self) -> crate::money::Asset {
        use crate::money::Asset;
        match self {
            Self::Suspense(_, currency)
            | Self::GatewayMoney(_, currency)
            | Self::Sales(currency)
            | Self::Refunds(currency) => Asset::Money(currency),
            _ => Asset::Coin,
        }
    }
}
