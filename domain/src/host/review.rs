//! What clients say about a host after a paid call, and the sum of it. Shown to others with a short
//! name only; stars and words keep to the rules of `rating`. Start at [`Tally`].

use crate::{
    id::{CallId, UserId},
    time::Timestamp,
};

/// A rating as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Of whom.
    pub host: UserId,
    /// After which call.
    pub call: CallId,
    /// Whose.
    pub user: UserId,
    /// What the author is called in public.
    pub author: String,
    /// 1 to 5.
    pub stars: u8,
    /// Words; empty when none.
    pub text: String,
    /// When it was said or changed.
    pub at: Timestamp,
    /// Why an admin hid it; it is shown and counted while there is none.
    pub hidden: Option<String>,
}

impl Review {
    /// The stars that count.
    pub fn counted(&self) -> Option<u8> {
        self.hidden.is_none().then_some(self.stars)
    }
}

/// All ratings and calls of one host, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many ratings.
    pub ratings: u64,
    /// The sum of their stars.
    pub stars: u64,
    /// How many calls are over.
    pub calls: u64,
}

impl Tally {
    /// With these stars instead of those before, of one and the same review; none: it does not
    /// count, because there is none or it is hidden.
    pub fn changed(self, before: Option<u8>, after: Option<u8>) -> Self {
        let of = |stars: Option<u8>| stars.map_or((0, 0), |stars| (1, u64::from(stars)));
        let (gone, come) = (of(before), of(after));
        Self {
            ratings: self.ratings.saturating_sub(gone.0) + come.0,
            stars: self.stars.saturating_sub(gone.1) + come.1,
            ..self
        }
    }

    /// With one more call.
    pub fn called(self) -> Self {
        Self {
            calls: self.calls + 1,
            ..self
        }
    }

    /// The mean, in hundredths of a star, rounded to the nearest; none without ratings.
    pub fn mean_centi(self) -> Option<u64> {
        (self.stars * 100 + self.ratings / 2).checked_div(self.ratings)
    }
}

/// A name for the public: the first word of it, and the first letter of the last.
pub fn short_name(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    match words.next_back().and_then(|word| word.chars().next()) {
        Some(letter) => format!("{first} {letter}."),
        None => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_review_counts_once_and_a_hidden_one_not_at_all() {
        let none = Tally::default();
        let two = none.changed(None, Some(5)).changed(None, Some(4)).called();
        assert_eq!((two.ratings, two.stars, two.calls), (2, 9, 1));
        assert_eq!(two.mean_centi(), Some(450));
        let other = two.changed(Some(5), Some(1));
        assert_eq!((other.ratings, other.stars), (2, 5));
        let hidden = other.changed(Some(1), None);
        assert_eq!((hidden.ratings, hidden.stars, hidden.calls), (1, 4, 1));
        assert_eq!(hidden.changed(None, Some(1)), other);
        assert_eq!(none.mean_centi(), None);
        let third = Tally {
            ratings: 3,
            stars: 14,
            calls: 3,
        };
        assert_eq!(third.mean_centi(), Some(467));
    }

    #[test]
    fn names_for_the_public() {
        for (name, short) in [
            ("Carl Client", "Carl C."),
            ("Ada", "Ada"),
            ("Anna Maria  von Öst", "Anna Ö."),
            ("", ""),
        ] {
            assert_eq!(short_name(name), short);
        }
    }
}
