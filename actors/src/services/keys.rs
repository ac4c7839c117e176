//! Keys and random numbers. One secret of the installation; every use has its own key derived from
//! it, so that a value made for one use is worthless for every other.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_domain::{
    account::Email,
    id::{InvitationId, LoginId, MeetingId, OrderId, UserId},
    login::TokenHash,
    mail::OneTimeId,
};
use ring::{
    aead, hmac,
    rand::{SecureRandom, SystemRandom},
};
use uuid::{Builder, Uuid};

/// Bytes of a join link's and a one-time link's token: 160 bits.
const LINK_BYTES: usize = 20;
/// Random bytes of a refresh token: 256 bits.
const REFRESH_BYTES: usize = 32;

/// All keys of the services.
pub struct Keys {
    access: [u8; 32],
    links: hmac::Key,
    seals: hmac::Key,
    hashes: hmac::Key,
    addresses: aead::LessSafeKey,
    rows: aead::LessSafeKey,
}

/// A refresh token that this server made; whether it is still good is for its login to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownRefresh {
    /// The login it names.
    pub login: LoginId,
    /// Its hash.
    pub hash: TokenHash,
}

impl Keys {
    /// Derives every key from the installation's secret (32 bytes or more of good randomness).
    pub fn derive(secret: &[u8]) -> Self {
        let master = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let sub = |label: &str| {
            let tag = hmac::sign(&master, label.as_bytes());
            let mut key = [0; 32];
            key.copy_from_slice(tag.as_ref());
            key
        };
        let key = |label| hmac::Key::new(hmac::HMAC_SHA256, &sub(label));
        Self {
            access: sub("parlor access tokens v1"),
            links: key("parlor links v1"),
            seals: key("parlor refresh seals v1"),
            hashes: key("parlor token hashes v1"),
            addresses: aes_key(&sub("parlor addresses v1")),
            rows: aes_key(&sub("parlor secret rows v1")),
        }
    }

    /// Key that signs access tokens.
    pub(super) fn access(&self) -> &[u8; 32] {
        &self.access
    }

    /// The token of an invitation's join link. Derived, so that it is nowhere in the store and can
    /// still be put into a reminder.
    pub fn join_token(&self, invitation: InvitationId) -> String {
        self.link("join", invitation.as_bytes())
    }

    /// The token of a one-time link.
    pub fn one_time_token(&self, id: &OneTimeId) -> String {
        self.link("once", id)
    }

    /// The secret in the address to which a gateway sends its word about one order.
    pub fn callback_token(&self, order: OrderId) -> String {
        self.link("payment callback", order.as_bytes())
    }

    /// The secret in the address of an order's way to its checkout.
    pub fn checkout_token(&self, order: OrderId) -> String {
        self.link("checkout", order.as_bytes())
    }

    /// The token of the page on which a client moves a booking or calls it off: the meeting, its
    /// version, and a seal.
    pub fn manage_token(&self, meeting: MeetingId, version: u32) -> String {
        let body = [meeting.as_bytes().as_slice(), &version.to_be_bytes()].concat();
        let seal = self.manage_seal(&body);
        URL_SAFE_NO_PAD.encode([&body, &seal.as_ref()[..LINK_BYTES]].concat())
    }

