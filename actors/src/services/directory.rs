//! The directory of hosts, fed by what is written and by who comes and goes, and those who watch it.
//!
//! It holds no truth of its own: every entry is read from the store again when something about that
//! host was written. Watchers are told by one loop, which collects what happened in a moment, so
//! that a host who flickers, or a server that comes back, costs each watcher one message a host.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_data::nouns::{account as accounts, block, host, review};
use parlor_domain::{
    access::Member,
    event::Event,
    host::{
        Card, Live, Picture, Profile,
        directory::{Change, Directory, Entry, Filter, Found},
        standing::{Input, Standing},
    },
    id::{SessionId, UserId},
    presence, ring,
    time::Millis,
};
use tokio::sync::Notify;

use super::{ServiceError, Services, blocks::BLOCKS_MAX};
use crate::ports::Attendance;

/// Profiles that are read at once at the start.
const PAGE_ROWS: usize = 200;
/// Languages and specialties that the directory offers to choose from.
const FACETS_MAX: usize = 40;
/// What happens within this time is told together.
const COLLECT: Duration = Duration::from_millis(200);
/// Longest pause of the loop.
const PAUSE_MAX: Millis = Millis::from_secs(30);

/// What the services keep of it.
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    directory: Directory,
    /// Somebody may become a host while connected, or in a call.
    here: HashSet<UserId>,
    inside: HashSet<UserId>,
    talking: HashSet<UserId>,
    watchers: HashMap<UserId, HashSet<SessionId>>,
}

