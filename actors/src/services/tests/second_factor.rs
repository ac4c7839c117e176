//! A second factor from the first code to the operator who switches it off, and every door that asks
//! for it.

use super::*;
use crate::testing::totp_code;

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse";

struct Enrolled {
    member: Member,
    secret: String,
    recovery: Vec<String>,
}

impl House {
    fn code(&self, secret: &str) -> String {
        totp_code(secret, self.services.now())
    }

    /// Switches one on, and lets a step pass, so that the next code is a new one.
    async fn enrol(&self, member: Member) -> Enrolled {
        let s = &self.services;
        let begun = s.begin_second_factor(member, PASSWORD).await.unwrap();
        let code = self.code(&begun.secret);
        let recovery = s
            .confirm_second_factor(member, &begun.setup, &code)
            .await
            .unwrap();
        self.clock.advance(Millis::from_secs(30));
        Enrolled {
            member,
            secret: begun.secret,
            recovery,
        }
    }

    async fn try_with(&self, code: Option<&str>) -> Option<ServiceError> {
        let login = self.services.log_in_with(EMAIL, PASSWORD, code, None);
        login.await.err()
    }
}

#[actix::test]
async fn a_code_is_asked_after_the_password_and_works_once() {
    let house = house();
    let (member, _) = house.member(EMAIL).await;
    let elsewhere = house.services.log_in(EMAIL, PASSWORD, None).await.unwrap();
    let it = house.enrol(member).await;
    let old = house
        .services
        .who(&elsewhere.access_token, house.services.now());
    assert_eq!(
        old.err(),
        Some(NotIdentified::Invalid),
        "made without a code"
    );
    let here = house.services.devices(it.member).unwrap();
    assert!(
        here.len() == 1 && here[0].current,
        "the device that did it stays"
    );

    assert_eq!(
        house.try_with(None).await,
        Some(ServiceError::SecondFactorNeeded)
    );
    assert_eq!(
        house.try_with(Some(" ")).await,
        Some(ServiceError::SecondFactorNeeded)
    );
    assert_eq!(
        house.try_with(Some("000000")).await,
        Some(ServiceError::WrongCode)
    );
    let wrong = house
        .services
        .log_in_with(EMAIL, "a wrong one", Some("000000"), None);
    assert_eq!(wrong.await.err(), Some(ServiceError::WrongCredentials));

    let code = house.code(&it.secret);
    assert_eq!(house.try_with(Some(&code)).await, None);
    assert_eq!(
        house.try_with(Some(&code)).await,
        Some(ServiceError::WrongCode),
        "used"
    );
    // A code of the step before is taken, but not after a newer one.
    house.clock.advance(Millis::from_secs(60));
    let before = totp_code(&it.secret, house.services.now() - Millis::from_secs(30));
    assert_eq!(house.try_with(Some(&before)).await, None);
    let ahead = totp_code(&it.secret, house.services.now() + Millis::from_secs(30));
    assert_eq!(house.try_with(Some(&ahead)).await, None);
    let present = house.code(&it.secret);
    assert_eq!(
        house.try_with(Some(&present)).await,
        Some(ServiceError::WrongCode),
        "older"
    );
    let far = totp_code(&it.secret, house.services.now() + Millis::from_secs(120));
    assert_eq!(
        house.try_with(Some(&far)).await,
        Some(ServiceError::WrongCode)
    );
}

#[actix::test]
async fn of_two_who_show_the_same_code_one_gets_in() {
    let house = house();
    let (member, _) = house.member(EMAIL).await;
    let it = house.enrol(member).await;
    let code = house.code(&it.secret);
    let (one, other) =
        futures_util::future::join(house.try_with(Some(&code)), house.try_with(Some(&code))).await;
    let mut both = [one, other];
    both.sort_by_key(Option::is_some);
    assert_eq!(both, [None, Some(ServiceError::WrongCode)]);
}

