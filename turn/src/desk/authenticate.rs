//! Who is it? RFC 8489 section 9.2.4, with time-limited credentials.
//!
//! Every failure of the credentials themselves, whatever it is, gives the same 401 after the same
//! work, so that nobody learns which user names, calls or participants exist.

use stun::{
    attributes::{ATTR_NONCE, ATTR_REALM, ATTR_USERNAME},
    error_code::{CODE_BAD_REQUEST, CODE_STALE_NONCE, CODE_UNAUTHORIZED, ErrorCode},
    integrity::MessageIntegrity,
    textattrs::TextAttribute,
};

use super::{Desk, Source};
use crate::{
    credential::Claim,
    plane::{DataPlane, Now},
    wire::{reply::Reply, request::Request},
};

/// Seconds by which a credential may lie beyond the horizon: clocks differ, and a credential that
/// is minted again after a revocation is moved a little.
const HORIZON_SLACK_SECONDS: u64 = 60;

/// A proven sender.
pub(super) struct Identity {
    pub username: Box<str>,
    pub call: Box<str>,
    pub participant: Box<str>,
    /// Unix seconds.
    pub expires: u64,
    pub key: MessageIntegrity,
}

impl Desk {
    pub(super) fn authenticate(
        &self,
        request: &mut Request,
        source: Source,
        plane: &dyn DataPlane,
        now: Now,
    ) -> Result<Identity, ErrorCode> {
        // 1. No integrity: the client asks for a challenge.
        if !request.signed {
            return Err(CODE_UNAUTHORIZED);
        }
        // 2. Integrity without the rest makes no sense.
        let (Some(username), Some(realm), Some(nonce)) = (
            request.text(ATTR_USERNAME),
            request.text(ATTR_REALM),
            request.get(ATTR_NONCE),
        ) else {
            return Err(CODE_BAD_REQUEST);
        };
        // 3. The nonce comes before the credentials: it is cheaper to check, and a flood with made-up
        //    ones shall cost us little.
        if !self
            .nonces
            .good(nonce, now.seconds, source.client, source.is_stream())
        {
            return Err(CODE_STALE_NONCE);
        }
        // 4. The user name: a claim that is alive. An invalid one is still verified below, against
        //    itself, so that it takes as long.
        let username: Box<str> = username.into();
        let right_realm = realm == self.shared.config.realm;
        let claim = Claim::parse(&username);
        let alive = claim.is_some_and(|claim| {
            let horizon =
                now.unix + self.shared.config.credential_horizon.as_secs() + HORIZON_SLACK_SECONDS;
            claim.expires > now.unix
                && claim.expires <= horizon
                && !self
                    .shared
                    .calls
                    .revoked(claim.call, claim.participant, claim.expires)
        });
        // 5. The password, under any of the secrets; the key of a live allocation of the same user
        //    is tried first, which also lets it live on when secrets change.
        let known = plane
            .find(&source.five)
            .and_then(|slot| plane.terms(slot))
            .filter(|terms| terms.username == username)
            .map(|terms| terms.key.clone());
        let proven = known.filter(|key| request.verify(key)).or_else(|| {
            let secrets = self.shared.secrets();
            secrets.iter().find_map(|secret| {
                let key = MessageIntegrity::new_long_term_integrity(
                    username.to_string(),
                    self.shared.config.realm.clone(),
                    secret.password(&username),
                );
                request.verify(&key).then_some(key)
            })
        });
        match (proven, claim) {
            (Some(key), Some(claim)) if alive && right_realm => Ok(Identity {
                call: claim.call.into(),
                participant: claim.participant.into(),
                expires: claim.expires,
                key,
                username: username.clone(),
            }),
            _ => Err(CODE_UNAUTHORIZED),
        }
    }

    /// The answer to somebody who proved nothing: 400, or a challenge with realm and nonce. Over UDP
    /// a source gets few of them per second, since it may be forged.
    pub(super) fn refuse_stranger(
        &mut self,
        request: &Request,
        source: Source,
        code: ErrorCode,
        now: Now,
    ) -> Option<Vec<u8>> {
        if !source.is_stream() && !self.challenges.allow(source.client.ip(), now.seconds) {
            self.counters.challenges_withheld.one();
            return None;
        }
        let reply = Reply::error(request, code);
        if code == CODE_BAD_REQUEST {
            self.counters.refuse(code.0);
            return Some(reply.finish(None));
        }
        self.counters.challenges.one();
        let nonce = self
            .nonces
            .issue(now.seconds, source.client, source.is_stream());
        let realm = TextAttribute::new(ATTR_REALM, self.shared.config.realm.clone());
        Some(
            reply
                .with(&realm)
                .with(&TextAttribute::new(ATTR_NONCE, nonce))
                .finish(None),
        )
    }
}
