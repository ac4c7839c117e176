//! Who is there, for those who want to know: devices become one person, a short loss is no news, and
//! whoever watches many is told once.
//!
//! A pure machine: facts and `now` go in; [`Presence::told`] gives what each watcher must hear since
//! the last time it was asked, so that a storm of comings and goings is one frame for a watcher,
//! however many are in it. Who may watch whom is decided above. It never tells of somebody who does
//! not want to be seen, and whoever is not seen does not see.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::{
    id::{SessionId, UserId},
    time::{Millis, Timestamp},
};

/// How long a lost line is no news.
pub const GRACE: Millis = Millis::from_secs(15);
/// Most people that one device watches.
pub const WATCHED_MAX: usize = 200;

/// How somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In a call.
    Busy,
    /// There.
    Online,
    /// Connected, and nobody touches a device.
    Away,
    /// Not there, since then if that is known.
    Offline(Option<Timestamp>),
}

/// How one person is there, to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresenceOf {
    /// Who.
    pub user: UserId,
    /// How.
    pub status: Status,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The first device is connected, or the last one is lost.
    Here(UserId, bool),
    /// The first device is inside a room, or the last one is out.
    Inside(UserId, bool),
    /// Nobody touches this device, or somebody does again.
    Idle(UserId, SessionId, bool),
    /// A device is lost: it watches nobody, and says nothing about its user.
    DeviceGone(UserId, SessionId),
    /// A device watches these, and nobody else.
    Watch(UserId, SessionId, Vec<UserId>),
    /// These two have nothing to do with each other any more.
    Part(UserId, UserId),
    /// Somebody is not to be seen, or is again.
    Hidden(UserId, bool),
    /// When somebody who is not here was last there, as it was written.
    LastSeen(UserId, Timestamp),
}

/// A device that watches.
pub type Watcher = (UserId, SessionId);

#[derive(Clone, Debug, Default)]
struct Person {
    here: bool,
    inside: bool,
    hidden: bool,
    idle: BTreeSet<SessionId>,
    devices: BTreeSet<SessionId>,
    /// The last device went then.
    gone_at: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    /// What watchers were told last.
    told: Option<Status>,
    watchers: BTreeSet<Watcher>,
}

impl Person {
    fn status(&self, now: Timestamp) -> Status {
        if self.hidden {
            return Status::Offline(None);
        }
        let in_grace = self.gone_at.is_some_and(|at| now.since(at) < GRACE);
        match self.here || in_grace {
            false => Status::Offline(self.last_seen),
            true if self.inside => Status::Busy,
            true if self.is_idle() => Status::Away,
            true => Status::Online,
        }
    }

    fn is_idle(&self) -> bool {
        !self.devices.is_empty() && self.idle.len() == self.devices.len()
    }

    fn is_attended(&self) -> bool {
        self.here && !self.is_idle()
    }

    fn is_nothing(&self) -> bool {
        !self.here && self.gone_at.is_none() && self.watchers.is_empty() && !self.inside
    }
}

/// The machine.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    people: HashMap<UserId, Person>,
    watching: HashMap<Watcher, BTreeSet<UserId>>,
    changed: HashSet<UserId>,
    /// Who is lost and not yet news.
    in_grace: BTreeSet<(Timestamp, UserId)>,
    /// Who must hear that somebody is not to be seen by them any more.
    parted: Vec<(Watcher, UserId)>,
    /// Who is gone for good, and since when; for the store.
    gone: Vec<(UserId, Timestamp)>,
}

