//! Join links: making and taking back the invitations behind them, looking through the door
//! without consuming anything, and letting a guest in.

use parlor_data::{
    Batch, Read,
    nouns::{invitation as invitations, login as logins},
};
use parlor_domain::{
    account::{self, Email},
    id::{InvitationId, LoginId, MeetingId, UserId},
    identity::{Role, Scope},
    invitation::{Invitation, NotRedeemed},
    login::{Login, Owner},
    meeting::{Joinable, LOST_CALL, Meeting},
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services, guests::Invited, keys};

/// What somebody sees through a join link before going in.
#[derive(Debug, Clone)]
pub struct Door {
    /// Which meeting.
    pub meeting: MeetingId,
    /// What the meeting is about.
    pub subject: String,
    /// Who leads it.
    pub host_name: String,
    /// What the host calls the invited person.
    pub invitee_name: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// How long it is booked for.
    pub duration: Millis,
    /// Whether the door is open.
    pub joinable: Joinable,
    /// What whoever goes in agrees to; none without texts.
    pub agree_to: Option<String>,
}

/// What a guest gets who went in.
#[derive(Debug, Clone)]
pub struct GuestSession {
    /// For the socket and the `Authorization` header: one room, ten minutes.
    pub access_token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// For the re-entry cookie; never in a body.
    pub refresh_token: String,
    /// When the cookie ends.
    pub refresh_expires_at: Timestamp,
    /// The guest, as the others see them.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// The meeting.
    pub meeting: Meeting,
}

impl Services {
    /// An invitation of one person to a meeting's present version, as a batch.
    pub(super) fn invite(&self, meeting: &Meeting, who: &Invited) -> Result<Batch, ServiceError> {
        let now = self.now();
        let invitation = Invitation {
            id: InvitationId(keys::unguessable_id()),
            meeting: meeting.id,
            version: meeting.version,
            room: meeting.room,
            email: who.email.clone(),
            name: who.name.clone(),
            expires_at: meeting.closes_at(self.0.config.window),
            devices: vec![],
            devices_max: self.0.config.join_link_devices_max,
            revoked_at: None,
            created_at: now,
        };
        Ok(invitations::insert(
            &invitation,
            &self.token_hash(invitation.id),
        )?)
    }

    pub(super) fn token_hash(&self, id: InvitationId) -> [u8; 32] {
        self.0.keys.hash(&self.0.keys.join_token(id))
    }

    /// Takes back all invitations of a meeting, and ends the logins that came by them.
    #[allow(clippy::type_complexity)]
    pub(super) fn uninvite(
        &self,
        meeting: &Meeting,
    ) -> Result<(Batch, Vec<(UserId, LoginId)>), ServiceError> {
        let (mut batch, mut ended) = (Batch::new(), Vec::new());
        for old in self.open_invitations(meeting)? {
            let (revoked, logins) = self.take_back(&old)?;
            batch = batch.and(revoked);
            ended.extend(logins);
        }
        Ok((batch, ended))
    }

    pub(super) fn devices_of(
        &self,
        invitation: &Invitation,
    ) -> Result<Vec<Read<Login>>, ServiceError> {
        invitation
            .devices
            .iter()
            .filter_map(|id| logins::load(&self.0.store, *id).transpose())
            .map(|read| read.map_err(ServiceError::from))
            .collect()
    }

    /// One person's join link to the present version of a meeting.
    pub(super) fn join_link(
        &self,
        meeting: &Meeting,
        of: &Email,
    ) -> Result<Option<String>, ServiceError> {
        let now = self.now();
        let all = invitations::load_of(&self.0.store, meeting.id)?;
        Ok(all
            .iter()
            .filter(|it| it.version == meeting.version && it.email == *of)
            .filter(|it| it.check(now).is_ok())
            .map(|it| self.link_of(it.id))
            .next_back())
    }

    pub(super) fn link_of(&self, id: InvitationId) -> String {
        self.url(&format!("/j/{}", self.0.keys.join_token(id)))
    }

    fn invitation(&self, token: &str) -> Result<Read<Invitation>, ServiceError> {
        let hash = self.0.keys.hash(token);
        invitations::load_by_token(&self.0.store, &hash)?.ok_or(ServiceError::LinkVoid)
    }

    /// The meeting that a link opens, as long as it does.
    pub(super) fn invited_to(&self, token: &str) -> Result<Meeting, ServiceError> {
        let invitation = self.invitation(token)?;
        invitation.check(self.now())?;
        Ok(self.load_meeting(invitation.meeting)?.value)
    }

