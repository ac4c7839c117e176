//! News in every order, as a table that an accountant can read.

use super::*;
use crate::ledger::post;
use crate::time::Millis;
use uuid::Uuid;

const T0: Timestamp = Timestamp(1_800_000_000_000);

fn order(gateway: Gateway) -> Order {
    let package = Package::new(100, 9_900, "INR").unwrap();
    Order {
        id: OrderId(Uuid::from_u128(1)),
        user: UserId(Uuid::from_u128(2)),
        gateway,
        package: package.id,
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
        look_at: Some(T0),
        created_at: T0,
        updated_at: T0,
    }
}

fn paid(id: &str, minor: i64, currency: &str) -> Input {
    Input::Paid(Payment {
        id: id.into(),
        sum: Price {
            minor,
            currency: Currency::parse(currency).unwrap(),
        },
        receipt: None,
    })
}

/// Words of the table: what is told, then the state and what happened because of it.
fn told(word: &str) -> Input {
    match word {
        "submitted" => Input::Submitted {
            reference: "order_1".into(),
            page: None,
        },
        "refused" => Input::Refused("down".into()),
        "pay" => paid("p1", 9_900, "INR"),
        "pay-other" => paid("p2", 9_900, "INR"),
        "pay-less" => paid("p3", 9_800, "INR"),
        "pay-more" => paid("p4", 10_000, "INR"),
        "pay-dollars" => paid("p5", 9_900, "USD"),
        "fail" => Input::TryFailed("declined".into()),
        "give-up" => Input::GivenUp,
        "refund-half" => Input::Refunded {
            payment: "p1".into(),
            total_minor: 4_950,
        },
        "refund-all" => Input::Refunded {
            payment: "p1".into(),
            total_minor: 9_900,
        },
        "refund-foreign" => Input::Refunded {
            payment: "p9".into(),
            total_minor: 9_900,
        },
        "dispute" => Input::Disputed {
            payment: "p1".into(),
            minor: 9_900,
            answer_by: Some(T0 + Millis::from_days(7)),
        },
        "dispute-won" | "dispute-lost" => Input::DisputeOver {
            payment: "p1".into(),
            won: word == "dispute-won",
        },
        other => panic!("{other}"),
    }
}

fn happened(effect: &Effect) -> String {
    match effect {
        Effect::Credit(payment) => format!("credit({})", payment.id),
        Effect::Suspend(payment, concern) => format!("suspend({} {})", payment.id, concern.word()),
        Effect::GoneBack(minor) => format!("gone-back({minor})"),
        Effect::Taken(minor) => format!("taken({minor})"),
        Effect::GivenBack(minor) => format!("given-back({minor})"),
        Effect::Alert(concern) => format!("alert({})", concern.word()),
    }
}

#[test]
fn news_in_any_order_comes_to_the_right_end() {
    let table = [
        ("submitted pay", "paid", "credit(p1)"),
        ("submitted pay pay pay", "paid", "credit(p1)"),
        ("pay submitted", "paid", "credit(p1)"),
        ("submitted fail", "failed", ""),
        ("submitted fail pay", "paid", "credit(p1)"),
        ("submitted pay fail", "paid", "credit(p1)"),
        ("submitted give-up", "expired", ""),
        ("submitted give-up pay", "paid", "credit(p1)"),
        ("submitted pay give-up", "paid", "credit(p1)"),
        ("refused", "failed", ""),
        ("refused pay", "paid", "credit(p1)"),
        ("submitted refused", "pending", ""),
        (
            "submitted pay pay-other",
            "paid",
            "credit(p1) suspend(p2 paid-twice)",
        ),
        ("submitted pay-less", "pending", "suspend(p3 wrong-amount)"),
        ("submitted pay-more", "pending", "suspend(p4 wrong-amount)"),
        (
            "submitted pay-dollars",
            "pending",
            "suspend(p5 wrong-currency)",
        ),
        (
            "submitted pay-less pay",
            "paid",
            "suspend(p3 wrong-amount) credit(p1)",
        ),
        (
            "submitted pay refund-half",
            "refunded",
            "credit(p1) gone-back(4950)",
        ),
        (
            "submitted pay refund-half refund-half",
            "refunded",
            "credit(p1) gone-back(4950)",
        ),
        (
            "submitted pay refund-half refund-all",
            "refunded",
            "credit(p1) gone-back(4950) gone-back(4950)",
        ),
        (
            "submitted pay refund-all refund-half",
            "refunded",
            "credit(p1) gone-back(9900)",
        ),
        (
            "submitted pay refund-all pay",
            "refunded",
            "credit(p1) gone-back(9900)",
        ),
        ("submitted pay refund-foreign", "paid", "credit(p1)"),
        ("submitted refund-all", "pending", ""),
        (
            "submitted pay dispute",
            "disputed",
            "credit(p1) taken(9900) alert(dispute)",
        ),
        (
            "submitted pay dispute dispute pay",
            "disputed",
            "credit(p1) taken(9900) alert(dispute)",
        ),
        (
            "submitted pay dispute dispute-won",
            "paid",
            "credit(p1) taken(9900) alert(dispute) given-back(9900) alert(dispute-won)",
        ),
        (
            "submitted pay refund-half dispute dispute-won dispute-won",
            "refunded",
            "credit(p1) gone-back(4950) taken(9900) alert(dispute) given-back(9900) alert(dispute-won)",
        ),
        (
            "submitted pay dispute dispute-lost dispute-won",
            "disputed",
            "credit(p1) taken(9900) alert(dispute)",
        ),
        ("submitted pay dispute-won", "paid", "credit(p1)"),
        ("submitted dispute", "pending", ""),
    ];
    for (news, state, effects) in table {
        let mut it = order(Gateway::Razorpay);
        let all: Vec<_> = news
            .split(' ')
            .flat_map(|word| it.handle(told(word), T0))
            .map(|effect| happened(&effect))
            .collect();
        assert_eq!(
            (it.state.word(), all.join(" ").as_str()),
            (state, effects),
            "{news}"
        );
    }
}

