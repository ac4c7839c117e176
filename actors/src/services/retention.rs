//! The sweeps: meetings whose door closed, and everything that is kept longer than it may be.
//!
//! What is kept how long is one table ([`Class::TABLE`]). Each sweep goes through its table
//! page by page, so that no batch and no pause is long.

use parlor_data::{
    Batch, LoadError, Store,
    nouns::{
        aftermath, agenda, agreement, call, conversation, erasure, idempotency,
        invitation as invitations, login, mail, meeting, notification, notification_due, one_time,
        paid_call, payment_event, push, report, setting, suspension,
    },
    personal,
};
use parlor_domain::{
    access::Admin,
    booking::Payment,
    mail::State,
    meeting::{Input, Meeting},
    paid::PaidCall,
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services, ServicesConfig};

/// Removals of one page, how many, and where the next page begins.
type Page = (Batch, usize, Option<Vec<u8>>);

/// Rows that are looked at in one page.
const PAGE_ROWS: usize = 100;
/// The same for what gateways told us.
const EVENTS_PAGE: usize = 20;
/// How long an ended login is kept, so that its last token is still recognised.
const ENDED_LOGIN_KEEP: Millis = Millis::from_days(1);
/// The longest until the next sweep.
const ONE_SWEEP: Millis = Millis::from_days(1);
/// No sweep removes what is kept so long.
pub const FOR_EVER: Millis = Millis(i64::MAX / 2);
/// When a meeting with a running call is looked at again after its door closed.
const LOOK_AGAIN: Millis = Millis::from_mins(10);

/// A class of rows that are not kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Logins that ended.
    Logins,
    /// One-time links that ended.
    Links,
    /// Answers to repeated commands.
    Answers,
    /// Mails that are done.
    Mails,
    /// What gateways told us, once applied.
    PaymentEvents,
    /// Call records, with what was moved, measured and said about them.
    Calls,
    /// Calls by the minute that nobody took, so that nothing was charged. Those with a bill are the
    /// receipts of the books and stay.
    MissedCalls,
    /// Days of agendas that are past.
    Agendas,
    /// What people were told beside what it was about.
    Notifications,
    /// Browsers that were to be knocked at, of logins that are over.
    Browsers,
    /// Reports that were decided, with the messages copied into them, and suspensions that ended.
    Reports,
    /// Call times, attendance and invitations of meetings that are over (R282); the meetings stay.
    Meetings,
    /// Records of the audit log, from its beginning.
    Audit,
    /// Addresses beside them.
    AuditAddresses,
    /// Messages with their files, where the operator limits how long they are kept.
    Messages,
    /// Files that were given to a conversation and never sent.
    Uploads,
    /// Contents of files that no message has any more; gone with the sweep after that.
    FileContents,
    /// That accounts were erased.
    Erasures,
    /// What people without an account agreed to.
    Agreements,
}

/// What a sweep does with what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Removes it.
    Remove,
    /// Counts it only.
    Count,
}

/// How long a class is kept after it is done.
type Keep = fn(&ServicesConfig) -> Millis;

