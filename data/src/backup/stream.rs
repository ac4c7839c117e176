//! The inside of a backup: named files, one after the other, each with its length and digest.
//!
//! ```text
//! per file: 1 | name length 2 | name | packed 1 | blocks: length 4 | bytes | ... | 0 4
//!           then length of the content 8 | SHA-256 of the content 32
//! at the end: 0
//! ```
//! All numbers are little-endian. The bytes of a packed file are deflated. No length need be known
//! before a file is written, so that a store that is being written to can be one.

use std::io::{self, BufReader, Read, Write};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use ring::digest;

use super::seal::fault;

const FILE: u8 = 1;
const END: u8 = 0;
const NAME_BYTES_MAX: usize = 255;
const BLOCK_BYTES: usize = 64 * 1024;
/// Longest block that is believed.
const BLOCK_BYTES_MAX: u32 = 1024 * 1024;

/// Writes files into a stream.
pub struct EntryWriter<W> {
    out: W,
}

impl<W: Write> EntryWriter<W> {
    /// A stream that begins here.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Adds a file: `fill` writes its content. Gives the content's length.
    ///
    /// # Errors
    /// Those of `fill`, and those of what the stream goes to; the stream is of no use then.
    pub fn file<E: From<io::Error>>(
        &mut self,
        name: &str,
        packed: bool,
        fill: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<u64, E> {
        self.begin(name, packed)?;
        let blocks = Blocks {
            out: &mut self.out,
            block: Vec::with_capacity(BLOCK_BYTES),
        };
        let mut content = Summed::new(Packing::new(blocks, packed));
        fill(&mut content)?;
        let (packing, len, sum) = content.end();
        packing.finish()?.finish()?;
        self.out.write_all(&len.to_le_bytes())?;
        self.out.write_all(sum.as_ref())?;
        Ok(len)
    }

    /// Says that this was all.
    ///
    /// # Errors
    /// When what the stream goes to refuses.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[END])?;
        Ok(self.out)
    }

    fn begin(&mut self, name: &str, packed: bool) -> io::Result<()> {
        let len = u16::try_from(name.len())
            .ok()
            .filter(|len| usize::from(*len) <= NAME_BYTES_MAX)
            .ok_or_else(|| io::Error::other(format!("{name} has too long a name for a backup")))?;
        self.out.write_all(&[FILE])?;
        self.out.write_all(&len.to_le_bytes())?;
        self.out.write_all(name.as_bytes())?;
        self.out.write_all(&[packed.into()])
    }
}

/// Reads the files of a stream.
pub struct EntryReader<R> {
    from: R,
    packed: bool,
}

impl<R: Read> EntryReader<R> {
    /// A stream that begins here.
    pub fn new(from: R) -> Self {
        Self {
            from,
            packed: false,
        }
    }

    /// Name of the next file, whose content must be [taken](Self::content) before the next one is
    /// asked for; `None` at the end.
    ///
    /// # Errors
    /// When the stream is damaged or ends too early.
    pub fn next_name(&mut self) -> io::Result<Option<String>> {
        match self.byte()? {
            END => return Ok(None),
            FILE => {}
            _ => return Err(fault("the backup has something that is no file")),
        }
        let mut len = [0; 2];
        self.from.read_exact(&mut len)?;
        let len = usize::from(u16::from_le_bytes(len));
        if len == 0 || len > NAME_BYTES_MAX {
            return Err(fault("the backup has a file without a proper name"));
        }
        let mut name = vec![0; len];
        self.from.read_exact(&mut name)?;
        self.packed = self.byte()? != 0;
        String::from_utf8(name)
            .map(Some)
            .map_err(|_| fault("the backup has a file without a proper name"))
    }

    /// Writes the file's content to `out`, and checks its length and digest.
    ///
    /// # Errors
    /// When the stream is damaged, or `out` refuses.
    pub fn content(&mut self, out: &mut dyn Write) -> io::Result<u64> {
        let mut content = Summed::new(out);
        let mut blocks = BlockReader {
            from: &mut self.from,
            left: 0,
            ended: false,
        };
        if self.packed {
            let mut unpacked =
                DeflateDecoder::new(BufReader::with_capacity(BLOCK_BYTES, &mut blocks));
            copy(&mut unpacked, &mut content)?;
        } else {
            copy(&mut blocks, &mut content)?;
        }
        if blocks.read(&mut [0])? > 0 {
            return Err(fault("a file of the backup goes on after its end"));
        }
        let (_, len, sum) = content.end();
        let (mut said_len, mut said_sum) = ([0; 8], [0; 32]);
        self.from.read_exact(&mut said_len)?;
        self.from.read_exact(&mut said_sum)?;
        if u64::from_le_bytes(said_len) != len || said_sum != sum.as_ref() {
            return Err(fault("a file of the backup is not what its digest says"));
        }
        Ok(len)
    }

