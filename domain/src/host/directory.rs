//! The directory: every host that can be shown, in memory, and how it is looked through.
//!
//! Fed by what happens; a question goes through the cards in memory and never to the store. Start at
//! [`Directory::list`].

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use super::{
    Profile,
    profile::{Picture, Rates},
    standing::{Input, Live, Standing},
};
use crate::{
    event::MediaKind,
    id::UserId,
    money::MilliCoins,
    time::{Millis, Timestamp},
};

/// What the directory shows of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// One line below it.
    pub title: String,
    /// Language tags.
    pub languages: Vec<String>,
    /// What the host is good at.
    pub specialties: Vec<String>,
    /// What a minute costs.
    pub rates: Rates,
    /// The face.
    pub picture: Option<Picture>,
    /// How the host stands.
    pub live: Live,
    /// When the host was last there.
    pub last_online_at: Option<Timestamp>,
}

/// A host as the directory is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// What the host tells.
    pub profile: Profile,
    /// May host at present.
    pub listed: bool,
}

struct Held {
    entry: Entry,
    standing: Standing,
    /// What is searched: name, title, specialties, services, in lower case.
    words: String,
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
    /// Is there, perhaps in a call.
    pub there: bool,
}

/// A part of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// These.
    pub cards: Vec<Card>,
    /// How many there are in all.
    pub total: usize,
}

/// The directory.
pub struct Directory {
    grace: Millis,
    hosts: HashMap<UserId, Held>,
}

impl Directory {
    /// An empty one. `grace`: how long a lost line is not shown.
    pub fn new(grace: Millis) -> Self {
        Self {
            grace,
            hosts: HashMap::new(),
        }
    }

    /// A host is new or changed. `restored` is how the host stands if it is new.
    pub fn put(&mut self, entry: Entry, restored: Standing) {
        let user = entry.profile.user;
        let words = searched(&entry);
        match self.hosts.get_mut(&user) {
            Some(held) => {
                held.entry = entry;
                held.words = words;
            }
            None => {
                let held = Held {
                    entry,
                    standing: restored,
                    words,
                };
                self.hosts.insert(user, held);
            }
        }
    }

    /// Something happened to a host; nothing when this is none.
    pub fn handle(&mut self, user: UserId, input: Input, now: Timestamp) {
        if let Some(held) = self.hosts.get_mut(&user) {
            let before = held.standing.live(now, self.grace);
            held.standing.handle(input, now, self.grace);
            if held.standing.live(now, self.grace) != before {}
        }
    }

    /// How a host stands; none when this is none.
    pub fn standing(&self, user: UserId) -> Option<Standing> {
        self.hosts.get(&user).map(|held| held.standing)
    }

    /// Who is found, those who are there first, then by name.
    pub fn list(
        &self,
        filter: &Filter,
        viewer: UserId,
        (skip, limit): (usize, usize),
        now: Timestamp,
    ) -> Found {
        let words: Vec<String> = filter
            .words
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let mut found: Vec<(_, &Held)> = self
            .hosts
            .values()
            .filter(|held| held.entry.listed && held.entry.profile.user != viewer)
            .filter(|held| words.iter().all(|word| held.words.contains(word)))
            .filter(|held| fits(filter, &held.entry.profile))
            .filter_map(|held| {
                let live = held.standing.live(now, self.grace);
                (live.is_there() || !filter.there)
                    .then_some(live)
                    .map(|live| {
                        let name = held.entry.name.to_lowercase();
                        ((live, name, held.entry.profile.user), held)
                    })
            })
            .collect();
        found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Found {
            total: found.len(),
            cards: found
                .into_iter()
                .skip(skip)
                .take(limit)
                .map(|(_, held)| card(held, held.standing.live(now, self.grace)))
                .collect(),
        }
    }

    /// Languages and specialties of the listed hosts, the most frequent first, at most `limit` each.
    pub fn facets(&self, limit: usize) -> (Vec<String>, Vec<String>) {
        let listed = || self.hosts.values().filter(|held| held.entry.listed);
        let languages = listed().flat_map(|held| &held.entry.profile.languages);
        let specialties = listed().flat_map(|held| &held.entry.profile.specialties);
        (
            most_frequent(languages, limit),
            most_frequent(specialties, limit),
        )
    }
}

fn card(held: &Held, live: Live) -> Card {
    let Entry { name, profile, .. } = &held.entry;
    Card {
        user: profile.user,
        name: name.clone(),
        title: profile.title.clone(),
        languages: profile.languages.clone(),
        specialties: profile.specialties.clone(),
        rates: profile.rates,
        picture: profile.picture,
        live,
        last_online_at: held.standing.last_online_at(),
    }
}

fn searched(entry: &Entry) -> String {
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

fn fits(filter: &Filter, profile: &Profile) -> bool {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).to_lowercase();
    let language = filter.language.as_ref().is_none_or(|wanted| {
        let exact = wanted.contains('-');
        profile.languages.iter().any(|tag| match exact {
            true => tag.eq_ignore_ascii_case(wanted),
            false => primary(tag) == wanted.to_lowercase(),
        })
    });
    let specialty = filter.specialty.as_ref().is_none_or(|wanted| {
        let wanted = wanted.to_lowercase();
        profile
            .specialties
            .iter()
            .any(|it| it.to_lowercase() == wanted)
    });
    let price = match filter.kind {
        Some(kind) => profile.rates.per_minute(kind),
        None => profile.rates.least(),
    };
    let affordable = match (price, filter.most) {
        (None, _) => false,
        (Some(price), Some(most)) => price <= most,
        (Some(_), None) => true,
    };
    language && specialty && affordable
}

fn most_frequent<'a>(words: impl Iterator<Item = &'a String>, limit: usize) -> Vec<String> {
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

#[cfg(test)]
mod tests;
