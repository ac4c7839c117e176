//! Whether the state folder may be believed: the file `trust`.
//!
//! | text             | meaning                                                              |
//! |------------------|----------------------------------------------------------------------|
//! | `closed <seq>`   | closed in order at this batch, everything on the disk: believed      |
//! | `open <boot id>` | was open. Same boot: a process died, the page cache did not; believed if its rows add up. Another boot: the power went; not believed |
//! | no file          | being rebuilt, or found broken: not believed                         |

use std::{fs, io, path::Path};

use crate::disk;

const FILE: &str = "trust";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Closed in order at this batch.
    Closed(u64),
    /// Open, or killed, in the boot with this id.
    Open(String),
    /// Nothing good.
    Nothing,
}

impl Trust {
    /// Reads the file; anything unreadable is nothing good.
    pub fn read(dir: &Path) -> Self {
        let text = fs::read_to_string(dir.join(FILE)).unwrap_or_default();
        match text.trim().split_once(' ') {
            Some(("closed", seq)) => seq.parse().map_or(Self::Nothing, Self::Closed),
            Some(("open", boot)) if !boot.is_empty() => Self::Open(boot.to_owned()),
            _ => Self::Nothing,
        }
    }

    /// Writes it; durable when this returns.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let path = dir.join(FILE);
        match self {
            Self::Closed(seq) => disk::replace_file(&path, format!("closed {seq}\n").as_bytes()),
            Self::Open(boot) => disk::replace_file(&path, format!("open {boot}\n").as_bytes()),
            Self::Nothing => disk::remove_file(&path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_rubbish_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        for trust in [Trust::Closed(7), Trust::Open("b".into()), Trust::Nothing] {
            trust.write(dir.path()).unwrap();
            assert_eq!(Trust::read(dir.path()), trust);
        }
        for rubbish in ["closed", "closed x", "open ", "\0\0\0\0"] {
            fs::write(dir.path().join(FILE), rubbish).unwrap();
            assert_eq!(Trust::read(dir.path()), Trust::Nothing, "{rubbish:?}");
        }
    }
}
