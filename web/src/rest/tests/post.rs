//! Calendars, reminders by choice, and the admin's view of the outbox, as a client sees them.

use actix_web::http::{StatusCode, header};

use super::*;

/// Status, text and ETag of an answer that is no JSON.
async fn fetch(house: &House, request: TestRequest) -> (StatusCode, String, Option<String>) {
    let rest = house.rest.clone();
    let app = test::init_service(App::new().configure(|config| configure(config, &rest))).await;
    let request = request.peer_addr("192.0.2.1:5000".parse().unwrap());
    let response = test::call_service(&app, request.to_request()).await;
    let status = response.status();
    let tag = response.headers().get(header::ETAG);
    let tag = tag.map(|it| it.to_str().unwrap().to_owned());
    let body = test::read_body(response).await;
    (status, String::from_utf8(body.to_vec()).unwrap(), tag)
}

fn path_of(link: &str) -> &str {
    link.strip_prefix("http://localhost").unwrap()
}

async fn set_feed(house: &House, token: &str, wish: Value) -> String {
    let request = with(request(Method::PUT, "/api/me/calendar-feed"), token);
    let answer = call(house, request.set_json(wish)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["feed"]["link"].as_str().unwrap().to_owned()
}

pub(super) async fn admin(house: &House) -> String {
    let link = house.rest.services.first_admin_link().await.unwrap();
    let link = link.unwrap();
    let form = json!({"token": link.rsplit('/').next().unwrap(), "name": "Root",
                      "email": "root@example.org", "password": "correct horse"});
    let session = post(house, "/api/setup", "", form).await;
    session.text("accessToken").to_owned()
}

#[actix_web::test]
async fn a_secret_feed_shows_what_is_ahead_and_can_be_taken_back() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken");
    let made = meeting(&house, token, 90).await;
    let none = get(&house, "/api/me/calendar-feed", token).await;
    assert_eq!(none.body, json!({"feed": null}));
    let link = set_feed(&house, token, json!({"privateTitles": false})).await;
    let secret = link.rsplit('/').next().unwrap();
    assert_eq!(secret.len(), 43 + ".ics".len());
    let ask = || TestRequest::with_uri(path_of(&link));
    let (status, text, tag) = fetch(&house, ask()).await;
    assert_eq!(status, 200);
    let plain = text.replace("\r\n ", "");
    assert!(plain.contains("METHOD:PUBLISH\r\n"), "{plain}");
    assert!(plain.contains("SUMMARY:Talk (Gast)\r\n"), "{plain}");
    let id = made["meetingId"].as_str().unwrap();
    assert!(plain.contains(&format!("UID:{id}@parlor\r\n")), "{plain}");
    // A page that asks who is there, and no join link: calendars are shared.
    assert!(plain.contains(&format!("URL:http://localhost/video-call/{id}\r\n")));
    assert!(!plain.contains("/j/"), "{plain}");
    let again = ask().insert_header((header::IF_NONE_MATCH, tag.clone().unwrap()));
    let (status, empty, same) = fetch(&house, again).await;
    assert_eq!((status.as_u16(), empty.as_str(), same), (304, "", tag));
    let same = set_feed(&house, token, json!({"privateTitles": true})).await;
    assert_eq!(same, link);
    let (_, text, _) = fetch(&house, ask()).await;
    assert!(
        text.contains("SUMMARY:Busy\r\n") && !text.contains("Gast"),
        "{text}"
    );
    let new = set_feed(&house, token, json!({"privateTitles": true, "renew": true})).await;
    assert_eq!(fetch(&house, ask()).await.0, 404);
    let gone = with(request(Method::DELETE, "/api/me/calendar-feed"), token);
    assert_eq!(call(&house, gone).await.status, 204);
    let (status, ..) = fetch(&house, TestRequest::with_uri(path_of(&new))).await;
    assert_eq!(status, 404);
}

#[actix_web::test]
async fn a_meeting_is_a_file_for_its_people() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let bob = member(&house, "bob@example.org").await;
    let made = meeting(&house, ada.text("accessToken"), 90).await;
    let path = format!(
        "/api/meetings/{}/calendar.ics",
        made["meetingId"].as_str().unwrap()
    );
    let of = |token: &str| with(TestRequest::with_uri(&path), token);
    let (status, text, _) = fetch(&house, of(ada.text("accessToken"))).await;
    assert_eq!(status, 200);
    assert!(text.contains("SUMMARY:Talk (Gast)"), "{text}");
    assert_eq!(fetch(&house, of(bob.text("accessToken"))).await.0, 403);
    let token = join_token(&made);
    let by_link =
        || request(Method::POST, "/api/join/calendar").set_json(json!({ "token": token }));
    let (status, text, _) = fetch(&house, by_link()).await;
    assert_eq!(status, 200);
    let plain = text.replace("\r\n ", "");
    assert!(
        plain.contains(&format!("URL:http://localhost/j/{token}\r\n")),
        "{plain}"
    );
    let off = with(
        request(Method::DELETE, path.trim_end_matches("/calendar.ics")),
        ada.text("accessToken"),
    );
    assert_eq!(call(&house, off).await.status, 200);
    assert_eq!(fetch(&house, by_link()).await.0, 410);
}

