//! The certificate of TURN over TLS: read from PEM, replaced while connections live on.

use std::{
    fmt,
    sync::{Arc, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::ring::{default_provider, sign::any_supported_type},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// A certificate chain with its key.
#[derive(Clone)]
pub struct Certificate(Arc<CertifiedKey>);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(..)")
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// No certificate in the chain file.
    #[error("the certificate file has no readable PEM certificate")]
    Chain,
    /// No key in the key file.
    #[error("the key file has no readable PEM private key")]
    Key,
    /// The key is of a kind that ring does not sign with, or belongs to another certificate.
    #[error("the private key does not fit the certificate: {0}")]
    Mismatch(String),
}

impl Certificate {
    /// Reads a PEM chain (leaf first) and its PEM key, and checks that they belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Certificate, CertificateError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::Chain)?;
        if chain.is_empty() {
            return Err(CertificateError::Chain);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateError::Key)?;
        let key =
            any_supported_type(&key).map_err(|e| CertificateError::Mismatch(e.to_string()))?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(e) => return Err(CertificateError::Mismatch(e.to_string())),
        }
        Ok(Certificate(Arc::new(certified)))
    }

    /// From a key that is in use already, for example the web server's.
    pub fn from_certified_key(key: Arc<CertifiedKey>) -> Certificate {
        Certificate(key)
    }
}

/// Gives each new handshake the certificate of the moment; for every TLS listener of the process.
pub struct CurrentCertificate(RwLock<Option<Certificate>>);

impl CurrentCertificate {
    /// Begins with this certificate, or with none: then handshakes fail.
    pub fn new(certificate: Option<Certificate>) -> Arc<CurrentCertificate> {
        Arc::new(CurrentCertificate(RwLock::new(certificate)))
    }

    /// Handshakes from now on get this one; live connections keep theirs.
    pub fn set(&self, certificate: Certificate) {
        *self.0.write().unwrap_or_else(|e| e.into_inner()) = Some(certificate);
    }

    /// Whether there is one.
    pub fn present(&self) -> bool {
        self.0.read().unwrap_or_else(|e| e.into_inner()).is_some()
    }
}

impl fmt::Debug for CurrentCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CurrentCertificate(..)")
    }
}

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0
            .read()
            .unwrap_or_else(|e| e.into_inner())
            .as_ref()
            .map(|c| c.0.clone())
    }
}

/// The TLS rules of our own listener: TLS 1.2 and 1.3, ring, ALPN `stun.turn` (RFC 7443) offered
/// but not demanded, since browsers send none.
pub(crate) fn server_config(
    current: Arc<CurrentCertificate>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"stun.turn".to_vec(), b"stun.nat-discovery".to_vec()];
    Ok(Arc::new(config))
}
