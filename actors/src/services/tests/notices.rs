//! Notifications: written, told, numbered, read on one device and so on all.

use parlor_domain::notification::{About, Notification, NtfSeq, Urgency};

use super::*;
use crate::ports::{Attendance, Push};

/// Notes what would have gone to devices without a page.
#[derive(Default)]
struct Pushed(Mutex<Vec<(UserId, NtfSeq, Urgency)>>);

impl Push for Pushed {
    fn push(&self, user: UserId, it: &Notification, urgency: Urgency) {
        self.0.lock().unwrap().push((user, it.seq, urgency));
    }
}

impl House {
    pub(super) fn noticed(&self, who: Member) -> Vec<About> {
        let page = self.services.notices(who, None, 50).unwrap();
        page.all.into_iter().map(|it| it.about).collect()
    }
}

#[actix::test]
async fn a_list_is_told_read_and_paged() {
    let house = house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    for n in 1..=5 {
        let about = About::Message(UserId(Uuid::from_u128(n)));
        s.notify(ada.user, about, "Gus").await.unwrap();
    }
    // The same again is one, until it was read.
    let again = About::Message(UserId(Uuid::from_u128(5)));
    s.notify(ada.user, again.clone(), "Gus").await.unwrap();
    let page = s.notices(ada, None, 2).unwrap();
    assert_eq!(
        (page.unread, page.more, page.all[0].seq),
        (5, true, NtfSeq(5))
    );
    let rest = s.notices(ada, Some(page.all[1].seq), 50).unwrap();
    assert_eq!((rest.all.len(), rest.more), (3, false));
    assert_eq!(
        s.read_notices(ada, None, &[NtfSeq(5), NtfSeq(99)]).await,
        Ok(4)
    );
    s.notify(ada.user, again, "Gus").await.unwrap();
    assert_eq!(s.notices(ada, None, 9).unwrap().all[0].seq, NtfSeq(6));
    assert_eq!(s.read_notices(ada, Some(NtfSeq(6)), &[]).await, Ok(0));
    assert_eq!(house.noticed(eve), []);
    // What is old goes, with the facts of calls.
    house.clock.advance(s.config().call_metadata_keep);
    house.clock.advance(Millis(1));
    assert_eq!(s.sweep_old().await.unwrap().count("notifications"), 6);
    assert_eq!(house.noticed(ada), []);
    // Guests have no list.
    let nobody = UserId(Uuid::from_u128(77));
    s.notify(nobody, About::Payment, "").await.unwrap();
}

#[actix::test]
async fn what_was_read_in_its_conversation_is_no_news() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let id = house.says(ada, host, "Hello");
    s.wrote(host.user, ada.user, "Ada");
    s.deliver_notices().await;
    assert_eq!(house.noticed(host), [About::Message(ada.user)]);
    s.has_read(host.user, ada.user);
    s.deliver_notices().await;
    assert_eq!(s.notices(host, None, 9).unwrap().unread, 0);
    s.keep_conversation(host, id, Some(true), None)
        .await
        .unwrap();
    s.wrote(host.user, ada.user, "Ada");
    s.deliver_notices().await;
    assert_eq!(house.noticed(host).len(), 1, "muted");
}

#[actix::test]
async fn meetings_and_reviews_find_their_way_into_the_list() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let meeting = NewMeeting {
        client: ClientRef::Account(ada.user),
        ..new_meeting(s.now() + Millis::from_mins(90))
    };
    let made = s.create_meeting(host, &meeting, None).await.unwrap().0;
    s.deliver_notices().await;
    let id = made.meeting.id;
    assert_eq!(house.noticed(ada), [About::BookingConfirmed(id)]);
    assert_eq!(house.noticed(host), [], "who made it knows it");
    house.clock.advance(Millis::from_mins(31));
    s.sweep_reminders().await.unwrap();
    s.deliver_notices().await;
    assert_eq!(house.noticed(host), [About::Reminder(id)]);
    assert_eq!(house.noticed(ada)[0], About::Reminder(id));
}

#[actix::test]
async fn only_who_looks_at_no_page_is_pushed_to() {
    let house = house();
    let s = &house.services;
    let pushed = Arc::new(Pushed::default());
    s.connect_push(Arc::clone(&pushed) as Arc<dyn Push>);
    let (ada, _) = house.member("ada@example.org").await;
    let from = |n| About::Message(UserId(Uuid::from_u128(n)));
    s.here(ada.user, true);
    s.notify(ada.user, from(1), "Gus").await.unwrap();
    assert_eq!(*pushed.0.lock().unwrap(), []);
    let device = parlor_domain::id::SessionId(Uuid::from_u128(7));
    s.idle(ada.user, device, true);
    s.notify(ada.user, from(2), "Gus").await.unwrap();
    s.idle(ada.user, device, false);
    s.notify(ada.user, from(3), "Gus").await.unwrap();
    s.here(ada.user, false);
    s.notify(ada.user, from(4), "Gus").await.unwrap();
    let of = |n| (ada.user, NtfSeq(n), Urgency::Normal);
    assert_eq!(*pushed.0.lock().unwrap(), [of(2), of(4)]);
}
