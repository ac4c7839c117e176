//! The end of connections at a stop: who waits for nothing leaves at once, who waits for an answer gets it.
//!
//! A browser keeps connections open for later, and the workers below count them as work: without a
//! word to them a stop lasts as long as it may. Sockets are told elsewhere (the actors' drain).

use std::{sync::Arc, time::Duration};

use actix_server::ServerHandle;
use tokio::sync::watch;

/// Longest wait for answers that are on their way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells all connections of the doors that it is over, and knows how many there are.
#[derive(Clone)]
pub struct Leaving(Arc<State>);

struct State {
    told: watch::Sender<bool>,
    inside: watch::Sender<usize>,
}

/// One connection, as long as it lasts.
pub struct Inside(Arc<State>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.send_modify(|count| *count -= 1);
    }
}

impl Leaving {
    pub(crate) fn new() -> Self {
        Self(Arc::new(State {
            told: watch::Sender::new(false),
            inside: watch::Sender::new(0),
        }))
    }

    /// Counts one more, until what this gives is dropped.
    pub(crate) fn enter(&self) -> Inside {
        self.0.inside.send_modify(|count| *count += 1);
        Inside(self.0.clone())
    }

    /// Comes back when connections that wait for nothing are to close.
    pub(crate) async fn told(self) {
        // The sender lives in what this holds.
        let _ = self.0.told.subscribe().wait_for(|told| *told).await;
    }

    /// Tells all; gives how many did not leave in time.
    async fn tell(&self, patience: Duration) -> usize {
        self.0.told.send_replace(true);
        let mut inside = self.0.inside.subscribe();
        let empty = inside.wait_for(|count| *count == 0);
        drop(tokio::time::timeout(patience, empty).await);
        *self.0.inside.borrow()
    }
}

/// Closes the doors.
pub struct Closing {
    pub(crate) handle: ServerHandle,
    pub(crate) leaving: Leaving,
}

impl Closing {
    /// Takes nobody in any more; who is inside goes on.
    pub async fn refuse(&self) {
        self.handle.pause().await;
    }

    /// Ends all connections, and the workers. An answer that is on its way has five seconds.
    pub async fn close(&self) {
        self.refuse().await;
        let left = self.leaving.tell(PATIENCE).await;
        if left > 0 {
            tracing::warn!(left, "connections were cut: their answers took too long");
        }
        // Workers look once a second whether a connection is left, so they are asked when none is.
        self.handle.stop(left == 0).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn everybody_is_told_and_who_stays_is_counted() {
        let leaving = Leaving::new();
        let (quick, slow) = (leaving.enter(), leaving.enter());
        let told = leaving.clone().told();
        actix_web::rt::spawn(async move {
            told.await;
            drop(quick);
        });
        assert_eq!(leaving.tell(Duration::from_millis(50)).await, 1);
        // Who comes too late is told, too.
        leaving.clone().told().await;
        drop(slow);
        assert_eq!(leaving.tell(PATIENCE).await, 0);
    }
}
