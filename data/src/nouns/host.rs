//! Hosts: the profile, and the application with its answer. Whether somebody is a host stands in the
//! account's own row.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    host::{Letter, Picture, Profile, Rates, Skill},
    id::{SkillId, UserId},
    money::MilliCoins,
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::{Batch, LazyBatch},
    personal::person::{Shown, shown},
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct ProfileRow {
    user: Uuid,
    title: String,
    languages: Vec<String>,
    specialties: Vec<String>,
    bio: String,
    /// Id, title, price note, details.
    skills: Vec<(Uuid, String, String, String)>,
    audio: Option<i64>,
    video: Option<i64>,
    picture: Option<[u8; 32]>,
    created_at: i64,
    updated_at: i64,
}

impl Row for ProfileRow {
    const TABLE: Table = Table::HostProfiles;
    const VERSION: u8 = 1;
}

impl From<&Profile> for ProfileRow {
    fn from(it: &Profile) -> Self {
        let skills = it.skills.iter().map(|skill| {
            let Skill {
                id,
                title,
                price_note,
                details,
            } = skill.clone();
            (id.0, title, price_note, details)
        });
        Self {
            user: it.user.0,
            title: it.title.clone(),
            languages: it.languages.clone(),
            specialties: it.specialties.clone(),
            bio: it.bio.clone(),
            skills: skills.collect(),
            audio: it.rates.audio.map(|price| price.0),
            video: it.rates.video.map(|price| price.0),
            picture: it.picture.map(|picture| picture.0),
            created_at: it.created_at.0,
            updated_at: it.updated_at.0,
        }
    }
}

impl TryFrom<ProfileRow> for Profile {
    type Error = RowError;

