//! One process owns a store. The second is told which one does.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
    process,
};

use crate::error::OpenError;

/// Held for as long as the store is open; the kernel gives it up when the process ends, however it
/// ends.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of this folder, or says who has it.
    pub fn take(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("lock");
        let file_error = |cause| OpenError::File {
            path: path.clone(),
            cause,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(file_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.read_to_string(&mut owner);
                return Err(OpenError::Locked {
                    dir: dir.to_owned(),
                    owner: owner.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(file_error(cause)),
        }
        file.set_len(0).map_err(file_error)?;
        file.rewind().map_err(file_error)?;
        writeln!(file, "{}", process::id()).map_err(file_error)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        let Err(OpenError::Locked { owner, .. }) = Lock::take(dir.path()) else {
            panic!("not refused");
        };
        assert_eq!(owner, process::id().to_string());
        drop(first);
        assert!(Lock::take(dir.path()).is_ok());
    }
}
