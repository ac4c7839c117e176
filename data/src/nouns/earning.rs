//! Calls whose earnings may still be disputed. The writer of the books notes a call whenever it
//! earns; the sweep takes it away when the earnings mature.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{CallId, UserId},
    ledger::{Account, Entry, Subject},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// A call that earned something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earning {
    /// The call.
    pub call: CallId,
    /// Who earned.
    pub host: UserId,
    /// When it earned last.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EarningRow {
    call: Uuid,
    host: Uuid,
    at: i64,
}

impl Row for EarningRow {
    const TABLE: Table = Table::Earnings;
    const VERSION: u8 = 1;
}

impl TryFrom<EarningRow> for Earning {
    type Error = RowError;

    fn try_from(row: EarningRow) -> Result<Self, RowError> {
        Ok(Self {
            call: CallId(row.call),
            host: UserId(row.host),
            at: Timestamp(row.at),
        })
    }
}

/// Notes the call of an entry by which a host earns; nothing otherwise.
pub fn noted(entry: &Entry) -> Result<Batch, RowError> {
    let Subject::Call(call) = entry.subject else {
        return Ok(Batch::new());
    };
    let host = entry
        .postings
        .iter()
        .filter(|it| it.units > 0)
        .find_map(|it| match it.account {
            Account::HostPending(host) => Some(host),
            _ => None,
        });
    let Some(host) = host else {
        return Ok(Batch::new());
    };
    let row = EarningRow {
        call: call.0,
        host: host.0,
        at: entry.at.0,
    };
    Ok(Batch::new().put(Table::Earnings, call.as_bytes(), row.to_bytes()?))
}

/// The earnings of a call, while they may be disputed.
pub fn load(store: &Store, call: CallId) -> Result<Option<Read<Earning>>, LoadError> {
    read::load::<EarningRow, _>(store, call.as_bytes())
}

/// At most `limit` of them, from after the call `after`.
pub fn page(
    store: &Store,
    after: Option<CallId>,
    limit: usize,
) -> Result<Vec<Read<Earning>>, LoadError> {
    let range = match after {
        Some(call) => KeyRange::all().after(call.as_bytes()),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::Earnings, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<EarningRow, _>(bytes))
        .collect()
}

/// Takes it away, if nothing more was earned meanwhile.
pub fn remove(earning: &Read<Earning>) -> Batch {
    read::remove::<EarningRow, _>(earning.call.as_bytes(), earning)
}
