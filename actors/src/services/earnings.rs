//! What hosts earn: pending while it may be disputed, then available, then asked for. What becomes of
//! that is in `payouts`.

use parlor_data::{
    Read,
    nouns::{earning as earnings, ledger as books, payout as payouts},
};
use parlor_domain::{
    access::Member,
    account::BadField,
    id::{CallId, PayoutId, UserId},
    ledger::{Account, Entry, Kind, Subject},
    money::MilliCoins,
    payout::{Payout, State},
    time::Timestamp,
};

use super::{Once, Posting, ServiceError, Services, keys};

/// Payouts and calls read at once.
const PAGE: usize = 500;

/// A host's earnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earnings {
    /// Earned since the midnight of the host's zone; disputed sums are not in it.
    pub today: MilliCoins,
    /// Since the first of the month.
    pub month: MilliCoins,
    /// May still be disputed.
    pub pending: MilliCoins,
    /// May be asked for.
    pub available: MilliCoins,
    /// Smallest sum that may be asked for.
    pub payout_min: MilliCoins,
    /// What was asked for, latest first.
    pub payouts: Vec<Payout>,
}

impl Services {
    /// A member's earnings.
    pub fn earnings(&self, who: Member) -> Result<Earnings, ServiceError> {
        let account = self.account_of(who.user)?;
        let payouts = self.payouts_of(who.user)?;
        let zone = jiff::tz::TimeZone::get(&account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let now = jiff::Timestamp::from_millisecond(self.now().0).unwrap_or_default();
        let today = now.to_zoned(zone).start_of_day().unwrap_or_default();
        let month = today.first_of_month().unwrap_or_else(|_| today.clone());
        let since = |day: &jiff::Zoned| Timestamp(day.timestamp().as_millisecond());
        Ok(Earnings {
            today: self.earned_since(who.user, since(&today), &payouts)?,
            month: self.earned_since(who.user, since(&month), &payouts)?,
            pending: MilliCoins(self.0.ledger.balance(Account::HostPending(who.user))?),
            available: MilliCoins(self.0.ledger.balance(Account::HostAvailable(who.user))?),
            payout_min: self.0.config.payout_min,
            payouts,
        })
    }

    /// What the host's accounts grew by, and what left them as payouts meanwhile.
    fn earned_since(
        &self,
        host: UserId,
        since: Timestamp,
        payouts: &[Payout],
    ) -> Result<MilliCoins, ServiceError> {
        let first = self.first_entry_since(since)?;
        let mut earned = 0i64;
        for account in [Account::HostPending(host), Account::HostAvailable(host)] {
            let then = books::statement(&self.0.store, account, Some(first), 1)?;
            earned += books::balance(&self.0.store, account)?;
            earned -= then.first().map_or(0, |line| line.balance);
        }
        for payout in payouts {
            if payout.asked_at >= since {
                earned += payout.amount.0;
            }
            if matches!(payout.state, State::Void { at, .. } if at >= since) {
                earned -= payout.amount.0;
            }
        }
        Ok(MilliCoins(earned))
    }

    /// The number of the first entry that is not before an instant, found by halving.
    pub(super) fn first_entry_since(&self, since: Timestamp) -> Result<u64, ServiceError> {
        let (mut before, mut after) = (0, books::head(&self.0.store)?.seq + 1);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            let at = books::entry(&self.0.store, middle)?.map_or(Timestamp::MAX, |it| it.at);
            if at < since {
                before = middle;
            } else {
                after = middle;
            }
        }
        Ok(after)
    }

    pub(super) fn payouts_of(&self, host: UserId) -> Result<Vec<Payout>, ServiceError> {
        let (mut own, mut before) = (Vec::new(), None);
        loop {
            let page = payouts::page(&self.0.store, before, PAGE)?;
            before = page.last().map(|payout| payout.id);
            let last = page.len() < PAGE;
            let theirs = page.into_iter().filter(|payout| payout.host == host);
            own.extend(theirs.map(|payout| payout.value));
            if last {
                return Ok(own);
            }
        }
    }

