//! Tells the operator what the watch saw: runs the machine of `domain::alert`, hands its notices to the
//! ways, keeps what was told, and pings the monitor that raises the alarm when nobody pings it.
//!
//! What was told is written down only once somebody has it. So a restart in between tells it again,
//! which is better than never.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parlor_actors::{
    alerts::{AlertDesk, Answer, Knock, Parcel},
    clock::Clock,
};
use parlor_data::{Store, nouns::alert};
use parlor_domain::{
    alert::{Alerts, News, Notice, Rules, Told, ping::Ping},
    time::Millis,
};
use parlor_web::health::Probe;
use tokio::time::MissedTickBehavior;

use super::Watch;

/// Between two looks at what was seen.
const ROUND: Duration = Duration::from_secs(2);

/// Whom to ping, and how often.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// Its address.
    pub url: String,
    /// Between two pings.
    pub every: Millis,
}

/// Who tells.
pub struct Teller {
    /// The ways.
    pub desk: AlertDesk,
    /// What was seen.
    pub watch: Arc<Watch>,
    /// Where it is kept what was told.
    pub store: Store,
    /// How patient the operator is.
    pub rules: Rules,
    /// The monitor elsewhere, if there is one.
    pub monitor: Option<Monitor>,
    /// Pings that were answered and that were not.
    pub pings: Arc<[AtomicU64; 2]>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Teller {
    /// Goes on for as long as the runtime lives.
    pub async fn run(self) {
        let told = alert::told(&self.store).unwrap_or_else(|error| {
            tracing::warn!(%error, "it is not known what the operator was told before");
            Vec::new()
        });
        let mut alerts = Alerts::new(self.rules, told);
        let mut unsaved: Option<(Vec<Told>, Arc<Parcel>)> = None;
        if let Some(monitor) = self.monitor.clone() {
            let ping = Ping::new(monitor.every, self.clock.now());
            let (watch, clock) = (self.watch.clone(), self.clock.clone());
            actix_rt::spawn(go_on_pinging(
                monitor,
                ping,
                watch,
                clock,
                self.pings.clone(),
            ));
        }
        let mut tick = tokio::time::interval(ROUND);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.desk.settled() => {}
            }
            let seen = self.watch.seen().into_iter().collect();
            if let Some(notice) = alerts.handle(seen, self.clock.now()) {
                log(&notice);
                unsaved = Some((alerts.told(), self.desk.send(notice)));
            }
            let settled = unsaved.as_ref().is_some_and(|(_, it)| it.is_settled());
            if settled
                && let Some((told, _)) = &unsaved
                && self.keep(told).await
            {
                // From here on nobody is told the same once more, whatever ends this process.
                for it in told {
                    let topic = it.topic.word();
                    tracing::debug!(target: "alert", topic, "it is on disk that this was told");
                }
                unsaved = None;
            }
        }
    }

    /// Where nobody is told anything, nothing is known; a store that takes no writes is asked again.
    async fn keep(&self, told: &[Told]) -> bool {
        if self.desk.has_no_way() {
            return true;
        }
        let Ok(batch) = alert::keep(told) else {
            return true;
        };
        self.store.write(batch).await.is_ok()
    }
}

/// The log has every notice, whoever else gets it.
fn log(notice: &Notice) {
    for line in &notice.lines {
        let (topic, severity) = (line.topic.word(), line.severity.word());
        match line.news {
            News::Recovered => {
                tracing::info!(target: "alert", topic, severity, "{}", line.text);
            }
            News::Raised | News::Still => {
                tracing::warn!(target: "alert", topic, severity, "{}", line.text);
            }
        }
    }
}

async fn go_on_pinging(
    monitor: Monitor,
    mut ping: Ping,
    watch: Arc<Watch>,
    clock: Arc<dyn Clock>,
    pings: Arc<[AtomicU64; 2]>,
) {
    let knock = Knock::default();
    let mut tick = tokio::time::interval(ROUND);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tick.tick().await;
        let well = watch.report().problems.is_empty();
        if !ping.is_due(well, clock.now()) {
            continue;
        }
        let answer = knock.get(monitor.url.clone()).await;
        let answered = answer == Answer::Taken;
        if let Answer::Later(why, _) | Answer::Never(why) = answer {
            tracing::warn!(why, "the monitor did not take the ping; it is tried again");
        }
        pings[usize::from(!answered)].fetch_add(1, Ordering::Relaxed);
        ping.asked(answered, clock.now());
    }
}
