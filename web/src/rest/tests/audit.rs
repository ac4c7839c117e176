//! Every kind of attempt over REST leaves a record, whether it was let through or not.

use parlor_domain::{
    access::Admin,
    audit::{Record, Wanted, Who},
    identity::Role,
};

use super::{post::admin, *};

/// What was tried, and as what it is recorded: action, why it was refused, kind of resource.
type Step<'a> = (&'a str, &'a str, String, Value, Recorded<'a>);
type Recorded<'a> = (&'a str, Option<&'a str>, &'a str);

/// What was recorded, oldest first.
async fn all(house: &House) -> Vec<Record> {
    let by = Admin {
        user: UserId(uuid::Uuid::nil()),
    };
    let services = &house.rest.services;
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = services.search_audit(by, Wanted::default(), before, 100);
        let page = page.await.unwrap();
        all.extend(page.records.into_iter().map(|(it, _)| it));
        before = page.next;
        if before.is_none() {
            all.reverse();
            return all;
        }
    }
}

fn user_of(session: &Answer) -> UserId {
    session.body["user"]["userId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[actix_web::test]
async fn every_kind_of_attempt_over_rest_is_recorded() {
    let house = house();
    let admin = admin(&house).await;
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken").to_owned();
    let bob = member(&house, "bob@example.org").await;
    let stranger = bob.text("accessToken").to_owned();
    let meeting = meeting(&house, &token, 5).await;
    let id = meeting["meetingId"].as_str().unwrap();
    let link = join_token(&meeting);
    let good = json!({"email": "ada@example.org", "password": "correct horse"});
    let wrong = json!({"email": "ada@example.org", "password": "wrong horse"});
    let nobody = json!({"email": "nobody@example.org", "password": "wrong horse"});
    let guest = json!({"token": link, "name": "Gast"});
    let void = json!({"token": "no-such-token", "name": "Gast"});
    let user = user_of(&ada);
    let reset = json!({"email": "ada@example.org"});
    let old = json!({"current": "wrong horse", "new": "another horse"});
    let none = Value::Null;
    // who, method, path, body; the record: action, why it was refused, kind of resource
    let walk: Vec<Step<'_>> = vec![
        (
            "",
            "POST",
            "/api/auth/login".into(),
            good,
            ("login", None, "User"),
        ),
        (
            "",
            "POST",
            "/api/auth/login".into(),
            wrong,
            ("login", Some("unauthorized"), "User"),
        ),
        (
            "",
            "POST",
            "/api/auth/login".into(),
            nobody,
            ("login", Some("unauthorized"), "User"),
        ),
        (
            "",
            "POST",
            "/api/auth/verify".into(),
            void.clone(),
            ("account_made", Some("not_found"), "User"),
        ),
        (
            "",
            "POST",
            "/api/setup".into(),
            json!({"token": "x", "name": "E", "email": "e@example.org",
            "password": "evil horses"}),
            ("admin_made", Some("not_found"), "User"),
        ),
        (
            "",
            "POST",
            "/api/auth/reset-request".into(),
            reset,
            ("password_asked", None, "User"),
        ),
        (
            "",
            "POST",
            "/api/auth/reset".into(),
            json!({"token": "x", "password": "evil horses"}),
            ("password_reset", Some("not_found"), "User"),
        ),
        (
            &token,
            "POST",
            "/api/me/password".into(),
            old,
            ("password_changed", Some("*"), "User"),
        ),
        (
            &token,
            "DELETE",
            format!("/api/me/logins/{id}"),
            none.clone(),
            ("login_ended", Some("not_found"), "Login"),
        ),
        (
            "",
            "POST",
            "/api/join/preview".into(),
            guest.clone(),
            ("video_call_link_seen", None, "Session"),
        ),
        (
            "",
            "POST",
            "/api/join/preview".into(),
            void.clone(),
            ("video_call_link_seen", Some("not_found"), "Session"),
        ),
        (
            "",
            "POST",
            "/api/join/redeem".into(),
            guest,
            ("video_call_link_redeemed", None, "Session"),
        ),
        (
            "",
            "POST",
            "/api/join/redeem".into(),
            void,
            ("video_call_link_redeemed", Some("not_found"), "Session"),
        ),
        (
            &token,
            "POST",
            format!("/api/meetings/{id}/join"),
            none.clone(),
            ("video_call_asked", None, "Session"),
        ),
        (
            &stranger,
            "POST",
            format!("/api/meetings/{id}/join"),
            none.clone(),
            ("video_call_asked", Some("forbidden"), "Session"),
        ),
        (
            "",
            "POST",
            format!("/api/meetings/{id}/join"),
            none.clone(),
            ("video_call_asked", Some("unauthorized"), "Session"),
        ),
        (
            &token,
            "GET",
            format!("/api/video-calls/session/{id}"),
            none.clone(),
            ("video_call_asked", None, "Session"),
        ),
        (
            &stranger,
            "GET",
            format!("/api/video-calls/session/{id}"),
            none.clone(),
            ("video_call_asked", Some("forbidden"), "Session"),
        ),
        (
            &stranger,
            "GET",
            format!("/api/meetings/{id}"),
            none.clone(),
            ("request", Some("forbidden"), "meetings"),
        ),
        (
            &stranger,
            "DELETE",
            format!("/api/meetings/{id}"),
            none.clone(),
            ("request", Some("forbidden"), "meetings"),
        ),
        (
            "rubbish",
            "GET",
            "/api/me".into(),
            none.clone(),
            ("request", Some("unauthorized"), "me"),
        ),
        (
            "",
            "GET",
            "/api/wallet".into(),
            none.clone(),
            ("request", Some("unauthorized"), "wallet"),
        ),
        (
            &token,
            "GET",
            "/api/wallet/transactions.csv".into(),
            none.clone(),
            ("exported", None, "Wallet"),
        ),
        (
            &token,
            "POST",
            "/api/earnings/payouts".into(),
            json!({"coins": 5}),
            ("payout_asked", Some("*"), "Payout"),
        ),
        (
            &token,
            "GET",
            "/api/admin/reports".into(),
            none.clone(),
            ("admin_read", Some("forbidden"), "reports"),
        ),
        (
            "",
            "GET",
            "/api/admin/books".into(),
            none.clone(),
            ("admin_read", Some("unauthorized"), "books"),
        ),
        (
            &admin,
            "GET",
            "/api/admin/reports".into(),
            none.clone(),
            ("admin_read", None, "reports"),
        ),
        (
            &admin,
            "GET",
            format!("/api/admin/accounts/{user}/suspension"),
            none.clone(),
            ("admin_read", None, "accounts"),
        ),
        (
            &admin,
            "GET",
            "/api/admin/payouts.csv".into(),
            none.clone(),
            ("exported", None, "Payout"),
        ),
        (
            &token,
            "PUT",
            format!("/api/admin/accounts/{user}/suspension"),
            json!({"suspended": false, "reason": "me"}),
            ("suspension", Some("forbidden"), "User"),
        ),
        (
            &admin,
            "PUT",
            format!("/api/admin/accounts/{user}/suspension"),
            json!({"suspended": true, "reason": "fraud"}),
            ("suspension", None, "User"),
        ),
        (
            &admin,
            "POST",
            format!("/api/admin/mails/{id}/drop"),
            none.clone(),
            ("admin_changed", Some("not_found"), "mails"),
        ),
        (
            &admin,
            "GET",
            format!("/api/admin/mails/{id}"),
            none,
            ("mail_read", Some("not_found"), "Mail"),
        ),
        (
            &token,
            "POST",
            "/api/auth/logout".into(),
            json!({}),
            ("logout", Some("*"), "User"),
        ),
    ];
    for (token, method, path, body, (action, refused, kind)) in walk {
        let before = all(&house).await.len();
        let request = with(request(method.parse().unwrap(), &path), token);
        let request = match body {
            Value::Null => request,
            body => request.set_json(body),
        };
        let status = call(&house, request).await.status;
        let new = all(&house).await.split_off(before);
        let what = format!("{method} {path} ({status}): {new:?}");
        let it = new
            .last()
            .unwrap_or_else(|| panic!("nothing recorded: {what}"));
        assert_eq!(
            (it.action.as_str(), it.resource.kind.as_str()),
            (action, kind),
            "{what}"
        );
        assert_eq!(it.refused.is_some(), status >= 400, "{what}");
        match refused {
            None => assert_eq!(it.refused, None, "{what}"),
            Some("*") => {}
            Some(why) => assert_eq!(it.refused.as_deref(), Some(why), "{what}"),
        }
        assert_eq!(it.address, Some([192, 0, 2, 1].into()), "{what}");
        if kind == "Session" && refused.is_none() {
            assert_eq!(it.resource.id, id, "{what}");
        }
    }
    // Who it was, and whose account; nothing that somebody typed.
    let all = all(&house).await;
    let logins: Vec<_> = all.iter().filter(|it| it.action == "login").collect();
    assert_eq!(logins[0].who, Who::Person(user, Role::Host));
    assert_eq!((logins[1].who, logins[1].about), (Who::Nobody, Some(user)));
    assert_eq!((logins[2].who, logins[2].about), (Who::Nobody, None));
    let suspended = all.iter().rfind(|it| it.action == "suspension").unwrap();
    assert!(matches!(suspended.who, Who::Person(_, Role::Admin)));
    assert_eq!(suspended.about, Some(user));
    let text = format!("{all:?}");
    for typed in ["example.org", "horse", "Gast", "no-such-token", &link] {
        assert!(!text.contains(typed), "{typed} was recorded");
    }
}

#[actix_web::test]
async fn what_happens_all_the_time_is_not_recorded() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken").to_owned();
    let before = all(&house).await.len();
    // A first visit, own data, and coming back with a good cookie.
    let first =
        request(Method::POST, "/api/auth/refresh").insert_header(("sec-fetch-site", "same-origin"));
    assert_eq!(call(&house, first).await.status, 401);
    assert_eq!(get(&house, "/api/me", &token).await.status, 200);
    let cookie = ada.cookie("parlor_refresh");
    let again = || {
        request(Method::POST, "/api/auth/refresh")
            .insert_header(("cookie", cookie.clone()))
            .insert_header(("sec-fetch-site", "same-origin"))
    };
    assert_eq!(call(&house, again()).await.status, 200);
    assert_eq!(all(&house).await.len(), before);
    // A cookie that was copied.
    house.clock.advance(Millis::from_secs(60));
    assert_eq!(call(&house, again()).await.status, 401);
    let all = all(&house).await;
    let last = all.last().unwrap();
    assert_eq!(
        (last.action.as_str(), last.refused.as_deref()),
        ("login_renewed", Some("unauthorized"))
    );
}

