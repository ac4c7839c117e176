//! Groups: several clients in one session, each with a booking of their own; and limits of clients
//! and of holds.

use parlor_domain::{invitation::NotRedeemed, ledger::Account};

use super::{
    booking::{Desk, HOUR, free_house, guest, identity},
    *,
};
use crate::ports::{Admit, Refusal};

async fn group(seats: u32, coins: i64) -> Desk {
    Desk::in_house(free_house(), |it| {
        it.capacity = seats;
        it.price = MilliCoins::coins(coins);
    })
    .await
}

#[actix::test]
async fn of_a_crowd_as_many_get_in_as_there_are_seats_and_share_one_room() {
    let desk = group(3, 0).await;
    let start = desk.free()[1];
    let wish = desk.wish(start);
    let tries = (0..40).map(|n| {
        let (services, wish) = (desk.s().clone(), wish.clone());
        async move { services.book(&guest(n), &wish, None).await }
    });
    let all = futures_util::future::join_all(tries).await;
    let good: Vec<_> = all.iter().flatten().map(|it| &it.meetings[0]).collect();
    assert_eq!(good.len(), 3);
    let refused = all.iter().filter_map(|it| it.as_ref().err());
    for it in refused {
        assert!(
            matches!(it, ServiceError::SlotTaken(near) if near.len() == 3),
            "{it:?}"
        );
    }
    let room = good[0].meeting.room;
    assert!(good.iter().all(|it| it.meeting.room == room));
    assert!(!desk.free().contains(&start));
    let shown = |at| {
        let to = NOW + Millis::from_days(3);
        let it = desk
            .s()
            .slots(desk.host.user, desk.service.id, NOW, to)
            .unwrap();
        let index = it.starts.iter().position(|start| *start == at)?;
        Some(it.seats_left[index])
    };
    assert_eq!((shown(start), shown(start + HOUR)), (None, Some(3)));
    // One calls off: one seat is free, the others keep theirs.
    let id = good[1].meeting.id;
    desk.s()
        .cancel_meeting(&identity(desk.host), id, "")
        .await
        .unwrap();
    assert_eq!(shown(start), Some(1));
    let late = desk.s().book(&guest(99), &wish, None).await.unwrap();
    assert_eq!(late.meetings[0].meeting.room, room);
    assert_eq!(late.meetings[0].seats_taken, Some(3));
    assert_eq!(shown(start), None);
}

#[actix::test]
async fn each_of_a_group_pays_comes_and_goes_alone() {
    let desk = group(3, 100).await;
    let start = desk.free()[30.min(desk.free().len() - 1)];
    let mut who = Vec::new();
    for n in 1..=3 {
        let client = desk.client(n, 100).await;
        let wish = NewBooking {
            pay: true,
            ..desk.wish(start)
        };
        let id = desk.book(client, &wish).await.unwrap().id;
        who.push((client, id));
    }
    let again = desk.book(who[0].0, &desk.wish(start)).await;
    assert!(
        matches!(again, Err(ServiceError::SlotTaken(_))),
        "no seat is left"
    );
    let room = desk.s().load_meeting(who[0].1).unwrap().room;
    assert_eq!(desk.balance(Account::MeetingHold(who[2].1)), 100);

    // One moves: another room, another time, and the others are where they were.
    let (mover, moved) = who[2];
    let to = start - Millis::from_days(1);
    desk.s().move_booking(mover, moved, to).await.unwrap();
    let it = desk.s().load_meeting(moved).unwrap();
    assert_eq!(it.terms.starts_at, to);
    assert_ne!(it.room, room);
    // Back again: with the others.
    desk.house
        .services
        .move_booking(mover, moved, start)
        .await
        .unwrap();
    assert_eq!(desk.s().load_meeting(moved).unwrap().room, room);

    // All come but the third; the room knows one meeting, and each has its own attendance.
    desk.go_to(start).await;
    let at = |minutes| start + Millis::from_mins(minutes);
    let first = who[0].1;
    let call = parlor_domain::id::CallId(uuid::Uuid::from_u128(77));
    for (user, minute) in [(desk.host.user, 0), (who[0].0.user, 1), (who[1].0.user, 3)] {
        if minute == 3 {
            let fact = RoomFact::CallStarted(call, at(2));
            desk.s().note(first, fact).await.unwrap();
        }
        desk.s()
            .note(first, RoomFact::Entered(user, at(minute)))
            .await
            .unwrap();
    }
    let state = |id| desk.s().load_meeting(id).unwrap().value;
    assert_eq!(state(who[0].1).status, Status::InProgress);
    assert_eq!(
        state(who[1].1).live_since,
        Some(at(3)),
        "came while they talked"
    );
    assert_eq!(state(moved).status, Status::Confirmed);
    // Each is let in by their own booking.
    for (client, _) in &who {
        let seat = desk.s().admit(&identity(*client), room, at(5)).unwrap();
        assert!(!seat.moderator);
    }
    let stranger = desk.client(9, 0).await;
    let refused = desk.s().admit(&identity(stranger), room, at(5));
    assert_eq!(refused.unwrap_err(), Refusal::Stranger);
    // Who did not come is settled, and nobody else is sent away.
    desk.go_to(at(15)).await;
    assert_eq!(state(moved).status, Status::NoShowClient);
    assert_eq!(desk.house.told.ended.lock().unwrap().len(), 0);
    assert_eq!(
        *desk.house.told.let_go.lock().unwrap(),
        [(mover.user, room)]
    );
    let fact = RoomFact::CallEnded(call, at(61), Millis::from_mins(59));
    desk.s().note(first, fact).await.unwrap();
    for (_, id) in &who[..2] {
        assert_eq!(state(*id).status, Status::Completed);
    }
    assert_eq!(state(who[1].1).call_time, Millis::from_mins(58));
    // Every one of them may say how it was.
    for (client, id) in &who[..2] {
        desk.s().rate(&identity(*client), *id, 5, "").await.unwrap();
    }
    assert_eq!(*desk.house.told.ended.lock().unwrap(), [room]);
    assert_eq!(desk.balance(Account::HostPending(desk.host.user)), 240);
}

