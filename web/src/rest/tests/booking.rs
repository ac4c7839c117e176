//! Booking over REST: a host offers, a stranger looks, holds and books, a link of a mail moves and
//! calls off; a member pays.

use super::*;

const HOUR: i64 = 3_600_000;

async fn put(house: &House, path: &str, token: &str, body: Value) -> Answer {
    let request = with(request(Method::PUT, path), token).set_json(body);
    call(house, request).await
}

/// A host with an hour's service on every day from 08:00 to 16:00 UTC: token, id, service.
async fn desk(house: &House, price: i64) -> (String, String, String) {
    let session = member(house, "host@example.org").await;
    let token = session.text("accessToken").to_owned();
    let id = session.body["user"]["userId"].as_str().unwrap().to_owned();
    let week = vec![json!([{"from": 480, "to": 960}]); 7];
    let hours = json!({"timeZone": "UTC", "week": week});
    let set = put(house, "/api/availability", &token, hours).await;
    assert_eq!(set.status, 200, "{}", set.body);
    let service = json!({"title": "Talk", "durationMinutes": 60, "stepMinutes": 60,
        "bufferAfterMinutes": 0, "priceMc": price});
    let made = post(house, "/api/services", &token, service).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let service = made.text("serviceId").to_owned();
    (token, id, service)
}

async fn slots(house: &House, host: &str, service: &str, token: &str) -> Vec<i64> {
    let path = format!("/api/hosts/{host}/slots?service={service}");
    let found = get(house, &path, token).await;
    assert_eq!(found.status, 200, "{}", found.body);
    let all = found.body["slots"].as_array().unwrap();
    all.iter().map(|it| it.as_i64().unwrap()).collect()
}

#[actix_web::test]
async fn a_stranger_books_moves_and_calls_off() {
    let house = house();
    let (token, host, service) = desk(&house, 0).await;
    let offered = get(&house, &format!("/api/hosts/{host}/services"), "").await;
    assert_eq!(offered.body["hostName"], "Ada");
    assert_eq!(offered.body["services"][0]["durationMinutes"], 60);
    let free = slots(&house, &host, &service, "").await;
    let start = free[0];
    let hold = json!({"serviceId": service, "startsAt": start});
    let path = format!("/api/hosts/{host}/holds");
    let held = post(&house, &path, "", hold.clone()).await;
    assert_eq!(held.status, 201, "{}", held.body);
    let again = post(&house, &path, "", hold).await;
    assert_eq!((again.status, again.text("code")), (409, "slot_taken"));
    assert_eq!(again.body["alternatives"].as_array().unwrap().len(), 3);
    // The host sees that somebody is about to book.
    let seen = get(&house, "/api/availability/holds", &token).await;
    assert_eq!(seen.body.as_array().unwrap().len(), 1, "{}", seen.body);
    assert_eq!(seen.body[0]["startsAt"], start);
    assert_eq!(seen.body[0]["expiresAt"], held.body["expiresAt"]);
    let form = json!({"hostId": host, "serviceId": service, "startsAt": start,
        "holdId": held.text("holdId"), "email": "guest@example.org", "name": "Gus"});
    let booked = post(&house, "/api/bookings", "", form.clone()).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    let meeting = &booked.body["meetings"][0];
    assert_eq!(meeting["status"], "confirmed");
    assert_eq!(meeting["booking"]["payment"], "free");
    assert!(
        meeting["meetingLinks"].is_null(),
        "the way in is in the mail"
    );
    // A second one gets nothing, and learns what is free.
    let late = json!({"hostId": host, "serviceId": service, "startsAt": start,
        "email": "late@example.org", "name": "Lot"});
    let late = post(&house, "/api/bookings", "", late).await;
    assert_eq!((late.status, late.text("code")), (409, "slot_taken"));
    let seen = get(&house, "/api/availability/holds", &token).await;
    assert_eq!(seen.body, json!([]), "a booking is no hold");
    // The host has it in the list of meetings.
    let mine = get(&house, "/api/meetings", &token).await;
    assert_eq!(mine.body["meetings"][0]["client"]["name"], "Gus");
    let link = meeting["booking"]["manageLink"].as_str().unwrap();
    let manage = link.rsplit('/').next().unwrap().to_owned();
    let shown = post(&house, "/api/manage/preview", "", json!({"token": manage})).await;
    assert_eq!(shown.body["quote"]["refundBps"], 10_000);
    let file = json!({"token": manage});
    let file = call(
        &house,
        request(Method::POST, "/api/manage/calendar").set_json(file),
    )
    .await;
    assert_eq!(file.status, 200);
    let moved = json!({"token": manage, "startsAt": start + HOUR});
    let moved = post(&house, "/api/manage/move", "", moved).await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    assert_eq!(moved.body["version"], 2);
    let old = post(&house, "/api/manage/cancel", "", json!({"token": manage})).await;
    assert_eq!(old.status, 410);
    let link = moved.body["booking"]["manageLink"].as_str().unwrap();
    let manage = link.rsplit('/').next().unwrap();
    let off = post(&house, "/api/manage/cancel", "", json!({"token": manage})).await;
    assert_eq!((off.status, off.text("status")), (200, "cancelled"));
    assert_eq!(slots(&house, &host, &service, "").await, free);
    for (path, body) in [
        ("/api/manage/preview", json!({"token": "rubbish"})),
        (
            "/api/bookings",
            json!({"hostId": "x", "serviceId": service, "startsAt": 1, "email": "a@example.org"}),
        ),
    ] {
        assert_eq!(post(&house, path, "", body).await.status, 404, "{path}");
    }
    let nobody = json!({"hostId": host, "serviceId": service, "startsAt": start});
    assert_eq!(post(&house, "/api/bookings", "", nobody).await.status, 401);
}

