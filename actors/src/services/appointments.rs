//! Meetings as admins see them: when, who with whom, in which state; and calling one off as its host
//! could. Metadata only (C21): neither what it is about nor any way in.

use parlor_data::{Read, nouns::meeting as meetings};
use parlor_domain::{
    access::Admin,
    account::BadField,
    id::{MeetingId, UserId},
    meeting::{Meeting, Part, Status},
    time::{Millis, Timestamp},
};

use super::{
    ServiceError, Services,
    look::{READ_AT_ONCE, Rows, look_through, rows, rows_while},
};

/// Most meetings of one page.
pub const APPOINTMENTS_MAX: usize = 50;
/// The longest way from a meeting's start to the closing of its door, and back.
const DOOR_MAX: Millis = Millis::from_days(2);

/// Which meetings a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those still to come or going on, the next first; else those made last first.
    pub ahead: bool,
    /// Only in this state.
    pub status: Option<Status>,
    /// Only of this person: an address or an id of an account.
    pub person: Option<String>,
    /// Only those that start at or after this.
    pub from: Option<Timestamp>,
    /// Only those that start before this.
    pub to: Option<Timestamp>,
}

/// A place in a list: the time that it is sorted by, and the meeting there.
pub type Mark = (Timestamp, MeetingId);

/// Meetings with what they are sorted by.
type Marked = Rows<(Timestamp, Read<Meeting>)>;

/// A page of meetings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentPage {
    /// In the order of the list.
    pub all: Vec<Appointment>,
    /// From where to go on; none when all were looked at.
    pub next: Option<Mark>,
}

/// A meeting without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// The meeting.
    pub meeting: Meeting,
    /// What its host is called.
    pub host_name: String,
    /// Length of all calls so far.
    pub call_time: Millis,
}

impl Wanted {
    fn has(&self, it: &Meeting) -> bool {
        let at = it.terms.starts_at;
        (!self.ahead || !it.status.is_over())
            && self.status.is_none_or(|status| it.status == status)
            && self.from.is_none_or(|from| at >= from)
            && self.to.is_none_or(|to| at < to)
    }
}

impl Services {
    /// A page of meetings, from after the place `after`.
    pub fn appointments(
        &self,
        admin: Admin,
        wanted: &Wanted,
        after: Option<Mark>,
    ) -> Result<AppointmentPage, ServiceError> {
        let person = self.user_in(admin, "person", wanted.person.as_deref())?;
        let (all, next) = look_through(
            after,
            APPOINTMENTS_MAX,
            |next| match person {
                Some(user) => self.of_person(user, wanted, next),
                None if wanted.ahead => self.ahead(wanted, next),
                None => self.made_last(next),
            },
            |(at, it)| (*at, it.id),
            |(_, it)| match wanted.has(&it) {
                true => self.appointment(it.value).map(Some),
                false => Ok(None),
            },
        )?;
        Ok(AppointmentPage { all, next })
    }

    /// Calls a meeting off as its host could: what was paid goes back as it does then, and both sides
    /// get the mail, with the admin's words.
    pub async fn cancel_appointment(
        &self,
        _: Admin,
        id: MeetingId,
        words: &str,
    ) -> Result<Appointment, ServiceError> {
        if words.trim().is_empty() {
            return Err(ServiceError::BadField(BadField {
                field: "words",
                why: "Please say why; both sides read it.",
            }));
        }
        let part = |_: &Meeting| Ok(Part::Host);
        let meeting = self.called_off(id, None, words, part).await?;
        self.appointment(meeting)
    }

    fn appointment(&self, meeting: Meeting) -> Result<Appointment, ServiceError> {
        Ok(Appointment {
            host_name: self.host_name(&meeting)?,
            call_time: meeting.call_time(self.now()),
            meeting,
        })
    }

    fn made_last(&self, before: Option<Mark>) -> Result<Marked, ServiceError> {
        let before = before.map(|(_, id)| id);
        let page = meetings::latest(&self.0.store, before, READ_AT_ONCE)?;
        let marked = page.into_iter().map(|it| (it.created_at, it));
        Ok(rows(marked.collect()))
    }

    fn ahead(&self, wanted: &Wanted, after: Option<Mark>) -> Result<Marked, ServiceError> {
        let from = wanted.from.map_or(self.now(), |from| from.max(self.now()));
        let after = after.unwrap_or((from, MeetingId::from_bytes([0; 16])));
        let page = meetings::load_ahead(&self.0.store, after, READ_AT_ONCE)?;
        // Sorted by their doors, which close a while after the start.
        let within = |(at, _): &(Timestamp, _)| wanted.to.is_none_or(|to| *at < to + DOOR_MAX);
        Ok(rows_while(page, within))
    }

    /// By their start; a page may begin with what the last one ended with, at the same instant.
    fn of_person(
        &self,
        user: UserId,
        wanted: &Wanted,
        after: Option<Mark>,
    ) -> Result<Marked, ServiceError> {
        let usual = match wanted.ahead {
            true => self.now() - DOOR_MAX,
            false => Timestamp::MIN,
        };
        let from = after.map_or(wanted.from.unwrap_or(usual), |(at, _)| at);
        let to = wanted.to.unwrap_or(Timestamp::MAX);
        let page = meetings::load_calendar(&self.0.store, user, from, to, READ_AT_ONCE)?;
        let (page, last) = rows(page);
        let seen = |it: &Read<Meeting>| {
            after.is_some_and(|(at, id)| (it.terms.starts_at, it.id) <= (at, id))
        };
        let page = page.into_iter().filter(|it| !seen(it));
        Ok((page.map(|it| (it.terms.starts_at, it)).collect(), last))
    }
}
