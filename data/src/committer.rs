//! The committer: one thread through which every write goes.
//!
//! For each group: check the preconditions against the state and the group's earlier batches,
//! append one frame to the journal, sync it, apply it to the state, and only then answer. Nobody
//! sees a batch before it is durable, and nobody is answered, not even with a refusal, from a state
//! that might never have been.
//!
//! When the disk refuses, the store becomes read-only, says why, and tries a new journal file every
//! second until one is accepted. When the state's engine fails it stays read-only: the journal has
//! everything, and the next start rebuilds the state.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use crate::{
    disk,
    error::{ReadError, WriteError},
    journal::{Journal, frame::FrameBuilder},
    options::StoreOptions,
    queue::{Ack, Queue, Request},
    recover::Paths,
    shared::Shared,
    state::{Meta, overlay::Overlay, sled::SledState},
    store::CommitSeq,
    trust::Trust,
};

/// How often the committer looks at the disk and shows that it lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const HEAL_EVERY: Duration = Duration::from_secs(1);

/// The thread's own things.
pub struct Committer {
    pub paths: Paths,
    pub options: StoreOptions,
    pub journal: Journal,
    pub state: Arc<SledState>,
    pub queue: Arc<Queue>,
    pub shared: Arc<Shared>,
    pub meta: Meta,
}

/// What the thread leaves behind when it ends in order.
pub struct Ended {
    /// Where the state is.
    pub meta: Meta,
    /// Whether state and journal are at the same batch.
    pub in_order: bool,
}

/// Closes the queue however the thread ends, so that nobody waits for ever.
struct CloseOnEnd(Arc<Queue>);

impl Drop for CloseOnEnd {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Committer {
    /// Commits until the queue is closed and empty.
    pub fn run(mut self) -> Ended {
        let _close = CloseOnEnd(Arc::clone(&self.queue));
        let mut requests = VecDeque::new();
        let mut frame = FrameBuilder::default();
        let mut look_at = Instant::now();
        let mut heal_at = look_at;
        self.publish();
        loop {
            self.shared.beat();
            let open = self.queue.take(&mut requests, LOOK_EVERY);
            self.retire();
            let now = Instant::now();
            if now >= look_at {
                self.look_at_disk();
                look_at = now + LOOK_EVERY;
            }
            if !self.journal.is_ready() && now >= heal_at {
                self.heal();
                heal_at = Instant::now() + HEAL_EVERY;
            }
            while !requests.is_empty() {
                self.shared.beat();
                self.commit(&mut requests, &mut frame);
            }
            if !open {
                break;
            }
        }
        Ended {
            meta: self.meta,
            in_order: self.journal.is_ready() && !self.state.is_broken(),
        }
    }

    /// Commits one group from the front of the queue.
    fn commit(&mut self, requests: &mut VecDeque<Request>, frame: &mut FrameBuilder) {
        if let Some(why) = self.shared.read_only() {
            refuse(requests, &why);
            return;
        }
        let mut answers = Vec::with_capacity(requests.len());
        let state = Arc::clone(&self.state);
        let mut group = Overlay::new(&*state, self.meta.digest);
        if let Err(cause) = self.prepare(requests, &mut group, frame, &mut answers) {
            let why = self.state_failed(&cause);
            answer_all(answers, Err(WriteError::ReadOnly(Arc::clone(&why))));
            return refuse(requests, &why);
        }
        if frame.batches() > 0
            && let Err(cause) = self.make_durable(frame)
        {
            let why = self.journal_failed(&cause);
            return answer_all(answers, Err(WriteError::ReadOnly(why)));
        }
        let meta = Meta {
            seq: self.meta.seq + u64::from(frame.batches()),
            digest: group.digest(),
        };
        // The batches are durable from here on: whatever the state does, the answer is "done".
        if let Err(cause) = self.apply(&group, meta) {
            self.state_failed(&cause);
        }
        self.meta = meta;
        self.publish();
        for (ack, answer) in answers {
            // Who does not wait any more does not hear it.
            let _ = ack.send(answer);
        }
        if let Err(cause) = self.journal.roll_if_full(self.meta.digest) {
            self.journal_failed(&cause);
        }
    }

    /// Checks and stages batches until the group is full.
    fn prepare(
        &self,
        requests: &mut VecDeque<Request>,
        group: &mut Overlay<'_, SledState>,
        frame: &mut FrameBuilder,
        answers: &mut Vec<Answered>,
    ) -> Result<(), ReadError> {
        frame.clear();
        while !frame.is_full()
            && let Some(request) = requests.pop_front()
        {
            match self.admit(&request, group, frame) {
                Ok(answer) => answers.extend(request.ack.map(|ack| (ack, answer))),
                Err(cause) => {
                    requests.push_front(request);
                    return Err(cause);
                }
            }
        }
        Ok(())
    }

