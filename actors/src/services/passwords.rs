//! Passwords: Argon2id on a bounded pool, because one hash takes 19 MiB and 25 ms of a core.
//!
//! At most so many run at once, at most so many wait; beyond it callers are told to come back
//! (a flood of logins must not take the memory of the calls). Must never let the time of an answer
//! say whether an account exists: without a hash to compare, a dummy is compared.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use tokio::sync::Semaphore;

use super::keys::random;

/// How hard a hash is. The default is OWASP's minimum for Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes at once.
    pub at_once: usize,
    /// Callers that may wait for their turn.
    pub waiting_max: usize,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            at_once: 2,
            waiting_max: 50,
        }
    }
}

/// Too many are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be checked")]
pub struct Overloaded;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right,
    /// It is, and the stored hash is of an older cost: hash it again.
    RightButOld,
    /// It is not, or there was nothing to compare with.
    Wrong,
}

/// The pool.
pub struct Passwords {
    cost: PasswordCost,
    argon: Argon2<'static>,
    dummy: String,
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    done: AtomicU64,
}

impl Passwords {
    /// A pool of this cost. Hashes once, to have a dummy.
    ///
    /// # Panics
    /// When the cost is outside Argon2's bounds (a mistake in the configuration's checks).
    pub fn new(cost: PasswordCost) -> Self {
        let params = match Params::new(cost.memory_kib, cost.passes, 1, None) {
            Ok(params) => params,
            Err(error) => panic!("cost of password hashing: {error}"),
        };
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Self {
            cost,
            dummy: hash_now(&argon, "nobody's password"),
            argon,
            turns: Arc::new(Semaphore::new(cost.at_once.max(1))),
            waiting: Arc::default(),
            done: AtomicU64::new(0),
        }
    }

    /// Hashes computed so far, for metrics and for the proof that nobody is spared one.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: &str) -> Result<String, Overloaded> {
        let (argon, password) = (self.argon.clone(), password.to_owned());
        self.in_turn(move || hash_now(&argon, &password)).await
    }

    /// Compares a password with a PHC string, or with the dummy.
    pub async fn verify(&self, password: &str, phc: Option<&str>) -> Result<Verdict, Overloaded> {
        let (known, phc) = (phc.is_some(), phc.unwrap_or(&self.dummy).to_owned());
        let (argon, password, cost) = (self.argon.clone(), password.to_owned(), self.cost);
        self.in_turn(move || {
            let Ok(parsed) = PasswordHash::new(&phc) else {
                return Verdict::Wrong;
            };
            let right = argon.verify_password(password.as_bytes(), &parsed).is_ok();
            match right && known {
                true if is_of(cost, &parsed) => Verdict::Right,
                true => Verdict::RightButOld,
                false => Verdict::Wrong,
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        let place = Place::take(&self.waiting, self.cost.waiting_max)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| Overloaded)?;
        drop(place);
        self.done.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|_| Overloaded)
    }
}

fn is_of(cost: PasswordCost, phc: &PasswordHash) -> bool {
    Params::try_from(phc)
        .is_ok_and(|params| params.m_cost() == cost.memory_kib && params.t_cost() == cost.passes)
}

fn hash_now(argon: &Argon2<'_>, password: &str) -> String {
    match argon.hash_password_with_salt(password.as_bytes(), &random::<16>()) {
        Ok(phc) => phc.to_string(),
        Err(error) => panic!("argon2 refused a password: {error}"),
    }
}

/// A place in the queue; given back when dropped, also by a caller that went away.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>, max: usize) -> Result<Self, Overloaded> {
        let before = waiting.fetch_add(1, Ordering::SeqCst);
        let place = Self(Arc::clone(waiting));
        if before >= max {
            Err(Overloaded)
        } else {
            Ok(place)
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap(waiting_max: usize) -> PasswordCost {
        PasswordCost {
            memory_kib: 8,
            passes: 1,
            at_once: 1,
            waiting_max,
        }
    }

    #[actix::test]
    async fn right_wrong_old_and_nobody() {
        let pool = Passwords::new(cheap(10));
        let phc = pool.hash("correct horse").await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{phc}");
        let check = async |password, phc| pool.verify(password, phc).await.unwrap();
        assert_eq!(check("correct horse", Some(&phc)).await, Verdict::Right);
        assert_eq!(check("wrong horse", Some(&phc)).await, Verdict::Wrong);
        assert_eq!(check("nobody's password", None).await, Verdict::Wrong);
        assert_eq!(check("x", Some("not a phc")).await, Verdict::Wrong);
        let harder = Passwords::new(PasswordCost {
            passes: 2,
            ..cheap(10)
        });
        let verdict = harder.verify("correct horse", Some(&phc)).await.unwrap();
        assert_eq!(verdict, Verdict::RightButOld);
    }

    #[test]
    fn the_default_is_the_stated_cost() {
        let cost = PasswordCost::default();
        assert_eq!(
            (cost.memory_kib, cost.passes, cost.at_once, cost.waiting_max),
            (19_456, 2, 2, 50)
        );
    }

    #[actix::test]
    async fn the_queue_has_an_end() {
        let pool = Passwords::new(cheap(2));
        let held = Arc::clone(&pool.turns).acquire_owned().await.unwrap();
        let (a, b) = (pool.hash("a"), pool.hash("b"));
        let mut both = std::pin::pin!(futures_util::future::join(a, b));
        assert!(futures_util::poll!(&mut both).is_pending());
        assert_eq!(pool.hash("c").await, Err(Overloaded));
        drop(held);
        let (a, b) = both.await;
        assert!(a.is_ok() && b.is_ok());
        assert!(pool.hash("c").await.is_ok(), "places were given back");
    }
}
