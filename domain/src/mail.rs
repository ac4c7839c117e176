//! Mails: what kinds there are, and the outbox machine that carries one from queued to sent.
//!
//! SMTP cannot be exactly-once: when the line dies after the last byte, nobody knows. The machine
//! names that state ([`State::Ambiguous`]) and each kind says what to do about it. Must never hold
//! rendered text; a mail is rendered when it is sent, from these typed facts.

use std::collections::BTreeMap;

use crate::{
    account::Email,
    id::{MailId, MeetingId, ServiceId, UserId},
    notification::NtfSeq,
    time::{Millis, Timestamp},
};

/// Names the one-time token whose link a mail carries; the token itself is derived when the mail
/// is rendered.
pub type OneTimeId = [u8; 16];

/// Why what was asked for did not come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// The host said no.
    Declined,
    /// The host did not answer in time.
    Unanswered,
    /// It was not paid in time.
    Unpaid,
}

impl Lapse {
    /// Every reason; its place is its number in rows.
    pub const ALL: [Self; 3] = [Self::Declined, Self::Unanswered, Self::Unpaid];

    /// Its number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

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
    /// Your second factor was switched, recovered or renewed.
    SecondFactorChanged,
    /// A copy of your data is ready.
    DataReady(UserId),
    /// Your account is to be erased: when, and how to take it back.
    ErasureAsked(UserId),
    /// It is not to be erased any more.
    ErasureTakenBack(UserId),
    /// You are invited; carries the personal link.
    Invitation(MeetingId),
    /// It moved; carries the new link.
    Changed(MeetingId),
    /// It is off.
    Cancelled(MeetingId),
    /// It starts soon; carries the link.
    Reminder(MeetingId),
    /// What was asked for or booked did not come to be.
    Lapsed(MeetingId, Lapse),
    /// A time of a day for which somebody waits is free again.
    Vacancy {
        /// Of whom.
        host: UserId,
        /// Of what.
        service: ServiceId,
        /// When.
        starts_at: Timestamp,
    },
    /// What somebody who was away has not read, of the numbers after one up to another.
    Digest {
        /// Who.
        user: UserId,
        /// What came after this number.
        after: NtfSeq,
        /// And up to this one.
        up_to: NtfSeq,
    },
    /// An admin wants to see whether mail arrives. The id tells one test from the next.
    Test(OneTimeId),
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
            Self::SecondFactorChanged => "second_factor_changed",
            Self::DataReady(_) => "data_ready",
            Self::ErasureAsked(_) => "erasure_asked",
            Self::ErasureTakenBack(_) => "erasure_taken_back",
            Self::Invitation(_) => "invitation",
            Self::Changed(_) => "changed",
            Self::Cancelled(_) => "cancelled",
            Self::Reminder(_) => "reminder",
            Self::Lapsed(..) => "lapsed",
            Self::Vacancy { .. } => "vacancy",
            Self::Digest { .. } => "digest",
            Self::Test(_) => "test",
        }
    }

    /// The meeting it speaks of.
    pub fn meeting(&self) -> Option<MeetingId> {
        match self {
            Self::Invitation(id)
            | Self::Changed(id)
            | Self::Cancelled(id)
            | Self::Reminder(id)
            | Self::Lapsed(id, _) => Some(*id),
            _ => None,
        }
    }

    /// Whether a mail whose fate is unknown is sent once more (with the same Message-ID). A second
    /// invitation is a nuisance, a missing one a missed meeting.
    pub fn repeat_when_unsure(&self) -> bool {
        self.meeting().is_some()
    }

    /// With which others it is counted, if mails of this kind have a limit. A warning that a password
    /// changed has none: whoever fills the day of an address could hide it.
    pub fn counted(&self) -> Option<Counted> {
        match self {
            Self::Verify(_) | Self::AlreadyRegistered | Self::Reset(_) => Some(Counted::Account),
            Self::Vacancy { .. } => Some(Counted::Meeting),
            _ => self.meeting().map(|_| Counted::Meeting),
        }
    }

    /// Which of the mails this is that somebody may do without and still use the product. Such a mail
    /// carries a way to be spared of it (RFC 8058); the others answer an act or change an appointment.
    pub fn optional(&self) -> Option<Optional> {
        match self {
            Self::Reminder(_) => Some(Optional::Reminders),
            Self::Digest { .. } => Some(Optional::Digests),
            _ => None,
        }
    }
}

