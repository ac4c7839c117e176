//! Conversations with other people over REST: the list, one of them, search, a copy to take along.

use parlor_data::nouns::conversation::{self, Head};
use parlor_domain::conversation::{Change, ClientMsgId, ConversationId, Member, Message, MsgSeq};

use super::*;

/// So many messages from one to the other, as the conversation's actor writes them.
fn write(house: &House, from: UserId, to: UserId, count: u64) -> ConversationId {
    let id = ConversationId::pair(from, to).unwrap();
    let member = || Member {
        name: "Ada".into(),
        moderator: false,
        inside: true,
        left_at: MsgSeq::ZERO,
        delivered: MsgSeq::ZERO,
        read: MsgSeq::ZERO,
        shown: MsgSeq::ZERO,
    };
    let said = (1..=count).map(|seq| {
        Change::New(Message {
            seq: MsgSeq(seq),
            sender: from,
            key: ClientMsgId(uuid::Uuid::from_u128(u128::from(seq))),
            at: NOW,
            text: format!("word \"{seq}\""),
            reply_to: None,
            edited_at: None,
            deleted: false,
            files: vec![],
        })
    });
    let mut changes = vec![Change::Member(from, member()), Change::Member(to, member())];
    changes.extend(said);
    let (batch, _) = conversation::commit(id, &Head::default(), &changes, NOW).unwrap();
    house.rest.services.store().write_blocking(batch).unwrap();
    id
}

#[actix_web::test]
async fn conversations_are_listed_kept_searched_and_taken_along() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let ada = member(&house, "ada@example.org").await;
    let eve = member(&house, "eve@example.org").await;
    let id_of = |session: &Answer| session.body["user"]["userId"].as_str().unwrap().to_owned();
    let user = |session: &Answer| id_of(session).parse::<UserId>().unwrap();
    post(
        &house,
        "/api/me/host-application",
        host.text("accessToken"),
        json!({}),
    )
    .await;
    let token = ada.text("accessToken");
    let id = ConversationId::pair(user(&ada), user(&host)).unwrap();
    let path = format!("/api/conversations/{id}");

    // Before the first word there is a page for it, and nothing in the list.
    let fresh = get(&house, &path, token).await;
    assert_eq!((fresh.status, &fresh.body["writable"]), (200, &json!(true)));
    assert!(fresh.body["lastMessage"].is_null());
    let none = get(&house, "/api/conversations", token).await.body;
    assert_eq!(none, json!({"conversations": []}));
    let settings = format!("{path}/settings");
    let put = |token: &str, body: Value| {
        let request = with(request(Method::PUT, &settings), token).set_json(body);
        call(&house, request)
    };
    assert_eq!(put(token, json!({"muted": true})).await.status, 404);

    write(&house, user(&host), user(&ada), 230);
    let list = get(&house, "/api/conversations", token).await.body;
    let first = &list["conversations"][0];
    assert_eq!(first["conversationId"], id.to_string());
    assert_eq!(first["userId"], id_of(&host));
    assert_eq!(
        (&first["unread"], &first["readSeq"]),
        (&json!(100), &json!(0))
    );
    assert_eq!(first["lastMessage"]["text"], "word \"230\"");
    let kept = put(token, json!({"muted": true, "archived": true})).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert_eq!(
        (&kept.body["muted"], &kept.body["archived"]),
        (&json!(true), &json!(true))
    );
    let kept = put(token, json!({"archived": false})).await.body;
    assert_eq!(
        (&kept["muted"], &kept["archived"]),
        (&json!(true), &json!(false))
    );

    let found = get(&house, "/api/conversations/search?q=WORD%20%22230", token).await;
    assert_eq!(
        found.body["hits"][0]["message"]["msgSeq"], 230,
        "{}",
        found.body
    );
    assert_eq!(found.body["hasMore"], false);
    let short = get(&house, "/api/conversations/search?q=w", token).await;
    assert_eq!((short.status, short.text("field")), (400, "q"));

    let copy = get(&house, &format!("{path}/export"), token).await.body;
    let copied = copy["messages"].as_array().unwrap();
    assert_eq!((copied.len(), &copied[229]["msgSeq"]), (230, &json!(230)));
    assert_eq!(copy["userId"], id_of(&host));

    // Somebody else reaches none of it.
    let eve = eve.text("accessToken");
    for path in [path.clone(), format!("{path}/export")] {
        assert_eq!(get(&house, &path, eve).await.status, 404, "{path}");
        assert_eq!(get(&house, &path, "").await.status, 401, "{path}");
    }
    assert_eq!(put(eve, json!({"muted": true})).await.status, 404);
    let found = get(&house, "/api/conversations/search?q=word", eve)
        .await
        .body;
    assert_eq!(found["hits"], json!([]));
}
