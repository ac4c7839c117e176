//! Submits postings in order and hears, on a thread of its own, what became of each, in the same
//! order. Only that thread decides that the books in memory are wrong: by then everything before
//! the failed batch is in the store, and everything after it is void.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        mpsc::{self, Receiver, Sender},
    },
};

use parlor_data::{LoadError, Store, Submitted, WriteError, nouns::ledger::once};
use parlor_domain::{
    id::UserId,
    ledger::{Account, Balances},
    money::MilliCoins,
};
use tokio::sync::{oneshot, watch};

use super::{Once, PostError, Posted, Posting, WalletState, books::Books};

/// Times that a posting is made anew because one before it failed.
const TRIES: u32 = 64;

type Outcome = Result<Posted, PostError>;
type Listener = Box<dyn Fn(UserId, WalletState) + Send + Sync>;

/// A batch that was handed to the store.
struct Job {
    posting: Posting,
    submitted: Submitted,
    seq: u64,
    after: Balances,
    own_preconditions: usize,
    generation: u64,
    tries: u32,
    answer: oneshot::Sender<Outcome>,
}

/// A key that is on its way, and who came with the same one meanwhile.
struct Underway {
    request: [u8; 32],
    others: Vec<oneshot::Sender<Outcome>>,
}

struct State {
    books: Books,
    underway: HashMap<Vec<u8>, Underway>,
    jobs: Sender<Job>,
}

/// The writer.
pub(super) struct Writer {
    store: Store,
    state: Mutex<State>,
    watchers: Mutex<HashMap<UserId, watch::Sender<WalletState>>>,
    pub(super) listener: OnceLock<Listener>,
}

impl Writer {
    /// Starts the thread. It ends with the last handle.
    pub fn start(store: Store) -> Arc<Self> {
        let (jobs, coming) = mpsc::channel();
        let writer = Arc::new(Self {
            store,
            state: Mutex::new(State {
                books: Books::default(),
                underway: HashMap::new(),
                jobs,
            }),
            watchers: Mutex::default(),
            listener: OnceLock::new(),
        });
        let weak = Arc::downgrade(&writer);
        let spawned = std::thread::Builder::new()
            .name("parlor-ledger".into())
            .spawn(move || hear(&coming, &weak));
        if let Err(error) = spawned {
            // The channel is closed then, and every posting is refused.
            tracing::error!(%error, "the ledger's thread cannot start; nothing can be posted");
        }
        writer
    }

    /// Decides about a posting and hands it to the store.
    pub fn submit(&self, posting: Posting) -> Result<oneshot::Receiver<Outcome>, PostError> {
        let (answer, outcome) = oneshot::channel();
        let mut state = self.state();
        if let Some(key) = &posting.once {
            if key.key.len() > once::KEY_BYTES_MAX {
                return Err(PostError::Unbalanced);
            }
            if let Some(underway) = state.underway.get_mut(&key.key) {
                if underway.request != key.request {
                    return Err(PostError::Repeated);
                }
                underway.others.push(answer);
                return Ok(outcome);
            }
            if let Some(first) = self.posted(key)? {
                let _ = answer.send(Ok(first));
                return Ok(outcome);
            }
        }
        let key = posting.once.clone();
        match self.hand_over(&mut state, posting, answer, 0) {
            Ok(()) => {}
            Err((_, error)) => return Err(error),
        }
        if let Some(key) = key {
            let underway = Underway {
                request: key.request,
                others: Vec::new(),
            };
            state.underway.insert(key.key, underway);
        }
        Ok(outcome)
    }

    pub fn posted(&self, key: &Once) -> Result<Option<Posted>, PostError> {
        match once::load(&self.store, &key.key)? {
            Some(done) if done.request != key.request => Err(PostError::Repeated),
            Some(done) => Ok(Some(Posted {
                seq: done.seq,
                made: done.value.made,
                repeated: true,
            })),
            None => Ok(None),
        }
    }

