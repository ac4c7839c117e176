//! What the mailer asks of the services: the words of a mail, the mails that are due, and what
//! became of them.

use std::{collections::VecDeque, sync::Mutex};

use minijinja::{Value, context};
use parlor_data::{
    Batch, Read,
    nouns::{account as accounts, mail as mails, mail_address},
};
use parlor_domain::{
    mail::{Kind, Lapse, Mail, Optional, Outcome, Standing, State, Why},
    meeting::{Meeting, Part, Status},
    money::MilliCoins,
    reminder,
    time::{Millis, Timestamp},
};

use super::{
    message::Letter,
    smtp::{Delivery, MailLine, MailTransport, NoLine},
    texts::{MailTexts, Rendered},
    words::local_time,
};
use crate::{
    calendar::{self, CalendarPart, Entry, Method, Person},
    services::{Missed, ServiceError, Services},
};

/// Mails taken from the list at once.
const SWEEP_MAX: usize = 200;
/// Mails on the wire at once, each on its own line to the server.
const AT_ONCE: usize = 2;
/// No mail is tried for longer: what went out today was queued since then.
const TRIED_FOR: Millis = Millis::from_days(3);
/// Mails over one line; many servers end it after a hundred.
const PER_LINE_MAX: usize = 90;
/// "Service not available": the server wants to be left alone.
const CLOSING: u16 = 421;
/// Newest mails that the developer's mailbox shows.
const SHOWN_MAX: usize = 200;
/// Tries to note what became of a mail.
const TRIES: usize = 3;

/// A mail as the developer's mailbox shows it.
#[derive(Debug, Clone)]
pub struct ShownMail {
    /// The row.
    pub mail: Mail,
    /// The words.
    pub rendered: Rendered,
}

/// Whether the links of a mail are real. Whoever has them gets in, so that an admin who looks at
/// somebody's mail must not see them (C21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// As it is sent.
    Links,
    /// With their secret parts left out.
    NoSecrets,
}

/// What one sweep of the outbox did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Mails that were looked at and moved on, whatever became of them.
    pub taken: usize,
    /// Mails that the server took.
    pub sent: usize,
}

/// A mail in words, with what goes along.
pub struct Composed {
    /// The words.
    pub words: Rendered,
    /// What it does to its reader's calendar.
    pub calendar: Option<CalendarPart>,
    /// Where programs say that its reader wants no more of the kind.
    pub off_link: Option<String>,
}

impl Services {
    /// A mail in words, or why it is of no use any more: its meeting moved, ended, was called off or
    /// is gone, or a reminder comes too late.
    pub fn compose(
        &self,
        texts: &MailTexts,
        mail: &Mail,
        show: Show,
    ) -> Result<Result<Composed, Why>, ServiceError> {
        // Whoever can do without mails of this kind is told how.
        let optional = mail.kind.optional();
        let off = optional.and_then(|_| self.address_token(&mail.to));
        let page = off.as_ref().map(|token| {
            let link = format!("{}/reminders/{token}", self.site());
            shown(link, show)
        });
        let render = |facts| {
            texts
                .render(mail.kind.word(), &mail.language, facts, page.as_deref())
                .map_err(|error| ServiceError::Internal(error.to_string()))
        };
        if let Kind::Vacancy {
            host,
            service,
            starts_at,
        } = &mail.kind
        {
            let Some((other, subject)) = self.offered(*host, *service)? else {
                return Ok(Err(Why::Superseded));
            };
            let facts = context! {
                name => mail.name.as_str(),
                site => self.site(),
                link => self.offer_page(*host, *service),
                other, subject,
                when => local_time(*starts_at, &mail.time_zone, &mail.language),
            };
            return Ok(Ok(Composed {
                words: render(facts)?,
                calendar: None,
                off_link: None,
            }));
        }
        if let Some(facts) = self.personal_facts(mail, show)? {
            let words = facts.map(&render).transpose()?;
            return Ok(words.ok_or(Why::Superseded).map(|words| Composed {
                words,
                calendar: None,
                off_link: None,
            }));
        }
        // Where a mail program says that its reader wants no more of the kind.
        let way = match optional {
            Some(Optional::Digests) => "digests-off",
            _ => "off",
        };
        let off_link = off.map(|token| format!("{}/api/mail/{way}/{token}", self.site()));
        if let Kind::Digest { user, after, up_to } = mail.kind {
            let missed = self.missed(user, after, up_to)?;
            // What was read since it was written needs no mail.
            if missed.is_empty() {
                return Ok(Err(Why::Read));
            }
            return Ok(Ok(Composed {
                words: render(self.digest_facts(mail, &missed))?,
                calendar: None,
                off_link,
            }));
        }
        let Some(id) = mail.kind.meeting() else {
            return Ok(Ok(Composed {
                words: render(self.plain_facts(mail, show))?,
                calendar: None,
                off_link: None,
            }));
        };
        let Some(meeting) = self.meeting_to_mail(id)? else {
            return Ok(Err(Why::Superseded));
        };
        // Whoever looks at what was sent long ago sees the words that it would have today.
        if show == Show::Links
            && let Some(why) = self.objection(mail, &meeting)
        {
            return Ok(Err(why));
        }
        let place = self.place(mail, &meeting, show)?;
        Ok(Ok(Composed {
            calendar: self.calendar_of(mail, &meeting, &place),
            off_link,
            words: render(self.meeting_facts(mail, &meeting, &place))?,
        }))
    }

