//! Orders: a person buys a package of coins through a gateway, and what the gateway's news does.
//!
//! News comes by three ways (the browser's return, a webhook, our own question) in any order, late,
//! twice or never. All of it goes through [`Order::handle`], which names what must happen: coins are
//! credited once, for exactly the ordered sum, by the gateway's own number of the payment. Money
//! that fits no order is never dropped and never credited: it waits in suspense for an admin.
//!
//! Must never trust a sum that a browser said; an order's price comes from its [`Package`].

mod package;
mod poll;
mod refund;
mod steps;

pub use package::{BOOKING, BadPackage, Package};
pub use poll::{CHECKOUT_LIFETIME, REVIEW_AFTER, next_look};
pub use refund::{Refund, RefundState, Said};
pub use steps::{Happened, STEPS_MAX, Step};

use crate::{
    id::{OrderId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::{Currency, MilliCoins},
    time::Timestamp,
};

/// Longest name that a gateway gives a payment or an order, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// A sum in the minor unit of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// In the minor unit (paise, cents).
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// Written down; the gateway does not know of it yet.
    Created = 1,
    /// The gateway waits for the money.
    Pending = 2,
    /// The money came and the coins were credited.
    Paid = 3,
    /// The gateway refused, or the last try to pay failed. A later try may still succeed.
    Failed = 4,
    /// The time to pay is over. Money that comes late is credited all the same.
    Expired = 5,
    /// Some or all of the money went back.
    Refunded = 6,
    /// The payer's bank asks for the money.
    Disputed = 7,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Pending,
        Self::Paid,
        Self::Failed,
        Self::Expired,
        Self::Refunded,
        Self::Disputed,
    ];

    /// The number in rows.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The state with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
        }
    }

    /// The coins were credited at some time.
    pub fn was_paid(self) -> bool {
        matches!(self, Self::Paid | Self::Refunded | Self::Disputed)
    }
}

/// One purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id; the gateway gets it as our reference.
    pub id: OrderId,
    /// Who buys.
    pub user: UserId,
    /// Through whom.
    pub gateway: Gateway,
    /// Which package, for the record; coins and price are frozen here.
    pub package: String,
    /// What is bought.
    pub coins: MilliCoins,
    /// For how much.
    pub price: Price,
    /// Where it stands.
    pub state: State,
    /// The gateway's own name of the order.
    pub reference: Option<String>,
    /// Where the payer goes, when the gateway said so.
    pub page: Option<String>,
    /// The gateway's name of the payment that was credited.
    pub payment: Option<String>,
    /// A receipt number for the payer, when the gateway gives one.
    pub receipt: Option<String>,
    /// What went back so far, in the minor unit.
    pub refunded_minor: i64,
    /// What the payer's bank took so far, in the minor unit; nothing any more once that is decided.
    pub disputed_minor: i64,
    /// Until when the gateway takes an answer to the open dispute, when it says so.
    pub answer_by: Option<Timestamp>,
    /// What became of it so far, earliest first, at most [`STEPS_MAX`].
    pub steps: Vec<Step>,
    /// Why the last try failed, in the gateway's code; never words about a person.
    pub trouble: Option<String>,
    /// How often we asked the gateway.
    pub looks: u32,
    /// When we ask next.
    pub look_at: Option<Timestamp>,
    /// When.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A payment as a gateway tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The gateway's name of it: the key under which it is credited once.
    pub id: String,
    /// How much came.
    pub sum: Price,
    /// A receipt number for the payer.
    pub receipt: Option<String>,
}

/// What became known about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The gateway took the order: its name of it, and the page of its checkout.
    Submitted {
        /// The gateway's own name of the order.
        reference: String,
        /// Where the payer goes.
        page: Option<String>,
    },
    /// The gateway said no to the order itself, or could not be reached.
    Refused(String),
    /// Money came.
    Paid(Payment),
    /// One try to pay failed, with the gateway's code.
    TryFailed(String),
    /// The gateway gave the order up.
    GivenUp,
    /// So much of the payment went back in all, in the minor unit.
    Refunded {
        /// The payment.
        payment: String,
        /// In all, so far.
        total_minor: i64,
    },
    /// A refund that the gateway had taken on did not reach the payer after all.
    RefundFailed {
        /// The payment.
        payment: String,
        /// The gateway's name of the refund.
        refund: String,
        /// Our name of it, unless somebody else asked for it.
        key: Option<String>,
        /// How much, in the minor unit.
        minor: i64,
    },
    /// The payer's bank asks for this much of the payment, and has it already.
    Disputed {
        /// The payment.
        payment: String,
        /// In the minor unit.
        minor: i64,
        /// Until when the gateway takes an answer, when it says so.
        answer_by: Option<Timestamp>,
    },
    /// It was decided whose the disputed money is.
    DisputeOver {
        /// The payment.
        payment: String,
        /// It is ours, and comes back.
        won: bool,
    },
    /// We asked, and there was no news.
    Looked,
}

