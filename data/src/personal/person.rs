//! Whom an erasure or an export is about, and what becomes of a row that holds something of them.
//!
//! A person is known under several ids: the account's, one for each invitation that was used as a
//! guest, and what stood for their address before there was an account. Must never be kept: it holds the name and the address that are to go.

use std::collections::BTreeSet;

use parlor_domain::{account::Email, id::UserId};
use uuid::Uuid;

use crate::{
    nouns::{LoadError, account, conversation, invitation, meeting, order},
    row::{Row, RowError},
    store::Store,
};

/// What somebody is called whose data was erased.
pub const ERASED_NAME: &str = "Deleted person";
/// The domain of addresses that stand where an erased one stood. Nothing can be delivered there
/// (RFC 2606, 2).
const ERASED_DOMAIN: &str = "erased.invalid";
/// What stands in other people's words where the name or the address stood.
const LEFT_OUT: &str = "…";

/// The address that stands where somebody's stood.
pub fn erased_address(id: UserId) -> String {
    format!("{id}@{ERASED_DOMAIN}")
}

/// Whether this account is what an erasure left.
pub fn is_erased(address: &Email) -> bool {
    address.as_str().ends_with(ERASED_DOMAIN)
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It holds nothing that must go.
    Stays,
    /// It goes.
    Goes,
    /// It is written again without what must go.
    Becomes(Vec<u8>),
}

impl Fate {
    pub(crate) fn becomes<R: Row>(row: &R) -> Result<Self, LoadError> {
        Ok(Self::Becomes(row.to_bytes()?))
    }

    pub(crate) fn gone(if_so: bool) -> Self {
        match if_so {
            true => Self::Goes,
            false => Self::Stays,
        }
    }
}

/// Somebody with an account, as the store knows them.
#[derive(Clone)]
pub struct Person {
    /// The account.
    pub user: UserId,
    /// The address, folded.
    pub email: String,
    /// The name.
    pub name: String,
    ids: BTreeSet<[u8; 16]>,
    /// What they are called in words of others.
    names: Vec<String>,
    /// What gateways may have written about them, in small letters.
    traces: Vec<String>,
}

/// Without what is personal.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({})", self.user)
    }
}