#[actix_web::test]
async fn a_stranger_reads_a_host_and_the_blocked_one_finds_nothing_free() {
    let house = house();
    let (token, host, service) = desk(&house, 0).await;
    let page = get(&house, &format!("/api/hosts/{host}"), "").await;
    assert_eq!((page.status, page.text("name")), (200, "Ada"));
    assert!(
        page.body["email"].is_null(),
        "nothing that was not published"
    );
    assert!(page.body["lastOnlineAt"].is_null());
    let said = get(&house, &format!("/api/hosts/{host}/reviews"), "").await;
    assert_eq!(said.status, 200);
    let list = get(&house, "/api/hosts", "").await;
    assert_eq!(list.status, 401, "the directory is for who has an account");

    let session = member(&house, "blocked@example.org").await;
    let blocked = session.text("accessToken").to_owned();
    let user = session.body["user"]["userId"].as_str().unwrap();
    let start = slots(&house, &host, &service, &blocked).await[0];
    let shut = put(&house, &format!("/api/me/blocks/{user}"), &token, json!({})).await;
    assert_eq!(shut.status, 204);
    assert!(slots(&house, &host, &service, &blocked).await.is_empty());
    let path = format!("/api/hosts/{host}/holds");
    let hold = json!({"serviceId": service, "startsAt": start});
    let held = post(&house, &path, &blocked, hold.clone()).await;
    assert_eq!((held.status, held.text("code")), (409, "slot_taken"));
    assert_eq!(held.body["alternatives"], json!([]));
    let other = post(&house, &path, "", hold).await;
    assert_eq!(other.status, 201, "{}", other.body);
    let lasts = other.body["lastsMs"].as_i64().unwrap();
    assert!(0 < lasts && lasts <= 600_000, "{lasts}");
}

