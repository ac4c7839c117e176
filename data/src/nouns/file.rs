//! Files that people gave to conversations: whose each is, where it belongs, which of them wait for
//! a message, and which content on the disk is needed by whom. The content itself lies beside the
//! store; a row never says more than its digest.
//!
//! A file is seen through the message that names it and through nothing else: rows here are for its
//! owner's quota, for the sweep, and for the conversation that writes the message.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use parlor_domain::{
    conversation::ConversationId,
    file::{Attachment, Blob, PictureFacts, PictureFormat, WAITING_MAX},
    id::{FileId, UserId},
    time::Timestamp,
};

use super::read::{self, LoadError};
use crate::{
    batch::Batch,
    personal::person::{Shown, shown},
    range::KeyRange,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// Rows that are read at once.
const PAGE_ROWS: usize = 500;

/// A file as its owner gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Whose it is.
    pub owner: UserId,
    /// The only conversation whose messages may name it.
    pub conversation: ConversationId,
    /// When it came.
    pub at: Timestamp,
    /// The file.
    pub file: Attachment,
}

#[derive(Serialize, Deserialize)]
pub(super) struct GivenRow {
    conversation: Vec<u8>,
    at: i64,
    name: String,
    bytes: u64,
    blob: [u8; 32],
    picture: Option<PictureRow>,
}

#[derive(Serialize, Deserialize)]
struct PictureRow {
    png: bool,
    width: u32,
    height: u32,
    small: [u8; 32],
}

impl Row for GivenRow {
    const TABLE: Table = Table::Files;
    const VERSION: u8 = 1;
}

impl From<&Given> for GivenRow {
    fn from(it: &Given) -> Self {
        let file = &it.file;
        Self {
            conversation: it.conversation.key().to_vec(),
            at: it.at.0,
            name: file.name.clone(),
            bytes: file.bytes,
            blob: file.blob.0,
            picture: file.picture.map(|it| PictureRow {
                png: it.format == PictureFormat::Png,
                width: it.width,
                height: it.height,
                small: it.small.0,
            }),
        }
    }
}

impl GivenRow {
    fn given(self, owner: UserId, id: FileId) -> Result<Given, LoadError> {
        let key = self.conversation.as_slice().try_into().ok();
        let conversation = key.and_then(ConversationId::from_key);
        let conversation = conversation.ok_or(RowError::Malformed {
            table: Table::Files,
            version: Self::VERSION,
        })?;
        let picture = self.picture.map(|it| PictureFacts {
            format: match it.png {
                true => PictureFormat::Png,
                false => PictureFormat::Jpeg,
            },
            width: it.width,
            height: it.height,
            small: Blob(it.small),
        });
        Ok(Given {
            owner,
            conversation,
            at: Timestamp(self.at),
            file: Attachment {
                id,
                name: self.name,
                bytes: self.bytes,
                blob: Blob(self.blob),
                picture,
            },
        })
    }
}

fn key(owner: UserId, id: FileId) -> Vec<u8> {
    [&owner.as_bytes()[..], id.as_bytes()].concat()
}

fn use_key(blob: Blob, owner: UserId, id: FileId) -> Vec<u8> {
    [&blob.0[..], owner.as_bytes(), id.as_bytes()].concat()
}

/// A file that just came and waits for a message. Its content must be on the disk already.
pub fn give(given: &Given) -> Result<Batch, RowError> {
    let key = key(given.owner, given.file.id);
    let batch = Batch::new()
        .require_absent(Table::Files, &key)
        .put(Table::Files, &key, GivenRow::from(given).to_bytes()?)
        .put(Table::FilesWaiting, &key, Bytes::new());
    Ok(given.file.blobs().fold(batch, |batch, blob| {
        let key = use_key(blob, given.owner, given.file.id);
        batch.put(Table::FileContents, key, Bytes::new())
    }))
}

/// A file goes into a message; only one that still waits.
pub(super) fn attach(batch: Batch, owner: UserId, id: FileId) -> Batch {
    let key = key(owner, id);
    batch
        .require_present(Table::FilesWaiting, &key)
        .delete(Table::FilesWaiting, &key)
}

