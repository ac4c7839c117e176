//! DKIM (RFC 6376, RFC 8463): a signature over headers and body, relaxed/relaxed, with ring.
//!
//! Ours and not lettre's: that one needs a crate with an unmended advisory and makes signatures that do
//! not verify in its default mode. Off unless a key is configured; most people send through a
//! provider that signs.

use base64::{Engine, engine::general_purpose::STANDARD};
use parlor_domain::time::Timestamp;
use ring::{
    digest,
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};

/// What is signed, if the mail has it. `From` must be; the others are those whose change would change
/// what a reader sees or does.
const SIGNED: [&str; 11] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-language",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
];
/// Characters of the signature in one line.
const LINE: usize = 70;

enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A key that signs for a domain.
pub struct Dkim {
    domain: String,
    selector: String,
    key: Key,
}

/// The key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no private key in PEM: an RSA key of 2048 to 4096 bits or an Ed25519 key, as openssl genpkey makes them"
)]
pub struct BadKey;

impl std::fmt::Debug for Dkim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dkim({} {})", self.domain, self.selector)
    }
}

impl Dkim {
    /// Signs for `domain` with the key whose public half is published under `selector`.
    ///
    /// # Errors
    /// When the text is no such key.
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, BadKey> {
        let body: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = STANDARD.decode(body.trim()).map_err(|_| BadKey)?;
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
            .map(Key::Ed25519)
            .or_else(|_| RsaKeyPair::from_pkcs8(&der).map(Key::Rsa))
            .or_else(|_| RsaKeyPair::from_der(&der).map(Key::Rsa))
            .map_err(|_| BadKey)?;
        Ok(Self {
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            key,
        })
    }

    /// Name and text of the TXT record that the domain must publish.
    pub fn record(&self) -> (String, String) {
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        let (kind, public) = match &self.key {
            Key::Rsa(pair) => ("rsa", rsa_info(pair.public().as_ref())),
            Key::Ed25519(pair) => ("ed25519", pair.public_key().as_ref().to_vec()),
        };
        (
            name,
            format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(public)),
        )
    }

    /// The signature as a header line, to be put before the message. `None` when the message has no
    /// headers or the key does not sign.
    pub fn sign(&self, message: &[u8], at: Timestamp) -> Option<String> {
        let message = std::str::from_utf8(message).ok()?;
        let (head, body) = message.split_once("\r\n\r\n")?;
        let headers = headers(head);
        let there: Vec<&(String, String)> = SIGNED
            .iter()
            .filter_map(|name| headers.iter().rev().find(|(it, _)| it == name))
            .collect();
        let names: Vec<&str> = there.iter().map(|(name, _)| name.as_str()).collect();
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let hash = digest::digest(&digest::SHA256, relaxed_body(body).as_bytes());
        let unsigned = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={}; s={};\r\n t={};\r\n h={};\r\n bh={};\r\n b=",
            self.domain,
            self.selector,
            at.0.div_euclid(1_000),
            names.join(":\r\n  "),
            STANDARD.encode(hash.as_ref()),
        );
        let mut signed: String = there
            .iter()
            .map(|(name, value)| format!("{name}:{value}\r\n"))
            .collect();
        let (name, value) = unsigned.split_once(':')?;
        signed.push_str(&format!("{}:{}", name.to_ascii_lowercase(), relaxed(value)));
        let signature = STANDARD.encode(self.seal(signed.as_bytes())?);
        let lines: Vec<&str> = signature
            .as_bytes()
            .chunks(LINE)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        Some(format!("{unsigned}{}\r\n", lines.join("\r\n  ")))
    }

    fn seal(&self, data: &[u8]) -> Option<Vec<u8>> {
        match &self.key {
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, data, &mut signature)
                    .ok()?;
                Some(signature)
            }
            // RFC 8463 signs the hash, not the text.
            Key::Ed25519(pair) => {
                let hash = digest::digest(&digest::SHA256, data);
                Some(pair.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }
}

/// Names in lower case and values in relaxed form (RFC 6376, 3.4.2).
fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), relaxed(value)))
        .collect()
}

fn relaxed(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// RFC 6376, 3.4.4.
fn relaxed_body(body: &str) -> String {
    let mut text: String = body
        .split("\r\n")
        .map(|line| {
            let mut out = String::with_capacity(line.len());
            let mut gap = false;
            for c in line.chars() {
                match c {
                    ' ' | '\t' => gap = true,
                    c => {
                        if std::mem::take(&mut gap) {
                            out.push(' ');
                        }
                        out.push(c);
                    }
                }
            }
            out + "\r\n"
        })
        .collect();
    while text.ends_with("\r\n\r\n") {
        text.truncate(text.len() - 2);
    }
    match text.as_str() {
        "\r\n" => String::new(),
        _ => text,
    }
}

/// An RSA public key with the words that say that it is one (SubjectPublicKeyInfo, RFC 5280).
fn rsa_info(key: &[u8]) -> Vec<u8> {
    const RSA: [u8; 15] = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let bits = [&[0], key].concat();
    der(0x30, &[RSA.as_slice(), &der(0x03, &bits)].concat())
}

fn der(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut out = vec![tag];
    match length {
        0..=0x7f => out.push(length as u8),
        0x80..=0xff => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8463, appendix A.2.
    const SECRET: [u8; 32] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c,
        0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae,
        0x7f, 0x60,
    ];

    #[test]
    fn the_relaxed_forms_are_those_of_the_rfc() {
        // RFC 6376, 3.4.5.
        let head = "A: X\r\nB : Y\t\r\n\tZ  ";
        assert_eq!(
            headers(head),
            [("a".into(), "X".into()), ("b".into(), "Y Z".to_owned())]
        );
        assert_eq!(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
        assert_eq!(relaxed_body(""), "");
        assert_eq!(relaxed_body("a"), "a\r\n");
    }

    #[test]
    fn the_record_is_that_of_the_rfc() {
        let prefix = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ];
        let der = [prefix.as_slice(), &SECRET].concat();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der)
        );
        let dkim = Dkim::new("football.example.com", "brisbane", &pem).unwrap();
        let (name, text) = dkim.record();
        assert_eq!(name, "brisbane._domainkey.football.example.com");
        assert_eq!(
            text,
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        );
        assert_eq!(Dkim::new("a.example", "s", "nonsense").err(), Some(BadKey));
        let message = b"From: a@b.example\r\nSubject: x\r\n\r\nbody\r\n";
        let line = dkim.sign(message, Timestamp(5_000)).unwrap();
        assert!(line.starts_with("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;"));
        assert!(line.contains("h=from:\r\n  subject;"), "{line}");
        assert!(line.split("\r\n").all(|it| it.len() < 100), "{line}");
    }
}
