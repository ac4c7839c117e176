//! Notifications over REST.

use super::*;

#[actix_web::test]
async fn a_host_is_told_of_meetings_and_marks_what_was_read() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let ada = member(&house, "guest@example.org").await;
    let token = ada.text("accessToken");
    let none = get(&house, "/api/notifications", token).await.body;
    assert_eq!(
        none,
        json!({"notifications": [], "unread": 0, "hasMore": false})
    );
    let mut ids = Vec::new();
    for hour in 1..=3 {
        let made = meeting(&house, host.text("accessToken"), hour * 60).await;
        ids.push(made["meetingId"].clone());
    }
    house.rest.services.deliver_notices().await;
    let list = get(&house, "/api/notifications?limit=2", token).await.body;
    assert_eq!(
        (&list["unread"], &list["hasMore"]),
        (&json!(3), &json!(true)),
        "{list}"
    );
    let first = &list["notifications"][0];
    assert_eq!(first["kind"], "booking-confirmed");
    assert!(ids.contains(&first["aboutId"]));
    assert_eq!(
        (&first["name"], &first["read"]),
        (&json!("Ada"), &json!(false))
    );
    let read = |body: Value| {
        let request = with(request(Method::POST, "/api/notifications/read"), token);
        call(&house, request.set_json(body))
    };
    assert_eq!(read(json!({"seqs": [3]})).await.body, json!({"unread": 2}));
    let older = get(&house, "/api/notifications?before=3", token).await.body;
    assert_eq!(older["notifications"].as_array().unwrap().len(), 2);
    assert_eq!(
        read(json!({"upToSeq": 99})).await.body,
        json!({"unread": 0})
    );
    let list = get(&house, "/api/notifications", token).await.body;
    assert_eq!(list["notifications"][2]["read"], true);
    assert_eq!(get(&house, "/api/notifications", "").await.status, 401);
}

#[actix_web::test]
async fn one_chooses_how_one_is_told_and_errors_say_why() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken").to_owned();
    let path = "/api/notifications/settings";
    let before = get(&house, path, &token).await.body;
    let of = |all: &Value, kind: &str| {
        let kinds = all["kinds"].as_array().unwrap();
        kinds.iter().find(|it| it["kind"] == kind).unwrap().clone()
    };
    assert_eq!(before["kinds"].as_array().unwrap().len(), 13);
    assert_eq!(
        of(&before, "message"),
        json!({"kind": "message", "screen": true, "mail": true, "mailWay": "digest", "push": true})
    );
    assert_eq!(of(&before, "booking-moved")["mailWay"], "own");
    assert_eq!(before["quiet"]["on"], false);
    assert_eq!(
        (&before["digests"], &before["pushes"], &before["timeZone"]),
        (&json!(true), &json!(false), &json!("UTC"))
    );
    let change = |body: Value| {
        let request = with(request(Method::PUT, path), &token);
        call(&house, request.set_json(body))
    };
    let night = json!({"on": true, "fromMinute": 1320, "toMinute": 420, "days": [1, 5]});
    let said = change(json!({
        "kinds": [{"kind": "message", "push": false}, {"kind": "session-reminder", "mail": false}],
        "quiet": night, "digests": false,
    }));
    assert_eq!(said.await.status, 200);
    let after = get(&house, path, &token).await.body;
    assert_eq!(of(&after, "message")["push"], false);
    assert_eq!(of(&after, "message")["screen"], true);
    assert_eq!(of(&after, "session-reminder")["mail"], false);
    assert_eq!(
        (&after["quiet"], &after["digests"]),
        (&night, &json!(false))
    );
    for (wrong, field) in [
        (
            json!({"kinds": [{"kind": "booking-request", "mail": false}]}),
            "kinds",
        ),
        (
            json!({"quiet": {"on": true, "fromMinute": 1440, "toMinute": 1, "days": [1]}}),
            "from",
        ),
        (
            json!({"quiet": {"on": true, "fromMinute": 5, "toMinute": 5, "days": [1]}}),
            "to",
        ),
        (
            json!({"quiet": {"on": true, "fromMinute": 5, "toMinute": 6, "days": []}}),
            "days",
        ),
    ] {
        let refused = change(wrong.clone()).await;
        assert_eq!(refused.status, 400, "{wrong}");
        assert_eq!(refused.body["field"], field, "{wrong}");
    }
    let no = json!({"quiet": {"on": false, "fromMinute": 0, "toMinute": 0, "days": []}});
    assert_eq!(change(no).await.body["quiet"]["on"], false);
    assert_eq!(get(&house, path, "").await.status, 401);
}
