//! The numbers of the server, hour by hour: looks at the counters once a minute and keeps them, so
//! that plots survive a restart. The domain's clockwork decides what belongs to which hour; start at
//! [`Numbers::round`].

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use parlor_data::{Store, nouns::number};
use parlor_domain::{
    numbers::{Clockwork, Reading},
    time::{Millis, Timestamp},
};

use crate::{clock::Clock, registry::lock};

/// Between two looks: what a crash may leave uncounted.
const ROUND: Duration = Duration::from_secs(60);
/// How long an hour is kept.
pub const KEPT: Millis = Millis::from_days(400);
/// Hours removed in one round.
const REMOVED_MAX: usize = 100;

/// Where the counters are read: implemented by the roof, which knows all parts.
pub trait Counters: Send + Sync {
    /// What they say now.
    fn read(&self) -> Reading;
}

/// The numbers. A cheap handle; clones share it.
#[derive(Clone)]
pub struct Numbers(Arc<Inner>);

struct Inner {
    store: Store,
    counters: Arc<dyn Counters>,
    clockwork: Mutex<Clockwork>,
}

impl Numbers {
    /// Goes on with the hour that was kept. One that cannot be read begins anew.
    pub fn new(store: Store, counters: Arc<dyn Counters>, now: Timestamp) -> Self {
        let kept = number::last(&store, now + Millis(1)).unwrap_or_else(|error| {
            tracing::error!(%error, "the numbers of this hour could not be read");
            None
        });
        Self(Arc::new(Inner {
            store,
            counters,
            clockwork: Mutex::new(Clockwork::new(kept, now)),
        }))
    }

    /// Goes round for as long as the runtime lives.
    pub async fn run(self, clock: Arc<dyn Clock>) {
        let mut tick = tokio::time::interval(ROUND);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tick.tick().await;
            self.round(clock.now());
            self.forget(clock.now()).await;
        }
    }

    /// Looks at the counters, and keeps what they say.
    pub fn round(&self, now: Timestamp) {
        let hour = lock(&self.0.clockwork).look(self.0.counters.read(), now);
        let written = number::put_lazily(&hour)
            .map_err(|error| error.to_string())
            .and_then(|batch| {
                let written = self.0.store.write_lazy(batch);
                written.map_err(|error| error.to_string())
            });
        if let Err(error) = written {
            tracing::warn!(error, "the numbers of this hour were not written");
        }
    }

    /// Removes hours that are too old to be shown.
    async fn forget(&self, now: Timestamp) {
        match number::sweep(&self.0.store, now - KEPT, REMOVED_MAX) {
            Ok((_, 0)) => {}
            Ok((batch, _)) => {
                if let Err(error) = self.0.store.write(batch).await {
                    tracing::warn!(%error, "old numbers were not removed");
                }
            }
            Err(error) => tracing::warn!(%error, "old numbers could not be read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Calls(AtomicU64);

    impl Counters for Calls {
        fn read(&self) -> Reading {
            Reading {
                started: self.0.load(Ordering::Relaxed),
                ..Reading::default()
            }
        }
    }

    #[actix::test]
    async fn a_restart_in_the_middle_of_an_hour_loses_no_call_of_it() {
        let store = Store::in_memory();
        let hours = || {
            let all = number::load(&store, Timestamp::MIN, Timestamp::MAX, 9).unwrap();
            all.iter()
                .map(|it| (it.at.0, it.started))
                .collect::<Vec<_>>()
        };
        let at = |minutes: i64| Timestamp(minutes * 60_000);
        let calls = Arc::new(Calls::default());
        calls.0.store(4, Ordering::Relaxed);
        Numbers::new(store.clone(), calls, at(1)).round(at(2));
        let calls = Arc::new(Calls::default());
        let again = Numbers::new(store.clone(), calls.clone(), at(30));
        calls.0.store(3, Ordering::Relaxed);
        again.round(at(31));
        again.round(at(59));
        assert_eq!(hours(), [(0, 7)]);
        again.round(at(60));
        assert_eq!(hours(), [(0, 7), (3_600_000, 0)]);
        again.forget(at(60) + KEPT).await;
        assert_eq!(hours(), [(3_600_000, 0)], "the ring is bounded");
    }
}
