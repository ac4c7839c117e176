//! Meetings: making, listing, moving, calling off, joining, and what the room reports about them.
//!
//! The domain's machine decides; here its effects become rows, mails and events. The rows and
//! mails of one step are one batch.

use parlor_data::{
    Batch, Read,
    nouns::{
        account as accounts,
        idempotency::{self, Answer},
        invitation as invitations, meeting as meetings,
        reminder::Reminder,
    },
};
use parlor_domain::{
    access::Member,
    account::{self, Account, BadField, Email},
    event::Event,
    id::{LoginId, MeetingId, RoomId, UserId},
    identity::{Identity, Role, Scope},
    ledger::Entry,
    mail::{Kind, Lapse},
    maintenance::Kind as Held,
    meeting::{Client, Effect, Input, Joinable, Meeting, Part, Remark, Status, Terms},
    news::News,
    reminder,
    time::{Millis, Timestamp},
};

use super::{
    Posting, ServiceError, Services,
    guests::{Guest, client_of},
    keys,
};

/// Most meetings that one listing gives.
pub const LIST_MAX: usize = 500;

/// Most meetings that a new account takes over; a batch has a bound.
const ADOPTED_MAX: usize = 50;

/// Whom a host meets.
#[derive(Debug, Clone)]
pub enum ClientRef {
    /// Somebody with an account.
    Account(UserId),
    /// Somebody with a mailbox; their account is found when they have one.
    Email(String),
}

/// What a host fills in.
#[derive(Debug, Clone)]
pub struct NewMeeting {
    /// What, when, how long.
    pub terms: Terms,
    /// With whom.
    pub client: ClientRef,
    /// What to call them, when they have no account.
    pub client_name: Option<String>,
    /// Whether they wait until the host admits them.
    pub lobby: bool,
}

/// What a host changes; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct MeetingChange {
    /// What it is about.
    pub subject: Option<String>,
    /// More words.
    pub description: Option<String>,
    /// When it starts.
    pub starts_at: Option<Timestamp>,
    /// How long it lasts.
    pub duration: Option<Millis>,
}

/// What the one who looks is to the meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Leads it.
    Host,
    /// Is met.
    Client,
    /// Is met, without an account.
    Guest,
    /// Operates the server: sees that it is, not what was said and not how to get in (C21).
    Admin,
}

/// A meeting as somebody sees it.
#[derive(Debug, Clone)]
pub struct MeetingView {
    /// The meeting.
    pub meeting: Meeting,
    /// The host's name.
    pub host_name: String,
    /// The client's name.
    pub client_name: String,
    /// Who looks.
    pub viewer: Viewer,
    /// Whether the door is open.
    pub joinable: Joinable,
    /// The page of the meeting.
    pub link: String,
    /// The client's personal join link; for the host only.
    pub join_link: Option<String>,
    /// Further people and their links; for the host only.
    pub guests: Vec<Guest>,
    /// Length of all calls so far.
    pub call_time: Millis,
    /// Where the client of a booking moves it or calls it off; for the client only.
    pub manage_link: Option<String>,
    /// Of a group's session, how many seats are taken.
    pub seats_taken: Option<u32>,
    /// The client's zone, as far as the host may know of their account, or as a guest said it; for
    /// the host only.
    pub client_zone: Option<String>,
    /// Until when somebody may say who came, against what was seen; of a booking that is over.
    pub judged_until: Option<Timestamp>,
}

impl MeetingView {
    /// The client's account, as far as the one who looks may know of it.
    pub fn client_user(&self) -> Option<UserId> {
        match self.viewer {
            Viewer::Host | Viewer::Guest => self.meeting.client_known_to_host(),
            Viewer::Client | Viewer::Admin => self.meeting.client.user,
        }
    }
}

