//! The directory as people look through it.

use super::*;
use crate::{event::MediaKind, host::profile::RateRules, money::MilliCoins};
use uuid::Uuid;

const GRACE: Millis = Millis::from_secs(30);
const NOW: Timestamp = Timestamp(1_000_000);
const VIEWER: UserId = UserId(Uuid::from_u128(99));

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn entry(n: u128, name: &str, languages: &[&str], specialties: &[&str], coins: i64) -> Entry {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut profile = Profile::empty(user(n), &RateRules::default(), NOW);
    profile.languages = owned(languages);
    profile.specialties = owned(specialties);
    profile.rates = Rates {
        audio: Some(MilliCoins::coins(coins)),
        video: (n != 3).then_some(MilliCoins::coins(coins + 5)),
    };
    Entry {
        name: name.into(),
        profile,
        tally: Tally::default(),
        blocked: BTreeMap::new(),
        listed: true,
    }
}

fn three() -> Directory {
    let mut it = Directory::new(GRACE);
    for entry in [
        entry(1, "Zoe", &["en", "pt-BR"], &["Grief"], 10),
        entry(2, "Bob", &["en"], &["Study"], 20),
        entry(3, "Cleo", &["fr"], &["grief", "Study"], 30),
    ] {
        it.put(entry, Standing::default());
    }
    it
}

fn on(it: &mut Directory, n: u128) {
    it.handle(user(n), Input::Here(true), NOW);
    it.handle(user(n), Input::Switch(true), NOW);
}

fn names(it: &Directory, filter: Filter) -> String {
    let found = it.list(&filter, VIEWER, (0, 9), NOW);
    assert_eq!(found.total, found.cards.len());
    let names: Vec<_> = found.cards.iter().map(|card| card.name.as_str()).collect();
    names.join(" ")
}

#[test]
fn who_is_found() {
    let mut it = three();
    on(&mut it, 1);
    let words = |words: &str| Filter {
        words: words.into(),
        ..Filter::default()
    };
    let some = |text: &str| Some(text.to_owned());
    for (filter, found) in [
        (Filter::default(), "Zoe Bob Cleo"),
        (words("GRIEF"), "Zoe Cleo"),
        (words("grief cle"), "Cleo"),
        (words("nobody"), ""),
        (
            Filter {
                language: some("pt"),
                ..Filter::default()
            },
            "Zoe",
        ),
        (
            Filter {
                language: some("pt-PT"),
                ..Filter::default()
            },
            "",
        ),
        (
            Filter {
                language: some("EN"),
                ..Filter::default()
            },
            "Zoe Bob",
        ),
        (
            Filter {
                specialty: some("study"),
                ..Filter::default()
            },
            "Bob Cleo",
        ),
        (
            Filter {
                kind: Some(MediaKind::Video),
                ..Filter::default()
            },
            "Zoe Bob",
        ),
        (
            Filter {
                most: Some(MilliCoins::coins(20)),
                ..Filter::default()
            },
            "Zoe Bob",
        ),
        (
            Filter {
                most: Some(MilliCoins::coins(20)),
                kind: Some(MediaKind::Video),
                ..Filter::default()
            },
            "Zoe",
        ),
        (
            Filter {
                there: true,
                ..Filter::default()
            },
            "Zoe",
        ),
    ] {
        assert_eq!(names(&it, filter.clone()), found, "{filter:?}");
    }
}

#[test]
fn pages_and_order() {
    let mut it = three();
    assert_eq!(names(&it, Filter::default()), "Bob Cleo Zoe");
    on(&mut it, 1);
    let second = it.list(&Filter::default(), VIEWER, (1, 1), NOW);
    assert_eq!((second.total, second.cards[0].name.as_str()), (3, "Bob"));
    assert_eq!(
        it.list(&Filter::default(), user(1), (0, 9), NOW).total,
        2,
        "not oneself"
    );
}

#[test]
fn orders() {
    let mut it = three();
    let mut rated = entry(3, "Cleo", &["fr"], &[], 30);
    rated.tally = Tally::default().changed(None, Some(5));
    it.put(rated, Standing::default());
    let by = |it: &Directory, sort| {
        let filter = Filter {
            sort,
            ..Filter::default()
        };
        names(it, filter)
    };
    assert_eq!(by(&it, Sort::Best), "Cleo Bob Zoe");
    assert_eq!(by(&it, Sort::Name), "Bob Cleo Zoe");
    assert_eq!(by(&it, Sort::Price), "Zoe Bob Cleo");
    on(&mut it, 2);
    assert_eq!(by(&it, Sort::Best), "Bob Cleo Zoe");
    assert_eq!(by(&it, Sort::Price), "Zoe Bob Cleo");
    assert_eq!(Sort::parse("price"), Some(Sort::Price));
}

