//! How everything is: the looks behind `/health`, the operator's alerts and systemd's watchdog.
//!
//! One task looks at each part, at its own pace, and keeps what it saw; whoever asks reads that. How
//! bad something is, is decided in `looks`, once for all who ask. The watchdog is fed while the
//! committer and the actors' threads turn: those are what a restart mends. A relay that nobody can
//! reach or a full disk is told, not restarted.

mod looks;
mod tell;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_actors::{
    call_book::CallBook, clock::Clock, registry::Realtime, relay_month::RelayMonth,
    services::Services,
};
use parlor_data::Store;
use parlor_domain::{
    alert::{Seen, Severity, Topic},
    time::Timestamp,
};
use parlor_turn::{RelayControl, SelfTest};
use parlor_web::health::{self, Part, Probe, Report};
use tokio::time::MissedTickBehavior;

use self::looks::Looks;
pub use self::{
    looks::Bounds,
    tell::{Monitor, Teller},
};
use crate::{certificate::Status, doctor::Looked};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(5);
/// Rounds between two self-tests of the relay: each allocates and relays.
const RELAY_ROUNDS: u32 = 24;
/// Rounds between two looks at what changes slowly or costs a scan.
const SLOW_ROUNDS: u32 = 12;

/// The parts that are watched.
#[derive(Clone)]
pub struct Parts {
    /// The store.
    pub store: Store,
    /// The relay, unless it is switched off.
    pub relay: Option<RelayControl>,
    /// The actors.
    pub realtime: Realtime,
    /// The certificate.
    pub certificate: Arc<Status>,
    /// Mails, books, payments.
    pub services: Services,
    /// Calls.
    pub book: CallBook,
    /// The relay's month.
    pub month: RelayMonth,
    /// What is worth a word.
    pub bounds: Bounds,
    /// The process before this one ended without a stop.
    pub cut_off: bool,
    /// What the doctor found when it was last asked.
    pub looked: Looked,
}

/// The last answers.
pub struct Watch {
    /// Topics that the configuration does not want are not in it.
    seen: Mutex<BTreeMap<Topic, Seen>>,
    tested: Mutex<Option<(Timestamp, SelfTest)>>,
    certificate: Arc<Status>,
    looked: Looked,
    clock: Arc<dyn Clock>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Probe for Watch {
    fn report(&self) -> Report {
        let seen = self.seen();
        let part = |topic: Topic| match seen.get(&topic) {
            None => Part::Off,
            Some(Seen::Well) => Part::Well,
            Some(Seen::Bad(Severity::Error, words)) if topic.is_vital() => {
                Part::Failed(words.clone())
            }
            Some(Seen::Bad(_, words)) => Part::Warning(format!("{}: {words}", topic.title())),
        };
        let others = [Topic::Calls, Topic::Traffic, Topic::Payments, Topic::Faults];
        let others = others.into_iter().filter_map(|topic| match part(topic) {
            Part::Warning(words) => Some(words),
            _ => None,
        });
        let parts = health::Parts {
            database: part(Topic::Store),
            turn: part(Topic::Relay),
            websocket: part(Topic::Actors),
            certificate: part(Topic::Certificate),
            disk: part(Topic::Disk),
            mail: part(Topic::Mail),
            backup: part(Topic::Backup),
            ledger: part(Topic::Books),
            others: others.collect(),
        };
        Report::of(self.clock.now(), parts)
    }
}

impl Watch {
    /// Looks at everything once, then goes on in the background.
    pub async fn start(parts: Parts, clock: Arc<dyn Clock>) -> Arc<Self> {
        let watch = Arc::new(Self {
            seen: Mutex::default(),
            tested: Mutex::default(),
            certificate: parts.certificate.clone(),
            looked: parts.looked.clone(),
            clock: clock.clone(),
        });
        let mut looks = Looks::new(parts, clock.now());
        watch.look(&mut looks, 0).await;
        actix_rt::spawn(watch.clone().go_on(looks));
        watch
    }

    async fn go_on(self: Arc<Self>, mut looks: Looks) {
        let mut tick = tokio::time::interval(ROUND);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        tick.tick().await;
        for round in 1_u32.. {
            tick.tick().await;
            let turns = self.look(&mut looks, round).await;
            if turns && let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
                tracing::debug!(%error, "systemd's watchdog cannot be fed");
            }
        }
    }

    /// One round; whether committer and actors turn.
    async fn look(&self, looks: &mut Looks, round: u32) -> bool {
        let now = self.clock.now();
        let mut seen = looks.often(now).await;
        if round.is_multiple_of(SLOW_ROUNDS) {
            seen.extend(looks.slowly(now).await);
        }
        if round.is_multiple_of(RELAY_ROUNDS)
            && let Some(tested) = looks.relay().await
        {
            seen.push((Topic::Relay, looks::in_a_sentence(&tested)));
            *lock(&self.tested) = Some((now, tested));
        }
        self.note(seen);
        looks.turns()
    }

    /// What was seen last. A topic that the configuration does not want is not in it.
    pub fn seen(&self) -> BTreeMap<Topic, Seen> {
        let mut seen = lock(&self.seen).clone();
        // A certificate that came this moment is good this moment.
        let certificate = looks::certificate(&self.certificate, self.clock.now());
        seen.extend(certificate.map(|it| (Topic::Certificate, it)));
        // What the doctor was told elsewhere, where nothing worse is seen.
        let well = seen.get(&Topic::Relay).is_some_and(|it| *it == Seen::Well);
        let told = looks::told_address(&self.looked).filter(|_| well);
        seen.extend(told.map(|it| (Topic::Relay, it)));
        seen
    }

    /// What the relay's last self-test found, and when.
    pub fn self_test(&self) -> Option<(Timestamp, SelfTest)> {
        lock(&self.tested).clone()
    }

    /// Keeps what was found, and says what changed.
    fn note(&self, found: Vec<(Topic, Seen)>) {
        let mut all = lock(&self.seen);
        for (topic, now) in found {
            let part = topic.word();
            let before = all.insert(topic, now.clone());
            match (before, now) {
                (before, now) if before.as_ref() == Some(&now) => {}
                (_, Seen::Bad(Severity::Error, words)) => tracing::error!(part, "{words}"),
                (Some(Seen::Bad(..)), Seen::Bad(..)) => {}
                (_, Seen::Bad(_, words)) => tracing::warn!(part, "{words}"),
                (Some(Seen::Bad(..)), Seen::Well) => tracing::info!(part, "well again"),
                (_, Seen::Well) => {}
            }
        }
    }
}