    /// Looks through the door. Reading only: mail scanners do this.
    pub fn preview(&self, token: &str) -> Result<Door, ServiceError> {
        let invitation = self.invitation(token)?;
        let meeting = self.load_meeting(invitation.meeting)?;
        let joinable = self.door(false, &meeting, self.now());
        if invitation.revoked_at.is_some() && !meeting.status.is_over() {
            return Err(ServiceError::NotRedeemed(NotRedeemed::Revoked));
        }
        Ok(Door {
            meeting: meeting.id,
            subject: meeting.terms.subject.clone(),
            host_name: self.host_name(&meeting)?,
            invitee_name: invitation.name.clone(),
            starts_at: meeting.terms.starts_at,
            duration: meeting.terms.duration,
            joinable,
            agree_to: self.house_version().map(str::to_owned),
        })
    }

    /// Lets a guest in: a login of its own for this device, bound to the room. `again` is the
    /// re-entry cookie of a device that was in before and does not count again.
    pub async fn redeem(
        &self,
        token: &str,
        name: &str,
        again: Option<&str>,
        device: Option<&str>,
    ) -> Result<GuestSession, ServiceError> {
        let name = account::check_name(name)?;
        self.retrying(async || {
            let now = self.now();
            let old = self.invitation(token)?;
            old.check(now)?;
            let meeting = self.load_meeting(old.meeting)?;
            ServiceError::unless_open(self.door(false, &meeting, now))?;
            let owner = Owner::Guest {
                invitation: old.id,
                room: old.room,
                name: name.clone(),
            };
            // The link ends with the door; who is inside by then may talk to the end of the call.
            // When the meeting ends, so does the login.
            let until = old.expires_at + LOST_CALL;
            let new = self.new_login(UserId(old.id.0), owner, device, until);
            let mut invitation = old.value.clone();
            let mut batch = logins::insert(&new.login)?;
            if let Some(before) = self.device_before(&old, again)? {
                invitation.devices.retain(|known| *known != before.id);
                batch = batch.and(logins::remove(&before));
            }
            invitation.redeem(new.login.id, now)?;
            self.write(batch.and(invitations::replace(&old, &invitation)?))
                .await?;
            self.guest_session(&new.login, new.token, meeting.value)
        })
        .await
    }

    /// The login that this device had by this invitation before.
    fn device_before(
        &self,
        invitation: &Invitation,
        cookie: Option<&str>,
    ) -> Result<Option<Read<Login>>, ServiceError> {
        let shown = cookie.and_then(|token| self.0.keys.read_refresh(token));
        let Some(shown) = shown.filter(|it| invitation.devices.contains(&it.login)) else {
            return Ok(None);
        };
        let login = logins::load(&self.0.store, shown.login)?;
        Ok(login.filter(|it| it.current.contains(&shown.hash) || it.retired.contains(&shown.hash)))
    }

    /// Trades a guest's re-entry cookie for a new one and a new access token.
    pub async fn refresh_guest(&self, token: &str) -> Result<GuestSession, ServiceError> {
        let any_guest = Owner::Guest {
            invitation: InvitationId(uuid::Uuid::nil()),
            room: parlor_domain::id::RoomId(uuid::Uuid::nil()),
            name: String::new(),
        };
        let (login, token) = self.rotate(token, any_guest).await?;
        let Owner::Guest { invitation, .. } = &login.owner else {
            return Err(ServiceError::LoginOver);
        };
        let invitation = invitations::load(&self.0.store, *invitation)?;
        let invitation = invitation.ok_or(ServiceError::LoginOver)?;
        let meeting = self.load_meeting(invitation.meeting)?;
        self.guest_session(&login, token, meeting.value)
    }

    fn guest_session(
        &self,
        login: &Login,
        refresh_token: String,
        meeting: Meeting,
    ) -> Result<GuestSession, ServiceError> {
        let Owner::Guest { room, name, .. } = &login.owner else {
            return Err(ServiceError::LoginOver);
        };
        let (access_token, expires_at) = self
            .0
            .tokens
            .make(
                (login.user, login.id),
                Role::Guest,
                Scope::Room(*room),
                name,
                self.now(),
            )
            .ok_or_else(|| ServiceError::Internal("an access token could not be made".into()))?;
        Ok(GuestSession {
            access_token,
            expires_at,
            refresh_token,
            refresh_expires_at: login.expires_at,
            user: login.user,
            name: name.clone(),
            meeting,
        })
    }
}
