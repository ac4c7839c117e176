//! Calendar objects (RFC 5545, RFC 5546): what a mail brings, what a feed lists, what a download holds.
//!
//! One identity for a meeting, for ever; its sequence is the meeting's version, so that a move replaces
//! the entry and a cancellation takes it away. Times are UTC: single instants need no zone.

use jiff::tz::TimeZone;
use parlor_domain::{
    id::MeetingId,
    meeting::{Meeting, Status},
    time::Timestamp,
};

/// Octets of a line, after which it is folded.
const LINE_OCTETS: usize = 75;

/// What the receiver's calendar is to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Show it.
    Publish,
    /// Put it in, or replace what is there.
    Request,
    /// Take it away.
    Cancel,
}

impl Method {
    fn word(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// A calendar object as a part of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPart {
    /// Its method, which the part's type names too.
    pub method: &'static str,
    /// The object.
    pub text: String,
}

/// A name and an address.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// What they are called.
    pub name: &'a str,
    /// Where they get mail.
    pub address: &'a str,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Of what.
    pub meeting: MeetingId,
    /// Rises with every change.
    pub sequence: u32,
    /// When this was written down.
    pub written_at: Timestamp,
    /// First instant.
    pub starts_at: Timestamp,
    /// Instant after the last.
    pub ends_at: Timestamp,
    /// One line.
    pub title: &'a str,
    /// More words.
    pub description: &'a str,
    /// The page that opens it.
    pub link: &'a str,
    /// Whether it is off.
    pub cancelled: bool,
    /// Who sends and who receives the mail that brings it.
    pub between: Option<(Person<'a>, Person<'a>)>,
}

impl<'a> Entry<'a> {
    /// A meeting under this title, opened by this page.
    pub fn of(meeting: &Meeting, title: &'a str, description: &'a str, link: &'a str) -> Self {
        Self {
            meeting: meeting.id,
            sequence: meeting.version,
            written_at: meeting.updated_at,
            starts_at: meeting.terms.starts_at,
            ends_at: meeting.terms.starts_at + meeting.terms.duration,
            title,
            description,
            link,
            cancelled: matches!(meeting.status, Status::Cancelled | Status::Declined),
            between: None,
        }
    }
}

/// A calendar of one entry, as a part of a mail.
pub fn part(method: Method, entry: &Entry<'_>) -> CalendarPart {
    CalendarPart {
        method: method.word(),
        text: object(method, std::slice::from_ref(entry)),
    }
}

/// A calendar object.
pub fn object(method: Method, entries: &[Entry<'_>]) -> String {
    let mut out = Lines::default();
    out.line("BEGIN:VCALENDAR");
    out.line("VERSION:2.0");
    out.line("PRODID:-//Parlor//Parlor//EN");
    out.line("CALSCALE:GREGORIAN");
    out.line(&format!("METHOD:{}", method.word()));
    if method == Method::Publish {
        out.line("X-WR-CALNAME:Parlor");
        // How often a subscriber should look again, in the standard's word and in the older one.
        out.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
        out.line("X-PUBLISHED-TTL:PT1H");
    }
    for it in entries {
        event(&mut out, it);
    }
    out.line("END:VCALENDAR");
    out.0
}

fn event(out: &mut Lines, it: &Entry<'_>) {
    out.line("BEGIN:VEVENT");
    out.line(&format!("UID:{}@parlor", it.meeting));
    out.line(&format!("SEQUENCE:{}", it.sequence));
    out.line(&format!("DTSTAMP:{}", utc(it.written_at)));
    out.line(&format!("DTSTART:{}", utc(it.starts_at)));
    out.line(&format!("DTEND:{}", utc(it.ends_at)));
    out.line(&format!("SUMMARY:{}", text(it.title)));
    if !it.description.is_empty() {
        out.line(&format!("DESCRIPTION:{}", text(it.description)));
    }
    if !it.link.is_empty() {
        out.line(&format!("LOCATION:{}", text(it.link)));
        out.line(&format!("URL:{}", it.link));
    }
    out.line(match it.cancelled {
        true => "STATUS:CANCELLED",
        false => "STATUS:CONFIRMED",
    });
    out.line("TRANSP:OPAQUE");
    if let Some((sender, receiver)) = &it.between {
        let (from, to) = (parameter(sender.name), parameter(receiver.name));
        out.line(&format!("ORGANIZER;CN={from}:mailto:{}", sender.address));
        // Answers would go to a mailbox that nobody reads: whoever cannot come says so by the link.
        out.line(&format!(
            "ATTENDEE;CN={to};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{}",
            receiver.address
        ));
    }
    out.line("END:VEVENT");
}

/// Content lines, folded (RFC 5545, 3.1).
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, line: &str) {
        let mut room = LINE_OCTETS;
        for c in line.chars() {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = LINE_OCTETS - 1;
            }
            room -= c.len_utf8();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }
}

