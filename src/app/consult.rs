//! The doctor beside the running server, for the admin's page: one look at a time, on a thread that
//! serves nobody.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use parlor_actors::ports::PortFuture;
use parlor_domain::time::{Millis, Timestamp};
use parlor_web::rest::doctor::{DoctorReport, DoctorSource, FindingBody, OutsideSeen};

use crate::doctor::{self, Finding, Inside, Seen, Way};

/// Between the end of a look and the next one: some of it asks others' servers.
const PAUSE: Millis = Millis::from_secs(5);

/// Who is asked.
pub struct Consult {
    inside: Arc<Inside>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    busy: bool,
    last: Option<DoctorReport>,
}

impl Consult {
    /// About this server.
    pub fn new(inside: Arc<Inside>) -> Self {
        Self {
            inside,
            state: Arc::default(),
        }
    }
}

impl DoctorSource for Consult {
    fn last(&self) -> Option<DoctorReport> {
        lock(&self.state).last.clone()
    }

    fn look(&self) -> PortFuture<Result<DoctorReport, Millis>> {
        let (inside, state) = (self.inside.clone(), self.state.clone());
        if let Err(wait) = begin(&mut lock(&state), inside.clock.now()) {
            return Box::pin(async move { Err(wait) });
        }
        // Goes on to its end, whether or not who asked still waits.
        let work = tokio::task::spawn_blocking(move || {
            let findings = doctor::inside(&inside);
            let report = DoctorReport {
                at: inside.clock.now().0,
                findings: findings.into_iter().map(body).collect(),
            };
            let mut state = lock(&state);
            state.busy = false;
            state.last = Some(report.clone());
            report
        });
        Box::pin(async move { work.await.map_err(|_| PAUSE) })
    }

    fn open_range(&self) -> Vec<String> {
        doctor::open_range(&self.inside)
    }

    fn outside(&self, seen: OutsideSeen, from: Option<IpAddr>) -> Vec<FindingBody> {
        let now = self.inside.clock.now();
        let ways = seen.ways.into_iter().map(|way| Way {
            url: way.url,
            arrived: way.arrived,
            code: way.code,
        });
        let findings = doctor::outside(
            &self.inside,
            Seen {
                at_ms: now.0,
                ahead_s: now.0.saturating_sub(seen.clock) / 1_000,
                origin: seen.origin,
                inside: from.is_none_or(doctor::is_near),
                ways: ways.collect(),
            },
        );
        findings.into_iter().map(body).collect()
    }
}

/// Takes the one place; or how long to wait for it.
fn begin(state: &mut State, now: Timestamp) -> Result<(), Millis> {
    let ended = state.last.as_ref().map(|it| Timestamp(it.at));
    match ended {
        _ if state.busy => Err(PAUSE),
        Some(ended) if now < ended + PAUSE => Err((ended + PAUSE).since(now)),
        _ => {
            state.busy = true;
            Ok(())
        }
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As a page reads it.
pub(super) fn body(it: Finding) -> FindingBody {
    FindingBody {
        check: it.check.word().into(),
        verdict: it.verdict().word().into(),
        code: it.says.code().into(),
        saw: it.saw(),
        remedy: it.remedy(),
        about: it.about,
        with: it
            .with
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        commands: it.commands,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_at_a_time_and_a_pause_between_two() {
        let mut state = State::default();
        assert_eq!(begin(&mut state, Timestamp(0)), Ok(()));
        assert_eq!(begin(&mut state, Timestamp(1)), Err(PAUSE));
        state.busy = false;
        state.last = Some(DoctorReport {
            at: 10,
            findings: vec![],
        });
        assert_eq!(begin(&mut state, Timestamp(11)), Err(Millis(4_999)));
        assert_eq!(begin(&mut state, Timestamp(5_010)), Ok(()));
    }
}
