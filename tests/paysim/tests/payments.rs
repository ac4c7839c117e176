//! The payments service against the stand-in, over real HTTP: a webhook that is duplicated,
//! reordered, late, forged or lost, each to the right end. What is left at the end is read from the
//! books, and the stand-in must have nothing to complain about.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use parlor_actors::{
    clock::ManualClock,
    gateways::{
        Checkout, Gateways, GatewaysConfig, Hook, MpesaConfig, RazorpayConfig, Shown, StripeConfig,
    },
    services::{
        Keys, NewOrder, OrdersWanted, Placed, Posting, ServiceError, Services, ServicesConfig,
    },
    testing::light_services,
};
use parlor_data::{Store, nouns::ledger};
use parlor_domain::{
    access::{Admin, Member},
    id::{LoginId, OrderId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::{Currency, MilliCoins},
    order::{Concern, Package, RefundState, State},
    time::{Millis, Timestamp},
};
use parlor_paysim::{self as sim, Delivery, Request, Running};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

struct House {
    services: Services,
    store: Store,
    clock: Arc<ManualClock>,
    sim: Running,
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn house() -> House {
    let sim = sim::start("127.0.0.1:0").unwrap();
    let now = std::time::SystemTime::now();
    let now = now
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let clock = Arc::new(ManualClock::at(Timestamp(i64::try_from(now).unwrap())));
    let store = Store::in_memory();
    let config = ServicesConfig {
        public_url: "http://localhost:1".into(),
        ..light_services()
    };
    let keys = Keys::derive(&[7; 32]);
    let services = Services::new(store.clone(), keys, config, clock.clone());
    let package = |coins, minor, currency| Package::new(coins, minor, currency).unwrap();
    services.connect_gateways(Gateways::build(GatewaysConfig {
        razorpay: Some(RazorpayConfig {
            base_url: format!("{}/razorpay", sim.url),
            key_id: sim::RAZORPAY_KEY.into(),
            key_secret: secret(sim::RAZORPAY_SECRET),
            webhook_secrets: vec![secret(sim::RAZORPAY_HOOK), secret(sim::RAZORPAY_HOOK_OLD)],
            shop_name: "Parlor".into(),
        }),
        stripe: Some(StripeConfig {
            base_url: format!("{}/stripe", sim.url),
            secret_key: secret(sim::STRIPE_KEY),
            webhook_secrets: vec![secret(sim::STRIPE_HOOK), secret(sim::STRIPE_HOOK_OLD)],
        }),
        mpesa: Some(MpesaConfig {
            base_url: format!("{}/mpesa", sim.url),
            consumer_key: secret(sim::MPESA_KEY),
            consumer_secret: secret(sim::MPESA_SECRET),
            shortcode: sim::MPESA_SHORTCODE.into(),
            passkey: secret(sim::MPESA_PASSKEY),
            till: false,
        }),
        demo: false,
        packages: vec![package(100, 9_900, "INR"), package(100, 15_000, "KES")],
    }));
    House {
        services,
        store,
        clock,
        sim,
    }
}

fn member(n: u128) -> Member {
    Member {
        user: UserId(Uuid::from_u128(n)),
        login: LoginId(Uuid::from_u128(n)),
    }
}

const ADMIN: Admin = Admin {
    user: UserId(Uuid::from_u128(99)),
};

impl House {
    async fn buy(&self, who: u128, gateway: Gateway, key: &str) -> Result<Placed, ServiceError> {
        let package = match gateway {
            Gateway::Mpesa => "100-kes-15000",
            _ => "100-inr-9900",
        };
        let new = NewOrder {
            package: package.into(),
            gateway,
            phone: (gateway == Gateway::Mpesa).then(|| "0708374149".into()),
        };
        self.services.create_order(member(who), &new, key).await
    }

    fn script(&self, changes: &Value) {
        self.control("script", changes);
    }

    /// Says something to the stand-in's control interface, without HTTP.
    fn control(&self, what: &str, body: &Value) -> Value {
        let request = Request {
            method: "POST".into(),
            path: format!("/_sim/{what}"),
            body: body.to_string().into_bytes(),
            ..Request::default()
        };
        let now = self.services.now().0 / 1_000;
        let reply = self.sim.sim().handle(&request, now);
        assert_eq!(reply.status, 200, "{}", reply.body);
        serde_json::from_str(&reply.body).unwrap()
    }

    /// The payer pays; the webhooks wait in the outbox.
    fn pay(&self, placed: &Placed) -> Value {
        let body = json!({"gateway": placed.order.gateway.word(), "order": placed.order.reference, "outcome": "success"});
        self.control("pay", &body)
    }

    fn outbox(&self) -> Vec<Delivery> {
        self.sim.sim().take_outbox()
    }

    async fn bring(&self, it: &Delivery) -> Result<(), ServiceError> {
        let find = |name: &str| {
            let found = it.headers.iter().find(|(header, _)| header == name);
            found.map(|(_, value)| value.clone())
        };
        let hook = Hook {
            header: &find,
            body: it.body.as_bytes(),
            now: self.services.now(),
        };
        let gateway = Gateway::parse(it.gateway).unwrap();
        let parts: Vec<&str> = it.url.rsplit('/').collect();
        let of = (gateway == Gateway::Mpesa).then(|| {
            let order: OrderId = parts[1].parse().unwrap();
            (order, parts[0])
        });
        self.services.payment_webhook(gateway, of, hook).await
    }

    /// Webhooks so far, by outcome.
    fn webhooks(&self, of: Gateway) -> BTreeMap<&'static str, u64> {
        let counted = self.services.webhooks_counted().into_iter();
        let theirs = counted.filter(|((gateway, _), _)| *gateway == of.word());
        theirs.map(|((_, outcome), n)| (outcome, n)).collect()
    }

    /// Everything that waits in the outbox, a moment later: the latest alert is the first one.
    async fn bring_all(&self) {
        self.later(Millis(1));
        for hook in self.outbox() {
            self.bring(&hook).await.unwrap();
        }
    }

    async fn spend(&self, who: u128, coins: i64) {
        let entry = Entry::new(self.services.now(), Kind::Adjustment, Subject::None);
        let entry = entry.coins(
            Account::Wallet(member(who).user),
            Account::Fee,
            MilliCoins::coins(coins),
        );
        self.services
            .ledger()
            .post(Posting::new(entry))
            .await
            .unwrap();
    }

    /// As [`Self::assert_clean`], and every invariant holds.
    async fn assert_proven(&self) {
        self.assert_clean();
        assert_eq!(self.services.prove_books().await.unwrap().fault, None);
    }

    fn later(&self, by: Millis) {
        self.clock.advance(by);
    }

    async fn sweep(&self) {
        self.services.sweep_payment_events().await.unwrap();
        self.services.sweep_orders().await.unwrap();
    }

    fn state(&self, who: u128, placed: &Placed) -> State {
        self.services
            .order(member(who), placed.order.id)
            .unwrap()
            .state
    }

    fn coins(&self, who: u128) -> i64 {
        let MilliCoins(milli) = self.services.ledger().wallet(member(who).user).unwrap();
        milli / 1_000
    }

    fn money(&self, account: Account) -> i64 {
        self.services.ledger().balance(account).unwrap()
    }

    fn concerns(&self) -> Vec<Concern> {
        let alerts = self.services.money_alerts(ADMIN).unwrap();
        alerts.into_iter().map(|it| it.concern).collect()
    }

    /// The books are true, and the stand-in has no complaint.
    fn assert_clean(&self) {
        let books = ledger::verify(&self.store, |_| {}).unwrap();
        assert!(books.sums().values().all(|sum| *sum == 0));
        assert_eq!(self.sim.sim().violations, Vec::<String>::new());
    }

    /// Until the work behind an answered callback is done.
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
    }
}

