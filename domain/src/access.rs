//! Rights as types: whoever holds one of these has been checked, and a function that asks for one
//! cannot be called without the check.
//!
//! Must never be built from what a message says; the only way in is a verified [`Identity`].

use crate::{
    id::{LoginId, RoomId, UserId},
    identity::{Identity, Role, Scope},
};

/// The identity does not reach this far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the identity does not reach this far")]
pub struct NotAllowed;

/// Somebody with an account, logged in (not a guest).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// On which device.
    pub login: LoginId,
}

/// Somebody who operates the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Who.
    pub user: UserId,
}

/// Somebody who came by a join link: one room and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The invitation, as a user.
    pub user: UserId,
    /// The only room.
    pub room: RoomId,
}

impl TryFrom<&Identity> for Member {
    type Error = NotAllowed;

    fn try_from(who: &Identity) -> Result<Self, NotAllowed> {
        match (who.role, who.scope) {
            (Role::Client | Role::Host | Role::Admin, Scope::Account) => Ok(Self {
                user: who.user,
                login: who.login,
            }),
            _ => Err(NotAllowed),
        }
    }
}

impl TryFrom<&Identity> for Admin {
    type Error = NotAllowed;

    fn try_from(who: &Identity) -> Result<Self, NotAllowed> {
        match (who.role, who.scope) {
            (Role::Admin, Scope::Account) => Ok(Self { user: who.user }),
            _ => Err(NotAllowed),
        }
    }
}

impl TryFrom<&Identity> for Guest {
    type Error = NotAllowed;

    fn try_from(who: &Identity) -> Result<Self, NotAllowed> {
        match (who.role, who.scope) {
            (Role::Guest, Scope::Room(room)) => Ok(Self {
                user: who.user,
                room,
            }),
            _ => Err(NotAllowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use uuid::Uuid;

    fn who(role: Role, scope: Scope) -> Identity {
        Identity {
            user: UserId(Uuid::from_u128(1)),
            login: LoginId(Uuid::from_u128(2)),
            role,
            scope,
            name: "Ada".into(),
            expires_at: Timestamp(0),
        }
    }

    #[test]
    fn who_may_be_what() {
        let room = Scope::Room(RoomId(Uuid::from_u128(3)));
        // role, scope, member, admin, guest
        let cases = [
            (Role::Guest, room, false, false, true),
            (Role::Guest, Scope::Account, false, false, false),
            (Role::Client, Scope::Account, true, false, false),
            (Role::Host, Scope::Account, true, false, false),
            (Role::Admin, Scope::Account, true, true, false),
            // A token for one room never opens the account, whatever role it names.
            (Role::Admin, room, false, false, false),
        ];
        for (role, scope, member, admin, guest) in cases {
            let who = who(role, scope);
            assert_eq!(Member::try_from(&who).is_ok(), member, "{who:?}");
            assert_eq!(Admin::try_from(&who).is_ok(), admin, "{who:?}");
            assert_eq!(Guest::try_from(&who).is_ok(), guest, "{who:?}");
        }
    }
}
