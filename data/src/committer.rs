//! The committer: one thread through which every write goes.
//!
//! For each group: check the preconditions against the state and all earlier batches, append one
//! frame to the journal, sync it, hand it to the [applier](crate::applier), which brings it into the
//! state and only then answers. Nobody sees a batch before it is durable, and nobody is answered,
//! not even with a refusal, from a state that might never have been.
//!
//! When the disk refuses, the store becomes read-only, says why, and tries a new journal file every
//! second until one is accepted. When the state could not be written either, it is made again then
//! from what the journal has. When the state's engine fails by itself the store stays read-only, and
//! the next start rebuilds the state.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    applier::{Answer, Answered, Applier, FailOnPanic, Group},
    disk,
    error::{OpenError, ReadError, WriteError},
    journal::{Journal, frame::FrameBuilder},
    options::StoreOptions,
    queue::{Queue, Request},
    recover::{self, Paths},
    seal::Seals,
    shared::Shared,
    state::{
        Lookup, Meta,
        overlay::{Changes, Overlay},
        sled::SledState,
    },
    store::CommitSeq,
};

/// How often the committer looks at the disk and shows that it lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const HEAL_EVERY: Duration = Duration::from_secs(1);
/// After the state could not be made again.
const REMAKE_EVERY: Duration = Duration::from_secs(30);
/// How many groups may wait for the applier.
const AHEAD_GROUPS: usize = 1;
/// How often it is shown that the committer lives while it waits for long work.
const BEAT_EVERY: Duration = Duration::from_millis(20);
/// Bytes that the state's file may grow by without asking the disk.
const ENGINE_RESERVE_BYTES: u64 = 8 << 20;

