//! Reports about people, and accounts taken out of service.

use parlor_domain::{
    conversation::{ConversationId, MsgSeq},
    notification::About,
    report::{Place, REPORTS_MAX, Reason, Verdict},
};

use super::*;

fn about(who: Member, place: Place, messages: &[u64]) -> NewReport {
    NewReport {
        about: who.user,
        reason: Reason::Harassment,
        words: "He does not stop.".into(),
        place,
        messages: messages.iter().copied().map(MsgSeq).collect(),
    }
}

impl House {
    /// Somebody who runs the place.
    async fn operator(&self) -> (Admin, Member) {
        let link = self.services.first_admin_link().await.unwrap().unwrap();
        let token = link.rsplit('/').next().unwrap().to_owned();
        let form = Self::form("admin@example.org");
        let session = self.services.set_up(&token, &form, None).await;
        let member = self.member_of(&session.unwrap());
        (Admin { user: member.user }, member)
    }
}

#[actix::test]
async fn a_report_has_copies_of_what_its_writer_could_read_and_admins_hear_of_it() {
    let house = house();
    let s = &house.services;
    let (admin, operator) = house.operator().await;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    let id = house.says(ada, host, "Please stop");
    house.says(host, ada, "Never");
    let strange = house.says(eve, host, "Our secret");
    let place = Place::Conversation(id);
    let one = s
        .report(ada, about(host, place, &[2, 1, 2, 9]))
        .await
        .unwrap();
    // Not of a conversation that somebody is not in.
    let nosy = s.report(ada, about(host, Place::Conversation(strange), &[1]));
    assert_eq!(nosy.await, Err(ServiceError::NotFound));
    let room = Place::Room(RoomId(Uuid::from_u128(1)));
    let nosy = s.report(ada, about(host, room, &[])).await;
    assert_eq!(nosy, Err(ServiceError::NotFound));
    assert!(s.report(ada, about(ada, Place::Page, &[])).await.is_err());
    let wordless = NewReport {
        reason: Reason::Other,
        words: " ".into(),
        ..about(host, Place::Page, &[])
    };
    assert!(matches!(
        s.report(ada, wordless).await,
        Err(ServiceError::BadField(_))
    ));
    house.clock.advance(Millis(5));
    s.report(eve, about(host, Place::Page, &[])).await.unwrap();
    s.deliver_notices().await;
    let open = s.reports(admin, true, None).unwrap();
    assert_eq!((open.all.len(), open.next), (2, None));
    assert_eq!((open.all[0].earlier, open.all[1].earlier), (1, 0));
    let texts = open.all[1].report.copied.iter().map(|it| it.text.as_str());
    assert_eq!(texts.collect::<Vec<_>>(), ["Please stop", "Never"]);
    let told = s.notices(operator, None, 9).unwrap().all;
    assert_eq!(told[1].about, About::Report(one));
    assert_eq!(s.notices(host, None, 9).unwrap().all, [], "never the other");
    // What is taken back later stays in the copy; a decision is made once, and swept with its time.
    let decided = s
        .decide_report(admin, one, Verdict::Noted, "")
        .await
        .unwrap();
    assert_eq!(decided.report.decision.unwrap().by, admin.user);
    let again = s.decide_report(admin, one, Verdict::Dismissed, "").await;
    assert!(matches!(again, Err(ServiceError::OutOfTurn(_))));
    assert_eq!(s.reports(admin, true, None).unwrap().all.len(), 1);
    assert_eq!(s.reports(admin, false, None).unwrap().all.len(), 1);
    house.clock.advance(s.config().report_keep);
    house.clock.advance(Millis(1));
    assert_eq!(s.sweep_old().await.unwrap().count("reports"), 1);
    assert_eq!(s.reports(admin, false, None).unwrap().all, []);
}

#[actix::test]
async fn nobody_reports_without_end() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    for _ in 0..REPORTS_MAX {
        s.report(ada, about(host, Place::Page, &[])).await.unwrap();
    }
    let more = s.report(ada, about(host, Place::Page, &[])).await;
    assert_eq!(more, Err(ServiceError::TooManyReports));
    house.clock.advance(Millis::from_days(1));
    s.report(ada, about(host, Place::Page, &[])).await.unwrap();
}

#[actix::test]
async fn a_suspended_account_is_out_everywhere_until_it_is_let_in_again() {
    let house = house();
    let s = &house.services;
    let (admin, operator) = house.operator().await;
    let (host, seen) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let meeting = house.meeting_in(host, 90).await.meeting;
    let id = ConversationId::pair(host.user, ada.user).unwrap();
    house.says(ada, host, "Hello");
    let report = s.report(ada, about(host, Place::Conversation(id), &[1]));
    let report = report.await.unwrap();
    let login = || s.log_in("host@example.org", "correct horse", None);
    login().await.unwrap();
    let why = s.decide_report(admin, report, Verdict::Suspended, "").await;
    assert!(matches!(why, Err(ServiceError::BadField(_))), "says why");
    let done = s
        .decide_report(admin, report, Verdict::Suspended, "Threats")
        .await
        .unwrap();
    assert!(done.suspended);
    assert_eq!(login().await.err(), Some(ServiceError::WrongCredentials));
    let token = s.devices(host).unwrap();
    assert!(token.is_empty(), "every device is out");
    assert_eq!(
        house.told.revoked.lock().unwrap().len(),
        2,
        "and its sockets"
    );
    assert!(s.me(host).is_err() && s.host_page(ada.user, host.user).is_err());
    assert!(!s.conversation(ada, id).unwrap().writable);
    let standing = s.suspended(admin).unwrap().remove(0);
    assert_eq!(
        (standing.user, standing.steps[0].0.why.as_str()),
        (host.user, "Threats")
    );
    assert_eq!(standing.meetings[0].id, meeting.id);
    assert!(standing.meetings[0].hosts);
    // Nobody who runs the place, and nobody twice.
    let own = s.set_suspended(admin, operator.user, true, "Oops").await;
    assert!(matches!(own, Err(ServiceError::BadField(_))));
    let twice = s.set_suspended(admin, host.user, true, "Again").await;
    assert_eq!(twice.unwrap().steps.len(), 1);
    let back = s.set_suspended(admin, host.user, false, "A mistake").await;
    assert_eq!(
        (back.as_ref().unwrap().suspended, back.unwrap().steps.len()),
        (false, 2)
    );
    assert_eq!(s.suspended(admin).unwrap(), []);
    login().await.unwrap();
    assert!(s.conversation(ada, id).unwrap().writable);
    drop(seen);
}
