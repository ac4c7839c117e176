//! Who is there, for those who may know: facts from sockets and rooms go into the domain's machine,
//! and once a second each device that watches is told what has changed, in one frame.
//!
//! Must never tell of somebody to whoever has nothing to do with them; that is asked when a device
//! begins to watch, and ended when one of the two blocks the other.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_data::nouns::{account as accounts, presence as rows};
use parlor_domain::{
    access::Member,
    event::Event,
    id::{SessionId, UserId},
    presence::{Input, Presence, PresenceOf, WATCHED_MAX},
};

use super::{ServiceError, Services};
use crate::conversation::memory;

/// A watcher is told at most this often.
const EVERY: Duration = Duration::from_secs(1);

/// The machine, shared by all sockets' threads.
#[derive(Default)]
pub(super) struct Presences(Mutex<Presence>);

impl Presences {
    fn lock(&self) -> MutexGuard<'_, Presence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Services {
    /// Tells watchers what changed, once a second. Runs until the process ends.
    pub async fn run_presence(self) {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            self.tell_presence();
        }
    }

    /// Tells watchers what changed since the last time.
    pub fn tell_presence(&self) {
        let mut machine = self.0.presence.lock();
        let now = self.now();
        if !machine.is_dirty() && machine.deadline().is_none_or(|at| at > now) {
            return;
        }
        let news = machine.told(now);
        let gone = machine.take_gone();
        drop(machine);
        for (watcher, all) in news {
            self.reach(|reach| reach.tell_sessions(&[watcher], Event::Presence(all)));
        }
        for (user, at) in gone {
            // A guest is seen by nobody later.
            if !accounts::load(&self.0.store, user).is_ok_and(|it| it.is_some()) {
                continue;
            }
            let noted = rows::put_seen_lazily(user, at)
                .is_ok_and(|seen| self.0.store.write_lazy(seen).is_ok());
            if !noted {
                tracing::warn!("it was not noted when somebody was last there");
            }
        }
    }

    /// A device watches these, and nobody else; says how they are there now. Those with whom this
    /// person has no conversation are left out.
    pub(super) fn watch_presence(
        &self,
        user: UserId,
        device: SessionId,
        whom: &[UserId],
    ) -> Vec<PresenceOf> {
        let now = self.now();
        let may = |other: &UserId| {
            memory::between(&self.0.store, user, *other, now)
                .is_ok_and(|it| it.may_talk() && it.begun)
        };
        let whom: Vec<UserId> = whom.iter().copied().take(WATCHED_MAX).filter(may).collect();
        for known in whom.iter().chain([&user]) {
            self.recall(*known);
        }
        let mut machine = self.0.presence.lock();
        machine.handle(Input::Watch(user, device, whom.clone()), now);
        machine.of(user, &whom, now)
    }

    /// Whether somebody looks at a device of this person now.
    pub(super) fn is_attended(&self, user: UserId) -> bool {
        self.0.presence.lock().is_attended(user)
    }

    /// What the store knows of somebody whom the machine does not.
    fn recall(&self, user: UserId) {
        if self.0.presence.lock().knows(user) {
            return;
        }
        let Ok((hidden, seen)) = rows::load(&self.0.store, user) else {
            return;
        };
        if let Some(at) = seen {
            self.presence_input(Input::LastSeen(user, at));
        }
        if hidden {
            self.presence_input(Input::Hidden(user, true));
        }
    }

    pub(super) fn presence_input(&self, input: Input) {
        // Whatever is known of somebody first, whether they hide comes before it.
        if let Input::Here(user, _) | Input::Inside(user, _) | Input::Idle(user, ..) = input {
            self.recall(user);
        }
        self.0.presence.lock().handle(input, self.now());
    }

    /// Whether others see when this person is there.
    pub fn is_seen(&self, who: Member) -> Result<bool, ServiceError> {
        Ok(!rows::load(&self.0.store, who.user)?.0)
    }

    /// Shows or hides it. Whoever hides does not see others either.
    pub async fn set_seen(&self, who: Member, seen: bool) -> Result<(), ServiceError> {
        self.account_of(who.user)?;
        self.write(rows::put(who.user, !seen)?).await?;
        self.presence_input(Input::Hidden(who.user, !seen));
        Ok(())
    }
}
