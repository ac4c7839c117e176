//! The outside of a backup: chunks that are authenticated one by one.
//!
//! ```text
//! magic 8 | kind 1 | 0 3 | memory KiB 4 | passes 4 | lanes 4 | salt 16 | check 16 | sum 8
//! then chunks: at most 65,536 bytes and a tag of 16
//! ```
//! All numbers are little-endian. `kind` is 0 for open, 1 for encrypted with a passphrase and 2 with a
//! key of 32 random bytes that lies elsewhere. Encrypted: the key is Argon2id of passphrase and salt, of
//! 32 bytes, or HMAC-SHA256 of the salt with the key that was given; `check` and the chunks' key are HMAC-SHA256 of it
//! over a word each; a chunk is ChaCha20-Poly1305 (RFC 8439) with the head as associated data and a
//! nonce of 3 zeros, the chunk's number (8, big-endian) and 1 for the last chunk, 0 for others.
//! Since every file has a salt of its own, no nonce is used twice with one key. Open: the tag is the
//! beginning of SHA-256 over head, nonce and chunk. `sum` is the beginning of SHA-256 over the head
//! before it, so that a damaged head is not taken for a wrong passphrase.
//!
//! A chunk moved, repeated, left out or cut off has the wrong number or lacks the mark of the last
//! one: what was read is given out only after its chunk was found true.

use std::io::{self, BufRead, BufReader, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    digest, hmac,
    rand::{SecureRandom, SystemRandom},
};

/// What every backup begins with; the last byte is the format's version.
pub const MAGIC: [u8; 8] = *b"PARLBAK\x01";
/// Bytes of the head.
pub const HEAD_BYTES: usize = 64;
/// Bytes of a chunk, without its tag.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of a chunk's tag.
pub const TAG_BYTES: usize = 16;

/// Work that a guess at the passphrase costs: 64 MiB, three passes.
const WORK: Work = Work {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 1,
};
/// Most that a file may ask of whoever opens it.
const WORK_MAX: Work = Work {
    memory_kib: 1024 * 1024,
    passes: 32,
    lanes: 16,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Work {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

type Head = [u8; HEAD_BYTES];

/// How the chunks of one file are marked.
enum Marks {
    Open,
    Encrypted(Box<LessSafeKey>),
}

/// Cuts what is written into chunks. Without [`finish`](Self::finish) what came out is not a whole
/// backup, and every reader says so.
pub struct SealWriter<W> {
    out: W,
    head: Head,
    marks: Marks,
    chunk: Vec<u8>,
    number: u64,
}

impl<W: Write> SealWriter<W> {
    /// Begins a file, encrypted if there is a passphrase.
    ///
    /// # Errors
    /// When `out` refuses, or the system has no randomness.
    pub fn new(mut out: W, passphrase: Option<&str>) -> io::Result<Self> {
        let (head, marks) = match passphrase {
            None => (head(0, None, &[0; 16], &[0; 16]), Marks::Open),
            Some(passphrase) => {
                let mut salt = [0; 16];
                SystemRandom::new()
                    .fill(&mut salt)
                    .map_err(|_| io::Error::other("the system has no random numbers"))?;
                let keys = Keys::derive(passphrase, &salt, WORK)?;
                let head = head(1, Some(WORK), &salt, &keys.check);
                (head, Marks::Encrypted(Box::new(keys.chunks)))
            }
        };
        out.write_all(&head)?;
        Ok(Self {
            out,
            head,
            marks,
            chunk: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES),
            number: 0,
        })
    }

    /// Begins a file that only this key opens; the key must be random.
    ///
    /// # Errors
    /// When `out` refuses, or the system has no randomness.
    pub fn with_key(mut out: W, key: &[u8; 32]) -> io::Result<Self> {
        let mut salt = [0; 16];
        SystemRandom::new()
            .fill(&mut salt)
            .map_err(|_| io::Error::other("the system has no random numbers"))?;
        let keys = Keys::given(key, &salt)?;
        let head = head(2, None, &salt, &keys.check);
        out.write_all(&head)?;
        Ok(Self {
            out,
            head,
            marks: Marks::Encrypted(Box::new(keys.chunks)),
            chunk: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES),
            number: 0,
        })
    }

    /// Writes the last chunk and gives back what was written to.
    ///
    /// # Errors
    /// When `out` refuses.
    pub fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let nonce = nonce(self.number, last);
        match &self.marks {
            Marks::Open => {
                let tag = open_tag(&self.head, &nonce, &self.chunk);
                self.chunk.extend_from_slice(&tag);
            }
            Marks::Encrypted(key) => key
                .seal_in_place_append_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(&self.head),
                    &mut self.chunk,
                )
                .map_err(|_| io::Error::other("a chunk cannot be encrypted"))?,
        }
        self.out.write_all(&self.chunk)?;
        self.chunk.clear();
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for SealWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK_BYTES {
            self.put(false)?;
        }
        let take = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..take]);
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Gives back what was sealed, chunk by chunk, each after it was found true.
pub struct SealReader<R> {
    from: BufReader<R>,
    head: Head,
    marks: Marks,
    chunk: Vec<u8>,
    at: usize,
    number: u64,
    ended: bool,
}

