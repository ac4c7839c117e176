//! One-time tokens: the rights behind the links in verification and reset mails, and of the
//! links that make an admin.
//!
//! Keyed by the token's hash; the token itself is nowhere in the store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{agreement::Agreement, id::UserId, time::Timestamp};

use super::{
    agreement::AgreementRow,
    read::{self, LoadError, Read},
};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// An account that exists only once its address is proven. The password comes along, so that
/// nobody's later sign-up with the same address changes what this link makes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The address to prove.
    pub email: String,
    /// The name others will see.
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    /// Language of mails and pages.
    pub language: String,
    /// IANA zone.
    pub time_zone: String,
    /// Whether an application to be a host follows at once.
    pub wants_to_host: bool,
}

/// Without its content, which is personal.
impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(…)")
    }
}

/// What a one-time token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// Proves an address and makes the account, which agreed to this when it was asked for.
    Verify(Pending, Option<Agreement>),
    /// Sets a new password of this account.
    Reset(UserId),
    /// Makes the first admin; void once there is one.
    FirstAdmin,
    /// Makes an admin.
    Admin,
    /// Nothing: written so that an address that needs no link costs the same work.
    Nothing,
}

/// The right behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTime {
    /// Hash of the token.
    pub hash: [u8; 32],
    /// Good for what.
    pub right: Right,
    /// Until when.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
enum RightRow {
    Verify(Pending),
    Reset(Uuid),
    FirstAdmin,
    Admin,
    Nothing,
    /// [`RightRow::Verify`] with what was agreed to. At the end, so that links of before are read as
    /// they were written.
    VerifyAgreed(Pending, AgreementRow),
}

#[derive(Serialize, Deserialize)]
pub(super) struct OneTimeRow {
    hash: [u8; 32],
    right: RightRow,
    expires_at: i64,
}

impl Row for OneTimeRow {
    const TABLE: Table = Table::OneTimeTokens;
    const VERSION: u8 = 1;
}

impl From<&OneTime> for OneTimeRow {
    fn from(it: &OneTime) -> Self {
        Self {
            hash: it.hash,
            right: match &it.right {
                Right::Verify(pending, None) => RightRow::Verify(pending.clone()),
                Right::Verify(pending, Some(agreed)) => {
                    RightRow::VerifyAgreed(pending.clone(), AgreementRow::from(agreed))
                }
                Right::Reset(user) => RightRow::Reset(user.0),
                Right::FirstAdmin => RightRow::FirstAdmin,
                Right::Admin => RightRow::Admin,
                Right::Nothing => RightRow::Nothing,
            },
            expires_at: it.expires_at.0,
        }
    }
}

impl TryFrom<OneTimeRow> for OneTime {
    type Error = RowError;

    fn try_from(row: OneTimeRow) -> Result<Self, RowError> {
        Ok(Self {
            hash: row.hash,
            right: match row.right {
                RightRow::Verify(pending) => Right::Verify(pending, None),
                RightRow::VerifyAgreed(pending, agreed) => {
                    Right::Verify(pending, Some(agreed.try_into()?))
                }
                RightRow::Reset(user) => Right::Reset(UserId(user)),
                RightRow::FirstAdmin => Right::FirstAdmin,
                RightRow::Admin => Right::Admin,
                RightRow::Nothing => Right::Nothing,
            },
            expires_at: Timestamp(row.expires_at),
        })
    }
}

/// The right with this hash.
pub fn load(store: &Store, hash: &[u8; 32]) -> Result<Option<Read<OneTime>>, LoadError> {
    read::load::<OneTimeRow, _>(store, hash)
}

/// A page of all, in the order of their hashes, from after `after`; for the sweep.
pub fn page(
    store: &Store,
    after: Option<[u8; 32]>,
    limit: usize,
) -> Result<Vec<Read<OneTime>>, LoadError> {
    let range = match after {
        Some(hash) => KeyRange::all().after(hash),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::OneTimeTokens, range, limit)?;
    rows.into_iter()
        .map(|(_, bytes)| read::read::<OneTimeRow, _>(bytes))
        .collect()
}

/// Writes a new one.
pub fn insert(it: &OneTime) -> Result<Batch, RowError> {
    read::insert(it.hash, &OneTimeRow::from(it))
}

/// Uses it up; fails when somebody else did so meanwhile.
pub fn remove(old: &Read<OneTime>) -> Batch {
    read::remove::<OneTimeRow, _>(old.hash, old)
}

/// Links of a person go.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    Ok(Fate::gone(match OneTimeRow::from_bytes(row)?.right {
        RightRow::Verify(pending) | RightRow::VerifyAgreed(pending, _) => {
            person.has(&pending.email)
        }
        RightRow::Reset(user) => person.is(user),
        RightRow::FirstAdmin | RightRow::Admin | RightRow::Nothing => false,
    }))
}

#[cfg(test)]
mod tests {
    use parlor_domain::agreement::{EditionId, Place};

    use super::*;

    #[test]
    fn a_sign_up_brings_along_what_was_agreed_to() {
        let store = Store::in_memory();
        let pending = Pending {
            email: "anna@mail.example".into(),
            name: "Anna".into(),
            password_hash: "$".into(),
            language: "en".into(),
            time_zone: "UTC".into(),
            wants_to_host: false,
        };
        let agreed = Agreement {
            version: "7".into(),
            edition: EditionId([1; 16]),
            at: Timestamp(3),
            place: Place::SignUp,
            meeting: None,
        };
        for (n, agreed) in [(1, None), (2, Some(agreed))] {
            let it = OneTime {
                hash: [n; 32],
                right: Right::Verify(pending.clone(), agreed),
                expires_at: Timestamp(5),
            };
            store.write_blocking(insert(&it).unwrap()).unwrap();
            assert_eq!(load(&store, &it.hash).unwrap().unwrap().value, it);
        }
    }

    #[test]
    fn a_token_is_used_once() {
        let store = Store::in_memory();
        let it = OneTime {
            hash: [3; 32],
            right: Right::Reset(UserId(Uuid::from_u128(4))),
            expires_at: Timestamp(5),
        };
        store.write_blocking(insert(&it).unwrap()).unwrap();
        let read = load(&store, &it.hash).unwrap().unwrap();
        assert_eq!(read.value, it);
        store.write_blocking(remove(&read)).unwrap();
        assert!(store.write_blocking(remove(&read)).is_err());
    }
}
