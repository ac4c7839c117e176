//! Hosts: what they tell about themselves, what a minute with them costs, and how they stand now.
//!
//! Whether somebody *is* a host is `account::HostStatus`; nothing in here decides that.

pub mod directory;
pub mod profile;
pub mod standing;

pub use profile::{Draft, Letter, Picture, Profile, RateRules, Rates, Skill, SkillDraft};
pub use standing::Live;
