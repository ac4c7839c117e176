//! A message that only one browser can read (RFC 8291: its key agreement; RFC 8188: `aes128gcm`).
//! The push service that carries it sees neither text nor, since short texts are filled up, length.
//!
//! On ring, like all crypto of this program: the crates for this bring OpenSSL or the `rsa` crate
//! along, and what is left to do is this page.

use parlor_domain::push::{KEY_BYTES, SECRET_BYTES};
use ring::{aead, agreement, hkdf, rand::SystemRandom};

use crate::services::keys::random;

/// Texts are filled up to this, in bytes, so that their length says nothing about their kind.
const FILLED_TO: usize = 256;
/// Longest text, in bytes: every push service takes messages of 4,096 bytes (RFC 8030, 7.2).
const TEXT_BYTES_MAX: usize = 3_072;
/// Size of a record, in the header. There is one record, and it is shorter.
const RECORD_BYTES: u32 = 4_096;
/// Ends the text of the last record (RFC 8188, 2).
const LAST: u8 = 2;

/// Why nothing was sealed: the key is no point on the curve, or the text is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cannot be sealed")]
pub struct NotSealed;

/// Seals a text for the browser with this public key and secret: the body of a request with
/// `Content-Encoding: aes128gcm`.
pub fn seal(
    theirs: &[u8; KEY_BYTES],
    secret: &[u8; SECRET_BYTES],
    text: &[u8],
) -> Result<Vec<u8>, NotSealed> {
    let fresh =
        agreement::EphemeralPrivateKey::generate(&agreement::ECDH_P256, &SystemRandom::new());
    let fresh = fresh.map_err(|_| NotSealed)?;
    let mine = fresh.compute_public_key().map_err(|_| NotSealed)?;
    let mine: [u8; KEY_BYTES] = mine.as_ref().try_into().map_err(|_| NotSealed)?;
    let them = agreement::UnparsedPublicKey::new(&agreement::ECDH_P256, theirs);
    let fill = FILLED_TO.saturating_sub(text.len());
    agreement::agree_ephemeral(fresh, &them, |shared| {
        let agreed = Agreed {
            shared,
            secret,
            theirs,
            mine: &mine,
        };
        agreed.seal(&random(), text, fill)
    })
    .unwrap_or(Err(NotSealed))
}

/// Both keys and what came of them.
struct Agreed<'a> {
    shared: &'a [u8],
    secret: &'a [u8; SECRET_BYTES],
    theirs: &'a [u8; KEY_BYTES],
    mine: &'a [u8; KEY_BYTES],
}

impl Agreed<'_> {
    /// Key and nonce of the one record (RFC 8291, 3.3 and 3.4).
    fn keys(&self, salt: &[u8; 16]) -> Result<([u8; 16], [u8; 12]), NotSealed> {
        let of_both = hkdf::Salt::new(hkdf::HKDF_SHA256, self.secret).extract(self.shared);
        let info = [&b"WebPush: info\0"[..], self.theirs, self.mine];
        let input: [u8; 32] = expand(&of_both, &info)?;
        let of_message = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&input);
        let key = expand(&of_message, &[b"Content-Encoding: aes128gcm\0"])?;
        let nonce = expand(&of_message, &[b"Content-Encoding: nonce\0"])?;
        Ok((key, nonce))
    }

    fn seal(&self, salt: &[u8; 16], text: &[u8], fill: usize) -> Result<Vec<u8>, NotSealed> {
        if text.len() + fill > TEXT_BYTES_MAX {
            return Err(NotSealed);
        }
        let (key, nonce) = self.keys(salt)?;
        let key = aead::UnboundKey::new(&aead::AES_128_GCM, &key).map_err(|_| NotSealed)?;
        let mut record = [text, &[LAST]].concat();
        record.resize(record.len() + fill, 0);
        aead::LessSafeKey::new(key)
            .seal_in_place_append_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::empty(),
                &mut record,
            )
            .map_err(|_| NotSealed)?;
        let size = RECORD_BYTES.to_be_bytes();
        let id_bytes = [KEY_BYTES as u8];
        Ok([&salt[..], &size, &id_bytes, self.mine, &record].concat())
    }
}

