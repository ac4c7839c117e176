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

use crate::config::{self, Config, LoadError, SETUP_FILE, Source};

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
    "payments.currency",
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
    "relay.public_ips",
    "relay.public_host",
];

const HEAD: &str = "# Written by setup (`parlor setup`, or the page of that name). It wins over config.toml; environment variables\n\
                    # win over it. A key that is taken out here is again what config.toml says.\n";

/// The configuration of this machine, with answers that are not in force yet.
pub struct Answers {
    file: Source,
    setup: Source,
    environment: Vec<(String, String)>,
    tree: toml::Table,
}

impl Answers {
    /// What is in force, as the file, setup and the environment say it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn begin(given: Option<&Path>) -> Result<Self> {
        let file = Source::find(given)?;
        let environment: Vec<_> = std::env::vars().collect();
        let setup = Source::of_setup(&file, environment.iter().cloned())?;
        let tree = setup.tree();
        Ok(Self {
            file,
            setup,
            environment,
            tree,
        })
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

    /// The configuration that these answers come to.
    ///
    /// # Errors
    /// Everything that is impossible in it.
    pub fn config(&self) -> Result<Config, LoadError> {
        let setup = self.setup.with_text(self.text());
        let environment = self.environment.iter().cloned();
        config::load_known(self.file.clone(), setup, environment).map(|(config, _)| config)
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