    fn objection(&self, mail: &Mail, meeting: &Meeting) -> Option<Why> {
        let current = mail.version == meeting.version;
        let fits = match mail.kind {
            Kind::Cancelled(_) => meeting.status == Status::Cancelled,
            Kind::Lapsed(_, Lapse::Declined) => meeting.status == Status::Declined,
            Kind::Lapsed(..) => meeting.status == Status::Expired,
            _ => current && !meeting.status.is_over(),
        };
        let useful_until = meeting.terms.starts_at + reminder::USELESS_AFTER;
        let late = matches!(mail.kind, Kind::Reminder(_)) && self.now() >= useful_until;
        match (fits, late) {
            (false, _) => Some(Why::Superseded),
            (true, true) => Some(Why::TooLate),
            (true, false) => None,
        }
    }

    /// Facts of a mail about somebody's data as a whole; none for any other. None within: what it tells of
    /// is over.
    fn personal_facts(
        &self,
        mail: &Mail,
        show: Show,
    ) -> Result<Option<Option<Value>>, ServiceError> {
        let (mut link, mut for_them) = (format!("{}/account", self.site()), false);
        let when = match mail.kind {
            Kind::DataReady(user) => match self.ready_export(user)? {
                Some(it) => {
                    for_them = it.by.is_some();
                    link = match for_them {
                        true => shown(self.export_link(&it), show),
                        false => link,
                    };
                    it.until()
                }
                None => return Ok(Some(None)),
            },
            Kind::ErasureAsked(user) => match self.asked_erasure(user)? {
                Some(it) => it.due_at,
                None => return Ok(Some(None)),
            },
            Kind::ErasureTakenBack(_) => mail.created_at,
            _ => return Ok(None),
        };
        Ok(Some(Some(context! {
            name => mail.name.as_str(),
            site => self.site(),
            link, for_them,
            when => local_time(when, &mail.time_zone, &mail.language),
        })))
    }

    fn plain_facts(&self, mail: &Mail, show: Show) -> Value {
        let link = match &mail.kind {
            Kind::Verify(id) => self.one_time_link("verify", id),
            Kind::Reset(id) => self.one_time_link("reset", id),
            _ => String::new(),
        };
        context! {
            name => mail.name.as_str(),
            site => self.site(),
            link => shown(link, show),
            when => local_time(mail.created_at, &mail.time_zone, &mail.language),
        }
    }

    /// Who wrote how much and what else happened: facts, and never what was written.
    fn digest_facts(&self, mail: &Mail, missed: &Missed) -> Value {
        let messages: Vec<Value> = missed
            .messages
            .iter()
            .map(|it| context! { name => it.name.as_str(), count => it.count })
            .collect();
        let others: Vec<Value> = missed
            .others
            .iter()
            .map(|it| context! { kind => it.about.kind().word(), name => it.name.as_str() })
            .collect();
        let page = match messages.is_empty() {
            true => "",
            false => "/messages",
        };
        context! {
            name => mail.name.as_str(),
            site => self.site(),
            link => format!("{}{page}", self.site()),
            unread => missed.messages.iter().map(|it| it.count).sum::<u64>(),
            more => missed.more,
            messages, others,
        }
    }