#[test]
fn a_credit_and_a_suspense_balance() {
    let it = order(Gateway::Stripe);
    let Input::Paid(payment) = told("pay") else {
        panic!()
    };
    for entry in [
        it.credit(&payment, T0),
        suspense(Gateway::Stripe, Subject::None, &payment, T0),
    ] {
        post(&entry, |_| 0).unwrap();
    }
    assert_eq!(it.coins_of(4_950), MilliCoins(50_000));
    assert_eq!(it.coins_of(1), MilliCoins(10));
    assert_eq!(it.coins_of(99_999_999), it.coins);
}

#[test]
fn questions_become_rarer_and_end_after_a_day() {
    for gateway in [Gateway::Mpesa, Gateway::Stripe] {
        let mut it = order(gateway);
        it.handle(told("submitted"), T0);
        let first = it.look_at.unwrap().since(T0);
        let expected = if gateway == Gateway::Mpesa { 5 } else { 60 };
        assert_eq!(first, Millis::from_secs(expected));
        let mut looks = 0;
        while let Some(at) = it.look_at {
            it.handle(Input::Looked, at);
            looks += 1;
            assert!(looks < 200, "{gateway:?}");
        }
        assert_eq!(it.state, State::Expired);
        assert_eq!(
            happened(&it.handle(told("pay"), T0 + REVIEW_AFTER)[0]),
            "credit(p1)"
        );
    }
}

#[test]
fn a_package_says_its_price_in_its_name() {
    let package = Package::new(100, 9_900, "inr").unwrap();
    assert_eq!(package.id, "100-inr-9900");
    assert!(package.is_payable(Gateway::Razorpay) && !package.is_payable(Gateway::Mpesa));
    assert!(
        !Package::new(1, 150, "KES")
            .unwrap()
            .is_payable(Gateway::Mpesa)
    );
    assert!(
        Package::new(1, 200, "KES")
            .unwrap()
            .is_payable(Gateway::Mpesa)
    );
    for (coins, price, currency) in [
        (0, 1, "INR"),
        (1, 0, "INR"),
        (1, -5, "INR"),
        (i64::MAX, 1, "INR"),
        (1, 1, "IN"),
    ] {
        assert!(
            Package::new(coins, price, currency).is_err(),
            "{coins} {price} {currency}"
        );
    }
}

/// Tells an order all of this, a second apart.
fn after(words: &str) -> Order {
    let mut order = order(Gateway::Stripe);
    for (second, word) in (1..).zip(words.split_whitespace()) {
        let now = T0 + Millis::from_secs(second);
        match word {
            "send-back" => order.sent_back(4_950, now),
            "not-sent" => order.not_sent_back(4_950, now),
            word => drop(order.handle(told(word), now)),
        }
    }
    order
}

#[test]
fn what_became_of_an_order_is_written_down_once_and_in_its_order() {
    for (words, steps) in [
        ("submitted submitted pay pay", "taken paid(9900)"),
        (
            "submitted fail fail pay",
            "taken failed:declined paid(9900)",
        ),
        ("refused pay", "failed:down paid(9900)"),
        ("submitted give-up pay", "taken expired paid(9900)"),
        // Money in suspense has a row of its own.
        ("submitted pay-less pay-less", "taken"),
        (
            "submitted pay send-back not-sent refund-all",
            "taken paid(9900) sent-back(4950) not-arrived(4950) went-back(9900)",
        ),
        (
            "submitted pay dispute dispute dispute-won dispute-won",
            "taken paid(9900) disputed(9900) won(9900)",
        ),
        (
            "submitted pay dispute dispute-lost dispute-lost",
            "taken paid(9900) disputed(9900) lost(9900)",
        ),
    ] {
        let written = after(words)
            .steps
            .into_iter()
            .map(|it| match (it.minor, it.code) {
                (0, Some(code)) => format!("{}:{code}", it.what.word()),
                (0, None) => it.what.word().to_owned(),
                (minor, _) => format!("{}({minor})", it.what.word()),
            });
        assert_eq!(written.collect::<Vec<_>>().join(" "), steps, "{words}");
    }
}

#[test]
fn an_open_dispute_says_until_when_it_can_be_answered() {
    let open = after("submitted pay dispute");
    assert_eq!(open.answer_by, Some(T0 + Millis::from_days(7)));
    for end in ["dispute-won", "dispute-lost"] {
        assert_eq!(
            after(&format!("submitted pay dispute {end}")).answer_by,
            None
        );
    }
}

#[test]
fn the_earliest_steps_make_room() {
    let mut order = after("submitted pay");
    for second in 0..50 {
        order.sent_back(1, T0 + Millis::from_mins(second));
    }
    assert_eq!(order.steps.len(), STEPS_MAX);
    assert!(order.steps.iter().all(|it| it.what == Happened::SentBack));
}
