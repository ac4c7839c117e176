//! Who is asking. Comes from a verified token, never from a message (invariant 1).

use crate::{
    id::{LoginId, RoomId, UserId},
    time::Timestamp,
};

/// What a person is to this server (C01). Being a host is a verified capability of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Came by a join link, without an account.
    Guest,
    /// Has an account.
    Client,
    /// Has an account that may offer meetings.
    Host,
    /// Operates the server.
    Admin,
}

/// How far the identity reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything the role may do.
    Account,
    /// One room, its chat and its relay credentials.
    Room(RoomId),
}

/// A verified identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account, or for a guest the invitation's id.
    pub user: UserId,
    /// The device; revoking it ends every socket and token of that device.
    pub login: LoginId,
    /// What the person is.
    pub role: Role,
    /// How far it reaches.
    pub scope: Scope,
    /// The name that others see.
    pub name: String,
    /// When the access token ends.
    pub expires_at: Timestamp,
}