/// Nobody has this file any more. Its content goes with the next sweep, if nothing else needs it.
pub(super) fn release(batch: Batch, owner: UserId, file: &Attachment) -> Batch {
    let key = key(owner, file.id);
    let batch = batch
        .delete(Table::Files, &key)
        .delete(Table::FilesWaiting, &key);
    file.blobs().fold(batch, |batch, blob| {
        batch.delete(Table::FileContents, use_key(blob, owner, file.id))
    })
}

/// The same for a file that no message took; nothing when one takes it at this moment.
pub fn drop_waiting(given: &Given) -> Batch {
    let waits = key(given.owner, given.file.id);
    let batch = Batch::new().require_present(Table::FilesWaiting, waits);
    release(batch, given.owner, &given.file)
}

/// A file of somebody's.
pub fn load(store: &Store, owner: UserId, id: FileId) -> Result<Option<Given>, LoadError> {
    let bytes = store.get(Table::Files, key(owner, id))?;
    bytes
        .map(|bytes| GivenRow::from_bytes(&bytes)?.given(owner, id))
        .transpose()
}

/// A file of somebody's that waits for a message of this conversation.
pub fn waiting_in(
    store: &Store,
    owner: UserId,
    conversation: ConversationId,
    id: FileId,
) -> Result<Option<Given>, LoadError> {
    if store.get(Table::FilesWaiting, key(owner, id))?.is_none() {
        return Ok(None);
    }
    Ok(load(store, owner, id)?.filter(|it| it.conversation == conversation))
}

/// What waits of somebody's, the oldest first (ids rise with time).
pub fn waiting(store: &Store, owner: UserId) -> Result<Vec<Given>, LoadError> {
    let range = KeyRange::prefix(owner.as_bytes());
    let rows = store.scan(Table::FilesWaiting, range, WAITING_MAX * 2)?;
    let ids = rows.iter().filter_map(|(key, _)| read::id_at_end(key));
    ids.filter_map(|id| load(store, owner, FileId::from_bytes(id)).transpose())
        .collect()
}

/// What somebody's files take together, bytes as [`Attachment::counts`] says.
pub fn taken(store: &Store, owner: UserId) -> Result<u64, LoadError> {
    let (mut sum, mut range) = (0, KeyRange::prefix(owner.as_bytes()));
    loop {
        let rows = store.scan(Table::Files, range, PAGE_ROWS)?;
        for (key, bytes) in &rows {
            let id = FileId::from_bytes(read::id_at_end(key).unwrap_or_default());
            let given = GivenRow::from_bytes(bytes)?.given(owner, id)?;
            sum += given.file.counts();
        }
        match rows.last() {
            Some((key, _)) if rows.len() == PAGE_ROWS => {
                range = KeyRange::prefix(owner.as_bytes()).after(key);
            }
            _ => return Ok(sum),
        }
    }
}

/// Whether anybody needs this content.
pub fn is_needed(store: &Store, blob: Blob) -> Result<bool, LoadError> {
    let range = KeyRange::prefix(blob.0);
    Ok(!store.scan(Table::FileContents, range, 1)?.is_empty())
}