/// Mails that somebody may do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optional {
    /// Reminders of appointments.
    Reminders,
    /// Digests of what was not read.
    Digests,
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

/// Why a mail stands where it stands, when it was not simply sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was of no use any more when its turn came.
    TooLate,
    /// What it speaks of moved, ended or was called off.
    Superseded,
    /// What it tells of was read meanwhile.
    Read,
    /// Its reader does not want mails of this kind.
    Unwanted,
    /// Its address refused mail before.
    Suppressed,
    /// Its address got as many of its kind today as one address gets.
    TooMany,
    /// An admin dropped it.
    ByHand,
    /// The server refuses this address for good.
    NoMailbox,
    /// The server refuses this text for good.
    Refused,
    /// It was tried as often as it may be.
    Patience,
    /// The line died after the text was handed over.
    Unsure,
}

impl Why {
    /// Every reason with its word.
    pub const WORDS: [(Self, &'static str); 11] = [
        (Self::TooLate, "too_late"),
        (Self::Superseded, "superseded"),
        (Self::Read, "read"),
        (Self::Unwanted, "unwanted"),
        (Self::Suppressed, "suppressed"),
        (Self::TooMany, "too_many"),
        (Self::ByHand, "by_hand"),
        (Self::NoMailbox, "no_mailbox"),
        (Self::Refused, "refused"),
        (Self::Patience, "patience"),
        (Self::Unsure, "unsure"),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(why, _)| *why == self);
        found.map_or("", |(_, word)| word)
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
    /// Why it stands there; of a queued mail, what became of the last attempt.
    pub why: Option<Why>,
    /// The mail server's last answer, such as 451.
    pub reply: Option<u16>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Accepted,
    /// Refused for now (4xx), or the line broke before the text was handed over.
    Later,
    /// The text is refused for good (5xx).
    Never,
    /// The address is refused for good (5xx).
    NoMailbox,
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
            self.end(State::Dropped, Why::TooLate);
            return false;
        }
        self.state = State::Attempting;
        self.attempts += 1;
        true
    }

    /// Notes what became of the attempt, and the server's answer if there was one.
    pub fn settle(&mut self, outcome: Outcome, reply: Option<u16>, now: Timestamp) {
        if self.state != State::Attempting {
            return;
        }
        self.updated_at = now;
        self.reply = reply;
        match outcome {
            Outcome::Accepted => {
                self.state = State::Sent;
                self.why = None;
            }
            Outcome::Never => self.end(State::Failed, Why::Refused),
            Outcome::NoMailbox => self.end(State::Failed, Why::NoMailbox),
            Outcome::Later => {
                let wait = BACKOFF.get(self.attempts.saturating_sub(1) as usize);
                self.again_after(wait.copied(), (State::Failed, Why::Patience), now);
            }
            Outcome::Unknown => {
                let once_more = self.kind.repeat_when_unsure() && self.why != Some(Why::Unsure);
                let wait = once_more.then_some(UNSURE_WAIT);
                self.again_after(wait, (State::Ambiguous, Why::Unsure), now);
                self.why = Some(Why::Unsure);
            }
        }
    }

    /// After a restart: whatever was on the wire has an unknown fate.
    pub fn recover(&mut self, now: Timestamp) {
        self.settle(Outcome::Unknown, None, now);
    }

    /// Gives it up before it was sent.
    pub fn drop_unsent(&mut self, why: Why, now: Timestamp) {
        if self.state == State::Queued {
            self.end(State::Dropped, why);
            self.updated_at = now;
        }
    }

    /// Whether [`Mail::retry`] would queue it again.
    pub fn can_retry(&self, now: Timestamp) -> bool {
        let ended = matches!(
            self.state,
            State::Failed | State::Ambiguous | State::Dropped
        );
        // What was written only for the same work has no reason and is never sent.
        ended && self.why.is_some() && now < self.not_after
    }

    /// An admin wants it tried again, with new patience. `false` when there is nothing to try: it
    /// was sent, is on its way, or is of no use any more.
    pub fn retry(&mut self, now: Timestamp) -> bool {
        let can = self.can_retry(now);
        if can {
            self.state = State::Queued;
            self.why = None;
            self.attempts = 0;
            self.due_at = now;
            self.updated_at = now;
        }
        can
    }

    fn end(&mut self, state: State, why: Why) {
        self.state = state;
        self.why = Some(why);
    }

    fn again_after(&mut self, wait: Option<Millis>, otherwise: (State, Why), now: Timestamp) {
        match wait {
            Some(wait) if now + wait < self.not_after => {
                self.state = State::Queued;
                self.due_at = now + wait;
                // A fate that is unknown once stays so: a later certain failure does not allow a
                // second blind repeat.
            }
            _ => self.end(otherwise.0, otherwise.1),
        }
    }
}