    /// What the stream came from.
    pub fn into_inner(self) -> R {
        self.from
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut one = [0];
        self.from.read_exact(&mut one)?;
        Ok(one[0])
    }
}

fn copy(from: &mut impl Read, out: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            len => out.write_all(&buffer[..len])?,
        }
    }
}

/// Collects bytes into blocks.
struct Blocks<'a, W: Write> {
    out: &'a mut W,
    block: Vec<u8>,
}

impl<W: Write> Blocks<'_, W> {
    fn put(&mut self) -> io::Result<()> {
        if !self.block.is_empty() {
            self.out
                .write_all(&(self.block.len() as u32).to_le_bytes())?;
            self.out.write_all(&self.block)?;
            self.block.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.put()?;
        self.out.write_all(&[0; 4])
    }
}

impl<W: Write> Write for Blocks<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() == BLOCK_BYTES {
            self.put()?;
        }
        let take = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..take]);
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The content of blocks, up to the empty one.
struct BlockReader<'a, R> {
    from: &'a mut R,
    left: u32,
    ended: bool,
}

impl<R: Read> Read for BlockReader<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.ended {
            let mut len = [0; 4];
            self.from.read_exact(&mut len)?;
            self.left = u32::from_le_bytes(len);
            self.ended = self.left == 0;
            if self.left > BLOCK_BYTES_MAX {
                return Err(fault("the backup has a block that is too long"));
            }
        }
        let take = out.len().min(self.left as usize);
        self.from.read_exact(&mut out[..take])?;
        self.left -= take as u32;
        Ok(take)
    }
}

enum Packing<W: Write> {
    No(W),
    Deflate(Box<DeflateEncoder<W>>),
}

impl<W: Write> Packing<W> {
    fn new(out: W, packed: bool) -> Self {
        match packed {
            false => Self::No(out),
            true => Self::Deflate(Box::new(DeflateEncoder::new(out, Compression::fast()))),
        }
    }

    fn finish(self) -> io::Result<W> {
        match self {
            Self::No(out) => Ok(out),
            Self::Deflate(out) => out.finish(),
        }
    }
}

impl<W: Write> Write for Packing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::No(out) => out.write(bytes),
            Self::Deflate(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds up length and digest of what goes through.
struct Summed<W> {
    inner: W,
    sum: digest::Context,
    len: u64,
}

impl<W> Summed<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            sum: digest::Context::new(&digest::SHA256),
            len: 0,
        }
    }

    fn end(self) -> (W, u64, digest::Digest) {
        (self.inner, self.len, self.sum.finish())
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.inner.write(bytes)?;
        self.sum.update(&bytes[..len]);
        self.len += len as u64;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(files: &[(&str, bool, Vec<u8>)]) -> Vec<u8> {
        let mut out = EntryWriter::new(Vec::new());
        for (name, packed, content) in files {
            let len = out
                .file(name, *packed, |out| out.write_all(content))
                .unwrap();
            assert_eq!(len, content.len() as u64);
        }
        out.finish().unwrap()
    }

    fn files(bytes: &[u8]) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut from = EntryReader::new(bytes);
        let mut files = Vec::new();
        while let Some(name) = from.next_name()? {
            let mut content = Vec::new();
            from.content(&mut content)?;
            files.push((name, content));
        }
        Ok(files)
    }

    #[test]
    fn files_come_back_packed_or_not() {
        let long: Vec<u8> = (0..300_000u32).map(|n| (n / 100) as u8).collect();
        let all = [
            ("a", false, vec![]),
            ("b/c", true, vec![]),
            ("b/d", false, long.clone()),
            ("b/e", true, long.clone()),
        ];
        let bytes = stream(&all);
        assert!(bytes.len() < long.len() + 60_000, "packed");
        let expected = all.map(|(name, _, content)| (name.to_owned(), content));
        assert_eq!(files(&bytes).unwrap(), expected);
    }

    #[test]
    fn a_cut_anywhere_is_found() {
        let bytes = stream(&[("a", true, vec![3; 50]), ("b", false, vec![4; 50])]);
        for cut in 0..bytes.len() {
            assert!(files(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}
