//! Somebody's conversations with other people: which there are, what they want of each, and how
//! much of it they have not read. What was said is the conversation's own (`conversation`).

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use parlor_domain::{
    conversation::{ConversationId, Kept, MsgSeq, UNREAD_MAX, UnreadIn},
    id::UserId,
};

use super::{conversation, read::LoadError};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Most conversations of one person that are ever listed.
pub const CONVERSATIONS_MAX: usize = 1_000;

#[derive(Serialize, Deserialize)]
pub(super) struct KeptRow {
    muted: bool,
    archived: u64,
}

impl Row for KeptRow {
    const TABLE: Table = Table::ConversationsKept;
    const VERSION: u8 = 1;
}

fn key(user: UserId, id: ConversationId) -> Vec<u8> {
    [&user.as_bytes()[..], &id.key()].concat()
}

/// Notes that a pair wrote to each other, for the lists of both. Nothing for other conversations:
/// they are found by their meetings.
pub(super) fn begin(batch: Batch, id: ConversationId) -> Batch {
    let ConversationId::Pair(one, other) = id else {
        return batch;
    };
    [one, other].into_iter().fold(batch, |batch, user| {
        batch.put(Table::ConversationsByPerson, key(user, id), Bytes::new())
    })
}

/// Whose conversations with others there are, in no order that means anything; at most
/// [`CONVERSATIONS_MAX`].
pub fn of(store: &Store, user: UserId) -> Result<Vec<ConversationId>, LoadError> {
    let range = KeyRange::prefix(user.as_bytes());
    let rows = store.scan(Table::ConversationsByPerson, range, CONVERSATIONS_MAX)?;
    let ids = rows.iter().filter_map(|(key, _)| key.last_chunk::<33>());
    Ok(ids.filter_map(ConversationId::from_key).collect())
}

/// What somebody wants of a conversation.
pub fn kept(store: &Store, user: UserId, id: ConversationId) -> Result<Kept, LoadError> {
    let bytes = store.get(Table::ConversationsKept, key(user, id))?;
    let row = bytes.map(|bytes| KeptRow::from_bytes(&bytes)).transpose()?;
    Ok(row.map_or_else(Kept::default, |row| Kept {
        muted: row.muted,
        archived: MsgSeq(row.archived),
    }))
}

/// Writes what somebody wants of a conversation.
pub fn keep(user: UserId, id: ConversationId, it: Kept) -> Result<Batch, RowError> {
    let row = KeptRow {
        muted: it.muted,
        archived: it.archived.0,
    };
    Ok(Batch::new().put(Table::ConversationsKept, key(user, id), row.to_bytes()?))
}

/// What somebody has not read of one conversation.
pub fn unread_in(store: &Store, user: UserId, id: ConversationId) -> Result<UnreadIn, LoadError> {
    let last = conversation::last(store, id)?;
    let member = conversation::member(store, id, user)?;
    let read = member.map_or(MsgSeq::ZERO, |it| it.read);
    let fresh = match read < last {
        true => conversation::after(store, id, read, UNREAD_MAX)?,
        false => Vec::new(),
    };
    let others = fresh.iter().filter(|it| it.sender != user && !it.deleted);
    Ok(UnreadIn {
        conversation: id,
        last,
        read,
        unread: others.count(),
        muted: kept(store, user, id)?.muted,
    })
}

/// Every conversation of a person's in which something is unread, at most `limit`.
pub fn unread(store: &Store, user: UserId, limit: usize) -> Result<Vec<UnreadIn>, LoadError> {
    let mut all = Vec::new();
    for id in of(store, user)? {
        let it = unread_in(store, user, id)?;
        if it.unread > 0 {
            all.push(it);
        }
        if all.len() >= limit {
            break;
        }
    }
    Ok(all)
}

/// The row as its person may read it.
pub(crate) const SHOWN: Shown = shown::<KeptRow>;

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::{Head, commit};
    use parlor_domain::{
        conversation::{Change, ClientMsgId, Member, Message},
        time::Timestamp,
    };
    use uuid::Uuid;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn said(seq: u64, sender: u128, deleted: bool) -> Change {
        Change::New(Message {
            seq: MsgSeq(seq),
            sender: user(sender),
            key: ClientMsgId(Uuid::from_u128(u128::from(seq))),
            at: Timestamp(seq as i64),
            text: "x".into(),
            reply_to: None,
            edited_at: None,
            deleted,
            files: vec![],
        })
    }

    #[test]
    fn the_first_word_puts_a_pair_into_both_lists() {
        let store = Store::in_memory();
        let id = ConversationId::pair(user(2), user(1)).unwrap();
        assert_eq!(of(&store, user(1)).unwrap(), []);
        let read = Member {
            name: "One".into(),
            moderator: false,
            inside: true,
            left_at: MsgSeq::ZERO,
            delivered: MsgSeq::ZERO,
            read: MsgSeq(1),
            shown: MsgSeq::ZERO,
        };
        let changes = [
            said(1, 1, false),
            said(2, 2, false),
            said(3, 2, true),
            said(4, 1, false),
            Change::Member(user(1), read),
        ];
        let (batch, _) = commit(id, &Head::default(), &changes, Timestamp(9)).unwrap();
        store.write_blocking(batch).unwrap();
        for person in [1, 2] {
            assert_eq!(of(&store, user(person)).unwrap(), [id]);
        }
        assert_eq!(of(&store, user(3)).unwrap(), []);
        // Own and deleted messages are nothing to read.
        let mine = unread(&store, user(1), 9).unwrap();
        assert_eq!((mine[0].unread, mine[0].last), (1, MsgSeq(4)));
        assert_eq!(unread_in(&store, user(2), id).unwrap().unread, 2);

        let kept_by = |n| kept(&store, user(n), id).unwrap();
        assert_eq!(kept_by(1), Kept::default());
        let wish = Kept {
            muted: true,
            archived: MsgSeq(4),
        };
        let batch = keep(user(1), id, wish).unwrap();
        store.write_blocking(batch).unwrap();
        assert_eq!((kept_by(1), kept_by(2)), (wish, Kept::default()));
        assert!(wish.is_archived(MsgSeq(4)) && !wish.is_archived(MsgSeq(5)));
        assert!(unread_in(&store, user(1), id).unwrap().muted);
    }
}
