//! Hosts: what they tell about themselves, what a minute with them costs, how they stand now, and
//! what clients say about them.
//!
//! Whether somebody *is* a host is `account::HostStatus`; nothing in here decides that.

pub mod directory;
pub mod profile;
pub mod review;
pub mod standing;

pub use directory::{Card, News};
pub use profile::{Draft, Letter, Picture, Profile, RateRules, Rates, Skill, SkillDraft};
pub use review::{Review, Tally};
pub use standing::Live;
