//! Waiting for a full day, and mails about what came to nothing.

use parlor_domain::{booking::Reader, ledger::Account};

use super::{
    booking::{Desk, HOUR, free_house, guest, identity},
    *,
};

/// Mails of one kind: to whom, subject and text.
fn mails(desk: &Desk, kind: &str) -> Vec<(String, String, String)> {
    let all = desk.s().mailbox(&desk.house.texts).unwrap();
    let mut all: Vec<_> = all
        .into_iter()
        .filter(|it| it.mail.kind.word() == kind)
        .map(|it| {
            (
                it.mail.to.as_str().to_owned(),
                it.rendered.subject,
                it.rendered.text,
            )
        })
        .collect();
    all.sort();
    all
}

#[actix::test]
async fn whoever_waits_for_a_full_day_is_told_once_when_a_time_of_it_is_free() {
    let desk = Desk::new(|_| {}).await;
    let tomorrow = jiff::civil::date(2026, 3, 3);
    let day = NOW + Millis::from_mins(14 * 60);
    let new = |day, reader| NewWaiting {
        host: desk.host.user,
        service: desk.service.id,
        day,
        reader,
        agreed_to: None,
    };
    let early = desk.s().wait_for_day(&guest(1), &new(tomorrow, None)).await;
    assert!(
        matches!(early, Err(ServiceError::OutOfTurn(_))),
        "there are free times"
    );
    let past = desk
        .s()
        .wait_for_day(&guest(1), &new(jiff::civil::date(2026, 3, 1), None))
        .await;
    assert!(matches!(past, Err(ServiceError::BadField(it)) if it.field == "day"));
    let mut booked = Vec::new();
    for start in desk.free() {
        if day <= start && start < day + Millis::from_days(1) {
            let n = 100 + booked.len() as u32;
            let it = desk
                .s()
                .book(&guest(n), &desk.wish(start), None)
                .await
                .unwrap();
            booked.push(it.meetings[0].meeting.clone());
        }
    }
    assert_eq!(booked.len(), 8);
    let german = Reader {
        language: Some("de".into()),
        time_zone: Some("Europe/Berlin".into()),
    };
    let first = desk
        .s()
        .wait_for_day(&guest(1), &new(tomorrow, Some(german)))
        .await
        .unwrap();
    let again = desk
        .s()
        .wait_for_day(&guest(1), &new(tomorrow, None))
        .await
        .unwrap();
    assert_eq!(first, again, "twice is once");
    let ada = desk.client(1, 0).await;
    desk.s()
        .wait_for_day(&Booker::Member(ada), &new(tomorrow, None))
        .await
        .unwrap();
    assert_eq!(desk.s().waits_for(ada).unwrap().len(), 1);
    let third = desk
        .s()
        .wait_for_day(&guest(3), &new(tomorrow, None))
        .await
        .unwrap();
    desk.s().stop_waiting(third.id).await.unwrap();
    desk.s().stop_waiting(third.id).await.unwrap();
    assert_eq!(desk.s().sweep_waiting().await.unwrap(), 0);

    desk.s()
        .cancel_meeting(&identity(desk.host), booked[2].id, "")
        .await
        .unwrap();
    assert_eq!(desk.s().sweep_waiting().await.unwrap(), 2);
    assert_eq!(desk.s().sweep_waiting().await.unwrap(), 0, "once");
    let told = mails(&desk, "vacancy");
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].0, "client1@example.org");
    assert_eq!(told[0].1, "A time is free: Talk");
    let page = format!("/book/{}/{}", desk.host.user, desk.service.id);
    assert!(told[0].2.contains(&page), "{}", told[0].2);
    assert!(
        told[1].2.contains("11:00 Uhr (Europe/Berlin)"),
        "{}",
        told[1].2
    );
    assert_eq!(desk.s().waits_for(ada).unwrap(), []);
    // Taken again: who came too late waits again, and is told again.
    desk.s()
        .book(&guest(4), &desk.wish(booked[2].terms.starts_at), None)
        .await
        .unwrap();
    desk.house.clock.advance(Millis(5));
    desk.s()
        .wait_for_day(&Booker::Member(ada), &new(tomorrow, None))
        .await
        .unwrap();
    desk.s()
        .cancel_meeting(&identity(desk.host), booked[3].id, "")
        .await
        .unwrap();
    assert_eq!(desk.s().sweep_waiting().await.unwrap(), 1);
    assert_eq!(mails(&desk, "vacancy").len(), 3);
    // It ends by itself with the day.
    desk.s()
        .book(&guest(5), &desk.wish(booked[3].terms.starts_at), None)
        .await
        .unwrap();
    desk.s()
        .wait_for_day(&Booker::Member(ada), &new(tomorrow, None))
        .await
        .unwrap();
    desk.house.clock.advance(Millis::from_days(2));
    assert_eq!(desk.s().sweep_waiting().await.unwrap(), 0);
    assert_eq!(desk.s().waits_for(ada).unwrap(), []);
}

#[actix::test]
async fn who_asked_learns_by_mail_that_it_came_to_nothing() {
    let desk = Desk::in_house(free_house(), |it| {
        it.price = MilliCoins::coins(100);
        it.approval = true;
    })
    .await;
    let (ada, bob) = (desk.client(1, 300).await, desk.client(2, 300).await);
    let free = desk.free();
    let pay = |start| NewBooking {
        pay: true,
        ..desk.wish(start)
    };
    // The host says no: the money is back, and the mail says so.
    let declined = desk.book(ada, &pay(free[4])).await.unwrap().id;
    desk.s()
        .answer_booking(desk.host, declined, false, "")
        .await
        .unwrap();
    assert_eq!(desk.balance(Account::Wallet(ada.user)), 300);
    let told = mails(&desk, "lapsed");
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].0.as_str(), told[0].1.as_str()),
        ("client1@example.org", "Declined: Talk")
    );
    assert!(
        told[0].2.contains("back in your wallet") && told[0].2.contains("/book/"),
        "{}",
        told[0].2
    );
    // Nobody answers, and nobody pays: a mail each, and the host learns what they did not answer.
    desk.book(ada, &desk.wish(free[free.len() - 1]))
        .await
        .unwrap();
    let unpaid = desk
        .book(bob, &desk.wish(free[free.len() - 2]))
        .await
        .unwrap()
        .id;
    desk.s()
        .answer_booking(desk.host, unpaid, true, "")
        .await
        .unwrap();
    desk.go_to(NOW + Millis::from_mins(49 * 60)).await;
    let told = mails(&desk, "lapsed");
    let said: Vec<_> = told
        .iter()
        .map(|it| it.0.split('@').next().unwrap())
        .collect();
    assert_eq!(said, ["client1", "client1", "client2", "host"]);
    assert!(told[2].2.contains("was not paid in time"), "{}", told[2].2);
    assert!(
        told[3].2.contains("There was no answer in time"),
        "{}",
        told[3].2
    );
    assert!(!told[2].2.contains("wallet"));
    let _ = HOUR;
}
