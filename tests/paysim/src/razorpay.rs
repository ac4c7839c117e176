//! Razorpay: orders, the hosted checkout, payments, refunds, disputes, signed webhooks.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    DISPUTE_ANSWER_S, RAZORPAY_HOOK, RAZORPAY_HOOK_OLD, RAZORPAY_KEY, RAZORPAY_SECRET, Sim, hmac,
    page,
    request::{Reply, Request},
    whole, word,
};

#[derive(Default)]
pub(crate) struct Shop {
    pub orders: Vec<Order>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
}

#[derive(Clone)]
pub(crate) struct Refund {
    pub id: String,
    pub payment: String,
    pub amount: i64,
    pub receipt: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Order {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub receipt: String,
}

#[derive(Clone)]
pub(crate) struct Payment {
    pub id: String,
    pub order: String,
    pub amount: i64,
    pub status: &'static str,
    pub refunded: i64,
}

fn refuse(sim: &mut Sim, field: &str, why: &str) -> Reply {
    sim.violation(format!("razorpay: {field}: {why}"));
    Reply::json(
        400,
        &json!({"error": {"code": "BAD_REQUEST_ERROR", "description": why, "field": field}}),
    )
}

pub(crate) fn handle(sim: &mut Sim, path: &str, request: &Request, now: i64) -> Reply {
    match (request.method.as_str(), path) {
        ("POST", "/v1/checkout/embedded") => return checkout(sim, request),
        ("POST", "/sim/pay") => return clicked(sim, request, now),
        _ => {}
    }
    let good = format!(
        "Basic {}",
        STANDARD.encode(format!("{RAZORPAY_KEY}:{RAZORPAY_SECRET}"))
    );
    if request.header("authorization") != good {
        sim.violation("razorpay: wrong Authorization");
        return Reply::json(401, &json!({"error": {"code": "BAD_REQUEST_ERROR"}}));
    }
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["v1", "orders"]) => create(sim, request, now),
        ("GET", ["v1", "orders", id]) => match sim.razorpay.orders.iter().find(|it| it.id == *id) {
            Some(order) => Reply::json(200, &of_order(order, now)),
            None => Reply::json(400, &json!({"error": {"code": "BAD_REQUEST_ERROR"}})),
        },
        ("GET", ["v1", "orders", id, "payments"]) => {
            let all = sim.razorpay.payments.iter().filter(|it| it.order == *id);
            let items: Vec<Value> = all.map(of_payment).collect();
            Reply::json(
                200,
                &json!({"entity": "collection", "count": items.len(), "items": items}),
            )
        }
        ("POST", ["v1", "payments", id, "refund"]) => refund(sim, id, request, now),
        _ => {
            sim.violation(format!("razorpay: no such endpoint {path}"));
            Reply::text(404, "no such endpoint")
        }
    }
}

fn create(sim: &mut Sim, request: &Request, now: i64) -> Reply {
    if !request
        .header("content-type")
        .starts_with("application/json")
    {
        return refuse(sim, "content-type", "must be JSON");
    }
    let body = request.json();
    let Some(amount) = whole(&body, "amount").filter(|amount| *amount >= 100) else {
        return refuse(sim, "amount", "must be a whole number of at least 100");
    };
    let (currency, receipt) = (
        word(&body, "currency").to_owned(),
        word(&body, "receipt").to_owned(),
    );
    if currency != "INR" {
        return refuse(sim, "currency", "must be INR here");
    }
    let taken = sim.razorpay.orders.iter().any(|it| it.receipt == receipt);
    if receipt.is_empty() || receipt.len() > 40 || taken {
        return refuse(sim, "receipt", "must be unique, with 1 to 40 characters");
    }
    let expiry = body.pointer("/payment/capture_options/automatic_expiry_period");
    if body.get("payment").is_some() && expiry.and_then(Value::as_i64).is_none_or(|min| min < 12) {
        return refuse(sim, "automatic_expiry_period", "must be 12 or more");
    }
    let order = Order {
        id: sim.name("order_"),
        amount,
        currency,
        receipt,
    };
    sim.razorpay.orders.push(order.clone());
    Reply::json(200, &of_order(&order, now))
}

