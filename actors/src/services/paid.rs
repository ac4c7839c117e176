//! Calls by the minute, as the meters and the pages see them: who may call whom and at which price,
//! the steps of a bill in the books, what became of past calls.
//!
//! The price is read once, when somebody calls, and is the one that is shown and charged.

use parlor_data::nouns::{account as accounts, paid_call};
use parlor_domain::{
    access::Member,
    bill::{Purse, Record},
    event::MediaKind,
    host::Tally,
    id::{CallId, MeetingId, RoomId, UserId},
    identity::{Identity, Role, Scope},
    ledger::{Account, Entry, Kind, Subject},
    maintenance::Kind as Held,
    meter,
    money::MilliCoins,
    paid::{PaidCall, Status},
    ring::{self, Attempt},
    tariff::{Pulse, Tariff},
    time::{Millis, Timestamp},
};
use tokio::sync::watch;

use super::{PostError, Posting, ServiceError, Services};
use crate::ports::{
    Attendance, NotCallable, NotPosted, PaidCalls, PortFuture, Quote, Refusal, RoomPolicy, Seat,
    WalletState,
};

/// Past calls that an estimate of the wait is made from.
const LENGTHS_LOOKED_AT: usize = 40;
/// Rows read at once at the start.
const PAGE: usize = 256;
/// Most calls that one listing gives.
pub const CALLS_MAX: usize = 100;
/// How long the door of a call's room is open at most.
const DOOR: Millis = Millis::from_days(1);
/// A seat is kept so much longer than a lost side is waited for.
const SEAT_LONGER: Millis = Millis::from_secs(30);
/// Two people.
const CAPACITY: usize = 2;

/// Prices and clocks of paid calls. The defaults are those of `config.toml`.
#[derive(Clone, Debug)]
pub struct PaidConfig {
    /// The blocks that time is sold in.
    pub pulse: Pulse,
    /// A call up to this long costs nothing, in seconds.
    pub free_s: u32,
    /// Paid once, when a call is not free any more.
    pub connect_fee: MilliCoins,
    /// The house's share, in hundredths of a percent.
    pub commission_bps: u32,
    /// How long a call rings, and who may wait.
    pub ring: ring::Limits,
    /// Clocks of the meter.
    pub meter: meter::Rules,
}

impl Default for PaidConfig {
    fn default() -> Self {
        Self {
            pulse: Pulse::MinuteThenSeconds,
            free_s: 20,
            connect_fee: MilliCoins::ZERO,
            commission_bps: 2_000,
            ring: ring::Limits::default(),
            meter: meter::Rules::default(),
        }
    }
}

/// A call as one of the two sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidCallView {
    /// The call.
    pub call: PaidCall,
    /// The name of who called.
    pub caller_name: String,
    /// The name of who was called.
    pub host_name: String,
}

impl Services {
    /// What a minute with this host costs now.
    pub fn tariff(&self, host: UserId, kind: MediaKind) -> Result<Tariff, ServiceError> {
        let rates = self.rates_of(host)?;
        let per_minute = rates.per_minute(kind).ok_or(ServiceError::NotFound)?;
        let config = &self.0.config.paid;
        let (initial_s, increment_s) = config.pulse.blocks_s();
        Ok(Tariff {
            per_minute,
            initial_s,
            increment_s,
            free_s: config.free_s,
            connect_fee: config.connect_fee,
            commission_bps: config.commission_bps,
        })
    }