    /// Reads such a token; `None` when this server did not make it.
    pub fn read_manage(&self, token: &str) -> Option<(MeetingId, u32)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, _) = bytes.split_at_checked(16 + 4)?;
        let (id, version) = body.split_first_chunk::<16>()?;
        let (id, version) = (MeetingId::from_bytes(*id), version.first_chunk::<4>()?);
        let version = u32::from_be_bytes(*version);
        let good = self.manage_token(id, version);
        self.is_same(token, &good).then_some((id, version))
    }

    /// The token of the page on which a host answers a request: the meeting and a seal.
    pub fn request_token(&self, meeting: MeetingId) -> String {
        let body = meeting.as_bytes().as_slice();
        let seal = hmac::sign(&self.links, &[b"request".as_slice(), body].concat());
        URL_SAFE_NO_PAD.encode([body, &seal.as_ref()[..LINK_BYTES]].concat())
    }

    /// Reads such a token; `None` when this server did not make it.
    pub fn read_request(&self, token: &str) -> Option<MeetingId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let id = MeetingId::from_bytes(*bytes.first_chunk::<16>()?);
        self.is_same(token, &self.request_token(id)).then_some(id)
    }

    /// The token of the page on which somebody takes a copy of their data that an admin asked for: whose,
    /// which, and a seal.
    pub fn export_token(&self, user: UserId, export: Uuid) -> String {
        let body = [user.as_bytes().as_slice(), export.as_bytes()].concat();
        let seal = hmac::sign(&self.links, &[b"export".as_slice(), &body].concat());
        URL_SAFE_NO_PAD.encode([&body, &seal.as_ref()[..LINK_BYTES]].concat())
    }

    /// Reads such a token; `None` when this server did not make it.
    pub fn read_export(&self, token: &str) -> Option<(UserId, Uuid)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (user, rest) = bytes.split_first_chunk::<16>()?;
        let (user, export) = (
            UserId(Uuid::from_bytes(*user)),
            Uuid::from_bytes(*rest.first_chunk::<16>()?),
        );
        let good = self.export_token(user, export);
        self.is_same(token, &good).then_some((user, export))
    }

    fn manage_seal(&self, body: &[u8]) -> hmac::Tag {
        hmac::sign(&self.links, &[b"manage".as_slice(), body].concat())
    }

    /// The secret in the address of a calendar feed: 256 bits.
    pub fn feed_token(&self, id: &[u8; 16]) -> String {
        let tag = hmac::sign(&self.links, &[b"calendar feed".as_slice(), id].concat());
        URL_SAFE_NO_PAD.encode(tag)
    }

    /// An address as a token that only this server can read: for links in mails that concern an
    /// address and must not show it. The same address gives the same token.
    pub fn seal_address(&self, address: &Email) -> Option<String> {
        let text = address.as_str().as_bytes();
        let tag = hmac::sign(&self.links, &[b"address nonce".as_slice(), text].concat());
        let nonce = *tag.as_ref().first_chunk::<12>()?;
        let mut sealed = text.to_vec();
        let nonce_of = aead::Nonce::assume_unique_for_key(nonce);
        self.addresses
            .seal_in_place_append_tag(nonce_of, aead::Aad::empty(), &mut sealed)
            .ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The address in such a token; `None` when this server did not make it.
    pub fn open_address(&self, token: &str) -> Option<Email> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<12>()?;
        let mut sealed = sealed.to_vec();
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let text = self
            .addresses
            .open_in_place(nonce, aead::Aad::empty(), &mut sealed)
            .ok()?;
        Email::parse(std::str::from_utf8(text).ok()?).ok()
    }

    /// A secret as a row that is worth nothing without the installation's own secret, wherever a copy
    /// of the store goes.
    pub fn seal_row(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let nonce = random::<12>();
        let mut sealed = secret.to_vec();
        let nonce_of = aead::Nonce::assume_unique_for_key(nonce);
        self.rows
            .seal_in_place_append_tag(nonce_of, aead::Aad::empty(), &mut sealed)
            .ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// The secret in such a row; `None` when the installation's secret is another one now.
    pub fn open_row(&self, row: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = row.split_first_chunk::<12>()?;
        let mut sealed = sealed.to_vec();
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let opened = self
            .rows
            .open_in_place(nonce, aead::Aad::empty(), &mut sealed);
        opened.ok().map(|it| it.to_vec())
    }

    fn link(&self, what: &str, id: &[u8; 16]) -> String {
        let tag = hmac::sign(&self.links, &[what.as_bytes(), id].concat());
        URL_SAFE_NO_PAD.encode(&tag.as_ref()[..LINK_BYTES])
    }

    /// Whether a token that somebody showed is the one that it should be. Compares keyed hashes, so
    /// that the time which it takes says nothing about the token.
    pub(super) fn is_same(&self, shown: &str, good: &str) -> bool {
        self.hash(shown) == self.hash(good)
    }

    /// What the store knows a token by.
    pub fn hash(&self, token: &str) -> TokenHash {
        self.hash_parts(&[token.as_bytes()])
    }

    /// A keyed hash of several parts, each with its length, so that parts cannot run together.
    pub fn hash_parts(&self, parts: &[&[u8]]) -> TokenHash {
        let mut context = hmac::Context::with_key(&self.hashes);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }

    /// A new refresh token of a login: the login's id, 256 random bits, and a seal that tells a
    /// retired token (a thief) from an invented one (noise).
    pub fn make_refresh(&self, login: LoginId) -> (String, TokenHash) {
        let body = [login.as_bytes().as_slice(), &random::<REFRESH_BYTES>()].concat();
        let seal = hmac::sign(&self.seals, &body);
        let token = URL_SAFE_NO_PAD.encode([&body, seal.as_ref()].concat());
        let hash = self.hash(&token);
        (token, hash)
    }

    /// A proof for a browser that it logged into the account of this address: a number of its own and a
    /// seal. Opens nothing.
    pub fn known_device(&self, email: &Email) -> String {
        let number = random::<16>();
        let seal = self.device_seal(&number, email);
        URL_SAFE_NO_PAD.encode([number.as_slice(), &seal.as_ref()[..LINK_BYTES]].concat())
    }

    /// The number in such a proof; `None` when this server did not make it for this address.
    pub fn read_known_device(&self, proof: &str, email: &Email) -> Option<[u8; 16]> {
        let bytes = URL_SAFE_NO_PAD.decode(proof).ok()?;
        let (number, seal) = bytes.split_first_chunk::<16>()?;
        let good = self.device_seal(number, email);
        // Compared as keyed hashes, so that the time says nothing.
        let same = self.hash_parts(&[seal]) == self.hash_parts(&[&good.as_ref()[..LINK_BYTES]]);
        same.then_some(*number)
    }

    fn device_seal(&self, number: &[u8; 16], email: &Email) -> hmac::Tag {
        let address = email.as_str().as_bytes();
        hmac::sign(
            &self.seals,
            &[b"device".as_slice(), number, address].concat(),
        )
    }

    /// Reads a refresh token; `None` when this server did not make it.
    pub fn read_refresh(&self, token: &str) -> Option<ShownRefresh> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, seal) = bytes.split_at_checked(16 + REFRESH_BYTES)?;
        hmac::verify(&self.seals, body, seal).ok()?;
        Some(ShownRefresh {
            login: LoginId::from_bytes(*body.first_chunk::<16>()?),
            hash: self.hash(token),
        })
    }
}

