//! The REST interface as a client sees it, on the memory store.

use std::sync::Arc;

use actix_web::{
    App,
    body::MessageBody,
    dev::{Service, ServiceResponse},
    http::Method,
    test::{self, TestRequest},
};
use parlor_actors::{
    call_book::{Beginning, CallBook},
    clock::{Clock, ManualClock},
    gateways::{Gateways, GatewaysConfig},
    mailer::MailTexts,
    ports::{MeetingLog, PaidCalls, RoomFact},
    relay_desk::{IceConfig, RelayDesk},
    services::{Keys, Posting, Services, ServicesConfig},
    testing::light_services,
};
use parlor_data::{Store, nouns::ledger};
use parlor_domain::{
    account::HostApproval,
    event::MediaKind,
    id::{CallId, MeetingId, RoomId, SessionId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::MilliCoins,
    order::Package,
    paid::Status,
    ring::Attempt,
    tariff::Tariff,
    time::{Millis, Timestamp},
};
use serde_json::{Value, json};

use super::{Rest, RestConfig, configure, ice::NoRelay};
use crate::limits::{Limiter, Limits};

mod admin;
mod agreements;
mod audit;
mod booking;
mod exports;
mod files;
mod hosts;
mod inbox;
mod limits;
mod notes;
mod notices;
mod post;
mod push;
mod second_factor;
mod setup;
mod trade;

const NOW: Timestamp = Timestamp(1_772_445_600_000);

/// A house with its doors, and what a client remembers.
struct House {
    rest: Rest,
    clock: Arc<ManualClock>,
}

/// An answer: status, body, and the cookies that were set (`name=value`).
struct Answer {
    status: u16,
    body: Value,
    cookies: Vec<String>,
}

impl Answer {
    fn text(&self, key: &str) -> &str {
        self.body[key].as_str().unwrap_or_default()
    }

    /// The value of a cookie that was set, as a request sends it back.
    fn cookie(&self, name: &str) -> String {
        let set = self.cookies.iter().find(|it| it.starts_with(name)).unwrap();
        set.split(';').next().unwrap().to_owned()
    }
}

fn house_with(limits: Limits, public_url: &str) -> House {
    house_of(limits, public_url, |_| {})
}

fn house_of(limits: Limits, public_url: &str, change: impl FnOnce(&mut ServicesConfig)) -> House {
    let clock = Arc::new(ManualClock::at(NOW));
    let mut config = ServicesConfig {
        public_url: public_url.into(),
        host_approval: HostApproval::Open,
        ..light_services()
    };
    change(&mut config);
    let services = Services::new(
        Store::in_memory(),
        Keys::derive(&[7; 32]),
        config,
        Arc::clone(&clock) as Arc<dyn Clock>,
    );
    let rest = Rest::new(
        services,
        Arc::new(Limiter::new(limits)),
        Arc::new(NoRelay),
        Arc::new(MailTexts::load(None).unwrap()),
        RestConfig {
            public_url: public_url.into(),
            development: true,
            ..RestConfig::default()
        },
    );
    House { rest, clock }
}

fn plenty() -> Limits {
    Limits {
        anonymous_per_ip_per_15_min: 10_000,
        ..Limits::default()
    }
}

fn house() -> House {
    house_with(plenty(), "http://localhost")
}

/// One request and its answer.
async fn call(house: &House, request: TestRequest) -> Answer {
    let rest = house.rest.clone();
    let app = test::init_service(App::new().configure(|config| configure(config, &rest))).await;
    answer(&app, request).await
}

async fn answer<S, B>(app: &S, request: TestRequest) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let request = request.peer_addr("192.0.2.1:5000".parse().unwrap());
    let response = test::call_service(app, request.to_request()).await;
    let cookies = response
        .headers()
        .get_all("set-cookie")
        .map(|it| it.to_str().unwrap().to_owned())
        .collect();
    let status = response.status().as_u16();
    let body = test::read_body(response).await;
    Answer {
        status,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        cookies,
    }
}

fn request(method: Method, path: &str) -> TestRequest {
    TestRequest::with_uri(path).method(method)
}

async fn post(house: &House, path: &str, token: &str, body: Value) -> Answer {
    call(
        house,
        with(request(Method::POST, path), token).set_json(body),
    )
    .await
}

async fn get(house: &House, path: &str, token: &str) -> Answer {
    call(house, with(request(Method::GET, path), token)).await
}

fn with(request: TestRequest, token: &str) -> TestRequest {
    match token {
        "" => request,
        token => request.insert_header(("authorization", format!("Bearer {token}"))),
    }
}

/// Signs up by mail and gives the session.
async fn member(house: &House, email: &str) -> Answer {
    let form =
        json!({"name": "Ada", "email": email, "password": "correct horse", "wantsToHost": true});
    let said = post(house, "/api/auth/signup", "", form).await;
    assert_eq!(said.status, 202, "{}", said.body);
    house.clock.advance(Millis(1));
    let mails = get(house, "/dev/mailbox.json", "").await;
    let link = mails.body[0]["links"][0].as_str().unwrap().to_owned();
    let token = link.rsplit('/').next().unwrap();
    let session = post(house, "/api/auth/verify", "", json!({ "token": token })).await;
    assert_eq!(session.status, 200, "{}", session.body);
    session
}

