//! Names of things: one newtype per kind, so that a room's id cannot be passed where a user's is
//! meant. Ids are made above (UUIDv7 for rows that are read in time order, 128 random bits where
//! an id must not be guessable); this floor only carries them.

use std::{fmt, str::FromStr};

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The 16 bytes, big-endian, as used in store keys.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id whose 16 bytes these are.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.as_hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let bare = text.strip_prefix($prefix).ok_or(NotAnId)?;
                Uuid::try_parse(bare).map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct NotAnId;

id!(
    /// A person: an account, or a guest for as long as the invitation lives.
    UserId, ""
);
id!(
    /// An authenticated device of a user (a refresh-token family).
    LoginId, ""
);
id!(
    /// A booked appointment.
    MeetingId, ""
);
id!(
    /// One person's invitation to one meeting.
    InvitationId, ""
);
id!(
    /// The place where a meeting happens. 128 random bits; written `room-<uuid>` on the wire.
    RoomId, "room-"
);
id!(
    /// A report about a person.
    ReportId, ""
);
id!(
    /// The live media of a room, from the first to the last connected pair.
    CallId, ""
);
id!(
    /// Something that a host offers.
    SkillId, ""
);
id!(
    /// Something of a host's that can be booked.
    ServiceId, ""
);
id!(
    /// A file that somebody gave to a conversation.
    FileId, ""
);
id!(
    /// One device in one room; stable while its session can be resumed.
    PeerId, ""
);
id!(
    /// The resumable logical connection of one device.
    SessionId, ""
);
id!(
    /// One purchase of coins.
    OrderId, ""
);
id!(
    /// One sum that a host asked for.
    PayoutId, ""
);
id!(
    /// One mail in the outbox.
    MailId, ""
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_id_carries_its_prefix_and_comes_back() {
        let room = RoomId(Uuid::from_u128(7));
        assert_eq!(
            room.to_string(),
            "room-00000000-0000-0000-0000-000000000007"
        );
        assert_eq!(room.to_string().parse(), Ok(room));
        assert_eq!(
            "00000000-0000-0000-0000-000000000007".parse::<RoomId>(),
            Err(NotAnId)
        );
        assert_eq!("room-x".parse::<RoomId>(), Err(NotAnId));
    }
}
