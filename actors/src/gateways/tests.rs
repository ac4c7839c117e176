//! The adapters without a network: signatures, stamps, bodies as the gateways document them.

use parlor_domain::{
    id::UserId,
    money::Currency,
    order::{Price, State},
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{sign::hex_hmac, *};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn gateways() -> Gateways {
    let base_url = "http://127.0.0.1:9".to_owned();
    Gateways::build(GatewaysConfig {
        razorpay: Some(RazorpayConfig {
            base_url: base_url.clone(),
            key_id: "rzp_test_1".into(),
            key_secret: secret("key secret"),
            webhook_secrets: vec![secret("new hook"), secret("old hook")],
            shop_name: "Shop".into(),
        }),
        stripe: Some(StripeConfig {
            base_url: base_url.clone(),
            secret_key: secret("sk_test_1"),
            webhook_secrets: vec![secret("whsec_new")],
        }),
        mpesa: Some(MpesaConfig {
            base_url,
            consumer_key: secret("ck"),
            consumer_secret: secret("cs"),
            shortcode: "174379".into(),
            passkey: secret("passkey"),
            till: false,
        }),
        demo: true,
        packages: vec![Package::new(100, 9_900, "INR").unwrap()],
    })
}

fn order(reference: &str) -> Order {
    let package = Package::new(100, 9_900, "INR").unwrap();
    Order {
        id: OrderId(Uuid::from_u128(1)),
        user: UserId(Uuid::from_u128(2)),
        gateway: Name::Razorpay,
        package: package.id,
        coins: package.coins,
        price: package.price,
        state: State::Pending,
        reference: Some(reference.into()),
        page: None,
        payment: None,
        receipt: None,
        refunded_minor: 0,
        disputed_minor: 0,
        answer_by: None,
        steps: Vec::new(),
        trouble: None,
        looks: 0,
        look_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn check(name: Name, header: (&str, &str), body: &str, now: Timestamp) -> bool {
    let gateways = gateways();
    let find = |asked: &str| (asked == header.0).then(|| header.1.to_owned());
    let hook = Hook {
        header: &find,
        body: body.as_bytes(),
        now,
    };
    gateways.get(name).unwrap().check_webhook(&hook).is_ok()
}

#[test]
fn the_pretended_gateway_is_there_only_without_any_other() {
    assert!(gateways().get(Name::Demo).is_none());
    let alone = |demo| {
        Gateways::build(GatewaysConfig {
            demo,
            ..GatewaysConfig::default()
        })
    };
    assert!(alone(true).get(Name::Demo).is_some());
    assert_eq!(alone(false).offers().count(), 0);
}

#[test]
fn a_return_from_razorpay_is_bound_to_our_order() {
    let gateways = gateways();
    let razorpay = gateways.get(Name::Razorpay).unwrap();
    let good = Shown {
        payment: "pay_1".into(),
        signature: hex_hmac("key secret", b"order_1|pay_1"),
    };
    assert!(razorpay.verify_return(&order("order_1"), &good).is_ok());
    assert!(razorpay.verify_return(&order("order_2"), &good).is_err());
    for (payment, signature) in [
        ("pay_2", good.signature.clone()),
        ("pay_1", String::new()),
        ("pay_1", "0".repeat(64)),
        ("pay_1", hex_hmac("other secret", b"order_1|pay_1")),
    ] {
        let bad = Shown {
            payment: payment.into(),
            signature,
        };
        assert!(razorpay.verify_return(&order("order_1"), &bad).is_err());
    }
}

#[test]
fn razorpays_current_and_previous_secret_are_good() {
    let body = r#"{"event":"payment.captured"}"#;
    let signed = |secret: &str| {
        let signature = hex_hmac(secret, body.as_bytes());
        check(
            Name::Razorpay,
            ("x-razorpay-signature", &signature),
            body,
            NOW,
        )
    };
    assert!(signed("new hook") && signed("old hook"));
    assert!(!signed("key secret") && !signed(""));
    assert!(!check(Name::Razorpay, ("x-other", ""), body, NOW));
}

/// Of two signatures in one header either may match, and a stamp is good for five minutes.
#[test]
fn any_of_stripes_signatures_may_match() {
    let body = r#"{"id":"evt_1"}"#;
    let t = NOW.0 / 1_000;
    let of = |secret: &str| hex_hmac(secret, format!("{t}.{body}").as_bytes());
    let (new, old) = (of("whsec_new"), of("whsec_old"));
    let good = |header: &str, now| check(Name::Stripe, ("stripe-signature", header), body, now);
    for header in [
        format!("t={t},v1={new}"),
        format!("t={t},v1={old},v1={new}"),
        format!("t={t},v1={new},v1={old}"),
        format!("t={t},v0={old},v1={new}"),
    ] {
        assert!(good(&header, NOW), "{header}");
        assert!(good(
            &header,
            NOW + parlor_domain::time::Millis::from_secs(300)
        ));
        assert!(!good(
            &header,
            NOW + parlor_domain::time::Millis::from_secs(302)
        ));
        assert!(!good(
            &header,
            NOW - parlor_domain::time::Millis::from_secs(302)
        ));
    }
    for header in [
        format!("t={t},v1={old}"),
        format!("t={t},v0={new}"),
        format!("t={},v1={new}", t + 1),
        format!("v1={new}"),
        "t=x,v1=".into(),
        String::new(),
    ] {
        assert!(!good(&header, NOW), "{header}");
    }
}

fn told(name: Name, body: &str) -> Told {
    let gateways = gateways();
    gateways
        .get(name)
        .unwrap()
        .read_webhook(body.as_bytes())
        .unwrap()
}

#[test]
fn razorpays_events_are_read() {
    let body = |event: &str, status: &str, captured: bool| {
        format!(
            r#"{{"entity":"event","event":"{event}","contains":["payment"],"payload":{{"payment":{{"entity":
            {{"id":"pay_1","amount":9900,"currency":"INR","status":"{status}","order_id":"order_1","captured":{captured},
            "amount_refunded":4950,"notes":[],"fee":null,"error_code":null}}}}}},"created_at":1}}"#
        )
    };
    let input = |text: &str| {
        told(Name::Razorpay, text)
            .news
            .first()
            .map(|it| it.input.clone())
    };
    let paid = super::paid("pay_1", 9_900, "INR");
    assert_eq!(input(&body("payment.captured", "captured", true)), paid);
    assert_eq!(input(&body("order.paid", "captured", true)), paid);
    assert_eq!(
        input(&body("payment.authorized", "authorized", false)),
        None
    );
    // Money of a payment that was never captured went back by itself.
    assert_eq!(input(&body("refund.processed", "refunded", false)), None);
    assert_eq!(
        input(&body("refund.processed", "captured", true)),
        Some(Input::Refunded {
            payment: "pay_1".into(),
            total_minor: 4_950
        })
    );
    assert_eq!(input(r#"{"event":"invoice.paid","payload":{}}"#), None);
    let news = told(Name::Razorpay, &body("payment.captured", "captured", true)).news;
    assert_eq!(news[0].reference.as_deref(), Some("order_1"));
}

#[test]
fn stripes_events_are_read() {
    let id = OrderId(Uuid::from_u128(1));
    let session = |kind: &str, status: &str| {
        format!(
            r#"{{"id":"evt_1","type":"{kind}","data":{{"object":{{"id":"cs_1","payment_status":"{status}",
            "payment_intent":"pi_1","amount_total":9900,"currency":"inr","client_reference_id":"{id}"}}}}}}"#
        )
    };
    let come = told(Name::Stripe, &session("checkout.session.completed", "paid"));
    assert_eq!(come.name, b"evt_1");
    assert_eq!(come.news[0].order, Some(id));
    assert_eq!(
        Some(&come.news[0].input),
        super::paid("pi_1", 9_900, "INR").as_ref()
    );
    let later = told(
        Name::Stripe,
        &session("checkout.session.completed", "unpaid"),
    );
    assert_eq!(later.news, []);
    let over = told(Name::Stripe, &session("checkout.session.expired", "unpaid"));
    assert_eq!(over.news[0].input, Input::GivenUp);
    let dispute = |kind: &str, status: &str| {
        let body = format!(
            r#"{{"id":"evt_2","type":"charge.dispute.{kind}","data":{{"object":{{"payment_intent":"pi_1","amount":9900,"status":"{status}","evidence_details":{{"due_by":1900000000}}}}}}}}"#
        );
        told(Name::Stripe, &body)
            .news
            .first()
            .map(|it| it.input.clone())
    };
    let payment = || "pi_1".to_owned();
    let (payment_of, minor) = (payment(), 9_900);
    let taken = Input::Disputed {
        payment: payment_of,
        minor,
        answer_by: Some(Timestamp(1_900_000_000_000)),
    };
    let over = |won| {
        let payment = payment();
        Some(Input::DisputeOver { payment, won })
    };
    assert_eq!(dispute("created", "needs_response"), Some(taken));
    assert_eq!(dispute("closed", "won"), over(true));
    assert_eq!(dispute("closed", "warning_closed"), over(true));
    assert_eq!(dispute("closed", "lost"), over(false));
}

