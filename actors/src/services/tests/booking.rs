//! Bookings: free times, holds, money, answers, moves, who came.

use futures_util::future::join_all;
use parlor_domain::{
    availability::{Availability, Span},
    booking::Payment,
    ledger::{Account, Entry, Gateway, Kind, Subject},
    meeting::Meeting,
    service::{Draft as Offer, Service},
};

use super::*;

pub(super) const HOUR: Millis = Millis::from_mins(60);

/// A host who can be booked from 08:00 to 16:00 UTC on every day, for an hour.
pub(super) struct Desk {
    pub(super) house: House,
    pub(super) host: Member,
    pub(super) service: Service,
}

impl Desk {
    pub(super) async fn new(change: impl FnOnce(&mut Offer)) -> Self {
        Self::in_house(house(), change).await
    }

    pub(super) async fn in_house(house: House, change: impl FnOnce(&mut Offer)) -> Self {
        let (host, _) = house.host("host@example.org").await;
        let mut hours = Availability::none(host.user, "UTC", NOW);
        hours.week = std::array::from_fn(|_| vec![Span { from: 480, to: 960 }]);
        house.services.set_availability(host, hours).await.unwrap();
        let mut draft = Offer {
            title: "Talk".into(),
            duration: HOUR,
            step: HOUR,
            after: Millis::ZERO,
            ..Offer::default()
        };
        change(&mut draft);
        let service = house.services.create_service(host, draft).await.unwrap();
        Self {
            house,
            host,
            service,
        }
    }

    pub(super) fn s(&self) -> &Services {
        &self.house.services
    }

    pub(super) fn free(&self) -> Vec<Timestamp> {
        let (from, to) = (NOW, NOW + Millis::from_days(3));
        let found = self.s().slots(self.host.user, self.service.id, from, to);
        found.unwrap().starts
    }

    pub(super) fn wish(&self, starts_at: Timestamp) -> NewBooking {
        NewBooking {
            host: self.host.user,
            service: self.service.id,
            starts_at,
            hold: None,
            note: "Hello".into(),
            pay: false,
            every_weeks: 1,
            count: 1,
            skip_taken: false,
            reader: None,
            agreed_to: None,
        }
    }

    pub(super) async fn book(
        &self,
        who: Member,
        wish: &NewBooking,
    ) -> Result<Meeting, ServiceError> {
        let booked = self.s().book(&Booker::Member(who), wish, None).await?;
        Ok(booked.meetings[0].meeting.clone())
    }

    pub(super) async fn client(&self, n: u8, coins: i64) -> Member {
        let (who, _) = self.house.member(&format!("client{n}@example.org")).await;
        if coins > 0 {
            let given = Entry::new(NOW, Kind::TopUp, Subject::User(who.user)).coins(
                Account::Issued(Gateway::Demo),
                Account::Wallet(who.user),
                MilliCoins::coins(coins),
            );
            self.s().post(Posting::new(given)).await.unwrap();
        }
        who
    }

    pub(super) fn balance(&self, of: Account) -> i64 {
        self.s().ledger().balance(of).unwrap() / 1_000
    }

    /// Wallet, hold, host's pending, house.
    pub(super) fn money(&self, who: Member, meeting: MeetingId) -> (i64, i64, i64, i64) {
        (
            self.balance(Account::Wallet(who.user)),
            self.balance(Account::MeetingHold(meeting)),
            self.balance(Account::HostPending(self.host.user)),
            self.balance(Account::Fee),
        )
    }

    pub(super) fn now_is(&self, id: MeetingId) -> (Status, Payment) {
        let it = self.s().load_meeting(id).unwrap().value;
        (it.status, it.booking.unwrap().payment)
    }

    pub(super) async fn go_to(&self, at: Timestamp) {
        self.house.clock.advance(at.since(self.s().now()));
        while self.s().sweep_closed_meetings().await.unwrap() > 0 {}
    }
}

/// One of many without an account.
pub(super) fn guest(n: u32) -> Booker {
    Booker::Guest {
        email: format!("guest{n}@example.org"),
        name: format!("Guest {n}"),
    }
}

pub(super) fn free_house() -> House {
    house_with(|config| config.welcome = MilliCoins::ZERO)
}

