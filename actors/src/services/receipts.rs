//! What a paid call cost, minute by minute, for the two people of it. The lines are made from the
//! tariff that was frozen at its start; they add up to what the books took.

use parlor_data::nouns::earning as earnings;
use parlor_domain::{
    access::Member, id::CallId, money::MilliCoins, tariff::Tariff, time::Timestamp,
};

use super::{DisputeView, PaidCallView, ServiceError, Services};

/// Most lines of one receipt: a day's minutes.
const LINES_MAX: u64 = 24 * 60;

/// One minute of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Which, from 1.
    pub minute: u64,
    /// Connected seconds in it.
    pub seconds: u64,
    /// What they cost.
    pub charged: MilliCoins,
}

/// What a call cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The call, its bill and its two people.
    pub view: PaidCallView,
    /// Minute by minute.
    pub lines: Vec<ReceiptLine>,
    /// What was asked back.
    pub dispute: Option<DisputeView>,
    /// Until when the price can be asked back, while it can.
    pub disputable_until: Option<Timestamp>,
}

impl Services {
    /// The receipt of a call, for its two people.
    pub fn receipt(&self, who: Member, call: CallId) -> Result<Receipt, ServiceError> {
        let view = self.paid_call(who, call)?;
        let dispute = self.dispute_of(who, call)?;
        let bill = view.call.bill;
        let disputable_until = match earnings::load(&self.0.store, call)? {
            Some(earning) if dispute.is_none() && bill.is_some_and(|bill| bill.settled) => {
                Some(earning.at + self.0.config.dispute_window)
            }
            _ => None,
        };
        let mine = who.user == view.call.caller;
        Ok(Receipt {
            lines: bill.map_or_else(Vec::new, |bill| lines(&view.call.tariff, bill.billed_s)),
            dispute,
            disputable_until: disputable_until.filter(|ends| mine && self.now() < *ends),
            view,
        })
    }
}

/// Each minute costs what is due after it, less what was due before it.
fn lines(tariff: &Tariff, seconds: u64) -> Vec<ReceiptLine> {
    (0..seconds.div_ceil(60).min(LINES_MAX))
        .map(|minute| {
            let (begins, ends) = (minute * 60, seconds.min((minute + 1) * 60));
            ReceiptLine {
                minute: minute + 1,
                seconds: ends - begins,
                charged: tariff.due(ends) - tariff.due(begins),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tariff(initial_s: u32, increment_s: u32, free_s: u32) -> Tariff {
        Tariff {
            per_minute: MilliCoins::coins(10),
            initial_s,
            increment_s,
            free_s,
            connect_fee: MilliCoins(250),
            commission_bps: 2_000,
        }
    }

    #[test]
    fn a_minute_and_a_half_are_two_lines() {
        let written: Vec<_> = lines(&tariff(60, 1, 20), 90)
            .iter()
            .map(|it| (it.minute, it.seconds, it.charged.0))
            .collect();
        assert_eq!(written, [(1, 60, 10_250), (2, 30, 5_000)]);
        assert_eq!(lines(&tariff(60, 1, 20), 15)[0].charged, MilliCoins::ZERO);
        assert!(lines(&tariff(60, 1, 20), 0).is_empty());
    }

    proptest! {
        #[test]
        fn the_lines_add_up_to_the_price(
            initial in 1u32..120, increment in 1u32..90, free in 0u32..60, seconds in 0u64..20_000,
        ) {
            let tariff = tariff(initial, increment, free);
            let sum: i64 = lines(&tariff, seconds).iter().map(|it| it.charged.0).sum();
            prop_assert_eq!(sum, tariff.due(seconds).0);
        }
    }
}