    /// The answer to one batch, should its group become durable.
    fn admit(
        &self,
        request: &Request,
        group: &mut Overlay<'_, SledState>,
        frame: &mut FrameBuilder,
    ) -> Result<Answer, ReadError> {
        if let Some(index) = group.first_broken(&request.preconditions)? {
            return Ok(Err(WriteError::PreconditionFailed { index }));
        }
        group.stage(&request.changes)?;
        frame.push(&request.changes);
        Ok(Ok(CommitSeq(self.meta.seq + u64::from(frame.batches()))))
    }

    fn make_durable(&mut self, frame: &mut FrameBuilder) -> io::Result<()> {
        self.options.faults.journal().inspect_err(|_| {
            self.journal.give_up();
        })?;
        let before = self.journal.size().0;
        self.journal.commit(frame, self.meta.digest)?;
        let written = self.journal.size().0.saturating_sub(before);
        self.shared
            .unsaved_bytes
            .fetch_add(written, Ordering::Relaxed);
        self.shared.groups.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn apply(&self, group: &Overlay<'_, SledState>, meta: Meta) -> Result<(), ReadError> {
        if meta.seq == self.meta.seq {
            return Ok(());
        }
        if self.options.faults.state.load(Ordering::Relaxed) {
            self.state.fail("injected fault");
        }
        self.state.apply(group.changes(), Some(meta))
    }

    fn publish(&self) {
        let (bytes, segments) = self.journal.size();
        let shared = &self.shared;
        shared.seq.store(self.meta.seq, Ordering::Release);
        shared.journal_bytes.store(bytes, Ordering::Relaxed);
        shared.journal_segments.store(segments, Ordering::Relaxed);
    }

    fn journal_failed(&mut self, cause: &io::Error) -> Arc<str> {
        tracing::error!(%cause, "the journal cannot be written; the store only reads until it can");
        let why: Arc<str> = format!("the journal cannot be written ({cause})").into();
        self.shared.set_read_only(Some(Arc::clone(&why)));
        why
    }

    fn state_failed(&self, cause: &ReadError) -> Arc<str> {
        tracing::error!(%cause, "the state failed; restart to rebuild it from the journal");
        if let Err(cause) = Trust::Nothing.write(&self.paths.dir) {
            tracing::error!(%cause, "the state cannot be marked as failed");
        }
        let why: Arc<str> = format!("{cause}").into();
        self.shared.set_read_only(Some(Arc::clone(&why)));
        why
    }

    fn heal(&mut self) {
        if self.shared.free_bytes.load(Ordering::Relaxed) < self.options.free_bytes_min {
            return;
        }
        let healed = self
            .options
            .faults
            .journal()
            .and_then(|()| self.journal.heal(self.meta.digest));
        match healed {
            Ok(()) if self.state.is_broken() => {}
            Ok(()) => {
                tracing::warn!("the journal goes on in a new file; the store writes again");
                self.shared.set_read_only(None);
            }
            Err(cause) => tracing::debug!(%cause, "the disk still refuses"),
        }
    }

    /// Removes journal files that are not needed any more.
    fn retire(&mut self) {
        let through = self.shared.retire_through.swap(0, Ordering::Relaxed);
        if through > 0 {
            if let Err(cause) = self.journal.drop_through(through) {
                tracing::warn!(%cause, "old journal files cannot be removed");
            }
            self.publish();
        }
    }

    fn look_at_disk(&mut self) {
        let Ok(free) = disk::free_bytes(&self.paths.dir) else {
            return;
        };
        self.shared.free_bytes.store(free, Ordering::Relaxed);
        let low = free < self.options.free_bytes_min;
        if low && self.shared.read_only().is_none() {
            let need = self.options.free_bytes_min >> 20;
            let why = format!("only {} MiB are free, {need} are needed", free >> 20);
            tracing::error!(%why, "the store only reads until there is room");
            self.journal.give_up();
            self.shared.set_read_only(Some(why.into()));
        }
    }
}

type Answer = Result<CommitSeq, WriteError>;
type Answered = (Ack, Answer);

fn answer_all(answers: Vec<Answered>, answer: Answer) {
    for (ack, _) in answers {
        let _ = ack.send(answer.clone());
    }
}

fn refuse(requests: &mut VecDeque<Request>, why: &Arc<str>) {
    for request in requests.drain(..) {
        if let Some(ack) = request.ack {
            let _ = ack.send(Err(WriteError::ReadOnly(Arc::clone(why))));
        }
    }
}
