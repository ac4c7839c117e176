//! The directory: every host that can be shown, in memory, and how it is looked through.
//!
//! Fed by what happens; a question goes through the cards in memory and never to the store. What
//! changed since it was last asked is kept as a set of hosts, so that a host who flickers is told
//! about once. Whom a host blocked sees that host as one who went off line at that moment. Start at
//! [`Directory::list`].

mod change;
mod search;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use change::{Change, News};
pub use search::{Filter, Sort};

use super::{
    Profile,
    profile::{Picture, Rates},
    review::Tally,
    standing::{Input, Live, Standing},
};
use crate::{
    id::UserId,
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
    /// When the host was last there; none while there, and before the first time.
    pub last_online_at: Option<Timestamp>,
    /// Ratings and calls.
    pub tally: Tally,
    /// Is in the directory; a host that was suspended is not.
    pub listed: bool,
}

impl Card {
    /// As somebody sees it whom the host blocked then: gone off line at that moment.
    fn closed(mut self, blocked_at: Timestamp) -> Self {
        self.last_online_at = match self.live.is_there() {
            true => Some(blocked_at),
            false => self.last_online_at.map(|at| at.min(blocked_at)),
        };
        self.live = Live::Offline;
        self
    }
}

/// A host as the directory is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// What the host tells.
    pub profile: Profile,
    /// Ratings and calls.
    pub tally: Tally,
    /// Whom the host blocked, and since when.
    pub blocked: BTreeMap<UserId, Timestamp>,
    /// May host at present.
    pub listed: bool,
}

struct Held {
    entry: Entry,
    standing: Standing,
    /// What is searched: name, title, specialties, services, in lower case.
    words: String,
    /// What watchers were last told, and who was blocked then.
    told: Option<(Card, BTreeMap<UserId, Timestamp>)>,
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
    changed: BTreeSet<UserId>,
}

impl Directory {
    /// An empty one. `grace`: how long a lost line is not shown.
    pub fn new(grace: Millis) -> Self {
        Self {
            grace,
            hosts: HashMap::new(),
            changed: BTreeSet::new(),
        }
    }

    /// A host is new or changed. `restored` is how the host stands if it is new.
    pub fn put(&mut self, entry: Entry, restored: Standing) {
        let user = entry.profile.user;
        let words = search::words(&entry);
        match self.hosts.get_mut(&user) {
            Some(held) if held.entry == entry => return,
            Some(held) => {
                held.entry = entry;
                held.words = words;
            }
            None => {
                let held = Held {
                    entry,
                    standing: restored,
                    words,
                    told: None,
                };
                self.hosts.insert(user, held);
            }
        }
        self.changed.insert(user);
    }

    /// Something happened to a host; nothing when this is none.
    pub fn handle(&mut self, user: UserId, input: Input, now: Timestamp) {
        if let Some(held) = self.hosts.get_mut(&user) {
            let before = held.standing.live(now, self.grace);
            held.standing.handle(input, now, self.grace);
            if held.standing.live(now, self.grace) != before {
                self.changed.insert(user);
            }
        }
    }

    /// How a host stands; none when this is none.
    pub fn standing(&self, user: UserId) -> Option<Standing> {
        self.hosts.get(&user).map(|held| held.standing)
    }

    /// Whether this person finds the host there, perhaps busy: one may be rung only then.
    pub fn is_there_for(&self, host: UserId, viewer: UserId, now: Timestamp) -> bool {
        let card = self.card(host, viewer, now);
        card.is_some_and(|card| card.live.is_there())
    }

    /// Everybody that it knows: the listed ones and those who may not host at present.
    pub fn everybody(&self) -> impl Iterator<Item = UserId> {
        self.hosts.keys().copied()
    }

    /// Every picture in use.
    pub fn pictures(&self) -> BTreeSet<Picture> {
        let all = self.hosts.values();
        all.filter_map(|held| held.entry.profile.picture).collect()
    }

    /// One host as this person may see it, with all that it tells; none when not listed.
    pub fn profile(
        &self,
        user: UserId,
        viewer: UserId,
        now: Timestamp,
    ) -> Option<(Card, &Profile)> {
        let held = self.hosts.get(&user).filter(|held| held.entry.listed)?;
        Some((self.shown(held, viewer, now), &held.entry.profile))
    }

    /// One host as this person may see it; none when not listed.
    pub fn card(&self, user: UserId, viewer: UserId, now: Timestamp) -> Option<Card> {
        self.profile(user, viewer, now).map(|(card, _)| card)
    }

    /// Who is found, in the wanted order.
    pub fn list(
        &self,
        filter: &Filter,
        viewer: UserId,
        (skip, limit): (usize, usize),
        now: Timestamp,
    ) -> Found {
        let words = filter.wanted_words();
        let mut found: Vec<Card> = self
            .hosts
            .values()
            .filter(|held| held.entry.listed && held.entry.profile.user != viewer)
            .filter(|held| words.iter().all(|word| held.words.contains(word)))
            .filter(|held| filter.fits(&held.entry.profile))
            .map(|held| self.shown(held, viewer, now))
            .filter(|card| card.live.is_there() || !filter.there)
            .collect();
        found.sort_by_cached_key(|card| filter.rank(card));
        Found {
            total: found.len(),
            cards: found.into_iter().skip(skip).take(limit).collect(),
        }
    }

    /// Languages and specialties of the listed hosts, the most frequent first, at most `limit` each.
    pub fn facets(&self, limit: usize) -> (Vec<String>, Vec<String>) {
        let listed = || self.hosts.values().filter(|held| held.entry.listed);
        let languages = listed().flat_map(|held| &held.entry.profile.languages);
        let specialties = listed().flat_map(|held| &held.entry.profile.specialties);
        (
            search::most_frequent(languages, limit),
            search::most_frequent(specialties, limit),
        )
    }

    fn shown(&self, held: &Held, viewer: UserId, now: Timestamp) -> Card {
        let card = self.open(held, now);
        match held.entry.blocked.get(&viewer) {
            Some(since) => card.closed(*since),
            None => card,
        }
    }

    /// As those see it who are not blocked.
    fn open(&self, held: &Held, now: Timestamp) -> Card {
        let Entry {
            name,
            profile,
            tally,
            listed,
            ..
        } = &held.entry;
        let live = match listed {
            true => held.standing.live(now, self.grace),
            false => Live::Offline,
        };
        let seen = held.standing.last_online_at();
        Card {
            user: profile.user,
            name: name.clone(),
            title: profile.title.clone(),
            languages: profile.languages.clone(),
            specialties: profile.specialties.clone(),
            rates: profile.rates,
            picture: profile.picture,
            live,
            last_online_at: seen.filter(|_| !live.is_there()),
            tally: *tally,
            listed: *listed,
        }
    }
}

#[cfg(test)]
mod tests;