fn inr() -> Currency {
    Currency::parse("INR").unwrap()
}

const PAGES: [Gateway; 2] = [Gateway::Razorpay, Gateway::Stripe];

#[tokio::test]
async fn a_payment_is_credited_by_its_webhook() {
    let house = house();
    for (who, gateway) in [(1, Gateway::Razorpay), (2, Gateway::Stripe)] {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        assert_eq!(placed.order.state, State::Pending);
        assert!(!matches!(placed.checkout, Some(Checkout::Push) | None));
        house.pay(&placed);
        for hook in house.outbox() {
            house.bring(&hook).await.unwrap();
        }
        assert_eq!(house.state(who, &placed), State::Paid);
        assert_eq!(house.coins(who), 100);
    }
    assert_eq!(house.money(Account::Sales(inr())), -2 * 9_900);
    assert_eq!(house.concerns(), []);
    house.assert_clean();
}

#[tokio::test]
async fn the_same_command_makes_one_order_and_another_under_its_key_is_refused() {
    let house = house();
    let first = house.buy(1, Gateway::Stripe, "key").await.unwrap();
    let again = house.buy(1, Gateway::Stripe, "key").await.unwrap();
    assert_eq!((again.order.id, again.again), (first.order.id, true));
    assert_eq!(again.checkout, first.checkout);
    let other = house.buy(1, Gateway::Razorpay, "key").await;
    assert_eq!(other.unwrap_err(), ServiceError::KeyReused);
    // Somebody else's key is another one.
    let theirs = house.buy(2, Gateway::Stripe, "key").await.unwrap();
    assert_ne!(theirs.order.id, first.order.id);
    assert_eq!(
        house.services.order(member(2), first.order.id).unwrap_err(),
        ServiceError::NotFound
    );
    house.assert_clean();
}