    /// Whom the reader meets and where they get in.
    fn place(&self, mail: &Mail, meeting: &Meeting, show: Show) -> Result<Place, ServiceError> {
        let host = accounts::load(self.store(), meeting.host)?;
        let to_host = host.is_some_and(|host| host.email == mail.to);
        let host_name = self.name_of_host(meeting)?;
        Ok(Place {
            other: match to_host {
                true => meeting.client.name.clone(),
                false => host_name.clone(),
            },
            link: match to_host {
                // What came to nothing is booked anew.
                _ if matches!(mail.kind, Kind::Lapsed(..)) => match &meeting.booking {
                    Some(booking) => self.offer_page(meeting.host, booking.service),
                    None => self.site(),
                },
                true if meeting.status == Status::Requested => {
                    shown(self.request_link(meeting.id), show)
                }
                true => self.page_of(meeting),
                false => shown(self.link_to(meeting, &mail.to)?, show),
            },
            // Its client's, and nobody else's who was asked in.
            manage: (mail.to == meeting.client.email && meeting.booking.is_some())
                .then(|| shown(self.manage_link(meeting), show)),
            host_name,
            to_host,
        })
    }

    fn meeting_facts(&self, mail: &Mail, meeting: &Meeting, place: &Place) -> Value {
        let starts_at = meeting.terms.starts_at;
        let minutes_left = reminder::minutes_left(starts_at, self.now());
        let door = meeting.joinable(self.config().window, self.now());
        let opens_before = starts_at.since(door.opens_at);
        context! {
            name => mail.name.as_str(),
            site => self.site(),
            link => place.link.as_str(),
            other => place.other.as_str(),
            to_host => place.to_host,
            declined => matches!(mail.kind, Kind::Lapsed(_, Lapse::Declined)),
            unpaid => matches!(mail.kind, Kind::Lapsed(_, Lapse::Unpaid)),
            refunded => !place.to_host && meeting.refunded() > MilliCoins::ZERO,
            asks => place.to_host && meeting.status == Status::Requested,
            subject => meeting.terms.subject.as_str(),
            description => meeting.terms.description.as_str(),
            when => local_time(meeting.terms.starts_at, &mail.time_zone, &mail.language),
            minutes_long => meeting.terms.duration.0 / 60_000,
            opens_minutes => opens_before.0 / 60_000,
            manage => place.manage.as_deref(),
            remark => meeting.remark.as_ref().map(|it| it.text.as_str()),
            remark_by => meeting.remark.as_ref().map(|it| match it.by {
                Part::Host => place.host_name.as_str(),
                Part::Client => meeting.client.name.as_str(),
            }),
            minutes_left,
            hours_left => (minutes_left + 30) / 60,
        }
    }

    /// What a mail does to its reader's calendar. A host who made the appointment has it by the feed
    /// or the button, one who was booked by mail; a cancellation must not reach a calendar that never
    /// had the entry, and what is only asked for is no entry.
    fn calendar_of(&self, mail: &Mail, meeting: &Meeting, place: &Place) -> Option<CalendarPart> {
        let method = match mail.kind {
            Kind::Invitation(_) if meeting.status == Status::Requested => return None,
            Kind::Invitation(_) | Kind::Changed(_) => Method::Request,
            Kind::Cancelled(_) if !place.to_host || meeting.booking.is_some() => Method::Cancel,
            _ => return None,
        };
        let terms = &meeting.terms;
        let link = match method {
            Method::Cancel => "",
            _ => place.link.as_str(),
        };
        let sender = Person {
            name: &place.host_name,
            address: &self.config().mail_from,
        };
        let receiver = Person {
            name: &mail.name,
            address: mail.to.as_str(),
        };
        let entry = Entry {
            sequence: mail.version,
            written_at: mail.created_at,
            cancelled: method == Method::Cancel,
            between: Some((sender, receiver)),
            ..Entry::of(meeting, &terms.subject, &terms.description, link)
        };
        Some(calendar::part(method, &entry))
    }

    /// The newest mails with their words, newest first, at most 200; for development only.
    pub fn mailbox(&self, texts: &MailTexts) -> Result<Vec<ShownMail>, ServiceError> {
        let shown: Vec<State> = State::WORDS
            .iter()
            .map(|(state, _)| *state)
            .filter(|state| *state != State::Dropped)
            .collect();
        let (newest, _) = mails::latest(self.store(), &shown, None, SHOWN_MAX, 20 * SHOWN_MAX)?;
        newest
            .into_iter()
            .filter_map(|read| match self.compose(texts, &read, Show::Links) {
                Ok(Ok(composed)) => Some(Ok(ShownMail {
                    rendered: composed.words,
                    mail: read.value,
                })),
                Ok(Err(_)) => None,
                Err(error) => Some(Err(error)),
            })
            .collect()
    }

