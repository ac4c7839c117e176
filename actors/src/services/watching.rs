//! Who looks at a host's free times, and hears when they change (R070, R071). Whoever asks for
//! them with a login looks for a while; asking again goes on looking.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use parlor_domain::{
    event::Event,
    id::UserId,
    time::{Millis, Timestamp},
};

use super::Services;

/// How long one question looks.
pub const LOOKS_FOR: Millis = Millis::from_mins(10);
/// Most who look at one host; the one who has looked longest without asking again makes room.
const LOOKERS_MAX: usize = 500;
/// Most hosts that are looked at.
const HOSTS_MAX: usize = 2_000;

/// Until when who looks at whom.
#[derive(Default)]
pub(super) struct Watching(Mutex<HashMap<UserId, HashMap<UserId, Timestamp>>>);

impl Watching {
    fn look(&self, host: UserId, who: UserId, now: Timestamp) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_MAX && !hosts.contains_key(&host) {
            hosts.retain(|_, all| all.values().any(|until| *until > now));
            if hosts.len() >= HOSTS_MAX {
                return;
            }
        }
        let all = hosts.entry(host).or_default();
        if all.len() >= LOOKERS_MAX && !all.contains_key(&who) {
            all.retain(|_, until| *until > now);
            let oldest = all.iter().min_by_key(|(_, until)| **until).map(|it| *it.0);
            if let Some(oldest) = oldest.filter(|_| all.len() >= LOOKERS_MAX) {
                all.remove(&oldest);
            }
        }
        all.insert(who, now + LOOKS_FOR);
    }

    fn lookers(&self, host: UserId, now: Timestamp) -> Vec<UserId> {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = hosts.get(&host).into_iter().flatten();
        let now = all.filter(|(_, until)| **until > now);
        now.map(|(who, _)| *who).collect()
    }
}

impl Services {
    /// This person looks at a host's free times for the next ten minutes; gives their end.
    pub fn watch_slots(&self, who: UserId, host: UserId) -> Timestamp {
        let now = self.now();
        self.0.watching.look(host, who, now);
        now + LOOKS_FOR
    }

    /// Everybody who looks at a host's free times learns that they are others now; so does the host.
    pub(super) fn tell_slots(&self, host: UserId) {
        let now = self.now();
        let mut all = self.0.watching.lookers(host, now);
        all.retain(|who| *who != host);
        for who in all.into_iter().chain([host]) {
            let event = Event::SlotsChanged { host, at: now };
            self.reach(|reach| reach.tell(who, event));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn looking_ends_by_itself_and_has_a_bound() {
        let user = |n| UserId(Uuid::from_u128(n));
        let watching = Watching::default();
        watching.look(user(1), user(10), Timestamp(0));
        watching.look(user(1), user(11), Timestamp(5));
        assert_eq!(watching.lookers(user(1), Timestamp(6)).len(), 2);
        let later = Timestamp(0) + LOOKS_FOR;
        assert_eq!(watching.lookers(user(1), later), [user(11)]);
        assert_eq!(watching.lookers(user(2), Timestamp(0)), []);
        for n in 0..600 {
            watching.look(user(1), user(100 + n), Timestamp(7));
        }
        assert_eq!(watching.lookers(user(1), Timestamp(8)).len(), LOOKERS_MAX);
    }
}