#[test]
fn a_callback_of_mpesa_is_only_a_hint() {
    let body = r#"{"Body":{"stkCallback":{"MerchantRequestID":"1-2-3","CheckoutRequestID":"ws_CO_1","ResultCode":0,
        "ResultDesc":"ok","CallbackMetadata":{"Item":[{"Name":"Amount","Value":150.00},
        {"Name":"MpesaReceiptNumber","Value":"NE10AAA"},{"Name":"Balance"},
        {"Name":"TransactionDate","Value":20190501212916},{"Name":"PhoneNumber","Value":254708374149}]}}}}"#;
    let news = told(Name::Mpesa, body).news.remove(0);
    assert!(news.confirm);
    let payment = Payment {
        id: "ws_CO_1".into(),
        sum: Price {
            minor: 15_000,
            currency: Currency::parse("KES").unwrap(),
        },
        receipt: Some("NE10AAA".into()),
    };
    assert_eq!(news.input, Input::Paid(payment));
    let cancelled = r#"{"Body":{"stkCallback":{"MerchantRequestID":"1","CheckoutRequestID":"ws_CO_1","ResultCode":1032,"ResultDesc":"no"}}}"#;
    assert_eq!(
        told(Name::Mpesa, cancelled).news[0].input,
        Input::TryFailed("1032".into())
    );
}

/// Whatever comes, nothing panics and nothing is believed.
#[test]
fn nonsense_is_not_from_a_gateway() {
    let gateways = gateways();
    for name in [Name::Razorpay, Name::Stripe, Name::Mpesa] {
        for body in ["", "{", "[]", "null", "{}", r#"{"Body":{}}"#, "\u{0}"] {
            let read = gateways.get(name).unwrap().read_webhook(body.as_bytes());
            assert_eq!(read, Err(Forged), "{name:?} {body}");
        }
    }
}
