//! Stopping: everybody is told in batches, so that they do not all come back in the same moment.

use std::{sync::atomic::Ordering, time::Duration};

use super::Realtime;
use crate::session::UserMsg;

/// Users told at once.
const BATCH_USERS: usize = 500;
/// Time between two batches when there is enough of it.
const BATCH_PAUSE: Duration = Duration::from_millis(200);
/// Time for the last close frames to leave.
const LINGER: Duration = Duration::from_millis(250);

impl Realtime {
    /// Refuses new sockets, tells every socket `server-draining`, closes it with 1012, and returns
    /// when all are told or `deadline` has passed. Seats and calls stay as they are: they are
    /// brought back at the next start.
    pub async fn drain(&self, deadline: Duration) {
        self.hub.draining.store(true, Ordering::Release);
        let users = self.hub.users.keys();
        let batches = users.len().div_ceil(BATCH_USERS).max(1);
        let share = deadline.saturating_sub(LINGER) / u32::try_from(batches).unwrap_or(u32::MAX);
        let pause = BATCH_PAUSE.min(share);
        for batch in users.chunks(BATCH_USERS) {
            for user in batch {
                self.hub.to_living_user(*user, UserMsg::Drain);
            }
            if batches > 1 {
                tokio::time::sleep(pause).await;
            }
        }
        if !users.is_empty() {
            tokio::time::sleep(LINGER.min(deadline)).await;
        }
    }
}