fn of_order(it: &Order, now: i64) -> Value {
    json!({"id": it.id, "entity": "order", "amount": it.amount, "amount_paid": 0, "amount_due": it.amount,
        "currency": it.currency, "receipt": it.receipt, "status": "created", "attempts": 0, "notes": [],
        "created_at": now})
}

fn of_payment(it: &Payment) -> Value {
    let captured = matches!(it.status, "captured" | "refunded");
    json!({"id": it.id, "entity": "payment", "amount": it.amount, "currency": "INR", "status": it.status,
        "order_id": it.order, "captured": captured, "amount_refunded": it.refunded, "fee": null, "tax": null,
        "notes": [], "error_code": (it.status == "failed").then_some("BAD_REQUEST_ERROR")})
}

fn checkout(sim: &mut Sim, request: &Request) -> Reply {
    let form = request.form();
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    if field("key_id") != RAZORPAY_KEY {
        return refuse(sim, "key_id", "is not known");
    }
    let id = field("order_id");
    let Some(order) = sim.razorpay.orders.iter().find(|it| it.id == id).cloned() else {
        return refuse(sim, "order_id", "is not known");
    };
    if !field("callback_url").starts_with("http") || !field("cancel_url").starts_with("http") {
        return refuse(sim, "callback_url", "is no address");
    }
    Reply::page(page::checkout(
        "Razorpay checkout",
        &format!("{} paise", order.amount),
        "/razorpay/sim/pay",
        &[
            ("order_id", &id),
            ("callback_url", &field("callback_url")),
            ("cancel_url", &field("cancel_url")),
        ],
        "",
    ))
}

fn clicked(sim: &mut Sim, request: &Request, now: i64) -> Reply {
    let form = request.form();
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (id, back) = (field("order_id"), field("callback_url"));
    match field("outcome").as_str() {
        "success" => {
            let Some(payment) = pay(sim, &id, true, now) else {
                return Reply::text(404, "no such order");
            };
            let signature = hmac(RAZORPAY_SECRET, &format!("{id}|{payment}"));
            let fields = [
                ("razorpay_payment_id", payment.as_str()),
                ("razorpay_order_id", &id),
                ("razorpay_signature", &signature),
            ];
            Reply::page(page::post(&back, &fields))
        }
        "failure" => {
            pay(sim, &id, false, now);
            let fields = [
                ("error[code]", "BAD_REQUEST_ERROR"),
                ("error[description]", "Payment failed"),
            ];
            Reply::page(page::post(&back, &fields))
        }
        _ => Reply::see(field("cancel_url")),
    }
}

/// Somebody pays an order, or fails to. Gives the payment's name.
pub(crate) fn pay(sim: &mut Sim, order: &str, success: bool, now: i64) -> Option<String> {
    let order = sim
        .razorpay
        .orders
        .iter()
        .find(|it| it.id == order)?
        .clone();
    let payment = Payment {
        id: sim.name("pay_"),
        order: order.id,
        amount: order.amount + sim.script.overpay,
        status: if success { "captured" } else { "failed" },
        refunded: 0,
    };
    sim.razorpay.payments.push(payment.clone());
    let entity = json!({"payment": {"entity": of_payment(&payment)}});
    if success {
        hook(sim, "payment.captured", &entity, now);
        hook(sim, "order.paid", &entity, now);
    } else {
        hook(sim, "payment.failed", &entity, now);
    }
    Some(payment.id)
}

/// Money came without any order of ours.
pub(crate) fn stray(sim: &mut Sim, amount: i64, now: i64) {
    let payment = Payment {
        id: sim.name("pay_"),
        order: sim.name("order_foreign_"),
        amount,
        status: "captured",
        refunded: 0,
    };
    let entity = json!({"payment": {"entity": of_payment(&payment)}});
    hook(sim, "payment.captured", &entity, now);
}

pub(crate) fn dispute(sim: &mut Sim, payment: &str, word: &str, now: i64) {
    let Some(payment) = sim
        .razorpay
        .payments
        .iter()
        .find(|it| it.id == payment)
        .cloned()
    else {
        return;
    };
    let entity = json!({
        "payment": {"entity": of_payment(&payment)},
        "dispute": {"entity": {"id": "disp_1", "payment_id": payment.id, "amount": payment.amount, "respond_by": now + DISPUTE_ANSWER_S}},
    });
    hook(sim, &format!("payment.dispute.{word}"), &entity, now);
}