    /// A person's calls, on either side, the latest first; what rings just now is not one yet.
    pub fn paid_calls(
        &self,
        who: Member,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<PaidCallView>, ServiceError> {
        let limit = limit.clamp(1, CALLS_MAX);
        let calls = paid_call::load_of(&self.0.store, who.user, before, limit)?;
        let over = calls
            .into_iter()
            .filter(|call| call.status != Status::Ringing);
        over.map(|call| self.paid_view(call)).collect()
    }

    /// One call, for the two people in it.
    pub fn paid_call(&self, who: Member, id: CallId) -> Result<PaidCallView, ServiceError> {
        let call = paid_call::load(&self.0.store, id)?;
        let call = call.filter(|call| call.is_of(who.user));
        self.paid_view(call.ok_or(ServiceError::NotFound)?)
    }

    fn paid_view(&self, call: PaidCall) -> Result<PaidCallView, ServiceError> {
        let name = |user| -> Result<String, ServiceError> {
            let account = accounts::load(&self.0.store, user)?;
            Ok(account.map(|it| it.name.clone()).unwrap_or_default())
        };
        Ok(PaidCallView {
            caller_name: name(call.caller)?,
            host_name: name(call.host)?,
            call,
        })
    }

    /// Whether what a room calls its meeting is a paid call.
    pub(super) fn is_paid_call(&self, meeting: MeetingId) -> Result<bool, ServiceError> {
        Ok(paid_call::load(&self.0.store, CallId(meeting.0))?.is_some())
    }

    /// The door of a paid call: open for the two, until it is settled.
    pub(super) fn admit_paid(&self, who: &Identity, room: RoomId) -> Result<Seat, Refusal> {
        let call = match paid_call::load_by_room(&self.0.store, room) {
            Ok(Some(call)) => call,
            Ok(None) => return Err(Refusal::NotFound),
            Err(error) => {
                tracing::error!(%error, "a call could not be read");
                return Err(Refusal::NotFound);
            }
        };
        if who.scope != Scope::Account || !call.is_of(who.user) {
            return Err(Refusal::Stranger);
        }
        if !call.unsettled() {
            return Err(Refusal::Over);
        }
        let config = &self.0.config;
        let seat_kept = Millis(config.paid.meter.resume_for.0 + SEAT_LONGER.0);
        let moderator = who.user == call.host;
        Ok(Seat {
            meeting: call.meeting(),
            moderator,
            waits: false,
            name: who.name.clone(),
            role: match moderator {
                true => Role::Host,
                false => Role::Client,
            },
            policy: RoomPolicy {
                capacity: CAPACITY,
                // The meter knows how long a lost side is waited for; the seat is kept longer.
                rejoin_grace: seat_kept,
                empty_grace: seat_kept,
                readmit: config.readmit,
                closes_at: call.created_at + DOOR,
                recording: config.recording,
            },
        })
    }

    async fn open_call(
        &self,
        host: UserId,
        attempt: &Attempt,
        kind: MediaKind,
        now: Timestamp,
    ) -> Result<PaidCall, NotPosted> {
        // The voice only, at the price of that; a host who has no such price goes on as agreed.
        let (kind, tariff) = match self.tariff(host, kind) {
            Ok(other) if kind != attempt.media => (kind, other),
            _ => (attempt.media, attempt.tariff),
        };
        let terms = self.0.config.paid.meter.terms;
        let (id, caller) = (attempt.call, attempt.caller);
        let mut refused = NotPosted::Books;
        // Somebody else may spend between the look and the posting: look again.
        for _ in 0..super::TRIES {
            let purse = Purse {
                available: PaidCalls::wallet(self, caller),
                calls: 1,
            };
            let step = Record::authorize(id, caller, host, tariff, &terms, purse, now)
                .map_err(|few| NotPosted::TooLittle(few.shortfall))?;
            let call = PaidCall::accepted(attempt, kind, step.record, now);
            let rows = paid_call::put(&call).map_err(|_| NotPosted::Books)?;
            let entry = step
                .entry
                .unwrap_or_else(|| Entry::new(now, Kind::Hold, Subject::Call(id)));
            match self.ledger().post(Posting::new(entry).with(rows)).await {
                Ok(_) => return Ok(call),
                Err(error) => refused = not_posted(&error),
            }
            if refused == NotPosted::Books {
                break;
            }
        }
        Err(refused)
    }

    async fn post_call(
        &self,
        entry: Option<Entry>,
        before: Option<PaidCall>,
        call: &PaidCall,
    ) -> Result<(), NotPosted> {
        // The call is counted for its host in the step that completes it, and in no other.
        let was = before.as_ref().map(|before| before.status);
        let completes = was == Some(Status::Live) && call.status == Status::Completed;
        let about = Subject::Call(call.id);
        let entry = entry.unwrap_or_else(|| Entry::new(self.now(), Kind::Tick, about));
        for more in (0..super::TRIES).rev() {
            let rows = match &before {
                Some(before) => paid_call::step(before, call),
                None => paid_call::put(call),
            };
            let mut rows = rows.map_err(|_| NotPosted::Books)?;
            if completes {
                let tally = self.tally(call.host, Tally::called);
                rows = rows.and(tally.map_err(|_| NotPosted::Books)?);
            }
            let posting = Posting::new(entry.clone()).with(rows);
            let error = match self.ledger().post(posting).await {
                Ok(_) => break,
                Err(error) => error,
            };
            // A step whose answer was lost may be in the books already: its row says so.
            match paid_call::load(&self.0.store, call.id) {
                Ok(Some(written)) if written == *call => break,
                // Somebody reviewed the host at the same moment.
                _ if completes && more > 0 && matches!(error, PostError::Stale) => {}
                _ => return Err(not_posted(&error)),
            }
        }
        if completes {
            self.show_host(call.host);
        }
        if was != Some(call.status) {
            self.notify_of_call(call);
        }
        Ok(())
    }
}

fn not_posted(error: &PostError) -> NotPosted {
    match error {
        PostError::TooLittle {
            missing,
            account: Account::Wallet(_),
        } => NotPosted::TooLittle(MilliCoins(*missing)),
        error => {
            tracing::warn!(%error, "a step of a bill was not taken; it is tried again");
            NotPosted::Books
        }
    }
}

impl PaidCalls for Services {
    fn rules(&self) -> (ring::Limits, meter::Rules) {
        let config = &self.0.config.paid;
        (config.ring, config.meter)
    }

