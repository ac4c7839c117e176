//! Calendars of elsewhere: a host gives the secret address of one, and is not booked when it says
//! busy. Read by the sweep, and at once when it is added or the host asks.
//!
//! What is busy there is looked at with the host's own agenda wherever free times are computed; it is
//! no claim in the agenda, because nobody can promise that it is still so. Must never log an address.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use parlor_data::{Read, nouns::busy_calendar as rows};
use parlor_domain::{
    access::Member,
    account::BadField,
    agenda::Claim,
    busy_calendar::{self, AHEAD, BACK, BusyCalendar, CALENDARS_MAX, Trouble},
    ical,
    id::UserId,
    time::{Millis, Timestamp},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{ServiceError, Services, keys};
use crate::busy_fetch::{Calendars, Fetched};

/// Calendars that are read at once.
const AT_ONCE: usize = 4;
/// Calendars taken from the table at once.
const PAGE: usize = 32;
/// Between two times that a host asks for the same calendar.
const ASK_EVERY: Millis = Millis::from_secs(30);
/// Longest name of a state that is kept.
const TAG_BYTES_MAX: usize = 200;

/// The reader, and how many may read.
pub(super) struct Elsewhere {
    reader: Calendars,
    places: Arc<Semaphore>,
}

impl Elsewhere {
    /// `loopback`: also from this machine, for tests.
    pub fn new(loopback: bool) -> Self {
        Self {
            reader: Calendars::new(loopback),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    async fn read(&self, address: &str, known: Option<&str>) -> Result<Fetched, Trouble> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|_| Trouble::Silent)?;
        let (reader, address) = (self.reader.clone(), address.to_owned());
        let known = known.map(str::to_owned);
        let work = move || {
            let fetched = reader.fetch(&address, known.as_deref());
            drop(place);
            fetched
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| Trouble::Silent)?
    }
}

impl Services {
    /// One's own calendars of elsewhere.
    pub fn busy_calendars(&self, who: Member) -> Result<Vec<BusyCalendar>, ServiceError> {
        let all = rows::load_of(&self.0.store, who.user)?;
        Ok(all.into_iter().map(|it| it.value).collect())
    }

    /// Reads a calendar, and keeps it if that went well.
    ///
    /// # Errors
    /// [`ServiceError::BadField`] that says why it cannot be read.
    pub async fn add_busy_calendar(
        &self,
        who: Member,
        address: &str,
        label: &str,
    ) -> Result<BusyCalendar, ServiceError> {
        self.may_offer(who)?;
        let (address, label) = busy_calendar::checked(address, label)?;
        let have = rows::load_of(&self.0.store, who.user)?;
        if have.iter().any(|it| it.address == address) {
            return Err(bad("You have this calendar already."));
        }
        if have.len() >= CALENDARS_MAX {
            return Err(ServiceError::OutOfTurn(
                "there are five calendars already".into(),
            ));
        }
        let now = self.now();
        let new = BusyCalendar {
            id: keys::unguessable_id(),
            host: who.user,
            address,
            label,
            tag: None,
            tried_at: now,
            read_at: now,
            laid_out: (now, String::new()),
            trouble: None,
            spans: Vec::new(),
            skipped: 0,
            added_at: now,
        };
        let new = self.read_anew(&new).await?;
        if let Some(trouble) = new.trouble {
            return Err(bad(trouble.words()));
        }
        self.write(rows::put(None, &new)?).await?;
        self.tell_slots(who.user);
        Ok(new)
    }

    /// Reads a calendar now, because its host asks.
    pub async fn refresh_busy_calendar(
        &self,
        who: Member,
        id: Uuid,
    ) -> Result<BusyCalendar, ServiceError> {
        let old = rows::load(&self.0.store, who.user, id)?;
        let old = old.ok_or(ServiceError::NotFound)?;
        match self.now() < old.tried_at + ASK_EVERY {
            true => Ok(old.value),
            false => self.read_again(&old).await,
        }
    }

    /// Forgets a calendar; the times that it took are free.
    pub async fn remove_busy_calendar(&self, who: Member, id: Uuid) -> Result<(), ServiceError> {
        self.retrying(async || {
            let old = rows::load(&self.0.store, who.user, id)?;
            let old = old.ok_or(ServiceError::NotFound)?;
            self.write(rows::remove(&old)).await?;
            self.tell_slots(who.user);
            Ok(())
        })
        .await
    }

    /// What takes a host's time: the agenda, and what calendars of elsewhere say.
    pub(super) fn taken(
        &self,
        host: UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Claim>, ServiceError> {
        let mut all = self.busy(host, from, to)?;
        for it in rows::load_of(&self.0.store, host)? {
            all.extend(it.claims(from, to));
        }
        Ok(all)
    }

    /// Reads the calendars whose turn it is; gives how many.
    pub async fn sweep_busy_calendars(&self) -> Result<usize, ServiceError> {
        let (mut count, mut after) = (0, None);
        loop {
            let page = rows::page(&self.0.store, after, PAGE)?;
            after = page.last().map(|it| (it.host, it.id));
            let full = page.len() == PAGE;
            let now = self.now();
            let due = page.into_iter().filter(|it| it.is_due(now));
            count += futures_util::stream::iter(due)
                .map(|it| async move {
                    match self.read_again(&it).await {
                        // Its host removed it, or asked for it, meanwhile.
                        Ok(_) | Err(ServiceError::Contended) => Ok(1),
                        Err(other) => Err(other),
                    }
                })
                .buffer_unordered(AT_ONCE)
                .try_fold(0, async |sum, one: usize| Ok::<_, ServiceError>(sum + one))
                .await?;
            if !full {
                return Ok(count);
            }
        }
    }

    async fn read_again(&self, old: &Read<BusyCalendar>) -> Result<BusyCalendar, ServiceError> {
        let new = self.read_anew(old).await?;
        self.write(rows::put(Some(old), &new)?).await?;
        if new.spans != old.spans {
            self.tell_slots(old.host);
        }
        Ok(new)
    }

    /// The calendar as it is now. What was found before stays when it cannot be read.
    async fn read_anew(&self, old: &BusyCalendar) -> Result<BusyCalendar, ServiceError> {
        let hours = self.availability_of(old.host)?;
        let now = self.now();
        let mut new = BusyCalendar {
            tried_at: now,
            trouble: None,
            ..old.clone()
        };
        let known = old.known(&hours.zone, now);
        match self.0.elsewhere.read(&old.address, known).await {
            Ok(Fetched::Unchanged) => new.read_at = now,
            Ok(Fetched::Calendar { text, tag }) => {
                let (home, span) = (hours.time_zone(), (now - BACK, now + AHEAD));
                // Laying out a large calendar is work.
                let work = tokio::task::spawn_blocking(move || ical::busy(&text, &home, span));
                let found = work.await;
                let found = found.map_err(|error| ServiceError::Internal(error.to_string()))?;
                match found {
                    Ok(found) => {
                        new.read_at = now;
                        new.laid_out = (now, hours.zone);
                        new.tag = tag.filter(|it| it.len() <= TAG_BYTES_MAX);
                        new.spans = found.spans;
                        new.skipped = u32::try_from(found.skipped).unwrap_or(u32::MAX);
                    }
                    Err(ical::Unreadable::NoCalendar) => new.trouble = Some(Trouble::NoCalendar),
                    Err(ical::Unreadable::TooLarge) => new.trouble = Some(Trouble::TooLarge),
                }
            }
            Err(trouble) => new.trouble = Some(trouble),
        }
        Ok(new)
    }
}

fn bad(why: &'static str) -> ServiceError {
    ServiceError::BadField(BadField {
        field: "address",
        why,
    })
}
