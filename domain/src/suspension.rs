//! An account that an admin took out of service, and how that went: every step with who, when and why.
//!
//! Whether an account is out is one flag of the account; this is the record beside it, written in the
//! same batch. Must never lose a step that is younger than its retention.

use crate::{id::UserId, time::Timestamp};

/// Most steps that are remembered of one account; the oldest go first.
pub const STEPS_MAX: usize = 50;

/// An admin took an account out, or let it in again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Out (true) or in again.
    pub out: bool,
    /// Which admin.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Why; for admins only.
    pub why: String,
}

/// What admins did to one account, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// Whose.
    pub user: UserId,
    /// What was done.
    pub steps: Vec<Step>,
}

impl Suspension {
    /// With one more step.
    pub fn with(mut self, step: Step) -> Self {
        self.steps.push(step);
        let surplus = self.steps.len().saturating_sub(STEPS_MAX);
        self.steps.drain(..surplus);
        self
    }

    /// Whether the account is out.
    pub fn is_out(&self) -> bool {
        self.steps.last().is_some_and(|step| step.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn steps_are_remembered_up_to_a_bound() {
        let user = UserId(Uuid::from_u128(1));
        let mut it = Suspension {
            user,
            steps: vec![],
        };
        assert!(!it.is_out());
        for n in 0..=STEPS_MAX as i64 {
            it = it.with(Step {
                out: n % 2 == 0,
                by: UserId(Uuid::from_u128(2)),
                at: Timestamp(n),
                why: "Threats".into(),
            });
        }
        assert_eq!((it.steps.len(), it.steps[0].at), (STEPS_MAX, Timestamp(1)));
        assert!(it.is_out());
    }
}