/// What is known about an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub address: Email,
    /// When a server refused it for good, and with which answer. Nothing is sent there until an
    /// admin lifts this.
    pub refused: Option<(Timestamp, u16)>,
    /// Since when its reader does not want reminders.
    pub reminders_off_at: Option<Timestamp>,
    /// Since when its reader does not want digests.
    pub digests_off_at: Option<Timestamp>,
}

impl Standing {
    /// Nothing known yet.
    pub fn of(address: Email) -> Self {
        Self {
            address,
            refused: None,
            reminders_off_at: None,
            digests_off_at: None,
        }
    }

    /// Whether there is nothing to remember.
    pub fn says_nothing(&self) -> bool {
        *self == Self::of(self.address.clone())
    }

    /// Whether its reader wants these.
    pub fn wants(&self, which: Optional) -> bool {
        match which {
            Optional::Reminders => self.reminders_off_at.is_none(),
            Optional::Digests => self.digests_off_at.is_none(),
        }
    }

    /// Its reader wants these, or does not any more. Twice is as good as once.
    pub fn want(&mut self, which: Optional, wanted: bool, now: Timestamp) {
        let off_at = match which {
            Optional::Reminders => &mut self.reminders_off_at,
            Optional::Digests => &mut self.digests_off_at,
        };
        *off_at = match wanted {
            true => None,
            false => Some(off_at.unwrap_or(now)),
        };
    }

    /// Why a mail of this kind is not sent there, if it is not.
    pub fn objection(&self, kind: &Kind) -> Option<Why> {
        if self.refused.is_some() {
            Some(Why::Suppressed)
        } else if kind.optional().is_some_and(|it| !self.wants(it)) {
            Some(Why::Unwanted)
        } else {
            None
        }
    }
}

/// Mails that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Those with which an account is made and kept. Anybody may ask for them, for any address.
    Account,
    /// Those about meetings.
    Meeting,
}

/// How many mails one address gets on one day (UTC). Nobody's mailbox is to be filled through us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyMax {
    /// Of [`Counted::Account`].
    pub account: u32,
    /// Of [`Counted::Meeting`].
    pub meeting: u32,
}

impl Default for DailyMax {
    fn default() -> Self {
        Self {
            account: 20,
            meeting: 300,
        }
    }
}

/// What each address got today. Bounded by the mails of one day.
#[derive(Clone, Debug, Default)]
pub struct DayCount {
    day: i64,
    counts: BTreeMap<(Email, Counted), u32>,
}

