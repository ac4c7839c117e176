//! The directory as people look through it.

use super::*;
use crate::host::profile::RateRules;
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
fn a_suspended_host_leaves_the_directory() {
    let mut it = three();
    let mut zoe = entry(1, "Zoe", &["en"], &[], 10);
    zoe.listed = false;
    it.put(zoe, Standing::default());
    assert_eq!(names(&it, Filter::default()), "Bob Cleo");
}

#[test]
fn what_there_is_to_choose_from() {
    let (languages, specialties) = three().facets(2);
    assert_eq!(languages, ["en", "fr"]);
    assert_eq!(specialties, ["Grief", "Study"]);
}
