//! What hosts offer to be booked and when: services, hours, time off, and the free times that
//! follow from them, for showing and for booking alike.

use jiff::civil::Date;
use parlor_data::nouns::{
    account as accounts, agenda as days, availability, host, service as services,
};
use parlor_domain::{
    access::Member,
    account::BadField,
    agenda::Claim,
    availability::Availability,
    id::{ServiceId, UserId},
    service::{Draft, SERVICES_MAX, Service},
    slots::{self, Ask},
    time::{Millis, Timestamp},
};
use uuid::Uuid;

use super::{ServiceError, Services, keys};

/// The longest time in which free times are looked for.
pub const SPAN_MAX: Millis = Millis::from_days(366);
/// Most free times in one answer.
pub const SLOTS_MAX: usize = 2_000;
/// Limits count whole weeks, and what takes time may begin long before.
const AROUND: Millis = Millis::from_days(8);
/// Most days of an agenda that are read at once.
const DAYS_MAX: usize = 400;
/// Free times that somebody is shown whose wish is taken.
const ALTERNATIVES: usize = 3;
/// Where they are looked for.
const ALTERNATIVES_WITHIN: Millis = Millis::from_days(7);

/// The free times of a service.
#[derive(Clone, Debug)]
pub struct Slots {
    /// Of what.
    pub service: Service,
    /// The host's zone.
    pub zone: String,
    /// Where it can start, earliest first.
    pub starts: Vec<Timestamp>,
    /// How many seats are left at each of them; 1 where it is for one at a time.
    pub seats_left: Vec<u32>,
    /// The host's days on which nothing is free though it is offered then; one may wait for them.
    pub full_days: Vec<Date>,
    /// The next instant at which a hold ends and more may be free.
    pub changes_at: Option<Timestamp>,
}

impl Services {
    /// One's own services.
    pub fn my_services(&self, who: Member) -> Result<Vec<Service>, ServiceError> {
        let all = services::load_of(&self.0.store, who.user, SERVICES_MAX)?;
        Ok(all.into_iter().map(|it| it.value).collect())
    }

    /// What can be booked with a host, and the host's name.
    pub fn services_of(&self, host: UserId) -> Result<(String, Vec<Service>), ServiceError> {
        let account = accounts::load(&self.0.store, host)?;
        let account = account.filter(|it| it.may_host());
        let account = account.ok_or(ServiceError::NotFound)?;
        let leaves = self.leaves(host)?;
        let all = services::load_of(&self.0.store, host, SERVICES_MAX)?;
        let price_now = |mut it: Service| {
            self.price_now(&mut it);
            it
        };
        let open = all
            .into_iter()
            .map(|it| price_now(it.value))
            .filter(|it| it.draft.active && !leaves);
        Ok((account.name.clone(), open.collect()))
    }

    /// A host makes a service.
    pub async fn create_service(&self, who: Member, draft: Draft) -> Result<Service, ServiceError> {
        self.may_offer(who)?;
        let draft = self.priced(draft.checked()?)?;
        self.fits_room(&draft)?;
        let have = services::load_of(&self.0.store, who.user, SERVICES_MAX)?.len();
        if have >= SERVICES_MAX {
            return Err(ServiceError::OutOfTurn(
                "there are too many services".into(),
            ));
        }
        let now = self.now();
        let service = Service {
            id: ServiceId(keys::ordered_id(now)),
            host: who.user,
            draft,
            created_at: now,
            updated_at: now,
        };
        self.write(services::put(None, &service)?).await?;
        self.tell_slots(who.user);
        // Who can be booked has a page, also who never wrote anything on it.
        if host::load(&self.0.store, who.user)?.is_none() {
            self.change_profile(who.user, |empty| Ok(empty.clone()))
                .await?;
        }
        Ok(service)
    }

    /// A host changes a service. What was booked keeps its terms.
    pub async fn change_service(
        &self,
        who: Member,
        id: ServiceId,
        draft: Draft,
    ) -> Result<Service, ServiceError> {
        self.may_offer(who)?;
        let draft = self.priced(draft.checked()?)?;
        self.fits_room(&draft)?;
        self.retrying(async || {
            let old = services::load(&self.0.store, who.user, id)?;
            let old = old.ok_or(ServiceError::NotFound)?;
            let new = Service {
                draft: draft.clone(),
                updated_at: self.now(),
                ..old.value.clone()
            };
            self.write(services::put(Some(&old), &new)?).await?;
            self.tell_slots(who.user);
            Ok(new)
        })
        .await
    }

