//! Stripe: a Checkout Session by redirect, signed webhooks, refunds.
//!
//! While a webhook's secret is changed, events carry two signatures, and either may be the one that
//! we know: any `v1` that matches is enough. A stamp older than five minutes is a replay.

use parlor_domain::{
    id::OrderId,
    ledger::Gateway as Name,
    order::{Input, Order},
    time::{Millis, Timestamp},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use ureq::http::Method;

use super::{
    Answer, Ask, Checkout, Forged, Gateway, Hook, News, Probed, RefundState, Shown, Taken, Told,
    Trouble, bounded, form,
    http::{Http, Reply},
    paid, seconds,
    sign::is_signed,
};

/// The interface that the fields below are of.
const VERSION: &str = "2024-06-20";
/// How old a signed stamp may be, and how far ahead our clock may be behind.
const TOLERANCE: Millis = Millis::from_secs(300);
/// Signatures in one header that are looked at.
const SIGNATURES_MAX: usize = 8;
/// A session that nobody has: asking for it shows whether the key is known.
const NO_SESSION: &str = "cs_test_00000000000000";
/// A session lives half an hour at least; a minute more, because clocks differ.
const SESSION_LIFE: Millis = Millis::from_mins(31);

/// Keys and addresses.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// Without a slash at the end.
    pub base_url: String,
    /// `sk_…`.
    pub secret_key: SecretString,
    /// `whsec_…`, the current one first.
    pub webhook_secrets: Vec<SecretString>,
}

pub(super) struct Stripe {
    config: StripeConfig,
    http: Http,
}

#[derive(Deserialize)]
struct Session {
    id: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    payment_status: Option<String>,
    #[serde(default)]
    payment_intent: Option<String>,
    #[serde(default)]
    amount_total: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    client_reference_id: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: serde_json::Value,
}

#[derive(Deserialize)]
struct Charge {
    payment_intent: String,
    #[serde(default)]
    amount_refunded: i64,
}

#[derive(Deserialize)]
struct Dispute {
    payment_intent: String,
    amount: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    evidence_details: Option<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    /// In seconds; none when there is nothing to answer.
    due_by: Option<i64>,
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
    #[serde(default)]
    code: Option<String>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Refund {
    id: String,
    payment_intent: String,
    amount: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    /// Ours; nothing when the refund was made in the gateway's own pages.
    #[serde(default)]
    key: Option<String>,
}

impl Stripe {
    pub fn new(config: StripeConfig, http: Http) -> Self {
        Self { config, http }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, String)],
        once: Option<&str>,
    ) -> Result<Reply, Trouble> {
        let reply = self.say(method, path, fields, once).await?;
        if reply.is_yes() {
            return Ok(reply);
        }
        let said = reply.json::<Refusal>().ok().map(|it| it.error);
        Err(reply.trouble(said.map(|it| it.code.unwrap_or(it.kind))))
    }

    /// Whatever the answer is.
    async fn say(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, String)],
        once: Option<&str>,
    ) -> Result<Reply, Trouble> {
        let key = self.config.secret_key.expose_secret();
        let mut headers = vec![
            ("authorization", format!("Bearer {key}")),
            ("stripe-version", VERSION.into()),
        ];
        if method == Method::POST {
            let kind = "application/x-www-form-urlencoded";
            headers.push(("content-type", kind.into()));
        }
        if let Some(once) = once {
            headers.push(("idempotency-key", once.into()));
        }
        let url = format!("{}{path}", self.config.base_url);
        let body = form::encode(fields).into_bytes();
        self.http.ask(method, &url, &headers, body).await
    }
}

impl Gateway for Stripe {
    fn name(&self) -> Name {
        Name::Stripe
    }

