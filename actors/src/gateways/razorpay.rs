//! Razorpay: an order, its hosted checkout by a posted form, signed returns and webhooks, refunds.
//!
//! The return's signature proves that the browser comes from the checkout of our order; whether
//! the money was captured is asked. A webhook is signed over its raw body; the previous secret is
//! still good for events that were signed before it was changed.

use base64::{Engine, engine::general_purpose::STANDARD};
use parlor_domain::{
    id::OrderId,
    ledger::Gateway as Name,
    order::{Input, Order},
    time::Timestamp,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use ureq::http::Method;

use super::{
    Answer, Ask, Checkout, Forged, Gateway, Hook, News, Params, Probed, RefundState, Shown, Taken,
    Told, Trouble, bounded,
    http::{Http, Reply},
    paid, seconds,
    sign::is_signed,
};

/// Minutes in which a late authorisation is still captured: the most that is allowed (5 days).
const CAPTURE_MIN: u32 = 7_200;
/// An order that nobody has: asking for it shows whether the keys are known.
const NO_ORDER: &str = "order_00000000000000";

/// Keys and addresses.
#[derive(Clone, Debug)]
pub struct RazorpayConfig {
    /// Without a slash at the end.
    pub base_url: String,
    /// The public half.
    pub key_id: String,
    /// The secret half.
    pub key_secret: SecretString,
    /// Secrets of the webhook, the current one first.
    pub webhook_secrets: Vec<SecretString>,
    /// What the checkout calls the seller.
    pub shop_name: String,
}

pub(super) struct Razorpay {
    config: RazorpayConfig,
    http: Http,
}

#[derive(Serialize)]
struct NewOrder<'a> {
    amount: i64,
    currency: &'a str,
    receipt: String,
    partial_payment: bool,
    payment: Capture,
}

#[derive(Serialize)]
struct Capture {
    capture: &'static str,
    capture_options: CaptureOptions,
}

#[derive(Serialize)]
struct CaptureOptions {
    automatic_expiry_period: u32,
    refund_speed: &'static str,
}

#[derive(Deserialize)]
struct OrderReply {
    id: String,
    #[serde(default)]
    receipt: Option<String>,
}

#[derive(Deserialize)]
struct Payments {
    items: Vec<PaymentBody>,
}

#[derive(Deserialize)]
struct PaymentBody {
    id: String,
    amount: i64,
    currency: String,
    status: String,
    #[serde(default)]
    order_id: Option<String>,
    #[serde(default)]
    captured: Option<bool>,
    #[serde(default)]
    amount_refunded: Option<i64>,
    #[serde(default)]
    error_code: Option<String>,
}

#[derive(Serialize)]
struct NewRefund<'a> {
    amount: i64,
    speed: &'static str,
    receipt: &'a str,
}

#[derive(Deserialize)]
struct RefundReply {
    status: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalBody,
}

#[derive(Deserialize)]
struct RefusalBody {
    code: String,
}

#[derive(Deserialize)]
struct Event {
    event: String,
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    payment: Option<Entity<PaymentBody>>,
    #[serde(default)]
    dispute: Option<Entity<DisputeBody>>,
    #[serde(default)]
    refund: Option<Entity<RefundBody>>,
}

/// An empty collection comes as a list; then there is nothing.
#[derive(Deserialize)]
struct Entity<T> {
    #[serde(deserialize_with = "or_nothing", bound = "T: Deserialize<'de>")]
    entity: Option<T>,
}

fn or_nothing<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<T> {
        Body(T),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Either::deserialize(from)? {
        Either::Body(body) => Some(body),
        Either::Other(_) => None,
    })
}

#[derive(Deserialize)]
struct DisputeBody {
    payment_id: String,
    amount: i64,
    /// In seconds.
    respond_by: Option<i64>,
}

#[derive(Deserialize)]
struct RefundBody {
    id: String,
    payment_id: String,
    amount: i64,
    /// The key that we sent; nothing when it was made in the gateway's own pages.
    #[serde(default)]
    receipt: Option<String>,
}

impl Razorpay {
    pub fn new(config: RazorpayConfig, http: Http) -> Self {
        Self { config, http }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        more: &[(&str, String)],
    ) -> Result<Reply, Trouble> {
        let reply = self.say(method, path, body, more).await?;
        match reply.is_yes() {
            true => Ok(reply),
            false => Err(reply.trouble(reply.json::<Refusal>().ok().map(|it| it.error.code))),
        }
    }

