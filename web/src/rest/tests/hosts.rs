//! Hosts as clients and admins see them: listing, blocks, reviews, pictures.

use super::*;

#[actix_web::test]
async fn hosts_blocks_reviews_and_pictures_over_rest() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let ada = member(&house, "ada@example.org").await;
    let (host, ada) = (host.text("accessToken"), ada.text("accessToken"));
    post(&house, "/api/me/host-application", host, json!({})).await;
    let me = get(&house, "/api/me/host-profile", host).await.body;
    let host_id = me["userId"].as_str().unwrap();
    let raw = |method, path: &str, token: &str, body: &'static [u8]| {
        let request = TestRequest::with_uri(path).method(method);
        let request = request.insert_header(("authorization", format!("Bearer {token}")));
        call(&house, request.set_payload(body))
    };
    let on = with(request(Method::PUT, "/api/me/host-online"), host);
    let on = call(&house, on.set_json(json!({"online": true}))).await;
    assert_eq!(on.body["isOnline"], true);
    let list = get(&house, "/api/hosts?sort=price", ada).await.body;
    assert_eq!(list["hosts"][0]["userId"], host_id);
    assert_eq!(list["hosts"][0]["status"], "away");
    let one = get(&house, &format!("/api/hosts/{host_id}"), ada).await;
    assert_eq!((one.status, &one.body["ratings"]), (200, &json!(0)));
    for nobody in ["x", "01900000-0000-7000-8000-000000000000"] {
        let path = format!("/api/hosts/{nobody}");
        assert_eq!(get(&house, &path, ada).await.status, 404);
    }
    let ada_id = get(&house, "/api/me", ada).await.body["userId"].clone();
    let path = format!("/api/me/blocks/{}", ada_id.as_str().unwrap());
    assert_eq!(raw(Method::PUT, &path, host, b"").await.status, 204);
    let blocks = get(&house, "/api/me/blocks", host).await.body;
    assert_eq!(blocks[0]["userId"], ada_id);
    assert_eq!(raw(Method::DELETE, &path, host, b"").await.status, 204);
    assert_eq!(get(&house, "/api/me/blocks", host).await.body, json!([]));
    let path = format!("/api/hosts/{host_id}/reviews");
    let reviews = get(&house, &path, ada).await.body;
    assert_eq!(reviews, json!({"reviews": [], "next": null}));
    assert_eq!(get(&house, "/api/admin/reviews", host).await.status, 403);
    assert_eq!(get(&house, "/api/admin/hosts", host).await.status, 403);
    let path = "/api/me/host-picture";
    let gif = raw(Method::PUT, path, host, b"GIF89a").await;
    assert_eq!((gif.status, gif.text("field")), (400, "picture"));
    const TOO_LARGE: &[u8] = &[0; 5 * 1024 * 1024 + 1];
    assert_eq!(raw(Method::PUT, path, host, TOO_LARGE).await.status, 413);
    assert_eq!(raw(Method::PUT, path, "", b"GIF89a").await.status, 401);
    let none = format!("/pictures/{}.jpg", "ab".repeat(32));
    assert_eq!(get(&house, &none, "").await.status, 404);
}
