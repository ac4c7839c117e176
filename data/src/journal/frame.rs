//! The bytes of the journal: a segment's header, and one frame per group of batches.
//!
//! ```text
//! segment header   magic 8 | salt 8 | first seq 8 | digest 16 | made at, unix ms 8 | crc 4 | 0 4
//! frame            len 4 | crc 4 | first seq 8 | digest before 16 | at, unix ms 8 | batches 4 | 0 4
//!                  then per batch: changes 4, and per change: key len 2 | value len 4 | key | value
//! ```
//! All numbers are little-endian; a value length of all ones means the row is removed. `len` counts
//! the bytes after the frame's header. The checksum is CRC-32C over the segment's salt, the header
//! without the checksum, and the rest; the salt is random and secret, so that neither an older
//! segment's bytes nor a stored value that looks like a frame can pass for one.

use bytes::Bytes;

use crate::{
    batch::{BATCH_BYTES_MAX, Change},
    digest::Digest,
};

/// What every segment begins with; the last byte is the format's version.
pub const MAGIC: [u8; 8] = *b"PARLJRN\x01";
/// Bytes of a segment's header.
pub const SEGMENT_HEADER_BYTES: usize = 56;
/// Bytes of a frame's header.
pub const FRAME_HEADER_BYTES: usize = 48;
/// Most batches in one group.
pub const GROUP_BATCHES_MAX: usize = 512;
/// A group takes no further batch once its frame has this many bytes.
pub const GROUP_BYTES_FULL: usize = 4 * 1024 * 1024;
// A full frame and the last batch: its keys and values, and a few bytes per change.
const FRAME_BYTES_MAX: usize = GROUP_BYTES_FULL + 2 * BATCH_BYTES_MAX;

const REMOVED: u32 = u32::MAX;

/// The facts at the head of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Mixed into every checksum of this segment.
    pub salt: u64,
    /// The number of the first batch that this segment may hold.
    pub first_seq: u64,
    /// The state's digest before that batch.
    pub digest: Digest,
    /// When the segment was made; for the operator only.
    pub at_ms: u64,
}

impl SegmentHeader {
    /// The header's bytes.
    pub fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut out = [0; SEGMENT_HEADER_BYTES];
        out[..8].copy_from_slice(&MAGIC);
        put_u64(&mut out, 8, self.salt);
        put_u64(&mut out, 16, self.first_seq);
        put_u64(&mut out, 24, self.digest.sum);
        put_u64(&mut out, 32, self.digest.rows);
        put_u64(&mut out, 40, self.at_ms);
        let crc = crc32c::crc32c(&out[..48]);
        put_u32(&mut out, 48, crc);
        out
    }

    /// The header in these bytes, if they are one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..SEGMENT_HEADER_BYTES)?;
        let whole = bytes[..8] == MAGIC && get_u32(bytes, 48) == crc32c::crc32c(&bytes[..48]);
        whole.then(|| Self {
            salt: get_u64(bytes, 8),
            first_seq: get_u64(bytes, 16),
            digest: Digest {
                sum: get_u64(bytes, 24),
                rows: get_u64(bytes, 32),
            },
            at_ms: get_u64(bytes, 40),
        })
    }
}

/// The facts at the head of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupHeader {
    /// The number of the group's first batch.
    pub first_seq: u64,
    /// How many batches; their numbers follow without holes.
    pub batches: u32,
    /// The state's digest before the group.
    pub digest: Digest,
    /// When it was committed; for the operator only.
    pub at_ms: u64,
}

impl GroupHeader {
    /// The number of the group's last batch.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + u64::from(self.batches) - 1
    }
}

/// Collects the batches of one group into one frame. The buffer is used again for the next.
#[derive(Default)]
pub struct FrameBuilder {
    buffer: Vec<u8>,
    batches: u32,
}

