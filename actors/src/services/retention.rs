//! The sweeps: meetings whose door closed, and everything that is kept longer than it may be.
//!
//! What is kept how long is one table ([`Services::sweep_old`]). Each sweep goes through its table
//! page by page, so that no batch and no pause is long.

use parlor_data::{
    Batch,
    nouns::{
        aftermath, call, conversation, idempotency, invitation as invitations, login, mail,
        meeting, one_time, payment_event, setting,
    },
};
use parlor_domain::{
    access::Admin,
    booking::Payment,
    mail::State,
    meeting::{Input, Meeting},
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services};

/// Rows that are looked at in one page.
const PAGE_ROWS: usize = 100;
/// The same for what gateways told us.
const EVENTS_PAGE: usize = 20;
/// How long an ended login is kept, so that its last token is still recognised.
const ENDED_LOGIN_KEEP: Millis = Millis::from_days(1);
/// When a meeting with a running call is looked at again after its door closed.
const LOOK_AGAIN: Millis = Millis::from_mins(10);

/// How many rows a sweep removed or stripped, by class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Logins that ended.
    pub logins: usize,
    /// Links that ended.
    pub links: usize,
    /// Answers to repeated commands.
    pub answers: usize,
    /// Mails that are done.
    pub mails: usize,
    /// What gateways told us.
    pub payment_events: usize,
    /// Call records.
    pub calls: usize,
    /// Meetings whose call times and invitations were removed (R282).
    pub meetings: usize,
}

impl Swept {
    fn lines(&self) -> [(&'static str, u64); 7] {
        [
            ("logins", self.logins as u64),
            ("links", self.links as u64),
            ("answers", self.answers as u64),
            ("mails", self.mails as u64),
            ("payment_events", self.payment_events as u64),
            ("calls", self.calls as u64),
            ("meetings", self.meetings as u64),
        ]
    }
}

/// One class of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionLine {
    /// Which.
    pub class: &'static str,
    /// How long it is kept after it is done.
    pub keep: Millis,
    /// How many the last sweep removed or stripped.
    pub removed: u64,
}

/// What is kept how long, and what the last sweep did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// When it ran.
    pub swept_at: Option<Timestamp>,
    /// By class.
    pub lines: Vec<RetentionLine>,
}

impl Services {
    /// Gives meetings whose door closed their last status; gives how many were looked at.
    pub async fn sweep_closed_meetings(&self) -> Result<usize, ServiceError> {
        let now = self.now();
        let closed = meeting::load_closed(&self.0.store, now, PAGE_ROWS)?;
        let count = closed.len();
        for (entry, meeting) in closed {
            if let Some(meeting) = meeting {
                let after = self
                    .step(meeting.id, |it, now| Ok(self.looked_at(it, now)))
                    .await?;
                let waits = !after.status.is_over() && now >= after.closes_at(self.0.config.window);
                if waits {
                    let again = meeting::watch_closing(now + LOOK_AGAIN, after.id);
                    self.write(again.and(entry.remove())).await?;
                    continue;
                }
            }
            self.write(entry.remove()).await?;
        }
        Ok(count)
    }

    /// What the time alone does to a meeting.
    fn looked_at(&self, meeting: &Meeting, now: Timestamp) -> Input {
        let divided = meeting.booking.as_ref().map(|it| it.payment);
        let ripe = meeting.updated_at + self.0.config.dispute_window <= now;
        match divided {
            Some(Payment::Divided(_)) if ripe && meeting.status.is_over() => Input::Mature,
            _ => Input::Tick,
        }
    }

    /// Removes what is older than it may be.
    ///
    /// | class | kept |
    /// |---|---|
    /// | logins | one day after they ended |
    /// | one-time links | until they end |
    /// | answers to repeated commands | `idempotency_keep` |
    /// | mails that are done | `sent_mail_keep` |
    /// | what gateways told us, once applied | `payment_event_keep` |
    /// | call records; call times and invitations of meetings that are over | `call_metadata_keep` |
    pub async fn sweep_old(&self) -> Result<Swept, ServiceError> {
        let swept = Swept {
            logins: self.sweep_logins().await?,
            links: self.sweep_links().await?,
            answers: self.sweep_answers().await? + self.sweep_message_keys().await?,
            mails: self.sweep_mails().await?,
            payment_events: self.sweep_old_payment_events().await?,
            calls: self.sweep_calls().await?,
            meetings: self.sweep_meetings().await?,
        };
        let report = setting::note_swept(self.now(), &swept.lines())?;
        self.write(report).await?;
        Ok(swept)
    }

    /// What is kept how long, and what the last sweep removed; `None` before the first.
    pub fn retention(&self, _: Admin) -> Result<Retention, ServiceError> {
        let config = &self.0.config;
        let keeps = [
            ("logins", ENDED_LOGIN_KEEP),
            ("links", config.link_lifetime),
            ("answers", config.idempotency_keep),
            ("mails", config.sent_mail_keep),
            ("payment_events", config.payment_event_keep),
            ("calls", config.call_metadata_keep),
            ("meetings", config.call_metadata_keep),
        ];
        let last = setting::swept(&self.0.store)?;
        let removed = |class: &str| {
            let lines = last.iter().flat_map(|(_, lines)| lines);
            lines
                .filter(|(it, _)| it == class)
                .map(|(_, count)| *count)
                .sum()
        };
        Ok(Retention {
            swept_at: last.as_ref().map(|(at, _)| *at),
            lines: keeps
                .into_iter()
                .map(|(class, keep)| RetentionLine {
                    class,
                    keep,
                    removed: removed(class),
                })
                .collect(),
        })
    }