impl Services {
    /// Makes a meeting, its room, its invitation, its reminders and the mail. Repeated with the
    /// same key it gives the same meeting and makes nothing; the flag says whether it was made.
    pub async fn create_meeting(
        &self,
        who: Member,
        new: &NewMeeting,
        key: Option<&str>,
    ) -> Result<(MeetingView, bool), ServiceError> {
        let host = self.account_of(who.user)?;
        if !host.may_host() {
            return Err(ServiceError::NotHost);
        }
        self.unless_held(Held::Bookings, host.admin)?;
        let request = self.request_hash(new);
        self.retrying(async || {
            if let Some(made) = self.made_before(who.user, key, &request)? {
                return Ok((self.meeting(&identity_of(who), made).await?, false));
            }
            let now = self.now();
            let meeting = Meeting {
                id: MeetingId(keys::ordered_id(now)),
                room: RoomId(keys::unguessable_id()),
                host: who.user,
                client: self.client(who.user, new)?,
                terms: new.terms.clone().check(now)?,
                lobby: new.lobby,
                status: Status::Confirmed,
                version: 1,
                attendance: vec![],
                declared: vec![],
                call_started_at: None,
                call_ended_at: None,
                live_since: None,
                call_time: Millis::ZERO,
                booking: None,
                remark: None,
                created_at: now,
                updated_at: now,
            };
            let mut pages = self.pages();
            self.take_time(&mut pages, None, &meeting)?;
            let mut batch = meetings::insert(&meeting)?
                .and(pages.batch()?)
                .and(self.invite(&meeting, &client_of(&meeting))?)
                .and(self.plan_reminders(&meeting))
                .and(self.mail_invited(|| Kind::Invitation(meeting.id), &meeting)?);
            if let Some(key) = key {
                let answer = Answer {
                    request,
                    made: meeting.id.as_bytes().to_vec(),
                    at: now,
                };
                batch = batch.and(idempotency::insert(who.user, key, &answer)?);
            }
            self.write(batch).await?;
            self.tell_parties(None, &meeting);
            self.tell_slots(who.user);
            Ok((self.view(meeting, Viewer::Host)?, true))
        })
        .await
    }

    fn request_hash(&self, new: &NewMeeting) -> [u8; 32] {
        let client = match &new.client {
            ClientRef::Account(id) => id.to_string(),
            ClientRef::Email(email) => email.clone(),
        };
        self.0.keys.hash_parts(&[
            new.terms.subject.as_bytes(),
            new.terms.description.as_bytes(),
            &new.terms.starts_at.0.to_be_bytes(),
            &new.terms.duration.0.to_be_bytes(),
            client.as_bytes(),
            new.client_name.as_deref().unwrap_or("").as_bytes(),
            &[u8::from(new.lobby)],
        ])
    }

    fn made_before(
        &self,
        user: UserId,
        key: Option<&str>,
        request: &[u8; 32],
    ) -> Result<Option<MeetingId>, ServiceError> {
        match self.answered_before(user, key, request)? {
            None => Ok(None),
            Some(made) => match <[u8; 16]>::try_from(made.as_slice()) {
                Ok(id) => Ok(Some(MeetingId::from_bytes(id))),
                Err(_) => Err(ServiceError::Internal("an answer holds no id".into())),
            },
        }
    }

    /// What a command with this key made before.
    pub(super) fn answered_before(
        &self,
        user: UserId,
        key: Option<&str>,
        request: &[u8; 32],
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        let Some(key) = key else { return Ok(None) };
        if key.is_empty() || key.len() > idempotency::KEY_BYTES_MAX {
            return Err(ServiceError::BadField(BadField {
                field: "Idempotency-Key",
                why: "A key has 1 to 128 bytes.",
            }));
        }
        match idempotency::load(&self.0.store, user, key)? {
            None => Ok(None),
            Some(answer) if answer.request != *request => Err(ServiceError::KeyReused),
            Some(answer) => Ok(Some(answer.value.made)),
        }
    }