#[tokio::test]
async fn a_duplicated_webhook_credits_once() {
    let house = house();
    house.script(&json!({"copies": 5}));
    for (who, gateway) in (1..).zip(PAGES) {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        house.pay(&placed);
        let hooks = house.outbox();
        assert!(hooks.len() >= 5);
        let all = join_all(hooks.iter().map(|hook| house.bring(hook))).await;
        assert!(all.iter().all(Result::is_ok), "{all:?}");
        assert_eq!(house.coins(who), 100);
        let counted = house.webhooks(gateway);
        assert_eq!(counted["taken"] + counted["repeated"], hooks.len() as u64);
        assert_eq!(
            (counted["taken"], counted["applied"]),
            (counted["applied"], counted["taken"])
        );
        let orders = house.services.orders_counted();
        let paid = orders
            .iter()
            .find(|(which, _)| *which == (gateway.word(), "paid"));
        assert_eq!(paid.map(|it| it.1), Some(1));
    }
    house.assert_clean();
}

#[tokio::test]
async fn reordered_and_late_webhooks_come_to_the_same_end() {
    let house = house();
    let body = |placed: &Placed, outcome: &str| json!({"gateway": "razorpay", "order": placed.order.reference, "outcome": outcome});
    // A try that failed is told after the one that succeeded.
    let placed = house.buy(1, Gateway::Razorpay, "a").await.unwrap();
    house.script(&json!({"reorder": true}));
    house.control("pay", &body(&placed, "failure"));
    house.control("pay", &body(&placed, "success"));
    for hook in house.outbox() {
        house.bring(&hook).await.unwrap();
    }
    assert_eq!(
        (house.state(1, &placed), house.coins(1)),
        (State::Paid, 100)
    );
    // The checkout was given up long ago, here and there; then the money comes.
    let placed = house.buy(2, Gateway::Razorpay, "b").await.unwrap();
    for _ in 0..4 {
        house.later(Millis::from_mins(20));
        house.sweep().await;
    }
    assert_eq!(house.state(2, &placed), State::Expired);
    house.control("pay", &body(&placed, "success"));
    let late = house.outbox();
    house.later(Millis::from_days(2));
    for hook in late {
        house.bring(&hook).await.unwrap();
    }
    assert_eq!(
        (house.state(2, &placed), house.coins(2)),
        (State::Paid, 100)
    );
    house.assert_clean();
}

#[tokio::test]
async fn a_forged_webhook_changes_nothing() {
    let house = house();
    house.script(&json!({"forge": true, "phone": "wait"}));
    for (who, gateway) in (1..).zip([Gateway::Razorpay, Gateway::Stripe, Gateway::Mpesa]) {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        let reference = placed.order.reference.clone();
        house.control(
            "pay",
            &json!({"gateway": gateway.word(), "order": reference, "outcome": "success"}),
        );
        let hooks = house.outbox();
        assert!(!hooks.is_empty());
        for hook in hooks {
            let refused = house.bring(&hook).await.unwrap_err();
            assert!(matches!(
                refused,
                ServiceError::Forbidden | ServiceError::NotFound
            ));
        }
        assert_eq!(
            (house.state(who, &placed), house.coins(who)),
            (State::Pending, 0)
        );
        let counted = house.webhooks(gateway);
        let refused = counted.get("forged").or(counted.get("unknown"));
        assert!(refused.is_some_and(|n| *n > 0) && !counted.contains_key("taken"));
    }
    house.assert_clean();
}

