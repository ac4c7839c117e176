//! The outbox: mails that are queued, were sent, or will never be, and the list of those due.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    account::Email,
    id::{MailId, MeetingId},
    mail::{Kind, Mail, OneTimeId, State},
    time::Timestamp,
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

#[derive(Serialize, Deserialize)]
enum KindRow {
    Verify(OneTimeId),
    AlreadyRegistered,
    Reset(OneTimeId),
    ResetUnknown,
    PasswordChanged,
    Invitation(Uuid),
    Changed(Uuid),
    Cancelled(Uuid),
    Reminder(Uuid),
}

#[derive(Serialize, Deserialize)]
struct MailRow {
    id: Uuid,
    kind: KindRow,
    to: String,
    name: String,
    language: String,
    time_zone: String,
    version: u32,
    state: String,
    attempts: u32,
    due_at: i64,
    not_after: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row for MailRow {
    const TABLE: Table = Table::Mails;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Mails,
    version: MailRow::VERSION,
};

impl From<&Kind> for KindRow {
    fn from(kind: &Kind) -> Self {
        match kind {
            Kind::Verify(id) => Self::Verify(*id),
            Kind::AlreadyRegistered => Self::AlreadyRegistered,
            Kind::Reset(id) => Self::Reset(*id),
            Kind::ResetUnknown => Self::ResetUnknown,
            Kind::PasswordChanged => Self::PasswordChanged,
            Kind::Invitation(id) => Self::Invitation(id.0),
            Kind::Changed(id) => Self::Changed(id.0),
            Kind::Cancelled(id) => Self::Cancelled(id.0),
            Kind::Reminder(id) => Self::Reminder(id.0),
        }
    }
}

impl From<KindRow> for Kind {
    fn from(row: KindRow) -> Self {
        match row {
            KindRow::Verify(id) => Self::Verify(id),
            KindRow::AlreadyRegistered => Self::AlreadyRegistered,
            KindRow::Reset(id) => Self::Reset(id),
            KindRow::ResetUnknown => Self::ResetUnknown,
            KindRow::PasswordChanged => Self::PasswordChanged,
            KindRow::Invitation(id) => Self::Invitation(MeetingId(id)),
            KindRow::Changed(id) => Self::Changed(MeetingId(id)),
            KindRow::Cancelled(id) => Self::Cancelled(MeetingId(id)),
            KindRow::Reminder(id) => Self::Reminder(MeetingId(id)),
        }
    }
}

impl From<&Mail> for MailRow {
    fn from(m: &Mail) -> Self {
        Self {
            id: m.id.0,
            kind: KindRow::from(&m.kind),
            to: m.to.as_str().to_owned(),
            name: m.name.clone(),
            language: m.language.clone(),
            time_zone: m.time_zone.clone(),
            version: m.version,
            state: m.state.word().to_owned(),
            attempts: m.attempts,
            due_at: m.due_at.0,
            not_after: m.not_after.0,
            created_at: m.created_at.0,
            updated_at: m.updated_at.0,
        }
    }
}

impl TryFrom<MailRow> for Mail {
    type Error = RowError;

