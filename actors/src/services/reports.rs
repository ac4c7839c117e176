//! Reports about people: taken with copies of the messages that they are about, and decided by admins.
//!
//! Must never tell the one it is about, nor copy a message that the reporter could not read.

use parlor_data::nouns::{account as accounts, conversation, meeting, paid_call, report as rows};
use parlor_domain::{
    access::{Admin, Member},
    account::BadField,
    conversation::{ConversationId, MsgSeq},
    id::{ReportId, RoomId, UserId},
    notification::About,
    report::{
        self, COPIED_MAX, Copied, Decision, PER, Place, REPORTS_MAX, Reason, Report, Verdict,
    },
};

use super::{ServiceError, Services, keys};

/// Reports of one page.
const PAGE_ROWS: usize = 20;
/// Reports that are looked through for one page, and for how many somebody wrote lately.
const LOOKED_MAX: usize = 500;
/// Earlier reports about one person are counted up to here.
const COUNTED_MAX: usize = 100;

/// What somebody reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReport {
    /// About whom.
    pub about: UserId,
    /// What is wrong.
    pub reason: Reason,
    /// In their words.
    pub words: String,
    /// Where.
    pub place: Place,
    /// Numbers of the messages that it is about.
    pub messages: Vec<MsgSeq>,
}

/// A report as admins see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportView {
    /// The report.
    pub report: Report,
    /// What the reporter is called now.
    pub by_name: String,
    /// What the other is called now.
    pub about_name: String,
    /// Reports about the same person before this one, up to a hundred.
    pub earlier: usize,
    /// The account is suspended now.
    pub suspended: bool,
}

/// A page of reports, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reports {
    /// These.
    pub all: Vec<ReportView>,
    /// Where the next page begins: before this one.
    pub next: Option<ReportId>,
}

impl Services {
    /// Takes a report and tells the admins; nobody else hears of it.
    pub async fn report(&self, who: Member, new: NewReport) -> Result<ReportId, ServiceError> {
        let bad = |field, why| Err(ServiceError::BadField(BadField { field, why }));
        self.account_of(who.user)?;
        if new.about == who.user {
            return bad("userId", "You cannot report yourself.");
        }
        let about = accounts::load(&self.0.store, new.about)?.ok_or(ServiceError::NotFound)?;
        let words = report::words("text", &new.words, new.reason == Reason::Other)?;
        if new.messages.len() > COPIED_MAX {
            return bad("messages", "At most 20 messages, please.");
        }
        self.check_place(who.user, new.about, new.place)?;
        let copied = self.copied(who.user, &new)?;
        if self.reported_lately(who.user)? >= REPORTS_MAX {
            return Err(ServiceError::TooManyReports);
        }
        let now = self.now();
        let it = Report {
            id: ReportId(keys::ordered_id(now)),
            by: who.user,
            about: new.about,
            reason: new.reason,
            words,
            place: new.place,
            copied,
            at: now,
            decision: None,
        };
        self.write(rows::insert(&it)?).await?;
        let admins = accounts::load_admins(&self.0.store)?;
        for admin in admins.into_iter().filter(|admin| *admin != it.about) {
            self.notify_soon(admin, About::Report(it.id), about.name.clone());
        }
        Ok(it.id)
    }

    /// Whether these two have that place in common.
    fn check_place(&self, by: UserId, about: UserId, place: Place) -> Result<(), ServiceError> {
        let shared = match place {
            Place::Page => true,
            Place::Room(room) => self.was_in(by, room)? && self.was_in(about, room)?,
            Place::Conversation(id) => match id {
                ConversationId::Pair(..) => ConversationId::pair(by, about) == Some(id),
                _ => [by, about].into_iter().try_fold(true, |all, user| {
                    let member = conversation::member(&self.0.store, id, user)?;
                    Ok::<_, ServiceError>(all && member.is_some())
                })?,
            },
        };
        shared.then_some(()).ok_or(ServiceError::NotFound)
    }

    /// Whether a room is of a meeting or a call of this person, or they wrote there.
    fn was_in(&self, user: UserId, room: RoomId) -> Result<bool, ServiceError> {
        let store = &self.0.store;
        let meetings = meeting::load_of_room(store, room)?;
        let client = |it: &parlor_domain::meeting::Meeting| it.client.user;
        if meetings
            .iter()
            .any(|it| it.host == user || client(it) == Some(user))
        {
            return Ok(true);
        }
        if paid_call::load_by_room(store, room)?.is_some_and(|it| it.is_of(user)) {
            return Ok(true);
        }
        Ok(conversation::member(store, ConversationId::Meeting(room), user)?.is_some())
    }