/// A true body with another order's payment in it, and a true signature of another body.
#[tokio::test]
async fn a_changed_body_is_not_the_gateways() {
    let house = house();
    let placed = house.buy(1, Gateway::Razorpay, "key").await.unwrap();
    house.pay(&placed);
    let mut hook = house.outbox().remove(0);
    hook.body = hook.body.replace("9900", "990000");
    assert_eq!(house.bring(&hook).await, Err(ServiceError::Forbidden));
    assert_eq!(house.coins(1), 0);
}

#[tokio::test]
async fn a_dropped_webhook_costs_minutes_and_no_money() {
    let house = house();
    house.script(&json!({"drop": true}));
    for (who, gateway) in (1..).zip([Gateway::Razorpay, Gateway::Stripe, Gateway::Mpesa]) {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        house.pay(&placed);
        assert_eq!(house.coins(who), 0);
        house.later(Millis::from_secs(61));
        house.sweep().await;
        assert_eq!(
            (house.state(who, &placed), house.coins(who)),
            (State::Paid, 100)
        );
    }
    house.assert_clean();
}

#[tokio::test]
async fn after_a_change_of_secrets_both_are_good() {
    let house = house();
    for (who, (gateway, which)) in (1..).zip([
        (Gateway::Razorpay, "old"),
        (Gateway::Stripe, "old"),
        (Gateway::Stripe, "both"),
    ]) {
        house.script(&json!({"secret": which}));
        let placed = house.buy(who, gateway, "key").await.unwrap();
        house.pay(&placed);
        for hook in house.outbox() {
            house.bring(&hook).await.unwrap();
        }
        assert_eq!(house.coins(who), 100, "{gateway:?} {which}");
    }
    house.assert_clean();
}

#[tokio::test]
async fn a_return_from_the_checkout_is_believed_only_after_asking() {
    let house = house();
    house.script(&json!({"drop": true}));
    let placed = house.buy(1, Gateway::Razorpay, "key").await.unwrap();
    let reference = placed.order.reference.clone().unwrap();
    let shown = |payment: &str| Shown {
        payment: payment.into(),
        signature: sim::hmac(sim::RAZORPAY_SECRET, &format!("{reference}|{payment}")),
    };
    let verify = async |shown: Shown| {
        let answer = house
            .services
            .verify_payment(member(1), placed.order.id, &shown)
            .await;
        let (verified, order) = answer.unwrap();
        (verified, order.state)
    };
    // A good signature without money is a signature and no money.
    assert_eq!(verify(shown("pay_x")).await, (true, State::Pending));
    let paid = house.pay(&placed);
    let payment = paid["payment"].as_str().unwrap();
    let mut forged = shown(payment);
    forged.signature = "0".repeat(64);
    assert_eq!(verify(forged).await, (false, State::Pending));
    assert_eq!(house.coins(1), 0);
    assert_eq!(verify(shown(payment)).await, (true, State::Paid));
    assert_eq!(verify(shown(payment)).await, (true, State::Paid));
    assert_eq!(house.coins(1), 100);
    house.assert_clean();
}

#[tokio::test]
async fn money_that_fits_no_order_waits_in_suspense() {
    let house = house();
    let suspense = Account::Suspense(Gateway::Razorpay, inr());
    house.script(&json!({"overpay": 100}));
    let placed = house.buy(1, Gateway::Razorpay, "key").await.unwrap();
    house.pay(&placed);
    for hook in house.outbox() {
        house.bring(&hook).await.unwrap();
    }
    assert_eq!(
        (house.state(1, &placed), house.coins(1)),
        (State::Pending, 0)
    );
    assert_eq!(house.money(suspense), -10_000);
    assert_eq!(house.concerns(), [Concern::WrongAmount]);
    // Nobody's money at all: it waits for its order, then for an admin.
    house.control("stray", &json!({"amount": 700}));
    house.script(&json!({"overpay": 0}));
    for hook in house.outbox() {
        house.bring(&hook).await.unwrap();
    }
    assert_eq!(house.money(suspense), -10_000);
    for _ in 0..3 {
        house.later(Millis::from_mins(6));
        house.services.sweep_payment_events().await.unwrap();
    }
    assert_eq!(house.money(suspense), -10_700);
    assert_eq!(
        house.concerns(),
        [Concern::UnknownOrder, Concern::WrongAmount]
    );
    // A second payment of one order.
    let placed = house.buy(2, Gateway::Razorpay, "key").await.unwrap();
    house.pay(&placed);
    house.pay(&placed);
    for hook in house.outbox() {
        house.bring(&hook).await.unwrap();
    }
    assert_eq!(house.coins(2), 100);
    assert_eq!(house.money(suspense), -20_600);
    let waiting = house.services.suspense().unwrap();
    assert_eq!(waiting, [(Gateway::Razorpay, inr(), 20_600)]);
    let alert = house.services.money_alerts(ADMIN).unwrap().remove(0);
    assert_eq!(alert.concern, Concern::PaidTwice);
    let settled = house
        .services
        .settle_alert(ADMIN, alert.id, "sent back")
        .await;
    assert_eq!(settled.unwrap().settled.as_deref(), Some("sent back"));
    let books = ledger::verify(&house.store, |_| {}).unwrap();
    assert!(books.sums().values().all(|sum| *sum == 0));
}

