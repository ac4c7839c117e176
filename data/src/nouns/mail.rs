//! The outbox: mails that are queued, were sent, or will never be, and the list of those due.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    account::Email,
    id::{MailId, MeetingId, ServiceId, UserId},
    mail::{Kind, Lapse, Mail, OneTimeId, State, Why},
    notification::NtfSeq,
    time::Timestamp,
};

use super::read::{self, LoadError, Read, time_key};
use crate::{
    batch::Batch,
    personal::person::{Fate, Person, Shown, shown},
    range::KeyRange,
    row::{Row, RowError, decode},
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
    Test(OneTimeId),
    Lapsed(Uuid, u8),
    /// Host, service, start.
    Vacancy(Uuid, Uuid, i64),
    /// Of whom, and after which number up to which.
    Digest(Uuid, u64, u64),
    SecondFactorChanged,
    DataReady(Uuid),
    ErasureAsked(Uuid),
    ErasureTakenBack(Uuid),
}

#[derive(Serialize, Deserialize)]
pub(super) struct MailRow {
    told: MailRow1,
    why: Option<String>,
    reply: Option<u16>,
}

#[derive(Serialize, Deserialize)]
struct MailRow1 {
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
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        match version {
            1 => decode(Self::TABLE, 1, body).map(|told| Self {
                told,
                why: None,
                reply: None,
            }),
            version => Err(RowError::UnknownVersion {
                table: Self::TABLE,
                version,
            }),
        }
    }
}

/// Rows of the index by time that are read at once.
const LOOKED_AT_ONCE: usize = 500;

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
            Kind::SecondFactorChanged => Self::SecondFactorChanged,
            Kind::DataReady(user) => Self::DataReady(user.0),
            Kind::ErasureAsked(user) => Self::ErasureAsked(user.0),
            Kind::ErasureTakenBack(user) => Self::ErasureTakenBack(user.0),
            Kind::Invitation(id) => Self::Invitation(id.0),
            Kind::Changed(id) => Self::Changed(id.0),
            Kind::Cancelled(id) => Self::Cancelled(id.0),
            Kind::Reminder(id) => Self::Reminder(id.0),
            Kind::Lapsed(id, why) => Self::Lapsed(id.0, why.code()),
            Kind::Vacancy {
                host,
                service,
                starts_at,
            } => Self::Vacancy(host.0, service.0, starts_at.0),
            Kind::Test(id) => Self::Test(*id),
            Kind::Digest { user, after, up_to } => Self::Digest(user.0, after.0, up_to.0),
        }
    }
}

impl TryFrom<KindRow> for Kind {
    type Error = RowError;

    fn try_from(row: KindRow) -> Result<Self, RowError> {
        Ok(match row {
            KindRow::Verify(id) => Self::Verify(id),
            KindRow::AlreadyRegistered => Self::AlreadyRegistered,
            KindRow::Reset(id) => Self::Reset(id),
            KindRow::ResetUnknown => Self::ResetUnknown,
            KindRow::PasswordChanged => Self::PasswordChanged,
            KindRow::SecondFactorChanged => Self::SecondFactorChanged,
            KindRow::DataReady(user) => Self::DataReady(UserId(user)),
            KindRow::ErasureAsked(user) => Self::ErasureAsked(UserId(user)),
            KindRow::ErasureTakenBack(user) => Self::ErasureTakenBack(UserId(user)),
            KindRow::Invitation(id) => Self::Invitation(MeetingId(id)),
            KindRow::Changed(id) => Self::Changed(MeetingId(id)),
            KindRow::Cancelled(id) => Self::Cancelled(MeetingId(id)),
            KindRow::Reminder(id) => Self::Reminder(MeetingId(id)),
            KindRow::Lapsed(id, why) => {
                let why = Lapse::ALL.get(usize::from(why)).ok_or(MALFORMED)?;
                Self::Lapsed(MeetingId(id), *why)
            }
            KindRow::Vacancy(host, service, starts_at) => Self::Vacancy {
                host: UserId(host),
                service: ServiceId(service),
                starts_at: Timestamp(starts_at),
            },
            KindRow::Test(id) => Self::Test(id),
            KindRow::Digest(user, after, up_to) => Self::Digest {
                user: UserId(user),
                after: NtfSeq(after),
                up_to: NtfSeq(up_to),
            },
        })
    }
}

