//! The certificate of all TLS doors (web and relay): from files that are read again when they
//! change, or self-signed at the first start so that TLS always answers.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use anyhow::{Context, Result};
use parlor_turn::{Certificate, CurrentCertificate};

use crate::config::Server;

/// What the TLS doors show.
pub struct Certificates {
    /// For handshakes of the web's doors.
    pub current: Arc<CurrentCertificate>,
    /// Whether browsers can trust it: it was configured, not made here.
    pub trusted: bool,
    chain: PathBuf,
    key: PathBuf,
    read_at: Option<SystemTime>,
    last: Option<Certificate>,
}

impl Certificates {
    /// Reads the configured files, or the self-signed ones (made now when they are missing).
    ///
    /// # Errors
    /// When the files cannot be read or do not belong together.
    pub fn load(server: &Server, data_dir: &Path, host: &str) -> Result<Self> {
        let trusted = !server.tls_certificate_file.is_empty();
        let (chain, key) = if trusted {
            (
                server.tls_certificate_file.as_str().into(),
                server.tls_key_file.as_str().into(),
            )
        } else {
            let folder = data_dir.join("secrets");
            let files = (
                folder.join("self-signed.crt"),
                folder.join("self-signed.key"),
            );
            if !files.1.exists() {
                fs::create_dir_all(&folder)?;
                make(host, &files.0, &files.1).context("cannot make a self-signed certificate")?;
            }
            files
        };
        let mut certificates = Self {
            current: CurrentCertificate::new(None),
            trusted,
            chain,
            key,
            read_at: None,
            last: None,
        };
        certificates.reload()?;
        Ok(certificates)
    }

    /// The one in use.
    pub fn certificate(&self) -> Option<Certificate> {
        self.last.clone()
    }

    /// Reads the files if they changed, and gives the new certificate. A damaged pair is an error and
    /// leaves the old one in place.
    pub fn reload(&mut self) -> Result<Option<Certificate>> {
        let describe = |path: &Path| format!("cannot read {}", path.display());
        let changed = fs::metadata(&self.chain)
            .and_then(|chain| Ok(chain.modified()?.max(fs::metadata(&self.key)?.modified()?)))
            .with_context(|| describe(&self.chain))?;
        if self.read_at == Some(changed) {
            return Ok(None);
        }
        let chain = fs::read(&self.chain).with_context(|| describe(&self.chain))?;
        let key = fs::read(&self.key).with_context(|| describe(&self.key))?;
        let certificate = Certificate::from_pem(&chain, &key)
            .with_context(|| format!("{} and {}", self.chain.display(), self.key.display()))?;
        self.current.set(certificate.clone());
        self.read_at = Some(changed);
        self.last = Some(certificate.clone());
        Ok(Some(certificate))
    }
}

/// A self-signed pair for this host, the key readable only by the server.
fn make(host: &str, chain: &Path, key: &Path) -> Result<()> {
    let made = rcgen::generate_simple_self_signed([host.to_owned(), "localhost".into()])?;
    fs::write(chain, made.cert.pem())?;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(key)?;
    file.write_all(made.signing_key.serialize_pem().as_bytes())?;
    file.sync_all()?;
    Ok(())
}

/// TLS rules of the web's doors: TLS 1.2 and 1.3 with ring, the certificate of the moment.
///
/// # Errors
/// Never in practice: ring supports both versions.
pub fn web_config(current: Arc<CurrentCertificate>) -> io::Result<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_cert_resolver(current))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_signed_pair_is_made_once_and_changed_files_are_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::default();
        let mut first = Certificates::load(&server, folder.path(), "meet.example.org").unwrap();
        assert!(!first.trusted && first.current.present());
        let key = folder.path().join("secrets/self-signed.key");
        let before = fs::read(&key).unwrap();
        Certificates::load(&server, folder.path(), "meet.example.org").unwrap();
        assert_eq!(fs::read(&key).unwrap(), before);
        assert!(first.reload().unwrap().is_none());
        let later = SystemTime::now() + std::time::Duration::from_secs(5);
        fs::File::options()
            .write(true)
            .open(&key)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert!(first.reload().unwrap().is_some());
        fs::write(&key, "damaged").unwrap();
        fs::File::options()
            .write(true)
            .open(&key)
            .unwrap()
            .set_modified(later + std::time::Duration::from_secs(5))
            .unwrap();
        assert!(first.reload().is_err());
        assert!(first.current.present());
    }
}
