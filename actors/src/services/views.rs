//! A meeting as somebody sees it: what they are to it, and what they may know of it.

use parlor_data::nouns::account as accounts;
use parlor_domain::{
    id::UserId,
    identity::{Identity, Role, Scope},
    maintenance::Kind as Held,
    meeting::{Joinable, Meeting, Part},
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services, guests::Guest};

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
}
