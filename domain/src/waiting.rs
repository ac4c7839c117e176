//! Waiting for a full day: somebody who would take any time of a service on one day of the host's.
//!
//! When a time of that day is free again everybody who waits for it is told at once, and is then off
//! the list: whoever books first gets it, and who comes too late may wait again. Telling one after
//! the other was considered; it keeps a time empty for as long as the first ones do not read mail.

use jiff::civil::Date;
use uuid::Uuid;

use crate::{
    account::Email,
    id::{ServiceId, UserId},
    time::Timestamp,
};

/// Most days that one person waits for.
pub const OF_PERSON_MAX: usize = 10;
/// Most people who wait for one day of a service.
pub const OF_DAY_MAX: usize = 200;

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// 122 random bits; whoever knows it may end it.
    pub id: Uuid,
    /// For a time of whom.
    pub host: UserId,
    /// For what.
    pub service: ServiceId,
    /// On which day of the host's.
    pub day: Date,
    /// First instant of that day.
    pub from: Timestamp,
    /// First instant of the next one.
    pub to: Timestamp,
    /// An account, or what stands for an address without one.
    pub person: UserId,
    /// Where they are told.
    pub email: Email,
    /// What to call them.
    pub name: String,
    /// In which language.
    pub language: String,
    /// In which zone times are told.
    pub time_zone: String,
    /// Since when.
    pub since: Timestamp,
}