#[actix::test]
async fn recovery_codes_work_once_and_are_renewed_by_password_and_code() {
    let house = house();
    let s = &house.services;
    let (member, _) = house.member(EMAIL).await;
    let it = house.enrol(member).await;
    assert_eq!(it.recovery.len(), 10);
    let mut different = it.recovery.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 10);
    let typed = it.recovery[0].to_lowercase().replace('-', " ");
    assert_eq!(house.try_with(Some(&typed)).await, None);
    assert_eq!(
        house.try_with(Some(&typed)).await,
        Some(ServiceError::WrongCode)
    );
    assert_eq!(s.second_factor(member).unwrap().recovery_codes_left, 9);
    assert_eq!(
        house.links("second_factor_changed").len(),
        2,
        "on, and a code used"
    );

    let code = house.code(&it.secret);
    let wrong = s.renew_recovery_codes(member, "a wrong one", &code).await;
    assert!(matches!(wrong, Err(ServiceError::BadField(bad)) if bad.field == "current"));
    let without = s.renew_recovery_codes(member, PASSWORD, "").await;
    assert_eq!(without, Err(ServiceError::WrongCode));
    let new = s
        .renew_recovery_codes(member, PASSWORD, &code)
        .await
        .unwrap();
    assert_eq!(new.len(), 10);
    assert_eq!(
        house.try_with(Some(&it.recovery[1])).await,
        Some(ServiceError::WrongCode)
    );
    assert_eq!(house.try_with(Some(&new[1])).await, None);
}

#[actix::test]
async fn a_new_password_by_mail_needs_the_second_factor_too() {
    let house = house();
    let s = &house.services;
    let (member, _) = house.member(EMAIL).await;
    let it = house.enrol(member).await;
    s.request_reset(EMAIL).await.unwrap();
    house.clock.advance(Millis(1));
    let link = house.token("reset");
    for (code, why) in [
        (None, ServiceError::SecondFactorNeeded),
        (Some("123456"), ServiceError::WrongCode),
    ] {
        let refused = s.reset(&link, "a better password", code, None).await;
        assert_eq!(refused.err(), Some(why));
    }
    assert_eq!(
        house.try_with(Some(&it.recovery[0])).await,
        None,
        "the old password stands"
    );
    let code = house.code(&it.secret);
    let done = s.reset(&link, "a better password", Some(&code), None).await;
    assert!(done.is_ok(), "the link stayed good");
}

#[actix::test]
async fn guessing_codes_ends_in_waits_that_grow() {
    let house = house();
    let (member, _) = house.member(EMAIL).await;
    let it = house.enrol(member).await;
    for _ in 0..5 {
        assert_eq!(
            house.try_with(Some("000000")).await,
            Some(ServiceError::WrongCode)
        );
    }
    let wait = Some(ServiceError::TooManyGuesses(Millis::from_mins(1)));
    assert_eq!(house.try_with(Some("000000")).await, wait);
    let right = house.code(&it.secret);
    assert_eq!(
        house.try_with(Some(&right)).await,
        wait,
        "also the right one"
    );
    house.advance_mins(1);
    assert_eq!(
        house.try_with(Some("000000")).await,
        Some(ServiceError::WrongCode)
    );
    let longer = Some(ServiceError::TooManyGuesses(Millis::from_mins(2)));
    assert_eq!(house.try_with(Some("000000")).await, longer);
    house.advance_mins(2);
    let right = house.code(&it.secret);
    assert_eq!(house.try_with(Some(&right)).await, None);
    assert_eq!(
        house.try_with(Some("000000")).await,
        Some(ServiceError::WrongCode),
        "no wait"
    );
}

