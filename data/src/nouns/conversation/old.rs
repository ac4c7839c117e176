//! Messages that are older than they may be. Their rows go, with their files; numbers are not given out again, so
//! marks of what was read stay true, and what is asked for by its number is simply not there.

use parlor_domain::{file::FILES_PER_MESSAGE_MAX, id::UserId, time::Timestamp};

use super::{MessageRow, file};
use crate::{
    batch::{BATCH_CHANGES_MAX, Batch},
    nouns::read::{self, LoadError},
    row::Row,
    store::Store,
    tables::Table,
};

/// Changes for one message at most: its row, and of each file two rows and two contents.
const CHANGES_MAX: usize = 1 + 4 * FILES_PER_MESSAGE_MAX;

/// Removes messages of before `before`, among one page of keys after `after`. Gives the removals, how many
/// messages, and where the next page begins (`None`: that was the last).
pub fn sweep_messages(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    let (rows, next) = read::rows(store, Table::Messages, after, limit)?;
    let (mut batch, mut count, mut changes) = (Batch::new(), 0, 0);
    let mut seen = None;
    for (key, bytes) in rows {
        if changes + CHANGES_MAX > BATCH_CHANGES_MAX {
            return Ok((batch, count, seen));
        }
        let row = MessageRow::from_bytes(&bytes)?;
        if row.at < before.0 {
            let owner = UserId(row.sender);
            let files = file::of_message(store, owner, &row.files)?;
            changes += 1 + 4 * files.len();
            batch = files
                .iter()
                .fold(batch.delete(Table::Messages, &key), |batch, it| {
                    file::release(batch, owner, it)
                });
            count += 1;
        }
        seen = Some(key.to_vec());
    }
    Ok((batch, count, next))
}

#[cfg(test)]
mod tests {
    use parlor_domain::{
        conversation::{Change, ClientMsgId, ConversationId, Member, Message, MsgSeq},
        file::{Attachment, Blob},
        id::FileId,
    };
    use uuid::Uuid;

    use super::*;
    use crate::nouns::{
        conversation::{Head, after, commit, load, message},
        file::Given,
        inbox,
    };

    const ONE: UserId = UserId(Uuid::from_u128(1));
    const OTHER: UserId = UserId(Uuid::from_u128(2));

    fn attachment(seq: u64, n: usize) -> Attachment {
        let name = u128::from(seq) * 100 + n as u128;
        Attachment {
            id: FileId(Uuid::from_u128(name)),
            name: "a.txt".into(),
            bytes: 1,
            blob: Blob([seq as u8; 32]),
            picture: None,
        }
    }

    /// A pair in which message `n` was said at `n`, each with as many files as there may be; the other one has
    /// read the first.
    fn said(store: &Store, count: u64) -> ConversationId {
        let id = ConversationId::pair(ONE, OTHER).unwrap();
        let member = Member {
            name: "Other".into(),
            moderator: false,
            inside: true,
            left_at: MsgSeq::ZERO,
            delivered: MsgSeq(count),
            read: MsgSeq(1),
            shown: MsgSeq(1),
        };
        let mut head = Head::default();
        for seq in 1..=count {
            let files: Vec<_> = (0..FILES_PER_MESSAGE_MAX)
                .map(|n| attachment(seq, n))
                .collect();
            for it in &files {
                let given = Given {
                    owner: ONE,
                    conversation: id,
                    at: Timestamp(0),
                    file: it.clone(),
                };
                store.write_blocking(file::give(&given).unwrap()).unwrap();
            }
            let new = Change::New(Message {
                seq: MsgSeq(seq),
                sender: ONE,
                key: ClientMsgId(Uuid::from_u128(u128::from(seq))),
                at: Timestamp(seq as i64),
                text: "x".into(),
                reply_to: None,
                edited_at: None,
                deleted: false,
                files,
            });
            let changes = [new, Change::Member(OTHER, member.clone())];
            let (batch, next) = commit(id, &head, &changes, Timestamp(9)).unwrap();
            store.write_blocking(batch).unwrap();
            head = next;
        }
        id
    }

    fn sweep(store: &Store, before: i64) -> usize {
        let (mut all, mut from) = (0, None);
        loop {
            let (batch, count, next) = sweep_messages(store, from, Timestamp(before), 100).unwrap();
            store.write_blocking(batch).unwrap();
            all += count;
            from = next;
            if from.is_none() {
                return all;
            }
        }
    }

    #[test]
    fn old_messages_go_with_their_files_in_batches_that_fit() {
        let store = Store::in_memory();
        let id = said(&store, 40);
        assert_eq!(inbox::unread_in(&store, OTHER, id).unwrap().unread, 39);
        assert_eq!(sweep(&store, 31), 30);
        assert_eq!(sweep(&store, 31), 0);
        let left: Vec<_> = after(&store, id, MsgSeq::ZERO, 100).unwrap();
        assert_eq!(left.first().map(|it| it.seq), Some(MsgSeq(31)));
        assert_eq!(
            (left.len(), left[0].files.len()),
            (10, FILES_PER_MESSAGE_MAX)
        );
        assert_eq!(
            file::all_of(&store, ONE).unwrap().len(),
            10 * FILES_PER_MESSAGE_MAX
        );
        assert!(!file::is_needed(&store, Blob([30; 32])).unwrap());
        assert!(file::is_needed(&store, Blob([31; 32])).unwrap());

        // What is left is counted, the marks stand, and the next message has the next number.
        let unread = inbox::unread_in(&store, OTHER, id).unwrap();
        assert_eq!(
            (unread.unread, unread.read, unread.last),
            (10, MsgSeq(1), MsgSeq(40))
        );
        assert_eq!(sweep(&store, 99), 10);
        assert_eq!(inbox::unread_in(&store, OTHER, id).unwrap().unread, 0);
        assert_eq!(message(&store, id, MsgSeq(40)).unwrap(), None);
        let (_, record) = load(&store, id).unwrap().unwrap();
        assert_eq!(record.last, MsgSeq(40));
        assert_eq!(record.members[&OTHER].read, MsgSeq(1));
    }
}
