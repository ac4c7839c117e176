//! What somebody is told that they did not ask for: kinds, and how a list of them is read.
//!
//! A notification holds facts, not words: whoever shows it says it in the reader's language. One list
//! per person, numbered from 1 without holes; what is read is one mark and the few numbers above it.
//! Must never hold what was written in a message.

use std::collections::BTreeSet;

use crate::{
    id::{CallId, MeetingId, ReportId, UserId},
    time::Timestamp,
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
    /// It is off.
    BookingCancelled(MeetingId),
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
}

impl About {
    /// The kind's word, on the wire and in rows.
    pub fn word(&self) -> &'static str {
        match self {
            Self::BookingRequest(_) => "booking-request",
            Self::BookingConfirmed(_) => "booking-confirmed",
            Self::BookingCancelled(_) => "booking-cancelled",
            Self::Reminder(_) => "session-reminder",
            Self::Message(_) => "message",
            Self::Review(_) => "review",
            Self::Report(_) => "report",
            Self::Payment => "payment",
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

impl About {
    /// How soon it must be heard of.
    pub fn urgency(&self) -> Urgency {
        match self {
            Self::Reminder(_) | Self::BookingRequest(_) | Self::BookingCancelled(_) => {
                Urgency::High
            }
            Self::Message(_) | Self::BookingConfirmed(_) | Self::Report(_) => Urgency::Normal,
            Self::Review(_) | Self::Payment => Urgency::Low,
        }
    }
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
