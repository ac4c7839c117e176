//! Stand-in for Razorpay, Stripe and M-Pesa: what they remember, refuse, sign and send, so that
//! every test of payments runs on this machine alone.
//!
//! It is **strict**: a request that the real gateway would refuse, or that its documentation does
//! not allow, is refused and written into a list of violations that a test reads at its end. It is
//! **stateful**: orders, payments, refunds and idempotency keys are remembered. It is
//! **scriptable** at `/_sim`: what comes next, how often, when, in which order, with which
//! signature. And its checkouts are pages that a browser can click.
//!
//! Shares no line with the program that it tests. Must never be part of a release. Start at
//! [`Sim::handle`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod control;
mod mpesa;
mod page;
mod razorpay;
mod request;
mod serve;
mod stripe;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use request::{Reply, Request};
pub use serve::{Running, start};

/// The public half of Razorpay's key.
pub const RAZORPAY_KEY: &str = "rzp_test_paysim";
/// The secret half.
pub const RAZORPAY_SECRET: &str = "razorpay-secret-of-paysim";
/// Secret of Razorpay's webhook.
pub const RAZORPAY_HOOK: &str = "razorpay-hook-of-paysim";
/// The same, before it was changed.
pub const RAZORPAY_HOOK_OLD: &str = "razorpay-old-hook-of-paysim";
/// Stripe's secret key.
pub const STRIPE_KEY: &str = "sk_test_paysim";
/// Secret of Stripe's webhook.
pub const STRIPE_HOOK: &str = "whsec_paysim";
/// The same, before it was rolled.
pub const STRIPE_HOOK_OLD: &str = "whsec_old_paysim";
/// M-Pesa's consumer key.
pub const MPESA_KEY: &str = "mpesa-key-of-paysim";
/// M-Pesa's consumer secret.
pub const MPESA_SECRET: &str = "mpesa-secret-of-paysim";
/// M-Pesa's short code, as in its sandbox.
pub const MPESA_SHORTCODE: &str = "174379";
/// M-Pesa's passkey.
pub const MPESA_PASSKEY: &str = "mpesa-passkey-of-paysim";

/// How long a dispute can be answered, in seconds.
const DISPUTE_ANSWER_S: i64 = 7 * 86_400;

/// What happens next; every field stays until it is set again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Script {
    /// Where webhooks go, without the gateway's name; empty keeps them in the outbox.
    pub webhook_base: String,
    /// Webhooks are lost.
    pub drop: bool,
    /// Webhooks wait in the outbox until they are flushed.
    pub hold: bool,
    /// The outbox goes out last first.
    pub reorder: bool,
    /// How often each webhook is sent.
    pub copies: usize,
    /// Webhooks are signed with a key that is nobody's.
    pub forge: bool,
    /// "new", "old" or "both" (Stripe: two signatures, the good one last).
    pub secret: String,
    /// How much more than the order the payer pays, in the minor unit.
    pub overpay: i64,
    /// Answer the next `fault_count` requests of a gateway's API with this status.
    pub fault_status: u16,
    /// How many.
    pub fault_count: usize,
    /// The request is carried out before the fault is answered.
    pub fault_after: bool,
    /// What the phone of an M-Pesa payer does: "wait" (for a click), "success", "cancel", "never".
    pub phone: String,
    /// M-Pesa's callback comes before the answer to the push.
    pub callback_first: bool,
    /// M-Pesa's tokens are over at once.
    pub token_over: bool,
    /// Refunds fail.
    pub refund_fails: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            webhook_base: String::new(),
            drop: false,
            hold: false,
            reorder: false,
            copies: 1,
            forge: false,
            secret: "new".into(),
            overpay: 0,
            fault_status: 500,
            fault_count: 0,
            fault_after: false,
            phone: "wait".into(),
            callback_first: false,
            token_over: false,
            refund_fails: false,
        }
    }
}