impl Class {
    /// Every class with its word, and how long it is kept: the one table of retention.
    pub const TABLE: [(Self, &'static str, Keep); 19] = [
        (Self::Logins, "logins", |_| ENDED_LOGIN_KEEP),
        (Self::Links, "links", |it| it.link_lifetime),
        (Self::Answers, "answers", |it| it.idempotency_keep),
        (Self::Mails, "mails", |it| it.sent_mail_keep),
        (Self::PaymentEvents, "payment_events", |it| {
            it.payment_event_keep
        }),
        (Self::Calls, "calls", |it| it.call_metadata_keep),
        (Self::MissedCalls, "missed_calls", |it| {
            it.call_metadata_keep
        }),
        (Self::Agendas, "agendas", |it| it.call_metadata_keep),
        (Self::Notifications, "notifications", |it| {
            it.call_metadata_keep
        }),
        (Self::Browsers, "browsers", |_| Millis(0)),
        (Self::Reports, "reports", |it| it.report_keep),
        (Self::Meetings, "meetings", |it| it.call_metadata_keep),
        (Self::Audit, "audit", |it| it.audit_keep),
        (Self::AuditAddresses, "audit_addresses", |it| {
            it.audit_address_keep
        }),
        (Self::Messages, "messages", |it| it.chat_keep),
        (Self::Uploads, "uploads", |it| it.files.waiting_keep),
        (Self::FileContents, "file_contents", |_| ONE_SWEEP),
        (Self::Erasures, "erasures", |it| it.report_keep),
        (Self::Agreements, "agreements", |it| it.report_keep),
    ];

    /// How long the class of this word is kept; `None` where no sweep removes it.
    pub(super) fn keep(word: &str, config: &ServicesConfig) -> Option<Millis> {
        let (_, _, keep) = Self::TABLE.iter().find(|(_, it, _)| *it == word)?;
        Some(keep(config)).filter(|keep| *keep != FOR_EVER)
    }
}

/// What one sweep removed or stripped, by class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept(Vec<(&'static str, u64)>);

impl Swept {
    /// How many of the class with this word; zero as well when the sweep did not come to its end.
    pub fn count(&self, class: &str) -> u64 {
        let found = self.0.iter().find(|(word, _)| *word == class);
        found.map_or(0, |(_, count)| *count)
    }
}

/// One class of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionLine {
    /// Which.
    pub class: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// How long, by kind of rule.
    pub keeps: personal::Keeps,
    /// How long it is kept after it is done; `None` where no sweep removes it.
    pub keep: Option<Millis>,
    /// How many rows there are, those of its indexes counted too.
    pub rows: u64,
    /// When the oldest began, as far as their keys say it.
    pub oldest: Option<Timestamp>,
    /// How many a sweep would remove or strip now; `None` where none removes any.
    pub due: Option<u64>,
    /// How many the last sweep removed or stripped; `None` when it could not finish this class, or
    /// there was none yet.
    pub removed: Option<u64>,
}

/// What is kept how long, and what the last sweep did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// When it ran.
    pub swept_at: Option<Timestamp>,
    /// By class.
    pub lines: Vec<RetentionLine>,
}

