//! Meetings: making, listing, moving, calling off and joining them. What they change goes through a step
//! (`steps`).

use parlor_data::{
    Batch, Read,
    nouns::{
        account as accounts,
        idempotency::{self, Answer},
        meeting as meetings,
    },
};
use parlor_domain::{
    access::Member,
    account::{self, Account, BadField, Email},
    id::{MeetingId, RoomId, UserId},
    identity::{Identity, Role, Scope},
    mail::Kind,
    maintenance::Kind as Held,
    meeting::{Client, Input, Meeting, Part, Status, Terms},
    time::{Millis, Timestamp},
};

use super::{MeetingView, ServiceError, Services, Viewer, guests::client_of, keys, steps::said};

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
