//! The operator's switch: what nobody may begin at the moment, and what everybody is told.
//!
//! What goes on goes on: nothing in here ends a call or takes a seat. Must never say no to an admin;
//! who asks decides that.

use crate::account::BadField;

/// Longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 500;

/// What can be held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Entering a room in which no call goes on, and calling a host.
    Joins,
    /// Making and booking meetings.
    Bookings,
    /// Buying coins.
    Payments,
}

/// How the switch stands. All off by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// What everybody reads on every page; empty says nothing.
    pub message: String,
    /// Nobody joins.
    pub joins: bool,
    /// Nobody books.
    pub bookings: bool,
    /// Nobody buys.
    pub payments: bool,
}

impl Maintenance {
    /// The same with a message that can be shown: one paragraph, bounded.
    ///
    /// # Errors
    /// When it is too long.
    pub fn check(self) -> Result<Self, BadField> {
        let message = self
            .message
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if message.chars().count() > MESSAGE_CHARS_MAX || message.chars().any(char::is_control) {
            return Err(BadField {
                field: "message",
                why: "A message has at most 500 characters.",
            });
        }
        Ok(Self { message, ..self })
    }

    /// Whether this is held back.
    pub fn holds(&self, kind: Kind) -> bool {
        match kind {
            Kind::Joins => self.joins,
            Kind::Bookings => self.bookings,
            Kind::Payments => self.payments,
        }
    }

    /// What stands on every page; nothing when all is as usual.
    pub fn words(&self) -> &str {
        match self.message.as_str() {
            "" if self.is_on() => "Maintenance: some things are not possible at the moment.",
            words => words,
        }
    }

    /// Whether there is anything to tell.
    pub fn is_on(&self) -> bool {
        self.joins || self.bookings || self.payments || !self.message.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_bounded_paragraph() {
        let of = |message: &str| {
            let it = Maintenance {
                message: message.into(),
                ..Maintenance::default()
            };
            it.check().map(|it| it.message)
        };
        assert_eq!(of("  We move \n house. "), Ok("We move house.".into()));
        assert_eq!(of(&"x".repeat(500)).map(|it| it.len()), Ok(500));
        assert!(of(&"x".repeat(501)).is_err());
        assert!(of("\u{1b}[2J").is_err());
    }

    #[test]
    fn each_thing_is_held_by_itself_and_any_is_told() {
        let nothing = Maintenance::default();
        assert!(!nothing.is_on());
        let bookings = Maintenance {
            bookings: true,
            ..nothing
        };
        let held = [Kind::Joins, Kind::Bookings, Kind::Payments].map(|it| bookings.holds(it));
        assert_eq!((held, bookings.is_on()), ([false, true, false], true));
    }
}