/// P7: of a thousand who want one time at once, one gets it; the others learn what is free nearby.
#[actix::test]
async fn p7_of_a_thousand_who_book_one_time_at_once_one_gets_it() {
    let desk = Desk::new(|_| {}).await;
    let start = desk.free()[3];
    let guests = (0..1_000).map(|n| Booker::Guest {
        email: format!("guest{n}@example.org"),
        name: format!("Guest {n}"),
    });
    let wish = desk.wish(start);
    let tries = guests.map(|guest| {
        let (services, wish) = (desk.s().clone(), wish.clone());
        async move { services.book(&guest, &wish, None).await }
    });
    let (good, bad): (Vec<_>, Vec<_>) = join_all(tries).await.into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), 1);
    for refused in bad {
        let Err(ServiceError::SlotTaken(near)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(near.len(), 3);
        assert!(!near.contains(&start));
    }
    let all = desk.s().meetings(desk.host, NOW, Timestamp::MAX).unwrap();
    assert_eq!(all.len(), 1);
}

/// P8, as far as the store goes: every time that is shown is booked, one after the other.
#[actix::test]
async fn p8_every_shown_time_is_booked_and_gone() {
    let desk = Desk::new(|offer| {
        offer.before = Millis::from_mins(10);
        offer.after = Millis::from_mins(5);
        offer.step = Millis::from_mins(15);
    })
    .await;
    let mut count = 0;
    while let Some(start) = desk.free().first().copied() {
        let guest = Booker::Guest {
            email: format!("guest{count}@example.org"),
            name: "Guest".into(),
        };
        desk.s()
            .book(&guest, &desk.wish(start), None)
            .await
            .unwrap();
        assert!(!desk.free().contains(&start));
        count += 1;
    }
    assert!(count > 12, "{count}");
}

#[actix::test]
async fn a_hold_keeps_a_time_for_who_has_it_and_no_longer_than_it_says() {
    let desk = Desk::new(|_| {}).await;
    let (ada, bob) = (desk.client(1, 0).await, desk.client(2, 0).await);
    let start = desk.free()[0];
    let hold = desk.s().hold(desk.host.user, desk.service.id, start, None);
    let hold = hold.await.unwrap();
    assert!(!desk.free().contains(&start));
    let taken = desk
        .s()
        .hold(desk.host.user, desk.service.id, start, None)
        .await;
    assert!(matches!(taken, Err(ServiceError::SlotTaken(_))));
    let late = desk.book(bob, &desk.wish(start)).await;
    assert!(matches!(late, Err(ServiceError::SlotTaken(_))));
    // Given back, it is free; held again and let go by itself, too.
    desk.s()
        .release(desk.host.user, hold.id, start)
        .await
        .unwrap();
    assert!(desk.free().contains(&start));
    let hold = desk.s().hold(desk.host.user, desk.service.id, start, None);
    let hold = hold.await.unwrap();
    let (from, to) = (NOW, NOW + Millis::from_days(1));
    let shown = desk.s().slots(desk.host.user, desk.service.id, from, to);
    assert_eq!(shown.unwrap().changes_at, Some(hold.expires_at));
    let wish = NewBooking {
        hold: Some(hold.id),
        ..desk.wish(start)
    };
    let meeting = desk.book(ada, &wish).await.unwrap();
    assert_eq!(meeting.status, Status::Confirmed);
    // What is booked is not given back by the number of a hold, nor of the meeting.
    for id in [hold.id, meeting.id.0] {
        desk.s().release(desk.host.user, id, start).await.unwrap();
        assert!(!desk.free().contains(&start));
    }
    let start = desk.free()[0];
    desk.s()
        .hold(desk.host.user, desk.service.id, start, None)
        .await
        .unwrap();
    desk.house.clock.advance(desk.s().config().booking.hold);
    desk.book(bob, &desk.wish(start)).await.unwrap();
}

