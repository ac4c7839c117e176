//! What an admin should look at: money that no order explains, disputes, refunds that failed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::OrderId,
    ledger::Gateway,
    money::Currency,
    order::{Concern, Price},
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyAlert {
    /// Its id, in the order of time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What about.
    pub concern: Concern,
    /// Through whom the money came.
    pub gateway: Gateway,
    /// The order, if one is known.
    pub order: Option<OrderId>,
    /// The gateway's name of the payment.
    pub payment: Option<String>,
    /// How much.
    pub sum: Option<Price>,
    /// What an admin wrote when it was settled.
    pub settled: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AlertRow {
    id: Uuid,
    at: i64,
    concern: u8,
    gateway: String,
    order: Option<Uuid>,
    payment: Option<String>,
    sum: Option<(i64, String)>,
    settled: Option<String>,
}

impl Row for AlertRow {
    const TABLE: Table = Table::MoneyAlerts;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::MoneyAlerts,
    version: AlertRow::VERSION,
};

impl From<&MoneyAlert> for AlertRow {
    fn from(it: &MoneyAlert) -> Self {
        Self {
            id: it.id,
            at: it.at.0,
            concern: it.concern.code(),
            gateway: it.gateway.word().into(),
            order: it.order.map(|id| id.0),
            payment: it.payment.clone(),
            sum: it.sum.map(|sum| (sum.minor, sum.currency.code().into())),
            settled: it.settled.clone(),
        }
    }
}

impl TryFrom<AlertRow> for MoneyAlert {
    type Error = RowError;

    fn try_from(row: AlertRow) -> Result<Self, RowError> {
        let sum = row.sum.map(|(minor, currency)| {
            let currency = Currency::parse(&currency).map_err(|_| MALFORMED)?;
            Ok::<_, RowError>(Price { minor, currency })
        });
        Ok(Self {
            id: row.id,
            at: Timestamp(row.at),
            concern: Concern::from_code(row.concern).ok_or(MALFORMED)?,
            gateway: Gateway::parse(&row.gateway).ok_or(MALFORMED)?,
            order: row.order.map(OrderId),
            payment: row.payment,
            sum: sum.transpose()?,
            settled: row.settled,
        })
    }
}

/// The alert with this id.
pub fn load(store: &Store, id: Uuid) -> Result<Option<Read<MoneyAlert>>, LoadError> {
    read::load::<AlertRow, _>(store, id.as_bytes())
}

/// Alerts, latest first.
pub fn latest(store: &Store, limit: usize) -> Result<Vec<Read<MoneyAlert>>, LoadError> {
    read::latest::<AlertRow, _>(store, None, limit)
}

/// At most `limit` alerts of `at` and later, earliest first.
pub fn since(
    store: &Store,
    at: Timestamp,
    limit: usize,
) -> Result<Vec<Read<MoneyAlert>>, LoadError> {
    // An id begins with the milliseconds of its making, in six bytes.
    let millis = u64::try_from(at.0).unwrap_or(0).to_be_bytes();
    let mut first = [0; 16];
    first[..6].copy_from_slice(&millis[2..]);
    read::page::<AlertRow, _>(store, Some(first), limit)
}

/// Writes a new alert.
pub fn insert(alert: &MoneyAlert) -> Result<Batch, RowError> {
    read::insert(alert.id.as_bytes(), &AlertRow::from(alert))
}

/// Writes a changed alert; fails when it changed meanwhile.
pub fn replace(old: &Read<MoneyAlert>, new: &MoneyAlert) -> Result<Batch, RowError> {
    read::replace(new.id.as_bytes(), old, &AlertRow::from(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_comes_back_and_is_settled() {
        let store = Store::in_memory();
        let alert = MoneyAlert {
            id: Uuid::from_u128(1),
            at: Timestamp(3),
            concern: Concern::WrongAmount,
            gateway: Gateway::Mpesa,
            order: Some(OrderId(Uuid::from_u128(2))),
            payment: Some("ws_CO_1".into()),
            sum: Some(Price {
                minor: 100,
                currency: Currency::parse("KES").unwrap(),
            }),
            settled: None,
        };
        store.write_blocking(insert(&alert).unwrap()).unwrap();
        let old = latest(&store, 5).unwrap().remove(0);
        assert_eq!(old.value, alert);
        let named = |at: u128| MoneyAlert {
            id: Uuid::from_u128(at << 80 | 0x7000 << 64 | 1),
            ..alert.clone()
        };
        for at in [70, 71] {
            store.write_blocking(insert(&named(at)).unwrap()).unwrap();
        }
        let since = |at| since(&store, Timestamp(at), 5).unwrap().len();
        assert_eq!([since(0), since(70), since(71), since(72)], [3, 2, 1, 0]);
        let done = MoneyAlert {
            settled: Some("sent back by hand".into()),
            ..alert
        };
        store.write_blocking(replace(&old, &done).unwrap()).unwrap();
        assert_eq!(load(&store, done.id).unwrap().unwrap().value, done);
    }
}
