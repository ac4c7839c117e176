//! Browsers that may be knocked at: one per login, and which login an address belongs to, so that a
//! browser that changed hands knocks for one person only.
//!
//! A login that ends takes its browser with it, in the same batch (`nouns::login`); what is left in
//! the index then is swept.

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use parlor_domain::{
    id::{LoginId, UserId},
    push::{KEY_BYTES, SECRET_BYTES, Subscription},
    time::Timestamp,
};

use super::{
    login,
    read::{self, LoadError},
};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct SubscriptionRow {
    endpoint: String,
    key: Vec<u8>,
    secret: [u8; SECRET_BYTES],
    named: bool,
    since: i64,
}

impl Row for SubscriptionRow {
    const TABLE: Table = Table::PushSubscriptions;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::PushSubscriptions,
    version: SubscriptionRow::VERSION,
};

/// Whose a browser is: a user's login.
pub type Owner = (UserId, LoginId);

fn key(owner: Owner) -> Vec<u8> {
    [owner.0.as_bytes().as_slice(), owner.1.as_bytes()].concat()
}

fn owner_in(key: &[u8]) -> Result<Owner, LoadError> {
    let parts = key.split_first_chunk::<16>();
    let parts = parts.and_then(|(user, rest)| Some((user, rest.first_chunk::<16>()?)));
    let (user, login) = parts.ok_or(LoadError::Row(MALFORMED))?;
    Ok((UserId::from_bytes(*user), LoginId::from_bytes(*login)))
}

fn hash(endpoint: &str) -> Vec<u8> {
    digest(&SHA256, endpoint.as_bytes()).as_ref().to_vec()
}

fn subscription(owner: Owner, bytes: &[u8]) -> Result<Subscription, LoadError> {
    let row = SubscriptionRow::from_bytes(bytes)?;
    let key: Result<[u8; KEY_BYTES], _> = row.key.try_into();
    Ok(Subscription {
        user: owner.0,
        login: owner.1,
        endpoint: row.endpoint,
        key: key.map_err(|_| LoadError::Row(MALFORMED))?,
        secret: row.secret,
        named: row.named,
        since: Timestamp(row.since),
    })
}

/// The browser of a login.
pub fn load(store: &Store, owner: Owner) -> Result<Option<Subscription>, LoadError> {
    let bytes = store.get(Table::PushSubscriptions, key(owner))?;
    bytes.map(|it| subscription(owner, &it)).transpose()
}

/// All browsers of a user.
pub fn load_of(store: &Store, user: UserId) -> Result<Vec<Subscription>, LoadError> {
    let range = KeyRange::prefix(user.as_bytes());
    let rows = store.scan(Table::PushSubscriptions, range, login::LOGINS_PER_USER_MAX)?;
    let all = rows.iter();
    all.map(|(key, bytes)| subscription(owner_in(key)?, bytes))
        .collect()
}

/// Writes the browser of a login, instead of the one that it had and of whoever had this address;
/// fails when one of both changed meanwhile.
pub fn put(store: &Store, it: &Subscription) -> Result<Batch, LoadError> {
    let owner = (it.user, it.login);
    let known = store.get(Table::PushEndpoints, hash(&it.endpoint))?;
    let had = store.get(Table::PushSubscriptions, key(owner))?;
    let mut batch = Batch::new()
        .require_unchanged(Table::PushEndpoints, hash(&it.endpoint), known.clone())
        .require_unchanged(Table::PushSubscriptions, key(owner), had.clone());
    let before = known.map(|it| owner_in(&it)).transpose()?;
    if let Some(before) = before.filter(|it| *it != owner) {
        batch = batch.and(forget(before));
    }
    let had = had.map(|bytes| subscription(owner, &bytes)).transpose()?;
    if let Some(had) = had.filter(|had| had.endpoint != it.endpoint) {
        batch = batch.delete(Table::PushEndpoints, hash(&had.endpoint));
    }
    let row = SubscriptionRow {
        endpoint: it.endpoint.clone(),
        key: it.key.to_vec(),
        secret: it.secret,
        named: it.named,
        since: it.since.0,
    };
    let batch = batch.put(Table::PushSubscriptions, key(owner), row.to_bytes()?);
    Ok(batch.put(Table::PushEndpoints, hash(&it.endpoint), key(owner)))
}

/// Forgets a browser, unless its login has another one by now; fails when that comes meanwhile.
pub fn remove(store: &Store, it: &Subscription) -> Result<Batch, LoadError> {
    let owner = (it.user, it.login);
    let Some(bytes) = store.get(Table::PushSubscriptions, key(owner))? else {
        return Ok(Batch::new());
    };
    if subscription(owner, &bytes)?.endpoint != it.endpoint {
        return Ok(Batch::new());
    }
    Ok(forget(owner)
        .require_equals(Table::PushSubscriptions, key(owner), bytes)
        .delete(Table::PushEndpoints, hash(&it.endpoint)))
}

