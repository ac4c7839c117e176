//! Purchases: one row each, found by their buyer, by the gateway's name of them, and by when the
//! gateway is to be asked about them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{OrderId, UserId},
    ledger::Gateway,
    money::{Currency, MilliCoins},
    order::{Happened, Order, Price, State, Step},
    time::Timestamp,
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError, decode},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct OrderRow {
    id: Uuid,
    user: Uuid,
    gateway: String,
    package: String,
    coins: i64,
    minor: i64,
    currency: String,
    state: u8,
    reference: Option<String>,
    page: Option<String>,
    payment: Option<String>,
    receipt: Option<String>,
    refunded_minor: i64,
    trouble: Option<String>,
    looks: u32,
    look_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    disputed_minor: i64,
    answer_by: Option<i64>,
    /// When, what, how much, which code.
    steps: Vec<(i64, u8, i64, Option<String>)>,
}

impl Row for OrderRow {
    const TABLE: Table = Table::Orders;
    const VERSION: u8 = 3;

    /// Version 1 has neither the disputed sum nor what came after it, version 2 not the latter: the
    /// last fields are missing, and were nothing.
    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        let table = Self::TABLE;
        let missing: &[u8] = match version {
            1 => &[0, 0, 0],
            2 => &[0, 0],
            _ => return Err(RowError::UnknownVersion { table, version }),
        };
        let mut row: Self = decode(table, version, &[body, missing].concat())?;
        if version == 1 && row.state == State::Disputed.code() {
            row.disputed_minor = row.minor;
        }
        Ok(row)
    }
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Orders,
    version: OrderRow::VERSION,
};

impl From<&Order> for OrderRow {
    fn from(it: &Order) -> Self {
        Self {
            id: it.id.0,
            user: it.user.0,
            gateway: it.gateway.word().into(),
            package: it.package.clone(),
            coins: it.coins.0,
            minor: it.price.minor,
            currency: it.price.currency.code().into(),
            state: it.state.code(),
            reference: it.reference.clone(),
            page: it.page.clone(),
            payment: it.payment.clone(),
            receipt: it.receipt.clone(),
            refunded_minor: it.refunded_minor,
            trouble: it.trouble.clone(),
            looks: it.looks,
            look_at: it.look_at.map(|at| at.0),
            created_at: it.created_at.0,
            updated_at: it.updated_at.0,
            disputed_minor: it.disputed_minor,
            answer_by: it.answer_by.map(|at| at.0),
            steps: it.steps.iter().map(step_row).collect(),
        }
    }
}

fn step_row(it: &Step) -> (i64, u8, i64, Option<String>) {
    (it.at.0, it.what.code(), it.minor, it.code.clone())
}

fn step((at, what, minor, code): (i64, u8, i64, Option<String>)) -> Result<Step, RowError> {
    Ok(Step {
        at: Timestamp(at),
        what: Happened::from_code(what).ok_or(MALFORMED)?,
        minor,
        code,
    })
}

impl TryFrom<OrderRow> for Order {
    type Error = RowError;

    fn try_from(row: OrderRow) -> Result<Self, RowError> {
        Ok(Self {
            id: OrderId(row.id),
            user: UserId(row.user),
            gateway: Gateway::parse(&row.gateway).ok_or(MALFORMED)?,
            package: row.package,
            coins: MilliCoins(row.coins),
            price: Price {
                minor: row.minor,
                currency: Currency::parse(&row.currency).map_err(|_| MALFORMED)?,
            },
            state: State::from_code(row.state).ok_or(MALFORMED)?,
            reference: row.reference,
            page: row.page,
            payment: row.payment,
            receipt: row.receipt,
            refunded_minor: row.refunded_minor,
            trouble: row.trouble,
            looks: row.looks,
            look_at: row.look_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            disputed_minor: row.disputed_minor,
            answer_by: row.answer_by.map(Timestamp),
            steps: row.steps.into_iter().map(step).collect::<Result<_, _>>()?,
        })
    }
}

fn of_user(order: &Order) -> Vec<u8> {
    [order.user.as_bytes().as_slice(), order.id.as_bytes()].concat()
}