impl FrameBuilder {
    /// Begins a new frame.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER_BYTES, 0);
        self.batches = 0;
    }

    /// How many batches it holds.
    pub fn batches(&self) -> u32 {
        self.batches
    }

    /// Whether the group should take no more.
    pub fn is_full(&self) -> bool {
        self.batches as usize >= GROUP_BATCHES_MAX || self.buffer.len() >= GROUP_BYTES_FULL
    }

    /// Adds one batch.
    pub fn push(&mut self, changes: &[Change]) {
        self.batches += 1;
        self.buffer
            .extend_from_slice(&(changes.len() as u32).to_le_bytes());
        for change in changes {
            let value = change.value.as_ref();
            let value_len = value.map_or(REMOVED, |value| value.len() as u32);
            self.buffer
                .extend_from_slice(&(change.key.len() as u16).to_le_bytes());
            self.buffer.extend_from_slice(&value_len.to_le_bytes());
            self.buffer.extend_from_slice(&change.key);
            self.buffer
                .extend_from_slice(value.map_or(&[], Bytes::as_ref));
        }
    }

    /// The whole frame, sealed for the segment with this salt.
    pub fn seal(&mut self, salt: u64, first_seq: u64, digest: Digest, at_ms: u64) -> &[u8] {
        let out = &mut self.buffer;
        let len = (out.len() - FRAME_HEADER_BYTES) as u32;
        put_u32(out, 0, len);
        put_u64(out, 8, first_seq);
        put_u64(out, 16, digest.sum);
        put_u64(out, 24, digest.rows);
        put_u64(out, 32, at_ms);
        put_u32(out, 40, self.batches);
        let crc = checksum(salt, out);
        put_u32(out, 4, crc);
        out
    }
}

/// What is found at one place of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A whole frame, and where the next begins.
    Frame(GroupHeader, usize),
    /// The end: no more bytes, or the zeros that are written ahead.
    End,
    /// Something that is not a frame.
    Damage,
}

/// Looks at the bytes from `at` on.
pub fn look(segment: &[u8], at: usize, salt: u64) -> Found {
    let rest = &segment[at.min(segment.len())..];
    if let Some((header, len)) = header_at(rest)
        && rest.len() >= len
        && get_u32(rest, 4) == checksum(salt, &rest[..len])
    {
        return Found::Frame(header, at + len);
    }
    if rest.iter().all(|byte| *byte == 0) {
        Found::End
    } else {
        Found::Damage
    }
}

/// Where a whole frame begins at or after `from` with a number of `seq` or higher: the proof that
/// damage before it is not merely a torn end.
pub fn find_later(
    segment: &[u8],
    from: usize,
    salt: u64,
    seq: u64,
) -> Option<(usize, GroupHeader)> {
    (from..segment.len()).find_map(|at| {
        let rest = &segment[at..];
        let (header, len) = header_at(rest)?;
        let later = header.first_seq >= seq && rest.len() >= len;
        (later && get_u32(rest, 4) == checksum(salt, &rest[..len])).then_some((at, header))
    })
}

/// A header that could be one, and the whole frame's length.
fn header_at(rest: &[u8]) -> Option<(GroupHeader, usize)> {
    let head = rest.get(..FRAME_HEADER_BYTES)?;
    let len = get_u32(head, 0) as usize;
    let batches = get_u32(head, 40);
    let possible = (1..=GROUP_BATCHES_MAX as u32).contains(&batches)
        && (4 * batches as usize..=FRAME_BYTES_MAX).contains(&len)
        && get_u64(head, 8) > 0;
    possible.then(|| {
        let header = GroupHeader {
            first_seq: get_u64(head, 8),
            batches,
            digest: Digest {
                sum: get_u64(head, 16),
                rows: get_u64(head, 24),
            },
            at_ms: get_u64(head, 32),
        };
        (header, FRAME_HEADER_BYTES + len)
    })
}

