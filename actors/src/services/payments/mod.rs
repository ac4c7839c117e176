//! Buying coins: orders, their checkout, and where they stand.
//!
//! ```text
//!   create ----> gateway ----> the payer pays there
//!                                |  the browser's return   (verify: asks the gateway)
//!                                |  webhook                (webhooks: stored first, then applied)
//!                                |  our own question       (sweep)
//!                                v
//!                        news: Order::handle -> one posting of the ledger, once per payment
//! ```
//!
//! Prices come from the server's list. All three ways end in [`Services::news`], whose posting has
//! the gateway's number of the payment as its key, so that money is credited once, whichever way
//! the word comes first. Must never credit on the word of a browser.

mod alerts;
mod found;
mod news;
mod refunds;
mod sweep;
mod tally;
mod webhooks;

use parlor_data::nouns::{
    idempotency::{self, Answer},
    order as orders,
};
use parlor_domain::{
    access::Member,
    account::BadField,
    id::{OrderId, UserId},
    ledger::Gateway as Name,
    maintenance::Kind as Held,
    money::MilliCoins,
    order::{Input, Order, Package, Price, State},
    time::Millis,
};

use super::{ServiceError, Services, keys};
pub use found::{OrderPage, OrderStory, OrderView, OrdersWanted};
pub(super) use tally::Tally;
pub use tally::Untaken;

use crate::gateways::{Ask, Checkout, Gateway, Gateways, Params, Pretended, Shown};

/// How long a gateway has for its answer before an order counts as refused.
const ANSWER_WITHIN: Millis = Millis::from_secs(60);
/// Orders that one person may open within [`OPEN_SPAN`].
const OPEN_MAX: usize = 10;
const OPEN_SPAN: Millis = Millis::from_mins(10);
/// Longest address of a gateway's page that is kept.
const PAGE_BYTES_MAX: usize = 4_096;

/// What somebody wants to buy.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Name of a package of the price list.
    pub package: String,
    /// Through whom.
    pub gateway: Name,
    /// For gateways that ask the payer's phone.
    pub phone: Option<String>,
}

/// An order and how its payer goes on.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The order.
    pub order: Order,
    /// `None` when there is nothing more to pay.
    pub checkout: Option<Checkout>,
    /// The same command had come before.
    pub again: bool,
}

/// A way to pay, with its price list.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Whose.
    pub gateway: Name,
    /// The payer's phone is asked.
    pub needs_phone: bool,
    /// What can be bought.
    pub packages: Vec<Package>,
}

impl Services {
    /// Lets the services be paid. Called once; until then nothing can be bought.
    pub fn connect_gateways(&self, gateways: Gateways) {
        if self.0.gateways.set(gateways).is_err() {
            tracing::error!("the services got gateways twice; the first ones stay");
        }
    }

    /// The ways to pay, and what can be bought.
    pub fn offers(&self) -> Vec<Offer> {
        let Some(gateways) = self.0.gateways.get() else {
            return Vec::new();
        };
        let offer = |(gateway, packages): (&dyn Gateway, Vec<&Package>)| Offer {
            gateway: gateway.name(),
            needs_phone: gateway.needs_phone(),
            packages: packages.into_iter().cloned().collect(),
        };
        gateways.offers().map(offer).collect()
    }

    pub(super) fn gateway(&self, name: Name) -> Result<&dyn Gateway, ServiceError> {
        let gateways = self.0.gateways.get();
        let found = gateways.and_then(|gateways| gateways.get(name));
        found.ok_or(ServiceError::NotFound)
    }

    /// Opens an order and asks the gateway for its checkout. The same key gives the same order.
    pub async fn create_order(
        &self,
        who: Member,
        new: &NewOrder,
        key: &str,
    ) -> Result<Placed, ServiceError> {
        let gateways = self.0.gateways.get().ok_or(ServiceError::NotFound)?;
        if gateways.get(new.gateway).is_none() {
            return Err(bad("gateway", NOT_OFFERED));
        }
        let package = gateways
            .package(&new.package, new.gateway)
            .ok_or_else(|| bad("package", "The prices have changed. Please look again."))?;
        self.order_package(who, new, package, key).await
    }

