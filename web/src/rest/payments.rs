//! Buying coins: the price list, orders, the way to a checkout and back, and the gateways' webhooks.
//!
//! A webhook has no login: its signature, or the secret in its address, is the proof, and it is
//! checked over the body as it came. What a browser brings back from a checkout only makes the
//! server ask the gateway.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{self, Data, Form, Json, Path, Query},
};
use parlor_actors::{
    gateways::{Checkout, Hook, Pretended, Shown},
    services::{NewOrder, Offer, Placed, ServiceError},
};
use parlor_domain::{id::OrderId, ledger::Gateway, money::MILLI_PER_COIN, order::Order};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, meetings::meeting_id, who::ByMember};
use crate::error::{ApiError, ErrorBody};

/// Largest body of a webhook, in bytes.
const WEBHOOK_BYTES_MAX: usize = 256 * 1024;
/// Most orders in one answer.
const ORDERS_MAX: usize = 50;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(price_list)
        .service(create_order)
        .service(verify_payment)
        .service(own_orders)
        .service(order_by_key)
        .service(own_order)
        .service(pretend_payment)
        .service(checkout_page)
        .service(checkout_script)
        .service(back_from_razorpay)
        .service(payment_webhook)
        .service(webhook_of_order);
}

/// A way to pay, with what can be bought.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferBody {
    /// `razorpay`, `stripe`, `mpesa` or `demo` (no money moves).
    pub gateway: String,
    /// The payer's phone number is asked.
    pub needs_phone: bool,
    /// What can be bought.
    pub packages: Vec<PackageBody>,
}

/// One line of the price list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageBody {
    /// Its name in an order.
    pub id: String,
    /// What one gets, in whole coins.
    pub coins: i64,
    /// What one pays, in the currency's minor unit.
    pub price_minor: i64,
    /// Three letters.
    pub currency: String,
    /// Digits after the point of one unit of the currency.
    pub digits: u32,
}

/// The price list.
#[derive(Serialize, ToSchema)]
pub struct Offers {
    /// The ways to pay; none when nothing can be bought here.
    pub offers: Vec<OfferBody>,
}

/// What somebody wants to buy. The price is the server's.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewOrderBody {
    /// Name of a package of the price list.
    pub package: String,
    /// A gateway of the price list.
    pub gateway: String,
    /// The payer's phone, for gateways that ask for it.
    pub phone: Option<String>,
    /// A booking of one's own that the coins pay for when they come. Its time is kept meanwhile;
    /// when they come too late for it, they stay in the wallet.
    pub meeting_id: Option<String>,
}

/// An order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderBody {
    /// Its id.
    pub id: String,
    /// Who buys.
    pub user_id: String,
    /// `created`, `pending`, `paid`, `failed`, `expired`, `refunded` or `disputed`. `failed` and
    /// `expired` may still become `paid`, when the money comes late.
    pub state: String,
    /// Through whom.
    pub gateway: String,
    /// The gateway's own name of it.
    pub gateway_order_id: Option<String>,
    /// What is bought, in milli-coins.
    pub coins_milli: i64,
    /// For how much, in the currency's minor unit.
    pub price_minor: i64,
    /// Three letters.
    pub currency: String,
    /// Digits after the point of one unit of the currency.
    pub digits: u32,
    /// A receipt number, when the gateway gives one.
    pub receipt: Option<String>,
    /// What went back so far, in the currency's minor unit.
    pub refunded_minor: i64,
    /// The gateway's code of the last try that failed.
    pub trouble: Option<String>,
    /// When, epoch ms.
    pub created_at: i64,
    /// When it last changed, epoch ms.
    pub updated_at: i64,
}

impl From<&Order> for OrderBody {
    fn from(it: &Order) -> Self {
        Self {
            id: it.id.to_string(),
            user_id: it.user.to_string(),
            state: it.state.word().into(),
            gateway: it.gateway.word().into(),
            gateway_order_id: it.reference.clone(),
            coins_milli: it.coins.0,
            price_minor: it.price.minor,
            currency: it.price.currency.code().into(),
            digits: it.price.currency.digits(),
            receipt: it.receipt.clone(),
            refunded_minor: it.refunded_minor,
            trouble: it.trouble.clone(),
            created_at: it.created_at.0,
            updated_at: it.updated_at.0,
        }
    }
}

