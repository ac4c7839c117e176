//! One sealed value: ChaCha20-Poly1305 with a random nonce.
//!
//! ```text
//!   0  1  | id of the key (4) | nonce (12) | ciphertext | tag (16)
//! ```
//!
//! A row's first byte is its version, from 1, so a leading 0 tells a sealed value from a plain one that
//! an older program wrote. The second byte is the format. What a value is sealed for is its place:
//! table and key of the row are the associated data, so that it opens nowhere else. Nonces are random:
//! after 2^36 rows sealed with one key (a hundred a second for twenty years) two are equal with a chance
//! of 2^-25, and a new key begins at nothing.

use std::fmt;

use bytes::Bytes;
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

const MARK: [u8; 2] = [0, 1];
const ID_LEN: usize = 4;
const TAG_LEN: usize = 16;
const HEAD_LEN: usize = MARK.len() + ID_LEN + NONCE_LEN;
/// How much longer a value is when it is sealed, in bytes.
pub const OVERHEAD: usize = HEAD_LEN + TAG_LEN;
/// Length of a key, in bytes.
pub const SECRET_LEN: usize = 32;

/// What a key is called: random, and no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; ID_LEN]);

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl KeyId {
    /// The id that [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let number = u32::from_str_radix(text, 16).ok()?;
        (text.len() == 2 * ID_LEN).then_some(Self(number.to_be_bytes()))
    }
}

/// A key that is ready to be used.
pub struct Key {
    /// Its name.
    pub id: KeyId,
    aead: LessSafeKey,
    random: SystemRandom,
}

impl Key {
    /// Of 256 bits.
    pub fn new(id: KeyId, secret: &[u8; SECRET_LEN]) -> Self {
        #[expect(clippy::expect_used, reason = "the length is the type's")]
        let unbound = UnboundKey::new(&CHACHA20_POLY1305, secret).expect("a key of this length");
        Self {
            id,
            aead: LessSafeKey::new(unbound),
            random: SystemRandom::new(),
        }
    }
}

/// Whether these bytes are a sealed value.
pub fn is_sealed(value: &[u8]) -> bool {
    value.len() >= OVERHEAD && value.starts_with(&MARK)
}

/// The key that a sealed value needs.
pub fn key_of(sealed: &[u8]) -> KeyId {
    let id = sealed.get(MARK.len()..).and_then(<[u8]>::first_chunk);
    KeyId(id.copied().unwrap_or_default())
}

/// A value sealed for this place; `None` when the system has no random numbers.
pub fn seal(key: &Key, place: &[u8], plain: &[u8]) -> Option<Bytes> {
    let mut nonce = [0; NONCE_LEN];
    key.random.fill(&mut nonce).ok()?;
    let mut out = Vec::with_capacity(OVERHEAD + plain.len());
    out.extend_from_slice(&MARK);
    out.extend_from_slice(&key.id.0);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plain);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key
        .aead
        .seal_in_place_separate_tag(nonce, Aad::from(place), &mut out[HEAD_LEN..])
        .ok()?;
    out.extend_from_slice(tag.as_ref());
    Some(out.into())
}

/// What was sealed for this place; `None` when it was changed or sealed for another one.
pub fn open(key: &Key, place: &[u8], sealed: &[u8]) -> Option<Bytes> {
    let nonce = sealed.get(HEAD_LEN - NONCE_LEN..)?.first_chunk()?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let mut out = sealed.get(HEAD_LEN..)?.to_vec();
    let len = key
        .aead
        .open_in_place(nonce, Aad::from(place), &mut out)
        .ok()?
        .len();
    out.truncate(len);
    Some(out.into())
}
