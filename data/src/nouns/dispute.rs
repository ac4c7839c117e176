//! Disputes: one row per disputed call, kept for ever.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    dispute::{Decision, Dispute},
    id::{CallId, UserId},
    money::MilliCoins,
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person, Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct DisputeRow {
    call: Uuid,
    client: Uuid,
    host: Uuid,
    reason: String,
    opened_at: i64,
    charged: i64,
    fee: i64,
    charged_by: u64,
    /// Refund, note, by whom, when.
    decision: Option<(i64, String, Uuid, i64)>,
}

impl Row for DisputeRow {
    const TABLE: Table = Table::Disputes;
    const VERSION: u8 = 1;
}

impl From<&Dispute> for DisputeRow {
    fn from(it: &Dispute) -> Self {
        let decision = it.decision.as_ref();
        Self {
            call: it.call.0,
            client: it.client.0,
            host: it.host.0,
            reason: it.reason.clone(),
            opened_at: it.opened_at.0,
            charged: it.charged.0,
            fee: it.fee.0,
            charged_by: it.charged_by,
            decision: decision.map(|it| (it.refund.0, it.note.clone(), it.by.0, it.at.0)),
        }
    }
}

impl TryFrom<DisputeRow> for Dispute {
    type Error = RowError;

    fn try_from(row: DisputeRow) -> Result<Self, RowError> {
        Ok(Self {
            call: CallId(row.call),
            client: UserId(row.client),
            host: UserId(row.host),
            reason: row.reason,
            opened_at: Timestamp(row.opened_at),
            charged: MilliCoins(row.charged),
            fee: MilliCoins(row.fee),
            charged_by: row.charged_by,
            decision: row.decision.map(|(refund, note, by, at)| Decision {
                refund: MilliCoins(refund),
                note,
                by: UserId(by),
                at: Timestamp(at),
            }),
        })
    }
}

/// The dispute about a call.
pub fn load(store: &Store, call: CallId) -> Result<Option<Read<Dispute>>, LoadError> {
    read::load::<DisputeRow, _>(store, call.as_bytes())
}

/// The latest calls' disputes first, from before `before`.
pub fn page(
    store: &Store,
    before: Option<CallId>,
    limit: usize,
) -> Result<Vec<Read<Dispute>>, LoadError> {
    read::latest::<DisputeRow, _>(store, before.map(|id| *id.as_bytes()), limit)
}

/// Writes a new one; fails when there is one about this call.
pub fn insert(it: &Dispute) -> Result<Batch, RowError> {
    read::insert(it.call.as_bytes(), &DisputeRow::from(it))
}

/// Writes the decision.
pub fn replace(old: &Read<Dispute>, new: &Dispute) -> Result<Batch, RowError> {
    read::replace(new.call.as_bytes(), old, &DisputeRow::from(new))
}

/// The row as the client may read it.
pub(crate) const SHOWN: Shown = shown::<DisputeRow>;

/// What was decided about money stays; words go.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let mut it = DisputeRow::from_bytes(row)?;
    let client = person.is(it.client);
    if !client && !person.is(it.host) {
        return Ok(Fate::Stays);
    }
    it.reason = match client {
        true => String::new(),
        false => person.left_out_of(&it.reason),
    };
    if let Some((_, note, _, _)) = &mut it.decision {
        *note = person.left_out_of(note);
    }
    Fate::becomes(&it)
}