impl<R: Read> SealReader<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// In words: when it is no backup, of a newer format, damaged, or the passphrase is missing or
    /// wrong.
    pub fn new(from: R, passphrase: Option<&str>) -> io::Result<Self> {
        Self::open(from, |head| match (head[8], passphrase) {
            (0, _) => Ok(Marks::Open),
            (1, None) => Err(fault(
                "the backup is encrypted; name the file with its passphrase (--passphrase-file)",
            )),
            (1, Some(passphrase)) => Ok(Marks::Encrypted(Box::new(keys_of(head, passphrase)?))),
            _ => Err(fault("the backup is sealed in a way that is not known")),
        })
    }

    /// Reads the head of a file that was sealed with a key.
    ///
    /// # Errors
    /// In words: when it is no such file, damaged, or the key is another.
    pub fn with_key(from: R, key: &[u8; 32]) -> io::Result<Self> {
        Self::open(from, |head| {
            let keys = Keys::given(key, &head[24..40])?;
            match head[8] == 2 && keys.check == head[40..56] {
                true => Ok(Marks::Encrypted(Box::new(keys.chunks))),
                false => Err(fault("the file was not sealed with this key")),
            }
        })
    }

    fn open(from: R, marks: impl FnOnce(&Head) -> io::Result<Marks>) -> io::Result<Self> {
        let mut from = BufReader::with_capacity(CHUNK_BYTES, from);
        let mut head = [0; HEAD_BYTES];
        let got = read_fully(&mut from, &mut head)?;
        if got < 8 || head[..7] != MAGIC[..7] {
            return Err(fault("this is not a backup of Parlor"));
        }
        if head[7] > MAGIC[7] {
            return Err(fault(
                "a newer version of parlor wrote this backup; restore it with that version",
            ));
        }
        if got < HEAD_BYTES || head[7] != MAGIC[7] || head[56..] != head_sum(&head) {
            return Err(fault("the backup is damaged or cut off in its first bytes"));
        }
        let marks = marks(&head)?;
        Ok(Self {
            from,
            head,
            marks,
            chunk: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES),
            at: 0,
            number: 0,
            ended: false,
        })
    }

    /// Whether it is encrypted.
    pub fn is_encrypted(&self) -> bool {
        matches!(self.marks, Marks::Encrypted(_))
    }

    /// Proves that nothing follows what was read.
    ///
    /// # Errors
    /// When something does, or the rest is damaged.
    pub fn finish(mut self) -> io::Result<()> {
        if self.at < self.chunk.len() || self.read(&mut [0])? > 0 {
            return Err(fault("the backup goes on after its end"));
        }
        Ok(())
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        self.chunk.resize(CHUNK_BYTES + TAG_BYTES, 0);
        self.at = 0;
        let got = read_fully(&mut self.from, &mut self.chunk)?;
        self.chunk.truncate(got);
        let last = got < CHUNK_BYTES + TAG_BYTES || self.from.fill_buf()?.is_empty();
        let nonce = nonce(self.number, last);
        let whole = match &self.marks {
            Marks::Open => self
                .chunk
                .split_last_chunk::<TAG_BYTES>()
                .and_then(|(content, tag)| {
                    let right = open_tag(&self.head, &nonce, content) == *tag;
                    right.then_some(content.len())
                }),
            Marks::Encrypted(key) => key
                .open_in_place(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(&self.head),
                    &mut self.chunk,
                )
                .ok()
                .map(|content| content.len()),
        };
        let Some(len) = whole else {
            self.chunk.clear();
            let at = HEAD_BYTES as u64 + self.number * (CHUNK_BYTES + TAG_BYTES) as u64;
            return Err(fault(&format!(
                "the backup is damaged or cut off at or after byte {at}"
            )));
        };
        self.chunk.truncate(len);
        self.number += 1;
        self.ended = last;
        Ok(())
    }
}