#[actix::test]
async fn a_host_moves_and_calls_off_a_group_as_one() {
    let desk = group(2, 0).await;
    let start = desk.free()[1];
    let ada = desk.client(1, 0).await;
    let first = desk.book(ada, &desk.wish(start)).await.unwrap();
    let second = desk
        .s()
        .book(&guest(2), &desk.wish(start), None)
        .await
        .unwrap();
    let second = second.meetings[0].meeting.clone();
    let ids = [first.id, second.id];
    let old_links = desk.house.links("invitation");
    desk.s()
        .move_booking(desk.host, first.id, start + HOUR)
        .await
        .unwrap();
    for id in ids {
        let it = desk.s().load_meeting(id).unwrap();
        assert_eq!((it.terms.starts_at, it.room), (start + HOUR, first.room));
    }
    let token = old_links
        .iter()
        .find_map(|it| it.split_once("/j/"))
        .unwrap()
        .1
        .to_owned();
    let old = desk.s().preview(&token);
    assert!(matches!(
        old,
        Err(ServiceError::NotRedeemed(NotRedeemed::Revoked))
    ));
    // By the seeds' way too.
    let change = MeetingChange {
        starts_at: Some(start),
        ..MeetingChange::default()
    };
    desk.s()
        .change_meeting(desk.host, second.id, &change)
        .await
        .unwrap();
    assert_eq!(
        desk.s().load_meeting(first.id).unwrap().terms.starts_at,
        start
    );
    assert_eq!(
        desk.s().load_meeting(second.id).unwrap().terms.starts_at,
        start
    );
    assert!(!desk.free().contains(&start), "both seats are taken");
    assert!(
        desk.free().contains(&(start + HOUR)),
        "both were given back"
    );
    let who = identity(desk.host);
    let refused = desk.s().cancel_session(ada, &identity(ada), first.id).await;
    assert_eq!(refused.unwrap_err(), ServiceError::Forbidden);
    desk.s()
        .cancel_session(desk.host, &who, first.id)
        .await
        .unwrap();
    for id in ids {
        assert_eq!(desk.s().load_meeting(id).unwrap().status, Status::Cancelled);
    }
    assert!(desk.free().contains(&start));
}

