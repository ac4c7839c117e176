//! Meetings: the row, the way to it from its room, each person's calendar, and the list of doors
//! that close.
//!
//! A calendar entry's key holds the start, so a move writes a new key and deletes the old one in
//! the same batch. The meetings of a group's session share a room, each with a client of its own.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    account::Email,
    booking::{Booking, Division, Payment, Reader},
    id::{MeetingId, RoomId, ServiceId, UserId},
    meeting::{Client, Meeting, Part, Remark, Status, Terms, Window},
    money::MilliCoins,
    service::{Bracket, Cancellation},
    time::{Millis, Timestamp},
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    personal::person::{ERASED_NAME, Fate, Person, Shown, erased_address, shown},
    range::KeyRange,
    row::{Row, RowError, decode},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
pub(super) struct MeetingRow {
    told: MeetingRow1,
    booking: Option<BookedRow>,
    /// Whether the host said it, and what.
    remark: Option<(bool, String)>,
}

/// A meeting as it was written before there were bookings.
#[derive(Serialize, Deserialize)]
struct MeetingRow1 {
    id: Uuid,
    room: Uuid,
    host: Uuid,
    client_user: Option<Uuid>,
    client_named_by_account: bool,
    client_email: String,
    client_name: String,
    subject: String,
    description: String,
    starts_at: i64,
    duration_ms: i64,
    lobby: bool,
    status: String,
    version: u32,
    attendance: Vec<(Uuid, i64)>,
    declared: Vec<Uuid>,
    call_started_at: Option<i64>,
    call_ended_at: Option<i64>,
    live_since: Option<i64>,
    call_ms: i64,
    created_at: i64,
    updated_at: i64,
}

/// A meeting as it was written before there were groups.
#[derive(Serialize, Deserialize)]
struct MeetingRow2 {
    told: MeetingRow1,
    booking: Option<BookingRow>,
}

#[derive(Serialize, Deserialize)]
struct BookedRow {
    terms: BookingRow,
    /// In the minor unit, and the currency's three letters.
    money: Option<(i64, String)>,
    seats: u32,
    /// Language and zone.
    reader: Option<(Option<String>, Option<String>)>,
}

