//! Copies of people's data over REST: who may ask, and what they are told.

use super::*;

#[actix_web::test]
async fn a_copy_is_asked_for_with_the_password_and_is_for_its_person_alone() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken").to_owned();
    let none = get(&house, "/api/me/export", &token).await.body;
    assert_eq!(
        (&none["state"], &none["againAt"]),
        (&json!("none"), &Value::Null)
    );
    let ask = |password: &str| {
        post(
            &house,
            "/api/me/export",
            &token,
            json!({"password": password}),
        )
    };
    let wrong = ask("something else").await;
    assert_eq!((wrong.status, wrong.text("field")), (400, "password"));
    let asked = ask("correct horse").await.body;
    assert_eq!(
        (&asked["state"], &asked["forThem"]),
        (&json!("waiting"), &json!(false))
    );
    let early = get(&house, "/api/me/export/file", &token).await;
    assert_eq!(early.status, 404, "it is not made yet");
    for path in ["/api/me/export", "/api/me/export/file"] {
        assert_eq!(get(&house, path, "").await.status, 401, "{path}");
    }
    for path in ["/api/exports/nothing", "/api/exports/nothing/file"] {
        assert_eq!(get(&house, path, "").await.status, 404, "{path}");
    }
    let user = ada.body["user"]["userId"].as_str().unwrap();
    let path = format!("/api/admin/accounts/{user}/export");
    assert_eq!(get(&house, &path, &token).await.status, 403);
    let made = post(&house, &path, &token, json!({})).await;
    assert_eq!(made.status, 403, "only an admin does it for others");
}
