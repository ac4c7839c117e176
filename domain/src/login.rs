//! A login: one authenticated device, held together by a family of rotating refresh tokens.
//!
//! Every refresh hands out a successor and retires the token shown. A retired token that comes
//! back means that two parties hold the family, and nobody can tell which one is the thief, so the
//! family ends (RFC 6819 5.2.2.3). Two exceptions keep honest people in: within
//! [`REUSE_GRACE`] a retired token gets a sibling instead, because two tabs refresh at the same
//! moment and answers get lost on weak lines.
//!
//! Must never see a token, only its hash.

use crate::{
    id::{InvitationId, LoginId, RoomId, UserId},
    time::{Millis, Timestamp},
};

/// How long a retired token still gets a sibling.
pub const REUSE_GRACE: Millis = Millis::from_secs(30);
/// Most siblings of one generation; beyond it the request is refused without ending the family.
pub const SIBLINGS_MAX: usize = 4;

/// A keyed hash of a refresh token.
pub type TokenHash = [u8; 32];

/// Whom a login belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A person with an account.
    Account,
    /// A guest: the invitation it was redeemed from, its room, and the name given at the door.
    Guest {
        /// Redeemed from.
        invitation: InvitationId,
        /// The only room it opens.
        room: RoomId,
        /// The name others see.
        name: String,
    },
}

/// One authenticated device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The device.
    pub id: LoginId,
    /// Who logged in; for guests the invitation's id as a user.
    pub user: UserId,
    /// An account's device or a guest's.
    pub owner: Owner,
    /// What the device is called, as it said itself.
    pub device_name: String,
    /// When it logged in.
    pub created_at: Timestamp,
    /// When it last refreshed.
    pub last_seen_at: Timestamp,
    /// When it ends without a refresh; for guests the end of the invitation.
    pub expires_at: Timestamp,
    /// Tokens that may be shown next; more than one only after a sibling was made.
    pub current: Vec<TokenHash>,
    /// Tokens of the generation before.
    pub retired: Vec<TokenHash>,
    /// When the last rotation happened.
    pub rotated_at: Timestamp,
    /// When and whether it was ended.
    pub revoked_at: Option<Timestamp>,
}

/// A refresh token was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// Hash of the token shown. Its bearer has proven that this server made it.
    pub shown: TokenHash,
    /// Hash of the token that would succeed it.
    pub successor: TokenHash,
    /// How much longer the login lives when it is in use; `None` keeps the end (guests).
    pub extend: Option<Millis>,
}

/// What a refresh led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Hand out the successor; the row changed.
    Rotated,
    /// The family was stolen from or replayed: it is now revoked; end its sockets.
    Reused,
    /// The login is over, or has too many siblings.
    Refused,
}

impl Login {
    /// Whether its tokens say anything at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Ends it. Ending twice keeps the first time.
    pub fn revoke(&mut self, now: Timestamp) {
        self.revoked_at.get_or_insert(now);
        self.current.clear();
        self.retired.clear();
    }

    /// Takes a shown token.
    pub fn refresh(&mut self, input: Refresh, now: Timestamp) -> Outcome {
        if !self.is_alive(now) {
            return Outcome::Refused;
        }
        if self.current.contains(&input.shown) {
            self.retired = std::mem::replace(&mut self.current, vec![input.successor]);
            self.rotated_at = now;
            self.last_seen_at = now;
            if let Some(span) = input.extend {
                self.expires_at = now + span;
            }
            return Outcome::Rotated;
        }
        let in_grace = now.since(self.rotated_at) <= REUSE_GRACE;
        match (self.retired.contains(&input.shown), in_grace) {
            (true, true) if self.current.len() < SIBLINGS_MAX => {
                self.current.push(input.successor);
                Outcome::Rotated
            }
            (true, true) => Outcome::Refused,
            _ => {
                self.revoke(now);
                Outcome::Reused
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn hash(n: u8) -> TokenHash {
        [n; 32]
    }

    fn login() -> Login {
        Login {
            id: LoginId(Uuid::from_u128(1)),
            user: UserId(Uuid::from_u128(2)),
            owner: Owner::Account,
            device_name: "Firefox".into(),
            created_at: Timestamp(0),
            last_seen_at: Timestamp(0),
            expires_at: Timestamp(1_000_000),
            current: vec![hash(1)],
            retired: vec![],
            rotated_at: Timestamp(0),
            revoked_at: None,
        }
    }

    fn show(login: &mut Login, shown: u8, successor: u8, at: i64) -> Outcome {
        login.refresh(
            Refresh {
                shown: hash(shown),
                successor: hash(successor),
                extend: Some(Millis(1_000_000)),
            },
            Timestamp(at),
        )
    }

    /// (time, token shown, token offered, outcome)
    type Step = (i64, u8, u8, Outcome);

    fn check(steps: &[Step]) {
        let mut login = login();
        for (at, shown, successor, expected) in steps {
            let got = show(&mut login, *shown, *successor, *at);
            assert_eq!(got, *expected, "at {at} showing {shown} in {steps:?}");
        }
    }

    #[test]
    fn families() {
        use Outcome::*;
        // Each use retires the one before.
        check(&[(10, 1, 2, Rotated), (20_000, 2, 3, Rotated)]);
        // The thief comes second: the family ends, also for the honest one.
        check(&[
            (10, 1, 2, Rotated),
            (60_000, 1, 3, Reused),
            (60_001, 2, 4, Refused),
        ]);
        // Two tabs at once: both get a token, and both tokens work.
        check(&[
            (10, 1, 2, Rotated),
            (11, 1, 3, Rotated),
            (5_000, 3, 4, Rotated),
            (5_001, 2, 5, Rotated),
        ]);
        // Two generations back is reuse, grace or not.
        check(&[(10, 1, 2, Rotated), (20, 2, 3, Rotated), (30, 1, 4, Reused)]);
        // Siblings have a bound.
        check(&[
            (10, 1, 2, Rotated),
            (11, 1, 3, Rotated),
            (12, 1, 4, Rotated),
            (13, 1, 5, Rotated),
            (14, 1, 6, Refused),
            (15, 5, 7, Rotated),
        ]);
        // Over is over.
        check(&[(1_000_000, 1, 2, Refused)]);
    }

    #[test]
    fn use_extends_an_account_but_not_a_guest() {
        let mut account = login();
        show(&mut account, 1, 2, 500_000);
        assert_eq!(account.expires_at, Timestamp(1_500_000));
        let mut guest = login();
        guest.refresh(
            Refresh {
                shown: hash(1),
                successor: hash(2),
                extend: None,
            },
            Timestamp(500_000),
        );
        assert_eq!(guest.expires_at, Timestamp(1_000_000));
    }
}
