//! Looking for hosts: what fits, in which order, and what there is to choose from.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Card, Entry};
use crate::{
    event::MediaKind,
    host::{Live, Profile, Rates},
    id::UserId,
    money::MilliCoins,
};

/// What comes first. Whoever is there comes before who is not, in every order but that of prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best rated, then by name.
    #[default]
    Best,
    /// By name.
    Name,
    /// The cheapest, there or not.
    Price,
}

impl Sort {
    /// Every order with its word on the wire.
    pub const WORDS: [(Self, &'static str); 3] = [
        (Self::Best, "best"),
        (Self::Name, "name"),
        (Self::Price, "price"),
    ];

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        let found = Self::WORDS.into_iter().find(|(_, it)| *it == word);
        found.map(|(sort, _)| sort)
    }
}

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Each of these words is found somewhere in the host's words.
    pub words: String,
    /// Speaks it; `pt` also finds `pt-BR`.
    pub language: Option<String>,
    /// Is good at it.
    pub specialty: Option<String>,
    /// Offers it.
    pub kind: Option<MediaKind>,
    /// Asks for no more than this, for the wanted kind or for one of them.
    pub most: Option<MilliCoins>,
    /// Is there, perhaps busy.
    pub there: bool,
    /// What comes first.
    pub sort: Sort,
}

/// Where a card stands in a list; smaller comes first.
pub(super) type Rank = (i64, Live, Reverse<u64>, String, UserId);

impl Filter {
    pub(super) fn wanted_words(&self) -> Vec<String> {
        let words = self.words.split_whitespace();
        words.map(str::to_lowercase).collect()
    }

    pub(super) fn rank(&self, card: &Card) -> Rank {
        let price = self.price(&card.rates).unwrap_or(MilliCoins(i64::MAX));
        let rating = card.tally.mean_centi().unwrap_or(0);
        let name = card.name.to_lowercase();
        match self.sort {
            Sort::Best => (0, card.live, Reverse(rating), name, card.user),
            Sort::Name => (0, card.live, Reverse(0), name, card.user),
            Sort::Price => (price.0, card.live, Reverse(rating), name, card.user),
        }
    }

    fn price(&self, rates: &Rates) -> Option<MilliCoins> {
        match self.kind {
            Some(kind) => rates.per_minute(kind),
            None => rates.least(),
        }
    }

    pub(super) fn fits(&self, profile: &Profile) -> bool {
        let language = self.language.as_ref().is_none_or(|wanted| {
            let exact = wanted.contains('-');
            profile.languages.iter().any(|tag| match exact {
                true => tag.eq_ignore_ascii_case(wanted),
                false => primary(tag) == wanted.to_lowercase(),
            })
        });
        let specialty = self.specialty.as_ref().is_none_or(|wanted| {
            let wanted = wanted.to_lowercase();
            let mut theirs = profile.specialties.iter();
            theirs.any(|it| it.to_lowercase() == wanted)
        });
        let affordable = match (self.price(&profile.rates), self.most) {
            (None, _) => false,
            (Some(price), Some(most)) => price <= most,
            (Some(_), None) => true,
        };
        language && specialty && affordable
    }
}

fn primary(tag: &str) -> String {
    tag.split('-').next().unwrap_or(tag).to_lowercase()
}

/// What is searched of a host.
pub(super) fn words(entry: &Entry) -> String {
    let profile = &entry.profile;
    let skills = profile.skills.iter().map(|skill| skill.title.as_str());
    [entry.name.as_str(), &profile.title]
        .into_iter()
        .chain(profile.specialties.iter().map(String::as_str))
        .chain(skills)
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) fn most_frequent<'a>(
    words: impl Iterator<Item = &'a String>,
    limit: usize,
) -> Vec<String> {
    let mut counts: BTreeMap<String, (usize, &String)> = BTreeMap::new();
    for word in words {
        let one = counts.entry(word.to_lowercase()).or_insert((0, word));
        *one = (one.0 + 1, one.1.min(word));
    }
    let mut all: Vec<_> = counts.into_values().collect();
    all.sort_by_key(|(count, word)| (Reverse(*count), word.to_lowercase()));
    all.into_iter()
        .take(limit)
        .map(|(_, word)| word.clone())
        .collect()
}
