//! Snapshots: all rows in one compressed, checksummed file, `snapshot/<start seq>.snap`.
//!
//! A snapshot is taken a few hundred rows at a time while writing goes on, so nobody waits for it.
//! It therefore mixes moments: every row is as it was at some batch between `start_seq` and
//! `end_seq`. Replaying the journal from `start_seq` puts every row right, since changes are
//! absolute, and from `end_seq` on the digests in the journal prove it.
//!
//! ```text
//! magic 8 | start seq 8 | deflate( per row: key len 2 | value len 4 | key | value; then ffff )
//! rows 8 | end seq 8 | made at, unix ms 8 | crc-32c of everything before 4
//! ```

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    ops::Bound,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

use crate::{
    disk,
    error::ReadError,
    state::{KeyValue, Rows},
};

const MAGIC: [u8; 8] = *b"PARLSNP\x01";
const HEAD_BYTES: u64 = 16;
const FOOT_BYTES: u64 = 28;
const END_OF_ROWS: u16 = u16::MAX;
const CHUNK_ROWS: usize = 256;

/// A whole snapshot on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The file.
    pub path: PathBuf,
    /// Everything up to this batch is in it.
    pub start_seq: u64,
    /// Nothing after this batch is in it; the journal must reach it.
    pub end_seq: u64,
    /// How many rows.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// When it was finished, in milliseconds since 1970; for the operator only.
    pub made_at_ms: u64,
}

/// Why no snapshot was taken. The store goes on.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The disk refuses.
    #[error("the snapshot cannot be written: {0}")]
    Disk(#[from] io::Error),
    /// The state refuses.
    #[error(transparent)]
    State(#[from] ReadError),
    /// A store in memory has none.
    #[error("a store in memory has no snapshots")]
    InMemory,
}

/// Writes a snapshot of what `state` holds. `seq` gives the last batch that the state holds at that
/// very moment: were it one behind, the snapshot would claim to end before rows that it contains.
pub fn write(
    dir: &Path,
    state: &impl Rows,
    seq: impl Fn() -> Result<u64, ReadError>,
) -> Result<SnapshotInfo, SnapshotError> {
    let start_seq = seq()?;
    let path = dir.join(format!("{start_seq:020}.snap"));
    let part = path.with_extension("part");
    let written = write_file(&part, &path, state, start_seq, seq);
    if written.is_err() {
        // A disk that is full must not be kept so by half a snapshot.
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_file(
    part: &Path,
    path: &Path,
    state: &impl Rows,
    start_seq: u64,
    seq: impl Fn() -> Result<u64, ReadError>,
) -> Result<SnapshotInfo, SnapshotError> {
    let mut out = BufWriter::new(File::create(part)?);
    let mut info = write_to(&mut out, state, start_seq, seq, &mut |_| Ok(()))?;
    let file = out.into_inner().map_err(|cause| cause.into_error())?;
    file.sync_all()?;
    fs::rename(part, path)?;
    disk::sync_dir(path.parent().unwrap_or(Path::new(".")))?;
    info.path = path.to_owned();
    Ok(info)
}

/// Writes a snapshot to anything; its `path` is empty. `watch` is told every few hundred rows how
/// many there are so far, and may stop it.
pub fn write_to(
    out: impl Write,
    state: &impl Rows,
    start_seq: u64,
    seq: impl Fn() -> Result<u64, ReadError>,
    watch: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Result<SnapshotInfo, SnapshotError> {
    let mut out = Summed::new(out);
    out.write_all(&MAGIC)?;
    out.write_all(&start_seq.to_le_bytes())?;

    let mut rows = DeflateEncoder::new(out, Compression::fast());
    let count = write_rows(&mut rows, state, watch)?;
    let mut out = rows.finish()?;

    let info = SnapshotInfo {
        path: PathBuf::new(),
        start_seq,
        end_seq: seq()?,
        rows: count,
        bytes: out.written + FOOT_BYTES,
        made_at_ms: disk::unix_ms(),
    };
    for word in [info.rows, info.end_seq, info.made_at_ms] {
        out.write_all(&word.to_le_bytes())?;
    }
    let crc = out.crc;
    out.write_all(&crc.to_le_bytes())?;
    Ok(info)
}

fn write_rows(
    out: &mut impl Write,
    state: &impl Rows,
    watch: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Result<u64, SnapshotError> {
    let mut lower = Bound::Included(vec![1]);
    let mut count = 0;
    loop {
        let chunk = state.scan((lower, Bound::Unbounded), false, CHUNK_ROWS)?;
        let Some((last, _)) = chunk.last() else {
            break;
        };
        lower = Bound::Excluded(last.to_vec());
        for (key, value) in &chunk {
            out.write_all(&(key.len() as u16).to_le_bytes())?;
            out.write_all(&(value.len() as u32).to_le_bytes())?;
            out.write_all(key)?;
            out.write_all(value)?;
        }
        count += chunk.len() as u64;
        watch(count)?;
    }
    out.write_all(&END_OF_ROWS.to_le_bytes())?;
    Ok(count)
}

/// All snapshots of the folder by name, newest first; none of them is checked.
pub fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "snap") {
            files.push(path);
        }
    }
    files.sort_unstable();
    files.reverse();
    Ok(files)
}

/// Reads the whole file and compares its checksum.
pub fn check(path: &Path) -> io::Result<SnapshotInfo> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the snapshot is damaged");
    let content = bytes
        .checked_sub(4)
        .filter(|content| *content >= HEAD_BYTES + FOOT_BYTES - 4)
        .ok_or_else(damaged)?;
    let mut sum = Summed::new(io::sink());
    io::copy(&mut BufReader::new(&mut file).take(content), &mut sum)?;

    file.seek(SeekFrom::Start(0))?;
    let mut head = [0; HEAD_BYTES as usize];
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::Start(bytes - FOOT_BYTES))?;
    let mut foot = [0; FOOT_BYTES as usize];
    file.read_exact(&mut foot)?;
    let (words, crc) = foot.as_chunks::<8>();
    if head[..8] != MAGIC || crc != sum.crc.to_le_bytes() {
        return Err(damaged());
    }
    let mut start = [0; 8];
    start.copy_from_slice(&head[8..]);
    Ok(SnapshotInfo {
        path: path.to_owned(),
        start_seq: u64::from_le_bytes(start),
        end_seq: u64::from_le_bytes(words[1]),
        rows: u64::from_le_bytes(words[0]),
        bytes,
        made_at_ms: u64::from_le_bytes(words[2]),
    })
}

