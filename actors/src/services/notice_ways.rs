//! How people are told: what they chose, and which way one notification goes.
//!
//! Whether reminders and digests are mailed is known of the address, beside what it refuses; the rest is
//! known of the account. Must never decide: `domain/notification/choice` does.

use jiff::tz::TimeZone;
use parlor_data::{
    Batch,
    nouns::{notification_choice as choices, notification_due as due},
};
use parlor_domain::{
    access::Member,
    account::{Account, BadField},
    id::UserId,
    mail::Optional,
    notification::{
        Kind, Notification, Urgency,
        choice::{Channel, Choices, Decision, MailWay, Scene, Wake, decide},
        quiet::Quiet,
    },
    time::Timestamp,
};

use super::{ServiceError, Services};

/// How somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeWays {
    /// Of each kind, and when nothing makes a sound.
    pub choices: Choices,
    /// Reminders are mailed.
    pub reminders: bool,
    /// Digests are mailed.
    pub digests: bool,
    /// The zone of the quiet hours.
    pub time_zone: String,
    /// It is quiet now, until then.
    pub quiet_until: Option<Timestamp>,
    /// Devices without a page can be woken at all.
    pub pushes: bool,
}

/// What is to be otherwise. What is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeChange {
    /// Of these kinds, on these ways.
    pub kinds: Vec<(Kind, Channel, bool)>,
    /// Other quiet hours, or none.
    pub quiet: Option<Option<Quiet>>,
    /// Whether digests are mailed.
    pub digests: Option<bool>,
}

impl Services {
    /// How somebody is told.
    pub fn notice_ways(&self, who: Member) -> Result<NoticeWays, ServiceError> {
        let account = self.account_of(who.user)?;
        let choices = self.choices_of(who.user)?;
        Ok(NoticeWays {
            reminders: self.wants_mail(&account.email, Optional::Reminders)?,
            digests: self.wants_mail(&account.email, Optional::Digests)?,
            time_zone: account.time_zone.clone(),
            quiet_until: self.quiet_until(&account, &choices),
            pushes: self.0.push.get().is_some() && self.0.config.push.enabled,
            choices,
        })
    }

    /// Has it otherwise.
    ///
    /// # Errors
    /// `BadField` for mail of a kind about an appointment, which nobody goes without.
    pub async fn change_notice_ways(
        &self,
        who: Member,
        change: &NoticeChange,
    ) -> Result<NoticeWays, ServiceError> {
        let account = self.account_of(who.user)?;
        let mut reminders = None;
        for (kind, channel, wanted) in &change.kinds {
            match (channel, kind.mail_way()) {
                (Channel::Mail, MailWay::Own) => {
                    return Err(ServiceError::BadField(BadField {
                        field: "kinds",
                        why: "Mails about your appointments are always sent.",
                    }));
                }
                (Channel::Mail, MailWay::Reminder) => reminders = Some(*wanted),
                _ => {}
            }
        }
        self.retrying(async || {
            let old = choices::load(&self.0.store, who.user)?;
            let mut new = old.as_ref().map(|it| it.value.clone()).unwrap_or_default();
            for (kind, channel, wanted) in &change.kinds {
                // Reminders are known of the address.
                let _ = new.set(*kind, *channel, *wanted);
            }
            new.quiet = change.quiet.unwrap_or(new.quiet);
            if old.as_ref().map(|it| &it.value) == Some(&new) {
                return Ok(());
            }
            self.write(choices::save(who.user, old.as_ref(), &new)?)
                .await
        })
        .await?;
        for (which, wanted) in [
            (Optional::Reminders, reminders),
            (Optional::Digests, change.digests),
        ] {
            if let Some(wanted) = wanted {
                self.want_mail(&account.email, which, wanted).await?;
            }
        }
        self.notice_ways(who)
    }

    pub(super) fn choices_of(&self, user: UserId) -> Result<Choices, ServiceError> {
        let read = choices::load(&self.0.store, user)?;
        Ok(read.map(|it| it.value).unwrap_or_default())
    }

    pub(super) fn quiet_until(&self, account: &Account, choices: &Choices) -> Option<Timestamp> {
        let quiet = choices.quiet?;
        let zone = TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC);
        quiet.until(&zone, self.now())
    }

    /// Which way one goes that is about to be written, and what is written with it so that it goes.
    pub(super) fn ways(
        &self,
        account: &Account,
        it: &Notification,
    ) -> Result<(Decision, Batch), ServiceError> {
        let choices = self.choices_of(account.id)?;
        let scene = Scene {
            now: self.now(),
            quiet_until: self.quiet_until(account, &choices),
            attended: self.is_attended(account.id),
            mail_after: self.0.config.digests.delay,
        };
        let decision = decide(it.about.kind(), &choices, scene);
        let mut batch = Batch::new();
        if let (Wake::At(at), Some(_)) = (decision.wake, self.0.push.get()) {
            let (user, seq) = (account.id, it.seq);
            batch = batch.and(due::Held { at, user, seq }.insert());
        }
        if let Some(at) = decision.mail_at {
            batch = batch.and(self.wait_for_digest(account.id, at)?);
        }
        Ok((decision, batch))
    }

    /// To the devices of somebody on which no page is open.
    pub(super) fn carry(&self, user: UserId, it: &Notification, urgency: Urgency) {
        if let Some(push) = self.0.push.get() {
            push.push(user, it, urgency);
        }
    }
}
