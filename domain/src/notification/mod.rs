//! What somebody is told that they did not ask for: kinds, and how a list of them is read.
//!
//! A notification holds facts, not words: whoever shows it says it in the reader's language. One list
//! per person, numbered from 1 without holes; what is read is one mark and the few numbers above it.
//! `choice` decides which way one goes, `quiet` when nothing makes a sound, `digest` when what was not
//! read is mailed. Must never hold what was written in a message.

pub mod choice;
pub mod digest;
pub mod quiet;

use std::collections::BTreeSet;

use crate::{
    id::{CallId, MeetingId, ReportId, ServiceId, UserId},
    money::MilliCoins,
    time::{Millis, Timestamp},
};

/// Number of a notification in its person's list, from 1. 0 means "before the first".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NtfSeq(pub u64);

/// What it is about (R212).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A client asks for a time; the host answers.
    BookingRequest(MeetingId),
    /// A booking stands.
    BookingConfirmed(MeetingId),
    /// The host said no to what was asked for.
    BookingDeclined(MeetingId),
    /// It is off.
    BookingCancelled(MeetingId),
    /// It has another time.
    BookingMoved {
        /// Which.
        meeting: MeetingId,
        /// When it starts now.
        starts_at: Timestamp,
    },
    /// It starts soon.
    Reminder(MeetingId),
    /// Somebody wrote.
    Message(UserId),
    /// A client said how a call was.
    Review(CallId),
    /// Somebody was reported; for admins.
    Report(ReportId),
    /// Coins arrived in the wallet.
    Payment,
    /// Somebody called and was not answered.
    MissedCall(CallId),
    /// A day for which somebody waited has a free time.
    Vacancy {
        /// Of whom.
        host: UserId,
        /// Of what.
        service: ServiceId,
        /// When.
        starts_at: Timestamp,
    },
    /// A call is over (R214).
    CallSummary(Summary),
    /// A copy of one's data can be taken.
    DataReady,
}

/// What was talked, in which calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// A call by the minute.
    Call(CallId),
    /// An appointment.
    Meeting(MeetingId),
}

/// A call, in short, as one of the two sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Which.
    pub of: Talk,
    /// How long it was.
    pub length: Millis,
    /// What it cost, or earned.
    pub coins: MilliCoins,
    /// Earned; otherwise it cost so much.
    pub earned: bool,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal,)*) => {
        /// A kind of them, for which people choose how they are told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];

            /// The kind's word, on the wire and in rows.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// [`About::BookingRequest`].
    BookingRequest = "booking-request",
    /// [`About::BookingConfirmed`].
    BookingConfirmed = "booking-confirmed",
    /// [`About::BookingDeclined`].
    BookingDeclined = "booking-declined",
    /// [`About::BookingCancelled`].
    BookingCancelled = "booking-cancelled",
    /// [`About::BookingMoved`].
    BookingMoved = "booking-moved",
    /// [`About::Reminder`].
    Reminder = "session-reminder",
    /// [`About::Message`].
    Message = "message",
    /// [`About::Review`].
    Review = "review",
    /// [`About::Report`]; for admins.
    Report = "report",
    /// [`About::Payment`].
    Payment = "payment",
    /// [`About::MissedCall`].
    MissedCall = "missed-call",
    /// [`About::Vacancy`].
    Vacancy = "vacancy",
    /// [`About::CallSummary`].
    CallSummary = "call-summary",
    /// [`About::DataReady`].
    DataReady = "data-ready",
}

impl Kind {
    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// How soon it must be heard of.
    pub fn urgency(self) -> Urgency {
        match self {
            Self::BookingRequest
            | Self::BookingCancelled
            | Self::BookingMoved
            | Self::Reminder
            | Self::MissedCall
            | Self::Vacancy => Urgency::High,
            Self::BookingConfirmed | Self::BookingDeclined | Self::Message | Self::Report => {
                Urgency::Normal
            }
            Self::Review | Self::Payment | Self::CallSummary | Self::DataReady => Urgency::Low,
        }
    }
}

