//! Gateways: how money comes in. One trait, four ways: Razorpay, Stripe, M-Pesa and a pretended one
//! for development.
//!
//! A gateway translates and proves: it asks for a checkout, says whether a message is truly the
//! gateway's, and reads what it means. What the news does is decided by `domain::order`, and done
//! by the payments service. All of them use the gateway's own pages (hosted checkout, redirect or a
//! push to a phone), so that no script of a third party runs on ours.
//!
//! Must never: log a secret or a body, believe a sum from a browser, or compare a signature in a
//! time that depends on it. Start at [`Gateway`], then [`Gateways::build`].

mod demo;
mod form;
mod http;
mod mpesa;
mod razorpay;
mod sign;
mod stripe;
#[cfg(test)]
mod tests;

use std::{future::Future, pin::Pin, sync::Arc};

use parlor_domain::{
    id::OrderId,
    ledger::Gateway as Name,
    order::{Input, Order, Package, Payment},
    time::Timestamp,
};

pub use mpesa::MpesaConfig;
pub use razorpay::RazorpayConfig;
pub use stripe::StripeConfig;

/// A boxed answer of a gateway.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

/// Why a gateway did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer; whether it was done is not known.
    #[error("the gateway did not answer")]
    Silent,
    /// It asks for patience (429, 5xx).
    #[error("the gateway is busy")]
    Busy,
    /// It said no, with this code. Never words: they may name a person.
    #[error("the gateway refused: {0}")]
    Refused(String),
    /// It said something that its documentation does not know.
    #[error("the gateway's answer is not understood")]
    NotUnderstood,
    /// It cannot do this at all.
    #[error("the gateway cannot do this")]
    Unable,
}

impl Trouble {
    /// A short code for the order's record.
    pub fn code(&self) -> String {
        match self {
            Self::Silent => "silent".into(),
            Self::Busy => "busy".into(),
            Self::NotUnderstood => "not-understood".into(),
            Self::Unable => "unable".into(),
            Self::Refused(code) => code.chars().take(64).collect(),
        }
    }
}

/// A message is not the gateway's: wrong signature, too old, or not readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not from the gateway")]
pub struct Forged;

/// What a checkout needs besides the order.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// What is bought.
    pub order: &'a Order,
    /// The server's address, without a slash at the end.
    pub public_url: &'a str,
    /// Where the payer comes back to.
    pub return_url: String,
    /// Where the gateway sends its word about this order alone (M-Pesa); holds a secret.
    pub callback_url: String,
    /// The payer's phone, digits with the country's code.
    pub phone: Option<&'a str>,
    /// The instant.
    pub now: Timestamp,
}

/// The gateway took an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its own name of the order.
    pub reference: String,
    /// How the payer goes on.
    pub checkout: Checkout,
}

/// How a payer goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkout {
    /// To this page of the gateway.
    Redirect(String),
    /// To the gateway by a form that a page of ours posts.
    Params(Params),
    /// By looking at the phone.
    Push,
}

/// A form that is posted to a gateway's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// Where it goes.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

/// What a browser brought back from a gateway's page. Nothing in it is believed.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The gateway's name of the payment.
    pub payment: String,
    /// The gateway's signature.
    pub signature: String,
}

/// A request to a webhook.
pub struct Hook<'a> {
    /// A header's value, by its name in lower case.
    pub header: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The instant.
    pub now: Timestamp,
}

/// What a webhook told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What stays the same when the gateway says it again.
    pub name: Vec<u8>,
    /// News, oldest first; empty for events that mean nothing to us.
    pub news: Vec<News>,
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Our order, when the gateway carries our id in a field that no payer can write.
    pub order: Option<OrderId>,
    /// The gateway's name of the order.
    pub reference: Option<String>,
    /// The gateway's name of the payment.
    pub payment: Option<String>,
    /// What became known.
    pub input: Input,
    /// The message proves nothing; ask the gateway before it is believed.
    pub confirm: bool,
}

/// A gateway that knows our keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// Whether they are for trying things out.
    pub test: bool,
    /// What time it is there: the `Date` of its answer, as it came.
    pub date: Option<String>,
}

/// How a refund stands at the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// The money is on its way back.
    Done,
    /// The gateway works on it.
    Pending,
    /// It will not happen.
    Failed,
}

/// A way to be paid.
pub trait Gateway: Send + Sync {
    /// Which one.
    fn name(&self) -> Name;

    /// Asks for a checkout. Asking twice for one order makes one checkout, as far as the gateway
    /// can know.
    fn create<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Taken>;

