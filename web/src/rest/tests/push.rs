//! Browsers that agree to be knocked at, over REST.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{agreement, rand::SystemRandom};

use super::*;

/// A key as a browser makes one.
fn browser_key() -> String {
    let rng = SystemRandom::new();
    let key = agreement::EphemeralPrivateKey::generate(&agreement::ECDH_P256, &rng).unwrap();
    URL_SAFE_NO_PAD.encode(key.compute_public_key().unwrap())
}

fn subscription(endpoint: &str) -> Value {
    let keys = json!({"p256dh": browser_key(), "auth": "BTBZMqHH6r4Tts7J_aSIgg=="});
    json!({"endpoint": endpoint, "keys": keys, "expirationTime": null})
}

async fn put(house: &House, token: &str, body: Value) -> Answer {
    let request = with(request(Method::PUT, "/api/me/push"), token);
    call(house, request.set_json(body)).await
}

#[actix_web::test]
async fn a_browser_agrees_changes_and_takes_it_back() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken");
    let state = async || get(&house, "/api/me/push", token).await.body;
    let before = state().await;
    let key = URL_SAFE_NO_PAD.decode(before["publicKey"].as_str().unwrap());
    assert_eq!(key.unwrap().len(), 65);
    assert_eq!(
        (&before["on"], &before["named"]),
        (&json!(false), &json!(false))
    );
    let mut form = subscription("https://push.example.net/x");
    assert_eq!(put(&house, token, form.clone()).await.status, 204);
    let after = state().await;
    assert_eq!(after["publicKey"], before["publicKey"], "made once");
    assert_eq!(
        (&after["on"], &after["named"]),
        (&json!(true), &json!(false))
    );
    assert!(!after.to_string().contains("push.example"), "{after}");
    form["named"] = json!(true);
    assert_eq!(put(&house, token, form).await.status, 204);
    assert_eq!(state().await["named"], true);
    for _ in 0..2 {
        let gone = with(request(Method::DELETE, "/api/me/push"), token);
        assert_eq!(call(&house, gone).await.status, 204);
        assert_eq!(state().await["on"], false);
    }
    assert_eq!(get(&house, "/api/me/push", "").await.status, 401);
}

#[actix_web::test]
async fn what_is_no_browser_is_refused_in_words() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken");
    for (endpoint, field) in [
        ("http://push.example.net/x", "endpoint"),
        ("https://127.0.0.1/x", "endpoint"),
        ("https://[::1]:8443/x", "endpoint"),
        ("https://localhost/x", "endpoint"),
        ("https://10.0.0.7/x", "endpoint"),
        ("https://", "endpoint"),
    ] {
        let answer = put(&house, token, subscription(endpoint)).await;
        assert_eq!(
            (answer.status, answer.text("field")),
            (400, field),
            "{endpoint}"
        );
    }
    for (key, secret, field) in [
        ("AAAA", "BTBZMqHH6r4Tts7J_aSIgg", "p256dh"),
        (
            &URL_SAFE_NO_PAD.encode([4; 65]),
            "BTBZMqHH6r4Tts7J_aSIgg",
            "p256dh",
        ),
        (&browser_key(), "AAAA", "auth"),
        (&browser_key(), "?", "auth"),
    ] {
        let keys = json!({"p256dh": key, "auth": secret});
        let body = json!({"endpoint": "https://push.example.net/x", "keys": keys});
        let answer = put(&house, token, body).await;
        assert_eq!((answer.status, answer.text("field")), (400, field));
    }
}
