//! The relay's month: counts what it carries against the budget, keeps the sum over restarts, and
//! tells everybody in a room when to save. The domain's machine decides; start at [`RelayMonth::round`].

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use parlor_data::{Store, nouns::relay_month};
use parlor_domain::{
    budget::{Budget, Effect, Level, MonthUse},
    time::Timestamp,
};

use crate::{
    clock::Clock,
    registry::{Realtime, lock},
    relay_desk::RelayDesk,
};

/// Between two looks at the relay's count: what a crash may leave uncounted, and how late people
/// are told.
const ROUND: Duration = Duration::from_secs(2);

/// How the budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthState {
    /// This month and its bytes.
    pub used: MonthUse,
    /// The budget in bytes; 0 has no limit.
    pub bytes_max: u64,
    /// What people are asked to keep to.
    pub level: Level,
}

/// The month. A cheap handle; clones share it.
#[derive(Clone)]
pub struct RelayMonth(Arc<Inner>);

struct Inner {
    desk: RelayDesk,
    store: Store,
    budget: Mutex<Budget>,
}

impl RelayMonth {
    /// Goes on with the month that was kept, and lets the relay count from there. A sum that cannot
    /// be read begins at zero: too little is counted, and nobody is kept from talking.
    pub fn new(desk: RelayDesk, store: Store, bytes_max: u64, now: Timestamp) -> Self {
        let kept = relay_month::load(&store).unwrap_or_else(|error| {
            tracing::error!(%error, "what was relayed this month could not be read");
            None
        });
        let budget = Budget::new(bytes_max, kept, now);
        desk.count_from(budget.used().bytes);
        desk.set_level(budget.level());
        Self(Arc::new(Inner {
            desk,
            store,
            budget: Mutex::new(budget),
        }))
    }

    /// How the budget stands, as of the last round.
    pub fn state(&self) -> MonthState {
        let budget = lock(&self.0.budget);
        MonthState {
            used: budget.used(),
            bytes_max: budget.bytes_max(),
            level: budget.level(),
        }
    }

    /// Goes round for as long as the runtime lives.
    pub async fn run(self, realtime: Realtime, clock: Arc<dyn Clock>) {
        let mut tick = tokio::time::interval(ROUND);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tick.tick().await;
            self.round(&realtime, clock.now());
        }
    }

    /// Takes the relay's count, and does what follows from it.
    pub fn round(&self, realtime: &Realtime, now: Timestamp) {
        let Some(bytes) = self.0.desk.month_bytes() else {
            return;
        };
        let effects = lock(&self.0.budget).counted(bytes, now);
        for effect in effects {
            match effect {
                Effect::Count(bytes) => self.0.desk.count_from(bytes),
                Effect::Keep(used) => self.keep(used),
                Effect::Tell(level) => {
                    tracing::info!(?level, "the relay's month asks people to keep to this");
                    self.0.desk.set_level(level);
                    realtime.tell_rooms(level);
                }
            }
        }
    }

    fn keep(&self, used: MonthUse) {
        let written = relay_month::put_lazily(used)
            .map_err(|error| error.to_string())
            .and_then(|batch| {
                let written = self.0.store.write_lazy(batch);
                written.map_err(|error| error.to_string())
            });
        if let Err(error) = written {
            tracing::warn!(error, "what was relayed this month was not written");
        }
    }
}