#[actix::test]
async fn a_client_is_not_booked_twice_either_and_a_key_books_once() {
    let desk = Desk::new(|_| {}).await;
    let ada = desk.client(1, 0).await;
    let (other, _) = desk.house.host("other@example.org").await;
    let hours = desk.s().my_availability(desk.host).unwrap();
    desk.s().set_availability(other, hours).await.unwrap();
    let elsewhere = desk.s().create_service(other, desk.service.draft.clone());
    let elsewhere = elsewhere.await.unwrap();
    let start = desk.free()[0];
    let booker = Booker::Member(ada);
    let wish = desk.wish(start);
    let once = desk.s().book(&booker, &wish, Some("k")).await.unwrap();
    let again = desk.s().book(&booker, &wish, Some("k")).await.unwrap();
    assert_eq!((once.again, again.again), (false, true));
    assert_eq!(once.meetings[0].meeting.id, again.meetings[0].meeting.id);
    let wish = NewBooking {
        host: other.user,
        service: elsewhere.id,
        ..wish
    };
    let reused = desk.s().book(&booker, &wish, Some("k")).await;
    assert_eq!(reused.unwrap_err(), ServiceError::KeyReused);
    let busy = desk.s().book(&booker, &wish, None).await;
    assert_eq!(busy.unwrap_err(), ServiceError::ClientBusy);
    // Who hosts at that time cannot be a client then.
    let host_as_client = desk.s().book(&Booker::Member(desk.host), &wish, None).await;
    assert_eq!(host_as_client.unwrap_err(), ServiceError::ClientBusy);
    let own = desk.s().book(&Booker::Member(other), &wish, None).await;
    assert!(matches!(own, Err(ServiceError::BadField(_))));
}

#[actix::test]
async fn what_a_host_writes_down_is_busy() {
    let desk = Desk::new(|_| {}).await;
    let start = desk.free()[0];
    let new = NewMeeting {
        terms: Terms {
            subject: "By hand".into(),
            description: String::new(),
            starts_at: start + Millis::from_mins(7),
            duration: Millis::from_mins(20),
        },
        client: ClientRef::Email("friend@example.org".into()),
        client_name: None,
        lobby: true,
    };
    let (made, _) = desk
        .s()
        .create_meeting(desk.host, &new, None)
        .await
        .unwrap();
    assert!(!desk.free().contains(&start));
    let moved = MeetingChange {
        starts_at: Some(start + Millis::from_mins(67)),
        ..MeetingChange::default()
    };
    let id = made.meeting.id;
    desk.s()
        .change_meeting(desk.host, id, &moved)
        .await
        .unwrap();
    assert!(desk.free().contains(&start));
    assert!(!desk.free().contains(&(start + HOUR)));
    let who = Identity {
        user: desk.host.user,
        login: desk.host.login,
        role: Role::Host,
        scope: Scope::Account,
        name: String::new(),
        expires_at: Timestamp::MAX,
    };
    desk.s().cancel_meeting(&who, id, "").await.unwrap();
    assert!(desk.free().contains(&(start + HOUR)));
    // And so is what a host blocks.
    let block = desk
        .s()
        .take_time_off(desk.host, start, start + HOUR)
        .await
        .unwrap();
    assert!(!desk.free().contains(&start));
    let blocks = |to| desk.s().time_off(desk.host, NOW, to).unwrap();
    assert_eq!(blocks(Timestamp::MAX), [block]);
    assert_eq!(blocks(start), []);
    desk.s()
        .end_time_off(desk.host, block.owner, start)
        .await
        .unwrap();
    assert!(desk.free().contains(&start));
}

#[actix::test]
async fn a_price_is_set_aside_and_divided_when_it_is_over() {
    let desk = Desk::in_house(free_house(), |it| it.price = MilliCoins::coins(100)).await;
    let (ada, bob) = (desk.client(1, 150).await, desk.client(2, 50).await);
    let start = desk.free()[1];
    let poor = NewBooking {
        pay: true,
        ..desk.wish(start)
    };
    let refused = desk.book(bob, &poor).await;
    assert_eq!(refused, Err(ServiceError::TooLittle(MilliCoins::coins(50))));
    assert!(desk.free().contains(&start), "no half state");
    let meeting = desk.book(ada, &desk.wish(start)).await.unwrap();
    assert_eq!(meeting.status, Status::AwaitingPayment);
    let id = meeting.id;
    let door = desk.s().room_for(&identity(ada), id);
    assert!(matches!(door, Err(ServiceError::NotJoinable(it)) if it.state == JoinState::Unpaid));
    for _ in 0..2 {
        let paid = desk.s().pay_booking(ada, id).await.unwrap();
        assert_eq!(paid.meeting.status, Status::Confirmed);
        assert_eq!(desk.money(ada, id), (50, 100, 0, 0));
    }
    assert_eq!(
        desk.s().pay_booking(bob, id).await.unwrap_err(),
        ServiceError::Forbidden
    );
    assert_eq!(desk.house.links("invitation").len(), 2, "a mail for each");
    for who in [desk.host, ada] {
        desk.go_to(start).await;
        desk.s().join_meeting(&identity(who), id).await.unwrap();
    }
    desk.go_to(start + Millis::from_mins(15)).await;
    assert_eq!(desk.now_is(id).0, Status::Confirmed);
    desk.go_to(start + HOUR + HOUR).await;
    assert_eq!(desk.now_is(id).0, Status::Completed);
    assert_eq!(desk.money(ada, id), (50, 0, 80, 20));
    desk.go_to(start + Millis::from_days(3)).await;
    assert_eq!(desk.money(ada, id), (50, 0, 0, 20));
    assert_eq!(desk.balance(Account::HostAvailable(desk.host.user)), 80);
    assert!(matches!(desk.now_is(id).1, Payment::Settled(_)));
}

