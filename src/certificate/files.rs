//! Certificates as files: read, judged, and written so that no reader ever meets half of one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use parlor_domain::{
    certificate::Validity,
    time::{Millis, Timestamp},
};
use parlor_turn::Certificate;
use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    server::ParsedCertificate,
};
use x509_parser::parse_x509_certificate;

/// A certificate that can be shown, and what is known of it.
#[derive(Clone)]
pub struct Loaded {
    /// Chain and key.
    pub certificate: Certificate,
    /// How long it is good.
    pub validity: Validity,
    leaf: CertificateDer<'static>,
}

impl Loaded {
    /// From PEM; both may be the same text. Chain and key must belong together.
    ///
    /// # Errors
    /// When they do not, or cannot be read.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self> {
        let certificate = Certificate::from_pem(chain, key)?;
        let leaf = CertificateDer::from_pem_slice(chain)
            .ok()
            .context("the certificate file has no readable PEM certificate")?;
        let (_, parsed) =
            parse_x509_certificate(&leaf).context("the certificate is no X.509 certificate")?;
        let at = |seconds: i64| Timestamp(0) + Millis::from_secs(seconds);
        let validity = Validity {
            from: at(parsed.validity().not_before.timestamp()),
            until: at(parsed.validity().not_after.timestamp()),
        };
        Ok(Self {
            certificate,
            validity,
            leaf,
        })
    }

    /// Reads two files, or the same file twice.
    ///
    /// # Errors
    /// When they cannot be read or do not belong together; the words name them.
    pub fn read(chain: &Path, key: &Path) -> Result<Self> {
        let read =
            |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let (chain_pem, key_pem) = (read(chain)?, read(key)?);
        Self::from_pem(&chain_pem, &key_pem).with_context(|| match chain == key {
            true => chain.display().to_string(),
            false => format!("{} and {}", chain.display(), key.display()),
        })
    }

    /// Whether it is for all these names.
    pub fn is_for(&self, names: &[String]) -> bool {
        let Ok(leaf) = ParsedCertificate::try_from(&self.leaf) else {
            return false;
        };
        names.iter().all(|name| {
            ServerName::try_from(name.as_str())
                .is_ok_and(|name| verify_server_name(&leaf, &name).is_ok())
        })
    }
}

/// What a file system says of two files; it changes when one of them is written or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp([(u64, u64, u64, i64, i64); 2]);

impl Stamp {
    /// Of these two.
    ///
    /// # Errors
    /// When one is missing or cannot be reached.
    pub fn of(chain: &Path, key: &Path) -> Result<Self> {
        let one = |path: &Path| {
            let it =
                fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
            // Renaming a link changes neither time nor size: certbot does that.
            Ok::<_, anyhow::Error>((it.dev(), it.ino(), it.size(), it.mtime(), it.mtime_nsec()))
        };
        Ok(Self([one(chain)?, one(key)?]))
    }
}

/// A folder that only the server reads.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Puts a file that only the server reads in the place of another: after a cut of the power there
/// is the old one or the new one.
///
/// # Errors
/// When the folder cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = next(path);
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// A file in the making begins with a dot: copies of the folder leave it out.
fn next(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

/// A self-signed pair for this host, chain and key in one PEM text.
///
/// # Errors
/// When the host is no name that a certificate can have.
pub fn self_signed(host: &str) -> Result<String> {
    if host.is_empty() {
        bail!("there is no host to make a certificate for");
    }
    let made = rcgen::generate_simple_self_signed([host.to_owned(), "localhost".into()])?;
    Ok(made.signing_key.serialize_pem() + &made.cert.pem())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_certificate_says_how_long_it_is_good_and_for_whom() {
        let mut wanted =
            rcgen::CertificateParams::new(["a.example.org".into(), "b.example.org".into()])
                .unwrap();
        wanted.not_before = rcgen::date_time_ymd(2026, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(2026, 4, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = wanted.self_signed(&key).unwrap().pem() + &key.serialize_pem();
        let loaded = Loaded::from_pem(pem.as_bytes(), pem.as_bytes()).unwrap();
        let Validity { from, until } = loaded.validity;
        assert_eq!((from.0, until.0), (1_767_225_600_000, 1_775_001_600_000));
        let names = |names: &[&str]| names.iter().map(|&it| it.into()).collect::<Vec<String>>();
        assert!(loaded.is_for(&names(&["b.example.org", "a.example.org"])));
        assert!(!loaded.is_for(&names(&["a.example.org", "c.example.org"])));
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let error = Loaded::from_pem(pem.as_bytes(), other.as_bytes())
            .err()
            .unwrap();
        assert!(error.to_string().contains("does not fit"), "{error}");
    }

    #[test]
    fn a_file_is_replaced_whole_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certificate.pem");
        // What a cut of the power left behind.
        fs::write(next(&path), "half").unwrap();
        for text in ["one", "another"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_was_renamed_into_place_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        for path in [&one, &other] {
            fs::write(path, "same").unwrap();
        }
        let long_ago = std::time::UNIX_EPOCH;
        for path in [&one, &other] {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        let before = Stamp::of(&one, &one).unwrap();
        assert_eq!(Stamp::of(&one, &one).unwrap(), before);
        fs::rename(&other, &one).unwrap();
        assert_ne!(Stamp::of(&one, &one).unwrap(), before);
    }
}
