//! Conversations: their order, their people, every message, and what each command led to.
//!
//! All that one step changes is one batch, and every batch requires the head as it was read: so a
//! number is given out once, there is no hole, and an actor that outlived its time writes nothing.

mod old;

pub use old::sweep_messages;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    conversation::{
        Change, ClientMsgId, ConversationId, Done, MEMBERS_MAX, Member, Message, MsgSeq, Record,
    },
    id::UserId,
    time::Timestamp,
};

use super::{
    file,
    read::{self, LoadError},
};
use crate::{
    batch::Batch,
    personal::person::{ERASED_NAME, Fate, Person, Shown, shown},
    range::KeyRange,
    row::{self, Row, RowError},
    store::Store,
    tables::Table,
};

/// Most messages of one page of history.
pub const PAGE_MAX: usize = 100;

/// The head of a conversation as it was read; hand it back to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last number given out.
    pub last: MsgSeq,
    /// The row, byte for byte; none before the first message.
    bytes: Option<Bytes>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct HeadRow {
    last: u64,
    at: i64,
}

impl Row for HeadRow {
    const TABLE: Table = Table::Conversations;
    const VERSION: u8 = 1;
}

#[derive(Serialize, Deserialize)]
pub(super) struct MemberRow {
    name: String,
    moderator: bool,
    inside: bool,
    left_at: u64,
    delivered: u64,
    read: u64,
    shown: u64,
}

impl Row for MemberRow {
    const TABLE: Table = Table::ConversationMembers;
    const VERSION: u8 = 1;
}

#[derive(Serialize, Deserialize)]
pub(super) struct MessageRow {
    sender: Uuid,
    key: Uuid,
    at: i64,
    text: String,
    reply_to: Option<u64>,
    edited_at: Option<i64>,
    deleted: bool,
    /// Their names only; what they are is the sender's (`file`), so that a row stays small.
    files: Vec<Uuid>,
}

/// Before files came along.
#[derive(Serialize, Deserialize)]
struct MessageRow1 {
    sender: Uuid,
    key: Uuid,
    at: i64,
    text: String,
    reply_to: Option<u64>,
    edited_at: Option<i64>,
    deleted: bool,
}

impl Row for MessageRow {
    const TABLE: Table = Table::Messages;
    const VERSION: u8 = 2;

