//! Queuing mails: facts to a row that is written in the same batch as its cause.

use parlor_data::{
    Batch,
    nouns::{account as accounts, mail as mails, meeting as meetings, one_time::Pending},
};
use parlor_domain::{
    account::{Account, Email},
    id::{MailId, MeetingId},
    mail::{Kind, Mail, OneTimeId, State},
    meeting::Meeting,
    time::Timestamp,
};
use uuid::Builder;

use super::{Invited, ServiceError, Services, addresses::MEETINGS_MAX, guests::client_of};

/// Whom a mail goes to, and how they read.
#[derive(Clone)]
pub(super) struct Recipient {
    pub email: Email,
    pub name: String,
    pub language: String,
    pub time_zone: String,
}

/// Most waiting mails that are counted.
const COUNTED_MAX: usize = 10_000;

impl Services {
    /// How many mails wait to be sent, counted up to 10,000.
    pub fn mails_waiting(&self) -> Result<usize, ServiceError> {
        Ok(mails::count_waiting(&self.0.store, COUNTED_MAX)?)
    }

    /// Whether a mail was due before then and still is: nobody takes them to the mail server.
    pub fn mail_is_late(&self, then: Timestamp) -> Result<bool, ServiceError> {
        Ok(mails::next_due(&self.0.store)?.is_some_and(|due| due < then))
    }

    pub(super) fn recipient(&self, account: &Account) -> Recipient {
        Recipient {
            email: account.email.clone(),
            name: account.name.clone(),
            language: account.language.clone(),
            time_zone: account.time_zone.clone(),
        }
    }

    /// Somebody without an account.
    pub(super) fn stranger(&self, email: &Email, name: &str) -> Recipient {
        Recipient {
            email: email.clone(),
            name: name.to_owned(),
            language: "en".into(),
            time_zone: "UTC".into(),
        }
    }

    /// Somebody who signs up: as their account reads, or as they said just now.
    pub(super) fn recipient_of(
        &self,
        email: &Email,
        account: Option<&Account>,
        pending: &Pending,
    ) -> Recipient {
        match account {
            Some(account) => self.recipient(account),
            None => Recipient {
                email: email.clone(),
                name: pending.name.clone(),
                language: pending.language.clone(),
                time_zone: pending.time_zone.clone(),
            },
        }
    }

    /// A mail that is due now.
    pub(super) fn mail(
        &self,
        kind: Kind,
        to: Recipient,
        version: u32,
        not_after: Timestamp,
    ) -> Mail {
        self.mail_about(kind, to, version, not_after, self.now())
    }

    /// As [`Services::mail`], for something of which there is one at `about`.
    pub(super) fn mail_about(
        &self,
        kind: Kind,
        to: Recipient,
        version: u32,
        not_after: Timestamp,
        about: Timestamp,
    ) -> Mail {
        let now = self.now();
        Mail {
            id: self.mail_id(&kind, &to.email, version, about),
            // Written for the same work, never to be sent.
            state: match kind {
                Kind::ResetUnknown => State::Dropped,
                _ => State::Queued,
            },
            kind,
            to: to.email,
            name: to.name,
            language: to.language,
            time_zone: to.time_zone,
            version,
            attempts: 0,
            due_at: now,
            not_after,
            created_at: now,
            updated_at: now,
            why: None,
            reply: None,
        }
    }