/// So many bytes.
struct Bytes(usize);

impl hkdf::KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(from: &hkdf::Prk, info: &[&[u8]]) -> Result<[u8; N], NotSealed> {
    let mut bytes = [0; N];
    let made = from.expand(info, Bytes(N));
    made.and_then(|it| it.fill(&mut bytes))
        .map_err(|_| NotSealed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        bytes.try_into().unwrap()
    }

    /// RFC 8291, appendix A, from what both ends agreed on: ring makes its own private keys.
    #[test]
    fn the_example_of_rfc_8291_comes_out_byte_for_byte() {
        let shared: [u8; 32] = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let theirs = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let mine = bytes(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let agreed = Agreed {
            shared: &shared,
            secret: &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
            theirs: &theirs,
            mine: &mine,
        };
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let (key, nonce) = agreed.keys(&salt).unwrap();
        assert_eq!(key, bytes("oIhVW04MRdy2XN9CiKLxTg"));
        assert_eq!(nonce, bytes("4h_95klXJ5E_qnoN"));
        let text = b"When I grow up, I want to be a watermelon";
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg\
                        Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVB\
                        St2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        let sealed = agreed.seal(&salt, text, 0).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(sealed), expected);
    }

    /// The browser's side, with keys of ring's own.
    #[test]
    fn a_browser_reads_what_was_sealed_for_it_and_no_length_tells_texts_apart() {
        let open = |text: &[u8]| {
            let browser = agreement::EphemeralPrivateKey::generate(
                &agreement::ECDH_P256,
                &SystemRandom::new(),
            )
            .unwrap();
            let theirs = browser.compute_public_key().unwrap();
            let theirs: [u8; KEY_BYTES] = theirs.as_ref().try_into().unwrap();
            let sealed = seal(&theirs, &[7; 16], text).unwrap();
            let salt: [u8; 16] = sealed[..16].try_into().unwrap();
            let mine: [u8; KEY_BYTES] = sealed[21..86].try_into().unwrap();
            let server = agreement::UnparsedPublicKey::new(&agreement::ECDH_P256, mine);
            let (key, nonce) = agreement::agree_ephemeral(browser, &server, |shared| {
                let agreed = Agreed {
                    shared,
                    secret: &[7; 16],
                    theirs: &theirs,
                    mine: &mine,
                };
                agreed.keys(&salt).unwrap()
            })
            .unwrap();
            let key = aead::UnboundKey::new(&aead::AES_128_GCM, &key).unwrap();
            let mut record = sealed[86..].to_vec();
            let nonce = aead::Nonce::assume_unique_for_key(nonce);
            let key = aead::LessSafeKey::new(key);
            let opened = key
                .open_in_place(nonce, aead::Aad::empty(), &mut record)
                .unwrap();
            let end = opened.iter().rposition(|it| *it != 0).unwrap();
            assert_eq!(opened[end], LAST);
            (opened[..end].to_vec(), sealed.len())
        };
        let (short, long) = (open(b"{}"), open(&[b'x'; 200]));
        assert_eq!((short.0.as_slice(), long.0.len()), (&b"{}"[..], 200));
        assert_eq!(short.1, long.1);
    }

    #[test]
    fn no_point_and_no_long_text_is_sealed() {
        let mut no_point = [9; KEY_BYTES];
        no_point[0] = 4;
        assert_eq!(seal(&no_point, &[0; 16], b"x"), Err(NotSealed));
        let browser =
            agreement::EphemeralPrivateKey::generate(&agreement::ECDH_P256, &SystemRandom::new())
                .unwrap();
        let key = browser.compute_public_key().unwrap();
        let key = key.as_ref().try_into().unwrap();
        assert_eq!(seal(&key, &[0; 16], &[b'x'; 4_000]), Err(NotSealed));
    }
}
