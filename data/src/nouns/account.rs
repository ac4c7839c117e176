//! Accounts: the row, the index by e-mail address, and the list of those who wait to be hosts.
//!
//! The address is unique because the index row is required to be absent in the same batch.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    account::{Account, Email, HostStatus},
    id::UserId,
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{ERASED_NAME, Fate, Person, Shown, erased_address, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most account rows that one page of a list gives.
pub const PAGE_ROWS_MAX: usize = 200;

#[derive(Serialize, Deserialize)]
pub(super) struct AccountRow {
    id: Uuid,
    email: String,
    email_verified_at: Option<i64>,
    name: String,
    phone: Option<String>,
    gender: Option<String>,
    language: String,
    time_zone: String,
    admin: bool,
    host: String,
    banned: bool,
    password_hash: String,
    created_at: i64,
    updated_at: i64,
}

impl Row for AccountRow {
    const TABLE: Table = Table::Accounts;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Accounts,
    version: AccountRow::VERSION,
};

impl From<&Account> for AccountRow {
    fn from(a: &Account) -> Self {
        Self {
            id: a.id.0,
            email: a.email.as_str().to_owned(),
            email_verified_at: a.email_verified_at.map(|at| at.0),
            name: a.name.clone(),
            phone: a.phone.clone(),
            gender: a.gender.clone(),
            language: a.language.clone(),
            time_zone: a.time_zone.clone(),
            admin: a.admin,
            host: a.host.word().to_owned(),
            banned: a.banned,
            password_hash: a.password_hash.clone(),
            created_at: a.created_at.0,
            updated_at: a.updated_at.0,
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = RowError;

    fn try_from(row: AccountRow) -> Result<Self, RowError> {
        let host = HostStatus::WORDS.iter().find(|(_, word)| *word == row.host);
        Ok(Self {
            id: UserId(row.id),
            email: Email::parse(&row.email).map_err(|_| MALFORMED)?,
            email_verified_at: row.email_verified_at.map(Timestamp),
            name: row.name,
            phone: row.phone,
            gender: row.gender,
            language: row.language,
            time_zone: row.time_zone,
            admin: row.admin,
            host: host.ok_or(MALFORMED)?.0,
            banned: row.banned,
            password_hash: row.password_hash,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

/// The account with this id.
pub fn load(store: &Store, id: UserId) -> Result<Option<Read<Account>>, LoadError> {
    read::load::<AccountRow, _>(store, id.as_bytes())
}

/// Whose address this is.
pub fn load_by_email(store: &Store, email: &Email) -> Result<Option<Read<Account>>, LoadError> {
    match store.get(Table::AccountByEmail, email.as_str())? {
        Some(id) => load(store, UserId::from_bytes(read::id_in(&id, MALFORMED)?)),
        None => Ok(None),
    }
}

/// The accounts made last first, from before `before`.
pub fn latest(
    store: &Store,
    before: Option<UserId>,
    limit: usize,
) -> Result<Vec<Read<Account>>, LoadError> {
    read::latest::<AccountRow, _>(store, before.map(|id| *id.as_bytes()), limit)
}

/// Those who wait to be made hosts, oldest account first; at most [`PAGE_ROWS_MAX`].
pub fn load_applicants(store: &Store) -> Result<Vec<Read<Account>>, LoadError> {
    read::load_indexed::<AccountRow, _>(
        store,
        Table::HostApplications,
        KeyRange::all(),
        PAGE_ROWS_MAX,
    )
}

/// Those who operate the server. Reads all accounts, a page at a time: for what is rare.
pub fn load_admins(store: &Store) -> Result<Vec<UserId>, LoadError> {
    let (mut admins, mut after) = (Vec::new(), None);
    loop {
        let page = read::page::<AccountRow, Account>(store, after, PAGE_ROWS_MAX)?;
        let in_service = page.iter().filter(|it| it.admin && !it.banned);
        admins.extend(in_service.map(|it| it.id));
        match page.last() {
            Some(last) if page.len() == PAGE_ROWS_MAX => after = Some(*last.id.as_bytes()),
            _ => return Ok(admins),
        }
    }
}

/// Writes a new account; fails when the id or the address is taken.
pub fn insert(account: &Account) -> Result<Batch, RowError> {
    let batch = read::insert(account.id.as_bytes(), &AccountRow::from(account))?
        .require_absent(Table::AccountByEmail, account.email.as_str())
        .put(
            Table::AccountByEmail,
            account.email.as_str(),
            account.id.as_bytes().to_vec(),
        );
    Ok(index_application(batch, account))
}

/// Writes a changed account; fails when it changed meanwhile. The address cannot be changed.
pub fn replace(old: &Read<Account>, new: &Account) -> Result<Batch, RowError> {
    let batch = read::replace(new.id.as_bytes(), old, &AccountRow::from(new))?;
    Ok(index_application(batch, new))
}

fn index_application(batch: Batch, account: &Account) -> Batch {
    let key = account.id.as_bytes();
    match account.host {
        HostStatus::Pending => batch.put(Table::HostApplications, key, Vec::new()),
        _ => batch.delete(Table::HostApplications, key),
    }
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<AccountRow>;

/// What an erasure leaves of an account: the number that meetings and the books name.
pub(crate) fn cut(_: &Store, person: &Person, key: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    if !person.is_at(key, 0) {
        return Ok(Fate::Stays);
    }
    let old = AccountRow::from_bytes(row)?;
    Fate::becomes(&AccountRow {
        email: erased_address(UserId(old.id)),
        email_verified_at: None,
        name: ERASED_NAME.into(),
        phone: None,
        gender: None,
        language: "en".into(),
        time_zone: "UTC".into(),
        admin: false,
        host: HostStatus::None.word().to_owned(),
        banned: true,
        password_hash: String::new(),
        ..old
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::WriteError;

    fn account(n: u128, email: &str) -> Account {
        Account {
            id: UserId(Uuid::from_u128(n)),
            email: Email::parse(email).unwrap(),
            email_verified_at: Some(Timestamp(3)),
            name: "Ada".into(),
            phone: None,
            gender: Some("f".into()),
            language: "en".into(),
            time_zone: "Africa/Nairobi".into(),
            admin: false,
            host: HostStatus::None,
            banned: false,
            password_hash: "$argon2id$".into(),
            created_at: Timestamp(1),
            updated_at: Timestamp(2),
        }
    }

    #[test]
    fn an_account_comes_back_by_id_and_by_address() {
        let store = Store::in_memory();
        let ada = account(1, "ada@example.org");
        store.write_blocking(insert(&ada).unwrap()).unwrap();
        assert_eq!(load(&store, ada.id).unwrap().unwrap().value, ada);
        assert_eq!(
            load_by_email(&store, &ada.email).unwrap().unwrap().value,
            ada
        );
        let other = Email::parse("bob@example.org").unwrap();
        assert!(load_by_email(&store, &other).unwrap().is_none());
    }

    #[test]
    fn an_address_is_taken_once() {
        let store = Store::in_memory();
        let first = insert(&account(1, "ada@example.org")).unwrap();
        store.write_blocking(first).unwrap();
        let second = insert(&account(2, "ada@example.org")).unwrap();
        assert!(matches!(
            store.write_blocking(second),
            Err(WriteError::PreconditionFailed { .. })
        ));
    }

    #[test]
    fn two_changes_of_one_reading_cannot_both_win() {
        let store = Store::in_memory();
        let ada = account(1, "ada@example.org");
        store.write_blocking(insert(&ada).unwrap()).unwrap();
        let read = load(&store, ada.id).unwrap().unwrap();
        let mut new = ada.clone();
        new.name = "Countess".into();
        new.host = HostStatus::Pending;
        store.write_blocking(replace(&read, &new).unwrap()).unwrap();
        assert!(store.write_blocking(replace(&read, &ada).unwrap()).is_err());
        assert_eq!(load_applicants(&store).unwrap()[0].name, "Countess");
        let read = load(&store, ada.id).unwrap().unwrap();
        new.host = HostStatus::Approved;
        store.write_blocking(replace(&read, &new).unwrap()).unwrap();
        assert!(load_applicants(&store).unwrap().is_empty());
    }
}
