//! Reports about people, and the index by whom they are about. Ids rise with time.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    conversation::{ConversationId, MsgSeq},
    id::{ReportId, RoomId, UserId},
    report::{Copied, Decision, Place, Reason, Report, Verdict},
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

#[derive(Serialize, Deserialize)]
enum PlaceRow {
    Page,
    Conversation(Vec<u8>),
    Room(Uuid),
}

#[derive(Serialize, Deserialize)]
struct CopiedRow {
    seq: u64,
    sender: Uuid,
    at: i64,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct DecisionRow {
    verdict: String,
    note: String,
    by: Uuid,
    at: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ReportRow {
    id: Uuid,
    by: Uuid,
    about: Uuid,
    reason: String,
    words: String,
    place: PlaceRow,
    copied: Vec<CopiedRow>,
    at: i64,
    decision: Option<DecisionRow>,
}

impl Row for ReportRow {
    const TABLE: Table = Table::Reports;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::Reports,
    version: ReportRow::VERSION,
};

impl From<&Report> for ReportRow {
    fn from(it: &Report) -> Self {
        Self {
            id: it.id.0,
            by: it.by.0,
            about: it.about.0,
            reason: it.reason.word().into(),
            words: it.words.clone(),
            place: match it.place {
                Place::Page => PlaceRow::Page,
                Place::Conversation(id) => PlaceRow::Conversation(id.key().to_vec()),
                Place::Room(room) => PlaceRow::Room(room.0),
            },
            copied: it.copied.iter().map(CopiedRow::from).collect(),
            at: it.at.0,
            decision: it.decision.as_ref().map(|it| DecisionRow {
                verdict: it.verdict.word().into(),
                note: it.note.clone(),
                by: it.by.0,
                at: it.at.0,
            }),
        }
    }
}

impl From<&Copied> for CopiedRow {
    fn from(it: &Copied) -> Self {
        Self {
            seq: it.seq.0,
            sender: it.sender.0,
            at: it.at.0,
            text: it.text.clone(),
        }
    }
}

impl TryFrom<ReportRow> for Report {
    type Error = RowError;

    fn try_from(row: ReportRow) -> Result<Self, RowError> {
        let place = match row.place {
            PlaceRow::Page => Place::Page,
            PlaceRow::Conversation(key) => {
                let key: [u8; 33] = key.try_into().map_err(|_| MALFORMED)?;
                Place::Conversation(ConversationId::from_key(&key).ok_or(MALFORMED)?)
            }
            PlaceRow::Room(room) => Place::Room(RoomId(room)),
        };
        let decision = row.decision.map(|it| {
            Ok::<_, RowError>(Decision {
                verdict: Verdict::of_word(&it.verdict).ok_or(MALFORMED)?,
                note: it.note,
                by: UserId(it.by),
                at: Timestamp(it.at),
            })
        });
        let copied = row.copied.into_iter().map(|it| Copied {
            seq: MsgSeq(it.seq),
            sender: UserId(it.sender),
            at: Timestamp(it.at),
            text: it.text,
        });
        Ok(Self {
            id: ReportId(row.id),
            by: UserId(row.by),
            about: UserId(row.about),
            reason: Reason::of_word(&row.reason).ok_or(MALFORMED)?,
            words: row.words,
            place,
            copied: copied.collect(),
            at: Timestamp(row.at),
            decision: decision.transpose()?,
        })
    }
}

fn about_key(about: UserId, id: ReportId) -> Vec<u8> {
    [about.0.into_bytes(), id.0.into_bytes()].concat()
}

/// One report.
pub fn load(store: &Store, id: ReportId) -> Result<Option<Read<Report>>, LoadError> {
    read::load::<ReportRow, _>(store, id.as_bytes())
}

/// At most `limit` reports from before `before`, the latest first.
pub fn latest(
    store: &Store,
    before: Option<ReportId>,
    limit: usize,
) -> Result<Vec<Read<Report>>, LoadError> {
    read::latest::<ReportRow, _>(store, before.map(|id| *id.as_bytes()), limit)
}

/// How many reports there are about somebody from before `before`; counts up to `limit`.
pub fn count_about(
    store: &Store,
    about: UserId,
    before: ReportId,
    limit: usize,
) -> Result<usize, LoadError> {
    let range = KeyRange::between(
        about_key(about, ReportId(Uuid::nil())),
        about_key(about, before),
    );
    Ok(store.scan(Table::ReportsAbout, range, limit)?.len())
}

/// Whether a report about somebody waits for its decision.
pub fn is_open_about(store: &Store, about: UserId) -> Result<bool, LoadError> {
    let range = KeyRange::prefix(about.as_bytes());
    let all = read::load_indexed::<ReportRow, Report>(store, Table::ReportsAbout, range, 1_000)?;
    Ok(all.iter().any(|it| it.decision.is_none()))
}

/// Writes a new report.
pub fn insert(it: &Report) -> Result<Batch, RowError> {
    let index = about_key(it.about, it.id);
    Ok(read::insert(it.id.as_bytes(), &ReportRow::from(it))?.put(
        Table::ReportsAbout,
        index,
        Vec::new(),
    ))
}

/// Writes a decided report; fails when it changed meanwhile.
pub fn replace(old: &Read<Report>, new: &Report) -> Result<Batch, RowError> {
    read::replace(new.id.as_bytes(), old, &ReportRow::from(new))
}

/// Removes one page of reports that were decided before `before`, from after the key `after`; how
/// many, and where the next page begins.
pub fn sweep(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    let (rows, next) = read::rows(store, Table::Reports, after, limit)?;
    let (mut batch, mut count) = (Batch::new(), 0);
    for (key, bytes) in rows {
        let it = read::read::<ReportRow, Report>(bytes)?;
        if it.decision.as_ref().is_some_and(|it| it.at < before) {
            let index = about_key(it.about, it.id);
            batch = batch
                .delete(Table::Reports, key)
                .delete(Table::ReportsAbout, index);
            count += 1;
        }
    }
    Ok((batch, count, next))
}

/// The row as whoever reported may read it.
pub(crate) const SHOWN: Shown = shown::<ReportRow>;

/// Whether a person wrote this report.
pub(crate) fn is_by(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<bool, LoadError> {
    Ok(person.is(ReportRow::from_bytes(row)?.by))
}

/// That there was a report, its reason and the verdict stay until they are swept; words by or about a
/// person go.
pub(crate) fn cut(_: &Store, person: &Person, _: &[u8], row: &[u8]) -> Result<Fate, LoadError> {
    let mut it = ReportRow::from_bytes(row)?;
    let (by, about) = (person.is(it.by), person.is(it.about));
    if !by && !about && !it.copied.iter().any(|it| person.is(it.sender)) {
        return Ok(Fate::Stays);
    }
    match by {
        true => it.words.clear(),
        false => it.words = person.left_out_of(&it.words),
    }
    for copied in &mut it.copied {
        match person.is(copied.sender) {
            true => copied.text.clear(),
            false => copied.text = person.left_out_of(&copied.text),
        }
    }
    if let Some(decision) = &mut it.decision {
        decision.note = person.left_out_of(&decision.note);
    }
    Fate::becomes(&it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn report(n: u128, about: u128, place: Place) -> Report {
        Report {
            id: ReportId(Uuid::from_u128(n)),
            by: user(1),
            about: user(about),
            reason: Reason::Fraud,
            words: "Wants money".into(),
            place,
            copied: vec![Copied {
                seq: MsgSeq(4),
                sender: user(about),
                at: Timestamp(3),
                text: "Pay me elsewhere".into(),
            }],
            at: Timestamp(9),
            decision: None,
        }
    }

    #[test]
    fn reports_are_listed_counted_decided_and_swept() {
        let store = Store::in_memory();
        let pair = ConversationId::pair(user(1), user(5)).unwrap();
        let all = [
            report(11, 5, Place::Conversation(pair)),
            report(12, 6, Place::Page),
            report(13, 5, Place::Room(RoomId(Uuid::from_u128(3)))),
        ];
        for it in &all {
            store.write_blocking(insert(it).unwrap()).unwrap();
        }
        let page = latest(&store, None, 2).unwrap();
        assert_eq!(page[0].value, all[2]);
        assert_eq!(page[1].value, all[1]);
        let rest = latest(&store, Some(all[1].id), 2).unwrap();
        assert_eq!((rest.len(), &rest[0].value), (1, &all[0]));
        assert_eq!(count_about(&store, user(5), all[2].id, 9).unwrap(), 1);
        assert_eq!(count_about(&store, user(6), all[1].id, 9).unwrap(), 0);
        let decision = Decision {
            verdict: Verdict::Dismissed,
            note: "Nothing".into(),
            by: user(9),
            at: Timestamp(20),
        };
        let decided = rest[0].decide(decision).unwrap();
        let write = || replace(&rest[0], &decided).unwrap();
        store.write_blocking(write()).unwrap();
        assert!(store.write_blocking(write()).is_err(), "decided once");
        assert_eq!(load(&store, all[0].id).unwrap().unwrap().value, decided);
        let (batch, count, next) = sweep(&store, None, Timestamp(21), 9).unwrap();
        assert_eq!((count, next), (1, None), "open ones stay");
        store.write_blocking(batch).unwrap();
        assert!(load(&store, all[0].id).unwrap().is_none());
        assert_eq!(count_about(&store, user(5), all[2].id, 9).unwrap(), 0);
    }
}