    /// Mails that were on the wire when the process ended have an unknown fate. Called before the
    /// first sweep.
    pub async fn recover_mails(&self) -> Result<usize, ServiceError> {
        let mut count = 0;
        let open = mails::load_due(self.store(), Timestamp::MAX, 10_000)?;
        for old in open.iter().filter(|it| it.state == State::Attempting) {
            self.recover(old).await?;
            count += 1;
        }
        self.recall_today()?;
        Ok(count)
    }

    /// Counts what went out today before the start.
    fn recall_today(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let mut today = self.post_office().today();
        mails::each_done_since(self.store(), now - TRIED_FOR, |it| today.remember(it, now))?;
        Ok(())
    }

    async fn recover(&self, old: &Read<Mail>) -> Result<(), ServiceError> {
        let mut mail = old.value.clone();
        mail.recover(self.now());
        self.commit(mails::replace(old, &mail)?).await
    }

    /// Sends what is due, as far as one sweep goes. Not to be called twice at once: there is one
    /// mailer.
    pub async fn send_due(
        &self,
        texts: &MailTexts,
        transport: &dyn MailTransport,
    ) -> Result<Round, ServiceError> {
        if !self.post_office().allows(self.now()) {
            return Ok(Round::default());
        }
        let (waiting, on_wire): (Vec<_>, Vec<_>) =
            mails::load_due(self.store(), self.now(), SWEEP_MAX)?
                .into_iter()
                .partition(|it| it.state == State::Queued);
        // Nobody is sending now: what is on the wire was left there by a sweep that failed.
        for old in &on_wire {
            self.recover(old).await?;
        }
        let queue = Mutex::new(VecDeque::from(waiting));
        let lanes = (0..AT_ONCE).map(|_| self.lane(texts, transport, &queue));
        let rounds = futures_util::future::try_join_all(lanes).await?;
        Ok(rounds.into_iter().fold(Round::default(), |sum, it| Round {
            taken: sum.taken + it.taken,
            sent: sum.sent + it.sent,
        }))
    }

    /// Takes mails from the queue over one line until there are none, or there is no line.
    async fn lane(
        &self,
        texts: &MailTexts,
        transport: &dyn MailTransport,
        queue: &Mutex<VecDeque<Read<Mail>>>,
    ) -> Result<Round, ServiceError> {
        let mut round = Round::default();
        let mut line = Line::new(transport);
        while let Some(old) = next_of(queue) {
            let Some(letter) = self.ready(texts, &old).await? else {
                round.taken += 1;
                continue;
            };
            // First the line, then the attempt: a server that is not there costs a mail nothing.
            let taken_at = self.now();
            if let Err(why) = line.open().await {
                self.post_office().today().give_back(&old, taken_at);
                self.post_office().failed(why, self.now());
                break;
            }
            self.post_office().worked();
            let mut mail = old.value.clone();
            let go = mail.attempt(self.now());
            self.commit(mails::replace(&old, &mail)?).await?;
            round.taken += 1;
            if !go {
                self.post_office().today().give_back(&old, taken_at);
                continue;
            }
            let delivery = line.send(&letter).await;
            if !matches!(delivery.outcome, Outcome::Accepted | Outcome::Unknown) {
                self.post_office().today().give_back(&old, taken_at);
            }
            self.note(&mut mail, delivery).await?;
            round.sent += usize::from(mail.state == State::Sent);
            if delivery.reply == Some(CLOSING) {
                self.post_office()
                    .failed(NoLine::Refused(CLOSING), self.now());
                break;
            }
        }
        line.close().await;
        Ok(round)
    }

    /// The letter of a mail, or `None` when it was dropped because it is of no use or not wanted.
    async fn ready(
        &self,
        texts: &MailTexts,
        old: &Read<Mail>,
    ) -> Result<Option<Letter>, ServiceError> {
        let standing = mail_address::load(self.store(), &old.to)?;
        let objection = standing.and_then(|it| it.objection(&old.kind));
        let composed = match objection {
            Some(why) => Err(why),
            None => self.compose(texts, old, Show::Links)?,
        };
        // Counted last: what does not go out anyway takes nobody's place.
        let composed = composed.and_then(|it| match self.has_room_today(old) {
            true => Ok(it),
            false => Err(Why::TooMany),
        });
        match composed {
            Ok(composed) => Ok(Some(Letter {
                id: old.id,
                to: old.to.clone(),
                name: old.name.clone(),
                written_at: old.created_at,
                words: composed.words,
                calendar: composed.calendar,
                off_link: composed.off_link,
            })),
            Err(why) => {
                let mut mail = old.value.clone();
                mail.drop_unsent(why, self.now());
                self.commit(mails::replace(old, &mail)?).await?;
                Ok(None)
            }
        }
    }

