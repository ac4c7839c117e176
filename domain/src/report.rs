//! What one person tells the operators about another, with the messages that it is about copied into it.
//!
//! Must never reach the person that it is about, nor hold words that the one who reports could not read.

use crate::{
    account::BadField,
    conversation::{ConversationId, MsgSeq},
    id::{ReportId, RoomId, UserId},
    time::{Millis, Timestamp},
};

/// Longest words of a report or a decision, in characters.
pub const WORDS_MAX: usize = 1_000;
/// Most messages that are copied into one report.
pub const COPIED_MAX: usize = 20;
/// Most reports of one person within [`PER`].
pub const REPORTS_MAX: usize = 10;
/// See [`REPORTS_MAX`].
pub const PER: Millis = Millis::from_days(1);

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Insults, threats, or does not leave somebody alone.
    Harassment,
    /// Against whom somebody is.
    Hate,
    /// Sexual words or pictures that nobody asked for.
    Sexual,
    /// Announces or asks for violence, also against oneself.
    Violence,
    /// Wants money or secrets by deceit, or payment beside this place.
    Fraud,
    /// Advertises.
    Spam,
    /// Pretends to be somebody else.
    Impersonation,
    /// What the words say.
    Other,
}

impl Reason {
    /// Every reason with its word in rows and on the wire.
    pub const WORDS: [(Self, &'static str); 8] = [
        (Self::Harassment, "harassment"),
        (Self::Hate, "hate"),
        (Self::Sexual, "sexual"),
        (Self::Violence, "violence"),
        (Self::Fraud, "fraud"),
        (Self::Spam, "spam"),
        (Self::Impersonation, "impersonation"),
        (Self::Other, "other"),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        word_of(&Self::WORDS, self)
    }

    /// The reason with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        of_word(&Self::WORDS, word)
    }
}

fn word_of<T: Copy + PartialEq>(words: &[(T, &'static str)], it: T) -> &'static str {
    let found = words.iter().find(|(one, _)| *one == it);
    found.map_or("", |(_, word)| *word)
}

fn of_word<T: Copy>(words: &[(T, &'static str)], word: &str) -> Option<T> {
    words.iter().find(|(_, it)| *it == word).map(|(it, _)| *it)
}

/// Where somebody was when they reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a page of the other.
    Page,
    /// In a conversation.
    Conversation(ConversationId),
    /// In a room with the other.
    Room(RoomId),
}

/// A message as it was when it was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its number in the conversation.
    pub seq: MsgSeq,
    /// Who wrote it.
    pub sender: UserId,
    /// When.
    pub at: Timestamp,
    /// The words.
    pub text: String,
}

/// What an admin did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Dismissed,
    /// It is kept in mind.
    Noted,
    /// The account was suspended.
    Suspended,
}

impl Verdict {
    /// Every verdict with its word in rows and on the wire.
    pub const WORDS: [(Self, &'static str); 3] = [
        (Self::Dismissed, "dismissed"),
        (Self::Noted, "noted"),
        (Self::Suspended, "suspended"),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        word_of(&Self::WORDS, self)
    }

    /// The verdict with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        of_word(&Self::WORDS, word)
    }
}

/// A verdict, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was done.
    pub verdict: Verdict,
    /// Why; for admins only.
    pub note: String,
    /// Who decided.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub id: ReportId,
    /// Who reports.
    pub by: UserId,
    /// About whom.
    pub about: UserId,
    /// What is wrong.
    pub reason: Reason,
    /// In the reporter's words; may be empty unless the reason is [`Reason::Other`].
    pub words: String,
    /// Where.
    pub place: Place,
    /// Messages, oldest first.
    pub copied: Vec<Copied>,
    /// When.
    pub at: Timestamp,
    /// Nothing while it is open.
    pub decision: Option<Decision>,
}

/// It was decided before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the report was decided before")]
pub struct Decided;

impl Report {
    /// The report as it is decided; only once.
    pub fn decide(&self, decision: Decision) -> Result<Self, Decided> {
        match self.decision {
            Some(_) => Err(Decided),
            None => Ok(Self {
                decision: Some(decision),
                ..self.clone()
            }),
        }
    }
}

/// Words as they are kept; `needed` ones are not empty.
pub fn words(field: &'static str, text: &str, needed: bool) -> Result<String, BadField> {
    let fits = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let kept: String = text.chars().filter(fits).collect();
    let kept = kept.trim();
    if kept.chars().count() > WORDS_MAX {
        let why = "At most 1,000 characters, please.";
        return Err(BadField { field, why });
    }
    if needed && kept.is_empty() {
        let why = "Please say it in a few words.";
        return Err(BadField { field, why });
    }
    Ok(kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_report_is_decided_once() {
        let user = |n| UserId(Uuid::from_u128(n));
        let open = Report {
            id: ReportId(Uuid::from_u128(1)),
            by: user(2),
            about: user(3),
            reason: Reason::Spam,
            words: String::new(),
            place: Place::Page,
            copied: vec![],
            at: Timestamp(1),
            decision: None,
        };
        let decision = Decision {
            verdict: Verdict::Noted,
            note: "Look again".into(),
            by: user(9),
            at: Timestamp(2),
        };
        let decided = open.decide(decision.clone()).unwrap();
        assert_eq!(decided.decision.as_ref(), Some(&decision));
        assert_eq!(decided.decide(decision), Err(Decided));
    }

    #[test]
    fn words_come_back_and_have_an_end() {
        for (reason, word) in Reason::WORDS {
            assert_eq!((reason.word(), Reason::of_word(word)), (word, Some(reason)));
        }
        for (verdict, word) in Verdict::WORDS {
            assert_eq!(
                (verdict.word(), Verdict::of_word(word)),
                (word, Some(verdict))
            );
        }
        assert_eq!(words("words", " a\u{0}\nb ", true).unwrap(), "a\nb");
        assert!(words("words", " ", true).is_err());
        assert_eq!(words("words", " ", false).unwrap(), "");
        assert!(words("words", &"x".repeat(WORDS_MAX + 1), false).is_err());
    }
}