#[actix_web::test]
async fn who_wants_no_reminders_says_so_by_one_click_and_may_change_their_mind() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    member(&house, "guest@example.org").await;
    meeting(&house, ada.text("accessToken"), 70).await;
    house.clock.advance(Millis::from_mins(10));
    assert_eq!(house.rest.services.sweep_reminders().await, Ok(2));
    let mails = get(&house, "/dev/mailbox.json", "").await;
    let mails = mails.body.as_array().unwrap();
    let to_guest = |it: &&Value| it["kind"] == "reminder" && it["to"] == "guest@example.org";
    let links = &mails.iter().find(to_guest).unwrap()["links"];
    let page = links.as_array().unwrap().last().unwrap().as_str().unwrap();
    let token = page.strip_prefix("http://localhost/reminders/").unwrap();
    assert!(!token.contains("guest"));
    let road = format!("/api/mail/off/{token}");
    let ask = async |wanted: Value| {
        let body = json!({"token": token, "wanted": wanted});
        post(&house, "/api/mail/reminders", "", body).await.body
    };
    // A scanner that opens the address changes nothing.
    let (status, ..) = fetch(&house, TestRequest::with_uri(&road)).await;
    assert_eq!(status, 303);
    // What is no token of ours leads nowhere, whatever is in it.
    let odd = TestRequest::with_uri("/api/mail/off/%1D%C2%BD");
    assert_eq!(fetch(&house, odd).await.0, 404);
    let expected = json!({"wanted": true, "digests": true, "address": "g…@example.org"});
    assert_eq!(ask(Value::Null).await, expected);
    let click = request(Method::POST, &road)
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload("List-Unsubscribe=One-Click");
    assert_eq!(fetch(&house, click).await.0, 200);
    assert_eq!(ask(Value::Null).await["wanted"], false);
    assert_eq!(ask(json!(true)).await["wanted"], true);
    // Digests, of somebody with an account, are ended by themselves.
    let road = format!("/api/mail/digests-off/{token}");
    let (status, ..) = fetch(&house, TestRequest::with_uri(&road)).await;
    assert_eq!(status, 303);
    assert_eq!(ask(Value::Null).await["digests"], true);
    let click = call(&house, request(Method::POST, &road)).await;
    assert_eq!(click.status, 200);
    let now = ask(Value::Null).await;
    assert_eq!(
        (&now["wanted"], &now["digests"]),
        (&json!(true), &json!(false))
    );
    let again = json!({"token": token, "digests": true});
    let again = post(&house, "/api/mail/reminders", "", again).await.body;
    assert_eq!(
        (&again["wanted"], &again["digests"]),
        (&json!(true), &json!(true))
    );
    let bad = post(&house, "/api/mail/reminders", "", json!({"token": "x"})).await;
    assert_eq!(bad.status, 404);
}

#[actix_web::test]
async fn an_admin_sees_the_outbox_but_no_way_in() {
    let house = house();
    let root = admin(&house).await;
    let ada = member(&house, "ada@example.org").await;
    let made = meeting(&house, ada.text("accessToken"), 70).await;
    assert_eq!(
        get(&house, "/api/admin/mails", ada.text("accessToken"))
            .await
            .status,
        403
    );
    let list = get(&house, "/api/admin/mails?state=queued", &root).await;
    let mails = list.body["mails"].as_array().unwrap();
    let invitation = mails.iter().find(|it| it["kind"] == "invitation").unwrap();
    let path = format!("/api/admin/mails/{}", invitation["id"].as_str().unwrap());
    let shown = get(&house, &path, &root).await;
    let (text, html) = (shown.text("text"), shown.text("html"));
    assert!(text.contains("http://localhost/j/…"), "{text}");
    for form in [text, html] {
        assert!(!form.contains(&join_token(&made)), "{form}");
    }
    let verify = mails.iter().find(|it| it["kind"] == "verify").unwrap();
    let verify = get(
        &house,
        &format!("/api/admin/mails/{}", verify["id"].as_str().unwrap()),
        &root,
    )
    .await;
    assert!(verify.text("text").contains("http://localhost/verify/…"));
    let dropped = post(&house, &format!("{path}/drop"), &root, json!({})).await;
    assert_eq!(
        (dropped.text("state"), dropped.text("why")),
        ("dropped", "by_hand")
    );
    assert_eq!(
        post(&house, &format!("{path}/drop"), &root, json!({}))
            .await
            .status,
        200
    );
    let again = post(&house, &format!("{path}/retry"), &root, json!({})).await;
    assert_eq!(again.text("state"), "queued");
    assert_eq!(
        post(&house, &format!("{path}/retry"), &root, json!({}))
            .await
            .status,
        409
    );
    let test = post(&house, "/api/admin/mail/test", &root, json!({})).await;
    assert_eq!((test.status, test.text("to")), (201, "root@example.org"));
    let post_body = get(&house, "/api/admin/mail", &root).await;
    assert_eq!(post_body.body["server"], Value::Null);
    assert_eq!(
        post_body.body["counts"][0],
        json!({"state": "queued", "count": 3})
    );
    let kept = get(&house, "/api/admin/retention", &root).await;
    assert_eq!(kept.body["sweptAt"], Value::Null);
    house.rest.services.sweep_old().await.unwrap();
    let kept = get(&house, "/api/admin/retention", &root).await;
    assert_eq!(kept.body["sweptAt"], json!(house.clock.now().0));
    let lines = kept.body["lines"].as_array().unwrap();
    let of = |class: &str| lines.iter().find(|it| it["class"] == class).unwrap();
    let calls = of("calls");
    assert_eq!(calls["keeps"], "swept");
    assert_eq!(
        (&calls["keepHours"], &calls["removed"]),
        (&json!(4_320), &json!(0))
    );
    assert_eq!((&calls["rows"], &calls["due"]), (&json!(0), &json!(0)));
    let accounts = of("accounts");
    assert_eq!(
        (&accounts["keeps"], &accounts["due"]),
        (&json!("account"), &Value::Null)
    );
    assert!(accounts["rows"].as_u64() > Some(1) && accounts["oldest"].is_i64());
}
