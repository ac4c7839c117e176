//! Nonces without a memory: the time, and a MAC over it and the client's address.
//!
//! A stranger's packet so leaves nothing behind, and a nonce is worthless from any other address
//! (RFC 8489 section 9.2; the stock server keeps 100 bytes for ever for each packet, and takes
//! anybody's nonce).

use std::net::SocketAddr;

use ring::hmac;

use crate::credential::fill_random;

/// Seconds that a nonce is good for; then 438 brings a new one.
const LIFETIME_SECONDS: u64 = 3600;
/// Seconds after which the key changes; the previous one is good for as long again.
const EPOCH_SECONDS: u64 = 3600;
/// Bytes of the MAC that are kept: 96 bits.
const MAC_BYTES: usize = 12;
/// Length of a nonce: eight digits of time, and the MAC in hexadecimal.
const NONCE_LENGTH: usize = 8 + 2 * MAC_BYTES;

/// What all nonces of this process are made from; new at each start.
#[derive(Clone)]
pub(crate) struct Nonces {
    master: hmac::Key,
}

impl Nonces {
    pub fn new() -> Nonces {
        let mut bytes = [0; 32];
        fill_random(&mut bytes);
        Nonces {
            master: hmac::Key::new(hmac::HMAC_SHA256, &bytes),
        }
    }

    fn epoch_key(&self, seconds: u64) -> hmac::Key {
        let epoch = (seconds / EPOCH_SECONDS).to_be_bytes();
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&self.master, &epoch).as_ref())
    }

    fn mac(&self, seconds: u64, client: SocketAddr, stream: bool) -> [u8; MAC_BYTES] {
        let mut context = hmac::Context::with_key(&self.epoch_key(seconds));
        context.update(&seconds.to_be_bytes());
        match client.ip() {
            std::net::IpAddr::V4(ip) => context.update(&ip.octets()),
            std::net::IpAddr::V6(ip) => context.update(&ip.octets()),
        }
        context.update(&client.port().to_be_bytes());
        context.update(&[u8::from(stream)]);
        let mut mac = [0; MAC_BYTES];
        mac.copy_from_slice(&context.sign().as_ref()[..MAC_BYTES]);
        mac
    }

    /// A nonce for this client; `seconds` of any clock that never goes back.
    pub fn issue(&self, seconds: u64, client: SocketAddr, stream: bool) -> String {
        let mut nonce = format!("{:08x}", seconds as u32);
        for byte in self.mac(seconds, client, stream) {
            nonce.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            nonce.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        nonce
    }

    /// Whether this is a nonce of ours, for this client, and young enough.
    pub fn good(&self, nonce: &[u8], seconds: u64, client: SocketAddr, stream: bool) -> bool {
        if nonce.len() != NONCE_LENGTH || !nonce.is_ascii() {
            return false;
        }
        let Ok(text) = std::str::from_utf8(&nonce[..8]) else {
            return false;
        };
        let Ok(issued) = u64::from_str_radix(text, 16) else {
            return false;
        };
        if issued > seconds || seconds - issued > LIFETIME_SECONDS {
            return false;
        }
        // Compared as MACs of both, so that the time tells nothing about how much was right.
        let expected = self.issue(issued, client, stream);
        hmac::verify(
            &self.master,
            nonce,
            hmac::sign(&self.master, expected.as_bytes()).as_ref(),
        )
        .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_for_one_address_one_transport_and_an_hour() {
        let nonces = Nonces::new();
        let client: SocketAddr = "1.2.3.4:5".parse().unwrap();
        let nonce = nonces.issue(7000, client, false);
        let good = |seconds, client: &str, stream| {
            nonces.good(nonce.as_bytes(), seconds, client.parse().unwrap(), stream)
        };
        assert!(good(7000, "1.2.3.4:5", false) && good(10600, "1.2.3.4:5", false));
        assert!(!good(10601, "1.2.3.4:5", false), "too old");
        assert!(!good(6999, "1.2.3.4:5", false), "of the future");
        assert!(
            !good(7000, "1.2.3.4:6", false) && !good(7000, "1.2.3.5:5", false),
            "another address"
        );
        assert!(!good(7000, "1.2.3.4:5", true), "another transport");
        assert!(
            !Nonces::new().good(nonce.as_bytes(), 7000, client, false),
            "another process"
        );
        for bad in [
            "",
            "x",
            &nonce[1..],
            &nonce.to_uppercase(),
            &format!("{nonce}0"),
            "ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ",
        ] {
            assert!(!nonces.good(bad.as_bytes(), 7000, client, false), "{bad}");
        }
    }
}
