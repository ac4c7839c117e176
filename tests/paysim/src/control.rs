//! The control interface at `/_sim`: set the script, pay without a browser, flush, look.

use serde_json::{Value, json};

use crate::{
    Script, Sim, mpesa, razorpay,
    request::{Reply, Request},
    stripe, word,
};

/// | request | does |
/// |---|---|
/// | `POST /_sim/script {…}` | sets the named fields, see [`Script`] |
/// | `POST /_sim/pay {gateway, order, outcome}` | what a payer would do |
/// | `POST /_sim/stray {amount}` | money without an order, at Razorpay |
/// | `POST /_sim/dispute {gateway, payment, word}` | `created`, `won` or `lost` |
/// | `POST /_sim/refund {gateway, payment, amount}` | a refund from the gateway's own pages |
/// | `POST /_sim/bounce {gateway, payment}` | the payer's bank does not take the last refund |
/// | `POST /_sim/flush` | sends what was held |
/// | `GET /_sim/state` | violations, names of orders, deliveries |
pub(crate) fn handle(sim: &mut Sim, path: &str, request: &Request, now: i64) -> Reply {
    let body = request.json();
    match (request.method.as_str(), path) {
        ("POST", "/script") => set(sim, &body),
        ("POST", "/pay") => pay(sim, &body, now),
        ("POST", "/stray") => {
            razorpay::stray(sim, body["amount"].as_i64().unwrap_or(100), now);
            Reply::json(200, &json!({}))
        }
        ("POST", "/dispute") => {
            let (payment, what) = (word(&body, "payment"), word(&body, "word"));
            match word(&body, "gateway") {
                "stripe" => stripe::dispute(sim, payment, what, now),
                _ => razorpay::dispute(sim, payment, what, now),
            }
            Reply::json(200, &json!({}))
        }
        ("POST", "/refund") => {
            let (payment, amount) = (word(&body, "payment"), body["amount"].as_i64().unwrap_or(1));
            match word(&body, "gateway") {
                "stripe" => stripe::refund_there(sim, payment, amount, now),
                _ => razorpay::refund_there(sim, payment, amount, now),
            }
            Reply::json(200, &json!({}))
        }
        ("POST", "/bounce") => {
            let payment = word(&body, "payment");
            match word(&body, "gateway") {
                "stripe" => stripe::refund_bounces(sim, payment, now),
                _ => razorpay::refund_bounces(sim, payment, now),
            }
            Reply::json(200, &json!({}))
        }
        ("POST", "/flush") => {
            sim.script.hold = false;
            Reply::json(200, &json!({ "waiting": sim.outbox.len() }))
        }
        ("GET", "/state") => Reply::json(200, &state(sim)),
        _ => Reply::text(404, "no such control"),
    }
}

fn set(sim: &mut Sim, changes: &Value) -> Reply {
    let mut script = serde_json::to_value(&sim.script).unwrap_or(Value::Null);
    for (name, value) in changes.as_object().into_iter().flatten() {
        script[name] = value.clone();
    }
    match serde_json::from_value::<Script>(script) {
        Ok(script) => {
            sim.script = script;
            Reply::json(200, &json!({}))
        }
        Err(error) => Reply::text(400, &error.to_string()),
    }
}

fn pay(sim: &mut Sim, body: &Value, now: i64) -> Reply {
    let (order, outcome) = (word(body, "order"), word(body, "outcome"));
    let payment = match (word(body, "gateway"), outcome) {
        ("razorpay", outcome) => razorpay::pay(sim, order, outcome != "failure", now),
        ("stripe", "expire") => {
            stripe::expire(sim, order, now);
            None
        }
        ("stripe", _) => stripe::pay(sim, order, now),
        (_, outcome) => {
            let code = if outcome == "failure" { 1032 } else { 0 };
            mpesa::answer(sim, order, code);
            Some(order.to_owned())
        }
    };
    Reply::json(200, &json!({ "payment": payment }))
}

fn state(sim: &Sim) -> Value {
    let orders: Vec<&str> = sim
        .razorpay
        .orders
        .iter()
        .map(|it| it.id.as_str())
        .chain(sim.stripe.sessions.iter().map(|it| it.id.as_str()))
        .chain(sim.mpesa.pushes.iter().map(|it| it.id.as_str()))
        .collect();
    json!({"violations": sim.violations, "orders": orders, "delivered": sim.delivered, "waiting": sim.outbox.len()})
}
