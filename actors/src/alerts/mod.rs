//! The ways to the operator: a Discord channel, a webhook of theirs, a mail, and the ping of a monitor
//! that raises the alarm when it stays away.
//!
//! Each way has a lane: a bounded queue and one worker, which carries one notice after the other and
//! tries again when it was not taken. Nothing here goes through the store or its outbox, because the
//! store may be what the notice is about. What is told, and when, is decided in `domain::alert`.
//!
//! Must never log an address of a way: a webhook's address is its secret.

mod discord;
mod http;
mod lane;
mod mail;
#[cfg(test)]
mod tests;
mod webhook;
mod words;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parlor_domain::{alert::Notice, time::Millis};
use tokio::sync::Notify;
use uuid::Uuid;

pub use discord::Discord;
pub use http::Knock;
pub use mail::AlertMail;
pub use webhook::Webhook;

use self::lane::Lane;
use crate::ports::PortFuture;

/// A test waits for each way no longer.
const TEST_WAIT: Duration = Duration::from_secs(8);

/// A notice on its way.
#[derive(Debug)]
pub struct Parcel {
    /// The same for every try and every way.
    pub id: Uuid,
    /// What it says; a test says nothing.
    pub notice: Notice,
    /// The address that people see, to tell servers apart.
    pub site: String,
    /// Ways that have neither taken it nor given it up; 0 as soon as one took it.
    open: AtomicUsize,
}

impl Parcel {
    /// Whether it only tries the ways out.
    pub fn is_test(&self) -> bool {
        self.notice.lines.is_empty()
    }

    /// Whether nothing depends on it any more: one way took it, or all gave it up.
    pub fn is_settled(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    fn taken(&self) {
        self.open.store(0, Ordering::Release);
    }

    fn given_up(&self) {
        let less = |open: usize| open.checked_sub(1);
        let _ = self
            .open
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is the other side's now.
    Taken,
    /// Not now: why, in words without an address, and how long the other side wants to wait.
    Later(String, Option<Millis>),
    /// Never: why.
    Never(String),
}

/// One way to the operator.
pub trait Channel: Send + Sync {
    /// Its word in logs and metrics.
    fn name(&self) -> &'static str;
    /// Tries once. Always answers, in a bounded time.
    fn send(&self, parcel: Arc<Parcel>) -> PortFuture<Answer>;
}

/// All ways. A cheap handle; clones share it.
#[derive(Clone)]
pub struct AlertDesk(Arc<Desk>);

struct Desk {
    site: String,
    channels: Vec<Arc<dyn Channel>>,
    lanes: Vec<Lane>,
    settled: Arc<Notify>,
}

impl AlertDesk {
    /// Starts a worker for each way, on this thread's runtime. `site` is the address that people see.
    pub fn start(site: &str, channels: Vec<Arc<dyn Channel>>) -> Self {
        let settled = Arc::<Notify>::default();
        let lane = |it: &Arc<dyn Channel>| Lane::start(it.clone(), settled.clone());
        Self(Arc::new(Desk {
            site: site.to_owned(),
            lanes: channels.iter().map(lane).collect(),
            channels,
            settled,
        }))
    }

    fn parcel(&self, notice: Notice) -> Arc<Parcel> {
        Arc::new(Parcel {
            id: Uuid::now_v7(),
            notice,
            site: self.0.site.clone(),
            open: AtomicUsize::new(self.0.lanes.len()),
        })
    }

    /// Hands a notice to every way, and gives it back to be looked at.
    pub fn send(&self, notice: Notice) -> Arc<Parcel> {
        let parcel = self.parcel(notice);
        for lane in &self.0.lanes {
            lane.push(parcel.clone());
        }
        parcel
    }

    /// Whether nobody is told anything.
    pub fn has_no_way(&self) -> bool {
        self.0.channels.is_empty()
    }

    /// Ends when some notice was settled since the last call.
    pub async fn settled(&self) {
        self.0.settled.notified().await;
    }

    /// Sends one notice by every way at once, past the queues, and says what each answered.
    pub async fn test(&self, notice: Notice) -> Vec<(&'static str, Answer)> {
        let parcel = self.parcel(notice);
        let tries = self.0.channels.iter().map(|channel| {
            let sending = channel.send(parcel.clone());
            async {
                let answer = tokio::time::timeout(TEST_WAIT, sending).await;
                let late = || Answer::Later(format!("no answer within {TEST_WAIT:?}"), None);
                (channel.name(), answer.unwrap_or_else(|_| late()))
            }
        });
        futures_util::future::join_all(tries).await
    }

    /// What became of tries since the start: way, outcome (`sent`, `retried`, `given_up`, `left_out`
    /// because the queue was full), count.
    pub fn counted(&self) -> Vec<((&'static str, &'static str), u64)> {
        self.0.lanes.iter().flat_map(Lane::counted).collect()
    }

    /// Notices that wait, by way.
    pub fn waiting(&self) -> Vec<(&'static str, usize)> {
        let lanes = self.0.lanes.iter();
        lanes.map(|it| (it.name(), it.waiting())).collect()
    }
}