    /// Whatever the answer is.
    async fn say(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        more: &[(&str, String)],
    ) -> Result<Reply, Trouble> {
        let pair = format!(
            "{}:{}",
            self.config.key_id,
            self.config.key_secret.expose_secret()
        );
        let mut headers = vec![
            ("authorization", format!("Basic {}", STANDARD.encode(pair))),
            ("content-type", "application/json".into()),
        ];
        headers.extend_from_slice(more);
        let url = format!("{}{path}", self.config.base_url);
        self.http.ask(method, &url, &headers, body).await
    }

    fn form(&self, reference: &str, ask: &Ask<'_>) -> Checkout {
        let order = ask.order;
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Checkout::Params(Params {
            action: format!("{}/v1/checkout/embedded", self.config.base_url),
            fields: vec![
                field("key_id", &self.config.key_id),
                field("order_id", reference),
                field("amount", &order.price.minor.to_string()),
                field("currency", order.price.currency.code()),
                field("name", &self.config.shop_name),
                field(
                    "callback_url",
                    &format!(
                        "{}/api/payment/return/razorpay/{}",
                        ask.public_url, order.id
                    ),
                ),
                field("cancel_url", &format!("{}&cancelled=1", ask.return_url)),
            ],
        })
    }
}

impl Gateway for Razorpay {
    fn name(&self) -> Name {
        Name::Razorpay
    }

    fn probe(&self) -> Answer<'_, Probed> {
        Box::pin(async move {
            let path = format!("/v1/orders/{NO_ORDER}");
            let reply = self.say(Method::GET, &path, Vec::new(), &[]).await?;
            reply.probed(self.config.key_id.starts_with("rzp_test_"))
        })
    }

    fn base_url(&self) -> &str {
        &self.config.base_url
    }

    fn create<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Taken> {
        Box::pin(async move {
            let order = ask.order;
            let body = json(&NewOrder {
                amount: order.price.minor,
                currency: order.price.currency.code(),
                receipt: order.id.to_string(),
                partial_payment: false,
                payment: Capture {
                    capture: "automatic",
                    capture_options: CaptureOptions {
                        automatic_expiry_period: CAPTURE_MIN,
                        refund_speed: "normal",
                    },
                },
            })?;
            let reply = self.ask(Method::POST, "/v1/orders", body, &[]).await?;
            let made: OrderReply = reply.json()?;
            let reference = bounded(made.id).ok_or(Trouble::NotUnderstood)?;
            Ok(Taken {
                checkout: self.form(&reference, ask),
                reference,
            })
        })
    }

    fn again(&self, ask: &Ask<'_>) -> Option<Checkout> {
        Some(self.form(ask.order.reference.as_deref()?, ask))
    }

    fn verify_return(&self, order: &Order, shown: &Shown) -> Result<(), Forged> {
        // The order's name is the one that we keep, not the one that came along.
        let reference = order.reference.as_deref().ok_or(Forged)?;
        let message = format!("{reference}|{}", shown.payment);
        let secret = self.config.key_secret.expose_secret();
        match is_signed(secret, message.as_bytes(), &shown.signature) {
            true => Ok(()),
            false => Err(Forged),
        }
    }

    fn check_webhook(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        let signature = (hook.header)("x-razorpay-signature").ok_or(Forged)?;
        let good = |secret: &SecretString| is_signed(secret.expose_secret(), hook.body, &signature);
        match self.config.webhook_secrets.iter().any(good) {
            true => Ok(()),
            false => Err(Forged),
        }
    }

    fn read_webhook(&self, body: &[u8]) -> Result<Told, Forged> {
        let event: Event = serde_json::from_slice(body).map_err(|_| Forged)?;
        // The event's id is in a header, which nobody signed; the body is what is repeated.
        Ok(Told {
            name: body.to_vec(),
            news: news(event).into_iter().collect(),
        })
    }

    fn fetch<'a>(&'a self, order: &'a Order, _: Timestamp) -> Answer<'a, Vec<Input>> {
        Box::pin(async move {
            let reference = order.reference.as_deref().ok_or(Trouble::Unable)?;
            let path = format!("/v1/orders/{}/payments", plain(reference)?);
            let reply = self.ask(Method::GET, &path, Vec::new(), &[]).await?;
            let mut items = reply.json::<Payments>()?.items;
            // A failed try before a good one is no news.
            items.sort_by_key(|it| !is_captured(it));
            let some_came = items.iter().any(is_captured);
            Ok(items
                .iter()
                .filter(|it| is_captured(it) || !some_came)
                .flat_map(inputs)
                .collect())
        })
    }

    fn whose<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<OrderId>> {
        Box::pin(async move {
            let path = format!("/v1/orders/{}", plain(reference)?);
            let reply = self.ask(Method::GET, &path, Vec::new(), &[]).await?;
            let receipt = reply.json::<OrderReply>()?.receipt;
            Ok(receipt.and_then(|receipt| receipt.parse().ok()))
        })
    }

    fn refund<'a>(&'a self, order: &'a Order, key: &'a str, minor: i64) -> Answer<'a, RefundState> {
        Box::pin(async move {
            let payment = order.payment.as_deref().ok_or(Trouble::Unable)?;
            let path = format!("/v1/payments/{}/refund", plain(payment)?);
            let body = json(&NewRefund {
                amount: minor,
                speed: "normal",
                receipt: key,
            })?;
            let once = [("x-refund-idempotency", key.to_owned())];
            let reply = self.ask(Method::POST, &path, body, &once).await?;
            Ok(match reply.json::<RefundReply>()?.status.as_str() {
                "processed" => RefundState::Done,
                "failed" => RefundState::Failed,
                _ => RefundState::Pending,
            })
        })
    }
}

