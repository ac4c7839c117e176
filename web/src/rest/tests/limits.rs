//! What answers say of the shares that they were taken from, and that no endpoint forgets to count.

use utoipa::openapi::path::PathItem;

use super::*;
use crate::{
    limits::class::{self, Class},
    rest::openapi,
};

/// Status, `RateLimit-Policy`, `RateLimit` and `Retry-After` of an answer.
async fn told(house: &House, request: TestRequest) -> (u16, String, String, String) {
    let rest = house.rest.clone();
    let app = test::init_service(App::new().configure(|config| configure(config, &rest))).await;
    let request = request.peer_addr("192.0.2.1:5000".parse().unwrap());
    let response = test::call_service(&app, request.to_request()).await;
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map_or(String::new(), |it| it.to_str().unwrap().to_owned())
    };
    (
        response.status().as_u16(),
        header("ratelimit-policy"),
        header("ratelimit"),
        header("retry-after"),
    )
}

fn operations() -> Vec<(Method, String)> {
    let of = |item: &PathItem| {
        let methods = [
            (Method::GET, item.get.is_some()),
            (Method::PUT, item.put.is_some()),
            (Method::POST, item.post.is_some()),
            (Method::DELETE, item.delete.is_some()),
        ];
        methods.into_iter().filter(|(_, there)| *there)
    };
    let document = openapi();
    let paths = document.paths.paths.iter();
    paths
        .flat_map(|(path, item)| of(item).map(|(method, _)| (method, path.clone())))
        .collect()
}

#[actix_web::test]
async fn every_endpoint_counts_who_asks() {
    let house = house();
    let operations = operations();
    assert!(operations.len() > 100, "{}", operations.len());
    for (method, path) in operations {
        let class = class::of(&path).unwrap();
        let asked = path.replace(['{', '}'], "x");
        // Without a token, and with one that is none.
        for token in ["", "rubbish"] {
            let request = with(request(method.clone(), &asked), token).set_json(json!({}));
            let (_, policy, limit, _) = told(&house, request).await;
            if class == Class::Free {
                continue;
            }
            let expected = format!("\"{}\";q=", class.bucket());
            assert!(
                policy.starts_with(&expected)
                    && limit.starts_with(&format!("\"{}\";r=", class.bucket())),
                "{method} {path} with {token:?} says {policy:?} and {limit:?}"
            );
        }
    }
}

#[actix_web::test]
async fn an_answer_says_what_is_left_and_a_refusal_when_to_come_back() {
    let few = Limits {
        anonymous_per_ip_per_15_min: 2,
        account_per_min: 300,
        ..Limits::default()
    };
    let house = house_with(few, "http://localhost");
    let search = || request(Method::GET, "/api/services/search");
    let ok = |policy: &str, limit: &str, retry: &str| {
        (200, policy.to_owned(), limit.to_owned(), retry.to_owned())
    };
    let policy = "\"anonymous\";q=2;w=900";
    assert_eq!(
        told(&house, search()).await,
        ok(policy, "\"anonymous\";r=1;t=450", "")
    );
    assert_eq!(
        told(&house, search()).await,
        ok(policy, "\"anonymous\";r=0;t=900", "")
    );
    let (status, _, limit, retry) = told(&house, search()).await;
    assert_eq!(
        (status, limit.as_str(), retry.as_str()),
        (429, "\"anonymous\";r=0;t=900", "450")
    );
    house.clock.advance(Millis::from_secs(450));
    assert_eq!(told(&house, search()).await.0, 200);
}

#[actix_web::test]
async fn the_control_of_calls_is_counted_twice_and_by_itself() {
    let house = house();
    let ada = member(&house, "ada@example.org").await;
    let token = ada.text("accessToken");
    let calls = with(request(Method::GET, "/api/video-calls/config"), token);
    let (_, policy, limit, _) = told(&house, calls).await;
    assert_eq!(policy, "\"account\";q=300;w=60, \"calls\";q=10000;w=900");
    assert!(
        limit.contains("\"account\";r=299;") && limit.contains("\"calls\";r=9999;"),
        "{limit}"
    );
    let me = with(request(Method::GET, "/api/me"), token);
    let (_, policy, limit, _) = told(&house, me).await;
    assert_eq!(
        (policy.as_str(), limit.as_str()),
        ("\"account\";q=300;w=60", "\"account\";r=298;t=1")
    );
}

#[actix_web::test]
async fn programs_have_a_share_of_their_own() {
    let few = Limits {
        machines_per_ip_per_min: 1,
        ..Limits::default()
    };
    let house = house_with(few, "http://localhost");
    let hook = || request(Method::POST, "/api/payment/webhook/nobody").set_payload("{}");
    assert_eq!(told(&house, hook()).await.0, 400);
    let (status, policy, _, retry) = told(&house, hook()).await;
    assert_eq!(
        (status, policy.as_str(), retry.as_str()),
        (429, "\"machines\";q=1;w=60", "60")
    );
    assert_eq!(
        told(&house, request(Method::GET, "/cal/x.ics")).await.0,
        429
    );
    assert_eq!(
        told(&house, request(Method::GET, "/api/services/search"))
            .await
            .0,
        200
    );
}

#[actix_web::test]
async fn strangers_who_guess_do_not_lock_a_known_browser_out() {
    let few = Limits {
        login_failures_per_account_per_15_min: 1,
        anonymous_per_ip_per_15_min: 10_000,
        ..Limits::default()
    };
    let house = house_with(few, "http://localhost");
    let session = member(&house, "ada@example.org").await;
    let known = session.cookie("parlor_known");
    let log_in = |password: &str, cookie: &str| {
        let form = json!({"email": "ada@example.org", "password": password});
        let request = request(Method::POST, "/api/auth/login").set_json(form);
        match cookie {
            "" => request,
            cookie => request.insert_header(("cookie", cookie.to_owned())),
        }
    };
    assert_eq!(call(&house, log_in("a wrong one", "")).await.status, 401);
    let wait = call(&house, log_in("correct horse", "")).await;
    assert_eq!((wait.status, wait.text("code")), (429, "rate_limited"));
    assert_eq!(wait.body["retryAfterMs"], 60_000);
    assert_eq!(
        call(&house, log_in("correct horse", &known)).await.status,
        200
    );
    let forged = format!("{known}x");
    assert_eq!(
        call(&house, log_in("correct horse", &forged)).await.status,
        429
    );
    house.clock.advance(Millis::from_mins(1));
    assert_eq!(call(&house, log_in("correct horse", "")).await.status, 200);
}
