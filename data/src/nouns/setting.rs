//! Facts about this installation.

use crate::{batch::Batch, error::ReadError, store::Store, tables::Table};

/// Name of the fact that this installation has had its first admin.
const FIRST_ADMIN: &str = "first_admin";

/// Whether an admin was ever made.
pub fn has_admin(store: &Store) -> Result<bool, ReadError> {
    Ok(store.get(Table::Settings, FIRST_ADMIN)?.is_some())
}

/// Notes the first admin; fails when there was one already.
pub fn claim_first_admin() -> Batch {
    note_admin().require_absent(Table::Settings, FIRST_ADMIN)
}

/// Notes that there is an admin, whether or not there was one.
pub fn note_admin() -> Batch {
    Batch::new().put(Table::Settings, FIRST_ADMIN, vec![1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_first_admin() {
        let store = Store::in_memory();
        assert!(!has_admin(&store).unwrap());
        store.write_blocking(claim_first_admin()).unwrap();
        assert!(has_admin(&store).unwrap());
        assert!(store.write_blocking(claim_first_admin()).is_err());
        store.write_blocking(note_admin()).unwrap();
    }
}
