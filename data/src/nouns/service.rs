//! What hosts offer to be booked. A host's services lie side by side.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{ServiceId, UserId},
    meeting::Window,
    money::{Currency, MilliCoins},
    order::Price,
    service::{Bracket, Cancellation, Draft, Service},
    time::{Millis, Timestamp},
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError, decode},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct ServiceRow {
    told: ServiceRow1,
    /// In the minor unit, and the currency's three letters.
    money: Option<(i64, String)>,
    capacity: u32,
    per_client_max: Option<u32>,
}

/// A service as it was written before there were groups.
#[derive(Serialize, Deserialize)]
struct ServiceRow1 {
    id: Uuid,
    host: Uuid,
    title: String,
    details: String,
    duration_ms: i64,
    price: i64,
    before_ms: i64,
    after_ms: i64,
    step_ms: i64,
    notice_ms: i64,
    horizon_ms: i64,
    per_day_max: Option<u32>,
    per_week_max: Option<u32>,
    approval: bool,
    /// Notice in milliseconds, refund in hundredths of a percent.
    cancellation: Vec<(i64, u32)>,
    moves_max: u32,
    reminder_leads_ms: Option<Vec<i64>>,
    /// Open before, close after.
    window_ms: Option<(i64, i64)>,
    lobby: bool,
    active: bool,
    created_at: i64,
    updated_at: i64,
}

impl Row for ServiceRow {
    const TABLE: Table = Table::Services;
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        match version {
            1 => decode(Self::TABLE, 1, body).map(|told| Self {
                told,
                money: None,
                capacity: 1,
                per_client_max: None,
            }),
            version => Err(RowError::UnknownVersion {
                table: Self::TABLE,
                version,
            }),
        }
    }
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Services,
    version: ServiceRow::VERSION,
};

pub(super) fn to_row(it: Price) -> (i64, String) {
    (it.minor, it.currency.code().to_owned())
}

pub(super) fn of_row((minor, currency): (i64, String)) -> Option<Price> {
    let currency = Currency::parse(&currency).ok()?;
    Some(Price { minor, currency })
}

impl From<&Service> for ServiceRow {
    fn from(it: &Service) -> Self {
        let draft = &it.draft;
        let brackets = draft.cancellation.0.iter();
        let leads = draft.reminder_leads.as_ref();
        let told = ServiceRow1 {
            id: it.id.0,
            host: it.host.0,
            title: draft.title.clone(),
            details: draft.details.clone(),
            duration_ms: draft.duration.0,
            price: draft.price.0,
            before_ms: draft.before.0,
            after_ms: draft.after.0,
            step_ms: draft.step.0,
            notice_ms: draft.notice.0,
            horizon_ms: draft.horizon.0,
            per_day_max: draft.per_day_max,
            per_week_max: draft.per_week_max,
            approval: draft.approval,
            cancellation: brackets.map(|it| (it.notice.0, it.refund_bps)).collect(),
            moves_max: draft.moves_max,
            reminder_leads_ms: leads.map(|all| all.iter().map(|lead| lead.0).collect()),
            window_ms: draft.window.map(|it| (it.open_before.0, it.close_after.0)),
            lobby: draft.lobby,
            active: draft.active,
            created_at: it.created_at.0,
            updated_at: it.updated_at.0,
        };
        Self {
            told,
            money: draft.money.map(to_row),
            capacity: draft.capacity,
            per_client_max: draft.per_client_max,
        }
    }
}

impl TryFrom<ServiceRow> for Service {
    type Error = RowError;

