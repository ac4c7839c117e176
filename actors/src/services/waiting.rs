//! Waiting for a full day of a host's service, and the sweep that tells everybody who waits when a
//! time of it is free again (`domain/waiting` says why everybody at once).

use jiff::civil::Date;
use parlor_data::{Batch, Read, nouns::waiting as rows};
use parlor_domain::{
    access::Member,
    account::BadField,
    agreement::Place,
    booking::Reader,
    id::{ServiceId, UserId},
    mail::Kind,
    notification::About,
    slots::{self, Ask},
    waiting::{OF_DAY_MAX, OF_PERSON_MAX, Waiting},
};
use uuid::Uuid;

use super::{Booker, ServiceError, Services, keys, outbox::Recipient};

/// People told in one batch.
const AT_ONCE: usize = 40;

/// For what somebody wants to wait.
#[derive(Clone, Debug)]
pub struct NewWaiting {
    /// With whom.
    pub host: UserId,
    /// What.
    pub service: ServiceId,
    /// On which day of the host's.
    pub day: Date,
    /// How somebody without an account reads mails; checked.
    pub reader: Option<Reader>,
    /// The version of the terms and the privacy notice that somebody without an account agrees to.
    pub agreed_to: Option<String>,
}

impl Services {
    /// Waits for a day on which no time is free. Waiting twice is waiting once.
    pub async fn wait_for_day(
        &self,
        booker: &Booker,
        new: &NewWaiting,
    ) -> Result<Waiting, ServiceError> {
        let client = self.booking_client(booker, new.host)?;
        let person = match client.user {
            Some(user) => user,
            None => self.person_of(&client.email),
        };
        let agreed_to = new.agreed_to.as_deref();
        let agreed = self.agreeing_client(&client, agreed_to, Place::Waiting, None)?;
        let (service, hours) = self.offer(new.host, new.service)?;
        let bad = |why| ServiceError::BadField(BadField { field: "day", why });
        let day = slots::day_of(&hours.time_zone(), new.day);
        let (from, to) = day.ok_or_else(|| bad("There is no such day."))?;
        let now = self.now();
        let empty = Ask {
            service: &service,
            hours: &hours,
            busy: &[],
            from,
            to,
            now,
            limit: 1,
        };
        if slots::slots(&empty).is_empty() {
            return Err(bad("Nothing can be booked on this day."));
        }
        if !self
            .slots(new.host, new.service, from, to)?
            .starts
            .is_empty()
        {
            return Err(ServiceError::OutOfTurn("a time of this day is free".into()));
        }
        let host = self.account_of(new.host)?;
        let reader = self.reader_at(&client.email, &client.name, Some(&host))?;
        let said = new.reader.clone().filter(|_| client.user.is_none());
        let (language, time_zone) = said.map_or((None, None), |it| (it.language, it.time_zone));
        let waiting = Waiting {
            id: keys::unguessable_id(),
            host: new.host,
            service: new.service,
            day: new.day,
            from,
            to,
            person,
            email: client.email,
            name: client.name,
            language: language.unwrap_or(reader.language),
            time_zone: time_zone.unwrap_or(reader.time_zone),
            since: now,
        };
        let mine = rows::load_of(&self.0.store, person, OF_PERSON_MAX)?;
        let same = |it: &&Read<Waiting>| {
            (it.host, it.service, it.from) == (waiting.host, waiting.service, from)
        };
        if let Some(known) = mine.iter().find(same) {
            return Ok(known.value.clone());
        }
        let beside = rows::load_beside(&self.0.store, &waiting, OF_DAY_MAX)?;
        if mine.len() >= OF_PERSON_MAX || beside.len() >= OF_DAY_MAX {
            return Err(ServiceError::OutOfTurn("there is too much waiting".into()));
        }
        let agreed = self.agreement_rows(person, agreed.as_ref())?;
        self.write(rows::insert(&waiting)?.and(agreed)).await?;
        Ok(waiting)
    }

    /// What somebody waits for.
    pub fn waits_for(&self, who: Member) -> Result<Vec<Waiting>, ServiceError> {
        let mine = rows::load_of(&self.0.store, who.user, OF_PERSON_MAX)?;
        Ok(mine.into_iter().map(|it| it.value).collect())
    }

    /// Waits no more. Whoever knows the id may say so; an unknown one is no fault.
    pub async fn stop_waiting(&self, id: Uuid) -> Result<(), ServiceError> {
        let Some(old) = rows::load(&self.0.store, id)? else {
            return Ok(());
        };
        match self.write(rows::remove(&old)).await {
            Err(ServiceError::Contended) => Ok(()),
            done => done,
        }
    }

    /// Tells those whose day has a free time again, and forgets those whose day is over; gives how
    /// many are told.
    pub async fn sweep_waiting(&self) -> Result<usize, ServiceError> {
        let (mut told, mut after) = (0, None);
        while let Some(first) = rows::first_of_next(&self.0.store, after.as_ref())? {
            let free = match self.slots(first.host, first.service, first.from, first.to) {
                Ok(found) => found.starts.first().copied(),
                // The service is gone or hidden; it may come back before the day is over.
                Err(ServiceError::NotFound | ServiceError::Forbidden) => None,
                Err(other) => return Err(other),
            };
            let over = first.to <= self.now();
            if free.is_some() || over {
                told += self.tell_waiting(&first, free.filter(|_| !over)).await?;
            }
            after = Some(first.value);
        }
        Ok(told)
    }

    async fn tell_waiting(
        &self,
        first: &Waiting,
        free: Option<parlor_domain::time::Timestamp>,
    ) -> Result<usize, ServiceError> {
        let all = rows::load_beside(&self.0.store, first, OF_DAY_MAX)?;
        for some in all.chunks(AT_ONCE) {
            let mut batch = Batch::new();
            for it in some {
                batch = batch.and(rows::remove(it));
                if let Some(starts_at) = free {
                    let kind = Kind::Vacancy {
                        host: it.host,
                        service: it.service,
                        starts_at,
                    };
                    let to = Recipient {
                        email: it.email.clone(),
                        name: it.name.clone(),
                        language: it.language.clone(),
                        time_zone: it.time_zone.clone(),
                    };
                    let mail = self.mail_about(kind, to, 0, it.to, it.since);
                    batch = batch.and(self.queue(&mail)?);
                }
            }
            match self.write(batch).await {
                // Somebody left meanwhile; the rest is told by the next sweep.
                Err(ServiceError::Contended) => return Ok(0),
                done => done?,
            }
            if let (Some(starts_at), Some((host, _))) =
                (free, self.offered(first.host, first.service)?)
            {
                // Whoever waits without an account has no list, and is skipped there.
                for it in some {
                    let about = About::Vacancy {
                        host: it.host,
                        service: it.service,
                        starts_at,
                    };
                    self.notify_soon(it.person, about, host.clone());
                }
            }
        }
        Ok(free.map_or(0, |_| all.len()))
    }

    /// The page on which a service of a host is booked.
    pub(crate) fn offer_page(&self, host: UserId, service: ServiceId) -> String {
        self.url(&format!("/book/{host}/{service}"))
    }

    /// The names of a host and of a service that is offered; nothing when it is not, any more.
    pub(crate) fn offered(
        &self,
        host: UserId,
        service: ServiceId,
    ) -> Result<Option<(String, String)>, ServiceError> {
        match self.offer(host, service) {
            Ok((service, _)) => Ok(Some((
                self.account_of(host)?.name.clone(),
                service.draft.title,
            ))),
            Err(ServiceError::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
