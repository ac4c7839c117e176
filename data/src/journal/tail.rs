//! The end of a journal that is being written to, read beside its writer.
//!
//! Only groups that are known to be durable are asked for, so nothing that is half written is ever
//! looked at. Numbers must follow without holes; a hole is an error and never skipped.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    frame::{self, GroupHeader, SEGMENT_HEADER_BYTES, SegmentHeader},
    segment::{Opened, Reader},
};
use crate::batch::Change;

/// Reads groups in order.
pub struct Tail {
    /// Files to come, with the first batch of each.
    files: VecDeque<(PathBuf, u64)>,
    reading: Option<Reading>,
    /// The last batch that was given, or the one before the first.
    given: u64,
    last: u64,
}

struct Reading {
    reader: Reader,
    at: usize,
    /// What the file holds from this batch on was taken back.
    void_from: u64,
}

impl Tail {
    /// All groups after batch `after` up to batch `last`.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(dir: &Path, after: u64, last: u64) -> io::Result<Self> {
        let mut files: VecDeque<(PathBuf, u64)> = VecDeque::new();
        for path in super::list_files(dir)? {
            // The newest may be in the making.
            if let Some(first_seq) = first_seq(&path.1)? {
                if first_seq <= after + 1 {
                    files.clear();
                }
                files.push_back((path.1, first_seq));
            }
        }
        Ok(Self {
            files,
            reading: None,
            given: after,
            last,
        })
    }

    /// The head of the next group; `None` at the end.
    ///
    /// # Errors
    /// When a file cannot be read, or a group is missing.
    pub fn peek(&mut self) -> io::Result<Option<GroupHeader>> {
        Ok(self.find()?.map(|found| found.header))
    }

    /// The next group and its batches; `None` at the end.
    ///
    /// # Errors
    /// As for [`peek`](Self::peek).
    pub fn take(&mut self) -> io::Result<Option<(GroupHeader, Vec<Vec<Change>>)>> {
        let Some(found) = self.find()? else {
            return Ok(None);
        };
        let Some(reading) = &mut self.reading else {
            return Ok(None);
        };
        let batches = frame::batches(&reading.reader.frame(&found), &found.header)
            .ok_or_else(|| io::Error::other("a group of the journal is damaged"))?;
        reading.at = found.end;
        self.given = found.header.last_seq();
        Ok(Some((found.header, batches)))
    }

    fn find(&mut self) -> io::Result<Option<super::segment::FrameAt>> {
        while self.given < self.last {
            if let Some(reading) = &mut self.reading {
                let found = reading.reader.frame_from(reading.at);
                match found.filter(|it| it.header.first_seq < reading.void_from) {
                    Some(found) if found.header.last_seq() <= self.given => {
                        reading.at = found.end;
                        continue;
                    }
                    Some(found) if found.header.first_seq == self.given + 1 => {
                        return Ok(Some(found));
                    }
                    Some(_) => return Err(self.hole()),
                    None => {}
                }
            }
            self.reading = None;
            let Some((path, _)) = self.files.pop_front() else {
                return Err(self.hole());
            };
            let Opened::Whole(reader) = Reader::open(&path)? else {
                return Err(self.hole());
            };
            let next = self.files.front();
            self.reading = Some(Reading {
                reader,
                at: SEGMENT_HEADER_BYTES,
                void_from: next.map_or(u64::MAX, |(_, first_seq)| *first_seq),
            });
        }
        Ok(None)
    }

    fn hole(&self) -> io::Error {
        io::Error::other(format!(
            "batch {} of the journal cannot be read though it was acknowledged",
            self.given + 1
        ))
    }
}

/// The first batch of a file; `None` while it has no whole header.
fn first_seq(path: &Path) -> io::Result<Option<u64>> {
    let mut head = Vec::with_capacity(SEGMENT_HEADER_BYTES);
    let file = match File::open(path) {
        Ok(file) => file,
        // An old one that was let go before this copy began.
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    file.take(SEGMENT_HEADER_BYTES as u64)
        .read_to_end(&mut head)?;
    Ok(SegmentHeader::decode(&head).map(|header| header.first_seq))
}