#[actix_web::test]
async fn a_member_pays_asks_and_is_answered() {
    let house = house();
    let (token, host, service) = desk(&house, 20_000).await;
    let session = member(&house, "client@example.org").await;
    let client = session.text("accessToken").to_owned();
    let free = slots(&house, &host, &service, &client).await;
    let start = free[free.len() - 1];
    let form = |start: i64, pay: bool| json!({"hostId": host, "serviceId": service, "startsAt": start, "pay": pay});
    let guest = json!({"hostId": host, "serviceId": service, "startsAt": start,
        "email": "guest@example.org", "name": "Gus"});
    let guest = post(&house, "/api/bookings", "", guest).await;
    assert_eq!((guest.status, guest.text("code")), (403, "needs_account"));
    let booked = post(&house, "/api/bookings", &client, form(start, false)).await;
    let meeting = &booked.body["meetings"][0];
    assert_eq!(meeting["status"], "awaiting_payment");
    assert_eq!(meeting["legacyStatus"], "scheduled");
    let id = meeting["meetingId"].as_str().unwrap();
    let paid = post(
        &house,
        &format!("/api/bookings/{id}/pay"),
        &client,
        json!({}),
    )
    .await;
    assert_eq!((paid.status, paid.text("status")), (200, "confirmed"));
    assert_eq!(paid.body["booking"]["payment"], "paid");
    let wallet = get(&house, "/api/wallet", &client).await;
    assert_eq!(wallet.body["available"], 30_000);
    let quote = get(&house, &format!("/api/bookings/{id}/quote"), &client).await;
    assert_eq!(
        (quote.text("by"), quote.body["refundMc"].as_i64()),
        ("client", Some(20_000))
    );
    // The seeds' ways: PUT moves, DELETE calls off, for the client too.
    let path = format!("/api/meetings/{id}");
    let moved = put(&house, &path, &client, json!({"scheduledAt": start - HOUR})).await;
    assert_eq!(
        (moved.status, moved.body["version"].as_i64()),
        (200, Some(2)),
        "{}",
        moved.body
    );
    let off = call(&house, with(request(Method::DELETE, &path), &client)).await;
    assert_eq!(off.body["booking"]["payment"], "settled");
    assert_eq!(off.body["booking"]["refundedMc"], 20_000);
    // On request.
    let ask = json!({"title": "Talk", "durationMinutes": 60, "stepMinutes": 60, "approval": true});
    let path = format!("/api/services/{service}");
    assert_eq!(put(&house, &path, &token, ask).await.status, 200);
    let asked = post(&house, "/api/bookings", &client, form(start, false)).await;
    let id = asked.body["meetings"][0]["meetingId"].as_str().unwrap();
    assert_eq!(asked.body["meetings"][0]["status"], "requested");
    let path = format!("/api/bookings/{id}/answer");
    assert_eq!(
        post(&house, &path, &client, json!({"accept": true}))
            .await
            .status,
        403
    );
    let waiting = get(&house, "/api/meetings?status=requested", &token).await;
    assert_eq!(waiting.body["meetings"].as_array().unwrap().len(), 1);
    assert!(waiting.body["meetings"][0]["client"]["timeZone"].is_string());
    let yes = json!({"accept": true, "remark": "Gladly."});
    let yes = post(&house, &path, &token, yes).await;
    assert_eq!(yes.text("status"), "confirmed");
    assert_eq!(yes.body["remark"], json!({"by": "host", "text": "Gladly."}));
    let waiting = get(&house, "/api/meetings?status=requested", &token).await;
    assert_eq!(waiting.body["meetings"], json!([]));
    let off = format!("/api/bookings/{id}/cancel");
    let wrong = json!({"remark": "x".repeat(501)});
    let wrong = post(&house, &off, &client, wrong).await;
    assert_eq!((wrong.status, wrong.text("field")), (400, "remark"));
    let verdict = json!({"verdict": "no_show_host"});
    let path = format!("/api/bookings/{id}/attendance");
    assert_eq!(
        post(&house, &path, &token, verdict).await.status,
        409,
        "not yet"
    );
    let broke = post(&house, "/api/services", &client, json!({"title": "X"})).await;
    assert_eq!(
        broke.status, 201,
        "open houses make hosts of who asked at sign-up"
    );
}

#[actix_web::test]
async fn a_host_takes_time_off_and_what_is_wrong_is_named() {
    let house = house();
    let (token, host, service) = desk(&house, 0).await;
    let free = slots(&house, &host, &service, "").await;
    let span = json!({"from": free[0], "to": free[0] + HOUR});
    let block = post(&house, "/api/availability/time-off", &token, span).await;
    assert_eq!(block.status, 201, "{}", block.body);
    assert!(!slots(&house, &host, &service, "").await.contains(&free[0]));
    let all = get(&house, "/api/availability/time-off", &token).await;
    assert_eq!(all.body[0]["timeOffId"], block.body["timeOffId"]);
    let id = block.text("timeOffId");
    let path = format!("/api/availability/time-off/{id}?from={}", free[0]);
    let gone = call(&house, with(request(Method::DELETE, &path), &token)).await;
    assert_eq!(gone.status, 204);
    assert_eq!(slots(&house, &host, &service, "").await, free);
    let week = vec![json!([]); 7];
    for (path, body, field) in [
        ("/api/services", json!({"title": ""}), "title"),
        (
            "/api/services",
            json!({"title": "X", "durationMinutes": 7}),
            "durationMinutes",
        ),
        (
            "/api/availability",
            json!({"timeZone": "Mars/Olympus", "week": week}),
            "timeZone",
        ),
        (
            "/api/availability",
            json!({"timeZone": "UTC", "week": []}),
            "week",
        ),
    ] {
        let method = if path.ends_with("services") {
            Method::POST
        } else {
            Method::PUT
        };
        let wrong = call(&house, with(request(method, path), &token).set_json(body)).await;
        assert_eq!((wrong.status, wrong.text("field")), (400, field));
    }
}

