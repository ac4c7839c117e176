//! What goes into the meter and what comes out.

use crate::{
    bill::{Purse, Record, Step, Terms},
    money::MilliCoins,
    paid::EndedBy,
    time::{Millis, Timestamp},
};

/// Clocks of a paid call; the same for all calls of a house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How far ahead coins are reserved, and how long a call waits for a top-up.
    pub terms: Terms,
    /// Charged at least this often while it runs: what a crash may cost the house.
    pub tick: Millis,
    /// A side that gave no sign for so long is taken as gone since its last sign.
    pub silence: Millis,
    /// How long the two have to meet for the first time.
    pub setup: Millis,
    /// How long a broken connection is waited for.
    pub pause_max: Millis,
    /// How long a restarted server waits for the two.
    pub resume_for: Millis,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            terms: Terms {
                grant_s: 60,
                topup_grace: Millis::ZERO,
            },
            tick: Millis::from_secs(5),
            silence: Millis::from_secs(10),
            setup: Millis::from_secs(45),
            pause_max: Millis::from_secs(60),
            resume_for: Millis::from_secs(120),
        }
    }
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Called, and pays.
    Caller,
    /// Was called, and earns.
    Host,
}

/// What happens in a paid call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A side's browser says how its media does; a good word is proof up to this instant.
    Sign {
        /// Whose.
        side: Side,
        /// Media flows.
        connected: bool,
        /// It goes through our relay, if that is known.
        relayed: Option<bool>,
    },
    /// The relay moved bytes of this call since it was asked the last time.
    Relayed,
    /// The call is to end.
    End(EndedBy),
    /// What the wallet can give has changed.
    Wallet(Purse),
    /// The last step is in the books.
    Posted(Purse),
    /// The books refused it: the wallet has less than was thought.
    Refused(Purse),
    /// A deadline may have passed.
    Tick,
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Into the books, together with the call's record; then say [`Input::Posted`] or
    /// [`Input::Refused`]. One at a time.
    Post(Step),
    /// Tell both. `news`: more than the time has changed.
    Tell {
        /// How it stands.
        now: Now,
        /// Not only the time.
        news: bool,
    },
    /// Warn both that the money ends.
    Warn {
        /// The mark that was passed, in seconds.
        mark_s: u32,
        /// What is left.
        remaining: Millis,
    },
    /// The two met for the first time.
    Began(Timestamp),
    /// It is over: close the room now. The last step follows, or was posted.
    Close(EndedBy),
    /// Settled: nothing changes any more.
    Settled(Record),
}

/// Where a paid call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The two have not met.
    Waiting,
    /// Both are connected: it costs, or is free still.
    Running,
    /// A connection is broken: it costs nothing.
    Paused,
    /// The money is used up and a top-up is waited for: it costs nothing.
    Grace,
    /// Over.
    Over,
}

/// How a paid call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Where it is.
    pub phase: Phase,
    /// Connected time, up to this instant.
    pub elapsed: Millis,
    /// Charged so far.
    pub charged: MilliCoins,
    /// Price of a minute.
    pub per_minute: MilliCoins,
    /// Seconds of connected time that cost nothing.
    pub free_s: u32,
    /// What is left with all that the wallet has; none: for ever.
    pub remaining: Option<Millis>,
    /// When that will be over, on the server's clock; only while it runs.
    pub ends_at: Option<Timestamp>,
    /// No more coins can be reserved: without a top-up that is the end.
    pub last: bool,
    /// Until when a top-up is waited for.
    pub grace_until: Option<Timestamp>,
}