    fn client(&self, host: UserId, new: &NewMeeting) -> Result<Client, ServiceError> {
        let bad = |field, why| Err(ServiceError::BadField(BadField { field, why }));
        let (account, email) = match &new.client {
            ClientRef::Account(id) => match accounts::load(&self.0.store, *id)? {
                Some(account) => (Some(account.value.clone()), account.email.clone()),
                None => return bad("clientId", "There is no such account."),
            },
            ClientRef::Email(text) => {
                let email = Email::parse(text).map_err(|it| BadField {
                    field: "clientEmail",
                    ..it
                })?;
                let account = accounts::load_by_email(&self.0.store, &email)?;
                (account.map(|read| read.value), email)
            }
        };
        if account.as_ref().is_some_and(|it| it.id == host) {
            return bad("clientEmail", "This is your own address.");
        }
        let given = new.client_name.as_deref().unwrap_or("").trim();
        let name = match (&account, given) {
            // The host's word for them wins: an address typed in must not reveal an account's name.
            (_, given) if !given.is_empty() => {
                account::check_name(given).map_err(|it| BadField {
                    field: "clientName",
                    ..it
                })?
            }
            (Some(account), _) if matches!(new.client, ClientRef::Account(_)) => {
                account.name.clone()
            }
            _ => email
                .as_str()
                .split('@')
                .next()
                .unwrap_or("Guest")
                .to_owned(),
        };
        Ok(Client {
            user: account.map(|it| it.id),
            named_by_account: matches!(new.client, ClientRef::Account(_)),
            email,
            name,
        })
    }

    /// Meetings that a new account was invited to before it was one become its own, as a batch.
    pub(super) fn adopt_meetings(&self, account: &Account) -> Result<Batch, ServiceError> {
        let before = meetings::load_of_stranger(&self.0.store, &account.email, ADOPTED_MAX)?;
        let mut pages = self.pages();
        let batch = before.iter().try_fold(Batch::new(), |batch, old| {
            let mut new = old.value.clone();
            new.client.user = Some(account.id);
            self.take_time(&mut pages, Some(old), &new)?;
            Ok::<_, ServiceError>(batch.and(meetings::replace(old, &new)?))
        })?;
        Ok(batch.and(pages.batch()?))
    }

    /// A person's meetings that start in `[from, to)`, earliest first, at most [`LIST_MAX`].
    pub fn meetings(
        &self,
        who: Member,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<MeetingView>, ServiceError> {
        self.account_of(who.user)?;
        meetings::load_calendar(&self.0.store, who.user, from, to, LIST_MAX)?
            .into_iter()
            .map(|read| {
                let viewer = match read.part_of(who.user) {
                    Some(Part::Host) => Viewer::Host,
                    _ => Viewer::Client,
                };
                self.view(read.value, viewer)
            })
            .collect()
    }

    /// One meeting, for its people and for admins.
    pub async fn meeting(
        &self,
        who: &Identity,
        id: MeetingId,
    ) -> Result<MeetingView, ServiceError> {
        let meeting = self.load_meeting(id)?;
        let viewer = self.viewer(who, &meeting)?;
        self.view(meeting.value, viewer)
    }

    pub(super) fn load_meeting(&self, id: MeetingId) -> Result<Read<Meeting>, ServiceError> {
        meetings::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)
    }

    /// What somebody is to a meeting; refused when nothing.
    pub(super) fn viewer(&self, who: &Identity, m: &Meeting) -> Result<Viewer, ServiceError> {
        match (who.scope, m.part_of(who.user)) {
            (Scope::Room(room), _) if room == m.room && who.role == Role::Guest => {
                // Others of a session have the same room.
                match m.seats() == 1 || self.invited_as(who)? == Some(m.id) {
                    true => Ok(Viewer::Guest),
                    false => Err(ServiceError::Forbidden),
                }
            }
            (Scope::Room(_), _) => Err(ServiceError::Forbidden),
            (Scope::Account, Some(Part::Host)) => Ok(Viewer::Host),
            (Scope::Account, Some(Part::Client)) => Ok(Viewer::Client),
            (Scope::Account, None)
                if who.role == Role::Admin && self.account_of(who.user)?.admin =>
            {
                Ok(Viewer::Admin)
            }
            (Scope::Account, None) => Err(ServiceError::Forbidden),
        }
    }

    /// As [`Services::viewer`], for what only the people in the meeting may do.
    pub(super) fn party(&self, who: &Identity, m: &Meeting) -> Result<Viewer, ServiceError> {
        match self.viewer(who, m)? {
            Viewer::Admin => Err(ServiceError::Forbidden),
            viewer => Ok(viewer),
        }
    }

