//! Bookings: holding a free time, and making a meeting of it.
//!
//! Nobody is booked twice: the agendas of host and client are written in the batch that writes the
//! meeting, and each requires the days as they were read. Those who book with the same host take
//! turns, so that limits of a day and a week are counted one after the other.

use parlor_data::{
    Batch,
    nouns::{
        account as accounts,
        idempotency::{self, Answer},
        meeting as meetings,
    },
};
use parlor_domain::{
    access::Member,
    account::{self, BadField, Email},
    agenda::Claim,
    agreement::Place,
    availability::Availability,
    booking::{Booking, Payment, Reader, SERIES_MAX},
    id::{MeetingId, RoomId, ServiceId, UserId},
    ledger::{Entry, Kind as Why, Subject},
    mail::Kind,
    maintenance::Kind as Held,
    meeting::{Client, DESCRIPTION_CHARS_MAX, Meeting, Status, Terms},
    money::MilliCoins,
    service::{HORIZON_MAX, Service},
    slots,
    time::{Millis, Timestamp},
};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::{
    HoldLimits, Holder, MeetingView, Posting, ServiceError, Services, Viewer, guests::client_of,
    keys,
};

/// Turns that those who book take; two hosts may share one.
const TURNS: usize = 64;
/// Most meetings of a series that are paid in one posting.
const SERIES_PAID_MAX: usize = 11;

/// Settings of bookings. The defaults are those of `config.toml`.
#[derive(Clone, Copy, Debug)]
pub struct BookingConfig {
    /// How long a chosen time is kept while its client logs in and pays.
    pub hold: Millis,
    /// How long a host has to answer a request.
    pub answer_within: Millis,
    /// How long a client has to pay what a host said yes to.
    pub pay_within: Millis,
    /// Who is not there so long after the start did not come.
    pub no_show_after: Millis,
    /// How many times may be held at once.
    pub holds: HoldLimits,
    /// Whether calendars of elsewhere may lie on this machine, and be read without TLS. For tests.
    pub calendars_from_loopback: bool,
}

impl Default for BookingConfig {
    fn default() -> Self {
        Self {
            hold: Millis::from_mins(10),
            answer_within: Millis::from_mins(48 * 60),
            pay_within: Millis::from_mins(24 * 60),
            no_show_after: Millis::from_mins(15),
            holds: HoldLimits::default(),
            calendars_from_loopback: false,
        }
    }
}

/// The turns.
pub(super) struct Turns([Mutex<()>; TURNS]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

/// A time that is kept for somebody for a while. Whoever knows the id may book it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// 122 random bits.
    pub id: Uuid,
    /// Whose time.
    pub host: UserId,
    /// For what.
    pub service: ServiceId,
    /// When it starts.
    pub starts_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
}

/// Who books.
#[derive(Clone, Debug)]
pub enum Booker {
    /// Somebody with an account.
    Member(Member),
    /// Somebody without one.
    Guest {
        /// Where mails go.
        email: String,
        /// What to call them.
        name: String,
    },
}

/// What somebody wants to book.
#[derive(Clone, Debug)]
pub struct NewBooking {
    /// With whom.
    pub host: UserId,
    /// What.
    pub service: ServiceId,
    /// When it starts, the first one of a series.
    pub starts_at: Timestamp,
    /// The hold on this time, if there is one.
    pub hold: Option<Uuid>,
    /// Words for the host; may be empty.
    pub note: String,
    /// Pay from the wallet at once.
    pub pay: bool,
    /// Every so many weeks (1 or 2), and how many in all; 1 for a single one.
    pub every_weeks: i64,
    /// How many meetings.
    pub count: usize,
    /// How somebody without an account reads mails; checked.
    pub reader: Option<Reader>,
    /// Leave out those of a series whose time is taken; otherwise nothing is booked then.
    pub skip_taken: bool,
    /// The version of the terms and the privacy notice that somebody without an account agrees to.
    pub agreed_to: Option<String>,
}