    fn try_from(row: MailRow) -> Result<Self, RowError> {
        let state = State::WORDS.iter().find(|(_, word)| *word == row.state);
        Ok(Self {
            id: MailId(row.id),
            kind: row.kind.into(),
            to: Email::parse(&row.to).map_err(|_| MALFORMED)?,
            name: row.name,
            language: row.language,
            time_zone: row.time_zone,
            version: row.version,
            state: state.ok_or(MALFORMED)?.0,
            attempts: row.attempts,
            due_at: Timestamp(row.due_at),
            not_after: Timestamp(row.not_after),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

fn due_key(mail: &Mail) -> Vec<u8> {
    [time_key(mail.due_at).as_slice(), mail.id.as_bytes()].concat()
}

/// Whether somebody must look at it again.
fn is_open(mail: &Mail) -> bool {
    matches!(mail.state, State::Queued | State::Attempting)
}

/// The mail with this id.
pub fn load(store: &Store, id: MailId) -> Result<Option<Read<Mail>>, LoadError> {
    read::load::<MailRow, _>(store, id.as_bytes())
}

/// Mails due by `now`, earliest first. After a restart this includes those that were on the wire.
pub fn load_due(store: &Store, now: Timestamp, limit: usize) -> Result<Vec<Read<Mail>>, LoadError> {
    read::load_indexed::<MailRow, _>(
        store,
        Table::MailsDue,
        KeyRange::up_to(time_key(now)),
        limit,
    )
}

/// How many mails wait to be sent, also those that wait for their next try; counted up to `limit`.
pub fn count_waiting(store: &Store, limit: usize) -> Result<usize, LoadError> {
    Ok(store.scan(Table::MailsDue, KeyRange::all(), limit)?.len())
}

/// A page of all mails in the order of their ids, from after `after`; for the sweep and for the
/// developer's mailbox.
pub fn page(
    store: &Store,
    after: Option<MailId>,
    limit: usize,
) -> Result<Vec<Read<Mail>>, LoadError> {
    read::page::<MailRow, _>(store, after.map(|id| *id.as_bytes()), limit)
}

/// Queues a mail. A mail with the same id (the same subject for the same person) stays as it is:
/// the caller looks first and leaves the batch out, and this requires that it was right.
pub fn insert(mail: &Mail) -> Result<Batch, RowError> {
    let batch = read::insert(mail.id.as_bytes(), &MailRow::from(mail))?;
    Ok(if is_open(mail) {
        batch.put(Table::MailsDue, due_key(mail), Vec::new())
    } else {
        batch
    })
}

/// Writes a changed mail; fails when it changed meanwhile.
pub fn replace(old: &Read<Mail>, new: &Mail) -> Result<Batch, RowError> {
    let batch = read::replace(new.id.as_bytes(), old, &MailRow::from(new))?
        .delete(Table::MailsDue, due_key(old));
    Ok(if is_open(new) {
        batch.put(Table::MailsDue, due_key(new), Vec::new())
    } else {
        batch
    })
}

/// Forgets a mail.
pub fn remove(old: &Read<Mail>) -> Batch {
    read::remove::<MailRow, _>(old.id.as_bytes(), old).delete(Table::MailsDue, due_key(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(n: u128, due: i64) -> Mail {
        Mail {
            id: MailId(Uuid::from_u128(n)),
            kind: Kind::Invitation(MeetingId(Uuid::from_u128(5))),
            to: Email::parse("a@example.org").unwrap(),
            name: "A".into(),
            language: "en".into(),
            time_zone: "UTC".into(),
            version: 1,
            state: State::Queued,
            attempts: 0,
            due_at: Timestamp(due),
            not_after: Timestamp(99),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    #[test]
    fn due_mails_come_in_order_until_they_are_done() {
        let store = Store::in_memory();
        for (n, due) in [(1, 30), (2, 10), (3, 20)] {
            let batch = insert(&mail(n, due)).unwrap();
            store.write_blocking(batch).unwrap();
        }
        let due = load_due(&store, Timestamp(20), 10).unwrap();
        assert_eq!(due.iter().map(|m| m.due_at.0).collect::<Vec<_>>(), [10, 20]);
        let mut sent = due[0].value.clone();
        assert!(sent.attempt(Timestamp(20)));
        store
            .write_blocking(replace(&due[0], &sent).unwrap())
            .unwrap();
        let still = load_due(&store, Timestamp(20), 10).unwrap();
        assert_eq!(still.len(), 2, "on the wire is not done");
        sent.settle(parlor_domain::mail::Outcome::Accepted, Timestamp(21));
        store
            .write_blocking(replace(&still[0], &sent).unwrap())
            .unwrap();
        assert_eq!(load_due(&store, Timestamp(20), 10).unwrap().len(), 1);
        assert_eq!(load(&store, sent.id).unwrap().unwrap().value, sent);
        assert!(store.write_blocking(insert(&mail(1, 50)).unwrap()).is_err());
    }
}