    fn has_room_today(&self, mail: &Mail) -> bool {
        let mut today = self.post_office().today();
        today.take(mail, self.config().daily_mails, self.now())
    }

    /// Writes down what became of an attempt, and what it says about the address.
    async fn note(&self, mail: &mut Mail, delivery: Delivery) -> Result<(), ServiceError> {
        let Delivery { outcome, reply, .. } = delivery;
        let now = self.now();
        for tries_left in (0..TRIES).rev() {
            let Some(on_wire) = mails::load(self.store(), mail.id)? else {
                return Ok(());
            };
            let mut after = on_wire.value.clone();
            after.settle(outcome, reply, now);
            let mut batch = mails::replace(&on_wire, &after)?;
            if outcome == Outcome::NoMailbox {
                batch = batch.and(self.suppress(mail, reply.unwrap_or(0), now)?);
            }
            match self.commit(batch).await {
                Err(ServiceError::Contended) if tries_left > 0 => continue,
                done => done?,
            }
            *mail = after;
            break;
        }
        tracing::info!(mail = %mail.id, kind = mail.kind.word(), state = mail.state.word(), attempts = mail.attempts, reply, "mail");
        Ok(())
    }

    fn suppress(&self, mail: &Mail, reply: u16, now: Timestamp) -> Result<Batch, ServiceError> {
        let old = mail_address::load(self.store(), &mail.to)?;
        let known = old.as_ref().map(|it| it.value.clone());
        let mut standing = known.unwrap_or_else(|| Standing::of(mail.to.clone()));
        standing.refused = Some((now, reply));
        Ok(mail_address::save(old.as_ref(), &standing)?)
    }
}

/// Whom the reader of a mail meets, and where they get in.
struct Place {
    other: String,
    host_name: String,
    link: String,
    /// Where its client moves a booking or calls it off.
    manage: Option<String>,
    to_host: bool,
}

/// A link as it may be seen: its last part is what lets somebody in.
fn shown(link: String, show: Show) -> String {
    match (show, link.rsplit_once('/')) {
        (Show::NoSecrets, Some((way, _))) => format!("{way}/…"),
        _ => link,
    }
}

fn next_of(queue: &Mutex<VecDeque<Read<Mail>>>) -> Option<Read<Mail>> {
    let mut queue = queue.lock().unwrap_or_else(|gone| gone.into_inner());
    queue.pop_front()
}

/// One line to the server, opened when it is needed and renewed when it is worn.
struct Line<'a> {
    transport: &'a dyn MailTransport,
    open: Option<Box<dyn MailLine>>,
    letters: usize,
}

impl<'a> Line<'a> {
    fn new(transport: &'a dyn MailTransport) -> Self {
        Self {
            transport,
            open: None,
            letters: 0,
        }
    }

    async fn open(&mut self) -> Result<&mut Box<dyn MailLine>, NoLine> {
        if self.letters >= PER_LINE_MAX {
            self.close().await;
        }
        match &mut self.open {
            Some(line) => Ok(line),
            none => {
                self.letters = 0;
                Ok(none.insert(self.transport.connect().await?))
            }
        }
    }

    /// Hands a letter over. A line that served before and turns out to be cut is replaced, once, at
    /// once: the server had not got the text.
    async fn send(&mut self, letter: &Letter) -> Delivery {
        let used = self.letters > 0;
        let first = self.try_send(letter).await;
        match first.stale && used {
            true => self.try_send(letter).await,
            false => first,
        }
    }

    async fn try_send(&mut self, letter: &Letter) -> Delivery {
        let delivery = match self.open().await {
            Ok(line) => line.send(letter).await,
            Err(_) => Delivery {
                outcome: Outcome::Later,
                reply: None,
                line_is_good: false,
                stale: false,
            },
        };
        self.letters += 1;
        if !delivery.line_is_good {
            self.open = None;
        }
        delivery
    }

    async fn close(&mut self) {
        if let Some(line) = self.open.take() {
            line.close().await;
        }
    }
}
