//! Mails: what kinds there are, and the outbox machine that carries one from queued to sent.
//!
//! SMTP cannot be exactly-once: when the line dies after the last byte, nobody knows. The machine
//! names that state ([`State::Ambiguous`]) and each kind says what to do about it. Must never hold
//! rendered text; a mail is rendered when it is sent, from these typed facts.

use crate::{
    account::Email,
    id::{MailId, MeetingId},
    time::{Millis, Timestamp},
};

/// Names the one-time token whose link a mail carries; the token itself is derived when the mail
/// is rendered.
pub type OneTimeId = [u8; 16];

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prove that this address is yours.
    Verify(OneTimeId),
    /// Somebody signed up with an address that has an account.
    AlreadyRegistered,
    /// Set a new password.
    Reset(OneTimeId),
    /// A reset was asked for an address without an account. Written so that the work is the same,
    /// never sent.
    ResetUnknown,
    /// Your password changed.
    PasswordChanged,
    /// You are invited; carries the personal link.
    Invitation(MeetingId),
    /// It moved; carries the new link.
    Changed(MeetingId),
    /// It is off.
    Cancelled(MeetingId),
    /// It starts soon; carries the link.
    Reminder(MeetingId),
}

impl Kind {
    /// The kind's word: in rows, in template names, in logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Verify(_) => "verify",
            Self::AlreadyRegistered => "already_registered",
            Self::Reset(_) => "reset",
            Self::ResetUnknown => "reset_unknown",
            Self::PasswordChanged => "password_changed",
            Self::Invitation(_) => "invitation",
            Self::Changed(_) => "changed",
            Self::Cancelled(_) => "cancelled",
            Self::Reminder(_) => "reminder",
        }
    }

    /// The meeting it speaks of.
    pub fn meeting(&self) -> Option<MeetingId> {
        match self {
            Self::Invitation(id) | Self::Changed(id) | Self::Cancelled(id) | Self::Reminder(id) => {
                Some(*id)
            }
            _ => None,
        }
    }

    /// Whether a mail whose fate is unknown is sent once more (with the same Message-ID). A second
    /// invitation is a nuisance, a missing one a missed meeting.
    pub fn repeat_when_unsure(&self) -> bool {
        self.meeting().is_some()
    }
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for its due time.
    Queued,
    /// Handed to the wire; persisted before the first byte.
    Attempting,
    /// The server took it.
    Sent,
    /// Nobody knows whether the server took it, and it will not be repeated.
    Ambiguous,
    /// The server refused it for good, or patience ended.
    Failed,
    /// Never to be sent: superseded, too late, or not meant to be.
    Dropped,
}

impl State {
    /// Every state with its word.
    pub const WORDS: [(Self, &'static str); 6] = [
        (Self::Queued, "queued"),
        (Self::Attempting, "attempting"),
        (Self::Sent, "sent"),
        (Self::Ambiguous, "ambiguous"),
        (Self::Failed, "failed"),
        (Self::Dropped, "dropped"),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(state, _)| *state == self)
            .map_or("queued", |(_, word)| word)
    }
}

/// One mail in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Made from what it is about and for whom, so that the same mail cannot be queued twice.
    pub id: MailId,
    /// About what.
    pub kind: Kind,
    /// To whom.
    pub to: Email,
    /// What to call them.
    pub name: String,
    /// In which language.
    pub language: String,
    /// In which zone times are told.
    pub time_zone: String,
    /// Version of the meeting it speaks of; an older one is not sent.
    pub version: u32,
    /// Where it stands.
    pub state: State,
    /// Attempts made.
    pub attempts: u32,
    /// When it may be tried next.
    pub due_at: Timestamp,
    /// When it is of no use any more.
    pub not_after: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Accepted,
    /// Refused for now (4xx), or the server was not reached.
    Later,
    /// Refused for good (5xx).
    Never,
    /// The line died after the text was handed over, or the answer never came.
    Unknown,
}

/// Waits between attempts; after the last one patience ends.
const BACKOFF: [Millis; 8] = [
    Millis::from_secs(10),
    Millis::from_secs(30),
    Millis::from_mins(2),
    Millis::from_mins(10),
    Millis::from_mins(30),
    Millis::from_mins(60),
    Millis::from_mins(6 * 60),
    Millis::from_mins(24 * 60),
];
/// Wait before repeating a mail whose fate is unknown.
const UNSURE_WAIT: Millis = Millis::from_mins(2);