fn aes_key(secret: &[u8; 32]) -> aead::LessSafeKey {
    match aead::UnboundKey::new(&aead::AES_256_GCM, secret) {
        Ok(key) => aead::LessSafeKey::new(key),
        Err(_) => unreachable!("a key of AES-256 has 32 bytes"),
    }
}

/// Random bytes from the operating system.
///
/// # Panics
/// When the system has no randomness: nothing may go on without it.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if SystemRandom::new().fill(&mut bytes).is_err() {
        panic!("the operating system gave no random bytes");
    }
    bytes
}

/// An id of a row that is read in the order of its making: UUIDv7 of this instant.
pub fn ordered_id(now: parlor_domain::time::Timestamp) -> Uuid {
    let millis = u64::try_from(now.0).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random::<10>()).into_uuid()
}

/// An id that cannot be guessed: 122 random bits in the form of a UUIDv4.
pub fn unguessable_id() -> Uuid {
    Builder::from_random_bytes(random::<16>()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_known_by_its_seal() {
        let keys = Keys::derive(&[1; 32]);
        let login = LoginId(Uuid::from_u128(5));
        let (token, hash) = keys.make_refresh(login);
        assert_eq!(
            keys.read_refresh(&token),
            Some(ShownRefresh { login, hash })
        );
        let mut forged = token.clone().into_bytes();
        forged[30] ^= 1;
        let forged = String::from_utf8(forged).unwrap_or_default();
        for bad in [forged.as_str(), "", "x", &token[..40]] {
            assert_eq!(keys.read_refresh(bad), None, "{bad:?}");
        }
        assert_eq!(Keys::derive(&[2; 32]).read_refresh(&token), None);
    }

    #[test]
    fn a_device_is_known_to_one_account() {
        let keys = Keys::derive(&[1; 32]);
        let ada = Email::parse("ada@example.org").unwrap();
        let bob = Email::parse("bob@example.org").unwrap();
        let proof = keys.known_device(&ada);
        assert!(keys.read_known_device(&proof, &ada).is_some());
        assert_ne!(keys.known_device(&ada), proof, "each browser has its own");
        assert_eq!(keys.read_known_device(&proof, &bob), None);
        assert_eq!(Keys::derive(&[2; 32]).read_known_device(&proof, &ada), None);
        for bad in ["", "x", &proof[..20]] {
            assert_eq!(keys.read_known_device(bad, &ada), None, "{bad}");
        }
    }

    #[test]
    fn a_manage_token_is_of_one_version() {
        let keys = Keys::derive(&[1; 32]);
        let meeting = MeetingId(Uuid::from_u128(5));
        let token = keys.manage_token(meeting, 3);
        assert_eq!(keys.read_manage(&token), Some((meeting, 3)));
        assert_ne!(keys.manage_token(meeting, 4), token);
        for bad in ["", "x", &token[1..], &token.to_lowercase()] {
            assert_eq!(keys.read_manage(bad), None, "{bad:?}");
        }
        assert_eq!(Keys::derive(&[2; 32]).read_manage(&token), None);
    }

    #[test]
    fn links_differ_by_use_and_stay_the_same() {
        let keys = Keys::derive(&[1; 32]);
        let join = keys.join_token(InvitationId(Uuid::from_bytes([7; 16])));
        assert_eq!(join.len(), 27);
        assert_ne!(join, keys.one_time_token(&[7; 16]));
        assert_eq!(
            join,
            keys.join_token(InvitationId(Uuid::from_bytes([7; 16])))
        );
    }

    #[test]
    fn a_sealed_row_is_read_with_the_same_secret_only() {
        let keys = Keys::derive(&[1; 32]);
        let row = keys.seal_row(b"secret").unwrap();
        assert_eq!(keys.open_row(&row).as_deref(), Some(&b"secret"[..]));
        assert_ne!(keys.seal_row(b"secret").unwrap(), row);
        assert_eq!(Keys::derive(&[2; 32]).open_row(&row), None);
        assert_eq!(keys.open_row(b"x"), None);
    }

    #[test]
    fn an_address_in_a_link_is_read_by_this_server_only() {
        let keys = Keys::derive(&[1; 32]);
        let address = Email::parse("ada@example.org").unwrap();
        let token = keys.seal_address(&address).unwrap();
        assert_eq!(keys.seal_address(&address).as_ref(), Some(&token));
        assert_eq!(keys.open_address(&token), Some(address));
        assert_eq!(Keys::derive(&[2; 32]).open_address(&token), None);
        for bad in ["", "x", &token[1..], &token[..20]] {
            assert_eq!(keys.open_address(bad), None, "{bad}");
        }
        assert_eq!(keys.feed_token(&[7; 16]).len(), 43);
    }
}
