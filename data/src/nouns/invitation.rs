//! Invitations: the row, the index by the link's hash, and the index by meeting.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    account::Email,
    id::{InvitationId, LoginId, MeetingId, RoomId},
    invitation::Invitation,
    time::Timestamp,
};

use super::read::{self, LoadError, Read};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most invitations that are read for one meeting (each move makes one).
pub const PER_MEETING_MAX: usize = 100;

#[derive(Serialize, Deserialize)]
pub(super) struct InvitationRow {
    id: Uuid,
    meeting: Uuid,
    version: u32,
    room: Uuid,
    email: String,
    name: String,
    expires_at: i64,
    devices: Vec<Uuid>,
    devices_max: u32,
    revoked_at: Option<i64>,
    created_at: i64,
}

impl Row for InvitationRow {
    const TABLE: Table = Table::Invitations;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Invitations,
    version: InvitationRow::VERSION,
};

impl From<&Invitation> for InvitationRow {
    fn from(it: &Invitation) -> Self {
        Self {
            id: it.id.0,
            meeting: it.meeting.0,
            version: it.version,
            room: it.room.0,
            email: it.email.as_str().to_owned(),
            name: it.name.clone(),
            expires_at: it.expires_at.0,
            devices: it.devices.iter().map(|device| device.0).collect(),
            devices_max: u32::try_from(it.devices_max).unwrap_or(u32::MAX),
            revoked_at: it.revoked_at.map(|at| at.0),
            created_at: it.created_at.0,
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = RowError;

    fn try_from(row: InvitationRow) -> Result<Self, RowError> {
        Ok(Self {
            id: InvitationId(row.id),
            meeting: MeetingId(row.meeting),
            version: row.version,
            room: RoomId(row.room),
            email: Email::parse(&row.email).map_err(|_| MALFORMED)?,
            name: row.name,
            expires_at: Timestamp(row.expires_at),
            devices: row.devices.into_iter().map(LoginId).collect(),
            devices_max: row.devices_max as usize,
            revoked_at: row.revoked_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
        })
    }
}

fn by_meeting(meeting: MeetingId, invitation: InvitationId) -> Vec<u8> {
    [meeting.as_bytes().as_slice(), invitation.as_bytes()].concat()
}

/// The invitation with this id.
pub fn load(store: &Store, id: InvitationId) -> Result<Option<Read<Invitation>>, LoadError> {
    read::load::<InvitationRow, _>(store, id.as_bytes())
}

/// The invitation behind a link, found by the hash of its token.
pub fn load_by_token(
    store: &Store,
    hash: &[u8; 32],
) -> Result<Option<Read<Invitation>>, LoadError> {
    match store.get(Table::InvitationByToken, hash)? {
        Some(id) => load(
            store,
            InvitationId::from_bytes(read::id_in(&id, MALFORMED)?),
        ),
        None => Ok(None),
    }
}

/// All invitations to a meeting, also those taken back; at most [`PER_MEETING_MAX`].
pub fn load_of(store: &Store, meeting: MeetingId) -> Result<Vec<Read<Invitation>>, LoadError> {
    let keys = KeyRange::prefix(meeting.as_bytes());
    read::load_indexed::<InvitationRow, _>(
        store,
        Table::InvitationsByMeeting,
        keys,
        PER_MEETING_MAX,
    )
}

/// Writes a new invitation and the way to it from its link.
pub fn insert(it: &Invitation, token_hash: &[u8; 32]) -> Result<Batch, RowError> {
    let batch = read::insert(it.id.as_bytes(), &InvitationRow::from(it))?;
    Ok(batch
        .put(
            Table::InvitationByToken,
            token_hash,
            it.id.as_bytes().to_vec(),
        )
        .put(
            Table::InvitationsByMeeting,
            by_meeting(it.meeting, it.id),
            Vec::new(),
        ))
}

/// Writes a changed invitation; fails when it changed meanwhile.
pub fn replace(old: &Read<Invitation>, new: &Invitation) -> Result<Batch, RowError> {
    read::replace(new.id.as_bytes(), old, &InvitationRow::from(new))
}

/// Forgets an invitation and the way to it.
pub fn remove(old: &Read<Invitation>, token_hash: &[u8; 32]) -> Batch {
    read::remove::<InvitationRow, _>(old.id.as_bytes(), old)
        .delete(Table::InvitationByToken, token_hash)
        .delete(Table::InvitationsByMeeting, by_meeting(old.meeting, old.id))
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<InvitationRow>;

/// Invitations of one address: what a guest is known under.
pub(crate) fn ids_of(store: &Store, email: &Email) -> Result<Vec<[u8; 16]>, LoadError> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let (rows, next) = read::rows(store, Table::Invitations, after, 500)?;
        for (_, bytes) in rows {
            let row = InvitationRow::from_bytes(&bytes)?;
            ids.extend(Some(row.id.into_bytes()).filter(|_| row.email == email.as_str()));
        }
        match next {
            Some(key) => after = Some(key),
            None => return Ok(ids),
        }
    }
}

/// Invitations of a person go.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let row = InvitationRow::from_bytes(row)?;
    Ok(Fate::gone(person.has(&row.email) || person.is(row.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_found_by_its_link_and_by_its_meeting() {
        let store = Store::in_memory();
        let it = Invitation {
            id: InvitationId(Uuid::from_u128(1)),
            meeting: MeetingId(Uuid::from_u128(2)),
            version: 3,
            room: RoomId(Uuid::from_u128(4)),
            email: Email::parse("guest@example.org").unwrap(),
            name: "Gast".into(),
            expires_at: Timestamp(5),
            devices: vec![LoginId(Uuid::from_u128(6))],
            devices_max: 2,
            revoked_at: Some(Timestamp(7)),
            created_at: Timestamp(8),
        };
        store
            .write_blocking(insert(&it, &[9; 32]).unwrap())
            .unwrap();
        assert_eq!(load_by_token(&store, &[9; 32]).unwrap().unwrap().value, it);
        let of = load_of(&store, it.meeting).unwrap();
        assert_eq!(of.len(), 1);
        store.write_blocking(remove(&of[0], &[9; 32])).unwrap();
        assert!(load_by_token(&store, &[9; 32]).unwrap().is_none());
        assert!(load_of(&store, it.meeting).unwrap().is_empty());
    }
}
