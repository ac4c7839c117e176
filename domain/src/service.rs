//! A service: what a host offers to be booked, with its length, price and rules.
//!
//! A booking freezes what it needs of it (`booking`), so a changed service changes no agreement.
//! Must never decide whether an instant is free; that is `slots`. Start at [`Draft::checked`].

use std::ops::RangeInclusive;

use crate::{
    account::BadField,
    id::{ServiceId, UserId},
    meeting::{DURATION, Window},
    money::{MilliCoins, UNITS_MAX},
    order::Price,
    time::{Millis, Timestamp},
};

/// Most services of one host, switched off ones among them.
pub const SERVICES_MAX: usize = 50;
/// Most characters of a title.
pub const TITLE_CHARS_MAX: usize = 80;
/// Most characters of the details.
pub const DETAILS_CHARS_MAX: usize = 2_000;
/// Everything that is shown in a calendar is a multiple of this.
pub const GRAIN: Millis = Millis::from_mins(5);
/// Longest buffer before or after.
pub const BUFFER_MAX: Millis = Millis::from_mins(12 * 60);
/// How far ahead somebody can book at most.
pub const HORIZON_MAX: Millis = Millis::from_days(365);
/// Most brackets of a cancellation policy.
pub const BRACKETS_MAX: usize = 6;
/// Most reminders of one meeting.
pub const REMINDERS_MAX: usize = 5;
/// How long before the start a reminder may be.
pub const REMINDER_LEADS: RangeInclusive<Millis> = Millis::from_mins(1)..=Millis::from_days(30);
/// Most clients of one session; the room may hold fewer.
pub const CAPACITY_MAX: u32 = 50;
/// All of the price, in hundredths of a percent.
pub const ALL_BPS: u32 = 10_000;

/// Who calls off at least this long before the start gets this part back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// From here on, before the start.
    pub notice: Millis,
    /// In hundredths of a percent of the price.
    pub refund_bps: u32,
}

/// What a client gets back who calls off: the longest notice first. Below the last bracket: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cancellation(pub Vec<Bracket>);

impl Cancellation {
    /// All of it a day before, half of it two hours before.
    pub fn usual() -> Self {
        let bracket = |hours: i64, refund_bps| Bracket {
            notice: Millis::from_mins(hours * 60),
            refund_bps,
        };
        Self(vec![bracket(24, ALL_BPS), bracket(2, ALL_BPS / 2)])
    }

    /// The part that is given back at this notice, in hundredths of a percent.
    pub fn refund_bps(&self, notice: Millis) -> u32 {
        let fits = |bracket: &&Bracket| notice >= bracket.notice;
        self.0.iter().find(fits).map_or(0, |it| it.refund_bps)
    }

    fn checked(mut self) -> Result<Self, BadField> {
        let bad = |why| {
            Err(BadField {
                field: "cancellation",
                why,
            })
        };
        self.0.sort_by_key(|it| std::cmp::Reverse(it.notice));
        if self.0.len() > BRACKETS_MAX {
            return bad("A policy has at most six steps.");
        }
        let in_range = |it: &Bracket| {
            it.refund_bps <= ALL_BPS && (Millis::ZERO..=HORIZON_MAX).contains(&it.notice)
        };
        if !self.0.iter().all(in_range) {
            return bad("A refund is between 0 and 100 percent, up to a year before.");
        }
        let falls = |pair: &[Bracket]| {
            pair[0].notice > pair[1].notice && pair[0].refund_bps >= pair[1].refund_bps
        };
        match self.0.windows(2).all(falls) {
            true => Ok(self),
            false => bad("Who calls off later cannot get more back."),
        }
    }
}

