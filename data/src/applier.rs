//! The applier: brings durable groups into the state, in order, and answers their writers.
//!
//! It works on its own thread while the committer waits for the disk with the next group. When
//! nothing else waits, the committer applies the group itself and saves the change of threads.

use std::{
    sync::{
        Arc,
        atomic::Ordering::{Acquire, Relaxed, Release},
        mpsc::Receiver,
    },
    thread,
};

use crate::{
    error::{ReadError, WriteError},
    options::Faults,
    queue::Ack,
    recover::Paths,
    shared::Shared,
    state::{Meta, overlay::Changes, sled::SledState},
    store::CommitSeq,
    trust::Trust,
};

/// What a writer is told.
pub type Answer = Result<CommitSeq, WriteError>;
/// Whom to tell what.
pub type Answered = (Ack, Answer);

/// A group that the journal holds.
pub struct Group {
    /// What to change.
    pub changes: Arc<Changes>,
    /// Where the state is then.
    pub meta: Meta,
    /// What to answer then.
    pub answers: Vec<Answered>,
}

/// Brings groups into the state.
pub struct Applier {
    pub paths: Paths,
    pub faults: Arc<Faults>,
    pub state: Arc<SledState>,
    pub shared: Arc<Shared>,
}

impl Applier {
    /// Applies what comes, until nothing can come any more.
    pub fn run(&self, groups: &Receiver<Group>) {
        while let Ok(group) = groups.recv() {
            self.apply(group);
        }
    }

    /// Applies one group. It is durable: whatever the state does, the answers hold.
    pub fn apply(&self, group: Group) {
        if group.meta.seq > self.shared.seq.load(Acquire) {
            if self.faults.state.load(Relaxed) {
                self.state.fail("injected fault");
            }
            if let Err(cause) = self.state.apply(group.changes.iter(), Some(group.meta)) {
                self.failed(&cause);
            }
            self.shared.seq.store(group.meta.seq, Release);
        }
        for (ack, answer) in group.answers {
            // Who does not wait any more does not hear it.
            let _ = ack.send(answer);
        }
    }

    /// The state is of no use until a restart rebuilds it.
    pub fn failed(&self, cause: &ReadError) -> Arc<str> {
        tracing::error!(%cause, "the state failed; restart to rebuild it from the journal");
        if let Err(cause) = Trust::Nothing.write(&self.paths.dir) {
            tracing::error!(%cause, "the state cannot be marked as failed");
        }
        let why: Arc<str> = cause.to_string().into();
        self.shared.set_read_only(Some(Arc::clone(&why)));
        why
    }
}

/// Marks the state as failed if the applier's thread ends by a panic, so that nobody waits for a
/// group that will never be applied.
pub struct FailOnPanic<'a>(pub &'a Applier);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let cause = self.0.state.fail("the applier panicked");
            self.0.failed(&cause);
        }
    }
}