    fn quote(
        &self,
        caller: &Identity,
        host: UserId,
        kind: MediaKind,
        _: Timestamp,
    ) -> Result<Quote, NotCallable> {
        if caller.user == host {
            return Err(NotCallable::NotFound);
        }
        if self.holds(Held::Joins) && caller.role != Role::Admin {
            return Err(NotCallable::Maintenance);
        }
        let tariff = self.tariff(host, kind).map_err(|_| NotCallable::NotFound)?;
        if !self.is_there_for(host, caller.user) {
            return Err(NotCallable::Offline);
        }
        let wallet = PaidCalls::wallet(self, caller.user);
        // Who owes after a chargeback settles that first.
        let owed = self.debt(caller.user).map_err(|_| NotCallable::NotFound)?;
        let missing = tariff.entry().less(wallet).max(owed);
        if missing > MilliCoins::ZERO {
            return Err(NotCallable::TooLittle(missing));
        }
        Ok(Quote {
            tariff,
            seconds_max: tariff.seconds_for(wallet),
        })
    }

    fn open(
        &self,
        host: UserId,
        attempt: &Attempt,
        kind: MediaKind,
        now: Timestamp,
    ) -> PortFuture<Result<PaidCall, NotPosted>> {
        let (services, attempt) = (self.clone(), attempt.clone());
        Box::pin(async move { services.open_call(host, &attempt, kind, now).await })
    }

    fn post(
        &self,
        entry: Option<Entry>,
        before: Option<PaidCall>,
        call: PaidCall,
    ) -> PortFuture<Result<(), NotPosted>> {
        let services = self.clone();
        Box::pin(async move { services.post_call(entry, before, &call).await })
    }

    fn wallet(&self, user: UserId) -> MilliCoins {
        self.ledger().wallet(user).unwrap_or_else(|error| {
            tracing::error!(%error, "a wallet could not be read; it counts as empty");
            MilliCoins::ZERO
        })
    }

    fn watch(&self, user: UserId) -> Option<watch::Receiver<WalletState>> {
        self.ledger().watch(user).ok()
    }

    fn open_calls(&self) -> Vec<PaidCall> {
        let mut all: Vec<PaidCall> = Vec::new();
        loop {
            let after = all.last().map(|call| call.id);
            match paid_call::load_open(&self.0.store, after, PAGE) {
                Ok(page) if page.is_empty() => return all,
                Ok(page) => all.extend(page),
                Err(error) => {
                    tracing::error!(%error, "running calls could not be read back");
                    return all;
                }
            }
        }
    }

    fn of_room(&self, room: RoomId) -> Option<PaidCall> {
        paid_call::load_by_room(&self.0.store, room).unwrap_or_else(|error| {
            tracing::error!(%error, "a call could not be read");
            None
        })
    }