    /// A host takes a service away. What was booked stays.
    pub async fn remove_service(&self, who: Member, id: ServiceId) -> Result<(), ServiceError> {
        let old = services::load(&self.0.store, who.user, id)?;
        let old = old.ok_or(ServiceError::NotFound)?;
        self.write(services::remove(&old)).await?;
        self.tell_slots(who.user);
        Ok(())
    }

    /// Gives a price that is set in a currency its coins.
    fn priced(&self, mut draft: Draft) -> Result<Draft, ServiceError> {
        if let Some(money) = draft.money {
            let coins = self.in_coins(money);
            draft.price = coins.ok_or(BadField {
                field: "priceMoney",
                why: "Nothing can be bought in this currency here.",
            })?;
        }
        Ok(draft)
    }

    /// The coins of today's price list; those of the day when the host set it where there are none.
    fn price_now(&self, service: &mut Service) {
        if let Some(coins) = service.draft.money.and_then(|it| self.in_coins(it)) {
            service.draft.price = coins;
        }
    }

    pub(super) fn may_offer(&self, who: Member) -> Result<(), ServiceError> {
        match self.account_of(who.user)?.may_host() {
            true => Ok(()),
            false => Err(ServiceError::NotHost),
        }
    }

    /// One's own hours; none at all, in one's own zone, before they were set.
    pub fn my_availability(&self, who: Member) -> Result<Availability, ServiceError> {
        self.availability_of(who.user)
    }

    pub(super) fn availability_of(&self, host: UserId) -> Result<Availability, ServiceError> {
        if let Some(hours) = availability::load(&self.0.store, host)? {
            return Ok(hours.value);
        }
        let account = self.account_of(host)?;
        Ok(Availability::none(host, &account.time_zone, self.now()))
    }

    /// A host says when they can be booked, the whole of it. Meetings stay where they are.
    pub async fn set_availability(
        &self,
        who: Member,
        hours: Availability,
    ) -> Result<Availability, ServiceError> {
        self.may_offer(who)?;
        let new = Availability {
            host: who.user,
            updated_at: self.now(),
            ..hours
        }
        .checked()?;
        self.retrying(async || {
            let old = availability::load(&self.0.store, who.user)?;
            self.write(availability::put(old.as_ref(), &new)?).await?;
            self.tell_slots(who.user);
            Ok(new.clone())
        })
        .await
    }

