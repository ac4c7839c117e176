//! What waits for the committer. Bounded: who comes when it is full is told "busy" at once.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::{
    batch::{Change, Precondition},
    error::WriteError,
    store::CommitSeq,
};

/// Where the answer goes.
pub type Ack = oneshot::Sender<Result<CommitSeq, WriteError>>;

/// One batch on its way to the committer.
pub struct Request {
    /// What must hold.
    pub preconditions: Vec<Precondition>,
    /// What will be.
    pub changes: Vec<Change>,
    /// Who waits; nobody for a lazy batch.
    pub ack: Option<Ack>,
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Request>,
    /// How many of them somebody waits for.
    durable: usize,
    /// When the oldest lazy one must go, even alone.
    lazy_due: Option<Instant>,
    nudged: bool,
    closed: bool,
    committer_sleeps: bool,
}

/// The bounded queue.
pub struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    max: usize,
    lazy_delay: Duration,
}

impl Queue {
    /// An empty queue for at most `max` requests.
    pub fn new(max: usize, lazy_delay: Duration) -> Self {
        Self {
            waiting: Mutex::default(),
            wake: Condvar::new(),
            max,
            lazy_delay,
        }
    }

    /// Adds a request at the end.
    pub fn push(&self, request: Request) -> Result<(), WriteError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(WriteError::Closed);
        }
        if waiting.requests.len() >= self.max {
            return Err(WriteError::Busy);
        }
        if request.ack.is_some() {
            waiting.durable += 1;
        } else if waiting.lazy_due.is_none() {
            waiting.lazy_due = Some(Instant::now() + self.lazy_delay);
        }
        waiting.requests.push_back(request);
        if waiting.committer_sleeps {
            waiting.committer_sleeps = false;
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Moves everything that waits into `taken`. Waits for the first durable request, for the
    /// oldest lazy one to be due, for a nudge, or for `timeout`. `false` once closed and empty.
    pub fn take(&self, taken: &mut VecDeque<Request>, timeout: Duration) -> bool {
        let mut waiting = self.lock();
        let deadline = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            let lazy_is_due = waiting.lazy_due.is_some_and(|due| due <= now);
            if waiting.durable > 0 || lazy_is_due || waiting.closed {
                waiting.durable = 0;
                waiting.lazy_due = None;
                taken.append(&mut waiting.requests);
                return !(waiting.closed && taken.is_empty());
            }
            if waiting.nudged || now >= deadline {
                waiting.nudged = false;
                return true;
            }
            let until = waiting.lazy_due.map_or(deadline, |due| due.min(deadline));
            waiting.committer_sleeps = true;
            let (woken, _) = self
                .wake
                .wait_timeout(waiting, until - now)
                .unwrap_or_else(PoisonError::into_inner);
            waiting = woken;
            waiting.committer_sleeps = false;
        }
    }

    /// How many wait.
    pub fn depth(&self) -> usize {
        self.lock().requests.len()
    }

    /// Makes [`take`](Self::take) return, to look at other work.
    pub fn nudge(&self) {
        self.lock().nudged = true;
        self.wake.notify_one();
    }

    /// Takes nothing more; what waits is still handed out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// Throws away what waits; who waits for it is told that the store is closed.
    pub fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.requests.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durable() -> (Request, oneshot::Receiver<Result<CommitSeq, WriteError>>) {
        let (ack, answer) = oneshot::channel();
        let request = Request {
            preconditions: vec![],
            changes: vec![],
            ack: Some(ack),
        };
        (request, answer)
    }

    fn lazy() -> Request {
        Request {
            preconditions: vec![],
            changes: vec![],
            ack: None,
        }
    }

    #[test]
    fn a_full_queue_is_busy_and_a_closed_one_closed() {
        let queue = Queue::new(2, Duration::ZERO);
        assert_eq!(queue.push(durable().0), Ok(()));
        assert_eq!(queue.push(lazy()), Ok(()));
        assert_eq!(queue.push(lazy()), Err(WriteError::Busy));
        queue.close();
        assert_eq!(queue.push(lazy()), Err(WriteError::Closed));
        let mut taken = VecDeque::new();
        assert!(queue.take(&mut taken, Duration::ZERO), "the rest first");
        assert_eq!(taken.len(), 2);
        taken.clear();
        assert!(!queue.take(&mut taken, Duration::ZERO));
    }

    #[test]
    fn a_lazy_batch_waits_for_company() {
        let queue = Queue::new(9, Duration::from_secs(3600));
        let mut taken = VecDeque::new();
        queue.push(lazy()).unwrap();
        queue.nudge();
        assert!(queue.take(&mut taken, Duration::from_secs(3600)));
        assert!(taken.is_empty(), "not due");
        let (request, _answer) = durable();
        queue.push(request).unwrap();
        assert!(queue.take(&mut taken, Duration::from_secs(3600)));
        assert_eq!(taken.len(), 2);
    }

    #[test]
    fn the_abandoned_are_told() {
        let queue = Queue::new(9, Duration::ZERO);
        let (request, mut answer) = durable();
        queue.push(request).unwrap();
        queue.abandon();
        assert_eq!(answer.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}
