//! The reminder sweep: what is due becomes mails, in one batch with its removal from the list.

use futures_util::{StreamExt, TryStreamExt};
use parlor_data::{
    Batch,
    nouns::{
        account as accounts,
        reminder::{self, Reminder},
    },
};
use parlor_domain::{
    mail::Kind,
    meeting::{Meeting, Status},
    reminder::{USELESS_AFTER, is_outrun},
};

use super::{ServiceError, Services, outbox::Recipient};

/// Reminders taken from the list at once.
const PAGE: usize = 256;
/// Reminders written at once: they share the disk's flushes.
const AT_ONCE: usize = 64;

impl Services {
    /// Queues the mails of all reminders that are due; gives their number. A reminder of an older
    /// version, of a meeting that does not wait any more, too late for any use, or outrun by a later
    /// one, is dropped.
    pub async fn sweep_reminders(&self) -> Result<usize, ServiceError> {
        let mut mails = 0;
        loop {
            let due = reminder::load_due(&self.0.store, self.now(), PAGE)?;
            let full = due.len() == PAGE;
            mails += futures_util::stream::iter(due)
                .map(|due| self.remind(due))
                .buffer_unordered(AT_ONCE)
                .try_fold(0, async |sum, mails| Ok(sum + mails))
                .await?;
            if !full {
                return Ok(mails);
            }
        }
    }

    /// One reminder. Its entry of the list must still be there, so that it becomes mails once.
    async fn remind(&self, due: Reminder) -> Result<usize, ServiceError> {
        let meeting = self.meeting_to_remind(&due)?;
        let (batch, mails) = match &meeting {
            Some(meeting) => self.reminder_mails(meeting, &due)?,
            None => (Batch::new(), 0),
        };
        match self.write(batch.and(due.take())).await {
            Ok(()) => {
                meeting.iter().for_each(|it| self.notify_of_start(it));
                Ok(mails)
            }
            Err(ServiceError::Contended) => Ok(0),
            Err(other) => Err(other),
        }
    }

    fn meeting_to_remind(&self, due: &Reminder) -> Result<Option<Meeting>, ServiceError> {
        let now = self.now();
        let meeting = self.meeting_to_mail(due.meeting)?;
        Ok(meeting.filter(|it| {
            let leads = it.reminder_leads(&self.0.config.reminder_leads);
            let starts_at = it.terms.starts_at;
            it.version == due.version
                && it.status == Status::Confirmed
                && now < starts_at + USELESS_AFTER
                && !is_outrun(due.due_at, starts_at, leads, now)
        }))
    }

    /// The mails to the host and to everybody who holds a link.
    fn reminder_mails(
        &self,
        meeting: &Meeting,
        due: &Reminder,
    ) -> Result<(Batch, usize), ServiceError> {
        let host = accounts::load(&self.0.store, meeting.host)?;
        // Of a session, the host is reminded once.
        let session = self.session_of(meeting)?;
        let first = session.iter().map(|it| it.id).min() == Some(meeting.id);
        let led = host.iter().filter(|_| first || meeting.seats() == 1);
        let mut readers: Vec<Recipient> = led.map(|it| self.recipient(it)).collect();
        for it in self.invited(meeting)? {
            readers.push(self.reader_of(meeting, &it, host.as_deref())?);
        }
        let count = readers.len();
        let until = meeting.terms.starts_at + USELESS_AFTER;
        let batch = readers.into_iter().try_fold(Batch::new(), |batch, to| {
            let kind = Kind::Reminder(meeting.id);
            let mail = self.mail_about(kind, to, meeting.version, until, due.due_at);
            Ok::<_, ServiceError>(batch.and(self.queue(&mail)?))
        })?;
        Ok((batch, count))
    }
}