impl Mail {
    /// Takes it to the wire, or drops it when it is too late. `true` means: send it now.
    pub fn attempt(&mut self, now: Timestamp) -> bool {
        if self.state != State::Queued || now < self.due_at {
            return false;
        }
        self.updated_at = now;
        if now >= self.not_after {
            self.state = State::Dropped;
            return false;
        }
        self.state = State::Attempting;
        self.attempts += 1;
        true
    }

    /// Notes what became of the attempt.
    pub fn settle(&mut self, outcome: Outcome, now: Timestamp) {
        if self.state != State::Attempting {
            return;
        }
        self.updated_at = now;
        match outcome {
            Outcome::Accepted => self.state = State::Sent,
            Outcome::Never => self.state = State::Failed,
            Outcome::Later => {
                let wait = BACKOFF.get(self.attempts.saturating_sub(1) as usize);
                self.again_after(wait.copied(), State::Failed, now);
            }
            Outcome::Unknown => {
                let wait =
                    (self.kind.repeat_when_unsure() && self.attempts < 2).then_some(UNSURE_WAIT);
                self.again_after(wait, State::Ambiguous, now);
            }
        }
    }

    /// After a restart: whatever was on the wire has an unknown fate.
    pub fn recover(&mut self, now: Timestamp) {
        self.settle(Outcome::Unknown, now);
    }

    /// Gives it up before it was sent.
    pub fn drop_unsent(&mut self, now: Timestamp) {
        if self.state == State::Queued {
            self.state = State::Dropped;
            self.updated_at = now;
        }
    }

    fn again_after(&mut self, wait: Option<Millis>, otherwise: State, now: Timestamp) {
        match wait {
            Some(wait) if now + wait < self.not_after => {
                self.state = State::Queued;
                self.due_at = now + wait;
            }
            _ => self.state = otherwise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn mail(kind: Kind) -> Mail {
        Mail {
            id: MailId(Uuid::from_u128(1)),
            kind,
            to: Email::parse("a@example.org").unwrap(),
            name: "A".into(),
            language: "en".into(),
            time_zone: "UTC".into(),
            version: 1,
            state: State::Queued,
            attempts: 0,
            due_at: Timestamp(0),
            not_after: Timestamp(3_600_000),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    /// Outcomes one after another, each as soon as it is due.
    fn run(kind: Kind, outcomes: &[Outcome]) -> (State, u32, i64) {
        let mut mail = mail(kind);
        for outcome in outcomes {
            assert!(mail.attempt(mail.due_at), "{:?}", mail.state);
            mail.settle(*outcome, mail.due_at);
        }
        (mail.state, mail.attempts, mail.due_at.0)
    }

    #[test]
    fn what_becomes_of_a_mail() {
        use Outcome::*;
        let invitation = || Kind::Invitation(MeetingId(Uuid::from_u128(9)));
        let reset = || Kind::Reset([0; 16]);
        let cases = [
            (reset(), vec![Accepted], (State::Sent, 1, 0)),
            (reset(), vec![Never], (State::Failed, 1, 0)),
            (reset(), vec![Later], (State::Queued, 1, 10_000)),
            (
                reset(),
                vec![Later, Later, Accepted],
                (State::Sent, 3, 40_000),
            ),
            // A secret is not repeated blindly, a meeting is, once.
            (reset(), vec![Unknown], (State::Ambiguous, 1, 0)),
            (invitation(), vec![Unknown], (State::Queued, 1, 120_000)),
            (
                invitation(),
                vec![Unknown, Unknown],
                (State::Ambiguous, 2, 120_000),
            ),
        ];
        for (kind, outcomes, expected) in cases {
            assert_eq!(
                run(kind.clone(), &outcomes),
                expected,
                "{kind:?} {outcomes:?}"
            );
        }
    }

    #[test]
    fn patience_ends_with_usefulness() {
        let mut late = mail(Kind::PasswordChanged);
        assert!(!late.attempt(Timestamp(3_600_000)));
        assert_eq!(late.state, State::Dropped);
        // The next wait would end after it is of use: give up now.
        let outcomes = [Outcome::Later; 6];
        assert_eq!(run(Kind::PasswordChanged, &outcomes).0, State::Failed);
    }

    #[test]
    fn a_restart_in_the_middle_is_an_unknown_fate() {
        let mut it = mail(Kind::Verify([1; 16]));
        assert!(it.attempt(Timestamp(0)));
        assert!(!it.attempt(Timestamp(0)), "one attempt at a time");
        it.recover(Timestamp(5));
        assert_eq!(it.state, State::Ambiguous);
    }
}
