//! Logins: authenticated devices of accounts and guests, and the index by user.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{InvitationId, LoginId, RoomId, UserId},
    login::{Login, Owner, TokenHash},
    time::Timestamp,
};

use super::{
    push,
    read::{self, LoadError, Read},
};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most devices that are read for one user.
pub const LOGINS_PER_USER_MAX: usize = 100;

#[derive(Serialize, Deserialize)]
struct GuestRow {
    invitation: Uuid,
    room: Uuid,
    name: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LoginRow {
    id: Uuid,
    user: Uuid,
    guest: Option<GuestRow>,
    device_name: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    current: Vec<TokenHash>,
    retired: Vec<TokenHash>,
    rotated_at: i64,
    revoked_at: Option<i64>,
}

impl Row for LoginRow {
    const TABLE: Table = Table::Logins;
    const VERSION: u8 = 1;
}

impl From<&Login> for LoginRow {
    fn from(l: &Login) -> Self {
        let guest = match &l.owner {
            Owner::Account => None,
            Owner::Guest {
                invitation,
                room,
                name,
            } => Some(GuestRow {
                invitation: invitation.0,
                room: room.0,
                name: name.clone(),
            }),
        };
        Self {
            id: l.id.0,
            user: l.user.0,
            guest,
            device_name: l.device_name.clone(),
            created_at: l.created_at.0,
            last_seen_at: l.last_seen_at.0,
            expires_at: l.expires_at.0,
            current: l.current.clone(),
            retired: l.retired.clone(),
            rotated_at: l.rotated_at.0,
            revoked_at: l.revoked_at.map(|at| at.0),
        }
    }
}

impl TryFrom<LoginRow> for Login {
    type Error = RowError;

    fn try_from(row: LoginRow) -> Result<Self, RowError> {
        let owner = row.guest.map_or(Owner::Account, |guest| Owner::Guest {
            invitation: InvitationId(guest.invitation),
            room: RoomId(guest.room),
            name: guest.name,
        });
        Ok(Self {
            id: LoginId(row.id),
            user: UserId(row.user),
            owner,
            device_name: row.device_name,
            created_at: Timestamp(row.created_at),
            last_seen_at: Timestamp(row.last_seen_at),
            expires_at: Timestamp(row.expires_at),
            current: row.current,
            retired: row.retired,
            rotated_at: Timestamp(row.rotated_at),
            revoked_at: row.revoked_at.map(Timestamp),
        })
    }
}

fn by_user(user: UserId, login: LoginId) -> Vec<u8> {
    [user.as_bytes().as_slice(), login.as_bytes()].concat()
}

/// The login with this id.
pub fn load(store: &Store, id: LoginId) -> Result<Option<Read<Login>>, LoadError> {
    read::load::<LoginRow, _>(store, id.as_bytes())
}

/// All logins of a user, also those that ended; at most [`LOGINS_PER_USER_MAX`].
pub fn load_of(store: &Store, user: UserId) -> Result<Vec<Read<Login>>, LoadError> {
    let keys = KeyRange::prefix(user.as_bytes());
    read::load_indexed::<LoginRow, _>(store, Table::LoginsByUser, keys, LOGINS_PER_USER_MAX)
}

/// A page of all logins in the order of their ids, from after `after`; for the sweep.
pub fn page(
    store: &Store,
    after: Option<LoginId>,
    limit: usize,
) -> Result<Vec<Read<Login>>, LoadError> {
    read::page::<LoginRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Writes a new login.
pub fn insert(login: &Login) -> Result<Batch, RowError> {
    let batch = read::insert(login.id.as_bytes(), &LoginRow::from(login))?;
    Ok(batch.put(
        Table::LoginsByUser,
        by_user(login.user, login.id),
        Vec::new(),
    ))
}

/// Writes a changed login; fails when it changed meanwhile. One that ends takes its browser's consent
/// to be knocked at with it.
pub fn replace(old: &Read<Login>, new: &Login) -> Result<Batch, RowError> {
    let batch = read::replace(new.id.as_bytes(), old, &LoginRow::from(new))?;
    Ok(match new.revoked_at {
        Some(_) => batch.and(push::forget((new.user, new.id))),
        None => batch,
    })
}

/// Forgets a login; fails when it changed meanwhile.
pub fn remove(old: &Read<Login>) -> Batch {
    read::remove::<LoginRow, _>(old.id.as_bytes(), old)
        .delete(Table::LoginsByUser, by_user(old.user, old.id))
        .and(push::forget((old.user, old.id)))
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<LoginRow>;

/// Logins of a person go, those as a guest too.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    Ok(Fate::gone(person.is(LoginRow::from_bytes(row)?.user)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_found_by_user_and_forgotten_whole() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(9));
        let login = |n: u128, owner| Login {
            id: LoginId(Uuid::from_u128(n)),
            user,
            owner,
            device_name: "Firefox".into(),
            created_at: Timestamp(1),
            last_seen_at: Timestamp(2),
            expires_at: Timestamp(3),
            current: vec![[7; 32]],
            retired: vec![],
            rotated_at: Timestamp(4),
            revoked_at: None,
        };
        let guest = Owner::Guest {
            invitation: InvitationId(Uuid::from_u128(5)),
            room: RoomId(Uuid::from_u128(6)),
            name: "Gast".into(),
        };
        for it in [login(1, Owner::Account), login(2, guest)] {
            store.write_blocking(insert(&it).unwrap()).unwrap();
            assert_eq!(load(&store, it.id).unwrap().unwrap().value, it);
        }
        let all = load_of(&store, user).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(page(&store, Some(all[0].id), 10).unwrap().len(), 1);
        store.write_blocking(remove(&all[0])).unwrap();
        assert_eq!(load_of(&store, user).unwrap().len(), 1);
    }
}
