//! Somebody else's calendar that keeps a host's time free: its secret address, what was found in it
//! when it was last read, and why it could not be read since. Only spans are kept, never what they
//! are for.

use uuid::Uuid;

use crate::{
    account::BadField,
    agenda::Claim,
    id::UserId,
    time::{Millis, Timestamp},
};

/// Most calendars of one host.
pub const CALENDARS_MAX: usize = 5;
/// Longest address, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 1_000;
/// Most characters of a label.
pub const LABEL_CHARS_MAX: usize = 80;
/// How often a calendar is read.
pub const READ_EVERY: Millis = Millis::from_mins(12);
/// A host is warned of one that could not be read for so long.
pub const STALE_AFTER: Millis = Millis::from_days(1);
/// What is looked back to and ahead to when a calendar is read.
pub const BACK: Millis = Millis::from_days(2);
/// Further than anybody can book, so that it need not be laid out anew every day.
pub const AHEAD: Millis = Millis::from_days(400);
/// After this what repeats is laid out anew, also when the calendar has not changed.
pub const LAID_OUT_FOR: Millis = Millis::from_days(20);

/// Why a calendar could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Trouble {
    /// No address of the web.
    NoAddress,
    /// It leads into a private network, or to this machine.
    NotPublic,
    /// There is no such server.
    NotFound,
    /// No answer, or not in time.
    Silent,
    /// The server cannot prove who it is.
    NotTrusted,
    /// The server says that nobody may read it, or that it is not there.
    Refused,
    /// The server has trouble of its own.
    Broken,
    /// More than anybody's calendar should have.
    TooLarge,
    /// Something else is there, such as a page to log in.
    NoCalendar,
}

impl Trouble {
    /// Every trouble with its word on the wire and in rows, and what a host is told.
    pub const ALL: [(Self, &'static str, &'static str); 9] = [
        (
            Self::NoAddress,
            "no_address",
            "Please paste the whole secret address; it begins with https://.",
        ),
        (
            Self::NotPublic,
            "not_public",
            "This address leads into a private network and is not read.",
        ),
        (
            Self::NotFound,
            "not_found",
            "There is no server at this address.",
        ),
        (
            Self::Silent,
            "silent",
            "The server of this calendar did not answer.",
        ),
        (
            Self::NotTrusted,
            "not_trusted",
            "The server of this calendar could not prove who it is.",
        ),
        (
            Self::Refused,
            "refused",
            "The calendar is not there any more, or its secret address was made anew.",
        ),
        (
            Self::Broken,
            "broken",
            "The server of this calendar has trouble; it is tried again.",
        ),
        (Self::TooLarge, "too_large", "This calendar is too large."),
        (
            Self::NoCalendar,
            "no_calendar",
            "There is no calendar at this address. Please paste the address in iCal format.",
        ),
    ];

    fn line(self) -> &'static (Self, &'static str, &'static str) {
        let found = Self::ALL.iter().find(|it| it.0 == self);
        found.unwrap_or(&Self::ALL[0])
    }

    /// The word.
    pub fn word(self) -> &'static str {
        self.line().1
    }

    /// What a host is told.
    pub fn words(self) -> &'static str {
        self.line().2
    }
}

/// A calendar that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyCalendar {
    /// Which.
    pub id: Uuid,
    /// Whose time it keeps free.
    pub host: UserId,
    /// The secret address.
    pub address: String,
    /// What the host calls it.
    pub label: String,
    /// What its server called the state that was read last.
    pub tag: Option<String>,
    /// When it was last tried.
    pub tried_at: Timestamp,
    /// When it was last read, changed or not.
    pub read_at: Timestamp,
    /// When it was last laid out, and for which zone.
    pub laid_out: (Timestamp, String),
    /// Why the last try failed.
    pub trouble: Option<Trouble>,
    /// When it says busy, in order.
    pub spans: Vec<(Timestamp, Timestamp)>,
    /// Entries that were not understood.
    pub skipped: u32,
    /// When it was added.
    pub added_at: Timestamp,
}

