//! What operators see and do, as a client of the interface.

use parlor_domain::numbers::Hour;

use super::{post::admin, *};

async fn put(house: &House, path: &str, token: &str, body: Value) -> Answer {
    call(
        house,
        with(request(Method::PUT, path), token).set_json(body),
    )
    .await
}

#[actix_web::test]
async fn nobody_else_reads_or_does_anything_of_an_operator() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    for path in [
        "/api/admin/overview",
        "/api/admin/numbers",
        "/api/admin/people",
        "/api/admin/people/00000000-0000-0000-0000-000000000001",
        "/api/admin/meetings",
        "/api/admin/settings",
        "/api/admin/maintenance",
    ] {
        assert_eq!(get(&house, path, "").await.status, 401, "{path}");
        let host = get(&house, path, ada.text("accessToken")).await;
        assert_eq!(host.status, 403, "{path}");
    }
    let off = json!({"message": "", "joins": true});
    let turned = put(
        &house,
        "/api/admin/maintenance",
        ada.text("accessToken"),
        off,
    )
    .await;
    assert_eq!(turned.status, 403);
}

#[actix_web::test]
async fn people_are_found_and_made_admins_with_care() {
    let house = house();
    let root = admin(&house).await;
    let ada = member(&house, "ada@example.org").await;
    let id = ada.body["user"]["userId"].as_str().unwrap().to_owned();
    let names = async |query: &str| -> Vec<String> {
        let list = get(&house, &format!("/api/admin/people?{query}"), &root).await;
        assert_eq!(list.status, 200, "{}", list.body);
        let people = list.body["people"].as_array().unwrap();
        let email = |it: &Value| it["email"].as_str().unwrap().to_owned();
        people.iter().map(email).collect()
    };
    let both = ["ada@example.org", "root@example.org"];
    assert_eq!(names("").await, both, "the latest first");
    assert_eq!(names("words=AD").await, both[..1]);
    assert_eq!(names("words=root@example.org").await, both[1..]);
    assert_eq!(names(&format!("words={id}")).await, both[..1]);
    assert_eq!(names("show=admins").await, both[1..]);
    assert_eq!(names("words=nobody").await, [""; 0]);
    meeting(&house, ada.text("accessToken"), 90).await;
    let path = format!("/api/admin/people/{id}");
    let one = get(&house, &path, &root).await.body;
    assert_eq!(one["person"]["email"], "ada@example.org");
    assert_eq!(
        (
            &one["meetingsAhead"],
            &one["devices"].as_array().unwrap().len()
        ),
        (&json!(1), &1)
    );
    assert!(!one.to_string().contains("Talk"), "metadata only");

    let path = format!("{path}/admin");
    let wish = |on| json!({"admin": on, "reason": "Runs it with me"});
    let why = put(&house, &path, &root, json!({"admin": true, "reason": " "})).await;
    assert_eq!((why.status, why.text("field")), (400, "reason"));
    assert_eq!(put(&house, &path, &root, wish(true)).await.status, 200);
    // What she may do counts from her next login.
    let old = get(&house, "/api/me", ada.text("accessToken")).await;
    assert_eq!(old.status, 401);
    let form = json!({"email": "ada@example.org", "password": "correct horse"});
    let again = super::post(&house, "/api/auth/login", "", form).await;
    assert_eq!(again.body["user"]["role"], "admin");
    let token = again.text("accessToken");
    let own = put(&house, &path, token, wish(false)).await;
    assert_eq!((own.status, own.text("field")), (400, "userId"));
    assert_eq!(put(&house, &path, &root, wish(false)).await.status, 200);
    assert_eq!(get(&house, "/api/admin/people", token).await.status, 401);
}