    fn try_from(row: ProfileRow) -> Result<Self, RowError> {
        let skills = row.skills.into_iter();
        let skills = skills.map(|(id, title, price_note, details)| Skill {
            id: SkillId(id),
            title,
            price_note,
            details,
        });
        Ok(Self {
            user: UserId(row.user),
            title: row.title,
            languages: row.languages,
            specialties: row.specialties,
            bio: row.bio,
            skills: skills.collect(),
            rates: Rates {
                audio: row.audio.map(MilliCoins),
                video: row.video.map(MilliCoins),
            },
            picture: row.picture.map(Picture),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

/// The profile of this person.
pub fn load(store: &Store, user: UserId) -> Result<Option<Read<Profile>>, LoadError> {
    read::load::<ProfileRow, _>(store, user.as_bytes())
}

/// A page of all profiles in the order of their people's ids, from after `after`; for the start.
pub fn page(
    store: &Store,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<Read<Profile>>, LoadError> {
    read::page::<ProfileRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Writes a profile; fails when it is not still as it was read (none: when there is one already).
pub fn put(old: Option<&Read<Profile>>, new: &Profile) -> Result<Batch, RowError> {
    read::put(new.user.as_bytes(), old, &ProfileRow::from(new))
}

#[derive(Serialize, Deserialize)]
pub(super) struct LetterRow {
    message: String,
    asked_at: Option<i64>,
    reason: String,
    decided_at: Option<i64>,
}

impl Row for LetterRow {
    const TABLE: Table = Table::HostLetters;
    const VERSION: u8 = 1;
}

impl TryFrom<LetterRow> for Letter {
    type Error = RowError;

    fn try_from(row: LetterRow) -> Result<Self, RowError> {
        Ok(Self {
            message: row.message,
            asked_at: row.asked_at.map(Timestamp),
            reason: row.reason,
            decided_at: row.decided_at.map(Timestamp),
        })
    }
}

/// What this person wrote and was answered; an empty letter when nothing was.
pub fn letter(store: &Store, user: UserId) -> Result<Letter, LoadError> {
    let read = read::load::<LetterRow, Letter>(store, user.as_bytes())?;
    Ok(read.map(|read| read.value).unwrap_or_default())
}

/// Writes what somebody wrote and was answered. The account, written in the same batch, is what two
/// writers would fight over.
pub fn put_letter(user: UserId, it: &Letter) -> Result<Batch, RowError> {
    let row = LetterRow {
        message: it.message.clone(),
        asked_at: it.asked_at.map(|at| at.0),
        reason: it.reason.clone(),
        decided_at: it.decided_at.map(|at| at.0),
    };
    Ok(Batch::new().put(Table::HostLetters, user.as_bytes(), row.to_bytes()?))
}

#[derive(Serialize, Deserialize)]
pub(super) struct SwitchRow {
    on: bool,
    last_online_at: Option<i64>,
}

impl Row for SwitchRow {
    const TABLE: Table = Table::HostSwitches;
    const VERSION: u8 = 1;
}

/// Apart from the switch: it is written lazily, and a lazy write has no preconditions.
#[derive(Serialize, Deserialize)]
pub(super) struct SeenRow {
    at: i64,
}

impl Row for SeenRow {
    const TABLE: Table = Table::HostsSeen;
    const VERSION: u8 = 1;
}

/// Whether a host is switched on, and when they were last there.
pub fn switch(store: &Store, user: UserId) -> Result<(bool, Option<Timestamp>), LoadError> {
    let row = store.get(Table::HostSwitches, user.as_bytes())?;
    let row = row.map(|bytes| SwitchRow::from_bytes(&bytes)).transpose()?;
    let seen = store.get(Table::HostsSeen, user.as_bytes())?;
    let seen = seen.map(|bytes| SeenRow::from_bytes(&bytes)).transpose()?;
    let (on, switched) = row.map_or((false, None), |row| (row.on, row.last_online_at));
    Ok((on, switched.max(seen.map(|row| row.at)).map(Timestamp)))
}

/// Writes when a host was last there; lost with the machine, it is only an older time.
pub fn put_seen_lazily(user: UserId, at: Timestamp) -> Result<LazyBatch, RowError> {
    let row = SeenRow { at: at.0 }.to_bytes()?;
    Ok(LazyBatch::new().put(Table::HostsSeen, user.as_bytes(), row))
}

/// Writes the switch.
pub fn put_switch(
    user: UserId,
    on: bool,
    last_online_at: Option<Timestamp>,
) -> Result<Batch, RowError> {
    let last_online_at = last_online_at.map(|at| at.0);
    let row = SwitchRow { on, last_online_at }.to_bytes()?;
    Ok(Batch::new().put(Table::HostSwitches, user.as_bytes(), row))
}

/// The rows as their host may read them: the profile, the application, the switch, when they were seen.
pub(crate) const SHOWN: [Shown; 4] = [
    shown::<ProfileRow>,
    shown::<LetterRow>,
    shown::<SwitchRow>,
    shown::<SeenRow>,
];

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::host::RateRules;

    #[test]
    fn a_profile_comes_back_and_two_first_ones_cannot_both_win() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        let mut it = Profile::empty(user, &RateRules::default(), Timestamp(1));
        store.write_blocking(put(None, &it).unwrap()).unwrap();
        assert!(store.write_blocking(put(None, &it).unwrap()).is_err());
        let read = load(&store, user).unwrap().unwrap();
        assert_eq!(read.value, it);
        it.languages = vec!["en".into()];
        it.rates.audio = None;
        it.picture = Some(Picture([7; 32]));
        it.skills = vec![Skill {
            id: SkillId(Uuid::from_u128(2)),
            title: "Talk".into(),
            price_note: "From 10".into(),
            details: "Long\nand short".into(),
        }];
        store
            .write_blocking(put(Some(&read), &it).unwrap())
            .unwrap();
        assert!(
            store
                .write_blocking(put(Some(&read), &it).unwrap())
                .is_err()
        );
        assert_eq!(page(&store, None, 9).unwrap()[0].value, it);
        assert!(page(&store, Some(user), 9).unwrap().is_empty());
    }

    #[test]
    fn the_later_of_two_times_is_when_a_host_was_last_there() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        assert_eq!(switch(&store, user).unwrap(), (false, None));
        let on = put_switch(user, true, Some(Timestamp(5))).unwrap();
        store.write_blocking(on).unwrap();
        for (at, seen) in [(3, 5), (9, 9)] {
            let lazily = put_seen_lazily(user, Timestamp(at)).unwrap();
            store.write_lazy(lazily).unwrap();
            assert_eq!(switch(&store, user).unwrap(), (true, Some(Timestamp(seen))));
        }
    }

    #[test]
    fn a_letter_comes_back() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        assert_eq!(letter(&store, user).unwrap(), Letter::default());
        let it = Letter {
            message: "Please".into(),
            asked_at: Some(Timestamp(1)),
            reason: "Not yet".into(),
            decided_at: Some(Timestamp(2)),
        };
        store
            .write_blocking(put_letter(user, &it).unwrap())
            .unwrap();
        assert_eq!(letter(&store, user).unwrap(), it);
    }
}
