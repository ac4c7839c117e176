//! Rooms: who sat, waited or was banned, and the live call, so that a restarted server knows every
//! seat and nobody has to knock twice. One row per room that is in use; the row goes with it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    call::CallRecord,
    id::{CallId, MeetingId, PeerId, RoomId, SessionId, UserId},
    identity::Role,
    room::{Consents, RecordingRight, RoomPolicy, RoomRecord, SeatRecord},
    time::{Millis, Timestamp},
};

use super::read::LoadError;
use crate::{
    batch::Batch,
    personal::person::{Fate, Person},
    range::KeyRange,
    row::{self, Row, RowError},
    store::Store,
    tables::Table,
};

/// A room in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedRoom {
    /// Who is where.
    pub room: RoomRecord,
    /// The live call.
    pub call: Option<CallRecord>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RoomRow {
    meeting: Uuid,
    policy: (u32, i64, i64, i64, i64),
    inside: Vec<SeatRow>,
    lobby: Vec<SeatRow>,
    readmit: Vec<(Uuid, i64)>,
    banned: Vec<Uuid>,
    call: Option<(Uuid, i64, i64)>,
    removed: Vec<Uuid>,
    locked: bool,
    recording_right: u8,
    recording: Option<ConsentsRow>,
}

/// As rooms were before they could be locked and recorded.
#[derive(Serialize, Deserialize)]
struct RoomRow1 {
    meeting: Uuid,
    policy: (u32, i64, i64, i64, i64),
    inside: Vec<SeatRow>,
    lobby: Vec<SeatRow>,
    readmit: Vec<(Uuid, i64)>,
    banned: Vec<Uuid>,
    call: Option<(Uuid, i64, i64)>,
}

#[derive(Serialize, Deserialize)]
struct ConsentsRow {
    by: Uuid,
    user: Uuid,
    agreed: Vec<Uuid>,
    started_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct SeatRow {
    peer: Uuid,
    user: Uuid,
    session: Uuid,
    name: String,
    role: u8,
    moderator: bool,
    joined_at: i64,
}

impl Row for RoomRow {
    const TABLE: Table = Table::Rooms;
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        if version != 1 {
            let table = Self::TABLE;
            return Err(RowError::UnknownVersion { table, version });
        }
        let old: RoomRow1 = row::decode(Self::TABLE, 1, body)?;
        Ok(Self {
            meeting: old.meeting,
            policy: old.policy,
            inside: old.inside,
            lobby: old.lobby,
            readmit: old.readmit,
            banned: old.banned,
            call: old.call,
            removed: Vec::new(),
            locked: false,
            // The seat of the next one who enters brings the rule of today.
            recording_right: 0,
            recording: None,
        })
    }
}

const RIGHTS: [RecordingRight; 3] = [
    RecordingRight::Off,
    RecordingRight::Host,
    RecordingRight::Anyone,
];

const ROLES: [Role; 4] = [Role::Guest, Role::Client, Role::Host, Role::Admin];

impl From<&SeatRecord> for SeatRow {
    fn from(it: &SeatRecord) -> Self {
        Self {
            peer: it.peer.0,
            user: it.user.0,
            session: it.session.0,
            name: it.name.clone(),
            role: ROLES.iter().position(|r| *r == it.role).unwrap_or(0) as u8,
            moderator: it.moderator,
            joined_at: it.joined_at.0,
        }
    }
}

impl From<SeatRow> for SeatRecord {
    fn from(row: SeatRow) -> Self {
        Self {
            peer: PeerId(row.peer),
            user: UserId(row.user),
            session: SessionId(row.session),
            name: row.name,
            role: *ROLES.get(usize::from(row.role)).unwrap_or(&Role::Guest),
            moderator: row.moderator,
            joined_at: Timestamp(row.joined_at),
        }
    }
}

impl From<&SavedRoom> for RoomRow {
    fn from(it: &SavedRoom) -> Self {
        let policy = &it.room.policy;
        Self {
            meeting: it.room.meeting.0,
            policy: (
                u32::try_from(policy.capacity).unwrap_or(u32::MAX),
                policy.rejoin_grace.0,
                policy.empty_grace.0,
                policy.readmit.0,
                policy.closes_at.0,
            ),
            inside: it.room.inside.iter().map(SeatRow::from).collect(),
            lobby: it.room.lobby.iter().map(SeatRow::from).collect(),
            readmit: it.room.readmit.iter().map(|(u, t)| (u.0, t.0)).collect(),
            banned: it.room.banned.iter().map(|u| u.0).collect(),
            call: it.call.map(|c| (c.call.0, c.started_at.0, c.connected.0)),
            removed: it.room.removed.iter().map(|u| u.0).collect(),
            locked: it.room.locked,
            recording_right: RIGHTS
                .iter()
                .position(|right| *right == policy.recording)
                .unwrap_or(0) as u8,
            recording: it.room.recording.as_ref().map(|it| ConsentsRow {
                by: it.by.0,
                user: it.user.0,
                agreed: it.agreed.iter().map(|user| user.0).collect(),
                started_at: it.started_at.map(|at| at.0),
            }),
        }
    }
}