/// Gives all rows of a checked snapshot to `each`, some at a time, in order.
pub fn load<E: From<io::Error>>(
    snapshot: &SnapshotInfo,
    mut each: impl FnMut(Vec<KeyValue>) -> Result<(), E>,
) -> Result<(), E> {
    let mut file = File::open(&snapshot.path)?;
    file.seek(SeekFrom::Start(HEAD_BYTES))?;
    let compressed = file.take(snapshot.bytes - HEAD_BYTES - FOOT_BYTES);
    let mut rows = BufReader::new(DeflateDecoder::new(BufReader::new(compressed)));
    let mut chunk = Vec::new();
    while let Some(row) = read_row(&mut rows)? {
        chunk.push(row);
        if chunk.len() >= 4 * CHUNK_ROWS {
            each(std::mem::take(&mut chunk))?;
        }
    }
    each(chunk)
}

fn read_row(rows: &mut impl Read) -> io::Result<Option<KeyValue>> {
    let mut key_len = [0; 2];
    rows.read_exact(&mut key_len)?;
    let key_len = u16::from_le_bytes(key_len);
    if key_len == END_OF_ROWS {
        return Ok(None);
    }
    let mut value_len = [0; 4];
    rows.read_exact(&mut value_len)?;
    let mut both = vec![0; usize::from(key_len) + u32::from_le_bytes(value_len) as usize];
    rows.read_exact(&mut both)?;
    let mut key = Bytes::from(both);
    let value = key.split_off(key_len.into());
    Ok(Some((key, value)))
}

/// A writer that keeps the checksum and the count of what went through.
struct Summed<W> {
    inner: W,
    crc: u32,
    written: u64,
}

impl<W> Summed<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            crc: 0,
            written: 0,
        }
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.inner.write(bytes)?;
        self.crc = crc32c::crc32c_append(self.crc, &bytes[..len]);
        self.written += len as u64;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{batch::Change, state::memory::Memory};

    fn memory(rows: u32) -> Memory {
        let memory = Memory::default();
        for n in 0..rows {
            let change = Change {
                key: Bytes::from([&[250][..], &n.to_be_bytes()].concat()),
                value: Some(Bytes::from(vec![n as u8; (n % 300) as usize])),
            };
            memory.write(&[], vec![change]).unwrap();
        }
        memory
    }

    #[test]
    fn every_row_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        for rows in [0, 1, 256, 5_000] {
            let memory = memory(rows);
            let written = write(dir.path(), &memory, || Ok(memory.seq())).unwrap();
            let found = check(&written.path).unwrap();
            assert_eq!(found, written);
            let mut loaded = Vec::new();
            load(&found, |chunk| {
                loaded.extend(chunk);
                Ok::<_, io::Error>(())
            })
            .unwrap();
            let all = (Bound::Unbounded, Bound::Unbounded);
            assert_eq!(loaded, memory.scan(all, false, usize::MAX).unwrap());
        }
        assert_eq!(list(dir.path()).unwrap().len(), 4);
    }

    #[test]
    fn any_wrong_byte_and_any_cut_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = write(dir.path(), &memory(20), || Ok(20)).unwrap().path;
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            fs::write(&path, &bytes).unwrap();
            assert!(check(&path).is_err(), "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(check(&path).is_err(), "cut at {at}");
        }
    }
}