fn told(it: &mut Directory, now: Timestamp) -> Vec<(u128, Option<News>, Live)> {
    let changes = it.changes(now);
    let said = changes.iter().map(|change| {
        let news = change.for_others().map(|(news, _)| news);
        (change.after().user.0.as_u128(), news, change.after().live)
    });
    said.collect()
}

#[test]
fn what_watchers_are_told() {
    let mut it = three();
    assert_eq!(it.changes(NOW).len(), 3);
    assert!(it.changes(NOW).is_empty());
    on(&mut it, 2);
    it.handle(user(2), Input::Switch(false), NOW);
    it.handle(user(2), Input::Switch(true), NOW);
    let once = [(2, Some(News::Online), Live::Online)];
    assert_eq!(told(&mut it, NOW), once, "a flicker is told once");
    it.handle(user(2), Input::Talking(true), NOW);
    let busy = [(2, Some(News::Updated), Live::Busy)];
    assert_eq!(told(&mut it, NOW), busy);
    it.handle(user(2), Input::Talking(false), NOW);
    it.handle(user(2), Input::Talking(true), NOW);
    assert!(
        it.is_changed() && told(&mut it, NOW).is_empty(),
        "as before"
    );
    it.handle(user(2), Input::Here(false), NOW);
    assert!(it.changes(NOW).is_empty(), "the grace runs");
    assert_eq!(it.deadline(NOW), Some(NOW + GRACE));
    let gone = [(2, Some(News::Offline), Live::Away)];
    assert_eq!(told(&mut it, NOW + GRACE), gone);
    assert_eq!(it.deadline(NOW + GRACE), None);
    it.handle(user(7), Input::Here(true), NOW);
    assert!(!it.is_changed(), "most people are no hosts");
}

#[test]
fn a_blocked_person_sees_a_host_who_went_off_line_then() {
    let mut it = three();
    on(&mut it, 1);
    it.changes(NOW);
    let mut zoe = entry(1, "Zoe", &["en"], &[], 10);
    zoe.blocked.insert(VIEWER, NOW);
    it.put(zoe.clone(), Standing::default());
    let later = NOW + Millis::from_secs(9);
    it.handle(user(1), Input::Switch(false), later);
    it.handle(user(1), Input::Switch(true), later);
    let seen = it.card(user(1), VIEWER, later).unwrap();
    assert_eq!((seen.live, seen.last_online_at), (Live::Offline, Some(NOW)));
    assert!(!it.is_there_for(user(1), VIEWER, later));
    assert!(it.is_there_for(user(1), user(50), later));
    let there = Filter {
        there: true,
        ..Filter::default()
    };
    assert_eq!(names(&it, there), "");
    let change = it.changes(later).remove(0);
    assert!(change.is_special(VIEWER) && !change.is_special(user(50)));
    assert_eq!(change.for_viewer(VIEWER), Some((News::Offline, seen)));
    // From now on nothing that the host does is told.
    it.handle(user(1), Input::Talking(true), later);
    let change = it.changes(later).remove(0);
    assert_eq!(change.for_viewer(VIEWER), None);
    assert!(change.for_others().is_some());
    zoe.blocked.clear();
    it.put(zoe, Standing::default());
    let change = it.changes(later).remove(0);
    assert_eq!(change.for_others(), None, "for others nothing changed");
    assert_eq!(change.for_viewer(VIEWER).unwrap().0, News::Online);
}

#[test]
fn a_suspended_host_leaves_the_directory() {
    let mut it = three();
    on(&mut it, 1);
    it.changes(NOW);
    let mut zoe = entry(1, "Zoe", &["en"], &[], 10);
    zoe.listed = false;
    it.put(zoe, Standing::default());
    assert_eq!(names(&it, Filter::default()), "Bob Cleo");
    assert!(it.card(user(1), VIEWER, NOW).is_none());
    assert!(!it.is_there_for(user(1), VIEWER, NOW));
    let left = [(1, Some(News::Offline), Live::Offline)];
    assert_eq!(told(&mut it, NOW), left);
}

#[test]
fn what_there_is_to_choose_from() {
    let (languages, specialties) = three().facets(2);
    assert_eq!(languages, ["en", "fr"]);
    assert_eq!(specialties, ["Grief", "Study"]);
}