impl Presence {
    /// Takes one fact.
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        match input {
            Input::Here(user, here) => self.here(user, here, now),
            Input::Inside(user, inside) => self.change(user, |it| it.inside = inside),
            Input::Hidden(user, hidden) => self.change(user, |it| it.hidden = hidden),
            Input::LastSeen(user, at) => {
                self.change(user, |it| it.last_seen = it.last_seen.max(Some(at)));
            }
            Input::Idle(user, device, idle) => self.change(user, |it| {
                it.devices.insert(device);
                match idle {
                    true => it.idle.insert(device),
                    false => it.idle.remove(&device),
                };
            }),
            Input::DeviceGone(user, device) => {
                self.change(user, |it| {
                    // The last one is remembered as it was until the grace is over.
                    if it.devices.len() > 1 {
                        it.devices.remove(&device);
                        it.idle.remove(&device);
                    }
                });
                self.watch((user, device), BTreeSet::new(), now);
            }
            Input::Watch(user, device, whom) => {
                let mut whom: BTreeSet<UserId> = whom.into_iter().take(WATCHED_MAX).collect();
                whom.remove(&user);
                if self.people.get(&user).is_some_and(|it| it.hidden) {
                    whom.clear();
                }
                self.watch((user, device), whom, now);
            }
            Input::Part(one, other) => {
                self.unwatch_all(one, other);
                self.unwatch_all(other, one);
            }
        }
    }

    /// Whether anything is known of this person; otherwise the store may know more.
    pub fn knows(&self, user: UserId) -> bool {
        self.people.contains_key(&user)
    }

    /// Whether somebody looks at a device of this person now, to be seen or not. Who was lost a moment
    /// ago does not.
    pub fn is_attended(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(Person::is_attended)
    }

    /// How these are there, as far as this person may see: nothing for who is not seen.
    pub fn of(&self, watcher: UserId, whom: &[UserId], now: Timestamp) -> Vec<PresenceOf> {
        if self.people.get(&watcher).is_some_and(|it| it.hidden) {
            return Vec::new();
        }
        let status = |user: &UserId| {
            let known = self.people.get(user);
            known.map_or(Status::Offline(None), |it| it.status(now))
        };
        let all = whom.iter().map(|user| PresenceOf {
            user: *user,
            status: status(user),
        });
        all.collect()
    }

    /// What each watcher must hear since the last time, at most one list for each.
    pub fn told(&mut self, now: Timestamp) -> BTreeMap<Watcher, Vec<PresenceOf>> {
        while let Some((at, user)) = self.in_grace.first().copied() {
            if now.since(at) < GRACE {
                break;
            }
            self.in_grace.remove(&(at, user));
            self.end_of_grace(user, at);
        }
        let mut news: BTreeMap<Watcher, Vec<PresenceOf>> = BTreeMap::new();
        for (watcher, user) in std::mem::take(&mut self.parted) {
            let status = Status::Offline(None);
            let all = news.entry(watcher).or_default();
            all.push(PresenceOf { user, status });
        }
        for user in std::mem::take(&mut self.changed) {
            let Some(person) = self.people.get_mut(&user) else {
                continue;
            };
            let status = person.status(now);
            if person.told.replace(status) != Some(status) {
                for watcher in &person.watchers {
                    let all = news.entry(*watcher).or_default();
                    all.push(PresenceOf { user, status });
                }
            }
            if person.is_nothing() {
                self.people.remove(&user);
            }
        }
        for all in news.values_mut() {
            all.sort_by_key(|it| it.user);
        }
        news
    }

    /// Who is gone since the last time this was asked, and since when.
    pub fn take_gone(&mut self) -> Vec<(UserId, Timestamp)> {
        std::mem::take(&mut self.gone)
    }

    /// When [`Presence::told`] has something to say by itself. When the grace of the first one ends.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.in_grace.first().map(|(at, _)| *at + GRACE)
    }

    /// Whether something waits to be told.
    pub fn is_dirty(&self) -> bool {
        !self.changed.is_empty() || !self.parted.is_empty()
    }

    fn here(&mut self, user: UserId, here: bool, now: Timestamp) {
        let person = self.people.entry(user).or_default();
        person.here = here;
        let before = match here {
            true => person.gone_at.take(),
            false => person.gone_at.replace(now),
        };
        if let Some(at) = before {
            self.in_grace.remove(&(at, user));
        }
        if !here {
            self.in_grace.insert((now, user));
        }
        self.changed.insert(user);
    }

    fn end_of_grace(&mut self, user: UserId, at: Timestamp) {
        self.change(user, |it| {
            it.gone_at = None;
            it.last_seen = Some(at);
            it.devices.clear();
            it.idle.clear();
        });
        self.gone.push((user, at));
    }

    fn change(&mut self, user: UserId, change: impl FnOnce(&mut Person)) {
        change(self.people.entry(user).or_default());
        self.changed.insert(user);
    }

    fn watch(&mut self, watcher: Watcher, whom: BTreeSet<UserId>, now: Timestamp) {
        let before = match whom.is_empty() {
            true => self.watching.remove(&watcher).unwrap_or_default(),
            false => self
                .watching
                .insert(watcher, whom.clone())
                .unwrap_or_default(),
        };
        for gone in before.difference(&whom) {
            if let Some(person) = self.people.get_mut(gone) {
                person.watchers.remove(&watcher);
                self.changed.insert(*gone);
            }
        }
        for new in whom {
            let person = self.people.entry(new).or_default();
            // Who begins to watch is told by the answer.
            if person.watchers.is_empty() {
                person.told = Some(person.status(now));
            }
            person.watchers.insert(watcher);
        }
    }

    fn unwatch_all(&mut self, watcher: UserId, whom: UserId) {
        let Some(person) = self.people.get_mut(&whom) else {
            return;
        };
        let gone: Vec<Watcher> = person
            .watchers
            .iter()
            .copied()
            .filter(|(user, _)| *user == watcher)
            .collect();
        for it in gone {
            person.watchers.remove(&it);
            self.parted.push((it, whom));
            if let Some(watched) = self.watching.get_mut(&it) {
                watched.remove(&whom);
            }
        }
        self.changed.insert(whom);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn device(n: u128) -> SessionId {
        SessionId(Uuid::from_u128(n))
    }

    struct World {
        machine: Presence,
        now: Timestamp,
    }

    impl World {
        fn new() -> Self {
            Self {
                machine: Presence::default(),
                now: Timestamp(1_000_000),
            }
        }

        fn does(&mut self, input: Input) {
            self.machine.handle(input, self.now);
        }

        fn wait(&mut self, seconds: i64) {
            self.now = self.now + Millis::from_secs(seconds);
        }

        /// What the first device of the watcher is told.
        fn told(&mut self, watcher: u128) -> Vec<(UserId, Status)> {
            let mut news = self.machine.told(self.now);
            let mine = news.remove(&(user(watcher), device(watcher)));
            let mine = mine.into_iter().flatten();
            mine.map(|it| (it.user, it.status)).collect()
        }
    }

    #[test]
    fn devices_are_one_person_and_a_short_loss_is_no_news() {
        let mut w = World::new();
        w.does(Input::Watch(user(1), device(1), vec![user(2)]));
        assert_eq!(w.told(1), []);
        w.does(Input::Here(user(2), true));
        assert_eq!(w.told(1), [(user(2), Status::Online)]);
        w.does(Input::Inside(user(2), true));
        assert_eq!(w.told(1), [(user(2), Status::Busy)]);
        w.does(Input::Inside(user(2), false));
        for phone in [7, 8] {
            w.does(Input::Idle(user(2), device(phone), false));
        }
        w.does(Input::Idle(user(2), device(7), true));
        assert_eq!(w.told(1), [(user(2), Status::Online)], "one is in use");
        w.does(Input::DeviceGone(user(2), device(8)));
        assert_eq!(w.told(1), [(user(2), Status::Away)]);
        w.does(Input::Idle(user(2), device(7), false));
        assert_eq!(w.told(1), [(user(2), Status::Online)]);
        // Lost and back in time: nothing.
        w.does(Input::Here(user(2), false));
        assert_eq!(w.machine.deadline(), Some(w.now + GRACE));
        w.wait(14);
        assert_eq!(w.told(1), []);
        w.does(Input::Here(user(2), true));
        w.wait(60);
        assert_eq!((w.told(1), w.machine.deadline()), (vec![], None));
        // Lost for longer: offline, since the loss.
        let lost = w.now;
        w.does(Input::Here(user(2), false));
        w.wait(16);
        assert_eq!(w.told(1), [(user(2), Status::Offline(Some(lost)))]);
        assert_eq!(w.machine.take_gone(), [(user(2), lost)]);
    }

    #[test]
    fn who_is_not_seen_is_told_of_no_more_and_sees_nobody() {
        let mut w = World::new();
        for one in [1, 2] {
            w.does(Input::Here(user(one), true));
        }
        w.does(Input::Watch(user(1), device(1), vec![user(2)]));
        w.does(Input::Hidden(user(2), true));
        assert_eq!(w.told(1), [(user(2), Status::Offline(None))]);
        w.does(Input::Inside(user(2), true));
        assert_eq!(w.told(1), [], "nothing of what a hidden one does");
        w.does(Input::Watch(user(2), device(2), vec![user(1)]));
        assert_eq!(w.machine.of(user(2), &[user(1)], w.now), []);
        w.does(Input::Inside(user(1), true));
        assert_eq!(w.told(2), []);
        w.does(Input::Hidden(user(2), false));
        assert_eq!(w.told(1), [(user(2), Status::Busy)]);
        w.does(Input::Part(user(2), user(1)));
        assert_eq!(w.told(1), [(user(2), Status::Offline(None))]);
        w.does(Input::Inside(user(2), false));
        assert_eq!(w.told(1), []);
    }

    #[test]
    fn a_storm_of_three_thousand_is_one_frame_for_a_watcher() {
        const ALL: u128 = 3_000;
        let mut w = World::new();
        for n in 0..ALL {
            w.does(Input::Here(user(n), true));
            let whom = (1..=50).map(|step| user((n + step) % ALL)).collect();
            w.does(Input::Watch(user(n), device(n), whom));
        }
        w.machine.told(w.now);
        // All of them lose their line and come back within the second, some twice.
        for n in (0..ALL).chain(0..ALL / 2) {
            w.does(Input::Here(user(n), false));
            w.does(Input::Here(user(n), true));
        }
        assert!(w.machine.told(w.now).is_empty(), "nothing has changed");
        // All are gone for longer, and come back.
        for n in 0..ALL {
            w.does(Input::Here(user(n), false));
        }
        w.wait(16);
        let gone = w.machine.told(w.now);
        assert_eq!(gone.len(), 3_000, "one list for each device that watches");
        assert!(gone.values().all(|all| all.len() == 50));
        for n in 0..ALL {
            w.does(Input::Here(user(n), true));
        }
        let back = w.machine.told(w.now);
        assert_eq!(back.len(), 3_000);
        assert!(
            back.values()
                .flatten()
                .all(|it| it.status == Status::Online)
        );
        assert!(w.machine.told(w.now).is_empty());
    }

    proptest! {
        /// Whoever watches and listens knows what a fresh question answers.
        #[test]
        fn what_was_told_is_what_is(steps in prop::collection::vec((0u8..6, 0u128..4, 0i64..20), 1..60)) {
            let mut w = World::new();
            let whom: Vec<UserId> = (0..4).map(user).collect();
            w.does(Input::Watch(user(9), device(9), whom.clone()));
            let first = w.machine.of(user(9), &whom, w.now);
            let mut known: BTreeMap<UserId, Status> = first.into_iter().map(|it| (it.user, it.status)).collect();
            for (kind, who, pause) in steps {
                let who = user(who);
                w.does(match kind {
                    0 => Input::Here(who, true),
                    1 => Input::Here(who, false),
                    2 => Input::Inside(who, pause % 2 == 0),
                    3 => Input::Idle(who, device(who.0.as_u128() + 100), pause % 2 == 0),
                    4 => Input::Hidden(who, pause % 3 == 0),
                    _ => Input::DeviceGone(who, device(who.0.as_u128() + 100)),
                });
                w.wait(pause);
                known.extend(w.told(9));
                let fresh = w.machine.of(user(9), &whom, w.now);
                prop_assert_eq!(&known, &fresh.into_iter().map(|it| (it.user, it.status)).collect());
            }
        }
    }
}