impl Desk {
    pub(super) fn new(grace: Millis) -> Self {
        Self {
            state: Mutex::new(State {
                directory: Directory::new(grace),
                here: HashSet::new(),
                inside: HashSet::new(),
                talking: HashSet::new(),
                watchers: HashMap::new(),
            }),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of the directory and what there is to choose from.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// Who was found.
    pub found: Found,
    /// Languages of all hosts, the most frequent first.
    pub languages: Vec<String>,
    /// Specialties of all hosts, the most frequent first.
    pub specialties: Vec<String>,
}

/// All that one host tells, as somebody sees it.
#[derive(Clone, Debug)]
pub struct HostPage {
    /// As in the directory.
    pub card: Card,
    /// The rest.
    pub profile: Profile,
}

impl Services {
    /// Reads every host from the store. Called once, before anybody comes.
    pub fn open_directory(&self) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let page = host::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.user);
            for read in &page {
                self.refresh_host(read.user)?;
            }
        }
        let _ = self.0.desk.lock().directory.changes(self.now());
        Ok(())
    }

    /// Brings one host up to date after something about them was written; nothing for others. Read
    /// under the lock, so that the last one who writes is the last one who is read.
    pub(super) fn refresh_host(&self, user: UserId) -> Result<(), ServiceError> {
        let store = &self.0.store;
        let mut state = self.0.desk.lock();
        let account = accounts::load(store, user)?;
        let (account, profile) = match (account, host::load(store, user)?) {
            (Some(account), Some(profile)) => (account, profile.value),
            // Erased while it was known: nothing of it stays in memory.
            (Some(account), None) if state.directory.standing(user).is_some() => {
                let blank = Profile::empty(user, &self.0.config.rates, self.now());
                (account, blank)
            }
            _ => return Ok(()),
        };
        let (on, seen) = host::switch(store, user)?;
        let tally = review::tally(store, user)?;
        let blocked = block::load_of(store, user, BLOCKS_MAX)?;
        let entry = Entry {
            name: account.name.clone(),
            profile,
            tally: tally.map_or_else(Default::default, |read| read.value),
            blocked: blocked.into_iter().map(|it| (it.user, it.at)).collect(),
            // Who asked to be erased is not to be found by new people.
            listed: account.may_host() && !self.leaves(user)?,
        };
        let (now, before) = (self.now(), state.directory.standing(user));
        state.directory.put(entry, Standing::restored(on, seen));
        match before {
            Some(standing) if standing.is_on() != on => {
                state.directory.handle(user, Input::Switch(on), now);
            }
            Some(_) => {}
            None => {
                let known = |set: &HashSet<UserId>| set.contains(&user);
                let facts = [
                    Input::Here(known(&state.here)),
                    Input::Inside(known(&state.inside)),
                    Input::Talking(known(&state.talking)),
                ];
                for fact in facts {
                    state.directory.handle(user, fact, now);
                }
            }
        }
        drop(state);
        self.0.desk.changed.notify_one();
        Ok(())
    }

    /// As `refresh_host`, where what was written is done and must not fail any more.
    pub(super) fn show_host(&self, user: UserId) {
        if let Err(error) = self.refresh_host(user) {
            tracing::error!(%error, "a host could not be shown as written");
        }
    }

    /// Looks through the directory.
    pub fn hosts(&self, viewer: UserId, filter: &Filter, page: (usize, usize)) -> Hosts {
        let state = self.0.desk.lock();
        let (languages, specialties) = state.directory.facets(FACETS_MAX);
        Hosts {
            found: state.directory.list(filter, viewer, page, self.now()),
            languages,
            specialties,
        }
    }

    /// One host, as somebody may see them.
    ///
    /// # Errors
    /// `NotFound` when this person is no host, or not any more.
    pub fn host_page(&self, viewer: UserId, host: UserId) -> Result<HostPage, ServiceError> {
        let state = self.0.desk.lock();
        let found = state.directory.profile(host, viewer, self.now());
        let page = found.map(|(card, profile)| HostPage {
            card,
            profile: profile.clone(),
        });
        page.ok_or(ServiceError::NotFound)
    }

    /// Every host that is known, also those who may not host at present.
    pub(super) fn known_hosts(&self) -> Vec<UserId> {
        self.0.desk.lock().directory.everybody().collect()
    }

    /// Every picture that a host shows.
    pub(super) fn pictures_in_use(&self) -> BTreeSet<Picture> {
        self.0.desk.lock().directory.pictures()
    }

    /// How a host stands; switched off when this is none.
    pub(super) fn host_standing(&self, host: UserId) -> Standing {
        let standing = self.0.desk.lock().directory.standing(host);
        standing.unwrap_or_default()
    }

    /// A host switches on or off, apart from being connected (R201).
    pub async fn switch_host(&self, who: Member, on: bool) -> Result<(), ServiceError> {
        if !self.account_of(who.user)?.may_host() {
            return Err(ServiceError::NotHost);
        }
        if host::load(&self.0.store, who.user)?.is_none() {
            self.change_profile(who.user, |empty| Ok(empty.clone()))
                .await?;
        }
        let seen = self.host_standing(who.user);
        let live = seen.live(self.now(), self.0.config.away_after);
        let there = on || live.is_there();
        let seen = there.then(|| self.now()).or(seen.last_online_at());
        self.write(host::put_switch(who.user, on, seen)?).await?;
        self.refresh_host(who.user)?;
        if !on {
            self.reach(|reach| reach.on_line(who.user, ring::Input::Off));
        }
        Ok(())
    }

    /// Tells watchers what happened, again and again. Runs until the process ends.
    pub async fn run_directory(self) {
        loop {
            let next = self.0.desk.lock().directory.deadline(self.now());
            let pause = next.map_or(PAUSE_MAX, |at| at.since(self.now()).min(PAUSE_MAX));
            let pause = Duration::from_millis(pause.0.max(0).unsigned_abs());
            let _ = tokio::time::timeout(pause, self.0.desk.changed.notified()).await;
            self.tell_watchers();
            tokio::time::sleep(COLLECT).await;
        }
    }

    /// Tells watchers what happened since the last time.
    pub fn tell_watchers(&self) {
        let mut state = self.0.desk.lock();
        let changes = state.directory.changes(self.now());
        if changes.is_empty() {
            return;
        }
        let sessions = state.watchers.iter().flat_map(|(user, sessions)| {
            let sessions = sessions.iter();
            sessions.map(|session| (*user, *session))
        });
        let watchers: Vec<(UserId, SessionId)> = sessions.collect();
        drop(state);
        for change in &changes {
            self.note_seen(change.after());
            self.tell_change(change, &watchers);
        }
    }

    /// One event for all who see the same; whoever is or was blocked is told apart. The host's own
    /// devices are told too: that is how they hear what was switched on another one.
    fn tell_change(&self, change: &Change, watchers: &[(UserId, SessionId)]) {
        let watchers = watchers.iter().copied();
        let (special, same): (Vec<_>, Vec<_>) =
            watchers.partition(|(user, _)| change.is_special(*user));
        let tell = |to: &[(UserId, SessionId)], told| {
            if let (false, Some((news, card))) = (to.is_empty(), told) {
                let event = Event::Host(news, Box::new(card));
                self.reach(|reach| reach.tell_sessions(to, event));
            }
        };
        tell(&same, change.for_others());
        for one in special {
            tell(&[one], change.for_viewer(one.0));
        }
    }

    fn note_seen(&self, card: &Card) {
        let (Live::Away, Some(at)) = (card.live, card.last_online_at) else {
            return;
        };
        let noted = host::put_seen_lazily(card.user, at)
            .map(|seen| self.0.store.write_lazy(seen).is_ok())
            .unwrap_or(false);
        if !noted {
            tracing::warn!("it was not noted when a host was last there");
        }
    }

    fn host_input(&self, user: UserId, input: Input, note: impl FnOnce(&mut State)) {
        let mut state = self.0.desk.lock();
        note(&mut state);
        let now = self.now();
        state.directory.handle(user, input, now);
        let known = state.directory.standing(user).is_some();
        drop(state);
        if known {
            // Also when nothing is to be told: the grace of a lost line may have begun.
            self.0.desk.changed.notify_one();
        }
    }
}