/// The table of classes in the document about privacy, as the settings are by default.
pub fn retention_document() -> String {
    let config = ServicesConfig::default();
    let mut text = String::from("| data | kept | setting |\n|---|---|---|\n");
    for class in personal::CLASSES {
        let keep = Class::keep(class.word, &config).map(|it| it.0 / Millis::from_days(1).0);
        let kept = match (class.keeps, keep) {
            (_, Some(0)) => "not at all after that".to_owned(),
            (_, Some(1)) => "a day".to_owned(),
            (_, Some(days)) => format!("{days} days"),
            (personal::Keeps::Account, None) => "as long as the account".to_owned(),
            (personal::Keeps::Until(when) | personal::Keeps::Limited(when), None) => {
                when.to_owned()
            }
            (personal::Keeps::Ever | personal::Keeps::Swept, None) => "for ever".to_owned(),
        };
        let setting = match (class.setting, keep) {
            (setting, None) if matches!(class.keeps, personal::Keeps::Limited(_)) => {
                format!("`{setting} = 0` ")
            }
            ("", _) | (_, None) => String::new(),
            (setting, Some(days)) => format!("`{setting} = {days}` "),
        };
        text += &format!("| {} | {kept} | {setting}|\n", class.what);
    }
    text
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

    /// Removes what is older than it may be, class by class of [`Class::TABLE`]. A class that fails
    /// does not keep the others waiting.
    ///
    /// # Errors
    /// The first failure, when all classes were tried and the report was written.
    pub async fn sweep_old(&self) -> Result<Swept, ServiceError> {
        let (mut swept, mut failure) = (Swept::default(), None);
        for (class, word, keep) in Class::TABLE {
            match self
                .sweep_class(class, keep(&self.0.config), Way::Remove)
                .await
            {
                Ok(count) => swept.0.push((word, count as u64)),
                Err(error) => {
                    tracing::warn!(class = word, %error, "old rows could not be removed");
                    failure.get_or_insert(error);
                }
            }
        }
        self.write(setting::note_swept(self.now(), &swept.0)?)
            .await?;
        failure.map_or(Ok(swept), Err)
    }

    /// What [`sweep_old`](Self::sweep_old) would remove now, by class. Removes nothing.
    ///
    /// # Errors
    /// When a class cannot be read.
    pub async fn sweep_would(&self) -> Result<Swept, ServiceError> {
        let mut swept = Swept::default();
        for (class, word, keep) in Class::TABLE {
            let count = self.sweep_class(class, keep(&self.0.config), Way::Count);
            swept.0.push((word, count.await? as u64));
        }
        Ok(swept)
    }

    async fn sweep_class(
        &self,
        class: Class,
        keep: Millis,
        way: Way,
    ) -> Result<usize, ServiceError> {
        let before = self.now() - keep;
        match class {
            Class::Logins => self.sweep_logins(before, way).await,
            Class::Links => self.sweep_links(way).await,
            Class::Answers => {
                let answers = self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    idempotency::sweep(store, after, before, page)
                });
                let messages = self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    conversation::sweep_done(store, after, before, page)
                });
                Ok(answers.await? + messages.await?)
            }
            Class::Mails => self.sweep_mails(before, way).await,
            Class::PaymentEvents => {
                // A body may be of many rows: few events make a full batch.
                self.sweep_pages(way, EVENTS_PAGE, |store, after, page| {
                    payment_event::sweep(store, after, before, page)
                })
                .await
            }
            Class::Calls => self.sweep_calls(before, way).await,
            Class::MissedCalls => self.sweep_missed_calls(before, way).await,
            Class::Agendas => {
                self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    agenda::sweep(store, after, before, page)
                })
                .await
            }
            Class::Notifications => {
                let told = self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    notification::sweep(store, after, before, page)
                });
                let told = told.await?;
                // Where digests stand is no row of anybody's, and is not counted as one.
                self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    notification_due::sweep(store, after, before, page)
                })
                .await?;
                Ok(told)
            }
            Class::Browsers => {
                let browsers = self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    push::sweep(store, after, before, page)
                });
                let browsers = browsers.await?;
                self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    push::sweep_endpoints(store, after, page)
                })
                .await?;
                Ok(browsers)
            }
            Class::Reports => {
                let reports = self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    report::sweep(store, after, before, page)
                });
                let lifted = self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    suspension::sweep(store, after, before, page)
                });
                Ok(reports.await? + lifted.await?)
            }
            Class::Meetings => self.sweep_meetings(before, way).await,
            Class::Audit => self.purge_audit(before, way == Way::Count).await,
            Class::AuditAddresses => self.forget_audit_addresses(before, way == Way::Count).await,
            Class::Messages if keep == FOR_EVER => Ok(0),
            Class::Messages => {
                self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    conversation::sweep_messages(store, after, before, page)
                })
                .await
            }
            Class::Uploads => self.sweep_uploads(before, way).await,
            Class::FileContents => self.sweep_contents(way).await,
            Class::Erasures => {
                self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    erasure::sweep(store, after, before, page)
                })
                .await
            }
            Class::Agreements => {
                self.sweep_pages(way, PAGE_ROWS, |store, after, page| {
                    agreement::sweep(store, after, before, page)
                })
                .await
            }
        }
    }

    /// What is kept how long, how much of it there is, what the last sweep removed and what one
    /// would remove now. Reads the whole store.
    pub async fn retention(&self, _: Admin) -> Result<Retention, ServiceError> {
        self.retention_report().await
    }

    /// The same, for whoever operates the machine.
    pub async fn retention_report(&self) -> Result<Retention, ServiceError> {
        let store = self.0.store.clone();
        let stock = tokio::task::spawn_blocking(move || personal::stock(&store)).await;
        let stock = stock.map_err(|_| ServiceError::Overloaded)??;
        let due = self.sweep_would().await?;
        let last = setting::swept(&self.0.store)?;
        let removed = |class: &str| {
            let mut lines = last.iter().flat_map(|(_, lines)| lines);
            lines.find(|(it, _)| it == class).map(|(_, count)| *count)
        };
        let lines = personal::CLASSES.iter().map(|class| {
            let keep = Class::keep(class.word, &self.0.config);
            let of_class = stock.iter().filter(|it| it.entry.class == class.word);
            RetentionLine {
                class: class.word,
                what: class.what,
                keeps: class.keeps,
                keep,
                rows: of_class.clone().map(|it| it.rows).sum(),
                oldest: of_class.filter_map(|it| it.oldest).min(),
                due: keep.map(|_| due.count(class.word)),
                removed: keep.and(removed(class.word)),
            }
        });
        Ok(Retention {
            swept_at: last.as_ref().map(|(at, _)| *at),
            lines: lines.collect(),
        })
    }

    /// Goes through a table page by page; `sweep` gives a page's removals, their number, and where the
    /// next one begins.
    async fn sweep_pages(
        &self,
        way: Way,
        page_rows: usize,
        sweep: impl Fn(&Store, Option<Vec<u8>>, usize) -> Result<Page, LoadError>,
    ) -> Result<usize, ServiceError> {
        let (mut count, mut after) = (0, None);
        loop {
            let (batch, removed, next) = sweep(&self.0.store, after, page_rows)?;
            if way == Way::Remove {
                self.write(batch).await?;
            }
            count += removed;
            if next.is_none() {
                return Ok(count);
            }
            after = next;
        }
    }

    /// A removal that lost a race is found again by the next sweep.
    async fn remove(&self, way: Way, batch: Batch) -> Result<usize, ServiceError> {
        if way == Way::Count {
            return Ok(1);
        }
        match self.write(batch).await {
            Ok(()) => Ok(1),
            Err(ServiceError::Contended) => Ok(0),
            Err(other) => Err(other),
        }
    }

    async fn sweep_logins(&self, before: Timestamp, way: Way) -> Result<usize, ServiceError> {
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
                    count += self.remove(way, login::remove(old)).await?;
                }
            }
        }
    }

    async fn sweep_links(&self, way: Way) -> Result<usize, ServiceError> {
        let now = self.now();
        let (mut count, mut after) = (0, None);
        loop {
            let page = one_time::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.hash) else {
                return Ok(count);
            };
            after = Some(last);
            for old in page.iter().filter(|it| it.expires_at <= now) {
                count += self.remove(way, one_time::remove(old)).await?;
            }
        }
    }

    async fn sweep_mails(&self, before: Timestamp, way: Way) -> Result<usize, ServiceError> {
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
                count += self.remove(way, mail::remove(old)).await?;
            }
        }
    }

    async fn sweep_calls(&self, before: Timestamp, way: Way) -> Result<usize, ServiceError> {
        let (mut count, mut after) = (0, None);
        loop {
            let page = call::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.id) else {
                return Ok(count);
            };
            after = Some(last);
            let old = |it: &call::CallRecord| it.ended_at.unwrap_or(it.started_at) < before;
            for it in page.iter().filter(|it| old(it)) {
                if way == Way::Remove {
                    let rest = aftermath::remove(&self.0.store, it.id, it.meeting, before)?;
                    self.write(rest).await?;
                }
                count += self.remove(way, call::remove(it)).await?;
            }
        }
    }

    async fn sweep_missed_calls(&self, before: Timestamp, way: Way) -> Result<usize, ServiceError> {
        let (mut count, mut after) = (0, None);
        loop {
            let page = paid_call::page(&self.0.store, after, PAGE_ROWS)?;
            let Some(last) = page.last().map(|it| it.id) else {
                return Ok(count);
            };
            after = Some(last);
            let missed = |it: &PaidCall| it.bill.is_none() && !it.is_open();
            for old in page.iter().filter(|it| missed(it)) {
                if old.ended_at.unwrap_or(old.created_at) < before {
                    count += self.remove(way, paid_call::remove(old)).await?;
                }
            }
        }
    }

    async fn sweep_meetings(&self, before: Timestamp, way: Way) -> Result<usize, ServiceError> {
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
                    count += self.remove(way, batch).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_swept(keeps: personal::Keeps) -> bool {
        matches!(keeps, personal::Keeps::Swept | personal::Keeps::Limited(_))
    }

    #[test]
    fn the_map_of_personal_data_and_the_sweeps_name_the_same_classes() {
        for (_, word, _) in Class::TABLE {
            let class = personal::class(word).expect(word);
            assert!(is_swept(class.keeps), "{word}");
        }
        for class in personal::CLASSES {
            let swept = Class::TABLE.iter().any(|(_, word, _)| *word == class.word);
            assert_eq!(swept, is_swept(class.keeps), "{}", class.word);
        }
    }
}