    /// How the payer of an order that was taken before goes on.
    fn again(&self, ask: &Ask<'_>) -> Option<Checkout>;

    /// Whether a browser truly comes from the gateway. Says nothing about money: ask [`Self::fetch`].
    fn verify_return(&self, order: &Order, shown: &Shown) -> Result<(), Forged>;

    /// Checks that a webhook is the gateway's.
    fn check_webhook(&self, hook: &Hook<'_>) -> Result<(), Forged>;

    /// Reads a webhook's body that was checked before.
    fn read_webhook(&self, body: &[u8]) -> Result<Told, Forged>;

    /// Checks and reads.
    fn parse_webhook(&self, hook: &Hook<'_>) -> Result<Told, Forged> {
        self.check_webhook(hook)?;
        self.read_webhook(hook.body)
    }

    /// Asks what became of an order; no news is an empty list. Only for orders with a reference.
    fn fetch<'a>(&'a self, order: &'a Order, now: Timestamp) -> Answer<'a, Vec<Input>>;

    /// Asks which of our orders the gateway's name of one belongs to.
    fn whose<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<OrderId>> {
        let _ = reference;
        Box::pin(async { Ok(None) })
    }

    /// Asks something harmless that only our keys open, to see whether they do. Reads nothing of
    /// anybody's.
    fn probe(&self) -> Answer<'_, Probed> {
        Box::pin(async { Ok(Probed::default()) })
    }

    /// Where it answers; empty for the pretended one.
    fn base_url(&self) -> &str {
        ""
    }

    /// Sends money back, once per `key`.
    fn refund<'a>(&'a self, order: &'a Order, key: &'a str, minor: i64) -> Answer<'a, RefundState> {
        let _ = (order, key, minor);
        Box::pin(async { Err(Trouble::Unable) })
    }

    /// The pretended gateway answers as a payer would, and no other does.
    fn pretend(&self, order: &Order, outcome: Pretended) -> Option<Input> {
        let _ = (order, outcome);
        None
    }

    /// Whether a phone number is needed.
    fn needs_phone(&self) -> bool {
        false
    }

    /// A phone number in the form that the gateway takes, if it is one of its own.
    fn phone(&self, text: &str) -> Option<String> {
        let _ = text;
        None
    }
}

/// What somebody at the pretended checkout clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pretended {
    /// Pay.
    Success,
    /// The bank says no.
    Failure,
}

/// What is configured.
#[derive(Clone, Debug, Default)]
pub struct GatewaysConfig {
    /// With keys.
    pub razorpay: Option<RazorpayConfig>,
    /// With keys.
    pub stripe: Option<StripeConfig>,
    /// With keys.
    pub mpesa: Option<MpesaConfig>,
    /// The pretended one, when no other is there. Never in production.
    pub demo: bool,
    /// What can be bought.
    pub packages: Vec<Package>,
}

/// All gateways that are set up, and the price list. A cheap handle.
#[derive(Clone, Default)]
pub struct Gateways(Arc<House>);

#[derive(Default)]
struct House {
    doors: Vec<Box<dyn Gateway>>,
    packages: Vec<Package>,
}

impl Gateways {
    /// Those that have keys; without any, the pretended one if it is allowed.
    pub fn build(config: GatewaysConfig) -> Self {
        let http = http::Http::new();
        let mut doors: Vec<Box<dyn Gateway>> = Vec::new();
        if let Some(it) = config.razorpay {
            doors.push(Box::new(razorpay::Razorpay::new(it, http.clone())));
        }
        if let Some(it) = config.stripe {
            doors.push(Box::new(stripe::Stripe::new(it, http.clone())));
        }
        if let Some(it) = config.mpesa {
            doors.push(Box::new(mpesa::Mpesa::new(it, http)));
        }
        if doors.is_empty() && config.demo {
            doors.push(Box::new(demo::Demo));
        }
        Self(Arc::new(House {
            doors,
            packages: config.packages,
        }))
    }

    /// The gateway of this name, if it is set up.
    pub fn get(&self, name: Name) -> Option<&dyn Gateway> {
        let found = self.0.doors.iter().find(|door| door.name() == name);
        found.map(AsRef::as_ref)
    }

    /// Every gateway that is set up, with what can be bought through it.
    pub fn offers(&self) -> impl Iterator<Item = (&dyn Gateway, Vec<&Package>)> {
        self.0.doors.iter().map(|door| {
            let payable = |it: &&Package| it.is_payable(door.name());
            let packages = self.0.packages.iter().filter(payable).collect();
            (door.as_ref(), packages)
        })
    }

    /// The package of this name, if this gateway can take its price.
    pub fn package(&self, id: &str, through: Name) -> Option<&Package> {
        let mut all = self.0.packages.iter();
        all.find(|it| it.id == id && it.is_payable(through))
    }
}

/// News that money came.
fn paid(id: impl Into<String>, minor: i64, currency: &str) -> Option<Input> {
    let currency = parlor_domain::money::Currency::parse(currency).ok()?;
    Some(Input::Paid(Payment {
        id: bounded(id.into())?,
        sum: parlor_domain::order::Price { minor, currency },
        receipt: None,
    }))
}

/// A time that a gateway gives in seconds.
fn seconds(at: i64) -> Timestamp {
    Timestamp(at.saturating_mul(1_000))
}

/// A name from outside, unless it is empty or too long to be kept.
fn bounded(name: String) -> Option<String> {
    (1..=parlor_domain::order::NAME_BYTES_MAX)
        .contains(&name.len())
        .then_some(name)
}