    /// Makes the batch and puts it into the store's queue, in the order of the lock.
    fn hand_over(
        &self,
        state: &mut State,
        posting: Posting,
        answer: oneshot::Sender<Outcome>,
        tries: u32,
    ) -> Result<(), (oneshot::Sender<Outcome>, PostError)> {
        let drafted = match state.books.draft(&self.store, &posting) {
            Ok(drafted) => drafted,
            Err(error) => return Err((answer, error)),
        };
        let submitted = match self.store.submit(drafted.batch.clone()) {
            Ok(submitted) => submitted,
            Err(error) => return Err((answer, PostError::Store(error))),
        };
        state.books.accept(&drafted);
        let job = Job {
            posting,
            submitted,
            seq: drafted.seq,
            after: drafted.after,
            own_preconditions: drafted.own_preconditions,
            generation: state.books.generation,
            tries,
            answer,
        };
        state
            .jobs
            .send(job)
            .map_err(|job| (job.0.answer, PostError::Store(WriteError::Closed)))
    }

    pub fn balance(&self, of: Account) -> Result<i64, LoadError> {
        self.state().books.balance(&self.store, of)
    }

    pub fn watch(&self, user: UserId) -> Result<watch::Receiver<WalletState>, LoadError> {
        let now = WalletState {
            available: MilliCoins(self.balance(Account::Wallet(user))?),
            seq: 0,
        };
        let mut watchers = lock(&self.watchers);
        watchers.retain(|_, sender| sender.receiver_count() > 0);
        let sender = watchers
            .entry(user)
            .or_insert_with(|| watch::Sender::new(now));
        Ok(sender.subscribe())
    }

    /// What became of a batch.
    fn conclude(&self, job: Job) {
        let Job {
            posting,
            submitted,
            seq,
            after,
            own_preconditions,
            generation,
            tries,
            answer,
        } = job;
        let outcome = match submitted.wait() {
            Ok(_) => {
                self.state().books.durable(seq);
                self.tell(seq, &after);
                Ok(Posted {
                    seq,
                    made: posting
                        .once
                        .as_ref()
                        .map_or_else(Vec::new, |key| key.made.clone()),
                    repeated: false,
                })
            }
            Err(error) => {
                let mut state = self.state();
                if state.books.generation == generation {
                    state.books.forget();
                }
                let own = matches!(
                    error,
                    WriteError::PreconditionFailed { index } if index < own_preconditions
                );
                match error {
                    // Innocent: something before it failed, or somebody else wrote. Made anew.
                    _ if own && tries < TRIES => {
                        match self.hand_over(&mut state, posting.clone(), answer, tries + 1) {
                            Ok(()) => return,
                            Err((answer, error)) => {
                                drop(state);
                                return self.answer(&posting, answer, Err(error));
                            }
                        }
                    }
                    WriteError::PreconditionFailed { .. } => Err(PostError::Stale),
                    error => Err(PostError::Store(error)),
                }
            }
        };
        self.answer(&posting, answer, outcome);
    }

    /// Answers who posted, and all who came with the same key meanwhile.
    fn answer(&self, posting: &Posting, answer: oneshot::Sender<Outcome>, outcome: Outcome) {
        let underway = posting
            .once
            .as_ref()
            .and_then(|key| self.state().underway.remove(&key.key));
        for other in underway.into_iter().flat_map(|it| it.others) {
            let again = outcome.clone().map(|posted| Posted {
                repeated: true,
                ..posted
            });
            let _ = other.send(again);
        }
        // Who posted may be gone; what was posted stays.
        let _ = answer.send(outcome);
    }

    fn tell(&self, seq: u64, after: &Balances) {
        for (account, units) in after {
            let Account::Wallet(user) = account else {
                continue;
            };
            let now = WalletState {
                available: MilliCoins(*units),
                seq,
            };
            if let Some(sender) = lock(&self.watchers).get(user) {
                sender.send_replace(now);
            }
            if let Some(listener) = self.listener.get() {
                listener(*user, now);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread: until the last handle is gone and everything is answered.
fn hear(jobs: &Receiver<Job>, writer: &Weak<Writer>) {
    while let Ok(job) = jobs.recv() {
        match writer.upgrade() {
            Some(writer) => writer.conclude(job),
            // Nobody can post any more; what was handed over is on its way to the disk.
            None => drop(job),
        }
    }
}
