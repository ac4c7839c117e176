//! The audit log: every attempt to reach something, also refused ones, in one chain. (Not the proof of the
//! *books*, which is `books_proof`.)
//!
//! ```text
//! services.record(Attempt::new(Action::Login, now).by(&who).from(address));          // never waits
//! services.record_first(attempt).await?;   // on the disk before what it is about happens
//! ```
//!
//! One thread writes ([`writer`]). What is handed over waits in a queue of [`QUEUE_MAX`], and as many again
//! while the disk takes nothing; nobody waits for it. When that is full (a full disk, a flood) an attempt is counted
//! instead, and the first thing that is written when there is room again is a record that says how many
//! are missing and from when to when. Equal refusals within a minute are one record with a number. A start
//! after a stop that was not in order says so, because what waited in memory then is lost.
//!
//! Must never be gone around: nobody else appends. Must never hold up who is recorded, except
//! [`Services::record_first`].

mod folds;
mod search;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
    mpsc::{SyncSender, TrySendError, sync_channel},
};

use parlor_data::{Store, nouns::audit as rows};
use parlor_domain::{
    account::Email,
    audit::{Action, Attempt, Who},
    id::UserId,
    time::Timestamp,
};
use tokio::sync::oneshot;

pub use search::{AuditPage, AuditState};

use super::{ServiceError, Services};
use crate::clock::Clock;

/// Attempts that wait for the disk.
pub const QUEUE_MAX: usize = 4_096;

/// What the thread is asked.
enum Job {
    /// Write it when there is time. The address that somebody tried to log in with names the account.
    Record(Box<Attempt>, Option<Email>),
    /// Write it now, or say that it cannot be.
    First(Box<Attempt>, oneshot::Sender<Result<(), ServiceError>>),
    /// Say when everything before this is written, also what is only counted so far.
    Settle(oneshot::Sender<Result<(), ServiceError>>),
    /// Remove records that are older than this.
    Purge(Timestamp, oneshot::Sender<Result<usize, ServiceError>>),
    /// Forget the addresses beside them.
    ForgetAddresses(Timestamp, oneshot::Sender<Result<usize, ServiceError>>),
    /// Forget what is personal beside somebody's records.
    Forget(UserId, oneshot::Sender<Result<usize, ServiceError>>),
    /// Write what waits and take nothing more.
    Close(oneshot::Sender<Result<(), ServiceError>>),
}

/// Attempts that found no place.
#[derive(Clone, Copy)]
struct Gap {
    count: u64,
    from: Timestamp,
    to: Timestamp,
}

struct Shared {
    store: Store,
    clock: Arc<dyn Clock>,
    queue: SyncSender<Job>,
    gap: Mutex<Option<Gap>>,
    recorded: AtomicU64,
    missed: AtomicU64,
}

impl Shared {
    /// One more found no place.
    fn miss(&self, at: Timestamp) {
        let first = self.missed.fetch_add(1, Ordering::Relaxed) == 0;
        if first {
            tracing::warn!("attempts to reach something cannot be recorded as fast as they come");
        }
        let mut gap = self.gap.lock().unwrap_or_else(PoisonError::into_inner);
        let known = gap.get_or_insert(Gap {
            count: 0,
            from: at,
            to: at,
        });
        known.count += 1;
        known.from = known.from.min(at);
        known.to = known.to.max(at);
    }
}

/// What the log did since the start; for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditCounts {
    /// Records written.
    pub recorded: u64,
    /// Attempts that found no place, and were only counted.
    pub missed: u64,
}

/// The log's handle. Cheap; clones share everything.
#[derive(Clone)]
pub struct AuditLog(Arc<Shared>);

impl AuditLog {
    /// The writer of this store's log. There must be one only. Its thread ends with the last handle.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let shared = Arc::new(Shared {
            store,
            clock,
            queue,
            gap: Mutex::default(),
            recorded: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        });
        let weak = Arc::downgrade(&shared);
        let spawned = std::thread::Builder::new()
            .name("parlor-audit".into())
            .spawn(move || writer::run(&jobs, &weak));
        if let Err(error) = spawned {
            // The channel is closed then, and everything is counted as missed.
            tracing::error!(%error, "the audit log's thread cannot start; nothing is recorded");
        }
        Self(shared)
    }

    /// Records an attempt; never waits. Told without an account by the address somebody typed, which is
    /// not kept.
    fn record(&self, attempt: Attempt, typed: Option<Email>) {
        let at = attempt.at;
        let job = Job::Record(Box::new(attempt), typed);
        match self.0.queue.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.0.miss(at),
        }
    }

    /// Asks the thread, and waits.
    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, ServiceError> {
        let (answer, answered) = oneshot::channel();
        match self.0.queue.try_send(job(answer)) {
            Ok(()) => answered.await.map_err(|_| ServiceError::ReadOnly),
            Err(TrySendError::Full(_)) => Err(ServiceError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(ServiceError::ReadOnly),
        }
    }
}