    /// Asks for earnings: for all that is available, or for a part. One open request a host; the
    /// same key asks once.
    pub async fn request_payout(
        &self,
        who: Member,
        amount: Option<MilliCoins>,
        key: &str,
    ) -> Result<Payout, ServiceError> {
        self.account_of(who.user)?;
        let scope = format!("payout:{}", who.user);
        let request = amount.map_or(-1, |it| it.0).to_be_bytes();
        let available = MilliCoins(self.0.ledger.balance(Account::HostAvailable(who.user))?);
        let now = self.now();
        let payout = Payout {
            id: PayoutId(keys::ordered_id(now)),
            host: who.user,
            amount: amount.unwrap_or(available),
            asked_at: now,
            state: State::Open,
        };
        let once = Once::new(&scope, key, &request).making(*payout.id.as_bytes());
        if let Some(first) = self.0.ledger.posted(&once)? {
            return self.payout_made(&first.made);
        }
        if payout.amount < self.0.config.payout_min || payout.amount <= MilliCoins::ZERO {
            return Err(ServiceError::BadField(BadField {
                field: "amount",
                why: "This is less than the smallest payout.",
            }));
        }
        let posting = Posting::new(payout.set_aside())
            .with(payouts::insert(&payout)?)
            .once(once);
        match self.post(posting).await {
            Ok(posted) if posted.repeated => self.payout_made(&posted.made),
            Ok(_) => Ok(payout),
            Err(ServiceError::Contended) => Err(ServiceError::OutOfTurn(
                "another payout is open already".into(),
            )),
            Err(other) => Err(other),
        }
    }

    fn payout_made(&self, made: &[u8]) -> Result<Payout, ServiceError> {
        let id = made
            .try_into()
            .map(PayoutId::from_bytes)
            .map_err(|_| ServiceError::NotFound)?;
        let payout = payouts::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        Ok(payout.value)
    }

    /// Moves earnings that can no longer be disputed to what may be paid out. Gives how many calls.
    pub async fn sweep_earnings(&self) -> Result<usize, ServiceError> {
        let due = self.now() - self.0.config.dispute_window;
        let (mut after, mut matured) = (None, 0);
        loop {
            let page = earnings::page(&self.0.store, after, PAGE)?;
            after = page.last().map(|earning| earning.call);
            let last = page.len() < PAGE;
            let ripe = page.into_iter().filter(|earning| earning.at <= due);
            let ripe: Vec<_> = ripe.map(|earning| self.mature(earning)).collect();
            for outcome in futures_util::future::join_all(ripe).await {
                match outcome {
                    Ok(()) => matured += 1,
                    // Disputed or continued at this moment: the next sweep looks again.
                    Err(ServiceError::Contended) => {}
                    Err(other) => return Err(other),
                }
            }
            if last {
                return Ok(matured);
            }
        }
    }

    async fn mature(&self, earning: Read<earnings::Earning>) -> Result<(), ServiceError> {
        let (call, host): (CallId, UserId) = (earning.call, earning.host);
        let sum = self.call_sum(call)?;
        let entry = Entry::new(self.now(), Kind::Mature, Subject::Call(call)).coins(
            Account::HostPending(host),
            Account::HostAvailable(host),
            sum.charged - sum.fee,
        );
        let posting = Posting::new(entry).with(earnings::remove(&earning));
        self.post(posting).await.map(drop)
    }
}

/// Words that somebody must give.
pub(super) fn words(
    field: &'static str,
    text: &str,
    chars_max: usize,
) -> Result<String, ServiceError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > chars_max {
        let why = "Please say it in a few words.";
        return Err(ServiceError::BadField(BadField { field, why }));
    }
    Ok(text.to_owned())
}