    /// The messages as they are now: of these two, as far as the reporter may read.
    fn copied(&self, by: UserId, new: &NewReport) -> Result<Vec<Copied>, ServiceError> {
        let id = match new.place {
            Place::Conversation(id) => id,
            Place::Room(room) => ConversationId::Meeting(room),
            Place::Page => return Ok(Vec::new()),
        };
        let store = &self.0.store;
        let Some(me) = conversation::member(store, id, by)? else {
            return Ok(Vec::new());
        };
        let mut seqs = new.messages.clone();
        seqs.retain(|seq| me.inside || *seq <= me.left_at);
        seqs.sort_unstable();
        seqs.dedup();
        let mut copied = Vec::new();
        for seq in seqs {
            let message = conversation::message(store, id, seq)?;
            let message = message.filter(|it| [by, new.about].contains(&it.sender) && !it.deleted);
            copied.extend(message.map(|it| {
                // Files are named: a copy of them would outlive what their owner may take back.
                let names = it.files.iter().map(|file| format!("[{}]", file.name));
                let words = Some(it.text.clone()).filter(|text| !text.is_empty());
                let lines: Vec<String> = words.into_iter().chain(names).collect();
                Copied {
                    seq,
                    sender: it.sender,
                    at: it.at,
                    text: lines.join("\n"),
                }
            }));
        }
        Ok(copied)
    }

    fn reported_lately(&self, by: UserId) -> Result<usize, ServiceError> {
        let since = self.now() - PER;
        let latest = rows::latest(&self.0.store, None, LOOKED_MAX)?;
        let mine = latest.iter().take_while(|it| it.at > since);
        Ok(mine.filter(|it| it.by == by).count())
    }

    /// Reports that are open, or that were decided, the latest first.
    pub fn reports(
        &self,
        _: Admin,
        open: bool,
        before: Option<ReportId>,
    ) -> Result<Reports, ServiceError> {
        let (mut all, mut before, mut looked) = (Vec::new(), before, 0);
        loop {
            let page = rows::latest(&self.0.store, before, PAGE_ROWS)?;
            let last = page.len() < PAGE_ROWS;
            looked += page.len();
            for it in page {
                before = Some(it.id);
                if it.decision.is_none() == open {
                    all.push(self.report_view(it.value)?);
                }
                if all.len() == PAGE_ROWS {
                    return Ok(Reports { all, next: before });
                }
            }
            if last || looked >= LOOKED_MAX {
                let next = before.filter(|_| !last);
                return Ok(Reports { all, next });
            }
        }
    }

    fn report_view(&self, report: Report) -> Result<ReportView, ServiceError> {
        let about = accounts::load(&self.0.store, report.about)?;
        let by = accounts::load(&self.0.store, report.by)?;
        let name = |it: &Option<parlor_data::Read<parlor_domain::account::Account>>| {
            it.as_ref().map(|it| it.name.clone()).unwrap_or_default()
        };
        Ok(ReportView {
            by_name: name(&by),
            about_name: name(&about),
            earlier: rows::count_about(&self.0.store, report.about, report.id, COUNTED_MAX)?,
            suspended: about.is_some_and(|it| it.banned),
            report,
        })
    }

    /// Decides a report, once; a suspension is written with it.
    pub async fn decide_report(
        &self,
        admin: Admin,
        id: ReportId,
        verdict: Verdict,
        note: &str,
    ) -> Result<ReportView, ServiceError> {
        let note = report::words("note", note, verdict == Verdict::Suspended)?;
        let (decided, done) = self
            .retrying(async || {
                let old = rows::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
                let decision = Decision {
                    verdict,
                    note: note.clone(),
                    by: admin.user,
                    at: self.now(),
                };
                let again = |error: report::Decided| ServiceError::OutOfTurn(error.to_string());
                let decided = old.decide(decision).map_err(again)?;
                let mut batch = rows::replace(&old, &decided)?;
                let mut done = None;
                if verdict == Verdict::Suspended {
                    let step = self.suspension(admin, old.about, true, &note)?;
                    batch = batch.and(step.batch.clone());
                    done = Some(step);
                }
                self.write(batch).await?;
                Ok((decided, done))
            })
            .await?;
        if let Some(step) = done {
            self.after_suspension(decided.about, &step.ended);
        }
        self.report_view(decided)
    }
}
