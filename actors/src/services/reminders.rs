//! The reminder sweep: what is due becomes mails, in one batch with its removal from the list.

use parlor_data::{Batch, nouns::reminder};
use parlor_domain::{mail::Kind, meeting::Status, reminder::USELESS_AFTER};

use super::{ServiceError, Services};

/// Most reminders that one sweep takes.
const SWEEP_MAX: usize = 200;

impl Services {
    /// Queues the mails of all reminders that are due; gives their number. A reminder of an older
    /// version, of a meeting that does not wait any more, or too late for any use, is dropped.
    pub async fn sweep_reminders(&self) -> Result<usize, ServiceError> {
        let now = self.now();
        let mut mails = 0;
        for due in reminder::load_due(&self.0.store, now, SWEEP_MAX)? {
            let meeting = match self.load_meeting(due.meeting) {
                Ok(meeting) => Some(meeting.value),
                Err(ServiceError::NotFound) => None,
                Err(other) => return Err(other),
            };
            let wanted = meeting.filter(|it| {
                it.version == due.version
                    && it.status == Status::Confirmed
                    && now < it.terms.starts_at + USELESS_AFTER
            });
            let batch = match &wanted {
                Some(meeting) => {
                    let kind = || Kind::Reminder(meeting.id);
                    mails += 1 + self.invited(meeting)?.len();
                    self.mail_invited(kind, meeting)?
                        .and(self.mail_host(kind(), meeting)?)
                }
                None => Batch::new(),
            };
            self.write(batch.and(due.remove())).await?;
        }
        Ok(mails)
    }
}
