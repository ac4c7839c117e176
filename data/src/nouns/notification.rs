//! What somebody was told: one numbered list per person, and what of it was read.
//!
//! Every write requires the head as it was read, so a number is given out once and there is no hole.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{CallId, MeetingId, ReportId, ServiceId, UserId},
    money::MilliCoins,
    notification::{About, Kind, Notification, NtfSeq, ReadMarks, Summary, Talk},
    time::{Millis, Timestamp},
};

use super::read::{self, LoadError};
use crate::{
    batch::Batch,
    personal::person::{ERASED_NAME, Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError, decode},
    store::Store,
    tables::Table,
};

/// Most of one page.
pub const PAGE_MAX: usize = 100;

#[derive(Serialize, Deserialize)]
pub(super) struct HeadRow {
    last: u64,
    up_to: u64,
    singly: Vec<u64>,
}

impl Row for HeadRow {
    const TABLE: Table = Table::NotificationHeads;
    const VERSION: u8 = 1;
}

/// What it is about, by the kind's word.
#[derive(Serialize, Deserialize)]
pub(super) struct NotificationRow {
    told: NotificationRow1,
    more: More,
}

#[derive(Serialize, Deserialize)]
struct NotificationRow1 {
    kind: String,
    of: Option<Uuid>,
    name: String,
    at: i64,
}

/// Facts that some kinds have.
#[derive(Serialize, Deserialize)]
enum More {
    Nothing,
    StartsAt(i64),
    Offer {
        service: Uuid,
        starts_at: i64,
    },
    Summary {
        /// Of an appointment; otherwise of a call by the minute.
        meeting: bool,
        length: i64,
        coins: i64,
        earned: bool,
    },
}

impl Row for NotificationRow {
    const TABLE: Table = Table::Notifications;
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        match version {
            1 => decode(Self::TABLE, 1, body).map(|told| Self {
                told,
                more: More::Nothing,
            }),
            version => Err(RowError::UnknownVersion {
                table: Self::TABLE,
                version,
            }),
        }
    }
}

impl From<&Notification> for NotificationRow {
    fn from(it: &Notification) -> Self {
        let (of, more) = match &it.about {
            About::BookingRequest(id)
            | About::BookingConfirmed(id)
            | About::BookingDeclined(id)
            | About::BookingCancelled(id)
            | About::Reminder(id) => (Some(id.0), More::Nothing),
            About::BookingMoved { meeting, starts_at } => {
                (Some(meeting.0), More::StartsAt(starts_at.0))
            }
            About::Message(user) => (Some(user.0), More::Nothing),
            About::Review(call) | About::MissedCall(call) => (Some(call.0), More::Nothing),
            About::Report(report) => (Some(report.0), More::Nothing),
            About::Payment | About::DataReady => (None, More::Nothing),
            About::Vacancy {
                host,
                service,
                starts_at,
            } => {
                let (service, starts_at) = (service.0, starts_at.0);
                (Some(host.0), More::Offer { service, starts_at })
            }
            About::CallSummary(sum) => {
                let (of, meeting) = match sum.of {
                    Talk::Call(id) => (id.0, false),
                    Talk::Meeting(id) => (id.0, true),
                };
                let more = More::Summary {
                    meeting,
                    length: sum.length.0,
                    coins: sum.coins.0,
                    earned: sum.earned,
                };
                (Some(of), more)
            }
        };
        let told = NotificationRow1 {
            kind: it.about.kind().word().into(),
            of,
            name: it.name.clone(),
            at: it.at.0,
        };
        Self { told, more }
    }
}

impl NotificationRow {
    fn notification(self, seq: NtfSeq) -> Result<Notification, LoadError> {
        let Self { told, more } = self;
        let malformed = || LoadError::Row(MALFORMED);
        let of = told.of.ok_or_else(malformed);
        let about = match (Kind::parse(&told.kind).ok_or_else(malformed)?, more) {
            (Kind::BookingRequest, _) => About::BookingRequest(MeetingId(of?)),
            (Kind::BookingConfirmed, _) => About::BookingConfirmed(MeetingId(of?)),
            (Kind::BookingDeclined, _) => About::BookingDeclined(MeetingId(of?)),
            (Kind::BookingCancelled, _) => About::BookingCancelled(MeetingId(of?)),
            (Kind::BookingMoved, More::StartsAt(at)) => About::BookingMoved {
                meeting: MeetingId(of?),
                starts_at: Timestamp(at),
            },
            (Kind::Reminder, _) => About::Reminder(MeetingId(of?)),
            (Kind::Message, _) => About::Message(UserId(of?)),
            (Kind::Review, _) => About::Review(CallId(of?)),
            (Kind::Report, _) => About::Report(ReportId(of?)),
            (Kind::Payment, _) => About::Payment,
            (Kind::DataReady, _) => About::DataReady,
            (Kind::MissedCall, _) => About::MissedCall(CallId(of?)),
            (Kind::Vacancy, More::Offer { service, starts_at }) => About::Vacancy {
                host: UserId(of?),
                service: ServiceId(service),
                starts_at: Timestamp(starts_at),
            },
            (
                Kind::CallSummary,
                More::Summary {
                    meeting,
                    length,
                    coins,
                    earned,
                },
            ) => About::CallSummary(Summary {
                of: match meeting {
                    true => Talk::Meeting(MeetingId(of?)),
                    false => Talk::Call(CallId(of?)),
                },
                length: Millis(length),
                coins: MilliCoins(coins),
                earned,
            }),
            (Kind::BookingMoved | Kind::Vacancy | Kind::CallSummary, _) => return Err(malformed()),
        };
        Ok(Notification {
            seq,
            about,
            name: told.name,
            at: Timestamp(told.at),
        })
    }
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Notifications,
    version: NotificationRow::VERSION,
};

