//! What a person thought of a call (F09): stars and, if they like, words. One per person and call.

use crate::{
    account::BadField,
    id::{CallId, MeetingId, UserId},
    time::{Millis, Timestamp},
};

/// Most characters of the words.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// How long after a call it may be rated, or the rating changed.
pub const OPEN_FOR: Millis = Millis::from_days(1);

/// One person's word about one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// Which call.
    pub call: CallId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// Whose word.
    pub user: UserId,
    /// 1 to 5.
    pub stars: u8,
    /// Words; empty when none.
    pub text: String,
    /// When it was said, or changed.
    pub at: Timestamp,
}

/// Stars and words as they may be kept; the words without space around them.
pub fn checked(stars: u8, text: &str) -> Result<(u8, String), BadField> {
    if !(1..=5).contains(&stars) {
        return Err(BadField {
            field: "stars",
            why: "Please give one to five stars.",
        });
    }
    let text = text.trim();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(BadField {
            field: "text",
            why: "Please use at most 1,000 characters.",
        });
    }
    Ok((stars, text.to_owned()))
}

/// Whether a call that ended then (none: it lives) may be rated now.
pub fn is_open(ended_at: Option<Timestamp>, now: Timestamp) -> bool {
    ended_at.is_none_or(|ended| now < ended + OPEN_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_five_stars_and_not_too_many_words() {
        assert_eq!(checked(5, "  Good \n"), Ok((5, "Good".into())));
        assert_eq!(checked(0, "").unwrap_err().field, "stars");
        assert_eq!(checked(6, "").unwrap_err().field, "stars");
        let long = "é".repeat(TEXT_CHARS_MAX);
        assert!(checked(1, &long).is_ok());
        assert_eq!(checked(1, &(long + "é")).unwrap_err().field, "text");
    }

    #[test]
    fn a_call_is_rated_while_it_lives_and_for_a_day() {
        let day = OPEN_FOR.0;
        assert!(is_open(None, Timestamp(9)));
        assert!(is_open(Some(Timestamp(0)), Timestamp(day - 1)));
        assert!(!is_open(Some(Timestamp(0)), Timestamp(day)));
    }
}
