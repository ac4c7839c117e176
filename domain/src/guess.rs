//! Guessing passwords and codes: the first mistakes are free, each further one doubles a wait.
//!
//! Nobody is locked out for good, and a right answer forgets the mistakes of whoever gave it. Whose
//! mistakes are counted together is the caller's choice of key. The table has a bound; at it those
//! with the fewest mistakes are forgotten.

use std::{collections::HashMap, hash::Hash};

use crate::time::{Millis, Timestamp};

/// The wait after the first mistake that is not free.
pub const WAIT_FIRST: Millis = Millis::from_mins(1);
/// The longest wait.
pub const WAIT_MAX: Millis = Millis::from_mins(15);
/// Mistakes are forgotten after so long without another.
pub const FORGET_AFTER: Millis = Millis::from_mins(6 * 60);

#[derive(Clone, Copy, Debug)]
struct Mistakes {
    count: u32,
    last: Timestamp,
}

/// Who made mistakes.
#[derive(Debug)]
pub struct Guesses<K> {
    free: u32,
    keys_max: usize,
    mistakes: HashMap<K, Mistakes>,
}

impl<K: Eq + Hash> Guesses<K> {
    /// Nobody made any. `free` mistakes (at least one) bring no wait; at most `keys_max` keys are
    /// remembered.
    pub fn new(free: u32, keys_max: usize) -> Self {
        Self {
            free: free.max(1),
            keys_max: keys_max.max(2),
            mistakes: HashMap::new(),
        }
    }

    /// How long this one must wait before the next try.
    pub fn wait(&self, key: &K, now: Timestamp) -> Option<Millis> {
        let it = self.mistakes.get(key)?;
        let until = it.last + wait_after(it.count, self.free)?;
        // A clock that stepped back must not hold anybody for longer than the longest wait.
        (now < until).then(|| Millis(until.since(now).0.min(WAIT_MAX.0)))
    }

    /// A mistake.
    pub fn failed(&mut self, key: K, now: Timestamp) {
        if !self.mistakes.contains_key(&key) && self.mistakes.len() >= self.keys_max {
            self.forget_some(now);
        }
        let it = self.mistakes.entry(key).or_insert(Mistakes {
            count: 0,
            last: now,
        });
        if is_past(it, now) {
            it.count = 0;
        }
        it.count = it.count.saturating_add(1);
        it.last = now;
    }

    /// The right answer.
    pub fn succeeded(&mut self, key: &K) {
        self.mistakes.remove(key);
    }

    /// Keys that are remembered.
    pub fn len(&self) -> usize {
        self.mistakes.len()
    }

    /// Whether nobody is remembered.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }

    fn forget_some(&mut self, now: Timestamp) {
        self.mistakes.retain(|_, it| !is_past(it, now));
        let mut line = 1;
        while self.mistakes.len() >= self.keys_max {
            // Halves at least: whoever has a wait goes last.
            let most = self.keys_max / 2;
            let mut surplus = self.mistakes.len() - most;
            self.mistakes.retain(|_, it| {
                let goes = it.count <= line && surplus > 0;
                surplus -= usize::from(goes);
                !goes
            });
            line = line.saturating_mul(2);
        }
    }
}

fn wait_after(count: u32, free: u32) -> Option<Millis> {
    let doublings = count.checked_sub(free)?;
    let wait = WAIT_FIRST.0.saturating_mul(1 << doublings.min(10));
    Some(Millis(wait.min(WAIT_MAX.0)))
}

fn is_past(it: &Mistakes, now: Timestamp) -> bool {
    now >= it.last + FORGET_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_mistake_doubles_the_wait() {
        let mut guesses = Guesses::new(3, 10);
        let mut now = Timestamp(0);
        let mut waits = Vec::new();
        for _ in 0..9 {
            guesses.failed("a", now);
            let wait = guesses.wait(&"a", now);
            waits.push(wait.map_or(0, |it| it.0 / 60_000));
            now = now + wait.unwrap_or(Millis(0));
            assert_eq!(guesses.wait(&"a", now), None, "the wait ends");
        }
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 15, 15, 15]);
        assert_eq!(guesses.wait(&"b", now), None);
        guesses.failed("a", now);
        guesses.succeeded(&"a");
        assert_eq!(guesses.wait(&"a", now), None);
    }

    #[test]
    fn old_mistakes_are_forgotten() {
        let mut guesses = Guesses::new(2, 10);
        guesses.failed("a", Timestamp(0));
        guesses.failed("a", Timestamp(0) + FORGET_AFTER);
        assert_eq!(guesses.wait(&"a", Timestamp(0) + FORGET_AFTER), None);
        let early = Timestamp(-9_000_000_000);
        guesses.failed("a", Timestamp(0) + FORGET_AFTER);
        assert_eq!(guesses.wait(&"a", early), Some(WAIT_MAX), "bounded");
    }

    #[test]
    fn a_flood_of_keys_is_bounded_and_does_not_free_a_guesser() {
        let mut guesses = Guesses::new(2, 100);
        for _ in 0..3 {
            guesses.failed(0, Timestamp(0));
        }
        for key in 1..5_000 {
            guesses.failed(key, Timestamp(1));
            assert!(guesses.len() <= 100);
        }
        assert!(guesses.wait(&0, Timestamp(2)).is_some());
    }
}
