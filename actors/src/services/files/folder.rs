//! The folder of files: content under the name of its SHA-256, `ab/cdef…`, and what is on its way
//! under `incoming/`. A name never stands for half a content, also after a power cut. Whoever copies
//! the store to another place copies this folder too, without `incoming`.

use std::{
    fs,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use parlor_domain::file::Blob;
use ring::digest;

const INCOMING: &str = "incoming";

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    dir: PathBuf,
}

/// Content on its way. Its file goes when it is dropped.
pub(super) struct Part {
    file: fs::File,
    hash: digest::Context,
    bytes: u64,
    path: Removed,
}

/// Content that came whole and is on the disk, but has no place yet.
pub(super) struct Content {
    /// What is in it.
    pub blob: Blob,
    /// How much.
    pub bytes: u64,
    path: Removed,
}

/// A file that is removed when nobody has it any more.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        // Gone when it got its place; else the next start removes what could not be removed here.
        drop(fs::remove_file(&self.0));
    }
}

impl Part {
    /// Writes on.
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
        self.file.write_all(piece)
    }

    /// Nothing more comes: it is synced.
    pub(super) fn finish(self) -> io::Result<Content> {
        self.file.sync_all()?;
        let mut blob = [0; 32];
        blob.copy_from_slice(self.hash.finish().as_ref());
        Ok(Content {
            blob: Blob(blob),
            bytes: self.bytes,
            path: self.path,
        })
    }

    /// Everything that was written, from its beginning.
    pub(super) fn read_again(&self) -> io::Result<BufReader<fs::File>> {
        fs::File::open(&self.path.0).map(BufReader::new)
    }
}

impl Folder {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.into() }
    }

    /// Begins a content.
    pub(super) fn part(&self) -> io::Result<Part> {
        let incoming = self.dir.join(INCOMING);
        fs::create_dir_all(&incoming)?;
        let path = incoming.join(uuid::Uuid::now_v7().to_string());
        Ok(Part {
            file: fs::File::create_new(&path)?,
            hash: digest::Context::new(&digest::SHA256),
            bytes: 0,
            path: Removed(path),
        })
    }

    /// Gives a content its place; the same content that is there already is replaced by itself.
    pub(super) fn place(&self, content: Content) -> io::Result<()> {
        let path = self.path_of(content.blob);
        let shelf = path.parent().unwrap_or(&self.dir);
        if !shelf.exists() {
            fs::create_dir_all(shelf)?;
            fs::File::open(&self.dir)?.sync_all()?;
        }
        fs::rename(&content.path.0, &path)?;
        fs::File::open(shelf)?.sync_all()
    }

    /// A content to read and its length; none when it is not there.
    pub(super) fn open(&self, blob: Blob) -> io::Result<Option<(fs::File, u64)>> {
        match fs::File::open(self.path_of(blob)) {
            Ok(file) => {
                let bytes = file.metadata()?.len();
                Ok(Some((file, bytes)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every content whose name begins with this byte.
    pub(super) fn on_shelf(&self, shelf: u8) -> io::Result<Vec<Blob>> {
        let name = format!("{shelf:02x}");
        let entries = match fs::read_dir(self.dir.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut blobs = Vec::new();
        for entry in entries {
            let rest = entry?.file_name();
            // What is not called like a content is not ours.
            blobs.extend(
                rest.to_str()
                    .and_then(|rest| blob_of(&format!("{name}{rest}"))),
            );
        }
        Ok(blobs)
    }

    /// Removes a content; nothing when it is not there.
    pub(super) fn remove(&self, blob: Blob) -> io::Result<()> {
        match fs::remove_file(self.path_of(blob)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes whatever is on its way; gives how many.
    pub(super) fn tidy(&self) -> io::Result<usize> {
        let entries = match fs::read_dir(self.dir.join(INCOMING)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut count = 0;
        for entry in entries {
            fs::remove_file(entry?.path())?;
            count += 1;
        }
        Ok(count)
    }

    fn path_of(&self, blob: Blob) -> PathBuf {
        let name = blob.to_string();
        let (shelf, rest) = name.split_at(2);
        self.dir.join(shelf).join(rest)
    }
}

/// The content that a name stands for.
fn blob_of(name: &str) -> Option<Blob> {
    let (pairs, rest) = name.as_bytes().as_chunks::<2>();
    let mut blob = [0; 32];
    if pairs.len() != blob.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in blob.iter_mut().zip(pairs) {
        let digit = |c: &u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(Blob(blob))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn content(folder: &Folder, words: &[u8]) -> Content {
        let mut part = folder.part().unwrap();
        words.chunks(3).for_each(|it| part.write(it).unwrap());
        part.finish().unwrap()
    }

    #[test]
    fn the_same_content_has_one_place_under_its_digest() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(&dir.path().join("files"));
        assert_eq!(folder.on_shelf(0).unwrap(), [], "no folder yet");
        let (one, two) = (content(&folder, b"hello"), content(&folder, b"hello"));
        let blob = one.blob;
        let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!((blob.to_string().as_str(), two.blob), (digest, blob));
        assert!(folder.open(blob).unwrap().is_none());
        folder.place(one).unwrap();
        folder.place(two).unwrap();
        let (mut file, bytes) = folder.open(blob).unwrap().unwrap();
        let mut words = String::new();
        file.read_to_string(&mut words).unwrap();
        assert_eq!((words.as_str(), bytes), ("hello", 5));
        let shelf = dir.path().join("files").join(&digest[..2]);
        assert!(shelf.join(&digest[2..]).is_file());
        fs::write(shelf.join("README"), "not ours").unwrap();
        assert_eq!(folder.on_shelf(0x2c).unwrap(), [blob]);
        folder.remove(blob).unwrap();
        folder.remove(blob).unwrap();
        assert!(folder.open(blob).unwrap().is_none());
    }

    #[test]
    fn nothing_is_left_of_what_was_given_up_or_killed() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        let incoming = || fs::read_dir(dir.path().join(INCOMING)).unwrap().count();
        drop(folder.part().unwrap());
        drop(content(&folder, b"x"));
        assert_eq!(incoming(), 0);
        // As a kill leaves it: nobody drops it.
        std::mem::forget(folder.part().unwrap());
        assert_eq!((incoming(), folder.tidy().unwrap(), incoming()), (1, 1, 0));
    }
}