    /// As [`Services::create_order`], for a package that need not be on the list.
    pub(super) async fn order_package(
        &self,
        who: Member,
        new: &NewOrder,
        package: &Package,
        key: &str,
    ) -> Result<Placed, ServiceError> {
        // Who asks is looked up only while something is held back.
        let admin = self.holds(Held::Payments) && self.account_of(who.user)?.admin;
        self.unless_held(Held::Payments, admin)?;
        let gateways = self.0.gateways.get().ok_or(ServiceError::NotFound)?;
        let gateway = gateways
            .get(new.gateway)
            .filter(|_| package.is_payable(new.gateway))
            .ok_or_else(|| bad("gateway", NOT_OFFERED))?;
        let phone = match gateway.needs_phone() {
            true => Some(
                gateway
                    .phone(new.phone.as_deref().unwrap_or(""))
                    .ok_or_else(|| bad("phone", "This is not an M-Pesa number."))?,
            ),
            false => None,
        };
        let request = self.0.keys.hash_parts(&[
            package.id.as_bytes(),
            new.gateway.word().as_bytes(),
            phone.as_deref().unwrap_or("").as_bytes(),
        ]);
        let (order, again) = self
            .retrying(async || {
                self.open_order(who.user, new.gateway, package, key, request)
                    .await
            })
            .await?;
        match again {
            true => self.placed_before(gateway, order),
            false => self.submit_order(gateway, order, phone.as_deref()).await,
        }
    }

    /// What a price in a currency comes to in coins: at the rate of the smallest package of that
    /// currency, which is what the first coins cost.
    pub(super) fn in_coins(&self, sum: Price) -> Option<MilliCoins> {
        let gateways = self.0.gateways.get()?;
        let all = gateways.offers().flat_map(|(_, packages)| packages);
        let same = all.filter(|it| it.price.currency == sum.currency);
        same.min_by_key(|it| it.price.minor)?.in_coins(sum)
    }

    async fn open_order(
        &self,
        user: UserId,
        gateway: Name,
        package: &Package,
        key: &str,
        request: [u8; 32],
    ) -> Result<(Order, bool), ServiceError> {
        if let Some(made) = self.order_before(user, key, Some(&request))? {
            return Ok((made, true));
        }
        let now = self.now();
        let mine = orders::load_of(&self.0.store, user, None, OPEN_MAX)?;
        let fresh = |it: &Order| !it.state.was_paid() && now.since(it.created_at) < OPEN_SPAN;
        if mine.iter().filter(|it| fresh(it)).count() >= OPEN_MAX {
            return Err(ServiceError::OutOfTurn("too many open orders".into()));
        }
        let order = Order {
            id: OrderId(keys::ordered_id(now)),
            user,
            gateway,
            package: package.id.clone(),
            coins: package.coins,
            price: package.price,
            state: State::Created,
            reference: None,
            page: None,
            payment: None,
            receipt: None,
            refunded_minor: 0,
            disputed_minor: 0,
            answer_by: None,
            steps: Vec::new(),
            trouble: None,
            looks: 0,
            look_at: Some(now + ANSWER_WITHIN),
            created_at: now,
            updated_at: now,
        };
        let answer = Answer {
            request,
            made: order.id.as_bytes().to_vec(),
            at: now,
        };
        let batch = orders::insert(&order)?.and(idempotency::insert(user, key, &answer)?);
        self.write(batch).await?;
        self.0.tally.order(gateway, order.state.word());
        Ok((order, false))
    }

    /// The order that this key made.
    fn order_before(
        &self,
        user: UserId,
        key: &str,
        request: Option<&[u8; 32]>,
    ) -> Result<Option<Order>, ServiceError> {
        if key.is_empty() || key.len() > idempotency::KEY_BYTES_MAX {
            return Err(ServiceError::BadField(BadField {
                field: "Idempotency-Key",
                why: "A key has 1 to 128 bytes.",
            }));
        }
        let Some(answer) = idempotency::load(&self.0.store, user, key)? else {
            return Ok(None);
        };
        if request.is_some_and(|request| *request != answer.request) {
            return Err(ServiceError::KeyReused);
        }
        let Ok(id) = <[u8; 16]>::try_from(answer.made.as_slice()) else {
            return Err(ServiceError::KeyReused);
        };
        let order = orders::load(&self.0.store, OrderId::from_bytes(id))?;
        Ok(order.map(|it| it.value).filter(|it| it.user == user))
    }

    fn placed_before(&self, gateway: &dyn Gateway, order: Order) -> Result<Placed, ServiceError> {
        let checkout = match order.state {
            // The first request is on its way to the gateway.
            State::Created => return Err(ServiceError::Contended),
            State::Pending | State::Failed => gateway.again(&self.ask(&order, None)),
            _ => None,
        };
        Ok(Placed {
            order,
            checkout,
            again: true,
        })
    }

