//! The digest: one mail of what somebody who was away has not read.
//!
//! A pure machine of one person: something waits, time passes, and [`Digest::look`] says whether the
//! mail is written now, later or not. Whoever carries it out writes the new state and the mail in one
//! batch, so that one digest is one mail. Must never hold what it tells of.

use super::NtfSeq;
use crate::time::{Millis, Timestamp};

/// How soon it is looked again whether somebody is still there, at least.
const AGAIN: Millis = Millis::from_secs(15);

/// How patient digests are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// So long somebody has to read before they are mailed.
    pub delay: Millis,
    /// Between two mails to one person at least.
    pub period: Millis,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            delay: Millis::from_mins(30),
            period: Millis::from_mins(6 * 60),
        }
    }
}

/// Where somebody's digest stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// When it is looked at; nothing waits without.
    pub due: Option<Timestamp>,
    /// When the last one was written.
    pub sent: Option<Timestamp>,
    /// What the last one told of, and all before.
    pub told: NtfSeq,
}

/// What is found when it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The last number of the list.
    pub last: NtfSeq,
    /// Something that is to be mailed, was not told of and is unread.
    pub unread: bool,
    /// Its reader wants digests.
    pub wanted: bool,
    /// Somebody looks at one of their devices.
    pub attended: bool,
    /// It is quiet until then.
    pub quiet_until: Option<Timestamp>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write the mail of what comes after this number.
    Mail(NtfSeq),
    /// Nothing but keep what it is now.
    Keep,
}

impl Digest {
    /// Something is to be told of at `at` at the earliest. What waits already is looked at no later
    /// because of it.
    pub fn wait(&mut self, at: Timestamp, rules: Rules) {
        let next = self.sent.map_or(Timestamp::MIN, |sent| sent + rules.period);
        self.due = Some(self.due.unwrap_or(at.max(next)));
    }

    /// Looks whether it is time.
    pub fn look(&mut self, found: Found, rules: Rules, now: Timestamp) -> Step {
        if self.due.is_none_or(|due| now < due) {
            return Step::Keep;
        }
        self.due = None;
        if !found.wanted || !found.unread {
            // What was not wanted is not told of later.
            self.told = self.told.max(found.last);
            return Step::Keep;
        }
        let next = self.sent.map_or(now, |sent| sent + rules.period);
        let later = match (found.quiet_until, found.attended) {
            (Some(end), _) => end,
            (None, true) => now + rules.delay.max(AGAIN),
            (None, false) => next,
        };
        if later.max(next) > now {
            self.due = Some(later.max(next));
            return Step::Keep;
        }
        let after = std::mem::replace(&mut self.told, found.last);
        self.sent = Some(now);
        Step::Mail(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules {
        delay: Millis::from_mins(30),
        period: Millis::from_mins(360),
    };

    fn mins(n: i64) -> Timestamp {
        Timestamp(0) + Millis::from_mins(n)
    }

    fn away(last: u64) -> Found {
        Found {
            last: NtfSeq(last),
            unread: true,
            wanted: true,
            attended: false,
            quiet_until: None,
        }
    }

    #[test]
    fn what_comes_within_the_period_waits_for_its_end() {
        let mut it = Digest::default();
        it.wait(mins(30), RULES);
        it.wait(mins(40), RULES);
        assert_eq!(it.due, Some(mins(30)), "what waits longest says when");
        assert_eq!(it.look(away(2), RULES, mins(29)), Step::Keep);
        assert_eq!(it.look(away(2), RULES, mins(31)), Step::Mail(NtfSeq(0)));
        assert_eq!((it.due, it.told), (None, NtfSeq(2)));
        assert_eq!(it.look(away(2), RULES, mins(32)), Step::Keep, "once");
        it.wait(mins(70), RULES);
        assert_eq!(it.due, Some(mins(31 + 360)));
        assert_eq!(it.look(away(5), RULES, mins(391)), Step::Mail(NtfSeq(2)));
    }

    #[test]
    fn what_was_read_or_not_wanted_is_never_told_of() {
        for (found, due) in [
            (
                Found {
                    unread: false,
                    ..away(3)
                },
                None,
            ),
            (
                Found {
                    wanted: false,
                    ..away(3)
                },
                None,
            ),
            (
                Found {
                    attended: true,
                    ..away(3)
                },
                Some(mins(70)),
            ),
            (
                Found {
                    quiet_until: Some(mins(99)),
                    ..away(3)
                },
                Some(mins(99)),
            ),
        ] {
            let mut it = Digest::default();
            it.wait(mins(30), RULES);
            assert_eq!(it.look(found, RULES, mins(40)), Step::Keep, "{found:?}");
            assert_eq!(it.due, due, "{found:?}");
            assert_eq!(it.told == NtfSeq(3), due.is_none(), "{found:?}");
        }
    }

    proptest! {
        /// However things go, two mails are a period apart and none tells of a thing twice.
        #[test]
        fn mails_are_rare_and_tell_each_thing_once(
            steps in prop::collection::vec((0i64..200, 0u64..4, any::<bool>(), any::<bool>()), 1..60),
        ) {
            let (mut it, mut now, mut last) = (Digest::default(), 0, 0);
            let (mut sent, mut told) = (None, 0);
            for (pass, more, attended, unread) in steps {
                now += pass;
                last += more;
                if more > 0 {
                    it.wait(mins(now + 30), RULES);
                }
                let found = Found { attended, unread, ..away(last) };
                if let Step::Mail(after) = it.look(found, RULES, mins(now)) {
                    prop_assert!(sent.is_none_or(|at| now - at >= 360));
                    prop_assert!(after.0 >= told && unread && !attended);
                    (sent, told) = (Some(now), last);
                }
            }
        }
    }
}