#[actix::test]
async fn a_group_fits_its_room_and_a_guest_sees_their_own_meeting_only() {
    let desk = group(2, 0).await;
    let mut draft = desk.service.draft.clone();
    draft.capacity = 4;
    let refused = desk.s().create_service(desk.host, draft).await;
    assert!(matches!(refused, Err(ServiceError::BadField(it)) if it.field == "capacity"));
    let start = desk.free()[0];
    let mut made = Vec::new();
    for n in 1..=2 {
        let it = desk
            .s()
            .book(&guest(n), &desk.wish(start), None)
            .await
            .unwrap();
        made.push(it.meetings[0].meeting.clone());
    }
    desk.go_to(start).await;
    let link = desk
        .s()
        .join_link(&made[0], &made[0].client.email)
        .unwrap()
        .unwrap();
    let token = link.split_once("/j/").unwrap().1.to_owned();
    let session = desk.s().redeem(&token, "Guest", None, None).await.unwrap();
    let who = desk.s().who(&session.access_token, desk.s().now()).unwrap();
    assert_eq!(
        desk.s().meeting(&who, made[0].id).await.unwrap().meeting.id,
        made[0].id
    );
    let other = desk.s().meeting(&who, made[1].id).await;
    assert_eq!(other.unwrap_err(), ServiceError::Forbidden);
    let seat = desk.s().admit(&who, made[0].room, desk.s().now()).unwrap();
    assert_eq!(seat.meeting, made[0].id);
}

#[actix::test]
async fn one_client_has_so_many_ahead_and_holds_so_many_times() {
    let desk = Desk::in_house(house(), |it| it.per_client_max = Some(2)).await;
    let ada = desk.client(1, 0).await;
    let free = desk.free();
    for start in &free[..2] {
        desk.book(ada, &desk.wish(*start)).await.unwrap();
    }
    let third = desk.book(ada, &desk.wish(free[2])).await;
    assert_eq!(third, Err(ServiceError::TooManyAhead(2)));
    let bob = desk.client(2, 0).await;
    let series = NewBooking {
        count: 3,
        ..desk.wish(free[2])
    };
    assert_eq!(
        desk.book(bob, &series).await,
        Err(ServiceError::TooManyAhead(2))
    );
    // What is over does not count.
    desk.go_to(free[1] + HOUR).await;
    desk.book(ada, &desk.wish(free[4])).await.unwrap();

    let hold = |by, start| {
        desk.s()
            .hold(desk.host.user, desk.service.id, start, Some(by))
    };
    let free = desk.free();
    let mut last = None;
    for start in &free[..5] {
        last = Some(hold(Holder::User(bob.user), *start).await.unwrap());
    }
    let sixth = hold(Holder::User(bob.user), free[5]).await;
    assert_eq!(sixth.unwrap_err(), ServiceError::TooManyHolds);
    // One that is given back, and one that came to nothing, do not count.
    let last = last.unwrap();
    desk.s()
        .release(desk.host.user, last.id, last.starts_at)
        .await
        .unwrap();
    let taken = hold(Holder::User(bob.user), free[0]).await;
    assert!(matches!(taken, Err(ServiceError::SlotTaken(_))));
    hold(Holder::User(bob.user), free[5]).await.unwrap();
}

#[actix::test]
async fn a_guest_is_written_to_in_their_own_language_and_zone() {
    let desk = Desk::in_house(house(), |_| {}).await;
    let start = desk.free()[3];
    let reader = parlor_domain::booking::Reader {
        language: Some("de".into()),
        time_zone: Some("Africa/Nairobi".into()),
    };
    let wish = NewBooking {
        reader: Some(reader),
        ..desk.wish(start)
    };
    let booked = desk.s().book(&guest(1), &wish, None).await.unwrap();
    // Their host sees on which clock they look.
    let made = booked.meetings[0].meeting.clone();
    let seen = desk.s().view(made, Viewer::Host).unwrap();
    assert_eq!(seen.client_zone.as_deref(), Some("Africa/Nairobi"));
    desk.go_to(start - HOUR).await;
    desk.s().sweep_reminders().await.unwrap();
    let mails = desk.s().mailbox(&desk.house.texts).unwrap();
    let mut kinds = Vec::new();
    for it in mails
        .iter()
        .filter(|it| it.mail.to.as_str() == "guest1@example.org")
    {
        kinds.push(it.mail.kind.word());
        assert_eq!(
            (it.mail.language.as_str(), it.rendered.language),
            ("de", "de")
        );
        assert_eq!(it.mail.time_zone, "Africa/Nairobi");
        assert!(
            it.rendered.text.contains("Africa/Nairobi") || it.rendered.text.contains("Nairobi")
        );
    }
    kinds.sort_unstable();
    assert_eq!(kinds, ["invitation", "reminder"]);
}