/// A house in which coins are bought from the pretended gateway: client's token, host, service of
/// 100 coins, a start.
async fn shop(house: &House) -> (String, String, String, i64) {
    let package = Package::new(100, 9_900, "INR").unwrap();
    let gateways = Gateways::build(GatewaysConfig {
        demo: true,
        packages: vec![package],
        ..GatewaysConfig::default()
    });
    house.rest.services.connect_gateways(gateways);
    let (_, host, service) = desk(house, 100_000).await;
    let session = member(house, "client@example.org").await;
    let client = session.text("accessToken").to_owned();
    let start = *slots(house, &host, &service, &client).await.last().unwrap();
    (client, host, service, start)
}

async fn ordered(house: &House, client: &str, meeting: &str, key: &str) -> String {
    let body = json!({"package": "100-inr-9900", "gateway": "demo", "meetingId": meeting});
    let order = with(request(Method::POST, "/api/payment/create-order"), client);
    let order = order.insert_header(("idempotency-key", key)).set_json(body);
    let order = call(house, order).await;
    assert_eq!(order.status, 201, "{}", order.body);
    let id = order.body["order"]["id"].as_str().unwrap();
    format!("/api/payment/demo/{id}")
}

#[actix_web::test]
async fn bought_coins_pay_for_the_booking_also_late_if_its_time_is_free() {
    for (late, rival) in [(false, false), (true, false), (true, true)] {
        let house = house();
        let (client, host, service, start) = shop(&house).await;
        let form = json!({"hostId": host, "serviceId": service, "startsAt": start});
        let booked = post(&house, "/api/bookings", &client, form.clone()).await;
        let id = booked.body["meetings"][0]["meetingId"].as_str().unwrap();
        let few = post(
            &house,
            &format!("/api/bookings/{id}/pay"),
            &client,
            json!({}),
        )
        .await;
        assert_eq!((few.status, few.text("code")), (402, "balance_too_low"));
        let pay = ordered(&house, &client, id, "k").await;
        // The checkout is open for longer than the hold was.
        house.clock.advance(Millis::from_mins(9));
        house.rest.services.sweep_closed_meetings().await.unwrap();
        assert!(!slots(&house, &host, &service, "").await.contains(&start));
        if late {
            house.clock.advance(Millis::from_mins(31));
            while house.rest.services.sweep_closed_meetings().await.unwrap() > 0 {}
            assert!(slots(&house, &host, &service, "").await.contains(&start));
        }
        let client = match late {
            true => {
                let form = json!({"email": "client@example.org", "password": "correct horse"});
                let again = post(&house, "/api/auth/login", "", form).await;
                again.text("accessToken").to_owned()
            }
            false => client,
        };
        if rival {
            let mut draft = json!({"title": "Talk", "durationMinutes": 60, "stepMinutes": 60});
            draft["bufferAfterMinutes"] = json!(0);
            let form = json!({"email": "host@example.org", "password": "correct horse"});
            let token = post(&house, "/api/auth/login", "", form).await;
            let path = format!("/api/services/{service}");
            put(&house, &path, token.text("accessToken"), draft).await;
            let mut guest = form_of(&host, &service, start);
            guest["email"] = json!("guest@example.org");
            guest["name"] = json!("Gus");
            let taken = post(&house, "/api/bookings", "", guest).await;
            assert_eq!(taken.status, 201, "{}", taken.body);
        }
        let paid = post(&house, &pay, &client, json!({"outcome": "success"})).await;
        assert_eq!(paid.text("state"), "paid", "{}", paid.body);
        let meeting = get(&house, &format!("/api/meetings/{id}"), &client).await;
        let wallet = get(&house, "/api/wallet", &client).await;
        let (status, left) = match rival {
            false => ("confirmed", 50_000),
            true => ("expired", 150_000),
        };
        assert_eq!(meeting.text("status"), status, "late {late}, rival {rival}");
        assert_eq!(wallet.body["available"], left, "late {late}, rival {rival}");
    }
}

