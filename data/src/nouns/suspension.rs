//! What admins did to accounts: taken out of service, let in again.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::UserId,
    suspension::{Step, Suspension},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
struct StepRow {
    out: bool,
    by: Uuid,
    at: i64,
    why: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SuspensionRow {
    user: Uuid,
    steps: Vec<StepRow>,
}

impl Row for SuspensionRow {
    const TABLE: Table = Table::Suspensions;
    const VERSION: u8 = 1;
}

impl From<&Suspension> for SuspensionRow {
    fn from(it: &Suspension) -> Self {
        let steps = it.steps.iter().map(|it| StepRow {
            out: it.out,
            by: it.by.0,
            at: it.at.0,
            why: it.why.clone(),
        });
        Self {
            user: it.user.0,
            steps: steps.collect(),
        }
    }
}

impl TryFrom<SuspensionRow> for Suspension {
    type Error = RowError;

    fn try_from(row: SuspensionRow) -> Result<Self, RowError> {
        let steps = row.steps.into_iter().map(|it| Step {
            out: it.out,
            by: UserId(it.by),
            at: Timestamp(it.at),
            why: it.why,
        });
        Ok(Self {
            user: UserId(row.user),
            steps: steps.collect(),
        })
    }
}

/// What was done to one account; none when nothing ever was.
pub fn load(store: &Store, user: UserId) -> Result<Option<Read<Suspension>>, LoadError> {
    read::load::<SuspensionRow, _>(store, user.as_bytes())
}

/// At most `limit` accounts that something was done to, in the order of ids, from after `after`.
pub fn page(
    store: &Store,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<Read<Suspension>>, LoadError> {
    read::page::<SuspensionRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Writes it; fails when it is not still as it was read.
pub fn put(old: Option<&Read<Suspension>>, new: &Suspension) -> Result<Batch, RowError> {
    read::put(new.user.as_bytes(), old, &SuspensionRow::from(new))
}

/// Removes one page of those that are over since before `before`.
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep_rows::<SuspensionRow>(store, after, limit, |row| {
        let last = row.steps.last();
        last.is_none_or(|step| !step.out && step.at < before.0)
    })
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<SuspensionRow>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspension_is_kept_until_long_after_it_was_lifted() {
        let store = Store::in_memory();
        let step = |out, at| Step {
            out,
            by: UserId(Uuid::from_u128(9)),
            at: Timestamp(at),
            why: "Threats".into(),
        };
        let out = Suspension {
            user: UserId(Uuid::from_u128(1)),
            steps: vec![step(true, 5)],
        };
        let first = || put(None, &out).unwrap();
        store.write_blocking(first()).unwrap();
        assert!(
            store.write_blocking(first()).is_err(),
            "nobody is in between"
        );
        let read = load(&store, out.user).unwrap().unwrap();
        assert_eq!(
            (read.value.clone(), page(&store, None, 9).unwrap().len()),
            (out.clone(), 1)
        );
        assert_eq!(sweep(&store, None, Timestamp(99), 9).unwrap().1, 0);
        let lifted = out.with(step(false, 8));
        store
            .write_blocking(put(Some(&read), &lifted).unwrap())
            .unwrap();
        assert_eq!(sweep(&store, None, Timestamp(8), 9).unwrap().1, 0);
        assert_eq!(sweep(&store, None, Timestamp(9), 9).unwrap().1, 1);
    }
}