/// Somebody's list as it was read; hand it back to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last number given out.
    pub last: NtfSeq,
    /// What was read.
    pub marks: ReadMarks,
    bytes: Option<Bytes>,
}

impl Head {
    /// How many are unread.
    pub fn unread(&self) -> u64 {
        self.marks.unread(self.last)
    }
}

fn key(user: UserId, seq: NtfSeq) -> Vec<u8> {
    [&user.as_bytes()[..], &seq.0.to_be_bytes()].concat()
}

/// The head of somebody's list.
pub fn head(store: &Store, user: UserId) -> Result<Head, LoadError> {
    let Some(bytes) = store.get(Table::NotificationHeads, user.as_bytes())? else {
        return Ok(Head::default());
    };
    let row = HeadRow::from_bytes(&bytes)?;
    Ok(Head {
        last: NtfSeq(row.last),
        marks: ReadMarks {
            up_to: NtfSeq(row.up_to),
            singly: row.singly.into_iter().map(NtfSeq).collect(),
        },
        bytes: Some(bytes),
    })
}

/// At most `limit` of somebody's list from before `before`, the latest first.
pub fn before(
    store: &Store,
    user: UserId,
    before: NtfSeq,
    limit: usize,
) -> Result<Vec<Notification>, LoadError> {
    let range = KeyRange::between(key(user, NtfSeq(0)), key(user, before)).reverse();
    read_all(store.scan(Table::Notifications, range, limit.min(PAGE_MAX))?)
}

fn read_all(rows: Vec<(Bytes, Bytes)>) -> Result<Vec<Notification>, LoadError> {
    let all = rows.into_iter().map(|(key, bytes)| {
        let seq = key.last_chunk::<8>().copied().map(u64::from_be_bytes);
        NotificationRow::from_bytes(&bytes)?.notification(NtfSeq(seq.unwrap_or(0)))
    });
    all.collect()
}

/// At most `limit` of somebody's list from after `after`, the earliest first.
pub fn after(
    store: &Store,
    user: UserId,
    after: NtfSeq,
    limit: usize,
) -> Result<Vec<Notification>, LoadError> {
    let next = NtfSeq(after.0.saturating_add(1));
    let range = KeyRange::between(key(user, next), key(user, NtfSeq(u64::MAX)));
    read_all(store.scan(Table::Notifications, range, limit.min(PAGE_MAX))?)
}

/// Adds one to a list: the next of this head. The head is then another one.
pub fn add(user: UserId, head: &Head, it: &Notification) -> Result<Batch, RowError> {
    let next = Head {
        last: it.seq,
        ..head.clone()
    };
    let row = NotificationRow::from(it).to_bytes()?;
    Ok(put_head(user, head, &next)?.put(Table::Notifications, key(user, it.seq), row))
}

/// A write that goes with this happens only if the list is still as it was read.
pub fn unchanged(user: UserId, head: &Head) -> Batch {
    let bytes = head.bytes.clone();
    Batch::new().require_unchanged(Table::NotificationHeads, user.as_bytes(), bytes)
}

/// Writes what was read of a list.
pub fn mark(user: UserId, head: &Head, marks: &ReadMarks) -> Result<Batch, RowError> {
    let next = Head {
        marks: marks.clone(),
        ..head.clone()
    };
    put_head(user, head, &next)
}

fn put_head(user: UserId, old: &Head, new: &Head) -> Result<Batch, RowError> {
    let row = HeadRow {
        last: new.last.0,
        up_to: new.marks.up_to.0,
        singly: new.marks.singly.iter().map(|seq| seq.0).collect(),
    };
    Ok(unchanged(user, old).put(Table::NotificationHeads, user.as_bytes(), row.to_bytes()?))
}

/// Removes what is older than `before` of one page of all lists after `after`. Gives the removals,
/// how many, and where the next page begins (`None`: that was the last).
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep_rows::<NotificationRow>(store, after, limit, |row| row.told.at < before.0)
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<NotificationRow>;

