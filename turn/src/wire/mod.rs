//! What travels: STUN requests and replies (over the `stun` crate), and the three things that are
//! too frequent for it, read and written in place: Send and Data indications, and stream frames.

pub mod framer;
pub mod indication;
pub mod reply;
pub mod request;
#[cfg(test)]
mod rfc5769;

pub(crate) const MAGIC_COOKIE: u32 = stun::message::MAGIC_COOKIE;
/// Bytes of a STUN header.
pub(crate) const HEADER_BYTES: usize = 20;
/// Bytes of a ChannelData header (RFC 8656 section 12.4).
pub(crate) const CHANNEL_HEADER_BYTES: usize = 4;

/// The next multiple of four.
#[inline]
pub(crate) const fn padded(length: usize) -> usize {
    (length + 3) & !3
}

/// Whether the first byte begins ChannelData (RFC 8656 section 12: 0x40 to 0x7F).
#[inline]
pub(crate) const fn begins_channel_data(first: u8) -> bool {
    first & 0xC0 == 0x40
}
