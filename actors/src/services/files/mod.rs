//! Files that people give to conversations: taken in pieces, judged by their bytes, kept by their
//! content, and removed when nobody needs them.
//!
//! An upload is written to the disk piece by piece and never in memory whole. What it is is decided
//! from its bytes (`domain::file`); a picture is made anew from its pixels. The content is on the
//! disk, synced and in its place, before the row says that there is such a file: a kill in between
//! leaves content that nobody needs, which the sweep removes. Who may see a file is not decided
//! here: it is shown through a message, to whoever may read that message.

mod folder;
mod made;

use std::{
    collections::HashMap,
    fs,
    io::{self, Read},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use parlor_data::nouns::file as rows;
use parlor_domain::{
    account::BadField,
    conversation::ConversationId,
    file::{self, Attachment, Blob, HEAD_BYTES, NotTaken, PictureFacts, Taken, WAITING_MAX},
    id::{FileId, UserId},
    time::Millis,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::folder::{Content, Folder, Part};
use super::{ServiceError, Services, pixels::Wrong, retention::Way};

/// Uploads at once; each holds a piece in memory and a file open.
const UPLOADS_MAX: usize = 32;
/// Uploads of one person at once.
const UPLOADS_OF_ONE_MAX: usize = 4;
/// So much is gathered before it is written, bytes.
const PIECE_BYTES: usize = 256 * 1024;
/// Rows of the sweep that are looked at in one page.
const PAGE_ROWS: usize = 100;

/// Where files are, and how large they may be.
#[derive(Clone, Debug)]
pub struct FileConfig {
    /// The folder; made when it is needed.
    pub dir: PathBuf,
    /// Most bytes of one file.
    pub bytes_max: u64,
    /// Most bytes of all files of one person; 0 lets nobody give files.
    pub person_bytes_max: u64,
    /// How long a file waits for its message.
    pub waiting_keep: Millis,
}

impl Default for FileConfig {
    fn default() -> Self {
        Self {
            dir: std::env::temp_dir().join("parlor-files"),
            bytes_max: 10 * 1024 * 1024,
            person_bytes_max: 500 * 1024 * 1024,
            waiting_keep: Millis::from_days(1),
        }
    }
}

impl FileConfig {
    /// The size up to which a conversation takes files; none where it takes none. Before a door
    /// nobody knows who stands there, so nothing is left there.
    pub fn taken_in(&self, id: ConversationId) -> Option<u64> {
        let closed = matches!(id, ConversationId::Lobby(..)) || self.person_bytes_max == 0;
        (!closed).then_some(self.bytes_max)
    }
}

pub(super) struct Files {
    folder: Folder,
    places: Arc<Semaphore>,
    of_each: Arc<Mutex<HashMap<UserId, usize>>>,
    /// Held while content gets its row or loses its place, so that no sweep comes in between.
    desk: tokio::sync::Mutex<()>,
}

impl Files {
    pub(super) fn new(config: &FileConfig) -> Self {
        Self {
            folder: Folder::new(&config.dir),
            places: Arc::new(Semaphore::new(UPLOADS_MAX)),
            of_each: Arc::default(),
            desk: tokio::sync::Mutex::new(()),
        }
    }

    fn place(&self, owner: UserId) -> Result<Place, ServiceError> {
        let place = self.places.clone().try_acquire_owned();
        let _place = place.map_err(|_| ServiceError::Overloaded)?;
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        let count = of_each.entry(owner).or_default();
        if *count >= UPLOADS_OF_ONE_MAX {
            return Err(ServiceError::Overloaded);
        }
        *count += 1;
        Ok(Place {
            owner,
            of_each: self.of_each.clone(),
            _place,
        })
    }
}

/// A place among those who upload.
struct Place {
    owner: UserId,
    of_each: Arc<Mutex<HashMap<UserId, usize>>>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of_each.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                of_each.remove(&self.owner);
            }
        }
    }
}

/// An upload under way. Whatever was written goes when it is dropped.
pub struct FileUpload {
    conversation: ConversationId,
    name: String,
    head: Vec<u8>,
    bytes: u64,
    bytes_max: u64,
    gathered: Vec<u8>,
    part: Option<Part>,
    place: Place,
}

impl FileUpload {
    /// Takes the next piece.
    ///
    /// # Errors
    /// `FileTooLarge` with the first byte that is too much.
    pub async fn take(&mut self, piece: &[u8]) -> Result<(), ServiceError> {
        self.bytes += piece.len() as u64;
        if self.bytes > self.bytes_max {
            return Err(ServiceError::FileTooLarge(self.bytes_max));
        }
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(missing));
        self.gathered.extend_from_slice(piece);
        if self.gathered.len() >= PIECE_BYTES {
            self.part = Some(self.write().await?);
        }
        Ok(())
    }

    /// Everything that was gathered is written.
    async fn write(&mut self) -> Result<Part, ServiceError> {
        let mut part = self.part.take().ok_or(ServiceError::Overloaded)?;
        let piece = std::mem::take(&mut self.gathered);
        blocking(move || part.write(&piece).map(|()| part)).await
    }
}

