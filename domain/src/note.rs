//! What a host writes down about a client, for nobody else: a text for the client and one for each
//! meeting, and the rule how long they are.

use crate::{account::BadField, id::MeetingId, time::Timestamp};

/// Longest note, in characters.
pub const TEXT_CHARS_MAX: usize = 20_000;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The client, whatever the meeting.
    Client,
    /// One meeting with them.
    Meeting(MeetingId),
}

/// A note as it stands. One that was never written has version 0 and no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// What was written.
    pub text: String,
    /// Counts the changes; whoever writes says which one they have read.
    pub version: u64,
    /// When it was written.
    pub updated_at: Option<Timestamp>,
}

/// A text as it may be kept: as it was typed, spaces and all, because it is saved while somebody types.
///
/// # Errors
/// When it is too long.
pub fn checked(text: &str) -> Result<&str, BadField> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(BadField {
            field: "text",
            why: "Please use at most 20,000 characters.",
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(checked(&"नोट".repeat(TEXT_CHARS_MAX / 3)).is_ok());
        assert!(checked(&"x".repeat(TEXT_CHARS_MAX + 1)).is_err());
        assert_eq!(checked(" as typed \n").unwrap(), " as typed \n");
    }
}