impl Services {
    /// Records an attempt; never waits, and never fails: what finds no place is counted, and the gap is
    /// recorded.
    pub fn record(&self, attempt: Attempt) {
        self.0.audit_log.record(attempt, None);
    }

    /// Records an attempt with the address that somebody typed to log in or to ask for a link: whose
    /// account that is, is looked up later, so that nobody can tell by the time that it takes. The
    /// address itself is not kept, for it may be a mistake, or a password in the wrong field.
    pub fn record_typed(&self, attempt: Attempt, typed: &str) {
        let email = Email::parse(typed).ok();
        self.0.audit_log.record(attempt, email);
    }

    /// Records an attempt before what it is about happens: when this returns, it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written; then what it is about must not happen.
    pub async fn record_first(&self, attempt: Attempt) -> Result<(), ServiceError> {
        let job = |answer| Job::First(Box::new(attempt), answer);
        self.0.audit_log.ask(job).await?
    }

    /// Waits until everything that was recorded so far is on the disk.
    ///
    /// # Errors
    /// When the log cannot be written now.
    pub async fn audit_settled(&self) -> Result<(), ServiceError> {
        self.0.audit_log.ask(Job::Settle).await?
    }

    /// Records that the server begins, and whether the process before it was `cut_off`: ended without
    /// a stop.
    pub fn open_audit_log(&self, cut_off: bool) {
        let stopped = if cut_off { "cut off" } else { "in order" };
        let began = Attempt::new(Action::ServerStarted, self.now()).by(Who::House);
        self.record(began.with("lastStop", stopped));
    }

    /// Records that the server ends, writes what waits, and takes nothing more. `stopped`: this was the
    /// server, and not a command beside it.
    pub async fn close_audit_log(&self, stopped: bool) {
        if stopped {
            self.record(Attempt::new(Action::ServerStopped, self.now()).by(Who::House));
        }
        if !matches!(self.0.audit_log.ask(Job::Close).await, Ok(Ok(()))) {
            tracing::warn!("the end of the audit log could not be written");
        }
    }

    /// What the log did since the start.
    pub fn audit_counts(&self) -> AuditCounts {
        let shared = &self.0.audit_log.0;
        AuditCounts {
            recorded: shared.recorded.load(Ordering::Relaxed),
            missed: shared.missed.load(Ordering::Relaxed),
        }
    }

    /// Forgets what is personal beside the records of somebody: addresses, and words said by and about
    /// them. The records stay, with an id that names nobody once the account is gone; the chain stays
    /// true. Gives how many values were removed.
    ///
    /// # Errors
    /// When the store takes no writes now.
    pub async fn forget_in_audit(&self, user: UserId) -> Result<usize, ServiceError> {
        let job = |answer| Job::Forget(user, answer);
        self.0.audit_log.ask(job).await?
    }

    /// Removes records from before `before`, or counts them only; gives how many.
    pub(super) async fn purge_audit(
        &self,
        before: Timestamp,
        count_only: bool,
    ) -> Result<usize, ServiceError> {
        if count_only {
            return Ok(rows::count_before(&self.0.store, before)?);
        }
        let job = |answer| Job::Purge(before, answer);
        self.0.audit_log.ask(job).await?
    }

    /// Forgets addresses beside records from before `before`, or counts them only; gives how many.
    pub(super) async fn forget_audit_addresses(
        &self,
        before: Timestamp,
        count_only: bool,
    ) -> Result<usize, ServiceError> {
        if count_only {
            return Ok(rows::count_addresses(&self.0.store, before)?);
        }
        let job = |answer| Job::ForgetAddresses(before, answer);
        self.0.audit_log.ask(job).await?
    }
}
