//! What operators see of orders, disputes and payouts, as a client of the interface.

use super::{post::admin, *};

async fn person(house: &House, email: &str) -> (String, UserId) {
    let session = member(house, email).await;
    let id = session.body["user"]["userId"].as_str().unwrap();
    let id = id.parse().unwrap();
    (session.text("accessToken").to_owned(), id)
}

/// Somebody buys a hundred coins, and pays or not. Gives the order's id.
async fn bought(house: &House, token: &str, key: &str, pays: bool) -> String {
    let request = with(request(Method::POST, "/api/payment/create-order"), token)
        .insert_header(("idempotency-key", key))
        .set_json(json!({"package": "100-inr-9900", "gateway": "demo"}));
    let made = call(house, request).await;
    let id = made.body["order"]["id"].as_str().unwrap().to_owned();
    if pays {
        let click = format!("/api/payment/demo/{id}");
        post(house, &click, token, json!({"outcome": "success"})).await;
    }
    house.clock.advance(Millis(10));
    id
}

fn shop(house: &House) {
    let gateways = Gateways::build(GatewaysConfig {
        demo: true,
        packages: vec![Package::new(100, 9_900, "INR").unwrap()],
        ..GatewaysConfig::default()
    });
    house.rest.services.connect_gateways(gateways);
}

#[actix_web::test]
async fn orders_are_found_by_buyer_name_and_state() {
    let house = house();
    shop(&house);
    let root = admin(&house).await;
    let (ada, ada_id) = person(&house, "ada@example.org").await;
    let (bob, _) = person(&house, "bob@elsewhere.example").await;
    let first = bought(&house, &ada, "a", true).await;
    let second = bought(&house, &bob, "b", false).await;
    let third = bought(&house, &ada, "c", false).await;
    let found = async |query: &str| -> Vec<String> {
        let list = get(&house, &format!("/api/admin/orders?{query}"), &root).await;
        assert_eq!(list.status, 200, "{}", list.body);
        let orders = list.body["orders"].as_array().unwrap();
        let id = |it: &Value| it["order"]["id"].as_str().unwrap().to_owned();
        orders.iter().map(id).collect()
    };
    let all = [third.clone(), second.clone(), first.clone()];
    assert_eq!(found("").await, all, "the latest first");
    assert_eq!(found(&format!("before={third}")).await, all[1..]);
    assert_eq!(found("state=paid").await, all[2..]);
    assert_eq!(found(&format!("words={second}")).await, all[1..2]);
    assert_eq!(found(&format!("words={second}&state=paid")).await, [""; 0]);
    assert_eq!(found("words=ELSEWHERE").await, all[1..2]);
    for ada in ["ada@example.org".to_owned(), ada_id.to_string()] {
        assert_eq!(
            found(&format!("words={ada}")).await,
            [third.clone(), first.clone()]
        );
        assert_eq!(
            found(&format!("words={ada}&before={third}")).await,
            all[2..]
        );
    }
    let wrong = get(&house, "/api/admin/orders?state=rich", &root).await;
    assert_eq!(wrong.status, 400);

    let story = get(&house, &format!("/api/admin/orders/{first}"), &root).await;
    assert_eq!(story.status, 200, "{}", story.body);
    assert_eq!(story.body["bought"]["buyerEmail"], "ada@example.org");
    let steps = story.body["steps"].as_array().unwrap();
    let words: Vec<_> = steps
        .iter()
        .map(|it| it["what"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["taken", "paid"]);
    let entries = story.body["entries"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["kind"]), (1, &json!("top-up")));
    assert!(
        entries[0]["postings"]
            .as_array()
            .unwrap()
            .contains(&json!({"account": "wallet", "asset": "coin", "units": 100_000}))
    );
    assert_eq!(story.body["partial"], false);

    let nobody = "00000000-0000-0000-0000-000000000001";
    let missing = get(&house, &format!("/api/admin/orders/{nobody}"), &root).await;
    assert_eq!(missing.status, 404);
    for path in ["", &format!("/{first}")] {
        let path = format!("/api/admin/orders{path}");
        assert_eq!(get(&house, &path, &ada).await.status, 403, "{path}");
    }
}