impl Services {
    /// Begins an upload to a conversation that its owner may write in (which the caller asked).
    /// `announced`: the size that the request names.
    ///
    /// # Errors
    /// `NotFound` where no files are taken, `FileTooLarge`, `FilesFull`, `Overloaded`.
    pub async fn begin_upload(
        &self,
        owner: UserId,
        conversation: ConversationId,
        name: &str,
        announced: Option<u64>,
    ) -> Result<FileUpload, ServiceError> {
        let config = &self.0.config.files;
        let bytes_max = config.taken_in(conversation);
        let bytes_max = bytes_max.ok_or(ServiceError::NotFound)?;
        let place = self.0.files.place(owner)?;
        if announced.is_some_and(|bytes| bytes > bytes_max) {
            return Err(ServiceError::FileTooLarge(bytes_max));
        }
        if self.0.store.stats().read_only.is_some() {
            return Err(ServiceError::Overloaded);
        }
        self.has_room(owner, announced.unwrap_or(0)).await?;
        let folder = self.0.files.folder.clone();
        Ok(FileUpload {
            conversation,
            name: file::clean(name),
            head: Vec::with_capacity(HEAD_BYTES),
            bytes: 0,
            bytes_max,
            gathered: Vec::new(),
            part: Some(blocking(move || folder.part()).await?),
            place,
        })
    }

    /// Judges an upload that came whole, and keeps it: it waits for a message now. On the disk when
    /// this is ready.
    ///
    /// # Errors
    /// `BadField` with words when it is not taken; `FilesFull`.
    pub async fn keep_upload(&self, mut upload: FileUpload) -> Result<Attachment, ServiceError> {
        let taken = file::judge(&upload.head, &upload.name).map_err(not_taken)?;
        let part = upload.write().await?;
        let (owner, bytes) = (upload.place.owner, upload.bytes);
        let (name, picture, contents) = match taken {
            Taken::Plain => {
                let content = blocking(move || part.finish()).await?;
                (upload.name.clone(), None, vec![content])
            }
            Taken::Picture => self.remade(part, &upload.name).await?,
        };
        let bytes = picture.map_or(bytes, |_| contents[0].bytes);
        let file = Attachment {
            id: FileId(uuid::Uuid::now_v7()),
            name,
            bytes,
            blob: contents[0].blob,
            picture,
        };
        self.keep_file(owner, upload.conversation, file, contents)
            .await
    }

