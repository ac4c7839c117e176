//! How people are there: what a device asks to be told of, and what it is told. Never replayed: whoever
//! comes back asks again.

use parlor_domain::presence as domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PresenceStatus {
    /// In a call.
    Busy,
    /// There.
    Online,
    /// Connected, and nobody touches a device.
    Away,
    /// Not there, or does not show it.
    Offline,
}

/// How one person is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceOf {
    /// Who.
    pub user_id: String,
    /// How.
    pub status: PresenceStatus,
    /// When somebody who is not there was last there, epoch ms; absent when it is not known or not
    /// shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<i64>,
}

impl From<&domain::PresenceOf> for PresenceOf {
    fn from(it: &domain::PresenceOf) -> Self {
        let (status, last_seen) = match it.status {
            domain::Status::Busy => (PresenceStatus::Busy, None),
            domain::Status::Online => (PresenceStatus::Online, None),
            domain::Status::Away => (PresenceStatus::Away, None),
            domain::Status::Offline(at) => (PresenceStatus::Offline, at.map(|at| at.0)),
        };
        Self {
            user_id: it.user.to_string(),
            status,
            last_seen,
        }
    }
}

/// How people are there now: at most one such frame a second for a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PresenceChanged {
    /// Those who changed.
    pub changes: Vec<PresenceOf>,
}

/// Watch these people and nobody else. Only those with whom there is a conversation are watched.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WatchPresence {
    /// At most 200; none to watch nobody.
    pub user_ids: Vec<String>,
}

/// Ack of `watch-presence`: how those are there now that are watched.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PresenceAck {
    /// Them.
    pub presence: Vec<PresenceOf>,
}
