//! M-Pesa (Daraja): a push to the payer's phone, and a callback that proves nothing.
//!
//! Callbacks are not signed, may come twice, before our request is answered, or never. So a
//! callback is only a hint, and only at the order's own secret address: the money is believed when
//! the query says so. The sum cannot differ from what we asked for; should a callback claim another
//! one, the payment goes into suspense. Refunds are sent by hand (reversals need an operator's
//! certificate and are asynchronous), so this gateway cannot refund.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use parlor_domain::{
    ledger::Gateway as Name,
    money::Currency,
    order::{Input, Order, Payment, Price},
    time::{Millis, Timestamp},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use ureq::http::Method;

use super::{
    Answer, Ask, Checkout, Forged, Gateway, Hook, News, Probed, Shown, Taken, Told, Trouble,
    bounded,
    http::{Http, Reply},
};

/// Before a token ends, so that no request carries one that ends on its way.
const TOKEN_EARLY: Millis = Millis::from_mins(5);
/// Longest a token is used, whatever the answer says.
const TOKEN_MAX: Millis = Millis::from_mins(50);

/// Keys and addresses.
#[derive(Clone, Debug)]
pub struct MpesaConfig {
    /// Without a slash at the end.
    pub base_url: String,
    /// From the developer portal.
    pub consumer_key: SecretString,
    /// From the developer portal.
    pub consumer_secret: SecretString,
    /// Paybill or till number.
    pub shortcode: String,
    /// Of the push service.
    pub passkey: SecretString,
    /// A till ("buy goods") instead of a paybill number.
    pub till: bool,
}

pub(super) struct Mpesa {
    config: MpesaConfig,
    http: Http,
    token: Arc<Mutex<Option<(SecretString, Timestamp)>>>,
}

#[derive(Deserialize)]
struct TokenReply {
    access_token: String,
    /// A number in quotes, in practice.
    #[serde(default)]
    expires_in: Option<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Push<'a> {
    business_short_code: &'a str,
    password: String,
    timestamp: String,
    transaction_type: &'static str,
    amount: i64,
    party_a: &'a str,
    party_b: &'a str,
    phone_number: &'a str,
    #[serde(rename = "CallBackURL")]
    callback_url: &'a str,
    account_reference: String,
    transaction_desc: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Query<'a> {
    business_short_code: &'a str,
    password: String,
    timestamp: String,
    #[serde(rename = "CheckoutRequestID")]
    checkout_request_id: &'a str,
}

#[derive(Deserialize)]
struct PushReply {
    #[serde(rename = "CheckoutRequestID")]
    checkout_request_id: String,
    #[serde(rename = "ResponseCode")]
    response_code: String,
}

#[derive(Deserialize)]
struct QueryReply {
    #[serde(rename = "CheckoutRequestID")]
    checkout_request_id: String,
    /// A string in the documentation, a number now and then.
    #[serde(rename = "ResultCode")]
    result_code: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    error_code: String,
    #[serde(default)]
    error_message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Callback {
    body: CallbackBody,
}

#[derive(Deserialize)]
struct CallbackBody {
    #[serde(rename = "stkCallback")]
    stk: Stk,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stk {
    #[serde(rename = "CheckoutRequestID")]
    checkout_request_id: String,
    result_code: Box<RawValue>,
    #[serde(default)]
    callback_metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    item: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    name: String,
    #[serde(default)]
    value: Option<Box<RawValue>>,
}

impl Mpesa {
    pub fn new(config: MpesaConfig, http: Http) -> Self {
        Self {
            config,
            http,
            token: Arc::default(),
        }
    }

    /// A token that is still good, asked for when there is none.
    async fn token(&self, now: Timestamp) -> Result<SecretString, Trouble> {
        let mut kept = self.token.lock().await;
        if let Some((token, until)) = kept.as_ref()
            && now < *until
        {
            return Ok(token.clone());
        }
        let reply = self.ask_token().await?;
        if !reply.is_yes() {
            return Err(reply.trouble(None));
        }
        let reply: TokenReply = reply.json()?;
        let token = SecretString::from(reply.access_token);
        let life = reply
            .expires_in
            .and_then(|raw| whole(&raw))
            .unwrap_or(3_599);
        let life = Millis::from_secs(life.clamp(0, 86_400)).0 - TOKEN_EARLY.0;
        let until = now + Millis(life.clamp(0, TOKEN_MAX.0));
        *kept = Some((token.clone(), until));
        Ok(token)
    }

