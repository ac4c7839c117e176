//! Simulated loss of power: what was really written and synced is recorded, and the disk is built
//! again as it could have been at any moment.

pub mod model;
pub mod recorder;
pub mod trace;