async fn meeting(house: &House, token: &str, in_minutes: i64) -> Value {
    let at = house.clock.now() + Millis::from_mins(in_minutes);
    let made = post(house, "/api/meetings/create", token, meeting_form(at)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

fn meeting_form(at: Timestamp) -> Value {
    json!({"subject": "Talk", "scheduledAt": at.0, "durationMinutes": 50,
           "clientEmail": "guest@example.org", "clientName": "Gast"})
}

fn join_token(meeting: &Value) -> String {
    let link = meeting["meetingLinks"][0].as_str().unwrap();
    link.rsplit('/').next().unwrap().to_owned()
}

#[actix_web::test]
async fn who_is_asking() {
    let house = house();
    let session = member(&house, "ada@example.org").await;
    let token = session.text("accessToken").to_owned();
    assert_eq!(session.body["user"]["role"], "host");
    assert!(session.body.get("refreshToken").is_none());
    let none = get(&house, "/api/me", "").await;
    assert_eq!((none.status, none.text("message")), (401, "No token"));
    let bad = get(&house, "/api/me", "rubbish").await;
    assert_eq!((bad.status, bad.text("message")), (401, "Invalid token"));
    let me = get(&house, "/api/me", &token).await;
    assert_eq!((me.status, me.text("email")), (200, "ada@example.org"));
    let old = call(
        &house,
        request(Method::GET, "/api/me").insert_header(("x-auth-token", token.clone())),
    );
    assert_eq!(old.await.status, 200);
    house.clock.advance(Millis::from_mins(10));
    let late = get(&house, "/api/me", &token).await;
    assert_eq!((late.status, late.text("code")), (401, "token_expired"));
}

#[actix_web::test]
async fn nobody_learns_who_has_an_account() {
    let house = house();
    member(&house, "ada@example.org").await;
    let form = |email: &str| json!({"name": "X", "email": email, "password": "some password"});
    let known = post(&house, "/api/auth/signup", "", form("ada@example.org")).await;
    let unknown = post(&house, "/api/auth/signup", "", form("bob@example.org")).await;
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    let log_in = |email: &str| json!({"email": email, "password": "wrong password"});
    let known = post(&house, "/api/auth/login", "", log_in("ada@example.org")).await;
    let unknown = post(&house, "/api/auth/login", "", log_in("no@example.org")).await;
    assert_eq!(known.status, 401);
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    let known = post(
        &house,
        "/api/auth/reset-request",
        "",
        json!({"email": "ada@example.org"}),
    )
    .await;
    let unknown = post(
        &house,
        "/api/auth/reset-request",
        "",
        json!({"email": "no@example.org"}),
    )
    .await;
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
}

#[actix_web::test]
async fn the_cookie_opens_only_from_our_own_page() {
    let house = house();
    let session = member(&house, "ada@example.org").await;
    let set = session.cookies[0].clone();
    for part in [
        "parlor_refresh=",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/api/auth",
    ] {
        assert!(set.contains(part), "{set}");
    }
    let cookie = session.cookie("parlor_refresh");
    let refresh = |headers: &[(&'static str, &'static str)]| {
        let request = request(Method::POST, "/api/auth/refresh");
        let request = request.insert_header(("cookie", cookie.clone()));
        headers
            .iter()
            .fold(request, |request, header| request.insert_header(*header))
    };
    for (headers, status) in [
        (vec![], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", "http://localhost")], 200),
    ] {
        let answer = call(&house, refresh(&headers)).await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
    let none =
        request(Method::POST, "/api/auth/refresh").insert_header(("sec-fetch-site", "same-origin"));
    assert_eq!(call(&house, none).await.status, 401);
    // Long after its use the old cookie is a theft.
    house.clock.advance(Millis::from_secs(60));
    let reused = call(&house, refresh(&[("sec-fetch-site", "same-origin")])).await;
    assert_eq!(reused.status, 401);
}

#[actix_web::test]
async fn only_listed_origins_may_read() {
    let house = house();
    let mut rest = house.rest.clone();
    rest.config = Arc::new(RestConfig {
        allowed_origins: vec!["https://app.example.org".into()],
        ..RestConfig::default()
    });
    let app = test::init_service(App::new().configure(|config| configure(config, &rest))).await;
    let ask = async |method: Method, origin: &'static str| {
        let request = request(method, "/api/me")
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "PUT"));
        let response = test::call_service(&app, request.to_request()).await;
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|it| it.to_str().unwrap().to_owned())
        };
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        (
            response.status().as_u16(),
            header("access-control-allow-origin"),
            header("access-control-allow-methods").is_some(),
        )
    };
    let listed = Some("https://app.example.org".to_owned());
    let own = "https://app.example.org";
    assert_eq!(ask(Method::OPTIONS, own).await, (204, listed.clone(), true));
    assert_eq!(ask(Method::GET, own).await, (401, listed, false));
    for other in [
        "https://evil.example",
        "https://app.example.org.evil.example",
        "null",
    ] {
        assert_eq!(
            ask(Method::OPTIONS, other).await,
            (204, None, false),
            "{other}"
        );
    }
}

#[actix_web::test]
async fn refreshing_and_logging_out() {
    let house = house();
    let session = member(&house, "ada@example.org").await;
    let own = |path: &str, cookie: String| {
        request(Method::POST, path)
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("cookie", cookie))
    };
    let first = session.cookie("parlor_refresh");
    let second = call(&house, own("/api/auth/refresh", first.clone())).await;
    assert_eq!(second.status, 200);
    let cookie = second.cookie("parlor_refresh");
    assert_ne!(cookie, first);
    let out = call(&house, own("/api/auth/logout", cookie.clone())).await;
    assert_eq!(out.status, 204);
    assert!(out.cookies[0].contains("Max-Age=0"), "{:?}", out.cookies);
    assert_eq!(
        call(&house, own("/api/auth/refresh", cookie)).await.status,
        401
    );
    let token = second.text("accessToken");
    assert_eq!(get(&house, "/api/me", token).await.status, 401);
}

#[actix_web::test]
async fn with_https_the_cookies_are_secure() {
    let house = house_with(Limits::default(), "https://parlor.example");
    let session = member(&house, "ada@example.org").await;
    let set = &session.cookies[0];
    assert!(
        set.starts_with("__Secure-parlor_refresh=") && set.contains("; Secure"),
        "{set}"
    );
}