impl Person {
    /// The person with this account; none when there is no such account. Reads the invitations and
    /// the meetings of the whole store: for what is rare.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find(store: &Store, user: UserId) -> Result<Option<Self>, LoadError> {
        let Some(account) = account::load(store, user)? else {
            return Ok(None);
        };
        let account = account.value;
        let email = account.email.as_str().to_owned();
        let mut ids = BTreeSet::from([*user.as_bytes()]);
        ids.extend(invitation::ids_of(store, &account.email)?);
        for room in meeting::rooms_of_client(store, user, &email)? {
            ids.extend(conversation::guests_called(store, room, &account.name)?);
        }
        let mut traces = vec![email.clone(), account.name.to_lowercase()];
        let phone = account.phone.unwrap_or_default();
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        traces.extend(Some(digits).filter(|it| it.len() >= 6));
        traces.extend(
            order::names_of(store, user)?
                .iter()
                .map(|it| it.to_lowercase()),
        );
        Ok(Some(Self {
            user,
            email,
            names: vec![account.name.clone()],
            name: account.name,
            ids,
            traces,
        }))
    }

    /// Somebody who has no account, by their address and what stands for it. Whether anything is known
    /// of them is for the map to say. Reads the invitations of the whole store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn without_account(
        store: &Store,
        stands_for: UserId,
        address: &Email,
    ) -> Result<Self, LoadError> {
        let email = address.as_str().to_owned();
        let mut ids = BTreeSet::from([*stands_for.as_bytes()]);
        ids.extend(invitation::ids_of(store, address)?);
        let met = meeting::load_of_stranger(store, address, meeting::OF_ONE_MAX)?;
        let names: BTreeSet<String> = met.iter().map(|it| it.client.name.clone()).collect();
        let names: Vec<_> = names.into_iter().filter(|it| !it.is_empty()).collect();
        for room in met.iter().map(|it| it.room) {
            for name in &names {
                ids.extend(conversation::guests_called(store, room, name)?);
            }
        }
        let mut traces = vec![email.clone()];
        traces.extend(names.iter().map(|it| it.to_lowercase()));
        Ok(Self {
            user: stands_for,
            email,
            name: names.first().cloned().unwrap_or_default(),
            ids,
            names,
            traces,
        })
    }

    /// Known under this id too: what stands for their address where they had no account yet.
    pub fn also(mut self, id: UserId) -> Self {
        self.ids.insert(*id.as_bytes());
        self
    }

    /// Every id of theirs.
    pub fn ids(&self) -> impl Iterator<Item = UserId> {
        self.ids.iter().map(|it| UserId(Uuid::from_bytes(*it)))
    }

    /// Whether this id is theirs.
    pub fn is(&self, id: Uuid) -> bool {
        self.ids.contains(id.as_bytes())
    }

    /// Whether this address is theirs.
    pub fn has(&self, address: &str) -> bool {
        address.eq_ignore_ascii_case(&self.email)
    }

    /// Whether an id of theirs begins at this byte.
    pub(crate) fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let id = bytes.get(at..at + 16).and_then(|it| it.first_chunk::<16>());
        id.is_some_and(|id| self.ids.contains(id))
    }

    /// Whether an id or the address of theirs is anywhere in these bytes.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|it| it == part);
        bytes.windows(16).any(|it| {
            let id = it.first_chunk::<16>();
            id.is_some_and(|id| self.ids.contains(id))
        }) || holds(self.email.as_bytes())
    }

    /// Whether what a gateway wrote is about them.
    pub(crate) fn is_traced_in(&self, body: &[u8]) -> bool {
        let text = String::from_utf8_lossy(body).to_lowercase();
        self.traces.iter().any(|it| text.contains(it.as_str()))
    }

    /// Somebody else's words without the name and the address.
    pub(crate) fn left_out_of(&self, words: &str) -> String {
        let names = self.names.iter().map(String::as_str);
        [self.email.as_str()]
            .into_iter()
            .chain(names)
            .filter(|it| !it.is_empty())
            .fold(words.to_owned(), |words, it| without(&words, it))
    }
}

/// Words without a part, whatever the case of its letters.
fn without(words: &str, part: &str) -> String {
    let (low, part) = (words.to_lowercase(), part.to_lowercase());
    // Letters whose small form is longer or shorter would move the places: then only as written.
    if low.len() != words.len() {
        return words.replace(&part, LEFT_OUT);
    }
    let (mut rest, mut out) = (0, String::new());
    for (at, _) in low.match_indices(&part) {
        let end = at + part.len();
        if at >= rest && words.is_char_boundary(at) && words.is_char_boundary(end) {
            out += &words[rest..at];
            out += LEFT_OUT;
            rest = end;
        }
    }
    out + &words[rest..]
}

/// A row in words that programs read, without what is secret.
pub type Shown = fn(&[u8]) -> Result<serde_json::Value, RowError>;

/// [`Shown`] for any row.
pub(crate) fn shown<R: Row>(bytes: &[u8]) -> Result<serde_json::Value, RowError> {
    let malformed = RowError::Malformed {
        table: R::TABLE,
        version: R::VERSION,
    };
    serde_json::to_value(R::from_bytes(bytes)?).map_err(|_| malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_left_out_of_words_whatever_its_case() {
        assert_eq!(
            without("ANNA and Anna-Maria, Hanna", "anna"),
            "… and …-Maria, H…"
        );
        assert_eq!(without("nothing", "anna"), "nothing");
        assert_eq!(without("İ anna", "anna"), "İ …");
    }
}