#[actix_web::test]
async fn an_open_page_of_an_admin_is_one_record_a_minute() {
    let house = house();
    let admin = admin(&house).await;
    let looks = async |times| {
        for _ in 0..times {
            get(&house, "/api/admin/reports", &admin).await;
        }
        let all = all(&house).await;
        let reads = all.iter().filter(|it| it.action == "admin_read");
        reads.map(|it| it.times).collect::<Vec<_>>()
    };
    assert_eq!(looks(6).await, [1, 5]);
    house.clock.advance(Millis::from_secs(61));
    assert_eq!(looks(1).await, [1, 5, 1]);
}

#[actix_web::test]
async fn an_admin_searches_and_takes_along_what_was_found_and_nobody_else_does() {
    let house = house();
    admin(&house).await;
    let ada = member(&house, "ada@example.org").await;
    let user = user_of(&ada);
    for n in 0..60 {
        let form = json!({"email": "ada@example.org", "password": format!("wrong {n}")});
        post(&house, "/api/auth/login", "", form).await;
        house.clock.advance(Millis::from_mins(16));
    }
    let count = |page: &Answer| page.body["records"].as_array().unwrap().len();
    house.clock.advance(Millis(1));
    let again = {
        let form = json!({"email": "root@example.org", "password": "correct horse"});
        post(&house, "/api/auth/login", "", form).await
    };
    let admin = again.text("accessToken").to_owned();
    let ask = async |query: &str| get(&house, &format!("/api/admin/audit?{query}"), &admin).await;
    let first = ask("action=login&outcome=refused").await;
    assert_eq!((first.status, count(&first)), (200, 50), "{}", first.body);
    assert_eq!(first.body["records"][0]["aboutName"], "Ada");
    assert_eq!(first.body["records"][0]["ipAddress"], "192.0.2.1");
    let next = first.body["next"].as_u64().unwrap();
    let second = ask(&format!("action=login&outcome=refused&before={next}")).await;
    assert_eq!((count(&second), second.body["next"].is_null()), (10, true));
    // By person, by id or by address; by time.
    let by_id = ask(&format!("person={user}&outcome=refused")).await;
    let by_address = ask("person=ada@example.org&outcome=refused").await;
    assert_eq!(by_id.body["records"], by_address.body["records"]);
    assert_eq!(count(&by_id), 50);
    let until = NOW + Millis::from_mins(3 * 16);
    let early = ask(&format!("action=login&outcome=refused&to={}", until.0)).await;
    assert_eq!(count(&early), 3);
    for (query, status) in [
        ("person=no@example.org", 400),
        ("outcome=maybe", 400),
        ("before=x", 400),
    ] {
        assert_eq!(ask(query).await.status, status, "{query}");
    }
    // Everybody else is refused, and that is recorded.
    for path in ["audit", "audit.csv", "audit.jsonl"] {
        let form = json!({"email": "ada@example.org", "password": "correct horse"});
        let ada = post(&house, "/api/auth/login", "", form).await;
        let path = format!("/api/admin/{path}");
        assert_eq!(
            get(&house, &path, ada.text("accessToken")).await.status,
            403
        );
        assert_eq!(get(&house, &path, "").await.status, 401);
        // What is folded may be written after it, such as the admin's own questions of before.
        let all = all(&house).await;
        let last = all.iter().rfind(|it| it.who == Who::Nobody).unwrap();
        assert_eq!(
            (last.resource.kind.as_str(), last.refused.is_some()),
            ("Audit", true)
        );
    }
}
