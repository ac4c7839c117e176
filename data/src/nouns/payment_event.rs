//! What gateways told us, byte for byte, each once, and whether it was applied.
//!
//! A body may be larger than a row may be, so it lies in parts beside its row. Nothing in here is
//! trusted because it is here: who calls [`insert`] has checked the signature.

use serde::{Deserialize, Serialize};

use uuid::Uuid;

use parlor_domain::{id::OrderId, ledger::Gateway, time::Timestamp};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::{Batch, VALUE_BYTES_MAX},
    personal::person::{Fate, Person},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most parts of one body: 256 KiB.
const PARTS_MAX: usize = 16;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentEvent {
    /// Whose.
    pub gateway: Gateway,
    /// Hash of its name: of what the gateway says is the same when it repeats itself.
    pub name: [u8; 32],
    /// The order at whose own address it came (M-Pesa).
    pub order: Option<OrderId>,
    /// When it came first.
    pub came_at: Timestamp,
    /// How often it was tried to apply it.
    pub tries: u32,
    /// When it is tried again; `None` once it was applied.
    pub due_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EventRow {
    gateway: String,
    name: [u8; 32],
    order: Option<Uuid>,
    came_at: i64,
    tries: u32,
    due_at: Option<i64>,
}

impl Row for EventRow {
    const TABLE: Table = Table::PaymentEvents;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::PaymentEvents,
    version: EventRow::VERSION,
};

impl From<&PaymentEvent> for EventRow {
    fn from(it: &PaymentEvent) -> Self {
        Self {
            gateway: it.gateway.word().into(),
            name: it.name,
            order: it.order.map(|id| id.0),
            came_at: it.came_at.0,
            tries: it.tries,
            due_at: it.due_at.map(|at| at.0),
        }
    }
}

impl TryFrom<EventRow> for PaymentEvent {
    type Error = RowError;

    fn try_from(row: EventRow) -> Result<Self, RowError> {
        Ok(Self {
            gateway: Gateway::parse(&row.gateway).ok_or(MALFORMED)?,
            name: row.name,
            order: row.order.map(OrderId),
            came_at: Timestamp(row.came_at),
            tries: row.tries,
            due_at: row.due_at.map(Timestamp),
        })
    }
}

fn key(gateway: Gateway, name: &[u8; 32]) -> Vec<u8> {
    [gateway.word().as_bytes(), &[0], name].concat()
}

fn due_key(at: Timestamp, key: &[u8]) -> Vec<u8> {
    [time_key(at).as_slice(), key].concat()
}

/// The event of this name.
pub fn load(
    store: &Store,
    gateway: Gateway,
    name: &[u8; 32],
) -> Result<Option<Read<PaymentEvent>>, LoadError> {
    read::load::<EventRow, _>(store, key(gateway, name))
}

/// An event's body, as it came.
pub fn body(store: &Store, event: &PaymentEvent) -> Result<Vec<u8>, LoadError> {
    let range = KeyRange::prefix(key(event.gateway, &event.name));
    let parts = store.scan(Table::PaymentEventBodies, range, PARTS_MAX)?;
    Ok(parts.iter().flat_map(|(_, part)| part.to_vec()).collect())
}

/// Events that were not applied and are due by `now`, earliest first.
pub fn load_due(
    store: &Store,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Read<PaymentEvent>>, LoadError> {
    store
        .scan(
            Table::PaymentEventsWaiting,
            KeyRange::up_to(time_key(now)),
            limit,
        )?
        .iter()
        .filter_map(|(due, _)| due.get(8..))
        .filter_map(|key| read::load::<EventRow, _>(store, key).transpose())
        .collect()
}

/// Keeps a new event; fails when there is one of this name. A body beyond 256 KiB is cut: the web
/// refuses it before.
pub fn insert(event: &PaymentEvent, body: &[u8]) -> Result<Batch, RowError> {
    let key = key(event.gateway, &event.name);
    let mut batch = read::insert(&key, &EventRow::from(event))?;
    for (part, bytes) in body.chunks(VALUE_BYTES_MAX).take(PARTS_MAX).enumerate() {
        let part = u16::try_from(part).unwrap_or(u16::MAX).to_be_bytes();
        let key = [key.as_slice(), &part].concat();
        batch = batch.put(Table::PaymentEventBodies, key, bytes.to_vec());
    }
    Ok(wait(batch, event, &key))
}

/// Writes a changed event; fails when it changed meanwhile.
pub fn replace(old: &Read<PaymentEvent>, new: &PaymentEvent) -> Result<Batch, RowError> {
    let key = key(old.gateway, &old.name);
    let mut batch = read::replace(&key, old, &EventRow::from(new))?;
    if let Some(at) = old.due_at {
        batch = batch.delete(Table::PaymentEventsWaiting, due_key(at, &key));
    }
    Ok(wait(batch, new, &key))
}

fn wait(batch: Batch, event: &PaymentEvent, key: &[u8]) -> Batch {
    match event.due_at {
        Some(at) => batch.put(Table::PaymentEventsWaiting, due_key(at, key), Vec::new()),
        None => batch,
    }
}

/// Removes applied events that came before `before` among one page of keys after `after`. Gives the
/// removals, how many, and where the next page begins (`None`: that was the last).
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    let (rows, next) = read::rows(store, Table::PaymentEvents, after, limit)?;
    let (mut batch, mut count) = (Batch::new(), 0);
    for (key, bytes) in rows {
        let event: Read<PaymentEvent> = read::read::<EventRow, _>(bytes)?;
        if event.due_at.is_some() || event.came_at >= before {
            continue;
        }
        let parts = store.scan(Table::PaymentEventBodies, KeyRange::prefix(&key), PARTS_MAX)?;
        for (part, _) in parts {
            batch = batch.delete(Table::PaymentEventBodies, part);
        }
        batch = batch.delete(Table::PaymentEvents, key);
        count += 1;
    }
    Ok((batch, count, next))
}

/// What a gateway wrote about a person goes, once it was applied; that it came stays.
pub(crate) fn cut_body(
    store: &Store,
    person: &Person,
    key: &[u8],
    row: &[u8],
) -> Result<Fate, LoadError> {
    let event = &key[..key.len().saturating_sub(2)];
    let told: Option<Read<PaymentEvent>> = read::load::<EventRow, _>(store, event)?;
    if told.is_some_and(|it| it.due_at.is_some()) {
        return Ok(Fate::Stays);
    }
    let parts = store.scan(
        Table::PaymentEventBodies,
        KeyRange::prefix(event),
        PARTS_MAX,
    )?;
    let body: Vec<u8> = parts.iter().flat_map(|(_, part)| part.to_vec()).collect();
    Ok(Fate::gone(
        person.is_traced_in(&body) || person.is_traced_in(row),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_kept_once_with_all_its_bytes_until_it_is_old() {
        let store = Store::in_memory();
        let event = PaymentEvent {
            gateway: Gateway::Razorpay,
            name: [9; 32],
            order: None,
            came_at: Timestamp(5),
            tries: 0,
            due_at: Some(Timestamp(5)),
        };
        let raw: Vec<u8> = (0..40_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        store.write_blocking(insert(&event, &raw).unwrap()).unwrap();
        assert!(store.write_blocking(insert(&event, &raw).unwrap()).is_err());
        assert_eq!(body(&store, &event).unwrap(), raw);
        let due = load_due(&store, Timestamp(5), 10).unwrap();
        assert_eq!(due[0].value, event);
        let (_, count, _) = sweep(&store, None, Timestamp(100), 10).unwrap();
        assert_eq!(count, 0, "it waits");
        let done = PaymentEvent {
            tries: 1,
            due_at: None,
            ..event.clone()
        };
        store
            .write_blocking(replace(&due[0], &done).unwrap())
            .unwrap();
        assert!(load_due(&store, Timestamp(99), 10).unwrap().is_empty());
        let (batch, count, next) = sweep(&store, None, Timestamp(100), 10).unwrap();
        assert_eq!((count, next), (1, None));
        store.write_blocking(batch).unwrap();
        assert!(load(&store, Gateway::Razorpay, &[9; 32]).unwrap().is_none());
        assert!(body(&store, &event).unwrap().is_empty());
    }
}
