//! Names of conversations. The name says what kind it is and who may be in it, so rights need no
//! lookup: a conversation of a room has the room's own name, a pair is its two people in order.

use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{
    id::{NotAnId, RoomId, UserId},
    identity::{Identity, Role, Scope},
};

/// Which conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConversationId {
    /// Of those admitted to a room; written like the room.
    Meeting(RoomId),
    /// Of one person before the door of a room with its moderators; `lobby-<room>_<user>`.
    Lobby(RoomId, UserId),
    /// Of two people, the smaller id first; `<user>_<user>` (R162).
    Pair(UserId, UserId),
}

impl ConversationId {
    /// The conversation of two people, in either order; none with oneself.
    pub fn pair(one: UserId, other: UserId) -> Option<Self> {
        match one.cmp(&other) {
            Ordering::Less => Some(Self::Pair(one, other)),
            Ordering::Greater => Some(Self::Pair(other, one)),
            Ordering::Equal => None,
        }
    }

    /// The room that says who is in it; none for a pair.
    pub fn room(&self) -> Option<RoomId> {
        match self {
            Self::Meeting(room) | Self::Lobby(room, _) => Some(*room),
            Self::Pair(..) => None,
        }
    }

    /// Whether somebody may even ask for it. A guest reaches the room of the invitation and the
    /// own thread before its door; a pair is reached by its two people. Who is really in it, the
    /// conversation says.
    pub fn within_reach(&self, who: &Identity) -> bool {
        match (*self, who.scope) {
            (Self::Meeting(room), Scope::Room(only)) => room == only,
            (Self::Lobby(room, user), Scope::Room(only)) => room == only && user == who.user,
            (Self::Meeting(_) | Self::Lobby(..), Scope::Account) => true,
            (Self::Pair(..), Scope::Room(_)) => false,
            (Self::Pair(a, b), Scope::Account) => {
                who.role != Role::Guest && (who.user == a || who.user == b)
            }
        }
    }

    /// The name as a store key: kind, then two ids of 16 bytes, zeros where there is no second.
    pub fn key(&self) -> [u8; 33] {
        let none = [0; 16];
        let (kind, one, other) = match self {
            Self::Meeting(room) => (1, room.as_bytes(), &none),
            Self::Lobby(room, user) => (2, room.as_bytes(), user.as_bytes()),
            Self::Pair(one, other) => (3, one.as_bytes(), other.as_bytes()),
        };
        let mut key = [kind; 33];
        key[1..17].copy_from_slice(one);
        key[17..].copy_from_slice(other);
        key
    }

    /// The name in a store key; none when the bytes are no such key.
    pub fn from_key(key: &[u8; 33]) -> Option<Self> {
        let one: [u8; 16] = key[1..17].try_into().ok()?;
        let other: [u8; 16] = key[17..].try_into().ok()?;
        match key[0] {
            1 if other == [0; 16] => Some(Self::Meeting(RoomId::from_bytes(one))),
            2 => Some(Self::Lobby(
                RoomId::from_bytes(one),
                UserId::from_bytes(other),
            )),
            3 => Self::pair(UserId::from_bytes(one), UserId::from_bytes(other)),
            _ => None,
        }
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meeting(room) => room.fmt(f),
            Self::Lobby(room, user) => write!(f, "lobby-{}_{user}", room.0.as_hyphenated()),
            Self::Pair(one, other) => write!(f, "{one}_{other}"),
        }
    }
}

impl FromStr for ConversationId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.starts_with("room-") {
            return text.parse().map(Self::Meeting);
        }
        if let Some(rest) = text.strip_prefix("lobby-") {
            let (room, user) = rest.split_once('_').ok_or(NotAnId)?;
            let room: UserId = room.parse()?;
            return Ok(Self::Lobby(RoomId(room.0), user.parse()?));
        }
        let (one, other) = text.split_once('_').ok_or(NotAnId)?;
        let (one, other): (UserId, UserId) = (one.parse()?, other.parse()?);
        // One name per pair: the other order names nothing.
        (one < other)
            .then_some(Self::Pair(one, other))
            .ok_or(NotAnId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::LoginId, time::Timestamp};
    use uuid::Uuid;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn room(n: u128) -> RoomId {
        RoomId(Uuid::from_u128(n))
    }

    #[test]
    fn every_kind_comes_back_from_text_and_key() {
        let ids = [
            ConversationId::Meeting(room(7)),
            ConversationId::Lobby(room(7), user(1)),
            ConversationId::pair(user(9), user(2)).unwrap(),
        ];
        for id in ids {
            assert_eq!(id.to_string().parse(), Ok(id), "{id}");
            assert_eq!(ConversationId::from_key(&id.key()), Some(id), "{id}");
        }
        assert_eq!(
            ConversationId::Meeting(room(7)).to_string(),
            room(7).to_string()
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let (one, two) = (user(1), user(2));
        for text in [
            String::new(),
            "room-7".into(),
            format!("lobby-{one}"),
            format!("{two}_{one}"),
            format!("{one}_{one}"),
            format!("{one}_{two}_{two}"),
        ] {
            assert!(text.parse::<ConversationId>().is_err(), "{text}");
        }
        assert_eq!(ConversationId::from_key(&[9; 33]), None);
        assert_eq!(ConversationId::pair(one, one), None);
    }

    #[test]
    fn a_guest_reaches_one_room_and_nobody_a_strange_pair() {
        let who = |n, role, scope| Identity {
            user: user(n),
            login: LoginId(Uuid::from_u128(n)),
            role,
            scope,
            name: "N".into(),
            expires_at: Timestamp(0),
        };
        let guest = who(3, Role::Guest, Scope::Room(room(7)));
        let client = who(2, Role::Client, Scope::Account);
        let reach = |id: ConversationId| (id.within_reach(&guest), id.within_reach(&client));
        assert_eq!(reach(ConversationId::Meeting(room(7))), (true, true));
        assert_eq!(reach(ConversationId::Meeting(room(8))), (false, true));
        assert_eq!(reach(ConversationId::Lobby(room(7), user(3))), (true, true));
        assert_eq!(
            reach(ConversationId::Lobby(room(7), user(4))),
            (false, true)
        );
        assert_eq!(reach(ConversationId::Pair(user(2), user(3))), (false, true));
        assert_eq!(
            reach(ConversationId::Pair(user(3), user(4))),
            (false, false)
        );
    }
}