/// One page of what waits, of everybody's, after a key; and where the next begins (`None`: that was
/// the last).
pub fn waiting_page(
    store: &Store,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<(Vec<Given>, Option<Vec<u8>>), LoadError> {
    let (rows, next) = read::rows(store, Table::FilesWaiting, after, limit)?;
    let mut page = Vec::new();
    for (key, _) in rows {
        if let (Some(owner), Some(id)) = (key.first_chunk::<16>(), read::id_at_end(&key)) {
            let (owner, id) = (UserId::from_bytes(*owner), FileId::from_bytes(id));
            page.extend(load(store, owner, id)?);
        }
    }
    Ok((page, next))
}

/// The files of a message, by the names in its row; one whose row is gone is passed over.
pub(super) fn of_message(
    store: &Store,
    owner: UserId,
    ids: &[Uuid],
) -> Result<Vec<Attachment>, LoadError> {
    let ids = ids.iter().map(|id| FileId(*id));
    let files = ids.filter_map(|id| load(store, owner, id).transpose());
    files.map(|given| given.map(|it| it.file)).collect()
}

/// The row as its owner may read it.
pub(crate) const SHOWN: Shown = shown::<GivenRow>;

/// Everything that somebody gave.
///
/// # Errors
/// When the store cannot be read.
pub fn all_of(store: &Store, owner: UserId) -> Result<Vec<Given>, LoadError> {
    let (mut all, mut range) = (Vec::new(), KeyRange::prefix(owner.as_bytes()));
    loop {
        let rows = store.scan(Table::Files, range, PAGE_ROWS)?;
        for (key, bytes) in &rows {
            let id = FileId::from_bytes(read::id_at_end(key).unwrap_or_default());
            all.push(GivenRow::from_bytes(bytes)?.given(owner, id)?);
        }
        match rows.last() {
            Some((key, _)) if rows.len() == PAGE_ROWS => {
                range = KeyRange::prefix(owner.as_bytes()).after(key);
            }
            _ => return Ok(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::{file::COUNTED_BYTES_MIN, id::RoomId};

    const ID: ConversationId = ConversationId::Meeting(RoomId(Uuid::from_u128(7)));

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn given(owner: u128, n: u128, content: u8) -> Given {
        Given {
            owner: user(owner),
            conversation: ID,
            at: Timestamp(n as i64),
            file: Attachment {
                id: FileId(Uuid::from_u128(n)),
                name: format!("{n}.png"),
                bytes: 100_000 + n as u64,
                blob: Blob([content; 32]),
                picture: Some(PictureFacts {
                    format: PictureFormat::Png,
                    width: 40,
                    height: 30,
                    small: Blob([content + 100; 32]),
                }),
            },
        }
    }

    fn write(store: &Store, batch: Batch) -> bool {
        store.write_blocking(batch).is_ok()
    }

    #[test]
    fn a_file_waits_for_one_message_of_its_conversation() {
        let store = Store::in_memory();
        let it = given(1, 5, 9);
        assert!(write(&store, give(&it).unwrap()));
        assert!(!write(&store, give(&it).unwrap()), "one name, one file");
        let id = it.file.id;
        assert_eq!(load(&store, user(1), id).unwrap(), Some(it.clone()));
        assert_eq!(load(&store, user(2), id).unwrap(), None, "not another's");
        let other = ConversationId::pair(user(1), user(2)).unwrap();
        assert_eq!(waiting_in(&store, user(1), other, id).unwrap(), None);
        assert!(waiting_in(&store, user(1), ID, id).unwrap().is_some());
        assert!(write(&store, attach(Batch::new(), user(1), id)));
        assert!(!write(&store, attach(Batch::new(), user(1), id)));
        assert_eq!(waiting_in(&store, user(1), ID, id).unwrap(), None);
        assert!(!write(&store, drop_waiting(&it)), "a message has it");
        assert_eq!(load(&store, user(1), id).unwrap(), Some(it));
    }

    #[test]
    fn content_is_needed_as_long_as_one_file_has_it() {
        let store = Store::in_memory();
        let (one, two) = (given(1, 1, 9), given(2, 2, 9));
        for it in [&one, &two] {
            assert!(write(&store, give(it).unwrap()));
        }
        assert!(write(&store, drop_waiting(&one)));
        assert!(is_needed(&store, Blob([9; 32])).unwrap());
        assert!(write(&store, release(Batch::new(), user(2), &two.file)));
        for content in [9, 109] {
            assert!(!is_needed(&store, Blob([content; 32])).unwrap());
        }
        assert_eq!(waiting_page(&store, None, 9).unwrap(), (vec![], None));
    }

    #[test]
    fn a_person_is_counted_for_their_own_files_page_by_page() {
        let store = Store::in_memory();
        let many = PAGE_ROWS as u128 + 3;
        for n in 1..=many {
            let mut it = given(1, n, 1);
            it.file.bytes = n as u64 % 2;
            assert!(write(&store, give(&it).unwrap()));
        }
        assert!(write(&store, give(&given(2, 1, 1)).unwrap()));
        let taken = |n| taken(&store, user(n)).unwrap();
        assert_eq!(taken(1), many as u64 * COUNTED_BYTES_MIN);
        assert_eq!((taken(2), taken(3)), (100_001, 0));
        let (page, next) = waiting_page(&store, None, 2).unwrap();
        assert_eq!((page.len(), next.is_some()), (2, true));
        let oldest = waiting(&store, user(1)).unwrap()[0].file.id;
        assert_eq!(oldest, FileId(Uuid::from_u128(1)));
    }
}
