//! What a call costs: a pure function of the seconds in which both sides were connected and of the
//! tariff frozen at its start.
//!
//! Prices are cumulative: the sum due after `s` seconds is computed for the whole call, and what is
//! posted is the difference to what was posted before. Rounding each tick instead charges 12 coins
//! for a minute of 10, or nothing at all.

use crate::money::MilliCoins;

/// Basis points in the whole.
pub const BPS: i64 = 10_000;

/// How a call is priced. Copied into the call when it starts; a later change does not touch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// Price of one minute.
    pub per_minute: MilliCoins,
    /// The first block, in seconds, paid once the call is not free any more.
    pub initial_s: u32,
    /// Every further block, in seconds.
    pub increment_s: u32,
    /// A call up to this long costs nothing, in seconds.
    pub free_s: u32,
    /// Paid once, when the call is not free any more.
    pub connect_fee: MilliCoins,
    /// The house's share, in hundredths of a percent.
    pub commission_bps: u32,
}

/// Presets of the blocks that time is sold in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// Whole minutes (60/60).
    Minutes,
    /// One whole minute, then seconds (60/1).
    MinuteThenSeconds,
    /// Seconds from the start (1/1).
    Seconds,
}

impl Pulse {
    /// First block and increment, in seconds.
    pub fn blocks_s(self) -> (u32, u32) {
        match self {
            Self::Minutes => (60, 60),
            Self::MinuteThenSeconds => (60, 1),
            Self::Seconds => (1, 1),
        }
    }

    /// The word in the config and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Minutes => "60/60",
            Self::MinuteThenSeconds => "60/1",
            Self::Seconds => "1/1",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Minutes, Self::MinuteThenSeconds, Self::Seconds]
            .into_iter()
            .find(|pulse| pulse.word() == word)
    }
}

/// A sum and how it is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// What the client pays.
    pub charged: MilliCoins,
    /// The house's part of it.
    pub fee: MilliCoins,
}

impl Share {
    /// The host's part.
    pub fn host(self) -> MilliCoins {
        self.charged - self.fee
    }
}

impl Tariff {
    /// Seconds that are paid for after `s` seconds of call.
    pub fn billable_s(&self, s: u64) -> u64 {
        if s <= u64::from(self.free_s) {
            return 0;
        }
        let increment = u64::from(self.increment_s.max(1));
        s.div_ceil(increment)
            .saturating_mul(increment)
            .max(u64::from(self.initial_s))
    }

    /// What the whole call costs after `s` seconds, rounded up to a thousandth of a coin once.
    pub fn due(&self, s: u64) -> MilliCoins {
        let billable = self.billable_s(s);
        if billable == 0 {
            return MilliCoins::ZERO;
        }
        let seconds = i64::try_from(billable).unwrap_or(i64::MAX);
        let price = self.per_minute.0.saturating_mul(seconds);
        MilliCoins(price / 60 + i64::from(price % 60 != 0)) + self.connect_fee
    }

    /// How the sum due after `s` seconds is divided; the house's part is rounded down.
    pub fn share(&self, s: u64) -> Share {
        self.share_of(self.due(s))
    }

    /// How any sum of this tariff is divided.
    pub fn share_of(&self, charged: MilliCoins) -> Share {
        let fee = charged.0.saturating_mul(i64::from(self.commission_bps)) / BPS;
        Share {
            charged,
            fee: MilliCoins(fee),
        }
    }

    /// What the first second that is not free costs: less than this and the call is refused.
    pub fn entry(&self) -> MilliCoins {
        self.due(u64::from(self.free_s) + 1)
    }

