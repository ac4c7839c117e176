//! Terms and privacy notice: asked once for each version, kept as they were, and in nobody's way.

use parlor_domain::{
    account::{Account, Email},
    agreement::{Agreement, Edition, EditionId, Kind as Which, Place, Text},
};

use super::{
    booking::{Desk, HOUR},
    *,
};

fn guest(name: &str) -> Booker {
    Booker::Guest {
        email: format!("{name}@example.org"),
        name: name.into(),
    }
}

/// The same desk in a house that has these texts.
fn reading(desk: Desk, texts: &Arc<Edition>) -> Desk {
    Desk {
        house: reopened(desk.house, Some(Arc::clone(texts))),
        ..desk
    }
}

fn edition(words: &str) -> Arc<Edition> {
    let text = |kind, language: &str, words: &str| Text {
        kind,
        language: language.into(),
        words: words.into(),
    };
    let texts = vec![
        text(Which::Terms, "", words),
        text(Which::Terms, "de", "Seid nett."),
        text(Which::Privacy, "", "We keep little."),
    ];
    let sum = |bytes: &[u8]| {
        let mut sum = [0; 32];
        sum.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
        sum
    };
    Arc::new(Edition::new("", texts, sum).unwrap())
}

/// The same store with other texts, as after a restart.
fn reopened(house: House, texts: Option<Arc<Edition>>) -> House {
    let config = ServicesConfig {
        house_texts: texts,
        ..house.services.config().clone()
    };
    let store = house.services.store().clone();
    let clock = Arc::clone(&house.clock) as Arc<dyn Clock>;
    let services = Services::new(store, Keys::derive(&[9; 32]), config, clock);
    services.connect(Arc::clone(&house.told) as Arc<dyn Reach>);
    House { services, ..house }
}

fn agreeing(email: &str, to: &Edition) -> SignUp {
    SignUp {
        agreed_to: Some(to.version.clone()),
        ..House::form(email)
    }
}

async fn signed_up(house: &House, form: &SignUp) -> (Member, Session) {
    house.services.sign_up(form).await.unwrap();
    house.clock.advance(Millis(1));
    let session = house.services.verify(&house.token("verify"), None).await;
    let session = session.unwrap();
    (house.member_of(&session), session)
}

fn said(house: &House, who: Member) -> Vec<(Place, Timestamp)> {
    let all = house.services.agreements(who).unwrap();
    all.iter()
        .map(|it| (it.agreement.place, it.agreement.at))
        .collect()
}

#[actix::test]
async fn whoever_signs_up_agreed_and_is_asked_again_only_when_the_texts_changed() {
    let first = edition("Be kind.");
    let house = house_with(|config| config.house_texts = Some(Arc::clone(&first)));
    house.services.open_house_texts().await.unwrap();
    let without = house
        .services
        .sign_up(&House::form("ada@example.org"))
        .await;
    assert_eq!(without, Err(ServiceError::AgreementNeeded));
    let stale = SignUp {
        agreed_to: Some("old".into()),
        ..House::form("ada@example.org")
    };
    let stale = house.services.sign_up(&stale).await;
    assert_eq!(stale, Err(ServiceError::AgreementNeeded));

    let asked_at = house.services.now();
    let (ada, session) = signed_up(&house, &agreeing("ada@example.org", &first)).await;
    assert!(!session.agreement_due);
    assert_eq!(said(&house, ada), [(Place::SignUp, asked_at)]);

    let second = edition("Be kinder.");
    let house = reopened(house, Some(Arc::clone(&second)));
    house.services.open_house_texts().await.unwrap();
    let s = &house.services;
    let session = s.refresh(&session.refresh_token).await.unwrap();
    assert!(session.agreement_due);
    let old = s.agree(ada, &first.version).await;
    assert_eq!(old, Err(ServiceError::AgreementNeeded), "not in force");
    for _ in 0..2 {
        s.agree(ada, &second.version).await.unwrap();
    }
    assert!(!s.agreement_due(&session.account).unwrap());
    let all = s.agreements(ada).unwrap();
    assert_eq!(all.len(), 2, "the first time counts");
    assert_eq!(all[1].agreement.place, Place::Again);
    assert_eq!(all[0].kinds, [Which::Terms, Which::Privacy]);
    let then = |language| {
        let it = s.house_text(Which::Terms, language, Some(all[0].agreement.edition));
        it.unwrap().words
    };
    assert_eq!(
        (then("fr"), then("de")),
        ("Be kind.".into(), "Seid nett.".into())
    );
    let now = s.house_text(Which::Terms, "fr", None).unwrap();
    assert_eq!(now.words, "Be kinder.");
    let unknown = s.house_text(Which::Terms, "", Some(EditionId([3; 16])));
    assert_eq!(unknown.err(), Some(ServiceError::NotFound));
}