/// The thread's own things.
pub struct Committer {
    pub paths: Paths,
    pub options: StoreOptions,
    pub journal: Journal,
    pub state: Arc<SledState>,
    pub queue: Arc<Queue>,
    pub shared: Arc<Shared>,
    /// Opens what preconditions ask for.
    pub seals: Arc<Seals>,
    /// After the last durable group.
    pub meta: Meta,
    /// Groups that may not be in the state yet, with their last batch.
    pub ahead: VecDeque<(u64, Arc<Changes>)>,
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
        let applier = Applier {
            paths: self.paths.clone(),
            faults: Arc::clone(&self.options.faults),
            state: Arc::clone(&self.state),
            shared: Arc::clone(&self.shared),
        };
        self.publish();
        thread::scope(|scope| {
            let (hand_over, groups) = mpsc::sync_channel(AHEAD_GROUPS);
            let applier = &applier;
            let spawned = thread::Builder::new()
                .name("parlor-apply".into())
                .spawn_scoped(scope, move || {
                    let _fail = FailOnPanic(applier);
                    applier.run(&groups);
                });
            // Without a second thread everything is applied on this one.
            let hand_over = spawned.is_ok().then_some(hand_over);
            self.commit_all(&Onward { applier, hand_over });
        });
        let applied = self.shared.seq.load(Ordering::Acquire) == self.meta.seq;
        Ended {
            meta: self.meta,
            in_order: applied && self.journal.is_ready() && !self.state.is_broken(),
        }
    }

    fn commit_all(&mut self, onward: &Onward<'_>) {
        let mut requests = VecDeque::new();
        let mut frame = FrameBuilder::default();
        let mut look_at = Instant::now();
        let mut heal_at = look_at;
        loop {
            self.shared.beat();
            let open = self.queue.take(&mut requests, LOOK_EVERY);
            self.retire();
            let now = Instant::now();
            if now >= look_at {
                self.look_at_disk();
                look_at = now + LOOK_EVERY;
            }
            let ails = !self.journal.is_ready() || self.state.is_broken_by_disk();
            if ails && now >= heal_at {
                heal_at = Instant::now() + self.heal();
            }
            while !requests.is_empty() {
                self.shared.beat();
                self.commit(&mut requests, &mut frame, onward);
            }
            if !open {
                return;
            }
        }
    }

    /// Commits one group from the front of the queue.
    fn commit(
        &mut self,
        requests: &mut VecDeque<Request>,
        frame: &mut FrameBuilder,
        onward: &Onward<'_>,
    ) {
        if let Some(why) = self.shared.read_only() {
            refuse(requests, &why);
            return;
        }
        self.forget_applied();
        let mut answers = Vec::with_capacity(requests.len());
        let ahead = Ahead {
            groups: &self.ahead,
            state: &self.state,
        };
        let mut group = Overlay::new(&ahead, self.meta.digest);
        if let Err(cause) = self.prepare(requests, &mut group, frame, &mut answers) {
            let why = onward.applier.failed(&cause);
            answer_all(answers, Err(WriteError::ReadOnly(Arc::clone(&why))));
            return refuse(requests, &why);
        }
        let digest = group.digest();
        let changes = Arc::new(group.into_changes());
        if frame.batches() > 0
            && let Err(cause) = self.make_durable(frame)
        {
            let why = self.journal_failed(&cause);
            return answer_all(answers, Err(WriteError::ReadOnly(why)));
        }
        // The batches are durable from here on.
        self.meta = Meta {
            seq: self.meta.seq + u64::from(frame.batches()),
            digest,
        };
        self.pass_on(changes, answers, requests.is_empty(), onward);
        self.publish();
        if let Err(cause) = self.journal.roll_if_full(self.meta.digest) {
            self.journal_failed(&cause);
        }
    }

    /// To the applier, or applied here if nothing else is to be done.
    fn pass_on(
        &mut self,
        changes: Arc<Changes>,
        answers: Vec<Answered>,
        is_last: bool,
        onward: &Onward<'_>,
    ) {
        let group = Group {
            changes: Arc::clone(&changes),
            meta: self.meta,
            answers,
        };
        self.forget_applied();
        let idle = is_last && self.ahead.is_empty() && self.queue.depth() == 0;
        match &onward.hand_over {
            Some(hand_over) if !idle => {
                self.ahead.push_back((self.meta.seq, changes));
                // Fails only after the applier panicked, which has marked the state.
                let _ = hand_over.send(group);
            }
            _ => onward.applier.apply(group),
        }
    }

    fn forget_applied(&mut self) {
        let applied = self.shared.seq.load(Ordering::Acquire);
        while self.ahead.front().is_some_and(|(seq, _)| *seq <= applied) {
            self.ahead.pop_front();
        }
    }

    /// Checks and stages batches until the group is full.
    fn prepare(
        &self,
        requests: &mut VecDeque<Request>,
        group: &mut Overlay<'_, Ahead<'_>>,
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
        group: &mut Overlay<'_, Ahead<'_>>,
        frame: &mut FrameBuilder,
    ) -> Result<Answer, ReadError> {
        if let Some(index) = group.first_broken(&request.preconditions, &self.seals)? {
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

    fn publish(&self) {
        let (bytes, segments) = self.journal.size();
        let shared = &self.shared;
        shared.journal_bytes.store(bytes, Ordering::Relaxed);
        shared.journal_segments.store(segments, Ordering::Relaxed);
    }

    fn journal_failed(&mut self, cause: &io::Error) -> Arc<str> {
        tracing::error!(%cause, "the journal cannot be written; the store only reads until it can");
        let dir = self.paths.dir.display();
        let why = format!("the journal cannot be written ({cause}): look at the disk of {dir}");
        let why: Arc<str> = why.into();
        self.shared.set_read_only(Some(Arc::clone(&why)));
        why
    }

    /// Tries to write again; says how long to wait before the next try, should it be needed.
    fn heal(&mut self) -> Duration {
        let free = self.shared.free_bytes.load(Ordering::Relaxed);
        self.forget_applied();
        if free < self.options.free_bytes_min || !self.ahead.is_empty() {
            return HEAL_EVERY;
        }
        let healed = self
            .options
            .faults
            .journal()
            .and_then(|()| self.journal.heal(self.meta.digest));
        if let Err(cause) = healed {
            tracing::debug!(%cause, "the disk still refuses");
            return HEAL_EVERY;
        }
        // What the engine could not write out while the disk refused, it never will.
        let _ = self.state.flush();
        if self.state.is_broken_by_disk()
            && let Err(cause) = self.remake()
        {
            tracing::error!(%cause, "the disk accepts again, but the state cannot be made again");
            return REMAKE_EVERY;
        }
        if !self.state.is_broken() {
            tracing::warn!("the journal goes on in a new file; the store writes again");
            self.shared.set_read_only(None);
        }
        HEAL_EVERY
    }

    /// Makes the state again from the journal, which has everything that was acknowledged.
    fn remake(&mut self) -> Result<(), OpenError> {
        tracing::warn!("the state could not be written while the disk refused; it is made again");
        self.state.let_go();
        let (paths, options, shared) = (&self.paths, &self.options, &self.shared);
        let made = thread::scope(|scope| {
            let work = scope.spawn(|| recover::remake(paths, options));
            while !work.is_finished() {
                shared.beat();
                thread::sleep(BEAT_EVERY);
            }
            let panicked = |_| Err(OpenError::StateFails("panic".into()));
            work.join().unwrap_or_else(panicked)
        });
        let (state, meta) = made?;
        if meta != self.meta {
            let (made, meant) = (meta.seq, self.meta.seq);
            let words = format!("batch {made} came out, {meant} was meant");
            return Err(OpenError::StateFails(words));
        }
        self.state.replace(state);
        Ok(())
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
        let dir = self.paths.dir.display();
        let why = if disk::is_read_only(&self.paths.dir) {
            format!(
                "the disk of {dir} is mounted read-only: look at the system's log, mend it and mount it again for writing"
            )
        } else if free < self.options.free_bytes_min {
            let need = self.options.free_bytes_min >> 20;
            let free = free >> 20;
            format!("only {free} MiB are free, {need} are needed: make room on the disk of {dir}")
        } else {
            // Room that is the engine's own, so that a disk that fills up at once does not fail it.
            disk::reserve(&self.paths.state.join("db"), ENGINE_RESERVE_BYTES);
            return;
        };
        if self.shared.read_only().is_none() {
            tracing::error!(%why, "the store only reads until the disk accepts writes");
            self.journal.give_up();
            self.shared.set_read_only(Some(why.into()));
        }
    }
}

/// The state with the groups that the journal holds and the state does not yet.
struct Ahead<'a> {
    groups: &'a VecDeque<(u64, Arc<Changes>)>,
    state: &'a SledState,
}

impl Lookup for Ahead<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let newest_first = self.groups.iter().rev();
        let changed = newest_first
            .filter_map(|(_, changes)| changes.get(key))
            .next();
        changed.map_or_else(|| self.state.get(key), |value| Ok(value.clone()))
    }
}

/// Where durable groups go.
struct Onward<'a> {
    applier: &'a Applier,
    hand_over: Option<SyncSender<Group>>,
}

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
