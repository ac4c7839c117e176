//! Writing agendas: what a change of meetings, holds and blocks takes of people's time and gives
//! back, as rows of the same batch. Each row requires the day as it was read; somebody who was
//! faster is met here, or at the commit.

use std::collections::BTreeMap;

use parlor_data::{
    Batch, Read,
    nouns::agenda::{self as days, Day},
};
use parlor_domain::{
    account::Email,
    agenda::{self, Claim, Taken},
    id::UserId,
    meeting::{Meeting, Part},
    time::Timestamp,
};
use uuid::Uuid;

use super::{ServiceError, Services};

/// A day as it was read, and as it will be.
struct Page {
    old: Option<Read<Day>>,
    new: Day,
}

/// Days of agendas that one batch changes.
pub(super) struct Pages<'a> {
    services: &'a Services,
    now: Timestamp,
    days: BTreeMap<(UserId, i64), Page>,
}

impl Pages<'_> {
    fn day(&mut self, person: UserId, day: i64) -> Result<&mut Vec<Claim>, ServiceError> {
        use std::collections::btree_map::Entry;
        let page = match self.days.entry((person, day)) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => {
                let old = days::load(&self.services.0.store, person, day)?;
                let new = old
                    .as_ref()
                    .map_or_else(Day::default, |it| it.value.clone());
                unread.insert(Page { old, new })
            }
        };
        Ok(&mut page.new.0)
    }

    /// Takes time, or says that it is taken. `firmly`: not over somebody else's claim.
    pub fn take(
        &mut self,
        person: UserId,
        claim: Claim,
        firmly: bool,
    ) -> Result<Result<(), Taken>, ServiceError> {
        let now = self.now;
        for day in claim.days() {
            if let Err(taken) = agenda::take(self.day(person, day)?, claim, firmly, now) {
                return Ok(Err(taken));
            }
        }
        Ok(Ok(()))
    }

    /// Gives the time of a claim back.
    pub fn give_back(&mut self, person: UserId, claim: &Claim) -> Result<(), ServiceError> {
        let now = self.now;
        for day in claim.days() {
            agenda::give_back(self.day(person, day)?, claim.owner, now);
        }
        Ok(())
    }

    /// The rows of what changed.
    pub fn batch(self) -> Result<Batch, ServiceError> {
        let mut batch = Batch::new();
        for ((person, day), Page { old, new }) in self.days {
            let same = old.as_ref().map_or(new.0.is_empty(), |it| it.value == new);
            if !same {
                batch = batch.and(days::put(old.as_ref(), person, day, &new)?);
            }
        }
        Ok(batch)
    }
}

impl Services {
    /// Nothing changed yet.
    pub(super) fn pages(&self) -> Pages<'_> {
        Pages {
            services: self,
            now: self.now(),
            days: BTreeMap::new(),
        }
    }

    /// Whose time a side of a meeting is: an account's, or that of an address without one.
    pub(super) fn person(&self, meeting: &Meeting, part: Part) -> UserId {
        match part {
            Part::Host => meeting.host,
            Part::Client => match meeting.client.user {
                Some(user) => user,
                None => self.person_of(&meeting.client.email),
            },
        }
    }

    /// Stands for an address without an account where a key needs a person.
    pub(super) fn person_of(&self, email: &Email) -> UserId {
        let hash = self
            .0
            .keys
            .hash_parts(&[b"agenda", email.as_str().as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        UserId(Uuid::from_bytes(id))
    }

    /// Brings the agendas of both sides from what a meeting took to what it takes. A booking takes
    /// what is free; what a host writes down is taken as it is.
    pub(super) fn take_time(
        &self,
        pages: &mut Pages<'_>,
        old: Option<&Meeting>,
        new: &Meeting,
    ) -> Result<(), ServiceError> {
        for part in [Part::Host, Part::Client] {
            let before = old.and_then(|it| Some((self.person(it, part), it.claim(part)?)));
            let after = new.claim(part).map(|it| (self.person(new, part), it));
            if before == after {
                continue;
            }
            if let Some((person, claim)) = before {
                pages.give_back(person, &claim)?;
            }
            let Some((person, claim)) = after else {
                continue;
            };
            let taken = pages.take(person, claim, new.booking.is_some())?;
            match (taken, part) {
                (Ok(()), _) => {}
                (Err(Taken::Day), _) if new.booking.is_none() => {}
                (Err(_), Part::Host) => return Err(ServiceError::SlotTaken(Vec::new())),
                (Err(_), Part::Client) => return Err(ServiceError::ClientBusy),
            }
        }
        Ok(())
    }
}
