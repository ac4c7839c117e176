//! Notes of hosts about their clients: read and written by the host of a meeting with them, and by
//! nobody else; not by admins, not by the client.

use parlor_data::nouns::{
    host_note::{self, Found, Place},
    meeting,
};
use parlor_domain::{
    access::Member,
    id::MeetingId,
    meeting::{Meeting, Part},
    note::{self, Note, Subject},
};

use super::{ServiceError, Services};

/// What a host has written down, seen from one meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notes {
    /// About the client, whatever the meeting.
    pub client: Note,
    /// About this meeting.
    pub meeting: Note,
}

impl Services {
    /// The notes of the host of a meeting.
    ///
    /// # Errors
    /// `NotFound` for everybody else.
    pub fn notes(&self, who: Member, id: MeetingId) -> Result<Notes, ServiceError> {
        let meeting = self.hosted(who, id)?;
        Ok(Notes {
            client: self.note_of(&meeting, Subject::Client)?.1.note,
            meeting: self.note_of(&meeting, Subject::Meeting(id))?.1.note,
        })
    }

    /// Writes one of them, if nobody changed it since `version` was read; an empty text removes it.
    ///
    /// # Errors
    /// `Contended` when it was changed since, on another device or page.
    pub async fn write_note(
        &self,
        who: Member,
        id: MeetingId,
        about_client: bool,
        text: &str,
        version: u64,
    ) -> Result<Note, ServiceError> {
        let meeting = self.hosted(who, id)?;
        let text = note::checked(text)?;
        let subject = match about_client {
            true => Subject::Client,
            false => Subject::Meeting(id),
        };
        let (place, was) = self.note_of(&meeting, subject)?;
        if was.note.version != version {
            return Err(ServiceError::Contended);
        }
        let (batch, note) = host_note::put(place, &was, text, self.now())?;
        self.write(batch).await?;
        Ok(note)
    }

    fn hosted(&self, who: Member, id: MeetingId) -> Result<Meeting, ServiceError> {
        let meeting = meeting::load(&self.0.store, id)?.filter(|it| it.host == who.user);
        Ok(meeting.ok_or(ServiceError::NotFound)?.value)
    }

    /// Where a note lies: with the client's account, unless it was begun when they had none.
    fn note_of(&self, meeting: &Meeting, subject: Subject) -> Result<(Place, Found), ServiceError> {
        let of = |client| Place {
            host: meeting.host,
            client,
            subject,
        };
        let place = of(self.person(meeting, Part::Client));
        let found = host_note::load(&self.0.store, place)?;
        let address = of(self.person_of(&meeting.client.email));
        if found.note.version > 0 || address.client == place.client {
            return Ok((place, found));
        }
        let before = host_note::load(&self.0.store, address)?;
        match before.note.version {
            0 => Ok((place, found)),
            _ => Ok((address, before)),
        }
    }
}
