//! A backup laid out again as a data folder.
//!
//! Everything goes into `.restoring` within the folder first; only when every digest was right, the
//! store was opened from it, and its rows add up to what the backup says, do the parts get their
//! names. Otherwise nothing is left.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufWriter, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Component, Path, PathBuf},
};

use super::{
    BackupError, FOOT, FORMAT, Foot, HEAD, Head, STORE, Step, Told, of_file, stream::EntryReader,
};
use crate::{disk, options::StoreOptions, store::Store};

/// Where a backup is laid out before it is believed.
const WORK: &str = ".restoring";

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the backup said at its head.
    pub head: Head,
    /// What it said at its end; all of it was found true.
    pub foot: Foot,
}

/// Reads the head of a stream and nothing more.
///
/// # Errors
/// When the stream is damaged or a newer program wrote it.
pub fn read_head<R: Read>(stream: &mut EntryReader<R>) -> Result<Head, BackupError> {
    let damaged = || BackupError::Stream(super::seal::fault("the backup does not say what it is"));
    if stream.next_name()?.as_deref() != Some(HEAD) {
        return Err(damaged());
    }
    let head: Head = serde_json::from_slice(&small(stream)?).map_err(|_| damaged())?;
    if head.format > FORMAT {
        return Err(BackupError::Newer {
            found: head.format,
            version: head.version,
        });
    }
    Ok(head)
}

/// Lays a stream out in `dir`, which must be empty or not there. `known` says which entries beside
/// the store belong into a data folder.
///
/// # Errors
/// When the folder is not empty, the stream is damaged or not to its end, or what was restored is
/// not what was backed up. Nothing is left in the folder then.
pub fn restore<R: Read>(
    stream: &mut EntryReader<R>,
    dir: &Path,
    known: impl Fn(&str) -> bool,
    options: StoreOptions,
    told: Told<'_>,
) -> Result<Restored, BackupError> {
    let head = read_head(stream)?;
    let work = Work::begin(dir)?;
    let foot = lay_out(stream, &work.path, &known, told)?;
    prove(&work.path, options, &foot)?;
    disk::sync_file_system(&work.path).map_err(of_file(&work.path))?;
    work.settle(dir)?;
    Ok(Restored { head, foot })
}

/// The folder in the making; removed when dropped.
struct Work {
    path: PathBuf,
}

impl Work {
    fn begin(dir: &Path) -> Result<Self, BackupError> {
        make_folder(dir)?;
        let path = dir.join(WORK);
        // Left behind by a process that was killed: nothing of it was ever believed.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(of_file(&path))?;
        }
        let mut inside = fs::read_dir(dir).map_err(of_file(dir))?;
        // What every new file system has.
        if inside.any(|it| it.map_or(true, |it| it.file_name() != "lost+found")) {
            return Err(BackupError::NotEmpty(dir.to_owned()));
        }
        make_folder(&path)?;
        Ok(Self { path })
    }

    /// The store last: a folder without one is not taken for a whole one.
    fn settle(self, dir: &Path) -> Result<(), BackupError> {
        let entries = fs::read_dir(&self.path).map_err(of_file(&self.path))?;
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry.map_err(of_file(&self.path))?.file_name());
        }
        names.sort_by_key(|name| name == STORE);
        for name in names {
            let to = dir.join(&name);
            fs::rename(self.path.join(&name), &to).map_err(of_file(&to))?;
        }
        disk::sync_dir(dir).map_err(of_file(dir))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn lay_out<R: Read>(
    stream: &mut EntryReader<R>,
    work: &Path,
    known: &dyn Fn(&str) -> bool,
    told: Told<'_>,
) -> Result<Foot, BackupError> {
    let (mut files, mut file_bytes) = (0, 0);
    let mut foot = None;
    while let Some(name) = stream.next_name()? {
        if foot.is_some() {
            return Err(BackupError::Strange(name));
        }
        if name == FOOT {
            foot = serde_json::from_slice(&small(stream)?).ok();
            continue;
        }
        let of_store = name.split_once('/').is_some_and(|(top, _)| top == STORE);
        if !is_plain(&name) || !(of_store || known(&name)) {
            return Err(BackupError::Strange(name));
        }
        let len = unpack(stream, &work.join(&name))?;
        if !of_store {
            files += 1;
            file_bytes += len;
            told(Step::Files { done: files })?;
        }
    }
    let foot: Foot = foot.ok_or_else(|| {
        BackupError::Stream(super::seal::fault(
            "the backup does not say that it is whole",
        ))
    })?;
    if (foot.files, foot.file_bytes) != (files, file_bytes) {
        return Err(BackupError::Differs(format!(
            "it has {files} files, and says that it has {}",
            foot.files
        )));
    }
    told(Step::Rows {
        done: 0,
        of: foot.rows,
    })?;
    Ok(foot)
}

fn unpack<R: Read>(stream: &mut EntryReader<R>, path: &Path) -> Result<u64, BackupError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    // A file that changed while it was backed up may come twice; the later one counts.
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(of_file(path))?;
    let mut out = BufWriter::with_capacity(64 * 1024, Refusal { path, file });
    let len = stream.content(&mut out)?;
    out.flush()?;
    Ok(len)
}

/// A file whose errors say which one it is: the stream's own errors do not concern it.
struct Refusal<'a> {
    path: &'a Path,
    file: File,
}

impl Write for Refusal<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|cause| {
            io::Error::new(cause.kind(), format!("{}: {cause}", self.path.display()))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens the store that was laid out, which rebuilds it from snapshot and journal, and compares.
fn prove(work: &Path, options: StoreOptions, foot: &Foot) -> Result<(), BackupError> {
    let store = Store::open(&work.join(STORE), options)?.store;
    let added_up = store.add_up();
    let seq = store.seq().0;
    store.close();
    let (digest, _) = added_up?;
    if (seq, digest.rows, digest.sum) == (foot.seq, foot.rows, foot.sum) {
        return Ok(());
    }
    Err(BackupError::Differs(format!(
        "batch {} with {} rows was backed up, batch {seq} with {} rows came out",
        foot.seq, foot.rows, digest.rows
    )))
}

/// A short file of a stream.
fn small<R: Read>(stream: &mut EntryReader<R>) -> Result<Vec<u8>, BackupError> {
    struct Bounded(Vec<u8>);
    impl Write for Bounded {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.len() + bytes.len() > 64 * 1024 {
                return Err(super::seal::fault("the backup says too much of itself"));
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut out = Bounded(Vec::new());
    stream.content(&mut out)?;
    Ok(out.0)
}

/// Whether a name leads nowhere but down.
fn is_plain(name: &str) -> bool {
    !name.contains('\0')
        && Path::new(name)
            .components()
            .all(|it| matches!(it, Component::Normal(_)))
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(of_file(path))
}
