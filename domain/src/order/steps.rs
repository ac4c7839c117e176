//! What became of an order, step by step, for whoever has to explain it later. Written by the order
//! itself with each change, so that no way by which news comes can forget it.

use super::{Effect, Order, State};
use crate::time::Timestamp;

/// Most steps that are kept; the earliest make room.
pub const STEPS_MAX: usize = 32;
/// Longest code that is kept of a try that failed, in characters.
const CODE_CHARS_MAX: usize = 64;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Happened {
    /// The gateway took the order and waits for the money.
    Taken = 1,
    /// The gateway refused the order, or a try to pay failed.
    Failed = 2,
    /// The time to pay is over.
    Expired = 3,
    /// The money came and the coins were credited.
    Paid = 4,
    /// A refund of ours is on its way.
    SentBack = 5,
    /// A refund that was on its way did not arrive.
    NotArrived = 6,
    /// Money went back that no refund of ours explains.
    WentBack = 7,
    /// The payer's bank took the money.
    Disputed = 8,
    /// The money of a dispute is ours again.
    Won = 9,
    /// The money of a dispute stays with the payer.
    Lost = 10,
}

impl Happened {
    /// Everything that happens.
    pub const ALL: [Self; 10] = [
        Self::Taken,
        Self::Failed,
        Self::Expired,
        Self::Paid,
        Self::SentBack,
        Self::NotArrived,
        Self::WentBack,
        Self::Disputed,
        Self::Won,
        Self::Lost,
    ];

    /// The number in rows.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What has this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Paid => "paid",
            Self::SentBack => "sent-back",
            Self::NotArrived => "not-arrived",
            Self::WentBack => "went-back",
            Self::Disputed => "disputed",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
    /// How much money moved, in the minor unit; nothing where none did.
    pub minor: i64,
    /// The gateway's code of a try that failed; never words about a person.
    pub code: Option<String>,
}

impl Order {
    /// Writes a step down.
    pub(super) fn note(&mut self, what: Happened, minor: i64, at: Timestamp) {
        let trouble = self
            .trouble
            .as_ref()
            .filter(|_| what == Happened::Failed)
            .map(|code| code.chars().take(CODE_CHARS_MAX).collect());
        if self.steps.len() >= STEPS_MAX {
            self.steps.remove(0);
        }
        self.steps.push(Step {
            at,
            what,
            minor,
            code: trouble,
        });
    }
}

/// Which step lies between two states of an order. Money that is put into suspense is none: it has a
/// row of its own, and comes again with every question about its order.
pub(super) fn between(
    before: &Order,
    after: &Order,
    effects: &[Effect],
) -> Option<(Happened, i64)> {
    let of_money = effects.iter().find_map(|effect| match effect {
        Effect::Credit(payment) => Some((Happened::Paid, payment.sum.minor)),
        Effect::GoneBack(minor) => Some((Happened::WentBack, *minor)),
        Effect::Taken(minor) => Some((Happened::Disputed, *minor)),
        Effect::GivenBack(minor) => Some((Happened::Won, *minor)),
        Effect::Suspend(..) | Effect::Alert(_) => None,
    });
    if of_money.is_some() {
        return of_money;
    }
    if after.disputed_minor < before.disputed_minor {
        return Some((Happened::Lost, before.disputed_minor));
    }
    let failed_again = after.trouble.is_some() && after.trouble != before.trouble;
    match after.state {
        State::Failed if before.state != State::Failed || failed_again => {
            Some((Happened::Failed, 0))
        }
        now if now == before.state => None,
        State::Pending => Some((Happened::Taken, 0)),
        State::Expired => Some((Happened::Expired, 0)),
        _ => None,
    }
}
