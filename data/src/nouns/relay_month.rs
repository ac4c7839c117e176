//! What the relay carried this month, kept over restarts. One row, written lazily.

use serde::{Deserialize, Serialize};

use parlor_domain::budget::{Month, MonthUse};

use super::read::{self, LoadError};
use crate::{
    batch::LazyBatch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

const KEY: &str = "relay_month";

#[derive(Serialize, Deserialize)]
struct MonthRow {
    year: i32,
    month: u8,
    bytes: u64,
}

impl Row for MonthRow {
    const TABLE: Table = Table::Settings;
    const VERSION: u8 = 1;
}

impl TryFrom<MonthRow> for MonthUse {
    type Error = RowError;

    fn try_from(row: MonthRow) -> Result<Self, RowError> {
        let (year, month) = (row.year, row.month);
        Ok(Self {
            month: Month { year, month },
            bytes: row.bytes,
        })
    }
}

/// The month that was written last.
pub fn load(store: &Store) -> Result<Option<MonthUse>, LoadError> {
    let read = read::load::<MonthRow, MonthUse>(store, KEY)?;
    Ok(read.map(|read| read.value))
}

/// Writes the month's sum; the last half second may be lost with the machine.
pub fn put_lazily(it: MonthUse) -> Result<LazyBatch, RowError> {
    let row = MonthRow {
        year: it.month.year,
        month: it.month.month,
        bytes: it.bytes,
    };
    Ok(LazyBatch::new().put(Table::Settings, KEY, row.to_bytes()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_months_sum_comes_back() {
        let store = Store::in_memory();
        assert_eq!(load(&store).unwrap(), None);
        let it = MonthUse {
            month: Month {
                year: 2026,
                month: 11,
            },
            bytes: u64::MAX,
        };
        store.write_lazy(put_lazily(it).unwrap()).unwrap();
        assert_eq!(load(&store).unwrap(), Some(it));
    }
}