#[actix_web::test]
async fn a_meeting_from_making_to_calling_off() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let host = host.text("accessToken");
    let eve = member(&house, "eve@example.org").await;
    let eve = eve.text("accessToken");
    let made = meeting(&house, host, 60).await;
    let path = format!("/api/meetings/{}", made["meetingId"].as_str().unwrap());
    assert_eq!(made["status"], "confirmed");
    assert_eq!(made["client"]["email"], "guest@example.org");
    assert_eq!(made["joinable"]["state"], "too_early");
    assert!(made["roomId"].as_str().unwrap().starts_with("room-"));
    let seen = get(&house, &path, eve).await;
    assert_eq!(
        (seen.status, seen.text("message")),
        (403, "Unauthorized access")
    );
    let unknown = "/api/meetings/00000000-0000-0000-0000-000000000000";
    assert_eq!(get(&house, unknown, host).await.status, 404);
    assert_eq!(get(&house, "/api/meetings/rubbish", host).await.status, 404);
    let list = get(&house, "/api/meetings", host).await;
    assert_eq!(list.body["meetings"].as_array().unwrap().len(), 1);
    let early = post(&house, &format!("{path}/join"), host, json!({})).await;
    assert_eq!((early.status, early.text("code")), (403, "too_early"));
    assert_eq!(early.body["opensAt"], made["joinable"]["opensAt"]);
    assert_eq!(early.body["closesAt"], made["joinable"]["closesAt"]);
    let change = json!({"scheduledAt": NOW.0 + 600_000});
    let put = with(request(Method::PUT, &path), eve).set_json(&change);
    assert_eq!(call(&house, put).await.status, 403);
    let put = with(request(Method::PUT, &path), host).set_json(&change);
    let moved = call(&house, put).await;
    assert_eq!((moved.status, &moved.body["version"]), (200, &json!(2)));
    assert_ne!(join_token(&moved.body), join_token(&made));
    let gone = post(
        &house,
        "/api/join/preview",
        "",
        json!({"token": join_token(&made)}),
    )
    .await;
    assert_eq!(gone.status, 410);
    let joined = post(&house, &format!("{path}/join"), host, json!({})).await;
    assert_eq!(
        (joined.status, &joined.body["roomId"]),
        (200, &made["roomId"])
    );
    let off = call(&house, with(request(Method::DELETE, &path), host)).await;
    assert_eq!((off.status, off.text("status")), (200, "cancelled"));
    let over = post(&house, &format!("{path}/join"), host, json!({})).await;
    assert_eq!((over.status, over.text("code")), (403, "room_closed"));
}

#[actix_web::test]
async fn inviting_an_address_does_not_tell_whether_it_has_an_account() {
    let house = house();
    let guest = member(&house, "guest@example.org").await;
    let host = member(&house, "host@example.org").await;
    let mut made = meeting(&house, host.text("accessToken"), 60).await;
    let mut form = meeting_form(NOW + Millis::from_mins(61));
    form["clientEmail"] = json!("nobody@example.org");
    let mut other = post(
        &house,
        "/api/meetings/create",
        host.text("accessToken"),
        form,
    )
    .await
    .body;
    assert_eq!(made["client"]["id"], Value::Null);
    for meeting in [&mut made, &mut other] {
        meeting["client"]["email"] = json!("");
        for key in [
            "meetingId",
            "roomId",
            "meetingLink",
            "meetingLinks",
            "scheduledAt",
            "joinable",
            "createdAt",
            "updatedAt",
        ] {
            meeting[key] = json!("");
        }
    }
    assert_eq!(made, other);
    // Its owner sees it as their own, and the host named by account knows whom they named.
    let mine = get(&house, "/api/meetings", guest.text("accessToken")).await;
    let id = &guest.body["user"]["userId"];
    assert_eq!(&mine.body["meetings"][0]["learnerId"], id);
    let mut form = meeting_form(NOW + Millis::from_mins(62));
    form["clientId"] = id.clone();
    let named = post(
        &house,
        "/api/meetings/create",
        host.text("accessToken"),
        form,
    )
    .await;
    assert_eq!(&named.body["client"]["id"], id);
}

#[actix_web::test]
async fn a_repeated_create_makes_one_meeting() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let create = |subject: &str| {
        let mut form = meeting_form(NOW + Millis::from_mins(60));
        form["subject"] = json!(subject);
        with(
            request(Method::POST, "/api/meetings/create"),
            host.text("accessToken"),
        )
        .insert_header(("idempotency-key", "abc"))
        .set_json(form)
    };
    let first = call(&house, create("Talk")).await;
    let again = call(&house, create("Talk")).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body["meetingId"], again.body["meetingId"]);
    let other = call(&house, create("Walk")).await;
    assert_eq!((other.status, other.text("code")), (409, "conflict"));
    let list = get(&house, "/api/meetings", host.text("accessToken")).await;
    assert_eq!(list.body["meetings"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn what_cannot_be_understood_is_said_at_the_field() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let host = host.text("accessToken");
    for (key, value, field) in [
        ("subject", json!("  "), "subject"),
        ("durationMinutes", json!(1), "durationMinutes"),
        ("durationMinutes", json!(i64::MAX), "durationMinutes"),
        ("scheduledAt", json!(1), "scheduledAt"),
        ("clientEmail", json!("nobody"), "clientEmail"),
        ("clientEmail", json!("host@example.org"), "clientEmail"),
        ("clientId", json!("rubbish"), "clientId"),
    ] {
        let mut form = meeting_form(NOW + Millis::from_mins(60));
        form[key] = value;
        let refused = post(&house, "/api/meetings/create", host, form).await;
        assert_eq!(
            (refused.status, refused.text("field")),
            (400, field),
            "{}",
            refused.body
        );
    }
    let broken = with(request(Method::POST, "/api/meetings/create"), host)
        .insert_header(("content-type", "application/json"))
        .set_payload("{");
    let broken = call(&house, broken).await;
    assert_eq!((broken.status, broken.text("code")), (400, "bad_request"));
    let large = json!({"email": "x".repeat(70_000)});
    let large = post(&house, "/api/auth/reset-request", "", large).await;
    assert_eq!(
        (large.status, large.text("code")),
        (413, "payload_too_large")
    );
    let nothing = get(&house, "/api/nothing", "").await;
    assert_eq!((nothing.status, nothing.text("code")), (404, "not_found"));
}

#[actix_web::test]
async fn video_calls_in_the_words_of_the_first_clients() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let host = host.text("accessToken");
    let eve = member(&house, "eve@example.org").await;
    let made = meeting(&house, host, 60).await;
    let id = made["meetingId"].as_str().unwrap();
    let at = |what: &str| format!("/api/video-calls/{what}/{id}");
    let config = get(&house, "/api/video-calls/config", host).await;
    assert!(config.body["iceServers"].is_array());
    assert_eq!(config.body["iceCandidatePoolSize"], 10);
    assert_eq!(config.text("bundlePolicy"), "max-bundle");
    let none = get(&house, "/api/video-calls/config", "").await;
    assert_eq!((none.status, none.text("message")), (401, "No token"));
    let early = post(&house, &at("generate-room"), host, json!({})).await;
    assert_eq!((early.status, early.text("code")), (403, "too_early"));
    assert!(early.body["opensAt"].is_i64() && early.body["closesAt"].is_i64());
    house.clock.advance(Millis::from_mins(45));
    let host = log_in(&house, "host@example.org").await;
    let eve_later = log_in(&house, "eve@example.org").await;
    drop(eve);
    let room = post(&house, &at("generate-room"), &host, json!({})).await;
    assert_eq!(room.status, 200, "{}", room.body);
    assert_eq!(room.body["roomId"], made["roomId"]);
    assert_eq!(room.text("sessionId"), id);
    assert_eq!(room.body["participants"]["client"]["name"], "Gast");
    assert_eq!(room.body["participants"]["psychologist"]["name"], "Ada");
    let again = post(&house, &at("generate-room"), &host, json!({})).await;
    assert_eq!(again.body["roomId"], room.body["roomId"]);
    let wrong = post(&house, &at("generate-room"), &eve_later, json!({})).await;
    assert_eq!(
        (wrong.status, wrong.text("message")),
        (403, "Unauthorized access")
    );
    let unknown = "/api/video-calls/session/00000000-0000-0000-0000-000000000000";
    let unknown = get(&house, unknown, &host).await;
    assert_eq!(
        (unknown.status, unknown.text("message")),
        (404, "Session not found")
    );
    let guest = post(
        &house,
        "/api/join/redeem",
        "",
        json!({"token": join_token(&made), "name": "Gast"}),
    )
    .await;
    let guest = guest.text("accessToken").to_owned();
    let one = post(&house, &at("start"), &host, json!({})).await;
    assert_eq!(one.body["session"]["status"], "Confirmed");
    let both = post(&house, &at("start"), &guest, json!({})).await;
    assert_eq!(both.body["session"]["status"], "In Progress");
    house.clock.advance(Millis::from_secs(150));
    let left = post(&house, &at("end"), &guest, json!({})).await;
    assert_eq!(left.body["session"]["status"], "In Progress");
    let ended = post(&house, &at("end"), &host, json!({})).await;
    assert_eq!(ended.body["session"]["status"], "Completed");
    assert_eq!(
        ended.body["duration"], 3,
        "150 s are three minutes, rounded"
    );
    assert_eq!(ended.text("message"), "Call ended");
    house.clock.advance(Millis::from_mins(200));
    let host = log_in(&house, "host@example.org").await;
    let over = post(&house, &at("generate-room"), &host, json!({})).await;
    assert_eq!(over.status, 403);
    let seen = get(&house, &at("session"), &host).await;
    assert_eq!(seen.body["isVideoCall"], true);
    assert_eq!(seen.body["callDuration"], 3);
}

