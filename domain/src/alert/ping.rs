//! The dead man's ping (R304): a monitor elsewhere is asked for an address as long as all is well, and
//! raises the alarm when nobody asks any more. So silence is the message, and there is no other.

use super::retry;
use crate::time::{Millis, Timestamp};

/// The machine.
#[derive(Clone, Debug)]
pub struct Ping {
    every: Millis,
    next: Timestamp,
    tries: u32,
}

impl Ping {
    /// One each `every`, the first at once.
    pub fn new(every: Millis, now: Timestamp) -> Self {
        Self {
            every,
            next: now,
            tries: 0,
        }
    }

    /// Whether to ask now. While something is wrong nobody is asked; afterwards at once.
    pub fn is_due(&self, well: bool, now: Timestamp) -> bool {
        well && now >= self.next
    }

    /// Asked, and answered or not.
    pub fn asked(&mut self, answered: bool, now: Timestamp) {
        self.tries = if answered { 0 } else { self.tries + 1 };
        let again = retry::wait(self.tries, None).filter(|_| !answered);
        self.next = now + again.unwrap_or(self.every).min(self.every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_each_hour_while_all_is_well() {
        let at = |minutes| Timestamp(0) + Millis::from_mins(minutes);
        let mut ping = Ping::new(Millis::from_mins(60), at(0));
        assert!(ping.is_due(true, at(0)));
        ping.asked(true, at(0));
        assert!(!ping.is_due(true, at(59)) && ping.is_due(true, at(60)));
        assert!(!ping.is_due(false, at(90)), "something is wrong");
        assert!(ping.is_due(true, at(91)), "well again");
        ping.asked(false, at(91));
        assert!(ping.is_due(true, at(92)), "soon again");
        for _ in 0..100 {
            ping.asked(false, at(92));
        }
        assert!(ping.is_due(true, at(152)));
    }
}