impl From<BookingRow> for BookedRow {
    fn from(terms: BookingRow) -> Self {
        Self {
            terms,
            money: None,
            seats: 1,
            reader: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct BookingRow {
    service: Uuid,
    series: Option<Uuid>,
    price: i64,
    commission_bps: u32,
    before_ms: i64,
    after_ms: i64,
    /// Notice in milliseconds, refund in hundredths of a percent.
    cancellation: Vec<(i64, u32)>,
    moves_left: u32,
    reminder_leads_ms: Option<Vec<i64>>,
    /// Open before, close after.
    window_ms: Option<(i64, i64)>,
    no_show_after_ms: i64,
    payment: PaymentRow,
    expires_at: Option<i64>,
}

/// Refunded and fee where it was divided.
#[derive(Serialize, Deserialize)]
enum PaymentRow {
    Free,
    Due,
    Held,
    Divided(i64, i64),
    Settled(i64, i64),
}

impl From<&Booking> for BookedRow {
    fn from(it: &Booking) -> Self {
        let reader = it.reader.clone();
        Self {
            terms: BookingRow::from(it),
            money: it.money.map(super::service::to_row),
            seats: it.seats,
            reader: reader.map(|it| (it.language, it.time_zone)),
        }
    }
}

impl From<&Booking> for BookingRow {
    fn from(it: &Booking) -> Self {
        let brackets = it.cancellation.0.iter();
        let leads = it.reminder_leads.as_ref();
        Self {
            service: it.service.0,
            series: it.series.map(|id| id.0),
            price: it.price.0,
            commission_bps: it.commission_bps,
            before_ms: it.before.0,
            after_ms: it.after.0,
            cancellation: brackets.map(|it| (it.notice.0, it.refund_bps)).collect(),
            moves_left: it.moves_left,
            reminder_leads_ms: leads.map(|all| all.iter().map(|lead| lead.0).collect()),
            window_ms: it.window.map(|it| (it.open_before.0, it.close_after.0)),
            no_show_after_ms: it.no_show_after.0,
            payment: match it.payment {
                Payment::Free => PaymentRow::Free,
                Payment::Due => PaymentRow::Due,
                Payment::Held => PaymentRow::Held,
                Payment::Divided(it) => PaymentRow::Divided(it.refunded.0, it.fee.0),
                Payment::Settled(it) => PaymentRow::Settled(it.refunded.0, it.fee.0),
            },
            expires_at: it.expires_at.map(|at| at.0),
        }
    }
}

impl TryFrom<BookedRow> for Booking {
    type Error = RowError;

    fn try_from(booked: BookedRow) -> Result<Self, RowError> {
        let row = booked.terms;
        let division = |refunded, fee| Division {
            refunded: MilliCoins(refunded),
            fee: MilliCoins(fee),
        };
        let brackets = row.cancellation.into_iter();
        let brackets = brackets.map(|(notice, refund_bps)| Bracket {
            notice: Millis(notice),
            refund_bps,
        });
        let leads = row.reminder_leads_ms;
        Ok(Self {
            service: ServiceId(row.service),
            series: row.series.map(MeetingId),
            price: MilliCoins(row.price),
            money: booked
                .money
                .map(|it| super::service::of_row(it).ok_or(MALFORMED))
                .transpose()?,
            seats: booked.seats,
            reader: booked.reader.map(|(language, time_zone)| Reader {
                language,
                time_zone,
            }),
            commission_bps: row.commission_bps,
            before: Millis(row.before_ms),
            after: Millis(row.after_ms),
            cancellation: Cancellation(brackets.collect()),
            moves_left: row.moves_left,
            reminder_leads: leads.map(|all| all.into_iter().map(Millis).collect()),
            window: row.window_ms.map(|(open_before, close_after)| Window {
                open_before: Millis(open_before),
                close_after: Millis(close_after),
            }),
            no_show_after: Millis(row.no_show_after_ms),
            payment: match row.payment {
                PaymentRow::Free => Payment::Free,
                PaymentRow::Due => Payment::Due,
                PaymentRow::Held => Payment::Held,
                PaymentRow::Divided(refunded, fee) => Payment::Divided(division(refunded, fee)),
                PaymentRow::Settled(refunded, fee) => Payment::Settled(division(refunded, fee)),
            },
            expires_at: row.expires_at.map(Timestamp),
        })
    }
}

impl Row for MeetingRow {
    const TABLE: Table = Table::Meetings;
    const VERSION: u8 = 4;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        match version {
            1 => decode(Self::TABLE, 1, body).map(|told| Self {
                told,
                booking: None,
                remark: None,
            }),
            2 => decode(Self::TABLE, 2, body).map(|it: MeetingRow2| Self {
                told: it.told,
                booking: it.booking.map(BookedRow::from),
                remark: None,
            }),
            // Before there were remarks: none is one zero byte at the end.
            3 => decode(Self::TABLE, 3, &[body, &[0]].concat()),
            version => Err(RowError::UnknownVersion {
                table: Self::TABLE,
                version,
            }),
        }
    }
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Meetings,
    version: MeetingRow::VERSION,
};

impl From<&Meeting> for MeetingRow {
    fn from(m: &Meeting) -> Self {
        let told = MeetingRow1 {
            id: m.id.0,
            room: m.room.0,
            host: m.host.0,
            client_user: m.client.user.map(|user| user.0),
            client_named_by_account: m.client.named_by_account,
            client_email: m.client.email.as_str().to_owned(),
            client_name: m.client.name.clone(),
            subject: m.terms.subject.clone(),
            description: m.terms.description.clone(),
            starts_at: m.terms.starts_at.0,
            duration_ms: m.terms.duration.0,
            lobby: m.lobby,
            status: m.status.word().to_owned(),
            version: m.version,
            attendance: m.attendance.iter().map(|(who, at)| (who.0, at.0)).collect(),
            declared: m.declared.iter().map(|who| who.0).collect(),
            call_started_at: m.call_started_at.map(|at| at.0),
            call_ended_at: m.call_ended_at.map(|at| at.0),
            live_since: m.live_since.map(|at| at.0),
            call_ms: m.call_time.0,
            created_at: m.created_at.0,
            updated_at: m.updated_at.0,
        };
        Self {
            told,
            booking: m.booking.as_ref().map(BookedRow::from),
            remark: m
                .remark
                .as_ref()
                .map(|it| (it.by == Part::Host, it.text.clone())),
        }
    }
}

impl TryFrom<MeetingRow> for Meeting {
    type Error = RowError;

    fn try_from(row: MeetingRow) -> Result<Self, RowError> {
        let MeetingRow {
            told: row,
            booking,
            remark,
        } = row;
        let status = Status::all().find(|status| status.word() == row.status);
        let attendance = row.attendance.into_iter();
        Ok(Self {
            id: MeetingId(row.id),
            room: RoomId(row.room),
            host: UserId(row.host),
            client: Client {
                user: row.client_user.map(UserId),
                named_by_account: row.client_named_by_account,
                email: Email::parse(&row.client_email).map_err(|_| MALFORMED)?,
                name: row.client_name,
            },
            terms: Terms {
                subject: row.subject,
                description: row.description,
                starts_at: Timestamp(row.starts_at),
                duration: Millis(row.duration_ms),
            },
            lobby: row.lobby,
            status: status.ok_or(MALFORMED)?,
            version: row.version,
            attendance: attendance
                .map(|(who, at)| (UserId(who), Timestamp(at)))
                .collect(),
            declared: row.declared.into_iter().map(UserId).collect(),
            call_started_at: row.call_started_at.map(Timestamp),
            call_ended_at: row.call_ended_at.map(Timestamp),
            live_since: row.live_since.map(Timestamp),
            call_time: Millis(row.call_ms),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            booking: booking.map(Booking::try_from).transpose()?,
            remark: remark.map(|(by_host, text)| Remark {
                by: match by_host {
                    true => Part::Host,
                    false => Part::Client,
                },
                text,
            }),
        })
    }
}

fn calendar_key(user: UserId, meeting: &Meeting) -> Vec<u8> {
    let start = time_key(meeting.terms.starts_at);
    [user.as_bytes().as_slice(), &start, meeting.id.as_bytes()].concat()
}

fn calendar_keys(meeting: &Meeting) -> impl Iterator<Item = Vec<u8>> + '_ {
    std::iter::once(meeting.host)
        .chain(meeting.client.user)
        .map(|user| calendar_key(user, meeting))
}

/// Index keys of one meeting: each person's calendar, the address of a client without an account,
/// and the room that it shares.
fn index_keys(meeting: &Meeting) -> Vec<(Table, Vec<u8>)> {
    let mut keys: Vec<_> = calendar_keys(meeting)
        .map(|key| (Table::MeetingsByPerson, key))
        .collect();
    if meeting.client.user.is_none() {
        let key = [
            email_prefix(&meeting.client.email).as_slice(),
            meeting.id.as_bytes(),
        ]
        .concat();
        keys.push((Table::MeetingsByEmail, key));
    }
    if meeting.seats() > 1 {
        let key = [meeting.room.as_bytes().as_slice(), meeting.id.as_bytes()].concat();
        keys.push((Table::MeetingsOfRoom, key));
    }
    keys
}

/// No address holds a zero byte, so no address is the beginning of another one's keys.
fn email_prefix(email: &Email) -> Vec<u8> {
    [email.as_str().as_bytes(), &[0]].concat()
}

fn closing_key(at: Timestamp, meeting: MeetingId) -> Vec<u8> {
    [time_key(at).as_slice(), meeting.as_bytes()].concat()
}

/// The meeting with this id.
pub fn load(store: &Store, id: MeetingId) -> Result<Option<Read<Meeting>>, LoadError> {
    read::load::<MeetingRow, _>(store, id.as_bytes())
}

/// Most meetings of one room that are read.
const OF_ROOM_MAX: usize = 200;

/// The meetings that this room belongs to: one, or those of a group's session, first booked first.
pub fn load_of_room(store: &Store, room: RoomId) -> Result<Vec<Read<Meeting>>, LoadError> {
    if let Some(id) = store.get(Table::MeetingByRoom, room.as_bytes())? {
        let alone = load(store, MeetingId::from_bytes(read::id_in(&id, MALFORMED)?))?;
        return Ok(alone.into_iter().collect());
    }
    let keys = KeyRange::prefix(room.as_bytes());
    read::load_indexed::<MeetingRow, _>(store, Table::MeetingsOfRoom, keys, OF_ROOM_MAX)
}

/// A person's meetings that start in `[from, to)`, earliest first, at most `limit`.
pub fn load_calendar(
    store: &Store,
    user: UserId,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<Read<Meeting>>, LoadError> {
    let first = [user.as_bytes().as_slice(), &time_key(from)].concat();
    let end = [user.as_bytes().as_slice(), &time_key(to)].concat();
    read::load_indexed::<MeetingRow, _>(
        store,
        Table::MeetingsByPerson,
        KeyRange::between(first, end),
        limit,
    )
}

/// Meetings with a client who has this address and no account; at most `limit`.
pub fn load_of_stranger(
    store: &Store,
    email: &Email,
    limit: usize,
) -> Result<Vec<Read<Meeting>>, LoadError> {
    let keys = KeyRange::prefix(email_prefix(email));
    read::load_indexed::<MeetingRow, _>(store, Table::MeetingsByEmail, keys, limit)
}

/// Meetings whose door closed by `now` and that have not been looked at since.
pub fn load_closed(store: &Store, now: Timestamp, limit: usize) -> Result<Vec<Closed>, LoadError> {
    store
        .scan(
            Table::MeetingsClosing,
            KeyRange::up_to(time_key(now)),
            limit,
        )?
        .into_iter()
        .filter_map(|(key, _)| Some((read::id_at_end(&key)?, key)))
        .map(|(id, key)| {
            let meeting = load(store, MeetingId::from_bytes(id))?;
            Ok((ClosingEntry(key.to_vec()), meeting))
        })
        .collect()
}

/// A door that closed, and its meeting if there still is one.
pub type Closed = (ClosingEntry, Option<Read<Meeting>>);

/// An entry of the list of doors that close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingEntry(Vec<u8>);

impl ClosingEntry {
    /// Takes the entry off the list.
    pub fn remove(&self) -> Batch {
        Batch::new().delete(Table::MeetingsClosing, &self.0)
    }
}

/// Puts a meeting on the list of doors that close.
pub fn watch_closing(at: Timestamp, meeting: MeetingId) -> Batch {
    Batch::new().put(Table::MeetingsClosing, closing_key(at, meeting), Vec::new())
}

/// The meetings made last first, from before `before`.
pub fn latest(
    store: &Store,
    before: Option<MeetingId>,
    limit: usize,
) -> Result<Vec<Read<Meeting>>, LoadError> {
    read::latest::<MeetingRow, _>(store, before.map(|id| *id.as_bytes()), limit)
}

/// Meetings whose door is still to close, the first to close first, from after the meeting that
/// closes at `after`; at most `limit`.
pub fn load_ahead(
    store: &Store,
    after: (Timestamp, MeetingId),
    limit: usize,
) -> Result<Vec<(Timestamp, Read<Meeting>)>, LoadError> {
    let range = KeyRange::all().after(closing_key(after.0, after.1));
    let keys = store.scan(Table::MeetingsClosing, range, limit)?;
    keys.iter()
        .filter_map(|(key, _)| {
            let at = read::time_in(key.first_chunk::<8>()?);
            Some((at, read::id_at_end(key)?))
        })
        .filter_map(|(at, id)| {
            let meeting = load(store, MeetingId::from_bytes(id)).transpose()?;
            Some(meeting.map(|it| (at, it)))
        })
        .collect()
}

/// A page of all meetings in the order of their ids, from after `after`; for the sweep.
pub fn page(
    store: &Store,
    after: Option<MeetingId>,
    limit: usize,
) -> Result<Vec<Read<Meeting>>, LoadError> {
    read::page::<MeetingRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Writes a new meeting.
pub fn insert(meeting: &Meeting) -> Result<Batch, RowError> {
    let room = meeting.room.as_bytes();
    let batch = read::insert(meeting.id.as_bytes(), &MeetingRow::from(meeting))?;
    let batch = match meeting.seats() > 1 {
        true => batch,
        false => batch.require_absent(Table::MeetingByRoom, room).put(
            Table::MeetingByRoom,
            room,
            meeting.id.as_bytes().to_vec(),
        ),
    };
    Ok(index_keys(meeting)
        .into_iter()
        .fold(batch, |batch, (table, key)| {
            batch.put(table, key, Vec::new())
        }))
}

/// Writes a changed meeting; fails when it changed meanwhile. Its room never changes, unless it is a
/// seat of a group and goes to another session.
pub fn replace(old: &Read<Meeting>, new: &Meeting) -> Result<Batch, RowError> {
    let batch = read::replace(new.id.as_bytes(), old, &MeetingRow::from(new))?;
    let batch = index_keys(&old.value)
        .into_iter()
        .fold(batch, |batch, (table, key)| batch.delete(table, key));
    Ok(index_keys(new)
        .into_iter()
        .fold(batch, |batch, (table, key)| {
            batch.put(table, key, Vec::new())
        }))
}

/// The row as its people may read it.
pub(crate) const SHOWN: Shown = shown::<MeetingRow>;

/// Most meetings of one person that are looked through.
pub(crate) const OF_ONE_MAX: usize = 10_000;

/// The rooms of the meetings that somebody was met in.
pub(crate) fn rooms_of_client(
    store: &Store,
    user: UserId,
    email: &str,
) -> Result<Vec<RoomId>, LoadError> {
    let all = load_calendar(store, user, Timestamp::MIN, Timestamp::MAX, OF_ONE_MAX)?;
    let met = all.iter().filter(|it| {
        let client = &it.client;
        client.user == Some(user) || client.email.as_str() == email
    });
    Ok(met.map(|it| it.room).collect())
}

/// A meeting stays for the other side and for the books: when, with which number, at which price. The
/// person's name and address, what was written about it and who was there go.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let mut it = MeetingRow::from_bytes(row)?;
    let told = &mut it.told;
    let met = told.client_user.is_some_and(|id| person.is(id)) || person.has(&told.client_email);
    if !met && !person.is(told.host) {
        return Ok(Fate::Stays);
    }
    if met {
        told.client_email = erased_address(UserId(told.client_user.unwrap_or(told.id)));
        told.client_name = ERASED_NAME.into();
        if let Some(booking) = &mut it.booking {
            booking.reader = None;
        }
    }
    told.subject = person.left_out_of(&told.subject);
    told.description.clear();
    told.attendance.retain(|(user, _)| !person.is(*user));
    told.declared.retain(|user| !person.is(*user));
    it.remark = None;
    Fate::becomes(&it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meeting(n: u128, start: i64) -> Meeting {
        Meeting {
            id: MeetingId(Uuid::from_u128(n)),
            room: RoomId(Uuid::from_u128(100 + n)),
            host: UserId(Uuid::from_u128(10)),
            client: Client {
                user: Some(UserId(Uuid::from_u128(20))),
                named_by_account: true,
                email: Email::parse("client@example.org").unwrap(),
                name: "Client".into(),
            },
            terms: Terms {
                subject: "Talk".into(),
                description: "Long".into(),
                starts_at: Timestamp(start),
                duration: Millis::from_mins(50),
            },
            lobby: true,
            status: Status::InProgress,
            version: 2,
            attendance: vec![(UserId(Uuid::from_u128(20)), Timestamp(5))],
            declared: vec![UserId(Uuid::from_u128(10))],
            call_started_at: Some(Timestamp(1)),
            call_ended_at: None,
            live_since: Some(Timestamp(2)),
            call_time: Millis(3),
            created_at: Timestamp(4),
            updated_at: Timestamp(5),
            booking: None,
            remark: None,
        }
    }

    fn starts(store: &Store, user: u128, from: i64, to: i64) -> Vec<i64> {
        let user = UserId(Uuid::from_u128(user));
        let found = load_calendar(store, user, Timestamp(from), Timestamp(to), 10).unwrap();
        found.iter().map(|m| m.terms.starts_at.0).collect()
    }

    #[test]
    fn a_meeting_comes_back_by_id_and_by_room() {
        let store = Store::in_memory();
        let m = meeting(1, 1_000);
        store.write_blocking(insert(&m).unwrap()).unwrap();
        assert_eq!(load(&store, m.id).unwrap().unwrap().value, m);
        assert_eq!(load_of_room(&store, m.room).unwrap()[0].value, m);
    }

    fn booked(n: u128) -> Meeting {
        let mut m = meeting(n, 1_000);
        m.booking = Some(Booking {
            service: ServiceId(Uuid::from_u128(7)),
            series: Some(MeetingId(Uuid::from_u128(8))),
            price: MilliCoins(9),
            money: super::super::service::of_row((900, "EUR".into())),
            seats: 4,
            reader: Some(Reader {
                language: Some("sw".into()),
                time_zone: Some("Africa/Nairobi".into()),
            }),
            commission_bps: 10,
            before: Millis(11),
            after: Millis(12),
            cancellation: Cancellation::usual(),
            moves_left: 13,
            reminder_leads: Some(vec![Millis(14)]),
            window: Some(Window::default()),
            no_show_after: Millis(15),
            payment: Payment::Divided(Division {
                refunded: MilliCoins(16),
                fee: MilliCoins(17),
            }),
            expires_at: Some(Timestamp(18)),
        });
        m
    }

    #[test]
    fn a_booking_comes_back_with_its_terms_and_its_money() {
        let store = Store::in_memory();
        let m = booked(1);
        store.write_blocking(insert(&m).unwrap()).unwrap();
        assert_eq!(load(&store, m.id).unwrap().unwrap().value, m);
    }

    /// Written by the program before there were groups.
    #[test]
    fn an_older_booking_is_for_one() {
        let mut m = booked(1);
        let row = MeetingRow::from(&m);
        let old = MeetingRow2 {
            told: row.told,
            booking: row.booking.map(|it| it.terms),
        };
        let old = crate::row::encode(Table::Meetings, 2, &old).unwrap();
        let booking = m.booking.as_mut().unwrap();
        (booking.seats, booking.money, booking.reader) = (1, None, None);
        let read = Meeting::try_from(MeetingRow::from_bytes(&old).unwrap());
        assert_eq!(read.unwrap(), m);
    }

    #[test]
    fn the_meetings_of_a_session_share_a_room_and_leave_it() {
        let store = Store::in_memory();
        let room = RoomId(Uuid::from_u128(500));
        for n in [1, 2] {
            let m = Meeting { room, ..booked(n) };
            store.write_blocking(insert(&m).unwrap()).unwrap();
        }
        let of = |room| {
            let all = load_of_room(&store, room).unwrap();
            all.iter().map(|it| it.id.0.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(of(room), [1, 2]);
        let old = load_of_room(&store, room).unwrap().remove(0);
        let elsewhere = RoomId(Uuid::from_u128(501));
        let new = Meeting {
            room: elsewhere,
            ..old.value.clone()
        };
        store.write_blocking(replace(&old, &new).unwrap()).unwrap();
        assert_eq!((of(room), of(elsewhere)), (vec![2], vec![1]));
    }

    /// Written by the program before there were bookings.
    #[test]
    fn an_older_row_is_read() {
        let m = meeting(1, 1_000);
        let bytes = MeetingRow::from(&m).to_bytes().unwrap();
        // No booking is one zero byte at the end, and so is no remark.
        for (version, missing) in [(3, 1), (1, 2)] {
            let old = [&[version], &bytes[1..bytes.len() - missing]].concat();
            let row = MeetingRow::from_bytes(&old).unwrap();
            assert_eq!(Meeting::try_from(row).unwrap(), m, "version {version}");
        }
    }

    #[test]
    fn calendars_are_in_order_and_follow_a_move() {
        let store = Store::in_memory();
        for (n, start) in [(1, 3_000), (2, 1_000), (3, 2_000)] {
            let batch = insert(&meeting(n, start)).unwrap();
            store.write_blocking(batch).unwrap();
        }
        assert_eq!(starts(&store, 10, 0, 9_999), [1_000, 2_000, 3_000]);
        assert_eq!(starts(&store, 20, 1_000, 2_000), [1_000]);
        let old = load(&store, MeetingId(Uuid::from_u128(2)))
            .unwrap()
            .unwrap();
        let moved = meeting(2, 5_000);
        let batch = replace(&old, &moved).unwrap();
        store.write_blocking(batch).unwrap();
        assert_eq!(starts(&store, 20, 0, 9_999), [2_000, 3_000, 5_000]);
        assert_eq!(starts(&store, 99, 0, 9_999), [0_i64; 0]);
    }

    #[test]
    fn a_stranger_is_found_by_address_until_they_have_an_account() {
        let store = Store::in_memory();
        let mut m = meeting(1, 1_000);
        m.client.user = None;
        store.write_blocking(insert(&m).unwrap()).unwrap();
        let of = |text: &str| {
            let email = Email::parse(text).unwrap();
            load_of_stranger(&store, &email, 9).unwrap().len()
        };
        assert_eq!((of("client@example.org"), of("client@example.or")), (1, 0));
        assert_eq!(starts(&store, 20, 0, 9_999), [0_i64; 0]);
        let old = load(&store, m.id).unwrap().unwrap();
        let batch = replace(&old, &meeting(1, 1_000)).unwrap();
        store.write_blocking(batch).unwrap();
        assert_eq!(of("client@example.org"), 0);
        assert_eq!(starts(&store, 20, 0, 9_999), [1_000]);
    }

    #[test]
    fn doors_close_in_order() {
        let store = Store::in_memory();
        let m = meeting(1, 1_000);
        store.write_blocking(insert(&m).unwrap()).unwrap();
        let batch = watch_closing(Timestamp(50), m.id);
        store.write_blocking(batch).unwrap();
        assert!(load_closed(&store, Timestamp(49), 10).unwrap().is_empty());
        let closed = load_closed(&store, Timestamp(50), 10).unwrap();
        assert_eq!(closed[0].1.as_ref().unwrap().id, m.id);
        store.write_blocking(closed[0].0.remove()).unwrap();
        assert!(load_closed(&store, Timestamp(99), 10).unwrap().is_empty());
    }
}
