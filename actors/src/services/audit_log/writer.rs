//! The one thread that appends: takes what waits, many at a time, and writes it in one batch. When the
//! disk takes nothing it tries again twice a second and keeps what comes, up to a bound; what comes too
//! late is counted. It waits for nothing but the disk, and so answers also then.

use std::{
    sync::{
        PoisonError, Weak,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use parlor_data::{
    LoadError, WriteError,
    nouns::{
        account,
        audit::{self, Entry, Link, RECORDS_PER_BATCH},
    },
};
use parlor_domain::{
    account::Email,
    audit::{AUDIT, Action, Attempt, Who},
    id::UserId,
    time::Timestamp,
};
use ring::rand::{SecureRandom, SystemRandom};

use super::{Gap, Job, Shared, folds::Counted, folds::Folds};
use crate::services::ServiceError;

/// How often it is looked whether a minute of counting is over.
const TICK: Duration = Duration::from_secs(1);
/// How long nothing at all may be looked at.
const IDLE: Duration = Duration::from_secs(3_600);
/// Pause before a batch that was refused is tried again.
const PAUSE: Duration = Duration::from_millis(500);
/// Records that wait for a disk that takes nothing, beside those in the queue.
const WAITING_MAX: usize = 4_096;
/// Rows that one page of forgetting looks at.
const FORGET_ROWS: usize = 200;

/// Until the last handle is gone, or it is told to close.
pub(super) fn run(jobs: &Receiver<Job>, shared: &Weak<Shared>) {
    let mut writer = Writer::default();
    loop {
        let wait = match writer.folds.is_empty() && writer.waiting.is_empty() {
            true => IDLE,
            false if writer.retry_at.is_some() => PAUSE,
            false => TICK,
        };
        let first = match jobs.recv_timeout(wait) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let Some(shared) = shared.upgrade() else {
            return;
        };
        writer.begin(&shared);
        let mut taken = 0;
        let mut next = first.or_else(|| jobs.try_recv().ok());
        while let Some(job) = next.take() {
            if writer.take(&shared, job) {
                return;
            }
            taken += 1;
            if taken < RECORDS_PER_BATCH {
                next = jobs.try_recv().ok();
            }
        }
        writer.write(&shared);
    }
}

#[derive(Default)]
struct Writer {
    folds: Folds,
    /// What is to be appended next, in order.
    waiting: Vec<Counted>,
    /// Where the log will end; read when it is not known.
    head: Option<Link>,
    /// The disk took nothing; not before then again.
    retry_at: Option<Instant>,
}

impl Writer {
    /// What a pause has brought: minutes that are over, and what found no place.
    fn begin(&mut self, shared: &Shared) {
        let over = self.folds.over(shared.clock.now());
        self.waiting.extend(over);
        if self.waiting.len() >= WAITING_MAX {
            return;
        }
        let mut gap = shared.gap.lock().unwrap_or_else(PoisonError::into_inner);
        let gap = gap.take();
        self.waiting
            .extend(gap.map(|it| it.said(shared.clock.now())));
    }

    /// Carries out one; whether it was the last.
    fn take(&mut self, shared: &Shared, job: Job) -> bool {
        match job {
            Job::Record(attempt, _) if self.waiting.len() >= WAITING_MAX => {
                shared.miss(attempt.at);
            }
            Job::Record(attempt, typed) => {
                let attempt = of_account(shared, *attempt, typed);
                self.waiting.extend(self.folds.take(attempt));
            }
            Job::First(attempt, answer) => {
                let done = match self.write(shared) {
                    true => self.append(shared, &[(*attempt).into()]),
                    false => Err(NotWritten::Closed),
                };
                let _ = answer.send(done.map_err(ServiceError::from));
            }
            Job::Settle(answer) => {
                let _ = answer.send(self.settle(shared));
            }
            Job::Purge(before, answer) => {
                let settled = self.settle(shared);
                let _ = answer.send(settled.and_then(|()| self.purge(shared, before)));
            }
            Job::ForgetAddresses(before, answer) => {
                let settled = self.settle(shared);
                let _ = answer.send(settled.and_then(|()| forget_addresses(shared, before)));
            }
            Job::Forget(user, answer) => {
                let settled = self.settle(shared);
                let _ = answer.send(settled.and_then(|()| forget(shared, user)));
            }
            Job::Close(answer) => {
                let _ = answer.send(self.settle(shared));
                return true;
            }
        }
        false
    }

    /// Writes also what is only counted so far, the gap too, and does not wait for a better moment.
    fn settle(&mut self, shared: &Shared) -> Result<(), ServiceError> {
        let counted = self.folds.settle();
        self.waiting.extend(counted);
        self.retry_at = None;
        // What waited goes first: only then there is surely a place for the gap.
        let written = self.write(shared) && {
            self.begin(shared);
            self.write(shared)
        };
        match written {
            true => Ok(()),
            false => Err(ServiceError::ReadOnly),
        }
    }

    /// Writes all that waits; whether that was done.
    fn write(&mut self, shared: &Shared) -> bool {
        if self.retry_at.is_some_and(|at| Instant::now() < at) {
            return self.waiting.is_empty();
        }
        while !self.waiting.is_empty() {
            let many = self.waiting.len().min(RECORDS_PER_BATCH);
            let batch = self.waiting[..many].to_vec();
            match self.append(shared, &batch) {
                Ok(()) => {}
                Err(NotWritten::Never) => {
                    tracing::error!("records of the audit log cannot be written and are lost");
                }
                Err(NotWritten::Closed) => return false,
                Err(NotWritten::Later(error)) => {
                    if self.retry_at.is_none() {
                        tracing::warn!(%error, "the audit log cannot be written; it is tried again");
                    }
                    self.retry_at = Some(Instant::now() + PAUSE);
                    return false;
                }
            }
            self.waiting.drain(..many);
        }
        self.retry_at = None;
        true
    }

    /// Appends these, all or none.
    fn append(&mut self, shared: &Shared, all: &[Counted]) -> Result<(), NotWritten> {
        let head = match self.head {
            Some(head) => head,
            None => audit::head(&shared.store)?,
        };
        let entries: Vec<_> = all.iter().map(entry).collect();
        let (batch, next) = audit::append(&head, &entries).map_err(|error| {
            tracing::error!(%error, "records of the audit log cannot be encoded");
            NotWritten::Never
        })?;
        match shared.store.write_blocking(batch) {
            Ok(_) => {
                self.head = Some(next);
                let many = all.len() as u64;
                shared.recorded.fetch_add(many, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                // Only reading again tells where the log ends.
                self.head = None;
                Err(error.into())
            }
        }
    }

    fn purge(&mut self, shared: &Shared, before: Timestamp) -> Result<usize, ServiceError> {
        let store = &shared.store;
        let mut count = 0;
        let Some(up_to) = audit::purge_up_to(store, before)? else {
            return Ok(0);
        };
        let hash: String = up_to.chain.iter().map(|it| format!("{it:02x}")).collect();
        let said = Attempt::new(Action::Purged, shared.clock.now())
            .by(Who::House)
            .on(AUDIT, "")
            .with("upTo", up_to.seq)
            .with("hash", hash);
        self.append(shared, &[said.into()])?;
        loop {
            let page = audit::purge(store, up_to.seq)?;
            if page.count > 0 {
                store.write_blocking(page.batch)?;
            }
            count += page.count;
            if page.next.is_none() {
                return Ok(count);
            }
        }
    }
}

impl Gap {
    fn said(&self, now: Timestamp) -> Counted {
        let said = Attempt::new(Action::Gap, now)
            .by(Who::House)
            .on(AUDIT, "")
            .with("missing", self.count)
            .with("from", self.from.0)
            .with("to", self.to.0);
        said.into()
    }
}

fn forget_addresses(shared: &Shared, before: Timestamp) -> Result<usize, ServiceError> {
    let mut count = 0;
    loop {
        let page = audit::forget_addresses(&shared.store, before, FORGET_ROWS)?;
        shared.store.write_blocking(page.batch)?;
        count += page.count;
        if page.next.is_none() {
            return Ok(count);
        }
    }
}

fn forget(shared: &Shared, user: UserId) -> Result<usize, ServiceError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = audit::forget_person(&shared.store, user, after, FORGET_ROWS)?;
        shared.store.write_blocking(page.batch)?;
        count += page.count;
        after = page.next;
        if after.is_none() {
            return Ok(count);
        }
    }
}

/// Whose account the typed address is; it is not kept.
fn of_account(shared: &Shared, attempt: Attempt, typed: Option<Email>) -> Attempt {
    let Some(email) = typed.filter(|_| attempt.about.is_none()) else {
        return attempt;
    };
    match account::load_by_email(&shared.store, &email) {
        Ok(Some(account)) => attempt.about(account.id),
        Ok(None) => attempt.with("account", "unknown"),
        Err(_) => attempt,
    }
}

fn entry(it: &Counted) -> Entry {
    let mut salts = [[0; audit::SALT_BYTES]; 2];
    for salt in &mut salts {
        if SystemRandom::new().fill(salt).is_err() {
            // Without a salt nothing personal is kept; the kernel always has randomness.
            tracing::error!("there is no randomness");
        }
    }
    Entry {
        attempt: it.attempt.clone(),
        times: it.times,
        until: it.until,
        salts,
    }
}

/// Why a batch was not written.
enum NotWritten {
    /// The same again may succeed.
    Later(String),
    /// It never will.
    Never,
    /// The store is closed.
    Closed,
}

impl From<LoadError> for NotWritten {
    fn from(error: LoadError) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<WriteError> for NotWritten {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Closed => Self::Closed,
            WriteError::TooBig(_) => Self::Never,
            other => Self::Later(other.to_string()),
        }
    }
}

impl From<NotWritten> for ServiceError {
    fn from(_: NotWritten) -> Self {
        Self::ReadOnly
    }
}
