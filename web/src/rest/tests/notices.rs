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
