//! Stripe: Checkout Sessions, refunds, disputes, webhooks with one or two signatures.

use serde_json::{Value, json};

use crate::{
    DISPUTE_ANSWER_S, STRIPE_HOOK, STRIPE_HOOK_OLD, STRIPE_KEY, Sim, hmac, page,
    request::{Reply, Request},
};

#[derive(Default)]
pub(crate) struct Shop {
    pub sessions: Vec<Session>,
    pub refunds: Vec<Refund>,
}

#[derive(Clone)]
pub(crate) struct Refund {
    pub id: String,
    pub intent: String,
    pub amount: i64,
    pub key: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Session {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub success_url: String,
    pub cancel_url: String,
    pub reference: String,
    pub intent: Option<String>,
    pub status: &'static str,
    pub refunded: i64,
}

fn refuse(sim: &mut Sim, field: &str, why: &str) -> Reply {
    sim.violation(format!("stripe: {field}: {why}"));
    Reply::json(
        400,
        &json!({"error": {"type": "invalid_request_error", "param": field, "message": why}}),
    )
}

pub(crate) fn handle(sim: &mut Sim, path: &str, request: &Request, now: i64) -> Reply {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["sim", "pay", id]) => return show(sim, id, ""),
        ("POST", ["sim", "pay", id]) => return clicked(sim, id, request, now),
        _ => {}
    }
    if request.header("authorization") != format!("Bearer {STRIPE_KEY}") {
        sim.violation("stripe: wrong Authorization");
        return Reply::json(401, &json!({"error": {"type": "invalid_request_error"}}));
    }
    if request.header("stripe-version").len() < 10 {
        return refuse(sim, "stripe-version", "is not pinned");
    }
    match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["v1", "checkout", "sessions"]) => once(sim, request, now, create),
        ("GET", ["v1", "checkout", "sessions", id]) => {
            match sim.stripe.sessions.iter().find(|it| it.id == *id) {
                Some(session) => Reply::json(200, &of_session(session)),
                None => Reply::json(404, &json!({"error": {"type": "invalid_request_error"}})),
            }
        }
        ("POST", ["v1", "refunds"]) => once(sim, request, now, refund),
        _ => {
            sim.violation(format!("stripe: no such endpoint {path}"));
            Reply::text(404, "no such endpoint")
        }
    }
}

/// Checks what every POST must have, and answers a repeated one as before.
fn once(
    sim: &mut Sim,
    request: &Request,
    now: i64,
    then: fn(&mut Sim, &Request, i64) -> Reply,
) -> Reply {
    if request.header("content-type") != "application/x-www-form-urlencoded" {
        return refuse(sim, "content-type", "must be a form");
    }
    let key = request.header("idempotency-key").to_owned();
    if key.is_empty() || key.len() > 255 {
        return refuse(sim, "idempotency-key", "must have 1 to 255 characters");
    }
    let key = format!("stripe {key}");
    if let Some(reply) = sim.replay(&key, request) {
        return reply;
    }
    let reply = then(sim, request, now);
    sim.remember(key, request, &reply);
    reply
}

fn create(sim: &mut Sim, request: &Request, now: i64) -> Reply {
    let form = request.form();
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let number = |name: &str| field(name).parse::<i64>().ok();
    if field("mode") != "payment" {
        return refuse(sim, "mode", "must be payment");
    }
    let Some(amount) = number("line_items[0][price_data][unit_amount]").filter(|it| *it > 0) else {
        return refuse(sim, "unit_amount", "must be a whole number above zero");
    };
    let currency = field("line_items[0][price_data][currency]");
    if currency.len() != 3 || currency.to_lowercase() != currency {
        return refuse(sim, "currency", "must be three small letters");
    }
    if field("line_items[0][price_data][product_data][name]").is_empty()
        || field("line_items[0][quantity]") != "1"
    {
        return refuse(sim, "line_items", "need a name and a quantity");
    }
    let until = number("expires_at").unwrap_or(0) - now;
    if !(1_800..=86_400).contains(&until) {
        return refuse(sim, "expires_at", "must be 30 minutes to 24 hours away");
    }
    let urls = [field("success_url"), field("cancel_url")];
    if urls.iter().any(|url| !url.starts_with("http")) {
        return refuse(sim, "success_url", "is no address");
    }
    let [success_url, cancel_url] = urls;
    let session = Session {
        id: sim.name("cs_test_"),
        amount,
        currency,
        success_url,
        cancel_url,
        reference: field("client_reference_id"),
        intent: None,
        status: "open",
        refunded: 0,
    };
    let mut body = of_session(&session);
    let host = request.header("host");
    body["url"] = format!("http://{host}/stripe/sim/pay/{}", session.id).into();
    sim.stripe.sessions.push(session);
    Reply::json(200, &body)
}

fn of_session(it: &Session) -> Value {
    json!({"id": it.id, "object": "checkout.session", "status": it.status, "amount_total": it.amount,
        "currency": it.currency, "client_reference_id": it.reference, "payment_intent": it.intent,
        "payment_status": if it.intent.is_some() { "paid" } else { "unpaid" }, "url": null})
}

fn show(sim: &mut Sim, id: &str, note: &str) -> Reply {
    match sim.stripe.sessions.iter().find(|it| it.id == id) {
        Some(it) => Reply::page(page::checkout(
            "Stripe checkout",
            &format!("{} {}", it.amount, it.currency),
            &format!("/stripe/sim/pay/{id}"),
            &[],
            note,
        )),
        None => Reply::text(404, "no such session"),
    }
}