pub(super) fn identity(who: Member) -> Identity {
    Identity {
        user: who.user,
        login: who.login,
        role: Role::Client,
        scope: Scope::Account,
        name: "Somebody".into(),
        expires_at: Timestamp::MAX,
    }
}

#[actix::test]
async fn an_unpaid_bill_runs_out_and_late_money_takes_the_time_again_if_it_is_free() {
    let desk = Desk::in_house(free_house(), |it| it.price = MilliCoins::coins(100)).await;
    let (ada, bob) = (desk.client(1, 200).await, desk.client(2, 200).await);
    let (one, two) = (desk.free()[1], desk.free()[2]);
    let first = desk.book(ada, &desk.wish(one)).await.unwrap().id;
    let second = desk.book(ada, &desk.wish(two)).await.unwrap().id;
    assert!(!desk.free().contains(&one));
    desk.go_to(NOW + Millis::from_mins(11)).await;
    assert_eq!(desk.now_is(first), (Status::Expired, Payment::Due));
    assert!(desk.free().contains(&one));
    desk.s().pay_booking(ada, first).await.unwrap();
    assert_eq!(desk.now_is(first), (Status::Confirmed, Payment::Held));
    // Somebody else has it meanwhile: the coins stay in the wallet.
    let wish = NewBooking {
        pay: true,
        ..desk.wish(two)
    };
    desk.book(bob, &wish).await.unwrap();
    let late = desk.s().pay_booking(ada, second).await;
    assert!(matches!(late, Err(ServiceError::SlotTaken(_))));
    assert_eq!(desk.money(ada, second), (100, 0, 0, 0));
    assert_eq!(desk.now_is(second), (Status::Expired, Payment::Due));
}

#[actix::test]
async fn what_goes_back_is_said_before_and_is_what_goes_back() {
    // hours before the start, by the host, what goes back of 100
    for (hours, by_host, back) in [
        (30, false, 100),
        (3, false, 50),
        (1, false, 0),
        (1, true, 100),
    ] {
        let desk = Desk::in_house(free_house(), |it| it.price = MilliCoins::coins(100)).await;
        let ada = desk.client(1, 100).await;
        let start = NOW + Millis::from_days(2);
        let wish = NewBooking {
            pay: true,
            ..desk.wish(start)
        };
        let id = desk.book(ada, &wish).await.unwrap().id;
        desk.go_to(start - Millis::from_mins(hours * 60)).await;
        let who = if by_host { desk.host } else { ada };
        let (_, quote) = desk.s().quote(who, id).unwrap();
        assert_eq!(
            (quote.refund.0 / 1_000, quote.kept.0 / 1_000),
            (back, 100 - back)
        );
        for _ in 0..2 {
            desk.s()
                .cancel_meeting(&identity(who), id, "")
                .await
                .unwrap();
        }
        let kept = 100 - back;
        assert_eq!(desk.money(ada, id), (back, 0, kept * 8 / 10, kept * 2 / 10));
        assert!(desk.free().contains(&start) || hours < 2);
    }
}

