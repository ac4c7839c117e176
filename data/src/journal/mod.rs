//! The journal: every batch that was ever acknowledged since the oldest kept snapshot, in order,
//! in files `journal/00000001.log` and on.
//!
//! A group is appended and synced before any of its batches is acknowledged, so at most one group,
//! the last, can be torn by a power cut, and none of its batches was acknowledged. Therefore a torn
//! end is cut, and damage anywhere else is refused: it would lose acknowledged batches.
//!
//! After a failed write or sync the segment is never used again (a second fdatasync on the same
//! pages may report success for data that is gone). [`Journal::heal`] goes on in a new segment, and
//! what the old one holds from there on is void.

pub mod frame;
mod segment;
pub mod tail;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use self::{
    frame::{FrameBuilder, GroupHeader, SegmentHeader},
    segment::{Opened, Reader, Writer},
};
use crate::{batch::Change, digest::Digest, disk, error::OpenError};

/// A segment on disk, as far as it counts.
#[derive(Debug, Clone)]
struct Segment {
    number: u64,
    path: PathBuf,
    header: SegmentHeader,
    /// The last batch that counts; `first_seq - 1` if there is none.
    last_seq: u64,
    /// Where the last frame ends.
    end: u64,
}

/// The journal of one store.
pub struct Journal {
    dir: PathBuf,
    segment_bytes: u64,
    /// All segments, oldest first; the last is the writer's, once there is one.
    segments: Vec<Segment>,
    writer: Option<Writer>,
    torn_bytes: u64,
}

impl Journal {
    /// Reads and checks what is there, and changes nothing yet.
    pub fn open(dir: &Path, segment_bytes: u64) -> Result<Self, OpenError> {
        let mut journal = Self {
            dir: dir.to_owned(),
            segment_bytes,
            segments: Vec::new(),
            writer: None,
            torn_bytes: 0,
        };
        let files = journal.list()?;
        let count = files.len();
        for (index, (number, path)) in files.into_iter().enumerate() {
            journal.check_segment(number, path, index + 1 == count)?;
        }
        Ok(journal)
    }