    fn before(&self, keep: Millis) -> Timestamp {
        self.now() - keep
    }

    /// A removal that lost a race is found again by the next sweep.
    async fn remove(&self, batch: Batch) -> Result<usize, ServiceError> {
        match self.write(batch).await {
            Ok(()) => Ok(1),
            Err(ServiceError::Contended) => Ok(0),
            Err(other) => Err(other),
        }
    }

    async fn sweep_logins(&self) -> Result<usize, ServiceError> {
        let before = self.before(ENDED_LOGIN_KEEP);
        let (mut count, mut after) = (0, None);
        loop {
            let page = login::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.id) else {
                return Ok(count);
            };
            after = Some(last);
            for old in &page {
                let ended = old.revoked_at.unwrap_or(old.expires_at).min(old.expires_at);
                if ended < before {
                    count += self.remove(login::remove(old)).await?;
                }
            }
        }
    }

    async fn sweep_links(&self) -> Result<usize, ServiceError> {
        let now = self.now();
        let (mut count, mut after) = (0, None);
        loop {
            let page = one_time::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.hash) else {
                return Ok(count);
            };
            after = Some(last);
            for old in page.iter().filter(|it| it.expires_at <= now) {
                count += self.remove(one_time::remove(old)).await?;
            }
        }
    }

    async fn sweep_answers(&self) -> Result<usize, ServiceError> {
        let before = self.before(self.0.config.idempotency_keep);
        let (mut count, mut after) = (0, None);
        loop {
            let (batch, removed, next) =
                idempotency::sweep(&self.0.store, after, before, PAGE_ROWS)?;
            self.write(batch).await?;
            count += removed;
            if next.is_none() {
                return Ok(count);
            }
            after = next;
        }
    }

    async fn sweep_message_keys(&self) -> Result<usize, ServiceError> {
        let before = self.before(self.0.config.idempotency_keep);
        let (mut count, mut after) = (0, None);
        loop {
            let (batch, removed, next) =
                conversation::sweep_done(&self.0.store, after, before, PAGE_ROWS)?;
            self.write(batch).await?;
            count += removed;
            if next.is_none() {
                return Ok(count);
            }
            after = next;
        }
    }

    async fn sweep_old_payment_events(&self) -> Result<usize, ServiceError> {
        let before = self.before(self.0.config.payment_event_keep);
        let (mut count, mut after) = (0, None);
        loop {
            // A body may be of many rows: few events make a full batch.
            let (batch, removed, next) =
                payment_event::sweep(&self.0.store, after, before, EVENTS_PAGE)?;
            self.write(batch).await?;
            count += removed;
            if next.is_none() {
                return Ok(count);
            }
            after = next;
        }
    }

    async fn sweep_mails(&self) -> Result<usize, ServiceError> {
        let before = self.before(self.0.config.sent_mail_keep);
        let (mut count, mut after) = (0, None);
        loop {
            let page = mail::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.id) else {
                return Ok(count);
            };
            after = Some(last);
            let useless = |it: &parlor_domain::mail::Mail| {
                let waits = matches!(it.state, State::Queued | State::Attempting);
                it.updated_at < before && (!waits || it.not_after < before)
            };
            for old in page.iter().filter(|it| useless(it)) {
                count += self.remove(mail::remove(old)).await?;
            }
        }
    }

    async fn sweep_calls(&self) -> Result<usize, ServiceError> {
        let before = self.before(self.0.config.call_metadata_keep);
        let (mut count, mut after) = (0, None);
        loop {
            let page = call::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.id) else {
                return Ok(count);
            };
            after = Some(last);
            let old = |it: &call::CallRecord| it.ended_at.unwrap_or(it.started_at) < before;
            for it in page.iter().filter(|it| old(it)) {
                let rest = aftermath::remove(&self.0.store, it.id, it.meeting, before)?;
                self.write(rest).await?;
                count += self.remove(call::remove(it)).await?;
            }
        }
    }

    async fn sweep_meetings(&self) -> Result<usize, ServiceError> {
        let before = self.before(self.0.config.call_metadata_keep);
        let (mut count, mut after) = (0, None);
        loop {
            let page = meeting::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.id) else {
                return Ok(count);
            };
            after = Some(last);
            for old in &page {
                let ended = old.call_ended_at.unwrap_or(old.terms.starts_at);
                if !old.status.is_over() || ended >= before {
                    continue;
                }
                let mut batch = Batch::new();
                for invitation in invitations::load_of(&self.0.store, old.id)? {
                    let hash = self.token_hash(invitation.id);
                    batch = batch.and(invitations::remove(&invitation, &hash));
                }
                let stripped = stripped(old);
                if stripped != old.value {
                    batch = batch.and(meeting::replace(old, &stripped)?);
                }
                if !batch.is_empty() {
                    count += self.remove(batch).await?;
                }
            }
        }
    }
}

/// A meeting without the times and the presence of its calls.
fn stripped(meeting: &Meeting) -> Meeting {
    Meeting {
        attendance: vec![],
        declared: vec![],
        call_started_at: None,
        call_ended_at: None,
        live_since: None,
        ..meeting.clone()
    }
}
