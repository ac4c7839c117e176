//! Refunds through gateways: one row each beside its order, and the list of those to be sent.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{OrderId, UserId},
    ledger::Gateway,
    money::{Currency, MilliCoins},
    order::{Refund, RefundState},
    time::Timestamp,
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct RefundRow {
    key: String,
    order: Uuid,
    user: Uuid,
    gateway: String,
    minor: i64,
    currency: String,
    coins: i64,
    state: u8,
    tries: u32,
    due_at: Option<i64>,
    created_at: i64,
}

impl Row for RefundRow {
    const TABLE: Table = Table::Refunds;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Refunds,
    version: RefundRow::VERSION,
};

impl From<&Refund> for RefundRow {
    fn from(it: &Refund) -> Self {
        Self {
            key: it.key.clone(),
            order: it.order.0,
            user: it.user.0,
            gateway: it.gateway.word().into(),
            minor: it.minor,
            currency: it.currency.code().into(),
            coins: it.coins.0,
            state: it.state.code(),
            tries: it.tries,
            due_at: it.due_at.map(|at| at.0),
            created_at: it.created_at.0,
        }
    }
}

impl TryFrom<RefundRow> for Refund {
    type Error = RowError;

    fn try_from(row: RefundRow) -> Result<Self, RowError> {
        Ok(Self {
            key: row.key,
            order: OrderId(row.order),
            user: UserId(row.user),
            gateway: Gateway::parse(&row.gateway).ok_or(MALFORMED)?,
            minor: row.minor,
            currency: Currency::parse(&row.currency).map_err(|_| MALFORMED)?,
            coins: MilliCoins(row.coins),
            state: RefundState::from_code(row.state).ok_or(MALFORMED)?,
            tries: row.tries,
            due_at: row.due_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
        })
    }
}

fn row_key(order: OrderId, key: &str) -> Vec<u8> {
    [order.as_bytes().as_slice(), key.as_bytes()].concat()
}

fn due_key(at: Timestamp, row: &[u8]) -> Vec<u8> {
    [time_key(at).as_slice(), row].concat()
}

/// All refunds of an order.
pub fn load_of(
    store: &Store,
    order: OrderId,
    limit: usize,
) -> Result<Vec<Read<Refund>>, LoadError> {
    let rows = store.scan(Table::Refunds, KeyRange::prefix(order.as_bytes()), limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<RefundRow, _>(bytes))
        .collect()
}

/// Refunds to be sent by `now`, earliest first.
pub fn load_due(
    store: &Store,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Read<Refund>>, LoadError> {
    store
        .scan(Table::RefundsDue, KeyRange::up_to(time_key(now)), limit)?
        .iter()
        .filter_map(|(due, _)| due.get(8..))
        .filter_map(|key| read::load::<RefundRow, _>(store, key).transpose())
        .collect()
}

/// Writes a new refund; fails when there is one of this key.
pub fn insert(refund: &Refund) -> Result<Batch, RowError> {
    let key = row_key(refund.order, &refund.key);
    let batch = read::insert(&key, &RefundRow::from(refund))?;
    Ok(wait(batch, refund, &key))
}

/// Writes a changed refund; fails when it changed meanwhile.
pub fn replace(old: &Read<Refund>, new: &Refund) -> Result<Batch, RowError> {
    let key = row_key(old.order, &old.key);
    let mut batch = read::replace(&key, old, &RefundRow::from(new))?;
    if let Some(at) = old.due_at {
        batch = batch.delete(Table::RefundsDue, due_key(at, &key));
    }
    Ok(wait(batch, new, &key))
}

fn wait(batch: Batch, refund: &Refund, key: &[u8]) -> Batch {
    match refund.due_at {
        Some(at) => batch.put(Table::RefundsDue, due_key(at, key), Vec::new()),
        None => batch,
    }
}

/// The row as its buyer may read it.
pub(crate) const SHOWN: Shown = shown::<RefundRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::order::Said;

    #[test]
    fn a_refund_is_due_until_it_is_answered() {
        let store = Store::in_memory();
        let refund = Refund {
            key: "r1".into(),
            order: OrderId(Uuid::from_u128(1)),
            user: UserId(Uuid::from_u128(2)),
            gateway: Gateway::Razorpay,
            minor: 5,
            currency: Currency::parse("INR").unwrap(),
            coins: MilliCoins(50),
            state: RefundState::Waiting,
            tries: 0,
            due_at: Some(Timestamp(7)),
            created_at: Timestamp(7),
        };
        store.write_blocking(insert(&refund).unwrap()).unwrap();
        assert!(store.write_blocking(insert(&refund).unwrap()).is_err());
        assert!(load_due(&store, Timestamp(6), 5).unwrap().is_empty());
        let due = load_due(&store, Timestamp(7), 5).unwrap().remove(0);
        assert_eq!(due.value, refund);
        let mut sent = due.value.clone();
        sent.handle(Said::Yes, Timestamp(8));
        store.write_blocking(replace(&due, &sent).unwrap()).unwrap();
        assert!(load_due(&store, Timestamp::MAX, 5).unwrap().is_empty());
        assert_eq!(load_of(&store, refund.order, 5).unwrap()[0].value, sent);
    }
}