    /// A host takes time off: nobody can book then (R072).
    pub async fn take_time_off(
        &self,
        who: Member,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Claim, ServiceError> {
        self.may_offer(who)?;
        if from >= to || to.since(from) > Millis::from_days(31) || to < self.now() {
            return Err(ServiceError::BadField(BadField {
                field: "to",
                why: "The end lies after the beginning, within a month, and not in the past.",
            }));
        }
        let _turn = self.turn(who.user).await;
        let off = Claim {
            owner: keys::unguessable_id(),
            from,
            to,
            starts_at: from,
            service: None,
            until: Timestamp::MAX,
            seats: 1,
        };
        self.retrying(async || {
            let mut pages = self.pages();
            if pages.take(who.user, off, false)?.is_err() {
                return Err(ServiceError::OutOfTurn("the day is full".into()));
            }
            self.write(pages.batch()?).await?;
            self.tell_slots(who.user);
            Ok(off)
        })
        .await
    }

    /// A host gives time off back.
    pub async fn end_time_off(
        &self,
        who: Member,
        id: Uuid,
        from: Timestamp,
    ) -> Result<(), ServiceError> {
        let _turn = self.turn(who.user).await;
        self.retrying(async || {
            let near = days::load_span(&self.0.store, who.user, from, from + Millis(1), 1)?;
            let found = near
                .iter()
                .find(|it| it.owner == id && self.is_time_off(it));
            let found = *found.ok_or(ServiceError::NotFound)?;
            let mut pages = self.pages();
            pages.give_back(who.user, &found)?;
            self.write(pages.batch()?).await?;
            self.tell_slots(who.user);
            Ok(())
        })
        .await
    }

    /// One's own time off in `[from, to)`.
    pub fn time_off(
        &self,
        who: Member,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Claim>, ServiceError> {
        let mut all = self.busy(who.user, from, to)?;
        all.retain(|it| self.is_time_off(it) && it.from < to && from < it.to);
        all.sort_by_key(|it| (it.from, it.owner));
        all.dedup_by_key(|it| it.owner);
        Ok(all)
    }

    /// What others hold of one's own time in `[from, to)` and have not booked yet.
    pub fn held_times(
        &self,
        who: Member,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Claim>, ServiceError> {
        let now = self.now();
        let mut all = self.busy(who.user, from, to)?;
        all.retain(|it| {
            let meeting = parlor_domain::id::MeetingId(it.owner);
            it.until < Timestamp::MAX
                && it.is_live(now)
                && it.from < to
                && from < it.to
                && matches!(self.load_meeting(meeting), Err(ServiceError::NotFound))
        });
        all.sort_by_key(|it| (it.from, it.owner));
        all.dedup_by_key(|it| it.owner);
        Ok(all)
    }

    fn is_time_off(&self, claim: &Claim) -> bool {
        let meeting = parlor_domain::id::MeetingId(claim.owner);
        claim.service.is_none()
            && claim.until == Timestamp::MAX
            && matches!(self.load_meeting(meeting), Err(ServiceError::NotFound))
    }

    pub(super) fn busy(
        &self,
        person: UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Claim>, ServiceError> {
        let to = to.min(from + SPAN_MAX + AROUND + AROUND);
        Ok(days::load_span(&self.0.store, person, from, to, DAYS_MAX)?)
    }

    /// A service that can be booked, and its host's hours.
    pub(super) fn offer(
        &self,
        host: UserId,
        id: ServiceId,
    ) -> Result<(Service, Availability), ServiceError> {
        let account = accounts::load(&self.0.store, host)?;
        if !account.is_some_and(|it| it.may_host()) || self.leaves(host)? {
            return Err(ServiceError::NotFound);
        }
        let service = services::load(&self.0.store, host, id)?;
        let service = service.filter(|it| it.draft.active);
        let mut service = service.ok_or(ServiceError::NotFound)?.value;
        self.price_now(&mut service);
        Ok((service, self.availability_of(host)?))
    }

    /// The free times of a service in `[from, to)`.
    pub fn slots(
        &self,
        host: UserId,
        id: ServiceId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Slots, ServiceError> {
        let (service, hours) = self.offer(host, id)?;
        let now = self.now();
        let from = from.max(now);
        let to = to.min(from + SPAN_MAX);
        let busy = self.taken(host, from - AROUND, to + AROUND)?;
        let ask = Ask {
            service: &service,
            hours: &hours,
            busy: &busy,
            from,
            to,
            now,
            limit: SLOTS_MAX,
        };
        let starts = slots::slots(&ask);
        let taken = slots::seats_taken(&ask);
        let left = |at| {
            let taken = taken.get(at).copied().unwrap_or(0);
            service.draft.capacity.saturating_sub(taken)
        };
        let seats_left = starts.iter().map(left).collect();
        let full_days = slots::full_days(&ask, &starts);
        let ends = busy.iter().map(|it| it.until);
        let changes_at = ends.filter(|it| now < *it && *it < Timestamp::MAX).min();
        Ok(Slots {
            zone: hours.zone,
            service,
            starts,
            seats_left,
            full_days,
            changes_at,
        })
    }

    /// The free times as this person sees them: whom the host blocked finds a host without any.
    pub fn slots_for(
        &self,
        viewer: UserId,
        host: UserId,
        id: ServiceId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Slots, ServiceError> {
        let mut found = self.slots(host, id, from, to)?;
        if self.is_blocked(host, viewer)? {
            found.starts.clear();
            found.seats_left.clear();
            found.full_days.clear();
            found.changes_at = None;
        }
        Ok(found)
    }

    /// Whether this start can be had, leaving out what these take; if not, what is near it.
    pub(super) fn check_slot(
        &self,
        (service, hours): (&Service, &Availability),
        start: Timestamp,
        own: &[Uuid],
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let mut busy = self.taken(service.host, start - AROUND, start + AROUND)?;
        busy.retain(|it| !own.contains(&it.owner));
        let ask = Ask {
            service,
            hours,
            busy: &busy,
            from: now,
            to: Timestamp::MAX,
            now,
            limit: SLOTS_MAX,
        };
        match slots::is_slot(&ask, start) {
            true => Ok(()),
            false => Err(ServiceError::SlotTaken(self.alternatives(&ask, start)?)),
        }
    }

    fn alternatives(
        &self,
        ask: &Ask<'_>,
        start: Timestamp,
    ) -> Result<Vec<Timestamp>, ServiceError> {
        let (from, to) = (start - ALTERNATIVES_WITHIN, start + ALTERNATIVES_WITHIN);
        let around = Ask { from, to, ..*ask };
        Ok(slots::nearest(&slots::slots(&around), start, ALTERNATIVES))
    }
}