    fn lengths(&self, host: UserId) -> Vec<Millis> {
        let calls = paid_call::load_of(&self.0.store, host, None, LENGTHS_LOOKED_AT);
        let calls = calls.unwrap_or_default().into_iter().rev();
        calls
            .filter(|call| call.host == host && call.status == Status::Completed)
            .map(|call| call.duration())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::join_all;
    use parlor_data::Store;
    use parlor_domain::{id::SessionId, ledger::Gateway};
    use uuid::Uuid;

    use super::*;
    use crate::{clock::SystemClock, services::Keys, testing::light_services};

    const HOST: UserId = UserId(Uuid::from_u128(1));
    const CALLER: UserId = UserId(Uuid::from_u128(2));

    async fn services(coins: i64) -> Services {
        let config = light_services();
        let keys = Keys::derive(&[9; 32]);
        let services = Services::new(Store::in_memory(), keys, config, Arc::new(SystemClock));
        let given = Entry::new(services.now(), Kind::TopUp, Subject::User(CALLER)).coins(
            Account::Issued(Gateway::Demo),
            Account::Wallet(CALLER),
            MilliCoins::coins(coins),
        );
        services.ledger().post(Posting::new(given)).await.unwrap();
        services
    }

    fn attempt(n: u128, at: Timestamp) -> Attempt {
        Attempt {
            call: CallId(Uuid::from_u128(n)),
            room: RoomId(Uuid::from_u128(n)),
            caller: CALLER,
            session: SessionId(Uuid::from_u128(n)),
            name: "Carla".into(),
            media: MediaKind::Audio,
            tariff: Tariff {
                per_minute: MilliCoins::coins(10),
                initial_s: 60,
                increment_s: 1,
                free_s: 20,
                connect_fee: MilliCoins::ZERO,
                commission_bps: 2_000,
            },
            at,
        }
    }

    /// P5: a hundred calls begin at once, and the wallet pays for one.
    #[actix::test]
    async fn p5_of_a_hundred_calls_that_begin_at_once_the_wallet_pays_for_one() {
        let services = services(10).await;
        let now = services.now();
        let starts = (0..100).map(|n| {
            let services = services.clone();
            let attempt = attempt(n + 10, now);
            async move { PaidCalls::open(&services, HOST, &attempt, MediaKind::Audio, now).await }
        });
        let opened = join_all(starts).await;
        let good: Vec<_> = opened.iter().filter(|it| it.is_ok()).collect();
        assert_eq!(good.len(), 1);
        let few = Err(NotPosted::TooLittle(MilliCoins::coins(10)));
        assert_eq!(opened.iter().filter(|it| **it == few).count(), 99);
        assert_eq!(PaidCalls::wallet(&services, CALLER), MilliCoins::ZERO);
        assert_eq!(services.open_calls().len(), 1);
    }

    #[actix::test]
    async fn a_step_whose_answer_was_lost_is_not_made_twice() {
        let services = services(100).await;
        let now = services.now();
        let attempt = attempt(7, now);
        let opened = PaidCalls::open(&services, HOST, &attempt, MediaKind::Audio, now);
        let call = opened.await.unwrap();
        let wallet = PaidCalls::wallet(&services, CALLER);
        assert_eq!(wallet, MilliCoins(100_000 - 80 * 10_000 / 60 - 1));
        let bill = call.bill.unwrap();
        let step = bill.settle(Millis::from_secs(30), now);
        let mut settled = call.clone();
        settled.bill = Some(step.record);
        settled.status = Status::Completed;
        for _ in 0..3 {
            let (entry, before) = (step.entry.clone(), Some(call.clone()));
            let posted = PaidCalls::post(&services, entry, before, settled.clone());
            assert_eq!(posted.await, Ok(()));
        }
        assert_eq!(PaidCalls::wallet(&services, CALLER), MilliCoins(90_000));
        let held = services.ledger().balance(Account::CallHold(call.id));
        assert_eq!(held.unwrap(), 0);
        let earned = services.ledger().balance(Account::HostPending(HOST));
        assert_eq!(earned.unwrap(), 8_000);
        assert!(services.open_calls().is_empty());
        let tally = parlor_data::nouns::review::tally(services.store(), HOST);
        assert_eq!(tally.unwrap().unwrap().calls, 1, "counted once");
        // Another step of the old record is refused, not made.
        let other = bill.settle(Millis::from_secs(50), now);
        let mut changed = call.clone();
        changed.bill = Some(other.record);
        let posted = PaidCalls::post(&services, other.entry, Some(call), changed);
        assert_eq!(posted.await, Err(NotPosted::Books));
    }
}
