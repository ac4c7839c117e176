//! Clients who want a call's price back, admins who decide, and what else admins do to the books
//! by hand: credits. What people owe is taken when they have it.

use parlor_data::nouns::{
    account as accounts, dispute as disputes, earning as earnings, ledger as books,
};
use parlor_domain::{
    access::{Admin, Member},
    account::{BadField, Email},
    dispute::{Decision, Dispute, WORDS_MAX},
    id::{CallId, UserId},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    money::{MilliCoins, UNITS_MAX},
};

use super::{
    Once, Posted, Posting, ServiceError, Services,
    earnings::words,
    look::{READ_AT_ONCE, look_through, rows},
};

/// Most disputes of one page.
const PAGE: usize = 50;
/// Accounts read at once.
const ACCOUNTS_AT_ONCE: usize = 500;

/// A page of disputes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputePage {
    /// The latest calls first.
    pub all: Vec<DisputeView>,
    /// From where to go on; none when all were looked at.
    pub next: Option<CallId>,
}

/// A dispute and the names of its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeView {
    /// The dispute.
    pub dispute: Dispute,
    /// Who paid.
    pub client_name: String,
    /// Who earned.
    pub host_name: String,
}

impl Services {
    /// Asks for the price of a call back: sets the host's part aside until an admin decides.
    pub async fn dispute(
        &self,
        who: Member,
        call: CallId,
        reason: &str,
    ) -> Result<DisputeView, ServiceError> {
        let reason = words("reason", reason, WORDS_MAX)?;
        let sum = self.call_sum(call)?;
        let (Some(payer), Some(host)) = (sum.payer, sum.host) else {
            return Err(ServiceError::NotFound);
        };
        if payer != who.user {
            return Err(ServiceError::NotFound);
        }
        if let Some(old) = disputes::load(&self.0.store, call)? {
            return self.dispute_view(old.value);
        }
        let too_late = || ServiceError::OutOfTurn("the call can no longer be disputed".into());
        let earning = earnings::load(&self.0.store, call)?.ok_or_else(too_late)?;
        let now = self.now();
        if sum.held > MilliCoins::ZERO {
            return Err(ServiceError::OutOfTurn("the call is not over".into()));
        }
        if earning.at + self.0.config.dispute_window <= now {
            return Err(too_late());
        }
        let dispute = Dispute {
            call,
            client: payer,
            host,
            reason,
            opened_at: now,
            charged: sum.charged,
            fee: sum.fee,
            charged_by: sum.charged_by,
            decision: None,
        };
        let rows = disputes::insert(&dispute)?.and(earnings::remove(&earning));
        self.post(Posting::new(dispute.set_aside()).with(rows))
            .await?;
        self.dispute_view(dispute)
    }

    fn dispute_view(&self, dispute: Dispute) -> Result<DisputeView, ServiceError> {
        Ok(DisputeView {
            client_name: self.name_of(dispute.client)?,
            host_name: self.name_of(dispute.host)?,
            dispute,
        })
    }

    /// The dispute about a call, for its two people.
    pub fn dispute_of(
        &self,
        who: Member,
        call: CallId,
    ) -> Result<Option<DisputeView>, ServiceError> {
        let found = disputes::load(&self.0.store, call)?.map(|it| it.value);
        found
            .filter(|it| [it.client, it.host].contains(&who.user))
            .map(|it| self.dispute_view(it))
            .transpose()
    }

    /// A page of the disputes that are open, or of those that were decided, the latest calls first,
    /// from before `before`.
    pub fn disputes(
        &self,
        _: Admin,
        open: bool,
        before: Option<CallId>,
    ) -> Result<DisputePage, ServiceError> {
        let (all, next) = look_through(
            before,
            PAGE,
            |next| Ok(rows(disputes::page(&self.0.store, next, READ_AT_ONCE)?)),
            |it| it.call,
            |it| match it.decision.is_none() == open {
                true => self.dispute_view(it.value).map(Some),
                false => Ok(None),
            },
        )?;
        Ok(DisputePage { all, next })
    }

    /// Divides what a call cost between its client and its host.
    pub async fn decide_dispute(
        &self,
        admin: Admin,
        call: CallId,
        refund: MilliCoins,
        note: &str,
    ) -> Result<DisputeView, ServiceError> {
        let note = words("note", note, WORDS_MAX)?;
        let old = disputes::load(&self.0.store, call)?.ok_or(ServiceError::NotFound)?;
        let decision = Decision {
            refund,
            note,
            by: admin.user,
            at: self.now(),
        };
        let (decided, entry) = old.decide(decision).map_err(|error| match error {
            parlor_domain::dispute::NotDecided::OutOfRange => ServiceError::BadField(BadField {
                field: "refund",
                why: "A refund is between nothing and what was paid.",
            }),
            closed => ServiceError::OutOfTurn(closed.to_string()),
        })?;
        self.post(Posting::new(entry).with(disputes::replace(&old, &decided)?))
            .await?;
        self.dispute_view(decided)
    }

    /// Gives coins to somebody, or takes some when the amount is negative. The same key does it
    /// once.
    pub async fn adjust(
        &self,
        admin: Admin,
        email: &str,
        amount: MilliCoins,
        reason: &str,
        key: &str,
    ) -> Result<Posted, ServiceError> {
        let reason = words("reason", reason, WORDS_MAX)?;
        if amount == MilliCoins::ZERO || amount.0.abs() > UNITS_MAX {
            return Err(ServiceError::BadField(BadField {
                field: "amount",
                why: "Please give an amount of coins.",
            }));
        }
        let email = Email::parse(email)?;
        let account = accounts::load_by_email(&self.0.store, &email)?;
        let user = account.map(|it| it.id).ok_or(BadField {
            field: "email",
            why: "There is no account with this address.",
        })?;
        let entry = Entry::new(self.now(), Kind::Adjustment, Subject::User(user))
            .coins(
                Account::Issued(Gateway::Manual),
                Account::Wallet(user),
                amount,
            )
            .noting(&reason);
        let request = format!("{user} {} {reason}", amount.0);
        let scope = format!("adjust:{}", admin.user);
        let once = Once::new(&scope, key, request.as_bytes());
        self.post(Posting::new(entry).once(once)).await
    }

    /// Takes what people owe after chargebacks from their wallets, as far as it goes.
    pub async fn sweep_debts(&self) -> Result<(), ServiceError> {
        let nobody = UserId::from_bytes([0; 16]);
        let mut after = Account::Receivable(nobody);
        loop {
            let page = books::balances(&self.0.store, Some(after), ACCOUNTS_AT_ONCE)?;
            for (account, units) in &page {
                let Account::Receivable(user) = *account else {
                    return Ok(());
                };
                if *units < 0 {
                    self.pay_debt(user).await?;
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == ACCOUNTS_AT_ONCE => after = *last,
                _ => return Ok(()),
            }
        }
    }

    /// Nothing happens without a debt.
    async fn pay_debt(&self, user: UserId) -> Result<(), ServiceError> {
        let owed = self.debt(user)?;
        let there = self.0.ledger.wallet(user)?.min(owed);
        if there <= MilliCoins::ZERO {
            return Ok(());
        }
        let entry = Entry::new(self.now(), Kind::Chargeback, Subject::User(user)).coins(
            Account::Wallet(user),
            Account::Receivable(user),
            there,
        );
        self.post(Posting::new(entry)).await.map(drop)
    }
}
