//! What somebody who was away has not read: mailed once, rarely, and without what was written; and the
//! devices that quiet hours kept asleep.
//!
//! When a digest is looked at lies in the store, written with the notification that began it; the mail
//! and the new state are one batch, which requires the list as it was read. A server that dies in
//! between has done both or neither. Must never decide when: `domain/notification/digest` does.

use std::collections::BTreeMap;

use parlor_data::{
    Batch,
    nouns::{
        account as accounts, inbox, notification as rows,
        notification_due::{self as due, Held},
    },
};
use parlor_domain::{
    conversation::ConversationId,
    id::UserId,
    mail::{Kind, Optional},
    notification::{
        About, Notification, NtfSeq,
        choice::{Channel, Choices, MailWay},
        digest::{Found, Step},
    },
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services};

/// Digests looked at in one sweep, and devices woken.
const PAGE: usize = 256;
/// Lines of a digest for what is no message.
const OTHERS_MAX: usize = 10;
/// People in a digest who wrote.
const PEOPLE_MAX: usize = 10;
/// How long a digest that could not be sent is of use.
const LIFE: Millis = Millis::from_days(1);

/// Somebody wrote, and was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedMessages {
    /// Who.
    pub name: String,
    /// How many messages.
    pub count: u64,
}

/// What a digest tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Who wrote, the latest first.
    pub messages: Vec<MissedMessages>,
    /// What else there was, the latest first.
    pub others: Vec<Notification>,
    /// What there is no room for.
    pub more: usize,
}

impl Missed {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.others.is_empty()
    }
}

impl Services {
    /// Something waits to be mailed at `at` at the earliest. Requires where the digest stood, so that a
    /// sweep that takes it at this moment does not miss this.
    pub(super) fn wait_for_digest(
        &self,
        user: UserId,
        at: Timestamp,
    ) -> Result<Batch, ServiceError> {
        let old = due::digest(&self.0.store, user)?;
        let mut new = old.as_ref().map(|it| it.value).unwrap_or_default();
        new.wait(at, self.0.config.digests);
        Ok(due::put_digest(user, old.as_ref(), &new)?)
    }

    /// Looks at the digests that are due; gives how many mails were queued.
    pub async fn sweep_digests(&self) -> Result<usize, ServiceError> {
        let mut mails = 0;
        for (at, user) in due::digests_due(&self.0.store, self.now(), PAGE)? {
            match self.look_at_digest(at, user).await {
                Ok(mailed) => mails += usize::from(mailed),
                // The list or the digest moved on; the next sweep looks again.
                Err(ServiceError::Contended) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(mails)
    }

    async fn look_at_digest(&self, at: Timestamp, user: UserId) -> Result<bool, ServiceError> {
        let account = accounts::load(&self.0.store, user)?;
        let old = due::digest(&self.0.store, user)?;
        let (Some(account), Some(old)) = (account, old.filter(|it| it.due == Some(at))) else {
            self.write(due::forget_due(at, user)).await?;
            return Ok(false);
        };
        let head = rows::head(&self.0.store, user)?;
        let choices = self.choices_of(user)?;
        let found = Found {
            last: head.last,
            unread: !self.missed(user, old.told, head.last)?.is_empty(),
            wanted: self.wants_mail(&account.email, Optional::Digests)?,
            attended: self.is_attended(user),
            quiet_until: self.quiet_until(&account, &choices),
        };
        let mut new = old.value;
        let step = new.look(found, self.0.config.digests, self.now());
        let mut batch = due::put_digest(user, Some(&old), &new)?.and(rows::unchanged(user, &head));
        if let Step::Mail(after) = step {
            let up_to = new.told;
            let kind = Kind::Digest { user, after, up_to };
            let to = self.recipient(&account);
            batch = batch.and(self.queue(&self.mail(kind, to, 0, self.now() + LIFE))?);
        }
        self.write(batch).await?;
        Ok(step != Step::Keep)
    }

    /// What somebody has not read of the numbers after `after` up to `up_to`, as far as they want it
    /// mailed: as it is now.
    pub(crate) fn missed(
        &self,
        user: UserId,
        after: NtfSeq,
        up_to: NtfSeq,
    ) -> Result<Missed, ServiceError> {
        let head = rows::head(&self.0.store, user)?;
        let choices = self.choices_of(user)?;
        let end = NtfSeq(up_to.0.saturating_add(1));
        let latest = rows::before(&self.0.store, user, end, rows::PAGE_MAX)?;
        let new = latest.into_iter().take_while(|it| it.seq > after);
        let mut all = Missed::default();
        for it in new.filter(|it| !head.marks.has(it.seq) && is_mailed(it, &choices)) {
            match it.about {
                About::Message(from) => {
                    let count = self.unread_of(user, from)?;
                    match (count > 0, all.messages.len() < PEOPLE_MAX) {
                        (false, _) => {}
                        (true, true) => all.messages.push(MissedMessages {
                            name: it.name,
                            count,
                        }),
                        (true, false) => all.more += 1,
                    }
                }
                _ if all.others.len() < OTHERS_MAX => all.others.push(it),
                _ => all.more += 1,
            }
        }
        Ok(all)
    }

    /// How many messages of this person are unread; none of a conversation that was muted.
    fn unread_of(&self, user: UserId, from: UserId) -> Result<u64, ServiceError> {
        let Some(id) = ConversationId::pair(user, from) else {
            return Ok(0);
        };
        let now = inbox::unread_in(&self.0.store, user, id)?;
        Ok(match now.muted {
            true => 0,
            false => now.unread as u64,
        })
    }

    /// Wakes the devices of those whose quiet hours are over, once each, for the latest that they did
    /// not read meanwhile; gives how many.
    pub async fn sweep_held(&self) -> Result<usize, ServiceError> {
        let mut latest: BTreeMap<UserId, NtfSeq> = BTreeMap::new();
        for it in due::held(&self.0.store, self.now(), PAGE)? {
            match self.take_held(it).await? {
                true => {
                    let seq = latest.entry(it.user).or_default();
                    *seq = it.seq.max(*seq);
                }
                false => continue,
            }
        }
        let mut woken = 0;
        for (user, seq) in latest {
            let found = rows::before(&self.0.store, user, NtfSeq(seq.0 + 1), 1)?;
            if let Some(it) = found.first().filter(|it| it.seq == seq) {
                self.carry(user, it, it.about.kind().urgency());
                woken += 1;
            }
        }
        Ok(woken)
    }

    /// Takes one off the list; says whether it is still news to somebody who is away. One whose quiet
    /// hours last longer by now waits on.
    async fn take_held(&self, it: Held) -> Result<bool, ServiceError> {
        let choices = self.choices_of(it.user)?;
        let account = accounts::load(&self.0.store, it.user)?;
        let until = account.and_then(|account| self.quiet_until(&account, &choices));
        let batch = match until {
            Some(at) => it.take().and(Held { at, ..it }.insert()),
            None => it.take(),
        };
        match self.write(batch).await {
            Err(ServiceError::Contended) => return Ok(false),
            done => done?,
        }
        let read = rows::head(&self.0.store, it.user)?.marks.has(it.seq);
        Ok(until.is_none() && !read && !self.is_attended(it.user))
    }
}

fn is_mailed(it: &Notification, choices: &Choices) -> bool {
    let kind = it.about.kind();
    kind.mail_way() == MailWay::Digest && choices.wants(kind, Channel::Mail)
}
