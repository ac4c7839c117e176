//! The proof of who sends (VAPID, RFC 8292): a token for one push service, signed with ES256 by the
//! one key pair of this installation. Browsers bind their address to its public half, so nobody else
//! can knock there, and a new pair makes all addresses void.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_domain::time::{Millis, Timestamp};
use ring::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};

/// How long a proof holds; RFC 8292 allows a day.
const HOLDS: Millis = Millis::from_mins(12 * 60);

/// The key pair.
pub struct Vapid {
    pair: EcdsaKeyPair,
}

impl Vapid {
    /// A new pair, in the form in which it is kept (PKCS #8).
    pub fn make() -> Result<Vec<u8>, Unspecified> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        made.map(|it| it.as_ref().to_vec())
    }

    /// The pair that was kept.
    pub fn read(pkcs8: &[u8]) -> Result<Self, Unspecified> {
        let read = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            pkcs8,
            &SystemRandom::new(),
        );
        let pair = read.map_err(|_| Unspecified)?;
        Ok(Self { pair })
    }

    /// The public half as browsers want it: an uncompressed point in base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    /// The `Authorization` header of a request to a push service. `contact`: whom its operator may
    /// write to, as `mailto:` or `https:`.
    pub fn header(
        &self,
        origin: &str,
        contact: &str,
        now: Timestamp,
    ) -> Result<String, Unspecified> {
        let text = claims(origin, contact, now + HOLDS);
        let proof = self.pair.sign(&SystemRandom::new(), text.as_bytes())?;
        let proof = URL_SAFE_NO_PAD.encode(proof);
        Ok(format!("vapid t={text}.{proof}, k={}", self.public()))
    }
}

/// What is signed: header and claims of the token.
fn claims(origin: &str, contact: &str, until: Timestamp) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let claims = format!(
        r#"{{"aud":{},"exp":{},"sub":{}}}"#,
        quoted(origin),
        until.0 / 1_000,
        quoted(contact)
    );
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
    format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    /// Verifies a header as a push service does; gives the claims.
    fn verified(header: &str) -> Option<String> {
        let (token, key) = header.strip_prefix("vapid t=")?.split_once(", k=")?;
        let (text, proof) = token.rsplit_once('.')?;
        let key = URL_SAFE_NO_PAD.decode(key).ok()?;
        let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(text.as_bytes(), &proof)
            .ok()?;
        let claims = URL_SAFE_NO_PAD.decode(text.split_once('.')?.1).ok()?;
        String::from_utf8(claims).ok()
    }

    /// RFC 8292, 2.4. Signatures are random, so the text must be equal and its signature good.
    #[test]
    fn the_example_of_rfc_8292_is_ours() {
        let example = "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, \
                       k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        let until = Timestamp(1_453_523_768_000);
        let ours = claims("https://push.example.net", "mailto:push@example.com", until);
        assert!(example.starts_with(&format!("vapid t={ours}.")), "{ours}");
        assert!(verified(example).is_some());
    }

    #[test]
    fn a_kept_pair_signs_for_half_a_day() {
        let kept = Vapid::make().unwrap();
        let vapid = Vapid::read(&kept).unwrap();
        assert_eq!(vapid.public(), Vapid::read(&kept).unwrap().public());
        let header = vapid.header("https://a", "https://b", Timestamp(1_000));
        let claims = verified(&header.unwrap()).unwrap();
        assert_eq!(
            claims,
            r#"{"aud":"https://a","exp":43201,"sub":"https://b"}"#
        );
        assert!(Vapid::read(b"no key").is_err());
    }
}