    pub(super) fn view(
        &self,
        mut meeting: Meeting,
        viewer: Viewer,
    ) -> Result<MeetingView, ServiceError> {
        let now = self.now();
        if viewer == Viewer::Admin {
            // What the two said to each other is theirs (C21).
            meeting.terms.description.clear();
            meeting.remark = None;
        }
        let (join_link, guests) = match viewer {
            Viewer::Host if !meeting.status.is_over() => (
                self.join_link(&meeting, &meeting.client.email)?,
                self.guests(&meeting)?,
            ),
            _ => (None, Vec::new()),
        };
        Ok(MeetingView {
            host_name: self.host_name(&meeting)?,
            client_name: meeting.client.name.clone(),
            viewer,
            joinable: self.door(self.lets_in(viewer, &meeting)?, &meeting, now),
            link: self.url(&format!("/video-call/{}", meeting.id)),
            join_link,
            guests,
            call_time: meeting.call_time(now),
            seats_taken: match meeting.seats() {
                1 => None,
                _ => Some(self.seats_taken(&meeting)?),
            },
            manage_link: (viewer == Viewer::Client
                && meeting.booking.is_some()
                && !meeting.status.is_over())
            .then(|| self.manage_link(&meeting)),
            client_zone: match viewer {
                Viewer::Host => self.zone_of_client(&meeting)?,
                _ => None,
            },
            judged_until: (meeting.can_be_judged())
                .then(|| meeting.updated_at + self.0.config.dispute_window),
            meeting,
        })
    }

    /// Whether the operator's switch is no matter for who looks: an admin, who may host too.
    fn lets_in(&self, viewer: Viewer, meeting: &Meeting) -> Result<bool, ServiceError> {
        Ok(match viewer {
            Viewer::Admin => true,
            Viewer::Host if self.holds(Held::Joins) => self.account_of(meeting.host)?.admin,
            _ => false,
        })
    }

    /// Of an account as far as the host may know of it; of a guest as they said when they booked.
    fn zone_of_client(&self, meeting: &Meeting) -> Result<Option<String>, ServiceError> {
        let Some(user) = meeting.client_known_to_host() else {
            let said = meeting.booking.as_ref().and_then(|it| it.reader.as_ref());
            return Ok(said.and_then(|it| it.time_zone.clone()));
        };
        let client = accounts::load(&self.0.store, user)?;
        Ok(client.map(|it| it.time_zone.clone()))
    }

    pub(super) fn host_name(&self, meeting: &Meeting) -> Result<String, ServiceError> {
        let host = accounts::load(&self.0.store, meeting.host)?;
        Ok(host.map_or_else(|| "Host".into(), |host| host.name.clone()))
    }

    /// Sets new terms. Only the host may; a moved meeting gets a new link.
    pub async fn change_meeting(
        &self,
        who: Member,
        id: MeetingId,
        change: &MeetingChange,
    ) -> Result<MeetingView, ServiceError> {
        let booked = self.load_meeting(id)?;
        if let Some(to) = change.starts_at
            && booked.booking.is_some()
            && booked.part_of(who.user) == Some(Part::Client)
        {
            return self.move_booking(who, id, to).await;
        }
        if let Some(to) = change.starts_at
            && booked.seats() > 1
            && booked.host == who.user
        {
            let words = MeetingChange {
                starts_at: None,
                ..change.clone()
            };
            self.change_terms(who, id, &words).await?;
            return self.move_booking(who, id, to).await;
        }
        self.change_terms(who, id, change).await
    }

