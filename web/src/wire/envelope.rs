//! The outer shape of every frame, and the two cheap guards before it is parsed.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Deepest nesting of a frame, counting the envelope itself.
pub const DEPTH_MAX: usize = 8;

/// A frame from a client: names borrowed, payload untouched until its type is known.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// The name of the command.
    #[serde(borrow)]
    pub r#type: std::borrow::Cow<'a, str>,
    /// Names the request; echoed in the answer. Absent: no answer wanted.
    #[serde(borrow, default)]
    pub id: Option<std::borrow::Cow<'a, str>>,
    /// Highest `seq` processed.
    #[serde(default)]
    pub ack: Option<u64>,
    /// The payload.
    #[serde(borrow, default)]
    pub data: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads the outer shape. `None` when it is not JSON of this shape, nested deeper than
    /// [`DEPTH_MAX`], or its `id` is not 1 to 64 characters.
    pub fn read(text: &'a str) -> Option<Self> {
        if depth(text) > DEPTH_MAX {
            return None;
        }
        let envelope: Self = serde_json::from_str(text).ok()?;
        let id_fits = |id: &std::borrow::Cow<'_, str>| (1..=64).contains(&id.len());
        envelope.id.as_ref().is_none_or(id_fits).then_some(envelope)
    }

    /// The payload's text; an absent payload is an empty object.
    pub fn payload(&self) -> &'a str {
        self.data.map_or("{}", RawValue::get)
    }
}

/// How deep objects and arrays are nested, without parsing.
fn depth(text: &str) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' if !in_string => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_shape_is_read_without_touching_the_payload() {
        let frame = r#"{"type":"ping","id":"7","ack":3,"data":{"later":[1]},"unknown":1}"#;
        let envelope = Envelope::read(frame).unwrap();
        assert_eq!(envelope.r#type, "ping");
        assert_eq!(envelope.id.as_deref(), Some("7"));
        assert_eq!(envelope.ack, Some(3));
        assert_eq!(envelope.payload(), r#"{"later":[1]}"#);
        assert_eq!(
            Envelope::read(r#"{"type":"pong"}"#).unwrap().payload(),
            "{}"
        );
    }

    #[test]
    fn what_is_not_a_frame_is_refused() {
        let long_id = format!(r#"{{"type":"ping","id":"{}"}}"#, "x".repeat(65));
        let deep = format!(
            r#"{{"type":"ping","data":{}{}}}"#,
            "[".repeat(9),
            "]".repeat(9)
        );
        let cases = [
            "",
            "[]",
            "null",
            r#"{"id":"1"}"#,
            r#"{"type":"ping","type":"pong"}"#,
            r#"{"type":"ping","id":""}"#,
            r#"{"type":7}"#,
            &long_id,
            &deep,
        ];
        for case in cases {
            assert!(Envelope::read(case).is_none(), "{case}");
        }
    }

    #[test]
    fn brackets_inside_strings_do_not_count_as_depth() {
        assert_eq!(depth(r#"{"a":"[[[[\"[[[["}"#), 1);
    }
}
