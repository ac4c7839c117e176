//! How somebody wants to be told. No row means: as by default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use parlor_domain::{
    id::UserId,
    notification::{
        Kind,
        choice::{Channel, Choices},
        quiet::Quiet,
    },
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// By the kind's word: which channels differ from the default, and which of those are wanted, as the
/// bits of [`Channel::bit`]. A kind that is not known any more is passed over.
#[derive(Serialize, Deserialize)]
pub(super) struct ChoicesRow {
    changed: BTreeMap<String, (u8, u8)>,
    quiet: Option<QuietRow>,
}

/// Minutes of the day, and days from Monday.
#[derive(Serialize, Deserialize)]
struct QuietRow {
    from: u16,
    to: u16,
    days: [bool; 7],
}

impl Row for ChoicesRow {
    const TABLE: Table = Table::NotificationChoices;
    const VERSION: u8 = 1;
}

impl From<&Choices> for ChoicesRow {
    fn from(it: &Choices) -> Self {
        let mut changed: BTreeMap<String, (u8, u8)> = BTreeMap::new();
        for (kind, channel, wanted) in it.changed() {
            let (known, on) = changed.entry(kind.word().to_owned()).or_default();
            *known |= channel.bit();
            if wanted {
                *on |= channel.bit();
            }
        }
        let quiet = it.quiet.map(|it| QuietRow {
            from: it.from(),
            to: it.to(),
            days: it.days(),
        });
        Self { changed, quiet }
    }
}

impl TryFrom<ChoicesRow> for Choices {
    type Error = RowError;

    fn try_from(row: ChoicesRow) -> Result<Self, RowError> {
        let mut all = Self::default();
        for (word, (known, on)) in row.changed {
            let Some(kind) = Kind::parse(&word) else {
                continue;
            };
            let known = |it: &Channel| known & it.bit() != 0;
            for channel in Channel::ALL.into_iter().filter(known) {
                // What cannot be chosen any more is as by default.
                let _ = all.set(kind, channel, on & channel.bit() != 0);
            }
        }
        let malformed = RowError::Malformed {
            table: Table::NotificationChoices,
            version: ChoicesRow::VERSION,
        };
        let quiet = row.quiet.map(|it| Quiet::new(it.from, it.to, it.days));
        all.quiet = quiet.transpose().map_err(|_| malformed)?;
        Ok(all)
    }
}

/// What somebody chose.
pub fn load(store: &Store, user: UserId) -> Result<Option<Read<Choices>>, LoadError> {
    read::load::<ChoicesRow, _>(store, user.as_bytes())
}

/// Writes it; requires that it is still as it was read. What says nothing is forgotten.
pub fn save(user: UserId, old: Option<&Read<Choices>>, new: &Choices) -> Result<Batch, RowError> {
    let key = user.as_bytes();
    match (old, new.says_nothing()) {
        (None, true) => Ok(Batch::new()),
        (None, false) => read::insert(key, &ChoicesRow::from(new)),
        (Some(old), true) => Ok(read::remove::<ChoicesRow, _>(key, old)),
        (Some(old), false) => read::replace(key, old, &ChoicesRow::from(new)),
    }
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<ChoicesRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn choices_come_back_and_defaults_leave_no_row() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        let mut it = Choices::default();
        it.set(Kind::Message, Channel::Mail, false).unwrap();
        it.set(Kind::Message, Channel::Push, false).unwrap();
        it.set(Kind::Payment, Channel::Push, true).unwrap();
        it.quiet = Some(Quiet::new(1_320, 420, [true; 7]).unwrap());
        let batch = save(user, None, &it).unwrap();
        store.write_blocking(batch).unwrap();
        let read = load(&store, user).unwrap().unwrap();
        assert_eq!(read.value, it);
        assert!(
            store
                .write_blocking(save(user, None, &it).unwrap())
                .is_err(),
            "somebody else was faster"
        );
        let batch = save(user, Some(&read), &Choices::default()).unwrap();
        store.write_blocking(batch).unwrap();
        assert!(load(&store, user).unwrap().is_none());
    }
}
