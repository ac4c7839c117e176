//! How the operator's switch stands, kept over restarts. One row of the settings, kept for ever.

use parlor_domain::maintenance::Maintenance;
use serde::{Deserialize, Serialize};

use super::read::{self, LoadError};
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

const KEY: &str = "maintenance";

#[derive(Serialize, Deserialize)]
struct MaintenanceRow {
    message: String,
    joins: bool,
    bookings: bool,
    payments: bool,
}

impl Row for MaintenanceRow {
    const TABLE: Table = Table::Settings;
    const VERSION: u8 = 1;
}

impl TryFrom<MaintenanceRow> for Maintenance {
    type Error = RowError;

    fn try_from(row: MaintenanceRow) -> Result<Self, RowError> {
        Ok(Self {
            message: row.message,
            joins: row.joins,
            bookings: row.bookings,
            payments: row.payments,
        })
    }
}

/// How it stands; off when nobody ever touched it.
pub fn load(store: &Store) -> Result<Maintenance, LoadError> {
    let read = read::load::<MaintenanceRow, Maintenance>(store, KEY)?;
    Ok(read.map(|read| read.value).unwrap_or_default())
}

/// Sets it, whatever it was.
pub fn put(it: &Maintenance) -> Result<Batch, RowError> {
    let row = MaintenanceRow {
        message: it.message.clone(),
        joins: it.joins,
        bookings: it.bookings,
        payments: it.payments,
    };
    Ok(Batch::new().put(Table::Settings, KEY, row.to_bytes()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_comes_back_as_it_was_left() {
        let store = Store::in_memory();
        assert_eq!(load(&store).unwrap(), Maintenance::default());
        let it = Maintenance {
            message: "We move house.".into(),
            joins: true,
            ..Maintenance::default()
        };
        store.write_blocking(put(&it).unwrap()).unwrap();
        assert_eq!(load(&store).unwrap(), it);
    }
}