/// Something that can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Which.
    pub id: ServiceId,
    /// Whose.
    pub host: UserId,
    /// What the host says and sets.
    pub draft: Draft,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a host says about a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it is called.
    pub title: String,
    /// More about it; may be empty.
    pub details: String,
    /// How long it is.
    pub duration: Millis,
    /// What it costs; zero for nothing.
    pub price: MilliCoins,
    /// The price in a currency, if the host set it so; `price` is what it comes to in coins.
    pub money: Option<Price>,
    /// How many clients one session has place for; 1 for one at a time.
    pub capacity: u32,
    /// Kept free before it.
    pub before: Millis,
    /// Kept free after it.
    pub after: Millis,
    /// From one possible start to the next.
    pub step: Millis,
    /// How long before its start it can last be booked.
    pub notice: Millis,
    /// How far ahead it can be booked.
    pub horizon: Millis,
    /// Most bookings of it on one day of the host's.
    pub per_day_max: Option<u32>,
    /// Most bookings of it in one week of the host's, from Monday.
    pub per_week_max: Option<u32>,
    /// Most bookings of it that one client has ahead.
    pub per_client_max: Option<u32>,
    /// Whether the host says yes or no to each booking.
    pub approval: bool,
    /// What a client gets back who calls off.
    pub cancellation: Cancellation,
    /// How often a client may move one booking.
    pub moves_max: u32,
    /// How long before the start people are reminded; `None`: as on this server.
    pub reminder_leads: Option<Vec<Millis>>,
    /// When the door is open; `None`: as on this server.
    pub window: Option<Window>,
    /// Whether the client waits until the host admits them.
    pub lobby: bool,
    /// Whether it can be booked now.
    pub active: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            title: String::new(),
            details: String::new(),
            duration: Millis::from_mins(50),
            price: MilliCoins::ZERO,
            money: None,
            capacity: 1,
            before: Millis::ZERO,
            after: Millis::from_mins(10),
            step: Millis::from_mins(30),
            notice: Millis::from_mins(120),
            horizon: Millis::from_days(60),
            per_day_max: None,
            per_week_max: None,
            per_client_max: None,
            approval: false,
            cancellation: Cancellation::usual(),
            moves_max: 3,
            reminder_leads: None,
            window: None,
            lobby: true,
            active: true,
        }
    }
}

impl Draft {
    /// Trims and checks.
    pub fn checked(mut self) -> Result<Self, BadField> {
        let bad = |field, why| Err(BadField { field, why });
        self.title = self.title.trim().to_owned();
        self.details = self.details.trim().to_owned();
        if self.title.is_empty()
            || self.title.chars().count() > TITLE_CHARS_MAX
            || self.title.chars().any(char::is_control)
        {
            return bad("title", "A title is one line of at most 80 characters.");
        }
        if self.details.chars().count() > DETAILS_CHARS_MAX {
            return bad("details", "The details have at most 2,000 characters.");
        }
        if !DURATION.contains(&self.duration) || !on_grid(self.duration) {
            return bad(
                "durationMinutes",
                "From 5 minutes to 12 hours, in steps of 5 minutes.",
            );
        }
        if !DURATION.contains(&self.step) || !on_grid(self.step) {
            return bad(
                "stepMinutes",
                "From 5 minutes to 12 hours, in steps of 5 minutes.",
            );
        }
        for (field, buffer) in [
            ("bufferBeforeMinutes", self.before),
            ("bufferAfterMinutes", self.after),
        ] {
            if !(Millis::ZERO..=BUFFER_MAX).contains(&buffer) || !on_grid(buffer) {
                return bad(field, "From 0 minutes to 12 hours, in steps of 5 minutes.");
            }
        }
        if !(0..=UNITS_MAX).contains(&self.price.0) {
            return bad("priceMc", "A price is zero or more.");
        }
        if !(Millis::from_days(1)..=HORIZON_MAX).contains(&self.horizon) {
            return bad("horizonDays", "From 1 to 365 days.");
        }
        if !(Millis::ZERO..self.horizon).contains(&self.notice) {
            return bad("noticeMinutes", "Less than how far ahead it can be booked.");
        }
        if let Some(money) = self.money
            && !(1..=UNITS_MAX).contains(&money.minor)
        {
            return bad("priceMoney", "A price is more than zero.");
        }
        if !(1..=CAPACITY_MAX).contains(&self.capacity) {
            return bad("capacity", "From 1 to 50.");
        }
        if self.per_client_max == Some(0) {
            return bad("perClientMax", "At least 1, or none for no limit.");
        }
        if self.per_day_max == Some(0) {
            return bad("perDayMax", "At least 1, or none for no limit.");
        }
        if self.per_week_max == Some(0) {
            return bad("perWeekMax", "At least 1, or none for no limit.");
        }
        if let Some(window) = self.window
            && !(good_side(window.open_before) && good_side(window.close_after))
        {
            return bad("joinWindow", "Up to a day on each side.");
        }
        if let Some(leads) = &mut self.reminder_leads {
            leads.sort_unstable_by_key(|lead| std::cmp::Reverse(*lead));
            leads.dedup();
            if leads.len() > REMINDERS_MAX || !leads.iter().all(|it| REMINDER_LEADS.contains(it)) {
                return bad(
                    "reminderMinutes",
                    "At most five, from 1 minute to 30 days before.",
                );
            }
        }
        self.cancellation = self.cancellation.checked()?;
        Ok(self)
    }
}

