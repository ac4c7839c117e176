//! A file that has its name only when it is whole: written under another name, synced, renamed.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{BackupError, of_file};
use crate::disk;

const PART: &str = ".part";

/// A file on its way. Dropped before [`finish`](Self::finish), nothing of it remains; what a killed
/// process left is removed by [`clear_parts`].
pub struct NewFile {
    out: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
    whole: bool,
}

impl NewFile {
    /// Begins the file; only its owner may read it.
    ///
    /// # Errors
    /// When there is such a file already, or the folder refuses.
    pub fn create(path: &Path) -> Result<Self, BackupError> {
        if path.exists() {
            let cause = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(of_file(path)(cause));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = path.with_file_name(format!(".{name}{PART}"));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&part)
            .map_err(of_file(&part))?;
        // Held while it is written: what nobody holds was left behind.
        file.try_lock()
            .map_err(io::Error::from)
            .and_then(|()| file.set_len(0))
            .map_err(of_file(&part))?;
        Ok(Self {
            out: BufWriter::with_capacity(256 * 1024, file),
            part,
            path: path.to_owned(),
            whole: false,
        })
    }

    /// Makes it durable under its name; gives its length.
    ///
    /// # Errors
    /// When the disk refuses; nothing is left then.
    pub fn finish(mut self) -> Result<u64, BackupError> {
        self.settle().map_err(of_file(&self.path))
    }

    fn settle(&mut self) -> io::Result<u64> {
        self.out.flush()?;
        let file = self.out.get_ref();
        file.sync_all()?;
        let len = file.metadata()?.len();
        fs::rename(&self.part, &self.path)?;
        self.whole = true;
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        disk::sync_dir(folder.unwrap_or(Path::new(".")))?;
        Ok(len)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.whole {
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Removes what killed processes left in this folder; gives how many.
///
/// # Errors
/// When the folder cannot be read.
pub fn clear_parts(dir: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with('.') || !name.ends_with(PART) {
            continue;
        }
        let left = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if left {
            fs::remove_file(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b");
        let names = || fs::read_dir(dir.path()).unwrap().count();
        let mut dropped = NewFile::create(&path).unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        assert_eq!(names(), 0);

        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"whole").unwrap();
        assert!(!path.exists());
        assert!(NewFile::create(&path).is_err(), "somebody writes it");
        assert_eq!(clear_parts(dir.path()).unwrap(), 0, "it is being written");
        assert_eq!(file.finish().unwrap(), 5);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert!(NewFile::create(&path).is_err(), "never over another");
        fs::write(dir.path().join(".x.part"), "left").unwrap();
        assert_eq!(clear_parts(dir.path()).unwrap(), 1);
        assert_eq!(names(), 1);
    }
}
