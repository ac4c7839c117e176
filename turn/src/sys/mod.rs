//! The kernel's doors: socket addresses, batched reads and writes, readiness.
//!
//! All `unsafe` code of the relay that talks to the system lives in this folder. Nothing here knows
//! what TURN is.

pub(crate) mod address;
pub(crate) mod poll;
pub(crate) mod receive;
pub(crate) mod ring;
pub(crate) mod schedule;
pub(crate) mod send;
pub(crate) mod socket;
