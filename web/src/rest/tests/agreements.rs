//! Terms and privacy notice over REST.

use parlor_domain::agreement::{Edition, Kind as Which, Text};

use super::*;

fn asking() -> House {
    let text = |kind, language: &str, words: &str| Text {
        kind,
        language: language.into(),
        words: words.into(),
    };
    let texts = vec![
        text(Which::Terms, "", "Be kind."),
        text(Which::Terms, "de", "Seid nett."),
    ];
    let edition = Edition::new("2026-11", texts, |_| [7; 32]);
    house_of(plenty(), "http://localhost", |config| {
        config.house_texts = edition.map(Arc::new);
    })
}

#[actix_web::test]
async fn everybody_reads_the_texts_in_their_language() {
    let house = asking();
    let all = get(&house, "/api/texts", "").await.body;
    assert_eq!(
        all,
        json!({"version": "2026-11", "terms": true, "privacy": false})
    );
    let german = get(&house, "/api/texts/terms?language=de", "").await.body;
    assert_eq!(
        (&german["words"], &german["language"]),
        (&json!("Seid nett."), &json!("de"))
    );
    let other = get(&house, "/api/texts/terms?language=sw", "").await;
    assert_eq!(other.text("words"), "Be kind.");
    // No notice of the operator's own: what the server keeps.
    let own = get(&house, "/api/texts/privacy", "").await.body;
    assert_eq!(own["words"], Value::Null);
    let kept = own["kept"].as_array().unwrap();
    assert!(
        kept.iter()
            .any(|it| it["class"] == "meetings" && it["keepHours"] == 180 * 24)
    );
    assert!(kept.iter().all(|it| it["class"] != "installation"));
    for wrong in ["/api/texts/other", "/api/texts/terms?edition=zz"] {
        assert_eq!(get(&house, wrong, "").await.status, 404, "{wrong}");
    }
}

#[actix_web::test]
async fn nothing_is_asked_where_there_are_no_texts() {
    let house = house();
    let all = get(&house, "/api/texts", "").await.body;
    assert_eq!(all["version"], Value::Null);
    assert_eq!(get(&house, "/api/texts/terms", "").await.status, 404);
    let session = member(&house, "ada@example.org").await;
    assert!(session.body["user"].get("agreementDue").is_none());
    let mine = get(&house, "/api/me/agreements", session.text("accessToken")).await;
    assert_eq!(mine.body, json!({"agreements": []}));
}

#[actix_web::test]
async fn a_sign_up_without_agreeing_is_refused_in_words_and_one_with_it_is_remembered() {
    let house = asking();
    let form = |agreed: Option<&str>| json!({"name": "Ada", "email": "ada@example.org", "password": "correct horse", "agreedTo": agreed});
    for said in [None, Some("2026-10")] {
        let refused = post(&house, "/api/auth/signup", "", form(said)).await;
        assert_eq!(
            (refused.status, refused.text("code"), refused.text("field")),
            (400, "agreement_needed", "agreedTo")
        );
    }
    let old = json!({"name": "Ada", "email": "ada@example.org", "password": "correct horse"});
    let old = post(&house, "/api/auth/signup", "", old).await;
    assert_eq!(old.text("code"), "agreement_needed", "of an older client");

    let said = post(&house, "/api/auth/signup", "", form(Some("2026-11"))).await;
    assert_eq!(said.status, 202, "{}", said.body);
    house.clock.advance(Millis(1));
    let mails = get(&house, "/dev/mailbox.json", "").await;
    let link = mails.body[0]["links"][0].as_str().unwrap().to_owned();
    let token = link.rsplit('/').next().unwrap();
    let session = post(&house, "/api/auth/verify", "", json!({ "token": token })).await;
    assert!(session.body["user"].get("agreementDue").is_none());
    let token = session.text("accessToken");
    let mine = get(&house, "/api/me/agreements", token).await.body;
    let one = &mine["agreements"][0];
    assert_eq!(
        (&one["version"], &one["place"], &one["at"]),
        (&json!("2026-11"), &json!("sign-up"), &json!(NOW.0))
    );
    let wrong = json!({"agreedTo": "2026-10"});
    let wrong = post(&house, "/api/me/agreements", token, wrong).await;
    assert_eq!((wrong.status, wrong.text("field")), (400, "agreedTo"));
    let again = json!({"agreedTo": "2026-11"});
    let again = post(&house, "/api/me/agreements", token, again).await;
    assert_eq!(again.status, 204);
    let mine = get(&house, "/api/me/agreements", token).await.body;
    assert_eq!(mine["agreements"].as_array().unwrap().len(), 1);
}