    async fn change_terms(
        &self,
        who: Member,
        id: MeetingId,
        change: &MeetingChange,
    ) -> Result<MeetingView, ServiceError> {
        let meeting = self
            .step(id, |meeting, now| {
                if meeting.host != who.user {
                    return Err(ServiceError::Forbidden);
                }
                let old = &meeting.terms;
                let terms = Terms {
                    subject: change.subject.clone().unwrap_or(old.subject.clone()),
                    description: change
                        .description
                        .clone()
                        .unwrap_or(old.description.clone()),
                    starts_at: change.starts_at.unwrap_or(old.starts_at),
                    duration: change.duration.unwrap_or(old.duration),
                };
                let moved = terms.starts_at != old.starts_at;
                // A meeting that began may still get a better subject.
                let checked_at = if moved { now } else { old.starts_at.min(now) };
                Ok(Input::Change(terms.check(checked_at)?))
            })
            .await?;
        self.view(meeting, Viewer::Host)
    }

    /// Calls it off, with words for the other side, which may be empty. Either side may.
    pub async fn cancel_meeting(
        &self,
        who: &Identity,
        id: MeetingId,
        words: &str,
    ) -> Result<MeetingView, ServiceError> {
        let part = |meeting: &Meeting| match self.party(who, meeting)? {
            Viewer::Host => Ok(Part::Host),
            Viewer::Client => Ok(Part::Client),
            _ => Err(ServiceError::Forbidden),
        };
        let meeting = self.called_off(id, Some(who.user), words, part).await?;
        let viewer = match meeting.host == who.user {
            true => Viewer::Host,
            false => Viewer::Client,
        };
        self.view(meeting, viewer)
    }

    /// Calls it off for whoever may: `part` says as which side, or refuses. `by` gets no mail about
    /// their own act.
    pub(super) async fn called_off(
        &self,
        id: MeetingId,
        by: Option<UserId>,
        words: &str,
        part: impl Fn(&Meeting) -> Result<Part, ServiceError>,
    ) -> Result<Meeting, ServiceError> {
        self.step_by(id, by, |meeting, _| {
            let part = part(meeting)?;
            said(part, words, Input::Cancel(part))
        })
        .await
    }

    /// Notes that somebody is there, if the door is open.
    pub async fn join_meeting(
        &self,
        who: &Identity,
        id: MeetingId,
    ) -> Result<MeetingView, ServiceError> {
        self.through_the_door(who, id, Input::Entered(who.user))
            .await
    }

    /// Somebody declares that their call began, if the door is open (R062, C06).
    pub async fn start_call(
        &self,
        who: &Identity,
        id: MeetingId,
    ) -> Result<MeetingView, ServiceError> {
        self.through_the_door(who, id, Input::Declared(who.user))
            .await
    }

    async fn through_the_door(
        &self,
        who: &Identity,
        id: MeetingId,
        input: Input,
    ) -> Result<MeetingView, ServiceError> {
        let meeting = self
            .step(id, |meeting, now| {
                self.party(who, meeting)?;
                ServiceError::unless_open(self.door(who.role == Role::Admin, meeting, now))?;
                Ok(input.clone())
            })
            .await?;
        let viewer = self.viewer(who, &meeting)?;
        self.view(meeting, viewer)
    }

    /// The room, for those who may enter now (R061).
    pub fn room_for(&self, who: &Identity, id: MeetingId) -> Result<MeetingView, ServiceError> {
        let meeting = self.load_meeting(id)?;
        let viewer = self.party(who, &meeting)?;
        ServiceError::unless_open(self.door(who.role == Role::Admin, &meeting, self.now()))?;
        self.view(meeting.value, viewer)
    }

    /// The host ends the call for everybody. From anybody else it changes nothing: leaving is not
    /// ending (C05).
    pub async fn end_call(
        &self,
        who: &Identity,
        id: MeetingId,
    ) -> Result<MeetingView, ServiceError> {
        let meeting = self.load_meeting(id)?;
        let viewer = self.party(who, &meeting)?;
        if viewer != Viewer::Host {
            return self.view(meeting.value, viewer);
        }
        let meeting = self.step(id, |_, _| Ok(Input::EndForAll)).await?;
        self.view(meeting, viewer)
    }

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

/// A member's identity where only who they are is asked.
pub(super) fn identity_of(who: Member) -> Identity {
    Identity {
        user: who.user,
        login: who.login,
        role: Role::Host,
        scope: Scope::Account,
        name: String::new(),
        expires_at: Timestamp::MAX,
    }
}
