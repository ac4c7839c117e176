//! Calls by the minute: the line of each host, and the meter of each running call.
//!
//! Thin shells around `domain::ring` and `domain::meter`. A ring lives on its host's arbiter while
//! somebody rings, waits or talks; a meter lives on its room's arbiter, apart from the room and its
//! call, so that a fault in a bill never takes the conversation down with it. Both are found through
//! the registry. Nothing moves here but through the books ([`crate::ports::PaidCalls`]).

mod desk;
mod meter;
mod talks;
#[cfg(test)]
mod tests;

pub use desk::{RingAsk, RingDesk, RingMsg};
pub use meter::{MeterMsg, MeterShell};
pub use talks::{CutRings, Rings, Talk, Talks};
