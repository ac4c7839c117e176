//! What somebody was told: one numbered list per person, and what of it was read.
//!
//! Every write requires the head as it was read, so a number is given out once and there is no hole.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    id::{CallId, MeetingId, ReportId, UserId},
    notification::{About, Notification, NtfSeq, ReadMarks},
    time::Timestamp,
};

use super::read::{self, LoadError};
use crate::{
    batch::Batch,
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most of one page.
pub const PAGE_MAX: usize = 100;

#[derive(Serialize, Deserialize)]
struct HeadRow {
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
struct NotificationRow {
    kind: String,
    of: Option<Uuid>,
    name: String,
    at: i64,
}

impl Row for NotificationRow {
    const TABLE: Table = Table::Notifications;
    const VERSION: u8 = 1;
}

impl From<&Notification> for NotificationRow {
    fn from(it: &Notification) -> Self {
        let of = match &it.about {
            About::BookingRequest(id)
            | About::BookingConfirmed(id)
            | About::BookingCancelled(id)
            | About::Reminder(id) => Some(id.0),
            About::Message(user) => Some(user.0),
            About::Review(call) => Some(call.0),
            About::Report(report) => Some(report.0),
            About::Payment => None,
        };
        Self {
            kind: it.about.word().into(),
            of,
            name: it.name.clone(),
            at: it.at.0,
        }
    }
}

impl NotificationRow {
    fn notification(self, seq: NtfSeq) -> Result<Notification, LoadError> {
        let of = self.of.ok_or(LoadError::Row(MALFORMED));
        let about = match self.kind.as_str() {
            "booking-request" => About::BookingRequest(MeetingId(of?)),
            "booking-confirmed" => About::BookingConfirmed(MeetingId(of?)),
            "booking-cancelled" => About::BookingCancelled(MeetingId(of?)),
            "session-reminder" => About::Reminder(MeetingId(of?)),
            "message" => About::Message(UserId(of?)),
            "review" => About::Review(CallId(of?)),
            "report" => About::Report(ReportId(of?)),
            "payment" => About::Payment,
            _ => return Err(LoadError::Row(MALFORMED)),
        };
        Ok(Notification {
            seq,
            about,
            name: self.name,
            at: Timestamp(self.at),
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
    let rows = store.scan(Table::Notifications, range, limit.min(PAGE_MAX))?;
    let all = rows.into_iter().map(|(key, bytes)| {
        let seq = key.last_chunk::<8>().copied().map(u64::from_be_bytes);
        NotificationRow::from_bytes(&bytes)?.notification(NtfSeq(seq.unwrap_or(0)))
    });
    all.collect()
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
    let old = old.bytes.clone();
    let batch = Batch::new().require_unchanged(Table::NotificationHeads, user.as_bytes(), old);
    Ok(batch.put(Table::NotificationHeads, user.as_bytes(), row.to_bytes()?))
}

/// Removes what is older than `before` of one page of all lists after `after`. Gives the removals,
/// how many, and where the next page begins (`None`: that was the last).
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep_rows::<NotificationRow>(store, after, limit, |row| row.at < before.0)
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
        ];
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
        assert_eq!(page(4, 2), written[5..7]);
        assert!(before(&store, other, NtfSeq(9), 9).unwrap().is_empty());
        let old = head(&store, user).unwrap();
        let mut marks = old.marks.clone();
        marks.read(NtfSeq(2));
        store
            .write_blocking(mark(user, &old, &marks).unwrap())
            .unwrap();
        assert_eq!(head(&store, user).unwrap().unread(), 7);
        let (batch, count, next) = sweep(&store, None, Timestamp(5), 99).unwrap();
        store.write_blocking(batch).unwrap();
        assert_eq!((count, next), (5, None));
        assert_eq!(page(u64::MAX, 99), written[..3]);
    }
}