    async fn ask_token(&self) -> Result<Reply, Trouble> {
        let pair = format!(
            "{}:{}",
            self.config.consumer_key.expose_secret(),
            self.config.consumer_secret.expose_secret()
        );
        let url = format!(
            "{}/oauth/v1/generate?grant_type=client_credentials",
            self.config.base_url
        );
        let headers = [("authorization", format!("Basic {}", STANDARD.encode(pair)))];
        self.http.ask(Method::GET, &url, &headers, Vec::new()).await
    }

    async fn ask(&self, path: &str, body: Vec<u8>, now: Timestamp) -> Result<Reply, Trouble> {
        for fresh in [false, true] {
            if fresh {
                *self.token.lock().await = None;
            }
            let token = self.token(now).await?;
            let headers = [
                ("authorization", format!("Bearer {}", token.expose_secret())),
                ("content-type", "application/json".into()),
            ];
            let url = format!("{}{path}", self.config.base_url);
            let reply = self
                .http
                .ask(Method::POST, &url, &headers, body.clone())
                .await?;
            // A token can end before its time.
            if reply.status != 401 && !is_bad_token(&reply) {
                return Ok(reply);
            }
        }
        Err(Trouble::Refused("token".into()))
    }

    fn password(&self, stamp: &str) -> String {
        let passkey = self.config.passkey.expose_secret();
        STANDARD.encode(format!("{}{passkey}{stamp}", self.config.shortcode))
    }
}

/// One of the two codes that are said instead of 401.
fn is_bad_token(reply: &Reply) -> bool {
    let code = reply.json::<Refusal>().map(|it| it.error_code);
    code.is_ok_and(|code| matches!(code.as_str(), "404.001.03" | "401.003.01"))
}

/// YYYYMMDDHHMMSS where the gateway is.
fn stamp(now: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let there = jiff::tz::TimeZone::get("Africa/Nairobi").unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_zoned(there).strftime("%Y%m%d%H%M%S").to_string()
}

/// Minor units in one shilling.
const MINOR: i64 = 100;

impl Gateway for Mpesa {
    fn probe(&self) -> Answer<'_, Probed> {
        Box::pin(async move {
            // It says no to wrong keys with 400, too.
            let reply = self.ask_token().await?;
            match reply.is_yes() {
                true => reply.probed(self.config.base_url.contains("sandbox")),
                false => Err(reply.trouble(None)),
            }
        })
    }

    fn base_url(&self) -> &str {
        &self.config.base_url
    }

    fn name(&self) -> Name {
        Name::Mpesa
    }

    fn needs_phone(&self) -> bool {
        true
    }

    fn phone(&self, text: &str) -> Option<String> {
        phone(text)
    }

    fn create<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Taken> {
        Box::pin(async move {
            let order = ask.order;
            let phone = ask.phone.ok_or(Trouble::Unable)?;
            let stamp = stamp(ask.now);
            let code = self.config.shortcode.as_str();
            let short = order.id.0.simple().to_string();
            let body = Push {
                business_short_code: code,
                password: self.password(&stamp),
                timestamp: stamp,
                transaction_type: match self.config.till {
                    true => "CustomerBuyGoodsOnline",
                    false => "CustomerPayBillOnline",
                },
                amount: order.price.minor / MINOR,
                party_a: phone,
                party_b: code,
                phone_number: phone,
                callback_url: &ask.callback_url,
                // Twelve characters at most; the random end of the id.
                account_reference: short.chars().skip(20).collect(),
                transaction_desc: "Coins",
            };
            let body = serde_json::to_vec(&body).map_err(|_| Trouble::NotUnderstood)?;
            let reply = self
                .ask("/mpesa/stkpush/v1/processrequest", body, ask.now)
                .await?;
            if !reply.is_yes() {
                let code = reply.json::<Refusal>().ok().map(|it| it.error_code);
                return Err(reply.trouble(code));
            }
            let reply: PushReply = reply.json()?;
            if reply.response_code != "0" {
                return Err(Trouble::Refused(reply.response_code));
            }
            let reference = bounded(reply.checkout_request_id).ok_or(Trouble::NotUnderstood)?;
            Ok(Taken {
                reference,
                checkout: Checkout::Push,
            })
        })
    }

    fn again(&self, _: &Ask<'_>) -> Option<Checkout> {
        Some(Checkout::Push)
    }

    fn verify_return(&self, _: &Order, _: &Shown) -> Result<(), Forged> {
        Ok(())
    }

    fn check_webhook(&self, _: &Hook<'_>) -> Result<(), Forged> {
        // The secret in the address was checked before; there is nothing else to check.
        Ok(())
    }