/// A value of type TEXT (RFC 5545, 3.3.11).
fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A quoted value of a parameter, which can hold neither quotes nor control characters.
fn parameter(value: &str) -> String {
    let clean: String = value
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| if c == '"' { '\'' } else { c })
        .collect();
    format!("\"{clean}\"")
}

fn utc(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(instant) => {
            let there = instant.to_zoned(TimeZone::UTC);
            there.strftime("%Y%m%dT%H%M%SZ").to_string()
        }
        Err(_) => "19700101T000000Z".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::time::Millis;
    use uuid::Uuid;

    fn entry<'a>(title: &'a str, description: &'a str) -> Entry<'a> {
        Entry {
            meeting: MeetingId(Uuid::from_u128(7)),
            sequence: 3,
            written_at: Timestamp(1_772_445_600_000),
            starts_at: Timestamp(1_774_753_200_000),
            ends_at: Timestamp(1_774_753_200_000) + Millis::from_mins(50),
            title,
            description,
            link: "https://parlor.example/j/abc",
            cancelled: false,
            between: Some((
                Person {
                    name: "Hanna \"H\" Host",
                    address: "noreply@parlor.example",
                },
                Person {
                    name: "Ada",
                    address: "ada@example.org",
                },
            )),
        }
    }

    #[test]
    fn p12_an_invitation_in_full() {
        let it = entry("Talk, walk; and \\ more", "First\nsecond");
        let part = part(Method::Request, &it);
        assert_eq!(part.method, "REQUEST");
        let unfolded = part.text.replace("\r\n ", "");
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Parlor//Parlor//EN\r\nCALSCALE:GREGORIAN\r\n\
            METHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:00000000-0000-0000-0000-000000000007@parlor\r\nSEQUENCE:3\r\n\
            DTSTAMP:20260302T100000Z\r\nDTSTART:20260329T030000Z\r\nDTEND:20260329T035000Z\r\n\
            SUMMARY:Talk\\, walk\\; and \\\\ more\r\nDESCRIPTION:First\\nsecond\r\n\
            LOCATION:https://parlor.example/j/abc\r\nURL:https://parlor.example/j/abc\r\nSTATUS:CONFIRMED\r\n\
            TRANSP:OPAQUE\r\nORGANIZER;CN=\"Hanna 'H' Host\":mailto:noreply@parlor.example\r\n\
            ATTENDEE;CN=\"Ada\";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:ada@example.org\r\n\
            END:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(unfolded, expected);
    }

    #[test]
    fn lines_are_folded_between_characters_and_nothing_is_lost() {
        let title = "नमस्ते ".repeat(40);
        let object = object(Method::Publish, &[entry(title.trim(), "")]);
        assert!(object.split("\r\n").all(|line| line.len() <= LINE_OCTETS));
        assert!(object.replace("\r\n ", "").contains(title.trim()));
        let cancelled = Entry {
            cancelled: true,
            ..entry("a\rb", "")
        };
        let off = super::object(Method::Cancel, &[cancelled]);
        assert!(off.contains("METHOD:CANCEL\r\n") && off.contains("STATUS:CANCELLED\r\n"));
        assert!(off.contains("SUMMARY:ab\r\n"));
    }
}