fn reference_key(gateway: Gateway, reference: &str) -> Vec<u8> {
    [gateway.word().as_bytes(), &[0], reference.as_bytes()].concat()
}

/// A byte that no gateway's name begins with keeps payments and orders apart.
fn payment_key(gateway: Gateway, payment: &str) -> Vec<u8> {
    [gateway.word().as_bytes(), &[0, 1], payment.as_bytes()].concat()
}

fn ask_key(at: Timestamp, id: OrderId) -> Vec<u8> {
    [time_key(at).as_slice(), id.as_bytes()].concat()
}

/// The order with this id.
pub fn load(store: &Store, id: OrderId) -> Result<Option<Read<Order>>, LoadError> {
    read::load::<OrderRow, _>(store, id.as_bytes())
}

/// The order that the gateway calls so.
pub fn find(
    store: &Store,
    gateway: Gateway,
    reference: &str,
) -> Result<Option<OrderId>, LoadError> {
    let Some(id) = store.get(Table::OrdersByReference, reference_key(gateway, reference))? else {
        return Ok(None);
    };
    Ok(Some(OrderId::from_bytes(read::id_in(&id, MALFORMED)?)))
}

/// The order that this payment was credited for.
pub fn find_paid(
    store: &Store,
    gateway: Gateway,
    payment: &str,
) -> Result<Option<OrderId>, LoadError> {
    let Some(id) = store.get(Table::OrdersByReference, payment_key(gateway, payment))? else {
        return Ok(None);
    };
    Ok(Some(OrderId::from_bytes(read::id_in(&id, MALFORMED)?)))
}

/// A person's orders, latest first.
pub fn load_of(
    store: &Store,
    user: UserId,
    before: Option<OrderId>,
    limit: usize,
) -> Result<Vec<Read<Order>>, LoadError> {
    let mut range = KeyRange::prefix(user.as_bytes()).reverse();
    if let Some(before) = before {
        range = range.after([user.as_bytes().as_slice(), before.as_bytes()].concat());
    }
    read::load_indexed::<OrderRow, _>(store, Table::OrdersByUser, range, limit)
}

/// All orders, latest first, from before `before`.
pub fn latest(
    store: &Store,
    before: Option<OrderId>,
    limit: usize,
) -> Result<Vec<Read<Order>>, LoadError> {
    read::latest::<OrderRow, _>(store, before.map(|id| *id.as_bytes()), limit)
}

