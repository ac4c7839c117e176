//! Which way a notification goes: what somebody wants of each kind, and what that means at an instant.
//!
//! The list is kept always and by nobody's choice; what is chosen is whether a page shows it at once,
//! whether it is mailed and whether devices without a page are woken. Kinds about appointments have
//! mails of their own, written with their cause; they are never in a digest, so that nobody is mailed
//! twice of one thing. Must never ask who somebody is: [`decide`] is the one place where it is said.

use std::collections::BTreeMap;

use super::{Kind, Urgency, quiet::Quiet};
use crate::time::{Millis, Timestamp};

/// A way to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// A page that is open shows it at once, with a sound.
    Screen,
    /// It is mailed.
    Mail,
    /// Devices without a page are woken.
    Push,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Screen, Self::Mail, Self::Push];

    /// Its bit in rows.
    pub fn bit(self) -> u8 {
        match self {
            Self::Screen => 1,
            Self::Mail => 2,
            Self::Push => 4,
        }
    }
}

/// How people are mailed of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailWay {
    /// By a mail of its own that answers an act or changes an appointment; nobody goes without.
    Own,
    /// By a mail of its own that its reader may do without, at this address
    /// ([`Standing`](crate::mail::Standing)).
    Reminder,
    /// In the digest of what was not read.
    Digest,
}

impl Kind {
    /// How people are mailed of it.
    pub fn mail_way(self) -> MailWay {
        match self {
            Self::BookingRequest
            | Self::BookingConfirmed
            | Self::BookingDeclined
            | Self::BookingCancelled
            | Self::BookingMoved
            | Self::Vacancy
            | Self::DataReady => MailWay::Own,
            Self::Reminder => MailWay::Reminder,
            Self::Message
            | Self::Review
            | Self::Report
            | Self::Payment
            | Self::MissedCall
            | Self::CallSummary => MailWay::Digest,
        }
    }

    /// Whether somebody who chose nothing gets it this way.
    pub fn by_default(self, channel: Channel) -> bool {
        match channel {
            Channel::Screen => true,
            // What one did oneself, or only looks up, is no reason for a mail or for waking a phone.
            Channel::Mail => !matches!(self, Self::Payment | Self::CallSummary),
            Channel::Push => !matches!(self, Self::Payment | Self::CallSummary | Self::Review),
        }
    }

    /// Whether it says nothing any more a night later.
    fn is_fleeting(self) -> bool {
        self == Self::Reminder
    }
}

/// What somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// What differs from the default.
    changed: BTreeMap<(Kind, Channel), bool>,
    /// When nothing makes a sound.
    pub quiet: Option<Quiet>,
}

/// Mail of this kind is not to be chosen here: it is one of an appointment, or a reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotChosenHere;

impl Choices {
    /// Whether this kind is wanted this way.
    pub fn wants(&self, kind: Kind, channel: Channel) -> bool {
        let changed = self.changed.get(&(kind, channel)).copied();
        changed.unwrap_or_else(|| kind.by_default(channel))
    }

    /// Wants it, or not. What is as by default is forgotten, so that a better default reaches who
    /// never chose.
    ///
    /// # Errors
    /// Mail of a kind that has mails of its own.
    pub fn set(&mut self, kind: Kind, channel: Channel, wanted: bool) -> Result<(), NotChosenHere> {
        if channel == Channel::Mail && kind.mail_way() != MailWay::Digest {
            return Err(NotChosenHere);
        }
        match wanted == kind.by_default(channel) {
            true => self.changed.remove(&(kind, channel)),
            false => self.changed.insert((kind, channel), wanted),
        };
        Ok(())
    }

    /// What differs from the default.
    pub fn changed(&self) -> impl Iterator<Item = (Kind, Channel, bool)> {
        let all = self.changed.iter();
        all.map(|((kind, channel), wanted)| (*kind, *channel, *wanted))
    }

    /// Whether this is what somebody wants who never chose.
    pub fn says_nothing(&self) -> bool {
        self.changed.is_empty() && self.quiet.is_none()
    }
}

/// How things stand when there is something to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The instant.
    pub now: Timestamp,
    /// It is quiet until then.
    pub quiet_until: Option<Timestamp>,
    /// Somebody looks at one of their devices.
    pub attended: bool,
    /// So long somebody has to read before they are mailed.
    pub mail_after: Millis,
}

/// Whether and when devices without a page are woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Not for this one.
    Never,
    /// Now, as soon as this.
    Now(Urgency),
    /// At the end of the quiet hours, unless it was read by then.
    At(Timestamp),
}

/// What becomes of one; it is in the list whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// A page that is open puts it into its list and says nothing.
    pub silent: bool,
    /// Devices without a page.
    pub wake: Wake,
    /// The digest that has it goes out then at the earliest, unless it was read by then.
    pub mail_at: Option<Timestamp>,
}