    /// The last batch; 0 if there never was one.
    pub fn last_seq(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.last_seq)
    }

    /// The first batch that can still be replayed; one more than the last if there is none.
    pub fn first_seq(&self) -> u64 {
        self.segments
            .first()
            .map_or(1, |segment| segment.header.first_seq)
    }

    /// Bytes after the last whole frame that a cut left behind.
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }

    /// Bytes and number of all segments.
    pub fn size(&self) -> (u64, usize) {
        let bytes = self.segments.iter().map(|segment| segment.end).sum();
        (bytes, self.segments.len())
    }

    /// Gives every group after `seq` to `each`, in order.
    pub fn replay<E: From<OpenError>>(
        &self,
        seq: u64,
        mut each: impl FnMut(GroupHeader, Vec<Vec<Change>>) -> Result<(), E>,
    ) -> Result<(), E> {
        for segment in &self.segments {
            if segment.last_seq <= seq {
                continue;
            }
            let Opened::Whole(reader) = read(&segment.path)? else {
                return Err(damaged(&segment.path, 0, segment.header.first_seq).into());
            };
            for at in reader.frames() {
                if at.header.last_seq() <= seq {
                    continue;
                }
                if at.header.first_seq > segment.last_seq {
                    break;
                }
                let group = frame::batches(&reader.frame(&at), &at.header)
                    .ok_or_else(|| damaged(&segment.path, at.start, at.header.first_seq))?;
                each(at.header, group)?;
            }
        }
        Ok(())
    }

    /// Makes the journal ready for the next group: cuts a torn end and makes the rest durable.
    /// `digest` is the state's after the last batch.
    pub fn start(&mut self, digest: Digest) -> Result<(), OpenError> {
        if let Some(last) = self.segments.last() {
            let writer = Writer::resume(&last.path, last.header, last.end);
            self.writer = Some(writer.map_err(file_error(&last.path))?);
            return Ok(());
        }
        self.begin_segment(1, digest)
            .map_err(file_error(&self.dir.clone()))
    }

    /// Appends one group and makes it durable. After an error nothing of it counts, and the journal
    /// takes nothing before it is healed.
    pub fn commit(&mut self, group: &mut FrameBuilder, digest: Digest) -> io::Result<()> {
        let Some(writer) = &mut self.writer else {
            return Err(io::Error::other("the journal is waiting for a new segment"));
        };
        let first_seq = self.segments.last().map_or(0, |last| last.last_seq) + 1;
        let frame = group.seal(writer.header().salt, first_seq, digest, disk::unix_ms());
        let written = writer.append(frame).and_then(|()| writer.sync());
        let end = writer.end();
        if let Err(cause) = written {
            self.writer = None;
            return Err(cause);
        }
        if let Some(last) = self.segments.last_mut() {
            last.last_seq += u64::from(group.batches());
            last.end = end;
        }
        Ok(())
    }

    /// Whether it takes groups.
    pub fn is_ready(&self) -> bool {
        self.writer.is_some()
    }

    /// Never writes to the current segment again; [`heal`](Self::heal) begins the next.
    pub fn give_up(&mut self) {
        self.writer = None;
    }

    /// Begins a new segment when the current one is full. `digest` is the state's after the last
    /// batch.
    pub fn roll_if_full(&mut self, digest: Digest) -> io::Result<()> {
        let full = |writer: &Writer| writer.end() >= self.segment_bytes;
        if !self.writer.as_ref().is_some_and(full) {
            return Ok(());
        }
        if let Some(writer) = self.writer.take() {
            writer.trim();
        }
        self.begin_segment(self.last_seq() + 1, digest)
    }

    /// After an error: goes on in a new segment.
    pub fn heal(&mut self, digest: Digest) -> io::Result<()> {
        if self.writer.is_some() {
            return Ok(());
        }
        if let Some(last) = self.segments.last() {
            // Not needed for correctness (see the module's text), hence not fatal; it keeps a kill
            // right now from finding a group that was refused.
            let _ = Writer::resume(&last.path, last.header, last.end);
        }
        self.begin_segment(self.last_seq() + 1, digest)
    }

    /// Deletes segments that hold only batches up to `seq`. The newest always stays.
    pub fn drop_through(&mut self, seq: u64) -> io::Result<()> {
        let old = self
            .segments
            .iter()
            .take_while(|segment| segment.last_seq <= seq)
            .count()
            .min(self.segments.len().saturating_sub(1));
        for segment in self.segments.drain(..old) {
            fs::remove_file(&segment.path)?;
        }
        disk::sync_dir(&self.dir)
    }

    fn begin_segment(&mut self, first_seq: u64, digest: Digest) -> io::Result<()> {
        let number = self.segments.last().map_or(1, |last| last.number + 1);
        let path = self.dir.join(format!("{number:08}.log"));
        let header = SegmentHeader {
            salt: disk::random_u64()?,
            first_seq,
            digest,
            at_ms: disk::unix_ms(),
        };
        // An earlier attempt that failed half-way left a file that holds nothing.
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
        let writer = Writer::create(&path, header)?;
        self.segments.push(Segment {
            number,
            path,
            header,
            last_seq: first_seq - 1,
            end: writer.end(),
        });
        self.writer = Some(writer);
        Ok(())
    }

    fn list(&self) -> Result<Vec<(u64, PathBuf)>, OpenError> {
        list_files(&self.dir).map_err(file_error(&self.dir))
    }

    fn check_segment(
        &mut self,
        number: u64,
        path: PathBuf,
        is_last: bool,
    ) -> Result<(), OpenError> {
        let reader = match read(&path)? {
            Opened::Whole(reader) => reader,
            Opened::Unborn if is_last => {
                return fs::remove_file(&path).map_err(file_error(&path));
            }
            Opened::Unborn | Opened::Damaged => {
                return Err(damaged(&path, 0, self.last_seq() + 1));
            }
        };
        self.join_to_previous(&path, reader.header().first_seq)?;
        let segment = measure(number, path, &reader)?;
        if is_last {
            self.check_end(&segment, &reader)?;
        }
        self.segments.push(segment);
        Ok(())
    }

    /// A segment begins where the previous one ends, or takes back what the previous one holds
    /// from there on, because its writing was refused.
    fn join_to_previous(&mut self, path: &Path, first_seq: u64) -> Result<(), OpenError> {
        let Some(previous) = self.segments.last_mut() else {
            return Ok(());
        };
        if first_seq > previous.last_seq + 1 {
            let end = previous.end as usize;
            let Opened::Whole(reader) = read(&previous.path)? else {
                return Err(damaged(&previous.path, 0, previous.header.first_seq));
            };
            return Err(if reader.garbage_after(end) {
                damaged(&previous.path, end, previous.last_seq + 1)
            } else {
                OpenError::JournalHole {
                    path: path.to_owned(),
                    expected: previous.last_seq + 1,
                    found: first_seq,
                }
            });
        }
        previous.last_seq = first_seq - 1;
        Ok(())
    }

    /// The end of the journal: what follows the last whole frame must be nothing, or torn.
    fn check_end(&mut self, segment: &Segment, reader: &Reader) -> Result<(), OpenError> {
        let end = segment.end as usize;
        if !reader.garbage_after(end) {
            return Ok(());
        }
        if reader.later_frame(end, segment.last_seq + 1).is_some() {
            return Err(damaged(&segment.path, end, segment.last_seq + 1));
        }
        self.torn_bytes = reader.len() - segment.end;
        Ok(())
    }
}

/// Segment files by number. Other files in the folder are left alone.
fn list_files(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let number = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".log"))
            .and_then(|number| number.parse().ok());
        files.extend(number.map(|number| (number, path)));
    }
    files.sort_unstable();
    Ok(files)
}

/// Follows the frames as far as their numbers have no hole.
fn measure(number: u64, path: PathBuf, reader: &Reader) -> Result<Segment, OpenError> {
    let header = *reader.header();
    let mut segment = Segment {
        number,
        path,
        header,
        last_seq: header.first_seq - 1,
        end: frame::SEGMENT_HEADER_BYTES as u64,
    };
    for at in reader.frames() {
        if at.header.first_seq != segment.last_seq + 1 {
            return Err(damaged(&segment.path, at.start, segment.last_seq + 1));
        }
        segment.last_seq = at.header.last_seq();
        segment.end = at.end as u64;
    }
    Ok(segment)
}

fn read(path: &Path) -> Result<Opened, OpenError> {
    Reader::open(path).map_err(file_error(path))
}

fn damaged(path: &Path, offset: usize, seq: u64) -> OpenError {
    OpenError::JournalDamaged {
        path: path.to_owned(),
        offset: offset as u64,
        seq,
    }
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |cause| OpenError::File { path, cause }
}
