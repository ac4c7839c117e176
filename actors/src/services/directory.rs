//! The directory of hosts, fed by what is written and by who comes and goes.
//!
//! It holds no truth of its own: every entry is read from the store again when something about that
//! host was written.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use parlor_data::nouns::{account as accounts, host};
use parlor_domain::{
    access::Member,
    host::{
        directory::{Directory, Entry, Filter, Found},
        standing::{Input, Standing},
    },
    id::UserId,
    time::Millis,
};

use super::{ServiceError, Services};
use crate::ports::Attendance;

/// Profiles that are read at once at the start.
const PAGE_ROWS: usize = 200;
/// Languages and specialties that the directory offers to choose from.
const FACETS_MAX: usize = 40;

/// What the services keep of it.
pub(super) struct Desk(Mutex<State>);

struct State {
    directory: Directory,
    /// Everybody with a connection: somebody may become a host while connected.
    here: HashSet<UserId>,
}

impl Desk {
    pub(super) fn new(grace: Millis) -> Self {
        Self(Mutex::new(State {
            directory: Directory::new(grace),
            here: HashSet::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Services {
    /// Reads every host from the store. Called once, before anybody comes.
    pub fn open_directory(&self) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let page = host::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.user);
            for read in &page {
                self.refresh_host(read.user)?;
            }
        }
    }

    /// Brings one host up to date after something about them was written; nothing for others. Read
    /// under the lock, so that the last one who writes is the last one who is read.
    pub(super) fn refresh_host(&self, user: UserId) -> Result<(), ServiceError> {
        let store = &self.0.store;
        let mut state = self.0.desk.lock();
        let account = accounts::load(store, user)?;
        let (Some(account), Some(profile)) = (account, host::load(store, user)?) else {
            return Ok(());
        };
        let (on, seen) = host::switch(store, user)?;
        let entry = Entry {
            name: account.name.clone(),
            profile: profile.value,
            listed: account.may_host(),
        };
        let new = state.directory.standing(user).is_none();
        state.directory.put(entry, Standing::restored(on, seen));
        if new && state.here.contains(&user) {
            let now = self.now();
            state.directory.handle(user, Input::Here(true), now);
        }
        Ok(())
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
        let mut state = self.0.desk.lock();
        let now = self.now();
        state.directory.handle(who.user, Input::Switch(on), now);
        Ok(())
    }
}

impl Attendance for Services {
    fn here(&self, user: UserId, here: bool) {
        let mut state = self.0.desk.lock();
        match here {
            true => state.here.insert(user),
            false => state.here.remove(&user),
        };
        let now = self.now();
        state.directory.handle(user, Input::Here(here), now);
    }
}