    fn try_from(whole: ServiceRow) -> Result<Self, RowError> {
        let row = whole.told;
        let brackets = row.cancellation.into_iter();
        let brackets = brackets.map(|(notice, refund_bps)| Bracket {
            notice: Millis(notice),
            refund_bps,
        });
        let leads = row.reminder_leads_ms;
        let draft = Draft {
            title: row.title,
            details: row.details,
            duration: Millis(row.duration_ms),
            price: MilliCoins(row.price),
            money: whole
                .money
                .map(|it| of_row(it).ok_or(MALFORMED))
                .transpose()?,
            capacity: whole.capacity,
            before: Millis(row.before_ms),
            after: Millis(row.after_ms),
            step: Millis(row.step_ms),
            notice: Millis(row.notice_ms),
            horizon: Millis(row.horizon_ms),
            per_day_max: row.per_day_max,
            per_week_max: row.per_week_max,
            per_client_max: whole.per_client_max,
            approval: row.approval,
            cancellation: Cancellation(brackets.collect()),
            moves_max: row.moves_max,
            reminder_leads: leads.map(|all| all.into_iter().map(Millis).collect()),
            window: row.window_ms.map(|(open_before, close_after)| Window {
                open_before: Millis(open_before),
                close_after: Millis(close_after),
            }),
            lobby: row.lobby,
            active: row.active,
        };
        Ok(Self {
            id: ServiceId(row.id),
            host: UserId(row.host),
            draft,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

fn key(host: UserId, id: ServiceId) -> Vec<u8> {
    [host.as_bytes().as_slice(), id.as_bytes()].concat()
}

/// One of a host's services.
pub fn load(
    store: &Store,
    host: UserId,
    id: ServiceId,
) -> Result<Option<Read<Service>>, LoadError> {
    read::load::<ServiceRow, _>(store, key(host, id))
}

/// A host's services in the order of their making, at most `limit`.
pub fn load_of(store: &Store, host: UserId, limit: usize) -> Result<Vec<Read<Service>>, LoadError> {
    let range = KeyRange::prefix(host.as_bytes());
    let rows = store.scan(Table::Services, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<ServiceRow, _>(bytes))
        .collect()
}

/// Writes a service; fails when it is not still as it was read (none: when there is one already).
pub fn put(old: Option<&Read<Service>>, new: &Service) -> Result<Batch, RowError> {
    let (key, row) = (key(new.host, new.id), ServiceRow::from(new));
    match old {
        Some(old) => read::replace(key, old, &row),
        None => read::insert(key, &row),
    }
}

/// Removes a service. What was booked has its own terms.
pub fn remove(old: &Read<Service>) -> Batch {
    read::remove::<ServiceRow, _>(key(old.host, old.id), old)
}

/// The row as its host may read it.
pub(crate) const SHOWN: Shown = shown::<ServiceRow>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_from_before_there_were_groups_is_for_one() {
        let service = Service {
            id: ServiceId(Uuid::from_u128(1)),
            host: UserId(Uuid::from_u128(2)),
            draft: Draft::default(),
            created_at: Timestamp(1),
            updated_at: Timestamp(2),
        };
        let told = ServiceRow::from(&service).told;
        let old = crate::row::encode(Table::Services, 1, &told).unwrap();
        let read = Service::try_from(ServiceRow::from_bytes(&old).unwrap());
        assert_eq!(read.unwrap(), service);
    }

    #[test]
    fn a_hosts_services_lie_side_by_side() {
        let store = Store::in_memory();
        let service = |host, id| Service {
            id: ServiceId(Uuid::from_u128(id)),
            host: UserId(Uuid::from_u128(host)),
            draft: Draft {
                title: "Talk".into(),
                per_day_max: Some(3),
                per_client_max: Some(2),
                capacity: 4,
                money: of_row((500, "KES".into())),
                reminder_leads: Some(vec![Millis(5)]),
                window: Some(Window::default()),
                ..Draft::default()
            },
            created_at: Timestamp(1),
            updated_at: Timestamp(2),
        };
        for (host, id) in [(1, 11), (1, 12), (2, 13)] {
            let batch = put(None, &service(host, id)).unwrap();
            store.write_blocking(batch).unwrap();
        }
        let host = UserId(Uuid::from_u128(1));
        let of = || load_of(&store, host, 9).unwrap();
        assert_eq!(of().len(), 2);
        assert_eq!(of()[0].value, service(1, 11));
        let mut changed = of()[0].value.clone();
        changed.draft.active = false;
        let batch = put(Some(&of()[0]), &changed).unwrap();
        store.write_blocking(batch).unwrap();
        assert_eq!(
            load(&store, host, changed.id).unwrap().unwrap().value,
            changed
        );
        store.write_blocking(remove(&of()[0])).unwrap();
        assert_eq!(of().len(), 1);
    }
}
