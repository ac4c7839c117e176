//! What a house asks people to agree to, its terms and its privacy notice, and that somebody agreed.
//!
//! People agree to a version. Unless the operator names it, it is made from the texts themselves, so that
//! nobody can change a text and forget to ask again. Start at [`Edition`].

use crate::{id::MeetingId, time::Timestamp};

/// Longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 100 * 1024;
/// Longest name of a version, in characters.
pub const VERSION_CHARS_MAX: usize = 40;
/// Characters of a version that is made from the texts.
const MADE_CHARS: usize = 12;

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What holds between the house and who uses it.
    Terms,
    /// What becomes of data about people.
    Privacy,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Terms, Self::Privacy];

    /// In addresses and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
        }
    }
}

/// One text in one language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    /// Which.
    pub kind: Kind,
    /// Its language, such as `de`; empty for the one that everybody else reads.
    pub language: String,
    /// As the operator wrote it.
    pub words: String,
}

/// Names the texts of an edition by what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditionId(pub [u8; 16]);

impl EditionId {
    /// As it is written in addresses.
    pub fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads [`EditionId::hex`].
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        let mut id = [0; 16];
        for (at, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(id))
    }
}

/// All texts that are agreed to together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// By what is in them.
    pub id: EditionId,
    /// What people agree to.
    pub version: String,
    /// At least one; each kind and language once.
    pub texts: Vec<Text>,
}

impl Edition {
    /// The texts under the operator's name for them, or one that is made from them where that is empty;
    /// none without a text. `digest` is any good one.
    pub fn new(
        version: &str,
        mut texts: Vec<Text>,
        digest: impl Fn(&[u8]) -> [u8; 32],
    ) -> Option<Self> {
        if texts.is_empty() {
            return None;
        }
        texts.sort();
        let mut all = Vec::new();
        for text in &texts {
            for part in [text.kind.word(), &text.language, &text.words] {
                all.extend((part.len() as u64).to_be_bytes());
                all.extend(part.as_bytes());
            }
        }
        let id = EditionId(*digest(&all).first_chunk()?);
        let version = match version {
            "" => id.hex().chars().take(MADE_CHARS).collect(),
            version => version.to_owned(),
        };
        Some(Self { id, version, texts })
    }

    /// A text in a language, or the one for everybody else; none where there is no such text at all.
    pub fn text(&self, kind: Kind, language: &str) -> Option<&Text> {
        let mut of_kind = self.texts.iter().filter(|it| it.kind == kind);
        let own = of_kind.clone().find(|it| it.language == language);
        own.or_else(|| of_kind.find(|it| it.language.is_empty()))
    }

    /// Whether there is such a text.
    pub fn has(&self, kind: Kind) -> bool {
        self.text(kind, "").is_some()
    }
}

/// Whether a version has a name that fits into a page and an address.
pub fn is_version(text: &str) -> bool {
    let fits = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    text.len() <= VERSION_CHARS_MAX && text.chars().all(fits)
}

/// Where somebody agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// When the account was asked for.
    SignUp,
    /// When somebody without an account booked.
    Booking,
    /// When somebody came by a join link.
    Join,
    /// When the app asked, because the texts had changed or were new.
    Again,
    /// When somebody without an account asked to be told of a free time.
    Waiting,
}

impl Place {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::SignUp,
        Self::Booking,
        Self::Join,
        Self::Again,
        Self::Waiting,
    ];

    /// In answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Booking => "booking",
            Self::Join => "join",
            Self::Again => "again",
            Self::Waiting => "waiting",
        }
    }

    /// Whether it was said by somebody without an account.
    pub fn is_guests(self) -> bool {
        matches!(self, Self::Booking | Self::Join | Self::Waiting)
    }
}

/// That somebody agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// To what.
    pub version: String,
    /// Which texts those were then.
    pub edition: EditionId,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
    /// For which meeting, where it was for one.
    pub meeting: Option<MeetingId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: Kind, language: &str, words: &str) -> Text {
        Text {
            kind,
            language: language.into(),
            words: words.into(),
        }
    }

    /// Good enough here: another sum for another text.
    fn sum(bytes: &[u8]) -> [u8; 32] {
        let mut sum = [0u8; 32];
        for (at, byte) in bytes.iter().enumerate() {
            sum[at % 16] = sum[at % 16].wrapping_mul(31).wrapping_add(*byte);
        }
        sum
    }

    #[test]
    fn another_text_is_another_version_unless_the_operator_says_otherwise() {
        let of = |version, words| Edition::new(version, vec![text(Kind::Terms, "", words)], sum);
        let (one, two) = (of("", "Be kind.").unwrap(), of("", "Be kind!").unwrap());
        assert_ne!(one.version, two.version);
        assert_eq!(one, of("", "Be kind.").unwrap());
        let (one, two) = (
            of("2026-11", "Be kind.").unwrap(),
            of("2026-11", "Be kind!").unwrap(),
        );
        assert_eq!(one.version, two.version);
        assert_ne!(one.id, two.id, "what was agreed to can be told apart");
        assert_eq!(Edition::new("2026-11", vec![], sum), None);
    }

    #[test]
    fn the_order_of_the_files_says_nothing() {
        let (a, b) = (text(Kind::Privacy, "de", "x"), text(Kind::Terms, "", "y"));
        assert_eq!(
            Edition::new("", vec![a.clone(), b.clone()], sum),
            Edition::new("", vec![b, a], sum)
        );
    }

    #[test]
    fn a_reader_gets_their_language_or_the_one_for_everybody() {
        let texts = vec![
            text(Kind::Terms, "", "Terms"),
            text(Kind::Terms, "de", "Bedingungen"),
        ];
        let it = Edition::new("", texts, sum).unwrap();
        let read = |language| it.text(Kind::Terms, language).unwrap().words.as_str();
        assert_eq!((read("de"), read("fr")), ("Bedingungen", "Terms"));
        assert!(it.has(Kind::Terms) && !it.has(Kind::Privacy));
    }

    #[test]
    fn ids_and_versions_are_read_back_and_nothing_else_is() {
        let id = EditionId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254, 255]);
        assert_eq!(EditionId::parse(&id.hex()), Some(id));
        for wrong in ["", "00", &"g".repeat(32), &"ü".repeat(16), &"+1".repeat(16)] {
            assert_eq!(EditionId::parse(wrong), None, "{wrong}");
        }
        assert!(is_version("2026-11.a_b") && is_version(""));
        assert!(!is_version("a b") && !is_version("\"") && !is_version(&"a".repeat(41)));
    }
}
