//! The version of the folder's layout, and the way from each version to the next.
//!
//! Rows carry their own versions (see [`crate::row`]); this is only for the layout of files. A
//! migration must be repeatable: the new version is written after it, so a cut in between runs it
//! again.

use std::{fs, io, path::Path};

use crate::{disk, error::OpenError};

/// The layout that this program reads and writes.
pub const VERSION: u32 = 2;

/// `MIGRATIONS[n]` leads from version `n + 1` to `n + 2`.
const MIGRATIONS: [fn(&Path) -> io::Result<()>; VERSION as usize - 1] = [rows_may_be_sealed];

/// Rows are sealed by and by ([`crate::seal`]); an older program must not take a sealed one for damage.
fn rows_may_be_sealed(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Name of the file that says it.
pub const FILE: &str = "format";
const NAME: &str = "parlor-data";

/// Brings the folder to [`VERSION`], or refuses it.
pub fn migrate(dir: &Path) -> Result<(), OpenError> {
    let path = dir.join(FILE);
    let file_error = |cause| OpenError::File {
        path: path.clone(),
        cause,
    };
    let found = match fs::read_to_string(&path) {
        Ok(text) => parse(&text).ok_or_else(|| OpenError::UnknownFormat(path.clone()))?,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            if dir.join("journal").exists() {
                return Err(OpenError::UnknownFormat(path));
            }
            return disk::replace_file(&path, text(VERSION).as_bytes()).map_err(file_error);
        }
        Err(cause) => return Err(file_error(cause)),
    };
    if found > VERSION {
        return Err(OpenError::NewerFormat {
            found,
            known: VERSION,
        });
    }
    for version in found..VERSION {
        tracing::info!(from = version, "migrating the store");
        MIGRATIONS[version as usize - 1](dir).map_err(file_error)?;
        disk::replace_file(&path, text(version + 1).as_bytes()).map_err(file_error)?;
    }
    Ok(())
}

/// What the file says.
pub fn text(version: u32) -> String {
    format!("{NAME} {version}\n")
}

fn parse(text: &str) -> Option<u32> {
    let version = text.strip_prefix(NAME)?.trim().parse().ok()?;
    (version > 0).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_marked_and_a_newer_one_refused() {
        let dir = tempfile::tempdir().unwrap();
        migrate(dir.path()).unwrap();
        migrate(dir.path()).unwrap();
        let path = dir.path().join(FILE);
        assert_eq!(fs::read_to_string(&path).unwrap(), "parlor-data 2\n");

        fs::write(&path, text(VERSION + 1)).unwrap();
        assert!(matches!(
            migrate(dir.path()),
            Err(OpenError::NewerFormat { .. })
        ));
        for strange in ["", "parlor-data 0", "other 1"] {
            fs::write(&path, strange).unwrap();
            assert!(matches!(
                migrate(dir.path()),
                Err(OpenError::UnknownFormat(_))
            ));
        }
    }

    #[test]
    fn a_lost_mark_is_not_taken_for_a_new_folder() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("journal")).unwrap();
        assert!(matches!(
            migrate(dir.path()),
            Err(OpenError::UnknownFormat(_))
        ));
    }
}