async fn log_in(house: &House, email: &str) -> String {
    let form = json!({"email": email, "password": "correct horse"});
    let session = post(house, "/api/auth/login", "", form).await;
    assert_eq!(session.status, 200, "{}", session.body);
    session.text("accessToken").to_owned()
}

#[actix_web::test]
async fn a_join_link_from_mail_to_room() {
    let house = house();
    let host = member(&house, "host@example.org").await;
    let made = meeting(&house, host.text("accessToken"), 60).await;
    let token = join_token(&made);
    let body = json!({"token": token, "name": "Gast"});
    for path in ["/api/join/preview", "/api/join/redeem"] {
        let got = get(&house, path, "").await;
        assert!(
            got.status == 404 || got.status == 405,
            "GET does nothing: {}",
            got.status
        );
    }
    let door = post(&house, "/api/join/preview", "", json!({"token": token})).await;
    assert_eq!(door.text("hostName"), "Ada");
    assert_eq!(door.text("inviteeName"), "Gast");
    assert_eq!(door.body["joinable"]["state"], "too_early");
    let early = post(&house, "/api/join/redeem", "", body.clone()).await;
    assert_eq!((early.status, early.text("code")), (403, "too_early"));
    assert_eq!(early.body["opensAt"], made["joinable"]["opensAt"]);
    house.clock.advance(Millis::from_mins(50));
    let guest = post(&house, "/api/join/redeem", "", body.clone()).await;
    assert_eq!(guest.status, 200, "{}", guest.body);
    assert_eq!(guest.body["roomId"], made["roomId"]);
    assert_eq!(guest.body["user"]["role"], "guest");
    let set = &guest.cookies[0];
    assert!(
        set.contains("parlor_guest=") && set.contains("Path=/api/join"),
        "{set}"
    );
    let access = guest.text("accessToken").to_owned();
    let me = get(&house, "/api/me", &access).await;
    assert_eq!(me.status, 403, "a guest has no account");
    let path = format!("/api/meetings/{}", made["meetingId"].as_str().unwrap());
    let seen = get(&house, &path, &access).await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.get("meetingLinks").is_none());
    assert!(seen.body["client"].get("email").is_none());
    let back = request(Method::POST, "/api/join/refresh")
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("cookie", guest.cookie("parlor_guest")));
    let back = call(&house, back).await;
    assert_eq!(back.body["roomId"], made["roomId"]);
    let cross = request(Method::POST, "/api/join/refresh")
        .insert_header(("cookie", back.cookie("parlor_guest")));
    assert_eq!(call(&house, cross).await.status, 403);
    // The same browser does not count twice; a third device does not get in.
    let same = request(Method::POST, "/api/join/redeem")
        .insert_header(("cookie", back.cookie("parlor_guest")))
        .set_json(&body);
    assert_eq!(call(&house, same).await.status, 200);
    assert_eq!(
        post(&house, "/api/join/redeem", "", body.clone())
            .await
            .status,
        200
    );
    let third = post(&house, "/api/join/redeem", "", body.clone()).await;
    assert_eq!((third.status, third.text("code")), (403, "forbidden"));
    house.clock.advance(Millis::from_mins(130));
    let late = post(&house, "/api/join/redeem", "", body).await;
    assert_eq!((late.status, late.text("code")), (403, "too_late"));
    let void = post(&house, "/api/join/preview", "", json!({"token": "rubbish"})).await;
    assert_eq!(void.status, 404);
}

