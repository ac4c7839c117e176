//! Goes through a table and gives the rows that a person may have, as JSON.
//!
//! Must never give a secret, nor what somebody else said in confidence: the map names what is left out.

use serde_json::{Map, Value};

use super::{Entry, Export, Find, person::Person};
use crate::{
    nouns::{LoadError, read},
    store::Store,
};

/// Rows that are looked at in one page.
const PAGE_ROWS: usize = 200;

/// The rows of one page of a table that a person may have, and where the next page begins (`None`:
/// that was the last).
///
/// # Errors
/// When the store cannot be read.
pub fn tell(
    store: &Store,
    entry: &Entry,
    person: &Person,
    after: Option<Vec<u8>>,
) -> Result<(Vec<Value>, Option<Vec<u8>>), LoadError> {
    let Export::Told {
        find,
        shown,
        without,
        ..
    } = entry.export
    else {
        return Ok((Vec::new(), None));
    };
    let (rows, next) = read::rows(store, entry.table, after, PAGE_ROWS)?;
    let mut told = Vec::new();
    for (key, row) in rows {
        let theirs = match find {
            Find::Key(places) => places.iter().any(|at| person.is_at(&key, *at)),
            Find::Address => {
                let rest = key.strip_prefix(person.email.as_bytes());
                rest.is_some_and(|it| it.first().is_none_or(|it| *it == 0))
            }
            Find::Mention => person.is_in(&row) || person.is_in(&key),
            Find::May(may) => may(store, person, &key, &row)?,
        };
        if theirs {
            let mut value = readable(shown(&row)?);
            leave_out(&mut value, without);
            let mut line = Map::new();
            line.insert("key".into(), parts(entry.table.info().key, &key));
            line.insert("row".into(), value);
            told.push(Value::Object(line));
        }
    }
    Ok((told, next))
}

fn leave_out(value: &mut Value, without: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !without.contains(&name.as_str()));
            fields.values_mut().for_each(|it| leave_out(it, without));
        }
        Value::Array(all) => all.iter_mut().for_each(|it| leave_out(it, without)),
        _ => {}
    }
}

/// A key in its parts, as the catalogue describes them.
fn parts(described: &str, key: &[u8]) -> Value {
    let (mut rest, mut out) = (key, Map::new());
    for part in described.split(" + ") {
        let (name, bytes) = match part.rsplit_once(" (") {
            Some((name, bytes)) => (name, bytes.trim_end_matches(')').parse().ok()),
            None => (part, None),
        };
        let bytes: usize = bytes.unwrap_or(rest.len()).min(rest.len());
        let (this, later) = rest.split_at(bytes);
        rest = later;
        let value: Value = match *this {
            [] => continue,
            _ if this.len() == 16 => hyphened(this).into(),
            [a, b, c, d, e, f, g, h] => {
                let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
                match name {
                    "number" => number.into(),
                    _ => instant((number ^ (1 << 63)).cast_signed()),
                }
            }
            _ => match std::str::from_utf8(this) {
                Ok(text) if !text.contains('\0') => text.into(),
                _ => hex(this).into(),
            },
        };
        out.insert(name.into(), value);
    }
    Value::Object(out)
}

fn hyphened(id: &[u8]) -> String {
    uuid::Uuid::from_slice(id).map_or_else(|_| hex(id), |id| id.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// The earliest and the latest number that is read as an instant: 2001 to 2096, in milliseconds.
const INSTANTS: std::ops::Range<i64> = 978_307_200_000..4_000_000_000_000;

fn instant(ms: i64) -> Value {
    let at = jiff::Timestamp::from_millisecond(ms);
    match at {
        Ok(at) if INSTANTS.contains(&ms) => at.to_string().into(),
        _ => ms.into(),
    }
}

/// Instants as people write them, and digests as one word.
fn readable(value: Value) -> Value {
    match value {
        Value::Number(ref number) => number.as_i64().map_or(value.clone(), instant),
        Value::Array(all) => {
            let byte = |it: &Value| it.as_u64().and_then(|it| u8::try_from(it).ok());
            match all.iter().map(byte).collect::<Option<Vec<u8>>>() {
                Some(bytes) if bytes.len() == 16 => hyphened(&bytes).into(),
                Some(bytes) if bytes.len() > 16 => hex(&bytes).into(),
                _ => all.into_iter().map(readable).collect(),
            }
        }
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, it)| (name, readable(it))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_rows_are_told_in_words_that_people_know() {
        let key = [
            [7; 16].as_slice(),
            &(1_772_445_600_000u64 | 1 << 63).to_be_bytes(),
        ]
        .concat();
        let told = parts("user id (16) + start ms (8)", &key);
        assert_eq!(told["user id"], "07070707-0707-0707-0707-070707070707");
        assert_eq!(told["start ms"], "2026-03-02T10:00:00Z");
        let mut row =
            readable(serde_json::json!({"at": 1_772_445_600_000i64, "n": 7, "secret": 1}));
        leave_out(&mut row, &["secret"]);
        assert_eq!(
            row,
            serde_json::json!({"at": "2026-03-02T10:00:00Z", "n": 7})
        );
    }
}