    /// The same mail has the same id: what it is about, for which version, for whom. Mails that
    /// answer an act of their own are told apart by its instant.
    fn mail_id(&self, kind: &Kind, to: &Email, version: u32, about: Timestamp) -> MailId {
        let what = match kind {
            Kind::Verify(id) | Kind::Reset(id) | Kind::Test(id) => id.to_vec(),
            Kind::AlreadyRegistered
            | Kind::ResetUnknown
            | Kind::PasswordChanged
            | Kind::SecondFactorChanged => super::keys::random::<16>().to_vec(),
            Kind::DataReady(user) | Kind::ErasureAsked(user) | Kind::ErasureTakenBack(user) => {
                [user.as_bytes().as_slice(), &about.0.to_be_bytes()].concat()
            }
            Kind::Invitation(id) | Kind::Changed(id) | Kind::Cancelled(id) => {
                id.as_bytes().to_vec()
            }
            Kind::Lapsed(id, why) => [id.as_bytes().as_slice(), &[why.code()]].concat(),
            // Whoever waits again may be told again.
            Kind::Vacancy {
                host,
                service,
                starts_at,
            } => {
                let times = [starts_at.0.to_be_bytes(), about.0.to_be_bytes()].concat();
                [host.as_bytes().as_slice(), service.as_bytes(), &times].concat()
            }
            Kind::Digest { user, after, up_to } => {
                let numbers = [after.0.to_be_bytes(), up_to.0.to_be_bytes()].concat();
                [user.as_bytes().as_slice(), &numbers].concat()
            }
            // Two reminders of one meeting differ by when they are due.
            Kind::Reminder(id) => [id.as_bytes().as_slice(), &about.0.to_be_bytes()].concat(),
        };
        let hash = self.0.keys.hash_parts(&[
            kind.word().as_bytes(),
            &what,
            &version.to_be_bytes(),
            to.as_str().as_bytes(),
        ]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        MailId(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Queues a mail with its cause; nothing when the same mail is queued already.
    pub(super) fn queue(&self, mail: &Mail) -> Result<Batch, ServiceError> {
        if mails::load(&self.0.store, mail.id)?.is_some() {
            return Ok(Batch::new());
        }
        Ok(mails::insert(mail)?)
    }

    /// Whoever reads mail at this address. Somebody without an account is told times in the zone
    /// of the one who invites: it is named, and at least one of the two knows it.
    pub(super) fn reader_at(
        &self,
        email: &Email,
        name: &str,
        inviting: Option<&Account>,
    ) -> Result<Recipient, ServiceError> {
        Ok(match accounts::load_by_email(&self.0.store, email)? {
            Some(account) => self.recipient(&account),
            None => Recipient {
                language: inviting.map_or("en".into(), |it| it.language.clone()),
                time_zone: inviting.map_or("UTC".into(), |it| it.time_zone.clone()),
                ..self.stranger(email, name)
            },
        })
    }
}

impl Services {
    /// Whoever reads mail about a meeting at this address. A client without an account reads as they
    /// said when they booked.
    pub(super) fn reader_of(
        &self,
        meeting: &Meeting,
        to: &Invited,
        host: Option<&Account>,
    ) -> Result<Recipient, ServiceError> {
        let reader = self.reader_at(&to.email, &to.name, host)?;
        let client = meeting.client.user.is_none() && meeting.client.email == to.email;
        let said = meeting.booking.as_ref().filter(|_| client);
        let Some(said) = said.and_then(|it| it.reader.clone()) else {
            return Ok(reader);
        };
        Ok(Recipient {
            language: said.language.unwrap_or(reader.language),
            time_zone: said.time_zone.unwrap_or(reader.time_zone),
            ..reader
        })
    }

    /// Somebody without an account, about no meeting of theirs: they read as of their latest.
    pub(super) fn reader_without_account(&self, email: &Email) -> Result<Recipient, ServiceError> {
        let met = meetings::load_of_stranger(&self.0.store, email, MEETINGS_MAX)?;
        let Some(latest) = met.iter().max_by_key(|it| it.terms.starts_at) else {
            return Ok(self.stranger(email, ""));
        };
        let host = accounts::load(&self.0.store, latest.host)?;
        self.reader_of(latest, &client_of(latest), host.as_deref())
    }
}

/// What the mailer needs to know to put a mail into words.
impl Services {
    pub(crate) fn site(&self) -> String {
        self.url("")
    }

    pub(crate) fn one_time_link(&self, page: &str, id: &OneTimeId) -> String {
        self.url(&format!("/{page}/{}", self.0.keys.one_time_token(id)))
    }

    pub(crate) fn meeting_to_mail(&self, id: MeetingId) -> Result<Option<Meeting>, ServiceError> {
        match self.load_meeting(id) {
            Ok(meeting) => Ok(Some(meeting.value)),
            Err(ServiceError::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }

    pub(crate) fn name_of_host(&self, meeting: &Meeting) -> Result<String, ServiceError> {
        self.host_name(meeting)
    }

    pub(crate) fn page_of(&self, meeting: &Meeting) -> String {
        self.url(&format!("/video-call/{}", meeting.id))
    }

    /// Where the reader at this address gets in; the meeting's page once the link is over.
    pub(crate) fn link_to(&self, meeting: &Meeting, of: &Email) -> Result<String, ServiceError> {
        Ok(self
            .join_link(meeting, of)?
            .unwrap_or_else(|| self.page_of(meeting)))
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<(), ServiceError> {
        self.0.store.write(batch).await?;
        Ok(())
    }
}