fn refund(sim: &mut Sim, id: &str, request: &Request, now: i64) -> Reply {
    let key = request.header("x-refund-idempotency").to_owned();
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if key.len() < 10 || !key.bytes().all(fine) {
        return refuse(
            sim,
            "x-refund-idempotency",
            "must have 10 plain characters or more",
        );
    }
    let key = format!("razorpay refund {key}");
    if let Some(reply) = sim.replay(&key, request) {
        return reply;
    }
    let body = request.json();
    let amount = whole(&body, "amount").unwrap_or(-1);
    let receipt = body["receipt"].as_str().map(str::to_owned);
    let fails = sim.script.refund_fails;
    let Some(payment) = sim.razorpay.payments.iter_mut().find(|it| it.id == id) else {
        return refuse(sim, "payment", "is not known");
    };
    if amount <= 0 || payment.refunded + amount > payment.amount {
        return refuse(sim, "amount", "is more than what came");
    }
    if !fails {
        payment.refunded += amount;
    }
    let payment = payment.clone();
    let name = sim.name("rfnd_");
    let status = if fails { "failed" } else { "processed" };
    let refund = Refund {
        id: name.clone(),
        payment: payment.id.clone(),
        amount,
        receipt,
    };
    tell_refund(sim, &refund, status, now);
    if !fails {
        sim.razorpay.refunds.push(refund);
    }
    let reply = Reply::json(
        200,
        &json!({"id": name, "entity": "refund", "amount": amount, "status": status}),
    );
    sim.remember(key, request, &reply);
    reply
}

fn tell_refund(sim: &mut Sim, it: &Refund, status: &str, now: i64) {
    let payment = sim.razorpay.payments.iter();
    let payment = payment
        .clone()
        .find(|of| of.id == it.payment)
        .map(of_payment);
    let entity = json!({
        "payment": {"entity": payment},
        "refund": {"entity": {"id": it.id, "payment_id": it.payment, "amount": it.amount,
            "receipt": it.receipt, "status": status}},
    });
    hook(sim, &format!("refund.{status}"), &entity, now);
}

/// Somebody refunds in the gateway's own pages.
pub(crate) fn refund_there(sim: &mut Sim, id: &str, amount: i64, now: i64) {
    let Some(payment) = sim.razorpay.payments.iter_mut().find(|it| it.id == id) else {
        return;
    };
    payment.refunded += amount;
    let refund = Refund {
        id: sim.name("rfnd_"),
        payment: id.to_owned(),
        amount,
        receipt: None,
    };
    tell_refund(sim, &refund, "processed", now);
    sim.razorpay.refunds.push(refund);
}

/// The payer's bank does not take the last refund of a payment.
pub(crate) fn refund_bounces(sim: &mut Sim, id: &str, now: i64) {
    let Some(at) = sim.razorpay.refunds.iter().rposition(|it| it.payment == id) else {
        return;
    };
    let refund = sim.razorpay.refunds.remove(at);
    if let Some(it) = sim.razorpay.payments.iter_mut().find(|it| it.id == id) {
        it.refunded -= refund.amount;
    }
    tell_refund(sim, &refund, "failed", now);
}

fn hook(sim: &mut Sim, event: &str, payload: &Value, now: i64) {
    let body =
        json!({"entity": "event", "account_id": "acc_1", "event": event, "contains": ["payment"],
        "payload": payload, "created_at": now})
        .to_string();
    let secret = match sim.script.secret.as_str() {
        _ if sim.script.forge => "nobody's",
        "old" => RAZORPAY_HOOK_OLD,
        _ => RAZORPAY_HOOK,
    };
    let headers = vec![
        ("content-type".into(), "application/json".into()),
        ("x-razorpay-signature".into(), hmac(secret, &body)),
        ("x-razorpay-event-id".into(), sim.name("evt_")),
    ];
    let url = sim.hook_url("razorpay");
    sim.emit("razorpay", url, headers, body);
}