#[actix_web::test]
async fn the_first_admin_and_the_hosts() {
    let house = house();
    let link = house
        .rest
        .services
        .first_admin_link()
        .await
        .unwrap()
        .unwrap();
    let token = link.rsplit('/').next().unwrap();
    let form = json!({"token": token, "name": "Root", "email": "root@example.org", "password": "correct horse"});
    let admin = post(&house, "/api/setup", "", form.clone()).await;
    assert_eq!(
        (admin.status, &admin.body["user"]["role"]),
        (200, &json!("admin"))
    );
    assert_eq!(post(&house, "/api/setup", "", form).await.status, 404);
    let ada = member(&house, "ada@example.org").await;
    let path = "/api/admin/host-applications";
    let denied = get(&house, path, ada.text("accessToken")).await;
    assert_eq!((denied.status, denied.text("code")), (403, "forbidden"));
    let list = get(&house, path, admin.text("accessToken")).await;
    assert_eq!(list.body, json!([]));
    let user = ada.body["user"]["userId"].as_str().unwrap();
    let decided = post(
        &house,
        &format!("{path}/{user}"),
        admin.text("accessToken"),
        json!({"approve": false}),
    )
    .await;
    assert_eq!(decided.text("hostStatus"), "suspended");
    let form = meeting_form(NOW + Millis::from_mins(60));
    let refused = post(
        &house,
        "/api/meetings/create",
        ada.text("accessToken"),
        form,
    )
    .await;
    assert_eq!((refused.status, refused.text("code")), (403, "not_host"));
}

#[actix_web::test]
async fn devices_are_listed_and_ended() {
    let house = house();
    let first = member(&house, "ada@example.org").await;
    let second = log_in(&house, "ada@example.org").await;
    let list = get(&house, "/api/me/logins", &second).await;
    let devices = list.body.as_array().unwrap().clone();
    assert_eq!(devices.len(), 2);
    let other = devices.iter().find(|it| it["current"] == false).unwrap();
    let path = format!("/api/me/logins/{}", other["loginId"].as_str().unwrap());
    let ended = call(&house, with(request(Method::DELETE, &path), &second)).await;
    assert_eq!(ended.status, 204);
    assert_eq!(
        get(&house, "/api/me", first.text("accessToken"))
            .await
            .status,
        401
    );
    let put = with(request(Method::PUT, "/api/me"), &second).set_json(json!({"name": "Countess"}));
    assert_eq!(call(&house, put).await.text("name"), "Countess");
}

#[actix_web::test]
async fn every_way_in_names_the_device() {
    let house = house();
    const PHONE: (&str, &str) = ("user-agent", "Mozilla/5.0 (Linux; Android 16) Chrome/156.0");
    let by_link = |path: &str, form: Value| {
        let request = request(Method::POST, path).insert_header(PHONE);
        request.set_json(form)
    };
    let link = house
        .rest
        .services
        .first_admin_link()
        .await
        .unwrap()
        .unwrap();
    let form = json!({"token": link.rsplit('/').next().unwrap(), "name": "Root",
                      "email": "root@example.org", "password": "correct horse"});
    let set_up = call(&house, by_link("/api/setup", form)).await;
    let form = json!({"name": "Ada", "email": "ada@example.org", "password": "correct horse"});
    post(&house, "/api/auth/signup", "", form).await;
    house.clock.advance(Millis(1));
    let newest = async || {
        let mails = get(&house, "/dev/mailbox.json", "").await;
        let link = mails.body[0]["links"][0].as_str().unwrap().to_owned();
        link.rsplit('/').next().unwrap().to_owned()
    };
    let form = json!({"token": newest().await});
    let verified = call(&house, by_link("/api/auth/verify", form)).await;
    house.clock.advance(Millis(1));
    let email = json!({"email": "ada@example.org"});
    post(&house, "/api/auth/reset-request", "", email).await;
    let form = json!({"token": newest().await, "password": "a better horse"});
    let was = get(&house, "/api/me/logins", verified.text("accessToken")).await;
    assert_eq!(was.body[0]["deviceName"], "Chrome on Android");
    let reset = call(&house, by_link("/api/auth/reset", form)).await;
    for session in [set_up, reset] {
        let list = get(&house, "/api/me/logins", session.text("accessToken")).await;
        let list = list.body.as_array().unwrap().clone();
        let here = list.iter().find(|it| it["current"] == true).unwrap();
        assert_eq!(here["deviceName"], "Chrome on Android", "{here}");
    }
}

#[actix_web::test]
async fn limits_hold_and_say_when() {
    let few = Limits {
        anonymous_per_ip_per_15_min: 3,
        login_failures_per_account_per_15_min: 2,
        ..Limits::default()
    };
    let house = house_with(few, "http://localhost");
    let wrong = json!({"email": "ada@example.org", "password": "wrong password"});
    let mut last = 0;
    for _ in 0..3 {
        last = post(&house, "/api/auth/login", "", wrong.clone())
            .await
            .status;
    }
    assert_eq!(last, 429, "the third failure of one account");
    let refused = post(&house, "/api/join/preview", "", json!({"token": "x"})).await;
    assert_eq!(
        (refused.status, refused.text("code")),
        (429, "rate_limited")
    );
    assert!(refused.body["retryAfterMs"].as_i64().unwrap() > 0);
    for expected in [401, 401, 401, 429] {
        let guessing = get(&house, "/api/me", "rubbish").await;
        assert_eq!(guessing.status, expected, "trying tokens is not free");
    }
}

#[actix_web::test]
async fn the_mailbox_exists_in_development_only() {
    let house = house();
    member(&house, "ada@example.org").await;
    let rest = house.rest.clone();
    let app = test::init_service(App::new().configure(|config| configure(config, &rest))).await;
    let page =
        test::call_and_read_body(&app, request(Method::GET, "/dev/mailbox").to_request()).await;
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(
        page.contains("Confirm your address")
            && page.contains("<a href=\"http://localhost/verify/")
    );
    let mut rest = house.rest.clone();
    rest.config = Arc::new(RestConfig::default());
    let app = test::init_service(App::new().configure(|config| configure(config, &rest))).await;
    for path in ["/dev/mailbox", "/dev/mailbox.json"] {
        let response = test::call_service(&app, request(Method::GET, path).to_request()).await;
        assert_eq!(response.status().as_u16(), 404);
    }
    let document =
        test::call_service(&app, request(Method::GET, "/openapi.json").to_request()).await;
    assert_eq!(document.status().as_u16(), 200);
}

