//! Who people are: the account, what may be in its fields, and the road to becoming a host.
//!
//! Must never know a password; the hash is made and checked two floors up. Start at [`Account`].

use std::fmt;

use crate::{id::UserId, identity::Role, time::Timestamp};

/// Longest e-mail address that SMTP carries (RFC 5321 4.5.3.1.3 minus the angle brackets).
pub const EMAIL_CHARS_MAX: usize = 254;
/// Longest name of a person, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Shortest password; length beats composition rules (NIST SP 800-63B 3.1.1).
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, so that hashing has a bound.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// A field that cannot be accepted, named as on the wire, with words for its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct BadField {
    /// The field's name on the wire.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub why: &'static str,
}

const fn bad<T>(field: &'static str, why: &'static str) -> Result<T, BadField> {
    Err(BadField { field, why })
}

/// An e-mail address in the one form in which addresses are compared: trimmed and in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Accepts what a mail server could deliver to: one `@`, a dotted domain, no spaces or control
    /// characters. Whether somebody reads it is for the verification mail to find out.
    pub fn parse(text: &str) -> Result<Self, BadField> {
        let text = text.trim().to_lowercase();
        let ok = text.len() <= EMAIL_CHARS_MAX
            && text
                .chars()
                .all(|c| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"".contains(c))
            && match text.split_once('@') {
                Some((local, domain)) => is_local_part(local) && is_domain(domain),
                None => false,
            };
        if ok {
            Ok(Self(text))
        } else {
            bad(
                "email",
                "This is not an e-mail address, like name@example.org.",
            )
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_local_part(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && !text.starts_with('.') && !text.ends_with('.')
}

fn is_domain(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

/// Never the address itself, so that a stray `{:?}` cannot put it into a log (invariant 9).
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A name that others see: trimmed, inner spaces single, at most [`NAME_CHARS_MAX`] characters.
pub fn check_name(text: &str) -> Result<String, BadField> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        bad("name", "Please tell us a name that others will see.")
    } else if name.chars().count() > NAME_CHARS_MAX {
        bad("name", "A name has at most 80 characters.")
    } else if name.chars().any(char::is_control) {
        bad("name", "A name cannot contain control characters.")
    } else {
        Ok(name)
    }
}

/// A password is long enough and not one of the few that every guesser tries first.
pub fn check_password(text: &str, email: &Email) -> Result<(), BadField> {
    if text.chars().count() < PASSWORD_CHARS_MIN {
        return bad("password", "A password has at least 10 characters.");
    }
    if text.len() > PASSWORD_BYTES_MAX {
        return bad("password", "A password has at most 256 bytes.");
    }
    let lower = text.to_lowercase();
    let first = lower.chars().next();
    if lower.chars().all(|c| Some(c) == first)
        || lower == email.as_str()
        || COMMON_PASSWORDS.contains(&lower.as_str())
    {
        return bad(
            "password",
            "This password is easy to guess. A few unrelated words make a good one.",
        );
    }
    Ok(())
}

/// The ones of ten characters and more at the head of every published list.
const COMMON_PASSWORDS: [&str; 12] = [
    "1234567890",
    "0123456789",
    "0987654321",
    "12345678910",
    "qwertyuiop",
    "1q2w3e4r5t",
    "password123",
    "password1234",
    "passwordpassword",
    "iloveyou123",
    "qwerty12345",
    "letmein123",
];

/// A language tag of the form `en` or `pt-BR`; which ones have texts is for the mailer to know.
pub fn check_language(text: &str) -> Result<String, BadField> {
    let ok = (2..=16).contains(&text.len())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()));
    if ok {
        Ok(text.to_owned())
    } else {
        bad(
            "language",
            "A language is written like \"en\" or \"pt-BR\".",
        )
    }
}

/// A telephone number as people write it, or nothing.
pub fn check_phone(text: &str) -> Result<Option<String>, BadField> {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let shape = text
        .chars()
        .all(|c| c.is_ascii_digit() || " +-().".contains(c));
    match (text.is_empty(), shape && (4..=20).contains(&digits)) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(text.to_owned())),
        (false, false) => bad("phone", "This is not a telephone number."),
    }
}

/// Free words of at most 40 characters, or nothing.
pub fn check_gender(text: &str) -> Result<Option<String>, BadField> {
    let text = text.trim();
    match text.chars().count() {
        0 => Ok(None),
        1..=40 if !text.chars().any(char::is_control) => Ok(Some(text.to_owned())),
        _ => bad("gender", "At most 40 characters, please."),
    }
}

/// Where an account stands on the road to being a host (R030).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostStatus {
    /// Never asked.
    None,
    /// Asked; an admin decides.
    Pending,
    /// May offer meetings.
    Approved,
    /// Asked and was refused; may ask again.
    Rejected,
    /// Was a host; an admin took it back. Only an admin lifts it.
    Suspended,
}

impl HostStatus {
    /// Every status with its word in rows and on the wire.
    pub const WORDS: [(Self, &'static str); 5] = [
        (Self::None, "none"),
        (Self::Pending, "pending"),
        (Self::Approved, "approved"),
        (Self::Rejected, "rejected"),
        (Self::Suspended, "suspended"),
    ];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(status, _)| *status == self)
            .map_or("none", |(_, word)| word)
    }
}

/// Whether an admin looks at host applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostApproval {
    /// An admin decides each.
    Review,
    /// Everybody who asks is a host at once.
    Open,
}

/// What happens to an application to be a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostInput {
    /// The person asks.
    Apply(HostApproval),
    /// An admin says yes.
    Approve,
    /// An admin says no, or takes it back.
    Refuse,
}