/// How the payer goes on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutBody {
    /// `redirect` (to `url`) or `push` (look at the phone).
    pub kind: String,
    /// Where to go.
    pub url: Option<String>,
}

/// An order and how its payer goes on.
#[derive(Serialize, ToSchema)]
pub struct PlacedBody {
    /// The order.
    pub order: OrderBody,
    /// Absent when there is nothing more to pay.
    pub checkout: Option<CheckoutBody>,
}

/// What a browser brings back from a checkout. Nothing in it is believed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyBody {
    /// Our order.
    pub order_id: String,
    /// The gateway's name of the payment, if it gave one.
    #[serde(default)]
    pub payment_id: String,
    /// The gateway's signature, if it gave one.
    #[serde(default)]
    pub signature: String,
}

/// Whether that is the gateway's, and where the order stands.
#[derive(Serialize, ToSchema)]
pub struct Verified {
    /// Only a signature that is the gateway's; whether money came is in the order.
    pub verified: bool,
    /// The order, after the gateway was asked.
    pub order: OrderBody,
}

/// A click at the pretended checkout.
#[derive(Deserialize, ToSchema)]
pub struct PretendBody {
    /// `success` or `failure`.
    pub outcome: String,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub struct OrderList {
    /// Latest first.
    pub orders: Vec<OrderBody>,
    /// What to ask for next as `before`; null on the last page.
    pub next: Option<String>,
}

impl OrderList {
    fn of(all: &[Order]) -> Self {
        let last = all.last().filter(|_| all.len() == ORDERS_MAX);
        Self {
            orders: all.iter().map(OrderBody::from).collect(),
            next: last.map(|it| it.id.to_string()),
        }
    }
}

/// Where a list goes on.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Before {
    /// The last order of the page before.
    before: Option<String>,
}

fn offer(it: &Offer) -> OfferBody {
    let package = |it: &parlor_domain::order::Package| PackageBody {
        id: it.id.clone(),
        coins: it.coins.0 / MILLI_PER_COIN,
        price_minor: it.price.minor,
        currency: it.price.currency.code().into(),
        digits: it.price.currency.digits(),
    };
    OfferBody {
        gateway: it.gateway.word().into(),
        needs_phone: it.needs_phone,
        packages: it.packages.iter().map(package).collect(),
    }
}

fn placed(rest: &Rest, it: &Placed) -> PlacedBody {
    let redirect = |url: String| CheckoutBody {
        kind: "redirect".into(),
        url: Some(url),
    };
    let checkout = it.checkout.as_ref().map(|checkout| match checkout {
        Checkout::Redirect(url) => redirect(url.clone()),
        Checkout::Params(_) => redirect(rest.services.checkout_page(it.order.id)),
        Checkout::Push => CheckoutBody {
            kind: "push".into(),
            url: None,
        },
    });
    PlacedBody {
        order: OrderBody::from(&it.order),
        checkout,
    }
}

pub(super) fn of_order(error: ServiceError) -> ApiError {
    match error {
        ServiceError::NotFound => no_order(),
        ServiceError::OutOfTurn(_) => ApiError::new(
            409,
            "conflict",
            "There are many open payments. Please finish one, or wait a few minutes.",
        ),
        other => other.into(),
    }
}

pub(super) fn no_order() -> ApiError {
    ApiError::new(404, "not_found", "There is no such payment.")
}

pub(super) fn order_id(text: &str) -> Result<OrderId, ApiError> {
    text.parse().map_err(|_| no_order())
}

fn gateway(text: &str) -> Result<Gateway, ApiError> {
    Gateway::parse(text).ok_or_else(|| ApiError::bad_request("There is no such way to pay."))
}

/// What can be bought, and how.
#[utoipa::path(tag = "payments", security(("bearer" = [])), responses(
    (status = 200, body = Offers), (status = 401, body = ErrorBody),
))]
#[get("/payment/offers")]
async fn price_list(rest: Data<Rest>, _: ByMember) -> Json<Offers> {
    let offers = rest.services.offers();
    Json(Offers {
        offers: offers.iter().map(offer).collect(),
    })
}

