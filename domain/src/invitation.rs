//! An invitation: the right behind a join link, for one person, one meeting, one version of it.
//!
//! Opening the link consumes nothing; mail scanners open links. Only [`Invitation::redeem`] does,
//! and it may be repeated from up to [`Invitation::devices_max`] devices, because people reload
//! and change from the phone to the desk. Must never see the link's token.

use crate::{
    account::Email,
    id::{InvitationId, LoginId, MeetingId, RoomId},
    time::Timestamp,
};

/// Devices that one link lets in, unless configured otherwise.
pub const DEVICES_MAX: usize = 2;

/// One person's right to come without an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Which; as a user id, it is the guest's name in the room.
    pub id: InvitationId,
    /// To what.
    pub meeting: MeetingId,
    /// To which version of it; a move makes a new invitation.
    pub version: u32,
    /// Where.
    pub room: RoomId,
    /// Whose mailbox got it.
    pub email: Email,
    /// What the host calls them.
    pub name: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The devices that came by it.
    pub devices: Vec<LoginId>,
    /// How many devices may.
    pub devices_max: usize,
    /// When it was taken back, if it was.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRedeemed {
    /// The meeting moved or was called off.
    #[error("the invitation was taken back")]
    Revoked,
    /// The meeting is over.
    #[error("the invitation is over")]
    Expired,
    /// The link was used on too many devices.
    #[error("the invitation is in use on too many devices")]
    TooManyDevices,
}

impl Invitation {
    /// Whether it still opens something. Reading only.
    pub fn check(&self, now: Timestamp) -> Result<(), NotRedeemed> {
        if self.revoked_at.is_some() {
            Err(NotRedeemed::Revoked)
        } else if now >= self.expires_at {
            Err(NotRedeemed::Expired)
        } else {
            Ok(())
        }
    }

    /// Lets a device in. A device that is known already comes back without counting again.
    pub fn redeem(&mut self, device: LoginId, now: Timestamp) -> Result<(), NotRedeemed> {
        self.check(now)?;
        if self.devices.contains(&device) {
            return Ok(());
        }
        if self.devices.len() >= self.devices_max {
            return Err(NotRedeemed::TooManyDevices);
        }
        self.devices.push(device);
        Ok(())
    }

    /// Takes it back. Twice keeps the first time.
    pub fn revoke(&mut self, now: Timestamp) {
        self.revoked_at.get_or_insert(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn invitation() -> Invitation {
        Invitation {
            id: InvitationId(Uuid::from_u128(1)),
            meeting: MeetingId(Uuid::from_u128(2)),
            version: 1,
            room: RoomId(Uuid::from_u128(3)),
            email: Email::parse("guest@example.org").unwrap(),
            name: "Guest".into(),
            expires_at: Timestamp(1_000),
            devices: vec![],
            devices_max: DEVICES_MAX,
            revoked_at: None,
            created_at: Timestamp(0),
        }
    }

    fn device(n: u128) -> LoginId {
        LoginId(Uuid::from_u128(n))
    }

    #[test]
    fn two_devices_any_number_of_times() {
        let mut it = invitation();
        for (n, expected) in [
            (1, Ok(())),
            (1, Ok(())),
            (2, Ok(())),
            (3, Err(NotRedeemed::TooManyDevices)),
            (1, Ok(())),
        ] {
            assert_eq!(it.redeem(device(n), Timestamp(5)), expected, "device {n}");
        }
    }

    #[test]
    fn over_and_taken_back() {
        let mut it = invitation();
        assert_eq!(it.check(Timestamp(999)), Ok(()));
        assert_eq!(
            it.redeem(device(1), Timestamp(1_000)),
            Err(NotRedeemed::Expired)
        );
        it.revoke(Timestamp(7));
        it.revoke(Timestamp(9));
        assert_eq!(it.revoked_at, Some(Timestamp(7)));
        assert_eq!(
            it.redeem(device(1), Timestamp(8)),
            Err(NotRedeemed::Revoked)
        );
        assert!(it.devices.is_empty());
    }
}