/// The batches of a whole frame, sharing its bytes. `None` if the content is not what a
/// [`FrameBuilder`] makes, which the checksum makes all but impossible.
pub fn batches(frame: &Bytes, header: &GroupHeader) -> Option<Vec<Vec<Change>>> {
    let mut at = FRAME_HEADER_BYTES;
    let mut take = |len: usize| -> Option<Bytes> {
        let end = at.checked_add(len).filter(|end| *end <= frame.len())?;
        let part = frame.slice(at..end);
        at = end;
        Some(part)
    };
    let mut batches = Vec::with_capacity(header.batches as usize);
    for _ in 0..header.batches {
        let count = get_u32(&take(4)?, 0) as usize;
        let mut changes = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            let lengths = take(6)?;
            let key_len = u16::from_le_bytes([lengths[0], lengths[1]]);
            let value_len = get_u32(&lengths, 2);
            let key = take(key_len.into())?;
            let value = match value_len {
                REMOVED => None,
                len => Some(take(len as usize)?),
            };
            changes.push(Change { key, value });
        }
        batches.push(changes);
    }
    (at == frame.len()).then_some(batches)
}

fn checksum(salt: u64, frame: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&salt.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &frame[..4]);
    crc32c::crc32c_append(crc, &frame[8..])
}

fn put_u32(out: &mut [u8], at: usize, value: u32) {
    out[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_u64(out: &mut [u8], at: usize, value: u64) {
    out[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn get_u32(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn get_u64(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SALT: u64 = 0xfeed;

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
        let change = (bytes(), prop::option::of(bytes()));
        prop::collection::vec(change.prop_map(|(key, value)| Change { key, value }), 0..5)
    }

    fn frame(group: &[Vec<Change>], seq: u64) -> Vec<u8> {
        let mut builder = FrameBuilder::default();
        builder.clear();
        for batch in group {
            builder.push(batch);
        }
        builder
            .seal(SALT, seq, Digest { sum: 1, rows: 2 }, 3)
            .to_vec()
    }

    proptest! {
        #[test]
        fn a_group_comes_back(group in prop::collection::vec(changes(), 1..5), seq in 1..u64::MAX / 2) {
            let bytes = Bytes::from(frame(&group, seq));
            let Found::Frame(header, end) = look(&bytes, 0, SALT) else {
                panic!("no frame");
            };
            prop_assert_eq!(end, bytes.len());
            prop_assert_eq!(header.last_seq(), seq + group.len() as u64 - 1);
            prop_assert_eq!(batches(&bytes, &header), Some(group));
        }

        #[test]
        fn one_wrong_bit_is_never_a_frame(group in prop::collection::vec(changes(), 1..5), bit in any::<prop::sample::Index>()) {
            let mut bytes = frame(&group, 9);
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(look(&bytes, 0, SALT), Found::Damage);
        }

        #[test]
        fn a_cut_frame_is_never_a_frame(group in prop::collection::vec(changes(), 1..5), cut in any::<prop::sample::Index>()) {
            let bytes = frame(&group, 9);
            let cut = cut.index(bytes.len());
            let found = look(&bytes[..cut], 0, SALT);
            prop_assert!(!matches!(found, Found::Frame(..)));
        }
    }

    #[test]
    fn another_segments_frame_is_not_ours() {
        let bytes = frame(&[vec![]], 9);
        assert!(matches!(look(&bytes, 0, SALT), Found::Frame(..)));
        assert_eq!(look(&bytes, 0, SALT + 1), Found::Damage);
    }

    #[test]
    fn a_later_frame_is_found_behind_damage() {
        let mut bytes = vec![7; 100];
        bytes.extend(frame(&[vec![]], 9));
        let found = find_later(&bytes, 3, SALT, 8);
        assert_eq!(
            found.map(|(at, header)| (at, header.first_seq)),
            Some((100, 9))
        );
        assert_eq!(find_later(&bytes, 3, SALT, 10), None, "older than expected");
        assert_eq!(find_later(&bytes[..140], 3, SALT, 8), None, "cut");
    }

    #[test]
    fn zeros_and_nothing_are_the_end() {
        assert_eq!(look(&[], 0, SALT), Found::End);
        assert_eq!(look(&[0; 500], 3, SALT), Found::End);
        assert_eq!(look(&[0, 0, 1], 0, SALT), Found::Damage);
    }
}