#[actix_web::test]
async fn meetings_are_listed_without_their_words_and_called_off() {
    let house = house();
    let root = admin(&house).await;
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken");
    let later = meeting(&house, token, 300).await;
    // Ids of one millisecond are in no order.
    house.clock.advance(Millis(1));
    let soon = meeting(&house, token, 90).await;
    let id = |it: &Value| it["meetingId"].as_str().unwrap().to_owned();
    let list = async |query: &str| {
        let list = get(&house, &format!("/api/admin/meetings?{query}"), &root).await;
        assert_eq!(list.status, 200, "{}", list.body);
        assert!(!list.body.to_string().contains("Talk"), "metadata only");
        let all = list.body["meetings"].as_array().unwrap().clone();
        all.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(list("ahead=true").await, [id(&soon), id(&later)]);
    assert_eq!(list("").await, [id(&soon), id(&later)], "made last");
    assert_eq!(
        list("person=ada@example.org").await,
        [id(&soon), id(&later)]
    );
    let from = later["scheduledAt"].as_i64().unwrap();
    assert_eq!(list(&format!("ahead=true&from={from}")).await, [id(&later)]);
    assert_eq!(list(&format!("to={from}")).await, [id(&soon)]);
    assert_eq!(list("status=completed").await, [""; 0]);
    let wrong = get(&house, "/api/admin/meetings?person=eve@example.org", &root).await;
    assert_eq!((wrong.status, wrong.text("field")), (400, "person"));
    assert_eq!(
        get(&house, "/api/admin/meetings?after=x", &root)
            .await
            .status,
        400
    );

    let path = format!("/api/admin/meetings/{}/cancel", id(&soon));
    let none = super::post(&house, &path, &root, json!({"words": ""})).await;
    assert_eq!((none.status, none.text("field")), (400, "words"));
    let off = super::post(
        &house,
        &path,
        &root,
        json!({"words": "The house is closed."}),
    )
    .await;
    assert_eq!((off.status, off.text("status")), (200, "cancelled"));
    assert_eq!(list("ahead=true").await, [id(&later)]);
    let again = super::post(&house, &path, &root, json!({"words": "Again."})).await;
    assert_eq!(again.text("status"), "cancelled", "once is enough");
}

#[actix_web::test]
async fn what_is_held_back_is_refused_with_the_operators_words_and_admins_go_on() {
    let house = house();
    let root = admin(&house).await;
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken");
    let made = meeting(&house, token, 5).await;
    let join = format!("/api/meetings/{}/join", made["meetingId"].as_str().unwrap());
    let switch =
        json!({"message": " Back  at five. ", "joins": true, "bookings": true, "payments": true});
    let turned = put(&house, "/api/admin/maintenance", &root, switch).await;
    assert_eq!(turned.text("message"), "Back at five.");
    let told = get(&house, "/api/notice", "").await;
    assert_eq!((told.status, &told.body), (200, &turned.body));

    let closed = super::post(&house, &join, token, json!({})).await;
    assert_eq!((closed.status, closed.text("code")), (403, "maintenance"));
    let seen = get(&house, "/api/meetings", token).await;
    assert_eq!(seen.body["meetings"][0]["joinable"]["state"], "maintenance");
    let at = house.clock.now() + Millis::from_mins(500);
    let form = || meeting_form(at);
    let refused = super::post(&house, "/api/meetings/create", token, form()).await;
    assert_eq!(
        (
            refused.status,
            refused.text("code"),
            refused.text("message")
        ),
        (503, "maintenance", "Back at five.")
    );
    let order = json!({"packageId": "p", "gateway": "demo"});
    let order = with(request(Method::POST, "/api/payment/create-order"), token)
        .insert_header(("idempotency-key", "one"))
        .set_json(order);
    assert_ne!(call(&house, order).await.status, 200);
    let own = super::post(&house, "/api/meetings/create", &root, form()).await;
    assert_eq!(own.status, 201, "an admin is not held back: {}", own.body);

    let off = put(&house, "/api/admin/maintenance", &root, json!({})).await;
    assert_eq!(off.text("message"), "");
    let open = super::post(&house, &join, token, json!({})).await;
    assert_eq!(open.status, 200, "{}", open.body);
    // Somebody is in a call when it is held back: the door stays open to its people.
    let services = &house.rest.services;
    let id: MeetingId = made["meetingId"].as_str().unwrap().parse().unwrap();
    let call_id = CallId(uuid::Uuid::from_u128(5));
    let began = RoomFact::CallStarted(call_id, house.clock.now());
    services.note(id, began).await.unwrap();
    put(
        &house,
        "/api/admin/maintenance",
        &root,
        json!({"joins": true}),
    )
    .await;
    let back = super::post(&house, &join, token, json!({})).await;
    assert_eq!(back.status, 200, "{}", back.body);
    let long = json!({"message": "x".repeat(501)});
    let long = put(&house, "/api/admin/maintenance", &root, long).await;
    assert_eq!((long.status, long.text("field")), (400, "message"));
}

#[actix_web::test]
async fn the_overview_counts_and_the_hours_come_back() {
    let house = house();
    let root = admin(&house).await;
    member(&house, "ada@example.org").await;
    let store = house.rest.services.store();
    let hour = 3_600_000;
    let now = house.clock.now().0 / hour * hour;
    for (back, sold) in [(30 * 24, 1_000), (3, 5_000), (1, 9_000)] {
        let it = Hour {
            at: Timestamp(now - back * hour),
            started: 19,
            failed: 1,
            direct: 6,
            relayed: 2,
            relay_bytes: 7,
            sockets_max: 3,
            sold: MilliCoins(sold),
            fees: MilliCoins(sold / 10),
        };
        store
            .write_lazy(parlor_data::nouns::number::put_lazily(&it).unwrap())
            .unwrap();
    }
    let it = get(&house, "/api/admin/overview", &root).await;
    assert_eq!(it.status, 200, "{}", it.body);
    let calls = &it.body["calls"];
    assert_eq!(
        (
            &calls["started"],
            &calls["successPercent"],
            &calls["relayPercent"]
        ),
        (&json!(38), &json!(95), &json!(25))
    );
    assert_eq!(it.body["liveCalls"], 0);
    assert_eq!(it.body["decisions"].as_array().unwrap().len(), 5);
    let numbers = get(&house, "/api/admin/numbers", &root).await;
    let hours = numbers.body["hours"].as_array().unwrap();
    let sold: Vec<_> = hours.iter().map(|it| &it["sold"]).collect();
    assert_eq!(
        sold,
        [&json!(4_000), &json!(4_000)],
        "what each hour brought"
    );
    // The ends of time are no hours, and no harm.
    for odd in [i64::MIN, i64::MAX] {
        let road = format!("/api/admin/numbers?from={odd}&to={odd}");
        assert_eq!(get(&house, &road, &root).await.status, 200);
        let road = format!("/api/admin/numbers?to={odd}");
        assert_eq!(get(&house, &road, &root).await.status, 200);
    }
    let far = format!("/api/admin/numbers?from={}", now - 100 * 24 * hour);
    assert_eq!(get(&house, &far, &root).await.status, 400);
}