/// Buy coins. The same `Idempotency-Key` gives the same order.
#[utoipa::path(tag = "payments", security(("bearer" = [])), request_body = NewOrderBody,
    params(("Idempotency-Key" = String, Header)), responses(
    (status = 201, body = PlacedBody), (status = 400, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 502, body = ErrorBody),
))]
#[post("/payment/create-order")]
async fn create_order(
    rest: Data<Rest>,
    who: ByMember,
    request: HttpRequest,
    body: Json<NewOrderBody>,
) -> Result<HttpResponse, ApiError> {
    let key = request.headers().get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or("");
    let new = NewOrder {
        package: body.package.clone(),
        gateway: gateway(&body.gateway)?,
        phone: body.phone.clone(),
    };
    let made = match &body.meeting_id {
        None => rest.services.create_order(who.0, &new, key).await,
        Some(id) => {
            let id = meeting_id(id)?;
            rest.services.order_for_booking(who.0, id, &new, key).await
        }
    };
    let made = made.map_err(of_order)?;
    Ok(HttpResponse::Created()
        .insert_header((
            "Idempotent-Replay",
            if made.again { "true" } else { "false" },
        ))
        .json(placed(&rest, &made)))
}

/// Somebody is back from a checkout: the gateway is asked, and the order says where it stands.
#[utoipa::path(tag = "payments", security(("bearer" = [])), request_body = VerifyBody, responses(
    (status = 200, body = Verified), (status = 404, body = ErrorBody),
))]
#[post("/payment/verify")]
async fn verify_payment(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<VerifyBody>,
) -> Result<Json<Verified>, ApiError> {
    let id = order_id(&body.order_id)?;
    let shown = Shown {
        payment: body.payment_id.clone(),
        signature: body.signature.clone(),
    };
    let answer = rest.services.verify_payment(who.0, id, &shown).await;
    let (verified, order) = answer.map_err(of_order)?;
    Ok(Json(Verified {
        verified,
        order: OrderBody::from(&order),
    }))
}

/// One's own orders, latest first.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(Before), responses(
    (status = 200, body = OrderList), (status = 401, body = ErrorBody),
))]
#[get("/payment/orders")]
async fn own_orders(
    rest: Data<Rest>,
    who: ByMember,
    page: Query<Before>,
) -> Result<Json<OrderList>, ApiError> {
    let before = super::before(page.before.as_deref())?;
    let all = rest.services.orders(who.0, before, ORDERS_MAX)?;
    Ok(Json(OrderList::of(&all)))
}

/// One's own order, by the key that made it, perhaps in another tab.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(("key" = String, Path)), responses(
    (status = 200, body = OrderBody), (status = 404, body = ErrorBody),
))]
#[get("/payment/orders/by-key/{key}")]
async fn order_by_key(
    rest: Data<Rest>,
    who: ByMember,
    key: Path<String>,
) -> Result<Json<OrderBody>, ApiError> {
    let order = rest.services.order_of_key(who.0, &key);
    Ok(Json(OrderBody::from(&order.map_err(of_order)?)))
}

/// One's own order.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = OrderBody), (status = 404, body = ErrorBody),
))]
#[get("/payment/orders/{id}")]
async fn own_order(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<Json<OrderBody>, ApiError> {
    let order = rest.services.order(who.0, order_id(&id)?);
    Ok(Json(OrderBody::from(&order.map_err(of_order)?)))
}

/// Answer the pretended checkout, as a payer or their bank would. There only, and never in
/// production.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = PretendBody, responses(
    (status = 200, body = OrderBody), (status = 404, body = ErrorBody),
))]
#[post("/payment/demo/{id}")]
async fn pretend_payment(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<PretendBody>,
) -> Result<Json<OrderBody>, ApiError> {
    let outcome = match body.outcome.as_str() {
        "success" => Pretended::Success,
        "failure" => Pretended::Failure,
        _ => return Err(ApiError::bad_request("The outcome is success or failure.")),
    };
    let id = order_id(&id)?;
    let order = rest.services.pretend(who.0, id, outcome).await;
    Ok(Json(OrderBody::from(&order.map_err(of_order)?)))
}

