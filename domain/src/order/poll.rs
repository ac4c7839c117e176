//! When a gateway is asked about an order that it has told us nothing about: webhooks get lost.

use super::{Order, State};
use crate::{
    ledger::Gateway,
    time::{Millis, Timestamp},
};

/// How long a checkout page is good for (the shortest that Stripe allows).
pub const CHECKOUT_LIFETIME: Millis = Millis::from_mins(30);
/// How long we go on asking; afterwards only the gateway's own news counts.
pub const REVIEW_AFTER: Millis = Millis::from_days(1);

/// Seconds between the questions, the last one again and again. A push to a phone is answered
/// within a minute; a page takes its time, and its webhook usually comes first.
const PUSH_S: [i64; 7] = [5, 5, 10, 20, 20, 60, 600];
const PAGE_S: [i64; 5] = [60, 60, 120, 300, 600];
/// After the checkout is over.
const LATE: Millis = Millis::from_mins(60);

/// When to ask next; `None` when there is nothing to ask.
pub fn next_look(order: &Order, now: Timestamp) -> Option<Timestamp> {
    // A page lets its payer try again; a push that was declined is over.
    let open = match order.state {
        State::Created | State::Pending | State::Expired => true,
        State::Failed => order.gateway != Gateway::Mpesa,
        State::Paid | State::Refunded | State::Disputed => false,
    };
    let age = now.since(order.created_at);
    if !open || age >= REVIEW_AFTER {
        return None;
    }
    let waits: &[i64] = match order.gateway {
        Gateway::Mpesa => &PUSH_S,
        _ => &PAGE_S,
    };
    let index = usize::try_from(order.looks).unwrap_or(usize::MAX);
    let wait = waits.get(index).or(waits.last()).copied().unwrap_or(600);
    let wait = match age >= CHECKOUT_LIFETIME && order.gateway != Gateway::Mpesa {
        true => LATE,
        false => Millis::from_secs(wait),
    };
    Some(now + wait)
}