#[actix_web::test]
async fn what_a_call_moves_is_the_hosts_and_the_admins_to_see() {
    let house = house();
    let services = &house.rest.services;
    let book = CallBook::new(
        RelayDesk::new(IceConfig::default(), None),
        Arc::new(services.clone()),
    );
    services.connect_book(book.clone());
    let link = services.first_admin_link().await.unwrap().unwrap();
    let form = json!({"token": link.rsplit('/').next().unwrap(), "name": "Root",
                      "email": "root@example.org", "password": "correct horse"});
    let admin = post(&house, "/api/setup", "", form).await;
    let admin = admin.text("accessToken");
    let ada = member(&house, "ada@example.org").await;
    let host = ada.text("accessToken");
    let made = meeting(&house, host, 5).await;
    let id: MeetingId = made["meetingId"].as_str().unwrap().parse().unwrap();
    let room: RoomId = made["roomId"].as_str().unwrap().parse().unwrap();
    let ada: UserId = ada.body["user"]["userId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let call = CallId(uuid::Uuid::now_v7());
    let now = house.clock.now();
    services
        .note(id, RoomFact::CallStarted(call, now))
        .await
        .unwrap();
    let beginning = Beginning {
        call,
        meeting: id,
        at: now,
        seats: vec![],
        fresh: true,
    };
    book.begin(room, beginning);
    book.reached(room, ada, true);

    let path = format!("/api/video-calls/session/{id}");
    for who in [host, admin] {
        let seen = get(&house, &path, who).await;
        let seen = &seen.body["calls"][0];
        assert_eq!(seen["callId"], call.to_string());
        assert_eq!(
            (&seen["path"], &seen["endedAt"]),
            (&json!("relay"), &Value::Null)
        );
        assert_eq!(seen["participants"][0]["who"], "host");
    }
    let guest = json!({"token": join_token(&made), "name": "Gast"});
    let guest = post(&house, "/api/join/redeem", "", guest).await;
    let seen = get(&house, &path, guest.text("accessToken")).await;
    assert_eq!((seen.status, seen.body.get("calls")), (200, None));
    let live = get(&house, "/api/admin/live-calls", admin).await;
    assert_eq!(live.body["calls"][0]["meetingId"], id.to_string());
    assert_eq!(get(&house, "/api/admin/live-calls", host).await.status, 403);

    // The end: final sums, and how long two were connected.
    let (later, connected) = (now + Millis::from_secs(70), Millis::from_secs(65));
    book.end(room, call, later, connected, later);
    services
        .note(id, RoomFact::CallEnded(call, later, connected))
        .await
        .unwrap();
    book.round(later + Millis::from_secs(2)).await;
    let seen = get(&house, &path, host).await;
    let seen = &seen.body["calls"][0];
    assert_eq!(
        (&seen["connectedSeconds"], &seen["endedAt"]),
        (&json!(65), &json!(later.0))
    );
    assert_eq!(seen["participants"][0]["path"], "relay", "from the store");
    let live = get(&house, "/api/admin/live-calls", admin).await;
    assert_eq!(live.body, json!({"breakGlassMin": null, "calls": []}));
}

#[actix_web::test]
async fn coins_are_given_shown_and_kept_as_a_file() {
    let house = house();
    let link = house
        .rest
        .services
        .first_admin_link()
        .await
        .unwrap()
        .unwrap();
    let setup = json!({
        "token": link.rsplit('/').next().unwrap(),
        "name": "Root", "email": "root@example.org", "password": "correct horse",
    });
    let admin = post(&house, "/api/setup", "", setup).await;
    let admin = admin.text("accessToken").to_owned();
    let client = member(&house, "client@example.org").await;
    let client = client.text("accessToken").to_owned();

    let wallet = get(&house, "/api/wallet", &client).await;
    assert_eq!(
        (
            wallet.body["available"].as_i64(),
            wallet.body["owed"].as_i64()
        ),
        (Some(50_000), Some(0))
    );
    let gift = json!({"email": "client@example.org", "amount": 2_500, "reason": "=sorry"});
    let give = |key: &'static str, body: &Value| {
        with(
            request(Method::POST, "/api/admin/books/adjustments"),
            &admin,
        )
        .insert_header(("idempotency-key", key))
        .set_json(body)
    };
    let without = post(&house, "/api/admin/books/adjustments", &admin, gift.clone()).await;
    assert_eq!((without.status, without.text("code")), (400, "bad_request"));
    for _ in 0..2 {
        assert_eq!(call(&house, give("k1", &gift)).await.status, 201);
    }
    let other = json!({"email": "client@example.org", "amount": 9, "reason": "other"});
    assert_eq!(call(&house, give("k1", &other)).await.status, 409);
    let taking = json!({"email": "client@example.org", "amount": -60_000, "reason": "all"});
    let refused = call(&house, give("k2", &taking)).await;
    assert_eq!(
        (refused.status, refused.text("code")),
        (402, "balance_too_low")
    );
    let not_theirs = post(&house, "/api/admin/books/adjustments", &client, gift).await;
    assert_eq!(not_theirs.status, 403);

    let statement = get(&house, "/api/wallet/transactions?limit=1", &client).await;
    let line = &statement.body["transactions"][0];
    assert_eq!(
        (line["type"].as_str(), line["amount"].as_i64()),
        (Some("adjustment"), Some(2_500))
    );
    let next = statement.body["next"].as_u64().unwrap();
    let path = format!("/api/wallet/transactions?before={next}");
    let rest = get(&house, &path, &client).await;
    assert_eq!(rest.body["transactions"][0]["type"], "welcome");
    assert!(rest.body["next"].is_null());

    let app =
        test::init_service(App::new().configure(|config| configure(config, &house.rest))).await;
    let file = with(
        request(Method::GET, "/api/wallet/transactions.csv"),
        &client,
    );
    let file = file
        .peer_addr("192.0.2.1:5000".parse().unwrap())
        .to_request();
    let text = test::call_and_read_body(&app, file).await;
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(
        text.contains("adjustment,2.500,52.500,,,manual,completed,\"'=sorry\"\r\n"),
        "{text}"
    );

    let books = get(&house, "/api/admin/books", &admin).await;
    assert!(books.body["fault"].is_null());
    let lines = books.body["lines"].as_array().unwrap();
    let sum: i64 = lines.iter().map(|it| it["balance"].as_i64().unwrap()).sum();
    assert_eq!(sum, 0, "{lines:?}");
    assert_eq!(get(&house, "/api/admin/books", &client).await.status, 403);

    let earnings = get(&house, "/api/earnings", &client).await;
    assert_eq!(earnings.body["payoutMin"], 100_000);
    let ask = with(request(Method::POST, "/api/earnings/payouts"), &client)
        .insert_header(("idempotency-key", "p1"))
        .set_json(json!({}));
    assert_eq!(call(&house, ask).await.status, 400, "nothing is available");
    let nothing = post(
        &house,
        "/api/wallet/calls/00000000-0000-0000-0000-000000000001/refund-request",
        &client,
        json!({"reason": "never happened"}),
    )
    .await;
    assert_eq!(nothing.status, 404);
}