#[tokio::test]
async fn a_gateway_that_fails_leaves_no_open_order_and_no_money_behind() {
    let house = house();
    for (key, after) in [("a", false), ("b", true)] {
        house.script(&json!({"faultStatus": 500, "faultCount": 1, "faultAfter": after}));
        let refused = house.buy(1, Gateway::Stripe, key).await;
        assert!(
            matches!(refused, Err(ServiceError::Gateway(_))),
            "{refused:?}"
        );
        let order = house.services.order_of_key(member(1), key).unwrap();
        assert_eq!(order.state, State::Failed);
    }
    // While asking: the order waits, and is asked about again.
    let placed = house.buy(1, Gateway::Stripe, "c").await.unwrap();
    house.script(&json!({"drop": true, "faultStatus": 429, "faultCount": 1}));
    house.pay(&placed);
    house.later(Millis::from_secs(61));
    house.sweep().await;
    assert_eq!(house.coins(1), 0);
    house.later(Millis::from_secs(61));
    house.sweep().await;
    assert_eq!(house.coins(1), 100);
    house.assert_clean();
}

#[tokio::test]
async fn a_push_is_credited_once_whenever_its_callback_comes() {
    let house = house();
    // Before the answer, twice, and never.
    house.script(&json!({"phone": "success", "hold": true}));
    let placed = house.buy(1, Gateway::Mpesa, "first").await.unwrap();
    assert_eq!(placed.checkout, Some(Checkout::Push));
    let hook = house.outbox().remove(0);
    for _ in 0..2 {
        house.bring(&hook).await.unwrap();
    }
    house.until(|it| it.coins(1) == 100).await;
    house.later(Millis::from_secs(30));
    house.sweep().await;
    assert_eq!(
        (house.state(1, &placed), house.coins(1)),
        (State::Paid, 100)
    );
    let order = house.services.order(member(1), placed.order.id).unwrap();
    assert!(order.receipt.unwrap().starts_with("NE"));

    house.script(&json!({"phone": "cancel"}));
    let placed = house.buy(2, Gateway::Mpesa, "second").await.unwrap();
    house.bring(&house.outbox().remove(0)).await.unwrap();
    house
        .until(|it| it.state(2, &placed) == State::Failed)
        .await;

    house.script(&json!({"phone": "never"}));
    let placed = house.buy(3, Gateway::Mpesa, "third").await.unwrap();
    for _ in 0..40 {
        house.later(Millis::from_mins(2));
        house.sweep().await;
    }
    assert_eq!(
        (house.state(3, &placed), house.coins(3)),
        (State::Expired, 0)
    );
    house.assert_clean();
}

/// The answer to the push is lost, so that the order does not know its name; the callback does.
#[tokio::test]
async fn a_callback_that_is_faster_than_the_answer_finds_its_order() {
    let house = house();
    house.script(&json!({"phone": "success", "hold": true}));
    // One request asks for the token, the next is the push: let that one fail after the fact.
    let warm = house.buy(9, Gateway::Mpesa, "warm").await.unwrap();
    assert_eq!(warm.order.state, State::Pending);
    house.outbox();
    house.script(&json!({"faultStatus": 500, "faultCount": 1, "faultAfter": true}));
    let lost = house.buy(1, Gateway::Mpesa, "key").await;
    assert!(matches!(lost, Err(ServiceError::Gateway(_))));
    let order = house.services.order_of_key(member(1), "key").unwrap();
    assert_eq!((order.state, order.reference), (State::Failed, None));
    house.bring(&house.outbox().remove(0)).await.unwrap();
    house.until(|it| it.coins(1) == 100).await;
    house.assert_clean();
}