fn form_of(host: &str, service: &str, start: i64) -> Value {
    json!({"hostId": host, "serviceId": service, "startsAt": start})
}

/// P7 over HTTP, with connections of their own: a thousand strangers want one time.
#[actix_web::test]
async fn p7_over_http_of_a_thousand_bookings_of_one_time_one_succeeds() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let house = house();
    let (_, host, service) = desk(&house, 0).await;
    let start = slots(&house, &host, &service, "").await[2];
    let rest = house.rest.clone();
    let server = actix_web::HttpServer::new(move || {
        let rest = rest.clone();
        App::new().configure(move |config| configure(config, &rest))
    });
    let server = server
        .workers(2)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    let address = server.addrs()[0];
    let running = server.run();
    let handle = running.handle();
    actix_web::rt::spawn(running);
    let asked = (0..1_000).map(|n| {
        let mut form = form_of(&host, &service, start);
        form["email"] = json!(format!("guest{n}@example.org"));
        form["name"] = json!(format!("Guest {n}"));
        let body = form.to_string();
        async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let request = format!(
                "POST /api/bookings HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        }
    });
    let answers = futures_util::future::join_all(asked).await;
    let status = |answer: &&String, code: &str| answer.starts_with(&format!("HTTP/1.1 {code}"));
    let good = answers.iter().filter(|it| status(it, "201")).count();
    let taken = answers.iter().filter(|it| {
        status(it, "409") && it.contains("slot_taken") && it.contains("\"alternatives\":[1")
    });
    assert_eq!((good, taken.count()), (1, 999));
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_group_shows_its_seats_and_is_called_off_as_one() {
    let house = house();
    let (token, host, _) = desk(&house, 0).await;
    let service = json!({"title": "Class", "durationMinutes": 60, "stepMinutes": 60,
        "bufferAfterMinutes": 0, "capacity": 2, "perClientMax": 1});
    let made = post(&house, "/api/services", &token, service).await;
    assert_eq!(
        (made.status, made.body["capacity"].as_i64()),
        (201, Some(2))
    );
    let service = made.text("serviceId").to_owned();
    let path = format!("/api/hosts/{host}/slots?service={service}");
    let shown = get(&house, &path, "").await;
    let start = shown.body["slots"][0].as_i64().unwrap();
    assert_eq!(shown.body["seatsLeft"][0], 2);
    let form = |n: u32, start: i64| {
        json!({"hostId": host, "serviceId": service, "startsAt": start,
        "email": format!("guest{n}@example.org"), "name": "Gus", "language": "sw", "timeZone": "Africa/Nairobi"})
    };
    let one = post(&house, "/api/bookings", "", form(1, start)).await;
    assert_eq!(
        one.body["meetings"][0]["booking"]["group"],
        json!({"seats": 2, "taken": 1})
    );
    assert_eq!(get(&house, &path, "").await.body["seatsLeft"][0], 1);
    let two = post(&house, "/api/bookings", "", form(2, start)).await;
    assert_eq!(
        two.body["meetings"][0]["roomId"],
        one.body["meetings"][0]["roomId"]
    );
    let again = post(&house, "/api/bookings", "", form(2, start + HOUR)).await;
    assert_eq!(
        (again.status, again.text("code")),
        (409, "too_many_bookings")
    );
    let mut odd = form(3, start + HOUR);
    odd["timeZone"] = json!("Mars/Olympus");
    assert_eq!(post(&house, "/api/bookings", "", odd).await.status, 400);
    let id = one.body["meetings"][0]["meetingId"].as_str().unwrap();
    let path = format!("/api/meetings/{id}?session=true");
    let off = call(&house, with(request(Method::DELETE, &path), &token)).await;
    assert_eq!((off.status, off.text("status")), (200, "cancelled"));
    let mine = get(&house, "/api/meetings", &token).await;
    let all = mine.body["meetings"].as_array().unwrap();
    assert!(all.iter().all(|it| it["status"] == "cancelled"));
}

#[actix_web::test]
async fn a_full_day_is_waited_for_and_a_calendar_of_elsewhere_is_refused_in_words() {
    let house = house();
    let (token, host, service) = desk(&house, 0).await;
    let path = format!("/api/hosts/{host}/waiting");
    let form = |day: &str| json!({"serviceId": service, "day": day, "email": "guest@example.org", "name": "Gus"});
    let early = post(&house, &path, "", form("2026-03-03")).await;
    assert_eq!(early.status, 409, "{}", early.body);
    assert_eq!(post(&house, &path, "", form("tomorrow")).await.status, 400);
    let off = json!({"from": NOW.0, "to": NOW.0 + 48 * HOUR});
    let taken = post(&house, "/api/availability/time-off", &token, off).await;
    assert_eq!(taken.status, 201);
    let slots = format!("/api/hosts/{host}/slots?service={service}");
    let full = get(&house, &slots, "").await.body["fullDays"].clone();
    assert!(
        full.as_array().unwrap().contains(&json!("2026-03-03")),
        "{full}"
    );
    let waits = post(&house, &path, "", form("2026-03-03")).await;
    assert_eq!((waits.status, waits.text("day")), (201, "2026-03-03"));
    let id = waits.text("waitingId");
    for _ in 0..2 {
        let left = call(
            &house,
            request(Method::DELETE, &format!("/api/waiting/{id}")),
        )
        .await;
        assert_eq!(left.status, 204);
    }
    assert_eq!(get(&house, "/api/waiting", &token).await.body, json!([]));

    let path = "/api/availability/calendars";
    for (address, words) in [
        ("https://10.0.0.1/a.ics", "private network"),
        ("http://example.org/a.ics", "https://"),
    ] {
        let refused = post(&house, path, &token, json!({"address": address})).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text("message").contains(words), "{}", refused.body);
    }
    assert_eq!(get(&house, path, &token).await.body, json!([]));
    assert_eq!(get(&house, path, "").await.status, 401);
    let none = format!("{path}/rubbish/refresh");
    assert_eq!(post(&house, &none, &token, json!({})).await.status, 404);
}