#[actix_web::test]
async fn open_disputes_and_decided_ones_are_two_lists() {
    let house = house();
    let root = admin(&house).await;
    let (client, payer) = person(&house, "client@example.org").await;
    let (_, earner) = person(&house, "host@example.org").await;
    let mut calls = Vec::new();
    for _ in 0..2 {
        let call = talked(&house, payer, earner).await;
        let ask = format!("/api/wallet/calls/{call}/refund-request");
        let asked = post(&house, &ask, &client, json!({"reason": "no picture"})).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        calls.push(call.to_string());
        house.clock.advance(Millis(10));
    }
    let listed = async |query: &str| {
        get(&house, &format!("/api/admin/disputes?{query}"), &root)
            .await
            .body
    };
    let ids = |body: &Value| -> Vec<String> {
        let all = body["disputes"].as_array().unwrap();
        let id = |it: &Value| it["dispute"]["callId"].as_str().unwrap().to_owned();
        all.iter().map(id).collect()
    };
    let open = listed("").await;
    calls.reverse();
    assert_eq!(ids(&open), calls, "the latest first");
    let price = 250 + 10_000 + 2_500;
    assert_eq!(open["disputes"][0]["aside"], price - price / 5);
    assert_eq!(open["disputes"][0]["clientId"], payer.to_string());
    let decide = format!("/api/admin/disputes/{}", calls[0]);
    let decided = post(
        &house,
        &decide,
        &root,
        json!({"refund": 5_000, "note": "half"}),
    )
    .await;
    assert_eq!(decided.status, 200, "{}", decided.body);
    assert_eq!(ids(&listed("decided=false").await), calls[1..]);
    let decided = listed("decided=true").await;
    assert_eq!(ids(&decided), calls[..1]);
    assert_eq!(decided["disputes"][0]["kept"], price - price / 5 - 4_000);
    assert_eq!(
        ids(&listed(&format!("before={}", calls[0])).await),
        calls[1..]
    );
    assert_eq!(
        get(&house, "/api/admin/disputes", &client).await.status,
        403
    );
}

#[actix_web::test]
async fn payouts_are_found_by_state_and_host() {
    let house = house();
    let root = admin(&house).await;
    let mut asked = Vec::new();
    for n in 0..3 {
        let (host, user) = person(&house, &format!("host{n}@example.org")).await;
        let entry = Entry::new(house.clock.now(), Kind::Adjustment, Subject::None).coins(
            Account::Issued(Gateway::Demo),
            Account::HostAvailable(user),
            MilliCoins::coins(100),
        );
        let ledger = house.rest.services.ledger();
        ledger.post(Posting::new(entry)).await.unwrap();
        house.clock.advance(Millis(10));
        let ask = with(request(Method::POST, "/api/earnings/payouts"), &host)
            .insert_header(("idempotency-key", "all"))
            .set_json(json!({}));
        asked.push(call(&house, ask).await.text("id").to_owned());
    }
    let sent = format!("/api/admin/payouts/{}/paid", asked[0]);
    post(&house, &sent, &root, json!({"reference": "SEPA 77"})).await;
    let void = format!("/api/admin/payouts/{}/void", asked[1]);
    post(&house, &void, &root, json!({"reason": "wrong account"})).await;
    let list = async |query: &str| get(&house, &format!("/api/admin/payouts?{query}"), &root).await;
    let ids = |it: &Answer| -> Vec<String> {
        let all = it.body["payouts"].as_array().unwrap();
        let id = |it: &Value| it["payout"]["id"].as_str().unwrap().to_owned();
        all.iter().map(id).collect()
    };
    for (query, which) in [
        ("state=open", 2),
        ("state=paid", 0),
        ("state=void", 1),
        ("host=host1@example.org", 1),
        ("host=host0@example.org&state=paid", 0),
        ("host=host2@example.org&state=open", 2),
    ] {
        assert_eq!(ids(&list(query).await), [asked[which].as_str()], "{query}");
    }
    assert_eq!(
        ids(&list("host=host0@example.org&state=open").await),
        [""; 0]
    );
    let totals = &list("").await.body["totals"];
    assert_eq!(
        *totals,
        json!({"waiting": 1, "waitingSum": 100_000, "paidSum": 100_000})
    );
    assert_eq!(list("state=late").await.status, 400);
    assert_eq!(list("host=nobody@example.org").await.text("field"), "host");
}
