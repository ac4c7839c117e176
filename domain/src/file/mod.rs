//! Files that people give to each other: what is known of one, what it may be called, and what is
//! taken at all.
//!
//! A file is a stranger's. What it is says its first bytes, never its name or what a browser called
//! it; a name only ever makes it refused. A picture is kept as it was made anew from its pixels;
//! everything else is kept as it came and handed out as a download, whatever is in it.

mod judge;
mod name;

pub use judge::{HEAD_BYTES, NotTaken, Taken, judge};
pub use name::{NAME_CHARS_MAX, clean, with_kind};

use std::fmt;

use crate::id::FileId;

/// Most files of one message.
pub const FILES_PER_MESSAGE_MAX: usize = 10;
/// Most files of one person that wait for a message; one more drops the oldest.
pub const WAITING_MAX: usize = 3 * FILES_PER_MESSAGE_MAX;
/// What a file counts for at least, bytes: a small one costs a row and a block of the disk too.
pub const COUNTED_BYTES_MIN: u64 = 64 * 1024;

/// Content by its SHA-256: what is the same is kept once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob(pub [u8; 32]);

impl fmt::Display for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({self})")
    }
}

/// How a picture is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// Photographs.
    Jpeg,
    /// Drawings, and what shines through.
    Png,
}

/// What is known of a file that is a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureFacts {
    /// How it is kept.
    pub format: PictureFormat,
    /// Pixels from side to side.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The small one for the thread, always a JPEG.
    pub small: Blob,
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name for programs.
    pub id: FileId,
    /// Its name for people, cleaned.
    pub name: String,
    /// Bytes of what is kept.
    pub bytes: u64,
    /// What is in it.
    pub blob: Blob,
    /// What is known when it is a picture.
    pub picture: Option<PictureFacts>,
}

impl Attachment {
    /// What it takes of its owner's space, bytes.
    pub fn counts(&self) -> u64 {
        self.bytes.max(COUNTED_BYTES_MIN)
    }

    /// Everything that must lie on the disk for it.
    pub fn blobs(&self) -> impl Iterator<Item = Blob> {
        let small = self.picture.map(|it| it.small);
        std::iter::once(self.blob).chain(small)
    }
}

/// Whether one more file fits beside what somebody has, all in bytes as [`Attachment::counts`] says.
pub fn fits(taken: u64, more: u64, most: u64) -> bool {
    taken
        .checked_add(more.max(COUNTED_BYTES_MIN))
        .is_some_and(|sum| sum <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_counts_for_more_than_it_is_and_the_last_byte_fits() {
        let most = 2 * COUNTED_BYTES_MIN;
        assert!(fits(COUNTED_BYTES_MIN, 1, most));
        assert!(!fits(COUNTED_BYTES_MIN + 1, 1, most));
        assert!(fits(0, most, most) && !fits(0, most + 1, most));
        assert!(!fits(u64::MAX, 1, u64::MAX));
    }
}
