//! Setup in the browser, as its page asks: who may, what is proven before, and what is written down of it.

use std::sync::Mutex;

use parlor_actors::{ports::PortFuture, testing::totp_code};

use super::{post::admin, second_factor::enrol, *};
use crate::rest::{
    admin::{SetupRefusal, SetupSource, SetupStanding, SetupWish},
    doctor::FindingBody,
};

const PATH: &str = "/api/admin/setup";

/// What was asked of the roof.
#[derive(Default)]
struct Roof(Mutex<Vec<String>>);

impl Roof {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

impl SetupSource for Roof {
    fn standing(&self) -> PortFuture<Result<SetupStanding, SetupRefusal>> {
        Box::pin(async {
            Ok(SetupStanding {
                version: "1".into(),
                process: "p".into(),
                public_url: "http://localhost".into(),
                ports_held: false,
                answered: false,
                keys: vec![],
            })
        })
    }

    fn try_out(&self, wish: SetupWish) -> PortFuture<Result<Vec<FindingBody>, SetupRefusal>> {
        self.note(format!("try {:?}", wish.check));
        Box::pin(async { Err(SetupRefusal::Busy(Millis(2_000))) })
    }

    fn save(&self, wish: SetupWish) -> PortFuture<Result<String, SetupRefusal>> {
        let known = wish.version == "1";
        if known {
            self.note(format!("save {:?}", wish.answers));
        }
        Box::pin(async move {
            match known {
                true => Ok("https://meet.example.org".into()),
                false => Err(SetupRefusal::Stale),
            }
        })
    }

    fn begin_anew(&self) {
        self.note("anew".into());
    }
}

async fn save(house: &House, token: &str, body: Value) -> Answer {
    let request = with(request(Method::PUT, PATH), token);
    call(house, request.set_json(body)).await
}

fn form(version: &str, current: &str) -> Value {
    let answers =
        json!({"mail.smtp_host": "smtp.example.org", "mail.smtp_password": "tulip field"});
    json!({"version": version, "answers": answers, "current": current})
}

#[actix_web::test]
async fn only_an_admin_who_proves_it_saves_and_the_log_names_keys_without_values() {
    let (mut house, roof) = (house(), Arc::new(Roof::default()));
    house.rest = house.rest.with_setup(roof.clone());
    let root = admin(&house).await;
    let ada = member(&house, "ada@example.org").await;
    for token in ["", ada.text("accessToken")] {
        let status = if token.is_empty() { 401 } else { 403 };
        assert_eq!(get(&house, PATH, token).await.status, status);
        let wish = json!({"version": "1", "answers": {}});
        let tried = post(&house, "/api/admin/setup/try", token, wish).await;
        assert_eq!(tried.status, status);
        let saved = save(&house, token, form("1", "correct horse")).await;
        assert_eq!(saved.status, status);
    }
    let standing = get(&house, PATH, &root).await;
    assert_eq!(
        (
            &standing.body["standing"]["version"],
            &standing.body["liveCalls"]
        ),
        (&json!("1"), &json!(0))
    );

    let wrong = save(&house, &root, form("1", "wrong password")).await;
    assert_eq!((wrong.status, wrong.text("field")), (400, "current"));
    let stale = save(&house, &root, form("0", "correct horse")).await;
    assert_eq!((stale.status, stale.text("code")), (409, "conflict"));
    let long = json!({"version": "1", "answers": {"mail.smtp_host": "x".repeat(2_001)}, "current": "correct horse"});
    let long = save(&house, &root, long).await;
    assert_eq!((long.status, long.text("field")), (400, "mail.smtp_host"));
    assert!(roof.0.lock().unwrap().is_empty());
    let saved = save(&house, &root, form("1", "correct horse")).await;
    assert_eq!(
        (saved.status, saved.text("publicUrl")),
        (200, "https://meet.example.org")
    );
    let wish = json!({"version": "1", "answers": {}, "check": "mail"});
    let busy = post(&house, "/api/admin/setup/try", &root, wish).await;
    assert_eq!(
        (busy.status, &busy.body["retryAfterMs"]),
        (429, &json!(2_000))
    );
    let asked = roof.0.lock().unwrap().clone();
    assert!(asked[0].starts_with("save") && asked[0].contains("tulip field"));
    assert_eq!(asked[1..], ["anew", "try Some(\"mail\")"]);

    house.rest.services.audit_settled().await.unwrap();
    let log = get(&house, "/api/admin/audit", &root)
        .await
        .body
        .to_string();
    assert!(
        log.contains("keys: mail.smtp_host mail.smtp_password"),
        "{log}"
    );
    assert!(
        !log.contains("tulip") && !log.contains("smtp.example.org"),
        "{log}"
    );
}

#[actix_web::test]
async fn a_second_factor_is_asked_for_where_there_is_one_and_its_code_works_once() {
    let (mut house, roof) = (house(), Arc::new(Roof::default()));
    house.rest = house.rest.with_setup(roof.clone());
    let root = admin(&house).await;
    let (secret, _) = enrol(&house, &root).await;
    let without = save(&house, &root, form("1", "correct horse")).await;
    assert_eq!((without.status, without.text("code")), (403, "wrong_code"));
    let mut proven = form("1", "correct horse");
    proven["code"] = totp_code(&secret, house.clock.now()).into();
    assert_eq!(save(&house, &root, proven.clone()).await.status, 200);
    let again = save(&house, &root, proven).await;
    assert_eq!((again.status, again.text("code")), (403, "wrong_code"));
    assert_eq!(roof.0.lock().unwrap().len(), 2, "one save, one beginning");
}

#[actix_web::test]
async fn switched_off_it_says_so_and_takes_nothing() {
    let house = house();
    let root = admin(&house).await;
    assert_eq!(get(&house, PATH, &root).await.body["standing"], Value::Null);
    let saved = save(&house, &root, form("1", "correct horse")).await;
    assert_eq!(saved.status, 403);
    assert!(saved.text("message").contains("server.setup_in_browser"));
}