    fn probe(&self) -> Answer<'_, Probed> {
        Box::pin(async move {
            let path = format!("/v1/checkout/sessions/{NO_SESSION}");
            let reply = self.say(Method::GET, &path, &[], None).await?;
            let key = self.config.secret_key.expose_secret();
            reply.probed(key.starts_with("sk_test_") || key.starts_with("rk_test_"))
        })
    }

    fn base_url(&self) -> &str {
        &self.config.base_url
    }

    fn create<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Taken> {
        Box::pin(async move {
            let order = ask.order;
            let id = order.id.to_string();
            let coins = order.coins.0 / parlor_domain::money::MILLI_PER_COIN;
            let until = (ask.now + SESSION_LIFE).0 / 1_000;
            let line = |rest: &str| format!("line_items[0]{rest}");
            let fields = [
                ("mode".into(), "payment".into()),
                (line("[quantity]"), "1".into()),
                (
                    line("[price_data][currency]"),
                    order.price.currency.code().to_lowercase(),
                ),
                (
                    line("[price_data][unit_amount]"),
                    order.price.minor.to_string(),
                ),
                (
                    line("[price_data][product_data][name]"),
                    format!("{coins} coins"),
                ),
                ("success_url".into(), ask.return_url.clone()),
                (
                    "cancel_url".into(),
                    format!("{}&cancelled=1", ask.return_url),
                ),
                ("client_reference_id".into(), id.clone()),
                ("metadata[order]".into(), id.clone()),
                ("payment_intent_data[metadata][order]".into(), id.clone()),
                ("expires_at".into(), until.to_string()),
            ];
            let fields: Vec<(&str, String)> = fields
                .iter()
                .map(|(name, value): &(String, String)| (name.as_str(), value.clone()))
                .collect();
            let reply = self
                .ask(Method::POST, "/v1/checkout/sessions", &fields, Some(&id))
                .await?;
            let session: Session = reply.json()?;
            let page = session.url.ok_or(Trouble::NotUnderstood)?;
            Ok(Taken {
                reference: bounded(session.id).ok_or(Trouble::NotUnderstood)?,
                checkout: Checkout::Redirect(page),
            })
        })
    }

    fn again(&self, ask: &Ask<'_>) -> Option<Checkout> {
        ask.order.page.clone().map(Checkout::Redirect)
    }

    fn verify_return(&self, _: &Order, _: &Shown) -> Result<(), Forged> {
        // Nothing is signed here; the session is asked for.
        Ok(())
    }

    fn check_webhook(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        let header = (hook.header)("stripe-signature").ok_or(Forged)?;
        let parts = || header.split(',').filter_map(|it| it.trim().split_once('='));
        let stamp = parts().find(|(name, _)| *name == "t").ok_or(Forged)?.1;
        let at: i64 = stamp.parse().map_err(|_| Forged)?;
        let at = Timestamp(at.checked_mul(1_000).ok_or(Forged)?);
        if hook.now.since(at) > TOLERANCE || at.since(hook.now) > TOLERANCE {
            return Err(Forged);
        }
        let message = [stamp.as_bytes(), b".", hook.body].concat();
        let mut shown = parts()
            .filter(|(name, _)| *name == "v1")
            .take(SIGNATURES_MAX);
        let good = shown.any(|(_, signature)| {
            let of = |it: &SecretString| is_signed(it.expose_secret(), &message, signature);
            self.config.webhook_secrets.iter().any(of)
        });
        match good {
            true => Ok(()),
            false => Err(Forged),
        }
    }

    fn read_webhook(&self, body: &[u8]) -> Result<Told, Forged> {
        let event: Event = serde_json::from_slice(body).map_err(|_| Forged)?;
        Ok(Told {
            name: event.id.clone().into_bytes(),
            news: news(event).into_iter().collect(),
        })
    }

    fn fetch<'a>(&'a self, order: &'a Order, _: Timestamp) -> Answer<'a, Vec<Input>> {
        Box::pin(async move {
            let reference = order.reference.as_deref().ok_or(Trouble::Unable)?;
            let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if !reference.bytes().all(fine) {
                return Err(Trouble::Unable);
            }
            let path = format!("/v1/checkout/sessions/{reference}");
            let session: Session = self.ask(Method::GET, &path, &[], None).await?.json()?;
            if session.id != reference {
                return Err(Trouble::NotUnderstood);
            }
            let expired = session.status.as_deref() == Some("expired");
            Ok(match came(&session) {
                Some(input) => vec![input],
                None if expired => vec![Input::GivenUp],
                None => Vec::new(),
            })
        })
    }

    fn refund<'a>(&'a self, order: &'a Order, key: &'a str, minor: i64) -> Answer<'a, RefundState> {
        Box::pin(async move {
            let payment = order.payment.clone().ok_or(Trouble::Unable)?;
            let fields = [
                ("payment_intent", payment),
                ("amount", minor.to_string()),
                ("metadata[key]", key.to_owned()),
            ];
            let reply = self
                .ask(Method::POST, "/v1/refunds", &fields, Some(key))
                .await?;
            Ok(match reply.json::<RefundReply>()?.status.as_str() {
                "succeeded" => RefundState::Done,
                "failed" | "canceled" => RefundState::Failed,
                _ => RefundState::Pending,
            })
        })
    }
}

