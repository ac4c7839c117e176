//! One step of a meeting, whoever or whatever caused it: the domain's machine decides, and its effects
//! become rows, mails, postings and events. The rows and mails of one step are one batch.

use parlor_data::{
    Batch,
    nouns::{
        account as accounts, invitation as invitations, meeting as meetings, reminder::Reminder,
    },
};
use parlor_domain::{
    event::Event,
    id::{LoginId, MeetingId, RoomId, UserId},
    ledger::Entry,
    mail::{Kind, Lapse},
    meeting::{Effect, Input, Meeting, Part, Remark, Status},
    news::News,
    reminder,
    time::Timestamp,
};

use super::{Posting, ServiceError, Services, guests::client_of, keys};

impl Services {
    /// One step of a meeting's machine with everything that follows from it.
    pub(super) async fn step(
        &self,
        id: MeetingId,
        input: impl Fn(&Meeting, Timestamp) -> Result<Input, ServiceError>,
    ) -> Result<Meeting, ServiceError> {
        self.step_by(id, None, input).await
    }

    /// As [`Services::step`]; `by` does not get the mail about their own act.
    pub(super) async fn step_by(
        &self,
        id: MeetingId,
        by: Option<UserId>,
        input: impl Fn(&Meeting, Timestamp) -> Result<Input, ServiceError>,
    ) -> Result<Meeting, ServiceError> {
        self.step_at(id, by, self.now(), input).await
    }

    /// As [`Services::step_by`], for something that happened at `now`.
    pub(super) async fn step_at(
        &self,
        id: MeetingId,
        by: Option<UserId>,
        now: Timestamp,
        input: impl Fn(&Meeting, Timestamp) -> Result<Input, ServiceError>,
    ) -> Result<Meeting, ServiceError> {
        self.retrying(async || {
            let old = self.load_meeting(id)?;
            let mut new = old.value.clone();
            let input = input(&old, now)?;
            let alone = matches!(input, Input::Move(Part::Client, _));
            let effects = new.handle(input, self.0.config.window, now)?;
            if new.seats() > 1 && new.claim(Part::Host) != old.claim(Part::Host) {
                let elsewhere = alone && new.terms.starts_at != old.terms.starts_at;
                new.room = match self.room_of_session(&new)? {
                    Some(room) => room,
                    None if elsewhere => RoomId(keys::unguessable_id()),
                    None => old.room,
                };
            }
            if new == old.value && effects.is_empty() {
                return Ok(new);
            }
            let (batch, ended) = self.effects(&new, &effects, by)?;
            let mut pages = self.pages();
            self.take_time(&mut pages, Some(&old), &new)?;
            let times = pages.batch()?;
            let others_see = !times.is_empty();
            let rows = meetings::replace(&old, &new)?.and(batch).and(times);
            match effects.iter().find_map(posted) {
                Some(entry) => drop(self.post(Posting::new(entry.clone()).with(rows)).await?),
                None => self.write(rows).await?,
            }
            self.tell_revoked(&ended);
            if effects.contains(&Effect::EndRoom) {
                self.empty_room(&new)?;
            }
            if effects.contains(&Effect::Tell) {
                self.tell_parties(Some(&old), &new);
            }
            if others_see {
                self.tell_slots(new.host);
            }
            Ok(new)
        })
        .await
    }

