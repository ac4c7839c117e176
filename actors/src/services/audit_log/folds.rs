//! Equal attempts within a minute, counted: the first one is recorded, the others become one record with
//! a number when the minute is over.

use std::collections::HashMap;

use parlor_domain::{
    audit::{Attempt, FOLDED_WITHIN},
    time::Timestamp,
};

/// Attempts that are counted at once; at more, all of them are written and counting begins again.
const COUNTED_MAX: usize = 1_024;

/// An attempt that happened so often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub attempt: Attempt,
    pub times: u32,
    pub until: Timestamp,
}

impl From<Attempt> for Counted {
    fn from(attempt: Attempt) -> Self {
        Self {
            until: attempt.at,
            attempt,
            times: 1,
        }
    }
}

/// Since when an attempt is counted, and what came since.
struct Fold {
    since: Timestamp,
    more: Option<Waiting>,
}

/// What waits for its minute to be over, and when it came among others of its millisecond.
struct Waiting {
    turn: u64,
    counted: Counted,
}

/// What is counted.
#[derive(Default)]
pub(super) struct Folds {
    all: HashMap<Attempt, Fold>,
    turns: u64,
}

impl Folds {
    /// Whether something waits for its minute to be over.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Takes an attempt; gives what is to be written now.
    pub fn take(&mut self, attempt: Attempt) -> Vec<Counted> {
        if !attempt.folds() {
            return vec![attempt.into()];
        }
        let at = attempt.at;
        let mut out = self.over(at);
        let key = Attempt {
            at: Timestamp(0),
            ..attempt.clone()
        };
        if let Some(fold) = self.all.get_mut(&key) {
            match &mut fold.more {
                Some(Waiting { counted, .. }) => {
                    counted.times = counted.times.saturating_add(1);
                    counted.until = counted.until.max(at);
                }
                none => {
                    self.turns += 1;
                    *none = Some(Waiting {
                        turn: self.turns,
                        counted: attempt.into(),
                    });
                }
            }
            return out;
        }
        if self.all.len() >= COUNTED_MAX {
            out.extend(self.settle());
            self.all.clear();
        }
        let fold = Fold {
            since: at,
            more: None,
        };
        self.all.insert(key, fold);
        out.push(attempt.into());
        out
    }

    /// What was counted for a minute.
    pub fn over(&mut self, now: Timestamp) -> Vec<Counted> {
        let mut out = Vec::new();
        self.all.retain(|_, fold| {
            let counts = fold.since <= now && now < fold.since + FOLDED_WITHIN;
            if !counts {
                out.extend(fold.more.take());
            }
            counts
        });
        in_order(out)
    }

    /// What was counted so far; the minutes go on.
    pub fn settle(&mut self) -> Vec<Counted> {
        in_order(
            self.all
                .values_mut()
                .filter_map(|it| it.more.take())
                .collect(),
        )
    }
}

fn in_order(mut all: Vec<Waiting>) -> Vec<Counted> {
    all.sort_by_key(|it| (it.counted.attempt.at, it.turn));
    all.into_iter().map(|it| it.counted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::audit::Action;

    fn refused(at: i64, why: &str) -> Attempt {
        Attempt::new(Action::Login, Timestamp(at)).refused(why)
    }

    /// When, how often, until when.
    fn seen(all: &[Counted]) -> Vec<(i64, u32, i64)> {
        let seen = |it: &Counted| (it.attempt.at.0, it.times, it.until.0);
        all.iter().map(seen).collect()
    }

    #[test]
    fn what_is_let_through_is_never_counted_together() {
        let mut folds = Folds::default();
        for _ in 0..3 {
            let it = Attempt::new(Action::Login, Timestamp(5));
            assert_eq!(seen(&folds.take(it)), [(5, 1, 5)]);
        }
        assert!(folds.is_empty());
    }

    #[test]
    fn the_first_refusal_is_told_and_the_others_in_one_number() {
        let mut folds = Folds::default();
        assert_eq!(seen(&folds.take(refused(0, "wrong"))), [(0, 1, 0)]);
        for at in [10, 20, 30] {
            assert_eq!(seen(&folds.take(refused(at, "wrong"))), []);
        }
        assert_eq!(seen(&folds.take(refused(40, "other"))), [(40, 1, 40)]);
        assert_eq!(seen(&folds.over(Timestamp(59_999))), []);
        assert_eq!(seen(&folds.over(Timestamp(60_000))), [(10, 3, 30)]);
        assert_eq!(seen(&folds.over(Timestamp(60_040))), []);
        assert!(folds.is_empty());
        // A new minute begins with a record.
        assert_eq!(
            seen(&folds.take(refused(70_000, "wrong"))),
            [(70_000, 1, 70_000)]
        );
    }

    #[test]
    fn who_asks_now_hears_what_was_counted_so_far() {
        let mut folds = Folds::default();
        for at in 0..5 {
            let _ = folds.take(refused(at, "wrong"));
        }
        assert_eq!(seen(&folds.settle()), [(1, 4, 4)]);
        assert_eq!(seen(&folds.settle()), []);
        let _ = folds.take(refused(9, "wrong"));
        assert_eq!(seen(&folds.over(Timestamp(60_000))), [(9, 1, 9)]);
    }

    #[test]
    fn those_of_one_millisecond_are_told_as_they_came() {
        let mut folds = Folds::default();
        let words: Vec<_> = (0..20).map(|n| n.to_string()).collect();
        for why in words.iter().chain(&words) {
            let _ = folds.take(refused(1, why));
        }
        let told = folds.settle().into_iter();
        let told: Vec<_> = told.filter_map(|it| it.attempt.refused).collect();
        assert_eq!(told, words);
    }

    #[test]
    fn a_flood_of_different_ones_does_not_grow_for_ever() {
        let mut folds = Folds::default();
        let mut told = 0;
        for n in 0..3 * COUNTED_MAX {
            for _ in 0..2 {
                let all = folds.take(refused(1, &n.to_string()));
                told += all.iter().map(|it| it.times as usize).sum::<usize>();
            }
            assert!(folds.all.len() <= COUNTED_MAX);
        }
        told += folds
            .settle()
            .iter()
            .map(|it| it.times as usize)
            .sum::<usize>();
        assert_eq!(told, 6 * COUNTED_MAX, "none is lost");
    }

    #[test]
    fn a_clock_that_goes_back_loses_nothing() {
        let mut folds = Folds::default();
        let _ = folds.take(refused(100_000, "wrong"));
        let _ = folds.take(refused(100_001, "wrong"));
        assert_eq!(
            seen(&folds.take(refused(5, "wrong"))),
            [(100_001, 1, 100_001), (5, 1, 5)]
        );
    }
}