#[actix::test]
async fn a_request_is_answered_or_runs_out() {
    let desk = Desk::in_house(free_house(), |it| {
        it.price = MilliCoins::coins(100);
        it.approval = true;
    })
    .await;
    let ada = desk.client(1, 300).await;
    let pay = |start| NewBooking {
        pay: true,
        ..desk.wish(start)
    };
    let free = desk.free();
    let yes = desk.book(ada, &pay(free[1])).await.unwrap();
    assert_eq!(yes.status, Status::Requested);
    assert_eq!(desk.money(ada, yes.id), (200, 100, 0, 0));
    let no = desk.book(ada, &pay(free[2])).await.unwrap().id;
    let unpaid = desk.book(ada, &desk.wish(free[3])).await.unwrap().id;
    let silent = desk
        .book(ada, &pay(NOW + Millis::from_days(5)))
        .await
        .unwrap()
        .id;
    assert!(!desk.free().contains(&free[1]), "a request keeps its time");
    assert_eq!(desk.house.links("invitation").len(), 4, "the host is asked");
    let stranger = desk.s().answer_booking(ada, yes.id, true, "").await;
    assert_eq!(stranger.unwrap_err(), ServiceError::Forbidden);
    desk.s()
        .answer_booking(desk.host, yes.id, true, "")
        .await
        .unwrap();
    desk.s()
        .answer_booking(desk.host, no, false, "")
        .await
        .unwrap();
    desk.s()
        .answer_booking(desk.host, unpaid, true, "")
        .await
        .unwrap();
    assert_eq!(desk.now_is(yes.id), (Status::Confirmed, Payment::Held));
    assert_eq!(desk.now_is(no).0, Status::Declined);
    assert_eq!(desk.now_is(unpaid), (Status::AwaitingPayment, Payment::Due));
    assert!(desk.free().contains(&free[2]));
    assert_eq!(desk.balance(Account::Wallet(ada.user)), 100);
    desk.go_to(NOW + Millis::from_days(2) + HOUR).await;
    assert_eq!(desk.now_is(silent).0, Status::Expired);
    assert_eq!(desk.balance(Account::MeetingHold(silent)), 0);
}

#[actix::test]
async fn a_move_takes_the_new_time_and_gives_the_old_one_back_and_the_link_with_it() {
    let desk = Desk::new(|_| {}).await;
    let guest = Booker::Guest {
        email: "guest@example.org".into(),
        name: "Gus".into(),
    };
    let start = NOW + Millis::from_days(1) + HOUR;
    let booked = desk
        .s()
        .book(&guest, &desk.wish(start), None)
        .await
        .unwrap();
    let view = &booked.meetings[0];
    let token = |view: &MeetingView| {
        let link = view.manage_link.clone().unwrap();
        link.rsplit('/').next().unwrap().to_owned()
    };
    let first = token(view);
    let bob = desk.client(2, 0).await;
    desk.book(bob, &desk.wish(start + HOUR)).await.unwrap();
    let taken = desk.s().move_managed(&first, start + HOUR).await;
    assert!(matches!(taken, Err(ServiceError::SlotTaken(near)) if near.len() == 3));
    let moved = desk
        .s()
        .move_managed(&first, start + HOUR + HOUR)
        .await
        .unwrap();
    assert_eq!(moved.meeting.version, 2);
    assert!(desk.free().contains(&start));
    assert!(!desk.free().contains(&(start + HOUR + HOUR)));
    let old = desk.s().managed_booking(&first);
    assert_eq!(
        old.unwrap_err(),
        ServiceError::NotRedeemed(NotRedeemed::Revoked)
    );
    let second = token(&moved);
    assert_eq!(
        desk.s().managed_booking(&second).unwrap().1.refund_bps,
        10_000
    );
    let off = desk.s().cancel_managed(&second, "I am ill").await.unwrap();
    assert_eq!(off.meeting.status, Status::Cancelled);
    let shown = desk.s().managed_booking(&second).unwrap().0;
    assert_eq!(shown.meeting.remark.unwrap().text, "I am ill");
    assert!(desk.s().managed_booking(&first).is_err());
    assert!(desk.free().contains(&(start + HOUR + HOUR)));
    assert!(
        desk.s().cancel_managed(&second, "").await.is_err(),
        "the link is of a version"
    );
    // The host moves where it suits, but not over somebody.
    let mine = desk.s().meetings(desk.host, NOW, Timestamp::MAX).unwrap();
    let other = mine
        .iter()
        .find(|it| it.meeting.status == Status::Confirmed)
        .unwrap();
    let odd = NOW + Millis::from_days(1) + Millis::from_mins(20 * 60 + 7);
    desk.s()
        .move_booking(desk.host, other.meeting.id, odd)
        .await
        .unwrap();
}