impl About {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::BookingRequest(_) => Kind::BookingRequest,
            Self::BookingConfirmed(_) => Kind::BookingConfirmed,
            Self::BookingDeclined(_) => Kind::BookingDeclined,
            Self::BookingCancelled(_) => Kind::BookingCancelled,
            Self::BookingMoved { .. } => Kind::BookingMoved,
            Self::Reminder(_) => Kind::Reminder,
            Self::Message(_) => Kind::Message,
            Self::Review(_) => Kind::Review,
            Self::Report(_) => Kind::Report,
            Self::Payment => Kind::Payment,
            Self::MissedCall(_) => Kind::MissedCall,
            Self::Vacancy { .. } => Kind::Vacancy,
            Self::CallSummary(_) => Kind::CallSummary,
            Self::DataReady => Kind::DataReady,
        }
    }
}

/// How soon somebody who is away must hear of it; carriers that wake a phone ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// When the device is awake anyway.
    Low,
    /// As other things are.
    Normal,
    /// At once: it is of no use later.
    High,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its number.
    pub seq: NtfSeq,
    /// What it is about.
    pub about: About,
    /// Who or what it names: a person, a subject; never what somebody wrote in a message.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Most numbers above the mark that are read singly; the mark moves up when there are more.
pub const SINGLY_MAX: usize = 64;

/// What of a list was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadMarks {
    /// Everything up to here.
    pub up_to: NtfSeq,
    /// And these.
    pub singly: BTreeSet<NtfSeq>,
}

impl ReadMarks {
    /// Whether this one was read.
    pub fn has(&self, seq: NtfSeq) -> bool {
        seq <= self.up_to || self.singly.contains(&seq)
    }

    /// Reads everything up to `seq`.
    pub fn read_up_to(&mut self, seq: NtfSeq) {
        self.up_to = self.up_to.max(seq);
        self.settle();
    }

    /// Reads one.
    pub fn read(&mut self, seq: NtfSeq) {
        if !self.has(seq) {
            self.singly.insert(seq);
            self.settle();
        }
    }

    /// How many of a list are unread whose last number is `last`.
    pub fn unread(&self, last: NtfSeq) -> u64 {
        let above = last.0.saturating_sub(self.up_to.0);
        above.saturating_sub(self.singly.len() as u64)
    }

    fn settle(&mut self) {
        loop {
            let next = NtfSeq(self.up_to.0 + 1);
            let first = self.singly.first().copied();
            match first {
                Some(seq) if seq <= next || self.singly.len() > SINGLY_MAX => {
                    self.singly.remove(&seq);
                    self.up_to = self.up_to.max(seq);
                }
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_join_and_count() {
        let mut marks = ReadMarks::default();
        assert_eq!(marks.unread(NtfSeq(5)), 5);
        marks.read(NtfSeq(3));
        marks.read(NtfSeq(3));
        assert_eq!((marks.unread(NtfSeq(5)), marks.up_to), (4, NtfSeq(0)));
        marks.read(NtfSeq(1));
        marks.read(NtfSeq(2));
        assert_eq!((marks.up_to, marks.singly.len()), (NtfSeq(3), 0));
        marks.read(NtfSeq(5));
        marks.read_up_to(NtfSeq(4));
        assert_eq!((marks.up_to, marks.unread(NtfSeq(5))), (NtfSeq(5), 0));
    }

    proptest! {
        /// As long as few are read singly, the marks say what a plain set says.
        #[test]
        fn marks_are_a_set(steps in prop::collection::vec((any::<bool>(), 1u64..40), 0..40)) {
            let (mut marks, mut plain) = (ReadMarks::default(), BTreeSet::new());
            for (all, seq) in steps {
                match all {
                    true => { marks.read_up_to(NtfSeq(seq)); plain.extend(1..=seq); }
                    false => { marks.read(NtfSeq(seq)); plain.insert(seq); }
                }
                for seq in 1..=40 {
                    prop_assert_eq!(marks.has(NtfSeq(seq)), plain.contains(&seq));
                }
                prop_assert_eq!(marks.unread(NtfSeq(40)), 40 - plain.len() as u64);
            }
        }
    }
}