    /// A picture of a stranger's, as its pixels only, and a small one.
    async fn remade(
        &self,
        part: Part,
        name: &str,
    ) -> Result<(String, Option<PictureFacts>, Vec<Content>), ServiceError> {
        let turn = self.0.pictures.turns.take().await?;
        let pixels_max = self.0.config.pictures.pixels_max;
        let folder = self.0.files.folder.clone();
        let made = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let from = part.read_again().map_err(|it| internal(&it))?;
            let made = made::from(from, pixels_max).map_err(not_a_picture)?;
            let keep = |bytes: &[u8]| -> io::Result<Content> {
                let mut part = folder.part()?;
                part.write(bytes)?;
                part.finish()
            };
            let contents = [&made.large, &made.small].map(|it| keep(it));
            let [large, small] = contents.map(|it| it.map_err(|it| internal(&it)));
            Ok::<_, ServiceError>((made.size, made.format, large?, small?))
        });
        let made = made.await.map_err(|_| ServiceError::Overloaded)?;
        let ((width, height), format, large, small) = made?;
        let facts = PictureFacts {
            format,
            width,
            height,
            small: small.blob,
        };
        let name = file::with_kind(name, made::kind(format));
        Ok((name, Some(facts), vec![large, small]))
    }

    /// Content into its place, then the row, with nobody in between.
    async fn keep_file(
        &self,
        owner: UserId,
        conversation: ConversationId,
        file: Attachment,
        contents: Vec<Content>,
    ) -> Result<Attachment, ServiceError> {
        let _desk = self.0.files.desk.lock().await;
        self.has_room(owner, file.bytes).await?;
        let waiting = rows::waiting(&self.0.store, owner)?;
        let too_many = (waiting.len() + 1).saturating_sub(WAITING_MAX);
        for old in waiting.iter().take(too_many) {
            self.drop_file(old).await?;
        }
        let folder = self.0.files.folder.clone();
        blocking(move || contents.into_iter().try_for_each(|it| folder.place(it))).await?;
        let given = rows::Given {
            owner,
            conversation,
            at: self.now(),
            file,
        };
        self.write(rows::give(&given)?).await?;
        Ok(given.file)
    }

    async fn has_room(&self, owner: UserId, more: u64) -> Result<(), ServiceError> {
        let store = self.0.store.clone();
        let taken = tokio::task::spawn_blocking(move || rows::taken(&store, owner)).await;
        let taken = taken.map_err(|_| ServiceError::Overloaded)??;
        let most = self.0.config.files.person_bytes_max;
        match file::fits(taken, more, most) {
            true => Ok(()),
            false => Err(ServiceError::FilesFull(most)),
        }
    }

    /// Takes back an upload that no message has; nothing when there is no such.
    pub async fn take_upload_back(
        &self,
        owner: UserId,
        conversation: ConversationId,
        id: FileId,
    ) -> Result<(), ServiceError> {
        match rows::waiting_in(&self.0.store, owner, conversation, id)? {
            Some(given) => self.drop_file(&given).await,
            None => Ok(()),
        }
    }

    /// A message that takes it at the same moment wins.
    async fn drop_file(&self, given: &rows::Given) -> Result<(), ServiceError> {
        match self.write(rows::drop_waiting(given)).await {
            Err(ServiceError::Contended) => Ok(()),
            done => done,
        }
    }

    /// Content to read, and how long it is; none when it is not there.
    pub async fn open_content(&self, blob: Blob) -> Result<Option<(fs::File, u64)>, ServiceError> {
        let folder = self.0.files.folder.clone();
        blocking(move || folder.open(blob)).await
    }

    /// Removes uploads from before `before` that no message took; gives how many.
    pub(super) async fn sweep_uploads(
        &self,
        before: parlor_domain::time::Timestamp,
        way: Way,
    ) -> Result<usize, ServiceError> {
        let (mut count, mut after) = (0, None);
        loop {
            let (page, next) = rows::waiting_page(&self.0.store, after, PAGE_ROWS)?;
            for old in page.iter().filter(|it| it.at < before) {
                if way == Way::Remove {
                    self.drop_file(old).await?;
                }
                count += 1;
            }
            if next.is_none() {
                return Ok(count);
            }
            after = next;
        }
    }

    /// Removes content that nobody needs; gives how many files of the disk that were.
    pub(super) async fn sweep_contents(&self, way: Way) -> Result<usize, ServiceError> {
        let mut count = 0;
        for shelf in 0..=u8::MAX {
            let folder = self.0.files.folder.clone();
            for blob in blocking(move || folder.on_shelf(shelf)).await? {
                if rows::is_needed(&self.0.store, blob)? {
                    continue;
                }
                if way == Way::Count {
                    count += 1;
                    continue;
                }
                // Asked again where no upload can bring the same content at the same moment.
                let _desk = self.0.files.desk.lock().await;
                if !rows::is_needed(&self.0.store, blob)? {
                    let folder = self.0.files.folder.clone();
                    blocking(move || folder.remove(blob)).await?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// Removes these contents at once, as far as nobody needs them.
    pub(super) async fn drop_contents(
        &self,
        contents: impl IntoIterator<Item = Blob>,
    ) -> Result<(), ServiceError> {
        for blob in contents {
            let _desk = self.0.files.desk.lock().await;
            if !rows::is_needed(&self.0.store, blob)? {
                let folder = self.0.files.folder.clone();
                blocking(move || folder.remove(blob)).await?;
            }
        }
        Ok(())
    }

    /// Removes what uploads left half-way when the server was killed. Called once, before anybody
    /// comes.
    pub fn tidy_uploads(&self) -> io::Result<usize> {
        self.0.files.folder.tidy()
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ServiceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ServiceError::Overloaded)?
        .map_err(|error| internal(&error))
}

/// A full disk is no fault of the program's: come back.
fn internal(error: &io::Error) -> ServiceError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            tracing::warn!("there is no space on the disk for a file");
            ServiceError::Overloaded
        }
        _ => ServiceError::Internal(format!("files: {error}")),
    }
}

fn bad(why: &'static str) -> ServiceError {
    ServiceError::BadField(BadField { field: "file", why })
}

fn not_taken(why: NotTaken) -> ServiceError {
    bad(match why {
        NotTaken::Empty => "This file is empty.",
        NotTaken::NotThePicture => "This file is not the picture that its name says.",
        NotTaken::Program => "Programs are not taken. Put it into an archive if it must be.",
    })
}

fn not_a_picture(wrong: Wrong) -> ServiceError {
    bad(match wrong {
        Wrong::Kind | Wrong::Unreadable => "This file cannot be read as a picture.",
        Wrong::TooManyPixels => "This picture has too many pixels.",
    })
}

/// So much of a file is in memory at once when it is handed out, bytes.
const READ_BYTES: usize = 64 * 1024;

/// Reads the next piece of an open file; empty at its end.
pub async fn next_piece<F: Read + Send + 'static>(mut file: F) -> io::Result<(F, Bytes)> {
    let read = tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; READ_BYTES];
        let count = file.read(&mut piece)?;
        piece.truncate(count);
        Ok((file, Bytes::from(piece)))
    });
    read.await.map_err(io::Error::other)?
}