impl DayCount {
    /// Counts a mail that is to go out now; `false` when its address got enough of its kind.
    pub fn take(&mut self, mail: &Mail, max: DailyMax, now: Timestamp) -> bool {
        let Some(counted) = mail.kind.counted() else {
            return true;
        };
        let most = match counted {
            Counted::Account => max.account,
            Counted::Meeting => max.meeting,
        };
        self.turn(now);
        let count = self.counts.entry((mail.to.clone(), counted)).or_default();
        let room = *count < most;
        *count += u32::from(room);
        room
    }

    /// A mail that was counted at `then` certainly did not arrive.
    pub fn give_back(&mut self, mail: &Mail, then: Timestamp) {
        let counted = mail.kind.counted().filter(|_| day_of(then) == self.day);
        let key = counted.map(|it| (mail.to.clone(), it));
        if let Some(count) = key.and_then(|key| self.counts.get_mut(&key)) {
            *count = count.saturating_sub(1);
        }
    }

    /// A mail that went out before this was made, such as before a restart.
    pub fn remember(&mut self, mail: &Mail, now: Timestamp) {
        self.turn(now);
        let went_out = matches!(mail.state, State::Sent | State::Ambiguous);
        if let (true, Some(counted)) = (went_out, mail.kind.counted())
            && day_of(mail.updated_at) == self.day
        {
            *self.counts.entry((mail.to.clone(), counted)).or_default() += 1;
        }
    }

    fn turn(&mut self, now: Timestamp) {
        if self.day != day_of(now) {
            self.day = day_of(now);
            self.counts.clear();
        }
    }
}

/// The day (UTC), counted from 1970-01-01.
fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(Millis::from_days(1).0)
}

/// Whether the mail server is worth a connection. After a failed one it is left alone for a while,
/// longer each time; the mails wait, and no patience of theirs is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    closed_until: Option<Timestamp>,
}

/// First wait after a failed connection; doubled by each further one.
const BREAKER_FIRST: Millis = Millis::from_secs(5);
/// Longest wait.
const BREAKER_MAX: Millis = Millis::from_mins(5);

impl Breaker {
    /// Whether a connection may be tried.
    pub fn allows(&self, now: Timestamp) -> bool {
        self.closed_until.is_none_or(|until| now >= until)
    }

    /// Until when it is left alone.
    pub fn closed_until(&self) -> Option<Timestamp> {
        self.closed_until
    }

    /// A connection failed.
    pub fn failed(&mut self, now: Timestamp) {
        let wait = BREAKER_FIRST.0 << self.failures.min(10);
        self.failures += 1;
        self.closed_until = Some(now + Millis(wait.min(BREAKER_MAX.0)));
    }