#[actix::test]
async fn nobody_is_asked_without_texts_and_an_admin_never() {
    let house = house();
    let (_, session) = house.member("ada@example.org").await;
    assert!(!session.agreement_due);
    assert!(
        house
            .services
            .kept_about_people()
            .iter()
            .any(|it| it.class == "meetings")
    );
    // Texts that came later are asked for.
    let house = reopened(house, Some(edition("Be kind.")));
    let s = &house.services;
    assert!(s.agreement_due(&session.account).unwrap());
    let admin = Account {
        admin: true,
        ..session.account
    };
    assert!(!s.agreement_due(&admin).unwrap());
}

#[actix::test]
async fn a_stranger_books_by_agreeing_and_a_member_as_before() {
    let desk = Desk::new(|_| {}).await;
    let ada = desk.client(1, 0).await;
    let texts = edition("Be kind.");
    let desk = reading(desk, &texts);
    let start = desk.free()[0];
    let guest = guest("gus");
    let book = async |wish: &NewBooking| desk.s().book(&guest, wish, Some("key")).await;
    let refused = book(&desk.wish(start)).await.err();
    assert_eq!(refused, Some(ServiceError::AgreementNeeded));
    assert!(desk.free().contains(&start), "nothing was taken");
    let wish = NewBooking {
        agreed_to: Some(texts.version.clone()),
        ..desk.wish(start)
    };
    let booked = book(&wish).await.unwrap();
    let gus = desk
        .s()
        .person_of(&Email::parse("gus@example.org").unwrap());
    let all = desk.s().agreements_of(gus).unwrap();
    let Agreement { place, meeting, .. } = &all[0].agreement;
    assert_eq!(
        (all.len(), *place, *meeting),
        (1, Place::Booking, Some(booked.meetings[0].meeting.id))
    );
    // The answer to a repeated command is the same, whatever changed meanwhile.
    assert!(book(&wish).await.unwrap().again);
    desk.book(ada, &desk.wish(start + HOUR)).await.unwrap();
}

#[actix::test]
async fn a_stranger_agrees_before_they_wait_for_a_full_day() {
    let desk = Desk::new(|_| {}).await;
    let texts = edition("Be kind.");
    let desk = reading(desk, &texts);
    let day = NOW + Millis::from_mins(14 * 60);
    let agreed_to = Some(texts.version.clone());
    for (n, start) in (0..).zip(desk.free()) {
        let guest = guest(&format!("guest{n}"));
        let agreed_to = agreed_to.clone();
        let wish = NewBooking {
            agreed_to,
            ..desk.wish(start)
        };
        if day <= start && start < day + Millis::from_days(1) {
            desk.s().book(&guest, &wish, None).await.unwrap();
        }
    }
    let mut wait = NewWaiting {
        host: desk.host.user,
        service: desk.service.id,
        day: jiff::civil::date(2026, 3, 3),
        reader: None,
        agreed_to: None,
    };
    let gus = guest("gus");
    let refused = desk.s().wait_for_day(&gus, &wait).await.err();
    assert_eq!(refused, Some(ServiceError::AgreementNeeded));
    wait.agreed_to = agreed_to;
    desk.s().wait_for_day(&gus, &wait).await.unwrap();
    let person = Email::parse("gus@example.org").unwrap();
    let all = desk.s().agreements_of(desk.s().person_of(&person)).unwrap();
    assert_eq!((all.len(), all[0].agreement.place), (1, Place::Waiting));
}

#[actix::test]
async fn a_guest_is_let_in_whatever_they_said_and_what_they_said_is_kept_for_a_while() {
    let house = house();
    let (host, _) = house.host("host@example.org").await;
    let meeting = house.meeting_in(host, 5).await;
    let texts = edition("Be kind.");
    let house = reopened(house, Some(Arc::clone(&texts)));
    let s = &house.services;
    let token = house.join_token(&meeting);
    let door = s.preview(&token).unwrap();
    assert_eq!(door.agree_to.as_deref(), Some(texts.version.as_str()));
    let guest = s.redeem(&token, "Gast", None, None).await.unwrap();
    for nothing in [None, Some("old")] {
        s.agreed_at_the_door(&guest, nothing).await;
        assert_eq!(s.agreements_of(guest.user).unwrap(), []);
    }
    for _ in 0..2 {
        s.agreed_at_the_door(&guest, Some(&texts.version)).await;
    }
    let all = s.agreements_of(guest.user).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].agreement.meeting, Some(meeting.meeting.id));
    let again = s.refresh_guest(&guest.refresh_token).await;
    assert!(again.is_ok(), "coming back asks nothing");

    house.clock.advance(Millis::from_days(399));
    assert_eq!(s.sweep_old().await.unwrap().count("agreements"), 0);
    house.clock.advance(Millis::from_days(2));
    assert_eq!(s.sweep_old().await.unwrap().count("agreements"), 1);
    assert_eq!(s.agreements_of(guest.user).unwrap(), []);
}
