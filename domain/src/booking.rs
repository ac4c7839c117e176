//! What a booking adds to a meeting: the terms of the service as they were when it was booked, and
//! its money. The price is set aside in the books when the meeting is paid, and divided once when
//! the meeting ends: what goes back to the client, what the house keeps, what the host earned.
//!
//! Must never round in anybody's favour twice: the house's share is taken of the whole that is kept.

use crate::{
    account::{self, BadField},
    id::{MeetingId, ServiceId, UserId},
    ledger::{Account, Entry, Kind, Subject},
    meeting::{Part, Status, Window},
    money::MilliCoins,
    order::Price,
    service::{ALL_BPS, Cancellation},
    time::{Millis, Timestamp},
};

/// Most meetings of one series.
pub const SERIES_MAX: usize = 20;

/// Where a booking's money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// It costs nothing.
    Free,
    /// It is not paid.
    Due,
    /// The price is set aside.
    Held,
    /// Divided; the host's part may still be disputed.
    Divided(Division),
    /// Divided, for good.
    Settled(Division),
}

/// How a price was divided. The rest is the host's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// Back to the client.
    pub refunded: MilliCoins,
    /// The house's share of what was kept.
    pub fee: MilliCoins,
}

impl Payment {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Due => "due",
            Self::Held => "paid",
            Self::Divided(_) | Self::Settled(_) => "settled",
        }
    }

    /// The division, if there was one.
    pub fn division(self) -> Option<Division> {
        match self {
            Self::Divided(it) | Self::Settled(it) => Some(it),
            _ => None,
        }
    }
}

/// How somebody without an account reads mails, as they said when they booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// A tag such as "de"; `None`: as the host reads.
    pub language: Option<String>,
    /// A zone of the tz database; `None`: the host's.
    pub time_zone: Option<String>,
}

impl Reader {
    /// Checks; `None` when nothing was said.
    pub fn checked(self) -> Result<Option<Self>, BadField> {
        if let Some(language) = &self.language {
            account::check_language(language)?;
        }
        let known = |zone: &String| jiff::tz::TimeZone::get(zone).is_ok();
        if !self.time_zone.as_ref().is_none_or(known) {
            return Err(BadField {
                field: "timeZone",
                why: "This time zone is not known.",
            });
        }
        let said = self.language.is_some() || self.time_zone.is_some();
        Ok(said.then_some(self))
    }
}

/// What a meeting has that was booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// What was booked.
    pub service: ServiceId,
    /// The first meeting of the series that it belongs to.
    pub series: Option<MeetingId>,
    /// What it costs.
    pub price: MilliCoins,
    /// The price in a currency, if the host set it so; `price` is what it came to in coins then.
    pub money: Option<Price>,
    /// How many may be in its session; each has a meeting of their own, and they share the room.
    /// 1 when it stands alone.
    pub seats: u32,
    /// How its client reads mails, if there is no account that says so.
    pub reader: Option<Reader>,
    /// The house's share, in hundredths of a percent.
    pub commission_bps: u32,
    /// Kept free of the host's time before it.
    pub before: Millis,
    /// Kept free after it.
    pub after: Millis,
    /// What goes back when the client calls off.
    pub cancellation: Cancellation,
    /// How often the client may still move it.
    pub moves_left: u32,
    /// How long before the start people are reminded; `None`: as on this server.
    pub reminder_leads: Option<Vec<Millis>>,
    /// When the door is open; `None`: as on this server.
    pub window: Option<Window>,
    /// Who is not there so long after the start did not come.
    pub no_show_after: Millis,
    /// Where its money is.
    pub payment: Payment,
    /// A request that nobody answered, or a bill that nobody paid, ends here.
    pub expires_at: Option<Timestamp>,
}

/// What calling off would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// In hundredths of a percent of the price.
    pub refund_bps: u32,
    /// What the client gets back.
    pub refund: MilliCoins,
    /// What is kept.
    pub kept: MilliCoins,
}

impl Booking {
    /// What calling off at `now` would do.
    pub fn quote(&self, by: Part, starts_at: Timestamp, now: Timestamp) -> Quote {
        let refund_bps = match (by, self.payment) {
            // Nobody owes for what was not agreed yet.
            (Part::Host, _) | (_, Payment::Due | Payment::Free) => ALL_BPS,
            _ if now > starts_at => 0,
            _ => self.cancellation.refund_bps(starts_at.since(now)),
        };
        let paid = match self.payment {
            Payment::Held => self.price,
            _ => MilliCoins::ZERO,
        };
        let refund = part(paid, refund_bps);
        Quote {
            refund_bps,
            refund,
            kept: paid - refund,
        }
    }

    /// What goes back when it ends like this, in hundredths of a percent. Nothing says so of a
    /// meeting that somebody called off: that depends on who and when ([`Booking::quote`]).
    pub fn refund_at(status: Status) -> u32 {
        match status {
            Status::Completed | Status::NoShowClient => 0,
            _ => ALL_BPS,
        }
    }

    /// The entry that sets the price aside.
    pub fn reserve(&self, meeting: MeetingId, client: UserId, at: Timestamp) -> Entry {
        let hold = Account::MeetingHold(meeting);
        Entry::new(at, Kind::Booking, Subject::Meeting(meeting)).coins(
            Account::Wallet(client),
            hold,
            self.price,
        )
    }

