//! The file with the keys, outside the data folder and readable by nobody else.
//!
//! Text: a line for each key, the first of which seals; all of them open. It is written as a whole
//! under another name, synced and renamed.

use std::{
    fmt,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

use super::envelope::{Key, KeyId, SECRET_LEN};
use crate::disk;

const HEAD: &str = "# The keys of Parlor's database. Without this file nothing personal in it can be read, by anybody.\n\
# Keep a copy where its backups are not. The first key seals, all of them open.\n";
const NAME: &str = "parlor-keys 1";
/// Most keys of one file.
pub const KEYS_MAX: usize = 64;
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Why keys cannot be had. Every text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The group or others may read it.
    #[error("the key file {} can be read by others; `chmod 600` it, and think of a new key (`parlor key rotate`)", .0.display())]
    Exposed(PathBuf),
    /// Not what this program writes.
    #[error("the key file {} is damaged or of a newer program; put back its copy", .0.display())]
    Damaged(PathBuf),
    /// There are sealed rows, and the file does not have their key.
    #[error(
        "rows of this database are sealed with key {id}, and {} {}; put back the key file that belongs \
         to this database (from its copy, or with `parlor restore` from an encrypted backup), or say \
         where it is in server.key_file. A new key would not open them",
        path.display(),
        if *.there { "does not have it" } else { "is not there" }
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
        /// Which key rows need.
        id: KeyId,
        /// Whether there is a file at all.
        there: bool,
    },
    /// Too many keys.
    #[error("the key file {} has {KEYS_MAX} keys already; `parlor key forget` removes those that nothing needs", .0.display())]
    Full(PathBuf),
    /// The system has no random numbers.
    #[error("the system has no random numbers for a key")]
    NoRandom,
    /// The operating system refuses.
    #[error("the key file {}: {cause}; see server.key_file", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
}

/// A key as it lies in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its name.
    pub id: KeyId,
    /// When it was made, milliseconds since 1970.
    pub made_ms: i64,
    secret: [u8; SECRET_LEN],
}

// A secret is not printed by accident.
impl fmt::Debug for StoredKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "key {}", self.id)
    }
}

impl StoredKey {
    /// A new one.
    pub fn make() -> Result<Self, KeyError> {
        let (random, mut id, mut secret) = (SystemRandom::new(), [0; 4], [0; SECRET_LEN]);
        random.fill(&mut id).map_err(|_| KeyError::NoRandom)?;
        random.fill(&mut secret).map_err(|_| KeyError::NoRandom)?;
        Ok(Self {
            id: KeyId(id),
            made_ms: disk::unix_ms().cast_signed(),
            secret,
        })
    }

    /// Ready to be used.
    pub(crate) fn key(&self) -> Key {
        Key::new(self.id, &self.secret)
    }

    fn line(&self) -> String {
        let hex: String = self.secret.iter().map(|it| format!("{it:02x}")).collect();
        let made = Timestamp::from_millisecond(self.made_ms).unwrap_or_default();
        format!("key {} {made} {hex}\n", self.id)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (key, id, made, hex) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let made: Timestamp = made.parse().ok()?;
        let mut secret = [0; SECRET_LEN];
        if key != "key" || words.next().is_some() || hex.len() != 2 * SECRET_LEN || !hex.is_ascii()
        {
            return None;
        }
        for (at, byte) in secret.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Self {
            id: KeyId::parse(id)?,
            made_ms: made.as_millisecond(),
            secret,
        })
    }
}

/// All keys of one database; at least one.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The keys; the first seals.
    pub keys: Vec<StoredKey>,
}

impl KeyFile {
    /// The file; `None` when there is none.
    ///
    /// # Errors
    /// When others may read it, it is damaged, or the system refuses.
    pub fn read(path: &Path) -> Result<Option<Self>, KeyError> {
        let meta = match fs::metadata(path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            meta => meta.map_err(of(path))?,
        };
        if meta.mode() & 0o077 != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
        let damaged = || KeyError::Damaged(path.to_owned());
        if !meta.is_file() || meta.len() > FILE_BYTES_MAX {
            return Err(damaged());
        }
        let text = fs::read_to_string(path).map_err(of(path))?;
        Self::parse(path, &text).map(Some).ok_or_else(damaged)
    }

    /// A new file with one key; folders above it are made, closed to others.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let file = Self {
            path: path.to_owned(),
            keys: vec![StoredKey::make()?],
        };
        file.write()?;
        Ok(file)
    }

    /// Puts a new key in front, which is written and synced when this returns.
    ///
    /// # Errors
    /// When the system refuses; then nothing has changed.
    pub fn add(&mut self, key: StoredKey) -> Result<(), KeyError> {
        if self.keys.len() >= KEYS_MAX {
            return Err(KeyError::Full(self.path.clone()));
        }
        let mut next = self.clone();
        next.keys.insert(0, key);
        next.write()?;
        *self = next;
        Ok(())
    }

    /// Keeps only keys that are wanted, the first always.
    ///
    /// # Errors
    /// When the system refuses; then nothing has changed.
    pub fn retain(&mut self, wanted: impl Fn(KeyId) -> bool) -> Result<(), KeyError> {
        let mut next = self.clone();
        let first = self.keys.first().map(|key| key.id);
        next.keys
            .retain(|key| Some(key.id) == first || wanted(key.id));
        next.write()?;
        *self = next;
        Ok(())
    }

    /// Brings the keys of another file into the one at `path`, which is made when it is missing. Keys
    /// that are there stay what they are; says how many came.
    ///
    /// # Errors
    /// When one of them cannot be read or written.
    pub fn merge(from: &Path, path: &Path) -> Result<usize, KeyError> {
        let damaged = || KeyError::Damaged(from.to_owned());
        let new = Self::read(from)?.ok_or_else(damaged)?.keys;
        let mut into = Self::read(path)?.unwrap_or(Self {
            path: path.to_owned(),
            keys: Vec::new(),
        });
        let before = into.keys.len();
        for key in new {
            if !into.keys.iter().any(|it| it.id == key.id) {
                into.keys.push(key);
            }
        }
        if into.keys.len() > KEYS_MAX {
            return Err(KeyError::Full(path.to_owned()));
        }
        if into.keys.len() > before {
            into.write()?;
        }
        Ok(into.keys.len() - before)
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let keys: String = self.keys.iter().map(StoredKey::line).collect();
        format!("{HEAD}{NAME}\n{keys}")
    }

    fn parse(path: &Path, text: &str) -> Option<Self> {
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        if lines.next() != Some(NAME) {
            return None;
        }
        let keys: Vec<_> = lines.map(StoredKey::parse).collect::<Option<_>>()?;
        (!keys.is_empty() && keys.len() <= KEYS_MAX).then(|| Self {
            path: path.to_owned(),
            keys,
        })
    }

    fn write(&self) -> Result<(), KeyError> {
        self.try_write().map_err(of(&self.path))
    }

    fn try_write(&self) -> io::Result<()> {
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let mut new = self.path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        disk::remove_file(&new)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        disk::sync_dir(folder)
    }
}

fn of(path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    move |cause| KeyError::File { path, cause }
}
