//! What the mailer asks of the services: the words of a mail, the mails that are due, and what
//! became of them.

use jiff::tz::TimeZone;
use minijinja::{Value, context};
use parlor_data::{
    Read,
    nouns::{account as accounts, mail as mails},
};
use parlor_domain::{
    mail::{Kind, Mail, State},
    meeting::{Meeting, Status},
    reminder,
    time::Timestamp,
};

use super::{
    smtp::{Letter, MailTransport},
    texts::{MailTexts, Rendered},
};
use crate::services::{ServiceError, Services};

/// Mails taken from the list at once.
const SWEEP_MAX: usize = 50;
/// Mails on the wire at once.
const AT_ONCE: usize = 2;
/// Newest mails that the developer's mailbox shows.
const SHOWN_MAX: usize = 200;
/// Rows looked at in one page.
const PAGE_ROWS: usize = 500;

/// A mail as the developer's mailbox shows it.
#[derive(Debug, Clone)]
pub struct ShownMail {
    /// The row.
    pub mail: Mail,
    /// The words.
    pub rendered: Rendered,
}

/// An instant as its reader's clock and calendar show it, with the zone's name.
pub fn local_time(at: Timestamp, zone: &str) -> String {
    let known = TimeZone::get(zone).map(|tz| (tz, zone));
    let (tz, name) = known.unwrap_or((TimeZone::UTC, "UTC"));
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(instant) => {
            let local = instant.to_zoned(tz).strftime("%A, %-d %B %Y, %H:%M");
            format!("{local} ({name})")
        }
        Err(_) => String::new(),
    }
}

impl Services {
    /// The words of a mail, or `None` when it is of no use any more: its meeting moved, ended, was
    /// called off or is gone.
    pub fn words(&self, texts: &MailTexts, mail: &Mail) -> Result<Option<Rendered>, ServiceError> {
        let facts = match mail.kind.meeting() {
            None => self.plain_facts(mail),
            Some(id) => match self.meeting_to_mail(id)? {
                Some(meeting) if self.is_current(mail, &meeting) => {
                    self.meeting_facts(mail, &meeting)?
                }
                _ => return Ok(None),
            },
        };
        texts
            .render(mail.kind.word(), &mail.language, facts)
            .map(Some)
            .map_err(|error| ServiceError::Internal(error.to_string()))
    }

    fn is_current(&self, mail: &Mail, meeting: &Meeting) -> bool {
        let current = mail.version == meeting.version;
        match mail.kind {
            Kind::Cancelled(_) => meeting.status == Status::Cancelled,
            Kind::Reminder(_) => {
                let useful_until = meeting.terms.starts_at + reminder::USELESS_AFTER;
                current && !meeting.status.is_over() && self.now() < useful_until
            }
            _ => current && !meeting.status.is_over(),
        }
    }

    fn plain_facts(&self, mail: &Mail) -> Value {
        let link = match &mail.kind {
            Kind::Verify(id) => self.one_time_link("verify", id),
            Kind::Reset(id) => self.one_time_link("reset", id),
            _ => String::new(),
        };
        context! { name => mail.name.as_str(), site => self.site(), link }
    }

    fn meeting_facts(&self, mail: &Mail, meeting: &Meeting) -> Result<Value, ServiceError> {
        let now = self.now();
        let to_host =
            accounts::load(self.store(), meeting.host)?.is_some_and(|host| host.email == mail.to);
        let host_name = self.name_of_host(meeting)?;
        let (other, link) = if to_host {
            (meeting.client.name.clone(), self.page_of(meeting))
        } else {
            (host_name, self.link_to(meeting, &mail.to)?)
        };
        let minutes_left = reminder::minutes_left(meeting.terms.starts_at, now);
        Ok(context! {
            name => mail.name.as_str(),
            site => self.site(),
            link,
            other,
            subject => meeting.terms.subject.as_str(),
            description => meeting.terms.description.as_str(),
            when => local_time(meeting.terms.starts_at, &mail.time_zone),
            minutes_long => meeting.terms.duration.0 / 60_000,
            opens_minutes => self.config().window.open_before.0 / 60_000,
            minutes_left,
            hours_left => (minutes_left + 30) / 60,
        })
    }

