//! The bound on what is kept for replays, all sessions together. When it is full, the session that
//! has been lost for longest is given up first: a living one acknowledges soon.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use parlor_domain::id::{SessionId, UserId};

use super::lock;

/// Most lost sessions that are remembered in order; beyond it the oldest just expires by time.
const LOST_MAX: usize = 65_536;

/// The budget.
pub struct ReplayBudget {
    used: AtomicUsize,
    most: usize,
    lost: Mutex<VecDeque<(UserId, SessionId)>>,
}

impl ReplayBudget {
    /// Nothing used of `most` bytes.
    pub fn new(most: usize) -> Self {
        Self {
            used: AtomicUsize::new(0),
            most,
            lost: Mutex::default(),
        }
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// One user's sessions keep `now` bytes instead of `before`.
    pub fn change(&self, before: usize, now: usize) {
        if now >= before {
            self.used.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.used.fetch_sub(before - now, Ordering::Relaxed);
        }
    }

    /// A session was lost; it is a candidate.
    pub fn lost(&self, user: UserId, session: SessionId) {
        let mut lost = lock(&self.lost);
        if lost.len() >= LOST_MAX {
            lost.pop_front();
        }
        lost.push_back((user, session));
    }

    /// Whom to give up now, if the budget is over. The caller tells that session; one that came
    /// back meanwhile ignores it.
    pub fn over(&self) -> Option<(UserId, SessionId)> {
        (self.used() > self.most)
            .then(|| lock(&self.lost).pop_front())
            .flatten()
    }
}
