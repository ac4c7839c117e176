//! The directory with those who watch it, blocks, and what the line of a host hears of both.

use std::collections::BTreeMap;

use parlor_data::nouns::paid_call;
use parlor_domain::{
    event::MediaKind,
    host::{Card, Live, News},
    id::SessionId,
    paid::{self, PaidCall},
    ring::{Attempt, Input},
};

use super::*;
use crate::{
    conversation::memory::StoreConversations,
    ports::{ConversationMemory, NotCallable, PaidCalls},
};

fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

impl House {
    /// A host who is switched on and connected.
    async fn open_host(&self, email: &str) -> Member {
        let (host, _) = self.host(email).await;
        self.services.switch_host(host, true).await.unwrap();
        self.services.here(host.user, true);
        host
    }

    /// What was told to somebody since the last time.
    fn news(&self, of: UserId) -> Vec<(News, Card)> {
        self.services.tell_watchers();
        let mut told = self.told.hosts.lock().unwrap();
        let (mine, rest) = told.drain(..).partition(|(user, _)| *user == of);
        *told = rest;
        let mine: Vec<(UserId, Event)> = mine;
        mine.into_iter()
            .map(|(_, event)| match event {
                Event::Host(news, card) => (news, *card),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn listed(&self, viewer: UserId) -> BTreeMap<UserId, Card> {
        let all = self.services.hosts(viewer, &Filter::default(), (0, 99));
        let cards = all.found.cards.into_iter();
        cards.map(|card| (card.user, card)).collect()
    }
}

fn apply(state: &mut BTreeMap<UserId, Card>, news: Vec<(News, Card)>) {
    for (_, card) in news {
        match card.listed {
            true => state.insert(card.user, card),
            false => state.remove(&card.user),
        };
    }
}

#[actix::test]
async fn what_a_watcher_was_told_is_what_a_fresh_listing_says() {
    let house = house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    let (two, _) = house.host("two@example.org").await;
    let one = house.open_host("one@example.org").await;
    s.tell_watchers();
    house.told.hosts.lock().unwrap().clear();
    for viewer in [ada, eve] {
        s.watch_hosts(viewer.user, session(viewer.user.0.as_u128()), true);
    }
    let mut states = [ada, eve].map(|it| (it.user, house.listed(it.user)));
    let admin = Admin {
        user: UserId(Uuid::nil()),
    };
    for step in 0..12 {
        match step {
            0 => s.switch_host(two, true).await.unwrap(),
            1 => s.here(two.user, true),
            2 => s.inside(one.user, true),
            3 => s.talking(one.user, true),
            4 => s.inside(one.user, false),
            5 => s.block(two, eve.user).await.unwrap(),
            6 => s.talking(two.user, true),
            7 => s.here(one.user, false),
            8 => house.clock.advance(Millis::from_secs(30)),
            9 => s.unblock(two, eve.user).await.unwrap(),
            10 => {
                let draft = Draft {
                    title: "Listener".into(),
                    audio: Some(MilliCoins::coins(9)),
                    ..Draft::default()
                };
                s.save_profile(one, &draft).await.unwrap();
            }
            _ => {
                let suspended = s.decide_host(admin, two.user, false, "").await;
                assert_eq!(suspended.unwrap().account.host, HostStatus::Suspended);
            }
        }
        house.clock.advance(Millis(1));
        for (viewer, state) in &mut states {
            apply(state, house.news(*viewer));
            assert_eq!(*state, house.listed(*viewer), "after step {step}");
        }
    }
    s.watch_hosts(ada.user, session(ada.user.0.as_u128()), false);
    s.switch_host(one, false).await.unwrap();
    assert!(
        house.news(ada.user).is_empty(),
        "who stopped is told nothing"
    );
    assert_eq!(house.news(eve.user).len(), 1);
}

#[actix::test]
async fn events_say_who_came_and_went_and_a_blocked_person_sees_somebody_go() {
    let house = house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let host = house.open_host("one@example.org").await;
    s.tell_watchers();
    s.watch_hosts(ada.user, session(1), true);
    let kinds = || -> Vec<(News, Live)> {
        let news = house.news(ada.user).into_iter();
        news.map(|(news, card)| (news, card.live)).collect()
    };
    s.switch_host(host, false).await.unwrap();
    assert_eq!(kinds(), [(News::Offline, Live::Offline)]);
    assert_eq!(
        house.told.lines.lock().unwrap()[..],
        [(host.user, Input::Off)]
    );
    s.switch_host(host, true).await.unwrap();
    assert_eq!(kinds(), [(News::Online, Live::Online)]);
    s.talking(host.user, true);
    assert_eq!(kinds(), [(News::Updated, Live::Busy)]);
    s.block(host, ada.user).await.unwrap();
    s.block(host, ada.user).await.unwrap();
    assert_eq!(kinds(), [(News::Offline, Live::Offline)]);
    s.talking(host.user, false);
    assert!(kinds().is_empty());
    assert_eq!(s.blocks(host).unwrap()[0].user, ada.user);
    assert_eq!(s.blocks(host).unwrap().len(), 1);
    let lines = house.told.lines.lock().unwrap().clone();
    assert!(lines.contains(&(host.user, Input::Blocked(ada.user))));
    assert_eq!(house.told.parted.lock().unwrap().len(), 1);
    assert!(!s.is_there_for(host.user, ada.user));
    s.unblock(host, ada.user).await.unwrap();
    assert_eq!(kinds(), [(News::Online, Live::Online)]);
    let oneself = s.block(host, host.user).await;
    assert!(matches!(oneself, Err(ServiceError::BadField(_))));
    let nobody = s.block(host, UserId(Uuid::from_u128(1))).await;
    assert_eq!(nobody.err(), Some(ServiceError::NotFound));
}

#[actix::test]
async fn a_call_is_quoted_only_to_whom_the_host_is_there_for() {
    let house = house();
    let s = &house.services;
    let (ada, session) = house.member("ada@example.org").await;
    let who = house.who(&session.access_token);
    let (host, _) = house.host("one@example.org").await;
    let quote = || PaidCalls::quote(s, &who, host.user, MediaKind::Audio, s.now());
    assert_eq!(quote(), Err(NotCallable::Offline), "never switched on");
    s.switch_host(host, true).await.unwrap();
    assert_eq!(quote(), Err(NotCallable::Offline), "no device is connected");
    s.here(host.user, true);
    assert!(quote().is_ok());
    s.inside(host.user, true);
    assert!(quote().is_ok(), "one may stand in line");
    s.block(host, ada.user).await.unwrap();
    assert_eq!(quote(), Err(NotCallable::Offline), "blocked looks the same");
    s.unblock(host, ada.user).await.unwrap();
    s.here(host.user, false);
    house.clock.advance(Millis::from_secs(30));
    assert_eq!(quote(), Err(NotCallable::Offline), "away after the grace");
}

#[actix::test]
async fn two_of_whom_one_blocked_the_other_do_not_write() {
    let house = house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let (host, _) = house.host("one@example.org").await;
    let memory = StoreConversations(s.store().clone());
    let may = || !memory.pair(ada.user, host.user).is_empty();
    assert!(may());
    s.block(ada, host.user).await.unwrap();
    assert!(!may());
    s.unblock(ada, host.user).await.unwrap();
    s.block(host, ada.user).await.unwrap();
    assert!(!may());
    s.unblock(host, ada.user).await.unwrap();
    assert!(may());
}

#[actix::test]
async fn a_host_hears_of_the_own_switch_whichever_device_turned_it() {
    let house = house();
    let s = &house.services;
    let host = house.open_host("one@example.org").await;
    s.watch_hosts(host.user, session(1), true);
    house.news(host.user);
    s.switch_host(host, false).await.unwrap();
    let news = house.news(host.user).into_iter();
    let told: Vec<_> = news.map(|(news, card)| (news, card.live)).collect();
    assert_eq!(told, [(News::Offline, Live::Offline)]);
}

/// A completed call of these two that is over since now.
async fn called(house: &House, caller: Member, host: Member, n: u128) -> CallId {
    let s = &house.services;
    let attempt = Attempt {
        call: CallId(Uuid::from_u128(n)),
        room: RoomId(Uuid::from_u128(n)),
        caller: caller.user,
        session: session(n),
        name: "Ada".into(),
        media: MediaKind::Audio,
        tariff: s.tariff(host.user, MediaKind::Audio).unwrap(),
        at: s.now(),
    };
    let done = paid::Status::Completed;
    let call = PaidCall::untaken(&attempt, host.user, done, s.now());
    s.write(paid_call::put(&call).unwrap()).await.unwrap();
    call.id
}

#[actix::test]
async fn the_client_of_a_call_reviews_it_once_and_an_admin_may_hide_that() {
    let house = house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    let (host, _) = house.host("one@example.org").await;
    let admin = Admin {
        user: UserId(Uuid::nil()),
    };
    let call = called(&house, ada, host, 1).await;
    let tally = || {
        let tally = s.host_page(ada.user, host.user).unwrap().card.tally;
        (tally.ratings, tally.stars)
    };
    assert_eq!(tally(), (0, 0));
    let nothing = Err(ServiceError::NotFound);
    assert_eq!(s.review_call(eve, call, 1, "").await, nothing);
    assert_eq!(s.review_of(ada, call), nothing);
    let own = s.review_call(host, call, 5, "").await;
    assert_eq!(own, Err(ServiceError::Forbidden), "not the host");
    assert!(s.review_call(ada, call, 6, "").await.is_err());
    let first = s.review_call(ada, call, 5, " Kind ").await.unwrap();
    assert_eq!(
        (first.author.as_str(), first.text.as_str()),
        ("Ada", "Kind")
    );
    assert_eq!(tally(), (1, 5));
    let told = house.told.reviewed.lock().unwrap().clone();
    assert_eq!(told, [host.user]);
    s.review_call(ada, call, 2, "Hm").await.unwrap();
    assert_eq!(tally(), (1, 2), "a change of mind counts once");
    assert_eq!(
        house.told.reviewed.lock().unwrap().len(),
        1,
        "and is told once"
    );
    let second = called(&house, eve, host, 2).await;
    s.review_call(eve, second, 4, "").await.unwrap();
    assert_eq!(tally(), (2, 6));
    let page = s.reviews_of(host.user, None).unwrap();
    let calls: Vec<_> = page.reviews.iter().map(|it| it.call).collect();
    assert_eq!((calls, page.next), (vec![second, call], None));
    assert!(s.hide_review(admin, call, Some(" ")).await.is_err());
    let hidden = s.hide_review(admin, call, Some("Insulting")).await.unwrap();
    assert_eq!(hidden.hidden.as_deref(), Some("Insulting"));
    assert_eq!(tally(), (1, 4));
    assert_eq!(s.reviews_of(host.user, None).unwrap().reviews.len(), 1);
    assert_eq!(s.latest_reviews(admin, None).unwrap().reviews.len(), 2);
    // Who changes a hidden one does not bring it back.
    s.review_call(ada, call, 1, "!").await.unwrap();
    assert_eq!(tally(), (1, 4));
    s.hide_review(admin, call, None).await.unwrap();
    assert_eq!(tally(), (2, 5));
    house.advance_mins(24 * 60);
    let late = s.review_call(ada, call, 5, "").await;
    assert!(matches!(late, Err(ServiceError::OutOfTurn(_))));
}

#[actix::test]
async fn a_picture_is_kept_shown_replaced_and_swept() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("pictures");
    let house = house_with(|config| config.pictures.dir = folder.clone());
    let s = &house.services;
    let (host, _) = house.host("one@example.org").await;
    let drawn = |shade: u8| {
        let picture = image::RgbImage::from_pixel(200, 150, image::Rgb([shade, 0, 0]));
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        bytes::Bytes::from(png.into_inner())
    };
    let files = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    let save = async |upload| {
        let place = s.picture_place().unwrap();
        s.save_picture(host, place, upload).await
    };
    let bad = save(bytes::Bytes::from_static(b"GIF89a")).await;
    assert!(matches!(bad, Err(ServiceError::BadField(bad)) if bad.field == "picture"));
    let first = save(drawn(10)).await.unwrap().profile.picture.unwrap();
    assert_eq!(files(), 2);
    let jpeg = s.picture(first, PictureSize::Small).await.unwrap().unwrap();
    assert_eq!(image::load_from_memory(&jpeg).unwrap().width(), 128);
    let again = save(drawn(10)).await.unwrap().profile.picture;
    assert_eq!((again, files()), (Some(first), 2), "the same is the same");
    let second = save(drawn(200)).await.unwrap().profile.picture.unwrap();
    assert_ne!(first, second);
    assert_eq!(files(), 2, "the old one is gone");
    assert_eq!(s.picture(first, PictureSize::Large).await.unwrap(), None);
    let card = s.host_page(UserId(Uuid::nil()), host.user).unwrap().card;
    assert_eq!(card.picture, Some(second));
    for lost in [format!("{first}.jpg"), format!("{second}-small.part")] {
        std::fs::write(folder.join(lost), b"x").unwrap();
    }
    assert_eq!(s.sweep_pictures().unwrap(), 2);
    assert_eq!(files(), 2);
    let after = s.remove_picture(host).await.unwrap();
    assert_eq!((after.profile.picture, files()), (None, 0));
}

#[actix::test]
async fn an_admin_sees_hosts_by_their_standing() {
    let house = house();
    let s = &house.services;
    let (one, _) = house.host("one@example.org").await;
    let (two, _) = house.host("two@example.org").await;
    let admin = Admin {
        user: UserId(Uuid::nil()),
    };
    s.decide_host(admin, two.user, false, "Rude").await.unwrap();
    let of = |standing, page| {
        let (views, total) = s.host_accounts(admin, standing, page).unwrap();
        let users: Vec<_> = views.iter().map(|it| it.account.id).collect();
        (users, total)
    };
    let approved = Some(HostStatus::Approved);
    assert_eq!(of(approved, (0, 9)), (vec![one.user], 1));
    let suspended = Some(HostStatus::Suspended);
    assert_eq!(of(suspended, (0, 9)), (vec![two.user], 1));
    assert_eq!(of(Some(HostStatus::Pending), (0, 9)), (vec![], 0));
    assert_eq!(of(None, (1, 9)), (vec![two.user], 2));
    s.decide_host(admin, two.user, true, "").await.unwrap();
    assert_eq!(of(approved, (0, 9)).1, 2);
}

#[actix::test]
async fn the_demo_has_hosts_to_look_through_and_nobody_logs_in_as_them() {
    let house = house();
    let s = &house.services;
    s.seed_demo().await.unwrap();
    s.seed_demo().await.unwrap();
    let all = house.listed(UserId(Uuid::nil()));
    assert_eq!(all.len(), 6);
    assert!(all.values().all(|card| card.rates.least().is_some()));
    assert!(all.values().all(|card| !card.live.is_there()));
    let told = all.values().filter(|card| card.tally.ratings > 0).count();
    assert_eq!(told, 5);
    let best = s.hosts(UserId(Uuid::nil()), &Filter::default(), (0, 9));
    assert!(best.languages.contains(&"sw".to_owned()));
    for card in &best.found.cards {
        let said = s.reviews_of(card.user, None).unwrap().reviews.len();
        assert_eq!(u64::try_from(said), Ok(card.tally.ratings));
    }
}

#[actix::test]
async fn who_asked_at_sign_up_is_in_the_directory_at_once() {
    let house = house();
    let form = SignUp {
        wants_to_host: true,
        ..House::form("host@example.org")
    };
    house.services.sign_up(&form).await.unwrap();
    let token = house.token("verify");
    house.services.verify(&token, None).await.unwrap();
    assert_eq!(house.listed(UserId(Uuid::nil())).len(), 1);
}