    /// The rows and mails of a step, and the guests' logins that it ends.
    #[allow(clippy::type_complexity)]
    fn effects(
        &self,
        meeting: &Meeting,
        effects: &[Effect],
        by: Option<UserId>,
    ) -> Result<(Batch, Vec<(UserId, LoginId)>), ServiceError> {
        let (mut batch, mut ended) = (Batch::new(), Vec::new());
        for effect in effects {
            let more = match effect {
                Effect::RevokeInvitation => {
                    let (batch, logins) = self.uninvite(meeting)?;
                    ended.extend(logins);
                    batch
                }
                Effect::Invite => self
                    .invite(meeting, &client_of(meeting))?
                    .and(self.mail_host(Kind::Invitation(meeting.id), meeting)?)
                    .and(self.mail_invited(|| Kind::Invitation(meeting.id), meeting)?),
                Effect::ReplaceInvitation => {
                    let (batch, logins) = self.uninvite(meeting)?;
                    ended.extend(logins);
                    let invited = self.invited(meeting)?;
                    invited.iter().try_fold(batch, |batch, one| {
                        Ok::<_, ServiceError>(batch.and(self.invite(meeting, one)?))
                    })?
                }
                Effect::Tell if waits(meeting) => self.watch(meeting),
                Effect::PlanReminders => self.plan_reminders(meeting),
                Effect::MailChanged if by != Some(meeting.host) && meeting.booking.is_some() => {
                    self.mail_invited(|| Kind::Changed(meeting.id), meeting)?
                        .and(self.mail_host(Kind::Changed(meeting.id), meeting)?)
                }
                Effect::MailChanged => self.mail_invited(|| Kind::Changed(meeting.id), meeting)?,
                // Also to a client who called it off: the mail takes the entry out of the calendar.
                Effect::MailCancelled => {
                    let batch = self.mail_invited(|| Kind::Cancelled(meeting.id), meeting)?;
                    match by == Some(meeting.host) {
                        true => batch,
                        false => batch.and(self.mail_host(Kind::Cancelled(meeting.id), meeting)?),
                    }
                }
                // Who asked learns it always; a host only of what they did not answer.
                Effect::MailLapsed(why) => {
                    let kind = Kind::Lapsed(meeting.id, *why);
                    let batch = self.mail_to(&client_of(meeting), kind.clone(), meeting)?;
                    match why {
                        Lapse::Unanswered => batch.and(self.mail_host(kind, meeting)?),
                        Lapse::Declined | Lapse::Unpaid => batch,
                    }
                }
                // A reminder names the meeting's version and is looked at again when it is due.
                // The sweep makes what was earned payable when it can be disputed no more.
                Effect::Post(_) if meeting.status.is_over() => {
                    let due = self.now() + self.0.config.dispute_window;
                    meetings::watch_closing(due, meeting.id)
                }
                Effect::DropReminders | Effect::Tell | Effect::EndRoom | Effect::Post(_) => {
                    Batch::new()
                }
            };
            batch = batch.and(more);
        }
        Ok((batch, ended))
    }

    pub(super) fn plan_reminders(&self, meeting: &Meeting) -> Batch {
        let leads = meeting.reminder_leads(&self.0.config.reminder_leads);
        reminder::plan(meeting.terms.starts_at, leads, self.now())
            .into_iter()
            .map(|due_at| Reminder {
                due_at,
                meeting: meeting.id,
                version: meeting.version,
            })
            .fold(self.watch(meeting), |batch, it| batch.and(it.insert()))
    }

    /// The sweep looks when the time alone may change something, and when the door closes.
    pub(super) fn watch(&self, meeting: &Meeting) -> Batch {
        let closes = meeting.closes_at(self.0.config.window);
        let closes = meetings::watch_closing(closes, meeting.id);
        let looks = meeting.looks_at();
        let looks = looks.map(|at| meetings::watch_closing(at, meeting.id));
        closes.and(looks.unwrap_or_default())
    }

    pub(super) fn mail_host(&self, kind: Kind, m: &Meeting) -> Result<Batch, ServiceError> {
        let Some(host) = accounts::load(&self.0.store, m.host)? else {
            return Ok(Batch::new());
        };
        let until = m.closes_at(self.0.config.window);
        let mail = self.mail(kind, self.recipient(&host), m.version, until);
        self.queue(&mail)
    }

    pub(super) fn tell_parties(&self, old: Option<&Meeting>, meeting: &Meeting) {
        let change = News::of(old, meeting);
        self.notify_of_meeting(change, meeting);
        let guests = invitations::load_of(&self.0.store, meeting.id).unwrap_or_default();
        let guests = guests.iter().map(|it| UserId(it.id.0));
        for user in std::iter::once(meeting.host)
            .chain(meeting.client.user)
            .chain(guests)
        {
            let event = Event::MeetingUpdated {
                meeting: meeting.id,
                status: meeting.status.word(),
                starts_at: meeting.terms.starts_at,
                change,
            };
            self.reach(|reach| reach.tell(user, event));
        }
    }
}

/// A step, with the words that were said with it.
pub(super) fn said(by: Part, words: &str, step: Input) -> Result<Input, ServiceError> {
    Ok(match Remark::check(by, words)? {
        Some(remark) => Input::Said(remark, Box::new(step)),
        None => step,
    })
}

/// Somebody must answer or pay before an instant, which may be another one now.
fn waits(meeting: &Meeting) -> bool {
    matches!(meeting.status, Status::Requested | Status::AwaitingPayment)
}

/// What an effect moves in the books. A step has one such effect at most.
fn posted(effect: &Effect) -> Option<&Entry> {
    match effect {
        Effect::Post(entry) => Some(entry),
        _ => None,
    }
}
