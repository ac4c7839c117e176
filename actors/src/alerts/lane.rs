//! One way's queue and worker: in order, one at a time, again when it was not taken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parlor_domain::alert::retry;
use tokio::sync::{
    Notify,
    mpsc::{self, Receiver, Sender},
};

use super::{Answer, Channel, Parcel};

/// Notices that may wait. More than a day of them: what comes then is left out.
const QUEUE_MAX: usize = 256;

/// What may become of a try or of a notice.
const OUTCOMES: [&str; 4] = ["sent", "retried", "given_up", "left_out"];

#[derive(Default)]
struct Counters {
    outcomes: [AtomicU64; OUTCOMES.len()],
    waiting: AtomicUsize,
}

impl Counters {
    fn count(&self, outcome: usize) {
        self.outcomes[outcome].fetch_add(1, Ordering::Relaxed);
    }
}

/// The lane.
pub(super) struct Lane {
    name: &'static str,
    queue: Sender<Arc<Parcel>>,
    counters: Arc<Counters>,
    settled: Arc<Notify>,
}

impl Lane {
    pub fn start(channel: Arc<dyn Channel>, settled: Arc<Notify>) -> Self {
        let (queue, parcels) = mpsc::channel(QUEUE_MAX);
        let counters = Arc::<Counters>::default();
        let lane = Self {
            name: channel.name(),
            queue,
            counters: counters.clone(),
            settled: settled.clone(),
        };
        actix_rt::spawn(work(channel, parcels, counters, settled));
        lane
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn push(&self, parcel: Arc<Parcel>) {
        self.counters.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(full) = self.queue.try_send(parcel) {
            self.counters.waiting.fetch_sub(1, Ordering::Relaxed);
            self.counters.count(3);
            full.into_inner().given_up();
            self.settled.notify_one();
            tracing::error!(way = self.name, "an alert is left out: too many wait");
        }
    }

    pub fn waiting(&self) -> usize {
        self.counters.waiting.load(Ordering::Relaxed)
    }

    pub fn counted(&self) -> impl Iterator<Item = ((&'static str, &'static str), u64)> + '_ {
        let counts = self.counters.outcomes.iter();
        let counts = counts.map(|it| it.load(Ordering::Relaxed));
        OUTCOMES.iter().map(|it| (self.name, *it)).zip(counts)
    }
}

/// Ends with the desk that fills the queue.
async fn work(
    channel: Arc<dyn Channel>,
    mut parcels: Receiver<Arc<Parcel>>,
    counters: Arc<Counters>,
    settled: Arc<Notify>,
) {
    while let Some(parcel) = parcels.recv().await {
        match carry(channel.as_ref(), &parcel, &counters).await {
            true => parcel.taken(),
            false => parcel.given_up(),
        }
        counters.waiting.fetch_sub(1, Ordering::Relaxed);
        settled.notify_one();
    }
}

/// Until it was taken or is given up.
async fn carry(channel: &dyn Channel, parcel: &Arc<Parcel>, counters: &Counters) -> bool {
    let way = channel.name();
    for tries in 1.. {
        let (why, wait) = match channel.send(parcel.clone()).await {
            Answer::Taken => {
                counters.count(0);
                return true;
            }
            Answer::Later(why, asked) => (why, retry::wait(tries, asked)),
            Answer::Never(why) => (why, None),
        };
        let Some(wait) = wait else {
            counters.count(2);
            tracing::error!(way, why, tries, "an alert is given up");
            return false;
        };
        counters.count(1);
        tracing::warn!(way, why, tries, "an alert was not taken; it is tried again");
        tokio::time::sleep(Duration::from_millis(wait.0.unsigned_abs())).await;
    }
    false
}
