//! What can be bought: so many coins for such a price, as the operator set it.

use super::Price;
use crate::{
    id::MeetingId,
    ledger::Gateway,
    money::{Currency, MILLI_PER_COIN, MilliCoins, UNITS_MAX},
};

/// The name of what pays for exactly one booking that is priced in a currency.
pub const BOOKING: &str = "booking";

/// One line of the price list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name in requests: coins, currency and price, so that a page with an old price list
    /// cannot buy at a price that it did not show.
    pub id: String,
    /// What one gets.
    pub coins: MilliCoins,
    /// What one pays.
    pub price: Price,
}

/// Why a package cannot be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPackage {
    /// Nothing, a negative number, or more than anything can be.
    #[error("must hold at least one coin and a price above zero")]
    Amount,
    /// Not three letters.
    #[error("needs a currency of three letters, such as \"INR\"")]
    Currency,
}

impl Package {
    /// A package of whole coins for a price in the currency's minor unit.
    pub fn new(coins: i64, price_minor: i64, currency: &str) -> Result<Self, BadPackage> {
        let currency = Currency::parse(currency).map_err(|_| BadPackage::Currency)?;
        let sane = |units: i64, most: i64| (1..=most).contains(&units);
        if !sane(coins, UNITS_MAX / MILLI_PER_COIN) || !sane(price_minor, UNITS_MAX) {
            return Err(BadPackage::Amount);
        }
        Ok(Self {
            id: format!("{coins}-{}-{price_minor}", currency.code().to_lowercase()),
            coins: MilliCoins::coins(coins),
            price: Price {
                minor: price_minor,
                currency,
            },
        })
    }

    /// What a sum comes to in coins at the rate of this package, rounded up; `None` for another
    /// currency, or for more than anything can cost.
    pub fn in_coins(&self, sum: Price) -> Option<MilliCoins> {
        if sum.currency != self.price.currency {
            return None;
        }
        let coins = i128::from(sum.minor) * i128::from(self.coins.0);
        let price = i128::from(self.price.minor);
        let whole = (coins + price - 1) / price;
        let whole = i64::try_from(whole)
            .ok()
            .filter(|it| (0..=UNITS_MAX).contains(it))?;
        Some(MilliCoins(whole))
    }

    /// Exactly the coins of a price that was agreed in a currency.
    pub fn of_booking(meeting: MeetingId, coins: MilliCoins, price: Price) -> Self {
        Self {
            id: format!("{BOOKING}-{meeting}"),
            coins,
            price,
        }
    }

    /// Whether this gateway can take the price: M-Pesa moves whole Kenyan shillings only.
    pub fn is_payable(&self, gateway: Gateway) -> bool {
        match gateway {
            Gateway::Mpesa => self.price.currency.code() == "KES" && self.price.minor % 100 == 0,
            Gateway::Razorpay => self.price.currency.code() == "INR" && self.price.minor >= 100,
            Gateway::Stripe | Gateway::Demo => true,
            Gateway::Manual => false,
        }
    }
}