fn clicked(sim: &mut Sim, id: &str, request: &Request, now: i64) -> Reply {
    let outcome = request.form().remove("outcome").unwrap_or_default();
    let Some(session) = sim.stripe.sessions.iter().find(|it| it.id == id).cloned() else {
        return Reply::text(404, "no such session");
    };
    match outcome.as_str() {
        "success" => {
            pay(sim, id, now);
            Reply::see(session.success_url.replace("{CHECKOUT_SESSION_ID}", id))
        }
        "failure" => show(sim, id, "Your card was declined."),
        _ => Reply::see(session.cancel_url),
    }
}

/// Somebody pays a session. Gives the payment's name.
pub(crate) fn pay(sim: &mut Sim, id: &str, now: i64) -> Option<String> {
    let (intent, more) = (sim.name("pi_"), sim.script.overpay);
    let session = sim.stripe.sessions.iter_mut().find(|it| it.id == id)?;
    session.intent = Some(intent.clone());
    session.status = "complete";
    session.amount += more;
    let body = of_session(session);
    hook(sim, "checkout.session.completed", &body, now);
    Some(intent)
}

/// The time of a session is over.
pub(crate) fn expire(sim: &mut Sim, id: &str, now: i64) {
    let Some(session) = sim.stripe.sessions.iter_mut().find(|it| it.id == id) else {
        return;
    };
    session.status = "expired";
    let body = of_session(session);
    hook(sim, "checkout.session.expired", &body, now);
}

pub(crate) fn dispute(sim: &mut Sim, intent: &str, word: &str, now: i64) {
    let session = sim
        .stripe
        .sessions
        .iter()
        .find(|it| it.intent.as_deref() == Some(intent));
    let Some(amount) = session.map(|it| it.amount) else {
        return;
    };
    let (event, status) = match word {
        "created" => ("charge.dispute.created", "needs_response"),
        other => ("charge.dispute.closed", other),
    };
    let body = json!({
        "id": "dp_1", "payment_intent": intent, "amount": amount, "status": status,
        "evidence_details": {"due_by": now + DISPUTE_ANSWER_S},
    });
    hook(sim, event, &body, now);
}

fn refund(sim: &mut Sim, request: &Request, now: i64) -> Reply {
    let form = request.form();
    let intent = form.get("payment_intent").cloned();
    let amount: i64 = form
        .get("amount")
        .and_then(|it| it.parse().ok())
        .unwrap_or(-1);
    let fails = sim.script.refund_fails;
    let Some(session) = sim
        .stripe
        .sessions
        .iter_mut()
        .find(|it| it.intent.is_some() && it.intent == intent)
    else {
        return refuse(sim, "payment_intent", "is not known");
    };
    if amount <= 0 || session.refunded + amount > session.amount {
        return refuse(sim, "amount", "is more than what came");
    }
    if !fails {
        session.refunded += amount;
    }
    let body = json!({"payment_intent": intent, "amount_refunded": session.refunded});
    let name = sim.name("re_");
    if !fails {
        hook(sim, "charge.refunded", &body, now);
        sim.stripe.refunds.push(Refund {
            id: name.clone(),
            intent: intent.unwrap_or_default(),
            amount,
            key: form.get("metadata[key]").cloned(),
        });
    }
    let status = if fails { "failed" } else { "succeeded" };
    Reply::json(
        200,
        &json!({"id": name, "amount": amount, "status": status}),
    )
}

/// Somebody refunds in the gateway's own pages.
pub(crate) fn refund_there(sim: &mut Sim, intent: &str, amount: i64, now: i64) {
    let mut all = sim.stripe.sessions.iter_mut();
    let Some(session) = all.find(|it| it.intent.as_deref() == Some(intent)) else {
        return;
    };
    session.refunded += amount;
    let body = json!({"payment_intent": intent, "amount_refunded": session.refunded});
    let refund = Refund {
        id: sim.name("re_"),
        intent: intent.to_owned(),
        amount,
        key: None,
    };
    hook(sim, "charge.refunded", &body, now);
    sim.stripe.refunds.push(refund);
}

/// The payer's bank does not take the last refund of a payment; it is told under both names.
pub(crate) fn refund_bounces(sim: &mut Sim, intent: &str, now: i64) {
    let Some(at) = sim
        .stripe
        .refunds
        .iter()
        .rposition(|it| it.intent == intent)
    else {
        return;
    };
    let it = sim.stripe.refunds.remove(at);
    let mut all = sim.stripe.sessions.iter_mut();
    if let Some(session) = all.find(|of| of.intent.as_deref() == Some(intent)) {
        session.refunded -= it.amount;
    }
    let metadata = it
        .key
        .map_or_else(|| json!({}), |key| json!({ "key": key }));
    let body = json!({"id": it.id, "object": "refund", "payment_intent": intent, "amount": it.amount,
        "status": "failed", "metadata": metadata});
    for kind in ["refund.failed", "charge.refund.updated"] {
        hook(sim, kind, &body, now);
    }
}

fn hook(sim: &mut Sim, kind: &str, object: &Value, now: i64) {
    let name = sim.name("evt_");
    let body = json!({"id": name, "object": "event", "type": kind, "created": now, "data": {"object": object}})
        .to_string();
    let of = |secret: &str| hmac(secret, &format!("{now}.{body}"));
    let signature = match sim.script.secret.as_str() {
        _ if sim.script.forge => format!("t={now},v1={}", of("nobody's")),
        "old" => format!("t={now},v1={}", of(STRIPE_HOOK_OLD)),
        "both" => format!("t={now},v1={},v1={}", of("whsec_other"), of(STRIPE_HOOK)),
        _ => format!("t={now},v1={}", of(STRIPE_HOOK)),
    };
    let headers = vec![
        ("content-type".into(), "application/json".into()),
        ("stripe-signature".into(), signature),
    ];
    let url = sim.hook_url("stripe");
    sim.emit("stripe", url, headers, body);
}
