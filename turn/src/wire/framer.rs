//! Cuts a byte stream (TCP, TLS) into STUN messages and ChannelData.
//!
//! RFC 8656 section 12.5: over streams ChannelData is padded to a multiple of four, and the padding
//! is not in its length. Never buffers and never allocates.

use super::{CHANNEL_HEADER_BYTES, HEADER_BYTES, MAGIC_COOKIE, begins_channel_data, padded};

/// What lies at the front of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// More bytes are needed to tell, or to complete it.
    Incomplete,
    /// A whole frame.
    Whole {
        /// Bytes of the message itself, from the front.
        length: usize,
        /// Bytes to take from the buffer, padding included.
        taken: usize,
    },
    /// Neither STUN nor ChannelData, or longer than allowed: the stream has lost its frames.
    Broken,
}

/// Looks at the front of `buffer`; frames may have `most` bytes.
pub fn next_frame(buffer: &[u8], most: usize) -> Frame {
    let [first, second, high, low, ..] = *buffer else {
        return Frame::Incomplete;
    };
    let declared = usize::from(u16::from_be_bytes([high, low]));
    let (length, taken) = match first & 0xC0 {
        0x00 => {
            // Two zero bits, and a length that is a multiple of four (RFC 8489 section 5).
            if declared % 4 != 0 {
                return Frame::Broken;
            }
            if buffer.len() >= 8 && buffer[4..8] != MAGIC_COOKIE.to_be_bytes() {
                return Frame::Broken;
            }
            (HEADER_BYTES + declared, HEADER_BYTES + declared)
        }
        _ if begins_channel_data(first) && (first, second) != (0x7F, 0xFF) => (
            CHANNEL_HEADER_BYTES + declared,
            CHANNEL_HEADER_BYTES + padded(declared),
        ),
        _ => return Frame::Broken,
    };
    if taken > most {
        Frame::Broken
    } else if buffer.len() < taken {
        Frame::Incomplete
    } else {
        Frame::Whole { length, taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stun_and_channel_data_follow_each_other() {
        let mut bytes = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        bytes.extend([7; 12]);
        bytes.extend([0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0]);
        assert_eq!(
            next_frame(&bytes, 1000),
            Frame::Whole {
                length: 20,
                taken: 20
            }
        );
        assert_eq!(
            next_frame(&bytes[20..], 1000),
            Frame::Whole {
                length: 9,
                taken: 12
            }
        );
        assert_eq!(next_frame(&bytes[20..31], 1000), Frame::Incomplete);
        assert_eq!(next_frame(&bytes[20..], 11), Frame::Broken);
    }

    #[test]
    fn what_is_neither_breaks_the_stream_at_once() {
        for front in [
            &b"GET / HTTP/1.1"[..],
            &[0x16, 3, 1, 2, 0, 1, 0, 1],
            &[0, 1, 0, 3],
            &[0, 1, 0, 0, 1, 2, 3, 4],
            &[0x80, 0, 0, 0],
        ] {
            assert_eq!(next_frame(front, 1000), Frame::Broken, "{front:?}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics_and_a_frame_is_inside(bytes in proptest::collection::vec(any::<u8>(), 0..200), most in 0usize..300) {
            if let Frame::Whole { length, taken } = next_frame(&bytes, most) {
                prop_assert!(length <= taken && taken <= bytes.len() && taken <= most);
            }
        }
    }
}