impl<R: Read> Read for SealReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() && !self.ended {
            self.next_chunk()?;
        }
        let take = out.len().min(self.chunk.len() - self.at);
        out[..take].copy_from_slice(&self.chunk[self.at..self.at + take]);
        self.at += take;
        Ok(take)
    }
}

struct Keys {
    chunks: LessSafeKey,
    check: [u8; 16],
}

impl Keys {
    fn derive(passphrase: &str, salt: &[u8], work: Work) -> io::Result<Self> {
        let unfit = || fault("the backup asks for a way of making keys that is not known");
        let params = Params::new(work.memory_kib, work.passes, work.lanes, Some(32));
        let argon = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            params.map_err(|_| unfit())?,
        );
        let mut secret = [0; 32];
        argon
            .hash_password_into(passphrase.as_bytes(), salt, &mut secret)
            .map_err(|_| unfit())?;
        Self::of(&secret)
    }

    /// Of a key that needs no work, because nobody could guess it.
    fn given(key: &[u8; 32], salt: &[u8]) -> io::Result<Self> {
        let of = hmac::Key::new(hmac::HMAC_SHA256, key);
        Self::of(hmac::sign(&of, salt).as_ref())
    }

    fn of(secret: &[u8]) -> io::Result<Self> {
        let unfit = || fault("the backup asks for a way of making keys that is not known");
        let of = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let chunks = hmac::sign(&of, b"parlor backup chunks");
        let told = hmac::sign(&of, b"parlor backup check");
        let mut check = [0; 16];
        check.copy_from_slice(&told.as_ref()[..16]);
        let key = UnboundKey::new(&CHACHA20_POLY1305, chunks.as_ref()).map_err(|_| unfit())?;
        Ok(Self {
            chunks: LessSafeKey::new(key),
            check,
        })
    }
}

fn keys_of(head: &Head, passphrase: &str) -> io::Result<LessSafeKey> {
    let word = |at: usize| {
        let mut four = [0; 4];
        four.copy_from_slice(&head[at..at + 4]);
        u32::from_le_bytes(four)
    };
    let work = Work {
        memory_kib: word(12),
        passes: word(16),
        lanes: word(20),
    };
    if work.memory_kib > WORK_MAX.memory_kib
        || work.passes > WORK_MAX.passes
        || work.lanes > WORK_MAX.lanes
    {
        return Err(fault(
            "the backup asks for more memory or time than is given",
        ));
    }
    let keys = Keys::derive(passphrase, &head[24..40], work)?;
    // Both stand in the file or follow from it: nothing can be learnt from how long this takes.
    if keys.check != head[40..56] {
        return Err(fault("the passphrase is not the one of this backup"));
    }
    Ok(keys.chunks)
}

fn head(kind: u8, work: Option<Work>, salt: &[u8; 16], check: &[u8; 16]) -> Head {
    let mut head = [0; HEAD_BYTES];
    head[..8].copy_from_slice(&MAGIC);
    head[8] = kind;
    if let Some(work) = work {
        head[12..16].copy_from_slice(&work.memory_kib.to_le_bytes());
        head[16..20].copy_from_slice(&work.passes.to_le_bytes());
        head[20..24].copy_from_slice(&work.lanes.to_le_bytes());
    }
    head[24..40].copy_from_slice(salt);
    head[40..56].copy_from_slice(check);
    let sum = head_sum(&head);
    head[56..].copy_from_slice(&sum);
    head
}

fn head_sum(head: &Head) -> [u8; 8] {
    let digest = digest::digest(&digest::SHA256, &head[..56]);
    let mut sum = [0; 8];
    sum.copy_from_slice(&digest.as_ref()[..8]);
    sum
}

fn nonce(number: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = last.into();
    nonce
}

fn open_tag(head: &Head, nonce: &[u8; 12], chunk: &[u8]) -> [u8; TAG_BYTES] {
    let mut sum = digest::Context::new(&digest::SHA256);
    sum.update(head);
    sum.update(nonce);
    sum.update(chunk);
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&sum.finish().as_ref()[..TAG_BYTES]);
    tag
}

