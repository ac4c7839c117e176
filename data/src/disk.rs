//! The few things that the standard library has no words for: directory syncs, whole-file
//! replacement, free space, and what kind of file system this is.

use std::{
    ffi::CString,
    fs::{self, File},
    io::{self, Write},
    mem::MaybeUninit,
    os::{fd::AsRawFd, unix::ffi::OsStrExt},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// Makes the names in this folder durable.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Makes everything that was written to the file system of this path durable, in one call for
/// however many files.
pub fn sync_file_system(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    // SAFETY: the descriptor is open for the call.
    match unsafe { libc::syncfs(file.as_raw_fd()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Replaces a small file so that after a power cut it holds the old or the new text, never a mix.
pub fn replace_file(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// Removes a file and makes its absence durable; no error if it is absent already.
pub fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_dir(path.parent().unwrap_or(Path::new("."))),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// What a file system has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes that an unprivileged process may still write.
    pub free_bytes: u64,
    /// Bytes in all.
    pub size_bytes: u64,
    /// Files that an unprivileged process may still make; `None` where the file system does not count.
    pub free_files: Option<u64>,
}

/// How much room is left where this path is.
///
/// # Errors
/// When the path is not there or cannot be looked at.
pub fn room(path: &Path) -> io::Result<Room> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut stat = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path is a C string, and the kernel fills the whole struct when it returns 0.
    let stat = unsafe {
        if libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        stat.assume_init()
    };
    Ok(Room {
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        size_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
        free_files: (stat.f_files > 0).then_some(stat.f_favail),
    })
}

/// Bytes that an unprivileged process may still write where this path is.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    Ok(room(path)?.free_bytes)
}

/// Whether the file system of this path takes no writes at the moment; `false` when it cannot be said.
pub fn is_read_only(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else {
        return false;
    };
    let mut stat = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: as in `room`.
    unsafe {
        libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) == 0
            && stat.assume_init().f_flag & libc::ST_RDONLY != 0
    }
}

/// Keeps room on the disk for so many bytes beyond the end of a file, where the file system can.
pub fn reserve(path: &Path, bytes: u64) {
    let Ok(file) = fs::OpenOptions::new().write(true).open(path) else {
        return;
    };
    let Ok(len) = file.metadata().map(|it| it.len()) else {
        return;
    };
    let mode = libc::FALLOC_FL_KEEP_SIZE;
    // SAFETY: the descriptor is open for the call. A refusal is no harm: it is only a precaution.
    unsafe {
        libc::fallocate(
            file.as_raw_fd(),
            mode,
            len.cast_signed(),
            bytes.cast_signed(),
        );
    }
}

/// How far a file system is to be trusted with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    /// A local disk, as far as can be told.
    Fine,
    /// Works, with a risk that the operator should know.
    Doubtful(&'static str),
    /// Locks or syncs do not mean there what they must mean.
    Unfit(&'static str),
}

/// What kind of file system holds this path.
pub fn file_system(path: &Path) -> io::Result<FileSystem> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: as in `room`.
    let kind = unsafe {
        if libc::statfs(path.as_ptr(), stat.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        stat.assume_init().f_type
    };
    Ok(judge(kind as u64 & 0xffff_ffff))
}

// Numbers of statfs(2).
fn judge(kind: u64) -> FileSystem {
    match kind {
        0x6969 => FileSystem::Unfit("NFS"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => FileSystem::Unfit("a Windows share (SMB)"),
        0x0102_1994 => FileSystem::Doubtful("a memory disk (tmpfs), which a restart empties"),
        0x794c_7630 => FileSystem::Doubtful("a container's own layer, gone with the container"),
        0x6573_5546 => FileSystem::Doubtful("FUSE, whose syncs may mean nothing"),
        _ => FileSystem::Fine,
    }
}

/// An id that is new after every boot: what a process wrote before a kill is still in the page
/// cache of the same boot, and in doubt in the next.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

/// 64 unguessable bits.
pub fn random_u64() -> io::Result<u64> {
    let mut bytes = [0; 8];
    // SAFETY: the buffer is valid for its length.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if got == bytes.len() as isize {
        Ok(u64::from_le_bytes(bytes))
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The wall clock, for stamps that only people read.
pub fn unix_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_holds_the_new_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trust");
        replace_file(&path, b"one").unwrap();
        replace_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        remove_file(&path).unwrap();
        remove_file(&path).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn shares_are_unfit_and_memory_is_doubtful() {
        assert!(matches!(judge(0x6969), FileSystem::Unfit(_)));
        assert!(matches!(judge(0x0102_1994), FileSystem::Doubtful(_)));
        assert_eq!(judge(0xef53), FileSystem::Fine, "ext4");
        let dir = tempfile::tempdir().unwrap();
        assert!(free_bytes(dir.path()).unwrap() > 0);
        assert!(file_system(dir.path()).is_ok());
    }
}