    async fn submit_order(
        &self,
        gateway: &dyn Gateway,
        order: Order,
        phone: Option<&str>,
    ) -> Result<Placed, ServiceError> {
        let taken = gateway.create(&self.ask(&order, phone)).await;
        match taken {
            Ok(taken) => {
                self.0.tally.taken(order.gateway);
                let page = match &taken.checkout {
                    Checkout::Redirect(page) if page.len() <= PAGE_BYTES_MAX => Some(page.clone()),
                    _ => None,
                };
                let input = Input::Submitted {
                    reference: taken.reference,
                    page,
                };
                Ok(Placed {
                    order: self.news(order.id, input).await?,
                    checkout: Some(taken.checkout),
                    again: false,
                })
            }
            Err(trouble) => {
                tracing::warn!(order = %order.id, %trouble, "a gateway took no order");
                let at = self.now();
                self.0.tally.not_taken(order.gateway, trouble.code(), at);
                self.news(order.id, Input::Refused(trouble.code())).await?;
                Err(ServiceError::Gateway(trouble))
            }
        }
    }

    fn ask<'a>(&'a self, order: &'a Order, phone: Option<&'a str>) -> Ask<'a> {
        let token = self.0.keys.callback_token(order.id);
        let callback = format!("/api/payment/webhook/mpesa/{}/{token}", order.id);
        Ask {
            order,
            public_url: self.0.config.public_url.trim_end_matches('/'),
            return_url: self.url(&format!("/wallet/paid?order={}", order.id)),
            callback_url: self.url(&callback),
            phone,
            now: self.now(),
        }
    }

    /// The address of our page that takes the payer to a checkout which wants a posted form.
    pub fn checkout_page(&self, order: OrderId) -> String {
        let token = self.0.keys.checkout_token(order);
        self.url(&format!("/api/payment/checkout/{order}/{token}"))
    }

    /// The form of that page, for whoever knows its address.
    pub fn checkout_form(&self, order: OrderId, token: &str) -> Result<Params, ServiceError> {
        let good = self.0.keys.checkout_token(order);
        if !self.0.keys.is_same(token, &good) {
            return Err(ServiceError::NotFound);
        }
        let order = orders::load(&self.0.store, order)?.ok_or(ServiceError::NotFound)?;
        if !matches!(order.state, State::Pending | State::Failed) {
            return Err(ServiceError::OutOfTurn("the order is closed".into()));
        }
        let gateway = self.gateway(order.gateway)?;
        match gateway.again(&self.ask(&order, None)) {
            Some(Checkout::Params(params)) => Ok(params),
            _ => Err(ServiceError::NotFound),
        }
    }

    /// One's own order.
    pub fn order(&self, who: Member, id: OrderId) -> Result<Order, ServiceError> {
        let order = orders::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        match order.user == who.user {
            true => Ok(order.value),
            false => Err(ServiceError::NotFound),
        }
    }

    /// One's own order, by the key that made it: another page of the same person made it.
    pub fn order_of_key(&self, who: Member, key: &str) -> Result<Order, ServiceError> {
        let order = self.order_before(who.user, key, None)?;
        order.ok_or(ServiceError::NotFound)
    }

    /// One's own orders, latest first.
    pub fn orders(
        &self,
        who: Member,
        before: Option<OrderId>,
        limit: usize,
    ) -> Result<Vec<Order>, ServiceError> {
        let all = orders::load_of(&self.0.store, who.user, before, limit)?;
        Ok(all.into_iter().map(|it| it.value).collect())
    }

    /// Somebody came back from a checkout. Says whether what they show is the gateway's, and where
    /// the order stands after the gateway was asked.
    pub async fn verify_payment(
        &self,
        who: Member,
        id: OrderId,
        shown: &Shown,
    ) -> Result<(bool, Order), ServiceError> {
        let order = self.order(who, id)?;
        let gateway = self.gateway(order.gateway)?;
        if gateway.verify_return(&order, shown).is_err() {
            return Ok((false, order));
        }
        Ok((true, self.look(order).await?))
    }

    /// The same for a browser that a gateway sent without our token: says nothing about the order.
    pub async fn came_back(&self, id: OrderId, shown: &Shown) -> Result<(), ServiceError> {
        let order = orders::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        let gateway = self.gateway(order.gateway)?;
        if gateway.verify_return(&order, shown).is_ok() {
            self.look(order.value).await?;
        }
        Ok(())
    }

    /// Somebody clicked at the pretended checkout.
    pub async fn pretend(
        &self,
        who: Member,
        id: OrderId,
        outcome: Pretended,
    ) -> Result<Order, ServiceError> {
        let order = self.order(who, id)?;
        let input = self.gateway(order.gateway)?.pretend(&order, outcome);
        let input = input.ok_or(ServiceError::NotFound)?;
        self.news(id, input).await
    }
}

const NOT_OFFERED: &str = "This way to pay is not offered here.";

fn bad(field: &'static str, why: &'static str) -> ServiceError {
    ServiceError::BadField(BadField { field, why })
}