fn on_grid(span: Millis) -> bool {
    span.0 % GRAIN.0 == 0
}

fn good_side(span: Millis) -> bool {
    (Millis::ZERO..=Millis::from_days(1)).contains(&span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(change: impl Fn(&mut Draft)) -> Result<Draft, &'static str> {
        let mut draft = Draft {
            title: " Talk ".into(),
            ..Draft::default()
        };
        change(&mut draft);
        draft.checked().map_err(|bad| bad.field)
    }

    #[test]
    fn what_a_service_may_say() {
        assert_eq!(draft(|_| ()).unwrap().title, "Talk");
        type Change = fn(&mut Draft);
        let cases: [(Change, &str); 12] = [
            (|it| it.title = "a\nb".into(), "title"),
            (|it| it.duration = Millis::from_mins(7), "durationMinutes"),
            (|it| it.step = Millis::ZERO, "stepMinutes"),
            (|it| it.before = Millis(-1), "bufferBeforeMinutes"),
            (|it| it.after = Millis::from_mins(3), "bufferAfterMinutes"),
            (|it| it.price = MilliCoins(-1), "priceMc"),
            (|it| it.horizon = Millis::from_days(366), "horizonDays"),
            (|it| it.notice = it.horizon, "noticeMinutes"),
            (|it| it.per_day_max = Some(0), "perDayMax"),
            (|it| it.per_client_max = Some(0), "perClientMax"),
            (|it| it.capacity = 51, "capacity"),
            (
                |it| it.reminder_leads = Some(vec![Millis::ZERO]),
                "reminderMinutes",
            ),
        ];
        for (change, field) in cases {
            assert_eq!(draft(change), Err(field));
        }
    }

    #[test]
    fn a_policy_gives_back_less_the_later_it_is() {
        let hours = |n: i64| Millis::from_mins(n * 60);
        let policy = Cancellation::usual();
        for (notice, bps) in [(48, 10_000), (24, 10_000), (23, 5_000), (2, 5_000), (1, 0)] {
            assert_eq!(policy.refund_bps(hours(notice)), bps, "{notice} h");
        }
        let odd = |pairs: &[(i64, u32)]| {
            let pairs = pairs.to_vec();
            draft(move |it| {
                let bracket = |(h, refund_bps): &(i64, u32)| Bracket {
                    notice: Millis::from_mins(h * 60),
                    refund_bps: *refund_bps,
                };
                it.cancellation = Cancellation(pairs.iter().map(bracket).collect());
            })
            .map(|it| it.cancellation.0.len())
        };
        assert_eq!(odd(&[(2, 5_000), (24, 10_000)]), Ok(2), "in any order");
        assert_eq!(odd(&[(24, 5_000), (2, 10_000)]), Err("cancellation"));
        assert_eq!(odd(&[(24, 5_000), (24, 5_000)]), Err("cancellation"));
        assert_eq!(odd(&[(24, 10_001)]), Err("cancellation"));
        assert_eq!(odd(&[]), Ok(0), "nothing is given back, and that is said");
    }
}
