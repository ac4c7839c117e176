//! A digest of the whole state that costs a few nanoseconds per change to keep.
//!
//! It is the wrapping sum of one hash per row, so the order of rows does not matter and a changed
//! row is one subtraction and one addition. Every group of the journal carries the digest of the
//! state before it; replay compares. Thus "the state after replay equals the state that was" is
//! not hoped for but checked, at every start that has a reason for doubt.
//!
//! The hash detects accidents, not attackers; it is part of the format on disk.

/// What all rows add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest {
    /// The wrapping sum of the rows' hashes.
    pub sum: u64,
    /// The number of rows.
    pub rows: u64,
}

impl Digest {
    /// A row became this, from that.
    pub fn replace(&mut self, key: &[u8], old: Option<&[u8]>, new: Option<&[u8]>) {
        if let Some(old) = old {
            self.sum = self.sum.wrapping_sub(row_hash(key, old));
            self.rows = self.rows.wrapping_sub(1);
        }
        if let Some(new) = new {
            self.sum = self.sum.wrapping_add(row_hash(key, new));
            self.rows = self.rows.wrapping_add(1);
        }
    }
}

// Odd constants with an even spread of bits (the fractions of e, pi and the golden ratio).
const START: u64 = 0x9e37_79b9_7f4a_7c15;
const WORD: u64 = 0x2436_a888_5a30_8d31;
const PART: u64 = 0xb7e1_5162_8aed_2a6b;

fn row_hash(key: &[u8], value: &[u8]) -> u64 {
    let key = absorb(START, key);
    absorb(fold(key, PART), value)
}

fn absorb(mut hash: u64, bytes: &[u8]) -> u64 {
    hash ^= fold(bytes.len() as u64 ^ START, PART);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = fold(hash ^ u64::from_le_bytes(*word), WORD);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(hash ^ u64::from_le_bytes(last), WORD)
}

/// The two halves of the product, folded: every bit of both factors reaches the result.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_was_added_can_be_taken_away_in_any_order() {
        let mut digest = Digest::default();
        digest.replace(b"a", None, Some(b"1"));
        digest.replace(b"b", None, Some(b"2"));
        digest.replace(b"a", Some(b"1"), Some(b"3"));
        let mut other = Digest::default();
        other.replace(b"b", None, Some(b"2"));
        other.replace(b"a", None, Some(b"3"));
        assert_eq!(digest, other);
        digest.replace(b"b", Some(b"2"), None);
        digest.replace(b"a", Some(b"3"), None);
        assert_eq!(digest, Digest::default());
    }

    #[test]
    fn near_rows_hash_far_apart() {
        let mut seen = HashSet::new();
        for n in 0..20_000_u32 {
            assert!(seen.insert(row_hash(&n.to_be_bytes(), b"")));
            assert!(seen.insert(row_hash(b"", &n.to_be_bytes())));
            assert!(seen.insert(row_hash(b"k", &[&[0; 13], &n.to_be_bytes()[..]].concat())));
        }
        assert_ne!(row_hash(b"ab", b"c"), row_hash(b"a", b"bc"));
        assert_ne!(row_hash(b"a", b""), row_hash(b"a", b"\0"));
    }
}
