//! How a host stands: the switch that the host sets, and the connection that comes and goes apart
//! from it (R201).
//!
//! A switched-on host who loses the line is shown as before for a grace, then as away; the switch
//! stays on, and the first connection brings the host back. No clock in here.

use crate::time::{Millis, Timestamp};

/// What others see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Live {
    /// Can be called.
    Online,
    /// Is in a call or in a meeting.
    Busy,
    /// Is switched on, but no device is connected.
    Away,
    /// Is switched off.
    Offline,
}

impl Live {
    /// Every state with its word on the wire.
    pub const WORDS: [(Self, &'static str); 4] = [
        (Self::Online, "online"),
        (Self::Busy, "busy"),
        (Self::Away, "away"),
        (Self::Offline, "offline"),
    ];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(live, _)| *live == self)
            .map_or("offline", |(_, word)| word)
    }

    /// There, and perhaps busy.
    pub fn is_there(self) -> bool {
        matches!(self, Self::Online | Self::Busy)
    }
}

/// Something happened to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The host switched on or off.
    Switch(bool),
    /// The first device connected, or the last one is gone.
    Here(bool),
    /// A paid call of the host was accepted, or is settled.
    Talking(bool),
    /// The host entered a room, or is out of all of them.
    Inside(bool),
}

/// Where a host stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    on: bool,
    here: bool,
    gone_at: Option<Timestamp>,
    talking: bool,
    inside: bool,
    last_online_at: Option<Timestamp>,
}

impl Standing {
    /// As the store has it, after a start: nobody is connected yet, so a host that is switched on
    /// is away until the first device comes.
    pub fn restored(on: bool, last_online_at: Option<Timestamp>) -> Self {
        Self {
            on,
            last_online_at,
            ..Self::default()
        }
    }

    /// Takes one thing that happened.
    pub fn handle(&mut self, input: Input, now: Timestamp, grace: Millis) {
        let was_there = self.live(now, grace).is_there();
        match input {
            Input::Switch(on) => self.on = on,
            Input::Here(here) => {
                self.gone_at = (self.here && !here).then_some(now).or(self.gone_at);
                self.here = here;
            }
            Input::Talking(talking) => self.talking = talking,
            Input::Inside(inside) => self.inside = inside,
        }
        if was_there || self.live(now, grace).is_there() {
            self.last_online_at = Some(now);
        }
    }

    /// What others see at `now`.
    pub fn live(&self, now: Timestamp, grace: Millis) -> Live {
        let back_soon = self.gone_at.is_some_and(|at| now < at + grace);
        match (self.on, self.here || back_soon, self.is_busy()) {
            (false, _, _) => Live::Offline,
            (true, false, _) => Live::Away,
            (true, true, true) => Live::Busy,
            (true, true, false) => Live::Online,
        }
    }

    /// When others must be shown something else although nothing happens.
    pub fn deadline(&self, grace: Millis) -> Option<Timestamp> {
        let gone = self.gone_at.filter(|_| self.on && !self.here);
        gone.map(|at| at + grace)
    }

    /// In a paid call, or in a room.
    pub fn is_busy(&self) -> bool {
        self.talking || self.inside
    }

    /// In a room, of a paid call or of a meeting.
    pub fn is_inside(&self) -> bool {
        self.inside
    }

    /// The switch.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// When the host was last there; none before the first time.
    pub fn last_online_at(&self) -> Option<Timestamp> {
        self.last_online_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Millis = Millis::from_secs(30);

    /// One step a line: second, what happens, what others see then.
    fn check(steps: &[(i64, Option<Input>, Live)]) -> Standing {
        let mut it = Standing::default();
        for (second, input, live) in steps {
            let now = Timestamp(second * 1_000);
            if let Some(input) = input {
                it.handle(*input, now, GRACE);
            }
            assert_eq!(it.live(now, GRACE), *live, "second {second}");
        }
        it
    }

    #[test]
    fn the_switch_and_the_line_are_two_things() {
        use Input::*;
        use Live::{Away, Offline, Online};
        let it = check(&[
            (0, Some(Here(true)), Offline),
            (1, Some(Switch(true)), Online),
            (2, Some(Talking(true)), Live::Busy),
            (2, Some(Inside(true)), Live::Busy),
            (3, Some(Talking(false)), Live::Busy),
            (3, Some(Inside(false)), Online),
            (4, Some(Here(false)), Online),
            (33, None, Online),
            (34, None, Away),
            (40, Some(Here(true)), Online),
            (41, Some(Here(false)), Online),
            (42, Some(Here(true)), Online),
            (99, None, Online),
            (100, Some(Switch(false)), Offline),
        ]);
        assert_eq!(it.last_online_at(), Some(Timestamp(100_000)));
        assert_eq!(it.deadline(GRACE), None);
    }

    #[test]
    fn a_switched_on_host_without_a_line_is_away_after_the_grace() {
        let mut it = Standing::restored(true, Some(Timestamp(5)));
        assert_eq!(it.live(Timestamp(9), GRACE), Live::Away);
        assert_eq!(it.deadline(GRACE), None);
        it.handle(Input::Here(true), Timestamp(10), GRACE);
        it.handle(Input::Here(false), Timestamp(20), GRACE);
        assert_eq!(it.deadline(GRACE), Some(Timestamp(20) + GRACE));
        assert_eq!(it.last_online_at(), Some(Timestamp(20)));
    }

    #[test]
    fn a_host_who_was_never_there_was_never_online() {
        let mut it = Standing::default();
        it.handle(Input::Switch(true), Timestamp(1), GRACE);
        it.handle(Input::Switch(false), Timestamp(2), GRACE);
        assert_eq!(it.last_online_at(), None);
    }
}
