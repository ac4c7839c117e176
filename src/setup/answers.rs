//! What setup may set, and the file in the data folder that it writes. Never a key that would let
//! whoever answers read another file of the machine or move the data.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::config::{self, Config, LoadError, Origins, SETUP_FILE, Source, origin::values};

/// Every key that setup may set.
pub const KEYS: [&str; 28] = [
    "server.public_url",
    "server.tls_listen",
    "server.redirect_listen",
    "acme.domains",
    "acme.contact_email",
    "acme.staging",
    "accounts.signup_open",
    "accounts.host_approval",
    "mail.smtp_host",
    "mail.smtp_port",
    "mail.smtp_security",
    "mail.smtp_user",
    "mail.smtp_password",
    "mail.from_address",
    "mail.from_name",
    "payments.razorpay_key_id",
    "payments.razorpay_key_secret",
    "payments.razorpay_webhook_secret",
    "payments.stripe_secret_key",
    "payments.stripe_webhook_secret",
    "payments.mpesa_consumer_key",
    "payments.mpesa_consumer_secret",
    "payments.mpesa_shortcode",
    "payments.mpesa_passkey",
    "payments.mpesa_till",
    "payments.shop_name",
    "relay.public_ips",
    "relay.public_host",
];

/// Whether setup may set this key of this section.
pub fn may_set(section: &str, key: &str) -> bool {
    let name = |it: &str| it.split_once('.') == Some((section, key));
    KEYS.iter().any(|it| name(it))
}

const HEAD: &str = "# Written by setup (`parlor setup`, or the page of that name). It wins over config.toml; environment variables\n\
                    # win over it. A key that is taken out here is again what config.toml says.\n";

/// The configuration of this machine, with answers that are not in force yet.
pub struct Answers {
    file: Source,
    setup: Source,
    environment: Vec<(String, String)>,
    tree: toml::Table,
    version: String,
}

impl Answers {
    /// What is in force, as the file, setup and the environment say it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn begin(given: Option<&Path>) -> Result<Self> {
        let file = Source::find(given)?;
        let environment: Vec<_> = std::env::vars().collect();
        // Looked at before it is read: what changes in between makes the version an old one.
        let path = config::setup_file(&file, environment.iter().cloned());
        let version = version(&path);
        let setup = Source::of_setup(&file, environment.iter().cloned())?;
        Ok(Self {
            version,
            ..Self::of(file, setup, environment)
        })
    }

    /// Of these texts and variables.
    pub(super) fn of(
        file: Source,
        setup: Source,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self {
            tree: setup.tree(),
            file,
            setup,
            environment: environment.into_iter().collect(),
            version: String::new(),
        }
    }

    /// A word that changes with every change of what is answered. Says nothing of the answers themselves, some of
    /// which could be guessed and proved by a digest.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether somebody answered this.
    pub fn has(&self, name: &str) -> bool {
        at(&self.tree, name).is_some()
    }

    /// Whether somebody answered anything.
    pub fn any(&self) -> bool {
        KEYS.iter().any(|name| self.has(name))
    }

    /// The environment variable that says what a key is, whatever setup answers.
    pub fn fixed_by(&self, name: &str) -> Option<&str> {
        let variable = format!("PARLOR__{}", name.replace('.', "__"));
        let mut all = self.environment.iter();
        all.find(|(it, _)| it.eq_ignore_ascii_case(&variable))
            .map(|(it, _)| it.as_str())
    }

    /// Takes an answer, in words: lists with commas, truth as true or false. An empty one takes the
    /// key out again.
    ///
    /// # Errors
    /// When setup may not set the key, or it cannot be that.
    pub fn set(&mut self, name: &str, text: &str) -> Result<()> {
        ensure!(
            KEYS.contains(&name),
            "{name} is not a key that setup sets; write it into config.toml"
        );
        if let Some(variable) = self.fixed_by(name) {
            anyhow::bail!("{name} is set by the environment variable {variable}; change it there");
        }
        ensure!(
            !text.contains(char::is_control),
            "{name} has a character that cannot be seen; type it again"
        );
        let (section, key) = name.split_once('.').unwrap_or((name, ""));
        if text.is_empty() {
            if let Some(toml::Value::Table(keys)) = self.tree.get_mut(section) {
                keys.remove(key);
            }
            return Ok(());
        }
        config::put(&mut self.tree, section, key, text)
            .map_err(|what| anyhow::anyhow!("{name} {what}"))
    }

    /// Makes it as by default, also where config.toml says something else.
    ///
    /// # Errors
    /// When setup may not set the key.
    pub fn clear(&mut self, name: &str) -> Result<()> {
        self.set(name, "")?;
        if at(&self.file.tree(), name).is_none() {
            return Ok(());
        }
        let (section, key) = name.split_once('.').unwrap_or((name, ""));
        let default = values(&Config::default())?[section][key].clone();
        let keys = self.tree.entry(section).or_insert_with(empty);
        if let toml::Value::Table(keys) = keys {
            keys.insert(key.into(), default);
        }
        Ok(())
    }

    /// The configuration that these answers come to.
    ///
    /// # Errors
    /// Everything that is impossible in it.
    pub fn config(&self) -> Result<Config, LoadError> {
        self.known().map(|(config, _)| config)
    }

    /// The same, and where everything in it comes from.
    ///
    /// # Errors
    /// Everything that is impossible in it.
    pub fn known(&self) -> Result<(Config, Origins), LoadError> {
        let setup = self.setup.with_text(self.text());
        let environment = self.environment.iter().cloned();
        config::load_known(self.file.clone(), setup, environment)
    }

    fn text(&self) -> String {
        let plain: BTreeMap<_, _> = self.tree.iter().collect();
        format!("{HEAD}\n{}", toml::to_string(&plain).unwrap_or_default())
    }

    /// Writes them, readable by the owner of the data folder only, whole or not at all. In force with the
    /// next start.
    ///
    /// # Errors
    /// When the folder takes no file.
    pub fn save(&self, data_dir: &Path) -> Result<PathBuf> {
        let path = data_dir.join(SETUP_FILE);
        write(&path, &self.text())
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }
}

