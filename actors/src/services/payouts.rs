//! Payouts as admins see them: who asked for what, and saying that it was sent or that it was not.

use parlor_data::{
    Read,
    nouns::{account as accounts, payout as payouts},
};
use parlor_domain::{
    access::Admin,
    id::PayoutId,
    ledger::Account,
    money::MilliCoins,
    payout::{Payout, State, WORDS_MAX},
};

use super::{
    Posting, ServiceError, Services,
    earnings::words,
    look::{READ_AT_ONCE, look_through, rows},
};

/// Most payouts of one page.
pub const PAGE: usize = 500;
/// Most open payouts that are looked at: hosts with a request.
const OPEN_MAX: usize = 5_000;

/// Which payouts a list shows.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only those whose state has this word.
    pub state: Option<String>,
    /// Only of this host: an address or an id of an account.
    pub host: Option<String>,
}

/// A payout as an admin sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutView {
    /// The payout.
    pub payout: Payout,
    /// Name and address of the host.
    pub host: (String, String),
}

/// A page of payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutPage {
    /// Latest first.
    pub all: Vec<PayoutView>,
    /// From where to go on; none when all were looked at.
    pub next: Option<PayoutId>,
}

/// Sums over all payouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutTotals {
    /// How many wait for an admin.
    pub waiting: usize,
    /// What they come to.
    pub waiting_sum: MilliCoins,
    /// Everything that was ever paid out, from the books.
    pub paid_sum: MilliCoins,
}

impl Services {
    /// A page of payouts, latest first, from before `before`; at most [`PAGE`].
    pub fn payouts(
        &self,
        admin: Admin,
        wanted: &Wanted,
        before: Option<PayoutId>,
        limit: usize,
    ) -> Result<PayoutPage, ServiceError> {
        let limit = limit.clamp(1, PAGE);
        let host = self.user_in(admin, "host", wanted.host.as_deref())?;
        let has = |it: &Payout| {
            let state = wanted.state.as_deref();
            host.is_none_or(|host| it.host == host)
                && state.is_none_or(|state| it.state.word() == state)
        };
        if wanted.state.as_deref() == Some("open") {
            return self.open_payouts(has, before, limit);
        }
        let (all, next) = look_through(
            before,
            limit,
            |next| Ok(rows(payouts::page(&self.0.store, next, READ_AT_ONCE)?)),
            |it| it.id,
            |it| match has(&it) {
                true => self.payout_view(it.value).map(Some),
                false => Ok(None),
            },
        )?;
        Ok(PayoutPage { all, next })
    }

    /// Open ones have marks of their own, one a host: they are found without a look at all others.
    fn open_payouts(
        &self,
        has: impl Fn(&Payout) -> bool,
        before: Option<PayoutId>,
        limit: usize,
    ) -> Result<PayoutPage, ServiceError> {
        let mut open = payouts::open(&self.0.store, OPEN_MAX)?;
        open.retain(|it| before.is_none_or(|before| it.id < before) && has(it));
        open.sort_by_key(|it| std::cmp::Reverse(it.id));
        let more = open.len() > limit;
        open.truncate(limit);
        let next = open.last().map(|it| it.id).filter(|_| more);
        let all = open.into_iter().map(|it| self.payout_view(it.value));
        Ok(PayoutPage {
            all: all.collect::<Result<_, _>>()?,
            next,
        })
    }

    /// What waits, and what was ever paid out.
    pub fn payout_totals(&self, _: Admin) -> Result<PayoutTotals, ServiceError> {
        let open = payouts::open(&self.0.store, OPEN_MAX)?;
        Ok(PayoutTotals {
            waiting: open.len(),
            waiting_sum: MilliCoins(open.iter().map(|it| it.amount.0).sum()),
            paid_sum: MilliCoins(self.0.ledger.balance(Account::PaidOut)?),
        })
    }

    fn payout_view(&self, payout: Payout) -> Result<PayoutView, ServiceError> {
        let account = accounts::load(&self.0.store, payout.host)?;
        let host = account.map_or_else(Default::default, |it| {
            (it.name.clone(), it.email.as_str().to_owned())
        });
        Ok(PayoutView { payout, host })
    }

    /// An admin says that a payout was sent, under a reference that no other one has.
    pub async fn mark_paid(
        &self,
        admin: Admin,
        id: PayoutId,
        reference: &str,
    ) -> Result<PayoutView, ServiceError> {
        let reference = words("reference", reference, WORDS_MAX)?;
        let old = payouts::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        if payouts::is_used(&self.0.store, &reference)? {
            return Err(ServiceError::OutOfTurn(
                "another payout has this reference".into(),
            ));
        }
        let (by, at) = (admin.user, self.now());
        self.close_payout(old, State::Paid { reference, by, at })
            .await
    }

    /// An admin gives the coins of a payout back to its host.
    pub async fn void_payout(
        &self,
        admin: Admin,
        id: PayoutId,
        reason: &str,
    ) -> Result<PayoutView, ServiceError> {
        let reason = words("reason", reason, WORDS_MAX)?;
        let old = payouts::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        let (by, at) = (admin.user, self.now());
        self.close_payout(old, State::Void { reason, by, at }).await
    }

    async fn close_payout(
        &self,
        old: Read<Payout>,
        state: State,
    ) -> Result<PayoutView, ServiceError> {
        let (new, entry) = old
            .close(state)
            .map_err(|error| ServiceError::OutOfTurn(error.to_string()))?;
        self.post(Posting::new(entry).with(payouts::close(&old, &new)?))
            .await?;
        self.payout_view(new)
    }
}