/// As much as there is, up to the whole buffer.
fn read_fully(from: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < out.len() {
        match from.read(&mut out[got..]) {
            Ok(0) => break,
            Ok(len) => got += len,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(got)
}

/// Something is wrong with what was read.
pub(super) fn fault(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealed(content: &[u8], passphrase: Option<&str>) -> Vec<u8> {
        let mut out = SealWriter::new(Vec::new(), passphrase).unwrap();
        out.write_all(content).unwrap();
        out.finish().unwrap()
    }

    fn opened(bytes: &[u8], passphrase: Option<&str>) -> io::Result<Vec<u8>> {
        let mut reader = SealReader::new(bytes, passphrase)?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        reader.finish()?;
        Ok(content)
    }

    #[test]
    fn it_comes_back_whatever_its_length() {
        let content: Vec<u8> = (0..3 * CHUNK_BYTES + 5).map(|n| (n / 7) as u8).collect();
        for len in [
            0,
            1,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            content.len(),
        ] {
            for passphrase in [None, Some("a b c")] {
                let bytes = sealed(&content[..len], passphrase);
                assert_eq!(opened(&bytes, passphrase).unwrap(), content[..len]);
                let chunks = len.div_ceil(CHUNK_BYTES).max(1);
                assert_eq!(bytes.len(), HEAD_BYTES + len + chunks * TAG_BYTES);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let says = |bytes: &[u8], passphrase| opened(bytes, passphrase).unwrap_err().to_string();
        let encrypted = sealed(b"content", Some("right"));
        assert!(!encrypted.windows(7).any(|it| it == b"content"));
        assert!(says(&encrypted, Some("wrong")).contains("passphrase is not the one"));
        assert!(says(&encrypted, None).contains("--passphrase-file"));
        assert!(says(b"PK\x03\x04 something else", None).contains("not a backup"));
        assert!(says(b"", None).contains("not a backup"));
        let mut newer = sealed(b"content", None);
        newer[7] += 1;
        assert!(says(&newer, None).contains("newer version"));
        assert!(says(&encrypted[..40], Some("right")).contains("cut off"));
        let mut longer = sealed(b"content", None);
        longer.push(0);
        assert!(says(&longer, None).contains("damaged or cut off"));
    }

    #[test]
    fn a_key_opens_what_it_sealed_and_nothing_else() {
        let content: Vec<u8> = (0..CHUNK_BYTES + 9).map(|n| (n / 7) as u8).collect();
        let mut out = SealWriter::with_key(Vec::new(), &[5; 32]).unwrap();
        out.write_all(&content).unwrap();
        let bytes = out.finish().unwrap();
        assert!(!bytes.windows(9).any(|it| it == &content[70..79]));
        let open = |key| -> io::Result<Vec<u8>> {
            let mut all = Vec::new();
            SealReader::with_key(bytes.as_slice(), &key)?.read_to_end(&mut all)?;
            Ok(all)
        };
        assert_eq!(open([5; 32]).unwrap(), content);
        assert!(open([6; 32]).is_err());
        assert!(opened(&bytes, Some("p")).is_err());
        let passed = sealed(b"content", None);
        assert!(SealReader::with_key(passed.as_slice(), &[5; 32]).is_err());
    }

    #[test]
    fn whole_chunks_cannot_be_cut_off_or_exchanged() {
        let content = vec![7; 3 * CHUNK_BYTES];
        let one = CHUNK_BYTES + TAG_BYTES;
        for passphrase in [None, Some("p")] {
            let bytes = sealed(&content, passphrase);
            assert!(opened(&bytes[..HEAD_BYTES + one], passphrase).is_err());
            assert!(opened(&bytes[..HEAD_BYTES], passphrase).is_err());
            let (head, chunks) = bytes.split_at(HEAD_BYTES);
            let exchanged = [
                head,
                &chunks[one..2 * one],
                &chunks[..one],
                &chunks[2 * one..],
            ];
            assert!(opened(&exchanged.concat(), passphrase).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_wrong_bit_of_an_open_one_is_found(len in 0..200usize, bit in any::<prop::sample::Index>()) {
            let mut bytes = sealed(&vec![5; len], None);
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(opened(&bytes, None).is_err());
        }
    }

    #[test]
    fn any_wrong_byte_of_an_encrypted_one_is_found() {
        let whole = sealed(&[5; 60], Some("p"));
        for at in (0..whole.len()).step_by(3) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            assert!(opened(&bytes, Some("p")).is_err(), "byte {at}");
        }
    }
}