/// Forgets the browser of a login that ends, if it has one.
pub(super) fn forget(owner: Owner) -> Batch {
    Batch::new().delete(Table::PushSubscriptions, key(owner))
}

/// Removes the browsers of logins that are over, of one page after the key `after`. Gives the
/// removals, how many, and where the next page begins (`None`: that was the last).
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    now: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep(store, Table::PushSubscriptions, after, limit, |key, _| {
        let login = login::load(store, owner_in(key)?.1)?;
        Ok(!login.is_some_and(|it| it.is_alive(now)))
    })
}

/// Removes addresses that are no browser's any more, of one page likewise.
pub fn sweep_endpoints(
    store: &Store,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep(store, Table::PushEndpoints, after, limit, |of, bytes| {
        let it = load(store, owner_in(bytes)?)?;
        Ok(it.is_none_or(|it| hash(&it.endpoint) != of))
    })
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<SubscriptionRow>;

#[cfg(test)]
mod tests {
    use parlor_domain::login::{Login, Owner as LoginOwner};
    use uuid::Uuid;

    use super::*;

    fn browser(user: u128, login: u128, endpoint: &str) -> Subscription {
        Subscription {
            user: UserId(Uuid::from_u128(user)),
            login: LoginId(Uuid::from_u128(login)),
            endpoint: endpoint.into(),
            key: [4; KEY_BYTES],
            secret: [9; SECRET_BYTES],
            named: true,
            since: Timestamp(5),
        }
    }

    fn login(user: u128, id: u128) -> Login {
        Login {
            id: LoginId(Uuid::from_u128(id)),
            user: UserId(Uuid::from_u128(user)),
            owner: LoginOwner::Account,
            device_name: "Firefox".into(),
            created_at: Timestamp(1),
            last_seen_at: Timestamp(2),
            expires_at: Timestamp(100),
            current: vec![],
            retired: vec![],
            rotated_at: Timestamp(4),
            revoked_at: None,
        }
    }

    fn write(store: &Store, batch: Batch) {
        store.write_blocking(batch).unwrap();
    }

    fn endpoints(store: &Store, user: u128) -> Vec<String> {
        let all = load_of(store, UserId(Uuid::from_u128(user))).unwrap();
        all.into_iter().map(|it| it.endpoint).collect()
    }

    #[test]
    fn a_login_has_one_browser_and_a_browser_one_login() {
        let store = Store::in_memory();
        let first = browser(1, 11, "https://a/1");
        write(&store, put(&store, &first).unwrap());
        assert_eq!(load(&store, (first.user, first.login)), Ok(Some(first)));
        write(&store, put(&store, &browser(1, 11, "https://a/2")).unwrap());
        write(&store, put(&store, &browser(1, 12, "https://a/3")).unwrap());
        assert_eq!(endpoints(&store, 1), ["https://a/2", "https://a/3"]);
        // The same browser, after somebody else logged in.
        let other = browser(2, 21, "https://a/3");
        write(&store, put(&store, &other).unwrap());
        assert_eq!(endpoints(&store, 1), ["https://a/2"]);
        assert_eq!(endpoints(&store, 2), ["https://a/3"]);
        let late = browser(2, 21, "https://a/old");
        assert!(remove(&store, &late).unwrap().is_empty());
        write(&store, remove(&store, &other).unwrap());
        assert!(endpoints(&store, 2).is_empty());
        let left = sweep_endpoints(&store, None, 99).unwrap();
        assert_eq!((left.1, left.2), (0, None), "one address is left, and used");
    }

    #[test]
    fn a_login_that_ends_takes_its_browser_with_it() {
        let store = Store::in_memory();
        for id in [11, 12, 13] {
            write(&store, login::insert(&login(1, id)).unwrap());
            let it = browser(1, id, &format!("https://a/{id}"));
            write(&store, put(&store, &it).unwrap());
        }
        let read = |id| {
            let id = LoginId(Uuid::from_u128(id));
            login::load(&store, id).unwrap().unwrap()
        };
        let mut changed = read(11).value.clone();
        changed.last_seen_at = Timestamp(3);
        write(&store, login::replace(&read(11), &changed).unwrap());
        assert_eq!(endpoints(&store, 1).len(), 3, "it goes on");
        changed.revoke(Timestamp(4));
        write(&store, login::replace(&read(11), &changed).unwrap());
        write(&store, login::remove(&read(12)));
        assert_eq!(endpoints(&store, 1), ["https://a/13"]);
        assert_eq!(sweep(&store, None, Timestamp(99), 99).unwrap().1, 0);
        let (batch, count, _) = sweep(&store, None, Timestamp(100), 99).unwrap();
        write(&store, batch);
        assert_eq!(count, 1, "it ran out");
        let (batch, count, _) = sweep_endpoints(&store, None, 99).unwrap();
        write(&store, batch);
        assert_eq!(count, 3);
        assert_eq!(sweep_endpoints(&store, None, 99).unwrap().1, 0);
    }
}
