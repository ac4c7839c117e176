//! Access tokens: JWT, HS256, ten minutes. The login's row stays the authority: a token of a login
//! that was ended says nothing any more, however long it would still live.
//!
//! jsonwebtoken brings the format; its signatures come from ring through a provider that knows
//! HS256 and nothing else (its own providers would bring `rsa`, which has an unfixed advisory, or a
//! second crypto library).

use std::sync::Once;

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result as JwtResult},
    signature::{Error as SignatureError, Signer, Verifier},
};
use parlor_domain::{
    id::{LoginId, RoomId, UserId},
    identity::{Identity, Role, Scope},
    time::{Millis, Timestamp},
};
use ring::hmac;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::Keys;
use crate::ports::NotIdentified;

const AUDIENCE: &str = "parlor";

/// Every role with its word in tokens and on the wire.
pub const ROLE_WORDS: [(Role, &str); 4] = [
    (Role::Guest, "guest"),
    (Role::Client, "client"),
    (Role::Host, "host"),
    (Role::Admin, "admin"),
];

/// The role's word.
pub fn role_word(role: Role) -> &'static str {
    ROLE_WORDS
        .iter()
        .find(|(known, _)| *known == role)
        .map_or("guest", |(_, word)| word)
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: Uuid,
    sid: Uuid,
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Uuid>,
    name: String,
    /// Seconds, as RFC 7519 has it.
    exp: i64,
    iat: i64,
    aud: String,
    iss: String,
}

/// Makes and reads access tokens.
pub struct AccessTokens {
    issuer: String,
    lifetime: Millis,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl AccessTokens {
    /// Tokens issued as `issuer` (the public URL), each living `lifetime`.
    pub fn new(keys: &Keys, issuer: &str, lifetime: Millis) -> Self {
        install_provider();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // The clock is an argument here.
        validation.validate_exp = false;
        Self {
            issuer: issuer.to_owned(),
            lifetime,
            encoding: EncodingKey::from_secret(keys.access()),
            decoding: DecodingKey::from_secret(keys.access()),
            validation,
        }
    }

    /// A token for this person, who has no `expires_at` yet, and when it ends.
    pub fn make(
        &self,
        (user, login): (UserId, LoginId),
        role: Role,
        scope: Scope,
        name: &str,
        now: Timestamp,
    ) -> Option<(String, Timestamp)> {
        let expires_s = (now + self.lifetime).0 / 1_000;
        let claims = Claims {
            sub: user.0,
            sid: login.0,
            role: role_word(role).to_owned(),
            scope: match scope {
                Scope::Account => None,
                Scope::Room(room) => Some(room.0),
            },
            name: name.to_owned(),
            exp: expires_s,
            iat: now.0 / 1_000,
            aud: AUDIENCE.to_owned(),
            iss: self.issuer.clone(),
        };
        let header = Header::new(Algorithm::HS256);
        let token = jsonwebtoken::encode(&header, &claims, &self.encoding).ok()?;
        Some((token, Timestamp(expires_s * 1_000)))
    }

    /// Whom a token names: signature, algorithm, audience, issuer and expiry. Whether the login is
    /// alive is asked elsewhere.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Identity, NotIdentified> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| NotIdentified::Invalid)?
            .claims;
        let role = ROLE_WORDS.iter().find(|(_, word)| *word == claims.role);
        let expires_at = Timestamp(claims.exp.saturating_mul(1_000));
        let identity = Identity {
            user: UserId(claims.sub),
            login: LoginId(claims.sid),
            role: role.ok_or(NotIdentified::Invalid)?.0,
            scope: claims
                .scope
                .map_or(Scope::Account, |room| Scope::Room(RoomId(room))),
            name: claims.name,
            expires_at,
        };
        if now >= expires_at {
            return Err(NotIdentified::Expired);
        }
        Ok(identity)
    }
}

struct Hs256(hmac::Key);

impl Hs256 {
    fn new(family: AlgorithmFamily, secret: &[u8]) -> JwtResult<Self> {
        match family {
            AlgorithmFamily::Hmac => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret))),
            _ => Err(ErrorKind::InvalidKeyFormat.into()),
        }
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        hmac::verify(&self.0, message, signature).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

fn only_hs256(algorithm: &Algorithm) -> JwtResult<()> {
    match algorithm {
        Algorithm::HS256 => Ok(()),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

static RING: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        only_hs256(algorithm)?;
        Ok(Box::new(Hs256::new(key.family(), key.as_bytes())?))
    },
    verifier_factory: |algorithm, key| {
        only_hs256(algorithm)?;
        Ok(Box::new(Hs256::new(key.family(), key.try_get_as_bytes()?)?))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if RING.install_default().is_err() {
            tracing::warn!("another provider for jsonwebtoken was installed first");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn tokens(secret: u8) -> AccessTokens {
        let keys = Keys::derive(&[secret; 32]);
        AccessTokens::new(&keys, "http://localhost", Millis::from_mins(10))
    }

    fn make(tokens: &AccessTokens) -> String {
        let ids = (UserId(Uuid::from_u128(1)), LoginId(Uuid::from_u128(2)));
        let scope = Scope::Room(RoomId(Uuid::from_u128(3)));
        tokens.make(ids, Role::Guest, scope, "Gast", NOW).unwrap().0
    }

    #[test]
    fn a_token_comes_back_until_it_ends() {
        let tokens = tokens(1);
        let token = make(&tokens);
        let who = tokens.read(&token, NOW).unwrap();
        assert_eq!((who.role, who.name.as_str()), (Role::Guest, "Gast"));
        assert_eq!(who.scope, Scope::Room(RoomId(Uuid::from_u128(3))));
        assert_eq!(who.expires_at, NOW + Millis::from_mins(10));
        let end = NOW + Millis::from_mins(10);
        assert!(tokens.read(&token, end - Millis(1)).is_ok());
        assert_eq!(tokens.read(&token, end), Err(NotIdentified::Expired));
    }

    #[test]
    fn nothing_else_is_a_token() {
        let token = make(&tokens(1));
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let mut parts = token.split('.');
        let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
        let none = format!("{}.{claims}.", part(r#"{"alg":"none","typ":"JWT"}"#));
        let other = format!("{}.{claims}.AAAA", part(r#"{"alg":"RS256","typ":"JWT"}"#));
        let changed = format!("{header}.{}.{}", part(r#"{"sub":"x"}"#), "AAAA");
        for bad in ["", "x", "a.b.c", &none, &other, &changed, &token[..60]] {
            assert_eq!(
                tokens(1).read(bad, NOW),
                Err(NotIdentified::Invalid),
                "{bad}"
            );
        }
        assert_eq!(
            tokens(2).read(&token, NOW),
            Err(NotIdentified::Invalid),
            "another installation's"
        );
    }
}
