//! Secrets that the server makes for itself: 256 random bits in a file that only it can read.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};

/// Shortest passphrase of a backup: whoever has the file has all the time there is to guess.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

/// The secret `name` of a data folder: the configured one, the stored one, or a new one that is
/// written with mode 0600 and synced before it is used.
///
/// # Errors
/// When the folder cannot be written, or the stored secret is damaged (then all tokens made with it
/// are void anyway: the message says to delete the file).
pub fn obtain(data_dir: &Path, name: &str, configured: &str) -> io::Result<String> {
    if !configured.is_empty() {
        return Ok(configured.into());
    }
    let folder = data_dir.join("secrets");
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= 32 => Ok(text.trim().into()),
        Ok(_) => Err(io::Error::other(format!(
            "{} is damaged; delete it to have a new one made (everybody must log in again)",
            path.display()
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path),
        Err(error) => Err(error),
    }
}

fn create(path: &Path) -> io::Result<String> {
    let mut bytes = [0u8; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system has no random numbers"))?;
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = obtain(folder.path(), "tokens", "").unwrap();
        assert_eq!(obtain(folder.path(), "tokens", "").unwrap(), first);
        let mode = fs::metadata(folder.path().join("secrets/tokens"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_ne!(obtain(folder.path(), "relay", "").unwrap(), first);
        assert_eq!(obtain(folder.path(), "relay", "mine").unwrap(), "mine");
    }

    #[test]
    fn a_damaged_secret_is_not_replaced_silently() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("secrets")).unwrap();
        fs::write(folder.path().join("secrets/tokens"), "short").unwrap();
        let error = obtain(folder.path(), "tokens", "").unwrap_err().to_string();
        assert!(error.contains("delete it"), "{error}");
    }
}
