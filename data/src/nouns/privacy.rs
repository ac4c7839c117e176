//! What somebody lets others see of what they do in conversations. A setting of the account: kept as
//! long as it.

use serde::{Deserialize, Serialize};

use parlor_domain::{conversation::Shows, id::UserId};

use super::read::LoadError;
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct PrivacyRow {
    typing: bool,
    read: bool,
}

impl Row for PrivacyRow {
    const TABLE: Table = Table::Privacy;
    const VERSION: u8 = 1;
}

/// What somebody shows; everything while they said nothing else.
pub fn load(store: &Store, user: UserId) -> Result<Shows, LoadError> {
    let Some(bytes) = store.get(Table::Privacy, user.as_bytes())? else {
        return Ok(Shows::default());
    };
    let row = PrivacyRow::from_bytes(&bytes)?;
    Ok(Shows {
        typing: row.typing,
        read: row.read,
    })
}

/// Writes it.
pub fn put(user: UserId, shows: Shows) -> Result<Batch, RowError> {
    let row = PrivacyRow {
        typing: shows.typing,
        read: shows.read,
    };
    Ok(Batch::new().put(Table::Privacy, user.as_bytes(), row.to_bytes()?))
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<PrivacyRow>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_shown_until_somebody_says_no() {
        let store = Store::in_memory();
        let user = UserId::from_bytes([7; 16]);
        assert_eq!(load(&store, user).unwrap(), Shows::default());
        let shows = Shows {
            typing: false,
            read: true,
        };
        store.write_blocking(put(user, shows).unwrap()).unwrap();
        assert_eq!(load(&store, user).unwrap(), shows);
    }
}
