//! Where a browser finds the relay. Implemented by whoever knows the relay and its addresses.

use parlor_domain::{id::UserId, time::Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An entry of the browser's `iceServers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` addresses.
    pub urls: Vec<String>,
    /// User name; ends soon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Password; ends with the user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// What a browser needs to find its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ice {
    /// The servers, STUN first.
    pub servers: Vec<IceServer>,
    /// How long the credentials live, in milliseconds.
    pub ttl_ms: i64,
    /// `all` or `relay`.
    pub transport_policy: String,
}

/// Makes credentials of the relay.
pub trait IceSource: Send + Sync {
    /// Servers and fresh credentials for one person. Not bound to a room: for the device check
    /// before a call, whose two ends are this one person.
    fn for_check(&self, user: UserId, now: Timestamp) -> Ice;
}

/// No relay: browsers connect directly or not at all.
pub struct NoRelay;

impl IceSource for NoRelay {
    fn for_check(&self, _: UserId, _: Timestamp) -> Ice {
        Ice {
            servers: vec![],
            ttl_ms: 0,
            transport_policy: "all".into(),
        }
    }
}
