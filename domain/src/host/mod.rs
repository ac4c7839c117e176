//! Hosts: what they tell about themselves and what a minute with them costs.
//!
//! Whether somebody *is* a host is `account::HostStatus`; nothing in here decides that.

pub mod profile;

pub use profile::{Draft, Letter, Picture, Profile, RateRules, Rates, Skill, SkillDraft};
