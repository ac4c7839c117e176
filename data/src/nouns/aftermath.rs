//! What stays of a call besides its record: how each person's media did, what people said to a
//! recording, and what they thought of it afterwards. Never any content of the call.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    call::Quality,
    id::{CallId, MeetingId, UserId},
    rating::Rating,
    room::Consent,
    time::Timestamp,
};

use super::read::{self, LoadError, time_key};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most people of one call that are read at once.
const PEOPLE_MAX: usize = 64;

#[derive(Serialize, Deserialize)]
pub(super) struct QualityRow {
    samples: u32,
    relayed: u32,
    transports: [u32; 3],
    levels: [u32; 4],
    rtt: (u64, u32),
    loss: (u64, u16),
    freezes: u64,
    bytes: (u64, u64),
}

impl Row for QualityRow {
    const TABLE: Table = Table::CallQuality;
    const VERSION: u8 = 1;
}

impl From<&Quality> for QualityRow {
    fn from(it: &Quality) -> Self {
        Self {
            samples: it.samples,
            relayed: it.relayed,
            transports: it.transports,
            levels: it.levels,
            rtt: (it.rtt_sum_ms, it.rtt_max_ms),
            loss: (it.loss_sum_permille, it.loss_max_permille),
            freezes: it.freezes,
            bytes: (it.bytes_sent, it.bytes_received),
        }
    }
}

impl From<QualityRow> for Quality {
    fn from(row: QualityRow) -> Self {
        Self {
            samples: row.samples,
            relayed: row.relayed,
            transports: row.transports,
            levels: row.levels,
            rtt_sum_ms: row.rtt.0,
            rtt_max_ms: row.rtt.1,
            loss_sum_permille: row.loss.0,
            loss_max_permille: row.loss.1,
            freezes: row.freezes,
            bytes_sent: row.bytes.0,
            bytes_received: row.bytes.1,
        }
    }
}

fn by_person(call: CallId, user: UserId) -> Vec<u8> {
    [call.0.into_bytes(), user.0.into_bytes()].concat()
}

fn person(key: &[u8]) -> Option<UserId> {
    read::id_at_end(key).map(|bytes| UserId(Uuid::from_bytes(bytes)))
}

/// How one person's media did so far.
pub fn quality(store: &Store, call: CallId, user: UserId) -> Result<Quality, LoadError> {
    let row = store.get(Table::CallQuality, by_person(call, user))?;
    let row = row
        .map(|bytes| QualityRow::from_bytes(&bytes))
        .transpose()?;
    Ok(row.map(Quality::from).unwrap_or_default())
}

/// How everybody's media did in one call.
pub fn qualities(store: &Store, call: CallId) -> Result<Vec<(UserId, Quality)>, LoadError> {
    let range = KeyRange::prefix(call.0.as_bytes());
    let rows = store.scan(Table::CallQuality, range, PEOPLE_MAX)?;
    let mut all = Vec::with_capacity(rows.len());
    for (key, bytes) in rows {
        let row = QualityRow::from_bytes(&bytes)?;
        all.extend(person(&key).map(|user| (user, row.into())));
    }
    Ok(all)
}

/// Writes how one person's media did so far.
pub fn put_quality(call: CallId, user: UserId, it: &Quality) -> Result<Batch, RowError> {
    let row = QualityRow::from(it).to_bytes()?;
    Ok(Batch::new().put(Table::CallQuality, by_person(call, user), row))
}

/// One line of the record of consents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub user: UserId,
    /// What.
    pub word: Consent,
    /// In which call, if one was live.
    pub call: Option<CallId>,
}

const WORDS: [Consent; 6] = [
    Consent::Asked,
    Consent::Agreed,
    Consent::Refused,
    Consent::Withdrew,
    Consent::Began,
    Consent::Ended,
];

#[derive(Serialize, Deserialize)]
pub(super) struct SaidRow {
    at: i64,
    user: Uuid,
    word: u8,
    call: Option<Uuid>,
}

impl Row for SaidRow {
    const TABLE: Table = Table::Consents;
    const VERSION: u8 = 1;
}

fn word_number(word: Consent) -> u8 {
    WORDS.iter().position(|it| *it == word).unwrap_or(0) as u8
}

/// Writes one line. The same line again changes nothing.
pub fn put_consent(meeting: MeetingId, it: &Said) -> Result<Batch, RowError> {
    let mut key = meeting.as_bytes().to_vec();
    key.extend(time_key(it.at));
    key.extend(it.user.0.as_bytes());
    key.push(word_number(it.word));
    let row = SaidRow {
        at: it.at.0,
        user: it.user.0,
        word: word_number(it.word),
        call: it.call.map(|call| call.0),
    };
    Ok(Batch::new().put(Table::Consents, key, row.to_bytes()?))
}