#[actix::test]
async fn who_did_not_come_is_seen_and_can_be_set_right() {
    // who came, verdict, wallet of 100 after it; who sets it right, how, wallet after that
    type Case = (bool, Status, i64, &'static str, Status, i64);
    let cases: [Case; 2] = [
        (
            true,
            Status::NoShowClient,
            0,
            "host",
            Status::NoShowHost,
            100,
        ),
        (
            false,
            Status::NoShowHost,
            100,
            "client",
            Status::Completed,
            0,
        ),
    ];
    for (host_came, verdict, wallet, by, righted, after) in cases {
        let desk = Desk::in_house(free_house(), |it| it.price = MilliCoins::coins(100)).await;
        let ada = desk.client(1, 100).await;
        let start = desk.free()[2];
        let wish = NewBooking {
            pay: true,
            ..desk.wish(start)
        };
        let id = desk.book(ada, &wish).await.unwrap().id;
        desk.go_to(start).await;
        let came = if host_came { desk.host } else { ada };
        desk.s().join_meeting(&identity(came), id).await.unwrap();
        desk.go_to(start + Millis::from_mins(15)).await;
        assert_eq!(desk.now_is(id).0, verdict);
        assert_eq!(desk.balance(Account::Wallet(ada.user)), wallet);
        let (good, bad) = match by {
            "host" => (desk.host, ada),
            _ => (ada, desk.host),
        };
        let own_favour = desk.s().judge_booking(Err(bad), id, righted).await;
        assert_eq!(own_favour.unwrap_err(), ServiceError::Forbidden);
        desk.s()
            .judge_booking(Err(good), id, righted)
            .await
            .unwrap();
        assert_eq!(desk.balance(Account::Wallet(ada.user)), after);
        let admin = Admin {
            user: UserId(Uuid::from_u128(7)),
        };
        desk.s()
            .judge_booking(Ok(admin), id, verdict)
            .await
            .unwrap();
        assert_eq!(desk.balance(Account::Wallet(ada.user)), wallet);
        desk.go_to(start + Millis::from_days(4)).await;
        let late = desk.s().judge_booking(Ok(admin), id, righted).await;
        assert!(matches!(late, Err(ServiceError::OutOfTurn(_))));
    }
}

#[actix::test]
async fn a_series_is_booked_whole_or_without_what_is_taken() {
    let desk = Desk::in_house(free_house(), |it| it.price = MilliCoins::coins(10)).await;
    let (ada, bob) = (desk.client(1, 100).await, desk.client(2, 100).await);
    let start = desk.free()[2];
    let pay = |start, count, skip_taken| NewBooking {
        pay: true,
        every_weeks: 2,
        count,
        skip_taken,
        ..desk.wish(start)
    };
    let third = start + Millis::from_days(28);
    desk.book(bob, &pay(third, 1, false)).await.unwrap();
    let booker = Booker::Member(ada);
    let whole = desk.s().book(&booker, &pay(start, 4, false), None).await;
    assert_eq!(whole.unwrap_err(), ServiceError::SeriesTaken(vec![third]));
    let rest = desk
        .s()
        .book(&booker, &pay(start, 4, true), None)
        .await
        .unwrap();
    let starts: Vec<_> = rest
        .meetings
        .iter()
        .map(|it| it.meeting.terms.starts_at)
        .collect();
    let weeks = |n: i64| start + Millis::from_days(7 * n);
    assert_eq!(starts, [weeks(0), weeks(2), weeks(6)]);
    let first = rest.meetings[0].meeting.id;
    assert_eq!(desk.money(ada, first).0, 70);
    for it in &rest.meetings {
        let booking = it.meeting.booking.as_ref().unwrap();
        assert_eq!(booking.series, Some(first));
        assert_eq!(desk.balance(Account::MeetingHold(it.meeting.id)), 10);
    }
    // Each is called off by itself.
    desk.s()
        .cancel_meeting(&identity(ada), first, "")
        .await
        .unwrap();
    assert_eq!(desk.balance(Account::MeetingHold(first)), 0);
    // Or with all that follow.
    let second = rest.meetings[1].meeting.id;
    let (_, quote, count) = desk.s().quote_following(ada, second).unwrap();
    assert_eq!((quote.refund, count), (MilliCoins::coins(20), 2));
    let (who, before) = (identity(ada), desk.balance(Account::Wallet(ada.user)));
    let off = desk.s().cancel_following(&who, second, "Holidays").await;
    assert_eq!(off.unwrap().meeting.remark.unwrap().text, "Holidays");
    let back = desk.balance(Account::Wallet(ada.user)) - before;
    let left = desk.s().quote_following(ada, first).unwrap().2;
    assert_eq!((back, left), (20, 1), "nothing else stands");
    let long = desk.s().book(&booker, &pay(start, 21, true), None).await;
    assert!(matches!(long, Err(ServiceError::BadField(_))));
}

#[actix::test]
async fn a_series_moves_as_a_whole_or_not_at_all() {
    let desk = Desk::new(|it| it.moves_max = 2).await;
    let (ada, bob) = (desk.client(1, 0).await, desk.client(2, 0).await);
    let start = desk.free()[0];
    let wish = NewBooking {
        every_weeks: 1,
        count: 4,
        ..desk.wish(start)
    };
    let booked = desk.s().book(&Booker::Member(ada), &wish, None).await;
    let ids: Vec<_> = booked
        .unwrap()
        .meetings
        .iter()
        .map(|it| it.meeting.id)
        .collect();
    let starts = || -> Vec<i64> {
        let starts = ids.iter().map(|id| desk.s().load_meeting(*id).unwrap());
        starts
            .map(|it| (it.terms.starts_at.0 - start.0) / HOUR.0)
            .collect()
    };
    let week = 168;
    let hours = |n: i64| start + Millis(HOUR.0 * n);
    // Somebody else has one of the times.
    let other = desk
        .book(bob, &desk.wish(hours(2 * week + 1)))
        .await
        .unwrap();
    let refused = desk.s().move_following(ada, ids[1], hours(week + 1)).await;
    assert_eq!(
        refused.unwrap_err(),
        ServiceError::SeriesTaken(vec![hours(2 * week + 1)])
    );
    assert_eq!(starts(), [0, week, 2 * week, 3 * week]);
    desk.s()
        .cancel_meeting(&identity(bob), other.id, "")
        .await
        .unwrap();
    // To where the next of them is: that goes on first.
    let moved = desk.s().move_following(ada, ids[1], hours(2 * week)).await;
    assert_eq!(moved.unwrap().meeting.terms.starts_at, hours(2 * week));
    assert_eq!(starts(), [0, 2 * week, 3 * week, 4 * week]);
    // And back by their host; what comes before stays.
    desk.s()
        .move_following(desk.host, ids[1], hours(week - 1))
        .await
        .unwrap();
    assert_eq!(starts(), [0, week - 1, 2 * week - 1, 3 * week - 1]);
    // One that may not be moved any more holds all of them.
    desk.s()
        .move_booking(ada, ids[3], hours(3 * week + 1))
        .await
        .unwrap();
    let refused = desk.s().move_following(ada, ids[1], hours(week)).await;
    assert!(matches!(refused, Err(ServiceError::OutOfTurn(_))));
    assert_eq!(starts(), [0, week - 1, 2 * week - 1, 3 * week + 1]);
    let stranger = desk.s().move_following(bob, ids[1], hours(week)).await;
    assert_eq!(stranger.unwrap_err(), ServiceError::Forbidden);
}

#[actix::test]
async fn limits_of_a_day_count_and_what_costs_takes_an_account() {
    let desk = Desk::new(|it| it.per_day_max = Some(2)).await;
    let tomorrow = NOW + Millis::from_days(1);
    let tries = (0..6).map(|n| {
        let guest = Booker::Guest {
            email: format!("guest{n}@example.org"),
            name: "Guest".into(),
        };
        let wish = desk.wish(tomorrow + Millis(HOUR.0 * (n % 6)));
        let services = desk.s().clone();
        async move { services.book(&guest, &wish, None).await.is_ok() }
    });
    let booked = join_all(tries).await;
    assert_eq!(booked.iter().filter(|it| **it).count(), 2);
    let mut draft = desk.service.draft.clone();
    draft.price = MilliCoins::coins(1);
    desk.s()
        .change_service(desk.host, desk.service.id, draft)
        .await
        .unwrap();
    let guest = Booker::Guest {
        email: "guest@example.org".into(),
        name: "Guest".into(),
    };
    let wish = desk.wish(NOW + Millis::from_days(2));
    let refused = desk.s().book(&guest, &wish, None).await;
    assert_eq!(refused.unwrap_err(), ServiceError::NeedsAccount);
}

#[actix::test]
async fn a_host_is_asked_and_told_by_mail_and_so_is_the_client() {
    for (approval, to_host) in [(true, "asks for a time: Talk"), (false, "booked: Talk")] {
        let desk = Desk::new(|it| it.approval = approval).await;
        let ada = desk.client(1, 0).await;
        let start = NOW + Millis::from_days(2);
        let id = desk.book(ada, &desk.wish(start)).await.unwrap().id;
        let mails = || desk.s().mailbox(&desk.house.texts).unwrap();
        let subjects = |to: &str| -> Vec<String> {
            let mails = mails();
            let mails = mails.iter().filter(|it| it.mail.to.as_str() == to);
            let mails = mails.filter(|it| it.mail.kind.meeting() == Some(id));
            mails.map(|it| it.rendered.subject.clone()).collect()
        };
        assert_eq!(subjects("host@example.org"), [format!("Ada {to_host}")]);
        let link = |to: &str, way: &str| {
            let mails = mails();
            let mail = mails.iter().find(|it| it.mail.to.as_str() == to)?;
            let (_, rest) = mail.rendered.text.split_once(way)?;
            rest.lines().next().map(str::to_owned)
        };
        if approval {
            // The mail's button leads its host, and nobody else, to the request.
            let token = link("host@example.org", "/requests/").unwrap();
            assert_eq!(desk.s().asked_of(desk.host, &token).unwrap().meeting.id, id);
            let other = desk.s().asked_of(ada, &token);
            assert_eq!(other.unwrap_err(), ServiceError::Forbidden);
            let cut = desk.s().asked_of(desk.host, &token[1..]);
            assert_eq!(cut.unwrap_err(), ServiceError::LinkVoid);
        }
        let before = usize::from(!approval);
        assert_eq!(subjects("client1@example.org").len(), before);
        if approval {
            desk.s()
                .answer_booking(desk.host, id, true, "")
                .await
                .unwrap();
        }
        assert_eq!(subjects("client1@example.org"), ["Ada invites you: Talk"]);
        let token = link("client1@example.org", "/b/").unwrap();
        assert_eq!(desk.s().managed_booking(&token).unwrap().0.meeting.id, id);
        assert_eq!(link("host@example.org", "/b/"), None);
        desk.s().move_booking(ada, id, start + HOUR).await.unwrap();
        // What is of an older version is not said any more.
        let new = ["New time: Talk".to_owned()];
        assert_eq!(subjects("host@example.org"), new, "a client's move is news");
        assert_eq!(subjects("client1@example.org"), new);
        let back = desk.s().move_booking(desk.host, id, start).await;
        assert_eq!(back.unwrap().meeting.version, 3);
        assert_eq!(subjects("host@example.org").len(), 0, "one's own is none");
        assert_eq!(subjects("client1@example.org"), new);
    }
}

#[actix::test]
async fn i4_a_booking_holds_its_price_until_it_is_divided_and_the_audit_sees_it() {
    use parlor_domain::ledger::Invariant;
    let desk = Desk::in_house(free_house(), |it| it.price = MilliCoins::coins(100)).await;
    let ada = desk.client(1, 500).await;
    let free = desk.free();
    let wish = NewBooking {
        pay: true,
        count: 2,
        ..desk.wish(free[1])
    };
    let series = desk
        .s()
        .book(&Booker::Member(ada), &wish, None)
        .await
        .unwrap();
    let id = series.meetings[0].meeting.id;
    let second = series.meetings[1].meeting.id;
    let holds = async || {
        let audit = desk.s().prove_books().await.unwrap();
        let i4 = audit.holds.iter().find(|it| it.0 == Invariant::I4);
        (i4.unwrap().1, audit.fault)
    };
    assert_eq!(holds().await, (true, None));
    desk.s()
        .cancel_meeting(&identity(ada), second, "")
        .await
        .unwrap();
    assert_eq!(holds().await, (true, None));
    // Somebody takes of it by hand what the booking still owes.
    let taken = Entry::new(NOW, Kind::Adjustment, Subject::Meeting(id)).coins(
        Account::MeetingHold(id),
        Account::Wallet(ada.user),
        MilliCoins::coins(10),
    );
    desk.s().post(Posting::new(taken)).await.unwrap();
    let (i4, fault) = holds().await;
    assert!(!i4);
    assert!(fault.unwrap().contains("holds 90000 instead of 100000"));
}