/// Which way one of this kind goes.
pub fn decide(kind: Kind, choices: &Choices, scene: Scene) -> Decision {
    let wake = match (choices.wants(kind, Channel::Push), scene.quiet_until) {
        (false, _) => Wake::Never,
        (true, None) if scene.attended => Wake::Never,
        (true, None) => Wake::Now(kind.urgency()),
        (true, Some(_)) if kind.is_fleeting() => Wake::Never,
        (true, Some(end)) => Wake::At(end),
    };
    let mailed = kind.mail_way() == MailWay::Digest && choices.wants(kind, Channel::Mail);
    let mail_at = (scene.now + scene.mail_after).max(scene.quiet_until.unwrap_or(Timestamp::MIN));
    Decision {
        silent: scene.quiet_until.is_some() || !choices.wants(kind, Channel::Screen),
        wake,
        mail_at: mailed.then_some(mail_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const SOON: Timestamp = Timestamp(1_000_000 + 600_000);
    const DAWN: Timestamp = Timestamp(30_000_000);

    fn scene(quiet: bool, attended: bool) -> Scene {
        Scene {
            now: NOW,
            quiet_until: quiet.then_some(DAWN),
            attended,
            mail_after: Millis::from_mins(10),
        }
    }

    /// A decision as three words: shown or silent, when devices are woken, when it is mailed.
    fn said(it: Decision) -> String {
        let at = |at| match at {
            SOON => "soon",
            DAWN => "dawn",
            _ => "?",
        };
        let wake = match it.wake {
            Wake::Never => "-".to_owned(),
            Wake::Now(urgency) => format!("{urgency:?}").to_lowercase(),
            Wake::At(then) => at(then).to_owned(),
        };
        let screen = if it.silent { "silent" } else { "shown" };
        format!("{screen} {wake} {}", it.mail_at.map_or("-", at))
    }

    #[test]
    fn who_chose_nothing_is_told_of_each_kind_like_this() {
        // kind, somebody looks, nobody looks, in quiet hours
        let table = "
            booking-request    | shown - -    | shown high -       | silent dawn -
            booking-confirmed  | shown - -    | shown normal -     | silent dawn -
            booking-declined   | shown - -    | shown normal -     | silent dawn -
            booking-cancelled  | shown - -    | shown high -       | silent dawn -
            booking-moved      | shown - -    | shown high -       | silent dawn -
            session-reminder   | shown - -    | shown high -       | silent - -
            message            | shown - soon | shown normal soon  | silent dawn dawn
            review             | shown - soon | shown - soon       | silent - dawn
            report             | shown - soon | shown normal soon  | silent dawn dawn
            payment            | shown - -    | shown - -          | silent - -
            missed-call        | shown - soon | shown high soon    | silent dawn dawn
            vacancy            | shown - -    | shown high -       | silent dawn -
            call-summary       | shown - -    | shown - -          | silent - -
            data-ready         | shown - -    | shown low -        | silent dawn -
        ";
        let mut lines = table.lines().map(str::trim).filter(|it| !it.is_empty());
        for kind in Kind::ALL {
            let said = [(false, true), (false, false), (true, false)]
                .map(|(quiet, attended)| decide(kind, &Choices::default(), scene(quiet, attended)))
                .map(said);
            let expected: Vec<_> = lines.next().unwrap().split('|').map(str::trim).collect();
            assert_eq!([kind.word(), &said[0], &said[1], &said[2]], expected[..]);
        }
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn each_channel_is_chosen_by_itself() {
        let mut it = Choices::default();
        let away = |it: &Choices| said(decide(Kind::Message, it, scene(false, false)));
        it.set(Kind::Message, Channel::Screen, false).unwrap();
        assert_eq!(away(&it), "silent normal soon");
        it.set(Kind::Message, Channel::Push, false).unwrap();
        assert_eq!(away(&it), "silent - soon");
        it.set(Kind::Message, Channel::Mail, false).unwrap();
        assert_eq!(away(&it), "silent - -");
        assert_eq!(
            said(decide(Kind::Message, &it, scene(true, false))),
            "silent - -"
        );
        assert_eq!(
            said(decide(Kind::MissedCall, &it, scene(false, false))),
            "shown high soon",
            "another kind is as it was"
        );
        for channel in Channel::ALL {
            it.set(Kind::Message, channel, true).unwrap();
        }
        assert!(it.says_nothing(), "a default is not kept");
    }

    #[test]
    fn what_has_a_mail_of_its_own_is_in_no_digest_whatever_is_chosen() {
        let own = Kind::ALL
            .into_iter()
            .filter(|it| it.mail_way() != MailWay::Digest);
        for kind in own {
            let mut it = Choices::default();
            assert_eq!(it.set(kind, Channel::Mail, true), Err(NotChosenHere));
            assert_eq!(it.set(kind, Channel::Mail, false), Err(NotChosenHere));
            assert_eq!(decide(kind, &it, scene(false, false)).mail_at, None);
        }
    }
}