    fn read_webhook(&self, body: &[u8]) -> Result<Told, Forged> {
        let callback: Callback = serde_json::from_slice(body).map_err(|_| Forged)?;
        let stk = callback.body.stk;
        let reference = bounded(stk.checkout_request_id).ok_or(Forged)?;
        let input = match whole(&stk.result_code) {
            Some(0) => claim(&reference, stk.callback_metadata.as_ref()).ok_or(Forged)?,
            Some(code) => Input::TryFailed(code.to_string()),
            None => return Err(Forged),
        };
        let news = News {
            order: None,
            payment: Some(reference.clone()),
            reference: Some(reference),
            input,
            confirm: true,
        };
        Ok(Told {
            name: body.to_vec(),
            news: vec![news],
        })
    }

    fn fetch<'a>(&'a self, order: &'a Order, now: Timestamp) -> Answer<'a, Vec<Input>> {
        Box::pin(async move {
            let reference = order.reference.as_deref().ok_or(Trouble::Unable)?;
            let stamp = stamp(now);
            let body = Query {
                business_short_code: &self.config.shortcode,
                password: self.password(&stamp),
                timestamp: stamp,
                checkout_request_id: reference,
            };
            let body = serde_json::to_vec(&body).map_err(|_| Trouble::NotUnderstood)?;
            let reply = self.ask("/mpesa/stkpushquery/v1/query", body, now).await?;
            if !reply.is_yes() {
                let said = reply.json::<Refusal>().map_err(|_| reply.trouble(None))?;
                // The same code also means wrong credentials; only the words tell.
                let waits = said.error_code == "500.001.1001"
                    && said.error_message.contains("being processed");
                return match waits {
                    true => Ok(Vec::new()),
                    false => Err(reply.trouble(Some(said.error_code))),
                };
            }
            let reply: QueryReply = reply.json()?;
            if reply.checkout_request_id != reference {
                return Err(Trouble::NotUnderstood);
            }
            Ok(match whole(&reply.result_code) {
                Some(0) => vec![Input::Paid(Payment {
                    id: reference.into(),
                    sum: order.price,
                    receipt: None,
                })],
                Some(code) => vec![Input::TryFailed(code.to_string())],
                None => return Err(Trouble::NotUnderstood),
            })
        })
    }
}

/// A Kenyan mobile number as 2547… or 2541…, from any of the ways people write it.
fn phone(text: &str) -> Option<String> {
    let seen = text.trim();
    let seen = seen.strip_prefix('+').unwrap_or(seen);
    if !seen
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b" -".contains(&byte))
    {
        return None;
    }
    let digits: String = seen.chars().filter(char::is_ascii_digit).collect();
    let local = digits
        .strip_prefix("254")
        .or_else(|| digits.strip_prefix('0'))
        .unwrap_or(&digits);
    let mobile = local.len() == 9 && (local.starts_with('7') || local.starts_with('1'));
    mobile.then(|| format!("254{local}"))
}

/// What a callback says that came.
fn claim(reference: &str, metadata: Option<&Metadata>) -> Option<Input> {
    let items = &metadata?.item;
    let value = |name: &str| {
        let item = items.iter().find(|item| item.name == name)?;
        item.value.as_deref()
    };
    let receipt: String = serde_json::from_str(value("MpesaReceiptNumber")?.get()).ok()?;
    Some(Input::Paid(Payment {
        id: reference.into(),
        sum: Price {
            minor: minor(value("Amount")?.get())?,
            currency: Currency::parse("KES").ok()?,
        },
        receipt: bounded(receipt),
    }))
}

/// A whole number, bare or in quotes.
fn whole(raw: &RawValue) -> Option<i64> {
    raw.get().trim_matches('"').parse().ok()
}

/// "150", "150.0" or "150.00" shillings in cents, read digit by digit: no fraction type comes near.
fn minor(text: &str) -> Option<i64> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(rest) {
        return None;
    }
    let (cents, beyond) = rest.split_at(rest.len().min(2));
    if beyond.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(MINOR)?
        .checked_add(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_without_a_fraction_type() {
        for (text, cents) in [
            ("1", Some(100)),
            ("1.0", Some(100)),
            ("1.00", Some(100)),
            ("150.5", Some(15_050)),
            ("150.50", Some(15_050)),
            ("150.500", Some(15_050)),
            ("0.01", Some(1)),
            ("1.005", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
            (".5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(minor(text), cents, "{text}");
        }
    }

    #[test]
    fn a_phone_is_understood_however_it_is_written() {
        for text in [
            "0708374149",
            "254708374149",
            "+254 708 374-149",
            "708374149",
        ] {
            assert_eq!(phone(text).as_deref(), Some("254708374149"), "{text}");
        }
        for text in ["", "12345", "+44 20 7946 0958", "070837414x", "0808374149"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn the_stamp_is_the_gateways_local_time() {
        assert_eq!(stamp(Timestamp(1_800_000_000_000)), "20270115110000");
    }
}