/// Whoever knows the secret address still cannot make money: the gateway is asked.
#[tokio::test]
async fn a_callback_without_a_payment_is_not_believed() {
    let house = house();
    house.script(&json!({"phone": "wait", "hold": true}));
    let placed = house.buy(1, Gateway::Mpesa, "key").await.unwrap();
    // The true callback of somebody else's payment, sent to this order's address.
    house.script(&json!({"phone": "success"}));
    let other = house.buy(2, Gateway::Mpesa, "key").await.unwrap();
    let theirs = house.outbox().remove(0);
    let mut stolen = theirs.clone();
    stolen.url = {
        house.control(
            "pay",
            &json!({"gateway": "mpesa", "order": placed.order.reference, "outcome": "failure"}),
        );
        house.outbox().remove(0).url
    };
    house.bring(&stolen).await.unwrap();
    house.bring(&theirs).await.unwrap();
    house.until(|it| it.coins(2) == 100).await;
    house.later(Millis::from_mins(3));
    house.sweep().await;
    assert_eq!(house.coins(1), 0);
    assert_eq!(house.state(2, &other), State::Paid);
}

#[tokio::test]
async fn a_token_that_ends_early_is_asked_for_again() {
    let house = house();
    house.buy(1, Gateway::Mpesa, "a").await.unwrap();
    house.script(&json!({"tokenOver": true}));
    house.buy(1, Gateway::Mpesa, "b").await.unwrap();
    house.assert_clean();
}

#[tokio::test]
async fn a_dispute_takes_coins_back_and_never_below_zero() {
    let house = house();
    for (who, gateway) in (1..).zip(PAGES) {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        let payment = house.pay(&placed)["payment"].clone();
        let word = json!({"gateway": gateway.word(), "payment": payment, "word": "created"});
        house.control("dispute", &word);
        for hook in house.outbox() {
            house.bring(&hook).await.unwrap();
        }
        assert_eq!(
            (house.state(who, &placed), house.coins(who)),
            (State::Disputed, 0)
        );
        assert_eq!(house.concerns()[0], Concern::Dispute);
    }
    house.assert_clean();
}

/// The gateway is asked under one key until it answers, and its own word of the refund, which may
/// come first, is no second one.
#[tokio::test]
async fn money_goes_back_once_for_coins_that_are_unspent() {
    let house = house();
    let refunds = Account::Refunds(inr());
    for (who, gateway) in (1..).zip(PAGES) {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        let id = placed.order.id;
        house.pay(&placed);
        for hook in house.outbox() {
            house.bring(&hook).await.unwrap();
        }
        // No answer, although it was done; then the webhook; then the answer.
        let before = house.money(refunds);
        house.script(&json!({"faultStatus": 503, "faultCount": 1, "faultAfter": true}));
        let half = async || {
            house
                .services
                .refund_order(ADMIN, id, 4_950, "refund-0001")
                .await
        };
        assert_eq!(half().await.unwrap().state, RefundState::Waiting);
        assert_eq!(house.coins(who), 50);
        for hook in house.outbox() {
            house.bring(&hook).await.unwrap();
        }
        assert_eq!((house.coins(who), house.money(refunds)), (50, before));
        house.later(Millis::from_mins(3));
        house.services.sweep_refunds().await.unwrap();
        assert_eq!(half().await.unwrap().state, RefundState::Sent);
        assert_eq!(
            (house.coins(who), house.money(refunds)),
            (50, before + 4_950)
        );
        assert_eq!(house.state(who, &placed), State::Refunded);
        // More than is left, and another sum under the same key.
        let more = house
            .services
            .refund_order(ADMIN, id, 4_951, "refund-0002")
            .await;
        assert!(matches!(more, Err(ServiceError::BadField(_))));
        let other = house
            .services
            .refund_order(ADMIN, id, 1, "refund-0001")
            .await;
        assert_eq!(other.unwrap_err(), ServiceError::KeyReused);
        // Refused: the coins are back.
        house.script(&json!({"refundFails": true}));
        let refused = house
            .services
            .refund_order(ADMIN, id, 4_950, "refund-0003")
            .await;
        assert_eq!(refused.unwrap().state, RefundState::Refused);
        house.script(&json!({"refundFails": false}));
        assert_eq!(house.coins(who), 50);
        assert_eq!(house.concerns()[0], Concern::RefundFailed);
        house.outbox();
        assert_eq!(house.money(Account::RefundHold(id)), 0);
    }
    assert!(!house.concerns().contains(&Concern::ForeignRefund));
    house.assert_clean();
}

