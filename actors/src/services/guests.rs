//! Further people of a meeting: the host asks them in by e-mail, each with a link of their own, up
//! to what the room holds. They get the mails that the client gets. Whoever is asked is no party to
//! the appointment: they cannot move it or call it off.

use parlor_data::{
    Batch, Read,
    nouns::{account as accounts, invitation as invitations},
};
use parlor_domain::{
    access::Member,
    account::{self, BadField, Email},
    id::{LoginId, MeetingId, UserId},
    invitation::Invitation,
    mail::Kind,
    meeting::Meeting,
};

use super::{MeetingView, ServiceError, Services, Viewer};

/// Somebody who is invited: an address and what the host calls them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Where the mail goes.
    pub email: Email,
    /// What the host calls them.
    pub name: String,
}

/// A further person, as the host sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Who.
    pub invited: Invited,
    /// Their personal join link.
    pub link: String,
}

impl Services {
    /// Asks one more person in and mails them their link. Asking the same address again changes
    /// nothing. Only the host may; not more than the room holds.
    pub async fn invite_guest(
        &self,
        who: Member,
        id: MeetingId,
        email: &str,
        name: Option<&str>,
    ) -> Result<MeetingView, ServiceError> {
        self.retrying(async || {
            let meeting = self.led_by(who, id)?;
            let new = self.check_guest(&meeting, email, name)?;
            let there = self.invited(&meeting)?;
            if !there.iter().any(|it| it.email == new.email) {
                let most = self.0.config.room_people_max;
                let taken = match meeting.seats() {
                    1 => there.len(),
                    _ => self.session_people(&meeting)?,
                };
                if taken + 1 >= most {
                    return Err(ServiceError::RoomHolds(most));
                }
                let batch = self.invite(&meeting, &new)?.and(self.mail_to(
                    &new,
                    Kind::Invitation(id),
                    &meeting,
                )?);
                self.write(batch).await?;
            }
            self.view(meeting, Viewer::Host)
        })
        .await
    }

    /// Takes a further person's link back; whoever came in by it is let go.
    pub async fn uninvite_guest(
        &self,
        who: Member,
        id: MeetingId,
        email: &str,
    ) -> Result<MeetingView, ServiceError> {
        self.retrying(async || {
            let meeting = self.led_by(who, id)?;
            let email = Email::parse(email)?;
            if email == meeting.client.email {
                return Err(ServiceError::BadField(BadField {
                    field: "email",
                    why: "This is the one the meeting is with. Cancel the meeting instead.",
                }));
            }
            let (mut batch, mut ended) = (Batch::new(), Vec::new());
            for old in self.open_invitations(&meeting)? {
                if old.email == email {
                    let (revoked, logins) = self.take_back(&old)?;
                    batch = batch.and(revoked);
                    ended.extend(logins);
                }
            }
            if batch.is_empty() {
                return Err(ServiceError::NotFound);
            }
            self.write(batch).await?;
            self.tell_revoked(&ended);
            self.view(meeting, Viewer::Host)
        })
        .await
    }

    /// Everybody who holds a link to a meeting: its client first, then who was asked besides.
    pub(super) fn invited(&self, meeting: &Meeting) -> Result<Vec<Invited>, ServiceError> {
        let mut all = vec![client_of(meeting)];
        for it in self.open_invitations(meeting)? {
            if !all.iter().any(|known| known.email == it.email) {
                all.push(Invited {
                    email: it.email.clone(),
                    name: it.name.clone(),
                });
            }
        }
        Ok(all)
    }

    /// Who may come into the room of a session, its host left out: clients as many as there are
    /// seats, and whom the host asked besides.
    fn session_people(&self, meeting: &Meeting) -> Result<usize, ServiceError> {
        let mut people = meeting.seats() as usize;
        for it in self.session_of(meeting)? {
            people += self.invited(&it)?.len().saturating_sub(1);
        }
        Ok(people)
    }

    /// The further people with their links.
    pub(super) fn guests(&self, meeting: &Meeting) -> Result<Vec<Guest>, ServiceError> {
        let now = self.now();
        let mut guests: Vec<_> = self
            .open_invitations(meeting)?
            .into_iter()
            .filter(|it| it.email != meeting.client.email && it.check(now).is_ok())
            .map(|it| (it.created_at, it.id, it.value))
            .collect();
        guests.sort_by_key(|(at, id, _)| (*at, *id));
        let guest = |it: Invitation| Guest {
            link: self.link_of(it.id),
            invited: Invited {
                email: it.email,
                name: it.name,
            },
        };
        Ok(guests.into_iter().map(|(_, _, it)| guest(it)).collect())
    }

    /// A mail about a meeting to everybody who holds a link.
    pub(super) fn mail_invited(
        &self,
        kind: impl Fn() -> Kind,
        meeting: &Meeting,
    ) -> Result<Batch, ServiceError> {
        let invited = self.invited(meeting)?;
        invited.iter().try_fold(Batch::new(), |batch, one| {
            Ok(batch.and(self.mail_to(one, kind(), meeting)?))
        })
    }

    pub(super) fn mail_to(
        &self,
        to: &Invited,
        kind: Kind,
        m: &Meeting,
    ) -> Result<Batch, ServiceError> {
        let host = accounts::load(&self.0.store, m.host)?;
        let reader = self.reader_of(m, to, host.as_deref())?;
        let mail = self.mail(kind, reader, m.version, m.closes_at(self.0.config.window));
        self.queue(&mail)
    }

    /// The meeting, if this person leads it and it is not over.
    fn led_by(&self, who: Member, id: MeetingId) -> Result<Meeting, ServiceError> {
        let meeting = self.load_meeting(id)?.value;
        if meeting.host != who.user {
            return Err(ServiceError::Forbidden);
        }
        match meeting.status.is_over() {
            false => Ok(meeting),
            true => Err(ServiceError::OutOfTurn("the meeting is over".into())),
        }
    }

    fn check_guest(
        &self,
        meeting: &Meeting,
        email: &str,
        name: Option<&str>,
    ) -> Result<Invited, ServiceError> {
        let email = Email::parse(email)?;
        let host = accounts::load(&self.0.store, meeting.host)?;
        if host.is_some_and(|host| host.email == email) {
            return Err(ServiceError::BadField(BadField {
                field: "email",
                why: "This is your own address.",
            }));
        }
        let given = name.unwrap_or("").trim();
        let name = match given.is_empty() {
            true => email
                .as_str()
                .split('@')
                .next()
                .unwrap_or("Guest")
                .to_owned(),
            false => account::check_name(given)?,
        };
        Ok(Invited { email, name })
    }

    /// The invitations to a meeting that were not taken back.
    pub(super) fn open_invitations(
        &self,
        meeting: &Meeting,
    ) -> Result<Vec<Read<Invitation>>, ServiceError> {
        let mut all = invitations::load_of(&self.0.store, meeting.id)?;
        all.retain(|it| it.revoked_at.is_none());
        Ok(all)
    }

    #[allow(clippy::type_complexity)]
    pub(super) fn take_back(
        &self,
        old: &Read<Invitation>,
    ) -> Result<(Batch, Vec<(UserId, LoginId)>), ServiceError> {
        let mut invitation = old.value.clone();
        invitation.revoke(self.now());
        let (revoked, logins) = self.revoke_all(self.devices_of(old)?, None)?;
        Ok((invitations::replace(old, &invitation)?.and(revoked), logins))
    }
}

/// The one the meeting is with.
pub(super) fn client_of(meeting: &Meeting) -> Invited {
    Invited {
        email: meeting.client.email.clone(),
        name: meeting.client.name.clone(),
    }
}
