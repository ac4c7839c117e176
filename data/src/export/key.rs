//! Keys of rows as JSON, read by the words with which the catalogue describes them.

use parlor_domain::time::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{from_hex, hex};
use crate::tables::Table;

/// One part of a key.
enum Part<'a> {
    /// Of so many bytes.
    Fixed(&'a str, usize),
    /// Text up to the next part, or to the end.
    Text(&'a str),
    /// A zero byte.
    Zero,
}

/// The parts, as far as the catalogue's words say them plainly.
fn layout(words: &str) -> Option<Vec<Part<'_>>> {
    let parts: Vec<Part<'_>> = words
        .split(" + ")
        .map(|part| match part.strip_suffix(')') {
            _ if part == "0" => Some(Part::Zero),
            _ if part.contains(',') || part.starts_with("as ") => None,
            Some(part) => {
                let (name, width) = part.rsplit_once(" (")?;
                Some(Part::Fixed(name, width.parse().ok()?))
            }
            None => Some(Part::Text(part)),
        })
        .collect::<Option<_>>()?;
    let ends = |at: usize| matches!(parts.get(at + 1), None | Some(Part::Zero));
    let plain = parts
        .iter()
        .enumerate()
        .all(|(at, part)| !matches!(part, Part::Text(_)) || ends(at));
    plain.then_some(parts)
}

/// A key without its table's tag.
pub fn to_json(table: Table, key: &[u8]) -> Value {
    let named = named(table, key).map(Value::Object);
    let same = |json: &Value| to_bytes(table, json).is_some_and(|again| again == key);
    named
        .filter(same)
        .unwrap_or_else(|| json!({"hex": hex(key)}))
}

fn named(table: Table, mut key: &[u8]) -> Option<Map<String, Value>> {
    let mut out = Map::new();
    for part in layout(table.info().key)? {
        match part {
            Part::Zero => key = key.strip_prefix(&[0])?,
            Part::Fixed(name, width) => {
                let (part, rest) = key.split_at_checked(width)?;
                out.insert(name.into(), fixed(name, part));
                key = rest;
            }
            Part::Text(name) => {
                let end = key.iter().position(|it| *it == 0).unwrap_or(key.len());
                out.insert(name.into(), std::str::from_utf8(&key[..end]).ok()?.into());
                key = &key[end..];
            }
        }
    }
    key.is_empty().then_some(out)
}

fn is_time(name: &str) -> bool {
    name == "ms" || name.ends_with(" ms")
}

fn fixed(name: &str, bytes: &[u8]) -> Value {
    match *bytes {
        _ if bytes.len() == 16 => {
            let id: [u8; 16] = bytes.try_into().unwrap_or_default();
            Uuid::from_bytes(id).to_string().into()
        }
        _ if bytes.len() <= 8 => {
            let number = bytes
                .iter()
                .fold(0, |sum: u64, it| sum << 8 | u64::from(*it));
            match is_time(name) && bytes.len() == 8 {
                // Times sort as numbers because their sign is turned round.
                true => (number ^ (1 << 63)).cast_signed().into(),
                false => number.into(),
            }
        }
        _ => hex(bytes).into(),
    }
}

/// The key in this JSON; `None` when it is none of this table.
pub fn to_bytes(table: Table, json: &Value) -> Option<Vec<u8>> {
    let json = json.as_object()?;
    if let Some(all) = json.get("hex").filter(|_| json.len() == 1) {
        return from_hex(all.as_str()?);
    }
    let mut out = Vec::new();
    for part in layout(table.info().key)? {
        match part {
            Part::Zero => out.push(0),
            Part::Text(name) => out.extend_from_slice(json.get(name)?.as_str()?.as_bytes()),
            Part::Fixed(name, 16) => {
                let id: Uuid = json.get(name)?.as_str()?.parse().ok()?;
                out.extend_from_slice(id.as_bytes());
            }
            Part::Fixed(name, width) if width <= 8 => {
                let value = json.get(name)?;
                let number = match is_time(name) && width == 8 {
                    true => Timestamp(value.as_i64()?).0.cast_unsigned() ^ (1 << 63),
                    false => value.as_u64()?,
                };
                out.extend_from_slice(&number.to_be_bytes()[8 - width..]);
            }
            Part::Fixed(name, _) => out.extend(from_hex(json.get(name)?.as_str()?)?),
        }
    }
    Some(out)
}
