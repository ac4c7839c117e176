//! Send and Data indications (RFC 8656 section 11), read and written without an allocation.

use std::{
    net::{IpAddr, SocketAddr},
    ops::Range,
};

use super::{HEADER_BYTES, MAGIC_COOKIE, padded};

/// Message type of a Send indication.
pub const SEND_INDICATION: u16 = 0x0016;
/// Message type of a Data indication.
const DATA_INDICATION: u16 = 0x0017;
const XOR_PEER_ADDRESS: u16 = 0x0012;
const DATA: u16 = 0x0013;
const FINGERPRINT: u16 = 0x8028;
/// Most bytes that a Data indication adds around its payload, padding included.
pub const DATA_OVERHEAD_BYTES: usize = HEADER_BYTES + 4 + 20 + 4 + 3;

/// The message type, when the bytes look like STUN.
#[inline]
pub fn stun_type(bytes: &[u8]) -> Option<u16> {
    if bytes.len() < HEADER_BYTES
        || bytes[0] & 0xC0 != 0
        || bytes[4..8] != MAGIC_COOKIE.to_be_bytes()
    {
        return None;
    }
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// Reads an XOR-…-ADDRESS value (RFC 8489 section 14.2). The transaction id counts for IPv6.
pub fn xor_address(value: &[u8], transaction: &[u8]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes([*value.get(2)?, *value.get(3)?]) ^ (MAGIC_COOKIE >> 16) as u16;
    let ip = match (value.get(1)?, value.len()) {
        (1, 8) => IpAddr::from(
            (u32::from_be_bytes(value[4..8].try_into().ok()?) ^ MAGIC_COOKIE).to_be_bytes(),
        ),
        (2, 20) => {
            let mut mask = [0u8; 16];
            mask[..4].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
            mask[4..].copy_from_slice(transaction.get(..12)?);
            let bits =
                u128::from_be_bytes(value[4..20].try_into().ok()?) ^ u128::from_be_bytes(mask);
            IpAddr::from(bits.to_be_bytes())
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// Reads a Send indication: its peer and where its payload lies. Indications are never answered, so
/// that anything wrong (a missing attribute, one we must understand and do not) is just nothing.
pub fn parse_send(bytes: &[u8]) -> Option<(SocketAddr, Range<usize>)> {
    let declared = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
    if HEADER_BYTES + declared != bytes.len() {
        return None;
    }
    let (mut peer, mut data) = (None, None);
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        let [t0, t1, l0, l1] = *bytes.get(at..at + 4)? else {
            return None;
        };
        let (kind, length) = (
            u16::from_be_bytes([t0, t1]),
            usize::from(u16::from_be_bytes([l0, l1])),
        );
        let value = at + 4..at + 4 + length;
        bytes.get(value.clone())?;
        match kind {
            XOR_PEER_ADDRESS if peer.is_none() => {
                peer = Some(xor_address(&bytes[value], &bytes[8..20])?)
            }
            DATA if data.is_none() => data = Some(value),
            XOR_PEER_ADDRESS | DATA | FINGERPRINT => {}
            _ if kind < 0x8000 => return None,
            _ => {}
        }
        at += 4 + padded(length);
    }
    Some((peer?, data?))
}

/// Writes a Data indication into `out` and gives its length; `out` must have the payload's length
/// and [`DATA_OVERHEAD_BYTES`] more.
pub fn write_data(
    out: &mut [u8],
    peer: SocketAddr,
    transaction: [u8; 12],
    payload: &[u8],
) -> usize {
    out[..2].copy_from_slice(&DATA_INDICATION.to_be_bytes());
    out[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
    out[8..20].copy_from_slice(&transaction);
    let port = (peer.port() ^ (MAGIC_COOKIE >> 16) as u16).to_be_bytes();
    let mut at = HEADER_BYTES;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(&XOR_PEER_ADDRESS.to_be_bytes());
    match peer.ip() {
        IpAddr::V4(ip) => {
            put(&[0, 8, 0, 1]);
            put(&port);
            put(&(u32::from(ip) ^ MAGIC_COOKIE).to_be_bytes());
        }
        IpAddr::V6(ip) => {
            let mut mask = [0u8; 16];
            mask[..4].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
            mask[4..].copy_from_slice(&transaction);
            put(&[0, 20, 0, 2]);
            put(&port);
            put(&(u128::from(ip) ^ u128::from_be_bytes(mask)).to_be_bytes());
        }
    }
    put(&DATA.to_be_bytes());
    put(&(payload.len() as u16).to_be_bytes());
    put(payload);
    put(&[0; 3][..padded(payload.len()) - payload.len()]);
    out[2..4].copy_from_slice(&((at - HEADER_BYTES) as u16).to_be_bytes());
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use stun::message::{Getter, Message};
    use webrtc_turn::proto::{data::Data, peeraddr::PeerAddress};

    #[test]
    fn a_data_indication_reads_back_with_the_crate() {
        for (peer, payload) in [
            ("1.2.3.4:5678", &b"hello"[..]),
            ("[2a00::7]:9", b"four"),
            ("9.9.9.9:1", b""),
        ] {
            let peer: SocketAddr = peer.parse().unwrap();
            let mut out = vec![0xEE; payload.len() + DATA_OVERHEAD_BYTES];
            let length = write_data(&mut out, peer, [7; 12], payload);
            let mut message = Message {
                raw: out[..length].to_vec(),
                ..Default::default()
            };
            message.decode().unwrap();
            let (mut address, mut data) = (PeerAddress::default(), Data::default());
            address.get_from(&message).unwrap();
            data.get_from(&message).unwrap();
            assert_eq!(
                (SocketAddr::new(address.ip, address.port), &data.0[..]),
                (peer, payload)
            );
            assert!(
                out[length - (padded(payload.len()) - payload.len())..length]
                    .iter()
                    .all(|b| *b == 0),
                "padding is zero"
            );
            // A Send indication has the same attributes.
            out[..2].copy_from_slice(&SEND_INDICATION.to_be_bytes());
            let (to, range) = parse_send(&out[..length]).unwrap();
            assert_eq!((to, &out[range]), (peer, payload));
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = stun_type(&bytes);
            if let Some((_, range)) = parse_send(&bytes) {
                prop_assert!(range.end <= bytes.len());
            }
        }

        #[test]
        fn no_attribute_soup_panics(kinds in proptest::collection::vec((0u16..0x30, 0usize..24), 0..6)) {
            let mut bytes = vec![0, 0x16, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            for (kind, length) in kinds {
                bytes.extend(kind.to_be_bytes());
                bytes.extend((length as u16).to_be_bytes());
                bytes.extend(vec![1; padded(length)]);
            }
            let length = (bytes.len() - 20) as u16;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            let _ = parse_send(&bytes);
        }
    }
}
