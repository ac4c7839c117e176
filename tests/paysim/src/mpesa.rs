//! M-Pesa (Daraja): tokens, pushes to a phone, queries, unsigned callbacks.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    MPESA_KEY, MPESA_PASSKEY, MPESA_SECRET, MPESA_SHORTCODE, Sim, page,
    request::{Reply, Request},
    whole, word,
};

#[derive(Default)]
pub(crate) struct Shop {
    pub pushes: Vec<Push>,
    token: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Push {
    pub id: String,
    pub amount: i64,
    pub phone: String,
    pub callback: String,
    /// What the payer did: the gateway's code, once there is one.
    pub code: Option<i64>,
    pub receipt: String,
}

fn refuse(sim: &mut Sim, field: &str, why: &str) -> Reply {
    sim.violation(format!("mpesa: {field}: {why}"));
    Reply::json(
        400,
        &json!({"requestId": "1-1", "errorCode": "400.002.02", "errorMessage": format!("Bad Request - Invalid {field}")}),
    )
}

pub(crate) fn handle(sim: &mut Sim, path: &str, request: &Request, now: i64) -> Reply {
    match (request.method.as_str(), path) {
        ("GET", "/oauth/v1/generate") => token(sim, request),
        ("POST", "/mpesa/stkpush/v1/processrequest") => push(sim, request, now),
        ("POST", "/mpesa/stkpushquery/v1/query") => query(sim, request),
        ("GET", "/sim/phone") => phone(sim),
        ("POST", "/sim/phone") => {
            let form = request.form();
            let field = |name: &str| form.get(name).cloned().unwrap_or_default();
            let code = match field("outcome").as_str() {
                "success" => 0,
                "failure" => 1,
                _ => 1032,
            };
            answer(sim, &field("id"), code);
            Reply::see("/mpesa/sim/phone".into())
        }
        _ => {
            sim.violation(format!("mpesa: no such endpoint {path}"));
            Reply::text(404, "no such endpoint")
        }
    }
}

fn token(sim: &mut Sim, request: &Request) -> Reply {
    let good = format!(
        "Basic {}",
        STANDARD.encode(format!("{MPESA_KEY}:{MPESA_SECRET}"))
    );
    if request.header("authorization") != good || request.query != "grant_type=client_credentials" {
        sim.violation("mpesa: wrong way to ask for a token");
        return Reply::text(400, "");
    }
    let token = sim.name("token");
    sim.mpesa.token = Some(token.clone());
    Reply::json(200, &json!({"access_token": token, "expires_in": "3599"}))
}

fn is_let_in(sim: &mut Sim, request: &Request) -> bool {
    if std::mem::take(&mut sim.script.token_over) {
        sim.mpesa.token = None;
    }
    let token = sim.mpesa.token.clone();
    token.is_some_and(|token| request.header("authorization") == format!("Bearer {token}"))
}

fn bad_token() -> Reply {
    Reply::json(
        404,
        &json!({"requestId": "1-1", "errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}),
    )
}

/// The password is made of the number, the passkey and the stamp, and the stamp is 14 digits.
fn password_fault(body: &Value) -> Option<&'static str> {
    let stamp = word(body, "Timestamp");
    if stamp.len() != 14 || !stamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("Timestamp");
    }
    let good = STANDARD.encode(format!("{MPESA_SHORTCODE}{MPESA_PASSKEY}{stamp}"));
    if word(body, "BusinessShortCode") != MPESA_SHORTCODE || word(body, "Password") != good {
        return Some("Password");
    }
    None
}

fn push(sim: &mut Sim, request: &Request, _: i64) -> Reply {
    if !is_let_in(sim, request) {
        return bad_token();
    }
    let body = request.json();
    if let Some(field) = password_fault(&body) {
        return refuse(sim, field, "is wrong");
    }
    let Some(amount) = whole(&body, "Amount").filter(|amount| *amount > 0) else {
        return refuse(sim, "Amount", "must be a whole number above zero");
    };
    let phone = word(&body, "PhoneNumber").to_owned();
    let is_phone = phone.len() == 12 && phone.starts_with("254");
    if !is_phone || word(&body, "PartyA") != phone {
        return refuse(
            sim,
            "PhoneNumber",
            "must be 254 and nine digits, and PartyA the same",
        );
    }
    if word(&body, "PartyB") != MPESA_SHORTCODE
        || !["CustomerPayBillOnline", "CustomerBuyGoodsOnline"]
            .contains(&word(&body, "TransactionType"))
    {
        return refuse(sim, "TransactionType", "is not known");
    }
    let short = |name: &str, most: usize| (1..=most).contains(&word(&body, name).len());
    if !short("AccountReference", 12) || !short("TransactionDesc", 13) {
        return refuse(
            sim,
            "AccountReference",
            "has 1 to 12 characters, TransactionDesc 1 to 13",
        );
    }
    let callback = word(&body, "CallBackURL").to_owned();
    let local =
        callback.starts_with("http://localhost:") || callback.starts_with("http://127.0.0.1:");
    if !callback.starts_with("https://") && !local {
        return refuse(sim, "CallBackURL", "must be https");
    }
    let id = sim.name("ws_CO_");
    let receipt = sim.name("NE");
    sim.mpesa.pushes.push(Push {
        id: id.clone(),
        amount,
        phone,
        callback,
        code: None,
        receipt,
    });
    match sim.script.phone.as_str() {
        "success" => answer(sim, &id, 0),
        "cancel" => answer(sim, &id, 1032),
        _ => {}
    }
    Reply::json(
        200,
        &json!({"MerchantRequestID": "29115-34620561-1", "CheckoutRequestID": id, "ResponseCode": "0",
            "ResponseDescription": "Success. Request accepted for processing",
            "CustomerMessage": "Success. Request accepted for processing"}),
    )
}

/// The payer did something.
pub(crate) fn answer(sim: &mut Sim, id: &str, code: i64) {
    let more = sim.script.overpay;
    let Some(push) = sim.mpesa.pushes.iter_mut().find(|it| it.id == id) else {
        return;
    };
    push.code = Some(code);
    let push = push.clone();
    let mut callback = json!({"MerchantRequestID": "29115-34620561-1", "CheckoutRequestID": push.id,
        "ResultCode": code, "ResultDesc": "The service request is processed."});
    if code == 0 {
        // A fraction, as in practice; written as text because the sum is a whole number.
        let sum: Value =
            serde_json::from_str(&format!("{}.00", push.amount + more)).unwrap_or(Value::Null);
        callback["CallbackMetadata"] = json!({"Item": [
            {"Name": "Amount", "Value": sum},
            {"Name": "MpesaReceiptNumber", "Value": push.receipt},
            {"Name": "Balance"},
            {"Name": "TransactionDate", "Value": 20_261_121_120_000_i64},
            {"Name": "PhoneNumber", "Value": push.phone.parse::<i64>().unwrap_or(0)},
        ]});
    }
    let body = json!({"Body": {"stkCallback": callback}}).to_string();
    let headers = vec![("content-type".into(), "application/json".into())];
    let url = match sim.script.forge {
        // Somebody who saw an order's id but not its secret.
        true => format!("{}x", push.callback),
        false => push.callback,
    };
    sim.emit("mpesa", url, headers, body);
}

fn query(sim: &mut Sim, request: &Request) -> Reply {
    if !is_let_in(sim, request) {
        return bad_token();
    }
    let body = request.json();
    if let Some(field) = password_fault(&body) {
        return refuse(sim, field, "is wrong");
    }
    let id = word(&body, "CheckoutRequestID").to_owned();
    let Some(push) = sim.mpesa.pushes.iter().find(|it| it.id == id) else {
        return Reply::json(
            404,
            &json!({"requestId": "1-1", "errorCode": "404.001.01", "errorMessage": "Resource not found"}),
        );
    };
    match push.code {
        None => Reply::json(
            500,
            &json!({"requestId": "1-1", "errorCode": "500.001.1001",
                "errorMessage": "The transaction is being processed"}),
        ),
        Some(code) => Reply::json(
            200,
            &json!({"ResponseCode": "0", "ResponseDescription": "accepted", "MerchantRequestID": "1",
                "CheckoutRequestID": id, "ResultCode": code.to_string(), "ResultDesc": "done"}),
        ),
    }
}

/// The payer's phone, for browsers.
fn phone(sim: &Sim) -> Reply {
    let waiting = sim.mpesa.pushes.iter().rev().find(|it| it.code.is_none());
    match waiting {
        Some(push) => Reply::page(page::checkout(
            "M-Pesa on the phone",
            &format!("KES {}", push.amount),
            "/mpesa/sim/phone",
            &[("id", &push.id)],
            "",
        )),
        None => Reply::page(
            "<!doctype html><html lang=en><title>Phone</title><p>Nothing to pay.</html>".into(),
        ),
    }
}