impl BusyCalendar {
    /// Whether its turn has come.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.tried_at + READ_EVERY <= now
    }

    /// Whether a host should look after it.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.read_at + STALE_AFTER <= now
    }

    /// The state that need not be sent again, unless it must be laid out anew anyway.
    pub fn known(&self, zone: &str, now: Timestamp) -> Option<&str> {
        let fresh = now < self.laid_out.0 + LAID_OUT_FOR && self.laid_out.1 == zone;
        self.tag.as_deref().filter(|_| fresh)
    }

    /// As much of the address as tells one calendar from the other: the rest is a secret.
    pub fn shown_address(&self) -> String {
        let rest = self.address.split_once("://").map_or("", |it| it.1);
        let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
        format!("{server}/…")
    }

    /// What it takes of its host's time in `[from, to)`.
    pub fn claims(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Claim> + '_ {
        let inside = move |it: &&(Timestamp, Timestamp)| it.0 < to && from < it.1;
        self.spans.iter().filter(inside).map(|(from, to)| Claim {
            owner: self.id,
            from: *from,
            to: *to,
            starts_at: *from,
            service: None,
            until: Timestamp::MAX,
            seats: 1,
        })
    }
}

/// An address as it is kept, and a label.
pub fn checked(address: &str, label: &str) -> Result<(String, String), BadField> {
    let bad = |field, why| Err(BadField { field, why });
    let (address, label) = (address.trim(), label.trim());
    let address = match address.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("webcal") => format!("https://{rest}"),
        _ => address.to_owned(),
    };
    let rest = address.split_once("://").map_or("", |it| it.1);
    let odd = |c: char| c.is_control() || c.is_whitespace();
    let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if rest.is_empty()
        || address.len() > ADDRESS_BYTES_MAX
        || address.contains(odd)
        || server.contains('@')
    {
        return bad("address", Trouble::NoAddress.words());
    }
    if label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        return bad("label", "A label is one line of at most 80 characters.");
    }
    Ok((address, label.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> BusyCalendar {
        let day = Timestamp(0) + Millis::from_days(100);
        BusyCalendar {
            id: Uuid::from_u128(1),
            host: UserId(Uuid::from_u128(2)),
            address: "https://example.org/secret-words/basic.ics?x=1".into(),
            label: "Own".into(),
            tag: Some("\"7\"".into()),
            tried_at: day,
            read_at: day,
            laid_out: (day, "Europe/Berlin".into()),
            trouble: None,
            spans: vec![
                (day, day + Millis(10)),
                (day + Millis(20), day + Millis(30)),
            ],
            skipped: 0,
            added_at: day,
        }
    }

    #[test]
    fn the_address_is_a_secret() {
        assert_eq!(calendar().shown_address(), "example.org/…");
        let good = checked(" webcal://example.org/a.ics ", " Own ").unwrap();
        assert_eq!(good, ("https://example.org/a.ics".into(), "Own".into()));
        for bad in [
            "",
            "example.org",
            "https://",
            "https://a b/",
            "https://me:pass@example.org/",
        ] {
            assert_eq!(checked(bad, "").unwrap_err().field, "address", "{bad}");
        }
        assert_eq!(checked("https://a/", "a\nb").unwrap_err().field, "label");
    }

    #[test]
    fn what_is_known_is_asked_for_again_when_it_must_be_laid_out_anew() {
        let it = calendar();
        let later = |days| it.read_at + Millis::from_days(days);
        assert_eq!(it.known("Europe/Berlin", later(1)), Some("\"7\""));
        assert_eq!(
            it.known("Africa/Nairobi", later(1)),
            None,
            "whole days lie elsewhere"
        );
        assert_eq!(
            it.known("Europe/Berlin", later(20)),
            None,
            "what repeats goes on"
        );
        assert!(it.is_due(it.tried_at + READ_EVERY) && !it.is_due(it.tried_at));
        assert!(it.is_stale(later(1)) && !it.is_stale(it.read_at));
        let between = |from: i64, to: i64| {
            let at = |ms| it.read_at + Millis(ms);
            it.claims(at(from), at(to)).count()
        };
        assert_eq!(
            (between(0, 100), between(10, 20), between(25, 26)),
            (2, 0, 1)
        );
    }

    #[test]
    fn every_trouble_has_a_word() {
        let words: std::collections::BTreeSet<_> =
            Trouble::ALL.iter().map(|it| it.0.word()).collect();
        assert_eq!(words.len(), 9);
    }
}