#[actix::test]
async fn nothing_is_on_before_the_first_code_and_nobody_confirms_anothers() {
    let house = house();
    let s = &house.services;
    let (ada, _) = house.member(EMAIL).await;
    let (bob, _) = house.member("bob@example.org").await;
    let wrong = s.begin_second_factor(ada, "a wrong one").await;
    assert!(matches!(wrong, Err(ServiceError::BadField(_))));
    let begun = s.begin_second_factor(ada, PASSWORD).await.unwrap();
    assert_eq!(house.try_with(None).await, None, "not on yet");
    let code = house.code(&begun.secret);
    let of_another = s.confirm_second_factor(bob, &begun.setup, &code).await;
    assert!(matches!(of_another, Err(ServiceError::BadField(_))));
    let refused = s.confirm_second_factor(ada, &begun.setup, "000000").await;
    assert_eq!(refused, Err(ServiceError::WrongCode));
    house.advance_mins(30);
    let late = s
        .confirm_second_factor(ada, &begun.setup, &house.code(&begun.secret))
        .await;
    assert!(matches!(late, Err(ServiceError::BadField(bad)) if bad.field == "setup"));
    assert_eq!(s.second_factor(ada).unwrap().on_since, None);

    let it = house.enrol(ada).await;
    let again = s.begin_second_factor(ada, PASSWORD).await;
    assert!(matches!(again, Err(ServiceError::OutOfTurn(_))));
    let code = house.code(&it.secret);
    assert!(s.end_second_factor(ada, PASSWORD, "000000").await.is_err());
    s.end_second_factor(ada, PASSWORD, &code).await.unwrap();
    assert_eq!(house.try_with(None).await, None);
}

#[actix::test]
async fn the_operator_switches_it_off_for_who_lost_everything() {
    let house = house();
    let s = &house.services;
    let (member, session) = house.member(EMAIL).await;
    assert_eq!(s.reset_second_factor(EMAIL).await, Ok(false));
    house.enrol(member).await;
    assert_eq!(s.reset_second_factor(" ADA@example.org").await, Ok(true));
    assert!(s.who(&session.access_token, s.now()).is_err(), "logged out");
    assert_eq!(house.try_with(None).await, None);
    assert_eq!(house.links("second_factor_changed").len(), 2, "on and off");
    assert!(s.reset_second_factor("nobody@example.org").await.is_err());
}

#[actix::test]
async fn an_admin_who_must_have_one_is_none_before() {
    let house = house_with(|config| config.admins_need_second_factor = true);
    let s = &house.services;
    let link = s.admin_link().await.unwrap();
    let token = link.rsplit('/').next().unwrap();
    let session = s.set_up(token, &House::form(EMAIL), None).await.unwrap();
    let who = house.who(&session.access_token);
    assert_eq!((who.role, session.second_factor_due), (Role::Host, true));
    assert!(Admin::try_from(&who).is_err());
    let member = house.member_of(&session);
    assert!(s.second_factor(member).unwrap().required);

    let it = house.enrol(member).await;
    let renewed = s.refresh(&session.refresh_token).await.unwrap();
    assert_eq!(house.who(&renewed.access_token).role, Role::Admin);
    assert!(!renewed.second_factor_due);
    let code = house.code(&it.secret);
    let off = s.end_second_factor(member, PASSWORD, &code).await;
    assert!(
        matches!(off, Err(ServiceError::OutOfTurn(_))),
        "it is demanded"
    );
    let (client, session) = house.member("bob@example.org").await;
    assert!(!session.second_factor_due && !s.second_factor(client).unwrap().required);
}

#[actix::test]
async fn all_other_devices_end_at_once() {
    let house = house();
    let s = &house.services;
    let (member, session) = house.member(EMAIL).await;
    for _ in 0..3 {
        s.log_in(EMAIL, PASSWORD, None).await.unwrap();
    }
    assert_eq!(s.end_other_devices(member).await, Ok(3));
    assert_eq!(s.devices(member).unwrap().len(), 1);
    assert!(s.who(&session.access_token, s.now()).is_ok());
    assert_eq!(house.told.revoked.lock().unwrap().len(), 3);
    assert_eq!(s.end_other_devices(member).await, Ok(0));
}