/// Orders about which the gateway is to be asked by `now`, earliest first.
pub fn load_to_ask(
    store: &Store,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Read<Order>>, LoadError> {
    read::load_indexed::<OrderRow, _>(
        store,
        Table::OrdersToAsk,
        KeyRange::up_to(time_key(now)),
        limit,
    )
}

/// Writes a new order.
pub fn insert(order: &Order) -> Result<Batch, RowError> {
    let batch = read::insert(order.id.as_bytes(), &OrderRow::from(order))?.put(
        Table::OrdersByUser,
        of_user(order),
        Vec::new(),
    );
    Ok(index(batch, order))
}

/// Writes a changed order; fails when it changed meanwhile, or when the gateway's name of it is
/// another order's.
pub fn replace(old: &Read<Order>, new: &Order) -> Result<Batch, RowError> {
    let mut batch = read::replace(new.id.as_bytes(), old, &OrderRow::from(new))?;
    if let Some(at) = old.look_at {
        batch = batch.delete(Table::OrdersToAsk, ask_key(at, old.id));
    }
    if let Some(reference) = new.reference.as_ref().filter(|_| old.reference.is_none()) {
        let key = reference_key(new.gateway, reference);
        batch = batch.require_absent(Table::OrdersByReference, &key).put(
            Table::OrdersByReference,
            key,
            new.id.as_bytes().to_vec(),
        );
    }
    if let Some(payment) = new.payment.as_ref().filter(|_| old.payment.is_none()) {
        let key = payment_key(new.gateway, payment);
        batch = batch.put(Table::OrdersByReference, key, new.id.as_bytes().to_vec());
    }
    Ok(index(batch, new))
}

fn index(batch: Batch, order: &Order) -> Batch {
    match order.look_at {
        Some(at) => batch.put(Table::OrdersToAsk, ask_key(at, order.id), Vec::new()),
        None => batch,
    }
}

/// The row as its buyer may read it.
pub(crate) const SHOWN: Shown = shown::<OrderRow>;

/// Most purchases of one person that are looked through.
const OF_ONE_MAX: usize = 10_000;

/// What gateways call somebody's purchases and payments.
pub(crate) fn names_of(store: &Store, user: UserId) -> Result<Vec<String>, LoadError> {
    let all = load_of(store, user, None, OF_ONE_MAX)?;
    let names = all.into_iter().flat_map(|it| {
        let it = it.value;
        [Some(it.id.to_string()), it.reference, it.payment]
    });
    Ok(names.flatten().filter(|it| it.len() >= 6).collect())
}

/// Number, sum and state stay; the page on which it was paid goes.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let mut it = OrderRow::from_bytes(row)?;
    if person.is(it.user) {
        it.page = None;
    }
    Fate::becomes(&it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::order::{Input, Package};

    fn order(n: u128, look_at: i64) -> Order {
        let package = Package::new(100, 9_900, "INR").unwrap();
        Order {
            id: OrderId(Uuid::from_u128(n)),
            user: UserId(Uuid::from_u128(7)),
            gateway: Gateway::Stripe,
            package: package.id,
            coins: package.coins,
            price: package.price,
            state: State::Created,
            reference: None,
            page: None,
            payment: None,
            receipt: None,
            refunded_minor: 0,
            disputed_minor: 0,
            answer_by: None,
            steps: Vec::new(),
            trouble: None,
            looks: 0,
            look_at: Some(Timestamp(look_at)),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    #[test]
    fn rows_of_earlier_versions_are_read() {
        let mut disputed = order(1, 5);
        disputed.state = State::Disputed;
        let cases = [
            (1, 3, order(1, 5), 0),
            (1, 3, disputed.clone(), 9_900),
            (2, 2, disputed, 0),
        ];
        for (version, missing, order, sum) in cases {
            let mut bytes = OrderRow::from(&order).to_bytes().unwrap();
            bytes.truncate(bytes.len() - missing);
            bytes[0] = version;
            let read: Read<Order> = read::read::<OrderRow, _>(bytes.into()).unwrap();
            let disputed_minor = sum;
            assert_eq!(
                read.value,
                Order {
                    disputed_minor,
                    ..order
                }
            );
        }
    }

    #[test]
    fn an_order_is_found_by_buyer_by_name_and_when_it_is_due() {
        let store = Store::in_memory();
        for (n, at) in [(1, 20), (2, 10)] {
            store
                .write_blocking(insert(&order(n, at)).unwrap())
                .unwrap();
        }
        let due = load_to_ask(&store, Timestamp(15), 10).unwrap();
        assert_eq!(
            due.iter().map(|it| it.id.0.as_u128()).collect::<Vec<_>>(),
            [2]
        );
        let old = &due[0];
        let mut new = old.value.clone();
        new.handle(
            Input::Submitted {
                reference: "cs_1".into(),
                page: Some("https://pay.example".into()),
            },
            Timestamp(12),
        );
        store.write_blocking(replace(old, &new).unwrap()).unwrap();
        assert_eq!(load(&store, new.id).unwrap().unwrap().value, new);
        assert_eq!(find(&store, Gateway::Stripe, "cs_1").unwrap(), Some(new.id));
        assert_eq!(find(&store, Gateway::Razorpay, "cs_1").unwrap(), None);
        assert!(load_to_ask(&store, Timestamp(15), 10).unwrap().is_empty());
        let mine = load_of(&store, new.user, None, 10).unwrap();
        assert_eq!(
            mine.iter().map(|it| it.id.0.as_u128()).collect::<Vec<_>>(),
            [2, 1]
        );
        // Another order cannot take the same name.
        let other = load(&store, OrderId(Uuid::from_u128(1))).unwrap().unwrap();
        let mut thief = other.value.clone();
        thief.reference = new.reference.clone();
        assert!(
            store
                .write_blocking(replace(&other, &thief).unwrap())
                .is_err()
        );
        // Nor is an old reading good for a write.
        assert!(store.write_blocking(replace(old, &new).unwrap()).is_err());
    }
}
