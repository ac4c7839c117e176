//! One file of the journal: made, appended to, read back.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use bytes::Bytes;

use super::frame::{self, Found, GroupHeader, SEGMENT_HEADER_BYTES, SegmentHeader};

/// Zeros are written ahead in steps of this many bytes, so that most syncs need not change the
/// file's length and cost one write instead of a commit of the file system's own journal.
const AHEAD_BYTES: u64 = 1024 * 1024;

/// A segment that is being appended to.
pub struct Writer {
    file: File,
    header: SegmentHeader,
    /// Where the next frame goes.
    end: u64,
    /// How far the file has been filled.
    filled: u64,
}

impl Writer {
    /// Makes a new segment; durable, with its name, when this returns.
    pub fn create(path: &Path, header: SegmentHeader) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all_at(&header.encode(), 0)?;
        file.sync_all()?;
        crate::disk::sync_dir(path.parent().unwrap_or(Path::new(".")))?;
        Ok(Self {
            file,
            header,
            end: SEGMENT_HEADER_BYTES as u64,
            filled: SEGMENT_HEADER_BYTES as u64,
        })
    }

    /// Goes on with a segment after its last whole frame. What follows there is removed, and what
    /// remains is made durable, since a killed process may have written without syncing.
    pub fn resume(path: &Path, header: SegmentHeader, end: u64) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(end)?;
        file.sync_all()?;
        Ok(Self {
            file,
            header,
            end,
            filled: end,
        })
    }

    /// Writes a frame; not durable before [`sync`](Self::sync).
    pub fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        let end = self.end + frame.len() as u64;
        if end > self.filled {
            let filled = end.next_multiple_of(AHEAD_BYTES);
            let zeros = vec![0; (filled - end) as usize];
            self.file.write_all_at(&zeros, end)?;
            self.filled = filled;
        }
        self.file.write_all_at(frame, self.end)?;
        self.end = end;
        Ok(())
    }

    /// Makes all appended frames durable.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The segment's facts.
    pub fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// Bytes up to the end of the last frame.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Gives back the zeros after the last frame. Only tidiness: a failure is no harm.
    pub fn trim(&self) {
        let _ = self.file.set_len(self.end);
    }
}

/// A segment read back.
pub struct Reader {
    header: SegmentHeader,
    bytes: Bytes,
}

/// How a segment begins.
pub enum Opened {
    /// With a whole header.
    Whole(Reader),
    /// With less: the power went while it was being made, and it never held a frame.
    Unborn,
    /// With a damaged header before real content.
    Damaged,
}

/// A frame of a segment.
pub struct FrameAt {
    /// Its head.
    pub header: GroupHeader,
    /// Where it begins.
    pub start: usize,
    /// Where the next begins.
    pub end: usize,
}

impl Reader {
    /// Reads the whole file.
    pub fn open(path: &Path) -> io::Result<Opened> {
        let bytes = Bytes::from(fs::read(path)?);
        if let Some(header) = SegmentHeader::decode(&bytes) {
            return Ok(Opened::Whole(Self { header, bytes }));
        }
        // A frame is appended only after the header is durable, so content proves a damaged header.
        let content = bytes.get(SEGMENT_HEADER_BYTES..).unwrap_or(&[]);
        Ok(if content.iter().all(|byte| *byte == 0) {
            Opened::Unborn
        } else {
            Opened::Damaged
        })
    }

    /// The segment's facts.
    pub fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// The whole frames from the start on; ends at the first place that holds none.
    pub fn frames(&self) -> impl Iterator<Item = FrameAt> {
        let mut at = SEGMENT_HEADER_BYTES;
        std::iter::from_fn(move || self.frame_from(at).inspect(|found| at = found.end))
    }

    /// The whole frame that begins at this byte, if one does.
    pub fn frame_from(&self, start: usize) -> Option<FrameAt> {
        match frame::look(&self.bytes, start, self.header.salt) {
            Found::Frame(header, end) => Some(FrameAt { header, start, end }),
            Found::End | Found::Damage => None,
        }
    }

    /// The bytes of a frame.
    pub fn frame(&self, at: &FrameAt) -> Bytes {
        self.bytes.slice(at.start..at.end)
    }

    /// Whether something other than zeros follows.
    pub fn garbage_after(&self, end: usize) -> bool {
        self.bytes[end..].iter().any(|byte| *byte != 0)
    }

    /// A whole frame somewhere after damage at `end`, numbered `seq` or higher.
    pub fn later_frame(&self, end: usize, seq: u64) -> Option<u64> {
        frame::find_later(&self.bytes, end, self.header.salt, seq)
            .map(|(_, header)| header.first_seq)
    }

    /// Bytes of the file.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}
