//! Where each setting comes from: which file and line, which variable, which flag. Kept beside the
//! configuration, for whoever asks why a value is as it is. Never holds a value.

use std::collections::BTreeMap;

use super::Config;

/// What can set a value; each wins over those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum From {
    /// The configuration file.
    File,
    /// What setup wrote into the data folder.
    Setup,
    /// An environment variable.
    Environment,
    /// A file that holds the secret.
    SecretFile,
    /// A flag of the command line.
    Command,
}

impl From {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Setup => "setup",
            Self::Environment => "environment",
            Self::SecretFile => "secret_file",
            Self::Command => "command",
        }
    }
}

/// One place in which a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// By what.
    pub from: From,
    /// The file with its line, the variable, the file of the secret, or the flag.
    pub place: String,
}

/// Where everything was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// The file that was read, if there was one.
    pub file: Option<String>,
    pub(super) layers: BTreeMap<(String, String), Vec<Layer>>,
}

impl Origins {
    /// Where a key was set, the weakest first; nothing when it is as by default.
    pub fn of(&self, section: &str, key: &str) -> &[Layer] {
        let name = (section.to_owned(), key.to_owned());
        self.layers.get(&name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn note(&mut self, section: &str, key: &str, from: From, place: String) {
        let name = (section.to_owned(), key.to_owned());
        self.layers
            .entry(name)
            .or_default()
            .push(Layer { from, place });
    }

    /// Notes what a flag changed.
    pub fn note_flag(&mut self, before: &Config, after: &Config, flag: &str) {
        let (Ok(before), Ok(after)) = (values(before), values(after)) else {
            return;
        };
        for section in Config::DOCS {
            for (key, _) in section.keys {
                if before[section.name][*key] != after[section.name][*key] {
                    self.note(section.name, key, From::Command, flag.into());
                }
            }
        }
    }
}

/// All values by section and key.
///
/// # Errors
/// Never, as long as every value can be written in TOML.
pub fn values(config: &Config) -> Result<toml::Value, toml::ser::Error> {
    toml::Value::try_from(config)
}

/// Whether a key holds a secret, by its name: text whose name speaks of one, and which is not the
/// name of a file. Addresses of webhooks and pings count too: whoever knows one may post there.
pub fn is_secret(key: &str, value: &toml::Value) -> bool {
    const SIGNS: [&str; 6] = [
        "secret", "password", "passkey", "token", "webhook", "ping_url",
    ];
    let text = matches!(value, toml::Value::String(_) | toml::Value::Array(_));
    text && !key.ends_with("_file") && SIGNS.iter().any(|sign| key.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_can_come_from_a_file_of_its_own_is_a_secret() {
        let values = values(&Config::default()).unwrap();
        let mut secrets = Vec::new();
        for section in Config::DOCS {
            let keys: Vec<_> = section.keys.iter().map(|(key, _)| *key).collect();
            for key in &keys {
                let twin = keys.contains(&format!("{key}_file").as_str());
                let secret = is_secret(key, &values[section.name][*key]);
                assert!(
                    secret || !twin || matches!(*key, "tls_key" | "dkim_key"),
                    "{key}"
                );
                if secret {
                    secrets.push(*key);
                }
            }
        }
        for key in [
            "token_secret",
            "secret",
            "smtp_password",
            "stripe_webhook_secret_before",
            "mpesa_passkey",
        ] {
            assert!(secrets.contains(&key), "{key} is shown");
        }
        assert!(!secrets.contains(&"access_token_min"));
    }
}