/// A name that goes into a path, if it is one.
fn plain(name: &str) -> Result<&str, Trouble> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match !name.is_empty() && name.bytes().all(fine) {
        true => Ok(name),
        false => Err(Trouble::Unable),
    }
}

fn json(body: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    serde_json::to_vec(body).map_err(|_| Trouble::NotUnderstood)
}

fn is_captured(it: &PaymentBody) -> bool {
    it.captured.unwrap_or(false) || matches!(it.status.as_str(), "captured" | "refunded")
}

fn inputs(it: &PaymentBody) -> Vec<Input> {
    if !is_captured(it) {
        let failed = it.status == "failed";
        let code = it.error_code.clone().unwrap_or_else(|| "failed".into());
        return failed
            .then_some(Input::TryFailed(code))
            .into_iter()
            .collect();
    }
    let back = it.amount_refunded.filter(|minor| *minor > 0);
    let back = back.map(|total_minor| Input::Refunded {
        payment: it.id.clone(),
        total_minor,
    });
    paid(it.id.clone(), it.amount, &it.currency)
        .into_iter()
        .chain(back)
        .collect()
}

fn news(event: Event) -> Option<News> {
    let payment = event.payload.payment.and_then(|it| it.entity);
    let dispute = event.payload.dispute.and_then(|it| it.entity);
    let refund = event.payload.refund.and_then(|it| it.entity);
    let input = match event.event.as_str() {
        "payment.captured" | "order.paid" | "payment.authorized" => {
            let it = payment.as_ref().filter(|it| is_captured(it))?;
            paid(it.id.clone(), it.amount, &it.currency)?
        }
        "payment.failed" => {
            let code = payment.as_ref()?.error_code.clone();
            Input::TryFailed(code.unwrap_or_else(|| "failed".into()))
        }
        // A payment that was never captured goes back by itself; nobody was credited for it.
        "refund.processed" => {
            let it = payment.as_ref().filter(|it| it.captured != Some(false))?;
            Input::Refunded {
                payment: it.id.clone(),
                total_minor: it.amount_refunded?,
            }
        }
        "refund.failed" => {
            let it = refund.as_ref()?;
            Input::RefundFailed {
                payment: it.payment_id.clone(),
                refund: bounded(it.id.clone())?,
                key: it.receipt.clone(),
                minor: it.amount,
            }
        }
        "payment.dispute.created" => {
            let it = dispute.as_ref()?;
            Input::Disputed {
                payment: it.payment_id.clone(),
                minor: it.amount,
                answer_by: it.respond_by.map(seconds),
            }
        }
        "payment.dispute.won" | "payment.dispute.closed" | "payment.dispute.lost" => {
            Input::DisputeOver {
                payment: dispute.as_ref()?.payment_id.clone(),
                won: !event.event.ends_with("lost"),
            }
        }
        _ => return None,
    };
    let of_dispute = dispute.map(|it| it.payment_id);
    let of_refund = refund.map(|it| it.payment_id);
    let (reference, id) = payment.map(|it| (it.order_id, it.id)).unzip();
    Some(News {
        order: None,
        reference: reference.flatten().and_then(bounded),
        payment: of_dispute.or(id).or(of_refund).and_then(bounded),
        input,
        confirm: false,
    })
}