#[actix_web::test]
async fn coins_are_bought_at_the_servers_price_by_whoever_is_logged_in() {
    let house = house();
    let session = member(&house, "ada@example.org").await;
    let token = session.text("accessToken");
    // Nothing is set up, as in production without keys.
    let closed = get(&house, "/api/payment/offers", token).await;
    assert_eq!(closed.body, json!({"offers": []}));
    assert_eq!(get(&house, "/api/payment/offers", "").await.status, 401);
    let package = Package::new(100, 9_900, "INR").unwrap();
    house
        .rest
        .services
        .connect_gateways(Gateways::build(GatewaysConfig {
            demo: true,
            packages: vec![package],
            ..GatewaysConfig::default()
        }));
    let buy = async |token: &str, key: &str, body: Value| {
        let request = with(request(Method::POST, "/api/payment/create-order"), token);
        let request = request.insert_header(("idempotency-key", key));
        call(&house, request.set_json(body)).await
    };
    let wanted = json!({"package": "100-inr-9900", "gateway": "demo", "amount": 1});
    assert_eq!(buy("", "k", wanted.clone()).await.status, 401);
    assert_eq!(buy(token, "", wanted.clone()).await.status, 400);
    let cheaper = json!({"package": "100-inr-1", "gateway": "demo"});
    let refused = buy(token, "k", cheaper).await;
    assert_eq!((refused.status, refused.text("field")), (400, "package"));
    let made = buy(token, "k", wanted.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["order"]["priceMinor"], 9_900);
    assert_eq!(made.body["checkout"]["kind"], "redirect");
    let id = made.body["order"]["id"].as_str().unwrap();
    assert_eq!(buy(token, "k", wanted).await.body["order"]["id"], id);
    // Somebody else's order is none.
    let other = member(&house, "bob@example.org").await;
    let theirs = other.text("accessToken");
    let path = format!("/api/payment/orders/{id}");
    assert_eq!(get(&house, &path, theirs).await.status, 404);
    let pay = format!("/api/payment/demo/{id}");
    let success = json!({"outcome": "success"});
    assert_eq!(
        post(&house, &pay, theirs, success.clone()).await.status,
        404
    );
    assert_eq!(
        post(&house, &pay, token, success).await.text("state"),
        "paid"
    );
    let shown = json!({"orderId": id, "paymentId": "x", "signature": "y"});
    let verified = post(&house, "/api/payment/verify", token, shown).await;
    assert_eq!(verified.body["order"]["state"], "paid");
    let by_key = get(&house, "/api/payment/orders/by-key/k", token).await;
    assert_eq!(by_key.text("id"), id);
    for path in ["/api/admin/payment-alerts", "/api/admin/orders"] {
        assert_eq!(get(&house, path, token).await.status, 403);
    }
}

#[actix_web::test]
async fn webhooks_are_bounded_and_unknown_ones_refused() {
    let house = house();
    let hook = async |path: &str, bytes: usize| {
        let request = request(Method::POST, path).set_payload(vec![b' '; bytes]);
        call(&house, request).await.status
    };
    assert_eq!(hook("/api/payment/webhook/nobody", 2).await, 400);
    assert_eq!(hook("/api/payment/webhook/stripe", 2).await, 404);
    assert_eq!(
        hook("/api/payment/webhook/stripe", 256 * 1024 + 1).await,
        413
    );
    let id = "00000000-0000-0000-0000-000000000001";
    let path = format!("/api/payment/webhook/mpesa/{id}/token");
    assert_eq!(hook(&path, 2).await, 404);
    let path = format!("/api/payment/checkout/{id}/token");
    assert_eq!(get(&house, &path, "").await.status, 404);
}

/// A call of 75 seconds that was charged and settled.
async fn talked(house: &House, caller: UserId, host: UserId) -> CallId {
    let (services, now) = (&house.rest.services, house.clock.now());
    let attempt = Attempt {
        call: CallId(uuid::Uuid::now_v7()),
        room: RoomId(uuid::Uuid::now_v7()),
        caller,
        session: SessionId(uuid::Uuid::nil()),
        name: "Carla".into(),
        media: MediaKind::Video,
        tariff: Tariff {
            per_minute: MilliCoins::coins(10),
            initial_s: 60,
            increment_s: 1,
            free_s: 20,
            connect_fee: MilliCoins(250),
            commission_bps: 2_000,
        },
        at: now,
    };
    let opened = PaidCalls::open(services, host, &attempt, MediaKind::Video, now);
    let call = opened.await.unwrap();
    let end = call.bill.unwrap().settle(Millis::from_secs(75), now);
    let mut over = call.clone();
    over.bill = Some(end.record);
    over.status = Status::Completed;
    over.paused = Millis::from_secs(7);
    let posted = PaidCalls::post(services, end.entry, Some(call), over);
    posted.await.unwrap();
    attempt.call
}