/// What was said to recordings of one meeting, earliest first, at most `limit` lines.
pub fn consents(store: &Store, meeting: MeetingId, limit: usize) -> Result<Vec<Said>, LoadError> {
    let range = KeyRange::prefix(meeting.as_bytes());
    let rows = store.scan(Table::Consents, range, limit)?;
    let said = rows.into_iter().map(|(_, bytes)| {
        let row = SaidRow::from_bytes(&bytes)?;
        Ok(Said {
            at: Timestamp(row.at),
            user: UserId(row.user),
            word: *WORDS.get(usize::from(row.word)).unwrap_or(&Consent::Ended),
            call: row.call.map(CallId),
        })
    });
    said.collect()
}

#[derive(Serialize, Deserialize)]
pub(super) struct RatingRow {
    call: Uuid,
    meeting: Uuid,
    user: Uuid,
    stars: u8,
    text: String,
    at: i64,
}

impl Row for RatingRow {
    const TABLE: Table = Table::Ratings;
    const VERSION: u8 = 1;
}

fn rating(bytes: &[u8]) -> Result<Rating, LoadError> {
    let row = RatingRow::from_bytes(bytes)?;
    Ok(Rating {
        call: CallId(row.call),
        meeting: MeetingId(row.meeting),
        user: UserId(row.user),
        stars: row.stars,
        text: row.text,
        at: Timestamp(row.at),
    })
}

/// Writes what one person thought of one call, instead of what they thought before.
pub fn put_rating(it: &Rating) -> Result<Batch, RowError> {
    let row = RatingRow {
        call: it.call.0,
        meeting: it.meeting.0,
        user: it.user.0,
        stars: it.stars,
        text: it.text.clone(),
        at: it.at.0,
    };
    let key = by_person(it.call, it.user);
    Ok(Batch::new().put(Table::Ratings, key, row.to_bytes()?))
}

/// What people thought of one call.
pub fn ratings_of(store: &Store, call: CallId) -> Result<Vec<Rating>, LoadError> {
    let range = KeyRange::prefix(call.0.as_bytes());
    let rows = store.scan(Table::Ratings, range, PEOPLE_MAX)?;
    rows.into_iter().map(|(_, bytes)| rating(&bytes)).collect()
}

/// The ratings of the latest calls first, at most `limit`. Call ids rise with time.
pub fn latest_ratings(store: &Store, limit: usize) -> Result<Vec<Rating>, LoadError> {
    let rows = store.scan(Table::Ratings, KeyRange::all().reverse(), limit)?;
    rows.into_iter().map(|(_, bytes)| rating(&bytes)).collect()
}

/// Forgets all that stays of a call, and what its meeting's people said to recordings before then.
pub fn remove(
    store: &Store,
    call: CallId,
    meeting: MeetingId,
    before: Timestamp,
) -> Result<Batch, LoadError> {
    let mut batch = Batch::new();
    for table in [Table::CallQuality, Table::Ratings] {
        let rows = store.scan(table, KeyRange::prefix(call.0.as_bytes()), PEOPLE_MAX)?;
        for (key, _) in rows {
            batch = batch.delete(table, key);
        }
    }
    let range = KeyRange::prefix(meeting.as_bytes());
    for (key, bytes) in store.scan(Table::Consents, range, 256)? {
        if SaidRow::from_bytes(&bytes)?.at < before.0 {
            batch = batch.delete(Table::Consents, key);
        }
    }
    Ok(batch)
}

/// The rows as their person may read them: how the media did, what was said to a recording, the rating.
pub(crate) const SHOWN: [Shown; 3] = [shown::<QualityRow>, shown::<SaidRow>, shown::<RatingRow>];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_of_a_call_comes_back_and_is_forgotten_with_it() {
        let store = Store::in_memory();
        let (call, meeting) = (CallId(Uuid::from_u128(1)), MeetingId(Uuid::from_u128(2)));
        let user = UserId(Uuid::from_u128(3));
        let count = Quality {
            samples: 6,
            levels: [0, 1, 2, 3],
            rtt_sum_ms: 120,
            bytes_sent: 9,
            ..Quality::default()
        };
        let said = Said {
            at: Timestamp(5),
            user,
            word: Consent::Agreed,
            call: Some(call),
        };
        let thought = Rating {
            call,
            meeting,
            user,
            stars: 4,
            text: "Clear sound".into(),
            at: Timestamp(6),
        };
        for batch in [
            put_quality(call, user, &count).unwrap(),
            put_consent(meeting, &said).unwrap(),
            put_consent(meeting, &said).unwrap(),
            put_rating(&thought).unwrap(),
        ] {
            store.write_blocking(batch).unwrap();
        }
        assert_eq!(quality(&store, call, user).unwrap(), count);
        assert_eq!(qualities(&store, call).unwrap(), vec![(user, count)]);
        assert_eq!(consents(&store, meeting, 9).unwrap(), vec![said]);
        assert_eq!(ratings_of(&store, call).unwrap(), vec![thought.clone()]);
        assert_eq!(latest_ratings(&store, 9).unwrap(), vec![thought]);
        let gone = remove(&store, call, meeting, Timestamp(9)).unwrap();
        store.write_blocking(gone).unwrap();
        assert_eq!(qualities(&store, call).unwrap(), vec![]);
        assert_eq!(consents(&store, meeting, 9).unwrap(), vec![]);
        assert_eq!(ratings_of(&store, call).unwrap(), vec![]);
    }
}
