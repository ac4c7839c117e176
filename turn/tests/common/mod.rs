//! What the black-box proofs share: a STUN codec of their own, clients over UDP and streams, and
//! the servers under test. Nothing here may use the relay's own codec, or a mistake in it would
//! agree with itself.
#![allow(dead_code, reason = "every test binary uses another part")]

pub mod batch;
pub mod client;
pub mod process;
pub mod servers;
pub mod stream;
pub mod stun;