/// The page that posts an order's form to its gateway. Its address holds a secret.
#[utoipa::path(tag = "payments", params(("id" = String, Path), ("token" = String, Path)), responses(
    (status = 200, body = String, content_type = "text/html"), (status = 404, body = ErrorBody),
))]
#[get("/payment/checkout/{id}/{token}")]
async fn checkout_page(
    rest: Data<Rest>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let form = rest.services.checkout_form(order_id(&path.0)?, &path.1);
    let form = form.map_err(of_order)?;
    let mut fields = String::new();
    for (name, value) in &form.fields {
        let (name, value) = (escaped(name), escaped(value));
        fields.push_str(&format!(
            "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n"
        ));
    }
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>To the payment page</title></head>\n\
         <body><main><h1>To the payment page</h1><form method=\"post\" action=\"{}\">\n{fields}\
         <button>Continue</button></form></main>\
         <script src=\"/api/payment/checkout.js\"></script></body></html>\n",
        escaped(&form.action),
    );
    // The form may go to the gateway, and nothing else may happen here.
    let target = form
        .action
        .splitn(4, '/')
        .take(3)
        .collect::<Vec<_>>()
        .join("/");
    let policy = format!(
        "default-src 'none'; script-src 'self'; base-uri 'none'; form-action {target}; frame-ancestors 'none'"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(page))
}

/// Posts that page's form at once; without scripts, its button does.
#[utoipa::path(tag = "payments", responses((status = 200, body = String, content_type = "text/javascript")))]
#[get("/payment/checkout.js")]
async fn checkout_script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body("document.forms[0].submit();\n")
}

/// What Razorpay's checkout posts back.
#[derive(Deserialize, ToSchema)]
pub struct RazorpayReturn {
    /// The payment; absent when it failed.
    #[serde(default)]
    pub razorpay_payment_id: String,
    /// Over our order's name and the payment's.
    #[serde(default)]
    pub razorpay_signature: String,
}

/// A browser comes back from Razorpay's checkout, sent by a form of theirs, without our token.
#[utoipa::path(tag = "payments", params(("id" = String, Path)),
    request_body(content = RazorpayReturn, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303), (status = 404, body = ErrorBody)))]
#[post("/payment/return/razorpay/{id}")]
async fn back_from_razorpay(
    rest: Data<Rest>,
    id: Path<String>,
    body: Form<RazorpayReturn>,
) -> Result<HttpResponse, ApiError> {
    let id = order_id(&id)?;
    let mut page = format!("/wallet/paid?order={id}");
    if body.razorpay_payment_id.is_empty() {
        page.push_str("&failed=1");
    } else {
        let shown = Shown {
            payment: body.razorpay_payment_id.clone(),
            signature: body.razorpay_signature.clone(),
        };
        rest.services
            .came_back(id, &shown)
            .await
            .map_err(of_order)?;
    }
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, page))
        .finish())
}

/// A gateway tells something. Signed over the raw body.
#[utoipa::path(tag = "payments", params(("gateway" = String, Path)), responses(
    (status = 200), (status = 403, body = ErrorBody), (status = 413, body = ErrorBody),
))]
#[post("/payment/webhook/{gateway}")]
async fn payment_webhook(
    rest: Data<Rest>,
    request: HttpRequest,
    name: Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    take_webhook(&rest, &request, &name, None, body).await
}

/// A gateway tells something about one order, at the address that only it was given.
#[utoipa::path(tag = "payments", params(("gateway" = String, Path), ("id" = String, Path), ("token" = String, Path)),
    responses((status = 200), (status = 404, body = ErrorBody), (status = 413, body = ErrorBody)))]
#[post("/payment/webhook/{gateway}/{id}/{token}")]
async fn webhook_of_order(
    rest: Data<Rest>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let of = Some((order_id(&path.1)?, path.2.as_str()));
    take_webhook(&rest, &request, &path.0, of, body).await
}

async fn take_webhook(
    rest: &Rest,
    request: &HttpRequest,
    name: &str,
    of: Option<(OrderId, &str)>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let too_large = || ApiError::new(413, "payload_too_large", "The request is too large.");
    let raw = body.to_bytes_limited(WEBHOOK_BYTES_MAX).await;
    let raw = raw
        .map_err(|_| too_large())?
        .map_err(|_| ApiError::bad_request("The request is not understood."))?;
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.into())))
        .collect();
    let header = |name: &str| {
        let found = headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.clone())
    };
    let hook = Hook {
        header: &header,
        body: &raw,
        now: rest.services.now(),
    };
    let outcome = rest
        .services
        .payment_webhook(gateway(name)?, of, hook)
        .await;
    outcome.map_err(of_order)?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "ResultCode": 0, "ResultDesc": "Accepted" })))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
