//! A copy of somebody's data, to take along: asked for, made, ready for some days and downloads, or failed.
//!
//! One per person at a time. Must never be handed to anybody but its person, and is never made anew while
//! one is on its way.

use std::fmt;

use uuid::Uuid;

use crate::{
    id::UserId,
    time::{Millis, Timestamp},
};

/// What its file is sealed with; whoever has it can read the file.
#[derive(Clone, PartialEq, Eq)]
pub struct FileKey(pub [u8; 32]);

/// Without the key.
impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey")
    }
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to be made, or is being made.
    Asked,
    /// It can be taken.
    Ready {
        /// Since when.
        at: Timestamp,
        /// Until when.
        until: Timestamp,
        /// How long the file is when it is open.
        bytes: u64,
        /// How often it can still be taken.
        left: u32,
        /// What the file is sealed with.
        key: FileKey,
    },
    /// It could not be made.
    Failed {
        /// When.
        at: Timestamp,
        /// There was no space for it.
        full: bool,
    },
}

/// A copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Whose data: an account, or what stands for an address without one.
    pub user: UserId,
    /// The name of its file. Another copy has another.
    pub id: Uuid,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// The admin who asked for it; none when the person did.
    pub by: Option<UserId>,
    /// The address, of somebody without an account.
    pub address: Option<String>,
    /// How far it is.
    pub state: State,
}

/// Why there is no other copy now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// One is on its way.
    OnItsWay,
    /// There was one; from then on.
    Before(Timestamp),
}

impl Export {
    /// Whether another one may be asked for, which takes the place of this one.
    ///
    /// # Errors
    /// When one is on its way, or was made less than `every` ago.
    pub fn may_ask(&self, every: Millis, now: Timestamp) -> Result<(), NotNow> {
        match self.state {
            State::Asked => Err(NotNow::OnItsWay),
            State::Failed { .. } => Ok(()),
            State::Ready { .. } if now < self.asked_at + every => {
                Err(NotNow::Before(self.asked_at + every))
            }
            State::Ready { .. } => Ok(()),
        }
    }

    /// The copy after one download more; none when it cannot be taken any more.
    pub fn taken(&self, now: Timestamp) -> Option<Self> {
        let mut new = self.clone();
        match &mut new.state {
            State::Ready { until, left, .. } if now < *until && *left > 0 => *left -= 1,
            _ => return None,
        }
        Some(new)
    }

    /// Until when it can be taken; when it was asked for, while it cannot.
    pub fn until(&self) -> Timestamp {
        match self.state {
            State::Ready { until, .. } => until,
            _ => self.asked_at,
        }
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Ready { until, .. } if until <= now)
    }

    /// Whether somebody still needs the file: it is being written, or can be taken.
    pub fn needs_file(&self) -> bool {
        match self.state {
            State::Asked => true,
            State::Ready { left, .. } => left > 0,
            State::Failed { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(left: u32) -> Export {
        Export {
            user: UserId(Uuid::from_u128(1)),
            id: Uuid::from_u128(2),
            asked_at: Timestamp(100),
            by: None,
            address: None,
            state: State::Ready {
                at: Timestamp(110),
                until: Timestamp(900),
                bytes: 5,
                left,
                key: FileKey([7; 32]),
            },
        }
    }

    #[test]
    fn one_at_a_time_and_one_after_a_while() {
        let every = Millis(50);
        let may = |it: &Export, now| it.may_ask(every, Timestamp(now));
        let asked = Export {
            state: State::Asked,
            ..ready(1)
        };
        assert_eq!(may(&asked, 5_000), Err(NotNow::OnItsWay));
        assert_eq!(may(&ready(1), 149), Err(NotNow::Before(Timestamp(150))));
        assert_eq!(may(&ready(1), 150), Ok(()));
        let failed = Export {
            state: State::Failed {
                at: Timestamp(101),
                full: true,
            },
            ..ready(1)
        };
        assert_eq!(may(&failed, 102), Ok(()));
        assert!(asked.needs_file() && !failed.needs_file());
    }

    #[test]
    fn it_is_taken_so_often_and_so_long() {
        let once = ready(2).taken(Timestamp(899)).unwrap();
        let twice = once.taken(Timestamp(899)).unwrap();
        assert!(once.needs_file() && !twice.needs_file());
        assert_eq!(twice.taken(Timestamp(899)), None);
        assert_eq!(ready(2).taken(Timestamp(900)), None);
        assert!(ready(2).is_over(Timestamp(900)) && !ready(2).is_over(Timestamp(899)));
        assert!(!format!("{:?}", ready(1)).contains('7'), "no key in words");
    }
}
