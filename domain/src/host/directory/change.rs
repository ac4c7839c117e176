//! What those who watch the directory are told, each as they may see it.

use std::collections::BTreeMap;

use super::{Card, Directory};
use crate::{id::UserId, time::Timestamp};

/// What happened to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Can be called now, or is busy, and was not there before.
    Online,
    /// Was there and is not any more, or left the directory.
    Offline,
    /// Anything else.
    Updated,
}

/// A host before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    before: Option<(Card, BTreeMap<UserId, Timestamp>)>,
    after: Card,
    blocked: BTreeMap<UserId, Timestamp>,
}

impl Change {
    /// How the host is now, for those whom he did not block.
    pub fn after(&self) -> &Card {
        &self.after
    }

    /// Whether this person is, or was until now, blocked, and must be asked for apart.
    pub fn is_special(&self, viewer: UserId) -> bool {
        let was = self.before.as_ref();
        self.blocked.contains_key(&viewer)
            || was.is_some_and(|(_, blocked)| blocked.contains_key(&viewer))
    }

    /// What everybody is told who is not special.
    pub fn for_others(&self) -> Option<(News, Card)> {
        let before = self.before.as_ref().map(|(card, _)| card.clone());
        news(before, self.after.clone())
    }

    /// What this person is told; nothing when nothing changed for them.
    pub fn for_viewer(&self, viewer: UserId) -> Option<(News, Card)> {
        let see = |card: &Card, blocked: &BTreeMap<UserId, Timestamp>| match blocked.get(&viewer) {
            Some(since) => card.clone().closed(*since),
            None => card.clone(),
        };
        let before = self.before.as_ref();
        news(
            before.map(|(card, blocked)| see(card, blocked)),
            see(&self.after, &self.blocked),
        )
    }
}

fn news(before: Option<Card>, after: Card) -> Option<(News, Card)> {
    if before.as_ref() == Some(&after) {
        return None;
    }
    let was_there = before.as_ref().is_some_and(|card| card.live.is_there());
    let left = before.is_some_and(|card| card.listed) && !after.listed;
    let news = match (was_there, after.live.is_there()) {
        (false, true) => News::Online,
        (true, false) => News::Offline,
        _ if left => News::Offline,
        _ => News::Updated,
    };
    Some((news, after))
}

impl Directory {
    /// When something must be told although nothing happens. When the grace of a lost line is over.
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let told_there = self.hosts.values().filter(|held| {
            let told = held.told.as_ref();
            told.is_some_and(|(card, _)| card.live.is_there())
        });
        told_there
            .filter_map(|held| held.standing.deadline(self.grace))
            .map(|at| at.max(now))
            .min()
    }

    /// Whether there may be anything to tell.
    pub fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What watchers must be told since this was asked last.
    pub fn changes(&mut self, now: Timestamp) -> Vec<Change> {
        let over = self.hosts.iter().filter(|(_, held)| {
            let deadline = held.standing.deadline(self.grace);
            let told = held.told.as_ref();
            deadline.is_some_and(|at| at <= now)
                && told.is_some_and(|(card, _)| card.live.is_there())
        });
        let over: Vec<UserId> = over.map(|(user, _)| *user).collect();
        let mut changed = std::mem::take(&mut self.changed);
        changed.extend(over);
        let told = |user| {
            let held = self.hosts.get(&user)?;
            let now = (self.open(held, now), held.entry.blocked.clone());
            (held.told.as_ref() != Some(&now)).then_some((user, now))
        };
        let new: Vec<_> = changed.into_iter().filter_map(told).collect();
        let mut changes = Vec::with_capacity(new.len());
        for (user, (after, blocked)) in new {
            if let Some(held) = self.hosts.get_mut(&user) {
                let before = held.told.replace((after.clone(), blocked.clone()));
                changes.push(Change {
                    before,
                    after,
                    blocked,
                });
            }
        }
        changes
    }
}