/// Why money is in suspense, or an admin should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Concern {
    /// No order explains the payment.
    UnknownOrder = 1,
    /// More or less than the price came.
    WrongAmount = 2,
    /// Another currency came.
    WrongCurrency = 3,
    /// A second payment for an order that was paid.
    PaidTwice = 4,
    /// The payer's bank asks for the money.
    Dispute = 5,
    /// The dispute was won, or closed without loss.
    DisputeWon = 6,
    /// Money went back that no refund of ours explains.
    ForeignRefund = 7,
    /// The gateway could not say what became of an order for a day.
    NoAnswer = 8,
    /// A refund of ours was refused by the gateway.
    RefundFailed = 9,
}

impl Concern {
    /// Every concern.
    pub const ALL: [Self; 9] = [
        Self::UnknownOrder,
        Self::WrongAmount,
        Self::WrongCurrency,
        Self::PaidTwice,
        Self::Dispute,
        Self::DisputeWon,
        Self::ForeignRefund,
        Self::NoAnswer,
        Self::RefundFailed,
    ];

    /// The number in rows.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The concern with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownOrder => "unknown-order",
            Self::WrongAmount => "wrong-amount",
            Self::WrongCurrency => "wrong-currency",
            Self::PaidTwice => "paid-twice",
            Self::Dispute => "dispute",
            Self::DisputeWon => "dispute-won",
            Self::ForeignRefund => "foreign-refund",
            Self::NoAnswer => "no-answer",
            Self::RefundFailed => "refund-failed",
        }
    }
}

/// What must happen, in the same breath as the order's new state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Credit the order's coins for this payment, once.
    Credit(Payment),
    /// Put this payment into suspense, once, and tell an admin.
    Suspend(Payment, Concern),
    /// Money went back, this much more than was known, in the minor unit.
    GoneBack(i64),
    /// The payer's bank took this much, in the minor unit.
    Taken(i64),
    /// The payer's bank gave this much back, in the minor unit.
    GivenBack(i64),
    /// An admin should look.
    Alert(Concern),
}