    fn upgrade(version: u8, body: &[u8]) -> Result<Self, RowError> {
        let table = Self::TABLE;
        if version != 1 {
            return Err(RowError::UnknownVersion { table, version });
        }
        let old: MessageRow1 = row::decode(table, version, body)?;
        Ok(Self {
            sender: old.sender,
            key: old.key,
            at: old.at,
            text: old.text,
            reply_to: old.reply_to,
            edited_at: old.edited_at,
            deleted: old.deleted,
            files: Vec::new(),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct DoneRow {
    seq: u64,
    at: i64,
}

impl Row for DoneRow {
    const TABLE: Table = Table::MessageKeys;
    const VERSION: u8 = 1;
}

impl From<&Member> for MemberRow {
    fn from(it: &Member) -> Self {
        Self {
            name: it.name.clone(),
            moderator: it.moderator,
            inside: it.inside,
            left_at: it.left_at.0,
            delivered: it.delivered.0,
            read: it.read.0,
            shown: it.shown.0,
        }
    }
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self {
            name: row.name,
            moderator: row.moderator,
            inside: row.inside,
            left_at: MsgSeq(row.left_at),
            delivered: MsgSeq(row.delivered),
            read: MsgSeq(row.read),
            shown: MsgSeq(row.shown),
        }
    }
}

impl From<&Message> for MessageRow {
    fn from(it: &Message) -> Self {
        Self {
            sender: it.sender.0,
            key: it.key.0,
            at: it.at.0,
            text: it.text.clone(),
            reply_to: it.reply_to.map(|seq| seq.0),
            edited_at: it.edited_at.map(|at| at.0),
            deleted: it.deleted,
            files: it.files.iter().map(|it| it.id.0).collect(),
        }
    }
}

impl MessageRow {
    fn message(self, store: &Store, seq: MsgSeq) -> Result<Message, LoadError> {
        let files = file::of_message(store, UserId(self.sender), &self.files)?;
        Ok(Message {
            seq,
            sender: UserId(self.sender),
            key: ClientMsgId(self.key),
            at: Timestamp(self.at),
            text: self.text,
            reply_to: self.reply_to.map(MsgSeq),
            edited_at: self.edited_at.map(Timestamp),
            deleted: self.deleted,
            files,
        })
    }
}

fn message_key(id: ConversationId, seq: MsgSeq) -> Vec<u8> {
    [&id.key()[..], &seq.0.to_be_bytes()].concat()
}

fn member_key(id: ConversationId, user: UserId) -> Vec<u8> {
    [&id.key()[..], user.as_bytes()].concat()
}

fn done_key(id: ConversationId, user: UserId, key: ClientMsgId) -> Vec<u8> {
    [&id.key()[..], user.as_bytes(), key.0.as_bytes()].concat()
}

/// The conversation, and its head to write on; none when nobody ever said anything in it.
pub fn load(store: &Store, id: ConversationId) -> Result<Option<(Head, Record)>, LoadError> {
    let Some(head) = load_head(store, id)? else {
        return Ok(None);
    };
    let rows = store.scan(
        Table::ConversationMembers,
        KeyRange::prefix(id.key()),
        MEMBERS_MAX * 2,
    )?;
    let mut record = Record {
        last: head.last,
        ..Record::default()
    };
    for (key, bytes) in rows {
        if let Some(user) = read::id_at_end(&key) {
            let member = MemberRow::from_bytes(&bytes)?.into();
            record.members.insert(UserId::from_bytes(user), member);
        }
    }
    Ok(Some((head, record)))
}

fn load_head(store: &Store, id: ConversationId) -> Result<Option<Head>, LoadError> {
    let Some(bytes) = store.get(Table::Conversations, id.key())? else {
        return Ok(None);
    };
    let last = MsgSeq(HeadRow::from_bytes(&bytes)?.last);
    let bytes = Some(bytes);
    Ok(Some(Head { last, bytes }))
}

/// The last number that a conversation gave out.
pub fn last(store: &Store, id: ConversationId) -> Result<MsgSeq, LoadError> {
    Ok(load_head(store, id)?.map_or(MsgSeq::ZERO, |head| head.last))
}

/// How somebody stands to a conversation, if they were ever in it.
pub fn member(
    store: &Store,
    id: ConversationId,
    user: UserId,
) -> Result<Option<Member>, LoadError> {
    let bytes = store.get(Table::ConversationMembers, member_key(id, user))?;
    let row = bytes
        .map(|bytes| MemberRow::from_bytes(&bytes))
        .transpose()?;
    Ok(row.map(Member::from))
}

/// One message.
pub fn message(
    store: &Store,
    id: ConversationId,
    seq: MsgSeq,
) -> Result<Option<Message>, LoadError> {
    let bytes = store.get(Table::Messages, message_key(id, seq))?;
    let row = bytes
        .map(|bytes| MessageRow::from_bytes(&bytes))
        .transpose()?;
    row.map(|row| row.message(store, seq)).transpose()
}

/// What a command with this key led to, if it was carried out.
pub fn done(
    store: &Store,
    id: ConversationId,
    user: UserId,
    key: ClientMsgId,
) -> Result<Option<Done>, LoadError> {
    let bytes = store.get(Table::MessageKeys, done_key(id, user, key))?;
    let row = bytes.map(|bytes| DoneRow::from_bytes(&bytes)).transpose()?;
    Ok(row.map(|row| Done {
        seq: MsgSeq(row.seq),
        at: Timestamp(row.at),
    }))
}

/// At most `limit` messages from before `before`, newest first: the history, backwards.
pub fn before(
    store: &Store,
    id: ConversationId,
    before: MsgSeq,
    limit: usize,
) -> Result<Vec<Message>, LoadError> {
    let range = KeyRange::between(message_key(id, MsgSeq::ZERO), message_key(id, before));
    page(store, range.reverse(), limit)
}

/// At most `limit` messages from after `after`, oldest first: what somebody missed.
pub fn after(
    store: &Store,
    id: ConversationId,
    after: MsgSeq,
    limit: usize,
) -> Result<Vec<Message>, LoadError> {
    let range = KeyRange::prefix(id.key()).after(message_key(id, after));
    page(store, range, limit)
}

fn page(store: &Store, range: KeyRange, limit: usize) -> Result<Vec<Message>, LoadError> {
    let rows = store.scan(Table::Messages, range, limit.min(PAGE_MAX))?;
    let messages = rows.into_iter().map(|(key, bytes)| {
        let seq = key.last_chunk::<8>().copied().map(u64::from_be_bytes);
        let row = MessageRow::from_bytes(&bytes)?;
        row.message(store, MsgSeq(seq.unwrap_or(0)))
    });
    messages.collect()
}

/// All changes of some steps together, on this head; and the head after them. They fail together
/// when the head is another one by now.
pub fn commit(
    id: ConversationId,
    head: &Head,
    changes: &[Change],
    now: Timestamp,
) -> Result<(Batch, Head), RowError> {
    let mut batch =
        Batch::new().require_unchanged(Table::Conversations, id.key(), head.bytes.clone());
    let mut last = head.last;
    for change in changes {
        batch = match change {
            Change::New(message) => {
                last = message.seq;
                let key = message_key(id, message.seq);
                let row = MessageRow::from(message).to_bytes()?;
                let files = message.files.iter();
                files
                    .fold(batch, |batch, it| {
                        file::attach(batch, message.sender, it.id)
                    })
                    .require_absent(Table::Messages, &key)
                    .put(Table::Messages, &key, row)
            }
            Change::Changed(message) => {
                let row = MessageRow::from(message).to_bytes()?;
                batch.put(Table::Messages, message_key(id, message.seq), row)
            }
            Change::Did(user, key, done) => {
                let row = DoneRow {
                    seq: done.seq.0,
                    at: done.at.0,
                };
                let key = done_key(id, *user, *key);
                batch.require_absent(Table::MessageKeys, &key).put(
                    Table::MessageKeys,
                    &key,
                    row.to_bytes()?,
                )
            }
            Change::Member(user, member) => batch.put(
                Table::ConversationMembers,
                member_key(id, *user),
                MemberRow::from(member).to_bytes()?,
            ),
            Change::Released(owner, files) => {
                let files = files.iter();
                files.fold(batch, |batch, it| file::release(batch, *owner, it))
            }
        };
    }
    if last == head.last {
        return Ok((batch, head.clone()));
    }
    if head.last == MsgSeq::ZERO {
        batch = super::inbox::begin(batch, id);
    }
    let row = HeadRow {
        last: last.0,
        at: now.0,
    };
    let bytes = Bytes::from(row.to_bytes()?);
    let batch = batch.put(Table::Conversations, id.key(), bytes.clone());
    let bytes = Some(bytes);
    Ok((batch, Head { last, bytes }))
}

/// Removes what commands older than `before` led to, among one page of keys after `after`. Gives
/// the removals, how many, and where the next page begins (`None`: that was the last).
pub fn sweep_done(
    store: &Store,
    after: Option<Vec<u8>>,
    before: Timestamp,
    limit: usize,
) -> Result<(Batch, usize, Option<Vec<u8>>), LoadError> {
    read::sweep_rows::<DoneRow>(store, after, limit, |row| row.at < before.0)
}

/// The rows as their people may read them: how somebody stands to it, and a message.
pub(crate) const SHOWN: [Shown; 2] = [shown::<MemberRow>, shown::<MessageRow>];

/// Where the id of a person stands in keys.
pub(crate) const PERSON_AT: usize = 33;

/// Who was in a room's conversation under this name.
pub(crate) fn guests_called(
    store: &Store,
    room: parlor_domain::id::RoomId,
    name: &str,
) -> Result<Vec<[u8; 16]>, LoadError> {
    let range = KeyRange::prefix(ConversationId::Meeting(room).key());
    let rows = store.scan(Table::ConversationMembers, range, MEMBERS_MAX * 2)?;
    let mut ids = Vec::new();
    for (key, bytes) in rows {
        let called = MemberRow::from_bytes(&bytes)?.name == name;
        ids.extend(read::id_at_end(&key).filter(|_| called));
    }
    Ok(ids)
}

/// Others see that somebody was there, and no name.
pub(crate) fn cut_member(
    _: &Store,
    person: &Person,
    key: &[u8],
    row: &[u8],
) -> Result<Fate, LoadError> {
    if !person.is_at(key, PERSON_AT) {
        return Ok(Fate::Stays);
    }
    let mut it = MemberRow::from_bytes(row)?;
    it.name = ERASED_NAME.into();
    Fate::becomes(&it)
}

/// A message of a person stays as a deleted one, so that the numbers have no hole.
pub(crate) fn cut_message(
    _: &Store,
    person: &Person,
    _: &[u8],
    row: &[u8],
) -> Result<Fate, LoadError> {
    let it = MessageRow::from_bytes(row)?;
    if !person.is(it.sender) {
        return Ok(Fate::Stays);
    }
    Fate::becomes(&MessageRow {
        text: String::new(),
        files: Vec::new(),
        deleted: true,
        ..it
    })
}

/// Whether a person may read a message: it came while they were in the conversation.
pub(crate) fn is_readable(
    store: &Store,
    person: &Person,
    key: &[u8],
    row: &[u8],
) -> Result<bool, LoadError> {
    if person.is(MessageRow::from_bytes(row)?.sender) {
        return Ok(true);
    }
    let parts = key.split_last_chunk::<8>();
    let parts = parts.and_then(|(id, seq)| Some((id.first_chunk::<33>()?, seq)));
    let Some((id, seq)) = parts else {
        return Ok(false);
    };
    let id = ConversationId::from_key(id);
    let member = id.map(|id| member(store, id, person.user)).transpose()?;
    let seq = MsgSeq(u64::from_be_bytes(*seq));
    Ok(member
        .flatten()
        .is_some_and(|it| it.inside || seq <= it.left_at))
}

#[cfg(test)]
mod tests {
    use super::{file::Given, *};
    use parlor_domain::{
        file::{Attachment, Blob, FILES_PER_MESSAGE_MAX},
        id::{FileId, RoomId},
    };

    const ID: ConversationId = ConversationId::Meeting(RoomId(Uuid::from_u128(7)));

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn said(seq: u64) -> Vec<Change> {
        let message = Message {
            seq: MsgSeq(seq),
            sender: user(1),
            key: ClientMsgId(Uuid::from_u128(u128::from(seq))),
            at: Timestamp(seq as i64),
            text: format!("text {seq}"),
            reply_to: (seq > 1).then(|| MsgSeq(seq - 1)),
            edited_at: None,
            deleted: false,
            files: vec![],
        };
        let done = Done {
            seq: message.seq,
            at: message.at,
        };
        let did = Change::Did(user(1), message.key, done);
        vec![Change::New(message), did]
    }

    fn write(store: &Store, head: &Head, changes: &[Change]) -> Head {
        let (batch, next) = commit(ID, head, changes, Timestamp(9)).unwrap();
        store.write_blocking(batch).unwrap();
        next
    }

    #[test]
    fn a_page_goes_backwards_and_what_was_missed_forwards() {
        let store = Store::in_memory();
        let other = ConversationId::Meeting(RoomId(Uuid::from_u128(8)));
        let (batch, _) = commit(other, &Head::default(), &said(1), Timestamp(0)).unwrap();
        store.write_blocking(batch).unwrap();
        let mut head = Head::default();
        for seq in 1..=5 {
            head = write(&store, &head, &said(seq));
        }
        let numbers = |page: Vec<Message>| page.iter().map(|it| it.seq.0).collect::<Vec<_>>();
        let end = MsgSeq(u64::MAX);
        assert_eq!(numbers(before(&store, ID, end, 2).unwrap()), [5, 4]);
        assert_eq!(
            numbers(before(&store, ID, MsgSeq(4), 9).unwrap()),
            [3, 2, 1]
        );
        assert!(numbers(before(&store, ID, MsgSeq(1), 9).unwrap()).is_empty());
        assert_eq!(numbers(after(&store, ID, MsgSeq(3), 9).unwrap()), [4, 5]);
        assert!(numbers(after(&store, ID, MsgSeq(5), 9).unwrap()).is_empty());
        let second = message(&store, ID, MsgSeq(2)).unwrap().unwrap();
        assert_eq!(
            (second.text.as_str(), second.reply_to),
            ("text 2", Some(MsgSeq(1)))
        );
        let key = ClientMsgId(Uuid::from_u128(2));
        assert_eq!(
            done(&store, ID, user(1), key).unwrap().unwrap().seq,
            MsgSeq(2)
        );
        assert_eq!(done(&store, ID, user(2), key).unwrap(), None);
    }

    #[test]
    fn two_writers_on_one_head_do_not_both_win() {
        let store = Store::in_memory();
        let head = write(&store, &Head::default(), &said(1));
        let (first, next) = commit(ID, &head, &said(2), Timestamp(9)).unwrap();
        let (second, _) = commit(ID, &head, &said(2), Timestamp(9)).unwrap();
        store.write_blocking(first).unwrap();
        assert!(store.write_blocking(second).is_err());
        let (read, record) = load(&store, ID).unwrap().unwrap();
        assert_eq!((read, record.last), (next, MsgSeq(2)));
    }

    #[test]
    fn several_steps_are_one_batch_and_the_people_come_back() {
        let store = Store::in_memory();
        let member = Member {
            name: "Ann".into(),
            moderator: true,
            inside: true,
            left_at: MsgSeq(0),
            delivered: MsgSeq(2),
            read: MsgSeq(2),
            shown: MsgSeq(1),
        };
        let mut changes = [said(1), said(2)].concat();
        changes.push(Change::Member(user(1), member.clone()));
        let head = write(&store, &Head::default(), &changes);
        assert_eq!(head.last, MsgSeq(2));
        let (_, record) = load(&store, ID).unwrap().unwrap();
        assert_eq!(record.members.get(&user(1)), Some(&member));
        let mut deleted = message(&store, ID, MsgSeq(1)).unwrap().unwrap();
        (deleted.text, deleted.deleted) = (String::new(), true);
        let after = write(&store, &head, &[Change::Changed(deleted.clone())]);
        assert_eq!(after, head, "a change gives out no number");
        assert_eq!(message(&store, ID, MsgSeq(1)).unwrap(), Some(deleted));
    }

    #[test]
    fn keys_are_forgotten_when_old_and_messages_are_not() {
        let store = Store::in_memory();
        let mut head = Head::default();
        for seq in 1..=3 {
            head = write(&store, &head, &said(seq));
        }
        let (batch, count, next) = sweep_done(&store, None, Timestamp(3), 10).unwrap();
        assert_eq!((count, next), (2, None));
        store.write_blocking(batch).unwrap();
        let key = |n| ClientMsgId(Uuid::from_u128(n));
        assert_eq!(done(&store, ID, user(1), key(1)).unwrap(), None);
        assert!(done(&store, ID, user(1), key(3)).unwrap().is_some());
        assert_eq!(after(&store, ID, MsgSeq::ZERO, 9).unwrap().len(), 3);
    }

    fn given(n: u128) -> Given {
        Given {
            owner: user(1),
            conversation: ID,
            at: Timestamp(0),
            file: Attachment {
                id: FileId(Uuid::from_u128(n)),
                name: "x".repeat(100),
                bytes: 1,
                blob: Blob([n as u8; 32]),
                picture: None,
            },
        }
    }

    #[test]
    fn the_longest_text_fits_a_row_with_all_its_files() {
        let store = Store::in_memory();
        let mut changes = said(1);
        if let Change::New(message) = &mut changes[0] {
            message.text = "\u{1f600}".repeat(4_000);
            for n in 1..=FILES_PER_MESSAGE_MAX as u128 {
                let given = given(n);
                store.write_blocking(file::give(&given).unwrap()).unwrap();
                message.files.push(given.file);
            }
        }
        write(&store, &Head::default(), &changes);
    }

    #[test]
    fn a_file_comes_back_with_its_message_and_goes_with_it() {
        let store = Store::in_memory();
        let it = given(5);
        let mut changes = said(1);
        let Change::New(said_it) = &mut changes[0] else {
            panic!()
        };
        said_it.files = vec![it.file.clone()];
        let (early, _) = commit(ID, &Head::default(), &changes, Timestamp(9)).unwrap();
        assert!(
            store.write_blocking(early).is_err(),
            "there is no such file"
        );
        store.write_blocking(file::give(&it).unwrap()).unwrap();
        let head = write(&store, &Head::default(), &changes);
        let mut kept = message(&store, ID, MsgSeq(1)).unwrap().unwrap();
        assert_eq!(kept.files, std::slice::from_ref(&it.file));
        assert_eq!(file::waiting(&store, user(1)).unwrap(), []);
        // The same file in a second message: refused as a whole.
        let mut twice = said(2);
        if let Change::New(message) = &mut twice[0] {
            message.files = vec![it.file.clone()];
        }
        let (second, _) = commit(ID, &head, &twice, Timestamp(9)).unwrap();
        assert!(store.write_blocking(second).is_err());

        let files = std::mem::take(&mut kept.files);
        kept.deleted = true;
        let gone = [Change::Released(user(1), files), Change::Changed(kept)];
        write(&store, &head, &gone);
        let deleted = message(&store, ID, MsgSeq(1)).unwrap().unwrap();
        assert!(deleted.files.is_empty());
        assert_eq!(file::load(&store, user(1), it.file.id).unwrap(), None);
        assert!(!file::is_needed(&store, it.file.blob).unwrap());
    }

    #[test]
    fn a_message_from_before_files_is_read() {
        let old = MessageRow1 {
            sender: Uuid::from_u128(1),
            key: Uuid::from_u128(2),
            at: 3,
            text: "old".into(),
            reply_to: None,
            edited_at: None,
            deleted: false,
        };
        let bytes = row::encode(Table::Messages, 1, &old).unwrap();
        let store = Store::in_memory();
        let batch = Batch::new().put(Table::Messages, message_key(ID, MsgSeq(1)), bytes);
        store.write_blocking(batch).unwrap();
        let read = message(&store, ID, MsgSeq(1)).unwrap().unwrap();
        assert_eq!((read.text.as_str(), read.files), ("old", vec![]));
    }
}
