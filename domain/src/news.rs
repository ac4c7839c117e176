//! What happened to a meeting, in one word for those who are told (R064). The status alone does not
//! say it: a meeting that was moved has the status that it had.
//!
//! Must never decide anything: it compares a meeting with what it was.

use crate::meeting::{Meeting, Status};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was made, booked or asked for.
    Created,
    /// The host said yes.
    Accepted,
    /// The host said no.
    Declined,
    /// What was owed is paid.
    Paid,
    /// It has another time.
    Rescheduled,
    /// It was called off, or nobody answered or paid in time.
    Cancelled,
    /// Both sides met.
    Started,
    /// It is over.
    Ended,
    /// Something else about it.
    Updated,
}

impl News {
    /// What became of a meeting; `old` is missing when it is new.
    pub fn of(old: Option<&Meeting>, new: &Meeting) -> Self {
        let Some(old) = old else { return Self::Created };
        if old.status == new.status {
            let moved = old.terms.starts_at != new.terms.starts_at
                || old.terms.duration != new.terms.duration;
            return match moved {
                true => Self::Rescheduled,
                false => Self::Updated,
            };
        }
        match (old.status, new.status) {
            (Status::Requested, Status::Confirmed | Status::AwaitingPayment) => Self::Accepted,
            (_, Status::Confirmed) => Self::Paid,
            (_, Status::Declined) => Self::Declined,
            (_, Status::InProgress) => Self::Started,
            (_, Status::Cancelled) => Self::Cancelled,
            (Status::Requested | Status::AwaitingPayment, Status::Expired) => Self::Cancelled,
            (_, new) if new.is_over() => Self::Ended,
            _ => Self::Updated,
        }
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Paid => "paid",
            Self::Rescheduled => "rescheduled",
            Self::Cancelled => "cancelled",
            Self::Started => "started",
            Self::Ended => "ended",
            Self::Updated => "updated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{meeting::tests::meeting, time::Millis};

    #[test]
    fn every_change_has_its_word() {
        use Status::*;
        let cases = [
            (Requested, Confirmed, "accepted"),
            (Requested, AwaitingPayment, "accepted"),
            (Requested, Declined, "declined"),
            (Requested, Expired, "cancelled"),
            (AwaitingPayment, Confirmed, "paid"),
            (AwaitingPayment, Expired, "cancelled"),
            (Confirmed, InProgress, "started"),
            (Confirmed, Cancelled, "cancelled"),
            (Confirmed, NoShowHost, "ended"),
            (InProgress, Completed, "ended"),
            (NoShowHost, Completed, "ended"),
            (Confirmed, Confirmed, "updated"),
        ];
        for (old, new, word) in cases {
            let news = News::of(Some(&meeting(old)), &meeting(new));
            assert_eq!(news.word(), word, "{old:?} to {new:?}");
        }
        let mut moved = meeting(Confirmed);
        moved.terms.starts_at = moved.terms.starts_at + Millis::from_mins(5);
        let news = News::of(Some(&meeting(Confirmed)), &moved);
        assert_eq!(news.word(), "rescheduled");
        assert_eq!(News::of(None, &moved).word(), "created");
    }
}