#[actix_web::test]
async fn both_parties_see_their_receipt_and_a_stranger_sees_none() {
    let house = house();
    let mut people = Vec::new();
    for name in ["client", "host", "stranger"] {
        let session = member(&house, &format!("{name}@example.org")).await;
        let id: UserId = session.body["user"]["userId"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        people.push((session.text("accessToken").to_owned(), id));
    }
    let [(client, payer), (host, earner), (stranger, _)] = people.as_slice() else {
        panic!("three people")
    };
    let call = talked(&house, *payer, *earner).await;
    let receipt = format!("/api/wallet/calls/{call}");
    // 60 s at once and 15 s by the second, and the fee to connect.
    let price = 250 + 10_000 + 2_500;
    for (token, earned) in [(client, Value::Null), (host, json!(price - price / 5))] {
        let seen = get(&house, &receipt, token).await;
        assert_eq!(seen.status, 200);
        let of_call = &seen.body["call"];
        assert_eq!(of_call["spentMc"], price);
        assert_eq!(of_call["earnedMc"], earned);
        assert_eq!(
            (&of_call["duration"], &of_call["pausedSeconds"]),
            (&json!(75), &json!(7))
        );
        let lines = seen.body["lines"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|it| it["charged"].as_i64().unwrap()).sum();
        assert_eq!((lines.len(), sum), (2, price));
        let list = get(&house, "/api/calls", token).await;
        assert_eq!(
            list.body["calls"][0], *of_call,
            "the list and the receipt agree"
        );
    }
    // Only who paid can ask for it back.
    assert!(get(&house, &receipt, client).await.body["disputableUntil"].is_i64());
    assert!(get(&house, &receipt, host).await.body["disputableUntil"].is_null());
    let ask = format!("{receipt}/refund-request");
    let reason = || json!({"reason": "no picture"});
    for path in [&receipt, &format!("/api/calls/{call}")] {
        assert_eq!(get(&house, path, stranger).await.status, 404);
        assert_eq!(get(&house, path, "").await.status, 401);
    }
    for token in [host, stranger] {
        assert_eq!(post(&house, &ask, token, reason()).await.status, 404);
    }
    assert_eq!(post(&house, &ask, client, reason()).await.status, 200);
    let theirs = get(&house, &receipt, host).await;
    assert_eq!(theirs.body["refundRequest"]["reason"], "no picture");
    assert!(get(&house, &ask, stranger).await.body.is_null());
}

#[actix_web::test]
async fn the_statement_the_file_and_the_books_say_the_same() {
    let house = house();
    let client = member(&house, "client@example.org").await;
    let host = member(&house, "host@example.org").await;
    let of = |it: &Answer| it.body["user"]["userId"].as_str().unwrap().parse().unwrap();
    let (payer, earner): (UserId, UserId) = (of(&client), of(&host));
    for _ in 0..3 {
        talked(&house, payer, earner).await;
        house.clock.advance(Millis::from_secs(120));
    }
    let token = client.text("accessToken");
    let wallet = Account::Wallet(payer);
    let ledger = house.rest.services.ledger();
    let held = ledger.balance(wallet).unwrap();
    assert_eq!(held, 50_000 - 3 * 12_750);
    let me = get(&house, "/api/me", token).await;
    assert_eq!(me.body["walletBalance"], held);
    assert_eq!(me.text("name"), client.body["user"]["name"]);

    let statement = get(&house, "/api/wallet/transactions", token).await;
    let shown = statement.body["transactions"].as_array().unwrap();
    let amounts: i64 = shown.iter().map(|it| it["amount"].as_i64().unwrap()).sum();
    assert_eq!((shown.len(), amounts), (4, held));
    assert_eq!(shown[0]["balance"], held);

    let app =
        test::init_service(App::new().configure(|config| configure(config, &house.rest))).await;
    let file = with(request(Method::GET, "/api/wallet/transactions.csv"), token);
    let peer = "192.0.2.1:5000".parse().unwrap();
    let text = test::call_and_read_body(&app, file.peer_addr(peer).to_request()).await;
    let text = String::from_utf8(text.to_vec()).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|it| it.split(',').collect())
        .collect();
    let milli = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let written: Vec<_> = rows.iter().map(|it| (milli(it[3]), milli(it[4]))).collect();
    let said = |it: &Value| {
        (
            it["amount"].as_i64().unwrap(),
            it["balance"].as_i64().unwrap(),
        )
    };
    assert_eq!(written, shown.iter().map(said).collect::<Vec<_>>());

    // Each line stands where the books' own statement stood after its entry.
    let lines = ledger::statement(house.rest.services.store(), wallet, None, 100).unwrap();
    assert_eq!(lines.iter().map(|it| it.units).sum::<i64>(), held);
    for it in shown {
        let seq = it["id"].as_u64().unwrap();
        let line = lines.iter().find(|line| line.seq == seq).unwrap();
        assert_eq!(it["balance"], line.balance);
    }
}

#[actix_web::test]
async fn payouts_are_listed_page_by_page() {
    let house = house();
    let services = &house.rest.services;
    let link = services.first_admin_link().await.unwrap().unwrap();
    let setup = json!({
        "token": link.rsplit('/').next().unwrap(),
        "name": "Root", "email": "root@example.org", "password": "correct horse",
    });
    let admin = post(&house, "/api/setup", "", setup).await;
    let admin = admin.text("accessToken");
    let mut asked = Vec::new();
    for n in 0..3 {
        let host = member(&house, &format!("host{n}@example.org")).await;
        let user: UserId = host.body["user"]["userId"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let entry = Entry::new(house.clock.now(), Kind::Adjustment, Subject::None).coins(
            Account::Issued(Gateway::Demo),
            Account::HostAvailable(user),
            MilliCoins::coins(100),
        );
        services.ledger().post(Posting::new(entry)).await.unwrap();
        house.clock.advance(Millis(1));
        let ask = with(
            request(Method::POST, "/api/earnings/payouts"),
            host.text("accessToken"),
        )
        .insert_header(("idempotency-key", "all"))
        .set_json(json!({}));
        let made = call(&house, ask).await;
        assert_eq!(made.status, 201, "{}", made.body);
        asked.push(made.text("id").to_owned());
    }
    let (mut seen, mut path) = (Vec::new(), "/api/admin/payouts?limit=2".to_owned());
    loop {
        let page = get(&house, &path, admin).await;
        let page = page.body;
        let of_page = page["payouts"].as_array().unwrap().iter();
        seen.extend(of_page.map(|it| it["payout"]["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/admin/payouts?limit=2&before={next}"),
            None => break,
        }
    }
    asked.reverse();
    assert_eq!(seen, asked);
    assert_eq!(
        get(&house, "/api/admin/payouts?before=x", admin)
            .await
            .status,
        400
    );
}