    /// The newest mails with their words, newest first, at most 200; for development only.
    pub fn mailbox(&self, texts: &MailTexts) -> Result<Vec<ShownMail>, ServiceError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = mails::page(self.store(), after, PAGE_ROWS)?;
            after = page.last().map(|it| it.id);
            let done = page.len() < PAGE_ROWS;
            all.extend(page.into_iter().map(|read| read.value));
            if done {
                break;
            }
        }
        all.retain(|it| it.state != State::Dropped);
        all.sort_by_key(|it| std::cmp::Reverse((it.created_at, it.id)));
        all.truncate(SHOWN_MAX);
        all.into_iter()
            .filter_map(|mail| match self.words(texts, &mail) {
                Ok(Some(rendered)) => Some(Ok(ShownMail { mail, rendered })),
                Ok(None) => None,
                Err(error) => Some(Err(error)),
            })
            .collect()
    }

    /// Mails that were on the wire when the process ended have an unknown fate. Called once, before
    /// the first sweep.
    pub async fn recover_mails(&self) -> Result<usize, ServiceError> {
        let mut count = 0;
        let open = mails::load_due(self.store(), Timestamp::MAX, 10_000)?;
        for old in open.iter().filter(|it| it.state == State::Attempting) {
            let mut mail = old.value.clone();
            mail.recover(self.now());
            self.commit(mails::replace(old, &mail)?).await?;
            count += 1;
        }
        Ok(count)
    }

    /// Sends what is due; gives how many mails were taken by the server. Not to be called twice at
    /// once: there is one mailer.
    pub async fn send_due(
        &self,
        texts: &MailTexts,
        transport: &dyn MailTransport,
    ) -> Result<usize, ServiceError> {
        use futures_util::{StreamExt, TryStreamExt};
        let due = mails::load_due(self.store(), self.now(), SWEEP_MAX)?;
        futures_util::stream::iter(due)
            .map(|mail| self.send_one(texts, transport, mail))
            .buffer_unordered(AT_ONCE)
            .try_fold(0, async |sum, sent| Ok(sum + usize::from(sent)))
            .await
    }

    async fn send_one(
        &self,
        texts: &MailTexts,
        transport: &dyn MailTransport,
        old: Read<Mail>,
    ) -> Result<bool, ServiceError> {
        if old.state != State::Queued {
            return Ok(false);
        }
        let mut mail = old.value.clone();
        let Some(words) = self.words(texts, &mail)? else {
            mail.drop_unsent(self.now());
            self.commit(mails::replace(&old, &mail)?).await?;
            return Ok(false);
        };
        let go = mail.attempt(self.now());
        self.commit(mails::replace(&old, &mail)?).await?;
        if !go {
            return Ok(false);
        }
        let letter = Letter {
            id: mail.id,
            to: mail.to.clone(),
            name: mail.name.clone(),
            words,
        };
        let outcome = transport.send(letter).await;
        let Some(on_wire) = mails::load(self.store(), mail.id)? else {
            return Ok(false);
        };
        mail.settle(outcome, self.now());
        self.commit(mails::replace(&on_wire, &mail)?).await?;
        tracing::info!(mail = %mail.id, kind = mail.kind.word(), state = mail.state.word(), attempts = mail.attempts, "mail");
        Ok(mail.state == State::Sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_readers_zone() {
        let at = Timestamp(1_774_753_200_000);
        for (zone, expected) in [
            ("UTC", "Sunday, 29 March 2026, 03:00 (UTC)"),
            (
                "Africa/Nairobi",
                "Sunday, 29 March 2026, 06:00 (Africa/Nairobi)",
            ),
            // The night in which the clocks go forward.
            (
                "Europe/Berlin",
                "Sunday, 29 March 2026, 05:00 (Europe/Berlin)",
            ),
            ("No/Where", "Sunday, 29 March 2026, 03:00 (UTC)"),
        ] {
            assert_eq!(local_time(at, zone), expected);
        }
    }
}