fn put<T: std::hash::Hash + Eq>(set: &mut HashSet<T>, it: T, is: bool) {
    match is {
        true => set.insert(it),
        false => set.remove(&it),
    };
}

impl Attendance for Services {
    fn here(&self, user: UserId, here: bool) {
        self.presence_input(presence::Input::Here(user, here));
        self.host_input(user, Input::Here(here), |state| {
            put(&mut state.here, user, here);
            if !here {
                state.watchers.remove(&user);
            }
        });
    }

    fn inside(&self, user: UserId, inside: bool) {
        self.presence_input(presence::Input::Inside(user, inside));
        self.host_input(user, Input::Inside(inside), |state| {
            put(&mut state.inside, user, inside);
        });
    }

    fn talking(&self, host: UserId, talking: bool) {
        self.host_input(host, Input::Talking(talking), |state| {
            put(&mut state.talking, host, talking);
        });
    }

    fn watch_hosts(&self, user: UserId, session: SessionId, on: bool) {
        let mut state = self.0.desk.lock();
        let theirs = state.watchers.entry(user).or_default();
        put(theirs, session, on);
        if theirs.is_empty() {
            state.watchers.remove(&user);
        }
    }

    fn watch_people(
        &self,
        user: UserId,
        session: SessionId,
        whom: &[UserId],
    ) -> Vec<presence::PresenceOf> {
        self.watch_presence(user, session, whom)
    }

    fn idle(&self, user: UserId, session: SessionId, idle: bool) {
        self.presence_input(presence::Input::Idle(user, session, idle));
    }

    fn device_gone(&self, user: UserId, session: SessionId) {
        self.watch_hosts(user, session, false);
        self.presence_input(presence::Input::DeviceGone(user, session));
    }

    fn wrote(&self, to: UserId, from: UserId, name: &str) {
        self.notify_of_message(to, from, name);
    }

    fn has_read(&self, user: UserId, from: UserId) {
        self.message_was_read(user, from);
    }

    fn is_inside(&self, user: UserId) -> bool {
        self.0.desk.lock().inside.contains(&user)
    }

    fn is_there_for(&self, host: UserId, caller: UserId) -> bool {
        let state = self.0.desk.lock();
        state.directory.is_there_for(host, caller, self.now())
    }
}