    /// A connection stands.
    pub fn worked(&mut self) {
        *self = Self::default();
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
            why: None,
            reply: None,
        }
    }

    /// Outcomes one after another, each as soon as it is due.
    fn run(kind: Kind, outcomes: &[Outcome]) -> (State, u32, i64) {
        let mut mail = mail(kind);
        for outcome in outcomes {
            assert!(mail.attempt(mail.due_at), "{:?}", mail.state);
            mail.settle(*outcome, None, mail.due_at);
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
            // Refused for now in between: still only one blind repeat.
            (
                invitation(),
                vec![Unknown, Later, Unknown],
                (State::Ambiguous, 3, 150_000),
            ),
            (invitation(), vec![NoMailbox], (State::Failed, 1, 0)),
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

    #[test]
    fn an_admin_may_try_again_what_ended_but_not_what_is_useless() {
        let now = Timestamp(10);
        let ended = |state, why| Mail {
            state,
            why,
            attempts: 8,
            ..mail(Kind::PasswordChanged)
        };
        let cases = [
            (State::Failed, Some(Why::Patience), true),
            (State::Ambiguous, Some(Why::Unsure), true),
            (State::Dropped, Some(Why::ByHand), true),
            (State::Dropped, None, false),
            (State::Sent, None, false),
            (State::Attempting, None, false),
        ];
        for (state, why, expected) in cases {
            let mut it = ended(state, why);
            assert_eq!(it.retry(now), expected, "{state:?} {why:?}");
            assert_eq!(it.attempt(now), expected, "{state:?} {why:?}");
        }
        let mut late = ended(State::Failed, Some(Why::Patience));
        assert!(!late.retry(late.not_after));
    }

    #[test]
    fn an_address_that_refuses_gets_nothing_and_a_reader_may_do_without_some() {
        let reminder = Kind::Reminder(MeetingId(Uuid::from_u128(9)));
        let address = Email::parse("a@example.org").unwrap();
        let mut it = Standing::of(address);
        assert_eq!(it.objection(&reminder), None);
        let digest = Kind::Digest {
            user: UserId(Uuid::from_u128(9)),
            after: NtfSeq(0),
            up_to: NtfSeq(1),
        };
        it.want(Optional::Reminders, false, Timestamp(1));
        it.want(Optional::Reminders, false, Timestamp(2));
        assert_eq!(it.reminders_off_at, Some(Timestamp(1)));
        assert_eq!(it.objection(&reminder), Some(Why::Unwanted));
        assert_eq!(it.objection(&digest), None, "each by itself");
        it.want(Optional::Digests, false, Timestamp(2));
        assert_eq!(it.objection(&digest), Some(Why::Unwanted));
        it.want(Optional::Digests, true, Timestamp(3));
        assert_eq!(it.objection(&digest), None);
        assert_eq!(it.objection(&Kind::PasswordChanged), None);
        it.refused = Some((Timestamp(1), 550));
        assert_eq!(it.objection(&Kind::PasswordChanged), Some(Why::Suppressed));
    }

    #[test]
    fn an_address_gets_so_many_a_day_and_no_more() {
        let max = DailyMax {
            account: 2,
            meeting: 1,
        };
        let day = Millis::from_days(1);
        let mut it = DayCount::default();
        let now = Timestamp(0) + Millis::from_days(20_000);
        let meeting = mail(Kind::Reminder(MeetingId(Uuid::from_u128(9))));
        let reset = mail(Kind::Reset([0; 16]));
        let other = Mail {
            to: Email::parse("b@example.org").unwrap(),
            ..reset.clone()
        };
        let takes = |it: &mut DayCount, mail: &Mail, now| it.take(mail, max, now);
        assert_eq!(
            [&reset, &reset, &reset, &meeting, &meeting, &other]
                .map(|mail| takes(&mut it, mail, now)),
            [true, true, false, true, false, true]
        );
        // A warning always goes.
        assert!((0..9).all(|_| takes(&mut it, &mail(Kind::PasswordChanged), now)));
        it.give_back(&reset, now);
        assert!(takes(&mut it, &reset, now) && !takes(&mut it, &reset, now));
        assert!(takes(&mut it, &reset, now + day));
        // What was counted yesterday gives nothing back today.
        it.give_back(&reset, now);
        assert!(takes(&mut it, &reset, now + day) && !takes(&mut it, &reset, now + day));
        let mut fresh = DayCount::default();
        let sent = |state, updated_at| Mail {
            state,
            updated_at,
            ..reset.clone()
        };
        for mail in [
            sent(State::Sent, now),
            sent(State::Ambiguous, now),
            sent(State::Failed, now),
            sent(State::Sent, now - day),
        ] {
            fresh.remember(&mail, now);
        }
        assert!(!takes(&mut fresh, &reset, now) && takes(&mut fresh, &meeting, now));
    }

    #[test]
    fn a_server_that_fails_is_left_alone_for_longer_and_longer() {
        let mut it = Breaker::default();
        let mut waits = vec![];
        for _ in 0..8 {
            assert!(it.allows(Timestamp(0)));
            it.failed(Timestamp(0));
            let until = it.closed_until().unwrap();
            assert!(!it.allows(until - Millis(1)) && it.allows(until));
            waits.push(until.0 / 1_000);
            it.closed_until = None;
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
        it.worked();
        assert_eq!(it, Breaker::default());
    }
}
