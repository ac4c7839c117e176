//! The directory with those who watch it, blocks, and what the line of a host hears of both.

use std::collections::BTreeMap;

use parlor_domain::{
    event::MediaKind,
    host::{Card, Live, News},
    id::SessionId,
    ring::Input,
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