impl From<&Mail> for MailRow {
    fn from(m: &Mail) -> Self {
        let told = MailRow1 {
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
        };
        Self {
            told,
            why: m.why.map(|why| why.word().to_owned()),
            reply: m.reply,
        }
    }
}

impl TryFrom<MailRow> for Mail {
    type Error = RowError;

    fn try_from(MailRow { told, why, reply }: MailRow) -> Result<Self, RowError> {
        let row = told;
        let why = match why {
            Some(word) => {
                let known = Why::WORDS.iter().find(|(_, it)| *it == word);
                Some(known.ok_or(MALFORMED)?.0)
            }
            None => None,
        };
        let state = State::WORDS.iter().find(|(_, word)| *word == row.state);
        Ok(Self {
            id: MailId(row.id),
            kind: row.kind.try_into()?,
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
            why,
            reply,
        })
    }
}

fn due_key(mail: &Mail) -> Vec<u8> {
    [time_key(mail.due_at).as_slice(), mail.id.as_bytes()].concat()
}

/// Newest mails are found by this key; the row is the state, so that a count reads no mails.
fn time_index_key(mail: &Mail) -> Vec<u8> {
    [time_key(mail.created_at).as_slice(), mail.id.as_bytes()].concat()
}

fn state_byte(state: State) -> u8 {
    let at = State::WORDS.iter().position(|(it, _)| *it == state);
    at.unwrap_or(0) as u8
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

/// When the next mail is due, if one waits.
pub fn next_due(store: &Store) -> Result<Option<Timestamp>, LoadError> {
    let first = store.scan(Table::MailsDue, KeyRange::all(), 1)?;
    Ok(first.first().and_then(|(key, _)| time_in(key)))
}

fn time_in(key: &[u8]) -> Option<Timestamp> {
    let bytes = key.first_chunk::<8>()?;
    Some(Timestamp((u64::from_be_bytes(*bytes) ^ (1 << 63)) as i64))
}

/// Where a page of the newest mails ended; the next one begins there.
pub type Place = Vec<u8>;

/// The newest mails, newest first: at most `limit` of those in one of `states` (all when empty),
/// looking at no more than `looked_max` rows. Also where to go on, unless the end was reached.
pub fn latest(
    store: &Store,
    states: &[State],
    after: Option<&[u8]>,
    limit: usize,
    looked_max: usize,
) -> Result<(Vec<Read<Mail>>, Option<Place>), LoadError> {
    let range = KeyRange::all().reverse();
    let range = match after {
        Some(key) => range.after(key),
        None => range,
    };
    let wanted: Vec<u8> = states.iter().map(|it| state_byte(*it)).collect();
    let rows = store.scan(Table::MailsByTime, range, looked_max)?;
    let (mut found, mut last) = (Vec::new(), None);
    for (key, state) in &rows {
        if found.len() == limit {
            return Ok((found, last));
        }
        last = Some(key.to_vec());
        if wanted.is_empty() || state.first().is_some_and(|it| wanted.contains(it)) {
            let mail = read::id_at_end(key).map(|id| load(store, MailId::from_bytes(id)));
            found.extend(mail.transpose()?.flatten());
        }
    }
    let more = rows.len() == looked_max;
    Ok((found, last.filter(|_| more)))
}

/// How many mails are in each state, in the order of [`State::WORDS`]; counts the newest
/// `looked_max`.
pub fn count(store: &Store, looked_max: usize) -> Result<[usize; 6], LoadError> {
    let mut counts = [0; 6];
    for (_, state) in store.scan(Table::MailsByTime, KeyRange::all().reverse(), looked_max)? {
        if let Some(slot) = state
            .first()
            .and_then(|it| counts.get_mut(usize::from(*it)))
        {
            *slot += 1;
        }
    }
    Ok(counts)
}

/// Shows every mail that was queued since `from` and is not waiting to `look`, oldest first.
pub fn each_done_since(
    store: &Store,
    from: Timestamp,
    mut look: impl FnMut(&Mail),
) -> Result<(), LoadError> {
    let open = [state_byte(State::Queued), state_byte(State::Attempting)];
    let all = || KeyRange::between(time_key(from), [u8::MAX; 25]);
    let mut range = all();
    loop {
        let rows = store.scan(Table::MailsByTime, range, LOOKED_AT_ONCE)?;
        for (key, state) in &rows {
            if state.first().is_some_and(|it| open.contains(it)) {
                continue;
            }
            let mail = read::id_at_end(key).map(|id| load(store, MailId::from_bytes(id)));
            if let Some(mail) = mail.transpose()?.flatten() {
                look(&mail);
            }
        }
        match rows.last() {
            Some((key, _)) if rows.len() == LOOKED_AT_ONCE => range = all().after(key),
            _ => return Ok(()),
        }
    }
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
    let batch = read::insert(mail.id.as_bytes(), &MailRow::from(mail))?.put(
        Table::MailsByTime,
        time_index_key(mail),
        vec![state_byte(mail.state)],
    );
    Ok(if is_open(mail) {
        batch.put(Table::MailsDue, due_key(mail), Vec::new())
    } else {
        batch
    })
}

/// Writes a changed mail; fails when it changed meanwhile.
pub fn replace(old: &Read<Mail>, new: &Mail) -> Result<Batch, RowError> {
    let batch = read::replace(new.id.as_bytes(), old, &MailRow::from(new))?
        .delete(Table::MailsDue, due_key(old))
        .put(
            Table::MailsByTime,
            time_index_key(new),
            vec![state_byte(new.state)],
        );
    Ok(if is_open(new) {
        batch.put(Table::MailsDue, due_key(new), Vec::new())
    } else {
        batch
    })
}

/// Forgets a mail.
pub fn remove(old: &Read<Mail>) -> Batch {
    read::remove::<MailRow, _>(old.id.as_bytes(), old)
        .delete(Table::MailsDue, due_key(old))
        .delete(Table::MailsByTime, time_index_key(old))
}

/// The row as its reader may read it.
pub(crate) const SHOWN: Shown = shown::<MailRow>;

/// Mails to a person are theirs; one that only speaks of them has another's address in it.
pub(crate) fn is_to(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<bool, LoadError> {
    Ok(person.has(&MailRow::from_bytes(row)?.told.to))
}

/// Mails to a person go.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    Ok(Fate::gone(person.has(&MailRow::from_bytes(row)?.told.to)))
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
            why: None,
            reply: None,
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
        sent.settle(
            parlor_domain::mail::Outcome::Accepted,
            Some(250),
            Timestamp(21),
        );
        store
            .write_blocking(replace(&still[0], &sent).unwrap())
            .unwrap();
        assert_eq!(load_due(&store, Timestamp(20), 10).unwrap().len(), 1);
        assert_eq!(load(&store, sent.id).unwrap().unwrap().value, sent);
        assert!(store.write_blocking(insert(&mail(1, 50)).unwrap()).is_err());
    }

    #[test]
    fn the_newest_are_found_by_state_and_counted() {
        let store = Store::in_memory();
        for n in 1..=5_u8 {
            let it = Mail {
                created_at: Timestamp(i64::from(n)),
                state: if n % 2 == 0 {
                    State::Failed
                } else {
                    State::Sent
                },
                why: (n == 4).then_some(Why::Refused),
                ..mail(n.into(), 10)
            };
            store.write_blocking(insert(&it).unwrap()).unwrap();
        }
        let ids = |found: &[Read<Mail>]| found.iter().map(|m| m.created_at.0).collect::<Vec<_>>();
        let (first, next) = latest(&store, &[], None, 2, 100).unwrap();
        assert_eq!(ids(&first), [5, 4]);
        assert_eq!(first[1].why, Some(Why::Refused));
        let (rest, next) = latest(&store, &[], next.as_deref(), 9, 100).unwrap();
        assert_eq!((ids(&rest), next), (vec![3, 2, 1], None));
        let (failed, _) = latest(&store, &[State::Failed], None, 9, 100).unwrap();
        assert_eq!(ids(&failed), [4, 2]);
        assert_eq!(count(&store, 100).unwrap(), [0, 0, 3, 0, 2, 0]);
        let mut since = vec![];
        each_done_since(&store, Timestamp(3), |it| since.push(it.created_at.0)).unwrap();
        assert_eq!(since, [3, 4, 5]);
        store.write_blocking(remove(&failed[0])).unwrap();
        assert_eq!(count(&store, 100).unwrap(), [0, 0, 3, 0, 1, 0]);
    }

    #[test]
    fn a_row_of_the_first_version_is_read() {
        let row = MailRow::from(&mail(1, 10));
        let old = crate::row::encode(Table::Mails, 1, &row.told).unwrap();
        let read = Mail::try_from(MailRow::from_bytes(&old).unwrap()).unwrap();
        assert_eq!(read, mail(1, 10));
    }
}
