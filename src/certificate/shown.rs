//! What a handshake is answered with: the certificate of the moment, or, to an authority that asks
//! by its own protocol, the proof that a name leads here (RFC 8737). The proofs that are fetched over
//! HTTP (RFC 8555 section 8.3) lie here too.
//!
//! Must never show a proof to a browser, nor a certificate to an authority that asked for a proof.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use parlor_turn::CurrentCertificate;
use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::PrivateKeyDer,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use parlor_web::tls_door::ALPN_ACME;

/// Proofs that wait for an authority to look at them.
#[derive(Default)]
pub struct Proofs {
    by_name: Mutex<HashMap<String, Arc<CertifiedKey>>>,
    by_token: Mutex<HashMap<String, String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proofs {
    /// Answers handshakes of the authority for this name, until [`Self::clear`].
    ///
    /// # Errors
    /// When the name is no name that a certificate can have.
    pub fn show(&self, name: &str, digest: &[u8]) -> Result<()> {
        let mut wanted = rcgen::CertificateParams::new([name.to_owned()])?;
        wanted.custom_extensions = vec![rcgen::CustomExtension::new_acme_identifier(digest)];
        let key = rcgen::KeyPair::generate()?;
        let chain = vec![wanted.self_signed(&key)?.der().clone()];
        let secret = PrivateKeyDer::try_from(key.serialize_der()).ok();
        let key = any_supported_type(&secret.context("a key of our own cannot be read")?)?;
        let proof = Arc::new(CertifiedKey::new(chain, key));
        locked(&self.by_name).insert(name.to_ascii_lowercase(), proof);
        Ok(())
    }

    /// Answers whoever fetches this token, until [`Self::clear`].
    pub fn lay_out(&self, token: &str, words: &str) {
        locked(&self.by_token).insert(token.into(), words.into());
    }

    /// The words that belong to a token.
    pub fn words(&self, token: &str) -> Option<String> {
        locked(&self.by_token).get(token).cloned()
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        locked(&self.by_name).clear();
        locked(&self.by_token).clear();
    }
}

/// Answers the handshakes of the web's doors.
pub struct Shown {
    /// For browsers.
    pub current: Arc<CurrentCertificate>,
    /// For authorities.
    pub proofs: Arc<Proofs>,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(..)")
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // RFC 8737 section 3: the authority offers this protocol and no other.
        let asks_for_proof = hello.alpn().is_some_and(|offered| offered.eq([ALPN_ACME]));
        if asks_for_proof {
            let name = hello.server_name()?.to_ascii_lowercase();
            return locked(&self.proofs.by_name).get(&name).cloned();
        }
        self.current.resolve(hello)
    }
}

#[cfg(test)]
mod tests {
    use rustls::{
        ClientConfig, ClientConnection, ServerConnection,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::ring::default_provider,
        pki_types::{CertificateDer, ServerName, UnixTime},
    };
    use x509_parser::parse_x509_certificate;

    use super::*;
    use crate::certificate::{files, web_config};

    /// Believes everything, as a test that looks itself may.
    #[derive(Debug)]
    struct Anything;

    impl ServerCertVerifier for Anything {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            default_provider()
                .signature_verification_algorithms
                .supported_schemes()
        }
    }

    /// The leaf that a client with these protocols gets for a name, and the protocol agreed on.
    fn seen(shown: Arc<Shown>, name: &str, protocols: &[&[u8]]) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut config = web_config(shown).unwrap();
        config.alpn_protocols = parlor_web::tls_door::protocols();
        let mut server = ServerConnection::new(Arc::new(config)).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anything))
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().ok()?;
            let mut wire = Vec::new();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets().ok()?;
        }
        let leaf = client.peer_certificates().unwrap()[0].to_vec();
        Some((leaf, client.alpn_protocol().unwrap_or_default().to_vec()))
    }

    fn is_proof(leaf: &[u8]) -> bool {
        let (_, parsed) = parse_x509_certificate(leaf).unwrap();
        let mut extensions = parsed.extensions().iter();
        // id-pe-acmeIdentifier, which must be critical.
        extensions.any(|it| it.critical && it.oid.to_id_string() == "1.3.6.1.5.5.7.1.31")
    }

    #[test]
    fn an_authority_gets_the_proof_and_a_browser_the_certificate() {
        let pem = files::self_signed("meet.example.org").unwrap();
        let loaded = files::Loaded::from_pem(pem.as_bytes(), pem.as_bytes()).unwrap();
        let shown = Arc::new(Shown {
            current: CurrentCertificate::new(Some(loaded.certificate)),
            proofs: Arc::default(),
        });
        let of = |name: &str, protocols: &[&[u8]]| seen(shown.clone(), name, protocols);
        let name = "meet.example.org";
        assert!(of(name, &[ALPN_ACME]).is_none(), "nobody waits for it");
        shown.proofs.show("Meet.Example.ORG", &[7; 32]).unwrap();
        let (leaf, protocol) = of(name, &[ALPN_ACME]).unwrap();
        assert!(is_proof(&leaf) && protocol == ALPN_ACME);
        assert!(of("other.example.org", &[ALPN_ACME]).is_none());
        for protocols in [
            &[][..],
            &[&b"h2"[..], b"http/1.1"],
            &[ALPN_ACME, b"http/1.1"],
        ] {
            assert!(!is_proof(&of(name, protocols).unwrap().0), "{protocols:?}");
        }
        shown.proofs.clear();
        assert!(of(name, &[ALPN_ACME]).is_none());
    }
}
