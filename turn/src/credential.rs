//! Time-limited credentials: who may use the relay, for which call, until when.
//!
//! A user name is `expiry:call:participant` and its password the base64 of
//! HMAC-SHA1(secret, user name), as browsers' TURN clients expect of a REST credential service. The
//! relay keeps no table of users: it computes the password anew. Nothing here may be logged.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};

/// Longest user name that is looked at, in bytes (RFC 8489 section 14.3 allows 508).
const USERNAME_BYTES_MAX: usize = 256;

/// A secret that credentials are signed with; cannot be printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// From configured bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Secret {
        Secret(bytes.into())
    }

    /// A fresh one of 256 bits.
    pub fn random() -> Secret {
        let mut bytes = vec![0; 32];
        fill_random(&mut bytes);
        Secret(bytes)
    }

    /// The password that belongs to a user name under this secret.
    pub fn password(&self, username: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        BASE64_STANDARD.encode(hmac::sign(&key, username.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What a client presents; goes into `iceServers`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// `expiry:call:participant`, expiry in Unix seconds.
    pub username: String,
    /// Base64 of HMAC-SHA1 over the user name.
    pub password: String,
    /// When it ends, in Unix seconds.
    pub expires: u64,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential(until {})", self.expires)
    }
}

impl Credential {
    /// Signs a credential. `expires` is in Unix seconds.
    pub fn mint(secret: &Secret, call: &str, participant: &str, expires: u64) -> Credential {
        let username = format!("{expires}:{call}:{participant}");
        let password = secret.password(&username);
        Credential {
            username,
            password,
            expires,
        }
    }
}

/// The parts of a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// When the credential ends, in Unix seconds.
    pub expires: u64,
    /// The call.
    pub call: &'a str,
    /// The participant of the call.
    pub participant: &'a str,
}

impl<'a> Claim<'a> {
    /// Reads `expiry:call:participant`; `None` for anything else. A participant may contain colons,
    /// a call may not.
    pub fn parse(username: &'a str) -> Option<Claim<'a>> {
        if username.len() > USERNAME_BYTES_MAX {
            return None;
        }
        let mut parts = username.splitn(3, ':');
        let (expires, call, participant) = (parts.next()?, parts.next()?, parts.next()?);
        if call.is_empty() || participant.is_empty() || !expires.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        Some(Claim {
            expires: expires.parse().ok()?,
            call,
            participant,
        })
    }
}

/// Fills a buffer from the system's generator.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    // Without randomness there is no safe way on; on Linux this can only fail before the pool is
    // seeded at boot.
    #[allow(clippy::expect_used)]
    SystemRandom::new()
        .fill(bytes)
        .expect("the system's random generator");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_name_parses_back() {
        let credential = Credential::mint(&Secret::new("s"), "call-1", "host:2", 1_700_000_000);
        let claim = Claim::parse(&credential.username).unwrap();
        assert_eq!(
            claim,
            Claim {
                expires: 1_700_000_000,
                call: "call-1",
                participant: "host:2"
            }
        );
    }

    #[test]
    fn the_password_is_the_common_rest_form() {
        // printf '1700000000:c:p' | openssl dgst -sha1 -hmac secret -binary | base64
        assert_eq!(
            Secret::new("secret").password("1700000000:c:p"),
            "p5y9OUOThgYVjryzegM2iKeVKVI="
        );
    }

    #[test]
    fn other_names_are_no_claims() {
        for name in [
            "",
            "bob",
            "1:2",
            ":a:b",
            "x:a:b",
            "1::b",
            "1:a:",
            "-1:a:b",
            "99999999999999999999999:a:b",
        ] {
            assert_eq!(Claim::parse(name), None, "{name}");
        }
        assert_eq!(Claim::parse(&format!("1:a:{}", "x".repeat(300))), None);
    }

    #[test]
    fn nothing_secret_is_printed() {
        let credential = Credential::mint(&Secret::new("hush"), "c", "p", 1);
        let shown = format!("{:?} {:?}", Secret::new("hush"), credential);
        assert!(
            !shown.contains("hush") && !shown.contains(&credential.password),
            "{shown}"
        );
    }
}