    /// The longest call, in whole seconds, that `budget` pays for. `None` when it never ends.
    pub fn seconds_for(&self, budget: MilliCoins) -> Option<u64> {
        if self.per_minute.0 <= 0 {
            let entered = self.connect_fee <= budget;
            return (!entered).then_some(u64::from(self.free_s));
        }
        // `due` rises with the seconds, so the last second that is paid for is found by halving.
        let mut paid = u64::from(self.free_s);
        let most = i64::saturating_mul(budget.0.max(0), 60) / self.per_minute.0;
        let mut unpaid = paid + u64::try_from(most).unwrap_or(0) + u64::from(self.increment_s) + 2;
        while unpaid - paid > 1 {
            let middle = paid + (unpaid - paid) / 2;
            if self.due(middle) <= budget {
                paid = middle;
            } else {
                unpaid = middle;
            }
        }
        Some(paid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tariff(pulse: Pulse, free_s: u32) -> Tariff {
        let (initial_s, increment_s) = pulse.blocks_s();
        Tariff {
            per_minute: MilliCoins::coins(10),
            initial_s,
            increment_s,
            free_s,
            connect_fee: MilliCoins::ZERO,
            commission_bps: 2_000,
        }
    }

    /// seconds of call -> thousandths of a coin, at 10 coins a minute.
    #[test]
    fn prices_that_an_accountant_can_check() {
        use Pulse::*;
        for (pulse, free_s, seconds, due) in [
            (Minutes, 0, 0, 0),
            (Minutes, 0, 1, 10_000),
            (Minutes, 0, 60, 10_000),
            (Minutes, 0, 61, 20_000),
            (Minutes, 20, 20, 0),
            (Minutes, 20, 21, 10_000),
            (MinuteThenSeconds, 20, 20, 0),
            (MinuteThenSeconds, 20, 21, 10_000),
            (MinuteThenSeconds, 0, 60, 10_000),
            (MinuteThenSeconds, 0, 61, 10_167),
            (MinuteThenSeconds, 0, 90, 15_000),
            (Seconds, 0, 1, 167),
            (Seconds, 0, 6, 1_000),
            (Seconds, 10, 10, 0),
            (Seconds, 10, 11, 1_834),
            (Seconds, 0, 3_600, 600_000),
        ] {
            let tariff = tariff(pulse, free_s);
            assert_eq!(
                tariff.due(seconds).0,
                due,
                "{} free {free_s} s, {seconds} s",
                pulse.word()
            );
        }
        let with_fee = Tariff {
            connect_fee: MilliCoins(500),
            ..tariff(Seconds, 10)
        };
        assert_eq!(with_fee.due(10).0, 0);
        assert_eq!(with_fee.due(11).0, 2_334);
    }

    proptest! {
        #[test]
        fn the_price_never_falls_and_its_parts_make_the_whole(
            per_minute in 0i64..100_000, initial_s in 0u32..120, increment_s in 1u32..90,
            free_s in 0u32..60, connect_fee in 0i64..5_000, commission_bps in 0u32..=10_000,
            s in 0u64..20_000,
        ) {
            let tariff = Tariff {
                per_minute: MilliCoins(per_minute), initial_s, increment_s, free_s,
                connect_fee: MilliCoins(connect_fee), commission_bps,
            };
            prop_assert!(tariff.due(s) <= tariff.due(s + 1));
            let share = tariff.share(s);
            prop_assert_eq!(share.fee + share.host(), tariff.due(s));
            prop_assert!(share.fee.0 >= 0 && share.host().0 >= 0);
        }

        #[test]
        fn the_last_second_that_is_paid_for_is_found(
            per_minute in 1i64..100_000, initial_s in 0u32..120, increment_s in 1u32..90,
            free_s in 0u32..60, connect_fee in 0i64..5_000, budget in 0i64..2_000_000,
        ) {
            let tariff = Tariff {
                per_minute: MilliCoins(per_minute), initial_s, increment_s, free_s,
                connect_fee: MilliCoins(connect_fee), commission_bps: 0,
            };
            let budget = MilliCoins(budget);
            let last = tariff.seconds_for(budget).unwrap();
            prop_assert!(tariff.due(last) <= budget);
            prop_assert!(tariff.due(last + 1) > budget);
        }
    }

    #[test]
    fn a_call_without_a_price_never_ends_for_want_of_money() {
        let free = Tariff {
            per_minute: MilliCoins::ZERO,
            ..tariff(Pulse::Seconds, 0)
        };
        assert_eq!(free.seconds_for(MilliCoins::ZERO), None);
        let fee_only = Tariff {
            connect_fee: MilliCoins(5),
            free_s: 10,
            ..free
        };
        assert_eq!(fee_only.seconds_for(MilliCoins(4)), Some(10));
        assert_eq!(fee_only.seconds_for(MilliCoins(5)), None);
    }
}
