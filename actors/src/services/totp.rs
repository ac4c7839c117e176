//! What an authenticator app computes (RFC 6238), the address that sets one up, and the picture of
//! that address.
//!
//! HMAC-SHA-1 because it is what every app knows; its weakness against collisions does not matter
//! here. Must never log a secret, nor put one into anything that outlives the answer.

use parlor_domain::second_factor::{SECRET_BYTES, STEP, code_of, steps_at};
use parlor_domain::time::Timestamp;
use qrcodegen::{QrCode as Modules, QrCodeEcc};
use ring::hmac;

/// RFC 4648 section 6.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// White modules around the picture (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;

/// A picture of an address: black squares on white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrCode {
    /// Modules on a side, the white border included.
    pub size: u32,
    /// The black ones, as the path of an SVG whose view box has that side.
    pub path: String,
}

/// A secret that belongs into an authenticator app.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    pub(super) fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; SECRET_BYTES]>::try_from(bytes).ok().map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it.
    pub fn text(&self) -> String {
        base32(&self.0)
    }

    /// The code of a step.
    pub fn code(&self, step: u64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let mut digest = [0; 20];
        digest.copy_from_slice(tag.as_ref());
        code_of(&digest)
    }

    /// The step whose code this is, of those that are taken at `now`. All of them are computed, so
    /// that the time says nothing.
    pub(super) fn step_of(&self, code: u32, now: Timestamp) -> Option<u64> {
        let all = steps_at(now).map(|step| (step, self.code(step) == code));
        all.into_iter().find(|(_, same)| *same).map(|it| it.0)
    }

    /// The address that authenticator apps read: `otpauth://totp/…`.
    pub fn address(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (escaped(issuer), escaped(account));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={}",
            self.text(),
            STEP.0 / 1_000,
        )
    }
}

/// What an app shows that was given a secret as text.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn code_at(secret: &str, now: Timestamp) -> Option<u32> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in secret.bytes() {
        let value = ALPHABET.iter().position(|it| *it == letter)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(Secret::from_slice(&bytes)?.code(steps_at(now)[0]))
}

/// A text in letters that are hard to confuse.
pub(super) fn base32(bytes: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
    text
}

/// Everything but letters, digits and three marks in percents (RFC 3986 section 2.1).
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The picture of an address; `None` when it is too long for any.
pub(super) fn picture(address: &str) -> Option<QrCode> {
    let modules = Modules::encode_text(address, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..modules.size() {
        let mut x = 0;
        while x < modules.size() {
            let start = x;
            while x < modules.size() && modules.get_module(x, y) {
                x += 1;
            }
            if x > start {
                let run = x - start;
                path.push_str(&format!("M{},{}h{run}v1h-{run}z", start + QUIET, y + QUIET));
            }
            x += 1;
        }
    }
    let size = u32::try_from(modules.size() + 2 * QUIET).ok()?;
    Some(QrCode { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1: the last six of its eight digits.
    #[test]
    fn the_vectors_of_rfc_6238() {
        let secret = Secret(*b"12345678901234567890");
        for (seconds, code) in [
            (59_u64, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(secret.code(seconds / 30), code, "{seconds}");
            let now = Timestamp(i64::try_from(seconds).unwrap() * 1_000);
            assert_eq!(secret.step_of(code, now), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_taken_one_step_around_its_own() {
        let secret = Secret(*b"12345678901234567890");
        let code = secret.code(100);
        let at = |step: i64| secret.step_of(code, Timestamp(step * 30_000));
        assert_eq!(
            [98, 99, 100, 101, 102].map(at),
            [None, Some(100), Some(100), Some(100), None]
        );
    }

    #[test]
    fn base32_as_in_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_address_and_its_picture() {
        let secret = Secret(*b"12345678901234567890");
        let address = secret.address("meet.example.org", "ada+x@example.org");
        assert_eq!(
            address,
            "otpauth://totp/meet.example.org:ada%2Bx%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=meet.example.org&algorithm=SHA1&digits=6&period=30"
        );
        let picture = picture(&address).unwrap();
        // Version 8 has 49 modules; the three corners begin with seven black ones.
        assert!(picture.size >= 41 + 8, "{}", picture.size);
        assert!(picture.path.starts_with("M4,4h7v1h-7z"));
        assert!(super::picture(&"x".repeat(5_000)).is_none());
    }
}