/// What a person was told goes; what others were told about them loses the name. A name alone is no
/// proof: what it is about must have to do with them.
pub(crate) fn cut(
    store: &Store,
    person: &Person,
    key: &[u8],
    row: &[u8],
) -> Result<Fate, LoadError> {
    if person.is_at(key, 0) {
        return Ok(Fate::Goes);
    }
    let mut it = NotificationRow::from_bytes(row)?;
    let name = person.left_out_of(&it.told.name);
    let theirs = match it.told.of {
        Some(of) if name != it.told.name => is_about(store, person, of)?,
        _ => false,
    };
    if !theirs {
        return Ok(Fate::Stays);
    }
    it.told.name = match it.told.name == person.name {
        true => ERASED_NAME.into(),
        false => name,
    };
    Fate::becomes(&it)
}

fn is_about(store: &Store, person: &Person, of: Uuid) -> Result<bool, LoadError> {
    if person.is(of) {
        return Ok(true);
    }
    for table in [Table::Meetings, Table::PaidCalls, Table::Reports] {
        let row = store.get(table, of.as_bytes())?;
        if row.is_some_and(|row| person.is_in(&row)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_numbered_read_and_swept() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        let other = UserId(Uuid::from_u128(2));
        let all = [
            About::BookingRequest(MeetingId(Uuid::from_u128(7))),
            About::BookingConfirmed(MeetingId(Uuid::from_u128(7))),
            About::BookingCancelled(MeetingId(Uuid::from_u128(7))),
            About::Reminder(MeetingId(Uuid::from_u128(7))),
            About::Message(other),
            About::Review(CallId(Uuid::from_u128(8))),
            About::Report(ReportId(Uuid::from_u128(9))),
            About::Payment,
            About::DataReady,
            About::BookingDeclined(MeetingId(Uuid::from_u128(7))),
            About::BookingMoved {
                meeting: MeetingId(Uuid::from_u128(7)),
                starts_at: Timestamp(5),
            },
            About::MissedCall(CallId(Uuid::from_u128(8))),
            About::Vacancy {
                host: other,
                service: ServiceId(Uuid::from_u128(9)),
                starts_at: Timestamp(6),
            },
            About::CallSummary(Summary {
                of: Talk::Call(CallId(Uuid::from_u128(8))),
                length: Millis::from_secs(90),
                coins: MilliCoins(12_500),
                earned: true,
            }),
        ];
        let kinds: Vec<Kind> = all.iter().map(About::kind).collect();
        assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)));
        let mut written = Vec::new();
        for (at, about) in all.into_iter().enumerate() {
            let old = head(&store, user).unwrap();
            let it = Notification {
                seq: NtfSeq(old.last.0 + 1),
                about,
                name: "Ada".into(),
                at: Timestamp(at as i64),
            };
            store.write_blocking(add(user, &old, &it).unwrap()).unwrap();
            let late = add(user, &old, &it).unwrap();
            assert!(
                store.write_blocking(late).is_err(),
                "a number is given once"
            );
            written.insert(0, it);
        }
        let page = |from: u64, limit| before(&store, user, NtfSeq(from), limit).unwrap();
        assert_eq!(page(u64::MAX, 99), written);
        assert_eq!(page(4, 2), written[11..13]);
        assert!(before(&store, other, NtfSeq(9), 9).unwrap().is_empty());
        let old = head(&store, user).unwrap();
        let mut marks = old.marks.clone();
        marks.read(NtfSeq(2));
        store
            .write_blocking(mark(user, &old, &marks).unwrap())
            .unwrap();
        assert_eq!(head(&store, user).unwrap().unread(), 13);
        assert_eq!(after(&store, user, NtfSeq(11), 1).unwrap(), written[2..3]);
        let (batch, count, next) = sweep(&store, None, Timestamp(5), 99).unwrap();
        store.write_blocking(batch).unwrap();
        assert_eq!((count, next), (5, None));
        assert_eq!(page(u64::MAX, 99), written[..9]);
        assert_eq!(after(&store, user, NtfSeq(2), 1).unwrap(), written[8..9]);
    }

    #[test]
    fn a_row_of_before_is_still_read() {
        let store = Store::in_memory();
        let user = UserId(Uuid::from_u128(1));
        let old = NotificationRow1 {
            kind: "message".into(),
            of: Some(Uuid::from_u128(2)),
            name: "Ada".into(),
            at: 5,
        };
        let mut bytes = vec![1];
        bytes.extend(postcard::to_stdvec(&old).unwrap());
        let batch = Batch::new().put(Table::Notifications, key(user, NtfSeq(1)), bytes);
        store.write_blocking(batch).unwrap();
        let read = before(&store, user, NtfSeq(9), 9).unwrap();
        assert_eq!(read[0].about, About::Message(UserId(Uuid::from_u128(2))));
    }
}