/// The input does not fit the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host application that is {0:?} cannot take this step")]
pub struct OutOfTurn(pub HostStatus);

impl HostStatus {
    /// The next status. Applying twice is harmless: the second one changes nothing.
    pub fn handle(self, input: HostInput) -> Result<Self, OutOfTurn> {
        use HostInput::{Apply, Approve, Refuse};
        match (self, input) {
            (Self::None | Self::Rejected, Apply(HostApproval::Open)) => Ok(Self::Approved),
            (Self::None | Self::Rejected, Apply(HostApproval::Review)) => Ok(Self::Pending),
            (Self::Pending | Self::Approved, Apply(_)) => Ok(self),
            (Self::Suspended, Apply(_)) => Err(OutOfTurn(self)),
            (Self::None, Refuse) => Err(OutOfTurn(self)),
            (_, Approve) => Ok(Self::Approved),
            (Self::Pending | Self::Rejected, Refuse) => Ok(Self::Rejected),
            (Self::Approved | Self::Suspended, Refuse) => Ok(Self::Suspended),
        }
    }
}

/// A person with an account (R013, R014).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub id: UserId,
    /// Where mail reaches them.
    pub email: Email,
    /// When the address was proven, if it was.
    pub email_verified_at: Option<Timestamp>,
    /// The name others see.
    pub name: String,
    /// Telephone, if told.
    pub phone: Option<String>,
    /// Gender in their own words, if told.
    pub gender: Option<String>,
    /// Language of mails and pages.
    pub language: String,
    /// IANA zone in which times are shown to them.
    pub time_zone: String,
    /// Whether they operate this server.
    pub admin: bool,
    /// Whether they may offer meetings.
    pub host: HostStatus,
    /// Locked out by an admin.
    pub banned: bool,
    /// Argon2id PHC string; opaque here.
    pub password_hash: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When a field last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// The one role of C01: admins operate, approved hosts host, all others are clients.
    pub fn role(&self) -> Role {
        match (self.admin, self.host) {
            (true, _) => Role::Admin,
            (false, HostStatus::Approved) => Role::Host,
            _ => Role::Client,
        }
    }

    /// Admins are hosts (a server with one person in it works).
    pub fn may_host(&self) -> bool {
        !self.banned && (self.admin || self.host == HostStatus::Approved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let cases = [
            ("  Ada@Example.ORG ", Some("ada@example.org")),
            (
                "a.b+tag@mail.example.co.ke",
                Some("a.b+tag@mail.example.co.ke"),
            ),
            ("jürgen@müller.example", Some("jürgen@müller.example")),
            ("no-at.example.org", None),
            ("two@@example.org", None),
            ("a@b@example.org", None),
            ("a@localhost", None),
            (".a@example.org", None),
            ("a@-x.org", None),
            ("a b@example.org", None),
            ("a@example.org\nBcc: b@example.org", None),
            ("a@example..org", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let got = Email::parse(text).ok();
            assert_eq!(got.as_ref().map(Email::as_str), expected, "{text:?}");
        }
        assert!(Email::parse(&format!("{}@example.org", "a".repeat(300))).is_err());
    }

    #[test]
    fn an_address_does_not_print_itself() {
        let email = Email::parse("ada@example.org").unwrap();
        assert!(!format!("{email:?}").contains("ada"));
    }

    #[test]
    fn names_and_passwords() {
        assert_eq!(check_name("  Ada \t Lovelace "), Ok("Ada Lovelace".into()));
        assert!(check_name("   ").is_err());
        assert!(check_name(&"x".repeat(81)).is_err());
        let ada = Email::parse("ada.lovelace@example.org").unwrap();
        for (text, ok) in [
            ("correct horse battery", true),
            ("ninechars", false),
            ("aaaaaaaaaaaa", false),
            ("Password123", false),
            ("Ada.Lovelace@example.org", false),
            ("пароль-длинный", true),
        ] {
            assert_eq!(check_password(text, &ada).is_ok(), ok, "{text}");
        }
        assert!(check_password(&"ab".repeat(200), &ada).is_err());
    }

    #[test]
    fn small_fields() {
        assert!(check_language("en").is_ok() && check_language("pt-BR").is_ok());
        assert!(check_language("english please").is_err() && check_language("-").is_err());
        assert_eq!(check_phone(" "), Ok(None));
        assert_eq!(
            check_phone("+254 700 000 000"),
            Ok(Some("+254 700 000 000".into()))
        );
        assert!(check_phone("call me").is_err());
        assert_eq!(check_gender(""), Ok(None));
    }

    #[test]
    fn the_road_to_being_a_host() {
        use HostInput::*;
        use HostStatus::*;
        let review = Apply(HostApproval::Review);
        let open = Apply(HostApproval::Open);
        let cases = [
            (None, review, Ok(Pending)),
            (None, open, Ok(Approved)),
            (Pending, review, Ok(Pending)),
            (Pending, Approve, Ok(Approved)),
            (Pending, Refuse, Ok(Rejected)),
            (Rejected, review, Ok(Pending)),
            (Approved, review, Ok(Approved)),
            (Approved, Refuse, Ok(Suspended)),
            (Suspended, open, Err(OutOfTurn(Suspended))),
            (Suspended, Approve, Ok(Approved)),
            (None, Refuse, Err(OutOfTurn(None))),
        ];
        for (from, input, to) in cases {
            assert_eq!(from.handle(input), to, "{from:?} {input:?}");
        }
    }
}