#[actix_web::test]
async fn a_price_in_a_currency_is_paid_in_it_to_the_last_coin() {
    let house = house();
    let (client, host, _, start) = shop(&house).await;
    let form = json!({"email": "host@example.org", "password": "correct horse"});
    let token = post(&house, "/api/auth/login", "", form).await;
    let token = token.text("accessToken").to_owned();
    let form = |currency: &str| {
        json!({"title": "Lesson", "durationMinutes": 60, "stepMinutes": 60,
        "bufferAfterMinutes": 0, "priceMoney": {"minor": 4_951, "currency": currency}})
    };
    let odd = post(&house, "/api/services", &token, form("EUR")).await;
    assert_eq!((odd.status, odd.text("field")), (400, "priceMoney"));
    let made = post(&house, "/api/services", &token, form("inr")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    // 100 coins cost 99.00: 49.51 are 50.01010... of them, rounded up to a thousandth.
    assert_eq!(made.body["priceMc"], 50_011);
    let money = json!({"minor": 4_951, "currency": "INR", "digits": 2});
    assert_eq!(made.body["priceMoney"], money);
    let form = form_of(&host, made.text("serviceId"), start);
    let booked = post(&house, "/api/bookings", &client, form).await;
    let booking = &booked.body["meetings"][0]["booking"];
    assert_eq!(
        (&booking["priceMc"], &booking["priceMoney"]),
        (&json!(50_011), &money)
    );
    let id = booked.body["meetings"][0]["meetingId"].as_str().unwrap();
    let body = json!({"package": "booking", "gateway": "demo", "meetingId": id});
    let order = with(request(Method::POST, "/api/payment/create-order"), &client);
    let order = call(
        &house,
        order.insert_header(("idempotency-key", "k")).set_json(body),
    )
    .await;
    assert_eq!(order.status, 201, "{}", order.body);
    let order = &order.body["order"];
    assert_eq!(
        (&order["priceMinor"], &order["currency"]),
        (&json!(4_951), &json!("INR"))
    );
    let before = get(&house, "/api/wallet", &client).await.body["available"].clone();
    let path = format!("/api/payment/demo/{}", order["id"].as_str().unwrap());
    post(&house, &path, &client, json!({"outcome": "success"})).await;
    let meeting = get(&house, &format!("/api/meetings/{id}"), &client).await;
    assert_eq!(
        (meeting.text("status"), &meeting.body["booking"]["payment"]),
        ("confirmed", &json!("paid"))
    );
    assert_eq!(
        get(&house, "/api/wallet", &client).await.body["available"],
        before
    );
    // Called off in time, all of it is back.
    let off = call(
        &house,
        with(
            request(Method::DELETE, &format!("/api/meetings/{id}")),
            &client,
        ),
    )
    .await;
    assert_eq!(off.status, 200);
    let after = get(&house, "/api/wallet", &client).await.body["available"].as_i64();
    assert_eq!(after, before.as_i64().map(|it| it + 50_011));
    // Only what is priced so is paid so.
    let body = json!({"package": "booking", "gateway": "demo"});
    let order = with(request(Method::POST, "/api/payment/create-order"), &client);
    let order = call(
        &house,
        order.insert_header(("idempotency-key", "l")).set_json(body),
    )
    .await;
    assert_eq!(order.status, 400);
}

#[actix_web::test]
async fn services_of_any_host_are_found_by_words() {
    let house = house();
    let (token, _, service) = desk(&house, 0).await;
    house.rest.services.open_directory().unwrap();
    let more = json!({"title": "Swahili for beginners", "details": "Talk from the first day"});
    assert_eq!(
        post(&house, "/api/services", &token, more).await.status,
        201
    );
    let hidden = json!({"title": "Talk in private", "active": false});
    assert_eq!(
        post(&house, "/api/services", &token, hidden).await.status,
        201
    );
    let find = async |q: &str| {
        let found = get(&house, &format!("/api/services/search?q={q}"), "").await;
        assert_eq!(found.status, 200, "{}", found.body);
        let titles = found.body.as_array().unwrap().iter();
        titles
            .map(|it| it["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(find("talk").await, ["Talk", "Swahili for beginners"]);
    assert_eq!(find("SWAHILI%20ada").await, ["Swahili for beginners"]);
    assert_eq!(find("piano").await, [""; 0]);
    assert_eq!(find("").await.len(), 2);
    let path = format!("/api/services/{service}");
    call(&house, with(request(Method::DELETE, &path), &token)).await;
    assert_eq!(find("talk").await, ["Swahili for beginners"]);
}

/// R050, R051, R063: the first clients' own words, from making a meeting to calling it off.
#[actix_web::test]
async fn the_first_clients_of_the_meeting_interface_find_their_words() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let learner = member(&house, "client@example.org").await;
    let (token, id) = (host.text("accessToken"), &learner.body["user"]["userId"]);
    let start = house.rest.services.now().0 + 5 * 60_000;
    let form = json!({"learnerId": id, "subject": "Reading", "description": "Chapter 3",
        "scheduledAt": start, "duration": 30});
    let made = post(&house, "/api/meetings/create", token, form).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["mentorId"], host.body["user"]["userId"]);
    assert_eq!(made.body["learnerId"], *id);
    assert_eq!(
        (made.body["duration"].as_i64(), made.text("legacyStatus")),
        (Some(30), "scheduled")
    );
    for word in [
        "subject",
        "description",
        "scheduledAt",
        "meetingLink",
        "meetingId",
        "createdAt",
        "updatedAt",
    ] {
        assert!(!made.body[word].is_null(), "{word}");
    }
    let path = format!("/api/meetings/{}", made.text("meetingId"));
    let longer = put(&house, &path, token, json!({"duration": 45})).await;
    assert_eq!(longer.body["duration"], 45);
    let client = learner.text("accessToken");
    let join = post(&house, &format!("{path}/join"), client, json!({})).await;
    assert_eq!(join.text("roomId"), made.text("roomId"));
    let seen = get(&house, &path, token).await;
    assert!(seen.body["clientCameAt"].is_i64() && seen.body["hostCameAt"].is_null());
    let mine = get(&house, "/api/meetings", client).await;
    assert_eq!(mine.body["meetings"].as_array().unwrap().len(), 1);
    let off = call(&house, with(request(Method::DELETE, &path), client)).await;
    assert_eq!(off.text("legacyStatus"), "cancelled");
}