/// A bank says days later that it does not take a refund: the money never left, so the coins are
/// there again, and an admin is told. It is said more than once and happens once.
#[tokio::test]
async fn a_refund_that_fails_after_it_was_sent_gives_the_coins_back_once() {
    for (who, gateway) in (1..).zip(PAGES) {
        let (house, refunds) = (house(), Account::Refunds(inr()));
        let placed = house.buy(who, gateway, "key").await.unwrap();
        let id = placed.order.id;
        let payment = house.pay(&placed)["payment"].clone();
        house.bring_all().await;
        let ours = async |minor, key| house.services.refund_order(ADMIN, id, minor, key).await;
        assert_eq!(
            ours(4_950, "refund-0001").await.unwrap().state,
            RefundState::Sent
        );
        house.outbox();
        assert_eq!((house.coins(who), house.money(refunds)), (50, 4_950));
        house.later(Millis::from_days(3));
        house.control(
            "bounce",
            &json!({"gateway": gateway.word(), "payment": payment}),
        );
        for hook in house.outbox() {
            for _ in 0..2 {
                house.bring(&hook).await.unwrap();
            }
        }
        assert_eq!((house.coins(who), house.money(refunds)), (100, 0));
        assert_eq!(house.state(who, &placed), State::Paid);
        assert_eq!(
            ours(4_950, "refund-0001").await.unwrap().state,
            RefundState::Refused
        );
        assert_eq!(house.concerns()[0], Concern::RefundFailed);

        // One that nobody here asked for: the coins went, and come again.
        let there = json!({"gateway": gateway.word(), "payment": payment, "amount": 9_900});
        house.control("refund", &there);
        house.bring_all().await;
        assert_eq!(
            (house.coins(who), house.state(who, &placed)),
            (0, State::Refunded)
        );
        house.control("bounce", &there);
        house.bring_all().await;
        assert_eq!(
            (house.coins(who), house.state(who, &placed)),
            (100, State::Paid)
        );
        assert_eq!(house.money(refunds), 0);
        let failed = house.concerns().into_iter().take(2);
        let failed: Vec<_> = failed.collect();
        assert_eq!(failed, [Concern::RefundFailed, Concern::ForeignRefund]);
        assert_eq!(house.money(Account::RefundHold(id)), 0);
        house.assert_proven().await;
    }
}

/// What a bank took and gives back is the client's again; what was owed for it first.
#[tokio::test]
async fn a_won_dispute_gives_the_coins_back_and_a_lost_one_does_not() {
    let house = house();
    for (who, gateway) in (1..).zip(PAGES) {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        let payment = house.pay(&placed)["payment"].clone();
        house.bring_all().await;
        house.spend(who, 30).await;
        let dispute = async |word: &str| {
            let body = json!({"gateway": gateway.word(), "payment": payment, "word": word});
            house.control("dispute", &body);
            house.bring_all().await;
        };
        dispute("created").await;
        let owed = Account::Receivable(member(who).user);
        assert_eq!((house.coins(who), house.money(owed)), (0, -30_000));
        dispute("won").await;
        dispute("won").await;
        assert_eq!((house.coins(who), house.money(owed)), (70, 0));
        assert_eq!(house.state(who, &placed), State::Paid);
        assert_eq!(house.concerns()[0], Concern::DisputeWon);
        assert_eq!(house.money(Account::Refunds(inr())), 0);

        let lost = house.buy(who + 10, gateway, "key").await.unwrap();
        let payment = house.pay(&lost)["payment"].clone();
        house.bring_all().await;
        for word in ["created", "lost", "won"] {
            let body = json!({"gateway": gateway.word(), "payment": payment, "word": word});
            house.control("dispute", &body);
            house.bring_all().await;
        }
        assert_eq!(house.coins(who + 10), 0);
        assert_eq!(house.state(who + 10, &lost), State::Disputed);
        // The next one begins without the money that the bank kept.
        let kept = Account::Refunds(inr());
        let back = house.money(kept);
        let entry = Entry::new(house.services.now(), Kind::Adjustment, Subject::None);
        let entry = entry.moving(kept, Account::Sales(inr()), back);
        house
            .services
            .ledger()
            .post(Posting::new(entry))
            .await
            .unwrap();
    }
    house.assert_proven().await;
}