fn empty() -> toml::Value {
    toml::Value::Table(toml::Table::new())
}

fn at<'a>(tree: &'a toml::Table, name: &str) -> Option<&'a toml::Value> {
    let (section, key) = name.split_once('.')?;
    tree.get(section)?.get(key)
}

/// Each write makes a file of its own.
fn version(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(it) => format!("{}-{}-{}", it.mtime(), it.mtime_nsec(), it.ino()),
        Err(_) => "nothing".into(),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let beside = path.with_extension("toml.new");
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // Root answers for the server's own user.
    let owner = fs::metadata(folder)?;
    if file.metadata()?.uid() != owner.uid() {
        chown(&beside, Some(owner.uid()), Some(owner.gid()))?;
    }
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str, setup: &str) -> Answers {
        let file = Source::text("config.toml", file);
        Answers::of(file, Source::text("setup.toml", setup), [])
    }

    #[test]
    fn every_key_of_setup_is_one_of_the_configuration() {
        let all = values(&Config::default()).unwrap();
        for name in KEYS {
            let (section, key) = name.split_once('.').unwrap();
            assert!(all[section].get(key).is_some(), "{name}");
            assert!(may_set(section, key));
        }
        assert!(!may_set("server", "setup_in_browser"));
    }

    #[test]
    fn what_is_cleared_is_as_by_default_whatever_the_file_says() {
        let file = "[mail]\nsmtp_host = 'old.example'\nsmtp_port = 25";
        let mut answers = of(file, "[mail]\nfrom_name = 'Practice'");
        answers.clear("mail.smtp_host").unwrap();
        answers.clear("mail.from_name").unwrap();
        assert!(answers.has("mail.smtp_host") && !answers.has("mail.from_name"));
        let mail = answers.config().unwrap().mail;
        assert_eq!((mail.smtp_host.as_str(), mail.smtp_port), ("", 25));
        assert_eq!(mail.from_name, Config::default().mail.from_name);
        assert!(answers.set("mail.from_name", "a\nb").is_err());
    }
}
