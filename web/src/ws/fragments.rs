//! Fragments of a message, put together within bounds. The framing below hands them out raw.

use super::{FRAGMENTS_MAX, MESSAGE_BYTES_MAX};
use crate::wire::close::Close;

/// A message under way.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    text: Vec<u8>,
    count: usize,
}

impl Fragments {
    /// The first fragment of a text.
    pub fn begin(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.text.clear();
        self.count = 0;
        self.add(bytes)
    }

    /// Another one.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.count += 1;
        if self.count > FRAGMENTS_MAX || self.text.len() + bytes.len() > MESSAGE_BYTES_MAX {
            self.text = Vec::new();
            return Err(Close::TooBig);
        }
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    /// The last one: the whole text. UTF-8 is checked over all of it, since a fragment may end
    /// inside a character.
    pub fn end(&mut self, bytes: &[u8]) -> Result<String, Close> {
        self.add(bytes)?;
        self.count = 0;
        String::from_utf8(std::mem::take(&mut self.text)).map_err(|_| Close::BadText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_may_be_cut_in_two() {
        let mut fragments = Fragments::default();
        let bytes = "aé".as_bytes();
        fragments.begin(&bytes[..2]).unwrap();
        assert_eq!(fragments.end(&bytes[2..]).unwrap(), "aé");
    }

    #[test]
    fn endless_fragments_end() {
        let mut fragments = Fragments::default();
        fragments.begin(b"").unwrap();
        let taken = (0..1_000).take_while(|_| fragments.add(b"").is_ok());
        assert_eq!(taken.count(), FRAGMENTS_MAX - 1);
    }

    #[test]
    fn the_whole_is_bounded_and_must_be_text() {
        let mut fragments = Fragments::default();
        fragments.begin(&vec![b'a'; 40_000]).unwrap();
        assert_eq!(fragments.add(&vec![b'a'; 40_000]), Err(Close::TooBig));
        fragments.begin(b"\xff").unwrap();
        assert_eq!(fragments.end(b""), Err(Close::BadText));
    }
}