impl From<RoomRow> for SavedRoom {
    fn from(row: RoomRow) -> Self {
        let (capacity, rejoin_grace, empty_grace, readmit, closes_at) = row.policy;
        let room = RoomRecord {
            meeting: MeetingId(row.meeting),
            policy: RoomPolicy {
                capacity: capacity as usize,
                rejoin_grace: Millis(rejoin_grace),
                empty_grace: Millis(empty_grace),
                readmit: Millis(readmit),
                closes_at: Timestamp(closes_at),
                recording: *RIGHTS
                    .get(usize::from(row.recording_right))
                    .unwrap_or(&RecordingRight::Off),
            },
            inside: row.inside.into_iter().map(SeatRecord::from).collect(),
            lobby: row.lobby.into_iter().map(SeatRecord::from).collect(),
            readmit: row
                .readmit
                .into_iter()
                .map(|(u, t)| (UserId(u), Timestamp(t)))
                .collect(),
            banned: row.banned.into_iter().map(UserId).collect(),
            removed: row.removed.into_iter().map(UserId).collect(),
            locked: row.locked,
            recording: row.recording.map(|it| Consents {
                by: PeerId(it.by),
                user: UserId(it.user),
                agreed: it.agreed.into_iter().map(UserId).collect(),
                started_at: it.started_at.map(Timestamp),
            }),
        };
        let call = row.call.map(|(call, started_at, connected)| CallRecord {
            call: CallId(call),
            started_at: Timestamp(started_at),
            connected: Millis(connected),
        });
        Self { room, call }
    }
}

/// Up to `limit` rooms after `after`, in the order of their ids; for the start of the server.
pub fn page(
    store: &Store,
    after: Option<RoomId>,
    limit: usize,
) -> Result<Vec<(RoomId, SavedRoom)>, LoadError> {
    let range = match after {
        Some(id) => KeyRange::all().after(id.as_bytes()),
        None => KeyRange::all(),
    };
    let rows = store.scan(Table::Rooms, range, limit)?;
    rows.into_iter()
        .map(|(key, bytes)| {
            let id = key.as_ref().try_into().map_err(|_| RowError::Malformed {
                table: Table::Rooms,
                version: RoomRow::VERSION,
            })?;
            let row = RoomRow::from_bytes(&bytes)?;
            Ok((RoomId::from_bytes(id), row.into()))
        })
        .collect()
}

/// One room.
pub fn load(store: &Store, id: RoomId) -> Result<Option<SavedRoom>, LoadError> {
    let row = store.get(Table::Rooms, id.as_bytes())?;
    row.map(|bytes| Ok(RoomRow::from_bytes(&bytes)?.into()))
        .transpose()
}

/// Writes a room down as it is now.
pub fn put(id: RoomId, it: &SavedRoom) -> Result<Batch, RowError> {
    let row = RoomRow::from(it).to_bytes()?;
    Ok(Batch::new().put(Table::Rooms, id.as_bytes(), row))
}

/// Forgets a room that nobody uses.
pub fn remove(id: RoomId) -> Batch {
    Batch::new().delete(Table::Rooms, id.as_bytes())
}

/// A person's seats go.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let mut it = RoomRow::from_bytes(row)?;
    it.inside.retain(|seat| !person.is(seat.user));
    it.lobby.retain(|seat| !person.is(seat.user));
    Fate::becomes(&it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> SavedRoom {
        let id = Uuid::from_u128;
        SavedRoom {
            room: RoomRecord {
                meeting: MeetingId(id(1)),
                policy: RoomPolicy {
                    capacity: 4,
                    rejoin_grace: Millis(30_000),
                    empty_grace: Millis(120_000),
                    readmit: Millis(120_000),
                    closes_at: Timestamp(9),
                    recording: RecordingRight::Host,
                },
                inside: vec![SeatRecord {
                    peer: PeerId(id(2)),
                    user: UserId(id(3)),
                    session: SessionId(id(4)),
                    name: "Ann".into(),
                    role: Role::Host,
                    moderator: true,
                    joined_at: Timestamp(5),
                }],
                lobby: vec![],
                readmit: vec![(UserId(id(6)), Timestamp(7))],
                banned: vec![UserId(id(8))],
                removed: vec![UserId(id(12))],
                locked: true,
                recording: Some(Consents {
                    by: PeerId(id(2)),
                    user: UserId(id(3)),
                    agreed: [UserId(id(3))].into(),
                    started_at: Some(Timestamp(13)),
                }),
            },
            call: Some(CallRecord {
                call: CallId(id(9)),
                started_at: Timestamp(10),
                connected: Millis(11),
            }),
        }
    }

    #[test]
    fn a_room_comes_back_as_it_was_and_is_forgotten() {
        let store = Store::in_memory();
        let (a, b) = (RoomId(Uuid::from_u128(1)), RoomId(Uuid::from_u128(2)));
        store.write_blocking(put(a, &saved()).unwrap()).unwrap();
        store.write_blocking(put(b, &saved()).unwrap()).unwrap();
        let rooms = page(&store, None, 10).unwrap();
        assert_eq!(rooms, vec![(a, saved()), (b, saved())]);
        assert_eq!(page(&store, Some(a), 10).unwrap().len(), 1);
        assert_eq!(load(&store, a).unwrap(), Some(saved()));
        store.write_blocking(remove(a)).unwrap();
        assert_eq!(page(&store, None, 10).unwrap(), vec![(b, saved())]);
    }

    #[test]
    fn a_room_of_the_first_version_is_read_with_an_open_door() {
        let id = Uuid::from_u128;
        let old = RoomRow1 {
            meeting: id(1),
            policy: (4, 30_000, 120_000, 120_000, 9),
            inside: vec![],
            lobby: vec![],
            readmit: vec![],
            banned: vec![id(8)],
            call: None,
        };
        let bytes = row::encode(Table::Rooms, 1, &old).unwrap();
        let saved = SavedRoom::from(RoomRow::from_bytes(&bytes).unwrap());
        assert_eq!(saved.room.banned, vec![UserId(id(8))]);
        assert!(!saved.room.locked && saved.room.recording.is_none());
    }
}