/// P6: a thousand payments, each told three times, by two events, verified and polled at the same
/// time, are a thousand credits.
#[tokio::test]
async fn p6_a_thousand_payments_told_in_every_way_are_a_thousand_credits() {
    let payments: u128 = std::env::var("PAYMENTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000);
    let house = house();
    house.script(&json!({"copies": 3}));
    let mut placed = Vec::new();
    for who in 1..=payments {
        placed.push(house.buy(who, Gateway::Razorpay, "key").await.unwrap());
        house.pay(&placed[placed.len() - 1]);
    }
    let hooks = house.outbox();
    assert_eq!(hooks.len() as u128, payments * 6);
    house.later(Millis::from_secs(61));
    let verify = (1..=payments).zip(&placed).map(|(who, placed)| {
        let services = &house.services;
        async move {
            let reference = placed.order.reference.as_deref().unwrap();
            let shown = Shown {
                payment: "pay_any".into(),
                signature: sim::hmac(sim::RAZORPAY_SECRET, &format!("{reference}|pay_any")),
            };
            services
                .verify_payment(member(who), placed.order.id, &shown)
                .await
                .unwrap();
        }
    });
    let bring = hooks
        .iter()
        .map(|hook| async { house.bring(hook).await.unwrap() });
    let poll = async { while house.services.sweep_orders().await.unwrap() > 0 {} };
    futures_util::future::join3(join_all(bring), join_all(verify), poll).await;
    assert!((1..=payments).all(|who| house.coins(who) == 100));
    let sold = i64::try_from(payments).unwrap();
    assert_eq!(
        house.money(Account::Issued(Gateway::Razorpay)),
        -sold * 100_000
    );
    assert_eq!(
        house.money(Account::GatewayMoney(Gateway::Razorpay, inr())),
        sold * 9_900
    );
    assert_eq!(house.concerns(), []);
    house.assert_clean();
}

/// What an admin reads about an order: its steps, when a dispute can be answered, what was to be looked
/// at, and the books; found by any name that somebody may paste.
#[tokio::test]
async fn an_order_tells_its_story_to_an_admin() {
    let house = house();
    for (who, gateway) in (1..).zip(PAGES) {
        let placed = house.buy(who, gateway, "key").await.unwrap();
        let payment = house.pay(&placed)["payment"].clone();
        house.bring_all().await;
        for word in ["created", "won"] {
            let body = json!({"gateway": gateway.word(), "payment": payment, "word": word});
            house.control("dispute", &body);
            house.bring_all().await;
            let story = house.services.order_story(ADMIN, placed.order.id).unwrap();
            let order = &story.view.order;
            let week = Millis::from_days(7).0 / 1_000;
            let until =
                (word == "created").then(|| (house.services.now().0 / 1_000 + week) * 1_000);
            assert_eq!(order.answer_by.map(|at| at.0), until);
        }
        let refunded = house
            .services
            .refund_order(ADMIN, placed.order.id, 4_950, "refund-of-half");
        refunded.await.unwrap();
        let story = house.services.order_story(ADMIN, placed.order.id).unwrap();
        let order = &story.view.order;
        let steps: Vec<_> = order
            .steps
            .iter()
            .map(|it| (it.what.word(), it.minor))
            .collect();
        assert_eq!(
            steps,
            [
                ("taken", 0),
                ("paid", 9_900),
                ("disputed", 9_900),
                ("won", 9_900),
                ("sent-back", 4_950)
            ]
        );
        let concerns: Vec<_> = story.alerts.iter().map(|it| it.concern).collect();
        assert_eq!(concerns, [Concern::Dispute, Concern::DisputeWon]);
        let kinds: Vec<_> = story.entries.values().map(|it| it.kind).collect();
        assert_eq!(
            kinds,
            [
                Kind::TopUp,
                Kind::Chargeback,
                Kind::Chargeback,
                Kind::Refund,
                Kind::Refund
            ],
            "taken aside for the refund, and sent"
        );
        assert!(!story.partial && story.refunds.len() == 1);
        for words in [
            order.id.to_string(),
            order.reference.clone().unwrap(),
            order.payment.clone().unwrap(),
        ] {
            let wanted = OrdersWanted { state: None, words };
            let found = house.services.all_orders(ADMIN, &wanted, None).unwrap();
            let ids: Vec<_> = found.all.iter().map(|it| it.order.id).collect();
            assert_eq!((ids, found.next), (vec![order.id], None));
        }
    }
    house.assert_clean();
}
