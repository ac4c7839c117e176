//! How everything is: the checks behind `/health` and systemd's watchdog.
//!
//! One task asks each part every few seconds; `/health` only reads the last answers. The watchdog
//! is fed while the committer and the actors' threads turn: those are what a restart mends. A relay
//! that nobody can reach or a full disk is told, not restarted.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use parlor_actors::{clock::Clock, registry::Realtime};
use parlor_data::Store;
use parlor_domain::time::Timestamp;
use parlor_turn::{RelayControl, SelfTest, selftest::Check};
use parlor_web::health::{Certificate, Probe, Report};
use tokio::time::MissedTickBehavior;

use crate::certificate::{Status, Verdict};

/// Between two rounds of checks.
const ROUND: Duration = Duration::from_secs(5);
/// Rounds between two self-tests of the relay: each allocates and relays.
const RELAY_ROUNDS: u32 = 24;
/// A committer or an arbiter that is silent for longer has stopped.
const SILENCE_MAX: Duration = Duration::from_secs(5);

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
}

#[derive(Clone)]
struct Findings {
    store: Result<(), String>,
    relay: Option<Result<(), String>>,
    actors: Result<(), String>,
}

/// The last answers.
pub struct Watch {
    findings: Mutex<Findings>,
    tested: Mutex<Option<(Timestamp, SelfTest)>>,
    certificate: Arc<Status>,
    clock: Arc<dyn Clock>,
}

impl Probe for Watch {
    fn report(&self) -> Report {
        let found = self
            .findings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let now = self.clock.now();
        let certificate = match self.certificate.verdict(now) {
            Verdict::Off => Certificate::Off,
            Verdict::Well => Certificate::Well,
            Verdict::Ending(_) => Certificate::Expiring,
            Verdict::Failed(words) => Certificate::Failed(words),
        };
        Report::of(now, found.store, found.relay, found.actors, certificate)
    }
}

impl Watch {
    /// Asks everything once, then goes on in the background.
    pub async fn start(parts: Parts, clock: Arc<dyn Clock>) -> Arc<Self> {
        let tested = relay(&parts).await;
        let findings = Findings {
            store: store(&parts),
            relay: tested.as_ref().map(in_a_sentence),
            actors: actors(&parts).await,
        };
        let watch = Arc::new(Self {
            findings: Mutex::new(findings),
            tested: Mutex::new(tested.map(|tested| (clock.now(), tested))),
            certificate: parts.certificate.clone(),
            clock,
        });
        actix_rt::spawn(watch.clone().go_on(parts));
        watch
    }

    async fn go_on(self: Arc<Self>, parts: Parts) {
        let mut tick = tokio::time::interval(ROUND);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        tick.tick().await;
        for round in 1_u32.. {
            tick.tick().await;
            let (store, actors) = (store(&parts), actors(&parts).await);
            let turns = parts.store.stats().committer_silence <= SILENCE_MAX && actors.is_ok();
            if turns && let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
                tracing::debug!(%error, "systemd's watchdog cannot be fed");
            }
            let tested = if round % RELAY_ROUNDS == 0 {
                relay(&parts).await
            } else {
                None
            };
            let found = tested.as_ref().map(in_a_sentence);
            if let Some(tested) = tested {
                let mut last = self.tested.lock().unwrap_or_else(PoisonError::into_inner);
                *last = Some((self.clock.now(), tested));
            }
            self.note(store, found, actors);
        }
    }

    /// What the relay's last self-test found, and when.
    pub fn self_test(&self) -> Option<(Timestamp, SelfTest)> {
        let last = self.tested.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Keeps what was found, and says what changed.
    fn note(
        &self,
        store: Result<(), String>,
        relay: Option<Result<(), String>>,
        actors: Result<(), String>,
    ) {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        let relay = relay.or_else(|| findings.relay.clone());
        for (part, before, now) in [
            ("store", Some(&findings.store), Some(&store)),
            ("relay", findings.relay.as_ref(), relay.as_ref()),
            ("actors", Some(&findings.actors), Some(&actors)),
        ] {
            match (before, now) {
                (before, Some(Err(remedy))) if before != now => tracing::error!(part, "{remedy}"),
                (Some(Err(_)), Some(Ok(()))) => tracing::info!(part, "well again"),
                _ => {}
            }
        }
        *findings = Findings {
            store,
            relay,
            actors,
        };
    }
}

fn store(parts: &Parts) -> Result<(), String> {
    let stats = parts.store.stats();
    if let Some(why) = stats.read_only {
        return Err(format!("the store only reads: {why}"));
    }
    if stats.committer_silence > SILENCE_MAX {
        return Err(format!(
            "the disk has not finished a write for {} s; look at its health and load",
            stats.committer_silence.as_secs()
        ));
    }
    Ok(())
}

async fn relay(parts: &Parts) -> Option<SelfTest> {
    let relay = parts.relay.clone()?;
    // It waits for packets, so it must not wait on a thread that actors run on.
    let tested = tokio::task::spawn_blocking(move || relay.self_test()).await;
    Some(tested.unwrap_or_else(|_| SelfTest {
        checks: vec![Check {
            what: "every listener".into(),
            problem: Some("the self-test ended unexpectedly; this is a bug".into()),
        }],
    }))
}

async fn actors(parts: &Parts) -> Result<(), String> {
    if parts.realtime.answers(SILENCE_MAX).await {
        return Ok(());
    }
    Err("a thread of the actors does not answer; systemd's watchdog will restart the server".into())
}

/// One sentence for the first listener that does not relay.
fn in_a_sentence(tested: &SelfTest) -> Result<(), String> {
    let failed = tested.checks.iter().find_map(|check| {
        let problem = check.problem.as_ref()?;
        Some(format!("the relay on {}: {problem}", check.what))
    });
    failed.map_or(Ok(()), Err)
}
