//! Purchases of coins that are to pay for a booking when they come. A row goes when they did, or
//! when the purchase came to nothing.

use parlor_domain::id::{MeetingId, OrderId};

use super::read::{self, LoadError};
use crate::{batch::Batch, range::KeyRange, row::RowError, store::Store, tables::Table};

const MALFORMED: RowError = RowError::Malformed {
    table: Table::BookingOrders,
    version: 1,
};

/// Notes what an order is for. Noting it again changes nothing.
pub fn put(order: OrderId, meeting: MeetingId) -> Batch {
    let meeting = meeting.as_bytes().to_vec();
    Batch::new().put(Table::BookingOrders, order.as_bytes(), meeting)
}

/// What an order is for.
pub fn load(store: &Store, order: OrderId) -> Result<Option<MeetingId>, LoadError> {
    let row = store.get(Table::BookingOrders, order.as_bytes())?;
    let id = row.map(|row| read::id_in(&row, MALFORMED)).transpose()?;
    Ok(id.map(MeetingId::from_bytes))
}

/// At most `limit` orders that wait, from after `after`.
pub fn page(
    store: &Store,
    after: Option<OrderId>,
    limit: usize,
) -> Result<Vec<OrderId>, LoadError> {
    let range = match after {
        Some(order) => KeyRange::all().after(order.as_bytes()),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::BookingOrders, range, limit)?;
    let ids = rows.iter().filter_map(|(key, _)| read::id_at_end(key));
    Ok(ids.map(OrderId::from_bytes).collect())
}

/// It is done with.
pub fn remove(order: OrderId) -> Batch {
    Batch::new().delete(Table::BookingOrders, order.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_order_is_for_a_booking_until_it_is_done() {
        let store = Store::in_memory();
        let (order, meeting) = (OrderId(Uuid::from_u128(1)), MeetingId(Uuid::from_u128(2)));
        store.write_blocking(put(order, meeting)).unwrap();
        assert_eq!(load(&store, order).unwrap(), Some(meeting));
        assert_eq!(page(&store, None, 9).unwrap(), [order]);
        assert_eq!(page(&store, Some(order), 9).unwrap(), []);
        store.write_blocking(remove(order)).unwrap();
        assert_eq!(load(&store, order).unwrap(), None);
    }
}
