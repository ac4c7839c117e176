//! The second factor as a client sees it.

use parlor_actors::testing::totp_code;

use super::*;

const EMAIL: &str = "ada@example.org";

fn log_in(code: Option<&str>) -> Value {
    let mut form = json!({"email": EMAIL, "password": "correct horse"});
    if let Some(code) = code {
        form["code"] = code.into();
    }
    form
}

/// Switches it on; gives the secret and the recovery codes.
pub(super) async fn enrol(house: &House, token: &str) -> (String, Vec<String>) {
    let current = json!({"current": "correct horse"});
    let begun = post(house, "/api/me/second-factor/begin", token, current).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let secret = begun.text("secret").to_owned();
    assert!(
        begun
            .text("address")
            .contains(&format!("secret={secret}&issuer=localhost"))
    );
    assert!(begun.text("qrPath").starts_with("M4,4h7"));
    let wrong = json!({"setup": begun.text("setup"), "code": "000000"});
    let refused = post(house, "/api/me/second-factor/confirm", token, wrong).await;
    assert_eq!(
        (refused.status, refused.text("code"), refused.text("field")),
        (403, "wrong_code", "code")
    );
    let code = totp_code(&secret, house.clock.now());
    let right = json!({"setup": begun.text("setup"), "code": code});
    let on = post(house, "/api/me/second-factor/confirm", token, right).await;
    assert_eq!(on.status, 200, "{}", on.body);
    let codes = on.body["recoveryCodes"].as_array().unwrap().iter();
    let codes = codes.map(|it| it.as_str().unwrap().to_owned()).collect();
    house.clock.advance(Millis::from_secs(30));
    (secret, codes)
}

#[actix_web::test]
async fn it_is_switched_on_asked_for_and_switched_off() {
    let house = house();
    let session = member(&house, EMAIL).await;
    let token = session.text("accessToken");
    let off = get(&house, "/api/me/second-factor", token).await;
    assert_eq!(off.body, json!({"recoveryCodesLeft": 0, "required": false}));
    let wrong = json!({"current": "a wrong one"});
    let refused = post(&house, "/api/me/second-factor/begin", token, wrong).await;
    assert_eq!((refused.status, refused.text("field")), (400, "current"));
    let (secret, codes) = enrol(&house, token).await;
    let on = get(&house, "/api/me/second-factor", token).await;
    assert_eq!(on.body["recoveryCodesLeft"], 10);
    assert_eq!(on.body["onSince"], house.clock.now().0 - 30_000);

    let asked = post(&house, "/api/auth/login", "", log_in(None)).await;
    assert_eq!(
        (asked.status, asked.text("code")),
        (401, "second_factor_needed")
    );
    assert!(asked.cookies.is_empty(), "nothing is opened");
    let refused = post(&house, "/api/auth/login", "", log_in(Some("000000"))).await;
    assert_eq!((refused.status, refused.text("code")), (403, "wrong_code"));
    let code = totp_code(&secret, house.clock.now());
    let opened = post(&house, "/api/auth/login", "", log_in(Some(&code))).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    let recovered = post(&house, "/api/auth/login", "", log_in(Some(&codes[3]))).await;
    assert_eq!(recovered.status, 200, "{}", recovered.body);

    let devices = get(&house, "/api/me/logins", token).await;
    assert_eq!(devices.body.as_array().unwrap().len(), 3);
    let ended = call(
        &house,
        with(request(Method::DELETE, "/api/me/logins"), token),
    )
    .await;
    assert_eq!((ended.status, &ended.body), (200, &json!({"ended": 2})));
    assert_eq!(
        get(&house, "/api/me", opened.text("accessToken"))
            .await
            .status,
        401
    );

    house.clock.advance(Millis::from_secs(30));
    let code = totp_code(&secret, house.clock.now());
    let proof = |code: &str| json!({"current": "correct horse", "code": code});
    let end = "/api/me/second-factor/off";
    assert_eq!(post(&house, end, token, proof("000000")).await.status, 403);
    assert_eq!(post(&house, end, token, proof(&code)).await.status, 204);
    assert_eq!(
        post(&house, "/api/auth/login", "", log_in(None))
            .await
            .status,
        200
    );
    assert_eq!(
        post(&house, end, token, proof(&code)).await.status,
        409,
        "it is off"
    );
}

#[actix_web::test]
async fn guessing_codes_or_the_password_of_a_page_left_open_ends_in_a_wait() {
    let house = house();
    let session = member(&house, EMAIL).await;
    let token = session.text("accessToken");
    enrol(&house, token).await;
    let mut last = 0;
    for _ in 0..6 {
        last = post(&house, "/api/auth/login", "", log_in(Some("000000")))
            .await
            .status;
    }
    assert_eq!(last, 429);
    let proof = json!({"current": "a wrong one", "code": "000000"});
    for _ in 0..10 {
        last = post(&house, "/api/me/second-factor/off", token, proof.clone())
            .await
            .status;
    }
    assert_eq!(last, 400);
    let refused = post(&house, "/api/me/second-factor/off", token, proof).await;
    assert_eq!(
        (refused.status, refused.body["retryAfterMs"].as_i64()),
        (429, Some(60_000))
    );
}