/// What was booked.
#[derive(Clone, Debug)]
pub struct Booked {
    /// The meetings, the first one first.
    pub meetings: Vec<MeetingView>,
    /// The same command had come before.
    pub again: bool,
}

impl Services {
    /// Waits for the turn to book with this host.
    pub(super) async fn turn(&self, host: UserId) -> MutexGuard<'_, ()> {
        let number = usize::from(host.as_bytes()[15]) % TURNS;
        self.0.turns.0[number].lock().await
    }

    /// Keeps a free time for a while. One person, one address and all with one host hold so many at
    /// once ([`HoldLimits`]); `by`: `None` for the house itself.
    pub async fn hold(
        &self,
        host: UserId,
        service: ServiceId,
        starts_at: Timestamp,
        by: Option<Holder>,
    ) -> Result<Hold, ServiceError> {
        self.unless_held(Held::Bookings, false)?;
        let (offered, hours) = self.offer(host, service)?;
        // Whom the host blocked finds nothing free, and is not told why.
        if let Some(Holder::User(user)) = by
            && self.is_blocked(host, user)?
        {
            return Err(ServiceError::SlotTaken(Vec::new()));
        }
        self.check_slot((&offered, &hours), starts_at, &[])?;
        let _turn = self.turn(host).await;
        let hold = Hold {
            id: keys::unguessable_id(),
            host,
            service,
            starts_at,
            expires_at: self.now() + self.0.config.booking.hold,
        };
        if let Some(by) = by {
            let (times, limits) = ((self.now(), hold.expires_at), &self.0.config.booking.holds);
            if !self.0.holds.note(hold.id, (by, host), times, limits) {
                return Err(ServiceError::TooManyHolds);
            }
        }
        let kept = self
            .retrying(async || {
                self.check_slot((&offered, &hours), starts_at, &[])?;
                let mut pages = self.pages();
                let claim = held(&hold, &offered);
                if pages.take(host, claim, true)?.is_err() {
                    return Err(ServiceError::SlotTaken(Vec::new()));
                }
                self.write(pages.batch()?).await?;
                self.tell_slots(host);
                Ok(hold)
            })
            .await;
        if kept.is_err() {
            self.0.holds.forget(hold.id);
        }
        kept
    }

    /// Gives a held time back. Nothing happens when it is held no more.
    pub async fn release(
        &self,
        host: UserId,
        id: Uuid,
        starts_at: Timestamp,
    ) -> Result<(), ServiceError> {
        let _turn = self.turn(host).await;
        self.retrying(async || {
            let Some(claim) = self.held_claim(host, id, starts_at)? else {
                return Ok(());
            };
            let mut pages = self.pages();
            pages.give_back(host, &claim)?;
            self.write(pages.batch()?).await?;
            self.0.holds.forget(id);
            self.tell_slots(host);
            Ok(())
        })
        .await
    }

    /// The claim of a hold: of nothing that is firm, and of no booking.
    fn held_claim(
        &self,
        host: UserId,
        id: Uuid,
        starts_at: Timestamp,
    ) -> Result<Option<Claim>, ServiceError> {
        let day = self.busy(host, starts_at, starts_at + Millis(1))?;
        let found = day.into_iter().find(|it| it.owner == id);
        let found = found.filter(|it| it.until < Timestamp::MAX && it.starts_at == starts_at);
        match self.load_meeting(MeetingId(id)) {
            Err(ServiceError::NotFound) => Ok(found),
            Ok(_) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Books. The same key gives the same meetings again.
    ///
    /// # Errors
    /// [`ServiceError::SlotTaken`] with what is free nearby when somebody was faster,
    /// [`ServiceError::ClientBusy`] when the client has something else then,
    /// [`ServiceError::TooLittle`] when the wallet does not have the price.
    pub async fn book(
        &self,
        booker: &Booker,
        new: &NewBooking,
        key: Option<&str>,
    ) -> Result<Booked, ServiceError> {
        let client = self.booking_client(booker, new.host)?;
        let scope = match client.user {
            Some(user) => user,
            None => self.person_of(&client.email),
        };
        let request = self.booking_hash(&client, new);
        if let Some(before) = self.booked_before(scope, key, &request)? {
            return self.booked(before, true);
        }
        self.unless_held(Held::Bookings, false)?;
        let agreed_to = new.agreed_to.as_deref();
        let agreeing = |meeting| self.agreeing_client(&client, agreed_to, Place::Booking, meeting);
        agreeing(None)?;
        let (service, hours) = self.offer(new.host, new.service)?;
        // Most of a crowd is told here, without waiting for a turn.
        self.check_slot((&service, &hours), new.starts_at, new.hold.as_slice())?;
        let _turn = self.turn(new.host).await;
        self.retrying(async || {
            if let Some(before) = self.booked_before(scope, key, &request)? {
                return self.booked(before, true);
            }
            let starts = self.starts(new, &service, &hours)?;
            self.may_have(scope, &service, starts.len())?;
            let made = self.new_meetings(new, &service, &client, &starts)?;
            let mut rows = self.booking_rows(new, &made)?;
            let agreed = agreeing(made.first().map(|it| it.id))?;
            rows = rows.and(self.agreement_rows(scope, agreed.as_ref())?);
            if let Some(key) = key {
                let ids = made.iter().flat_map(|it| *it.id.as_bytes());
                let answer = Answer {
                    request,
                    made: ids.collect(),
                    at: self.now(),
                };
                rows = rows.and(idempotency::insert(scope, key, &answer)?);
            }
            match reservation(&made) {
                Some(entry) => drop(self.post(Posting::new(entry).with(rows)).await?),
                None => self.write(rows).await?,
            }
            if let Some(hold) = new.hold {
                self.0.holds.forget(hold);
            }
            made.iter().for_each(|it| self.tell_parties(None, it));
            self.tell_slots(new.host);
            self.booked(made, false)
        })
        .await
    }

    /// Whether a client may have so many more of a service ahead.
    fn may_have(&self, who: UserId, service: &Service, more: usize) -> Result<(), ServiceError> {
        let Some(most) = service.draft.per_client_max else {
            return Ok(());
        };
        let now = self.now();
        let mut ahead = self.busy(who, now, now + HORIZON_MAX)?;
        ahead.retain(|it| it.service == Some(service.id) && it.is_live(now) && now < it.starts_at);
        ahead.sort_by_key(|it| it.owner);
        ahead.dedup_by_key(|it| it.owner);
        match ahead.len() + more > most as usize {
            true => Err(ServiceError::TooManyAhead(most)),
            false => Ok(()),
        }
    }

    fn booked(&self, made: Vec<Meeting>, again: bool) -> Result<Booked, ServiceError> {
        let views = made.into_iter().map(|it| self.view(it, Viewer::Client));
        Ok(Booked {
            meetings: views.collect::<Result<_, _>>()?,
            again,
        })
    }

    pub(super) fn booking_client(
        &self,
        booker: &Booker,
        host: UserId,
    ) -> Result<Client, ServiceError> {
        let own = |field| {
            ServiceError::BadField(BadField {
                field,
                why: "Nobody books with themselves.",
            })
        };
        match booker {
            Booker::Member(who) => {
                let account = self.account_of(who.user)?;
                if who.user == host {
                    return Err(own("hostId"));
                }
                // Whom the host blocked is not told so.
                if self.is_blocked(host, who.user)? {
                    return Err(ServiceError::NotFound);
                }
                Ok(Client {
                    user: Some(who.user),
                    named_by_account: true,
                    email: account.email.clone(),
                    name: account.name.clone(),
                })
            }
            Booker::Guest { email, name } => {
                let email = Email::parse(email)?;
                let host = accounts::load(&self.0.store, host)?;
                if host.is_some_and(|it| it.email == email) {
                    return Err(own("email"));
                }
                // An account with this address is not theirs before they log in.
                Ok(Client {
                    user: None,
                    named_by_account: false,
                    email,
                    name: account::check_name(name)?,
                })
            }
        }
    }

    fn booking_hash(&self, client: &Client, new: &NewBooking) -> [u8; 32] {
        self.0.keys.hash_parts(&[
            new.host.as_bytes(),
            new.service.as_bytes(),
            &new.starts_at.0.to_be_bytes(),
            client.email.as_str().as_bytes(),
            new.note.as_bytes(),
            &new.every_weeks.to_be_bytes(),
            &new.count.to_be_bytes(),
            &[u8::from(new.skip_taken), u8::from(new.pay)],
        ])
    }

    fn booked_before(
        &self,
        scope: UserId,
        key: Option<&str>,
        request: &[u8; 32],
    ) -> Result<Option<Vec<Meeting>>, ServiceError> {
        let Some(answer) = self.answered_before(scope, key, request)? else {
            return Ok(None);
        };
        let (ids, _) = answer.as_chunks::<16>();
        let meeting = |id: &[u8; 16]| Ok(self.load_meeting(MeetingId::from_bytes(*id))?.value);
        ids.iter().map(meeting).collect::<Result<_, _>>().map(Some)
    }

    /// When the meetings start; for a series each at the same local time of the host.
    fn starts(
        &self,
        new: &NewBooking,
        service: &Service,
        hours: &Availability,
    ) -> Result<Vec<Timestamp>, ServiceError> {
        if new.count == 0 || new.count > SERIES_MAX || !(1..=2).contains(&new.every_weeks) {
            return Err(ServiceError::BadField(BadField {
                field: "count",
                why: "A series has up to 20 meetings, every week or every second.",
            }));
        }
        let zone = hours.time_zone();
        let (mut free, mut taken) = (Vec::new(), Vec::new());
        for number in 0..new.count {
            let weeks = new.every_weeks * i64::try_from(number).unwrap_or(i64::MAX);
            let start = slots::weeks_later(&zone, new.starts_at, weeks);
            let start = start.ok_or(ServiceError::NotFound)?;
            match self.check_slot((service, hours), start, new.hold.as_slice()) {
                Ok(()) => free.push(start),
                Err(ServiceError::SlotTaken(near)) if new.count == 1 => {
                    return Err(ServiceError::SlotTaken(near));
                }
                Err(ServiceError::SlotTaken(_)) => taken.push(start),
                Err(other) => return Err(other),
            }
        }
        match free.is_empty() || !(new.skip_taken || taken.is_empty()) {
            true => Err(ServiceError::SeriesTaken(taken)),
            false => Ok(free),
        }
    }

    fn new_meetings(
        &self,
        new: &NewBooking,
        service: &Service,
        client: &Client,
        starts: &[Timestamp],
    ) -> Result<Vec<Meeting>, ServiceError> {
        let (now, config) = (self.now(), &self.0.config.booking);
        let draft = &service.draft;
        if draft.price > MilliCoins::ZERO && client.user.is_none() {
            return Err(ServiceError::NeedsAccount);
        }
        if new.pay && starts.len() > SERIES_PAID_MAX {
            return Err(ServiceError::BadField(BadField {
                field: "count",
                why: "At most 11 meetings are paid at once.",
            }));
        }
        let note = new.note.trim();
        if note.chars().count() > DESCRIPTION_CHARS_MAX {
            return Err(ServiceError::BadField(BadField {
                field: "note",
                why: "A note has at most 4,000 characters.",
            }));
        }
        let payment = match (draft.price > MilliCoins::ZERO, new.pay) {
            (false, _) => Payment::Free,
            (true, true) => Payment::Held,
            (true, false) => Payment::Due,
        };
        let status = match (draft.approval, payment) {
            (true, _) => Status::Requested,
            (false, Payment::Due) => Status::AwaitingPayment,
            (false, _) => Status::Confirmed,
        };
        let ids: Vec<_> = starts
            .iter()
            .map(|_| MeetingId(keys::ordered_id(now)))
            .collect();
        let series = (ids.len() > 1).then(|| ids[0]);
        let meeting = |(id, start): (MeetingId, Timestamp)| Meeting {
            id,
            room: RoomId(keys::unguessable_id()),
            host: new.host,
            client: client.clone(),
            terms: Terms {
                subject: draft.title.clone(),
                description: note.to_owned(),
                starts_at: start,
                duration: draft.duration,
            },
            lobby: draft.lobby,
            status,
            version: 1,
            attendance: vec![],
            declared: vec![],
            call_started_at: None,
            call_ended_at: None,
            live_since: None,
            call_time: Millis::ZERO,
            booking: Some(Booking {
                service: service.id,
                series,
                price: draft.price,
                money: draft.money,
                seats: draft.capacity,
                reader: new.reader.clone(),
                commission_bps: self.0.config.paid.commission_bps,
                before: draft.before,
                after: draft.after,
                cancellation: draft.cancellation.clone(),
                moves_left: draft.moves_max,
                reminder_leads: draft.reminder_leads.clone(),
                window: draft.window,
                no_show_after: config.no_show_after,
                payment,
                expires_at: match status {
                    Status::Requested => Some((now + config.answer_within).min(start)),
                    Status::AwaitingPayment => Some((now + config.hold).min(start)),
                    _ => None,
                },
            }),
            remark: None,
            created_at: now,
            updated_at: now,
        };
        let mut made: Vec<_> = ids
            .into_iter()
            .zip(starts.iter().copied())
            .map(meeting)
            .collect();
        for it in &mut made {
            if let Some(room) = self.room_of_session(it)? {
                it.room = room;
            }
        }
        Ok(made)
    }

    /// The meetings, what they take of people's time in the place of the hold, and their mails.
    fn booking_rows(&self, new: &NewBooking, made: &[Meeting]) -> Result<Batch, ServiceError> {
        let mut pages = self.pages();
        if let Some(hold) = new.hold
            && let Some(claim) = self.held_claim(new.host, hold, new.starts_at)?
        {
            pages.give_back(new.host, &claim)?;
        }
        let mut rows = Batch::new();
        for meeting in made {
            self.take_time(&mut pages, None, meeting)?;
            rows = rows.and(meetings::insert(meeting)?);
            // The host learns of it by mail too, of a request as well; a bill must be paid first.
            if meeting.status != Status::AwaitingPayment {
                rows = rows.and(self.mail_host(Kind::Invitation(meeting.id), meeting)?);
            }
            rows = rows.and(match meeting.status {
                Status::Confirmed => self
                    .invite(meeting, &client_of(meeting))?
                    .and(self.plan_reminders(meeting))
                    .and(self.mail_invited(|| Kind::Invitation(meeting.id), meeting)?),
                _ => self.watch(meeting),
            });
        }
        Ok(rows.and(pages.batch()?))
    }

    /// In the turn of the meeting's host.
    pub(super) async fn turned<T, F>(
        &self,
        id: MeetingId,
        act: impl FnOnce() -> F,
    ) -> Result<T, ServiceError>
    where
        F: Future<Output = Result<T, ServiceError>>,
    {
        let host = self.load_meeting(id)?.host;
        let _turn = self.turn(host).await;
        act().await
    }
}

fn held(hold: &Hold, service: &Service) -> Claim {
    let (from, to) = slots::span_of(service, hold.starts_at);
    Claim {
        owner: hold.id,
        from,
        to,
        starts_at: hold.starts_at,
        service: Some(hold.service),
        until: hold.expires_at,
        seats: service.draft.capacity,
    }
}

/// Sets the prices of what was paid at once aside.
fn reservation(made: &[Meeting]) -> Option<Entry> {
    let first = made.first()?;
    let mut entry = Entry::new(first.created_at, Why::Booking, Subject::Meeting(first.id));
    for meeting in made {
        let (booking, client) = (meeting.booking.as_ref()?, meeting.client.user?);
        if booking.payment == Payment::Held {
            let own = booking.reserve(meeting.id, client, meeting.created_at);
            for it in own.postings.iter().filter(|it| it.units > 0) {
                let wallet = parlor_domain::ledger::Account::Wallet(client);
                entry = entry.moving(wallet, it.account, it.units);
            }
        }
    }
    (!entry.is_empty()).then_some(entry)
}