/// A webhook on its way.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// `razorpay`, `stripe` or `mpesa`.
    pub gateway: &'static str,
    /// Where to; empty when no address is known.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As signed.
    pub body: String,
}

/// What became of a delivery.
#[derive(Clone, Debug, Serialize)]
pub struct Delivered {
    /// Whose.
    pub gateway: &'static str,
    /// The status; 0 without an answer.
    pub status: u16,
}

/// Everything that the gateways remember.
#[derive(Default)]
pub struct Sim {
    /// What happens next.
    pub script: Script,
    /// Requests that the real gateways would not have liked.
    pub violations: Vec<String>,
    /// Webhooks that wait to be sent, or to be taken by a test.
    pub outbox: Vec<Delivery>,
    /// Those that were sent.
    pub delivered: Vec<Delivered>,
    razorpay: razorpay::Shop,
    stripe: stripe::Shop,
    mpesa: mpesa::Shop,
    once: HashMap<String, (String, Reply)>,
    made: u64,
}

impl Sim {
    /// Answers one request. `now`: seconds since 1970.
    pub fn handle(&mut self, request: &Request, now: i64) -> Reply {
        let Some((gateway, path)) = request.split() else {
            return Reply::text(404, "nothing here");
        };
        if gateway == "_sim" {
            return control::handle(self, path, request, now);
        }
        let is_page = path.starts_with("/sim/") || path.starts_with("/v1/checkout/embedded");
        let faulty = !is_page && self.script.fault_count > 0;
        if faulty {
            self.script.fault_count -= 1;
            if !self.script.fault_after {
                return Reply::text(self.script.fault_status, "out of order");
            }
        }
        let reply = match gateway {
            "razorpay" => razorpay::handle(self, path, request, now),
            "stripe" => stripe::handle(self, path, request, now),
            "mpesa" => mpesa::handle(self, path, request, now),
            _ => Reply::text(404, "no such gateway"),
        };
        match faulty {
            true => Reply::text(self.script.fault_status, "out of order after the fact"),
            false => reply,
        }
    }

    /// Takes what waits to be sent, in the scripted order.
    pub fn take_outbox(&mut self) -> Vec<Delivery> {
        let mut all = std::mem::take(&mut self.outbox);
        if self.script.reorder {
            all.reverse();
        }
        all
    }

    fn violation(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }

    /// Names that differ and are the same in every run.
    fn name(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}{:014}", self.made)
    }

    fn emit(
        &mut self,
        gateway: &'static str,
        url: String,
        headers: Vec<(String, String)>,
        body: String,
    ) {
        if self.script.drop {
            return;
        }
        let delivery = Delivery {
            gateway,
            url,
            headers,
            body,
        };
        for _ in 0..self.script.copies {
            self.outbox.push(delivery.clone());
        }
    }

    fn hook_url(&self, gateway: &str) -> String {
        match self.script.webhook_base.as_str() {
            "" => String::new(),
            base => format!("{base}/{gateway}"),
        }
    }

    /// A request that was made before under this key: its first answer, or the refusal of another
    /// request under the same key.
    fn replay(&mut self, key: &str, request: &Request) -> Option<Reply> {
        let (body, reply) = self.once.get(key)?.clone();
        if body == request.text() {
            return Some(reply);
        }
        self.violation(format!(
            "{key}: another request under the same idempotency key"
        ));
        Some(Reply::json(
            400,
            &serde_json::json!({"error": {"code": "BAD_REQUEST_ERROR", "type": "idempotency_error"}}),
        ))
    }

    fn remember(&mut self, key: String, request: &Request, reply: &Reply) {
        self.once.insert(key, (request.text(), reply.clone()));
    }
}

/// HMAC-SHA256 in hexadecimal.
pub fn hmac(secret: &str, message: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = ring::hmac::sign(&key, message.as_bytes());
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The whole number in a field, and none when it is a fraction or text.
fn whole(value: &Value, field: &str) -> Option<i64> {
    value.get(field)?.as_i64()
}

fn word<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}