/// The money of a session, if it came.
fn came(session: &Session) -> Option<Input> {
    if session.payment_status.as_deref() != Some("paid") {
        return None;
    }
    let payment = session.payment_intent.clone()?;
    paid(payment, session.amount_total?, session.currency.as_deref()?)
}

fn news(event: Event) -> Option<News> {
    let object = event.data.object;
    let (session, payment, input) = match event.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            let session: Session = serde_json::from_value(object).ok()?;
            let input = came(&session)?;
            (Some(session), None, input)
        }
        "checkout.session.async_payment_failed" => {
            let session: Session = serde_json::from_value(object).ok()?;
            (Some(session), None, Input::TryFailed("declined".into()))
        }
        "checkout.session.expired" => {
            let session: Session = serde_json::from_value(object).ok()?;
            (Some(session), None, Input::GivenUp)
        }
        "charge.refunded" => {
            let it: Charge = serde_json::from_value(object).ok()?;
            let input = Input::Refunded {
                payment: it.payment_intent.clone(),
                total_minor: it.amount_refunded,
            };
            (None, Some(it.payment_intent), input)
        }
        // One name is older than the other; the last word of a refund comes under all of them.
        "refund.failed" | "refund.updated" | "charge.refund.updated" => {
            let it: Refund = serde_json::from_value(object).ok()?;
            if !matches!(it.status.as_str(), "failed" | "canceled") {
                return None;
            }
            let input = Input::RefundFailed {
                payment: it.payment_intent.clone(),
                refund: bounded(it.id)?,
                key: it.metadata.key,
                minor: it.amount,
            };
            (None, Some(it.payment_intent), input)
        }
        "charge.dispute.created" | "charge.dispute.closed" => {
            let it: Dispute = serde_json::from_value(object).ok()?;
            let payment = it.payment_intent.clone();
            let input = match event.kind.ends_with("closed") {
                true => Input::DisputeOver {
                    payment,
                    won: matches!(it.status.as_str(), "won" | "warning_closed"),
                },
                false => Input::Disputed {
                    payment,
                    minor: it.amount,
                    answer_by: it.evidence_details.and_then(|it| it.due_by).map(seconds),
                },
            };
            (None, Some(it.payment_intent), input)
        }
        _ => return None,
    };
    let intent = session.as_ref().and_then(|it| it.payment_intent.clone());
    let ours = session
        .as_ref()
        .and_then(|it| it.client_reference_id.as_ref());
    Some(News {
        order: ours.and_then(|id| id.parse::<OrderId>().ok()),
        reference: session.and_then(|it| bounded(it.id)),
        payment: payment.or(intent).and_then(bounded),
        input,
        confirm: false,
    })
}
