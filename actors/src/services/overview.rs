//! What an admin sees first: what waits for a decision, what was taken, and the hours of the server.

use parlor_data::nouns::{dispute as disputes, money_alert, number, payout as payouts};
use parlor_domain::{
    access::Admin,
    ledger::{Account, Gateway},
    money::MilliCoins,
    numbers::Hour,
    time::Timestamp,
};

use super::{ServiceError, Services};

/// Most hours that one answer has: two months and a little.
pub const HOURS_MAX: usize = 1_600;
/// Rows of each list that are looked at, the latest.
const LOOKED_AT_MAX: usize = 500;

/// What an admin decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Somebody wants to host.
    Applications,
    /// Somebody was reported.
    Reports,
    /// A client wants a price back.
    Disputes,
    /// A host wants money.
    Payouts,
    /// Money that fits no order, or was taken back.
    Money,
}

impl Matter {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applications => "applications",
            Self::Reports => "reports",
            Self::Disputes => "disputes",
            Self::Payouts => "payouts",
            Self::Money => "money",
        }
    }
}

/// How much of one kind waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What.
    pub matter: Matter,
    /// How many.
    pub count: usize,
    /// There may be more: only so many were looked at.
    pub more: bool,
}

impl Services {
    /// What waits for an admin, also what nothing waits of.
    pub fn decisions(&self, admin: Admin) -> Result<Vec<Decision>, ServiceError> {
        let store = &self.0.store;
        let applications = self.host_applications(admin)?.len();
        let reports = self.reports(admin, true, None)?;
        let disputes = disputes::page(store, None, LOOKED_AT_MAX)?;
        let payouts = payouts::open(store, LOOKED_AT_MAX)?;
        let money = money_alert::latest(store, LOOKED_AT_MAX)?;
        let of = |matter, count, more| Decision {
            matter,
            count,
            more,
        };
        let open = disputes.iter().filter(|it| it.decision.is_none());
        let unsettled = money.iter().filter(|it| it.settled.is_none());
        Ok(vec![
            of(Matter::Applications, applications, false),
            of(Matter::Reports, reports.all.len(), reports.next.is_some()),
            of(
                Matter::Disputes,
                open.count(),
                disputes.len() >= LOOKED_AT_MAX,
            ),
            of(
                Matter::Payouts,
                payouts.len(),
                payouts.len() >= LOOKED_AT_MAX,
            ),
            of(
                Matter::Money,
                unsettled.count(),
                money.len() >= LOOKED_AT_MAX,
            ),
        ])
    }

    /// The hours that began in `[from, to)`, earliest first, at most [`HOURS_MAX`].
    pub fn hours(
        &self,
        _: Admin,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Hour>, ServiceError> {
        Ok(number::load(&self.0.store, from, to, HOURS_MAX)?)
    }

    /// The last hour that began before `at`.
    pub fn hour_before(&self, _: Admin, at: Timestamp) -> Result<Option<Hour>, ServiceError> {
        Ok(number::last(&self.0.store, at)?)
    }

    /// Coins ever sold, less what was given back, and the house's share of everything ever charged.
    /// What cannot be read is nothing.
    pub fn takings(&self) -> (MilliCoins, MilliCoins) {
        let of = |account| self.0.ledger.balance(account).unwrap_or(0);
        let sold = Gateway::ALL.into_iter().map(|it| -of(Account::Issued(it)));
        (MilliCoins(sold.sum()), MilliCoins(of(Account::Fee)))
    }
}
