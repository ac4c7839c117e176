//! The second factor of a login: codes of an authenticator app (RFC 6238: SHA-1, six digits, 30
//! seconds), and recovery codes for the day on which the phone is gone.
//!
//! Must never compute with the secret nor see a recovery code: the digests are made two floors up. Start at
//! [`SecondFactor`].

use crate::{
    id::UserId,
    time::{Millis, Timestamp},
};

/// How long one code is shown.
pub const STEP: Millis = Millis::from_secs(30);
/// Digits of a code.
pub const DIGITS: usize = 6;
/// Bytes of a secret; as long as the digest, which RFC 4226 section 4 recommends.
pub const SECRET_BYTES: usize = 20;
/// Recovery codes that are handed out at a time.
pub const RECOVERY_CODES: usize = 10;
/// How long a secret that was shown can be confirmed by its first code.
pub const SETUP_LIFETIME: Millis = Millis::from_mins(30);
/// Wrong codes that bring no wait.
pub const WRONG_CODES_FREE: u32 = 5;

/// A keyed hash of a recovery code.
pub type CodeHash = [u8; 32];

/// The steps whose codes are taken at `now`: the present one first, then those beside it, because
/// clocks differ and fingers are slow (RFC 6238 section 5.2).
pub fn steps_at(now: Timestamp) -> [u64; 3] {
    let present = u64::try_from(now.0 / STEP.0).unwrap_or(0);
    [present, present.saturating_sub(1), present + 1]
}

/// The code that a digest of a step's number stands for (RFC 4226 section 5.3).
pub fn code_of(digest: &[u8; 20]) -> u32 {
    let offset = usize::from(digest[19] & 0x0f);
    let word = [0, 1, 2, 3].map(|n| digest[offset + n]);
    (u32::from_be_bytes(word) & 0x7fff_ffff) % 10_u32.pow(6)
}

/// What somebody typed, as the one of two kinds that it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Six digits.
    Code(u32),
    /// A recovery code in the one form in which they are compared.
    Recovery(String),
}

impl Typed {
    /// Reads it: spaces and hyphens mean nothing, and letters may have any case.
    pub fn read(text: &str) -> Option<Self> {
        let marks = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let plain: String = marks.take(33).map(|c| c.to_ascii_uppercase()).collect();
        let is_code = plain.len() == DIGITS && plain.bytes().all(|it| it.is_ascii_digit());
        match plain.as_str() {
            "" => None,
            code if is_code => code.parse().ok().map(Self::Code),
            // The alphabet has no 0, 1 and 8; who reads one read a letter wrong.
            _ => Some(Self::Recovery(
                plain.replace('0', "O").replace('1', "I").replace('8', "B"),
            )),
        }
    }
}

/// The second factor of one account. There is one only while it is on.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Whose.
    pub user: UserId,
    /// The secret; opaque here, and sealed at rest like every row.
    pub secret: Vec<u8>,
    /// When it was switched on.
    pub on_since: Timestamp,
    /// The newest step whose code was used; it and older ones say nothing any more.
    pub used_step: u64,
    /// Recovery codes that were not used.
    pub recovery: Vec<CodeHash>,
}

/// Never the secret.
impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor")
            .field("user", &self.user)
            .field("on_since", &self.on_since)
            .finish_non_exhaustive()
    }
}

/// What was shown, as far as the floor above could tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The code of this step; `None` when it is the code of no step that is taken now.
    Code(Option<u64>),
    /// A recovery code.
    Recovery(CodeHash),
}

impl SecondFactor {
    /// Takes what was shown. Whatever is accepted is used up: a code that somebody read over a
    /// shoulder is worth nothing, and a recovery code works once.
    pub fn accept(&mut self, shown: Shown) -> bool {
        match shown {
            Shown::Code(Some(step)) if step > self.used_step => {
                self.used_step = step;
                true
            }
            Shown::Code(_) => false,
            Shown::Recovery(hash) => {
                let before = self.recovery.len();
                self.recovery.retain(|it| *it != hash);
                self.recovery.len() < before
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn factor() -> SecondFactor {
        SecondFactor {
            user: UserId(Uuid::from_u128(1)),
            secret: vec![1],
            on_since: Timestamp(0),
            used_step: 10,
            recovery: vec![[1; 32], [2; 32]],
        }
    }

    #[test]
    fn a_code_is_taken_once_and_no_older_one_after_it() {
        let mut it = factor();
        for (step, taken) in [
            (None, false),
            (Some(10), false),
            (Some(12), true),
            (Some(12), false),
            (Some(11), false),
            (Some(13), true),
        ] {
            assert_eq!(it.accept(Shown::Code(step)), taken, "{step:?}");
        }
    }

    #[test]
    fn a_recovery_code_works_once() {
        let mut it = factor();
        for (code, taken) in [(1, true), (1, false), (3, false), (2, true), (2, false)] {
            assert_eq!(it.accept(Shown::Recovery([code; 32])), taken, "{code}");
        }
        assert!(it.recovery.is_empty());
    }

    #[test]
    fn one_step_before_and_after() {
        assert_eq!(steps_at(Timestamp(59_000)), [1, 0, 2]);
        assert_eq!(steps_at(Timestamp(60_000)), [2, 1, 3]);
        assert_eq!(steps_at(Timestamp(-5)), [0, 0, 1]);
    }

    #[test]
    fn truncation_as_in_rfc_4226_section_5_4() {
        let digest = [
            0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca, 0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19,
            0xda, 0x8e, 0x94, 0x5b, 0x55, 0x5a,
        ];
        assert_eq!(code_of(&digest), 872_921);
    }

    #[test]
    fn what_people_type() {
        let recovery = |text: &str| Some(Typed::Recovery(text.into()));
        for (text, read) in [
            ("123456", Some(Typed::Code(123_456))),
            (" 012 345 ", Some(Typed::Code(12_345))),
            ("k7qpa-3m2xd", recovery("K7QPA3M2XD")),
            ("K7QPA 3M2X0", recovery("K7QPA3M2XO")),
            ("1234567", recovery("I234567")),
            ("", None),
            (" - ", None),
        ] {
            assert_eq!(Typed::read(text), read, "{text:?}");
        }
        let Some(Typed::Recovery(long)) = Typed::read(&"A".repeat(10_000)) else {
            panic!("a long text is no code");
        };
        assert_eq!(long.len(), 33, "bounded");
        assert!(!format!("{:?}", factor()).contains("secret"));
    }
}