impl Order {
    /// Takes news. Repeated news changes nothing and causes nothing.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let before = self.clone();
        let effects = self.take(input, now);
        if let Some((what, minor)) = steps::between(&before, self, &effects) {
            self.note(what, minor, now);
        }
        if *self != before {
            self.updated_at = now;
        }
        effects
    }

    fn take(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        match input {
            Input::Submitted { reference, page } => self.submitted(reference, page, now),
            Input::Refused(code) => self.refused(code),
            Input::Paid(payment) => return self.paid(payment),
            Input::TryFailed(code) => self.try_failed(code, now),
            Input::GivenUp => self.given_up(),
            Input::Refunded {
                payment,
                total_minor,
            } => return self.refunded(&payment, total_minor),
            Input::Disputed {
                payment,
                minor,
                answer_by,
            } => return self.disputed(&payment, minor, answer_by),
            Input::DisputeOver { payment, won } => return self.dispute_over(&payment, won),
            // About a refund, which has its own row.
            Input::RefundFailed { .. } => {}
            Input::Looked => return self.looked(now),
        }
        Vec::new()
    }

    fn submitted(&mut self, reference: String, page: Option<String>, now: Timestamp) {
        // News may have been faster than the gateway's answer; then only its name is new.
        self.reference.get_or_insert(reference);
        if page.is_some() {
            self.page = page;
        }
        if self.state == State::Created {
            self.state = State::Pending;
            self.look_at = next_look(self, now);
        }
    }

    fn refused(&mut self, code: String) {
        if self.state == State::Created {
            self.state = State::Failed;
            self.trouble = Some(code);
            self.look_at = None;
        }
    }

    fn paid(&mut self, payment: Payment) -> Vec<Effect> {
        if self.payment.as_ref() == Some(&payment.id) {
            return Vec::new();
        }
        let concern = if self.state.was_paid() {
            Some(Concern::PaidTwice)
        } else if payment.sum.currency != self.price.currency {
            Some(Concern::WrongCurrency)
        } else if payment.sum.minor != self.price.minor {
            Some(Concern::WrongAmount)
        } else {
            None
        };
        if let Some(concern) = concern {
            return vec![Effect::Suspend(payment, concern)];
        }
        self.state = State::Paid;
        self.payment = Some(payment.id.clone());
        self.receipt.clone_from(&payment.receipt);
        self.trouble = None;
        self.look_at = None;
        vec![Effect::Credit(payment)]
    }

    fn try_failed(&mut self, code: String, now: Timestamp) {
        if matches!(self.state, State::Created | State::Pending | State::Failed) {
            self.state = State::Failed;
            self.trouble = Some(code);
            let next = next_look(self, now);
            self.look_at = self.look_at.filter(|_| next.is_some());
        }
    }

    fn given_up(&mut self) {
        if matches!(self.state, State::Created | State::Pending) {
            self.state = State::Expired;
        }
    }

    fn refunded(&mut self, payment: &str, total_minor: i64) -> Vec<Effect> {
        let more = total_minor.saturating_sub(self.refunded_minor);
        if self.payment.as_deref() != Some(payment) || more <= 0 {
            return Vec::new();
        }
        self.refunded_minor = total_minor;
        if self.state == State::Paid {
            self.state = State::Refunded;
        }
        vec![Effect::GoneBack(more)]
    }

    fn disputed(&mut self, payment: &str, minor: i64, answer_by: Option<Timestamp>) -> Vec<Effect> {
        let undisputed = matches!(self.state, State::Paid | State::Refunded);
        if self.payment.as_deref() != Some(payment) || !undisputed || minor <= 0 {
            return Vec::new();
        }
        let minor = minor.min(self.price.minor);
        self.state = State::Disputed;
        self.disputed_minor = minor;
        self.answer_by = answer_by;
        vec![Effect::Taken(minor), Effect::Alert(Concern::Dispute)]
    }

    /// A lost dispute stays what the order ended with; what is said of it later gives nothing back.
    fn dispute_over(&mut self, payment: &str, won: bool) -> Vec<Effect> {
        let back = std::mem::take(&mut self.disputed_minor);
        if self.payment.as_deref() != Some(payment) || self.state != State::Disputed || back <= 0 {
            self.disputed_minor = back;
            return Vec::new();
        }
        self.answer_by = None;
        if !won {
            return Vec::new();
        }
        self.state = self.state_by_refunds();
        vec![Effect::GivenBack(back), Effect::Alert(Concern::DisputeWon)]
    }

    fn state_by_refunds(&self) -> State {
        match self.refunded_minor {
            0 => State::Paid,
            _ => State::Refunded,
        }
    }

    fn looked(&mut self, now: Timestamp) -> Vec<Effect> {
        if self.state.was_paid() {
            self.look_at = None;
            return Vec::new();
        }
        self.looks += 1;
        let age = now.since(self.created_at);
        if age >= CHECKOUT_LIFETIME && matches!(self.state, State::Created | State::Pending) {
            self.state = State::Expired;
        }
        self.look_at = next_look(self, now);
        Vec::new()
    }

    /// The entry that credits the coins, and books the money beside them.
    pub fn credit(&self, payment: &Payment, at: Timestamp) -> Entry {
        let currency = payment.sum.currency;
        Entry::new(at, Kind::TopUp, Subject::Order(self.id))
            .coins(
                Account::Issued(self.gateway),
                Account::Wallet(self.user),
                self.coins,
            )
            .moving(
                Account::Sales(currency),
                Account::GatewayMoney(self.gateway, currency),
                payment.sum.minor,
            )
    }

    /// A refund of our own was sent: it is known, and the gateway's word of it is no news.
    pub fn sent_back(&mut self, minor: i64, now: Timestamp) {
        self.refunded_minor = self.refunded_minor.saturating_add(minor);
        if self.state == State::Paid {
            self.state = State::Refunded;
        }
        self.note(Happened::SentBack, minor, now);
        self.updated_at = now;
    }

    /// A refund that was known as sent did not arrive.
    pub fn not_sent_back(&mut self, minor: i64, now: Timestamp) {
        self.refunded_minor = self.refunded_minor.saturating_sub(minor).max(0);
        if self.state == State::Refunded {
            self.state = self.state_by_refunds();
        }
        self.note(Happened::NotArrived, minor, now);
        self.updated_at = now;
    }

    /// Coins that so much of the price stands for, rounded down: never more than were bought.
    pub fn coins_of(&self, minor: i64) -> MilliCoins {
        let part = i128::from(self.coins.0) * i128::from(minor.clamp(0, self.price.minor));
        let part = part / i128::from(self.price.minor.max(1));
        MilliCoins(i64::try_from(part).unwrap_or(self.coins.0))
    }
}

/// The entry that keeps a payment which no order explains.
pub fn suspense(gateway: Gateway, subject: Subject, payment: &Payment, at: Timestamp) -> Entry {
    let currency = payment.sum.currency;
    Entry::new(at, Kind::Unmatched, subject).moving(
        Account::Suspense(gateway, currency),
        Account::GatewayMoney(gateway, currency),
        payment.sum.minor,
    )
}

/// The key under which a payment moves something once, whichever way its news comes.
pub fn payment_key(gateway: Gateway, payment: &str) -> String {
    format!("pay|{}|{payment}", gateway.word())
}

#[cfg(test)]
mod tests;
