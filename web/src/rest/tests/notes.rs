//! A host's private notes: theirs alone.

use super::*;

async fn put(house: &House, path: &str, token: &str, body: Value) -> Answer {
    let request = with(request(Method::PUT, path), token);
    call(house, request.set_json(body)).await
}

#[actix_web::test]
async fn notes_are_read_and_written_by_the_host_alone_and_never_overwritten_unseen() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let guest = member(&house, "guest@example.org").await;
    let other = member(&house, "other@example.org").await;
    let (host, guest) = (host.text("accessToken"), guest.text("accessToken"));
    let first = meeting(&house, host, 90).await;
    let second = meeting(&house, host, 200).await;
    let path = |it: &Value| format!("/api/meetings/{}/notes", it["meetingId"].as_str().unwrap());
    let (one, two) = (path(&first), path(&second));

    let empty = get(&house, &one, host).await;
    assert_eq!(
        (empty.status, &empty.body["client"]["version"]),
        (200, &json!(0))
    );
    let client = format!("{one}/client");
    let text = json!({"text": "Likes tea.\n", "version": 0});
    let written = put(&house, &client, host, text.clone()).await;
    assert_eq!((written.status, &written.body["version"]), (200, &json!(1)));
    let meeting_note = json!({"text": "About the exam", "version": 0});
    let of_first = put(&house, &format!("{one}/meeting"), host, meeting_note).await;
    assert_eq!(of_first.status, 200);

    // Seen from the next meeting with the same client; the other note is of its meeting.
    let seen = get(&house, &two, host).await.body;
    assert_eq!(seen["client"]["text"], "Likes tea.\n");
    assert_eq!(seen["meeting"]["text"], "");

    // Another page wrote meanwhile.
    assert_eq!(put(&house, &client, host, text).await.status, 409);
    let long = json!({"text": "x".repeat(20_001), "version": 1});
    let long = put(&house, &client, host, long).await;
    assert_eq!((long.status, long.text("field")), (400, "text"));
    let removed = put(&house, &client, host, json!({"text": "", "version": 1})).await;
    assert_eq!((removed.status, &removed.body["version"]), (200, &json!(0)));

    for nosy in [guest, other.text("accessToken")] {
        assert_eq!(get(&house, &one, nosy).await.status, 404);
        let try_it = json!({"text": "mine", "version": 0});
        assert_eq!(put(&house, &client, nosy, try_it).await.status, 404);
    }
    assert_eq!(get(&house, &one, "").await.status, 401);
    let (nothing, both) = (json!({"text": "", "version": 0}), format!("{one}/both"));
    assert_eq!(put(&house, &both, host, nothing).await.status, 404);
}