    /// Divides the price: once what was set aside, and again, the other way, while the host's part
    /// may be disputed. `None` when there is nothing to divide.
    pub fn divide(
        &mut self,
        meeting: MeetingId,
        (host, client): (UserId, UserId),
        refund_bps: u32,
        at: Timestamp,
    ) -> Option<Entry> {
        let refunded = part(self.price, refund_bps);
        let new = Division {
            refunded,
            fee: part(self.price - refunded, self.commission_bps),
        };
        let earned = |it: Division| self.price - it.refunded - it.fee;
        let wallet = Account::Wallet(client);
        let pending = Account::HostPending(host);
        let entry = Entry::new(at, Kind::Booking, Subject::Meeting(meeting));
        let entry = match self.payment {
            Payment::Held => {
                let hold = Account::MeetingHold(meeting);
                entry
                    .coins(hold, wallet, new.refunded)
                    .coins(hold, pending, earned(new))
                    .coins(hold, Account::Fee, new.fee)
            }
            Payment::Divided(old) => entry
                .coins(pending, wallet, earned(old) - earned(new))
                .coins(Account::Fee, wallet, old.fee - new.fee),
            _ => return None,
        };
        self.payment = Payment::Divided(new);
        (!entry.is_empty()).then_some(entry)
    }

    /// Makes what the host earned payable, once; `None` when there is nothing to make so.
    pub fn mature(&mut self, meeting: MeetingId, host: UserId, at: Timestamp) -> Option<Entry> {
        let Payment::Divided(division) = self.payment else {
            return None;
        };
        self.payment = Payment::Settled(division);
        let earned = self.price - division.refunded - division.fee;
        let entry = Entry::new(at, Kind::Mature, Subject::Meeting(meeting)).coins(
            Account::HostPending(host),
            Account::HostAvailable(host),
            earned,
        );
        (!entry.is_empty()).then_some(entry)
    }
}

/// A part of a sum, rounded down.
fn part(of: MilliCoins, bps: u32) -> MilliCoins {
    let part = i128::from(of.0) * i128::from(bps.min(ALL_BPS)) / i128::from(ALL_BPS);
    MilliCoins(i64::try_from(part).unwrap_or(of.0))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{ledger, time::Millis};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    const MEETING: MeetingId = MeetingId(Uuid::from_u128(1));
    const HOST: UserId = UserId(Uuid::from_u128(10));
    const CLIENT: UserId = UserId(Uuid::from_u128(20));

    pub(crate) fn booking(coins: i64) -> Booking {
        Booking {
            service: ServiceId(Uuid::from_u128(5)),
            series: None,
            price: MilliCoins::coins(coins),
            money: None,
            seats: 1,
            reader: None,
            commission_bps: 2_000,
            before: Millis::from_mins(5),
            after: Millis::from_mins(10),
            cancellation: Cancellation::usual(),
            moves_left: 1,
            reminder_leads: None,
            window: None,
            no_show_after: Millis::from_mins(15),
            payment: match coins {
                0 => Payment::Free,
                _ => Payment::Due,
            },
            expires_at: None,
        }
    }

    #[test]
    fn who_calls_off_when() {
        let mut it = booking(100);
        let start = Timestamp(0) + Millis::from_days(3);
        let quote = |it: &Booking, by, hours: i64| {
            let quote = it.quote(by, start, start - Millis::from_mins(hours * 60));
            (
                quote.refund_bps,
                quote.refund.0 / 1_000,
                quote.kept.0 / 1_000,
            )
        };
        assert_eq!(quote(&it, Part::Client, 1), (10_000, 0, 0), "not paid");
        it.payment = Payment::Held;
        for (by, hours, expected) in [
            (Part::Client, 24, (10_000, 100, 0)),
            (Part::Client, 23, (5_000, 50, 50)),
            (Part::Client, 1, (0, 0, 100)),
            (Part::Client, -1, (0, 0, 100)),
            (Part::Host, 1, (10_000, 100, 0)),
            (Part::Host, -1, (10_000, 100, 0)),
        ] {
            assert_eq!(quote(&it, by, hours), expected, "{by:?} {hours} h before");
        }
    }

    proptest! {
        /// Any price, share and decisions: nothing is made or lost, nobody is below zero, and the
        /// hold is empty once the price is divided.
        #[test]
        fn what_was_set_aside_is_divided_to_the_last_thousandth(
            price in 1_i64..1_000_000_000,
            bps in 0_u32..=10_000,
            refunds in proptest::collection::vec(0_u32..=10_000, 1..5),
        ) {
            let at = Timestamp(0);
            let mut it = Booking { price: MilliCoins(price), commission_bps: bps, ..booking(1) };
            let mut books = BTreeMap::from([(Account::Wallet(CLIENT), price)]);
            let mut post = |entry: Entry| {
                let after = ledger::post(&entry, |it| books.get(&it).copied().unwrap_or(0)).unwrap();
                books.extend(after);
                books.clone()
            };
            post(it.reserve(MEETING, CLIENT, at));
            it.payment = Payment::Held;
            for refund in &refunds {
                let entry = it.divide(MEETING, (HOST, CLIENT), *refund, at);
                if let Some(entry) = entry { post(entry); }
            }
            let last = it.payment.division().unwrap();
            if let Some(entry) = it.mature(MEETING, HOST, at) { post(entry); }
            prop_assert!(it.divide(MEETING, (HOST, CLIENT), 0, at).is_none());
            prop_assert!(it.mature(MEETING, HOST, at).is_none());
            let of = |account| books.get(&account).copied().unwrap_or(0);
            let refunded = price * i64::from(*refunds.last().unwrap()) / 10_000;
            prop_assert_eq!(of(Account::MeetingHold(MEETING)), 0);
            prop_assert_eq!(of(Account::Wallet(CLIENT)), refunded);
            prop_assert_eq!(of(Account::Fee), (price - refunded) * i64::from(bps) / 10_000);
            prop_assert_eq!(of(Account::Fee), last.fee.0);
            prop_assert_eq!(of(Account::HostPending(HOST)), 0);
            prop_assert_eq!(books.values().sum::<i64>(), price);
        }
    }
}
